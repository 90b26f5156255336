"""Count distinct fits on the same outcomes: the k-th is tested at alpha / k."""

import json
from pathlib import Path

from features.atomic_write import replacing
from features.errors import InputError


def fit_number(
    path: Path | str | None, outcomes: str, endpoint: str, protocol: str, table: str
) -> int:
    """Number of this fit among the distinct fits of the endpoint on these outcomes, from 1.

    A fit is distinct when its protocol or its feature table is (`outcomes`, `protocol`, `table`
    are digests). Repeating an earlier one gives its number again: nothing new was tried. The
    counter is a small JSON file, written before the fit so that an interrupted fit still counts;
    without a path nothing is stored and the answer is 1.

    >>> fit_number(None, "o", "relapse", "p", "t")
    1
    """
    if path is None:
        return 1
    path = Path(path)
    counter = _read(path)
    fits = counter.setdefault(f"{outcomes}/{endpoint}", [])
    fit = f"{protocol}/{table}"
    if fit not in fits:
        fits.append(fit)
        with replacing(path) as draft:
            draft.write_text(json.dumps(counter, indent=1) + "\n", encoding="utf-8")
    return fits.index(fit) + 1


def _read(path: Path) -> dict[str, list[str]]:
    if not path.exists():
        return {}
    try:
        counter = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        counter = None
    if not isinstance(counter, dict) or not all(isinstance(v, list) for v in counter.values()):
        raise InputError(
            f"The fit counter must be the JSON file that a fit has written; {path} is not: restore "
            "it, since without it earlier fits on the same outcomes cannot be counted."
        )
    return counter

"""How often these outcomes were looked at: the k-th distinct fit is tested at 0.05/k."""

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
    ledger is a small JSON file, written before the fit so that an interrupted look still counts;
    without a path nothing is remembered and the answer is 1.

    >>> fit_number(None, "o", "relapse", "p", "t")
    1
    """
    if path is None:
        return 1
    path = Path(path)
    book = _read(path)
    fits = book.setdefault(f"{outcomes}/{endpoint}", [])
    this = f"{protocol}/{table}"
    if this not in fits:
        fits.append(this)
        with replacing(path) as draft:
            draft.write_text(json.dumps(book, indent=1) + "\n", encoding="utf-8")
    return fits.index(this) + 1


def _read(path: Path) -> dict[str, list[str]]:
    if not path.exists():
        return {}
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        book = None
    if not isinstance(book, dict) or not all(isinstance(v, list) for v in book.values()):
        raise InputError(
            f"The ledger of fits must be the JSON file we wrote; {path} is not: restore it, since "
            "without it earlier looks at the outcomes cannot be counted."
        )
    return book

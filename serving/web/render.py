"""Render templates to HTML (Jinja): one environment that escapes all values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from features.notices import RESEARCH_USE_ONLY
from serving.assessment import risk_wording, wording
from serving.assessment.answer import Reason

SERVING = Path(__file__).resolve().parents[1]
STATIC = SERVING / "static"
ARROWS = {True: "\u2191", False: "\u2193"}


def banner(notices: Sequence[str]) -> str:
    """Several notices as one line; a common beginning appears only once.

    >>> banner(["Synthetic: simulated patients.", "Synthetic: a simulated model."])
    'Synthetic: simulated patients; a simulated model.'
    """
    parts = [notice.rstrip(".") for notice in notices]
    first = parts[0].partition(": ")[0] if parts else ""
    rest = [part.removeprefix(f"{first}: ") for part in parts[1:]]
    return "; ".join([*parts[:1], *rest]) + "." if parts else ""


def points(change: float) -> str:
    """A change of a risk with its direction, in percentage points.

    >>> points(0.061), points(-0.0004)
    ('\u2191 6 points', 'unchanged')
    """
    size = round(100 * abs(change))
    return "unchanged" if size == 0 else f"{ARROWS[change > 0]} {size} point{'s' * (size > 1)}"


def between(low: float, high: float) -> str:
    """An interval of risks in whole percents, short enough for a phone's column.

    >>> between(0.023, 0.31)
    '2 to 31 %'
    """
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def _healthy(reason: Reason) -> str:
    """A reason's healthy range in the words of its value; empty without one."""
    healthy = reason["healthy"]
    return wording.range_text(reason["unit"], healthy) if healthy else ""


ENVIRONMENT = Environment(
    loader=FileSystemLoader(SERVING / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.globals |= {"research_use_only": RESEARCH_USE_ONLY}
ENVIRONMENT.filters |= {
    "percent": wording.percent,
    "odds": risk_wording.odds_ratio,
    "of_hundred": risk_wording.of_hundred,
    "healthy": _healthy,
    "points": points,
    "between": lambda interval: between(interval["low"], interval["high"]),
    "banner": banner,
}


def prepare() -> None:
    """Compile every template; otherwise the first request for each page takes up to 80 ms more."""
    for name in ENVIRONMENT.list_templates():
        ENVIRONMENT.get_template(name)


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One page; the value `notices` fills its banner."""
    values.setdefault("notices", ())
    return HTMLResponse(ENVIRONMENT.get_template(template).render(values), status)


def sign_in_page(status: int) -> HTMLResponse:
    """The form that asks for a token: status 200 on a first visit, 401 after a wrong token."""
    return page("sign_in.html", status, wrong=status != 200)

"""Templates to HTML: one environment, escaping everything, research use said on every page."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from features.words import RESEARCH_USE_ONLY
from serving import words

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"

ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.globals |= {"research_use_only": RESEARCH_USE_ONLY}
ENVIRONMENT.filters |= {
    "percent": words.percent,
    "odds": words.odds,
    "of_hundred": words.of_hundred,
    "healthy": words.healthy_text,
}


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One page; `notices` among the values stand in its banner."""
    values.setdefault("notices", ())
    return HTMLResponse(ENVIRONMENT.get_template(template).render(values), status)


def sign_in_page(status: int) -> HTMLResponse:
    """The form that asks for a token: on a first visit (200), after a wrong one (401)."""
    return page("sign_in.html", status, wrong=status != 200)

"""Query of the ward list: search, filter, sort, page. All as GET parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from serving.assessment.served_model import ServedModel
from serving.pages.ward_line import WardLine

PER_PAGE = 50
# A second draw of the same blood could differ by less than this.
RISE = 0.05
# A sample older than this many days says little about today.
STALE_DAYS = 30

FILTERS: dict[str, str] = {
    "all": "everyone",
    "no_number": "no number",
    "risen": f"risen by {100 * RISE:.0f} points or more",
    "stale": f"sample older than {STALE_DAYS} days",
    "flagged": "with flags",
}
ORDERS: dict[str, str] = {
    "risk": "the highest risk",
    "rise": "rise since the last sample",
    "oldest": "oldest sample",
    "name": "name",
}


@dataclass(frozen=True)
class WardQuery:
    """One view of the list."""

    q: str = ""
    show: str = "all"
    sort: str = "risk"
    page: int = 1

    def address(self, page: int) -> str:
        """The same view at another page.

        >>> WardQuery(q="a b", sort="name").address(2)
        '/?q=a+b&sort=name&page=2'
        """
        parameters = {"q": self.q, "show": self.show, "sort": self.sort, "page": page}
        default: Mapping[str, Any] = {"q": "", "show": "all", "sort": "risk", "page": 1}
        changed = {name: value for name, value in parameters.items() if value != default[name]}
        return f"/?{urlencode(changed)}" if changed else "/"


@dataclass(frozen=True)
class WardPage:
    """The lines of one page, and how many match in all."""

    lines: Sequence[WardLine]
    n_matching: int
    number: int
    n_pages: int


def sorts(models: Mapping[str, ServedModel]) -> dict[str, str]:
    """Orders by code, in words; one for each endpoint in service.

    >>> list(sorts({}))
    ['risk', 'rise', 'oldest', 'name']
    """
    first = {"risk": ORDERS["risk"]}
    by_endpoint = {name: f"risk of {one.model.words}" for name, one in models.items()}
    return {**first, **by_endpoint, **ORDERS}


def read_query(parameters: Mapping[str, str], models: Mapping[str, ServedModel]) -> WardQuery:
    """The view that an address names; an unknown value falls back to the default.

    >>> read_query({"q": " 17 ", "sort": "nonsense", "page": "0"}, {})
    WardQuery(q='17', show='all', sort='risk', page=1)
    """
    show, sort, page = (parameters.get(name, "") for name in ("show", "sort", "page"))
    return WardQuery(
        q=parameters.get("q", "").strip()[:200],
        show=show if show in FILTERS else "all",
        sort=sort if sort in sorts(models) else "risk",
        page=max(int(page), 1) if page.isdecimal() and len(page) < 6 else 1,
    )


def ward_page(lines: Sequence[WardLine], query: WardQuery, today: date) -> WardPage:
    """Search, filter and sort `lines`; those without a number lead, whatever the order."""
    matching = [line for line in lines if query.q.lower() in line.name.lower()]
    matching = [line for line in matching if _passes(line, query.show, today)]
    matching.sort(key=lambda line: line.name)
    matching.sort(key=_order(query.sort, today))
    matching.sort(key=lambda line: not line.abstained)
    n_pages = max(1, -(-len(matching) // PER_PAGE))
    page = min(query.page, n_pages)
    lines_of_page = matching[(page - 1) * PER_PAGE : page * PER_PAGE]
    return WardPage(lines_of_page, len(matching), page, n_pages)


def _passes(line: WardLine, show: str, today: date) -> bool:
    if show == "no_number":
        return line.abstained
    if show == "risen":
        return line.rise >= RISE
    if show == "stale":
        return (line.age(today) or 0) > STALE_DAYS
    return show == "all" or bool(line.flags)


def _order(sort: str, today: date) -> Callable[[WardLine], Any]:
    orders: dict[str, Callable[[WardLine], Any]] = {
        "risk": lambda line: -line.highest,
        "rise": lambda line: -line.rise,
        "oldest": lambda line: -(line.age(today) or 0),
        "name": lambda line: line.name,
    }
    return orders.get(sort, lambda line: -line.risk(sort))

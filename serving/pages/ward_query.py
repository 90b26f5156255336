"""What a clinician asks of the ward list: search, filter, sort, page. All as GET parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from serving.pages.ward import STALE_DAYS, Line

PER_PAGE = 50
# A rise below this is within what a redraw of the same blood could do.
RISE = 0.05

FILTERS: dict[str, str] = {
    "all": "everyone",
    "no_number": "no number",
    "risen": f"risen by {100 * RISE:.0f} points or more",
    "stale": f"sample older than {STALE_DAYS} days",
    "flagged": "with flags",
}
SORTS: dict[str, str] = {
    "risk": "the higher risk",
    "relapse": "risk of relapse",
    "fatal_infection": "risk of fatal infection",
    "rise": "rise since the last sample",
    "oldest": "oldest sample",
    "name": "name",
}


@dataclass(frozen=True)
class Asked:
    """One view of the list."""

    q: str = ""
    show: str = "all"
    sort: str = "risk"
    page: int = 1

    def address(self, page: int) -> str:
        """The same view at another page.

        >>> Asked(q="a b", sort="name").address(2)
        '/?q=a+b&sort=name&page=2'
        """
        given = {"q": self.q, "show": self.show, "sort": self.sort, "page": page}
        plain: Mapping[str, Any] = {"q": "", "show": "all", "sort": "risk", "page": 1}
        kept = {name: value for name, value in given.items() if value != plain[name]}
        return f"/?{urlencode(kept)}" if kept else "/"


@dataclass(frozen=True)
class Found:
    """The lines of one page, and how many there are in all."""

    lines: Sequence[Line]
    n_found: int
    page: int
    n_pages: int


def asked(given: Mapping[str, str]) -> Asked:
    """The view that an address names; what it does not know falls back to the default.

    >>> asked({"q": " 17 ", "sort": "nonsense", "page": "0"})
    Asked(q='17', show='all', sort='risk', page=1)
    """
    show, sort, page = given.get("show", ""), given.get("sort", ""), given.get("page", "")
    return Asked(
        q=given.get("q", "").strip()[:200],
        show=show if show in FILTERS else "all",
        sort=sort if sort in SORTS else "risk",
        page=max(int(page), 1) if page.isdecimal() and len(page) < 6 else 1,
    )


def find(lines: Sequence[Line], view: Asked, today: date) -> Found:
    """Search, filter and sort `lines`; those without a number lead, whatever the order."""
    wanted = [line for line in lines if view.q.lower() in line.name.lower()]
    wanted = [line for line in wanted if _kept(line, view.show, today)]
    wanted.sort(key=lambda line: line.name)
    wanted.sort(key=_order(view.sort, today))
    wanted.sort(key=lambda line: not line.abstained)
    n_pages = max(1, -(-len(wanted) // PER_PAGE))
    page = min(view.page, n_pages)
    return Found(wanted[(page - 1) * PER_PAGE : page * PER_PAGE], len(wanted), page, n_pages)


def _kept(line: Line, show: str, today: date) -> bool:
    if show == "no_number":
        return line.abstained
    if show == "risen":
        return line.rise >= RISE
    if show == "stale":
        return (line.age(today) or 0) > STALE_DAYS
    return show == "all" or bool(line.flags)


def _order(sort: str, today: date) -> Callable[[Line], Any]:
    orders: dict[str, Callable[[Line], Any]] = {
        "risk": lambda line: -line.highest,
        "relapse": lambda line: -line.risk("relapse"),
        "fatal_infection": lambda line: -line.risk("fatal_infection"),
        "rise": lambda line: -line.rise,
        "oldest": lambda line: -(line.age(today) or 0),
        "name": lambda line: line.name,
    }
    return orders[sort]

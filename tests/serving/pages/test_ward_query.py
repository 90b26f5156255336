"""Search, filter, sort and page: each against what a reader would do by hand."""

from datetime import date

import pytest

from serving.pages.ward_line import WardLine
from serving.pages.ward_query import (
    FILTERS,
    ORDERS,
    PER_PAGE,
    WardQuery,
    read_query,
    sorts,
    ward_page,
)
from tests.serving.fitted import fitted_models

TODAY = date(2026, 3, 1)


def line(name, relapse, infection=0.1, day=28, infused="2026-01-20", change=None, flags=()):
    """A line of the list with these two risks; None is an abstention."""
    risks = {"relapse": relapse, "fatal_infection": infection}
    return WardLine(
        key=name, name=name, day=day, infusion_date=infused,
        horizons={k: None if r is None else {"risk": r} for k, r in risks.items()},
        changes={"relapse": change, "fatal_infection": None}, states={}, flags=flags,
        outside_window=(), synthetic=False,
    )  # fmt: skip


LINES = [
    line("Beta", 0.2, change=0.10),
    line("alpha", 0.9, day=1, flags=["few cells"]),
    line("Gamma", None, infused=None),
    line("Delta 4", 0.3, 0.6, change=-0.3),
    line("Epsilon", 0.25, day=5),
]


def names(**view):
    """The names found, in order."""
    return [line.name for line in ward_page(LINES, WardQuery(**view), TODAY).lines]


@pytest.mark.parametrize("sort", [*ORDERS, "relapse", "fatal_infection"])
def test_who_has_no_number_leads_in_every_order(sort):
    """An abstention is never sorted to the end."""
    assert names(sort=sort)[0] == "Gamma"
    assert set(names(sort=sort)) == {line.name for line in LINES}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("risk", ["alpha", "Delta 4", "Epsilon", "Beta"]),
        ("relapse", ["alpha", "Delta 4", "Epsilon", "Beta"]),
        ("fatal_infection", ["Delta 4", "Beta", "Epsilon", "alpha"]),
        ("rise", ["Beta", "Epsilon", "alpha", "Delta 4"]),
        ("oldest", ["alpha", "Epsilon", "Beta", "Delta 4"]),
    ],
)
def test_orders(sort, order):
    """The order is that of the column; equals keep the order of names."""
    assert names(sort=sort)[1:] == order


@pytest.mark.parametrize(
    ("show", "kept"),
    [
        ("all", {"Beta", "alpha", "Gamma", "Delta 4", "Epsilon"}),
        ("no_number", {"Gamma"}),
        ("risen", {"Beta"}),
        ("stale", {"alpha", "Epsilon"}),
        ("flagged", {"alpha"}),
    ],
)
def test_filters(show, kept):
    """A filter keeps those of whom it is true; an unknown age is not stale."""
    assert set(names(show=show)) == kept
    assert show in FILTERS


@pytest.mark.parametrize(("q", "kept"), [("ALPHA", ["alpha"]), ("a 4", ["Delta 4"]), ("zz", [])])
def test_search(q, kept):
    """A part of the name finds, whatever its case."""
    assert names(q=q) == kept


def test_pages_hold_everyone_once():
    """Walking the pages meets each patient once; a page beyond the last is the last."""
    many = [line(f"p{i:03d}", 0.5) for i in range(2 * PER_PAGE + 3)]
    pages = [ward_page(many, WardQuery(page=page), TODAY) for page in (1, 2, 3)]
    names_in_order = [one.name for page in pages for one in page.lines]
    assert names_in_order == sorted(one.name for one in many) and pages[0].n_pages == 3
    assert ward_page(many, WardQuery(page=99), TODAY).lines == pages[2].lines


def test_an_address_leads_back_to_its_view():
    """What `address` writes, `read_query` reads."""
    from urllib.parse import parse_qsl, urlsplit

    query = WardQuery(q="Bed 4 & 5", show="stale", sort="rise", page=3)
    assert read_query(dict(parse_qsl(urlsplit(query.address(3)).query)), {}) == query
    assert WardQuery().address(1) == "/"
    assert read_query({"page": "x", "show": "y"}, {}) == WardQuery()


def test_endpoints_in_service_can_be_sorted_by():
    """An order for each, in its words; without a model the address falls back to the default."""
    models = fitted_models()
    assert sorts(models)["severe_infection"] == "risk of severe infection"
    assert list(sorts(models))[:4] == ["risk", *models]
    assert read_query({"sort": "severe_infection"}, models).sort == "severe_infection"
    assert read_query({"sort": "severe_infection"}, {}).sort == "risk"

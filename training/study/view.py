"""Template context of the study report: claims as sentences, pictures, tables."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from training.charts.forest_svg import ForestRow, forest
from training.study.claim import HOLDS, NOT_ESTIMABLE, NOT_SHOWN, OPPOSITE, Claim
from training.study.questions import ADDITIONAL
from training.study.section import Picture, Section, Table
from training.study.study import Study

KINDS = {HOLDS: "holds", OPPOSITE: "opposite", NOT_SHOWN: "open", NOT_ESTIMABLE: "not-estimable"}
FOREST_KINDS = {HOLDS: "holds", OPPOSITE: "opposite"}  # the others have the colour "open"
MOST_ROWS = 40  # of a table on the page; the CSV has all rows


def drawing(svg: str) -> Markup:
    """Our own SVG, not escaped again: its texts are escaped where it is drawn."""
    return Markup(svg)  # noqa: S704  (see above)


def study_view(study: Study) -> dict[str, Any]:
    """All that the template shows of a study."""
    return {
        "forest": drawing(forest([_forest_row(claim) for claim in study.claims])),
        "counts": _counts(study.claims),
        "family": len(study.claims),
        "sections": [_section(section) for section in study.sections],
    }


def _counts(claims: Sequence[Claim]) -> list[tuple[str, int]]:
    """How many claims have each verdict, in the order of KINDS."""
    words = [_verdict_word(claim) for claim in claims]
    return [(word, words.count(word)) for word in KINDS]


def _verdict_word(claim: Claim) -> str:
    """The first words of the verdict, one of KINDS."""
    return next(word for word in KINDS if claim.verdict.startswith(word))


def _forest_row(claim: Claim) -> ForestRow:
    word, question = _verdict_word(claim), claim.question
    return ForestRow(
        f"{question.section}. {question.short}", word, FOREST_KINDS.get(word, "open"),
        claim.effect, claim.low, claim.high, question.expected,
    )  # fmt: skip


def _section(section: Section) -> dict[str, Any]:
    return {
        "number": section.number,
        "title": section.title,
        "claims": [claim_view(claim) for claim in section.claims],
        "pictures": [_picture(picture) for picture in section.pictures],
        "tables": [_table(table) for table in section.tables if table.on_page and len(table.frame)],
        "notes": section.notes,
        "legend": section.legend,
    }


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "title": picture.title,
        "svg": drawing(picture.svg),
        "caption": picture.caption,
        "full_width": picture.full_width,
    }


def claim_view(claim: Claim) -> dict[str, str]:
    """One claim in words: the study's sentence, the verdict, the finding, effect and p."""
    word = _verdict_word(claim)
    rest = claim.verdict.removeprefix(word).removeprefix(": ").strip()
    return {
        "study": claim.question.study,
        "source": "" if claim.question.study.startswith(ADDITIONAL) else "The study: ",
        "kind": KINDS[word],
        "word": word,
        "reason": rest if word == NOT_ESTIMABLE else "",
        "finding": claim.finding[:1].upper() + claim.finding[1:],
        "effect": _effect(claim),
        "p": _p(claim),
        "patients": f"{claim.n}",
    }


def _effect(claim: Claim) -> str:
    if math.isnan(claim.effect):
        return ""
    words = (
        f"{claim.question.measure}: {claim.effect:.2f} ({claim.low:.2f} to {claim.high:.2f}), "
        "0.5 is no difference"
    )
    return words if math.isnan(claim.shift) else f"{words}; {_shift(claim)}"


def _shift(claim: Claim) -> str:
    ends = "interval undefined"
    if not math.isnan(claim.shift_low):
        ends = f"{number(claim.shift_low)} to {number(claim.shift_high)}"
    return f"shift {number(claim.shift)} ({ends}) {claim.unit}"


def _p(claim: Claim) -> str:
    if math.isnan(claim.p):
        return ""
    return f"p {p_text(claim.p)}, corrected {p_text(claim.p_holm)}"


def p_text(p: float) -> str:
    """A p value with two digits, tiny ones as a bound.

    >>> p_text(0.01234), p_text(1e-9)
    ('0.012', 'below 0.0001')
    """
    return "below 0.0001" if p < 1e-4 else f"{p:.2g}"


def number(value: object) -> str:
    """A table's cell in three significant digits; a dash for a missing value.

    >>> number(0.12345), number(float("nan")), number(7), number("P1")
    ('0.123', '-', '7', 'P1')
    """
    if isinstance(value, float):
        if math.isnan(value):
            return "-"
        return f"{value:.0f}" if value == round(value) and abs(value) < 1e6 else f"{value:.3g}"
    return "-" if value is None else str(value)


def _table(table: Table) -> dict[str, Any]:
    frame: pd.DataFrame = table.frame
    top = frame.head(MOST_ROWS)
    numeric = [pd.api.types.is_numeric_dtype(frame[column]) for column in frame.columns]
    names = [str(column).replace("_", " ") for column in frame.columns]
    return {
        "name": table.name,
        "caption": table.caption,
        "columns": list(zip(names, numeric, strict=True)),
        "rows": [
            [(number(v), n) for v, n in zip(row, numeric, strict=True)]
            for row in top.itertuples(index=False, name=None)
        ],
        "more_rows": len(frame) - len(top),
    }

"""A section of the report: claims, pictures and the tables behind them."""

from dataclasses import dataclass

import pandas as pd

from training.study.claim import Claim


@dataclass(frozen=True)
class Table:
    """Numbers under a picture, written as NAME.csv; not on the page with one row a patient."""

    name: str
    caption: str
    frame: pd.DataFrame
    on_page: bool = True


@dataclass(frozen=True)
class Picture:
    """An inline SVG with title and caption; `full_width` gives it the page's full width."""

    title: str
    svg: str
    caption: str = ""
    full_width: bool = False


@dataclass(frozen=True)
class Section:
    """One of the study's six themes on this cohort; claims are without correction and verdict.

    `legend` names the colours of the pictures: class and word.
    """

    number: int
    title: str
    claims: tuple[Claim, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()

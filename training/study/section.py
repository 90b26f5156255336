"""A part of the report: claims, pictures and the tables behind them."""

from dataclasses import dataclass

import pandas as pd

from training.study.claim import Claim


@dataclass(frozen=True)
class Table:
    """Numbers under a picture, written as NAME.csv; with one row a patient only there."""

    name: str
    caption: str
    frame: pd.DataFrame
    on_page: bool = True


@dataclass(frozen=True)
class Picture:
    """An inline SVG with its title and what it shows; `whole` asks for the page's full width."""

    title: str
    svg: str
    caption: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Section:
    """One of the study's six themes on this cohort; claims are not yet corrected nor judged.

    `legend` names the colours of the pictures: class and word.
    """

    number: int
    title: str
    claims: tuple[Claim, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()

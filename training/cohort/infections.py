"""Infections (INFECTIONS.csv): reading, checks, and incidence rate per 100 patient-days."""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.stats import chi2  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats
from features.errors import InputError
from features.notices import print_note
from features.schema import Feature
from features.table.text_tables.day_columns import INFUSION_DATE, infusion_dates, read_event_days
from features.table.text_tables.findings import Findings
from features.table.text_tables.missing_values import is_missing
from features.table.text_tables.text_table import TableColumns, TextTable
from features.table.text_tables.typed_columns import (
    read_category,
    read_feature,
    read_identifiers,
    read_texts,
    table_decimals,
)
from training.cohort.outcomes import PROVENANCE, Outcomes
from training.cohort.typed_tables import text_table_of

REQUIRED = ("patient_id", "day", "grade", "organism")
COLUMNS = TableColumns(REQUIRED, (PROVENANCE.name, INFUSION_DATE))
GRADE = Feature("grade", "Grade", "CTCAE", "grade", 1.0, 5.0, "ward")
NO_DATES: Mapping[str, str] = MappingProxyType({})
GRADES = (1, 2, 3, 4, 5)  # CTCAE version 5.0: mild, moderate, severe, life-threatening, fatal
FATAL = 5

# Days since infusion, first and last day included: the month of cytopenia; up to day 90, as in
# studies of infections after CAR-T cells (Hill et al., Blood 2018;131:121); up to day 180, the
# models' primary horizon; later.
WINDOWS: tuple[tuple[str, int, float], ...] = (
    ("0-30", 0, 30), ("31-90", 31, 90), ("91-180", 91, 180), (">180", 181, np.inf),
)  # fmt: skip

# Names as laboratories write them, by their stem; abbreviations only as whole words.
GROUPS: dict[str, str] = {
    "bacterial": r"bacter|(staphylo|strepto|entero|pneumo|meningo|micro)cocc|escherichia|"
    r"\be\.? ?coli\b|klebsiella|pseudomona|stenotrophomona|clostridi|c\.? ?diff|serratia|proteus|"
    r"salmonella|legionella|listeria|haemophilus|nocardia|bacill|bacteroid|\bmrsa\b|\bvre\b|gram",
    "viral": r"vir(us|al)|influenza|\b(cmv|ebv|hsv|vzv|bkv?|jcv?|hhv-?\d*|adv|rsv|hmpv|h[bc]v)\b|"
    r"sars|covid|herpes|zoster|varicella",
    "fungal": r"candida|aspergill|mucor|rhizopus|pneumocystis|cryptococc|fusarium|fung|yeast|"
    r"mou?ld|trichosporon|\bpj?p\b",
}


def read_infections(
    path: Path | str,
    infusions: Mapping[str, str] = NO_DATES,
    *,
    tell: Callable[[str], None] = print_note,
) -> pd.DataFrame:
    """One row an infection: patient_id, day (of onset), grade (CTCAE 1 to 5), organism, group.

    `organism` is None where none was identified. Several infections a patient are several rows; two
    organisms on one day are two infections. Days before infusion (negative) are allowed. Dates
    count from the table's own infusion_date, else from `infusions` (by patient; see
    `Outcomes.infusion_dates`). Notes on how the table was read go to `tell`. The frame's index
    holds the lines of the file.

    Raises one InputError with every fault and its line: wrong columns, a patient, day or grade that
    is missing or no number, a grade outside 1 to 5, and the same infection given twice.
    """
    return _infections(path, Path(path).name, infusions, tell=tell)


def check_infections(raw: pd.DataFrame, name: str = "infections") -> pd.DataFrame:
    """Turn a table of text into infections; the rules and errors of `read_infections`.

    >>> raw = pd.DataFrame([["a", "12", "3", "CMV"]], columns=list(REQUIRED))
    >>> check_infections(raw)["group"].tolist()
    ['viral']
    """
    return _infections(raw, name, NO_DATES, tell=print_note)


def _infections(
    raw: pd.DataFrame | Path | str,
    name: str,
    infusions: Mapping[str, str],
    *,
    tell: Callable[[str], None],
) -> pd.DataFrame:
    findings = Findings(name)
    table = text_table_of(raw, "Infections", COLUMNS, findings)
    frame = _frame(table, infusions, findings)
    if all(column in table.cells for column in REQUIRED):
        again = frame.duplicated(["patient_id", "day", "organism"]) & frame["day"].notna()
        findings.fault_lines(
            frame.index[again].tolist(),
            "this infection was given before; keep one row a patient, day and organism",
        )
    findings.raise_faults()
    findings.tell_notes(tell)
    return frame.astype({"grade": int})


def _frame(table: TextTable, infusions: Mapping[str, str], findings: Findings) -> pd.DataFrame:
    patients = read_identifiers(table, "patient_id", findings)
    dates = {**infusions, **infusion_dates(table, patients, findings)}
    day = read_event_days(table, "day", patients, infusions=dates, findings=findings)
    grades = read_feature(table, GRADE, table_decimals(table, ["grade"]), findings)
    organisms = read_texts(table, "organism")
    _check_filled(table, findings)
    frame = pd.DataFrame(
        {"patient_id": patients, "day": day, "grade": [grade.value for grade in grades]},
        index=pd.Index(table.lines, dtype=int),
    )
    frame["organism"] = np.array(organisms, dtype=object)
    frame["group"] = [organism_group(organism) for organism in organisms]
    if PROVENANCE.name in table.cells:
        frame["provenance"] = np.array(read_category(table, PROVENANCE, findings), dtype=object)
    return frame


def _check_filled(table: TextTable, findings: Findings) -> None:
    for name, rule in (
        ("day", "day is missing; give the day of onset since infusion"),
        ("grade", "grade must be a whole number from 1 to 5 (CTCAE), but it is missing"),
    ):
        cells = table.cells.get(name, ())
        empty = [line for line, cell in zip(table.lines, cells, strict=False) if is_missing(cell)]
        findings.fault_lines(empty, rule)


def organism_group(organism: str | None) -> str:
    """bacterial, viral, fungal, mixed, other, or not identified, by the organism's name.

    >>> [organism_group(o) for o in ("E. coli", "CMV; Aspergillus", "Toxoplasma", None)]
    ['bacterial', 'mixed', 'other', 'not identified']
    """
    if organism is None:
        return "not identified"
    groups = [group for group, stems in GROUPS.items() if re.search(stems, organism.lower())]
    return groups[0] if len(groups) == 1 else "mixed" if groups else "other"


def is_of_group(organism: str | None, group: str) -> bool:
    """Whether an infection is of this group of organisms; a mixed one is of each of its groups.

    >>> is_of_group("CMV; Aspergillus", "viral"), is_of_group("CMV; Aspergillus", "bacterial")
    (True, False)
    """
    return organism is not None and re.search(GROUPS[group], organism.lower()) is not None


def infections_digest(infections: pd.DataFrame) -> str:
    """SHA-256 of the content; order of rows and number format do not change it."""
    content = infections[list(REQUIRED)].sort_values(list(REQUIRED)).fillna("")
    text = content.to_csv(index=False, float_format="%.6g")
    return hashlib.sha256(text.encode()).hexdigest()


def infections_by_patient(infections: pd.DataFrame) -> pd.DataFrame:
    """First day, worst grade, number and groups of each patient who had any infection.

    >>> raw = pd.DataFrame([["a", "9", "2", ""], ["a", "4", "3", "CMV"]], columns=list(REQUIRED))
    >>> print(infections_by_patient(check_infections(raw)).to_csv(index=False).strip())
    first_day,worst_grade,infections,groups
    4.0,3,2,"not identified, viral"
    """
    of_patient = infections.groupby("patient_id", sort=True)
    return pd.DataFrame(
        {
            "first_day": of_patient["day"].min(),
            "worst_grade": of_patient["grade"].max(),
            "infections": of_patient.size(),
            "groups": of_patient["group"].agg(lambda names: ", ".join(sorted(set(names)))),
        }
    )


def infection_rates(
    infections: pd.DataFrame, outcomes: Outcomes, min_grade: int = 1
) -> pd.DataFrame:
    """Infections per 100 patient-days in each window, the patients with any, and exact intervals.

    Rate = events / patient-days x 100; a patient is at risk on every whole day from infusion to
    death or the last contact, also after an infection and after relapse. The 95 % interval is
    Garwood's for a Poisson count: too narrow where the same few patients are infected again and
    again, hence `patients_infected` beside `patients`. `min_grade` 3 counts severe
    infections only. Columns: window, patients, patient_days, events, patients_infected, rate, low,
    high; rate, low and high are NaN where nobody is at risk.

    Raises InputError where the two tables contradict each other, see `check_infection_outcomes`.
    """
    check_infection_outcomes(infections, outcomes)
    end = _last_day(outcomes)
    episodes = infections[infections["grade"] >= min_grade]
    day = np.floor(episodes["day"].to_numpy(float))
    rows = []
    for name, first, last in WINDOWS:
        stay = np.clip(np.minimum(end, last) - first + 1, 0, None)
        inside = (day >= first) & (day <= last)
        days, events = float(stay.sum()), int(inside.sum())
        low, high = poisson_interval(events)
        rows.append(
            {
                "window": name, "patients": int(np.sum(stay > 0)), "patient_days": int(days),
                "events": events, "patients_infected": episodes["patient_id"][inside].nunique(),
                **{key: 100 * value / days if days else np.nan
                   for key, value in (("rate", events), ("low", low), ("high", high))},
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def poisson_interval(events: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a Poisson count's mean. Reference: Garwood, Biometrika 1936;28:437.

    >>> [round(limit, 4) for limit in poisson_interval(14)]
    [7.6539, 23.4896]
    """
    tail = (1 - level) / 2
    low = float(chi2.ppf(tail, 2 * events) / 2) if events else 0.0
    return low, float(chi2.ppf(1 - tail, 2 * events + 2) / 2)


def check_infection_outcomes(infections: pd.DataFrame, outcomes: Outcomes) -> None:
    """Refuse infections that the outcomes contradict.

    Raises InputError for a patient who is not in the outcomes, an infection after follow-up ended
    or after death, and a fatal infection (grade 5) of a patient who did not die of infection.
    """
    has_outcomes = infections["patient_id"].isin(outcomes.patients)
    if not has_outcomes.all():
        n = infections["patient_id"][~has_outcomes].nunique()
        raise InputError(
            f"Infections must belong to patients of the outcomes; {n} patient_id "
            f"{'is' if n == 1 else 'are'} not among them: check that both files spell them alike "
            f"(first on line {infections.index[~has_outcomes][0]})."
        )
    last_day = pd.Series(_last_day(outcomes), index=outcomes.frame.index)
    day = np.floor(infections["day"].to_numpy(float))
    findings, lines = Findings("infections"), infections.index
    late = day > last_day.loc[infections["patient_id"]].to_numpy()
    findings.fault_lines(lines[late], "day is after the patient's death or last contact")
    cause = outcomes.frame["death_cause"].loc[infections["patient_id"]].to_numpy(object)
    wrong = (infections["grade"].to_numpy() == FATAL) & (cause != "infection")
    findings.fault_lines(
        lines[wrong], "grade 5 is a fatal infection; the outcomes have no death from infection"
    )
    findings.raise_faults()


def _last_day(outcomes: Outcomes) -> Floats:
    """Last whole day under observation of each patient, (n,)."""
    frame = outcomes.frame
    return np.asarray(np.floor(frame[["followup_day", "death_day"]].min(axis=1)), dtype=np.float64)

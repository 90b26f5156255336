"""Section 2: CAR-T cells, the loss of CD7-positive T cells and the growth of CD7-negative ones."""

import numpy as np
import pandas as pd

from training.charts import course_svg
from training.statistics.reconstitution import WINDOWS, Course, bands, courses_of, window_name
from training.statistics.significance.proportions import proportion_test, sign_test
from training.study.claim import Claim, from_proportion, not_estimable
from training.study.cohort import StudyCohort, before_and_after
from training.study.questions import QUESTIONS
from training.study.section import Picture, Section, Table

# Under this share of T cells, CD7-positive cells count as lost: RNA estimates of a truly empty
# compartment scatter up to here (CD7 dropout), so that zero cannot be required.
LOSS_SHARE = 0.10

_NO_CAR = (
    "No CAR-T picture: the table holds no car_t_fraction. It needs the CAR's sequence in the "
    "reference that the counts were made with, and car_gene in the sample sheet."
)
_LOSS_WORDS = (
    f"First sample after infusion in which under {LOSS_SHARE:.0%} of T cells are CD7-positive; "
    "the loss itself lies between that sample and the one before"
)


def expansion_section(cohort: StudyCohort) -> Section:
    """Claims, courses and days of loss of this cohort."""
    positive, source = cd7_positive(cohort.blood)
    per_litre = cd7_negative_per_litre(cohort.blood)
    losses = days_of_loss(cohort.blood, positive)
    claims = (
        _car_claim(cohort),
        _fall_claim(cohort, positive, losses, source),
        _growth_claim(cohort, per_litre),
    )
    pictures = _pictures(cohort, positive, source, per_litre)
    tables = (
        _loss_table(cohort.blood, positive),
        Table("day_of_loss", _LOSS_WORDS, losses, on_page=False),
    )
    notes = () if any(p.title.startswith("CAR-T") for p in pictures) else (_NO_CAR,)
    return Section(2, "Expansion and persistence", claims, pictures, tables, notes)


def cd7_positive(blood: pd.DataFrame) -> tuple[pd.Series, str]:
    """CD7-positive share of T cells and how it was measured.

    1 - cd7neg_t_fraction where any sample has it: by protein when every such sample was so
    measured, else from RNA in all. By flow cytometry otherwise; the three are never mixed.
    """
    negative, source = _cd7_negative(blood)
    if negative.notna().any() or "flow_cd7neg_t_fraction" not in blood:
        return 1 - negative, source
    return 1 - blood["flow_cd7neg_t_fraction"], "flow cytometry"


def _cd7_negative(blood: pd.DataFrame) -> tuple[pd.Series, str]:
    """CD7-negative share of T cells by one source for all samples, and the source."""
    missing = pd.Series(np.nan, index=blood.index)
    negative = blood.get("cd7neg_t_fraction", missing)
    is_protein = blood.get("cd7_source", missing)[negative.notna()] == "protein"
    if is_protein.any() and is_protein.all():
        return negative, "protein"
    if is_protein.any():
        return blood.get("cd7neg_t_fraction_rna", missing), "RNA"
    return negative, "RNA"


def cd7_negative_per_litre(blood: pd.DataFrame) -> pd.Series:
    """CD7-negative T cells, 10^9/L: lymphocyte count x T share of lymphocytes x CD7-negative share.

    Lymphocytes are T, NK and B cells. NaN where a factor is missing.
    """
    factors = ["alc", "t_fraction", "nk_fraction", "b_fraction", "cd7neg_t_fraction"]
    if not set(factors) <= set(blood.columns):
        return pd.Series(np.nan, index=blood.index)
    lymphocytes = blood["t_fraction"] + blood["nk_fraction"] + blood["b_fraction"]
    t_share = blood["t_fraction"] / lymphocytes.where(lymphocytes > 0)
    return blood["alc"] * t_share * _cd7_negative(blood)[0]


def days_of_loss(blood: pd.DataFrame, positive: pd.Series) -> pd.DataFrame:
    """Per patient: first day since infusion with CD7-positive T cells lost, NaN without one.

    Columns patient_id, day_gone, last_day (of a sample with a CD7 value).
    """
    rows = blood[["patient_id", "day"]].assign(positive=positive.to_numpy(float))
    rows = rows[np.isfinite(rows["positive"]) & (rows["day"] >= 0)]
    loss_day = rows[rows["positive"] < LOSS_SHARE].groupby("patient_id")["day"].min()
    last = rows.groupby("patient_id")["day"].max()
    return pd.DataFrame({"day_gone": loss_day.reindex(last.index), "last_day": last}).reset_index()


def _loss_table(blood: pd.DataFrame, positive: pd.Series) -> Table:
    rows = blood[["patient_id", "day"]].assign(positive=positive.to_numpy(float)).dropna()
    lines = [line for first, last in WINDOWS if (line := _loss_line(rows, first, last))]
    return Table("cd7_positive", "CD7-positive share of T cells over time", pd.DataFrame(lines))


def _loss_line(rows: pd.DataFrame, first: int, last: int) -> dict[str, object] | None:
    """Patients and their median share in one window; None where it holds none."""
    inside = rows[(rows["day"] >= first) & (rows["day"] <= last)]
    medians = inside.groupby("patient_id")["positive"].median()
    if not len(medians):
        return None
    return {
        "days": window_name(first, last),
        "patients": len(medians),
        "median CD7-positive share": float(medians.median()),
        f"patients under {LOSS_SHARE:.0%}": int((medians < LOSS_SHARE).sum()),
    }


def _car_claim(cohort: StudyCohort) -> Claim:
    question = QUESTIONS["car_persists"]
    if "car_t_fraction" not in cohort.blood or cohort.blood["car_t_fraction"].isna().all():
        return not_estimable(question, "no sample has a CAR-T fraction")
    landmark = cohort.protocol.landmark
    rows = cohort.blood[(cohort.blood["day"] > landmark - 14) & (cohort.blood["day"] <= landmark)]
    highest = rows.dropna(subset=["car_t_fraction"]).groupby("patient_id")["car_t_fraction"].max()
    result = proportion_test(int((highest > 0).sum()), len(highest))
    finding = f"CAR transcript detected in {result.n_with} of {result.n} patients at day {landmark}"
    return from_proportion(question, result, finding)


def _fall_claim(
    cohort: StudyCohort, positive: pd.Series, losses: pd.DataFrame, source: str
) -> Claim:
    pairs = before_and_after(cohort, positive)
    result = sign_test(pairs.after, pairs.before)
    words = f"fell in {result.n_with} of {result.n} patients ({source})"
    if len(pairs.before):
        words += f", from a median of {np.median(pairs.before):.0%} to {np.median(pairs.after):.0%}"
    days = losses["day_gone"].dropna()
    words += f"; under {LOSS_SHARE:.0%} in {len(days)} of {len(losses)} patients"
    if len(days):
        words += f", first on day {days.median():.0f} (median)"
    return from_proportion(QUESTIONS["cd7pos_lost"], result, words)


def _growth_claim(cohort: StudyCohort, per_litre: pd.Series) -> Claim:
    question = QUESTIONS["cd7neg_expands"]
    pairs = before_and_after(cohort, per_litre)
    if not len(pairs.before):
        reason = "no patient has lymphocyte count and CD7-negative share before and after infusion"
        return not_estimable(question, reason)
    result = sign_test(pairs.before, pairs.after)
    before, after = np.median(pairs.before), np.median(pairs.after)
    finding = (
        f"rose in {result.n_with} of {result.n} patients, from a median of {before:.2g} to "
        f"{after:.2g} x 10⁹/L"
    )
    return from_proportion(question, result, finding)


def _pictures(
    cohort: StudyCohort, positive: pd.Series, source: str, per_litre: pd.Series
) -> tuple[Picture, ...]:
    quantities = (
        ("CAR-T cells among T cells", cohort.blood.get("car_t_fraction")),
        (f"CD7-positive share of T cells ({source})", positive),
        ("CD7-negative T cells (10⁹/L)", per_litre),
    )
    pictures = [_picture(cohort, label, value) for label, value in quantities]
    return tuple(picture for picture in pictures if picture is not None)


def _picture(cohort: StudyCohort, label: str, value: pd.Series | None) -> Picture | None:
    if value is None or value.isna().all():
        return None
    courses = _courses(cohort.blood, value)
    svg = course_svg.draw(courses, bands(courses), label, None)
    return Picture(label, svg, f"{len(courses)} patients.")


def _courses(blood: pd.DataFrame, value: pd.Series) -> list[Course]:
    days = blood["day"].to_numpy(float)
    patients = blood["patient_id"].astype(str).to_numpy(object)
    return courses_of(zip(patients, days.tolist(), value.to_numpy(float).tolist(), strict=True))

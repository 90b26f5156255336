"""Section 2: CAR-T cells, the loss of CD7-positive T cells and the growth of CD7-negative ones."""

import numpy as np
import pandas as pd

from training.charts import course_svg
from training.statistics.proportions import proportion_test, sign_test
from training.statistics.reconstitution import WINDOWS, Course, bands, courses_of, window_name
from training.study.claim import Claim, from_proportion, untold
from training.study.cohort import StudyCohort, before_and_after
from training.study.questions import QUESTIONS
from training.study.section import Picture, Section, Table

# Under this share of T cells CD7-positive cells count as gone: RNA estimates of a truly empty
# compartment scatter up to here (CD7 dropout), so "gone" cannot mean zero.
GONE = 0.10


def expansion(cohort: StudyCohort) -> Section:
    """Claims, courses and days of loss of this cohort."""
    positive, source = cd7_positive(cohort.blood)
    per_litre = cd7_negative_per_litre(cohort.blood)
    lost = days_of_loss(cohort.blood, positive)
    claims = (
        _car_claim(cohort),
        _fall_claim(cohort, positive, lost, source),
        _growth_claim(cohort, per_litre),
    )
    followed = (
        ("CAR-T cells among T cells", cohort.blood.get("car_t_fraction")),
        (f"CD7-positive share of T cells ({source})", positive),
        ("CD7-negative T cells (10⁹/L)", per_litre),
    )
    pictures = [p for label, value in followed if (p := _picture(cohort, label, value)) is not None]
    tables = [
        _loss_table(cohort.blood, positive),
        Table("day_of_loss", _LOSS_WORDS, lost, on_page=False),
    ]
    notes = () if any(p.title.startswith("CAR-T") for p in pictures) else (_NO_CAR,)
    return Section(2, "Expansion and persistence", claims, tuple(pictures), tuple(tables), notes)


_NO_CAR = (
    "No CAR-T picture: the table holds no car_t_fraction. It needs the CAR's sequence in the "
    "reference that the counts were made with, and car_gene in the sample sheet."
)
_LOSS_WORDS = (
    f"First sample after infusion in which under {GONE:.0%} of T cells are CD7-positive; "
    "the loss itself lies between that sample and the one before"
)


def cd7_positive(blood: pd.DataFrame) -> tuple[pd.Series, str]:
    """CD7-positive share of T cells and how it was measured.

    From RNA (1 - cd7neg_t_fraction) where any sample has it, by flow cytometry otherwise; the two
    are never mixed.
    """
    nothing = pd.Series(np.nan, index=blood.index)
    rna = 1 - blood.get("cd7neg_t_fraction", nothing)
    if rna.notna().any() or "flow_cd7neg_t_fraction" not in blood:
        return rna, "RNA"
    return 1 - blood["flow_cd7neg_t_fraction"], "flow cytometry"


def cd7_negative_per_litre(blood: pd.DataFrame) -> pd.Series:
    """CD7-negative T cells, 10^9/L: lymphocyte count x T share of lymphocytes x CD7-negative share.

    Lymphocytes are T, NK and B cells. NaN where a factor is missing.
    """
    needed = ["alc", "t_fraction", "nk_fraction", "b_fraction", "cd7neg_t_fraction"]
    if not set(needed) <= set(blood.columns):
        return pd.Series(np.nan, index=blood.index)
    lymphocytes = blood["t_fraction"] + blood["nk_fraction"] + blood["b_fraction"]
    share_t = blood["t_fraction"] / lymphocytes.where(lymphocytes > 0)
    return blood["alc"] * share_t * blood["cd7neg_t_fraction"]


def days_of_loss(blood: pd.DataFrame, positive: pd.Series) -> pd.DataFrame:
    """Per patient: first day since infusion with CD7-positive T cells gone, NaN if never seen.

    Columns patient_id, day_gone, last_day (of a sample that shows CD7).
    """
    rows = blood[["patient_id", "day"]].assign(positive=positive.to_numpy(float))
    rows = rows[np.isfinite(rows["positive"]) & (rows["day"] >= 0)]
    gone = rows[rows["positive"] < GONE].groupby("patient_id")["day"].min()
    last = rows.groupby("patient_id")["day"].max()
    return pd.DataFrame({"day_gone": gone.reindex(last.index), "last_day": last}).reset_index()


def _loss_table(blood: pd.DataFrame, positive: pd.Series) -> Table:
    rows = blood[["patient_id", "day"]].assign(positive=positive.to_numpy(float)).dropna()
    parts = []
    for first, last in WINDOWS:
        inside = rows[(rows["day"] >= first) & (rows["day"] <= last)]
        own = inside.groupby("patient_id")["positive"].median()
        if len(own):
            parts.append(
                {
                    "days": window_name(first, last),
                    "patients": len(own),
                    "median CD7-positive share": float(own.median()),
                    f"patients under {GONE:.0%}": int((own < GONE).sum()),
                }
            )
    return Table("cd7_positive", "CD7-positive share of T cells over time", pd.DataFrame(parts))


def _car_claim(cohort: StudyCohort) -> Claim:
    question = QUESTIONS["car_persists"]
    if "car_t_fraction" not in cohort.blood or cohort.blood["car_t_fraction"].isna().all():
        return untold(question, "no sample has a CAR-T fraction")
    landmark = cohort.protocol.landmark
    rows = cohort.blood[(cohort.blood["day"] > landmark - 14) & (cohort.blood["day"] <= landmark)]
    seen = rows.dropna(subset=["car_t_fraction"]).groupby("patient_id")["car_t_fraction"].max()
    found = proportion_test(int((seen > 0).sum()), len(seen))
    words = f"CAR transcript seen in {found.n_with} of {found.n} patients at day {landmark}"
    return from_proportion(question, found, words)


def _fall_claim(cohort: StudyCohort, positive: pd.Series, lost: pd.DataFrame, source: str) -> Claim:
    pairs = before_and_after(cohort, positive)
    found = sign_test(pairs.after, pairs.before)
    words = f"fell in {found.n_with} of {found.n} patients ({source})"
    if len(pairs.before):
        words += f", from a median of {np.median(pairs.before):.0%} to {np.median(pairs.after):.0%}"
    gone = lost["day_gone"].dropna()
    words += f"; under {GONE:.0%} in {len(gone)} of {len(lost)} patients"
    if len(gone):
        words += f", first seen so on day {gone.median():.0f} (median)"
    return from_proportion(QUESTIONS["cd7pos_lost"], found, words)


def _growth_claim(cohort: StudyCohort, per_litre: pd.Series) -> Claim:
    pairs = before_and_after(cohort, per_litre)
    if not len(pairs.before):
        why = "no patient has lymphocyte count and CD7-negative share before and after infusion"
        return untold(QUESTIONS["cd7neg_expands"], why)
    found = sign_test(pairs.before, pairs.after)
    before, after = np.median(pairs.before), np.median(pairs.after)
    words = (
        f"rose in {found.n_with} of {found.n} patients, from a median of {before:.2g} to "
        f"{after:.2g} x 10⁹/L"
    )
    return from_proportion(QUESTIONS["cd7neg_expands"], found, words)


def _picture(cohort: StudyCohort, label: str, value: pd.Series | None) -> Picture | None:
    if value is None or value.isna().all():
        return None
    found = _courses(cohort.blood, value)
    svg = course_svg.draw(found, bands(found), label, None)
    return Picture(label, svg, f"{len(found)} patients.")


def _courses(blood: pd.DataFrame, value: pd.Series) -> list[Course]:
    days = blood["day"].to_numpy(float)
    patients = blood["patient_id"].astype(str).to_numpy(object)
    return courses_of(zip(patients, days.tolist(), value.to_numpy(float).tolist(), strict=True))

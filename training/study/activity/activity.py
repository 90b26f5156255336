"""Paired tests of the activity of CD7-negative T cells, after infusion against before it.

From the feature table alone by its panel scores, and with a pseudobulk file by gene sets on the
unmixed CD7-negative T cells, the change of memory composition taken out. Patients are the
replicates of every test; cells of one patient are not.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.arrays import Floats
from features.genes.panels import SCORE_PANELS
from models.endpoints import LANDMARK, WINDOW_DAYS
from training.statistics.significance.holm import holm_adjusted
from training.statistics.significance.paired import (
    PairedTest,
    adjusted_test,
    not_estimable,
    rank_test,
)
from training.study.activity.differential import differential_table, enrichment
from training.study.activity.gene_sets import GeneSet, sets_to_test
from training.study.activity.negative_pairs import NegativePairs, negative_pairs

if TYPE_CHECKING:
    from anndata import AnnData  # type: ignore[import-untyped, unused-ignore]  # no stubs

# The limits of the simple version, for its reader.
TABLE_CAVEAT = (
    "From the feature table: before infusion the cells counted as CD7-negative are mostly "
    "CD7-positive ones whose RNA was missed, and memory composition is not adjusted for; "
    "--pseudobulk does both."
)
THEMES = ("function", "activation", "exhaustion", "interferon", "autoimmune")


def activity_tests(frame: pd.DataFrame, landmark: int = LANDMARK) -> list[PairedTest]:
    """Change of each panel score of CD7-negative T cells, from the feature table alone.

    Each patient's last value before infusion against the last in the 14 days up to the landmark;
    exact signed-rank test, Hodges-Lehmann shift. Marrow is left out. `TABLE_CAVEAT` states the
    limits of this version.
    """
    blood = frame[frame["tissue"] != "BM"] if "tissue" in frame else frame
    return [rank_test(name, *_before_after(blood, name, landmark)) for name in SCORE_PANELS]


def pathway_table(
    pseudobulk: "AnnData", landmark: int = LANDMARK, genes: bool = True
) -> pd.DataFrame:
    """Change of every gene set in CD7-negative T cells, by patients, and its genes' enrichment.

    Columns: set, theme, n_genes (present), effect, low, high, p (adjusted for memory composition,
    `training.statistics.significance.paired.adjusted_test`), p_adjusted (Holm over the sets but
    handling stress), plain_effect, plain_p (signed-rank, not adjusted for memory), n_patients,
    sentence, source; with `genes` also ulm_score, ulm_p: decoupler's enrichment in PyDESeq2's
    statistics, which describes only (its p takes genes for replicates). Missing where not
    estimable.

    Raises `InputError` when `genes` is true and the libraries are not installed.
    """
    pairs = negative_pairs(pseudobulk, landmark)
    table = pd.DataFrame([_row(pairs, gene_set) for gene_set in sets_to_test()])
    biology = (table["theme"] != "quality").to_numpy()
    table.insert(7, "p_adjusted", np.nan)
    table.loc[biology, "p_adjusted"] = holm_adjusted(table["p"][biology].tolist())
    table.loc[table["p"].isna(), "p_adjusted"] = np.nan
    if genes:
        ulm = enrichment(differential_table(pairs), sets_to_test())
        table["ulm_score"] = table["set"].map(ulm["score"])
        table["ulm_p"] = table["set"].map(ulm["p"])
    return table


def theme_tests(pseudobulk: "AnnData", landmark: int = LANDMARK) -> list[PairedTest]:
    """One memory-adjusted test a theme (`THEMES`): the mean score of its sets, by patients."""
    pairs = negative_pairs(pseudobulk, landmark)
    by_theme = {
        theme: [gene_set for gene_set in sets_to_test() if gene_set.theme == theme]
        for theme in THEMES
    }
    return [_adjusted(pairs, theme, sets) for theme, sets in by_theme.items()]


def set_scores(pseudobulk: "AnnData", landmark: int = LANDMARK) -> pd.DataFrame:
    """Every patient's score of every set before and after infusion, for pictures and tables.

    Columns patient_id, set, theme, before, after; the memory contrast is the set "memory". Sets
    whose genes the references lack are left out.
    """
    pairs = negative_pairs(pseudobulk, landmark)
    sets = [gene_set for gene_set in sets_to_test() if pairs.positions(gene_set).size]
    scores = [(gene_set.name, gene_set.theme, *pairs.scores(gene_set)) for gene_set in sets]
    scores.append(("memory", "memory", *pairs.memory()))
    parts = [
        pd.DataFrame(
            {"patient_id": pairs.patient_id, "set": name, "theme": theme, "before": b, "after": a}
        )
        for name, theme, b, a in scores
    ]
    return pd.concat(parts, ignore_index=True)


def _row(pairs: NegativePairs, gene_set: GeneSet) -> dict[str, object]:
    adjusted = _adjusted(pairs, gene_set.name, [gene_set])
    n_genes = pairs.positions(gene_set).size
    plain = rank_test(gene_set.name, *pairs.scores(gene_set)) if n_genes else adjusted
    return {
        "set": gene_set.name,
        "theme": gene_set.theme,
        "n_genes": int(n_genes),
        "effect": adjusted.effect,
        "low": adjusted.low,
        "high": adjusted.high,
        "p": adjusted.p,
        "plain_effect": plain.effect,
        "plain_p": plain.p,
        "n_patients": adjusted.n_patients,
        "sentence": adjusted.sentence,
        "source": gene_set.source,
    }


def _adjusted(pairs: NegativePairs, name: str, sets: Sequence[GeneSet]) -> PairedTest:
    scores = [pairs.scores(gene_set) for gene_set in sets if pairs.positions(gene_set).size]
    if not scores:
        return not_estimable(name, "the reference holds under 60 % of its genes")
    before, after = (np.mean([score[side] for score in scores], axis=0) for side in (0, 1))
    memory = pairs.memory()
    return adjusted_test(name, before, after, memory[1] - memory[0], pairs.memory_noise())


def _before_after(blood: pd.DataFrame, name: str, landmark: int) -> tuple[Floats, Floats]:
    """One value a patient before and after infusion, of patients who have both, (n,) each."""
    rows = blood[["patient_id", "day", name]].dropna().sort_values("day", kind="stable")
    before = rows[rows["day"] < 0].groupby("patient_id")[name].last()
    inside = (rows["day"] > max(landmark - WINDOW_DAYS, 0)) & (rows["day"] <= landmark)
    after = rows[inside].groupby("patient_id")[name].last()
    both = pd.concat([before, after], axis=1, join="inner").sort_index().to_numpy(float)
    return both[:, 0], both[:, 1]

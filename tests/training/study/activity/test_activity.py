"""Claim 3 on simulated cohorts: planted changes are found, others are not, gaps are reported."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import wilcoxon

from features.genes.panels import SCORE_PANELS
from training.study.activity.activity import (
    THEMES,
    activity_tests,
    pathway_table,
    set_scores,
    theme_tests,
)
from training.study.activity.gene_sets import gene_set, gene_sets

GENES = [*dict.fromkeys(gene for one in gene_sets() for gene in one.genes)]
ROWS = (("cd7neg_t", 0.92), ("cd7unsure_t", 0.45), ("cd7pos_t", 0.06))
UMIS = {-4: (1e4, 3e5, 8e5), 27: (6e5, 1e5, 5e4)}


def draw(n: int, activation: float, seed: int, memory: float = 0.0) -> anndata.AnnData:
    """Gamma-Poisson sums of n patients; CD7-positive cells differ, activation changes in time.

    With `memory` naive genes fall after infusion, and cytotoxicity rises with what falls.
    """
    rng = np.random.default_rng(seed)
    of = {one.name: np.isin(GENES, one.genes) for one in gene_sets()}
    base = rng.normal(-9.2, 0.7, len(GENES))
    obs, counts = [], []
    for patient in range(n):
        log_rates = base + rng.normal(0, 0.3, len(GENES))
        for day, umis in UMIS.items():
            shift = (day > 0) * memory + rng.normal(0, 0.3)
            log_n = log_rates - shift * of["naive"] + 0.5 * shift * of["cytotoxicity"]
            log_n = log_n + (day > 0) * activation * of["activation"]
            log_n = log_n + rng.normal(0, 0.15, len(GENES))
            rates = np.exp(log_n), np.exp(log_rates - 0.8 * of["activation"])
            for (group, share), total in zip(ROWS, umis, strict=True):
                like = share + 0.44 * (1 - share) if group != "cd7pos_t" else share
                mean = total * (like * rates[0] + (1 - like) * rates[1])
                counts.append(rng.poisson(mean))
                obs.append((f"s{patient}_{day}", f"p{patient}", day, group, total, share))
    names = ["sample_id", "patient_id", "day", "group", "depth", "cd7_negative"]
    frame = pd.DataFrame(obs, columns=names, index=[f"{o[0]}|{o[3]}" for o in obs])
    var = pd.DataFrame({"gene_id": GENES, "gene_name": GENES}, index=GENES)
    data = anndata.AnnData(
        sparse.csr_matrix(np.array(counts)), obs=frame.assign(tissue="", reference=0), var=var
    )
    data.varm["in_reference"] = np.ones((len(GENES), 1), bool)
    return data


def test_a_planted_change_is_found_and_no_other() -> None:
    """Activation raised by 0.8 in CD7-negative cells: claimed, with its size; nothing else is."""
    table = pathway_table(draw(14, 0.8, 1), genes=False).set_index("set")
    claimed = set(table.index[table["p_adjusted"] <= 0.05])
    # Sets that share genes with activation (ICOS, TNFRSF4, TNFRSF9, IL2RA) rise with it.
    shared = {one.name for one in gene_sets() if set(one.genes) & set(gene_set("activation").genes)}
    assert "activation" in claimed <= shared
    one = table.loc["activation"]
    assert one["low"] < one["effect"] < one["high"]
    assert 0.3 < one["effect"] < 0.8  # 0.8 in ln(rate) is less in ln(1 + rate)
    assert one["n_patients"] == 14
    assert np.isnan(table.loc["handling_stress", "p_adjusted"])
    assert "higher after infusion" in one["sentence"]


def test_without_a_change_claims_are_rare() -> None:
    """40 null cohorts whose CD7-positive cells are less active: at most 5 have any claim.

    At a family-wise rate of 5 % six or more have a chance of 1.4 %.
    """
    claimed = [
        (pathway_table(draw(8, 0.0, seed), genes=False)["p_adjusted"] <= 0.05).any()
        for seed in range(100, 140)
    ]
    assert sum(claimed) <= 5


def test_memory_is_taken_out() -> None:
    """Cytotoxicity that rises with lost naive cells: most of it goes once memory is adjusted for.

    Not all: noise beyond counting flattens the slope, and the scale bends.
    """
    tables = [
        pathway_table(draw(20, 0.0, seed, memory=0.6), genes=False).set_index("set")
        for seed in range(8)
    ]
    plain, adjusted = (
        np.mean([table.loc["cytotoxicity", name] for table in tables])
        for name in ("plain_effect", "effect")
    )
    assert plain > 0.1
    assert abs(adjusted) < plain / 2


def test_themes_and_scores_belong_together() -> None:
    """Theme tests use the mean of the sets' scores; the file's order changes nothing."""
    data = draw(8, 0.5, 2)
    tests = {one.name: one for one in theme_tests(data)}
    assert tuple(tests) == THEMES
    scores = set_scores(data)
    mean = scores[scores["theme"] == "autoimmune"].groupby("patient_id")[["before", "after"]].mean()
    np.testing.assert_allclose(mean["before"], tests["autoimmune"].before)
    np.testing.assert_allclose(mean["after"], tests["autoimmune"].after)
    assert "memory" in set(scores["set"])
    order = np.random.default_rng(0).permutation(data.n_obs)
    mixed = pathway_table(data[order].copy(), genes=False)
    pd.testing.assert_frame_equal(mixed, pathway_table(data, genes=False))


def test_gene_statistics_are_added_to_the_sets() -> None:
    """PyDESeq2 and decoupler add two columns and change no other."""
    data = draw(6, 1.0, 3)
    table = pathway_table(data).set_index("set")
    assert table.loc["activation", "ulm_score"] > 2
    plain = pathway_table(data, genes=False).set_index("set")
    pd.testing.assert_frame_equal(table.drop(columns=["ulm_score", "ulm_p"]), plain)


def test_too_few_patients_have_a_reason() -> None:
    """Five patients: no number, the sentence gives the reason; as for a set without genes."""
    table = pathway_table(draw(5, 0.8, 4), genes=False)
    assert table["p"].isna().all()
    assert table["p_adjusted"].isna().all()
    assert table["sentence"].str.contains("5 patients have a value before and after").all()
    data = draw(6, 0.0, 4)
    data = data[:, ~np.isin(GENES, gene_set("th17").genes)].copy()
    missing = pathway_table(data, genes=False).set_index("set").loc["th17"]
    assert "under 60 % of its genes" in missing["sentence"]


def test_the_simple_version_is_the_signed_rank_test() -> None:
    """From the feature table alone: last before, last up to day 28, scipy's p, marrow left out."""
    rng = np.random.default_rng(0)
    rows = [
        {"patient_id": f"p{i}", "day": day, "tissue": tissue,
         **{name: rng.normal(late, 1) for name in SCORE_PANELS}}
        for i in range(9)
        for day, tissue, late in ((-20, "PB", 5), (-3, "PB", 0), (16, "PB", 9), (27, None, 1),
                                  (28, "BM", 9), (40, "PB", 9))
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    tests = {one.name: one for one in activity_tests(frame)}
    assert set(tests) == set(SCORE_PANELS)
    name = "cd7neg_t_activation"
    before, after = (frame[frame["day"] == day][name].to_numpy() for day in (-3, 27))
    assert tests[name].p == pytest.approx(wilcoxon(after, before, method="exact").pvalue)
    assert tests[name].n_patients == 9
    frame.loc[frame["day"] == -3, name] = np.nan
    again = {one.name: one for one in activity_tests(frame)}[name]
    np.testing.assert_array_equal(again.before, frame[frame["day"] == -20][name])

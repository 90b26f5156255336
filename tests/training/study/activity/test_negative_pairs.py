"""Pairing of samples, genes in common, and scores that do not depend on precision."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.study.activity.gene_sets import gene_set
from training.study.activity.negative_pairs import LEAST_UMIS, Side, negative_pairs

NAMES = ["CD69", "IL2RA", "TNFRSF9", "TNFRSF4", "ICOS", "CD38", "CCR7", "SELL", "LEF1", "TCF7"]
N, P = np.full(10, 5e-4), np.full(10, 1e-4)


def sample(
    name: str, patient: str, day: int, umis: float = 1e6, tissue: str = "PB", reference: int = 0
) -> pd.DataFrame:
    """Rows of the CD7 split of one sample, and one of a type that must not be read."""
    frame = pd.DataFrame(
        {
            "sample_id": name, "patient_id": patient, "day": day, "tissue": tissue,
            "group": ["cd7unsure_t", "cd7pos_t", "cd4_t"], "depth": [umis, 2 * umis, 3 * umis],
            "cd7_negative": [0.4, 0.05, np.nan], "reference": reference,
        }
    )  # fmt: skip
    return frame.set_index(frame["sample_id"] + "|" + frame["group"])


def bulk(*samples: pd.DataFrame, factor: float = 1.0) -> anndata.AnnData:
    """Exact mixtures of N (times `factor` after infusion) and P."""
    obs = pd.concat(samples)
    late = np.where(obs["day"] > 0, factor, 1.0)[:, None]
    share = obs["cd7_negative"].fillna(0.5).to_numpy()[:, None]
    # CD7-positive cells without CD7 RNA are 0.44 like negative ones.
    share = np.where(obs[["group"]] == "cd7unsure_t", share + 0.44 * (1 - share), share)
    counts = obs["depth"].to_numpy()[:, None] * (share * N * late + (1 - share) * P)
    var = pd.DataFrame({"gene_id": [f"E{i}" for i in range(10)], "gene_name": NAMES})
    data = anndata.AnnData(
        sparse.csr_matrix(np.rint(counts)), obs=obs, var=var.set_index("gene_id", drop=False)
    )
    data.varm["in_reference"] = np.ones((10, 2), bool)
    data.varm["in_reference"][0, 1] = False
    return data


def test_the_last_usable_samples_are_paired() -> None:
    """Last before infusion, last in the landmark's two weeks; no marrow, no sample of few cells."""
    data = bulk(
        sample("a", "p", -20), sample("b", "p", -3), sample("c", "p", -1, umis=1e4),
        sample("d", "p", 14), sample("e", "p", 21), sample("f", "p", 27, tissue="BM"),
        sample("g", "p", 29), sample("h", "q", -3), sample("i", "q", 60),
    )  # fmt: skip
    factor = data.obs["sample_id"].map({"b": 1.5, "e": 2.0}).fillna(1.0)
    data.X = sparse.csr_matrix(sparse.diags(factor.to_numpy()) @ data.X)
    pairs = negative_pairs(data)
    assert pairs.patient_id == ("p",)
    assert pairs.n_incomplete == 1
    np.testing.assert_allclose(pairs.before.rates[0], 1.5 * N, rtol=0.02)
    np.testing.assert_allclose(pairs.after.rates[0], 2.0 * N, rtol=0.02)
    assert pairs.before.umis[0] >= LEAST_UMIS
    assert negative_pairs(data, landmark=60).patient_id == ("q",)


def test_a_gene_that_a_reference_lacks_is_not_used() -> None:
    """It is 0 in the file although unknown, so the score leaves it out for all patients."""
    data = bulk(sample("a", "p", -3), sample("b", "p", 28, reference=1))
    pairs = negative_pairs(data)
    assert list(pairs.gene_name) == NAMES[1:]
    assert pairs.positions(gene_set("activation")).size == 5  # 83 % of it
    assert pairs.positions(gene_set("th17")).size == 0


def test_without_pairs_the_arrays_are_empty() -> None:
    """No patient with both samples: arrays without rows."""
    pairs = negative_pairs(bulk(sample("a", "p", -3)))
    assert (pairs.n, pairs.n_incomplete, pairs.before.rates.shape) == (0, 1, (0, 10))


@pytest.mark.parametrize("umis", [1e4, 3e4])
def test_fewer_cells_do_not_look_less_active(umis: float) -> None:
    """The expected score of noisy sums is that of deep ones; uncorrected it would fall."""
    rng = np.random.default_rng(0)
    rate = np.array([4e-5, 1e-4, 2e-4, 5e-4, 1e-3])
    counts = rng.poisson(rate * umis, (20_000, 5))
    side = Side(counts / umis, counts / umis**2, np.full(20_000, umis))
    truth = np.log1p(1e4 * rate).mean()
    plain = np.log1p(1e4 * counts / umis).mean()
    shift = side.score(np.arange(5)).mean() - truth
    assert abs(shift) < 0.35 * abs(plain - truth)
    assert abs(shift) < 0.03
    spread = side.score(np.arange(5)).var()
    assert 0.6 < side.noise(np.arange(5)).mean() / spread < 1.1  # first order in few counts

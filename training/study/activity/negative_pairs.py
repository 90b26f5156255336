"""CD7-negative T cells before and after infusion in the same patients, from a pseudobulk file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints, Objects
from features.pseudobulk.sample_sums import CD7_GROUPS
from models.endpoints import LANDMARK, WINDOW_DAYS
from training.study.activity.gene_sets import EXPERIENCED, NAIVE, GeneSet, gene_set
from training.study.activity.unmixing import UnmixedRates, effective_shares, unmix

if TYPE_CHECKING:
    from anndata import AnnData  # type: ignore[import-untyped, unused-ignore]  # no stubs

PER = 1e4
# Effective UMIs of the depth genes that a sample's CD7-negative T cells need: about three cells of
# 3,000 UMIs in all (a usual sample of 2,000 cells gives 30,000 to 120,000 before infusion). Fewer
# are noise.
LEAST_UMIS = 6_000.0
LEAST_SHARE = 0.6  # of a set's genes that the reference must hold, as for the feature table


@dataclass(frozen=True)
class Side:
    """CD7-negative T cells of n patients on one side of infusion, unmixed.

    `rates`, `variance` (n, n_genes) in UMIs per UMI of the depth genes; `umis` (n,) the effective
    UMIs of these.
    """

    rates: Floats
    variance: Floats
    umis: Floats

    def score(self, genes: Ints) -> Floats:
        """Mean over genes of ln(1 + 10^4 rate), the feature table's form, (n,).

        On the signed logarithm, since unmixed rates may fall below 0 and cutting them off would
        shift the mean. The logarithm of a noisy rate is too low by variance / (2 (1 + rate)^2);
        adding this keeps the side with fewer cells from looking less active.
        """
        x, variance = PER * self.rates[:, genes], PER**2 * self.variance[:, genes]
        size = np.abs(x)
        logs = np.log1p(size) + variance / (2 * (1 + size) ** 2)
        return np.asarray((np.sign(x) * logs).mean(axis=1))

    def noise(self, genes: Ints) -> Floats:
        """Variance of the score by counting, (n,): sum of (10^4 / (1 + x))^2 variance / k^2."""
        slope = PER / (1 + np.abs(PER * self.rates[:, genes])) / max(genes.size, 1)
        return np.asarray((slope**2 * self.variance[:, genes]).sum(axis=1))


@dataclass(frozen=True)
class NegativePairs:
    """CD7-negative T cells of the same n patients before and after infusion.

    `gene_id`, `gene_name` (n_genes,) are genes that every sample's reference holds.
    `n_incomplete` patients lacked one of the two samples, or cells in it.
    """

    patient_id: tuple[str, ...]
    gene_id: Objects
    gene_name: Objects
    before: Side
    after: Side
    n_incomplete: int

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.patient_id)

    def positions(self, genes: GeneSet) -> Ints:
        """Columns of a set's genes; empty where under 60 % of them are there."""
        columns = np.flatnonzero(np.isin(self.gene_name, genes.genes))
        enough = columns.size >= LEAST_SHARE * len(genes.genes)
        return columns if enough else columns[:0]

    def scores(self, genes: GeneSet) -> tuple[Floats, Floats]:
        """Each patient's score of a set before and after, (n,); 0 where its genes are missing."""
        at = self.positions(genes)
        if at.size == 0:
            return np.zeros(self.n), np.zeros(self.n)
        return self.before.score(at), self.after.score(at)

    def memory(self) -> tuple[Floats, Floats]:
        """The memory contrast before and after, (n,): naive less antigen-experienced genes.

        CD7-negative T cells of healthy blood are mostly memory cells (Reinhold et al., J Immunol
        1993;150:2081), those after infusion the cells that expanded. No gene of the contrast is
        tested. Where the reference lacks one of the two sets, only the other counts.
        """
        naive, experienced = (self.scores(gene_set(name)) for name in (NAIVE, EXPERIENCED))
        return naive[0] - experienced[0], naive[1] - experienced[1]

    def memory_noise(self) -> Floats:
        """Variance of the contrast's change from counting alone, (n,)."""
        at = [self.positions(gene_set(name)) for name in (NAIVE, EXPERIENCED)]
        parts = [side.noise(genes) for side in (self.before, self.after) for genes in at]
        return np.asarray(np.sum(parts, axis=0))


def negative_pairs(pseudobulk: "AnnData", landmark: int = LANDMARK) -> NegativePairs:
    """Pair each patient's last usable sample before infusion with the last up to the landmark.

    After infusion: in the 14 days up to the landmark day. Marrow is left out. Usable: CD7 resolved,
    and CD7-negative T cells with 6,000 effective UMIs (`training.study.activity.unmixing`).
    """
    obs = pseudobulk.obs
    inside = obs["group"].isin(CD7_GROUPS) & (obs["tissue"] != "BM")
    split = obs[inside].assign(row=np.flatnonzero(inside.to_numpy()))
    genes = _common_genes(pseudobulk, split["reference"].unique())
    by_sample = {
        str(sample): _unmix_sample(pseudobulk, part, genes)
        for sample, part in split.groupby("sample_id", observed=True)
    }
    days = split.drop_duplicates("sample_id").astype({"sample_id": str, "patient_id": str})
    days = days[[by_sample[sample].umis >= LEAST_UMIS for sample in days["sample_id"]]]
    first, last = (_last_samples(days, *span) for span in _spans(landmark))
    patients = sorted(set(first) & set(last))
    before, after = (
        _side([by_sample[of[patient]] for patient in patients], genes.size) for of in (first, last)
    )
    var = pseudobulk.var.iloc[genes]
    ids, names = (var[name].to_numpy(object) for name in ("gene_id", "gene_name"))
    incomplete = obs["patient_id"].nunique() - len(patients)
    return NegativePairs(tuple(patients), ids, names, before, after, incomplete)


def _common_genes(pseudobulk: "AnnData", references: Ints) -> Ints:
    """Positions of the genes that all these references hold."""
    return np.flatnonzero(np.asarray(pseudobulk.varm["in_reference"])[:, references].all(axis=1))


def _unmix_sample(pseudobulk: "AnnData", rows: pd.DataFrame, genes: Ints) -> UnmixedRates:
    counts = np.asarray(pseudobulk.X[rows["row"].to_numpy()][:, genes].toarray(), float)
    umis, negative = (rows[name].to_numpy(float) for name in ("depth", "cd7_negative"))
    return unmix(counts, umis, effective_shares(rows["group"].to_numpy(object), negative))


def _side(samples: Sequence[UnmixedRates], n_genes: int) -> Side:
    shape = (len(samples), n_genes)
    rates, variance = (
        np.array([getattr(sample, name) for sample in samples]).reshape(shape)
        for name in ("rates", "variance")
    )
    return Side(rates, variance, np.array([sample.umis for sample in samples]))


def _spans(landmark: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """First and last day of a sample before and after infusion."""
    return (-np.inf, -1), (max(landmark - WINDOW_DAYS, 0) + 1, landmark)


def _last_samples(days: pd.DataFrame, first: float, last: float) -> dict[str, str]:
    """Each patient's last sample in a span of days."""
    inside = days[(days["day"] >= first) & (days["day"] <= last)].sort_values("day", kind="stable")
    return dict(zip(inside["patient_id"], inside["sample_id"], strict=True))

"""Differential expression before and after infusion by PyDESeq2, enrichment of gene sets in it.

PyDESeq2 and decoupler are the product's `study` extra; they are imported when called.
"""

import warnings
from importlib.util import find_spec

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints
from features.errors import InputError
from training.study.activity.gene_sets import GeneSet
from training.study.activity.negative_pairs import NegativePairs

# A gene is tested with at least this many counts in half of the samples: with fewer, PyDESeq2's
# dispersions are unreliable (Love et al., Genome Biol 2014, filter such genes afterwards).
LEAST_COUNT = 10


def need_study_extra() -> None:
    """Refuse in one sentence where PyDESeq2 or decoupler is not installed."""
    missing = [name for name in ("pydeseq2", "decoupler") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"Differential expression needs {' and '.join(missing)}, but it is not installed; "
            f"pip install {' '.join(missing)}."
        )


def differential_table(pairs: NegativePairs) -> pd.DataFrame:
    """Change of every gene in CD7-negative T cells, design ~ patient + memory + time.

    Counts are the unmixed rates times their effective UMIs, rounded, cut off at 0: counts as
    precise as the rates. Columns gene_id, gene_name, log2_fold_change, se, stat, p, p_adjusted
    (Benjamini & Hochberg, by PyDESeq2), sorted by p. Patients are the replicates. No rows under
    four patients or without an expressed gene. Reference: Love et al., Genome Biol 2014;15:550;
    Muzellec et al., Bioinformatics 2023;39:btad547.

    Raises `InputError` when PyDESeq2 is not installed.
    """
    need_study_extra()
    counts, design = effective_counts(pairs), _design(pairs)
    expressed = np.flatnonzero((counts >= LEAST_COUNT).sum(axis=0) * 2 >= counts.shape[0])
    solvable = pairs.n >= 4 and np.linalg.matrix_rank(design.to_numpy()) == design.shape[1]
    if expressed.size == 0 or not solvable:
        return _gene_table(pairs, expressed[:0], np.empty((0, 5)))
    ids = pairs.gene_id[expressed]
    frame = pd.DataFrame(counts[:, expressed], index=design.index, columns=ids)
    table = _gene_table(pairs, expressed, _deseq_results(frame, design))
    return table.sort_values("p", kind="stable")


def effective_counts(pairs: NegativePairs) -> Ints:
    """Counts (2 n, n_genes), the patients before infusion, then after it."""
    rates = np.concatenate([pairs.before.rates, pairs.after.rates])
    umis = np.concatenate([pairs.before.umis, pairs.after.umis])
    counts = np.rint(np.maximum(rates * umis[:, None], 0))
    return np.asarray(counts, np.int64)


def enrichment(table: pd.DataFrame, sets: tuple[GeneSet, ...]) -> pd.DataFrame:
    """Enrichment of each set among all genes, by decoupler's ulm on the genes' statistic.

    Columns score (t of the set's genes against the others) and p, by set name. Its replicates are
    genes, and genes of one pathway vary together between patients, so this p is far too small (Wu
    & Smyth, Nucleic Acids Res 2012;40:e133): it is a description and no test of the claim.
    """
    need_study_extra()
    import decoupler  # type: ignore[import-untyped, unused-ignore]  # no stubs

    stat = table.dropna(subset=["stat"]).drop_duplicates("gene_name").set_index("gene_name")["stat"]
    net = pd.DataFrame(
        [(gene_set.name, gene, 1.0) for gene_set in sets for gene in gene_set.genes],
        columns=["source", "target", "weight"],
    )
    net = net[net["target"].isin(stat.index)]
    sizes = net.groupby("source").size()
    empty = pd.DataFrame({"score": [], "p": []}, dtype=float)
    if sizes.empty or sizes.max() < 3 or stat.size < 20:
        return empty
    scores, p = decoupler.mt.ulm(stat.to_frame("stat").T, net, tmin=3)
    return pd.DataFrame({"score": scores.iloc[0], "p": p.iloc[0]})


def _design(pairs: NegativePairs) -> pd.DataFrame:
    n, patient = pairs.n, np.tile(np.arange(pairs.n), 2)
    memory = np.concatenate(pairs.memory())
    design = pd.DataFrame(
        (patient[:, None] == np.arange(n)).astype(float), columns=[f"patient_{i}" for i in range(n)]
    )
    design["memory"] = memory - memory.mean()
    design["after"] = np.repeat([0.0, 1.0], n)
    design.index = pd.Index([f"s{i}" for i in range(2 * n)])
    return design


def _deseq_results(counts: pd.DataFrame, design: pd.DataFrame) -> Floats:
    from pydeseq2.dds import DeseqDataSet  # type: ignore[import-untyped, unused-ignore]  # no stubs
    from pydeseq2.ds import DeseqStats  # type: ignore[import-untyped, unused-ignore]  # no stubs

    contrast = (design.columns == "after").astype(float)
    with warnings.catch_warnings():
        # The libraries warn of trend fits that fell back to a simpler one, and of their own
        # dependencies; a result that could not be fitted is missing.
        warnings.simplefilter("ignore")
        data = DeseqDataSet(
            counts=counts, metadata=design, design=design, quiet=True, n_cpus=1,
            size_factors_fit_type="poscounts", refit_cooks=False,
        )  # fmt: skip
        data.deseq2()
        stats = DeseqStats(data, contrast=contrast, quiet=True, n_cpus=1)
        stats.summary()
    columns = ["log2FoldChange", "lfcSE", "stat", "pvalue", "padj"]
    return np.asarray(stats.results_df[columns].to_numpy(float))


def _gene_table(pairs: NegativePairs, genes: Ints, values: Floats) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=["log2_fold_change", "se", "stat", "p", "p_adjusted"])
    table.insert(0, "gene_id", pairs.gene_id[genes])
    table.insert(1, "gene_name", pairs.gene_name[genes])
    return table

"""The same cells through five gene references: what becomes of every feature.

    python -m benchmarks.references

Five CARPALL samples, ECCITE-seq and pbmc3k with all their genes, then without mitochondrial genes,
without ribosomal ones, without both, and with about the genes of 10x Flex's probes (no ribosomal,
HLA, receptor and non-coding genes). For each feature the largest difference from all genes, in SDs
between CARPALL's usable samples: at most 0.1, or withheld. Beside it the same cells cut to their
5,000 most variable genes, which must be refused.
"""

import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from anndata.utils import make_index_unique
from scipy import sparse

from benchmarks.cells import carpall_matrix, carpall_samples, h5ad_matrix
from features import schema
from features.arrays import Bools
from features.errors import Refusal
from features.pipeline.sample import summarise
from features.settings import data_dir
from features.table.row import Row
from features.table.sample_sheet import sheet_row

SAMPLES = ("CAR-T10310322", "CAR-T10310323", "CAR-T10310324", "CAR-T10310325", "CAR-T11141510")
NAMED_SETS = {"eccite": "eccite/eccite_pbmc_500.h5ad", "pbmc3k": "pbmc3k/pbmc3k.h5ad"}
RIBOSOMAL = r"(M?RP[SL]\d|RPSA$|RPLP\d)"
NON_CODING = (
    r"MALAT1|NEAT1|XIST|LINC\d|A[CLPF]\d{6}\.\d|MIR\d|SNHG|.*-AS\d$|.*-DT$|RP\d+-|CT[ABCD]-"
)
NOT_IN_PROBES = rf"|HLA-|KIR\d|TR[ABDG][VJ]|IG[HKL][VJ]|{NON_CODING}"
REFERENCES = {
    "all": "$^", "no MT": "MT-", "no RP": RIBOSOMAL, "no MT, RP": f"MT-|{RIBOSOMAL}",
    "Flex-like": RIBOSOMAL + NOT_IN_PROBES,
}  # fmt: skip
VARIABLE = "5,000 HVG"
N_VARIABLE = 5_000
GOAL = 0.1
# These describe the file, or say that a value is withheld: they follow the reference by definition.
OF_THE_FILE = frozenset({"n_cells", "median_umi", "median_genes", "cd7neg_unresolved"})
COLUMNS = tuple(
    name for name in schema.SAMPLE_NUMBERS
    if not name.endswith("_se") and name not in OF_THE_FILE and name != "car_t_fraction"
)  # fmt: skip


def matrices(samples: Iterable[str]) -> Iterator[tuple[str, sparse.csr_matrix, list[str]]]:
    """Counts and gene names of every sample."""
    for sample in samples:
        if sample in NAMED_SETS:
            yield (sample, *h5ad_matrix(NAMED_SETS[sample]))
        else:
            matrix, _, names, _ = carpall_matrix(sample)
            yield sample, matrix, names


def variable_genes(matrix: sparse.csr_matrix) -> Bools:
    """The genes with the greatest variance over mean of counts per 10,000."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scaled = sparse.diags_array(1e4 / np.maximum(total, 1)) @ matrix[:, :].astype(float)
    mean = np.asarray(scaled.mean(axis=0)).ravel()
    square = np.asarray(scaled.multiply(scaled).mean(axis=0)).ravel()
    ratio = (square - mean**2) / np.maximum(mean, 1e-9)
    chosen = np.zeros(mean.size, bool)
    chosen[np.argsort(-ratio)[:N_VARIABLE]] = True
    return chosen


def row_of(path: Path) -> Row | None:
    """A file's row by the product's own path; None when it is refused."""
    try:
        return summarise(sheet_row(path, day=28, enrichment="none"))
    except Refusal as refusal:
        print(f"{path.stem}: refused, {refusal}")
        return None


def rows_by_reference(folder: Path, samples: Iterable[str]) -> dict[tuple[str, str], Row]:
    """The row of every sample through every reference."""
    rows = {}
    for sample, matrix, names in matrices(samples):
        var = pd.DataFrame(index=make_index_unique(pd.Index(names)))
        parts = {
            title: np.array([re.match(pattern, name) is None for name in names])
            for title, pattern in REFERENCES.items()
        }
        for title, genes in {**parts, VARIABLE: variable_genes(matrix)}.items():
            path = folder / f"{sample}_{title.replace(' ', '_')}.h5ad"
            anndata.AnnData(sparse.csr_matrix(matrix[:, genes]), var=var[genes]).write_h5ad(path)
            row = row_of(path)
            if row is not None:
                rows[sample, title] = row
    return rows


def spread() -> pd.Series:
    """SD of every feature between CARPALL's usable samples."""
    rows = []
    for sample in carpall_samples()["sample_id"]:
        row = row_of(data_dir() / "carpall" / f"{sample}.h5")
        if row is not None:
            rows.append({name: row[name] for name in COLUMNS})
    return pd.DataFrame(rows).astype(float).std()


def differences(rows: Mapping[tuple[str, str], Row], title: str) -> pd.DataFrame:
    """Change from all genes through one reference, features x samples; NaN where withheld."""
    samples = [sample for sample, reference in rows if reference == title]
    return pd.DataFrame(
        {
            sample: {
                name: float(rows[sample, title][name]) - float(rows[sample, "all"][name])  # type: ignore[arg-type]
                for name in COLUMNS
            }
            for sample in samples
        }
    )


def withheld(rows: Mapping[tuple[str, str], Row], title: str) -> pd.Series:
    """Samples in which a feature is missing through one reference and not with all genes."""
    samples = [sample for sample, reference in rows if reference == title]
    is_missing = pd.DataFrame(
        {
            sample: {
                name: np.isnan(float(rows[sample, title][name]))  # type: ignore[arg-type]
                and not np.isnan(float(rows[sample, "all"][name]))  # type: ignore[arg-type]
                for name in COLUMNS
            }
            for sample in samples
        }
    )
    return is_missing.sum(axis=1)


def shown(largest: float, n_withheld: int) -> str:
    """One cell of the table.

    >>> shown(0.0123, 0), shown(float("nan"), 7), shown(0.2, 1)
    ('0.01', '- (7)', '0.20! (1)')
    """
    mark = "!" if largest > GOAL else ""
    number = "-" if np.isnan(largest) else f"{largest:.2f}{mark}"
    return f"{number} ({n_withheld})" if n_withheld else number


def main() -> None:
    """Print the table and every difference beyond the goal."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_by_reference(Path(folder), (*SAMPLES, *NAMED_SETS))
    sd, table, beyond = spread(), {}, []
    for title in list(REFERENCES)[1:]:
        change = differences(rows, title)
        in_sds = change.abs().div(sd.where(sd > 0), axis=0)
        counts = withheld(rows, title)
        table[title] = {
            name: shown(float(in_sds.loc[name].max()), int(counts[name])) for name in COLUMNS
        }
        for number, column in np.argwhere(in_sds.to_numpy() > GOAL):
            name, sample = in_sds.index[number], in_sds.columns[column]
            before, after = (rows[sample, reference][name] for reference in ("all", title))
            error = rows[sample, "all"].get(f"{name}_se")
            beyond.append(
                {"reference": title, "feature": name, "sample": sample, "all genes": before,
                 "here": after, "SDs": in_sds.loc[name, sample], "its standard error": error}
            )  # fmt: skip
    print("Largest difference from all genes in SDs (goal 0.1; withheld in how many samples)")
    print(pd.DataFrame(table).assign(SD=sd.map("{:.3f}".format)).to_string())
    n_rows = sum(reference == VARIABLE for _, reference in rows)
    print(f"\n{VARIABLE}: {n_rows} of {len(SAMPLES) + len(NAMED_SETS)} samples give a row")
    print("\nBeyond the goal")
    print(pd.DataFrame(beyond).round(4).to_string(index=False))


if __name__ == "__main__":
    main()

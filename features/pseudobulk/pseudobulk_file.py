"""Pseudobulk file (.h5ad): atomic writing, and reading with a check of its version."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from features.arrays import Ints
from features.atomic_write import replacing
from features.errors import InputError
from features.genes.gene_union import unite
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from features.pseudobulk.sample_sums import SampleSums
from features.schema import CATEGORIES, SCHEMA_VERSION
from features.table.feature_table import code_version
from features.table.row import RefusedSample

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData  # type: ignore[import-untyped, unused-ignore]  # no stubs
    from scipy.sparse import csr_matrix

KIND = "cd7watch_pseudobulk"


def require_anndata() -> None:
    """Raise `InputError`, before anything is read, when AnnData is not installed."""
    if find_spec("anndata") is None:
        raise InputError(
            "Pseudobulk files are .h5ad and need anndata, but it is not installed; "
            "pip install anndata."
        )


def to_anndata(
    sums: Sequence[SampleSums], refused_samples: Sequence[RefusedSample] = ()
) -> "AnnData":
    """One AnnData of all samples: raw sums in X, a row for each sample and group.

    `obs`: sample_id, patient_id, day, group, n_cells, n_umis (all UMIs of the row's cells: the
    row's sum), depth (their UMIs of the depth genes, by which rates are formed: references differ
    in the others), cd7_negative (share of the row's depth from CD7-negative T cells, for the CD7
    split), the sheet's texts, typing_source, provenance, and `reference`, the column of
    `varm["in_reference"]` that says which genes the sample's reference holds. A gene that
    the reference lacks is 0 in X but unknown: use genes with `var["in_all_samples"]`, or that mask.
    `uns`: kind, schema_version, code_version, provenance, research_use_only, refused (JSON).

    Raises `InputError` when no sample is left.
    """
    import pandas as pd
    from anndata import AnnData
    from scipy.sparse import vstack

    if not sums:
        raise InputError(
            "A pseudobulk file needs at least one usable sample, but all were refused."
        )
    references = list(dict.fromkeys(sample.reference for sample in sums))
    genes = unite(references)
    numbers = [references.index(sample.reference) for sample in sums]
    rows = [
        _align_genes(sample.counts, genes.columns[number], len(genes.ids))
        for sample, number in zip(sums, numbers, strict=True)
    ]
    var = pd.DataFrame(
        {
            "gene_id": genes.ids, "gene_name": genes.names,
            "in_all_samples": genes.present.all(axis=1),
        },
        index=list(genes.ids),
    )  # fmt: skip
    obs = pd.concat([_obs(*pair) for pair in zip(sums, numbers, strict=True)])
    data = AnnData(vstack(rows, format="csr"), obs=obs, var=var)
    data.varm["in_reference"] = genes.present
    data.uns = _metadata(sums, refused_samples)
    return data


def write_pseudobulk(
    path: Path | str, sums: Sequence[SampleSums], refused_samples: Sequence[RefusedSample] = ()
) -> None:
    """Write the sums of all samples as .h5ad in one atomic step."""
    data = to_anndata(sums, refused_samples)
    with replacing(path) as draft:
        data.write_h5ad(draft, compression="gzip")


def read_pseudobulk(path: Path | str) -> "AnnData":
    """Read a pseudobulk file of ours.

    Raises `InputError` when it cannot be read, is another kind of .h5ad, or has another schema
    version.
    """
    require_anndata()
    from anndata import read_h5ad

    path = Path(path)
    way_out = "make one with `cd7watch features SAMPLES.csv -o TABLE --pseudobulk FILE.h5ad`."
    try:
        data = read_h5ad(path)
    except (OSError, KeyError, ValueError, TypeError):
        raise InputError(
            f"A pseudobulk file must be a readable .h5ad, but {path.name} is not; {way_out}"
        ) from None
    kind, version = data.uns.get("kind"), data.uns.get("schema_version")
    if kind != KIND or version != SCHEMA_VERSION:
        raise InputError(
            f"A pseudobulk file must be ours and of schema version {SCHEMA_VERSION}, but "
            f"{path.name} is not; {way_out}"
        )
    return data


def _align_genes(counts: "csr_matrix", columns: Ints, n_genes: int) -> "csr_matrix":
    """The counts in the columns of the gene union; entries of the same gene are added up."""
    from scipy.sparse import csr_matrix

    # Copied, because `sum_duplicates` sorts in place.
    parts = (counts.data.copy(), columns[counts.indices], counts.indptr.copy())
    aligned_counts = csr_matrix(parts, shape=(counts.shape[0], n_genes))
    aligned_counts.sum_duplicates()
    return aligned_counts


def _obs(sums: SampleSums, reference: int) -> "pd.DataFrame":
    import pandas as pd

    sample = sums.sample
    texts = {category.name: sample.texts[category.name] for category in CATEGORIES}
    return pd.DataFrame(
        {
            "sample_id": sample.sample_id, "patient_id": sample.patient_id, "day": sample.day,
            "group": sums.groups, "n_cells": sums.n_cells, "n_umis": sums.n_umis,
            "depth": sums.depth, "cd7_negative": sums.cd7_negative, "reference": reference,
            **{name: text or "" for name, text in texts.items()},
            "typing_source": sums.typing_source, "provenance": sums.provenance,
        },
        index=[f"{sample.sample_id}|{group}" for group in sums.groups],
    )  # fmt: skip


def _metadata(
    sums: Sequence[SampleSums], refused_samples: Sequence[RefusedSample]
) -> dict[str, str]:
    synthetic = any(sample.provenance == "synthetic" for sample in sums)
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "code_version": code_version(),
        "provenance": "synthetic" if synthetic else "real",
        "research_use_only": f"{SYNTHETIC} {RESEARCH_USE_ONLY}" if synthetic else RESEARCH_USE_ONLY,
        "refused": json.dumps([asdict(sample) for sample in refused_samples]),
    }

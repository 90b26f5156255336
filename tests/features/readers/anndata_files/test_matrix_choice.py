"""The raw counts are found wherever a file keeps them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.open_counts import open_counts
from tests.features.readers.same_cells import assert_same_cells, frame, normalised


def split(counts: Any) -> dict[str, Any]:
    """Counts as spliced, unspliced and ambiguous layers, which add up to them."""
    rng = np.random.default_rng(2)
    parts = {}
    remaining = counts.copy()
    for name, share in (("unspliced", 0.25), ("ambiguous", 0.1)):
        part = remaining.copy()
        part.data = rng.binomial(remaining.data, share).astype(np.int32)
        parts[name] = part
        remaining = (remaining - part).tocsr()
    return {"spliced": remaining, **parts}


def layer(name: str) -> Callable[[Any], anndata.AnnData]:
    """X normalised, counts in a layer of this name."""
    return lambda blood: frame(blood, normalised(blood.counts), layers={name: blood.counts})


def raw(blood: Any) -> anndata.AnnData:
    """X normalised, counts in raw."""
    data = frame(blood, blood.counts)
    data.raw = data.copy()
    data.X = normalised(blood.counts)
    return data


def raw_of_all_genes(blood: Any) -> anndata.AnnData:
    """X and a layer hold the variable genes' counts, raw those of all genes."""
    data = frame(blood, blood.counts)
    data.raw = data.copy()
    data = data[:, ::3].copy()
    data.layers["counts"] = data.X.copy()
    return data


def logarithms_called_counts(blood: Any) -> anndata.AnnData:
    """A layer counts holds logarithms, X the counts."""
    logarithms = blood.counts.astype(np.float32).log1p()
    return frame(blood, blood.counts, layers={"counts": logarithms})


def no_x(blood: Any) -> anndata.AnnData:
    """Counts in a layer, and no X."""
    data = frame(blood, blood.counts, layers={"counts": blood.counts})
    data.X = None
    return data


def zeros_and_ones(blood: Any) -> anndata.AnnData:
    """X says whether a gene was seen; a layer how often."""
    seen = (blood.counts > 0).astype(np.float32)
    return frame(blood, seen, layers={"umi_raw": blood.counts})


def x_of_zeros(blood: Any) -> anndata.AnnData:
    """X is empty, as some writers of layers leave it."""
    none = sparse.csr_matrix(blood.counts.shape, dtype=np.float32)
    return frame(blood, none, layers={"total": blood.counts})


def velocity(blood: Any) -> anndata.AnnData:
    """X and a layer hold spliced counts (scVelo's loom reader), two layers the others."""
    parts = split(blood.counts)
    return frame(blood, parts["spliced"].copy(), layers=parts)


def velocity_beside_counts(blood: Any) -> anndata.AnnData:
    """X holds all counts, the layers their parts."""
    return frame(blood, blood.counts, layers=split(blood.counts))


def velocity_by_gene(blood: Any) -> anndata.AnnData:
    """The parts are stored by gene."""
    parts = {name: sparse.csc_matrix(part) for name, part in split(blood.counts).items()}
    data = frame(blood, blood.counts, layers=parts)
    data.X = None
    return data


def velocity_dense(blood: Any) -> anndata.AnnData:
    """The parts are dense and packed in chunks."""
    parts = {name: part.toarray() for name, part in split(blood.counts).items()}
    data = frame(blood, blood.counts, layers=parts)
    data.X = None
    return data


def velocity_named_by_kb(blood: Any) -> anndata.AnnData:
    """kb-python's names of the same parts."""
    parts = split(blood.counts)
    names = {"mature": "spliced", "nascent": "unspliced", "ambiguous": "ambiguous"}
    data = frame(blood, blood.counts, layers={kb: parts[name] for kb, name in names.items()})
    data.X = None
    return data


PLACES = {
    "layers/counts": layer("counts"),
    "layers/raw_counts": layer("raw_counts"),
    "layers/counts_raw": layer("counts_raw"),
    "layers/UMIs": layer("UMIs"),
    "layers/anything": layer("anything"),
    "raw/X": raw,
    "X": logarithms_called_counts,
    "layers/umi_raw": zeros_and_ones,
    "layers/total": x_of_zeros,
}


@pytest.mark.parametrize("matrix", PLACES)
def test_counts_are_found_by_content(blood: Any, tenx: Path, tmp_path: Path, matrix: str) -> None:
    """The matrix of whole numbers is read wherever it lies, and named."""
    path = tmp_path / "c.h5ad"
    PLACES[matrix](blood).write_h5ad(path)
    assert assert_same_cells(path, tenx).matrix == matrix


@pytest.mark.parametrize(
    "make",
    [
        raw_of_all_genes, no_x, velocity, velocity_beside_counts, velocity_by_gene,
        velocity_dense, velocity_named_by_kb,
    ],
)  # fmt: skip
def test_complete_counts_of_all_genes_win(
    blood: Any, tenx: Path, tmp_path: Path, make: Callable[[Any], anndata.AnnData]
) -> None:
    """All genes before some, all molecules before spliced ones; sums where parts stand alone."""
    path = tmp_path / "c.h5ad"
    make(blood).write_h5ad(path, compression="gzip")
    assert_same_cells(path, tenx)


def test_every_other_matrix_of_whole_numbers_is_named(blood: Any, tmp_path: Path) -> None:
    """So that a reader of the row can see what was not taken; fractions are not named."""
    data = frame(
        blood, blood.counts, layers={"z": blood.counts, "a": blood.counts, "log": blood.counts}
    )
    data.layers["log"] = normalised(blood.counts)
    data.write_h5ad(tmp_path / "o.h5ad")
    source = open_counts(tmp_path / "o.h5ad")
    assert source.matrix == "X"
    assert set(source.other_matrices) == {"layers/a", "layers/z"}


def test_spliced_counts_alone_are_refused(blood: Any, tmp_path: Path) -> None:
    """Their depth is too low, which no row would show."""
    data = frame(blood, blood.counts, layers={"spliced": split(blood.counts)["spliced"]})
    data.X = data.layers["spliced"].copy()
    data.write_h5ad(tmp_path / "s.h5ad")
    with pytest.raises(InputError, match=r"X, layers/spliced alone holds spliced .* complete"):
        open_counts(tmp_path / "s.h5ad")


def test_parts_that_are_stored_differently_are_refused(blood: Any, tmp_path: Path) -> None:
    """The sum is asked for."""
    parts = split(blood.counts)
    parts["unspliced"] = sparse.csc_matrix(parts["unspliced"])
    data = frame(blood, blood.counts, layers=parts)
    data.X = None
    data.write_h5ad(tmp_path / "d.h5ad")
    with pytest.raises(InputError, match="stored differently; write their sum into X"):
        open_counts(tmp_path / "d.h5ad")


def test_fractions_everywhere_are_named(blood: Any, tmp_path: Path) -> None:
    """The sentence lists where counts were looked for."""
    fractions = normalised(blood.counts)
    frame(blood, fractions, layers={"counts": fractions}).write_h5ad(tmp_path / "f.h5ad")
    with pytest.raises(InputError, match=r"there are none in layers/counts, X; give raw UMI"):
        open_counts(tmp_path / "f.h5ad")


@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_fractions_in_any_part_are_seen(blood: Any, tenx: Path, tmp_path: Path, place: str) -> None:
    """A matrix that is whole only at first is not taken for counts while another is."""
    mixed = blood.counts.astype(np.float32)
    at = {"start": 0, "middle": mixed.data.size // 2, "end": mixed.data.size - 5000}[place]
    mixed.data[at : at + 5000] += 0.5
    frame(blood, mixed, layers={"other": blood.counts}).write_h5ad(tmp_path / "m.h5ad")
    assert assert_same_cells(tmp_path / "m.h5ad", tenx).matrix == "layers/other"


def test_a_mask_is_no_damaged_file(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """Which genes a cell expresses is no count: refused by its type, and passed over for counts."""
    mask = blood.counts > 0
    frame(blood, mask).write_h5ad(tmp_path / "b.h5ad")
    with pytest.raises(InputError, match=r"but X holds values of type bool; give raw UMI counts"):
        open_counts(tmp_path / "b.h5ad")
    frame(blood, mask, layers={"counts": blood.counts}).write_h5ad(tmp_path / "l.h5ad")
    assert assert_same_cells(tmp_path / "l.h5ad", tenx).matrix == "layers/counts"

"""Cases of Cell Ranger .h5 and other HDF5 and zarr layouts."""

from pathlib import Path

import anndata as ad
import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np
import zarr
from scipy import sparse

from benchmarks.input_cases.public_samples import cut_sample, sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_bytes, write_h5ad, write_tenx


@case()
def tenx_h5(folder: Path) -> str:
    """Cell Ranger's .h5: the control."""
    return write_tenx(folder, "plain.h5", sample())


@case(control="tenx_h5_cut")
def tenx_h5_cut(folder: Path) -> str:
    """Its first 300 cells: the control of formats that are written as text."""
    return write_tenx(folder, "cut.h5", cut_sample())


@case()
def tenx_h5_gzip(folder: Path) -> str:
    """An .h5.gz, as GEO offers it."""
    write_bytes(folder / "GSM1_filtered.h5.gz", (folder / tenx_h5(folder)).read_bytes())
    return "GSM1_filtered.h5.gz"


def _older_tenx(folder: Path, name: str, genomes: tuple[str, ...]) -> str:
    data = sample()
    counts = sparse.csr_matrix(data.X)
    with h5py.File(folder / name, "w") as file:
        for genome in genomes:
            group = file.create_group(genome)
            mouse = genome == "mm10"
            ids = [i.replace("ENSG", "ENSMUSG") if mouse else i for i in data.var["gene_ids"]]
            names = [n.capitalize() if mouse else n for n in data.var_names]
            group["data"] = counts.data.astype(np.int32)
            group["indices"] = counts.indices.astype(np.int64)
            group["indptr"] = counts.indptr.astype(np.int64)
            group["shape"] = np.array(counts.shape[::-1])
            group["barcodes"] = np.array(data.obs_names, "S")
            group["genes"], group["gene_names"] = np.array(ids, "S"), np.array(names, "S")
    return name


@case()
def tenx_version_2(folder: Path) -> str:
    """Cell Ranger 2: a group a genome."""
    return _older_tenx(folder, "version2.h5", ("GRCh38",))


@case()
def tenx_version_2_of_two_genomes(folder: Path) -> str:
    """Cell Ranger 2 with human and mouse: the human group is the patient's."""
    return _older_tenx(folder, "two_genomes.h5", ("GRCh38", "mm10"))


@case()
def cellbender(folder: Path) -> str:
    """CellBender's groups beside the matrix."""
    name = write_tenx(folder, "cellbender.h5", sample())
    with h5py.File(folder / name, "a") as file:
        for group in ("droplet_latents", "global_latents", "metadata"):
            file.create_group(group)["x"] = np.arange(5.0)
    return name


@case()
def tenx_without_types(folder: Path) -> str:
    """No feature types, as some tools write."""
    name = write_tenx(folder, "without_types.h5", sample())
    with h5py.File(folder / name, "a") as file:
        del file["matrix/features/feature_type"], file["matrix/features/genome"]
    return name


def _zarr(folder: Path, name: str, version: int) -> str:
    with ad.settings.override(zarr_write_format=version):
        sample().write_zarr(folder / name)
    return name


@case()
def zarr_version_2(folder: Path) -> str:
    """A .zarr folder of format 2."""
    return _zarr(folder, "two.zarr", 2)


@case()
def zarr_version_3(folder: Path) -> str:
    """A .zarr folder of format 3."""
    return _zarr(folder, "three.zarr", 3)


@case()
def zarr_consolidated(folder: Path) -> str:
    """A .zarr folder with its metadata in one file."""
    name = _zarr(folder, "consolidated.zarr", 2)
    zarr.consolidate_metadata(folder / name)
    return name


@case()
def zarr_zipped(folder: Path) -> str:
    """A .zarr in a .zip."""
    store = zarr.storage.ZipStore(folder / "zipped.zarr.zip", mode="w")
    with ad.settings.override(zarr_write_format=2):
        sample().write_zarr(store)
    store.close()
    return "zipped.zarr.zip"


@case()
def spatialdata_table(folder: Path) -> str:
    """SpatialData: the AnnData lies under tables."""
    root = zarr.open_group(folder / "spatial.zarr", mode="w", zarr_format=2)
    root.create_group("tables")
    with ad.settings.override(zarr_write_format=2):
        sample().write_zarr(folder / "spatial.zarr" / "tables" / "table")
    return "spatial.zarr"


@case(control="tenx_h5_cut")
def loom(folder: Path) -> str:
    """A loom file: genes x cells."""
    data = cut_sample()
    with h5py.File(folder / "sample.loom", "w") as file:
        file["matrix"] = data.X.T.toarray().astype(np.int32)
        file["row_attrs/Gene"] = np.array(data.var_names, "S")
        file["row_attrs/Accession"] = np.array(data.var["gene_ids"], "S")
        file["col_attrs/CellID"] = np.array(data.obs_names, "S")
        for group in ("layers", "row_graphs", "col_graphs"):
            file.create_group(group)
        file.attrs["LOOM_SPEC_VERSION"] = "3.0.0"
    return "sample.loom"


@case()
def mudata(folder: Path) -> str:
    """An .h5mu: the RNA is one modality."""
    name = write_h5ad(folder, "rna_of_mudata.h5ad", sample())
    with h5py.File(folder / "sample.h5mu", "w") as file, h5py.File(folder / name) as rna:
        file.attrs["encoding-type"] = "MuData"
        rna.copy(rna["/"], file.create_group("mod"), "rna")
    return "sample.h5mu"


@case("refused", "write10xCounts|writeH5AD|SaveH5Seurat|write")
def h5seurat(folder: Path) -> str:
    """Seurat's .h5seurat: one line of R writes what is read."""
    data = cut_sample()
    with h5py.File(folder / "sample.h5seurat", "w") as file:
        group = file.create_group("assays/RNA/counts")
        for part in ("data", "indices", "indptr"):
            group[part] = getattr(data.X, part)
        group.attrs["dims"] = data.X.shape[::-1]
        file["assays/RNA/features"] = np.array(data.var_names, "S")
        file["cell.names"] = np.array(data.obs_names, "S")
        file.create_group("meta.data")
        file.attrs["version"] = "3.1.5.9900"
    return "sample.h5seurat"


@case("refused", "molecule")
def molecule_info(folder: Path) -> str:
    """Cell Ranger's molecule_info.h5: molecules, no count matrix."""
    n, rng = 200_000, np.random.default_rng(0)
    with h5py.File(folder / "molecule_info.h5", "w") as file:
        for column in ("barcode_idx", "count", "feature_idx", "umi"):
            file[column] = rng.integers(0, 2**20, n).astype(np.uint32)
        file["gem_group"] = np.ones(n, np.uint16)
        file["library_idx"] = np.zeros(n, np.uint16)
        file["barcodes"] = np.array([b"A" * 16] * 1000)
        file.create_group("barcode_info")
        file.create_group("features")
        file["metrics_json"] = "{}"
    return "molecule_info.h5"


@case("refused", "R ")
def rds(folder: Path) -> str:
    """An R object."""
    write_bytes(folder / "sample.rds.gz", b"X\n\x00\x00\x00\x03" + bytes(2000))
    return str((folder / "sample.rds.gz").rename(folder / "sample.rds").name)


@case("refused", "tiledb|TileDB|SOMA")
def soma(folder: Path) -> str:
    """A TileDB-SOMA folder."""
    for part in ("__group", "ms", "obs"):
        (folder / "sample_soma" / part).mkdir(parents=True)
    (folder / "sample_soma" / "__tiledb_group.tdb").write_text("")
    return "sample_soma"


@case("refused", "copy it again")
def truncated_h5(folder: Path) -> str:
    """The first half of a file: damaged, and said so."""
    raw = (folder / tenx_h5(folder)).read_bytes()
    (folder / "truncated.h5").write_bytes(raw[: len(raw) // 2])
    return "truncated.h5"


@case()
def blanks_in_its_path(folder: Path) -> str:
    """Blanks, brackets and a hash in the path."""
    (folder / "My Data (v2)").mkdir(exist_ok=True)
    return f"My Data (v2)/{write_tenx(folder / 'My Data (v2)', 'Probe A #1.h5', sample())}"


@case()
def letters_beyond_ascii_in_its_path(folder: Path) -> str:
    """German and Chinese letters in the path."""
    target, name = "Z\u00e4hlung_\u60a3\u8005", "M\u00fcller.h5"
    (folder / target).mkdir(exist_ok=True)
    return f"{target}/{write_tenx(folder / target, name, sample())}"


@case()
def symbolic_link(folder: Path) -> str:
    """A link to the file."""
    target = folder / tenx_h5(folder)
    link = folder / "link.h5"
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    return link.name

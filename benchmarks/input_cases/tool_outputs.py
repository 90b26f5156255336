"""Cases of what tools write: STARsolo, alevin-fry, kb, Parse, BD, text matrices, archives."""

import shutil
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.io import mmwrite

from benchmarks.input_cases.public_samples import cut_sample, sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_mtx, write_tenx


def _starsolo(folder: Path, name: str, matrix: str = "matrix.mtx") -> str:
    return write_mtx(
        folder, name, sample(), matrix=matrix, features="features.tsv", barcodes="barcodes.tsv"
    )


@case()
def starsolo(folder: Path) -> str:
    """STARsolo's folder: counts beside fractions of multi-mapped reads."""
    name = _starsolo(folder, "starsolo")
    shutil.copy(folder / name / "matrix.mtx", folder / name / "UniqueAndMult-EM.mtx")
    return name


@case("refused", "EM|fraction|whole numbers")
def starsolo_fractions_alone(folder: Path) -> str:
    """Fractions of multi-mapped reads alone."""
    name = _starsolo(folder, "starsolo_em", "UniqueAndMult-EM.mtx")
    matrix = folder / name / "UniqueAndMult-EM.mtx"
    lines = matrix.read_text().replace("integer", "real").splitlines()
    first = next(i for i, line in enumerate(lines) if not line.startswith("%")) + 1
    lines[first:] = [f"{line}.5" for line in lines[first:]]
    matrix.write_text("\n".join(lines) + "\n")
    return name


@case()
def starsolo_top_folder(folder: Path) -> str:
    """Solo.out, whose counts lie in Gene/filtered."""
    source = folder / _starsolo(folder, "starsolo_source")
    shutil.copytree(source, folder / "Solo.out" / "Gene" / "filtered")
    return "Solo.out"


@case()
def alevin_fry(folder: Path) -> str:
    """alevin-fry: cells x genes, lists of rows and columns."""
    data, target = sample(), folder / "af" / "alevin"
    target.mkdir(parents=True)
    mmwrite(target / "quants_mat.mtx", sparse.csr_matrix(data.X))
    (target / "quants_mat_cols.txt").write_text("\n".join(data.var["gene_ids"]) + "\n")
    (target / "quants_mat_rows.txt").write_text("\n".join(data.obs_names) + "\n")
    return "af"


@case()
def kb_python(folder: Path) -> str:
    """kb count: cells_x_genes.mtx with its lists."""
    data, target = sample(), folder / "kb" / "counts_unfiltered"
    target.mkdir(parents=True)
    mmwrite(target / "cells_x_genes.mtx", sparse.csr_matrix(data.X), field="real")
    (target / "cells_x_genes.barcodes.txt").write_text("\n".join(data.obs_names) + "\n")
    (target / "cells_x_genes.genes.txt").write_text("\n".join(data.var["gene_ids"]) + "\n")
    (target / "cells_x_genes.genes.names.txt").write_text("\n".join(data.var_names) + "\n")
    return "kb"


@case()
def parse_biosciences(folder: Path) -> str:
    """Parse's DGE folder: cells x genes, all_genes.csv, cell_metadata.csv."""
    data, target = sample(), folder / "DGE_filtered"
    target.mkdir(parents=True)
    mmwrite(target / "count_matrix.mtx", sparse.csr_matrix(data.X), field="integer")
    genes = {"gene_id": list(data.var["gene_ids"]), "gene_name": list(data.var_names)}
    pd.DataFrame(genes).assign(genome="hg38").to_csv(target / "all_genes.csv", index=False)
    cells = pd.DataFrame({"bc_wells": data.obs_names, "sample": "P1"})
    cells.to_csv(target / "cell_metadata.csv", index=False)
    return "DGE_filtered"


@case(control="tenx_h5_cut")
def bd_rhapsody(folder: Path) -> str:
    """BD's RSEC_MolsPerCell.csv: comments, then cells x genes."""
    table = _cells_by_genes()
    table.index = pd.RangeIndex(1, len(table) + 1, name="Cell_Index")
    with (folder / "S_RSEC_MolsPerCell.csv").open("w") as file:
        file.write("##Analysis Pipeline\n##Date\n")
        table.to_csv(file)
    return "S_RSEC_MolsPerCell.csv"


def _cells_by_genes() -> pd.DataFrame:
    data = cut_sample()
    counts = data.X.toarray().astype(int)
    return pd.DataFrame(counts, index=data.obs_names, columns=data.var_names)


@case(control="tenx_h5_cut")
def text_genes_by_cells(folder: Path) -> str:
    """GEO's counts.csv.gz: genes x cells."""
    _cells_by_genes().T.to_csv(folder / "GSM1_counts.csv.gz")
    return "GSM1_counts.csv.gz"


@case(control="tenx_h5_cut")
def text_genes_by_cells_tabs(folder: Path) -> str:
    """DropSeq's dge.txt.gz: genes x cells, tabs."""
    _cells_by_genes().T.to_csv(folder / "GSM1_dge.txt.gz", sep="\t")
    return "GSM1_dge.txt.gz"


@case(control="tenx_h5_cut")
def text_cells_by_genes(folder: Path) -> str:
    """Cells x genes."""
    _cells_by_genes().to_csv(folder / "cells.tsv", sep="\t")
    return "cells.tsv"


@case(control="tenx_h5_cut")
def text_of_r(folder: Path) -> str:
    """R's write.table: the header lacks the corner."""
    table = _cells_by_genes().T
    text = table.to_csv(sep="\t").split("\n")
    text[0] = text[0].lstrip("\t")
    (folder / "write_table.txt").write_text("\n".join(text))
    return "write_table.txt"


@case()
def cell_ranger_outs(folder: Path) -> str:
    """Cell Ranger's outs folder."""
    target = folder / "run1" / "outs"
    target.mkdir(parents=True)
    for name in ("filtered_feature_bc_matrix.h5", "raw_feature_bc_matrix.h5"):
        write_tenx(target, name, sample())
    write_mtx(target, "filtered_feature_bc_matrix", sample())
    return "run1/outs"


@case()
def cell_ranger_run(folder: Path) -> str:
    """The run's folder, above outs."""
    target = folder / "run2" / "outs"
    target.mkdir(parents=True)
    write_tenx(target, "filtered_feature_bc_matrix.h5", sample())
    return "run2"


@case()
def folder_of_one_file(folder: Path) -> str:
    """A folder that holds one .h5."""
    (folder / "sampleA").mkdir()
    write_tenx(folder / "sampleA", "filtered_feature_bc_matrix.h5", sample())
    return "sampleA"


@case()
def archive_tar_gzip(folder: Path) -> str:
    """GSM1_mtx.tar.gz."""
    source = folder / write_mtx(folder, "for_tar", sample())
    with tarfile.open(folder / "GSM1_mtx.tar.gz", "w:gz") as archive:
        archive.add(source, "filtered_feature_bc_matrix")
    return "GSM1_mtx.tar.gz"


@case()
def archive_zip(folder: Path) -> str:
    """A .zip of an mtx folder."""
    source = folder / write_mtx(folder, "for_zip", sample())
    return Path(shutil.make_archive(str(folder / "sample"), "zip", source)).name


@case("refused", "features samples|tar xf|unpack")
def archive_of_two_samples(folder: Path) -> str:
    """GSE1_RAW.tar of two samples."""
    with tarfile.open(folder / "GSE1_RAW.tar", "w") as archive:
        for number in (1, 2):
            name = write_tenx(folder, f"GSM{number}_filtered.h5", cut_sample())
            archive.add(folder / name, name)
    return "GSE1_RAW.tar"


@case("refused", "no count|count file|FASTQ|reads")
def fastq(folder: Path) -> str:
    """Reads, no counts."""
    rng = np.random.default_rng(0)
    reads = ["@r\n" + "".join(rng.choice(list("ACGT"), 50)) + "\n+\n" + "I" * 50 for _ in range(9)]
    (folder / "S1_R1_001.fastq").write_text("\n".join(reads) + "\n")
    return "S1_R1_001.fastq"

"""Barcode lists and the tables that demultiplexing tools write."""

import gzip
from pathlib import Path

import pytest

from features.errors import InputError
from features.table.barcode_table import read_barcode_table

A, C, G, T = ("AAACCTGAGAAACCAT-1", "CAACCTGAGAAACCAT-1", "GAACCTGAGAAACCAT-1",
              "TAACCTGAGAAACCAT-1")  # fmt: skip
# What each tool writes for a cell of P1, one of P2, a doublet and a droplet that is no one's.
TOOLS = {
    "demuxlet": (
        "BARCODE\tRD.TOTL\tBEST\tSNG.1ST\tSNG.LLK1\n"
        f"{A}\t90\tSNG-P1\tP1\t-20\n{C}\t90\tSNG-P2\tP2\t-20\n"
        f"{G}\t90\tDBL-P1-P2-0.500\tP1\t-40\n{T}\t9\tAMB-P1-P2-P1/P2\tP2\t-9\n"
    ),
    "popscle": (
        "INT_ID\tBARCODE\tNUM.SNPS\tDROPLET.TYPE\tBEST.GUESS\tSNG.BEST.GUESS\n"
        f"0\t{A}\t50\tSNG\tP1,P1,0.00\tP1\n1\t{C}\t50\tSNG\tP2,P2,0.00\tP2\n"
        f"2\t{G}\t50\tDBL\tP1,P2,0.50\tP1\n3\t{T}\t5\tAMB\tP1,P1,0.00\tP1\n"
    ),
    "souporcell": (
        "barcode\tstatus\tassignment\tlog_prob_singleton\n"
        f"{A}\tsinglet\tP1\t-20\n{C}\tsinglet\tP2\t-20\n{G}\tdoublet\t0/1\t-9\n"
        f"{T}\tunassigned\tP1\t-9\n"
    ),
    "vireo": (
        "cell\tdonor_id\tprob_max\tprob_doublet\tn_vars\tbest_singlet\n"
        f"{A}\tP1\t1\t0\t50\tP1\n{C}\tP2\t1\t0\t50\tP2\n{G}\tdoublet\t0\t1\t50\tP1\n"
        f"{T}\tunassigned\t0.5\t0\t5\tP2\n"
    ),
    "HTODemux": (
        '"","HTO_maxID","HTO_classification","HTO_classification.global","hash.ID"\n'
        f'"{A}","P1","P1","Singlet","P1"\n"{C}","P2","P2","Singlet","P2"\n'
        f'"{G}","P1","P1_P2","Doublet","Doublet"\n"{T}","P1","Negative","Negative","Negative"\n'
    ),
    "R's write.table": (
        f'MULTI_ID other\n"{A}" P1 1\n"{C}" P2 1\n"{G}" Doublet 1\n"{T}" Negative 1\n'
    ).replace(" ", "\t"),
    "Cell Ranger": (
        "CMO301,CMO302,Multiplet,Assignment,Assignment_Probability,Barcode\n"
        f"1,0,0,P1,1.0,{A}\n0,1,0,P2,1.0,{C}\n0,0,1,Multiplet,1.0,{G}\n0,0,0,Unassigned,0.5,{T}\n"
    ),
    "two columns": f"{A};P1\n{C};P2\n{G};Doublet\n{T};\n",
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tools_table_names_the_same_cells(tmp_path: Path, tool: str) -> None:
    """One cell of each sample; doublets, unassigned and negative droplets are no one's."""
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress(TOOLS[tool].encode()))
    table = read_barcode_table(path)
    assert table.barcodes == (A, C, G, T)
    assert table.columns[table.column_of("P1")] == ("P1", "P2", None, None)
    assert table.columns[table.column_of("P2")] == ("P1", "P2", None, None)
    with pytest.raises(InputError, match=r"which of the 2 samples of t\.tsv\.gz"):
        table.column_of(None)
    with pytest.raises(InputError, match="does not name"):
        table.column_of("Doublet")


@pytest.mark.parametrize(
    "text", [f"{A}\n{C}\n", f"barcode\r\n{A}\r\n{C}\r\n", f'"x"\n"{A}"\n"{C}"\n']
)
def test_a_list_names_all_its_barcodes(tmp_path: Path, text: str) -> None:
    """With or without a header."""
    (tmp_path / "b.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    table = read_barcode_table(tmp_path / "b.csv")
    assert table.barcodes == (A, C)
    assert table.columns[table.column_of(None)] == ("", "")


@pytest.mark.parametrize(("text", "sentence"), [
    ("", "holds none"), ("barcode\n", "holds none"),
    (f"barcode,umis,genes\n{A},1,2\n", "has barcode, umis, genes; rename the column to sample"),
    (f"barcode,sample\n{A},P1\n{A},P2\n", "one barcode to several samples"),
    (f"barcode,sample\n{A},P1\n{C}\n", "as many cells"),
    ("\x00\xff", "holds none"),
])  # fmt: skip
def test_other_files_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    """With the file's name and the way out."""
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(InputError) as problem:
        read_barcode_table(tmp_path / "b.csv")
    assert sentence in str(problem.value)


def test_a_binary_file_is_no_list(tmp_path: Path) -> None:
    """Such as the count file itself."""
    (tmp_path / "b.h5").write_bytes(b"\x89HDF\r\n\x1a\n\xff\xfe")
    with pytest.raises(InputError, match=r"must be readable text, but b\.h5 is not"):
        read_barcode_table(tmp_path / "b.h5")

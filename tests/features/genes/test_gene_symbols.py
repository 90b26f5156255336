"""Shapes of gene symbols in old and new references, beside names of proteins."""

from features.genes.gene_symbols import is_gene_name


def test_gene_names() -> None:
    """Symbols of old and new references are genes; names of proteins are not."""
    genes = ("CD7", "HLA-DRA", "C1orf112", "RP11-34P13.7", "XXbac-B476C20.9", "hsa-mir-1253",
             "snoU13", "NKX2-1", "ZHX1-C8orf76", "CD99L2", "7SK", "HLA-A")  # fmt: skip
    assert [name for name in genes if not is_gene_name(name)] == []
    proteins = (
        "CD3",
        "CD8",
        "CD11b",
        "CD45RO",
        "TCRb",
        "PD-1 (CD279)",
        "MHCII",
        "HTO3",
        "Siglec-8",
    )
    assert [name for name in proteins if is_gene_name(name)] == ["MHCII"]

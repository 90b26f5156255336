"""Species and panel checks of a gene reference: human genes, and enough of those that we use."""

from collections.abc import Sequence

from features.errors import InputError
from features.genes.gene_affixes import has_foreign_prefix
from features.genes.gene_names import is_other_species

# A reference with fewer panel genes than this holds other genes, or names genes otherwise.
MIN_PANEL_GENES = 20
# Of genes drawn at random from a reference half are depth genes, of wrong names none.
MIN_KNOWN_SHARE = 0.2


def check_species(ids: Sequence[str], names: Sequence[str]) -> None:
    """Refuse RNA rows of another species, whose counts are not the patient's.

    Raises `InputError`. They are recognised by id (ENSMUSG, ENSRNOG), by genome prefix (mm10_,
    GRCm39-) or, in a list of names alone, by mitochondrial genes written mt- or by title case (Cd7)
    in most rows.

    >>> check_species(["ENSG00000173762"], ["CD7"])
    """
    n_ids = sum(i[3:4] != "G" and is_other_species(i) for i in ids)
    n_names = sum(name[:1] in "mGr" and has_foreign_prefix(name) for name in names)
    n_mito = sum(name.startswith("mt-") for name in names)
    has_human_mito = any(name.startswith("MT-") for name in names)
    has_ids = any(i.startswith("ENSG") for i in ids)
    n_title = 0 if has_ids else sum(n[1:2].islower() and n == n.capitalize() for n in names)
    is_title_case = n_title > len(names) / 2
    if n_ids or n_names or (n_mito and not has_human_mito) or is_title_case:
        n_rows = max(n_ids, n_names, n_mito, n_title if is_title_case else 0)
        raise InputError(
            f"The matrix must hold human genes, but {n_rows:,} of its genes are mouse or of "
            "another species; give the counts against a human reference."
        )


def check_panel_overlap(n_panel_genes: int, n_rows: int, n_depth_genes: int = 0) -> None:
    """Refuse a reference with fewer than 20 genes of our panels; raises `InputError`.

    `n_depth_genes` of its `n_rows` genes are known by other names of ours (the depth genes): where
    many are, the names are right and the genes are few.

    >>> check_panel_overlap(120, 36_601)
    """
    if n_panel_genes >= MIN_PANEL_GENES:
        return
    if n_depth_genes > MIN_KNOWN_SHARE * n_rows:
        raise InputError(
            f"a matrix must hold {MIN_PANEL_GENES} genes of our panels, but {n_panel_genes} of its "
            f"{n_rows:,} genes are; give all genes of the reference (variable genes alone, or a "
            "targeted panel of this size, cannot carry the features)"
        )
    raise InputError(
        "The matrix must hold human genes by Ensembl id or symbol, but only "
        f"{n_panel_genes} of its {n_rows:,} rows are genes of our panels; check its gene names, "
        "and give all genes of the reference."
    )

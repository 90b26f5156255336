"""The shipped rate table."""

import re

from features.celltypes.type_profiles import LINEAGES, PRIORS
from features.genes.expression_rates import load_rates

MEASURED_GENES = {"S100A8", "S100A9", "S100A12", "CD7"}


def test_never_types_with_what_it_measures() -> None:
    """S100A8/A9/A12 and CD7 take no part in typing."""
    assert not MEASURED_GENES & set(load_rates().genes)


def test_size_ids_and_origins() -> None:
    """120 to 220 distinct genes, each with an Ensembl id and an origin, all rates positive."""
    table = load_rates()
    assert 120 <= len(table.genes) <= 220
    assert len(set(table.genes)) == len(set(table.ensembl_ids)) == len(table.genes)
    assert all(re.fullmatch(r"ENSG\d{11}", gene_id) for gene_id in table.ensembl_ids)
    assert all(origin.startswith("literature") for origin in table.origins)
    assert (table.rates > 0).all()


def test_every_type_has_a_prior_and_one_lineage() -> None:
    """Types, priors and lineages name the same things."""
    names = [name for types in LINEAGES.values() for name in types]
    assert sorted(names) == sorted(PRIORS)
    assert set(load_rates().types) == set(PRIORS) - {"unknown", "doublet"}

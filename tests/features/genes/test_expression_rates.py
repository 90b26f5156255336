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


def test_a_part_of_the_table_keeps_its_rows_together() -> None:
    """Names, rates and origins of the chosen rows stay those of the same gene."""
    table = load_rates()
    part = table.select([5, 2])
    assert part.genes == (table.genes[5], table.genes[2])
    assert part.ensembl_ids == (table.ensembl_ids[5], table.ensembl_ids[2])
    assert part.type_rates("nk").tolist() == table.type_rates("nk")[[5, 2]].tolist()
    assert part.origins == (table.origins[5], table.origins[2])


def test_every_type_has_a_prior_and_one_lineage() -> None:
    """Types, priors and lineages name the same things."""
    names = [name for types in LINEAGES.values() for name in types]
    assert sorted(names) == sorted(PRIORS)
    assert set(load_rates().types) == set(PRIORS) - {"unknown", "doublet"}

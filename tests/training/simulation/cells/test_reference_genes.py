"""The simulated gene list: invented names marked, real panel genes, profiles that add up."""

import numpy as np

from features.genes.depth_genes import match_depth_genes
from features.genes.expression_rates import load_rates
from features.genes.panels import gene_ids, match_panel
from training.simulation.cells.reference_genes import N_EXPRESSED, N_GENES, simulated_genome


def test_names_are_real_or_marked_as_simulated() -> None:
    """Every gene is a panel, common or depth gene with an Ensembl id, or SIMGENE with SIMENSG."""
    genome = simulated_genome()
    pairs = list(zip(genome.names, genome.ids, strict=True))
    assert len(set(genome.names)) == len(set(genome.ids)) == N_GENES
    assert all(n.startswith("SIMGENE") == i.startswith("SIMENSG") for n, i in pairs)
    real = [i for n, i in pairs if not n.startswith("SIMGENE")]
    assert all(i.startswith("ENSG") and len(i) == 15 for i in real)
    assert len(real) < 10_000


def test_features_find_every_panel_gene() -> None:
    """The feature code matches all its genes in the simulated list, by id and by name."""
    genome = simulated_genome()
    assert set(match_panel(list(genome.ids), list(genome.names))) == set(gene_ids())


def test_profiles_add_up_and_keep_the_typing_table() -> None:
    """3,000 genes, 10,000 UMIs a type; a type's own markers have the table's rate over depth."""
    genome, table = simulated_genome(), load_rates()
    assert genome.rates.shape == (len(table.types), N_EXPRESSED)
    np.testing.assert_allclose(genome.rates.sum(axis=1), 1e4)
    assert (genome.rates >= 0).all()
    np.testing.assert_allclose(genome.mitochondrial.sum(), 1.0)
    for gene in ("CD3D", "LYZ", "MS4A1", "HBB"):
        of_table = table.rates[table.genes.index(gene)]
        best = int(of_table.argmax())
        rate = genome.rates[best, genome.columns((gene,))[0]] / genome.depth_shares[best]
        np.testing.assert_allclose(rate, of_table[best])


def test_depth_genes_are_whole_and_hold_their_share_of_a_real_cell() -> None:
    """The features find the whole depth set, whose share is 0.43 to 0.75, as in real types."""
    genome = simulated_genome()
    is_depth_gene, share = match_depth_genes(genome.ids, genome.names)
    assert abs(share - 1) < 1e-9
    np.testing.assert_array_equal(is_depth_gene[genome.expressed], genome.in_depth)
    assert 0.43 < genome.depth_shares.min() < genome.depth_shares.max() < 0.75


def test_later_panel_genes_have_the_rates_of_healthy_blood() -> None:
    """Naive and memory genes by type as in pbmc3k; six genes of Y and XIST in one gene list."""
    genome = simulated_genome()
    row = {t: genome.rates[i] for i, t in enumerate(genome.types)}
    s100a4, sell, rps4y1, xist = genome.columns(("S100A4", "SELL", "RPS4Y1", "XIST"))
    assert row["cd14_monocyte"][s100a4] > 2 * row["cd4_t"][s100a4] > 4 * row["b"][s100a4]
    assert row["nk"][sell] > row["cd4_t"][sell] > row["other_t"][sell]
    assert 5 < row["cd4_t"][rps4y1] < 25
    assert row["cd4_t"][xist] > row["cd14_monocyte"][xist] > 2


def test_monocytes_carry_the_s100_and_cd16_monocytes_little() -> None:
    """CD14 monocytes hold about 190 per 10,000 of all UMIs (pbmc3k), CD16 ones a tenth, T none."""
    genome = simulated_genome()
    s100 = genome.rates[:, genome.columns(("S100A8", "S100A9"))].sum(axis=1)
    level = dict(zip(genome.types, s100, strict=True))
    assert 150 < level["cd14_monocyte"] < 250
    assert level["cd16_monocyte"] < 0.15 * level["cd14_monocyte"]
    assert level["cd4_t"] < 1

"""Gene sets of the activity claim: the product's own panels and short lists from named papers.

Listed by hand; no collection is copied, since MSigDB's and KEGG's licences do not allow it. The
sets are short and hold well-known genes; they are not the study's pathways. A set means what its
source says.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from features.genes.panels import HANDLING_STRESS, SCORE_PANELS

TABLE = Path(__file__).with_name("gene_sets.csv")
NAIVE, EXPERIENCED, MEMORY = "naive", "experienced", "memory"
PANEL_THEMES = {
    "activation": "activation",
    "proliferation": "activation",
    "cytotoxicity": "function",
    "exhaustion": "exhaustion",
    "interferon": "interferon",
}


@dataclass(frozen=True)
class GeneSet:
    """Genes by symbol, the theme they represent, and the source.

    `theme`: function, activation, exhaustion, interferon, autoimmune, quality (handling between
    draw and freezing: not biology), or memory (the covariate, never tested).
    """

    name: str
    theme: str
    genes: tuple[str, ...]
    source: str


@cache
def gene_sets() -> tuple[GeneSet, ...]:
    """Every set, the panels first.

    >>> [genes.name for genes in gene_sets() if genes.theme == "autoimmune"]
    ['th17', 'peripheral_helper', 'autoimmune_loci']
    """
    panels = [
        GeneSet(name, theme, SCORE_PANELS[f"cd7neg_t_{name}"], "features/genes/panels.py")
        for name, theme in PANEL_THEMES.items()
    ]
    stress = GeneSet(
        "handling_stress", "quality", HANDLING_STRESS, "van den Brink et al., Nat Methods 2017"
    )
    with TABLE.open(encoding="utf-8", newline="") as file:
        published = [
            GeneSet(row["set"], row["theme"], tuple(row["genes"].split()), row["source"])
            for row in csv.DictReader(file)
        ]
    return (*panels, stress, *published)


def sets_to_test() -> tuple[GeneSet, ...]:
    """The sets that are tested: all but those of the memory covariate.

    >>> len(sets_to_test()), any(genes.theme == "memory" for genes in sets_to_test())
    (13, False)
    """
    return tuple(genes for genes in gene_sets() if genes.theme != MEMORY)


def gene_set(name: str) -> GeneSet:
    """One set by name.

    >>> gene_set("naive").genes
    ('CCR7', 'SELL', 'LEF1', 'TCF7')
    """
    return next(genes for genes in gene_sets() if genes.name == name)

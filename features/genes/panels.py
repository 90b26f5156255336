"""Gene panels of the features, with Ensembl ids and former gene names.

Files are matched by Ensembl id first and by name or former name second: names change between
references (SDPR became CAVIN2 in Ensembl 91, IL8 became CXCL8), ids do not.
Ids are those of GENCODE 32 / Ensembl 98, the reference GRCh38-2020-A of Cell Ranger.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from features.genes.expression_rates import load_rates

S100 = ("S100A8", "S100A9")
CD7 = "CD7"

ACTIVATION = ("CD69", "IL2RA", "TNFRSF9", "TNFRSF4", "ICOS", "CD38")
CYTOTOXICITY = ("GZMA", "GZMB", "GZMH", "GZMK", "GNLY", "PRF1", "NKG7", "IFNG")
EXHAUSTION = ("PDCD1", "LAG3", "HAVCR2", "TIGIT", "CTLA4", "TOX")
PROLIFERATION = ("MKI67", "TOP2A", "PCNA", "TYMS", "STMN1", "TUBA1B")
INTERFERON = ("ISG15", "IFI6", "IFI44L", "MX1", "IFIT3", "STAT1")
# Dissociation and waiting raise immediate early genes (van den Brink et al., Nat Methods 2017).
HANDLING_STRESS = ("FOS", "JUN", "JUNB", "DUSP1", "EGR1")

# Monocyte transcripts that T and NK cells do not make: in these cells they are ambient RNA.
AMBIENT_TRACERS = ("LYZ", "FCN1", "MNDA", "VCAN", "CD14", "CSTA")

SCORE_PANELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cd7neg_t_activation": ACTIVATION,
        "cd7neg_t_cytotoxicity": CYTOTOXICITY,
        "cd7neg_t_exhaustion": EXHAUSTION,
        "cd7neg_t_proliferation": PROLIFERATION,
        "cd7neg_t_interferon": INTERFERON,
    }
)

# Genes outside the rate table; those inside carry their id there.
_IDS = {
    "S100A8": "ENSG00000143546",
    "S100A9": "ENSG00000163220",
    "CD7": "ENSG00000173762",
    "CD69": "ENSG00000110848",
    "IL2RA": "ENSG00000134460",
    "TNFRSF9": "ENSG00000049249",
    "TNFRSF4": "ENSG00000186827",
    "ICOS": "ENSG00000163600",
    "CD38": "ENSG00000004468",
    "GZMA": "ENSG00000145649",
    "GZMB": "ENSG00000100453",
    "GZMH": "ENSG00000100450",
    "GZMK": "ENSG00000113088",
    "GNLY": "ENSG00000115523",
    "PRF1": "ENSG00000180644",
    "NKG7": "ENSG00000105374",
    "IFNG": "ENSG00000111537",
    "PDCD1": "ENSG00000188389",
    "LAG3": "ENSG00000089692",
    "HAVCR2": "ENSG00000135077",
    "TIGIT": "ENSG00000181847",
    "CTLA4": "ENSG00000163599",
    "TOX": "ENSG00000198846",
    "MKI67": "ENSG00000148773",
    "TOP2A": "ENSG00000131747",
    "PCNA": "ENSG00000132646",
    "TYMS": "ENSG00000176890",
    "STMN1": "ENSG00000117632",
    "TUBA1B": "ENSG00000123416",
    "ISG15": "ENSG00000187608",
    "IFI6": "ENSG00000126709",
    "IFI44L": "ENSG00000137959",
    "MX1": "ENSG00000157601",
    "IFIT3": "ENSG00000119917",
    "STAT1": "ENSG00000115415",
    "FOS": "ENSG00000170345",
    "JUN": "ENSG00000177606",
    "JUNB": "ENSG00000171223",
    "DUSP1": "ENSG00000120129",
    "EGR1": "ENSG00000120738",
    "LYZ": "ENSG00000090382",
    "FCN1": "ENSG00000085265",
    "MNDA": "ENSG00000163563",
    "VCAN": "ENSG00000038427",
    "CD14": "ENSG00000170458",
    "CSTA": "ENSG00000121552",
    "FOXP3": "ENSG00000049768",
    "SELL": "ENSG00000188404",
    "ACTN1": "ENSG00000072110",
    "NELL2": "ENSG00000184613",
    "S100A4": "ENSG00000196154",
    "ANXA1": "ENSG00000135046",
    "TRGV9": "ENSG00000211695",
    "XIST": "ENSG00000229807",
    "RPS4Y1": "ENSG00000129824",
    "DDX3Y": "ENSG00000067048",
    "EIF1AY": "ENSG00000198692",
    "KDM5D": "ENSG00000012817",
    "UTY": "ENSG00000183878",
    "USP9Y": "ENSG00000114374",
}

# Former names (HGNC) of panel genes, as hg19-based references still use them.
FORMER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "SDPR": "CAVIN2",
        "IL8": "CXCL8",
        "IGJ": "JCHAIN",
        "BCMA": "TNFRSF17",
        "ERAF": "AHSP",
        "C19orf77": "SMIM24",
    }
)


@cache
def gene_ids() -> Mapping[str, str]:
    """Ensembl id of every panel gene, by its current name.

    >>> gene_ids()["CD7"]
    'ENSG00000173762'
    """
    table = load_rates()
    return MappingProxyType({**_IDS, **dict(zip(table.genes, table.ensembl_ids, strict=True))})


PANEL_GENES: tuple[str, ...] = tuple(sorted(gene_ids()))


def current_name(name: str) -> str:
    """Current name of a gene, given its current or a former one.

    >>> current_name("SDPR"), current_name("CD7")
    ('CAVIN2', 'CD7')
    """
    return FORMER_NAMES.get(name, name)


def match_panel(ids: list[str], names: list[str]) -> dict[str, int]:
    """Position of each panel gene in a file's gene list; genes the file lacks are left out.

    An Ensembl id (without its version suffix) takes precedence over the current name, that over a
    former one; of several equal entries the first is used, as references list the main copy first.
    The caller removes the genome prefix that references of several genomes add (GRCh38_CD7).

    >>> match_panel(["ENSG00000173762.15", "x"], ["odd", "SDPR"])
    {'CAVIN2': 1, 'CD7': 0}
    """
    by_id: dict[str, int] = {}
    by_name: dict[str, int] = {}
    for position, (gene_id, name) in enumerate(zip(ids, names, strict=True)):
        by_id.setdefault(gene_id.split(".")[0], position)
        by_name.setdefault(name, position)
    for former, current in FORMER_NAMES.items():
        if former in by_name:
            by_name.setdefault(current, by_name[former])
    ids_by_gene = gene_ids()
    positions = {gene: by_id.get(ids_by_gene[gene], by_name.get(gene)) for gene in PANEL_GENES}
    return {gene: position for gene, position in positions.items() if position is not None}

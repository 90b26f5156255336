"""Methods of what needs the sample sheet: viral RNA, donor cells, CAR-T state."""

from collections.abc import Mapping
from types import MappingProxyType

from features.documentation.method import Method
from features.further_columns import CAR_T_STATE, CHIMERISM, VIRUSES

_LINEAR = "error by linearisation: Woodruff, J Am Stat Assoc 1971"
_CAR_T = Method(
    "mean over the panel's genes of ln(1 + 10^4 sum of UMIs / sum of UMIs of the depth genes) over "
    "the T cells that show the CAR; missing without the CAR in the reference, under 50 such cells "
    "or under 60 % of the panel",
    _LINEAR,
)
_VIRUS = Method(
    "UMIs of the sequences that the sheet's virus_genes names per 10,000 UMIs of the depth genes, "
    "pooled over all good cells, ambient RNA of the virus included; 0 where no cell shows one, "
    "missing where the sheet names none or the reference lacks them; the error adds 3 / 1.645 UMIs "
    "to the linearised one, so that 0 has the upper limit of the rule of three",
    "few cells hold most of it in reactivation: Lareau et al., Nature 2023; rule of three: Hanley "
    "& Lippman-Hand, JAMA 1983",
)
_CHIMERISM = Method(
    "mixture of female cells (XIST) and male cells (RPS4Y1 DDX3Y EIF1AY KDM5D UTY USP9Y), negative "
    "binomial at each cell's depth, the other sex's RNA as ambient RNA; rates estimated with the "
    "share under priors, apart for T cells, other lymphocytes and other leukocytes; error from the "
    "curvature of the posterior and 0.08 p (1 - p); missing unless the sheet states two different "
    "sexes, and under 50 cells; a lost Y chromosome makes the male share low",
    "priors: CARPALL (Anderson et al., Nat Med 2023); loss of Y: Forsberg et al., Nat Genet 2014",
)

SHEET_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        **dict.fromkeys((feature.name for feature in CAR_T_STATE), _CAR_T),
        **dict.fromkeys((feature.name for feature in VIRUSES), _VIRUS),
        **dict.fromkeys((feature.name for feature in CHIMERISM), _CHIMERISM),
    }
)

"""Methods of leukaemic cells."""

from collections.abc import Mapping
from types import MappingProxyType

from features.documentation.method import Method

_BLASTS = (
    "cells of the lineage's rows in the rate table that show two of the row's own genes, over "
    "leukocytes, blasts and HSPC included; missing unless enrichment is none; error "
    "sqrt(p (1 - p) / n); 99 % of the blasts of one child's B-ALL were found (five shallow cells "
    "added up), and at most 0.12 % in twelve samples without leukaemia"
)
_UNPROVEN = (
    "never tested on real leukaemic cells; drawn from other patients' arrays, a sixth of T-ALL "
    "cells are found and most AML cells are called HSPC"
)

LEUKAEMIA_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "t_blast_fraction": Method(
            f"{_BLASTS}; {_UNPROVEN}",
            "ETP-ALL: Coustan-Smith et al., Lancet Oncol 2009; Zhang et al., Nature 2012; T-ALL: "
            "Ferrando et al., Cancer Cell 2002; Liu et al., Nat Genet 2017",
        ),
        "b_blast_fraction": Method(
            _BLASTS, "van Dongen et al. (EuroFlow), Leukemia 2012; Gu et al., Nat Genet 2019"
        ),
        "myeloid_blast_fraction": Method(
            f"{_BLASTS}; {_UNPROVEN}", "van Galen et al., Cell 2019; Ng et al., Nature 2016"
        ),
        "cd34_rate": Method(
            "10^4 sum of CD34 UMIs / sum of UMIs of the depth genes over good cells not called "
            "HSPC; missing without CD34 or the depth genes in the reference; at most 0.07 in "
            "twelve samples without leukaemia, 8.7 and 11.5 in two with B-ALL",
            "error by linearisation, and 3 / 1.645 UMIs: Woodruff, J Am Stat Assoc 1971; Hanley & "
            "Lippman-Hand, JAMA 1983",
        ),
    }
)

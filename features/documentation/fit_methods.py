"""Methods of the checks that cell types fit."""

from collections.abc import Mapping
from types import MappingProxyType

from features.documentation.method import Method

FIT_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "t_gene_rate": Method(
            "10^4 sum of UMIs of CD3D CD3E CD3G CD5 CD6 CD28 TRAT1 BCL11B CD8B CD40LG / sum of "
            "UMIs of the depth genes over the cells called T; a warning under a third of the rate "
            "table's; missing under 50 of them or 60 % of the genes",
            "error by linearisation: Woodruff, J Am Stat Assoc 1971",
        ),
        "t_without_t_genes_fraction": Method(
            "(Z - Q) / (N - Q), at least 0: of N cells called T, Z show none of these genes and Q "
            "are expected to by dropout, from the rate table and each cell's depth; a warning "
            "where the lower end of its 90 % interval exceeds 0.25; missing where N - Q is under "
            "50",
            "error by linearisation: Woodruff, J Am Stat Assoc 1971",
        ),
    }
)

"""Methods of HLA-DR, log-ratios and cells per microlitre."""

from collections.abc import Mapping
from types import MappingProxyType

from features import schema
from features.documentation.method import Method

_CORRECTED_END = Method(
    "signed logarithm of the corrected linear rate less or plus 1.645 standard errors; given where "
    "the value is withheld because the interval is wider than 4.0",
    "after SoupX (Young & Behjati, GigaScience 2020)",
)
_PER_LYMPHOCYTE = (
    "x lymphocyte count (alc) x 1,000; missing unless tissue is PB, enrichment is none and alc is "
    "given, under 50 lymphocytes, and where blasts are over 5 % of lymphocytes and blasts "
    "(analysers may count them as lymphocytes) or among the cells called T, B or NK"
)
_T_SUBSET = Method(
    f"T cells / lymphocytes x their CD4 or CD8 share, corrected for dropout, {_PER_LYMPHOCYTE}; "
    "error of both shares by the delta method"
)
_SUBSET = Method(
    f"cells / lymphocytes {_PER_LYMPHOCYTE}; binomial error at (k + 0.5) / (n + 1)",
    "Brown, Cai & DasGupta, Stat Sci 2001",
)

LEVEL_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        **{feature.name: _CORRECTED_END for feature in schema.INTERVALS if feature.group == "s100"},
        "hla_dr_monocyte_low": _CORRECTED_END,
        "hla_dr_monocyte_high": _CORRECTED_END,
        "hla_dr_monocyte": Method(
            "HLA-DRA UMIs over UMIs of the depth genes, pooled over monocytes, ambient RNA "
            "subtracted as in s100a8a9_nonmyeloid, on the signed logarithm; missing under 50 "
            "monocytes or without the ambient fraction",
            "monocyte HLA-DR in immunoparalysis: Venet & Monneret, Nat Rev Nephrol 2018",
        ),
        "monocytes_per_ul": Method(
            f"monocytes / lymphocytes {_PER_LYMPHOCYTE}; error of the log-ratio",
            "Gart & Zweifel, Biometrika 1967",
        ),
        "cd4_t_per_ul": _T_SUBSET,
        "cd8_t_per_ul": _T_SUBSET,
        "nk_per_ul": _SUBSET,
        "b_per_ul": _SUBSET,
        **{
            feature.name: Method(
                "ln(n + 0.5) less its mean over the types, n cells of the type; blasts of all "
                "lineages are one type; multinomial error by the delta method; missing unless "
                "enrichment is none",
                "Aitchison, The Statistical Analysis of Compositional Data, 1986",
            )
            for feature in schema.FURTHER
            if feature.group == "log_ratios"
        },
    }
)

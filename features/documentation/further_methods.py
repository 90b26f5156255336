"""Methods of the features that models use only where a protocol names them."""

from collections.abc import Mapping
from types import MappingProxyType

from features.documentation.fit_methods import FIT_METHODS
from features.documentation.leukaemia_methods import LEUKAEMIA_METHODS
from features.documentation.level_methods import LEVEL_METHODS
from features.documentation.method import Method
from features.documentation.sheet_methods import SHEET_METHODS
from features.documentation.t_cell_methods import T_CELL_METHODS

FURTHER_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        **LEUKAEMIA_METHODS, **FIT_METHODS, **LEVEL_METHODS, **T_CELL_METHODS, **SHEET_METHODS,
    }
)  # fmt: skip

"""Methods of the features that models use only where a protocol names them."""

from collections.abc import Mapping
from types import MappingProxyType

from features.documentation.method import Method

FURTHER_METHODS: Mapping[str, Method] = MappingProxyType({})

"""How one feature is computed, in a sentence, and its reference."""

from typing import NamedTuple


class Method(NamedTuple):
    """One sentence on the computation, and its reference; empty where the method is our own."""

    computation: str
    reference: str = ""

"""Units of laboratory values and their exact conversion to the schema's unit."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from features.schema import Feature
from features.table.text_tables.spelling import letters


class Unit(NamedTuple):
    """A unit as people write it, and what one of it is in the schema's unit.

    value in the schema's unit = `factor` x value, or `factor` x 10^value where `is_log10`.
    """

    text: str
    factor: Fraction = Fraction(1)
    is_log10: bool = False

    def convert(self, value: Fraction) -> float:
        """A value in the schema's unit, rounded once; infinite where no float is as large.

        >>> Unit("mg/L", Fraction(1, 10)).convert(Fraction(7))
        0.7
        """
        try:
            if self.is_log10:
                return float(self.factor) * math.pow(10.0, value)
            return float(self.factor * value)
        except OverflowError:
            return float("inf")


# Conversions by the schema's unit. Powers of ten and the definition of the katal (SI: 1 kat =
# 1 mol/s, 1 U = 1 umol/min, so 1 ukat = 60 U) are exact.
BY_SCHEMA_UNIT: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "10^9/L": {
            "10^9/L": "1", "10e9/L": "1", "x10^9/L": "1", "x10e9/L": "1", "G/L": "1", "Gpt/L": "1",
            "/nL": "1", "per nL": "1", "K/uL": "1", "K per uL": "1", "10^3/uL": "1",
            "10e3/uL": "1", "x10^3/uL": "1", "thousand/uL": "1", "/uL": "1/1000",
            "per uL": "1/1000", "cells/uL": "1/1000", "cells per uL": "1/1000", "/mm3": "1/1000",
            "per mm3": "1/1000", "/cmm": "1/1000", "10^6/L": "1/1000", "10e6/L": "1/1000",
            "10^4/uL": "10", "10e4/uL": "10", "per L": "1/1000000000",
        },
        "cells/µL": {
            "cells/uL": "1", "cells per uL": "1", "/uL": "1", "per uL": "1", "/mm3": "1",
            "per mm3": "1", "10^6/L": "1", "10e6/L": "1", "10^9/L": "1000", "10e9/L": "1000",
            "x10^9/L": "1000", "G/L": "1000", "10^3/uL": "1000", "10e3/uL": "1000", "K/uL": "1000",
        },
        "g/dL": {"g/dL": "1", "g/L": "1/10", "g per L": "1/10", "g per dL": "1"},
        "g/L": {"g/L": "1", "g/dL": "10", "mg/dL": "1/100", "mg/L": "1/1000", "mg/mL": "1"},
        "mg/dL": {
            "mg/dL": "1", "mg/L": "1/10", "mg per L": "1/10", "mg per dL": "1", "ug/mL": "1/10",
            "ug/dL": "1/1000", "g/L": "100",
        },
        "ng/mL": {
            "ng/mL": "1", "ug/L": "1", "mcg/L": "1", "ng/dL": "1/100", "ug/mL": "1000",
            "mg/L": "1000", "ug/dL": "10", "ng per mL": "1",
        },
        "U/L": {
            "U/L": "1", "IU/L": "1", "U per L": "1", "U/mL": "1000", "ukat/L": "60",
            "nkat/L": "60/1000",
        },
        "fraction": {
            "fraction": "1", "percent": "1/100", "pct": "1/100", "perc": "1/100",
            "percentage": "1/100", "permille": "1/1000", "ppm": "1/1000000",
        },
        "IU/mL": {"IU/mL": "1", "U/mL": "1", "IU/L": "1/1000", "IU per mL": "1"},
        "copies/µg DNA": {
            "copies/ug": "1", "copies/ug DNA": "1", "per ug": "1", "per ug DNA": "1",
            "copies per ug": "1", "copies per ug DNA": "1", "copies/ng": "1000",
            "copies/100 ng": "10", "copies/mg": "1/1000",
        },
        "h": {"h": "1", "hours": "1", "hrs": "1", "min": "1/60", "minutes": "1/60", "days": "24"},
        "years": {"years": "1", "y": "1", "yrs": "1", "months": "1/12"},
    }
)  # fmt: skip

# Molar units need the substance. Haemoglobin: 16,114.5 g/mol of its monomer, as laboratories report
# it (Zander et al. 1984, Clin Chim Acta 136:83). Creatinine: 88.4 umol/L in 1 mg/dL; C-reactive
# protein: 9.524 nmol/L in 1 mg/L; ferritin: 2.247 pmol/L in 1 ng/mL (AMA Manual of Style, 11th ed.,
# SI conversion).
BY_FEATURE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "hb": {"mmol/L": "161145/100000"},
        "creatinine": {"umol/L": "10/884", "mmol/L": "10000/884"},
        "crp": {"nmol/L": "100/9524"},
        "ferritin": {"pmol/L": "1000/2247"},
    }
)
# Where the logarithm to base 10 is reported as often as the number itself.
LOG10_UNITS = frozenset({"IU/mL", "copies/µg DNA"})


@cache
def units_of(feature: Feature) -> tuple[Unit, ...]:
    """Every unit in which a feature's values may be written, the schema's own first.

    >>> from features.schema import ALL_FEATURES
    >>> [unit.text for unit in units_of(ALL_FEATURES["creatinine"])][:2]
    ['mg/dL', 'mg/L']
    """
    base = "fraction" if feature.unit.startswith("fraction") else feature.unit
    factors = (
        {base: "1"} | dict(BY_SCHEMA_UNIT.get(base, {})) | dict(BY_FEATURE.get(feature.name, {}))
    )
    units = [Unit(text, Fraction(factor)) for text, factor in factors.items()]
    if base in LOG10_UNITS:
        units += [Unit(f"log10 {unit.text}", unit.factor, True) for unit in units]
        units.append(Unit("log10", Fraction(1), True))
    return tuple(units)


def unit_named(feature: Feature, text: str) -> Unit | None:
    """The unit that a text means for a feature, whatever its case and signs; else None.

    >>> from features.schema import ALL_FEATURES
    >>> unit_named(ALL_FEATURES["crp"], "mg / l").text, unit_named(ALL_FEATURES["crp"], "U/L")
    ('mg/L', None)
    """
    key = letters(text)
    return next((unit for unit in units_of(feature) if letters(unit.text) == key), None)


def base_name(feature: Feature) -> str:
    """A feature's name without the unit that it ends with, to which another unit is added.

    >>> from features.schema import ALL_FEATURES
    >>> base_name(ALL_FEATURES["car_flow_fraction"]), base_name(ALL_FEATURES["crp"])
    ('car_flow', 'crp')
    """
    ending = {"fraction": "_fraction", "h": "_h"}.get(feature.unit, "")
    return feature.name.removesuffix(ending) if ending else feature.name


def column_name(feature: Feature, unit: Unit) -> str:
    """The name of a column that holds a feature in a unit.

    >>> from features.schema import ALL_FEATURES
    >>> feature = ALL_FEATURES["anc"]
    >>> column_name(feature, unit_named(feature, "per uL"))
    'anc_per_ul'
    """
    spelling = re.sub("[^a-z0-9]+", "_", unit.text.lower().replace("10^", "10e").replace("µ", "u"))
    return f"{base_name(feature)}_{spelling.strip('_')}"

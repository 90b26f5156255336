"""Coded answers in a table: yes and no, grades (III, G3), and words of a fixed list."""

import re
from collections.abc import Mapping, Sequence

from features.table.text_tables.spelling import letters, plain_text

YES = frozenset(
    ["yes", "y", "true", "t", "1", "+", "positive", "pos", "present", "ja", "oui", "si", "x", "是"]
)
NO = frozenset(
    ["no", "n", "false", "f", "0", "-", "negative", "neg", "absent", "nein", "non", "否"]
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_GRADE = re.compile(
    r"(?:ctcae|magic|astct)?\s*(?:grade|grad|gr|g)?[\s.:_-]*(\d|iv|v|i{1,3})(?:[.,]0*)?"
)

_SEXES = {
    "m": "male", "man": "male", "mann": "male", "männlich": "male", "男": "male",
    "f": "female", "w": "female", "woman": "female", "weiblich": "female", "女": "female",
}  # fmt: skip
# Other words for the values of a category, without blanks and signs. Only what means the same.
SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "tissue": {
        "peripheralblood": "PB", "bonemarrow": "BM", "marrow": "BM", "knochenmark": "BM",
    },
    "enrichment": {"unsorted": "none", "infusionproduct": "product", "facs": "sorted"},
    "car_cd7_strategy": {
        "ko": "knockout", "cd7ko": "knockout", "cd7knockout": "knockout",
        "cd7blocked": "blocked", "baseedit": "base_edited",
    },
    "disease": {
        "tcellall": "T-ALL", "tcellacutelymphoblasticleukemia": "T-ALL",
        "tcellacutelymphoblasticleukaemia": "T-ALL", "etp": "ETP-ALL",
        "tcelllbl": "T-LBL", "tcelllymphoblasticlymphoma": "T-LBL",
        "acutemyeloidleukemia": "AML", "acutemyeloidleukaemia": "AML",
        "mixedphenotypeacuteleukemia": "MPAL", "mixedphenotypeacuteleukaemia": "MPAL",
    },
    "donor_source": {
        "patient": "autologous", "auto": "autologous", "self": "autologous",
        "sctdonor": "transplant_donor", "hsctdonor": "transplant_donor",
        "universal": "off_the_shelf", "ots": "off_the_shelf",
    },
    "sex": _SEXES, "patient_sex": _SEXES, "donor_sex": _SEXES,
    "death_cause": {
        "infectious": "infection", "relapsed": "relapse", "others": "other",
    },
    "response_day28": {
        "completeresponse": "CR", "completeremission": "CR", "partialresponse": "PR",
        "partialremission": "PR", "noresponse": "NR", "nonresponse": "NR",
    },
}  # fmt: skip


def yes_or_no(text: str) -> float | None:
    """1 for yes, 0 for no, None for anything else.

    >>> [yes_or_no(text) for text in ("Yes", "n", "+", "-", "1.0", "maybe")]
    [1.0, 0.0, 1.0, 0.0, 1.0, None]
    """
    answer = re.sub(r"(?<=\d)[.,]0+$", "", plain_text(text).lower())
    return 1.0 if answer in YES else 0.0 if answer in NO else None


def grade(text: str) -> int | None:
    """A grade as a number, or None; "no" is 0.

    >>> [grade(text) for text in ("III", "G3", "Grade 3", "3.0", "no", "3a", "2.5")]
    [3, 3, 3, 3, 0, None, None]
    """
    plain = plain_text(text).lower()
    match = _GRADE.fullmatch(plain)
    if match:
        return _ROMAN.get(match[1]) or int(match[1])
    return 0 if plain in ("no", "absent", "nein") else None


def listed_value(name: str, allowed_values: Sequence[str], text: str) -> str | None:
    """The allowed value that a cell means, whatever its case, blanks and signs; else None.

    >>> listed_value("tissue", ("PB", "BM"), "Bone marrow"), listed_value("sex", ("male",), "M")
    ('BM', 'male')
    """
    by_key = {letters(value): value for value in allowed_values}
    key = letters(text)
    return by_key.get(key) or SYNONYMS.get(name, {}).get(key)

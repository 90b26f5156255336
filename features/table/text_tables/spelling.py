"""Spelling of cells and names: Unicode forms, minus signs, case, blanks and signs."""

import unicodedata

_MINUS_SIGNS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
# Signs that change what a name means, unlike the brackets and blanks of "CRP (mg/L)".
_MEANINGFUL = {ord("%"): "percent", ord("\u03bc"): "u"}


def plain_text(text: str) -> str:
    """The text without blanks at its ends, with plain digits, blanks and minus signs.

    >>> plain_text("\\u22125\\u00a0d ")
    '-5 d'
    """
    if text.isascii():  # nearly every cell
        return text.strip()
    return unicodedata.normalize("NFKC", text).translate(_MINUS_SIGNS).strip()


def letters(text: str) -> str:
    """Letters and digits in lower case: what remains of a name however it is spelt.

    >>> letters("Sample ID"), letters("T-ALL"), letters("CRP (mg/L)"), letters("MRD [%]")
    ('sampleid', 'tall', 'crpmgl', 'mrdpercent')
    """
    plain = plain_text(text).casefold().translate(_MEANINGFUL)
    return "".join(character for character in plain if character.isalnum())

"""Viral sequences as the sample sheet names them: hhv6=HHV6B_*;ebv=NC_007605_*,EBNA1;cmv=CMV_*."""

import re

from features.errors import InputError

VIRUSES = ("hhv6", "ebv", "cmv")
MIN_LETTERS = 2  # before a *: an ending alone would take every row of the reference

# Names of rows by virus; a * at the end stands for any ending. Hashable, in the order of VIRUSES.
VirusNames = tuple[tuple[str, tuple[str, ...]], ...]


def parse_virus_names(text: str | None) -> VirusNames:
    """Names of rows of the count matrix by virus; none for an empty cell.

    Commas or blanks stand between names; order and repeats do not matter. Raises `InputError` for
    another form, another virus, a virus that comes twice, or a * elsewhere than at the end.

    >>> parse_virus_names("ebv=EBNA1; hhv6 = HHV6B_*,U90")
    (('hhv6', ('HHV6B_*', 'U90')), ('ebv', ('EBNA1',)))
    >>> parse_virus_names(None)
    ()
    """
    names: dict[str, tuple[str, ...]] = {}
    for part in (part.strip() for part in (text or "").split(";")):
        if part:
            virus, listed = _parse_part(part)
            if virus in names:
                raise _fault(f"{virus} comes twice", "write its names behind one =")
            names[virus] = listed
    _check_shared(names)
    return tuple((virus, names[virus]) for virus in VIRUSES if virus in names)


def _check_shared(names: dict[str, tuple[str, ...]]) -> None:
    """Refuse a name under two viruses, itself or by a pattern: its RNA is of one of them."""
    listed = [(virus, name.casefold()) for virus, part in names.items() for name in part]
    for virus, name in listed:
        for other, pattern in listed:
            meets = name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
            if virus != other and meets:
                raise _fault("a name stands for two viruses", "leave it with one of them")


def virus_names_text(names: VirusNames) -> str:
    """One spelling of equal names, in the form that the sheet takes.

    >>> virus_names_text(parse_virus_names("cmv=UL83 , UL82;"))
    'cmv=UL82,UL83'
    """
    return ";".join(f"{virus}={','.join(listed)}" for virus, listed in names)


def _parse_part(part: str) -> tuple[str, tuple[str, ...]]:
    virus, equals, rest = (text.strip() for text in part.partition("="))
    if not equals:
        raise _fault("a part has no =", "write the virus before its names")
    virus = virus.lower().replace("-", "")
    if virus not in VIRUSES:
        raise _fault("a part names another virus", f"name one of {', '.join(VIRUSES)}")
    listed = tuple(sorted(set(re.split(r"[,\s]+", rest)) - {""}))
    if not listed:
        raise _fault(f"{virus} has no name", "write its rows behind the =, or leave it out")
    for name in listed:
        _check_name(name)
    return virus, listed


def _check_name(name: str) -> None:
    if "=" in name or "*" in name[:-1]:
        raise _fault(
            "a name holds = or a * before its end", "separate viruses by ; and end a name with *"
        )
    if name.endswith("*") and len(name) <= MIN_LETTERS:
        raise _fault(
            f"a * follows fewer than {MIN_LETTERS} letters", "write more of what the names share"
        )


def _fault(came: str, way_out: str) -> InputError:
    return InputError(
        f"virus_genes must name rows of the count matrix by virus, as "
        f"hhv6=HHV6B_*;ebv=EBNA1,LMP1, but {came}; {way_out}"
    )

"""Alpha spending over repeated looks: how often a growing cohort was tested, and at which level.

A cohort that grows, or whose outcomes are corrected, is tested again and again. Levels of
alpha / k add up without limit; alpha / (k (k + 1)) adds up to alpha. Two cohorts belong to one
lineage when they share a patient, directly or through other cohorts. One shared patient is
enough: a threshold could be undercut by leaving patients out, a cohort of new patients shares
none, and an identifier or a day that is corrected for some patients leaves the others as they
were.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

ALPHA = 0.05
HASH_BYTES = 16
ROUNDING = 1e-12  # of a sum of levels


@dataclass(frozen=True)
class Look:
    """One test of one endpoint in one cohort.

    `fit` identifies what was tried (digest of protocol, feature table and outcomes), `patients`
    are pseudonymous (`patient_hashes`), `declared` is the number of looks that the protocol
    declares (None: not declared), `number` counts the looks of the lineage from 1, `alpha` is the
    level of this look: 0 when nothing is left to spend. `shared` counts the patients who were in
    an earlier look.
    """

    endpoint: str
    fit: str
    patients: frozenset[str]
    declared: int | None
    number: int
    alpha: float
    shared: int

    @property
    def promotes(self) -> bool:
        """Whether a fit at this look can become champion at all."""
        return self.alpha > 0


def patient_hashes(patients: Iterable[str], key: bytes, *, domain: str = "real") -> frozenset[str]:
    """Pseudonyms of patients: keyed BLAKE2b of domain and identifier, 32 hexadecimal digits.

    The key (at most 64 bytes) is secret and stays the same for all looks: short identifiers could
    be guessed from hashes without one. `domain` keeps apart patients who bear the same
    identifier, such as those of two simulations.

    >>> patient_hashes(["P1"], b"k") == patient_hashes(["P1"], b"k", domain="synthetic, seed 1")
    False
    """
    if not key:
        raise ValueError("pseudonyms of patients need a secret key")
    texts = (f"{domain}\n{patient}".encode() for patient in patients)
    digests = (hashlib.blake2b(text, key=key, digest_size=HASH_BYTES) for text in texts)
    return frozenset(digest.hexdigest() for digest in digests)


def lineage(earlier: Iterable[Look], endpoint: str, patients: frozenset[str]) -> list[Look]:
    """Earlier looks at the endpoint that share patients with these, directly or through others.

    In the order given. The lineage does not depend on that order.
    """
    candidates = [look for look in earlier if look.endpoint == endpoint]
    members: set[int] = set()
    pool = set(patients)
    while True:
        joined = {i for i, look in enumerate(candidates) if look.patients & pool} - members
        if not joined:
            return [candidates[i] for i in sorted(members)]
        members |= joined
        pool.update(*(candidates[i].patients for i in joined))


def next_look(
    earlier: Sequence[Look],
    endpoint: str,
    fit: str,
    *,
    patients: frozenset[str],
    declared: int | None,
    alpha: float = ALPHA,
) -> Look:
    """This look: its number in the lineage, and the level at which it is tested.

    - First look of its lineage, declared the only one: alpha. Every later look then gets 0.
    - Any other: alpha / (k (k + 1)) at look k, which adds up to alpha over any number of looks.
      Declaring "one look" after a look is no declaration.
    - Never more than what the lineage has left of alpha (two lineages that a cohort joins may have
      spent more than one would have).
    - A fit of the same patients that was tried before gets its number and level again: the same
      test gives the same p.

    >>> a = next_look([], "relapse", "f1", patients=frozenset({"x"}), declared=None)
    >>> b = next_look([a], "relapse", "f2", patients=frozenset({"x", "y"}), declared=None)
    >>> a.number, a.alpha, b.number, round(b.alpha, 5), b.shared
    (1, 0.025, 2, 0.00833, 1)
    """
    relatives = lineage(earlier, endpoint, patients)
    for look in relatives:
        if look.fit == fit and look.patients == patients:
            return look
    number = len(relatives) + 1
    shared = len(patients & frozenset().union(*(look.patients for look in relatives)))
    look = Look(endpoint, fit, patients, declared, number, 0.0, shared)
    return replace(look, alpha=_level(relatives, declared, alpha))


def look_sentence(look: Look) -> str:
    """One sentence for the gate, the card and the command line: which look, at which level.

    >>> print(look_sentence(next_look([], "relapse", "f", patients=frozenset("x"), declared=1)))
    Look 1, declared the only one: tested at 0.05, and no later fit with any of these patients \
can become champion.
    """
    if look.declared == 1 and look.number == 1:
        return (
            f"Look 1, declared the only one: tested at {look.alpha:.3g}, and no later fit with any "
            "of these patients can become champion."
        )
    if look.number == 1:
        return f"Look 1, {_declaration(look)}: tested at {look.alpha:.3g}, half of alpha."
    start = f"Look {look.number} at a cohort that shares {_patients(look.shared)} with earlier ones"
    if look.promotes:
        return f"{start}: tested at {look.alpha:.3g}, so that all looks together spend alpha."
    return (
        f"{start}: they spent the whole alpha, so this fit cannot become champion; use a cohort "
        "without these patients, or, if others bear the same identifiers, put the site before each."
    )


def _level(relatives: Sequence[Look], declared: int | None, alpha: float) -> float:
    number = len(relatives) + 1
    if number == 1:
        return alpha if declared == 1 else alpha / 2
    if any(look.declared == 1 and look.number == 1 for look in relatives):
        return 0.0
    remaining = alpha - sum(look.alpha for look in relatives)
    level = min(alpha / (number * (number + 1)), remaining)
    return level if level > ROUNDING else 0.0


def _declaration(look: Look) -> str:
    return "no number declared" if look.declared is None else f"{look.declared} declared"


def _patients(n: int) -> str:
    return f"{n} patient" if n == 1 else f"{n} patients"

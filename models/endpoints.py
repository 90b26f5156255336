"""Endpoints of risk models, declared as data, and their time frame: landmark, window, horizons.

The days here are the defaults of training, which a protocol may change. A fitted model has its own
endpoint, landmark, window and horizons in its manifest: with a model at hand, read them there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

# Codes of a patient's first event after the landmark. ONSET is the first event of an endpoint
# that is counted from a table of its own.
CENSORED, RELAPSE, FATAL_INFECTION, OTHER_DEATH, TRANSPLANT, ONSET = range(6)

EVENT_CODES: Mapping[str, int] = MappingProxyType(
    {
        "relapse": RELAPSE,
        "fatal_infection": FATAL_INFECTION,
        "other_death": OTHER_DEATH,
        "transplant": TRANSPLANT,
    }
)
"""Events of the outcomes that exclude each other. Of these every patient has the first only."""

LANDMARK = 28
LATER_LANDMARKS: tuple[int, ...] = (60, 90, 120, 150, 180)
WINDOW_DAYS = 14  # a landmark is scored from samples of the two weeks up to it
HORIZONS: tuple[int, ...] = (90, 180, 365)
PRIMARY_HORIZON = 180


@dataclass(frozen=True)
class Onset:
    """First infection after the landmark of at least this CTCAE grade, from INFECTIONS.csv.

    `group` restricts it to infections of one group of organisms, such as "viral".
    """

    min_grade: int = 3
    group: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """What a model predicts: its name, its name in words, and the events that count.

    `events` are those of `EVENT_CODES` that the endpoint consists of; all others compete. With an
    `onset` its first occurrence counts too: such an endpoint does not exclude a later relapse, and
    contains its `events`. With `excludes_earlier` patients who had such an onset by the landmark
    are not at risk. `landmarks` are its own, none for the protocol's. `biomarker` is the one
    feature that the model is compared with, `claims` the features that the source study's claim
    rests on.
    """

    name: str
    words: str
    plural: str
    events: tuple[str, ...]
    onset: Onset | None = None
    excludes_earlier: bool = False
    landmarks: tuple[int, ...] = ()
    biomarker: str | None = None
    claims: tuple[str, ...] = ()

    @property
    def event_codes(self) -> tuple[int, ...]:
        """Codes of the first events that are this endpoint.

        >>> ENDPOINTS["severe_infection"].event_codes
        (2, 5)
        """
        codes = tuple(EVENT_CODES[event] for event in self.events)
        return codes if self.onset is None else (*codes, ONSET)


# What the source study saw: S100A8/A9 up in leukocytes of patients who relapsed, monocytes lost
# in those who died of infection (Clin Cancer Res 2023;29:1484). Directions are left to the data.
_RELAPSE_CLAIMS = (
    "cd7neg_t_activation", "s100a8a9_leukocyte", "s100a8a9_monocyte", "s100a8a9_nonmyeloid",
    "s100a8a9_standardised",
)  # fmt: skip
_MONOCYTES = ("monocyte_fraction",)

ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {
        endpoint.name: endpoint
        for endpoint in (
            Endpoint(
                "relapse", "relapse", "relapses", ("relapse",),
                biomarker="s100a8a9_leukocyte", claims=_RELAPSE_CLAIMS,
            ),
            Endpoint(
                "fatal_infection", "fatal infection", "fatal infections", ("fatal_infection",),
                biomarker="monocyte_fraction", claims=_MONOCYTES,
            ),
            Endpoint(
                "severe_infection", "severe infection", "severe infections", ("fatal_infection",),
                onset=Onset(min_grade=3), biomarker="monocyte_fraction", claims=_MONOCYTES,
            ),
        )
    }
)  # fmt: skip
"""Endpoints that every protocol has unless it declares others."""

EXCLUSIVE_ENDPOINTS: tuple[str, ...] = tuple(
    name for name, endpoint in ENDPOINTS.items() if endpoint.onset is None
)
"""Those that the outcomes alone tell, and of which a patient has at most one."""


def default_primary_horizon(horizons: Sequence[int]) -> int:
    """The primary horizon where none is named: 180 days, else the middle one.

    >>> default_primary_horizon((90, 180, 365)), default_primary_horizon((30, 60, 90))
    (180, 60)
    """
    return PRIMARY_HORIZON if PRIMARY_HORIZON in horizons else horizons[len(horizons) // 2]

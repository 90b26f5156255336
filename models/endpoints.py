"""Endpoints of a risk model and their time frame: event codes, names, landmark, window, horizons.

The days here are the defaults of training, which a protocol may change. A fitted model has its own
landmark, window and horizons in its manifest: with a model at hand, read them there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

# Codes of a patient's first event after the landmark.
CENSORED, RELAPSE, FATAL_INFECTION, OTHER_DEATH, TRANSPLANT = range(5)

LANDMARK = 28
WINDOW_DAYS = 14  # a landmark is scored from samples of the two weeks up to it
HORIZONS: tuple[int, ...] = (90, 180, 365)
PRIMARY_HORIZON = 180


@dataclass(frozen=True)
class Endpoint:
    """What a model predicts: the code of its event, and its name in singular and plural."""

    event_code: int
    words: str
    plural: str


ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {
        "relapse": Endpoint(RELAPSE, "relapse", "relapses"),
        "fatal_infection": Endpoint(FATAL_INFECTION, "fatal infection", "fatal infections"),
    }
)


def default_primary_horizon(horizons: Sequence[int]) -> int:
    """The primary horizon where none is named: 180 days, else the middle one.

    Folders exported before a model named its primary horizon are read this way.

    >>> default_primary_horizon((90, 180, 365)), default_primary_horizon((30, 60, 90))
    (180, 60)
    """
    return PRIMARY_HORIZON if PRIMARY_HORIZON in horizons else horizons[len(horizons) // 2]

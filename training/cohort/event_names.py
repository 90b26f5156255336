"""First events in words, for pages and pictures."""

from training.cohort.outcomes import FATAL_INFECTION, OTHER_DEATH, RELAPSE

EVENT_NAMES: dict[int, str] = {
    RELAPSE: "relapse",
    FATAL_INFECTION: "fatal infection",
    OTHER_DEATH: "other death without relapse",
}

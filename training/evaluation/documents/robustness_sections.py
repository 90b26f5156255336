"""Sections of an evaluation document on robustness: sites, missing inputs, refused samples.

Also the table that states all endpoints of a joint fit together. Typed dictionaries in the form
that JSON takes; a value that is None is undefined.
"""

from typing import TypedDict

from models.disclosed_cohort import MeasureDocument


class SiteRow(TypedDict):
    """One site's patients and measures; None under 5 events or non-events."""

    site: str
    n: int
    events: int
    observed_over_expected: MeasureDocument | None
    auc: MeasureDocument | None


class SiteMean(TypedDict):
    """Mean over sites, and the 95 % prediction interval of a new site.

    `tau` is the SD between sites in ln(O/E) or in logit AUC.
    """

    mean: MeasureDocument
    prediction_low: float
    prediction_high: float
    tau: float


class SitesSection(TypedDict):
    """Measures of each site by models that did not see it, and their random-effects summary.

    `note` says how the sites were scored; `reason` why there is no summary, None where there is
    one. `brier_skill` and `calibration_slope` are those of all sites together.
    """

    note: str
    reason: str | None
    sites: list[SiteRow]
    observed_over_expected: SiteMean | None
    auc: SiteMean | None
    brier_skill: MeasureDocument | None
    calibration_slope: MeasureDocument | None


class ImputedMeasure(TypedDict):
    """A measure with missing inputs as the served model takes them, and pooled over imputations.

    `missing_information` is the share of the pooled variance that is due to missing inputs.
    """

    served: MeasureDocument
    imputed: MeasureDocument
    missing_information: float | None


class SensitivitySection(TypedDict):
    """Multiple imputation beside the served way; `reason` where it was not done."""

    imputations: int
    missing_share: float
    reason: str | None
    auc: ImputedMeasure | None
    brier: ImputedMeasure | None
    observed_over_expected: ImputedMeasure | None


class IncidenceOfGroup(TypedDict):
    """Patients of a group, their events, and the cumulative incidence at the horizon."""

    n: int
    events: int
    incidence: MeasureDocument | None


class RefusedSamplesSection(TypedDict):
    """Patients without a usable sample because it was refused, beside those who have one.

    `risk` is the model's with nothing measured; `observed_over_expected` the refused patients'
    incidence over it. `reason` says why there are no figures.
    """

    refused: IncidenceOfGroup
    used: IncidenceOfGroup
    risk: float | None
    observed_over_expected: MeasureDocument | None
    reason: str | None


class StatedRisk(TypedDict):
    """Observed incidence (Aalen-Johansen) and mean out-of-fold risk at each horizon, in order."""

    name: str
    words: str
    observed: list[float]
    mean_risk: list[float]


class EndpointsTogether(TypedDict):
    """Every event and endpoint of the joint fit at each horizon.

    `events` exclude each other; `any_event` is their sum, and `largest_sum` the largest that any
    patient has: never above 1. `endpoints` may share events.
    """

    horizons: list[int]
    events: list[StatedRisk]
    any_event: StatedRisk
    largest_sum: list[float]
    endpoints: list[StatedRisk]

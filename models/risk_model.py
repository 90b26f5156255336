"""RiskModel: the hazard model of one event in one interval, as a scikit-learn classifier."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin  # type: ignore[import-untyped]  # ships no types
from sklearn.utils.multiclass import type_of_target  # type: ignore[import-untyped]  # ships no types
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data  # type: ignore[import-untyped]  # ships no types

from features import schema
from features.arrays import Bools, Floats
from features.errors import InputError
from models.hazard_model import FIRST_LANDMARK, fit_hazard_model
from models.linear_members import linear_members
from models.log_odds import risk_of
from models.reasons import reasons


class RiskModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Risk of a binary endpoint in a small cohort, with reasons.

    A ridge logistic regression: features bounded at their training 1 and 99 %, standardised,
    missing ones at their value expected from the others; a normal prior of mean 0 whose SD is
    learned by evidence, apart for the core panel and for other features; an intercept at which the
    mean risk is the observed share of events. Nothing is selected or tuned. The joint fit of
    `models.hazard_model` is this with one event, one interval and one landmark.

    Parameters
    ----------
    core_panel : columns whose effects may be larger a priori; None takes `features.schema.CORE`
        where present, and all columns when X has no names.

    After `fit`: `members_` (arrays of the model), `n_events_`, `n_patients_` (rows of weight above
    0 with the event, and all).

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(120, 3))
    >>> y = rng.random(120) < 1 / (1 + np.exp(-2 * X[:, 0]))
    >>> model = RiskModel().fit(X, y)
    >>> bool(np.corrcoef(model.logit(X), X[:, 0])[0, 1] > 0.9)
    True
    """

    def __init__(self, *, core_panel: Sequence[str] | None = None) -> None:
        self.core_panel = core_panel

    def __sklearn_tags__(self) -> Any:
        """Missing values are fine; two classes only."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from X (n, p; NaN where missing), y (two classes), weights (0 leaves a row out)."""
        values, labels = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=2
        )
        event = self._encode(labels)
        weight = _check_sample_weight(
            sample_weight, values, dtype=np.float64, ensure_non_negative=True
        )
        rows = weight > 0
        values, event, weight = values[rows], event[rows], weight[rows]
        self.n_patients_, self.n_events_ = len(event), int(event.sum())
        model = fit_hazard_model(
            values, np.full(len(values), FIRST_LANDMARK), event[:, None], weight[:, None],
            is_core=self._is_core(values.shape[1]),
            incidence=np.array([[_share_of_events(event, weight)]]), row_weight=weight,
        )  # fmt: skip
        self.members_ = linear_members([model])
        return self

    def logit(self, X: ArrayLike) -> Floats:
        """Log-odds of the second class, (n,)."""
        check_is_fitted(self)
        values = self._values(X)
        day = np.full(len(values), FIRST_LANDMARK)
        predictors = self.members_.predictors(values, day)[:, 0, 0]
        return np.asarray(self.members_.intercepts[0, 0, 0] + predictors)

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Probability of both classes, (n, 2); the second is the risk."""
        risk = risk_of(self.logit(X))
        return np.stack([1.0 - risk, risk], axis=1)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The more likely class; for a risk use `predict_proba`."""
        second = (self.logit(X) > 0.0).astype(int)
        likelier: NDArray[Any] = self.classes_[second]
        return likelier

    def explain(self, X: ArrayLike) -> tuple[Floats, float]:
        """Contributions (n, p) in log-odds and the baseline; they add up to `logit`."""
        check_is_fitted(self)
        values = self._values(X)
        terms = [self.members_.terms(x, FIRST_LANDMARK)[1] for x in values]
        explained = [reasons(self.members_.intercepts[0], term, np.ones(1)) for term in terms]
        contributions = np.stack([one.contributions[0] for one in explained])
        return contributions, float(self.members_.intercepts[0, 0, 0])

    def _values(self, X: ArrayLike) -> Floats:
        values: Floats = validate_data(
            self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return values

    def _is_core(self, width: int) -> Bools:
        names = list(getattr(self, "feature_names_in_", []))
        panel = self.core_panel
        if panel is None:
            panel = [name for name in schema.CORE if name in names]
        absent = [name for name in panel if names and name not in names]
        if absent:
            raise InputError(
                f"The core panel must name columns of X, but {', '.join(absent)} is not among "
                "them: add the column or name another."
            )
        if not names or not panel:
            return np.ones(width, dtype=bool)
        return np.isin(names, list(panel))

    def _encode(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise InputError(
                f"Only binary classification is supported. The type of the target is {kind}."
            )
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(
                "A risk model needs patients with and without the event, but y holds one class: "
                "wait for events or choose another horizon."
            )
        return np.asarray(codes, dtype=np.int64)


def _share_of_events(event: NDArray[np.int64], weight: Floats) -> float:
    """Weighted share of events; with none or all, half an event is added to both sides."""
    events, total = float(weight @ event), float(weight.sum())
    if not 0 < events < total:
        events, total = events + 0.5, total + 1.0
    return events / total

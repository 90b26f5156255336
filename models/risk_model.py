"""RiskModel: the scikit-learn classifier that learns everything inside `fit`."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin  # type: ignore[import-untyped]  # ships no types
from sklearn.utils.multiclass import type_of_target  # type: ignore[import-untyped]  # ships no types
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data  # type: ignore[import-untyped]  # ships no types

from features.arrays import Floats
from features.errors import InputError
from models.bootstrap_refits import refit
from models.candidate_plan import Offer, make_plan
from models.candidates import ORDER
from models.explain import reasons
from models.fit_pipeline import Patients, Plan, learn
from models.folds import patient_keys, patients_by_outcome
from models.log_odds import risk_of
from models.logit_stack import Stack, concatenate


class RiskModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Calibrated risk of a binary endpoint in a small cohort, with exact reasons.

    `fit` does all the learning: per inner fold imputation, scaling, tuning; then the choice of
    the simplest candidate within one standard error of the paired loss difference; affine
    calibration on out-of-fold logits; and, if requested, bootstrap refits that repeat all of it.

    Parameters
    ----------
    candidates : names from "prevalence", "biomarker", "core_panel", "lightgbm".
    biomarker : the one pre-specified column; without it, or without column names, not offered.
    core_panel : columns of the ridge; None takes `features.schema.CORE` where present, and all
        columns when X has no names.
    n_refits : bootstrap refits for the stability interval (0 for none, 200 for a served model).
    inner_folds : folds by patient for tuning, selection and calibration.
    min_events : with fewer events or non-events prevalence is the only candidate; otherwise it is
        the reference and not selectable.
    min_lightgbm : LightGBM is offered from this many patients.

    After `fit`: `candidate_`, `selection_` (per candidate loss, difference to the best, its
    standard error), `calibration_` (intercept, slope), `prevalence_`, `refits_` (a stack of
    logit functions, None without), `refit_candidates_`, `n_patients_`, `n_events_`.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(120, 3))
    >>> y = rng.random(120) < 1 / (1 + np.exp(-2 * X[:, 0]))
    >>> model = RiskModel(candidates=("prevalence", "core_panel")).fit(X, y)
    >>> model.candidate_, bool(np.corrcoef(model.logit(X), X[:, 0])[0, 1] > 0.9)
    ('core_panel', True)
    """

    def __init__(
        self,
        *,
        candidates: Sequence[str] = ORDER,
        biomarker: str | None = None,
        core_panel: Sequence[str] | None = None,
        n_refits: int = 0,
        inner_folds: int = 5,
        random_state: int = 0,
        min_events: int = 5,
        min_lightgbm: int = 80,
    ) -> None:
        self.candidates = candidates
        self.biomarker = biomarker
        self.core_panel = core_panel
        self.n_refits = n_refits
        self.inner_folds = inner_folds
        self.random_state = random_state
        self.min_events = min_events
        self.min_lightgbm = min_lightgbm

    def __sklearn_tags__(self) -> Any:
        """Missing values are fine; two classes only."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: Sequence[object] | None = None,
    ) -> Self:
        """Learn from X (n, p; NaN where missing), y (two classes), weights and patient groups.

        Rows of weight 0 are left out. `groups` names the patient of each row, for several rows a
        patient; without it, equal rows are taken as one patient.
        """
        patients, plan = self._prepared(X, y, sample_weight, groups)
        self.n_events_, without = patients_by_outcome(patients.key, patients.y)
        self.n_patients_ = self.n_events_ + without
        model = learn(patients, plan)
        self.candidate_, self.selection_ = model.candidate, model.selection
        self.stack_, self.background_ = model.stack, model.background
        self.calibration_ = model.calibration
        self.prevalence_ = float(np.average(patients.y, weights=patients.weight))
        self.refits_: Stack | None = None
        self.refit_candidates_: list[str] = []
        if self.n_refits > 0:
            self.refits_, self.refit_candidates_ = refit(
                patients, plan, range(self.n_refits), self.random_state
            )
        return self

    def refits_numbered(
        self,
        numbers: Iterable[int],
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: Sequence[object] | None = None,
    ) -> tuple[Stack, list[str]]:
        """Some of the refits that `fit` on the same data makes, so that work can be shared out.

        Give the parts, in order, to `adopt_refits` of the fitted model.
        """
        return refit(*self._prepared(X, y, sample_weight, groups), numbers, self.random_state)

    def adopt_refits(self, parts: Sequence[tuple[Stack, list[str]]]) -> Self:
        """Set the refits of this fitted model to those that `refits_numbered` made in parts."""
        check_is_fitted(self)
        self.refits_ = concatenate([stack for stack, _ in parts])
        self.refit_candidates_ = [name for _, names in parts for name in names]
        return self

    def logit(self, X: ArrayLike) -> Floats:
        """Calibrated log-odds of the second class, (n,)."""
        check_is_fitted(self)
        column: Floats = self.stack_.logits(self._values(X))[:, 0]
        return column

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
        """Contributions (n, p) in log-odds and the baseline; they add up to `logit` exactly."""
        check_is_fitted(self)
        return reasons(self.stack_, self.background_, self._values(X))

    def _prepared(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        groups: Sequence[object] | None,
    ) -> tuple[Patients, Plan]:
        values, labels = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=2
        )
        patients = self._patients(values, self._encode(labels), sample_weight, groups)
        plan = make_plan(
            Offer(
                tuple(self.candidates), self.biomarker, self.core_panel, self.inner_folds,
                self.min_events, self.min_lightgbm,
            ),
            patients,
            list(getattr(self, "feature_names_in_", [])),
        )  # fmt: skip
        return patients, plan

    def _values(self, X: ArrayLike) -> Floats:
        values: Floats = validate_data(
            self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return values

    def _encode(self, labels: NDArray[Any]) -> Floats:
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
        encoded: Floats = codes.astype(np.float64)
        return encoded

    def _patients(
        self,
        X: Floats,
        y: Floats,
        sample_weight: ArrayLike | None,
        groups: Sequence[object] | None,
    ) -> Patients:
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if groups is not None and len(groups) != len(X):
            raise InputError(
                f"groups names the patient of each row, but {len(groups)} names came for "
                f"{len(X)} rows: give one a row."
            )
        keep = weight > 0
        groups_of_rows = (
            None if groups is None else [g for g, k in zip(groups, keep, strict=True) if k]
        )
        X, y, weight = X[keep], y[keep], weight[keep]
        keys = patient_keys(X, y, groups_of_rows, self.random_state)
        return Patients(X, y, weight, keys, groups is not None)

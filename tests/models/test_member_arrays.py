"""A model of either kind in a folder and back, and arrays that never reach compiled code."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from features.errors import InputError
from features.settings import REPOSITORY
from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel, freeze
from models.hazard_kernel import endpoint_log_odds
from models.hazard_model import fit_hazard_model
from models.hazard_trees import fit_hazard_trees
from models.linear_members import LinearMembers, linear_members
from models.log_odds import risk_of
from models.member_arrays import Arrays, Members, kind_of, member_arrays, members_of
from models.persistence import load, save
from models.tree_members import TreeMembers, concatenate
from tests.models.tree_visits import Visits, against_none, booster_of, visits

EVENTS = ("relapse", "fatal_infection", "other_death")


def trees(*cohorts: Visits) -> TreeMembers:
    """The challenger of each cohort, the first being the model."""
    return concatenate(
        [
            fit_hazard_trees(c.X, c.day, c.event, c.weight, incidence=c.incidence)
            for c in cohorts
        ]
    )  # fmt: skip


def ridges(*cohorts: Visits) -> LinearMembers:
    """The ridge of each cohort, the first being the model."""
    is_core = np.arange(6) < 3
    return linear_members(
        [
            fit_hazard_model(
                c.X, c.day, c.event, c.weight, is_core=is_core, incidence=c.incidence
            )
            for c in cohorts
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def cohort() -> Visits:
    """250 visits."""
    return visits()


@pytest.fixture(scope="module", params=[ridges, trees])
def members(request: pytest.FixtureRequest, cohort: Visits) -> Members:
    """A model and three refits of either kind."""
    fit: Callable[..., Members] = request.param
    return fit(cohort, visits(seed=1), visits(seed=2), visits(seed=3))


@pytest.fixture(scope="module")
def frozen(members: Members, cohort: Visits) -> FrozenModel:
    """They as the model of relapse at day 28."""
    return freeze(
        members, ENDPOINTS["relapse"], 28,
        events=EVENTS, horizons=(90, 180, 365), features=tuple("abcdef"),
        training_X=cohort.X, prevalence=cohort.incidence[:, 0],
        facts={"provenance": "synthetic", "joint_fit": "0123"},
    )  # fmt: skip


def test_a_folder_gives_the_same_answers(
    frozen: FrozenModel, cohort: Visits, tmp_path: Path
) -> None:
    """Saved and loaded, its kind in the manifest, every risk and reason has the same bits."""
    save(frozen, tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.manifest["model"] == kind_of(frozen.members) == kind_of(again.members)
    np.testing.assert_array_equal(again.risks(cohort.X), frozen.risks(cohort.X))
    np.testing.assert_array_equal(again.refit_risks(cohort.X), frozen.refit_risks(cohort.X))
    for x in cohort.X[:20]:
        for one, two in zip(again.assess(x).horizons, frozen.assess(x).horizons, strict=True):
            assert (one.risk, one.low, one.high) == (two.risk, two.low, two.high)
            np.testing.assert_array_equal(one.contributions, two.contributions)


def test_reasons_add_up_to_the_served_risk(frozen: FrozenModel, cohort: Visits) -> None:
    """On visits of any day, with gaps: baseline and contributions give the logit to 1e-9."""
    for x, day in zip(cohort.X[:50], cohort.day, strict=False):
        for k, h in enumerate(frozen.assess(x, day=day).horizons):
            assert h.contributions.sum() + h.baseline_logit == pytest.approx(h.logit, abs=1e-9)
            assert h.risk == pytest.approx(1 / (1 + np.exp(-h.logit)), abs=1e-12)
            assert h.risk == pytest.approx(frozen.risks(x[None], day)[0, k], abs=1e-12)


def test_risks_of_events_never_fall_and_never_exceed_one(
    frozen: FrozenModel, members: Members
) -> None:
    """1,000 strangers: each event's own endpoint, and all three together."""
    rng = np.random.default_rng(4)
    X = np.where(rng.random((1000, 6)) < 0.3, np.nan, 3 * rng.normal(size=(1000, 6)))
    risks = [replace(frozen, in_endpoint=event).risks(X) for event in np.eye(3)]
    assert all((np.diff(one, axis=1) >= 0).all() for one in risks)
    assert np.sum(risks, axis=0).max() <= 1 + 1e-12
    together = replace(frozen, in_endpoint=np.ones(3)).risks(X)
    np.testing.assert_allclose(np.sum(risks, axis=0), together, rtol=0, atol=1e-12)


def test_reasons_of_trees_rest_on_lightgbm_s_own(cohort: Visits) -> None:
    """Leaving out a feature takes LightGBM's `pred_contrib` of it from each event's predictor.

    So "were it average" is the risk at that predictor, whatever way our kernels took.
    """
    model = freeze(
        trees(cohort, visits(seed=1)), ENDPOINTS["relapse"], 28,
        events=EVENTS, horizons=(90, 180, 365), features=tuple("abcdef"),
        training_X=cohort.X, prevalence=cohort.incidence[:, 0],
        facts={"provenance": "synthetic", "joint_fit": "0123"},
    )  # fmt: skip
    booster: lightgbm.Booster = booster_of(cohort)
    at_28 = cohort._replace(day=np.full(len(cohort.X), 28.0)).columns()
    scores = against_none(booster.predict(at_28, raw_score=True))
    contributions = booster.predict(at_28, pred_contrib=True).reshape(-1, 4, 8)
    for i in range(20):
        terms = (contributions[i, 1:] - contributions[i, 0])[:, :6]
        horizons = model.assess(cohort.X[i]).horizons
        for j in range(6):
            without = endpoint_log_odds(model.odds[0], scores[i] - terms[:, j], model.in_endpoint)
            ours = [h.risk_if_average[j] for h in horizons]
            np.testing.assert_allclose(ours, risk_of(without), rtol=0, atol=1e-9)


FORGERIES: list[tuple[type, str, Callable[[Arrays], object]]] = [
    (TreeMembers, "feature", lambda a: a["members.trees.feature"].__setitem__((0, 0), 60000)),
    (TreeMembers, "route", lambda a: a["members.trees.route"].__setitem__((0, 0), 200)),
    (TreeMembers, "left", lambda a: a["members.trees.left"].__setitem__((0, 0), 50)),
    (TreeMembers, "right", lambda a: a["members.trees.right"].__setitem__((0, 0), -5)),
    (TreeMembers, "tree_start", lambda a: a["members.tree_start"].__setitem__(1, 10**6)),
    (TreeMembers, "tree_start", lambda a: a["members.tree_start"].__setitem__(0, -1)),
    (
        TreeMembers,
        "leaf",
        lambda a: a.update({"members.trees.leaf": a["members.trees.leaf"][:, :3]}),
    ),
    (TreeMembers, "trees.threshold", lambda a: a.pop("members.trees.threshold")),
    (TreeMembers, "intercepts", lambda a: a.update({"members.intercepts": np.zeros((4, 3, 2))})),
    (LinearMembers, "effects", lambda a: a.update({"members.effects": np.zeros((4, 5, 3))})),
    (LinearMembers, "low", lambda a: a.update({"members.low": np.zeros((4, 6), np.float32)})),
    (LinearMembers, "correlation", lambda a: a.pop("members.correlation")),
]


@pytest.mark.parametrize(("kind", "name", "change"), FORGERIES)
def test_arrays_out_of_bounds_are_refused(
    cohort: Visits, kind: type, name: str, change: Callable[[Arrays], object]
) -> None:
    """Arrays that would lead compiled code astray, or are not there, never become a model."""
    fit = trees if kind is TreeMembers else ridges
    model = fit(*[cohort] * 4)
    arrays = {key: np.array(array) for key, array in member_arrays(model).items()}
    again = members_of(kind_of(model), arrays, 6, shape=(3, 3))
    assert member_arrays(again).keys() == arrays.keys()
    change(arrays)
    with pytest.raises((ValueError, KeyError), match=name):
        members_of(kind_of(model), arrays, 6, shape=(3, 3))


def test_another_kind_of_model_and_one_without_refits_are_refused(members: Members) -> None:
    """The manifest's kind must be one that can be served, and intervals need refits."""
    arrays = member_arrays(members)
    with pytest.raises(ValueError, match="ridge or lightgbm, not 'forest'"):
        members_of("forest", arrays, 6, shape=(3, 3))
    with pytest.raises(ValueError, match="at least one refit"):
        members_of(kind_of(members), member_arrays(members.first()), 6, shape=(3, 3))


def test_a_manifest_of_the_other_kind_is_refused(frozen: FrozenModel, tmp_path: Path) -> None:
    """A folder whose manifest names the other kind has not the arrays of that kind."""
    other = {"ridge": "lightgbm", "lightgbm": "ridge"}[frozen.manifest["model"]]
    forged = replace(frozen, manifest={**frozen.manifest, "model": other})
    save(forged, tmp_path / "model")
    with pytest.raises(InputError, match="must fit its manifest"):
        load(tmp_path / "model")


def test_an_answer_needs_no_training_libraries(frozen: FrozenModel, tmp_path: Path) -> None:
    """A fresh process loads a model of either kind and explains it without the heavy packages."""
    save(frozen, tmp_path / "model")
    program = (
        "import sys, numpy as np\n"
        "from models.persistence import load\n"
        "answer = load(sys.argv[1]).assess(np.zeros(6))\n"
        "assert answer.horizons[0].contributions.shape == (6,)\n"
        "heavy = {'sklearn', 'pandas', 'lightgbm', 'shap', 'mlflow', 'anndata'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "model")],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"

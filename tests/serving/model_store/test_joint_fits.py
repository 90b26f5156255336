"""Models of one landmark share a joint fit; those of another landmark may not."""

import pytest

from features.errors import InputError
from serving.model_store.joint_fits import check_companions, check_joint_fits, companions


def manifest(landmark: int, fit: str) -> dict[str, object]:
    """The part of a manifest that the rule reads."""
    return {"landmark": landmark, "joint_fit": fit}


def test_models_of_one_landmark_share_their_fit() -> None:
    """Two fits at day 28 are refused, whichever comes first; day 7 is another matter."""
    first, second = manifest(28, "aa"), manifest(28, "bb")
    check_joint_fits({"relapse": first, "fatal_infection": first, "early": manifest(7, "cc")})
    for models in ({"relapse": first, "death": second}, {"death": second, "relapse": first}):
        with pytest.raises(InputError, match=r"of fit (aa|bb) and .* import them together"):
            check_joint_fits(models)


def test_companions_are_those_that_cannot_stay() -> None:
    """Another fit at the landmark, and a version that this build cannot read."""
    in_service = {
        "same": manifest(28, "bb"), "other": manifest(28, "aa"), "early": manifest(7, "aa"),
        "old": None,
    }  # fmt: skip
    new = {"relapse": manifest(28, "bb")}
    assert companions(new.values(), in_service) == ["other", "old"]
    with pytest.raises(InputError, match="load its companions together"):
        check_companions(new, in_service)
    check_companions({"relapse": manifest(7, "aa")}, {"early": manifest(7, "aa")})

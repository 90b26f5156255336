"""The description of an upload: declared columns are taken out of it and checked."""

import pytest

from serving.uploads.upload import take_covariates
from serving.web.problems import Problem
from tests.serving.fitted import CMV, TREATED


def test_declared_columns_leave_the_description() -> None:
    """Texts of a query and numbers of JSON alike; empty cells are missing."""
    sample = {"day": 28, "adv_load": "4.5", "treated": "", "site": "A"}
    assert take_covariates(sample, (CMV, TREATED)) == {"adv_load": 4.5}
    assert sample == {"day": 28, "site": "A"}
    assert take_covariates({"treated": 1}, (CMV, TREATED)) == {"treated": 1.0}
    assert take_covariates({"adv_load": None}, (CMV, TREATED)) == {}


@pytest.mark.parametrize("cell", ["9.625", "SECRET", "nan", "inf", True, 10**400])
def test_wrong_cells_are_named_and_not_repeated(cell: str | float) -> None:
    """Outside the range, no number, no finite number: 422 with column and rule."""
    with pytest.raises(Problem) as caught:
        take_covariates({"adv_load": cell}, (CMV, TREATED))
    (error,) = caught.value.errors
    assert error["field"] == "adv_load" and error["rule"].startswith("must lie between 0 and 9")
    assert "SECRET" not in str(caught.value.errors) and "625" not in str(caught.value.errors)


def test_undeclared_columns_stay_for_the_sheets_own_check() -> None:
    """A name that no model in service uses is left in the description."""
    sample = {"bk_load": "3"}
    assert take_covariates(sample, (CMV,)) == {} and sample == {"bk_load": "3"}

"""The page on statistics names files and benchmarks that exist, and the numbers of the code."""

import re

import pytest

from benchmarks.__main__ import names
from features.settings import REPOSITORY
from models.hazard_model import CORE_SD, DRIFT_SD, FIRST_LANDMARK, OTHER_SD, TIME_UNIT
from models.hazard_ridge import PRIOR_EFFECTS
from models.hazard_trees import ROUNDS
from models.reasons import ORDERS
from training.cohort.infections import WINDOWS
from training.cohort.protocol import Protocol
from training.evaluation.gate import MODEL_EVENTS, SLOPE, VALIDATION_EVENTS, VALIDATION_OE
from training.evaluation.joint.challenger import ERRORS
from training.evaluation.looks import ALPHA, next_look
from training.evaluation.sensitivity.imputation import IMPUTATIONS
from training.statistics.calibration.calibration_curve import CURVE_EVENTS
from training.statistics.calibration.calibration_error import SPLINE_EVENTS
from training.statistics.sizes.sample_size import required_sample_size

PAGE = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`]+)`", PAGE)
NUMBERS = {2: "two", 10: "ten"}
FIRST_OF_MANY = next_look([], "relapse", "fit", patients=frozenset({"a"}), declared=None)
SIZE = required_sample_size(24, 0.174, 0.89)
SMALL = [required_sample_size(3, prevalence, 0.7) for prevalence in (0.3, 0.1)]


def test_every_file_of_the_page_exists() -> None:
    """Paths in backquotes lead to files of the repository."""
    files = [name for name in QUOTED if re.fullmatch(r"(models|training)/[\w/]+\.py", name)]
    assert len(files) > 15
    assert [name for name in files if not (REPOSITORY / name).is_file()] == []


def test_every_benchmark_of_the_page_exists() -> None:
    """The table's second column and the text name benchmarks that can be run."""
    column = re.findall(r"^\| [^|]+ \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert len(column) >= 8
    assert set(column) <= set(names())


@pytest.mark.parametrize(
    "words",
    [
        f"under {MODEL_EVENTS} |",
        f"from {MODEL_EVENTS} | champion",
        f"slope outside {SLOPE[0]} to {SLOPE[1]:g}",
        f"with {VALIDATION_EVENTS} events",
        f"inside {VALIDATION_OE[0]} to {VALIDATION_OE[1]}",
        f"{Protocol().permutations:,} permutations",
        f"{Protocol().repeats} x {Protocol().folds} folds",
        f"landmarks {', '.join(map(str, (Protocol().landmark, *Protocol().later_landmarks)))}",
        f"ends {', '.join(map(str, Protocol().horizons))} days",
        f"worth {PRIOR_EFFECTS:g} effects at {CORE_SD} (core panel) or {OTHER_SD:.2f} (other",
        f"d has SD {DRIFT_SD}",
        f"(day - {FIRST_LANDMARK:g})/{TIME_UNIT:g}",
        f"{ORDERS} antithetic permutations",
        f"LightGBM ({ROUNDS} trees)",
        f"lower by {NUMBERS[int(ERRORS)]} standard errors",
        f"{NUMBERS[IMPUTATIONS]} tables",
        f"uncertain under {CURVE_EVENTS} events",
        f"a line under {SPLINE_EVENTS} events",
        f"spends {ALPHA}, no later fit",
        f"look k spends {ALPHA}/(k(k + 1)), {FIRST_OF_MANY.alpha} first",
        f"{Protocol().refits} refits",
        f"{Protocol().bootstraps} redraws",
        ", ".join(name for name, *_ in WINDOWS[:3]),
        f"{SIZE.patients} patients, {SIZE.events} events",
        f"{SMALL[0].patients} and {SMALL[1].patients} for 3 parameters",
    ],
)
def test_numbers_on_the_page_are_the_codes(words: str) -> None:
    """Thresholds and worked examples stand there as the code has them."""
    assert words in PAGE


def test_a_table_row_has_all_its_cells() -> None:
    """No text breaks a Markdown table."""
    width = 0
    for line in PAGE.splitlines():
        width = (width or line.count("|")) if line.startswith("|") else 0
        assert not line.startswith("|") or line.count("|") == width, line

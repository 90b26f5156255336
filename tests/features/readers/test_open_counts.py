"""Randomly damaged files give a row or a reason, never a traceback or a hang."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.pipeline.process_pool import TaskOutcome, run_tasks
from features.pipeline.sample import summarise
from features.readers.open_counts import count_file_errors, open_counts
from features.table.sample_sheet import sheet_row

CASES = 100


@dataclass(frozen=True)
class Damage:
    """A file, a seed that says how to damage it, and where to put the copy."""

    path: Path
    seed: int
    copy: Path


def damaged(damage: Damage) -> bytes:
    """Cut off, bits flipped anywhere or in the structure, a stretch zeroed or doubled."""
    rng = np.random.default_rng(damage.seed)
    raw = bytearray(damage.path.read_bytes())
    kind = damage.seed % 5
    position = int(rng.integers(len(raw)))
    if kind == 0:
        return bytes(raw[:position])
    if kind == 3:
        raw[position : position + 512] = bytes(512)
    elif kind == 4:
        raw[position:position] = raw[position : position + 64]
    else:
        end = len(raw) if kind == 1 else 6000
        for _ in range(int(rng.integers(1, 30))):
            raw[int(rng.integers(end))] ^= 1 << int(rng.integers(8))
    return bytes(raw)


def summarise_damaged(damage: Damage) -> str:
    """Write the damaged copy and read it."""
    damage.copy.write_bytes(damaged(damage))
    try:
        row = summarise(sheet_row(damage.copy, day=1, enrichment="none"))
    finally:
        damage.copy.unlink()
    return str(row["sample_id"])


def fuzz(path: Path, folder: Path, cases: int, limit: float = 30.0) -> list[TaskOutcome[str]]:
    """Damage a file in many ways, each read in a child process."""
    tasks = [Damage(path, seed, folder / f"d{seed}{path.suffix}") for seed in range(cases)]
    return list(run_tasks(summarise_damaged, tasks, 2, lambda _: limit))


def check(outcomes: list[TaskOutcome[str]], cases: int) -> None:
    """Every case answered in one sentence, most by a refusal."""
    assert sorted(o.number for o in outcomes) == list(range(cases))
    reasons = [o.reason for o in outcomes if o.reason is not None]
    assert all("\n" not in reason and reason.strip() for reason in reasons)
    counts = Counter(reason is None for reason in (o.reason for o in outcomes))
    assert counts[False] > cases // 4


def test_damaged_tenx_files_are_refused(tenx: Path, tmp_path: Path) -> None:
    """A simulated Cell Ranger .h5, damaged."""
    outcomes = fuzz(tenx, tmp_path, CASES)
    check(outcomes, CASES)
    assert not [o for o in outcomes if "must be read within" in str(o.reason)]


def test_damaged_h5ad_files_are_refused(blood: Any, tmp_path: Path) -> None:
    """The same cells as .h5ad, damaged; HDF5 itself loops on some, which end by the limit."""
    import anndata
    import pandas as pd

    var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
    path = tmp_path / "b.h5ad"
    anndata.AnnData(blood.counts, var=var).write_h5ad(path, compression="gzip")
    check(fuzz(path, tmp_path, 12, limit=4.0), 12)


def test_damaged_real_files_are_refused(carpall: Path, tmp_path: Path) -> None:
    """A real file, damaged."""
    check(fuzz(carpall / "CAR-T10593342.h5", tmp_path, 40), 40)


@given(st.binary(max_size=4000), st.sampled_from([".h5", ".h5ad", ".csv", ""]))
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_arbitrary_bytes_are_no_count_file(tmp_path: Path, content: bytes, suffix: str) -> None:
    """Whatever the name, bytes that are no HDF5 get one sentence."""
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^x.*: a count file must be"):
        open_counts(path)


def test_an_absent_file_is_reported(tmp_path: Path) -> None:
    """The name and the way out."""
    with pytest.raises(InputError, match=r"^gone\.h5: a count file must exist"):
        open_counts(tmp_path / "gone.h5")


@pytest.mark.parametrize(
    "error", [OSError("disk"), KeyError("X"), ValueError(""), RuntimeError("a\nb")]
)
def test_library_errors_become_one_sentence(error: Exception) -> None:
    """The dozen kinds of exception that readers raise all mean the same."""
    pattern = r"^f\.h5: a count file must be whole"
    with pytest.raises(InputError, match=pattern) as error_info, count_file_errors(Path("f.h5")):
        raise error
    assert "\n" not in str(error_info.value)


def test_our_mistakes_are_not_taken_for_damage() -> None:
    """An AssertionError or AttributeError stays what it is."""
    with pytest.raises(AttributeError), count_file_errors(Path("f.h5")):
        raise AttributeError("ours")

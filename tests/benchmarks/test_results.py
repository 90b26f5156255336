"""Results of long benchmarks survive an interruption and die with the code that made them."""

from pathlib import Path

import pytest

from benchmarks import _results


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of state of this test's own."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    return tmp_path / "benchmarks" / "sums.jsonl"


def test_an_interrupted_run_goes_on(room: Path) -> None:
    """What was done before the interruption, a torn last line aside, is not done again."""
    asked: list[int] = []

    def work(a: int, b: int) -> dict[str, int]:
        asked.append(a)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return {"sum": a + b}

    tasks = [(a, 10) for a in range(4)]
    with pytest.raises(KeyboardInterrupt):
        _results.remembered("sums", tasks, work)
    room.write_text(room.read_text() + '\n{"code": "torn', encoding="utf-8")
    found = _results.remembered("sums", tasks, work)
    assert [result["sum"] for result in found] == [10, 11, 12, 13]
    assert asked == [0, 1, 2, 2, 3]
    assert [result["sum"] for result in _results.remembered("sums", tasks, work)] == [
        10,
        11,
        12,
        13,
    ]
    assert len(asked) == 5


def test_other_code_begins_anew(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of other code do not count; those of this code do again when it comes back."""
    _results.remembered("sums", [(1,)], lambda a: {"sum": a})
    with monkeypatch.context() as other:
        other.setattr(_results, "digest", lambda start: "other")
        assert _results.remembered("sums", [(1,)], lambda a: {"sum": 2 * a}) == [{"sum": 2}]
    assert _results.remembered("sums", [(1,)], lambda a: {"sum": 3 * a}) == [{"sum": 1}]

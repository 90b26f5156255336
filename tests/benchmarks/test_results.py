"""Results of long benchmarks survive an interruption and count only for the code they come from."""

from pathlib import Path

import pytest

from benchmarks import _results


@pytest.fixture
def cache_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache file, in a folder of this test's own."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    return tmp_path / "benchmarks" / "sums.jsonl"


def test_an_interrupted_run_is_resumed(cache_file: Path) -> None:
    """Results before the interruption are not computed again, except that of a torn last line."""
    calls: list[int] = []

    def work(a: int, b: int) -> dict[str, int]:
        calls.append(a)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return {"sum": a + b}

    tasks = [(a, 10) for a in range(4)]
    with pytest.raises(KeyboardInterrupt):
        _results.cached_results("sums", tasks, work)
    cache_file.write_text(cache_file.read_text() + '\n{"code": "torn', encoding="utf-8")
    results = _results.cached_results("sums", tasks, work)
    assert [result["sum"] for result in results] == [10, 11, 12, 13]
    assert calls == [0, 1, 2, 2, 3]
    assert [result["sum"] for result in _results.cached_results("sums", tasks, work)] == [
        10,
        11,
        12,
        13,
    ]
    assert len(calls) == 5


def test_other_code_begins_anew(cache_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of other code do not count; this code's own count again once it is back."""
    _results.cached_results("sums", [(1,)], lambda a: {"sum": a})
    with monkeypatch.context() as other_code:
        other_code.setattr(_results, "digest", lambda start: "other")
        assert _results.cached_results("sums", [(1,)], lambda a: {"sum": 2 * a}) == [{"sum": 2}]
    assert _results.cached_results("sums", [(1,)], lambda a: {"sum": 3 * a}) == [{"sum": 1}]

"""Cache of the results of long benchmarks, so that an interrupted run can be resumed.

One JSON line a result under var/benchmarks/. A line counts only for the code that made it: the
benchmark's module and all our modules that it imports, see `benchmarks._depends`.
"""

import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks._depends import digest
from features.settings import var_dir
from training.jobs import progress_bars


def cached_results(
    name: str, tasks: Iterable[tuple[Any, ...]], work: Callable[..., dict[str, Any]]
) -> list[dict[str, Any]]:
    """`work(*task)` of every task, from the file if it is there, with a progress bar.

    `name` names the file; tasks are tuples of numbers and strings; results are JSON-able.
    """
    path = var_dir() / "benchmarks" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    code, tasks = digest(Path(inspect.getfile(work)).resolve()), list(tasks)
    cache = {tuple(task): result for task, result in _lines(path, code)}
    with progress_bars() as report, path.open("a", encoding="utf-8") as file:
        for number, task in enumerate(tasks, 1):
            if task not in cache:
                cache[task] = work(*task)
                line = {"code": code, "task": list(task), "result": cache[task]}
                # The line break comes first, so that a torn line never joins the next one.
                file.write("\n" + json.dumps(line))
                file.flush()
            report(name, number, len(tasks))
    return [cache[task] for task in tasks]


def _lines(path: Path, code: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Tasks and results of this code; a line cut off by an interruption is skipped."""
    if not path.exists():
        return
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if line["code"] == code:
            yield line["task"], line["result"]

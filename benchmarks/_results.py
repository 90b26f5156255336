"""Results of long benchmarks, kept as they come, so that an interrupted run goes on.

One JSON line a result under var/benchmarks/. A line counts only for the code version that made it:
the commit, and the content of the packages when the working tree differs from it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from features.settings import REPOSITORY, var_dir
from training.progress import bars

PACKAGES = ("features", "models", "training")


def code_digest() -> str:
    """SHA-256 over the Python files and tables of the packages that results depend on."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).glob("*")):
            if path.suffix in (".py", ".csv", ".json"):
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def remembered(
    name: str, tasks: Iterable[tuple[Any, ...]], work: Callable[..., dict[str, Any]]
) -> list[dict[str, Any]]:
    """`work(*task)` of every task, from the file where it was done before, with a progress bar.

    `name` names the file; tasks are tuples of numbers and strings; results are JSON-able.
    """
    path = var_dir() / "benchmarks" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    code, tasks = code_digest(), list(tasks)
    known = {tuple(task): result for task, result in _lines(path, code)}
    results = []
    with bars() as report, path.open("a", encoding="utf-8") as file:
        for done, task in enumerate(tasks, 1):
            if task not in known:
                known[task] = work(*task)
                line = {"code": code, "task": list(task), "result": known[task]}
                # The line break stands first, so that a torn line never joins a whole one.
                file.write("\n" + json.dumps(line))
                file.flush()
            results.append(known[task])
            report(name, done, len(tasks))
    return results


def _lines(path: Path, code: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Tasks and results of this code; a line cut off by an interruption is passed over."""
    if not path.exists():
        return
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if line["code"] == code:
            yield line["task"], line["result"]

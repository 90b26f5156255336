"""A count file read in a process of its own, which memory and time limits may end.

Run as `python -m serving.uploads.reader_process`; the request comes as one JSON line on standard
input, the answer leaves as one on standard output. A crafted file can exhaust or crash this
process, not the worker.
"""

import json
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MB = 1024 * 1024
# Address space: about 1.5 GB are the libraries', the rest holds 400 bytes a cell and the chunks.
MEMORY = 6144 * MB
CPU_SECONDS = 600
# What the child itself may write: numba's cache and nothing near a count file's size.
LARGEST_FILE = 64 * MB


def limit() -> None:
    """Take memory, processor time, core dumps and large files away from this process."""
    _lower(resource.RLIMIT_AS, MEMORY)
    _lower(resource.RLIMIT_CPU, CPU_SECONDS)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, LARGEST_FILE)


def _lower(which: int, value: int) -> None:
    _, most = resource.getrlimit(which)
    allowed = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(which, (allowed, most))


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The row; or one sentence on the cells (`refused`) or the request (`problem`); or neither."""
    from features.errors import InputError, Refusal
    from features.pipeline.sample import summarise
    from features.table.sample_sheet import sheet_row
    from serving.requests_responses.row_json import to_json

    try:
        row = summarise(sheet_row(Path(request["path"]), **request["sample"]))
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except InputError as problem:
        return {"problem": str(problem)}
    except MemoryError:
        return {"beyond_limits": True}
    return {"row": to_json(row)}


def main() -> None:
    """Read one request, answer it, end."""
    limit()
    from features.settings import prepare_libraries

    prepare_libraries()
    request = json.loads(sys.stdin.readline())
    json.dump(answer(request), sys.stdout, allow_nan=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

"""Reader process: read one count file under memory and time limits (setrlimit).

Run as `python -m serving.uploads.reader_process`. The request is one JSON line on standard input,
the answer one JSON line on standard output. A crafted file can exhaust or crash this process, but
not the worker.
"""

import json
import math
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from serving.requests_responses.row_json import RowDocument

MB = 1024 * 1024
# Address space: the libraries take about 1.5 GB, the rest holds 400 bytes a cell and the chunks.
MEMORY = 6144 * MB
# Processor time of the reading alone: imports, and loops compiled at the first start, are ours.
CPU_SECONDS = 600
# What the process itself may write: a packed count file unpacked, as large as an upload may be.
LARGEST_FILE = 4096 * MB
SEVERAL_SAMPLES = (
    "upload: a count file must hold one sample, but this archive holds several; unpack it and "
    "upload the files of one sample"
)


class ReaderRequest(TypedDict):
    """The file to read, and the sample as the caller described it (columns of the sample sheet)."""

    path: str
    sample: Mapping[str, str | int | float | None]


class ReaderAnswer(TypedDict, total=False):
    """One of: the row; why the cells cannot give one; what is wrong with the request; a limit.

    `beyond_limits`: reading the file takes more than this process may. `no_time`: the machine had
    no time or memory for it, which says nothing about the file.
    """

    row: RowDocument
    refused: str
    problem: str
    beyond_limits: bool
    no_time: bool


def limit() -> None:
    """Limit this process's memory and files, and forbid core dumps."""
    _lower(resource.RLIMIT_AS, MEMORY)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, LARGEST_FILE)


def limit_processor_time(seconds: int = CPU_SECONDS) -> None:
    """Limit the processor time from now on; beyond it a signal (SIGXCPU) ends this process."""
    _lower(resource.RLIMIT_CPU, math.ceil(time.process_time()) + seconds)


def _lower(which: int, value: int) -> None:
    # The hard limit stays: at a hard limit of processor time the signal would be SIGKILL, which
    # cannot be told from the system's when memory runs out.
    _, most = resource.getrlimit(which)
    lower = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(which, (lower, most))


def answer(request: ReaderRequest) -> ReaderAnswer:
    """The row of a count file, or one sentence that says why there is none.

    Its processor time is limited from where everything is imported.
    """
    from features.errors import InputError, Refusal
    from features.pipeline.sample import summarise
    from features.readers.text_files.mtx_folder import SeveralSamples
    from features.table.sample_sheet import sheet_row
    from serving.requests_responses.row_json import to_json

    limit_processor_time()
    try:
        sample = sheet_row(Path(request["path"]), **request["sample"])  # type: ignore[arg-type]  # JSON
        row = summarise(sample)
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except SeveralSamples:  # its message names the files inside, which may tell who a patient is
        return {"problem": SEVERAL_SAMPLES}
    except InputError as problem:
        return {"problem": str(problem)}
    except MemoryError:
        return {"beyond_limits": True}
    return {"row": to_json(row)}


def main() -> None:
    """Read one request and answer it."""
    limit()
    from features.settings import prepare_libraries

    prepare_libraries()
    request = json.loads(sys.stdin.readline())
    # What an archive unpacks to goes with the upload's folder, also when a limit ends this process.
    tempfile.tempdir = str(Path(request["path"]).parent)
    json.dump(answer(request), sys.stdout, allow_nan=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

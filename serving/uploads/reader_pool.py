"""Reader pool: a worker's limited number of reader processes, one for each upload."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from features.table.row import Row
from serving.requests_responses import row_json
from serving.uploads.reader_process import ReaderAnswer, ReaderRequest
from serving.uploads.upload import Upload
from serving.web.problems import Problem

WALL_SECONDS = 900.0
# Reader processes of one worker at once, and uploads that may arrive or wait for one.
CHILDREN = 2
WAITING = 8
PROJECT = Path(__file__).resolve().parents[2]
log = logging.getLogger("bentoml.cd7watch")

BUSY = "Too many count files are being read at once; try again in half a minute."
BEYOND = (
    "A count file must be readable within this service's memory and time, and reading this one "
    "went beyond them; summarise it with `cd7watch features` on a larger machine."
)


class Readers:
    """Limits how many count files one worker receives and reads at once."""

    def __init__(self) -> None:
        self._n_uploads = 0
        self._children = asyncio.Semaphore(CHILDREN)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """One of the places for an upload; raises Problem 503 when all are taken."""
        if self._n_uploads >= WAITING:
            raise Problem(503, BUSY, headers={"Retry-After": "30"})
        self._n_uploads += 1
        try:
            yield
        finally:
            self._n_uploads -= 1

    async def read(self, upload: Upload) -> Row:
        """The features of an uploaded sample; raises Problem 422 with the reason for none."""
        async with self._children:
            answer = await _read_in_child({"path": str(upload.path), "sample": upload.sample})
        if "refused" in answer:
            raise Problem(422, f"This sample's cells cannot carry features: {answer['refused']}")
        if "problem" in answer:
            raise Problem(422, answer["problem"])
        if "row" not in answer:
            raise Problem(422, BEYOND)
        row: Row = row_json.from_json(answer["row"])
        return {**row, **upload.covariates}


async def _read_in_child(request: ReaderRequest) -> ReaderAnswer:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "serving.uploads.reader_process",
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WALL_SECONDS):
            output, errors = await child.communicate(json.dumps(request).encode() + b"\n")
    except TimeoutError:
        return {}
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode == 0:
        return cast("ReaderAnswer", json.loads(output.splitlines()[-1]))
    return _answer_of_ended(child.returncode or 0, errors)


def _answer_of_ended(code: int, errors: bytes) -> ReaderAnswer:
    """Nothing for a child that a signal ended: a limit or a crafted file. Else the fault is ours.

    Raises RuntimeError with the type of the child's exception.
    """
    if code < 0 or b"MemoryError" in errors:
        return {}
    # The exception's type alone, because its message may repeat what is in the file.
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
    raise RuntimeError(f"the reading process ended with code {code}: {last[0].split(':')[0]}")

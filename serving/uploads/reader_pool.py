"""Reader pool: a worker's limited number of reader processes, one for each upload."""

import asyncio
import json
import logging
import signal
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

# Time on the clock for an upload to wait for a reader and be read, below that after which a job
# counts as lost (`serving.storage.jobs`). A busy machine may need it all: no file is blamed for it.
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
NO_TIME = (
    "This service was too busy to read the count file, about which this says nothing; send it "
    "again in a few minutes."
)
AGAIN_SECONDS = "300"


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
        """The features of an uploaded sample; raises Problem 422 with the reason for none.

        503 where this machine, not the file, is the reason: no reader was free in time, or it got
        too little time or memory.
        """
        answer = await self._answer({"path": str(upload.path), "sample": upload.sample})
        if "no_time" in answer:
            raise Problem(503, NO_TIME, headers={"Retry-After": AGAIN_SECONDS})
        if "refused" in answer:
            raise Problem(422, f"This sample's cells cannot carry features: {answer['refused']}")
        if "problem" in answer:
            raise Problem(422, answer["problem"])
        if "row" not in answer:
            raise Problem(422, BEYOND)
        row: Row = row_json.from_json(answer["row"])
        return {**row, **upload.covariates}

    async def _answer(self, request: ReaderRequest) -> ReaderAnswer:
        try:
            async with asyncio.timeout(WALL_SECONDS), self._children:
                return await _read_in_child(request)
        except TimeoutError:
            return {"no_time": True}


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
        output, errors = await child.communicate(json.dumps(request).encode() + b"\n")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode == 0:
        return cast("ReaderAnswer", json.loads(output.splitlines()[-1]))
    return _answer_of_ended(child.returncode or 0, errors)


def _answer_of_ended(code: int, errors: bytes) -> ReaderAnswer:
    """A limit for a child that a signal or its memory ended; else the fault is ours.

    SIGXCPU is the limit of processor time, SIGSEGV and the like a crafted file; SIGKILL comes from
    a system without memory. Raises RuntimeError with the type of the child's exception.
    """
    if code == -signal.SIGKILL:
        return {"no_time": True}
    if code < 0 or b"MemoryError" in errors:
        return {"beyond_limits": True}
    # The exception's type alone, because its message may repeat what is in the file.
    last = errors.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
    raise RuntimeError(f"the reading process ended with code {code}: {last[0].split(':')[0]}")

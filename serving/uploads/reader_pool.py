"""Reader processes from the worker's side: start one, give it the upload, take its row."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.table.row import Row
from serving.requests_responses import row_json
from serving.uploads.upload import Upload
from serving.web.problems import Problem

WALL_SECONDS = 900.0
# Children at once in one worker, and uploads that may be on their way or wait for one.
CHILDREN = 2
WAITING = 8
PROJECT = Path(__file__).resolve().parents[2]
log = logging.getLogger("bentoml.cd7watch")

BUSY = "Too many count files are being read at once; try again in half a minute."
BEYOND = (
    "A count file must be readable within this service's memory and time, and reading this one "
    "went beyond them; summarise it with `python -m features` on a larger machine."
)


class Readers:
    """How many count files one worker reads at once."""

    def __init__(self) -> None:
        self._inside = 0
        self._children = asyncio.Semaphore(CHILDREN)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among those that upload or wait; raises Problem 503 when all are taken."""
        if self._inside >= WAITING:
            raise Problem(503, BUSY, headers={"Retry-After": "30"})
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def read(self, upload: Upload) -> Row:
        """The features of an uploaded sample; raises Problem 422 with the reason for none."""
        async with self._children:
            found = await _ask_child({"path": str(upload.path), "sample": upload.sample})
        if "refused" in found:
            raise Problem(422, f"This sample's cells cannot carry features: {found['refused']}")
        if "problem" in found:
            raise Problem(422, found["problem"])
        if "row" not in found:
            raise Problem(422, BEYOND)
        day = found["row"]["day"]
        return row_json.from_json(found["row"]) | {"day": day}


async def _ask_child(request: dict[str, Any]) -> dict[str, Any]:
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
            said, complaint = await child.communicate(json.dumps(request).encode() + b"\n")
    except TimeoutError:
        return {}
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode == 0:
        answer: dict[str, Any] = json.loads(said.splitlines()[-1])
        return answer
    return _died(child.returncode or 0, complaint)


def _died(code: int, complaint: bytes) -> dict[str, Any]:
    """A child ended by a signal met a limit or a crafted file; any other end is our mistake."""
    if code < 0 or b"MemoryError" in complaint:
        return {}
    # The exception's type alone: its message may hold what was in the file.
    last = complaint.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
    raise RuntimeError(f"the reading process ended with code {code}: {last[0].split(':')[0]}")

"""Receive an uploaded count file: stream it to disk and read the caller's description."""

import asyncio
import json
import math
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from features.schema import Feature
from features.settings import var_dir
from features.table.sample_sheet import CELLS, NUMBERS, TEXTS
from serving.assessment.covariates import faults
from serving.web.body_limit import MB, UPLOAD_BODY
from serving.web.problems import Problem

# A sender who stops for this long is considered gone.
IDLE_SECONDS = 60.0
BUFFER = 1 * MB
FIELDS = ("day", "sample_id", "patient_id", "patient_key", CELLS, *TEXTS, *NUMBERS)
TOO_LARGE = f"A count file here holds at most {UPLOAD_BODY // MB} MB, and a larger one came."
NO_FILE = (
    "A count file is needed, and none came; send it as the body "
    "(Content-Type: application/octet-stream) or as a file part of multipart/form-data."
)

# Columns of the sample sheet, as JSON has them.
SampleValue = str | int | float | None
SampleContext = dict[str, SampleValue]


@dataclass(frozen=True)
class Upload:
    """A file on disk, and the sample as the caller described it (columns of the sample sheet).

    `patient_key` names a stored patient, whose earlier samples are the history. `covariates` are
    the values of declared columns that models in service use.
    """

    path: Path
    sample: Mapping[str, SampleValue]
    patient_key: str | None = None
    covariates: Mapping[str, float] = field(default_factory=dict)


@asynccontextmanager
async def upload_folder() -> AsyncIterator[Path]:
    """A folder for one upload, removed with everything in it at the end."""
    parent = var_dir() / "uploads"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)


async def receive_upload(request: Request, folder: Path, columns: Sequence[Feature] = ()) -> Upload:
    """Write the request's file into `folder`; raises Problem when file or context is unusable.

    `columns` are the columns beside the sample sheet's that models in service use.

    The service chooses the file's name, because messages repeat it; the content tells its format.
    """
    path = folder / "upload"
    sample: SampleContext = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        sample |= await _from_form(request, path)
    else:
        await _from_body(request, path)
    covariates = take_covariates(sample, columns)
    if any(name not in FIELDS for name in sample):
        names = (*FIELDS, *(feature.name for feature in columns))
        rule = f"each field must be one of {', '.join(names)}"
        raise Problem(422, None, [{"field": "sample", "rule": rule}])
    key = sample.pop("patient_key", None)
    sample["day"] = whole_day(sample.get("day"))
    return Upload(path, sample, None if key is None else str(key), covariates)


def take_covariates(sample: SampleContext, columns: Sequence[Feature]) -> dict[str, float]:
    """Remove the declared columns from a description, and return those that have a value.

    Raises Problem 422, which names every column whose value is no number or breaks a rule.
    """
    cells = {f.name: sample.pop(f.name) for f in columns if f.name in sample}
    values = {n: _number(cell) for n, cell in cells.items() if cell is not None and cell != ""}
    errors = [{"field": name, "rule": rule} for name, rule in faults(values, columns)]
    if errors:
        raise Problem(422, None, errors)
    return values


def _number(cell: str | int | float) -> float:
    """A cell's number; infinity, which is outside every range, for anything else."""
    try:
        value = math.inf if isinstance(cell, bool) else float(cell)
    except (ValueError, OverflowError):
        return math.inf
    return value if math.isfinite(value) else math.inf


def whole_day(value: object) -> int | None:
    """The day as a whole number, None when there is none; raises Problem for any other value.

    >>> whole_day("28"), whole_day(-5), whole_day(None), whole_day("")
    (28, -5, None, None)
    """
    if value is None or value == "":
        return None
    try:
        day = float(str(value))
    except ValueError:
        day = 0.5
    if isinstance(value, bool) or not day.is_integer():
        rule = "must be a whole number of days since infusion, or left out"
        raise Problem(422, None, [{"field": "day", "rule": rule}])
    return int(day)


async def _from_body(request: Request, path: Path) -> None:
    size = 0
    pieces: list[bytes] = []
    stream = request.stream()
    with path.open("wb") as file:
        while (piece := await _next(stream)) is not None:
            size += len(piece)
            if size > UPLOAD_BODY:
                raise Problem(413, TOO_LARGE)
            pieces.append(piece)
            if sum(map(len, pieces)) >= BUFFER:
                await run_in_threadpool(file.writelines, pieces)
                pieces = []
        await run_in_threadpool(file.writelines, pieces)
    if size == 0:
        raise Problem(422, NO_FILE)


async def _next(stream: AsyncIterator[bytes]) -> bytes | None:
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            return await anext(stream, None)
    except TimeoutError:
        raise Problem(408) from None


async def _from_form(request: Request, path: Path) -> SampleContext:
    async with _form(request) as form:
        files = [part for part in form.values() if isinstance(part, UploadFile)]
        counts = [part for part in files if part.filename]
        if len(counts) != 1:
            raise Problem(422, NO_FILE)
        with path.open("wb") as file:
            await run_in_threadpool(shutil.copyfileobj, counts[0].file, file, BUFFER)
        return _sample_part(form.get("sample"))


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    try:
        form = await request.form(max_files=2, max_fields=4)
    except HTTPException:
        raise Problem(400, "The body must be multipart/form-data, and it could not be read.") from (
            None
        )
    try:
        yield form
    finally:
        await form.close()


def _sample_part(part: object) -> SampleContext:
    """The `sample` part: a JSON object of sample-sheet columns; nothing when it is absent."""
    if part is None:
        return {}
    problem = Problem(
        422, None, [{"field": "sample", "rule": "must be a JSON object of plain values"}]
    )
    if not isinstance(part, str):
        raise problem
    try:
        context = json.loads(part)
    except ValueError:
        raise problem from None
    plain = (str, int, float, type(None))
    if not isinstance(context, dict) or not all(isinstance(v, plain) for v in context.values()):
        raise problem
    return context

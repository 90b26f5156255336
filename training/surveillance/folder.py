"""Surveillance folder: surveillance.html and its tables as CSV."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from features.atomic_write import replacing
from training.cohort.cohort import Cohort
from training.output_folder import require_own_folder
from training.surveillance.page import render
from training.surveillance.scores import reference_score
from training.surveillance.surveillance import Results, SurveillanceResult

PAGE = "surveillance.html"
TABLES = ("auc_by_landmark.csv", "lead_time.csv", "gain.csv", "visits.csv")


def write_surveillance(cohort: Cohort, results: Results, folder: Path | str) -> None:
    """Write surveillance.html and its tables into `folder`, completely or not at all.

    An earlier surveillance there is replaced; a folder with other files is refused (InputError).
    """
    folder = Path(folder)
    require_own_folder(folder, {PAGE, *TABLES}, "surveillance report")
    with replacing(folder) as draft:
        draft.mkdir()
        (draft / PAGE).write_text(render(cohort, results), encoding="utf-8")
        for name, table in tables(results).items():
            table.assign(provenance=cohort.provenance).to_csv(draft / name, index=False)


def tables(results: Results) -> dict[str, pd.DataFrame]:
    """The tables by file name, endpoints below each other."""
    by_endpoint = {
        endpoint: (result.by_landmark, result.lead_time, _gain_table(result), result.visits)
        for endpoint, result in results.items()
        if isinstance(result, SurveillanceResult)
    }
    return {
        name: _concatenated({endpoint: frames[i] for endpoint, frames in by_endpoint.items()})
        for i, name in enumerate(TABLES)
    }


def _gain_table(result: SurveillanceResult) -> pd.DataFrame:
    row: dict[str, object] = {
        "over": reference_score(result.stack.endpoint),
        "state": result.verdict.state,
        "p": result.p,
        "sentence": result.verdict.sentence,
    }
    for name, gain in (("auc", result.gain), ("share_warned", result.warned_gain)):
        row |= {f"{name}_{part}": value for part, value in gain.as_dict().items()}
    return pd.DataFrame([row])


def _concatenated(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One table, by rows: `concat` warns where an endpoint has nothing but missing values."""
    return pd.DataFrame(
        [
            {**row, "endpoint": endpoint}
            for endpoint, frame in frames.items()
            for row in frame.to_dict("records")
        ]
    )

"""Command `cd7watch training report`: test the source study's claims in a cohort."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import exits_with_sentence
from training.commands.arguments import (
    EPILOG,
    TABLE,
    folder_option,
    print_origin,
    read_cohort,
    two_tables,
)

if TYPE_CHECKING:
    from anndata import AnnData  # type: ignore[import-untyped, unused-ignore]  # no stubs


@click.command(epilog=EPILOG)
@two_tables
@folder_option("report", "index.html and tables/*.csv")
@click.option(
    "--protocol",
    default="",
    metavar="FILE",
    help="protocol.json with landmark, horizon and transplant rule; by default the standard one.",
)
@click.option(
    "--infections",
    type=TABLE,
    metavar="FILE",
    help="INFECTIONS.csv: one row an infection (patient_id, day, grade, organism).",
)
@click.option(
    "--pseudobulk",
    type=TABLE,
    metavar="FILE",
    help="Counts summed by sample and cell type, from `cd7watch features --pseudobulk`.",
)
@exits_with_sentence
def report(
    *,
    features: Path,
    outcomes: Path,
    output: Path,
    protocol: str,
    infections: Path | None,
    pseudobulk: Path | None,
) -> None:
    """Test the source study's claims in a cohort and write the results as one HTML page.

    Six themes: remission, toxicity and infections; expansion; activity of CD7-negative T cells;
    monocytes and fatal infection; S100A8/A9 and relapse; cumulative incidence. Each claim gets an
    effect with its interval, a test between patients, and p corrected over all claims.
    """
    from training.cohort.infections import check_infection_outcomes, read_infections
    from training.cohort.protocol import Protocol, read_protocol
    from training.jobs import progress_bars
    from training.study.cohort import study_cohort
    from training.study.page import write_report

    study_protocol = read_protocol(protocol) if protocol else Protocol()
    cohort = read_cohort(features, outcomes, study_protocol)
    table = read_infections(infections, cohort.outcomes.infusion_dates) if infections else None
    if table is not None:
        check_infection_outcomes(table, cohort.outcomes)
    patients = study_cohort(cohort, study_protocol, table, _read_pseudobulk(pseudobulk))
    with progress_bars() as progress:
        study = write_report(patients, output, progress)
    for claim in study.claims:
        click.echo(f"{claim.question.section}. {claim.question.short}: {claim.verdict}")
    click.echo(f"The report is in {output}.")
    print_origin(cohort.provenance)


def _read_pseudobulk(path: Path | None) -> "AnnData | None":
    """The pseudobulk file, once the libraries that its tests need are known to be installed."""
    if path is None:
        return None
    from features.pseudobulk.pseudobulk_file import read_pseudobulk, require_anndata
    from training.study.activity.differential import need_study_extra

    require_anndata()
    need_study_extra()
    return read_pseudobulk(path)

"""`python -m training report`: the source study's claims, asked of any cohort."""

from pathlib import Path
from typing import Any

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG, TABLE, folder_option, say_origin, two_tables


@click.command(epilog=EPILOG)
@two_tables
@folder_option("report", "index.html and tables/*.csv")
@click.option(
    "--protocol",
    default="",
    metavar="FILE",
    help="protocol.json with landmark, horizon and transplant rule; without it the defaults.",
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
    help="Sums per sample and cell type from `python -m features --pseudobulk FILE.h5ad`.",
)
@exits_with_sentence
def report(
    features: Path,
    outcomes: Path,
    output: Path,
    protocol: str,
    infections: Path | None,
    pseudobulk: Path | None,
) -> None:
    """Ask the source study's claims of a cohort and write the answers as one HTML page.

    Six themes: remission, toxicity and infections; expansion; activity of CD7-negative T cells;
    monocytes and fatal infection; S100A8/A9 and relapse; cumulative incidence. Each claim gets an
    effect with its interval, a test between patients, and p corrected over all claims.
    """
    from features.table.feature_table import read_table
    from training.cohort.infections import check_against, read_infections
    from training.cohort.outcomes import read_outcomes
    from training.cohort.protocol import Protocol, read_protocol
    from training.cohort.samples import provenance, samples_from
    from training.progress import bars
    from training.study.cohort import study_cohort
    from training.study.page import write_report

    decided = read_protocol(protocol) if protocol else Protocol()
    samples, known = samples_from(read_table(features)), read_outcomes(outcomes)
    table = read_infections(infections) if infections else None
    if table is not None:
        check_against(table, known)
    cohort = study_cohort(samples, known, decided, table, _sums(pseudobulk))
    with bars() as progress:
        study = write_report(cohort, output, progress)
    for claim in study.claims:
        click.echo(f"{claim.question.section}. {claim.question.short}: {claim.verdict}")
    click.echo(f"The report is in {output}.")
    say_origin(provenance(samples, known))


def _sums(path: Path | None) -> Any:
    """The pseudobulk file, after what its tests need is known to be there."""
    if path is None:
        return None
    from features.pseudobulk.pseudobulk_file import read_pseudobulk, require_anndata
    from training.study.activity.differential import need_study_extra

    require_anndata()
    need_study_extra()
    return read_pseudobulk(path)

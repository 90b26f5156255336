"""`cd7watch features samples`: draft a sample sheet from a pooled file or a folder of files."""

from pathlib import Path

import click

from features.errors import InputError, exits_with_sentence
from features.notices import RESEARCH_USE_ONLY
from features.output_files import make_folder
from features.settings import prepare_libraries


@click.command(
    name="samples",
    help=(
        "Draft a sample sheet: one line for each sample in SOURCE, a pooled count file or a folder "
        "of count files. What the files do not say stays blank and is listed.\n\n"
        f"{RESEARCH_USE_ONLY}"
    ),
)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("samples.csv"),
    show_default=True,
    help="Sheet to write; an existing file is never replaced.",
)
@click.option("--sample", metavar="OBS_COLUMN", help="Column of obs that names samples.")
@click.option("--patient", metavar="OBS_COLUMN", help="Column of obs that names patients.")
@click.option("--day", metavar="OBS_COLUMN", help="Column of obs that names days.")
@click.option(
    "--baseline-day",
    type=int,
    metavar="DAY",
    help="Day of samples called baseline or pre-infusion, such as -5.",
)
@click.option(
    "--barcodes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Table of a demultiplexing tool (demuxlet, souporcell, vireo, HTODemux, ...).",
)
@exits_with_sentence
def samples(
    *,
    source: Path,
    output: Path,
    sample: str | None,
    patient: str | None,
    day: str | None,
    baseline_day: int | None,
    barcodes: Path | None,
) -> None:
    """Write the sheet, and print each sample with its number of cells and what is left blank."""
    prepare_libraries()
    from features.pipeline.draft_lines import blank_cells, write_draft
    from features.pipeline.sheet_draft import ObsColumns, draft_sheet

    if not source.exists():
        raise InputError(
            f"SOURCE must be a count file or a folder of count files, but {source} does not exist; "
            "check its path."
        )
    if output.exists():
        raise InputError(
            f"A draft never replaces a file, but {output} exists; name another with -o."
        )
    columns = ObsColumns(sample, patient, day, baseline_day, barcodes)
    draft = draft_sheet(source, columns)
    make_folder(output.parent)
    write_draft(output, draft.lines)
    for line in draft.lines:
        n_cells = "? cells" if line.n_cells is None else f"{line.n_cells:,} cells"
        click.echo("  ".join(filter(None, [line.sample_id, n_cells, line.cells])))
    for note in draft.notes:
        click.echo(note, err=True)
    blanks = blank_cells(draft.lines)
    n_samples = f"{len(draft.lines)} sample{'s' * (len(draft.lines) > 1)}"
    click.echo(f"{output}: {n_samples}. Blank, for you to fill in: "
               f"{'; '.join(blanks)}.")  # fmt: skip

"""python -m features: a sheet of samples, or one count file, becomes a feature table."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import InputError, exits_with_sentence
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from features.settings import prepare_libraries

if TYPE_CHECKING:
    from features.table.row import Refused
    from features.table.sample_sheet import SheetRow


@click.command(
    help=f"Turn SAMPLES.csv, or one count file, into a feature table.\n\n{RESEARCH_USE_ONLY}"
)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("features.parquet"),
    show_default=True,
    help="Parquet file to write.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    default=2,
    show_default=True,
    help="Child processes that read samples.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786.")
@click.option("--labels", metavar="OBS_COLUMN", help="Use your own cell types from this column.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Quality report with pictures.  [default: the output's name with .html]",
)
@click.option(
    "--pseudobulk",
    type=click.Path(path_type=Path),
    metavar="FILE.h5ad",
    help="Also sum every gene by sample and cell group (a second pass).",
)
@click.option(
    "--day",
    type=int,
    default=0,
    show_default=True,
    help="Day since infusion, when SOURCE is one count file.",
)
@click.option(
    "--enrichment",
    type=click.Choice(["none", "sorted", "product"]),
    help="How the cells of one count file were chosen; composition needs 'none'.",
)
@click.option("--car-gene", metavar="NAME", help="CAR sequence in one count file's reference.")
@exits_with_sentence
def main(
    source: Path,
    output: Path,
    processes: int,
    scheduler: str | None,
    labels: str | None,
    report: Path | None,
    pseudobulk: Path | None,
    day: int,
    enrichment: str | None,
    car_gene: str | None,
) -> None:
    """Write the table, name the refused samples on standard error."""
    prepare_libraries()
    if pseudobulk is not None:
        from features.pseudobulk.pseudobulk_file import need_anndata

        need_anndata()
    # numba reads its cache folder when it is first imported, hence only now.
    from features.pipeline.many_samples import summarise_samples
    from features.report.page import write_report
    from features.table.feature_table import write_table
    from features.table.sample_sheet import read_sheet, sheet_row

    if not source.exists():
        raise InputError(
            f"SOURCE must be a sample sheet or a count file, but {source} does not exist; "
            "check its path."
        )
    single = sheet_row(
        source, day=day, sample_id=source.stem, patient_id=source.stem,
        enrichment=enrichment, car_gene=car_gene,
    )  # fmt: skip
    samples = read_sheet(source) if source.suffix == ".csv" else [single]
    output.parent.mkdir(parents=True, exist_ok=True)
    journal = output.with_name(f".{output.name}.unfinished")
    cohort = summarise_samples(samples, processes, True, labels, scheduler, journal)
    _name_refused(cohort.refused)
    page = report or output.with_suffix(".html")
    write_report(page, cohort)
    write_table(output, cohort.rows, cohort.refused)
    if pseudobulk is not None:
        usable = {row["sample_id"] for row in cohort.rows}
        again = [sample for sample in samples if sample.sample_id in usable]
        _write_pseudobulk(pseudobulk, again, cohort.refused, (processes, True, labels, scheduler))
    journal.unlink(missing_ok=True)
    _say_done(
        output, page, len(cohort.rows), any(r["provenance"] == "synthetic" for r in cohort.rows)
    )


def _write_pseudobulk(
    path: Path,
    samples: "Sequence[SheetRow]",
    refused: "Sequence[Refused]",
    how: tuple[int, bool, str | None, str | None],
) -> None:
    from features.pipeline.many_samples import sum_samples
    from features.pseudobulk.pseudobulk_file import write_pseudobulk

    sums, failed = sum_samples(samples, *how)
    _name_refused(failed)
    write_pseudobulk(path, sums, [*refused, *failed])
    click.echo(f"{path}: sums of {len(sums)} samples. {RESEARCH_USE_ONLY}")


def _name_refused(refused: "Sequence[Refused]") -> None:
    for sample in refused:
        print(f"refused {sample.sample_id}: {sample.reason}", file=sys.stderr)


def _say_done(output: Path, page: Path, n: int, synthetic: bool) -> None:
    click.echo(f"{output}: {n} samples; their quality is shown in {page}.")
    click.echo(f"{SYNTHETIC + ' ' if synthetic else ''}{RESEARCH_USE_ONLY}")


if __name__ == "__main__":
    main()

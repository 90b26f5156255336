"""`cd7watch features`: make a feature table from a sheet of samples or one count file."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.errors import InputError, exits_with_sentence
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC, print_note
from features.output_files import prepare_outputs
from features.samples_command import samples
from features.settings import prepare_libraries

if TYPE_CHECKING:
    from features.celltypes.labels import LabelColumn
    from features.covariates import Covariates
    from features.pipeline.many_samples import RunResult
    from features.table.row import RefusedSample
    from features.table.sample_sheet import SheetRow

SEX = click.Choice(["female", "male"])


class FeaturesCommand(click.Command):
    """The command of SOURCE, and `samples` as the first word for a draft of the sheet.

    A file of that name is ./samples.
    """

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:  # fmt: skip
        """The context of the command that the first word chooses."""
        if args[:1] == ["samples"]:
            return samples.make_context(f"{info_name} samples", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the context was made for."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


@click.command(
    cls=FeaturesCommand,
    help=(
        "Turn SAMPLES.csv, or one count file, into a feature table.\n\n"
        "`samples SOURCE` drafts SAMPLES.csv from a pooled file or a folder of count files (see "
        f"`samples --help`).\n\n{RESEARCH_USE_ONLY}"
    ),
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
    "--label-map",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="What your labels mean, with columns label,type, where they are no usual words.",
)
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
    help="How the cells of one count file were selected; composition needs 'none'.",
)
@click.option("--car-gene", metavar="NAME", help="CAR sequence in one count file's reference.")
@click.option("--virus-genes", metavar="NAMES", help="Viruses in it: hhv6=NAME,NAME;ebv=NAME_*.")
@click.option("--patient-sex", type=SEX, help="The patient's, for one count file.")
@click.option("--donor-sex", type=SEX, help="The stem-cell donor's: counts donor cells.")
@click.option(
    "--covariates",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Declares your own columns of the sheet.  [default: covariates.toml beside the sheet]",
)
@click.option(
    "--cells",
    metavar="SELECTOR",
    help="Cells of one pooled count file: COLUMN=VALUE, barcode=GLOB or barcodes=FILE.",
)
@click.option(
    "--one-sample", is_flag=True, help="Read a file as one sample even if it seems to hold several."
)
@exits_with_sentence
def main(
    *,
    source: Path,
    output: Path,
    processes: int,
    scheduler: str | None,
    labels: str | None,
    label_map: Path | None,
    report: Path | None,
    pseudobulk: Path | None,
    day: int,
    covariates: Path | None,
    cells: str | None,
    one_sample: bool,
    **context: str | None,
) -> None:
    """Write the table and the report, and print the refused samples on standard error."""
    prepare_libraries()
    if pseudobulk is not None:
        from features.pseudobulk.pseudobulk_file import require_anndata

        require_anndata()
    # numba reads its cache folder when it is first imported, hence only now.
    from features.pipeline.many_samples import summarise_samples
    from features.report.page import write_report
    from features.table.feature_table import write_table

    covariate_rules = _read_covariates(source, covariates)
    samples = _read_samples(
        source, day, context, covariates=covariate_rules, cells=cells, one_sample=one_sample
    )
    report = report or output.with_suffix(".html")
    outputs = {"feature table": output, "report": report}
    outputs |= {"pseudobulk": pseudobulk} if pseudobulk is not None else {}
    inputs = [source, *(sample.path for sample in samples), label_map, covariates]
    prepare_outputs(outputs, [path for path in inputs if path is not None])
    label_column = _label_column(labels, label_map)
    resume_log = output.with_name(f".{output.name}.unfinished")
    run = summarise_samples(
        samples, processes, labels=label_column, scheduler=scheduler, resume_log=resume_log
    )
    _print_refused(run.refused_samples)
    _print_missing_sequences(run)
    _print_equal_rows(run)
    # The table first: a run without a usable sample must not replace the report of a good table.
    write_table(output, run.rows, run.refused_samples, covariates=covariate_rules)
    write_report(report, run)
    if pseudobulk is not None:
        _write_pseudobulk(
            pseudobulk, samples, run, processes=processes, labels=label_column, scheduler=scheduler
        )
    resume_log.unlink(missing_ok=True)
    _print_summary(output, report, run)


def _read_covariates(source: Path, path: Path | None) -> "Covariates":
    """The declared columns of the sheet; those beside it are named on standard error."""
    from features.covariates import FILE_NAME, read_covariates
    from features.table.sheet_content import is_sheet

    if path is None:
        path = source.parent / FILE_NAME
        if not is_sheet(source) or not path.is_file():
            return ()
        print(f"The sheet's own columns are those that {path} declares.", file=sys.stderr)
    elif not is_sheet(source):
        raise InputError(
            "Declared columns stand in a sample sheet, but SOURCE is one count file; leave out "
            "--covariates or write a sheet."
        )
    return read_covariates(path)


def _read_samples(
    source: Path,
    day: int,
    context: "Mapping[str, str | None]",
    *,
    covariates: "Covariates",
    cells: str | None,
    one_sample: bool,
) -> "list[SheetRow]":
    from features.table.cell_selector import ALL_CELLS, parse_selector
    from features.table.count_path import count_files
    from features.table.sample_sheet import read_sheet, sheet_row
    from features.table.sheet_content import is_sheet

    if not (source.exists() or count_files(source)):
        raise InputError(
            f"SOURCE must be a sample sheet or a count file, but {source} does not exist; "
            "check its path."
        )
    if is_sheet(source):
        rows = read_sheet(source, covariates)
    else:
        single = sheet_row(
            source, day=day, sample_id=source.stem, patient_id=source.stem,
            enrichment=context["enrichment"], car_gene=context["car_gene"],
            virus_genes=context["virus_genes"], patient_sex=context["patient_sex"],
            donor_sex=context["donor_sex"],
        )  # fmt: skip
        selector = None if cells is None else str(parse_selector(cells, Path.cwd()))
        rows = [replace(single, cells=selector)]
    return [replace(row, cells=row.cells or ALL_CELLS) for row in rows] if one_sample else rows


def _label_column(column: str | None, label_map: Path | None) -> "LabelColumn | None":
    if column is None:
        if label_map is not None:
            raise InputError(
                "--label-map says what labels mean, but --labels names no column of labels; give "
                "both."
            )
        return None
    from features.celltypes.labels import LabelColumn, read_label_map

    return LabelColumn(column, read_label_map(label_map) if label_map else ())


def _write_pseudobulk(
    path: Path,
    samples: "Sequence[SheetRow]",
    run: "RunResult",
    *,
    processes: int,
    labels: "LabelColumn | None",
    scheduler: str | None,
) -> None:
    from features.pipeline.many_samples import sum_samples
    from features.pseudobulk.pseudobulk_file import write_pseudobulk

    usable_ids = {row["sample_id"] for row in run.rows}
    usable_samples = [sample for sample in samples if sample.sample_id in usable_ids]
    sums, refused_samples = sum_samples(
        usable_samples, processes, labels=labels, scheduler=scheduler
    )
    _print_refused(refused_samples)
    write_pseudobulk(path, sums, [*run.refused_samples, *refused_samples])
    click.echo(f"{path}: sums of {len(sums)} samples. {RESEARCH_USE_ONLY}")


def _print_refused(samples: "Sequence[RefusedSample]") -> None:
    for sample in samples:
        # A reason may start with the file's name, which is the sample's when there is no sheet.
        has_name = sample.reason.startswith((f"{sample.sample_id}:", f"{sample.sample_id}."))
        name = "" if has_name else f"{sample.sample_id}: "
        print(f"refused {name}{sample.reason}", file=sys.stderr)


def _print_missing_sequences(run: "RunResult") -> None:
    from features.report.warning_texts import warning_text
    from features.table.row import warning_codes

    consequences = {
        "no_car_gene": "no CAR-T cell is counted",
        "no_virus_genes": "its RNA is not given",
    }
    for row in run.rows:
        for code, consequence in consequences.items():
            if code in warning_codes(row):
                print_note(f"{row['sample_id']}: {warning_text(code)}; {consequence}")


def _print_equal_rows(run: "RunResult") -> None:
    from features.pipeline.equal_rows import equal_rows

    for names in equal_rows(run.rows):
        print_note(f"{', '.join(names)} hold the same cells: is a file there under two names?")


def _print_summary(output: Path, report: Path, run: "RunResult") -> None:
    synthetic = any(row["provenance"] == "synthetic" for row in run.rows)
    click.echo(f"{output}: {len(run.rows)} samples; their quality is shown in {report}.")
    click.echo(f"{SYNTHETIC + ' ' if synthetic else ''}{RESEARCH_USE_ONLY}")


if __name__ == "__main__":
    main()

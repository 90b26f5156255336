"""Open a count file once for all its samples: cells of each selected, one pass, a scan of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from features.cells.antibody_matrix import add_antibody_matrix
from features.cells.antibody_rows import mark_antibody_rows
from features.cells.cell_selection import CellSelection, select_cells
from features.cells.count_content import check_layer
from features.cells.sample_evidence import check_one_sample
from features.cells.scan import Scan, scan_samples
from features.errors import InputError
from features.genes.annotation import GeneRoles, assign_roles
from features.readers.count_source import CountSource
from features.readers.open_counts import count_file_errors, open_counts
from features.table.file_samples import FileSamples
from features.table.virus_names import parse_virus_names


@dataclass(frozen=True)
class FileScan:
    """An open file, and the scan (or the fault) of each of its samples, in order, one at a time.

    `warnings` are codes of what holds for every sample of the file.
    """

    source: CountSource
    roles: GeneRoles
    scans: Iterator[Scan | InputError]
    warnings: tuple[str, ...] = ()


def scan_file(file: FileSamples, processes: int = 1) -> FileScan:
    """Read a file's samples in one pass.

    A sample whose selector is at fault has its `InputError` instead of a scan. Raises `InputError`
    when the file cannot be read, or is to be read as one sample and holds several.
    """
    with count_file_errors(file.path):
        file_source = open_counts(file.path)
        check_layer(file_source)
        source = mark_antibody_rows(file_source)
        warnings = ("untyped_antibodies",) if source is not file_source else ()
        # What is asked for each sample is read from the file once.
        source = replace(
            source,
            read_barcodes=cache(source.read_barcodes),
            read_column=cache(source.read_column),
            read_proteins=cache(source.read_proteins),
        )
        texts = file.samples[0].texts  # the same for all samples of a pass (`group_by_file`)
        viruses = parse_virus_names(texts["virus_genes"])
        roles = assign_roles(source.reference, texts["car_gene"], viruses)
        selection = _select(source, file)
        scans = scan_samples(
            source, roles, selection.sample_of_cell,
            n_samples=len(file.samples), processes=processes,
        )  # fmt: skip
        scans_with_antibodies = (add_antibody_matrix(scan, source) for scan in scans)
    return FileScan(source, roles, _with_faults(scans_with_antibodies, selection), warnings)


def _select(source: CountSource, file: FileSamples) -> CellSelection:
    """Cells of the samples to read; those of the file's other lines are only compared."""
    ids = {sample.sample_id for sample in file.samples}
    lines = [*file.samples, *(line for line in file.of_file if line.sample_id not in ids)]
    if len(lines) == 1 and lines[0].cells is None:
        check_one_sample(source)
    names = [line.sample_id for line in lines]
    sample_of_cell, faults = select_cells(source, [line.cells for line in lines], names)
    n_samples = len(file.samples)
    sample_of_cell[sample_of_cell >= n_samples] = -1
    return CellSelection(sample_of_cell, faults[:n_samples])


def _with_faults(scans: Iterator[Scan], selection: CellSelection) -> Iterator[Scan | InputError]:
    for scan, fault in zip(scans, selection.faults, strict=True):
        yield scan if fault is None else fault

"""Samples that share a count file: grouped for one pass, and lines of the sheet that may not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.table.cell_selector import parse_selector
from features.table.sample_sheet import SheetRow
from features.table.virus_names import VirusNames, parse_virus_names


@dataclass(frozen=True)
class FileSamples:
    """Samples to read from one file in one pass, and all samples of the sheet in that file.

    All of the file's are needed to see whether two selectors share cells.
    """

    samples: tuple[SheetRow, ...]
    of_file: tuple[SheetRow, ...]

    @property
    def path(self) -> Path:
        """The count file."""
        return self.samples[0].path


def one_sample(sample: SheetRow) -> FileSamples:
    """A sample that no other line shares its file with."""
    return FileSamples((sample,), (sample,))


def group_by_file(
    samples: Sequence[SheetRow], numbers: Sequence[int]
) -> list[tuple[list[int], FileSamples]]:
    """The samples of these numbers by file, in order of appearance, with their numbers.

    Samples that name different CAR or viral sequences are read in passes of their own.
    """
    of_file: dict[Path, list[SheetRow]] = {}
    for sample in samples:
        of_file.setdefault(real_path(sample), []).append(sample)
    groups: dict[tuple[Path, str | None, VirusNames], list[int]] = {}
    for number in numbers:
        texts = samples[number].texts
        viruses = parse_virus_names(texts["virus_genes"])
        key = (real_path(samples[number]), texts["car_gene"], viruses)
        groups.setdefault(key, []).append(number)
    return [
        (group, FileSamples(tuple(samples[n] for n in group), tuple(of_file[path])))
        for (path, _, _), group in groups.items()
    ]


def real_path(sample: SheetRow) -> Path:
    """The sample's count file without ./, .. and symbolic links."""
    return sample.path.resolve()


def barcode_files(sample: SheetRow) -> tuple[Path, ...]:
    """Files of barcodes that the sample's selector reads."""
    return parse_selector(sample.cells, Path("/")).files if sample.cells else ()

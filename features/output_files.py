"""Output files of a command: none may be a folder, an input or another output."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from features.errors import InputError


def prepare_outputs(outputs: Mapping[str, Path], inputs: Iterable[Path]) -> None:
    """Refuse outputs that cannot be written or would replace a file, and make their folders.

    `outputs` are paths by their name in sentences. Raises `InputError` before anything is read.
    """
    input_paths = {path.resolve() for path in inputs}
    paths: dict[Path, str] = {}
    for name, path in outputs.items():
        if path.is_dir():
            raise InputError(f"The {name} is a file, but {path} is a folder: name a file in it.")
        if path.resolve() in input_paths:
            raise InputError(
                f"The {name} would replace {path}, which is an input: name another file."
            )
        other = paths.setdefault(path.resolve(), name)
        if other != name:
            raise InputError(
                f"The {name} and the {other} must be two files, but both are {path}: name another."
            )
        make_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make the folder of an output; raises `InputError` where a file has its name."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(
            f"An output needs a folder, but {folder} is a file or lies below one: name another."
        ) from None

"""What a benchmark's results depend on: the modules that its code can import, and their tables.

Followed by reading the source, so that nothing runs: every import statement, also those inside
functions, of modules of this repository. A module reached by a computed name is not seen; the
benchmarks that keep results have none.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from features.settings import REPOSITORY

PACKAGES = ("features", "models", "training", "benchmarks")
TABLES = (".csv", ".json")  # rates, calibrations: data that modules of the folder read


def digest(start: Path, root: Path = REPOSITORY) -> str:
    """SHA-256, shortened, over what the code at `start` depends on, itself included.

    Comments, docstrings and layout do not count: they change no result.
    """
    found = hashlib.sha256()
    for path in dependencies(start, root):
        content = path.read_bytes() if path.suffix in TABLES else _meaning(path)
        name = path.relative_to(root) if path.is_relative_to(root) else path.name
        found.update(f"{name}\n{len(content)}\n".encode() + content)
    return found.hexdigest()[:16]


def dependencies(start: Path, root: Path = REPOSITORY) -> list[Path]:
    """Files of the static closure of imports from `start`, and tables beside them, sorted."""
    beside = start.with_name("__init__.py")
    waiting = [start, *([beside] if beside.is_file() else [])]
    modules = set(waiting)
    while waiting:
        new = set(_imported(waiting.pop(), root)) - modules
        modules |= new
        waiting += new
    folders = {path.parent for path in modules if _in_package(path, root)}
    tables = {path for folder in folders for path in folder.iterdir() if path.suffix in TABLES}
    return sorted(modules | tables)


def _in_package(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and path.relative_to(root).parts[0] in PACKAGES


def _imported(path: Path, root: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files(alias.name, root)
        elif isinstance(node, ast.ImportFrom):
            package = list(path.relative_to(root).parent.parts) if node.level else []
            kept = package[: len(package) - node.level + 1]
            module = ".".join([*kept, *([node.module] if node.module else [])])
            yield from _files(module, root)
            for alias in node.names:  # `from package import module`
                yield from _files(f"{module}.{alias.name}", root)


def _files(module: str, root: Path) -> Iterator[Path]:
    """The module's file and the packages it lies in; nothing for what is not ours."""
    parts = module.split(".")
    if parts[0] not in PACKAGES:
        return
    for end in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:end])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                yield path


def _meaning(path: Path) -> bytes:
    """The syntax tree without docstrings, as text."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        named = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, named) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree).encode()

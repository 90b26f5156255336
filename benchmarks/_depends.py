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

    Comments, docstrings, layout, import statements and the names of files do not count: they
    change no result. A module that is moved, split or merged keeps its results.
    """
    statements: list[bytes] = []
    for path in dependencies(start, root):
        statements += [path.read_bytes()] if path.suffix in TABLES else _statements(path)
    whole = hashlib.sha256()
    for statement in sorted(statements):
        whole.update(f"{len(statement)}\n".encode() + statement)
    return whole.hexdigest()[:16]


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


def _statements(path: Path) -> list[bytes]:
    """The syntax tree of each top-level statement, without docstrings and imports."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        named = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, named):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
            node.body = [
                one for one in node.body if not isinstance(one, ast.Import | ast.ImportFrom)
            ]
    return [ast.dump(statement).encode() for statement in tree.body]

"""Dependencies of a benchmark's results: the modules that its code can import, and their tables.

From the source, without running it: every import statement, also those inside functions, of
modules of this repository. A module imported by a computed name is not found; the benchmarks
that cache results have none.
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
    change no result. A benchmark keeps its results when a module is moved, split or merged.
    """
    statements: list[bytes] = []
    for path in dependencies(start, root):
        statements += [path.read_bytes()] if path.suffix in TABLES else _statements(path)
    sha256 = hashlib.sha256()
    for statement in sorted(statements):
        sha256.update(f"{len(statement)}\n".encode() + statement)
    return sha256.hexdigest()[:16]


def dependencies(start: Path, root: Path = REPOSITORY) -> list[Path]:
    """Files of the static closure of imports from `start`, and tables beside them, sorted."""
    package_file = start.with_name("__init__.py")
    queue = [start, *([package_file] if package_file.is_file() else [])]
    modules = set(queue)
    while queue:
        new = set(_imported(queue.pop(), root)) - modules
        modules |= new
        queue += new
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
            parents = package[: len(package) - node.level + 1]
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield from _files(module, root)
            for alias in node.names:  # `from package import module`
                yield from _files(f"{module}.{alias.name}", root)


def _files(module: str, root: Path) -> Iterator[Path]:
    """The module's file and the packages it lies in; nothing for what is not ours."""
    parts = module.split(".")
    if parts[0] not in PACKAGES:
        return
    for end in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:end])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                yield path


def _statements(path: Path) -> list[bytes]:
    """The syntax tree of each top-level statement, without docstrings and imports."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        with_docstring = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, with_docstring):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
            node.body = [
                child for child in node.body if not isinstance(child, ast.Import | ast.ImportFrom)
            ]
    return [ast.dump(statement).encode() for statement in tree.body]

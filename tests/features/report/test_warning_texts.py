"""Texts of warnings: one for every code that is written, and none besides."""

import ast
from collections.abc import Iterator
from pathlib import Path

from features.cells import file_scan
from features.genes import annotation
from features.measures import ambient_correction, blasts, fit_checks, history, missed_blasts
from features.measures.cd7 import source as cd7_source
from features.pipeline import sample_warnings
from features.report.warning_texts import NOTES, WARNINGS, warning_text
from features.table.row import Row, empty_row, warning_codes


def row(name: str, **more: float | str | None) -> Row:
    """A row of one sample."""
    return {**empty_row(), "sample_id": name, "patient_id": "P", "day": 1, **more}


# Modules that write codes, and names of what holds them there.
WRITERS = (
    annotation, file_scan, ambient_correction, blasts, cd7_source, fit_checks, history,
    missed_blasts, sample_warnings,
)  # fmt: skip
HOLDERS = {"codes", "warnings", "CD7_SOURCE_CHANGED"}


def written_codes(module: ast.AST) -> Iterator[str]:
    """Codes in functions of warnings, and in what is assigned to a holder."""
    for node in ast.walk(module):
        if (isinstance(node, ast.FunctionDef) and node.name.endswith("warnings")) or (
            isinstance(node, ast.Assign) and HOLDERS & set(map(ast.unparse, node.targets))
        ):
            yield from code_texts(node)


def code_texts(node: ast.AST) -> Iterator[str]:
    """Texts that stand in a tuple, are appended, or are the whole value."""
    for part in ast.walk(node):
        texts: list[ast.expr] = []
        if isinstance(part, ast.Tuple):
            texts = part.elts
        elif isinstance(part, ast.Call) and ast.unparse(part.func).endswith(".append"):
            texts = part.args
        elif isinstance(part, ast.Assign):
            texts = [part.value]
        for text in texts:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def test_the_words_are_those_of_the_codes_that_are_written() -> None:
    """No code without words, and no words for a code that nothing writes."""
    codes = set(annotation.COMMON_GENES)
    for module in WRITERS:
        module_codes = set(written_codes(ast.parse(Path(str(module.__file__)).read_text())))
        assert module_codes, module
        codes |= module_codes
    assert codes == set(WARNINGS)


def test_every_code_a_sample_can_carry_has_words() -> None:
    """The codes above, and those of dropped and partial panels."""
    panels = ("dropped_cd7neg_t_exhaustion", "partial_handling_stress")
    for code in (*WARNINGS, *panels):
        assert "_" not in warning_text(code), code
    assert set(WARNINGS) >= NOTES
    assert warning_codes(row("a", warnings="shallow;few_genes")) == ["shallow", "few_genes"]
    assert warning_codes(row("a")) == []

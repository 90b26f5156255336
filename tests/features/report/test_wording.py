"""Wording of the report: the main concerns of a run, in order."""

from features.pipeline.many_samples import RunResult
from features.report.wording import main_concerns
from features.table.row import RefusedSample, Row, empty_row


def row(name: str, **more: float | str | None) -> Row:
    """A row of one sample."""
    return {**empty_row(), "sample_id": name, "patient_id": "P", "day": 1, **more}


def test_the_main_concern_is_first() -> None:
    """Refusals, then warnings with the samples' names, then ambient and mitochondrial RNA."""
    rows = [
        row("a", warnings="shallow;sorted", ambient_fraction=0.2),
        row("b", warnings="shallow;dropped_cd7neg_t_activation", mito_fraction=0.3),
        row("c", ambient_fraction=0.05, mito_fraction=0.02),
    ]
    sentences = main_concerns(RunResult(rows, [RefusedSample("d", "P", 2, "too few")]))
    assert [sentence.split(" (")[0] for sentence in sentences] == [
        "1 of 4: refused, with no row in the table",
        "2 of 4: under 600 genes a cell: rare types uncertain",
        "1 of 4: Activation of CD7-negative T cells left out: under 60 % of its genes in the "
        "reference",
        "1 of 4: over 10 % ambient RNA",
        "1 of 4: over 10 % mitochondrial RNA in the median barcode",
    ]
    assert sentences[1].endswith("(a, b)")


def test_a_clean_run_has_nothing_to_look_at_first_and_many_names_are_cut() -> None:
    """No headline without content; at most six names."""
    assert main_concerns(RunResult([row("a", warnings="product;unfiltered")], [])) == []
    (many,) = main_concerns(RunResult([row(f"s{i}", warnings="few_genes") for i in range(9)], []))
    assert many.endswith("(s0, s1, s2, s3, s4, s5 and 3 more)")

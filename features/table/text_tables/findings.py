"""Faults and notes of a text table, gathered with their lines and told all at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from features.errors import InputError

MOST_FAULTS = 20  # what fits on a screen
MOST_LINES = 3


@dataclass
class Findings:
    """What was noticed in one table: faults refuse it, notes say how it was read.

    Lines are those of the file, the header's included; line 0 stands for the table as a whole.
    No sentence may hold a patient's value.
    """

    table: str
    faults: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, line: int, rule: str) -> None:
        """Add a rule that a line breaks."""
        self.faults.append((line, rule))

    def fault_lines(self, lines: Iterable[int], rule: str) -> None:
        """Add a rule that several lines break."""
        self.faults += [(line, rule) for line in lines]

    def note(self, line: int, sentence: str) -> None:
        """Add how a line was read."""
        self.notes.append((line, sentence))

    def raise_faults(self) -> None:
        """Raise one InputError with every fault, if there is any.

        >>> findings = Findings("x.csv", faults=[(2, "day is missing"), (5, "day is missing")])
        >>> findings.raise_faults()
        Traceback (most recent call last):
        features.errors.InputError: x.csv line 2 and line 5: day is missing.
        """
        sentences = _sentences(self.faults)
        if len(sentences) == 1:
            raise InputError(f"{self.table}{_colon(sentences[0])}")
        if sentences:
            first_sentences = [f"\n  {text}" for text in sentences[:MOST_FAULTS]]
            n_more = len(sentences) - len(first_sentences)
            rest = f"\n  and {n_more} more" if n_more else ""
            raise InputError(
                f"{self.table} has {len(sentences)} faults:{''.join(first_sentences)}{rest}"
            )

    def tell_notes(self, tell: Callable[[str], None]) -> None:
        """Hand each note to `tell`, equal ones once with their lines."""
        for sentence in _sentences(self.notes):
            tell(f"{self.table}{_colon(sentence)}")


def _colon(sentence: str) -> str:
    return f" {sentence}" if sentence.startswith("line ") else f": {sentence}"


def _sentences(entries: Sequence[tuple[int, str]]) -> list[str]:
    """One sentence for each rule, in the order of their first lines, with the lines that share it.

    >>> _sentences([(3, "b"), (2, "a"), (0, "c")])
    ['c.', 'line 2: a.', 'line 3: b.']
    """
    lines_of: dict[str, list[int]] = {}
    for line, rule in sorted(entries, key=lambda entry: entry[0]):
        lines_of.setdefault(rule, []).append(line)
    return [f"{_lines(lines)}{rule}." for rule, lines in lines_of.items()]


def _lines(lines: Sequence[int]) -> str:
    numbers = [f"line {line}" for line in dict.fromkeys(lines) if line]
    first_numbers = numbers[:MOST_LINES] if len(numbers) > MOST_LINES + 1 else numbers
    if not first_numbers:
        return ""
    n_more = len(numbers) - len(first_numbers)
    *first, last = [*first_numbers, f"{n_more} more"] if n_more else first_numbers
    return f"{', '.join(first)}{' and ' if first else ''}{last}: "

"""SVG elements for the pages' inline figures: text, boxes, lines, and the frame around them.

Colours are class names that style.css defines for light, dark and paper; position comes as
presentation attributes, so that a strict Content-Security-Policy holds.
"""

from collections.abc import Iterable
from html import escape

from markupsafe import Markup

# Mean width of a 12 px glyph in the widest of the fonts that style.css names (DejaVu Sans).
WIDEST_GLYPH = 6.8


def picture(
    width: int, height: int, title: str, *, parts: Iterable[str], kind: str, more: str = ""
) -> Markup:
    """A figure that scales to its column; a screen reader says its title, then `more`.

    >>> picture(10, 5, "A & B", parts=[], kind="gauge")
    Markup('<svg class="gauge" viewBox="0 0 10 5" role="img"><title>A &amp; B</title></svg>')
    """
    head = f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img">'
    spoken = f"<title>{escape(title)}</title>" + (f"<desc>{escape(more)}</desc>" if more else "")
    # Every part below escapes its own text.
    return Markup(f"{head}{spoken}{''.join(parts)}</svg>")  # noqa: S704


def text(
    x: float, y: float, words: str, *, kind: str = "", anchor: str = "", most: float = 0.0
) -> str:
    """One line of text with its baseline at (x, y), squeezed where it would be wider than `most`.

    >>> text(1, 2.5, "a < b")
    '<text x="1" y="2.5">a &lt; b</text>'
    >>> text(0, 0, "monocytes", most=20)
    '<text x="0" y="0" textLength="20" lengthAdjust="spacingAndGlyphs">monocytes</text>'
    """
    attributes = f'x="{px(x)}" y="{px(y)}"{css_class(kind)}{text_anchor(anchor)}'
    if most and len(words) * WIDEST_GLYPH > most:
        attributes += f' textLength="{px(most)}" lengthAdjust="spacingAndGlyphs"'
    return f"<text {attributes}>{escape(words)}</text>"


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A filled rectangle.

    >>> box(0, 1, 2, 3.25, "up")
    '<rect x="0" y="1" width="2" height="3.2" class="up"/>'
    """
    size = f'width="{px(max(width, 0.0))}" height="{px(height)}"'
    return f'<rect x="{px(x)}" y="{px(y)}" {size}{css_class(kind)}/>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    ends = f'x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}"'
    return f"<line {ends}{css_class(kind)}/>"


def course(points: Iterable[tuple[float, float]], kind: str) -> str:
    """Straight pieces from point to point.

    >>> course([(0, 1), (2, 3)], "low")
    '<polyline points="0,1 2,3" fill="none" class="low"/>'
    """
    through = " ".join(f"{px(x)},{px(y)}" for x, y in points)
    return f'<polyline points="{through}" fill="none"{css_class(kind)}/>'


def dot(x: float, y: float, kind: str) -> str:
    """A filled circle."""
    return f'<circle cx="{px(x)}" cy="{px(y)}" r="4"{css_class(kind)}/>'


def px(value: float) -> str:
    """A coordinate with one decimal at most.

    >>> px(1.0), px(1.25), px(-0.01)
    ('1', '1.2', '0')
    """
    rounded = f"{value:.1f}".removesuffix(".0")
    return "0" if rounded == "-0" else rounded


def css_class(kind: str) -> str:
    """A class attribute, or nothing."""
    return f' class="{kind}"' if kind else ""


def text_anchor(anchor: str) -> str:
    """Which end of the text lies at x: start (default), middle or end."""
    return f' text-anchor="{anchor}"' if anchor else ""

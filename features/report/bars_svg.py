"""Bar charts of the quality report as inline SVG."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, BAR = 220, 14
# Okabe & Ito's palette, distinguishable with any colour vision; grey for other cells.
COLOURS = ("#D55E00", "#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#E69F00", "#000000")
OTHER_COLOUR = "#BBBBBB"


def bar(value: float, maximum: float, limit: float | None = None, width: int = WIDTH) -> str:
    """One horizontal bar of value / maximum, with an optional line at a limit.

    A missing value draws no bar, so that missing never looks like zero.

    >>> "rect" in bar(5.0, 10.0), "rect" in bar(float("nan"), 10.0)
    (True, False)
    """
    parts = []
    if not math.isnan(value) and maximum > 0:
        parts.append(_rect(0.0, width * min(value / maximum, 1.0), "#0072B2"))
    if limit is not None and maximum > 0:
        x = width * min(limit / maximum, 1.0)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{BAR}" stroke="#B00020" stroke-width="2"/>'
        )
    return _svg(width, "".join(parts))


def stacked_bar(shares: Mapping[str, float], colours: Mapping[str, str], width: int = WIDTH) -> str:
    """One bar of adjoining shares (fractions of 1); missing shares are left out.

    >>> stacked_bar({"T cells": 0.6, "NK": 0.4}, {"T cells": "#000", "NK": "#111"}).count("<rect")
    2
    """
    parts, x = [], 0.0
    for name, share in shares.items():
        if math.isnan(share) or share <= 0:
            continue
        title = f"{escape(name)} {100 * share:.1f} %"
        parts.append(_rect(x, width * share, colours.get(name, OTHER_COLOUR), title))
        x += width * share
    return _svg(width, "".join(parts))


def interval_bar(low: float, high: float, value: float, width: int = WIDTH) -> str:
    """An interval of a share (0 to 1) with its estimate as a line.

    >>> picture = interval_bar(0.1, 0.3, 0.2, 100)
    >>> picture.count("<rect"), picture.count("<line")
    (1, 1)
    """
    x = width * value
    line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{BAR}" stroke="#222" stroke-width="2"/>'
    return _svg(width, _rect(width * low, width * (high - low), "#56B4E9") + line)


def legend(names: Sequence[str], colours: Mapping[str, str]) -> str:
    """Colour squares with their names."""
    squares = (
        f'<span class="key"><span style="background:{colours.get(name, OTHER_COLOUR)}"></span>'
        f"{escape(name)}</span>"
        for name in names
    )
    return "".join(squares)


def _rect(x: float, width: float, colour: str, title: str = "") -> str:
    content = f"><title>{title}</title></rect>" if title else "/>"
    return f'<rect x="{x:.1f}" y="0" width="{width:.1f}" height="{BAR}" fill="{colour}"{content}'


def _svg(width: int, content: str) -> str:
    # Hidden from screen readers, because the figure is also printed as text.
    return f'<svg width="{width}" height="{BAR}" aria-hidden="true">{content}</svg>'

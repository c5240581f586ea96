"""Standardised mean differences as dots on one scale, with the customary mark at 0.1."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dash import html

from components.strip import Scale, point, strip, ticks

LIMIT = 0.1
"""Difference above which two cohorts are usually said to be out of balance (Austin 2009)."""

DEFINITION = (
    "Standardised mean difference (SMD) of a level: share in A minus share in B, divided by the"
    " pooled standard deviation √((pA(1 − pA) + pB(1 − pB)) / 2), of those recorded. Beyond 0.1"
    " either way counts as out of balance (Austin 2009)."
)
_LEAST, _MOST = 0.2, 2.0


def smd_scale(values: Iterable[float]) -> Scale:
    """Scale around 0 that holds the differences."""
    most = max([_LEAST, *(min(abs(value), _MOST) for value in values)])
    end = min(math.ceil(10 * most / 2) / 5, _MOST)
    return Scale(-end, end, end)


def smd_words(value: float | None) -> str:
    """Difference with its sign and two decimals, ∞ for all against none; "held back" without."""
    if value is None:
        return "held back"
    text = f"{abs(value):.2f}" if math.isfinite(value) else "∞"
    return text if text == "0.00" else f"{'+' if value > 0 else '−'}{text}"


def smd_row(scale: Scale, label: str, *dots: tuple[float, str], words: str) -> html.Div:
    """One level: its name, dots as (difference, class), and the numbers in words."""
    limits = [point(scale, side * LIMIT, "smd-limit") for side in (-1, 1)]
    marks = [point(scale, value, f"smd-dot {kind}".strip()) for value, kind in dots]
    return html.Div(
        [
            html.Span(label, className="smd-label"),
            strip(scale, point(scale, 0, "smd-zero"), *limits, *marks),
            html.Span(words, className="smd-words"),
        ],
        className="smd-row",
        role="listitem",
    )


def smd_list(scale: Scale, rows: list[html.Div]) -> html.Div:
    """Rows over one axis."""
    foot = html.Div([html.Span(), ticks(scale, ""), html.Span()], className="smd-row smd-foot")
    return html.Div([html.Div(rows, role="list"), foot], className="smd-list")

"""Rows of marks on one common scale, drawn by the page: no script, prints, follows themes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dash import html

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100)
_MOST_TICKS = 5


@dataclass(frozen=True)
class Scale:
    """Linear scale from ``low`` to ``high`` with a tick every ``step``."""

    low: float
    high: float
    step: float

    def position(self, value: float) -> float:
        """Per cent of the width at which ``value`` is drawn, kept inside the strip."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    @property
    def ticks(self) -> list[float]:
        """Values that carry a tick, both ends included."""
        count = round((self.high - self.low) / self.step)
        return [round(self.low + step * self.step, 6) for step in range(count + 1)]


def scale_over(low: float, high: float, *, floor: float = -math.inf, ceiling: float) -> Scale:
    """Scale with round ends that holds ``low`` to ``high``, at most five steps wide.

    ``floor`` and ``ceiling`` are the ends that the quantity itself has.
    """
    low, high = (min(max(end, floor), ceiling) for end in (low, high))
    span = max(high - low, 4 * _STEPS[0])
    step = next((step for step in _STEPS if span / step <= _MOST_TICKS), _STEPS[-1])
    start = math.floor(low / step + 1e-9) * step
    end = max(math.ceil(high / step - 1e-9) * step, start + step)
    return Scale(start, end, step)


def strip(scale: Scale, *marks: html.Span) -> html.Span:
    """One row of marks over the scale's grid; its numbers stand in words beside it."""
    grid = f"{100 * scale.step / (scale.high - scale.low):.4f}%"
    return html.Span(
        list(marks), className="strip", style={"--grid": grid}, **{"aria-hidden": "true"}
    )


def extent(scale: Scale, start: float, end: float, class_name: str) -> html.Span:
    """Mark that reaches from ``start`` to ``end``: a band, an interval, a bar."""
    left, right = sorted((scale.position(start), scale.position(end)))
    style = {"left": f"{left}%", "width": f"{round(right - left, 2)}%"}
    return html.Span(className=f"on-strip {class_name}", style=style)


def point(scale: Scale, value: float, class_name: str) -> html.Span:
    """Mark at one value: a dot, a median, a join."""
    return html.Span(
        className=f"on-strip {class_name}", style={"left": f"{scale.position(value)}%"}
    )


def ticks(scale: Scale, unit: str) -> html.Span:
    """Numbers under the grid; the last one carries the unit."""
    last = scale.ticks[-1]
    labels = [
        html.Span(
            f"{value:g} {unit}".rstrip() if value == last else f"{value:g}",
            className="tick",
            style={"left": f"{scale.position(value)}%"},
        )
        for value in scale.ticks
    ]
    return html.Span(labels, className="strip-ticks", **{"aria-hidden": "true"})

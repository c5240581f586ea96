"""Bars that each start where the one above ends, from one value to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from dash import html
from dash.development.base_component import Component

from components import strip
from components.wording import signed

CHANGEABLE = "✎"
"""Mark of inputs that care can change."""
_TICK_CHARACTERS = 2


@dataclass(frozen=True)
class Step:
    """One bar: label, value in words, percentage points.

    ``uncertain`` where the bags disagree on its sign, ``modifiable`` where care can change the
    input, ``inner`` the bars it is the sum of.
    """

    label: str
    value: str
    points: float
    uncertain: bool = False
    modifiable: bool = False
    inner: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Measure:
    """What the bars of a waterfall measure: unit, decimals worth showing, ends of its range.

    Bars for the better look like those of a falling risk.
    """

    unit: str = "%"
    decimals: int = 1
    low: float = 0.0
    high: float = 100.0
    higher_is_better: bool = False

    @property
    def tick_unit(self) -> str:
        """Unit at the axis, where there is room for it."""
        return self.unit if len(self.unit) <= _TICK_CHARACTERS else ""


PERCENT = Measure()


def waterfall(
    begin: tuple[str, float],
    parts: Sequence[Step],
    end: tuple[str, float],
    measure: Measure = PERCENT,
) -> html.Div:
    """Bars that each start where the one above ends, from one value to another.

    Args:
        begin: label and value at the top, in the unit of the measure.
        parts: the bars between; their points add up to the difference.
        end: label and value at the bottom.
        measure: what the bars are of.
    """
    ends = list(accumulate((part.points for part in parts), initial=begin[1]))
    scale = _scale([*ends, *_inner_ends(parts, ends)], measure)
    rows = [_total(begin[0], scale, begin[1], measure)]
    rows += [
        _group(part, scale, at, measure) if len(part.inner) > 1 else _step(part, scale, at, measure)
        for part, at in zip(parts, ends, strict=False)
    ]
    rows.append(_total(end[0], scale, end[1], measure))
    axis = [html.Span(), html.Span(), strip.ticks(scale, measure.tick_unit)]
    rows.append(html.Div(axis, className="why-axis"))
    return html.Div(rows, className="why-rows")


def _inner_ends(parts: Sequence[Step], ends: Sequence[float]) -> list[float]:
    """Ends of the bars inside groups, which may reach beyond those of the groups."""
    found: list[float] = []
    for part, at in zip(parts, ends, strict=False):
        found += accumulate((inner.points for inner in part.inner), initial=at)
    return found


def _scale(ends: Sequence[float], measure: Measure) -> strip.Scale:
    low, high = min(ends), max(ends)
    margin = max(0.08 * (high - low), 10.0**-measure.decimals)
    return strip.scale_over(low - margin, high + margin, floor=measure.low, ceiling=measure.high)


def _total(label: str, scale: strip.Scale, value: float, measure: Measure) -> html.Div:
    words = f"{value:.{measure.decimals}f} {measure.unit}".rstrip()
    return html.Div(
        [
            html.Span(label, className="why-name"),
            html.Span(words, className="why-points"),
            strip.strip(scale, strip.point(scale, value, "mark-total")),
        ],
        className="why-row why-total",
    )


def _step(step: Step, scale: strip.Scale, begin: float, measure: Measure) -> html.Div:
    return html.Div(_cells(step, scale, begin, measure), className="why-row")


def _group(step: Step, scale: strip.Scale, begin: float, measure: Measure) -> html.Details:
    """A bar that opens to the bars it is made of."""
    starts = accumulate((inner.points for inner in step.inner), initial=begin)
    inner = [_step(part, scale, at, measure) for part, at in zip(step.inner, starts, strict=False)]
    summary = html.Summary(_cells(step, scale, begin, measure), className="why-row")
    return html.Details([summary, html.Div(inner, className="why-inner")], className="why-group")


def _cells(step: Step, scale: strip.Scale, begin: float, measure: Measure) -> list[Component]:
    end = begin + step.points
    worse = (step.points >= 0) != measure.higher_is_better
    direction = "mark-up" if worse else "mark-down"
    doubt = " mark-uncertain" if step.uncertain else ""
    name = [html.Span(step.label, className="why-label")]
    if step.modifiable:
        title = "care can change it"
        name.append(html.Span(CHANGEABLE, className="why-changeable", title=title))
    name.append(html.Span(step.value, className="why-value"))
    return [
        html.Span(name, className="why-name", title=f"{step.label} {step.value}".strip()),
        html.Span(
            [signed(step.points, measure.decimals), *(["?"] if step.uncertain else [])],
            className="why-points",
        ),
        strip.strip(
            scale,
            strip.extent(scale, begin, end, f"mark-bar {direction}{doubt}"),
            strip.point(scale, end, "mark-join"),
        ),
    ]

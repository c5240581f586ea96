"""Quality of life of both cohorts: means over the scheduled forms, who answered, who is worse."""

from __future__ import annotations

import numpy as np
from dash import html
from dash.development.base_component import Component

from components.chart import Figure, axis, chart, house_figure, plot
from components.cohort_curves import STYLES, ends_above, key
from components.cohort_forms import answered_chart, worse_chart
from components.cohort_words import (
    ASSOCIATION,
    about,
    held_words,
    joined,
    no_difference_words,
)
from components.data_table import data_table
from components.notices import empty
from components.panel import note
from components.wording import count_words, signed
from models.cohort.results import Difference, Point, Quality, Sides

_APART = 0.06
"""B stands this share of the gap between two forms to the right of A."""


def quality_panel(sides: Sides, found: Quality) -> list[Component]:
    """Means with intervals and differences; beside them who answered and who is worse."""
    if not any(curve.points for curve in found.curves):
        return [
            empty(
                f"No mean of {found.label}: too few patients with a form.",
                "Choose another scale, or widen the cohorts.",
            )
        ]
    means = [_means(sides, found)]
    table = quality_differences(found)
    means += [table] if table else []
    people = [answered_chart(found), worse_chart(found, important_words(found))]
    return [
        html.Div([html.Div(means), html.Div(people)], className="chart-pair"),
        note(
            about(sides, "days from the first dose"),
            " Means of those alive who answered, 95 % intervals; nothing is filled in. What is"
            " missing from a bar is held back. Worse: by"
            f" {important_words(found)} or more since the start (the change that flags one person),"
            " of those who answered both times."
            f" {held_words(found.curves)}",
        ),
    ]


def quality_finding(sides: Sides, found: Quality) -> str:
    """Both means on the last day with a difference, as a sentence."""
    if not found.differences:
        return joined(held_words(found.curves), no_difference_words(sides))
    gap = found.differences[-1]
    a, b = (curve.at(gap.time_days) for curve in found.curves)
    ends = f"{mean_words(found, a)} in A, {mean_words(found, b)} in B" if a and b else ""
    return joined(
        f"Day {gap.time_days}: {ends}; A − B {difference_words(found, gap)}",
        ASSOCIATION,
    )


def difference_words(found: Quality, gap: Difference) -> str:
    """Difference in the points of the scale with its interval."""
    places = _places(found)
    ends = f"{signed(gap.lower, places)} to {signed(gap.upper, places)}"
    return f"{signed(gap.estimate, places)} {found.unit} ({ends})".replace("  ", " ")


def quality_differences(found: Quality) -> Component | None:
    """A minus B on every form's day; None without any."""
    if not found.differences:
        return None
    rows = []
    for gap in found.differences:
        points = (curve.at(gap.time_days) for curve in found.curves)
        means = [mean_words(found, point) for point in points]
        when = f"{gap.time_days} days" if gap.time_days else "start"
        rows.append((when, *means, difference_words(found, gap)))
    heads = ("at", "A", "B", "A − B (95 % interval)")
    return data_table(f"{found.label}: difference over time", heads, rows, numbers=(1, 2, 3))


def important_words(found: Quality) -> str:
    """The important difference with its unit."""
    if found.important_difference is None:
        return "the important difference"
    return f"{found.important_difference:g} {found.unit}".rstrip()


def _places(found: Quality) -> int:
    return 3 if found.scale == "index" else 1


def mean_words(found: Quality, point: Point | None) -> str:
    """A mean with the decimals of its scale; empty without one."""
    return "" if point is None else f"{point.estimate:.{_places(found)}f}".replace("-", "−")


def quality_title(found: Quality) -> str:
    """The scale and which way is better."""
    direction = "higher is better" if found.higher_is_better else "higher is worse"
    return f"{found.label[:1].upper()}{found.label[1:]} ({direction})"


def mean_figure(found: Quality, height: int, limits: tuple[float, float] | None = None) -> Figure:
    """Means of both cohorts with their intervals.

    Args:
        found: one scale.
        height: pixels.
        limits: of the vertical axis, where several small figures share it.
    """
    days = sorted({point.time_days for curve in found.curves for point in curve.points})
    gap = _APART * min(np.diff(days), default=90)
    traces = [
        trace
        for place, curve in enumerate(found.curves)
        if curve.points
        for trace in _mean_traces(found, place, place * gap)
    ]
    end = max(days, default=1)
    title = None if limits else {"text": "days from the first dose", "standoff": 2}
    layout = {
        "xaxis": axis(
            title=title,
            tickmode="array",
            tickvals=days,
            range=[min(days, default=0) - 0.04 * end, 1.09 * end + 1],
        ),
        "yaxis": axis(title={"text": found.unit or "index"}, nticks=6, range=limits),
        "margin": {"l": 52, "r": 8, "t": 8, "b": 24 if limits else 34},
    }
    return house_figure(traces, height, **layout)


def _means(sides: Sides, found: Quality) -> Component:
    title, finding = quality_title(found), quality_finding(sides, found)
    drawing = html.Div(
        [
            plot(mean_figure(found, 260), f"{title}. {finding}", save_as="cohorts-quality"),
            key("bars: 95 % interval"),
        ]
    )
    return chart(title, finding, drawing, mean_columns(), mean_rows(found))


def _mean_traces(found: Quality, place: int, shift: float) -> list[dict[str, object]]:
    style, curve = STYLES[place], found.curves[place]
    above = ends_above(found.curves, place)
    days = np.array([point.time_days + shift for point in curve.points])
    mean, lower, upper = (
        np.array([getattr(point, name) for point in curve.points])
        for name in ("estimate", "lower", "upper")
    )
    shown = [
        f"{mean_words(found, point)}, {count_words(point.at_risk)} forms" for point in curve.points
    ]
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": style["name"],
            "x": days,
            "y": mean,
            "line": {"color": style["color"], "dash": style["dash"], "width": 2},
            "marker": {"symbol": ("circle", "square-open")[place], "size": 9},
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": upper - mean,
                "arrayminus": mean - lower,
                "color": style["color"],
                "thickness": 1.5,
                "width": 4,
            },
            "customdata": shown,
            "hovertemplate": f"{style['name']}: %{{customdata}}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "text",
            "x": days[-1:],
            "y": mean[-1:],
            "text": [f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}<b>{style['name']}</b>"],
            "textposition": "top right" if above else "bottom right",
            "hoverinfo": "skip",
            "cliponaxis": False,
        },
    ]


def mean_columns() -> tuple[str, ...]:
    """Headings of ``mean_rows``."""
    return ("day", "A mean", "A 95 %", "A forms", "B mean", "B 95 %", "B forms")


def mean_rows(found: Quality) -> list[tuple[str, ...]]:
    """Means, intervals and forms of both cohorts by day."""
    places = _places(found)
    rows = []
    for day in sorted({point.time_days for curve in found.curves for point in curve.points}):
        cells = [str(day)]
        for curve in found.curves:
            point = curve.at(day)
            cells += (
                ["", "", ""]
                if point is None
                else [
                    mean_words(found, point),
                    f"{point.lower:.{places}f} to {point.upper:.{places}f}",
                    count_words(point.at_risk),
                ]
            )
        rows.append(tuple(cells))
    return rows

"""Two curves over time with intervals, each named at its end, numbers at risk below.

Released curves are known on some days only; straight lines join them.

A is a full blue line, B a broken vermilion one; the names stand beside them, so neither the
colour nor the dash is needed to tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dash import html
from dash.development.base_component import Component

from components.chart import BLUE, GREY, VERMILION, Figure, axis, house_figure
from components.cohort_words import (
    REPORT_DAYS,
    near,
    percent,
    percent_with_interval,
    points_words,
    reached,
)
from components.data_table import data_table
from components.wording import count_words
from models.cohort.results import Curve, Difference, Pair

STYLES = (
    {"name": "A", "color": BLUE, "dash": "solid", "fill": "rgba(42,143,208,0.20)"},
    {"name": "B", "color": VERMILION, "dash": "dash", "fill": "rgba(213,94,0,0.18)"},
)
"""How A and B are drawn, everywhere."""

TWO_YEARS = 730
"""Nearly every irAE comes within two years: what comes later is in the table, not drawn."""

_LEAST_DAYS = 90
_MONTH = 30
_NEAR_AXIS = 0.08
_COLUMNS = ("day", "A (95 % interval)", "A at risk", "B (95 % interval)", "B at risk")


def last_day(*pairs: Pair) -> int:
    """Right end of the time axis of some pairs of curves."""
    return max([_LEAST_DAYS, *(reached(curve) for pair in pairs for curve in pair)])


def tick_days(until: int) -> list[int]:
    """Days on the axis, all of them days on which curves are released."""
    days = [0, 90, 180, 270, 365] if until <= 400 else [0, 180, 365, 540, 730]
    if until > 800:
        days = [0, 365, 730, 1080, 1440, 1800]
    return [day for day in days if day <= until]


def clipped(curves: Pair, until: int = TWO_YEARS) -> Pair:
    """Both curves up to a day."""
    a, b = (
        Curve(tuple(point for point in curve.points if point.time_days <= until), curve.note)
        for curve in curves
    )
    return a, b


def highest(*pairs: Pair) -> float:
    """Top of the axis of shares that rise from 0, in per cent: a multiple of 10."""
    tops = [100 * point.upper for pair in pairs for curve in pair for point in curve.points]
    return float(min(100, 10 * np.ceil(max([10.0, *tops]) / 10)))


def curve_figure(
    curves: Pair, *, title: str, top: float, until: int, days: str = "", height: int = 280
) -> Figure:
    """Both curves in per cent.

    Args:
        curves: of A and B.
        title: of the vertical axis.
        top: its upper end, per cent.
        until: last day of the horizontal axis.
        days: title of that axis; without it the figure is one of several small ones, with
            fewer words and no numbers at risk.
        height: pixels.
    """
    small = not days
    at = tick_days(until)[:: 2 if small else 1]
    traces = [
        trace
        for place, curve in enumerate(curves)
        if curve.points
        for trace in _traces(place, curve, _label_place(curves, place, top), small)
    ]
    ticks = {"tickmode": "array", "tickvals": at, "range": [-0.02 * until, 1.12 * until]}
    layout: dict[str, object] = {
        "xaxis": axis(**ticks, title=None if small else {"text": days, "standoff": 2}),
        "yaxis": axis(title={"text": title}, range=[0, top], rangemode="tozero", nticks=6),
        "margin": {"l": 52, "r": 8, "t": 8, "b": 24},
    }
    if not small:
        traces += [_at_risk(place, curve, at) for place, curve in enumerate(curves)]
        layout["yaxis"] |= {"domain": [0.29, 1]}
        layout["xaxis"] |= {"anchor": "y"}
        layout["yaxis2"] = axis(
            domain=[0, 0.13],
            range=[-0.6, 1.6],
            tickmode="array",
            tickvals=[1, 0],
            ticktext=["at risk A", "B"],
            ticklabelstandoff=14,
            showgrid=False,
        )
        layout["margin"] = {"l": 76, "r": 8, "t": 8, "b": 4}
    return house_figure(traces, height, **layout)


def ends_above(curves: Pair, place: int) -> bool:
    """Whether a curve ends above the other, so that its name collides with neither."""
    own, other = curves[place].points, curves[1 - place].points
    if not own or not other:
        return place == 0
    before = [point for point in other if point.time_days <= own[-1].time_days]
    beside = (before or other)[-1].estimate
    return place == 0 if own[-1].estimate == beside else own[-1].estimate > beside


def _label_place(curves: Pair, place: int, top: float) -> str:
    """Where a name stands by the end of its curve; never below the axis."""
    if ends_above(curves, place):
        return "top right"
    low = 100 * curves[place].points[-1].estimate < _NEAR_AXIS * top
    return "top left" if low else "bottom right"


def _traces(place: int, curve: Curve, label: str, small: bool) -> list[dict[str, object]]:
    style = STYLES[place]
    days = np.array([point.time_days for point in curve.points])
    estimate, lower, upper = (
        100 * np.array([getattr(point, name) for point in curve.points])
        for name in ("estimate", "lower", "upper")
    )
    line = {"color": style["color"], "dash": style["dash"], "width": 2}
    edge = {"width": 0, "color": style["color"]}
    base = {"type": "scatter", "mode": "lines", "x": days, "hoverinfo": "skip"}
    last = curve.points[-1]
    end = {
        **base,
        "mode": "text",
        "x": [last.time_days],
        "y": [100 * last.estimate],
        "text": [f"<b>{style['name']}</b>{'' if small else f' {percent(last.estimate)}'}"],
        "textposition": label,
        "textfont": {"size": 12},
        "cliponaxis": False,
    }
    return [
        {**base, "y": lower, "line": edge},
        {**base, "y": upper, "line": edge, "fill": "tonexty", "fillcolor": style["fill"]},
        {
            **base,
            "name": style["name"],
            "y": estimate,
            "line": line,
            "hoverinfo": "all",
            "customdata": [
                f"{percent_with_interval(point)}, {count_words(point.at_risk)} at risk"
                for point in curve.points
            ],
            "hovertemplate": f"{style['name']}, day %{{x}}: %{{customdata}}<extra></extra>",
        },
        end,
    ]


def _at_risk(place: int, curve: Curve, days: Sequence[int]) -> dict[str, object]:
    """Numbers under the axis, each below its tick; a dash beyond the end of the curve."""
    return {
        "type": "scatter",
        "mode": "text",
        "yaxis": "y2",
        "x": list(days),
        "y": [1 - place] * len(days),
        "text": [_risk_words(curve, day) for day in days],
        "textfont": {"size": 11},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _risk_words(curve: Curve, day: int) -> str:
    if day > reached(curve) or not curve.points:
        return "–"
    return count_words([point for point in curve.points if point.time_days <= day][-1].at_risk)


def curve_rows(curves: Pair) -> list[tuple[str, ...]]:
    """About monthly rows of a table, and the ends of the curves; an export has every day."""
    found = [{point.time_days: point for point in curve.points} for curve in curves]
    rows = []
    for day in _tabled({*found[0], *found[1]}, {reached(curve) for curve in curves}):
        cells = [str(day)]
        for points in found:
            point = points.get(day)
            cells += [percent_with_interval(point), count_words(point.at_risk) if point else ""]
        rows.append(tuple(cells))
    return rows


def _tabled(days: set[int], ends: set[int]) -> list[int]:
    """The first day of every month that has one, report days and ends among them."""
    months = {day // _MONTH: day for day in sorted(days, reverse=True)}
    return sorted(days & {*months.values(), *ends, *REPORT_DAYS})


def curve_columns() -> tuple[str, ...]:
    """Headings of ``curve_rows``."""
    return _COLUMNS


def differences_table(
    label: str, curves: Pair, differences: Sequence[Difference]
) -> Component | None:
    """Both shares and their difference on each day; None without any."""
    if not differences:
        return None
    rows = [
        (
            f"{one.time_days} days",
            *(near(curve, one.time_days) for curve in curves),
            points_words(one),
        )
        for one in differences
    ]
    return data_table(label, ("at", "A", "B", "A − B (95 % interval)"), rows, numbers=(1, 2, 3))


def key(interval: str = "shaded: 95 % interval") -> html.P:
    """How the cohorts and their intervals are drawn, in words and strokes."""
    return html.P(
        [
            html.Span(className="cohort-key cohort-key-a"),
            "A ",
            html.Span(className="cohort-key cohort-key-b"),
            f"B{interval and ', '}{interval}",
        ],
        className="cohort-keys",
    )


DIAGONAL = GREY
"""Colour of lines that are no cohort."""

"""Calibration by country: smooth curves, and slope and intercept before and after recalibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from dash.development.base_component import Component

from components.chart import BLUE, GREEN, GREY, PURPLE, VERMILION, axis, chart, house_figure, plot
from components.data_table import data_table
from components.panel import note
from components.performance import estimate
from components.wording import HORIZON_WORDS, outcome_title

Entry = Mapping[str, Any]

_STYLES = ((BLUE, "solid"), (VERMILION, "dash"), (GREEN, "dot"), (PURPLE, "dashdot"))


def calibration_panel(evaluation: Entry, outcome: str, horizon_days: int) -> list[Component]:
    """Curves of one outcome by country and the numbers behind recalibration; empty without any."""
    found = [
        curve
        for curve in evaluation.get("calibration_curves", [])
        if (curve["outcome"], curve["horizon_days"]) == (outcome, horizon_days)
    ]
    parts: list[Component] = []
    if found:
        parts.append(_figure(found, outcome, horizon_days))
    table = _recalibration(evaluation, outcome, horizon_days)
    if table is not None:
        parts += [
            table,
            note(
                "Before: one calibration for all countries. After: each country's own line,"
                " shrunk to the common one. A slope of 1 and an intercept of 0 are right."
            ),
        ]
    return parts


def _figure(curves: Sequence[Entry], outcome: str, horizon_days: int) -> Component:
    order = sorted(curves, key=lambda curve: curve["group"] != "all")
    traces: list[dict[str, object]] = [_diagonal(order)]
    styles = iter(_STYLES)
    for curve in order:
        color, dash = (GREY, "solid") if curve["group"] == "all" else next(styles, _STYLES[0])
        traces.append(_trace(curve, color, dash))
    title = f"{outcome_title(outcome)}, within {HORIZON_WORDS[horizon_days]}"
    finding = _finding(order)
    layout = {
        "xaxis": axis(title={"text": "predicted, %"}, rangemode="tozero"),
        "yaxis": axis(title={"text": "observed, %"}, rangemode="tozero"),
        "margin": {"l": 56, "r": 16, "t": 34, "b": 44},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.14},
    }
    drawing = plot(house_figure(traces, 320, **layout), finding)
    rows = [
        (
            _name(curve),
            f"{100 * point['predicted']:.1f}",
            f"{100 * point['observed']:.1f} ({100 * point['lower']:.1f} to"
            f" {100 * point['upper']:.1f})",
        )
        for curve in order
        for point in curve["points"][::4]
    ]
    return chart(title, finding, drawing, ("people", "predicted, %", "observed, % (95 %)"), rows)


def _trace(curve: Entry, color: str, dash: str) -> dict[str, object]:
    points = curve["points"]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _name(curve),
        "x": np.array([100 * point["predicted"] for point in points]),
        "y": np.array([100 * point["observed"] for point in points]),
        "line": {"color": color, "dash": dash, "width": 2},
        "hovertemplate": f"{_name(curve)}: predicted %{{x:.1f}} %, observed %{{y:.1f}} %"
        "<extra></extra>",
    }


def _diagonal(curves: Sequence[Entry]) -> dict[str, object]:
    highest = max(100 * curve["points"][-1]["predicted"] for curve in curves)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.array([0, highest]),
        "y": np.array([0, highest]),
        "line": {"color": GREY, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _name(curve: Entry) -> str:
    return "all" if curve["group"] == "all" else str(curve["level"])


def _finding(curves: Sequence[Entry]) -> str:
    distances = ", ".join(f"{_name(curve)} {100 * curve['ici']:.1f}" for curve in curves)
    return (
        "The dotted diagonal is right. Mean distance of predicted and observed risk, percentage"
        f" points: {distances}."
    )


def _recalibration(evaluation: Entry, outcome: str, horizon_days: int) -> Component | None:
    def chosen(entry: Entry) -> bool:
        return (entry["outcome"], entry["horizon_days"]) == (outcome, horizon_days)

    before = {e["level"]: e for e in evaluation.get("before_recalibration", []) if chosen(e)}
    after = {
        e["level"]: e
        for e in evaluation.get("results", [])
        if e["group"] == "country" and chosen(e)
    }
    if not before:
        return None
    rows = [
        (
            level,
            estimate(before[level], "slope"),
            estimate(after[level], "slope"),
            estimate(before[level], "intercept"),
            estimate(after[level], "intercept"),
        )
        for level in sorted(before)
        if level in after
    ]
    heads = ("Country", "Slope before", "Slope after", "Intercept before", "Intercept after")
    return data_table(
        "Calibration by country before and after recalibration", heads, rows, numbers=range(1, 5)
    )

"""Decision curve with a threshold to choose: what flagging would bring, per 100 patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from dash.development.base_component import Component

from components.chart import BAND, BLUE, GREY, VERMILION, axis, chart, house_figure, plot
from components.wording import HORIZON_WORDS, count_words, outcome_title

Entry = Mapping[str, Any]

_ENDS = ("model_lower", "model_upper")
_SHOWN_BELOW = -0.02  # net benefits further down say no more


def decision_panel(
    evaluation: Entry, outcome: str, horizon_days: int, threshold: float
) -> list[Component]:
    """Net benefit over thresholds, and the chosen one in words; empty without an evaluation."""
    entry = next(
        (
            one
            for one in evaluation.get("net_benefit", [])
            if (one["outcome"], one["horizon_days"]) == (outcome, horizon_days) and one["points"]
        ),
        None,
    )
    if entry is None:
        return []
    points: Sequence[Entry] = entry["points"]
    chosen = min(points, key=lambda point: abs(point["threshold"] - threshold))
    title = f"{outcome_title(outcome)}, within {HORIZON_WORDS[horizon_days]}"
    finding = threshold_sentence(chosen, entry["n"])
    rows = [
        (
            f"{100 * point['threshold']:.0f} %",
            f"{point['flagged']:.1f}",
            f"{point['true_alarms']:.1f}",
            f"{point['false_alarms']:.1f}",
            f"{point['missed']:.1f}",
            _with_ends(point),
            f"{point['flag_all']:.4f}",
        )
        for point in points
    ]
    columns = (
        "threshold",
        "flagged of 100",
        "true alarms",
        "false alarms",
        "missed",
        "net benefit (95 %)",
        "of flagging all",
    )
    return [chart(title, finding, plot(_figure(points, chosen), finding), columns, rows)]


def threshold_sentence(point: Entry, people: int) -> str:
    """One threshold in words: of 100 patients, and of 100 flagged."""
    flagged, true = point["flagged"], point["true_alarms"]
    if flagged < 0.05:
        return f"Nobody of {count_words(people)} has a risk of {100 * point['threshold']:.0f} %."
    right = 100 * true / flagged
    return (
        f"Flagging from {100 * point['threshold']:.0f} % on: of 100 patients {flagged:.0f} are"
        f" flagged and {point['missed']:.1f} are missed; of 100 flagged {right:.0f} are true and"
        f" {100 - right:.0f} false alarms (n = {count_words(people)})."
    )


def _with_ends(point: Entry) -> str:
    """Net benefit with its interval, where the evaluation has one: older ones had not."""
    words = f"{point['model']:.4f}"
    if any(key not in point for key in _ENDS):
        return words
    return f"{words} ({point['model_lower']:.4f} to {point['model_upper']:.4f})"


def _figure(points: Sequence[Entry], chosen: Entry) -> dict[str, Any]:
    threshold = np.array([100 * point["threshold"] for point in points])
    traces: list[dict[str, object]] = []
    if all(key in point for point in points for key in _ENDS):
        ends = [[max(point[key], _SHOWN_BELOW) for point in points] for key in _ENDS]
        band: dict[str, object] = {
            "type": "scatter",
            "mode": "lines",
            "x": np.concatenate([threshold, threshold[::-1]]),
            "y": np.array([*ends[0], *reversed(ends[1])]),
            "fill": "toself",
            "fillcolor": BAND,
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
        traces.append(band)
    for name, key, color, dash in (
        ("the models", "model", BLUE, "solid"),
        ("flag all", "flag_all", VERMILION, "dash"),
    ):
        values = np.array([point[key] for point in points])
        seen = values >= _SHOWN_BELOW
        last = int(np.flatnonzero(seen)[-1]) if seen.any() else 0
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+text",
                "x": threshold[seen],
                "y": values[seen],
                "text": ["" if place != last else name for place in np.flatnonzero(seen)],
                "textposition": "top right",
                "cliponaxis": False,
                "line": {"color": color, "dash": dash, "width": 2},
                "hovertemplate": f"{name}: %{{y:.4f}} at %{{x:.0f}} %<extra></extra>",
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": np.array([100 * chosen["threshold"]]),
            "y": np.array([max(chosen["model"], _SHOWN_BELOW)]),
            "marker": {"size": 11, "color": BLUE, "symbol": "diamond"},
            "hoverinfo": "skip",
        }
    )
    return house_figure(
        traces,
        280,
        xaxis=axis(title={"text": "threshold, % risk"}),
        yaxis=axis(
            title={"text": "net benefit"}, zeroline=True, zerolinecolor=GREY, zerolinewidth=1
        ),
        margin={"l": 60, "r": 70, "t": 12, "b": 44},
    )

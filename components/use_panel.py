"""What the models use on the whole: importance of inputs, and dependence on the first ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from components.chart import BLUE, GREY, VERMILION, axis, chart, house_figure, plot
from components.panel import note
from components.wording import count_words, input_label, outcome_words, signed

Entry = Mapping[str, Any]

SHOWN = 4
"""Inputs whose dependence is drawn."""

_STYLES = ((GREY, "solid", "circle"), (BLUE, "dash", "square"), (VERMILION, "dot", "diamond"))


def use_panel(evaluation: Entry, outcome: str) -> list[Component]:
    """Importance and dependence for one outcome over 180 days; empty without an evaluation."""
    ranked = [e for e in evaluation.get("importance", []) if e["outcome"] == outcome]
    if not ranked:
        return []
    courses = [e for e in evaluation.get("dependence", []) if e["outcome"] == outcome][:SHOWN]
    return [
        _importance(ranked, outcome),
        html.Div([_dependence(entry) for entry in courses], className="chart-pair"),
        note(
            "Mean contributions to the risk within 180 days at the start of treatment, in"
            " percentage points, computed with the package shap on simulated patients. What goes"
            " along with a risk in the models need not cause it."
        ),
    ]


def _importance(ranked: Sequence[Entry], outcome: str) -> Component:
    names = [_sentence_case(input_label(entry["feature"])) for entry in ranked]
    points = np.array([entry["points"] for entry in ranked])
    finding = f"{', '.join(names[:3])} tell patients apart most."
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": points,
        "y": names,
        "marker": {"color": BLUE},
        "text": [f"{value:.2f}" for value in points],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{x:.2f} points<extra></extra>",
    }
    figure = house_figure(
        [trace],
        24 * len(ranked) + 50,
        xaxis=axis(title={"text": "mean absolute contribution, percentage points"}),
        yaxis=axis(autorange="reversed", gridcolor="rgba(0,0,0,0)"),
        margin={"l": 190, "r": 50, "t": 4, "b": 40},
    )
    rows = [(name, f"{value:.2f}") for name, value in zip(names, points, strict=True)]
    return chart(
        f"Importance: {outcome_words(outcome)}",
        finding,
        plot(figure, finding),
        ("input", "mean contribution, points"),
        rows,
    )


def _dependence(entry: Entry) -> Component:
    name = input_label(entry["feature"])
    partner = input_label(entry["partner"])
    traces, rows = [], []
    for line, (color, dash, symbol) in zip(entry["lines"], _STYLES, strict=False):
        label = "everybody" if line["level"] == "all" else f"{partner}: {line['level']}"
        bins = line["bins"]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label,
                "x": [part["value"] for part in bins],
                "y": np.array([part["points"] for part in bins]),
                "line": {"color": color, "dash": dash, "width": 2},
                "marker": {"symbol": symbol, "size": 7, "color": color},
                "hovertemplate": f"{label}, %{{x}}: %{{y:+.2f}} points<extra></extra>",
            }
        )
        rows += [
            (label, part["value"], count_words(part["n"]), signed(part["points"], 2))
            for part in bins
        ]
    finding = _finding(entry, partner)
    figure = house_figure(
        traces,
        260,
        xaxis=axis(type="category", tickangle=-30, tickfont={"size": 11}),
        yaxis=axis(title={"text": "points"}, zeroline=True, zerolinecolor=GREY),
        showlegend=True,
        legend={"orientation": "h", "y": 1.18, "x": 0, "font": {"size": 11}},
        margin={"l": 50, "r": 10, "t": 34, "b": 70},
    )
    columns = ("people", name, "n", "mean contribution, points")
    return chart(_sentence_case(name), finding, plot(figure, finding), columns, rows)


def _finding(entry: Entry, partner: str) -> str:
    bins = entry["lines"][0]["bins"]
    if not bins:
        return "Too few people per value to say."
    low, high = (pick(bins, key=lambda part: part["points"]) for pick in (min, max))
    return (
        f"From {signed(low['points'])} points ({low['value']}) to {signed(high['points'])}"
        f" ({high['value']}); it interacts most with {partner}"
        f" ({entry['interaction']:.2f} points)."
    )


def _sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]

"""Predicted risk in both cohorts: how it spreads, and whether what came agrees with it."""

from __future__ import annotations

import numpy as np
from dash import html
from dash.development.base_component import Component

from components.chart import axis, chart, house_figure, plot
from components.cohort_curves import DIAGONAL, STYLES, key
from components.cohort_words import HELD, about, percent
from components.data_table import data_table
from components.notices import empty
from components.panel import note
from components.wording import outcome_title
from models.cohort.results import PredictedRisk, RiskBin, Sides

_HATCH = ("", "/")


def risk_panel(sides: Sides, found: PredictedRisk) -> list[Component]:
    """Distribution beside observed against predicted, and the overall figures."""
    if not any(share is not None for one in found.bins for share in one.share):
        return [
            empty(
                "Too few patients of these cohorts have a predicted risk.",
                "Count from the first dose or a landmark with predictions, or widen the cohorts.",
            )
        ]
    return [
        html.Div([_spread(found), _agreement(found)], className="chart-pair"),
        _overall(found),
        note(
            about(sides),
            f" Predicted at the anchor for {found.horizon_days} days"
            f" by models {found.model_version or 'not known'}; observed: cumulative incidence with"
            f" death competing. A bin with too few patients is {HELD}.",
        ),
    ]


def _bin(one: RiskBin) -> str:
    return f"{100 * one.lower:.0f}–{100 * one.upper:.0f} %"


def spread_finding(found: PredictedRisk) -> str:
    """Mean predicted risk of both cohorts, as a sentence."""
    a, b = found.predicted
    return (
        f"Mean predicted risk {percent(a)} in A and {percent(b)} in B,"
        f" scored {percent(found.scored[0])} and {percent(found.scored[1])} of the cohorts."
    )


def agreement_finding(found: PredictedRisk) -> str:
    """Observed beside predicted in both cohorts, as a sentence."""
    parts = [
        f"{side} predicted {percent(predicted)}, observed {percent(observed)}"
        for side, predicted, observed in zip("AB", found.predicted, found.observed, strict=True)
    ]
    return f"{'; '.join(parts)}. On the dotted line both are equal."


def _spread(found: PredictedRisk) -> Component:
    title = f"Predicted risk: {outcome_title(found.outcome)}"
    traces = [
        {
            "type": "bar",
            "name": style["name"],
            "x": [_bin(one) for one in found.bins],
            "y": [
                None if (share := one.share[place]) is None else 100 * share for one in found.bins
            ],
            "marker": {
                "color": style["color"],
                "pattern": {
                    "shape": _HATCH[place],
                    "fillmode": "overlay",
                    "fgcolor": "rgba(255,255,255,0.6)",
                    "size": 6,
                },
            },
            "hovertemplate": f"{style['name']}, risk %{{x}}: %{{y:.0f}} %<extra></extra>",
        }
        for place, style in enumerate(STYLES)
    ]
    layout = {
        "barmode": "group",
        "xaxis": axis(type="category", showgrid=False, title={"text": "predicted risk"}),
        "yaxis": axis(title={"text": "of the cohort, %"}, rangemode="tozero", nticks=6),
        "margin": {"l": 52, "r": 8, "t": 24, "b": 44},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    }
    finding = spread_finding(found)
    drawing = plot(
        house_figure(traces, 280, **layout), f"{title}. {finding}", save_as="cohorts-risk"
    )
    rows = [(_bin(one), *(percent(share) for share in one.share)) for one in found.bins]
    return chart(title, finding, drawing, ("predicted risk", "A", "B"), rows)


def _agreement(found: PredictedRisk) -> Component:
    title, finding = "Observed against predicted", agreement_finding(found)
    traces: list[dict[str, object]] = []
    top = 5.0
    for place, style in enumerate(STYLES):
        pairs = [
            (100 * x, 100 * y)
            for one in found.bins
            for x, y in [(one.predicted[place], one.observed[place])]
            if x is not None and y is not None
        ]
        top = max([top, *(value for pair in pairs for value in pair)])
        traces.append(_points(place, np.array(pairs).reshape(-1, 2), style))
    top *= 1.08
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, top],
        "y": [0, top],
        "line": {"color": DIAGONAL, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }
    layout = {
        "xaxis": axis(title={"text": "predicted, %", "standoff": 2}, range=[0, top]),
        "yaxis": axis(title={"text": "observed, %"}, range=[0, top]),
        "margin": {"l": 52, "r": 16, "t": 8, "b": 44},
    }
    figure = house_figure([diagonal, *traces], 280, **layout)
    drawing = html.Div([plot(figure, f"{title}. {finding}", save_as="cohorts-observed"), key("")])
    rows = [
        (_bin(one), *(percent(v) for p in (0, 1) for v in (one.predicted[p], one.observed[p])))
        for one in found.bins
    ]
    columns = ("predicted risk", "A predicted", "A observed", "B predicted", "B observed")
    return chart(title, finding, drawing, columns, rows)


def _points(place: int, pairs: np.ndarray, style: dict[str, str]) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": style["name"],
        "x": pairs[:, 0],
        "y": pairs[:, 1],
        "text": [
            f"<b>{style['name']}</b>" if at == len(pairs) - 1 else "" for at in range(len(pairs))
        ],
        "textposition": ("top center", "bottom center")[place],
        "line": {"color": style["color"], "dash": style["dash"], "width": 1.5},
        "marker": {"symbol": ("circle", "square-open")[place], "size": 9},
        "hovertemplate": f"{style['name']}: predicted %{{x:.0f}} %, observed %{{y:.0f}} %"
        "<extra></extra>",
        "cliponaxis": False,
    }


def _overall(found: PredictedRisk) -> Component:
    rows = [
        (side, percent(scored), percent(predicted), percent(observed))
        for side, scored, predicted, observed in zip(
            "AB", found.scored, found.predicted, found.observed, strict=True
        )
    ]
    heads = ("cohort", "with a prediction", "mean predicted", "observed")
    table = data_table("Predicted and observed risk overall", heads, rows, numbers=(1, 2, 3))
    return html.Div(table, className="cohort-narrow")

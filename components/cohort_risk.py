"""Predicted risk in both cohorts: how it spreads, and whether what came agrees with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from dash import html
from dash.development.base_component import Component

from components.chart import Figure, axis, chart, house_figure, plot
from components.cohort_curves import DIAGONAL, STYLES, key
from components.cohort_words import HELD, about, percent, percent_with_interval
from components.data_table import data_table
from components.notices import empty
from components.panel import note
from components.wording import outcome_title
from models.cohort.results import Point, PredictedRisk, RiskBin, Sides

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


def bin_words(one: RiskBin) -> str:
    """A bin of predicted risk, in per cent."""
    return f"{100 * one.lower:.0f}–{100 * one.upper:.0f} %"


def _short(one: RiskBin) -> str:
    """A bin in little room, in per cent."""
    return (
        f"{100 * one.lower:.0f}–{100 * one.upper:.0f}"
        if one.upper < 1
        else f"≥ {100 * one.lower:.0f}"
    )


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
        f"{side} predicted {percent(predicted)}, observed {observed_words(observed)}"
        for side, predicted, observed in zip("AB", found.predicted, found.observed, strict=True)
    ]
    return f"{'; '.join(parts)}. On the dotted line both are equal."


def observed_words(point: Point | None) -> str:
    """Observed risk with its interval; "held back" without."""
    return HELD if point is None else percent_with_interval(point)


def spread_figure(found: PredictedRisk, height: int, top: float | None = None) -> Figure:
    """Shares of both cohorts by predicted risk.

    Args:
        found: the distribution.
        height: pixels.
        top: upper end of the vertical axis in per cent, where several small figures share it.
    """
    traces = [
        {
            "type": "bar",
            "name": style["name"],
            "x": [_short(one) if top else bin_words(one) for one in found.bins],
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
    small = top is not None
    title = None if small else {"text": "predicted risk"}
    layout = {
        "barmode": "group",
        "xaxis": axis(type="category", showgrid=False, title=title, tickangle=0),
        "yaxis": axis(
            title={"text": "of the cohort, %"},
            rangemode="tozero",
            nticks=6,
            range=None if top is None else [0, top],
        ),
        "margin": {"l": 52, "r": 8, "t": 8 if small else 24, "b": 24 if small else 44},
        "showlegend": not small,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    }
    return house_figure(traces, height, **layout)


def _spread(found: PredictedRisk) -> Component:
    title = spread_title(found.outcome)
    finding = spread_finding(found)
    drawing = plot(spread_figure(found, 280), f"{title}. {finding}", save_as="cohorts-risk")
    rows = [(bin_words(one), *(percent(share) for share in one.share)) for one in found.bins]
    return chart(title, finding, drawing, ("predicted risk", "A", "B"), rows)


def spread_title(outcome: str) -> str:
    """What is predicted."""
    return f"Predicted risk: {outcome_title(outcome)}"


def _agreement(found: PredictedRisk) -> Component:
    title, finding = "Observed against predicted", agreement_finding(found)
    traces: list[dict[str, object]] = []
    top = 5.0
    for place, style in enumerate(STYLES):
        known = [
            (predicted, point)
            for one in found.bins
            for predicted, point in [(one.predicted[place], one.observed[place])]
            if predicted is not None and point is not None
        ]
        top = max([top, *(100 * max(predicted, point.upper) for predicted, point in known)])
        traces.append(_points(place, known, style))
    top = min(1.08 * top, 100.0)
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
    drawing = html.Div(
        [
            plot(figure, f"{title}. {finding}", save_as="cohorts-observed"),
            key("bars: 95 % interval"),
        ]
    )
    rows = [
        (
            bin_words(one),
            *(
                words
                for at in (0, 1)
                for words in (percent(one.predicted[at]), observed_words(one.observed[at]))
            ),
        )
        for one in found.bins
    ]
    columns = ("predicted risk", "A predicted", "A observed", "B predicted", "B observed")
    return chart(title, finding, drawing, columns, rows)


def _points(
    place: int, known: Sequence[tuple[float, Point]], style: dict[str, str]
) -> dict[str, object]:
    """Observed against predicted risk of one cohort, with intervals, in per cent."""
    seen, lower, upper = (
        100 * np.array([getattr(point, name) for _, point in known])
        for name in ("estimate", "lower", "upper")
    )
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": style["name"],
        "x": 100 * np.array([predicted for predicted, _ in known]),
        "y": seen,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": upper - seen,
            "arrayminus": seen - lower,
            "color": style["color"],
            "thickness": 1.5,
            "width": 4,
        },
        "text": [
            f"<b>{style['name']}</b>" if at == len(known) - 1 else "" for at in range(len(known))
        ],
        "textposition": ("top right", "bottom right")[place],
        "line": {"color": style["color"], "dash": style["dash"], "width": 1.5},
        "marker": {"symbol": ("circle", "square-open")[place], "size": 9},
        "customdata": [percent_with_interval(point) for _, point in known],
        "hovertemplate": f"{style['name']}: predicted %{{x:.0f}} %, observed %{{customdata}}"
        "<extra></extra>",
        "cliponaxis": False,
    }


def _overall(found: PredictedRisk) -> Component:
    rows = [
        (side, percent(scored), percent(predicted), observed_words(observed))
        for side, scored, predicted, observed in zip(
            "AB", found.scored, found.predicted, found.observed, strict=True
        )
    ]
    heads = ("cohort", "with a prediction", "mean predicted", "observed (95 % interval)")
    table = data_table("Predicted and observed risk overall", heads, rows, numbers=(1, 2, 3))
    return html.Div(table, className="cohort-narrow")

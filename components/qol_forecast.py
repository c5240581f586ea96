"""What one scale may be in three and six months, if the person is alive and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import dash_bootstrap_components as dbc
import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from components.chart import chart, plot, weeks
from components.notices import empty
from components.panel import note
from components.qol_course import QolCourse
from components.qol_figure import qol_figure
from components.qol_words import amount, band_words, number
from components.waterfall import waterfall
from components.why_panel import steps
from components.wording import (
    date_words,
    input_label,
    input_words,
    listed,
    of_hundred,
    signed,
    week_words,
)
from models.qol.forecast.forecaster import Forecast, FormForecast
from models.qol.instrument import Scale
from models.qol.trajectory import Trajectory

MONTHS = {91: "3 months", 183: "6 months"}
"""Horizons in months."""

AMBER = "#B87700"
_FAN = "rgba(184,119,0,0.20)"
_WHY_SHOWN = 6
_MOST_NAMED = 4
_COLUMNS = (
    "in",
    "forecast",
    "80 % interval",
    "alive and answering",
    "deterioration",
    "of a typical patient",
)


def forecast_panel(
    course: QolCourse, trajectory: Trajectory, found: FormForecast
) -> list[Component]:
    """Fan over the course, the figures of both horizons, and why a deterioration is likely."""
    scale = trajectory.scale
    if found.form is None or not found.forecasts:
        return [
            empty(
                f"No forecast of {scale.label}: {found.reason}.",
                "Give a questionnaire at the next visit; a forecast starts from the latest form.",
            )
        ]
    forecasts = found.forecasts
    form_day = float((found.form - course.index_date).days)
    title = f"Forecast of {scale.label} ({scale.direction_words})"
    finding = forecast_finding(scale, forecasts)
    until = form_day + forecasts[-1].horizon_days
    wider = replace(course, until_day=max(course.until_day, until))
    figure = qol_figure(wider, trajectory, fan_traces(scale, form_day, forecasts))
    drawing = html.Div([plot(figure, f"{title}. {finding}"), _cards(scale, forecasts)])
    return [
        chart(title, finding, drawing, _COLUMNS, [_row(scale, one) for one in forecasts]),
        *_whys(scale, forecasts),
        note(*_notes(course, trajectory, form_day, found)),
    ]


def forecast_finding(scale: Scale, forecasts: Sequence[Forecast]) -> str:
    """Both forecasts with their intervals, and the chance of a deterioration, in a sentence."""
    parts = [
        f"in {MONTHS[one.horizon_days]} {amount(scale, one.middle)}, {_interval(scale, one)}"
        for one in forecasts
    ]
    first = forecasts[0]
    return (
        f"If alive and answering: {'; '.join(parts)} (80 % interval). Latest"
        f" {amount(scale, first.current)}. Worse by {_worse(scale, first)} within"
        f" {MONTHS[first.horizon_days]}: {of_hundred(first.deterioration)}, typical patient"
        f" {of_hundred(first.typical)}."
    )


def fan_traces(
    scale: Scale, form_day: float, forecasts: Sequence[Forecast]
) -> list[dict[str, object]]:
    """The interval as a fan from the latest form, the median as a broken line."""
    first = forecasts[0]
    at = weeks([form_day, *(form_day + one.horizon_days for one in forecasts)])
    upper = [first.current, *(one.upper for one in forecasts)]
    lower = [first.current, *(one.lower for one in forecasts)]
    middle = np.array([first.current, *(one.middle for one in forecasts)])
    return [
        {
            "type": "scatter",
            "name": "80 % interval",
            "x": np.concatenate([at, at[::-1]]),
            "y": np.array([*upper, *reversed(lower)]),
            "mode": "lines",
            "line": {"width": 1, "color": AMBER, "dash": "dot"},
            "fill": "toself",
            "fillcolor": _FAN,
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "name": "forecast",
            "x": at,
            "y": middle,
            "mode": "lines+markers",
            "line": {"width": 2, "color": AMBER, "dash": "dash"},
            "marker": {
                "symbol": ["circle", *["square-open"] * len(forecasts)],
                "size": [1, *[10] * len(forecasts)],
                "color": AMBER,
                "line": {"width": 2},
            },
            "customdata": ["latest", *(_hover(scale, one) for one in forecasts)],
            "hovertemplate": "%{customdata}<extra></extra>",
            "cliponaxis": False,
        },
    ]


def _hover(scale: Scale, one: Forecast) -> str:
    return (
        f"forecast in {MONTHS[one.horizon_days]}: {amount(scale, one.middle)}"
        f" ({_interval(scale, one)})"
    )


def _interval(scale: Scale, one: Forecast) -> str:
    return f"{number(scale, one.lower)} to {number(scale, one.upper)}"


def _worse(scale: Scale, one: Forecast) -> str:
    return f"{one.worse:g} {scale.unit} or more".replace("  ", " ")


def _row(scale: Scale, one: Forecast) -> tuple[str, ...]:
    return (
        MONTHS[one.horizon_days],
        amount(scale, one.middle),
        _interval(scale, one),
        of_hundred(one.answering),
        f"{of_hundred(one.deterioration)} ({_worse(scale, one)})",
        of_hundred(one.typical),
    )


def _cards(scale: Scale, forecasts: Sequence[Forecast]) -> html.Div:
    """The figures of both horizons side by side, always in view."""
    head = html.Thead(html.Tr([html.Th("", scope="col"), *_heads(forecasts)]))
    cells = {
        "forecast, if alive and answering": [amount(scale, one.middle) for one in forecasts],
        "80 % interval": [_interval(scale, one) for one in forecasts],
        "alive and answering": [of_hundred(one.answering) for one in forecasts],
        f"worse by {_worse(scale, forecasts[0])}": [
            of_hundred(one.deterioration) for one in forecasts
        ],
        "the same of a typical patient": [of_hundred(one.typical) for one in forecasts],
    }
    rows = [
        html.Tr([html.Th(label, scope="row"), *(html.Td(cell) for cell in row)])
        for label, row in cells.items()
    ]
    table = dbc.Table([head, html.Tbody(rows)], size="sm", class_name="mb-0")
    return html.Div(table, className="forecast-table")


def _heads(forecasts: Sequence[Forecast]) -> list[html.Th]:
    return [html.Th(f"in {MONTHS[one.horizon_days]}", scope="col") for one in forecasts]


def _whys(scale: Scale, forecasts: Sequence[Forecast]) -> list[Component]:
    return [
        html.Details(
            [
                html.Summary(
                    f"Why {of_hundred(one.deterioration)} for worse by {_worse(scale, one)}"
                    f" within {MONTHS[one.horizon_days]}?"
                ),
                _why(one),
            ],
            className="forecast-why",
            open=place == 0,
        )
        for place, one in enumerate(forecasts)
    ]


def _why(one: Forecast) -> html.Figure:
    drawing = waterfall(
        ("typical patient", 100 * one.typical),
        steps(one.contributions, _WHY_SHOWN),
        ("this patient", 100 * one.deterioration),
    )
    ranked = sorted(one.contributions, key=lambda part: -abs(part.points))
    rows = [
        (*input_words(part.feature, part.value), signed(part.points, 2), signed(part.log_odds, 3))
        for part in ranked
    ]
    finding = (
        f"Typical patient at this time on treatment {of_hundred(one.typical)}, this patient"
        f" {of_hundred(one.deterioration)}."
    )
    columns = ("input", "value", "percentage points", "log-odds")
    return chart(
        f"Deterioration within {MONTHS[one.horizon_days]}", finding, drawing, columns, rows
    )


def _notes(
    course: QolCourse, trajectory: Trajectory, form_day: float, found: FormForecast
) -> list[Component | str]:
    unusual = listed([input_label(name) for name in found.unusual], _MOST_NAMED)
    outside = f" Outside the training range: {unusual}." if unusual else ""
    return [
        html.Span(className="key key-forecast"),
        f"forecast from the form of {date_words(found.form)} ({week_words(form_day)}): median and"
        " 80 % interval of the score of a form within 30 days of the horizon. Those who do not"
        " answer are often less well. Association, not cause."
        f"{outside} ",
        html.Span(className="key key-band"),
        f"{band_words(course.bands.get(trajectory.key))}. Forecasts {found.version}, trained on"
        f" simulated patients; data to {date_words(course.data_date)}. How good they are: ",
        dcc.Link("about the models", href="/models"),
        ".",
    ]

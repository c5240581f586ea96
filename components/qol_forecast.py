"""What one scale may be in three and six months, if the person is alive and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

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
from models.qol.forecast.prediction import Forecast, FormForecast
from models.qol.instrument import Scale
from models.qol.trajectory import Trajectory

MONTHS = {91: "3 months", 183: "6 months"}
"""Horizons in months."""

AMBER = "#B87700"
_FAN = "rgba(184,119,0,0.20)"
_NEXT_STEP = "Give a questionnaire at the next visit; a forecast starts from the latest form."
_WHY_SHOWN = 6
_MOST_NAMED = 4
_COLUMNS = (
    "after",
    "score, if alive and answering",
    "80 % interval",
    "chance to be alive and answering",
    "chance of a deterioration",
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
                "" if course.died else _NEXT_STEP,
            )
        ]
    forecasts = found.forecasts
    form_day = float((found.form - course.index_date).days)
    title = f"Forecast of {scale.label} ({scale.direction_words})"
    finding = forecast_finding(scale, found)
    until = form_day + forecasts[-1].horizon_days
    wider = replace(course, until_day=max(course.until_day, until))
    figure = qol_figure(wider, trajectory, fan_traces(scale, form_day, forecasts))
    days = [_day_words(found.form, one, course.data_date) for one in forecasts]
    drawing = html.Div([plot(figure, f"{title}. {finding}"), _cards(scale, forecasts, days)])
    rows = [_row(scale, one, day) for one, day in zip(forecasts, days, strict=True)]
    return [
        chart(title, finding, drawing, _COLUMNS, rows),
        *_whys(scale, forecasts),
        note(*_notes(course, trajectory, form_day, found)),
    ]


def forecast_finding(scale: Scale, found: FormForecast) -> str:
    """Both forecasts with their intervals, and the chance of a deterioration, in a sentence."""
    first, *later = found.forecasts
    form = f"the form of {date_words(found.form)}"
    parts = [f"{_expected(scale, first)} {MONTHS[first.horizon_days]} after {form}"]
    parts += [f"{_expected(scale, one)} after {MONTHS[one.horizon_days]}" for one in later]
    return (
        f"If alive and answering: {'; '.join(parts)}. Latest score {amount(scale, first.current)}."
        f" Chance of a score worse by {_worse(scale, first)} after {MONTHS[first.horizon_days]}:"
        f" {of_hundred(first.deterioration)}, typical patient {of_hundred(first.typical)}."
    )


def _expected(scale: Scale, one: Forecast) -> str:
    return f"{amount(scale, one.middle)} (80 % interval {_interval(scale, one)})"


def _day_words(form: date, one: Forecast, data_date: date | None) -> str:
    """When a forecast is of; one that the data have overtaken is said to be."""
    day = form + timedelta(days=one.horizon_days)
    past = ", past" if data_date is not None and day < data_date else ""
    return f"{MONTHS[one.horizon_days]} (about {date_words(day)}{past})"


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
    return f"forecast after {MONTHS[one.horizon_days]}: {_expected(scale, one)}"


def _interval(scale: Scale, one: Forecast) -> str:
    return f"{number(scale, one.lower)} to {number(scale, one.upper)}"


def _worse(scale: Scale, one: Forecast) -> str:
    return f"{one.worse:g} {scale.unit} or more".replace("  ", " ")


def _row(scale: Scale, one: Forecast, day: str) -> tuple[str, ...]:
    return (
        day,
        amount(scale, one.middle),
        _interval(scale, one),
        of_hundred(one.answering),
        f"{of_hundred(one.deterioration)} ({_worse(scale, one)})",
        of_hundred(one.typical),
    )


def _cards(scale: Scale, forecasts: Sequence[Forecast], days: Sequence[str]) -> html.Div:
    """The figures of both horizons side by side, always in view."""
    heads = [html.Th(["after ", *_two_lines(day)], scope="col") for day in days]
    head = html.Thead(html.Tr([html.Th("", scope="col"), *heads]))
    cells = {
        "score, if alive and answering": [amount(scale, one.middle) for one in forecasts],
        "80 % interval: holds 8 of 10 such scores": [_interval(scale, one) for one in forecasts],
        "chance to be alive and answering": [of_hundred(one.answering) for one in forecasts],
        f"if so, chance of worse by {_worse(scale, forecasts[0])}": [
            of_hundred(one.deterioration) for one in forecasts
        ],
        "the same for a typical patient": [of_hundred(one.typical) for one in forecasts],
    }
    rows = [
        html.Tr([html.Th(label, scope="row"), *(html.Td(cell) for cell in row)])
        for label, row in cells.items()
    ]
    table = dbc.Table([head, html.Tbody(rows)], size="sm", class_name="mb-0")
    return html.Div(table, className="forecast-table")


def _two_lines(day: str) -> list[Component | str]:
    months, _, rest = day.partition(" (")
    return [months, html.Br(), f" ({rest}"]


def _whys(scale: Scale, forecasts: Sequence[Forecast]) -> list[Component]:
    return [
        html.Details(
            [
                html.Summary(
                    f"Why a chance of {of_hundred(one.deterioration)} of worse by"
                    f" {_worse(scale, one)} after {MONTHS[one.horizon_days]}?"
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
    return chart(f"Deterioration after {MONTHS[one.horizon_days]}", finding, drawing, columns, rows)


def _notes(
    course: QolCourse, trajectory: Trajectory, form_day: float, found: FormForecast
) -> list[Component | str]:
    unusual = listed([input_label(name) for name in found.unusual], _MOST_NAMED)
    outside = f" Outside the training range: {unusual}." if unusual else ""
    return [
        html.Span(className="key key-forecast"),
        f"forecast from the form of {date_words(found.form)} ({week_words(form_day)}"
        f"{_older_score(course, trajectory, form_day)}): median and 80 % interval of the score of"
        " a form within 30 days of the date named, among those who are alive and answer. Those who"
        " do not answer are often less well. Association, not cause."
        f"{outside} ",
        html.Span(className="key key-band"),
        f"{band_words(course.bands.get(trajectory.key))}. Forecasts {found.version}, trained on"
        f" simulated patients; data to {date_words(course.data_date)}. How good they are: ",
        dcc.Link("about the models", href="/models"),
        ".",
    ]


def _older_score(course: QolCourse, trajectory: Trajectory, form_day: float) -> str:
    """The day of the score that the forecast starts from, where the form itself has none."""
    days = [day for day, _ in trajectory.scores if day <= form_day]
    if not days or days[-1] == form_day:
        return ""
    return f"; it has no score of this scale, the latest is of {date_words(course.on(days[-1]))}"

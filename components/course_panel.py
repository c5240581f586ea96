"""What course: treatment, irAE, steroids, admissions and laboratory values on one time axis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from dash.development.base_component import Component

from components.chart import (
    Figure,
    axis,
    chart,
    first_day,
    house_figure,
    last_day,
    plot,
    weeks_axis,
)
from components.course_events import (
    EventRow,
    daily_steroid_mg,
    event_rows,
    event_traces,
    events_finding,
    events_numbers,
    steroid_trace,
)
from components.course_labs import (
    chosen_tests,
    lab_annotations,
    lab_band,
    lab_range,
    lab_trace,
    labs_finding,
    labs_numbers,
)
from components.notices import empty
from components.panel import note
from components.wording import date_words
from models.risk.inputs import MINIMUM_LAB_INPUTS

_EVENT_PX, _STEROID_PX, _LAB_PX, _GAP_PX = 22, 40, 38, 9
_TOP_PX, _BOTTOM_PX = 6, 40
_LEFT_PX, _RIGHT_PX = 112, 74
_YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Course:
    """Everything dated of one patient; ``day`` and ``end_day`` count from the first dose.

    ``treatments``: day, end_day, regimen. ``events``: day, end_day, organ, term, grade,
    immune_related, hospitalised. ``steroids``: day, end_day, atc, name, daily_dose, unit.
    ``labs``: day, loinc, value, in canonical units. ``until_day``: last day under observation;
    ``events_delivered``: whether the site delivers adverse events at all.
    """

    treatments: pd.DataFrame
    events: pd.DataFrame
    steroids: pd.DataFrame
    labs: pd.DataFrame
    until_day: float
    data_date: date | None
    events_delivered: bool = True

    @property
    def last_day(self) -> float:
        """The right end of the time axis: the last thing recorded, open treatment included.

        The first year of observation is shown even when nothing was recorded in it.
        """
        observed = pd.Series([min(self.until_day, _YEAR_DAYS)])
        ends = self.treatments["end_day"].astype(float).fillna(self.until_day)
        lasting = (self.events, self.steroids)
        spans = (frame[name] for frame in lasting for name in ("day", "end_day"))
        return last_day(observed, ends, *spans, self.labs["day"])


def course_panel(course: Course) -> list[Component]:
    """Chart with its finding; sentences for what the record does not hold."""
    rows = event_rows(course.treatments, course.events)
    parts: list[Component] = []
    if not rows:
        parts.append(empty("No treatment, event or medicine of this patient is recorded."))
    if rows or not course.labs.empty:
        events = events_finding(course.events, course.steroids, delivered=course.events_delivered)
        finding = f"{events} {labs_finding(course.labs)}"
        numbers = events_numbers(course.treatments, course.events, course.steroids)
        numbers += labs_numbers(course.labs)
        columns = ("what", "detail", "from week", "to week")
        drawing = plot(course_figure(course), f"Course since the first dose. {finding}")
        parts.append(chart("Since the first dose", finding, drawing, columns, numbers))
    if course.labs.empty:
        parts.append(
            empty(
                "No laboratory values of this patient are recorded.",
                f"A risk needs at least {MINIMUM_LAB_INPUTS} recent ones.",
            )
        )
    parts.append(
        note(
            f"Events: {len(course.events)}; laboratory values: {len(course.labs)};"
            f" data to {date_words(course.data_date)}. Steroids in prednisone equivalents."
            " Shaded: usual adult reference limits,"
            " not verified against a source; your laboratory's own limits count."
        )
    )
    return parts


def course_figure(course: Course) -> Figure:
    """One time axis: a row per kind of event, the steroid dose, one small multiple per test."""
    rows = event_rows(course.treatments, course.events)
    tests = chosen_tests(course.labs)
    heights = [_EVENT_PX * max(len(rows), 1)]
    heights += [_STEROID_PX] if not course.steroids.empty else []
    heights += [_LAB_PX] * len(tests)
    domains, height = _stacked(heights)
    layout: dict[str, object] = {"yaxis": _event_axis(rows, domains[0])}
    traces = event_traces(course.treatments, course.events, rows, course.last_day)
    marks: list[dict[str, object]] = []
    bands: list[dict[str, object]] = []
    number = 2
    if not course.steroids.empty:
        traces.append(steroid_trace(course.steroids, course.last_day, f"y{number}"))
        layout[f"yaxis{number}"] = _steroid_axis(course.steroids, course.last_day, domains[1])
        number += 1
    for test, domain in zip(tests, domains[number - 1 :], strict=True):
        values = course.labs[course.labs["loinc"] == test.loinc].sort_values("day")
        name = f"y{number}"
        layout[f"yaxis{number}"] = axis(
            range=lab_range(test, values), domain=domain, tickvals=[], showgrid=False
        )
        traces.append(lab_trace(test, values, name))
        bands.append(lab_band(test, values, name))
        marks += lab_annotations(test, values, domain)
        number += 1
    return house_figure(
        traces,
        height,
        margin={"l": _LEFT_PX, "r": _RIGHT_PX, "t": _TOP_PX, "b": _BOTTOM_PX},
        xaxis=weeks_axis(
            first_day(course.labs),
            course.last_day,
            anchor=f"y{number - 1}",
            title={"text": "weeks since first dose"},
        ),
        annotations=marks,
        shapes=bands,
        **layout,
    )


def _stacked(heights: list[int]) -> tuple[list[list[float]], int]:
    total = sum(heights) + _GAP_PX * (len(heights) - 1)
    domains, top = [], float(total)
    for height in heights:
        domains.append([max((top - height) / total, 0.0), top / total])
        top -= height + _GAP_PX
    return domains, total + _TOP_PX + _BOTTOM_PX


def _event_axis(rows: list[EventRow], domain: list[float]) -> dict[str, object]:
    places = [len(rows) - 0.5 - place for place in range(len(rows))]
    return axis(
        range=[0, max(len(rows), 1)],
        domain=domain,
        tickvals=places,
        ticktext=list(rows),
        showgrid=False,
    )


def _steroid_axis(
    steroids: pd.DataFrame, last_day: float, domain: list[float]
) -> dict[str, object]:
    highest = max(daily_steroid_mg(steroids, last_day)[1].max(), 1.0)
    return axis(
        range=[0, 1.15 * highest],
        domain=domain,
        tickvals=[0, highest],
        ticktext=["0", f"steroid {highest:.0f} mg/d"],
    )

"""Figure of one quality-of-life scale: scores over the cohort's band, and what may explain them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from components.chart import (
    BAND,
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    Figure,
    axis,
    first_day,
    house_figure,
    last_day,
    weeks,
    weeks_axis,
)
from components.course_events import immune_related
from components.wording import grade_mark, grade_words
from models.qol.important_differences import CLINICAL_IMPORTANCE, INDIVIDUAL
from models.qol.schedule import FULL

SHORT_SCALES = ("QL", "FA")
"""Scales that the monthly short form holds too."""

BASELINE_LAST_DAY = 7
"""Forms up to this day after the first dose tell how the patient started."""

HEIGHT = 350
_IRAE, _STEROID, _NO_FORM = 2.5, 1.5, 0.5
_MOST_LINES = 30
_MOST_POINTS = 100


@dataclass(frozen=True)
class QolCourse:
    """One scale of one patient and of comparable patients; ``day`` counts from the first dose.

    ``full`` and ``short`` (QLQ-C30 and short form): day, value. ``band``: day, n, p10, median,
    p90. ``events``: day, organ, grade, immune_related. ``steroids``: day, end_day. ``expected``:
    day, instrument, received.
    """

    scale: str
    full: pd.DataFrame
    short: pd.DataFrame
    band: pd.DataFrame
    events: pd.DataFrame
    steroids: pd.DataFrame
    expected: pd.DataFrame
    drug_class: str
    data_date: date | None

    @property
    def last_day(self) -> float:
        """The right end of the time axis: the last form, due form or event."""
        frames = (self.full, self.short, self.expected, self.events)
        return last_day(*(frame["day"] for frame in frames))

    @property
    def baseline(self) -> float | None:
        """Points of the last form of the first week or before; None without one."""
        forms = pd.concat([self.full, self.short])
        forms = forms[forms["day"] <= BASELINE_LAST_DAY].dropna(subset="value")
        return (
            None if forms.empty else float(forms.sort_values("day", kind="stable").value.iloc[-1])
        )

    @property
    def missed(self) -> pd.DataFrame:
        """Forms that were due and did not come: day, instrument; only forms with this scale."""
        lost = self.expected[~self.expected["received"].astype(bool)]
        return lost if self.scale in SHORT_SCALES else lost[lost["instrument"] == FULL]


def qol_figure(course: QolCourse) -> Figure:
    """Scores over the cohort's band; below, one line each for irAE, steroids and missed forms."""
    immune = immune_related(course.events)
    traces = [
        *_band_traces(course.band),
        _score_trace(course.full, "QLQ-C30", BLUE, "circle", "lines+markers"),
        _score_trace(course.short, "short form", GREEN, "diamond", "markers"),
        _event_trace(immune),
        _steroid_trace(course.steroids, course.last_day),
        _missed_trace(course.missed),
    ]
    return house_figure(
        traces,
        HEIGHT,
        margin={"l": 58, "r": 12, "t": 8, "b": 40},
        xaxis=weeks_axis(
            first_day(course.full, course.short),
            course.last_day,
            anchor="y2",
            title={"text": "weeks since first dose"},
        ),
        yaxis=axis(range=[0, 102], dtick=25, domain=[0.31, 1], title={"text": "points"}),
        yaxis2=axis(
            range=[0, 3],
            domain=[0, 0.26],
            tickvals=[_NO_FORM, _STEROID, _IRAE],
            ticktext=["no form", "steroid", "irAE"],
            showgrid=False,
        ),
        shapes=[*_event_lines(immune), *_baseline_lines(course), *_threshold_line(course.scale)],
    )


def _band_traces(band: pd.DataFrame) -> list[dict[str, object]]:
    shown = band.dropna(subset=["p10", "median", "p90"]).sort_values("day")
    at = weeks(shown["day"])
    edge = {"x": at, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "type": "scatter", "name": "10th percentile", "y": shown["p10"].to_numpy(float)},
        {
            **edge,
            "type": "scatter",
            "name": "90th percentile",
            "y": shown["p90"].to_numpy(float),
            "fill": "tonexty",
            "fillcolor": BAND,
        },
        {
            "type": "scatter",
            "name": "cohort median",
            "x": at,
            "y": shown["median"].to_numpy(float),
            "mode": "lines",
            "line": {"color": GREY, "width": 1.5, "dash": "dash"},
            "hovertemplate": "cohort median %{y:.0f} points<extra></extra>",
        },
    ]


def _score_trace(
    scores: pd.DataFrame, name: str, colour: str, symbol: str, mode: str
) -> dict[str, object]:
    shown = scores.sort_values("day")
    return {
        "type": "scatter",
        "name": name,
        "x": weeks(shown["day"]),
        "y": shown["value"].to_numpy(float),
        "mode": mode,
        "line": {"color": colour, "width": 2.5},
        "marker": {"symbol": symbol, "size": 9, "color": colour, "line": {"width": 0}},
        "hovertemplate": f"{name}, week %{{x:.0f}}: %{{y:.0f}} points<extra></extra>",
        "cliponaxis": False,
    }


def _event_trace(events: pd.DataFrame) -> dict[str, object]:
    grades = [grade_mark(grade) for grade in events["grade"]]
    words = [
        f"{organ} irAE, {grade_words(grade)}"
        for organ, grade in zip(events["organ"], events["grade"], strict=True)
    ]
    return {
        "type": "scatter",
        "name": "irAE",
        "x": weeks(events["day"]),
        "y": np.full(len(events), _IRAE),
        "yaxis": "y2",
        "mode": "markers+text",
        "text": grades,
        "textposition": np.resize(["top center", "bottom center"], len(events)),
        "cliponaxis": False,
        "customdata": words,
        "marker": {"symbol": "triangle-up", "size": 10, "color": VERMILION},
        "hovertemplate": "week %{x:.0f}: %{customdata}<extra></extra>",
    }


def _steroid_trace(steroids: pd.DataFrame, last_day: float) -> dict[str, object]:
    starts = weeks(steroids["day"])
    ends = weeks(steroids["end_day"].astype(float).fillna(last_day))
    gaps = np.full(len(starts), np.nan)
    return {
        "type": "scatter",
        "name": "steroid",
        "x": np.column_stack([starts, ends, gaps]).ravel(),
        "y": np.full(3 * len(starts), _STEROID),
        "yaxis": "y2",
        "mode": "lines",
        "line": {"color": GREY, "width": 8},
        "hovertemplate": "steroid, week %{x:.0f}<extra></extra>",
    }


def _missed_trace(missed: pd.DataFrame) -> dict[str, object]:
    symbols = np.where(missed["instrument"] == FULL, "circle-open", "diamond-open")
    return {
        "type": "scatter",
        "name": "missed form",
        "x": weeks(missed["day"]),
        "y": np.full(len(missed), _NO_FORM),
        "yaxis": "y2",
        "mode": "markers",
        "marker": {"symbol": symbols, "size": 8, "color": GREY, "line": {"width": 1.5}},
        "hovertemplate": "form due in week %{x:.0f} not received<extra></extra>",
    }


def _event_lines(events: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {
            "type": "line",
            "x0": week,
            "x1": week,
            "yref": "paper",
            "y0": 0.31,
            "y1": 1,
            "line": {"color": VERMILION, "width": 1, "dash": "dot"},
        }
        for week in weeks(events["day"])[:_MOST_LINES]
    ]


def _baseline_lines(course: QolCourse) -> list[dict[str, object]]:
    """Ten points above and below the start: what a change of one patient has to exceed."""
    if course.baseline is None:
        return []
    ends = (course.baseline - INDIVIDUAL, course.baseline + INDIVIDUAL)
    return [_across(end, BLUE, "dot") for end in ends if 0 <= end <= _MOST_POINTS]


def _threshold_line(scale: str) -> list[dict[str, object]]:
    threshold = CLINICAL_IMPORTANCE.get(scale)
    return [] if threshold is None else [_across(threshold.points, PURPLE, "dashdot")]


def _across(points: float, colour: str, dash: str) -> dict[str, object]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": points,
        "y1": points,
        "line": {"color": colour, "width": 1.5, "dash": dash},
    }

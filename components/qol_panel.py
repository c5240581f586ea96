"""How quality of life moves: one scale against the cohort, with irAE, steroids and missed forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import dash_bootstrap_components as dbc
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from components.chart import (
    BAND,
    BLUE,
    GREEN,
    GREY,
    VERMILION,
    axis,
    chart,
    house_figure,
    plot,
    weeks,
    weeks_axis,
)
from components.notices import empty
from components.panel import note
from components.wording import DRUG_CLASS_WORDS, date_words
from models.qol.qlq_c30 import SCALES, SUMMARY

HEIGHT = 350
_IRAE, _STEROID, _NO_FORM = 2.5, 1.5, 0.5
_MOST_LINES = 30


@dataclass(frozen=True)
class QolCourse:
    """One scale of one patient and of comparable patients; ``day`` counts from the first dose.

    ``full`` and ``short`` (QLQ-C30 and short form): day, value. ``band``: day, n, p10, median,
    p90. ``events``: day, organ, grade. ``steroids``: day, end_day. ``missed``: days of forms
    that were due and did not come. ``until_day``: last day under observation.
    """

    scale: str
    full: pd.DataFrame
    short: pd.DataFrame
    band: pd.DataFrame
    events: pd.DataFrame
    steroids: pd.DataFrame
    missed: Sequence[float]
    drug_class: str
    until_day: float
    data_date: date | None

    @property
    def last_day(self) -> float:
        """The right end of the time axis."""
        days = [frame["day"].max() for frame in (self.full, self.short, self.events)]
        return max([self.until_day, *self.missed, *(float(day) for day in days if pd.notna(day))])


def scale_select(identity: str) -> dbc.Select:
    """All scales by their full names; the global scale first."""
    options = [{"label": scale.label, "value": code} for code, scale in SCALES.items()]
    options.append({"label": scale_label(SUMMARY), "value": SUMMARY})
    return dbc.Select(id=identity, options=options, value="QL", size="sm", class_name="qol-select")


def scale_label(scale: str) -> str:
    """Full name of a scale."""
    return "summary score" if scale == SUMMARY else SCALES[scale].label


def higher_is_better(scale: str) -> bool:
    """True for the global, functional and summary scales."""
    return scale == SUMMARY or SCALES[scale].higher_is_better


def qol_panel(course: QolCourse) -> list[Component]:
    """Chart with its finding, or a sentence and a next step without any form."""
    if course.full.empty and course.short.empty:
        return [
            empty(
                f"No questionnaire of this patient has a score for {scale_label(course.scale)}.",
                "Choose another scale, or give the QLQ-C30 at the next visit.",
            )
        ]
    finding = qol_finding(course)
    direction = "better" if higher_is_better(course.scale) else "worse"
    title = f"{scale_label(course.scale).capitalize()}: higher is {direction}"
    drawing = html.Div([plot(qol_figure(course), f"{title}. {finding}"), _legend(course)])
    columns = ("form", "week", "points", "cohort median", "cohort 10th to 90th percentile")
    return [
        chart(title, finding, drawing, columns, _numbers(course)),
        note(
            "QLQ-C30 scores, 0 to 100 points;"
            f" {len(course.full)} full and {len(course.short)} short forms;"
            f" data to {date_words(course.data_date)}."
        ),
    ]


def qol_finding(course: QolCourse) -> str:
    """Latest points, change since the form before, and the cohort's median, in one sentence."""
    forms = course.full if not course.full.empty else course.short
    forms = forms.sort_values("day")
    last = forms.iloc[-1]
    sentence = f"Latest {last.value:.0f} points (week {last.day // 7:.0f})"
    if len(forms) > 1:
        sentence += f", {_change(last.value - forms.iloc[-2].value, course.scale)}"
    median = _band_at(course.band, last.day)
    if median is not None:
        sentence += f"; cohort median {median['median']:.0f}"
    missed = len(course.missed)
    if missed:
        sentence += f"; {missed} form{'s' if missed > 1 else ''} missed"
    return f"{sentence}."


def qol_figure(course: QolCourse) -> go.Figure:
    """Scores over the cohort's band; below, one line each for irAE, steroids and missed forms."""
    traces = [
        *_band_traces(course.band),
        _score_trace(course.full, "QLQ-C30", BLUE, "circle", "lines+markers"),
        _score_trace(course.short, "short form", GREEN, "diamond-open", "markers"),
        _event_trace(course.events),
        _steroid_trace(course.steroids, course.last_day),
        _missed_trace(course.missed),
    ]
    return house_figure(
        traces,
        HEIGHT,
        margin={"l": 58, "r": 12, "t": 8, "b": 40},
        xaxis=weeks_axis(0, course.last_day, anchor="y2", title={"text": "weeks since first dose"}),
        yaxis=axis(range=[0, 102], dtick=25, domain=[0.31, 1], title={"text": "points"}),
        yaxis2=axis(
            range=[0, 3],
            domain=[0, 0.26],
            tickvals=[_NO_FORM, _STEROID, _IRAE],
            ticktext=["no form", "steroid", "irAE"],
            showgrid=False,
        ),
        shapes=_event_lines(course.events),
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
        f"{organ} irAE, grade {grade_words(grade)}"
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
        "textposition": "middle right",
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


def _missed_trace(missed: Sequence[float]) -> dict[str, object]:
    return {
        "type": "scatter",
        "name": "missed form",
        "x": weeks(np.asarray(missed, dtype=float)),
        "y": np.full(len(missed), _NO_FORM),
        "yaxis": "y2",
        "mode": "markers",
        "marker": {"symbol": "circle-open", "size": 9, "color": GREY, "line": {"width": 1.5}},
        "hovertemplate": "form due in week %{x:.0f} not received<extra></extra>",
    }


def _event_lines(events: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {
            "type": "line",
            "x0": week,
            "x1": week,
            "yref": "paper",
            "y0": 0.22,
            "y1": 1,
            "line": {"color": VERMILION, "width": 1, "dash": "dot"},
        }
        for week in weeks(events["day"])[:_MOST_LINES]
    ]


def grade_mark(grade: float | None) -> str:
    """Grade as one character; ? when it is not recorded."""
    return "?" if pd.isna(grade) else f"{grade:.0f}"


def grade_words(grade: float | None) -> str:
    """Grade in a sentence."""
    return "not recorded" if pd.isna(grade) else f"{grade:.0f}"


def _change(difference: float, scale: str) -> str:
    if round(difference) == 0:
        return "unchanged since the form before"
    better = (difference > 0) == higher_is_better(scale)
    direction = "better" if better else "worse"
    return f"{abs(difference):.0f} points {direction} than the form before"


def _band_at(band: pd.DataFrame, day: float) -> pd.Series | None:
    shown = band.dropna(subset=["median"])
    if shown.empty:
        return None
    return shown.loc[(shown["day"] - day).abs().idxmin()]


def _legend(course: QolCourse) -> html.P:
    parts = [html.Span(className="key key-line"), "QLQ-C30"]
    if not course.short.empty:
        parts += [html.Span("◇", className="key-text"), "short form"]
    sizes = course.band["n"].dropna()
    if sizes.empty:
        return note(*parts, " · fewer than 20 comparable patients: no band")
    drug_class = DRUG_CLASS_WORDS.get(course.drug_class, course.drug_class)
    low, high = int(sizes.min()), int(sizes.max())
    size = f"{low}" if low == high else f"{low} to {high}"
    return note(
        *parts,
        html.Span(className="key key-band"),
        f"10th to 90th percentile and median, {drug_class}, n = {size}",
    )


def _numbers(course: QolCourse) -> list[tuple[str, ...]]:
    forms = [("QLQ-C30", row) for row in course.full.itertuples()]
    forms += [("short form", row) for row in course.short.itertuples()]
    rows = []
    for name, row in sorted(forms, key=lambda form: form[1].day):
        cohort = _band_at(course.band, row.day)
        compared = ("", "")
        if cohort is not None:
            compared = (f"{cohort['median']:.0f}", f"{cohort['p10']:.0f} to {cohort['p90']:.0f}")
        rows.append((name, f"{row.day // 7:.0f}", f"{row.value:.0f}", *compared))
    rows += [("missed", f"{day // 7:.0f}", "", "", "") for day in course.missed]
    return rows

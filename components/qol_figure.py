"""Figures of quality of life: one scale large, or small with others, and the strip below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.chart import (
    BAND,
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    Figure,
    axis,
    house_figure,
    weeks,
    weeks_axis,
)
from components.qol_course import QolCourse
from components.qol_marks import (
    NEAR_NARROW,
    Mark,
    end_label,
    irae_marks,
    strip_axis,
    strip_traces,
    treatment_names,
    vertical_lines,
)
from components.qol_words import number
from components.wording import date_words, week_words
from models.cohort.comparable import Band
from models.qol.instrument import Scale
from models.qol.trajectory import Form, Trajectory

HEIGHT, SMALL_HEIGHT, STRIP_HEIGHT = 390, 108, 128
_STRIP_TOP, _SCORES_BOTTOM = 0.24, 0.29
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 66, 84, 20, 40
_SMALL_RIGHT_PX = 14
_LINE_SHARE = 0.075
"""Share of the height of the scores that a line of text takes."""
_START_FILL = "rgba(42,143,208,0.16)"


def qol_figure(
    course: QolCourse, trajectory: Trajectory, ahead: Sequence[dict[str, object]] = ()
) -> Figure:
    """One scale, large: scores over comparable patients; below, what happened meanwhile.

    Args:
        course: the patient.
        trajectory: the scale.
        ahead: further traces over the scores, such as a forecast.
    """
    marks = irae_marks(course, NEAR_NARROW)
    return house_figure(
        [
            *score_traces(course, trajectory),
            *ahead,
            *strip_traces(course, marks, [trajectory], "y2"),
        ],
        HEIGHT,
        margin={"l": _LEFT_PX, "r": _RIGHT_PX, "t": _TOP_PX, "b": _BOTTOM_PX},
        xaxis=_time_axis(course, anchor="y2", title={"text": "weeks since first dose"}),
        yaxis=_score_axis(course, trajectory, domain=[_SCORES_BOTTOM, 1]),
        yaxis2=strip_axis([0, _STRIP_TOP]),
        shapes=[
            *vertical_lines(course, marks, _SCORES_BOTTOM),
            *start_band(trajectory),
            *threshold_line(trajectory.scale),
        ],
        annotations=[
            *treatment_names(course, "y2"),
            *_labels(course, trajectory),
            end_label(course),
        ],
    )


def small_figure(course: QolCourse, trajectory: Trajectory, marks: Sequence[Mark]) -> Figure:
    """One scale among several: the same over the same time axis, without labels."""
    return house_figure(
        score_traces(course, trajectory, size=6),
        SMALL_HEIGHT,
        margin={"l": _LEFT_PX, "r": _SMALL_RIGHT_PX, "t": 9, "b": 6},
        xaxis=_time_axis(course, showticklabels=False),
        yaxis=_score_axis(course, trajectory, steps=2),
        shapes=[
            *vertical_lines(course, marks, 0),
            *start_band(trajectory),
            *threshold_line(trajectory.scale),
        ],
    )


def strip_figure(course: QolCourse, shown: list[Trajectory], marks: Sequence[Mark]) -> Figure:
    """The strip alone, below several scales."""
    return house_figure(
        strip_traces(course, marks, shown, "y"),
        STRIP_HEIGHT,
        margin={"l": _LEFT_PX, "r": _SMALL_RIGHT_PX, "t": 16, "b": _BOTTOM_PX - 14},
        xaxis=_time_axis(course),
        yaxis=strip_axis([0, 1]),
        shapes=vertical_lines(course, [], 0),
        annotations=[*treatment_names(course, "y"), end_label(course)],
    )


def _time_axis(course: QolCourse, **settings: object) -> dict[str, object]:
    return weeks_axis(course.first_day, course.axis_end, **settings)


def _score_axis(
    course: QolCourse, trajectory: Trajectory, *, steps: int = 4, **settings: object
) -> dict[str, object]:
    scale = trajectory.scale
    low = score_floor(course, trajectory)
    room = 0.03 * (scale.high - low)
    unit = scale.unit or "index"
    return axis(
        range=[low - room, scale.high + room],
        tick0=scale.high,
        dtick=(scale.high - max(scale.low, 0.0)) / steps,
        title={"text": unit, "standoff": 4} if steps > 2 else {},
        **settings,
    )


def score_floor(course: QolCourse, trajectory: Trajectory) -> float:
    """Lower end of the axis: of the scale, or 0 where it reaches below and no score does."""
    scale = trajectory.scale
    if scale.low >= 0:
        return scale.low
    band = course.bands.get(trajectory.key)
    lowest = [score for _, score in trajectory.scores]
    lowest += [] if band is None else band.rows["p10"].tolist()
    return max(scale.low, min([0.0, *lowest]))


def score_traces(
    course: QolCourse, trajectory: Trajectory, *, size: int = 9
) -> list[dict[str, object]]:
    """Comparable patients, the line with its gaps, and the forms by questionnaire."""
    band = course.bands.get(trajectory.key)
    return [
        *(_band_traces(band, trajectory.scale) if band is not None else []),
        _line_trace(trajectory),
        *_form_traces(course, trajectory, size),
    ]


def _band_traces(band: Band, scale: Scale) -> list[dict[str, object]]:
    rows = band.rows
    at = weeks(rows["day"])
    lone = "lines" if len(rows) > 1 else "markers"
    edge = {"type": "scatter", "x": at, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "name": "10th percentile", "y": rows["p10"].to_numpy(float)},
        {
            **edge,
            "name": "90th percentile",
            "y": rows["p90"].to_numpy(float),
            "fill": "tonexty",
            "fillcolor": BAND,
        },
        {
            "type": "scatter",
            "name": "comparable median",
            "x": at,
            "y": rows["median"].to_numpy(float),
            "mode": lone,
            "marker": {"symbol": "line-ew", "size": 14, "line": {"color": GREY, "width": 1.5}},
            "line": {"color": GREY, "width": 1.5, "dash": "dash"},
            "hovertemplate": f"comparable median %{{y:.{scale.decimals}f}}<extra></extra>",
        },
    ]


def _line_trace(trajectory: Trajectory) -> dict[str, object]:
    line = trajectory.line
    return {
        "type": "scatter",
        "name": "line",
        "x": weeks([day for day, _ in line]),
        "y": np.array([np.nan if value is None else value for _, value in line], dtype=float),
        "mode": "lines",
        "line": {"color": BLUE, "width": 2.5},
        "connectgaps": False,
        "hoverinfo": "skip",
    }


def _form_traces(course: QolCourse, trajectory: Trajectory, size: int) -> list[dict[str, object]]:
    scored = [form for form in trajectory.forms if form.value is not None]
    full = trajectory.instrument
    kinds = (
        (full.title, [one for one in scored if one.instrument == full.name], BLUE, "circle"),
        ("short form", [one for one in scored if one.instrument != full.name], GREEN, "diamond"),
    )
    return [
        _points(course, trajectory.scale, name, forms, {"color": colour, "symbol": symbol}, size)
        for name, forms, colour, symbol in kinds
        if forms
    ]


def _points(
    course: QolCourse,
    scale: Scale,
    name: str,
    forms: list[Form],
    marker: dict[str, object],
    size: int,
) -> dict[str, object]:
    return {
        "type": "scatter",
        "name": name,
        "x": weeks([form.day for form in forms]),
        "y": np.array([form.value for form in forms], dtype=float),
        "mode": "markers",
        "marker": {"size": size, "line": {"width": 0}, **marker},
        "customdata": [
            f"{week_words(form.day)}, {date_words(course.on(form.day))}" for form in forms
        ],
        "hovertemplate": f"{name}, %{{customdata}}: %{{y:.{scale.decimals}f}}"
        f" {scale.unit}<extra></extra>",
        "cliponaxis": False,
    }


def start_band(trajectory: Trajectory) -> list[dict[str, object]]:
    """Scores so near the start that they do not flag one person, shaded."""
    ends = start_ends(trajectory)
    if ends is None:
        return []
    return [
        {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": ends[0],
            "y1": ends[1],
            "fillcolor": _START_FILL,
            "line": {"color": BLUE, "width": 1, "dash": "dot"},
            "layer": "below",
        }
    ]


def start_ends(trajectory: Trajectory) -> tuple[float, float] | None:
    """Start less and plus the change that flags one person, within the range of the scale."""
    scale, start = trajectory.scale, trajectory.start
    if start is None or scale.individual is None:
        return None
    points = scale.individual.points
    return max(start - points, scale.low), min(start + points, scale.high)


def threshold_line(scale: Scale) -> list[dict[str, object]]:
    """Threshold for clinical importance, where there is one."""
    if scale.importance is None:
        return []
    points = scale.importance.points
    line = {"color": PURPLE, "width": 1.5, "dash": "dashdot"}
    return [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": points, "y1": points}
        | {"line": line}
    ]


def _labels(course: QolCourse, trajectory: Trajectory) -> list[dict[str, object]]:
    """Words at the lines across, right of the scores: the start and the threshold."""
    scale, start = trajectory.scale, trajectory.start
    heights = {}
    if start is not None:
        heights[f"start {number(scale, start)}"] = start
    if scale.importance is not None:
        side = "&lt;" if scale.higher_is_better else ">"
        heights[f"threshold {side}{scale.importance.points:g}"] = scale.importance.points
    room = _LINE_SHARE * (scale.high - score_floor(course, trajectory))
    return [_label(words, height) for words, height in spread(heights, room)]


def spread(heights: dict[str, float], room: float) -> list[tuple[str, float]]:
    """Words with their heights, from the lowest; moved up where closer than ``room``."""
    placed: list[tuple[str, float]] = []
    for words, height in sorted(heights.items(), key=lambda one: one[1]):
        lowest = placed[-1][1] + room if placed else height
        placed.append((words, max(height, lowest)))
    return placed


def _label(words: str, height: float) -> dict[str, object]:
    return {
        "text": words,
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 3,
        "y": height,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 11},
    }

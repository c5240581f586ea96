"""What happened meanwhile, in a strip below the scores: treatment, irAE, steroids, missed forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from components.chart import BLUE, GREY, PURPLE, VERMILION, axis, weeks
from components.course_events import immune_related
from components.qol_course import QolCourse
from components.qol_words import end_words
from components.wording import date_words, grade_mark, grade_words, week_words
from models.qol.trajectory import Trajectory

ROWS = ("treatment", "irAE", "steroid", "missed")
"""Rows of the strip from top to bottom."""

_PLACE = {row: len(ROWS) - 0.5 - number for number, row in enumerate(ROWS)}
NEAR_NARROW, NEAR_WIDE = 0.09, 0.05
"""Share of the time axis within which irAE share one mark, in a panel of half and of full width."""

_LEAST_PLOT_PX, _CHARACTER_PX = 420, 6.6
_SEVERE_GRADE = 3
_MOST_LINES = 30


@dataclass(frozen=True)
class Mark:
    """irAE that lie so close that they share a mark: where, worst grade, how many, in words."""

    week: float
    grade: float | None
    count: int
    words: str

    @property
    def text(self) -> str:
        """Worst grade, and how many more there are."""
        more = f" +{self.count - 1}" if self.count > 1 else ""
        return f"{grade_mark(self.grade)}{more}"


def irae_marks(course: QolCourse, share: float) -> list[Mark]:
    """Adverse events taken as immune-related, in order, near ones together."""
    events = immune_related(course.events).sort_values("day")
    near = share * (course.axis_end - course.first_day) / 7
    groups: list[list[tuple[float, float | None, str]]] = []
    for organ, grade, day in zip(events["organ"], events["grade"], events["day"], strict=True):
        known = None if pd.isna(grade) else float(grade)
        one = (day / 7, known, f"{week_words(day)}: {escape(organ)}, {grade_words(known)}")
        if groups and one[0] - groups[-1][0][0] <= near:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_mark(group) for group in groups]


def _mark(group: list[tuple[float, float | None, str]]) -> Mark:
    grades = [grade for _, grade, _ in group if grade is not None]
    words = "<br>".join(words for _, _, words in group)
    return Mark(group[0][0], max(grades, default=None), len(group), words)


def strip_axis(domain: list[float]) -> dict[str, object]:
    """The strip's rows by name."""
    return axis(
        range=[0, len(ROWS)],
        domain=domain,
        tickvals=list(_PLACE.values()),
        ticktext=list(ROWS),
        showgrid=False,
    )


def strip_traces(
    course: QolCourse, marks: Sequence[Mark], shown: Sequence[Trajectory], y_axis: str
) -> list[dict[str, object]]:
    """One row each; missed forms are those of the scales shown."""
    traces = [
        _treatment_trace(course),
        _irae_trace(marks),
        _steroid_trace(course),
        _missed_trace(course, shown),
    ]
    return [{"type": "scatter", "yaxis": y_axis, **trace} for trace in traces]


def treatment_names(course: QolCourse, y_axis: str) -> list[dict[str, object]]:
    """Names of the lines in their bars, shortened to the room they have."""
    lines = course.treatments.sort_values("day")
    starts = lines["day"].astype(float).tolist()
    span = course.axis_end - course.first_day
    names = []
    for number, (name, start) in enumerate(zip(lines["regimen"], starts, strict=True)):
        if start > course.axis_end:
            break
        following = starts[number + 1] if number + 1 < len(starts) else course.axis_end
        share = (min(following, course.axis_end) - start) / span
        words = _shortened(str(name), int(share * _LEAST_PLOT_PX / _CHARACTER_PX))
        names.append(
            {
                "x": start / 7,
                "y": _PLACE["treatment"],
                "yref": y_axis,
                "text": escape(words),
                "showarrow": False,
                "xanchor": "left",
                "xshift": 3,
                "font": {"size": 11},
            }
        )
    return names


def _shortened(name: str, room: int) -> str:
    if len(name) <= room:
        return name
    return f"{name[: room - 1].rstrip()}…" if room > 3 else ""


def _bars(rows: pd.DataFrame, course: QolCourse) -> tuple[np.ndarray, int]:
    """Start, end and a gap for each row that starts within the axis, in weeks."""
    rows = rows[rows["day"] <= course.axis_end]
    ends = rows["end_day"].astype(float).fillna(course.last_day).clip(upper=course.axis_end)
    starts = rows["day"].astype(float)
    ends = np.maximum(ends.to_numpy(), starts.to_numpy())
    gaps = np.full(len(rows), np.nan)
    return np.column_stack([weeks(starts), weeks(ends), gaps]).ravel(), len(rows)


def _treatment_trace(course: QolCourse) -> dict[str, object]:
    bars, count = _bars(course.treatments.sort_values("day"), course)
    names = course.treatments.sort_values("day")["regimen"].astype(str).head(count)
    return {
        "name": "treatment",
        "x": bars,
        "y": np.full(3 * count, _PLACE["treatment"]),
        "mode": "lines+markers",
        "marker": {"symbol": "line-ns", "size": 14, "line": {"color": BLUE, "width": 2}},
        "line": {"color": "rgba(42,143,208,0.30)", "width": 15},
        "customdata": [escape(name) for name in names for _ in range(3)],
        "hovertemplate": "week %{x:.0f}: %{customdata}<extra>treatment</extra>",
    }


def _irae_trace(marks: Sequence[Mark]) -> dict[str, object]:
    severe = [mark.grade is not None and mark.grade >= _SEVERE_GRADE for mark in marks]
    return {
        "name": "irAE",
        "x": np.array([mark.week for mark in marks]),
        "y": np.full(len(marks), _PLACE["irAE"]),
        "mode": "markers+text",
        "text": [mark.text for mark in marks],
        "textposition": "middle right",
        "textfont": {"size": 11},
        "cliponaxis": False,
        "customdata": [mark.words for mark in marks],
        "marker": {
            "symbol": "triangle-up",
            "size": np.where(severe, 12, 9),
            "color": np.where(severe, VERMILION, BLUE),
            "opacity": 1,
            "line": {"width": 0},
        },
        "hovertemplate": "%{customdata}<extra>irAE</extra>",
    }


def _steroid_trace(course: QolCourse) -> dict[str, object]:
    bars, count = _bars(course.steroids, course)
    return {
        "name": "steroid",
        "x": bars,
        "y": np.full(3 * count, _PLACE["steroid"]),
        "mode": "lines+markers",
        "marker": {"symbol": "line-ns", "size": 8, "line": {"color": PURPLE, "width": 2}},
        "line": {"color": PURPLE, "width": 7},
        "hovertemplate": "steroid, week %{x:.0f}<extra></extra>",
    }


def _missed_trace(course: QolCourse, shown: Sequence[Trajectory]) -> dict[str, object]:
    missed = sorted({due for one in shown for due in one.missed})
    full = {one.instrument.name for one in shown}
    unscored = sorted({f for one in shown for f in one.forms if f.value is None}) if shown else []
    days = [*(due.day for due in missed), *(form.day for form in unscored)]
    symbols = ["circle-open" if due.instrument in full else "diamond-open" for due in missed]
    words = ["due and not received"] * len(missed) + ["received, without this score"] * len(
        unscored
    )
    return {
        "name": "missed form",
        "x": weeks(days),
        "y": np.full(len(days), _PLACE["missed"]),
        "mode": "markers",
        "marker": {
            "symbol": symbols + ["x-thin-open"] * len(unscored),
            "size": 8,
            "color": GREY,
            "line": {"width": 1.5},
        },
        "customdata": [
            f"{week_words(day)}, {date_words(course.on(day))}: form {word}"
            for day, word in zip(days, words, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def vertical_lines(
    course: QolCourse, marks: Sequence[Mark], bottom: float
) -> list[dict[str, object]]:
    """Dotted lines at irAE through the scores, a solid one where observation ended."""
    lines = [
        _upright(mark.week, bottom, VERMILION, {"width": 1, "dash": "dot"})
        for mark in marks[:_MOST_LINES]
    ]
    if not course.ends_beyond:
        lines.append(_upright(course.last_day / 7, 0, GREY, {"width": 2}))
    return lines


def _upright(week: float, bottom: float, colour: str, line: dict[str, object]) -> dict[str, object]:
    return {
        "type": "line",
        "x0": week,
        "x1": week,
        "yref": "paper",
        "y0": bottom,
        "y1": 1,
        "line": {"color": colour, **line},
    }


def end_label(course: QolCourse) -> dict[str, object]:
    """How observation ended, above the scores; with an arrow when it is beyond the axis."""
    place: dict[str, object] = (
        {"x": 1, "xref": "paper"} if course.ends_beyond else {"x": course.last_day / 7}
    )
    return {
        **place,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": "right",
        "text": end_words(course) + (" →" if course.ends_beyond else ""),
        "showarrow": False,
        "font": {"size": 11},
    }

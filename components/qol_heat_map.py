"""All scales by all forms: the number, how bad it is, and what stands out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from components.chart import chart
from components.panel import note
from components.qol_course import QolCourse
from components.qol_words import (
    gap_words,
    number,
    source_words,
    thresholds_words,
    worse_words,
)
from components.wording import date_words, week_cell
from models.qol.instrument import Scale
from models.qol.trajectory import Trajectory

STEPS = 5
"""Shades from best to worst."""

BEYOND, WORSE = "!", "▾"
"""Marks: beyond the threshold for clinical importance, and worse than at the start."""

_MOST_DECIMALS = 2


@dataclass(frozen=True)
class Column:
    """A day on which forms came, or on which one was due and missed."""

    day: float
    missed: bool


def heat_map(course: QolCourse) -> list[Component]:
    """Every scale with a score, functioning before symptoms, over every form and missed form."""
    groups = grouped(course.trajectories.values())
    shown = [one for _, rows in groups for one in rows]
    columns = form_columns(shown)
    finding = heat_finding(course, shown)
    drawing = html.Div([_table(course, groups, columns), _legend(shown)], className="qol-wide")
    heads = ("date", "week", *(one.scale.label for one in shown))
    return [
        chart(
            "All scales: darker is worse", finding, drawing, heads, _numbers(course, shown, columns)
        ),
        note(source_words(course, shown)),
    ]


def grouped(every: Iterable[Trajectory]) -> list[tuple[str, list[Trajectory]]]:
    """Scales with a score under a heading each: what is better high, what worse, compound ones.

    Questionnaires stand one after the other.
    """
    groups: dict[str, list[Trajectory]] = {}
    ranked = sorted(
        (one for one in every if one.scores),
        key=lambda one: (bool(one.scale.parts), not one.scale.higher_is_better),
    )
    titles = list(dict.fromkeys(one.instrument.title for one in every if one.scores))
    for title in titles:
        for one in ranked:
            if one.instrument.title == title:
                kind = " compound score" if one.scale.parts else ""
                groups.setdefault(f"{title}{kind}: {one.scale.direction_words}", []).append(one)
    return list(groups.items())


def form_columns(shown: Iterable[Trajectory]) -> list[Column]:
    """Days with a form and days of missed forms, in order; a form that came wins."""
    came = {form.day for one in shown for form in one.forms}
    missed = {due.day for one in shown for due in one.missed} - came
    days = [Column(day, missed=False) for day in came]
    days += [Column(day, missed=True) for day in missed]
    return sorted(days, key=lambda column: column.day)


def shade(scale: Scale, value: float) -> int:
    """How bad a score is, 0 (best) to ``STEPS - 1``, over the range of its scale.

    A scale that reaches below 0, as an index where 0 is as bad as being dead, is darkest there.
    """
    low = max(scale.low, 0.0)
    share = (value - low) / (scale.high - low)
    worse = 1 - share if scale.higher_is_better else share
    return min(max(int(worse * STEPS), 0), STEPS - 1)


def heat_finding(course: QolCourse, shown: Sequence[Trajectory]) -> str:
    """Which scales are worse than at the start and which call for attention, in one sentence."""
    beyond = sum(one.scale.calls_for_attention(one.scores[-1][1]) for one in shown)
    sentence = f"Latest scores: {worse_words(shown)}"
    if thresholds_words(shown):
        sentence += f"; {beyond} beyond the threshold for clinical importance"
        sentence += f" ({thresholds_words(shown)})"
    longest = max(shown, key=lambda one: len(one.missed))
    return "; ".join([sentence, *gap_words(course, longest)]) + "."


def _table(
    course: QolCourse, groups: list[tuple[str, list[Trajectory]]], columns: list[Column]
) -> html.Div:
    bodies = [
        html.Tbody(
            [
                html.Tr(html.Th(html.Span(title), colSpan=len(columns) + 1, scope="rowgroup")),
                *(_row(one, columns) for one in rows),
            ]
        )
        for title, rows in groups
    ]
    table = html.Table([_head(course, columns), *bodies], className="heat-map")
    return html.Div(
        table,
        className="heat-scroll",
        tabIndex=0,
        role="region",
        **{"aria-label": "All scales by form"},
    )


def _head(course: QolCourse, columns: list[Column]) -> html.Thead:
    dates = [html.Th("date", scope="row")]
    weeks = [html.Th("week", scope="row")]
    for column in columns:
        words = "missed" if column.missed else date_words(course.on(column.day))
        kind = "heat-missed" if column.missed else ""
        dates.append(html.Th(html.Span(words), scope="col", className=f"heat-date {kind}".strip()))
        weeks.append(html.Th(_week(column.day), scope="col"))
    return html.Thead([html.Tr(dates), html.Tr(weeks)])


def _week(day: float) -> str:
    return "<0" if day < 0 else week_cell(day)


def _row(trajectory: Trajectory, columns: list[Column]) -> html.Tr:
    values = {form.day: form.value for form in trajectory.forms}
    missed = {due.day for due in trajectory.missed}
    label = trajectory.scale.label
    cells = [html.Th(f"{label[:1].upper()}{label[1:]}", scope="row")]
    for column in columns:
        if column.missed:
            cells.append(html.Td(className="heat-missed" if column.day in missed else None))
        elif column.day in values:
            cells.append(_cell(trajectory, values[column.day]))
        else:
            cells.append(html.Td())
    return html.Tr(cells)


def _cell(trajectory: Trajectory, value: float | None) -> html.Td:
    if value is None:
        return html.Td("–", className="heat-unscored")
    marks = marks_of(trajectory, value)
    kind = f"heat heat-{shade(trajectory.scale, value)}"
    if BEYOND in marks:
        kind += " heat-beyond"
    return html.Td([_short(trajectory.scale, value), html.Span(marks)], className=kind)


def marks_of(trajectory: Trajectory, value: float) -> str:
    """What stands out about a score, as marks; empty when nothing does."""
    beyond = BEYOND if trajectory.scale.calls_for_attention(value) else ""
    return beyond + (WORSE if trajectory.is_worse(value) else "")


def _short(scale: Scale, value: float) -> str:
    return f"{value:.{min(scale.decimals, _MOST_DECIMALS)}f}".replace("-", "\N{MINUS SIGN}")


def _legend(shown: Sequence[Trajectory]) -> html.P:
    sources = thresholds_words(shown)
    beyond = f"beyond the threshold for clinical importance ({sources})"
    shades = [html.Span(className=f"heat-key heat-{step}") for step in range(STEPS)]
    return note(
        "best ",
        *shades,
        " worst of the range, whichever way the scale runs",
        *([html.Span(BEYOND, className="key-text heat-mark"), beyond] if sources else []),
        html.Span(WORSE, className="key-text heat-mark"),
        "worse than at the start by the change that flags one person",
        html.Span(className="heat-key heat-missed key-text"),
        "due and missed",
        html.Span("–", className="key-text"),
        "too few answers; empty: not asked in that form",
    )


def _numbers(
    course: QolCourse, shown: Sequence[Trajectory], columns: list[Column]
) -> list[tuple[str, ...]]:
    rows = []
    for column in columns:
        head = (date_words(course.on(column.day)), week_cell(column.day))
        rows.append((*head, *(_words_at(one, column) for one in shown)))
    return rows


def _words_at(trajectory: Trajectory, column: Column) -> str:
    if column.missed:
        return "missed" if any(due.day == column.day for due in trajectory.missed) else ""
    for form in trajectory.forms:
        if form.day == column.day:
            if form.value is None:
                return "not scored"
            words = number(trajectory.scale, form.value)
            return f"{words} {marks_of(trajectory, form.value)}".rstrip()
    return ""

"""How quality of life moves: one scale large, several small, or all of them as a heat map."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.chart import chart, plot
from components.notices import empty
from components.panel import note
from components.qol_controls import MOST_SMALL, Choice
from components.qol_course import QolCourse
from components.qol_figure import qol_figure, small_figure, start_ends, strip_figure
from components.qol_forecast import forecast_panel
from components.qol_heat_map import heat_map
from components.qol_marks import NEAR_WIDE, Mark, irae_marks
from components.qol_parts import parts_panel
from components.qol_words import (
    attention_words,
    band_words,
    change_words,
    end_words,
    latest_words,
    number,
    scale_title,
    sizes_words,
    source_words,
    thresholds_words,
    worse_words,
)
from components.wording import date_words, week_cell, week_words
from models.cohort.comparable import Group
from models.qol.forecast.prediction import FormDeterminants, FormForecast
from models.qol.instrument import Scale
from models.qol.trajectory import Due, Form, Trajectory

_IRAE_KEY = (
    html.Span("▲", className="key-text"),
    "irAE by worst grade, large from 3, + others close by",
)
_COLUMNS = ("date", "week", "score", "since the start", "comparable median", "10 to 90 %")


def qol_panel(
    course: QolCourse, shown: Choice, looked: FormForecast | FormDeterminants | None = None
) -> list[Component]:
    """The chosen view with its finding, or a sentence and a next step without any form.

    Args:
        course: the patient.
        shown: the view and its scales.
        looked: what the view of the forecast, or of what a score goes with, is of.
    """
    if not any(one.scores for one in course.trajectories.values()):
        return [empty("No questionnaire of this patient has a score.", _next_step(course))]
    if shown.view == "all":
        return heat_map(course)
    if shown.view == "several":
        return several_scales(course, shown.several)
    if shown.scale not in course.trajectories:
        sentence = "No questionnaire of this patient has a scale that is forecast."
        return [empty(sentence, _next_step(course))]
    trajectory = course.trajectories[shown.scale]
    if isinstance(looked, FormForecast):
        return forecast_panel(course, trajectory, looked)
    if isinstance(looked, FormDeterminants):
        return parts_panel(course, trajectory, looked)
    return one_scale(course, trajectory)


def one_scale(course: QolCourse, trajectory: Trajectory) -> list[Component]:
    """One scale, large."""
    if not trajectory.scores:
        return [_without_score(course, trajectory.scale)]
    title, finding = scale_title(trajectory.scale), latest_words(course, trajectory)
    figure = plot(qol_figure(course, trajectory), f"{title}. {finding}")
    drawing = html.Div([figure, _legend(course, trajectory)])
    columns = (
        "form",
        "date",
        "week",
        "score",
        "since the start",
        "comparable median",
        "10 to 90 %",
    )
    return [
        chart(title, finding, drawing, columns, _numbers(course, trajectory)),
        note(f"{source_words(course, [trajectory])} {sizes_words(trajectory.scale)}"),
    ]


def several_scales(course: QolCourse, keys: Sequence[str]) -> list[Component]:
    """Small multiples over one time axis, with the strip of events below them."""
    if not keys:
        return [empty("No scale is chosen.", "Open “Choose scales” and tick some.")]
    shown = [course.trajectories[key] for key in keys[:MOST_SMALL]]
    marks = irae_marks(course, NEAR_WIDE)
    parts: list[Component] = []
    for one in shown:
        parts += [_heading(course, one), _small_plot(course, one, marks)]
    parts.append(html.P("Meanwhile", className="qol-multiple quiet"))
    parts.append(plot(strip_figure(course, shown, marks), _strip_words(course, marks)))
    scored = [one for one in shown if one.scores]
    rows = [(one.scale.label, *cells) for one in scored for _, *cells in _numbers(course, one)]
    finding = several_finding(scored, len(keys) - len(shown))
    multiples = html.Div(parts, className="qol-small")
    drawing = html.Div([multiples, _small_legend(course, shown)], className="qol-wide")
    return [
        chart("Several scales", finding, drawing, ("scale", *_COLUMNS), rows),
        note(source_words(course, scored)),
    ]


def _small_plot(course: QolCourse, trajectory: Trajectory, marks: Sequence[Mark]) -> Component:
    if not trajectory.scores:
        return html.Div()
    words = f"{scale_title(trajectory.scale)}. {latest_words(course, trajectory)}"
    return plot(small_figure(course, trajectory, marks), words)


def several_finding(shown: Sequence[Trajectory], left_out: int) -> str:
    """Which of the scales are worse than at the start, and how many are not drawn."""
    words = worse_words(shown)
    words = f"{words[:1].upper()}{words[1:]}"
    return f"{words}; {left_out} more chosen and not drawn." if left_out else f"{words}."


def _heading(course: QolCourse, trajectory: Trajectory) -> html.P:
    """Name, direction, latest score and its change in words."""
    scale = trajectory.scale
    name = html.Strong(f"{scale.label[:1].upper()}{scale.label[1:]}")
    parts: list[Component | str] = [name, f" ({scale.direction_words}): "]
    if not trajectory.scores:
        return html.P([*parts, "no score"], className="qol-multiple")
    day, value = trajectory.scores[-1]
    words = [f"{number(scale, value)} in {week_words(day)}"]
    if day < 0:
        words = [f"{number(scale, value)} {week_words(day)}"]
    words += [change_words(change, scale) for change in trajectory.changes[-1:]]
    words += attention_words(trajectory)
    return html.P([*parts, "; ".join(words)], className="qol-multiple")


def _strip_words(course: QolCourse, marks: Sequence[Mark]) -> str:
    events = sum(mark.count for mark in marks)
    return f"Treatment, {events} irAE, steroids and missed forms; {end_words(course)}."


def _next_step(course: QolCourse) -> str:
    if course.died:
        return "Import the scores that the site has, if there are any."
    return "Give a questionnaire at the next visit, or import the scores that the site has."


def _without_score(course: QolCourse, scale: Scale) -> html.Div:
    give = "" if course.died else ", or give the questionnaire at the next visit"
    return empty(
        f"No questionnaire of this patient has a score for {scale.label}.",
        f"Choose another scale{give}.",
    )


def _legend(course: QolCourse, trajectory: Trajectory) -> html.P:
    scale = trajectory.scale
    parts: list[Component | str] = [
        html.Span(className="key key-line"),
        trajectory.instrument.title,
    ]
    if any(form.instrument != trajectory.instrument.name for form in trajectory.forms):
        parts += [html.Span("◆", className="key-text"), "short form"]
    parts += ["; no line across a missed form", *_IRAE_KEY]
    if start_ends(trajectory) is not None and scale.individual is not None:
        source = scale.individual.source
        parts += [
            html.Span(className="key key-start"),
            f"within {scale.individual.points:g} of the start: too little to flag one person"
            f" ({source}{'' if scale.individual.verified else ', unverified'})",
        ]
    if scale.importance is not None:
        side = "below" if scale.higher_is_better else "above"
        seen = "" if scale.importance.verified else ", unverified"
        words = f"clinically important {side} {scale.importance.points:g}"
        parts += [
            html.Span("─·", className="key-text"),
            f"{words} ({scale.importance.source}{seen})",
        ]
    return note(*parts, *_band_key(course, trajectory))


def _band_key(course: QolCourse, trajectory: Trajectory) -> list[Component | str]:
    band = course.bands.get(trajectory.key)
    words = band_words(band)
    if band is None or band.rows.empty:
        return [f" · {words}"]
    return [
        html.Span(className="key key-band"),
        html.Span(words, className="band-fallback" if band.fell_back else None),
        " (10th to 90th percentile, median dashed)",
    ]


def _small_legend(course: QolCourse, shown: Sequence[Trajectory]) -> html.P:
    """The marks once, and whom each scale is compared with where that differs."""
    groups: dict[Group | None, list[Trajectory]] = {}
    for one in shown:
        band = course.bands.get(one.key)
        group = None if band is None or band.rows.empty else band.group
        groups.setdefault(group, []).append(one)
    words = []
    for alike in groups.values():
        who = band_words(*(course.bands.get(one.key) for one in alike))
        labels = ", ".join(one.scale.label for one in alike)
        words.append(who if len(groups) == 1 else f"{labels}: {who}")
    bands = (course.bands.get(one.key) for one in shown)
    fell_back = any(band is not None and band.fell_back for band in bands)
    return note(
        *_IRAE_KEY,
        *_start_key(shown),
        *_threshold_key(shown),
        html.Span(className="key key-band"),
        "comparable patients, 10th to 90th percentile: ",
        html.Span("; ".join(words), className="band-fallback" if fell_back else None),
    )


def _start_key(shown: Sequence[Trajectory]) -> list[Component | str]:
    if not any(start_ends(one) for one in shown):
        return []
    return [html.Span(className="key key-start"), "too near the start to flag one person"]


def _threshold_key(shown: Sequence[Trajectory]) -> list[Component | str]:
    sources = thresholds_words(shown)
    if not sources:
        return []
    return [html.Span("─·", className="key-text"), f"clinically important beyond ({sources})"]


def _numbers(course: QolCourse, trajectory: Trajectory) -> list[tuple[str, ...]]:
    rows = [(form.day, _form_row(course, trajectory, form)) for form in trajectory.forms]
    rows += [(due.day, _missed_row(course, due)) for due in trajectory.missed]
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def _form_row(course: QolCourse, trajectory: Trajectory, form: Form) -> tuple[str, ...]:
    scale = trajectory.scale
    full = form.instrument == trajectory.instrument.name
    head = (
        trajectory.instrument.title if full else "short form",
        date_words(course.on(form.day)),
        week_cell(form.day),
    )
    if form.value is None:
        return (*head, "not scored", "", "", "")
    worsening = trajectory.worsening(form.value)
    since = "" if worsening is None else _since_words(scale, worsening)
    band = course.bands.get(trajectory.key)
    compared = band.at(form.day) if band is not None else None
    beside = ("", "")
    if compared is not None:
        low, median, high = compared
        beside = (number(scale, median), f"{number(scale, low)} to {number(scale, high)}")
    return (*head, number(scale, form.value), since, *beside)


def _since_words(scale: Scale, worsening: float) -> str:
    size = number(scale, abs(worsening))
    if float(size) == 0:
        return "0"
    return f"{size} {'worse' if worsening > 0 else 'better'}"


def _missed_row(course: QolCourse, due: Due) -> tuple[str, ...]:
    return ("missed", date_words(course.on(due.day)), week_cell(due.day), "", "", "", "")

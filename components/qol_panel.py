"""How quality of life moves: one scale against the cohort, with irAE, steroids and missed forms."""

from __future__ import annotations

from dataclasses import replace

import dash_bootstrap_components as dbc
import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from components.chart import chart, plot
from components.notices import empty
from components.panel import note
from components.qol_figure import BASELINE_LAST_DAY, QolCourse, qol_figure
from components.wording import DRUG_CLASS_WORDS, date_words, week_cell, week_words
from models.qol.important_differences import (
    CLINICAL_IMPORTANCE,
    INDIVIDUAL,
    INDIVIDUAL_SOURCE,
    SIZE_SOURCE,
    calls_for_attention,
    higher_is_better,
    size_of_change,
)
from models.qol.qlq_c30 import SCALES, SUMMARY
from models.qol.schedule import FULL


def scale_select(identity: str) -> dbc.Select:
    """All scales by their full names; the global scale first."""
    options = [{"label": scale.label, "value": code} for code, scale in SCALES.items()]
    options.append({"label": scale_label(SUMMARY), "value": SUMMARY})
    return dbc.Select(id=identity, options=options, value="QL", size="sm", class_name="qol-select")


def scale_label(scale: str) -> str:
    """Full name of a scale."""
    return "summary score" if scale == SUMMARY else SCALES[scale].label


def qol_panel(course: QolCourse) -> list[Component]:
    """Chart with its finding, or a sentence and a next step without any form."""
    course = replace(
        course,
        full=course.full.dropna(subset="value"),
        short=course.short.dropna(subset="value"),
        band=course.band.dropna(),
    )
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
            f" data to {date_words(course.data_date)}. Change of one patient: small from 5,"
            f" moderate from 10, large from 20 points ({SIZE_SOURCE})."
        ),
    ]


def qol_finding(course: QolCourse) -> str:
    """Latest points, change since the form before, and the cohort's median, in one sentence.

    A short form counts as any other: its items are those of the QLQ-C30.
    """
    short = course.short.assign(form=", short form")
    forms = pd.concat([course.full.assign(form=""), short]).sort_values("day", kind="stable")
    last = forms.iloc[-1]
    sentence = f"Latest {last.value:.0f} points ({week_words(last.day)}{last.form})"
    for when, value in _compared(forms, course.baseline):
        sentence += f"; {_change(last.value - value, course.scale, when)}"
    if calls_for_attention(course.scale, last.value):
        sentence += "; beyond the threshold for clinical importance"
    median = _band_at(course.band, last.day)
    if median is not None:
        sentence += f"; cohort median {median['median']:.0f}"
    due = course.expected[course.expected["instrument"] == FULL]
    missed = len(due) - int(due["received"].sum())
    if missed:
        sentence += f"; {missed} of {len(due)} QLQ-C30 forms missed"
    return f"{sentence}."


def _compared(forms: pd.DataFrame, baseline: float | None) -> list[tuple[str, float]]:
    """What the last form is compared with: the form before, and the start when that is another."""
    earlier = forms.iloc[:-1]
    found = [] if earlier.empty else [("the form before", float(earlier.iloc[-1].value))]
    at_start = earlier[earlier["day"] <= BASELINE_LAST_DAY]
    if baseline is not None and not at_start.empty:
        started = ("the start", baseline)
        found = [started] if len(at_start) == len(earlier) else [*found, started]
    return found


def _change(difference: float, scale: str, when: str) -> str:
    if round(difference) == 0:
        return f"unchanged since {when}"
    better = (difference > 0) == higher_is_better(scale)
    size = size_of_change(difference)
    points = f"{abs(difference):.0f} point{'s' if round(abs(difference)) != 1 else ''}"
    if size == "hardly any":
        return f"hardly changed since {when}, {points} {'better' if better else 'worse'}"
    return f"{size} {'improvement' if better else 'deterioration'} since {when}, {points}"


def _band_at(band: pd.DataFrame, day: float) -> pd.Series | None:
    if band.empty:
        return None
    return band.iloc[np.abs(band["day"].to_numpy(float) - day).argmin()]


def _legend(course: QolCourse) -> html.P:
    parts = [html.Span(className="key key-line"), "QLQ-C30"]
    if not course.short.empty:
        parts += [html.Span("◆", className="key-text"), "short form"]
    if course.baseline is not None:
        words = f"{INDIVIDUAL:.0f} points from the start ({INDIVIDUAL_SOURCE})"
        parts += [html.Span("┈", className="key-text"), words]
    threshold = CLINICAL_IMPORTANCE.get(course.scale)
    if threshold is not None:
        side = "below" if higher_is_better(course.scale) else "above"
        seen = "" if threshold.verified else ", unverified"
        words = f"clinically important {side} {threshold.points:.0f} ({threshold.source}{seen})"
        parts += [html.Span("─·", className="key-text"), words]
    sizes = course.band["n"].dropna()
    if sizes.empty:
        return note(*parts, " · fewer than 20 comparable patients: no band")
    drug_class = DRUG_CLASS_WORDS.get(course.drug_class, course.drug_class)
    low, high = int(sizes.min()), int(sizes.max())
    size = f"{low}" if low == high else f"{low} to {high}"
    return note(
        *parts,
        html.Span(className="key key-band"),
        f"10th to 90th percentile and median of patients who began with {drug_class}, n = {size}",
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
        rows.append((name, week_cell(row.day), f"{row.value:.0f}", *compared))
    rows += [("missed", week_cell(row.day), "", "", "") for row in course.missed.itertuples()]
    return rows

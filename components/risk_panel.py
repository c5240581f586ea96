"""What risk: one row per outcome, the patient's interval beside the cohort's middle half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import dash_bootstrap_components as dbc
import pandas as pd
from dash import html
from dash.development.base_component import Component

from components import strip
from components.chart import table
from components.notices import empty
from components.panel import note, panel, slot
from components.wording import (
    DRUG_CLASS_WORDS,
    HORIZON_WORDS,
    input_label,
    interval_ends,
    known,
    listed,
    of_hundred,
    outcome_words,
    percent_interval,
)
from models.risk.outcomes import LANDMARKS, OUTCOMES, SEVERE
from models.risk.prediction import OutcomeRisk

_LEAST_AXIS_PERCENT = 5.0
_MOST_NAMED = 8


@dataclass(frozen=True)
class MiddleHalf:
    """Risks of comparable patients: quartiles, and how many patients they stand for."""

    n: int
    q25: float
    median: float
    q75: float


Reference = Mapping[str, MiddleHalf]
"""Middle half by outcome; an outcome with too few patients is not in it."""


def middle_halves(released: pd.DataFrame, horizon_days: int) -> Reference:
    """Released quartiles over one horizon.

    Args:
        released: columns outcome, horizon_days, n, q25, median, q75.
        horizon_days: the horizon.
    """
    rows = released[released["horizon_days"] == horizon_days]
    return {
        row.outcome: MiddleHalf(int(row.n), float(row.q25), float(row.median), float(row.q75))
        for row in rows.dropna(subset=["n", "q25", "median", "q75"]).itertuples()
    }


@dataclass(frozen=True)
class Landmark:
    """The point of treatment that risks are predicted from.

    ``last_day`` is the day of the last contact, ``data_day`` that of the data date, both counted
    from the first dose.
    """

    day: int
    drug_class: str
    data_date: date | None
    last_day: int | None = None
    data_day: int | None = None
    died: bool = False


def risk_frame(
    *, finding: str, outcome: str, foot: str, sure: str, origin: str, horizon: str
) -> html.Section:
    """The panel before risks arrive; the arguments are the ids of the places in it."""
    figure = [
        html.Figcaption(id=finding, className="chart-finding risk-finding"),
        outcome_list(outcome),
        html.Div(id=foot),
    ]
    how_sure = [html.H2("How sure?", className="panel-title"), slot(sure, 4)]
    switch = [html.Span(id=origin, className="risk-from"), horizon_switch(horizon)]
    return panel(
        "What risk?",
        html.Figure(figure, className="chart"),
        html.Div(how_sure, className="sure"),
        aside=html.Div(switch, className="risk-aside"),
        class_name="panel-risk",
    )


def outcome_list(identity: str) -> html.Fieldset:
    """Rows to choose an outcome from, by pointer or keyboard; empty until risks arrive."""
    rows = dbc.RadioItems(
        id=identity,
        options=blank_rows(""),
        value=SEVERE,
        className="risk-rows",
        label_checked_class_name="risk-row-chosen",
    )
    return html.Fieldset([html.Legend("Choose an outcome", className="visually-hidden"), rows])


def horizon_switch(identity: str) -> html.Div:
    """Three horizons as one group of buttons."""
    switch = dbc.RadioItems(
        id=identity,
        options=[{"label": words, "value": days} for days, words in HORIZON_WORDS.items()],
        value=180,
        className="segments",
        input_class_name="btn-check",
        label_class_name="segment",
        label_checked_class_name="active",
    )
    return html.Div(switch, role="group", **{"aria-label": "Within the next"})


def blank_rows(words: str) -> list[dict[str, object]]:
    """One row per outcome without a risk, each saying ``words``."""
    return [
        {
            "label": _row(outcome, html.Span(className="strip"), "", words),
            "value": outcome,
        }
        for outcome in OUTCOMES
    ]


def risk_rows(
    risks: Sequence[OutcomeRisk], scale: strip.Scale, reference: Reference
) -> list[dict[str, object]]:
    """Rows for the outcomes of one horizon, severe first, then organs in their fixed order."""
    by_outcome = {risk.outcome: risk for risk in risks}
    return [
        {
            "label": _row(
                outcome,
                _marks(by_outcome.get(outcome), scale, reference.get(outcome)),
                of_hundred(by_outcome[outcome].risk) if outcome in by_outcome else "not scored",
                _interval(by_outcome.get(outcome)),
            ),
            "value": outcome,
        }
        for outcome in OUTCOMES
    ]


def common_scale(risks: Sequence[OutcomeRisk], released: pd.DataFrame) -> strip.Scale:
    """Per cent scale for all outcomes and all horizons, so that switching moves only the marks."""
    ends = [*(risk.upper for risk in risks), *released["q75"]]
    highest = max((100 * float(end) for end in ends if known(end)), default=0.0)
    return strip.scale_over(0, max(highest, _LEAST_AXIS_PERCENT), floor=0, ceiling=100)


def risk_finding(risk: OutcomeRisk, half: MiddleHalf | None) -> str:
    """The chosen outcome in one sentence, against comparable patients."""
    sentence = (
        f"{outcome_words(risk.outcome).capitalize()}: {of_hundred(risk.risk)}"
        f" (80 % interval {interval_ends(risk.lower, risk.upper)})"
    )
    if half is None or risk.risk is None:
        return f"{sentence}."
    place = "within"
    if risk.risk > half.q75:
        place = "above"
    elif risk.risk < half.q25:
        place = "below"
    return f"{sentence}, {place} the middle half ({interval_ends(half.q25, half.q75)})."


def risk_foot(
    risks: Sequence[OutcomeRisk], scale: strip.Scale, reference: Reference, landmark: Landmark
) -> list[Component]:
    """Axis, legend and table under the rows."""
    return [
        html.Div([html.Span(), strip.ticks(scale, "%")], className="risk-axis"),
        html.Div([_legend(reference, landmark), _numbers(risks, reference)], className="risk-foot"),
    ]


def looking_back(landmark: Landmark, horizon_days: int) -> str:
    """Why the risks do not speak of today, in one sentence; empty when they do."""
    if landmark.died:
        return f"This patient has died: the figures look back to day {landmark.day}."
    end = landmark.day + horizon_days
    if landmark.data_day is not None and landmark.data_day >= end:
        return (
            f"These {horizon_days} days ended in week {end // 7}, and the data go to week"
            f" {landmark.data_day // 7}: the figures look back."
        )
    last_day = landmark.last_day or 0
    if any(landmark.day < day <= last_day for day in LANDMARKS):
        return f"Day {landmark.day} is the last one with enough recent inputs for a score."
    return ""


def not_scored(risk: OutcomeRisk) -> html.Div:
    """Why there is no risk, and which inputs would have to be recorded."""
    missing = [input_label(name) for name in risk.missing]
    step = f"Missing: {listed(missing, _MOST_NAMED)}." if missing else ""
    return empty(f"Not scored. {risk.support_reason}", step)


def _row(outcome: str, marks: Component, words: str, interval: str) -> html.Span:
    return html.Span(
        [
            html.Span(outcome_words(outcome), className="risk-name"),
            marks,
            html.Span(words, className="risk-value"),
            html.Span(interval, className="risk-range"),
        ],
        className="risk-row",
    )


def _marks(risk: OutcomeRisk | None, scale: strip.Scale, half: MiddleHalf | None) -> html.Span:
    marks = []
    if half is not None and known(half.q25) and known(half.q75):
        marks.append(strip.extent(scale, 100 * half.q25, 100 * half.q75, "mark-band"))
    if risk is not None and known(risk.risk):
        low, high = float(risk.lower or 0), float(risk.upper or 0)
        marks.append(strip.extent(scale, 100 * low, 100 * high, "mark-interval"))
        marks.append(strip.point(scale, 100 * float(risk.risk or 0), "mark-dot"))
    return strip.strip(scale, *marks)


def _interval(risk: OutcomeRisk | None) -> str:
    return "" if risk is None else percent_interval(risk.lower, risk.upper)


def _legend(reference: Reference, landmark: Landmark) -> html.P:
    drug_class = DRUG_CLASS_WORDS.get(landmark.drug_class, landmark.drug_class)
    patient = [html.Span(className="key key-dot"), "this patient, 80 % interval"]
    counts = sorted({half.n for half in reference.values()})
    if not counts:
        return note(*patient, " · fewer than 20 comparable patients: no middle half")
    size = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return note(
        *patient,
        html.Span(className="key key-band"),
        f"middle half, {drug_class}, day {landmark.day}, n = {size}",
    )


def _numbers(risks: Sequence[OutcomeRisk], reference: Reference) -> html.Details:
    columns = ("outcome", "risk", "80 % interval", "middle half", "n")
    rows = []
    for risk in risks:
        half = reference.get(risk.outcome)
        compared = (percent_interval(half.q25, half.q75), str(half.n)) if half else ("", "")
        share = f"{100 * risk.risk:.1f} %" if risk.risk is not None else "not scored"
        rows.append((outcome_words(risk.outcome), share, _interval(risk), *compared))
    return table(columns, rows)

"""Why: from a typical patient to this one, in percentage points that add up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from dash import html
from dash.development.base_component import Component

from components import strip
from components.chart import chart
from components.notices import empty
from components.panel import note
from components.wording import (
    HORIZON_WORDS,
    date_words,
    input_phrase,
    input_words,
    of_hundred,
    outcome_title,
    signed,
)
from models.risk.prediction import Contribution, OutcomeRisk

SHOWN = 8
"""Inputs with a bar of their own; the rest share one."""

_SAME_POINTS = 1.0
_SECOND_REASON_SHARE = 1 / 3
_OPPOSITE_SHARE = 1 / 2

Step = tuple[str, str, float]
"""Label, value in words, percentage points."""


def why_panel(risk: OutcomeRisk, landmark_day: int, data_date: date | None) -> list[Component]:
    """Waterfall of one outcome with its sentence; a sentence alone when it is not scored."""
    if risk.risk is None or risk.baseline_risk is None:
        return [empty("Nothing to explain: the outcome is not scored.")]
    sentence = why_sentence(risk)
    title = f"{outcome_title(risk.outcome)}, within {HORIZON_WORDS[risk.horizon_days]}"
    columns = ("input", "value", "percentage points", "log-odds")
    return [
        chart(title, sentence, waterfall(risk), columns, _numbers(risk)),
        note(
            "Association, not cause. Points add up from a typical patient at this point of"
            " treatment, over this horizon, to this patient."
            f" Inputs as known by day {landmark_day}; data to {date_words(data_date)}."
        ),
    ]


def steps(contributions: Sequence[Contribution], shown: int = SHOWN) -> list[Step]:
    """Largest contributions first, then the sum of the others."""
    ranked = _ranked(contributions)
    own = [(*input_words(part.feature, part.value), part.points) for part in ranked[:shown]]
    rest = ranked[shown:]
    if rest:
        noun = "other" if len(rest) == 1 else "others"
        own.append((f"{len(rest)} {noun}", "", sum(part.points for part in rest)))
    return own


def waterfall(risk: OutcomeRisk) -> html.Div:
    """Bars that each start where the one above ends, from the typical patient to this one.

    Raises:
        ValueError: the outcome is not scored.
    """
    if risk.risk is None or risk.baseline_risk is None:
        raise ValueError("an outcome that is not scored has no waterfall")
    start = 100 * risk.baseline_risk
    parts = steps(risk.contributions)
    ends = [start]
    for _, _, points in parts:
        ends.append(ends[-1] + points)
    scale = _scale(ends)
    rows = [_total("typical patient", scale, start)]
    rows += [
        _step(part, scale, begin, end)
        for part, (begin, end) in zip(parts, pairwise(ends), strict=True)
    ]
    rows.append(_total("this patient", scale, 100 * risk.risk))
    rows.append(html.Div([html.Span(), html.Span(), strip.ticks(scale, "%")], className="why-axis"))
    return html.Div(rows, className="why-rows")


def why_sentence(risk: OutcomeRisk) -> str:
    """Risk against the typical patient and the inputs behind the difference, in one sentence."""
    if risk.risk is None or risk.baseline_risk is None:
        return "Not scored."
    here, typical = of_hundred(risk.risk), of_hundred(risk.baseline_risk)
    difference = 100 * (risk.risk - risk.baseline_risk)
    if abs(difference) < _SAME_POINTS or here == typical:
        return f"{here}, about the same as a typical patient.{_both_ways(risk.contributions)}"
    along = [part for part in _ranked(risk.contributions) if part.points * difference > 0]
    against = [part for part in _ranked(risk.contributions) if part.points * difference < 0]
    reasons = [part for part in along[:2] if _matters(part, along[0], _SECOND_REASON_SHARE)]
    because = " and ".join(input_phrase(part.feature, part.value) for part in reasons)
    sentence = f"{here} rather than {typical}"
    if because:
        sentence += f", mostly because of {because}"
    if against and along and _matters(against[0], along[0], _OPPOSITE_SHARE):
        sentence += f", partly offset by {input_phrase(against[0].feature, against[0].value)}"
    return f"{sentence}."


def _ranked(contributions: Sequence[Contribution]) -> list[Contribution]:
    return sorted(contributions, key=lambda part: -abs(part.points))


def _matters(part: Contribution, largest: Contribution, share: float) -> bool:
    return abs(part.points) >= share * abs(largest.points)


def _both_ways(contributions: Sequence[Contribution]) -> str:
    ranked = _ranked(contributions)
    up = next((part for part in ranked if part.points >= _SAME_POINTS), None)
    down = next((part for part in ranked if part.points <= -_SAME_POINTS), None)
    if up is None or down is None:
        return ""
    return (
        f" Raised by {input_phrase(up.feature, up.value)},"
        f" lowered by {input_phrase(down.feature, down.value)}."
    )


def _scale(ends: Sequence[float]) -> strip.Scale:
    low, high = min(ends), max(ends)
    margin = max(0.08 * (high - low), 0.1)
    return strip.scale_over(low - margin, high + margin, floor=0, ceiling=100)


def _total(label: str, scale: strip.Scale, percent: float) -> html.Div:
    return html.Div(
        [
            html.Span(label, className="why-name"),
            html.Span(f"{percent:.1f} %", className="why-points"),
            strip.strip(scale, strip.point(scale, percent, "mark-total")),
        ],
        className="why-row why-total",
    )


def _step(step: Step, scale: strip.Scale, begin: float, end: float) -> html.Div:
    label, value, points = step
    direction = "mark-up" if points >= 0 else "mark-down"
    name = [html.Span(label, className="why-label"), html.Span(value, className="why-value")]
    return html.Div(
        [
            html.Span(name, className="why-name", title=f"{label} {value}".strip()),
            html.Span(signed(points), className="why-points"),
            strip.strip(
                scale,
                strip.extent(scale, begin, end, f"mark-bar {direction}"),
                strip.point(scale, end, "mark-join"),
            ),
        ],
        className="why-row",
    )


def _numbers(risk: OutcomeRisk) -> list[tuple[str, str, str, str]]:
    return [
        (
            *input_words(part.feature, part.value),
            signed(part.points, 2),
            signed(part.log_odds, 3),
        )
        for part in _ranked(risk.contributions)
    ]

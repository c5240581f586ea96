"""What can be discussed: which inputs would sharpen the prediction, and where the models stand."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.wording import input_label
from models.risk.prediction import OutcomeRisk

_MOST_NAMED = 12
_WORTH_SAYING = 0.05  # percentage points


def discuss_panel(risk: OutcomeRisk, landmark_day: int) -> list[Component]:
    """Missing inputs as a list to complete, and the way to the models' own evaluation."""
    return [
        html.P(_completeness(risk, landmark_day), className="mb-1"),
        html.Ul([html.Li(words) for words in _named(risk)], className="missing-inputs"),
        html.P(about_models(), className="mb-0"),
    ]


def about_models() -> list[Component | str]:
    """Where the evaluation of the models is."""
    link = dcc.Link("about the models", href="/models")
    return ["How well the models separate and calibrate: ", link, "."]


def _named(risk: OutcomeRisk) -> list[str]:
    gains = [*risk.narrowing, *[0.0] * len(risk.missing)]
    labels = [
        f"{input_label(name)} (−{gain:.1f} points)" if gain >= _WORTH_SAYING else input_label(name)
        for name, gain in zip(risk.missing[:_MOST_NAMED], gains, strict=False)
    ]
    more = len(risk.missing) - _MOST_NAMED
    return [*labels, f"and {more} more"] if more > 0 else labels


def _completeness(risk: OutcomeRisk, landmark_day: int) -> str:
    if not risk.missing:
        return f"Every input of the models was known by day {landmark_day}."
    count = len(risk.missing)
    noun = "input was" if count == 1 else "inputs were"
    return (
        f"{count} {noun} not known by day {landmark_day}; knowing them would narrow the interval,"
        " the first one most:"
    )

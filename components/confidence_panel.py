"""How sure: interval, what is missing, what is unusual, how many comparable patients."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from components.wording import input_label, input_phrase, interval_words, listed
from models.risk.prediction import OutcomeRisk

_SHOWN = 4
_WORTH_SAYING = 0.05  # percentage points; less is shown as 0.0
_MARKS = {"supported": "●", "with care": "◐", "not scored": "○"}
_WORDS = {"supported": "Supported", "with care": "Use with care", "not scored": "Not scored"}


def confidence_panel(
    risk: OutcomeRisk, features: Mapping[str, float | None], landmark_day: int
) -> list[Component]:
    """Short list for the chosen outcome; ``features`` gives the values of unusual inputs."""
    if risk.support == "not scored":
        return [_label(risk)]
    facts = [
        ("Interval", _interval(risk)),
        (f"Missing by day {landmark_day}", _missing(risk)),
        ("Unusual", _unusual(risk, features)),
        ("Similar", _similar(risk)),
    ]
    rows = [part for term, words in facts for part in (html.Dt(term), html.Dd(words, title=words))]
    return [_label(risk), html.Dl(rows, className="sure-facts")]


def _label(risk: OutcomeRisk) -> html.P:
    shown = risk.support_reason and risk.support != "not scored"
    reason = f" {risk.support_reason}" if shown else ""
    return html.P(
        [
            html.Span(_MARKS[risk.support], className="me-1", **{"aria-hidden": "true"}),
            html.Strong(_WORDS[risk.support]),
            html.Span(reason, className="sure-reason"),
        ],
        className="sure-label",
        title=risk.support_reason,
    )


def _interval(risk: OutcomeRisk) -> str:
    words = interval_words(risk.lower, risk.upper)
    return f"{words} (80 %), how sure the model is of its own number"


def _missing(risk: OutcomeRisk) -> str:
    if not risk.missing:
        return "nothing: every input is recorded"
    names = listed([input_label(name) for name in risk.missing], _SHOWN)
    first = risk.narrowing[0] if risk.narrowing else 0.0
    if first < _WORTH_SAYING:
        return names
    widest = width_points(risk)
    return (
        f"{names}. Knowing {input_label(risk.missing[0])} would narrow the interval most, by"
        f" {first:.1f} of its {widest:.1f} points"
    )


def _unusual(risk: OutcomeRisk, features: Mapping[str, float | None]) -> str:
    if not risk.out_of_range:
        return "nothing outside the training range"
    names = [input_phrase(name, features.get(name)) for name in risk.out_of_range]
    return f"{listed(names, _SHOWN)}: outside the training range"


def _similar(risk: OutcomeRisk) -> str:
    count = "fewer than 10" if risk.similar is None else f"about {risk.similar}"
    return f"{count} training patients with the same cancer, drug class and age band"


def width_points(risk: OutcomeRisk) -> float:
    """Width of the interval in percentage points; 0 when it is not scored."""
    return 100 * ((risk.upper or 0.0) - (risk.lower or 0.0))

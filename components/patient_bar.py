"""Who: the line that stays on top of every page about a patient."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from dash import dcc, html
from dash.development.base_component import Component

from components.wording import date_words
from models.cohort.standing import DIED, OUT_OF_CONTACT, STOPPED

_SEX = {"F": "female", "M": "male", "U": "sex not recorded"}


class Who(Protocol):
    """What the bar says about a patient; None where it is not recorded."""

    patient_id: str
    age_years: float | None
    sex: str | None
    cancer: str
    stage: str | None
    regimen: str | None
    week: int | None
    last_contact: date
    data_date: date | None
    state: str


def patient_bar(who: Who) -> list[Component]:
    """Pseudonym, age, sex, cancer and stage, regimen, week on treatment, data date, close."""
    stage = f", stage {who.stage}" if who.stage else ", stage not recorded"
    facts = [
        html.Span("age not recorded" if who.age_years is None else f"{who.age_years:.0f} y"),
        html.Span(_SEX.get(who.sex or "U", "sex not recorded")),
        html.Span(f"{who.cancer}{stage}", className="patient-bar-cancer"),
        html.Span(who.regimen or "regimen not recorded", className="patient-bar-regimen"),
        html.Span("week not known" if who.week is None else f"week {who.week}"),
        html.Span(f"data to {date_words(who.data_date)}"),
    ]
    if who.state == OUT_OF_CONTACT:
        facts.append(html.Span(f"last contact {date_words(who.last_contact)}"))
    if who.state in (DIED, STOPPED, OUT_OF_CONTACT):
        facts.append(html.Span(who.state, className="patient-bar-state"))
    return [
        html.H1(html.Span(who.patient_id, className="pseudonym"), className="patient-bar-name"),
        html.Div(facts, className="patient-bar-facts"),
        _close(),
    ]


def _close() -> dcc.Link:
    return dcc.Link(
        [html.Span("Close", className="me-1"), html.Span("✕", **{"aria-hidden": "true"})],
        href="/",
        className="patient-bar-close",
        title="Close and go back to the worklist",
    )

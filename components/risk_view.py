"""All that one set of predictions puts on the consultation page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from dash import html
from dash.development.base_component import Component

from components.benefit_note import benefit_note
from components.confidence_panel import confidence_panel
from components.discuss_panel import about_models, discuss_panel
from components.notices import empty
from components.risk_panel import (
    Landmark,
    blank_rows,
    common_scale,
    looking_back,
    middle_halves,
    not_scored,
    risk_finding,
    risk_foot,
    risk_rows,
)
from components.why_panel import change_panel, why_panel
from models.benefit.loris import Loris
from models.risk.prediction import OutcomeRisk


@dataclass(frozen=True)
class Explained:
    """Risks of one patient at one landmark, all outcomes and horizons, with their inputs."""

    landmark: Landmark
    features: Mapping[str, float | None]
    risks: Sequence[OutcomeRisk]
    benefit: Loris
    previous: tuple[int, Sequence[OutcomeRisk]] | None = None

    def at(self, horizon_days: int) -> list[OutcomeRisk]:
        """Risks over one horizon."""
        return [risk for risk in self.risks if risk.horizon_days == horizon_days]


def risk_view(
    explained: Explained,
    released: pd.DataFrame,
    horizon_days: int,
    outcome: str,
    view_of_why: str = "inputs",
) -> dict[str, object]:
    """Rows, axis and words for one horizon; why and how sure for the chosen outcome.

    Args:
        explained: the patient's risks.
        released: quartiles of comparable patients: outcome, horizon_days, n, q25, median, q75.
        horizon_days: the horizon shown.
        outcome: the outcome explained.
        view_of_why: one of ``why_panel.VIEWS``.

    Raises:
        KeyError: there is no such outcome over this horizon.
    """
    risks = explained.at(horizon_days)
    chosen = {risk.outcome: risk for risk in risks}[outcome]
    landmark = explained.landmark
    view: dict[str, object] = {
        "from": f"from what was known by day {landmark.day}",
        "sure": confidence_panel(chosen, explained.features, landmark.day),
        "why": _why(explained, chosen, view_of_why),
        "discuss": [*discuss_panel(chosen, landmark.day), benefit_note(explained.benefit)],
    }
    if chosen.risk is None:
        return view | {
            "rows": blank_rows("not scored"),
            "finding": not_scored(chosen),
            "foot": None,
        }
    scale = common_scale(explained.risks, released)
    reference = middle_halves(released, horizon_days)
    return view | {
        "rows": risk_rows(risks, scale, reference),
        "finding": risk_finding(chosen, reference.get(outcome)),
        "foot": [
            *_caution(looking_back(landmark, horizon_days)),
            *risk_foot(risks, scale, reference, landmark),
        ],
    }


def _why(explained: Explained, chosen: OutcomeRisk, view: str) -> list[Component]:
    landmark = explained.landmark
    if view != "change":
        return why_panel(chosen, landmark.day, landmark.data_date, view)
    day, risks = explained.previous or (landmark.day, ())
    same = (chosen.outcome, chosen.horizon_days)
    before = next((risk for risk in risks if (risk.outcome, risk.horizon_days) == same), None)
    return change_panel(before, chosen, (day, landmark.day), landmark.data_date)


def _caution(sentence: str) -> list[html.P]:
    return [html.P(sentence, className="risk-caution")] if sentence else []


def no_risk_view(sentence: str, step: str = "") -> dict[str, object]:
    """The same places when there is no prediction at all: one sentence, nothing else."""
    return {
        "rows": blank_rows("not available"),
        "from": "",
        "finding": empty(sentence, step),
        "foot": None,
        "sure": html.P("No prediction, so nothing to be sure of.", className="mb-0"),
        "why": empty("Nothing to explain: there is no prediction."),
        "discuss": html.P(about_models(), className="mb-0"),
    }

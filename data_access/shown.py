"""Risks as the access log keeps them: what somebody saw, in the words of the record store."""

from __future__ import annotations

from collections.abc import Sequence

from data_access.record import PredictionShown
from models.qol.forecast.forecaster import Forecast
from models.risk.prediction import OutcomeRisk
from models.risk.what_if import Scenario


def as_shown(
    risks: Sequence[OutcomeRisk], landmark_day: int, version: str
) -> list[PredictionShown]:
    """Risks as the access log keeps them."""
    return [
        PredictionShown(
            landmark_day=landmark_day,
            outcome=risk.outcome,
            horizon_days=risk.horizon_days,
            risk=risk.risk,
            lower=risk.lower,
            upper=risk.upper,
            model_version=version,
        )
        for risk in risks
    ]


def forecasts_as_shown(
    forecasts: Sequence[Forecast], key: str, form_day: int, version: str
) -> list[PredictionShown]:
    """Forecasts of a scale as the access log keeps them: the score, and the deterioration."""
    shown = []
    for one in forecasts:
        where = {"landmark_day": form_day, "horizon_days": one.horizon_days}
        shown += [
            PredictionShown(
                outcome=key,
                risk=one.middle,
                lower=one.lower,
                upper=one.upper,
                model_version=version,
                **where,
            ),
            PredictionShown(
                outcome=f"{key} worse",
                risk=one.deterioration,
                lower=None,
                upper=None,
                model_version=version,
                **where,
            ),
        ]
    return shown


def scenario_as_shown(
    one: Scenario | str | None, landmark_day: int, horizon_days: int, version: str
) -> list[PredictionShown]:
    """Risks of a scenario as the access log keeps them; a difference has no interval of a risk."""
    changes = one.changes if isinstance(one, Scenario) else ()
    return [
        PredictionShown(landmark_day, of.outcome, of.horizon_days, of.risk, None, None, version)
        for of in changes
        if of.horizon_days == horizon_days
    ]

"""Predicted risk of two cohorts: how it is spread, and what came of it."""

from __future__ import annotations

import itertools

import pandas as pd

from models.cohort.competing_risks import cumulative_incidence
from models.cohort.counts import RISK_EDGES
from models.cohort.pairing import counts_of, halves, protection, tally
from models.cohort.people import RISK_HORIZON_DAYS
from models.cohort.release import Protection, significant
from models.cohort.results import PredictedRisk, RiskBin

_EVENT = 1
Two = tuple[float | None, float | None]


def predicted_panel(
    risks: pd.DataFrame, times: pd.DataFrame, outcome: str, model_version: str | None
) -> PredictedRisk:
    """Shares of each bin of risk with mean predicted and observed risk, and overall.

    Args:
        risks: result of ``models.cohort.counts.risks``.
        times: result of ``models.cohort.counts.event_times`` for the outcome with a column
            ``bin``.
        outcome: what is predicted.
        model_version: of the models that scored the snapshot.
    """
    a, b = halves(risks)
    cohorts = (protection(a), protection(b))
    scored, scored_times = risks[risks["bin"].notna()], times[times["bin"].notna()]
    edges = (0.0, *RISK_EDGES, 1.0)
    bins = tuple(
        RiskBin(
            low,
            high,
            *_columns(
                scored[scored["bin"] == place], scored_times[scored_times["bin"] == place], cohorts
            ),
        )
        for place, (low, high) in enumerate(itertools.pairwise(edges))
    )
    share, predicted, observed = _columns(scored, scored_times, cohorts)
    return PredictedRisk(
        outcome, RISK_HORIZON_DAYS, model_version, bins, predicted, observed, share
    )


def _columns(
    risks: pd.DataFrame, times: pd.DataFrame, cohorts: tuple[Protection, Protection]
) -> tuple[Two, Two, Two]:
    """Share of the cohort, mean predicted and observed risk of a group, in A and B."""
    share, predicted = [], []
    for half, cohort in zip(halves(risks), cohorts, strict=True):
        people = tally(half)
        share.append(cohort.share(people))
        mean = float(half["total"].sum()) / people.n if cohort.holds(people) else None
        predicted.append(None if mean is None else significant(mean))
    observed = [_observed(half) for half in halves(times)]
    return _pair(share), _pair(predicted), _pair(observed)


def _observed(half: pd.DataFrame) -> float | None:
    """Cumulative incidence at the horizon, on the grid of the group."""
    group = protection(half)
    events = tally(half[(half["cause"] == _EVENT) & (half["time"] <= RISK_HORIZON_DAYS)])
    followed = half[half["time"] >= RISK_HORIZON_DAYS]
    if not (group.holds(events) and group.holds(tally(followed))):
        return None
    estimate = cumulative_incidence(counts_of(half)).at([RISK_HORIZON_DAYS]).estimate[0]
    return group.on_grid(float(estimate))


def _pair(values: list[float | None]) -> Two:
    return values[0], values[1]

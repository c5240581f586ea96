"""Predicted risk of two cohorts: how it is spread, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.arrays import Bools
from models.cohort.competing_risks import cumulative_incidence
from models.cohort.counts import RISK_EDGES
from models.cohort.pairing import Half, halves
from models.cohort.people import RISK_HORIZON_DAYS
from models.cohort.release import Protection, released_points, significant
from models.cohort.results import Point, PredictedRisk, RiskBin

T = TypeVar("T")

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
    spread = [half.where(known(half["bin"])) for half in halves(risks)]
    came = [half.where(known(half["bin"])) for half in halves(times)]
    cohorts = [half.rules for half in halves(risks)]
    edges = (0.0, *RISK_EDGES, 1.0)
    bins = tuple(
        RiskBin(low, high, *_columns(_bin(spread, place), _bin(came, place), cohorts))
        for place, (low, high) in enumerate(pairwise(edges))
    )
    share, predicted, observed = _columns(spread, came, cohorts)
    return PredictedRisk(
        outcome, RISK_HORIZON_DAYS, model_version, bins, predicted, observed, share
    )


def known(values: npt.NDArray[Any]) -> Bools:
    """Which values are there."""
    return ~np.isnan(values.astype(np.float64))


def _bin(both: Sequence[Half], place: int) -> list[Half]:
    return [half.where(half["bin"] == place) for half in both]


def _columns(
    spread: Sequence[Half], came: Sequence[Half], cohorts: Sequence[Protection]
) -> tuple[Two, Two, tuple[Point | None, Point | None]]:
    """Share of the cohort, mean predicted and observed risk of a group, in A and B."""
    share: list[float | None] = []
    predicted: list[float | None] = []
    for half, cohort in zip(spread, cohorts, strict=True):
        people = half.tally()
        share.append(cohort.share(people))
        mean = half.total("total") / people.n if cohort.holds(people) else None
        predicted.append(None if mean is None else significant(mean))
    return _pair(share), _pair(predicted), _pair([_observed(half) for half in came])


def _observed(half: Half) -> Point | None:
    """Cumulative incidence at the horizon, on the grid of the group."""
    group = half.rules
    events = half.where((half["cause"] == _EVENT) & (half["time"] <= RISK_HORIZON_DAYS))
    followed = half.where(half["time"] >= RISK_HORIZON_DAYS).tally()
    if not (group.holds(events.tally()) and group.holds(followed)):
        return None
    curve, day = cumulative_incidence(half.times), np.array([RISK_HORIZON_DAYS])
    (found,) = released_points(curve, day, [followed], group.grid)
    return found


def _pair(values: Sequence[T]) -> tuple[T, T]:
    return values[0], values[1]

"""Why a risk changed from one landmark to the next: the difference, input by input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.risk.explanation import TOLERANCE, points_per_log_odds
from models.risk.prediction import InexactExplanation, OutcomeRisk


@dataclass(frozen=True)
class ChangedInput:
    """What one input adds to the difference; values are None where they were missing."""

    feature: str
    before: float | None
    after: float | None
    log_odds: float
    points: float


@dataclass(frozen=True)
class RiskChange:
    """Difference between the risks of one outcome and horizon at two landmarks.

    ``inputs`` and ``time_points`` add up to 100 x (after - before): what the inputs contribute
    more or less, and what passes with time on treatment alone.
    """

    before: float
    after: float
    time_log_odds: float
    time_points: float
    inputs: tuple[ChangedInput, ...]


def risk_change(before: OutcomeRisk, after: OutcomeRisk) -> RiskChange:
    """Exact decomposition of the difference between two explained risks of one patient.

    In log-odds the difference of two sums of contributions is the sum of their differences; the
    rest is the difference of the baselines, which hold the time on treatment. Percentage points
    share out the whole difference in proportion, as in ``explanation.waterfall``.

    Args:
        before: the earlier landmark, scored.
        after: the later one; same patient, models, outcome and horizon.

    Raises:
        ValueError: one of the two is not scored, or they are of different outcomes or horizons.
        InexactExplanation: the parts do not add up to the difference.
    """
    if (before.outcome, before.horizon_days) != (after.outcome, after.horizon_days):
        raise ValueError("Only risks of the same outcome and horizon can be compared.")
    if before.risk is None or after.risk is None:
        raise ValueError("A risk that is not scored cannot be compared.")
    earlier = {part.feature: part for part in before.contributions}
    steps = np.array([p.log_odds - earlier[p.feature].log_odds for p in after.contributions])
    time = _log_odds(after.baseline_risk) - _log_odds(before.baseline_risk)
    path = float(steps.sum()) + time
    per_log_odds = points_per_log_odds(before.risk, after.risk, path)
    points = steps * per_log_odds
    if not abs(path - (_log_odds(after.risk) - _log_odds(before.risk))) <= TOLERANCE:
        raise InexactExplanation("The parts do not add up to the change of the risk.")
    return RiskChange(
        before.risk,
        after.risk,
        time,
        time * per_log_odds,
        tuple(
            ChangedInput(part.feature, earlier[part.feature].value, part.value, step, point)
            for part, step, point in zip(
                after.contributions, steps.tolist(), points.tolist(), strict=True
            )
        ),
    )


def _log_odds(risk: float | None) -> float:
    share = float(risk or 0.0)
    return float(np.log(share) - np.log1p(-share))

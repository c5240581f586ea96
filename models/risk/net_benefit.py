"""Decision curve: what flagging patients above a threshold would bring, per 100 patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats

_LEVEL = (2.5, 97.5)

THRESHOLDS: tuple[float, ...] = (
    *(percent / 100 for percent in range(1, 10)),
    *(percent / 100 for percent in range(10, 51, 5)),
)
"""Risks from which somebody would act."""


@dataclass(frozen=True)
class Decision:
    """Flagging everybody whose risk reaches ``threshold``.

    ``model`` and ``flag_all`` are net benefits (true alarms per patient, less false alarms
    weighed with the odds of the threshold; flagging nobody is 0), ``model_lower`` and
    ``model_upper`` the 95 % interval of the first from resampling people. The others count per
    100 patients: ``flagged`` are ``true_alarms`` and ``false_alarms``, ``missed`` had the outcome
    without a flag.
    """

    threshold: float
    model: float
    model_lower: float
    model_upper: float
    flag_all: float
    flagged: float
    true_alarms: float
    false_alarms: float
    missed: float


def decision_curve(
    risk: Floats, happened: Bools, weight: Floats, drawn: Floats | None = None
) -> list[Decision]:
    """Net benefit at each of ``THRESHOLDS``; empty without any weight.

    Those lost to follow-up are made up for by the weights.

    Args:
        risk: shape (n,), predicted probabilities.
        happened: shape (n,).
        weight: shape (n,), >= 0; people with weight 0 have no answer.
        drawn: shape (resamples, n), how often each person is drawn; without, no interval.

    Reference:
        Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-74, doi 10.1177/0272989X06295361;
        with censoring: Vickers AJ et al. BMC Med Inform Decis Mak 2008;8:53.
    """
    if not weight.sum() > 0:
        return []
    weights = weight[None] if drawn is None else np.vstack([weight, weight * drawn])
    weights = weights / weights.sum(axis=1, keepdims=True)
    flagged = (risk[:, None] >= np.array(THRESHOLDS)).astype(np.float64)
    had = weights @ happened.astype(np.float64)
    true = (weights * happened) @ flagged
    false = (weights * ~happened) @ flagged
    odds = np.array([threshold / (1 - threshold) for threshold in THRESHOLDS])
    model = true - odds * false
    ends = np.percentile(model[1:], _LEVEL, axis=0) if drawn is not None else model[[0, 0]]
    return [
        Decision(
            threshold,
            model=float(model[0, k]),
            model_lower=float(ends[0, k]),
            model_upper=float(ends[1, k]),
            flag_all=float(had[0] - odds[k] * (1 - had[0])),
            flagged=100 * float(true[0, k] + false[0, k]),
            true_alarms=100 * float(true[0, k]),
            false_alarms=100 * float(false[0, k]),
            missed=100 * float(had[0] - true[0, k]),
        )
        for k, threshold in enumerate(THRESHOLDS)
    ]

"""Decision curve: what flagging patients above a threshold would bring, per 100 patients."""

from __future__ import annotations

from dataclasses import dataclass

from models.arrays import Bools, Floats

THRESHOLDS: tuple[float, ...] = (
    *(percent / 100 for percent in range(1, 10)),
    *(percent / 100 for percent in range(10, 51, 5)),
)
"""Risks from which somebody would act."""


@dataclass(frozen=True)
class Decision:
    """Flagging everybody whose risk reaches ``threshold``.

    ``model`` and ``flag_all`` are net benefits (true alarms per patient, less false alarms
    weighed with the odds of the threshold; flagging nobody is 0). The others count per 100
    patients: ``flagged`` are ``true_alarms`` and ``false_alarms``, ``missed`` had the outcome
    without a flag.
    """

    threshold: float
    model: float
    flag_all: float
    flagged: float
    true_alarms: float
    false_alarms: float
    missed: float


def decision_curve(risk: Floats, happened: Bools, weight: Floats) -> list[Decision]:
    """Net benefit at each of ``THRESHOLDS``; empty without any weight.

    Those lost to follow-up are made up for by the weights.

    Args:
        risk: shape (n,), predicted probabilities.
        happened: shape (n,).
        weight: shape (n,), >= 0; people with weight 0 have no answer.

    Reference:
        Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-74, doi 10.1177/0272989X06295361;
        with censoring: Vickers AJ et al. BMC Med Inform Decis Mak 2008;8:53.
    """
    total = weight.sum()
    if not total > 0:
        return []
    cases, controls = weight * happened / total, weight * ~happened / total
    return [_decision(risk >= threshold, threshold, cases, controls) for threshold in THRESHOLDS]


def _decision(flagged: Bools, threshold: float, cases: Floats, controls: Floats) -> Decision:
    odds = threshold / (1 - threshold)
    true, false = float(cases[flagged].sum()), float(controls[flagged].sum())
    had = float(cases.sum())
    return Decision(
        threshold,
        model=true - odds * false,
        flag_all=had - odds * float(controls.sum()),
        flagged=100 * (true + false),
        true_alarms=100 * true,
        false_alarms=100 * false,
        missed=100 * (had - true),
    )

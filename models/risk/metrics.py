"""How good predicted risks are: discrimination and calibration, with bootstrap intervals.

Every metric takes weights, so that people lost to follow-up are made up for (inverse
probability of censoring) and resamples are sets of weights: the last axis of ``weight`` runs
over people, any axis before it over resamples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats
from models.risk.calibration import fit_affine, probability

RESAMPLES = 200
FEWEST_ANSWERS = 10
"""People with, and without, the outcome that discrimination and calibration are judged on."""

_LEVEL = (2.5, 97.5)
_SMALLEST = 1e-12  # risks are kept this far from 0 and 1 before they become log-odds
_FAINT_PRIOR = 0.01  # keeps a slope finite where risk separates the answers; no weight otherwise


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % bootstrap interval; NaN where it cannot be computed."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Performance:
    """Metrics of one outcome over one horizon in one group.

    ``scaled_brier`` is the share by which the Brier score is better than that of giving everybody
    the same risk, the frequency (1 is perfect, 0 no better, below 0 worse).
    ``slope`` is the slope of the outcome on the predicted log-odds (1 is right, below 1 too
    extreme), ``intercept`` the shift of the log-odds that makes mean risk and frequency agree
    (0 is right, above 0 the risks are too low).
    """

    auroc: Estimate
    auprc: Estimate
    brier: Estimate
    scaled_brier: Estimate
    slope: Estimate
    intercept: Estimate


def resamples(people: int, rng: np.random.Generator) -> Floats:
    """How often each person is drawn with replacement, shape (``RESAMPLES``, people).

    One set serves every outcome and horizon of a group, which makes their resamples paired.
    """
    drawn = rng.integers(0, max(people, 1), (RESAMPLES, people))
    drawn += people * np.arange(RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * people)
    return counts.reshape(RESAMPLES, people).astype(np.float64)


def performance(risk: Floats, happened: Bools, weight: Floats, drawn: Floats) -> Performance:
    """All metrics of n people, with intervals from resampling people.

    Args:
        risk: shape (n,), predicted probabilities.
        happened: shape (n,).
        weight: shape (n,), >= 0; people with weight 0 have no answer.
        drawn: shape (resamples, n), see ``resamples``.
    """
    known = weight > 0
    risk, happened, weight = risk[known], happened[known], weight[known]
    weights = np.vstack([weight, weight * drawn[:, known]])
    slope, intercept = calibration_slope_and_intercept(risk, happened, weights)
    enough = min(happened.sum(), (~happened).sum()) >= FEWEST_ANSWERS
    unknown = Estimate(math.nan, math.nan, math.nan)
    return Performance(
        auroc=_estimate(auroc(risk, happened, weights)) if enough else unknown,
        auprc=_estimate(average_precision(risk, happened, weights)) if enough else unknown,
        brier=_estimate(brier(risk, happened, weights)),
        scaled_brier=_estimate(scaled_brier(risk, happened, weights)),
        slope=_estimate(slope),
        intercept=_estimate(intercept),
    )


def auroc(risk: Floats, happened: Bools, weight: Floats) -> Floats:
    """Probability that who had the outcome was given the higher risk; ties count half.

    Cases had the outcome by the horizon; controls reached it without the outcome or died of
    something else before (Blanche P et al. Stat Med 2013;32:5381-97, definition 2).
    """
    cases, controls = _by_falling_risk(risk, happened, weight)
    above = np.cumsum(cases, axis=-1) - cases
    concordant = (controls * (above + cases / 2)).sum(axis=-1)
    return _divide(concordant, cases.sum(axis=-1) * controls.sum(axis=-1))


def average_precision(risk: Floats, happened: Bools, weight: Floats) -> Floats:
    """Area under the precision-recall curve as a sum over thresholds, without interpolation."""
    cases, controls = _by_falling_risk(risk, happened, weight)
    hits, flagged = np.cumsum(cases, axis=-1), np.cumsum(cases + controls, axis=-1)
    return _divide((cases * _divide(hits, flagged, empty=0.0)).sum(axis=-1), cases.sum(axis=-1))


def brier(risk: Floats, happened: Bools, weight: Floats) -> Floats:
    """Weighted mean squared difference between risk and outcome; 0 is perfect."""
    return _divide(weight @ (risk - happened) ** 2, weight.sum(axis=-1))


def scaled_brier(risk: Floats, happened: Bools, weight: Floats) -> Floats:
    """1 - Brier score / Brier score of the frequency itself.

    Steyerberg EW et al. Epidemiology 2010;21:128-38.
    """
    frequency = _divide(weight @ happened.astype(np.float64), weight.sum(axis=-1))
    return 1 - _divide(brier(risk, happened, weight), frequency * (1 - frequency))


def calibration_slope_and_intercept(
    risk: Floats, happened: Bools, weights: Floats
) -> tuple[Floats, Floats]:
    """Slope and intercept of ``Performance`` for the first set of weights and the others.

    NaN below ``FEWEST_ANSWERS``. The first is fitted; resamples take one Newton step from it,
    which for samples of this size agrees with a full fit to the second decimal.

    Args:
        risk: shape (n,).
        happened: shape (n,).
        weights: shape (1 + resamples, n).
    """
    if min(happened.sum(), (~happened).sum()) < FEWEST_ANSWERS:
        nothing = np.full(len(weights), np.nan)
        return nothing, nothing
    clipped = np.clip(risk, _SMALLEST, 1 - _SMALLEST)
    margin = np.log(clipped / (1 - clipped))
    fitted = fit_affine(margin, happened, weights[0], prior=_FAINT_PRIOR)
    slope = _newton_step(margin, happened, weights, fitted.intercept, fitted.slope)
    return slope, _shift(margin, happened, weights)


def _newton_step(
    margin: Floats, happened: Bools, weights: Floats, intercept: float, slope: float
) -> Floats:
    expected = probability(intercept + slope * margin)
    design = np.column_stack([np.ones_like(margin), margin])
    gradient = weights @ (design * (happened - expected)[:, None])
    spread = expected * (1 - expected)
    ones, linear, square = (weights @ (spread * margin**power) for power in range(3))
    determinant = ones * square - linear**2
    return slope + _divide(ones * gradient[:, 1] - linear * gradient[:, 0], determinant)


def _shift(margin: Floats, happened: Bools, weights: Floats) -> Floats:
    shift = np.zeros(len(weights))
    for _ in range(20):
        expected = probability(margin + shift[:, None])
        gradient = (weights * (happened - expected)).sum(axis=-1)
        step = _divide(gradient, (weights * expected * (1 - expected)).sum(axis=-1))
        shift = shift + step
        if not np.nanmax(np.abs(step), initial=0) > 1e-6:
            break
    return shift


def _by_falling_risk(risk: Floats, happened: Bools, weight: Floats) -> tuple[Floats, Floats]:
    """Weight of cases and of controls at each distinct risk, highest risk first."""
    order = np.argsort(-risk, kind="stable")
    starts = np.flatnonzero(np.diff(risk[order], prepend=np.inf))
    ordered, yes = weight[..., order], happened[order]
    if not len(starts):
        return ordered, ordered
    cases = np.add.reduceat(ordered * yes, starts, axis=-1)
    controls = np.add.reduceat(ordered * ~yes, starts, axis=-1)
    return cases, controls


def _divide(above: Floats, below: Floats, empty: float = np.nan) -> Floats:
    result = np.full(np.shape(below), empty)
    np.divide(above, below, out=result, where=np.asarray(below) > 0)
    return result


def _estimate(values: Floats) -> Estimate:
    usable = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or not len(usable):
        return Estimate(float(values[0]), float("nan"), float("nan"))
    lower, upper = np.percentile(usable, _LEVEL)
    return Estimate(float(values[0]), float(lower), float(upper))

"""What the models say about one patient or many: values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.arrays import Floats

Support = Literal["supported", "with care", "not scored"]


class InexactExplanation(Exception):
    """Contributions that do not add up to the risk they explain."""


@dataclass(frozen=True)
class Contribution:
    """What one input adds to one risk.

    ``value`` is None when the input is missing. ``log_odds`` adds up to the calibrated margin
    minus its baseline, ``points`` (percentage points) to 100 x (risk - baseline risk).
    ``agreement`` is the share of bags that do not give the contribution the opposite sign: below
    1 its direction is uncertain.
    """

    feature: str
    value: float | None
    unit: str
    log_odds: float
    points: float
    agreement: float = 1.0


@dataclass(frozen=True)
class OutcomeRisk:
    """Risk of one outcome within one horizon from the landmark.

    ``lower`` and ``upper`` bound an 80 % interval for the model's uncertainty about the risk,
    not for the outcome. ``baseline_risk`` is the risk of a typical patient at this time on
    treatment and over this horizon. The four are None when ``support`` is "not scored";
    ``support_reason`` then says why, in words. ``missing`` and ``out_of_range`` name inputs,
    the most important first. ``similar`` counts training patients with the same cancer, drug
    class and age band, rounded to 5; None stands for fewer than 10. ``narrowing`` says for each
    missing input by how many percentage points measuring it would narrow the interval.
    ``density`` is the mean share of training patients in the patient's leaf, over all trees of
    the outcome: how common such inputs are to the model; None when not scored.
    """

    outcome: str
    horizon_days: int
    risk: float | None
    lower: float | None
    upper: float | None
    baseline_risk: float | None
    support: Support
    support_reason: str
    contributions: tuple[Contribution, ...]
    missing: tuple[str, ...]
    out_of_range: tuple[str, ...]
    similar: int | None
    narrowing: tuple[float, ...] = ()
    density: float | None = None


@dataclass(frozen=True)
class RiskArrays:
    """Risks of many patients; each array has shape (n, outcomes, horizons).

    NaN where a patient lacks the minimum of inputs.
    """

    risk: Floats
    lower: Floats
    upper: Floats

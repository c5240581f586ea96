"""What if: risks of one patient after changing some inputs, within plausible limits.

The difference is what the model associates with the changed inputs, not the effect of a decision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Floats
from models.risk.calibration import probability
from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES, LAB_INPUTS
from models.risk.interval import LEVEL
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.support import kind_of_patient, not_scored_reason

Inputs = Mapping[str, float | None]


class Implausible(ValueError):
    """A change outside what is plausible for the patient; the words say what is."""


@dataclass(frozen=True)
class Regimen:
    """A regimen as the models know it: drug class, ipilimumab dose (mg/kg), chemotherapy."""

    name: str
    drug_class: int
    ipilimumab_mg_kg: float
    chemotherapy: int


REGIMENS: tuple[Regimen, ...] = (
    Regimen("PD-1", 1, 0, 0),
    Regimen("PD-1 + chemotherapy", 1, 0, 1),
    Regimen("PD-L1", 0, 0, 0),
    Regimen("PD-L1 + chemotherapy", 0, 0, 1),
    Regimen("PD-1 + LAG-3", 2, 0, 0),
    Regimen("ipilimumab 3 mg/kg", 3, 3, 0),
    Regimen("PD-1 + ipilimumab 1 mg/kg", 4, 1, 0),
    Regimen("PD-1 + ipilimumab 3 mg/kg", 4, 3, 0),
    Regimen("PD-1 + ipilimumab 1 mg/kg + chemotherapy", 4, 1, 1),
)
"""Regimens that can be chosen before the start. Doses: labels of nivolumab and ipilimumab (EMA)."""

REGIMEN = "regimen"
FLAGS: tuple[str, ...] = ("ppi", "antibiotic_60d")
CODED: tuple[str, ...] = ("smoking", "activity")
STEROID = "steroid_mg"
MOST_STEROID_MG = 200.0
"""Highest daily dose offered, prednisone equivalent: 2 mg/kg of a person of 100 kg, the dose that
guidelines begin severe irAE with (ESMO 2022, doi 10.1016/j.annonc.2022.10.001)."""

_NEVER, _FORMER, _CURRENT = 0.0, 1.0, 2.0
_NEXT_SMOKING = {_NEVER: (), _FORMER: (_CURRENT,), _CURRENT: (_FORMER,)}


@dataclass(frozen=True)
class Change:
    """Difference of one risk; ``lower`` and ``upper`` bound it at 80 %, in percentage points."""

    outcome: str
    horizon_days: int
    now: float
    risk: float
    points: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Scenario:
    """Inputs after the changes, the names of those that changed, and what the model then says.

    ``out_of_range`` names inputs that left the range of training with the change: a ratio to
    baseline that follows from a repeated value.
    """

    inputs: dict[str, float | None]
    changed: tuple[str, ...]
    changes: tuple[Change, ...]
    out_of_range: tuple[str, ...] = ()


def regimens_for(inputs: Inputs, similar: Mapping[str, int]) -> list[Regimen]:
    """Regimens that training knows in patients of the same cancer and age.

    Before the first dose only: afterwards the regimen is what was given, and the list is empty.

    Args:
        inputs: of the patient.
        similar: training patients per kind, as in the manifest.
    """
    cancer, age = inputs.get("cancer"), inputs.get("age_years")
    if inputs.get("landmark_time") != 0 or cancer is None or age is None:
        return []
    return [one for one in REGIMENS if kind_of_patient(cancer, one.drug_class, age) in similar]


def choices(name: str, inputs: Inputs) -> tuple[float, ...]:
    """Codes that a coded input can change to: nobody becomes a never-smoker."""
    value = inputs.get(name)
    if name == "smoking":
        return () if value is None else _NEXT_SMOKING.get(value, ())
    codes = range(len(FEATURE_BY_NAME[name].labels))
    return tuple(float(code) for code in codes if code != value)


def changed_inputs(
    inputs: Inputs,
    asked: Mapping[str, float | str],
    *,
    ranges: Mapping[str, tuple[float, float]],
    similar: Mapping[str, int],
) -> dict[str, float | None]:
    """Inputs after the changes, with those that follow from them.

    A repeated laboratory value moves its ratio to baseline; lymphocytes move the
    neutrophil-to-lymphocyte ratio, as neutrophils stay.

    Args:
        inputs: of the patient, None where missing.
        asked: new values by input; ``REGIMEN`` takes the name of a regimen.
        ranges: usual values in training by input, as in the manifest.
        similar: training patients per kind, as in the manifest.

    Raises:
        Implausible: an input that cannot be changed, or a value outside its limits.
    """
    changed = dict(inputs)
    for name, value in asked.items():
        if name == REGIMEN:
            changed.update(_regimen(str(value), inputs, similar))
        else:
            changed.update(_single(name, value, inputs, ranges))
    return changed


def scenario(
    predictor: Predictor, inputs: Inputs, asked: Mapping[str, float | str], country: str
) -> Scenario:
    """Risks of every outcome and horizon after the changes.

    The interval of a difference comes from the bags: each tells a difference of its own, and
    Student's t allows for their small number. What the bags are off together is not in it.

    Args:
        predictor: the models.
        inputs: of the patient at the landmark, None where missing.
        asked: as for ``changed_inputs``.
        country: code of the country of treatment.

    Raises:
        Implausible: as ``changed_inputs``, or the patient cannot be scored.
    """
    known = {name: math.nan if (v := inputs.get(name)) is None else v for name in FEATURE_NAMES}
    if reason := not_scored_reason(known):
        raise Implausible(reason)
    rules = predictor.applicability
    changed = changed_inputs(inputs, asked, ranges=rules.ranges, similar=rules.similar)
    names = tuple(name for name in FEATURE_NAMES if changed.get(name) != inputs.get(name))
    rows = np.array([_row(inputs), _row(changed)])
    bags = predictor.log_odds_by_bag(rows, [country, country])
    unusual = rules.out_of_range(dict(zip(FEATURE_NAMES, rows[1].tolist(), strict=True)))
    left = tuple(name for name in unusual if name in names)
    return Scenario(changed, names, _changes(bags[:, 0], bags[:, 1]), left)


def _changes(before: Floats, after: Floats) -> tuple[Change, ...]:
    """Differences of calibrated log-odds of shape (bags, outcomes, horizons), as points."""
    from scipy.special import stdtrit  # late: the page that offers this should open at once

    start, step = before.mean(axis=0), after - before
    # Student's t for few bags; one bag alone says nothing about its own error.
    bags = len(step)
    half = stdtrit(bags - 1, (1 + LEVEL) / 2) * step.std(axis=0, ddof=1) if bags > 1 else 0.0
    middle = step.mean(axis=0)
    now = probability(start)
    risk, lower, upper = (probability(start + middle + by * half) for by in (0, -1, 1))
    return tuple(
        Change(
            outcome,
            horizon,
            float(now[i, j]),
            float(risk[i, j]),
            *(float(100 * (end[i, j] - now[i, j])) for end in (risk, lower, upper)),
        )
        for i, outcome in enumerate(OUTCOMES)
        for j, horizon in enumerate(HORIZONS)
    )


def _regimen(name: str, inputs: Inputs, similar: Mapping[str, int]) -> dict[str, float]:
    found = {one.name: one for one in regimens_for(inputs, similar)}.get(name)
    if found is None:
        raise Implausible(
            "The regimen can be changed before the first dose only, to one that training knows"
            " for this cancer and age."
        )
    return {
        "drug_class": float(found.drug_class),
        "ipilimumab_mg_kg": float(found.ipilimumab_mg_kg),
        "chemotherapy": float(found.chemotherapy),
    }


def _single(
    name: str, value: float | str, inputs: Inputs, ranges: Mapping[str, tuple[float, float]]
) -> dict[str, float | None]:
    number = _number(name, value)
    if name in FLAGS:
        _check_code(name, number, (0.0, 1.0))
    elif name in CODED:
        _check_code(name, number, (*choices(name, inputs), inputs.get(name)))
    elif name == STEROID:
        _check_range(name, number, (0.0, MOST_STEROID_MG))
    elif name in LAB_INPUTS:
        _check_range(name, number, ranges[name])
        return {name: number} | _following(name, number, inputs)
    else:
        raise Implausible(f"{name!r} is not an input that can be changed here.")
    return {name: number}


def _following(name: str, value: float, inputs: Inputs) -> dict[str, float | None]:
    """Inputs that are computed from a laboratory value."""
    moved: dict[str, float | None] = {}
    old = inputs.get(name)
    ratio = inputs.get(f"{name}_ratio")
    if ratio and old:
        moved[f"{name}_ratio"] = value * ratio / old
    nlr = inputs.get("nlr")
    if name == "lymphocytes" and nlr and old and value > 0:
        moved["nlr"] = nlr * old / value
    return moved


def _number(name: str, value: float | str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise Implausible(f"{_label(name)} needs a number.")
    return number


def _check_code(name: str, number: float, allowed: Sequence[float | None]) -> None:
    if number not in allowed:
        raise Implausible(f"{_label(name)} cannot change to that here.")


def _check_range(name: str, number: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= number <= high:
        feature = FEATURE_BY_NAME[name]
        raise Implausible(
            f"{feature.label} is taken from {feature.words(low)} to"
            f" {feature.words(high)}, the usual values in training."
        )


def _label(name: str) -> str:
    feature = FEATURE_BY_NAME.get(name)
    return feature.label if feature else "This input"


def _row(inputs: Inputs) -> Floats:
    return np.array([math.nan if (v := inputs.get(n)) is None else float(v) for n in FEATURE_NAMES])

"""How far the models can be trusted for one patient: inputs, ranges, similar patients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.risk.inputs import (
    DRUG_CLASS_CODES,
    FEATURE_BY_NAME,
    FEATURE_NAMES,
    LAB_INPUTS,
    MINIMUM_LAB_INPUTS,
    REQUIRED,
)
from models.risk.prediction import Support

MISSING_SHARE = 0.15
"""Share of a model's mean contributions that missing inputs may carry without a warning.

Of 100 training patients 99 miss less than 0.12; patients of a source without whole kinds of
data miss more than 0.2.
"""

FEW_SIMILAR = 50
"""Fewer similar training patients than this are said."""

AGE_BANDS: tuple[tuple[int, str], ...] = (
    (0, "under 40"),
    (40, "40-49"),
    (50, "50-59"),
    (60, "60-69"),
    (70, "70-79"),
    (80, "80 and over"),
)
"""Youngest age in years and name of each band."""

_REQUIRED = [FEATURE_NAMES.index(name) for name in REQUIRED]
_LABORATORY = [FEATURE_NAMES.index(name) for name in LAB_INPUTS]
_KINDS = ("cancer", "drug_class", "age_years")


def scorable(features: Floats) -> npt.NDArray[np.bool_]:
    """Which rows have the minimum of inputs: all of ``REQUIRED``, enough of ``LAB_INPUTS``.

    Args:
        features: shape (n, inputs), NaN where missing.
    """
    known = ~np.isnan(features)
    enough: npt.NDArray[np.bool_] = known[:, _LABORATORY].sum(axis=1) >= MINIMUM_LAB_INPUTS
    return enough & known[:, _REQUIRED].all(axis=1)


def age_band(age_years: float) -> str:
    """Name of the age band."""
    return next(name for youngest, name in reversed(AGE_BANDS) if age_years >= youngest)


def kind_of_patient(cancer: float, drug_class: float, age_years: float) -> str:
    """Key of the patients that count as similar: same cancer, drug class and age band."""
    words = FEATURE_BY_NAME["cancer"].labels[int(cancer)]
    return f"{words} | {DRUG_CLASS_CODES[int(drug_class)]} | {age_band(age_years)}"


@dataclass(frozen=True)
class Applicability:
    """What the manifest says about the training data, asked for one patient.

    ``ranges`` holds the smallest and largest usual value of a number, ``codes`` the codes seen
    of a coded input, ``importance`` the mean absolute contribution per outcome and input,
    ``similar`` the rounded number of training patients per kind.
    """

    ranges: Mapping[str, tuple[float, float]]
    codes: Mapping[str, frozenset[int]]
    importance: Mapping[str, Mapping[str, float]]
    similar: Mapping[str, int]

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> Applicability:
        """Read the parts of the manifest that concern the training data."""
        inputs = {feature["name"]: feature for feature in manifest["features"]}
        return cls(
            {name: tuple(of["range"]) for name, of in inputs.items() if "range" in of},
            {name: frozenset(of["codes"]) for name, of in inputs.items() if "codes" in of},
            manifest["importance"],
            manifest["similar_patients"],
        )

    def missing(self, values: Mapping[str, float], outcome: str) -> tuple[str, ...]:
        """Inputs without a value, the most important for the outcome first.

        A value against baseline cannot exist at day 0 and is not missing there.
        """
        at_start = values["landmark_time"] == 0
        names = [
            name
            for name in FEATURE_NAMES
            if math.isnan(values[name]) and not (at_start and name.endswith("_ratio"))
        ]
        importance = self.importance[outcome]
        return tuple(sorted(names, key=lambda name: -importance[name]))

    def out_of_range(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """Inputs whose value was not usual in training; missing inputs are not among them."""
        return tuple(name for name in FEATURE_NAMES if self._unusual(name, values[name]))

    def _unusual(self, name: str, value: float) -> bool:
        if math.isnan(value):
            return False
        if name in self.codes:
            return value not in self.codes[name]
        low, high = self.ranges[name]
        return not low <= value <= high

    def similar_patients(self, values: Mapping[str, float]) -> int | None:
        """Training patients of the same kind, rounded to 5; None for fewer than 10."""
        kind = [values[name] for name in _KINDS]
        if any(map(math.isnan, kind)):
            return None
        return self.similar.get(kind_of_patient(*kind))

    def missing_share(self, missing: Sequence[str], outcome: str) -> float:
        """Share of the outcome's mean contributions that the missing inputs usually carry."""
        importance = self.importance[outcome]
        total = sum(importance.values())
        return sum(importance[name] for name in missing) / total if total else 0.0


def not_scored_reason(values: Mapping[str, float]) -> str:
    """Why a patient lacks the minimum of inputs, in words; empty when there is enough."""
    absent = [FEATURE_BY_NAME[name].label for name in REQUIRED if math.isnan(values[name])]
    if absent:
        return f"Not recorded, or not known to the models: {', '.join(absent)}."
    measured = sum(not math.isnan(values[name]) for name in LAB_INPUTS)
    if measured < MINIMUM_LAB_INPUTS:
        return (
            f"{measured} of {len(LAB_INPUTS)} laboratory inputs are recent enough;"
            f" a score needs {MINIMUM_LAB_INPUTS}."
        )
    return ""


def landmark_to_show(inputs: Mapping[int, Mapping[str, float | None]]) -> int:
    """The landmark to predict from: the latest with enough inputs, or else the latest reached.

    Args:
        inputs: features by landmark day; None is missing.

    Raises:
        ValueError: no landmark was reached.
    """

    def enough(day: int) -> bool:
        known = {name: value for name, value in inputs[day].items() if value is not None}
        return not not_scored_reason(dict.fromkeys(FEATURE_NAMES, math.nan) | known)

    return next((day for day in sorted(inputs, reverse=True) if enough(day)), max(inputs))


def judge(
    missing_share: float, out_of_range: Sequence[str], similar: int | None
) -> tuple[Support, str]:
    """Supported or with care, and the reasons for care in words."""
    reasons = []
    if out_of_range:
        labels = ", ".join(FEATURE_BY_NAME[name].label for name in out_of_range)
        reasons.append(f"outside the range of training: {labels}")
    if missing_share > MISSING_SHARE:
        reasons.append(f"missing inputs usually carry {missing_share:.0%} of this risk")
    if similar is None or similar < FEW_SIMILAR:
        count = "fewer than 10" if similar is None else f"about {similar}"
        reasons.append(f"{count} similar patients in training")
    if not reasons:
        return "supported", "Inputs within the range of training."
    sentence = "; ".join(reasons)
    return "with care", f"{sentence[0].upper()}{sentence[1:]}."

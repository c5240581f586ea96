"""How far the models can be trusted for one patient: inputs, ranges, similar patients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

MISSING_PERCENTILE = 99
"""Of 100 training patients one misses more, weighed by importance, than may be missing."""

RARE_PERCENTILE = 1
"""Of 100 training patients one has inputs that are rarer to the model than may be."""

FEW_SIMILAR = 50
"""Fewer similar training patients than this are said: at a risk of 10 % they had 5 events."""

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
KINDS = ("cancer", "drug_class", "age_years")
"""Inputs that say which patients are similar."""


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
class InputSupport:
    """How far one patient's inputs support one outcome's risk; fields as in ``OutcomeRisk``."""

    support: Support
    support_reason: str
    missing: tuple[str, ...]
    out_of_range: tuple[str, ...]
    similar: int | None
    narrowing: tuple[float, ...] = ()
    density: float | None = None

    def by_narrowing(self, points: Floats) -> InputSupport:
        """The same with missing inputs sorted by what measuring them would narrow.

        Args:
            points: shape (missing inputs,), percentage points off the interval, in their order.
        """
        order = np.argsort(-points, kind="stable")
        return replace(
            self,
            missing=tuple(self.missing[place] for place in order),
            narrowing=tuple(round(float(points[place]), 6) for place in order),
        )


@dataclass(frozen=True)
class Applicability:
    """What the manifest says about the training data, asked for one patient.

    ``ranges`` holds the smallest and largest usual value of a number, ``codes`` the codes seen
    of a coded input, ``importance`` the mean absolute contribution per outcome and input,
    ``similar`` the rounded number of training patients per kind, ``missing_limit`` per outcome
    the largest missing share without a warning, ``density_limit`` per outcome and landmark the
    smallest density without one.
    """

    ranges: Mapping[str, tuple[float, float]]
    codes: Mapping[str, frozenset[int]]
    importance: Mapping[str, Mapping[str, float]]
    similar: Mapping[str, int]
    missing_limit: Mapping[str, float]
    density_limit: Mapping[str, Mapping[str, float]]

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> Applicability:
        """Read the parts of the manifest that concern the training data."""
        inputs = {feature["name"]: feature for feature in manifest["features"]}
        return cls(
            {name: tuple(of["range"]) for name, of in inputs.items() if "range" in of},
            {name: frozenset(of["codes"]) for name, of in inputs.items() if "codes" in of},
            manifest["importance"],
            manifest["similar_patients"],
            manifest["with_care"]["missing_share"],
            manifest["with_care"]["density"],
        )

    def support(self, values: Mapping[str, float], outcome: str, density: float) -> InputSupport:
        """What stands behind the risk of one outcome, for a patient who can be scored."""
        found = self.no_support(values, outcome, "")
        share = self.missing_share(found.missing, outcome)
        limit = self.density_limit[outcome].get(f"{values['landmark_time']:.0f}", 0.0)
        reasons = [
            *_unusual_words(found.out_of_range),
            *_missing_words(share, self.missing_limit[outcome]),
            *_similar_words(found.similar),
            *(["few training patients with such inputs together"] if density < limit else []),
        ]
        support, reason = judge(reasons)
        return replace(found, support=support, support_reason=reason, density=density)

    def no_support(self, values: Mapping[str, float], outcome: str, reason: str) -> InputSupport:
        """What is known about the inputs of a patient who cannot be scored."""
        return InputSupport(
            "not scored",
            reason,
            self.missing(values, outcome),
            self.out_of_range(values),
            self.similar_patients(values),
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
        kind = [values[name] for name in KINDS]
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


def judge(reasons: Sequence[str]) -> tuple[Support, str]:
    """Supported, or with care for these reasons, as one sentence."""
    if not reasons:
        return "supported", "Inputs within the range of training."
    sentence = "; ".join(reasons)
    return "with care", f"{sentence[0].upper()}{sentence[1:]}."


def _unusual_words(names: Sequence[str]) -> list[str]:
    labels = ", ".join(FEATURE_BY_NAME[name].label for name in names)
    return [f"outside the range of training: {labels}"] if names else []


def _missing_words(share: float, limit: float) -> list[str]:
    return [f"missing inputs usually carry {share:.0%} of this risk"] if share > limit else []


def _similar_words(similar: int | None) -> list[str]:
    if similar is not None and similar >= FEW_SIMILAR:
        return []
    count = "fewer than 10" if similar is None else f"about {similar}"
    return [f"{count} similar patients in training"]

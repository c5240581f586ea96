"""How the patients most like one patient fared: released values, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from models.risk.inputs import FEATURE_BY_NAME, FEATURE_NAMES

CLOSE_PERCENT, FAIRLY_PERCENT = 80, 60
"""Pairs of patients that are further apart, from which a group is close or fairly close."""

Closeness = Literal["close", "fairly close", "not close"]


@dataclass(frozen=True)
class Shared:
    """How many of the group have the patient's word for an input; None for fewer than ten."""

    name: str
    value: float
    n: int | None


@dataclass(frozen=True)
class Spread:
    """A number of the patient (None when missing) and the middle half of the group."""

    name: str
    value: float | None
    q25: float
    median: float
    q75: float

    @property
    def outside(self) -> bool:
        """Whether the patient lies outside the middle half."""
        return self.value is not None and not self.q25 <= self.value <= self.q75


@dataclass(frozen=True)
class Fared:
    """Patients of the group with an outcome by a horizon.

    ``cases`` of the group, rounded, with losses made up for; None for fewer than ten, or where
    ``at_risk`` (still followed without it) is None: too few for a number.
    """

    outcome: str
    horizon_days: int
    cases: int | None
    at_risk: int | None


@dataclass(frozen=True)
class QualityChange:
    """Mean change of global quality of life since the landmark among ``n`` who answered."""

    horizon_days: int
    n: int
    change: float


@dataclass(frozen=True)
class SimilarPatients:
    """The group of research patients nearest to one patient; only released numbers.

    ``n`` is rounded. ``closer_than``: per cent of pairs of patients that are further apart than
    this patient and a patient of the group; ``compared``: per cent of the weight of the inputs
    that rests on known ones; both in steps of five.
    """

    landmark_day: int
    n: int
    closer_than: int
    compared: int
    shared: tuple[Shared, ...]
    spreads: tuple[Spread, ...]
    fared: tuple[Fared, ...]
    quality: tuple[QualityChange, ...]

    @property
    def closeness(self) -> Closeness:
        """The same in a word."""
        if self.closer_than >= CLOSE_PERCENT:
            return "close"
        return "fairly close" if self.closer_than >= FAIRLY_PERCENT else "not close"

    def at(self, horizon_days: int) -> tuple[Fared, ...]:
        """Every outcome by one horizon."""
        return tuple(one for one in self.fared if one.horizon_days == horizon_days)

    def quality_at(self, horizon_days: int) -> QualityChange | None:
        """Change of quality of life by one horizon; None with fewer than 20 answers."""
        return next((one for one in self.quality if one.horizon_days == horizon_days), None)

    @classmethod
    def from_frames(
        cls,
        landmark_day: int,
        n: int,
        closeness: tuple[int, int],
        features: Mapping[str, float | None],
        released: Mapping[str, pd.DataFrame],
    ) -> SimilarPatients:
        """Put the released rows of one group beside one patient's inputs.

        Args:
            landmark_day: where the inputs are of.
            n: size of the group, rounded.
            closeness: ``closer_than`` and ``compared``.
            features: the patient's inputs, None where missing.
            released: ``traits``, ``outcomes`` and ``quality`` of the group, in the columns of
                ``models.cohort.similar_tables``.
        """
        traits = released["traits"]
        order = {name: place for place, name in enumerate(FEATURE_NAMES)}
        names = sorted(traits["input"].unique(), key=order.__getitem__)
        return cls(
            landmark_day,
            n,
            *closeness,
            tuple(_shared(traits, features, names)),
            tuple(_spreads(traits, features, names)),
            tuple(
                Fared(row.outcome, int(row.horizon_days), _whole(row.cases), _whole(row.at_risk))
                for row in released["outcomes"].itertuples()
            ),
            tuple(
                QualityChange(int(row.horizon_days), int(row.n), float(row.change))
                for row in released["quality"].itertuples()
            ),
        )


def _shared(
    traits: pd.DataFrame, features: Mapping[str, float | None], names: list[str]
) -> list[Shared]:
    counts = {(row.input, row.level): int(row.n) for row in traits.itertuples()}
    found = []
    for name in names:
        value, labels = features.get(name), FEATURE_BY_NAME[name].labels
        if labels and value is not None and 0 <= int(value) < len(labels):
            found.append(Shared(name, value, counts.get((name, labels[int(value)]))))
    return found


def _spreads(
    traits: pd.DataFrame, features: Mapping[str, float | None], names: list[str]
) -> list[Spread]:
    numbers = traits[traits["level"] == ""].set_index("input")
    return [
        Spread(name, features.get(name), *(float(numbers.at[name, q]) for q in _QUARTILES))
        for name in names
        if name in numbers.index
    ]


_QUARTILES = ("q25", "median", "q75")


def _whole(value: float) -> int | None:
    return None if pd.isna(value) else int(value)

"""What happened after each landmark: first onset of every outcome, length of follow-up.

A person with earlier events stays at risk: the outcome is the first qualifying onset strictly
after the landmark. An event qualifies when the site judged it immune-related and its recorded
grade reaches the outcome's: 3 for severe, 2 for an organ. An event without a recorded grade
does not qualify: it may have been of grade 1, so labels from sites that often leave the grade
out are too low, never too high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from models.arrays import Floats
from models.risk.inputs import FEATURE_NAMES
from models.risk.landmarks import KEYS, patients_at_landmarks
from models.risk.outcomes import HORIZONS, LANDMARKS, ORGAN_OUTCOMES, OUTCOMES, SEVERE
from models.risk.survival import censoring_curve, horizon_labels

SEVERE_GRADE = 3
ORGAN_GRADE = 2


def first_onsets(tables: Mapping[str, ir.Table], landmarks: Sequence[int] = LANDMARKS) -> ir.Table:
    """Follow-up and first onsets after each landmark, research consent only.

    Returns:
        patient_id, landmark_day, country, follow_up_days, died, and per outcome the days from
        the landmark to its first onset, NULL without one.
    """
    patient = tables["patient"].filter(tables["patient"].consent == "research")
    at = patients_at_landmarks(patient, landmarks)
    at = at.select(
        *KEYS,
        "country",
        "as_of",
        follow_up_days=at.last_seen.delta(at.as_of, unit="day"),
        died=(at.death_date <= at.last_seen).fill_null(False),
    )
    event = tables["adverse_event"].filter(tables["adverse_event"].immune_related)
    points = at.select(*KEYS, "as_of")
    after = points.join(event, ["patient_id", event.onset_date > points.as_of])
    after = after.mutate(day=after.onset_date.delta(after.as_of, unit="day").cast("float64"))
    onsets = after.group_by(*KEYS).agg(
        **{SEVERE: after.day.min(where=after.grade >= SEVERE_GRADE)},
        **{
            organ: after.day.min(where=(after.organ == organ) & (after.grade >= ORGAN_GRADE))
            for organ in ORGAN_OUTCOMES
        },
    )
    return at.drop("as_of").left_join(onsets, KEYS).drop(*(f"{key}_right" for key in KEYS))


@dataclass(frozen=True)
class LandmarkRows:
    """Patients at landmarks with what was known there and what came after.

    All arrays have n rows: ``patient_id``, ``country`` (words), ``landmark_day``, ``features``
    (n, inputs), ``follow_up_days``, ``died``, ``onset_days`` (n, outcomes; NaN without onset).
    """

    patient_id: npt.NDArray[np.object_]
    country: npt.NDArray[np.object_]
    landmark_day: npt.NDArray[np.int64]
    features: Floats
    follow_up_days: Floats
    died: npt.NDArray[np.bool_]
    onset_days: Floats

    @classmethod
    def from_frames(cls, features: pd.DataFrame, onsets: pd.DataFrame) -> LandmarkRows:
        """Rows of ``landmark_features`` and ``first_onsets`` that have both, in a fixed order."""
        frame = onsets.merge(features, on=list(KEYS)).sort_values(list(KEYS))
        return cls(
            frame.patient_id.to_numpy(object),
            frame.country.to_numpy(object),
            frame.landmark_day.to_numpy(np.int64),
            frame[list(FEATURE_NAMES)].to_numpy(np.float64),
            frame.follow_up_days.to_numpy(np.float64),
            frame.died.to_numpy(bool),
            frame[list(OUTCOMES)].to_numpy(np.float64),
        )

    @classmethod
    def concatenate(cls, parts: Sequence[LandmarkRows]) -> LandmarkRows:
        """All rows of several cohorts."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def __len__(self) -> int:
        return len(self.landmark_day)

    def select(self, rows: npt.NDArray[np.bool_]) -> LandmarkRows:
        """The rows where ``rows`` is True."""
        names = [field.name for field in fields(self)]
        return replace(self, **{name: getattr(self, name)[rows] for name in names})


@dataclass(frozen=True)
class Labels:
    """Answers and their weights, both of shape (n, outcomes, horizons); weight 0: not known."""

    happened: npt.NDArray[np.bool_]
    weight: Floats


def labels(rows: LandmarkRows) -> Labels:
    """Outcome within each horizon, with weights for censoring estimated at each landmark."""
    shape = (len(rows), len(OUTCOMES), len(HORIZONS))
    happened, weight = np.zeros(shape, dtype=bool), np.zeros(shape)
    for landmark in np.unique(rows.landmark_day):
        at = rows.landmark_day == landmark
        here = rows.select(at)
        censoring = censoring_curve(here.follow_up_days, here.died)
        for column in range(len(OUTCOMES)):
            for position, horizon in enumerate(HORIZONS):
                happened[at, column, position], weight[at, column, position] = horizon_labels(
                    here.onset_days[:, column],
                    here.follow_up_days,
                    here.died,
                    horizon,
                    censoring,
                )
    return Labels(happened, weight)

"""Forms with what was known on their day and what came after, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.arrays import Bools, Floats
from models.qol.forecast.inputs import FORM_DAY, INPUT_NAMES, last_name
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS, WINDOW_DAYS, Target
from models.qol.schedule import FULL_FORM_DAYS, SHORT_FORM_DAYS

FORMS_PER_PATIENT = 6
"""Forms of one patient that count, so that nobody counts much more than others."""

_KEYS = ["patient_id", "form_date"]


@dataclass(frozen=True)
class ForecastRows:
    """n forms; H horizons, T targets.

    ``patient_id`` and ``country`` (n,), words; ``inputs`` (n, inputs), NaN where missing;
    ``later`` (n, H, T), the target's score at the horizon, NaN without; ``observed`` (n, H): the
    horizon's window closed before the data were cut; ``alive`` and ``answered`` (n, H).
    """

    patient_id: npt.NDArray[np.object_]
    country: npt.NDArray[np.object_]
    inputs: Floats
    later: Floats
    observed: Bools
    alive: Bools
    answered: Bools

    @classmethod
    def from_frames(cls, inputs: pd.DataFrame, later: pd.DataFrame) -> ForecastRows:
        """Rows of ``inputs_at_forms`` and ``later_scores`` that have both, in a fixed order."""
        inputs = inputs.sort_values(_KEYS, kind="stable")
        later = later.merge(inputs[_KEYS], on=_KEYS).sort_values([*_KEYS, "horizon_days"])
        inputs = inputs.merge(later[_KEYS].drop_duplicates(), on=_KEYS)
        shape = (len(inputs), len(HORIZONS_DAYS))
        names = [target.name for target in TARGETS]
        scores = later[names].to_numpy(np.float64).reshape(*shape, len(TARGETS))
        first = later.iloc[:: len(HORIZONS_DAYS)]
        return cls(
            inputs["patient_id"].to_numpy(object),
            first["country"].to_numpy(object),
            inputs[list(INPUT_NAMES)].to_numpy(np.float64),
            scores,
            *(later[name].to_numpy(bool).reshape(shape) for name in _MARKS),
        )

    @classmethod
    def concatenate(cls, parts: Sequence[ForecastRows]) -> ForecastRows:
        """Rows of several cohorts."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    def __len__(self) -> int:
        return len(self.patient_id)

    def select(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> ForecastRows:
        """Some of the rows."""
        return replace(self, **{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    def last(self, target: Target) -> Floats:
        """Latest score of a target at each form, NaN without one, shape (n,)."""
        return self.inputs[:, INPUT_NAMES.index(last_name(target.name))]

    def input(self, name: str) -> Floats:
        """One input, shape (n,)."""
        return self.inputs[:, INPUT_NAMES.index(name)]

    @property
    def due(self) -> Bools:
        """Whether the design asks for a form in the window of each horizon, shape (n, H)."""
        days = np.array(sorted({*FULL_FORM_DAYS, *SHORT_FORM_DAYS}))
        at = self.input(FORM_DAY.name)[:, None] + np.array(HORIZONS_DAYS)
        near = np.abs(at[:, :, None] - days) <= WINDOW_DAYS
        return np.asarray(near.any(axis=2))

    @property
    def people(self) -> npt.NDArray[np.intp]:
        """Number of each row's patient, shape (n,)."""
        return np.unique(self.patient_id.astype(str), return_inverse=True)[1]


_MARKS = ("observed", "alive", "answered")


def sampled(rows: ForecastRows, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Places of at most ``FORMS_PER_PATIENT`` forms of each patient, chosen at random, in order.

    The same for learning and for testing: patients with many forms answer more readily, so the
    bound decides what an average form is.
    """
    order = rng.permutation(len(rows))
    people = rows.people[order]
    by_person = np.argsort(people, kind="stable")
    counted = people[by_person]
    starts = np.searchsorted(counted, counted, side="left")
    return np.sort(order[by_person[np.arange(len(counted)) - starts < FORMS_PER_PATIENT]])

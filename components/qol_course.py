"""What the quality-of-life panel shows of one patient: scales, comparable patients, the course."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import pandas as pd

from components.chart import first_day, last_day
from components.course_events import immune_related
from models.cohort.comparable import Band
from models.cohort.standing import LOST_DAYS
from models.qol.trajectory import Trajectory

_LEAST_DAYS = 28.0
_ROOM_FOR_END = 1.6
"""The last contact is drawn when it lies within this times the rest of the axis."""


@dataclass(frozen=True)
class QolCourse:
    """Scales of one patient and of comparable patients; ``day`` counts from the first dose.

    ``trajectories`` and ``bands`` by ``scale_key``; only scales that are drawn need a band.
    ``treatments``: day, end_day, regimen. ``events``: day, organ, grade, immune_related.
    ``steroids``: day, end_day. ``answered``: day and questionnaire of forms whose answers are
    there, not only their scores. ``last_day``: of the last contact, or of death when ``died``.
    ``until_day``: how far the time axis reaches at least.
    """

    trajectories: Mapping[str, Trajectory]
    bands: Mapping[str, Band]
    treatments: pd.DataFrame
    events: pd.DataFrame
    steroids: pd.DataFrame
    answered: Collection[tuple[float, str]]
    country: str
    index_date: date
    last_day: float
    died: bool
    data_date: date | None
    until_day: float = 0.0

    def on(self, day: float) -> date:
        """Calendar day."""
        return self.index_date + timedelta(days=int(day))

    @cached_property
    def first_day(self) -> float:
        """Left end of the time axis."""
        return first_day(self._dated)

    @cached_property
    def axis_end(self) -> float:
        """Right end of the time axis: the last form, due form, irAE or steroid.

        The last contact too, unless it is so much later that the forms would be squeezed.
        """
        starts = (immune_related(self.events)["day"], self.steroids["day"])
        end = max(last_day(self._dated["day"], *starts), _LEAST_DAYS, self.until_day)
        return self.last_day if end < self.last_day <= _ROOM_FOR_END * end else end

    @property
    def ends_beyond(self) -> bool:
        """Whether the last contact lies beyond the time axis."""
        return self.last_day > self.axis_end

    @cached_property
    def _dated(self) -> pd.DataFrame:
        days = [
            one.day
            for trajectory in self.trajectories.values()
            for one in (*trajectory.forms, *trajectory.missed)
        ]
        return pd.DataFrame({"day": pd.Series(days, dtype=float)})

    @cached_property
    def _last_form(self) -> float:
        return max(form.day for one in self.trajectories.values() for form in one.forms)

    def silent_after(self, trajectory: Trajectory) -> float | None:
        """Day of the last score, where forms stopped coming well before the last contact.

        So it is when a form that was due later was missed, or no form of any kind came for the
        120 days before.
        """
        if not trajectory.scores:
            return None
        quiet_days = self.last_day - self._last_form
        stopped = trajectory.missed_since_last > 0 or quiet_days > LOST_DAYS
        return trajectory.scores[-1][0] if stopped else None

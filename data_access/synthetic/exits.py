"""Death, progression and stopping: how long an irAE can still happen.

Progression has a constant hazard; death has one too, several times higher once the tumour has
progressed. Both depend on the cancer, on baseline factors and on the frailty. The window in
which an irAE counts ends with death, or 90 days after progression or after stopping by choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from data_access.synthetic.effects import hazard_log_ratio
from data_access.synthetic.parameters import parameters
from data_access.synthetic.patients import Patients
from models.arrays import Floats, Integers

DAYS_PER_MONTH = 30.4375
_PROGRESSION_SHARE = 0.5
"""Effects on progression are half of those on death (Arbour 2018: HR 1.31 and 1.66)."""


@dataclass(frozen=True)
class Hazards:
    """Hazards per day before progression, each of shape (n,)."""

    progression: Floats
    death: Floats

    def of(self, chosen: slice | Integers) -> Hazards:
        """Hazards of some of the people."""
        return Hazards(self.progression[chosen], self.death[chosen])

    def with_frailty(self, log_frailty: Floats | float) -> Hazards:
        """Hazards of people with the given log frailty: immune activity protects."""
        factor = np.exp(parameters()["irae"].number("death_per_frailty") * log_frailty)
        return Hazards(self.progression * factor, self.death * factor)


def hazards(people: Patients, centre: float) -> Hazards:
    """Hazards of each person at log frailty 0.

    Args:
        people: the cohort.
        centre: log hazard ratio to which the medians of the parameters belong.
    """
    ratio = hazard_log_ratio(people) - centre
    progression, death = _by_cancer()
    return Hazards(
        progression[people.cancer] * np.exp(_PROGRESSION_SHARE * ratio),
        death[people.cancer] * np.exp(ratio),
    )


def window_open(rates: Hazards, days: Floats) -> Floats:
    """Probability of being alive with an open window at each day, shape (n, days).

    Args:
        rates: hazards of n people.
        days: shape (days,), days since the first dose.
    """
    course, irae = parameters()["course"], parameters()["irae"]
    faster = course.number("death_after_progression")
    width = irae.number("window_after_stop_days")
    progression, death = rates.progression[:, None], rates.death[:, None]
    since = np.maximum(days - width, 0.0)
    not_progressed = np.exp(-(progression + death) * days)
    # Progressed within the window and alive: integral over the day of progression.
    tilt = progression + death - faster * death
    tilt = np.where(np.abs(tilt) < 1e-9, 1e-9, tilt)
    within = -np.expm1(-tilt * (days - since)) * np.exp(-tilt * since) / tilt
    progressed = progression * np.exp(-faster * death * days) * within
    chosen = course.number("choice_stop_per_year") / 365.25
    return np.asarray((not_progressed + progressed) * np.exp(-chosen * since))


@dataclass(frozen=True)
class Exits:
    """Latent days since the first dose, each of shape (n,), ignoring irAE and censoring."""

    progression: Floats
    choice: Floats
    death: Floats

    @property
    def window_end(self) -> Floats:
        """Last day on which an irAE counts, before irAE themselves close the window."""
        width = parameters()["irae"].number("window_after_stop_days")
        return np.minimum(self.death, np.minimum(self.progression, self.choice) + width)


def draw_exits(rng: Generator, rates: Hazards) -> Exits:
    """Days of progression, of stopping by choice and of death from the cancer."""
    n = len(rates.death)
    course = parameters()["course"]
    faster = course.number("death_after_progression")
    progression = rng.exponential(1.0, n) / rates.progression
    wear = rng.exponential(1.0, n)
    before = wear / rates.death
    after = progression + (wear - rates.death * progression) / (faster * rates.death)
    choice = rng.exponential(365.25 / course.number("choice_stop_per_year"), n)
    return Exits(progression, choice, np.where(before <= progression, before, after))


@cache
def _by_cancer() -> tuple[Floats, Floats]:
    """Daily hazards of progression and of death before it, from the medians of each cancer."""
    block = parameters()["cancers"]
    faster = parameters()["course"].number("death_after_progression")
    progression = np.log(2) / (block.numbers("pfs_months") * DAYS_PER_MONTH)
    median = block.numbers("os_months") * DAYS_PER_MONTH
    low, high = np.full_like(median, 1e-7), np.full_like(median, 0.1)
    for _ in range(60):
        death = np.sqrt(low * high)
        total, late = progression + death, faster * death
        tilt = np.where(np.abs(total - late) < 1e-12, 1e-12, total - late)
        alive = np.exp(-total * median)
        alive += progression * np.exp(-late * median) * -np.expm1(-tilt * median) / tilt
        low, high = np.where(alive > 0.5, death, low), np.where(alive > 0.5, high, death)
    return progression, death

"""Visits, emergencies and admissions with their length and cost."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator

from data_access.synthetic.chance import happens
from data_access.synthetic.events import Course
from data_access.synthetic.parameters import parameters
from data_access.synthetic.patients import DRUG_CLASSES, Patients
from models.arrays import Bools, Floats, Integers

KINDS: tuple[str, ...] = ("outpatient", "emergency", "inpatient")
_OUTPATIENT, _EMERGENCY, _INPATIENT = range(3)
_LAST_WEEKS = 21


@dataclass(frozen=True)
class CareRows:
    """Contacts, each array of shape (rows,); ``day`` counts from the first dose."""

    person: Integers
    day: Floats
    kind: Integers
    days: Floats
    cost: Floats


def draw_admissions(rng: Generator, course: Course) -> Bools:
    """Which irAE lead to admission, shape (events,)."""
    chance = parameters()["irae"].numbers("admitted_by_grade")
    return happens(rng, chance[course.irae.grade - 1], len(course.irae))


def draw_care(rng: Generator, people: Patients, course: Course, admitted: Bools) -> CareRows:
    """Every contact under observation, one per person, day and kind."""
    parts = [
        _infusions(people, course),
        _follow_up(course),
        *_for_irae(rng, course, admitted),
        _emergencies(rng, course),
        _last_admissions(rng, course),
    ]
    rows = CareRows(
        *(np.concatenate([getattr(p, each.name) for p in parts]) for each in fields(CareRows))
    )
    price = np.array([country.price for country in parameters().countries])[people.country]
    noise = np.exp(0.15 * rng.standard_normal(len(rows.person)))
    cost = np.round(rows.cost * price[rows.person] * noise, 2)
    _, kept = np.unique(
        (rows.person * 100_000 + rows.day.astype(np.int64)) * 3 + rows.kind, return_index=True
    )
    return CareRows(rows.person[kept], rows.day[kept], rows.kind[kept], rows.days[kept], cost[kept])


def _contacts(
    person: Integers, day: Floats, kind: int, days: Floats | float, cost: Floats | float
) -> CareRows:
    shape = np.zeros(len(person))
    return CareRows(person, day, np.full(len(person), kind), shape + days, shape + cost)


def _infusions(people: Patients, course: Course) -> CareRows:
    p = parameters()
    cycle = p["regimens"].numbers("cycle_days")[people.regimen, None]
    prices = p["care"].mapping("infusion_eur")
    price = np.array([prices[name] for name in DRUG_CLASSES])[people.drug_class]
    last = np.minimum(np.minimum(course.stop, course.end), 730.0)
    day = cycle * np.arange(730 // cycle.min() + 1)
    given = (day <= last[:, None]) & ((day < course.stop[:, None]) | (day == 0))
    person, visit = np.nonzero(given)
    cost = p["care"].number("outpatient_eur") + price[person]
    return _contacts(person, day[person, visit], _OUTPATIENT, 0.0, cost)


def _follow_up(course: Course) -> CareRows:
    block = parameters()["care"]
    after = block.number("follow_up_days") * np.arange(1, 13)
    day = np.where(np.isfinite(course.stop), course.stop, np.inf)[:, None] + after
    person, visit = np.nonzero(day <= course.end[:, None])
    return _contacts(person, day[person, visit], _OUTPATIENT, 0.0, block.number("outpatient_eur"))


def _for_irae(rng: Generator, course: Course, admitted: Bools) -> list[CareRows]:
    block, irae = parameters()["care"], course.irae
    seen = irae.of(happens(rng, block.numbers("emergency_by_grade")[irae.grade - 1], len(irae)))
    inside = irae.of(admitted)
    typical = np.log(block.numbers("stay_days_by_grade")[inside.grade - 1])
    stay = np.exp(rng.normal(typical, block.number("stay_log_sd")))
    return [
        _contacts(seen.person, seen.onset, _EMERGENCY, 0.0, block.number("emergency_eur")),
        _stays(inside.person, inside.onset, stay, course),
    ]


def _emergencies(rng: Generator, course: Course) -> CareRows:
    """Emergency visits for other reasons: at most one per half year."""
    block = parameters()["care"]
    starts = np.arange(0, 1100, 182.0)
    day = starts + rng.integers(1, 182, (len(course.end), len(starts)))
    came = rng.random(day.shape) < block.number("emergency_per_year") / 2
    person, visit = np.nonzero(came & (day <= course.end[:, None]))
    return _contacts(person, day[person, visit], _EMERGENCY, 0.0, block.number("emergency_eur"))


def _last_admissions(rng: Generator, course: Course) -> CareRows:
    n = len(course.end)
    chance = parameters()["care"].number("last_admission")
    person = np.flatnonzero(np.isfinite(course.death) & happens(rng, chance, n))
    before = rng.integers(1, _LAST_WEEKS + 1, len(person))
    day = np.maximum(course.death[person] - before, 0.0)
    return _stays(person, day, np.full(len(person), 9.0), course)


def _stays(person: Integers, day: Floats, stay: Floats, course: Course) -> CareRows:
    """Admissions, cut short where observation ends."""
    possible = np.maximum(course.end[person] - day, 1.0)
    length = np.minimum(np.maximum(np.ceil(stay), 1.0), possible)
    price = parameters()["care"].number("inpatient_day_eur")
    return _contacts(person, day, _INPATIENT, length, price * length)

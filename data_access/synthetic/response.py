"""Tumour response at assessments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from data_access.synthetic.chance import happens, shifted
from data_access.synthetic.events import Course
from data_access.synthetic.parameters import parameters
from data_access.synthetic.patients import DRUG_CLASSES, Patients
from models.arrays import Bools, Floats, Integers

CATEGORIES: tuple[str, ...] = ("CR", "PR", "SD", "PD", "NE")


@dataclass(frozen=True)
class Responses:
    """Assessments, each of shape (rows,), and per person whether the tumour ever responds."""

    person: Integers
    day: Floats
    category: Integers
    responder: Bools


def draw_responses(rng: Generator, people: Patients, course: Course) -> Responses:
    """RECIST category about every twelve weeks until progression."""
    block = parameters()["course"]
    first, every = block.number("first_assessment_day"), block.number("assessment_days")
    planned = first + every * np.arange(8)
    day = planned + rng.integers(-7, 8, (len(people), len(planned)))
    # Progression before the first assessment is what that assessment is for.
    day[:, 0] = np.minimum(day[:, 0], course.progression)
    progressed = course.progression[:, None] <= day
    found_before = np.zeros_like(progressed)
    found_before[:, 1:] = progressed[:, :-1]
    best = _best(rng, people, course, first)
    unclear = rng.random(day.shape) < block.number("not_evaluable")
    category = np.where(unclear, CATEGORIES.index("NE"), best[:, None])
    category = np.where(progressed, CATEGORIES.index("PD"), category)
    person, visit = np.nonzero((day <= course.end[:, None]) & ~found_before)
    responder = np.isin(best, (CATEGORIES.index("CR"), CATEGORIES.index("PR")))
    return Responses(person, np.asarray(day[person, visit]), category[person, visit], responder)


def _best(rng: Generator, people: Patients, course: Course, first: float) -> Integers:
    """Best category of each person short of progression."""
    block, n = parameters()["course"], len(people)
    shares = block.mapping("response_given_no_progression")
    usual = np.array([shares[name] for name in DRUG_CLASSES])[people.drug_class]
    chance = shifted(usual, block.number("response_log_odds_per_frailty") * course.activity)
    responds = (course.progression > first) & happens(rng, chance, n)
    complete = happens(rng, block.number("complete_share"), n)
    category = np.where(complete, CATEGORIES.index("CR"), CATEGORIES.index("PR"))
    return np.where(responds, category, CATEGORIES.index("SD"))

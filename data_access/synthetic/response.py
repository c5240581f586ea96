"""Tumour response at assessments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from data_access.synthetic.chance import happens, shifted
from data_access.synthetic.events import Course
from data_access.synthetic.parameters import Booleans, Floats, Integers, parameters
from data_access.synthetic.patients import DRUG_CLASSES, Patients

CATEGORIES: tuple[str, ...] = ("CR", "PR", "SD", "PD", "NE")


@dataclass(frozen=True)
class Responses:
    """Assessments, each of shape (rows,), and per person whether the tumour ever responds."""

    person: Integers
    day: Floats
    category: Integers
    responder: Booleans


def draw_responses(rng: Generator, people: Patients, course: Course) -> Responses:
    """RECIST category about every twelve weeks until progression."""
    block, n = parameters()["course"], len(people)
    first, every = block.number("first_assessment_day"), block.number("assessment_days")
    shares = block.mapping("response_given_no_progression")
    usual = np.array([shares[name] for name in DRUG_CLASSES])[people.drug_class]
    chance = shifted(usual, block.number("response_log_odds_per_frailty") * course.activity)
    lasting = ~(course.progression <= first + 15)
    responder = lasting & happens(rng, chance, n)
    complete = responder & happens(rng, block.number("complete_share"), n)
    best = np.where(complete, CATEGORIES.index("CR"), CATEGORIES.index("PR"))
    best = np.where(responder, best, CATEGORIES.index("SD"))
    planned = first + every * np.arange(8)
    day = planned + rng.integers(-7, 8, (n, len(planned)))
    # The assessment that finds progression is the last one.
    day[:, 0] = np.where(course.progression <= day[:, 0], course.progression, day[:, 0])
    progressed = course.progression[:, None] <= day
    seen_before = np.concatenate([np.zeros((n, 1), dtype=np.bool_), progressed[:, :-1]], axis=1)
    done = (day <= course.end[:, None]) & ~seen_before
    category = np.where(progressed, CATEGORIES.index("PD"), best[:, None])
    unclear = happens(rng, block.number("not_evaluable"), day.size).reshape(day.shape)
    category = np.where(unclear & ~progressed, CATEGORIES.index("NE"), category)
    person, visit = np.nonzero(done)
    return Responses(person, day[person, visit], category[person, visit], responder)

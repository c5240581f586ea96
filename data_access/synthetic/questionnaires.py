"""Questionnaires: which forms come back, the answers on them, the scores of the answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from data_access.synthetic.events import Course
from data_access.synthetic.medicines import SteroidEpisodes
from data_access.synthetic.parameters import parameters
from data_access.synthetic.patients import Patients
from data_access.synthetic.quality import SCALE_CODES, SCALES, Forms, shape_forms
from models.arrays import Bools, Floats, Integers
from models.qol.instrument import Instrument
from models.qol.instruments import EQ_5D_5L, QLQ_C30, QLQ_SHORT
from models.qol.scoring import score


@dataclass(frozen=True)
class FormRows:
    """Returned forms of one instrument: who and when (forms,), answers (forms, items).

    Answers are NaN where an item was left out. ``scores`` holds scale values by code, NaN where
    the rules allow none.
    """

    instrument: str
    items: tuple[str, ...]
    person: Integers
    day: Floats
    answers: Floats
    scores: dict[str, Floats]


def draw_questionnaires(
    rng: Generator,
    people: Patients,
    course: Course,
    responder: Bools,
    steroids: SteroidEpisodes,
) -> list[FormRows]:
    """Full forms, short forms between them, and EQ-5D-5L with the full forms."""
    full, day, forms = planned_forms(rng, people, course, responder, steroids)
    returned = _returned(rng, people, course, forms, day)
    person, place = np.nonzero(returned & full)
    points = forms.scores(rng, person, place)
    on = day[person, place]
    answers = _answers(rng, points, QLQ_C30)
    eq = rng.random(len(person)) < 0.95
    short_person, short_place = np.nonzero(returned & ~full)
    short = _answers(rng, forms.scores(rng, short_person, short_place), QLQ_SHORT)
    return [
        _scored(QLQ_C30, people, person, on, answers),
        _scored(QLQ_SHORT, people, short_person, day[short_person, short_place], short),
        _scored(EQ_5D_5L, people, person[eq], on[eq], _eq5d(rng, points[eq])),
    ]


def planned_forms(
    rng: Generator,
    people: Patients,
    course: Course,
    responder: Bools,
    steroids: SteroidEpisodes,
) -> tuple[Bools, Floats, Forms]:
    """Which planned forms are full ones (days,), when each is due (n, days), what shapes them."""
    full, day = _days(rng, len(people))
    dose = steroids.dose(day)
    return full, day, shape_forms(rng, people, course, responder.astype(np.float64), dose, day)


def answered_in_full(rng: Generator, points: Floats, country: Integers) -> dict[str, Floats]:
    """Scores of full forms and of the EQ-5D-5L that goes with each.

    Args:
        rng: of the answers.
        points: shape (forms, scales), as ``Forms.scores`` gives them.
        country: shape (forms,), number of each person's country.

    Returns:
        Scale codes of both questionnaires to (forms,), NaN where the rules allow no score.
    """
    levels = _eq5d(rng, points)
    answers = _answers(rng, points, QLQ_C30)
    return score(QLQ_C30, answers) | score(EQ_5D_5L, levels, _codes(country))


def _scored(
    instrument: Instrument, people: Patients, person: Integers, day: Floats, answers: Floats
) -> FormRows:
    scores = score(instrument, answers, _codes(people.country[person]))
    return FormRows(instrument.name, instrument.item_codes, person, day, answers, scores)


def _codes(country: Integers) -> npt.NDArray[np.object_]:
    """Codes of countries by their numbers."""
    codes = np.array([each.code for each in parameters().countries], dtype=object)
    return np.asarray(codes[country])


def _days(rng: Generator, n: int) -> tuple[Bools, Floats]:
    """Which planned forms are full ones (days,), and when each is due (n, days)."""
    block = parameters()["forms"]
    planned = np.concatenate([block.numbers("full_days"), block.numbers("short_days")])
    jitter = int(block.number("jitter_days"))
    day: Floats = planned + rng.integers(-jitter, jitter + 1, (n, len(planned))).astype(np.float64)
    day[:, 0] = -rng.integers(0, jitter + 1, n)
    return np.arange(len(planned)) < len(block.numbers("full_days")), day


def _returned(rng: Generator, people: Patients, course: Course, forms: Forms, day: Floats) -> Bools:
    """Forms that come back: fewer with time, at some sites, and when people feel worse."""
    block = parameters()["forms"]
    site = parameters()["site_mix"].numbers("forms")[people.site, None]
    log_odds = (
        block.number("return_log_odds")
        + site
        + block.number("return_log_odds_per_year") * np.maximum(day, 0) / 365.25
        + block.number("return_log_odds_per_10_points") * (forms.expected_global() - 61.3) / 10
    )
    chance = 1 / (1 + np.exp(-log_odds))
    return (rng.random(day.shape) < chance) & (day <= course.end[:, None])


def _answers(rng: Generator, points: Floats, instrument: Instrument) -> Floats:
    """Answer codes from scale values, shape (forms, items); NaN where left out."""
    block = parameters()["forms"]
    answers = np.empty((len(points), len(instrument.items)))
    noise = block.number("item_noise") * rng.standard_normal(answers.shape)
    for scale in SCALES:
        share = points[:, SCALE_CODES.index(scale.code)] / 100
        share = 1 - share if scale.reversed_items else share
        for code in set(scale.items).intersection(instrument.item_codes):
            place, item = instrument.item_codes.index(code), instrument.item(code)
            raw = item.low + (item.high - item.low) * share + noise[:, place]
            answers[:, place] = np.clip(np.rint(raw), item.low, item.high)
    answers[rng.random(answers.shape) < block.number("item_missing")] = np.nan
    return answers


def _eq5d(rng: Generator, points: Floats) -> Floats:
    """Levels 1 to 5 of the five dimensions and the visual analogue scale, (forms, 6)."""
    block = parameters()["forms"]
    by_code = {code: points[:, place] / 100 for place, code in enumerate(SCALE_CODES)}
    troubles = np.stack(
        [
            1 - by_code["PF"],
            0.5 * (1 - by_code["PF"]),
            1 - by_code["RF"],
            by_code["PA"],
            1 - by_code["EF"],
        ],
        axis=1,
    )
    levels = np.rint(1 + 3.6 * troubles + 0.4 * rng.standard_normal(troubles.shape))
    vas = block.number("vas_intercept") + block.number("vas_per_point") * 100 * by_code["QL"]
    vas += block.number("vas_sd") * rng.standard_normal(len(points))
    answers = np.column_stack([np.clip(levels, 1, 5), np.clip(np.rint(vas), 0, 100)])
    answers[rng.random(answers.shape) < block.number("item_missing")] = np.nan
    return answers

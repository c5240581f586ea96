"""Latent quality of life: what a person would answer at each questionnaire, on every scale.

General well-being moves the global scale and, in part, all others; irAE, steroids, response,
progression and the last weeks of life shift it or single scales. Sizes come from the edges of
the causal graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from scipy.special import ndtr

from data_access.synthetic.events import Course, Irae
from data_access.synthetic.parameters import CLASSES, parameters
from data_access.synthetic.patients import Patients, draw_patients
from models.arrays import Floats, Integers
from models.qol.instruments import QLQ_C30

SCALES = tuple(scale for scale in QLQ_C30.scales if scale.items)
"""Scales that people answer, in order: all but the summary."""

SCALE_CODES: tuple[str, ...] = tuple(scale.code for scale in SCALES)
_CENTRE_SEED = 61
_CENTRE_PEOPLE = 4_000


@dataclass(frozen=True)
class Forms:
    """Everything that shapes answers on n people's days, shape (n, days) unless said otherwise.

    ``wellbeing`` is the shift of the global scale in points, ``extra`` the shift of single
    scales, ``own`` the person's lasting deviation on each scale (n, scales), standard normal.
    """

    wellbeing: Floats
    extra: dict[str, Floats]
    own: Floats

    def scores(self, rng: Generator, person: Integers, day: Integers) -> Floats:
        """Scale values of chosen forms, 0 to 100 points, shape (forms, scales)."""
        person_share = parameters()["quality_effects"].number("person")
        moment = rng.standard_normal((len(person), len(SCALE_CODES)))
        deviation = np.sqrt(person_share) * self.own[person]
        deviation += np.sqrt(1 - person_share) * moment
        centre, spread = latent_scales()
        points = np.clip(centre + spread * deviation, 0.0, 100.0)
        points += self.wellbeing[person, day, None] * _wellbeing_weights()
        for code, shift in self.extra.items():
            points[:, SCALE_CODES.index(code)] += shift[person, day]
        return np.asarray(np.clip(points, 0.0, 100.0))

    def expected_global(self) -> Floats:
        """Global quality of life at each day without the noise of the moment, (n, days)."""
        centre, spread = latent_scales()
        place = SCALE_CODES.index("QL")
        share = np.sqrt(parameters()["quality_effects"].number("person"))
        points = centre[place] + spread[place] * share * self.own[:, place, None]
        return np.asarray(np.clip(points + self.wellbeing, 0.0, 100.0))


def shape_forms(
    rng: Generator,
    people: Patients,
    course: Course,
    responder: Floats,
    dose: Floats,
    day: Floats,
) -> Forms:
    """What shapes the answers of each person on each day.

    Args:
        rng: the source of randomness.
        people: the cohort.
        course: what happened to them.
        responder: shape (n,), whether the tumour responds.
        dose: steroid dose on each day, prednisone mg/d, shape (n, days).
        day: finite days since the first dose, shape (n, days).
    """
    e = parameters()["quality_effects"]
    general = rng.standard_normal((len(people), 1))
    scale = rng.standard_normal((len(people), len(SCALE_CODES)))
    direction = np.sign(_wellbeing_weights())
    own = np.sqrt(0.4) * general * direction + np.sqrt(0.6) * scale
    wellbeing = (_baseline_wellbeing(people) - _centre())[:, None] + _over_time(
        course, responder, day
    )
    _add_dips(wellbeing, course.irae, day)
    extra = _symptoms(course.irae, day)
    above = np.maximum(dose - e.number("steroid_from_mg"), 0.0) / 10
    extra["SL"] = e.number("steroid_insomnia_per_10mg") * np.minimum(above, 8)
    extra["EF"] = e.number("steroid_emotional_per_10mg") * np.minimum(above, 8)
    extra["AP"] = e.number("steroid_appetite_per_10mg") * np.minimum(dose / 10, 8)
    _add_lasting(extra, people, responder, day)
    return Forms(wellbeing, extra, own)


def _baseline_wellbeing(people: Patients) -> Floats:
    e = parameters()["quality_effects"]
    diseases = np.sum(list(people.has.values()), axis=0)
    combination = np.isin(people.drug_class, (3, 4))
    return np.asarray(
        e.number("ecog_step") * people.ecog
        + e.number("comorbidity") * diseases
        + e.number("activity_step") * people.activity
        + e.number("support_wellbeing") * people.supported
        + e.number("combination") * combination
    )


@cache
def _centre() -> float:
    """Mean baseline shift of a fixed population, so that reference means stay in place."""
    people = draw_patients(np.random.default_rng(_CENTRE_SEED), _CENTRE_PEOPLE)
    return float(_baseline_wellbeing(people).mean())


def _over_time(course: Course, responder: Floats, day: Floats) -> Floats:
    e = parameters()["quality_effects"]
    later = np.clip(day / 84, 0.0, 1.0)
    progressed = day >= course.progression[:, None]
    left = np.where(np.isfinite(course.death), course.death, 1e6)[:, None] - day
    dying = np.clip(1 - left / e.number("near_death_days"), 0.0, 1.0)
    return np.asarray(
        e.number("response") * responder[:, None] * later * ~progressed
        + e.number("progression") * progressed
        + e.number("near_death") * dying
    )


def _add_dips(wellbeing: Floats, irae: Irae, day: Floats) -> None:
    """Lower well-being at an irAE and its recovery over the following weeks."""
    e = parameters()["quality_effects"]
    severe = irae.grade >= 3
    size = np.where(severe, e.number("irae_severe"), e.number("irae_mild"))
    weeks = np.where(severe, e.number("irae_severe_decay_days"), e.number("irae_mild_decay_days"))
    np.add.at(wellbeing, irae.person, size[:, None] * _fading(irae, day, weeks))


def _fading(irae: Irae, day: Floats, length: Floats) -> Floats:
    """1 at onset, falling in a line to 0 after ``length`` days; shape (events, days)."""
    since = day[irae.person] - irae.onset[:, None]
    return np.where(since >= -3, np.clip(1 - since / length[:, None], 0.0, 1.0), 0.0)


def _symptoms(irae: Irae, day: Floats) -> dict[str, Floats]:
    """Shift of single scales by the organ of an irAE."""
    e = parameters()["quality_effects"]
    extra = {code: np.zeros_like(day) for code in ("DI", "DY", "PA", "FA")}
    severe = irae.of(irae.grade >= 3)
    length = np.full(len(severe), e.number("irae_severe_decay_days"))
    tired = e.number("irae_severe_fatigue") * _fading(severe, day, length)
    np.add.at(extra["FA"], severe.person, tired)
    for organ_class, code, effect, lowest in (
        ("colitis", "DI", "colitis_diarrhoea", 2),
        ("pneumonitis", "DY", "pneumonitis_dyspnoea", 2),
        ("arthritis", "PA", "arthritis_pain", 1),
        ("thyroid", "FA", "endocrine_fatigue", 2),
        ("adrenal", "FA", "endocrine_fatigue", 2),
        ("hypophysitis", "FA", "endocrine_fatigue", 2),
    ):
        events = irae.of((irae.organ_class == CLASSES.index(organ_class)) & (irae.grade >= lowest))
        on = day[events.person]
        active = (on >= events.onset[:, None]) & (on <= events.end[:, None])
        np.add.at(extra[code], events.person, e.number(effect) * active)
    return extra


def _add_lasting(
    extra: dict[str, Floats], people: Patients, responder: Floats, day: Floats
) -> None:
    """Effects of age, sex, support, activity and response on single scales."""
    e = parameters()["quality_effects"]
    decades = ((people.age - 65) / 10)[:, None]
    female, active = people.female[:, None] - 0.38, people.activity[:, None] - 0.6
    better = responder[:, None] * np.clip(day / 84, 0.0, 1.0)
    for code in ("AP", "PA", "SL"):
        extra[code] = extra.get(code, 0.0) + e.number("response_symptoms") * better
    extra["FA"] = (
        extra["FA"]
        + e.number("female_fatigue") * female
        + e.number("activity_step_fatigue") * active
    )
    extra["PF"] = np.broadcast_to(e.number("age_per_10_years_physical") * decades, day.shape)
    extra["EF"] = (
        extra["EF"]
        + e.number("female_emotional") * female
        + e.number("support_emotional") * (people.supported[:, None] - 0.62)
        + e.number("age_per_10_years_emotional") * decades
    )


@cache
def _wellbeing_weights() -> Floats:
    """Points each scale moves per point of well-being; symptoms move the other way."""
    share = parameters()["quality_effects"].number("wellbeing_share")
    return np.array(
        [
            1.0 if scale.code == "QL" else share * (1 if scale.higher_is_better else -1)
            for scale in SCALES
        ]
    )


@cache
def latent_scales() -> tuple[Floats, Floats]:
    """Mean and SD of each scale before clipping to 0 and 100, each of shape (scales,).

    Chosen so that the clipped scale has the reference mean and SD: many symptoms pile up at 0.
    """
    block = parameters()["quality_of_life"]
    order = [block.words("scale").index(code) for code in SCALE_CODES]
    mean, sd = block.numbers("mean")[order], block.numbers("sd")[order]
    centre, spread = mean.copy(), sd.copy()
    for _ in range(400):
        found, found_sd = _clipped_moments(centre, spread)
        centre += 0.5 * (mean - found)
        spread *= (sd / found_sd) ** 0.5
    # Part of the spread between people comes from the effects of baseline factors.
    explained = np.minimum(8.5 * np.abs(_wellbeing_weights()) / sd, 0.9)
    return centre, spread * np.sqrt(1 - explained**2)


def _clipped_moments(centre: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Mean and SD of normal variables clipped to 0 and 100."""
    low, high = -centre / spread, (100 - centre) / spread
    inside, above = ndtr(high) - ndtr(low), ndtr(-high)
    at_low, at_high = _density(low), _density(high)
    first = centre * inside + spread * (at_low - at_high) + 100 * above
    second = (centre**2 + spread**2) * inside + 1e4 * above
    second += spread * (centre * at_low - (centre + 100) * at_high)
    return first, np.sqrt(second - first**2)


def _density(value: Floats) -> Floats:
    return np.asarray(np.exp(-(value**2) / 2) / np.sqrt(2 * np.pi))

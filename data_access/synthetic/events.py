"""What happens after the first dose: irAE, end of treatment, death, end of observation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.random import Generator

from data_access.synthetic.calibration import calibration
from data_access.synthetic.chance import happens, pick
from data_access.synthetic.effects import occurrence_log_odds, severity_log_odds
from data_access.synthetic.exits import Exits, draw_exits, hazards
from data_access.synthetic.onset import WEEK, classes
from data_access.synthetic.parameters import CLASSES, parameters, rates
from data_access.synthetic.patients import Patients, calendar_days
from models.arrays import Bools, Floats, Integers

STOP_REASONS: tuple[str, ...] = ("progression", "choice", "completed", "toxicity", "death")
_MYOCARDITIS = CLASSES.index("myocarditis")


@dataclass(frozen=True)
class Irae:
    """One immune-related event per entry; days count from the first dose.

    ``end`` is infinite for an event that lasts. ``first`` marks the first event of its class,
    the others are recurrences, or companions of myocarditis.
    """

    person: Integers
    organ_class: Integers
    onset: Floats
    end: Floats
    grade: Integers
    term: Integers
    first: Bools

    def __len__(self) -> int:
        return len(self.person)

    def of(self, chosen: Bools) -> Irae:
        """Some of the events."""
        return Irae(*(getattr(self, each.name)[chosen] for each in fields(self)))


@dataclass(frozen=True)
class Course:
    """What happened to n people; days since the first dose, infinite for "not observed".

    ``end`` is the last day of observation, ``stop`` the end of treatment. ``activity`` is the
    log frailty, which no table may hold.
    """

    end: Floats
    death: Floats
    stop: Floats
    stop_reason: Integers
    progression: Floats
    activity: Floats
    irae: Irae


def draw_course(rng: Generator, people: Patients) -> Course:
    """The course of each person on and after treatment."""
    log_frailty = parameters()["irae"].number("frailty_sd") * rng.standard_normal(len(people))
    rate = hazards(people, calibration().hazard_centre).with_frailty(log_frailty)
    exits = draw_exits(rng, rate)
    firsts = _first_events(rng, people, exits, log_frailty)
    toxic, fatal = firsts.stop_day.min(axis=1), firsts.death_day.min(axis=1)
    death = np.maximum(np.ceil(np.minimum(exits.death, fatal)), 1.0)
    end = np.minimum(death, _contact_end(rng, people))
    stop, reason = _treatment_end(people, exits, toxic, death)
    irae = _events(rng, people, firsts, stop, end)
    return Course(
        end=end,
        death=np.where(death <= end, death, np.inf),
        stop=np.where(stop <= end, stop, np.inf),
        stop_reason=reason,
        progression=np.where(exits.progression <= end, np.ceil(exits.progression), np.inf),
        activity=log_frailty,
        irae=irae,
    )


@dataclass(frozen=True)
class _Firsts:
    """First event of each class, shape (n, classes); days are infinite where it never comes."""

    onset: Floats
    grade: Integers
    stop_day: Floats
    death_day: Floats


def _first_events(rng: Generator, people: Patients, exits: Exits, log_frailty: Floats) -> _Firsts:
    irae = parameters()["irae"]
    chance, severe_chance, onset, fatality = _latent(rng, people, log_frailty)
    n = len(people)
    onset = np.where(rng.random((n, len(CLASSES))) < chance, np.maximum(np.ceil(onset), 1), np.inf)
    severe = rng.random(onset.shape) < severe_chance
    fatal = severe & (rng.random(onset.shape) < fatality)
    stops = severe & (fatal | (rng.random(onset.shape) < classes().stops))
    death_day = np.where(fatal, onset + irae.number("fatal_after_days"), np.inf)
    closes = np.where(stops, onset + irae.number("window_after_stop_days"), np.inf)
    window = np.minimum(exits.window_end, np.minimum(closes, death_day).min(axis=1))
    seen = onset <= window[:, None]
    onset = np.where(seen, onset, np.inf)
    return _Firsts(
        onset=onset,
        grade=_grades(rng, severe, fatal),
        stop_day=np.where(stops, onset, np.inf),
        death_day=np.where(seen, death_day, np.inf),
    )


def _latent(
    rng: Generator, people: Patients, log_frailty: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Chance, chance of grade 3 or more, onset day and fatality of each class, (n, classes)."""
    laws, column = calibration().laws, people.incidence
    occurrence, severity = occurrence_log_odds(people), severity_log_odds(people)
    chance, severe = np.empty_like(occurrence), np.empty_like(occurrence)
    for place, law in enumerate(laws):
        rows = column == place
        chance[rows] = law.probability(occurrence[rows], log_frailty[rows, None])
        severe[rows] = law.severe(severity[rows])
    median = np.stack([law.median_days for law in laws])[column]
    sigma = np.stack([law.sigma for law in laws])[column]
    onset = median * np.exp(sigma * rng.standard_normal(median.shape))
    return chance, severe, onset, np.stack([law.fatality for law in laws])[column]


def _grades(rng: Generator, severe: Bools, fatal: Bools) -> Integers:
    drawn = rng.random(severe.shape)
    mild = np.where(drawn < classes().grade1, 1, 2)
    grade = np.where(severe, np.where(drawn < classes().grade4, 4, 3), mild)
    return np.asarray(np.where(fatal, 5, grade), dtype=np.int64)


def _contact_end(rng: Generator, people: Patients) -> Floats:
    """Day of the data cut or of losing contact, whichever is earlier."""
    to_cut = calendar_days()[1] - people.index_day
    lost = rng.exponential(365.25 / parameters()["calendar"].number("lost_per_year"), len(people))
    return np.asarray(np.minimum(to_cut, np.ceil(lost)), dtype=np.float64)


def _treatment_end(
    people: Patients, exits: Exits, toxic: Floats, death: Floats
) -> tuple[Floats, Integers]:
    planned = parameters()["regimens"].numbers("last_dose_day")[people.regimen]
    planned = np.where(people.stage < 3, np.minimum(planned, 365.0), planned)
    days = np.stack(
        [np.ceil(exits.progression), np.ceil(exits.choice), planned, toxic, death], axis=1
    )
    return days.min(axis=1), days.argmin(axis=1)


def _events(rng: Generator, people: Patients, firsts: _Firsts, stop: Floats, end: Floats) -> Irae:
    person, organ_class = np.nonzero(firsts.onset <= end[:, None])
    onset, grade = firsts.onset[person, organ_class], firsts.grade[person, organ_class]
    first = Irae(
        person=person,
        organ_class=organ_class,
        onset=onset,
        end=onset + _duration(rng, people.incidence[person], organ_class, grade),
        grade=grade,
        term=_terms(rng, organ_class, grade),
        first=np.ones(len(person), dtype=np.bool_),
    )
    death = np.where(grade == 5, firsts.death_day[person, organ_class], np.inf)
    first = Irae(**{**vars(first), "end": np.where(grade == 5, death, first.end)})
    return _joined(first, _recurrences(rng, people, first, stop, end), _companions(rng, first))


def _duration(
    rng: Generator, incidence: Integers, organ_class: Integers, grade: Integers
) -> Floats:
    """Days to resolution, infinite for chronic events."""
    irae = parameters()["irae"]
    weeks = rates("resolution_median_weeks")[organ_class, incidence]
    # Thyroiditis that does not end in hypothyroidism passes within about three months.
    days = WEEK * np.where(weeks > 0, weeks, 12.0)
    log_days = np.log(days) + irae.number("resolution_per_grade") * (grade - 1.5)
    drawn = np.exp(rng.normal(log_days, irae.number("resolution_sd")))
    chronic = happens(rng, rates("p_chronic")[organ_class, incidence], len(grade))
    return np.where(chronic, np.inf, np.maximum(np.ceil(drawn), 2.0))


def _recurrences(rng: Generator, people: Patients, first: Irae, stop: Floats, end: Floats) -> Irae:
    """Same class again after resolution, never worse than before, while treatment goes on."""
    again = first.of(
        happens(rng, classes().recurs[first.organ_class], len(first)) & (first.grade < 5)
    )
    wait = rng.exponential(parameters()["irae"].number("recurrence_days"), len(again))
    onset = np.ceil(again.end + 5 + wait)
    grade = np.maximum(again.grade - happens(rng, 0.4, len(again)), 1)
    length = _duration(rng, people.incidence[again.person], again.organ_class, grade)
    again = Irae(
        again.person,
        again.organ_class,
        onset,
        onset + length,
        grade,
        _terms(rng, again.organ_class, grade),
        np.zeros(len(again), dtype=np.bool_),
    )
    return again.of(onset <= np.minimum(stop, end)[again.person])


def _companions(rng: Generator, first: Irae) -> Irae:
    """Myositis and myasthenia that come with myocarditis, on the same day."""
    heart = first.of(first.organ_class == _MYOCARDITIS)
    parts = []
    for chance, organ_class, term in (
        ("myositis_with_myocarditis", "arthritis", "Myositis"),
        ("myasthenia_with_myocarditis", "neurologic", "Myasthenia gravis"),
    ):
        with_it = heart.of(happens(rng, parameters()["irae"].number(chance), len(heart)))
        parts.append(
            Irae(
                with_it.person,
                np.full(len(with_it), CLASSES.index(organ_class)),
                with_it.onset,
                with_it.end,
                np.minimum(with_it.grade, 4),
                np.full(len(with_it), parameters()["irae_terms"].words("term").index(term)),
                np.zeros(len(with_it), dtype=np.bool_),
            )
        )
    return _joined(*parts)


def _joined(*parts: Irae) -> Irae:
    return Irae(
        *(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Irae))
    )


@cache
def _term_weights() -> Floats:
    """Weight of each term by class and grade, shape (classes x 5, terms)."""
    block = parameters()["irae_terms"]
    belongs = np.array(
        [[name == organ_class for name in block.words("organ_class")] for organ_class in CLASSES]
    )
    grade = np.arange(1, 6)[:, None]
    allowed = (grade >= block.numbers("lowest_grade")) & (grade <= block.numbers("highest_grade"))
    weights = block.numbers("weight") * belongs[:, None, :] * allowed[None, :, :]
    return np.asarray(weights.reshape(-1, weights.shape[-1]))


def _terms(rng: Generator, organ_class: Integers, grade: Integers) -> Integers:
    return pick(rng, _term_weights(), organ_class * 5 + grade - 1)

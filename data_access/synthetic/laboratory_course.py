"""Laboratory rows over time: visits, drift, shifts around irAE, what gets recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from data_access.synthetic.events import Course, Irae
from data_access.synthetic.laboratory import TESTS, measured, reported, scales
from data_access.synthetic.medicines import SteroidEpisodes
from data_access.synthetic.parameters import CLASSES, parameters
from data_access.synthetic.patients import Patients
from models.arrays import Bools, Floats, Integers

Levels = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LabRows:
    """Laboratory results, one per entry; ``day`` counts from the first dose."""

    person: Integers
    day: Floats
    test: Integers
    value: Floats


def draw_laboratory(
    rng: Generator, people: Patients, course: Course, steroids: SteroidEpisodes
) -> LabRows:
    """All laboratory results of a cohort; the baseline values are those of ``people``."""
    day, panel = _visits(rng, people, course)
    level = _levels(rng, people, course, day)
    _add_irae(level, course.irae, day)
    _add_medicines(level, people, steroids.dose(day), day)
    values = measured(rng, level)
    values[:, 0] = people.lab
    person, visit, test = np.nonzero(_recorded(rng, people, day, panel))
    return LabRows(person, day[person, visit], test, reported(values[person, visit, test], test))


def _visits(rng: Generator, people: Patients, course: Course) -> tuple[Floats, Bools]:
    """Days of blood tests, shape (n, visits), infinite where none; and which are event panels."""
    block, n = parameters()["laboratory_visits"], len(people)
    planned = block.numbers("days")
    jitter = int(block.number("jitter_days"))
    day = planned + rng.integers(-jitter, jitter + 1, (n, len(planned)))
    day[:, 0] = -rng.integers(0, 2 * jitter, n)
    chance = np.where(
        day > course.stop[:, None], block.number("attended_after_stop"), block.number("attended")
    )
    attended = rng.random(day.shape) < chance
    attended[:, 0] = True
    extra = _event_panels(course.irae, n)
    for place in range(extra.shape[1]):
        earlier = np.concatenate([day, extra[:, :place]], axis=1)
        extra[(extra[:, place, None] == earlier).any(axis=1), place] = np.inf
    days = np.concatenate([np.where(attended, day, np.inf), extra], axis=1)
    days = np.where(days <= course.end[:, None], days, np.inf)
    return days, np.arange(days.shape[1]) >= len(planned)


def _event_panels(irae: Irae, n: int) -> Floats:
    """Unscheduled panels after the first two irAE of grade 2 or more, shape (n, panels)."""
    after = parameters()["laboratory_visits"].numbers("event_panel_days")
    chosen = np.flatnonzero(irae.grade >= 2)
    chosen = chosen[np.lexsort((irae.onset[chosen], irae.person[chosen]))]
    person = irae.person[chosen]
    rank = np.arange(len(person)) - np.searchsorted(person, person)
    days = np.full((n, 2, len(after)), np.inf)
    early = rank < 2
    days[person[early], rank[early]] = irae.onset[chosen][early, None] + after
    return days.reshape(n, -1)


def _levels(rng: Generator, people: Patients, course: Course, day: Floats) -> Levels:
    """Levels on the working scale, shape (n, visits, tests): baseline, drift, decline."""
    block, test = parameters()["laboratory_context"], scales()
    day = np.where(np.isfinite(day), day, 0.0)
    slope = block.number("slope_sd") / 180 * test.sd * rng.standard_normal(people.level.shape)
    level = np.empty((*day.shape, len(TESTS)), dtype=np.float32)
    np.multiply(day[:, :, None], slope[:, None, :], out=level, casting="unsafe")
    level += people.level[:, None, :].astype(np.float32)
    dying = np.flatnonzero(np.isfinite(course.death))
    left = course.death[dying, None] - day[dying]
    decline = block.number("near_death_sd") * np.exp(-left / block.number("near_death_days"))
    level[dying] += (decline[:, :, None] * (test.loading * test.sd)).astype(np.float32)
    return level


def _add_irae(level: Levels, irae: Irae, day: Floats) -> None:
    """Add the shift of each irAE to the tests of its class; never to the baseline visit."""
    block = parameters()["laboratory_shifts"]
    rows = zip(
        block.words("organ_class"),
        block.words("test"),
        block.numbers("peak"),
        block.numbers("from_day"),
        block.numbers("to_day"),
        block.numbers("decay_days"),
        strict=True,
    )
    for organ_class, test, peak, from_day, to_day, decay in rows:
        events = irae.of(irae.organ_class == CLASSES.index(organ_class))
        since = day[events.person] - (events.onset - _lead(events))[:, None]
        shape = _shape(since, from_day, to_day, decay)
        _add(level, events, test, peak, shape)
    context = parameters()["laboratory_context"]
    thyroid = irae.of(irae.organ_class == CLASSES.index("thyroid"))
    since = day[thyroid.person] - (thyroid.onset - _lead(thyroid))[:, None]
    since -= context.number("thyroid_late_day")
    shape = _shape(since, 0.0, 14.0, context.number("thyroid_late_decay_days"))
    _add(level, thyroid, "tsh", context.numbers("thyroid_late_tsh"), shape)


def _lead(events: Irae) -> Floats:
    """Days by which changes precede the onset: hypothyroidism follows a thyrotoxic phase."""
    late = parameters()["irae_terms"].words("term").index("Hypothyroidism")
    days = parameters()["laboratory_context"].number("thyroid_late_day")
    return np.asarray(days * (events.term == late))


def _shape(since: Floats, from_day: float, to_day: float, decay: float) -> Floats:
    """Share of the peak at days since onset: a rise that steepens, a plateau, a decline."""
    rise = parameters()["laboratory_shifts"].number("rise_days")
    since = np.where(np.isfinite(since), since, -np.inf)
    up = np.clip((since - from_day) / rise + 1, 0.0, 1.0) ** 2
    return np.asarray(up * np.exp(-np.maximum(since - to_day, 0.0) / decay))


def _add(level: Levels, events: Irae, test: str, peak: Floats, shape: Floats) -> None:
    place = TESTS.index(test)
    size = peak[np.minimum(events.grade, 4) - 1]
    if scales().lognormal[place]:
        size = np.log(size)
    shift = shape * size[:, None]
    shift[:, 0] = 0.0
    np.add.at(level[:, :, place], events.person, shift.astype(np.float32))


def _add_medicines(level: Levels, people: Patients, dose: Floats, day: Floats) -> None:
    block = parameters()["laboratory_context"]
    until = block.number("chemotherapy_until_day")
    treated = people.chemotherapy[:, None] & (day > 0) & (day <= until)
    for test, factor in block.mapping("chemotherapy").items():
        place = TESTS.index(test)
        shift = np.log(factor) if scales().lognormal[place] else factor
        level[:, :, place] += np.float32(shift) * treated
    on_steroid = np.minimum(dose, 80.0) / 40.0
    on_steroid[:, 0] = 0.0
    for test, factor in block.mapping("steroid_per_40mg").items():
        level[:, :, TESTS.index(test)] += (np.log(factor) * on_steroid).astype(np.float32)


def _recorded(rng: Generator, people: Patients, day: Floats, panel: Bools) -> Bools:
    """Which test has a result at which visit, shape (n, visits, tests)."""
    sites, test = parameters()["site_mix"], scales()
    chance = test.recorded * sites.numbers("labs")[people.site, None]
    chance *= np.where(test.marker, sites.numbers("markers")[people.site, None], 1.0)
    drawn = rng.random((*day.shape, len(TESTS)), dtype=np.float32)
    found = drawn < chance[:, None, :].astype(np.float32)
    # The first visit and event panels are the more complete ones.
    fuller = np.flatnonzero(panel | (np.arange(day.shape[1]) == 0))
    found[:, fuller] = drawn[:, fuller] < np.sqrt(chance)[:, None, :]
    return found & np.isfinite(day)[:, :, None]

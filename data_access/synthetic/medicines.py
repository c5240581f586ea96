"""Medicines: what people take at the start, antibiotic courses, treatment of irAE."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from data_access.synthetic.chance import happens
from data_access.synthetic.events import Course, Irae
from data_access.synthetic.parameters import CLASSES, parameters, rates
from data_access.synthetic.patients import Patients
from models.arrays import Bools, Floats, Integers
from models.risk.codes import PREDNISONE_EQUIVALENT

_TAPERS = ("grade2", "grade3", "arthritis", "replacement")


@dataclass(frozen=True)
class MedicineRows:
    """Prescriptions, each array of shape (rows,); days count from the first dose.

    ``kind`` is a place in ``catalogue()``. An infinite ``end`` is "still taken".
    """

    person: Integers
    kind: Integers
    start: Floats
    end: Floats
    dose: Floats

    def of(self, chosen: Bools | Integers) -> MedicineRows:
        """Some of the rows."""
        return MedicineRows(*(getattr(self, each.name)[chosen] for each in fields(self)))


class Medicine(NamedTuple):
    """One medicine: ATC code, words, UCUM unit of its doses."""

    atc: str
    name: str
    unit: str


@dataclass(frozen=True)
class SteroidEpisodes:
    """Systemic steroids for irAE: who, from which day, by which taper; shape (episodes,)."""

    person: Integers
    start: Floats
    taper: Integers

    def dose(self, day: Floats) -> Floats:
        """Prednisone equivalent in mg/d on each day, shape of ``day`` (n, days)."""
        table = _daily_doses()
        since = day[self.person] - self.start[:, None]
        inside = (since >= 0) & (since < table.shape[1])
        place = np.where(inside, since, 0).astype(np.int64)
        total = np.zeros_like(day)
        np.add.at(total, self.person, np.where(inside, table[self.taper[:, None], place], 0.0))
        return total


def draw_steroids(rng: Generator, people: Patients, irae: Irae) -> SteroidEpisodes:
    """Which irAE are treated with systemic steroids, and how."""
    block = parameters()["steroids"]
    usual = rates("p_systemic_steroid")[irae.organ_class, people.incidence[irae.person]]
    chance = np.minimum(usual * block.numbers("by_grade")[irae.grade - 1], 0.98)
    treated = irae.of(happens(rng, chance, len(irae)))
    hormones = np.isin(
        treated.organ_class, [CLASSES.index("adrenal"), CLASSES.index("hypophysitis")]
    )
    joints = (treated.organ_class == CLASSES.index("arthritis")) & (treated.grade < 3)
    taper = np.where(treated.grade >= 3, _TAPERS.index("grade3"), _TAPERS.index("grade2"))
    taper = np.where(joints, _TAPERS.index("arthritis"), taper)
    taper = np.where(hormones, _TAPERS.index("replacement"), taper)
    return SteroidEpisodes(treated.person, treated.onset + 1, taper)


def draw_medicines(
    rng: Generator, people: Patients, course: Course, steroids: SteroidEpisodes
) -> MedicineRows:
    """Every prescription that starts under observation, in no particular order."""
    parts = [
        *_regular(rng, people),
        _antibiotics(rng, people, course),
        *_taper_steps(steroids),
        _second_line(rng, people, course.irae, steroids),
        *_hormones(course.irae),
    ]
    rows = MedicineRows(
        *(
            np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(MedicineRows)
        )
    )
    rows = rows.of(rows.start <= course.end[rows.person])
    last = np.where(rows.end <= course.end[rows.person], rows.end, np.inf)
    return _without_repeats(MedicineRows(rows.person, rows.kind, rows.start, last, rows.dose))


def _without_repeats(rows: MedicineRows) -> MedicineRows:
    """One row per person, medicine, first day and dose."""
    order = np.lexsort((rows.dose, rows.start, rows.kind, rows.person))
    keys = np.stack([rows.person, rows.kind, rows.start, rows.dose])[:, order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    return rows.of(order[new])


def _regular(rng: Generator, people: Patients) -> list[MedicineRows]:
    """What was taken at the first dose; most of it goes on."""
    block = parameters()["medicines"]
    parts = []
    for place, (medicine, dose) in enumerate(
        zip(block.words("medicine"), block.numbers("daily_dose"), strict=True)
    ):
        person = np.flatnonzero(people.takes[medicine])
        n = len(person)
        stopped = happens(rng, 0.15, n)
        end = np.where(stopped, rng.integers(10, 500, n), np.inf)
        start = -rng.integers(5, 900, n).astype(np.float64)
        parts.append(MedicineRows(person, np.full(n, place), start, end, np.full(n, dose)))
    return parts


def _antibiotics(rng: Generator, people: Patients, course: Course) -> MedicineRows:
    """Courses that ended before the first dose, and later ones."""
    block = parameters()["antibiotics"]
    before = np.flatnonzero(people.takes["antibiotic"])
    span = 640
    later = np.flatnonzero(happens(rng, block.number("per_year") * span / 365.25, len(people)))
    length = int(block.number("days"))
    start = np.concatenate(
        [-rng.integers(length + 1, 60, len(before)), rng.integers(5, span, len(later))]
    ).astype(np.float64)
    person = np.concatenate([before, later])
    return _rows(
        person,
        Medicine(block.word("atc"), block.word("name"), block.word("unit")),
        start,
        start + length - 1,
        block.number("daily_dose"),
    )


def _taper_steps(steroids: SteroidEpisodes) -> list[MedicineRows]:
    parts = []
    for place, name in enumerate(_TAPERS):
        chosen = steroids.taper == place
        person, start = steroids.person[chosen], steroids.start[chosen]
        for atc, words, dose, first, last in parameters()["steroids"].lists(name):
            medicine = Medicine(atc, words, "mg")
            parts.append(_rows(person, medicine, start + first, start + last, dose))
    return parts


def _second_line(
    rng: Generator, people: Patients, irae: Irae, steroids: SteroidEpisodes
) -> MedicineRows:
    """Immunosuppressants where steroids did not help in an irAE of grade 3 or more."""
    block, table = parameters()["steroids"], parameters()["irae_classes"]
    names = table.words("organ_class")
    lowest = parameters()["irae"].number("second_line_from_grade")
    severe = irae.of((irae.grade >= lowest) & irae.first)
    treated = np.isin(_at(severe.person, severe.onset), _at(steroids.person, steroids.start - 1))
    usual = rates("p_second_line_given_steroid")[
        severe.organ_class, people.incidence[severe.person]
    ]
    severe = severe.of(treated & happens(rng, np.minimum(2 * usual, 0.9), len(severe)))
    rows = np.array([names.index(name) for name in CLASSES])[severe.organ_class]
    kinds = np.array(
        [
            catalogue().index(Medicine(atc, name, "mg")) if atc else -1
            for atc, name in zip(
                table.words("second_line_atc"), table.words("second_line"), strict=True
            )
        ]
    )[rows]
    start = severe.onset + block.number("second_line_day")
    found = MedicineRows(
        severe.person,
        kinds,
        start,
        start + block.number("second_line_days") - 1,
        np.full(len(severe), block.number("second_line_dose")),
    )
    return found.of(kinds >= 0)


def _at(person: Integers, day: Floats) -> Integers:
    """One number for a person and a day."""
    return np.asarray(person * 100_000 + day, dtype=np.int64)


def _hormones(irae: Irae) -> list[MedicineRows]:
    """Levothyroxine in lasting hypothyroidism, insulin in diabetes."""
    parts = []
    for name, organ_class in (("levothyroxine", "thyroid"), ("insulin", "diabetes")):
        values = parameters()["steroids"].mapping(name)
        lasting = irae.of(
            (irae.organ_class == CLASSES.index(organ_class)) & np.isinf(irae.end) & irae.first
        )
        start = lasting.onset + values["from_day"]
        medicine = Medicine(values["atc"], values["name"], values["unit"])
        endless = np.full(len(start), np.inf)
        parts.append(_rows(lasting.person, medicine, start, endless, values["daily_dose"]))
    return parts


def _rows(
    person: Integers, medicine: Medicine, start: Floats, end: Floats, dose: float
) -> MedicineRows:
    n = len(person)
    kind = np.full(n, catalogue().index(medicine))
    return MedicineRows(person, kind, start, end, np.full(n, float(dose)))


@cache
def catalogue() -> tuple[Medicine, ...]:
    """Every medicine the generator prescribes; the regular ones first, in their order."""
    p = parameters()
    regular, antibiotic, steroids = p["medicines"], p["antibiotics"], p["steroids"]
    found = [
        Medicine(*row)
        for row in zip(
            regular.words("atc"), regular.words("name"), regular.words("unit"), strict=True
        )
    ]
    found.append(Medicine(antibiotic.word("atc"), antibiotic.word("name"), antibiotic.word("unit")))
    for taper in _TAPERS:
        found += [Medicine(step[0], step[1], "mg") for step in steroids.lists(taper)]
    for name in ("levothyroxine", "insulin"):
        values = steroids.mapping(name)
        found.append(Medicine(values["atc"], values["name"], values["unit"]))
    table = p["irae_classes"]
    found += [
        Medicine(atc, name, "mg")
        for atc, name in zip(
            table.words("second_line_atc"), table.words("second_line"), strict=True
        )
        if atc
    ]
    # Regular medicines keep their places even when another row names the same one.
    return tuple(found)


@cache
def _daily_doses() -> Floats:
    """Prednisone equivalent of each taper by day, shape (tapers, days)."""
    block = parameters()["steroids"]
    table = np.zeros((len(_TAPERS), 2001))
    for place, name in enumerate(_TAPERS):
        for atc, _, dose, first, last in block.lists(name):
            table[place, first : last + 1] += dose * PREDNISONE_EQUIVALENT[atc]
    return table

"""Warehouse tables from what happened: people, diagnoses, treatment, events, habits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numpy.random import Generator

from data_access.synthetic import arrow
from data_access.synthetic.chance import choose, happens
from data_access.synthetic.events import STOP_REASONS, Course
from data_access.synthetic.onset import classes
from data_access.synthetic.parameters import parameters
from data_access.synthetic.patients import DRUG_CLASSES, Patients
from models.arrays import Bools, Floats, Integers
from models.schema import ORGANS

CTCAE_VERSION = "5.0"
_MARKERS = ("ecog", "tmb", "pdl1_tps", "msi")
_FACTORS = ("bmi", "smoking", "alcohol", "activity", "support")
_HABIT_RECORDED = 0.93
_STAGES = ("I", "II", "III", "IV")
_DIAGNOSIS_KINDS = ("primary", "metastasis", "comorbidity")
_PRIMARY, _METASTASIS, _COMORBIDITY = range(3)


@dataclass(frozen=True)
class Identity:
    """Pseudonyms, and the day of each person's first dose since 1970-01-01."""

    patient_id: pa.Array
    index_day: Integers

    def of(self, person: Integers) -> pa.Array:
        """Pseudonym per row."""
        return arrow.coded(person, self.patient_id)

    def date(self, person: Integers, day: Floats | Integers) -> pa.Array:
        """Date per row from days since the first dose; infinite is NULL."""
        return arrow.dates(self.index_day[person] + day)


def patient_table(people: Patients, course: Course, identity: Identity) -> pa.Table:
    """One row per person."""
    everyone = np.arange(len(people))
    p = parameters()
    return arrow.table(
        "patient",
        patient_id=identity.of(everyone),
        country=arrow.coded(people.country, [country.code for country in p.countries]),
        site=arrow.coded(people.site, p["site_mix"].words("site")),
        sex=arrow.coded(people.female.astype(np.int8), ("M", "F")),
        birth_year=arrow.whole_numbers(_year(people.index_day) - people.age),
        index_date=identity.date(everyone, np.zeros(len(people))),
        end_date=identity.date(everyone, course.end),
        death_date=identity.date(everyone, course.death),
        consent=arrow.coded(people.consent, tuple(p["calendar"].mapping("consent"))),
    )


def treatment_table(people: Patients, course: Course, identity: Identity) -> pa.Table:
    """One line of immunotherapy per person."""
    everyone = np.arange(len(people))
    regimens = parameters()["regimens"]
    ended = np.isfinite(course.stop)
    return arrow.table(
        "treatment",
        patient_id=identity.of(everyone),
        line=arrow.whole_numbers(people.line),
        regimen=arrow.coded(people.regimen, regimens.words("regimen")),
        drug_class=arrow.coded(people.drug_class, DRUG_CLASSES),
        atc=arrow.coded(people.regimen, regimens.words("atc")),
        start_date=identity.date(everyone, np.zeros(len(people))),
        end_date=identity.date(everyone, course.stop),
        stop_reason=arrow.coded(np.where(ended, course.stop_reason, -1), STOP_REASONS),
    )


class _Gathered:
    """Rows of one table gathered part by part: person, day, value, kind."""

    def __init__(self) -> None:
        self._parts: list[tuple[Integers, Floats, npt.NDArray[Any], Integers]] = []

    def add(
        self, person: Integers, day: npt.NDArray[Any], value: npt.NDArray[Any], kind: int
    ) -> None:
        """Add rows of one kind; ``day`` counts from the first dose."""
        rows = np.full(len(person), kind)
        self._parts.append((person, np.asarray(day, dtype=np.float64), value, rows))

    def columns(self) -> tuple[Integers, Floats, npt.NDArray[Any], Integers]:
        """Person, day, value and kind of all rows."""
        person, day, value, kind = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return person, day, value, kind


def diagnosis_table(rng: Generator, people: Patients, identity: Identity) -> pa.Table:
    """Primary tumour, metastases of stage IV, and other diseases."""
    cancers, mets, diseases = (parameters()[name] for name in ("cancers", "metastases", "diseases"))
    words = [*cancers.words("icd10"), *mets.words("icd10")]
    rows = _Gathered()
    found = people.line * 120 + rng.integers(5, 200, len(people))
    rows.add(np.arange(len(people)), -found, people.cancer, _PRIMARY)
    spread = np.flatnonzero(people.stage == 3)
    for place, share in enumerate(mets.numbers("share"), start=len(cancers.words("icd10"))):
        who = spread[happens(rng, share, len(spread))]
        day = -np.minimum(rng.integers(1, 60, len(who)), found[who])
        rows.add(who, day, np.full(len(who), place), _METASTASIS)
    for disease, codes in zip(diseases.words("disease"), diseases.lists("icd10"), strict=True):
        who = np.flatnonzero(people.has[disease])
        code = len(words) + choose(rng, np.ones(len(codes)), len(who))
        rows.add(who, -rng.integers(60, 4000, len(who)), code, _COMORBIDITY)
        words += codes
    person, day, code, kind = rows.columns()
    return arrow.table(
        "diagnosis",
        patient_id=identity.of(person),
        date=identity.date(person, day),
        icd10=arrow.coded(code, words),
        kind=arrow.coded(kind, _DIAGNOSIS_KINDS),
        stage=arrow.coded(np.where(kind == _PRIMARY, people.stage[person], -1), _STAGES),
    )


def adverse_event_table(
    rng: Generator, people: Patients, course: Course, admitted: Bools, identity: Identity
) -> pa.Table:
    """Immune-related events, and others of chemotherapy and disease."""
    irae, words = course.irae, parameters()["irae_terms"].words("term")
    organ = np.array([ORGANS.index(name) for name in classes().organ])[irae.organ_class]
    resolved = np.where(irae.end <= course.end[irae.person], irae.end, np.inf)
    other_person, other_day, other_term, other_grade = _other_events(rng, people, course)
    person = np.concatenate([irae.person, other_person])
    immune = np.arange(len(person)) < len(irae)

    def both(of_irae: npt.NDArray[Any], of_others: npt.NDArray[Any] | float) -> npt.NDArray[Any]:
        others = np.broadcast_to(of_others, len(other_person))
        return np.concatenate([of_irae, others.astype(of_irae.dtype)])

    return arrow.table(
        "adverse_event",
        patient_id=identity.of(person),
        onset_date=identity.date(person, both(irae.onset, other_day)),
        end_date=identity.date(person, both(resolved, np.inf)),
        organ=arrow.coded(both(organ, ORGANS.index("other")), ORGANS),
        term=arrow.coded(
            both(irae.term, len(words) + other_term),
            (*words, *parameters()["other_events"].words("term")),
        ),
        grade=arrow.whole_numbers(both(irae.grade, other_grade)),
        ctcae_version=arrow.repeated(CTCAE_VERSION, len(person)),
        immune_related=arrow.flags(immune),
        hospitalised=arrow.flags(both(admitted, False)),
    )


def _other_events(
    rng: Generator, people: Patients, course: Course
) -> tuple[Integers, Floats, Integers, Integers]:
    """Person, day, term and grade of events that are not immune-related."""
    block = parameters()["other_events"]
    chance = np.where(
        people.chemotherapy[:, None], block.numbers("with_chemotherapy"), block.numbers("without")
    )
    day = np.ceil(rng.gamma(2.0, 35.0, chance.shape))
    last = np.minimum(course.end, course.stop)[:, None]
    person, term = np.nonzero((rng.random(chance.shape) < chance) & (day <= last))
    severe = happens(rng, block.numbers("grade3")[term], len(person))
    grade = np.where(severe, 3, 1 + choose(rng, np.array([0.6, 0.4]), len(person)))
    return person, day[person, term], term, grade


def biomarker_table(
    rng: Generator, people: Patients, course: Course, identity: Identity
) -> pa.Table:
    """Performance status over time, tumour markers at the start."""
    rows = _Gathered()
    rows.add(*_performance(rng, people, course), _MARKERS.index("ecog"))
    for name, values in people.markers.items():
        who = np.flatnonzero(np.isfinite(values))
        rows.add(who, -rng.integers(1, 60, len(who)), values[who], _MARKERS.index(name))
    person, day, value, marker = rows.columns()
    return arrow.table(
        "biomarker",
        patient_id=identity.of(person),
        date=identity.date(person, day),
        name=arrow.coded(marker, _MARKERS),
        value=arrow.numbers(value),
    )


def _performance(
    rng: Generator, people: Patients, course: Course
) -> tuple[Integers, Floats, Floats]:
    """ECOG about every twelve weeks: worse after progression and in the last months."""
    planned = 84.0 * np.arange(9)
    day = planned + rng.integers(-6, 7, (len(people), len(planned)))
    day[:, 0] = -rng.integers(0, 7, len(people))
    noted = rng.random(day.shape) < np.where(planned == 0, 0.95, 0.8)
    later = (day >= course.progression[:, None]) * (rng.random(day.shape) < 0.45)
    last = np.where(np.isfinite(course.death), course.death, 1e6)[:, None] - day < 60
    value: Floats = np.minimum(people.ecog[:, None] + later + last, 4.0)
    person, visit = np.nonzero(noted & (day <= course.end[:, None]))
    return person, np.asarray(day[person, visit]), np.asarray(value[person, visit])


def lifestyle_table(
    rng: Generator, people: Patients, course: Course, identity: Identity
) -> pa.Table:
    """Body mass index and habits at the start, body mass index again later."""
    words, first_word = _habit_words()
    rows = _Gathered()
    for factor, code in (
        ("smoking", people.smoking),
        ("alcohol", people.alcohol),
        ("activity", people.activity),
        ("support", people.supported),
    ):
        who = np.flatnonzero(happens(rng, _HABIT_RECORDED, len(people)))
        before = rng.integers(0, 20, len(who))
        rows.add(who, -before, first_word[factor] + code[who], _FACTORS.index(factor))
    for planned in (0, 182, 365):
        due = planned - rng.integers(0, 10, len(people))
        change = rng.normal(-0.3, 0.8, len(people)) if planned else np.zeros(len(people))
        who = np.flatnonzero(happens(rng, _HABIT_RECORDED, len(people)) & (due <= course.end))
        tenths = np.clip(np.rint(10 * (people.bmi + change)), 130, 500).astype(np.int64)
        rows.add(who, due[who], tenths[who] - 130, _FACTORS.index("bmi"))
    person, day, word, kind = rows.columns()
    return arrow.table(
        "lifestyle",
        patient_id=identity.of(person),
        date=identity.date(person, day),
        factor=arrow.coded(kind, _FACTORS),
        value=arrow.coded(word, words),
    )


@cache
def _habit_words() -> tuple[tuple[str, ...], dict[str, int]]:
    """Every value a factor can have, and the place of the first word of each habit.

    Body mass indices from 13.0 to 50.0 come first.
    """
    words = [f"{tenths / 10:.1f}" for tenths in range(130, 501)]
    starts = {}
    for name, values in (
        ("smoking", ("never", "former", "current")),
        ("alcohol", tuple(parameters()["habits"].mapping("alcohol"))),
        ("activity", ("low", "moderate", "high")),
        ("support", ("low", "high")),
    ):
        starts[name] = len(words)
        words += values
    return tuple(words), starts


def _year(day: Integers) -> Integers:
    days = day.astype("datetime64[D]")
    return np.asarray(days.astype("datetime64[Y]").astype(np.int64) + 1970)

"""The simulated cohort: people in, warehouse tables out, deterministic by seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from data_access.synthetic import arrow
from data_access.synthetic.care_use import KINDS, draw_admissions, draw_care
from data_access.synthetic.events import Course, draw_course
from data_access.synthetic.laboratory import TESTS
from data_access.synthetic.laboratory_course import draw_laboratory
from data_access.synthetic.medicines import (
    SteroidEpisodes,
    catalogue,
    draw_medicines,
    draw_steroids,
)
from data_access.synthetic.patients import Patients, draw_patients
from data_access.synthetic.pseudonyms import pseudonyms
from data_access.synthetic.quality_truth import quality_frame
from data_access.synthetic.questionnaires import FormRows, draw_questionnaires, planned_forms
from data_access.synthetic.records import (
    Identity,
    adverse_event_table,
    biomarker_table,
    diagnosis_table,
    lifestyle_table,
    patient_table,
    treatment_table,
)
from data_access.synthetic.response import CATEGORIES, Responses, draw_responses
from data_access.synthetic.truth import risk_frame, true_risks
from models.laboratory import LAB_BY_CODE

BLOCK = 10_000
"""People drawn together. A seed gives the same people for every chunk size that is a multiple."""

_STAGES = 9


@dataclass(frozen=True)
class Cohort:
    """Simulated people as warehouse tables, in the schema of ``models.schema``.

    ``people`` is what is known of each at the first dose, in the order of ``patient_ids``; it
    serves the true risks and is not in any table as such.
    """

    tables: Mapping[str, pa.Table]
    patient_ids: tuple[str, ...]
    people: tuple[Patients, ...]


def generate(n: int, seed: int, *, first: int = 0) -> Cohort:
    """``n`` simulated people with everything a site would deliver.

    Args:
        n: number of people.
        seed: the same seed gives the same tables.
        first: number of the first person; another start continues the simulation with
            other people.

    Returns:
        The cohort. Text columns are dictionary-encoded where that saves memory.
    """
    sizes = [min(BLOCK, n - start) for start in range(0, n, BLOCK)]
    blocks = [_block(size, seed, first + BLOCK * place) for place, size in enumerate(sizes)]
    if len(blocks) == 1:
        return blocks[0]
    return Cohort(
        {
            name: pa.concat_tables(block.tables[name] for block in blocks)
            for name in blocks[0].tables
        },
        tuple(patient_id for block in blocks for patient_id in block.patient_ids),
        tuple(people for block in blocks for people in block.people),
    )


def chunks(n: int, seed: int, size: int = BLOCK) -> Iterator[Cohort]:
    """The people of ``generate(n, seed)``, ``size`` at a time, so that memory stays bounded.

    Chunk sizes that are multiples of ``BLOCK`` give the same people; others give other people.
    """
    for start in range(0, n, size):
        yield generate(min(size, n - start), seed, first=start)


def true_risk(cohort: Cohort) -> pd.DataFrame:
    """True probability of each outcome within each horizon on the day of the first dose.

    Returns:
        patient_id, outcome, horizon_days, risk. For evaluation; never stored.
    """
    risks = np.concatenate([true_risks(people) for people in cohort.people])
    return risk_frame(list(cohort.patient_ids), risks)


def true_quality(n: int, seed: int, *, first: int = 0, draws: int = 8) -> pd.DataFrame:
    """Quality of life of the people of ``generate(n, seed)`` on every planned day while alive.

    Also of those who did not answer or were lost: what a forecast "if alive" is about.

    Args:
        n: number of people, at most ``BLOCK``.
        seed: as for ``generate``.
        first: as for ``generate``.
        draws: sets of answers that the expected score is the mean of.

    Returns:
        As ``quality_frame``, with ``patient_id``. For evaluation; never stored.
    """
    streams = _streams(seed, first)
    people, course, steroids, responses = _lives(streams, n)
    planned = planned_forms(streams[5], people, course, responses.responder, steroids)
    rng = np.random.default_rng([seed, first, draws])
    found = quality_frame(rng, people, course, planned, draws)
    ids = np.array(pseudonyms(first, people.country, seed), dtype=object)
    found.insert(0, "patient_id", ids[found.pop("person").to_numpy()])
    return found


def _streams(seed: int, first: int) -> list[np.random.Generator]:
    """One stream per step: a change in one step leaves the others as they are."""
    return [
        np.random.Generator(np.random.SFC64(child))
        for child in np.random.SeedSequence([seed, first]).spawn(_STAGES)
    ]


def _lives(
    streams: list[np.random.Generator], n: int
) -> tuple[Patients, Course, SteroidEpisodes, Responses]:
    people = draw_patients(streams[0], n)
    course = draw_course(streams[1], people)
    steroids = draw_steroids(streams[2], people, course.irae)
    return people, course, steroids, draw_responses(streams[3], people, course)


def _block(n: int, seed: int, first: int) -> Cohort:
    streams = _streams(seed, first)
    people, course, steroids, responses = _lives(streams, n)
    ids = pseudonyms(first, people.country, seed)
    identity = Identity(pa.array(ids, type=pa.string()), people.index_day)
    admitted = draw_admissions(streams[4], course)
    forms = draw_questionnaires(streams[5], people, course, responses.responder, steroids)
    records = streams[6]
    tables = {
        "patient": patient_table(people, course, identity),
        "diagnosis": diagnosis_table(records, people, identity),
        "treatment": treatment_table(people, course, identity),
        "medication": _medication(streams[2], people, course, steroids, identity),
        "adverse_event": adverse_event_table(records, people, course, admitted, identity),
        "lab": _lab(streams[7], people, course, steroids, identity),
        "biomarker": biomarker_table(records, people, course, identity),
        "answer": _answer(forms, identity),
        "score": _score(forms, identity),
        "lifestyle": lifestyle_table(records, people, course, identity),
        "encounter": _encounter(streams[8], people, course, admitted, identity),
        "response": _response(responses, identity),
    }
    return Cohort(tables, tuple(ids), (people,))


def _medication(
    rng: np.random.Generator,
    people: Patients,
    course: Course,
    steroids: SteroidEpisodes,
    identity: Identity,
) -> pa.Table:
    rows = draw_medicines(rng, people, course, steroids)
    return arrow.table(
        "medication",
        patient_id=identity.of(rows.person),
        atc=arrow.coded(rows.kind, [medicine.atc for medicine in catalogue()]),
        name=arrow.coded(rows.kind, [medicine.name for medicine in catalogue()]),
        start_date=identity.date(rows.person, rows.start),
        end_date=identity.date(rows.person, rows.end),
        daily_dose=arrow.numbers(rows.dose),
        unit=arrow.coded(rows.kind, [medicine.unit for medicine in catalogue()]),
    )


def _lab(
    rng: np.random.Generator,
    people: Patients,
    course: Course,
    steroids: SteroidEpisodes,
    identity: Identity,
) -> pa.Table:
    rows = draw_laboratory(rng, people, course, steroids)
    return arrow.table(
        "lab",
        patient_id=identity.of(rows.person),
        date=identity.date(rows.person, rows.day),
        loinc=arrow.coded(rows.test, [LAB_BY_CODE[code].loinc for code in TESTS]),
        value=arrow.numbers(rows.value),
        unit=arrow.coded(rows.test, [LAB_BY_CODE[code].unit for code in TESTS]),
    )


def _answer(forms: list[FormRows], identity: Identity) -> pa.Table:
    items = sorted({item for form in forms for item in form.items})
    parts = []
    for place, form in enumerate(forms):
        row, column = np.nonzero(~np.isnan(form.answers))
        item = np.array([items.index(name) for name in form.items])[column]
        parts.append((form.person[row], form.day[row], place, item, form.answers[row, column]))
    return _long("answer", "item", items, forms, parts, identity)


def _score(forms: list[FormRows], identity: Identity) -> pa.Table:
    scales = sorted({scale for form in forms for scale in form.scores})
    parts = []
    for place, form in enumerate(forms):
        for scale, values in form.scores.items():
            known = ~np.isnan(values)
            code = np.full(known.sum(), scales.index(scale))
            parts.append((form.person[known], form.day[known], place, code, values[known]))
    return _long("score", "scale", scales, forms, parts, identity)


def _long(
    name: str,
    word: str,
    words: list[str],
    forms: list[FormRows],
    parts: list[tuple[np.ndarray, np.ndarray, int, np.ndarray, np.ndarray]],
    identity: Identity,
) -> pa.Table:
    """One row per answer or score; ``parts`` are person, day, form, word and value."""
    person, day = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    form = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    return arrow.table(
        name,
        patient_id=identity.of(person),
        date=identity.date(person, day),
        instrument=arrow.coded(form, [each.instrument for each in forms]),
        **{word: arrow.coded(np.concatenate([part[3] for part in parts]), words)},
        value=arrow.numbers(np.concatenate([part[4] for part in parts])),
    )


def _encounter(
    rng: np.random.Generator,
    people: Patients,
    course: Course,
    admitted: np.ndarray,
    identity: Identity,
) -> pa.Table:
    rows = draw_care(rng, people, course, admitted)
    return arrow.table(
        "encounter",
        patient_id=identity.of(rows.person),
        date=identity.date(rows.person, rows.day),
        kind=arrow.coded(rows.kind, KINDS),
        days=arrow.numbers(rows.days),
        cost_eur=arrow.numbers(rows.cost),
    )


def _response(responses: Responses, identity: Identity) -> pa.Table:
    return arrow.table(
        "response",
        patient_id=identity.of(responses.person),
        date=identity.date(responses.person, responses.day),
        recist=arrow.coded(responses.category, CATEGORIES),
    )

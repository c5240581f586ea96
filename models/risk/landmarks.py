"""Patients at landmarks, and what was known about them there.

Everything the models see passes through ``known_rows``: a row dated after the landmark
cannot reach a feature.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir

from models.risk.outcomes import LANDMARKS

KEYS = ("patient_id", "landmark_day")


def patients_at_landmarks(patient: ir.Table, landmarks: Sequence[int] = LANDMARKS) -> ir.Table:
    """Patients under observation at each landmark.

    Observation lasts to the last contact or death, whichever
    is earlier; without either only day 0 counts.

    Args:
        patient: the warehouse table.
        landmarks: days since the first dose.

    Returns:
        The patient's columns, ``landmark_day`` and ``as_of``, the date of the landmark.
    """
    at = patient.mutate(landmark_day=ibis.array(list(landmarks)).unnest().cast("int32"))
    at = at.mutate(
        as_of=(at.index_date + at.landmark_day.as_interval("D")).cast("date"),
        last_seen=ibis.coalesce(ibis.least(at.end_date, at.death_date), at.index_date),
    )
    return at.filter((at.landmark_day == 0) | (at.last_seen >= at.as_of))


def known_rows(at: ir.Table, rows: ir.Table, day: str) -> ir.Table:
    """Rows dated on or before each landmark of their patient.

    Args:
        at: patients at landmarks.
        rows: any table with ``patient_id``.
        day: the column that dates a row of it.

    Returns:
        ``rows`` repeated per landmark, with ``landmark_day`` and ``as_of``.
    """
    points = at.select(*KEYS, "as_of")
    return points.join(rows, ["patient_id", rows[day] <= points.as_of])


def latest(
    at: ir.Table, readings: ir.Table, names: Iterable[str], within_days: int | None = None
) -> ir.Table:
    """Latest recorded value of each reading at each landmark.

    Args:
        at: patients at landmarks.
        readings: patient_id, date and one column per reading, one row per patient and date.
        names: the columns wanted.
        within_days: oldest age of a value; None takes a value of any age.

    Returns:
        patient_id, landmark_day and one column per name, NULL without a value.
    """
    known = known_rows(at, readings, "date")
    if within_days is not None:
        known = known.filter(known.date >= known.as_of - ibis.interval(days=within_days))
    return known.group_by(*KEYS).agg(
        **{name: known[name].argmax(known.date, where=known[name].notnull()) for name in names}
    )


def by_date(rows: ir.Table, names: Iterable[str]) -> ir.Table:
    """One row per patient and date, one column per name.

    Args:
        rows: patient_id, date, name, value.
        names: names that become columns; the highest value of a day counts.
    """
    return rows.group_by("patient_id", "date").agg(
        **{name: rows.value.max(where=rows.name == name) for name in names}
    )


def delivers(at: ir.Table, patient: ir.Table, rows: ir.Table, day: str) -> ir.Table:
    """Landmarks by which the patient's site had delivered any row of a kind.

    Where a site never delivers a kind of data, its absence says nothing: the features of that
    kind are missing there instead of "no".

    Returns:
        patient_id, landmark_day; only landmarks where the site delivers.
    """
    sites = (
        rows.join(patient.select("patient_id", "country", "site"), "patient_id")
        .group_by("country", "site")
        .agg(since=lambda table: table[day].min())
    )
    points = at.select(*KEYS, "country", "site", "as_of")
    return points.join(sites, ["country", "site", sites.since <= points.as_of]).select(*KEYS)

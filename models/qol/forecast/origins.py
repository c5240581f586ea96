"""Forms that forecasts are made from, what was known on their day, and what came after.

One expression for training, building a snapshot and serving; nothing dated after the form's day
reaches an input.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from models.qol.forecast.inputs import INPUT_NAMES, SCORED_SCALES, SHARED, last_name
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS, WINDOW_DAYS
from models.qol.schedule import START_DAYS
from models.risk.features import FEATURE_TABLES, features_at
from models.risk.landmarks import KEYS, known_rows

FORECAST_TABLES: tuple[str, ...] = (*FEATURE_TABLES, "response")
"""Warehouse tables that inputs are computed from."""

_INSTRUMENTS = ("qlq-c30", "qlq-short", "eq-5d-5l")
_FULL = ("qlq-c30", "eq-5d-5l")
_RECIST = {"PD": 0, "NR": 0, "SD": 1, "PR": 2, "R": 2, "CR": 3}
_SUPPORT = {"low": 0, "high": 1}
_TARGET_NAMES = tuple(target.name for target in TARGETS)


def inputs_at_forms(tables: Mapping[str, ir.Table], *, latest_only: bool) -> ir.Table:
    """Every input of every patient who did not withdraw, on the day of each form.

    A form before the first dose is looked at on the day of that dose.

    Args:
        tables: the tables of ``FORECAST_TABLES`` by name, bound or unbound.
        latest_only: of each patient the latest form and the latest full one, which may be the
            same.

    Returns:
        patient_id, form_date and the columns of ``INPUT_NAMES`` as float64, NULL where missing.
    """
    at = _forms(tables)
    if latest_only:
        at = _latest_forms(at)
    shared = features_at(tables, at).select(*KEYS, *SHARED)
    parts = [shared, _scores(at, tables["score"]), *_single(at, tables)]
    at = at.select(*KEYS, "as_of", "forms", "form_gap_days", "full_form_age_days")
    for part in parts:
        at = at.left_join(part, KEYS).drop(*(f"{key}_right" for key in KEYS))
    at = at.mutate(form_day=at.landmark_day)
    return at.select(
        "patient_id",
        form_date=at.as_of,
        **{name: at[name].cast("float64") for name in INPUT_NAMES},
    )


def later_scores(tables: Mapping[str, ir.Table]) -> ir.Table:
    """What came after each form, by horizon, research consent only.

    Returns:
        patient_id, form_date, country, horizon_days; ``observed``: the horizon's window closed
        before the data were cut; ``alive``: no death up to the horizon; ``answered``: a form came
        in the window; and one column per target, the score nearest to the horizon, NULL without.
    """
    research = tables["patient"].filter(tables["patient"].consent == "research")
    at = _forms({**tables, "patient": research})
    cut = tables["patient"].end_date.max().as_scalar()
    at = at.mutate(horizon_days=ibis.array(list(HORIZONS_DAYS)).unnest().cast("int32"))
    at = at.mutate(due=(at.as_of + at.horizon_days.as_interval("D")).cast("date"))
    at = at.select(
        "patient_id",
        "country",
        "horizon_days",
        "due",
        form_date=at.as_of,
        observed=at.due + ibis.interval(days=WINDOW_DAYS) <= cut,
        alive=at.death_date.isnull() | (at.death_date > at.due),
    )
    score = _readings(tables["score"]).rename(when="date")
    found = at.join(score, "patient_id").filter(
        lambda rows: (
            (rows.when > rows.form_date)
            & (rows.when.delta(rows.due, unit="day").abs() <= WINDOW_DAYS)
        )
    )
    off = found.when.delta(found.due, unit="day").abs()
    # Of two forms equally near the earlier counts, so that the same data give the same rows.
    rank = 2 * off + (found.when > found.due).cast("int32")
    later = found.group_by("patient_id", "form_date", "horizon_days").agg(
        came=found.count(),
        **{name: found.value.argmin(rank, where=found.name == name) for name in _TARGET_NAMES},
    )
    keys = ["patient_id", "form_date", "horizon_days"]
    at = at.left_join(later, keys).drop(*(f"{key}_right" for key in keys))
    return at.mutate(answered=at.came.fill_null(0) > 0).drop("came", "due")


def _forms(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Columns of the patient, one row per day with a form, and what the forms so far tell.

    ``landmark_day`` and ``as_of`` are the day, ``full`` marks a QLQ-C30 or EQ-5D-5L.
    """
    patient = tables["patient"].filter(tables["patient"].consent != "withdrawn")
    score = tables["score"].filter(tables["score"].instrument.isin(_INSTRUMENTS))
    starts = patient.select("patient_id", "index_date")
    days = score.select("patient_id", "date", "instrument").distinct().join(starts, "patient_id")
    since = days.date.delta(days.index_date, unit="day")
    days = days.mutate(landmark_day=ibis.greatest(since, 0).cast("int32"))
    days = days.group_by("patient_id", "landmark_day").agg(
        as_of=ibis.greatest(days.date.max(), days.index_date.max()),
        full=days.instrument.isin(_FULL).any(),
    )
    by_day = {"group_by": days.patient_id, "order_by": days.landmark_day}
    full_day = days.full.ifelse(days.landmark_day, None)
    days = days.mutate(
        forms=ibis.row_number().over(**by_day) + 1,
        form_gap_days=days.landmark_day - days.landmark_day.lag().over(**by_day),
        full_form_age_days=days.landmark_day - full_day.max().over(**by_day, rows=(None, 0)),
    )
    return days.join(patient, "patient_id")


def _latest_forms(at: ir.Table) -> ir.Table:
    last = {"group_by": at.patient_id}
    latest = at.landmark_day.max().over(**last)
    latest_full = at.full.ifelse(at.landmark_day, None).max().over(**last)
    at = at.mutate(wanted=(at.landmark_day == latest) | (at.landmark_day == latest_full))
    return at.filter(at.wanted).drop("wanted")


def _readings(score: ir.Table) -> ir.Table:
    """Scores that are inputs: patient_id, date, name, value; a short form's as the full one's."""
    instrument = (score.instrument == "qlq-short").ifelse("qlq-c30", score.instrument)
    cases = [
        ((instrument == source) & (score.scale == scale), name)
        for (source, scale), name in SCORED_SCALES.items()
    ]
    rows = score.select("patient_id", "date", "value", name=ibis.cases(*cases))
    rows = rows.filter(rows.name.notnull())
    return rows.group_by("patient_id", "date", "name").agg(value=rows.value.max())


def _scores(at: ir.Table, score: ir.Table) -> ir.Table:
    """Latest score of each scale; of targets also the one before, their mean and the start."""
    rows = _readings(score)
    before = rows.value.lag().over(group_by=[rows.patient_id, rows.name], order_by=rows.date)
    points = at.select(*KEYS, "as_of", "index_date")
    known = points.join(rows.mutate(before=before), ["patient_id", rows.date <= points.as_of])
    early = known.date.delta(known.index_date, unit="day") <= START_DAYS

    def latest(column: str, name: str, where: ir.BooleanColumn | None = None) -> ir.Scalar:
        here = known.name == name
        return known[column].argmax(known.date, where=here if where is None else here & where)

    return known.group_by(*KEYS).agg(
        **{last_name(name): latest("value", name) for name in SCORED_SCALES.values()},
        **{f"before_{name}": latest("before", name) for name in _TARGET_NAMES},
        **{f"mean_{name}": known.value.mean(where=known.name == name) for name in _TARGET_NAMES},
        **{f"start_{name}": latest("value", name, early) for name in _TARGET_NAMES},
    )


def _single(at: ir.Table, tables: Mapping[str, ir.Table]) -> list[ir.Table]:
    """Support, response and the time since the latest irAE."""
    lifestyle, response = tables["lifestyle"], tables["response"]
    support = lifestyle.filter(lifestyle.factor == "support")
    support = support.select(
        "patient_id", "date", value=support.value.lower().cases(*_SUPPORT.items())
    )
    category = response.select("patient_id", "date", value=response.recist.cases(*_RECIST.items()))
    event = tables["adverse_event"].filter(tables["adverse_event"].immune_related)
    irae = known_rows(at, event.select("patient_id", "onset_date"), "onset_date")
    return [
        _latest(at, support, "support"),
        _latest(at, category, "response"),
        irae.group_by(*KEYS).agg(
            days_since_irae=irae.as_of.max().delta(irae.onset_date.max(), unit="day")
        ),
    ]


def _latest(at: ir.Table, rows: ir.Table, name: str) -> ir.Table:
    known = known_rows(at, rows.filter(rows.value.notnull()), "date")
    return known.group_by(*KEYS).agg(**{name: known.value.argmax(known.date)})

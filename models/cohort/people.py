"""The table that cohorts are counted in: one row per research patient, all in codes and days.

Computed once per snapshot. Everything that defines a cohort is a code of
``models.cohort.variables``; everything that is compared is a number of days since the first dose,
a score at a scheduled form or a predicted risk. One wide table, so that a comparison is a scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir

from models.cancers import CANCER_NAMES
from models.cohort.variables import DRUGS, FIRST_YEAR, VARIABLES, Variable
from models.columns import Column, Table, number, table, text, whole, yes_no
from models.qol.schedule import FULL, FULL_FORM_DAYS, SHORT, START_DAYS, WINDOW_DAYS
from models.risk.codes import SYSTEMIC_STEROIDS
from models.risk.outcomes import LANDMARKS, ORGAN_OUTCOMES, OUTCOMES, SEVERE

ORGANS: tuple[str, ...] = (*ORGAN_OUTCOMES, "other")
DEATH, STOP = "death", "stop"
"""Outcomes that survival curves are drawn for."""

ANY = "any"
GRADES = (1, 2, 3)
"""Least grades that are counted; 1 also counts events whose grade is not recorded."""

VISITS: tuple[int, ...] = FULL_FORM_DAYS
"""Scheduled full forms, days since the first dose."""

SCALES: Mapping[str, tuple[str, ...]] = {
    "QL": (FULL, SHORT),
    "SUM": (FULL,),
    "PF": (FULL, SHORT),
    "FA": (FULL, SHORT),
    "index": ("eq-5d-5l",),
}
"""Scales that cohorts are compared by, with the questionnaires that hold them."""

RISK_HORIZON_DAYS = 180
"""Horizon of the predicted risks."""

COHORT_TABLES: tuple[str, ...] = (
    "patient",
    "features",
    "treatment",
    "medication",
    "adverse_event",
    "encounter",
    "response",
    "score",
    "prediction",
)
"""Warehouse tables that the cohort table is computed from."""

HOSPITAL_DAYS = 365
_FROM_FEATURES = frozenset(
    name for name, one in VARIABLES.items() if one.kind == "coded" and not one.after_start
) - {"sex", "hospitalised", "drug_class", "age"}
_FEATURE_OF = {"qol": "global_qol"}


def event_column(outcome: str, grade: int) -> str:
    """Column with the day of the first irAE of an organ (or any) of at least a grade."""
    return f"{outcome}_{grade}"


def visit_column(scale: str, day: int) -> str:
    """Column with the score of a scale at the form scheduled for a day."""
    return f"{scale.lower()}_{day}"


def risk_column(outcome: str, landmark_day: int) -> str:
    """Column with the predicted risk from a landmark."""
    return f"risk_{outcome}_{landmark_day}"


EVENTS: tuple[tuple[str, int], ...] = tuple(
    (outcome, grade) for outcome in (ANY, *ORGANS) for grade in GRADES
)
"""Outcome and least grade of every event column."""

RISKS: tuple[tuple[str, int], ...] = (
    *((outcome, 0) for outcome in OUTCOMES),
    *((SEVERE, landmark) for landmark in LANDMARKS[1:]),
)
"""Outcome and landmark of every risk column: all at the first dose, severe later too."""


def _variable_columns() -> list[Column]:
    stored = [one for one in VARIABLES.values() if not one.after_start and one.kind != "open"]
    return [whole(one.column, f"{one.label}, code of its level") for one in stored]


COHORT: Table = table(
    "cohort",
    "derived",
    "one row per research patient: codes that define cohorts, days and scores that are compared",
    whole("number", "running number", required=True),
    text("patient_id", "pseudonym of the patient", required=True),
    text("country", "country of treatment", required=True),
    text("site", "country/site", required=True),
    *_variable_columns(),
    whole("entry_day", "first day under observation", unit="d", required=True),
    whole("follow_days", "days from the first dose to death or last contact", unit="d"),
    yes_no("died", "follow-up ends with death", required=True),
    whole("stop_day", "day the first line in the data was stopped", unit="d"),
    yes_no("irae_known", "the site delivers adverse events", required=True),
    whole("steroid_after_day", "first day of a systemic steroid after the first dose", unit="d"),
    whole("response_day", "day of the first tumour response", unit="d"),
    whole("response", "code of the first tumour response"),
    *(
        whole(event_column(outcome, grade), f"first irAE ({outcome}, grade {grade} or more)")
        for outcome, grade in EVENTS
    ),
    *(
        number(visit_column(scale, day), f"{scale} at the form scheduled for day {day}")
        for scale in SCALES
        for day in VISITS
    ),
    *(
        number(risk_column(outcome, landmark), f"risk of {outcome} within 180 days")
        for outcome, landmark in RISKS
    ),
    key=("number",),
    derived=True,
)


def cohort_people(tables: Mapping[str, ir.Table], data_date: date | ir.DateScalar) -> ir.Table:
    """One row per patient with research consent, in the columns of ``COHORT``.

    Args:
        tables: the tables of ``COHORT_TABLES`` by name.
        data_date: latest observed date of the snapshot.
    """
    patient = tables["patient"].filter(tables["patient"].consent == "research")
    people = _followed(patient, data_date)
    starts = people.select("patient_id", "index_date", "last_seen")
    features = tables["features"].filter(tables["features"].landmark_day == 0)
    parts = [
        features.select("patient_id", **_feature_codes(features)),
        _first_line(tables["treatment"], starts),
        _events(tables["adverse_event"], starts),
        _steroids(tables["medication"], starts),
        _responses(tables["response"], starts),
        _hospital(tables["encounter"], starts),
        _visits(tables["score"], starts),
        _risks(tables["prediction"]),
    ]
    for part in parts:
        people = people.left_join(part, "patient_id").drop("patient_id_right")
    people = people.mutate(
        hospitalised=(people.site.isin(_sites(tables["encounter"], tables["patient"]))).ifelse(
            ibis.coalesce(people.stays, 0), ibis.null("int32")
        ),
        irae_known=people.site.isin(_sites(tables["adverse_event"], tables["patient"])),
        number=ibis.row_number().over(order_by=people.patient_id).cast("int32"),
    )
    return people.select(
        **{column.name: people[column.name].cast(column.kind) for column in COHORT.columns}
    )


def _followed(patient: ir.Table, data_date: date | ir.DateScalar) -> ir.Table:
    last_seen = ibis.coalesce(patient.death_date, patient.end_date)
    last_seen = ibis.least(last_seen, data_date)
    age = patient.index_date.year() - patient.birth_year
    quarter = 4 * (patient.index_date.year() - FIRST_YEAR) + patient.index_date.quarter() - 1
    return patient.select(
        "patient_id",
        "country",
        "index_date",
        site=patient.country + "/" + patient.site,
        last_seen=last_seen,
        sex=patient.sex.cases(("F", 0), ("M", 1), ("U", 2)),
        age=_band(VARIABLES["age"], age),
        start=quarter,
        entry_day=_entry_day(patient),
        follow_days=ibis.greatest(last_seen.delta(patient.index_date, unit="day"), 0),
        died=(patient.death_date <= last_seen).fill_null(False),
    )


def _entry_day(patient: ir.Table) -> ir.IntegerValue:
    later = patient.entry_date.delta(patient.index_date, unit="day")
    return ibis.greatest(ibis.coalesce(later, 0), 0)


def _band(variable: Variable, value: ir.NumericValue) -> ir.IntegerValue:
    """Code of the band that a number lies in; NULL where missing."""
    above = [(value >= edge).cast("int32") for edge in variable.edges]
    return reduce(lambda a, b: a + b, above)


def _feature_codes(features: ir.Table) -> dict[str, ir.Value]:
    codes: dict[str, ir.Value] = {}
    for name in sorted(_FROM_FEATURES):
        variable = VARIABLES[name]
        value = features[_FEATURE_OF.get(name, name)]
        if name == "line":
            codes[name] = ibis.least(value, 3).cast("int32") - 1
        elif name == "cancer":
            codes[name] = value.cast("int32").fill_null(len(CANCER_NAMES))
        else:
            codes[name] = _band(variable, value) if variable.edges else value.cast("int32")
    return codes


def _first_line(treatment: ir.Table, starts: ir.Table) -> ir.Table:
    """Class, drugs and end of the first line in the data."""
    order = ibis.struct({"start": treatment.start_date, "line": treatment.line})
    names = ("regimen", "drug_class", "atc", "end_date")
    first = ibis.struct({name: treatment[name] for name in names}).argmin(order)
    lines = treatment.group_by("patient_id").agg(first=first).unpack("first")
    lines = lines.join(starts, "patient_id")
    words = (lines.regimen + ";" + lines.atc.fill_null("")).lower()
    bits = [
        (words.contains(drug) | words.contains(atc.lower())).cast("int32") * (1 << bit)
        for bit, (drug, atc) in enumerate(DRUGS.items())
    ]
    classes = [(level.word, level.code) for level in VARIABLES["drug_class"].levels]
    stopped = (lines.end_date <= lines.last_seen) & (lines.end_date >= lines.index_date)
    return lines.select(
        "patient_id",
        drug=reduce(lambda a, b: a + b, bits),
        drug_class=lines.drug_class.cases(*classes),
        stop_day=stopped.ifelse(lines.end_date.delta(lines.index_date, unit="day"), None),
    )


def _events(event: ir.Table, starts: ir.Table) -> ir.Table:
    """Days of first onsets from the first dose to the end of follow-up."""
    event = event.filter(event.immune_related).join(starts, "patient_id")
    event = event.filter(event.onset_date >= event.index_date, event.onset_date <= event.last_seen)
    day = event.onset_date.delta(event.index_date, unit="day")

    def counts(outcome: str, grade: int) -> ir.BooleanValue:
        organ = ibis.literal(True) if outcome == ANY else event.organ == outcome
        return organ if grade == 1 else organ & (event.grade >= grade)

    return event.group_by("patient_id").agg(
        **{
            event_column(outcome, grade): day.min(where=counts(outcome, grade))
            for outcome, grade in EVENTS
        }
    )


def _steroids(medication: ir.Table, starts: ir.Table) -> ir.Table:
    steroid = medication.filter(medication.atc.startswith(SYSTEMIC_STEROIDS))
    steroid = steroid.join(starts, "patient_id").filter(lambda t: t.start_date > t.index_date)
    day = steroid.start_date.delta(steroid.index_date, unit="day")
    return steroid.group_by("patient_id").agg(steroid_after_day=day.min())


def _responses(response: ir.Table, starts: ir.Table) -> ir.Table:
    rows = response.join(starts, "patient_id").filter(lambda t: t.date >= t.index_date)
    responder = rows.recist.isin(("CR", "PR", "R"))
    rows = rows.mutate(
        day=rows.date.delta(rows.index_date, unit="day"), code=responder.ifelse(0, 1)
    )
    return rows.group_by("patient_id").agg(
        response_day=rows.day.min(), response=rows.code.argmin(rows.day)
    )


def _hospital(encounter: ir.Table, starts: ir.Table) -> ir.Table:
    stays = encounter.filter(encounter.kind == "inpatient").join(starts, "patient_id")
    before = stays.index_date.delta(stays.date, unit="day")
    stays = stays.filter(before > 0, before <= HOSPITAL_DAYS)
    return stays.group_by("patient_id").agg(stays=(stays.days >= 0).cast("int32").max())


def _sites(rows: ir.Table, patient: ir.Table) -> ir.Column:
    """Sites that deliver a kind of data at all: elsewhere its absence says nothing."""
    delivering = rows.select("patient_id").distinct().join(patient, "patient_id")
    return delivering.select(site=delivering.country + "/" + delivering.site).distinct().site


def _visits(score: ir.Table, starts: ir.Table) -> ir.Table:
    """Scores of the form nearest to each scheduled day, within its window.

    The first is the last form up to the first week, as everywhere.
    """
    wanted = [
        (score.scale == scale) & score.instrument.isin(sources) for scale, sources in SCALES.items()
    ]
    rows = score.filter(reduce(lambda a, b: a | b, wanted)).join(starts, "patient_id")
    rows = rows.mutate(day=rows.date.delta(rows.index_date, unit="day"))
    return rows.group_by("patient_id").agg(
        **{
            visit_column(scale, visit): _nearest(rows, scale, visit)
            for scale in SCALES
            for visit in VISITS
        }
    )


def _nearest(rows: ir.Table, scale: str, visit: int) -> ir.Scalar:
    here = rows.scale == scale
    if visit == 0:
        return rows.value.argmax(
            rows.day, where=here & (rows.day <= START_DAYS) & (rows.day >= -WINDOW_DAYS[FULL])
        )
    off = (rows.day - visit).abs()
    # Of two forms equally near the full one counts, then the earlier.
    rank = 4 * off + 2 * (rows.instrument == SHORT).cast("int32")
    rank = rank + (rows.day > visit).cast("int32")
    return rows.value.argmin(rank, where=here & (off <= WINDOW_DAYS[FULL]))


def _risks(prediction: ir.Table) -> ir.Table:
    rows = prediction.filter(prediction.horizon_days == RISK_HORIZON_DAYS)
    return rows.group_by("patient_id").agg(
        **{
            risk_column(outcome, landmark): rows.risk.max(
                where=(rows.outcome == outcome) & (rows.landmark_day == landmark)
            )
            for outcome, landmark in RISKS
        }
    )

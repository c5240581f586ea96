"""Where each patient stands at the data date: one row per patient, computed once per snapshot.

The worklist and the patient bar read this table; a list of thousands is then one filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from models.cohort.disclosure import RISK_REFERENCE
from models.columns import Table, day, number, table, text, whole, yes_no
from models.qol.descriptions.qlq import QLQ_C30_INDIVIDUAL
from models.qol.instruments import QLQ_C30, QLQ_SHORT
from models.qol.schedule import START_DAYS
from models.risk.inputs import DRUG_CLASS_CODES
from models.risk.outcomes import SEVERE

HORIZON_DAYS = 180
"""Horizon of the risks in the worklist."""

LOST_DAYS = 120
"""Without contact for longer than this before the data date nobody counts as on treatment; without
a questionnaire for longer than this a form is missed."""

WORSE_POINTS = QLQ_C30_INDIVIDUAL.points
"""Fall of global quality of life that is flagged: the change that flags one patient."""

DIED, NO_LINE, STOPPED, OUT_OF_CONTACT, ON_TREATMENT = STATES = (
    "died",
    "no treatment recorded",
    "stopped",
    "out of contact",
    "on treatment",
)
"""What is known of a patient's treatment at the data date; the first that holds."""

LEAST_TOP_RISK = 0.01
"""Risk from which an organ is named as standing out: multiples of next to nothing mislead."""

STANDING: Table = table(
    "standing",
    "derived",
    "where each patient stands at the data date; withdrawn consent is left out",
    text("patient_id", "pseudonym of the patient", required=True),
    text("country", "country of treatment", required=True),
    text("site", "treating site", required=True),
    text("sex", "sex recorded at the site", required=True),
    day("index_date", "first dose of immunotherapy", required=True),
    day("as_of", "data date, or the last contact before it", required=True),
    whole("age_years", "age at the last contact, from the year of birth", unit="years"),
    yes_no("died", "a death is recorded", required=True),
    text("icd10", "latest primary tumour"),
    text("stage", "its stage"),
    text("regimen", "latest line of immunotherapy"),
    text("drug_class", "its target"),
    whole("week", "weeks from the first dose to the last contact", unit="weeks", required=True),
    text("state", "where the patient stands with treatment", required=True, allowed=STATES),
    day("last_visit", "latest encounter, or else the last contact"),
    whole("landmark_day", "latest landmark with a risk"),
    number("severe_risk", "risk of a severe irAE from there"),
    number("severe_lower", "lower end of its interval"),
    number("severe_upper", "upper end of its interval"),
    yes_no("with_care", "that risk is one to use with care"),
    number("change", "change since the landmark before", unit="percentage points"),
    text("top_organ", "organ of 1 % or more with the highest risk above the drug class"),
    number("top_organ_ratio", "that risk divided by the released median"),
    number(
        "qol_fall",
        "fall of global quality of life in the last form: the larger of those from the form"
        " before and from the start",
        unit="points",
    ),
    number(
        "qol_confirmed_fall",
        "fall from the start that the last two forms both show",
        unit="points",
    ),
    whole("form_age_days", "days since the last questionnaire", unit="d"),
    key=("patient_id",),
    derived=True,
)

STANDING_TABLES: tuple[str, ...] = (
    "patient",
    "diagnosis",
    "treatment",
    "encounter",
    "score",
    "features",
    "prediction",
)
"""Tables of the schema that a standing is computed from, beside the released reference."""


def standing(tables: Mapping[str, ir.Table], data_date: date | ir.DateScalar) -> ir.Table:
    """One row per patient who did not withdraw, in the columns of ``STANDING``.

    Args:
        tables: the tables of ``STANDING_TABLES`` and ``risk_reference``.
        data_date: latest observed date of the snapshot.
    """
    people = _people(tables["patient"], data_date)
    risk = _severe_risk(tables["prediction"])
    parts = [
        _tumour(tables["diagnosis"]),
        _line(tables["treatment"]),
        tables["encounter"].group_by("patient_id").agg(visit=lambda rows: rows.date.max()),
        risk,
        _organ(tables, risk),
        _quality_of_life(tables["score"], tables["patient"]),
    ]
    for part in parts:
        people = people.left_join(part, "patient_id").drop("patient_id_right")
    in_contact = people.as_of.delta(data_date, unit="day") >= -LOST_DAYS
    line_open = people.line_end.isnull() | (people.line_end >= people.as_of)
    people = people.mutate(
        state=ibis.cases(
            (people.died, DIED),
            (people.regimen.isnull(), NO_LINE),
            (~line_open, STOPPED),
            (~in_contact, OUT_OF_CONTACT),
            else_=ON_TREATMENT,
        ),
        last_visit=ibis.coalesce(people.visit, people.end_date),
        form_age_days=people.as_of.delta(people.last_form, unit="day").cast("int32"),
    )
    return people.select(*STANDING.names)


def _people(patient: ir.Table, data_date: date | ir.DateScalar) -> ir.Table:
    people = patient.filter(patient.consent != "withdrawn")
    people = people.mutate(as_of=ibis.least(data_date, people.end_date, people.death_date))
    weeks = people.as_of.delta(people.index_date, unit="day").floordiv(7)
    return people.mutate(
        age_years=(people.as_of.year() - people.birth_year).cast("int32"),
        died=people.death_date.notnull(),
        week=ibis.greatest(weeks, 0).cast("int32"),
    )


def _tumour(diagnosis: ir.Table) -> ir.Table:
    primary = diagnosis.filter(diagnosis.kind == "primary")
    latest = ibis.struct({"icd10": primary.icd10, "stage": primary.stage}).argmax(primary.date)
    return primary.group_by("patient_id").agg(tumour=latest).unpack("tumour")


def _line(treatment: ir.Table) -> ir.Table:
    """Latest line started; of lines started on one day the highest number."""
    order = ibis.struct({"start": treatment.start_date, "line": treatment.line})
    columns = {
        "regimen": treatment.regimen,
        "drug_class": treatment.drug_class,
        "line_end": treatment.end_date,
    }
    latest = ibis.struct(columns).argmax(order)
    return treatment.group_by("patient_id").agg(latest=latest).unpack("latest")


def _severe_risk(prediction: ir.Table) -> ir.Table:
    """Risk at the latest landmark and its change against the landmark before."""
    rows = prediction.filter(
        (prediction.outcome == SEVERE) & (prediction.horizon_days == HORIZON_DAYS)
    )
    before = rows.risk.lag().over(group_by="patient_id", order_by="landmark_day")
    columns = {
        "landmark_day": rows.landmark_day,
        "severe_risk": rows.risk,
        "severe_lower": rows.lower,
        "severe_upper": rows.upper,
        "with_care": rows.with_care,
        "change": 100 * (rows.risk - before),
    }
    rows = rows.select("patient_id", **columns)
    latest = ibis.struct({name: rows[name] for name in columns}).argmax(rows.landmark_day)
    return rows.group_by("patient_id").agg(latest=latest).unpack("latest")


def _organ(tables: Mapping[str, ir.Table], risk: ir.Table) -> ir.Table:
    """Organ whose risk is highest against the released median of the same drug class and time."""
    prediction, features = tables["prediction"], tables["features"]
    reference = tables[RISK_REFERENCE.name]
    code = features.drug_class.cases(*((float(c), word) for c, word in enumerate(DRUG_CLASS_CODES)))
    classes = features.select("patient_id", "landmark_day", drug_class=code)
    rows = prediction.filter(
        (prediction.outcome != SEVERE) & (prediction.horizon_days == HORIZON_DAYS)
    )
    at = ["patient_id", "landmark_day"]
    rows = rows.semi_join(risk, at).join(classes, at)
    rows = rows.join(reference, ["drug_class", "landmark_day", "horizon_days", "outcome"])
    ratio = rows.risk / rows["median"].nullif(0)
    rows = rows.filter(rows.risk >= LEAST_TOP_RISK, ratio > 1)
    rows = rows.select("patient_id", top_organ=rows.outcome, top_organ_ratio=ratio)
    highest = ibis.struct(
        {"top_organ": rows.top_organ, "top_organ_ratio": rows.top_organ_ratio}
    ).argmax(rows.top_organ_ratio)
    return rows.group_by("patient_id").agg(highest=highest).unpack("highest")


def _quality_of_life(score: ir.Table, patient: ir.Table) -> ir.Table:
    """Falls of global quality of life in the last form, and those that two forms confirm.

    The start is the last form of the first week or before. A fall from it is confirmed by two
    forms in a row, so the smaller of both counts. Of two forms on one day the full one counts:
    they are one occasion and confirm nothing.
    """
    forms = _one_a_day(score).join(patient.select("patient_id", "index_date"), "patient_id")
    early = forms.filter(forms.date.delta(forms.index_date, unit="day") <= START_DAYS)
    start = early.group_by("patient_id").agg(start=early.value.argmax(early.date))
    before = forms.value.lag().over(group_by="patient_id", order_by="date")
    forms = forms.select("patient_id", "date", "value", before=before)
    forms = forms.left_join(start, "patient_id").drop("patient_id_right")
    columns = {
        "last_form": forms.date,
        # GREATEST and LEAST leave NULL out.
        "qol_fall": _points(ibis.greatest(forms.before - forms.value, forms.start - forms.value)),
        # Without a form before nothing is confirmed.
        "qol_confirmed_fall": forms.before.notnull().ifelse(
            _points(ibis.least(forms.start - forms.value, forms.start - forms.before)), None
        ),
    }
    last = ibis.struct(columns).argmax(forms.date)
    return forms.group_by("patient_id").agg(last=last).unpack("last")


def _one_a_day(score: ir.Table) -> ir.Table:
    """Global quality of life by patient and date, from the full form where there are two."""
    forms = score.filter(score.scale == "QL", score.instrument.isin((QLQ_C30.name, QLQ_SHORT.name)))
    full = (forms.instrument == QLQ_C30.name).cast("int8")
    return forms.group_by("patient_id", "date").agg(value=forms.value.argmax(full))


def _points(difference: ir.FloatingValue) -> ir.FloatingValue:
    """Difference without the noise of binary fractions: 66.7 - 56.7 are 10 points."""
    return difference.round(6)

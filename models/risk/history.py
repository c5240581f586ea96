"""What a patient had, took and went through by each landmark.

Absence counts only where the patient's site had delivered that kind of data by then;
elsewhere every feature here is missing.
"""

from __future__ import annotations

from functools import reduce

import ibis
import ibis.expr.types as ir

from models.risk.codes import (
    ANTIBIOTIC_DAYS,
    ANTIBIOTICS,
    DISEASES,
    MEDICINES,
    PREDNISONE_EQUIVALENT,
    SYSTEMIC_STEROIDS,
)
from models.risk.landmarks import KEYS, delivers, known_rows
from models.risk.outcomes import ORGAN_OUTCOMES


def diseases(at: ir.Table, patient: ir.Table, diagnosis: ir.Table) -> ir.Table:
    """Comorbidity flags and the number of different three-character ICD-10 categories."""
    comorbidity = diagnosis.filter(diagnosis.kind == "comorbidity")
    comorbidity = comorbidity.mutate(icd10=comorbidity.icd10.upper().replace(".", ""))
    known = known_rows(at, comorbidity, "date")
    found = known.group_by(*KEYS).agg(
        comorbidities=known.icd10.left(3).nunique(),
        **{name: _begins(known.icd10, prefixes) for name, prefixes in DISEASES.items()},
    )
    return _or_none(delivers(at, patient, comorbidity, "date"), found)


def medicines(at: ir.Table, patient: ir.Table, medication: ir.Table) -> ir.Table:
    """Medicines taken on the day of the landmark, recent antibiotics, steroid dose."""
    known = known_rows(at, medication, "start_date")
    known = known.mutate(current=known.end_date.isnull() | (known.end_date >= known.as_of))
    recent = known.current | (known.end_date >= known.as_of - ibis.interval(days=ANTIBIOTIC_DAYS))
    steroid = known.current & known.atc.startswith(SYSTEMIC_STEROIDS)
    dose = _prednisone_mg(known)
    found = known.group_by(*KEYS).agg(
        **{
            name: (known.current & known.atc.startswith(group)).cast("int32").max()
            for name, group in MEDICINES.items()
        },
        antibiotic_60d=(recent & known.atc.startswith(ANTIBIOTICS)).cast("int32").max(),
        steroid_mg=dose.sum(where=steroid),
        steroid_dose_unknown=(steroid & dose.isnull()).any(),
    )
    parts = _or_none(delivers(at, patient, medication, "start_date"), found)
    return parts.mutate(
        steroid_mg=(parts.steroid_dose_unknown > 0).ifelse(ibis.null("float64"), parts.steroid_mg)
    ).drop("steroid_dose_unknown")


def earlier_events(at: ir.Table, patient: ir.Table, adverse_event: ir.Table) -> ir.Table:
    """Immune-related events with onset up to the landmark: number, organs, worst grade.

    A grade is the highest of the whole event, so it is known only once the event has ended.
    """
    known = known_rows(at, adverse_event.filter(adverse_event.immune_related), "onset_date")
    open_ = known.end_date.isnull() | (known.end_date > known.as_of)
    found = known.group_by(*KEYS).agg(
        irae_count=known.count(),
        irae_worst_grade=known.grade.max(where=~open_),
        irae_ended=(~open_).cast("int32").sum(),
        irae_active=open_.cast("int32").sum(),
        **{f"irae_{organ}": (known.organ == organ).cast("int32").max() for organ in ORGAN_OUTCOMES},
    )
    parts = _or_none(delivers(at, patient, adverse_event, "onset_date"), found)
    ungraded = (parts.irae_ended > 0) & (parts.irae_worst_grade == 0)
    return parts.mutate(
        irae_worst_grade=ungraded.ifelse(ibis.null("int32"), parts.irae_worst_grade)
    ).drop("irae_ended")


def _begins(codes: ir.StringColumn, prefixes: tuple[str, ...]) -> ir.IntegerScalar:
    matches = reduce(lambda a, b: a | b, (codes.startswith(prefix) for prefix in prefixes))
    return matches.cast("int32").max()


def _prednisone_mg(medication: ir.Table) -> ir.FloatingColumn:
    """Daily prednisone equivalent; NULL without a dose in milligrams or for another steroid."""
    factor = medication.atc.cases(*PREDNISONE_EQUIVALENT.items())
    in_mg = medication.unit.isin(("mg", "mg/d"))
    return in_mg.ifelse(medication.daily_dose * factor, ibis.null("float64"))


def _or_none(delivered: ir.Table, found: ir.Table) -> ir.Table:
    """What was found at landmarks where the site delivers; nothing found is 0 there."""
    values = [name for name in found.columns if name not in KEYS]
    joined = delivered.left_join(found, KEYS)
    return joined.select(
        *(joined[key] for key in KEYS),
        *(ibis.coalesce(joined[name].cast("float64"), 0.0).name(name) for name in values),
    )

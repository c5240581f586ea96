"""Features at landmarks: one Ibis expression for training, scoring and serving.

A missing input is NULL and stays missing. "No" differs from "not recorded": a disease, a
medicine or an earlier irAE that is not in the data counts as absent only where the patient's
site had delivered that kind of data by the landmark; elsewhere it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from models.cancers import CANCER_CODE
from models.laboratory import LAB_BY_CODE
from models.risk.codes import ACTIVITY, CHEMOTHERAPY, SMOKING, STAGES
from models.risk.history import diseases, earlier_events, medicines
from models.risk.inputs import DRUG_CLASS_CODES, FEATURE_NAMES, LAB_INPUTS
from models.risk.landmarks import KEYS, by_date, known_rows, latest, patients_at_landmarks
from models.risk.outcomes import LANDMARKS

FEATURE_TABLES: tuple[str, ...] = (
    "patient",
    "diagnosis",
    "treatment",
    "medication",
    "adverse_event",
    "lab",
    "biomarker",
    "score",
    "lifestyle",
)
"""Warehouse tables that features are computed from."""

LAB_WINDOW_DAYS = 120
_BASELINES = tuple(name.removesuffix("_ratio") for name in FEATURE_NAMES if name.endswith("_ratio"))
_LABS = tuple(name for name in LAB_INPUTS if name != "nlr")
_READINGS = {
    "bmi": "bmi",
    "smoking": "smoking",
    "activity": "activity",
    "ecog": "ecog",
    "tmb": "tmb",
    "pdl1_tps": "pdl1_tps",
    "global_qol": "QL",
    "fatigue": "FA",
    "cancer": "cancer",
    "stage": "stage",
}
_INSTRUMENTS = ("qlq-c30", "qlq-short")  # the short form has the same items
_CLASS_WORDS = ("PD1", "PDL1", "CTLA4", "PD1_CTLA4", "PD1_LAG3", "CAR_T", "other")


def landmark_features(
    tables: Mapping[str, ir.Table], landmarks: Sequence[int] = LANDMARKS
) -> ir.Table:
    """Every model input of every patient under observation at each landmark.

    Only rows dated on or before the landmark are used.

    Args:
        tables: the tables of ``FEATURE_TABLES`` by name, bound or unbound.
        landmarks: days since the first dose.

    Returns:
        patient_id, landmark_day and the columns of ``FEATURE_NAMES`` as float64, NULL where
        missing.
    """
    patient = tables["patient"].filter(tables["patient"].consent != "withdrawn")
    return features_at(tables, patients_at_landmarks(patient, landmarks))


def features_at(tables: Mapping[str, ir.Table], at: ir.Table) -> ir.Table:
    """Every model input of some patients on some days.

    Args:
        tables: the tables of ``FEATURE_TABLES`` by name, bound or unbound.
        at: the columns of a patient, ``landmark_day`` and ``as_of``; one row per patient and day.

    Returns:
        As ``landmark_features``, one row per row of ``at``.
    """
    patient = tables["patient"].filter(tables["patient"].consent != "withdrawn")
    parts = [
        _treatment(at, tables["treatment"]),
        latest(at, _readings(tables), _READINGS.values()),
        _laboratory(at, patients_at_landmarks(patient, (0,)), tables["lab"], tables["biomarker"]),
        diseases(at, patient, tables["diagnosis"]),
        medicines(at, patient, tables["medication"]),
        earlier_events(at, patient, tables["adverse_event"]),
    ]
    for part in parts:
        at = at.left_join(part, KEYS).drop(*(f"{key}_right" for key in KEYS))
    at = at.rename({name: source for name, source in _READINGS.items() if name != source}).mutate(
        age_years=at.as_of.year() - at.birth_year,
        sex=at.sex.cases(("M", 0), ("F", 1)),
        landmark_time=at.landmark_day,
    )
    return at.select(*KEYS, *(at[name].cast("float64").name(name) for name in FEATURE_NAMES))


def _treatment(at: ir.Table, treatment: ir.Table) -> ir.Table:
    """Latest line started by the landmark; of lines started on one day the highest number."""
    words = treatment.regimen.lower()
    lines = treatment.select(
        "patient_id",
        "line",
        "start_date",
        "end_date",
        drug_class=_coded(treatment.drug_class, DRUG_CLASS_CODES),
        chemotherapy=ibis.cases(
            (treatment.regimen.isin(_CLASS_WORDS), ibis.null("int32")),
            else_=words.re_search(CHEMOTHERAPY).cast("int32"),
        ),
        ipilimumab_mg_kg=_ipilimumab(treatment),
        rank=ibis.row_number().over(
            group_by=[treatment.patient_id, treatment.start_date],
            order_by=[treatment.line.desc(), treatment.regimen],
        ),
    )
    known = known_rows(at, lines.filter(lines["rank"] == 0).drop("rank"), "start_date")
    stopped = known.end_date <= known.as_of
    known = known.mutate(
        days_since_stop=stopped.ifelse(known.as_of.delta(known.end_date, unit="day"), 0).fill_null(
            0
        )
    )
    columns = ("drug_class", "ipilimumab_mg_kg", "chemotherapy", "line", "days_since_stop")
    line = ibis.struct({name: known[name] for name in columns}).argmax(known.start_date)
    return known.group_by(*KEYS).agg(line=line).unpack("line")


def _coded(column: ir.StringColumn, words: Sequence[str]) -> ir.IntegerColumn:
    return column.cases(*((word, code) for code, word in enumerate(words)))


def _ipilimumab(treatment: ir.Table) -> ir.FloatingColumn:
    """Dose named with ipilimumab; 0 without ipilimumab; NULL where the words leave it open."""
    words = treatment.regimen.lower()
    dose = words.re_extract(r"ipilimumab[^0-9+;,]*([0-9]+(\.[0-9]+)?) ?mg/kg", 1)
    targets_ctla4 = treatment.drug_class.isin(("CTLA4", "PD1_CTLA4"))
    open_ = words.contains("ipilimumab") | (targets_ctla4 & ~words.contains("tremelimumab"))
    return ibis.coalesce(dose.try_cast("float64"), open_.ifelse(ibis.null("float64"), 0.0))


def _readings(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Everything read as "latest value, however old", one row per patient and date."""
    lifestyle, score = tables["lifestyle"], tables["score"]
    biomarker, diagnosis = tables["biomarker"], tables["diagnosis"]
    word = lifestyle.value.lower()
    number = ibis.cases(
        (lifestyle.factor == "smoking", word.cases(*SMOKING.items())),
        (lifestyle.factor == "activity", word.cases(*ACTIVITY.items())),
        else_=lifestyle.value.try_cast("float64"),
    )
    primary = diagnosis.filter(diagnosis.kind == "primary")
    rows = ibis.union(
        _reading(lifestyle, lifestyle.factor, number),
        _reading(biomarker, biomarker.name, biomarker.value),
        _reading(
            score.filter(score.instrument.isin(_INSTRUMENTS)),
            score.scale,
            score.value,
        ),
        _reading(primary, ibis.literal("stage"), _coded(primary.stage, STAGES)),
        _reading(
            primary,
            ibis.literal("cancer"),
            primary.icd10.upper().left(3).cases(*CANCER_CODE.items()),
        ),
    )
    return by_date(rows.filter(rows.name.isin(tuple(_READINGS.values()))), _READINGS.values())


def _reading(rows: ir.Table, name: ir.Value, value: ir.Value) -> ir.Table:
    return rows.select("patient_id", "date", name=name, value=value.cast("float64"))


def _laboratory(at: ir.Table, at_start: ir.Table, lab: ir.Table, biomarker: ir.Table) -> ir.Table:
    """Latest laboratory values, and some of them against the last value up to day 0.

    The neutrophil-to-lymphocyte ratio comes from counts of one day, or else as recorded.
    """
    tests = (*_LABS, "neutrophils")
    ratio = biomarker.filter(biomarker.name == "nlr")
    rows = _reading(lab, lab.loinc, lab.value).union(_reading(ratio, ratio.name, ratio.value))
    loinc = {LAB_BY_CODE[test].loinc: test for test in tests}
    rows = rows.filter(rows.name.isin((*loinc, "nlr")))
    days = by_date(rows, (*loinc, "nlr")).rename({test: code for code, test in loinc.items()})
    counted = days.neutrophils / days.lymphocytes.nullif(0)
    days = days.mutate(nlr=ibis.coalesce(counted, days.nlr))
    values = latest(at, days, LAB_INPUTS, LAB_WINDOW_DAYS)
    start = latest(at_start, days, _BASELINES, LAB_WINDOW_DAYS)
    start = start.select("patient_id", **{f"{name}_start": start[name] for name in _BASELINES})
    both = values.left_join(start, "patient_id").drop("patient_id_right")
    after = both.landmark_day > 0
    return both.mutate(
        **{
            f"{name}_ratio": after.ifelse(both[name] / both[f"{name}_start"].nullif(0), None)
            for name in _BASELINES
        }
    ).drop(*(f"{name}_start" for name in _BASELINES))

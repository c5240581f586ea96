"""The warehouse schema, in one place.

Everything about table structure derives from ``TABLES``: DDL of a snapshot, validation of
imports, the unbound Ibis tables that features and cohorts are written over, and the data
dictionary page. Dates are ISO dates. Missing is NULL, never a magic number.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import ibis.expr.types as ir

from models.biomarkers import MARKERS
from models.columns import Table, day, moment, number, table, text, whole, yes_no
from models.qol.forecast.inputs import INPUTS
from models.qol.instrument_checks import ITEM_CODE, LARGEST, NAME, SCALE_CODE
from models.risk.inputs import FEATURES
from models.risk.outcomes import HORIZONS, LANDMARKS, ORGAN_OUTCOMES, OUTCOMES

DRUG_CLASSES = ("PD1", "PDL1", "CTLA4", "PD1_CTLA4", "PD1_LAG3", "CAR_T", "other")
ORGANS = (*ORGAN_OUTCOMES, "other")
RECIST = ("CR", "PR", "SD", "PD", "NE", "R", "NR")

_PATIENT = text(
    "patient_id",
    "pseudonym of the patient",
    required=True,
    pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
)
_DATE = day("date", "day of the observation", required=True)
_INSTRUMENT = text(
    "instrument",
    "questionnaire: qlq-c30, qlq-short, eq-5d-5l, fact-g, check-in, or one that the site added",
    required=True,
    pattern=NAME,
)
_ATC = r"[A-Z](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?"


_TABLES = (
    table(
        "patient",
        "clinical",
        "one row per person treated with immunotherapy",
        _PATIENT,
        text(
            "country",
            "country of treatment, ISO 3166-1 alpha-2",
            required=True,
            pattern=r"[A-Z]{2}",
        ),
        text(
            "site",
            "treating site, unique within the country",
            required=True,
            pattern=r"[\w .'-]{1,60}",
        ),
        text(
            "sex", "sex recorded at the site; U is unknown", required=True, allowed=("F", "M", "U")
        ),
        whole("birth_year", "year of birth", unit="year", minimum=1900, maximum=2100),
        day("index_date", "first dose of immunotherapy", required=True),
        day(
            "entry_date",
            "first day under observation where that is after the first dose, as in a registry",
        ),
        day("end_date", "last known contact"),
        day("death_date", "death from any cause"),
        text(
            "consent",
            "use the person agreed to; withdrawn is in no result",
            required=True,
            allowed=("care", "research", "withdrawn"),
        ),
        key=("patient_id",),
    ),
    table(
        "diagnosis",
        "clinical",
        "cancer, metastases and other diseases",
        _PATIENT,
        _DATE,
        text("icd10", "ICD-10 code", required=True, pattern=r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?"),
        text(
            "kind",
            "role of the diagnosis",
            required=True,
            allowed=("primary", "metastasis", "comorbidity"),
        ),
        text("stage", "stage of the primary tumour", allowed=("I", "II", "III", "IV")),
        key=("patient_id", "date", "icd10", "kind"),
    ),
    table(
        "treatment",
        "clinical",
        "lines of immunotherapy",
        _PATIENT,
        whole("line", "line of systemic therapy", minimum=1, maximum=20),
        text(
            "regimen",
            "regimen in words, with dose where it matters",
            required=True,
            pattern=r".{1,200}",
        ),
        text("drug_class", "target of the immunotherapy", required=True, allowed=DRUG_CLASSES),
        text("atc", "ATC codes of the regimen, separated by ;", pattern=rf"{_ATC}(;{_ATC})*"),
        day("start_date", "first dose of the line", required=True),
        day("end_date", "day the line was stopped; models take it as known from the day after"),
        text(
            "stop_reason",
            "why the line ended",
            allowed=("progression", "toxicity", "completed", "death", "choice", "other"),
        ),
        key=("patient_id", "start_date", "regimen"),
    ),
    table(
        "medication",
        "drug consumption",
        "other medicines, including steroids for irAE",
        _PATIENT,
        text("atc", "ATC code", required=True, pattern=_ATC),
        text("name", "medicine in words", pattern=r".{1,120}"),
        day("start_date", "first day", required=True),
        day("end_date", "last day"),
        number("daily_dose", "dose per day in `unit`", minimum=0),
        text("unit", "UCUM unit of the daily dose", pattern=r"[^\s]{1,20}"),
        key=("patient_id", "atc", "start_date", "daily_dose"),
    ),
    table(
        "adverse_event",
        "irAE",
        "adverse events; immune_related marks irAE",
        _PATIENT,
        day("onset_date", "first day of the event", required=True),
        day("end_date", "day of resolution"),
        text("organ", "organ system", required=True, allowed=ORGANS),
        text("term", "CTCAE term or the source's words", pattern=r".{1,300}"),
        whole(
            "grade",
            "highest CTCAE grade; missing is not recorded, never grade 0",
            minimum=1,
            maximum=5,
        ),
        text("ctcae_version", "CTCAE version of the grade", pattern=r"\d\.\d"),
        yes_no("immune_related", "judged immune-related at the site"),
        yes_no("hospitalised", "led to admission"),
        key=("patient_id", "onset_date", "organ", "term"),
    ),
    table(
        "lab",
        "clinical",
        "laboratory results in canonical units",
        _PATIENT,
        _DATE,
        text("loinc", "LOINC code", required=True, pattern=r"\d{1,7}-\d"),
        number("value", "result in `unit`", required=True),
        text("unit", "UCUM unit", required=True, pattern=r"[^\s]{1,20}"),
        key=("patient_id", "date", "loinc"),
    ),
    table(
        "biomarker",
        "clinical",
        "tumour and blood markers, performance status",
        _PATIENT,
        _DATE,
        text(
            "name",
            f"marker: {', '.join(f'{name} ({m.limits})' for name, m in MARKERS.items())}, ...",
            required=True,
            pattern=r"[a-z][a-z0-9_]{0,39}",
        ),
        number("value", "value of the marker", required=True),
        key=("patient_id", "date", "name"),
    ),
    table(
        "answer",
        "quality of life",
        "questionnaire answers as given",
        _PATIENT,
        _DATE,
        _INSTRUMENT,
        text(
            "item",
            "item of the questionnaire, for example q1 to q30, mo sc ua pd ad vas, gp1 to gf7",
            required=True,
            pattern=ITEM_CODE,
        ),
        number(
            "value",
            "answer code, within the range of the item",
            required=True,
            minimum=-LARGEST,
            maximum=LARGEST,
        ),
        key=("patient_id", "date", "instrument", "item"),
    ),
    table(
        "score",
        "quality of life",
        "questionnaire scales, scored from answers; delivered ones where there are no answers",
        _PATIENT,
        _DATE,
        _INSTRUMENT,
        text(
            "scale",
            "scale of the questionnaire, for example QL, PF, FA, index, TOTAL",
            required=True,
            pattern=SCALE_CODE,
        ),
        number(
            "value",
            "score in the points of the scale, within its range",
            required=True,
            minimum=-LARGEST,
            maximum=LARGEST,
        ),
        key=("patient_id", "date", "instrument", "scale"),
    ),
    table(
        "lifestyle",
        "lifestyle",
        "habits and body measures",
        _PATIENT,
        _DATE,
        text(
            "factor",
            "bmi (kg/m2), smoking, alcohol, activity, support, ...",
            required=True,
            pattern=r"[a-z][a-z0-9_]{0,39}",
        ),
        text("value", "number or word", required=True, pattern=r".{1,60}"),
        key=("patient_id", "date", "factor"),
    ),
    table(
        "encounter",
        "administrative",
        "visits and admissions",
        _PATIENT,
        _DATE,
        text(
            "kind",
            "kind of contact",
            required=True,
            allowed=("outpatient", "emergency", "inpatient"),
        ),
        number("days", "length of stay", unit="d", minimum=0, maximum=366),
        number("cost_eur", "cost of the contact", unit="EUR", minimum=0),
        key=("patient_id", "date", "kind"),
    ),
    table(
        "response",
        "clinical",
        "tumour response",
        _PATIENT,
        _DATE,
        text(
            "recist",
            "RECIST 1.1 category; R or NR where only responder or not is known",
            required=True,
            allowed=RECIST,
        ),
        key=("patient_id", "date"),
    ),
    table(
        "source",
        "provenance",
        "files the snapshot was built from",
        text("batch_id", "one import or one simulation", required=True),
        text("file", "file name without its folder, or the simulation", required=True),
        text("sha256", "SHA-256 of the file", required=True),
        moment("imported_at", "time of import, UTC", required=True),
        whole("rows_accepted", "rows taken over", required=True),
        whole("rows_quarantined", "rows set aside with a reason", required=True),
        key=("batch_id", "file"),
    ),
    table(
        "features",
        "derived",
        "what the risk models see of a patient at a landmark",
        _PATIENT,
        whole(
            "landmark_day",
            "days since the first dose",
            unit="d",
            required=True,
            allowed=tuple(map(str, LANDMARKS)),
        ),
        *(number(feature.name, feature.meaning, unit=feature.unit) for feature in FEATURES),
        key=("patient_id", "landmark_day"),
        derived=True,
    ),
    table(
        "form_features",
        "derived",
        "what the forecasts see on the day of a patient's latest form and latest full form",
        _PATIENT,
        day("form_date", "day of the form, or of the first dose after it", required=True),
        *(number(feature.name, feature.meaning, unit=feature.unit) for feature in INPUTS),
        key=("patient_id", "form_date"),
        derived=True,
    ),
    table(
        "prediction",
        "derived",
        "risk of each outcome within each horizon from a landmark",
        _PATIENT,
        whole(
            "landmark_day",
            "days since the first dose",
            unit="d",
            required=True,
            allowed=tuple(map(str, LANDMARKS)),
        ),
        text("outcome", "severe irAE, or organ", required=True, allowed=OUTCOMES),
        whole(
            "horizon_days",
            "days from the landmark",
            unit="d",
            required=True,
            allowed=tuple(map(str, HORIZONS)),
        ),
        number("risk", "calibrated probability", required=True, minimum=0, maximum=1),
        number("lower", "lower end of the 80 % interval", required=True, minimum=0, maximum=1),
        number("upper", "upper end of the 80 % interval", required=True, minimum=0, maximum=1),
        yes_no("with_care", "to be used with care: see the patient page", required=True),
        text("model_version", "version of the model artefacts", required=True),
        key=("patient_id", "landmark_day", "outcome", "horizon_days"),
        derived=True,
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _TABLES})
"""Every warehouse table by name, in the order they are documented."""

IMPORTED: tuple[str, ...] = tuple(
    table.name for table in _TABLES if not table.derived and table.name != "source"
)
"""Tables that a site may deliver."""


def unbound(name: str) -> ir.Table:
    """Unbound Ibis table ``name``: expressions over it touch no database."""
    return TABLES[name].unbound

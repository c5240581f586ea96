"""The warehouse schema, in one place.

Everything about table structure derives from ``TABLES``: DDL of a snapshot, validation of
imports, the unbound Ibis tables that features and cohorts are written over, and the data
dictionary page. Dates are ISO dates. Missing is NULL, never a magic number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import ibis
import ibis.expr.types as ir

from models.risk.inputs import FEATURES
from models.risk.outcomes import HORIZONS, LANDMARKS, OUTCOMES

Kind = Literal["string", "int32", "float64", "date", "boolean", "timestamp"]

DRUG_CLASSES = ("PD1", "PDL1", "CTLA4", "PD1_CTLA4", "PD1_LAG3", "CAR_T", "other")
ORGANS = (
    "skin",
    "gastrointestinal",
    "hepatic",
    "pulmonary",
    "endocrine",
    "renal",
    "cardiac",
    "musculoskeletal",
    "neurologic",
    "other",
)
INSTRUMENTS = ("qlq-c30", "qlq-short", "eq-5d-5l")
RECIST = ("CR", "PR", "SD", "PD", "NE", "R", "NR")

Domain = Literal[
    "clinical",
    "quality of life",
    "irAE",
    "drug consumption",
    "lifestyle",
    "administrative",
    "provenance",
    "derived",
]


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and which values it admits.

    ``required`` forbids NULL. ``allowed`` lists the admitted words, ``pattern`` is a regular
    expression for the whole value, ``minimum`` and ``maximum`` are inclusive.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Table:
    """One table: the domain it belongs to, its columns, and the columns that identify a row."""

    name: str
    domain: Domain
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    derived: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> ibis.Schema:
        """Ibis schema of the table."""
        return ibis.schema({column.name: column.kind for column in self.columns})

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError when there is none."""
        return next(column for column in self.columns if column.name == name)


_PATIENT = Column(
    "patient_id",
    "string",
    "pseudonym of the patient",
    required=True,
    pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
)
_DATE = Column("date", "date", "day of the observation", required=True)
_ATC = r"[A-Z](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?"


def _table(
    name: str,
    domain: Domain,
    meaning: str,
    *columns: Column,
    key: tuple[str, ...],
    derived: bool = False,
) -> Table:
    return Table(name, domain, meaning, columns, key, derived)


_TABLES = (
    _table(
        "patient",
        "clinical",
        "one row per person treated with immunotherapy",
        _PATIENT,
        Column(
            "country",
            "string",
            "country of treatment, ISO 3166-1 alpha-2",
            required=True,
            pattern=r"[A-Z]{2}",
        ),
        Column(
            "site",
            "string",
            "treating site, unique within the country",
            required=True,
            pattern=r"[\w .'-]{1,60}",
        ),
        Column(
            "sex",
            "string",
            "sex recorded at the site; U is unknown",
            required=True,
            allowed=("F", "M", "U"),
        ),
        Column("birth_year", "int32", "year of birth", unit="year", minimum=1900, maximum=2100),
        Column("index_date", "date", "first dose of immunotherapy", required=True),
        Column("end_date", "date", "last known contact"),
        Column("death_date", "date", "death from any cause"),
        Column(
            "consent",
            "string",
            "use the person agreed to; withdrawn is in no result",
            required=True,
            allowed=("care", "research", "withdrawn"),
        ),
        key=("patient_id",),
    ),
    _table(
        "diagnosis",
        "clinical",
        "cancer, metastases and other diseases",
        _PATIENT,
        _DATE,
        Column(
            "icd10",
            "string",
            "ICD-10 code",
            required=True,
            pattern=r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?",
        ),
        Column(
            "kind",
            "string",
            "role of the diagnosis",
            required=True,
            allowed=("primary", "metastasis", "comorbidity"),
        ),
        Column("stage", "string", "stage of the primary tumour", allowed=("I", "II", "III", "IV")),
        key=("patient_id", "date", "icd10", "kind"),
    ),
    _table(
        "treatment",
        "clinical",
        "lines of immunotherapy",
        _PATIENT,
        Column("line", "int32", "line of systemic therapy", minimum=1, maximum=20),
        Column(
            "regimen",
            "string",
            "regimen in words, with dose where it matters",
            required=True,
            pattern=r".{1,200}",
        ),
        Column(
            "drug_class",
            "string",
            "target of the immunotherapy",
            required=True,
            allowed=DRUG_CLASSES,
        ),
        Column(
            "atc",
            "string",
            "ATC codes of the regimen, separated by ;",
            pattern=rf"{_ATC}(;{_ATC})*",
        ),
        Column("start_date", "date", "first dose of the line", required=True),
        Column("end_date", "date", "last dose of the line"),
        Column(
            "stop_reason",
            "string",
            "why the line ended",
            allowed=("progression", "toxicity", "completed", "death", "choice", "other"),
        ),
        key=("patient_id", "start_date", "regimen"),
    ),
    _table(
        "medication",
        "drug consumption",
        "other medicines, including steroids for irAE",
        _PATIENT,
        Column("atc", "string", "ATC code", required=True, pattern=_ATC),
        Column("name", "string", "medicine in words", pattern=r".{1,120}"),
        Column("start_date", "date", "first day", required=True),
        Column("end_date", "date", "last day"),
        Column("daily_dose", "float64", "dose per day in `unit`", minimum=0),
        Column("unit", "string", "UCUM unit of the daily dose", pattern=r"[^\s]{1,20}"),
        key=("patient_id", "atc", "start_date", "daily_dose"),
    ),
    _table(
        "adverse_event",
        "irAE",
        "adverse events; immune_related marks irAE",
        _PATIENT,
        Column("onset_date", "date", "first day of the event", required=True),
        Column("end_date", "date", "day of resolution"),
        Column("organ", "string", "organ system", required=True, allowed=ORGANS),
        Column("term", "string", "CTCAE term or the source's words", pattern=r".{1,300}"),
        Column(
            "grade",
            "int32",
            "highest CTCAE grade; missing is not recorded, never grade 0",
            minimum=1,
            maximum=5,
        ),
        Column("ctcae_version", "string", "CTCAE version of the grade", pattern=r"\d\.\d"),
        Column("immune_related", "boolean", "judged immune-related at the site"),
        Column("hospitalised", "boolean", "led to admission"),
        key=("patient_id", "onset_date", "organ", "term"),
    ),
    _table(
        "lab",
        "clinical",
        "laboratory results in canonical units",
        _PATIENT,
        _DATE,
        Column("loinc", "string", "LOINC code", required=True, pattern=r"\d{1,7}-\d"),
        Column("value", "float64", "result in `unit`", required=True),
        Column("unit", "string", "UCUM unit", required=True, pattern=r"[^\s]{1,20}"),
        key=("patient_id", "date", "loinc"),
    ),
    _table(
        "biomarker",
        "clinical",
        "tumour and blood markers, performance status",
        _PATIENT,
        _DATE,
        Column(
            "name",
            "string",
            "marker: tmb (mutations/Mb), pdl1_tps (%), msi (0 or 1), nlr (ratio), ecog (0 to 4), ...",
            required=True,
            pattern=r"[a-z][a-z0-9_]{0,39}",
        ),
        Column("value", "float64", "value of the marker", required=True),
        key=("patient_id", "date", "name"),
    ),
    _table(
        "answer",
        "quality of life",
        "questionnaire answers as given",
        _PATIENT,
        _DATE,
        Column("instrument", "string", "questionnaire", required=True, allowed=INSTRUMENTS),
        Column(
            "item",
            "string",
            "item of the questionnaire: q1 to q30, mo sc ua pd ad vas",
            required=True,
            pattern=r"[a-z][a-z0-9]{0,9}",
        ),
        Column(
            "value", "float64", "answer code; vas 0 to 100", required=True, minimum=0, maximum=100
        ),
        key=("patient_id", "date", "instrument", "item"),
    ),
    _table(
        "score",
        "quality of life",
        "questionnaire scales, scored from answers or imported",
        _PATIENT,
        _DATE,
        Column("instrument", "string", "questionnaire", required=True, allowed=INSTRUMENTS),
        Column(
            "scale",
            "string",
            "scale code, for example QL, PF, FA",
            required=True,
            pattern=r"[A-Za-z][A-Za-z0-9_]{0,9}",
        ),
        Column(
            "value",
            "float64",
            "score in the points of the instrument",
            required=True,
            minimum=-1,
            maximum=100,
        ),
        key=("patient_id", "date", "instrument", "scale"),
    ),
    _table(
        "lifestyle",
        "lifestyle",
        "habits and body measures",
        _PATIENT,
        _DATE,
        Column(
            "factor",
            "string",
            "bmi (kg/m2), smoking, alcohol, activity, support, ...",
            required=True,
            pattern=r"[a-z][a-z0-9_]{0,39}",
        ),
        Column("value", "string", "number or word", required=True, pattern=r".{1,60}"),
        key=("patient_id", "date", "factor"),
    ),
    _table(
        "encounter",
        "administrative",
        "visits and admissions",
        _PATIENT,
        _DATE,
        Column(
            "kind",
            "string",
            "kind of contact",
            required=True,
            allowed=("outpatient", "emergency", "inpatient"),
        ),
        Column("days", "float64", "length of stay", unit="d", minimum=0, maximum=366),
        Column("cost_eur", "float64", "cost of the contact", unit="EUR", minimum=0),
        key=("patient_id", "date", "kind"),
    ),
    _table(
        "response",
        "clinical",
        "tumour response",
        _PATIENT,
        _DATE,
        Column(
            "recist",
            "string",
            "RECIST 1.1 category; R or NR where only responder or not is known",
            required=True,
            allowed=RECIST,
        ),
        key=("patient_id", "date"),
    ),
    _table(
        "source",
        "provenance",
        "files the snapshot was built from",
        Column("batch_id", "string", "one import or one simulation", required=True),
        Column("file", "string", "file name without its folder, or the simulation", required=True),
        Column("sha256", "string", "SHA-256 of the file", required=True),
        Column("imported_at", "timestamp", "time of import, UTC", required=True),
        Column("rows_accepted", "int32", "rows taken over", required=True),
        Column("rows_quarantined", "int32", "rows set aside with a reason", required=True),
        key=("batch_id", "file"),
    ),
    _table(
        "features",
        "derived",
        "what the risk models see of a patient at a landmark",
        _PATIENT,
        Column(
            "landmark_day",
            "int32",
            "days since the first dose",
            unit="d",
            required=True,
            allowed=tuple(map(str, LANDMARKS)),
        ),
        *(
            Column(feature.name, "float64", feature.meaning, unit=feature.unit)
            for feature in FEATURES
        ),
        key=("patient_id", "landmark_day"),
        derived=True,
    ),
    _table(
        "prediction",
        "derived",
        "risk of each outcome within each horizon from a landmark",
        _PATIENT,
        Column(
            "landmark_day",
            "int32",
            "days since the first dose",
            unit="d",
            required=True,
            allowed=tuple(map(str, LANDMARKS)),
        ),
        Column("outcome", "string", "severe irAE, or organ", required=True, allowed=OUTCOMES),
        Column(
            "horizon_days",
            "int32",
            "days from the landmark",
            unit="d",
            required=True,
            allowed=tuple(map(str, HORIZONS)),
        ),
        Column("risk", "float64", "calibrated probability", required=True, minimum=0, maximum=1),
        Column(
            "lower",
            "float64",
            "lower end of the 90 % interval",
            required=True,
            minimum=0,
            maximum=1,
        ),
        Column(
            "upper",
            "float64",
            "upper end of the 90 % interval",
            required=True,
            minimum=0,
            maximum=1,
        ),
        Column("model_version", "string", "version of the model artefacts", required=True),
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
    return ibis.table(TABLES[name].schema, name=name)

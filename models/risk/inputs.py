"""Inputs of the risk models: name, words, unit and codes of every feature.

Order here is the order of the columns that a booster sees. A missing input is NaN and
stays missing: nothing is imputed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.cancers import CANCER_NAMES
from models.laboratory import LAB_BY_CODE
from models.risk.outcomes import ORGAN_OUTCOMES

Domain = Literal[
    "person",
    "disease",
    "treatment",
    "comorbidity",
    "medicines",
    "laboratory",
    "irAE history",
    "quality of life",
    "time",
]

DRUG_CLASS_CODES: tuple[str, ...] = ("PDL1", "PD1", "PD1_LAG3", "CTLA4", "PD1_CTLA4")
"""Drug classes the models know; the position is the feature code. Others are not scored."""


@dataclass(frozen=True)
class Feature:
    """One model input.

    ``labels`` names the codes 0, 1, ... of a coded feature; plain numbers have none.
    ``decimals`` is the precision worth showing.
    """

    name: str
    label: str
    domain: Domain
    meaning: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    decimals: int = 0

    def words(self, value: float | None) -> str:
        """Value as a clinician reads it, with unit; "not recorded" when missing."""
        if value is None or value != value:
            return "not recorded"
        if self.labels:
            code = int(value)
            return self.labels[code] if 0 <= code < len(self.labels) else f"code {code}"
        number = f"{value:,.{self.decimals}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        return f"{number} {self.unit}".strip() if self.unit != "1" else number


_NO_YES = ("no", "yes")


def _flag(name: str, label: str, domain: Domain, meaning: str) -> Feature:
    return Feature(name, label, domain, meaning, labels=_NO_YES)


def _lab(code: str, decimals: int) -> Feature:
    test = LAB_BY_CODE[code]
    return Feature(
        code,
        test.name,
        "laboratory",
        f"latest {test.name} within 120 days before the landmark",
        test.unit,
        decimals=decimals,
    )


def _ratio(code: str) -> Feature:
    test = LAB_BY_CODE[code]
    return Feature(
        f"{code}_ratio",
        f"{test.name} against baseline",
        "laboratory",
        f"latest {test.name} divided by the latest at day 0; missing at landmark 0",
        "1",
        decimals=2,
    )


LAB_INPUTS: tuple[str, ...] = (
    "nlr",
    "lymphocytes",
    "eosinophils",
    "platelets",
    "haemoglobin",
    "alt",
    "bilirubin",
    "albumin",
    "ldh",
    "crp",
    "creatinine",
    "tsh",
    "glucose",
    "ck",
)
"""Laboratory inputs counted by the minimum that a score needs."""

FEATURES: tuple[Feature, ...] = (
    Feature("age_years", "age", "person", "age at the landmark, from the year of birth", "years"),
    Feature("sex", "sex", "person", "sex recorded at the site", labels=("male", "female")),
    Feature("bmi", "body mass index", "person", "latest body mass index", "kg/m2", decimals=1),
    Feature(
        "smoking",
        "smoking",
        "person",
        "latest smoking status; ever counts as former",
        labels=("never", "former", "current"),
    ),
    Feature(
        "activity",
        "physical activity",
        "person",
        "latest physical activity",
        labels=("low", "moderate", "high"),
    ),
    Feature("ecog", "ECOG performance status", "person", "latest ECOG performance status", "1"),
    Feature("cancer", "cancer", "disease", "primary tumour by ICD-10", labels=CANCER_NAMES),
    Feature(
        "stage",
        "stage",
        "disease",
        "stage of the primary tumour; code 0 is stage I",
        labels=("I", "II", "III", "IV"),
    ),
    Feature(
        "tmb",
        "tumour mutational burden",
        "disease",
        "latest tumour mutational burden",
        "mutations/Mb",
        decimals=1,
    ),
    Feature(
        "pdl1_tps",
        "PD-L1 tumour proportion score",
        "disease",
        "latest PD-L1 tumour proportion score",
        "%",
    ),
    Feature(
        "drug_class",
        "drug class",
        "treatment",
        "target of the latest line started by the landmark",
        labels=("PD-L1", "PD-1", "PD-1 + LAG-3", "CTLA-4", "PD-1 + CTLA-4"),
    ),
    Feature(
        "ipilimumab_mg_kg",
        "ipilimumab dose",
        "treatment",
        "ipilimumab dose named in the regimen; 0 without ipilimumab, missing when not named",
        "mg/kg",
    ),
    Feature(
        "chemotherapy",
        "with chemotherapy",
        "treatment",
        "regimen names chemotherapy",
        labels=_NO_YES,
    ),
    Feature("line", "line of therapy", "treatment", "line of systemic therapy", "1"),
    Feature(
        "days_since_stop",
        "time since stopping",
        "treatment",
        "days since the line ended; 0 while on treatment",
        "days",
    ),
    _flag(
        "autoimmune", "autoimmune disease", "comorbidity", "autoimmune disease before the landmark"
    ),
    _flag(
        "interstitial_lung",
        "interstitial lung disease",
        "comorbidity",
        "interstitial lung disease before the landmark",
    ),
    _flag(
        "copd_asthma", "COPD or asthma", "comorbidity", "chronic airway disease before the landmark"
    ),
    _flag("diabetes", "diabetes", "comorbidity", "diabetes mellitus before the landmark"),
    _flag(
        "kidney_disease",
        "chronic kidney disease",
        "comorbidity",
        "chronic kidney disease before the landmark",
    ),
    _flag(
        "heart_disease",
        "heart disease",
        "comorbidity",
        "ischaemic heart disease or heart failure before the landmark",
    ),
    Feature(
        "comorbidities",
        "other diseases",
        "comorbidity",
        "number of different comorbidity categories",
        "1",
    ),
    _flag("ppi", "proton-pump inhibitor", "medicines", "taken at the landmark"),
    _flag("nsaid", "NSAID", "medicines", "taken at the landmark"),
    _flag("ace_inhibitor_arb", "ACE inhibitor or ARB", "medicines", "taken at the landmark"),
    _flag("diuretic", "diuretic", "medicines", "taken at the landmark"),
    _flag("statin", "statin", "medicines", "taken at the landmark"),
    _flag("vitamin_d", "vitamin D", "medicines", "taken at the landmark"),
    _flag(
        "antibiotic_60d",
        "antibiotic in the last 60 days",
        "medicines",
        "any systemic antibiotic in the 60 days before the landmark",
    ),
    Feature(
        "steroid_mg",
        "steroid dose",
        "medicines",
        "daily systemic steroid at the landmark, prednisone equivalent",
        "mg/d",
    ),
    Feature(
        "nlr",
        "neutrophil-to-lymphocyte ratio",
        "laboratory",
        "latest ratio within 120 days before the landmark",
        "1",
        decimals=1,
    ),
    _lab("lymphocytes", 2),
    _lab("eosinophils", 2),
    _lab("platelets", 0),
    _lab("haemoglobin", 1),
    _lab("alt", 0),
    _lab("bilirubin", 2),
    _lab("albumin", 1),
    _lab("ldh", 0),
    _lab("crp", 0),
    _lab("creatinine", 2),
    _lab("tsh", 2),
    _lab("glucose", 0),
    _lab("ck", 0),
    _ratio("alt"),
    _ratio("creatinine"),
    _ratio("tsh"),
    _ratio("crp"),
    _ratio("eosinophils"),
    Feature(
        "irae_count", "earlier irAE", "irAE history", "irAE with onset up to the landmark", "1"
    ),
    Feature(
        "irae_worst_grade",
        "worst grade of resolved irAE",
        "irAE history",
        "highest recorded grade of irAE resolved by the landmark; 0 without any, missing when "
        "none is graded",
        "1",
    ),
    Feature(
        "irae_active",
        "irAE not resolved",
        "irAE history",
        "irAE with onset up to the landmark and no resolution by then",
        "1",
    ),
    *(
        _flag(
            f"irae_{organ}",
            f"earlier {organ} irAE",
            "irAE history",
            f"{organ} irAE of any grade up to the landmark",
        )
        for organ in ORGAN_OUTCOMES
    ),
    Feature(
        "global_qol",
        "global quality of life",
        "quality of life",
        "latest QLQ-C30 global health status (QL), full or short form; higher is better",
        "points",
    ),
    Feature(
        "fatigue",
        "fatigue",
        "quality of life",
        "latest QLQ-C30 fatigue (FA), full or short form; higher is worse",
        "points",
    ),
    Feature("landmark_time", "time on treatment", "time", "days since the first dose", "days"),
)

FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
FEATURE_BY_NAME: dict[str, Feature] = {feature.name: feature for feature in FEATURES}

HORIZON = Feature("horizon_days", "horizon", "time", "days from the landmark", "days")
"""The last booster column, added to the stored features when a horizon is asked for."""

BOOSTER_COLUMNS: tuple[str, ...] = (*FEATURE_NAMES, HORIZON.name)
TIME_COLUMNS: frozenset[str] = frozenset({"landmark_time", HORIZON.name})
"""Inputs whose contributions belong to the baseline, not to the patient."""

REQUIRED: tuple[str, ...] = ("age_years", "sex", "drug_class", "cancer")
"""Inputs without which nothing is scored."""

MINIMUM_LAB_INPUTS = 3
"""Laboratory inputs needed for a score: fewer leave only population averages."""

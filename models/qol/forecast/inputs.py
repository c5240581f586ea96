"""Inputs of the forecasts: what is known of a patient on the day of a form.

Most are inputs of the risk models, read on that day; the others are the scores so far. A missing
input is NaN and stays missing.
"""

from __future__ import annotations

from models.qol.forecast.targets import TARGETS, Target
from models.qol.instruments import QLQ_C30
from models.risk.inputs import FEATURE_BY_NAME, Feature

SHARED: tuple[str, ...] = (
    "age_years",
    "sex",
    "bmi",
    "smoking",
    "activity",
    "ecog",
    "cancer",
    "stage",
    "drug_class",
    "chemotherapy",
    "line",
    "days_since_stop",
    "autoimmune",
    "copd_asthma",
    "diabetes",
    "heart_disease",
    "comorbidities",
    "steroid_mg",
    "haemoglobin",
    "albumin",
    "crp",
    "irae_count",
    "irae_worst_grade",
    "irae_active",
    "irae_gastrointestinal",
    "irae_pulmonary",
    "irae_endocrine",
    "irae_musculoskeletal",
)
"""Inputs of the risk models that are used here too, with the same meaning."""

_HISTORY: tuple[Feature, ...] = (
    Feature(
        "support",
        "social support",
        "person",
        "latest social support recorded",
        labels=("low", "high"),
    ),
    Feature(
        "response",
        "tumour response",
        "disease",
        "latest RECIST category other than not evaluable",
        labels=("progression", "stable disease", "partial response", "complete response"),
    ),
    Feature(
        "days_since_irae",
        "time since the latest irAE",
        "irAE history",
        "days since the latest onset of an irAE; missing without one",
        "days",
    ),
    Feature(
        "forms", "forms so far", "quality of life", "days on which a form came up to here", "1"
    ),
    Feature(
        "form_gap_days",
        "time since the form before",
        "quality of life",
        "days between this form and the one before",
        "days",
    ),
    Feature(
        "full_form_age_days",
        "time since the latest full form",
        "quality of life",
        "days since the latest QLQ-C30 or EQ-5D-5L; 0 on the day of one",
        "days",
    ),
)


def last_name(scale: str) -> str:
    """Input that holds the latest score of a QLQ-C30 scale, or of a target by its name."""
    return f"last_{scale}"


def _score(name: str, label: str, meaning: str, unit: str, decimals: int) -> Feature:
    return Feature(name, label, "quality of life", meaning, unit, decimals=decimals)


def _short(target: Target) -> str:
    """Name of a target that leaves room for its value in a row of bars."""
    return _SHORT.get(target.name, target.scale.label)


_SHORT = {"global_qol": "global QoL", "physical": "physical function", "eq5d_index": "EQ-5D index"}
_SCALES_ONLY = tuple(
    scale for scale in QLQ_C30.scales if scale.code not in {target.scale.code for target in TARGETS}
)
"""Scales of the QLQ-C30 that are inputs and not forecast."""

_SCORES: tuple[Feature, ...] = (
    *(
        feature
        for target in TARGETS
        for feature in (
            _score(
                last_name(target.name),
                f"latest {_short(target)}",
                f"latest {target.scale.label}, of any age",
                target.scale.unit,
                target.scale.decimals,
            ),
            _score(
                f"before_{target.name}",
                f"{_short(target)} of the form before",
                f"{target.scale.label} before the latest one",
                target.scale.unit,
                target.scale.decimals,
            ),
            _score(
                f"mean_{target.name}",
                f"mean {_short(target)} so far",
                f"mean of every {target.scale.label} up to here",
                target.scale.unit,
                target.scale.decimals,
            ),
            _score(
                f"start_{target.name}",
                f"{_short(target)} at the start",
                f"latest {target.scale.label} of the first week or before",
                target.scale.unit,
                target.scale.decimals,
            ),
        )
    ),
    *(
        _score(
            last_name(scale.code),
            f"latest {scale.label}",
            f"latest {scale.label}, of any age",
            scale.unit,
            scale.decimals,
        )
        for scale in _SCALES_ONLY
    ),
)

FORM_DAY = Feature("form_day", "time on treatment", "time", "days since the first dose", "days")
HORIZON = Feature("horizon_days", "horizon", "time", "days after the form", "days")

INPUTS: tuple[Feature, ...] = (
    *(FEATURE_BY_NAME[name] for name in SHARED),
    *_HISTORY,
    *_SCORES,
    FORM_DAY,
)
"""Every stored input, in the order of the columns."""

INPUT_NAMES: tuple[str, ...] = tuple(feature.name for feature in INPUTS)
INPUT_BY_NAME: dict[str, Feature] = {feature.name: feature for feature in (*INPUTS, HORIZON)}
BOOSTER_COLUMNS: tuple[str, ...] = (*INPUT_NAMES, HORIZON.name)
TIME_COLUMNS: frozenset[str] = frozenset({FORM_DAY.name, HORIZON.name})
"""Inputs whose contributions belong to the baseline, not to the patient."""

SCORED_SCALES: dict[tuple[str, str], str] = {
    **{(target.instrument.name, target.scale.code): target.name for target in TARGETS},
    **{(QLQ_C30.name, scale.code): scale.code for scale in _SCALES_ONLY},
}
"""Instrument and scale of every score that is an input, to the name its inputs carry."""

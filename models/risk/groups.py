"""Related inputs under one name, and inputs that care can change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.risk.outcomes import ORGAN_OUTCOMES
from models.risk.prediction import Contribution

GROUPS: dict[str, tuple[str, ...]] = {
    "person": ("age_years", "sex"),
    "lifestyle": ("bmi", "smoking", "activity"),
    "condition": ("ecog", "global_qol", "fatigue"),
    "cancer": ("cancer", "stage", "tmb", "pdl1_tps"),
    "immunotherapy": (
        "drug_class",
        "ipilimumab_mg_kg",
        "chemotherapy",
        "line",
        "days_since_stop",
    ),
    "other diseases": (
        "autoimmune",
        "interstitial_lung",
        "copd_asthma",
        "diabetes",
        "kidney_disease",
        "heart_disease",
        "comorbidities",
    ),
    "comedication": (
        "ppi",
        "nsaid",
        "ace_inhibitor_arb",
        "diuretic",
        "statin",
        "vitamin_d",
        "antibiotic_60d",
        "steroid_mg",
    ),
    "blood counts": (
        "nlr",
        "lymphocytes",
        "eosinophils",
        "eosinophils_ratio",
        "platelets",
        "haemoglobin",
    ),
    "liver values": ("alt", "alt_ratio", "bilirubin", "albumin"),
    "inflammation and tissue": ("crp", "crp_ratio", "ldh", "ck"),
    "kidney values": ("creatinine", "creatinine_ratio"),
    "hormones and glucose": ("tsh", "tsh_ratio", "glucose"),
    "earlier irAE": (
        "irae_count",
        "irae_worst_grade",
        "irae_active",
        *(f"irae_{organ}" for organ in ORGAN_OUTCOMES),
    ),
}
"""Every explained input stands in exactly one group."""

MODIFIABLE: frozenset[str] = frozenset(
    {"ppi", "nsaid", "statin", "vitamin_d", "diuretic", "ace_inhibitor_arb", "antibiotic_60d"}
    | {"steroid_mg", "smoking", "activity", "bmi", "drug_class", "ipilimumab_mg_kg"}
    | {"chemotherapy"}
)
"""Inputs that a decision can change: marked, and never said to change the risk by that."""


@dataclass(frozen=True)
class GroupSum:
    """Contributions of one group of inputs, and their sums."""

    name: str
    parts: tuple[Contribution, ...]
    log_odds: float
    points: float


def grouped(contributions: Sequence[Contribution]) -> list[GroupSum]:
    """Contributions by group, the largest sum first; the sums add up as the parts do."""
    by_name = {part.feature: part for part in contributions}
    sums = []
    for name, inputs in GROUPS.items():
        parts = tuple(by_name[feature] for feature in inputs if feature in by_name)
        ranked = tuple(sorted(parts, key=lambda part: -abs(part.points)))
        sums.append(
            GroupSum(
                name,
                ranked,
                sum(part.log_odds for part in parts),
                sum(part.points for part in parts),
            )
        )
    return sorted(sums, key=lambda group: -abs(group.points))

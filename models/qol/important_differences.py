"""What a difference of QLQ-C30 points means for one patient, and which scores call for attention.

Differences between groups are smaller than those that matter to one person; nothing here is for
comparing groups.

Reference:
    Osoba D et al. J Clin Oncol 1998;16:139-44, doi 10.1200/JCO.1998.16.1.139: sizes of change that
    patients notice (anchored for QL, PF, EF and SF).
    Snyder CF et al. Qual Life Res 2015;24:1207-16, doi 10.1007/s11136-014-0853-y: 10 points as the
    change that flags one patient.
    Giesinger JM et al. J Clin Epidemiol 2020;118:1-8, doi 10.1016/j.jclinepi.2019.10.003:
    thresholds for clinical importance; the study was seen, its numbers were not.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from models.qol.qlq_c30 import SCALES, SUMMARY

Size = Literal["hardly any", "small", "moderate", "large"]

SMALL, MODERATE, LARGE = 5.0, 10.0, 20.0
INDIVIDUAL = 10.0
"""Change that flags one patient, in points, in either direction."""
SIZE_SOURCE = "Osoba 1998"
INDIVIDUAL_SOURCE = "Snyder 2015"


def size_of_change(points: float) -> Size:
    """Size class of a difference in points, whatever its direction."""
    size = abs(points)
    if size < SMALL:
        return "hardly any"
    if size < MODERATE:
        return "small"
    return "moderate" if size < LARGE else "large"


@dataclass(frozen=True)
class ClinicalImportance:
    """A score of a scale that calls for attention, and whether its number was verified."""

    points: float
    source: str
    verified: bool


_GIESINGER = {
    "PF": 83,
    "RF": 58,
    "EF": 71,
    "CF": 75,
    "SF": 58,
    "FA": 39,
    "NV": 8,
    "PA": 25,
    "DY": 17,
    "SL": 50,
    "AP": 50,
    "CO": 50,
    "DI": 17,
    "FI": 17,
}

CLINICAL_IMPORTANCE = MappingProxyType(
    {
        scale: ClinicalImportance(float(points), "Giesinger 2020", verified=False)
        for scale, points in _GIESINGER.items()
    }
)
"""By scale: important below it where higher is better, above it where higher is worse. There is
none for the global scale and the summary."""


def higher_is_better(scale: str) -> bool:
    """True for the global, functional and summary scales."""
    return scale == SUMMARY or SCALES[scale].higher_is_better


def calls_for_attention(scale: str, points: float) -> bool:
    """Whether a score has crossed the threshold of its scale; False where there is none."""
    threshold = CLINICAL_IMPORTANCE.get(scale)
    if threshold is None:
        return False
    if higher_is_better(scale):
        return points < threshold.points
    return points > threshold.points

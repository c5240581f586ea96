"""What a difference of QLQ-C30 points means for one patient, and which scores call for attention.

Differences between groups are smaller than those that matter to one person; nothing here is for
comparing groups. Sources: ``descriptions.sources``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from models.qol.instruments import QLQ_C30

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


CLINICAL_IMPORTANCE = MappingProxyType(
    {scale.code: scale.importance for scale in QLQ_C30.scales if scale.importance is not None}
)
"""By scale: important below it where higher is better, above it where higher is worse. There is
none for the global scale and the summary."""


def higher_is_better(scale: str) -> bool:
    """True for the global, functional and summary scales."""
    return QLQ_C30.scale(scale).higher_is_better


def calls_for_attention(scale: str, points: float) -> bool:
    """Whether a score has crossed the threshold of its scale; False where there is none."""
    return QLQ_C30.scale(scale).calls_for_attention(points)

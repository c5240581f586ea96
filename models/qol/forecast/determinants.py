"""What a score goes with: from a typical patient's score to this one's, group by group.

Association in the cohort that the model was trained on, not cause: a steroid is given because of
an irAE, and both go with the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.arrays import Floats
from models.qol.forecast.inputs import INPUT_BY_NAME, TIME_COLUMNS
from models.qol.forecast.targets import Target
from models.risk.prediction import InexactExplanation

TOLERANCE = 1e-6
"""Largest difference, relative to the scale, between a score and the parts that explain it."""

_BY_DOMAIN = {
    "person": "person and lifestyle",
    "disease": "disease",
    "treatment": "immunotherapy",
    "comorbidity": "other diseases",
    "medicines": "steroids",
    "laboratory": "disease",
    "irAE history": "irAE",
    "quality of life": "score at the start",
}
_GENERAL_CONDITION = "ecog"  # belongs to the disease here, not to the person's habits
GROUPS: tuple[str, ...] = (
    "score at the start",
    "irAE",
    "steroids",
    "disease",
    "immunotherapy",
    "other diseases",
    "person and lifestyle",
)
"""Parts in the order they are shown."""


@dataclass(frozen=True)
class Part:
    """One group of inputs and the ``points`` it adds to the score.

    ``inputs`` are (name, value, points), the largest first; value is None where missing.
    """

    group: str
    points: float
    inputs: tuple[tuple[str, float | None, float], ...]


@dataclass(frozen=True)
class Determinants:
    """One score taken apart: typical + parts + ``unexplained`` = score.

    ``typical`` is the mean score of the training patients at this time on treatment, and of those
    without a score at the start where there is none;
    ``unexplained`` is what the inputs do not tell.
    """

    score: float
    typical: float
    parts: tuple[Part, ...]
    unexplained: float


def determinants(
    target: Target,
    score: float,
    expected: float,
    values: Mapping[str, float | None],
    contributions: Floats,
) -> Determinants:
    """Split one score.

    Args:
        target: the scale.
        score: as observed.
        expected: what the model of the level says, computed apart from the contributions.
        values: its inputs in the order of its columns, None where missing.
        contributions: shape (inputs + 1,), exact TreeSHAP values, expected value last.

    Raises:
        InexactExplanation: the contributions do not add up to ``expected``.
    """
    width = target.scale.high - target.scale.low
    if not abs(contributions.sum() - expected) <= TOLERANCE * width:
        raise InexactExplanation("The parts do not add up to the expected score.")
    rows = [
        (name, value, float(points))
        for (name, value), points in zip(values.items(), contributions[:-1], strict=True)
    ]
    own = sorted(
        (row for row in rows if not _belongs_to_base(row[0], row[1])), key=lambda row: -abs(row[2])
    )
    parts = []
    for group in GROUPS:
        inputs = tuple(row for row in own if _group(row[0]) == group)
        parts.append(Part(group, sum(points for _, _, points in inputs), inputs))
    typical = expected - sum(part.points for part in parts)
    return Determinants(score, typical, tuple(parts), score - expected)


def _group(name: str) -> str:
    return "disease" if name == _GENERAL_CONDITION else _BY_DOMAIN[INPUT_BY_NAME[name].domain]


def _belongs_to_base(name: str, value: float | None) -> bool:
    """Time on treatment, and a start that is not known, say nothing of the patient."""
    return name in TIME_COLUMNS or (name.startswith("start_") and value is None)

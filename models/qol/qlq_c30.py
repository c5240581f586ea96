"""QLQ-C30 version 3: thirty answers to fifteen scales and the summary score.

Items are known by number only; their wording is copyright of EORTC and needs a permission.

Reference:
    Fayers PM et al. EORTC QLQ-C30 Scoring Manual, 3rd edition (2001): items of each scale,
    linear transformation, at least half of the items answered.
    Giesinger JM et al. J Clin Epidemiol 2016;69:79-88: summary score.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

ITEMS: tuple[str, ...] = tuple(f"q{number}" for number in range(1, 31))
"""Column names of the answers, in order."""

SUMMARY = "SUM"


@dataclass(frozen=True)
class Scale:
    """One scale: its items by number, and which way its points run.

    ``range`` is the largest answer code minus the smallest: 3, or 6 for the global scale.
    """

    code: str
    label: str
    kind: Literal["global", "functional", "symptom"]
    items: tuple[int, ...]
    range: int = 3

    @property
    def higher_is_better(self) -> bool:
        """True for the global and the functional scales."""
        return self.kind != "symptom"

    @property
    def minimum_answered(self) -> int:
        """Answers needed for a score: at least half of the items."""
        return (len(self.items) + 1) // 2


_SCALES = (
    Scale("QL", "global quality of life", "global", (29, 30), 6),
    Scale("PF", "physical functioning", "functional", (1, 2, 3, 4, 5)),
    Scale("RF", "role functioning", "functional", (6, 7)),
    Scale("EF", "emotional functioning", "functional", (21, 22, 23, 24)),
    Scale("CF", "cognitive functioning", "functional", (20, 25)),
    Scale("SF", "social functioning", "functional", (26, 27)),
    Scale("FA", "fatigue", "symptom", (10, 12, 18)),
    Scale("NV", "nausea and vomiting", "symptom", (14, 15)),
    Scale("PA", "pain", "symptom", (9, 19)),
    Scale("DY", "dyspnoea", "symptom", (8,)),
    Scale("SL", "insomnia", "symptom", (11,)),
    Scale("AP", "appetite loss", "symptom", (13,)),
    Scale("CO", "constipation", "symptom", (16,)),
    Scale("DI", "diarrhoea", "symptom", (17,)),
    Scale("FI", "financial difficulties", "symptom", (28,)),
)

SCALES = MappingProxyType({scale.code: scale for scale in _SCALES})
"""Every scale by code, in the order of the scoring manual; the summary score is not among them."""

SCALE_CODES: tuple[str, ...] = (*SCALES, SUMMARY)

_LARGEST = np.array([7.0 if number in SCALES["QL"].items else 4.0 for number in range(1, 31)])


def score(answers: npt.ArrayLike) -> dict[str, npt.NDArray[np.float64]]:
    """Score questionnaires: points from 0 to 100 per scale.

    Global and functional scales: higher is better. Symptom scales: higher is worse. The
    summary is the mean of the 13 scales other than QL and FI, symptoms reversed: higher is
    better. Unanswered items are left out of a scale while at least half of its items are
    answered, otherwise the scale is missing; the summary needs all of its 13 scales.

    Args:
        answers: shape (n, 30), the codes of items 1 to 30 (1 to 4; items 29 and 30: 1 to 7),
            NaN where unanswered.

    Returns:
        Scale code (QL PF RF EF CF SF FA NV PA DY SL AP CO DI FI SUM) to an array of shape
        (n,), NaN where the rules allow no score.

    Raises:
        ValueError: another shape, or a code outside its range; nothing is clipped.
    """
    codes = _checked(answers)
    scores = {code: _points(codes, scale) for code, scale in SCALES.items()}
    scores[SUMMARY] = _summary(scores)
    return scores


def _checked(answers: npt.ArrayLike) -> npt.NDArray[np.float64]:
    codes = np.asarray(answers, dtype=np.float64)
    if codes.ndim != 2 or codes.shape[1] != len(ITEMS):
        raise ValueError(f"QLQ-C30 needs {len(ITEMS)} answers per form, not shape {codes.shape}.")
    wrong = ~np.isnan(codes) & ((codes < 1) | (codes > _LARGEST) | (codes != np.floor(codes)))
    if wrong.any():
        form, item = np.argwhere(wrong)[0]
        raise ValueError(
            f"QLQ-C30 form {form + 1}, {ITEMS[item]}: the answer code is not one of"
            f" 1 to {_LARGEST[item]:.0f}."
        )
    return codes


def _points(codes: npt.NDArray[np.float64], scale: Scale) -> npt.NDArray[np.float64]:
    answers = codes[:, [number - 1 for number in scale.items]]
    answered = np.count_nonzero(~np.isnan(answers), axis=1)
    raw = np.nansum(answers, axis=1) / np.maximum(answered, 1)
    share = (raw - 1) / scale.range
    if scale.kind == "functional":
        share = 1 - share
    return np.where(answered >= scale.minimum_answered, 100 * share, np.nan)


def _summary(scores: dict[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    parts = [
        scores[code] if scale.higher_is_better else 100 - scores[code]
        for code, scale in SCALES.items()
        if code not in ("QL", "FI")
    ]
    summary: npt.NDArray[np.float64] = np.mean(parts, axis=0)
    return summary  # NaN as soon as one scale is missing

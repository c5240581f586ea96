"""EQ-5D-5L: five answers to an index by a country's value set.

Dimensions are known by a letter code only; their wording is copyright of EuroQol and needs a
licence.

Reference:
    Herdman M et al. Qual Life Res 2011;20:1727-36; value sets in ``eq5d5l_value_sets``.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.qol.eq5d5l_value_sets import ValueSet

DIMENSIONS: tuple[str, ...] = ("mo", "sc", "ua", "pd", "ad")
"""Column names of the answers, in order."""

LABELS = MappingProxyType(
    {
        "mo": "mobility",
        "sc": "self-care",
        "ua": "usual activities",
        "pd": "pain or discomfort",
        "ad": "anxiety or depression",
    }
)
VAS = "vas"
"""Column of the visual analogue scale, 0 (worst) to 100 (best)."""

INDEX = "index"
LEVELS = 5
DECIMALS = 3
VAS_RANGE = (0.0, 100.0)


def index(answers: npt.ArrayLike, value_set: ValueSet) -> Floats:
    """Index of each form: 1 is full health, 0 as bad as being dead, below 0 worse.

    The sum of what each level takes from 1 is rounded once, at the end, to three decimals.
    Nothing is imputed: a form with an unanswered dimension has no index.

    Args:
        answers: shape (n, 5), levels 1 to 5 in the order of ``DIMENSIONS``, NaN where unanswered.
        value_set: of the person's country.

    Returns:
        Shape (n,), NaN where a dimension was not answered.

    Raises:
        ValueError: another shape, or a level that is none; nothing is clipped.
    """
    levels = checked_levels(answers)
    steps = np.zeros((len(DIMENSIONS), LEVELS))
    steps[:, 1:] = value_set.decrements
    known = ~np.isnan(levels).any(axis=1)
    found = np.full(len(levels), np.nan)
    taken = steps[np.arange(len(DIMENSIONS)), levels[known].astype(int) - 1].sum(axis=1)
    trouble = (levels[known] > 1).any(axis=1)
    # A sum of exact decimals may end at ...4999: the second rounding is the one that counts.
    found[known] = np.round(np.round(1 + taken + value_set.any_problem * trouble, 9), DECIMALS)
    return found


def checked_levels(answers: npt.ArrayLike) -> Floats:
    """Answers as levels.

    Raises:
        ValueError: as ``index``.
    """
    levels = np.asarray(answers, dtype=np.float64)
    if levels.ndim != 2 or levels.shape[1] != len(DIMENSIONS):
        raise ValueError(
            f"EQ-5D-5L needs {len(DIMENSIONS)} answers per form, not shape {levels.shape}."
        )
    whole = levels == np.floor(levels)
    wrong = ~np.isnan(levels) & ~(whole & (levels >= 1) & (levels <= LEVELS))
    if wrong.any():
        form, item = np.argwhere(wrong)[0]
        raise ValueError(
            f"EQ-5D-5L form {form + 1}, {DIMENSIONS[item]}: the level is not one of 1 to {LEVELS}."
        )
    return levels


def checked_vas(answers: npt.ArrayLike) -> Floats:
    """Answers on the visual analogue scale, shape (n,), NaN where unanswered.

    Raises:
        ValueError: an answer below 0 or above 100.
    """
    marks = np.asarray(answers, dtype=np.float64)
    low, high = VAS_RANGE
    wrong = ~np.isnan(marks) & ~((marks >= low) & (marks <= high))
    if wrong.any():
        form = int(np.argwhere(wrong)[0, 0])
        raise ValueError(f"EQ-5D-5L form {form + 1}, {VAS}: the mark is not between 0 and 100.")
    return marks

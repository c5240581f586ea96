"""Overlap weights: the comparison of two cohorts as if they were alike in some characteristics.

Each person is weighted by the probability of being in the other cohort. From a logistic model the
weighted means of every characteristic in it are then equal in both cohorts. Everything is fitted
on grouped counts: one cell for each combination of characteristics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.cohort.time_counts import Ints

MOST_STEPS = 50
_TOLERANCE = 1e-10
_LARGEST_LOG_ODDS = 15.0
"""Beyond it a probability is 0 or 1 in all but name: the cohorts have nobody in common there."""


class NotComparable(ValueError):
    """The cohorts do not overlap in what they are adjusted for; the message says so in words."""


@dataclass(frozen=True)
class Propensity:
    """Log-odds of being in cohort A rather than B.

    ``effects`` holds for each characteristic the log-odds of its codes against the most frequent
    code, which has 0.
    """

    intercept: float
    effects: Mapping[str, Mapping[int, float]]

    def probability(self, cells: Mapping[str, Ints]) -> Floats:
        """Probability of being in A for each cell; codes not met in the fit count as 0."""
        log_odds: Floats = np.full(len(next(iter(cells.values()))), self.intercept)
        for name, effects in self.effects.items():
            codes = list(effects)
            values = np.array([effects[code] for code in codes])
            order = np.argsort(codes)
            place = np.searchsorted(codes, cells[name], sorter=order)
            log_odds = log_odds + values[order][np.minimum(place, len(codes) - 1)]
        return 1 / (1 + np.exp(-log_odds))


def propensity(cells: Mapping[str, npt.ArrayLike], in_a: Floats, in_b: Floats) -> Propensity:
    """Logistic regression of membership on characteristics, by Newton's method.

    Args:
        cells: the code of each characteristic in each of c cells, missing as a code of its own.
        in_a: shape (c,), people of A in each cell.
        in_b: shape (c,), people of B.

    Raises:
        NotComparable: the cohorts hardly overlap, so no finite fit exists.
    """
    coded = {name: np.asarray(codes, dtype=np.int64) for name, codes in cells.items()}
    people = in_a + in_b
    columns, names = _design(coded, people)
    share = in_a.sum() / people.sum()
    beta = np.zeros(columns.shape[1])
    beta[0] = np.log(share / (1 - share))
    for _ in range(MOST_STEPS):
        log_odds = columns @ beta
        if np.abs(log_odds).max() > _LARGEST_LOG_ODDS:
            break
        chance = 1 / (1 + np.exp(-log_odds))
        slope = columns.T @ (in_a - people * chance)
        weight = people * chance * (1 - chance)
        step = np.linalg.lstsq((columns.T * weight) @ columns, slope, rcond=None)[0]
        beta = beta + step
        if np.abs(step).max() < _TOLERANCE:
            return _named(beta, names, coded)
    raise NotComparable(
        "The cohorts hardly overlap in these characteristics: in some of their groups nearly"
        " everybody belongs to one cohort, so no weights make them alike."
    )


def _design(cells: Mapping[str, Ints], people: Floats) -> tuple[Floats, Sequence[tuple[str, int]]]:
    """Intercept and one column per code but the most frequent of each characteristic."""
    columns, names = [np.ones(len(people))], []
    for name, codes in cells.items():
        found, place = np.unique(codes, return_inverse=True)
        reference = np.argmax(np.bincount(place, weights=people))
        for position, code in enumerate(found):
            if position != reference:
                columns.append((codes == code).astype(np.float64))
                names.append((name, int(code)))
    return np.column_stack(columns), names


def _named(beta: Floats, names: Sequence[tuple[str, int]], cells: Mapping[str, Ints]) -> Propensity:
    effects = {name: {int(code): 0.0 for code in np.unique(codes)} for name, codes in cells.items()}
    for (name, code), value in zip(names, beta[1:], strict=True):
        effects[name][code] = float(value)
    return Propensity(float(beta[0]), effects)


def effective_size(weight: Floats, people: Floats) -> float:
    """People that as many unweighted ones would tell as much as: (sum w)^2 / sum w^2.

    Args:
        weight: shape (c,), weight of each person in a cell.
        people: shape (c,), people in the cell.
    """
    total = float((weight * people).sum())
    squares = float((weight**2 * people).sum())
    return total**2 / squares if squares else 0.0

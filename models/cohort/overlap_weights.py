"""Overlap weights: two cohorts made alike in chosen variables, from grouped cells.

A cell is a combination of levels with the people of each cohort in it. The propensity e of a
cell is the modelled chance that one of its people is of cohort A. People of A count 1 - e and
people of B count e, so those who could be in either cohort count most. With a maximum-likelihood
logistic model the weighted shares of every level in the model are then exactly equal.

Reference:
    Li F, Morgan KL, Zaslavsky AM. JASA 2018;113:390-400.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from models.arrays import Floats, Integers

MISSING = -1
"""Code of a value that is not recorded: a level like any other."""

LEAST_OVERLAP = 0.1
"""Sum of weights, in people, below which the cohorts count as apart."""

TOLERANCE = 1e-10
"""Largest difference of a weighted share between the cohorts at which fitting ends."""

MOST_STEPS = 100

LONGEST_STEP = 4.0
"""Log-odds that one step may move by: from further away Newton's method may not come back."""


class NotComparable(ValueError):
    """The cohorts do not overlap; the message is a sentence for the reader."""


@dataclass(frozen=True, eq=False)
class Design:
    """Columns of a model with an intercept and an indicator per level but the reference.

    ``matrix`` has shape (cells, 1 + levels); ``levels[i]`` is the variable and code of column
    i + 1.
    """

    matrix: Floats
    levels: tuple[tuple[str, int], ...]


def design(levels: Mapping[str, Integers], people: Floats) -> Design:
    """The design matrix of cells of categorical variables.

    The reference of a variable is its most frequent level, the smallest code where several are.

    Args:
        levels: variable to its codes, shape (cells,), ``MISSING`` where not recorded.
        people: shape (cells,), people of both cohorts, for the frequencies.

    Raises:
        ValueError: a variable without one code per cell.
    """
    columns, names = [np.ones(people.shape)], []
    for variable, codes in levels.items():
        if codes.shape != people.shape or codes.dtype.kind not in "iu":
            raise ValueError("Every variable must have one whole code per cell.")
        present, place = np.unique(codes, return_inverse=True)
        frequent = int(np.argmax(np.bincount(place, weights=people))) if present.size else 0
        for position, code in enumerate(present):
            if position != frequent:
                columns.append((place == position).astype(np.float64))
                names.append((variable, int(code)))
    return Design(np.column_stack(columns), tuple(names))


@dataclass(frozen=True, eq=False)
class OverlapWeights:
    """The fitted propensity model and the weights it gives, per cell of shape (cells,).

    Attributes:
        coefficients: shape (columns,), log-odds of being of cohort A. Where columns depend on
            each other they are one of many solutions with the same propensities. Where a level
            is only in one cohort its coefficient grows without end and is as far as fitting
            went; the weights of its people have then gone to 0.
        converged: the balance is exact to rounding.
        propensity: chance of being of cohort A.
        weight_a: weight of each person of A, 1 - propensity.
        weight_b: weight of each person of B, the propensity.
        effective: effective sample size (sum w)² / sum w² of A and of B.
    """

    coefficients: Floats
    converged: bool
    propensity: Floats
    weight_a: Floats
    weight_b: Floats
    effective: tuple[float, float]


def overlap_weights(matrix: Floats, people_a: Floats, people_b: Floats) -> OverlapWeights:
    """Fit the propensity of being of cohort A by maximum likelihood and weight by overlap.

    Newton's method (iteratively reweighted least squares) on the cells, with steps of at most
    ``LONGEST_STEP``.

    Args:
        matrix: shape (cells, columns), with an intercept as first column.
        people_a: shape (cells,), people of cohort A.
        people_b: shape (cells,), people of cohort B.

    Raises:
        NotComparable: a cohort is empty, or the variables tell the cohorts apart (almost)
            without error.
        ValueError: shapes that do not fit, counts that are negative or not finite.
    """
    _check(matrix, people_a, people_b)
    if not people_a.sum() or not people_b.sum():
        raise NotComparable("One of the cohorts is empty, so there is nothing to adjust.")
    coefficients, converged = _fit(matrix, people_a, people_b)
    log_odds = matrix @ coefficients
    weight_a, weight_b = expit(-log_odds), expit(log_odds)
    effective = (effective_size(people_a, weight_a), effective_size(people_b, weight_b))
    return OverlapWeights(coefficients, converged, weight_b, weight_a, weight_b, effective)


def _fit(matrix: Floats, people_a: Floats, people_b: Floats) -> tuple[Floats, bool]:
    people = people_a + people_b
    coefficients = np.zeros(matrix.shape[1])
    coefficients[0] = np.log(people_a.sum() / people_b.sum())
    for _ in range(MOST_STEPS):
        log_odds = matrix @ coefficients
        residual = people_a * expit(-log_odds) - people_b * expit(log_odds)
        spread = people * expit(log_odds) * expit(-log_odds)
        if spread.sum() < LEAST_OVERLAP:
            raise NotComparable("The cohorts do not overlap in these variables.")
        gradient = matrix.T @ residual
        if np.max(np.abs(gradient)) <= TOLERANCE * spread.sum():
            return coefficients, True
        coefficients = coefficients + _newton_step(matrix, spread, gradient)
    return coefficients, False


def _newton_step(matrix: Floats, spread: Floats, gradient: Floats) -> Floats:
    """The step that least squares gives, no log-odds moving by more than ``LONGEST_STEP``."""
    hessian = (matrix.T * spread) @ matrix
    # Levels differ in size by orders of magnitude; on one scale the system keeps its digits.
    diagonal = np.diag(hessian)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = np.linalg.lstsq(hessian / np.outer(scale, scale), gradient / scale, rcond=1e-14)[0]
    step = np.asarray(scaled / scale, dtype=np.float64)
    return step * min(1.0, LONGEST_STEP / max(float(np.max(np.abs(matrix @ step))), 1e-300))


def effective_size(people: Floats, weight: Floats) -> float:
    """Effective sample size (sum w)² / sum w² of people with weights per cell; 0 for nobody."""
    squares = float(np.sum(people * weight**2))
    return float(np.sum(people * weight)) ** 2 / squares if squares else 0.0


def _check(matrix: Floats, people_a: Floats, people_b: Floats) -> None:
    if matrix.ndim != 2 or not matrix.shape[1]:
        raise ValueError("The design must have a row per cell and a column per level.")
    if people_a.shape != matrix.shape[:1] or people_b.shape != matrix.shape[:1]:
        raise ValueError("Both cohorts must have one count per cell.")
    if not np.all(np.isfinite(matrix)) or not np.all(matrix[:, 0] == 1):
        raise ValueError("The design must be finite and begin with an intercept.")
    counts = np.concatenate((people_a, people_b))
    if not np.all(np.isfinite(counts)) or np.any(counts < 0):
        raise ValueError("Counts must be numbers of 0 or more.")

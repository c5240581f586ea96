"""Exact linear algebra on the cohorts released to one viewer, modulo a prime.

Cohorts are vectors of 0 and 1 over atoms (groups of people with the same membership everywhere). A
*frame* is one basis of their span in reduced form: row i is 1 at its own pivot atom and 0 at the
pivots of all other rows. Only the inverse of the pivot columns is kept, so a cohort is added with
work in the square of the number of cohorts, however many people there are.

Why modulo a prime: it is exact, where floating point has to guess which of its small numbers are
zeros. It is also on the safe side. A vector of the true span that is zero at an atom can be scaled
to whole numbers without a common divisor, so it is not zero modulo the prime and still zero at that
atom: as long as the rank is the true rank, no vector of small support is overlooked, and there can
only be more of them. The rank is the true rank because a cohort that is independent modulo the
prime is independent, and one that is not is taken to be dependent only where the combination was
verified in whole numbers (``combination``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Integers

PRIME = 2**31 - 1

_BLOCK = 2048
_MOST_DENOMINATOR = 64

Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """One basis in reduced form.

    ``pivots`` are the atoms of the rows; ``inverse`` times the pivot columns of the cohorts is the
    unit matrix, so row i of the basis is ``inverse[i]`` times the cohorts.
    """

    pivots: Integers
    inverse: Integers

    def rows(self, which: Integers, cohorts: Bits) -> Integers:
        """Values of some rows of the basis at atoms: atoms x rows.

        Args:
            which: numbers of the rows.
            cohorts: 0 or 1 by atom and cohort.
        """
        return _times(cohorts, self.inverse[which].T)

    def residual(self, cohort: Integers, at: Integers, cohorts: Bits) -> Integers:
        """What is left of a new cohort, at some atoms, once the span is taken away.

        Args:
            cohort: 0 or 1 by atom, for all atoms.
            at: the atoms asked for.
            cohorts: 0 or 1 by atom and cohort, for all atoms.
        """
        weights = self.weights(cohort)
        return (cohort[at] - _times(cohorts[at], weights[:, None])[:, 0]) % PRIME

    def weights(self, cohort: Integers) -> Integers:
        """The combination of the cohorts that equals a new one at the pivots."""
        return cohort[self.pivots] @ self.inverse % PRIME

    def extended(self, cohort: Integers, pivot: int, cohorts: Bits) -> Frame:
        """The frame with one more cohort, which has a residual at ``pivot``."""
        left = int(self.residual(cohort, np.array([pivot]), cohorts)[0])
        row = np.append(-self.weights(cohort), 1) % PRIME * pow(left, -1, PRIME) % PRIME
        rank = len(self.pivots)
        inverse = np.zeros((rank + 1, rank + 1), dtype=np.int64)
        inverse[:rank, :rank] = self.inverse
        inverse[rank] = row
        at_pivot = self.inverse @ cohorts[pivot].astype(np.int64) % PRIME
        inverse[:rank] = (inverse[:rank] - at_pivot[:, None] * row) % PRIME
        return Frame(np.append(self.pivots, pivot), inverse)

    def exchanged(self, row: int, pivot: int, cohorts: Bits) -> Frame:
        """The frame with another pivot for one row, which is not 0 there."""
        inverse = self.inverse.copy()
        at_pivot = inverse @ cohorts[pivot].astype(np.int64) % PRIME
        scaled = inverse[row] * pow(int(at_pivot[row]), -1, PRIME) % PRIME
        inverse = (inverse - at_pivot[:, None] * scaled) % PRIME
        inverse[row] = scaled
        pivots = self.pivots.copy()
        pivots[row] = pivot
        return Frame(pivots, inverse)


def empty_frame() -> Frame:
    """The basis of nothing."""
    return Frame(np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.int64))


def is_combination(weights: Integers) -> bool:
    """Whether weights modulo the prime are those of a true combination.

    They are when they are fractions with a small common denominator: both sides, times the
    denominator, are then whole numbers below half the prime, and being equal modulo the prime they
    are equal.

    Args:
        weights: of cohorts whose combination equals another cohort modulo the prime.
    """
    most = PRIME // 2 // (len(weights) + 1)
    for denominator in range(1, _MOST_DENOMINATOR + 1):
        numerators = weights * denominator % PRIME
        if np.minimum(numerators, PRIME - numerators).max(initial=0) < most:
            return True
    return False


def first_nonzero(frame: Frame, cohort: Integers, atoms: Integers, cohorts: Bits) -> int | None:
    """The first of some atoms at which a new cohort has a residual; None where it has none."""
    for start in range(0, len(atoms), _BLOCK):
        block = atoms[start : start + _BLOCK]
        found = np.flatnonzero(frame.residual(cohort, block, cohorts))
        if len(found):
            return int(block[found[0]])
    return None


def first_of_row(frame: Frame, row: int, atoms: Integers, cohorts: Bits) -> int | None:
    """The first of some atoms at which a row of the basis is not 0; None where it is 0."""
    for start in range(0, len(atoms), _BLOCK):
        block = atoms[start : start + _BLOCK]
        found = np.flatnonzero(frame.rows(np.array([row]), cohorts[block])[:, 0])
        if len(found):
            return int(block[found[0]])
    return None


def _times(cohorts: Bits, weights: Integers) -> Integers:
    """Product modulo the prime; sums of fewer than 2^22 numbers below 2^31 are exact in floats."""
    product = cohorts.astype(np.float64) @ weights.astype(np.float64)
    found: Integers = product.astype(np.int64) % PRIME
    return found

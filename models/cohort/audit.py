"""Audit of released cohorts: nobody can be singled out by combining them.

Comparing a new cohort with each earlier one is not enough: three cohorts can be combined so that
their numbers add up to one of a handful of people. Here every released cohort is a vector over the
people, 1 for its members, and everything that adding and subtracting released numbers can tell is
a combination of these vectors. A cohort is refused when, with it, some combination might be
non-zero on fewer than ten people only.

Whether one is follows from the projection onto the span of the vectors. If a combination is zero
outside some people T, the part of the projection that belongs to T has an eigenvalue of 1, so its
trace is at least 1: the leverages of the people in T sum to 1 or more. As long as the leverages of
no nine people do, no such combination exists. The converse does not hold, so now and then a
harmless cohort is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.arrays import Floats
from models.cohort.disclosure import MINIMUM_CELL

Bools = npt.NDArray[np.bool_]

_IN_SPAN = 1e-9
"""Squared length, against that of the cohort, below which it adds nothing to what is known."""

_CLOSE_TO_ONE = 1 - 1e-6


class Audit:
    """What has been released to one viewer, over the people who are not the viewer's own.

    People with the same memberships so far form an atom; vectors are constant on atoms, so all is
    kept by atom: sizes, and an orthonormal basis of the span under the inner product of people.
    That everybody's number is known is taken for granted.

    Args:
        people: how many there are; the viewer's own are left out, as they are known one by one.
    """

    def __init__(self, people: int) -> None:
        self._atom: npt.NDArray[np.int32] = np.zeros(people, dtype=np.int32)
        self._sizes: Floats = np.array([float(people)])
        self._basis: Floats = np.full((1, 1), people**-0.5) if people else np.zeros((0, 1))

    @property
    def released(self) -> int:
        """Independent cohorts released, everybody among them."""
        return len(self._basis)

    def admits(self, member: Bools) -> bool:
        """Note a cohort as released if it may be; otherwise change nothing and say no.

        Args:
            member: shape (people,), who belongs to it.

        Raises:
            ValueError: another number of people.
        """
        after = self._after(member)
        if not after.safe:
            return False
        self._atom, self._sizes, self._basis = after.atom, after.sizes, after.basis
        return True

    def copy(self) -> Audit:
        """The same state, to try several cohorts on."""
        same = Audit(0)
        same._atom, same._sizes, same._basis = self._atom, self._sizes, self._basis
        return same

    def _after(self, member: Bools) -> _State:
        if member.shape != self._atom.shape:
            raise ValueError("Membership must be given for every person.")
        if not len(member):
            return _State(self._atom, self._sizes, self._basis)
        halves = self._atom * 2 + member
        counts = np.bincount(halves, minlength=2 * len(self._sizes))
        kept = np.flatnonzero(counts)
        renumbered = np.cumsum(counts > 0, dtype=np.int32) - 1
        sizes = counts[kept].astype(np.float64)
        # A vector is the same on both halves of an atom, so the basis stays orthonormal.
        basis = self._basis[:, kept // 2]
        vector = (kept % 2).astype(np.float64)
        rest = vector
        for _ in range(2):  # twice is enough: Kahan and Parlett
            rest = rest - (basis @ (sizes * rest)) @ basis
        length = float(sizes @ rest**2)
        if length > _IN_SPAN * max(float(sizes @ vector), 1.0):
            basis = np.vstack([basis, rest / np.sqrt(length)])
        return _State(renumbered[halves].astype(np.int32), sizes, basis)


@dataclass(frozen=True)
class _State:
    """Atoms of the people, their sizes, and the basis after a cohort."""

    atom: npt.NDArray[np.int32]
    sizes: Floats
    basis: Floats

    @property
    def safe(self) -> bool:
        """Whether the leverages of no nine people sum to 1."""
        leverage = self.sizes * (self.basis**2).sum(axis=0)
        small = self.sizes < MINIMUM_CELL
        return _largest_sum(leverage[small], self.sizes[small].astype(int)) < _CLOSE_TO_ONE


def _largest_sum(values: Floats, sizes: npt.NDArray[np.int_]) -> float:
    """Largest sum of values of atoms that together hold fewer than ten people (a knapsack)."""
    best = np.zeros(MINIMUM_CELL)
    for size in range(1, MINIMUM_CELL):
        ranked = np.sort(values[sizes == size])[::-1]
        for value in ranked[: (MINIMUM_CELL - 1) // size]:
            best[size:] = np.maximum(best[size:], best[:-size] + value)
    return float(best.max())

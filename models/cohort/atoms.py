"""People with the same membership in all released cohorts, and the bases of the cohorts on them.

Only some of the people are looked at where there are many: a basis that holds on some of them holds
on all, and every support found is at least as large in truth. Others are brought in on demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Bools, Integers
from models.cohort.disclosure import MINIMUM_CELL
from models.cohort.exact_span import Bits, Frame, empty_frame, first_of_row

FRAMES = MINIMUM_CELL // 2
"""Bases with pivots of different people: with these a combination on few people is a row of one."""

_FIRST = 400
"""Atoms on which most rows already have ten people."""


@dataclass(frozen=True)
class Atoms:
    """The people looked at, their atoms, and bases of the cohorts whose pivots are atoms.

    ``people``: their numbers. ``atom``: the atom of each. ``sizes``: how many of them an atom has.
    ``is_big``: ten or more; an atom that grew by people brought in later is not called so.
    ``cohorts``: 0 or 1 by atom and independent cohort. ``frames``: pivots on small atoms are
    different people in all of them; on big atoms they are the same in all of them, and rows with
    pivots on small atoms are 0 on all big ones.
    """

    people: Integers
    atom: Integers
    sizes: Integers
    is_big: Bools
    cohorts: Bits
    frames: tuple[Frame, ...]

    @property
    def big(self) -> Integers:
        """Big atoms, the largest first."""
        big = np.flatnonzero(self.is_big)
        return big[np.argsort(-self.sizes[big], kind="stable")]

    @property
    def loose(self) -> Integers:
        """Rows of the bases that are 0 on all big atoms."""
        return np.flatnonzero(~self.is_big[self.frames[0].pivots])


def one_atom(people: Integers, frames: int = FRAMES) -> Atoms:
    """People of whom nothing was released yet."""
    some = min(len(people), 1)
    return Atoms(
        people,
        np.zeros(len(people), dtype=np.int64),
        np.full(some, len(people)),
        np.full(some, len(people) >= MINIMUM_CELL),
        np.zeros((some, 0), dtype=np.uint8),
        (empty_frame(),) * frames,
    )


def split(atoms: Atoms, member: Bools) -> tuple[Atoms, Integers]:
    """Atoms told apart by one more cohort, and the cohort by atom.

    Args:
        atoms: as they are.
        member: one truth value for each of the people looked at.
    """
    key = 2 * atoms.atom + member
    counts = np.bincount(key, minlength=2 * len(atoms.sizes))
    there = counts > 0
    numbers = np.cumsum(there) - 1
    kept = np.flatnonzero(there)
    parent, cohort, sizes = kept // 2, kept % 2, counts[kept]
    is_big = atoms.is_big[parent] & (sizes >= MINIMUM_CELL)
    halves = np.where(there, numbers, -1).reshape(-1, 2)
    made = Atoms(
        atoms.people,
        numbers[key],
        sizes,
        is_big,
        atoms.cohorts[parent],
        _on_halves(atoms.frames, halves, sizes, is_big),
    )
    were_big = atoms.is_big[atoms.frames[0].pivots]
    return _pivots_on_big(made, np.flatnonzero(were_big)), cohort


def extended(atoms: Atoms, cohort: Integers, pivot: int | None) -> Atoms:
    """The bases with one more cohort.

    A basis for which no people are left is given up.

    Args:
        atoms: already told apart by the cohort.
        cohort: 0 or 1 by atom.
        pivot: a big atom where the cohort is no combination of the others; None where there is
            none.
    """
    frames = atoms.frames
    if pivot is not None:
        frames = tuple(frame.extended(cohort, pivot, atoms.cohorts) for frame in frames)
    else:
        frames = _on_small(atoms, cohort)
    cohorts = np.column_stack([atoms.cohorts, cohort.astype(np.uint8)])
    return replace(atoms, cohorts=cohorts, frames=frames)


def brought_in(atoms: Atoms, people: Integers, cohorts: Bits) -> Atoms:
    """The atoms with more people.

    Args:
        atoms: as they are.
        people: numbers of people not looked at so far.
        cohorts: 0 or 1 by person and independent cohort.
    """
    rows = np.concatenate([atoms.cohorts, cohorts])
    _, first, of = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    known = len(atoms.sizes)
    # Atoms keep their numbers; the others follow.
    fresh = np.flatnonzero(first >= known)
    number = first.copy()
    number[fresh] = known + np.arange(len(fresh))
    atom = np.concatenate([atoms.atom, number[of[known:]]])
    more = len(fresh)
    return Atoms(
        np.concatenate([atoms.people, people]),
        atom,
        np.bincount(atom, minlength=known + more),
        np.concatenate([atoms.is_big, np.zeros(more, dtype=np.bool_)]),
        np.concatenate([atoms.cohorts, rows[first[fresh]]]),
        atoms.frames,
    )


def light_rows(atoms: Atoms, frame: Frame) -> Integers:
    """Rows of a basis that are 0 on all big atoms and on all but nine of the people looked at."""
    rows = atoms.loose
    small = np.flatnonzero(~atoms.is_big)
    for at in (small[:_FIRST], small):
        if len(rows):
            values = frame.rows(rows, atoms.cohorts[at])
            rows = rows[atoms.sizes[at] @ (values != 0) < MINIMUM_CELL]
    return rows


def _on_halves(
    frames: Sequence[Frame], halves: Integers, sizes: Integers, is_big: Bools
) -> tuple[Frame, ...]:
    """Pivots moved to one half of their atom: a big one, else such that all are other people."""
    free = sizes.copy()
    moved = []
    for frame in frames:
        pair = halves[frame.pivots]
        there = pair >= 0
        room = np.where(there, free[pair] + is_big[pair] * sizes.sum(), 0)
        pivots = pair[np.arange(len(pair)), np.argmax(room, axis=1)]
        # The frames stay in step on the big atoms; rows of one frame have different pivots.
        free[pivots[~is_big[pivots]]] -= 1
        moved.append(replace(frame, pivots=pivots))
    return tuple(moved)


def _pivots_on_big(atoms: Atoms, rows: Integers) -> Atoms:
    """Of these rows those that are not 0 on all big atoms get a pivot there.

    The others were 0 on all big atoms before, and still are. The frames keep in step.
    """
    frames, big = atoms.frames, atoms.big
    for row in np.intersect1d(rows, atoms.loose):
        pivot = first_of_row(frames[0], int(row), big, atoms.cohorts)
        if pivot is not None:
            frames = tuple(frame.exchanged(int(row), pivot, atoms.cohorts) for frame in frames)
    return replace(atoms, frames=frames)


def _on_small(atoms: Atoms, cohort: Integers) -> tuple[Frame, ...]:
    small = np.flatnonzero(~atoms.is_big)
    pivots = np.concatenate([frame.pivots for frame in atoms.frames])
    free = (atoms.sizes - np.bincount(pivots, minlength=len(atoms.sizes)))[small]
    frames = []
    for frame in atoms.frames:
        left = frame.residual(cohort, small, atoms.cohorts) != 0
        best = int(np.argmax(np.where(left, free, 0)))
        if left[best] and free[best] > 0:
            free[best] -= 1
            frames.append(frame.extended(cohort, int(small[best]), atoms.cohorts))
    return tuple(frames)

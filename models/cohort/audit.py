"""The audit of released cohorts: together they must not single out fewer than ten people.

A released cohort is a vector of 0 and 1 over the people who are not the viewer's own patients;
those the viewer knows one by one, so they are left out. Everybody is a cohort like any other.
Counts of released cohorts can be added and subtracted, so what a viewer can work out are the
combinations of the vectors. A new cohort is refused when any combination would be non-zero on
one to nine people. That covers cohorts that differ by one to nine, complements, and combinations of
three and more, none of which may differ by few from any other.

People with the same membership everywhere are an *atom*. A combination that is non-zero on one to
nine people is zero on every atom of ten and more, so what matters is the space of the combinations
that vanish on all of those. Where it has one dimension its support is known exactly. Else five
bases are kept whose pivots are five sets of different people. A combination on at most nine people
has at most one of its pivots in at least one basis (five times two would be ten people), so it is,
but for a factor, a row of that basis: looking at all rows of all five decides exactly. Two
dimensions are also decided exactly without five. Where there are more and there are not five bases,
the cohort is refused to be safe.

Released numbers are rounded, which hides single patients only while it is not averaged away: the
count of one group can be worked out over and over from unions with other groups, each rounded anew,
until it is exact (in simulations thirty unions of seven groups were enough). So a cohort that is a
combination of those released, and not one of them, is admitted only if it is a sum or difference of
two or what parts leave of a whole (the last country of a cohort), and is no combination of the
others that were admitted so. No set of k independent cohorts is then measured more than 2 k times.
Complements and remainders pass, in everybody and in a cohort; systematic unions do not.

Of many people some are looked at: if no combination is on few of them, none is on few of all. Where
one is, its people are counted among all, and brought in when they are at least ten.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.arrays import Bools, Integers
from models.cohort.atoms import (
    FRAMES,
    Atoms,
    brought_in,
    extended,
    light_rows,
    one_atom,
    split,
)
from models.cohort.disclosure import MINIMUM_CELL
from models.cohort.exact_span import PRIME, Bits, first_nonzero, is_combination

LOOKED_AT = 4_000
"""People looked at from the start."""

_ONE = 1
"""Bases of the second layer: everything in it was admitted to the first."""

_TERMS = 2
"""Independent cohorts that a cohort of the second layer may be made of."""

_BROUGHT_IN = 10 * MINIMUM_CELL

Refusal = Literal["difference", "redundant", "unproven"]
"""Why a cohort is refused: together with what was released before it would single out fewer than
ten people; it would measure once more what was measured twice; neither could be ruled out."""


@dataclass(frozen=True)
class _Released:
    """Independent cohorts: all members in bytes of eight cohorts, and atoms of those looked at."""

    people: int
    packed: tuple[Bits, ...]
    rank: int
    atoms: Atoms

    def bits(self, people: Integers) -> Bits:
        """0 or 1 by person and cohort."""
        columns = [self.packed[k // 8][people] >> (k % 8) & 1 for k in range(self.rank)]
        return np.stack(columns, axis=1).astype(np.uint8)

    def combined(self, weights: Integers) -> Integers:
        """A combination of the cohorts, by person, modulo the prime."""
        total = np.zeros(self.people, dtype=np.int64)
        blocks = 0
        for block, byte in enumerate(self.packed):
            of = weights[8 * block : 8 * block + 8]
            if of.any():
                table = np.unpackbits(
                    np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"
                )[:, : len(of)].astype(np.int64)
                total += (table @ of % PRIME)[byte]
                blocks += 1
        # A remainder for everybody takes longer than all the rest.
        return total if blocks < 2 else total % PRIME

    def left_of(self, member: Bools, weights: Integers) -> Integers:
        """People on whom a cohort is not this combination of the others."""
        return np.flatnonzero(self.combined(weights) != member)

    def can_bring_in(self, people: Integers) -> bool:
        """Whether some of these people are not looked at yet."""
        return len(np.setdiff1d(people, self.atoms.people)) > 0

    def looking_at(self, people: Integers) -> _Released:
        """With some more of these people looked at."""
        fresh = np.setdiff1d(people, self.atoms.people)[:_BROUGHT_IN]
        atoms = brought_in(self.atoms, fresh, self.bits(fresh))
        return replace(self, atoms=atoms)

    def plus(self, member: Bools, atoms: Atoms) -> _Released:
        """With one more cohort."""
        bit = member.astype(np.uint8) << np.uint8(self.rank % 8)
        packed = self.packed
        if self.rank % 8:
            packed = (*packed[:-1], packed[-1] | bit)
        else:
            packed = (*packed, bit)
        return replace(self, packed=packed, rank=self.rank + 1, atoms=atoms)


@dataclass(frozen=True)
class _State:
    """Both layers, and the digests of all cohorts in them."""

    first: _Released
    second: _Released
    seen: frozenset[bytes]


class Audit:
    """What has been released to one viewer, over the people who are not the viewer's own.

    Args:
        people: how many there are; the viewer's own are left out, as they are known one by one.
    """

    def __init__(self, people: int) -> None:
        self._people = people
        first, second = (_nothing(people, frames) for frames in (FRAMES, _ONE))
        self._state = _State(first, second, frozenset())
        self._last: tuple[bytes, _State | Refusal] | None = None

    @property
    def released(self) -> int:
        """Independent cohorts released."""
        return self._state.first.rank

    def admits(self, member: Bools) -> bool:
        """Note a cohort as released if it may be; otherwise change nothing and say no.

        Args:
            member: shape (people,), who belongs to it. Nobody: a cohort of own patients only.

        Raises:
            ValueError: another number of people.
        """
        found = self._tried(member)
        if isinstance(found, str):
            return False
        self._state, self._last = found, None
        return True

    def refusal(self, member: Bools) -> Refusal | None:
        """Why a cohort may not be released, without noting it; None where it may."""
        found = self._tried(member)
        return found if isinstance(found, str) else None

    def repeats(self, member: Bools) -> bool:
        """Whether exactly these people were released before.

        Under another definition that would tell that the two differ by nobody: zero is a number
        under ten, so a gate that asks for definitions refuses it.
        """
        return _digest(member) in self._state.seen

    def copy(self) -> Audit:
        """The same state, to try several cohorts on."""
        same = Audit(0)
        same._people, same._state, same._last = self._people, self._state, self._last
        return same

    def _tried(self, member: Bools) -> _State | Refusal:
        if member.shape != (self._people,):
            raise ValueError("Membership must be given for every person.")
        digest = _digest(member)
        if self._last is None or self._last[0] != digest:
            self._last = digest, self._outcome(member, digest)
        return self._last[1]

    def _outcome(self, member: Bools, digest: bytes) -> _State | Refusal:
        state = self._state
        if not member.any():
            return state
        if self._people < MINIMUM_CELL:
            return "difference"
        return state if digest in state.seen else _next(state, member, digest)


def _next(state: _State, member: Bools, digest: bytes) -> _State | Refusal:
    """Both layers after people who were not asked for before."""
    seen = state.seen | {digest}
    first = _with(state.first, member)
    if isinstance(first, str):
        return first
    if first.rank > state.first.rank:
        return _State(first, state.second, seen)
    if not _is_plain(first, member):
        return "redundant"
    second = _with(state.second, member, check=False)
    if isinstance(second, str):
        return second
    return "redundant" if second.rank == state.second.rank else _State(first, second, seen)


def _is_plain(released: _Released, member: Bools) -> bool:
    """Whether a combination is of two of the independent cohorts, or one less several."""
    atoms, cohort = split(released.atoms, member[released.atoms.people])
    weights = atoms.frames[0].weights(cohort)
    terms = weights[weights != 0]
    is_remainder = (terms == 1).sum() == 1 and (terms == PRIME - 1).sum() == len(terms) - 1
    return len(terms) <= _TERMS or bool(is_remainder)


def _digest(member: Bools) -> bytes:
    return hashlib.sha256(np.packbits(member).tobytes()).digest()


def _nothing(people: int, frames: int) -> _Released:
    """A layer before anything was asked."""
    looked_at = np.arange(0, people, max(people // LOOKED_AT, 1))
    return _Released(people, (), 0, one_atom(looked_at, frames))


def _with(released: _Released, member: Bools, *, check: bool = True) -> _Released | Refusal:
    """What is released with one more cohort, the same where it adds nothing, or why not."""
    found = _tried(released, member, check=check)
    while isinstance(found, np.ndarray):
        released = released.looking_at(found)
        found = _tried(released, member, check=check)
    return found


def _tried(released: _Released, member: Bools, *, check: bool) -> _Released | Refusal | Integers:
    """As ``_with``; or people to look at as well, where those looked at are too few to tell."""
    atoms, cohort = split(released.atoms, member[released.atoms.people])
    frame = atoms.frames[0]
    pivot = first_nonzero(frame, cohort, atoms.big, atoms.cohorts)
    if pivot is None and _left_of(cohort, atoms) < MINIMUM_CELL:
        left = released.left_of(member, frame.weights(cohort))
        if not len(left):
            # A combination of what was released: it tells nobody apart.
            return released if is_combination(frame.weights(cohort)) else "unproven"
        return "difference" if len(left) < MINIMUM_CELL else left
    more = extended(atoms, cohort, pivot)
    if len(more.frames) < len(atoms.frames):
        left = released.left_of(member, frame.weights(cohort))
        if released.can_bring_in(left):
            return left
    made = released.plus(member, more)
    flaw = _flaw(made) if check else None
    return made if flaw is None else flaw


def _left_of(cohort: Integers, atoms: Atoms) -> int:
    """People looked at on whom a cohort is no combination of the others."""
    everywhere = np.arange(len(atoms.sizes))
    left = atoms.frames[0].residual(cohort, everywhere, atoms.cohorts)
    return int(atoms.sizes[left != 0].sum())


def _flaw(released: _Released) -> Refusal | Integers | None:
    """Whether some combination is on one to nine people; or people to look at, to tell."""
    atoms = released.atoms
    if not atoms.frames:
        return "unproven"
    loose = atoms.loose
    for frame in atoms.frames:
        for row in light_rows(atoms, frame):
            people = np.flatnonzero(released.combined(frame.inverse[row]))
            return "difference" if len(people) < MINIMUM_CELL else people
    if len(loose) < 2 or len(atoms.frames) == FRAMES:
        return None
    return _flaw_of_two(atoms) if len(loose) == 2 else "unproven"


def _flaw_of_two(atoms: Atoms) -> Refusal | None:
    """Two dimensions: a combination can vanish on the people of one ratio of the two, no more."""
    rows = atoms.frames[0].rows(atoms.loose, atoms.cohorts)
    some = rows.any(axis=1)
    inverse = [pow(int(value), -1, PRIME) if value else 0 for value in rows[some, 0]]
    ratio = np.where(rows[some, 0] != 0, rows[some, 1] * np.array(inverse) % PRIME, -1)
    _, of = np.unique(ratio, return_inverse=True)
    same = np.bincount(of, weights=atoms.sizes[some])
    return "difference" if atoms.sizes[some].sum() - same.max() < MINIMUM_CELL else None

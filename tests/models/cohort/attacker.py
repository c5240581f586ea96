"""A simulated clinic, its gate, and somebody who tries to work single patients out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from models.cohort.audit import Audit
from models.cohort.definition import Cohort, parse_cohort
from models.cohort.disclosure import MINIMUM_CELL, ROUNDING
from models.cohort.release import Protection, Tally, level_shares
from models.cohort.variables import VARIABLES

LEVELS = {"sex": 2, "age": 4, "stage": 4, "ppi": 2, "smoking": 3, "ecog": 2}
"""Attributes of the simulated patients and how many of their levels occur."""

HALF = ROUNDING // 2


@dataclass(frozen=True)
class Clinic:
    """Patients: codes by attribute, one secret bit, and which are the viewer's own."""

    codes: dict[str, np.ndarray]
    secret: np.ndarray
    own: np.ndarray

    def members(self, cohort: Cohort) -> np.ndarray:
        """Who belongs to a cohort, by the conditions that the language made of its expression."""
        return members(cohort, self.codes)

    def members_of(self, expression: str) -> np.ndarray:
        """Who belongs to the cohort of an expression."""
        return self.members(parse_cohort(expression))


def members(cohort: Cohort, codes: dict[str, np.ndarray]) -> np.ndarray:
    """Which of these codes a definition holds for."""
    found = np.ones(len(codes["sex"]), dtype=bool)
    for condition in cohort.conditions:
        levels = [condition.variable.level(word) for word in condition.words]
        holds = np.isin(codes[condition.variable.name], [one.code for one in levels if one])
        found &= ~holds if condition.negated else holds
    return found


def clinic(seed: int, people: int, own_share: float) -> Clinic:
    """Patients with attributes that go together a little, and a secret that goes with some."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=people)
    codes = {}
    for name, count in LEVELS.items():
        order = np.argsort(np.argsort(rng.normal(size=people) + rng.uniform(-1, 1) * trait))
        limits = np.cumsum(rng.dirichlet(np.full(count, 3.0)))[:-1]
        codes[name] = np.searchsorted(limits, order / people)
    chance = 1 / (1 + np.exp(rng.uniform(0.5, 1.5) - rng.uniform(0, 2) * trait))
    return Clinic(codes, rng.random(people) < chance, rng.random(people) < own_share)


@dataclass(frozen=True)
class Answer:
    """What the gate released: n of a cohort, and of those with the secret (None: held back)."""

    cohort: Cohort
    n: int
    secret: int | None


@dataclass
class Gate:
    """The rules of a release, applied to one viewer. ``audited`` is off only to show it matters."""

    clinic: Clinic
    audited: bool = True
    audit: Audit = field(init=False)
    _shown: set[str] = field(default_factory=lambda: {""})

    def __post_init__(self) -> None:
        others = int((~self.clinic.own).sum())
        self.audit = Audit(others)
        # How many there are in all is on every screen.
        self.audit.admits(np.ones(others, dtype=bool))

    def ask(self, expression: str) -> Answer | None:
        """The answer to a cohort; None where it is refused."""
        cohort = parse_cohort(expression)
        member = self.clinic.members(cohort)
        others = member & ~self.clinic.own
        whole = Tally(int(member.sum()), int(others.sum()))
        rules = Protection(whole.n, whole.others)
        if not rules.holds(whole):
            return None
        if self.audited and not self._admits(cohort.expression, others[~self.clinic.own]):
            return None
        has, not_ = (self._tally(member & bit) for bit in (self.clinic.secret, ~self.clinic.secret))
        share = level_shares([has, not_], rules)[0]
        return Answer(cohort, rules.released_n, None if share is None else share.n)

    def _admits(self, expression: str, member: np.ndarray) -> bool:
        if expression not in self._shown and self.audit.repeats(member):
            return False
        admitted = self.audit.admits(member)
        if admitted:
            self._shown.add(expression)
        return admitted

    def _tally(self, member: np.ndarray) -> Tally:
        return Tally(int(member.sum()), int((member & ~self.clinic.own).sum()))


@dataclass
class Attacker:
    """Knows the attributes of everybody, their own patients wholly, and every released number.

    What is not known is how many others with each combination of attributes there are, and how
    many of those have the secret. Combinations that no answer tells apart are one unknown.
    """

    gate: Gate
    answers: list[Answer] = field(default_factory=list)
    _cells: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        grid = np.indices(tuple(LEVELS.values())).reshape(len(LEVELS), -1)
        self._cells = dict(zip(LEVELS, grid, strict=True))

    def ask(self, expression: str) -> Answer | None:
        """Ask the gate and remember the answer."""
        answer = self.gate.ask(expression)
        if answer is not None:
            self.answers.append(answer)
        return answer

    def _vectors(self) -> np.ndarray:
        clinic = self.gate.clinic
        others = np.flatnonzero(~clinic.own)
        vectors = [np.ones(len(others), dtype=bool)]
        vectors += [clinic.members(one.cohort)[others] for one in self.answers]
        return np.unique(np.array(vectors), axis=0)

    def least_difference(self) -> int:
        """Fewest others that two answers differ by, or that one is of; 0 aside."""
        vectors = self._vectors().astype(float)
        common, size = vectors @ vectors.T, vectors.sum(axis=1)
        differences = size[:, None] + size - 2 * common
        found = np.concatenate([differences.ravel(), size])
        return int(found[found > 0].min(initial=vectors.shape[1]))

    def smallest_group_found(self, tries: int) -> int:
        """Fewest others that a sum and difference of several answers is of.

        Cohorts are subtracted until as few as possible are left, from random beginnings.
        """
        rng = np.random.default_rng(0)
        vectors = self._vectors().astype(int)
        smallest = vectors.shape[1]
        for _ in range(tries):
            left = vectors[rng.integers(len(vectors))]
            for _ in range(4):
                either = np.concatenate([left - vectors, left + vectors])
                support = np.count_nonzero(either, axis=1)
                support[support == 0] = vectors.shape[1] + 1
                order = np.argsort(support)
                left = either[order[min(rng.geometric(0.7) - 1, len(order) - 1)]]
                if np.any(left):
                    smallest = min(smallest, int(np.count_nonzero(left)))
        return smallest

    def classes(self) -> tuple[np.ndarray, np.ndarray]:
        """Answers x unknowns: which combinations of attributes count in which answer; and of each
        combination its unknown."""
        counted = np.array([members(one.cohort, self._cells) for one in self.answers])
        columns, of = np.unique(counted, axis=1, return_inverse=True)
        return columns, of.ravel()

    def pinned(self, targets: Sequence[int]) -> dict[int, str]:
        """What the answers force to be so of targets among the others: by bounds on all unknowns.

        Integers are relaxed to fractions; what is forced then is forced.
        """
        if not self.answers:
            return {}
        columns, of = self.classes()
        rows, bounds = self._known(columns)
        shape = tuple(LEVELS.values())
        found = {}
        for target in targets:
            place = tuple(int(self.gate.clinic.codes[name][target]) for name in LEVELS)
            flaw = self._forced(int(of[np.ravel_multi_index(place, shape)]), columns, rows, bounds)
            if flaw:
                found[target] = flaw
        return found

    def _forced(
        self, unknown: int, columns: np.ndarray, rows: csr_array, bounds: np.ndarray
    ) -> str:
        count = columns.shape[1]
        has, all_ = np.zeros(2 * count), np.zeros(2 * count)
        all_[unknown], has[count + unknown] = 1, 1
        most_with = _most(has, rows, bounds)
        most_without = _most(all_ - has, rows, bounds)
        if most_with < 1:
            return "nobody has the secret"
        if most_without < 1:
            return "everybody has the secret"
        most, least = _most(all_, rows, bounds), -_most(-all_, rows, bounds)
        exact = np.floor(most + 1e-6) == np.ceil(least - 1e-6)
        return "a small group is counted" if exact and 1 <= most + 1e-6 < MINIMUM_CELL else ""

    def _known(self, columns: np.ndarray) -> tuple[csr_array, np.ndarray]:
        """Inequalities rows @ (people, with the secret) <= bounds, of the others by unknown."""
        clinic, count = self.gate.clinic, columns.shape[1]
        rows, bounds = [], []

        def between(coefficients: np.ndarray, low: float, high: float) -> None:
            rows.extend([coefficients, -coefficients])
            bounds.extend([high, -low])

        none = np.zeros(count)
        everybody = np.ones(count)
        between(np.append(everybody, none), (~clinic.own).sum(), (~clinic.own).sum())
        for answer, inside in zip(self.answers, columns.astype(float), strict=True):
            own = clinic.members(answer.cohort) & clinic.own
            mine, mine_with = int(own.sum()), int((own & clinic.secret).sum())
            least = max(answer.n - HALF, MINIMUM_CELL)
            between(np.append(inside, none), least - mine, answer.n + HALF - mine)
            if answer.secret is not None:
                least = max(answer.secret - HALF, MINIMUM_CELL)
                between(
                    np.append(none, inside), least - mine_with, answer.secret + HALF - mine_with
                )
                # Those without are at least ten as well.
                rows.append(np.append(-inside, inside))
                bounds.append(mine - mine_with - MINIMUM_CELL)
        rows.extend(np.hstack([-np.eye(count), np.eye(count)]))
        bounds.extend(none)
        return csr_array(np.array(rows)), np.array(bounds, dtype=float)


def _most(goal: np.ndarray, rows: csr_array, bounds: np.ndarray) -> float:
    solved = linprog(-goal, A_ub=rows, b_ub=bounds, bounds=(0, None), method="highs")
    assert solved.status in (0, 3), solved.message
    return np.inf if solved.status == 3 else -float(solved.fun)


def condition(name: str, codes: Sequence[int], *, negated: bool = False) -> str:
    """One condition in the language."""
    words = ",".join(VARIABLES[name].levels[code].word for code in codes)
    return f"{name}{'!=' if negated else '='}{words}"

"""Somebody who asks for cohorts as they like must not single a patient out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from models.cohort.disclosure import MINIMUM_CELL
from tests.models.cohort.attacker import LEVELS, Answer, Attacker, Clinic, Gate, clinic, condition

STEPS = 50

parts = st.dictionaries(
    st.sampled_from(list(LEVELS)), st.tuples(st.integers(1, 14), st.booleans()), min_size=1
)


def expression(chosen: dict[str, tuple[int, bool]]) -> str:
    """Conditions of the levels whose bits are set."""
    conditions = []
    for name, (bits, negated) in chosen.items():
        codes = [code for code in range(LEVELS[name]) if bits >> code & 1]
        if codes:
            conditions.append(condition(name, codes, negated=negated))
    return ";".join(conditions)


class AttackerMachine(RuleBasedStateMachine):
    """Unions, intersections, complements, repeats, and cohorts around one patient."""

    @initialize(
        seed=st.integers(0, 10_000),
        people=st.sampled_from([300, 700, 1500, 3000]),
        own_share=st.sampled_from([0.0, 0.02, 0.3]),
    )
    def meet(self, seed: int, people: int, own_share: float) -> None:
        self.clinic = clinic(seed, people, own_share)
        self.attacker = Attacker(Gate(self.clinic))
        others = np.flatnonzero(~self.clinic.own)
        self.target = int(others[seed % len(others)])
        self.last: dict[str, tuple[int, bool]] = {"sex": (1, False)}
        self.answers: dict[str, Answer] = {}

    def ask(self, chosen: dict[str, tuple[int, bool]]) -> None:
        self.last = chosen
        text = expression(chosen)
        answer = self.attacker.ask(text)
        if answer is None:
            assert text not in self.answers, "what was shown once is shown again"
            return
        assert answer == self.answers.setdefault(text, answer)
        assert answer.n >= MINIMUM_CELL
        assert answer.n % 5 == 0

    @rule(chosen=parts)
    def any_cohort(self, chosen: dict[str, tuple[int, bool]]) -> None:
        self.ask(chosen)

    @rule(name=st.sampled_from(list(LEVELS)), bits=st.integers(1, 14))
    def union(self, name: str, bits: int) -> None:
        before, negated = self.last.get(name, (0, False))
        self.ask(self.last | {name: (before | bits, negated)})

    @rule(name=st.sampled_from(list(LEVELS)), bits=st.integers(1, 14), negated=st.booleans())
    def intersection(self, name: str, bits: int, negated: bool) -> None:
        self.ask(self.last | {name: (bits, negated)})

    @rule(name=st.sampled_from(list(LEVELS)))
    def complement(self, name: str) -> None:
        bits, negated = self.last.get(name, (1, False))
        self.ask(self.last | {name: (bits, not negated)})

    @rule(number=st.integers(0, 1000))
    def repeat(self, number: int) -> None:
        if self.answers:
            again = list(self.answers)[number % len(self.answers)]
            assert self.attacker.gate.ask(again) == self.answers[again]

    @rule(
        names=st.lists(st.sampled_from(list(LEVELS)), min_size=1, unique=True),
        bits=st.integers(0, 14),
        without=st.booleans(),
    )
    def around_the_target(self, names: list[str], bits: int, without: bool) -> None:
        mine = {name: 1 << int(self.clinic.codes[name][self.target]) for name in names}
        chosen = {name: (bit, False) for name, bit in mine.items()}
        chosen[names[0]] = (mine[names[0]] | bits, False)
        self.ask(chosen)
        if without and bits & ~mine[names[0]]:
            self.ask(chosen | {names[0]: (bits & ~mine[names[0]], False)})

    @rule(name=st.sampled_from(list(LEVELS)))
    def every_union(self, name: str) -> None:
        base = {key: part for key, part in self.last.items() if key != name}
        for bits in range(1, 2 ** LEVELS[name] - 1):
            self.ask(base | {name: (bits, False)})

    @rule(data=st.data())
    def many_at_once(self, data: st.DataObject) -> None:
        for chosen in data.draw(st.lists(parts, min_size=3, max_size=8)):
            self.ask(chosen)

    def teardown(self) -> None:
        if not hasattr(self, "attacker") or not self.attacker.answers:
            return
        assert self.attacker.least_difference() >= MINIMUM_CELL
        assert self.attacker.smallest_group_found(tries=200) >= MINIMUM_CELL
        others = np.flatnonzero(~self.clinic.own)
        targets = [self.target, int(others[0])]
        assert self.attacker.pinned(targets) == {}


TestAttacker = AttackerMachine.TestCase
TestAttacker.settings = settings(
    max_examples=40,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def three_way() -> tuple[Clinic, list[str]]:
    """A clinic where A and B and one patient more make a cohort; no two cohorts differ by few.

    A is stage I, B stage II. One patient is of stage III: the only one there of sex F and age
    under 40, the condition of the third cohort that the others all meet.
    """
    people = 400
    codes = {name: np.zeros(people, dtype=int) for name in LEVELS}
    codes["stage"] = np.repeat([0, 1, 2, 3], 100)
    codes["sex"] = np.repeat([0, 0, 1, 1], 100)
    codes["sex"][200] = 0
    secret = np.arange(people) % 3 == 0
    asked = ["stage=I", "stage=II", "stage=I,II,III;sex=F"]
    return Clinic(codes, secret, np.zeros(people, dtype=bool)), asked


def test_three_cohorts_that_single_a_patient_out_are_not_all_released():
    found, asked = three_way()
    attacker = Attacker(Gate(found))
    answers = [attacker.ask(one) for one in asked]
    assert [answer is None for answer in answers] == [False, False, True]
    assert attacker.smallest_group_found(tries=50) >= MINIMUM_CELL


def test_without_the_audit_the_attacker_singles_the_patient_out():
    found, asked = three_way()
    attacker = Attacker(Gate(found, audited=False))
    assert all(attacker.ask(one) for one in asked)
    assert attacker.least_difference() >= MINIMUM_CELL  # comparing pairs would not have helped
    assert attacker.smallest_group_found(tries=50) == 1


def test_a_condition_that_all_of_a_cohort_meet_is_not_told_by_asking_for_it():
    found, _ = three_way()
    found.codes["ppi"][:100] = 1
    attacker = Attacker(Gate(found))
    assert attacker.ask("stage=I")
    assert attacker.ask("stage=I;ppi=yes") is None
    assert attacker.ask("stage=I;ppi=no") is None
    found.codes["ppi"][:9] = 0
    attacker = Attacker(Gate(found))
    assert attacker.ask("stage=I")
    assert attacker.ask("stage=I;ppi=yes") is None


def homogeneous() -> tuple[Clinic, list[str]]:
    """Twelve patients of one age band, none with the secret, and all unions of the age bands."""
    sizes = [12, 41, 53, 38, 47, 36]
    codes = {name: np.zeros(sum(sizes), dtype=int) for name in LEVELS}
    codes["age"] = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(3)
    secret = (rng.random(sum(sizes)) < 0.4) & (codes["age"] > 0)
    asked = [
        condition("age", bands)
        for count in range(1, len(sizes))
        for bands in itertools.combinations(range(len(sizes)), count)
    ]
    return Clinic(codes, secret, np.zeros(sum(sizes), dtype=bool)), list(rng.permutation(asked))


@pytest.mark.parametrize("audited", [True, False])
def test_rounding_is_not_averaged_away_by_asking_for_all_unions(monkeypatch, audited):
    monkeypatch.setitem(LEVELS, "age", 6)
    found, asked = homogeneous()
    attacker = Attacker(Gate(found, audited=audited))
    for one in asked:
        attacker.ask(one)
    pinned = attacker.pinned([0])
    assert pinned == ({} if audited else {0: "nobody has the secret"})


def test_an_ordinary_day_of_comparisons_is_hardly_ever_refused():
    rng = np.random.default_rng(1)
    refused = asked = 0
    for seed in range(5):
        found = clinic(seed, 3000, 0.02)
        gate = Gate(found)
        for _ in range(20):
            names = rng.choice(list(LEVELS), rng.integers(1, 4), replace=False)
            base = [condition(name, [int(rng.integers(LEVELS[name]))]) for name in names[1:]]
            first, second = rng.choice(LEVELS[names[0]], 2, replace=False)
            for code in (first, second):
                text = ";".join([*base, condition(names[0], [int(code)])])
                member = found.members_of(text)
                if (member & ~found.own).sum() >= MINIMUM_CELL:
                    asked += 1
                    refused += gate.ask(text) is None
    assert asked > 150
    assert refused <= 0.1 * asked

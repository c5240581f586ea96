from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cohort import audit as module
from models.cohort.audit import Audit
from models.cohort.disclosure import MINIMUM_CELL


def of_everybody(people: int) -> Audit:
    """An audit of somebody who knows how many there are in all."""
    audit = Audit(people)
    audit.admits(np.ones(people, dtype=bool))
    return audit


def some(*spans: tuple[int, int], people: int = 100) -> np.ndarray:
    """Members by spans of their numbers."""
    member = np.zeros(people, dtype=bool)
    for start, end in spans:
        member[start:end] = True
    return member


def released(*cohorts: np.ndarray) -> Audit:
    audit = of_everybody(100)
    for cohort in cohorts:
        assert audit.admits(cohort)
    return audit


@pytest.mark.parametrize(("size", "refusal"), [(1, "difference"), (9, "difference"), (10, None)])
def test_one_to_nine_patients_are_refused(size, refusal):
    assert released().refusal(some((0, size))) == refusal


def test_a_cohort_of_own_patients_only_says_nothing_about_others():
    audit = released()
    assert audit.admits(some())
    assert audit.released == 1


@pytest.mark.parametrize(("left_out", "refusal"), [(0, None), (1, "difference"), (9, "difference")])
def test_all_but_a_few_are_refused(left_out, refusal):
    assert released().refusal(some((left_out, 100))) == refusal


@pytest.mark.parametrize("by", [1, 9])
def test_a_cohort_that_differs_by_few_from_a_released_one_is_refused(by):
    audit = released(some((0, 40)))
    assert audit.refusal(some((0, 40 + by))) == "difference"
    assert audit.refusal(some((by, 40))) == "difference"


def test_a_cohort_that_differs_by_ten_is_admitted():
    assert released(some((0, 40))).admits(some((0, 50)))


def test_three_cohorts_that_single_one_out_together_are_refused_although_no_two_do():
    # A and B are apart; all of both and one more person.
    audit = released(some((0, 30)), some((40, 70)))
    union = some((0, 31), (40, 70))
    for other in (some((0, 30)), some((40, 70)), some((0, 100)), ~some((0, 30))):
        assert np.count_nonzero(union != other) >= MINIMUM_CELL
    assert audit.refusal(union) == "difference"


def test_a_person_counted_once_in_halves_is_refused():
    # a+b, b+c and a+c make 2a.
    audit = released(some((0, 5), (20, 40)), some((20, 60)))
    assert audit.refusal(some((0, 5), (40, 60))) == "difference"


def test_a_refused_cohort_leaves_no_trace():
    audit = released(some((0, 40)))
    before = audit.released
    assert not audit.admits(some((0, 41)))
    assert audit.released == before
    assert audit.admits(some((0, 50)))


def test_asking_why_and_copies_leave_the_audit_as_it_was():
    audit = released(some((0, 40)))
    assert audit.refusal(some((0, 50))) is None
    assert audit.copy().admits(some((0, 55)))
    assert audit.released == 2
    assert audit.admits(some((0, 50)))


def test_repeats_complements_and_disjoint_sums_single_nobody_out():
    audit = released(some((0, 40)), some((60, 80)))
    for cohort in (some((0, 40)), some((40, 100)), some((0, 40), (60, 80)), some((0, 100))):
        assert audit.admits(cohort)
    assert audit.released == 3


def test_what_was_measured_twice_is_not_measured_again_but_may_be_shown_again():
    levels = [some((start, start + 20)) for start in (0, 20, 40, 60)]
    audit = released(*levels)
    unions = [a | b for a, b in itertools.combinations(levels, 2)]
    refusals = [None if audit.admits(union) else audit.refusal(union) for union in unions]
    assert refusals.count(None) == 4
    assert set(refusals) == {None, "redundant"}
    admitted = [union for union, refusal in zip(unions, refusals, strict=True) if not refusal]
    assert all(audit.repeats(one) and audit.admits(one) for one in [*admitted, *levels])


def test_a_union_of_three_released_cohorts_is_redundant():
    levels = [some((start, start + 20)) for start in (0, 20, 40)]
    audit = released(*levels)
    assert audit.refusal(levels[0] | levels[1] | levels[2]) == "redundant"
    assert not audit.repeats(levels[0] | levels[1])


def test_levels_of_a_base_are_compared_with_all_others_of_it():
    audit = released(some((0, 80)))
    for start in (0, 20, 40):
        level = some((start, start + 20))
        assert audit.admits(level)
        assert audit.admits(some((0, 80)) & ~level)


@pytest.mark.parametrize("people", [0, 1, 9])
def test_where_fewer_than_ten_are_not_ones_own_none_of_them_is_counted(people):
    audit = of_everybody(people)
    assert audit.admits(some(people=people))
    if people:
        assert audit.refusal(some((0, people), people=people)) == "difference"
        assert audit.refusal(some((0, 1), people=people)) == "difference"


def test_membership_of_another_number_of_people_is_a_fault():
    with pytest.raises(ValueError, match="for every person"):
        released().admits(some((0, 5), people=50))


def least_support(vectors: np.ndarray) -> int:
    """Fewest people of a combination, by trying all that vanish on one person less than they can.

    Args:
        vectors: independent vectors of 0 and 1 by row.
    """
    columns, sizes = np.unique(vectors, axis=1, return_counts=True)
    rank = len(columns)
    if rank == 1:
        return int(sizes[columns[0] != 0].sum())
    least = vectors.shape[1]
    for zeros in itertools.combinations(range(len(sizes)), rank - 1):
        chosen = columns[:, zeros]
        minors = [
            (-1) ** row * round(np.linalg.det(np.delete(chosen, row, axis=0).astype(float)))
            for row in range(rank)
        ]
        if any(minors):
            least = min(least, int(sizes[np.array(minors) @ columns.astype(int) != 0].sum()))
    return least


def rank_of(vectors: list[np.ndarray]) -> int:
    return int(np.linalg.matrix_rank(np.array(vectors, dtype=float)))


cohorts = st.integers(11, 45).flatmap(
    lambda people: st.lists(
        st.one_of(
            st.lists(st.booleans(), min_size=people, max_size=people),
            st.tuples(st.integers(0, people), st.integers(0, people), st.booleans()).map(
                lambda ends: [(ends[0] <= one < ends[1]) != ends[2] for one in range(people)]
            ),
        ),
        min_size=1,
        max_size=6,
    )
)


@pytest.mark.parametrize("looked_at", [4_000, 12])
@given(cohorts=cohorts)
@settings(deadline=None, max_examples=25)
def test_it_refuses_what_trying_all_combinations_finds(looked_at, cohorts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LOOKED_AT", looked_at)
        people = len(cohorts[0])
        audit = of_everybody(people)
        span = [np.ones(people, dtype=bool)]
        for member in map(np.array, cohorts):
            refusal = audit.refusal(member)
            if not member.any():
                assert refusal is None
                continue
            more = [*span, member]
            if rank_of(more) == len(span):
                assert refusal in (None, "redundant")
                audit.admits(member)
                continue
            least = least_support(np.array(more))
            assert refusal != "difference" or least < MINIMUM_CELL
            assert refusal is not None or least >= MINIMUM_CELL
            if audit.admits(member):
                span = more


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=15)
def test_looking_at_some_people_first_refuses_the_same(seed):
    rng = np.random.default_rng(seed)
    people = 400
    labels = rng.integers(0, 4, (people, 5))
    audits = []
    with pytest.MonkeyPatch.context() as patch:
        for looked_at in (1_000, 40):
            patch.setattr(module, "LOOKED_AT", looked_at)
            audits.append(of_everybody(people))
    for _ in range(25):
        chosen = rng.choice(5, 2, replace=False)
        member = (labels[:, chosen] == rng.integers(0, 4, 2)).any(axis=1)
        member[rng.choice(people, rng.integers(0, 8))] ^= True
        first, second = (audit.refusal(member) for audit in audits)
        assert first == second
        assert audits[0].admits(member) == audits[1].admits(member)


@pytest.mark.slow
def test_the_last_part_of_a_whole_may_be_told():
    audit = released(some((0, 80)), some((0, 20)), some((20, 40)), some((40, 60)))
    assert audit.admits(some((60, 80)))

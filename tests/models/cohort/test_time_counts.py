from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cohort.time_counts import TimeCounts, divided

PEOPLE = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(-1, 11), st.integers(1, 4)),
    max_size=40,
).map(lambda rows: [row for row in rows if row[0] > row[2]])
"""Day of leaving, cause, day of entry and weight of each person."""


def columns(rows: list[tuple[int, ...]]) -> np.ndarray:
    return np.array(rows, dtype=np.int64).reshape(-1, 4).T


@given(PEOPLE)
def test_at_risk_are_those_who_entered_before_and_have_not_left_before(rows):
    time, cause, entry, _ = columns(rows)
    counts = TimeCounts.from_rows(time, cause, entry)
    on_day = [np.sum((entry < day) & (time >= day)) for day in range(15)]
    assert counts.at_risk_on(np.arange(15)).tolist() == on_day
    assert counts.at_risk.tolist() == [on_day[day] for day in counts.times]
    assert counts.effective_at_risk.tolist() == counts.at_risk.tolist()


@given(PEOPLE, st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_splitting_of_groups_matters(rows, random):
    time, cause, entry, weight = columns(rows)
    whole = TimeCounts.from_rows(time, cause, entry, weight, causes=2)
    split = rows + rows
    random.shuffle(split)
    time, cause, entry, weight = columns(split)
    halves = np.full(len(split), 0.5)
    parts = TimeCounts.from_groups(time, cause, halves, entry, weight, causes=2)
    for one, other in ((whole, parts), (whole.squares, parts.squares)):
        assert np.array_equal(one.times, other.times)
        assert np.array_equal(one.events, other.events)
        assert np.array_equal(one.censored, other.censored)
        assert np.array_equal(one.at_risk, other.at_risk)


def test_weights_are_summed_and_their_squares_too():
    counts = TimeCounts.from_groups([5, 5, 9], [1, 0, 2], [10, 1, 3], weight=[0.5, 2.0, 1.0])
    assert counts.events.tolist() == [[5.0, 0.0], [0.0, 3.0]]
    assert counts.censored.tolist() == [2.0, 0.0]
    assert counts.at_risk.tolist() == [10.0, 3.0]
    assert counts.squares.at_risk.tolist() == [9.5, 3.0]
    assert counts.effective_at_risk.tolist() == [100 / 9.5, 3.0]


def test_who_is_followed_from_the_start_is_at_risk_on_day_0():
    counts = TimeCounts.from_rows([0, 3], [1, 0])
    assert counts.at_risk.tolist() == [2.0, 1.0]
    assert counts.followed_from_the_start


def test_who_enters_later_is_at_risk_from_the_next_day_on():
    counts = TimeCounts.from_rows([4, 9], [1, 0], entry=[-1, 4])
    assert counts.at_risk_on([4, 5, 9, 10]).tolist() == [1.0, 1.0, 1.0, 0.0]
    assert not counts.followed_from_the_start


def test_nobody_is_a_cohort_too():
    counts = TimeCounts.from_rows([], [])
    assert counts.events.shape == (1, 0)
    assert counts.at_risk_on([0, 5]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([-1], [1], [1]), "0 days or more"),
        (([1.5], [1], [1]), "whole numbers"),
        (([np.nan], [1], [1]), "whole numbers"),
        (([1], ["death"], [1]), "whole numbers"),
        (([1], [-1], [1]), "Causes"),
        (([1], [3], [1], None, None, 2), "from 1 to 2"),
        (([1], [1], [-2]), "0 or more"),
        (([1], [1], [np.inf]), "0 or more"),
        (([1], [1], [1], None, [-1.0]), "0 or more"),
        (([1, 2], [1], [1]), "one value per group"),
        (([[1]], [[1]], [[1]]), "one value per group"),
        (([5], [1], [1], [5]), "after the day of entry"),
    ],
)
def test_groups_that_cannot_be_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        TimeCounts.from_groups(*arguments)


def grouped(**changed: object) -> TimeCounts:
    parts: dict[str, object] = {
        "times": np.array([2, 5]),
        "events": np.array([[1.0, 0.0]]),
        "censored": np.array([0.0, 2.0]),
        "entry_times": np.array([-1]),
        "entered": np.array([3.0]),
    }
    return TimeCounts(**(parts | changed))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"times": np.array([5, 2])}, "ascending from 0"),
        ({"times": np.array([2, 2])}, "ascending from 0"),
        ({"times": np.array([-1, 2])}, "ascending from 0"),
        ({"times": np.array([2.0, 5.0])}, "whole days"),
        ({"entry_times": np.array([-2])}, "ascending from -1"),
        ({"events": np.array([1.0, 0.0])}, "row per cause"),
        ({"events": np.zeros((0, 2))}, "row per cause"),
        ({"events": np.array([[1.0]])}, "row per cause"),
        ({"censored": np.array([2.0])}, "row per cause"),
        ({"entered": np.array([3.0, 0.0])}, "one count per entry time"),
        ({"events": np.array([[-1.0, 2.0]])}, "0 or more"),
        ({"censored": np.array([0.0, np.nan])}, "0 or more"),
        ({"entered": np.array([4.0])}, "As many people"),
        ({"entry_times": np.array([3])}, "No more people can leave"),
        ({"squares": TimeCounts.from_rows([2, 6], [1, 0])}, "same times"),
    ],
)
def test_counts_that_cannot_be_are_refused(changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        grouped(**changed)
    assert grouped().at_risk.tolist() == [3.0, 2.0]


def test_dividing_by_nothing_gives_0():
    assert divided([1.0, 2.0, 0.0], [0.0, 4.0, 0.0]).tolist() == [0.0, 0.5, 0.0]

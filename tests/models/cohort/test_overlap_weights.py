from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from models.cohort.balance import difference_of_shares
from models.cohort.overlap_weights import (
    MISSING,
    NotComparable,
    design,
    effective_size,
    overlap_weights,
)


def cells(seed: int, scale: int = 50) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Levels of three variables, and people of two cohorts that differ in them."""
    rng = np.random.default_rng(seed)
    age, sex, stage = (part.ravel() for part in np.indices((5, 2, 4)))
    tilt = np.exp(0.5 * (age - 2) - 0.3 * sex)
    levels = {"age": age, "sex": sex, "stage": stage - 1}
    return levels, rng.poisson(scale * tilt).astype(float), rng.poisson(scale, 40).astype(float)


def shares(matrix: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return matrix.T @ weight / weight.sum()


def test_the_reference_is_the_most_frequent_level_and_missing_is_a_level():
    levels = {"sex": np.array([0, 1, MISSING]), "stage": np.array([2, 3, 3])}
    made = design(levels, np.array([5.0, 9.0, 2.0]))
    assert made.levels == (("sex", MISSING), ("sex", 0), ("stage", 2))
    assert made.matrix.tolist() == [[1, 0, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0]]


def test_of_equally_frequent_levels_the_smallest_code_is_the_reference():
    assert design({"sex": np.array([1, 0])}, np.array([4.0, 4.0])).levels == (("sex", 1),)


def test_a_variable_needs_a_whole_code_for_every_cell():
    for codes in (np.array([1, 2, 3]), np.array([1.0, 2.0])):
        with pytest.raises(ValueError, match="one whole code per cell"):
            design({"sex": codes}, np.array([4.0, 4.0]))


@pytest.mark.parametrize("seed", range(5))
def test_coefficients_are_those_of_statsmodels(seed):
    levels, a, b = cells(seed)
    made = design(levels, a + b)
    theirs = sm.GLM(np.column_stack([a, b]), made.matrix, family=sm.families.Binomial())
    fitted = theirs.fit(tol=1e-14, maxiter=100)
    ours = overlap_weights(made.matrix, a, b)
    assert ours.converged
    np.testing.assert_allclose(ours.coefficients, fitted.params, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.propensity, fitted.fittedvalues, rtol=0, atol=1e-9)


def test_grouped_cells_give_the_fit_of_single_people():
    levels, a, b = cells(2, scale=3)
    made = design(levels, a + b)
    rows = np.repeat(np.concatenate([made.matrix] * 2), np.append(a, b).astype(int), axis=0)
    of_a = np.repeat([1, 0], [int(a.sum()), int(b.sum())])
    fitted = sm.Logit(of_a, rows).fit(disp=0, tol=1e-14, ridge_factor=0, maxiter=100)
    ours = overlap_weights(made.matrix, a, b)
    np.testing.assert_allclose(ours.coefficients, fitted.params, rtol=0, atol=1e-9)


@pytest.mark.parametrize("scale", [1, 50, 20_000])
def test_weighted_shares_of_every_level_are_equal(scale):
    levels, a, b = cells(3, scale)
    matrix = design(levels, a + b).matrix
    weights = overlap_weights(matrix, a, b)
    of_a, of_b = shares(matrix, a * weights.weight_a), shares(matrix, b * weights.weight_b)
    assert np.abs(shares(matrix, a) - shares(matrix, b)).max() > 0.05
    np.testing.assert_allclose(of_a, of_b, rtol=0, atol=1e-8)
    assert np.abs(difference_of_shares(of_a[1:], of_b[1:])).max() < 1e-7


def test_a_weight_is_the_chance_of_the_other_cohort():
    levels, a, b = cells(4)
    weights = overlap_weights(design(levels, a + b).matrix, a, b)
    np.testing.assert_allclose(weights.weight_a, 1 - weights.propensity)
    np.testing.assert_allclose(weights.weight_b, weights.propensity)
    assert 0 < weights.effective[0] < a.sum()
    assert 0 < weights.effective[1] < b.sum()


def test_like_cohorts_keep_their_size():
    people = np.array([40.0, 60.0])
    weights = overlap_weights(np.array([[1.0, 0.0], [1.0, 1.0]]), people, people)
    assert weights.effective == pytest.approx((100, 100))
    np.testing.assert_allclose(weights.propensity, 0.5)


def test_the_effective_size_by_hand():
    assert effective_size(np.array([10.0, 5.0]), np.array([1.0, 2.0])) == pytest.approx(400 / 30)
    assert effective_size(np.array([0.0]), np.array([1.0])) == 0


def test_people_of_a_level_that_only_one_cohort_has_lose_their_weight():
    levels, a, b = cells(5)
    only_a = levels["age"] == 4
    b[only_a] = 0
    matrix = design(levels, a + b).matrix
    weights = overlap_weights(matrix, a, b)
    assert weights.converged
    assert weights.weight_a[only_a].max() < 1e-8
    of_a, of_b = shares(matrix, a * weights.weight_a), shares(matrix, b * weights.weight_b)
    np.testing.assert_allclose(of_a, of_b, rtol=0, atol=1e-8)
    rest = overlap_weights(
        np.delete(matrix, np.flatnonzero(matrix[~only_a].sum(axis=0) == 0), axis=1)[~only_a],
        a[~only_a],
        b[~only_a],
    )
    np.testing.assert_allclose(rest.weight_a, weights.weight_a[~only_a], rtol=0, atol=1e-8)


def test_columns_that_depend_on_each_other_are_no_hindrance():
    levels, a, b = cells(6)
    once = overlap_weights(design(levels, a + b).matrix, a, b)
    twice = design(levels | {"again": levels["age"]}, a + b).matrix
    weights = overlap_weights(twice, a, b)
    assert weights.converged
    np.testing.assert_allclose(weights.propensity, once.propensity, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([43093.0, 22953.0, 38.0, 0.0], [11.0, 0.0, 0.0, 1910.0]),
        ([10.0, 5024.0, 1.0, 0.0], [0.0, 2.0, 60000.0, 9.0]),
    ],
)
def test_very_unlike_cohorts_still_come_to_balance(a, b):
    """Where full steps of Newton's method run away."""
    matrix = np.array([[1.0, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])
    weights = overlap_weights(matrix, np.array(a), np.array(b))
    of_a = shares(matrix, np.array(a) * weights.weight_a)
    of_b = shares(matrix, np.array(b) * weights.weight_b)
    assert weights.converged
    np.testing.assert_allclose(of_a, of_b, rtol=0, atol=1e-8)


def test_a_level_of_nobody_is_no_hindrance():
    matrix = np.array([[1.0, 0, 0], [1, 1, 0], [1, 0, 1]])
    a, b = np.array([4.0, 9.0, 0.0]), np.array([7.0, 3.0, 0.0])
    weights = overlap_weights(matrix, a, b)
    assert weights.converged
    np.testing.assert_allclose(weights.propensity[:2], [4 / 11, 9 / 12])


@pytest.mark.parametrize("size", [5.0, 1e6])
def test_cohorts_apart_are_not_compared(size):
    matrix = np.array([[1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(NotComparable, match=r"do not overlap in these variables\.$"):
        overlap_weights(matrix, np.array([size, 0.0]), np.array([0.0, size]))


def test_an_empty_cohort_is_not_compared():
    with pytest.raises(NotComparable, match="empty"):
        overlap_weights(np.ones((1, 1)), np.array([3.0]), np.array([0.0]))


@pytest.mark.parametrize(
    ("matrix", "a", "b", "sentence"),
    [
        (np.ones(2), np.ones(2), np.ones(2), "row per cell"),
        (np.ones((2, 1)), np.ones(3), np.ones(2), "one count per cell"),
        (np.zeros((2, 1)), np.ones(2), np.ones(2), "begin with an intercept"),
        (np.full((2, 1), np.nan), np.ones(2), np.ones(2), "begin with an intercept"),
        (np.ones((2, 1)), np.array([1.0, -1.0]), np.ones(2), "0 or more"),
        (np.ones((2, 1)), np.array([1.0, np.nan]), np.ones(2), "0 or more"),
    ],
)
def test_input_that_cannot_be_is_refused(matrix, a, b, sentence):
    with pytest.raises(ValueError, match=sentence):
        overlap_weights(matrix, a, b)


COUNTS = st.lists(
    st.sampled_from([0.0, 1.0, 2.0, 7.0, 40.0, 900.0, 30_000.0]), min_size=12, max_size=12
).map(np.array)


@given(COUNTS, COUNTS)
def test_whatever_the_cohorts_they_balance_or_are_refused(a, b):
    assume(a.sum() and b.sum())
    first, second = (part.ravel() for part in np.indices((4, 3)))
    matrix = design({"first": first, "second": second}, a + b).matrix
    try:
        weights = overlap_weights(matrix, a, b)
    except NotComparable:
        return
    of_a, of_b = shares(matrix, a * weights.weight_a), shares(matrix, b * weights.weight_b)
    assert weights.converged
    np.testing.assert_allclose(of_a, of_b, rtol=0, atol=1e-8)
    assert 0 < weights.effective[0] <= a.sum() + 1e-9


@given(COUNTS, COUNTS)
def test_splitting_cells_changes_nothing(a, b):
    a, b = a + 1, b + 1
    first, second = (part.ravel() for part in np.indices((4, 3)))
    matrix = design({"first": first, "second": second}, a + b).matrix
    whole = overlap_weights(matrix, a, b)
    parts = overlap_weights(np.tile(matrix, (2, 1)), np.tile(a / 2, 2), np.tile(b / 2, 2))
    np.testing.assert_allclose(parts.propensity[:12], whole.propensity, rtol=0, atol=1e-9)

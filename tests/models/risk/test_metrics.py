import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sksurv.metrics import cumulative_dynamic_auc
from sksurv.util import Surv

from models.risk.metrics import (
    auroc,
    average_precision,
    brier,
    calibration_slope_and_intercept,
    performance,
    resamples,
    scaled_brier,
)
from models.risk.survival import censoring_curve, horizon_labels

PEOPLE = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans(), st.floats(0.5, 3)),
    min_size=2,
    max_size=30,
).filter(lambda people: len({happened for _, happened, _ in people}) == 2)


def sample(n, seed, slope=1.0, shift=0.0):
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1.5, 1, n)
    happened = rng.random(n) < 1 / (1 + np.exp(-(shift + slope * margin)))
    return 1 / (1 + np.exp(-margin)), happened, rng.uniform(0.5, 2, n)


@given(PEOPLE)
def test_weighted_metrics_are_those_of_scikit_learn(people):
    risk, happened, weight = (np.array(column) for column in zip(*people, strict=True))
    assert auroc(risk, happened, weight) == pytest.approx(
        roc_auc_score(happened, risk, sample_weight=weight)
    )
    assert average_precision(risk, happened, weight) == pytest.approx(
        average_precision_score(happened, risk, sample_weight=weight)
    )
    assert brier(risk, happened, weight) == pytest.approx(
        brier_score_loss(happened, risk, sample_weight=weight)
    )


def test_with_censoring_the_auroc_is_that_of_scikit_survival():
    rng = np.random.default_rng(3)
    score = rng.normal(size=2000)
    onset, lost = rng.exponential(200 * np.exp(-score)), rng.exponential(400, 2000)
    time, seen = np.minimum(onset, lost), onset <= lost
    curve = censoring_curve(time, seen)  # an event ends observation here, as it does there
    happened, weight = horizon_labels(
        np.where(seen, onset, np.nan), time, np.zeros(2000, dtype=bool), 180, curve
    )
    known = weight > 0
    survival = Surv.from_arrays(seen, time)
    expected, _ = cumulative_dynamic_auc(survival, survival, score, 180)
    assert auroc(score[known], happened[known], weight[known]) == pytest.approx(expected[0])


def test_the_calibration_slope_is_that_of_a_logistic_regression():
    risk, happened, weight = sample(5000, seed=1, slope=0.7, shift=0.2)
    margin = np.log(risk / (1 - risk))[:, None]
    reference = LogisticRegression(C=np.inf).fit(margin, happened, weight)
    slope, _ = calibration_slope_and_intercept(risk, happened, weight[None])
    assert slope[0] == pytest.approx(reference.coef_[0, 0], abs=1e-4)


def test_the_intercept_makes_mean_risk_and_frequency_agree():
    risk, happened, weight = sample(5000, seed=2, shift=0.5)
    _, intercept = calibration_slope_and_intercept(risk, happened, weight[None])
    shifted = 1 / (1 + np.exp(-(np.log(risk / (1 - risk)) + intercept[0])))
    assert np.average(shifted, weights=weight) == pytest.approx(
        np.average(happened, weights=weight), abs=1e-6
    )
    assert intercept[0] == pytest.approx(0.5, abs=0.15)


def test_bootstrap_steps_agree_with_full_fits():
    risk, happened, weight = sample(4000, seed=4)
    drawn = np.random.default_rng(1).multinomial(4000, np.full(4000, 1 / 4000), 5)
    weights = np.vstack([weight, weight * drawn])
    steps, _ = calibration_slope_and_intercept(risk, happened, weights)
    full = [calibration_slope_and_intercept(risk, happened, one[None])[0][0] for one in weights[1:]]
    np.testing.assert_allclose(steps[1:], full, atol=0.01)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = [
        found.slope.lower <= 1 <= found.slope.upper
        for found in (
            performance(*sample(400, seed), resamples(400, np.random.default_rng(seed)))
            for seed in range(60)
        )
    ]
    assert 0.85 <= np.mean(held) <= 1


@pytest.mark.parametrize(
    "happened", [np.zeros(20, dtype=bool), np.ones(20, dtype=bool), np.zeros(0, dtype=bool)]
)
def test_without_both_answers_there_is_no_discrimination_and_no_slope(happened):
    risk = np.linspace(0.1, 0.9, len(happened))
    drawn = resamples(len(risk), np.random.default_rng(1))
    found = performance(risk, happened, np.ones(len(happened)), drawn)
    assert np.isnan(found.auroc.value)
    assert np.isnan(found.slope.value)
    assert np.isnan(found.intercept.lower)


def test_people_without_an_answer_do_not_count():
    risk, happened, weight = sample(300, seed=6)
    risk_more = np.concatenate([risk, [0.99, 0.01]])
    happened_more = np.concatenate([happened, [False, True]])
    weight_more = np.concatenate([weight, [0, 0]])
    drawn = resamples(302, np.random.default_rng(1))
    assert performance(risk, happened, weight, drawn[:, :300]) == performance(
        risk_more, happened_more, weight_more, drawn
    )


def test_resamples_draw_everybody_as_often_as_there_are_people():
    drawn = resamples(50, np.random.default_rng(1))
    assert (drawn.sum(axis=1) == 50).all()
    assert drawn.mean() == 1
    assert drawn.var() == pytest.approx(1, abs=0.1)


def test_a_brier_score_no_better_than_the_frequency_is_scaled_to_zero():
    _, happened, weight = sample(500, seed=7)
    frequency = np.average(happened, weights=weight)
    flat = np.full(500, frequency)
    assert scaled_brier(flat, happened, weight) == pytest.approx(0, abs=1e-12)
    assert scaled_brier(happened.astype(float), happened, weight) == 1
    assert scaled_brier(1.0 - happened, happened, weight) < 0

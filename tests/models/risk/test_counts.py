import lightgbm
import numpy as np
import pytest

from models.risk.counts import recounted


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    values = np.random.default_rng(5).normal(size=(3000, 4))
    values[::7, 1] = np.nan
    return values


@pytest.fixture(scope="module")
def text(rows: np.ndarray) -> str:
    """A booster grown on few controls for each case."""
    happened = rows[:, 0] + np.nan_to_num(rows[:, 1]) > 1.2
    sampled = happened | (np.arange(len(rows)) % 5 == 0)
    data = lightgbm.Dataset(rows[sampled], happened[sampled].astype(int))
    plan = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1}
    return lightgbm.train(plan, data, 12).model_to_string()


def margins(text: str, rows: np.ndarray) -> np.ndarray:
    return lightgbm.Booster(model_str=text).predict(rows, raw_score=True, num_threads=1)


def baseline(text: str, rows: np.ndarray) -> float:
    booster = lightgbm.Booster(model_str=text)
    return float(booster.predict(rows[:1], pred_contrib=True, num_threads=1)[0, -1])


def test_the_margins_stay_as_they_are(text, rows):
    np.testing.assert_array_equal(margins(recounted(text, rows, 1), rows), margins(text, rows))


def test_the_baseline_is_the_mean_margin_of_people_as_they_come(text, rows):
    new = recounted(text, rows, 1)
    assert baseline(new, rows) == pytest.approx(margins(text, rows).mean(), abs=1e-9)
    assert abs(baseline(text, rows) - margins(text, rows).mean()) > 0.05


def test_contributions_still_add_up(text, rows):
    booster = lightgbm.Booster(model_str=recounted(text, rows, 1))
    parts = booster.predict(rows[:50], pred_contrib=True, num_threads=1)
    np.testing.assert_allclose(parts.sum(axis=1), margins(text, rows[:50]), atol=1e-9)


def test_leaves_that_nobody_reaches_keep_the_contributions_finite(text, rows):
    booster = lightgbm.Booster(model_str=recounted(text, rows[:3], 1))
    assert np.isfinite(booster.predict(rows[:50], pred_contrib=True, num_threads=1)).all()


def test_counting_twice_changes_nothing(text, rows):
    once = recounted(text, rows, 1)
    assert recounted(once, rows, 1) == once

"""What everybody alive would answer: the same people, right on average, nobody after death."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_access.synthetic import generate, true_quality
from data_access.synthetic.quality_truth import SCALES

PEOPLE, SEED = 1_500, 909


@pytest.fixture(scope="module")
def truth():
    return true_quality(PEOPLE, SEED)


@pytest.fixture(scope="module")
def tables():
    return {name: table.to_pandas() for name, table in generate(PEOPLE, SEED).tables.items()}


def test_the_people_are_those_of_the_cohort_and_everybody_is_there(truth, tables):
    assert set(truth.patient_id) == set(tables["patient"].patient_id)
    pd.testing.assert_frame_equal(truth.head(50), true_quality(PEOPLE, SEED).head(50))


def test_the_dead_have_no_truth_after_death(truth, tables):
    patient = tables["patient"].set_index("patient_id")
    death = pd.to_datetime(patient.death_date) - pd.to_datetime(patient.index_date)
    left = truth.patient_id.map(death.dt.days)
    assert left.notna().sum() > 500
    assert (truth.day <= left)[left.notna()].all()
    planned = truth.groupby("patient_id").day.max()
    assert (planned[death[planned.index].isna()] > 500).all()


@pytest.mark.parametrize("scale", SCALES)
def test_the_expected_score_is_the_mean_of_what_could_come(truth, scale):
    off = (truth[scale] - truth[f"expected_{scale}"]).dropna()
    assert abs(off.mean()) < 4 * off.std() / np.sqrt(len(off))
    many = true_quality(PEOPLE, SEED, draws=40)
    difference = (many[f"expected_{scale}"] - truth[f"expected_{scale}"]).dropna()
    # Eight sets and forty others: the spread of their means, and no bias.
    expected = off.std() / np.sqrt(1 + 1 / 8) * np.sqrt(1 / 8 + 1 / 40)
    assert difference.std() == pytest.approx(expected, rel=0.15)
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(len(difference))


@pytest.mark.parametrize("scale", SCALES)
def test_scores_that_came_agree_with_the_truth(truth, tables, scale):
    score = tables["score"]
    score = score[(score.scale == scale) & score.instrument.isin(["qlq-c30", "eq-5d-5l"])]
    patient = tables["patient"].set_index("patient_id")
    start = pd.to_datetime(score.patient_id.map(patient.index_date))
    day = (pd.to_datetime(score.date) - start).dt.days.astype(float)
    came = score.assign(day=day)[["patient_id", "day", "value"]]
    both = came.merge(truth, on=["patient_id", "day"])
    assert len(both) > 0.98 * len(came)
    off = (both.value - both[f"expected_{scale}"]).dropna()
    assert abs(off.mean()) < 4 * off.std() / np.sqrt(len(off))
    assert both[["value", f"expected_{scale}"]].corr().iloc[0, 1] > 0.6


def test_who_answers_is_better_than_who_does_not(truth, tables):
    score = tables["score"].query("scale == 'QL'")
    patient = tables["patient"].set_index("patient_id")
    start = pd.to_datetime(score.patient_id.map(patient.index_date))
    came = pd.MultiIndex.from_arrays(
        [score.patient_id, (pd.to_datetime(score.date) - start).dt.days.astype(float)]
    )
    answered = pd.MultiIndex.from_frame(truth[["patient_id", "day"]]).isin(came)
    assert truth.expected_QL[answered].mean() > truth.expected_QL[~answered].mean() + 2

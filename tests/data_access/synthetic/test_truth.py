"""The true risks against outcomes, which the generator draws without looking at them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from data_access.synthetic import generate, true_risk
from data_access.synthetic.events import draw_course
from data_access.synthetic.onset import classes
from data_access.synthetic.patients import calendar_days, draw_patients
from data_access.synthetic.truth import true_risks
from models.risk.outcomes import HORIZONS, OUTCOMES, SEVERE

_PEOPLE = 5_000
_REPEATS = 8


@pytest.fixture(scope="module")
def risks_and_shares():
    """True risks, and how often each outcome came in repeated courses of the same people."""
    people = draw_patients(np.random.default_rng(31), _PEOPLE)
    # All start on the first day: the data cut then censors nobody within a year.
    people = replace(people, index_day=np.full(_PEOPLE, calendar_days()[0]))
    shares = np.zeros((_PEOPLE, len(OUTCOMES), len(HORIZONS)))
    for repeat in range(_REPEATS):
        irae = draw_course(np.random.default_rng(1000 + repeat), people).irae
        organ = np.array(classes().organ)[irae.organ_class]
        for place, outcome in enumerate(OUTCOMES):
            counts = (
                irae.grade >= 3 if outcome == SEVERE else (irae.grade >= 2) & (organ == outcome)
            )
            for column, horizon in enumerate(HORIZONS):
                having = np.unique(irae.person[counts & (irae.onset <= horizon)])
                shares[having, place, column] += 1 / _REPEATS
    return true_risks(people), shares


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("horizon", HORIZONS)
def test_true_risk_is_right_on_average(risks_and_shares, outcome, horizon):
    place = OUTCOMES.index(outcome), HORIZONS.index(horizon)
    risk, share = (each[:, *place] for each in risks_and_shares)
    error = np.sqrt((risk * (1 - risk)).sum() / _REPEATS) / _PEOPLE
    # Contact is lost by up to 4 % within a year, before the event for half of them.
    assert -3.5 * error - 0.02 * risk.mean() < share.mean() - risk.mean() < 3.5 * error


@pytest.mark.parametrize("outcome", [SEVERE, "skin", "gastrointestinal", "endocrine"])
def test_true_risk_is_right_in_every_tenth(risks_and_shares, outcome):
    place = OUTCOMES.index(outcome), HORIZONS.index(180)
    risk, share = (each[:, *place] for each in risks_and_shares)
    for tenth in np.array_split(np.argsort(risk), 10):
        expected = risk[tenth].mean()
        error = np.sqrt((risk[tenth] * (1 - risk[tenth])).sum() / _REPEATS) / len(tenth)
        assert abs(share[tenth].mean() - expected) < 3.5 * error + 0.02 * expected


def test_true_risk_rises_with_the_horizon_and_stays_a_probability(risks_and_shares):
    risks, _ = risks_and_shares
    assert risks.min() >= 0
    assert risks.max() <= 1
    assert (np.diff(risks, axis=2) >= -1e-12).all()


def test_a_perfect_model_would_discriminate_credibly(risks_and_shares):
    """Between 0.72 and 0.80: above 0.85 the simulation would be too easy to be believed."""
    place = OUTCOMES.index(SEVERE), HORIZONS.index(180)
    risk, share = (each[:, *place] for each in risks_and_shares)
    # Each person stands for as many people with and without the event as courses had it.
    having = np.repeat([True, False], _PEOPLE)
    weight = np.concatenate([share, 1 - share])
    assert 0.72 < roc_auc_score(having, np.tile(risk, 2), sample_weight=weight) < 0.80


def test_truth_comes_as_rows_by_patient_outcome_and_horizon():
    cohort = generate(30, 9)
    frame = true_risk(cohort)
    assert list(frame.columns) == ["patient_id", "outcome", "horizon_days", "risk"]
    assert len(frame) == 30 * len(OUTCOMES) * len(HORIZONS)
    one = frame[(frame.patient_id == cohort.patient_ids[7]) & (frame.outcome == SEVERE)]
    expected = true_risks(cohort.people[0])[7, OUTCOMES.index(SEVERE)]
    assert one.risk.tolist() == pytest.approx(expected.tolist())

from __future__ import annotations

import math

import numpy as np
import pytest

from models.risk.drift import (
    COMPARED,
    alarm_sentences,
    input_drift,
    observed_predicted,
    reference,
    stability_index,
)
from tests.models.risk.made_up import rows

TEN = [0.1] * 10


def test_the_same_distribution_has_no_index():
    assert stability_index(TEN, TEN) == 0


def test_the_index_is_the_sum_of_its_definition():
    then, now = [0.5, 0.5], [0.2, 0.8]
    by_hand = (0.2 - 0.5) * math.log(0.2 / 0.5) + (0.8 - 0.5) * math.log(0.8 / 0.5)
    assert stability_index(then, now) == pytest.approx(by_hand)


def test_cells_that_were_not_released_raise_no_alarm():
    then = [0.96, 0.02, 0.01, 0.01]
    assert stability_index(then, [0.96, math.nan, math.nan, math.nan]) < 0.01


def test_an_empty_bin_counts_as_half_a_per_cent():
    assert 0 < stability_index([0.5, 0.5], [1.0, 0.0]) < 5


@pytest.mark.parametrize(
    ("now", "alarm"),
    [
        ([0.0, *TEN], ""),
        ([0.0, 0.2, 0.2, *[0.075] * 8], "shifted"),
        ([0.0, 0.4, 0.3, *[0.0375] * 8], "changed"),
        ([0.15, *[0.085] * 10], "missing more often"),
    ],
)
def test_alarms_by_size(now, alarm):
    assert input_drift("crp", [0.0, *TEN], now, 1000).alarm == alarm


def test_samples_of_the_reference_itself_raise_no_alarm():
    rng = np.random.default_rng(7)
    then = np.array([0.0, *[0.05] * 20])
    raised = 0
    for _ in range(400):
        now = rng.multinomial(250, then[1:]) / 250
        raised += bool(input_drift("crp", then, [0.0, *now], 250).alarm)
    assert raised <= 3


def test_too_few_with_a_value_have_no_index():
    found = input_drift("crp", [0.5, *[0.05] * 10], [0.9, *[0.01] * 10], 1000)
    assert found.index is None
    assert found.alarm == "missing more often"


def test_observed_over_predicted_with_byars_limits():
    """Breslow and Day 1987, p. 70: 15 observed, 99 % limits of the mean about 7 to 28."""
    found = observed_predicted("severe", 1000, 15, 0.015)
    assert found.ratio == 1
    assert found.lower * 15 == pytest.approx(6.89, abs=0.1)
    assert found.upper * 15 == pytest.approx(28.16, abs=0.2)
    assert found.alarm == ""


@pytest.mark.parametrize(
    ("events", "alarm"),
    [(100, ""), (115, ""), (160, "more than predicted"), (55, "fewer than predicted")],
)
def test_alarms_of_outcomes(events, alarm):
    assert observed_predicted("severe", 1000, events, 0.1).alarm == alarm


def test_sentences_name_a_few_and_count_the_others():
    alarms = [{"what": f"x{number}", "alarm": "shifted"} for number in range(9)]
    alarms.append({"what": "severe", "alarm": "more than predicted"})
    first, second = alarm_sentences(alarms)
    assert first == "More events than predicted: severe."
    assert second == "Shifted since training: x0, x1, x2, x3, x4, x5 and 3 more."
    assert alarm_sentences([]) == ["No alarm: inputs are as in training, events as predicted."]


def test_a_reference_holds_shares_of_cells_of_ten_or_more():
    found = reference(rows(2600, seed=81))
    assert set(found["people"]) == {"all", "ES", "FR"}
    for shares in found["shares"].values():
        assert set(shares) == set(COMPARED)
        for name, row in shares.items():
            assert sum(row) == pytest.approx(1, abs=0.06), name
            assert all(share == round(share, 2) for share in row)
    assert found["shares"]["all"]["tsh"][0] == pytest.approx(0.3, abs=0.03)


def test_small_countries_have_no_reference_of_their_own():
    assert set(reference(rows(1100, seed=82))["shares"]) == {"all"}


def test_an_input_that_nobody_has_is_all_missing():
    people = rows(1100, seed=83)
    people.features[:, COMPARED.index("bmi")] = np.nan
    assert reference(people)["shares"]["all"]["bmi"] == [1.0, 0.0]

import numpy as np
import pytest

from models.risk.internal_external import internal_external
from models.risk.outcomes import HORIZONS, OUTCOMES
from tests.models.risk.made_up import PLAN, rows, silent


def test_every_country_is_held_out_once_before_and_after_recalibration():
    people = rows(1600, seed=41)
    # In one country everything happens at half the pace.
    spain = people.country == "ES"
    people.onset_days[spain] = np.where(
        2 * people.onset_days[spain] <= people.follow_up_days[spain][:, None],
        2 * people.onset_days[spain],
        np.nan,
    )
    found = internal_external(people, PLAN, 1, silent)
    assert len(found) == 2 * 2 * len(OUTCOMES) * len(HORIZONS)
    assert {entry["held_out"] for entry in found} == {"ES", "FR"}

    def intercepts(recalibrated):
        return [
            entry["intercept"]
            for entry in found
            if (entry["held_out"], entry["recalibrated"]) == ("ES", recalibrated)
        ]

    # Elsewhere it happens more often, so risks from there are too high until recalibrated.
    assert np.mean(intercepts(False)) < -0.3
    assert abs(np.mean(intercepts(True))) < 0.7 * abs(np.mean(intercepts(False)))


def test_one_country_cannot_be_held_out():
    people = rows(300, seed=42)
    with pytest.raises(ValueError, match="at least two countries"):
        internal_external(people.select(people.country == "FR"), PLAN, 1, silent)

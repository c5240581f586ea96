import json

import pytest

from data_access.simulated_truth import against_truth, misfit
from models.risk.outcomes import HORIZONS, OUTCOMES
from tests.models.risk.made_up import predictor, silent


@pytest.fixture(scope="module")
def found() -> dict[str, list[dict[str, object]]]:
    return against_truth(predictor(), 400, 5, silent)


def test_coverage_and_ceiling_stand_for_everybody_and_by_country(found):
    for part in found.values():
        places = {(row["group"], row["level"]) for row in part}
        assert ("all", "all") in places
        assert {level for group, level in places if group == "country"} == {"ES", "FR", "NL", "PT"}
        assert len(part) == len(places) * len(OUTCOMES) * len(HORIZONS)
    json.dumps(found, allow_nan=False)


def test_models_of_made_up_people_do_not_attain_what_simulated_ones_allow(found):
    severe = next(
        row
        for row in found["ceiling"]
        if (row["outcome"], row["horizon_days"], row["group"]) == ("severe", 180, "all")
    )
    assert 0.6 < severe["oracle_auroc"] < 0.9
    assert severe["share"] < 0.9
    assert severe["mean_absolute_error"] > 0.01


def test_a_misfit_comes_for_every_outcome_and_horizon():
    widths = misfit(predictor(), 300, 5, silent)
    assert set(widths) == set(OUTCOMES)
    assert all(set(days) == {str(h) for h in HORIZONS} for days in widths.values())
    assert all(width >= 0 for days in widths.values() for width in days.values())

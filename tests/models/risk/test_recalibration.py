from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.risk.calibration import MINIMUM_EVENTS, Affine
from models.risk.outcomes import OUTCOMES
from models.risk.predictor import Predictor
from models.risk.recalibration import recalibrate, with_recalibration
from tests.models.risk.made_up import artefacts, predictor, rows

SOURCE = {"snapshot": "s1", "date": "2026-11-24", "seed": 1}


@pytest.fixture(scope="module")
def people():
    return rows(2500, seed=51)


@pytest.fixture(scope="module")
def too_high():
    """The models with risks in Spain shifted and stretched."""
    off = {
        outcome: {**places, "ES": Affine(0.5, 0.5)}
        for outcome, places in predictor().calibrations.items()
    }
    return replace(predictor(), calibrations=off)


@pytest.fixture(scope="module")
def done(too_high, people):
    return recalibrate(too_high, people, "ES", seed=1)


def test_what_was_off_is_mended_on_people_it_was_not_fitted_to(done):
    for entry in done.outcomes:
        assert entry["changed"]
        assert abs(entry["intercept_after"]) < 0.5 * abs(entry["intercept_before"])
        assert entry["slope_after_lower"] < entry["slope_after"] < entry["slope_after_upper"]
        assert entry["line_before"] == {"intercept": 0.5, "slope": 0.5}
    before, after = (
        np.mean([entry[f"slope_{when}"] for entry in done.outcomes]) for when in ("before", "after")
    )
    assert abs(after - 1) < 0.7 * abs(before - 1)


def test_only_people_of_the_country_count(done, people):
    spain = people.country.astype(str) == "ES"
    assert done.people <= len(np.unique(people.patient_id[spain].astype(str)))


def test_too_few_events_change_nothing(people):
    few = people.select(np.isin(people.patient_id, np.unique(people.patient_id)[:60]))
    with pytest.raises(
        ValueError, match=rf"needs {MINIMUM_EVENTS} people with an outcome.*nothing"
    ):
        recalibrate(predictor(), few, "ES", seed=1)


def test_one_class_only_is_refused(people):
    nothing = replace(people, onset_days=np.full_like(people.onset_days, np.nan))
    with pytest.raises(ValueError, match="ES has at most 0"):
        recalibrate(predictor(), nothing, "ES", seed=1)


def test_a_country_without_people_is_refused(people):
    with pytest.raises(ValueError, match="nobody of PT"):
        recalibrate(predictor(), people, "PT", seed=1)


def test_an_outcome_with_too_few_stays_as_it_was(too_high, people):
    rare = people.onset_days.copy()
    rare[:, OUTCOMES.index("cardiac")] = np.nan
    done = recalibrate(too_high, replace(people, onset_days=rare), "ES", seed=1)
    entry = next(e for e in done.outcomes if e["outcome"] == "cardiac")
    assert entry == {"outcome": "cardiac", "events": 0, "changed": False}
    assert "cardiac" not in done.lines


def test_the_new_version_differs_in_one_country_only(people):
    manifest, files = artefacts()
    done = recalibrate(predictor(), people, "ES", seed=1)
    fresh = with_recalibration(manifest | {"sha256": "x", "files": {}}, done, SOURCE, "test/9")
    assert fresh["version"] == "test/9"
    assert fresh["recalibrations"][0]["from_version"] == "test/1"
    assert not {"sha256", "files"} & set(fresh)
    after = Predictor.from_bytes(fresh, files)
    some = people.features[:50]
    spain, france = (
        [each.predict(some, [place] * 50).risk for each in (predictor(), after)]
        for place in ("ES", "FR")
    )
    assert not np.allclose(*spain)
    np.testing.assert_array_equal(*france)
    again = with_recalibration(fresh, done, SOURCE, "test/10")
    assert [one["from_version"] for one in again["recalibrations"]] == ["test/1", "test/9"]

"""Forecasts of one viewer's patients: bound to who asks, logged as shown, or a reason why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_access.care import DETERMINANTS, FORECAST, CareRecords
from data_access.errors import ModelsUnavailable, NotFound
from data_access.forecast_models import ForecastModels
from data_access.services import Services
from data_access.settings import Settings
from models.qol.forecast.targets import TARGETS
from tests.conftest import SECRET, USERS

SUMMARY, GLOBAL = TARGETS[0], TARGETS[1]


@pytest.fixture
def parts(var: Path) -> Iterator[Services]:
    parts = Services(Settings(var=var, secret_key=SECRET, snapshot_poll_seconds=0))
    yield parts
    parts.record.close()


def bound(parts: Services, name: str) -> CareRecords:
    return CareRecords(parts.record.viewer(list(USERS).index(name) + 1), parts)


def tokens(care: CareRecords) -> list[str]:
    return care.worklist().token.tolist()


def entries(parts: Services) -> list[object]:
    return parts.record.entries(limit=1)


def first_with_forecast(care: CareRecords):
    for token in tokens(care):
        patient, found = care.open_forecast(token, GLOBAL)
        if found.forecasts:
            return token, patient, found
    raise AssertionError("No simulated patient has a forecast.")


def test_a_forecast_starts_at_the_latest_form_and_is_logged_with_what_was_shown(parts):
    care = bound(parts, "oncologist")
    _, patient, found = first_with_forecast(care)
    latest = max(day for day, _, _, _ in patient.scores)
    assert (found.form - patient.who.index_date).days == max(latest, 0)
    assert found.key == GLOBAL.key
    [entry] = entries(parts)
    assert entry.action == FORECAST
    assert entry.shown_digest is not None


def test_another_viewers_link_shows_no_forecast_and_is_logged_as_refused(parts):
    token, _, _ = first_with_forecast(bound(parts, "oncologist"))
    for ask in ("open_forecast", "open_determinants"):
        with pytest.raises(NotFound):
            getattr(bound(parts, "second"), ask)(token, GLOBAL)
        [entry] = entries(parts)
        assert entry.outcome == "refused"


def test_the_dead_get_no_forecast(parts):
    care = bound(parts, "oncologist")
    people = care.worklist()
    dead = people[people.state == "died"].token.iloc[0]
    _, found = care.open_forecast(dead, GLOBAL)
    assert found.forecasts == ()
    assert found.reason in ("the patient has died", "no form has come yet")


def test_what_a_score_goes_with_is_of_the_latest_full_form_and_adds_up(parts):
    care = bound(parts, "oncologist")
    for token in tokens(care):
        patient, found = care.open_determinants(token, SUMMARY)
        if found.key == SUMMARY.key and found.determinants is not None:
            break
    split = found.determinants
    day = (found.form - patient.who.index_date).days
    scores = {max(at, 0): value for at, _, scale, value in patient.scores if scale == "SUM"}
    assert split.score == pytest.approx(scores[day])
    total = split.typical + sum(part.points for part in split.parts) + split.unexplained
    assert total == pytest.approx(split.score)
    [entry] = entries(parts)
    assert entry.action == DETERMINANTS


def test_damaged_forecasts_are_told_in_one_sentence(parts, tmp_path):
    care = bound(parts, "oncologist")
    token = tokens(care)[0]
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "x"}))
    parts.forecasts = ForecastModels(tmp_path)
    with pytest.raises(ModelsUnavailable, match="Forecasts are not available"):
        care.open_forecast(token, GLOBAL)

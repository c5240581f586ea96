"""Single forecasts: exact explanations, ends in order and in range, refusals in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from models.qol.forecast.boosters import DETERIORATION, LEVELS, booster_names, columns_of
from models.qol.forecast.forecaster import EXPLAINED, Forecaster
from models.qol.forecast.inputs import INPUT_NAMES, TIME_COLUMNS, last_name
from models.qol.forecast.targets import HORIZONS_DAYS, TARGETS
from models.risk.prediction import InexactExplanation
from tests.models.qol.forecast.made_up import artefacts, forecaster, forms, values_of

SUMMARY, GLOBAL, PHYSICAL, FATIGUE, INDEX = TARGETS
by_target = pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)


def full_forms(target, count=20):
    """Places of full forms that hold a score of a target."""
    rows = forms()
    there = (rows.input("full_form_age_days") == 0) & ~np.isnan(rows.last(target))
    return np.flatnonzero(there)[:: max(1, int(there.sum()) // count)][:count]


@by_target
def test_contributions_add_up_to_the_deterioration(target):
    for place in full_forms(target):
        for one in forecaster().forecast(values_of(forms(), place), target):
            total = sum(part.points for part in one.contributions)
            assert total == pytest.approx(100 * (one.deterioration - one.typical), abs=1e-6)
            assert [part.feature for part in one.contributions] == list(EXPLAINED)
    assert not TIME_COLUMNS & set(EXPLAINED)


@by_target
def test_single_and_batch_agree(target):
    places = full_forms(target, 8)
    many = forecaster().predict(forms().inputs[places])
    at = TARGETS.index(target)
    for row, place in enumerate(places):
        single = forecaster().forecast(values_of(forms(), place), target)
        assert [one.horizon_days for one in single] == list(HORIZONS_DAYS)
        for name in ("middle", "lower", "upper", "deterioration"):
            found = [getattr(one, name) for one in single]
            assert found == pytest.approx(getattr(many, name)[row, :, at].tolist()), name
        assert [one.answering for one in single] == pytest.approx(many.answering[row].tolist())


def random_inputs(rows: int, seed: int) -> np.ndarray:
    """Inputs far outside what was trained on, a third of them missing."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(0, 1_000, (rows, len(INPUT_NAMES)))
    inputs[rng.random(inputs.shape) < 1 / 3] = np.nan
    for target in TARGETS:
        scores = rng.uniform(target.scale.low, target.scale.high, rows)
        inputs[:, INPUT_NAMES.index(last_name(target.name))] = scores
    return inputs


def test_ends_are_in_order_and_within_the_scale_for_any_input():
    for inputs in (random_inputs(3_000, 4), forms().inputs[::5]):
        found = forecaster().predict(inputs)
        for at, target in enumerate(TARGETS):
            scored = ~np.isnan(inputs[:, INPUT_NAMES.index(last_name(target.name))])
            parts = (found.lower, found.middle, found.upper)
            lower, middle, upper = (part[scored, :, at] for part in parts)
            assert (target.scale.low <= lower).all()
            assert (lower <= middle).all()
            assert (middle <= upper).all()
            assert (upper <= target.scale.high).all()
            chance = found.deterioration[scored, :, at]
            assert ((chance > 0) & (chance < 1)).all()
            assert np.isnan(found.middle[~scored, :, at]).all()
            assert np.isnan(found.deterioration[~scored, :, at]).all()
        assert ((found.answering > 0) & (found.answering < 1)).all()


@dataclass(frozen=True)
class Constant:
    """Stands in for a booster that always says the same change."""

    change: float

    def predict(self, matrix, **how):
        return np.full(len(matrix), self.change)


def test_quantiles_that_cross_still_give_ends_in_order():
    crossed = {"global_qol-q10": 8.0, "global_qol-q50": 20.0, "global_qol-q90": -3.0}
    boosters = dict(forecaster().boosters) | {n: Constant(c) for n, c in crossed.items()}
    margins = {**forecaster().manifest["margins"], "global_qol": {"91": -1.0, "183": 0.0}}
    manifest = dict(forecaster().manifest) | {"margins": margins}
    inputs = random_inputs(1, 1)
    inputs[:, INPUT_NAMES.index("last_global_qol")] = 50.0
    found = Forecaster(manifest, boosters).predict(inputs)
    # Low 50 + 8 + 1 and high 50 - 3 - 1 change places.
    assert found.lower[0, :, 1].tolist() == [46.0, 47.0]
    assert found.upper[0, :, 1].tolist() == [59.0, 58.0]
    assert (found.lower <= found.middle).all()
    assert (found.middle <= found.upper).all()


def some(target, **changes):
    return values_of(forms(), full_forms(target, 1)[0]) | changes


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_without_a_latest_score_or_a_needed_input_the_reason_is_said(missing):
    reason = forecaster().reason_against(some(SUMMARY, last_summary=missing), SUMMARY)
    assert reason.startswith("no ")
    assert reason.endswith(" has been recorded")
    changed = some(SUMMARY, age_years=missing, cancer=missing)
    assert forecaster().reason_against(changed, SUMMARY).endswith("not known")
    assert forecaster().reason_against(changed, SUMMARY).count(",") == 1
    assert forecaster().forecast(changed, SUMMARY) == ()


@pytest.mark.parametrize("age", [184, None, float("nan")])
def test_an_old_full_form_stops_the_scales_that_only_it_holds(age):
    for target in (SUMMARY, PHYSICAL, INDEX):
        values = some(target, full_form_age_days=age)
        assert "six months older" in forecaster().reason_against(values, target)
    for target in (GLOBAL, FATIGUE):
        assert forecaster().reason_against(some(target, full_form_age_days=age), target) == ""
    assert forecaster().reason_against(some(SUMMARY, full_form_age_days=183), SUMMARY) == ""


def test_none_nan_and_absent_inputs_are_the_same():
    values = some(GLOBAL)
    ways = [{"crp": None}, {"crp": float("nan")}]
    found = [forecaster().forecast(values | way, GLOBAL) for way in ways]
    absent = {name: value for name, value in values.items() if name != "crp"}
    found.append(forecaster().forecast(absent, GLOBAL))
    for one in found[1:]:
        assert [f.middle for f in one] == [f.middle for f in found[0]]
        assert [f.deterioration for f in one] == [f.deterioration for f in found[0]]


@by_target
def test_a_score_of_a_full_form_is_taken_apart_exactly(target):
    for place in full_forms(target):
        found = forecaster().determinants(values_of(forms(), place), target)
        total = found.typical + sum(part.points for part in found.parts) + found.unexplained
        assert total == pytest.approx(forms().last(target)[place], abs=1e-6)
        assert found.score == forms().last(target)[place]


def test_without_a_full_form_of_the_day_nothing_is_taken_apart():
    for change in ({"full_form_age_days": 30}, {"full_form_age_days": None}):
        assert forecaster().determinants(some(GLOBAL, **change), GLOBAL) is None
    for missing in (None, float("nan")):
        assert forecaster().determinants(some(GLOBAL, last_global_qol=missing), GLOBAL) is None


@dataclass(frozen=True)
class Inexact:
    """Stands in for a booster whose contributions do not add up."""

    booster: object

    def predict(self, matrix, **how):
        off = 1.0 if how.get("pred_contrib") else 0.0
        return self.booster.predict(matrix, **how) + off


@pytest.mark.parametrize("names", [DETERIORATION, LEVELS])
def test_parts_that_do_not_add_up_are_refused(names):
    name = names["global_qol"]
    boosters = {**forecaster().boosters, name: Inexact(forecaster().boosters[name])}
    wrong = replace(forecaster(), boosters=boosters)
    ask = wrong.forecast if names is DETERIORATION else wrong.determinants
    with pytest.raises(InexactExplanation):
        ask(some(GLOBAL), GLOBAL)


def swapped_labels(manifest):
    next(one for one in manifest["inputs"] if one["name"] == "sex")["labels"].reverse()


@pytest.mark.parametrize(
    "change",
    [
        swapped_labels,
        lambda manifest: manifest["inputs"].pop(),
        lambda manifest: manifest["inputs"][0].update(unit="months"),
        lambda manifest: manifest["targets"].reverse(),
        lambda manifest: manifest.update(horizons_days=[91, 182]),
    ],
)
def test_forecasts_of_other_inputs_codes_scales_or_horizons_are_refused(change):
    manifest, files = artefacts()
    change(manifest)
    with pytest.raises(ValueError, match="other inputs, codes, scales or horizons"):
        Forecaster.from_bytes(manifest, files)


def test_a_booster_of_other_inputs_is_refused():
    manifest, files = artefacts()
    files["summary-level.txt"] = files["fatigue-level.txt"]
    with pytest.raises(ValueError, match="summary-level was trained on other inputs"):
        Forecaster.from_bytes(manifest, files)


def test_a_text_that_is_no_model_is_refused():
    manifest, files = artefacts()
    with pytest.raises(ValueError, match="not a LightGBM model"):
        Forecaster.from_bytes(manifest, files | {"answers.txt": b"tree"})


def test_every_booster_sees_its_columns():
    for name in booster_names():
        assert tuple(forecaster().boosters[name].feature_name()) == columns_of(name)

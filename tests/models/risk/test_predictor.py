import itertools
import json
import math
import subprocess
import sys

import lightgbm
import numpy as np
import pytest
import shap

from models.risk.calibration import EVERYWHERE, probability
from models.risk.ensemble import with_horizons
from models.risk.explanation import EXPLAINED, waterfall
from models.risk.inputs import BOOSTER_COLUMNS, FEATURE_NAMES, TIME_COLUMNS
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.prediction import InexactExplanation
from models.risk.predictor import Predictor
from tests.models.risk.made_up import artefacts, patient, predictor, rows


def matrix(*patients):
    return np.array(
        [
            [np.nan if values[name] is None else values[name] for name in FEATURE_NAMES]
            for values in patients
        ]
    )


def test_contributions_add_up_in_log_odds_and_in_points():
    explained = predictor().explain(patient(), "FR")
    assert len(explained) == len(OUTCOMES) * len(HORIZONS)
    for of in explained:
        base = np.log(of.baseline_risk / (1 - of.baseline_risk))
        total = sum(bar.log_odds for bar in of.contributions)
        assert probability(base + total) == pytest.approx(of.risk, abs=1e-9)
        points = sum(bar.points for bar in of.contributions)
        assert points == pytest.approx(100 * (of.risk - of.baseline_risk), abs=1e-7)
        assert all(bar.points * bar.log_odds >= 0 for bar in of.contributions)


@pytest.mark.filterwarnings("ignore:LightGBM binary classifier with TreeExplainer")
def test_contributions_are_those_of_shap_on_the_same_boosters():
    values = patient()
    row = with_horizons(matrix(values))
    for of in predictor().explain(values, "ES"):
        reference = np.mean(
            [
                shap.TreeExplainer(booster).shap_values(row)[HORIZONS.index(of.horizon_days)]
                for booster in predictor().ensemble.boosters[of.outcome]
            ],
            axis=0,
        )
        slope = predictor().calibration(of.outcome, "ES").slope
        found = {bar.feature: bar.log_odds for bar in of.contributions}
        expected = dict(zip(BOOSTER_COLUMNS, slope * reference, strict=True))
        assert found == pytest.approx({name: expected[name] for name in EXPLAINED}, abs=1e-6)


def test_contributions_of_a_small_tree_are_shapley_values_counted_out():
    """shap hands LightGBM models to LightGBM, so here every subset of inputs is counted out."""
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(400, 3))
    answer = inputs[:, 0] * inputs[:, 1] + inputs[:, 2] > 0
    settings = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(inputs, answer.astype(float)), 1)
    tree = booster.dump_model()["tree_info"][0]["tree_structure"]
    found = booster.predict(inputs[:5], pred_contrib=True, num_threads=1)
    for row, contributions in zip(inputs[:5], found, strict=True):
        expected = [_shapley(tree, row, feature) for feature in range(3)]
        np.testing.assert_allclose(contributions[:3], expected, atol=1e-9)


def _shapley(tree, row, feature):
    others = [other for other in range(len(row)) if other != feature]
    total = 0.0
    for size in range(len(others) + 1):
        share = 1 / (len(row) * math.comb(len(others), size))
        for known in map(set, itertools.combinations(others, size)):
            total += share * (_expected(tree, row, known | {feature}) - _expected(tree, row, known))
    return total


def _expected(node, row, known):
    """Mean of the tree given the known inputs, weighting unknown splits by training counts."""
    if "leaf_value" in node:
        return node["leaf_value"]
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        taken = left if row[node["split_feature"]] <= node["threshold"] else right
        return _expected(taken, row, known)
    counts = [child.get("leaf_count", child.get("internal_count")) for child in (left, right)]
    means = [_expected(child, row, known) for child in (left, right)]
    return np.average(means, weights=counts)


def test_a_bar_that_a_bag_turns_round_is_not_agreed_on():
    parts = np.zeros((4, len(BOOSTER_COLUMNS) + 1))
    parts[:, 0] = 0.5, 0.4, 0.3, -0.1
    parts[:, 1] = -0.2, -0.1, 0.0, -0.3
    line = predictor().calibration("severe", "XX")
    mean = parts.mean(axis=0)
    steps = waterfall(parts, line, float(probability(line(mean.sum()))))
    assert steps.agreement[:3].tolist() == [0.75, 1.0, 1.0]


def test_density_is_the_mean_share_of_training_rows_in_the_same_leaf():
    ensemble = predictor().ensemble
    row = matrix(patient())
    booster = ensemble.boosters["skin"][0]
    wide = np.append(row[0], 180.0)[None]
    shares = []
    for tree, leaf in zip(
        booster.dump_model()["tree_info"],
        booster.predict(wide, pred_leaf=True, num_threads=1)[0],
        strict=True,
    ):
        counts = dict(_leaf_counts(tree["tree_structure"]))
        shares.append(counts[leaf] / sum(counts.values()))
    assert ensemble.density(row)[0, OUTCOMES.index("skin")] == pytest.approx(np.mean(shares))


def _leaf_counts(node):
    if "leaf_value" in node:
        yield node.get("leaf_index", 0), node.get("leaf_count", 1)
        return
    for child in (node["left_child"], node["right_child"]):
        yield from _leaf_counts(child)


def test_missing_inputs_widen_the_interval():
    full, gaps = matrix(patient(tsh=2.0, crp=3.0)), matrix(patient(tsh=None, crp=None))
    spreads = [predictor().log_odds(row, ["FR"])[1] ** 2 for row in (full, gaps)]
    bags = [predictor().log_odds_by_bag(row, ["FR"]).var(axis=0, ddof=1) for row in (full, gaps)]
    added = (spreads[1] - bags[1]) - (spreads[0] - bags[0])
    variance = predictor().missing_variance
    columns = [FEATURE_NAMES.index(name) for name in ("tsh", "crp")]
    assert added[0, :, 0] == pytest.approx(variance[columns].sum(axis=0))


def test_time_and_horizon_belong_to_the_baseline():
    of = predictor().explain(patient(), "FR")[0]
    assert [bar.feature for bar in of.contributions] == [
        name for name in BOOSTER_COLUMNS if name not in TIME_COLUMNS
    ]


def test_one_patient_gets_the_risk_of_the_batch():
    new = rows(40, seed=6)
    risks = predictor().predict(new.features, list(new.country))
    values = dict(zip(FEATURE_NAMES, new.features[7], strict=True))
    for number, of in enumerate(predictor().explain(values, new.country[7])):
        place = (7, *divmod(number, len(HORIZONS)))
        alone = (of.risk, of.lower, of.upper)
        assert alone == (risks.risk[place], risks.lower[place], risks.upper[place])


def test_risk_and_interval_never_fall_with_a_longer_horizon():
    new = rows(200, seed=6)
    risks = predictor().predict(new.features, list(new.country))
    for values in (risks.risk, risks.lower, risks.upper):
        assert (np.diff(values, axis=-1) >= 0).all()
    assert (risks.lower <= risks.risk).all()
    assert (risks.risk <= risks.upper).all()


def test_a_country_without_its_own_calibration_gets_the_common_one():
    lines = predictor().calibrations["severe"]
    assert predictor().calibration("severe", "XX") == lines[EVERYWHERE]
    assert predictor().calibration("severe", "FR") == lines["FR"] != lines[EVERYWHERE]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sex": None}, "not known to the models: sex"),
        ({"drug_class": None}, "drug class"),
        (dict.fromkeys(FEATURE_NAMES), "age, sex, drug class, cancer"),
        (
            dict.fromkeys(
                "nlr lymphocytes eosinophils platelets haemoglobin alt bilirubin albumin ldh crp"
                " creatinine tsh".split()
            ),
            "2 of 14 laboratory inputs",
        ),
    ],
)
def test_below_the_minimum_of_inputs_nothing_is_scored(changes, words):
    values = patient(**changes) | {"landmark_time": 84.0}
    for of in predictor().explain(values, "FR"):
        assert of.support == "not scored"
        assert words in of.support_reason
        assert (of.risk, of.lower, of.upper, of.baseline_risk) == (None,) * 4
        assert of.contributions == ()
    risks = predictor().predict(matrix(values), ["FR"])
    assert np.isnan([risks.risk, risks.lower, risks.upper]).all()


def test_scored_and_unscored_rows_do_not_disturb_each_other():
    pair = matrix(patient(sex=None), patient())
    both = predictor().predict(pair, ["FR", "ES"])
    alone = predictor().predict(pair[1:], ["ES"])
    np.testing.assert_array_equal(both.risk[1], alone.risk[0])
    assert np.isnan(both.risk[0]).all()


def test_contributions_that_do_not_add_up_are_refused():
    parts = predictor().ensemble.contributions(matrix(patient()))[:, 0, 0, 0]
    calibration = predictor().calibration("severe", "FR")
    right = float(probability(calibration(parts.mean(axis=0).sum())))
    assert waterfall(parts, calibration, right).points.sum() == pytest.approx(
        100 * (right - waterfall(parts, calibration, right).baseline_risk)
    )
    for wrong in (right + 0.001, float("nan")):
        with pytest.raises(InexactExplanation, match="add up"):
            waterfall(parts, calibration, wrong)


def test_equal_and_opposite_contributions_still_get_points():
    parts = np.zeros((2, len(BOOSTER_COLUMNS) + 1))
    parts[:, :2] = 0.5, -0.5
    steps = waterfall(parts, predictor().calibration("severe", "XX"), risk := _baseline(parts))
    assert steps.points[0] == -steps.points[1] > 0
    assert steps.baseline_risk == pytest.approx(risk)


def _baseline(parts):
    return float(probability(predictor().calibration("severe", "XX")(parts[0, 2:].sum())))


def test_boosters_of_other_inputs_are_refused():
    manifest, files = artefacts()
    renamed = {name: text.replace(b"age_years", b"age_month") for name, text in files.items()}
    with pytest.raises(ValueError, match="trained on other inputs"):
        Predictor.from_bytes(manifest, renamed)


def test_a_text_that_is_no_model_is_refused():
    manifest, files = artefacts()
    with pytest.raises(ValueError, match="not a LightGBM model"):
        Predictor.from_bytes(manifest, dict.fromkeys(files, b"tree\n"))


def test_importing_the_predictor_loads_no_training_code():
    probe = (
        "import sys, json, models.risk.predictor as p;"
        "print(json.dumps([n for n in sys.modules if n in"
        " ('lightgbm', 'sklearn', 'shap', 'scipy', 'models.risk.training')]))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True)
    assert json.loads(done.stdout) == []

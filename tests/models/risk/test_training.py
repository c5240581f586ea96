import numpy as np
import pytest

from models.risk.ensemble import Ensemble
from models.risk.inputs import FEATURE_NAMES
from models.risk.labels import labels
from models.risk.manifest import describe, model_files
from models.risk.metrics import auroc
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.predictor import Predictor
from models.risk.training import train
from tests.models.risk.made_up import PLAN, artefacts, predictor, rows, silent


def test_the_same_seed_gives_the_same_files():
    patients = rows(600, seed=2)
    first, second = (model_files(train(patients, PLAN, silent)) for _ in range(2))
    assert first == second


def test_every_outcome_gets_one_file_per_bag():
    manifest, files = artefacts()
    assert len(files) == len(OUTCOMES) * PLAN.bags
    assert sorted(name for bags in manifest["boosters"].values() for name in bags) == sorted(files)


def test_progress_names_each_step():
    told = []
    train(rows(600, seed=2), PLAN, lambda step, share: told.append((step, share)))
    steps = list(dict.fromkeys(step for step, _ in told))
    assert steps == [*(f"training, bag {bag} of 3" for bag in (1, 2, 3)), "calibration"]
    assert all(0 <= share <= 1 for _, share in told)


def test_an_outcome_that_hardly_happens_is_refused_in_words():
    patients = rows(600, seed=2)
    patients.onset_days[:, OUTCOMES.index("renal")] = np.nan
    with pytest.raises(ValueError, match="20 patients with the outcome renal and found 0"):
        train(patients, PLAN, silent)


def test_the_models_recover_what_made_the_outcomes():
    new = rows(3000, seed=8, landmarks=(0,))
    risk = predictor().predict(new.features, list(new.country)).risk[:, 0, 1]
    age = new.features[:, FEATURE_NAMES.index("age_years")]
    drug_class = new.features[:, FEATURE_NAMES.index("drug_class")]
    truth = 0.001 * np.exp(0.03 * (age - 60) + 0.4 * (drug_class - 2))
    assert np.corrcoef(np.log(risk / (1 - risk)), np.log(truth))[0, 1] > 0.8


def test_calibrated_risks_agree_with_frequencies_in_new_patients():
    new = rows(4000, seed=9, landmarks=(0,))
    risk = predictor().predict(new.features, list(new.country)).risk
    answers = labels(new)
    frequency = np.average(answers.happened, axis=0, weights=answers.weight)
    assert np.abs(risk.mean(axis=0) - frequency).max() < 0.07
    assert risk.shape[1:] == (len(OUTCOMES), len(HORIZONS))


def test_shuffled_outcomes_teach_nothing():
    patients = rows(2000, seed=4, landmarks=(0,))
    order = np.random.default_rng(1).permutation(len(patients))
    patients.features[:] = patients.features[order]
    trained = train(patients, PLAN, silent)
    new = rows(2000, seed=5, landmarks=(0,))
    margins = Ensemble.from_texts(trained.texts).margins(new.features).mean(axis=0)
    answers = labels(new)
    discrimination = [
        auroc(
            margins[:, outcome, 2], answers.happened[:, outcome, 2], answers.weight[:, outcome, 2]
        )
        for outcome in range(len(OUTCOMES))
    ]
    assert np.mean(discrimination) == pytest.approx(0.5, abs=0.03)


def test_an_input_that_never_varies_is_no_obstacle():
    people = rows(900, seed=77)
    people.features[:, FEATURE_NAMES.index("crp")] = 5.0
    people.features[:, FEATURE_NAMES.index("ck")] = np.nan
    trained = train(people, PLAN, silent)
    manifest = describe(people, trained, PLAN, {"source": "made up", "seed": 1}, "test/1")
    assert {manifest["importance"]["severe"][name] for name in ("crp", "ck")} == {0.0}
    fresh = rows(50, seed=78)
    risks = Predictor.from_bytes(manifest, model_files(trained)).predict(
        fresh.features, ["FR"] * 100
    )
    assert not np.isnan(risks.risk).all()

"""Training on a cluster of two local workers beside training on one machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data_access.dask_cluster import ask_for_dask, cluster
from data_access.errors import NotConfigured
from models.risk.calibration import EVERYWHERE
from models.risk.distributed import train as train_on_cluster
from models.risk.ensemble import Ensemble
from models.risk.labels import labels
from models.risk.manifest import describe, model_files, population
from models.risk.metrics import auroc
from models.risk.outcomes import OUTCOMES
from models.risk.predictor import Predictor
from models.risk.training import train
from tests.models.risk.made_up import PLAN, rows, silent

PARTS = 4


@pytest.fixture(scope="module")
def people():
    return rows(4000, seed=71)


@pytest.fixture(scope="module")
def parts(people):
    _, person = np.unique(people.patient_id.astype(str), return_inverse=True)
    return [people.select(person % PARTS == part) for part in range(PARTS)]


@pytest.fixture(scope="module")
def client():
    with cluster(None) as found:
        yield found


@pytest.fixture(scope="module")
def done(parts, client):
    return train_on_cluster(parts, PLAN, client, silent)


def mean_auroc(trained):
    fresh = rows(3000, seed=72, landmarks=(0,))
    answers = labels(fresh)
    margins = Ensemble.from_texts(trained.texts, 2).margins(fresh.features).mean(axis=0)
    found = []
    for i, outcome in enumerate(OUTCOMES):
        line = trained.calibrations[outcome][EVERYWHERE]
        risk, weight = line(margins[:, i, 2]), answers.weight[:, i, 2]
        found.append(float(auroc(risk, answers.happened[:, i, 2], weight)))
    return np.mean(found)


@pytest.mark.slow
def test_discrimination_is_that_of_one_machine(people, done):
    assert mean_auroc(done.trained) == pytest.approx(
        mean_auroc(train(people, PLAN, silent)), abs=0.01
    )


@pytest.mark.slow
def test_everybody_is_counted_once(people, done):
    assert done.population == population(people)


@pytest.mark.slow
def test_what_comes_out_predicts_and_names_no_machine(done):
    source = {"source": "made up", "seed": 1}
    manifest = describe(done.rows, done.trained, PLAN, source, "test/3", done.population)
    files = model_files(done.trained)
    risks = Predictor.from_bytes(manifest, files).predict(
        done.rows.features, ["FR"] * len(done.rows)
    )
    assert 0 < np.nanmean(risks.risk) < 1
    assert all(b"127.0.0.1" not in text and b"[machines: ]" in text for text in files.values())


@pytest.mark.slow
def test_too_few_events_are_one_sentence(parts, client):
    nothing = [replace(part, onset_days=np.full_like(part.onset_days, np.nan)) for part in parts]
    with pytest.raises(ValueError, match="needs 20 patients with the outcome severe and found 0"):
        train_on_cluster(nothing, PLAN, client, silent)


@pytest.mark.slow
def test_fewer_parts_than_workers_are_one_sentence(parts, client):
    with pytest.raises(ValueError, match="use more patients or fewer workers"):
        train_on_cluster(parts[:1], PLAN, client, silent)


def test_a_scheduler_that_does_not_answer_is_one_sentence(monkeypatch):
    monkeypatch.setattr("data_access.dask_cluster._WAIT_SECONDS", 0.2)
    with (
        pytest.raises(NotConfigured, match="No Dask scheduler answers"),
        cluster("tcp://127.0.0.1:9"),
    ):
        pass


def test_without_the_packages_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotConfigured, match="needs the packages dask and distributed"):
        ask_for_dask()

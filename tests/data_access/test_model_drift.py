"""Drift of whole snapshots: quiet where nothing changed, loud where it did, counts released."""

from __future__ import annotations

import pytest

from data_access.artifacts import RiskModels
from data_access.model_drift import drift
from data_access.settings import ROOT
from data_access.synthetic import chunks
from data_access.warehouse.demonstration import build_demonstration
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.snapshots import SnapshotStore
from models.risk.drift import alarm_sentences
from tests.data_access.test_benefit_evaluation import imported, needs_real_data
from tests.models.risk.made_up import silent

PATIENTS = 2_500


@pytest.fixture(scope="module")
def models():
    return RiskModels(ROOT / "models" / "artifacts")


@pytest.fixture(scope="module")
def found(tmp_path_factory, models):
    store = SnapshotStore(tmp_path_factory.mktemp("drift"))
    build_demonstration(
        store,
        chunks(PATIENTS, 808),
        patients=PATIENTS,
        seed=808,
        progress=silent,
        scored=True,
        predictor=models.load(2),
    )
    return drift(Warehouse(store.folder).current(), models.manifest())


def test_patients_like_those_of_training_raise_no_alarm(found):
    assert [entry["country"] for entry in found["countries"]] == ["ES", "FR", "NL", "PT"]
    for entry in found["countries"]:
        assert entry["compared_with"] == entry["country"]
        kinds = {alarm["alarm"] for alarm in entry["alarms"]}
        assert kinds <= {"fewer than predicted", "more than predicted"}
    assert sum(len(entry["alarms"]) for entry in found["countries"]) <= 1


def test_only_released_counts_leave(found):
    for entry in found["countries"]:
        assert entry["n"] % 5 == 0
        for one in entry["outcomes"]:
            assert one["people"] % 5 == one["events"] % 5 == 0
            assert one["events"] >= 10


def test_events_are_as_predicted_on_the_whole(found):
    severe = [one for entry in found["countries"] for one in entry["outcomes"][:1]]
    assert all(one["outcome"] == "severe" for one in severe)
    expected = sum(one["expected"] for one in severe)
    assert sum(one["events"] for one in severe) == pytest.approx(expected, rel=0.2)


def test_models_without_a_reference_are_told(found, models, tmp_path):
    manifest = {key: value for key, value in models.manifest().items() if key != "reference"}
    store = SnapshotStore(tmp_path)
    build_demonstration(
        store,
        chunks(50, 1),
        patients=50,
        seed=1,
        progress=silent,
        scored=False,
        predictor=None,
    )
    snapshot = Warehouse(store.folder).current()
    assert drift(snapshot, manifest)["countries"] == []
    for entry in drift(snapshot, models.manifest())["countries"]:
        assert entry["compared_with"] is None


@needs_real_data
def test_other_patients_raise_plain_alarms(tmp_path, models):
    entries = drift(imported(tmp_path, "icb_real"), models.manifest())["countries"]
    by_country = {entry["country"]: entry for entry in entries}
    assert by_country["US"]["compared_with"] == "all"
    said = " ".join(alarm_sentences(by_country["US"]["alarms"]))
    assert "Changed since training: " in said
    assert "drug class" in said
    assert "Missing more often than in training: " in said
    assert by_country["FR"]["compared_with"] is None

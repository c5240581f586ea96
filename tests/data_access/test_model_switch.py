from __future__ import annotations

import pytest

from data_access.artifacts import RiskModels, write_models
from data_access.errors import ModelsUnavailable, RecordUnavailable
from data_access.model_switch import approve, disagreement, propose, roll_back
from data_access.model_versions import ModelVersions
from data_access.record import Record, Role
from tests.data_access.record.people import OPERATOR, PASSWORD, SECRET, MovableClock
from tests.models.risk.made_up import artefacts


@pytest.fixture
def versions(tmp_path):
    write_models(tmp_path / "shipped", *artefacts())
    found = ModelVersions(tmp_path / "shipped", tmp_path / "models")
    manifest, files = artefacts()
    found.add(manifest | {"version": "test/2"}, files)
    return found


@pytest.fixture
def record(tmp_path):
    store = Record(f"sqlite:///{tmp_path / 'record.db'}", secret=SECRET, clock=MovableClock())
    store.upgrade()
    for name, role in (("stef", Role.STEWARD), ("ada", Role.ADMINISTRATOR)):
        store.accounts.add(OPERATOR, name, role, PASSWORD)
    yield store
    store.close()


@pytest.fixture
def steward(record):
    return record.sign_in.identify("stef", PASSWORD, "host")


@pytest.fixture
def administrator(record):
    return record.sign_in.identify("ada", PASSWORD, "host")


def version_in_use(versions):
    return RiskModels(versions.shipped, versions.pointer).predictor.version


def test_proposed_approved_and_rolled_back(record, versions, steward, administrator):
    propose(record, versions, steward, "test/2", "better in Spain")
    assert version_in_use(versions) == "test/1"
    assert approve(record, versions, administrator) == "test/2"
    assert version_in_use(versions) == "test/2"
    assert roll_back(record, versions, administrator, "worse in France") == "test/1"
    assert version_in_use(versions) == "test/1"
    decisions = [(act.version, act.decision) for act in record.activations.all()]
    assert decisions == [("test/1", "rolled back"), ("test/2", "approved")]
    assert record.verify().broken_seq is None


@pytest.mark.parametrize("version", ["test/1", "test/3", "..", ""])
def test_only_a_version_that_is_there_and_not_in_use_is_proposed(
    record, versions, steward, version
):
    with pytest.raises(ModelsUnavailable, match=r"in use already|no version of that name"):
        propose(record, versions, steward, version, "why not")
    assert record.activations.all() == []


def test_a_version_exchanged_after_its_proposal_is_not_put_in_use(
    record, versions, steward, administrator
):
    propose(record, versions, steward, "test/2", "better")
    manifest, files = artefacts()
    folder = versions.get("test/2").folder
    write_models(folder, manifest | {"version": "test/2", "limitations": []}, files)
    with pytest.raises(ModelsUnavailable, match="not those that were proposed"):
        approve(record, versions, administrator)
    assert version_in_use(versions) == "test/1"
    assert record.activations.all()[0].decision is None


def test_when_the_record_fails_the_models_stay(
    record, versions, steward, administrator, monkeypatch
):
    """Whatever breaks after the switch, before the commit."""
    propose(record, versions, steward, "test/2", "better")
    use = ModelVersions.use

    def use_then_fail(self, version):
        use(self, version)
        raise RecordUnavailable("The disk is full.")

    monkeypatch.setattr(ModelVersions, "use", use_then_fail)
    with pytest.raises(RecordUnavailable):
        approve(record, versions, administrator)
    assert version_in_use(versions) == "test/1"
    assert record.activations.all()[0].decision is None
    assert "approve models" not in [entry.action for entry in record.entries()]


def test_a_damaged_pointer_is_mended_by_an_approval(record, versions, steward, administrator):
    versions.folder.mkdir(exist_ok=True)
    versions.pointer.write_text("{}")
    propose(record, versions, steward, "test/2", "the file was damaged")
    approve(record, versions, administrator)
    assert version_in_use(versions) == "test/2"
    assert roll_back(record, versions, administrator, "back") == "test/1"


def test_damaged_models_in_use_can_be_rolled_back(record, versions, steward, administrator):
    propose(record, versions, steward, "test/2", "better")
    approve(record, versions, administrator)
    (versions.get("test/2").folder / "manifest.json").write_text("{")
    assert roll_back(record, versions, administrator, "damaged") == "test/1"
    assert version_in_use(versions) == "test/1"


def test_other_models_under_an_approved_name_are_not_returned_to(
    record, versions, steward, administrator
):
    manifest, files = artefacts()
    for version in ("test/2", "test/3"):
        if version == "test/3":
            versions.add(manifest | {"version": version}, files)
        propose(record, versions, steward, version, "better")
        approve(record, versions, administrator)
    folder = versions.get("test/2").folder
    write_models(folder, manifest | {"version": "test/2", "limitations": []}, files)
    with pytest.raises(ModelsUnavailable, match="not those that were in use before"):
        roll_back(record, versions, administrator, "worse")
    assert version_in_use(versions) == "test/3"


def test_record_and_files_that_disagree_are_told(record, versions, steward, administrator):
    assert disagreement(record, versions) == ""
    versions.use(versions.get("test/2"))
    assert "the record the shipped ones" in disagreement(record, versions)
    propose(record, versions, steward, "test/2", "again")
    approve(record, versions, administrator)
    assert disagreement(record, versions) == ""
    versions.pointer.unlink()
    assert "the file that names them is gone" in disagreement(record, versions)
    assert roll_back(record, versions, administrator, "mend") == "test/1"
    assert disagreement(record, versions) == ""


def test_a_version_that_is_gone_is_not_returned_to(
    record, versions, steward, administrator, tmp_path
):
    propose(record, versions, steward, "test/2", "better")
    approve(record, versions, administrator)
    (tmp_path / "shipped" / "skin-1.txt").unlink()
    with pytest.raises(ModelsUnavailable):
        roll_back(record, versions, administrator, "worse")
    assert version_in_use(versions) == "test/2"

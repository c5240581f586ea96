from __future__ import annotations

import json
import shutil

import pytest

from data_access.artifacts import MANIFEST, RiskModels, save_evaluation, write_models
from data_access.errors import ModelsUnavailable
from data_access.model_versions import ModelVersions
from tests.models.risk.made_up import artefacts


@pytest.fixture
def versions(tmp_path):
    write_models(tmp_path / "shipped", *artefacts())
    return ModelVersions(tmp_path / "shipped", tmp_path / "models")


def another(versions, version="test/2"):
    manifest, files = artefacts()
    return versions.add(manifest | {"version": version}, files)


def in_use(versions):
    return RiskModels(versions.shipped, versions.pointer)


def test_the_shipped_models_are_in_use_until_others_are(versions):
    (shipped,) = versions.all()
    assert (shipped.version, shipped.in_use, shipped.shipped) == ("test/1", True, True)
    assert in_use(versions).predictor.version == "test/1"


def test_a_new_version_is_not_in_use(versions):
    found = another(versions)
    assert not found.in_use
    assert [one.version for one in versions.all()] == ["test/1", "test/2"]
    assert in_use(versions).predictor.version == "test/1"


def test_a_running_worker_follows_the_switch_there_and_back(versions):
    models = in_use(versions)
    assert models.predictor.version == "test/1"
    versions.use(another(versions))
    assert models.predictor.version == models.manifest()["version"] == "test/2"
    versions.use(versions.get("test/1"))
    assert models.predictor.version == "test/1"
    assert not versions.pointer.exists()


def test_a_switch_can_be_undone(versions):
    kept = versions.kept_pointer()
    versions.use(another(versions))
    second = versions.kept_pointer()
    versions.restore(kept)
    assert in_use(versions).predictor.version == "test/1"
    versions.restore(second)
    assert in_use(versions).predictor.version == "test/2"


def test_models_exchanged_after_approval_are_refused_and_nothing_stands_in(versions):
    found = another(versions)
    versions.use(found)
    manifest, files = artefacts()
    write_models(found.folder, manifest | {"version": "test/2", "limitations": []}, files)
    status = in_use(versions).status()
    assert status.version is None
    assert "not those that were approved" in status.problem


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"version": 7, "sha256": "x"}',
        b"[" * 100_000,
        b'{"version": "../../etc", "sha256": "x"}',
    ],
)
def test_a_damaged_pointer_is_one_sentence_and_no_models(versions, content):
    versions.use(another(versions))
    versions.pointer.write_bytes(content)
    assert "does not name a version of the models" in in_use(versions).status().problem
    assert [one.in_use for one in versions.all()] == [False, False]


def test_a_damaged_version_is_listed_with_its_problem_and_refused(versions):
    found = another(versions)
    (found.folder / "skin-1.txt").write_text("tree")
    listed = versions.all()[1]
    assert "skin-1.txt differs" in listed.problem
    with pytest.raises(ModelsUnavailable, match=r"skin-1\.txt differs"):
        versions.get("test/2")


def test_a_version_that_vanished_while_in_use_is_refused(versions):
    found = another(versions)
    versions.use(found)
    (found.folder / MANIFEST).unlink()
    assert "manifest.json is missing" in in_use(versions).status().problem


@pytest.mark.parametrize("name", ["test/1", "test/2"])
def test_a_name_is_given_once(versions, name):
    another(versions)
    with pytest.raises(ModelsUnavailable, match="already a version of that name"):
        another(versions, name)


@pytest.mark.parametrize("name", ["", "../x", "a/b/c", "a b", "v1.2", "x" * 60])
def test_a_name_that_cannot_be_a_version_is_refused(versions, name):
    with pytest.raises(ModelsUnavailable, match="A version is letters"):
        another(versions, name)


def test_names_count_up_each_day(versions):
    assert versions.reserve("2026-11-24", ()) == "2026-11-24/1"
    assert versions.reserve("2026-11-24", ()) == "2026-11-24/2"
    another(versions, "2026-11-24/4")
    assert versions.reserve("2026-11-24", {"2026-11-24/3"}) == "2026-11-24/5"
    assert versions.reserve("2026-11-25", ()) == "2026-11-25/1"


def test_a_reserved_name_takes_its_models_and_lists_nothing_before(versions):
    name = versions.reserve("2026-11-24", ())
    assert [one.version for one in versions.all()] == ["test/1"]
    assert another(versions, name).version == name


@pytest.mark.parametrize("change", [{"training": None}, {"recalibrations": [{}]}])
def test_a_manifest_of_another_program_is_listed_with_its_problem(versions, change):
    manifest, files = artefacts()
    write_models(versions.folder / "test_3", manifest | {"version": "test/3"} | change, files)
    assert "belongs to another version of the program" in versions.all()[1].problem


def test_a_copied_folder_is_no_version(versions):
    found = another(versions)
    shutil.copytree(found.folder, versions.folder / "copy")
    problems = {one.version: one.problem for one in versions.all()}
    assert "does not have the name of the version" in problems["copy"]
    assert problems["test/2"] == ""


def test_the_pointer_names_version_and_seal(versions):
    found = another(versions)
    versions.use(found)
    assert json.loads(versions.pointer.read_text()) == {
        "version": "test/2",
        "sha256": found.sha256,
    }


def test_approved_models_can_be_evaluated_again(versions):
    versions.use(another(versions))
    models = in_use(versions)
    assert models.evaluation() is None
    save_evaluation(models, {"model_version": "test/2", "results": []})
    assert models.predictor.version == "test/2"
    assert models.evaluation() == {"model_version": "test/2", "results": []}


def test_the_table_of_the_card_names_every_version(versions):
    found = another(versions)
    (found.folder / "skin-1.txt").write_text("tree")
    assert versions.table() == [
        ("test/1", "made up, 1,500 people", "none", "in use"),
        ("test_2", "", "none", "damaged"),
    ]

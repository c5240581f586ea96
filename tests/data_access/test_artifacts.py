import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from data_access.artifacts import MANIFEST, RiskModels, as_json, save_evaluation, write_models
from data_access.errors import ModelsUnavailable
from tests.models.risk.made_up import artefacts, patient


@pytest.fixture
def folder(tmp_path):
    manifest, files = artefacts()
    evaluation = {"model_version": "test/1", "results": []}
    write_models(tmp_path / "artifacts", manifest, files | {"evaluation.json": as_json(evaluation)})
    return tmp_path / "artifacts"


def refusal(folder):
    with pytest.raises(ModelsUnavailable) as caught:
        RiskModels(folder).load(threads=1)
    return str(caught.value)


def test_what_was_written_predicts(folder):
    models = RiskModels(folder)
    assert models.predictor.version == models.status().version == "test/1"
    assert models.predictor.explain(patient(), "FR")[0].risk is not None
    assert models.evaluation() == {"model_version": "test/1", "results": []}


def test_the_predictor_is_loaded_once_for_all_threads(folder):
    models = RiskModels(folder)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: models.predictor, range(8)))
    assert all(predictor is found[0] for predictor in found)


def test_a_changed_model_file_is_refused_in_one_sentence(folder):
    path = folder / "skin-1.txt"
    path.write_bytes(path.read_bytes().replace(b"leaf_value=", b"leaf_value=0", 1))
    assert refusal(folder) == (
        "Risk is not available: the model file skin-1.txt differs from its manifest;"
        " restore the model files or run `flask models train`."
    )


def test_a_missing_model_file_is_refused_in_one_sentence(folder):
    (folder / "renal-2.txt").unlink()
    assert "the model file renal-2.txt is missing" in refusal(folder)


def test_a_changed_evaluation_is_refused_and_takes_no_risk_away(folder):
    (folder / "evaluation.json").write_text("{}")
    models = RiskModels(folder)
    assert models.predictor.version == "test/1"
    with pytest.raises(ModelsUnavailable, match=r"evaluation\.json differs"):
        models.evaluation()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"files": {}, "version": "x"}', '{"files": {"../a": {}}}']
)
def test_a_manifest_that_is_none_is_refused(folder, content):
    (folder / MANIFEST).write_text(content)
    assert "manifest.json is not a manifest of models" in refusal(folder)


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_manifest_nested_absurdly_is_refused_in_one_sentence(folder, depth):
    (folder / MANIFEST).write_text("[" * depth + "]" * depth)
    assert "manifest.json is not a manifest of models" in RiskModels(folder).status().problem
    manifest = as_json({"version": "x", "sha256": "x", "files": {"a": 0}}).decode()
    (folder / MANIFEST).write_text(manifest.replace("0", "[" * depth + "]" * depth))
    assert "Risk is not available: manifest.json" in RiskModels(folder).status().problem


@pytest.mark.parametrize("content", [b"[" * 100_000, b"7", b"\xff"])
def test_an_evaluation_that_is_none_is_refused_in_one_sentence(folder, content):
    write_models(folder, artefacts()[0], artefacts()[1] | {"evaluation.json": content})
    with pytest.raises(ModelsUnavailable, match="not an evaluation of models; restore"):
        RiskModels(folder).evaluation()


def test_an_empty_folder_has_no_models(tmp_path):
    assert "manifest.json is missing" in refusal(tmp_path / "nothing")


def rewritten(folder, change):
    """The models as training would have written them with another manifest."""
    manifest, files = artefacts()
    manifest = json.loads(as_json(manifest))
    change(manifest)
    write_models(folder, manifest, files)
    return folder


def test_models_for_another_program_are_refused(folder):
    rewritten(folder, lambda manifest: manifest.pop("calibration"))
    assert "another version of the program" in refusal(folder)


def test_a_code_that_changed_its_meaning_since_training_is_refused(folder):
    def swap(manifest):
        labels = next(feature for feature in manifest["features"] if feature["name"] == "sex")
        labels["labels"].reverse()

    assert "another version of the program" in refusal(rewritten(folder, swap))


def test_a_calibration_changed_by_hand_is_refused(folder):
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["calibration"]["skin"]["all"]["intercept"] += 1
    (folder / MANIFEST).write_bytes(as_json(manifest))
    assert "manifest.json was changed after training" in refusal(folder)


def test_replaced_models_are_used_without_a_restart(folder):
    models = RiskModels(folder)
    before = models.predictor
    rewritten(folder, lambda manifest: manifest.update(version="test/2"))
    assert (before.version, models.predictor.version) == ("test/1", "test/2")


def test_a_failure_is_not_remembered(folder):
    models = RiskModels(folder)
    path = folder / "skin-1.txt"
    content = path.read_bytes()
    path.write_bytes(b"")
    assert models.status().version is None
    assert "skin-1.txt" in models.status().problem
    path.write_bytes(content)
    assert models.status().version == "test/1"


def test_a_new_set_replaces_the_old_whole(folder):
    manifest, files = artefacts()
    write_models(folder, manifest | {"version": "test/2"}, files)
    assert RiskModels(folder).predictor.version == "test/2"
    assert not (folder / "evaluation.json").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["artifacts"]


def test_an_interrupted_replacement_leaves_the_old_set(folder):
    manifest, files = artefacts()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_models(folder, manifest | {"metrics": float("nan")}, files)
    assert RiskModels(folder).predictor.version == "test/1"


def test_an_evaluation_is_kept_with_its_models(folder):
    models = RiskModels(folder)
    before = models.content()[1]["skin-1.txt"]
    save_evaluation(models, {"model_version": "test/1", "results": [1]})
    assert models.evaluation() == {"model_version": "test/1", "results": [1]}
    assert models.content()[1]["skin-1.txt"] == before


def test_an_evaluation_of_other_models_is_refused_and_nothing_changes(folder):
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(ModelsUnavailable, match="evaluate them again"):
        save_evaluation(RiskModels(folder), {"model_version": "test/0", "results": []})
    assert (folder / MANIFEST).read_bytes() == before

from __future__ import annotations

import json

import pytest

from data_access.artifacts import EVALUATION, MANIFEST, as_json, write_models
from data_access.errors import ModelsUnavailable
from data_access.forecast_models import ForecastModels
from models.qol.forecast.targets import TARGETS
from tests.models.qol.forecast.made_up import artefacts, forms, values_of

STORED = {"model_version": "test/1", "accuracy": []}


@pytest.fixture
def folder(tmp_path):
    manifest, files = artefacts()
    write_models(tmp_path / "forecasts", manifest, files | {EVALUATION: as_json(STORED)})
    return tmp_path / "forecasts"


def refusal(folder):
    with pytest.raises(ModelsUnavailable) as caught:
        ForecastModels(folder).load(threads=1)
    return str(caught.value)


def test_what_was_written_forecasts(folder):
    models = ForecastModels(folder)
    assert models.forecaster.version == models.manifest()["version"] == "test/1"
    assert len(models.forecaster.forecast(values_of(forms(), 0), TARGETS[1])) == 2
    assert models.forecaster is models.forecaster


def test_a_changed_file_is_refused_in_one_sentence(folder):
    path = folder / "fatigue-q10.txt"
    path.write_bytes(path.read_bytes().replace(b"leaf_value=", b"leaf_value=0", 1))
    assert refusal(folder) == (
        "Forecasts are not available: the model file fatigue-q10.txt differs from its manifest;"
        " restore the model files or run `flask qol train`."
    )


def test_a_missing_file_is_refused_in_one_sentence(folder, tmp_path):
    (folder / "answers.txt").unlink()
    assert refusal(folder).startswith("Forecasts are not available: the model file answers.txt is")
    assert refusal(tmp_path / "nothing").startswith("Forecasts are not available: ")


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.pop("boosters"),
        lambda manifest: manifest.pop("inputs"),
        lambda manifest: manifest["boosters"].pop("answers"),
        lambda manifest: manifest.update(horizons_days=[91]),
        lambda manifest: manifest.update(inputs=[7]),
        lambda manifest: manifest.update(boosters=[]),
    ],
)
def test_forecasts_of_another_version_of_the_program_are_refused(folder, change):
    manifest, files = artefacts()
    change(manifest)
    write_models(folder, manifest, files)
    assert refusal(folder) == (
        "Forecasts are not available: the model files belong to another version of the program;"
        " restore the model files or run `flask qol train`."
    )


@pytest.mark.parametrize("part", ["calibration", "margins"])
def test_a_manifest_without_a_part_that_forecasts_need_is_refused_on_loading(folder, part):
    manifest, files = artefacts()
    del manifest[part]
    write_models(folder, manifest, files)
    assert "another version of the program" in refusal(folder)


def test_replaced_forecasts_are_used_without_a_restart(folder):
    models = ForecastModels(folder)
    assert models.forecaster.version == "test/1"
    manifest, files = artefacts("test/2")
    write_models(folder, manifest, files)
    assert models.forecaster.version == "test/2"
    assert models.evaluation() is None


def test_a_failure_is_not_remembered(folder):
    models = ForecastModels(folder)
    path = folder / "answers.txt"
    content = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(ModelsUnavailable):
        _ = models.forecaster
    path.write_bytes(content)
    assert models.forecaster.version == "test/1"


def test_an_evaluation_is_kept_with_its_forecasts(folder):
    models = ForecastModels(folder)
    assert models.evaluation() == STORED
    models.save_evaluation(STORED | {"seed": 5})
    assert models.evaluation() == STORED | {"seed": 5}
    assert ForecastModels(folder).forecaster.version == "test/1"


def test_an_evaluation_of_other_forecasts_is_refused_and_nothing_changes(folder):
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(ModelsUnavailable, match="of forecasts test/0, and those in use are test/1"):
        ForecastModels(folder).save_evaluation(STORED | {"model_version": "test/0"})
    assert (folder / MANIFEST).read_bytes() == before


def test_a_changed_evaluation_takes_no_forecast_away(folder):
    (folder / EVALUATION).write_text(json.dumps(STORED | {"accuracy": [1]}))
    models = ForecastModels(folder)
    assert models.forecaster.version == "test/1"
    with pytest.raises(ModelsUnavailable, match=r"^Forecasts are not .*evaluation\.json differs"):
        models.evaluation()

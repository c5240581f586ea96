from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from app import create_app
from data_access.settings import Settings
from models.schema import IMPORTED, TABLES
from tests.data_access.importers.conftest import patients

ROOT = Path(__file__).parents[3]
MANIFEST = ROOT / "models" / "artifacts" / "manifest.json"


@pytest.fixture
def flask(tmp_path):
    """Runs a ``flask`` command in a state folder of its own."""
    app = create_app(Settings(var=tmp_path / "var", artifacts=tmp_path / "no models"))
    return lambda *words: app.test_cli_runner().invoke(args=["warehouse", *map(str, words)])


@pytest.fixture
def delivery(tmp_path) -> Path:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "patient.csv").write_text(patients("p1", "p2"))
    return folder


def test_without_a_warehouse_status_and_rollback_are_one_line_and_exit_1(flask):
    for command in ("status", "rollback"):
        result = flask(command)
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
        assert result.stdout == ""


def test_a_demonstration_is_built_scored_or_not_and_says_what_is_missing(flask):
    result = flask("demo", "--patients", 40, "--seed", 3)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith("40 simulated patients.\n")
    assert "No risks in this snapshot" in result.stderr
    assert "features" in result.stderr
    result = flask("demo", "--patients", 30, "--unscored")
    assert "features" not in result.stderr
    assert json.loads(flask("status", "--json").stdout)["tables"]["patient"] == 30


def test_status_for_programs_is_as_promised(flask, delivery):
    flask("import-csv", delivery)
    status = json.loads(flask("status", "--json").stdout)
    assert status["snapshot"].endswith("-001")
    assert status["created"].endswith("+00:00")
    assert status["data_date"] == "2024-12-31"
    assert list(status["tables"]) == list(TABLES)
    assert status["countries"] == {"FR": 2}
    assert status["quarantined"] == dict.fromkeys(IMPORTED, 0)


def test_status_for_people_names_tables_and_countries(flask, delivery):
    flask("import-csv", delivery)
    words = flask("status").stdout
    assert "FR 2" in words
    assert "quarantined" in words


def test_an_import_says_what_it_did(flask, delivery):
    result = flask("import-csv", delivery)
    assert result.exit_code == 0, result.stderr
    assert "patient.csv: 2 new." in result.stdout
    assert "2 patients (FR 2); 0 scored, 2 not scored." in result.stdout
    again = flask("import-csv", delivery)
    assert again.exit_code == 0
    assert "patient.csv: already imported.\nNothing changed." in again.stdout


def test_a_refused_import_is_exit_1_with_the_reason_on_standard_error(flask, delivery):
    (delivery / "lab.csv").write_text("patient_id;date\n")
    result = flask("import-csv", delivery)
    assert result.exit_code == 1
    assert "lab.csv is separated by semicolons" in result.stderr
    assert "Traceback" not in result.stderr
    assert flask("status").exit_code == 1


def test_a_cohort_is_scored_anew_with_the_models_in_use(tmp_path):
    var = tmp_path / "var"
    without = create_app(Settings(var=var, artifacts=tmp_path / "no models")).test_cli_runner()
    words = ["warehouse", "demo", "--patients", "40", "--seed", "3"]
    assert without.invoke(args=words).exit_code == 0
    refused = without.invoke(args=["warehouse", "rescore"])
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    flask = create_app(Settings(var=var)).test_cli_runner()
    result = flask.invoke(args=["warehouse", "rescore"])
    assert result.exit_code == 0, result.stderr
    read = flask.invoke(args=["warehouse", "status", "--json"]).stdout
    after = json.loads(read)
    assert (after["tables"]["patient"], after["kind"]) == (40, "simulated")
    assert after["scored"] > 30
    assert after["model_version"] == json.loads(MANIFEST.read_text())["version"]


def test_without_a_warehouse_nothing_is_scored_anew(tmp_path):
    runner = create_app(Settings(var=tmp_path / "var")).test_cli_runner()
    result = runner.invoke(args=["warehouse", "rescore"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


def test_a_mixed_cohort_says_so(flask, delivery):
    flask("demo", "--patients", 30, "--unscored")
    flask("import-csv", delivery)
    assert json.loads(flask("status", "--json").stdout)["kind"] == "simulated and imported"
    flask("import-csv", delivery, "--replace")
    assert json.loads(flask("status", "--json").stdout)["kind"] == "imported"


def test_a_demonstration_never_takes_the_place_of_imported_patients_unasked(flask, delivery):
    flask("import-csv", delivery)
    refused = flask("demo", "--patients", 30, "--unscored")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert "--replace" in refused.stderr
    assert flask("demo", "--patients", 30, "--unscored", "--replace").exit_code == 0


def test_rollback_goes_back(flask, delivery):
    flask("import-csv", delivery)
    (delivery / "patient.csv").write_text(patients("p3"))
    flask("import-csv", delivery)
    result = flask("rollback")
    assert result.exit_code == 0
    assert json.loads(flask("status", "--json").stdout)["tables"]["patient"] == 2


def test_wrong_usage_is_exit_2(flask):
    assert flask("import-csv").exit_code == 2
    assert flask("demo", "--patients", "0").exit_code == 2


def test_what_was_done_is_in_the_access_log_once_there_is_one(tmp_path, delivery):
    app = create_app(Settings(var=tmp_path / "var", artifacts=tmp_path / "no models"))
    runner = app.test_cli_runner()
    assert runner.invoke(args=["record", "upgrade"]).exit_code == 0
    runner.invoke(args=["warehouse", "import-csv", str(delivery)])
    entry = app.extensions["immunoboard"].record.entries(limit=1)[0]
    assert (entry.action, entry.role) == ("warehouse import", "operator")


def test_what_could_not_be_logged_is_not_begun(tmp_path, delivery):
    settings = Settings(var=tmp_path / "var", artifacts=tmp_path / "no models")
    sealed = settings.model_copy(update={"secret_key": SecretStr("0123456789abcdef" * 2)})
    with_key = create_app(sealed).test_cli_runner()
    assert with_key.invoke(args=["record", "upgrade"]).exit_code == 0
    assert with_key.invoke(args=["warehouse", "import-csv", str(delivery)]).exit_code == 0
    without = create_app(settings).test_cli_runner()
    (delivery / "patient.csv").write_text(patients("p3"))
    result = without.invoke(args=["warehouse", "import-csv", str(delivery)])
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "IMMUNOBOARD_SECRET_KEY" in result.stderr
    status = with_key.invoke(args=["warehouse", "status", "--json"])
    assert json.loads(status.stdout)["tables"]["patient"] == 2


def test_a_killed_import_leaves_everything_as_it_was(flask, delivery, tmp_path):
    assert flask("import-csv", delivery).exit_code == 0
    before = json.loads(flask("status", "--json").stdout)
    row = "p1,2024-02-01,1742-6,30,U/L\n"
    (delivery / "lab.csv").write_text("patient_id,date,loinc,value,unit\n" + row * 2_000_000)
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "warehouse", "import-csv", str(delivery)],
        cwd=ROOT,
        env={"IMMUNOBOARD_VAR": str(tmp_path / "var"), "PATH": "", "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "reading lab.csv" in line:
                break
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    warehouse = tmp_path / "var" / "warehouse"
    assert list(warehouse.glob("*.building*"))
    assert json.loads(flask("status", "--json").stdout) == before
    (delivery / "lab.csv").write_text("patient_id,date,loinc,value,unit\n" + row)
    assert flask("import-csv", delivery).exit_code == 0
    assert not list(warehouse.glob("*.building*"))
    assert json.loads(flask("status", "--json").stdout)["tables"]["lab"] == 1

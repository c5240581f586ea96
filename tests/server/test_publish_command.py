"""``flask warehouse publish``, and a server whose setting names another engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from data_access.settings import Settings
from tests.pages.payloads import payload

Run = Callable[..., Result]
ONLY_COHORTS = "single patients need a warehouse folder"


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"spark:{tmp_path / 'cohorts'}"


@pytest.fixture
def run(var: Path) -> Run:
    """Runs ``flask warehouse`` over the invented clinic."""
    app = create_app(Settings(var=var, secret_key="0123456789abcdef" * 3))
    return lambda *words: app.test_cli_runner().invoke(args=["warehouse", *words])


@pytest.fixture
def elsewhere(
    server: Flask, run: Run, target: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The server with cohorts on another engine; the snapshot that was published."""
    done = run("publish", target)
    assert done.exit_code == 0, done.output
    parts = server.extensions["immunoboard"]
    settings = Settings(var=parts.settings.var, warehouse=target, secret_key="0123456789abcdef" * 3)
    monkeypatch.setattr(parts, "settings", settings)
    for made in ("warehouse", "_elsewhere"):
        monkeypatch.delitem(parts.__dict__, made, raising=False)
    yield done.output.split()[1]
    parts.__dict__.pop("_elsewhere", None)


def test_publishing_says_what_it_did_and_again_that_nothing_changed(run: Run, target: str) -> None:
    first = run("publish", target)
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.endswith("cohorts are compared on it from now on.\n")
    again = run("publish", target)
    assert (again.exit_code, again.stdout.count("nothing changed")) == (0, 1)


def test_publishing_is_in_the_access_log(server: Flask, run: Run, target: str) -> None:
    entries = "SELECT count(*) FROM access_log WHERE action = 'warehouse publish'"
    record = server.extensions["immunoboard"].record

    def published() -> int:
        from sqlalchemy import text

        with record._database.read() as session:
            return session.scalar(text(entries))

    before = published()
    run("publish", target)
    run("publish", target)
    assert published() == before + 1


@pytest.mark.parametrize(
    "wrong", ["mysql://u:hunter2@h/d", "spark://host:7077", "spark:", "folder", "postgresql://[h"]
)
def test_a_target_that_is_none_is_wrong_usage(run: Run, wrong: str) -> None:
    result = run("publish", wrong)
    assert result.exit_code == 2
    assert "hunter2" not in result.output
    assert "FOLDER" in result.stderr or "postgresql://USER@HOST/DATABASE" in result.stderr


def test_without_a_snapshot_there_is_nothing_to_publish(tmp_path: Path, target: str) -> None:
    app = create_app(Settings(var=tmp_path / "empty"))
    result = app.test_cli_runner().invoke(args=["warehouse", "publish", target])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "nothing to publish yet" in result.stderr


def test_a_server_that_does_not_answer_is_one_line_without_the_password(
    run: Run, tmp_path: Path
) -> None:
    result = run("publish", f"postgresql://u:hunter2@/d?host={tmp_path}")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "hunter2" not in result.output


@pytest.mark.parametrize("command", [["status"], ["rollback"], ["publish", "spark:again"]])
def test_commands_about_patients_need_a_folder(
    var: Path, target: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(var=var, warehouse=target, secret_key="0123456789abcdef" * 3))
    result = app.test_cli_runner().invoke(args=["warehouse", *command])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert ONLY_COHORTS in result.stderr


def test_setting_up_asks_for_no_demonstration_where_another_engine_is_named(
    var: Path, target: str
) -> None:
    app = create_app(Settings(var=var, warehouse=target))
    result = app.test_cli_runner().invoke(args=["warehouse", "demo", "--if-none"])
    assert (result.exit_code, result.output) == (0, "")


def test_with_another_engine_everything_but_patients_works(
    elsewhere: str, as_user: Callable[[str], FlaskClient], server: Flask
) -> None:
    client = as_user("oncologist")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json["warehouse"] == "ok"
    assert client.get("/snapshot").json["snapshot"] == elsewhere
    assert client.get("/models").status_code == 200


def test_with_another_engine_a_page_about_patients_says_why_it_is_empty(
    elsewhere: str, as_user: Callable[[str], FlaskClient], dash_app: Dash
) -> None:
    client = as_user("oncologist")
    client.get("/")
    body = payload(
        dash_app, "worklist-rows-store.data", {"app-snapshot.data": {"snapshot": elsewhere}}
    )
    token = client.get_cookie("_csrf_token").value
    answer = client.post(
        "/_dash-update-component", json=body, headers={"X-CSRFToken": token}
    ).get_data(as_text=True)
    assert ONLY_COHORTS in answer
    assert "token" not in answer

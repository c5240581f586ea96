import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app, create_server
from data_access.errors import NotConfigured
from data_access.settings import Settings

ROOT = Path(__file__).parents[2]
PASSWORD = {"IMMUNOBOARD_PASSWORD": "correct horse battery"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    application = create_app(Settings(var=tmp_path))
    assert run(application, "record", "upgrade").exit_code == 0
    return application


def run(app: Flask, *arguments: str, **environment: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments), env=PASSWORD | environment)


def users(app: Flask) -> dict[str, dict[str, object]]:
    listed = json.loads(run(app, "users", "list", "--json").stdout)["users"]
    return {user["name"]: user for user in listed}


def behind_the_back(var: Path, *statements: str) -> None:
    """Change the record as somebody who holds its file."""
    with closing(sqlite3.connect(var / "record.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_user_is_added_granted_revoked_and_disabled(app: Flask) -> None:
    done = run(app, "users", "add", "dr-a", "--role", "oncologist", "--scope", "FR")
    assert done.exit_code == 0
    assert run(app, "users", "grant", "dr-a", "--scope", "US/CoH").exit_code == 0
    assert users(app)["dr-a"]["scopes"] == ["FR", "US/CoH"]
    assert run(app, "users", "revoke", "dr-a", "--scope", "FR").exit_code == 0
    assert run(app, "users", "disable", "dr-a").exit_code == 0
    dr_a = users(app)["dr-a"]
    assert (dr_a["scopes"], dr_a["active"], dr_a["role"]) == (["US/CoH"], False, "oncologist")
    for command in ("enable", "unlock"):
        assert run(app, "users", command, "dr-a").exit_code == 0
    assert run(app, "users", "set-role", "dr-a", "--role", "board").exit_code == 0
    assert run(app, "users", "set-password", "dr-a").exit_code == 0
    assert users(app)["dr-a"]["role"] == "board"


@pytest.mark.parametrize(
    "arguments",
    [
        ["users", "add", "dr-a", "--role", "oncologist", "--scope", "France"],
        ["users", "grant", "nobody", "--scope", "FR"],
        ["users", "revoke", "nobody", "--scope", "FR"],
        ["users", "disable", "nobody"],
        ["teams", "join", "Lung", "nobody"],
    ],
)
def test_a_refusal_is_one_line_on_standard_error_and_changes_nothing(
    app: Flask, arguments: list[str]
) -> None:
    done = run(app, *arguments)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert users(app) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["users", "add", "dr-a"],
        ["users", "add", "dr-a", "--role", "surgeon"],
        ["users", "grant", "dr-a"],
        ["access", "list", "--limit", "0"],
        ["users", "promote"],
    ],
)
def test_wrong_usage_is_exit_code_2(app: Flask, arguments: list[str]) -> None:
    assert run(app, *arguments).exit_code == 2


def test_a_short_password_is_refused(app: Flask) -> None:
    done = run(app, "users", "add", "a", "--role", "board", IMMUNOBOARD_PASSWORD="short")
    assert (done.exit_code, "8 to 128" in done.stderr) == (1, True)


def test_a_password_that_nobody_can_type_is_one_line(app: Flask) -> None:
    done = app.test_cli_runner().invoke(
        args=["users", "add", "dr-a", "--role", "board"], env={"IMMUNOBOARD_PASSWORD": None}
    )
    assert done.exit_code == 1
    assert "IMMUNOBOARD_PASSWORD" in done.stderr


def test_the_demonstration_makes_five_users_once_and_shows_the_password_once(app: Flask) -> None:
    first = run(app, "users", "demo", IMMUNOBOARD_DEMO_PASSWORD="")
    names = {"oncologist", "pharmacist", "board", "steward", "admin"}
    assert set(users(app)) == names
    assert users(app)["pharmacist"]["scopes"] == ["FR"]
    password = first.stdout.strip().rpartition(" ")[2]
    assert len(password) >= 12
    assert run(app, "users", "demo").stdout == ""
    record = app.extensions["immunoboard"].record
    assert record.sign_in("admin", password, "192.0.2.1")


def test_the_demonstration_takes_a_password_and_leaves_existing_users(app: Flask) -> None:
    run(app, "users", "add", "board", "--role", "board", "--scope", "ES")
    done = run(app, "users", "demo", IMMUNOBOARD_DEMO_PASSWORD="a given password")
    assert "a given password" not in done.stdout
    assert users(app)["board"]["scopes"] == ["ES"]
    record = app.extensions["immunoboard"].record
    assert record.sign_in("oncologist", "a given password", "192.0.2.1")


def test_teams_give_scopes_to_their_members(app: Flask) -> None:
    run(app, "users", "add", "dr-a", "--role", "oncologist")
    assert run(app, "teams", "add", "Lung team", "--scope", "FR/Lyon").exit_code == 0
    assert run(app, "teams", "join", "Lung team", "dr-a").exit_code == 0
    assert users(app)["dr-a"]["scopes"] == ["FR/Lyon"]
    listed = json.loads(run(app, "teams", "list", "--json").stdout)["teams"]
    assert listed == [{"name": "Lung team", "scopes": ["FR/Lyon"], "members": ["dr-a"]}]
    assert run(app, "teams", "leave", "Lung team", "dr-a").exit_code == 0
    assert users(app)["dr-a"]["scopes"] == []


def test_what_operators_do_is_in_the_access_log(app: Flask) -> None:
    run(app, "users", "add", "dr-a", "--role", "oncologist", "--scope", "FR")
    entries = json.loads(run(app, "access", "list", "--json").stdout)["entries"]
    assert [(entry["action"], entry["role"]) for entry in entries] == [
        ("grant scope", "operator"),
        ("add user", "operator"),
    ]
    about = json.loads(run(app, "access", "list", "--json", "--patient", "p1").stdout)
    assert about == {"entries": []}


def test_verification_says_whole_or_names_the_broken_entry(app: Flask, tmp_path: Path) -> None:
    run(app, "users", "add", "dr-a", "--role", "oncologist", "--scope", "FR")
    done = run(app, "record", "verify")
    assert (done.exit_code, "is whole: 2 entries" in done.stdout) == (0, True)
    behind_the_back(
        tmp_path,
        "DROP TRIGGER access_log_no_update",
        "UPDATE access_log SET subject = 'user dr-b' WHERE seq = 2",
    )
    done = run(app, "record", "verify")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: The access log is broken at entry 2: it was changed.\n",
    )


def test_verification_counts_further_flaws(app: Flask, tmp_path: Path) -> None:
    run(app, "users", "add", "dr-a", "--role", "oncologist", "--scope", "FR")
    behind_the_back(
        tmp_path,
        "DROP TRIGGER access_log_no_update",
        "UPDATE access_log SET subject = 'user dr-b'",
    )
    assert run(app, "record", "verify").stderr == (
        "Error: The access log is broken at entry 1: it was changed; further flaws: 1.\n"
    )


def test_verification_compares_with_a_head_kept_elsewhere(app: Flask, tmp_path: Path) -> None:
    run(app, "users", "add", "dr-a", "--role", "oncologist", "--scope", "FR")
    head = run(app, "record", "verify").stdout.splitlines()[-1].removeprefix("Head: ")
    number, _, digits = head.partition(":")
    assert (number, len(digits)) == ("2", 64)
    for kept in (head, digits, digits.upper()):
        assert run(app, "record", "verify", "--head", kept).exit_code == 0
    behind_the_back(
        tmp_path,
        "DROP TRIGGER access_log_no_delete",
        "DELETE FROM access_log WHERE seq = 2",
        "UPDATE access_head SET seq = 1, hash = (SELECT hash FROM access_log)",
    )
    assert run(app, "record", "verify").exit_code == 0
    done = run(app, "record", "verify", "--head", head)
    assert (done.exit_code, done.stdout, done.stderr) == (
        1,
        "",
        "Error: The access log is not the one whose head was kept:"
        " its end was cut off, or it was made anew.\n",
    )


@pytest.mark.parametrize("head", ["", "2", "2:abc", "x" * 64, "2 " + "a" * 64, "-1:" + "a" * 64])
def test_a_head_that_is_none_is_wrong_usage(app: Flask, head: str) -> None:
    assert run(app, "record", "verify", "--head", head).exit_code == 2


def test_a_log_without_its_head_is_one_line(app: Flask, tmp_path: Path) -> None:
    behind_the_back(tmp_path, "DELETE FROM access_head")
    for arguments in (["record", "verify"], ["users", "add", "dr-a", "--role", "board"]):
        done = run(app, *arguments)
        assert (done.exit_code, done.stderr) == (
            1,
            "Error: The access log has lost its head: restore the record store from a backup.\n",
        )


def test_a_command_without_the_key_leaves_a_sealed_log_alone(app: Flask, tmp_path: Path) -> None:
    with_key = create_app(Settings(var=tmp_path, secret_key="0123456789abcdef" * 3))
    run(with_key, "users", "add", "dr-a", "--role", "oncologist")
    for arguments in (["users", "disable", "dr-a"], ["record", "verify"]):
        done = run(app, *arguments)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "set IMMUNOBOARD_SECRET_KEY" in done.stderr
    assert users(with_key)["dr-a"]["active"]
    assert run(with_key, "record", "verify").exit_code == 0


def test_a_record_that_was_never_set_up_is_one_line(tmp_path: Path) -> None:
    done = run(create_app(Settings(var=tmp_path)), "users", "list")
    assert (done.exit_code, "flask record upgrade" in done.stderr) == (1, True)


def test_a_server_without_a_secret_key_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="IMMUNOBOARD_SECRET_KEY_FILE"):
        create_server(Settings(var=tmp_path))


def test_commands_start_without_the_libraries_they_do_not_need() -> None:
    code = (
        "import sys\nfrom app import create_app\ncreate_app()\n"
        "slow = {'dash', 'pandas', 'ibis', 'lightgbm', 'sqlalchemy'} & set(sys.modules)\n"
        "sys.exit(' '.join(slow) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_gunicorn_stops_at_once_with_one_line_when_there_is_no_key(tmp_path: Path) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "server/gunicorn_settings.py",
            "app:create_server()",
        ],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "IMMUNOBOARD_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.startswith("Error: No secret key")
    assert done.stderr.count("\n") == 1
    assert time.monotonic() - started < 60

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from data_access.errors import NotConfigured, RecordsError
from data_access.settings import Settings
from server.commands.group import CommandGroup

RunFailing = Callable[[Callable[[], object]], Result]
STOPPED = (
    "Error: Stopped, nothing was switched: {}. Check disk space, memory and the permissions of the"
    " state folder, then run the command again.\n"
)
HOLD = (
    "import sys, duckdb\nheld = duckdb.connect(sys.argv[1])\n"
    "print('held', flush=True)\nsys.stdin.read()"
)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(Settings(var=tmp_path))


@pytest.fixture
def run_failing(app: Flask) -> RunFailing:
    """Run a command that does what it is given, and fails at it."""
    group = CommandGroup("work")
    app.cli.add_command(group)

    def run(act: Callable[[], object]) -> Result:
        group.command("do")(lambda: act())
        return app.test_cli_runner().invoke(args=["work", "do"])

    return run


def fails_with(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "exit_code", "said"),
    [
        (RecordsError("No."), 1, "Error: No.\n"),
        (NotConfigured("Set it."), 2, "Error: Set it.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/state/p1"),
            1,
            STOPPED.format("No space left on device"),
        ),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            1,
            STOPPED.format("Permission denied"),
        ),
        (TimeoutError(), 1, STOPPED.format("TimeoutError")),
        (MemoryError(), 1, STOPPED.format("MemoryError")),
        (duckdb.IOException("cannot write p1"), 1, STOPPED.format("IOException")),
        (duckdb.OutOfMemoryException("row of p1"), 1, STOPPED.format("OutOfMemoryException")),
    ],
)
def test_what_stops_a_command_is_one_line_without_values(
    run_failing: RunFailing, error: BaseException, exit_code: int, said: str
) -> None:
    done = run_failing(fails_with(error))
    assert (done.exit_code, done.stdout, done.stderr) == (exit_code, "", said)


def test_a_fault_of_the_program_stays_one(run_failing: RunFailing) -> None:
    assert isinstance(run_failing(fails_with(KeyError("x"))).exception, KeyError)


def test_a_full_disk_is_one_line(run_failing: RunFailing) -> None:
    done = run_failing(lambda: Path("/dev/full").write_bytes(b"x" * 100_000))
    assert (done.exit_code, done.stderr) == (1, STOPPED.format("No space left on device"))


def test_a_database_that_another_process_holds_is_one_line(
    run_failing: RunFailing, tmp_path: Path
) -> None:
    place = str(tmp_path / "held.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        done = run_failing(lambda: duckdb.connect(place))
        holder.communicate(timeout=60)
    assert (done.exit_code, done.stderr) == (1, STOPPED.format("IOException"))


def test_a_state_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    runner = create_app(Settings(var=tmp_path / "file" / "var")).test_cli_runner()
    for arguments in (["warehouse", "demo", "--patients", "10"], ["record", "upgrade"]):
        done = runner.invoke(args=arguments)
        assert (done.exit_code, done.stderr) == (1, STOPPED.format("Not a directory"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["users", "add", "dr-a"], "Missing option '--role'. Choose from: oncologist, "),
        (["users", "add", "dr-a", "--role", "surgeon"], "'surgeon' is not one of"),
        (["users", "grant"], "Missing argument 'NAME'"),
        (["users", "promote"], "No such command 'promote'"),
        (["users", "--bogus"], "No such option '--bogus'"),
        (["record", "verify", "--head", "x"], "Invalid value for '--head'"),
    ],
)
def test_wrong_usage_is_one_line_and_where_to_find_help(
    app: Flask, arguments: list[str], said: str
) -> None:
    done = app.test_cli_runner().invoke(args=arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    sentence, hint = done.stderr.splitlines()
    assert sentence.startswith("Error: ")
    assert said in sentence
    assert hint.startswith("Try '")
    assert hint.endswith("--help'.")


def test_a_group_without_a_command_shows_its_commands(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["record"])
    assert done.exit_code == 2
    assert "upgrade" in done.output
    assert "verify" in done.output

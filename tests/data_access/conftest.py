"""Database servers that several stores are tested on."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest


def _postgresql_programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A throw-away PostgreSQL cluster; its socket folder."""
    programs = _postgresql_programs()
    if programs is None:
        reason = "NO POSTGRESQL: install postgresql to run the tests of both stores on it"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    place = Path(tempfile.mkdtemp(prefix="immunoboard-pg-"))
    owner = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = pwd.getpwnam("postgres")
        os.chown(place, account.pw_uid, account.pw_gid)
        owner = account.pw_uid

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / program), "-D", str(place / "data"), *arguments],
            check=True,
            cwd=place,
            user=owner,
            group=None if owner is None else pwd.getpwuid(owner).pw_gid,
            stdout=subprocess.DEVNULL,
        )

    run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{place}' -c fsync=off"
    run("pg_ctl", "--wait", "--log", str(place / "log"), "-o", options, "start")
    try:
        yield str(place)
    finally:
        run("pg_ctl", "--wait", "--mode=immediate", "stop")
        shutil.rmtree(place)


@pytest.fixture(scope="session")
def spark() -> Iterator[None]:
    """A machine on which Spark starts, with little memory."""
    missing = [
        name
        for name, there in (("Java", shutil.which("java")), ("PySpark", find_spec("pyspark")))
        if not there
    ]
    if missing:
        pytest.skip(f"NO SPARK: {' and '.join(missing)} missing, install them to compare it")
    before = os.environ.get("PYSPARK_SUBMIT_ARGS")
    # Compiling a plan into Java takes longer than these few rows do without.
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        "--master local[2] --driver-memory 512m --conf spark.sql.codegen.wholeStage=false"
        " --conf spark.sql.codegen.factoryMode=NO_CODEGEN pyspark-shell"
    )
    yield
    if before is None:
        del os.environ["PYSPARK_SUBMIT_ARGS"]
    else:
        os.environ["PYSPARK_SUBMIT_ARGS"] = before

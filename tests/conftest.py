"""One invented clinic for every test that needs the whole application.

Dash allows one app per process, so the server is made once per session: its own state
folder, a simulated warehouse of a few hundred patients, a migrated record and five users.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

PASSWORD = "a long demonstration password"
SECRET = "0123456789abcdef" * 3
PATIENTS = 240
USERS = {
    "oncologist": ("oncologist", "FR"),
    "second": ("oncologist", "ES"),
    "pharmacist": ("pharmacist", "FR"),
    "board": ("board", "FR"),
    "steward": ("steward", "FR"),
    "admin": ("administrator", "FR"),
}


def pytest_setup_options():
    """Headless Chromium that runs as root and asks nobody outside."""
    from selenium.webdriver.chrome.options import Options

    options = Options()
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--window-size=1366,768",
    ):
        options.add_argument(flag)
    return options


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser walks, loudly, where there is no browser; never in the full check."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError("Chromium and ChromeDriver are needed for the browser tests.")
    reason = "NO BROWSER: install chromium and chromium-driver to run the browser tests"
    for item in items:
        if "e2e" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """State folder with record, users and a small simulated warehouse, built once."""
    from app import create_app
    from data_access.settings import Settings

    folder = tmp_path_factory.mktemp("clinic")
    app = create_app(Settings(var=folder, secret_key=SECRET))
    runner = app.test_cli_runner()
    for command in (
        ["record", "upgrade"],
        *(
            ["users", "add", name, "--role", role, "--scope", scope]
            for name, (role, scope) in USERS.items()
        ),
        ["warehouse", "demo", "--patients", str(PATIENTS), "--seed", "7"],
    ):
        done = runner.invoke(args=command, env={"IMMUNOBOARD_PASSWORD": PASSWORD})
        assert done.exit_code == 0, f"{command}: {done.output}"
    return folder


@pytest.fixture(scope="session")
def server(var: Path) -> Iterator[Flask]:
    """The whole web application over the invented clinic."""
    from app import create_server
    from data_access.settings import Settings

    flask_server = create_server(Settings(var=var, secret_key=SECRET, snapshot_poll_seconds=0))
    yield flask_server
    flask_server.extensions["immunoboard"].record.close()


@pytest.fixture(scope="session")
def dash_app(server: Flask):
    """The Dash application of ``server``."""
    return server.extensions["dash"]


@pytest.fixture
def as_user(server: Flask) -> Callable[[str], FlaskClient]:
    """A function that signs a user in through the form and returns the client."""

    def sign_in(name: str) -> FlaskClient:
        client = server.test_client()
        page = client.get("/login").get_data(as_text=True)
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        answer = client.post(
            "/login", data={"name": name, "password": PASSWORD, "csrf_token": token}
        )
        assert answer.status_code == 302, answer.get_data(as_text=True)[:500]
        return client

    return sign_in

"""Real gunicorn with two workers, and a browser that keeps what went wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.conftest import PASSWORD, SECRET

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_alive(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when ``/healthz`` answers; fail when the server ends or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "gunicorn ended during its start"
        try:
            with urlopen(f"{url}/healthz", timeout=5) as answer:
                assert answer.status == 200
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"no answer from {url} within {START_SECONDS} s")


@pytest.fixture(scope="session")
def gunicorn(var: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Address and process of the application as ``make run`` serves it, with two workers."""
    port = free_port()
    environment = os.environ | {
        "IMMUNOBOARD_VAR": str(var),
        "IMMUNOBOARD_SECRET_KEY": SECRET,
        "PORT": str(port),
    }
    command = ["gunicorn", "-c", "server/gunicorn_settings.py", "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "app:create_server()"], cwd=ROOT, env=environment
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_alive(url, process)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def site(gunicorn: tuple[str, subprocess.Popen[bytes]]) -> str:
    """Address of the running application."""
    return gunicorn[0]


@pytest.fixture(scope="session")
def site_process(gunicorn: tuple[str, subprocess.Popen[bytes]]) -> int:
    """Process id of the server that forks the workers."""
    return gunicorn[1].pid


class Visitor:
    """A person at a browser: finds things by CSS and remembers trouble."""

    def __init__(self, browser: object, url: str) -> None:
        self.driver = browser.driver
        self.url = url

    def open(self, path: str) -> None:
        """Go to a path of the site."""
        self.driver.get(self.url + path)

    def find(self, css: str) -> WebElement:
        """The first element that matches, waited for."""
        return WebDriverWait(self.driver, 20).until(
            lambda driver: next(iter(driver.find_elements(By.CSS_SELECTOR, css)), False)
        )

    def until(self, condition: Callable[[], object], message: str) -> None:
        """Wait for a condition; elements replaced meanwhile count as not yet."""
        from selenium.common.exceptions import StaleElementReferenceException

        def holds(_driver: object) -> object:
            try:
                return condition()
            except StaleElementReferenceException:
                return False

        WebDriverWait(self.driver, 20).until(holds, message)

    def press(self, css: str, *keys: str) -> None:
        """Send keys to an element once it can take them."""
        from selenium.common.exceptions import ElementNotInteractableException

        def taken() -> bool:
            try:
                self.find(css).send_keys(*keys)
            except ElementNotInteractableException:
                return False
            return True

        self.until(taken, f"{css} takes no keys")

    def unfold(self, css: str) -> None:
        """Open what folds out, by keyboard; a panel that is drawn once more closes it."""

        def is_open() -> bool:
            if self.find(css).get_attribute("open"):
                return True
            self.press(f"{css} > summary", Keys.ENTER)
            return False

        self.until(is_open, f"{css} does not open")

    def text_contains(self, css: str, words: str) -> None:
        """Wait until the element shows the words."""
        self.until(lambda: words in self.find(css).text, f"{css} does not show {words!r}")

    def sign_in(self, name: str) -> None:
        """Sign in through the form and wait for the page behind it."""
        self.open("/login")
        self.find("input[name=name]").send_keys(name)
        self.find("input[name=password]").send_keys(PASSWORD)
        self.find("button[type=submit]").click()
        self.find("#app-navigation a")

    def trouble(self) -> list[str]:
        """Console errors (CSP violations are among them) since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def foreign_requests(self) -> list[str]:
        """Addresses outside the own origin that the page asked for."""
        asked = self.driver.execute_script(
            "return performance.getEntriesByType('resource').map(entry => entry.name)"
        )
        return [name for name in asked if not name.startswith((self.url, "data:", "blob:"))]


@pytest.fixture
def visitor(dash_br: object, site: str) -> Visitor:
    """Somebody at a fresh browser, not signed in."""
    return Visitor(dash_br, site)


@pytest.fixture
def second_visitor(site: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody else at another browser."""
    from dash.testing.browser import Browser

    options = request.config.hook.pytest_setup_options()
    with Browser(browser="chrome", options=options, download_path=str(tmp_path)) as browser:
        yield Visitor(browser, site)

"""What the real server does: every worker predicts, ended sessions lead back to the login."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import PASSWORD
from tests.e2e.conftest import Visitor


class Client:
    """A signed-in client of the running server."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        page = self.get("/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        form = {"name": name, "password": PASSWORD, "csrf_token": token}
        self.opener.open(f"{url}/login", urllib.parse.urlencode(form).encode(), timeout=30)

    def get(self, path: str) -> str:
        with self.opener.open(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def callback(self, payload: dict[str, object]) -> dict[str, object]:
        """Post a Dash callback with the CSRF header."""
        csrf = next(cookie.value for cookie in self.jar if cookie.name == "_csrf_token")
        request = urllib.request.Request(
            f"{self.url}/_dash-update-component",
            json.dumps(payload).encode(),
            {"Content-Type": "application/json", "X-CSRFToken": csrf},
        )
        with self.opener.open(request, timeout=30) as answer:
            return json.loads(answer.read())


def children_of(process: int) -> set[int]:
    """Process ids of the children."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8")
    return {int(word) for word in text.split()}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_both_workers_predict(site: str, dash_app: object, site_process: int) -> None:
    """A model loaded before a fork would hang in one of them; each must have answered."""
    from tests.pages.payloads import payload

    client = Client(site, "oncologist")
    listed = client.callback(
        payload(dash_app, "worklist-rows-store.data", {"app-snapshot.data": {"snapshot": "any"}})
    )
    token = json.loads(listed["response"]["worklist-rows-store"]["data"])["token"][0]
    values = {
        "patient-link-store.data": token,
        "app-snapshot.data": {"snapshot": "any"},
        "patient-horizon-input.value": 180,
        "patient-outcome-input.value": "severe",
        "patient-why-view-input.value": "inputs",
    }
    workers = children_of(site_process)
    assert len(workers) == 2
    answered = set()
    for _ in range(200):
        before = {worker: cpu_ticks(worker) for worker in workers}
        answer = client.callback(payload(dash_app, "patient-why.children", values))
        assert "of 100" in json.dumps(answer)
        answered |= {worker for worker in workers if cpu_ticks(worker) > before[worker]}
        if answered == workers:
            break
    assert answered == workers


def cpu_ticks(process: int) -> int:
    """User and system time of a process, in clock ticks."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.e2e
def test_an_ended_session_leads_to_the_login_and_back(visitor: Visitor) -> None:
    visitor.sign_in("board")
    visitor.find(".ag-row")
    visitor.driver.delete_all_cookies()
    visitor.find("#worklist-reset-button").click()
    visitor.until(lambda: "/login" in visitor.driver.current_url, "no way back to the login")
    assert "next=" in visitor.driver.current_url or visitor.driver.current_url.endswith("/login")


def test_a_link_with_two_long_definitions_is_answered(site: str) -> None:
    """Signed in, and by the login that leads back to it."""
    from models.cohort.definition import LONGEST_WRITTEN_OUT

    longest = ("age=40-50,60-70;sex!=F;" * 200)[:LONGEST_WRITTEN_OUT]
    path = f"/cohorts?a={longest}&b={longest}"
    assert "Immunoboard" in Client(site, "oncologist").get(path)
    with urllib.request.urlopen(site + path, timeout=30) as answer:
        assert 'name="password"' in answer.read().decode()


def test_the_password_is_not_on_the_command_line(site_process: int) -> None:
    words = Path(f"/proc/{site_process}/cmdline").read_bytes().decode()
    assert PASSWORD not in words
    assert os.environ.get("IMMUNOBOARD_PASSWORD") is None

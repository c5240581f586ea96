import logging
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from data_access.errors import ModelsUnavailable, RecordUnavailable, WarehouseUnavailable

AsUser = Callable[[str], FlaskClient]
PATHS = ["/login", "/", "/unknown", "/_dash-layout", "/healthz", "/assets/immunoboard.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_the_browser_what_is_allowed(server: Flask, path: str) -> None:
    with server.test_client().get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "sha256-" in scripts
    for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_the_policy_allows_the_scripts_of_the_page_and_no_others(as_user: AsUser) -> None:
    import base64
    import hashlib
    import re

    answer = as_user("oncologist").get("/")
    page, policy = answer.get_data(as_text=True), answer.headers["Content-Security-Policy"]
    inline = re.findall(r'<script id="_dash-renderer"[^>]*>(.*?)</script>', page, re.DOTALL)
    inline += re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert inline
    for script in inline:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    assert all(address.startswith("/") and address[:2] != "//" for address in addresses)


@pytest.mark.parametrize("path", ["/login", "/", "/_dash-layout", "/snapshot", "/healthz"])
def test_dynamic_answers_are_never_stored(as_user: AsUser, path: str) -> None:
    assert as_user("oncologist").get(path).headers["Cache-Control"] == "no-store"


def test_files_with_a_version_in_their_address_are_kept(as_user: AsUser) -> None:
    client = as_user("oncologist")
    page = client.get("/").get_data(as_text=True)
    suite = next(part for part in page.split('"') if part.startswith("/_dash-component-suites"))
    answer = client.get(suite)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    with client.get("/assets/immunoboard.css") as plain:
        assert plain.headers["Cache-Control"] == "public, max-age=3600"
    missing = client.get("/_dash-component-suites/dash/absent.js")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")


def test_a_violation_is_logged_by_rule_only_and_not_endlessly(
    server: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    report = {"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://p1.example"}}
    with caplog.at_level(logging.WARNING):
        for _ in range(30):
            assert server.test_client().post("/csp-report", json=report).status_code == 204
        for odd in (b"", b"[]", b'{"csp-report": 7}', b"\xff", b"[" * 9000):
            assert server.test_client().post("/csp-report", data=odd).status_code == 204
    lines = [line.getMessage() for line in caplog.records if "policy" in line.getMessage()]
    assert 0 < len(lines) <= 10
    assert set(lines) == {"Content policy violated: img-src"}


def test_the_process_says_that_it_lives(server: Flask) -> None:
    answer = server.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


class Broken:
    """A part that does not work."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> object:
        raise self._error


class Working:
    """Parts that do, with nothing in them."""

    class Version:
        version = "v1"
        id = "s1"
        data_date = None
        kind = "simulated"
        model_version = "v0"

    snapshot = Version()
    predictor = Version()


@pytest.fixture
def parts(server: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace warehouse or models of the server."""

    def replace(**given: object) -> None:
        for name in ("warehouse", "models"):
            part = given.get(name, Working())
            monkeypatch.setitem(server.extensions["immunoboard"].__dict__, name, part)

    return replace


def test_ready_means_record_warehouse_and_models(server: Flask, parts: Callable[..., None]) -> None:
    parts()
    answer = server.test_client().get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json.values()) == {"ok"}


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("warehouse", WarehouseUnavailable("There is no snapshot.")),
        ("models", ModelsUnavailable("A file differs.")),
    ],
)
def test_what_is_down_is_named_without_the_reason(
    server: Flask, parts: Callable[..., None], part: str, error: Exception
) -> None:
    parts(**{part: Broken(error)})
    answer = server.test_client().get("/readyz")
    assert (answer.status_code, answer.json[part], answer.json["record"]) == (503, "down", "ok")
    assert str(error) not in answer.get_data(as_text=True)


def test_the_snapshot_says_what_is_there_and_what_is_not(
    as_user: AsUser, parts: Callable[..., None]
) -> None:
    client = as_user("oncologist")
    parts()
    answer = client.get("/snapshot").json
    assert (answer["model_version"], answer["scored_with"]) == ("v1", "v0")
    assert answer["cohort"] == "simulated"
    parts(models=Broken(ModelsUnavailable("A file differs.")))
    answer = client.get("/snapshot").json
    assert (answer["snapshot"], answer["model_version"]) == ("s1", None)
    parts(warehouse=Broken(WarehouseUnavailable("Nothing there.")))
    assert client.get("/snapshot").json["snapshot"] is None


def test_a_record_store_out_of_reach_is_one_sentence_and_503(
    server: Flask, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user("oncologist")
    broken = Broken(RecordUnavailable("The record store does not answer."))
    monkeypatch.setattr(server.extensions["immunoboard"].record, "sessions", broken)
    page = client.get("/")
    assert page.status_code == 503
    assert "The record store does not answer." in page.get_data(as_text=True)
    assert client.get("/_dash-layout").json == {"error": "The record store does not answer."}
    assert server.test_client().get("/healthz").status_code == 200


def test_an_unexpected_error_shows_and_logs_nothing_of_its_message(
    server: Flask,
    as_user: AsUser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = as_user("oncologist")
    broken = Broken(ValueError("patient FR-7Q2K has albumin 31"))
    monkeypatch.setattr(server.extensions["immunoboard"].record, "sessions", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    everything = answer.get_data(as_text=True) + caplog.text
    assert "FR-7Q2K" not in everything
    assert "Something went wrong" in everything
    assert "ValueError at test_headers_and_health.py" in caplog.text


@pytest.mark.parametrize(
    "host", ["evil..example", "a" * 64 + ".example", "a b", "x\ty", "[::1", ""]
)
def test_a_host_that_is_none_is_refused_before_anything_else(server: Flask, host: str) -> None:
    answer = server.test_client().get("/login", headers={"Host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["localhost", "immunoboard.example:8050", "127.0.0.1", "[::1]:80"])
def test_host_names_and_addresses_are_served(server: Flask, host: str) -> None:
    assert server.test_client().get("/login", headers={"Host": host}).status_code == 200


def test_a_report_cannot_forge_a_line_of_the_log(
    server: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    report = {"csp-report": {"effective-directive": "script-src\nFORGED\tline"}}
    server.test_client().post("/csp-report", json=report)
    assert "FORGED" not in caplog.text

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.guard import local_path

AsUser = Callable[[str], FlaskClient]

OPEN_TO_ANYONE = {
    ("/login", "GET"),
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/csp-report", "POST"),
    ("/_favicon.ico", "GET"),
    ("/assets/immunoboard.css", "GET"),
    ("/bootstrap/static/css/bootstrap.min.css", "GET"),
}
EXAMPLES = {
    "<path:path>": "patient/abc",
    "<string:package_name>/<path:fingerprinted_path>": "dash/dash-renderer/build/absent.js",
}


def addresses(server: Flask) -> set[str]:
    """One address for every rule of the server, and a few that have none."""
    found = set()
    for rule in server.url_map.iter_rules():
        address = rule.rule
        for pattern, example in EXAMPLES.items():
            address = address.replace(pattern, example)
        if rule.endpoint == "_dash_assets.static":
            address = "/assets/immunoboard.css"
        if rule.endpoint == "bootstrap.static":
            address = "/bootstrap/static/css/bootstrap.min.css"
        assert "<" not in address, address
        found.add(address)
    return found | {"/_mcp", "/_alive_abc", "/unknown", "/assets/../app.py", "/assets/", "//"}


def test_a_stranger_reaches_only_the_few_open_addresses(server: Flask) -> None:
    stranger = server.test_client()
    answered = set()
    for address in addresses(server):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            body = {} if method == "POST" else None
            with stranger.open(address, method=method, json=body) as answer:
                if answer.status_code in (200, 204):
                    answered.add((address, method))
    # Without a warehouse or models the server says that it is not ready: that is an answer too.
    assert answered - OPEN_TO_ANYONE == set()
    assert OPEN_TO_ANYONE - answered <= {("/readyz", "GET")}


def test_a_stranger_who_asks_for_a_page_is_led_to_the_login_and_back(server: Flask) -> None:
    answer = server.test_client().get("/patient/abc?view=qol")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=/patient/abc?view%3Dqol"


@pytest.mark.parametrize("path", ["/_dash-layout", "/_dash-dependencies", "/snapshot"])
def test_a_program_without_a_session_gets_401_and_no_page(server: Flask, path: str) -> None:
    answer = server.test_client().get(path)
    assert (answer.status_code, answer.json) == (401, {"error": "Sign in again."})


def test_a_made_up_session_is_a_stranger(server: Flask) -> None:
    client = server.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = "made up"
        cookie["_user_id"] = "1"
    client.set_cookie("remember_token", "1|0000")
    assert client.get("/_dash-layout").status_code == 401


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("oncologist", "/", 200),
        ("oncologist", "/patient/abc", 200),
        ("oncologist", "/models", 200),
        ("board", "/", 200),
        ("steward", "/", 302),
        ("steward", "/patient/abc", 404),
        ("steward", "/models", 200),
        ("admin", "/patient/abc", 404),
        ("oncologist", "/unknown", 404),
        ("oncologist", "/_mcp", 404),
    ],
)
def test_roles_open_their_pages_only(as_user: AsUser, name: str, path: str, status: int) -> None:
    assert as_user(name).get(path).status_code == status


def test_no_frame_names_a_person_a_role_or_a_snapshot(as_user: AsUser) -> None:
    for path in ("/", "/_dash-layout", "/_dash-dependencies"):
        text = as_user("oncologist").get(path).get_data(as_text=True)
        assert "oncologist" not in text, path
        assert "FR" not in text.split(), path


def test_there_is_no_debugger_no_reload_and_no_side_door(server: Flask) -> None:
    rules = {rule.rule for rule in server.url_map.iter_rules()}
    assert not any(word in rule for rule in rules for word in ("mcp", "_dash-ws", "api", "health/"))
    assert server.debug is False
    assert server.extensions["dash"].config.suppress_callback_exceptions is True


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "\\/\\/x",
     "", "login", "/a\nSet-Cookie: x", "http:/x", "/\t/evil.example", "////evil.example", "//["],
)  # fmt: skip
def test_a_target_elsewhere_is_no_target(target: str) -> None:
    assert local_path(target) is None


@pytest.mark.parametrize("target", ["/", "/patient/abc?view=qol", "/models"])
def test_a_path_of_ours_is_one(target: str) -> None:
    assert local_path(target) == target

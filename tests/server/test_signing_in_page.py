from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from data_access.record import Agent, Record, Role
from tests.conftest import PASSWORD

AsUser = Callable[[str], FlaskClient]
OPERATOR = Agent("tester", "operator")


def token_of(client: FlaskClient, path: str = "/login") -> str:
    page = client.get(path).get_data(as_text=True)
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


def post(client: FlaskClient, name: str, password: str, **more: str):  # type: ignore[no-untyped-def]
    form = {"name": name, "password": password, "csrf_token": token_of(client), **more}
    return client.post("/login", data=form, environ_base=more_environ(name))


def more_environ(name: str) -> dict[str, str]:
    """Each name from an address of its own, so that failures here lock nobody elsewhere."""
    return {"REMOTE_ADDR": f"198.51.100.{sum(name.encode()) % 250}"}


@pytest.fixture
def record(server: Flask) -> Record:
    return server.extensions["immunoboard"].record


@pytest.fixture
def hours_later(record: Record, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Move the clock of the sessions."""
    clock = record.sessions._clock

    def forward(**span: float) -> None:
        later = timedelta(**span)
        monkeypatch.setattr(record.sessions, "_clock", lambda: clock() + later)

    return forward


def test_the_form_is_labelled_and_works_without_anything_from_outside(server: Flask) -> None:
    page = server.test_client().get("/login").get_data(as_text=True)
    for label in ('for="name"', 'for="password"', 'lang="en"', "Research software, not a medical"):
        assert label in page
    assert "://" not in page.replace("http://www.w3.org", "")
    assert "autofocus" in page


def test_a_wrong_password_says_so_without_saying_what_was_wrong(server: Flask) -> None:
    wrong = post(server.test_client(), "oncologist", "not the password")
    unknown = post(server.test_client(), "nobody", "not the password")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    sentence = "Sign-in failed. Check user name and password"
    for answer in (wrong, unknown):
        page = answer.get_data(as_text=True)
        assert sentence in page
        assert 'aria-describedby="sign-in-error"' in page
        assert "not the password" not in page


def test_what_was_typed_as_a_name_comes_back_escaped(server: Flask) -> None:
    page = post(server.test_client(), '"><script>alert(1)</script>', "x").get_data(as_text=True)
    assert "<script>alert" not in page


def test_signing_in_leads_to_the_page_that_was_asked_for(server: Flask) -> None:
    answer = post(server.test_client(), "oncologist", PASSWORD, next="/patient/abc?view=qol")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/patient/abc?view=qol")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "javascript:1"])
def test_signing_in_never_leads_elsewhere(server: Flask, target: str) -> None:
    answer = post(server.test_client(), "oncologist", PASSWORD, next=target)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_steward_starts_at_a_page_of_the_role(server: Flask) -> None:
    assert post(server.test_client(), "steward", PASSWORD).headers["Location"] == "/models"


def test_whoever_is_signed_in_needs_no_form(as_user: AsUser) -> None:
    answer = as_user("oncologist").get("/login?next=/models")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/models")


def test_a_new_session_starts_at_sign_in_and_the_old_cookie_is_of_no_use(server: Flask) -> None:
    client = server.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = "planted"
    post(client, "oncologist", PASSWORD)
    with client.session_transaction() as cookie:
        assert cookie["session"] != "planted"
        assert "csrf_token" not in cookie


def test_cookies_are_for_this_server_only(server: Flask) -> None:
    client = server.test_client()
    answer = post(client, "oncologist", PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(as_user: AsUser) -> None:
    client = as_user("oncologist")
    stolen = client.get_cookie("immunoboard").value
    client.get("/")
    token = client.get_cookie("_csrf_token").value
    answer = client.post("/logout", headers={"X-CSRFToken": token})
    assert answer.status_code == 302
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.set_cookie("immunoboard", stolen)
    assert client.get("/_dash-layout").status_code == 401


def test_signing_out_needs_the_token_and_a_post(as_user: AsUser) -> None:
    client = as_user("oncologist")
    assert client.post("/logout").status_code == 400
    assert client.get("/logout").status_code in (404, 405)
    assert client.get("/").status_code == 200


def test_a_form_without_its_token_is_refused_kindly(server: Flask) -> None:
    form = {"name": "oncologist", "password": PASSWORD}
    answer = server.test_client().post("/login", data=form)
    assert answer.status_code == 400
    assert "open for too long" in answer.get_data(as_text=True)


def test_an_idle_session_ends_with_a_sentence_at_the_login(
    as_user: AsUser, hours_later: Callable[..., None]
) -> None:
    client = as_user("oncologist")
    hours_later(minutes=15)
    assert client.get("/_dash-layout").status_code == 401
    page = client.get("/patient/abc", follow_redirects=True).get_data(as_text=True)
    assert "You were signed out after 15 minutes without activity." in page
    assert 'name="next" value="/patient/abc"' in page


def test_a_long_session_ends_with_another_sentence(
    as_user: AsUser, hours_later: Callable[..., None]
) -> None:
    client = as_user("oncologist")
    hours_later(hours=8)
    assert "after 8 hours" in client.get("/", follow_redirects=True).get_data(as_text=True)


def test_polling_for_the_snapshot_does_not_keep_a_session(
    as_user: AsUser, hours_later: Callable[..., None]
) -> None:
    client = as_user("oncologist")
    hours_later(minutes=14)
    assert 0 < client.get("/snapshot").json["idle_seconds"] <= 60
    hours_later(minutes=16)
    assert client.get("/snapshot").status_code == 401


def test_disabling_a_user_ends_the_session_with_the_next_request(
    server: Flask, record: Record
) -> None:
    record.accounts.add(OPERATOR, "leaver", Role.ONCOLOGIST, PASSWORD, ["FR"])
    client = server.test_client()
    post(client, "leaver", PASSWORD)
    assert client.get("/").status_code == 200
    record.accounts.set_active(OPERATOR, "leaver", active=False)
    assert client.get("/_dash-layout").status_code == 401


def test_a_role_that_changed_needs_a_new_sign_in_and_opens_other_pages(
    server: Flask, record: Record
) -> None:
    record.accounts.add(OPERATOR, "mover", Role.ONCOLOGIST, PASSWORD, ["FR"])
    client = server.test_client()
    post(client, "mover", PASSWORD)
    record.accounts.set_role(OPERATOR, "mover", Role.STEWARD)
    assert client.get("/").headers["Location"].startswith("/login")
    post(client, "mover", PASSWORD)
    assert client.get("/patient/abc").status_code == 404


def test_five_failures_close_the_door_even_for_the_right_password(
    server: Flask, record: Record
) -> None:
    record.accounts.add(OPERATOR, "fumbler", Role.ONCOLOGIST, PASSWORD)
    client = server.test_client()
    for _ in range(5):
        assert post(client, "fumbler", "not the password").status_code == 401
    assert post(client, "fumbler", PASSWORD).status_code == 401
    record.accounts.unlock(OPERATOR, "fumbler")
    form = {"name": "fumbler", "password": PASSWORD, "csrf_token": token_of(client)}
    answer = client.post("/login", data=form, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 302

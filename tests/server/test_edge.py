import pytest
from flask import Flask

from data_access.settings import Settings
from server.edge import _configure


@pytest.mark.parametrize(("secure", "name"), [(True, "__Host-immunoboard"), (False, "immunoboard")])
def test_cookies_are_bound_to_the_host_where_there_is_encryption(secure: bool, name: str) -> None:
    app = Flask("test")
    _configure(app, Settings(secret_key="0123456789abcdef", secure_cookies=secure))
    assert app.config["SESSION_COOKIE_NAME"] == name
    assert app.config["SESSION_COOKIE_SECURE"] is secure
    assert app.config["SESSION_COOKIE_HTTPONLY"] is True


def test_the_key_of_the_cookies_is_not_the_secret_key_itself() -> None:
    app = Flask("test")
    _configure(app, Settings(secret_key="0123456789abcdef"))
    assert app.secret_key
    assert app.secret_key != b"0123456789abcdef"

"""The HTTP edge put together: cookies, guard, CSRF, headers, sign-in, health, refusals."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from data_access.services import EXTENSION
from data_access.settings import Settings
from server import callback_bodies, failures, guard, headers, health, sign_in, who

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"({_LABEL}(\.{_LABEL}){{0,10}}\.?|\[[0-9A-Fa-f:.]{{2,45}}\])(:\d{{1,5}})?")

LARGEST_REQUEST = 1024 * 1024

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def mount_edge(app: Flask) -> None:
    """Put everything that is not a Dash page in front of the pages, which are mounted already.

    Raises:
        NotConfigured: there is no usable secret key.
    """
    settings: Settings = app.extensions[EXTENSION].settings
    _configure(app, settings)
    Bootstrap5(app)
    who.mount(app)
    guard.mount(app)
    csrf = CSRFProtect(app)
    callback_bodies.mount(app, app.extensions["dash"])
    headers.mount(app, csrf)
    health.mount(app)
    sign_in.mount(app)
    failures.mount(app)
    app.wsgi_app = usable_host(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def usable_host(answer: WSGIApplication) -> WSGIApplication:
    """Refuse a Host header that is no host name, before anything tries to make addresses of it."""

    def checked(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if _HOST.fullmatch(environ.get("HTTP_HOST", "localhost")):
            return answer(environ, start)
        start("400 Bad Request", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
        return [b"The address of this request is not a host name."]

    return checked


def _configure(app: Flask, settings: Settings) -> None:
    secure = settings.secure_cookies
    app.secret_key = hmac.digest(settings.secret(), b"immunoboard cookies", "sha256")
    app.config.update(
        # The prefix __Host- binds the cookie to this host, and browsers insist on Secure with it.
        SESSION_COOKIE_NAME="__Host-immunoboard" if secure else "immunoboard",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        # The token lives as long as the session: a page may stay open through a whole clinic.
        WTF_CSRF_TIME_LIMIT=None,
        BOOTSTRAP_SERVE_LOCAL=True,
    )

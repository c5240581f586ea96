"""What every answer tells the browser: where content may come from, and what to keep."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

from data_access.services import services
from server.guard import STATIC

CSRF_COOKIE = "_csrf_token"
"""Dash's renderer reads this cookie and sends it back in the header X-CSRFToken."""

YEAR, HOUR = 31_536_000, 3_600

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Styles need 'unsafe-inline': Dash, Plotly and AG Grid set them on elements. Scripts do not.
POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; report-uri /csp-report"
)

LARGEST_REPORT = 16 * 1024
REPORTS_PER_MINUTE = 10


def mount(app: Flask, csrf: CSRFProtect) -> None:
    """Headers on every answer, and the address that takes reports of violations."""
    scripts = " ".join(["'self'", *app.extensions["dash"].csp_hashes()])
    policy = POLICY.format(scripts=scripts)
    reports = ViolationReports()

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(FIXED)
        response.headers["Content-Security-Policy"] = policy
        if services().settings.secure_cookies:
            response.headers["Strict-Transport-Security"] = f"max-age={2 * YEAR}"
        response.headers["Cache-Control"] = _keep(response)
        _hand_out_csrf_token(response)
        return response

    view = app.route("/csp-report", endpoint="csp_report", methods=["POST"])(reports.receive)
    csrf.exempt(view)  # the browser itself sends it, without a token; nothing is changed by it


class ViolationReports:
    """Reports of content that the policy blocked: only which rule, and not too many."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=REPORTS_PER_MINUTE)
        self._lock = threading.Lock()

    def receive(self) -> ResponseReturnValue:
        """Log the directive that was violated; addresses and code samples may hold anything."""
        if (request.content_length or 0) <= LARGEST_REPORT and self._wanted():
            current_app.logger.warning("Content policy violated: %s", _directive())
        return "", 204

    def _wanted(self) -> bool:
        now = time.monotonic()
        with self._lock:
            if len(self._times) == REPORTS_PER_MINUTE and now - self._times[0] < 60:
                return False
            self._times.append(now)
            return True


def _directive() -> str:
    try:
        report = json.loads(request.get_data())["csp-report"]
        named = str(report.get("effective-directive") or report.get("violated-directive"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "unreadable report"
    rule = named.split(" ")[0]
    if not re.fullmatch(r"[a-z-]{1,40}", rule):
        return "other"
    return rule if f"{rule} " in POLICY or rule.startswith(("script-src", "style-src")) else "other"


def _keep(response: Response) -> str:
    if request.endpoint not in STATIC or response.status_code >= 400:
        return "no-store"
    # Dash names the version of a file in its address: such an address never changes its content.
    versioned = "m" in request.args or response.cache_control.max_age == YEAR
    return f"public, max-age={YEAR}, immutable" if versioned else f"public, max-age={HOUR}"


def _hand_out_csrf_token(response: Response) -> None:
    is_page = response.status_code == 200 and response.mimetype == "text/html"
    if is_page and request.endpoint not in STATIC and current_user.is_authenticated:
        response.set_cookie(
            CSRF_COOKIE,
            generate_csrf(),
            secure=services().settings.secure_cookies,
            samesite="Lax",
        )

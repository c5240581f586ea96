"""The door: signing in and out. A plain page, so that it works before anything of Dash does."""

from __future__ import annotations

from flask import Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from data_access.record import SignInRefused
from data_access.record.roles import first_page
from data_access.services import services
from server.guard import local_path
from server.headers import CSRF_COOKIE
from server.who import SESSION_KEY, session_found

ENDED = {
    "idle": "You were signed out after {idle} minutes without activity. Sign in again to continue.",
    "absolute": "You were signed out after {absolute} hours. Sign in again to continue.",
    "revoked": "Your session was ended. Sign in again to continue.",
}


def mount(app: Flask) -> None:
    """The two addresses of the door."""
    app.add_url_rule("/login", "sign_in", sign_in, methods=["GET", "POST"])
    app.add_url_rule("/logout", "sign_out", sign_out, methods=["POST"])


def sign_in() -> ResponseReturnValue:
    """The form; posted with the right name and password, the page that was asked for."""
    if request.method == "POST":
        return _try()
    if current_user.is_authenticated:
        return redirect(_destination(current_user.viewer.role))
    return form(_why_here())


def form(notice: str = "", error: str = "", status: int = 200) -> ResponseReturnValue:
    """The sign-in page with a notice (why one is here) or an error (what went wrong)."""
    page = render_template(
        "sign_in.html",
        notice=notice,
        error=error,
        name=request.form.get("name", ""),
        next=local_path(request.values.get("next", "")) or "",
    )
    return page, status


def sign_out() -> ResponseReturnValue:
    """End the session here and on the server, and have the browser forget the pages."""
    identifier = session.get(SESSION_KEY)
    if isinstance(identifier, str):
        services().record.sessions.end(identifier)
    session.clear()
    response = redirect(url_for("sign_in"))
    response.delete_cookie(CSRF_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _try() -> ResponseReturnValue:
    record = services().record
    try:
        identifier = record.sign_in(
            request.form.get("name", ""),
            request.form.get("password", ""),
            request.remote_addr or "unknown",
        )
    except SignInRefused as refusal:
        return form(error=str(refusal), status=401)
    # Nothing of the time before may carry over: neither a planted session nor its CSRF token.
    session.clear()
    session[SESSION_KEY] = identifier
    viewer = record.sessions.find(identifier).viewer
    return redirect(_destination(viewer.role if viewer else ""))


def _destination(role: str) -> str:
    return local_path(request.values.get("next", "")) or first_page(role)


def _why_here() -> str:
    found = session_found()
    if found is None or found.ended is None:
        return ""
    settings = services().settings
    return ENDED[found.ended].format(
        idle=int(settings.session_idle.total_seconds() // 60),
        absolute=int(settings.session_absolute.total_seconds() // 3600),
    )

"""Who a request comes from: the cookie's session, looked up once per request."""

from __future__ import annotations

from flask import Flask, Request, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin

from data_access.errors import NotAllowed
from data_access.record import Viewer
from data_access.record.sessions import SessionFound
from data_access.services import services

SESSION_KEY = "session"

# Asked by the page itself, so it says nothing about somebody still being there.
NOT_ACTIVITY = frozenset({"snapshot", "sign_in"})


class SignedIn(UserMixin):  # type: ignore[misc]
    """What ``flask_login.current_user`` is: the viewer of this request."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    def get_id(self) -> str:
        """The user's number."""
        return str(self.viewer.user_id)


class Nobody(AnonymousUserMixin):  # type: ignore[misc]
    """What ``current_user`` is for a request without a session."""

    @property
    def viewer(self) -> Viewer:
        """Nobody sees anything."""
        raise NotAllowed("You are signed out: sign in again.")


def session_found() -> SessionFound | None:
    """The session of this request, alive or ended; None when there never was one."""
    if "session_found" not in g:
        identifier = session.get(SESSION_KEY)
        g.session_found = (
            services().record.sessions.find(
                identifier, activity=request.endpoint not in NOT_ACTIVITY
            )
            if isinstance(identifier, str)
            else None
        )
    found: SessionFound | None = g.session_found
    return found


def mount(app: Flask) -> None:
    """Let Flask-Login ask our sessions; its own cookies stay unused."""
    manager = LoginManager()
    # Templates need no user, and the page that says the record store is down must not ask it.
    manager.init_app(app, add_context_processor=False)
    manager.session_protection = None  # it binds to the address, which changes on mobile networks
    manager.anonymous_user = Nobody
    manager.request_loader(_load)


def _load(_request: Request) -> SignedIn | None:
    found = session_found()
    return SignedIn(found.viewer) if found and found.viewer else None

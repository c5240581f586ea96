"""Signed-in sessions, kept on the server so that they can be ended there at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from data_access.record.access_log import Clock
from data_access.record.database import Database
from data_access.record.tables import SignInSession
from data_access.record.viewer import Viewer
from data_access.record.viewers import viewer_of

Ended = Literal["idle", "absolute", "revoked"]

# Writing each request's time would cost a disk flush per request; somebody who stops working is
# signed out up to this much early.
_SEEN_EVERY = timedelta(seconds=20)
_FORGET_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class SessionFound:
    """Who a session identifier stands for, or why for nobody."""

    viewer: Viewer | None
    ended: Ended | None = None
    seconds_left: int = 0


class Sessions:
    """Sessions of signed-in people; identifiers are 256 random bits, stored only as SHA-256."""

    def __init__(
        self, database: Database, clock: Clock, idle: timedelta, absolute: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._absolute = absolute

    def start(self, session: Session, user_id: int) -> str:
        """A new session inside the caller's transaction; returns its identifier for the cookie."""
        now = self._clock()
        session.execute(delete(SignInSession).where(SignInSession.created < now - _FORGET_AFTER))
        identifier = secrets.token_urlsafe(32)
        session.add(
            SignInSession(id_hash=_hash(identifier), user_id=user_id, created=now, last_seen=now)
        )
        return identifier

    def find(self, identifier: str, *, activity: bool = True) -> SessionFound:
        """The viewer of a session with the scopes that hold now; ``activity`` keeps it alive."""
        now = self._clock()
        with self._database.read() as session:
            row = session.get(SignInSession, _hash(identifier))
            viewer = None if row is None else viewer_of(session, row.user_id)
            if row is None or viewer is None or row.revoked is not None:
                return SessionFound(None, "revoked")
            idle, age = now - row.last_seen, now - row.created
        if age >= self._absolute:
            return SessionFound(None, "absolute")
        if idle >= self._idle:
            return SessionFound(None, "idle")
        if activity and idle >= _SEEN_EVERY:
            self._seen(identifier, now)
            idle = timedelta(0)
        left = min(self._idle - idle, self._absolute - age)
        return SessionFound(viewer, seconds_left=int(left.total_seconds()))

    def end(self, identifier: str) -> None:
        """Sign out; an unknown identifier is no error."""
        with self._database.write() as session:
            row = session.get(SignInSession, _hash(identifier))
            if row is not None and row.revoked is None:
                row.revoked = self._clock()

    def _seen(self, identifier: str, now: datetime) -> None:
        with self._database.write() as session:
            session.execute(
                update(SignInSession)
                .where(SignInSession.id_hash == _hash(identifier))
                .values(last_seen=now)
            )


def end_sessions(session: Session, user_id: int, now: datetime) -> None:
    """End all sessions of a user, in the transaction of the act that calls for it."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.revoked.is_(None))
        .values(revoked=now)
    )


def _hash(identifier: str) -> str:
    return sha256(identifier.encode()).hexdigest()

"""Signing in: lockout counted in the database, one answer for every failure.

Five failures of one name, or 25 from one address, within 15 minutes close the door for that name
or address until fewer lie within the last 15 minutes. Counting in the database makes it
hold across workers; counting a try before its password is checked makes it hold for tries at the
same moment.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed
from data_access.record.access_log import Chain, Clock, Entry, lock_head
from data_access.record.database import Database
from data_access.record.passwords import password_fits
from data_access.record.sessions import Sessions
from data_access.record.tables import LoginAttempt, User
from data_access.record.viewer import ANONYMOUS, Actor, Agent, Viewer
from data_access.record.viewers import find_user, viewer_of

T = TypeVar("T")

FAILURES = 5
ADDRESS_FAILURES = 25
"""A hospital's proxy is one address: five wrong passwords in it must not lock out a ward."""
WINDOW = timedelta(minutes=15)
_FORGET_AFTER = timedelta(days=1)

_TRYING, _FAILED, _SUCCEEDED, _UNLOCKED = "trying", "failed", "succeeded", "unlocked"


class SignInRefused(NotAllowed):
    """Wrong name, wrong password, disabled or locked: nobody outside is told which."""

    def __init__(self) -> None:
        super().__init__(
            "Sign-in failed. Check user name and password; "
            f"after {FAILURES} failures, wait {WINDOW.seconds // 60} minutes."
        )


class Lockout:
    """Counts failures by name and by address."""

    def __init__(self, secret: bytes | None, clock: Clock) -> None:
        self._secret = secret or b"unkeyed"
        self._clock = clock

    def begin(self, session: Session, name: str, address: str) -> LoginAttempt | None:
        """Count a try, or None when the name or the address is locked."""
        now = self._clock()
        lock_head(session)
        session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - _FORGET_AFTER))
        if self.name_locked(session, name) or self._address_locked(session, address):
            return None
        attempt = LoginAttempt(
            name_hash=self._hash(name), address=address[:64], at=now, result=_TRYING
        )
        session.add(attempt)
        return attempt

    def name_locked(self, session: Session, name: str) -> bool:
        """Whether the name failed too often since it last succeeded or was unlocked."""
        same_name = LoginAttempt.name_hash == self._hash(name)
        fresh_start = select(func.coalesce(func.max(LoginAttempt.id), 0)).where(
            same_name, LoginAttempt.result.in_((_SUCCEEDED, _UNLOCKED))
        )
        query = select(func.count()).where(
            same_name,
            LoginAttempt.at > self._clock() - WINDOW,
            LoginAttempt.id > fresh_start.scalar_subquery(),
        )
        return session.execute(query).scalar_one() >= FAILURES

    def unlock(self, session: Session, name: str) -> None:
        """Start counting a name anew; its failures still count for the addresses they came from."""
        lock_head(session)
        name_hash, now = self._hash(name), self._clock()
        session.add(LoginAttempt(name_hash=name_hash, address="", at=now, result=_UNLOCKED))

    def _address_locked(self, session: Session, address: str) -> bool:
        # Tries under way are not counted: a ward that signs in at eight o'clock shares an address.
        query = select(func.count()).where(
            LoginAttempt.address == address[:64],
            LoginAttempt.at > self._clock() - WINDOW,
            LoginAttempt.result == _FAILED,
        )
        return session.execute(query).scalar_one() >= ADDRESS_FAILURES

    def _hash(self, name: str) -> str:
        text = name.strip().casefold().encode(errors="replace")
        return hmac.digest(self._secret, b"sign-in name " + text, "sha256").hex()


class SignIn:
    """The door."""

    def __init__(
        self, database: Database, chain: Chain, sessions: Sessions, lockout: Lockout
    ) -> None:
        self._database = database
        self._chain = chain
        self._sessions = sessions
        self._lockout = lockout

    def __call__(self, name: str, password: str, address: str) -> str:
        """Check name and password and start a session; returns its identifier.

        Raises:
            SignInRefused: whatever the reason, after the same work.
        """
        return self._enter(
            name,
            password,
            address,
            "sign in",
            lambda session, user: self._sessions.start(session, user.id),
        )

    def identify(self, name: str, password: str, address: str) -> Viewer:
        """Check name and password without a session: for commands that people answer for.

        Raises:
            SignInRefused: whatever the reason, after the same work; tries count as for sign-in.
        """
        return self._enter(
            name,
            password,
            address,
            "identify",
            lambda session, user: viewer_of(session, user.id),
        )

    def _enter(
        self,
        name: str,
        password: str,
        address: str,
        action: str,
        welcome: Callable[[Session, User], T | None],
    ) -> T:
        with self._database.write() as session:
            attempt = self._lockout.begin(session, name, address)
        if attempt is None:
            raise SignInRefused
        with self._database.read() as session:
            user = find_user(session, name)
        right = password_fits(user.password_hash if user else None, password)
        with self._database.write() as session:
            known = self._settle(session, attempt.id, user, right, action)
            given = welcome(session, known) if known else None
        if given is None:
            raise SignInRefused
        return given

    def _settle(
        self, session: Session, attempt_id: int, user: User | None, right: bool, action: str
    ) -> User | None:
        """Record how the try went; the user when it went well."""
        # Read again: the user may have been disabled, or the password changed, meanwhile.
        now = session.get(User, user.id) if user else None
        fits = bool(
            right and user and now and now.active and now.password_hash == user.password_hash
        )
        attempt = session.get(LoginAttempt, attempt_id)
        if attempt is not None:
            attempt.result = _SUCCEEDED if fits else _FAILED
        actor: Actor = Agent(now.name, now.role) if now else ANONYMOUS
        self._chain.append(session, actor, Entry(action, "done" if fits else "refused"))
        return now if fits else None

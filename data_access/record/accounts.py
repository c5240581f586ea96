"""Users: adding, disabling, roles, passwords and their own scopes. Every act is logged with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed
from data_access.record.access_log import Chain, Clock, Entry
from data_access.record.database import Database
from data_access.record.passwords import check_password, hash_password
from data_access.record.roles import Role
from data_access.record.sessions import end_sessions
from data_access.record.sign_in import Lockout
from data_access.record.tables import CareTeam, ScopeGrant, TeamMember, User
from data_access.record.viewer import Actor, checked_scope
from data_access.record.viewers import USER_NAME, find_user, scopes_of, user_named


@dataclass(frozen=True)
class Account:
    """One user as an administrator sees it; ``scopes`` are the user's own and the teams'."""

    name: str
    role: Role
    active: bool
    locked: bool
    scopes: tuple[str, ...]
    teams: tuple[str, ...]
    created: datetime


class Accounts:
    """What an administrator does with users. ``actor`` is who does it."""

    def __init__(self, database: Database, chain: Chain, lockout: Lockout, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._lockout = lockout
        self._clock = clock

    def add(
        self, actor: Actor, name: str, role: Role, password: str, scopes: Sequence[str] = ()
    ) -> None:
        """Add a user.

        Raises:
            NotAllowed: the name is taken or unusable, the password or a scope is refused.
        """
        name = name.strip().casefold()
        if not USER_NAME.fullmatch(name):
            raise NotAllowed("A user name has letters, digits and . _ @ - only, at most 64.")
        check_password(password, name)
        wanted = [checked_scope(scope) for scope in scopes]
        password_hash = hash_password(password)
        with self._database.write() as session:
            if find_user(session, name) is not None:
                raise NotAllowed("There is already a user of that name.")
            user = User(
                name=name,
                role=str(role),
                password_hash=password_hash,
                active=True,
                created=self._clock(),
            )
            session.add(user)
            session.flush()
            self._log(session, actor, "add user", user, str(role))
            for scope in wanted:
                self._give(session, actor, user, scope)

    def set_password(self, actor: Actor, name: str, password: str) -> None:
        """Change a password; the user's sessions end."""
        check_password(password, name.strip())
        password_hash = hash_password(password)
        with self._database.write() as session:
            user = user_named(session, name)
            user.password_hash = password_hash
            end_sessions(session, user.id, self._clock())
            self._log(session, actor, "set password", user)

    def set_role(self, actor: Actor, name: str, role: Role) -> None:
        """Change a role; the user's sessions end."""
        with self._database.write() as session:
            user = user_named(session, name)
            user.role = str(role)
            end_sessions(session, user.id, self._clock())
            self._log(session, actor, "set role", user, str(role))

    def set_active(self, actor: Actor, name: str, active: bool) -> None:
        """Disable a user, which ends the sessions, or enable again."""
        with self._database.write() as session:
            user = user_named(session, name)
            user.active = active
            end_sessions(session, user.id, self._clock())
            self._log(session, actor, "enable user" if active else "disable user", user)

    def unlock(self, actor: Actor, name: str) -> None:
        """Let a user try again who failed too often."""
        with self._database.write() as session:
            user = user_named(session, name)
            self._lockout.unlock(session, user.name)
            self._log(session, actor, "unlock user", user)

    def grant(self, actor: Actor, name: str, scopes: Sequence[str]) -> None:
        """Give a user scopes; they count from the next request on."""
        wanted = [checked_scope(scope) for scope in scopes]
        with self._database.write() as session:
            user = user_named(session, name)
            for scope in wanted:
                self._give(session, actor, user, scope)

    def revoke(self, actor: Actor, name: str, scopes: Sequence[str]) -> None:
        """Take back a user's own scopes; they are gone from the next request on.

        Raises:
            NotAllowed: the user does not hold one of them (a care team's are not the user's own);
                none is taken back.
        """
        wanted = [checked_scope(scope) for scope in scopes]
        with self._database.write() as session:
            user = user_named(session, name)
            for scope in wanted:
                self._take(session, actor, user, scope)

    def all(self) -> list[Account]:
        """Every user, by name."""
        with self._database.read() as session:
            users = session.execute(select(User).order_by(User.name)).scalars()
            return [self._account(session, user) for user in users]

    def _account(self, session: Session, user: User) -> Account:
        teams = (
            select(CareTeam.name)
            .join(TeamMember, TeamMember.team_id == CareTeam.id)
            .where(TeamMember.user_id == user.id, TeamMember.left.is_(None))
            .order_by(CareTeam.name)
        )
        return Account(
            name=user.name,
            role=Role(user.role),
            active=user.active,
            locked=self._lockout.name_locked(session, user.name),
            scopes=scopes_of(session, user.id),
            teams=tuple(session.execute(teams).scalars()),
            created=user.created,
        )

    def _give(self, session: Session, actor: Actor, user: User, scope: str) -> None:
        if _own_grants(session, user.id, scope):
            return
        session.add(ScopeGrant(user_id=user.id, scope=scope, granted=self._clock()))
        self._log(session, actor, "grant scope", user, scope)

    def _take(self, session: Session, actor: Actor, user: User, scope: str) -> None:
        held = _own_grants(session, user.id, scope)
        if not held:
            raise NotAllowed(f"{user.name} does not hold {scope} directly; nothing was changed.")
        for grant in held:
            grant.revoked = self._clock()
        self._log(session, actor, "revoke scope", user, scope)

    def _log(self, session: Session, actor: Actor, action: str, user: User, what: str = "") -> None:
        subject = f"user {user.name} {what}".strip()
        self._chain.append(session, actor, Entry(action, "done", subject=subject))


def _own_grants(session: Session, user_id: int, scope: str) -> Sequence[ScopeGrant]:
    query = select(ScopeGrant).where(
        ScopeGrant.user_id == user_id, ScopeGrant.scope == scope, ScopeGrant.revoked.is_(None)
    )
    return session.execute(query).scalars().all()

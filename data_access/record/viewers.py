"""Looking up people and the scopes that hold now: their own and those of their care teams."""

from __future__ import annotations

import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed
from data_access.record.roles import CARE, Role
from data_access.record.tables import ScopeGrant, TeamMember, User
from data_access.record.viewer import Viewer

USER_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def viewer_of(session: Session, user_id: int) -> Viewer | None:
    """The active user as viewer with unrevoked scopes; None when unknown or disabled."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        return None
    role = Role(user.role)
    scopes = scopes_of(session, user_id) if role in CARE else ()
    return Viewer(user.id, user.name, role, scopes)


def still_holds(used: Viewer, now: Viewer | None) -> bool:
    """Whether a user, as found now, still has the role and all the scopes of the earlier viewer."""
    return now is not None and now.role == used.role and set(used.scopes) <= set(now.scopes)


def scopes_of(session: Session, user_id: int) -> tuple[str, ...]:
    """Unrevoked scopes of a user, sorted, whether or not the role may use them."""
    teams = select(TeamMember.team_id).where(
        TeamMember.user_id == user_id, TeamMember.left.is_(None)
    )
    query = select(ScopeGrant.scope).where(
        ScopeGrant.revoked.is_(None),
        or_(ScopeGrant.user_id == user_id, ScopeGrant.team_id.in_(teams)),
    )
    return tuple(sorted(set(session.execute(query).scalars())))


def find_user(session: Session, name: str) -> User | None:
    """The user of this name, in any capitals; None when there is none or it cannot be a name."""
    folded = name.strip().casefold()
    if not USER_NAME.fullmatch(folded):
        return None
    return session.execute(select(User).where(User.name == folded)).scalar()


def user_named(session: Session, name: str) -> User:
    """The user of this name, in any capitals.

    Raises:
        NotAllowed: there is none.
    """
    user = find_user(session, name)
    if user is None:
        raise NotAllowed("There is no user of that name: 'flask users list' shows them.")
    return user

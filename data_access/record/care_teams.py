"""Care teams: people who share the care of patients, and the scopes that come with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed
from data_access.record.access_log import Chain, Clock, Entry
from data_access.record.database import Database
from data_access.record.tables import CareTeam, ScopeGrant, TeamMember, User
from data_access.record.viewer import Actor, checked_scope
from data_access.record.viewers import user_named

_NAME = re.compile(r"[\w][\w .'-]{0,63}")


@dataclass(frozen=True)
class Team:
    """One care team with its present members and scopes."""

    name: str
    scopes: tuple[str, ...]
    members: tuple[str, ...]


class CareTeams:
    """What an administrator does with care teams. ``actor`` is who does it."""

    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    def add(self, actor: Actor, name: str, scopes: Sequence[str]) -> None:
        """Add a care team with the scopes its members get.

        Raises:
            NotAllowed: the name is taken or unusable, or a scope is not one.
        """
        if not _NAME.fullmatch(name):
            raise NotAllowed("A care team's name has letters, digits, spaces and . ' - only.")
        wanted = sorted({checked_scope(scope) for scope in scopes})
        with self._database.write() as session:
            if session.execute(select(CareTeam.id).where(CareTeam.name == name)).scalar():
                raise NotAllowed("There is already a care team of that name.")
            team = CareTeam(name=name, created=self._clock())
            session.add(team)
            session.flush()
            session.add_all(
                ScopeGrant(team_id=team.id, scope=scope, granted=self._clock()) for scope in wanted
            )
            self._log(session, actor, "add team", team, " ".join(wanted))

    def join(self, actor: Actor, name: str, user_name: str) -> None:
        """Add a user to a team; the team's scopes count from the next request on."""
        with self._database.write() as session:
            team, user = _team_named(session, name), user_named(session, user_name)
            if _membership(session, team, user) is None:
                session.add(TeamMember(team_id=team.id, user_id=user.id, joined=self._clock()))
                self._log(session, actor, "join team", team, user.name)

    def leave(self, actor: Actor, name: str, user_name: str) -> None:
        """Take a user out of a team; the team's scopes are gone from the next request on.

        Raises:
            NotAllowed: the user is not in the team.
        """
        with self._database.write() as session:
            team, user = _team_named(session, name), user_named(session, user_name)
            membership = _membership(session, team, user)
            if membership is None:
                raise NotAllowed("The user is not in that care team.")
            membership.left = self._clock()
            self._log(session, actor, "leave team", team, user.name)

    def all(self) -> list[Team]:
        """Every care team, by name."""
        with self._database.read() as session:
            teams = session.execute(select(CareTeam).order_by(CareTeam.name)).scalars()
            return [_team(session, team) for team in teams]

    def _log(self, session: Session, actor: Actor, action: str, team: CareTeam, what: str) -> None:
        subject = f"team {team.name}: {what}"[:200]
        self._chain.append(session, actor, Entry(action, "done", subject=subject))


def _team(session: Session, team: CareTeam) -> Team:
    scopes = select(ScopeGrant.scope).where(
        ScopeGrant.team_id == team.id, ScopeGrant.revoked.is_(None)
    )
    members = (
        select(User.name)
        .join(TeamMember, TeamMember.user_id == User.id)
        .where(TeamMember.team_id == team.id, TeamMember.left.is_(None))
    )
    return Team(
        team.name,
        tuple(sorted(session.execute(scopes).scalars())),
        tuple(sorted(session.execute(members).scalars())),
    )


def _team_named(session: Session, name: str) -> CareTeam:
    team = session.execute(select(CareTeam).where(CareTeam.name == name)).scalar()
    if team is None:
        raise NotAllowed("There is no care team of that name: 'flask teams list' shows them.")
    return team


def _membership(session: Session, team: CareTeam, user: User) -> TeamMember | None:
    query = select(TeamMember).where(
        TeamMember.team_id == team.id, TeamMember.user_id == user.id, TeamMember.left.is_(None)
    )
    return session.execute(query).scalar()

"""Putting a version of the risk models in use takes two people: one proposes, another approves.

Every act is logged in the transaction that records it, and the models are switched inside it: when
the switch fails nothing is recorded, and when the record cannot be written the switch is undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed
from data_access.record.access_log import Chain, Clock, Entry, lock_head
from data_access.record.database import Database
from data_access.record.roles import Role
from data_access.record.tables import ModelActivation, User
from data_access.record.viewer import Viewer
from data_access.record.viewers import viewer_of

LONGEST_REASON = 120

APPROVED, REJECTED, ROLLED_BACK = "approved", "rejected", "rolled back"

Version = tuple[str, str]
"""Name and seal."""

Switch = Callable[[str, str], None]
"""Puts the version of this name and seal in use, or raises."""


@dataclass(frozen=True)
class Activation:
    """A proposal and what became of it; ``decision`` is None while it is open."""

    version: str
    sha256: str
    reason: str
    proposed_by: str
    proposed: datetime
    decision: str | None
    decided_by: str | None
    decided: datetime | None
    previous: str | None


class ModelActivations:
    """Proposals, approvals, rejections and returns to the version before."""

    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    def propose(self, viewer: Viewer, version: str, sha256: str, reason: str) -> None:
        """A steward proposes a version.

        Raises:
            NotAllowed: not a steward, no reason, or another proposal is open.
        """
        reason = _checked(reason)
        with self._database.write() as session:
            _require(session, viewer, Role.STEWARD, "propose")
            lock_head(session)
            waiting = _open(session)
            if waiting is not None:
                raise NotAllowed(
                    f"Models {waiting.version} are proposed already: an administrator approves or"
                    " rejects them first."
                )
            session.add(
                ModelActivation(
                    version=version,
                    sha256=sha256,
                    reason=reason,
                    proposed_by=viewer.user_id,
                    proposed=self._clock(),
                )
            )
            self._log(session, viewer, "propose models", version, sha256)

    def approve(self, viewer: Viewer, shipped: Version, switch: Switch) -> str:
        """An administrator, other than who proposed, puts the proposed version in use.

        Args:
            viewer: who approves.
            shipped: name and seal of the version that is in use while nothing was approved.
            switch: puts the version in use; refuses when its seal is not the proposed one.

        Returns:
            The version that is in use now.

        Raises:
            NotAllowed: not an administrator, nothing is proposed, or by the same person.
        """
        with self._database.write() as session:
            before = _current(session) or shipped
            found = self._decide(session, viewer, APPROVED)
            found.previous, found.previous_sha256 = before
            self._log(session, viewer, "approve models", found.version, found.sha256)
            switch(found.version, found.sha256)
            return found.version

    def reject(self, viewer: Viewer) -> str:
        """An administrator turns the proposal down; returns its version.

        Raises:
            NotAllowed: as ``approve``.
        """
        with self._database.write() as session:
            found = self._decide(session, viewer, REJECTED)
            self._log(session, viewer, "reject models", found.version, found.sha256)
            return found.version

    def roll_back(self, viewer: Viewer, reason: str, switch: Switch) -> str:
        """An administrator undoes the last approval that still stands.

        Args:
            viewer: who returns.
            reason: why.
            switch: puts the version in use; refuses when its seal is another than before.

        Returns:
            The version that is in use now.

        Raises:
            NotAllowed: not an administrator, or no approval stands.
        """
        reason = _checked(reason)
        with self._database.write() as session:
            _require(session, viewer, Role.ADMINISTRATOR, "roll back")
            lock_head(session)
            undone = _standing(session)
            if undone is None or undone.previous is None or undone.previous_sha256 is None:
                raise NotAllowed("There is nothing to return to: no approval stands.")
            version, seal = undone.previous, undone.previous_sha256
            switch(version, seal)
            now = self._clock()
            session.add(
                ModelActivation(
                    version=version,
                    sha256=seal,
                    reason=reason,
                    proposed_by=viewer.user_id,
                    proposed=now,
                    decision=ROLLED_BACK,
                    decided_by=viewer.user_id,
                    decided=now,
                    previous=undone.version,
                    previous_sha256=undone.sha256,
                )
            )
            self._log(session, viewer, "roll back models", version, seal)
            return version

    def current(self) -> Version | None:
        """Name and seal of the version that should be in use; None while nothing was approved."""
        with self._database.read() as session:
            return _current(session)

    def all(self) -> list[Activation]:
        """Every proposal, the latest first."""
        with self._database.read() as session:
            names = {user.id: user.name for user in session.execute(select(User)).scalars()}
            rows = session.execute(select(ModelActivation).order_by(ModelActivation.id.desc()))
            return [_activation(row, names) for row in rows.scalars()]

    def _decide(self, session: Session, viewer: Viewer, decision: str) -> ModelActivation:
        _require(session, viewer, Role.ADMINISTRATOR, "decide about")
        lock_head(session)
        found = _open(session)
        if found is None:
            raise NotAllowed("No models are proposed: a steward proposes them first.")
        if found.proposed_by == viewer.user_id:
            raise NotAllowed("Who proposed the models cannot decide: it takes a second person.")
        found.decision = decision
        found.decided_by = viewer.user_id
        found.decided = self._clock()
        return found

    def _log(
        self, session: Session, viewer: Viewer, action: str, version: str, sha256: str
    ) -> None:
        subject = f"models {version}, seal {sha256[:16]}"
        self._chain.append(session, viewer, Entry(action, "done", subject=subject))


def _switches(session: Session) -> list[ModelActivation]:
    """Approvals and returns in the order they were made."""
    query = select(ModelActivation).where(ModelActivation.decision.in_((APPROVED, ROLLED_BACK)))
    ordered = query.order_by(ModelActivation.decided, ModelActivation.id)
    return list(session.execute(ordered).scalars())


def _current(session: Session) -> Version | None:
    switches = _switches(session)
    return (switches[-1].version, switches[-1].sha256) if switches else None


def _standing(session: Session) -> ModelActivation | None:
    """The last approval that was not undone: each return undoes one."""
    stands: list[ModelActivation] = []
    for switch in _switches(session):
        if switch.decision == APPROVED:
            stands.append(switch)
        elif stands:
            stands.pop()
    return stands[-1] if stands else None


def _open(session: Session) -> ModelActivation | None:
    query = select(ModelActivation).where(ModelActivation.decision.is_(None))
    return session.execute(query).scalars().first()


def _require(session: Session, viewer: Viewer, role: Role, act: str) -> None:
    now = viewer_of(session, viewer.user_id)
    if now is None or now.role != role:
        article = "an" if role == Role.ADMINISTRATOR else "a"
        raise NotAllowed(f"Only {article} {role} can {act} models.")


def _checked(reason: str) -> str:
    words = " ".join(reason.split())
    if not (0 < len(words) <= LONGEST_REASON and words.isprintable()):
        raise NotAllowed(f"Give a reason of 1 to {LONGEST_REASON} printable characters.")
    return words


def _activation(row: ModelActivation, names: dict[int, str]) -> Activation:
    return Activation(
        version=row.version,
        sha256=row.sha256,
        reason=row.reason,
        proposed_by=names[row.proposed_by],
        proposed=row.proposed,
        decision=row.decision,
        decided_by=None if row.decided_by is None else names[row.decided_by],
        decided=row.decided,
        previous=row.previous,
    )

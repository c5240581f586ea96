"""Which cohorts each person has seen numbers of: what the audit of the next one starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed
from data_access.record.access_log import Chain, Clock, Entry, Outcome, lock_head
from data_access.record.database import Database
from data_access.record.tables import CohortRelease
from data_access.record.viewer import Actor, Viewer
from data_access.record.viewers import still_holds, viewer_of


class ReleasesChanged(Exception):
    """Something was released to the same person meanwhile: look again."""


@dataclass(frozen=True)
class Released:
    """A cohort that was released: its place in the order, and its expression."""

    id: int
    expression: str


class CohortReleases:
    """Cohorts released so far, by person or command."""

    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    def released_to(self, actor: Actor, after: int = 0) -> list[Released]:
        """Cohorts released to somebody since ``after`` (an id), in order."""
        with self._database.read() as session:
            return _released(session, actor, after)

    def admit(
        self, actor: Actor, snapshot: str, expressions: Sequence[str], known_id: int, action: str
    ) -> int:
        """Note that cohorts are released, with an entry in the access log, in one transaction.

        Args:
            actor: to whom.
            snapshot: of which data.
            expressions: canonical expressions that were not released before; none where all
                were, and then only the entry is written.
            known_id: the newest release that the audit knew of, 0 where there was none.
            action: what it is called in the access log.

        Returns:
            Id of the newest release.

        Raises:
            ReleasesChanged: there is a newer one; nothing was written.
            NotAllowed: the user's access changed meanwhile; nothing may be shown.
        """
        with self._database.write() as session:
            allowed = not isinstance(actor, Viewer) or still_holds(
                actor, viewer_of(session, actor.user_id)
            )
            if allowed:
                lock_head(session)
                if _released(session, actor, known_id):
                    raise ReleasesChanged
                rows = [self._row(actor, snapshot, one) for one in expressions]
                session.add_all(rows)
                session.flush()
                known_id = max([known_id, *(row.id for row in rows)])
            outcome: Outcome = "granted" if allowed else "refused"
            self._chain.append(session, actor, Entry(action, outcome, snapshot=snapshot))
        if not allowed:
            raise NotAllowed("Your access has changed: reload the page.")
        return known_id

    def _row(self, actor: Actor, snapshot: str, expression: str) -> CohortRelease:
        user_id = actor.user_id if isinstance(actor, Viewer) else None
        return CohortRelease(
            user_id=user_id,
            actor=actor.name,
            snapshot=snapshot,
            expression=expression,
            at=self._clock(),
        )


def _released(session: Session, actor: Actor, after: int) -> list[Released]:
    rows = session.execute(
        select(CohortRelease.id, CohortRelease.expression)
        .where(_of(actor), CohortRelease.id > after)
        .order_by(CohortRelease.id)
    )
    return [Released(found, expression) for found, expression in rows]


def _of(actor: Actor) -> ColumnElement[bool]:
    if isinstance(actor, Viewer):
        return CohortRelease.user_id == actor.user_id
    return CohortRelease.user_id.is_(None) & (CohortRelease.actor == actor.name)

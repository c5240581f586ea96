"""Pairs of cohorts that a user keeps under a name: definitions only, never results.

The access log names what was saved by number: what people type as a name stays out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed, NotFound
from data_access.record.access_log import Chain, Clock, Entry, lock_head
from data_access.record.database import Database
from data_access.record.tables import LONGEST_EXPRESSION, SavedCohort
from data_access.record.viewer import Viewer
from data_access.record.viewers import viewer_of

LONGEST_NAME = 60
MOST_SAVED = 50


@dataclass(frozen=True)
class SavedCohorts:
    """Two cohorts as they were saved; ``a`` and ``b`` are expressions."""

    name: str
    a: str
    b: str
    created: datetime


class CohortShelf:
    """What each user saved; nobody sees or removes what is another's."""

    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    def save(self, viewer: Viewer, name: str, a: str, b: str) -> None:
        """Keep two cohorts, in place of those of the same name.

        Args:
            viewer: who keeps them.
            name: 1 to 60 printable characters; blanks around it do not matter.
            a: expression of the first cohort; the empty one is everybody.
            b: expression of the second.

        Raises:
            NotAllowed: an unusable name or definition, too many saved, or a disabled user.
            RecordUnavailable: it could not be written.
        """
        name = _checked_name(name)
        for expression in (a, b):
            _check_expression(expression)
        with self._database.write() as session:
            lock_head(session)
            _require_active(session, viewer)
            kept = _kept(session, viewer)
            same = [row for row in kept if row.name == name]
            if not same and len(kept) >= MOST_SAVED:
                raise NotAllowed(
                    f"You have saved {MOST_SAVED} comparisons, the most there may be: remove one"
                    " first."
                )
            now = self._clock()
            for row in same:
                row.removed = now
            session.flush()  # the name is free before it is taken again
            saved = SavedCohort(user_id=viewer.user_id, name=name, a=a, b=b, created=now)
            session.add(saved)
            session.flush()
            self._log(session, viewer, "save cohorts", saved)

    def of(self, viewer: Viewer) -> tuple[SavedCohorts, ...]:
        """What the viewer saved, by name."""
        with self._database.read() as session:
            kept = _kept(session, viewer)
            found = [SavedCohorts(row.name, row.a, row.b, row.created) for row in kept]
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.name)))

    def forget(self, viewer: Viewer, name: str) -> None:
        """Remove what the viewer saved under a name.

        Raises:
            NotFound: nothing of that name.
            NotAllowed: a disabled user.
            RecordUnavailable: it could not be written.
        """
        with self._database.write() as session:
            lock_head(session)
            _require_active(session, viewer)
            found = [row for row in _kept(session, viewer) if row.name == name.strip()]
            if not found:
                raise NotFound("You have saved no comparison of that name.")
            for row in found:
                row.removed = self._clock()
                self._log(session, viewer, "forget cohorts", row)

    def _log(self, session: Session, viewer: Viewer, action: str, saved: SavedCohort) -> None:
        entry = Entry(action, "done", subject=f"saved cohorts {saved.id}")
        self._chain.append(session, viewer, entry)


def _kept(session: Session, viewer: Viewer) -> list[SavedCohort]:
    query = select(SavedCohort).where(
        SavedCohort.user_id == viewer.user_id, SavedCohort.removed.is_(None)
    )
    return list(session.execute(query).scalars())


def _require_active(session: Session, viewer: Viewer) -> None:
    if viewer_of(session, viewer.user_id) is None:
        raise NotAllowed("This account may not be used.")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise NotAllowed(f"Give a name of 1 to {LONGEST_NAME} printable characters.")
    return name


def _check_expression(expression: str) -> None:
    if len(expression) > LONGEST_EXPRESSION or not expression.isprintable():
        raise NotAllowed(
            f"The definition of a cohort has at most {LONGEST_EXPRESSION} printable characters."
        )

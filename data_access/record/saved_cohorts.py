"""Comparisons of cohorts that people keep under a name: definitions, never results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed
from data_access.record.access_log import Chain, Clock, Entry
from data_access.record.database import Database
from data_access.record.tables import SavedCohort
from data_access.record.viewer import Viewer

LONGEST_NAME = 60
MOST = 50
"""Comparisons that one user may keep."""


@dataclass(frozen=True)
class SavedCohorts:
    """Two cohorts under a name; ``a`` and ``b`` are expressions."""

    name: str
    a: str
    b: str
    created: datetime


class KeptComparisons:
    """What each user keeps."""

    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    def of(self, viewer: Viewer) -> tuple[SavedCohorts, ...]:
        """What a user keeps, by name."""
        with self._database.read() as session:
            rows = _kept(session, viewer)
            return tuple(SavedCohorts(row.name, row.a, row.b, row.created) for row in rows)

    def save(self, viewer: Viewer, name: str, a: str, b: str) -> None:
        """Keep two cohorts; those kept under the same name before are removed.

        Raises:
            NotAllowed: no usable name, or too many are kept.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise NotAllowed(f"A name has 1 to {LONGEST_NAME} letters.")
        with self._database.write() as session:
            kept = _kept(session, viewer)
            same = [row for row in kept if row.name == name]
            if not same and len(kept) >= MOST:
                raise NotAllowed(f"{MOST} comparisons are kept already: remove one first.")
            for row in same:
                row.removed = self._clock()
            session.add(
                SavedCohort(user_id=viewer.user_id, name=name, a=a, b=b, created=self._clock())
            )
            self._chain.append(session, viewer, Entry("save cohorts", "done"))

    def forget(self, viewer: Viewer, name: str) -> None:
        """Remove what is kept under a name.

        Raises:
            NotAllowed: nothing is.
        """
        with self._database.write() as session:
            same = [row for row in _kept(session, viewer) if row.name == name]
            if not same:
                raise NotAllowed("No comparison is kept under that name.")
            for row in same:
                row.removed = self._clock()
            self._chain.append(session, viewer, Entry("remove saved cohorts", "done"))


def _kept(session: Session, viewer: Viewer) -> list[SavedCohort]:
    query = select(SavedCohort).where(
        SavedCohort.user_id == viewer.user_id, SavedCohort.removed.is_(None)
    )
    return list(session.execute(query.order_by(SavedCohort.name)).scalars())

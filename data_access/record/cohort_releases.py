"""Which cohorts were released to whom: what the audit of the next release starts from.

Whoever compares cohorts reads what was released to them, audits the new cohorts against it, and
then asks to admit them. In between another window of the same person may have been faster, and
two releases that are harmless one by one may not be so together: ``admit`` goes on only if nothing
was added since, in the transaction that notes the release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from data_access.errors import NotAllowed, RecordsError
from data_access.record.access_log import Chain, Clock, Entry, lock_head
from data_access.record.database import Database
from data_access.record.tables import LONGEST_EXPRESSION, LONGEST_SUBJECT, CohortRelease
from data_access.record.viewer import Actor, Viewer
from data_access.record.viewers import still_holds, viewer_of

COMPARISON = "cohort comparison"

_DIGEST = 16


class ReleasesChanged(RecordsError):
    """Something was released to the same person since the releases were read; audit again."""

    def __init__(self) -> None:
        super().__init__("Another comparison of yours was faster: compare again.")


@dataclass(frozen=True)
class Released:
    """A cohort that was released, by its canonical expression; later ones have larger ids."""

    id: int
    expression: str


class CohortReleases:
    """Releases of cohorts, kept apart by user, and by account of the host for commands."""

    def __init__(self, database: Database, chain: Chain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    def released_to(self, actor: Actor) -> list[Released]:
        """Every distinct cohort ever released to the actor from whatever snapshot, oldest first."""
        with self._database.read() as session:
            return _released(session, actor)

    def admit(
        self,
        actor: Actor,
        snapshot: str,
        expressions: Sequence[str],
        known_id: int,
        action: str = COMPARISON,
    ) -> int:
        """Note a release, and log it, before anything of it leaves.

        Args:
            actor: to whom.
            snapshot: the data that the numbers come from.
            expressions: canonical expressions of the cohorts; those released before are not
                noted again.
            known_id: the newest release that the audit knew, 0 when there was none.
            action: the act as the access log names it.

        Returns:
            The newest release to the actor now.

        Raises:
            ReleasesChanged: there is a newer one than ``known_id``; nothing was written.
            NotAllowed: the user's access changed meanwhile, which is logged; or an expression is
                too long to be kept.
            RecordUnavailable: it could not be written; nothing may be shown.
        """
        if any(len(expression) > LONGEST_EXPRESSION for expression in expressions):
            raise NotAllowed(
                f"The definition of a cohort is too long: at most {LONGEST_EXPRESSION} characters."
            )
        with self._database.write() as session:
            lock_head(session)
            allowed = _may_still(session, actor)
            if allowed:
                newest = self._note(session, actor, snapshot, expressions, known_id)
            entry = Entry(
                action,
                "granted" if allowed else "refused",
                subject=_subject(expressions),
                snapshot=snapshot,
            )
            self._chain.append(session, actor, entry)
        if not allowed:
            raise NotAllowed("Your access has changed: reload the page.")
        return newest

    def refuse(self, actor: Actor, snapshot: str, action: str = COMPARISON) -> None:
        """Log that a comparison was refused.

        Raises:
            RecordUnavailable: it could not be written.
        """
        with self._database.write() as session:
            self._chain.append(session, actor, Entry(action, "refused", snapshot=snapshot))

    def _note(
        self,
        session: Session,
        actor: Actor,
        snapshot: str,
        expressions: Sequence[str],
        known_id: int,
    ) -> int:
        """Add what is not there yet, under the lock of the head; the newest release afterwards."""
        before = _released(session, actor)
        newest = before[-1].id if before else 0
        if newest != known_id:
            raise ReleasesChanged
        there = {one.expression for one in before}
        last = session.execute(select(func.max(CohortRelease.id))).scalar() or 0
        fresh = (one for one in dict.fromkeys(expressions) if one not in there)
        for newest, expression in enumerate(fresh, start=last + 1):
            session.add(
                CohortRelease(
                    id=newest,
                    user_id=actor.user_id if isinstance(actor, Viewer) else None,
                    actor=actor.name,
                    snapshot=snapshot,
                    expression=expression,
                    at=self._clock(),
                )
            )
        return newest


def _released(session: Session, actor: Actor) -> list[Released]:
    query = select(CohortRelease.id, CohortRelease.expression).where(*_to(actor))
    rows = session.execute(query.order_by(CohortRelease.id))
    return [Released(number, expression) for number, expression in rows]


def _to(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """A user by number; an account of the host by name, also when a user has the same one."""
    if isinstance(actor, Viewer):
        return (CohortRelease.user_id == actor.user_id,)
    return CohortRelease.user_id.is_(None), CohortRelease.actor == actor.name


def _may_still(session: Session, actor: Actor) -> bool:
    if not isinstance(actor, Viewer):
        return True
    return still_holds(actor, viewer_of(session, actor.user_id))


def _subject(expressions: Sequence[str]) -> str:
    """The cohorts in one line; cut to the log's size, it ends with a digest of the whole."""
    line = " | ".join(expression or "everybody" for expression in expressions)
    if len(line) <= LONGEST_SUBJECT:
        return line
    digest = hashlib.sha256(line.encode()).hexdigest()[:_DIGEST]
    return f"{line[: LONGEST_SUBJECT - _DIGEST - 2]}… {digest}"

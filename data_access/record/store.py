"""The record store as the rest of the program sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import select

from data_access.errors import NotAllowed, NotFound
from data_access.record.access_log import Chain, ChainReport, Clock, Entry, Outcome
from data_access.record.accounts import Accounts
from data_access.record.care_teams import CareTeams
from data_access.record.cohort_releases import CohortReleases
from data_access.record.database import Database
from data_access.record.model_activations import ModelActivations
from data_access.record.predictions import PredictionShown
from data_access.record.saved_cohorts import CohortShelf
from data_access.record.sessions import Sessions
from data_access.record.sign_in import Lockout, SignIn
from data_access.record.tables import AccessLog
from data_access.record.viewer import Actor, Viewer
from data_access.record.viewers import still_holds, viewer_of

T = TypeVar("T")


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


class Record:
    """People, care teams, sessions and the access log. Making one opens nothing.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql+psycopg://…``.
        secret: the secret key that seals the access log; without it only the operator may write,
            and only until the first sealed entry (see ``access_log``).
        clock: tells the time.
        session_idle: a session ends after this long without activity.
        session_absolute: a session ends after this long in any case.
    """

    def __init__(
        self,
        url: str,
        *,
        secret: bytes | None = None,
        clock: Clock = utc_now,
        session_idle: timedelta = timedelta(minutes=15),
        session_absolute: timedelta = timedelta(hours=8),
    ) -> None:
        self._database = Database(url)
        self._chain = Chain(secret, clock)
        lockout = Lockout(secret, clock)
        self.sessions = Sessions(self._database, clock, session_idle, session_absolute)
        self.sign_in = SignIn(self._database, self._chain, self.sessions, lockout)
        self.accounts = Accounts(self._database, self._chain, lockout, clock)
        self.teams = CareTeams(self._database, self._chain, clock)
        self.activations = ModelActivations(self._database, self._chain, clock)
        self.releases = CohortReleases(self._database, self._chain, clock)
        self.saved_cohorts = CohortShelf(self._database, self._chain, clock)

    def viewer(self, user_id: int) -> Viewer:
        """The user with the scopes that hold now.

        Raises:
            NotAllowed: unknown or disabled.
        """
        with self._database.read() as session:
            viewer = viewer_of(session, user_id)
        if viewer is None:
            raise NotAllowed("This account may not be used.")
        return viewer

    def grant_read(
        self,
        viewer: Viewer,
        patient_id: str | None,
        action: str,
        *,
        snapshot: str,
        read: Callable[[], T],
        shown: Sequence[PredictionShown] = (),
    ) -> T:
        """What ``read`` returns, given out only once the grant stands in the access log.

        One transaction checks that the user is active and still holds the scopes ``read`` relied
        on, and appends the entry and the predictions shown; only after its commit does anything
        leave. ``read`` itself runs before, so that no slow query keeps other writers waiting.
        When ``read`` raises ``NotFound``, the refusal is logged and ``NotFound`` goes on.

        Raises:
            NotFound: no such patient in the viewer's care.
            NotAllowed: the user's access changed meanwhile.
            RecordUnavailable: the log could not be written; nothing is shown.
        """
        try:
            found = read()
        except NotFound:
            self.log(viewer, action, patient_id=patient_id, outcome="refused", snapshot=snapshot)
            raise
        with self._database.write() as session:
            allowed = still_holds(viewer, viewer_of(session, viewer.user_id))
            outcome: Outcome = "granted" if allowed else "refused"
            entry = Entry(action, outcome, patient_id=patient_id, snapshot=snapshot)
            self._chain.append(session, viewer, entry, shown if allowed else ())
        if not allowed:
            raise NotAllowed("Your access has changed: reload the page.")
        return found

    def log(
        self,
        actor: Actor,
        action: str,
        *,
        patient_id: str | None = None,
        subject: str | None = None,
        outcome: Outcome = "done",
        snapshot: str | None = None,
        shown: Sequence[PredictionShown] = (),
    ) -> None:
        """Append an act, and the predictions shown by it, to the access log.

        Raises:
            RecordUnavailable: it could not be written; the act must not go on.
            NotConfigured: the log is sealed and there is no secret key.
        """
        with self._database.write() as session:
            self._chain.append(
                session, actor, Entry(action, outcome, patient_id, subject, snapshot), shown
            )

    def ask_for_key(self) -> None:
        """Make sure, before an act that takes long, that it can be logged.

        Raises:
            NotConfigured: the log is sealed and there is no secret key.
        """
        with self._database.read() as session:
            self._chain.ask_for_key(session)

    def entries(self, *, patient_id: str | None = None, limit: int = 1000) -> list[AccessLog]:
        """The latest entries of the access log, newest first."""
        query = select(AccessLog).order_by(AccessLog.seq.desc()).limit(limit)
        if patient_id is not None:
            query = query.where(AccessLog.patient_id == patient_id)
        with self._database.read() as session:
            return list(session.execute(query).scalars())

    def verify(self, kept_head: str | None = None) -> ChainReport:
        """Check the whole access log; see ``Chain.verify``."""
        with self._database.read() as session:
            return self._chain.verify(session, kept_head)

    def upgrade(self) -> None:
        """Create or migrate the tables."""
        self._database.upgrade()

    def ready(self) -> bool:
        """Whether the store answers and its tables are up to date."""
        return self._database.ready()

    def close(self) -> None:
        """Give back all connections."""
        self._database.close()

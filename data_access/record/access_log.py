"""The access log: append-only, each entry sealed with the hash of the one before.

An entry's hash covers all its fields and the previous hash: HMAC-SHA256 with a key derived from
the secret key, so that whoever can write to the database but does not hold the key cannot rebuild
the chain. Commands on the host may run before there is a key; their entries are chained by plain
SHA-256. From the first sealed entry on, which covers all before it, everything is sealed: a
command without the key is refused, and verification admits no unsealed entry. A log that was
cut at its end, or made anew without any seal, can be told only from a head kept in a second place:
``flask record verify`` prints the head, and compares with one given by ``--head``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from data_access.errors import NotConfigured, RecordUnavailable
from data_access.record.canonical import canonical
from data_access.record.predictions import (
    PredictionShown,
    as_stored,
    digest,
    store,
    stored_between,
)
from data_access.record.tables import AccessHead, AccessLog, User
from data_access.record.viewer import Actor

Clock = Callable[[], datetime]
Outcome = Literal["granted", "refused", "done"]

UNSEALED = "none"
BEFORE_FIRST = "0" * 64
_SEALED_COLUMNS = tuple(
    column.key for column in AccessLog.__table__.columns if column.key != "hash"
)


@dataclass(frozen=True)
class Entry:
    """What the caller knows of an act; time, place in the chain and hash are added on append."""

    action: str
    outcome: Outcome
    patient_id: str | None = None
    subject: str | None = None
    snapshot: str | None = None


@dataclass(frozen=True)
class ChainReport:
    """The result of checking the chain.

    ``broken_seq`` is the first entry that does not fit, ``reason`` says why, and ``further``
    counts the others. ``has_kept_head`` is False when the head kept elsewhere is none of the
    chain's.
    """

    entries: int
    unsealed: int
    head: str
    broken_seq: int | None
    reason: str
    further: int
    has_kept_head: bool


class Chain:
    """Appends to the log and checks it, with the key derived from ``secret`` when there is one."""

    def __init__(self, secret: bytes | None, clock: Clock) -> None:
        self._key = hmac.digest(secret, b"immunoboard access log", "sha256") if secret else None
        self._seal = hmac.digest(self._key, b"name", "sha256").hex()[:16] if self._key else UNSEALED
        self._clock = clock

    def append(
        self,
        session: Session,
        actor: Actor,
        entry: Entry,
        shown: Sequence[PredictionShown] = (),
    ) -> None:
        """Add one entry and the predictions shown with it; writers take turns until committed.

        Raises:
            NotConfigured: the log is sealed and there is no key.
            RecordUnavailable: the log has lost its head.
        """
        head = lock_head(session)
        self.ask_for_key(session)
        shown = [as_stored(prediction) for prediction in shown]
        row = AccessLog(
            **asdict(entry),
            seq=head.seq + 1,
            at=self._clock(),
            actor=actor.name,
            role=str(actor.role),
            shown_digest=digest(shown),
            seal=self._seal,
            previous=head.hash,
        )
        row.hash = self._hash(row)
        head.seq, head.hash = row.seq, row.hash
        session.add(row)
        session.flush()
        store(session, row.seq, shown)

    def verify(self, session: Session, kept_head: str | None = None) -> ChainReport:
        """Walk the whole chain from its beginning.

        Args:
            session: reads the log.
            kept_head: ``HASH`` or ``NUMBER:HASH`` of an entry, kept elsewhere.

        Raises:
            NotConfigured, RecordUnavailable: as ``append``.
        """
        self.ask_for_key(session)
        peopled = session.execute(select(exists().where(User.id.is_not(None)))).scalar_one()
        # Entries that are appended meanwhile lie beyond this head and wait for the next time.
        head = _existing(session.execute(select(AccessHead)).scalar_one_or_none())
        walk = _Walk(kept_head)
        for row, shown in _rows(session, head.seq):
            walk.step(row, self._flaw(row, shown, walk))
        if (head.seq, head.hash) != (walk.seq, walk.previous):
            walk.break_at(walk.seq + 1, "the end of the log is missing")
        elif peopled and not walk.seq:
            walk.break_at(1, "the log is empty although there are users")
        return walk.report()

    def ask_for_key(self, session: Session) -> None:
        """Refuse to go on without the key in a log that is sealed."""
        sealed = select(exists().where(AccessLog.seal != UNSEALED))
        if self._key is None and session.execute(sealed).scalar_one():
            raise NotConfigured(
                "The access log is sealed, so this needs the secret key: set "
                "IMMUNOBOARD_SECRET_KEY or IMMUNOBOARD_SECRET_KEY_FILE as the server has it."
            )

    def _flaw(self, row: AccessLog, shown: Sequence[PredictionShown], walk: _Walk) -> str:
        unsealed = row.seal == UNSEALED
        flaws = {
            "an entry is missing": row.seq != walk.seq + 1,
            "it does not follow the entry before": row.previous != walk.previous,
            "it was sealed with another secret key": row.seal not in (UNSEALED, self._seal),
            "it is not sealed": unsealed and (walk.sealed or row.role != "operator"),
            "it was changed": not hmac.compare_digest(row.hash, self._hash(row)),
            "its predictions were changed": row.shown_digest != digest(shown),
        }
        return next((flaw for flaw, found in flaws.items() if found), "")

    def _hash(self, row: AccessLog) -> str:
        text = canonical({name: getattr(row, name) for name in _SEALED_COLUMNS})
        if row.seal == UNSEALED or self._key is None:
            return hashlib.sha256(text).hexdigest()
        return hmac.digest(self._key, text, "sha256").hex()


class _Walk:
    """How far along the chain, and what was met on the way."""

    def __init__(self, kept_head: str | None) -> None:
        self.seq, self.previous = 0, BEFORE_FIRST
        self.sealed = False
        self._unsealed = self._flaws = 0
        self._broken_seq: int | None = None
        self._reason = ""
        self._kept_head = kept_head
        self._has_kept_head = kept_head is None
        self._compare()

    def step(self, row: AccessLog, flaw: str) -> None:
        """Go on to an entry; the next one is measured against it even when it has a flaw."""
        if flaw:
            self.break_at(self.seq + 1, flaw)
        self.seq, self.previous = row.seq, row.hash
        self.sealed = self.sealed or row.seal != UNSEALED
        self._unsealed += row.seal == UNSEALED
        self._compare()

    def break_at(self, seq: int, reason: str) -> None:
        """Note a flaw; only the first is described."""
        self._flaws += 1
        if self._broken_seq is None:
            self._broken_seq, self._reason = seq, reason

    def report(self) -> ChainReport:
        """What to tell."""
        return ChainReport(
            entries=self.seq,
            unsealed=self._unsealed,
            head=self.previous,
            broken_seq=self._broken_seq,
            reason=self._reason,
            further=max(self._flaws - 1, 0),
            has_kept_head=self._has_kept_head,
        )

    def _compare(self) -> None:
        heads = (self.previous, f"{self.seq}:{self.previous}")
        self._has_kept_head = self._has_kept_head or self._kept_head in heads


def lock_head(session: Session) -> AccessHead:
    """The head of the chain, held until the transaction ends: one writer at a time.

    Raises:
        RecordUnavailable: there is none.
    """
    return _existing(session.execute(select(AccessHead).with_for_update()).scalar_one_or_none())


def _existing(head: AccessHead | None) -> AccessHead:
    if head is None:
        raise RecordUnavailable(
            "The access log has lost its head: restore the record store from a backup."
        )
    return head


def _rows(session: Session, last: int) -> Iterator[tuple[AccessLog, list[PredictionShown]]]:
    """Entries in order, each with the predictions stored for it."""
    query = select(AccessLog).where(AccessLog.seq <= last).order_by(AccessLog.seq).limit(1000)
    rows = session.execute(query).scalars().all()
    while rows:
        shown = stored_between(session, rows[0].seq, rows[-1].seq)
        for row in rows:
            yield row, shown[row.seq]
        rows = session.execute(query.where(AccessLog.seq > rows[-1].seq)).scalars().all()

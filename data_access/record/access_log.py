"""The access log: append-only, each entry sealed with the hash of the one before.

An entry's hash covers all its fields and the previous hash: HMAC-SHA256 with a key derived from
the secret key, so that whoever can write to the database but does not hold the key cannot rebuild
the chain. Commands on the host may run without the key; their entries are chained by plain
SHA-256, and verification admits such unsealed entries from the operator only. Keeping the head
(``flask record verify`` prints it) in a second place shows a log that was cut at its end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data_access.record.tables import AccessHead, AccessLog, PredictionRow
from data_access.record.viewer import Actor

Clock = Callable[[], datetime]
Outcome = Literal["granted", "refused", "done"]

UNSEALED = "none"
BEFORE_FIRST = "0" * 64
_SEALED_COLUMNS = tuple(
    column.key for column in AccessLog.__table__.columns if column.key != "hash"
)


@dataclass(frozen=True)
class PredictionShown:
    """One risk as a person saw it (probabilities; None when the model did not score)."""

    landmark_day: int
    outcome: str
    horizon_days: int
    risk: float | None
    lower: float | None
    upper: float | None
    model_version: str


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
    """The result of checking the chain; ``broken_seq`` is the first entry that does not fit."""

    entries: int
    unsealed: int
    head: str
    broken_seq: int | None = None
    reason: str = ""


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
        """Add one entry and the predictions shown with it; writers take turns until committed."""
        head = lock_head(session)
        row = AccessLog(
            **asdict(entry),
            seq=head.seq + 1,
            at=self._clock(),
            actor=actor.name,
            role=str(actor.role),
            shown_digest=_digest(shown),
            seal=self._seal,
            previous=head.hash,
        )
        row.hash = self._hash(row)
        head.seq, head.hash = row.seq, row.hash
        session.add(row)
        session.flush()
        if shown:
            rows = [
                {"access_seq": row.seq, "position": position, **asdict(prediction)}
                for position, prediction in enumerate(shown)
            ]
            session.execute(insert(PredictionRow), rows)

    def verify(self, session: Session) -> ChainReport:
        """Walk the chain from its beginning and stop at the first entry that does not fit."""
        # Entries that are appended meanwhile lie beyond this head and wait for the next time.
        head = session.execute(select(AccessHead)).scalar_one()
        seq, previous, unsealed = 0, BEFORE_FIRST, 0
        for row, shown in _rows(session, head.seq):
            seq += 1
            reason = self._flaw(row, shown, seq, previous)
            if reason:
                return ChainReport(seq - 1, unsealed, previous, seq, reason)
            previous = row.hash
            unsealed += row.seal == UNSEALED
        if (head.seq, head.hash) != (seq, previous):
            return ChainReport(seq, unsealed, previous, seq + 1, "the end of the log is missing")
        return ChainReport(seq, unsealed, previous)

    def _flaw(
        self, row: AccessLog, shown: Sequence[PredictionShown], seq: int, previous: str
    ) -> str:
        flaws = {
            "an entry is missing": row.seq != seq,
            "it does not follow the entry before": row.previous != previous,
            "it was sealed with another secret key": row.seal not in (UNSEALED, self._seal),
            "it is not sealed": row.seal == UNSEALED and row.role != "operator",
            "it was changed": not hmac.compare_digest(row.hash, self._hash(row)),
            "its predictions were changed": row.shown_digest != _digest(shown),
        }
        return next((flaw for flaw, found in flaws.items() if found), "")

    def _hash(self, row: AccessLog) -> str:
        text = _canonical({name: getattr(row, name) for name in _SEALED_COLUMNS})
        if row.seal == UNSEALED or self._key is None:
            return hashlib.sha256(text).hexdigest()
        return hmac.digest(self._key, text, "sha256").hex()


def lock_head(session: Session) -> AccessHead:
    """The head of the chain, held until the transaction ends: one writer at a time."""
    return session.execute(select(AccessHead).with_for_update()).scalar_one()


def _rows(session: Session, last: int) -> Iterator[tuple[AccessLog, list[PredictionShown]]]:
    """Entries in order, each with the predictions stored for it."""
    query = select(AccessLog).where(AccessLog.seq <= last).order_by(AccessLog.seq).limit(1000)
    rows = session.execute(query).scalars().all()
    while rows:
        shown = _shown_between(session, rows[0].seq, rows[-1].seq)
        for row in rows:
            yield row, shown[row.seq]
        rows = session.execute(query.where(AccessLog.seq > rows[-1].seq)).scalars().all()


def _shown_between(session: Session, first: int, last: int) -> Mapping[int, list[PredictionShown]]:
    query = (
        select(PredictionRow)
        .where(PredictionRow.access_seq.between(first, last))
        .order_by(PredictionRow.access_seq, PredictionRow.position)
    )
    names = PredictionShown.__dataclass_fields__
    found: dict[int, list[PredictionShown]] = defaultdict(list)
    for stored in session.execute(query).scalars():
        prediction = PredictionShown(**{name: getattr(stored, name) for name in names})
        found[stored.access_seq].append(prediction)
    return found


def _digest(shown: Sequence[PredictionShown]) -> str | None:
    if not shown:
        return None
    return hashlib.sha256(_canonical([asdict(prediction) for prediction in shown])).hexdigest()


def _canonical(value: object) -> bytes:
    """One spelling for one value: sorted keys, no spaces, times in UTC to the microsecond."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_utc).encode()


def _utc(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no place in the access log.")

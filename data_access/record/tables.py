"""Tables of the record store. Times are UTC; rows that grant something are dated, never deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LONGEST_SUBJECT = 200
LONGEST_EXPRESSION = 2_000
"""Characters that the definition of a cohort may have; as in models/cohort/definition.py."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, also where the database keeps no time zone (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be recorded.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back aware times."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the record store."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012  (declared so by SQLAlchemy)


class User(Base):
    """A person who signs in."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[datetime]


class CareTeam(Base):
    """A group of people who share the care of patients."""

    __tablename__ = "care_team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[datetime]


class TeamMember(Base):
    """A user's time in a care team; ``left`` is NULL while it lasts."""

    __tablename__ = "team_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("care_team.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    joined: Mapped[datetime]
    left: Mapped[datetime | None]


class ScopeGrant(Base):
    """A scope given to a user or to a care team; ``revoked`` is NULL while it holds."""

    __tablename__ = "scope_grant"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="one_holder"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("care_team.id"), index=True)
    scope: Mapped[str] = mapped_column(String(80))
    granted: Mapped[datetime]
    revoked: Mapped[datetime | None]


class SignInSession(Base):
    """A signed-in browser. The cookie holds the identifier, this table only its SHA-256."""

    __tablename__ = "session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created: Mapped[datetime]
    last_seen: Mapped[datetime]
    revoked: Mapped[datetime | None]


class LoginAttempt(Base):
    """One try of a password, for the lockout.

    Names are kept as keyed hashes: people type passwords there.
    """

    __tablename__ = "login_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    result: Mapped[str] = mapped_column(String(10))


class AccessLog(Base):
    """Who did what to whose record, when. Append-only (triggers) and chained by hash."""

    __tablename__ = "access_log"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64), index=True)
    role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(80))
    patient_id: Mapped[str | None] = mapped_column(String(64), index=True)
    subject: Mapped[str | None] = mapped_column(String(LONGEST_SUBJECT))
    outcome: Mapped[str] = mapped_column(String(10))
    snapshot: Mapped[str | None] = mapped_column(String(80))
    shown_digest: Mapped[str | None] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(16))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AccessHead(Base):
    """The last link of the chain, one row: locked by whoever appends, so the chain never forks."""

    __tablename__ = "access_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class PredictionRow(Base):
    """One predicted risk as it was shown (append-only); its digest is part of the log entry."""

    __tablename__ = "prediction_shown"

    access_seq: Mapped[int] = mapped_column(ForeignKey("access_log.seq"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    landmark_day: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(40))
    horizon_days: Mapped[int]
    risk: Mapped[float | None] = mapped_column(Float(53))
    lower: Mapped[float | None] = mapped_column(Float(53))
    upper: Mapped[float | None] = mapped_column(Float(53))
    model_version: Mapped[str] = mapped_column(String(80))


class ModelActivation(Base):
    """A version of the risk models proposed for use, and what became of it; never deleted."""

    __tablename__ = "model_activation"
    __table_args__ = (
        CheckConstraint("decision <> 'approved' OR proposed_by <> decided_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(120))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(12))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided: Mapped[datetime | None]
    previous: Mapped[str | None] = mapped_column(String(60))
    previous_sha256: Mapped[str | None] = mapped_column(String(64))


class CohortRelease(Base):
    """A cohort of which numbers were given out, and to whom (append-only).

    ``user_id`` is NULL for commands on the host, which ``actor`` tells apart. The number is given
    by whoever holds the head of the access log, so it rises in the order of the releases.
    """

    __tablename__ = "cohort_release"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    actor: Mapped[str] = mapped_column(String(64), index=True)
    snapshot: Mapped[str] = mapped_column(String(80))
    expression: Mapped[str] = mapped_column(String(LONGEST_EXPRESSION))
    at: Mapped[datetime]


class SavedCohort(Base):
    """Two cohorts that a user saved under a name; ``removed`` is NULL while they are kept."""

    __tablename__ = "saved_cohort"
    __table_args__ = (
        Index(
            "ix_saved_cohort_kept_name",
            "user_id",
            "name",
            unique=True,
            sqlite_where=text("removed IS NULL"),
            postgresql_where=text("removed IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(60))
    a: Mapped[str] = mapped_column(String(LONGEST_EXPRESSION))
    b: Mapped[str] = mapped_column(String(LONGEST_EXPRESSION))
    created: Mapped[datetime]
    removed: Mapped[datetime | None]

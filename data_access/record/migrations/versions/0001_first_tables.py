"""First tables: people, care teams, grants, sessions, the access log and predictions shown."""

import sqlalchemy as sa
from alembic import op

from data_access.record.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("access_log", "prediction_shown")
REFUSAL = "Entries of the access log are never changed."
ABORT = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def upgrade() -> None:
    """Create the tables, the head of an empty chain, and the triggers."""
    _people()
    _signing_in()
    _log()
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _people() -> None:
    op.create_table(
        "user",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created", UtcDateTime, nullable=False),
        sa.UniqueConstraint("name", name="uq_user_name"),
    )
    op.create_table(
        "care_team",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created", UtcDateTime, nullable=False),
        sa.UniqueConstraint("name", name="uq_care_team_name"),
    )
    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("team_id", sa.Integer, sa.ForeignKey("care_team.id"), nullable=False, index=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), nullable=False, index=True),
        sa.Column("joined", UtcDateTime, nullable=False),
        sa.Column("left", UtcDateTime),
    )
    op.create_table(
        "scope_grant",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), index=True),
        sa.Column("team_id", sa.Integer, sa.ForeignKey("care_team.id"), index=True),
        sa.Column("scope", sa.String(80), nullable=False),
        sa.Column("granted", UtcDateTime, nullable=False),
        sa.Column("revoked", UtcDateTime),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (team_id IS NULL)", name="ck_scope_grant_one_holder"
        ),
    )


def _signing_in() -> None:
    op.create_table(
        "session",
        sa.Column("id_hash", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), nullable=False, index=True),
        sa.Column("created", UtcDateTime, nullable=False),
        sa.Column("last_seen", UtcDateTime, nullable=False),
        sa.Column("revoked", UtcDateTime),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name_hash", sa.String(64), nullable=False, index=True),
        sa.Column("address", sa.String(64), nullable=False, index=True),
        sa.Column("at", UtcDateTime, nullable=False, index=True),
        sa.Column("result", sa.String(10), nullable=False),
    )


def _log() -> None:
    op.create_table(
        "access_log",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False, index=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("patient_id", sa.String(64), index=True),
        sa.Column("subject", sa.String(200)),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("snapshot", sa.String(80)),
        sa.Column("shown_digest", sa.String(64)),
        sa.Column("seal", sa.String(16), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    head = op.create_table(
        "access_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_access_head_one_row"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    op.create_table(
        "prediction_shown",
        sa.Column("access_seq", sa.Integer, sa.ForeignKey("access_log.seq"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("landmark_day", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("horizon_days", sa.Integer, nullable=False),
        sa.Column("risk", sa.Float(53)),
        sa.Column("lower", sa.Float(53)),
        sa.Column("upper", sa.Float(53)),
        sa.Column("model_version", sa.String(80), nullable=False),
    )


def _append_only_sqlite() -> None:
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} {ABORT}")
    # INSERT OR REPLACE deletes without asking the delete trigger.
    for table, same in (
        ("access_log", "seq = NEW.seq"),
        ("prediction_shown", "access_seq = NEW.access_seq AND position = NEW.position"),
    ):
        known = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  (constants only)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {ABORT}"
        )


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )

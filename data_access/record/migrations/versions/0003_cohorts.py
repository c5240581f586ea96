"""Cohorts: what was released to whom (append-only), and pairs that people saved under a name."""

import sqlalchemy as sa
from alembic import op

from data_access.record.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSAL = "Releases of cohorts are never changed."
ABORT = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def upgrade() -> None:
    """Create the tables and the triggers; a name is taken until what it names is removed."""
    _releases()
    if op.get_bind().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()
    _saved()


def _releases() -> None:
    op.create_table(
        "cohort_release",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), index=True),
        sa.Column("actor", sa.String(64), nullable=False, index=True),
        sa.Column("snapshot", sa.String(80), nullable=False),
        sa.Column("expression", sa.String(2000), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def _saved() -> None:
    op.create_table(
        "saved_cohort",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("a", sa.String(2000), nullable=False),
        sa.Column("b", sa.String(2000), nullable=False),
        sa.Column("created", UtcDateTime, nullable=False),
        sa.Column("removed", UtcDateTime),
    )
    op.create_index(
        "ix_saved_cohort_kept_name",
        "saved_cohort",
        ["user_id", "name"],
        unique=True,
        sqlite_where=sa.text("removed IS NULL"),
        postgresql_where=sa.text("removed IS NULL"),
    )


def _append_only_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER cohort_release_no_{act.lower()} BEFORE {act} ON cohort_release {ABORT}"
        )
    # INSERT OR REPLACE deletes without asking the delete trigger.
    known = "EXISTS (SELECT 1 FROM cohort_release WHERE id = NEW.id)"
    op.execute(
        "CREATE TRIGGER cohort_release_no_replace BEFORE INSERT ON cohort_release "
        f"WHEN {known} {ABORT}"
    )


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_release_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER cohort_release_no_change "
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON cohort_release "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_release_change()"
    )

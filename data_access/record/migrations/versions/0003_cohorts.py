"""Cohorts released to each person or command (append-only), and comparisons kept by name."""

import sqlalchemy as sa
from alembic import op

from data_access.record.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSAL = "Released cohorts are never changed."
ABORT = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def upgrade() -> None:
    """Create the tables, and triggers that keep what was released."""
    op.create_table(
        "cohort_release",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), index=True),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("snapshot", sa.String(80), nullable=False),
        sa.Column("expression", sa.String(4000), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "saved_cohort",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user.id"), index=True, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("a", sa.String(4000), nullable=False),
        sa.Column("b", sa.String(4000), nullable=False),
        sa.Column("created", UtcDateTime, nullable=False),
        sa.Column("removed", UtcDateTime),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER cohort_release_no_{act.lower()}"
                f" BEFORE {act} ON cohort_release {ABORT}"
            )
        # INSERT OR REPLACE deletes without asking the delete trigger.
        known = "EXISTS (SELECT 1 FROM cohort_release WHERE id = NEW.id)"
        op.execute(
            "CREATE TRIGGER cohort_release_no_replace BEFORE INSERT ON cohort_release"
            f" WHEN {known} {ABORT}"
        )
    else:
        op.execute(
            "CREATE TRIGGER cohort_release_no_change BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON cohort_release FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )

"""Model activations: versions of the risk models proposed, approved, rejected, rolled back."""

import sqlalchemy as sa
from alembic import op

from data_access.record.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; at most one proposal is open at a time."""
    op.create_table(
        "model_activation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.String(60), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.Column("proposed_by", sa.Integer, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("proposed", UtcDateTime, nullable=False),
        sa.Column("decision", sa.String(12)),
        sa.Column("decided_by", sa.Integer, sa.ForeignKey("user.id")),
        sa.Column("decided", UtcDateTime),
        sa.Column("previous", sa.String(60)),
        sa.Column("previous_sha256", sa.String(64)),
        sa.CheckConstraint(
            "decision <> 'approved' OR proposed_by <> decided_by",
            name="ck_model_activation_two_people",
        ),
    )

"""Work for workers: checking bundles and scoring their predictions again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cfbench_leaderboard.database.migrations._steps import refuse_if_filled

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, and work for each bundle that waits to be checked."""
    op.create_table(
        "jobs",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("submission_id", sa.Text, sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("not_before", _MOMENT, nullable=False),
        sa.Column("lease", sa.Text),
        sa.Column("leased_until", _MOMENT),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.UniqueConstraint("kind", "submission_id", "version", name="uq_jobs"),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "not_before"])
    op.execute(
        "INSERT INTO jobs (kind, submission_id, version, state, attempts, not_before, said, created_at) "
        "SELECT 'check', id, '', 'waiting', 0, created_at, '', created_at FROM submissions "
        "WHERE kind = 'bundle' AND state = 'draft'"
    )


def downgrade() -> None:
    """Remove the table, if nothing is in it."""
    refuse_if_filled("jobs")
    op.drop_table("jobs")

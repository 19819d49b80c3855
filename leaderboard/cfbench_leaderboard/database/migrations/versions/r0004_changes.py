"""Which submissions changed since a board was read, and a measure's numbers beside each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column, empty: a board that nobody read yet is read whole. Let an index hold what a ranking reads."""
    op.add_column("submissions", sa.Column("board_revision", sa.BigInteger))
    op.create_index("ix_submissions_changed", "submissions", ["board_id", "board_revision"])
    op.create_index("ix_scores_column", "scores", ["measure_id", "origin", "value", "submission_id"])
    op.drop_index("ix_scores_measure", "scores")


def downgrade() -> None:
    """Remove both: they say nothing that the other columns do not."""
    op.create_index("ix_scores_measure", "scores", ["measure_id"])
    op.drop_index("ix_scores_column", "scores")
    op.drop_index("ix_submissions_changed", "submissions")
    op.drop_column("submissions", "board_revision")

"""How often clients asked, counted for all processes of the service together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cfbench_leaderboard.database.migrations._steps import on_sqlite

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table; where that is possible, one that a crash of the database may empty."""
    op.create_table(
        "rates",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("left", sa.Double, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        prefixes=[] if on_sqlite() else ["UNLOGGED"],
    )


def downgrade() -> None:
    """Remove it: what it counts is a minute old at most, and belongs to nobody."""
    op.drop_table("rates")

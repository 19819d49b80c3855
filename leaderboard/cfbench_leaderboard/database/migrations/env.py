"""Runs the steps on the connection that ``cfbench_leaderboard.database.migrate`` holds."""

from __future__ import annotations

from alembic import context

from cfbench_leaderboard.database.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()

"""The database: one SQLite file by default, PostgreSQL by URL."""

from __future__ import annotations

from cfbench_leaderboard.database.connecting import Database, now
from cfbench_leaderboard.database.migrating import HEAD, migrate, stored_revision

__all__ = ["HEAD", "Database", "migrate", "now", "stored_revision"]

"""Bringing a database to this version's tables, or saying clearly why not.

An older database is brought up when a server starts, in one transaction. A newer one is refused. A step down is
refused wherever a table that it would drop holds anything, so it never loses data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

from cfbench._version import __version__
from cfbench.errors import DataError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cfbench_leaderboard.database.connecting import Database

_LOCK = 0x6366_6265_6E63  # PostgreSQL: two servers that start at once migrate one after the other


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "cfbench_leaderboard:database/migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revisions() -> list[str]:
    """From the first to the last."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


HEAD = _revisions()[-1]


def stored_revision(database: Database) -> str | None:
    """The revision of the tables in a database; None where there are none."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database, to: str = HEAD) -> tuple[str | None, str]:
    """Bring the tables to a revision; what it was, and what it is."""
    known = _revisions()
    if to not in known:
        raise UsageError(f"There is no revision '{to}'", f"known: {', '.join(known)}")
    with database.connection_for_writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = MigrationContext.configure(connection).get_current_revision()
        if before is not None and before not in known:
            raise DataError(
                f"The database has the tables of revision '{before}'",
                f"cfbench {__version__} knows none later than '{HEAD}', so a newer version wrote it",
                "Start that version: pip install --upgrade 'cfbench[leaderboard]'",
            )
        step = (
            command.downgrade
            if before is not None and known.index(to) < known.index(before)
            else command.upgrade
        )
        try:
            step(_config(connection), to)
        except CommandError as error:
            raise DataError(f"The database cannot be brought to revision '{to}'", str(error)) from error
    return before, to

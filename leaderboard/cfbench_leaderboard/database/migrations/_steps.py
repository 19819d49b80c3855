"""What steps have in common."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from cfbench.errors import UsageError


def on_sqlite() -> bool:
    """Whether the database is SQLite."""
    return op.get_bind().dialect.name == "sqlite"


def refuse_if_filled(*tables: str) -> None:
    """A step down must not lose anything: refuse it where one of the tables that it drops holds a row."""
    for table in tables:
        if op.get_bind().execute(text(f"SELECT 1 FROM {table} LIMIT 1")).first() is not None:  # noqa: S608
            raise UsageError(
                f"The step down would lose what is in '{table}'",
                "",
                "Keep this version, or write it out first: cfbench leaderboard dump",
            )


def forbid(table: str, *actions: str) -> None:
    """Let the database itself refuse to delete or alter rows of a table."""
    for action in actions:
        name = f"{table}_no_{action.lower()}"
        if on_sqlite():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
            )
        else:
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{table} is only added to'; END $$"
            )
            op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} EXECUTE FUNCTION {name}()")


def allow(table: str, *actions: str) -> None:
    """Undo ``forbid``."""
    for action in actions:
        name = f"{table}_no_{action.lower()}"
        op.execute(f"DROP TRIGGER {name}" if on_sqlite() else f"DROP FUNCTION {name}() CASCADE")

"""What a request left behind in a leaderboard's database and around its store."""

from __future__ import annotations

from sqlalchemy import func, select

from cfbench_leaderboard.database.models import Base

_BESIDE = {"tokens", "rates"}  # those change without a trace of what was sent


def rows(service):
    """How many rows each table has."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _BESIDE]
    counts = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
    with service.database.reading() as session:
        found = session.execute(select(*counts)).one()
    return dict(zip([table.name for table in tables], found, strict=True))


def files(service):
    """Every file of the test but the database's own."""
    return sorted(
        path for path in service.store.folder.parent.rglob("*") if path.is_file() and ".db" not in path.name
    )

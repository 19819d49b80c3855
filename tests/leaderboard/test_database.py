"""Tables, steps between versions, and what the database itself refuses."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from cfbench.errors import DataError, UsageError
from cfbench_leaderboard.database import HEAD, Database, migrate, stored_revision
from cfbench_leaderboard.database.models import Base, Job
from cfbench_leaderboard.tokens import create_token

DRAFT = """
INSERT INTO submissions
(id, owner, idempotency_key, body_digest, kind, content, note, created_at, answer, state, rung)
VALUES ('0123456789abcdef', 'ann', 'k', 'd', 'bundle', 'c', '', '2026-01-01 00:00:00', '{}', 'draft', 'self-reported')
"""


@pytest.fixture
def database(address):
    one = Database(address)
    yield one
    one.close()


def test_the_steps_make_the_tables_that_the_classes_describe(database):
    assert migrate(database) == (None, HEAD)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert migrate(database) == (HEAD, HEAD)


def test_an_older_database_is_brought_up_and_keeps_what_it_holds(database):
    migrate(database, "0001")
    with database.connection_for_writing() as connection:
        connection.execute(text(DRAFT))
    assert migrate(database) == ("0001", HEAD)
    with database.reading() as session:
        job = session.scalars(select(Job)).one()
        assert (job.kind, job.submission_id, job.state) == ("check", "0123456789abcdef", "waiting")


def test_a_newer_database_is_refused(database):
    migrate(database)
    with database.connection_for_writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DataError, match="a newer version wrote it"):
        migrate(database)
    assert stored_revision(database) == "9999"


def test_a_step_down_loses_nothing(database):
    migrate(database)
    with database.writing() as session:
        create_token(session, "ann", ("submit",), None)
    assert migrate(database, "0001") == (HEAD, "0001")
    with database.connection_for_writing() as connection:
        connection.execute(text(DRAFT))
        assert connection.execute(text("SELECT count(*) FROM tokens")).scalar() == 1
    migrate(database)
    with pytest.raises(UsageError, match="would lose what is in 'jobs'"):
        migrate(database, "0001")
    assert stored_revision(database) == HEAD


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET why = 'x'", "DELETE FROM events", "DELETE FROM submissions"],
)
def test_history_is_only_added_to(service, accepted, result, statement):
    accepted("ann", result)
    with (
        pytest.raises(DBAPIError, match="only added to"),
        service.database.connection_for_writing() as connection,
    ):
        connection.execute(text(statement))


def test_what_a_block_wrote_is_undone_when_it_fails(service):
    with pytest.raises(RuntimeError), service.database.writing() as session:
        create_token(session, "ann", ("submit",), None)
        session.flush()
        raise RuntimeError
    with service.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM tokens")).scalar() == 0


@pytest.mark.parametrize("where", ["mysql://here/db", "://", "sqlite://"])
def test_another_kind_of_database_is_refused(where):
    with pytest.raises(UsageError):
        Database(where)

"""Tokens, uploads, boards, submissions with their events, findings and scores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cfbench_leaderboard.database.migrations._steps import allow, forbid, refuse_if_filled

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("scores", "findings", "events", "submissions", "measures", "boards", "uploads", "tokens")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("revoked_at", _MOMENT),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
    )
    op.create_index("ix_uploads_owner", "uploads", ["owner"])
    op.create_table(
        "boards",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "measures",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("higher_is_better", sa.Boolean, nullable=False),
        sa.Column("detail", sa.Boolean, nullable=False),
    )
    _submissions()
    op.create_table(
        "events",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("submission_id", sa.Text, sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("state_before", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("rung_before", sa.Text),
        sa.Column("rung", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("ix_events_submission_id", "events", ["submission_id"])
    op.create_table(
        "findings",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("submission_id", sa.Text, sa.ForeignKey("submissions.id"), nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("rule", "severity", "where", "what", "why", "fix")
        ),
    )
    op.create_index("ix_findings_submission_id", "findings", ["submission_id"])
    op.create_table(
        "scores",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("submission_id", sa.Text, sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("measure_id", _NUMBER, sa.ForeignKey("measures.id"), nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("ci_low", sa.Double),
        sa.Column("ci_high", sa.Double),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("submission_id", "measure_id", "origin", name="uq_scores"),
    )
    op.create_index("ix_scores_measure", "scores", ["measure_id"])
    forbid("events", "UPDATE", "DELETE")
    forbid("submissions", "DELETE")


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("body_digest", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("supersedes", sa.Text, sa.ForeignKey("submissions.id")),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("rung", sa.Text, nullable=False),
        sa.Column("board_id", _NUMBER, sa.ForeignKey("boards.id")),
        sa.Column("result", sa.Text),
        sa.Column("model", sa.Text),
        sa.Column("model_version", sa.Text),
        sa.Column("weights_digest", sa.Text),
        sa.Column("run_id", sa.Text),
        sa.Column("fingerprint", sa.Text),
        sa.Column("samples", sa.BigInteger),
        sa.Column("subset", sa.BigInteger),
        sa.Column("unranked", sa.Text),
        sa.UniqueConstraint("owner", "idempotency_key", name="uq_submissions_key"),
    )
    op.create_index("ix_submissions_supersedes", "submissions", ["supersedes"])
    op.create_index("ix_submissions_board", "submissions", ["board_id", "state"])
    op.create_index("ix_submissions_owner", "submissions", ["owner", "created_at"])
    op.create_index("ix_submissions_state", "submissions", ["state", "created_at"])


def downgrade() -> None:
    """Remove them, if nothing is in them."""
    refuse_if_filled(*_TABLES)
    allow("events", "UPDATE", "DELETE")
    allow("submissions", "DELETE")
    for table in _TABLES:
        op.drop_table(table)

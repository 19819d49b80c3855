"""What every part of the service shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cfbench_leaderboard.limits import Limits

if TYPE_CHECKING:
    from cfbench_leaderboard.database import Database
    from cfbench_leaderboard.store import Store


@dataclass(frozen=True)
class Service:
    """A database, a store of files, and limits."""

    database: Database
    store: Store
    limits: Limits = field(default_factory=Limits)


def submission_url(id: str) -> str:  # noqa: A002
    """The page of a submission; the API has it at the same path below ``/api/v1``."""
    return f"/submissions/{id}"

"""What the service refuses, with the HTTP status that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.errors import CfbenchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench_leaderboard.answers import Finding


class Refusal(CfbenchError):
    """A request that is not granted; ``id`` is a word that a program can act on."""

    def __init__(
        self,
        status: int,
        id: str,  # noqa: A002
        what: str,
        why: str = "",
        fix: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        findings: Sequence[Finding] = (),
    ) -> None:
        """``headers`` go with the answer; ``findings`` are all the faults of what was sent."""
        self.status, self.id, self.headers, self.findings = status, id, dict(headers or {}), list(findings)
        super().__init__(what, why, fix)


def not_found(what: str) -> Refusal:
    """There is no such thing, or it is not for this client's eyes."""
    return Refusal(
        404, "not-found", what, "", "Check the address; what is not public needs its owner's token"
    )

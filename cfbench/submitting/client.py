"""Handing in: check, bundle, send. Typed again after anything went wrong, the same command continues and sends once."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from cfbench.bundles import Report, check, write_bundle
from cfbench.bundles.writing import pack_bundle
from cfbench.errors import CfbenchError, UsageError
from cfbench.files import canonical_json, read_json, sha256_hex
from cfbench.report._escape import plain
from cfbench.reporter import Reporter, silent
from cfbench.results.reading import MAX_RESULT_BYTES
from cfbench.submitting.address import checked_address, token_for
from cfbench.submitting.connection import BACKOFF, Connection
from cfbench.submitting.uploading import upload

LONGEST_NOTE = 2000
LONGEST_ID = 100
_SHOWN = 500


class UnsoundError(CfbenchError):
    """The check found errors, so nothing was sent; ``report`` has them (exit 1)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, path: Path, report: Report) -> None:
        self.report = report
        why = f"{report.count('error')} errors were found"
        super().__init__(f"{path} was not sent", why, f"See 'cfbench check {path}'")


@dataclass(frozen=True)
class Receipt:
    """What became of a submission."""

    kind: str
    """bundle, or result (self-reported)."""
    sha256: str
    """Of what was sent: of a bundle's file, or of a result in canonical form."""
    bytes: int
    """How much that is."""
    sent: bool
    """False after a dry run."""
    id: str = ""
    """The submission's id on the leaderboard."""
    state: str = ""
    """draft, pending, accepted, rejected or flagged."""
    rung: str = ""
    """How far it is verified: self-reported, checked, re-scored or reproduced."""
    url: str = ""
    """Its page."""
    findings: list[Any] = field(default_factory=list)
    """What the server's own check said."""


def submit(
    path: Path,
    to: str,
    *,
    supersedes: str = "",
    note: str = "",
    dry_run: bool = False,
    reporter: Reporter = silent,
    backoff: float = BACKOFF,
) -> Receipt:
    """Check a bundle, a run's folder or a bare result, and hand it in to the leaderboard at ``to``.

    A run's folder is bundled first. ``dry_run`` does all but the sending, and needs no token.

    Raises:
        UnsoundError: The check found errors.
        UsageError: The address or the token cannot be used.
        EnvironmentLackError: There is no token, or the server cannot be reached.
        DataError: The server refuses it.
    """
    url = checked_address(to)
    _check_texts(supersedes, note)
    token = "" if dry_run else token_for(url)
    report = check(path, reporter=reporter)
    if not report.ok:
        raise UnsoundError(path, report)
    extras = {key: value for key, value in (("supersedes", supersedes), ("note", note)) if value}
    if report.kind == "result":
        value = read_json(path, max_bytes=MAX_RESULT_BYTES)
        data = canonical_json(value)
        receipt = Receipt("result", sha256_hex(data), len(data), sent=not dry_run)
        if dry_run:
            return receipt
        with Connection(url, token, reporter, backoff=backoff) as connection:
            return _handed_in(connection, receipt, {"result": value, **extras})
    with tempfile.TemporaryDirectory(prefix="cfbench-") as place:
        file = _packed(path, report.kind, Path(place) / "submission.cfbundle")
        receipt = Receipt("bundle", sha256_hex(file), file.stat().st_size, sent=not dry_run)
        if dry_run:
            return receipt
        with Connection(url, token, reporter, backoff=backoff) as connection:
            return _handed_in(connection, receipt, {"upload": upload(connection, file, reporter), **extras})


def _packed(path: Path, kind: str, place: Path) -> Path:
    """The bundle as a file."""
    if path.is_file():
        return path
    if kind == "run":
        return write_bundle(path, place)[0]
    pack_bundle(path, place)
    return place


def _handed_in(connection: Connection, receipt: Receipt, body: dict[str, Any]) -> Receipt:
    answer = connection.post("/api/v1/submissions", body, {"Idempotency-Key": receipt.sha256})
    told = {key: plain(str(answer.get(key) or ""))[:_SHOWN] for key in ("id", "state", "rung", "url")}
    if told["url"].startswith("/"):
        told["url"] = connection.url + told["url"]
    found = answer.get("findings")
    findings = found if isinstance(found, list) else []
    return Receipt(receipt.kind, receipt.sha256, receipt.bytes, sent=True, findings=findings, **told)


def _check_texts(supersedes: str, note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise UsageError("The note is too long", f"it has {len(note)} characters, at most {LONGEST_NOTE}")
    if len(supersedes) > LONGEST_ID or not supersedes.isprintable():
        raise UsageError("--supersedes is no id of a submission", "", "Copy it from the submission's page")

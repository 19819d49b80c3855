"""Taking a submission in: once for each idempotency key, however often it is sent.

The row and all that hangs on it are one transaction. What it names in the store is on the disk before.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from cfbench.files import canonical_json, sha256_hex
from cfbench_leaderboard.answers import Made
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Submission, Upload
from cfbench_leaderboard.inserting import board_of, insert_scores, keep_findings
from cfbench_leaderboard.intake import judge, unranked_because
from cfbench_leaderboard.jobs import enqueue
from cfbench_leaderboard.refusals import Refusal, not_found
from cfbench_leaderboard.service import submission_url
from cfbench_leaderboard.steps import begin, reason_given

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import Finding
    from cfbench_leaderboard.intake import Intake
    from cfbench_leaderboard.limits import Limits
    from cfbench_leaderboard.service import Service
    from cfbench_leaderboard.tokens import Identity


def submit(service: Service, who: Identity, key: str, body: dict[str, Any]) -> tuple[Made, bool]:
    """The submission of a body, and whether it is new. ``body`` has the shape of the API's request."""
    digest = sha256_hex(canonical_json(body))
    with service.database.reading() as session:
        if known := _known(session, who.owner, key, digest):
            return known, False
        _check_quota(
            session, who.owner, service.limits
        )  # before the work; and again when nobody else can add
    note = reason_given(body.get("note") or "", service.limits)
    row = Submission(
        id=sha256_hex(f"{who.owner}\n{key}".encode())[:16],
        owner=who.owner,
        idempotency_key=key,
        body_digest=digest,
        note=note,
        supersedes=body.get("supersedes"),
        created_at=now(),
        rung="self-reported",
    )
    taken = _take_result(service, row, body["result"]) if body.get("result") is not None else None
    try:
        with service.database.writing() as session:
            service.database.one_at_a_time(session, f"submissions of {who.owner}")
            if known := _known(session, who.owner, key, digest):
                return known, False
            _check_quota(session, who.owner, service.limits)
            return _insert(session, row, taken, body.get("upload")), True
    except IntegrityError as error:  # the same key came twice at once, and the other was first
        with service.database.reading() as session:
            if known := _known(session, who.owner, key, digest):
                return known, False
        what = "Another submission has the id that this key would get"
        raise Refusal(409, "id-taken", what, "", "Send it under another Idempotency-Key") from error


def fill(session: Session, row: Submission, intake: Intake) -> None:
    """Write what a result says into the row of its submission, and its scores beside it."""
    result = intake.result
    row.board_id = board_of(session, result)
    row.result = intake.digest
    row.model, row.model_version = result.model.name, result.model.version
    row.weights_digest, row.run_id = result.model.weights_digest, result.run_id
    row.fingerprint, row.samples = result.dataset.fingerprint, result.dataset.samples
    row.subset = result.dataset.subset
    row.unranked = json.dumps(unranked_because(result), ensure_ascii=False)
    session.add(row)
    session.flush()
    insert_scores(session, row.id, result.scores, "reported")


def _take_result(service: Service, row: Submission, value: Any) -> tuple[Intake, list[Finding]]:
    with service.store.scratch(canonical_json(value), ".json") as path:
        intake, findings = judge(path, service.limits)
    if intake is None:
        first = next(each for each in findings if each.severity == "error")
        why, fix = f"{first.where}: {first.what}, {first.why}", "See 'findings' for all of it"
        raise Refusal(422, first.id, "The result cannot be taken", why, fix, findings=findings)
    row.kind, row.content, row.state = "result", service.store.put(intake.data), "pending"
    return intake, findings


def _insert(
    session: Session, row: Submission, taken: tuple[Intake, list[Finding]] | None, upload: str | None
) -> Made:
    if taken is None:
        row.kind, row.content, row.state = "bundle", _finished(session, row.owner, upload or ""), "draft"
    if row.supersedes is not None:
        _check_superseded(session, row)
    made = Made.model_validate(
        {
            "id": row.id,
            "state": row.state,
            "rung": row.rung,
            "url": submission_url(row.id),
            "findings": taken[1] if taken else [],
        }
    )
    row.answer = made.model_dump_json()
    begin(session, row, "submitted")
    if taken is None:
        enqueue(session, "check", [row.id], "")
    else:
        fill(session, row, taken[0])
        keep_findings(session, row.id, taken[1])
    return made


def _known(session: Session, owner: str, key: str, digest: str) -> Made | None:
    query = select(Submission.body_digest, Submission.answer).where(
        Submission.owner == owner, Submission.idempotency_key == key
    )
    found = session.execute(query).first()
    if found is None:
        return None
    if found.body_digest != digest:
        raise Refusal(
            409,
            "key-taken",
            "This Idempotency-Key came before with another body",
            "a key stands for one submission",
            "Use the SHA-256 of what is submitted",
        )
    return Made.model_validate_json(found.answer)


def _finished(session: Session, owner: str, upload: str) -> str:
    row = session.get(Upload, upload)
    if row is None or row.owner != owner:
        raise not_found(f"There is no upload '{upload[:64]}'")
    if row.finished_at is None:
        why = f"{row.received} of {row.bytes} bytes are here"
        raise Refusal(409, "unfinished", "The upload is not finished", why, "Send the rest first")
    return row.sha256


def _check_superseded(session: Session, row: Submission) -> None:
    old = session.get(Submission, row.supersedes)
    if old is None or old.owner != row.owner:
        raise not_found(f"There is no submission '{(row.supersedes or '')[:64]}' of {row.owner}")
    if old.id == row.id:
        raise Refusal(409, "no-such-step", "A submission cannot supersede itself")


def _check_quota(session: Session, owner: str, limits: Limits) -> None:
    day = now() - timedelta(days=1)
    query = select(func.count()).where(Submission.owner == owner, Submission.created_at > day)
    if (session.scalar(query) or 0) >= limits.submissions_a_day:
        raise too_many(f"{owner} made {limits.submissions_a_day} submissions in 24 hours", 3600)


def too_many(what: str, seconds: int) -> Refusal:
    """More than a limit allows, and when to come again."""
    again = f"Come again in {seconds} s"
    return Refusal(429, "too-many", what, "that is the limit", again, headers={"Retry-After": str(seconds)})

"""CF205 on and CF4xx: where a run came from, held against the result; the evidence's digests; the card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cfbench._version import __version__
from cfbench.bundles.card import says_how_it_was_made
from cfbench.bundles.manifest import (
    CARD,
    ENVIRONMENT,
    MAX_CARD_BYTES,
    MAX_ENVIRONMENT_BYTES,
    RunRecord,
    evidence_record,
)
from cfbench.errors import CfbenchError, DataError
from cfbench.execution.plan import run_id
from cfbench.files import read_bytes, read_json

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.bundles.findings import Findings
    from cfbench.results import Result

_WHITE = "\n\r\t"


def read_record(path: Path, findings: Findings) -> RunRecord | None:
    """``environment.json``; None where it has a fault, which is told."""
    try:
        return RunRecord.model_validate(read_json(path, max_bytes=MAX_ENVIRONMENT_BYTES))
    except DataError as error:
        findings.add("CF401", path.name, error.why or error.what)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False)[:40]:
            findings.add("CF401", f"{path.name} {'.'.join(str(part) for part in fault['loc'])}", fault["msg"])
    return None


def check_record(record: RunRecord, result: Result, findings: Findings, where: str = ENVIRONMENT) -> None:
    """Hold what is said of a run against its result."""
    if record.environment != result.environment:
        findings.add("CF402", where)
    if result.environment.git_dirty:
        findings.add("CF405", where, f"commit {result.environment.git_commit}")
    if result.cfbench_version != __version__:
        findings.add("CF406", where, f"{result.cfbench_version}, and this is {__version__}")
    try:
        found = run_id(record.identity)
    except (CfbenchError, TypeError, ValueError, RecursionError) as error:
        findings.add("CF401", where, str(error))
        return
    if found != result.run_id:
        findings.add("CF205", where, f"its digest begins with {found}, and the run id is {result.run_id}")
    for part, said, meant in _configured(record.identity, result):
        if said != meant:
            findings.add(
                "CF206", f"{where} {part}", f"it says {str(said)[:120]}, and the result {str(meant)[:120]}"
            )


def _configured(identity: dict[str, Any], result: Result) -> list[tuple[str, Any, Any]]:
    """What the configuration and the result say of the same things."""
    origin = identity.get("origin")
    origin = origin if isinstance(origin, dict) else {}
    metrics = identity.get("metrics")
    named = (
        [m.get("name") if isinstance(m, dict) else None for m in metrics] if isinstance(metrics, list) else []
    )
    return [
        ("origin.task", origin.get("task"), result.task),
        ("origin.model", origin.get("model"), result.model.model_dump()),
        ("origin.dataset", origin.get("dataset"), result.dataset.model_dump()),
        ("origin.protocol", origin.get("protocol"), result.protocol.model_dump()),
        ("resamples", identity.get("resamples"), result.resamples),
        ("metrics", sorted(str(name) for name in named), sorted(result.evidence_digests)),
    ]


def check_alone(result: Result, findings: Findings, where: str) -> None:
    """What a result must say of itself beyond its schema."""
    reasons = {
        "the model is given the targets": result.model.needs_target,
        "turns were teacher-forced": result.protocol.teacher_forced,
        "only a subset of the split was asked for": result.dataset.subset is not None,
        "samples failed or are missing": not result.complete,
    }
    needed = [reason for reason, holds in reasons.items() if holds]
    if needed and len(result.unranked_because) < len(needed):
        findings.add("CF207", where, "; ".join(needed))
    scored = {score.metric for score in result.scores}
    if scored - result.evidence_digests.keys():
        without = ", ".join(sorted(scored - result.evidence_digests.keys()))
        findings.add("CF208", where, f"there is none of {without}")
    lost = [failure.sample for failure in result.failed] + result.missing
    if len(set(lost)) < len(lost) or len(lost) > result.dataset.samples:
        findings.add(
            "CF204", where, "more samples failed or are missing than were asked for, or one is named twice"
        )


def check_evidence(path: Path, result: Result, findings: Findings) -> None:
    """Hold ``evidence.json`` against the result."""
    try:
        value = read_json(path, max_bytes=MAX_ENVIRONMENT_BYTES)
    except DataError as error:
        findings.add("CF208", path.name, error.why or error.what)
        return
    if value != evidence_record(result):
        findings.add("CF208", path.name, "it does not name the digests that the result names")


def check_card(path: Path, result: Result, findings: Findings) -> None:
    """Whether the card can be shown, and says something."""
    try:
        text = read_bytes(path, max_bytes=MAX_CARD_BYTES, what="card").decode()
    except DataError as error:
        findings.add("CF403", CARD, error.why or error.what)
        return
    except UnicodeDecodeError as error:
        findings.add("CF403", CARD, f"it is not UTF-8 (byte {error.start})")
        return
    odd = next(
        (at for at, character in enumerate(text) if not character.isprintable() and character not in _WHITE),
        None,
    )
    if odd is not None and ord(text[odd]) < 32:
        findings.add("CF403", CARD, f"it holds a control character (at {odd})")
    if result.model.weights_digest and not says_how_it_was_made(text):
        findings.add("CF404", CARD)

"""A result from outside: judged, and cut into what the tables hold. Nothing that a client says of ranking is believed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from cfbench.files import canonical_json, sha256_hex
from cfbench_leaderboard.answers import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cfbench.bundles import Finding as BundleFinding
    from cfbench.results import Result
    from cfbench_leaderboard.limits import Limits

SHOWN_FAULTS = 50
LONGEST_TEXT = 1000
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
)  # control, line ends, reversed writing
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_BIGGEST = 1e300  # what both databases hold, with room to compute


@dataclass(frozen=True)
class Intake:
    """A sound result and its canonical bytes."""

    result: Result
    data: bytes

    @classmethod
    def of(cls, value: Any) -> Intake:
        """From a result that was judged, as JSON."""
        from cfbench.results import Result

        result = Result.model_validate(value)
        return cls(result, canonical_json(result.model_dump(mode="json")))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical result."""
        return sha256_hex(self.data)


def judge(path: Path, limits: Limits) -> tuple[Intake | None, list[Finding]]:
    """What a bundle or bare result holds, None where it has an error; and every finding.

    The check is the client's own, ``cfbench check``; then comes what the tables, and readers, cannot bear.
    """
    from cfbench.bundles import check

    report = check(path)
    findings = [_told(each) for each in report.findings]
    if not report.ok or report.result is None:
        return None, findings
    value = report.result.model_dump(mode="json")
    unfit = list(islice(_unfit(value, report.result, limits), SHOWN_FAULTS))
    return None if unfit else Intake(report.result, canonical_json(value)), findings + unfit


def _told(finding: BundleFinding) -> Finding:
    texts = {name: shown(getattr(finding, name), LONGEST_TEXT) for name in ("where", "what", "why", "fix")}
    return Finding.model_validate({"id": finding.id, "severity": finding.severity, **texts})


def unranked_because(result: Result) -> list[str]:
    """Why a result is not ranked: what follows from it, then what it says itself."""
    lost = len(result.failed) + len(result.missing)
    reasons = {
        "the model is given the targets": result.model.needs_target,
        "turns were teacher-forced": result.protocol.teacher_forced,
        "only a subset of the split was asked for": result.dataset.subset is not None,
        f"{lost} of {result.dataset.samples} samples have no prediction": lost > 0,
    }
    derived = [reason for reason, holds in reasons.items() if holds]
    return derived + [reason for reason in result.unranked_because if reason not in derived]


def is_hidden(text: str) -> bool:
    """Whether a text holds a character that no line of plain text has, or that turns its direction."""
    return _HIDDEN.search(text) is not None


def shown(text: str, length: int) -> str:
    """The beginning of a stranger's text, harmless to a terminal and to a database."""
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text[:length])


def board_parts(result: Result) -> dict[str, str]:
    """What names a board."""
    return {
        "task": result.task,
        "dataset": result.dataset.name,
        "version": result.dataset.version,
        "split": result.dataset.split,
        "options": canonical_json(result.dataset.options).decode(),
    }


def _unfit(value: Any, result: Result, limits: Limits) -> Iterator[Finding]:
    """What the schema lets through and the tables, or a reader, cannot bear."""
    for where, text in _texts(value):
        if is_hidden(text):
            yield _error("LB101", where, "a text holds a control character")
    counts = {
        "dataset.samples": result.dataset.samples,
        "dataset.subset": result.dataset.subset or 0,
        **{f"scores.{score.address}.n": score.n for score in result.scores},
    }
    for where, count in counts.items():
        if count > limits.samples:
            yield _error("LB102", where, f"there are at most {limits.samples:,} samples")
    for where, name in (("task", result.task), ("dataset.name", result.dataset.name)):
        if not _ADDRESS.fullmatch(name):
            yield _error(
                "LB106", where, "a board's address takes letters, digits, dots, dashes and underscores"
            )
    if len(result.scores) > limits.scores:
        yield _error("LB103", "scores", f"a result has at most {limits.scores:,} numbers")
        return
    if len(canonical_json(result.dataset.options)) > LONGEST_TEXT:
        yield _error("LB104", "dataset.options", f"they have at most {LONGEST_TEXT:,} characters")
    if len(json.dumps(result.unranked_because)) > 10 * LONGEST_TEXT:
        yield _error("LB104", "unranked_because", f"it has at most {10 * LONGEST_TEXT:,} characters")
    for score in result.scores:
        where = f"scores.{score.address}"
        if any(
            abs(each) > _BIGGEST for each in (score.value, score.ci_low, score.ci_high) if each is not None
        ):
            yield _error("LB105", where, "the number is too large")
        if len(score.signature) > LONGEST_TEXT or len(score.reason or "") > LONGEST_TEXT:
            yield _error("LB104", where, f"a text has at most {LONGEST_TEXT:,} characters")


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    pending: list[tuple[str, Any]] = [("", value)]
    while pending:
        where, each = pending.pop()
        if isinstance(each, str):
            yield where or "result", each
        elif isinstance(each, dict):
            for key, item in each.items():
                yield f"{where}: a key", key
                pending.append((f"{where}.{key}" if where else key, item))
        elif isinstance(each, list):
            pending += [(f"{where}[{index}]", item) for index, item in enumerate(each)]


def _error(rule: str, where: str, what: str) -> Finding:
    return Finding(
        id=rule,
        severity="error",
        where=shown(where, 200),
        what=shown(what, 500),
        why="the leaderboard takes only results that cfbench could have written",
        fix="Run cfbench check RESULT, and submit the file that cfbench run or cfbench score wrote",
    )

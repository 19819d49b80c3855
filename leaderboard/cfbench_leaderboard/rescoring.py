"""Which bundles are to be scored again, and what to think of the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from cfbench.errors import CfbenchError, EnvironmentLackError
from cfbench.plugins import load_plugin, plugins
from cfbench.results.signatures import without_n
from cfbench_leaderboard.answers import RUNGS, Finding
from cfbench_leaderboard.database.models import Measure, ScoreRow, Submission
from cfbench_leaderboard.jobs import enqueue
from cfbench_leaderboard.refusals import not_found

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cfbench.results import Result

TOLERANCE = 2e-3
"""How far a number may lie from the reported one, as a share of the larger of it and 1: networks round by machine."""


def enqueue_rescoring(session: Session, submission: str | None = None) -> int:
    """Give workers every checked bundle whose metrics have versions here that it was not scored with; how many."""
    query = (
        select(Submission.id, Measure.metric)
        .join(ScoreRow, ScoreRow.submission_id == Submission.id)
        .join(Measure, Measure.id == ScoreRow.measure_id)
        .where(Submission.kind == "bundle", Submission.rung.in_(RUNGS[1:]), Submission.state != "rejected")
        .distinct()
    )
    if submission is not None:
        if session.get(Submission, submission) is None:
            raise not_found(f"There is no submission '{submission}'")
        query = query.where(Submission.id == submission)
    metrics: dict[str, set[str]] = {}
    for name, metric in session.execute(query):
        metrics.setdefault(name, set()).add(metric)
    by_version: dict[str, list[str]] = {}
    for name in sorted(metrics):
        if version := _versions(metrics[name]):
            by_version.setdefault(version, []).append(name)
    return sum(enqueue(session, "rescore", names, version) for version, names in sorted(by_version.items()))


def lacking(error: ModuleNotFoundError) -> EnvironmentLackError:
    """A package is not here: another worker may have it."""
    return EnvironmentLackError(
        "This worker cannot score the bundle again",
        f"it lacks the package {error.name}",
        "Start a worker with: pip install 'cfbench[leaderboard,torch]'",
    )


def differences(reported: Result, ours: Result) -> list[Finding]:
    """Where our outcome is not the reported one; nothing where it is."""
    found = []
    if reported.dataset.fingerprint != ours.dataset.fingerprint:
        found.append(
            _finding("RS301", "dataset.fingerprint", "The samples are not those of the data set here")
        )
    if reported.predictions_digest != ours.predictions_digest:
        found.append(_finding("RS302", "predictions", "The predictions are not those that the result is of"))
    before = {(score.address, without_n(score.signature)): score for score in reported.scores}
    for score in ours.scores:
        old = before.get((score.address, without_n(score.signature)))
        if old is not None and not _same(old.value, score.value):
            what = f"Reported was {_said(old.value)}, and scoring again gives {_said(score.value)}"
            found.append(_finding("RS303", score.address, what))
    return found


def remarks(reported: Result, ours: Result) -> list[Finding]:
    """What a reader must know although nothing differs: numbers that nothing here could be held against."""
    here = {(score.address, without_n(score.signature)) for score in ours.scores}
    alone = [score for score in reported.scores if (score.address, without_n(score.signature)) not in here]
    if not alone:
        return []
    what = f"{len(alone)} reported numbers were not scored again: their metrics or detectors have other versions here"
    return [_finding("RS304", alone[0].address, what).model_copy(update={"severity": "note"})]


def too_much(kind: str, why: str) -> Finding:
    """A check or a scoring that ran against a limit, or that killed its process each time."""
    rule, where = ("LB107", "bundle") if kind == "check" else ("RS305", "predictions")
    what = (
        "The bundle could not be checked" if kind == "check" else "The predictions could not be scored again"
    )
    finding = _finding(rule, where, f"{what}: {why}")
    changes = {
        "severity": "error" if kind == "check" else "warning",
        "why": "a worker gives a bundle so much and no more",
    }
    return finding.model_copy(update={**changes, "fix": "Submit a smaller bundle, or ask the board's keeper"})


def failure(error: CfbenchError) -> Finding:
    """Scoring again was not possible, for a reason that lies in the bundle."""
    return _finding("RS300", "predictions", str(error)).model_copy(update={"severity": "warning"})


def _versions(metrics: set[str]) -> str:
    """The versions that the metrics have here; empty where one of them is not here."""
    known = plugins("metrics")
    if not metrics <= known.keys():
        return ""
    try:
        return " ".join(f"{name}={load_plugin('metrics', name).version}" for name in sorted(metrics))
    except CfbenchError:
        return ""


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))


def _said(value: float | None) -> str:
    return "no value" if value is None else f"{value:.6g}"


def _finding(rule: str, where: str, what: str) -> Finding:
    return Finding(
        id=rule,
        severity="error",
        where=where,
        what=what,
        why="a board shows what others can get again from the same predictions",
        fix="Score the predictions with this version of cfbench, and submit the new bundle with --supersedes",
    )

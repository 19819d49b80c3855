"""What the API answers with; the pages read the same."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["draft", "pending", "accepted", "rejected", "flagged"]
Rung = Literal["self-reported", "checked", "re-scored", "reproduced"]
RUNGS: tuple[Rung, ...] = ("self-reported", "checked", "re-scored", "reproduced")
Severity = Literal["error", "warning", "note"]


class Answer(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Finding(Answer):
    """Something that a check found."""

    id: str
    """The rule, such as CF101."""
    severity: Severity
    """An error keeps a submission from being accepted."""
    where: str
    """The file and place."""
    what: str
    """What was found."""
    why: str
    """Why it matters."""
    fix: str
    """What mends it."""


class Fault(Answer):
    """A request that was not granted."""

    id: str
    """A word or rule that a program can act on."""
    what: str
    """What happened."""
    why: str
    """Why."""
    fix: str
    """What mends it."""
    findings: list[Finding] = Field(default_factory=list)
    """All the faults of what was sent."""


class ErrorAnswer(Answer):
    """The body of every error."""

    error: Fault
    """What is wrong."""


class WhoAmI(Answer):
    """Whom the token speaks for."""

    owner: str
    """Whose submissions it makes."""
    scopes: list[str]
    """What it may do."""
    token: str
    """The token's public name."""
    expires_at: datetime | None
    """When it ends."""


class UploadAnswer(Answer):
    """An upload as it stands."""

    upload: str
    """Its id."""
    offset: int
    """Bytes that are here; the next PATCH begins there."""
    chunk: int
    """The most bytes that one PATCH may bring."""


class Made(Answer):
    """A submission that was taken in."""

    id: str
    """Its id."""
    state: State
    """draft while it is checked, then pending until a moderator decides."""
    rung: Rung
    """How far it is verified."""
    url: str
    """Where it is."""
    findings: list[Finding]
    """What was found so far."""


class Step(Answer):
    """An event of a submission."""

    at: datetime
    """When."""
    by: str
    """Who: an owner, or 'worker'."""
    state_before: State | None
    """The state before; null at the beginning."""
    state: State
    """The state after."""
    rung_before: Rung | None
    """The rung before; null at the beginning."""
    rung: Rung
    """The rung after."""
    why: str
    """Why."""


class Number(Answer):
    """A number of a submission."""

    metric: str
    """The metric."""
    name: str
    """The number's name within the metric."""
    slice: str
    """The slice of the samples."""
    signature: str
    """What must be equal for two numbers to be compared: the signature but for n."""
    higher_is_better: bool
    """The direction."""
    detail: bool
    """Whether it is a diagnostic, never ranked by."""
    origin: Literal["reported", "re-scored"]
    """Whose computation it is."""
    value: float | None
    """The value; null with a reason."""
    ci_low: float | None
    """Lower end of the 95 % interval."""
    ci_high: float | None
    """Upper end of the 95 % interval."""
    n: int
    """Samples behind it."""
    reason: str | None
    """Why the value is null."""


class SubmissionHead(Answer):
    """A submission in a list."""

    id: str
    """Its id."""
    url: str
    """Where it is."""
    owner: str
    """Who made it."""
    kind: Literal["result", "bundle"]
    """A bare result, or a bundle with predictions."""
    state: State
    """draft, pending, accepted, rejected or flagged."""
    rung: Rung
    """self-reported, checked, re-scored or reproduced."""
    created_at: datetime
    """When it came in."""
    board: str | None
    """The board it belongs to; null until its result was read."""
    model: str | None
    """The model's name."""
    model_version: str | None
    """The model's version."""
    note: str
    """What its owner says."""
    supersedes: str | None
    """The submission that it takes the place of."""
    unranked_because: list[str]
    """Why it is not ranked; empty where it may be."""


class SubmissionAnswer(SubmissionHead):
    """A submission with its history and numbers."""

    superseded_by: list[str]
    """Later submissions that would take its place; they do once accepted."""
    content: str
    """SHA-256 of what was sent."""
    result: str | None
    """SHA-256 of the canonical result.json."""
    weights_digest: str | None
    """SHA-256 of the model's weights."""
    run_id: str | None
    """The run."""
    fingerprint: str | None
    """SHA-256 over the samples that were asked for."""
    samples: int | None
    """How many they were."""
    findings: list[Finding]
    """What checks and re-scorings found."""
    events: list[Step]
    """Its history, oldest first."""
    scores: list[Number]
    """Every number."""


class SubmissionList(Answer):
    """A page of submissions, newest first."""

    submissions: list[SubmissionHead]
    """The page."""
    next: str | None
    """The cursor of the next page; null on the last."""


class BoardHead(Answer):
    """A board."""

    id: str
    """Its id, for the parameter 'board'."""
    url: str
    """Where it is."""
    task: str
    """The kind of work."""
    dataset: str
    """The data set."""
    version: str
    """The data set's version."""
    split: str
    """The split."""
    options: dict[str, str]
    """The data set's options."""
    submissions: int
    """Accepted or flagged submissions."""
    revision: int
    """Rises with every change."""
    changed_at: datetime
    """When it last changed."""


class BoardList(Answer):
    """A page of boards."""

    boards: list[BoardHead]
    """The page."""
    next: str | None
    """The cursor of the next page; null on the last."""


class MeasureAnswer(Answer):
    """A column of a board: numbers that may be compared with each other."""

    address: str
    """metric/name/slice."""
    signature: str
    """The signature but for n: metric version, protocol and detectors."""
    higher_is_better: bool
    """The direction."""


class Entry(Answer):
    """A row of a board."""

    submission: SubmissionHead
    """What was handed in."""
    rank: int | None
    """1 + how many are better; null where it is not ranked."""
    best_rank: int | None
    """1 + how many are better with confidence; null below the entries that are tested."""
    worst_rank: int | None
    """The last place that the tests leave open."""
    scores: list[Number]
    """Its numbers on the slice 'all' that are no details, and the one that is ranked by."""


class BoardAnswer(Answer):
    """A board, ranked by one measure."""

    board: BoardHead
    """Which."""
    others: list[BoardHead]
    """Boards of the same name with another version, split or options."""
    ranked_by: MeasureAnswer | None
    """The measure; null where there is no number yet."""
    measures: list[MeasureAnswer]
    """Everything that it can be ranked by."""
    method: str
    """How ties were found."""
    groups: list[list[str]]
    """Submissions that the tests cannot tell apart, best first. One may stand in several groups."""
    entries: list[Entry]
    """The page: ranked ones by rank, then the unranked."""
    next: str | None
    """The cursor of the next page; null on the last."""


class JobAnswer(Answer):
    """Work for a worker."""

    id: int
    """Its number."""
    kind: Literal["check", "rescore"]
    """What is to be done."""
    submission: str
    """On what."""
    state: Literal["waiting", "running", "done", "failed"]
    """How far it is."""
    attempts: int
    """How often it was begun."""
    said: str
    """What a worker said last: what it lacks, or why it failed."""


class JobList(Answer):
    """A page of jobs, newest first."""

    jobs: list[JobAnswer]
    """The page."""
    next: str | None
    """The cursor of the next page; null on the last."""


class Queued(Answer):
    """What was given to workers."""

    jobs: int
    """New jobs."""

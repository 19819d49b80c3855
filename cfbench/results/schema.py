"""The schema of ``result.json``: what ran, where, and what came out.

A result is a pure function of these: it holds no time stamp, duration, path or engine, so that two
runs of the same thing are the same bytes. ``schema_version`` changes when a reader of the old form
would be misled; every released form stays readable.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION: Literal[1] = 1
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class ModelInfo(_Part):
    """The model that ran."""

    name: Name
    """The registered name, or the class name of a model given by path."""
    version: Name
    """The model's own version."""
    code_digest: Digest | None
    """SHA-256 of the file that defines the model; null for predictions made elsewhere."""
    weights_digest: Digest | None
    """SHA-256 of its weights; null where it has none."""
    needs_target: bool
    """Whether the model was given the targets. Such a model is never ranked."""


class DatasetInfo(_Part):
    """The samples that were asked for."""

    name: Name
    """The data set that ran: the twin's name where the twin ran."""
    version: Name
    """The data set's version."""
    split: Name
    """The split."""
    options: dict[str, str]
    """The data set's options, every one."""
    twin_of: Name | None
    """The official data set that this one stands in for, if any."""
    fingerprint: Digest
    """SHA-256 over the canonical form of the samples that were asked for."""
    subset: int | None = Field(ge=1)
    """The limit, where only the first samples of the split were asked for."""
    samples: int = Field(ge=0)
    """How many samples were asked for."""


class DetectorInfo(_Part):
    """A detector that metrics looked through."""

    kind: Name
    """What metrics ask for."""
    name: Name
    """The detector."""
    version: Name
    """The detector's own version."""
    digest: Digest | None
    """SHA-256 of its weights or, where it has none, of its code."""
    floor: float = Field(ge=0, le=1)
    """The least score on true images with which it is fit for use."""
    self_check: float = Field(ge=0, le=1)
    """Its score on true images of the split, before any use."""


class Protocol(_Part):
    """How predictions were made, as far as numbers depend on it."""

    seed: int
    """The one seed, from which every random choice is derived."""
    batch_size: int = Field(ge=1)
    """How many samples a model was given at a time."""
    teacher_forced: bool
    """Whether each turn was given the true previous image. A diagnostic, never ranked."""
    device: Name
    """The device type."""
    threads: int = Field(ge=1)
    """Threads of the numerical libraries."""
    dtype: Name
    """The floating-point type of the model."""


class Environment(_Part):
    """Where it ran, as far as numbers could depend on it."""

    python: str
    """Version of Python."""
    platform: str
    """Operating system and processor."""
    packages: dict[str, str]
    """Versions of the libraries that numbers could depend on."""
    git_commit: str | None
    """Commit of the repository that the run was started in."""
    git_dirty: bool | None
    """Whether tracked files differed from that commit."""


class Failure(_Part):
    """A sample that the model failed on."""

    sample: str
    """The sample's id."""
    error: str
    """What happened, in one line."""


class Score(_Part):
    """One number."""

    metric: Name
    """The metric."""
    name: Name
    """The number's name within the metric."""
    slice: Name
    """The slice of the samples; 'all' is every sample."""
    value: float | None
    """The value, finite; null with a reason."""
    reason: str | None
    """Why the value is null."""
    ci_low: float | None
    """Lower end of the 95 % interval."""
    ci_high: float | None
    """Upper end of the 95 % interval."""
    n: int = Field(ge=0)
    """Samples behind the number."""
    higher_is_better: bool
    """The direction."""
    signature: str
    """What one must know to compare the number with another."""
    detail: bool = False
    """Whether it is a part or a diagnostic of the metric's other numbers: shown when asked for, never ranked by."""

    @model_validator(mode="after")
    def _finite_or_explained(self) -> Score:
        if any(v is not None and not math.isfinite(v) for v in (self.value, self.ci_low, self.ci_high)):
            message = f"{self.metric}/{self.name}/{self.slice} is not finite"
            raise ValueError(message)
        if (self.value is None) == (self.reason is None):
            message = f"{self.metric}/{self.name}/{self.slice} needs a value or a reason, not both"
            raise ValueError(message)
        if (self.ci_low is None) != (self.ci_high is None) or (self.ci_low or 0) > (self.ci_high or 0):
            message = f"{self.metric}/{self.name}/{self.slice} has an interval whose ends do not match"
            raise ValueError(message)
        return self

    @property
    def address(self) -> str:
        """``metric/name/slice``."""
        return f"{self.metric}/{self.name}/{self.slice}"


class Result(_Part):
    """One run, scored."""

    schema_version: Literal[1] = SCHEMA_VERSION
    """Version of this schema."""
    cfbench_version: Name
    """Version of cfbench that scored it."""
    run_id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    """The first 12 hex digits of the SHA-256 of the canonical resolved configuration."""
    task: Name
    """The kind of work."""
    model: ModelInfo
    """What was judged."""
    dataset: DatasetInfo
    """On what."""
    protocol: Protocol
    """How."""
    resamples: int = Field(ge=0)
    """Bootstrap resamples behind each interval."""
    resampled: dict[str, Name] = Field(default_factory=dict)
    """By metric, what resamples draw: a sample, or what keeps several together, such as a dialogue. Metrics without
    intervals are left out; so are all in results of a cfbench that did not say it."""
    detectors: list[DetectorInfo]
    """What metrics looked through."""
    environment: Environment
    """Where."""
    complete: bool
    """Whether every sample that was asked for has a prediction."""
    failed: list[Failure]
    """Samples that the model failed on, in the order of the split."""
    missing: list[str]
    """Samples without a prediction, in the order of the split."""
    unranked_because: list[str]
    """Why a leaderboard does not rank this result; empty when it may."""
    predictions_digest: Digest
    """SHA-256 over the canonical predictions, sorted by sample id."""
    evidence_digests: dict[str, Digest]
    """By metric, SHA-256 over the canonical rows, sorted by sample id."""
    scores: list[Score]
    """Every number."""
    remarks: list[str] = Field(default_factory=list)
    """What a reader of the numbers must be told, a sentence each, such as what a distance of few images means."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Result:
        lost = len(self.failed) + len(self.missing)
        faults = {
            "complete, yet samples failed or are missing": self.complete and lost > 0,
            "incomplete, yet no sample failed or is missing": not self.complete and lost == 0,
            "incomplete, yet a number has a value": not self.complete
            and any(score.value is not None for score in self.scores),
            "a number is there twice": len({score.address for score in self.scores}) < len(self.scores),
            "a number stands on more samples than were asked for": any(
                score.n > self.dataset.samples for score in self.scores
            ),
        }
        for fault, holds in faults.items():
            if holds:
                raise ValueError(fault)
        return self

    def score(self, address: str) -> Score:
        """The number at ``metric/name/slice``; KeyError where there is none."""
        for score in self.scores:
            if score.address == address:
                return score
        raise KeyError(address)

    def to_frame(self) -> pd.DataFrame:
        """A row a number: metric, name, slice, value, ci_low, ci_high, n, higher_is_better, signature."""
        import pandas as pd

        columns = [
            "metric",
            "name",
            "slice",
            "value",
            "ci_low",
            "ci_high",
            "n",
            "higher_is_better",
            "signature",
        ]
        rows = [{column: getattr(score, column) for column in columns} for score in self.scores]
        numbers = {"value": float, "ci_low": float, "ci_high": float}
        frame: pd.DataFrame = pd.DataFrame(rows, columns=columns).astype(numbers)
        return frame

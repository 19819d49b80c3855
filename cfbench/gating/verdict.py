"""What a gate says, check by check."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cfbench.comparing import SampleChange

Outcome = Literal["passed", "failed", "not comparable", "no baseline", "incomplete"]
Status = Literal["passed", "failed", "error", "skipped"]
Kind = Literal["number", "coverage", "policy"]
EXIT_CODES: dict[Outcome, int] = {
    "passed": 0,
    "failed": 1,
    "not comparable": 2,
    "no baseline": 3,
    "incomplete": 3,
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Check(_Part):
    """One thing that was looked at."""

    kind: Kind
    """A number held against the baseline's, a number that must be there, or a demand of the policy."""
    address: str
    """``metric/name/slice``; of a demand, its key and pattern."""
    status: Status
    """Error: it cannot be compared. Skipped: there is nothing to compare it with."""
    words: str
    """Why."""
    higher_is_better: bool | None = None
    """The direction."""
    baseline: float | None = None
    """The baseline's value."""
    new: float | None = None
    """The new value."""
    difference: float | None = None
    """New minus baseline."""
    ci_low: float | None = None
    """Lower end of its interval."""
    ci_high: float | None = None
    """Upper end."""
    paired: bool | None = None
    """Whether that interval is paired by sample."""
    allowed: float | None = None
    """How much worse the policy lets it be."""
    mode: str | None = None
    """How it was judged."""
    worst: list[SampleChange] = Field(default_factory=list)
    """The samples that became worse most; ``first`` is the baseline's value."""

    @property
    def metric(self) -> str:
        """The metric; ``policy`` for a demand of the policy."""
        return "policy" if self.kind == "policy" else self.address.split("/", 1)[0]


class Verdict(_Part):
    """Whether the gate opens."""

    schema_version: Literal[1] = 1
    """Version of this schema."""
    cfbench_version: str
    """Version of cfbench that judged."""
    outcome: Outcome
    """What it came to."""
    opens: bool
    """Whether the gate lets the new result through: it passed, or there was no baseline and that was to pass."""
    reasons: list[str]
    """Why it could not judge, where it could not."""
    baseline: str
    """Where the baseline was looked for."""
    baseline_run: str | None
    """Model and run id of the baseline."""
    new_run: str
    """Model and run id of the new result."""
    dataset: str
    """Data set, version and split of the new result."""
    remarks: list[str]
    """What a reader must mind."""
    confidence: float
    """Of the intervals."""
    checks: list[Check]
    """Everything that was looked at."""
    unjudged: int
    """Numbers of the new result that no rule asked to judge, or that the policy ignores."""

    @property
    def exit_code(self) -> int:
        """As the command line leaves."""
        return 0 if self.opens else EXIT_CODES[self.outcome]

    def of(self, *statuses: Status) -> list[Check]:
        """The checks that came to one of these."""
        return [check for check in self.checks if check.status in statuses]

    @property
    def headline(self) -> str:
        """The whole in one line."""
        judged = sum(check.kind == "number" and check.status in {"passed", "failed"} for check in self.checks)
        failed = len(self.of("failed"))
        told = {
            "passed": f"{judged} number{'' if judged == 1 else 's'} held against {self.baseline_run}",
            "failed": f"{failed} of {len(self.checks)} checks failed",
            "not comparable": "; ".join(self.reasons)
            or f"{len(self.of('error'))} numbers cannot be compared",
            "no baseline": "; ".join(self.reasons) + ("; let through all the same" if self.opens else ""),
            "incomplete": "; ".join(self.reasons),
        }
        return f"gate {self.outcome}: {told[self.outcome]}"

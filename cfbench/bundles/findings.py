"""What a check finds, and the report of it: every finding at once, for people and for machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cfbench.bundles.rules import RULES
from cfbench.report._escape import plain

if TYPE_CHECKING:
    from cfbench.results import Result

SHOWN_OF_A_RULE = 20
_LONGEST = 400


@dataclass(frozen=True)
class Finding:
    """Something that a rule has to say."""

    id: str
    """The rule: ``CF`` and three digits, stable."""
    severity: str
    """error, warning or note. Only errors stop a submission."""
    where: str
    """The file, the number (``metric/name/slice``) or the part of a file."""
    what: str
    """What is wrong."""
    why: str
    """What was found there."""
    fix: str
    """What to do."""

    def __str__(self) -> str:
        """One line."""
        why = f": {self.why.rstrip('.')}" if self.why else ""
        fix = f" {self.fix.rstrip('.')}." if self.fix else ""
        return f"{self.id} {self.severity} in {self.where}: {self.what.rstrip('.')}{why}.{fix}"


class Findings:
    """Collects. Of one rule the first twenty are kept and the rest counted, so that no hostile file fills a disk."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def add(self, rule: str, where: str, why: str = "", fix: str | None = None) -> None:
        """What a rule has to say of a place. The texts may be a stranger's."""
        self._counts[rule] += 1
        if self._counts[rule] <= SHOWN_OF_A_RULE:
            declared = RULES[rule]
            texts = (where, declared.what, why, declared.fix if fix is None else fix)
            self._kept.append(Finding(rule, declared.severity, *(plain(text)[:_LONGEST] for text in texts)))

    def errors(self) -> int:
        """How many errors there are so far, those not kept, too."""
        return sum(count for rule, count in self._counts.items() if RULES[rule].severity == "error")

    def sorted(self) -> list[Finding]:
        """By rule, in the order of finding within one."""
        return sorted(self._kept, key=lambda finding: finding.id)

    def left_out(self) -> dict[str, int]:
        """By rule, how many more there are than are kept."""
        return {
            rule: count - SHOWN_OF_A_RULE
            for rule, count in sorted(self._counts.items())
            if count > SHOWN_OF_A_RULE
        }


@dataclass(frozen=True)
class Report:
    """What a check found."""

    kind: str
    """What was checked: bundle, run or result."""
    digest: str | None
    """That of the bundle; None where there is none, or its manifest cannot be read."""
    result: Result | None
    """The result in it, where it can be read."""
    findings: list[Finding]
    """All of them, by rule."""
    left_out: dict[str, int] = field(default_factory=dict)
    """By rule, how many more findings there are than are listed."""

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return all(finding.severity != "error" for finding in self.findings)

    def count(self, severity: str) -> int:
        """How many findings of a severity there are."""
        hidden = sum(count for rule, count in self.left_out.items() if RULES[rule].severity == severity)
        return hidden + sum(finding.severity == severity for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "ok": self.ok,
            "kind": self.kind,
            "digest": self.digest,
            "run_id": self.result.run_id if self.result else None,
            "findings": [asdict(finding) for finding in self.findings],
            "left_out": self.left_out,
        }

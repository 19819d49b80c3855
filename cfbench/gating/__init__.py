"""Decide whether a new result may replace a baseline: for continuous integration. Needs no torch."""

from __future__ import annotations

from cfbench.gating.baseline import find_baseline
from cfbench.gating.judging import judge
from cfbench.gating.policy import Policy, Rule, read_policy
from cfbench.gating.verdict import Check, Verdict

__all__ = ["Check", "Policy", "Rule", "Verdict", "find_baseline", "judge", "read_policy"]

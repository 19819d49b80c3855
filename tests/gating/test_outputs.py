"""JUnit and GitHub: what readers of those forms see, and that no name from outside gets through as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as Xml

import pytest
from two_runs import changed_copy

import cfbench
from cfbench.gating import Check, Verdict
from cfbench.gating.github import annotation_lines, write_summary
from cfbench.gating.junit import junit_xml
from cfbench.report.gate import gate_text

if TYPE_CHECKING:
    from pathlib import Path

Runs = tuple["Path", "Path"]
HOSTILE = "a%b\r\n::set-output name=x::y\x1b[31m<b>|`&\ufffe"


def verdict_of(*checks: Check, **changes: Any) -> Verdict:
    fields: dict[str, Any] = {
        "cfbench_version": "0", "outcome": "failed", "opens": False, "reasons": [], "baseline": "b",
        "baseline_run": "old (0)", "new_run": "new (1)", "dataset": "d@1, test", "remarks": [], "confidence": 0.95,
        "checks": list(checks), "unjudged": 0,
    }  # fmt: skip
    return Verdict.model_validate(fields | changes)


def test_a_suite_a_metric_and_a_case_a_number_and_slice(runs: Runs, tmp_path: Path) -> None:
    def newer(value: dict[str, Any]) -> None:
        for score in value["scores"]:
            if score["name"] == "ssim":
                score["signature"] += "x"

    new = changed_copy(runs[0], tmp_path / "new", newer)
    verdict = cfbench.gate(new, runs[1], policy={"slices": ["*"], "require": ["fid"]})
    root = Xml.fromstring(junit_xml(verdict))
    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}
    assert set(suites) == {"pixel", "mock", "policy"}
    cases = {case.get("name"): case for case in suites["pixel"].iter("testcase")}
    assert set(cases) >= {"l1 [all]", "l1 [turn-1]", "psnr [turn-3]"}
    failure = cases["l1 [all]"].find("failure")
    assert failure is not None
    assert "worse than allowed, with confidence: baseline 0.0" in (failure.text or "")
    assert "worse most in test_" in (failure.text or "")
    assert cases["ssim [all]"].find("error") is not None
    for node in root.iter():
        if node.tag in {"testsuites", "testsuite"}:
            found = list(node.iter("testcase"))
            assert node.get("tests") == str(len(found))
            for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                assert node.get(count) == str(sum(case.find(tag) is not None for case in found))


@pytest.mark.parametrize(("opens", "tag"), [(False, "error"), (True, "skipped")])
def test_a_gate_that_could_not_judge_is_a_case_of_its_own(opens: bool, tag: str) -> None:
    verdict = verdict_of(outcome="no baseline", opens=opens, reasons=["nothing there"])
    told = Xml.fromstring(junit_xml(verdict)).find(f".//{tag}")
    assert told is not None
    assert told.get("message") == "no baseline: nothing there"


def test_hostile_names_stay_text() -> None:
    check = Check(kind="number", address=f"m{HOSTILE}/n/s{HOSTILE}", status="failed", words=HOSTILE)
    verdict = verdict_of(check, new_run=HOSTILE, remarks=[HOSTILE], reasons=[HOSTILE])
    root = Xml.fromstring(junit_xml(verdict))
    names = [case.get("name") or "" for case in root.iter("testcase")]
    assert any(name.startswith("n [sa%b") and "::set-output" in name for name in names)
    for line in annotation_lines(verdict):
        assert line.startswith(("::error title=", "::warning title="))
        assert "\n" not in line
        assert "\r" not in line
        assert "\x1b" not in line
        assert "%b" not in line
        assert ":" not in line.split("title=")[1].split("::")[0]
    assert "\x1b" not in gate_text(verdict)


def test_annotations_are_bounded_and_name_the_rest() -> None:
    many = [Check(kind="coverage", address=f"m/n{i}/all", status="failed", words="gone") for i in range(30)]
    lines = annotation_lines(verdict_of(*many))
    assert len(lines) == 10
    assert lines[-1].endswith("and 22 more; see the step's summary")


def test_a_summary_is_appended_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert not write_summary(verdict_of())
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "s.md"))
    check = Check(kind="number", address="m/n/all", status="failed", words="a|b <script>")
    assert write_summary(verdict_of(check))
    assert write_summary(verdict_of(outcome="passed", opens=True))
    text = (tmp_path / "s.md").read_text()
    assert text.count("### ") == 2
    assert "<script>" not in text

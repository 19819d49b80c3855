"""The gate: what fails, what cannot be judged, and how it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from two_runs import changed_copy, result_alone

import cfbench
from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.gating import Policy, find_baseline, read_policy
from cfbench.gating.policy import matches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Runs = tuple["Path", "Path"]


def scores_of(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [score for score in value["scores"] if score["name"] == name]


def test_a_better_result_passes_and_a_worse_one_fails(runs: Runs) -> None:
    worse, better = runs
    passed, failed = cfbench.gate(better, worse), cfbench.gate(worse, better)
    assert (passed.outcome, passed.opens, passed.exit_code) == ("passed", True, 0)
    assert (failed.outcome, failed.opens, failed.exit_code) == ("failed", False, 1)
    check = next(check for check in failed.checks if check.address == "pixel/l1/all")
    assert check.status == "failed"
    assert check.paired
    assert check.words == "worse than allowed, with confidence"
    assert len(check.worst) == 3
    assert all(one.second > one.first for one in check.worst)
    same = cfbench.gate(worse, worse).checks
    assert {(check.status, check.words) for check in same} == {("passed", "the same")}


def test_it_says_what_a_passing_number_comes_to(runs: Runs) -> None:
    lenient = {"absolute": 10.0, "relative": 10.0}
    words = {check.words for check in cfbench.gate(runs[0], runs[1], policy=lenient).checks}
    assert "worse, within what is allowed" in words
    words = {check.words for check in cfbench.gate(runs[1], runs[0]).checks}
    assert "better" in words
    assert words <= {"better", "not told apart", "the same"}


def test_a_tolerance_lets_a_loss_through(runs: Runs) -> None:
    worse, better = runs
    lost = cfbench.compare(better, worse, metrics=["pixel/l1"], permutations=0).differences[0]
    assert lost.ci_low is not None
    assert lost.first is not None
    assert lost.difference is not None
    only = {"slices": [], "rule": [{"match": "pixel/l1/all"}]}

    def outcome(**rule: Any) -> str:
        only["rule"] = [{"match": "pixel/l1/all", **rule}]
        return cfbench.gate(worse, better, policy=only).outcome

    assert outcome(absolute=lost.ci_low * 0.99) == "failed"
    assert outcome(absolute=lost.ci_low * 1.01) == "passed"
    assert outcome(absolute=lost.ci_low * 1.01, mode="worse-at-all") == "failed"
    assert outcome(absolute=lost.difference * 0.99, mode="worse-at-all") == "failed"
    assert outcome(absolute=lost.difference, mode="worse-at-all") == "passed"
    share = lost.difference / lost.first
    assert outcome(relative=share * 0.99, mode="worse-at-all") == "failed"
    assert outcome(relative=share * 1.01, mode="worse-at-all") == "passed"
    assert outcome(relative=share * 0.5, absolute=lost.difference, mode="worse-at-all") == "passed"


def test_without_evidence_it_is_unpaired_and_says_so(runs: Runs, tmp_path: Path) -> None:
    new = result_alone(runs[0], tmp_path / "new.json")
    verdict = cfbench.gate(new, runs[1])
    check = next(check for check in verdict.checks if check.address == "pixel/l1/all")
    assert check.paired is False
    assert "not paired: no evidence lies beside the result" in check.words


def test_without_an_interval_the_value_alone_is_judged(runs: Runs, tmp_path: Path) -> None:
    def strip(value: dict[str, Any]) -> None:
        for score in value["scores"]:
            score.update(ci_low=None, ci_high=None)

    files = [result_alone(folder, tmp_path / f"{folder.name}.json", strip) for folder in runs]
    verdict = cfbench.gate(files[0], files[1])
    assert verdict.outcome == "failed"
    assert all("its value alone is judged" in check.words for check in verdict.checks)
    assert cfbench.gate(files[1], files[0]).outcome == "passed"


@pytest.mark.parametrize("sliced", [False, True])
def test_a_number_that_is_gone_fails(runs: Runs, tmp_path: Path, sliced: bool) -> None:
    address = "pixel/psnr/turn-2" if sliced else "pixel/psnr/all"

    def drop(value: dict[str, Any]) -> None:
        value["scores"] = [s for s in value["scores"] if f"{s['metric']}/{s['name']}/{s['slice']}" != address]

    new = changed_copy(runs[1], tmp_path / "new", drop)
    verdict = cfbench.gate(new, runs[0])
    assert verdict.exit_code == 1
    (check,) = verdict.of("failed")
    assert (check.kind, check.address) == ("coverage", address)
    assert cfbench.gate(new, runs[0], policy={"ignore": [address]}).outcome == "passed"
    back = cfbench.gate(runs[1], new, policy={"rule": [{"match": address}], "ignore": ["*/*/turn-1"]})
    assert [check.words for check in back.of("skipped")] == ["the baseline does not have it"]


def test_a_value_that_is_gone_fails(runs: Runs, tmp_path: Path) -> None:
    def lose(value: dict[str, Any]) -> None:
        for score in scores_of(value, "psnr"):
            score.update(value=None, ci_low=None, ci_high=None, reason="undefined on these samples")

    verdict = cfbench.gate(changed_copy(runs[1], tmp_path / "new", lose), runs[0])
    assert verdict.exit_code == 1
    assert {check.kind for check in verdict.of("failed")} == {"coverage"}
    assert "the new result has no value: undefined on these samples" in verdict.of("failed")[0].words


def test_what_cannot_be_compared_does_not_pass(runs: Runs, tmp_path: Path) -> None:
    def newer(value: dict[str, Any]) -> None:
        for score in scores_of(value, "l1"):
            score["signature"] = score["signature"].replace("v:1", "v:2")

    new = changed_copy(runs[1], tmp_path / "new", newer)
    verdict = cfbench.gate(new, runs[0])
    assert (verdict.outcome, verdict.exit_code) == ("not comparable", 2)
    assert [check.address for check in verdict.of("error")] == ["pixel/l1/all"]
    assert cfbench.gate(new, runs[0], policy={"ignore": ["pixel/l1"]}).opens
    other = changed_copy(runs[1], tmp_path / "other", lambda value: value["dataset"].update(split="val"))
    refused = cfbench.gate(other, runs[0])
    assert (refused.outcome, refused.exit_code, refused.checks) == ("not comparable", 2, [])
    assert refused.reasons == ["the splits differ: test and val"]


def test_a_policy_that_leaves_nothing_does_not_pass(runs: Runs) -> None:
    verdict = cfbench.gate(runs[1], runs[0], policy={"ignore": ["*"]})
    assert (verdict.outcome, verdict.opens) == ("not comparable", False)
    assert verdict.reasons == ["the policy leaves no number to judge"]


def test_no_baseline_and_an_incomplete_result_are_outcomes_of_their_own(runs: Runs, tmp_path: Path) -> None:
    missing = cfbench.gate(runs[1], tmp_path / "nowhere.json")
    assert (missing.outcome, missing.exit_code) == ("no baseline", 3)
    passed = cfbench.gate(runs[1], tmp_path / "nowhere.json", on_missing="pass")
    assert (passed.outcome, passed.opens, passed.exit_code) == ("no baseline", True, 0)
    assert "let through all the same" in passed.headline
    (tmp_path / "empty").mkdir()
    assert cfbench.gate(runs[1], tmp_path / "empty").outcome == "no baseline"
    asked = {"require": ["fid"]}
    assert cfbench.gate(runs[1], tmp_path / "nowhere.json", policy=asked, on_missing="pass").exit_code == 1

    def lose(value: dict[str, Any]) -> None:
        value.update(complete=False, missing=["test_00000"])
        for score in value["scores"]:
            score.update(value=None, ci_low=None, ci_high=None, reason="a sample is missing")

    lost = changed_copy(runs[1], tmp_path / "lost", lose)
    verdict = cfbench.gate(lost, runs[0], on_missing="pass")
    assert (verdict.outcome, verdict.opens, verdict.exit_code) == ("incomplete", False, 3)
    assert cfbench.gate(runs[0], lost).outcome == "not comparable"


def test_demands_of_the_policy(runs: Runs) -> None:
    good = {"require": ["pixel"], "allow": {"dataset": ["mock@1"], "metric": {"pixel": [1]}}}
    assert cfbench.gate(runs[1], runs[0], policy=good).outcome == "passed"
    for bad in (
        {"require": ["fid/fid/all"]},
        {"allow": {"dataset": ["codraw"]}},
        {"allow": {"metric": {"pixel": [2]}}},
    ):
        verdict = cfbench.gate(runs[1], runs[0], policy=bad)
        assert verdict.exit_code == 1, bad
        assert [check.kind for check in verdict.of("failed")] == ["policy"]


def test_a_rule_that_matches_nothing_is_said(runs: Runs) -> None:
    verdict = cfbench.gate(runs[1], runs[0], policy={"rule": [{"match": "pixle/l1"}, {"match": "pixel/l1"}]})
    assert verdict.remarks == ["the rule for 'pixle/l1' matches no number"]


def test_patterns() -> None:
    assert matches("pixel", "pixel/l1/all")
    assert matches("pixel/l?", "pixel/l1/turn-3")
    assert matches("*/*/what*", "flips/drop/what color")
    assert matches("a/b/c/d", "a/b/c/d")
    assert not matches("pixel/l1/all", "pixel/l1/turn-1")
    assert not matches("pix", "pixel/l1/all")
    assert not matches("PIXEL", "pixel/l1/all")


def test_slices_and_details_are_judged_when_asked(runs: Runs) -> None:
    plain = cfbench.gate(runs[1], runs[0])
    every = cfbench.gate(runs[1], runs[0], policy={"slices": ["*"]})
    assert {check.address.split("/")[2] for check in plain.checks} == {"all"}
    assert {check.address.split("/")[2] for check in every.checks} == {"all", "turn-1", "turn-2", "turn-3"}
    assert plain.unjudged == len(every.checks) - len(plain.checks) > 0


def test_a_misspelt_policy_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text("tolerence = 0.1\n")
    with pytest.raises(UsageError, match="tolerence: Extra inputs are not permitted"):
        read_policy(file)
    for text in (
        "mode = 'sometimes'",
        "absolute = -1",
        "relative = nan",
        "[[rule]]\nabsolute = 1",
        "= 3",
        "\xff",
    ):
        file.write_text(text, encoding="latin-1")
        with pytest.raises(UsageError):
            read_policy(file)
    file.write_text("relative = 0.02\n[[rule]]\nmatch = 'fid'\nabsolute = 1.5\nmode = 'worse-at-all'\n")
    policy = read_policy(file)
    fid, other = policy.rule_for("fid/fid/all"), policy.rule_for("pixel/l1/all")
    assert (fid.absolute, fid.relative, fid.mode) == (1.5, 0.0, "worse-at-all")
    assert (other.absolute, other.relative, other.mode) == (0.0, 0.02, "worse-with-confidence")
    assert read_policy(None) == Policy()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server of the test's folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def test_a_baseline_from_a_server(runs: Runs, tmp_path: Path, server: str) -> None:
    result_alone(runs[0], tmp_path / "main.json")
    (tmp_path / "no.json").write_text('{"schema_version": 1}')
    verdict = cfbench.gate(runs[1], f"{server}/main.json")
    assert verdict.outcome == "passed"
    assert {check.paired for check in verdict.checks} == {False}
    assert cfbench.gate(runs[1], f"{server}/gone.json").outcome == "no baseline"
    with pytest.raises(DataError, match=r"no\.json gives is no result"):
        find_baseline(f"{server}/no.json")
    with pytest.raises(EnvironmentLackError, match="--offline forbids"):
        find_baseline(f"{server}/main.json", offline=True)
    with pytest.raises(UsageError, match="Use https"):
        find_baseline("http://example.org/main.json")


def command(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process that can import neither torch nor scipy."""
    code = "import sys; sys.modules.update(torch=None, scipy=None)\nfrom cfbench.cli import main; main(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", code, "gate", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


def test_the_command_says_all_and_leaves_by_outcome_without_torch(runs: Runs, tmp_path: Path) -> None:
    worse, better = runs
    summary, junit = tmp_path / "summary.md", tmp_path / "gate.xml"
    summary.write_text("before\n")
    failed = command(
        worse, "--baseline", better, "--github", "--junit", junit, GITHUB_STEP_SUMMARY=str(summary)
    )
    assert failed.returncode == 1, failed.stderr
    assert "gate failed: " in failed.stdout
    assert "::error title=pixel/l1/all::worse than allowed" in failed.stdout
    assert summary.read_text().startswith("before\n### ❌ cfbench gate failed")
    assert junit.read_bytes().startswith(b"<?xml")
    missing = command(better, "--baseline", tmp_path / "none", "--json", "--on-missing", "pass")
    assert missing.returncode == 0
    assert json.loads(missing.stdout)["outcome"] == "no baseline"

"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import cfbench.api
import cfbench.comparing
import cfbench.gating
import cfbench.report.gate  # noqa: F401 - all that the inner pytest would import, and forget, each time

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]
Runs = tuple["Path", "Path"]
TEST = """
def test_my_editor(cfbench_result):
    result = cfbench_result({path!r})
    assert result.score("pixel/l1/all").value is not None
"""


@pytest.fixture
def with_plugin(pytester: pytest.Pytester) -> list[str]:
    """Options that load the plugin where it is not installed."""
    del pytester
    from importlib.metadata import entry_points

    installed = any(one.value == "cfbench.pytest_plugin" for one in entry_points(group="pytest11"))
    return ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:benchmark"] + (
        [] if installed else ["-p", "cfbench.pytest_plugin"]
    )


def test_a_worse_result_fails_with_the_table(
    pytester: pytest.Pytester, with_plugin: list[str], runs: Runs
) -> None:
    pytester.makepyfile(TEST.format(path=str(runs[0])))
    done = pytester.runpytest_inprocess(*with_plugin, "--cfbench-gate", str(runs[1]))
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*FAIL*pixel/l1/all*worse than allowed, with confidence*", "cfbench gate failed: *"]
    )
    free = pytester.runpytest_inprocess(*with_plugin)
    free.assert_outcomes(passed=1)


def test_a_folder_of_runs_holds_the_baselines(
    pytester: pytest.Pytester, with_plugin: list[str], runs: Runs, tmp_path: Path
) -> None:
    baselines = tmp_path / "baselines"
    shutil.copytree(runs[0], baselines / runs[0].name)
    pytester.makepyfile(TEST.format(path=str(runs[1])))
    words = [*with_plugin, "--cfbench-gate", str(baselines)]
    pytester.runpytest_inprocess(*words).assert_outcomes(passed=1)
    shutil.rmtree(baselines / runs[0].name)
    pytester.runpytest_inprocess(*words).assert_outcomes(failed=1)
    passed = pytester.runpytest_inprocess(*words, "--cfbench-on-missing", "pass")
    passed.assert_outcomes(passed=1)
    passed.stdout.fnmatch_lines(["cfbench gate no baseline: *let through all the same"])


def test_it_runs_a_model_under_a_policy(
    pytester: pytest.Pytester, with_plugin: list[str], tmp_path: Path
) -> None:
    pytester.makepyfile(
        """
        def test_mock(cfbench_result):
            result = cfbench_result("mock", "mock", metric=("mock",), resamples=0, limit=2)
            assert result.dataset.subset == 2
        """
    )
    policy = tmp_path / "gate.toml"
    policy.write_text('require = ["fid"]\n')
    words = [*with_plugin, "--cfbench-gate", "nowhere", "--cfbench-on-missing", "pass"]
    pytester.runpytest_inprocess(*words).assert_outcomes(passed=1)
    refused = pytester.runpytest_inprocess(*words, "--cfbench-policy", str(policy))
    refused.assert_outcomes(failed=1)
    refused.stdout.fnmatch_lines(["*FAIL*require fid*"])


def test_a_relative_path_is_of_where_pytest_was_called(
    pytester: pytest.Pytester, with_plugin: list[str], runs: Runs
) -> None:
    shutil.copytree(runs[0], pytester.path / "baseline")
    (pytester.path / "gate.toml").write_text('mode = "worse-at-all"\n')
    pytester.makepyfile(
        f"""
        def test_my_editor(cfbench_result, monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)
            cfbench_result({str(runs[0])!r})
        """
    )
    done = pytester.runpytest_inprocess(
        *with_plugin, "--cfbench-gate", "baseline", "--cfbench-policy", "gate.toml"
    )
    done.assert_outcomes(passed=1)

"""A pytest plugin: a test that runs a model and fails, with the table, where it is worse than a baseline.

Importing it costs nothing but pytest: cfbench is brought in by the first test that uses the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cfbench.comparing import Side
    from cfbench.results import Result

    Factory = Callable[..., Result]

HEADLINES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, each an ini key too."""
    group = parser.getgroup("cfbench", "gates on the numbers of models")
    group.addoption(
        "--cfbench-gate",
        metavar="BASELINE",
        help="Hold each result of the fixture cfbench_result against this: a run folder, a result.json, an https "
        "address, or a folder with a run folder for each model and data set.",
    )
    group.addoption("--cfbench-policy", metavar="FILE", help="TOML file of what must hold.")
    group.addoption(
        "--cfbench-on-missing",
        choices=("fail", "pass"),
        default="fail",
        help="What it means that there is no baseline (default: fail).",
    )


@pytest.fixture
def cfbench_result(request: pytest.FixtureRequest, tmp_path: Path) -> Factory:
    """Run a model on a data set, or load a result, and hold it against the baseline of ``--cfbench-gate``.

    ``cfbench_result(model, dataset, **options)`` takes what ``cfbench.run`` takes; ``cfbench_result(path)`` loads.
    """

    def make(model: Any, dataset: str | None = None, **options: Any) -> Result:
        side = _side(model, dataset, {"out": tmp_path / "results", **options})
        _hold(request.config, side)
        return side.result

    return make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what every gate came to, those above all that let a result through without a baseline."""
    for line in config.stash.get(HEADLINES, []):
        terminalreporter.write_line(f"cfbench {line}")


def _side(model: Any, dataset: str | None, options: dict[str, Any]) -> Side:
    from cfbench.api import start_run
    from cfbench.comparing import Side, open_side

    if dataset is None:
        return open_side(model)
    run = start_run(model, {"dataset": dataset, **options})
    return Side(run.result, run.folder)


def _hold(config: pytest.Config, side: Side) -> None:
    baseline = config.getoption("--cfbench-gate")
    if baseline is None:
        return
    from cfbench.gating import find_baseline, judge, read_policy
    from cfbench.report.gate import gate_text

    place = _place(_from_start(config, baseline), side.result)
    chosen = config.getoption("--cfbench-policy")
    policy = read_policy(None if chosen is None else _from_start(config, chosen))
    verdict = judge(
        side, find_baseline(place), policy, place=place, on_missing=config.getoption("--cfbench-on-missing")
    )
    config.stash.setdefault(HEADLINES, []).append(verdict.headline)
    if not verdict.opens:
        pytest.fail(gate_text(verdict), pytrace=False)


def _from_start(config: pytest.Config, given: str) -> str:
    """A path as it was typed, wherever a test has gone since; an address as it is."""
    return given if "://" in given else str(config.invocation_params.dir / given)


def _place(baseline: str, result: Result) -> str:
    """The baseline itself or, in a folder of runs, the one of this model and data set."""
    from pathlib import Path

    from cfbench.errors import UsageError

    folder = Path(baseline)
    if not folder.is_dir() or (folder / "result.json").is_file():
        return baseline
    name = f"{result.model.name}--{result.dataset.name}"
    found = sorted([*folder.glob(f"{name}--????????????"), *folder.glob(name)])
    if len(found) > 1:
        raise UsageError(
            f"{folder} has {len(found)} runs of {result.model.name} on {result.dataset.name}",
            ", ".join(path.name for path in found),
            "Keep one, or name it by --cfbench-gate",
        )
    return str(found[0] if found else folder / name)

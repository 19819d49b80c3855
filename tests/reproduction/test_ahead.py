"""Runs of several seeds are made by other processes; what is measured is the same, and nothing is lost with them."""

import json
import os
from pathlib import Path

import pytest

from cfbench.reproduction import Arm, Lacking, Settings, Workshop

NOTED = Arm("noted", "noted", "whereabouts:Noted", trained=False)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))


def measured(arm, *, jobs, runs="results"):
    work = Workshop(Settings(threads=1, resamples=20, seeds=(0, 1), jobs=jobs, runs=Path(runs)), "mock")
    try:
        return work.measure(arm, ("pixel",))
    finally:
        work.ahead.close()


def notes(tmp_path):
    path = tmp_path / "notes"
    found = [tuple(map(int, line.split())) for line in path.read_text().splitlines()]
    path.unlink()
    return found


def test_runs_ahead_are_the_same_runs_made_elsewhere(tmp_path):
    here = measured(NOTED, jobs=1, runs="here")
    assert [process for process, _ in notes(tmp_path)] == [os.getpid()] * 2
    ahead = measured(NOTED, jobs=2, runs="ahead")
    assert sorted(seed for process, seed in notes(tmp_path) if process != os.getpid()) == [0, 1]
    for run in ahead.runs:
        *_, last = json.loads((run.folder / "provenance.json").read_text())["sessions"]
        assert last["shards_already_there"] == last["shards"]
        assert (run.folder / "report.html").is_file()
    assert ahead.cell("pixel/l1") == here.cell("pixel/l1")


def test_processes_that_die_are_told_and_done_without(tmp_path, monkeypatch):
    monkeypatch.setenv("SURVIVOR", str(os.getpid()))
    found = measured(NOTED, jobs=2)
    assert [process for process, _ in notes(tmp_path)] == [os.getpid()] * 2
    assert found.cell("pixel/l1").n == 8


def test_a_run_that_fails_ahead_is_a_reason(tmp_path):
    found = measured(Arm("failing", "failing", "whereabouts:Failing", trained=False), jobs=2)
    assert isinstance(found, Lacking)
    assert "out of order" in found.reason

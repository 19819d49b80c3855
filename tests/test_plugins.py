"""A stranger's package, installed as any other: the example plugin, a broken one, and one that clashes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A folder that both examples are installed in, without touching this environment or the network."""
    target = tmp_path_factory.mktemp("site")
    folders = [str(EXAMPLES / name) for name in ("plugin", "broken-plugin")]
    quiet = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", "install", *quiet, "--target", str(target), *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"the examples cannot be installed: {done.stderr}")
    return target


@pytest.fixture
def cfbench(site):
    """The command line in a process of its own that sees the plugins."""

    def call(*arguments: str, more: Path | None = None) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [str(site), str(more or ""), os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, "-c", "from cfbench.cli import main; main()", *arguments],
            env=os.environ | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("models", "tint"),
        ("datasets", "circles"),
        ("metrics", "changed-pixels"),
        ("detectors", "circle-colours"),
    ],
)
def test_each_kind_is_listed_and_described(cfbench, kind, name):
    listed = cfbench("list", kind, "--json")
    assert listed.returncode == 0
    row = next(row for row in json.loads(listed.stdout) if row["name"] == name)
    assert row["from"] == "cfbench-example"
    assert row["summary"]
    described = cfbench("describe", name)
    assert described.returncode == 0
    assert row["summary"] in described.stdout


def test_model_dataset_and_metric_run_together(cfbench):
    done = cfbench("run", "--model", "tint", "--dataset", "circles", "--metric", "changed-pixels", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["complete"]
    assert (result["model"]["name"], result["dataset"]["name"]) == ("tint", "circles")
    values = {(score["name"], score["slice"]): score for score in result["scores"]}
    assert values["share", "all"]["value"] == 1.0  # a tint changes every pixel
    assert 0 < values["overlap", "all"]["value"] < 0.1  # of which one circle should have changed
    assert values["overlap", "turn-1"]["n"] == result["dataset"]["samples"] == 40


def test_own_models_take_the_plugins_data(cfbench):
    done = cfbench("run", "--model", "oracle", "--dataset", "circles", "--metric", "changed-pixels", "--json")
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]
    assert {s["value"] for s in scores if s["name"] == "overlap"} == {1.0}
    option = ("--dataset-option", "size=16", "--limit", "3", "--metric", "pixel")
    fitted = cfbench("run", "--model", "nearest-train", "--dataset", "circles", *option)
    assert fitted.returncode == 0, fitted.stderr
    wrong = cfbench("run", "--model", "tint", "--dataset", "circles", "--dataset-option", "size=8")
    assert wrong.returncode == 2
    assert "size=8 is out of range: a whole number from 16 to 256" in wrong.stderr


def test_detector_passes_its_own_floor_on_the_plugins_data(site, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(site))
    from cfbench_example.dataset import Circles
    from cfbench_example.detector import CircleColours

    from cfbench.cache import ContentCache
    from cfbench.datasets import DataContext

    split = Circles(DataContext(tmp_path, ContentCache(tmp_path / "cache"))).split("val")
    detector = CircleColours()
    assert detector.self_check(split) >= detector.floor
    target = split.target(0)
    (seen,) = detector.detect(target.images[-1:])
    for placement in target.objects[-1]:
        assert abs(seen.places[placement.label] - (placement.x, placement.y)).max() < 0.05


def test_a_metric_looks_through_the_plugins_detector(cfbench):
    through = ("--metric", "mock-seen", "--detector", "objects=circle-colours", "--limit", "8", "--json")
    done = cfbench("run", "--model", "oracle", "--dataset", "circles", *through)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["detectors"][0]["name"] == "circle-colours"
    assert result["scores"][0]["value"] == 1.0
    assert "|det:circle-colours@1:" in result["scores"][0]["signature"]


@pytest.mark.parametrize(
    ("kind", "entry", "why"),
    [
        (
            "models",
            "broken-model = cfbench_broken.raises:Model",
            "RuntimeError: the driver is not installed",
        ),
        (
            "metrics",
            "broken-metric = cfbench_broken:NoSuchMetric",
            "AttributeError: module 'cfbench_broken' has no attribute 'NoSuchMetric'",
        ),
    ],
)
def test_a_broken_plugin_is_one_warning_that_names_it(cfbench, kind, entry, why):
    done = cfbench("list", kind)
    assert done.returncode == 0
    assert "mock" in done.stdout
    assert "broken" not in done.stdout
    warnings = [line for line in done.stderr.splitlines() if "cfbench_broken" in line]
    where = f"cfbench.{kind}, from cfbench-broken"
    assert warnings == [
        f"cfbench: WARNING: The plugin {entry} ({where}) cannot be loaded: {why}."
        " Mend or remove it: pip uninstall cfbench-broken."
    ]


def test_a_broken_plugin_is_an_error_only_where_it_is_asked_for(cfbench):
    unasked = cfbench("run", "--model", "mock", "--dataset", "mock", "--metric", "mock")
    assert unasked.returncode == 0
    assert "broken" not in unasked.stderr
    asked = cfbench("run", "--model", "broken-model", "--dataset", "mock", "--metric", "mock")
    assert asked.returncode == 2
    assert "broken-model = cfbench_broken.raises:Model" in asked.stderr
    assert "Traceback" not in asked.stderr


def test_a_name_of_cfbench_cannot_be_taken_over(cfbench, tmp_path):
    information = tmp_path / "taker-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: taker\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[cfbench.models]\nmock = cfbench_broken.raises:Model\n")
    done = cfbench("list", "models", "--json", more=tmp_path)
    assert done.returncode == 0
    rows = [row for row in json.loads(done.stdout) if row["name"] == "mock"]
    assert [row["from"] for row in rows] == ["cfbench"]
    clash = [line for line in done.stderr.splitlines() if "Two plugins have one name" in line]
    assert len(clash) == 1
    assert "ignored: mock = cfbench_broken.raises:Model (cfbench.models, from taker)" in clash[0]

"""Computing again says the truth for every metric: it agrees, it differs by so much, or its network is not here."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bundled import changed, sealed, unzipped
from mock_samples import NETWORKS, own_metrics
from two_runs import Noisy

from cfbench.api import start_run
from cfbench.bundles import check, open_bundle, write_bundle
from cfbench.bundles.deep import check_deep
from cfbench.bundles.findings import Findings
from cfbench.metrics.fid import Fid
from cfbench.mock.networks import MockFeatures
from cfbench.plugins import load_plugin
from cfbench.reporter import silent

if TYPE_CHECKING:
    from pathlib import Path

OF_PAIRS = ("cld", "clip-directional", "clip-image", "clip-score", "fid", "inception-score", "kid", "lpips")
OF_PAIRS += ("minimality", "perceptual")
OF_IMAGES = ("fid", "flips", "inception-score", "kid", "lpips", "minimality", "perceptual")
CLIP = ("clip-directional", "clip-image", "clip-score")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small CLIP."""
    pytest.importorskip("open_clip")
    from small_clip import save_folder

    return save_folder(tmp_path_factory.mktemp("clip") / "one")


@pytest.fixture(scope="module")
def pairs(clip: Path, shared_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of every metric of pairs, CLIP's through a network in a folder."""
    return _bundle("mock-pair-cf", OF_PAIRS, shared_cache, tmp_path_factory, {"image-text": "clip"}, clip)


@pytest.fixture(scope="module")
def images(shared_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of every metric of counterfactual images, through mock networks."""
    return _bundle("mock-visual-cf", OF_IMAGES, shared_cache, tmp_path_factory)


def _bundle(
    dataset: str,
    metrics: tuple[str, ...],
    cache: Path,
    temporary: pytest.TempPathFactory,
    networks: dict[str, str] | None = None,
    clip: Path | None = None,
) -> Path:
    needed = {kind for name in metrics for kind in load_plugin("metrics", name).needs}
    detectors = {kind: {**NETWORKS, **(networks or {})}[kind] for kind in needed}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(cache))
        patch.setenv("CFBENCH_CLIP", str(clip or ""))
        out = temporary.mktemp("runs")
        options = {"dataset": dataset, "metric": metrics, "detector": detectors, "resamples": 20}
        folder = start_run("mock", {**options, "threads": 1, "out": out}).folder
        return write_bundle(folder)[0]


@pytest.fixture
def _with_clip(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFBENCH_CLIP", str(clip))


def told(path: Path) -> dict[str, dict[str, str]]:
    """By rule of computing again and place, why."""
    found: dict[str, dict[str, str]] = {}
    for one in check(path, deep=True).findings:
        if one.id.startswith("CF6"):
            found.setdefault(one.id, {})[one.where] = f"{one.why} {one.fix}"
    return found


def count(path: Path, without: tuple[str, ...] = ()) -> str:
    scores = [one["metric"] for one in json.loads((path / "result.json").read_text())["scores"]]
    return f"{sum(name not in without for name in scores)} of {len(scores)} numbers "


def test_every_metric_of_images_is_in_one_of_these_bundles() -> None:
    looking = [name for name in own_metrics() if load_plugin("metrics", name).needs]
    assert set(looking) <= {*OF_PAIRS, *OF_IMAGES, "objects", "relsim"}


@pytest.mark.usefixtures("_with_clip")
def test_every_number_of_pairs_agrees(pairs: Path, tmp_path: Path) -> None:
    assert told(pairs) == {"CF604": {"scores": count(unzipped(pairs, tmp_path / "bundle"))}}


def test_every_number_of_images_agrees(images: Path, tmp_path: Path) -> None:
    assert told(images) == {"CF604": {"scores": count(unzipped(images, tmp_path / "bundle"))}}


def test_through_the_twins_own_network_numbers_agree(
    tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("CFBENCH_CACHE", str(shared_cache))
    metrics = ("fid", "inception-score", "kid", "perceptual", "objects")
    options = {"dataset": "iclevr-mini", "limit": 2, "metric": metrics, "resamples": 0, "threads": 1}
    folder = start_run(Noisy(3), {**options, "out": tmp_path}).folder
    assert told(folder) == {"CF604": {"scores": count(folder)}}


@pytest.mark.usefixtures("_with_clip")
def test_one_better_number_of_each_metric_is_found(pairs: Path, tmp_path: Path) -> None:
    folder = unzipped(pairs, tmp_path / "bundle")
    touched = {}

    def better(result: dict[str, Any]) -> None:
        for score in result["scores"]:
            if score["slice"] == "all" and score["value"] is not None and score["metric"] not in touched:
                touched[score["metric"]] = f"{score['metric']}/{score['name']}/all"
                step = 0.01 * max(1.0, abs(score["value"]))
                score["value"] += -step if 0.98 < score["value"] <= 1 else step
                score["ci_low"] = score["ci_high"] = None

    changed(folder / "result.json", better)
    found = told(sealed(folder))
    assert set(touched) == set(OF_PAIRS)
    assert set(found) == {"CF603"}
    assert set(found["CF603"]) == set(touched.values())
    assert all("its value is" in why and "here, and was" in why for why in found["CF603"].values())


def test_a_network_that_is_not_named_is_said_and_the_rest_computed(pairs: Path, tmp_path: Path) -> None:
    found = told(pairs)
    assert set(found["CF601"]) == set(CLIP)
    assert all("Set it, such as CFBENCH_CLIP=" in why for why in found["CF601"].values())
    assert found["CF604"] == {"scores": count(unzipped(pairs, tmp_path / "bundle"), CLIP)}
    assert set(found) == {"CF601", "CF604"}


def test_numbers_by_another_network_are_not_held_against_this_one(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from small_clip import save_folder, weights_bytes

    other = save_folder(tmp_path / "other", weights=weights_bytes(seed=2))
    monkeypatch.setenv("CFBENCH_CLIP", str(other))
    found = told(pairs)
    assert set(found) == {"CF601", "CF604"}
    assert set(found["CF601"]) == set(CLIP)
    assert all("they were made with" in why and "other" in why for why in found["CF601"].values())


def test_published_weights_that_are_not_here_are_named_with_how_to_get_them(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    folder = unzipped(images, tmp_path / "bundle")
    text = (folder / "result.json").read_text().replace("mock-features", "inception-2015")
    (folder / "result.json").write_text(text)
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "nothing"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nothing"))
    found = told(sealed(folder))
    through = ("fid", "inception-score", "kid")
    assert set(found) == {"CF601", "CF604"}
    assert set(found["CF601"]) == set(through)
    for why in found["CF601"].values():
        assert "a check fetches nothing" in why
        assert "curl -L --fail" in why
    assert found["CF604"] == {"scores": count(folder, through)}


def test_without_torch_it_says_what_to_install(
    pairs: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CFBENCH_CLIP", str(clip))
    for name in [name for name in sys.modules if name.split(".")[0] in {"torch", "open_clip"}]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    found = told(pairs)
    assert set(found) == {"CF601", "CF604"}
    assert set(found["CF601"]) == set(CLIP)
    assert all("pip install" in why for why in found["CF601"].values())


def test_a_missing_data_set_is_said_once(images: Path, tmp_path: Path) -> None:
    with open_bundle(unzipped(images, tmp_path / "bundle")) as bundle:
        data = bundle.result.dataset.model_copy(update={"name": "gone"})
        result = bundle.result.model_copy(update={"dataset": data})
        findings = Findings()
        check_deep(bundle.predictions, result, bundle.record, findings, reporter=silent, data_root=None)
    (one,) = findings.sorted()
    assert (one.id, one.where) == ("CF601", "scores")
    assert "There is no dataset 'gone' here" in one.why
    assert one.fix


def test_a_rank_that_jumps_with_rounding_is_no_other_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detectors = {"image-features": "mock-features"}
    options = {"dataset": "mock", "metric": ("fid", "kid"), "detector": detectors, "resamples": 0}
    folder = start_run(Noisy(3), {**options, "threads": 1, "out": tmp_path}).folder
    real = MockFeatures.features

    def rounded_otherwise(self: MockFeatures, images: Any, resize: str | None = None) -> Any:
        found = real(self, images, resize)
        noise = np.random.default_rng(0).standard_normal(found.pooled.shape)
        return type(found)((found.pooled * (1 + 1e-6 * noise)).astype(np.float32), found.logits)

    scored = Fid.score

    def of_another_rank(self: Fid, rows: Any) -> dict[str, float | None]:
        values = scored(self, rows)
        return values | {"rank": (values["rank"] or 0.0) + 1}

    monkeypatch.setattr(Fid, "score", of_another_rank)
    assert set(told(folder)["CF603"]) == {"fid/rank/all"}
    monkeypatch.setattr(MockFeatures, "features", rounded_otherwise)
    found = told(folder)
    assert set(found) == {"CF604", "CF605"}
    assert "fid/rank/all: its value is" in found["CF605"]["evidence"]


def test_a_metric_that_breaks_is_said_and_the_others_computed(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Fid, rows: Any) -> dict[str, float | None]:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(Fid, "score", broken)
    found = told(images)
    assert found["CF606"] == {"fid": "RuntimeError: out of memory "}
    assert found["CF604"] == {"scores": count(unzipped(images, tmp_path / "bundle"), ("fid",))}
    assert set(found) == {"CF604", "CF606"}


def test_a_run_of_the_command_line_says_the_same(images: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from cfbench.cli.check_ import command

    copy = shutil.copy(images, tmp_path / "images.cfbundle")
    done = CliRunner().invoke(command, [str(copy), "--deep"])
    assert done.exit_code == 0, done.output
    assert "CF604 note in scores: the numbers were computed again and agree" in done.output

"""Scene graphs on the page of several results."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from cfbench.api import start_run
from cfbench.datasets import open_dataset
from cfbench.detectors import Detection
from cfbench.errors import EnvironmentLackError
from cfbench.report.page import PageOptions, gather, graphs, page_html
from cfbench.report.scene_picture import scene_overlay
from cfbench.reporter import silent
from cfbench.scenes import SceneGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cfbench.report.page import Gathered

OPTIONS = {"dataset": "iclevr-mini", "dataset_option": {"size": "32"}, "metric": ("pixel",), "limit": 2}


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Gathered:
    """A run that gives the true images back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(shared_cache))
        out = tmp_path_factory.mktemp("edits")
        return gather([start_run("oracle", {**OPTIONS, "resamples": 0, "threads": 1, "out": out}).folder])


def page(gathered: Gathered) -> str:
    return page_html(gathered, PageOptions(examples=2), reporter=silent)


def test_without_a_detector_the_true_graph_stands_alone(gathered: Gathered) -> None:
    text = page(gathered)
    assert "Only true scene graphs are drawn: the results were scored without a detector of objects" in text
    assert set(re.findall(r"<strong>([^<]*)</strong> 1 ", text)) == {"true graph"}


def test_without_torch_the_page_says_so(gathered: Gathered, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: Any) -> Any:
        raise EnvironmentLackError("the detector needs torch", "", "Install it")

    monkeypatch.setattr(graphs, "_detector", lacking)
    assert "Only true scene graphs are drawn: the detector needs torch" in page(gathered)


def test_what_a_detector_sees_stands_beside_the_truth(
    gathered: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seeing(*_: Any) -> Callable[[Sequence[Any]], list[Detection]]:
        dataset = open_dataset(
            "iclevr-mini", root=None, options={"size": "32"}, reporter=silent, offline=True
        )
        split = dataset.split("test", 2)
        targets = [split.target(index) for index in range(len(split))]

        def look(images: Sequence[Any]) -> list[Detection]:
            found = []
            for image in images:
                target = next(one for one in targets if np.array_equal(one.images[-1], image))
                probabilities, places = np.zeros(24), np.zeros((24, 2))
                for place in target.objects[-1]:
                    probabilities[place.label] = 1
                    places[place.label] = place.x, place.y
                found.append(Detection(probabilities, places))
            return found

        return look

    monkeypatch.setattr(graphs, "_detector", seeing)
    captions = re.findall(
        r"<strong>oracle</strong> (\d+) of (\d+) objects; of their relations (\d+) right, (\d+) wrong",
        page(gathered),
    )
    assert captions
    for found, there, right, wrong in captions:
        assert found == there
        assert int(right) > 0
        assert wrong == "0"


def test_an_overlay_is_small_and_marks_the_objects() -> None:
    image = np.full((64, 64, 3), 128, np.uint8)
    graph = SceneGraph.seen([0, 1], [[0.2, 0.2], [0.8, 0.7]], ["sun", "tree"])
    with Image.open(BytesIO(scene_overlay(image, graph))) as picture:
        assert picture.size == (256, 256)
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    changed = (pixels != 128).any(axis=2)
    assert changed[51, 51]
    assert changed[178, 204]
    assert not changed[240, 20]

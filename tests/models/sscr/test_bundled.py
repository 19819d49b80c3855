"""The bundled editors are what they say: each another network, and each reads its instructions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from cfbench.cache import ContentCache  # noqa: E402
from cfbench.datasets.opening import open_dataset  # noqa: E402
from cfbench.models import ModelContext  # noqa: E402
from cfbench.reporter import silent  # noqa: E402
from cfbench_detectors.localizer.detector import Localizer  # noqa: E402
from cfbench_models.geneva.checking import judge_of  # noqa: E402
from cfbench_models.geneva.model import BUNDLED, Geneva  # noqa: E402
from cfbench_models.geneva.weights import read_editor, write_editor  # noqa: E402
from cfbench_models.sscr.model import Sscr, SscrCtc, SscrD  # noqa: E402

EDITORS = {model.name: model for model in (Geneva, SscrCtc, Sscr, SscrD)}
SAMPLES = 24
CHANCE = 0.05  # more than the F1 of so few samples differs from that of many


def bundled():
    """The files of editors in the package."""
    paths = (
        BUNDLED / f"{name}-{world}-mini.safetensors" for name in EDITORS for world in ("iclevr", "codraw")
    )
    return [path for path in paths if path.is_file()]


def dataset_of(path):
    return json.loads(path.with_suffix(".json").read_text())["dataset"].partition("@")[0]


class World:
    """A few test samples, and a detector that judges their last images."""

    def __init__(self, name, folder):
        self.name = name
        dataset = open_dataset(
            name, root=Path("none"), options={}, reporter=silent, cache=ContentCache(folder, silent)
        )
        split = dataset.open_split("test", SAMPLES)
        self.inputs = [split.inputs(index) for index in range(SAMPLES)]
        self.classes = len(split.painter.classes)
        self.true = self._labels(split.records)
        self.common = self._common(self._labels(dataset.open_split("train", 250).records))
        self.detector = Localizer(judge_of(name))

    def _common(self, labels):
        """What the most common classes score where they are the most common: many samples, so no chance."""
        many = round(float(labels.sum(1).mean()))
        found = np.zeros_like(labels)
        found[:, np.argsort(-labels.sum(0))[:many]] = True
        return _f1(found, labels)

    def _labels(self, records):
        labels = np.zeros((len(records), self.classes), bool)
        for row, record in enumerate(records):
            labels[row, [place.label for place in record.objects[-1]]] = True
        return labels

    def f1_of(self, model, inputs=None):
        made = model.predict(inputs or self.inputs)
        return _f1(self.detector.seen([each.images[-1] for each in made])[0] > 0, self.true)


def _f1(found, true):
    both = (found & true).sum(1)
    return float((2 * both / np.maximum(found.sum(1) + true.sum(1), 1)).mean())


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Worlds by the name of their data set."""
    made = {}

    def world(name):
        if name not in made:
            made[name] = World(name, tmp_path_factory.mktemp(name))
        return made[name]

    return world


def edited_by(path, dataset):
    model = Geneva()
    model.use(path, dataset=dataset)
    return model


def test_every_editor_has_weights_of_its_own():
    digests = [json.loads(path.with_suffix(".json").read_text())["sha256"] for path in bundled()]
    assert digests
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_an_editor_is_found_by_name_and_says_what_it_is(path):
    dataset = dataset_of(path)
    model = EDITORS[path.stem.removesuffix(f"-{dataset}")]()
    model.setup(ModelContext("edit", f"{dataset}@1", seed=0, device="cpu", threads=1))
    assert model.card.name == model.name
    assert model.weights_digest == json.loads(path.with_suffix(".json").read_text())["sha256"]
    if model.name != "geneva":
        assert model.card.details["method"] == model.method
        assert model.card.details["started_from"]["name"] == "geneva"


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_an_editor_follows_its_own_instructions(path, worlds):
    world = worlds(dataset_of(path))
    model = edited_by(path, world.name)
    others = world.inputs[1:] + world.inputs[:1]
    shuffled = [
        replace(inputs, instructions=other.instructions)
        for inputs, other in zip(world.inputs, others, strict=True)
    ]
    own, foreign = world.f1_of(model), world.f1_of(model, shuffled)
    assert own > world.common + CHANCE
    assert foreign <= world.common + CHANCE


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
@pytest.mark.parametrize("damage", ["zeroed", "shuffled"])
def test_weights_that_mean_nothing_edit_nothing(path, damage, worlds, tmp_path):
    world = worlds(dataset_of(path))
    card, _ = read_editor(path)
    random = torch.Generator().manual_seed(0)
    tensors = {
        name: value * 0 if damage == "zeroed" else _shuffled(name, value, random)
        for name, value in load_file(path).items()
    }
    write_editor(tmp_path / "w.safetensors", tensors, card)
    # Nothing at all, or noise in which a detector sees what it likes.
    level = 0.0 if damage == "zeroed" else world.common + CHANCE
    assert world.f1_of(edited_by(tmp_path / "w.safetensors", world.name)) <= level


def _shuffled(name, value, random):
    """The values of a tensor in another order; variances stay where they are."""
    if "running_var" in name:
        return value
    return value.flatten()[torch.randperm(value.numel(), generator=random)].view_as(value)

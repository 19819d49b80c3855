"""The model ``geneva``: free-running, alone in every batch, and what it does with bad input."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from jobs import job

torch = pytest.importorskip("torch")

from safetensors.torch import load, load_file, save_file  # noqa: E402

from cfbench.errors import DataError, EnvironmentLackError, UsageError  # noqa: E402
from cfbench.files import sha256_hex  # noqa: E402
from cfbench.mock import MockVqa  # noqa: E402
from cfbench.models import ModelContext  # noqa: E402
from cfbench.tasks.edit import EditTask  # noqa: E402
from cfbench_models.geneva.model import BUNDLED, Geneva  # noqa: E402
from cfbench_models.geneva.weights import card_of, read_editor, write_editor  # noqa: E402

BUNDLED_WEIGHTS = BUNDLED / "geneva-iclevr-mini.safetensors"


@pytest.fixture
def model(trained):
    made = Geneva()
    made.use(trained, seed=3)
    return made


@pytest.fixture(scope="module")
def inputs(blocks):
    split = blocks.split("val", 6)
    return [split.inputs(index) for index in range(len(split))]


def images(model, batch):
    return [prediction.images for prediction in model.predict(batch)]


def same(left, right):
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def with_texts(inputs, *texts):
    return replace(inputs, instructions=texts)


def test_predictions_are_valid_and_deterministic(model, inputs, trained):
    made = model.predict(inputs)
    for sample, prediction in zip(inputs, made, strict=True):
        assert EditTask().check(sample, prediction)
    again = Geneva()
    again.use(trained, seed=3)
    assert same(images(again, inputs)[0], made[0].images)
    again.use(trained, seed=4)
    assert not same(images(again, inputs)[0], made[0].images)


def test_no_bit_depends_on_the_batch(model, inputs):
    together = images(model, inputs)
    alone = [images(model, [sample])[0] for sample in inputs]
    backwards = images(model, inputs[::-1])[::-1]
    many = images(model, inputs * 4)[-len(inputs) :]
    for other in (alone, backwards, many):
        assert all(same(left, right) for left, right in zip(together, other, strict=True))


def test_each_turn_edits_the_image_of_the_turn_before(model, inputs):
    first = inputs[0]
    free = images(model, [first])[0]
    forced = replace(first, previous=(first.start, *free[:-1]))
    assert same(images(model, [forced])[0], free)
    other = replace(first, previous=(first.start, *([np.zeros_like(first.start)] * 4)))
    assert not np.array_equal(images(model, [other])[0][1], free[1])


def test_a_later_instruction_changes_nothing_before_it(model, inputs):
    first = inputs[0]
    changed = with_texts(first, *first.instructions[:3], "add a gray cube behind it", "add a red sphere")
    left, right = images(model, [first])[0], images(model, [changed])[0]
    assert same(left[:3], right[:3])


@pytest.mark.parametrize("turns", [1, 40])
def test_one_turn_and_forty(model, inputs, turns):
    texts = (inputs[0].instructions * 8)[:turns]
    made = images(model, [with_texts(inputs[0], *texts), inputs[1]])
    assert [len(each) for each in made] == [turns, 5]
    assert same(made[1], images(model, [inputs[1]])[0])


def test_unknown_and_missing_words(model, inputs):
    said = []
    model._reporter = type("Told", (), {"line": lambda self, text: said.append(text)})()
    odd = with_texts(inputs[0], "add a mauve teapot", "", "  ", "\u4e2d\u6587", "add a red cube")
    made = images(model, [odd])[0]
    assert len(made) == 5
    assert model.unknown_words == {"mauve": 1, "teapot": 1, "\u4e2d\u6587": 1}
    assert len(said) == 1
    assert "'mauve'" in said[0]


def test_images_of_another_size(model, inputs):
    start = inputs[0].start
    large = np.repeat(np.repeat(start, 2, 0), 3, 1)
    made = images(model, [replace(inputs[0], start=large)])[0]
    assert all(image.shape == large.shape and image.dtype == np.uint8 for image in made)
    with pytest.raises(DataError, match="64"):
        model.predict([replace(inputs[0], start=start[:32, :32])])


def test_weights_there_are_not():
    context = ModelContext("edit", "mock-edit@1", 0, "cpu", 1)
    with pytest.raises(EnvironmentLackError, match="cfbench train geneva --dataset mock-edit --preset cpu"):
        Geneva().setup(context)
    with pytest.raises(UsageError, match="setup"):
        Geneva().predict([])


def test_training_by_name(blocks, trained, tmp_path):
    asked = job(blocks, tmp_path, options={"patience": None, "checked": 2})
    assert Geneva.train(asked).read_bytes() == trained.read_bytes()
    with pytest.raises(UsageError, match="no labelled scenes"):
        Geneva.train(replace(asked, dataset=MockVqa(blocks.context)))


def test_weights_of_another_data_set(trained):
    with pytest.raises(DataError, match="trained on iclevr-mini@1, not codraw"):
        Geneva().use(trained, dataset="codraw")


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_damaged_weights(trained, tmp_path, damage):
    data = trained.read_bytes()
    data = {"cut": data[:-9], "changed": data[:-1] + bytes([data[-1] ^ 1]), "empty": b""}[damage]
    (tmp_path / "w.safetensors").write_bytes(data)
    (tmp_path / "w.json").write_bytes(card_of(trained).read_bytes())
    with pytest.raises(DataError, match="damaged"):
        Geneva().use(tmp_path / "w.safetensors")


@pytest.mark.parametrize("change", ["lacking", "more", "shape", "infinite"])
def test_weights_that_do_not_fit(trained, tmp_path, change):
    tensors = load_file(trained)
    name = "generator.fc.weight"
    if change == "lacking":
        del tensors[name]
    elif change == "more":
        tensors["more"] = torch.zeros(1)
    else:
        tensors[name] = torch.zeros(3) if change == "shape" else torch.full_like(tensors[name], torch.inf)
    path = tmp_path / "w.safetensors"
    save_file(tensors, path)
    card = json.loads(card_of(trained).read_text())
    card_of(path).write_text(json.dumps({**card, "sha256": sha256_hex(path)}))
    with pytest.raises(DataError, match="more" if change == "more" else name):
        Geneva().use(path)


@pytest.mark.parametrize("key", ["size", "words", "temperature", "faults"])
def test_cards_that_are_none(trained, tmp_path, key):
    path = tmp_path / "w.safetensors"
    path.write_bytes(trained.read_bytes())
    card = json.loads(card_of(trained).read_text())
    card[key] = {"size": {"side": 48}, "words": 3, "temperature": 0, "faults": ["none"]}[key]
    card_of(path).write_text(json.dumps(card))
    with pytest.raises(DataError, match="no card"):
        Geneva().use(path)


def test_published_faults_at_test(trained, inputs, tmp_path):
    card, _ = read_editor(trained)
    faulty = tmp_path / "w.safetensors"
    faults = ("train-mode-batchnorm", "unseeded-noise", "bgr-canvas")
    write_editor(faulty, load(trained.read_bytes()), replace(card, faults=faults))
    model = Geneva()
    model.use(faulty)
    together = images(model, inputs)
    assert not all(same(left, right) for left, right in zip(together, images(model, inputs), strict=True))


def final_bytes(model, inputs):
    return np.stack([each[-1] for each in images(model, inputs)]).astype(float)


def test_bundled_weights_edit_and_zeroed_ones_do_not(blocks, tmp_path):
    split = blocks.split("val", 8)
    batch = [split.inputs(index) for index in range(8)]
    context = ModelContext("edit", "iclevr-mini@1", 0, "cpu", 1)
    model = Geneva()
    model.setup(context)
    card, _ = read_editor(BUNDLED_WEIGHTS, "iclevr-mini")
    assert BUNDLED_WEIGHTS.stat().st_size < 6_000_000
    assert model.weights_digest == card.sha256 == sha256_hex(BUNDLED_WEIGHTS)
    start = batch[0].start.astype(float)
    colourful = np.ptp(final_bytes(model, batch), axis=3) > 60
    assert colourful.mean() > 0.02  # the canvas is gray
    zeroed = tmp_path / "w.safetensors"
    write_editor(zeroed, {n: t * 0 for n, t in load_file(BUNDLED_WEIGHTS).items()}, card)
    model.use(zeroed)
    assert not (np.ptp(final_bytes(model, batch), axis=3) > 60).any()
    assert np.ptp(start, axis=2).max() <= 60

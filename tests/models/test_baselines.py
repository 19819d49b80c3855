"""The baselines do what they say."""

from __future__ import annotations

import numpy as np
import pytest

import cfbench
from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.errors import UsageError
from cfbench.mock import MockDataset
from cfbench.models import ModelContext
from cfbench.tasks.edit import EditInputs
from cfbench_models.baselines.edit import EmptyCanvas, MostCommon, NearestTrain, RandomEdit


@pytest.fixture
def data(tmp_path):
    dataset = MockDataset(DataContext(tmp_path, ContentCache(tmp_path)))
    return dataset.split("train"), dataset.split("val"), dataset.split("test")


def fitted(model, data, seed=0):
    model.setup(ModelContext("edit", "mock@1", seed, "cpu", 1))
    model.fit(data[0], data[1], "cpu", seed)
    return model


def test_empty_canvas_never_edits(data) -> None:
    inputs = data[2].inputs(2)
    (prediction,) = EmptyCanvas().predict([inputs])
    assert len(prediction.images) == len(inputs.instructions)
    assert all(np.array_equal(image, inputs.start) for image in prediction.images)


def test_nearest_train_finds_the_same_words(data) -> None:
    train = data[0]
    model = fitted(NearestTrain(), data)
    for index in range(len(train)):
        asked = EditInputs("x", train.inputs(index).start, train.inputs(index).instructions)
        (prediction,) = model.predict([asked])
        words = sorted(" ".join(asked.instructions).split())
        same = [
            i for i in range(len(train)) if sorted(" ".join(train.inputs(i).instructions).split()) == words
        ]
        assert any(np.array_equal(prediction.images[-1], train.final_image(i)) for i in same)


def test_nearest_train_survives_words_it_never_saw(data) -> None:
    asked = EditInputs("x", data[2].inputs(0).start, ("zzz", ""))
    (prediction,) = fitted(NearestTrain(), data).predict([asked])
    assert len(prediction.images) == 2


def test_most_common_is_one_picture(data) -> None:
    model = fitted(MostCommon(), data)
    predictions = model.predict([data[2].inputs(i) for i in range(8)])
    pictures = {image.tobytes() for prediction in predictions for image in prediction.images}
    assert len(pictures) == 1


def test_random_edit_depends_on_seed_and_sample_alone(data) -> None:
    inputs = [data[2].inputs(i) for i in range(8)]
    together = fitted(RandomEdit(), data).predict(inputs)
    alone = [fitted(RandomEdit(), data).predict([one])[0] for one in inputs]
    for a, b in zip(together, alone, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a.images, b.images, strict=True))
    other = fitted(RandomEdit(), data, seed=1).predict(inputs)
    assert any(
        not np.array_equal(x, y)
        for a, b in zip(together, other, strict=True)
        for x, y in zip(a.images, b.images, strict=True)
    )


def test_random_edit_draws_more_each_turn(data) -> None:
    inputs = data[2].inputs(2)
    (prediction,) = fitted(RandomEdit(), data).predict([inputs])
    changed = [int((image != inputs.start).any(-1).sum()) for image in prediction.images]
    assert changed[0] > 0
    assert changed == sorted(changed)


def test_a_data_set_that_cannot_draw_is_told_so() -> None:
    with pytest.raises(UsageError, match="has no painter"):
        NearestTrain().fit(object(), object(), "cpu", 0)


def test_all_of_them_run() -> None:
    values = {
        name: cfbench.run(name, "mock").score("pixel/l1/all").value
        for name in ("empty-canvas", "random-edit", "most-common", "nearest-train", "oracle")
    }
    assert values.pop("oracle") == 0.0
    assert min(values.values()) > 0.01

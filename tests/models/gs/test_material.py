"""What is learned from: groups, labels as numbers, and which gradient should point where."""

from __future__ import annotations

import numpy as np
import pytest
from gs_splits import Pictures, inference, reviews

from cfbench.errors import UsageError
from cfbench_models.gs.material import drawn, material_of
from cfbench_models.gs.recipes import Recipe


def test_reviews_have_one_output_and_point_both_ways():
    data = material_of(reviews(pairs=2))
    assert data.wanted[:, 0].tolist() == [0, 1, 1, 0]
    assert data.edited.tolist() == [False, True, False, True]
    assert [group.tolist() for group in data.groups] == [[0, 1], [2, 3]]
    found = data.pairings
    rows = set(zip(found.at.tolist(), found.towards.tolist(), found.rises.tolist(), strict=True))
    assert rows == {(1, 0, False), (0, 1, True), (3, 2, True), (2, 3, False)}
    assert set(found.logit.tolist()) == {0}


def test_inference_points_to_the_label_that_is_there():
    data = material_of(inference(groups=1))
    assert data.wanted.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    found = data.pairings
    rows = set(zip(found.at.tolist(), found.towards.tolist(), found.logit.tolist(), strict=True))
    assert rows == {(1, 0, 0), (0, 1, 1), (2, 0, 0), (0, 2, 2)}
    assert found.rises.all()


def test_images_point_by_the_class_that_was_taken_out_and_placebos_are_left_out():
    data = material_of(Pictures(pairs=2))
    assert len(data.wanted) == 4
    found = data.pairings
    rows = set(
        zip(
            found.at.tolist(), found.towards.tolist(), found.logit.tolist(), found.rises.tolist(), strict=True
        )
    )
    assert rows == {(1, 0, 0, True), (0, 1, 0, False), (3, 2, 1, True), (2, 3, 1, False)}


def test_batches_hold_whole_groups_and_every_example_once():
    data = material_of(inference(groups=7))
    batches = list(data.batches(6, np.random.default_rng(0), edited=True))
    assert sorted(np.concatenate(batches).tolist()) == list(range(21))
    assert [len(batch) for batch in batches] == [6, 6, 6, 3]
    for batch in batches:
        assert len(batch) == 3 * len({position // 3 for position in batch.tolist()})
    alone = np.concatenate(list(data.batches(6, np.random.default_rng(0), edited=False)))
    assert sorted(alone.tolist()) == list(range(0, 21, 3))


def test_an_epoch_of_few_examples_goes_through_them_several_times():
    pytest.importorskip("torch")
    from cfbench_models.gs.learning import _batches

    data = material_of(reviews(pairs=5))

    def batches(shortest):
        found = list(_batches(data, Recipe(batch=4, epochs=2, shortest=shortest), 0, edited=True))
        assert [number for number, (_, last) in enumerate(found) if last] == [
            len(found) // 2 - 1,
            len(found) - 1,
        ]
        return [batch for batch, _ in found[: len(found) // 2]]

    once, often = batches(1), batches(7)
    assert [len(batch) for batch in once] == [4, 4, 2]
    assert len(often) == 9
    for start in (0, 3, 6):
        assert sorted(np.concatenate(often[start : start + 3]).tolist()) == list(range(10))
    np.testing.assert_array_equal(np.concatenate(often[:3]), np.concatenate(once))
    assert not np.array_equal(np.concatenate(often[3:6]), np.concatenate(once))


@pytest.mark.parametrize("split", [reviews(), inference(), Pictures()])
def test_consistent_relations_have_the_labels_that_counterfactuals_have(split):
    data = material_of(split)
    true, found = data.pairings, drawn(data, "consistent", np.random.default_rng(0))
    assert (found.towards != true.towards).any()
    has = data.wanted > 0
    assert (has[found.towards, found.logit] == has[true.towards, true.logit]).all()
    assert (found.rises == true.rises).all()


def test_random_relations_and_ways_know_nothing():
    data = material_of(reviews(pairs=200))
    found = drawn(data, "random", np.random.default_rng(0))
    agree = (found.rises == data.pairings.rises).mean()
    assert 0.4 < agree < 0.6
    assert drawn(data, "none", np.random.default_rng(0)) is None
    assert drawn(data, "true", np.random.default_rng(0)) is data.pairings


def test_nothing_to_learn_from_is_told():
    with pytest.raises(UsageError, match="nothing to learn from"):
        material_of(Pictures(pairs=0))

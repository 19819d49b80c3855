"""The mock data sets are what they say, and the mock networks see what there is, each image by itself."""

from __future__ import annotations

import gc
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import DATASETS, open_mock, same

from cfbench.errors import UsageError
from cfbench.metrics.functional import clip_directional, clip_score
from cfbench.mock import (
    MockClip,
    MockDetector,
    MockFeatures,
    MockLatents,
    MockLayers,
    MockLearnedLayers,
    MockModel,
    MockOracle,
    MockReader,
)
from cfbench.mock.readers import CONTEXT
from cfbench.mock.squares import SIZE, draw, mask, seen
from cfbench.plugins import load_plugin

if TYPE_CHECKING:
    from pathlib import Path

FINGERPRINTS = {
    "edit": "d2147aebbb9d",
    "explain": "a2152f9535b5",
    "visual-cf": "551a5b5b3ed7",
    "vqa": "d5f79f570482",
    "image-labels": "4622ef393e39",
    "text-label": "9fd1d9383d93",
    "pair-cf": "d5b901a74cb5",
}  # of the test splits: a data set that changes is another version
LOOKERS: dict[str, Any] = {
    "features": lambda images: MockFeatures().features(images).pooled,
    "logits": lambda images: MockFeatures().features(images).logits,
    "clip": MockClip().embed_images,
    "first layer": lambda images: MockLayers().layers(images)[0],
    "second layer": lambda images: MockLearnedLayers().layers(images)[1],
    "latent means": lambda images: MockLatents().latents(images).means,
    "latent scales": lambda images: MockLatents().latents(images).log_scales,
}


@pytest.mark.parametrize("task", DATASETS)
def test_samples_depend_on_their_position_alone(task: str, tmp_path: Path) -> None:
    whole = open_mock(task, tmp_path)
    assert whole.fingerprint().startswith(FINGERPRINTS[task])
    for index in reversed(range(len(whole))):
        again = open_mock(task, tmp_path, limit=index + 1)
        assert again.ids[-1] == whole.ids[index] == whole.inputs(index).id
        assert again.specification(index) == whole.specification(index)
        assert same(again.inputs(index), whole.inputs(index))
        assert same(again.target(index), whole.target(index))
    splits = [open_mock(task, tmp_path, name) for name in ("train", "val", "test")]
    assert [len(split) for split in splits] == [24, 8, 8]
    first = [[split.specification(index) for index in range(8)] for split in splits]
    assert first[0] != first[1] != first[2] != first[0]


@pytest.mark.parametrize("task", DATASETS)
def test_inputs_lead_to_no_target(task: str, tmp_path: Path) -> None:
    split = open_mock(task, tmp_path)
    for index in range(len(split)):
        found, queue = {}, [split.inputs(index)]
        while queue:
            one = queue.pop()
            if id(one) not in found and not isinstance(one, (type, ModuleType, FunctionType)):
                found[id(one)] = one
                queue += gc.get_referents(one)
        kinds = (type(split), type(split.target(index)))
        assert not [one for one in found.values() if isinstance(one, kinds)]
        keys = {key for one in found.values() if isinstance(one, dict) for key in one}
        assert not keys & {"scene", "texts", "answers", "changed", "label", "intervened"}  # of records


@pytest.mark.parametrize("task", DATASETS)
def test_every_network_that_a_data_set_names_is_fit_for_use(task: str, tmp_path: Path) -> None:
    split = open_mock(task, tmp_path, "val")
    for kind, name in DATASETS[task].detectors.items():
        network = load_plugin("detectors", name)()
        assert network.kind == kind
        assert network.self_check(split) >= network.floor


def test_changes_of_images_change_the_answer_and_nothing_else(tmp_path: Path) -> None:
    reader = MockReader()
    for name in DATASETS["visual-cf"].splits:
        split = open_mock("visual-cf", tmp_path, name)
        for index in range(len(split)):
            inputs, target = split.inputs(index), split.target(index)
            before, after = reader.answer([inputs.image, target.image], [inputs.question] * 2)
            assert (before, after) == (inputs.answer, target.answers_after[0])
            assert before == target.answers[0] != after
            assert len(target.answers) == len(target.answers_after) == 10
            changed = (inputs.image != target.image).any(-1)
            assert changed.any()
            assert not (changed & ~target.mask).any()
            assert split.slices(index) == (target.question_type,)


def test_questions_are_of_every_type(tmp_path: Path) -> None:
    split = open_mock("vqa", tmp_path, "train")
    targets = [split.target(index) for index in range(len(split))]
    assert {target.question_type for target in targets} == {"what color", "is there", "how many"}
    assert {target.answer_type for target in targets} == {"yes/no", "number", "other"}
    assert {target.answers[0] for target in targets} >= {"yes", "no"}
    assert {len(set(target.answers)) for target in targets} == {
        1,
        2,
    }  # the official rule differs between them
    assert MockReader().self_check(split) == 1.0


@pytest.mark.parametrize("task", ["text-label", "image-labels"])
def test_labels_turn_from_original_to_edited(task: str, tmp_path: Path) -> None:
    split = open_mock(task, tmp_path)
    for index in range(0, len(split), 2):
        original, edited = split.target(index), split.target(index + 1)
        assert (split.slices(index), split.slices(index + 1)) == (("original",), ("edited",))
        assert original.pair == edited.pair
        if task == "text-label":
            assert original.label != edited.label
        else:
            assert original.labels.sum() == edited.labels.sum() + 1
            assert (original.labels >= edited.labels).all()
    assert len({split.target(index).pair for index in range(len(split))}) == len(split) // 2


def test_labels_are_what_is_seen(tmp_path: Path) -> None:
    split = open_mock("image-labels", tmp_path, "train")
    for index in range(len(split)):
        (found,) = MockDetector().detect([split.inputs(index).image])
        assert found.labels() == set(np.flatnonzero(split.target(index).labels).tolist())


def test_pairs_differ_in_the_attribute_that_was_changed(tmp_path: Path) -> None:
    split = open_mock("pair-cf", tmp_path)
    groups: dict[str, list[Any]] = {}
    for index in range(len(split)):
        inputs, target = split.inputs(index), split.target(index)
        changed = {
            name for name, value in target.attributes.items() if target.attributes_after[name] != value
        }
        assert changed == {target.intervened}
        groups.setdefault(inputs.group, []).append(inputs)
    assert len(groups) == len(split) // 2
    assert all(np.array_equal(one.image, two.image) for one, two in groups.values())


def test_explanations_lead_from_one_image_to_the_next(tmp_path: Path) -> None:
    split = open_mock("explain", tmp_path)
    for index in range(len(split)):
        inputs, target = split.inputs(index), split.target(index)
        gained = seen(inputs.after) - seen(inputs.before)
        ((place, colour),) = np.argwhere(gained)
        words = f"add a {('red', 'green', 'blue')[colour]} square at the {('left', 'middle', 'right')[place]}"
        assert target.tokens == tuple(words.split())
        assert len(inputs.instructions) == index % 3


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_no_bit_depends_on_the_company(count: int, height: int, width: int, seed: int) -> None:
    """Images of any size, alone, in a batch and backwards."""
    images = list(np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8))
    for look in LOOKERS.values():
        together = look(images)
        assert together.dtype == np.float32
        assert np.isfinite(together).all()
        assert np.array_equal(together, np.concatenate([look([image]) for image in images]))
        assert np.array_equal(together[::-1], look(images[::-1]))


@pytest.mark.parametrize("name", [name for name in LOOKERS if "layer" not in name])
def test_no_images_are_no_lines(name: str) -> None:
    assert LOOKERS[name]([]).shape == (0, *LOOKERS[name]([draw(())]).shape[1:])


def test_clip_sees_a_true_edit_as_its_captions_say_it(tmp_path: Path) -> None:
    split, clip = open_mock("pair-cf", tmp_path), MockClip()
    pairs = [(split.inputs(index), split.target(index)) for index in range(len(split))]
    before, after = ([one[side] for one in pairs] for side in (0, 1))
    images = [clip.embed_images([one.image for one in side]) for side in (before, after)]
    texts = [clip.embed_texts([one.caption for one in side]) for side in (before, after)]
    assert clip_directional(*images, *(text.values for text in texts)) == pytest.approx(1.0)
    assert clip_score(images[0], texts[0].values) == pytest.approx(100.0)
    assert np.isnan(clip_directional(images[0], images[0], *(text.values for text in texts))).all()
    mixed = clip_directional(*images, *(np.roll(text.values, 1, axis=0) for text in texts))
    assert mixed.max() < 0.8
    cut = [len(one.caption.split()) > CONTEXT for one in before]
    assert texts[0].truncated.tolist() == cut
    assert 0 < sum(cut) < len(cut)


def test_clip_reads_eight_words() -> None:
    clip = MockClip()
    texts = [
        "a red square at the left",
        "A RED square, at the LEFT!",
        "one two three four five red left eight nine",
        "one two three four five six seven eight red left",
        "red",
        "left",
        "",
    ]
    values, truncated = vars(clip.embed_texts(texts)).values()
    assert truncated.tolist() == [False, False, True, True, False, False, False]
    assert np.array_equal(values[0], values[1])
    assert np.array_equal(values[0], values[2])
    assert np.array_equal(values[3], values[6])
    assert values[:, :-1].sum(axis=1) == pytest.approx([1, 1, 1, 0, 1, 1, 0])
    assert np.linalg.norm(values, axis=1).min() > 0
    for index, text in enumerate(texts):
        assert np.array_equal(clip.embed_texts([text]).values[0], values[index])


def test_the_reader_looks_through_noise_and_at_any_size() -> None:
    scene = draw([[0, 0], [2, 2]])
    noisy = scene.astype(int) + np.random.default_rng(0).integers(-25, 26, scene.shape)
    large = scene.repeat(4, axis=0).repeat(4, axis=1)
    questions = {
        "what color is the square at the left?": "red",
        "what color is the square at the middle?": "none",
        "is there a blue square?": "yes",
        "is there a green square?": "no",
        "how many squares are there?": "2",
        "who is there?": "unknown",
    }
    for image in (scene, noisy.clip(0, 255).astype(np.uint8), large):
        assert MockReader().answer([image] * len(questions), list(questions)) == list(questions.values())


def test_a_mask_is_where_squares_are() -> None:
    assert np.array_equal((draw([[0, 0], [1, 2]]) != draw(())).any(-1), mask([0, 2]))
    assert mask([]).shape == (SIZE, SIZE)


def test_the_mock_models_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="do not know str"):
        MockModel().predict(["?"])
    with pytest.raises(UsageError, match="do not know str"):
        MockOracle().predict([("?", "?")])
    split = open_mock("visual-cf", tmp_path)
    target = split.target(0)
    unknown = type(target)(target.answers, target.question_type, target.answer_type, target.image_id)
    with pytest.raises(UsageError, match="does not say what is right for test_00000"):
        MockOracle().predict([(split.inputs(0), unknown)])

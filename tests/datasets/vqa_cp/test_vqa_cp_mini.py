"""The twin of VQA-CP: priors that change, attention that is true, and edits that take away what it names."""

import pickle
import re
from collections import Counter

import numpy as np
import pytest

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext, vqa_cp_mini
from cfbench.datasets.vqa_cp import prior_shift
from cfbench.datasets.vqa_cp.showing import HELD, LACKING
from cfbench.datasets.vqa_cp_mini import SEED, VqaCpMini
from cfbench.datasets.vqa_cp_mini.asking import KINDS, VALUES, Block
from cfbench.datasets.vqa_cp_mini.scenes import PRIORS, make_question
from cfbench.datasets.vqa_cp_mini.seeing import COLUMNS, EVIDENCE, REGIONS
from cfbench.metrics.functional.vqa import vqa_accuracy

ANSWER_TYPES = {"yes/no", "number", "other"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mini")
    return VqaCpMini(DataContext(folder, ContentCache(folder / "cache")))


@pytest.fixture(scope="module")
def splits(dataset):
    """All of val and test, and a part of train, whose originals are the first of its samples two by two."""
    return {
        name: dataset.split(name, limit) for name, limit in (("train", 3000), ("val", None), ("test", None))
    }


def originals(split):
    return [record for record in split.records if record.role != "edited"]


@pytest.mark.parametrize("split", ["val", "test"])
def test_pinned_fingerprints(splits, dataset, split):
    assert len(splits[split]) == VqaCpMini.generated[split]
    assert splits[split].fingerprint() == dataset.fingerprints[split]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("split", "size"), [("train", 16_000), ("test-focused", 2000), ("test-edited", 4000)]
)
def test_pinned_fingerprints_of_the_other_splits(dataset, split, size):
    samples = dataset.split(split)
    assert len(samples) == size
    assert samples.fingerprint() == dataset.fingerprints[split]


def test_priors_change_between_train_and_test_and_not_before(splits):
    shift = prior_shift(originals(splits["train"]), originals(splits["test"]))
    assert shift.changed
    assert shift.prior_in_training - shift.prior_in_test > 0.3
    assert not prior_shift(originals(splits["train"]), originals(splits["val"])).changed


@pytest.mark.parametrize("whole", [False, True])
def test_a_model_that_reads_the_question_alone_falls_by_20_points(splits, whole):
    """The most common training answer of a type of question or, where training asked it, of the very question."""
    usual = {}
    for one in originals(splits["train"]):
        for key in (one.question_type, one.question):
            usual.setdefault(key, Counter()).update(one.answers)
    scores = {}
    for name in ("val", "test"):
        records = originals(splits[name])
        keys = [one.question if whole and one.question in usual else one.question_type for one in records]
        said = [usual[key].most_common(1)[0][0] for key in keys]
        scores[name] = vqa_accuracy(said, [one.answers for one in records]).mean()
    assert scores["val"] - scores["test"] > 0.2


@pytest.mark.parametrize("split", ["val", "test"])
def test_answers_follow_the_priors_of_their_split(splits, split):
    for kind in KINDS:
        given = Counter(
            Counter(one.answers).most_common(1)[0][0]
            for one in splits[split].records
            if one.question_type == kind.prefix
        )
        shares = PRIORS[len(kind.answers)]
        expected = shares[::-1] if split == "test" else shares
        total = given.total()
        assert set(given) <= set(kind.answers)
        for answer, share in zip(kind.answers, expected, strict=True):
            assert given[answer] / total == pytest.approx(share, abs=0.13)


def test_ten_people_agree_mostly(splits):
    for one in splits["test"].records:
        (_, most), *_ = Counter(one.answers).most_common()
        assert len(one.answers) == 10
        assert most >= 8
        assert one.answer_type in ANSWER_TYPES
        assert one.question.startswith(one.question_type)
        assert 3 <= len(one.blocks) <= 6


def answers_to(question, blocks):
    """All that the question could mean, answered from its words alone: by no code of the data set."""
    nouns = {"cubes": "cube", "spheres": "sphere", "cylinders": "cylinder"}
    words = [nouns.get(word, word) for word in re.findall(r"[a-z]+", question)]

    def matching(some):
        wanted = [word for word in some if any(word in values for values in VALUES.values())]
        return [at for at, block in enumerate(blocks) if all(word in block[:4] for word in wanted)]

    yes = {True: "yes", False: "no"}
    if question.startswith("how many"):
        return str(len(matching(words)))
    if question.startswith("is there"):
        return yes[bool(matching(words))]
    if question.startswith("are there more"):
        than = words.index("than")
        return yes[len(matching(words[:than])) > len(matching(words[than:]))]
    if question.startswith("do the"):
        middle = words.index("and")
        trait = words[-1]
        (one,), (other,) = matching(words[:middle]), matching(words[middle : words.index("have")])
        return yes[getattr(blocks[one], trait) == getattr(blocks[other], trait)]
    if question.startswith("is the"):
        (one,) = matching(words[:-1])
        return yes[words[-1] in blocks[one][:4]]
    trait = {"color": "color", "shape": "shape", "is": "material"}[words[1]]
    (one,) = matching(words)
    return getattr(blocks[one], trait)


@pytest.mark.parametrize("split", ["val", "test"])
def test_answers_are_true_of_the_scene(splits, split):
    for one in splits[split].records:
        assert answers_to(one.question, one.blocks) == Counter(one.answers).most_common(1)[0][0], one.question


def test_the_answer_hangs_on_what_is_attended_and_on_nothing_else(splits):
    """Without all other blocks the answer is as it was."""
    for one in splits["test"].records:
        if len(one.about) == len(one.blocks):
            continue
        kept = [one.blocks[at] for at in one.about]
        assert answers_to(one.question, kept) == Counter(one.answers).most_common(1)[0][0]


def test_features_show_the_blocks(splits):
    samples = splits["test"]
    right = total = 0
    for index in range(100):
        inputs, record = samples.inputs(index), samples.records[index]
        assert inputs.features.shape == (REGIONS, len(COLUMNS))
        assert inputs.features.dtype == np.float32
        assert inputs.image is None
        blocks = inputs.features[inputs.features[:, COLUMNS.index("block")] > 0.5]
        assert len(record.blocks) + 1 <= np.any(inputs.features, axis=1).sum() <= len(record.blocks) + 4
        seen = Counter(EVIDENCE[3 + row] for row in blocks[:, 3:11].argmax(axis=1))
        right += sum((Counter(block.color for block in record.blocks) & seen).values())
        total += len(record.blocks)
    assert 0.85 < right / total <= 1


def test_attention_names_blocks_and_the_group_by_its_share(splits):
    samples = splits["test"]
    for index in range(200):
        attention, record = samples.target(index).attention, samples.records[index]
        assert attention.shape == (REGIONS,)
        assert set(attention.tolist()) <= {0.0, 0.5, 1.0}
        assert (attention == 1).sum() - len(record.about) in {0, 1}
        few = "few-regions" in samples.slices(index)
        assert few == (len(record.about) <= 2)


def test_a_training_original_is_followed_by_its_edit_which_lacks_what_is_attended(dataset):
    samples = dataset.split("train", 8)
    assert samples.ids[:2] == ["train_00000_original", "train_00000_edited"]
    for index in range(0, 8, 2):
        whole, masked = samples.inputs(index), samples.inputs(index + 1)
        target, edited = samples.target(index), samples.target(index + 1)
        assert (target.pair, target.role) == (edited.pair, "original")
        assert (edited.role, edited.answers) == ("edited", ())
        assert samples.slices(index + 1)[0] == "edited"
        assert whole.question == masked.question
        gone = target.attention > 0.2
        assert gone.any()
        assert not masked.features[gone].any()
        assert np.array_equal(masked.features[~gone], whole.features[~gone])
        assert np.array_equal(target.attention, edited.attention)
    assert dataset.split("train", 3).ids == samples.ids[:3]


def test_focused_samples_have_only_what_is_attended(dataset, splits):
    focused, whole = dataset.split("test-focused", 50), splits["test"]
    assert focused.ids == whole.ids[:50]
    for index in range(50):
        attention = whole.target(index).attention
        some, everything = focused.inputs(index).features, whole.inputs(index).features
        assert not some[attention < 0.8].any()
        assert np.array_equal(some[attention >= 0.8], everything[attention >= 0.8])
        assert focused.target(index).answers == whole.target(index).answers
    assert focused.fingerprint() != dataset.split("test", 50).fingerprint()


def test_edited_questions_of_the_test_are_answered_by_nil(dataset):
    samples = dataset.split("test-edited", 4)
    assert [samples.slices(index)[0] for index in range(4)] == ["original", "edited"] * 2
    assert samples.target(1).answers == ("nil",) * 10
    assert samples.target(0).answers != samples.target(1).answers
    assert samples.group(0) == samples.group(1) == samples.target(1).image_id


def test_a_share_of_training_is_of_pairs(dataset):
    context = DataContext(
        dataset.context.root, dataset.context.cache, {"train_share": "1/9", "train_draw": "3"}
    )
    few = VqaCpMini(context).split("train", 40)
    assert [record.role for record in few.records] == ["original", "edited"] * 20
    assert few.ids != dataset.split("train", 40).ids
    assert VqaCpMini(context).split("val", 5).ids == dataset.split("val", 5).ids


def test_a_question_is_a_function_of_seed_split_and_number():
    one = make_question(1, "train", 5)
    assert one == make_question(1, "train", 5)
    assert one != make_question(2, "train", 5)
    assert isinstance(one.blocks[0], Block)


def test_whole_splits_are_made_once_and_a_few_questions_without_the_rest(tmp_path, monkeypatch):
    context = DataContext(tmp_path, ContentCache(tmp_path / "cache"))
    made = []
    monkeypatch.setattr(
        vqa_cp_mini, "make_question", lambda *which: made.append(which) or make_question(*which)
    )
    few = VqaCpMini(context).split("val", 4)
    assert made == [(SEED, "val", number) for number in range(4)]
    first = VqaCpMini(context).split("val")
    assert len(made) == 4 + len(first)
    again = VqaCpMini(context).split("val")
    assert len(made) == 4 + len(first)
    assert again.records == first.records
    assert again.records[:4] == few.records
    assert isinstance(again.records[0].blocks[0], Block)
    np.testing.assert_array_equal(again.inputs(3).features, first.inputs(3).features)


def test_samples_survive_the_journey_to_a_worker(dataset):
    original = dataset.split("test-focused", 3)
    samples = pickle.loads(pickle.dumps(original))
    assert np.array_equal(samples.inputs(2).features, original.inputs(2).features)
    assert samples.rendering == original.rendering


def test_a_sample_is_shown_with_its_scene_and_what_the_answer_hangs_on(dataset):
    edited, focused = dataset.split("test-edited", 40), dataset.split("test-focused", 20)
    lines, whole = edited.shown(38)
    assert lines[0] == edited.inputs(38).question
    assert lines[1].startswith(f"answers: {Counter(edited.target(38).answers).most_common(1)[0][0]}")
    assert whole.shape == (480, 480, 3)
    assert whole.dtype == np.uint8
    filled = [(picture == LACKING).all(axis=2).sum() for picture in (whole, edited.shown(39)[1])]
    assert filled[0] < 100 < filled[1]
    assert edited.shown(39)[0][1] == "answers: nil (10)"
    assert dataset.split("train", 2).shown(1)[0][1] == "no answer is right"
    assert (focused.shown(19)[1] == LACKING).all(axis=2).sum() > filled[1]
    assert (whole == HELD).all(axis=2).any()

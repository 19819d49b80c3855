"""Questions about regions: what is learned, what is not looked at, and what padding and masks change."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from cfbench.datasets.base import Split
from cfbench.errors import DataError, UsageError
from cfbench.metrics.functional.vqa import vqa_accuracy
from cfbench.models import ModelContext
from cfbench.reproduction import Place
from cfbench.tasks.vqa import VqaInputs, VqaTarget

torch = pytest.importorskip("torch")
from cfbench_models.gs import kinds  # noqa: E402
from cfbench_models.gs import material as materials  # noqa: E402
from cfbench_models.gs import model as rows  # noqa: E402
from cfbench_models.gs.answers import accuracies, frequent_answers  # noqa: E402
from cfbench_models.gs.keeping import packed, unpacked  # noqa: E402
from cfbench_models.gs.learning import predicted  # noqa: E402
from cfbench_models.gs.material import Later, drawn, material_of  # noqa: E402
from cfbench_models.gs.reproduction.rows import GS, printed  # noqa: E402
from cfbench_models.gs.reproduction.tables import _weak  # noqa: E402

COLORS = ("red", "blue", "green")
SHAPES = ("cube", "ball")


class Marbles(Split[VqaInputs, VqaTarget]):
    """Two to four things, the first a cube; which colour has the cube? Red ones are commonest outside of the test."""

    priors: ClassVar[tuple[float, ...]] = (0.6, 0.3, 0.1)

    def __init__(self, name="train", questions=120):
        self.name = name
        self.roles = ("original", "edited") if name == "train" else ("original",)
        self.ids = [f"{name}_{index}_{role}" for index in range(questions) for role in self.roles]

    def _scene(self, index):
        random = np.random.default_rng([index // len(self.roles), len(self.name)])
        priors = self.priors[::-1] if self.name == "test" else self.priors
        color = int(random.choice(3, p=priors))
        count = int(random.integers(2, 5))
        regions = random.normal(0, 0.1, (count, 6))
        regions[:, 5] += 1
        regions[0, color] += 1
        regions[0, 3] += 1
        for other in range(1, count):
            regions[other, int(random.integers(3))] += 1
            regions[other, 4] += 1
        return color, regions.astype(np.float32)

    def inputs(self, index, *, teacher_forced=False):
        _, regions = self._scene(index)
        if self.ids[index].endswith("edited"):
            regions[0] = 0
        return VqaInputs(self.ids[index], "What color is the cube?", features=regions)

    def target(self, index):
        color, regions = self._scene(index)
        role = self.ids[index].rpartition("_")[2]
        answers = () if role == "edited" else (COLORS[color],) * 9 + (COLORS[color - 1],)
        attention = np.eye(1, len(regions), dtype=np.float32)[0]
        pair = self.ids[index].rpartition("_")[0]
        return VqaTarget(answers, "what color is the", "other", str(index), pair, role, attention)

    def specification(self, index):
        return [self.ids[index], self._scene(index)[0]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))


def learned(kind, train=None):
    model = kind()
    model.setup(ModelContext(task="vqa", dataset="marbles@1", seed=0, device="cpu", threads=1))
    model.fit(train or Marbles(), Marbles("val"), "cpu", 0)
    return model


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        small = replace(kinds.QUESTIONS, members=2, batch=32, epochs=20, rate=0.01, width=16)
        patch.setattr(kinds, "QUESTIONS", small)
        return {kind: learned(kind) for kind in (rows.Augmented, rows.Gs, rows.QuestionOnly)}


def samples(split):
    return [split.inputs(index) for index in range(len(split))]


def accuracy(model, split):
    said = [one.answer for one in model.predict(samples(split))]
    return vqa_accuracy(said, [split.target(index).answers for index in range(len(split))]).mean()


def test_what_is_asked_about_is_found_under_other_priors(models):
    for kind in (rows.Augmented, rows.Gs):
        assert accuracy(models[kind], Marbles("test")) > 0.8


def test_questions_alone_tell_the_priors_of_training_and_nothing_of_the_image(models):
    model = models[rows.QuestionOnly]
    assert accuracy(model, Marbles("val")) > 0.5
    assert accuracy(model, Marbles("test")) < 0.4
    one = Marbles("test").inputs(0)
    said = {
        model.predict([replace(one, features=each)])[0] for each in (one.features, one.features * 9, None)
    }
    assert len(said) == 1


def test_an_answer_falls_where_what_it_hangs_on_is_taken_away(models):
    train = Marbles()
    for kind in (rows.Augmented, rows.Gs):
        said = [max(one.scores) for one in models[kind].predict(samples(train))]
        assert np.mean(said[1::2]) < np.mean(said[::2]) - 0.2


def test_nil_is_said_where_nothing_can_be_seen_and_hardly_elsewhere(models):
    for kind in (rows.Augmented, rows.Gs):
        said = np.array([one.answer for one in models[kind].predict(samples(Marbles()))])
        assert (said[1::2] == "nil").mean() > 0.8
        assert (said[::2] == "nil").mean() < 0.1


def test_regions_of_zeros_and_other_images_in_the_batch_change_nothing(models):
    model, one = models[rows.Gs], Marbles("test").inputs(0)
    padded = replace(one, features=np.vstack([one.features, np.zeros((9, 6), np.float32)]))
    mixed = replace(one, features=np.insert(one.features, 1, 0, axis=0))
    alone = model.predict([one])[0].scores
    for batch in ([padded], [mixed], [one, padded, Marbles("test").inputs(1)]):
        np.testing.assert_allclose(model.predict(batch)[0].scores, alone, atol=1e-6)
    shuffled = replace(one, features=one.features[::-1].copy())
    np.testing.assert_allclose(model.predict([shuffled])[0].scores, alone, atol=1e-6)


def test_an_image_without_regions_and_a_question_without_known_words_are_read(models):
    empty = VqaInputs("x", "¿?", features=np.zeros((3, 6), np.float32))
    said = models[rows.Gs].predict([empty, replace(empty, features=np.zeros((0, 6), np.float32))])
    assert np.isfinite(said[0].scores).all()
    np.testing.assert_allclose(said[0].scores, said[1].scores, atol=1e-6)


def test_the_gradient_at_an_edited_image_tells_what_would_come_back(models):
    kind, networks = models[rows.Gs]._ready()
    seen = networks.represent(kind.read([Marbles().inputs(1), Marbles().inputs(0)]), training=False)
    assert seen.present.tolist()[0][0] is False
    both = seen.beside(torch.tensor([0]), torch.tensor([1]))
    assert both.present.all(1).tolist() == [True]
    for each, felt in ((seen.of(slice(1)), False), (both, True)):
        vectors = each.vectors.detach().requires_grad_()
        networks.logits(replace(each, vectors=vectors)).sum().backward()
        assert bool(vectors.grad[..., :6].any()) is felt


@pytest.mark.parametrize("row", [rows.Gs, rows.QuestionOnly])
def test_a_file_of_networks_says_the_same(models, row):
    model = models[row]
    kind, networks = model._ready()
    other_kind, other, _ = unpacked(packed(kind, networks, model._outputs))
    asked = samples(Marbles("test"))
    np.testing.assert_array_equal(
        predicted(networks, kind.read(asked)), predicted(other, other_kind.read(asked))
    )
    assert (other_kind.answers, other_kind.least) == (kind.answers, kind.least)


def test_pairs_point_by_the_right_answer():
    data = material_of(Marbles(questions=40))
    assert set(data.answers) <= set(COLORS)
    assert not data.wanted[data.edited].any()
    found = data.pairings
    assert len(found) == 80
    assert (found.rises == data.edited[found.at]).all()
    originals = np.where(found.rises, found.towards, found.at)
    assert (data.wanted[originals, found.logit] == data.wanted[originals].max(1)).all()
    consistent = drawn(data, "consistent", np.random.default_rng(0))
    assert ((data.wanted[consistent.towards, found.logit] > 0) == found.rises).all()


def test_targets_are_the_accuracies_of_answers():
    split = Marbles("val", 30)
    targets = [split.target(index) for index in range(30)]
    answers = frequent_answers(targets)
    found = accuracies(targets, answers)
    for place, answer in enumerate(answers):
        expected = vqa_accuracy([answer] * 30, [one.answers for one in targets])
        np.testing.assert_allclose(found[:, place], expected, atol=1e-7)


def test_features_that_fill_memory_are_read_when_they_are_wanted(monkeypatch):
    now = material_of(Marbles(questions=40))
    monkeypatch.setattr(materials, "IN_MEMORY", 0)
    later = material_of(Marbles(questions=40))
    assert isinstance(later.inputs, Later)
    read = later.read_by(lambda inputs: [one.features.sum() for one in inputs])
    assert read.inputs[3] == now.inputs[3].features.sum()
    assert read.inputs[78:] == [one.features.sum() for one in now.inputs[78:]]


def test_features_that_are_missing_or_of_another_width_are_told(models):
    model, one = models[rows.Gs], Marbles("test").inputs(0)
    for features in (None, np.zeros((2, 5), np.float32), np.zeros(6, np.float32)):
        with pytest.raises(DataError, match="no features of regions, 6 wide"):
            model.predict([replace(one, features=features)])


def test_what_cannot_be_learned_from_is_told(monkeypatch):
    with pytest.raises(UsageError, match="no answer is that of 9"):
        learned(rows.Gs, Marbles(questions=8))
    monkeypatch.setattr(Marbles, "inputs", lambda self, index: VqaInputs(self.ids[index], "a question"))
    with pytest.raises(UsageError, match="no features of their regions"):
        learned(rows.Gs)


class Work:
    """Stands for a workshop on the twin."""

    official = "vqa-cp"


@pytest.mark.parametrize(
    ("split", "part", "expected"),
    [("test-focused", "other", 0.383), ("val", "other", 0.561), ("test", "yes/no", None)],
)
def test_published_numbers_stand_beside_the_arms(split, part, expected):
    arm = _weak(GS)
    address = ("vqa-accuracy", "accuracy", part)
    assert printed(Work(), "gs/table1", arm.key, Place(split=split), address) == (
        None if expected is None else pytest.approx(expected)
    )

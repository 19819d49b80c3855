"""The rows of the tables as models: they learn, are the same again, and are what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gs_splits import Pictures, Tiny, inference, reviews

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.errors import DataError, UsageError
from cfbench.models import ModelContext
from cfbench.tasks.labels import ImageLabelInputs, TextInputs
from cfbench.training import TrainingJob
from cfbench.weights.card import read_card

torch = pytest.importorskip("torch")
from cfbench_models.gs import kinds  # noqa: E402
from cfbench_models.gs import model as rows  # noqa: E402
from cfbench_models.gs.counting import NaiveBayes, TfIdf  # noqa: E402
from cfbench_models.gs.keeping import packed, unpacked  # noqa: E402


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    for name in ("SENTIMENT", "INFERENCE"):  # so few examples are learned in a few passes
        monkeypatch.setattr(kinds, name, replace(getattr(kinds, name), shortest=1, epochs=40, hopes=False))


def context(task="text-label", **options):
    return ModelContext(task=task, dataset="tiny@1", seed=0, device="cpu", threads=1, options=options)


def fitted(kind, train, validation, *, task="text-label", seed=0, **options):
    model = kind()
    model.setup(context(task, **options))
    model.fit(train, validation, "cpu", seed)
    return model


def scores_of(model, split):
    said = model.predict([split.inputs(index) for index in range(len(split))])
    return np.array([one.scores for one in said])


def accuracy(model, split, role):
    chosen = [index for index in range(len(split)) if split.target(index).role == role]
    found = scores_of(model, split).argmax(1)
    return np.mean([found[index] == split.target(index).label for index in chosen])


def test_originals_alone_teach_the_cue_and_edited_texts_unteach_it():
    train, validation, test = reviews(pairs=60), reviews("val"), reviews("test")
    alone, both = (fitted(kind, train, validation) for kind in (rows.Baseline, rows.Augmented))
    assert accuracy(alone, test, "original") == 1
    assert accuracy(alone, test, "edited") < 0.8
    assert accuracy(both, test, "original") == accuracy(both, test, "edited") == 1


@pytest.mark.parametrize("make", [reviews, inference])
def test_gradient_supervision_aligns_more_than_learning_without_it(make):
    train, validation, test = make(), make("val"), make("test")
    edited = [index for index in range(len(test)) if test.target(index).role == "edited"]
    targets = [test.target(index) for index in edited]
    found = {}
    for kind in (rows.Augmented, rows.Gs):
        model = fitted(kind, train, validation)
        said = model.alignments(
            [test.inputs(index) for index in edited],
            [target.counterpart for target in targets],
            [target.changed for target in targets],
        )
        assert all(value is None or -1 <= value <= 1 for value in said)
        found[kind] = np.mean([value for value in said if value is not None])
    assert found[rows.Gs] > 0.2
    if make is reviews:  # where the strength is large
        assert found[rows.Gs] > found[rows.Augmented]


def test_images_are_learned_from_features():
    train, validation, test = Pictures(pairs=60), Pictures("val"), Pictures("test")
    model = fitted(rows.Gs, train, validation, task="image-labels")
    labels = np.array([test.target(index).labels for index in range(len(test))])
    scores = scores_of(model, test)
    assert scores[labels].mean() > 0.8 > 0.2 > scores[~labels].mean()


def test_shuffled_labels_teach_nothing():
    model = fitted(rows.Chance, reviews(pairs=60), reviews("val"))
    test = reviews("test", pairs=60)
    found = np.mean([accuracy(model, test, role) for role in ("original", "edited")])
    assert 0.2 < found < 0.8


def test_the_same_again_and_another_with_another_seed():
    train, validation, test = reviews(), reviews("val"), reviews("test")
    first = scores_of(fitted(rows.Gs, train, validation), test)
    again = scores_of(fitted(rows.Gs, train, validation), test)  # out of the cache
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - scores_of(fitted(rows.Gs, train, validation, seed=1), test)).max() > 1e-4


def test_what_is_kept_is_what_was_learned(monkeypatch, tmp_path):
    train, validation, test = reviews(), reviews("val"), reviews("test")
    first = scores_of(fitted(rows.Augmented, train, validation), test)
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "another"))
    np.testing.assert_array_equal(first, scores_of(fitted(rows.Augmented, train, validation), test))


@pytest.mark.parametrize(("task", "make"), [("text-label", inference), ("image-labels", Pictures)])
def test_a_file_of_networks_says_the_same(task, make):
    model = fitted(rows.Augmented, make(), make("val"), task=task)
    kind, networks = model._ready()
    other = rows.Augmented()
    other._kind, other._networks, other._outputs = unpacked(packed(kind, networks, model._outputs))
    test = make("test")
    np.testing.assert_array_equal(scores_of(model, test), scores_of(other, test))


def test_batches_change_nothing_but_rounding():
    model, test = fitted(rows.Augmented, inference(), inference("val")), inference("test")
    together = scores_of(model, test)
    alone = np.array([model.predict([test.inputs(index)])[0].scores for index in range(len(test))])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_an_empty_text_and_unknown_words_are_read():
    model = fitted(rows.Augmented, reviews(), reviews("val"))
    said = model.predict(
        [
            TextInputs("a", "", None, ("negative", "positive")),
            TextInputs("b", "¡qué!", None, ("negative", "positive")),
        ]
    )
    assert np.isfinite([one.scores for one in said]).all()
    np.testing.assert_array_equal(said[0].scores, said[1].scores)


@pytest.mark.parametrize("kind", [NaiveBayes, TfIdf])
def test_counts_learn_both_kinds_of_texts(kind):
    for make in (reviews, inference):
        model, test = kind(), make("test")
        model.fit(make(), make("val"), "cpu", 0)
        assert accuracy(model, test, "edited") > 0.8
        assert scores_of(model, test).sum(1) == pytest.approx(1)


def test_other_inputs_than_those_it_learned_are_told():
    texts = fitted(rows.Augmented, reviews(), reviews("val"))
    with pytest.raises(UsageError, match="2 texts, not 1"):
        texts.predict([TextInputs("x", "a", "b", ("negative", "positive"))])
    with pytest.raises(DataError, match="3 classes"):
        texts.predict([TextInputs("x", "a", None, ("a", "b", "c"))])
    images = fitted(rows.Augmented, Pictures(), Pictures("val"), task="image-labels")
    with pytest.raises(DataError, match="no features of width 8"):
        images.predict([ImageLabelInputs("x", Pictures.classes, features=np.zeros(7, np.float32))])
    with pytest.raises(DataError, match="no features of width 8"):
        images.predict([ImageLabelInputs("x", Pictures.classes)])


def test_asked_too_early():
    with pytest.raises(UsageError, match="learned nothing"):
        rows.Gs().predict([])
    with pytest.raises(UsageError, match="not set up"):
        rows.Gs().fit(reviews(), reviews("val"), "cpu", 0)


def test_weights_that_are_installed_are_taken_for_the_fit_that_they_are_of(tmp_path, monkeypatch):
    folder = tmp_path / "cache" / "weights"
    data = Tiny(DataContext(tmp_path, ContentCache(tmp_path / "cache")))
    path = rows.Gs.train(TrainingJob(data, tmp_path / "training", seed=3, threads=1))
    card = read_card(path)
    assert (card.name, card.dataset) == ("gs", "tiny@1")
    monkeypatch.setattr(
        "cfbench_models.gs.model.Supervised._learned", None
    )  # nothing may be learned from here on
    with pytest.raises(TypeError):
        fitted(rows.Gs, reviews(), reviews("val"), seed=3)
    folder.mkdir(parents=True)
    for file in (path, path.with_suffix(".json")):
        (folder / file.name).write_bytes(file.read_bytes())
    model = fitted(rows.Gs, reviews(), reviews("val"), seed=3)
    assert accuracy(model, reviews("test"), "edited") == 1
    with pytest.raises(TypeError):
        fitted(rows.Gs, reviews(), reviews("val"), seed=4)
    with pytest.raises(TypeError):
        fitted(rows.Gs, reviews(pairs=20), reviews("val"), seed=3)
    with pytest.raises(TypeError):
        fitted(rows.Gs, reviews(), reviews("val"), seed=3, strength="4")
    (folder / path.name).write_bytes(path.read_bytes()[:-8])
    with pytest.raises(DataError):
        fitted(rows.Gs, reviews(), reviews("val"), seed=3)


def test_a_data_set_can_have_options_of_its_own(monkeypatch):
    train, validation, test = reviews(), reviews("val"), reviews("test")
    monkeypatch.setitem(rows.CHOSEN, "tiny", {"strength": "0"})
    without = scores_of(fitted(rows.Gs, train, validation), test)
    np.testing.assert_allclose(without, scores_of(fitted(rows.Augmented, train, validation), test), atol=1e-4)

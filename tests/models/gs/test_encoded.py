"""Networks that learn from what a transformer reads: in all rows as from words, and from no other transformer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
from gs_splits import Tiny, inference, reviews
from small_reader import save_reader

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.errors import DataError, UsageError
from cfbench.models import ModelContext
from cfbench.tasks.labels import TextInputs
from cfbench.training import TrainingJob
from cfbench_models.gs import encoded, encoding
from cfbench_models.gs import model as rows
from cfbench_models.gs.encoded import Encoded
from cfbench_models.gs.encoders import Reader
from cfbench_models.gs.keeping import packed, unpacked


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    quick = replace(encoded.ENCODED, rate=0.03, hidden=(32,), shortest=1, epochs=20)
    monkeypatch.setattr(encoded, "ENCODED", quick)


def context(folder, task="text-label", **options):
    told = {"reader": str(folder), **options}
    return ModelContext(
        task=task, dataset="tiny@1", seed=0, device="cpu", threads=1, options=told, offline=True
    )


def fitted(kind, folder, make=reviews, **options):
    model = kind()
    model.setup(context(folder, **options))
    model.fit(make(), make("val"), "cpu", 0)
    return model


def scores_of(model, split):
    return np.array([one.scores for one in model.predict([split.inputs(at) for at in range(len(split))])])


def accuracy(model, split):
    labels = [split.target(at).label for at in range(len(split))]
    return np.mean(scores_of(model, split).argmax(1) == labels)


@pytest.mark.parametrize("kind", [rows.Augmented, rows.Gs])
@pytest.mark.parametrize(("make", "least"), [(reviews, 0.65), (inference, 0.9)])
def test_the_rows_learn_from_what_it_reads(folder, kind, make, least):
    model = fitted(kind, folder, make)
    assert isinstance(model._kind, Encoded)
    assert model.weights_digest == model._reader.identity.weights
    assert accuracy(model, make("test")) > least


def test_gradients_are_supervised_at_the_vector(folder):
    known = inference()
    edited = [at for at in range(len(known)) if known.target(at).role == "edited"]
    targets = [known.target(at) for at in edited]
    found = {}
    for kind in (rows.Augmented, rows.Gs):
        said = fitted(kind, folder, inference, strength="5").alignments(
            [known.inputs(at) for at in edited],
            [target.counterpart for target in targets],
            [target.changed for target in targets],
        )
        found[kind] = np.mean([value for value in said if value is not None])
    assert found[rows.Gs] > found[rows.Augmented] + 0.1


def test_two_texts_are_set_side_by_side(folder):
    reader = Reader.of(str(folder), context(folder))
    kind = Encoded.of([inference().inputs(0)], reader, {})
    first, second = reader(["a good western", "a dull one"])
    one = TextInputs("x", "a good western", "a dull one", ("a", "b"))
    wanted = np.concatenate([first, second, np.abs(first - second), first * second])
    np.testing.assert_allclose(kind.read([one])[0], wanted, atol=1e-5)
    assert kind.width == len(wanted) == 64
    assert kind.read([]) == []


def test_batches_change_nothing_but_rounding(folder, monkeypatch, tmp_path):
    model, test = fitted(rows.Augmented, folder), reviews("test")
    together = scores_of(model, test)
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "another"))
    alone = fitted(rows.Augmented, folder)
    single = np.array([alone.predict([test.inputs(at)])[0].scores for at in range(len(test))])
    np.testing.assert_allclose(together, single, atol=1e-5)


def test_a_second_fit_and_another_row_read_nothing_again(folder, monkeypatch):
    test = reviews("test")
    first = scores_of(fitted(rows.Augmented, folder), test)
    monkeypatch.setattr(encoding, "load_network", None)  # nothing can be read from here on
    np.testing.assert_array_equal(first, scores_of(fitted(rows.Augmented, folder), test))
    fitted(rows.Gs, folder)


def test_what_another_transformer_reads_is_refused(folder, tmp_path):
    other = save_reader(tmp_path / "tiny", seed=2)
    model = fitted(rows.Augmented, folder)
    kind, networks, outputs = unpacked(packed(*model._ready(), model._outputs))
    with pytest.raises(UsageError, match="no transformer"):
        kind.read([reviews().inputs(0)])
    with pytest.raises(DataError, match="another transformer"):
        kind.read_with(Reader.of(str(other), context(other)))
    with pytest.raises(DataError, match="here is none"):
        kind.read_with(None)
    kind.read_with(model._reader)
    again = rows.Augmented()
    again._kind, again._networks, again._outputs = kind, networks, outputs
    np.testing.assert_array_equal(scores_of(model, reviews("test")), scores_of(again, reviews("test")))


def test_other_weights_in_the_same_folder_are_another_fit(tmp_path):
    folder, test = tmp_path / "tiny", reviews("test")
    first = scores_of(fitted(rows.Augmented, save_reader(folder)), test)
    assert np.abs(first - scores_of(fitted(rows.Augmented, save_reader(folder, seed=2)), test)).max() > 1e-3


def test_installed_weights_know_their_transformer(folder, tmp_path, monkeypatch):
    reader = tmp_path / "reader"
    save_reader(reader)
    data = Tiny(DataContext(tmp_path, ContentCache(tmp_path / "cache")))
    job = TrainingJob(data, tmp_path / "training", seed=0, threads=1, options={"reader": str(reader)})
    path = rows.Gs.train(job)
    weights = tmp_path / "cache" / "weights"
    weights.mkdir(parents=True)
    for file in (path, path.with_suffix(".json")):
        (weights / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(
        "cfbench_models.gs.model.Supervised._learned", None
    )  # nothing may be learned from here on
    assert len(scores_of(fitted(rows.Gs, reader), reviews("test"))) == 48
    with pytest.raises(TypeError):
        fitted(rows.Gs, folder)
    save_reader(reader, seed=2)
    with pytest.raises(DataError, match="another transformer"):
        fitted(rows.Gs, reader)


def test_texts_of_another_number_are_told(folder):
    model = fitted(rows.Augmented, folder)
    with pytest.raises(UsageError, match="2 texts, not 1"):
        model.predict([TextInputs("x", "a", "b", ("negative", "positive"))])


def test_there_is_nothing_to_read_in_images(folder):
    with pytest.raises(UsageError, match="'reader' changes nothing here"):
        rows.Gs().setup(context(folder, "image-labels"))


def test_options_of_words_change_nothing(folder):
    with pytest.raises(UsageError, match="'longest' changes nothing here"):
        fitted(rows.Gs, folder, longest="32")

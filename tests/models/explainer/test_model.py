"""The model ``explainer``: alone in every batch, how likely it holds texts, and what it does with bad input."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cfbench.errors import DataError, EnvironmentLackError, UsageError  # noqa: E402
from cfbench.metrics.functional.bleu import bleu  # noqa: E402
from cfbench.models import ModelContext, SaysLikelihoods  # noqa: E402
from cfbench.tasks.explain import ExplainInputs, ExplainTask  # noqa: E402
from cfbench.text import tokens_of  # noqa: E402
from cfbench.weights.finding import find_file  # noqa: E402
from cfbench_models.explainer.model import Explain  # noqa: E402
from cfbench_models.explainer.weights import card_of, read_explainer  # noqa: E402


def edits(split, dialogues):
    """Inputs and tokens of every turn of some dialogues."""
    made = []
    for index in range(dialogues):
        record, frames = split.records[index], [split.painter.empty(), *split.frames(index)]
        for turn, text in enumerate(record.instructions):
            inputs = ExplainInputs(
                f"{record.id}-turn-{turn + 1}", frames[turn], frames[turn + 1], record.instructions[:turn]
            )
            made.append((inputs, tuple(tokens_of(text))))
    return made


@pytest.fixture
def model(trained):
    made = Explain()
    made.use(trained)
    return made


@pytest.fixture(scope="module")
def samples(blocks):
    return edits(blocks.split("val", 4), 4)


def test_answers_are_valid_and_the_same_for_any_cut(model, samples):
    assert isinstance(model, SaysLikelihoods)
    inputs, texts = [each for each, _ in samples], [text for _, text in samples]
    said, likely = model.predict(inputs), model.likelihoods(inputs, texts)
    for sample, prediction, nll, text in zip(inputs, said, likely, texts, strict=True):
        assert ExplainTask().check(sample, replace(prediction, nll=tuple(nll)))
        assert len(nll) == len(text) + 1
        assert all(math.isfinite(value) and value >= 0 for value in nll)
    assert [one for each in inputs for one in model.predict([each])] == said
    back = [model.likelihoods([inputs[at]], [texts[at]])[0] for at in reversed(range(len(inputs)))]
    assert back[::-1] == likely
    assert model.likelihoods(inputs[5:], texts[5:]) == likely[5:]


def test_unknown_words_are_read_and_counted(model, samples):
    inputs = replace(samples[4][0], instructions=("zap the frobnicator", "", *samples[4][0].instructions))
    (prediction,) = model.predict([inputs])
    assert prediction.tokens is not None
    assert model.unknown_words["frobnicator"] == 1
    nll = model.likelihoods([inputs], [("zap", "the", "frobnicator")])[0]
    assert len(nll) == 4
    assert model.likelihoods([inputs], [()])[0][0] > 0


def test_larger_images_are_looked_at_smaller_and_smaller_ones_refused(model, samples):
    sample = samples[1][0]
    doubled = replace(
        sample, before=sample.before.repeat(2, 0).repeat(2, 1), after=sample.after.repeat(2, 0).repeat(2, 1)
    )
    assert model.predict([doubled]) == model.predict([sample])
    small = np.ascontiguousarray(sample.after[::2, ::2])
    with pytest.raises(DataError):
        model.predict([replace(sample, after=small)])


def test_forty_turns_are_read(model, samples):
    long = replace(samples[1][0], instructions=("add a red cube at the center",) * 40)
    assert model.predict([long])


def test_weights_that_are_not_right_are_refused(trained, tmp_path):
    with pytest.raises(DataError, match="another data set"):
        read_explainer(trained, "codraw-mini")
    path = tmp_path / trained.name
    card_of(path).write_text(card_of(trained).read_text())
    path.write_bytes(trained.read_bytes()[:-100])
    with pytest.raises(DataError, match="damaged"):
        read_explainer(path, "iclevr-mini")
    path.write_bytes(trained.read_bytes())
    assert read_explainer(path, "iclevr-mini")[0].sha256 == digest_of(trained)
    card_of(path).write_text(card_of(trained).read_text().replace('"condition": 8', '"condition": 16'))
    with pytest.raises(DataError, match="holds no explainer"):
        read_explainer(path)
    card_of(path).write_text('{"name": "explainer"}')
    with pytest.raises(DataError, match="no card of an explainer"):
        read_explainer(path)


def digest_of(path):
    made = Explain()
    made.use(path)
    return made.weights_digest


def test_without_weights_there_is_a_line_of_what_to_do(samples):
    with pytest.raises(UsageError, match="setup was not called"):
        Explain().predict([samples[0][0]])
    context = ModelContext("explain", "nowhere-explain@1", 0, "cpu", 1, view_of="nowhere@1")
    with pytest.raises(EnvironmentLackError, match=r"explainer-nowhere\b[\s\S]*cfbench train"):
        Explain().setup(context)
    with pytest.raises(EnvironmentLackError, match="explainer-nowhere-train-50"):
        find_file("explainer", "nowhere", "train-50")


FLOORS = {"iclevr-mini": 0.45}


@pytest.mark.parametrize("dataset", FLOORS)
def test_bundled_weights_explain(blocks, dataset):
    model = Explain()
    model.setup(ModelContext("explain", f"{dataset}-explain@1", 0, "cpu", 1, view_of=f"{dataset}@1"))
    made = edits(blocks.split("test", 40), 40)
    inputs, texts = [each for each, _ in made], [text for _, text in made]
    said = [list(each.tokens) for each in model.predict(inputs)]
    assert bleu(said, [[list(text)] for text in texts], "nltk") > FLOORS[dataset]
    entropy = float(np.mean(np.concatenate(model.likelihoods(inputs[:50], texts[:50]))))
    assert entropy < 0.35
    others = float(np.mean(np.concatenate(model.likelihoods(inputs[:50], texts[50:100]))))
    assert others > 5 * entropy

"""Questions read in order: as one recurrent network reads each alone, whatever is read beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cfbench.errors import UsageError

torch = pytest.importorskip("torch")
from cfbench_models.gs.keeping import packed, unpacked  # noqa: E402
from cfbench_models.gs.kinds import Questions, kind_from  # noqa: E402
from cfbench_models.gs.learning import predicted  # noqa: E402
from cfbench_models.gs.reading import InOrder, QuestionEnsemble, reader_of  # noqa: E402
from cfbench_models.gs.recipes import BLIND, QUESTIONS  # noqa: E402
from cfbench_models.gs.words import Vocabulary  # noqa: E402

RECIPE = replace(QUESTIONS, members=3, width=5, hidden=(7,))
TEXTS = ("is the cube red", "red", "", "what color is the big cube", "is the red cube", "red")
WORDS = Vocabulary.of(TEXTS, 100, None)


@pytest.fixture
def reader():
    return InOrder(RECIPE, len(WORDS), np.random.default_rng(0))


def numbers(texts):
    return [WORDS.numbers(text) for text in texts]


def alone(reader, member, text):
    """The mean of one question's words, and what torch's own network makes of them, with the weights of one member."""
    width, tensors = RECIPE.width, reader.tensors()
    network = torch.nn.GRU(width, width)
    with torch.no_grad():
        for name, part in (("ih", "hear"), ("hh", "recall")):
            getattr(network, f"weight_{name}_l0").copy_(tensors[f"{part}.0.weight"][member].T)
            getattr(network, f"bias_{name}_l0").copy_(tensors[f"{part}.0.bias"][member, 0])
        rows = tensors["table"][WORDS.numbers(text)].view(-1, RECIPE.members, width)[:, member]
        if not len(rows):
            return np.zeros(width, np.float32)
        return (rows.mean(0).tanh() + network(rows)[1][0]).numpy()


def test_each_member_reads_as_torchs_own_network(reader):
    read = reader(numbers(TEXTS), training=False).detach().numpy()
    assert read.shape == (3, len(TEXTS), 5)
    for member in range(3):
        for place, text in enumerate(TEXTS):
            np.testing.assert_allclose(read[member, place], alone(reader, member, text), atol=1e-6)


def test_what_a_question_gives_depends_on_no_other(reader):
    together = reader(numbers(TEXTS), training=False)
    for place, text in enumerate(TEXTS):
        one = reader(numbers([text]), training=False)[:, 0]
        torch.testing.assert_close(together[:, place], one, atol=1e-6, rtol=0)
    assert not reader(numbers(["", "¿"]), training=False).any()
    other = reader(numbers([*TEXTS[:3], "big " * 40]), training=False)
    torch.testing.assert_close(together[:, :3], other[:, :3], atol=1e-6, rtol=0)


def test_gradients_of_one_question_come_from_its_words_alone(reader):
    reader(numbers(TEXTS), training=True)[:, 0].sum().backward()
    ((rows, vectors),) = reader._words._touched
    felt = {WORDS.words[row] for row, gradient in zip(rows, vectors.grad, strict=True) if gradient.any()}
    assert felt == {"is", "the", "cube", "red"}


def test_words_are_hidden_of_bags_alone():
    with pytest.raises(UsageError, match="read in order"):
        reader_of(replace(RECIPE, drop=0.3), len(WORDS), np.random.default_rng(0))


def test_order_is_read_or_not(reader):
    swapped = ("is the cube red", "is the red cube")
    one, other = reader(numbers(swapped), training=False).unbind(1)
    assert not torch.allclose(one, other, atol=1e-3)
    bags = reader_of(replace(RECIPE, ordered=False), len(WORDS), np.random.default_rng(0))
    one, other = bags([WORDS.bag(text) for text in swapped], training=False).unbind(1)
    torch.testing.assert_close(one, other)


def test_a_step_moves_the_words_that_were_read_and_both_layers(reader):
    before = {name: tensor.detach().clone() for name, tensor in reader.tensors().items()}
    reader(numbers(["is red"]), training=True).sum().backward()
    reader.step()
    moved = {name for name, tensor in reader.tensors().items() if not torch.equal(tensor, before[name])}
    assert moved == set(before)
    rows = (reader.tensors()["table"] != before["table"]).any(1)
    assert {WORDS.words[row] for row in rows.nonzero().flatten().tolist()} == {"is", "red"}


@pytest.mark.parametrize("ordered", [True, False])
def test_files_hold_either_way_and_those_without_the_option_are_of_bags(ordered):
    kind = Questions(WORDS, ["yes", "no"], replace(BLIND, members=2, width=4, ordered=ordered))
    networks = kind.networks(2, np.random.default_rng(1))
    assert isinstance(networks, QuestionEnsemble) is ordered
    other_kind, other, _ = unpacked(packed(kind, networks, 2))
    asked = [type("Asked", (), {"question": text}) for text in TEXTS]
    np.testing.assert_array_equal(
        predicted(networks, kind.read(asked)), predicted(other, other_kind.read(asked))
    )
    told = kind.to_json()
    del told["recipe"]["ordered"]
    assert kind_from(told).recipe.ordered is False

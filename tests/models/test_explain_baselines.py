"""The baselines that explain edits do what they say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import exp
from pathlib import Path

import numpy as np
import pytest
from turns import TURNS, SquaresExplain

import cfbench
from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.describe import describe, overview
from cfbench.errors import UsageError
from cfbench_models.baselines.explain import CELLS, MostCommonInstruction, NearestEdit, _in_cells

SQUARES = f"{TURNS}:Squares"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    view = SquaresExplain(DataContext(Path("none"), ContentCache(folder)))
    return view.split("train"), view.split("val"), view.split("test")


def fitted(model, data):
    model.fit(data[0], data[1], "cpu", 0)
    return model


def test_most_common_instruction_says_that_of_the_turn(data):
    train, _, test = data
    model = fitted(MostCommonInstruction(), data)
    counts = {turn: Counter() for turn in (1, 2, 3)}
    for index in range(len(train)):
        counts[train.turn(index)][train.target(index).tokens] += 1
    for index in range(len(test)):
        (said,) = model.predict([test.inputs(index)])
        of_turn = counts[test.turn(index)]
        assert of_turn[said.tokens] == max(of_turn.values())
    late = replace(test.inputs(0), instructions=("more",) * 9)
    assert counts[3][model.predict([late])[0].tokens] == max(counts[3].values())


def test_the_likelihoods_of_words_are_their_shares(data):
    train = data[0]
    model = fitted(MostCommonInstruction(), data)
    words = Counter(word for index in range(len(train)) for word in train.target(index).tokens)
    names = sorted(words)
    (nll,) = model.likelihoods([None], [(*names, "unheard-of")])
    shares = [exp(-value) for value in nll]
    assert sum(shares) == pytest.approx(1.0)
    assert shares[names.index("square")] / shares[-2] == pytest.approx(words["square"] + 1)
    assert shares[-1] / shares[-2] == pytest.approx(len(train) + 1)


def test_nearest_edit_finds_its_training_edits(data):
    train = data[0]
    model = fitted(NearestEdit(), data)
    for index in range(0, len(train), 3):
        inputs = train.inputs(index)
        change = inputs.after.astype(int) - inputs.before
        (said,) = model.predict([inputs])
        same = [
            train.target(other).tokens
            for other in range(len(train))
            if np.array_equal(train.inputs(other).after.astype(int) - train.inputs(other).before, change)
        ]
        assert said.tokens == same[0]


@pytest.mark.parametrize(("height", "width"), [(8, 8), (13, 19), (3, 3)])
def test_every_pixel_is_in_a_cell(height, width):
    before, after = np.zeros((2, height, width, 3), np.uint8)
    after[-1, -1, 2] = 9
    cells = _in_cells(before, after)
    assert cells.shape == (CELLS * CELLS * 3,)
    assert cells[-1] == 9
    assert (_in_cells(after, before) == -cells).all()


@pytest.mark.parametrize("model", [MostCommonInstruction, NearestEdit])
def test_a_data_set_without_turns_is_told_so(model):
    with pytest.raises(UsageError, match="needs the turns of an editing data set"):
        model().fit(object(), object(), "cpu", 0)


def test_they_run_and_the_oracle_is_right():
    bleu, perplexity = {}, {}
    for name in ("most-common-instruction", "nearest-edit"):
        result = cfbench.run(name, SQUARES, resamples=0)
        assert (result.task, result.complete) == ("explain", True)
        bleu[name] = result.score("bleu/bleu/all").value
        perplexity[name] = result.score("perplexity/perplexity/all").value
    oracle = cfbench.run("oracle", f"{TURNS}:SquaresExplain", resamples=0)
    assert oracle.score("bleu/bleu/all").value == 1.0
    assert oracle.score("perplexity/perplexity/all").value == 1.0
    assert 0.2 < bleu["most-common-instruction"] < bleu["nearest-edit"] <= 1.0
    assert perplexity["nearest-edit"] is None
    assert 1.0 < perplexity["most-common-instruction"] < 20


def test_what_is_said_of_them():
    rows = {row["name"]: row for row in overview("datasets")}
    assert rows["codraw"]["tasks"] == ["edit", "explain"]
    assert rows["codraw-explain"]["tasks"] == ["explain"]
    (card,) = describe("iclevr-mini")
    assert card["other tasks"] == {"explain": "iclevr-mini-explain"}
    assert describe("iclevr-mini-explain")[0]["asks this of"] == "iclevr-mini@1"
    assert describe("most-common-instruction")[0]["says likelihoods"]
    assert not describe("nearest-edit")[0]["says likelihoods"]

"""What ``--model-option`` changes of a recipe, and that nothing else is taken for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gs_splits import reviews

from cfbench.api import start_run
from cfbench.errors import UsageError
from cfbench.execution.bench import _bracketed
from cfbench.options import checked_options
from cfbench_models.gs.kinds import Texts
from cfbench_models.gs.recipes import IMAGES, OPTIONS, QUESTIONS, SENTIMENT, changed
from cfbench_models.gs.words import Bag

TRAIN, VALIDATION, TEST = reviews(), reviews("val"), reviews("test")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))


def logits(options):
    torch = pytest.importorskip("torch")
    from cfbench_models.gs.judging import of_texts
    from cfbench_models.gs.learning import learn, predicted
    from cfbench_models.gs.material import material_of
    from cfbench_models.gs.recipes import Arm

    torch.set_num_threads(1)
    data = material_of(TRAIN)
    kind = Texts.of(data.inputs, options)
    kind.recipe = replace(kind.recipe, shortest=1, epochs=10)
    networks = kind.networks(1, np.random.default_rng(0))
    checked = material_of(VALIDATION).read_by(kind.read)
    arm = Arm(relations="true")
    looks = learn(
        networks, data.read_by(kind.read), checked, arm=arm, recipe=kind.recipe, seed=0, judge=of_texts
    )
    return predicted(networks, kind.read([TEST.inputs(index) for index in range(len(TEST))])), looks


def test_each_option_is_read_as_what_the_recipe_has():
    given = {
        "strength": "4.0",
        "members": "02",
        "hidden": "50,8",
        "longest": "32",
        "drop": "0.5",
        "rate": "1e0",
    }
    canonical = checked_options(OPTIONS, given, "model", "gs")
    assert canonical == {**given, "strength": "4", "members": "2", "rate": "1"}
    recipe = changed(SENTIMENT, canonical)
    assert (recipe.strength, recipe.members, recipe.hidden) == (4.0, 2, (50, 8))
    assert (recipe.longest, recipe.drop, recipe.rate) == (32, 0.5, 1.0)
    assert changed(SENTIMENT, {}) == SENTIMENT
    assert changed(SENTIMENT, {"hidden": ""}).hidden == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strenght": "1"}, "did you mean strength"),
        ({"strength": "nan"}, "a number from 0"),
        ({"strength": "much"}, "a number from 0"),
        ({"drop": "1"}, "from 0 to 0.95"),
        ({"members": "0"}, "a whole number from 1 to 64"),
        ({"detach": "both"}, "choose one of none"),
    ],
)
def test_what_cannot_be_is_told(options, words):
    with pytest.raises(UsageError, match=words):
        checked_options(OPTIONS, options, "model", "gs")


def test_widths_and_options_of_other_networks_are_told():
    for text in ("0", "5,x", "99999"):
        with pytest.raises(UsageError, match="not a list of widths"):
            changed(SENTIMENT, {"hidden": text})
    with pytest.raises(UsageError, match="'longest' changes nothing here"):
        changed(IMAGES, {"longest": "3"})
    with pytest.raises(UsageError, match="'ordered' changes nothing here"):
        Texts.of([TEST.inputs(0)], {"ordered": "yes"})
    assert [changed(QUESTIONS, {"ordered": said}).ordered for said in ("yes", "no")] == [True, False]


def test_a_training_goes_on_as_long_as_score_or_loss_get_better():
    _, still = logits({"patience": "2", "rate": "0.0"})
    assert len(still) == 3  # the first is the best, and two are no better
    _, slow = logits({"patience": "1", "rate": "0.01"})
    first, *_, last = (look.scores for look in slow)
    assert len(slow) == 10
    assert last[1] > first[1]


def test_hidden_words_change_training_and_not_reading():
    learned, _ = logits({"drop": "0"})
    unlike, _ = logits({"drop": "0.5"})
    assert np.array_equal(logits({"drop": "0.5"})[0], unlike)
    assert not np.allclose(learned, unlike)
    torch = pytest.importorskip("torch")
    from cfbench_models.gs.networks import Words

    words = Words(changed(SENTIMENT, {"drop": "0.5"}), 9, np.random.default_rng(0))
    bags = [Bag(np.arange(9), np.full(9, 1 / 9, np.float32))]
    read, again, hidden = (words.means(bags, training=training) for training in (False, False, True))
    assert torch.equal(read, again)
    assert not torch.allclose(read, hidden)


def test_what_is_detached_changes_what_is_learned():
    both, layers, words = (logits({"detach": each})[0] for each in ("none", "difference", "gradient"))
    assert not np.allclose(both, layers)
    assert not np.allclose(both, words)
    assert not np.allclose(layers, words)


def test_a_folder_is_told_by_its_name_alone(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    assert _bracketed({"reader": str(folder), "drop": "0.5"}) == "[drop=0.5,reader=mine]"
    assert _bracketed({"reader": "publisher/name@main"}) == "[reader=publisher/name@main]"
    assert _bracketed({}) == ""


def test_a_run_with_options_bears_them_in_its_name():
    pytest.importorskip("torch")
    options = {"dataset": "reviews-mini", "metric": ("accuracy",), "limit": 4, "resamples": 0, "threads": 1}
    changes = {"members": "1", "patience": "1", "rate": "1.0"}
    run = start_run("augmented", {**options, "model_option": changes})
    assert run.result.model.name == "augmented[members=1,patience=1,rate=1]"
    assert run.folder.name.startswith("augmented-members-1-patience-1-rate-1--reviews-mini--")
    again = start_run("augmented", {**options, "model_option": {**changes, "rate": "1"}})
    assert again.result.run_id == run.result.run_id
    away = {**changes, "hidden": ""}
    assert start_run("augmented", {**options, "model_option": away}).result.model.name.startswith(
        "augmented[hidden=,members=1"
    )
    named = start_run("augmented", {**options, "model_option": changes, "name": "mine"})
    assert named.result.model.name == "mine[members=1,patience=1,rate=1]"
    with pytest.raises(UsageError, match="no option of model augmented"):
        start_run("augmented", {**options, "model_option": {"size": "1"}})
    with pytest.raises(UsageError, match="'naive-bayes' has no options"):
        start_run("naive-bayes", {**options, "model_option": {"size": "1"}})

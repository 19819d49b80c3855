"""Steps, checkpoints and what came of them."""

from __future__ import annotations

import json

import pytest
from jobs import job

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from cfbench.errors import DataError, EnvironmentLackError, UsageError  # noqa: E402
from cfbench.mock import MockVqa  # noqa: E402
from cfbench.reporter import silent  # noqa: E402
from cfbench_models.explainer.learning import Stepper  # noqa: E402
from cfbench_models.explainer.model import Explain  # noqa: E402
from cfbench_models.explainer.recipe import recipe_of  # noqa: E402
from cfbench_models.explainer.training import adopted, fresh, train  # noqa: E402
from cfbench_models.explainer.weights import read_explainer  # noqa: E402
from cfbench_models.geneva import recipe as editing  # noqa: E402
from cfbench_models.geneva.feeding import Feed  # noqa: E402
from cfbench_models.geneva.training import train as train_editor  # noqa: E402
from cfbench_models.geneva.vocabulary import Vocabulary  # noqa: E402
from cfbench_models.geneva.weights import read_editor  # noqa: E402

GROUPS = (
    "text.words", "text.sentence", "text.condition", "text.history", "text.norm", "trunk", "changed", "around", "told",
    "attention", "norm", "begun", "held", "words", "decoder", "sought", "joint", "out",
)  # fmt: skip


def turns_of(dataset, recipe, count=1):
    split = dataset.open_split("train", recipe.samples)
    vocabulary = Vocabulary.of(text for record in split.records for text in record.instructions)
    told = editing.Recipe(size=editing.Size(side=64, squeeze=4), batch=recipe.batch, unknown=recipe.unknown)
    folder = dataset.context.cache.folder
    feed = Feed(split, vocabulary, told, seed=0, device="cpu", folder=folder, reporter=silent)
    return vocabulary, list(feed.batches(0, count))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_changes_the_loss_and_every_group(blocks, precision):
    recipe = recipe_of("smoke", {"precision": precision, "rate": 0.01, "schedule": "constant", "noisy": 0.5})
    vocabulary, (turns,) = turns_of(blocks, recipe)
    learner = fresh(recipe, vocabulary, 0)
    stepper = Stepper(learner.network.train(), recipe)
    before = {name: value.clone() for name, value in learner.network.named_parameters()}
    losses = [stepper.step(turns, torch.Generator().manual_seed(0), 1.0)["cross_entropy"] for _ in range(8)]
    assert losses[-1] < losses[0]
    changed = {
        name for name, value in learner.network.named_parameters() if not torch.equal(value, before[name])
    }
    for group in GROUPS:
        assert any(name.startswith(f"{group}.") for name in changed), group


def test_images_that_two_turns_see_are_gone_through_once_and_right(blocks):
    recipe = recipe_of("smoke", {"noisy": 0.0, "precision": "fp32", "batch": 3})
    vocabulary, (turns,) = turns_of(blocks, recipe)
    network = fresh(recipe, vocabulary, 0).network.eval()
    before, after = Stepper(network, recipe)._features(turns, torch.Generator().manual_seed(0))
    assert torch.allclose(before, network.features(turns.before), atol=1e-6)
    assert torch.allclose(after, network.features(turns.after), atol=1e-6)
    noisy = Stepper(network, recipe_of("smoke", {"noisy": 0.5, "precision": "fp32", "batch": 3}))
    clean, changed = noisy._features(turns, torch.Generator().manual_seed(0))
    assert torch.allclose(clean, before, atol=1e-6)
    rows = (changed - after).abs().flatten(1).amax(1) > 1e-3
    assert 0 < int(rows.sum()) < len(turns)


def test_going_on_after_a_pause_gives_the_same_weights(blocks, trained, tmp_path):
    for calls in range(1, 5):
        path = train(job(blocks, tmp_path, minutes=0))
        assert json.loads((tmp_path / "state.json").read_text())["epoch"] == calls
    first, second = load_file(trained), load_file(path)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert "checkpoint 4 of 4" in (tmp_path / "log.txt").read_text()
    assert "true: add a" in (tmp_path / "said.txt").read_text()


def test_the_seed_decides(blocks, trained, tmp_path):
    other = load_file(train(job(blocks, tmp_path, seed=1)))
    assert any(not torch.equal(value, other[name]) for name, value in load_file(trained).items())


def test_a_folder_of_another_training_or_a_damaged_one_is_refused(blocks, tmp_path):
    train(job(blocks, tmp_path, minutes=0))
    with pytest.raises(UsageError, match="holds another training"):
        train(job(blocks, tmp_path, seed=5))
    kept = next(tmp_path.glob("epoch-*.safetensors"))
    kept.write_bytes(kept.read_bytes()[:-8])
    with pytest.raises(DataError, match="damaged"):
        train(job(blocks, tmp_path))


def test_patience_ends_a_training(blocks, tmp_path):
    train(job(blocks, tmp_path, options={"rate": 0.5, "epochs": 20, "patience": 1, "schedule": "constant"}))
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["done"]
    assert state["epoch"] == state["best"] + 1 < 40


def test_a_share_of_the_data_is_named(blocks, tmp_path):
    path = Explain.train(job(blocks, tmp_path, options={"split": "train-80"}))
    assert path.name == "explainer-iclevr-mini-train-80.safetensors"
    card, _ = read_explainer(path, "iclevr-mini")
    assert card.details["split"] == "train-80"
    assert "train-80" in card.details["identity"]["samples"]
    with pytest.raises(UsageError):
        train(job(blocks, tmp_path / "other", options={"split": "train-81"}))


def test_a_history_of_the_editor_stays_as_it_is(blocks, tmp_path):
    editor_path = train_editor(job(blocks, tmp_path / "editor", options={"checked": 2, "epochs": 1}))
    options = {"history": str(editor_path)}
    path = train(job(blocks, tmp_path / "explainer", options=options))
    card, explainer = read_explainer(path, "iclevr-mini")
    _, editor = read_editor(editor_path)
    for name, value in editor.text.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(explainer.text.state_dict()[name], value), name
    assert card.size.condition == adopted(recipe_of("smoke", options), "iclevr-mini").size.condition
    assert "GeNeVA" in card.details["history"]


def test_a_lack_of_memory_is_said_in_one_line(blocks, trained, tmp_path, monkeypatch):
    def full(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.\nmore")

    train(job(blocks, tmp_path, minutes=0))
    with monkeypatch.context() as patched:
        patched.setattr(Stepper, "step", full)
        with pytest.raises(EnvironmentLackError, match="ran out of memory"):
            train(job(blocks, tmp_path))
    path = train(job(blocks, tmp_path))
    assert path.read_bytes() == trained.read_bytes()


def test_another_data_set_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no labelled scenes"):
        Explain.train(job(MockVqa.__new__(MockVqa), tmp_path))


def test_a_loss_that_is_not_finite_ends_in_one_line(blocks, tmp_path):
    with pytest.raises(DataError, match="went astray"):
        train(job(blocks, tmp_path, options={"rate": 1e30, "schedule": "constant"}))

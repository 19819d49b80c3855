"""Steps, checkpoints and what came of them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from jobs import job

torch = pytest.importorskip("torch")

from cfbench.errors import DataError, UsageError  # noqa: E402
from cfbench.reporter import silent  # noqa: E402
from cfbench_models.geneva.feeding import Feed, as_bytes, as_cells  # noqa: E402
from cfbench_models.geneva.layout import Laid  # noqa: E402
from cfbench_models.geneva.losses import divergence, hinge, place_loss  # noqa: E402
from cfbench_models.geneva.recipe import FAULTS, recipe_of  # noqa: E402
from cfbench_models.geneva.stepping import Stepper  # noqa: E402
from cfbench_models.geneva.training import fresh, train  # noqa: E402
from cfbench_models.geneva.vocabulary import Vocabulary  # noqa: E402
from cfbench_models.geneva.weights import read_editor  # noqa: E402

SMOKE = {"patience": None, "checked": 2}
PLAIN = {
    "place": 0, "placing": 0.0, "reconstruction": 0.0, "surprise": 0.0, "naming": 0.0, "named": 0, "judged": 1.0,
    "composited": False, "sketch": 0, "circles": False, "changed": 0.0, "averaging": 0.0, "penalty_every": 1, "text_learns_from": "both",
}  # fmt: skip
"""The smoke preset without anything that the paper has not."""


def begun(dataset, options):
    recipe = recipe_of("smoke", {"precision": "fp32", **options})
    split = dataset.open_split("train", recipe.samples)
    vocabulary = Vocabulary.of(text for record in split.records for text in record.instructions)
    cache = dataset.context.cache.folder
    feed = Feed(split, vocabulary, recipe, seed=0, device="cpu", folder=cache, reporter=silent)
    networks = fresh(recipe, len(vocabulary), 24, 0)
    return feed, networks, Stepper(networks, recipe)


def stepped(feed, stepper, step):
    turns = next(feed.batches(step, 1))
    return stepper.step(turns, feed.noise(step, len(turns)), feed.judged(step, len(turns)), step, 1.0)


GROUPS = (
    "text.words", "text.sentence", "text.condition", "text.history", "text.norm", "image.conv", "image.norm",
    "generator.augmentation", "generator.fc", "generator.before", "generator.after", "generator.norm",
    "generator.conv",
)  # fmt: skip


LAYOUT = tuple(
    f"generator.layout.{part}"
    for part in ("names", "asked", "placing", "kinds", "details", "looks", "sketch")
)


@pytest.mark.parametrize(
    "options", [{}, PLAIN, {"noisy_norms": True}, {"faults": ("discriminator-teaches-text",)}]
)
def test_a_step_changes_losses_and_every_group(blocks, options):
    feed, networks, stepper = begun(blocks, options)
    before = {name: value.clone() for name, value in networks.named_parameters()}
    first = stepped(feed, stepper, 0)
    again = stepped(feed, stepper, 0)
    assert all(first[name] != again[name] for name in ("discriminator", "generator", "auxiliary"))
    changed = {name for name, value in networks.named_parameters() if not torch.equal(value, before[name])}
    groups = GROUPS + (LAYOUT if options.get("named", 1) != 0 else ())
    for group in groups:
        assert any(name.startswith((f"learning.{group}", f"network.{group}")) for name in changed), group
    # While every judgement is within the margin, true and false ones cancel out in the last bias.
    unmoved = {name for name in before if name.startswith("discriminator.")} - changed
    assert unmoved <= {"discriminator.realness.bias"}
    if networks.learning is not None:
        assert any(name.startswith("network.text") for name in changed)


def test_text_learns_from_the_discriminator_alone_as_published(blocks):
    feed, networks, stepper = begun(blocks, {**PLAIN, "faults": ("discriminator-teaches-text",)})
    turns = next(feed.batches(0, 1))
    networks.discriminator.projection[2].weight.data.zero_()
    networks.discriminator.projection[2].bias.data.zero_()
    before = {name: value.clone() for name, value in networks.editor.text.named_parameters()}
    stepper.step(turns, feed.noise(0, len(turns)), feed.judged(0, len(turns)), 0, 1.0)
    # A discriminator that does not look at the condition teaches nothing, however much the generator would.
    assert all(torch.equal(value, before[name]) for name, value in networks.editor.text.named_parameters())


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_published_fault_can_be_trained_with(blocks, fault):
    feed, networks, stepper = begun(blocks, {"faults": (fault,)})
    norm = networks.editor.text.norm.weight.clone()
    losses = stepped(feed, stepper, 0)
    assert np.isfinite(list(losses.values())).all()
    assert torch.equal(networks.editor.text.norm.weight, norm) == (fault == "fixed-output-norm")


def test_padding_counts_in_the_penalty_as_published(blocks):
    losses = []
    for faults in ((), ("padded-penalty",)):
        feed, _, stepper = begun(blocks, {"faults": faults, "penalty_every": 1})
        turns = feed.take(np.array([0, 1]))
        short = slice(0, 7)  # the second dialogue ends early
        told = turns.dialogues
        told = told._replace(
            words=told.words[short],
            lengths=told.lengths[short],
            dialogue=told.dialogue[short],
            turn=told.turn[short],
        )
        names = ("before", "after", "added", "present", "drawn", "points", "place")
        turns = replace(
            turns,
            dialogues=told,
            others=turns.others[short] % 7,
            **{name: getattr(turns, name)[short] for name in names},
        )
        losses.append(stepper.step(turns, feed.noise(0, 7), feed.judged(0, 7), 0, 1.0)["discriminator"])
    assert losses[0] != losses[1]


def test_first_columns_are_the_published_ones(blocks):
    _, networks, _ = begun(blocks, {"faults": ("first-columns",)})
    told = networks.editor.generator.after[0].norm_1.told.weight
    half = told.shape[0] // 2
    assert (told[:, :half] == 1).all()
    assert (told[:, half:] == 0).all()


def test_the_canvas_of_the_first_turn(blocks):
    feed, _, _ = begun(blocks, {})
    turns = feed.take(np.array([0, 1]))
    canvas = as_cells(blocks.painter().empty()[None], 4, "cpu")
    assert torch.equal(turns.before[[0, 5]], canvas.expand(2, -1, -1, -1))
    assert torch.equal(turns.before[1:5], turns.after[:4])
    assert turns.added.sum(1).tolist() == [1.0] * 10
    assert torch.allclose(turns.place.sum((1, 2, 3)), torch.ones(10))
    assert turns.others.tolist() == [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("squeeze", [1, 2, 4])
def test_cells_and_pixels_are_inverse(squeeze):
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    cells = as_cells(images, squeeze, "cpu")
    assert cells.shape == (2, 3 * squeeze**2, 16 // squeeze, 16 // squeeze)
    assert np.array_equal(as_bytes(cells, squeeze), images)


def test_losses_by_hand():
    ones, zeros = torch.ones(2), torch.zeros(2)
    assert hinge(ones, -ones, -ones) == 0
    assert hinge(zeros, zeros, zeros) == 2
    assert divergence(zeros, zeros) == 0
    turns, labels = torch.tensor([0, 1, 1]), torch.tensor([3, 0, 2])
    laid = Laid(zeros, zeros, turns, labels, torch.zeros(3, 256))
    drawn, points = torch.zeros(2, 5), torch.full((2, 5, 2), 0.5)
    assert place_loss(laid, drawn, points) == 0
    drawn[0, 3] = drawn[1, 2] = 1
    assert place_loss(laid, drawn, points) == pytest.approx(np.log(256))


def test_a_stopped_training_goes_on_to_the_same_weights(blocks, trained, tmp_path):
    for number in range(1, 5):
        path = train(job(blocks, tmp_path, options=SMOKE, minutes=0))
        assert (tmp_path / "log.txt").read_text().count("checkpoint") == number  # it did stop
    assert path.read_bytes() == trained.read_bytes()
    last = "epoch-004.safetensors"  # with averages, optimizer and discriminator
    assert (tmp_path / last).read_bytes() == (trained.parent / last).read_bytes()
    assert len(list((tmp_path / "samples").glob("*.png"))) == 8


def test_weights_of_falling_rates_go_before_others(trained):
    recipe = recipe_of("smoke", {})
    assert [recipe.cooled(step, 8) for step in range(1, 9)] == [False] * 6 + [True] * 2
    assert recipe_of("smoke", {"schedule": "constant"}).cooled(1, 8)
    state = json.loads((trained.parent / "state.json").read_text())
    assert state["best"] == len(state["history"]) == 4  # whatever was measured


def test_another_training_in_the_folder_is_refused(blocks, trained):
    with pytest.raises(UsageError, match="another training"):
        train(job(blocks, trained.parent, seed=1, options=SMOKE))


def test_a_damaged_checkpoint_is_told(blocks, tmp_path):
    train(job(blocks, tmp_path, options=SMOKE, minutes=0))
    (last,) = tmp_path.glob("epoch-*.safetensors")
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.raises(DataError, match="damaged"):
        train(job(blocks, tmp_path, options=SMOKE))


def test_the_card_says_what_the_weights_are(trained, blocks):
    card, editor = read_editor(trained, "iclevr-mini")
    assert card.classes == blocks.painter().classes
    assert card.details["steps"] <= 4
    assert card.details["validation"]["free-running"] is True
    assert "composited" in card.details["beside the paper"]
    assert not editor.training

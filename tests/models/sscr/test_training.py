"""What each method teaches, whom, and what becomes of a training that was stopped."""

from __future__ import annotations

import pytest
from jobs import job

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from cfbench.errors import DataError, UsageError  # noqa: E402
from cfbench.reporter import silent  # noqa: E402
from cfbench_models.explainer.weights import read_explainer  # noqa: E402
from cfbench_models.geneva.feeding import Feed  # noqa: E402
from cfbench_models.geneva.recipe import recipe_of  # noqa: E402
from cfbench_models.geneva.starting import read_networks  # noqa: E402
from cfbench_models.geneva.weights import read_beside, read_editor  # noqa: E402
from cfbench_models.sscr.interventions import Intervention  # noqa: E402
from cfbench_models.sscr.lexicon import read_lexicon  # noqa: E402
from cfbench_models.sscr.plan import METHODS, NAMES, Plan, plan_of, recipe_after  # noqa: E402
from cfbench_models.sscr.stepping import (  # noqa: E402
    ConsistentStepper,
    CounterfactualStepper,
    Moments,
    generator_parameters,
)
from cfbench_models.sscr.training import train  # noqa: E402

EXPLAINED = [method for method in METHODS if method != "none"]
COUNTERFACTUAL = ["sscr", "sscr-d"]


class Begun:
    """A training that has made no step yet."""

    def __init__(self, dataset, start, explainer, method, **options):
        self.plan, rest = plan_of(method, options)
        card, _ = read_editor(start)
        earlier = read_beside(start, card)[0]
        self.recipe = recipe_after(earlier, "smoke", {"precision": "fp32", **rest})
        card, self.networks = read_networks(start, recipe=self.recipe)
        split = dataset.open_split("train", self.recipe.samples)
        cache = dataset.context.cache.folder
        words = card.vocabulary
        self.feed = Feed(split, words, self.recipe, seed=0, device="cpu", folder=cache, reporter=silent)
        self.explainer = read_explainer(explainer)[1]
        explaining = self.networks, self.recipe, self.plan, self.explainer, 0
        if self.plan.counterfactual:
            moments = Moments(generator_parameters(self.networks))
            intervention = Intervention(read_lexicon("blocks"))
            self.stepper = CounterfactualStepper(
                *explaining, moments=moments, intervention=intervention, vocabulary=words
            )
        else:
            self.stepper = ConsistentStepper(*explaining)
        self.turns = next(self.feed.batches(0, 1))
        self.judged = self.feed.judged(0, len(self.turns))

    def step(self):
        """One whole step; its losses."""
        noise = self.feed.noise(0, len(self.turns))
        return self.stepper.step(self.turns, noise, self.judged, 0, 1.0)

    def state(self):
        """Parameters and buffers by name."""
        networks = self.networks
        parts = {"editor": networks.editor, "network": networks.network}
        parts |= {"discriminator": networks.discriminator, "posterior": networks.posterior}
        return {f"{part}.{name}": v for part, it in parts.items() for name, v in it.state_dict().items()}

    def changed_by(self, act):
        """The names of parameters and buffers that an act changes."""
        before = {name: value.clone() for name, value in self.state().items()}
        act()
        after = self.state()
        return {name for name, value in before.items() if not torch.equal(value, after[name])}


@pytest.mark.parametrize("method", EXPLAINED)
def test_a_step_changes_the_losses_and_every_part_but_the_explainer(blocks, start, explainer, method):
    begun = Begun(blocks, start, explainer, method)
    explained = {name: value.clone() for name, value in begun.explainer.state_dict().items()}
    losses = []
    changed = begun.changed_by(lambda: losses.append(begun.step()))
    losses.append(begun.step())
    named = {"discriminator", "generator", "auxiliary", "consistency"}
    named |= {"counterfactual"} if method in COUNTERFACTUAL else set()
    named |= {"doubt"} if method == "sscr-d" else set()
    assert named <= losses[0].keys()
    assert all(losses[0][name] != losses[1][name] for name in named)
    parts = ("editor.text", "editor.image", "editor.generator", "network", "discriminator", "posterior")
    for part in parts:
        assert any(name.startswith(part) for name in changed), part
    assert all(torch.equal(explained[name], value) for name, value in begun.explainer.state_dict().items())
    assert all(value.grad is None for value in begun.explainer.parameters())


@pytest.mark.parametrize("method", COUNTERFACTUAL)
def test_a_counterfactual_step_changes_the_generator_and_for_sscr_d_the_discriminator(
    blocks, start, explainer, method
):
    begun = Begun(blocks, start, explainer, method)
    changed = begun.changed_by(lambda: begun.stepper.reason(begun.turns, begun.judged, 0, 1.0))
    counted = ("running_mean", "running_var", "num_batches_tracked", "left")
    parameters = {name for name in begun.state() if not name.endswith(counted)}
    generator = {
        name for name in parameters if name.startswith("editor.") and not name.startswith("editor.text.")
    }
    judge = {name for name in parameters if name.startswith("discriminator.")}
    assert changed & generator
    assert bool(changed & judge) == (method == "sscr-d")
    assert changed & parameters <= generator | judge
    assert not any(name.startswith(("editor.text.", "network.")) for name in changed)
    assert all(value.grad is None for value in begun.networks.parameters())


@pytest.mark.parametrize("teaches", ["generator", "editor"])
def test_consistency_teaches_whom_it_is_told_to(blocks, start, explainer, teaches):
    text = []
    for weight in (0.0, 50.0):
        begun = Begun(blocks, start, explainer, "ctc", consistency_teaches=teaches, consistency=weight)
        begun.step()
        text.append(begun.networks.editor.text.state_dict())
    assert all(torch.equal(text[0][name], text[1][name]) for name in text[0]) == (teaches == "generator")


def test_a_counterfactual_step_goes_down_the_explainers_loss(blocks, start, explainer):
    begun = Begun(blocks, start, explainer, "sscr")
    losses = [begun.stepper.reason(begun.turns, begun.judged, 0, 3.0)["counterfactual"] for _ in range(12)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("method", METHODS)
def test_each_method_trains_and_says_so_in_its_card(blocks, start, explainer, method, tmp_path):
    told = None if method == "none" else explainer
    path = train(
        job(blocks, tmp_path, options={"epochs": 1, "piece": 2}), method=method, start=start, explainer=told
    )
    card, _ = read_editor(path, "iclevr-mini")
    assert path.name == f"{NAMES[method]}-iclevr-mini.safetensors"
    assert card.name == NAMES[method]
    assert card.details["method"] == method
    assert card.details["started_from"]["sha256"] == read_editor(start)[0].sha256
    assert ("explainer" in card.details) == (method != "none")
    assert ("counterfactual_rate" in card.details["plan"]) == (method in COUNTERFACTUAL)
    assert card.sha256 != read_editor(start)[0].sha256


def test_a_stopped_training_ends_with_the_weights_of_one_that_was_not(blocks, start, explainer, tmp_path):
    arguments = {"method": "sscr", "start": start, "explainer": explainer}
    two = {"piece": 2}
    whole = train(job(blocks, tmp_path / "whole", options=two), **arguments)
    stopped = tmp_path / "stopped"
    for _ in range(2):  # checkpoints
        last = train(job(blocks, stopped, options=two, minutes=0), **arguments)
    expected, found = load_file(whole), load_file(last)
    assert expected.keys() == found.keys()
    assert all(torch.equal(value, found[name]) for name, value in expected.items())


def test_another_method_is_another_training(blocks, start, explainer, tmp_path):
    arguments = {"start": start, "explainer": explainer}
    train(job(blocks, tmp_path, minutes=0), method="sscr", **arguments)
    with pytest.raises(UsageError, match="holds another training"):
        train(job(blocks, tmp_path, minutes=0), method="sscr-d", **arguments)


def test_counterfactual_turns_are_not_heard_of_later(blocks, start, explainer):
    begun = Begun(blocks, start, explainer, "sscr")
    text = begun.networks.editor.text.eval()
    dialogues = begun.turns.dialogues
    read = text.read(dialogues)
    turn = 1
    again = text.turn(
        dialogues.words[turn : turn + 1], dialogues.lengths[turn : turn + 1], read.earlier[turn : turn + 1]
    )
    assert torch.allclose(again, read.condition[turn : turn + 1], atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"consistency": -1.0}, {"counterfactual_every": 0}, {"consistency_teaches": "nobody"},
        {"plausible": "perhaps"}, {"consistency": "much"},
    ],
)  # fmt: skip
def test_options_that_teach_nothing_are_refused(options):
    with pytest.raises(UsageError):
        plan_of("sscr", options)


def test_unknown_methods_presets_and_options_are_refused(blocks, start, explainer, tmp_path):
    with pytest.raises(UsageError, match="no method 'scr'"):
        plan_of("scr", {})
    arguments = {"method": "sscr", "start": start, "explainer": explainer}
    with pytest.raises(UsageError, match="no preset 'tiny'"):
        train(job(blocks, tmp_path, preset="tiny"), **arguments)
    with pytest.raises(UsageError, match="'counterfactuals'"):
        train(job(blocks, tmp_path, options={"counterfactuals": 3}), **arguments)


def test_an_explainer_with_other_words_is_refused(blocks, start, tmp_path):
    from cfbench_models.explainer.training import train as train_explainer

    options = {"epochs": 1, "samples": 2}
    other = train_explainer(job(blocks, tmp_path / "other", options=options))
    with pytest.raises(DataError, match="other words"):
        train(job(blocks, tmp_path / "here"), method="ctc", start=start, explainer=other)


def test_a_training_goes_on_by_the_recipe_of_its_start():
    earlier = recipe_of("gpu", {"auxiliary": 7.0, "judged": 0.3})
    recipe = recipe_after(earlier, "cpu", {"epochs": 3})
    assert (recipe.auxiliary, recipe.judged, recipe.epochs) == (7.0, 0.3, 3)
    assert recipe.size == earlier.size
    assert recipe.generator_rate == earlier.generator_rate / 2


def test_plans_without_counterfactuals_do_not_tell_of_them():
    assert Plan("none").to_json() == {}
    assert Plan("ctc").to_json() == {"consistency": 1.0, "consistency_teaches": "generator"}

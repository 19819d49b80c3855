"""One step of SSCR's training: GeNeVA's with the explainer's loss beside it, then a counterfactual one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench.randomness import derived_seed, generator
from cfbench_models.geneva.feeding import noise_of
from cfbench_models.geneva.stepping import Stepper
from cfbench_models.geneva.text import dialogues_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfbench_models.explainer.network import Explainer
    from cfbench_models.geneva.editor import Noise
    from cfbench_models.geneva.feeding import Turns
    from cfbench_models.geneva.recipe import Recipe
    from cfbench_models.geneva.stepping import Moment, Networks
    from cfbench_models.geneva.vocabulary import Vocabulary
    from cfbench_models.sscr.interventions import Intervention
    from cfbench_models.sscr.plan import Plan

_KEPT = ("step", "exp_avg", "exp_avg_sq")


class Moments(nn.Module):
    """The moments of a second Adam, as buffers: kept and gone on with like weights."""

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        super().__init__()
        for number, parameter in enumerate(parameters):
            device = parameter.device
            for name, value in (
                ("step", torch.zeros((), device=device)),
                ("exp_avg", torch.zeros_like(parameter, requires_grad=False)),
                ("exp_avg_sq", torch.zeros_like(parameter, requires_grad=False)),
            ):
                self.register_buffer(f"{name}_{number}", value)

    def of(self, number: int) -> dict[str, Tensor]:
        """The moments of a parameter, by its number."""
        return {name: self.get_buffer(f"{name}_{number}") for name in _KEPT}


def generator_parameters(networks: Networks) -> list[nn.Parameter]:
    """What the paper calls G: all that leads from the history and the previous image to the next image."""
    return [value for name, value in networks.editor.named_parameters() if not name.startswith("text.")]


class ConsistentStepper(Stepper):
    """Algorithm 1: the explainer's loss of the turns that the discriminator sees is one of the generator's."""

    def __init__(
        self, networks: Networks, recipe: Recipe, plan: Plan, explainer: Explainer, seed: int
    ) -> None:
        """``explainer`` is in eval mode, and nothing of it changes."""
        super().__init__(networks, recipe)
        self._plan, self._explainer, self._seed = plan, explainer, seed

    def beside(self, moment: Moment) -> dict[str, Tensor]:
        """GeNeVA's losses and ``consistency``."""
        turns, chosen = moment.turns, moment.judged
        if self._plan.consistency_teaches == "editor":
            made = moment.edited.images[chosen]
        else:
            noise = self._noise("consistency", moment.step, len(chosen), turns.before.device)
            with self._narrow(turns):
                made = self.networks.editor.edit(
                    turns.before[chosen], moment.condition[chosen].detach(), noise
                ).images
        words, lengths = turns.dialogues.words[chosen], turns.dialogues.lengths[chosen.cpu()]
        nll = self._explained(turns, chosen, made, words, lengths)
        weight = self._plan.consistency * self.recipe.adversarial
        return {**super().beside(moment), "consistency": weight * nll}

    def _explained(
        self, turns: Turns, chosen: Tensor, made: Tensor, words: Tensor, lengths: Tensor
    ) -> Tensor:
        """How little the explainer finds these words in the images made for some turns: a sum over tokens, mean over turns."""
        explainer = self._explainer
        with torch.no_grad():
            history = explainer.history(turns.dialogues)[chosen]
        with self._narrow(turns):
            before, after = explainer.features(turns.before[chosen]), explainer.features(made)
        return explainer.spoken(explainer.look(before, after, history), words, lengths).sum(1).mean()

    def _noise(self, name: str, step: int, count: int, device: torch.device) -> Noise:
        generators = [generator(self._seed, f"{name}-noise", step, row) for row in range(count)]
        return noise_of(self.recipe.size, generators, str(device))


class CounterfactualStepper(ConsistentStepper):
    """Algorithm 2 after each step of Algorithm 1, or after some."""

    def __init__(
        self,
        networks: Networks,
        recipe: Recipe,
        plan: Plan,
        explainer: Explainer,
        seed: int,
        *,
        moments: Moments,
        intervention: Intervention,
        vocabulary: Vocabulary,
    ) -> None:
        """``moments`` are of the parameters of :func:`generator_parameters`."""
        super().__init__(networks, recipe, plan, explainer, seed)
        self._intervention, self._vocabulary = intervention, vocabulary
        self._learns = generator_parameters(networks)
        group = self.optimizer.param_groups[0]
        self._first_rate = plan.counterfactual_rate * recipe.generator_rate
        self._counterfactual = torch.optim.Adam(
            self._learns, self._first_rate, betas=group["betas"], fused=True
        )
        for number, parameter in enumerate(self._learns):
            self._counterfactual.state[parameter] = moments.of(number)

    def step(self, turns: Turns, noise: Noise, judged: Tensor, step: int, rate: float) -> dict[str, float]:
        """As GeNeVA's, and the loss ``counterfactual`` of the step that changes the generator only."""
        losses = super().step(turns, noise, judged, step, rate)
        if step % self._plan.counterfactual_every == 0:
            losses |= self.reason(turns, judged, step, rate)
        return losses

    def reason(self, turns: Turns, chosen: Tensor, step: int, rate: float) -> dict[str, float]:
        """Edit some turns by counterfactual instructions, and learn from what is said of the images.

        The history before a turn is the real one, and the turns behind it never hear of the counterfactual.
        """
        told = [turns.texts[at] for at in chosen.tolist()]
        seeds = [derived_seed(self._seed, "counterfactual", step, row) for row in range(len(told))]
        texts = [self._intervention(text, seed).text for text, seed in zip(told, seeds, strict=True)]
        dialogues = dialogues_of([[self._vocabulary.encode(text)] for text in texts])
        words = dialogues.words.to(turns.before.device)
        editor = self.networks.editor
        with torch.no_grad(), _still(editor.text):
            earlier = editor.text.read(turns.dialogues).earlier[chosen]
            condition = editor.text.turn(words, dialogues.lengths, earlier)
        noise = self._noise("counterfactual", step, len(told), turns.before.device)
        with self._narrow(turns):
            made = editor.edit(turns.before[chosen], condition, noise).images
        if self._plan.method == "sscr-d":
            losses = self._doubted(turns, chosen, made, condition)
        else:
            losses = {"counterfactual": self._explained(turns, chosen, made, words, dialogues.lengths)}
        gradients = torch.autograd.grad(losses["counterfactual"], self._learns, allow_unused=True)
        for parameter, gradient in zip(self._learns, gradients, strict=True):
            parameter.grad = gradient
        for group in self._counterfactual.param_groups:
            group["lr"] = self._first_rate * rate
        self._counterfactual.step()
        self._counterfactual.zero_grad(set_to_none=True)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _doubted(self, turns: Turns, chosen: Tensor, made: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """The discriminator learns that the images are false; the loss of the generator that made them."""
        judge = self.networks.discriminator
        with self._narrow(turns):
            earlier = judge.features(turns.before[chosen])
            edits = judge.edits(judge.features(made.detach()), earlier).float()
        false = 0.5 * F.relu(1 + judge.judge(edits, condition)).mean()
        false.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        with self._narrow(turns):
            edits = judge.edits(judge.features(made), earlier.detach()).float()
        fooled = -judge.judge(edits, condition).mean() * self.recipe.adversarial
        return {"doubt": false, "counterfactual": fooled}


@contextmanager
def _still(module: nn.Module) -> Iterator[None]:
    """Norms take their statistics as at test, and do not change them."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)

"""One step of training: the discriminator's, then the editor's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_models.geneva.discriminator import Discriminator
from cfbench_models.geneva.editor import Editor, Posterior
from cfbench_models.geneva.layout import Guide
from cfbench_models.geneva.losses import divergence, gradient_penalty, hinge, place_loss, reconstruction
from cfbench_models.geneva.sketching import NearPosterior

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfbench_models.geneva.editor import Edited, Noise
    from cfbench_models.geneva.feeding import Turns
    from cfbench_models.geneva.recipe import Recipe


class Networks(nn.Module):
    """All that is trained, and the average of the editor where one is kept."""

    def __init__(self, recipe: Recipe, words: int, classes: int) -> None:
        super().__init__()
        self.learning = Editor(recipe.size, words, classes) if recipe.averaging else None
        self.discriminator = Discriminator(recipe.size, classes)
        self.posterior: Posterior | NearPosterior | None = None
        if recipe.surprise:
            self.posterior = (NearPosterior if recipe.size.sketch else Posterior)(recipe.size)
        self.network = Editor(recipe.size, words, classes)
        """The editor that is checked and exported: the average of the one that learns, or that one itself."""

    @property
    def editor(self) -> Editor:
        """The editor that learns."""
        return self.learning or self.network


def optimizer_of(networks: Networks, recipe: Recipe) -> torch.optim.Adam:
    """One Adam with a rate for each part. A step changes only what has a gradient."""
    editor = networks.editor
    fixed = recipe.kept("fixed-output-norm")
    text = editor.text
    history = [*text.history.parameters(), *([] if fixed else text.norm.parameters())]
    sentence = [*text.sentence.parameters(), *text.words.parameters()]
    beside = [] if networks.posterior is None else list(networks.posterior.parameters())
    condition = [*text.condition.parameters(), *editor.image.parameters()]
    judge, generator = networks.discriminator.parameters(), editor.generator.parameters()
    gan = (recipe.momentum, 0.9 if recipe.momentum == 0 else 0.99)
    parts: list[tuple[Iterable[nn.Parameter], float, tuple[float, float]]] = [
        ([*generator, *beside], recipe.generator_rate, gan),
        (judge, recipe.discriminator_rate, (0.0, gan[1])),
        (history, recipe.history_rate, (0.9, 0.999)),
        (sentence, recipe.sentence_rate, (0.9, 0.999)),
        (condition, recipe.condition_rate, (0.9, 0.999)),
    ]
    groups = [
        {"params": list(parameters), "lr": rate, "first_rate": rate, "betas": betas}
        for parameters, rate, betas in parts
    ]
    return torch.optim.Adam(groups, fused=True)


class Moment(NamedTuple):
    """What is known in the middle of a step, after the discriminator's part and before the editor's."""

    turns: Turns
    edited: Edited
    """Of all turns, with gradients to the whole editor."""
    condition: Tensor
    """(turns, condition), with gradients to the text path."""
    earlier: Tensor
    """(turns, condition): the history before each turn, with gradients to the text path."""
    guided: Tensor
    """(turns,): whether a turn was edited with what its true image tells; the others are edited as at test."""
    judged: Tensor
    """The numbers of the turns that the discriminator sees; none of them is guided."""
    step: int


class Stepper:
    """Makes steps with networks and their optimizer. What learns more overrides :meth:`beside`."""

    def __init__(self, networks: Networks, recipe: Recipe) -> None:
        self.networks, self.recipe = networks, recipe
        self.optimizer = optimizer_of(networks, recipe)
        editor = networks.editor
        self._text = list(editor.text.parameters())

    def step(self, turns: Turns, noise: Noise, judged: Tensor, step: int, rate: float) -> dict[str, float]:
        """Learn from some turns; the losses by name. ``rate`` multiplies all rates.

        The turns that are judged are edited as at test. Where there is a loss of reconstruction, the others are
        guided: they are told the true place, and the noise that their true image speaks for.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = group["first_rate"] * rate
        editor, judge, recipe = self.networks.editor, self.networks.discriminator, self.recipe
        read = editor.text.read(turns.dialogues)
        condition = read.condition
        alone = recipe.kept("discriminator-teaches-text")
        taught = alone or recipe.text_learns_from == "both"
        told = condition if taught else condition.detach()
        guided = torch.full((len(turns),), recipe.reconstruction > 0, device=judged.device)
        guided[judged] = False
        with self._narrow(turns):
            noise, surprise = self._guided_noise(turns, noise, guided)
            given = condition.detach() if alone else condition
            guide = Guide(turns.drawn, turns.points, guided)
            edited = editor.edit(turns.before, given, noise, guide=guide)
        seen, made, shown = _some(turns, judged), edited.images[judged], told[judged]
        loss, earlier = self._judged(seen, made.detach(), shown, told[turns.others[judged]])
        if self._penalised(step):
            loss = loss + self._penalty(seen, shown, read.padding.detach())
        loss.backward(retain_graph=taught)  # type: ignore[no-untyped-call]
        kept = self._taken_off()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

        judge.requires_grad_(requires_grad=False)
        with self._narrow(turns):
            edits = judge.edits(judge.features(made), earlier).float()
        truth = judge.judge(edits, shown.detach()).mean()
        wanted = seen.present if recipe.kept("inconsistent-aux") else seen.added
        auxiliary = F.binary_cross_entropy_with_logits(judge.added(edits), wanted)
        losses = {
            "generator": -truth * recipe.adversarial,
            "auxiliary": auxiliary * recipe.auxiliary,
            "divergence": divergence(edited.mean, edited.spread) * recipe.divergence,
            "surprise": surprise * recipe.surprise,
            **self.beside(Moment(turns, edited, condition, read.earlier, guided, judged, step)),
        }
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        for parameter, gradient in zip(self._text, kept, strict=True):
            if gradient is not None:
                parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
        nn.utils.clip_grad_norm_(self._text, recipe.clipping)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        judge.requires_grad_(requires_grad=True)
        self._follow(step)
        values = torch.stack([loss.detach(), *(value.detach() for value in losses.values())])
        return dict(zip(("discriminator", *losses), values.tolist(), strict=True))

    def _guided_noise(self, turns: Turns, noise: Noise, guided: Tensor) -> tuple[Noise, Tensor]:
        """Noise that guided turns are told of their true image, and how much that is, mean over them."""
        posterior = self.networks.posterior
        if posterior is None:
            return noise, torch.zeros((), device=guided.device)
        changes = turns.after - turns.before
        if isinstance(posterior, NearPosterior):
            mean, spread = posterior(changes, turns.drawn, turns.points)
        else:
            mean, spread = posterior(changes, turns.place)
        told = torch.where(guided[:, None], mean + (spread / 2).exp() * noise.plain, noise.plain)
        surprise = -0.5 * (1 + spread - mean.square() - spread.exp()).sum(1)
        return noise._replace(plain=told), (surprise * guided).sum() / guided.sum().clamp_min(1)

    def beside(self, moment: Moment) -> dict[str, Tensor]:
        """The losses of the editor that are not the paper's, weighted, by name, as far as the recipe has them.

        The editor learns from their sum. A training that learns from more adds to what this returns.
        """
        turns, edited, guided = moment.turns, moment.edited, moment.guided
        recipe, losses = self.recipe, {}
        if recipe.reconstruction:
            difference = reconstruction(edited.images, turns.before, turns.after, recipe.changed)
            mean = (difference * guided).sum() / guided.sum().clamp_min(1)
            losses["reconstruction"] = recipe.reconstruction * mean
        laid = edited.laid
        if laid is not None:
            named = F.binary_cross_entropy_with_logits(laid.names, turns.drawn, reduction="none")
            losses["naming"] = recipe.naming * named.sum(1).mean()
            losses["place"] = recipe.placing * place_loss(laid, turns.drawn, turns.points)
        return losses

    def _taken_off(self) -> list[Tensor | None]:
        """The gradients of the text path, which is changed only after the editor's turn."""
        kept = [parameter.grad for parameter in self._text]
        for parameter in self._text:
            parameter.grad = None
        return kept

    def _judged(self, turns: Turns, made: Tensor, condition: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """The discriminator's loss but for the penalty, and its features of the images before."""
        judge, recipe = self.networks.discriminator, self.recipe
        with self._narrow(turns):
            earlier = judge.features(turns.before)
            true = judge.edits(judge.features(turns.after), earlier).float()
            fake = judge.edits(judge.features(made), earlier).float()
        right = judge.judge(true, condition)
        if recipe.kept("wrong-images"):
            wrong = judge.judge(true.roll(1, 0), condition)
        else:
            wrong = judge.judge(true, other)
        loss = hinge(right, wrong, judge.judge(fake, condition))
        for edits in (true, fake):
            wanted = F.binary_cross_entropy_with_logits(judge.added(edits), turns.added)
            loss = loss + recipe.auxiliary * wanted
        return loss, earlier.detach()

    def _penalised(self, step: int) -> bool:
        return self.recipe.penalty > 0 and step % self.recipe.penalty_every == 0

    def _penalty(self, turns: Turns, condition: Tensor, padding: Tensor) -> Tensor:
        """Of true images, in full precision: what is differentiated twice needs it."""
        judge, recipe = self.networks.discriminator, self.recipe
        before, after = turns.before, turns.after
        if recipe.kept("padded-penalty") and len(padding):
            gray = after.new_zeros(len(padding), *after.shape[1:])
            before, after = torch.cat([before, gray]), torch.cat([after, gray])
            condition = torch.cat([condition, padding])
        after = after.detach().requires_grad_()
        edits = judge.edits(judge.features(after), judge.features(before))
        penalty = gradient_penalty(judge.judge(edits, condition), after)
        return recipe.penalty * recipe.penalty_every * penalty

    def _narrow(self, turns: Turns) -> torch.autocast:
        """Where maps are computed: in bfloat16, if the recipe says so."""
        narrow = self.recipe.precision == "bf16"
        return torch.autocast(turns.after.device.type, torch.bfloat16, enabled=narrow)

    @torch.no_grad()
    def _follow(self, step: int) -> None:
        """Move the average a little to the editor, more in the first steps; what is counted is taken over."""
        average, editor = self.networks.network, self.networks.editor
        if average is editor:
            return
        decay = min(self.recipe.averaging, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(average.parameters()), list(editor.parameters()), 1 - decay)
        for kept, new in zip(average.buffers(), editor.buffers(), strict=True):
            kept.copy_(new)


def _some(turns: Turns, chosen: Tensor) -> Turns:
    """The images of some turns, and what is in them; the rest is of all."""
    return replace(
        turns,
        before=turns.before[chosen],
        after=turns.after[chosen],
        added=turns.added[chosen],
        present=turns.present[chosen],
    )

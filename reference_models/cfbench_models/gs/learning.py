"""The one training loop: batches of whole groups, two losses, and the best look at the validation data is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from cfbench.errors import UsageError
from cfbench.randomness import generator
from cfbench.reporter import Reporter, silent
from cfbench_models.gs.material import Material, Pairings, drawn
from cfbench_models.gs.networks import SeenPairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    import numpy.typing as npt
    from torch import Tensor

    from cfbench_models.gs.networks import Ensemble
    from cfbench_models.gs.recipes import Arm, Recipe

    Judge = Callable[[npt.NDArray[np.float64], Material], tuple[float, ...]]

READ_TOGETHER = 256  # examples, outside of training


@dataclass(frozen=True)
class Look:
    """A look at the validation data: after how many steps, and its scores, the one that chooses first."""

    step: int
    scores: tuple[float, ...]


def learn(
    ensemble: Ensemble,
    train: Material,
    validation: Material,
    *,
    arm: Arm,
    recipe: Recipe,
    seed: int,
    judge: Judge,
    reporter: Reporter = silent,
) -> list[Look]:
    """Train, and leave the ensemble as it was at its best look; every look, in order."""
    pairings = drawn(train, arm.relations, generator(seed, "gs", "relations"))
    if pairings is not None and not len(pairings):
        raise UsageError(
            "Gradients cannot be supervised here",
            "no training example has a counterfactual",
            "Use 'baseline'",
        )
    wanted = torch.from_numpy(train.wanted)
    if arm.shuffled:
        wanted = wanted[torch.from_numpy(generator(seed, "gs", "shuffled").permutation(len(wanted)))]
    lesson = _Lesson(train, wanted, pairings, recipe)
    looks: list[Look] = []
    best: tuple[tuple[float, ...], dict[str, Tensor]] | None = None
    highest: tuple[float, ...] = ()  # of each score by itself
    waited = 0
    with reporter.track("fitting", recipe.epochs) as advance:
        for step, (batch, ends_epoch) in enumerate(_batches(train, recipe, seed, edited=arm.edited), 1):
            lesson.step(ensemble, batch)
            advance(int(ends_epoch))
            if not (ends_epoch if recipe.checked_every is None else step % recipe.checked_every == 0):
                continue
            scores = judge(predicted(ensemble, validation.inputs), validation)
            looks.append(Look(step, scores))
            better = best is None or scores > best[0]
            if better:
                best = scores, ensemble.state()
            hope = recipe.hopes and any(new > old for new, old in zip(scores, highest, strict=False))
            highest = tuple(map(max, scores, highest)) if highest else scores
            waited = 0 if better or hope else waited + 1
            if waited >= recipe.patience:
                break
    if best is None:
        best = (), ensemble.state()
    ensemble.load(best[1])
    return looks


def _batches(
    train: Material, recipe: Recipe, seed: int, *, edited: bool
) -> Iterator[tuple[npt.NDArray[np.int64], bool]]:
    """The batches of all epochs, and whether each is the last of its epoch.

    An epoch is all examples once, or as often as it takes to be the recipe's ``shortest`` or longer.
    """
    size = recipe.batch if edited else recipe.batch_of_originals
    for epoch in range(recipe.epochs):
        batches: list[npt.NDArray[np.int64]] = []
        for again in count():
            names: tuple[str | int, ...] = ("gs", "epoch", epoch, again) if again else ("gs", "epoch", epoch)
            batches += train.batches(size, generator(seed, *names), edited=edited)
            if len(batches) >= recipe.shortest:
                break
        yield from ((batch, number == len(batches)) for number, batch in enumerate(batches, 1))


@dataclass(frozen=True)
class _Lesson:
    """What every step of a training learns from."""

    train: Material
    wanted: Tensor
    pairings: Pairings | None
    recipe: Recipe

    def step(self, ensemble: Ensemble, batch: npt.NDArray[np.int64]) -> None:
        """One step of every member: the sum over members of what each would go down alone."""
        here = None if self.pairings is None else self.pairings.of(np.isin(self.pairings.at, batch))
        beside = np.zeros(0, np.int64) if here is None else np.setdiff1d(here.towards, batch)
        positions = np.concatenate([batch, beside])
        seen = ensemble.represent([self.train.inputs[position] for position in positions], training=True)
        said = ensemble.logits(seen.of(slice(len(batch))))
        told = self.wanted[torch.from_numpy(batch)].expand_as(said)
        loss = functional.binary_cross_entropy_with_logits(said, told) * len(said)
        if here is not None and len(here):
            supervision = ensemble.supervision(seen, _seen_pairs(here, positions), self.recipe.detach)
            loss = loss + self.recipe.strength * len(said) * supervision
        torch.autograd.backward(loss)
        ensemble.step()


def _seen_pairs(here: Pairings, positions: npt.NDArray[np.int64]) -> SeenPairs:
    """Pairings by their places among the positions of what is seen in a step."""
    order = np.argsort(positions)
    at, towards = (
        torch.from_numpy(order[np.searchsorted(positions, numbers, sorter=order)])
        for numbers in (here.at, here.towards)
    )
    return SeenPairs(at, towards, torch.from_numpy(here.logit), torch.from_numpy(here.rises))


@torch.no_grad()
def predicted(ensemble: Ensemble, inputs: Sequence[Any]) -> npt.NDArray[np.float64]:
    """The mean logit of all members, for each example and output."""
    parts = [
        ensemble.logits(ensemble.represent(inputs[start : start + READ_TOGETHER], training=False))
        for start in range(0, len(inputs), READ_TOGETHER)
    ]
    return torch.cat(parts, 1).double().mean(0).numpy()


def aligned(
    ensemble: Ensemble,
    inputs: Sequence[Any],
    originals: Sequence[Any],
    logits: Sequence[int],
    rises: Sequence[bool],
) -> list[float | None]:
    """The mean over members of the cosine between the gradient at each input and the way to its original."""
    seen = ensemble.represent(inputs, training=False)
    here = seen.vectors.detach().requires_grad_()
    there = ensemble.represent(originals, training=False).vectors.detach()
    said = ensemble.logits(replace(seen, vectors=here))
    chosen = torch.tensor(logits).expand(len(said), -1).unsqueeze(-1)
    (gradient,) = torch.autograd.grad(said.gather(-1, chosen).sum(), here)
    way = there - here.detach()
    cosines = functional.cosine_similarity(gradient, way, dim=-1, eps=1e-12).double()
    turned = cosines * (2 * torch.tensor(rises, dtype=torch.float64) - 1)
    known = (gradient.norm(dim=-1) > 0) & (way.norm(dim=-1) > 0)
    values, sure = turned.mean(0).tolist(), known.all(0).tolist()
    return [value if some else None for value, some in zip(values, sure, strict=True)]

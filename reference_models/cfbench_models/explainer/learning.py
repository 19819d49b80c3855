"""One step of an explainer's training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_models.explainer.network import Explainer
from cfbench_models.explainer.recipe import OWN

if TYPE_CHECKING:
    from cfbench_models.explainer.recipe import Recipe
    from cfbench_models.geneva.feeding import Turns

NOISE = 0.05  # the largest standard deviation, where pixels are from -1 to 1


class Learner(nn.Module):
    """What learns; its network is what is kept."""

    def __init__(self, recipe: Recipe, words: int) -> None:
        super().__init__()
        self.network = Explainer(recipe.size, words, own_history=recipe.history == OWN)


class Stepper:
    """Makes steps with a network and its optimizer."""

    def __init__(self, network: Explainer, recipe: Recipe) -> None:
        self._network, self._recipe = network, recipe
        self._learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self._learning, recipe.rate, betas=(0.9, 0.99), weight_decay=recipe.decay, fused=True
        )

    def step(self, turns: Turns, random: torch.Generator, rate: float) -> dict[str, float]:
        """Learn from some turns; the losses by name. ``rate`` multiplies that of the recipe."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._recipe.rate * rate
        network, words, lengths = self._network, turns.dialogues.words, turns.dialogues.lengths
        history = network.history(turns.dialogues)
        narrow = self._recipe.precision == "bf16"
        with torch.autocast(turns.after.device.type, torch.bfloat16, enabled=narrow):
            seen = network.look(*self._features(turns, random), history)
        loss = network.spoken(seen, words, lengths).sum() / int((lengths + 1).sum())
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._learning, self._recipe.clipping)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {"cross_entropy": float(loss.detach())}

    def _features(self, turns: Turns, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Of the images before and after. Each true image is gone through once, though two turns see it."""
        count = len(turns)
        images = [turns.after, turns.before[:1]]  # every dialogue begins with that one
        chosen = torch.nonzero(torch.rand(count, generator=random) < self._recipe.noisy).squeeze(1)
        chosen = chosen.to(turns.after.device)
        if len(chosen):
            images.append(
                as_edited(turns.before[chosen], turns.after[chosen], self._recipe.size.squeeze, random)
            )
        features = self._network.features(torch.cat(images))
        here = torch.arange(count, device=features.device)
        before = torch.where(turns.dialogues.turn > 0, here - 1, count)
        after = here.index_put((chosen,), torch.arange(len(chosen), device=here.device) + count + 1)
        return features[before], features[after]


def as_edited(before: Tensor, after: Tensor, squeeze: int, random: torch.Generator) -> Tensor:
    """True images as an editor might make them: what is new is blurred, everything is noisy, each more or less.

    Images are cells from -1 to 1.
    """
    count, channels, height, width = before.shape
    amount = torch.rand(count, 1, 1, 1, generator=random).to(before.device)
    noise = torch.randn(before.shape, generator=random).to(before.device)
    pixels = (after - before).view(count, squeeze, squeeze, -1, height, width).permute(0, 3, 4, 1, 5, 2)
    blurred = F.avg_pool2d(
        pixels.reshape(count, -1, height * squeeze, width * squeeze), 3, 1, 1, count_include_pad=False
    )
    cells = blurred.view(count, -1, height, squeeze, width, squeeze).permute(0, 3, 5, 1, 2, 4)
    made = torch.lerp(after, before + cells.reshape(count, channels, height, width), amount)
    return (made + NOISE * amount * noise).clamp(-1, 1).contiguous(memory_format=torch.channels_last)

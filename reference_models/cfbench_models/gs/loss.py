"""Gradient supervision: a model's gradient should point from an example to its counterfactual.

Teney et al. 2020, Learning what makes a difference from counterfactual examples and gradient supervision, equation 1,
with the sign that it leaves unsaid: the gradient of a class's score points towards the one of the two that has the
class. Without it, the two ends of a pair contradict each other: in a linear model their losses add up to 2, whatever
its weights are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cfbench.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor


def gradient_supervision_loss(
    logits: Tensor,
    inputs: Tensor,
    counterfactuals: Tensor,
    labels: Tensor,
    *,
    classes: Tensor | None = None,
    signed: bool = True,
    detach_difference: bool = False,
    detach_gradient: bool = False,
) -> Tensor:
    """The mean of 1 - cos(gradient, counterfactual - input) over the examples whose counterfactual differs from them.

    Args:
        logits: Scores before sigmoid or softmax, computed from ``inputs``: one for each example, or one for each
            example and class in the last dimension.
        inputs: The representation that the gradient is taken at. Its first dimensions are those of ``labels``, all
            others are one vector. It must require gradients, or come from something that does.
        counterfactuals: The same representation of the counterfactual of each example.
        labels: Of the counterfactuals. Several classes of which one is true: its number. One class, or several of
            which any may be true (``classes``): 1 where the counterfactual has the class, else 0.
        classes: The class that changes, where several may be true.
        signed: Turn the gradient towards the counterfactual's label. Without it, equation 1 as it is printed.
        detach_difference: Take the vector between the two as given, so that only the model is moved, not what it
            sees the two as.
        detach_gradient: The other way around. With both, nothing is learned.

    Returns:
        A number from 0 to 2, with gradients of second order; 0 where no counterfactual differs.

    An example's gradient is that of its own logit, as long as no other example's logit depends on its input: in
    networks with batch statistics, take ``inputs`` behind them.
    """
    _check(logits, inputs, counterfactuals, labels, classes)
    if not torch.is_grad_enabled():
        raise UsageError(
            "Gradient supervision needs gradients", "they are switched off here", "Call it outside no_grad"
        )
    several = logits.ndim > labels.ndim
    binary = not several or classes is not None
    if several:
        chosen = (labels if classes is None else classes).long().unsqueeze(-1)
        logits = logits.gather(-1, chosen).squeeze(-1)
    (gradient,) = torch.autograd.grad(logits.sum(), inputs, create_graph=not detach_gradient)
    difference = counterfactuals - inputs
    if detach_gradient:
        gradient = gradient.detach()
    if detach_difference:
        difference = difference.detach()
    cosines, different = _cosines(gradient, difference, labels.ndim)
    return _mean_loss(_turned(cosines, labels) if signed and binary else cosines, different)


def supervision_behind_a_layer(
    logits: Tensor, heard: Tensor, *, weight: Tensor, differences: Tensor, labels: Tensor, classes: Tensor
) -> Tensor:
    """The same of networks that begin with a linear layer, where nothing learns what they see.

    A gradient at thousands of inputs is the one at the layer's few outputs times the layer's weights, so its length
    and its product with a difference are told without it: faster by far, and different by rounding alone.

    Args:
        logits: (networks, examples, classes).
        heard: (networks, examples, width), the layer's outputs, which the logits are computed from.
        weight: (networks, inputs, width), of the layer.
        differences: (examples, inputs), counterfactual - input.
        labels: (networks, examples), 1 where the counterfactual has the class that changes.
        classes: (networks, examples), that class.
    """
    chosen = logits.gather(-1, classes.long().unsqueeze(-1))
    (gradient,) = torch.autograd.grad(chosen.sum(), heard, create_graph=True)
    along = (gradient * torch.einsum("ei,niw->new", differences, weight)).sum(-1)
    squared = ((gradient @ (weight.mT @ weight)) * gradient).sum(-1)
    lengths = differences.norm(dim=-1)
    flat = squared <= 0
    cosines = along / (torch.where(flat, 1, squared).sqrt() * torch.where(lengths > 0, lengths, 1))
    cosines = torch.where(flat, 0, cosines)
    return _mean_loss(_turned(cosines, labels), (lengths > 0).expand_as(cosines))


def _turned(cosines: Tensor, labels: Tensor) -> Tensor:
    """With the sign of the counterfactual's label."""
    return cosines * (2 * labels.to(cosines.dtype) - 1)


def _mean_loss(cosines: Tensor, different: Tensor) -> Tensor:
    counted = different.to(cosines.dtype)
    return ((1 - cosines) * counted).sum() / counted.sum().clamp_min(1)


def _cosines(gradient: Tensor, difference: Tensor, dimensions: int) -> tuple[Tensor, Tensor]:
    """The cosine of each example, and whether its counterfactual differs; a zero gradient has the cosine 0."""
    gradient, difference = (each.flatten(dimensions) for each in (gradient, difference))
    lengths = difference.detach().norm(dim=-1)
    different = lengths > 0
    # where the two are equal, the length of their difference has no gradient: any other vector stands in, uncounted
    safe = torch.where(different.unsqueeze(-1), difference, torch.ones_like(difference))
    return torch.nn.functional.cosine_similarity(gradient, safe, dim=-1, eps=1e-12), different


def _check(
    logits: Tensor, inputs: Tensor, counterfactuals: Tensor, labels: Tensor, classes: Tensor | None
) -> None:
    leading = labels.shape
    if inputs.shape != counterfactuals.shape or inputs.shape[: len(leading)] != leading:
        why = f"inputs {tuple(inputs.shape)}, counterfactuals {tuple(counterfactuals.shape)}, labels {tuple(leading)}"
        raise UsageError("Inputs, counterfactuals and labels do not fit together", why)
    if logits.shape != leading and (logits.ndim != len(leading) + 1 or logits.shape[:-1] != leading):
        raise UsageError(
            "Logits and labels do not fit together", f"logits {tuple(logits.shape)}, labels {tuple(leading)}"
        )
    if inputs.ndim == len(leading):
        raise UsageError("Inputs must be vectors", f"their shape is {tuple(inputs.shape)}, like the labels'")
    if classes is not None and (classes.shape != leading or logits.shape == leading):
        raise UsageError(
            "'classes' says which of several logits changes",
            "there is one logit, or not one class an example",
        )
    if not inputs.requires_grad:
        raise UsageError(
            "Gradient supervision needs the gradient at the inputs",
            "they do not require gradients",
            "Call inputs.requires_grad_() before the logits are computed",
        )

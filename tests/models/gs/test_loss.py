"""Gradient supervision, held against what can be worked out without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cfbench.errors import UsageError

torch = pytest.importorskip("torch")
from cfbench_models.gs.loss import gradient_supervision_loss  # noqa: E402
from cfbench_models.gs.networks import FeatureEnsemble, Networks, SeenPairs  # noqa: E402
from cfbench_models.gs.recipes import IMAGES  # noqa: E402


def made(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def net(weights, inputs):
    """A small curved model of one logit."""
    first, second = weights
    return torch.tanh(inputs @ first) @ second


WEIGHTS = (made(1, 4, 5), made(2, 5))


def test_a_gradient_that_points_the_right_way_costs_nothing():
    weight = made(3, 4)
    inputs = made(4, 6, 4).requires_grad_()
    labels = torch.tensor([1, 0, 1, 0, 1, 1])
    signs = (2.0 * labels - 1).unsqueeze(1)
    loss = gradient_supervision_loss(
        inputs @ weight, inputs, (inputs + 0.3 * signs * weight).detach(), labels
    )
    assert loss.item() == pytest.approx(0, abs=1e-12)
    wrong = gradient_supervision_loss(
        inputs @ weight, inputs, (inputs + 0.3 * signs * weight).detach(), 1 - labels
    )
    assert wrong.item() == pytest.approx(2, abs=1e-12)


def test_the_value_by_finite_differences():
    inputs, others = made(5, 3, 4), made(6, 3, 4)
    labels = torch.tensor([1, 0, 1])
    step, slopes = 1e-5, torch.zeros(3, 4, dtype=torch.float64)
    for column in range(4):
        moved = torch.zeros(4, dtype=torch.float64)
        moved[column] = step
        slopes[:, column] = (net(WEIGHTS, inputs + moved) - net(WEIGHTS, inputs - moved)) / (2 * step)
    way = others - inputs
    cosines = (slopes * way).sum(1) / slopes.norm(dim=1) / way.norm(dim=1)
    expected = (1 - (2 * labels - 1) * cosines).mean()
    known = inputs.clone().requires_grad_()
    loss = gradient_supervision_loss(net(WEIGHTS, known), known, others, labels)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-8)


def test_its_gradient_is_right_to_the_second_order():
    labels = torch.tensor([1, 0])

    def loss(first, second, inputs, others):
        return gradient_supervision_loss(net((first, second), inputs), inputs, others, labels)

    given = [
        made(seed, *shape).requires_grad_()
        for seed, shape in ((7, (4, 5)), (8, (5,)), (9, (2, 4)), (10, (2, 4)))
    ]
    assert torch.autograd.gradcheck(loss, given)


def test_both_ends_of_a_pair_ask_for_the_same():
    weight = made(11, 4)
    pair = made(12, 2, 4)
    labels = torch.tensor([0, 1])  # of each one's counterfactual
    single = [
        gradient_supervision_loss((one @ weight), one, other, label)
        for one, other, label in (
            (pair[:1].clone().requires_grad_(), pair[1:], labels[:1]),
            (pair[1:].clone().requires_grad_(), pair[:1], labels[1:]),
        )
    ]
    assert single[0].item() == pytest.approx(single[1].item(), abs=1e-12)


def test_as_printed_both_ends_add_up_to_two_whatever_a_linear_model_is():
    for seed in range(5):
        weight = made(seed, 4).requires_grad_()
        pair = made(seed + 50, 2, 4).requires_grad_()
        labels = torch.tensor([0, 1])
        loss = 2 * gradient_supervision_loss(pair @ weight, pair, pair.detach()[[1, 0]], labels, signed=False)
        assert loss.item() == pytest.approx(2, abs=1e-12)
        loss.backward()
        assert weight.grad.abs().max() < 1e-12


def test_several_classes_use_the_logit_of_the_counterfactuals_label():
    weight = made(13, 4, 3)
    inputs = made(14, 3, 4).requires_grad_()
    labels = torch.tensor([2, 0, 1])
    others = (inputs + weight.T[labels]).detach()
    assert gradient_supervision_loss(inputs @ weight, inputs, others, labels).item() == pytest.approx(
        0, abs=1e-12
    )


def test_many_labels_use_the_class_that_changes_and_the_way_it_does():
    weight = made(15, 4, 6)
    inputs = made(16, 2, 4).requires_grad_()
    classes, has = torch.tensor([3, 5]), torch.tensor([0, 1])
    ways = torch.tensor([[-1.0], [1.0]], dtype=torch.float64) * weight.T[classes]
    loss = gradient_supervision_loss(inputs @ weight, inputs, (inputs + ways).detach(), has, classes=classes)
    assert loss.item() == pytest.approx(0, abs=1e-12)


def test_a_pair_of_equals_counts_nowhere_and_leaves_no_trace():
    inputs = made(17, 3, 4).requires_grad_()
    others = made(18, 3, 4)
    others[1] = inputs.detach()[1]
    others = others.requires_grad_()
    labels = torch.tensor([1, 1, 0])
    loss = gradient_supervision_loss(net(WEIGHTS, inputs), inputs, others, labels)
    chosen = torch.tensor([0, 2])
    alone = inputs.detach()[chosen].requires_grad_()
    expected = gradient_supervision_loss(net(WEIGHTS, alone), alone, others.detach()[chosen], labels[chosen])
    assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
    loss.backward()
    assert others.grad[1].abs().max() == 0
    assert torch.isfinite(inputs.grad).all()


def test_only_equals_give_zero():
    inputs = made(19, 2, 4).requires_grad_()
    loss = gradient_supervision_loss(net(WEIGHTS, inputs), inputs, inputs.detach(), torch.tensor([1, 0]))
    assert loss.item() == 0


def test_nothing_is_detached_unless_asked():
    def gradients(**options):
        weight, table = made(20, 4).requires_grad_(), made(21, 2, 4).requires_grad_()
        inputs = table * 2
        loss = gradient_supervision_loss(
            inputs @ weight, inputs, inputs[[1, 0]], torch.tensor([1, 0]), **options
        )
        found = torch.autograd.grad(loss, [weight, table], allow_unused=True)
        return [None if each is None else float(each.abs().max()) for each in found]

    assert all(value > 1e-3 for value in gradients())
    model_alone = gradients(detach_difference=True)
    assert model_alone[0] > 1e-3
    assert not model_alone[1]
    seen_alone = gradients(detach_gradient=True)
    assert seen_alone[1] > 1e-3
    assert not seen_alone[0]


def test_members_side_by_side_are_as_if_each_were_alone():
    weight = made(22, 3, 4)
    inputs, others = made(23, 3, 5, 4).requires_grad_(), made(24, 3, 5, 4)
    labels = torch.tensor([1, 0, 1, 1, 0]).expand(3, 5)
    together = gradient_supervision_loss(torch.einsum("mnd,md->mn", inputs, weight), inputs, others, labels)
    alone = []
    for member in range(3):
        one = inputs.detach()[member].requires_grad_()
        alone.append(
            gradient_supervision_loss(one @ weight[member], one, others[member], labels[member]).item()
        )
    assert together.item() == pytest.approx(sum(alone) / 3, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"counterfactuals": made(1, 2, 5)}, "do not fit together"),
        ({"logits": made(1, 3)}, "do not fit together"),
        ({"classes": torch.tensor([0, 0])}, "which of several logits"),
        ({"inputs": made(1, 2, 4)}, "require gradients"),
    ],
)
def test_what_does_not_fit_is_told(change, said):
    inputs = made(25, 2, 4).requires_grad_()
    given = {
        "logits": inputs.sum(1),
        "inputs": inputs,
        "counterfactuals": made(26, 2, 4),
        "labels": torch.tensor([1, 0]),
    }
    with pytest.raises(UsageError, match=said):
        gradient_supervision_loss(**{**given, **change})


def test_without_gradients_it_says_so():
    inputs = made(27, 2, 4).requires_grad_()
    with torch.no_grad(), pytest.raises(UsageError, match="switched off"):
        gradient_supervision_loss(inputs.sum(1), inputs, made(28, 2, 4), torch.tensor([1, 0]))


@pytest.mark.parametrize("detach", ["none", "difference", "gradient"])
@pytest.mark.parametrize("hidden", [(), (5, 4)])
def test_behind_the_first_layer_it_is_the_same_loss_with_the_same_gradients(hidden, detach):
    random = np.random.default_rng(0)
    networks = FeatureEnsemble(replace(IMAGES, members=2, hidden=hidden), 7, 3, random)
    seen = networks.represent(list(random.normal(size=(6, 7)).astype(np.float32)), training=True)
    numbers = [
        [0, 1, 2, 3, 3],
        [1, 0, 4, 5, 3],
        [0, 2, 1, 1, 0],
    ]  # the last points to itself, and does not count
    at, towards, classes = map(torch.tensor, numbers)
    pairs = SeenPairs(at, towards, classes, torch.tensor([True, False, True, True, False]))
    found = []
    for way in (Networks.supervision, FeatureEnsemble.supervision):
        loss = way(networks, seen, pairs, detach)
        loss.backward()
        found.append(
            [loss.detach(), *(one.grad for one in networks.tensors().values() if one.grad is not None)]
        )
        for one in networks.tensors().values():
            one.grad = None
    assert 0.1 < float(found[0][0]) < 1.9
    assert len(found[0]) == len(found[1])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_behind_a_layer_a_gradient_that_is_zero_has_the_cosine_zero_and_teaches_nothing():
    random = np.random.default_rng(0)
    networks = FeatureEnsemble(replace(IMAGES, members=1, hidden=(4,)), 7, 1, random)
    dead = networks.tensors()
    with torch.no_grad():
        dead["0.bias"] -= 100
    seen = networks.represent(list(random.normal(size=(2, 7)).astype(np.float32)), training=True)
    pairs = SeenPairs(*(torch.tensor([one]) for one in (0, 1, 0, True)))
    loss = networks.supervision(seen, pairs, "none")
    assert float(loss.detach()) == 1
    loss.backward()
    assert all(one.grad is None or not one.grad.any() for one in dead.values())

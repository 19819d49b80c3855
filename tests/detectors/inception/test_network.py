"""Our network is torch-fidelity's, stage by stage, with the same weights."""

import pytest
from inception_weights import STAGES, batch, fidelity, furthest, pictures

torch = pytest.importorskip("torch")
from cfbench.errors import DataError  # noqa: E402
from cfbench_detectors.inception.network import SIDE, Inception  # noqa: E402

BLOCKS = [f"Mixed_{name}" for name in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c")]
STEM = ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "MaxPool_1", "Conv2d_3b_1x1", "Conv2d_4a_3x3"]


def seen(network, names, run):
    """What the layers of these names give while the network runs."""
    found, layers = {}, {name.rpartition(".")[2]: layer for name, layer in network.named_modules()}
    hooks = [
        layers[name].register_forward_hook(lambda _, __, out, name=name: found.update({name: out}))
        for name in names
    ]
    with torch.inference_mode():
        output = run()
    for hook in hooks:
        hook.remove()
    return found, output


def test_every_layer_is_that_of_torch_fidelity(state):
    images = batch(pictures(2, SIDE, SIDE))
    theirs, mine = fidelity(STAGES, state), Inception(state)
    names = [*STEM, "MaxPool_2", *BLOCKS]
    wanted, stages = seen(theirs, names, lambda: theirs(images))
    found, output = seen(mine, names, lambda: mine((images.float() - 128) / 128))
    assert list(found) == names
    for name in names:
        assert found[name].shape == wanted[name].shape
        assert furthest(found[name], wanted[name]) < 5e-6, name
    assert furthest(output.pooled, stages[3]) < 5e-6
    assert furthest(output.logits, stages[4]) < 5e-6
    assert stages[3].max() > 1
    assert furthest(stages[3][0], stages[3][1]) > 0.05, "the pictures look alike to it: the test says little"


def test_the_last_block_pools_by_maximum(state):
    """With the mean in its place, as torchvision has it, features are others: the equality above says something."""
    images = (batch(pictures(1, SIDE, SIDE)).float() - 128) / 128
    mine = Inception(state)
    pool = mine.blocks.Mixed_7c.branches[-1]
    with torch.inference_mode():
        wanted = mine(images).pooled
        pool[0] = torch.nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        assert furthest(mine(images).pooled, wanted) > 1e-2


def without(state, key):
    return {name: value for name, value in state.items() if name != key}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: without(state, "Mixed_6c.branch7x7_2.bn.bias"), "'Mixed_6c.branch7x7_2.bn.bias' is missing"),
        (lambda state: state | {"AuxLogits.fc.bias": torch.zeros(3)}, "'AuxLogits.fc.bias' is no part"),
        (lambda state: state | {"fc.weight": torch.zeros(1000, 2048)}, "'fc.weight' is not a floating-point"),
        (lambda state: state | {"fc.bias": torch.zeros(1008, dtype=torch.int64)}, "'fc.bias' is not a floating"),
        (lambda state: state | {"fc.bias": torch.full((1008,), torch.nan)}, "'fc.bias' has values that are not"),
        (lambda state: state | {"Conv2d_1a_3x3.bn.running_var": torch.full((32,), -1.0)}, "negative values"),
    ],
)  # fmt: skip
def test_weights_of_another_network_are_refused(state, change, words):
    with pytest.raises(DataError, match=words):
        Inception(change(state))

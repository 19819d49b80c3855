"""What is added and where: names, places, and the maps that tell of them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from cfbench_models.geneva.blocks import begin  # noqa: E402
from cfbench_models.geneva.layout import Guide, Layout  # noqa: E402
from cfbench_models.geneva.placing import middle_cells  # noqa: E402
from cfbench_models.geneva.recipe import PRESETS  # noqa: E402

SIZE = PRESETS["smoke"].size
CLASSES, TURNS = 7, 16  # as many turns as are edited at once


@pytest.fixture
def layout():
    made = Layout(SIZE, CLASSES)
    begin(made, torch.Generator().manual_seed(1))
    return made


@pytest.fixture
def given():
    random = torch.Generator().manual_seed(2)
    features = torch.randn(TURNS, SIZE.features[-1], 16, 16, generator=random)
    condition = torch.randn(TURNS, SIZE.condition, generator=random)
    places, looks = torch.rand(TURNS, 3, generator=random), torch.randn(TURNS, SIZE.noise, generator=random)
    return features, condition, places, looks


def guide(*, guided):
    drawn = torch.zeros(TURNS, CLASSES)
    drawn[0, 2] = drawn[0, 5] = drawn[3, 1] = 1
    points = torch.linspace(0, 1, TURNS * CLASSES * 2).view(TURNS, CLASSES, 2)
    return Guide(drawn, points, torch.full((TURNS,), guided))


def test_a_condition_that_names_nothing_lays_out_nothing(layout, given):
    with torch.no_grad():
        layout.names.bias.fill_(-100)
    laid = layout.eval()(*given, temperature=1.0)
    assert (laid.maps == 0).all()
    assert (laid.sketch == 0).all()
    assert laid.places.shape == (0, 256)
    assert (layout.train()(*given, temperature=1.0).maps == 0).all()


def test_no_bit_depends_on_the_other_turns(layout, given):
    layout.eval()
    together = layout(*given, temperature=0.1)
    assert len(together.turns) > 2 * TURNS  # more than one piece
    with torch.no_grad():
        others = [each.clone() for each in given]
        others[1][1:] *= -1  # other names for the other turns
    apart = layout(*others, temperature=0.1)
    assert not torch.equal(apart.maps[1:], together.maps[1:])
    assert torch.equal(apart.maps[0], together.maps[0])
    assert torch.equal(apart.sketch[0], together.sketch[0])
    backwards = layout(*(each.flip(0) for each in given), temperature=0.1)
    assert torch.equal(backwards.maps.flip(0), together.maps)
    assert torch.equal(backwards.sketch.flip(0), together.sketch)


def test_guided_turns_are_told_what_is_true_and_where(layout, given):
    told = guide(guided=True)
    laid = layout(*given, told, temperature=1.0)
    assert (laid.maps[[1, 2, 4]] == 0).all()
    (x, y) = told.points[3, 1]
    there = middle_cells(x[None], y[None])[0] > 0
    assert torch.equal((laid.maps[3] != 0).any(0), there)
    asked = set(zip(laid.turns.tolist(), laid.labels.tolist(), strict=True))
    assert asked >= {(0, 2), (0, 5), (3, 1)}


def test_other_turns_look_for_true_places_but_use_their_own_names(layout, given):
    with torch.no_grad():
        layout.names.bias.fill_(-100)
    laid = layout(*given, guide(guided=False), temperature=1.0)
    assert (laid.maps == 0).all()
    assert len(laid.turns) == 3


def test_the_maps_teach_names_and_places(layout, given):
    laid = layout(*given, temperature=1.0)
    random = torch.Generator().manual_seed(3)
    sum(
        (maps * torch.randn(maps.shape, generator=random)).sum() for maps in (laid.maps, laid.sketch)
    ).backward()
    for part in (
        layout.names.weight,
        layout.placing.logits.weight,
        layout.kinds.weight,
        layout.asked.weight,
        layout.looks.weight,
        layout.sketch.linear_1.weight,
    ):
        assert part.grad is not None
        assert (part.grad != 0).any()


def test_the_classes_of_a_turn_get_other_places_by_the_same_noise(layout, given):
    with torch.no_grad():
        layout.names.bias.fill_(100)
        layout.placing.logits.weight.zero_()  # every cell alike
        layout.details.weight.zero_()
        layout.looks.weight.zero_()
        layout.looks.bias.zero_()
    layout.eval()
    where = []
    for label in range(CLASSES):
        layout.kinds.weight.data.zero_()
        layout.kinds.weight.data[label] = 1
        where.append(int(layout(*given, temperature=1.0).maps[0, 0].argmax()))
    assert len(set(where)) == CLASSES

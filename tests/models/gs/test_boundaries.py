"""Figure 3's toy: what each way of learning makes of it, and that a reversed sign cannot go unseen."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from cfbench.errors import UsageError
from cfbench.reproduction import Settings, reproduce
from cfbench.reproduction.panels import Mark, Panel, Panels, boundary, places

torch = pytest.importorskip("torch")
from cfbench_models.gs.reproduction import toy  # noqa: E402
from cfbench_models.gs.reproduction.boundaries import Figure3  # noqa: E402
from cfbench_models.gs.reproduction.toy import Way, ends, judged, learned, points, supervision  # noqa: E402

RIGHT, REVERSED, WITHOUT = Way("gs", strength=1), Way("reversed", strength=-1), Way("none", edited=False)


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(toy, "STEPS", 150)


@pytest.fixture(scope="module")
def train():
    return points(0, "train", 40, 8)


@pytest.fixture(scope="module")
def test():
    return points(0, "test", 200, 200)


def linear(way, train):
    """The weights of the cause and of the cue."""
    network = learned(way, (), 0, train)
    return network, network.parameters[0].detach().flatten().tolist()


def test_an_edit_turns_the_cause_and_leaves_the_cue(train):
    signs = 2 * train.labels - 1
    assert (signs * train.originals[:, 0] > 0).all()
    assert (train.edits[:, 0] == -train.originals[:8, 0]).all()
    assert np.abs(train.edits[:, 1] - train.originals[:8, 1]).max() < 0.5
    assert (train.labels_of_edits == 1 - train.labels[:8]).all()


def test_with_the_sign_reversed_the_linear_boundary_and_the_loss_show_it(train, test):
    network, (cause, cue) = linear(RIGHT, train)
    turned, (cause_turned, _) = linear(REVERSED, train)
    assert cause > abs(cue)
    assert cause_turned < 0
    assert judged(network, test).edits > judged(turned, test).edits + 0.4
    assert judged(turned, test).edits < 0.1
    assert judged(turned, test).loss > judged(network, test).loss + 0.1
    held_out = ends(test)
    right, wrong = (float(supervision(each, *held_out).detach()) for each in (network, turned))
    assert right < 0.2
    assert wrong > 1.8
    # by the sign that it was told, its loss is as small
    assert float(supervision(turned, *held_out, strength=-1).detach()) == pytest.approx(2 - wrong, abs=1e-5)


def test_pairs_teach_the_network_the_cause(train, test):
    alone, supervised = (judged(learned(way, (8,), 0, train), test) for way in (WITHOUT, RIGHT))
    assert alone.originals == pytest.approx(1, abs=0.02)
    assert alone.edits < 0.3
    assert supervised.edits > alone.edits + 0.4
    assert supervised.cosine > alone.cosine


def test_the_same_seed_is_the_same_again(train):
    first, second = (linear(RIGHT, train)[1] for _ in range(2))
    assert first == second
    assert not np.array_equal(points(1, "train", 40, 8).originals, train.originals)


def test_the_figure_needs_no_data_set(monkeypatch, tmp_path):
    monkeypatch.setattr(toy, "STEPS", 5)
    outcome = reproduce("gs/fig3", Settings(seeds=(3,), threads=1))
    assert {cell.method for cell in outcome.cells} == {
        f"{model}, {way}"
        for model in ("network", "linear model")
        for way in ("without edited", "with edited", "+ GS", "+ GS, sign reversed")
    }
    assert all(cell.seeds == (3,) and cell.value is not None for cell in outcome.cells)
    names = {path.name for path in outcome.write(tmp_path / "out")}
    assert {"gs-fig3--toy.md", "gs-fig3--toy--boundaries.svg", "gs-fig3--toy--boundaries.png"} <= names
    with pytest.raises(UsageError, match="no data set"):
        reproduce("gs/fig3", Settings(dataset="mock"))
    assert Figure3.datasets == ()


def test_a_boundary_lies_where_the_values_are_at_the_level():
    across = np.add.outer(np.zeros(6), np.arange(6.0))
    ((*path,),) = boundary(across, 2.25)
    assert {x for x, _ in path} == {2.25}
    assert sorted(y for _, y in path) == [0, 1, 2, 3, 4, 5]
    rows, columns = np.mgrid[:21, :21]
    (ring,) = boundary(np.hypot(rows - 10, columns - 10), 6.0)
    assert ring[0] == ring[-1]
    assert all(abs(np.hypot(x - 10, y - 10) - 6) < 0.1 for x, y in ring)
    assert boundary(np.zeros((4, 4)), 1) == []
    saddle = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert len(boundary(saddle, 0.5)) == 2


def test_panels_say_what_they_show_and_leave_out_points_beyond_them():
    said = (places(1)[..., 0] > 0).astype(float)
    marks = (Mark(0.5, 0, True, "inside"), Mark(5, 0, True, "beyond"))
    panel = Panel("half", said, marks, (((0, 0), (0.5, 0)),), ("right 100 %",))
    figure = Panels("A & b", (("models", (panel,)),), 1, ((0, -1), (0, 1)), ("a", "b"), "edit").figure("x")
    root = ET.fromstring(figure.svg)
    told = [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "inside" in told
    assert "beyond" not in told
    assert root.find("{http://www.w3.org/2000/svg}desc").text == "models, half: right 100 %."
    assert figure.png.startswith(b"\x89PNG")

"""The protocols of RelSim as a metric: where the truth is from, and which relations count."""

import numpy as np
import pytest
from told import Told, metric_of, rows_of, sample

from cfbench.metrics.functional import edge_accuracy, relsim
from cfbench.metrics.relsim import RelSim
from cfbench.tasks.edit import Placement

THERE = [1.0, 1.0, 1.0]
ROW = [[0.1, 0.2], [0.6, 0.4], [0.8, 0.9]]


def score(detector, samples, protocol=None):
    metric = metric_of(RelSim, detector, protocol)
    return metric.score(rows_of(metric, samples))


def test_a_missing_object():
    """Two of three found, in place: the paper's also loses their edges, 2 of 3 on each axis."""
    detector = Told({0: ([1.0, 0.0, 1.0], ROW), 1: (THERE, ROW)})
    samples = [sample("a", 0, 1)]
    assert score(detector, samples) == pytest.approx({"relsim": 2 / 3, "edge_accuracy": 1.0})
    assert score(detector, samples, "paper") == pytest.approx({"relsim": 2 / 9, "edge_accuracy": 1 / 3})


def test_the_centre_counts_as_published_and_not_for_the_paper():
    """All three moved by half the image: every relation with the centre but one is another."""
    moved = [[x + 0.45, y + 0.45] for x, y in ROW]
    detector = Told({0: (THERE, moved), 1: (THERE, ROW)})
    crossed = 3  # x of the first; y of the first and the second
    expected = 1 - crossed / 18
    assert score(detector, [sample("a", 0, 1)])["relsim"] == pytest.approx(expected)
    assert score(detector, [sample("a", 0, 1)], "paper")["relsim"] == 1.0


def test_edge_accuracy_is_of_the_images_with_something_in_common():
    detector = Told({0: (THERE, ROW), 1: ([0.0, 0.0, 0.0], ROW)})
    samples = [sample("a", 0, 0), sample("b", 1, 0), sample("c", 0, 1), sample("d", 1, 1)]
    for protocol in ("geneva", "paper"):
        rows = rows_of(metric_of(RelSim, detector, protocol), samples)
        assert rows.samples("edge_accuracy") == 1
        assert score(detector, samples, protocol) == {"relsim": 0.25, "edge_accuracy": 1.0}
    assert score(detector, samples[1:]) == {"relsim": 0.0, "edge_accuracy": None}


@pytest.mark.parametrize("coordinates", [2, 3])
def test_labels_are_places_of_the_data_set(coordinates):
    """Two coordinates: x and y. Three: x and depth, where y may be anything."""
    objects = (Placement(0, 0.2, 0.3, 1.0), Placement(2, 0.7, 0.6, 0.0))
    seen = {2: [[0.1, 0.9], [0, 0], [0.9, 0.1]], 3: [[0.1, 0.9, 0.8], [0, 0, 0], [0.9, 0.1, 0.2]]}
    detector = Told({0: ([1, 0, 1], seen[coordinates])})
    expected = 0.5 if coordinates == 2 else 1.0  # y is upside down, depth is right
    assert score(detector, [sample("a", 0, 1, objects=objects)], "labels")["relsim"] == expected


def test_of_several_objects_of_a_class_the_last_is_where_it_is():
    objects = (Placement(0, 0.1, 0.1, 0.0), Placement(0, 0.9, 0.9, 0.0))
    detector = Told({0: ([1], [[0.8, 0.8]])})
    assert score(detector, [sample("a", 0, 1, objects=objects)], "labels")["relsim"] == 1.0


@pytest.mark.parametrize("protocol", ["geneva", "paper"])
def test_rows_are_the_functions_values(protocol):
    random = np.random.default_rng(0)
    probabilities = random.random((80, 6)).astype(np.float32)
    places = random.integers(0, 5, (80, 6, 3)) / 4
    detector = Told(dict(enumerate(zip(probabilities, places, strict=True))))
    rows = rows_of(metric_of(RelSim, detector, protocol), [sample(f"{i:03d}", i, i + 40) for i in range(40)])
    images = probabilities[:40] > 0.5, probabilities[40:] > 0.5, places[:40], places[40:]
    expected = relsim(*images, protocol=protocol)
    np.testing.assert_array_equal(rows.columns["relsim"], expected)
    accuracy = edge_accuracy(*images)
    if protocol == "paper":
        recall = (images[0] & images[1]).sum(axis=1) / images[1].sum(axis=1)
        accuracy = np.where(recall > 0, expected / np.where(recall > 0, recall, 1), np.nan)
    np.testing.assert_allclose(rows.columns["edge_accuracy"], accuracy, atol=1e-15)


def test_a_mirrored_image():
    """x mirrored, nothing at the centre: all relations of x are wrong, all of y right."""
    mirrored = [[1 - x, y] for x, y in ROW]
    detector = Told({0: (THERE, mirrored), 1: (THERE, ROW)})
    for protocol in ("geneva", "paper"):
        assert score(detector, [sample("a", 0, 1)], protocol)["relsim"] == 0.5

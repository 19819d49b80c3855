"""How fast objects and their relations are scored. No speed fails."""

import numpy as np
import pytest
from beside import beside

from cfbench.metrics.functional.objects import object_scores
from cfbench.metrics.functional.relsim import relsim

PAIRS, CLASSES, COMMON = 10_000, 58, 6
LOOPED = 500  # of the pairs, for the loop


def scenes():
    """Pairs with six objects in common and one more in each image; x, y and depth as a localizer gives them."""
    random = np.random.default_rng(0)
    det, gt = np.zeros((2, PAIRS, CLASSES), bool)
    classes = random.permuted(np.tile(np.arange(CLASSES), (PAIRS, 1)), axis=1)[:, : COMMON + 2]
    np.put_along_axis(det, classes[:, :-1], True, axis=1)
    np.put_along_axis(gt, np.delete(classes, COMMON, axis=1), True, axis=1)
    return det, gt, *random.random((2, PAIRS, CLASSES, 3), dtype=np.float32)


def one_pair(det, gt, det_coords, gt_coords):
    """Scores and RelSim of one pair as plain code computes them: a graph for each image, relation by relation."""
    objects = [index for index in range(len(det)) if det[index] and gt[index]]

    def relation(first, second):
        return 1 if first > second else -1 if first < second else 0

    def graph(coords):
        return [
            [
                [relation(coords[i][axis], 0.5 if i == j else coords[j][axis]) for j in objects]
                for i in objects
            ]
            for axis in (0, 2)
        ]

    equal = np.count_nonzero(np.array(graph(det_coords)) == np.array(graph(gt_coords)))
    found, detected, true = len(objects), det.sum(), gt.sum()
    f1, jaccard = 2 * found / (detected + true), found / (detected + true - found)
    return found / detected, found / true, f1, jaccard, found / true * equal / (2 * found**2)


@pytest.mark.parametrize("protocol", ["geneva", "paper"])
def test_pairs(benchmark, protocol):
    """Object scores and RelSim together, beside a plain loop over pairs."""
    everything = scenes()

    def score():
        return object_scores(*everything[:2]), relsim(*everything, protocol)

    def loop():
        return [one_pair(*pair) for pair in zip(*(array[:LOOPED] for array in everything), strict=True)]

    answers = beside(
        benchmark,
        f"objects + relsim ({protocol}), 10,000 pairs, 58 classes, 6 in common",
        score,
        {"a loop over pairs": loop},
        targets={"a loop over pairs": 50},
        parts={"a loop over pairs": LOOPED / PAIRS},
        rounds=5,
        note="the published code takes 3.3 ms a pair, 33 s for these",
    )
    objects, relations = answers["cfbench"]
    *_, jaccard, looped_relations = np.transpose(answers["a loop over pairs"])
    assert objects["recall"] == pytest.approx(COMMON / (COMMON + 1))
    assert objects["jaccard"] == pytest.approx(jaccard.mean())  # every pair has the same sizes
    if protocol == "geneva":
        np.testing.assert_allclose(relations[:LOOPED], looped_relations, rtol=1e-12)

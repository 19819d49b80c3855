"""How fast average precision is beside scikit-learn and torchmetrics, and a bootstrap of it beside a loop."""

import numpy as np
import pytest
from beside import beside

from cfbench.metrics.functional.average_precision import RankedScores, average_precision

SAMPLES, CLASSES = 20_000, 80
RESAMPLED = 10_000


def detections(samples):
    """Scores of a fair classifier in float32; one label in twenty-five is positive."""
    random = np.random.default_rng(0)
    labels = random.random((samples, CLASSES)) < 0.04
    return (random.random((samples, CLASSES)) + 0.3 * labels).astype(np.float32), labels


def test_average_precision_beside_others(benchmark):
    sklearn = pytest.importorskip("sklearn.metrics")
    torch = pytest.importorskip("torch")
    classification = pytest.importorskip("torchmetrics.functional.classification")
    scores, labels = detections(500 if benchmark.disabled else SAMPLES)
    tensors = torch.from_numpy(scores), torch.from_numpy(labels.astype(np.int64))
    others = {
        "scikit-learn": lambda: np.array(
            [sklearn.average_precision_score(labels[:, c], scores[:, c]) for c in range(CLASSES)]
        ),
        "torchmetrics": lambda: classification.multilabel_average_precision(
            *tensors, CLASSES, average=None
        ).numpy(),
    }
    answers = beside(
        benchmark,
        "average precision, 20,000 × 80",
        lambda: average_precision(scores, labels, "step"),
        others,
        targets={"scikit-learn": 4, "torchmetrics": 10},
        rounds=7,
    )
    np.testing.assert_allclose(answers["cfbench"], answers["scikit-learn"], rtol=1e-12)
    np.testing.assert_allclose(answers["cfbench"], answers["torchmetrics"], rtol=1e-4)


@pytest.mark.parametrize("interpolation", ["all-point", "11-point", "step"])
def test_average_precision(benchmark, interpolation):
    scores, labels = detections(SAMPLES)
    values = benchmark.pedantic(average_precision, (scores, labels, interpolation), rounds=3, warmup_rounds=1)
    assert ((values > 0.04) & (values < 1)).all()


def test_a_bootstrap_of_average_precision_beside_a_loop(benchmark):
    """A tenth of the resamples: the loop takes half a minute for all of them."""
    scores, labels = detections(RESAMPLED)
    resamples = 3 if benchmark.disabled else 100
    draws = np.random.default_rng(0).integers(0, RESAMPLED, (resamples, RESAMPLED))
    weights = np.array([np.bincount(draw, minlength=RESAMPLED) for draw in draws])
    answers = beside(
        benchmark,
        "100 bootstrap resamples of average precision, 10,000 × 80",
        lambda: RankedScores(scores, labels).average_precision(weights),
        {"a loop over resamples": lambda: [average_precision(scores[d], labels[d]) for d in draws]},
        rounds=1,
        note="the loop calls the function of the first line, which is fast itself",
    )
    np.testing.assert_allclose(answers["cfbench"], answers["a loop over resamples"], rtol=1e-12)

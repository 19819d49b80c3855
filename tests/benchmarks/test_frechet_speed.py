"""How fast the Fréchet distance of features is beside its peers. No speed fails.

Each peer's own statistics and distance, on the same float32 features of 2048 dimensions in one process. ``exact`` is
the distance by QR and singular values alone, without the shortcuts of either.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from beside import beside

from cfbench.metrics.functional import StreamingMoments, frechet_distance

DIMENSIONS = 2048


def sets(count, dimensions):
    """Features whose covariances have eigenvalues 1/k, as SPEC-images 1.4 takes them, mixed by a rotation."""
    random = np.random.default_rng(0)
    roots = np.arange(1, dimensions + 1) ** -0.5
    flips = random.choice([-1.0, 1.0], dimensions)
    found = []
    for stretch, shift in ((1.0, 0.0), (1.1, 0.1)):
        rows = random.standard_normal((count, dimensions)) * roots * stretch + shift * roots
        # a reflection of full rank: no feature is a principal axis
        rows -= 2 / dimensions * np.outer(rows @ flips, flips)
        found.append(rows.astype(np.float32))
    return found


def exact(x, y):
    """Without a Gram matrix or an eigenvalue."""
    factors, terms = [], 0.0
    for rows in (x.astype(np.float64), y.astype(np.float64)):
        centred = (rows - rows.mean(axis=0)) / np.sqrt(len(rows) - 1)
        terms += np.square(centred).sum()
        factors.append(np.linalg.qr(centred, mode="r") if len(rows) > rows.shape[1] else centred)
    shift = np.square(x.astype(np.float64).mean(axis=0) - y.astype(np.float64).mean(axis=0)).sum()
    return terms + shift - 2 * np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()


def torch_fidelity(x, y):
    torch = pytest.importorskip("torch")
    module = pytest.importorskip("torch_fidelity.metric_fid")
    both = [module.fid_features_to_statistics(torch.from_numpy(rows)) for rows in (x, y)]
    return module.fid_statistics_to_metric(*both, verbose=False)["frechet_inception_distance"]


def torchmetrics(x, y):
    torch = pytest.importorskip("torch")
    image = pytest.importorskip("torchmetrics.image.fid")

    class Given(torch.nn.Module):
        num_features = x.shape[1]

        def forward(self, features):
            return features

    metric = image.FrechetInceptionDistance(feature=Given())
    metric.update(torch.from_numpy(x), real=True)
    metric.update(torch.from_numpy(y), real=False)
    return float(metric.compute())


def pytorch_fid(x, y):
    module = pytest.importorskip("pytorch_fid.fid_score")
    moments = [part for rows in (x, y) for part in (np.mean(rows, axis=0), np.cov(rows, rowvar=False))]
    with redirect_stdout(io.StringIO()):
        return float(module.calculate_frechet_distance(*moments))


PEERS = {"torch-fidelity": torch_fidelity, "torchmetrics": torchmetrics, "pytorch-fid": pytorch_fid}
TARGETS = {5: 1000, 1_000: 20, 10_000: 3}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("count", TARGETS)
def test_distance_beside_the_packages(benchmark, count):
    dimensions = 32 if benchmark.disabled else DIMENSIONS
    x, y = sets(min(count, 40) if benchmark.disabled else count, dimensions)
    wanted = exact(x, y)
    values = {name: peer(x, y) for name, peer in PEERS.items()}
    errors = ", ".join(f"{name} {abs(value - wanted) / wanted:.0e}" for name, value in values.items())
    ours = abs(frechet_distance(x, y) - wanted) / wanted
    assert ours < 1e-10
    answers = beside(
        benchmark,
        f"Fréchet distance of {count:,} and {count:,} samples, {dimensions} dimensions",
        lambda: frechet_distance(x, y),
        {name: lambda peer=peer: peer(x, y) for name, peer in PEERS.items()},
        targets=dict.fromkeys(PEERS, TARGETS[count]),
        rounds=1 if count > 5 else 5,
        note=f"relative error {ours:.0e}; of the packages {errors}",
    )
    for name in PEERS:
        assert answers[name] == pytest.approx(answers["cfbench"], rel=0.05)


@pytest.mark.slow
def test_streaming_beside_a_product(benchmark):
    """8,192 rows of moments are a symmetric product: half the operations of this one, and all of its float64."""
    count, dimensions = (64, 32) if benchmark.disabled else (8192, DIMENSIONS)
    rows = sets(count, dimensions)[0]
    doubled = rows.astype(np.float64)

    def ours():
        moments = StreamingMoments()
        moments.update(rows)
        return moments

    beside(
        benchmark,
        f"streaming moments of {count:,} rows of {dimensions}",
        ours,
        {"numpy's product of the same rows": lambda: doubled.T @ doubled},
    )

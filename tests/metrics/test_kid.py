"""KID as a metric."""

from __future__ import annotations

import numpy as np
import pytest
from image_sets import image, in_shards, pair, pairs, pixels, seen
from judged import evidence_of, score

from cfbench.errors import DataError, UsageError
from cfbench.metrics import Evidence
from cfbench.metrics import kid as module
from cfbench.metrics.functional import kernel_distance, kernel_distance_subsets
from cfbench.metrics.functional.set_null import kernel_permutation
from cfbench.metrics.kid import NULL_SEED, PERMUTATIONS, Kid


@pytest.mark.parametrize(("protocol", "estimator"), [(None, "unbiased"), ("biased", "biased"), ("u", "u")])
def test_every_number_is_the_functional_one(protocol, estimator: str) -> None:
    scored = pairs(14)
    x, y = pixels(scored)
    found = score(seen(Kid, protocol), scored)
    assert found["kid"] == pytest.approx(kernel_distance(x, y, estimator), rel=1e-12)
    null = kernel_permutation(x, y, PERMUTATIONS, NULL_SEED)
    assert (found["null_mean"], found["p_value"]) == pytest.approx((null.mean, null.p_value), rel=1e-12)
    assert found["kid_std"] is None


def test_order_and_cuts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SUBSET_SIZE", 6)
    scored = pairs(23)
    shuffled = [scored[i] for i in np.random.default_rng(0).permutation(23)]
    for protocol in ("native", "subsets"):
        metric = seen(Kid, protocol)
        whole = score(metric, scored)
        assert metric.score(in_shards(metric, shuffled, [3, 9])) == whole


def test_subsets_are_the_published_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SUBSET_SIZE", 6)
    scored = pairs(20)
    for protocol, factor in (("subsets", 1), ("torch-subsets", 2)):
        x, y = (factor * values for values in pixels(scored))
        found = score(seen(Kid, protocol), scored)
        assert (found["kid"], found["kid_std"]) == pytest.approx(
            kernel_distance_subsets(x, y, 100, 6, 2020), rel=1e-6
        )
        assert (found["null_mean"], found["p_value"]) == (None, None)


def test_a_subset_larger_than_the_sample_is_null_and_said() -> None:
    for protocol, instead in (("subsets", "native"), ("torch-subsets", "torch")):
        metric = seen(Kid, protocol)
        rows = evidence_of(metric, pairs(5))
        assert set(metric.score(rows).values()) == {None}
        said = metric.remarks(rows)
        assert said == [
            "a subset of 1000 is larger than the sample of 5, so there is no value; "
            f"protocol '{instead}' takes all samples"
        ]


def test_vectors_through_evidence(vectors) -> None:
    """Features in float32: to 1e-5 of the kernel values within."""
    inputs, cases = vectors.inputs("image/kid"), vectors.expected("image/kid")["cases"]
    compared = 0
    for name, case in cases.items():
        x, y = (inputs[f"{name}__{side}"].astype(np.float32) for side in "XY")
        if len(x) != len(y):
            continue
        compared += 1
        ids = np.array([f"{i:05d}" for i in range(len(x))], dtype=object)
        rows = Evidence.of({"sample": ids, "reference": x, "made": y, "group": ids})
        scale = 1 + float(np.abs(kernel_distance(x, np.zeros_like(x), "biased")))
        assert seen(Kid).score(rows)["kid"] == pytest.approx(kernel_distance(x, y), abs=1e-12)
        assert seen(Kid).score(rows)["kid"] == pytest.approx(
            kernel_distance(inputs[f"{name}__X"], inputs[f"{name}__Y"]), abs=1e-5 * scale
        ), case
    assert compared


def test_equal_constant_and_few() -> None:
    equal = [pair(f"s{i}", image(str(i)), image(str(i))) for i in range(8)]
    assert score(seen(Kid, "u"), equal)["kid"] == pytest.approx(0, abs=1e-12)
    unbiased = score(seen(Kid), equal)
    assert unbiased["kid"] < 0
    assert unbiased["p_value"] == 1
    constant = [pair(f"s{i}", image("a"), image("a")) for i in range(4)]
    assert score(seen(Kid), constant)["kid"] == pytest.approx(0, abs=1e-12)
    metric = seen(Kid)
    one = evidence_of(metric, pairs(1))
    assert set(metric.score(one).values()) == {None}
    assert metric.remarks(one) == ["1 sample(s): a set needs at least two"]


def test_weights_and_resizing() -> None:
    metric = seen(Kid)
    rows = evidence_of(metric, pairs(7))
    weights = np.array([2, 1, 0, 1, 1, 1, 1], dtype=float)
    repeated = Evidence.of({name: values[[0, 0, 1, 3, 4, 5, 6]] for name, values in rows.columns.items()})
    assert metric.score(Evidence(rows.columns, weights)) == metric.score(repeated)
    with pytest.raises(DataError, match="whole numbers"):
        metric.score(Evidence(rows.columns, weights / 2))
    for protocol in ("clean", "clean-subsets"):
        with pytest.raises(UsageError, match="does not resize by 'clean'"):
            seen(Kid, protocol).evidence(pairs(2))


def test_the_null_is_left_out_where_it_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 5)
    metric = seen(Kid)
    rows = evidence_of(metric, pairs(6))
    assert metric.score(rows)["p_value"] is None
    assert metric.remarks(rows) == ["the null takes up to 5 samples, there are 6"]

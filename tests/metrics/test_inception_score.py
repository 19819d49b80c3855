"""Inception score as a metric."""

from __future__ import annotations

import numpy as np
import pytest
from image_sets import PixelFeatures, image, in_shards, pair, pairs, pixels, seen
from judged import evidence_of, score

from cfbench.errors import DataError, UsageError
from cfbench.metrics import Evidence
from cfbench.metrics.functional import inception_score
from cfbench.metrics.inception_score import InceptionScore

SPLIT = [("ten-splits", "floor"), ("ten-chunks", "chunk")]


def test_every_number_is_the_functional_one() -> None:
    scored = pairs(33)
    logits = 5 * pixels(scored)[1][:, :4]
    found = score(seen(InceptionScore), scored)
    assert found == {
        "inception_score": pytest.approx(inception_score(logits)[0], rel=1e-12),
        "inception_score_std": None,
    }
    for protocol, rule in SPLIT:
        mean, deviation = inception_score(logits, 10, rule=rule, shuffle_seed=2020)
        found = score(seen(InceptionScore, protocol), scored)
        assert found == {
            "inception_score": pytest.approx(mean, rel=1e-12),
            "inception_score_std": pytest.approx(deviation, rel=1e-12),
        }


@pytest.mark.parametrize("protocol", ["native", "ten-splits", "ten-chunks"])
def test_order_and_cuts_change_nothing(protocol: str) -> None:
    metric, scored = seen(InceptionScore, protocol), pairs(23)
    whole = score(metric, scored)
    shuffled = [scored[i] for i in np.random.default_rng(0).permutation(23)]
    assert metric.score(in_shards(metric, shuffled, [3, 9])) == whole


def test_vectors_through_evidence(vectors) -> None:
    """The published ten splits, from logits in float32."""
    inputs, cases = (
        vectors.inputs("image/inception_score"),
        vectors.expected("image/inception_score")["cases"],
    )
    for name, case in cases.items():
        logits = inputs[name].astype(np.float32)
        ids = np.array([f"{i:05d}" for i in range(len(logits))], dtype=object)
        rows = Evidence.of({"sample": ids, "logits": logits, "group": ids})
        published = case["splits10"]["torch_fidelity_shuffle_seed2020"]
        assert seen(InceptionScore, "ten-splits").score(rows) == {
            "inception_score": pytest.approx(published["inception_score_mean"], rel=1e-5),
            "inception_score_std": pytest.approx(published["inception_score_std"], rel=1e-4, abs=1e-6),
        }, name


def test_without_classes_there_is_no_score() -> None:
    metric = seen(InceptionScore, extractor=PixelFeatures(classifies=False))
    rows = evidence_of(metric, pairs(5))
    assert set(metric.score(rows).values()) == {None}
    assert metric.remarks(rows) == ["the extractor gives no classes, so there is no score"]


def test_few_samples_and_equal_ones() -> None:
    metric = seen(InceptionScore)
    one = evidence_of(metric, pairs(1))
    assert set(metric.score(one).values()) == {None}
    assert metric.remarks(one) == ["1 sample(s): a set needs at least two"]
    split = seen(InceptionScore, "ten-splits")
    rows = evidence_of(split, pairs(9))
    assert set(split.score(rows).values()) == {None}
    assert split.remarks(rows) == ["9 samples do not make 10 splits; protocol 'native' takes them in one"]
    equal = [pair(f"s{i}", image(str(i)), image("m")) for i in range(6)]
    assert score(metric, equal)["inception_score"] == pytest.approx(1)
    assert metric.remarks(evidence_of(metric, equal)) == []


def test_weights_and_resizing() -> None:
    metric = seen(InceptionScore)
    rows = evidence_of(metric, pairs(4))
    repeated = Evidence.of({name: values[[0, 0, 2, 3]] for name, values in rows.columns.items()})
    assert metric.score(Evidence(rows.columns, np.array([2.0, 0, 1, 1]))) == metric.score(repeated)
    with pytest.raises(DataError, match="whole numbers"):
        metric.score(Evidence(rows.columns, np.full(4, 0.5)))
    assert score(seen(InceptionScore, "torch"), pairs(4)) != score(metric, pairs(4))
    for protocol in ("tf1", "tf1-ten-splits", "tf1-ten-chunks"):
        with pytest.raises(UsageError, match="does not resize by 'tf1'"):
            seen(InceptionScore, protocol).evidence(pairs(2))

"""FID as a metric: the functional value of the features that a run kept, whatever its order and cuts."""

from __future__ import annotations

import numpy as np
import pytest
from image_sets import BlindFeatures, PixelFeatures, image, in_shards, pair, pairs, pixels, seen
from judged import complete, evidence_of, score

from cfbench.errors import DataError, UsageError
from cfbench.execution.remembering import Remembering
from cfbench.metrics import Evidence, Scored
from cfbench.metrics.fid import MOST_PAIRS, NULL_SEED, PERMUTATIONS, Fid
from cfbench.metrics.functional import frechet_distance, frechet_permutation
from cfbench.metrics.inception_score import InceptionScore
from cfbench.metrics.kid import Kid
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget
from cfbench.tasks.visual_cf import VisualInputs, VisualPrediction, VisualTarget


def test_every_number_is_the_functional_one() -> None:
    scored = pairs(15, groups_of=5)
    x, y = pixels(scored)
    terms = frechet_distance(x, y, return_terms=True)
    found = score(seen(Fid), scored)
    expected = {
        "fid": terms.value,
        "mean_term": terms.mean_term,
        "trace_reference": terms.trace_x,
        "trace_made": terms.trace_y,
        "trace_sqrt": terms.trace_sqrt,
        "rank": 12,
        "reliable": 1,
        "unbiased_mean_shift": terms.unbiased_mean_shift,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    null = frechet_permutation(x, y, PERMUTATIONS, NULL_SEED)
    assert (found["null_mean"], found["p_value"]) == pytest.approx((null.mean, null.p_value), rel=1e-12)
    groups = [frechet_distance(x[i : i + 5], y[i : i + 5]) for i in (0, 5, 10)]
    assert found["group_mean"] == pytest.approx(np.mean(groups), rel=1e-12)
    assert seen(Fid).remarks(evidence_of(seen(Fid), scored)) == []


def test_the_vectors_through_evidence(vectors) -> None:
    """Features as evidence keeps them, in float32: to 1e-5 of the variance (float32 holds 6e-8 of each)."""
    inputs, cases = vectors.inputs("image/fid"), vectors.expected("image/fid")["cases"]
    for name, case in cases.items():
        if case["n"] != case["m"]:
            continue
        rows = Evidence.of(
            {
                "sample": np.array([f"{i:05d}" for i in range(case["n"])], dtype=object),
                "reference": inputs[f"{name}__X"].astype(np.float32),
                "made": inputs[f"{name}__Y"].astype(np.float32),
                "group": np.arange(case["n"]).astype(str).astype(object),
            }
        )
        found = seen(Fid).score(rows)
        reference = case["reference_nuclear_float64"]
        size = reference["mean_term"] + reference["tr1"] + reference["tr2"]
        assert found["fid"] == pytest.approx(case["fid"], abs=1e-5 * size), name
        assert found["group_mean"] is None


def test_order_and_cuts_change_nothing() -> None:
    metric, scored = seen(Fid), pairs(23, groups_of=4)
    whole = score(metric, scored)
    for cuts in ([5], [1, 2, 20]):
        assert metric.score(in_shards(metric, scored, cuts)) == whole
    shuffled = [scored[i] for i in np.random.default_rng(0).permutation(23)]
    assert metric.score(in_shards(metric, shuffled, [7])) == whole


def test_a_weight_is_a_repetition_and_halves_are_refused() -> None:
    metric, scored = seen(Fid), pairs(9)
    rows = evidence_of(metric, scored)
    weights = np.array([1, 2, 0, 1, 1, 3, 1, 0, 1], dtype=float)
    twice = [one for one, times in zip(range(9), weights.astype(int), strict=True) for _ in range(times)]
    repeated = Evidence.of({name: values[twice] for name, values in rows.columns.items()})
    assert metric.score(Evidence(rows.columns, weights)) == metric.score(repeated)
    with pytest.raises(DataError, match="whole numbers"):
        metric.score(Evidence(rows.columns, weights / 2))


@pytest.mark.parametrize(("kind", "tolerance"), [(np.float16, 2e-3), (np.float32, 1e-6), (np.float64, 1e-6)])
def test_narrow_features(kind, tolerance: float) -> None:
    """Relative to the total variance: 0.05 % is what float16 holds."""
    scored = pairs(30)
    exact = score(seen(Fid), scored)
    found = score(seen(Fid, extractor=PixelFeatures(kind=kind)), scored)
    assert found["fid"] == pytest.approx(exact["fid"], abs=tolerance * exact["trace_made"])


def test_equal_and_nearly_equal_sets() -> None:
    equal = score(seen(Fid), [pair(f"s{i}", image(str(i)), image(str(i))) for i in range(8)])
    assert equal["fid"] == pytest.approx(0, abs=1e-12)
    assert (equal["mean_term"], equal["p_value"]) == (0, 1)
    near = []
    for index in range(8):
        changed = image(str(index)).copy()
        changed[0, 0, 0] ^= 1
        near.append(pair(f"s{index}", image(str(index)), changed))
    found = score(seen(Fid), near)
    assert 0 < found["fid"] < 1e-4
    assert found["rank"] == 7


def test_constant_images_and_a_shared_original() -> None:
    """Of one repeated original the value is |difference of means|^2 + the variance of what was made."""
    metric, scored = seen(Fid), pairs(5, groups_of=5, shared=True)
    found = score(metric, scored)
    x, y = (values.astype(np.float64) for values in pixels(scored))
    by_hand = np.square(x[0] - y.mean(0)).sum() + y.var(axis=0, ddof=1).sum()
    assert found["fid"] == pytest.approx(by_hand, rel=1e-12)
    assert (found["trace_reference"], found["rank"]) == (0, 0)
    assert found["group_mean"] == pytest.approx(found["fid"], rel=1e-12)
    said = metric.remarks(evidence_of(metric, scored))
    assert "5 samples have 1 different reference images" in said[0]
    assert "5 and 5 samples in 12 dimensions" in said[1]
    constant = score(metric, [pair(f"s{i}", image("a"), image("b")) for i in range(4)])
    assert constant["fid"] == pytest.approx(constant["mean_term"])


def test_a_shared_original_is_looked_at_once() -> None:
    extractor = PixelFeatures()
    complete(seen(Fid, extractor=extractor), pairs(10, groups_of=5, shared=True))
    assert extractor.looked == 12


def test_other_metrics_and_other_models_cost_no_second_look() -> None:
    extractor = PixelFeatures()
    remembering, scored = Remembering(extractor, {}, None), pairs(10)
    for metric in (Fid, Kid, InceptionScore):
        seen(metric, extractor=remembering).evidence(scored)
    assert extractor.looked == 20
    others = [pair(one.id, one.prediction.original, image(f"other {one.id}")) for one in scored]
    seen(Fid, extractor=remembering).evidence(others)
    assert extractor.looked == 30


def test_too_few_and_too_many() -> None:
    metric = seen(Fid)
    one = evidence_of(metric, pairs(1))
    assert set(metric.score(one).values()) == {None}
    assert metric.remarks(one) == ["1 sample(s): a set needs at least two"]
    nobody = Evidence(one.columns, np.zeros(1))
    assert set(metric.score(nobody).values()) == {None}
    many = evidence_of(metric, pairs(MOST_PAIRS + 1))
    found = metric.score(many)
    assert (found["null_mean"], found["p_value"]) == (None, None)
    assert found["fid"] is not None
    assert "the null takes up to" in metric.remarks(many)[0]
    as_many_as_it_takes = many.where(np.arange(len(many)) < MOST_PAIRS)
    assert metric.score(as_many_as_it_takes)["null_mean"] is not None
    assert metric.remarks(as_many_as_it_takes) == []


def test_resizing_is_by_protocol() -> None:
    scored = pairs(6)
    assert score(seen(Fid, "torch"), scored)["fid"] == pytest.approx(4 * score(seen(Fid), scored)["fid"])
    assert "proto:torch|ext:pixels@1" in seen(Fid, "torch").signature(6)
    with pytest.raises(UsageError, match=r"does not resize by 'clean'.*it has torch"):
        seen(Fid, "clean").evidence(scored)
    with pytest.raises(UsageError, match="no protocol of metric fid 'torhc': did you mean torch"):
        seen(Fid, "torhc")


def test_nan_features_are_refused() -> None:
    with pytest.raises(DataError, match="not finite"):
        seen(Fid, extractor=BlindFeatures()).evidence(pairs(3))


def test_every_task_shows_its_pair() -> None:
    a, b, c = image("a"), image("b"), image("c")
    edits = [
        Scored(n, EditInputs(n, c, ("x", "y")), EditTarget((c, b), ((), ())), EditPrediction((c, a)))
        for n in "pq"
    ]
    visual = [
        Scored(n, VisualInputs(n, b, "?", "no"), VisualTarget((), "", "", "i"), VisualPrediction(a))
        for n in "pq"
    ]
    for scored, group in ((edits, "p"), (visual, "i")):
        row = seen(Fid).evidence(scored)[0]
        assert row["group"] == group
        np.testing.assert_array_equal(row["reference"], (b.ravel() / 255).astype(np.float32))
        np.testing.assert_array_equal(row["made"], (a.ravel() / 255).astype(np.float32))

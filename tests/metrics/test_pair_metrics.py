"""The metrics of image pairs, beside the functions that they stand on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_samples import evidence_of, metric_of, rows_of, samples

from cfbench.errors import DataError, UsageError
from cfbench.metrics import Evidence, NamedDetector
from cfbench.metrics._pairs import weighted_medians
from cfbench.metrics.cld import Cld
from cfbench.metrics.clip import ClipDirectional, ClipScore
from cfbench.metrics.functional import cld, clip_directional, clip_score, perceptual_distance
from cfbench.mock import MockClip, MockLatents, MockLayers, MockLearnedLayers
from cfbench.statistics import paired_bootstrap, paired_permutation
from cfbench.tasks.pair_cf import PairPrediction

PAIRS = samples("pair-cf", "oracle")


def numbers(name: str, protocol: str, scored: Any, task: str = "pair-cf") -> dict[str, float | None]:
    metric = metric_of(name, protocol, task)
    return metric.score(evidence_of(metric, scored))


def embedded(scored: Any) -> dict[str, Any]:
    clip = MockClip()
    return {
        "image_o": clip.embed_images([one.prediction.original for one in scored]),
        "image_c": clip.embed_images([one.prediction.image for one in scored]),
        "text_o": clip.embed_texts([one.inputs.caption for one in scored]).values,
        "text_c": clip.embed_texts([one.prediction.caption for one in scored]).values,
    }


def still(one: Any) -> Any:
    """The sample with nothing changed: neither direction is defined."""
    original = one.prediction.original
    return replace(one, prediction=PairPrediction(one.inputs.caption, original, original))


@pytest.mark.parametrize("protocol", ["normalised", "raw"])
def test_directional_similarity_is_the_function_and_counts_what_is_undefined(protocol: str) -> None:
    scored = [*PAIRS[:5], still(PAIRS[5])]
    wanted = clip_directional(**embedded(scored), normalise=protocol == "normalised")
    found = numbers("clip-directional", protocol, scored)
    assert np.isnan(wanted).sum() == 1
    assert found["clip_directional"] == pytest.approx(np.nanmean(wanted), abs=1e-12)
    assert found["median"] == pytest.approx(np.nanmedian(wanted), abs=1e-12)
    assert found["undefined"] == pytest.approx(1 / 6)
    assert numbers("clip-directional", protocol, [still(PAIRS[0])])["clip_directional"] is None


def test_an_edit_against_its_caption_is_negative() -> None:
    turned = [
        replace(
            one,
            inputs=replace(one.inputs, caption=one.prediction.caption),
            prediction=replace(one.prediction, caption=one.inputs.caption),
        )
        for one in PAIRS
    ]
    found = numbers("clip-directional", "normalised", turned)
    assert found["clip_directional"] == pytest.approx(-1.0, abs=1e-6)
    assert found["share_negative"] == 1.0
    assert found["share_at_least_0.2"] == 0.0


@pytest.mark.parametrize("protocol", ["per-pair", "torchmetrics", "logits"])
def test_clip_score_is_the_function(protocol: str) -> None:
    arrays = embedded(PAIRS)
    scale = MockClip().logit_scale
    found = numbers("clip-score", protocol, PAIRS)
    for name, side in (("clip_score", "c"), ("original", "o")):
        wanted = clip_score(arrays[f"image_{side}"], arrays[f"text_{side}"], protocol, logit_scale=scale)
        assert found[name] == pytest.approx(wanted.mean(), rel=1e-12)


class Against(MockClip):
    """Every image against every caption, but for a few."""

    def embed_images(self, images: Any) -> Any:
        return np.array([[1.0, -0.1 if image.mean() < 128 else 0.3] for image in images], np.float32)

    def embed_texts(self, texts: Any) -> Any:
        self.heard = list(texts)
        answer = super().embed_texts(texts)
        return replace(answer, values=np.tile(np.float32([0.0, 1.0]), (len(texts), 1)))


def test_clamping_before_and_after_the_mean_differ() -> None:
    network = NamedDetector("against", Against(), None, None)
    dark, light = (np.full((8, 8, 3), shade, np.uint8) for shade in (0, 255))
    scored = [
        replace(one, prediction=PairPrediction("a word", image, image))
        for one, image in zip(PAIRS, [dark, dark, dark, dark, light], strict=False)
    ]
    scores = {}
    for protocol in ("per-pair", "torchmetrics", "hessel"):
        metric = ClipScore(protocol, {"image-text": network})
        scores[protocol] = metric.score(evidence_of(metric, scored))["clip_score"]
    low, high = -0.1 / np.hypot(1, 0.1), 0.3 / np.hypot(1, 0.3)
    assert scores["per-pair"] == pytest.approx(100 * high / 5, rel=1e-6)
    assert scores["torchmetrics"] == pytest.approx(max(0.0, 100 * (4 * low + high) / 5), abs=1e-5)
    assert scores["hessel"] == pytest.approx(2.5 * high / 5, rel=1e-6)
    assert network.detector.heard[0].startswith("A photo depicts ")


def test_captions_that_had_to_be_cut_are_counted() -> None:
    long = [replace(one, prediction=replace(one.prediction, caption="red " * 100)) for one in PAIRS[:2]]
    metric = metric_of("clip-score", "per-pair", "pair-cf")
    columns = evidence_of(metric, long).columns
    assert columns["truncated"].tolist() == [1.0, 1.0]
    short = [replace(one, inputs=replace(one.inputs, caption="a square")) for one in long[:1]]
    for name, protocol in (
        ("clip-score", "per-pair"),
        ("clip-directional", "raw"),
    ):  # one of the two captions is enough
        assert numbers(name, protocol, short)["truncated"] == 1.0


def test_shares_of_directions_are_of_defined_pairs_and_0_is_not_negative() -> None:
    values = np.array([-0.5, 0.0, 0.2, 0.3, np.nan])
    ids = np.array(list("abcde"), dtype=object)
    rows = Evidence.of({"sample": ids, "clip_directional": values, "truncated": np.zeros(5)})
    found = ClipDirectional().score(rows)
    counted = {name: ClipDirectional().samples_of(name, rows) for name in found}
    assert counted == dict.fromkeys(found, 4) | {"undefined": 5, "truncated": 5}
    assert found["share_negative"] == pytest.approx(1 / 4)
    assert found["share_at_least_0.2"] == pytest.approx(2 / 4)
    assert found["undefined"] == pytest.approx(1 / 5)


def test_distances_by_layers_are_the_function() -> None:
    before = [one.prediction.original for one in PAIRS]
    after = [one.prediction.image for one in PAIRS]
    plain, learned = MockLayers(), MockLearnedLayers()
    wanted = perceptual_distance(plain.layers(before), plain.layers(after)).mean()
    assert numbers("perceptual", "unweighted", PAIRS)["distance"] == pytest.approx(wanted, rel=1e-12)
    for epsilon in ("lpips", "torchmetrics"):
        layers = learned.layers(before), learned.layers(after)
        wanted = perceptual_distance(*layers, learned.head, epsilon=epsilon).mean()
        assert numbers("lpips", epsilon, PAIRS)["lpips"] == pytest.approx(wanted, rel=1e-12)


def test_minimality_scales_bytes_to_one() -> None:
    one = PAIRS[0]
    black = np.zeros((4, 5, 3), np.uint8)
    white = [replace(one, prediction=PairPrediction("x", black, black + 255))]
    assert numbers("minimality", "norm", white) == pytest.approx({"l1": 60.0, "l2": np.sqrt(60)})
    assert numbers("minimality", "mean", white) == pytest.approx({"l1": 1.0, "l2": 1.0})


@pytest.mark.parametrize("protocol", ["corrected", "l2", "cosine"])
def test_cld_is_the_function(protocol: str) -> None:
    encoder = MockLatents()
    before = encoder.latents([one.prediction.original for one in PAIRS])
    after = encoder.latents([one.prediction.image for one in PAIRS])
    options: dict[str, Any] = {"protocol": protocol}
    if protocol == "corrected":
        options |= {"log_scales_o": before.log_scales, "log_scales_c": after.log_scales}
        options["intervened"] = [one.target.intervened for one in PAIRS]
        for name, field in (("attributes_o", "attributes"), ("attributes_c", "attributes_after")):
            each = [getattr(one.target, field) for one in PAIRS]
            options[name] = {key: np.array([values[key] for values in each]) for key in each[0]}
    wanted = cld(before.means, after.means, **options)
    assert numbers("cld", protocol, PAIRS)["cld"] == pytest.approx(np.nanmean(wanted), rel=1e-12)


def test_cld_leaves_out_and_tells_pairs_without_attributes() -> None:
    unknown = replace(PAIRS[0], target=replace(PAIRS[0].target, attributes=None))
    metric = metric_of("cld", "corrected", "pair-cf")
    rows = evidence_of(metric, [unknown, *PAIRS[1:]])
    rest = numbers("cld", "corrected", PAIRS[1:])
    assert metric.score(rows) == pytest.approx(rest)
    assert metric.remarks(rows)[0].startswith("1 of 8 pairs have no value")
    assert metric.samples_of("cld", rows) == 7
    alone = evidence_of(metric, [unknown])
    assert metric.score(alone) == {"cld": None}
    unsaid = replace(PAIRS[0], target=replace(PAIRS[0].target, intervened=None))
    assert numbers("cld", "corrected", [unsaid, *PAIRS[1:]]) == rest


def test_a_paired_test_of_cld_tells_the_difference_of_the_scores() -> None:
    """Models that make their own originals are ranked in populations of their own; the test swaps within both."""
    metric = metric_of("cld", "corrected", "pair-cf")
    first = evidence_of(metric, PAIRS)
    shifted = {name: first.columns[name] * 3 + 1 for name in ("latent_o", "latent_c")}
    noise = np.linspace(0, 5, len(first), dtype=np.float32)[:, None]
    second = Evidence.of({**first.columns, **shifted, "latent_c": shifted["latent_c"] + noise})
    wanted = metric.score(second)["cld"] - metric.score(first)["cld"]
    found = paired_permutation(metric, first, second, seed=0, permutations=50)["cld"]
    assert wanted != 0
    assert found.difference == pytest.approx(wanted, rel=1e-12)
    assert found.difference == paired_bootstrap(metric, first, second, seed=0, resamples=10)["cld"].difference


def test_cld_refuses_samples_of_different_attributes() -> None:
    other = {"weather": "wet"}
    odd = replace(
        PAIRS[0],
        target=replace(PAIRS[0].target, attributes=other, attributes_after=other, intervened="weather"),
    )
    with pytest.raises(DataError, match="do not have the same ones"):
        numbers("cld", "corrected", [odd, *PAIRS[1:]])


def test_cld_refuses_an_encoder_of_unknown_origin() -> None:
    class Nameless(MockLatents):
        trained_on = ""

    metric = Cld("l2", {"latents": NamedDetector("nameless", Nameless(), None, None)})
    with pytest.raises(UsageError, match="does not say what it was trained on"):
        metric.evidence(PAIRS)


def test_pairs_of_a_group_are_resampled_together() -> None:
    metric = metric_of("clip-directional", "normalised", "pair-cf")
    assert ClipDirectional.unit == "group"
    groups = {row["group"] for row in rows_of(metric, PAIRS)}
    assert 1 < len(groups) < len(PAIRS)


@given(
    st.lists(st.tuples(st.floats(-5, 5) | st.just(float("nan")), st.integers(0, 3)), min_size=1, max_size=12)
)
def test_a_weighted_median_is_that_of_the_repeated_values(pairs: list[tuple[float, int]]) -> None:
    values, weights = np.array([v for v, _ in pairs]), np.array([[w for _, w in pairs]], dtype=np.float64)
    repeated = np.repeat(values, weights[0].astype(int))
    repeated = repeated[~np.isnan(repeated)]
    found = weighted_medians(values, weights)[0]
    if len(repeated):
        assert found == pytest.approx(np.median(repeated), abs=1e-12)
    else:
        assert np.isnan(found)

"""Scores of images and captions from their embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.metrics.functional import clip_directional, clip_image, clip_score, directional_summary
from cfbench.metrics.functional.clip import clip_score_mean, instruct_pix2pix_filter

from .comparison import INDEPENDENT, LeftOut, Source, Told, choices

if TYPE_CHECKING:
    from .comparison import Vectors

PUBLISHED_FILTER = "InstructPix2Pix's rule"
EMBEDDINGS = ("img_o", "img_c", "txt_o", "txt_c")
CLAMPED: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("normalise_then_subtract_eps1e-8", "normalised, eps 1e-8", INDEPENDENT, {"eps": 1e-8}),
    ("torch_F.cosine_similarity_float64", "normalised, eps 1e-8", "torch F.cosine_similarity", {"eps": 1e-8}),
    ("raw_embeddings_no_normalise (literal seed formula)", "raw", INDEPENDENT, {"normalise": False}),
)
SCORES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("per_sample_x100_clamped", "per-pair", {}),
    ("hessel_w2.5_per_sample", "hessel", {"variant": "hessel"}),
    ("logits_scale_100", "logits", {"variant": "logits"}),
    ("logits_scale_exp_log(1/0.07)", "logits, scale 1/0.07", {"variant": "logits", "logit_scale": 1 / 0.07}),
    ("cos_img_o_txt_o", "logits, scale 1", {"variant": "logits", "logit_scale": 1}),
)
MEANS = {
    "mean_of_clamped_x100": "per-pair",
    "torchmetrics_mean_then_clamp_x100": "torchmetrics",
    "hessel_mean": "hessel",
}


def told(vectors: Vectors) -> Told:
    """Directions, scores, the filter of pairs, and the seed report's summary."""
    book, inputs = vectors.expected("image/clip"), vectors.inputs("image/clip")
    four = [inputs[name] for name in EMBEDDINGS]
    yield from _directional(book, four)
    yield from _scores(book, four)
    yield from _filter(book, four, [inputs[name] for name in ("f_img0", "f_img1", "f_txt0", "f_txt1")])
    yield from _seed_report(vectors.expected("image/seed_published"))


def _directional(book: dict[str, Any], four: list[Any]) -> Told:
    metric, recorded = "clip-directional, each pair", book["clip_directional"]
    found = clip_directional(*four)
    wanted = np.array(recorded["normalise_then_subtract_float64_nan_on_zero"], dtype=float)
    defined = ~np.isnan(found)
    compared = defined | np.isnan(wanted)
    yield Source(metric, "normalised", INDEPENDENT).row(found[compared], wanted[compared])
    yield Source(metric, "normalised", "torch F.cosine_similarity, float32", 1e-5).row(
        found[defined], np.array(recorded["torch_float32"])[defined]
    )
    for key, protocol, reference, options in CLAMPED:
        yield Source(metric, protocol, reference).row(clip_directional(*four, **options), recorded[key])
    yield Source("clip-directional, mean of the pairs that both define", "normalised", INDEPENDENT).row(
        found[defined].mean(), wanted[defined].mean()
    )
    left = ", ".join(f"{row} ({book['rows'].get(str(row), '')})" for row in np.flatnonzero(~compared))
    yield LeftOut(
        "image/clip",
        f"the direction of row {left} is recorded as the cosine of a difference that is rounding alone; ours has no "
        "value there and counts it, so the recorded mean over all rows is not compared either",
    )


def _scores(book: dict[str, Any], four: list[Any]) -> Told:
    recorded, (image_o, image_c, text_o, text_c) = book["clip_score"], four
    for key, protocol, options in SCORES:
        found = clip_score(image_o, text_o, **options)
        yield Source("clip-score, each pair", protocol, INDEPENDENT).row(found, recorded[key])
    yield Source("clip-score, each counterfactual pair", "logits, scale 1", INDEPENDENT).row(
        clip_score(image_c, text_c, "logits", logit_scale=1), recorded["cos_img_c_txt_c"]
    )
    for key, protocol in MEANS.items():
        mean = clip_score_mean(image_o, text_o, protocol)
        yield Source("clip-score, mean", protocol, INDEPENDENT).row(mean, recorded[key])
    yield Source("clip-image, each pair", "default", INDEPENDENT).row(
        clip_image(image_o, image_c), book["clip_image_similarity"]
    )


def _filter(book: dict[str, Any], four: list[Any], many: list[Any]) -> Told:
    metric, recorded = "clip: filter of pairs", book["overgenerate_and_filter"]
    best = instruct_pix2pix_filter(*many)
    passed = instruct_pix2pix_filter(*many, keep=recorded["n_candidates"])
    yield choices(
        f"{metric}, the best in their order and how many pass",
        "default",
        PUBLISHED_FILTER,
        [*best.tolist(), len(passed)],
        [*recorded["top4_by_direction"], recorded["n_pass"]],
    )
    yield Source(f"{metric}, directions of the best", "default", PUBLISHED_FILTER).row(
        clip_directional(*many)[best], recorded["sim_dir_of_top4"]
    )
    wanted = book["instruct_pix2pix_filter"]["keep"]
    kept = instruct_pix2pix_filter(*four, keep=len(wanted))
    found = np.isin(np.arange(len(wanted)), kept).tolist()
    yield choices(f"{metric}, which are kept", "default", PUBLISHED_FILTER, found, wanted)
    yield LeftOut(
        "image/clip", "`sim_0`, `sim_1`, `sim_dir` and `sim_image` of the filter repeat values compared above"
    )


def _seed_report(book: dict[str, Any]) -> Told:
    found, summary = directional_summary(np.ravel(book["clip_dir"])), book["summary"]
    wanted = summary["clip_dir"]
    shares = {
        "mean": wanted["mean"],
        "median": wanted["median"],
        "share_at_least_0.2": summary["frac_clip_dir_ge_0.2"],
        "share_negative": wanted["n_negative"] / wanted["n"],
    }
    for key, value in shares.items():
        yield Source(f"clip-directional: {key}", "normalised", "the seed report's table").row(
            found[key], value
        )
    yield LeftOut(
        "image/seed_published",
        "the numbers themselves come without their images; spreads, intervals and correlations of them are no metric's",
    )

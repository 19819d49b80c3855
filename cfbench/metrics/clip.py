"""What CLIP says of a pair: did the image change as its caption did, do captions fit, how alike are the images.

Guarantees: embeddings come as float32 from the network, every difference and cosine is float64. A pair whose
direction is undefined (equal captions or images) is in no mean, and counted. Captions that the network had to cut
keep their end token and are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.metrics._pairs import image_pairs, pair_rows, weighted_medians
from cfbench.metrics._weighted import WeightedMetric
from cfbench.metrics.base import Evidence, MeanMetric, Number, Scored, weighted_means
from cfbench.metrics.functional import clip_directional, clip_image, clip_score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.detectors import ImageTextEmbedder
    from cfbench.tasks.base import ImagePair
    from cfbench.tasks.pair_cf import PairInputs, PairPrediction, PairTarget

    PairScored = Scored[PairInputs, PairTarget, PairPrediction]
    Floats = npt.NDArray[np.float64]

HESSEL_PREFIX = "A photo depicts "
ENOUGH = 0.2  # the similarity from which InstructPix2Pix keeps a pair
TRUNCATED = Number("share of pairs with a caption that had to be cut", higher_is_better=False, range=(0, 1))


class ClipDirectional(WeightedMetric):
    """The cosine of the change of the images with the change of their captions."""

    name: ClassVar[str] = "clip-directional"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("pair-cf",)
    summary: ClassVar[str] = "whether the image changed in the direction in which its caption did"
    numbers: ClassVar[Mapping[str, Number]] = {
        "clip_directional": Number("mean over defined pairs", higher_is_better=True, range=(-1.0, 1.0)),
        "median": Number("median over defined pairs", higher_is_better=True, range=(-1.0, 1.0)),
        "share_at_least_0.2": Number("share of at least 0.2", higher_is_better=True, range=(0.0, 1.0)),
        "share_negative": Number("share below 0", higher_is_better=False, range=(0.0, 1.0)),
        "undefined": Number(
            "share of pairs without a direction: equal captions or images",
            higher_is_better=False,
            range=(0.0, 1.0),
        ),
        "truncated": TRUNCATED,
    }
    details: ClassVar[frozenset[str]] = frozenset(
        {"median", "share_at_least_0.2", "share_negative", "undefined", "truncated"}
    )
    protocols: ClassVar[Mapping[str, str]] = {
        "normalised": "embeddings at unit length before they are subtracted, as diffusers and InstructPix2Pix",
        "raw": "embeddings subtracted as they are: their lengths leak in",
    }
    default_protocol: ClassVar[str] = "normalised"
    needs: ClassVar[tuple[str, ...]] = ("image-text",)
    unit: ClassVar[str] = "group"
    reference: ClassVar[str] = "Gal et al. 2022, StyleGAN-NADA; Brooks et al. 2023, InstructPix2Pix, CVPR"

    def evidence(self, scored: Sequence[PairScored]) -> list[dict[str, Any]]:
        """A row a sample."""
        pairs, network = image_pairs(scored), self.detectors["image-text"].detector
        before, after = (network.embed_images(side) for side in _sides(pairs))
        caption, changed = (
            network.embed_texts(texts)
            for texts in ([one.inputs.caption for one in scored], [one.prediction.caption for one in scored])
        )
        normalise = self.protocol == "normalised"
        values = clip_directional(before, after, caption.values, changed.values, normalise)
        cut = (caption.truncated | changed.truncated).astype(np.float64)
        return pair_rows(scored, pairs, clip_directional=values, truncated=cut)

    def samples_of(self, number: str, rows: Evidence) -> int:
        """All but two speak of defined pairs alone."""
        of_all = number in {"undefined", "truncated"}
        return super().samples_of(number if of_all else "clip_directional", rows)

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """Mean, median and shares."""
        values = rows.columns["clip_directional"].astype(np.float64)
        known = ~np.isnan(values)
        return {
            "clip_directional": weighted_means(values, weights),
            "median": weighted_medians(values, weights),
            "share_at_least_0.2": weighted_means(np.where(known, values >= ENOUGH, np.nan), weights),
            "share_negative": weighted_means(np.where(known, values < 0, np.nan), weights),
            "undefined": weighted_means(~known, weights),
            "truncated": weighted_means(rows.columns["truncated"], weights),
        }

    def remarks(self, rows: Evidence) -> list[str]:
        """How many pairs have no direction, and how many captions were cut."""
        undefined = int(rows.nulls("clip_directional").sum())
        without = (
            f"{undefined:,} of {len(rows):,} pairs have no direction (equal captions or images) and no value"
        )
        return ([without] if undefined else []) + _cut(rows)


class ClipScore(WeightedMetric):
    """How well each image fits its own caption."""

    name: ClassVar[str] = "clip-score"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("pair-cf",)
    summary: ClassVar[str] = "how well the counterfactual image fits the counterfactual caption"
    numbers: ClassVar[Mapping[str, Number]] = {
        "clip_score": Number(
            "mean over pairs of counterfactual image and caption", higher_is_better=True, range=(None, None)
        ),
        "original": Number(
            "the same of the original image and caption", higher_is_better=True, range=(None, None)
        ),
        "truncated": TRUNCATED,
    }
    details: ClassVar[frozenset[str]] = frozenset({"original", "truncated"})
    protocols: ClassVar[Mapping[str, str]] = {
        "per-pair": "100 max(cos, 0) of each pair, then the mean; 0..100",
        "hessel": f"2.5 max(cos, 0), captions after '{HESSEL_PREFIX.strip()}'; 0..2.5",
        "torchmetrics": "max(mean of 100 cos, 0), clamped after the mean; long captions keep their end token here",
        "logits": "the learned scale times cos, not clamped",
    }
    default_protocol: ClassVar[str] = "per-pair"
    needs: ClassVar[tuple[str, ...]] = ("image-text",)
    unit: ClassVar[str] = "group"
    reference: ClassVar[str] = "Hessel et al. 2021, CLIPScore, EMNLP"

    def evidence(self, scored: Sequence[PairScored]) -> list[dict[str, Any]]:
        """A row a sample."""
        pairs, network = image_pairs(scored), self.detectors["image-text"].detector
        originals, made = _sides(pairs)
        score, cut = self._fit(network, made, [one.prediction.caption for one in scored])
        before, cut_before = self._fit(network, originals, [one.inputs.caption for one in scored])
        truncated = (cut | cut_before).astype(np.float64)
        return pair_rows(scored, pairs, clip_score=score, original=before, truncated=truncated)

    def _fit(
        self, network: ImageTextEmbedder, images: list[Any], captions: list[str]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        prefix = HESSEL_PREFIX if self.protocol == "hessel" else ""
        texts = network.embed_texts([prefix + caption for caption in captions])
        seen = network.embed_images(images)
        fit = clip_score(seen, texts.values, self.protocol, logit_scale=network.logit_scale)
        return fit, texts.truncated

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """Means; under ``torchmetrics`` at least 0."""
        means = {name: weighted_means(rows.columns[name], weights) for name in self.numbers}
        if self.protocol == "torchmetrics":
            means |= {name: means[name].clip(min=0) for name in ("clip_score", "original")}
        return means

    def remarks(self, rows: Evidence) -> list[str]:
        """How many captions were cut."""
        return _cut(rows)


class ClipImage(MeanMetric):
    """The cosine of the two images."""

    name: ClassVar[str] = "clip-image"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("pair-cf", "visual-cf", "edit")
    default_tasks: ClassVar[tuple[str, ...] | None] = ("pair-cf", "visual-cf")
    summary: ClassVar[str] = "how alike the two images of a pair are to CLIP"
    numbers: ClassVar[Mapping[str, Number]] = {
        "clip_image": Number("mean cosine of the two images", higher_is_better=True, range=(-1.0, 1.0))
    }
    needs: ClassVar[tuple[str, ...]] = ("image-text",)
    reference: ClassVar[str] = "Brooks et al. 2023, InstructPix2Pix, CVPR"
    unit: ClassVar[str] = "group"

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """A row a sample."""
        pairs, network = image_pairs(scored), self.detectors["image-text"].detector
        before, after = (network.embed_images(side) for side in _sides(pairs))
        return pair_rows(scored, pairs, clip_image=clip_image(before, after))


def _sides(pairs: Sequence[ImagePair]) -> tuple[list[Any], list[Any]]:
    """The originals, and what was made of them."""
    return [pair.reference for pair in pairs], [pair.made for pair in pairs]


def _cut(rows: Evidence) -> list[str]:
    """What to say of captions that are longer than what the network reads."""
    cut = int(rows.columns["truncated"].sum())
    return [f"{cut:,} of {len(rows):,} pairs have a caption that was cut, its end token kept"] if cut else []

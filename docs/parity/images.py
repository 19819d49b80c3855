"""Images and their features: LPIPS, the axioms of counterfactuals, minimality and resized pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.metrics.functional import composition, effectiveness, minimality, perceptual_distance
from cfbench.metrics.functional.counterfactual import effectiveness_per_batch
from cfbench_detectors.inception.resize import resized

from .comparison import INDEPENDENT, LeftOut, Source, Told

if TYPE_CHECKING:
    import numpy.typing as npt

    from .comparison import Vectors

    Arrays = dict[str, npt.NDArray[Any]]

PUBLISHED = "Melistas et al. 2024"
FLOAT32 = 1e-6
PIXEL = 1e-3  # of 255
PIXEL_ROUNDING = 1e-4  # images are resized in float32
RESIZED = {
    "tf1": ("tf1_bilinear", "TensorFlow 1's, from torch-fidelity"),
    "torch": ("torch_bilinear", "torch"),
    "antialias": ("torch_bilinear_antialias", "torch, antialiased"),
    "clean": ("pil_bicubic_float_clip(clean-fid)", "clean-fid"),
}
RESIZED_IMAGES = ("noise_12x10", "ring_40x32")
SIDES = (7, 19)
LPIPS = {
    "lpips": ("lpips_package_0.1.4_eps_after_sqrt_1e-10", "lpips 0.1.4"),
    "torchmetrics": ("torchmetrics_eps_inside_sqrt_1e-8", "torchmetrics"),
}


def told(vectors: Vectors) -> Told:
    """Each in turn, and the stems that are of no metric."""
    yield from _lpips(vectors.expected("image/lpips_head"), vectors.inputs("image/lpips_head"))
    yield from _axioms(vectors.expected("image/axioms"), vectors.inputs("image/axioms"))
    yield from _minimality(vectors.expected("image/cf_losses"), vectors.inputs("image/cf_losses"))
    yield from _resized(vectors.inputs("image/resize"))
    yield LeftOut("image/p2p", "of image editors, not of metrics")
    yield LeftOut("image/lingunet", "of a network's layers, not of metrics")


def _lpips(book: dict[str, Any], inputs: Arrays) -> Told:
    before, after, weights = (
        [inputs[key] for key in sorted(inputs) if key.startswith(f"{start}_")] for start in ("f0", "f1", "w")
    )
    for protocol, (key, reference) in LPIPS.items():
        found = perceptual_distance(before, after, weights, epsilon=protocol)
        yield Source("lpips/lpips from features, each pair", protocol, reference).row(found, book[key])
    yield Source("lpips/lpips from features, each layer", "lpips", LPIPS["lpips"][1]).row(
        [
            perceptual_distance(*([part] for part in layer))
            for layer in zip(before, after, weights, strict=True)
        ],
        book["per_layer (lpips eps)"],
    )
    yield LeftOut(
        "image/lpips_head", "`input_scaling` and `layers` are constants, which the networks' tests hold"
    )


def _axioms(book: dict[str, Any], inputs: Arrays) -> Told:
    recorded = book["composition"]
    for cycle in (1, 2):
        found = composition(inputs["x0"], inputs[f"x{cycle}"])
        yield Source(f"composition, each image, cycle {cycle}", "default", PUBLISHED).row(
            found, recorded[f"l1_0_255_per_image_cycle{cycle}"]
        )
    first = composition(inputs["x0"], inputs["x1"])
    yield Source("composition, mean and deviation, cycle 1", "default", PUBLISHED).row(
        [first.mean(), first.std()], recorded["mean_std_cycle1"]
    )
    recorded, given = book["effectiveness"], (inputs["logits"], inputs["targets"])
    yield Source("effectiveness, F1 of all samples", "default", INDEPENDENT).row(
        effectiveness(*given), recorded["global_f1_from_sigmoid"]
    )
    batches = effectiveness_per_batch(*given, recorded["batch_size"])
    yield Source(
        "effectiveness, F1 of each batch, mean and deviation",
        "per batch",
        f"{PUBLISHED} on torchmetrics, float32",
        FLOAT32,
    ).row(
        [*batches, batches.mean(), batches.std()],
        [*recorded["per_batch_f1_official"], recorded["mean_of_batch_f1"], recorded["std_of_batch_f1_ddof0"]],
    )


def _minimality(book: dict[str, Any], inputs: Arrays) -> Told:
    pair = (inputs["image"], inputs["image_cf"])
    yield Source("minimality/l2, each pair", "sum", INDEPENDENT).row(
        minimality(*pair)["l2"], book["l2_norm_per_image"]
    )
    yield Source("minimality/l2, mean of its squares", "mean", INDEPENDENT).row(
        (minimality(*pair, reduce="mean")["l2"] ** 2).mean(), book["mse"]
    )
    yield LeftOut(
        "image/cf_losses", "the losses of classifiers and discriminators are of training, not of metrics"
    )


def _resized(inputs: Arrays) -> Told:
    sizes = [(image, side) for image in RESIZED_IMAGES for side in SIDES]
    for mode, (key, reference) in RESIZED.items():
        yield Source(
            "fid, kid, inception-score: resized pixels, 0 to 255",
            mode,
            reference,
            PIXEL,
            rounding=PIXEL_ROUNDING,
        ).row(
            [resized([inputs[image]], mode, side)[0].permute(1, 2, 0).numpy() for image, side in sizes],
            [inputs[f"{image}__{side}x{side}__{key}"] for image, side in sizes],
            cases=len(sizes),
        )
    yield LeftOut(
        "image/resize",
        "`pil_bicubic_uint8`, `pil_bilinear_uint8` and the differences between ways are of no protocol",
    )

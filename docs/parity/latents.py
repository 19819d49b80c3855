"""Counterfactual latent divergence, and distances between latents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.metrics.functional import cld, minimality
from cfbench.metrics.functional.latents import latent_distance

from .comparison import INDEPENDENT, LeftOut, Source, Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .comparison import Vectors

    Arrays = dict[str, npt.NDArray[Any]]

PUBLISHED = "Melistas et al. 2024, `minimality()`"
EACH = "cld/cld, each pair"
ATTRIBUTES = ("Smiling", "thickness", "digit")


def told(vectors: Vectors) -> Told:
    """The published ways, the corrected one, the distances by themselves, and a case to check by hand."""
    book, inputs = vectors.expected("image/cld"), vectors.inputs("image/cld")
    latents = (inputs["mu"], inputs["mu_cf"])
    bins = {"thickness": book["bins_thickness(bin means, used as edges)"]}
    yield from _official(book, inputs, bins)
    yield from _corrected(book, inputs, bins)
    yield from _distances(book["seed_variants"], (inputs["seed_z_o"], inputs["seed_z_c"]))
    yield Source("cld: divergence of each pair", "L1", INDEPENDENT).row(
        minimality(*latents, reduce="mean")["l1"], book["div_l1"]
    )
    yield from _by_hand(book["toy"])
    yield LeftOut("image/cld", "`kde_vs_ecdf` takes shares by a kernel density, which cfbench does not offer")
    yield LeftOut(
        "image/cld",
        "inner values, of which the scores above are made: `prob1`, `prob2`, `p1`, `p2`, `P1`, `P2`, `div_kl_correct`, "
        "`div_kl_bug`; and `cosine_similarity`, which is 1 - `cosine_distance`",
    )


def _attributes(inputs: Arrays, names: Sequence[str]) -> tuple[Arrays, Arrays]:
    """Of the originals, and of the counterfactuals."""
    before, after = ({name: inputs[f"{side}_{name}"] for name in names} for side in ("att", "cf"))
    return before, after


def _official(book: dict[str, Any], inputs: Arrays, bins: dict[str, Any]) -> Told:
    recorded, corrected = book["official_as_coded"], book["corrected_kl_with_logscale"]
    given: dict[str, Any] = {
        "intervened": book["interventions"],
        "bins": bins,
        "log_scales_o": inputs["logscale"],
        "log_scales_c": inputs["logscale_cf"],
    }
    attributes = _attributes(inputs, ATTRIBUTES)
    l1, coded, kl = (
        cld(inputs["mu"], inputs["mu_cf"], *attributes, protocol="official", divergence=divergence, **given)
        for divergence in ("l1", None, "kl")
    )
    yield Source(EACH, "official, L1", PUBLISHED).row(l1, recorded["l1 (embedding=vgg/clip)"]["scores"])
    yield Source(EACH, "official, KL as coded", PUBLISHED).row(coded, recorded["vae"]["scores"])
    yield Source(f"{EACH} and mean", "official, KL with log scales", INDEPENDENT).row(
        [kl, kl.mean()], [corrected["scores"], corrected["mean"]]
    )


def _corrected(book: dict[str, Any], inputs: Arrays, bins: dict[str, Any]) -> Told:
    latents, alone = (inputs["mu"], inputs["mu_cf"]), book["clean_single_attribute_l1"]
    for name in ATTRIBUTES:
        attributes = _attributes(inputs, [name])
        edges = {key: value for key, value in bins.items() if key == name}
        for protocol, suffix, exclude in (
            ("corrected", "", False),
            ("corrected, without itself", "_excluding_self", True),
        ):
            found = cld(*latents, *attributes, bins=edges, exclude_self=exclude)
            yield Source(f"{EACH} and mean, {name}", protocol, INDEPENDENT).row(
                [*found, found.mean()], [*alone[name][f"cld{suffix}"], alone[name][f"mean{suffix}"]]
            )
    changed = book["interventions"]
    yield Source(f"{EACH}, three attributes mixed", "corrected", INDEPENDENT).row(
        cld(*latents, *_attributes(inputs, ATTRIBUTES), changed, bins=bins),
        [alone[name]["cld"][row] for row, name in enumerate(changed)],
    )
    smiling = _attributes(inputs, ["Smiling"])
    for key, wanted in book["weights_variants_Smiling_l1"].items():
        far, near = map(float, key.split("/"))
        found = cld(*latents, *smiling, weights=(far, near))
        yield Source(f"{EACH}, Smiling", f"corrected, weights {key}", INDEPENDENT).row(found, wanted)


def _distances(recorded: dict[str, Any], latents: tuple[Any, Any]) -> Told:
    ways = {
        "l2_sum": ("l2", cld(*latents, protocol="l2")),
        "l2_rms": ("l2, root of the mean", latent_distance(*latents, reduce="rms")),
        "l2_unit_normalised": ("l2, unit length", latent_distance(*latents, normalise=True)),
        "cosine_distance": ("cosine", cld(*latents, protocol="cosine")),
    }
    for key, (protocol, found) in ways.items():
        yield Source(EACH, protocol, INDEPENDENT).row(found, recorded[key])
    yield Source("minimality/l1, each pair", "mean", INDEPENDENT).row(
        minimality(*latents, reduce="mean")["l1"], recorded["l1_mean (official l1_distance)"]
    )


def _by_hand(toy: dict[str, Any]) -> Told:
    wanted = {
        2.0: toy["cld_0.8_0.2"],
        0.5: toy["div=0.5"]["cld"],
        6.0: toy["div=6"]["cld"],
        0.0: toy["null_edit_div0"]["cld"],
    }
    source = Source("cld/cld, a case to check by hand", "corrected", INDEPENDENT)
    yield source.row([_moved_by(distance) for distance in wanted], list(wanted.values()))


def _moved_by(distance: float) -> float:
    before = np.array([[0.0], [1], [-2], [5], [1], [2], [-3], [4]])
    after = before.copy()
    after[0] = distance
    attribute = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    return float(cld(before, after, {"a": attribute}, {"a": 1 - attribute})[0])

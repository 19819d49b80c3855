"""Distances between sets of images: FID, KID and the inception score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.metrics.functional import (
    StreamingMoments,
    frechet_distance,
    frechet_from_moments,
    inception_score,
    kernel_distance,
    kernel_distance_subsets,
    unbiased_mean_shift,
)

from .comparison import INDEPENDENT, LeftOut, Source, Told, choices

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench.metrics.functional.kernel import Estimator

    from .comparison import Vectors

    Arrays = dict[str, npt.NDArray[Any]]

FID_PACKAGES = ("torch_fidelity_0.4.0", "pytorch_fid_0.3.0", "clean_fid_0.1.35", "torchmetrics_1.9.0_double")
FID_TERMS = {"mean_term": "mean_term", "trace_x": "tr1", "trace_y": "tr2", "trace_sqrt": "tr_sqrt"}
LOW = 5e-3  # how far the packages' square roots may lie below where the covariances have no full rank
KID: tuple[tuple[Estimator, str, str], ...] = (
    ("unbiased", "unbiased", INDEPENDENT),
    ("unbiased", "torch_fidelity_kernel_mmd_full", "torch-fidelity"),
    ("unbiased", "torchmetrics_poly_mmd_full", "torchmetrics"),
    ("unbiased", "clean_fid_kernel_distance_seed0_100subsets_max1000", "clean-fid"),
    ("biased", "biased", INDEPENDENT),
    ("u", "u_statistic", INDEPENDENT),
)
SHUFFLED: dict[str, Any] = {"shuffle_seed": 2020}
INCEPTION: tuple[tuple[str, str, dict[str, Any], tuple[str, ...]], ...] = (
    ("floor", INDEPENDENT, {}, ("mean", "std_ddof0")),
    ("floor", "torch-fidelity", {}, ("torch_fidelity_noshuffle",)),
    ("floor, shuffled by seed 2020", INDEPENDENT, SHUFFLED, ("independent_shuffle_seed2020",)),
    ("floor, shuffled by seed 2020", "torch-fidelity", SHUFFLED, ("torch_fidelity_shuffle_seed2020",)),
    ("chunk", "torchmetrics", {"rule": "chunk"}, ("torchmetrics_chunk_mean", "torchmetrics_chunk_std_ddof1")),
)


def told(vectors: Vectors) -> Told:
    """The three, each over its cases."""
    yield from _fid(vectors.expected("image/fid")["cases"], vectors.inputs("image/fid"))
    yield LeftOut("image/fid_small_sample", "a simulation without inputs; a test repeats one of its rows")
    yield from _kid(vectors.expected("image/kid")["cases"], vectors.inputs("image/kid"))
    yield from _inception(
        vectors.expected("image/inception_score")["cases"], vectors.inputs("image/inception_score")
    )


def _fid(cases: dict[str, Any], inputs: Arrays) -> Told:
    pairs = {name: (inputs[f"{name}__X"], inputs[f"{name}__Y"]) for name in cases}
    terms = {name: frechet_distance(*pair, return_terms=True) for name, pair in pairs.items()}
    ours = {name: term.value for name, term in terms.items()}
    recorded = np.array([case["fid"] for case in cases.values()])
    nuclear = f"nuclear norm, {INDEPENDENT}"
    yield Source("fid/fid", "default", nuclear, 1e-10, relative=True).row(list(ours.values()), recorded)
    yield Source("fid/fid, streamed", "default", nuclear, relative=True).row(
        [_streamed(*pair) for pair in pairs.values()], recorded
    )
    exact = {
        name: case["exact_mpmath_40digits"] for name, case in cases.items() if "exact_mpmath_40digits" in case
    }
    yield Source("fid/fid", "default", "mpmath, 40 digits", 1e-10, relative=True).row(
        [ours[name] for name in exact], [float(value) for value in exact.values()]
    )
    parts = [case["reference_nuclear_float64"] for case in cases.values()]
    for term, key in FID_TERMS.items():  # a term may be 0 but for rounding, so it is told beside the distance
        yield Source(f"fid: {term} / distance", "default", nuclear, 1e-10).row(
            np.array([getattr(value, term) for value in terms.values()]) / recorded,
            np.array([part[key] for part in parts]) / recorded,
        )
    ranks = [value.rank for value in terms.values()]
    yield choices("fid: rank", "default", nuclear, ranks, [part["rank"] for part in parts])
    yield Source("fid/unbiased_mean_shift", "default", INDEPENDENT, 1e-10, relative=True).row(
        [unbiased_mean_shift(*pair) for pair in pairs.values()],
        [case["unbiased_mean_shift_sq"] for case in cases.values()],
    )
    yield from _fid_packages(cases, ours)
    yield LeftOut(
        "image/fid",
        "ways to a covariance or a square root that cfbench does not offer: `biased_cov_ddof0`, "
        "`eigvals_float64`, `eigh_symmetrised_float64`, `scipy_sqrtm_float64`, `sqrtm_by_scipy_version`",
    )


def _fid_packages(cases: dict[str, Any], ours: dict[str, float]) -> Told:
    for package in FID_PACKAGES:
        values = {
            name: case[package]["value"]
            for name, case in cases.items()
            if case[package].get("value") is not None
        }
        full = {name for name in values if min(cases[name]["n"], cases[name]["m"]) > cases[name]["d"]}
        for what, tolerance, names in (
            ("more images than features", 1e-9, full),
            ("fewer images than features, where the package is low", LOW, values.keys() - full),
        ):
            chosen = [name for name in values if name in names]
            yield Source(
                f"fid/fid, {what}", "default", package.replace("_", " "), tolerance, relative=True
            ).row([ours[name] for name in chosen], [values[name] for name in chosen])
    for name, case in cases.items():
        failed = ", ".join(package.replace("_", " ") for package in FID_PACKAGES if "error" in case[package])
        if failed:
            yield LeftOut(
                "image/fid", f"in the case `{name}` an error is recorded in place of a value: {failed}"
            )


def _streamed(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> float:
    moments = []
    for part in (x, y):
        one = StreamingMoments()
        one.update(part[:3])
        one.update(part[3:])
        moments.append(one)
    return frechet_from_moments(*moments)


def _kid(cases: dict[str, Any], inputs: Arrays) -> Told:
    pairs = {name: (inputs[f"{name}__X"], inputs[f"{name}__Y"]) for name in cases}
    for estimator, key, reference in KID:
        yield Source("kid/kid", estimator, reference, relative=True).row(
            [kernel_distance(*pair, estimator) for pair in pairs.values()],
            [case[key] for case in cases.values()],
        )
    kernel: dict[str, Any] = {"degree": 2, "gamma": 0.1, "coef0": 0.5}
    yield Source("kid/kid, degree 2, gamma 0.1, coef0 0.5", "unbiased", INDEPENDENT, relative=True).row(
        [kernel_distance(*pair, **kernel) for pair in pairs.values()],
        [case["degree2_coef0.5_gamma0.1"] for case in cases.values()],
    )
    subsets = {name: case["subset_protocol"] for name, case in cases.items()}
    found = [
        kernel_distance_subsets(*pairs[n], s["subsets"], s["subset_size"], seed=2020)
        for n, s in subsets.items()
    ]
    for who, reference in (("torch_fidelity", "torch-fidelity"), ("independent", INDEPENDENT)):
        yield Source("kid/kid, mean and deviation", "subsets", reference, relative=True).row(
            found, [[s[f"{who}_mean"], s[f"{who}_std_ddof0"]] for s in subsets.values()]
        )
    yield Source("kid/kid, each subset", "subsets", INDEPENDENT, relative=True).row(
        [
            kernel_distance(pairs[n][0][x], pairs[n][1][y])
            for n, s in subsets.items()
            for x, y in s["indices"]
        ],
        [value for s in subsets.values() for value in s["per_subset"]],
    )


def _inception(cases: dict[str, Any], inputs: Arrays) -> Told:
    runs = [(inputs[name], splits, cases[name][f"splits{splits}"]) for name in cases for splits in (1, 10)]
    for protocol, reference, options, keys in INCEPTION:
        yield Source("inception-score, mean and deviation", protocol, reference).row(
            [inception_score(logits, splits, **options) for logits, splits, _ in runs],
            [_pair(recorded, keys) for *_, recorded in runs],
        )
    yield Source("inception-score, each split", "floor", INDEPENDENT).row(
        [
            inception_score(x[slice(*bounds)])[0]
            for x, _, recorded in runs
            for bounds in recorded["floor_split_bounds"]
        ],
        [score for *_, recorded in runs for score in recorded["floor_scores"]],
    )


def _pair(recorded: dict[str, Any], keys: tuple[str, ...]) -> list[Any]:
    """Mean and deviation, recorded under two keys or together under one."""
    return [recorded[key] for key in keys] if len(keys) > 1 else list(recorded[keys[0]].values())

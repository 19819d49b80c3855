"""Counterfactual latent divergence: is the edit as small as it can be for the attribute that it changes?

Under ``corrected`` and ``official`` a pair is ranked among the data set's own samples, so its value depends on the
population: the samples of the slice. Resampling draws pairs and leaves that population as it is. Under ``l2`` and
``cosine`` each pair is measured by itself.

Limits: pairs whose attributes are not known are left out (of the population too) and are not counted in n. An encoder
that does not say what it was trained on is refused: an untrained head gives numbers of the right size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import DataError, UsageError
from cfbench.files import canonical_json, parse_json
from cfbench.metrics._pairs import image_pairs, pair_rows
from cfbench.metrics._weighted import WeightedMetric
from cfbench.metrics.base import Evidence, Number, Scored, weighted_means
from cfbench.metrics.functional import cld

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.tasks.pair_cf import PairInputs, PairPrediction, PairTarget

    Floats = npt.NDArray[np.float64]

BY_ITSELF = frozenset({"l2", "cosine"})  # protocols that need no population


class Cld(WeightedMetric):
    """The divergence of a pair's latents, by itself or ranked among those of the population."""

    name: ClassVar[str] = "cld"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("pair-cf",)
    summary: ClassVar[str] = (
        "how small the edit is in the latents of an encoder, for the attribute that it changes"
    )
    numbers: ClassVar[Mapping[str, Number]] = {
        "cld": Number(
            "mean over pairs; 0..1 when ranked among the population, a distance of at least 0 otherwise",
            higher_is_better=False,
            range=(0.0, None),
        )
    }
    protocols: ClassVar[Mapping[str, str]] = {
        "corrected": "ranked by attribute, KL of the posteriors (L1 where the encoder has no log scales)",
        "official": "bug-compatible with the published code: locations taken for log scales, attributes mixed",
        "l2": "Euclidean distance of the two latents",
        "cosine": "1 - cos of the two latents",
    }
    default_protocol: ClassVar[str] = "corrected"
    needs: ClassVar[tuple[str, ...]] = ("latents",)
    reference: ClassVar[str] = (
        "Sanchez & Tsaftaris 2022, Diff-SCM, CLeaR; Melistas et al. 2024, Benchmarking counterfactual image generation"
    )
    unit: ClassVar[str] = "group"
    _last: tuple[Mapping[str, npt.NDArray[Any]], Floats] | None = (
        None  # a bootstrap asks often of the same rows
    )

    def evidence(
        self, scored: Sequence[Scored[PairInputs, PairTarget, PairPrediction]]
    ) -> list[dict[str, Any]]:
        """A row a sample: its distance, or its latents and attributes."""
        network = self.detectors["latents"].detector
        if not getattr(network, "trained_on", ""):
            raise UsageError(
                f"CLD does not look through {self.detectors['latents'].name}",
                "it does not say what it was trained on",
                "Use --detector latents=NAME; see 'cfbench list detectors'",
            )
        pairs = image_pairs(scored)
        before = network.latents([pair.reference for pair in pairs])
        after = network.latents([pair.made for pair in pairs])
        if self.protocol in BY_ITSELF:
            return pair_rows(scored, pairs, cld=cld(before.means, after.means, protocol=self.protocol))
        rows = []
        for index, (one, pair) in enumerate(zip(scored, pairs, strict=True)):
            row = {"sample": one.id, "group": pair.group, "intervened": one.target.intervened}
            row |= {"latent_o": before.means[index], "latent_c": after.means[index]}
            for name, side in (("scale_o", before), ("scale_c", after)):
                row[name] = None if side.log_scales is None else side.log_scales[index]
            row["attributes_o"] = _as_text(one.target.attributes)
            row["attributes_c"] = _as_text(one.target.attributes_after)
            rows.append(row)
        return rows

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """The values of the pairs once, then their mean under each line of weights."""
        return {"cld": weighted_means(self._values(rows), weights)}

    def samples_of(self, number: str, rows: Evidence) -> int:  # noqa: ARG002
        """Those that have a value."""
        return rows.where(~np.isnan(self._values(rows))).samples()

    def remarks(self, rows: Evidence) -> list[str]:
        """How many pairs could not be ranked."""
        undefined = int(np.isnan(self._values(rows)).sum())
        if not undefined:
            return []
        why = (
            "the latents have no direction"
            if self.protocol in BY_ITSELF
            else "attributes or peers are unknown"
        )
        return [f"{undefined:,} of {len(rows):,} pairs have no value, for {why}."]

    def _values(self, rows: Evidence) -> Floats:
        if self._last is None or self._last[0] is not rows.columns:
            self._last = rows.columns, self._fresh_values(rows)
        return self._last[1]

    def _fresh_values(self, rows: Evidence) -> Floats:
        columns = rows.columns
        if self.protocol in BY_ITSELF:
            alone: Floats = columns["cld"].astype(np.float64)
            return alone
        values: Floats = np.full(len(rows), np.nan)
        known = ~(rows.nulls("attributes_o") | rows.nulls("attributes_c") | rows.nulls("intervened"))
        if not known.any():
            return values
        chosen = rows.where(known).columns
        with_scales = not np.isnan(chosen["scale_o"]).any()
        before, after = (_as_columns(chosen[f"attributes_{side}"]) for side in ("o", "c"))
        if self.protocol == "official":
            before, after = _numbered(before, after)
        values[known] = cld(
            chosen["latent_o"],
            chosen["latent_c"],
            before,
            after,
            chosen["intervened"].tolist(),
            protocol=self.protocol,
            log_scales_o=chosen["scale_o"] if with_scales else None,
            log_scales_c=chosen["scale_c"] if with_scales else None,
        )
        return values


def _as_text(attributes: Mapping[str, Any] | None) -> str | None:
    return None if attributes is None else canonical_json(dict(attributes)).decode()


def _as_columns(texts: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    rows = [parse_json(text.encode(), source="attributes") for text in texts]
    if len({frozenset(row) for row in rows}) > 1:
        raise DataError("CLD compares samples by their attributes", "the samples do not have the same ones")
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _numbered(*sides: dict[str, npt.NDArray[Any]]) -> list[dict[str, npt.NDArray[Any]]]:
    """Words as positions among the words of an attribute: the published code compares numbers."""
    numbered: list[dict[str, npt.NDArray[Any]]] = [dict(side) for side in sides]
    for name in sides[0]:
        columns = [side[name] for side in sides]
        if columns[0].dtype.kind == "U":
            known = np.unique(np.concatenate(columns))
            for side, column in zip(numbered, columns, strict=True):
                side[name] = np.searchsorted(known, column)
    return numbered

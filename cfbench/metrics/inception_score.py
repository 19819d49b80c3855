"""Inception score of the images made: how sure the extractor's classifier is of each, and how varied they are.

It looks at no reference, and says nothing of whether an edit is the right one. Splits bound it by their size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cfbench.metrics.base import Number
from cfbench.metrics.functional import inception_score
from cfbench.metrics.image_sets import ImageSetMetric, compared, lines_of, resized, too_few, vector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics.base import Evidence, Scored

SPLITS = 10
SHUFFLE_SEED = 2020  # torch-fidelity's; samples stand in the order of their ids before


class InceptionScore(ImageSetMetric):
    """The score of all samples, or its mean over ten splits. Null where the extractor classifies nothing."""

    name: ClassVar[str] = "inception-score"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "how sure a classifier is of each image made, and how varied they are"
    numbers: ClassVar[Mapping[str, Number]] = {
        "inception_score": Number(
            "exp of the mean divergence of each image's classes from all images' classes; "
            "at most the classes, and at most the samples of a split",
            higher_is_better=True,
            range=(1.0, None),
        ),
        "inception_score_std": Number(
            "standard deviation over splits, which is no standard error; only under a protocol of splits",
            higher_is_better=False,
            range=(0.0, None),
        ),
    }
    details: ClassVar[frozenset[str]] = frozenset({"inception_score_std"})
    protocols: ClassVar[Mapping[str, str]] = {
        **resized("", "all samples in one"),
        **resized(
            "ten-splits", "ten splits by floor(i n / 10), shuffled, as torch-fidelity; deviation ddof 0"
        ),
        **resized("ten-chunks", "chunks of ceil(n / 10), shuffled, as torchmetrics; deviation ddof 1"),
    }
    reference: ClassVar[str] = "Salimans et al. 2016 (arXiv:1606.03498)"

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """A row a sample: the logits of the image made, None where there are none, and the group."""
        pairs = [compared(one) for one in scored]
        logits = self.features([pair.made for pair in pairs]).logits
        return [
            {
                "sample": one.id,
                "logits": None if logits is None else vector(logits[line]),
                "group": pair.group,
            }
            for line, (one, pair) in enumerate(zip(scored, pairs, strict=True))
        ]

    def score(self, rows: Evidence) -> dict[str, float | None]:
        """Of the samples, each as often as its weight says; None without logits or with too few samples."""
        lines = lines_of(rows)
        values: dict[str, float | None] = dict.fromkeys(self.numbers)
        if len(lines) < max(2, self._splits) or rows.nulls("logits").any():
            return values
        logits = rows.columns["logits"][lines]
        if self._splits == 1:
            values["inception_score"] = inception_score(logits)[0]
        else:
            rule: Literal["floor", "chunk"] = "chunk" if self.protocol.endswith("chunks") else "floor"
            values["inception_score"], values["inception_score_std"] = inception_score(
                logits, self._splits, rule=rule, shuffle_seed=SHUFFLE_SEED
            )
        return values

    def remarks(self, rows: Evidence) -> list[str]:
        """Why there is no value."""
        count = len(lines_of(rows))
        if count < 2:
            return [too_few(count)]
        if rows.nulls("logits").any():
            return ["the extractor gives no classes, so there is no score"]
        if count < self._splits:
            return [f"{count} samples do not make {self._splits} splits; protocol 'native' takes them in one"]
        return []

    @property
    def _splits(self) -> int:
        return SPLITS if "ten-" in self.protocol else 1

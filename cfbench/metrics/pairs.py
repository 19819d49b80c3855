"""What a classifier makes of the difference between an original and its edits, and of placebos, which change no label.

An edit takes a class away: how often, and how far, does the score of that class fall? A model that lowers every score
when it sees an edit does well there; so two controls stand beside it: the fall of the classes that an edit keeps, and
the fall of those in a placebo. Falls are on the scale of the scores, and compare between models that say
probabilities. An original and what is made of it are resampled together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics._weighted import WeightedMetric, means, ratio
from cfbench.metrics.base import Evidence, Number, Scored
from cfbench.tasks.labels import TextTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.metrics._weighted import Floats

SHARE = (0.0, 1.0)


class Pairs(WeightedMetric):
    """Differences between the members of pairs."""

    name: ClassVar[str] = "pairs"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("text-label", "image-labels")
    summary: ClassVar[str] = "whether the score of a class falls when an edit takes it away, and no other's"
    numbers: ClassVar[Mapping[str, Number]] = {
        "pair_order": Number(
            "share of edits at which the score of the class taken away falls; half where it stays",
            higher_is_better=True,
            range=SHARE,
        ),
        "margin": Number("mean fall of that score", higher_is_better=True, range=(None, None)),
        "kept_drop": Number(
            "mean fall of the scores of the classes that an edit keeps, a control",
            higher_is_better=False,
            range=(None, None),
        ),
        "placebo_drop": Number(
            "mean fall of the scores of the classes in a placebo, a control",
            higher_is_better=False,
            range=(None, None),
        ),
        "consistency": Number(
            "share of edits where both labels are right, the original's and the edit's; of texts alone",
            higher_is_better=True,
            range=SHARE,
        ),
        "alignment": Number(
            "mean cosine between the gradient of that class's score and the way back to the original",
            higher_is_better=True,
            range=(-1.0, 1.0),
        ),
    }
    details: ClassVar[frozenset[str]] = frozenset({"margin", "alignment"})
    reference: ClassVar[str] = (
        "cfbench; consistency after Gardner et al. 2020, Evaluating models' local decision boundaries via contrast sets;"
        " gradients after Teney et al. 2020, Learning what makes a difference from counterfactual examples"
    )
    unit: ClassVar[str] = "pair"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As any metric."""
        super().__init__(*arguments, **options)
        self._last: tuple[Evidence, list[_Beside]] | None = None  # a bootstrap asks often of the same rows

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """A row a sample: its place in a pair, its labels, and the score of each class."""
        return [self._row(one) for one in scored]

    def _row(self, one: Scored[Any, Any, Any]) -> dict[str, Any]:
        target, prediction = one.target, one.prediction
        labels = np.zeros(len(one.inputs.classes), np.float32)
        single = isinstance(target, TextTarget)
        labels[target.label if single else np.asarray(target.labels, np.bool_)] = 1
        return {
            "sample": one.id,
            "pair": target.pair or one.id,
            "role": target.role,
            "changed": None if target.changed is None else float(target.changed),
            "right": float(labels[int(np.argmax(prediction.scores))]) if single else None,
            "scores": np.asarray(prediction.scores, np.float64),
            "labels": labels,
            "alignment": prediction.alignment,
        }

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """The means over the edits, or placebos, of what each has beside its original, where that counts, too.

        A pair has two originals where the rows are of two models: an edit then stands beside the one that counts.
        """
        beside = self._beside(rows)
        counts = np.stack([(weights[:, one.originals] > 0) & (one.originals >= 0) for one in beside])
        shares = weights * counts / np.maximum(1, counts.sum(axis=0))
        columns = {name: np.concatenate([one.values[name] for one in beside]) for name in self.numbers}
        return means(np.concatenate(list(shares), axis=1), columns)

    def samples_of(self, number: str, rows: Evidence) -> int:
        """The edits, or placebos, that the number is a mean of."""
        known = np.any([~np.isnan(one.values[number]) for one in self._beside(rows)], axis=0)
        return len(set(rows.columns["sample"][known & (rows.weight > 0)].tolist()))

    def remarks(self, rows: Evidence) -> list[str]:
        """How many edits and placebos have no original among the rows."""
        without = self._beside(rows)[0].originals < 0
        alone = np.isin(rows.columns["role"], ("edited", "placebo")) & without & (rows.weight > 0)
        lost = int(alone.sum())
        return (
            [f"{lost:,} edits or placebos have no original in their slice and count nowhere"] if lost else []
        )

    def _beside(self, rows: Evidence) -> list[_Beside]:
        """What each row has beside the first original of its pair, beside the second, and so on."""
        if self._last is None or self._last[0].columns is not rows.columns:
            found = [_Beside(each, differences(rows.columns, each)) for each in originals(rows.columns)]
            self._last = rows, found
        return self._last[1]


@dataclass(frozen=True)
class _Beside:
    originals: npt.NDArray[np.intp]
    values: dict[str, Floats]


def originals(columns: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[np.intp]]:
    """The row of each row's original, -1 where there is none or it is one itself; as often as a pair has some.

    DataError where two samples of a pair are originals.
    """
    pairs, samples, original = columns["pair"], columns["sample"], columns["role"] == "original"
    places: dict[str, list[int]] = {}
    for index in np.flatnonzero(original).tolist():
        found = places.setdefault(pairs[index], [])
        if found and samples[found[0]] != samples[index]:
            raise DataError(
                f"The pair '{pairs[index]}' has two originals", "an edit would have two to be compared with"
            )
        found.append(index)
    most = max(map(len, places.values()), default=1)
    listed = [[*places.get(pair, []), *[-1] * most][:most] for pair in pairs.tolist()]
    table = np.array(listed, np.intp).reshape(len(pairs), most)
    return list(np.where(original[:, np.newaxis], -1, table).T)


def differences(
    columns: Mapping[str, npt.NDArray[Any]], originals: npt.NDArray[np.intp]
) -> dict[str, Floats]:
    """The numbers of each row beside that of its original, NaN where undefined."""
    scores, labels, changed = columns["scores"], columns["labels"] > 0, columns["changed"].astype(np.float64)
    falls = np.where((originals >= 0)[:, np.newaxis], scores[originals] - scores, np.nan)
    edited = (columns["role"] == "edited") & ~np.isnan(changed) & (originals >= 0)
    place = np.where(edited, changed, 0).astype(np.intp)
    fall = np.where(edited, falls[np.arange(len(falls)), place], np.nan)
    kept = labels & labels[originals] & (originals >= 0)[:, np.newaxis]
    right = columns["right"].astype(np.float64)
    return {
        "pair_order": np.where(np.isnan(fall), np.nan, (np.sign(fall) + 1) / 2),
        "margin": fall,
        "kept_drop": np.where(edited, _means(falls, kept), np.nan),
        "placebo_drop": np.where(columns["role"] == "placebo", _means(falls, kept), np.nan),
        "consistency": np.where(edited, right * right[originals], np.nan),
        "alignment": np.where(edited, columns["alignment"].astype(np.float64), np.nan),
    }


def _means(values: Floats, chosen: npt.NDArray[np.bool_]) -> Floats:
    """The mean of the chosen values of each row, NaN where none is."""
    return ratio(np.where(chosen, values, 0.0).sum(axis=1), chosen.sum(axis=1).astype(np.float64))

"""What `objects` and `relsim` share: both compare what a detector sees in a final image with the truth.

A protocol says where the truth is from: ``geneva`` lets the same detector look at the true image, as published;
``labels`` takes the data set's word. Both look at each sample's own last turn and pair by id. ``geneva-legacy`` is the
published book-keeping, of which only the evidence, what was seen, is a matter of a sample by itself.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from cfbench.detectors.objects import PRESENT
from cfbench.errors import DataError, UsageError
from cfbench.metrics._geneva_legacy import (
    BATCH,
    Pairing,
    grey_image,
    is_written,
    published_name,
    published_pairing,
)
from cfbench.metrics._pairs import none_for_nan
from cfbench.metrics.base import Evidence, Metric, NamedDetector, Scored, weighted_means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.detectors import ObjectDetector
    from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget, Image

    Floats = npt.NDArray[np.float64]
    ScoredEdit = Scored[EditInputs, EditTarget, EditPrediction]

GENEVA, LABELS, LEGACY = "geneva", "labels", "geneva-legacy"
LEGACY_SUMMARY = (
    "the released evaluation with its faults: images paired with truths by two sorts of names, grey truths of dialogues"
    " shorter than their batch's longest, samples dropped and lost; no intervals"
)
LOOKED_AT = ("own", "true", "grey")  # the images that the evidence of the published book-keeping is of


@dataclass(frozen=True)
class Seen:
    """The objects in some images, a line each. Places as a detector gives them, one a class."""

    probabilities: npt.NDArray[Any]  # (images, classes)
    places: npt.NDArray[Any]  # (images, classes, coordinates)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which classes are there."""
        there: npt.NDArray[np.bool_] = self.probabilities > PRESENT
        return there

    def at(self, images: npt.NDArray[np.intp]) -> Seen:
        """Of some of the images."""
        return Seen(self.probabilities[images], self.places[images])


class DetectedMetric(Metric):
    """A metric of what is seen in a sample's last image and in its truth: means over the pairs of both."""

    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    needs: ClassVar[tuple[str, ...]] = ("objects",)
    default_protocol: ClassVar[str] = GENEVA

    def __init__(
        self, protocol: str | None = None, detectors: Mapping[str, NamedDetector] | None = None
    ) -> None:
        """The published book-keeping binds samples to each other, so that resampling them says nothing."""
        super().__init__(protocol, detectors)
        if self.protocol == LEGACY:
            self.with_intervals = False

    @abstractmethod
    def measured(self, seen: Seen, truth: Seen) -> dict[str, Floats]:
        """The columns of evidence: a value a pair, NaN where it is undefined."""

    def summed_up(self, means: dict[str, Floats]) -> dict[str, Floats]:
        """The numbers of the metric from the means of the columns, a value a resample."""
        return means

    def evidence(self, scored: Sequence[ScoredEdit]) -> list[dict[str, Any]]:
        """A row a sample; under the published book-keeping what was seen, and what it would do with the sample."""
        if not scored:
            return []
        detector = self.detectors["objects"].detector
        own = look(detector, [one.prediction.images[-1] for one in scored])
        if self.protocol == LABELS:
            truth = true_objects(scored, own)
        else:
            truth = look(detector, [one.target.image for one in scored])
        if self.protocol == LEGACY:
            return _legacy_rows(scored, own, truth, detector)
        columns = {name: values.tolist() for name, values in self.measured(own, truth).items()}
        return [
            {"sample": one.id} | {name: none_for_nan(values[row]) for name, values in columns.items()}
            for row, one in enumerate(scored)
        ]

    def score(self, rows: Evidence) -> dict[str, float | None]:
        """The numbers; None where no row has a value. The published book-keeping counts each row once."""
        if not len(rows):
            return dict.fromkeys(self.numbers)
        if self.protocol == LEGACY:
            rows = Evidence.of(self.measured(*_legacy_pairs(rows)))
        return {
            name: none_for_nan(float(values[0]))
            for name, values in self._means(rows, rows.weight[None]).items()
        }

    def resampled(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """All lines at once."""
        if self.protocol == LEGACY:
            return super().resampled(rows, weights)
        return self._means(rows, weights)

    def remarks(self, rows: Evidence) -> list[str]:
        """What the published book-keeping did to the samples."""
        if self.protocol != LEGACY:
            return []
        pairing = _pairing(_counted(rows))
        scored = len(pairing.images)
        return [
            f"of {len(rows):,} samples, {pairing.dropped:,} not in a full batch of {BATCH} and {pairing.lost:,} lost to"
            f" file names that cannot be written; of the {scored:,} pairs scored, {pairing.wrong:,} with another sample's"
            f" truth and {int(pairing.grey.sum()):,} with a flat grey image"
        ]

    def _means(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        columns = (name for name in self.numbers if name in rows.columns)
        return self.summed_up({name: weighted_means(rows.columns[name], weights) for name in columns})


def look(detector: ObjectDetector, images: Sequence[Image]) -> Seen:
    """What a detector sees, checked."""
    found = detector.detect(images)
    if len(found) != len(images):
        raise UsageError(f"The detector gave {len(found)} detections of {len(images)} images")
    seen = Seen(
        *(
            array.astype(np.result_type(array, np.float32))
            for array in (
                np.array([one.probabilities for one in found]),
                np.array([one.places for one in found]),
            )
        )
    )
    probabilities, places = seen.probabilities, seen.places
    if probabilities.ndim != 2 or places.ndim != 3 or places.shape[:2] != probabilities.shape:
        raise UsageError(
            f"The detector gave probabilities of shape {probabilities.shape} and places of shape {places.shape}",
            "for each image they should be (classes,) and (classes, coordinates)",
        )
    if not ((probabilities >= 0) & (probabilities <= 1)).all() or not np.isfinite(places).all():
        raise UsageError("The detector gave probabilities outside 0 to 1, or places that are not finite")
    return seen


def true_objects(scored: Sequence[ScoredEdit], like: Seen) -> Seen:
    """The data set's own objects after the last turn, for the classes and coordinates that a detector has.

    Places are those of a `Placement`: x and y, and depth for a detector of three coordinates, in the unit of the data
    set (CoDraw: halves, 0 to 1, as its detector is taught). Of several objects of a class the last counts.
    """
    classes, coordinates = like.places.shape[1:]
    probabilities, places = np.zeros(like.probabilities.shape), np.zeros(like.places.shape)
    for row, one in enumerate(scored):
        for place in one.target.objects[-1]:
            if not 0 <= place.label < classes:
                raise DataError(
                    f"The detector does not know an object of {one.id}",
                    f"its class is {place.label}, and the detector has {classes} classes",
                    "Use the detector of this data set",
                )
            probabilities[row, place.label] = 1
            places[row, place.label] = (place.x, place.y, place.depth)[:coordinates]
    return Seen(probabilities, places)


def _legacy_rows(
    scored: Sequence[ScoredEdit], own: Seen, truth: Seen, detector: ObjectDetector
) -> list[dict[str, Any]]:
    shapes = {one.target.image.shape for one in scored}
    greys = {shape: look(detector, [grey_image(shape)]) for shape in shapes}
    rows = []
    for position, one in enumerate(scored):
        row: dict[str, Any] = {
            "sample": one.id,
            "published": published_name(one.id),
            "turns": len(one.inputs.instructions),
            "written": is_written(one.inputs.instructions[0]),
        }
        here = np.array([position])
        images = own.at(here), truth.at(here), greys[one.target.image.shape]
        for name, seen in zip(LOOKED_AT, images, strict=True):
            row[f"{name}_probabilities"] = seen.probabilities[0]
            row[f"{name}_places"] = seen.places[0].reshape(-1)
        rows.append(row)
    return rows


def _counted(rows: Evidence) -> Evidence:
    """Without the rows of no weight, which are no samples."""
    return Evidence.of(rows.where(rows.weight > 0).columns)


def _pairing(rows: Evidence) -> Pairing:
    columns = rows.columns
    return published_pairing(
        cast("list[str]", columns["published"].tolist()),
        columns["turns"].astype(np.float64),
        columns["written"].astype(np.bool_),
    )


def _legacy_pairs(rows: Evidence) -> tuple[Seen, Seen]:
    """What is seen in each image that is scored, and in the image that it is compared with."""
    rows = _counted(rows)
    pairing = _pairing(rows)
    own, true, grey = (_stored(rows, name) for name in LOOKED_AT)
    true, grey, over = true.at(pairing.truths), grey.at(pairing.truths), pairing.grey
    truth = Seen(
        np.where(over[:, None], grey.probabilities, true.probabilities),
        np.where(over[:, None, None], grey.places, true.places),
    )
    return own.at(pairing.images), truth


def _stored(rows: Evidence, name: str) -> Seen:
    probabilities, places = rows.columns[f"{name}_probabilities"], rows.columns[f"{name}_places"]
    classes = probabilities.shape[1]
    return Seen(probabilities, places.reshape(len(rows), classes, places.shape[1] // classes))

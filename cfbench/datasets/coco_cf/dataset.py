"""COCO photographs and their edits, as features (Teney et al. 2020, section 4.2; edits after Agarwal et al. 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.datasets.coco_cf import layout
from cfbench.datasets.coco_cf.reading import fault, read_classes, read_rows, read_seen, refuse_width
from cfbench.datasets.paired import SHARE_OPTIONS, SPLITS, PairedDataset
from cfbench.datasets.paired_images import ImageMember, ImagePairs, labels_of, spelled
from cfbench.options import Option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cfbench.datasets.coco_cf.reading import Rows


class FeaturePairs(ImagePairs):
    """Images of which only features are there."""

    def __init__(
        self,
        name: str,
        records: Sequence[ImageMember],
        classes: tuple[str, ...],
        features: Sequence[npt.NDArray[np.floating]],
        rendering: str,
    ) -> None:
        """``features`` has one row a record."""
        super().__init__(name, records, classes)
        self._features = features
        self.rendering = rendering

    def features(self, index: int) -> npt.NDArray[np.float32]:
        """In float32."""
        return self._features[index].astype(np.float32)


class CocoCf(PairedDataset):
    """Which of 80 classes are in a photograph? Each comes with up to three edits that take out all of one class."""

    name: ClassVar[str] = "coco-cf"
    version: ClassVar[str] = "1"
    task: ClassVar[str] = "image-labels"
    summary: ClassVar[str] = (
        "features of 2,872 COCO photographs and of 7,004 edits without one of their classes"
    )
    licence: ClassVar[str] = "CC BY 4.0 (annotations); features of Flickr photographs, for research"
    citation: ClassVar[str] = (
        "Teney et al. 2020, Learning what makes a difference from counterfactual examples and gradient supervision."
        " Images: Lin et al. 2014, Microsoft COCO. Edits after Agarwal et al. 2020, Towards causal VQA"
    )
    homepage: ClassVar[str] = "https://cocodataset.org"
    options: ClassVar[Mapping[str, Option]] = {
        **SHARE_OPTIONS,
        "weak": Option(
            "keep",
            "labels of objects that an edit covered for the most part: keep counts them as there, drop as gone",
            choices=("keep", "drop"),
        ),
    }
    twin: ClassVar[str | None] = "park-labels-mini"
    manual: ClassVar[str] = (
        "There is no download: make it from COCO's images with 'cfbench data edit-coco --out <data root>/coco/coco_cf …'"
        " ('cfbench data edit-coco --help')"
    )
    rendering: ClassVar[str] = "coco-cf@1:c48289b38647ad664c6581555c39d5b4f45c11bfa27a34999aa2c3b0bd4f18d1"
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "036444dee74c8e773e34065244dcf9b9ee8dea17a737f23cc8a104dca022c6ca",
        "val": "a709a8741276c950e763f547f72b46f1c25eb63cca3150e14dd0e4f116d700ce",
        "test": "be4ebf4ff9dea37175ec1f476511d31017d98d978fed8e6c9e047d3a6f4a9424",
    }

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """The files that are not there."""
        return [name for name in layout.files(SPLITS) if not (root / name).is_file()]

    def open_split(self, name: str, limit: int | None) -> FeaturePairs:
        """The first samples: each original, its edits, and its placebo if it has one."""
        folder, weak = self.context.root / layout.FOLDER, self.chosen["weak"] == "keep"
        classes = read_classes(folder)
        rows = read_rows(folder, name, len(classes))
        hard = np.zeros(len(rows.arrays["labels"]), np.bool_)
        if name != self.training_split:
            hard = _hard(folder, rows, len(classes), weak=weak)
        pairs = self.share(name, _pairs(name, rows, classes, rows.labels(weak=weak), hard))
        chosen = [one for pair in pairs for one in pair][:limit]
        records, features = [record for record, _ in chosen], [row for _, row in chosen]
        return FeaturePairs(name, records, classes, features, f"coco-cf@1:{rows.digest()}")


def _hard(folder: Path, rows: Rows, classes: int, *, weak: bool) -> npt.NDArray[np.bool_]:
    """By the rule; DataError where the file says otherwise of the same labels."""
    seen = read_seen(folder, classes, weak=weak)
    refuse_width(rows.path, rows.arrays["features"].shape[1], seen.width, "train")
    again = [image in seen.images for image in rows.arrays["image_id"].tolist()]
    if any(again):
        raise fault(rows.path, "image_id", again.index(True), "the image is in train, too")
    new = np.array([labels_of(row) not in seen.labels for row in rows.labels(weak=weak)])
    hard: npt.NDArray[np.bool_] = new & rows.arrays["is_edited"].astype(np.bool_)
    if weak and "hard" in rows.arrays:
        differ = np.flatnonzero(hard != rows.arrays["hard"].astype(np.bool_))
        if differ.size:
            why = "not what the labels of train and of this row say"
            raise fault(rows.path, "hard", int(differ[0]), why)
    return hard


def _pairs(
    split: str,
    rows: Rows,
    classes: tuple[str, ...],
    labels: npt.NDArray[np.bool_],
    hard: npt.NDArray[np.bool_],
) -> list[list[tuple[ImageMember, npt.NDArray[np.floating]]]]:
    arrays = rows.arrays
    placebos = {}
    if rows.placebos:
        placebos = {original: at for at, original in enumerate(rows.placebos["original_index"].tolist())}
    pairs: list[list[tuple[ImageMember, npt.NDArray[np.floating]]]] = []
    originals = np.flatnonzero(arrays["is_edited"] == 0).tolist()
    for start, end in zip(originals, [*originals[1:], len(labels)], strict=True):
        pair = f"{split}_{int(arrays['image_id'][start]):012d}"
        of_original = labels_of(labels[start])
        members = [(ImageMember(f"{pair}_original", pair, "original", None, of_original, hard=False), start)]
        for row in range(start + 1, end):
            removed = int(arrays["removed_class"][row])
            name = f"{pair}_without-{spelled(classes[removed])}"
            members.append(
                (ImageMember(name, pair, "edited", removed, labels_of(labels[row]), bool(hard[row])), row)
            )
        found = [(record, arrays["features"][row]) for record, row in members]
        if start in placebos:
            record = ImageMember(f"{pair}_placebo", pair, "placebo", None, of_original, hard=False)
            found.append((record, rows.placebos["features"][placebos[start]]))
        pairs.append(found)
    return pairs

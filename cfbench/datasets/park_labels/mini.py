"""``park-labels-mini``: pictures and light features of park scenes with their edits and placebos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.datasets.paired import SHARE_OPTIONS, PairedDataset
from cfbench.datasets.paired_images import ImageMember, ImagePairs, spelled
from cfbench.datasets.park_labels import features
from cfbench.datasets.park_labels.company import CLASSES
from cfbench.datasets.park_labels.scenes import Family, labels_in, sample_family
from cfbench.files import canonical_json, parse_json, sha256_hex
from cfbench.options import Option
from cfbench.worlds.park.render import ParkRenderer
from cfbench.worlds.park.strings import parse_scene

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.cache import ContentCache
    from cfbench.datasets.paired_images import Labels
    from cfbench.reporter import Reporter
    from cfbench.tasks.base import Image

SEED = 20204
BLOCK = 100  # families that are generated and cached together, and samples whose features are
_RENDERING = "park@1:own"
Sample = tuple[ImageMember, str]
"""A record and its scene string."""


class ParkPairs(ImagePairs):
    """Scenes as pictures, drawn when asked for, and as features, kept once they are made."""

    def __init__(
        self, name: str, samples: Sequence[Sample], size: int, cache: ContentCache, reporter: Reporter
    ) -> None:
        """Makes nothing yet."""
        super().__init__(name, [record for record, _ in samples], CLASSES)
        self.scenes = [scene for _, scene in samples]
        self.rendering = f"{_RENDERING}|{size}px|{features.IDENTITY}"
        self._renderer, self._cache, self._reporter = ParkRenderer(size), cache, reporter
        self._features: npt.NDArray[np.float32] | None = None

    def specification(self, index: int) -> list[object]:
        """What any split of images has, and the scene."""
        return [*super().specification(index), self.scenes[index]]

    def image(self, index: int) -> Image:
        """The scene as it is drawn."""
        return self._renderer.render(parse_scene(self.scenes[index]))

    def features(self, index: int) -> npt.NDArray[np.float32]:
        """Of the picture at 64 pixels, whatever the size of the images. The first call makes those of all samples."""
        if self._features is None:
            self._features = self._all_features()
        row: npt.NDArray[np.float32] = self._features[index]
        return row

    def _all_features(self) -> npt.NDArray[np.float32]:
        blocks = []
        with self._reporter.track(f"park-labels-mini {self.name} features", len(self.scenes)) as advance:
            for start in range(0, len(self.scenes), BLOCK):
                scenes = self.scenes[start : start + BLOCK]
                blocks.append(self._block(scenes))
                advance(len(scenes))
        return np.concatenate(blocks)

    def _block(self, scenes: list[str]) -> npt.NDArray[np.float32]:
        key = {
            "kind": "features",
            "of": f"{_RENDERING}|{features.IDENTITY}",
            "scenes": sha256_hex(canonical_json(scenes)),
        }
        kept = self._cache.get(key)
        if kept is not None:
            return np.frombuffer(kept, "<f4").reshape(len(scenes), features.WIDTH)
        renderer = ParkRenderer(features.SIZE)
        found = np.stack([features.features_of(renderer.render(parse_scene(scene))) for scene in scenes])
        self._cache.put(key, found.astype("<f4").tobytes())
        return found


class ParkLabelsMini(PairedDataset):
    """Which of 24 classes are in a park scene? In all splits twelve of them keep company with the other twelve."""

    name: ClassVar[str] = "park-labels-mini"
    version: ClassVar[str] = "1"
    task: ClassVar[str] = "image-labels"
    summary: ClassVar[str] = (
        "generated twin of coco-cf: 2,000/300/700 park scenes whose objects keep company,"
        " each drawn again without one class"
    )
    licence: ClassVar[str] = "Apache-2.0"
    citation: ClassVar[str] = (
        "cfbench. After Teney et al. 2020, Learning what makes a difference from counterfactual examples and gradient"
        " supervision"
    )
    options: ClassVar[Mapping[str, Option]] = {
        **SHARE_OPTIONS,
        "size": Option("64", "width and height of the images in pixels", whole_numbers=(16, 512)),
    }
    twin_of: ClassVar[str | None] = "coco-cf"
    generated: ClassVar[Mapping[str, int]] = {"train": 2000, "val": 300, "test": 700}
    generator_version: ClassVar[str] = "1"
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "7c22f97925bdb580412fb19d8c08425cb1e6408a16f9f7da3830c218afb38d9f",
        "val": "d2abb252bc4ffbc492d2f6614d15189f4cf1a1457cda54247e9f9868ed400097",
        "test": "b0ceadc0f16fd1e23243f79735a79bf6c80eb0aee6e5b7b7fea4dc1e4471674c",
    }

    def open_split(self, name: str, limit: int | None) -> ParkPairs:
        """The first samples: each original, its edits and (but in train) its placebo."""
        wanted = self.generated[name]
        if limit is not None and name != self.training_split:
            wanted = min(wanted, limit)
        families = self._families(name, wanted)
        seen = set() if name == self.training_split else self._seen()
        pairs = [self._samples(name, index, family, seen) for index, family in enumerate(families)]
        samples = [one for pair in self.share(name, pairs) for one in pair][:limit]
        return ParkPairs(name, samples, int(self.chosen["size"]), self.context.cache, self.context.reporter)

    def _samples(self, split: str, index: int, family: Family, seen: set[Labels]) -> list[Sample]:
        pair = f"{split}_{index:04d}"
        labels = labels_in(parse_scene(family.original))
        found = [
            (ImageMember(f"{pair}_original", pair, "original", None, labels, hard=False), family.original)
        ]
        for removed, scene in family.edits:
            rest = tuple(label for label in labels if label != removed)
            hard = split != self.training_split and rest not in seen
            name = f"{pair}_without-{spelled(CLASSES[removed])}"
            found.append((ImageMember(name, pair, "edited", removed, rest, hard), scene))
        if split != self.training_split:
            record = ImageMember(f"{pair}_placebo", pair, "placebo", None, labels, hard=False)
            found.append((record, family.placebo))
        return found

    def _seen(self) -> set[Labels]:
        """The sets of labels of all of train."""
        families = self._families(self.training_split, self.generated[self.training_split])
        pairs = [self._samples(self.training_split, index, one, set()) for index, one in enumerate(families)]
        return {record.labels for pair in pairs for record, _ in pair}

    def _families(self, split: str, wanted: int) -> list[Family]:
        found: list[Family] = []
        with self.context.reporter.track(f"{self.name} {split}", wanted) as advance:
            for start in range(0, wanted, BLOCK):
                found += self._block(split, start, min(start + BLOCK, wanted))
                advance(len(found) - start)
        return found

    def _block(self, split: str, start: int, end: int) -> list[Family]:
        """Some families; whole blocks are kept."""
        whole = min(start + BLOCK, self.generated[split])
        key = {
            "kind": "records",
            "dataset": f"{self.name}@{self.version}",
            "generator": self.generator_version,
            "split": split,
            "start": start,
            "end": whole,
        }
        kept = self.context.cache.get(key)
        if kept is not None:
            return [_read(value) for value in parse_json(kept, source="cached scenes")][: end - start]
        families = [sample_family(SEED, split, index) for index in range(start, end)]
        if end == whole:
            rows = [[one.original, [list(edit) for edit in one.edits], one.placebo] for one in families]
            self.context.cache.put(key, canonical_json(rows))
        return families


def _read(value: Any) -> Family:
    original, edits, placebo = value
    return Family(original, tuple((removed, scene) for removed, scene in edits), placebo)

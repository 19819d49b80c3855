"""Features of regions by file, and how much people looked at each region.

``features/<image>.npz`` holds ``features`` (regions, d), ``boxes`` (regions, 4: left, top, right, bottom in pixels of
the image) and ``size`` (2: width and height of the image).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.datasets.vqa_cp import layout
from cfbench.datasets.vqa_cp.showing import View, blank
from cfbench.errors import DataError
from cfbench.files import canonical_json, read_image, read_json, sha256_hex
from cfbench.files.npz import ArraySpec, read_npz

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cfbench.datasets.vqa_cp.questions import Floats, Question

MAX_REGIONS = 1000
MAX_SIDE = 100_000
MAX_FEATURE_BYTES = 256 * 1024 * 1024
MAX_MAP_PIXELS = 16 * 1024 * 1024
MAX_ATTENTION_BYTES = 512 * 1024 * 1024
_READING = "vqa-cp-regions@1"  # changes whenever a feature or an attention of the same files could
_FEATURES = ArraySpec("f", ("regions", "d"))
_PLACES = {"boxes": ArraySpec("fiu", ("regions", 4)), "size": ArraySpec("fiu", (2,))}
_MEND = "Write the features and their index anew"


@dataclass(frozen=True)
class FileRegions:
    """Looks at images through feature files, and with the eyes of people where they were asked."""

    root: Path
    edition: str

    @cached_property
    def identity(self) -> str:
        """The index, and name and length of every file of features and attention; their contents are not read.

        A file that is changed and keeps its length is not noticed.
        """
        home = layout.home(self.root)
        parts: list[Any] = [sha256_hex(home / layout.INDEX), layout.sizes(home / "features")]
        given = home / layout.ATTENTION
        parts += (
            [sha256_hex(given)] if given.is_file() else [layout.sizes(home / name) for name in layout.MAPS]
        )
        return f"{_READING}:{sha256_hex(canonical_json(parts))}"

    def features(self, question: Question) -> Floats:
        """From the image's file."""
        path = self._file(question)
        found = read_npz(path, {"features": _FEATURES}, max_bytes=MAX_FEATURE_BYTES, what="features")[
            "features"
        ]
        if not 0 < len(found) <= MAX_REGIONS:
            raise DataError(
                f"Cannot use {path}", f"it has {len(found):,} regions, not 1 to {MAX_REGIONS:,}", _MEND
            )
        if found.shape[1] != self._index.dimension:
            wanted = f"{layout.INDEX} says {self._index.dimension}"
            raise DataError(
                f"Cannot use {path}", f"its features are {found.shape[1]} wide, and {wanted}", _MEND
            )
        return found.astype(np.float32)

    def attended(self, question: Question) -> bool:
        """Whether people were asked."""
        if self._given is not None:
            return question_id(question) in self._given
        return bool(self._maps_of(question))

    def attention(self, question: Question) -> Floats | None:
        """As given, or as :func:`weights` has it of the map; of several people's maps the mean."""
        key = question_id(question)
        if self._given is not None:
            return self._given_to(question, self._given[key]) if key in self._given else None
        paths = self._maps_of(question)
        if not paths:
            return None
        shares, _ = self._boxes(question)
        found = [weights(_map(one), shares) for one in paths]
        attention: Floats = np.mean(found, axis=0).astype(np.float32)
        return attention

    def view(self, question: Question) -> View:
        """The boxes on paper of the image's shape; the images themselves are not read."""
        shares, (width, height) = self._boxes(question)
        return View(blank(width, height), shares)

    def slices(self, question: Question) -> tuple[str, ...]:  # noqa: ARG002
        """None."""
        return ()

    def specification(self, question: Question) -> Any:  # noqa: ARG002
        """None: the regions are in files."""
        return None

    @cached_property
    def _index(self) -> layout.FeatureIndex:
        return layout.feature_index(layout.home(self.root) / layout.INDEX)

    @cached_property
    def _images(self) -> frozenset[str]:
        return frozenset(self._index.images)

    @cached_property
    def _given(self) -> Mapping[str, Any] | None:
        path = layout.home(self.root) / layout.ATTENTION
        if not path.is_file():
            return None
        value = read_json(path, max_bytes=MAX_ATTENTION_BYTES)
        if not isinstance(value, dict):
            raise DataError(f"Cannot use {path}", "it is no object of question ids and lists of numbers")
        return value

    @cached_property
    def _maps(self) -> Mapping[str, Sequence[Path]]:
        return {} if self._given is not None else layout.maps(self.root)

    def _maps_of(self, question: Question) -> Sequence[Path]:
        return self._maps.get(first_id(question.image_id, int(question_id(question)), self.edition), ())

    def _file(self, question: Question) -> Path:
        if question.image_id not in self._images:
            why = f"{layout.INDEX} does not name its image {question.image_id}"
            raise DataError(f"There are no features for question {question.id}", why, _MEND)
        return layout.home(self.root) / "features" / f"{question.image_id}.npz"

    def _boxes(self, question: Question) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
        """Boxes as shares of width and height, and those in pixels."""
        path = self._file(question)
        places = read_npz(
            path, {"features": _FEATURES, **_PLACES}, max_bytes=MAX_FEATURE_BYTES, what="features"
        )
        if not ((places["size"] >= 1) & (places["size"] <= MAX_SIDE)).all():
            why = f"the 'size' of its image is not 1 to {MAX_SIDE:,} pixels"
            raise DataError(f"Cannot use {path}", why, _MEND)
        shares: npt.NDArray[np.float64] = places["boxes"] / np.tile(places["size"].astype(np.float64), 2)
        width, height = (int(side) for side in places["size"])
        return shares, (width, height)

    def _given_to(self, question: Question, values: Any) -> Floats:
        place = f"{layout.home(self.root) / layout.ATTENTION}, question {question_id(question)}"
        numbers = isinstance(values, list) and all(
            type(one) in (int, float) and 0 <= one <= 1 for one in values
        )
        if not numbers:
            raise DataError(f"Cannot use {place}", "it is no list of numbers from 0 to 1")
        regions = len(self.features(question))
        if len(values) != regions:
            why = f"it has {len(values)} weights, and image {question.image_id} has {regions} regions"
            raise DataError(f"Cannot use {place}", why)
        return np.array(values, np.float32)


def question_id(question: Question) -> str:
    """The id in the released files: that of the pair, where it is in one."""
    return question.pair or question.id


def first_id(image_id: str, question: int, edition: str) -> str:
    """A question's id in VQA v1, which the maps are named by; empty where v1 did not ask it.

    v1 numbers an image's questions by one digit after the image's id, v2 by three, beginning with those of v1.
    """
    if edition == "v1":
        return str(question)
    number = question - int(image_id) * 1000
    return str(int(image_id) * 10 + number) if 0 <= number < 10 else ""


def weights(looked: npt.NDArray[np.float64], boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """For each box the mean of a map inside it, over the sum of that and of the mean outside it; 0 for an empty map.

    So Selvaraju et al. (2019, Taking a HINT) weigh regions. ``boxes`` (regions, 4) are shares of width and height; a
    box is widened to whole pixels of the map, one at least, and cut at its edges.
    """
    height, width = looked.shape
    sums = np.zeros((height + 1, width + 1))
    sums[1:, 1:] = looked.cumsum(axis=0).cumsum(axis=1)
    left, right = _span(boxes[:, 0], boxes[:, 2], width)
    top, bottom = _span(boxes[:, 1], boxes[:, 3], height)
    inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    area = (right - left) * (bottom - top)
    outside, rest = sums[-1, -1] - inside, height * width - area
    density = inside / area
    other = np.divide(outside, rest, out=np.zeros_like(density), where=rest > 0)
    total = density + other
    found: npt.NDArray[np.float64] = np.divide(density, total, out=np.zeros_like(density), where=total > 0)
    return np.clip(found, 0, 1)


def _span(
    low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], side: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    start = np.clip(np.floor(np.clip(low, 0, 1) * side), 0, side - 1).astype(np.intp)
    end = np.ceil(np.clip(high, 0, 1) * side).astype(np.intp)
    return start, np.clip(end, start + 1, side)


def _map(path: Path) -> npt.NDArray[np.float64]:
    picture = read_image(path, max_pixels=MAX_MAP_PIXELS, what="attention map")
    grey: npt.NDArray[np.float64] = picture.astype(np.float64).sum(
        axis=2
    )  # whole numbers, so that sums are exact
    return grey

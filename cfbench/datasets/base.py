"""What a data set is: ``name@version``, a task, splits of samples with stable ids, and where they come from.

A split keeps inputs and targets apart: ``inputs`` never builds a target, so the stage that runs a
model never holds one.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from cfbench.errors import unknown_name
from cfbench.options import checked_options
from cfbench.reporter import Reporter, silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cfbench.cache import ContentCache
    from cfbench.datasets.installing import Check
    from cfbench.options import Option
    from cfbench.tasks.base import Image

Inputs_co = TypeVar("Inputs_co", covariant=True)
Target_co = TypeVar("Target_co", covariant=True)


@dataclass(frozen=True)
class Source:
    """A file of the official release, and what is known of it."""

    url: str
    path: str  # below the data root; a folder when ``unpack`` is set
    sha256: str | None
    max_bytes: int
    magic: tuple[bytes, ...]
    unpack: bool = False


@dataclass(frozen=True)
class DataContext:
    """What a data set may use of the machine."""

    root: Path
    cache: ContentCache
    options: Mapping[str, str] = field(default_factory=dict)
    reporter: Reporter = silent
    offline: bool = False


class Split(ABC, Generic[Inputs_co, Target_co]):
    """The samples of one split, by position. Lazy: a sample is made when it is asked for.

    A split holds nothing of other splits. ``training`` models receive one as it is.
    """

    name: str
    ids: Sequence[str]
    rendering: str = ""
    """Changes whenever any pixel or other content that no ``specification`` holds could: the files it is read
    from, the code and the size it is drawn with. Not part of the fingerprint, which holds on every machine, but
    of the key of what was predicted and measured from it."""
    grouped_by: str = ""
    """What samples share that are not independent of each other, such as ``dialogue``: intervals and paired tests
    resample these groups. Empty: each sample is a group of its own."""

    def __len__(self) -> int:
        return len(self.ids)

    @abstractmethod
    def inputs(self, index: int, *, teacher_forced: bool = False) -> Inputs_co:
        """What a model sees of a sample."""

    @abstractmethod
    def target(self, index: int) -> Target_co:
        """What only metrics (and models that declare ``needs_target``) see."""

    @abstractmethod
    def specification(self, index: int) -> Any:
        """The JSON value that a fingerprint covers: scene specification and texts, not pixels."""

    def slices(self, index: int) -> tuple[str, ...]:  # noqa: ARG002
        """The named slices that a sample belongs to, beside ``all``."""
        return ()

    def shown(self, index: int) -> tuple[tuple[str, ...], Image] | None:  # noqa: ARG002
        """Lines of text and a picture of a sample for people; None where there are none."""
        return None

    def group(self, index: int) -> str:
        """The id of what a sample shares with others, where the split is ``grouped_by`` something."""
        return self.ids[index]

    def fingerprint(self) -> str:
        """SHA-256 over the canonical form of the samples, in order."""
        from cfbench.files import canonical_json

        digest = hashlib.sha256()
        for index, sample in enumerate(self.ids):
            digest.update(canonical_json([sample, self.specification(index)]) + b"\n")
        return digest.hexdigest()


class Dataset(ABC):
    """A data set, declared by class attributes and opened with a :class:`DataContext`.

    A data set is never changed in place: what changes its samples changes ``version``.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    task: ClassVar[str]
    summary: ClassVar[str]
    licence: ClassVar[str]
    citation: ClassVar[str]
    homepage: ClassVar[str] = ""
    splits: ClassVar[tuple[str, ...]]
    default_split: ClassVar[str] = "test"
    training_split: ClassVar[str] = "train"
    validation_split: ClassVar[str] = "val"
    learned_from: ClassVar[str | None] = None  # what models are fitted on, where it is another data set
    options: ClassVar[Mapping[str, Option]] = {}
    twin: ClassVar[str | None] = None  # the embedded data set that stands in where this is not installed
    twin_of: ClassVar[str | None] = None
    views: ClassVar[Mapping[str, str]] = {}  # another task -> the data set that asks it of the same samples
    view_of: ClassVar[str | None] = None  # name@version of the data set whose samples these are
    sources: ClassVar[tuple[Source, ...]] = ()
    manual: ClassVar[str] = ""  # how to install what cannot be downloaded
    detectors: ClassVar[Mapping[str, str]] = {}  # kind -> the detector that metrics look through by default
    rendering: ClassVar[str] = ""  # of the pictures that cfbench was tested with, under the default options
    fingerprints: ClassVar[Mapping[str, str]] = {}  # split -> fingerprint under the default options

    def __init__(self, context: DataContext) -> None:
        """Open with checked options; reads nothing yet."""
        self.context = context
        self.chosen = self.resolve_options(context.options)

    @classmethod
    def resolve_options(cls, given: Mapping[str, str]) -> dict[str, str]:
        """Every option of the data set with its value."""
        defaults = {name: option.default for name, option in cls.options.items()}
        return checked_options(cls.options, {**defaults, **given}, "data set", cls.name)

    @classmethod
    def missing(cls, root: Path) -> list[str]:  # noqa: ARG003
        """What is not installed below ``root``, each as a path or a phrase; empty when all is there.

        Partly installed is not installed.
        """
        return []

    def split(self, name: str, limit: int | None = None) -> Split[Any, Any]:
        """The first ``limit`` samples of a split (all of them by default), making no more than those."""
        if name not in self.splits:
            raise unknown_name(
                f"split of {self.name}", name, self.splits, list_command=f"cfbench describe {self.name}"
            )
        return self.open_split(name, limit)

    @abstractmethod
    def open_split(self, name: str, limit: int | None) -> Split[Any, Any]:
        """The samples of a known split."""

    def checks(self) -> list[Check]:
        """What ``data verify`` holds against its rules beside files and fingerprints."""
        return []

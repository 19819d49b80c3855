"""How large a GeNeVA is and how it is trained: every number by name.

The preset ``paper`` is the published network and its published numbers; the others are the same definition,
smaller. What the published code got wrong is mended in all of them; each fault can be chosen by its name.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from cfbench.errors import UsageError, unknown_name
from cfbench_models.options import recipe_of as named_recipe
from cfbench_models.options import tupled

if TYPE_CHECKING:
    from collections.abc import Mapping

COLOURS = 3
MIDDLE = 16
"""Cells of a side where the features of the previous image meet the generator's."""
WARMING = 100  # steps, however many there are: a longer training begins as a shorter one does
COOLING = 0.25  # of all steps
FAULTS: Mapping[str, str] = {
    "train-mode-batchnorm": "at test, batch norms take the statistics of the batch, so that samples change each other",
    "bgr-canvas": "editing starts from a canvas with red and blue exchanged, in training and at test",
    "inconsistent-aux": "the generator's auxiliary target is every object so far, the discriminator's what was added",
    "wrong-images": "the wrong pairs are wrong images with the right text; mended, as in the paper: the right image"
    " with the text of another dialogue",
    "padded-penalty": "the gradient penalty counts the gray images behind the ends of dialogues that are not the"
    " longest of their batch",
    "discriminator-teaches-text": "the text path learns from the discriminator's loss alone: the generator gets it"
    " detached",
    "fixed-output-norm": "the layer norm behind the history is in no optimizer",
    "first-columns": "the conditional norms' first weights are 1 in the columns of the first half of the condition,"
    " and 0 elsewhere, instead of a gain of 1 and a shift of 0",
    "unshuffled": "every epoch has the same batches in the same order",
    "unseeded-noise": "at test, noise is drawn anew in every run",
}
"""The faults of the published code that can be chosen, and what each does."""


@dataclass(frozen=True)
class Size:
    """The widths of the networks."""

    side: int = 128
    """Pixels of a side of the images."""
    squeeze: int = 1
    """Pixels of a side that make one cell: larger than 1, the networks work on a grid with a cell's pixels as channels."""
    word: int = 300
    sentence: int = 1024
    """Of both directions together."""
    condition: int = 1024
    features: tuple[int, ...] = (64, 128, 512)
    """Channels of the image encoder's convolutions."""
    noise: int = 100
    augmented: int = 256
    """Conditioning augmentation: what is drawn from the condition."""
    first: int = 1024
    """Channels of the generator's 4 x 4 maps."""
    before: tuple[int, ...] = (1024, 512)
    """Of its blocks before the image's features join, each twice as large as the one before it."""
    after: tuple[int, ...] = (256, 128, 64)
    noisy_norms: bool = False
    """Whether noise tells those blocks' norms what to do, beside the condition; published: it begins the maps alone."""
    place: int = 0
    """Channels of the part that chooses a place for what is added; 0: there is none, as published."""
    heads: int = 4
    """Of that part's attention."""
    settled: bool = False
    """Whether a chosen place is the middle of what is likely around its cell; else it is anywhere in the cell."""
    named: int = 0
    """Channels of the maps by which the generator is told what is added where; published: there are none."""
    sketch: int = 0
    """Channels of the part that draws each of those as a small picture, to be laid where it is; published: there is
    none."""
    circles: bool = False
    """Whether noise is a row of directions, two numbers each, and how far they point says nothing; published: no."""
    composited: bool = False
    """Whether a mask decides what is new and what is kept of the previous image; published: all is new."""
    trunk: tuple[int, ...] = (64, 128, 256)
    """Of the discriminator's blocks on each image, before they are subtracted."""
    joint: tuple[int, ...] = (512, 1024, 1024)
    """Of its blocks behind the subtraction."""
    auxiliary: int = 256

    def to_json(self) -> dict[str, Any]:
        """Every width by its name."""
        return asdict(self)

    @property
    def grid(self) -> int:
        """Cells of a side."""
        return self.side // self.squeeze

    @property
    def doublings(self) -> int:
        """How often the middle maps are doubled to come to the grid."""
        return int(math.log2(self.grid // MIDDLE))

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        cells, rest = divmod(self.side, self.squeeze)
        if rest or cells < MIDDLE or cells & (cells - 1):
            why = f"{self.side} pixels and cells of {self.squeeze} give no 16, 32, 64 … cells a side"
            raise UsageError("This size cannot be built", why)
        wide = min(len(self.features), len(self.after), len(self.trunk))
        if wide < self.doublings or len(self.before) != 2:
            raise UsageError("This size cannot be built", f"its grid needs {self.doublings} doubling blocks")
        if self.sketch and not (self.named and self.composited):
            raise UsageError(
                "This size cannot be built", "small pictures are of what is named, and have a mask"
            )
        if self.circles and self.noise % 2:
            raise UsageError("This size cannot be built", f"{self.noise} numbers are no row of pairs")


@dataclass(frozen=True)
class Recipe:
    """The options of a training."""

    size: Size = Size()
    epochs: int = 200
    batch: int = 32
    """Sequences; their turns are learned together, each from the true image before it."""
    generator_rate: float = 1e-4
    discriminator_rate: float = 4e-4
    history_rate: float = 3e-4
    sentence_rate: float = 3e-3
    condition_rate: float = 6e-3
    """Of the condition encoder and the image encoder."""
    momentum: float = 0.0
    """Adam's first beta for generator and discriminator."""
    schedule: Literal["constant", "cooling"] = "constant"
    """``cooling``: the rates fall to nothing in the last quarter of all steps."""
    clipping: float = 50.0
    """The largest norm of the gradient of the text path."""
    adversarial: float = 1.0
    penalty: float = 1.0
    """Of the gradient at true images."""
    penalty_every: int = 1
    """Steps; what is left out is made up for by weight."""
    judged: float = 1.0
    """The share of the turns that the discriminator sees in a step. They are edited as at test; ``reconstruction``
    is of the others."""
    auxiliary: float = 5.0
    divergence: float = 1.0
    """Of the conditioning augmentation from a standard normal."""
    reconstruction: float = 0.0
    """Of the mean absolute difference from the true image; published: there is no such loss."""
    changed: float = 0.0
    """How much more the pixels count in it that a true edit changes: 8 makes them count nine times."""
    surprise: float = 0.0
    """Of the noise that a true image speaks for, from a standard normal; such noise is what reconstructed turns are
    given. Published: noise knows nothing."""
    naming: float = 0.0
    """Of naming what a turn adds by the condition alone, so that the text path learns from every turn, for a size
    that names it."""
    placing: float = 0.0
    """Of the cross-entropy of where it is."""
    text_learns_from: Literal["generator", "both"] = "generator"
    precision: Literal["fp32", "bf16"] = "fp32"
    """Of the maps in training; parameters, sums and the text path are always fp32."""
    averaging: float = 0.0
    """Decay of the average of the editor's weights that is kept; 0: the last weights are."""
    unknown: float = 0.0
    """The share of words that are hidden in training, so that an unknown word is nothing new."""
    temperature: float = 1.0
    """Of the choice of a place at test."""
    faults: tuple[str, ...] = ()
    """Names of published faults to keep."""
    checked: int = 96
    """Validation sequences that are edited in each check."""
    piece: int = 0
    """Steps between checkpoints; 0: an epoch."""
    patience: int | None = None
    """Checks without a better score after which training ends."""
    split: str = ""
    """The split to learn from, such as ``train-50``; else the data set's training split."""
    samples: int | None = None
    """Only so many of the first samples of that split."""
    vectors: str = ""
    """A file of word vectors to begin with, a word and its numbers a line, as GloVe has them."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        for name in self.faults:
            if name not in FAULTS:
                raise unknown_name("published fault", name, FAULTS, list_command="cfbench describe geneva")
        if self.schedule not in ("constant", "cooling") or self.text_learns_from not in ("generator", "both"):
            raise UsageError(
                f"There is no recipe with {self.schedule} and {self.text_learns_from}",
                "the schedule is constant or cooling, text learns from generator or both",
            )
        if self.epochs < 1 or self.batch < 2 or not 0 < self.judged <= 1 or self.penalty_every < 1:
            raise UsageError(
                "This recipe trains nothing", "it needs an epoch, two sequences and a judged share"
            )
        size = self.size
        if bool(size.place) != bool(size.named) or (not size.named and (self.naming or self.placing)):
            raise UsageError(
                "This recipe's parts do not fit together",
                "names and places are learned by a size with the widths 'named' and 'place', and only by it",
            )
        if (self.judged == 1 and self.reconstruction) or (self.surprise and not self.reconstruction):
            raise UsageError(
                "This recipe has nothing to reconstruct", "every turn is judged, or its loss has no weight"
            )

    def kept(self, fault: str) -> bool:
        """Whether a published fault was chosen."""
        return fault in self.faults

    def rate_at(self, step: int, steps: int) -> float:
        """What every rate is multiplied with in a step, of so many in all: a pure function."""
        if self.schedule == "constant":
            return 1.0
        cooling = max(1, round(COOLING * steps))
        return min(1.0, (step + 1) / WARMING, max(0.01, (steps - step) / cooling))

    def cooled(self, step: int, steps: int) -> bool:
        """Whether the rates were falling before that step, of so many in all, or never do."""
        return self.schedule == "constant" or step > steps - max(1, round(COOLING * steps))

    def to_json(self) -> dict[str, Any]:
        """Every option by its name."""
        return asdict(self)


_SMALL = Size(
    side=64,
    squeeze=4,
    word=64,
    sentence=192,
    condition=192,
    features=(48, 48, 48),
    noise=2,
    augmented=16,
    first=64,
    before=(48, 32),
    after=(64, 48),
    place=48,
    settled=True,
    named=24,
    sketch=48,
    circles=True,
    composited=True,
    trunk=(32, 48),
    joint=(64, 96, 96),
    auxiliary=64,
)
_TINY = replace(
    _SMALL,
    word=8,
    sentence=16,
    condition=16,
    features=(8, 8),
    augmented=4,
    first=8,
    before=(8, 8),
    after=(8, 8),
    place=8,
    named=4,
    sketch=4,
    heads=2,
    trunk=(8, 8),
    joint=(8, 8),
    auxiliary=8,
)
_CPU = Recipe(
    size=_SMALL,
    epochs=4,
    batch=12,
    generator_rate=2e-3,
    discriminator_rate=1e-3,
    history_rate=1e-3,
    sentence_rate=1e-3,
    condition_rate=1e-3,
    momentum=0.5,
    schedule="cooling",
    clipping=5.0,
    adversarial=0.1,
    penalty_every=16,
    judged=0.25,
    auxiliary=1.0,
    divergence=0.1,
    reconstruction=20.0,
    changed=8.0,
    surprise=0.003,
    naming=0.5,
    placing=1.0,
    precision="bf16",
    averaging=0.999,
    unknown=0.002,
    temperature=0.1,
    piece=500,
)
PRESETS = {
    "smoke": replace(
        _CPU, size=_TINY, epochs=2, batch=2, samples=4, checked=2, averaging=0.5, piece=1,
    ),
    "cpu": _CPU,
    "gpu": replace(
        _CPU,
        size=replace(
            _SMALL, side=128, features=(64, 128, 128), first=256, before=(192, 128), after=(192, 128, 128),
            place=128, named=48, trunk=(64, 96), joint=(128, 192, 192), sentence=256, condition=256,
        ),
        epochs=40,
        batch=64,
        judged=0.5,
        piece=0,
    ),
    "paper": Recipe(),
}  # fmt: skip


def recipe_of(preset: str, options: Mapping[str, Any]) -> Recipe:
    """A preset with some of its options, or of its size's, changed by name; ``auxiliary`` is the loss's weight."""
    return named_recipe(PRESETS, preset, options)


def size_of(value: Mapping[str, Any]) -> Size:
    """A size from its JSON form."""
    return Size(**tupled(value))


def recipe_from(value: Mapping[str, Any]) -> Recipe:
    """A recipe from its JSON form."""
    return Recipe(**{**tupled(value), "size": size_of(value["size"])})

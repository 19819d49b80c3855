"""What data sets of counterfactual pairs share: records by pair and role, their split, and shares of the training pairs.

A pair is an original with every edit and placebo of it. Its members share an id, stand together in the split, and are
resampled together; the original stands before all others.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from cfbench.datasets.base import Dataset, Inputs_co, Split, Target_co
from cfbench.options import Option
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.tasks.labels import Role

Pair = TypeVar("Pair")

SPLITS = ("train", "val", "test")
SHARES = ("1", "1/2", "1/5", "1/9")
SHARE_OPTIONS: Mapping[str, Option] = {
    "train_share": Option("1", "the share of the pairs of train that train holds", choices=SHARES),
    "train_draw": Option("0", "which draw of so many pairs", whole_numbers=(0, 999)),
}


@dataclass(frozen=True)
class Member:
    """A record of a paired data set. ``pair`` and ``role`` are empty where samples come alone.

    ``changed`` is the class that an edit took from its original; None for whatever is no edit.
    """

    id: str
    pair: str
    role: Role
    changed: int | None


class PairedSplit(Split[Inputs_co, Target_co]):
    """The samples of some records. The slices of a sample are its role; those of one pair are resampled together."""

    records: Sequence[Member]

    def __init__(self, name: str, records: Sequence[Member]) -> None:
        """``records`` hold whole pairs, but for the last one, which may miss its last members."""
        self.name = name
        self.records = records
        self.ids = [record.id for record in records]
        self.grouped_by = "pair" if any(record.pair for record in records) else ""
        self._originals = {
            record.pair: index for index, record in enumerate(records) if record.role == "original"
        }

    def slices(self, index: int) -> tuple[str, ...]:
        """The role of the sample, where it has one."""
        role = self.records[index].role
        return (role,) if role else ()

    def group(self, index: int) -> str:
        """The id of the pair."""
        return self.records[index].pair or self.ids[index]

    def counterpart(self, index: int) -> Inputs_co | None:
        """What a model sees of the original of an edited sample; None for all others."""
        record = self.records[index]
        return self.inputs(self._originals[record.pair]) if record.role == "edited" else None


class PairedDataset(Dataset):
    """A data set of pairs, whose ``train`` may hold a drawn share of them (``train_share``, ``train_draw``)."""

    splits: ClassVar[tuple[str, ...]] = SPLITS
    options: ClassVar[Mapping[str, Option]] = SHARE_OPTIONS

    @abstractmethod
    def open_split(self, name: str, limit: int | None) -> PairedSplit[object, object]:
        """The first samples of a known split; of ``train`` those of the pairs that :meth:`share` leaves."""

    def share(self, split: str, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs that a split holds, of all that there are, in their order.

        A draw depends on its number and the data set's name alone, and its smaller shares lie within its larger ones.
        """
        if split != self.training_split:
            return list(pairs)
        return drawn(pairs, self.name, self.chosen["train_share"], int(self.chosen["train_draw"]))


def drawn(pairs: Sequence[Pair], name: str, share: str, draw: int) -> list[Pair]:
    """A share of the pairs, such as ``1/5`` (rounded, at least one), in their order."""
    if share == "1":
        return list(pairs)
    count = max(1, round(len(pairs) / int(share.removeprefix("1/"))))
    order = generator(draw, name, "train_share").permutation(len(pairs))
    return [pairs[position] for position in sorted(order[:count].tolist())]

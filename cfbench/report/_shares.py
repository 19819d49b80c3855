"""Which share of the training data a model learned from: what its result or card says or, where neither does, its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from cfbench.comparing.samples import options_of_training
from cfbench.weights import every_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.results.schema import Result

WHOLE = Fraction(100)  # per cent
SHARE = "train_share"
_NAMED = re.compile(r"-train-(\d{1,3})(?=-|$)|@(\d{1,3})$")
_SPLIT = re.compile(r"train-(\d{1,3})")
_OPTION = re.compile(r"(\d{1,4})(?:/(\d{1,4}))?")


@dataclass(frozen=True)
class Trained:
    """A model without its share, and the share in per cent."""

    model: str
    share: Fraction = WHOLE

    @property
    def key(self) -> str:
        """As published tables call it, such as ``geneva@50``."""
        return f"{self.model}@{percent(self.share)}"


def trained(result: Result, splits: Mapping[str, str]) -> Trained:
    """What a result's model learned from. ``splits`` are those of :func:`splits_of_weights`."""
    name = result.model.name
    told = _told(result, splits)
    named = _NAMED.search(name)
    if named is None:
        return Trained(name, told or WHOLE)
    return Trained(_NAMED.sub("", name), told or Fraction(named.group(1) or named.group(2)))


def splits_of_weights() -> dict[str, str]:
    """The split that weights on this machine were trained on, by their digest, where their cards name one."""
    cards = [file.card for file in every_file() if file.card is not None]
    return {card.sha256: split for card in cards if isinstance(split := card.noted("split"), str)}


def percent(share: Fraction) -> str:
    """Without digits that say nothing: 50, 11.1."""
    return f"{float(share):.3g}"


def _told(result: Result, splits: Mapping[str, str]) -> Fraction | None:
    option = _OPTION.fullmatch(options_of_training(result.dataset).get(SHARE, ""))
    if option is not None and int(option.group(2) or 1):
        return 100 * Fraction(int(option.group(1)), int(option.group(2) or 1))
    split = splits.get(result.model.weights_digest or "", "")
    named = _SPLIT.fullmatch(split)
    if named is not None:
        return Fraction(named.group(1))
    return WHOLE if split == "train" else None

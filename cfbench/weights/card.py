"""The card of weights: what they are, what they were trained on and how, what they reach, and their licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cfbench.errors import DataError
from cfbench.files import read_json

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_CARD = 4 * 1024 * 1024
SUFFIX = ".safetensors"
Plain = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class Card(BaseModel):
    """What every card says. A card may say more: the network, the recipe, the scores."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)

    name: Plain
    """The model or detector that the weights are of."""
    dataset: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[A-Za-z0-9._-]{1,40}$")]
    """name@version of what they were trained on."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the file of tensors."""
    licence: Annotated[str, Field(min_length=1, max_length=2000)]
    """That the weights are under."""
    what: str = ""
    """In words."""

    @property
    def trained_on(self) -> str:
        """The data set without its version."""
        return self.dataset.partition("@")[0]

    @property
    def stems(self) -> tuple[str, str]:
        """The names that a file of these weights can have, without suffix; the first may be followed by -PART."""
        return f"{self.name}-{self.trained_on}", self.name

    def noted(self, name: str) -> Any:
        """What the card, its ``identity`` or its recipe says of something; None where none does."""
        told = self.model_dump()
        identity = told.get("identity")
        for place in (
            told,
            identity,
            told.get("recipe"),
            identity.get("recipe") if isinstance(identity, dict) else None,
        ):
            if isinstance(place, dict) and name in place:
                return place[name]
        return None


def card_of(path: Path) -> Path:
    """Where the card of a file of weights is."""
    return path.with_suffix(".json")


def read_card(path: Path) -> Card:
    """The card beside a file of weights.

    Raises:
        DataError: There is none, or it is no card.
    """
    file = card_of(path)
    if not file.is_file():
        fix = "Put the card beside it, with the same name and the ending .json; weights without one are not used"
        raise DataError(f"{path} has no card", f"there is no file {file}", fix)
    return card_from(read_json(file, max_bytes=LARGEST_CARD), file)


def card_from(value: Any, file: Path) -> Card:
    """A card of its JSON value; DataError naming the file where it is none."""
    try:
        return Card.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the card"
        fix = "A card names at least name, dataset (name@version), sha256 and licence"
        raise DataError(f"{file} is no card of weights", f"{where}: {first['msg']}", fix) from None

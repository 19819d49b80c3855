"""Weights of an editor with the card beside them: what they are, and how they came to be."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench.files import read_json
from cfbench_detectors.cards import card_of, card_read, fill, halved, read_tensors, write_tensors
from cfbench_models.cards import LARGEST_CARD, MOST_BYTES, TrainedCard, head_of
from cfbench_models.geneva.recipe import FAULTS, Recipe, Size, recipe_from, size_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from cfbench_models.geneva.editor import Editor
    from cfbench_models.geneva.stepping import Networks

_MEND = "Install cfbench again, or train again: cfbench train geneva"


@dataclass(frozen=True, kw_only=True)
class EditorCard(TrainedCard):
    """What is known of an editor's weights."""

    size: Size
    classes: tuple[str, ...]
    temperature: float
    """Of the choice of places."""
    faults: tuple[str, ...]
    """The published faults that were kept."""

    @classmethod
    def from_json(cls, value: Any, path: Path) -> EditorCard:
        """The inverse of :meth:`to_json`; DataError where it is no card."""
        what = f"{path} is no card of an editor"
        with card_read(what, _MEND):
            rest = dict(value)
            made = cls(
                size=size_of(rest.pop("size")),
                classes=tuple(str(name) for name in rest.pop("classes")),
                temperature=float(rest.pop("temperature")),
                faults=tuple(str(name) for name in rest.pop("faults")),
                **head_of(rest),
            )
        if not made.temperature > 0 or any(fault not in FAULTS for fault in made.faults):
            raise DataError(what, "its temperature or a fault is unknown", _MEND)
        return made


def read_editor(path: Path, dataset: str | None = None) -> tuple[EditorCard, Editor]:
    """The editor of a file of weights, in eval mode, on the CPU.

    Raises:
        DataError: The file is missing, damaged, of another network, or trained on another data set than the
            one named ``dataset`` (without version).
    """
    card = EditorCard.from_json(read_json(card_of(path), max_bytes=LARGEST_CARD), card_of(path))
    tensors = read_tensors(
        path, card.sha256, trained_on=card.dataset, dataset=dataset, max_bytes=MOST_BYTES, mend=_MEND
    )
    return card, editor_of(tensors, card, path)


def editor_of(tensors: Mapping[str, torch.Tensor], card: EditorCard, path: Path) -> Editor:
    """The editor that a card describes, with these tensors; DataError where they do not fit it."""
    import torch

    from cfbench_models.geneva.editor import Editor

    what = f"{path} holds no editor of {len(card.classes)} classes and {len(card.words)} words"
    with torch.device("meta"):  # no time and no random numbers for weights that are replaced
        editor = Editor(card.size, len(card.vocabulary), len(card.classes))
    fill(editor, tensors, what=what, mend=_MEND)
    return editor


def write_editor(path: Path, tensors: Mapping[str, torch.Tensor], card: EditorCard) -> EditorCard:
    """Keep tensors in half precision, statistics of norms in single, and their card; the card with the digest."""
    digest = write_tensors(path, halved(tensors), lambda digest: replace(card, sha256=digest).to_json())
    return replace(card, sha256=digest)


def beside_of(path: Path) -> Path:
    """Where the networks are that an editor was trained with: what a warm start needs and an edit does not."""
    return path.with_name(f"{path.stem}-networks{path.suffix}")


def write_beside(
    path: Path, tensors: Mapping[str, torch.Tensor], card: EditorCard, recipe: Recipe, licence: str
) -> None:
    """Keep the networks beside the editor ``path`` in half precision, with a card that names the editor's digest."""
    head = {
        "what": "The networks that an editor was trained with: discriminator and posterior",
        "name": card.name,
        "dataset": card.dataset,
        "editor": card.sha256,
        "recipe": recipe.to_json(),
        "licence": licence,
    }
    write_tensors(beside_of(path), halved(tensors), lambda digest: {**head, "sha256": digest})


def read_beside(path: Path, card: EditorCard) -> tuple[Recipe, dict[str, torch.Tensor]]:
    """The recipe of the training that ended with the editor ``path``, and the networks that it was trained with.

    Raises:
        DataError: The file is missing, damaged, or beside another editor.
    """
    beside = beside_of(path)
    about = card_of(beside)
    value = read_json(about, max_bytes=LARGEST_CARD)
    with card_read(f"{about} is no card of networks", _MEND):
        editor, digest, recipe = str(value["editor"]), str(value["sha256"]), recipe_from(value["recipe"])
    if editor != card.sha256:
        raise DataError(f"{beside} is not beside its editor", f"{path.name} is another one", _MEND)
    return recipe, read_tensors(
        beside, digest, trained_on=card.dataset, dataset=None, max_bytes=MOST_BYTES, mend=_MEND
    )


def fill_networks(
    networks: Networks, editor: Editor, tensors: Mapping[str, torch.Tensor], path: Path
) -> None:
    """Put an editor and the tensors of the networks beside it into networks on the meta device, ready to learn."""
    parts = {"discriminator": networks.discriminator, "posterior": networks.posterior}
    for name, part in parts.items():
        if part is not None:
            own = {
                key.removeprefix(f"{name}."): value
                for key, value in tensors.items()
                if key.startswith(f"{name}.")
            }
            fill(part, own, what=f"{path} does not hold the {name} that is looked for", mend=_MEND)
    networks.network = editor
    if networks.learning is not None:
        networks.learning = deepcopy(editor)
    networks.requires_grad_(requires_grad=True).train()
    if networks.learning is not None:
        networks.network.requires_grad_(requires_grad=False)

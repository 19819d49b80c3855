"""What a training begins with: first values of a seed, or the networks of an earlier training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from cfbench.errors import DataError, UsageError
from cfbench.randomness import derived_seed
from cfbench_models.geneva.blocks import begin
from cfbench_models.geneva.stepping import Networks, Stepper
from cfbench_models.geneva.weights import beside_of, fill_networks, read_beside, read_editor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cfbench.datasets.edit import EditSplit
    from cfbench_models.geneva.recipe import Recipe
    from cfbench_models.geneva.vocabulary import Vocabulary
    from cfbench_models.geneva.weights import EditorCard


@dataclass(frozen=True)
class Beyond:
    """What a training adds to GeNeVA's, which it continues."""

    start: Path
    """The weights of the editor to begin with; the networks beside them are read, too."""
    recipe: Recipe
    """In the place of a preset with options."""
    stepper: Callable[[Networks, Recipe, EditSplit, Vocabulary], Stepper]
    """Makes what makes the steps; its ``optimizer`` is all that is kept in a checkpoint beside the networks."""
    identity: Mapping[str, Any]
    """All else that the result depends on, as JSON: digests, options."""
    details: Mapping[str, Any]
    """What the card says of it; takes the place of what GeNeVA's card says under the same name."""


def fresh(recipe: Recipe, words: int, classes: int, seed: int) -> Networks:
    """Networks with their first weights, a pure function of the seed."""
    with torch.device("meta"):
        networks = Networks(recipe, words, classes)
    networks.to_empty(device="cpu")
    first = torch.Generator().manual_seed(derived_seed(seed, "weights") % 2**63)
    begin(networks, first, first_columns=recipe.kept("first-columns"))
    if networks.network is not networks.editor:
        networks.network.load_state_dict(networks.editor.state_dict())
        networks.network.requires_grad_(requires_grad=False)
    return networks.to(memory_format=torch.channels_last)


def read_networks(
    path: Path, dataset: str | None = None, *, recipe: Recipe | None = None
) -> tuple[EditorCard, Networks]:
    """The editor of a file of weights with the networks that it was trained with, ready to learn, on the CPU.

    Args:
        path: The editor's weights; the other networks are in the file that :func:`weights.beside_of` names.
        dataset: Without version.
        recipe: Of the training that goes on; else that of the training that ended.

    Raises:
        DataError: A file is missing, damaged, of another network or of another data set.
        UsageError: The recipe is for networks of another size.
    """
    card, editor = read_editor(path, dataset)
    earlier, tensors = read_beside(path, card)
    recipe = recipe or earlier
    for name, value in recipe.size.to_json().items():
        if value != card.size.to_json()[name]:
            raise UsageError(
                f"{path.name} cannot be trained on with this recipe", f"its size has another '{name}'"
            )
    with torch.device("meta"):
        networks = Networks(recipe, len(card.vocabulary), len(card.classes))
    fill_networks(networks, editor, tensors, beside_of(path))
    return card, networks


def learned_from(
    beyond: Beyond, dataset: str, recipe: Recipe, classes: tuple[str, ...]
) -> tuple[EditorCard, Networks]:
    """The networks that a training goes on with; DataError where they know other classes."""
    card, networks = read_networks(beyond.start, dataset, recipe=recipe)
    if card.classes != classes:
        raise DataError(
            f"{beyond.start} cannot be trained on", f"its classes are not those of {dataset} as it is now"
        )
    return card, networks

"""From a training to weights that can be used: measured on the whole test split, with a card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cfbench.errors import UsageError
from cfbench.results.environment import capture_environment
from cfbench_detectors.localizer.losses import sight
from cfbench_detectors.localizer.weights import Card, write_weights
from cfbench_detectors.pictures import open_pictures

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from cfbench.datasets.edit import EditDataset, EditSplit
    from cfbench_detectors.localizer.detector import Localizer
    from cfbench_detectors.localizer.training import Trained
    from cfbench_detectors.pictures import Pictures

SHIFTS = tuple(sorted((number / 10 for number in range(-10, 11)), key=abs))
_CELLS = "cells.logits.bias"


def export_localizer(
    trained: Trained,
    dataset: EditDataset,
    target: Path,
    *,
    licence: str,
    details: Mapping[str, Any] | None = None,
) -> Card:
    """Write the best weights of a training and their card, with what they reach on the whole test split.

    Where cells are read, every logit of presence is moved by what is best for the F1 of the validation split.

    Args:
        trained: A training that is done or paused.
        dataset: What it was trained on, under the same options.
        target: ``….safetensors``; the card goes beside it. Its name is the weights' name.
        licence: Of the weights.
        details: More to say in the card.
    """
    import torch
    from safetensors.torch import load_file

    from cfbench_detectors.localizer.detector import Localizer
    from cfbench_detectors.localizer.training import coordinates_of

    state, recipe = trained.state, trained.recipe
    if not state.epoch:
        raise UsageError("This training has no weights yet", "not one epoch of it is done")
    classes = dataset.painter().classes
    words: dict[str, Any] = {
        "what": f"{recipe.size} Inception object localizer: which classes are in an image, and where",
        "trained_on": state.identity["samples"],
        "rendering": state.identity["rendering"],
        "recipe": state.identity["recipe"],
        "commit": capture_environment(Path(__file__).parent).git_commit,
        "start": state.identity["start"],
        "seed": state.identity["seed"],
        "steps": sum(entry["steps"] for entry in state.history[: state.best]),
        "epochs": {"best": state.best, "done": state.epoch},
        "device": f"{state.identity['device']}, {state.identity['threads']} thread(s)",
        "torch": torch.__version__,
        "hours": round(state.seconds / 3600, 3),
        "licence": licence,
        **(details or {}),
    }
    card = Card(
        target.stem,
        f"{dataset.name}@{dataset.version}",
        "",
        recipe.size,
        recipe.side,
        classes,
        coordinates_of(len(classes)),
        words,
    )
    tensors = load_file(trained.weights)
    card = write_weights(target, tensors, card)
    check = _looked_at(Localizer(target), dataset, dataset.validation_split)
    if trained.recipe.size == "cells":
        words["shift"] = shift = best_shift(check.logits, check.pictures.present)
        tensors[_CELLS] = tensors[_CELLS] + shift
        card = write_weights(target, tensors, card)
        check = _looked_at(Localizer(target), dataset, dataset.validation_split)
    judged = _looked_at(Localizer(target), dataset, dataset.default_split)
    words["scores"] = {looked.split.name: looked.scores(card) for looked in (check, judged)}
    return write_weights(target, tensors, card)


def best_shift(logits: npt.NDArray[np.float32], present: npt.NDArray[np.bool_]) -> float:
    """What is best added to every logit for the mean F1 over images; of equal ones, the one nearest to 0.

    Presence is told above a probability of one half, and F1 is best with a lower one where much is uncertain.
    """
    nowhere = np.zeros((*present.shape, 2), np.float32)
    final = np.ones(len(present), np.bool_)
    scores = [sight(logits + shift > 0, nowhere, present, nowhere, final).f1 for shift in SHIFTS]
    return SHIFTS[int(np.argmax(scores))]


class _LookedAt(NamedTuple):
    """What a localizer saw in every turn's image of a split."""

    split: EditSplit
    pictures: Pictures
    logits: npt.NDArray[np.float32]
    places: npt.NDArray[np.float32]

    def scores(self, card: Card) -> dict[str, Any]:
        """Over every turn's image and over the final ones alone, with the scores' signature."""
        split, seen_in, final = self.split, self.pictures, self.pictures.final
        seen = sight(self.logits > 0, self.places, seen_in.present, seen_in.places, final)
        return {
            "f1_samples": seen.f1,
            "f1_samples_final": seen.f1_final,
            "position_error": seen.position_error,
            "depth_error": seen.depth_error,
            "images": len(final),
            "final_images": int(final.sum()),
            "signature": f"f1_samples|det:{card.name}:{card.sha256[:8]}|{split.name}:{split.fingerprint()[:8]}"
            f"|{split.rendering}|n:{len(final)}",
        }


def _looked_at(localizer: Localizer, dataset: EditDataset, name: str) -> _LookedAt:
    card, split = localizer.card, dataset.open_split(name, None)
    cache = dataset.context.cache.folder
    pictures = open_pictures(split, card.side, card.coordinates, cache, dataset.context.reporter)
    logits, places, _ = localizer.seen(list(pictures.images))
    return _LookedAt(split, pictures, logits, places)

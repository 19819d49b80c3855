"""From a training to weights that can be used: measured on the whole test split, with a card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import UsageError
from cfbench.results.environment import capture_environment
from cfbench_detectors.localizer.losses import sight
from cfbench_detectors.localizer.pictures import objects_of
from cfbench_detectors.localizer.weights import Card, write_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets.edit import EditDataset, EditSplit
    from cfbench_detectors.localizer.detector import Localizer
    from cfbench_detectors.localizer.training import Trained


def export_localizer(
    trained: Trained,
    dataset: EditDataset,
    target: Path,
    *,
    licence: str,
    details: Mapping[str, Any] | None = None,
) -> Card:
    """Write the best weights of a training and their card, with what they reach on the whole test split.

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
    scores = {}
    for name in (dataset.validation_split, dataset.default_split):
        split = dataset.open_split(name, None)
        scores[name] = scored(Localizer(target), split)
    words["scores"] = scores
    return write_weights(target, tensors, card)


def scored(localizer: Localizer, split: EditSplit) -> dict[str, Any]:
    """What a localizer sees in a split, over every turn's image and over the final ones alone, with its signature."""
    card = localizer.card
    present, true, final = objects_of(split, card.coordinates)
    found, places = [], []
    for index in range(len(split)):
        logits, where, _ = localizer.seen(split.frames(index))
        found.append(logits > 0)
        places.append(where)
    seen = sight(np.concatenate(found), np.concatenate(places), present, true, final)
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

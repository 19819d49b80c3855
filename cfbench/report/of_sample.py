"""A sample to look at: its pictures side by side as a PNG, where it has any, and what there is to read of it.

Of editing these are the empty canvas and each instruction over the true image that follows it; of an edited sample its
original and itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.errors import UsageError
from cfbench.files import encode_png
from cfbench.report.filmstrip import FilmStrip, filmstrip_png
from cfbench.report.page.answers import answers

if TYPE_CHECKING:
    from cfbench.datasets import Dataset, Split
    from cfbench.tasks.base import Image


def sample_card(dataset: Dataset, split: Split[Any, Any], index: int) -> dict[str, Any]:
    """What a sample is, as JSON: ``instructions`` in their order, and ``facts`` by name."""
    if index >= len(split):
        why = f"the split '{split.name}' has {len(split)} samples, counted from 0"
        raise UsageError(f"There is no sample {index}", why)
    shown = split.shown(index)
    lines: tuple[str, ...] = ()
    facts: dict[str, str] = {}
    if shown is not None:
        lines = shown[0]
    elif dataset.task == "edit":
        lines = split.inputs(index).instructions
    else:
        inputs, target = split.inputs(index), split.target(index)
        facts = dict(answers(dataset.task, inputs, target, {}).facts) | _place_in_pair(inputs, target)
    return {
        "dataset": f"{dataset.name}@{dataset.version}",
        "split": split.name,
        "id": split.ids[index],
        "slices": list(split.slices(index)),
        "instructions": list(lines),
        "facts": facts,
    }


def sample_picture(dataset: Dataset, split: Split[Any, Any], index: int) -> bytes | None:
    """The pictures of a sample as one PNG; None where it has none."""
    shown = split.shown(index)
    if shown is not None:
        return encode_png(shown[1])
    inputs, target = split.inputs(index), split.target(index)
    seen = answers(dataset.task, inputs, target, {})
    caption = f"{split.name} {index}"
    if seen.film is not None:
        strip = FilmStrip(
            sample=split.ids[index],
            start=seen.film.start,
            instructions=seen.film.instructions,
            targets=target.images,
            caption=caption,
        )
        return filmstrip_png(strip)
    pictures = [*_original(target), *seen.pictures]
    if not pictures:
        return None
    (first, start), rest = pictures[0], pictures[1:]
    words = "" if getattr(target, "changed", None) is None else f"without {inputs.classes[target.changed]}"
    strip = FilmStrip(
        sample=split.ids[index],
        start=start,
        instructions=tuple(words for _ in rest),
        targets=tuple(picture for _, picture in rest),
        caption=caption,
        titles=tuple(label for label, _ in rest),
        first=first,
    )
    return filmstrip_png(strip)


def _place_in_pair(inputs: Any, target: Any) -> dict[str, str]:
    """What a sample is in its pair, what was changed, and what there is to read of its original."""
    if not getattr(target, "role", ""):
        return {}
    found = {"in its pair": f"{target.role} of {target.pair}"}
    if getattr(target, "changed", None) is not None:
        single = hasattr(target, "label")
        found["its original's label" if single else "taken out"] = inputs.classes[target.changed]
    text = getattr(getattr(target, "counterpart", None), "text", None)
    return found if text is None else found | {"its original's text": text}


def _original(target: Any) -> list[tuple[str, Image]]:
    image = getattr(getattr(target, "counterpart", None), "image", None)
    return [] if image is None else [("original", image)]

"""What a sample of each task looks like: the pictures and words of its inputs, its target, and each model's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.report.example import Film

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cfbench.tasks.base import Image

TRUE = "true"
FAILED = "failed: there is no prediction"
SHOWN_CLASSES = 3


@dataclass(frozen=True)
class Answers:
    """What there is to see and to read of a sample."""

    film: Film | None = None
    pictures: tuple[tuple[str, Image], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def answers(task: str, inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    """The sample with the predictions of some models, by label; None stands for a model that failed."""
    show = SHOWN.get(task)
    return Answers() if show is None else show(inputs, target, given)


def _said(given: Mapping[str, Any], words: Callable[[Any], str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, FAILED if one is None else words(one)) for label, one in given.items())


def _edit(inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    rows = [(TRUE, target.images)]
    rows += [(label, () if one is None else one.images) for label, one in given.items()]
    return Answers(film=Film(inputs.start, inputs.instructions, tuple(rows)))


def _explain(inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    before = "; ".join(f"{turn}. {words}" for turn, words in enumerate(inputs.instructions, 1))
    facts = (
        ("true instruction", " ".join(target.tokens)),
        *_said(given, lambda one: " ".join(one.tokens)),
        ("instructions before", before or "none: this is the first"),
    )
    return Answers(pictures=(("before", inputs.before), ("after", inputs.after)), facts=facts)


def _pair(inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    pictures = [] if inputs.image is None else [("given", inputs.image)]
    if target.image is not None:
        pictures.append(("true counterfactual", target.image))
    for label, one in given.items():
        if one is not None:
            pictures += [(f"{label}, original", one.original), (f"{label}, changed", one.image)]
    true = () if target.caption is None else (("true counterfactual caption", target.caption),)
    facts = (("caption", inputs.caption), *true, *_said(given, lambda one: str(one.caption)))
    return Answers(pictures=tuple(pictures), facts=facts)


def _visual(inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    pictures = [("given", inputs.image)]
    if target.image is not None:
        pictures.append(("true edit", target.image))
    pictures += [(label, one.image) for label, one in given.items() if one is not None]
    failed = tuple((label, FAILED) for label, one in given.items() if one is None)
    facts = (("question", inputs.question), ("answer now", inputs.answer), *failed)
    return Answers(pictures=tuple(pictures), facts=facts)


def _vqa(inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    pictures = () if inputs.image is None else (("image", inputs.image),)
    facts = (
        ("question", inputs.question),
        ("people answered", ", ".join(dict.fromkeys(target.answers))),
        *_said(given, lambda one: str(one.answer)),
    )
    return Answers(pictures=pictures, facts=facts)


def _text_label(inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    second = () if inputs.second is None else (("second text", inputs.second),)
    facts = (
        ("text", inputs.text),
        *second,
        ("true label", inputs.classes[target.label]),
        *_said(given, lambda one: _likeliest(inputs.classes, one.scores, 1)),
    )
    return Answers(facts=facts)


def _image_labels(inputs: Any, target: Any, given: Mapping[str, Any]) -> Answers:
    true = [name for name, there in zip(inputs.classes, target.labels, strict=True) if there]
    facts = (
        ("true labels", ", ".join(true) or "none"),
        *_said(given, lambda one: _likeliest(inputs.classes, one.scores, max(len(true), SHOWN_CLASSES))),
    )
    pictures = () if inputs.image is None else (("image", inputs.image),)
    return Answers(pictures=pictures, facts=facts)


def _likeliest(classes: tuple[str, ...], scores: Any, count: int) -> str:
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")[:count]
    return ", ".join(classes[index] for index in order.tolist())


SHOWN: dict[str, Callable[[Any, Any, Mapping[str, Any]], Answers]] = {
    "edit": _edit,
    "explain": _explain,
    "pair-cf": _pair,
    "visual-cf": _visual,
    "vqa": _vqa,
    "text-label": _text_label,
    "image-labels": _image_labels,
}

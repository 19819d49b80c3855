"""Instructions in GeNeVA's manner: one object a turn, placed relative to objects that are already there.

Instructions are lower case, whitespace-tokenised and true of the scene's coordinates: of two objects one is
left or right of, and in front of or behind, the other, because the world keeps a margin along both axes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

CENTER = "at the center"
_SIDE_OF = ("on the {side} of {ref}", "to the {side} of {ref}")
_FORMS = ("both", "both", "both", "two", "two", "side", "depth")
"""How a place is told, by frequency: depth and side from one object, from two, or one of the two alone."""


def instructions(scene: Mapping[str, Any], seed: int) -> list[str]:
    """One instruction an object, in the order of addition; the first object stands at the center.

    A pure function of the seed and the scene's split, index and objects.
    """
    random = generator(seed, "blocks-instructions", scene["split"], scene["image_index"])
    return [
        f"add a {_name(entry)} {_place(scene, turn, random) if turn else CENTER}"
        for turn, entry in enumerate(scene["objects"])
    ]


def _name(entry: Mapping[str, Any]) -> str:
    return f"{entry['color']} {entry['shape']}"


def _place(scene: Mapping[str, Any], turn: int, random: np.random.Generator) -> str:
    def reference(position: int) -> str:
        # GeNeVA's text calls the object of the turn before "it".
        if position == turn - 1 and random.random() < 0.5:
            return "it"
        return f"the {_name(scene['objects'][position])}"

    def depth(position: int, ref: str) -> str:
        behind = turn in scene["relationships"]["behind"][position]
        return f"behind {ref}" if behind else f"in front of {ref}"

    def side(position: int) -> str:
        return "left" if turn in scene["relationships"]["left"][position] else "right"

    form = _FORMS[random.integers(len(_FORMS))]
    first, *others = (int(position) for position in random.permutation(turn)[:2])
    ref = reference(first)
    if form == "side":
        return _SIDE_OF[random.integers(2)].format(side=side(first), ref=ref)
    if form == "depth":
        return depth(first, ref)
    place = f"{depth(first, ref)} on the {side(first)}"
    if form == "two" and others:
        second = others[0]
        place += f" and {depth(second, reference(second))} on the {side(second)}"
    return place

"""Where things are: zones of the canvas and relations between objects. ``{o}`` is the other object."""

from __future__ import annotations

ZONES: dict[str, tuple[str, ...]] = {
    "top left": (
        "in the top left corner",
        "in the upper left corner",
        "at the top left",
        "up in the left corner",
    ),
    "top middle": ("at the top in the middle", "in the top center", "up top in the middle", "top center"),
    "top right": (
        "in the top right corner",
        "in the upper right corner",
        "at the top right",
        "up in the right corner",
    ),
    "bottom left": (
        "in the bottom left corner",
        "at the bottom left",
        "in the lower left corner",
        "down on the left",
    ),
    "bottom middle": (
        "at the bottom in the middle",
        "at the bottom center",
        "low in the middle",
        "bottom center",
    ),
    "bottom right": (
        "in the bottom right corner",
        "at the bottom right",
        "in the lower right corner",
        "down on the right",
    ),
    "far left": (
        "on the far left",
        "at the left edge",
        "all the way to the left",
        "close to the left border",
    ),
    "left": ("on the left", "on the left side", "to the left", "on the left hand side", "on left"),
    "left of middle": (
        "a bit left of the middle",
        "just left of center",
        "slightly to the left of the middle",
    ),
    "middle": ("in the middle", "in the middle of the picture", "halfway across", "in the center part"),
    "center": (
        "in the very center",
        "in the exact middle of the scene",
        "squarely in the center",
        "dead center",
    ),
    "right of middle": (
        "a bit right of the middle",
        "just right of center",
        "slightly to the right of the middle",
    ),
    "right": ("on the right", "on the right side", "to the right", "on the right hand side", "on right"),
    "far right": (
        "on the far right",
        "at the right edge",
        "all the way to the right",
        "close to the right border",
    ),
    "top": ("at the top", "up high", "near the top edge", "high up in the picture"),
    "bottom": ("at the bottom", "down low", "near the bottom edge", "low in the picture"),
}

RELATIONS: dict[str, tuple[str, ...]] = {
    "left of": (
        "to the left of {o}",
        "on the left of {o}",
        "left of {o}",
        "on the left side of {o}",
        "a step left of {o}",
    ),
    "right of": (
        "to the right of {o}",
        "on the right of {o}",
        "right of {o}",
        "on the right side of {o}",
        "a step right of {o}",
    ),
    "next to": ("next to {o}", "beside {o}", "close to {o}", "close by {o}", "by {o}", "near {o}"),
    "above": ("above {o}", "over {o}", "higher than {o}", "up above {o}", "just over {o}"),
    "below": ("below {o}", "under {o}", "underneath {o}", "beneath {o}", "lower than {o}"),
    "in front of": (
        "in front of {o}",
        "covering part of {o}",
        "overlapping {o} in front",
        "directly in front of {o}",
        "overlapping the front of {o}",
    ),
    "behind": (
        "behind {o}",
        "in back of {o}",
        "partly covered by {o}",
        "tucked behind {o}",
        "at the back of {o}",
    ),
    "half hidden by": (
        "half hidden by {o}",
        "half hidden behind {o}",
        "partly hidden by {o}",
        "peeking out from behind {o}",
        "half covered by {o}",
    ),
    "between": (
        "between {o} and {p}",
        "in between {o} and {p}",
        "in the gap between {o} and {p}",
        "somewhere between {o} and {p}",
    ),
    "worn by": (
        "on {o}",
        "on the head of {o}",
        "on {o} 's head",
        "for {o} to wear",
    ),
    "by the hand of": (
        "by {o} 's hand",
        "near {o} 's hands",
        "at {o} 's hand",
        "close to {o} 's hand",
        "within reach of {o}",
    ),
}

GAZES: dict[str, tuple[str, ...]] = {
    "facing": ("facing {o}", "looking at {o}", "turned toward {o}", "looking towards {o}"),
    "facing away from": (
        "facing away from {o}",
        "looking away from {o}",
        "turned away from {o}",
        "with the back turned to {o}",
    ),
}

FACING: tuple[str, ...] = (
    "facing {side}",
    "facing to the {side}",
    "looking {side}",
    "looking to the {side}",
    "turned to the {side}",
    "pointing {side}",
)

CUTS: tuple[str, ...] = (
    "cut off by the {edge} edge",
    "partly off the {edge} of the page",
    "with a part beyond the {edge} edge",
    "running off the {edge} side",
    "a little cut off on the {edge}",
)

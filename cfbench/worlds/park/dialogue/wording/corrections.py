"""Sentences that put something right. ``{o}`` is the object, ``{side}`` where it goes, ``{amount}`` how far.

``{pose}`` and ``{mood}`` are a person's new look.
"""

from __future__ import annotations

AMOUNTS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (50.0, ("a bit", "a little", "slightly", "just a tad", "a touch", "a hair")),
    (110.0, ("some", "a good bit", "about an inch", "a fair amount", "more")),
    (1000.0, ("a lot", "a long way", "much further", "quite a lot", "way")),
)

TOWARD = {
    "left": ("left", "to the left"),
    "right": ("right", "to the right"),
    "up": ("up", "higher", "upwards"),
    "down": ("down", "lower", "downwards"),
    "up and to the left": ("up and to the left", "left and up"),
    "up and to the right": ("up and to the right", "right and up"),
    "down and to the left": ("down and to the left", "left and down"),
    "down and to the right": ("down and to the right", "right and down"),
}

MOVED: tuple[str, ...] = (
    "move {o} {amount} {side}",
    "move {o} {side} {amount}",
    "shift {o} {amount} {side}",
    "{o} should be {amount} {side}",
    "{o} needs to go {amount} {side}",
    "{o} should go {side} {amount}",
    "bring {o} {amount} {side}",
    "scoot {o} {amount} {side}",
    "slide {o} over {amount} {side}",
    "push {o} {side} {amount}",
    "can you move {o} {amount} {side}",
    "please move {o} {amount} {side}",
    "{o} goes {amount} {side} from there",
    "nudge {o} {side} {amount}",
    "now take {o} {amount} {side}",
    "{o} is off move it {side} {amount}",
    "drag {o} {amount} {side}",
    "pull {o} {side} {amount}",
    "almost but {o} belongs {amount} {side}",
    "fix {o} it should be {amount} {side}",
    "i think {o} is {amount} {side} from where you have it",
    "good but move {o} {side} {amount}",
    "one change {o} goes {amount} {side}",
    "reposition {o} {amount} {side}",
)

BIGGER: tuple[str, ...] = (
    "make {o} bigger",
    "make {o} one size bigger",
    "{o} should be bigger",
    "{o} should be one size larger",
    "increase the size of {o}",
    "use a larger size for {o}",
    "{o} is too small make it bigger",
    "{o} needs to be bigger than that",
    "enlarge {o} one step",
    "bring {o} closer so it looks bigger",
    "can you make {o} larger",
    "{o} a size up please",
)

SMALLER: tuple[str, ...] = (
    "make {o} smaller",
    "make {o} one size smaller",
    "{o} should be smaller",
    "{o} should be one size smaller than it is",
    "decrease the size of {o}",
    "use a smaller size for {o}",
    "{o} is too big make it smaller",
    "{o} needs to be smaller than that",
    "shrink {o} one step",
    "push {o} back so it looks smaller",
    "can you make {o} smaller",
    "{o} a size down please",
)

FLIPPED: tuple[str, ...] = (
    "flip {o}",
    "flip {o} around",
    "turn {o} around",
    "mirror {o}",
    "{o} should face the other way",
    "{o} needs to be flipped",
    "{o} is backwards flip it",
    "reverse the direction of {o}",
    "change which way {o} points",
    "swap the direction of {o}",
)

FLIPPED_TO: tuple[str, ...] = (
    "flip {o} so it faces {side}",
    "{o} should be facing {side}",
    "turn {o} to face {side}",
    "{o} needs to look {side} instead",
    "make {o} face {side}",
    "{o} faces {side} not the other way",
    "{o} is the wrong way it should look {side}",
    "have {o} look {side}",
)

POSED: tuple[str, ...] = (
    "{o} should be {pose}",
    "change {o} to the one {pose}",
    "use the other pose for {o} the one {pose}",
    "swap {o} for the one {pose}",
    "wrong pose {o} is {pose}",
    "{o} is actually {pose}",
)

MOODED: tuple[str, ...] = (
    "{o} should look {mood}",
    "change the face of {o} to {mood}",
    "{o} is {mood} please swap the face",
    "{o} needs {a_mood} face",
    "use the {mood} version of {o}",
    "{o} looks {mood} in my picture",
)

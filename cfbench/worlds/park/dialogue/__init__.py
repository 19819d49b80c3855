"""Dialogues between a teller who sees a scene and a drawer who builds it, turn by turn.

``sample_dialogue`` is a pure function of (seed, split, index). Every turn adds at least one object; what is
said is true of the canvas after the turn, and of the change for a correction; the last canvas is the scene.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.randomness import generator
from cfbench.worlds.dice import Dice
from cfbench.worlds.park.dialogue.facts import Fact
from cfbench.worlds.park.dialogue.plan import plan_steps
from cfbench.worlds.park.dialogue.speech import tell_step
from cfbench.worlds.park.scenes import sample_scene

if TYPE_CHECKING:
    from cfbench.worlds.park.strings import Clip

__all__ = ["Fact", "Turn", "sample_dialogue"]


@dataclass(frozen=True)
class Turn:
    """An instruction, the canvas after it (by class), and the facts that the instruction states."""

    instruction: str
    canvas: tuple[Clip, ...]
    facts: tuple[Fact, ...]


def sample_dialogue(seed: int, split: str, index: int) -> tuple[Turn, ...]:
    """The turns of one dialogue, 1 to 10."""
    dice = Dice(generator(seed, "park-dialogue", split, index))
    turns = []
    for number, step in enumerate(plan_steps(dice, sample_scene(seed, split, index))):
        speech = tell_step(dice, step, opening=number == 0)
        turns.append(Turn(" ".join(speech.words), step.canvas, tuple(speech.facts)))
    return tuple(turns)

"""Types of questions about blocks: how they ask, what they take for an answer, and the blocks that it hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

from cfbench.worlds.blocks import COLORS, MATERIALS, SHAPES, SIZES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np

    Random = np.random.Generator

Trait = Literal["shape", "color", "size", "material"]
VALUES: Mapping[Trait, tuple[str, ...]] = {
    "shape": SHAPES,
    "color": COLORS,
    "size": SIZES,
    "material": MATERIALS,
}
SPOKEN: tuple[Trait, ...] = ("size", "color", "material", "shape")
"""The order of traits in English."""
COUNTS = ("2", "1", "3", "0", "4")


class Block(NamedTuple):
    """A block and where it stands on the ground."""

    shape: str
    color: str
    size: str
    material: str
    place: tuple[float, float]


class Asked(NamedTuple):
    """A question, its answer, and the blocks that the answer hangs on."""

    question: str
    answer: str
    about: tuple[int, ...]


@dataclass(frozen=True)
class Kind:
    """A type of questions. ``answers`` are all that there are, the commonest of training first.

    ``ask`` gives None where it finds nothing to ask that has one clear answer.
    """

    prefix: str
    answer_type: Literal["yes/no", "number", "other"]
    answers: tuple[str, ...]
    ask: Callable[[Sequence[Block], Random], Asked | None]


def _words(traits: Mapping[Trait, str], *, plural: bool = False) -> str:
    """``small red cube``; a block whose shape is not told is a block."""
    told = [traits[trait] for trait in SPOKEN if trait in traits]
    noun = [] if "shape" in traits else ["block"]
    return " ".join(told + noun) + ("s" if plural else "")


def _having(blocks: Sequence[Block], traits: Mapping[Trait, str]) -> tuple[int, ...]:
    found = list(range(len(blocks)))
    for trait, value in traits.items():
        found = [at for at in found if getattr(blocks[at], trait) == value]
    return tuple(found)


def _names(blocks: Sequence[Block], at: int, silent: Trait) -> Iterator[str]:
    """The words, fewest first, that mean this block and no other, none of them telling one trait."""
    usable = [trait for trait in VALUES if trait != silent]
    for count in range(1, len(usable) + 1):
        for chosen in combinations(usable, count):
            traits = {trait: getattr(blocks[at], trait) for trait in chosen}
            if len(_having(blocks, traits)) == 1:
                yield _words(traits)


def _name(blocks: Sequence[Block], at: int, silent: Trait) -> str | None:
    return next(_names(blocks, at, silent), None)


def _all(blocks: Sequence[Block]) -> tuple[int, ...]:
    """What counting hangs on: one block more or less of the asked kind, and the answer is another."""
    return tuple(range(len(blocks)))


def _yes(truth: bool) -> str:  # noqa: FBT001
    return "yes" if truth else "no"


def _asks_trait(trait: Trait, question: str) -> Callable[[Sequence[Block], Random], Asked | None]:
    def ask(blocks: Sequence[Block], random: Random) -> Asked | None:
        at = int(random.integers(len(blocks)))
        name = _name(blocks, at, trait)
        return None if name is None else Asked(question.format(name), getattr(blocks[at], trait), (at,))

    return ask


def _how_many(blocks: Sequence[Block], random: Random) -> Asked | None:
    trait = SPOKEN[int(random.integers(len(SPOKEN)))]
    value = VALUES[trait][int(random.integers(len(VALUES[trait])))]
    question = f"how many {_words({trait: value}, plural=True)} are there?"
    return Asked(question, str(len(_having(blocks, {trait: value}))), _all(blocks))


def _is_there(blocks: Sequence[Block], random: Random) -> Asked | None:
    """Of a block, or of one with the traits of two."""
    one, other, first = (int(random.integers(end)) for end in (len(blocks), len(blocks), 3))
    traits: dict[Trait, str] = {
        SPOKEN[first]: getattr(blocks[one], SPOKEN[first]),
        "shape": blocks[other].shape,
    }
    return Asked(f"is there a {_words(traits)}?", _yes(bool(_having(blocks, traits))), _all(blocks))


def _two(blocks: Sequence[Block], random: Random, silent: Trait) -> tuple[int, int, str, str] | None:
    one, other = random.permutation(len(blocks))[:2].tolist()
    first, second = _name(blocks, one, silent), _name(blocks, other, silent)
    return (one, other, first, second) if first and second else None


def _is(blocks: Sequence[Block], random: Random) -> Asked | None:
    """Of a block whether it has a trait: its own, or as often any."""
    at, trait = int(random.integers(len(blocks))), SPOKEN[int(random.integers(len(SPOKEN)))]
    own, known = getattr(blocks[at], trait), VALUES[trait]
    value = own if random.integers(2) else known[int(random.integers(len(known)))]
    name = _name(blocks, at, trait)
    if name is None:
        return None
    article = "a " if trait == "shape" else ""
    return Asked(f"is the {name} {article}{value}?", _yes(value == own), (at,))


def _do_same(blocks: Sequence[Block], random: Random) -> Asked | None:
    trait = SPOKEN[int(random.integers(len(SPOKEN)))]
    named = _two(blocks, random, trait)
    if named is None:
        return None
    one, other, first, second = named
    same = getattr(blocks[one], trait) == getattr(blocks[other], trait)
    return Asked(f"do the {first} and the {second} have the same {trait}?", _yes(same), (one, other))


def _are_more(blocks: Sequence[Block], random: Random) -> Asked | None:
    trait = SPOKEN[int(random.integers(len(SPOKEN)))]
    chosen = random.permutation(len(VALUES[trait]))[:2].tolist()
    sides: list[dict[Trait, str]] = [{trait: VALUES[trait][at]} for at in chosen]
    more, less = (_having(blocks, side) for side in sides)
    if not more and not less:
        return None
    first, second = (_words(side, plural=True) for side in sides)
    return Asked(f"are there more {first} than {second}?", _yes(len(more) > len(less)), _all(blocks))


KINDS = (
    Kind(
        "what color is the",
        "other",
        ("red", "blue", "green", "gray", "yellow", "brown", "cyan", "purple"),
        _asks_trait("color", "what color is the {}?"),
    ),
    Kind(
        "what shape is the",
        "other",
        ("cylinder", "cube", "sphere"),
        _asks_trait("shape", "what shape is the {}?"),
    ),
    Kind("what is the", "other", ("rubber", "metal"), _asks_trait("material", "what is the {} made of?")),
    Kind("how many", "number", COUNTS, _how_many),
    Kind("is there a", "yes/no", ("yes", "no"), _is_there),
    Kind("is the", "yes/no", ("no", "yes"), _is),
    Kind("do the", "yes/no", ("no", "yes"), _do_same),
    Kind("are there more", "yes/no", ("yes", "no"), _are_more),
)

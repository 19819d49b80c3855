"""Premises and hypotheses in groups of five: an original, two edits of the premise and two of the hypothesis.

``sample_group`` is a pure function of (seed, split, index), the same on every machine. Premises tell facts about a person,
hypotheses claim one; whether it follows is known by construction. In the originals, words of the hypothesis that decide
nothing go with the label: denials with contradiction, words for people in general with entailment, and words such as
``outdoors`` with the rest. The edits change the facts alone, and keep these words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cfbench.randomness import generator
from cfbench.worlds.dice import Dice
from cfbench.worlds.prose.grammar import sentence
from cfbench.worlds.prose.inference.facts import FAMILIES, PERSONS, SURROUNDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.worlds.prose.inference.facts import Value

__all__ = ["CONTRADICTION", "ENTAILMENT", "NEUTRAL", "Inference", "sample_group"]

ENTAILMENT, NEUTRAL, CONTRADICTION = range(3)
_FACTS = (2, 3, 3, 4)  # that a premise tells
_GENERAL = ("a person", "somebody", "someone", "a human being")
_OUTDOORS = ("outdoors", "out in the open")
_SEEN = ("in the picture", "in the photograph")
_OFTEN, _SELDOM = 0.7, 0.1  # how often an original holds a cue of its label, and one of either other label


@dataclass(frozen=True)
class Inference:
    """A premise, a hypothesis, and which of the two was edited; the label is that of what follows."""

    premise: str
    hypothesis: str
    label: int
    part: Literal["", "premise", "hypothesis"]


@dataclass(frozen=True)
class _Claim:
    family: str
    value: int
    denied: bool

    def label(self, told: Mapping[str, int]) -> int:
        """What follows from the facts of a premise."""
        if self.family not in told:
            return NEUTRAL
        return ENTAILMENT if (told[self.family] == self.value) != self.denied else CONTRADICTION


class _Teller:
    """Words for facts, the same in all five of a group."""

    def __init__(self, dice: Dice, label: int) -> None:
        self._dice = dice
        self._person = dice.pick(PERSONS)
        self._phrases: dict[tuple[str, int, bool], str] = {}
        self._general = dice.pick(_GENERAL) if dice.chance(_OFTEN if label == ENTAILMENT else _SELDOM) else ""
        self._looks = dice.chance(_OFTEN if label == NEUTRAL else _SELDOM)
        self._surroundings = [dice.pick(SURROUNDINGS)] if dice.chance(0.5) else []
        self._outdoors, self._seen = dice.pick(_OUTDOORS), dice.pick(_SEEN)

    def premise(self, told: Mapping[str, int]) -> str:
        """The facts as a sentence."""

        def phrases(*families: str) -> list[str]:
            return [self._phrase(family, told[family]) for family in families if family in told]

        worn = phrases("colour", "head", "hands")
        looks = f" {worn[0]}" if len(worn) == 1 else "".join(f" {part}," for part in worn)
        subject = [*phrases("age"), f"{self._person}{looks}"]
        done = " and ".join(phrases("activity", "mood")) or "standing"
        where = [*phrases("place"), *self._surroundings, *phrases("company", "time")]
        return sentence(" ".join(["a", *subject, "is", done, *where]) + ".")

    def hypothesis(self, claim: _Claim, told: Mapping[str, int]) -> str:
        """The claim as a sentence."""
        phrase = self._phrase(claim.family, claim.value, claimed=True)
        if claim.denied:
            verb, _, rest = phrase.partition(" ")
            phrase = f"is not {rest}" if verb == "is" else f"does not have {rest}"
        place = told.get("place")
        outdoors = place is not None and FAMILIES["place"][place].outdoors and claim.family != "place"
        looks = (self._outdoors if outdoors else self._seen) if self._looks else ""
        subject = self._general or f"the {self._person}"
        return sentence(" ".join(part for part in (subject, looks, phrase) if part) + ".")

    def _phrase(self, family: str, value: int, *, claimed: bool = False) -> str:
        key = (family, value, claimed)
        if key not in self._phrases:
            found: Value = FAMILIES[family][value]
            self._phrases[key] = self._dice.pick(found.claimed if claimed else found.told)
        return self._phrases[key]


def sample_group(seed: int, split: str, index: int) -> tuple[Inference, ...]:
    """The group number ``index`` of a split: the original first, then edits of the premise, then of the hypothesis.

    Each pair of edits has the two labels that the original does not have.
    """
    dice = Dice(generator(seed, "prose-inference", split, index))
    label = dice.below(3)
    families = dice.shuffled(list(FAMILIES))
    count = dice.pick(_FACTS)
    told = {family: dice.below(len(FAMILIES[family])) for family in families[:count]}
    silent = families[count:]
    teller = _Teller(dice, label)
    denied = dice.chance(_OFTEN if label == CONTRADICTION else _SELDOM)
    claim = _claim(dice, dice.pick(silent if label == NEUTRAL else list(told)), told, label, denied=denied)
    premise, hypothesis = teller.premise(told), teller.hypothesis(claim, told)
    others = [other for other in (ENTAILMENT, NEUTRAL, CONTRADICTION) if other != label]
    group = [Inference(premise, hypothesis, label, "")]
    for other in others:
        changed = _retold(dice, claim, told, other)
        group.append(Inference(teller.premise(changed), hypothesis, other, "premise"))
    for other in others:
        family = claim.family
        if (other == NEUTRAL) != (label == NEUTRAL):
            family = dice.pick(silent if other == NEUTRAL else list(told))
        new = _claim(dice, family, told, other, denied=denied)
        group.append(Inference(premise, teller.hypothesis(new, told), other, "hypothesis"))
    return tuple(group)


def _claim(dice: Dice, family: str, told: Mapping[str, int], label: int, *, denied: bool) -> _Claim:
    """A claim about a family that the premise makes true, false, or neither."""
    values = [
        value for value in range(len(FAMILIES[family])) if _Claim(family, value, denied).label(told) == label
    ]
    return _Claim(family, dice.pick(values), denied)


def _retold(dice: Dice, claim: _Claim, told: Mapping[str, int], label: int) -> dict[str, int]:
    """The facts with the one changed, left out or added that the claim is about."""
    rest = {family: value for family, value in told.items() if family != claim.family}
    if label == NEUTRAL:
        return rest
    values = [
        value for value in range(len(FAMILIES[claim.family])) if claim.label({claim.family: value}) == label
    ]
    return {**rest, claim.family: dice.pick(values)}

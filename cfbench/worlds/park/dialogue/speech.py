"""From facts to words: one exchange between teller and drawer a turn.

Texts look as merged CoDraw turns do: lower case, tokens apart by one space, no punctuation, each speaker's
words after ``<teller>`` or ``<drawer>``. Every fact that is put into words is handed back with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cfbench.worlds.park import classes
from cfbench.worlds.park.dialogue import facts as known
from cfbench.worlds.park.dialogue.facts import Fact
from cfbench.worlds.park.dialogue.wording import additions, corrections, nouns, places, questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.worlds.dice import Dice
    from cfbench.worlds.park.dialogue.plan import Step
    from cfbench.worlds.park.strings import Clip

TELLER, DRAWER = "<teller>", "<drawer>"

# How often something is said, so that a turn has about as many words as CoDraw's.
_ASKED = 0.13  # of the objects that are added, those that the drawer asks about
_REMARK = 0.4
_OPENING = 0.1
_SIZE_FIRST, _SIZE_AFTER = 0.38, 0.05
_MOOD = 0.55
_TERSE = 0.75
_FACING, _GAZE, _CUT = 0.2, 0.08, 0.12
_ZONE_BESIDE_RELATION, _RELATION_BESIDE_ZONE = 0.42, 0.12
_HAND = 0.6


@dataclass
class Speech:
    """The words of one turn as they grow, and the facts that they state."""

    dice: Dice
    canvas: Sequence[Clip]
    words: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def say(self, speaker: str, text: str) -> None:
        """Append words; the speaker is named where it changes."""
        last = next((word for word in reversed(self.words) if word in (TELLER, DRAWER)), "")
        if speaker != last:
            self.words.append(speaker)
        self.words += text.split()

    def tell(self, templates: Sequence[str], **slots: str) -> None:
        """A sentence of the teller."""
        self.say(TELLER, self.dice.pick(templates).format(**slots))


def tell_step(dice: Dice, step: Step, *, opening: bool) -> Speech:
    """The exchange that leads to a step's canvas."""
    speech = Speech(dice, step.canvas)
    if opening and dice.chance(_OPENING):
        speech.tell(questions.OPENINGS)
    elif not opening and dice.chance(_REMARK):
        speech.say(DRAWER, dice.pick(questions.REMARKS))
    for before, after in step.corrected:
        _tell_correction(speech, before, after)
    by_label = {clip.label: clip for clip in step.canvas}
    there = [clip for clip in step.canvas if clip.label not in step.added]
    for label in step.added:
        _tell_addition(speech, by_label[label], there)
        there.append(by_label[label])
    return speech


def reference(dice: Dice, label: int) -> str:
    """An object that is on the canvas already."""
    name = dice.pick(nouns.NOUNS[label]).removeprefix("*")
    return name if name in nouns.NAMES else f"the {name}"


def _introduced(dice: Dice, label: int, adjective: str) -> tuple[str, bool]:
    """An object with its article, and whether it is a plural."""
    name = dice.pick(nouns.NOUNS[label])
    plural = name.startswith("*")
    name = name.removeprefix("*")
    if name in nouns.NAMES:
        name = name if not adjective else "boy" if name == "mike" else "girl"
        if not adjective:
            return name, False
    described = f"{adjective} {name}".strip()
    if plural:
        return f"some {described}", True
    if dice.chance(0.25):
        return f"the {described}", False
    return _with_article(described), False


def _tell_correction(speech: Speech, before: Clip, after: Clip) -> None:
    dice, fact = speech.dice, known.change(before, after)
    speech.facts.append(fact)
    slots = {"o": reference(dice, after.label)}
    if fact.kind == "moved":
        distance = ((after.x - before.x) ** 2 + (after.y - before.y) ** 2) ** 0.5
        amounts = next(words for limit, words in corrections.AMOUNTS if distance < limit)
        side = dice.pick(corrections.TOWARD[fact.value])
        speech.tell(corrections.MOVED, amount=dice.pick(amounts), side=side, **slots)
    elif fact.kind == "resized":
        bigger = fact.value == "bigger"
        speech.tell(corrections.BIGGER if bigger else corrections.SMALLER, **slots)
    elif fact.kind == "flipped" and fact.value != "other way":
        speech.tell(corrections.FLIPPED_TO, side=fact.value, **slots)
    elif fact.kind == "flipped":
        speech.tell(corrections.FLIPPED, **slots)
    elif fact.kind == "posed":
        speech.tell(corrections.POSED, pose=dice.pick(nouns.POSES[fact.value]), **slots)
    else:
        speech.tell(corrections.MOODED, **_feeling(dice, fact), **slots)


def _tell_addition(speech: Speech, clip: Clip, there: Sequence[Clip]) -> None:
    """A sentence that adds the object, what else is to say of it, and perhaps a question in between."""
    dice = speech.dice
    asked = _question(dice, clip)
    size = Fact("size", clip.label, known.SIZES[clip.depth])
    adjective = ""
    if (asked is None or asked.kind != "size") and dice.chance(_SIZE_FIRST):
        adjective = dice.pick(nouns.SIZES[size.value])
        speech.facts.append(size)
    mood = _mood(clip) if (asked is None or asked.kind != "mood") and dice.chance(_MOOD) else None
    mood_first = mood is not None and not adjective and dice.chance(0.6)
    if mood is not None and mood_first:
        adjective = dice.pick(nouns.MOODS[mood.value])
        speech.facts.append(mood)
    located = _locations(dice, clip, there, zone=asked is None or asked.kind != "zone")
    speech.facts += located
    slots = _agreement(dice, clip, adjective)
    slots["where"] = _place(dice, located[0]) if located else ""
    if classes.is_person(clip.kind):
        pose = Fact("pose", clip.label, classes.look_of(clip.variant)[0])
        speech.facts.append(pose)
        terse, full = additions.TERSE_PEOPLE, additions.PEOPLE
        speech.tell(terse if dice.chance(_TERSE) else full, doing=dice.pick(nouns.POSES[pose.value]), **slots)
    else:
        speech.tell(additions.TERSE if dice.chance(_TERSE) else additions.THINGS, **slots)
    for more in located[1:]:
        speech.tell(additions.RELATIONS, relation=_place(dice, more), **slots)
    if mood is not None and not mood_first:
        speech.facts.append(mood)
        speech.tell(additions.MOODS, **_feeling(dice, mood), **slots)
    _tell_details(speech, clip, there, slots, asked)
    if asked is not None:
        speech.facts.append(asked)
        _ask(speech, asked, slots)


def _ask(speech: Speech, asked: Fact, slots: dict[str, str]) -> None:
    """A question of the drawer, and the teller's answer."""
    dice, name = speech.dice, speech.dice.pick(nouns.NOUNS[asked.subject])
    plural = name.startswith("*")
    name = name.removeprefix("*")
    verbs = (
        {"is": "are", "does": "do", "goes": "go"} if plural else {"is": "is", "does": "does", "goes": "goes"}
    )
    pronouns = {"it": "they", "them": "them"} if plural else {"it": slots["it"], "them": slots["them"]}
    if not plural and pronouns["it"] == "they":
        pronouns = {"it": "it", "them": "it"}
    words = verbs | pronouns | {"o": name if name in nouns.NAMES else f"the {name}"}
    speech.say(DRAWER, dice.pick(questions.QUESTIONS[asked.kind]).format(**words))
    speech.tell(questions.ANSWERS[asked.kind], v=_answer(dice, asked), **words)


def _tell_details(
    speech: Speech, clip: Clip, there: Sequence[Clip], slots: dict[str, str], asked: Fact | None
) -> None:
    dice = speech.dice
    size_told = any(f.kind == "size" and f.subject == clip.label for f in speech.facts)
    if not size_told and (asked is None or asked.kind != "size") and dice.chance(_SIZE_AFTER):
        fact = Fact("size", clip.label, known.SIZES[clip.depth])
        speech.facts.append(fact)
        speech.tell(additions.SIZES, size=dice.pick(nouns.SIZES[fact.value]), **slots)
    one_sided = clip.label in known.FACING and (asked is None or asked.kind != "facing")
    if one_sided and dice.chance(_FACING):
        fact = Fact("facing", clip.label, known.facing(clip))
        speech.facts.append(fact)
        side = dice.pick(places.FACING).format(side=fact.value)
        speech.tell(additions.FACINGS, facing=side, **slots)
    gazes = known.gazes(clip, there) if dice.chance(_GAZE) else []
    if gazes:
        fact = dice.pick(gazes)
        speech.facts.append(fact)
        gaze = dice.pick(places.GAZES[fact.value]).format(o=reference(dice, fact.others[0]))
        speech.tell(additions.GAZES, gaze=gaze, **slots)
    cuts = known.cuts(clip)
    if cuts and dice.chance(_CUT):
        fact = dice.pick(cuts)
        speech.facts.append(fact)
        speech.tell(additions.CUTS, cut=dice.pick(places.CUTS).format(edge=fact.value), **slots)


def _question(dice: Dice, clip: Clip) -> Fact | None:
    """What the drawer will ask about an object, if anything."""
    if not dice.chance(_ASKED):
        return None
    options = [Fact("size", clip.label, known.SIZES[clip.depth])]
    options += known.zones(clip)[:1]
    if clip.label in known.FACING:
        options.append(Fact("facing", clip.label, known.facing(clip)))
    if classes.is_person(clip.kind):
        options.append(Fact("mood", clip.label, classes.look_of(clip.variant)[1]))
    return dice.pick(options)


def _answer(dice: Dice, fact: Fact) -> str:
    if fact.kind == "size":
        return dice.pick(nouns.SIZES[fact.value])
    if fact.kind == "mood":
        return dice.pick(nouns.MOODS[fact.value])
    if fact.kind == "facing":
        return dice.pick(places.FACING).format(side=fact.value)
    return dice.pick(places.ZONES[fact.value])


def _mood(clip: Clip) -> Fact | None:
    if not classes.is_person(clip.kind):
        return None
    return Fact("mood", clip.label, classes.look_of(clip.variant)[1])


def _feeling(dice: Dice, fact: Fact) -> dict[str, str]:
    mood = dice.pick(nouns.MOODS[fact.value])
    return {"mood": mood, "a_mood": _with_article(mood)}


def _with_article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def _locations(dice: Dice, clip: Clip, there: Sequence[Clip], *, zone: bool) -> list[Fact]:
    """One or two facts of place; none only where nothing can be said."""
    zones = known.zones(clip) if zone else []
    related = known.relations(clip, there)
    found: list[Fact] = []
    if zones and (not related or dice.chance(_ZONE_BESIDE_RELATION)):
        found.append(dice.pick(zones))
    hand = [fact for fact in related if fact.value == "by the hand of"]
    if hand and dice.chance(_HAND):
        return hand
    if related and (not found or dice.chance(_RELATION_BESIDE_ZONE)):
        found.append(dice.pick(related))
    if dice.chance(0.3):
        found.reverse()
    return found


def _place(dice: Dice, fact: Fact) -> str:
    if fact.kind == "zone":
        return dice.pick(places.ZONES[fact.value])
    others = [reference(dice, label) for label in fact.others]
    slots = dict(zip(("o", "p"), others, strict=False))
    return dice.pick(places.RELATIONS[fact.value]).format(**slots)


def _agreement(dice: Dice, clip: Clip, adjective: str) -> dict[str, str]:
    """The object with its article, and the words that agree with it."""
    a, plural = _introduced(dice, clip.label, adjective)
    it, them = "it", "it"
    if clip.kind == classes.BOY:
        it, them = "he", "him"
    elif clip.kind == classes.GIRL:
        it, them = "she", "her"
    elif plural:
        it, them = "they", "them"
    verbs = ("are", "go", "sit", "belong") if plural else ("is", "goes", "sits", "belongs")
    return {"a": a, "it": it, "them": them} | dict(zip(("is", "goes", "sits", "belongs"), verbs, strict=True))

"""Film reviews, each with the edit that turns its sentiment and changes nothing else.

``sample_review`` is a pure function of (seed, split, index), the same on every machine. In the original, the genre of the
film and some facts about it go with the sentiment, though no word of theirs says anything good or bad. The edit puts the
opposite in the place of every word that does, and leaves all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.randomness import generator
from cfbench.worlds.dice import Dice
from cfbench.worlds.prose.grammar import fill, sentence
from cfbench.worlds.prose.reviews import templates
from cfbench.worlds.prose.reviews.genres import BACKGROUND, GENRES
from cfbench.worlds.prose.reviews.sentiments import KINDS, OF_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GENRE_GOES_WITH_SENTIMENT", "Review", "sample_review"]

GENRE_GOES_WITH_SENTIMENT = 0.78
"""How often the genre of an original leans as its label does."""
_BACKGROUND_GOES_WITH_SENTIMENT = 0.7
_FEWEST, _MOST = 48, 104  # words: the last sentence may begin below a length drawn between them
_POSITIVE = 1
_SIDES = {"+": 0, "-": 1}  # the side of a pair of opposites, in a positive review


@dataclass(frozen=True)
class Review:
    """A review and its edit. Labels are 0 (negative) and 1 (positive); the edit has the other one."""

    label: int
    original: str
    edited: str


class _Writer:
    """Fills the slots of one film's review; each sentiment is used once at most."""

    def __init__(self, dice: Dice, leaning: int) -> None:
        self._dice = dice
        genre = dice.pick(GENRES[leaning])
        actor, second, director = dice.shuffled(templates.SURNAMES)[:3]
        words = dice.shuffled(templates.TITLE_WORDS)
        self._fixed = {
            "hero": dice.pick(genre.heroes),
            "other": dice.pick(genre.others),
            "actor": actor,
            "second": second,
            "director": director,
            "relative": dice.pick(templates.RELATIVES),
            "title": fill(dice.pick(templates.TITLES), lambda _: words.pop()),
            "minutes": str(80 + dice.below(65)),
        }
        self._lists: dict[str, Sequence[str]] = {
            "genre": genre.names,
            "place": genre.places,
            "thing": genre.things,
            "scene": genre.scenes,
            "who": OF_PEOPLE,
            "person": templates.PEOPLE,
            "room": templates.ROOMS,
            "object": templates.OBJECTS,
            "aspect": templates.ASPECTS,
            "mass": templates.MASS,
            "occasion": templates.OCCASIONS,
            "weeks": ("eleven", "twelve", "fourteen", "fifteen", "twenty", "thirty"),
            "people": ("twenty", "thirty", "forty", "fifty", "a hundred"),
            "number": ("fourth", "fifth", "sixth", "twelfth", "eleventh", "thirteenth"),
            "decade": ("1920", "1930", "1940", "1950", "1960", "1970", "1980", "1990"),
            "age": ("19", "23", "27", "34", "38", "41", "46", "52", "63", "70"),
        }
        self._decks: dict[str, list[str]] = {}
        self._opposites: dict[str, list[tuple[str, str]]] = {}
        self.plots = dice.shuffled(genre.plots)

    def write(self, template: str) -> tuple[str, str]:
        """The sentence of the template in a positive review, and in a negative one."""
        pairs: list[tuple[str, str]] = []

        def choose(slot: str) -> str:
            if slot[0] in _SIDES:
                pair = self._opposite(slot[1:])
                pairs.append(pair if slot[0] == "+" else (pair[1], pair[0]))
                return f"<{len(pairs) - 1}>"
            return self._neutral(slot)

        text = fill(template, choose)
        sides = []
        for side in (0, 1):
            told = text
            for number, pair in enumerate(pairs):
                told = told.replace(f"<{number}>", pair[side])
            sides.append(sentence(told))
        return sides[0], sides[1]

    def _neutral(self, slot: str) -> str:
        if slot in self._fixed:
            return self._fixed[slot]
        if not self._decks.get(slot):
            self._decks[slot] = self._dice.shuffled(self._lists[slot])
        return self._decks[slot].pop()

    def _opposite(self, kind: str) -> tuple[str, str]:
        if not self._opposites.get(kind):
            self._opposites[kind] = self._dice.shuffled(KINDS[kind])
        return self._opposites[kind].pop()


def sample_review(seed: int, split: str, index: int) -> Review:
    """The review number ``index`` of a split with its edit: 40 to 120 words each."""
    dice = Dice(generator(seed, "prose-review", split, index))
    label = dice.below(2)
    leaning = label if dice.chance(GENRE_GOES_WITH_SENTIMENT) else 1 - label
    writer = _Writer(dice, leaning)
    facts = BACKGROUND[label if dice.chance(_BACKGROUND_GOES_WITH_SENTIMENT) else 1 - label]
    sentences = _plan(dice, writer, facts)
    positive, negative = (" ".join(each[side] for each in sentences) for side in (0, 1))
    texts = (positive, negative) if label == _POSITIVE else (negative, positive)
    return Review(label, *texts)


def _plan(dice: Dice, writer: _Writer, facts: Sequence[str]) -> list[tuple[str, str]]:
    """An opening, the plot, what the reviewer thinks of it among some facts, and a closing."""
    plots = [f"{plot}." for plot in writer.plots]
    remarks, opinions = dice.shuffled(templates.REMARKS), dice.shuffled(templates.OPINIONS)
    neutral = dice.shuffled(
        [*dice.shuffled(templates.FACTS)[:3], *(f"{fact}." for fact in dice.shuffled(facts)[:2])]
    )
    more = dice.shuffled(templates.PLOTS)
    told = [writer.write(plots.pop()), writer.write(more.pop())]
    thought = [writer.write(template) for template in (remarks.pop(), remarks.pop(), opinions.pop())]
    first, last = writer.write(dice.pick(templates.OPENINGS)), writer.write(dice.pick(templates.CLOSINGS))
    wanted = _FEWEST + dice.below(_MOST - _FEWEST)
    sources = (
        (told, more),
        (told, more),
        (thought, neutral),
        (thought, remarks),
        (thought, opinions),
    )

    def words() -> int:
        return sum(max(map(_count, each)) for each in (first, *told, *thought, last))

    while words() < wanted:
        group, templates_left = dice.pick(sources)
        if templates_left:
            group.append(writer.write(templates_left.pop()))
    return [first, *told, *dice.shuffled(thought), last]


def _count(text: str) -> int:
    return len(text.split())

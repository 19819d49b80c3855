"""What a premise may tell of a person, and what a hypothesis may claim: families of facts that shut each other out.

Of the values of a family one is true at most. A premise tells one or is silent; a hypothesis claims one, or denies it.
"""

from __future__ import annotations

from dataclasses import dataclass

from cfbench.worlds.prose.grammar import entries


@dataclass(frozen=True)
class Value:
    """How premises tell it, and how hypotheses claim it: phrases that begin with ``is`` or ``has``."""

    told: tuple[str, ...]
    claimed: tuple[str, ...]
    outdoors: bool = False


def _value(told: str, claimed: str, *, outdoors: bool = False) -> Value:
    return Value(entries(told), entries(claimed), outdoors)


FAMILIES: dict[str, tuple[Value, ...]] = {
    "age": (
        _value("old; elderly; grey-haired", "is old; is of a great age"),
        _value("young; teenage; youthful", "is young; is a teenager"),
    ),
    "colour": (
        _value("in a red coat; in a red shirt; in a red sweater", "is dressed in red; is wearing red"),
        _value("in a blue coat; in a blue shirt; in blue overalls", "is dressed in blue; is wearing blue"),
        _value(
            "in a green coat; in a green shirt; in a green cloak", "is dressed in green; is wearing green"
        ),
        _value("in a white coat; in a white shirt; in a white robe", "is dressed in white; is wearing white"),
    ),
    "head": (
        _value("wearing a straw hat; wearing a cap; with a woollen hat", "is wearing a hat; has a hat on"),
        _value("with a bare head; without a hat; with no hat", "is bareheaded; is without a hat"),
    ),
    "hands": (
        _value("carrying an umbrella; with an open umbrella", "is holding an umbrella; has an umbrella"),
        _value("carrying a suitcase; with two heavy bags", "is carrying luggage; has luggage"),
        _value("holding roses; with a bunch of tulips", "is holding flowers; has flowers"),
        _value("carrying a ladder; with a ladder on one shoulder", "is carrying a ladder; has a ladder"),
    ),
    "activity": (
        _value(
            "reading a newspaper; reading a thick book; studying a magazine", "is reading; is busy reading"
        ),
        _value("frying fish; stirring a pot of soup; grilling corn", "is cooking; is preparing a meal"),
        _value(
            "taking photographs; holding up a camera; shooting a video",
            "is taking pictures; is using a camera",
        ),
        _value("jogging; sprinting; running", "is running; is moving fast"),
        _value(
            "playing the violin; playing a guitar; beating a drum",
            "is making music; is playing an instrument",
        ),
        _value("repairing a bicycle; fixing a chair; mending a net", "is making repairs; is mending things"),
    ),
    "mood": (
        _value("smiling; laughing; grinning", "is happy; is in a good mood"),
        _value("crying; weeping; sobbing", "is sad; is unhappy"),
        _value("shouting angrily; shaking a fist; glaring", "is angry; is in a rage"),
    ),
    "place": (
        _value("on a beach; at the edge of the sea", "is by the sea; is at the seaside", outdoors=True),
        _value(
            "in a park; on the lawn of a park", "is in a park; is among the trees of a park", outdoors=True
        ),
        _value(
            "on a mountain path; near a mountain top", "is in the mountains; is on a mountain", outdoors=True
        ),
        _value("in a kitchen; at a kitchen table", "is in a kitchen; is where food is made"),
        _value("on a train; in a railway carriage", "is on a train; is travelling by rail"),
        _value("in a library; between the shelves of a library", "is in a library; is among many books"),
    ),
    "company": (
        _value("alone; all alone; without company", "is alone; has the place to themselves"),
        _value("with one friend; together with a friend", "is with a friend; has a companion"),
        _value(
            "in a crowd; among many people; in the midst of a crowd", "is in a crowd; is surrounded by people"
        ),
    ),
    "time": (
        _value("at night; after midnight; under a full moon", "is there at night; is there in the dark"),
        _value(
            "in the morning; at sunrise; at daybreak", "is there in the morning; is there early in the day"
        ),
        _value(
            "at noon; around midday; at lunchtime", "is there at midday; is there in the middle of the day"
        ),
    ),
}

PERSONS = entries(
    "man; woman; dancer; cyclist; farmer; nurse; tourist; student; teacher; fisherman; waitress; soldier; singer; carpenter"
)
SURROUNDINGS = entries(
    "next to a bicycle; near a wooden door; in front of a window; by a wall; under a lamp; near a table; beside a bench;"
    "beside a dog; close to a sign; next to a barrel"
)
"""What a premise may mention and no hypothesis is about."""

"""Which things are in a scene, and who keeps company with whom: the planted bias.

Twelve leaders each have a follower: food is on tables, balls are where boys are. A follower comes with its leader and
next to never without it, in all splits alike. A model does well by telling the small follower from the large leader,
and an edit that takes either away shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.worlds.park.classes import CLASS_NAMES

if TYPE_CHECKING:
    from cfbench.worlds.dice import Dice

COUPLES = {  # follower by leader, with how often the leader is chosen beside the others
    "boy": ("soccer ball", 3.0),
    "girl": ("dog", 3.0),
    "leafy tree": ("owl", 3.0),
    "table": ("pizza", 3.0),
    "sun": ("sunglasses", 2.5),
    "apple tree": ("cat", 2.0),
    "sandbox": ("bucket", 2.0),
    "pine tree": ("bear", 1.5),
    "grill": ("hamburger", 1.5),
    "tent": ("campfire", 1.0),
    "slide": ("duck", 1.0),
    "swing set": ("beach ball", 1.0),
}
CLUTTER = ("cloud", "hot air balloon", "airplane", "helicopter", "spring bee", "rocket")
"""What stands around without a label."""

LEADERS = (0.40, 0.40, 0.20)
"""How often a scene has one, two or three leaders."""
TOGETHER = 0.97
"""How often a follower comes with its leader."""
ALONE = 0.01
"""How often each of the others comes without."""
CLUTTERED = (0.4, 0.35, 0.25)
"""How often none, one or two things stand around."""

_LABELS = {name: label for label, name in enumerate(CLASS_NAMES)}
_PAIRS = [(_LABELS[leader], _LABELS[follower]) for leader, (follower, _) in COUPLES.items()]
_ODDS = [weight for _, weight in COUPLES.values()]

PARK_LABELS = tuple(sorted(label for pair in _PAIRS for label in pair))
"""The park's numbers of the classes, in the order of the data set's labels."""
CLASSES = tuple(CLASS_NAMES[label] for label in PARK_LABELS)


def company(dice: Dice) -> list[int]:
    """The park's numbers of what is in one scene."""
    odds, found = list(_ODDS), []
    for _ in range(1 + dice.weighted(LEADERS)):
        chosen = dice.weighted(odds)
        odds[chosen] = 0.0
        found.append(chosen)
    labels = []
    for couple, (leader, follower) in enumerate(_PAIRS):
        leads = couple in found
        if leads:
            labels.append(leader)
        if dice.chance(TOGETHER if leads else ALONE):
            labels.append(follower)
    around = dice.shuffled(CLUTTER)[: dice.weighted(CLUTTERED)]
    return labels + [_LABELS[name] for name in around]

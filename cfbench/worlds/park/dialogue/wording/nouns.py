"""Names of the 58 classes, by label, and how people look and hold themselves.

A name with a star is a plural. No name says a colour that another renderer could draw otherwise.
"""

from __future__ import annotations

NOUNS: tuple[tuple[str, ...], ...] = (
    ("helicopter", "chopper"),
    ("hot air balloon", "air balloon with a basket"),
    ("cloud", "plain cloud", "fluffy cloud", "regular cloud"),
    ("sun",),
    ("lightning cloud", "cloud with lightning", "storm cloud", "thunder cloud"),
    ("rain cloud", "cloud with rain", "rainy cloud"),
    ("rocket", "rocket ship", "space rocket"),
    ("airplane", "plane", "jet plane"),
    ("bee on a spring", "spring bee", "bouncy bee", "bee ride"),
    ("slide", "playground slide"),
    ("sandbox", "sand box", "sand pit"),
    ("grill", "barbecue grill", "bbq"),
    ("swing set", "swingset", "playground swing"),
    ("tent", "camping tent"),
    ("table", "picnic table"),
    ("pine tree", "fir tree", "christmas tree"),
    ("leafy tree", "bushy tree", "oak tree", "plain leafy tree"),
    ("apple tree", "tree with apples", "tree with red apples"),
    ("boy", "boy", "mike"),
    ("girl", "girl", "jenny"),
    ("bear", "grizzly bear"),
    ("cat", "kitty"),
    ("dog", "puppy", "doggy"),
    ("duck", "ducky"),
    ("owl", "wise owl"),
    ("snake", "slithering snake"),
    ("cap with a star", "star cap", "ball cap", "baseball cap"),
    ("crown", "king 's crown"),
    ("chef hat", "cook 's hat", "chef 's hat"),
    ("pirate hat", "pirate 's hat", "hat with a skull"),
    ("winter hat", "wool hat", "knit hat"),
    ("rainbow hat", "propeller hat", "hat with a propeller", "beanie with a propeller"),
    ("wizard hat", "pointy hat", "witch hat"),
    ("viking helmet", "viking hat", "hat with horns", "horned helmet"),
    ("*glasses", "*round glasses", "*eye glasses"),
    ("*sunglasses", "*shades", "*dark glasses"),
    ("pie", "whole pie"),
    ("pizza", "whole pizza", "pizza pie"),
    ("hot dog", "hotdog"),
    ("ketchup bottle", "bottle of ketchup"),
    ("mustard bottle", "bottle of mustard"),
    ("hamburger", "burger"),
    ("drink", "soda", "cup with a straw"),
    ("baseball",),
    ("bucket", "pail", "sand bucket", "sand pail"),
    ("beach ball", "striped beach ball"),
    ("basketball", "basket ball"),
    ("soccer ball", "soccerball"),
    ("tennis ball", "bouncy tennis ball"),
    ("football", "foot ball"),
    ("frisbee", "flying disc"),
    ("baseball bat", "bat"),
    ("*balloons", "bunch of balloons", "*party balloons"),
    ("baseball glove", "baseball mitt", "catcher 's mitt"),
    ("shovel", "sand shovel", "spade"),
    ("racket", "tennis racket", "tennis racquet"),
    ("kite", "kite with a tail"),
    ("fire", "campfire", "camp fire"),
)

NAMES = frozenset({"mike", "jenny"})

SIZES = {
    "big": ("big", "large", "full size", "front size", "large sized"),
    "medium": ("medium", "medium sized", "middle sized", "mid size"),
    "small": ("small", "tiny", "little", "small sized", "far away"),
}

MOODS = {
    "angry": ("angry", "mad", "grumpy"),
    "wide smile": ("very happy", "laughing", "grinning", "really happy"),
    "smile": ("happy", "smiling", "cheerful"),
    "sad": ("sad", "unhappy", "frowning"),
    "scared": ("scared", "surprised", "shocked", "afraid"),
}

POSES = {
    "arms right": (
        "reaching out",
        "holding both arms out in front",
        "stretching both arms forward",
        "pointing both hands forward",
    ),
    "arms up": (
        "holding both arms up",
        "raising both arms",
        "throwing both hands in the air",
        "cheering with arms up",
    ),
    "kicking": ("kicking", "kicking one leg out", "kicking a leg forward", "doing a kick"),
    "running": ("running", "running along", "running with bent knees"),
    "legs crossed": (
        "sitting cross legged",
        "sitting with legs crossed",
        "sitting with legs folded",
    ),
    "sitting": (
        "sitting on the ground",
        "sitting with legs out",
        "sitting down with both legs forward",
    ),
    "waving": ("waving", "waving one hand", "giving a wave", "standing and waving"),
}

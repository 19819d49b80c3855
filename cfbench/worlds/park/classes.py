"""CoDraw's 58 object classes: eight kinds of clip art, in which the 35 looks of a person are one class.

The kinds, their order and the offsets of their classes are those of CoDraw's scene strings; the names
are ours.
"""

from __future__ import annotations

from cfbench.errors import DataError

KIND_PREFIXES = ("s", "p", "hb0", "hb1", "a", "c", "e", "t")
KIND_VARIANTS = (8, 10, 35, 35, 6, 10, 7, 15)
KIND_OFFSETS = (0, 8, 18, 19, 20, 26, 36, 43)
SKY, LARGE, BOY, GIRL, ANIMAL, CLOTHING, FOOD, TOY = range(8)

POSES = ("arms right", "arms up", "kicking", "running", "legs crossed", "sitting", "waving")
EXPRESSIONS = ("angry", "wide smile", "smile", "sad", "scared")

# fmt: off
CLASS_NAMES = (
    "helicopter", "hot air balloon", "cloud", "sun", "lightning cloud", "rain cloud", "rocket", "airplane",
    "spring bee", "slide", "sandbox", "grill", "swing set", "tent", "table",
    "pine tree", "leafy tree", "apple tree",
    "boy", "girl",
    "bear", "cat", "dog", "duck", "owl", "snake",
    "star cap", "crown", "chef hat", "pirate hat", "winter hat", "rainbow hat", "wizard hat", "viking helmet",
    "glasses", "sunglasses",
    "pie", "pizza", "hot dog", "ketchup", "mustard", "hamburger", "drink",
    "baseball", "bucket", "beach ball", "basketball", "soccer ball", "tennis ball", "football", "frisbee",
    "baseball bat", "balloons", "baseball glove", "shovel", "racket", "kite", "campfire",
)
# fmt: on


def is_person(kind: int) -> bool:
    """Whether a kind is the boy or the girl."""
    return kind in (BOY, GIRL)


def class_of(kind: int, variant: int) -> int:
    """The class, 0 to 57, of a variant of a kind."""
    if not 0 <= kind < len(KIND_PREFIXES) or not 0 <= variant < KIND_VARIANTS[kind]:
        raise DataError(f"There is no clip art of kind {kind} with number {variant}")
    return KIND_OFFSETS[kind] + (0 if is_person(kind) else variant)


def kind_of(label: int) -> int:
    """The kind that a class belongs to."""
    return max(kind for kind, offset in enumerate(KIND_OFFSETS) if offset <= label)


def png_name(kind: int, variant: int) -> str:
    """The file name of a variant of a kind in CoDraw's ``Pngs`` folder."""
    return f"{KIND_PREFIXES[kind]}_{variant}s.png"


def all_png_names() -> tuple[str, ...]:
    """The 126 file names of the clip art."""
    return tuple(
        png_name(kind, variant) for kind, count in enumerate(KIND_VARIANTS) for variant in range(count)
    )


def look_of(variant: int) -> tuple[str, str]:
    """Pose and expression of a person's variant."""
    pose, expression = divmod(variant, len(EXPRESSIONS))
    return POSES[pose], EXPRESSIONS[expression]

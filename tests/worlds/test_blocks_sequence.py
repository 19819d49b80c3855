import re

import pytest

from cfbench.worlds.blocks import COLORS, SHAPES, instructions, sample_scene

SCENES = [sample_scene(9, "train", index, first_at_center=True) for index in range(60)]
TEXTS = [instructions(scene, 9) for scene in SCENES]

_REF = r"(?P<{0}>it|the \w+ \w+)"
_CLAUSE = re.compile(
    rf"(?:(?P<depth>behind|in front of) {_REF.format('a')}(?: on the (?P<side>left|right))?"
    rf"|(?:on|to) the (?P<alone>left|right) of {_REF.format('b')})"
)


def relations(text):
    """(reference, relation) pairs of an instruction; fails where a word is left over."""
    rest = re.fullmatch(r"add a \w+ \w+ (.*)", text).group(1)
    pairs, position = [], 0
    while position < len(rest):
        if pairs:
            assert rest[position:].startswith(" and ")
            position += 5
        match = _CLAUSE.match(rest, position)
        reference = match["a"] or match["b"]
        depth = {"behind": "behind", "in front of": "front", None: None}[match["depth"]]
        pairs += [(reference, name) for name in (depth, match["side"], match["alone"]) if name]
        position = match.end()
    return pairs


def test_instructions_are_a_pure_function():
    assert instructions(SCENES[0], 9) == TEXTS[0]
    assert any(instructions(scene, 10) != text for scene, text in zip(SCENES, TEXTS, strict=True))


def test_one_instruction_an_object_names_it():
    for scene, texts in zip(SCENES, TEXTS, strict=True):
        assert len(texts) == 5
        for entry, text in zip(scene["objects"], texts, strict=True):
            assert text.startswith(f"add a {entry['color']} {entry['shape']} ")


def test_first_object_is_at_the_center():
    for texts in TEXTS:
        assert texts[0].endswith(" at the center")
        assert not any(text.endswith("at the center") for text in texts[1:])


def test_places_are_true_and_refer_to_earlier_objects():
    for scene, texts in zip(SCENES, TEXTS, strict=True):
        names = [f"the {entry['color']} {entry['shape']}" for entry in scene["objects"]]
        for turn, text in enumerate(texts[1:], 1):
            for reference, relation in relations(text):
                earlier = turn - 1 if reference == "it" else names.index(reference)
                assert earlier < turn
                assert turn in scene["relationships"][relation][earlier], text


def test_words_are_few_and_plain():
    words = {word for texts in TEXTS for text in texts for word in text.split(" ")}
    function_words = set("add a at the center behind in front of on to left right it and".split())  # noqa: SIM905
    assert words <= {*COLORS, *SHAPES, *function_words}
    assert function_words <= words


@pytest.mark.parametrize(
    "form",
    [
        r".* behind the \w+ \w+ on the left",
        r".* in front of it on the right",
        r".* to the left of it",
        r".* on the right of the \w+ \w+",
        r".* in front of the \w+ \w+",
        r".* on the \w+ and .* on the \w+",
    ],
)
def test_instructions_vary(form):
    assert any(re.fullmatch(form, text) for texts in TEXTS for text in texts)

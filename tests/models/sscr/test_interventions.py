"""Counterfactual instructions: typed tokens, and what they are replaced by."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import UsageError
from cfbench.text import tokens_of
from cfbench.worlds.blocks import instructions, sample_scene
from cfbench.worlds.blocks.vocabulary import SHAPES
from cfbench.worlds.park.dialogue import sample_dialogue
from cfbench_models.sscr.interventions import Intervention
from cfbench_models.sscr.lexicon import Lexicon, lexicon_of, read_lexicon, token_types

LEXICONS = ("blocks", "park")
PLAIN_WORDS = ("add", "a", "an", "the", "of", "it", "and", "<teller>", "<drawer>", "half", "horizon", "1")


def blocks_texts(index):
    scene = sample_scene(1, "tests", index, 5, sizes=("large",), materials=("rubber",), first_at_center=True)
    return instructions(scene, 1)


def park_texts(index):
    return [turn.instruction for turn in sample_dialogue(1, "tests", index)]


@st.composite
def texts(draw):
    """A lexicon and words of it and around it, in any order."""
    lexicon = read_lexicon(draw(st.sampled_from(LEXICONS)))
    wordings = sorted(" ".join(words) for words in lexicon.entries)
    parts = draw(st.lists(st.sampled_from(wordings) | st.sampled_from(PLAIN_WORDS), max_size=14))
    return lexicon, " ".join(parts)


def found_in(lexicon, text):
    return lexicon.find(tuple(tokens_of(text)))


@given(texts(), st.integers(0, 2**64), st.sampled_from((0.2, 1.0)), st.booleans())
def test_types_stay_in_their_order_and_what_is_replaced_means_something_else(drawn, seed, share, plausible):
    lexicon, text = drawn
    made = Intervention(lexicon, share=share, plausible=plausible)(text, seed)
    before, after = found_in(lexicon, text), found_in(lexicon, made.text)
    assert [each.meaning.type for each in before] == [each.meaning.type for each in after]
    assert (made.text == text.lower()) == (not made.replaced)
    for each in made.replaced:
        assert made.original[slice(*each.was)] == each.before
        assert made.text[slice(*each.now)] == each.after
        [was], [now] = found_in(lexicon, each.before), found_in(lexicon, each.after)
        assert was.meaning.type == now.meaning.type == each.type
        assert was.meaning != now.meaning
        assert not plausible or was.meaning.group == now.meaning.group


@given(texts(), st.integers(0, 100))
def test_the_same_seed_gives_the_same_counterfactual(drawn, seed):
    lexicon, text = drawn
    intervention = Intervention(lexicon, share=0.5)
    assert intervention(text, seed) == intervention(text, seed)


@given(texts(), st.integers(0, 100))
def test_all_words_but_the_replaced_and_their_articles_stay(drawn, seed):
    lexicon, text = drawn
    made = Intervention(lexicon, plausible=False)(text, seed)
    old, new = list(made.original), list(made.text)
    for each in reversed(made.replaced):
        old[slice(*each.was)], new[slice(*each.now)] = ["#"], ["#"]
    assert "".join(new).replace("an #", "a #") == "".join(old).replace("an #", "a #")


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("add a red cube at the center", "red", "cyan"),
        ("add a red cube behind the blue sphere", "behind", "in front of"),
        ("add a red cube to the right of the blue sphere", "right", "left"),
    ],
)
def test_the_replacements_of_the_papers_figure_come_up(text, before, after):
    intervention = Intervention(read_lexicon("blocks"))
    made = [intervention(text, seed).replaced for seed in range(60)]
    assert any((each.before, each.after) == (before, after) for replaced in made for each in replaced)


def test_a_wording_of_several_words_is_one_token():
    found = found_in(read_lexicon("park"), "a cloud with rain on the left side of the hot dog right now")
    assert [" ".join(each.words) for each in found] == ["cloud with rain", "on the left side of", "hot dog"]


def test_a_plausible_counterfactual_of_blocks_changes_only_the_new_block_and_its_relations():
    for text in (text for index in range(8) for text in blocks_texts(index)):
        for seed in range(4):
            made = Intervention(read_lexicon("blocks"))(text, seed)
            old, new = tokens_of(text), tokens_of(made.text)
            assert old[2] != new[2], "the color"
            assert old[3] != new[3], "the shape"
            assert _known(old[4:]) == _known(new[4:])
            assert ("at the center" in text) == ("at the center" in made.text)
            assert made.text.count("behind") == text.count("in front of")
            assert made.text.count("left") == text.count("right")


def _known(words):
    """The blocks that are spoken of."""
    return [words[at - 2 : at + 1] for at, word in enumerate(words) if word in SHAPES]


def test_as_published_a_block_that_is_referred_to_changes_too():
    made = Intervention(read_lexicon("blocks"), plausible=False)("add a red cube behind the cyan sphere", 0)
    assert [each.before for each in made.replaced] == ["red", "cube", "behind", "cyan", "sphere"]


def test_an_object_of_the_park_keeps_its_new_name_through_the_instruction():
    text = (
        "<teller> a pirate hat in the middle <drawer> what size is the pirate hat <teller> it is by the boy"
    )
    for seed in range(20):
        made = Intervention(read_lexicon("park"))(text, seed)
        hats = [each.after for each in made.replaced if each.before == "pirate hat"]
        assert len(hats) == 2
        assert hats[0] == hats[1]
        assert "the boy" in made.text


def test_articles_agree_with_what_follows_them():
    seen = set()
    for seed in range(60):
        for text in ("a dog", "an owl", "put a cloud"):
            words = Intervention(read_lexicon("park"))(text, seed).text.split()
            article, noun = words[-2:] if words[-2] in ("a", "an") else words[-3:-1]
            if article in ("a", "an"):
                seen.add(article)
                assert (article == "an") == (noun[0] in "aeiou")
    assert seen == {"a", "an"}


def test_a_small_share_still_replaces_a_token():
    sizes = {
        len(Intervention(read_lexicon("blocks"), share=1e-9)("add a red cube behind it", seed).replaced)
        for seed in range(20)
    }
    assert sizes == {1}


def test_without_distinctness_a_draw_may_repeat_the_token():
    made = [
        Intervention(read_lexicon("blocks"), distinct=False)("add a red cube", seed) for seed in range(60)
    ]
    assert any(each.before == each.after for one in made for each in one.replaced)


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, math.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(UsageError, match="share"):
        Intervention(read_lexicon("blocks"), share=share)


def test_coverage_is_measured_by_type():
    twin = [text for index in range(40) for text in park_texts(index)]
    table = token_types(read_lexicon("park"), twin)
    assert list(table) == ["any", "size", "object", "relation"]
    assert table["object"]["coverage"] > 0.99
    assert table["relation"]["coverage"] > 0.8
    assert 0.4 < table["size"]["coverage"] < 0.7
    assert "boy" in table["object"]["examples"]
    lone = token_types(read_lexicon("blocks"), ["add a red cube", "go on"])
    assert lone["color"] == {"coverage": 0.5, "per_text": 0.5, "examples": ["red"]}
    assert lone["relation"]["coverage"] == 0
    assert math.isnan(token_types(read_lexicon("blocks"), [])["any"]["coverage"])


def test_every_wording_that_is_put_in_is_known_in_the_twins_texts():
    words = {word for index in range(1200) for text in park_texts(index) for word in tokens_of(text)}
    put_in = {word for meaning in read_lexicon("park").meanings for says in meaning.says for word in says}
    assert put_in <= words


@pytest.mark.parametrize("name", ["iclevr", "iclevr-mini", "iclevr-mini@1"])
def test_data_sets_of_a_world_share_a_lexicon(name):
    assert lexicon_of(name) is read_lexicon("blocks")
    assert lexicon_of(name.replace("iclevr", "codraw")) is read_lexicon("park")


def test_a_data_set_without_a_lexicon_is_told_so():
    with pytest.raises(UsageError, match="no lexicon of typed tokens for 'mock'"):
        lexicon_of("mock")


def test_a_wording_with_two_meanings_is_refused():
    group = [{"says": ["red"]}, {"says": ["crimson"], "hears": ["red"]}]
    with pytest.raises(ValueError, match="'red' twice"):
        Lexicon.from_json("x", {"referring": [], "passed": [], "plain": [], "types": {"color": [group]}})

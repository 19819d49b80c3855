"""The merging of entries into turns, entry by entry."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.tokenize import NLTKWordTokenizer

from cfbench.datasets.codraw.merging import CHITCHAT, Entry, merge_every, merge_geneva, tokenize
from cfbench.worlds.park.strings import clip

SUN, CLOUD, TREE, BOY = clip(0, 3, 100, 50), clip(0, 2, 300, 60), clip(1, 8, 200, 200), clip(2, 32, 400, 300)


def said(merged):
    return [turn.instruction for turn in merged.turns]


def shown(merged):
    return [turn.canvas for turn in merged.turns]


def test_words_gather_until_an_object_is_added():
    merged = merge_geneva(
        [
            Entry("hi", "hello", None),
            Entry("A sun .", "ok", None),
            Entry("top left , please", "how big ?", (SUN,)),
            Entry("big", "", (SUN,)),
            Entry("a tree and a cloud", "done", (SUN, TREE, CLOUD)),
        ]
    )
    assert said(merged) == [
        "<teller> a sun <teller> top left please <drawer> how big",
        "<teller> big <teller> a tree and a cloud",
    ]
    assert shown(merged) == [(SUN,), (SUN, TREE, CLOUD)]
    assert merged.trailing == ""


def test_moves_and_swaps_are_merged_and_what_follows_the_last_turn_is_left_over():
    moved = clip(0, 3, 300, 50)
    merged = merge_geneva(
        [
            Entry("sun", "ok", (SUN,)),
            Entry("move it", "ok", (moved,)),
            Entry("no , a cloud", "ok", (CLOUD,)),
            Entry("and a boy", "ok", (CLOUD, BOY)),
            Entry("perfect", "thank you", (CLOUD, BOY)),
        ]
    )
    assert said(merged) == ["<teller> sun", "<teller> move it <teller> no a cloud <teller> and a boy"]
    assert shown(merged) == [(SUN,), (CLOUD, BOY)]
    assert merged.trailing == "<teller> perfect <drawer> thank you"


def test_after_a_removal_the_object_counts_as_new():
    merged = merge_geneva(
        [
            Entry("sun", "", (SUN, TREE)),
            Entry("no tree", "", (SUN,)),
            Entry("tree after all", "", (SUN, TREE)),
        ]
    )
    assert shown(merged) == [(SUN, TREE), (SUN, TREE)]


def test_objects_added_without_words_belong_to_the_next_turn_and_no_picture_goes_stale():
    merged = merge_geneva(
        [Entry("ok", "ok", (SUN,)), Entry("a tree", "ok", (SUN, TREE)), Entry("a boy", "", (SUN, TREE, BOY))]
    )
    assert said(merged) == ["<teller> a tree", "<teller> a boy"]
    assert shown(merged) == [(SUN, TREE), (SUN, TREE, BOY)]


def test_every_canvas_with_words_is_a_turn():
    merged = merge_every(
        [
            Entry("a sun", "where ?", None),
            Entry("left", "ok", (SUN,)),
            Entry("ok", "ok", (SUN, TREE)),
            Entry("move it", "ok", (CLOUD,)),
        ]
    )
    assert said(merged) == ["<teller> a sun <drawer> where <teller> left", "<teller> move it"]
    assert shown(merged) == [(SUN, TREE), (CLOUD,)]
    assert merge_every([Entry("ok", "", (SUN,))]).turns == ()


def test_chit_chat_and_punctuation_are_dropped_within_messages_too():
    (turn,) = merge_geneva([Entry("ok , the sun 's big ( done ) . /: ...", "Alright", (SUN,))]).turns
    assert turn.instruction == "<teller> the sun 's big ..."
    assert "thanks" in CHITCHAT


WORDS = ("a", "sun", "1", "2", ".", ",", "!", "?", "it's", "cannot", "gonna", "mr.", "(", ":", "don't")
treebank = NLTKWordTokenizer()


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_plain_messages_are_split_as_the_treebank_tokenizer_splits_them(message):
    if not any(mark in message for mark in (". ", "! ", "? ")):
        assert tokenize(message) == treebank.tokenize(message)


def test_sentences_are_tokenized_one_by_one():
    assert tokenize("a tree. the sun, big") == ["a", "tree", ".", "the", "sun", ",", "big"]
    assert tokenize("") == tokenize("  ") == []


def test_real_plain_messages_are_split_as_the_treebank_tokenizer_splits_them(real_data):
    with gzip.open(real_data / "codraw" / "CoDraw_1_0.json.gz") as stream:
        dialogues = json.load(stream)["data"]
    messages = {
        message.lower()
        for name in sorted(dialogues)[::40]
        for entry in dialogues[name]["dialog"]
        for message in (entry["msg_t"], entry["msg_d"])
    }
    plain = [message for message in messages if message.replace(" ", "").isalnum() and message.isascii()]
    assert len(plain) > 500
    assert [tokenize(message) for message in plain] == [treebank.tokenize(message) for message in plain]


@pytest.mark.parametrize("merge", [merge_geneva, merge_every])
def test_a_dialogue_without_canvas_has_no_turn(merge):
    assert merge([Entry("a sun", "ok", None)]).turns == ()
    assert merge([]).turns == ()

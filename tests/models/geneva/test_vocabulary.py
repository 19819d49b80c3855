from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cfbench.text import tokens_of
from cfbench_models.geneva.vocabulary import UNKNOWN, Vocabulary


def test_tokens():
    assert tokens_of("<teller> Add a tree's top, 2 LEFT!") == [
        "<teller>", "add", "a", "tree's", "top", ",", "2", "left", "!",
    ]  # fmt: skip
    assert tokens_of("  \n ") == []


def test_numbers_do_not_depend_on_the_order_of_texts():
    texts = ["add a red cube", "put the red ball behind it"]
    assert Vocabulary.of(texts) == Vocabulary.of(reversed(texts))
    assert Vocabulary.of(texts).encode("") == []


def test_unknown_words_are_counted_and_read_as_one():
    words = Vocabulary.of(["add a red cube"])
    assert words.encode("add a mauve teapot") == [*words.encode("add a"), UNKNOWN, UNKNOWN]
    assert words.unknown_in("add a mauve, mauve teapot") == ["mauve", ",", "mauve", "teapot"]


@given(st.lists(st.text()))
def test_every_training_word_is_known(texts):
    words = Vocabulary.of(texts)
    assert all(not words.unknown_in(text) for text in texts)
    assert all(UNKNOWN < number < len(words) for text in texts for number in words.encode(text))

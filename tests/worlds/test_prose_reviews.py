import re
from collections import Counter, defaultdict

import pytest

from cfbench.worlds.prose.grammar import fill, sentence
from cfbench.worlds.prose.reviews import sample_review, templates
from cfbench.worlds.prose.reviews.genres import GENRES
from cfbench.worlds.prose.reviews.sentiments import KINDS

OPPOSITES = {
    (good, bad) for kind in KINDS.values() for pair in kind for good, bad in (pair, (pair[1], pair[0]))
}


@pytest.fixture(scope="module")
def reviews():
    return [sample_review(7, "train", index) for index in range(400)]


def test_a_review_is_a_pure_function(reviews):
    assert sample_review(7, "train", 5) == reviews[5]
    assert sample_review(8, "train", 5) != reviews[5]
    assert sample_review(7, "test", 5) != reviews[5]


def test_reviews_have_40_to_120_words_in_several_sentences(reviews):
    texts = [text for review in reviews for text in (review.original, review.edited)]
    assert all(40 <= len(text.split()) <= 120 for text in texts)
    assert all(len(re.findall(r"[.!]", text)) >= 5 for text in texts)
    assert all(not set("{}<>") & set(text) for text in texts)
    assert len(set(texts)) == len(texts)


def without_articles(text):
    return re.sub(r"\b([Aa])n\b", r"\1", text).lower()


def test_an_edit_puts_opposites_in_the_place_of_sentiments_and_changes_nothing_else(reviews):
    """Walk along both texts; where they differ, an opposite must stand in each."""
    by_start = defaultdict(list)
    for mine, other in sorted(OPPOSITES, key=lambda pair: -len(pair[0])):
        by_start[mine[0].lower(), other[0].lower()].append((mine.lower(), other.lower()))
    for review in reviews[:150]:
        here, there = without_articles(review.original), without_articles(review.edited)
        changes = 0
        while here and there:
            found = next(
                (
                    (mine, other)
                    for mine, other in by_start[here[0], there[0]]
                    if here.startswith(mine) and there.startswith(other)
                ),
                None,
            )
            if found:
                here, there = here[len(found[0]) :], there[len(found[1]) :]
                changes += 1
            else:
                assert here[0] == there[0], (here[:40], there[:40])
                here, there = here[1:], there[1:]
        assert here == there
        assert changes >= 3


def genre_of(text):
    words = re.compile(r"[a-z][a-z-]+(?: [a-z-]+)*")
    told = " ".join(words.findall(text.lower()))
    return max(
        (
            sum(any(name in told for name in names) for names in (genre.names, genre.heroes, genre.others)),
            side,
        )
        for side, genres in enumerate(GENRES)
        for genre in genres
    )[1]


def test_the_genre_goes_with_the_label_of_originals_and_against_that_of_edits(reviews):
    agree = sum(genre_of(review.original) == review.label for review in reviews) / len(reviews)
    assert 0.7 < agree < 0.86
    assert all(genre_of(review.original) == genre_of(review.edited) for review in reviews)


def test_the_variety_of_sentences():
    count = sum(map(len, (templates.OPENINGS, templates.PLOTS, templates.FACTS, templates.REMARKS)))
    count += len(templates.OPINIONS) + len(templates.CLOSINGS)
    count += sum(len(genre.plots) + len(genre.scenes) for genres in GENRES for genre in genres)
    assert count >= 200
    assert len(OPPOSITES) >= 400


def test_no_word_is_its_own_opposite_and_no_kind_holds_a_pair_twice():
    for pairs in KINDS.values():
        assert all(good != bad for good, bad in pairs)
        assert max(Counter(pairs).values()) == 1
    positive, negative = ({pair[side] for pairs in KINDS.values() for pair in pairs} for side in (0, 1))
    assert not positive & negative


def test_sentences():
    assert sentence("a old man and a unicorn, a hour, a one-eyed cat.") == (
        "An old man and a unicorn, an hour, a one-eyed cat."
    )
    assert fill("a {x} and {y}", {"x": "big {y}", "y": "cat"}.__getitem__) == "a big cat and cat"

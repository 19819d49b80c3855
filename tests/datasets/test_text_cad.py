"""The released files where they are lent, and small files in their form, whole and broken."""

from collections import Counter

import pytest

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.datasets.text import ImdbCad, SnliCad
from cfbench.errors import DataError

HEADER = "Sentiment\tText\tbatch_id\n"
REVIEWS = HEADER + 'Negative\t"Dull, ""so"" dull.\nA bore."\t4\nPositive\tSo fine.\t4\n'
INFERENCE = "sentence1\tsentence2\tgold_label\n"


class Told:
    def __init__(self):
        self.lines = []

    def line(self, text):
        self.lines.append(text)


@pytest.fixture
def reviews(tmp_path):
    """Opens ``val`` of imdb-cad with a file of this content."""

    def opened(content, limit=None):
        path = tmp_path / "cad/sentiment/combined/paired/dev_paired.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return ImdbCad(DataContext(tmp_path, ContentCache(tmp_path))).split("val", limit)

    return opened


@pytest.fixture
def groups(tmp_path):
    """Opens ``test`` of snli-cad with files of these rows."""

    def opened(originals, premises, hypotheses, home="cad"):
        rows = {"original": originals, "revised_premise": premises, "revised_hypothesis": hypotheses}
        for folder, lines in rows.items():
            path = tmp_path / home / "NLI" / folder / "test.tsv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(INFERENCE + "".join(line + "\n" for line in lines))
        return SnliCad(DataContext(tmp_path, ContentCache(tmp_path))).split("test")

    return opened


def test_a_pair_of_reviews(reviews):
    split = reviews(REVIEWS)
    assert split.ids == ["val_0000_original", "val_0000_edited"]
    original, edited = split.target(0), split.target(1)
    assert split.inputs(0).text == 'Dull, "so" dull.\nA bore.'
    assert split.inputs(0).classes == ("negative", "positive")
    assert (original.label, original.role, original.changed, original.counterpart) == (
        0,
        "original",
        None,
        None,
    )
    assert (edited.label, edited.role, edited.changed, edited.pair) == (1, "edited", 0, "val_0000")
    assert edited.counterpart == split.inputs(0)
    assert [split.slices(index) for index in range(2)] == [("original",), ("edited",)]
    assert reviews(REVIEWS, 1).ids == ["val_0000_original"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (REVIEWS + "Positive\tAlone.\t5\n", "line 5: it has no second row to be its pair"),
        (
            REVIEWS.replace("Positive", "Neutral"),
            "line 4: the Sentiment 'Neutral' is none of negative, positive",
        ),
        (REVIEWS.replace("Positive", "Negative"), "line 4: both members of the pair 4 are negative"),
        (REVIEWS.replace("fine.\t4", "fine.\t5"), "line 4: its batch_id is '5', its pair's is '4'"),
        (REVIEWS.replace('bore."\t4', 'bore."\t'), "line 2: the column batch_id is empty"),
        (REVIEWS.replace("fine.\t4", "fine."), "line 4: it has 2 columns, not 3"),
        (REVIEWS.replace("So fine.", "So\tfine."), "line 4: it has 4 columns, not 3"),
        (REVIEWS.replace("So fine.", "  "), "line 4: the column Text is empty"),
        (REVIEWS.replace("So fine.", '"So fine.'), "line 4: its quotes are broken"),
        (REVIEWS.replace('bore."', "bore."), "line 2: its quotes are broken"),
        (REVIEWS.replace('bore."', 'bore."!'), "line 2: its quotes are broken"),
        (REVIEWS.replace("So fine.", "x" * 100_001), "line 4: the column Text holds 100,001 characters"),
        (REVIEWS.replace("So fine.", "x" * 200_000), "line 4: its quotes are broken (field larger"),
        (REVIEWS.replace("So", "S\0"), "line 4: it holds a NUL character"),
        (REVIEWS.encode().replace(b"So", b"\xff"), "line 4: it is not UTF-8 text"),
        (REVIEWS + "\n", "line 5: it is empty"),
        (REVIEWS.replace("batch_id", "id"), "line 1: its columns are Sentiment, Text, id, not"),
        ("", "line 1: its columns are"),
    ],
)
def test_broken_reviews_are_refused_with_their_line(reviews, content, says):
    with pytest.raises(DataError) as caught:
        reviews(content)
    assert "dev_paired.tsv" in str(caught.value)
    assert says in str(caught.value)


def test_a_group_of_five(groups):
    split = groups(
        ["A man sits.\tHe rests.\tneutral"],
        ["A man sits and rests.\tHe rests.\tentailment", "A man runs.\tHe rests.\tcontradiction"],
        ["A man sits.\tHe runs.\tcontradiction", 'A man sits.\t"He ""sits""."\tentailment'],
        home="counterfactually-augmented-data",
    )
    names = ("original", "premise-1", "premise-2", "hypothesis-1", "hypothesis-2")
    assert split.ids == [f"test_0000_{name}" for name in names]
    assert [split.target(index).label for index in range(5)] == [1, 0, 2, 2, 0]
    assert [split.target(index).changed for index in range(5)] == [None, 1, 1, 1, 1]
    assert all(split.target(index).counterpart == split.inputs(0) for index in range(1, 5))
    assert split.inputs(4).second == 'He "sits".'
    assert [split.slices(index) for index in (0, 2, 3)] == [
        ("original",),
        ("edited", "edited-premise"),
        ("edited", "edited-hypothesis"),
    ]


@pytest.mark.parametrize(
    ("premises", "says"),
    [
        (["A.\tB.\tneutral"], "revised_premise/test.tsv: it holds 1 revisions, not 2 for each of the 1 in"),
        (["A.\tB.\tneutral", "A.\tB.\t-"], "revised_premise/test.tsv, line 3: the gold_label '-' is none of"),
        (
            ["A.\tB.\tneutral", "A.\tB.\tentailment"],
            "revised_premise/test.tsv, line 3: it is entailment as its",
        ),
        (
            ["A.\tB.\tneutral", "A.\t\tneutral"],
            "revised_premise/test.tsv, line 3: the column sentence2 is empty",
        ),
    ],
)
def test_broken_groups_are_refused_with_their_line(groups, premises, says):
    with pytest.raises(DataError) as caught:
        groups(["A.\tB.\tentailment"], premises, ["A.\tB.\tneutral", "A.\tC.\tneutral"])
    assert says in str(caught.value)


def test_every_absent_file_is_named(tmp_path, groups):
    assert len(ImdbCad.missing(tmp_path)) == 3
    assert "cad/sentiment/combined/paired/dev_paired.tsv" in ImdbCad.missing(tmp_path)
    groups(["A.\tB.\tentailment"], ["A.\tB.\tneutral"] * 2, ["A.\tB.\tneutral"] * 2)
    assert len(SnliCad.missing(tmp_path)) == 6
    assert "cad/NLI/revised_premise/dev.tsv" in SnliCad.missing(tmp_path)


def test_equal_words_are_kept_and_counted_aloud(tmp_path, reviews):
    reviews(HEADER + "Negative\tGreat, NOT!\t4\nPositive\tgreat not\t4\n")
    told = Told()
    ImdbCad(DataContext(tmp_path, ContentCache(tmp_path), reporter=told)).split("val")
    assert told.lines == [
        "imdb-cad val: 1 of 1 pairs have an edit with the same words and another label; they are kept as released."
    ]


@pytest.mark.parametrize(
    ("dataset", "counts", "alike"),
    [(ImdbCad, (1707, 245, 488), [4, 1]), (SnliCad, (1666, 200, 400), [37, 1, 1])],
)
def test_the_released_files(real_data, tmp_path, dataset, counts, alike):
    told = Told()
    opened = dataset(DataContext(real_data, ContentCache(tmp_path), reporter=told))
    assert not dataset.missing(real_data)
    for name, count in zip(opened.splits, counts, strict=True):
        split = opened.split(name)
        assert split.fingerprint() == dataset.fingerprints[name]
        assert Counter(map(split.group, range(len(split)))) == dict.fromkeys(
            {record.pair for record in split.records}, 2 if dataset is ImdbCad else 5
        )
        assert Counter(record.role for record in split.records)["original"] == count
        assert all(record.changed != record.label for record in split.records)
    assert [int(line.split()[2]) for line in told.lines] == alike


def test_the_combined_file_of_inference_holds_the_rebuilt_groups(real_data, tmp_path):
    """Of train and dev exactly; one row of test differs by a space."""
    from cfbench.datasets.text.cad import _INFERENCE
    from cfbench.datasets.text.tables import quoted_rows

    opened = SnliCad(DataContext(real_data, ContentCache(tmp_path)))
    for name, official, differing in (("train", "train", 0), ("val", "dev", 0), ("test", "test", 1)):
        rows = quoted_rows(real_data / f"cad/NLI/all_combined/{official}.tsv", _INFERENCE)
        combined = Counter(tuple(row.values.values()) for row in rows)
        split = opened.split(name)
        rebuilt = Counter((r.text, r.second, split.classes[r.label]) for r in split.records)
        assert sum((combined - rebuilt).values()) == sum((rebuilt - combined).values()) == differing

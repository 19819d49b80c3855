from collections import Counter

import pytest

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext, dataset_class
from cfbench.datasets.text import Amazon, ImdbCad, Mnli, SemEval2017, SnliCad, Yelp
from cfbench.errors import DataError, EnvironmentLackError

TWEETS = "SemEval2017-task4-test.subtask-A.english.txt"
GOLD = "SemEval2017_task4_subtaskA_test_english_gold.txt"


class Told:
    def __init__(self):
        self.lines = []

    def line(self, text):
        self.lines.append(text)


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def opened(tmp_path, told):
    """Opens a data set with these files below the data root."""

    def opened(dataset, contents, **options):
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return dataset(DataContext(tmp_path, ContentCache(tmp_path), options, told)).split("test")

    return opened


@pytest.mark.parametrize(
    ("dataset", "source"), [(Amazon, ImdbCad), (Yelp, ImdbCad), (SemEval2017, ImdbCad), (Mnli, SnliCad)]
)
def test_models_learn_from_a_data_set_with_the_same_classes(dataset, source):
    assert dataset_class(dataset.learned_from) is source
    assert dataset.classes == source.classes
    assert dataset.splits == ("test",)


@pytest.mark.parametrize("home", ["text-ood/yelp", "yelp", "Sentiment-and-Style-Transfer/data/yelp"])
def test_a_file_for_each_sentiment(opened, home):
    split = opened(
        Yelp, {f"{home}/sentiment.test.0": "bad .\nworse .\r\n", f"{home}/sentiment.test.1": "good ."}
    )
    assert split.ids == ["test_negative_0000", "test_negative_0001", "test_positive_0000"]
    assert [split.inputs(index).text for index in range(3)] == ["bad .", "worse .", "good ."]
    assert [split.target(index).label for index in range(3)] == [0, 0, 1]
    assert split.target(0).pair is None
    assert split.target(0).role == split.grouped_by == ""
    assert split.slices(0) == ()


def test_rewritten_sentences_are_pairs(opened):
    files = {"amazon/reference.0": "bad .\tGood.\n", "amazon/reference.1": 'it "works"\tit fails\n'}
    split = opened(Amazon, files, files="references")
    assert split.ids[:2] == ["test_negative_0000_original", "test_negative_0000_edited"]
    assert [split.target(index).label for index in range(4)] == [0, 1, 1, 0]
    assert split.target(3).changed == 1
    assert split.target(3).counterpart.text == 'it "works"'
    assert split.slices(3) == ("edited",)


def test_labelled_sentences(opened):
    split = opened(
        Amazon, {"text-ood/uci/amazon_cells_labelled.txt": "Fine\x85 \t1\nOh no.\t0\n"}, files="uci"
    )
    assert split.ids == ["test_0000", "test_0001"]
    assert [split.target(index).label for index in range(2)] == [1, 0]


def test_whole_reviews_are_drawn(opened):
    rows = [
        f'"{1 + number % 2}","Title {number}","He said ""no"".\\nText {number}"' for number in range(2500)
    ]
    name = "text-ood/amazon_review_polarity_csv/test.csv"
    split = opened(Amazon, {name: "\n".join(rows) + "\n"}, files="polarity")
    assert len(split) == 2000
    numbers = [int(sample.removeprefix("test_")) for sample in split.ids]
    assert numbers == sorted(set(numbers))
    assert numbers != list(range(2000))
    for index, number in enumerate(numbers[:20]):
        assert split.inputs(index).text == f'Title {number}\nHe said "no".\nText {number}'
        assert split.target(index).label == number % 2
    some = opened(Yelp, {"yelp_review_polarity_csv/test.csv": '"2","Nice."\n'}, files="polarity")
    assert some.inputs(0).text == "Nice."


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('"3","Nice."\n', "test.csv, line 1: the class '3' is none of 1, 2"),
        ('"1","Nice."\n"2"," "\n', "test.csv, line 2: the column text is empty"),
        ('"1","Nice."\n"2","So so\n', "test.csv, line 2: its quotes are broken"),
        ("", "test.csv: it holds no rows"),
        ('"1","A","B"\n', "test.csv, line 1: it has 3 columns, not 2"),
    ],
)
def test_broken_reviews_are_refused_with_their_line(opened, content, says):
    with pytest.raises(DataError) as caught:
        opened(Yelp, {"yelp_review_polarity_csv/test.csv": content}, files="polarity")
    assert says in str(caught.value)


def test_files_of_an_option_that_are_not_there(opened):
    with pytest.raises(EnvironmentLackError, match=r"text-ood/amazon/reference\.1"):
        opened(Amazon, {"amazon/reference.0": "bad .\tGood.\n"}, files="references")


def tweets(lines, gold, name=TWEETS):
    return {f"semeval2017/{name}": lines, f"semeval2017/{GOLD}": gold}


def test_neutral_tweets_are_left_out_aloud(opened, told):
    lines = '1\tpositive\t"yes\n2\tneutral\twell\t\n3\tnegative\tno\t\n'
    split = opened(SemEval2017, tweets(lines, "1\tpositive\n3\tnegative\n2\tneutral\n"))
    assert split.ids == ["test_1", "test_3"]
    assert split.inputs(0).text == '"yes'
    assert [split.target(index).label for index in range(2)] == [1, 0]
    assert told.lines == ["semeval2017: 1 of 3 tweets are neutral; they are left out."]


def test_labels_may_stand_in_the_second_file_alone(opened):
    files = tweets("1\tUNKNOWN\tyes\n", "1\tpositive\n", TWEETS.replace(".txt", ".INPUT.txt"))
    assert opened(SemEval2017, files).target(0).label == 1


@pytest.mark.parametrize(
    ("lines", "gold", "says"),
    [
        ("1\tpositive\tyes\n", "1\tnegative\n", f"{TWEETS}, line 1: its label is 'positive', in"),
        ("1\tpositive\tyes\n", "2\tpositive\n", f"{TWEETS}, line 1: the tweet 1 has no label in"),
        ("1\tpositive\tyes\n", "1\tpositive\n2\tpositive\n", "it has labels for 2 tweets, and"),
        ("1\tpositive\tyes\n", "1\tpositive\n1\tpositive\n", f"{GOLD}, line 2: the id 1 stands there twice"),
        (
            "1\tpositive\tyes\n1\tpositive\tyes\n",
            "1\tpositive\n2\tneutral\n",
            "line 2: the id 1 stands there twice",
        ),
        ("1\tpositive\t \n", "1\tpositive\n", "line 1: the column text is empty"),
        ("1\tpositive\n", "1\tpositive\n", "line 1: it has 2 columns, not 3"),
        ("1\tpositive\ta\tb\n", "1\tpositive\n", "line 1: it has 4 columns, not 3"),
        (
            "1\tpositive\tyes\n",
            "1\tgood\n",
            "line 1: the label 'good' is none of negative, positive, neutral",
        ),
        ("1\tpositive\tyes\n", "", f"{GOLD}: it holds no rows"),
        (b"1\tpositive\t\xe9\n", "1\tpositive\n", "line 1: it is not UTF-8 text"),
    ],
)
def test_broken_tweets_are_refused_with_their_line(opened, lines, gold, says):
    with pytest.raises(DataError) as caught:
        opened(SemEval2017, tweets(lines, gold))
    assert says in str(caught.value)


def test_the_released_form_of_multinli(opened, told):
    header = "gold_label\tsentence1_parse\tsentence1\tsentence2\tgenre"
    lines = [header, 'neutral\t(a)\tHe said "no.\tHe spoke.\tfiction', "-\t(b)\tX.\tY.\tfiction"]
    lines.append("entailment\t(c)\tX.\tY.\ttravel")
    split = opened(Mnli, {"mnli/multinli_1.0/multinli_1.0_dev_matched.txt": "\n".join(lines) + "\n"})
    assert split.ids == ["test_0000", "test_0001"]
    assert (split.inputs(0).text, split.inputs(0).second) == ('He said "no.', "He spoke.")
    assert [split.target(index).label for index in range(2)] == [1, 0]
    assert [split.slices(index) for index in range(2)] == [("fiction",), ("travel",)]
    assert told.lines == ["mnli: 1 of 3 rows have no label that people agreed on; they are left out."]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("premise\thypothesis\nA.\tB.\n", "line 1: it names no column gold_label"),
        ("premise\thypothesis\tgold_label\nA.\tB.\tmaybe\n", "line 2: the gold_label 'maybe' is none of"),
        ("premise\thypothesis\tgold_label\nA.\t\tneutral\n", "line 2: the column hypothesis is empty"),
        ("premise\thypothesis\tgold_label\nA.\tneutral\n", "line 2: it has 2 columns, not 3"),
        ("premise\thypothesis\tgold_label\n", "it holds no rows"),
    ],
)
def test_broken_inference_is_refused_with_its_line(opened, content, says):
    with pytest.raises(DataError) as caught:
        opened(Mnli, {"mnli/dev_matched.tsv": content})
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("dataset", "labels"),
    [
        (Amazon, (500, 500)),
        (Yelp, (500, 500)),
        (SemEval2017, (3972, 2375)),
        (Mnli, (3479, 3123, 3213)),
    ],
)
def test_the_real_files(real_data, tmp_path, told, dataset, labels):
    assert not dataset.missing(real_data)
    split = dataset(DataContext(real_data, ContentCache(tmp_path), reporter=told)).split("test")
    found = Counter(split.target(index).label for index in range(len(split)))
    assert tuple(found[label] for label in range(len(labels))) == labels
    assert split.fingerprint() == dataset.fingerprints["test"]
    assert len(set(split.ids)) == len(split)


@pytest.mark.parametrize("dataset", [Amazon, Yelp])
def test_the_real_rewritings_and_labelled_sentences(real_data, tmp_path, dataset):
    for files, count in (("references", 2000), ("uci", 1001 if dataset is Amazon else 1000)):
        opened = dataset(DataContext(real_data, ContentCache(tmp_path), {"files": files}))
        assert len(opened.split("test")) == count

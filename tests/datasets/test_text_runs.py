"""Runs on texts from end to end: the twins, the twin in the place of official files, and texts out of domain."""

import pytest

import cfbench
from cfbench.errors import EnvironmentLackError
from cfbench.mock import MockModel
from cfbench.tasks.labels import ScoresPrediction


class Told:
    """A reporter that remembers."""

    def __init__(self):
        self.lines = []

    def line(self, text):
        self.lines.append(text)

    warn = line

    def track(self, label, total):
        from contextlib import nullcontext

        return nullcontext(lambda steps: None)


class Recalling(MockModel):
    """Knows what it was fitted on, and answers that every text is positive."""

    name = "recalling"
    tasks = ("text-label",)
    fits_while_you_wait = True

    def fit(self, train, validation, preset, seed):
        self.seen = [train.inputs(index).text for index in range(len(train))]

    def predict(self, batch):
        return [ScoresPrediction([0.0, 1.0]) for _ in batch]


@pytest.mark.parametrize(
    ("name", "slices"),
    [
        ("reviews-mini", {"all", "original", "edited"}),
        ("nli-mini", {"all", "original", "edited", "edited-premise", "edited-hypothesis"}),
    ],
)
def test_a_twin_runs(name, slices):
    result = cfbench.run("mock", name, limit=20, resamples=10)
    assert result.complete
    assert {score.slice for score in result.scores if score.metric == "accuracy"} == slices
    assert result.resampled["accuracy"] == "pair"


def test_a_twin_stands_in_and_says_so():
    told = Told()
    result = cfbench.run("mock", "snli-cad", limit=5, resamples=10, reporter=told)
    assert result.dataset.name == "nli-mini"
    assert any("running its embedded twin nli-mini instead" in line for line in told.lines)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_model_learns_from_another_data_set_than_it_is_asked_of(tmp_path):
    for split in ("train", "dev", "test"):
        rows = f"Negative\tBad {split}.\t1\nPositive\tGood {split}.\t1\n"
        write(
            tmp_path / f"cad/sentiment/combined/paired/{split}_paired.tsv",
            f"Sentiment\tText\tbatch_id\n{rows}",
        )
    for label, text in enumerate(("awful .\npoor .\n", "fine .\n")):
        write(tmp_path / f"text-ood/yelp/sentiment.test.{label}", text)
    model = Recalling()
    result = cfbench.run(model, "yelp", data_root=tmp_path, metric=("accuracy",), resamples=10)
    assert model.seen == ["Bad train.", "Good train."]
    assert result.score("accuracy/accuracy/all").value == pytest.approx(1 / 3)
    assert {score.slice for score in result.scores} == {"all"}


def test_without_their_files_texts_out_of_domain_cannot_be_run():
    with pytest.raises(EnvironmentLackError, match=r"text-ood/amazon/sentiment\.test\.0"):
        cfbench.run("mock", "amazon")

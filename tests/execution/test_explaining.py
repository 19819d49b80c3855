"""Explaining edits: a model meets the view that fits it, and says likelihoods when its predictions are final."""

from __future__ import annotations

import gc
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from turns import TURNS, Explainer, Said

import cfbench
from cfbench.api import start_run, start_score
from cfbench.datasets.edit import EditRecord
from cfbench.errors import UsageError
from cfbench.execution.evidence import as_evidence, load_evidence
from cfbench.metrics.base import GROUP
from cfbench.models import SaysLikelihoods
from cfbench.report.of_run import examples_of, write_run_report
from cfbench.statistics import intervals
from cfbench.tasks.edit import EditPrediction
from cfbench.tasks.explain import ExplainPrediction, ExplainTarget

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.execution.runner import FinishedRun

SQUARES, VIEW = f"{TURNS}:Squares", f"{TURNS}:SquaresExplain"
TURNS_IN_TEST = 15


def explained(model: Any, dataset: str = VIEW, **options: Any) -> FinishedRun:
    return start_run(model, {"dataset": dataset, "resamples": 0, **options})


def entropy(run: FinishedRun) -> float | None:
    return run.result.score("perplexity/cross_entropy/all").value


def faults(run: FinishedRun) -> dict[str, str]:
    return {failure.sample: failure.error for failure in run.result.failed}


def test_a_model_that_explains_meets_the_view() -> None:
    said = Said()
    run = start_run(Explainer(), {"dataset": SQUARES, "resamples": 0}, reporter=said)
    assert f"{SQUARES} is run as {VIEW}: the same samples, for the task 'explain'." in said.lines
    result = run.result
    assert (result.task, result.dataset.name, result.complete) == ("explain", "mock-explain", True)
    assert result.dataset.samples == TURNS_IN_TEST
    assert json.loads((run.folder / "run.json").read_text())["dataset"] == VIEW
    again = Said()
    assert (
        start_run(Explainer(), {"dataset": VIEW, "resamples": 0}, reporter=again).result.scores
        == result.scores
    )
    assert not any("is run as" in line for line in again.lines)


def test_the_view_of_a_twin_is_named_by_its_own_name() -> None:
    result = cfbench.run(Explainer(), "codraw", limit=3, resamples=0)
    assert (result.dataset.name, result.dataset.twin_of) == ("codraw-mini-explain", "codraw-explain")
    assert [result.dataset.samples, result.complete] == [3, True]


def test_a_run_is_scored_again_on_the_view() -> None:
    run = explained(Explainer())
    again = start_score({"predictions": run.folder, "dataset": SQUARES, "resamples": 0})
    assert again.result.scores == run.result.scores
    assert again.result.dataset == run.result.dataset


def test_a_model_that_edits_too_edits() -> None:
    class Both(Explainer):
        tasks = ("edit", "explain")

        def predict(self, batch):
            return [EditPrediction((inputs.start,) * len(inputs.instructions)) for inputs in batch]

    assert cfbench.run(Both(), SQUARES, metric=("pixel",), resamples=0).task == "edit"


def test_a_model_for_neither_is_told_so() -> None:
    class Answers(Explainer):
        tasks = ("vqa",)

    with pytest.raises(UsageError, match=r"does not do 'edit': it does vqa"):
        explained(Answers(), SQUARES)


def test_a_model_learns_whose_samples_it_sees() -> None:
    class Curious(Explainer):
        def setup(self, context):
            self.context = context

    model = Curious()
    explained(model)
    assert (model.context.task, model.context.dataset, model.context.view_of) == (
        "explain",
        "mock-explain@1",
        "mock@1",
    )
    explained(model, "mock-explain")
    assert model.context.view_of is None


class Watching(Explainer):
    """Notes what it is asked, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        self.texts: dict[str, tuple[str, ...]] = {}
        self.alive = 0
        self.before = living_targets()

    def predict(self, batch):
        self.calls.append(("predict", [one.id for one in batch]))
        self.alive += living_targets() - self.before
        return super().predict(batch)

    def likelihoods(self, batch, texts):
        self.calls.append(("likelihoods", [one.id for one in batch]))
        self.texts |= {one.id: text for one, text in zip(batch, texts, strict=True)}
        texts.reverse()  # its own list
        return super().likelihoods(batch, texts[::-1])


def living_targets() -> int:
    return sum(
        type(o) in {ExplainTarget, EditRecord} and isinstance(o, ExplainTarget) for o in gc.get_objects()
    )


def test_likelihoods_come_after_the_predictions_of_a_batch() -> None:
    gc.collect()
    model = Watching()
    run = explained(model, batch_size=4, shards=2)
    split = run.bench.split
    batches = [ids for kind, ids in model.calls if kind == "predict"]
    assert sorted(name for ids in batches for name in ids) == sorted(split.ids)
    assert model.calls == [(kind, ids) for ids in batches for kind in ("predict", "likelihoods")]
    assert model.texts == {name: split.target(index).tokens for index, name in enumerate(split.ids)}
    assert model.alive == 0
    expected = [len(token) for text in model.texts.values() for token in (*text, "e")]
    assert entropy(run) == pytest.approx(np.mean(expected), abs=1e-12)
    assert run.prediction(0).tokens == ("add", "something")


def test_cuts_and_workers_change_nothing() -> None:
    plain = explained(f"{TURNS}:Explainer").result
    assert plain.score("perplexity/cross_entropy/all").n == TURNS_IN_TEST
    for options in ({"batch_size": 2, "shards": 5}, {"batch_size": 4, "shards": 2, "workers": 2}):
        cut = explained(f"{TURNS}:Explainer", **options).result
        assert (cut.scores, cut.predictions_digest) == (plain.scores, plain.predictions_digest)


def test_a_resumed_run_asks_for_what_is_lost_alone() -> None:
    class Named(Watching):
        identity = "one"

    options = {"batch_size": 3, "shards": 3}
    run = explained(Named(), **options)
    lost = sorted((run.folder / "predictions").glob("*.parquet"))[1]
    lost.unlink()
    model = Named()
    again = explained(model, **options)
    assert again.folder == run.folder
    assert again.result == run.result
    assert {name for _, ids in model.calls for name in ids} == set(run.bench.split.ids[3:9])


def test_a_prediction_with_likelihoods_is_left_alone() -> None:
    class Knows(Watching):
        def predict(self, batch):
            first, *rest = super().predict(batch)
            return [ExplainPrediction(first.tokens, (0.5,) * 8), *rest]

    model = Knows()
    run = explained(model)
    split = run.bench.split
    assert len(split.target(0).tokens) == 7
    assert model.calls == [("predict", split.ids), ("likelihoods", split.ids[1:])]
    assert run.prediction(0).nll == (0.5,) * 8


def test_a_model_without_likelihoods_is_not_asked() -> None:
    class Silent:
        tasks = ("explain",)

        def predict(self, batch):
            return [ExplainPrediction(()) for _ in batch]

    assert isinstance(Explainer(), SaysLikelihoods)
    assert not isinstance(Silent(), SaysLikelihoods)
    run = explained(Silent())
    assert run.result.complete
    assert entropy(run) is None
    assert (
        f"perplexity: {TURNS_IN_TEST} of {TURNS_IN_TEST} samples have no likelihoods" in run.result.remarks[0]
    )


def test_a_model_that_is_given_targets_is_asked_with_inputs_alone() -> None:
    class Told(Watching):
        needs_target = True

        def predict(self, batch):
            return [ExplainPrediction(target.tokens) for _, target in batch]

    model = Told()
    run = explained(model, metric=("bleu", "perplexity"))
    assert run.result.score("bleu/bleu/all").value == 1.0
    assert [kind for kind, _ in model.calls] == ["likelihoods"]


WRONG = {
    "short": (
        lambda text: [1.0] * len(text),
        "nll: 7 numbers; the true instruction has 7 tokens and an end token",
    ),
    "long": (lambda text: [1.0] * (len(text) + 2), "nll: 9 numbers; the true instruction has 7 tokens"),
    "nan": (lambda text: [math.nan] * (len(text) + 1), "likelihoods: number 0, from 0, is NaN or infinite"),
    "infinite": (
        lambda text: [1.0] * len(text) + [math.inf],
        "likelihoods: number 7, from 0, is NaN or infinite",
    ),
    "negative": (lambda text: [-1.0] * (len(text) + 1), "probability above 1"),
    "none": (lambda text: None, "likelihoods: expected a list of numbers"),
    "raises": (lambda text: 1 / 0, "ZeroDivisionError"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_likelihoods_fail_their_sample_alone(kind: str) -> None:
    wrong, words = WRONG[kind]

    class Errs(Explainer):
        def likelihoods(self, batch, texts):
            said = super().likelihoods(batch, texts)
            for place, (inputs, text) in enumerate(zip(batch, texts, strict=True)):
                if inputs.id == "test_00002-turn-2":
                    said[place] = wrong(text)
            return said

    run = explained(Errs(), batch_size=5)
    failed = faults(run)
    assert list(failed) == ["test_00002-turn-2"]
    assert words in failed["test_00002-turn-2"]
    assert "\n" not in failed["test_00002-turn-2"]
    assert run.prediction(0).nll is not None


def test_a_wrong_count_of_likelihoods_fails_every_sample() -> None:
    class Loses(Explainer):
        def likelihoods(self, batch, texts):
            return super().likelihoods(batch, texts)[:-1]

    run = explained(Loses())
    assert set(faults(run).values()) == {"0 likelihoods for 1 texts"}
    assert len(run.result.failed) == TURNS_IN_TEST


def test_a_failed_prediction_is_not_asked_for_likelihoods() -> None:
    class Stumbles(Watching):
        def predict(self, batch):
            if any(one.id == "test_00001-turn-1" for one in batch):
                raise RuntimeError("not this one")
            return super().predict(batch)

    model = Stumbles()
    run = explained(model)
    assert list(faults(run)) == ["test_00001-turn-1"]
    asked = [ids for kind, ids in model.calls if kind == "likelihoods"]
    assert asked == [[name for name in run.bench.split.ids if name != "test_00001-turn-1"]]


def test_likelihoods_within_rounding_of_certainty_are_certain() -> None:
    class Sure(Explainer):
        def likelihoods(self, batch, texts):
            return [np.full(len(text) + 1, -1e-8, np.float32) for text in texts]

    run = explained(Sure())
    assert entropy(run) == 0.0


def test_likelihoods_of_another_text_in_a_folder_fail_their_sample(tmp_path: Path) -> None:
    split = explained(Explainer()).bench.split
    lines = [
        {"id": name, "tokens": ["add"], "nll": [0.5] * (len(split.target(index).tokens) + 1)}
        for index, name in enumerate(split.ids)
    ]
    lines[3]["nll"].pop()
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "predictions.jsonl").write_text("\n".join(map(json.dumps, lines)))
    run = start_score({"predictions": tmp_path / "made", "dataset": VIEW, "resamples": 0})
    assert list(faults(run)) == [split.ids[3]]
    assert "the true instruction has" in faults(run)[split.ids[3]]


def test_turns_are_slices() -> None:
    result = explained(Explainer()).result
    bleu = {score.slice: score.n for score in result.scores if score.metric == "bleu"}
    assert bleu == {"all": TURNS_IN_TEST, "turn-1": 8, "turn-2": 5, "turn-3": 2}


def test_turns_of_a_dialogue_are_resampled_together(tmp_path: Path) -> None:
    run = explained(Explainer(), resamples=200)
    rows = load_evidence(run.folder, "perplexity")
    assert {row[GROUP] for row in rows} == {row["sample"].rsplit("-turn-", 1)[0] for row in rows}
    assert run.result.resampled == {"bleu": "dialogue", "perplexity": "dialogue"}
    judge = next(metric for metric in run.bench.metrics if metric.name == "perplexity")
    score = run.result.score("perplexity/cross_entropy/all")
    whole, apart = (
        intervals(judge, as_evidence(each), seed=run.result.protocol.seed, resamples=200)["cross_entropy"]
        for each in (rows, [{**row, GROUP: row["sample"]} for row in rows])
    )
    assert (score.ci_low, score.ci_high) == whole != apart
    cut = explained(Explainer(), resamples=200, shards=4, batch_size=2, out=tmp_path)
    assert cut.result.evidence_digests == run.result.evidence_digests
    assert cut.result.scores == run.result.scores


def test_the_report_shows_what_was_said_beside_what_was_true(tmp_path: Path) -> None:
    run = explained(Explainer(), out=tmp_path)
    examples = examples_of(run, 4).examples
    assert len(examples) == 4
    first = examples[0]
    assert any(
        reason.startswith("best by perplexity/perplexity (") for one in examples for reason in one.reasons
    )
    truth = run.bench.split.target(list(run.bench.split.ids).index(first.sample)).tokens
    assert first.facts[:2] == (("true instruction", " ".join(truth)), ("Explainer", "add something"))
    values = {name: value for name, (value,) in first.values}
    assert list(values) == ["bleu/bleu", "perplexity/perplexity", "perplexity/cross_entropy"]
    lengths = [len(token) for token in (*truth, "e")]
    assert values["perplexity/cross_entropy"] == pytest.approx(sum(lengths) / len(lengths))
    write_run_report(run)
    text = (run.folder / "report.html").read_text()
    assert text.count("Image: before") == len(examples_of(run).examples)
    assert "resampled by dialogue" in text

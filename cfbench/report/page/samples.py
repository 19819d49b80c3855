"""Samples of a group with the answers of its models, from the run folders and the data set as they are here.

Nothing that a result names is run: data sets and detectors are registered ones, and predictions are only shown if
they are what the result was scored from. What is wanting is said in a line instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError
from cfbench.report.example import Example
from cfbench.report.page.answers import Answers, answers
from cfbench.report.page.choosing import Alone, Choice, choose
from cfbench.report.page.standings import wanted
from cfbench.report.page.view import Shown
from cfbench.report.predictions_here import Predictions
from cfbench.report.samples_here import samples_here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cfbench.datasets import Split
    from cfbench.metrics import Metric
    from cfbench.report.page.gathering import Entry, Group
    from cfbench.report.page.view import PageOptions
    from cfbench.reporter import Reporter
    from cfbench.results.schema import Score

MOST_MODELS = 8  # whose answers stand beside each other


def examples_of(group: Group, options: PageOptions, reporter: Reporter) -> Shown:
    """Samples of a group; or why there are none."""
    if not any(entry.side.folder is not None for entry in group.entries):
        return Shown(notes=("No samples are shown: the run folders with the predictions are not here.",))
    try:
        dataset, split = samples_here(group.first.dataset, reporter, root=options.data_root)
        shown = shown_samples(group, split, options.metrics, options.examples)
    except CfbenchError as error:
        return Shown(notes=(f"No samples are shown: {error}",))
    if group.first.task == "edit" and options.graphs and shown.examples:
        from cfbench.report.page.graphs import with_graphs

        return with_graphs(group, dataset, split, shown, reporter)
    return shown


def shown_samples(
    group: Group,
    split: Split[Any, Any],
    metrics: Sequence[str],
    most: int,
    at_hand: Mapping[str, Metric] | None = None,
) -> Shown:
    """The chosen samples with every model's answer. ``at_hand`` are metrics that need not be registered, by name."""
    from cfbench.tasks import get_task

    task = get_task(group.first.task)
    alone = Alone(group, at_hand or {})
    places = {sample: index for index, sample in enumerate(split.ids)}
    choices = [one for one in choose(group, alone, metrics, most) if one.sample in places]
    notes = []
    if not choices:
        choices = _spread(group, list(split.ids), most)
        if choices:
            notes.append("Samples are spread evenly: no metric says how well each did.")
    readers = {entry.anchor: Predictions(entry.side, task) for entry in group.entries[:MOST_MODELS]}
    if len(group.entries) > MOST_MODELS:
        notes.append(f"Answers of the first {MOST_MODELS} models of {len(group.entries)} are shown.")
    examples, wanting = [], {}
    for choice in choices:
        index = places[choice.sample]
        given = {}
        for entry in group.entries[:MOST_MODELS]:
            try:
                given[entry.label] = readers[entry.anchor].at(index, choice.sample)
            except DataError as error:
                wanting[entry.label] = str(error)
        if given:
            answer = answers(task.name, split.inputs(index), split.target(index), given)
            example = _example(alone, wanted(metrics), choice, given, answer)
            examples.append(replace(example, caption=f"sample {index + 1} of {len(split)}"))
    notes += [f"Answers of {label} are not shown: {why}." for label, why in wanting.items()]
    return Shown(tuple(examples), tuple(notes))


def _spread(group: Group, ids: list[str], most: int) -> list[Choice]:
    """Samples spread evenly over those that some model has a prediction of."""
    lost = [
        {failure.sample for failure in entry.result.failed} | set(entry.result.missing)
        for entry in group.entries
    ]
    everywhere = set.intersection(*lost)
    whole = [sample for sample in ids if sample not in everywhere]
    count = min(most, len(whole))
    return [Choice(whole[at * len(whole) // count], ()) for at in range(count)]


def _example(
    alone: Alone, keep: Callable[[Score], bool], choice: Choice, given: dict[str, Any], answer: Answers
) -> Example:
    entries = [entry for entry in alone.group.entries if entry.label in given]
    numbers = dict.fromkeys(
        (score.metric, score.name) for entry in entries for score in entry.result.scores if keep(score)
    )
    values = []
    for metric, name in numbers:
        line = tuple(_alone(alone, entry, metric, name, choice.sample) for entry in entries)
        if any(value is not None for value in line):
            values.append((f"{metric}/{name}", line))
    return Example(
        sample=choice.sample,
        reasons=choice.reasons,
        models=tuple(entry.label for entry in entries),
        values=tuple(values),
        film=answer.film,
        pictures=answer.pictures,
        facts=answer.facts,
    )


def _alone(alone: Alone, entry: Entry, metric: str, name: str, sample: str) -> float | None:
    for score in entry.result.scores:
        if (score.metric, score.name, score.slice) == (metric, name, "all"):
            return alone.value(entry, score, sample)
    return None

"""The report of a finished run: its numbers, and a few of its samples to look at."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cfbench.execution.evidence import as_evidence, load_evidence
from cfbench.report.explained import ExplainedEdit
from cfbench.report.filmstrip import FilmStrip
from cfbench.report.html import reproduce_command, write_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.execution.runner import FinishedRun

EXAMPLES = 6


def write_run_report(run: FinishedRun) -> None:
    """Write ``report.html`` into the run folder."""
    config = run.bench.config
    folder = str(config.predictions) if config.predictions else None
    command = reproduce_command(run.result, model=config.model, predictions=folder)
    if config.name and folder is None:
        command += f" --name {shlex.quote(config.name)}"
    write_report(run.result, examples_of(run), run.folder / "report.html", command=command)


def examples_of(run: FinishedRun, count: int = EXAMPLES) -> Sequence[FilmStrip | ExplainedEdit]:
    """Samples spread evenly over those that have a prediction. Only ``edit`` and ``explain`` have pictures yet."""
    lost = {failure.sample for failure in run.result.failed} | set(run.result.missing)
    whole = [index for index, sample in enumerate(run.bench.split.ids) if sample not in lost]
    chosen = sorted({whole[i * len(whole) // count] for i in range(min(count, len(whole)))} if whole else ())
    if run.bench.task.name == "edit":
        return [_film_strip(run, index) for index in chosen]
    return _explained(run, chosen) if run.bench.task.name == "explain" else []


def _film_strip(run: FinishedRun, index: int) -> FilmStrip:
    inputs, target = run.bench.split.inputs(index), run.bench.split.target(index)
    return FilmStrip(
        sample=inputs.id,
        start=inputs.start,
        instructions=inputs.instructions,
        outputs=run.prediction(index).images,
        targets=target.images,
        caption=_caption(run, index),
    )


def _explained(run: FinishedRun, chosen: Sequence[int]) -> list[ExplainedEdit]:
    split = run.bench.split
    scores: dict[int, list[tuple[str, float | None]]] = {index: [] for index in chosen}
    for metric in run.bench.metrics if chosen else ():
        rows = as_evidence(load_evidence(run.folder, metric.name))
        for index, found in scores.items():
            of_sample = metric.score(rows.where(rows.columns["sample"] == split.ids[index]))
            shown = [name for name in metric.numbers if name not in metric.details]
            found += [(f"{metric.name}/{name}", of_sample[name]) for name in shown]
    examples = []
    for index in chosen:
        inputs = split.inputs(index)
        examples.append(
            ExplainedEdit(
                sample=inputs.id,
                before=inputs.before,
                after=inputs.after,
                earlier=inputs.instructions,
                truth=split.target(index).tokens,
                said=run.prediction(index).tokens,
                caption=_caption(run, index),
                scores=tuple(scores[index]),
            )
        )
    return examples


def _caption(run: FinishedRun, index: int) -> str:
    return f"sample {index + 1} of {len(run.bench.split)}"

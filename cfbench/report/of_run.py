"""The report of a finished run: its numbers, and a few of its samples as filmstrips."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cfbench.report.filmstrip import FilmStrip
from cfbench.report.html import reproduce_command, write_report

if TYPE_CHECKING:
    from cfbench.execution.runner import FinishedRun

EXAMPLES = 6


def write_run_report(run: FinishedRun) -> None:
    """Write ``report.html`` into the run folder."""
    config = run.bench.config
    folder = str(config.predictions) if config.predictions else None
    command = reproduce_command(run.result, model=config.model, predictions=folder)
    if config.name and folder is None:
        command += f" --name {shlex.quote(config.name)}"
    write_report(run.result, film_strips(run), run.folder / "report.html", command=command)


def film_strips(run: FinishedRun, count: int = EXAMPLES) -> list[FilmStrip]:
    """Samples spread evenly over those that have a prediction. Only editing has filmstrips yet."""
    bench = run.bench
    if bench.task.name != "edit":
        return []
    lost = {failure.sample for failure in run.result.failed} | set(run.result.missing)
    whole = [index for index, sample in enumerate(bench.split.ids) if sample not in lost]
    chosen = sorted({whole[i * len(whole) // count] for i in range(min(count, len(whole)))} if whole else ())
    strips = []
    for index in chosen:
        prediction = run.prediction(index)
        inputs, target = bench.split.inputs(index), bench.split.target(index)
        strips.append(
            FilmStrip(
                sample=inputs.id,
                start=inputs.start,
                instructions=inputs.instructions,
                outputs=prediction.images,
                targets=target.images,
                caption=f"sample {index + 1} of {len(bench.split)}",
            )
        )
    return strips

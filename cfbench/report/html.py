"""``report.html``: one file that says what a run came to, and shows it.

Guarantees: it loads nothing from anywhere and runs no script; everything from outside is escaped; it reads
in light and dark, on a phone, on paper and by a screen reader; equal arguments give equal bytes on one
installation.
"""

from __future__ import annotations

import shlex
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from cfbench.files import write_text
from cfbench.report._marks import INCOMPLETE, NEEDS_TARGET, SUBSET, TEACHER_FORCED, marks_of
from cfbench.report.filmstrip import fitted
from cfbench.results.signatures import metric_in, part_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.report.example import Example
    from cfbench.results.schema import Result
    from cfbench.tasks.edit import Image

LARGEST = 256  # pixels of an embedded image; the page shows it at most at this width


@dataclass(frozen=True)
class Banner:
    """What a reader must know first. ``tone`` is good, note, warn or bad."""

    tone: str
    title: str
    text: str


def write_report(
    result: Result,
    examples: Sequence[Example],
    path: Path,
    *,
    notes: Sequence[str] = (),
    command: str | None = None,
) -> None:
    """Write the report of a result to ``path``, whole or not at all."""
    write_text(path, report_html(result, examples, notes=notes, command=command))


def report_html(
    result: Result, examples: Sequence[Example], *, notes: Sequence[str] = (), command: str | None = None
) -> str:
    """The page of one result. ``notes`` are lines above the examples.

    ``command`` is what makes the result again; without it, one is put together from the result.
    """
    from cfbench.comparing.sides import Side
    from cfbench.report.page.gathering import groups_of
    from cfbench.report.page.view import Shown
    from cfbench.report.page.writing import group_view, page_of

    (group,) = groups_of([Side(result)])
    commands = {group.entries[0].anchor: command} if command else {}
    shown = Shown(tuple(examples), tuple(notes))
    return page_of([group_view(group, shown=shown, commands=commands)], ())


def banners(result: Result) -> list[Banner]:
    """The state of a result: first whether it is whole, then what else keeps it from being compared."""
    data = result.dataset
    marks = marks_of(result)
    count = f"{data.samples:,} sample{'' if data.samples == 1 else 's'}"
    found = []
    if INCOMPLETE in marks:
        text = (
            f"{len(result.failed):,} failed and {len(result.missing):,} missing of {count}; no number stands."
        )
        found.append(Banner("bad", "Incomplete", text))
    if SUBSET in marks:
        found.append(
            Banner("warn", "Subset", f"Only the first {count} of the split {data.split}; never ranked.")
        )
    if not found:
        found.append(Banner("good", "Complete", f"All {count} of the split {data.split} were scored."))
    if NEEDS_TARGET in marks:
        text = "This model was given the targets. It checks the benchmark; it is never ranked."
        found.append(Banner("warn", "Sees the answers", text))
    if TEACHER_FORCED in marks:
        text = "Each turn began with the true previous image, not with the model's own; never ranked."
        found.append(Banner("warn", "Teacher-forced", text))
    if data.twin_of is not None:
        text = (
            f"{data.name} is cfbench's embedded twin of {data.twin_of}: made by code, of its own difficulty. "
            f"These are not numbers of {data.twin_of}."
        )
        found.append(Banner("note", "Twin", text))
    found += [Banner("note", "Read this way", remark) for remark in result.remarks]
    if result.unranked_because and len(marks) == 1 and marks[0].word == "unranked":
        found.append(Banner("warn", "Not ranked", "; ".join(result.unranked_because)))
    return found


def reproduce_command(result: Result, *, model: str | None = None, predictions: str | None = None) -> str:
    """The command that makes this result again, every setting written out.

    A result knows neither the path of a model nor the folder of predictions made elsewhere; where they are
    not given, the model's name and ``PREDICTIONS`` stand there.
    """
    data, how = result.dataset, result.protocol
    elsewhere = predictions is not None or (model is None and result.model.code_digest is None)
    words = (
        ["cfbench", "score", "--predictions", predictions or "PREDICTIONS", "--name", result.model.name]
        if elsewhere
        else ["cfbench", "run", "--model", model or result.model.name]
    )
    words += ["--dataset", data.name, "--split", data.split]
    for option, value in sorted(data.options.items()):
        words += ["--dataset-option", f"{option}={value}"]
    for metric, protocol in sorted({_chosen(score.signature) for score in result.scores}):
        words += ["--metric", f"{metric}:{protocol}" if protocol else metric]
    if data.subset is not None:
        words += ["--limit", str(data.subset)]
    words += ["--seed", str(how.seed), "--batch-size", str(how.batch_size), "--threads", str(how.threads)]
    words += ["--resamples", str(result.resamples)]
    if not elsewhere:
        words += ["--device", how.device]
    if how.teacher_forced:
        words.append("--teacher-forced")
    return shlex.join(words)


def _chosen(signature: str) -> tuple[str, str]:
    protocol = part_of(signature, "proto")
    return metric_in(signature), "" if protocol == "default" else protocol


def data_uri(image: Image) -> str:
    """The image inside the page."""
    return png_uri(shown_png(image))


def shown_png(image: Image) -> bytes:
    """The image as a page shows it: its own pixels, or shrunk where it is large."""
    from PIL import Image as Pillow

    large = max(image.shape[:2]) > LARGEST
    picture = fitted(image, LARGEST) if large else Pillow.fromarray(image)
    out = BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return out.getvalue()


def png_uri(png: bytes) -> str:
    """A PNG inside the page."""
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"

"""Samples of a submission to look at: a worker's child draws them from the predictions that it scored again.

    <store>/samples/<submission>/    samples.json, and the pictures of it by their SHA-256

Guarantees: every picture is a PNG of at most 256 pixels a side that was encoded here, from a decoded prediction or the
data set; nothing that a client sent is among them. What is kept is bounded in samples, pictures, words and bytes.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cfbench.comparing.sides import Side
from cfbench.errors import CfbenchError, DataError
from cfbench.files import parse_json, read_bytes, sha256_hex, writing_folder
from cfbench.files.image_header import BrokenImageError, take_apart
from cfbench.report.html import LARGEST
from cfbench.report.page.gathering import groups_of
from cfbench.report.page.view import PageOptions, Shown
from cfbench.report.page.writing import example_view
from cfbench.reporter import silent
from cfbench_leaderboard.measures import HEADLINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cfbench.report.example import Example
    from cfbench.report.page.gathering import Group
    from cfbench.results.schema import Result
    from cfbench_leaderboard.store import Store

MOST = 6
MOST_PICTURES = 120
"""Of one sample; one with more is left out."""
MOST_BYTES = 4_000_000
"""Of all pictures of a submission."""
MOST_WORDS_BYTES = 1_000_000
LONGEST = 1000
"""Characters of one text; a longer one is cut."""
NONE_DRAWN = "No samples could be drawn from the predictions."

Words = Annotated[str, Field(max_length=LONGEST)]
PictureName = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Part):
    """The pictures of one, turn by turn."""

    label: Words
    images: list[PictureName]


class Film(_Part):
    """Edits turn by turn."""

    start: PictureName
    instructions: list[Words]
    rows: list[Row]


class Sample(_Part):
    """A sample as the report's template reads it, with the names of its pictures."""

    sample: Words
    caption: Words
    reasons: list[Words]
    models: list[Words]
    numbers: list[tuple[Words, list[Words]]]
    film: Film | None
    pictures: list[tuple[Words, PictureName]]
    facts: list[tuple[Words, Words]]
    graphs: list[Any] = Field(max_length=0)


class Samples(_Part):
    """What there is to see of a submission, and what to say of it."""

    samples: Annotated[list[Sample], Field(max_length=MOST)] = []
    notes: Annotated[list[Words], Field(max_length=MOST)] = []

    def pictures(self) -> set[str]:
        """The names of all pictures."""
        return {name for sample in self.samples for name in _pictures(sample)}

    def views(self, link: Callable[[str], str]) -> list[dict[str, Any]]:
        """The samples for the template; ``link`` says where a picture is found."""
        views = []
        for sample in self.samples:
            view = sample.model_dump()
            view["pictures"] = [(label, link(name)) for label, name in sample.pictures]
            if sample.film is not None:
                rows = [
                    {"label": row.label, "images": [link(name) for name in row.images]}
                    for row in sample.film.rows
                ]
                view["film"] |= {"start": link(sample.film.start), "rows": rows}
            views.append(view)
        return views


def draw_samples(result: Result, run: Path, out: Path, *, data_root: Path | None = None) -> None:
    """Draw the best, the worst and the median sample of a run by its task's main number into the folder ``out``.

    Where that number is of all samples together, all main numbers choose; where no number is of single samples, they
    are spread evenly. What ``out`` says is never a path of this machine.
    """
    (group,) = groups_of([Side(result, run)])
    shown = _chosen(group, _headline(result), data_root)
    samples: list[dict[str, Any]] = []
    # Why there are none may tell of this machine's folders.
    notes = list(shown.notes) if shown.examples else [NONE_DRAWN]
    pictures: dict[str, bytes] = {}
    for example in shown.examples:
        drawn: dict[str, bytes] = {}
        view = _drawn(example, drawn)
        if view is None or sum(map(len, (pictures | drawn).values())) > MOST_BYTES:
            notes.append(f"Sample {example.sample} is not shown: its pictures are too many or too large.")
            continue
        samples.append(view)
        pictures |= drawn
    out.mkdir()
    text = json.dumps(_cut({"samples": samples, "notes": notes[:MOST]}), ensure_ascii=True)
    (out / "samples.json").write_text(text, encoding="ascii")
    for name, data in pictures.items():
        (out / _file(name)).write_bytes(data)


def keep_samples(store: Store, submission: str, drawn: Path) -> None:
    """Keep what was drawn, in place of what was kept before.

    Raises:
        CfbenchError: It is not what :func:`draw_samples` draws; then what was kept before stays.
    """
    data, samples = _read(drawn)
    pictures = {name: _checked_picture(drawn, name) for name in sorted(samples.pictures())}
    if sum(map(len, pictures.values())) > MOST_BYTES:
        raise DataError("The pictures that were drawn are too large")
    place = _place(store, submission)
    shutil.rmtree(place, ignore_errors=True)
    with writing_folder(place) as folder:
        (folder / "samples.json").write_bytes(data)
        for name, picture in pictures.items():
            (folder / _file(name)).write_bytes(picture)


def samples_of(store: Store, submission: str) -> Samples | None:
    """What is kept of a submission; None where nothing is."""
    try:
        return _read(_place(store, submission))[1]
    except CfbenchError:
        return None


def picture_of(store: Store, submission: str, name: str) -> bytes:
    """A picture of a submission; DataError where there is none."""
    return read_bytes(_place(store, submission) / _file(name), max_bytes=MOST_BYTES, what="picture")


def _chosen(group: Group, headline: tuple[str, ...], data_root: Path | None) -> Shown:
    from cfbench.report.page.samples import examples_of

    shown = Shown()
    for metrics in dict.fromkeys((headline, ())):
        options = PageOptions(metrics=metrics, examples=MOST, graphs=False, data_root=data_root)
        shown = examples_of(group, options, silent)
        if metrics and any(example.reasons for example in shown.examples):
            # Why a sample is shown says its one number.
            return replace(shown, examples=tuple(replace(one, values=()) for one in shown.examples))
    return shown


def _headline(result: Result) -> tuple[str, ...]:
    main = [
        (score.metric, score.name) for score in result.scores if score.slice == "all" and not score.detail
    ]
    wanted = HEADLINES.get(result.task)
    return ("/".join(wanted if wanted in main else main[0]),) if main else ()


def _drawn(example: Example, drawn: dict[str, bytes]) -> dict[str, Any] | None:
    """The sample with its pictures in ``drawn`` by their names; None where they are too many."""
    film = sum(len(images) for _, images in example.film.rows) if example.film else 0
    if film + len(example.pictures) > MOST_PICTURES:
        return None

    def named(png: bytes) -> str:
        name = sha256_hex(png)
        drawn[name] = png
        return name

    return example_view(example, named)


def _cut(value: Any) -> Any:
    """The value with every text in it cut."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[: LONGEST - 2]} …"
    if isinstance(value, dict):
        return {key: _cut(one) for key, one in value.items()}
    return [_cut(one) for one in value] if isinstance(value, (list, tuple)) else value


def _read(folder: Path) -> tuple[bytes, Samples]:
    path = folder / "samples.json"
    if path.is_symlink():
        raise DataError("The samples are a link")
    data = read_bytes(path, max_bytes=MOST_WORDS_BYTES, what="samples")
    try:
        return data, Samples.model_validate(parse_json(data, source="the samples"))
    except ValidationError as error:
        raise DataError("The samples are none", str(error.errors()[0]["msg"])) from None


def _checked_picture(folder: Path, name: str) -> bytes:
    path = folder / _file(name)
    data = b"" if path.is_symlink() else read_bytes(path, max_bytes=MOST_BYTES, what="picture")
    try:
        picture = take_apart(data)
    except BrokenImageError:
        picture = None
    sound = picture is not None and picture.kind == "png" and max(picture.width, picture.height) <= LARGEST
    if not sound or sha256_hex(data) != name:
        raise DataError(f"The picture {name} is not what was drawn")
    return data


def _pictures(sample: Sample) -> Iterator[str]:
    yield from (name for _, name in sample.pictures)
    if sample.film is not None:
        yield sample.film.start
        yield from (name for row in sample.film.rows for name in row.images)


def _file(name: str) -> str:
    return f"{name}.png"


def _place(store: Store, submission: str) -> Path:
    return store.folder / "samples" / submission

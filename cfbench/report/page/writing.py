"""From groups of results to one HTML file."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from cfbench._version import __version__
from cfbench.files import write_text
from cfbench.report._charts import Mark, charts_by_share, charts_by_turn
from cfbench.report._dots import charts_by_slice
from cfbench.report._markers import colour_class, dash, outline
from cfbench.report._marks import marks_of, twin_note
from cfbench.report._numbers import Figure, better, decimals_for
from cfbench.report.html import Banner, banners, png_uri, reproduce_command, shown_png
from cfbench.report.page.gathering import groups_of
from cfbench.report.page.learned import learned_from
from cfbench.report.page.pairwise import Pairwise
from cfbench.report.page.standings import standings, wanted
from cfbench.report.page.view import GroupView, Key, PageOptions, ResultView, Shown
from cfbench.results.signatures import without_n

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cfbench.report.example import Example
    from cfbench.report.page.gathering import Entry, Gathered, Group
    from cfbench.report.page.published import Beside
    from cfbench.report.page.standings import Standing
    from cfbench.reporter import Reporter
    from cfbench.results.schema import Score

SHOWN_LOSSES = 100
JUDGED = "by paired bootstrap over samples, with Holm's adjustment over the models"


def write_page(gathered: Gathered, path: Path, options: PageOptions, *, reporter: Reporter) -> None:
    """Write the report of some results to ``path``, whole or not at all."""
    write_text(path, page_html(gathered, options, reporter=reporter))


def page_html(gathered: Gathered, options: PageOptions, *, reporter: Reporter) -> str:
    """The page. Data sets are opened for the examples, and detectors for their graphs; nothing is fetched."""
    from cfbench.report.page.published import beside
    from cfbench.report.page.samples import examples_of

    check_metrics(gathered, options.metrics)
    groups = groups_of(gathered.sides)
    views = []
    for group in groups:
        shown = examples_of(group, options, reporter) if options.examples else Shown()
        views.append(
            group_view(
                group,
                metrics=options.metrics,
                shown=shown,
                published=beside(group, options.published),
                single=len(gathered.sides) == 1,
            )
        )
    return page_of(views, gathered.left_out)


def check_metrics(gathered: Gathered, metrics: Sequence[str]) -> None:
    """Refuse names that no result has."""
    from cfbench.errors import unknown_name

    scores = [score for side in gathered.sides for score in side.result.scores]
    known = {score.metric for score in scores} | {f"{score.metric}/{score.name}" for score in scores}
    for name in metrics:
        if name not in known:
            raise unknown_name("metric in these results", name, known, list_command="cfbench list metrics")


def page_of(views: Sequence[GroupView], left_out: Sequence[str]) -> str:
    """The page of some groups; that of one result bears its name."""
    from cfbench.report._templates import fill

    results = [view for group in views for view in group.views]
    only = results[0] if len(results) == 1 else None
    title = f"{only.result.model.name} on {only.result.dataset.name}" if only else f"{len(results)} results"
    return fill("report.html", groups=views, only=only, title=title, left_out=left_out, version=__version__)


def group_view(
    group: Group,
    *,
    metrics: Sequence[str] = (),
    shown: Shown | None = None,
    published: Sequence[Beside] = (),
    commands: Mapping[str, str] | None = None,
    single: bool = True,
) -> GroupView:
    """All that is shown of a group. ``commands`` make entries again, by anchor; ``single``: of the page's only result."""
    shown = shown or Shown()
    pairwise = Pairwise(group)
    keep = wanted(metrics)
    tables = standings(group, metrics, pairwise) if len(group.entries) > 1 else []
    turns, slices, shares = [], [], []
    differences = []
    learned = learned_from(group)
    for signature, by_entry in _by_signature(group, metrics).items():
        models = [(entry.label, entry.style, scores) for entry, scores in by_entry]
        turns += charts_by_turn(models)
        slices += charts_by_slice(models)
        shares += charts_by_share(
            [(learned[entry.anchor], entry.style, scores) for entry, scores in by_entry]
        )
        numbers = {s.name: s.metric for _, scores in by_entry for s in scores if keep(s)}
        found = [pairwise.chart(metric, signature, name) for name, metric in numbers.items()]
        differences += [chart for chart in found if chart is not None]
    data = group.first.dataset
    return GroupView(
        anchor=group.anchor,
        task=group.first.task,
        data=group.data,
        options=group.options,
        samples=data.samples,
        fingerprint=data.fingerprint,
        views=tuple(result_view(entry, (commands or {}).get(entry.anchor)) for entry in group.entries),
        banners=_group_banners(group),
        standings=tables,
        marked=_marked(tables),
        marks=tuple(dict.fromkeys(mark for entry in group.entries for mark in marks_of(entry.result))),
        legend=[_key(entry) for entry in group.entries],
        turns=turns,
        slices=slices,
        shares=shares,
        differences=differences,
        published=published,
        examples=[example_view(example) for example in shown.examples],
        examples_note=shown.notes,
        plain_ids=single,
    )


def result_view(entry: Entry, command: str | None = None) -> ResultView:
    """A result with its rows. Each number's anchor is that of the entry with its position in the result."""
    result = entry.result
    numbered = list(enumerate(result.scores))
    overall = [(index, score) for index, score in numbered if score.slice == "all"]
    lost = [(failure.sample, failure.error) for failure in result.failed]
    lost += [(sample, "missing: there is no prediction") for sample in result.missing]
    return ResultView(
        anchor=entry.anchor,
        label=entry.label,
        signed=entry.signed,
        result=result,
        marks="".join(mark.sign for mark in marks_of(result)),
        banners=banners(result),
        headline=[_row(entry, *pair) for pair in overall if not pair[1].detail],
        details=[_row(entry, *pair) for pair in overall if pair[1].detail],
        sliced=[_row(entry, *pair) for pair in numbered if pair[1].slice != "all"],
        resampled=" or ".join(dict.fromkeys(result.resampled.values())),
        lost=lost[:SHOWN_LOSSES],
        hidden=max(0, len(lost) - SHOWN_LOSSES),
        command=command or _command(entry),
    )


def _command(entry: Entry) -> str:
    """What makes the result again: as it was typed where its run is here, else put together from the result."""
    asked: Any = None
    if entry.side.folder is not None:
        from cfbench.execution.store import RunStore

        asked = RunStore(entry.side.folder).read_json("run.json")
    asked = asked if isinstance(asked, dict) else {}
    given = {key: str(asked[key]) for key in ("model", "predictions") if asked.get(key)}
    command = reproduce_command(entry.result, **given)
    named = asked.get("name") and "predictions" not in given
    return f"{command} --name {shlex.quote(str(asked['name']))}" if named else command


def _row(entry: Entry, index: int, score: Score) -> dict[str, str]:
    figure = Figure.of(score)
    decimals = decimals_for([figure])
    return {
        "anchor": f"{entry.anchor}-{index}",
        "metric": f"{score.metric}/{score.name}",
        "slice": score.slice,
        "value": figure.value_text(decimals),
        "interval": figure.interval_text(decimals),
        "n": f"{score.n:,}",
        "better": better(score.higher_is_better),
        "reason": score.reason or "",
        "signature": score.signature,
    }


def _by_signature(group: Group, metrics: Sequence[str]) -> dict[str, list[tuple[Entry, list[Score]]]]:
    """The scores of each model under each signature, those of the named metrics where any is named."""
    found: dict[str, dict[str, tuple[Entry, list[Score]]]] = {}
    for entry in group.entries:
        for score in entry.result.scores:
            named = {score.metric, f"{score.metric}/{score.name}"}
            if not metrics or named & set(metrics):
                of = found.setdefault(without_n(score.signature), {})
                of.setdefault(entry.anchor, (entry, []))[1].append(score)
    return {signature: list(models.values()) for signature, models in found.items()}


def _marked(tables: Sequence[Standing]) -> str:
    cells = [cell for table in tables for _, row in table.rows for cell in row]
    if not any(cell is not None and cell.standing for cell in cells):
        return ""
    return "; ".join([JUDGED, *dict.fromkeys(remark for table in tables for remark in table.judged)])


def _group_banners(group: Group) -> tuple[Banner, ...]:
    found = []
    if (note := twin_note(group.first)) is not None:
        found.append(Banner("note", "Twin", f"{note}."))
    incomplete = [entry.label for entry in group.entries if not entry.result.complete]
    if incomplete:
        text = f"{', '.join(incomplete)}: samples failed or are missing, so no number stands; not ranked."
        found.append(Banner("bad", "Incomplete", text))
    if group.first.dataset.subset is not None:
        found.append(Banner("warn", "Subset", "Only the first samples of the split; never ranked."))
    remarks: dict[str, list[str]] = {}
    for entry in group.entries:
        for remark in entry.result.remarks:
            remarks.setdefault(remark, []).append(entry.label)
    found += [
        Banner("note", "Read this way", f"{remark} ({', '.join(labels)})")
        for remark, labels in remarks.items()
    ]
    return tuple(found)


def _key(entry: Entry) -> Key:
    mark = Mark(14, 6, outline(entry.style, 14, 6), entry.label)
    return Key(entry.label, colour_class(entry.style), dash(entry.style), mark)


def example_view(example: Example, source: Callable[[bytes], str] = png_uri) -> dict[str, Any]:
    """A sample as the template reads it. ``source`` says where the page finds a PNG; by default in itself."""
    film = example.film
    figures = [(name, [Figure(value, None, None) for value in values]) for name, values in example.values]
    return {
        "sample": example.sample,
        "caption": example.caption,
        "reasons": example.reasons,
        "models": example.models,
        "numbers": [(name, [f.value_text(decimals_for(of)) for f in of]) for name, of in figures],
        "film": None
        if film is None
        else {
            "start": source(shown_png(film.start)),
            "instructions": film.instructions,
            "rows": [
                {"label": label, "images": [source(shown_png(image)) for image in images]}
                for label, images in film.rows
            ],
        },
        "pictures": [(label, source(shown_png(image))) for label, image in example.pictures],
        "facts": example.facts,
        "graphs": [
            {"label": graph.label, "words": graph.words, "image": source(graph.png)}
            for graph in example.graphs
        ],
    }

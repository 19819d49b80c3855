"""From the API's answers to pages."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from cfbench.comparing.sides import Side
from cfbench.report._numbers import better, decimals_for
from cfbench.report.comparison_page import comparison_view
from cfbench.report.page.gathering import groups_of as report_groups
from cfbench.report.page.writing import result_view
from cfbench_leaderboard.answers import RUNGS
from cfbench_leaderboard.boards import Asked
from cfbench_leaderboard.pages.filling import page
from cfbench_leaderboard.pages.queue import KINDS, MOST_FAILED
from cfbench_leaderboard.pages.view import figure_of, groups_of, measure_of, name_of, rows_of, twin_of
from cfbench_leaderboard.ranking import METHOD
from cfbench_leaderboard.steps import steps_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from cfbench.comparing import Comparison
    from cfbench.results.schema import Result
    from cfbench_leaderboard.answers import BoardAnswer, BoardHead, Number, SubmissionAnswer, SubmissionHead
    from cfbench_leaderboard.boards import Boards
    from cfbench_leaderboard.pages.links import Links
    from cfbench_leaderboard.pages.queue import Queue, Waits
    from cfbench_leaderboard.samples import Samples
    from cfbench_leaderboard.tokens import Identity

DECISIONS = {
    "accepted": ("Accept", "it goes on its board, and is ranked if nothing is against it"),
    "flagged": ("Flag", "it is shown on its board, unranked, with the reason"),
    "rejected": ("Reject", "for good; only its owner and moderators see it"),
    "reproduced": ("Mark as reproduced", "you ran the model again and got the same: the top rung"),
}
MOST_BOARDS = 60
"""So many are on the server's first page: fewer than the standings that are kept. The API lists all."""


def first_places(session: Session, boards: Boards, *, every: bool = False) -> tuple[list[BoardAnswer], bool]:
    """Boards by task and data set, each with its first entry alone; and whether there are more."""
    heads: list[BoardHead] = []
    cursor: str | None = "0"
    while cursor is not None and (every or not heads):
        overview = boards.overview(session, int(cursor), MOST_BOARDS)
        heads += overview.boards
        cursor = overview.next
    answers = [
        first_place(session, boards, head.task, head.dataset, head.id) for head in sorted(heads, key=_place)
    ]
    return answers, cursor is not None


def first_place(session: Session, boards: Boards, task: str, dataset: str, board: str) -> BoardAnswer:
    """A board with its first entry alone; refused where nothing stands on it."""
    return boards.show(session, boards.find(session, task, dataset, board=board), Asked(limit=1))


def index_page(
    answers: Sequence[BoardAnswer], links: Links, *, more: bool = False, canonical: str = ""
) -> str:
    """The list of boards, each with its best."""
    by_task = groupby(answers, key=lambda answer: answer.board.task)
    tasks = [(task, [_best(answer) for answer in of]) for task, of in by_task]
    return page("index.html", "Boards", links, canonical, tasks=tasks, more=more)


def board_page(
    answer: BoardAnswer,
    links: Links,
    *,
    history: bool,
    previous: str = "",
    next: str = "",  # noqa: A002
    rungs: Sequence[tuple[str, str]] = (),
    rung: str = "self-reported",
    canonical: str = "",
) -> str:
    """A page of a board. ``rungs`` are links to the board of what is verified so far, by rung."""
    columns, rows, left_out = rows_of(answer.entries, answer.ranked_by)
    head = answer.board
    return page(
        "board.html",
        f"{head.dataset}@{head.version}, {head.split}",
        links,
        canonical,
        head=head,
        twin_of=twin_of(head.dataset),
        answer=answer,
        columns=columns,
        rows=rows,
        left_out=left_out,
        groups=groups_of(answer),
        history=history,
        previous=previous,
        next=next,
        rungs=rungs,
        asked_rung=rung,
        name_of=name_of,
    )


def submission_page(
    answer: SubmissionAnswer,
    board: BoardHead | None,
    result: Result | None,
    links: Links,
    *,
    history: bool,
    samples: Samples | None = None,
    others: tuple[Sequence[SubmissionHead], bool] = ((), False),
    chain: Sequence[SubmissionHead] = (),
    canonical: str = "",
) -> str:
    """All of a submission, with ``others`` to compare it with, and the ``chain`` of those that followed one another.

    ``samples`` are what is kept of it to look at. Without ``result``, which may be too large to show, its numbers are left to the file.
    """
    title = f"{answer.model or answer.id}{f' on {board.dataset}' if board else ''}"
    values = _submission_values(answer, board, result, samples, links)
    return page(
        "submission.html", title, links, canonical, history=history, others=others, chain=chain, **values
    )


def against_page(
    first: SubmissionAnswer,
    second: SubmissionAnswer,
    board: BoardHead | None,
    comparison: Comparison,
    links: Links,
) -> str:
    """The second of two submissions compared with the first."""
    title = f"{second.model} against {first.model}"
    view = comparison_view(comparison)
    return page("against.html", title, links, "", first=first, second=second, board=board, view=view)


def queue_page(queue: Queue, kind: Waits, links: Links, *, who: Identity, word: str) -> str:
    """What waits for a moderator. ``word`` goes into the forms."""
    values = {"queue": queue, "kind": kind, "kinds": KINDS}
    return page("queue.html", "Moderation", links, "", who=who, word=word, most_failed=MOST_FAILED, **values)


def decision_page(
    answer: SubmissionAnswer,
    board: BoardHead | None,
    result: Result | None,
    links: Links,
    *,
    who: Identity,
    word: str,
    samples: Samples | None = None,
) -> str:
    """A submission as moderators see it, with what they can decide."""
    values = _submission_values(answer, board, result, samples, links)
    own = answer.owner == who.owner
    steps = [(step, *DECISIONS[step]) for step in steps_from(answer.state, answer.rung, own=own)]
    title = f"Moderation: {answer.model or answer.id}"
    return page(
        "decision.html",
        title,
        links,
        "",
        history=True,
        others=((), False),
        chain=(),
        who=who,
        word=word,
        steps=steps,
        **values,
    )


def sign_in_page(links: Links, *, said: str = "") -> str:
    """Where a moderator gives a token. ``said``: why the last one did not do."""
    return page("sign_in.html", "Moderation", links, "", said=said, who=None)


def about_page(answers: Sequence[BoardAnswer], links: Links, *, canonical: str = "") -> str:
    """What ranks, rungs and signatures are, and which metrics and data sets the boards have."""
    found: dict[tuple[str, str], dict[str, BoardHead]] = {}
    for answer in answers:
        for measure in answer.measures:
            metric = measure.address.partition("/")[0]
            found.setdefault((metric, measure.signature), {})[answer.board.id] = answer.board
    metrics = [(*key, list(found[key].values())) for key in sorted(found)]
    heads = [answer.board for answer in answers]
    title = "What the words mean"
    return page("about.html", title, links, canonical, metrics=metrics, heads=heads, method=METHOD)


def fault_page(what: str, why: str, fix: str, links: Links) -> str:
    """What a reader gets instead of a page."""
    return page("fault.html", what, links, "", why=why, fix=fix)


def _submission_values(
    answer: SubmissionAnswer,
    board: BoardHead | None,
    result: Result | None,
    samples: Samples | None,
    links: Links,
) -> dict[str, Any]:
    view = result_view(report_groups([Side(result)])[0].entries[0]) if result is not None else None
    rescored = sorted((number for number in answer.scores if number.origin == "re-scored"), key=_in_table)
    rows = [_number_row(index, number) for index, number in enumerate(rescored)]
    return {
        "answer": answer,
        "board": board,
        "view": view,
        "rescored": rows,
        "examples": samples.views(lambda name: links.picture(answer.id, name)) if samples else [],
        "notes": samples.notes if samples else [_why_none(answer)],
    }


def _why_none(answer: SubmissionAnswer) -> str:
    """Why a submission has no samples to look at."""
    if answer.kind == "result":
        return "There are none: this is a result by itself, without predictions."
    if RUNGS.index(answer.rung) < RUNGS.index("re-scored"):
        return "There are none yet: a worker draws them when it has scored the predictions again."
    return "There are none yet: they come when a worker next scores the predictions again."


def _best(answer: BoardAnswer) -> dict[str, Any]:
    first = answer.entries[0] if answer.entries and answer.entries[0].rank is not None else None
    measure, text, tied = answer.ranked_by, "", 0
    if first is not None and measure is not None:
        number = next(each for each in first.scores if measure_of(each) == measure)
        figure = figure_of(number)
        text = figure.text(decimals_for([figure]))
        tied = max((len(group) for group in answer.groups if first.submission.id in group), default=1) - 1
    return {
        "head": answer.board,
        "twin_of": twin_of(answer.board.dataset),
        "measure": name_of(measure) if measure else "",
        "best": first.submission if first else None,
        "number": text,
        "tied": tied,
    }


def _in_table(number: Number) -> tuple[bool, str, str, str]:
    """Of a number in a table: what is of all samples first."""
    return number.slice != "all", number.metric, number.name, number.slice


def _number_row(index: int, number: Number) -> dict[str, str]:
    figure = figure_of(number)
    decimals = decimals_for([figure])
    return {
        "anchor": f"rescored-{index}",
        "metric": f"{number.metric}/{number.name}",
        "slice": number.slice,
        "value": figure.value_text(decimals),
        "interval": figure.interval_text(decimals),
        "n": f"{number.n:,}",
        "better": better(number.higher_is_better),
        "reason": number.reason or "",
        "signature": number.signature,
    }


def _place(head: BoardHead) -> tuple[str, ...]:
    return head.task, head.dataset, head.version, head.split, head.id

"""The leaderboard as a folder of files, from a folder of results or from a service's database.

Guarantees: all of it appears at once, or nothing; links are relative, so that it works from any folder and from a disk;
equal results give equal bytes.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cfbench.errors import DataError
from cfbench.files import sha256_hex, writing_folder
from cfbench.report.page.gathering import gather
from cfbench_leaderboard.boards import Asked, Boards
from cfbench_leaderboard.database import Database, migrate, now
from cfbench_leaderboard.limits import Limits
from cfbench_leaderboard.looking import show_submission
from cfbench_leaderboard.pages.assets import assets
from cfbench_leaderboard.pages.catalogue import Placed, dataset_page, metric_page, model_page
from cfbench_leaderboard.pages.links import (
    Filed,
    board_file,
    dataset_file,
    metric_file,
    model_file,
    picture_file,
    submission_file,
)
from cfbench_leaderboard.pages.shown import shown_result
from cfbench_leaderboard.pages.view import rows_of
from cfbench_leaderboard.pages.writing import (
    about_page,
    board_page,
    first_places,
    index_page,
    submission_page,
)
from cfbench_leaderboard.refusals import Refusal
from cfbench_leaderboard.samples import draw_samples, keep_samples, picture_of, samples_of
from cfbench_leaderboard.service import Service
from cfbench_leaderboard.steps import decide
from cfbench_leaderboard.store import Store
from cfbench_leaderboard.submissions import submit
from cfbench_leaderboard.tokens import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from cfbench.results.schema import Result
    from cfbench_leaderboard.answers import BoardAnswer, BoardHead, Entry, MeasureAnswer

ON_A_PAGE = 100


@dataclass(frozen=True)
class Built:
    """What a site holds. ``left_out`` are lines on what was not read."""

    boards: int
    submissions: int
    left_out: tuple[str, ...] = ()


def build_from_folder(source: Path, site: Path, *, base_url: str = "") -> Built:
    """A site of the results below a folder, which are taken as accepted and self-reported.

    Of run folders with their predictions it shows samples, where their data set is installed.
    """
    gathered = gather([source])
    with tempfile.TemporaryDirectory(prefix="cfbench-site-") as scratch:
        database = Database(Path(scratch) / "board.db")
        try:
            migrate(database)
            limits = Limits(submissions_a_day=len(gathered.sides))
            service = Service(database, Store(Path(scratch) / "store"), limits)
            for side in gathered.sides:
                made = _take(service, side.result)
                if side.folder is not None and (side.folder / "predictions").is_dir():
                    drawn = Path(scratch) / made
                    draw_samples(side.result, side.folder, drawn)
                    keep_samples(service.store, made, drawn)
            built = build(service, site, base_url=base_url, history=False)
        finally:
            database.close()
    return replace(built, left_out=gathered.left_out)


def build(service: Service, site: Path, *, base_url: str = "", history: bool = True) -> Built:
    """A site of what a service shows. Without ``history`` it names no owners, times and steps."""
    with service.database.reading() as session, writing_folder(site) as folder:
        return _Builder(service, session, folder, base_url, history=history).write()


def _take(service: Service, result: Result) -> str:
    value = result.model_dump(mode="json")
    keeper = Identity(token="", owner="site", scopes=["admin"], created_at=now(), expires_at=None)
    try:
        made, _ = submit(service, keeper, sha256_hex(result.model_dump_json().encode()), {"result": value})
    except Refusal as error:
        what = f"The result of {result.model.name} on {result.dataset.name} cannot be shown"
        raise DataError(what, error.why or error.what, error.fix) from error
    with service.database.writing() as session:
        decide(session, made.id, keeper.owner, "accepted", "it is in the folder of results")
    return made.id


class _Builder:
    def __init__(
        self, service: Service, session: Session, folder: Path, base_url: str, *, history: bool
    ) -> None:
        self._service, self._session, self._folder = service, session, folder
        self._base, self._history = base_url.rstrip("/"), history
        self._boards = Boards()
        self._headline: dict[str, list[Entry]] = {}  # of each board, as it ranks them by itself

    def write(self) -> Built:
        """Everything; what it was."""
        for asset in assets().values():
            self._write(f"static/{asset.name}", asset.data)
        answers, _ = first_places(self._session, self._boards, every=True)
        self._page("index.html", index_page(answers, Filed(0), canonical=self._url("index.html")))
        self._page("about.html", about_page(answers, Filed(0), canonical=self._url("about.html")))
        shown: dict[str, BoardHead] = {}
        for answer in answers:
            pending: list[MeasureAnswer | None] = [None]
            written: list[MeasureAnswer | None] = []
            while pending:
                measure = pending.pop()
                if measure not in written:
                    written.append(measure)
                    pending += self._write_board(answer.board, measure, shown)
        for one, head in shown.items():
            self._write_submission(one, head)
        self._write_catalogue(answers)
        return Built(len(answers), len(shown))

    def _write_board(
        self, head: BoardHead, measure: MeasureAnswer | None, shown: dict[str, BoardHead]
    ) -> Iterator[MeasureAnswer]:
        """The measures that its pages lead to."""
        for page, answer in enumerate(self._pages_of(head, measure), 1):
            if measure is None:
                self._headline.setdefault(head.id, []).extend(answer.entries)
            shown.update((entry.submission.id, head) for entry in answer.entries)
            file = board_file(head, measure, page)
            text = board_page(
                answer,
                Filed(4),
                history=self._history,
                previous=Path(board_file(head, measure)).name if page > 1 else "",
                next=Path(board_file(head, measure, page + 1)).name if answer.next else "",
                canonical=self._url(file),
            )
            self._page(file, text)
            yield from (column.measure for column in rows_of(answer.entries, answer.ranked_by)[0])

    def _write_catalogue(self, answers: Sequence[BoardAnswer]) -> None:
        """The pages of what boards have in common: models, metrics and data sets."""
        models: dict[str, list[Placed]] = {}
        for answer in answers:
            by_model: dict[str, list[Entry]] = {}
            for entry in self._headline[answer.board.id]:
                by_model.setdefault(entry.submission.model or entry.submission.id, []).append(entry)
            for name, entries in by_model.items():
                models.setdefault(name, []).append(Placed(answer.board, answer.ranked_by, entries))
        for name, placed in models.items():
            file = model_file(name)
            self._page(
                file,
                model_page(name, placed, Filed(1), history=self._history, canonical=self._url(file)),
            )
        for signature in {each.signature for answer in answers for each in answer.measures}:
            file = metric_file(signature)
            self._page(file, metric_page(signature, answers, Filed(1), canonical=self._url(file)))
        for name in {answer.board.dataset for answer in answers}:
            of = [answer for answer in answers if answer.board.dataset == name]
            file = dataset_file(name)
            self._page(file, dataset_page(name, of, Filed(1), canonical=self._url(file)))

    def _write_submission(self, one: str, head: BoardHead) -> None:
        answer = show_submission(self._session, one, None)
        data, result = shown_result(self._service, answer)
        file = submission_file(one)
        samples = samples_of(self._service.store, one)
        text = submission_page(
            answer,
            head,
            result,
            Filed(2),
            history=self._history,
            samples=samples,
            canonical=self._url(file),
        )
        self._page(file, text)
        for name in samples.pictures() if samples else ():
            self._write(picture_file(one, name), picture_of(self._service.store, one, name))
        self._write(f"submissions/{one}/result.json", data)

    def _pages_of(self, head: BoardHead, measure: MeasureAnswer | None) -> Iterator[BoardAnswer]:
        cursor = None
        while True:
            answer = self._ask(head, measure, cursor)
            yield answer
            cursor = answer.next
            if cursor is None:
                return

    def _ask(self, head: BoardHead, measure: MeasureAnswer | None, cursor: str | None) -> BoardAnswer:
        asked = Asked(
            measure=measure.address if measure else None,
            signature=measure.signature if measure else None,
            cursor=cursor,
            limit=ON_A_PAGE,
        )
        found = self._boards.find(self._session, head.task, head.dataset, board=head.id)
        return self._boards.show(self._session, found, asked)

    def _page(self, file: str, text: str) -> None:
        self._write(file, text.encode())

    def _write(self, file: str, data: bytes) -> None:
        path = self._folder / file  # in a temporary folder, which is brought to the disk as a whole
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def _url(self, file: str) -> str:
        return f"{self._base}/{file}" if self._base else ""

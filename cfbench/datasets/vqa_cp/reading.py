"""Questions and annotations from JSON, checked. Every fault is a ``DataError`` that names file and question.

Read are the bare lists of VQA-CP, and the objects of VQA (``{"questions": […]}``, ``{"annotations": […]}``).
"""

from __future__ import annotations

from sys import intern  # millions of answers are a few thousand texts
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from cfbench.datasets.vqa_cp.questions import ANNOTATORS, Question
from cfbench.errors import DataError
from cfbench.files import read_json

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 512 * 1024 * 1024
MAX_TEXT = 1000
ANSWER_TYPES = ("yes/no", "number", "other")
MEND = "Get the file again"


def read_questions(questions: Path, annotations: Path) -> list[Question]:
    """The questions of two files that belong together, by their ids."""
    asked = _by_id(questions, "questions")
    answered = _by_id(annotations, "annotations")
    for have, want, file, lacks in (
        (asked, answered, annotations, "annotation"),
        (answered, asked, questions, "question"),
    ):
        alone = next((key for key in have if key not in want), None)
        if alone is not None:
            count = len(have.keys() - want.keys())
            _refuse(file, f"there is no {lacks} for question {alone} ({count:,} such)")
    return [
        _question(
            key, asked[key], answered[key], f"{questions}, question {key}", f"{annotations}, question {key}"
        )
        for key in sorted(asked)
    ]


def _by_id(path: Path, name: Literal["questions", "annotations"]) -> dict[int, dict[str, Any]]:
    value = read_json(path, max_bytes=MAX_BYTES)
    entries = value.get(name) if isinstance(value, dict) else value
    if not isinstance(entries, list):
        _refuse(path, f"it is neither a list nor an object with a list '{name}'")
    found: dict[int, dict[str, Any]] = {}
    for place, entry in enumerate(entries, 1):
        where = f"{path}, entry {place}"
        key = _field(where, entry, "question_id", int)
        if key < 0:
            _refuse(where, f"its question_id is {key}")
        if key in found:
            _refuse(where, f"the question_id {key} was there before")
        found[key] = entry
    if not found:
        _refuse(path, f"it holds no {name}")
    return found


def _question(
    key: int, asked: dict[str, Any], answered: dict[str, Any], q_place: str, a_place: str
) -> Question:
    image = _image(q_place, asked)
    other = _image(a_place, answered)
    if image != other:
        _refuse(a_place, f"its image is {other}, and that of the question {image}")
    answer_type = _text(a_place, answered, "answer_type")
    if answer_type not in ANSWER_TYPES:
        _refuse(a_place, f"its answer_type {answer_type[:40]!r} is none of {', '.join(ANSWER_TYPES)}")
    answers = _field(a_place, answered, "answers", list)
    if len(answers) != ANNOTATORS:
        _refuse(a_place, f"it has {len(answers)} answers, not {ANNOTATORS}")
    return Question(
        id=str(key),
        pair="",
        role="",
        changed=None,
        question=_text(q_place, asked, "question"),
        answers=tuple(
            intern(_text(f"{a_place}, answer {n}", one, "answer", blank=True))
            for n, one in enumerate(answers, 1)
        ),
        question_type=intern(_text(a_place, answered, "question_type")),
        answer_type=intern(answer_type),
        image_id=image,
    )


def _image(place: str, entry: dict[str, Any]) -> str:
    number = _field(place, entry, "image_id", int)
    if number < 0:
        _refuse(place, f"its image_id is {number}")
    return str(number)


def _text(place: str, entry: Any, name: str, *, blank: bool = False) -> str:
    text: str = _field(place, entry, name, str)
    if not blank and not text.strip():
        _refuse(place, f"its '{name}' is empty")
    if len(text) > MAX_TEXT:
        _refuse(place, f"its '{name}' has {len(text):,} characters, at most {MAX_TEXT:,} are read")
    return text


def _field(place: str, entry: Any, name: str, kind: type[Any]) -> Any:
    if not isinstance(entry, dict):
        _refuse(place, "it is not a JSON object")
    if not isinstance(entry.get(name), kind) or isinstance(entry[name], bool):
        _refuse(place, f"its '{name}' is missing or not of type {kind.__name__}")
    return entry[name]


def _refuse(place: Path | str, why: str) -> NoReturn:
    raise DataError(f"Cannot use {place}", why, MEND)

"""Results of every released schema stay readable; what is no result is refused."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from cfbench.errors import DataError
from cfbench.results import Result, Score
from cfbench.results.reading import read_result

RELEASED = Path(__file__).with_name("result-v1.json")


def test_a_result_of_schema_1_reads() -> None:
    result = read_result(RELEASED)
    assert result.score("mock-seen/f1/all").value == 0.0
    assert result.score("pixel/l1/turn-1").n == 8
    assert result.detectors[0].self_check == 1.0
    assert result.unranked_because == []
    frame = result.to_frame()
    assert list(frame.columns) == [
        *("metric", "name", "slice", "value", "ci_low", "ci_high", "n", "higher_is_better", "signature")
    ]
    assert len(frame) == len(result.scores)


def test_a_result_holds_no_time_path_or_engine() -> None:
    text = RELEASED.read_text()
    for word in ("/work", "/tmp", "2026", "seconds", "local", "host"):
        assert word not in text


@pytest.mark.parametrize(
    ("where", "value", "words"),
    [
        (("scores", 0, "value"), None, "needs a value or a reason"),
        (("scores", 0, "n"), -1, "greater than or equal to 0"),
        (("dataset", "fingerprint"), "abc", "fingerprint"),
        (("extra",), 1, "extra"),
        (("complete",), "perhaps", "complete"),
    ],
)
def test_a_changed_result_is_refused(
    where: tuple[object, ...], value: object, words: str, tmp_path: Path
) -> None:
    changed = copy.deepcopy(json.loads(RELEASED.read_text()))
    inner = changed
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    path = tmp_path / "result.json"
    path.write_text(json.dumps(changed))
    with pytest.raises(DataError, match="not a valid result") as caught:
        read_result(path)
    assert words in str(caught.value)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_is_finite(value: float) -> None:
    score = read_result(RELEASED).scores[0].model_dump() | {"value": value}
    with pytest.raises(ValidationError, match="not finite"):
        Score.model_validate(score)


def test_a_hostile_result_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    for text in ("[" * 5000, '{"schema_version": 1, "schema_version": 1}', "NaN", '{"a": 1e999}', ""):
        path.write_text(text)
        with pytest.raises(DataError) as caught:
            read_result(path)
        assert "\n" not in str(caught.value)


def test_writing_and_reading_loses_nothing(tmp_path: Path) -> None:
    result = read_result(RELEASED)
    assert Result.model_validate_json(result.model_dump_json()) == result

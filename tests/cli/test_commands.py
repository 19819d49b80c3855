"""The command line: what it prints, and the exit code of every kind of mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from running import EDITORS

from cfbench.cli import COMMANDS, main
from cfbench.files import encode_png


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def mock_run(*more: str) -> list[str]:
    return ["run", "--model", "mock", "--dataset", "mock", "--metric", "mock", *more]


def test_run_prints_a_table_and_says_where_the_files_are(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, *mock_run())
    assert code == 0
    assert "mock/exact" in out
    for name in ("result.json", "report.html"):
        path = next(line.split()[-1] for line in err.splitlines() if line.endswith(name))
        assert Path(path).stat().st_size > 1000


def test_run_as_json_is_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, *mock_run("--json"))
    written = next(Path("results").glob("*/result.json"))
    assert code == 0
    assert json.loads(out) == json.loads(written.read_text())


def test_a_folder_that_run_wrote_scores_to_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "run", "--model", "random-edit", "--dataset", "mock", "--json")
    folder = next(Path("results").glob("random-edit*"))
    for given in (folder, folder / "predictions"):
        code, again, _ = call(capsys, "score", "--predictions", str(given), "--dataset", "mock", "--json")
        ran, scored = json.loads(out), json.loads(again)
        assert code == 0
        for same in ("scores", "predictions_digest", "evidence_digests", "model", "dataset"):
            assert ran[same] == scored[same]


def test_predictions_made_elsewhere(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "theirs"
    for index, turns in enumerate((1, 2, 3, 1, 2, 3, 1, 2)):
        folder = out / f"test_{index:05d}"
        folder.mkdir(parents=True)
        for turn in range(1, turns + 1):
            (folder / f"turn-{turn}.png").write_bytes(encode_png(np.full((16, 16, 3), 200, np.uint8)))
    code, first, _ = call(capsys, "score", "--predictions", str(out), "--dataset", "mock", "--json")
    _, mock, _ = call(capsys, "run", "--model", "mock", "--dataset", "mock", "--json")
    assert code == 0
    assert json.loads(first)["model"]["name"] == "theirs"
    assert json.loads(first)["scores"] == json.loads(mock)["scores"]
    (out / "test_00003" / "turn-1.png").unlink()
    (out / "test_00003").rmdir()
    code, table, err = call(capsys, "score", "--predictions", str(out), "--dataset", "mock")
    assert code == 3
    assert "missing test_00003" in err
    assert "1 samples are missing" in err
    assert "0.0" not in table


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "--model", "mok", "--dataset", "mock"], 2, "did you mean mock"),
        (["run", "--model", "mock", "--dataset", "coddraw"], 2, "did you mean codraw"),
        (["run", "--model", "mock"], 2, "No data set is given"),
        (["run", "--dataset", "mock"], 2, "No model is given"),
        (["run", "--model", "mock", "--dataset", "mock", "--limit", "x"], 2, "not a valid integer"),
        (["run", "--model", "mock", "--dataset", "mock", "--config", "none.toml"], 2, "none.toml"),
        (["run", "--model", "mock", "--dataset", "codraw", "--official"], 4, "cfbench data get codraw"),
        (["run", "--model", "mock", "--dataset", "codraw-mini", "--official"], 2, "--dataset codraw"),
        (["score", "--predictions", "nowhere", "--dataset", "mock"], 2, "There is no folder nowhere"),
        (["score", "--predictions", ".", "--dataset", "mock"], 2, "has no predictions for this split"),
        (["score", "--dataset", "mock"], 2, "--predictions"),
        (["table", "none.json"], 2, "There is no result at none.json"),
        (["describe", "pixle"], 2, "did you mean pixel"),
        (["lsit"], 2, "did you mean list"),
        (["data", "show", "mock", "--index", "99"], 2, "has 8 samples"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _, err = call(capsys, *arguments)
    assert found == code
    assert words in err
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if "cfbench:" in line or "Error:" in line]) == 1


def test_a_failing_model_is_exit_code_3_with_its_samples(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "--model", f"{EDITORS}:FailsOnSome", "--dataset", "mock", "--metric", "mock"]
    code, _, err = call(capsys, *arguments)
    assert code == 3
    assert "failed  test_00003: RuntimeError: three is too many" in err


def test_list_and_describe(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, name in [
        ("models", "oracle"),
        ("datasets", "codraw"),
        ("metrics", "pixel"),
        ("detectors", "mock"),
    ]:
        code, out, _ = call(capsys, "list", kind, "--json")
        assert code == 0
        assert name in {row["name"] for row in json.loads(out)}
    code, out, _ = call(capsys, "describe", "codraw")
    assert "CC BY-NC" in out
    assert "turns" in out
    code, out, _ = call(capsys, "describe", "mock", "--json")
    assert [card["kind"] for card in json.loads(out)] == ["model", "dataset", "metric", "detector"]


def test_table_of_two_runs(capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, *mock_run())
    call(capsys, "run", "--model", "oracle", "--dataset", "mock", "--metric", "mock")
    paths = sorted(map(str, Path("results").iterdir()))
    for form, words in {
        "md": "| mock",
        "latex": "tabular",
        "csv": "oracle",
        "html": "<table",
        "text": "oracle",
    }.items():
        code, out, _ = call(capsys, "table", *paths, "--format", form)
        assert code == 0
        assert words in out
    _, out, _ = call(capsys, "table", *paths, "--json")
    assert {row["value"] for row in json.loads(out) if row["model"] == "oracle"} == {1.0}


def test_show_writes_a_filmstrip(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "data", "show", "mock", "--index", "2", "--out", "strip.png")
    assert code == 0
    assert out.count("add a") == 3
    assert Path("strip.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "words", "pictures"),
    [
        ("mock-vqa", "question:", True),
        ("mock-explain", "true instruction:", True),
        ("mock-visual-cf", "answer now:", True),
        ("mock-pair-cf", "caption:", True),
        ("mock-image-labels", "taken out: red", True),
        ("mock-text-label", "its original's text:", False),
    ],
)
def test_show_says_what_a_sample_of_any_task_is(
    name: str, words: str, pictures: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(capsys, "data", "show", name, "--index", "1", "--out", "sample.png")
    assert code == 0
    assert words in out
    assert Path("sample.png").exists() == pictures
    assert ("there is no picture" in out) != pictures
    _, out, _ = call(capsys, "data", "show", name, "--index", "1", "--out", "sample.png", "--json")
    assert json.loads(out)["file"] == ("sample.png" if pictures else None)


def test_every_command_has_help_that_starts_alike(capsys: pytest.CaptureFixture[str]) -> None:
    for command, summary in COMMANDS.items():
        code, out, _ = call(capsys, command, "--help")
        assert code == 0
        assert summary.split(",")[0].rstrip(".") in " ".join(out.split())


def test_a_result_of_another_schema_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for text, words in {
        '{"schema_version": 99}': "schema_version is 99",
        "[1]": "schema_version is None",
        "{": "none.json",
        '{"schema_version": 1}': "not a valid result",
    }.items():
        Path("none.json").write_text(text)
        code, _, err = call(capsys, "table", "none.json")
        assert code == 2
        assert words in err


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_standard_output_is_no_traceback() -> None:
    command = [sys.executable, "-c", "from cfbench.cli import main; main(['list', 'models'])"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr

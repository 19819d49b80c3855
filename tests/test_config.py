"""Flag = API argument = environment variable = key of a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cfbench.cli.run_ import command as run_command
from cfbench.cli.score_ import command as score_command
from cfbench.config import RunConfig, environment_variable, resolve_config
from cfbench.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def flags(command: object) -> set[str]:
    return {parameter.name for parameter in command.params} - {"config_file", "as_json"}


def test_every_field_is_a_flag() -> None:
    fields = set(RunConfig.model_fields)
    assert flags(run_command) == fields - {"predictions"}
    assert flags(score_command) == fields - {"model", "model_option", "device", "teacher_forced"}


def test_every_flag_says_its_variable() -> None:
    for parameter in run_command.params:
        if parameter.name in RunConfig.model_fields:
            assert f"[{environment_variable(parameter.name)}]" in parameter.help
            assert len(parameter.help) > 30


def test_the_variable_of_the_data_root_is_short() -> None:
    assert environment_variable("data_root") == "CFBENCH_DATA"


def test_flag_beats_environment_beats_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('dataset = "mock"\nseed = 1\nbatch_size = 2\nlimit = 3\n[dataset_option]\nsize = "64"\n')
    monkeypatch.setenv("CFBENCH_SEED", "10")
    monkeypatch.setenv("CFBENCH_BATCH_SIZE", "20")
    config = resolve_config({"seed": 100, "limit": None}, file)
    assert (config.seed, config.batch_size, config.limit) == (100, 20, 3)
    assert config.dataset_option == {"size": "64"}


def test_lists_and_pairs_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFBENCH_METRIC", "pixel, mock:default")
    monkeypatch.setenv("CFBENCH_DATASET_OPTION", "turns=every,size=128")
    monkeypatch.setenv("CFBENCH_TEACHER_FORCED", "1")
    config = resolve_config({"dataset": "codraw"})
    assert config.metric == ("pixel", "mock:default")
    assert config.dataset_option == {"turns": "every", "size": "128"}
    assert config.teacher_forced


def test_a_run_file_is_a_configuration(tmp_path: Path) -> None:
    import cfbench
    from cfbench.api import start_run

    first = start_run("mock", {"dataset": "mock", "metric": ("mock",), "batch_size": 3})
    again = start_run(None, {}, file=first.folder / "run.json")
    assert again.folder == first.folder
    values = json.loads((first.folder / "run.json").read_text())
    assert values["batch_size"] == 3
    assert cfbench.load(first.folder).protocol.batch_size == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense = 1\ndataset = 'mock'", "unknown key 'nonsense'"),
        ("dataset = ", "is not TOML"),
        ("seed = 1", "No data set is given"),
        ("dataset = 'mock'\nlimit = 'many'", "--limit cannot be 'many'"),
    ],
)
def test_a_wrong_file_is_one_line(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=words):
        resolve_config({}, file)


def test_python_takes_every_field_that_is_not_its_own() -> None:
    from cfbench.config import RunOptions

    assert set(RunOptions.__annotations__) == set(RunConfig.model_fields) - {
        "model",
        "predictions",
        "dataset",
    }


def test_zero_and_no_are_given_values(monkeypatch: pytest.MonkeyPatch) -> None:
    from cfbench.cli._options import given

    monkeypatch.setenv("CFBENCH_SEED", "5")
    typed = given({"seed": 0, "resamples": 0, "limit": None, "metric": (), "dataset": "mock"})
    config = resolve_config(typed)
    assert (config.seed, config.resamples) == (0, 0)

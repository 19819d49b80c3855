"""The pages say what the code does: commands parse, generated parts are fresh, examples run."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from cfbench.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
    *sorted(ROOT.glob("*/README.md")),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHELL = {"sh", "bash", "console", "shell"}


def blocks(page: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(page.read_text()) if language in languages]


def command_lines(page: Path) -> Iterator[list[str]]:
    """The arguments of every ``cfbench`` call in the page's shell blocks."""
    for block in blocks(page, *SHELL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            yield from _calls(words)


def _calls(words: list[str]) -> Iterator[list[str]]:
    call: list[str] | None = None
    for word in [*words, "&&"]:
        if word in {"&&", "||", "|", ";", "&"}:
            if call is not None:
                yield call
            call = None
        elif call is not None:
            call.append(word)
        elif word == "cfbench" or word.endswith("/cfbench"):
            call = []


def spans(page: Path) -> Iterator[list[str]]:
    """The arguments of every ``cfbench`` call in the page's text, which may leave out what is needed."""
    text = FENCE.sub("", page.read_text())
    for span in re.findall(r"`(cfbench [^`]+)`", text):
        yield shlex.split(span)[1:]


def find(arguments: list[str]) -> tuple[click.Command, list[str], click.Context]:
    """The command that some arguments name, and what is left for it."""
    command: click.Command = cli
    context = click.Context(cli, info_name="cfbench")
    rest = list(arguments)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(context, rest[0])
        if inner is None:
            message = f"no such command: {rest[0]}"
            raise click.UsageError(message)
        command, context = inner, click.Context(inner, info_name=rest[0], parent=context)
        rest = rest[1:]
    return command, rest, context


def parse(arguments: list[str]) -> None:
    """Raise where a call could not be typed."""
    command, rest, context = find(arguments)
    try:
        command.make_context(context.info_name, rest, parent=context.parent)
    except click.exceptions.Exit:  # --help and --version
        return


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_a_block_parses(page):
    for arguments in command_lines(page):
        try:
            parse(arguments)
        except click.UsageError as error:
            pytest.fail(f"{page}: cfbench {' '.join(arguments)}: {error.format_message()}")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_the_text_exists(page):
    for arguments in spans(page):
        if not re.match(r"[a-z]", arguments[0]):  # `cfbench COMMAND`
            continue
        if re.fullmatch(r"[a-z]+(\|[a-z]+)+", arguments[-1]):  # `cfbench data list|get`
            for choice in arguments[-1].split("|"):
                find([*arguments[:-1], choice])
            continue
        command, rest, _ = find(arguments)
        flags = {flag for parameter in command.params for flag in parameter.opts} | {"--help"}
        unknown = [word for word in rest if word.startswith("--") and word not in flags]
        assert not unknown, f"{page}: cfbench {' '.join(arguments)}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs", "--model", "x"],
        ["run", "--modle", "x"],
        ["run", "--limit", "many"],
        ["data", "fetch"],
        ["data", "get"],
        ["list", "engines"],
    ],
)
def test_a_command_that_cannot_be_typed_is_caught(arguments):
    with pytest.raises(click.UsageError):
        parse(arguments)


def test_the_readers_of_pages_see_what_is_there(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "Type `cfbench list models`.\n\n```sh\nCFBENCH_LIMIT=4 .venv/bin/cfbench run \\\n  --model a # b\n"
        "cfbench table x && cfbench data list | less\n```\n\n```python\ncfbench = 1\n```\n"
    )
    assert list(command_lines(page)) == [["run", "--model", "a"], ["table", "x"], ["data", "list"]]
    assert list(spans(page)) == [["list", "models"]]


def test_generated_parts_are_fresh():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stale = [
        path.relative_to(ROOT).as_posix()
        for path, text in generate.generated_files().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "type: python docs/generate.py"


def test_help_keeps_its_lines():
    for arguments in ([], ["run"], ["score"]):
        text = CliRunner().invoke(cli, [*arguments, "--help"]).output
        assert "\\b" not in text
        assert "\b" not in text


@pytest.mark.parametrize("page", ["python.md", "predictions.md"])
def test_python_blocks_run(page):
    found = blocks(ROOT / "docs" / page, "python")
    assert found
    exec(compile("\n".join(found), page, "exec"), {"__name__": page})


def test_the_python_of_readme_runs_on_the_mock_data():
    """On the data set that it names it would take minutes."""
    names: dict[str, object] = {}
    for block in blocks(ROOT / "README.md", "python"):
        exec(compile(block.replace('"codraw"', '"mock"'), "README.md", "exec"), names)
    import cfbench

    assert cfbench.run(names["MyEditor"](), "mock", metric=["mock"]).score("mock/exact/all").value == (
        cfbench.run("empty-canvas", "mock", metric=["mock"]).score("mock/exact/all").value
    )


@pytest.mark.parametrize("name", ["my_editor.py", "my_explainer.py"])
def test_the_models_of_the_plugins_page_run(name):
    page = ROOT / "docs" / "plugins.md"
    (source,) = (block for block in blocks(page, "python") if block.startswith(f"# {name}"))
    Path(name).write_text(source)
    (arguments,) = (
        words for words in command_lines(page) if words[0] == "run" and any(name in word for word in words)
    )
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output


def test_the_entry_point_groups_of_the_plugins_page_are_those_that_are_read():
    from cfbench.plugins import KINDS

    page = (ROOT / "docs" / "plugins.md").read_text()
    assert re.findall(r'entry-points\."cfbench\.(\w+)"', page) == list(KINDS)


def test_the_configuration_file_of_the_page_is_one(tmp_path):
    from cfbench.config import EXECUTION_ONLY, resolve_config

    page = ROOT / "docs" / "configuration.md"
    (text,) = blocks(page, "toml")
    file = tmp_path / "run.toml"
    file.write_text(text)
    config = resolve_config({}, file)
    assert (config.model, config.limit, config.metric) == ("mock", 4, ("pixel", "mock"))
    sentence = page.read_text().split("say how and where work is done")[0].rsplit("\n\n", 1)[1]
    assert set(re.findall(r"`(\w+)`", sentence)) - {"threads"} == EXECUTION_ONLY


def test_readme_has_two_commands():
    """CI runs the second one: see .ci/run."""
    readme = (ROOT / "README.md").read_text()
    start = readme.split("\n## Quick start\n", 1)[1].split("\n## ", 1)[0]
    commands = FENCE.findall(start)
    assert len(commands) == 2
    assert "cfbench run " in commands[0][1]
    assert "tox run" in commands[1][1]

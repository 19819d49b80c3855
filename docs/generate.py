"""Writes the parts of these pages that say what the code says: ``python docs/generate.py``.

A part stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``. ``tests/test_docs.py`` fails
where a page and the code differ.
"""

from __future__ import annotations

import json
import re
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfbench.cli import cli
from cfbench.cli._options import PAIRS, SWITCHES
from cfbench.config import RunConfig, environment_variable
from cfbench.plugins import plugins
from cfbench.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import BaseModel

    from cfbench.datasets import Dataset
    from cfbench.metrics import Metric, Number

DOCS = Path(__file__).resolve().parent
PART = re.compile(r"(?P<begin><!-- begin (?P<name>\w+) -->\n).*?(?P<end><!-- end (?P=name) -->)", re.DOTALL)


def generated_files() -> dict[Path, str]:
    """Every page with its parts as the code has them, and the JSON Schema of a result."""
    files = {path: _with_parts(path.read_text(encoding="utf-8")) for path in sorted(DOCS.glob("*.md"))}
    schema = json.dumps(Result.model_json_schema(), indent=2, sort_keys=True) + "\n"
    return files | {DOCS / "result.schema.json": schema}


def _with_parts(text: str) -> str:
    return PART.sub(lambda part: f"{part['begin']}\n{PARTS[part['name']]()}\n\n{part['end']}", text)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def _plain(text: str) -> str:
    """Text in which nothing is taken for a tag."""
    return text.replace("<", "&lt;")


def commands() -> str:
    """Every command with its help and its flags."""
    return "\n\n".join(_command(name, command) for name, command in _leaves(cli, "cfbench"))


def _leaves(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for inner in group.list_commands(context):
        command = group.get_command(context, inner)
        if isinstance(command, click.Group):
            yield from _leaves(command, f"{name} {inner}")
        elif command is not None:
            yield f"{name} {inner}", command


def _command(name: str, command: click.Command) -> str:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    words = [f"{a.human_readable_name}{'…' if a.nargs == -1 else ''}" for a in arguments]
    rows = [_flag(p) for p in command.params if isinstance(p, click.Option)]
    usage = "    " + " ".join([name, *words, "[OPTIONS]"])
    parts = [f"## {name}", usage, _prose(command.help or ""), _table(("flag", "what"), rows)]
    return "\n\n".join(parts)


def _prose(text: str) -> str:
    """Click's help as Markdown: a paragraph marked with a backspace keeps its lines."""
    paragraphs = []
    for paragraph in cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            paragraphs.append("\n".join(f"    {line}" for line in paragraph.splitlines()[1:]))
        else:
            paragraphs.append(_plain(paragraph))
    return "\n\n".join(paragraphs)


def _flag(option: click.Option) -> tuple[str, str]:
    names = ", ".join(option.opts)
    value = "" if option.is_flag else f" {option.metavar or _value(option)}"
    text = re.sub(r" \[CFBENCH_\w+\]$", "", option.help or "")
    return _code(names + value), _plain(text) + (" May be repeated." if option.multiple else "")


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return {"integer": "N", "integer range": "N", "path": "PATH"}.get(option.type.name, "NAME")


def configuration() -> str:
    """The fields of the configuration."""
    rows = []
    for field, info in RunConfig.model_fields.items():
        flag = f"--{field.replace('_', '-')}"
        value = "" if field in SWITCHES else " NAME=VALUE" if field in PAIRS else " …"
        shown = "required" if info.is_required() else _default(info.default)
        names = (_code(flag + value), _code(environment_variable(field)), _code(field))
        rows.append((*names, shown, info.description or ""))
    return _table(("flag", "variable", "key and argument", "default", "what"), rows)


def _default(value: Any) -> str:
    plain = isinstance(value, (int, str, Path)) and not isinstance(value, bool)
    return _code(str(value)) if plain else ""


def result_fields() -> str:
    """The fields of a result, part by part."""
    return "\n\n".join(_fields(name, model) for name, model in _parts_of_result())


def _parts_of_result() -> Iterator[tuple[str, type[BaseModel]]]:
    yield "result", Result
    for field, info in Result.model_fields.items():
        for kind in (info.annotation, *getattr(info.annotation, "__args__", ())):
            if isinstance(kind, type) and hasattr(kind, "model_fields"):
                yield field, kind


def _fields(name: str, model: type[BaseModel]) -> str:
    rows = [(_code(field), info.description or "") for field, info in model.model_fields.items()]
    return f"### {name}\n\n{cleandoc(model.__doc__ or '')}\n\n{_table(('field', 'what'), rows)}"


def datasets() -> str:
    """What each of cfbench's own data sets declares."""
    own = [plugin for plugin in plugins("datasets").values() if plugin.distribution == "cfbench"]
    return "\n\n".join(_dataset(plugin.load()) for plugin in own)


def _dataset(cls: type[Dataset]) -> str:
    facts = {
        "version": cls.version,
        "task": _code(cls.task),
        "licence": cls.licence,
        "citation": cls.citation,
        "home page": cls.homepage and f"<{cls.homepage}>",
        "embedded twin": _code(cls.twin) if cls.twin else "",
        "twin of": _code(cls.twin_of) if cls.twin_of else "",
        "asks this of": _code(cls.view_of) if cls.view_of else "",
        "other tasks": ", ".join(f"{_code(task)}: {_code(view)}" for task, view in cls.views.items()),
        "install": cls.manual,
        "splits": ", ".join(map(_code, cls.splits)),
    }
    rows = [(name, value if name == "home page" else _plain(value)) for name, value in facts.items() if value]
    parts = [f"### {cls.name}", _plain(cls.summary), _table(("", ""), rows)]
    if cls.options:
        parts.append(_table(("option", "default", "what"), [_option(*item) for item in cls.options.items()]))
    if cls.fingerprints:
        pinned = [(_code(split), _code(fingerprint)) for split, fingerprint in cls.fingerprints.items()]
        parts.append(_table(("split", "fingerprint"), pinned))
    return "\n\n".join(parts)


def metrics() -> str:
    """What each of cfbench's own metrics declares."""
    own = [plugin for plugin in plugins("metrics").values() if plugin.distribution == "cfbench"]
    return "\n\n".join(_metric(plugin.load()) for plugin in own)


def _metric(cls: type[Metric]) -> str:
    unasked = cls.judges_unasked()
    facts = {
        "version": str(cls.version),
        "kinds of work": ", ".join(map(_code, cls.tasks)),
        "unasked for": ", ".join(map(_code, unasked)) if unasked != cls.tasks else "",
        "looks through": ", ".join(map(_code, cls.needs)),
        "resampled": f"by {cls.unit}" if cls.with_intervals else "not: no intervals",
        "reference": _plain(cls.reference),
    }
    rows = [(name, value) for name, value in facts.items() if value]
    numbers = [
        (
            _code(name),
            "higher" if number.higher_is_better else "lower",
            _range(number),
            _plain(number.summary),
        )
        for name, number in cls.numbers.items()
    ]
    protocols = [
        (_code(name) + (" (default)" if name == cls.default_protocol else ""), _plain(text))
        for name, text in cls.protocols.items()
    ]
    return "\n\n".join(
        [
            f"### {cls.name}",
            _plain(cls.summary),
            _table(("", ""), rows),
            _table(("number", "better", "range", "what"), numbers),
            _table(("protocol", "what"), protocols),
        ]
    )


def _range(number: Number) -> str:
    return " to ".join("unbounded" if bound is None else f"{bound:g}" for bound in number.range)


def detectors() -> str:
    """Cfbench's own networks, by kind."""
    own = [plugin for plugin in plugins("detectors").values() if plugin.distribution == "cfbench"]
    rows = [(_code(cls.kind), _code(plugin.name), cls.summary) for plugin in own for cls in (plugin.load(),)]
    return _table(("kind", "name", "what"), sorted(rows))


def _option(name: str, option: Any) -> tuple[str, str, str]:
    bounds = option.whole_numbers
    allowed = f", {bounds[0]} to {bounds[1]}" if bounds else ""
    allowed += f": {', '.join(map(_code, option.choices))}" if option.choices else ""
    return _code(name), _code(option.default), option.help + allowed


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "configuration": configuration,
    "result": result_fields,
    "datasets": datasets,
    "metrics": metrics,
    "detectors": detectors,
}


def main() -> None:
    """Write what differs."""
    for path, text in generated_files().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            click.echo(f"wrote {path.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()

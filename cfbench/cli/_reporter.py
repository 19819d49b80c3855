"""Speaks on standard error: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS_BETWEEN_LINES = 10.0
WORTH_A_BAR = 50


class TerminalReporter:
    """Lines and progress for a person."""

    def line(self, text: str) -> None:
        """A line."""
        click.echo(text, err=True)

    def warn(self, text: str) -> None:
        """A line that begins with 'warning'."""
        click.echo(f"warning: {text}", err=True)

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """Progress of ``total`` steps; nothing where it is over at once."""
        if total < WORTH_A_BAR:
            yield lambda steps: None  # noqa: ARG005
        elif sys.stderr.isatty():
            with _bar(label, total) as advance:
                yield advance
        else:
            yield _line_writer(label, total)


@contextmanager
def _bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda steps: progress.advance(task, steps)


def _line_writer(label: str, total: int) -> Callable[[int], None]:
    done, spoken = 0, time.monotonic()

    def advance(steps: int) -> None:
        nonlocal done, spoken
        done += steps
        if time.monotonic() - spoken >= SECONDS_BETWEEN_LINES:
            spoken = time.monotonic()
            click.echo(f"{label}: {done} of {total}", err=True)

    return advance

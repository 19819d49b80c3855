"""How a long piece of work speaks while it goes on. The library is silent; the command line is not."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

log = logging.getLogger("cfbench")


class Reporter(Protocol):
    """Somebody to tell."""

    def line(self, text: str) -> None:
        """Something a user should know."""

    def warn(self, text: str) -> None:
        """Something a user should mind."""

    def track(self, label: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Progress of ``total`` steps: the context gives a function to call with steps done."""


class LogReporter:
    """Speaks to the logger ``cfbench``: silent unless the application listens (warnings excepted)."""

    def line(self, text: str) -> None:
        """Logged at level INFO."""
        log.info(text)

    def warn(self, text: str) -> None:
        """Logged at level WARNING."""
        log.warning(text)

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG002
        """No progress is shown."""
        yield lambda steps: None  # noqa: ARG005


silent: Reporter = LogReporter()

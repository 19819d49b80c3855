"""Errors that a user can mend.

Each carries what happened, why, and the command that mends it; the command line prints it as one
line and leaves with ``exit_code``. Anything else that escapes is a defect of cfbench.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class CfbenchError(Exception):
    """Base of every error that is shown to a user without a traceback."""

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        self.what, self.why, self.fix = what, why, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line: what, why and what to do."""
        line = self.what.rstrip(".")
        if self.why:
            line += f": {self.why.rstrip('.')}"
        if self.fix:
            line += f"{'' if line.endswith('?') else '.'} {self.fix.rstrip('.')}"
        return " ".join(line.split()) + ("" if line.endswith("?") else ".")

    def __reduce__(self) -> tuple[type[CfbenchError], tuple[str, str, str]]:
        """Survive the journey from a worker process."""
        return type(self), (self.what, self.why, self.fix)


class UsageError(CfbenchError):
    """Wrong use or wrong configuration (exit 2)."""


class DataError(CfbenchError):
    """A file from outside is missing, truncated, foreign or hostile (exit 2)."""


class IncompleteError(CfbenchError):
    """Samples that were asked for are missing or failed (exit 3)."""

    exit_code: ClassVar[int] = 3


class EnvironmentLackError(CfbenchError):
    """The machine lacks something: a package, a data set, disk, permission (exit 4)."""

    exit_code: ClassVar[int] = 4


def in_one_line(error: BaseException) -> str:
    """Type and words of any exception, even of one whose words cannot be had."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - a stranger's __str__
        words = "(its message cannot be shown)"
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return " ".join(text.encode("utf-8", "replace").decode().split())


def unknown_name(kind: str, name: str, known: Iterable[str], *, list_command: str) -> UsageError:
    """An error for a name that is not registered, with the nearest registered ones."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    why = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
    return UsageError(f"There is no {kind} '{name}'", why, f"See '{list_command}'")

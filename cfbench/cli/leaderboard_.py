"""``cfbench leaderboard``: the commands of the wing that keeps one, found as a plugin is."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from cfbench.errors import EnvironmentLackError

if TYPE_CHECKING:
    import click

GROUP = "cfbench.commands"


def _find() -> click.Command:
    for entry in entry_points(group=GROUP, name="leaderboard"):
        found: click.Command = entry.load()
        return found
    what = "This installation of cfbench has no leaderboard"
    raise EnvironmentLackError(what, "", "Install it: pip install 'cfbench[leaderboard]'")


command = _find()

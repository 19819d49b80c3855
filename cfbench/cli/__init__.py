"""The command line. A command's file parses, calls one library function, and prints."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from importlib import import_module

import click

from cfbench._version import __version__
from cfbench.errors import CfbenchError

DEFECT = 70  # exit code, as BSD's EX_SOFTWARE: never to be read as a failed gate
COMMANDS = {
    "run": "Run a model on a data set and score it.",
    "score": "Score a folder of predictions made elsewhere.",
    "train": "Train a model or a detector.",
    "list": "List models, datasets, metrics or detectors.",
    "describe": "Say what a model, data set, metric or detector is.",
    "describe-scene": "Show the relations in an image that RelSim counts, as a table or a picture.",
    "table": "Show results side by side, as text, Markdown, LaTeX, CSV or HTML.",
    "report": "Write one page that compares results and shows their samples.",
    "compare": "Compare two results: how much better the second is, and how sure that is.",
    "gate": "Decide whether a new result is worse than a baseline, for continuous integration.",
    "bundle": "Put a finished run into one file that others can check.",
    "check": "Hold a bundle, a run's folder or a result.json against every rule.",
    "submit": "Hand a bundle, a run's folder or a result.json in to a leaderboard.",
    "data": "Get, verify, list and look at data sets.",
    "models": "List, look at, install and export trained weights.",
    "leaderboard": "Keep a leaderboard: serve it, verify what is submitted, write it out.",
    "reproduce": "Measure a table or figure of a paper again, beside the published one.",
}


class LazyGroup(click.Group):
    """Imports a command when it is called, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cfbench.cli.{cmd_name.replace('-', '_')}_")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest names where there is no such command."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from cfbench.errors import unknown_name

            raise unknown_name("command", args[0], COMMANDS, list_command="cfbench --help")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """From the table above, importing nothing."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="cfbench")
def cli() -> None:
    """cfbench: the benchmark suite for counterfactuals in vision and language.

    \b
    Exit codes: 0 done · 1 a gate failed · 2 wrong use · 3 incomplete · 4 the machine lacks something
    """


def main(arguments: list[str] | None = None) -> None:
    """The entry point: every mistake of a user is one line and an exit code."""
    _log_to_stderr()
    try:
        code = cli.main(args=arguments, prog_name="cfbench", standalone_mode=False)
    except CfbenchError as error:
        click.echo(f"cfbench: {error}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "cfbench"
        message = " ".join(error.format_message().split()).rstrip(".")
        click.echo(f"cfbench: {message}. See '{path} --help'.", err=True)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("cfbench: stopped. The same command continues where it was.", err=True)
        code = 130
    except BrokenPipeError:  # the reader of a pipe went away
        _abandon_output()
        code = 0
    except OSError as error:
        _abandon_output()
        click.echo(f"cfbench: The disk or the output failed: {error}. The same command continues.", err=True)
        code = 4
    except Exception:  # noqa: BLE001 - no user's mistake ends here
        traceback.print_exc()
        click.echo("cfbench: This is a defect of cfbench. Please report it with the lines above.", err=True)
        code = DEFECT
    sys.exit(code if isinstance(code, int) else 0)


def _abandon_output() -> None:
    """Let Python's own flush at the end find nothing to fail on: it would change the exit code."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # there is no real output
        return


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("cfbench: %(levelname)s: %(message)s"))
    logger = logging.getLogger("cfbench")
    if not logger.handlers:
        logger.addHandler(handler)
    logger.propagate = False

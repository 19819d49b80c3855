"""Running :mod:`cfbench_leaderboard.scoring` as a child: with limits, with few variables, and ended with all that it began."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.files import parse_json, read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench_leaderboard.limits import Allowance

CHILD = (sys.executable, "-m", "cfbench_leaderboard.scoring")
LARGEST_ANSWER = 200_000_000
_PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "OMP_NUM_THREADS",
    "CFBENCH_CACHE", "CFBENCH_DATA", "CFBENCH_CLIP", "XDG_CACHE_HOME", "XDG_DATA_HOME", "NLTK_DATA",
)  # fmt: skip
"""Variables that a child gets: no tokens, no passwords of databases, no proxies."""
_ERRORS = {each.__name__: each for each in (DataError, UsageError, EnvironmentLackError)}
_SPENT = {
    signal.SIGXCPU: "time of the processor",
    signal.SIGXFSZ: "room for a file",
    signal.SIGSEGV: "memory, or it broke the program",
    signal.SIGABRT: "memory, or it broke the program",
    signal.SIGBUS: "memory, or it broke the program",
}


class SpentError(Exception):
    """The child used up what it was allowed; the text says what."""


class BrokenError(Exception):
    """The child ended without an answer, or met a defect of ours."""


def run_apart(
    task: dict[str, Any], folder: Path, allowance: Allowance, child: Sequence[str] = CHILD
) -> dict[str, Any]:
    """The answer to a task. ``folder`` is empty and the child's own; who made it removes it.

    Raises:
        DataError, UsageError, EnvironmentLackError: As the child met them.
        SpentError: It ran against a limit.
        BrokenError: It was killed, or did not answer.
    """
    (folder / "tmp").mkdir()
    told = {**task, "folder": str(folder), "allowance": asdict(allowance)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            list(child), stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", env=_environment(folder),
            start_new_session=True,
        )  # fmt: skip
        try:
            process.communicate(json.dumps(told).encode(), timeout=allowance.seconds)
        except subprocess.TimeoutExpired:
            raise SpentError("time") from None
        except BrokenPipeError:
            process.wait()
        finally:
            _end(process)
    if process.returncode < 0 and (what := _SPENT.get(signal.Signals(-process.returncode))):
        raise SpentError(what)
    return _read(folder, process.returncode)


def _read(folder: Path, code: int) -> dict[str, Any]:
    place = folder / "answer.json"
    if code or not place.is_file():
        how = f"ended with {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
        last = (folder / "log").read_bytes()[-2000:].decode("utf-8", "replace").strip().splitlines()[-1:]
        raise BrokenError(" ".join([f"The child {how}.", *last]))
    answer = parse_json(read_bytes(place, max_bytes=LARGEST_ANSWER, what="answer"), source="the answer")
    if "spent" in answer:
        raise SpentError(answer["spent"])
    if "defect" in answer:
        raise BrokenError(answer["defect"])
    if "error" in answer:
        kind, *words = answer["error"]
        raise _ERRORS.get(kind, DataError)(*words)
    done: dict[str, Any] = answer["done"]
    return done


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    if paths := os.environ.get("PYTHONPATH"):
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(path).resolve()) for path in paths.split(os.pathsep))
    # Memory of graphics processors needs more address space than any limit would leave.
    return kept | {
        "TMPDIR": str(folder / "tmp"),
        "PYTHONSAFEPATH": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # its session: whatever it began, too
    process.wait()

"""What a worker does with a stranger's bundle, in a process of its own that has little to spend.

Started by :mod:`cfbench_leaderboard.apart` with a task on its standard input; leaves ``answer.json`` in the folder that
the task names. Limits hold before anything of the bundle is read.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cfbench.results import Result

    Work = Callable[[dict[str, Any]], dict[str, Any]]

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def main(works: Mapping[str, Work] | None = None) -> None:
    """Do the task that standard input gives. ``works`` are other ways to do a kind of task."""
    task = json.loads(sys.stdin.buffer.read())
    confine(task["allowance"])
    answer = _answer((dict(_WORKS) | dict(works or {}))[task["kind"]], task)
    place = Path(task["folder"])
    (place / "answer.part").write_text(json.dumps(answer), encoding="utf-8")
    (place / "answer.part").replace(place / "answer.json")


def confine(allowance: Mapping[str, int]) -> None:
    """Let this process and its children spend no more; what is over a limit fails, or ends the process by a signal."""
    signal.signal(
        signal.SIGXFSZ, signal.SIG_DFL
    )  # Python ignores it, and then a full limit looks like a full disk
    cpu = allowance["cpu_seconds"]
    for kind, most, hard in (
        (resource.RLIMIT_AS, allowance["memory_bytes"], allowance["memory_bytes"]),
        (resource.RLIMIT_CPU, cpu, cpu + 5),
        (resource.RLIMIT_FSIZE, allowance["file_bytes"], allowance["file_bytes"]),
        (resource.RLIMIT_NOFILE, allowance["open_files"], allowance["open_files"]),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        within = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
        resource.setrlimit(kind, (min(most, within), within))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def check(task: dict[str, Any]) -> dict[str, Any]:
    """What a bundle holds, null where it has an error; and every finding."""
    from cfbench_leaderboard.intake import judge
    from cfbench_leaderboard.limits import Limits

    intake, findings = judge(Path(task["path"]), Limits(**task["limits"]))
    return {
        "result": intake.result.model_dump(mode="json") if intake is not None else None,
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }


def rescore(task: dict[str, Any]) -> dict[str, Any]:
    """The reported result of a bundle and ours, and the folders of our run and of samples to look at."""
    from cfbench.bundles import open_bundle
    from cfbench.bundles import rescore as score_again
    from cfbench.errors import CfbenchError
    from cfbench_leaderboard.rescoring import lacking

    out = Path(task["folder"]) / "out"
    root = Path(task["data_root"]) if task["data_root"] else None
    with open_bundle(Path(task["path"])) as bundle:
        try:
            ours = score_again(
                bundle.predictions, bundle.result, bundle.record, out=out, data_root=root, offline=True
            ).result
        except ModuleNotFoundError as error:
            raise lacking(error) from error
        except CfbenchError as error:
            if isinstance(error.__cause__, ModuleNotFoundError):
                raise lacking(error.__cause__) from error
            raise
        run = next(out.rglob("plan.json")).parent
        drawn = _draw(ours, run, Path(task["folder"]) / "samples", root) if task["samples"] else None
        return {
            "reported": bundle.result.model_dump(mode="json"),
            "ours": ours.model_dump(mode="json"),
            "run": str(run),
            "samples": drawn,
        }


def _draw(ours: Result, run: Path, out: Path, root: Path | None) -> str | None:
    from cfbench_leaderboard.samples import draw_samples

    try:
        draw_samples(ours, run, out, data_root=root)
    except Exception as error:  # noqa: BLE001 - a number stands whether or not its samples can be drawn
        sys.stderr.write(f"No samples were drawn: {error}\n")
        return None
    return str(out)


_WORKS: dict[str, Work] = {"check": check, "rescore": rescore}


def _answer(work: Work, task: dict[str, Any]) -> dict[str, Any]:
    from cfbench.errors import CfbenchError, in_one_line

    try:
        return {"done": work(task)}
    except MemoryError:
        return {"spent": "memory"}
    except CfbenchError as error:
        if isinstance(error.__cause__, MemoryError):
            return {"spent": "memory"}
        return {"error": [type(error).__name__, error.what, error.why, error.fix]}
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker tells of it
        text = in_one_line(error)
        return {"spent": "memory"} if "allocate memory" in text else {"defect": text}


if __name__ == "__main__":
    main()

"""Our speed beside that of others, in one run: calls take turns, and the least time of each counts.

What it measures stands in ``benchmark.extra_info["beside"]``, from which ``docs/performance.py`` makes its page. On
a noisy machine a ratio of one run says more than any time. No speed fails a test.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def beside(
    benchmark: Any,
    what: str,
    ours: Callable[[], Any],
    others: Mapping[str, Callable[[], Any]],
    *,
    targets: Mapping[str, float] | None = None,
    parts: Mapping[str, float] | None = None,
    rounds: int = 3,
    note: str = "",
) -> dict[str, Any]:
    """What ours and each of the others gave, by name (ours is ``cfbench``); times only where they are asked for.

    ``targets`` is how many times as fast as each we mean to be. ``parts`` is the share of the work that a slow one
    does, whose time is then scaled. ``note`` is said in the page's last column.
    """
    calls = {"cfbench": ours, **others}
    answers = {name: call() for name, call in calls.items()}  # also warms up
    benchmark.pedantic(ours, rounds=1)
    if benchmark.stats is None:
        return answers
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            started = perf_counter()
            call()
            share = (parts or {}).get(name, 1.0)
            best[name] = min(best[name], (perf_counter() - started) / share)
    benchmark.extra_info["beside"] = {
        "what": what,
        "seconds": best["cfbench"],
        "others": {
            name: {
                "seconds": best[name],
                "times": best[name] / best["cfbench"],
                "target": (targets or {}).get(name),
            }
            for name in others
        },
        "note": note,
    }
    return answers

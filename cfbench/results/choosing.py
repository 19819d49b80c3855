"""Which numbers of some results are meant by names of metrics and slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from cfbench.results.schema import Score


def chooser(
    scores: Collection[Score], slices: str | Sequence[str], metrics: Sequence[str] | None, *, command: str
) -> Callable[[Score], bool]:
    """Whether a number is meant.

    Args:
        scores: All that there are; a name that none of them has is an error.
        slices: A name, some, or ``every``.
        metrics: Names as ``objects`` or ``objects/f1_samples``; None leaves out parts and diagnostics of others.
        command: Whose help an unknown slice points to.
    """
    known_slices = {score.slice for score in scores} | {"all"}
    known_metrics = {score.metric for score in scores} | {f"{s.metric}/{s.name}" for s in scores}
    named = {slices} if isinstance(slices, str) else set(slices)
    wanted = known_slices if "every" in named else named
    for name in sorted(named - known_slices - {"every"}):
        raise unknown_name("slice in these results", name, known_slices, list_command=f"{command} --help")
    for name in metrics or ():
        if name not in known_metrics:
            raise unknown_name(
                "metric in these results", name, known_metrics, list_command="cfbench list metrics"
            )

    def keep(score: Score) -> bool:
        if score.slice not in wanted:
            return False
        if metrics is None:
            return not score.detail
        return bool({score.metric, f"{score.metric}/{score.name}"} & set(metrics))

    return keep

"""Many tests at once: p-values that may be read together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p-values, in the order given: below alpha, all of them together err with at most alpha.

    It holds however the tests depend on each other. None stays None and is no test; at most 1, and never in another
    order than the p-values.
    """
    for value in p_values:
        if value is not None and not 0 <= value <= 1:
            raise DataError(
                f"{value} is no p-value", "it is a probability", "Give None where a test has none"
            )
    tested = sorted((value, place) for place, value in enumerate(p_values) if value is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (value, place) in enumerate(tested):
        largest = max(largest, min(1.0, (len(tested) - rank) * value))
        adjusted[place] = largest
    return adjusted

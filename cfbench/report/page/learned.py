"""What the models of a group learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.report._shares import Trained, splits_of_weights, trained

if TYPE_CHECKING:
    from cfbench.report.page.gathering import Group


def learned_from(group: Group) -> dict[str, Trained]:
    """By anchor, each entry's model and the share of the training data."""
    splits = splits_of_weights() if any(entry.result.model.weights_digest for entry in group.entries) else {}
    return {entry.anchor: trained(entry.result, splits) for entry in group.entries}

"""Two scene graphs side by side: which relations of the truth are seen, and the RelSim that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cfbench.errors import DataError
from cfbench.scenes.graph import CENTRE, Relation

if TYPE_CHECKING:
    from cfbench.scenes.graph import SceneGraph

Named = tuple[str, int | str, str, int | str]


@dataclass(frozen=True)
class Comparison:
    """A true graph and a seen one. Objects are the same where their class is; names are those of the truth."""

    truth: SceneGraph
    seen: SceneGraph

    def __post_init__(self) -> None:
        """Refuse graphs whose relations mean different things."""
        if (self.truth.axes, self.truth.protocol) != (self.seen.axes, self.seen.protocol):
            raise DataError(
                "The scene graphs cannot be compared",
                f"one is {self.truth.protocol} on {self.truth.axes}, the other {self.seen.protocol} on {self.seen.axes}",
            )
        for graph in (self.truth, self.seen):
            labels = [one.label for one in graph.objects]
            twice = next((one.name for one in graph.objects if labels.count(one.label) > 1), None)
            if twice is not None:
                raise DataError(
                    "The scene graphs cannot be compared",
                    f"one has several objects of the class of '{twice}', and RelSim knows one place a class",
                )

    @cached_property
    def common(self) -> frozenset[int]:
        """The classes of the objects in both."""
        return frozenset(one.label for one in self.truth.objects) & {one.label for one in self.seen.objects}

    @cached_property
    def both(self) -> list[Relation]:
        """The true relations that are seen."""
        seen = self._among_common(self.seen)
        return [relation for named, relation in self._among_common(self.truth).items() if named in seen]

    @cached_property
    def missing(self) -> list[Relation]:
        """The true relations of objects in common that are not seen."""
        seen = self._among_common(self.seen)
        return [relation for named, relation in self._among_common(self.truth).items() if named not in seen]

    @cached_property
    def added(self) -> list[Relation]:
        """The seen relations of objects in common that are not true."""
        true = self._among_common(self.truth)
        return [relation for named, relation in self._among_common(self.seen).items() if named not in true]

    @property
    def recall(self) -> float:
        """The share of true objects that are seen; 0 where there is none."""
        return len(self.common) / len(self.truth.objects) if self.truth.objects else 0.0

    @property
    def edge_accuracy(self) -> float:
        """What RelSim multiplies the recall by.

        ``geneva``: the share of relations of the objects in common that are right, nan where there is none.
        ``paper``: the share of all true relations that are seen, 1 where there is none (Eq. 16).
        """
        if self.truth.protocol == "geneva":
            total = len(self.both) + len(self.missing)
            return len(self.both) / total if total else math.nan
        total = len(self.truth.relations())
        return len(self.both) / total if total else 1.0

    @property
    def relsim(self) -> float:
        """The number of `cfbench.metrics.functional.relsim` for this image."""
        return self.recall * self.edge_accuracy if self.common else 0.0

    def _among_common(self, graph: SceneGraph) -> dict[Named, Relation]:
        """The relations of the objects in common by (axis, class, relation, class), in the names of the truth."""
        labels: dict[str, int | str] = {one.name: one.label for one in graph.objects}
        names: dict[int | str, str] = {one.label: one.name for one in self.truth.objects}
        labels[CENTRE] = names[CENTRE] = CENTRE
        kept = self.common | {CENTRE}
        found: dict[Named, Relation] = {}
        for relation in graph.relations():
            subject, thing = labels[relation.subject], labels[relation.object]
            if subject in kept and thing in kept:
                found[relation.axis, subject, relation.relation, thing] = Relation(
                    relation.axis, names[subject], relation.relation, names[thing]
                )
        return found

"""The mock of counterfactual pairs: a square and its caption, of which one attribute is changed."""

from __future__ import annotations

from typing import Any, ClassVar

from cfbench.mock.base import COUNTS, IMAGE_NETWORKS, MockData, MockSplit, Record
from cfbench.mock.squares import NAMES, PLACES, draw
from cfbench.tasks.pair_cf import PairInputs, PairTarget

ATTRIBUTES = {"colour": NAMES, "place": PLACES}
AROUND = " of a plain grey canvas"  # on every fourth caption, which makes it longer than mock-clip reads


class PairSplit(MockSplit[PairInputs, PairTarget]):
    """Two counterfactuals of each original, one for each attribute."""

    def specification(self, index: int) -> Record:
        """The attributes before and after."""
        group = index // len(ATTRIBUTES)
        number = group + sum(COUNTS[name] for name in COUNTS if name < self.name)
        before = {"colour": NAMES[number % 3], "place": PLACES[(number + number // 3) % 3]}
        intervened = tuple(ATTRIBUTES)[index % len(ATTRIBUTES)]
        values = ATTRIBUTES[intervened]
        value = values[(values.index(before[intervened]) + 1 + group % 2) % len(values)]
        return {
            "before": before,
            "after": {**before, intervened: value},
            "intervened": intervened,
            "around": AROUND if index % 4 == 0 else "",
            "group": f"{self.name}_original_{group:05d}",
        }

    def inputs(self, index: int, *, teacher_forced: bool = False) -> PairInputs:  # noqa: ARG002
        """The original with its caption and its causal model, in which nothing follows from anything."""
        record = self.specification(index)
        before = record["before"]
        return PairInputs(
            id=self.ids[index],
            caption=caption(before, record["around"]),
            group=record["group"],
            image=picture(before),
            scm={"values": before, "edges": []},
        )

    def target(self, index: int) -> PairTarget:
        """The true counterfactual."""
        record = self.specification(index)
        after = record["after"]
        return PairTarget(
            caption=caption(after, record["around"]),
            image=picture(after),
            attributes=record["before"],
            attributes_after=after,
            intervened=record["intervened"],
        )


def caption(attributes: dict[str, str], around: str = "") -> str:
    """What a picture shows."""
    return f"a {attributes['colour']} square at the {attributes['place']}{around}"


def picture(attributes: dict[str, str]) -> Any:
    """The picture of a caption."""
    return draw([[NAMES.index(attributes["colour"]), PLACES.index(attributes["place"])]])


class MockPairs(MockData):
    """Counterfactuals of squares and their captions."""

    name: ClassVar[str] = "mock-pair-cf"
    task: ClassVar[str] = "pair-cf"
    summary: ClassVar[str] = "counterfactuals of coloured squares and captions, to try a pipeline in a second"
    detectors: ClassVar[dict[str, str]] = IMAGE_NETWORKS
    samples: ClassVar[type[PairSplit]] = PairSplit

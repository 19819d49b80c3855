"""The graph of one image: objects, and the relations between them that RelSim counts.

It is the readable twin of `cfbench.metrics.functional.relsim`, which counts the same relations thousands of times
faster and names none. Coordinates are those of a placement: x runs right, y down, depth away from the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Literal, get_args

import networkx as nx
import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional.relsim import CENTRE as MIDDLE
from cfbench.metrics.functional.relsim import RelsimProtocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from cfbench.scenes.comparing import Comparison
    from cfbench.tasks.edit import Placement

Axis = Literal["x", "y", "depth"]
Axes = tuple[Axis, Axis]
X_AND_Y: Axes = ("x", "y")
X_AND_DEPTH: Axes = ("x", "depth")
WORDS: dict[Axis, tuple[str, str]] = {
    "x": ("left of", "right of"),
    "y": ("above", "below"),
    "depth": ("in front of", "behind"),
}
"""What an object is to one with a larger coordinate, and to one with a smaller."""
SAME = "same"
CENTRE = "image centre"
MAX_OBJECTS = 256


@dataclass(frozen=True)
class SceneObject:
    """An object: its name, which no other of its image has, its class, and its place; depth where it is known."""

    name: str
    label: int
    x: float
    y: float
    depth: float | None = None


@dataclass(frozen=True)
class Relation:
    """On an axis, ``subject`` is ``relation`` (a word of ``WORDS``, or ``SAME``) ``object``: two nodes of a graph."""

    axis: Axis
    subject: str
    relation: str
    object: str


@dataclass(frozen=True)
class SceneGraph:
    """The objects of one image and their relations.

    - ``geneva``: for k objects 2 k^2 relations. On both axes, each ordered pair of objects, where equal coordinates
      are the relation ``SAME``, and each object with the node ``CENTRE`` at 0.5. Compared in float32.
    - ``paper``: on both axes, each ordered pair of objects with different coordinates. Compared in float64.

    At most `MAX_OBJECTS` objects. Places must be finite, and for ``geneva`` within float32: `DataError` otherwise.
    """

    objects: tuple[SceneObject, ...]
    axes: Axes = X_AND_DEPTH
    protocol: RelsimProtocol = "geneva"

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if self.protocol not in get_args(RelsimProtocol):
            raise DataError(f"'{self.protocol}' is no protocol", "there are geneva and paper")
        if self.axes not in (X_AND_Y, X_AND_DEPTH):
            raise DataError(f"{self.axes} are no axes of a scene", f"there are {X_AND_Y} and {X_AND_DEPTH}")
        if len(self.objects) > MAX_OBJECTS:
            raise DataError(f"A scene has {len(self.objects)} objects", f"at most {MAX_OBJECTS} are compared")
        names = [one.name for one in self.objects]
        if len({CENTRE, *names}) <= len(names):
            raise DataError("Two nodes of a scene have one name", "names tell its objects apart")
        for axis in self.axes:
            self._coordinates(axis)

    @classmethod
    def of(
        cls,
        placements: Iterable[Placement],
        classes: Sequence[str],
        *,
        axes: Axes = X_AND_DEPTH,
        protocol: RelsimProtocol = "geneva",
    ) -> SceneGraph:
        """The graph of placed objects, in their order. ``classes`` names them; equal names are numbered."""
        objects: list[SceneObject] = []
        taken = {CENTRE}
        for place in placements:
            if not 0 <= place.label < len(classes):
                raise DataError(f"There is no class {place.label}", f"the data set has {len(classes)}")
            name = _free(classes[place.label], taken)
            taken.add(name)
            objects.append(SceneObject(name, place.label, float(place.x), float(place.y), float(place.depth)))
        return cls(tuple(objects), axes, protocol)

    @classmethod
    def seen(
        cls,
        labels: Iterable[int],
        places: Any,
        classes: Sequence[str],
        *,
        protocol: RelsimProtocol = "geneva",
    ) -> SceneGraph:
        """The graph of a detection: the labels that are there, and places (classes, 2 or 3), one a class.

        Two coordinates are x and y; of three, x, y and depth, ``y`` is left out of the relations, as published.
        """
        from cfbench.metrics.functional._arrays import floats

        there = sorted(set(labels))
        coordinates = floats(places, "places", "classes", "coordinates")
        if coordinates.shape not in {(len(classes), 2), (len(classes), 3)}:
            raise DataError(f"Places of shape {coordinates.shape} do not fit {len(classes)} classes")
        if there and not 0 <= there[0] <= there[-1] < len(classes):
            raise DataError(f"There is no class {there[-1] if there[0] >= 0 else there[0]}")
        names: dict[int, str] = {}
        for label in there:
            names[label] = _free(classes[label], {CENTRE, *names.values()})
        rows = {label: coordinates[label].tolist() for label in there}
        objects = tuple(SceneObject(names[label], label, *row) for label, row in rows.items())
        return cls(objects, X_AND_Y if coordinates.shape[1] == 2 else X_AND_DEPTH, protocol)

    @cached_property
    def graph(self) -> nx.MultiDiGraph[str]:
        """The relations as a frozen networkx graph.

        Nodes are names, with ``label``, ``x``, ``y`` and ``depth``. Edges are keyed by axis, with ``axis`` and
        ``relation``; a relation of two objects and its inverse are two edges.
        """
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(axes=self.axes, protocol=self.protocol)
        for one in self.objects:
            graph.add_node(one.name, label=one.label, x=one.x, y=one.y, depth=one.depth)
        if self.protocol == "geneva":
            graph.add_node(CENTRE, label=None, x=MIDDLE, y=MIDDLE, depth=MIDDLE)
        for axis in self.axes:
            for one, place in self._coordinates(axis):
                for other, place_of_other in self._coordinates(axis):
                    self._connect(graph, axis, (one, place), (other, place_of_other))
        nx.freeze(graph)
        return graph

    def relations(self) -> list[Relation]:
        """Every relation that RelSim counts."""
        return [
            Relation(data["axis"], subject, data["relation"], thing)
            for subject, thing, data in self.graph.edges(data=True)
        ]

    def facts(self) -> list[Relation]:
        """The relations without their inverses, in reading order.

        Each pair once an axis, by rising coordinate; after them, each object's with the centre.
        """
        order = {
            (axis, one.name): index
            for axis in self.axes
            for index, one in enumerate(one for level in self.levels(axis) for one in level)
        }
        last = len(self.objects)
        ranked = [
            (
                self.axes.index(one.axis),
                order[one.axis, one.subject],
                order.get((one.axis, one.object), last),
                one,
            )
            for one in self.relations()
        ]
        return [fact for _, rank, other, fact in sorted(ranked, key=lambda row: row[:3]) if rank < other]

    def levels(self, axis: Axis) -> list[list[SceneObject]]:
        """The objects by rising coordinate, those of equal coordinates together, ordered by the other axis."""
        other = self.axes[1] if axis == self.axes[0] else self.axes[0]
        beside = {one.name: place for one, place in self._coordinates(other)}
        levels: dict[float, list[SceneObject]] = {}
        for one, place in self._coordinates(axis):
            levels.setdefault(place, []).append(one)
        return [sorted(levels[place], key=lambda one: beside[one.name]) for place in sorted(levels)]

    def skeleton(self) -> list[Relation]:
        """The fewest facts between objects from which the others follow, to be drawn.

        On each axis, the transitive reduction; under ``geneva``, where equality is a relation, the objects of one
        level are linked in a row, and one link leads from level to level.
        """
        kept = []
        for axis in self.axes:
            levels = self.levels(axis)
            other = self.axes[1] if axis == self.axes[0] else self.axes[0]
            rank = {
                one.name: rank
                for rank, one in enumerate(one for level in self.levels(other) for one in level)
            }
            if self.protocol == "geneva":
                rows = [pair for level in levels for pair in pairwise(level)]
                kept += [Relation(axis, one.name, SAME, following.name) for one, following in rows]
            for nearer, farther in pairwise(levels):
                links = [(one.name, following.name) for one, following in product(nearer, farther)]
                if self.protocol == "geneva":
                    links = [min(links, key=lambda link: abs(rank[link[0]] - rank[link[1]]))]
                kept += [Relation(axis, one, WORDS[axis][0], following) for one, following in links]
        return kept

    def to_json(self) -> dict[str, Any]:
        """The graph as a JSON value."""
        return {
            "protocol": self.protocol,
            "axes": list(self.axes),
            "objects": [vars(one).copy() for one in self.objects],
            "relations": [vars(relation).copy() for relation in self.relations()],
        }

    @classmethod
    def from_json(cls, value: Any, *, source: str = "the scene graph") -> SceneGraph:
        """The inverse of `to_json`.

        `DataError` where a field is missing, unknown or wrong, where there are more than `MAX_OBJECTS` objects, and
        where the relations are not those of the places.
        """
        from cfbench.scenes.reading import scene_graph_of

        return scene_graph_of(value, source)

    def compare(self, seen: SceneGraph) -> Comparison:
        """What of this graph, the truth, holds in ``seen``; the same axes and protocol, each class at most once."""
        from cfbench.scenes.comparing import Comparison

        return Comparison(self, seen)

    def _coordinates(self, axis: Axis) -> list[tuple[SceneObject, float]]:
        """Each object with its coordinate, as finely as the protocol tells."""
        places: list[tuple[SceneObject, float]] = []
        for one in self.objects:
            place = getattr(one, axis)
            if place is None:
                raise DataError(
                    f"The depth of '{one.name}' is not known", "", f"Compare on the axes {X_AND_Y}"
                )
            with np.errstate(over="ignore"):
                fine: npt.NDArray[Any] = np.asarray(
                    place, np.float32 if self.protocol == "geneva" else np.float64
                )
            if not np.isfinite(fine):
                why = f"its {axis} is {place}" + (" in float32" if np.isfinite(place) else "")
                raise DataError(f"'{one.name}' stands nowhere", why)
            places.append((one, float(fine)))
        return places

    def _connect(
        self,
        graph: nx.MultiDiGraph[str],
        axis: Axis,
        one: tuple[SceneObject, float],
        other: tuple[SceneObject, float],
    ) -> None:
        (subject, place), (thing, place_of_thing) = one, other
        to_centre = subject is thing
        target = CENTRE if to_centre else thing.name
        if to_centre:
            place_of_thing = MIDDLE
        if self.protocol == "paper" and (to_centre or place == place_of_thing):
            return
        smaller, larger = WORDS[axis]
        relation = smaller if place < place_of_thing else larger if place > place_of_thing else SAME
        graph.add_edge(subject.name, target, key=axis, axis=axis, relation=relation)


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first of 'name 2', 'name 3' … that is free."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name} {number}"
    return candidate

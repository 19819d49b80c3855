"""Relational similarity: do the objects of two images stand in the same relations to each other?

GeNeVA (El-Nouby et al. 2019, arXiv:1811.09845) by its released code, and SSCR (Fu et al. 2020, arXiv:2009.09566) by
its Eq. 16. Detected and true sets are booleans (n, classes), coordinates (n, classes, 2 or 3), one place a class.
Two axes count: columns 0 and 1 (x and the image row) of two coordinates, columns 0 and 2 (x and depth) of three.
Only places of objects in the sets are read; the other rows may hold any finite number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import floats, same_length
from cfbench.metrics.functional.objects import count, label_sets, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from cfbench.metrics.functional._arrays import Booleans, Floats

    _Ordered = npt.NDArray[np.float32] | npt.NDArray[np.float64]
    _Indices = npt.NDArray[np.intp]

RelsimProtocol = Literal["geneva", "paper"]
CENTRE = 0.5
_AXES = {2: (0, 1), 3: (0, 2)}
_BLOCK = 1 << 16  # relations compared at a time: a few MiB whatever n and the number of classes


def relsim(det: Any, gt: Any, det_coords: Any, gt_coords: Any, protocol: RelsimProtocol = "geneva") -> Floats:
    """Relational similarity (n,) in [0, 1], higher is better.

    - ``geneva``: recall x `edge_accuracy`, the released code's. 0 where nothing is in common. Random places score
      about half the recall.
    - ``paper``: recall x ``|E_pd & E_gt| / |E_gt|`` (Eq. 16). Read as: an edge is (object, left of or in front of,
      object) within one image, so relations of equal coordinates are no edges and the centre is no vertex; E_gt is
      over all true objects, found or not, so that a missing object costs its edges as well as recall. Where the
      truth has no edge (one object, or all at one place), all of its edges are there: the value is the recall, and
      0 where there is no true object.

    The order of images or classes changes nothing; no image gives an empty array. ``geneva`` compares in float32 as
    published, ``paper`` in float64. Other shapes, NaN, infinity and objects in common at places that overflow float32 (``geneva``) are a `DataError`.
    """
    if protocol not in get_args(RelsimProtocol):
        raise DataError(f"'{protocol}' is no protocol", f"there are {', '.join(get_args(RelsimProtocol))}")
    pairs = _pairs(det, gt, det_coords, gt_coords)
    recall = share(count(pairs.common), count(pairs.gt), of_none=0)
    if protocol == "geneva":
        # nothing in common: the recall is 0 and the edge accuracy undefined, the published value 0
        return np.where(recall > 0, recall * _edge_accuracy(pairs), 0)
    return recall * _kept_edges(pairs)


def edge_accuracy(det: Any, gt: Any, det_coords: Any, gt_coords: Any) -> Floats:
    """Share (n,) of equal relations among the objects in both images, in [0, 1], higher is better.

    The released code's 2 k^2 relations of k objects in common: on each of two axes, every ordered pair of objects
    (before, after, equal: three values) and every object with the image's centre, 0.5. So ``(2 M_pair + M_centre) /
    (2 k^2)`` with M the equal unordered pairs and the equal centre relations. nan where k = 0. Compared in float32;
    refuses what `relsim` refuses.
    """
    return _edge_accuracy(_pairs(det, gt, det_coords, gt_coords))


class _Pairs(NamedTuple):
    common: Booleans
    gt: Booleans
    det_coords: Floats
    gt_coords: Floats


def _pairs(det: Any, gt: Any, det_coords: Any, gt_coords: Any) -> _Pairs:
    det, gt = label_sets(det, gt)
    places = [
        np.ascontiguousarray(floats(coords, name, "images", "classes", "coordinates"))
        for coords, name in ((det_coords, "det_coords"), (gt_coords, "gt_coords"))
    ]
    same_length(det=det, det_coords=places[0], gt_coords=places[1])
    shapes = {array.shape for array in places}
    if len(shapes) > 1 or places[0].shape[:2] != det.shape or places[0].shape[2] not in _AXES:
        raise DataError(
            f"Coordinates {places[0].shape} and {places[1].shape} do not fit sets {det.shape}",
            "both should have the axes (images, classes, 2 or 3 coordinates)",
        )
    return _Pairs(det & gt, gt, *places)


def _edge_accuracy(pairs: _Pairs) -> Floats:
    accuracy: Floats = np.full(len(pairs.common), np.nan)
    for rows, cells in _by_size(pairs.common):
        size = len(cells)
        det, gt = (_narrow_places(coords, cells) for coords in (pairs.det_coords, pairs.gt_coords))
        before, after = np.triu_indices(size, 1)
        equal = 2 * _total(_order(det[:, before], det[:, after]) == _order(gt[:, before], gt[:, after]))
        equal += _total(_order(det, CENTRE) == _order(gt, CENTRE))
        accuracy[rows] = equal / (2 * size**2)
    return accuracy


def _kept_edges(pairs: _Pairs) -> Floats:
    """|E_pd & E_gt| / |E_gt|; each edge counted once, its inverse being the same fact."""
    kept, edges = np.zeros((2, len(pairs.gt)))
    for rows, cells in _by_size(pairs.gt):
        gt = _places(pairs.gt_coords, cells)
        before, after = np.triu_indices(len(cells), 1)
        edges[rows] = _total(gt[:, before] != gt[:, after])
    for rows, cells in _by_size(pairs.common):
        det, gt = _places(pairs.det_coords, cells), _places(pairs.gt_coords, cells)
        before, after = np.triu_indices(len(cells), 1)
        order = _order(gt[:, before], gt[:, after])
        kept[rows] = _total((order != 0) & (order == _order(det[:, before], det[:, after])))
    return share(kept, edges, of_none=1)


def _by_size(present: Booleans) -> Iterator[tuple[_Indices, _Indices]]:
    """Images (rows,) with sets of one size, not 0, and the cells (size, rows) of their objects in the flat array.

    Images come last, so that every comparison runs along contiguous memory, and few enough for a block.
    """
    cells = np.flatnonzero(present)
    sizes = np.count_nonzero(present, axis=1)
    first = np.cumsum(sizes) - sizes
    for size in np.unique(sizes[sizes > 0]).tolist():
        of_size = np.flatnonzero(sizes == size)
        step = max(1, _BLOCK // size**2)
        for start in range(0, len(of_size), step):
            rows = of_size[start : start + step]
            yield rows, cells[first[rows] + np.arange(size)[:, None]]


def _places(coords: Floats, cells: _Indices) -> Floats:
    """(2, size, rows)."""
    coordinates = coords.shape[2]
    flat = coords.reshape(-1)
    return np.stack([flat.take(cells * coordinates + axis) for axis in _AXES[coordinates]])


def _narrow_places(coords: Floats, cells: _Indices) -> npt.NDArray[np.float32]:
    places = _places(coords, cells)
    if np.abs(places).max() > np.finfo(np.float32).max:
        raise DataError(
            "Coordinates are too large", "the published code compares in float32, which they overflow"
        )
    return places.astype(np.float32)


def _order(first: _Ordered, second: _Ordered | float) -> npt.NDArray[np.int8]:
    """1 where first is larger, -1 where smaller, 0 where equal; by comparison, as a difference may overflow."""
    larger: npt.NDArray[np.int8] = (first > second).view(np.int8) - (first < second).view(np.int8)
    return larger


def _total(facts: Booleans) -> npt.NDArray[np.intp]:
    """How many are true for each image, the last axis."""
    total: npt.NDArray[np.intp] = np.count_nonzero(facts, axis=(0, 1))
    return total

"""i-CLEVR in its official raw layout (:class:`IClevr`) and its embedded twin (:class:`IClevrMini`), and their views to explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.explain import ExplainView
from cfbench.datasets.iclevr.mini import IClevrMini
from cfbench.datasets.iclevr.official import IClevr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets.edit import EditDataset

__all__ = ["IClevr", "IClevrExplain", "IClevrMini", "IClevrMiniExplain"]


class IClevrExplain(ExplainView):
    """The turns of i-CLEVR."""

    viewed: ClassVar[type[EditDataset]] = IClevr


class IClevrMiniExplain(ExplainView):
    """The turns of i-CLEVR's twin."""

    viewed: ClassVar[type[EditDataset]] = IClevrMini
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "5e24494a84eac73d6905b527eaf61fb991adf58fc7572da7649c8d0042f38cf8",
        "train-50": "0c0de6ac0e635ba524ac111ce776f6616369a4dea97d1545f94c4544346398b9",
        "train-80": "9039c0e61ae305584e1f72709887a383c830ef7fd2272f125cd59469a658edda",
        "train-zero-shot": "38f90bc1777d0e2436c034b676466d0fe90be8488930a1003ab7fa7da628e0ff",
        "val": "c11d6cb3b86e92dd35d45ea69cddb8e383c93fc642583cccf641593313b5bd4f",
        "test": "b705bf5ef89e1f0651c3516930147be05af4b2deb22e51017ae6e58f85f7108d",
    }

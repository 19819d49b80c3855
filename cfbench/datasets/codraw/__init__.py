"""CoDraw in its official forms (:class:`CoDraw`) and its embedded twin (:class:`CoDrawMini`), and their views to explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.codraw.mini import CoDrawMini
from cfbench.datasets.codraw.official import CoDraw
from cfbench.datasets.explain import ExplainView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets.edit import EditDataset

__all__ = ["CoDraw", "CoDrawExplain", "CoDrawMini", "CoDrawMiniExplain"]


class CoDrawExplain(ExplainView):
    """The turns of CoDraw."""

    viewed: ClassVar[type[EditDataset]] = CoDraw
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "bc0257cc49a3fadacfcdaf137e469e51b302675a2203c1e69616eed07fce9f79",
        "train-50": "477801d828a9bf9754d4cbf6e55b01e05d0886ad5637d7c87a9a71c5fe7168f1",
        "train-80": "b7c25f7d75be909d0a4ddcf699e9965786b2484ff6ef9d5baf9e199dd3610c56",
        "train-zero-shot": "d38618227e952b570cdc7a446dc88693ffc7cc8e3cf55535d11d9efbbbf23c1c",
        "val": "b0fabe89a64d29eda2d507d35a067206d2cb5dd1aeeb8891aa986b5e97b6b95e",
        "test": "14e9d56caf523db91e4704f3beaf9957d63a68fb68443d1358e959a1ffafaf04",
    }


class CoDrawMiniExplain(ExplainView):
    """The turns of CoDraw's twin."""

    viewed: ClassVar[type[EditDataset]] = CoDrawMini
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "3e01a315e9ece99fffb68934272b53abb1c72ae7f69af201b6e8281176ef7477",
        "train-50": "7f0f19ea06860d761a0dbac7979e7d4a6ecb17e4a1c40c00c25dfca0bad5c3fa",
        "train-80": "59254c5b0ab22cee23c7b036667765eb110e1cf901d23dd13d6b42879b9b8f56",
        "train-zero-shot": "743d311e64409155ad0d5b645056709a6a8077567b38e99a9842630c3e6e9a1b",
        "val": "b9cee8f3a172b57e542557885e19dd79dcc158d108d25c9560f4337e16a245a6",
        "test": "30c967bd8440f58b89cc23c7d4bb57cc018bf686722ddec245fa7fd5641ffdba",
    }

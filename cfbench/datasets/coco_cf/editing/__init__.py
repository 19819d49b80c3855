"""Makes the files of ``coco-cf`` from COCO's images and boxes."""

from __future__ import annotations

from cfbench.datasets.coco_cf.editing.annotations import Annotations, read_annotations
from cfbench.datasets.coco_cf.editing.backbones import Backbone, open_backbone
from cfbench.datasets.coco_cf.editing.inpainting import Inpainter, open_inpainter
from cfbench.datasets.coco_cf.editing.making import Choices, Maker

__all__ = [
    "Annotations",
    "Backbone",
    "Choices",
    "Inpainter",
    "Maker",
    "open_backbone",
    "open_inpainter",
    "read_annotations",
]

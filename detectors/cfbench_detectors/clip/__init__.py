"""CLIP: images and texts in one space, by any open_clip model."""

from __future__ import annotations

from cfbench_detectors.clip.embedder import ClipViTB16, ClipViTB32, ClipViTL14, OpenClip

__all__ = ["ClipViTB16", "ClipViTB32", "ClipViTL14", "OpenClip"]

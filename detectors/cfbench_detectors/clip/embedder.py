"""The detectors that CLIP metrics look through."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.detectors import ImageTextEmbedder, TextEmbeddings
from cfbench.errors import DataError, UsageError
from cfbench_detectors.arithmetic import computing
from cfbench_detectors.clip.checkpoint import check_digest, find_checkpoint
from cfbench_detectors.clip.loading import load_network
from cfbench_detectors.images import check_images

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import torch

    from cfbench.datasets.base import Split
    from cfbench.detectors.extractors import Singles
    from cfbench.models import ModelContext
    from cfbench.tasks.base import Image

VARIABLE = "CFBENCH_CLIP"
BATCH = 32  # images or texts at a time, whatever is asked for at once


class OpenClip(ImageTextEmbedder):
    """Any open_clip model, ``MODEL/PRETRAINED`` or a folder that open_clip saved one to.

    Named in the constructor, by a subclass, or by the environment variable ``CFBENCH_CLIP``. Computes in float32
    (published weights are half), or on request with products in bfloat16; ``version`` says so.
    """

    version = "1"
    summary: ClassVar[str] = f"the open_clip model, MODEL/PRETRAINED or FOLDER, that {VARIABLE} names"
    floor: ClassVar[float] = 0.6  # twins that are out of order are at 0.5
    reference: ClassVar[str] = ""
    sha256: ClassVar[str] = ""  # of the weights, where it is known

    def __init__(self, reference: str = "") -> None:
        """Nothing is looked for before ``setup``."""
        self._reference = reference or self.reference

    def setup(self, context: ModelContext) -> None:
        """Find the weights, check them, and load them."""
        reference = self._reference or os.environ.get(VARIABLE, "")
        if not reference:
            raise UsageError(
                "No CLIP model is named",
                f"this detector takes the one that {VARIABLE} names, and it is not set",
                f"Set it, such as {VARIABLE}=ViT-B-32/openai, or use the detector 'clip-vit-b-32'",
            )
        checkpoint = find_checkpoint(reference, offline=context.offline, reporter=context.reporter)
        if self.sha256:
            check_digest(checkpoint, self.sha256)
        self._network = load_network(
            checkpoint, device=context.device, precision=context.precision, offline=context.offline
        )
        self._device, self._precision = context.device, context.precision
        self.logit_scale = float(self._network.model.logit_scale.exp())
        self.weights_digest = checkpoint.digest
        named = "" if self.reference else f"+{checkpoint.name}"
        self.version = type(self).version + named + ("+bf16" if context.precision == "bf16" else "")

    def embed_images(self, images: Sequence[Image]) -> Singles:
        """(n, dimensions), not normalised. Only uint8 RGB is taken; see `Preparation` for borders."""
        check_images(images)
        prepare, model = self._network.prepare, self._network.model
        return self._in_batches(images, lambda some: model.encode_image(self._tensor(prepare(some))))

    def embed_texts(self, texts: Sequence[str]) -> TextEmbeddings:
        """The embedding of each text, not normalised; one that is too long is cut and its end token kept.

        An empty text has no meaning to embed: DataError.
        """
        tokens, truncated = self._tokens(texts)
        model = self._network.model
        values = self._in_batches(tokens, lambda some: model.encode_text(self._tensor(some)))
        return TextEmbeddings(values, truncated)

    def self_check(self, split: Split[Any, Any]) -> float:
        """The share of true images that are nearer to their own caption than to the next one that differs.

        On a split without captions, or with but one: 1 when the network is sound on its images, else 0.
        """
        images, captions = _pairs(split)
        others = _next_different(captions)
        if not others:
            return super().self_check(split)
        seen = self.embed_images(images)
        read = self.embed_texts(captions).values
        read = read / np.linalg.norm(read, axis=1, keepdims=True)
        own = np.einsum("nd,nd->n", seen, read)
        return float((own > np.einsum("nd,nd->n", seen, read[others])).mean())

    def _tokens(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The tokens of each text at the network's length, and whether there were more."""
        network = self._network
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise DataError("The texts cannot be embedded", "they are not a list of strings")
        length = network.context_length
        if not texts:
            return np.empty((0, length), np.int64), np.empty(0, np.bool_)
        tokens = network.tokenize(list(texts)).numpy()
        empty = (tokens == network.tokenize([""]).numpy()).all(axis=1)
        if empty.any():
            raise DataError(f"Text {int(empty.argmax())} of {len(texts)} cannot be embedded", "it is empty")
        # With one place more, a text that fits reads the same, and one that does not goes on where its end was.
        longer = network.tokenize(list(texts), context_length=length + 1).numpy()
        return tokens, (longer[:, :length] != tokens).any(axis=1)

    def _in_batches(self, items: Any, embed: Any) -> Singles:
        values = np.empty((len(items), self._network.width), np.float32)
        for start in range(0, len(items), BATCH):
            with computing(self._device, self._precision):
                values[start : start + BATCH] = embed(items[start : start + BATCH]).float().cpu().numpy()
        return values

    def _tensor(self, array: npt.NDArray[Any]) -> torch.Tensor:
        import torch

        return torch.from_numpy(array).to(self._device)


class ClipViTB32(OpenClip):
    """OpenAI's ViT-B/32: of CLIPScore (Hessel et al.) and of the retrieval in COCO-Counterfactuals."""

    summary: ClassVar[str] = "CLIP ViT-B/32 by OpenAI"
    reference: ClassVar[str] = "ViT-B-32/openai"
    sha256: ClassVar[str] = "e6d1bd7789aa45192b3bf90570a789b478bae1b74ebcce7eddd908e83a2b7c31"


class ClipViTB16(OpenClip):
    """OpenAI's ViT-B/16: of the CLIP score in the diffusers guide."""

    summary: ClassVar[str] = "CLIP ViT-B/16 by OpenAI"
    reference: ClassVar[str] = "ViT-B-16/openai"
    sha256: ClassVar[str] = "4b8699299b1e8997753c64b052ba32031449d5d853f55a039148560ee02b820f"


class ClipViTL14(OpenClip):
    """OpenAI's ViT-L/14: of InstructPix2Pix and of torchmetrics."""

    summary: ClassVar[str] = "CLIP ViT-L/14 by OpenAI"
    reference: ClassVar[str] = "ViT-L-14/openai"
    sha256: ClassVar[str] = "9ce2e8a8ebfff3793d7d375ad6d3c35cb9aebf3de7ace0fc7308accab7cd207e"


def _pairs(split: Split[Any, Any]) -> tuple[list[Image], list[str]]:
    """The true images that have captions, and these: of the inputs or, where they have none, of the targets."""
    images, captions = [], []
    for index in range(len(split)):
        for side in (split.inputs(index), split.target(index)):
            image, caption = getattr(side, "image", None), getattr(side, "caption", None)
            if image is not None and caption:
                images.append(image)
                captions.append(caption)
                break
    return images, captions


def _next_different(captions: Sequence[str]) -> list[int]:
    """For each caption where the next one that differs is, round the end; empty where all are one."""
    if len(set(captions)) < 2:
        return []
    count = len(captions)
    return [
        next(at % count for at in range(here + 1, here + count) if captions[at % count] != caption)
        for here, caption in enumerate(captions)
    ]

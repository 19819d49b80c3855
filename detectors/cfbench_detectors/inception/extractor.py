"""The features of FID, KID and the Inception Score, as the published packages take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.detectors import FeatureExtractor, ImageFeatures
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.files import canonical_json, sha256_hex
from cfbench_detectors.arithmetic import computing
from cfbench_detectors.images import check_images
from cfbench_detectors.weights import find_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from cfbench.models import ModelContext
    from cfbench.tasks.base import Image
    from cfbench_detectors.inception.network import Inception, Output

FILE = "weights-inception-2015-12-05-6726825d.pth"
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
URLS = (
    f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{FILE}",
    # the same file under the name of pytorch-fid
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
)
MAX_BYTES = 100_000_000  # the file has 95,628,359
BATCH = 16  # images at a time, however many are asked for at once
NATIVE = "tf1"


class Inception2015(FeatureExtractor):
    """Inception v3 of 2015-12-05 with the published weights: 2048 pooled features, 1008 logits without bias.

    With the same weights, features equal torch-fidelity's to 1e-5 of the largest, and those of an image alone
    equal those in company as closely. Under ``bf16`` weights and maps are bfloat16: features are off by up to about
    1 % of the largest, and the version says so. It is about twice as fast on CPUs with AVX512-BF16 or AMX, and
    slower on others.
    """

    version = "1"
    summary: ClassVar[str] = "Inception v3 of FID (TensorFlow, 2015-12-05), pool3 features and logits"
    resizes: ClassVar[tuple[str, ...]] = (NATIVE, "torch", "antialias", "clean")

    _network: Inception
    _device: str

    def setup(self, context: ModelContext) -> None:
        """Find the published weights, check them, and build the network."""
        _need_torch()
        weights = find_weights(
            FILE, URLS, SHA256, offline=context.offline, reporter=context.reporter, max_bytes=MAX_BYTES
        )
        self._build(weights.tensors(), weights.digest, context.device, context.precision)

    @classmethod
    def from_state_dict(
        cls, state: Mapping[str, torch.Tensor], *, device: str = "cpu", precision: str = "fp32"
    ) -> Inception2015:
        """With weights of one's own, named as torch-fidelity names them; DataError where they do not fit."""
        _need_torch()
        made = cls()
        made._build(state, _digest(state), device, precision)
        return made

    def features(self, images: Sequence[Image], resize: str | None = None) -> ImageFeatures:
        """The features of each image; images of different sizes may be mixed."""
        mode = NATIVE if resize is None else resize
        if mode not in self.resizes:
            raise UsageError(
                f"Inception has no way of resizing '{mode}'", f"known: {', '.join(self.resizes)}"
            )
        check_images(images)
        parts = [self._seen(images[at : at + BATCH], mode) for at in range(0, len(images), BATCH)]
        if not parts:
            from cfbench_detectors.inception.network import CLASSES, POOLED

            return ImageFeatures(np.empty((0, POOLED), np.float32), np.empty((0, CLASSES), np.float32))
        pooled, logits = (
            np.concatenate([part.cpu().numpy() for part in column]) for column in zip(*parts, strict=True)
        )
        return ImageFeatures(pooled, logits)

    def _build(self, state: Mapping[str, torch.Tensor], digest: str, device: str, precision: str) -> None:
        import torch

        from cfbench_detectors.inception.network import Inception

        dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16}
        if precision not in dtypes:
            raise UsageError(f"Inception cannot compute in '{precision}'", f"known: {', '.join(dtypes)}")
        self._network = Inception(state, dtypes[precision]).to(device)
        self._device = device
        self.weights_digest = digest
        self.version = type(self).version + ("+bf16" if precision == "bf16" else "")

    def _seen(self, images: Sequence[Image], mode: str) -> Output:
        """What the network gives for a few images."""
        import torch

        from cfbench_detectors.inception.network import SIDE, Output
        from cfbench_detectors.inception.resize import network_input

        by_size: dict[tuple[int, ...], list[int]] = {}
        for at, image in enumerate(images):
            by_size.setdefault(image.shape, []).append(at)
        with computing(self._device, "fp32"):  # the network itself holds its numbers as bfloat16
            parts = [
                network_input([images[at] for at in those], mode, SIDE, self._device)
                for those in by_size.values()
            ]
            output = self._network(torch.cat(parts) if len(parts) > 1 else parts[0])
            order = [at for those in by_size.values() for at in those]
            back = torch.tensor(np.argsort(order), device=self._device)
            return Output(*(column[back] for column in output))


def _need_torch() -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise EnvironmentLackError(
            "Inception needs the package torch", str(error), "Run: pip install 'cfbench[torch]'"
        ) from error


def _digest(state: Mapping[str, torch.Tensor]) -> str:
    """Of names, shapes and values, whatever the order."""
    import torch

    return sha256_hex(
        canonical_json(
            [
                [key, list(state[key].shape), sha256_hex(state[key].double().cpu().numpy().tobytes())]
                for key in sorted(state)
                if isinstance(state[key], torch.Tensor)
            ]
        )
    )

"""How fast Inception features are beside those of the published packages: the same weights, images and threads.

One thread, images of the network's own size, so that what is compared is the network. The error of ``bf16`` stands
in its note: over the largest feature, and over how much features vary from picture to picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from beside import beside

torch = pytest.importorskip("torch")
pytest.importorskip("torch_fidelity")
pytest.importorskip("torchmetrics")
pytest.importorskip("pytorch_fid")
from inception_weights import (  # noqa: E402
    batch,
    fidelity,
    furthest,
    pictures,
    pytorch_fid_net,
    random_state,
    torchmetrics_net,
)

from cfbench.threads import limited_threads  # noqa: E402
from cfbench_detectors.inception import Inception2015  # noqa: E402

IMAGES, SIDE = 16, 299
TARGETS = {"fp32": 1.5, "bf16": 2.5}


@pytest.mark.parametrize("precision", TARGETS)
def test_features_beside_the_packages(benchmark: Any, precision: str) -> None:
    state = random_state()
    ours = Inception2015.from_state_dict(state, precision=precision)
    images = pictures(2 if benchmark.disabled else IMAGES, SIDE, SIDE)
    pixels = batch(images)
    networks = {
        "torch-fidelity": fidelity(["2048"], state),
        "torchmetrics": torchmetrics_net("2048", state),
        "pytorch-fid": pytorch_fid_net(state),
    }

    def call(name: str) -> Any:
        with torch.inference_mode():
            if name == "pytorch-fid":
                return networks[name](pixels.float() / 255)[0].flatten(1)
            out = networks[name](pixels)
            return out[0] if isinstance(out, tuple) else out

    whole = ours if precision == "fp32" else Inception2015.from_state_dict(state)
    with limited_threads(1):
        wanted = whole.features(images).pooled
        rough = ours.features(images).pooled
        spread = np.sqrt(((rough - wanted) ** 2).mean() / wanted.var(axis=0).mean())
        error = furthest(rough, wanted)
        answers = beside(
            benchmark,
            f"Inception features, {precision}, {IMAGES} images of {SIDE} px, one thread",
            lambda: ours.features(images).pooled,
            {name: lambda name=name: call(name) for name in networks},  # type: ignore[misc]
            targets=dict.fromkeys(networks, TARGETS[precision]),
            note=f"error {error:.1e} of the largest feature, {spread:.1e} of the spread over pictures"
            if precision == "bf16"
            else "equal to 1e-5",
        )
    tolerance = 1e-5 if precision == "fp32" else 2e-2
    for name in ("torch-fidelity", "torchmetrics"):  # at this size they do not resize
        assert furthest(answers["cfbench"], answers[name]) < tolerance

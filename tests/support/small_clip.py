"""A CLIP of our own small configuration, and a hub that gives it."""

import hashlib
import json

import pytest

from cfbench.models import ModelContext

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "patch_size": 8, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
PREPARED = {
    "mean": [0.4, 0.5, 0.6],
    "std": [0.2, 0.25, 0.3],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


def weights_bytes(config=CONFIG, seed=1):
    """Random weights of a small configuration, large enough to tell texts and images apart."""
    from open_clip.model import CLIP
    from safetensors.torch import save

    torch = pytest.importorskip("torch")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLIP(**config)
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.data.mul_(3)
    return save(model.state_dict())


def save_folder(folder, config=CONFIG, prepared=PREPARED, weights=None):
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": config, "preprocess_cfg": prepared})
    )
    (folder / "open_clip_model.safetensors").write_bytes(weights or weights_bytes(config))
    return folder


def context(**options):
    return ModelContext(
        **{"task": "pair-cf", "dataset": "d@1", "seed": 0, "device": "cpu", "threads": 1} | options
    )


class Hub:
    repository = "timm/tiny_clip.openai"

    def __init__(self, folder, monkeypatch, huggingface_hub, open_clip):
        self.folder, self.asked, self.answer = folder, [], None
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder))
        self._real = huggingface_hub.hf_hub_download
        monkeypatch.setattr(huggingface_hub, "hf_hub_download", self.download)
        config = {
            **PREPARED,
            "hf_hub": f"{self.repository}/",
            "url": "https://x/TinyClip.pt",
            "quick_gelu": True,
        }
        self.config = config
        monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "TinyClip", CONFIG)
        monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "TinyClip", {"openai": config})

    def download(self, repository, file, **options):
        if options.get("local_files_only"):
            return self._real(repository, file, cache_dir=str(self.folder), **options)
        self.asked.append((repository, file))
        return self.answer(repository, file)

    def keep(self, content, blob=None):
        """Put weights where a download would."""
        root = self.folder / f"models--{self.repository.replace('/', '--')}"
        for name in ("blobs", "refs", "snapshots/abc"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "refs" / "main").write_text("abc")
        path = root / "blobs" / (blob or hashlib.sha256(content).hexdigest())
        path.write_bytes(content)
        link = root / "snapshots" / "abc" / "open_clip_model.safetensors"
        link.symlink_to(path)
        return link

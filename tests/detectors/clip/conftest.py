import numpy as np
import pytest
from small_clip import Hub, context, save_folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A CLIP of our own configuration, as open_clip saves one."""
    pytest.importorskip("open_clip")
    return save_folder(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture
def clip(folder):
    from cfbench_detectors.clip import OpenClip

    detector = OpenClip(str(folder))
    detector.setup(context(offline=True))
    return detector


@pytest.fixture
def images():
    draw = np.random.default_rng(3)
    sizes = [(40, 60), (64, 48), (32, 32), (20, 33), (128, 96)]
    return [draw.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub cache in which ``TinyClip/openai`` is kept as the hub keeps files, and a counted road to the hub."""
    import huggingface_hub
    import open_clip

    return Hub(tmp_path / "hub", monkeypatch, huggingface_hub, open_clip)

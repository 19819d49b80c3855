"""The Python of the pages on weights and reproductions does what they say."""

import re
from pathlib import Path

import pytest
from weights_files import write_weights

from cfbench.models import ModelContext
from cfbench.reproduction import Settings, Workshop
from cfbench.weights import weights_folder

DOCS = Path(__file__).resolve().parents[2] / "docs"


def names_of(page):
    blocks = re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {"__name__": page}
    exec(compile("\n".join(blocks), page, "exec"), names)
    return names


def test_a_model_of_ones_own_finds_its_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    model = names_of("models.md")["MyEditor"]()
    path = write_weights(weights_folder(), "my-editor")
    assert model.find("mock") == path
    model.setup(ModelContext(task="edit", dataset="mock@1", seed=0, device="cpu", threads=1))
    assert len(model.weights_digest) == 64


def test_a_reproduction_of_ones_own_gives_its_table():
    cls = names_of("reproduce.md")["Table1"]
    (cell,) = cls().run(Workshop(Settings(threads=1, resamples=10), "mock")).cells
    assert cell.published == 0.5
    assert cell.value == pytest.approx(0.67, abs=0.3)
    assert cell.n == 8

"""A small VQA-CP in a folder."""

import pytest
from small_vqa_cp import small_vqa_cp

from cfbench.datasets.vqa_cp import official


@pytest.fixture
def few_held_out(monkeypatch):
    monkeypatch.setattr(official, "HELD_OUT", 6)


@pytest.fixture
def home(tmp_path):
    return small_vqa_cp(tmp_path / "data")

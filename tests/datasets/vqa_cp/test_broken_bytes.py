"""Bytes that were changed anywhere are read as something sound, or refused by a DataError; nothing else is raised."""

import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_vqa_cp import BOXES, entries, features, small_vqa_cp

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.datasets.vqa_cp import VqaCp, official, unpack_bottom_up
from cfbench.datasets.vqa_cp.regions import weights
from cfbench.errors import DataError

CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4)
FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(official, "HELD_OUT", 6)
    return small_vqa_cp(tmp_path / "data")


def opened(home):
    return VqaCp(DataContext(home.parent, ContentCache(home.parent / "cache")))


def changed(data, changes):
    broken = bytearray(data)
    for place, byte in changes:
        broken[place % len(broken)] = byte
    return bytes(broken)


@FEW
@given(changes=CHANGES, part=st.sampled_from(("questions", "annotations")))
def test_questions_and_annotations(home, changes, part):
    number = 0 if part == "questions" else 1
    path = home / f"vqacp_v2_train_{part}.json"
    path.write_bytes(changed(json.dumps(entries("train")[number]).encode(), changes))
    try:
        samples = opened(home).split("train")
    except DataError as error:
        assert "vqacp_v2_train_" in str(error)
    else:
        assert all(
            len(record.answers) == (0 if record.role == "edited" else 10) for record in samples.records
        )


@FEW
@given(changes=CHANGES)
def test_features(home, changes):
    sink = io.BytesIO()
    np.savez(sink, features=features(101), boxes=np.array(BOXES, np.float32), size=[40, 20])
    (home / "features/101.npz").write_bytes(changed(sink.getvalue(), changes))
    samples = opened(home).split("test", 1)
    try:
        inputs, target = samples.inputs(0), samples.target(0)
    except DataError as error:
        assert "101.npz" in str(error)
    else:
        assert np.isfinite(inputs.features).all()
        assert ((target.attention >= 0) & (target.attention <= 1)).all()


@FEW
@given(changes=CHANGES)
def test_the_index_and_given_weights(home, changes):
    (home / "attention.json").write_bytes(changed(b'{"101000": [0.5, 1, 0]}', changes))
    (home / "features/index.json").write_bytes(changed(b'{"dimension": 4, "images": ["101"]}', changes))
    assert all(isinstance(what, str) for what in VqaCp.missing(home.parent))
    try:
        samples = opened(home).split("test")
        samples.target(0)
    except DataError:
        return
    assert len(samples) == 12


@FEW
@given(data=st.binary(max_size=200))
def test_a_table_of_features(tmp_path, data):
    (tmp_path / "table.tsv").write_bytes(data)
    with pytest.raises(DataError, match=r"table\.tsv"):
        unpack_bottom_up(tmp_path / "table.tsv", tmp_path)


BOX = st.tuples(*[st.floats(-2, 3)] * 4)


@FEW
@given(
    looked=st.lists(st.lists(st.integers(0, 255), min_size=5, max_size=5), min_size=1, max_size=6),
    boxes=st.lists(BOX, min_size=1, max_size=5),
)
def test_weights_are_shares_and_depend_on_no_other_box(looked, boxes):
    array = np.array(looked, np.float64)
    found = weights(array, np.array(boxes))
    assert ((found >= 0) & (found <= 1)).all()
    assert found[0] == weights(array, np.array(boxes[:1]))[0]
    assert np.array_equal(found, weights(array * 4, np.array(boxes)))

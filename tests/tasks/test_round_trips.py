"""What a task keeps of a prediction is all of it, whatever it is; what it checks is in its canonical form."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kinds import DATASETS, open_mock, same

from cfbench.files import canonical_json
from cfbench.mock import MockModel, MockOracle
from cfbench.tasks import TASKS, get_task
from cfbench.tasks.edit import EditInputs, EditPrediction
from cfbench.tasks.explain import ExplainInputs, ExplainPrediction
from cfbench.tasks.labels import ImageLabelInputs, ScoresPrediction, TextInputs
from cfbench.tasks.pair_cf import PairInputs, PairPrediction
from cfbench.tasks.visual_cf import VisualInputs, VisualPrediction
from cfbench.tasks.vqa import VqaInputs, VqaPrediction

if TYPE_CHECKING:
    from pathlib import Path

BLANK = np.zeros((2, 3, 3), np.uint8)
CLASSES = ("a", "b", "c")
INPUTS = {
    "edit": EditInputs("x", BLANK, ("one", "two")),
    "explain": ExplainInputs("x", BLANK, BLANK, ()),
    "visual-cf": VisualInputs("x", BLANK, "is it?", "no"),
    "vqa": VqaInputs("x", "is it?"),
    "image-labels": ImageLabelInputs("x", CLASSES),
    "text-label": TextInputs("x", "a text", None, CLASSES),
    "pair-cf": PairInputs("x", "a caption", "g"),
}

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip)
tokens = texts.filter(lambda text: text.split() == [text])
images = arrays(np.uint8, BLANK.shape) | arrays(np.float32, BLANK.shape, elements=st.floats(0, 1, width=32))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
scores = st.lists(finite, min_size=3, max_size=3) | arrays(np.float32, 3, elements=st.floats(-1, 1, width=32))
PREDICTIONS = {
    "edit": st.builds(EditPrediction, st.tuples(images, images)),
    "explain": st.builds(
        ExplainPrediction, st.lists(tokens), st.none() | st.lists(st.floats(-1e-6, 1e300), min_size=1)
    ),
    "visual-cf": st.builds(VisualPrediction, images),
    "vqa": st.builds(VqaPrediction, texts, st.none() | st.lists(finite, min_size=1)),
    "image-labels": st.builds(ScoresPrediction, scores),
    "text-label": st.builds(ScoresPrediction, scores),
    "pair-cf": st.builds(
        PairPrediction, texts, images, images, st.none() | st.tuples(json_values, json_values)
    ),
}


def kept(task: Any, prediction: Any) -> Any:
    """What Parquet gives back."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([task.encode(prediction)], schema=task.columns()), file)
    file.seek(0)
    return task.decode(pq.read_table(file).to_pylist()[0])


def test_every_task_is_tried() -> None:
    assert set(PREDICTIONS) == set(INPUTS) == set(TASKS) == set(DATASETS)
    for name in TASKS:
        assert get_task(name).name == name
        assert get_task(name).summary


@pytest.mark.parametrize("name", TASKS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_keeping_loses_nothing(name: str, data: st.DataObject) -> None:
    task = get_task(name)
    checked = task.check(INPUTS[name], data.draw(PREDICTIONS[name]))
    back = kept(task, checked)
    assert same(back, checked)
    assert canonical_json(task.digest_form(back)) == canonical_json(task.digest_form(checked))
    assert same(task.check(INPUTS[name], checked), checked)


@pytest.mark.parametrize("name", TASKS)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_digests_are_equal_where_predictions_are(name: str, data: st.DataObject) -> None:
    task = get_task(name)
    one, two = (task.check(INPUTS[name], data.draw(PREDICTIONS[name])) for _ in range(2))
    digests = [canonical_json(task.digest_form(prediction)) for prediction in (one, two)]
    if name == "pair-cf":  # of JSON, 1 and 1.0 are two values
        one, two = task.encode(one), task.encode(two)
    assert (digests[0] == digests[1]) == (one == two if name == "pair-cf" else same(one, two))


@pytest.mark.parametrize("name", TASKS)
def test_what_the_mock_models_say_is_canonical(name: str, tmp_path: Path) -> None:
    task, split = get_task(name), open_mock(name, tmp_path)
    inputs = [split.inputs(index) for index in range(len(split))]
    targets = [split.target(index) for index in range(len(split))]
    said = MockModel().predict(inputs) + MockOracle().predict(list(zip(inputs, targets, strict=True)))
    for given_, prediction in zip(inputs * 2, said, strict=True):
        checked = task.check(given_, prediction)
        assert same(checked, prediction)
        assert same(kept(task, checked), checked)


def test_minus_nothing_is_nothing() -> None:
    """Equal numbers have one digest, and rounding makes no probability above 1."""
    task = get_task("text-label")
    zeros = [task.check(INPUTS["text-label"], ScoresPrediction([zero, 1, 2])) for zero in (-0.0, 0.0, 0)]
    assert len({canonical_json(task.digest_form(zero)) for zero in zeros}) == 1
    said = get_task("explain").check(INPUTS["explain"], ExplainPrediction(["a"], [-1e-7, 0.5]))
    assert said == ExplainPrediction(("a",), (0.0, 0.5))

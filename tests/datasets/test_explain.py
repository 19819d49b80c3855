"""The views that ask for the instruction behind each turn of an editing data set."""

import re

import numpy as np
import pytest
from turns import Said, Squares, SquaresExplain

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext, dataset_class, open_dataset, view_for
from cfbench.datasets.codraw import CoDraw, CoDrawExplain, CoDrawMini, CoDrawMiniExplain
from cfbench.datasets.edit import EditDataset
from cfbench.datasets.iclevr import IClevr, IClevrExplain, IClevrMini, IClevrMiniExplain
from cfbench.datasets.installing import get, verify
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.plugins import plugins
from cfbench.reporter import silent
from cfbench.text import tokens_of

VIEWS = {
    CoDrawExplain: CoDraw,
    CoDrawMiniExplain: CoDrawMini,
    IClevrExplain: IClevr,
    IClevrMiniExplain: IClevrMini,
}
TWINS = [CoDrawMiniExplain, IClevrMiniExplain]


def context(root, **options):
    return DataContext(root, ContentCache(default_cache_folder()), options)


@pytest.fixture(params=[SquaresExplain, *TWINS], ids=lambda cls: cls.name)
def view(request, tmp_path):
    return request.param(context(tmp_path))


@pytest.mark.parametrize("cls", VIEWS, ids=lambda cls: cls.name)
def test_a_view_declares_what_it_views(cls):
    viewed = VIEWS[cls]
    assert cls.viewed is viewed
    assert cls.name == viewed.views["explain"]
    assert cls.view_of == f"{viewed.name}@{viewed.version}"
    for name in ("licence", "citation", "homepage", "splits", "options", "sources", "manual", "version"):
        assert getattr(cls, name) == getattr(viewed, name)
    assert set(cls.fingerprints) == set(viewed.fingerprints)


def test_every_registered_view_asks_its_task_of_the_same_samples():
    found = 0
    for name in plugins("datasets"):
        for task, view in dataset_class(name).views.items():
            cls = dataset_class(view)
            assert (cls.task, cls.view_of.partition("@")[0]) == (task, name)
            found += 1
    assert found == len(VIEWS)


def test_a_sample_is_a_turn(view):
    edits = view.viewed(view.context).split("test", 4)
    samples = view.split("test")
    at = 0
    for index in range(4):
        inputs, target = edits.inputs(index), edits.target(index)
        images = [inputs.start, *target.images]
        for turn, instruction in enumerate(inputs.instructions, 1):
            asked = samples.inputs(at)
            assert asked.id == samples.ids[at] == f"{inputs.id}-turn-{turn}"
            assert re.fullmatch(r"[\w-]+", asked.id)
            assert np.array_equal(asked.before, images[turn - 1])
            assert np.array_equal(asked.after, images[turn])
            assert asked.instructions == inputs.instructions[: turn - 1]
            assert samples.target(at).tokens == tuple(tokens_of(instruction))
            assert samples.slices(at) == (f"turn-{turn}",)
            assert samples.turn(at) == turn
            at += 1
    assert samples.rendering == edits.rendering


def test_all_turns_and_the_first_of_them(view):
    edits, samples = view.viewed(view.context).split("val"), view.split("val")
    assert len(samples) == sum(len(record.instructions) for record in edits.records)
    assert len(set(samples.ids)) == len(samples)
    for limit in (1, 3, 7):
        few = view.split("val", limit)
        assert few.ids == samples.ids[:limit]
        assert [few.specification(i) for i in range(limit)] == [
            samples.specification(i) for i in range(limit)
        ]


def test_only_what_is_asked_for_is_drawn_and_only_once(tmp_path, monkeypatch):
    drawn = []
    painter = type(Squares(context(tmp_path)).painter())
    original = painter.frames
    monkeypatch.setattr(painter, "frames", lambda self, scene: drawn.append(scene) or original(self, scene))
    samples = SquaresExplain(context(tmp_path)).split("test")
    samples.fingerprint(), [samples.target(i) for i in range(len(samples))]
    assert drawn == []
    dialogues = {name.partition("-turn")[0] for name in samples.ids[:5]}
    for index in range(5):
        samples.inputs(index)
    assert len(drawn) == len(dialogues) > 1


def test_a_model_cannot_change_the_images_of_later_turns_nor_see_them(tmp_path):
    samples, untouched = (SquaresExplain(context(tmp_path)).split("test") for _ in range(2))
    assert any(samples.turn(index) > 1 for index in range(len(samples)))
    for index in range(len(samples)):
        given, expected = samples.inputs(index), untouched.inputs(index)
        assert np.array_equal(given.before, expected.before)
        assert np.array_equal(given.after, expected.after)
        assert given.after.base is None
        given.after[:] = 0


@pytest.mark.parametrize("cls", TWINS, ids=lambda cls: cls.name)
def test_pinned_fingerprints(cls, tmp_path):
    view = cls(context(tmp_path))
    for split in ("val", "test"):
        assert view.split(split).fingerprint() == cls.fingerprints[split]


@pytest.mark.slow
@pytest.mark.parametrize("cls", TWINS, ids=lambda cls: cls.name)
def test_pinned_fingerprints_of_every_split(cls, tmp_path):
    assert {check.state for check in verify(cls.name, context(tmp_path))} == {"ok"}


@pytest.mark.slow
def test_the_real_dialogues(real_data):
    checks = {check.what: check.state for check in verify("codraw-explain", context(real_data))}
    assert checks.pop("codraw-explain pictures") == "ok"
    assert {state for what, state in checks.items() if what.startswith("codraw-explain@")} == {"ok"}


def test_a_fingerprint_covers_texts_and_scenes(tmp_path):
    samples = SquaresExplain(context(tmp_path)).split("test")
    first = samples.fingerprint()
    other = SquaresExplain(context(tmp_path)).split("val")
    assert other.fingerprint() != first
    assert samples.specification(0) != samples.specification(1)
    assert SquaresExplain(context(tmp_path)).split("test").fingerprint() == first


def test_options_are_those_of_the_viewed(tmp_path):
    assert CoDrawMiniExplain(context(tmp_path, size="32")).split("test", 1).inputs(0).after.shape == (
        32,
        32,
        3,
    )
    with pytest.raises(UsageError, match="codraw-mini-explain"):
        CoDrawMiniExplain(context(tmp_path, colour="red"))


def test_without_data_the_view_of_the_twin_runs(tmp_path):
    said = Said()
    opened = open_dataset("codraw-explain", root=tmp_path, options={}, reporter=said)
    assert isinstance(opened, CoDrawMiniExplain)
    assert opened.twin_of == "codraw-explain"
    assert len(said.lines) == 1
    assert "running its embedded twin codraw-mini-explain" in said.lines[0]
    with pytest.raises(EnvironmentLackError, match="'codraw-explain' is not installed"):
        open_dataset("codraw-explain", root=tmp_path, options={}, reporter=silent, official=True)


def test_getting_a_view_gets_what_it_views(tmp_path):
    assert get("iclevr-mini-explain", tmp_path, silent) is None
    with pytest.raises(EnvironmentLackError, match=r"GeNeVA-v1\.zip"):
        get("iclevr-explain", tmp_path, silent)


@pytest.mark.parametrize(
    ("name", "tasks", "expected"),
    [
        ("iclevr-mini", ("explain",), "iclevr-mini-explain"),
        ("codraw", ("vqa", "explain"), "codraw-explain"),
        ("codraw", ("edit", "explain"), "codraw"),
        ("codraw", (), "codraw"),
        ("codraw", ("vqa",), "codraw"),
        ("iclevr-mini-explain", ("explain",), "iclevr-mini-explain"),
        ("mock", ("explain",), "mock"),
    ],
)
def test_the_view_that_fits_a_kind_of_work(name, tasks, expected):
    assert view_for(name, tasks) == expected


def test_a_view_is_no_editing_data_set():
    assert not any(issubclass(cls, EditDataset) for cls in VIEWS)

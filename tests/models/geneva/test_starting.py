"""What a training begins with: word vectors, a share of the data, the networks of another training."""

from __future__ import annotations

import json

import pytest
from jobs import job

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from cfbench.errors import DataError, EnvironmentLackError, UsageError  # noqa: E402
from cfbench.reporter import silent  # noqa: E402
from cfbench.reproduction.arms import Arm, Training  # noqa: E402
from cfbench_models.geneva import training  # noqa: E402
from cfbench_models.geneva.recipe import PRESETS, recipe_from, recipe_of  # noqa: E402
from cfbench_models.geneva.starting import Beyond, fresh, read_networks  # noqa: E402
from cfbench_models.geneva.stepping import Stepper  # noqa: E402
from cfbench_models.geneva.training import train  # noqa: E402
from cfbench_models.geneva.vectors import begin_words  # noqa: E402
from cfbench_models.geneva.vocabulary import Vocabulary  # noqa: E402
from cfbench_models.geneva.weights import beside_of, card_of, read_editor  # noqa: E402
from cfbench_models.options import changed  # noqa: E402

ONE_STEP = {"epochs": 1, "samples": 2, "checked": 1}
WORDS = Vocabulary(("cube", "red", "sphere"))


def test_networks_beside_the_editor_go_on_from_it(trained):
    card, networks = read_networks(trained, "iclevr-mini")
    editor = load_file(trained)
    kept = networks.learning.state_dict()
    assert all(torch.equal(kept[name].half(), value.half()) for name, value in editor.items())
    assert all(torch.equal(networks.network.state_dict()[name], value) for name, value in kept.items())
    assert networks.training
    assert networks.posterior is not None
    learned = {name.partition(".")[0] for name, each in networks.named_parameters() if each.requires_grad}
    assert learned == {"learning", "discriminator", "posterior"}
    begun = fresh(PRESETS["smoke"], len(card.vocabulary), len(card.classes), 0).discriminator.state_dict()
    assert any(
        not torch.equal(begun[name], value) for name, value in networks.discriminator.named_parameters()
    )


def test_networks_that_are_not_beside_their_editor_are_refused(trained, tmp_path):
    for file in (trained, card_of(trained)):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / trained.name
    with pytest.raises(DataError):
        read_networks(path)
    for file in (beside_of(trained), card_of(beside_of(trained))):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(UsageError, match="'noise'"):
        read_networks(path, recipe=recipe_of("smoke", {"noise": 8}))
    about = card_of(beside_of(path))
    value = json.loads(about.read_text())
    about.write_text(json.dumps({**value, "editor": "0" * 64}))
    with pytest.raises(DataError, match="not beside its editor"):
        read_networks(path)
    about.write_text(json.dumps({**value, "recipe": {}}))
    with pytest.raises(DataError, match="no card of networks"):
        read_networks(path)


class Doubled(Stepper):
    """Learns from one loss more."""

    def beside(self, moment):
        assert moment.earlier.shape == moment.condition.shape
        assert len(moment.turns.texts) == len(moment.turns)
        return {**super().beside(moment), "more": moment.edited.images.square().mean()}


def begun_with(trained, options):
    recipe = changed(PRESETS["smoke"], options)
    return Beyond(
        trained, recipe, lambda networks, recipe, *_: Doubled(networks, recipe), {"method": "more"}, {"x": 1}
    )


def test_another_training_goes_on_and_can_be_stopped(blocks, trained, tmp_path):
    beyond = begun_with(trained, {**ONE_STEP, "samples": 4})
    whole = train(job(blocks, tmp_path / "a"), name="more", beyond=beyond)
    for _ in range(2):
        path = train(job(blocks, tmp_path / "b", minutes=0), name="more", beyond=beyond)
    assert path.read_bytes() == whole.read_bytes()
    assert "more " in (tmp_path / "b" / "log.txt").read_text()
    card, _ = read_editor(path)
    assert (card.name, card.details["x"], card.details["identity"]["method"]) == ("more", 1, "more")
    assert card.words == read_editor(trained)[0].words
    with pytest.raises(UsageError, match="another training"):
        train(job(blocks, tmp_path / "a", options={**ONE_STEP, "samples": 4}))


def test_checkpoints_without_an_average(blocks, tmp_path):
    options = {**ONE_STEP, "averaging": 0.0}
    path = train(job(blocks, tmp_path, options=options, minutes=0))
    _, networks = read_networks(path)
    assert networks.editor is networks.network
    assert all(parameter.requires_grad for parameter in networks.parameters())


def test_a_share_of_the_data_is_named(blocks, tmp_path):
    with pytest.raises(UsageError, match="train-60"):
        train(job(blocks, tmp_path, options={"split": "train-60"}))
    path = train(job(blocks, tmp_path, options={**ONE_STEP, "split": "train-50"}))
    assert path.name == "geneva-iclevr-mini-train-50.safetensors"
    details = read_editor(path)[0].details
    assert details["split"] == details["identity"]["recipe"]["split"] == "train-50"
    assert set(details["identity"]["samples"]) == {"train-50", "val"}
    read_networks(path, "iclevr-mini")


def test_the_weights_of_a_share_are_what_its_arm_finds(blocks, tmp_path):
    half = Training(
        Arm("geneva@50", "GeNeVA, 50 %", "geneva", split="train-50"), "iclevr-mini", "x", 0, tmp_path
    )
    path = train(job(blocks, half.folder, options={**ONE_STEP, "split": "train-50"}))
    assert half.found() == path
    card = json.loads(card_of(path).read_text())
    card_of(path).write_text(json.dumps({**card, "split": "train"}))
    assert half.found() is None


def test_the_licence_is_that_of_the_data_set(blocks, tmp_path, monkeypatch):
    monkeypatch.setattr(type(blocks), "licence", "CC-BY-NC-4.0")
    path = train(job(blocks, tmp_path, options=ONE_STEP))
    for about in (card_of(path), card_of(beside_of(path))):
        assert json.loads(about.read_text())["licence"] == "CC-BY-NC-4.0"


def test_validation_is_the_same_whatever_is_learned_from(blocks, tmp_path, trained):
    options = {"epochs": 1, "samples": 2, "checked": 2}
    path = train(job(blocks, tmp_path, options=options))
    kept = [read_editor(each)[0].details["identity"]["samples"] for each in (path, trained)]
    assert kept[0]["val"] == kept[1]["val"]
    assert kept[0]["train"] != kept[1]["train"]


def test_a_lack_of_memory_is_said_in_one_line(blocks, tmp_path, monkeypatch):
    def full(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.\nmore")

    train(job(blocks, tmp_path, options=ONE_STEP | {"epochs": 2}, minutes=0))
    with monkeypatch.context() as patched:
        patched.setattr(training.Stepper, "step", full)
        with pytest.raises(EnvironmentLackError, match=r"ran out of memory.*run the same command again"):
            train(job(blocks, tmp_path, options=ONE_STEP | {"epochs": 2}))
    train(job(blocks, tmp_path, options=ONE_STEP | {"epochs": 2}))
    assert (tmp_path / "log.txt").read_text().count("checkpoint") == 2


def test_words_begin_with_vectors_of_a_file(tmp_path):
    file = tmp_path / "vectors.txt"
    numbers = " ".join(str(number) for number in range(8))
    file.write_text(f"red {numbers}\nnobody {numbers}\nred {numbers.replace('7', '9')}\n", encoding="utf-8")
    networks, untouched = (fresh(PRESETS["smoke"], len(WORDS), 5, 0) for _ in range(2))
    begin_words(networks, WORDS, file, silent)
    for editor in (networks.editor, networks.network):
        assert editor.text.words.weight[WORDS.encode("red")[0]].tolist() == list(range(8))
    others = [0, 1, *WORDS.encode("cube sphere")]
    own = untouched.editor.text.words.weight[others]
    assert torch.equal(networks.editor.text.words.weight[others], own)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"red 1 2 3\n", "word=3"),
        (b"red 1 2 3 4 5 6 7 x\n", "line 1"),
        (b"red 1 2 3 4 5 6 7 inf\n", "not finite"),
        (b"\xff\xfe 1\n", "cannot be read"),
        (b"red" + b" 1" * 50_000, "too long"),
        (b"nobody 1 2 3 4 5 6 7 8\n", "none of the words"),
        (None, "cannot be read"),
    ],
)
def test_files_that_hold_no_vectors(tmp_path, text, said):
    file = tmp_path / "vectors.txt"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(DataError, match=said):
        begin_words(fresh(PRESETS["smoke"], len(WORDS), 5, 0), WORDS, file, silent)


def test_vectors_are_part_of_the_training(blocks, tmp_path):
    file = tmp_path / "vectors.txt"
    file.write_text("red 1 2 3 4 5 6 7 8\n", encoding="utf-8")
    path = train(job(blocks, tmp_path / "t", options={**ONE_STEP, "vectors": str(file)}))
    card, _ = read_editor(path)
    assert "vectors" in card.details["beside the paper"]
    assert len(card.details["identity"]["vectors"]) == 64


@pytest.mark.parametrize("preset", PRESETS)
def test_recipes_come_back_from_their_json(preset):
    value = json.loads(json.dumps(PRESETS[preset].to_json()))
    assert recipe_from(value) == PRESETS[preset]

"""Arms are measured with the weights of their training, or say what to type; seeds are put together."""

import json
from pathlib import Path

import pytest
from weights_files import tensors, write_weights

from cfbench.api import start_run
from cfbench.reproduction import Arm, Lacking, Settings, Workshop
from cfbench.reproduction.workshop import with_weights
from cfbench.weights import weights_folder

SHADE = Arm("shade", "shade", "trained:Shade", weights="shade")
OTHER = Arm("other", "other", "trained:Other", weights="other", needs=(("start", SHADE),))
METRICS = ("pixel",)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))


def shop(**more):
    return Workshop(Settings(**({"threads": 1, "resamples": 50} | more)), "mock")


def install(level, *, seed=0, part="", name="shade", **more):
    identity = {"seed": seed, "split": more.pop("split", "train")}
    data = tensors((float(level), float(seed)))
    return write_weights(weights_folder(), name, part=part, data=data, level=level, identity=identity)


def runs():
    return sorted(path.name for path in Path("results").glob("*"))


def test_without_weights_it_says_what_to_type_in_order():
    found = shop().measure(OTHER, METRICS)
    assert isinstance(found, Lacking)
    first, second = found.reason.split("Type: ")[1].split(" && ")
    assert first == (
        "cfbench train trained:Shade --dataset mock --preset cpu --out training/shade--mock--cpu--0"
    )
    assert "--option start=training/shade--mock--cpu--0/shade-mock.safetensors" in second
    assert second.endswith("--out training/other--mock--cpu--0")
    assert runs() == []


def test_installed_weights_are_what_a_plain_run_takes():
    install(100)
    plain = start_run("trained:Shade", {"dataset": "mock", "metric": METRICS, "threads": 1, "resamples": 50})
    cell = shop().measure(SHADE, METRICS).cell("pixel/l1")
    score = plain.result.score("pixel/l1/all")
    assert (cell.value, cell.low, cell.high, cell.n) == (score.value, score.ci_low, score.ci_high, 8)
    assert (cell.runs, cell.seeds, cell.reason) == ((plain.result.run_id,), (0,), "")
    assert len(runs()) == 1
    sessions = json.loads((plain.folder / "provenance.json").read_text())["sessions"]
    assert sessions[-1]["shards_already_there"] == sessions[-1]["shards"]


def test_a_share_of_the_data_has_weights_of_its_own():
    install(100)
    half = Arm("shade@50", "shade, 50 %", "trained:Shade", split="train-50", weights="shade")
    work = shop()
    lacking = work.measure(half, METRICS)
    assert "--option split=train-50 --out training/shade--mock--cpu--0--train-50" in lacking.reason
    install(200, part="train-50", split="train-50")
    whole, found = (shop().measure(arm, METRICS) for arm in (SHADE, half))
    assert whole.cell("pixel/l1").value != found.cell("pixel/l1").value
    assert found.runs[0].result.model.name == "shade-train-50"
    assert found.runs[0].result.model.weights_digest != whole.runs[0].result.model.weights_digest


def test_weights_of_another_share_are_never_taken():
    folder = Path("training/shade--mock--cpu--0--train-50")
    half = Arm("shade@50", "shade, 50 %", "trained:Shade", split="train-50", weights="shade")
    write_weights(folder, "shade", identity={"seed": 0, "split": "train"}, level=10)
    assert isinstance(shop().measure(half, METRICS), Lacking)
    write_weights(folder, "shade", identity={"seed": 0, "split": "train-50"}, level=10)
    assert shop().measure(half, METRICS).runs[0].folder.name.startswith("shade-train-50--mock--")


def test_what_is_missing_is_trained_when_that_is_asked_for():
    found = shop(train=True).measure(OTHER, METRICS)
    asked = json.loads(Path("training/other--mock--cpu--0/asked.json").read_text())
    assert asked == {"start": "training/shade--mock--cpu--0/shade-mock.safetensors"}
    assert found.cell("pixel/l1").n == 8
    assert shop().measure(OTHER, METRICS).runs[0].result.run_id == found.runs[0].result.run_id


def test_seeds_are_put_together_by_sample():
    install(100, seed=1, part="seed-1")
    install(180, seed=2, part="seed-2")
    one, two, both = (shop(seeds=seeds).measure(SHADE, METRICS) for seeds in ((1,), (2,), (1, 2)))
    values = [each.cell("pixel/l1").value for each in (one, two)]
    cell = both.cell("pixel/l1")
    assert cell.value == pytest.approx(sum(values) / 2)
    assert (cell.n, cell.seeds) == (8, (1, 2))
    assert cell.low < cell.value < cell.high
    lacking = shop(seeds=(1, 3)).measure(SHADE, METRICS)
    assert "--seed 3" in lacking.reason


def test_ordinary_weights_stand_for_the_seed_that_their_card_names():
    install(100, seed=4)
    assert isinstance(shop(seeds=(0,)).measure(SHADE, METRICS), Lacking)
    assert shop(seeds=(4,)).measure(SHADE, METRICS).cell("pixel/l1").seeds == (4,)


def test_two_arms_are_compared_by_sample():
    install(100)
    install(200, name="other")
    work = shop()
    first, second = work.measure(SHADE, METRICS), work.measure(OTHER, METRICS)
    cell = second.compared(first, second.cell("pixel/l1"), "pixel/l1")
    assert cell.against == "shade"
    assert cell.difference == pytest.approx(cell.value - first.cell("pixel/l1").value)
    assert cell.difference_low <= cell.difference <= cell.difference_high
    assert 0 < cell.p_value < 0.05
    same = first.compared(first, first.cell("pixel/l1"), "pixel/l1")
    assert (same.difference, same.p_value) == (0, 1)
    assert work.measure(SHADE, METRICS) is first


def test_a_run_that_fails_is_a_reason_and_not_a_number():
    install(100, name="broken")
    found = shop().measure(Arm("broken", "broken", "trained:Broken", weights="broken"), METRICS)
    assert "8 samples of the run in" in found.reason
    assert (
        shop()
        .measure(Arm("x", "x", "nothing", trained=False), METRICS)
        .reason.startswith("There is no model")
    )


def test_the_same_predictions_are_scored_anew_without_the_model():
    install(100)
    work = shop()
    found = work.measure(SHADE, METRICS)
    again = work.scored(found, ("pixel:whole-windows",))
    assert again.cell("pixel/l1").value == found.cell("pixel/l1").value
    assert again.runs[0].result.predictions_digest == found.runs[0].result.predictions_digest
    assert "whole-windows" in again.cell("pixel/ssim").signature


def test_a_model_is_told_where_its_weights_are(tmp_path):
    from trained import Shade

    path = write_weights(tmp_path, "shade", level=7)
    model = with_weights(Shade, path)
    assert model.find("anything") == path
    assert type(model).__module__ == Shade.__module__

"""Transformers that read: what a vector is of, what is refused, and that nothing is read twice."""

from __future__ import annotations

import json
import shutil
import socket

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
import torch
from safetensors.torch import load_file, save_file
from small_reader import LIMIT, save_reader

from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.models import ModelContext
from cfbench.reporter import silent
from cfbench_models.gs import encoding
from cfbench_models.gs.encoders import Reader, find_transformer

TEXTS = ("a good western", "", "A dull, dull romance that is number 7 7 7.", "glad", "a " * 100)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def copy(folder, tmp_path):
    """A folder that may be spoilt."""
    return shutil.copytree(folder, tmp_path / "copy")


def context(**options):
    return ModelContext(
        **{"task": "text-label", "dataset": "d@1", "seed": 0, "device": "cpu", "threads": 1, "offline": True}
        | options
    )


def reader(folder):
    return Reader.of(str(folder), context())


def find(reference, *, offline=True):
    return find_transformer(str(reference), offline=offline, reporter=silent)


def test_a_vector_is_the_mean_of_the_last_states(folder):
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = (each.from_pretrained(folder) for each in (AutoTokenizer, AutoModel))
    found = reader(folder)(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        told = tokenizer(text, truncation=True, max_length=LIMIT, return_tensors="pt")
        with torch.inference_mode():
            states = model(**told).last_hidden_state[0]
        assert len(states) <= LIMIT
        np.testing.assert_allclose(vector, states.mean(0), atol=1e-5)
    assert found.dtype == np.float32
    assert np.ptp(found, axis=0).max() > 0.1


def test_what_is_read_together_changes_nothing_but_rounding(folder, monkeypatch, tmp_path):
    together = reader(folder)(TEXTS)
    monkeypatch.setattr(encoding, "TOGETHER", 1)
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "another"))
    np.testing.assert_allclose(reader(folder)(TEXTS[::-1])[::-1], together, atol=1e-5)


def test_padding_counts_for_nothing(folder):
    network = reader(folder)._network
    short, long = network.tokens("glad"), network.tokens("a " * 100)
    np.testing.assert_allclose(network.means([short, long])[0], network.means([short])[0], atol=1e-5)


def test_a_text_without_tokens_is_zeros(folder):
    network = reader(folder)._network
    nothing = {name: [] for name in network.tokens("glad")}
    np.testing.assert_array_equal(network.means([nothing]), 0)
    both = network.means([nothing, network.tokens("glad")])
    np.testing.assert_array_equal(both[0], 0)
    assert np.abs(both[1]).max() > 0


@pytest.mark.parametrize("lengths", [[], [5], [3000, 1, 1, 3000, 700, 700, 700], [0, 0], [10] * 500])
def test_every_text_is_in_one_batch_and_no_batch_is_too_large(lengths):
    batches = list(encoding._batches(lengths))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= encoding.TOGETHER
    ordered = [lengths[place] for batch in batches for place in batch]
    assert ordered == sorted(ordered)


def test_no_text_is_read_twice(folder, monkeypatch):
    first = reader(folder)
    found = first([*TEXTS, TEXTS[0]])
    np.testing.assert_array_equal(found[0], found[-1])
    monkeypatch.setattr(encoding, "load_network", None)  # nothing can be read from here on
    second = reader(folder)
    np.testing.assert_array_equal(second(TEXTS), found[:-1])
    with pytest.raises(TypeError):
        second(["another"])


def test_line_breaks_of_html_and_broken_unicode_are_spaces_and_marks(folder):
    found = reader(folder)(["a good<br />western", "a good western", "a \ud800 b", "a ? b"])
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[2], found[3])


def test_another_transformer_has_a_place_of_its_own(folder, tmp_path):
    other = save_reader(tmp_path / "tiny", seed=2)
    assert np.abs(reader(folder)(TEXTS) - reader(other)(TEXTS)).max() > 0.1


def test_the_identity_is_of_weights_and_of_what_is_read_beside_them(folder, copy):
    first = find(folder).identity
    assert find(copy).identity.content == first.content
    (copy / "README.md").write_text("of no account")
    assert find(copy).identity.content == first.content
    told = json.loads((copy / "tokenizer_config.json").read_text())
    (copy / "tokenizer_config.json").write_text(json.dumps({**told, "model_max_length": 8}))
    second = find(copy).identity
    assert (second.weights, second.beside == first.beside) == (first.weights, False)


def test_loading_leaves_the_process_as_it_was(folder, capfd):
    from transformers.utils import logging

    torch.manual_seed(5)
    before = torch.get_rng_state(), logging.get_verbosity(), logging.is_progress_bar_enabled()
    reader(folder)(["glad"])
    after = torch.get_rng_state(), logging.get_verbosity(), logging.is_progress_bar_enabled()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]
    assert capfd.readouterr() == ("", "")


def drop_weight(folder):
    weights = load_file(folder / "model.safetensors")
    del weights[next(name for name in weights if "layer.1" in name)]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def spoil_weights(folder):
    weights = load_file(folder / "model.safetensors")
    save_file({name: value * torch.nan for name, value in weights.items()}, folder / "model.safetensors")


def cut(name):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:200])


def configured(**changes):
    def change(folder):
        told = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(told | changes))

    return change


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut("model.safetensors"), "does not make a transformer"),
        (cut("tokenizer.json"), "does not make a transformer"),
        (cut("config.json"), "does not make a transformer"),
        (drop_weight, "not whole"),
        (spoil_weights, "gives no numbers"),
        (configured(vocab_size=9), "does not make a transformer"),
        (configured(model_type="bread"), "does not make a transformer"),
        (configured(max_position_embeddings=0), "does not make a transformer"),
    ],
)
def test_what_is_damaged_is_told(copy, damage, words):
    damage(copy)
    with pytest.raises(DataError, match=words):
        reader(copy)(["glad"])


def test_a_tokenizer_of_another_network_is_told(copy):
    told = json.loads((copy / "tokenizer.json").read_text())
    told["model"]["vocab"] = dict(list(told["model"]["vocab"].items())[:10])
    (copy / "tokenizer.json").write_text(json.dumps(told))
    with pytest.raises(DataError, match="it knows 10 tokens"):
        reader(copy)(["glad"])


@pytest.mark.parametrize(
    ("name", "words"),
    [("model.safetensors", "no model"), ("config.json", "no config"), ("tokenizer.json", "no tokenizer")],
)
def test_a_folder_with_a_file_missing(copy, name, words):
    (copy / name).unlink()
    with pytest.raises(DataError, match=words):
        find(copy)


def test_a_folder_of_pickles_alone_is_not_read(copy):
    (copy / "model.safetensors").unlink()
    torch.save({}, copy / "pytorch_model.bin")
    with pytest.raises(EnvironmentLackError, match=r"pytorch_model\.bin is a pickle"):
        find(copy)


def test_weights_in_several_files_and_adapters_are_told(copy):
    (copy / "model.safetensors").rename(copy / "model-00001-of-00002.safetensors")
    (copy / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(DataError, match="several files"):
        find(copy)
    (copy / "adapter_config.json").write_text("{}")
    with pytest.raises(DataError, match="an adapter"):
        find(copy)


def test_code_of_a_repository_is_not_run(copy):
    ran = copy / "ran"
    (copy / "modeling_own.py").write_text(f"import pathlib; pathlib.Path({str(ran)!r}).touch()")
    configured(
        model_type="own", auto_map={"AutoModel": "modeling_own.Own", "AutoConfig": "modeling_own.Own"}
    )(copy)
    with pytest.raises(DataError, match="does not make a transformer"):
        reader(copy)(["glad"])
    assert not ran.exists()


@pytest.mark.parametrize("reference", ["./nowhere", "/nowhere", "a/b/c", "a@", "a@../b", "a--b/c", "", "a b"])
def test_a_name_that_is_none(reference):
    with pytest.raises(UsageError, match="neither a folder nor"):
        find(reference)


def test_without_the_package_it_is_told(folder, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(EnvironmentLackError, match=r"cfbench\[text\]"):
        find(folder)


class Hub:
    """A hub that has one repository at one commit, and counts what it is asked for."""

    name, commit = "somebody/tiny", "ab" * 20

    def __init__(self, root, source, monkeypatch):
        import huggingface_hub

        self.folder, self.source, self.asked = root / "snapshots" / self.commit, source, []
        self.lacks = ()
        self._refs = root / "refs"
        monkeypatch.setattr(huggingface_hub, "hf_hub_download", self.file)
        monkeypatch.setattr(huggingface_hub, "snapshot_download", self.snapshot)

    def file(self, repository, name, *, revision=None, local_files_only=False):
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        here = self.folder / name
        if local_files_only:
            if here.is_file():
                return str(here)
            raise LocalEntryNotFoundError("not here")
        self.asked.append((repository, revision, name))
        if name in self.lacks:
            raise EntryNotFoundError("404")
        return self._brought(name)

    def snapshot(self, repository, *, revision, allow_patterns, ignore_patterns):
        self.asked.append((repository, revision, "the rest"))
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            assert name in allow_patterns
            self._brought(name)
        return str(self.folder)

    def _brought(self, name):
        self.folder.mkdir(parents=True, exist_ok=True)
        return shutil.copy(self.source / name, self.folder / name)


@pytest.fixture
def hub(tmp_path, folder, monkeypatch):
    return Hub(tmp_path / "hub", folder, monkeypatch)


def test_a_name_of_the_hub_is_brought_once_at_one_commit(hub, folder):
    found = find(hub.name, offline=False)
    assert hub.asked == [(hub.name, None, "the rest"), (hub.name, hub.commit, "model.safetensors")]
    assert (found.identity.name, found.identity.commit) == (hub.name, hub.commit)
    assert found.identity.content == find(folder).identity.content
    np.testing.assert_array_equal(Reader(found, context())(TEXTS), reader(folder)(TEXTS))
    assert find(hub.name, offline=True) == find(f"{hub.name}@v1", offline=False) == found
    assert len(hub.asked) == 2


def test_a_revision_is_asked_for(hub):
    find(f"{hub.name}@v1", offline=False)
    assert hub.asked[0] == (hub.name, "v1", "the rest")


def test_a_repository_of_pickles_alone_is_not_read(hub):
    hub.lacks = ("model.safetensors",)
    with pytest.raises(EnvironmentLackError, match="runs code when it is read"):
        find(hub.name, offline=False)


def test_a_name_that_is_not_here_is_not_asked_for_offline(hub, monkeypatch):
    def refuse(*args):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(EnvironmentLackError, match=r"--offline .*hf download somebody/tiny --revision v1"):
        find(f"{hub.name}@v1")
    assert hub.asked == []


def test_a_download_without_its_tokenizer_is_told(hub, folder):
    hub._brought("model.safetensors")
    hub._brought("config.json")
    with pytest.raises(DataError, match="no tokenizer"):
        find(hub.name)

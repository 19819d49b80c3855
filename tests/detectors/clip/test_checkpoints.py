"""Which weights are taken, and every way in which they can be missing or wrong."""

import json
import logging
import socket

import numpy as np
import pytest
from small_clip import CONFIG, PREPARED, context, save_folder, weights_bytes

from cfbench.errors import DataError, EnvironmentLackError, UsageError

torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")

from cfbench_detectors.clip import ClipViTB16, ClipViTB32, ClipViTL14, OpenClip  # noqa: E402

TINY = "TinyClip/openai"


def ready(reference="", cls=OpenClip, **options):
    detector = cls(reference)
    detector.setup(context(**options))
    return detector


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_name_of_open_clip_takes_the_safetensors_of_the_hub(hub, no_network, images):
    hub.keep(weights_bytes())
    clip = ready(TINY, offline=True)
    assert hub.asked == []
    assert clip.version == "1+TinyClip.openai"
    model = open_clip.model.CLIP(**CONFIG, quick_gelu=True).eval()
    from safetensors.torch import load

    model.load_state_dict(load(weights_bytes()))
    tokens = open_clip.get_tokenizer("ViT-B-32")(["a red cube"])
    with torch.inference_mode():
        wanted = model.encode_text(tokens).numpy()
    np.testing.assert_allclose(clip.embed_texts(["a red cube"]).values, wanted, atol=1e-5)
    assert clip._network.prepare.mean == tuple(PREPARED["mean"])


def test_the_activation_of_the_weights_is_used_not_that_of_the_name(hub, images):
    hub.keep(weights_bytes())
    quick = ready(TINY).embed_images(images)
    hub.config["quick_gelu"] = False
    assert np.abs(ready(TINY).embed_images(images) - quick).max() > 1e-3


def test_what_is_there_is_not_asked_for_again(hub, no_network):
    hub.keep(weights_bytes())
    ready(TINY, offline=False)
    assert hub.asked == []


def test_offline_says_what_to_type(hub, no_network):
    with pytest.raises(EnvironmentLackError) as error:
        ready(TINY, offline=True)
    assert "--offline forbids the network" in error.value.why
    assert error.value.fix == "Run: hf download timm/tiny_clip.openai open_clip_model.safetensors"
    assert hub.asked == []


def test_what_is_missing_is_downloaded(hub):
    hub.answer = lambda repository, file: str(hub.keep(weights_bytes()))
    assert ready(TINY).embed_texts(["a cube"]).values.shape == (1, 16)
    assert hub.asked == [("timm/tiny_clip.openai", "open_clip_model.safetensors")]


def test_a_hub_out_of_reach_is_said(hub):
    def fail(repository, file):
        raise ConnectionError("no route to host")

    hub.answer = fail
    with pytest.raises(EnvironmentLackError, match=r"no route to host\. Run: hf download"):
        ready(TINY)


def test_a_hub_out_of_reach_is_not_a_lack_of_the_hub(hub):
    from huggingface_hub.errors import LocalEntryNotFoundError

    def fail(repository, file):  # as its library says it, and it is an EntryNotFoundError, too
        raise LocalEntryNotFoundError("Please check your connection")

    hub.answer = fail
    with pytest.raises(EnvironmentLackError, match=r"check your connection\. Run: hf download"):
        ready(TINY)


def test_weights_that_are_published_only_as_pickles_are_refused(hub):
    from huggingface_hub.errors import EntryNotFoundError

    def fail(repository, file):
        raise EntryNotFoundError("404")

    hub.answer = fail
    with pytest.raises(EnvironmentLackError, match="runs code when it is read"):
        ready(TINY)


def test_an_open_clip_that_knows_only_the_archive_is_refused(hub):
    hub.config["hf_hub"] = ""
    with pytest.raises(EnvironmentLackError, match=r"runs code.*open-clip-torch>=3"):
        ready(TINY)


def test_a_pickle_named_by_open_clip_is_asked_for_as_safetensors(hub):
    hub.config["hf_hub"] = "somebody/Tiny/pytorch_model.bin"
    with pytest.raises(EnvironmentLackError, match=r"hf download somebody/Tiny pytorch_model\.safetensors"):
        ready(TINY, offline=True)


def test_a_damaged_download_is_noticed(hub):
    link = hub.keep(weights_bytes()[:-4] + b"abcd", blob="0" * 64)
    with pytest.raises(DataError, match=f"is damaged.*rm '{link.resolve()}'"):
        ready(TINY)


def test_weights_other_than_the_known_ones_are_refused(hub):
    class Known(OpenClip):
        reference = TINY
        sha256 = "ab" * 32

    hub.keep(weights_bytes())
    with pytest.raises(DataError, match=f"and {'ab' * 32} is known"):
        ready(cls=Known)


@pytest.mark.parametrize("cls", [ClipViTB32, ClipViTB16, ClipViTL14])
def test_the_named_ones_are_openais_in_safetensors(cls, hub, no_network):
    model, tag = cls.reference.split("/")
    config = open_clip.get_pretrained_cfg(model, tag)
    assert config["quick_gelu"]
    assert len(cls.sha256) == 64
    command = f"hf download {config['hf_hub'].rstrip('/')} open_clip_model.safetensors"
    with pytest.raises(EnvironmentLackError, match=command):
        ready(cls=cls, offline=True)


def test_the_variable_names_any_other(folder, monkeypatch):
    with pytest.raises(UsageError, match="CFBENCH_CLIP=ViT-B-32/openai"):
        ready()
    monkeypatch.setenv("CFBENCH_CLIP", str(folder))
    clip = ready(offline=True)
    assert clip.version.startswith("1+tiny-clip.")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("ViT-B-23/openai", "did you mean ViT-B-32"),
        ("ViT-B-32/opnai", "There is no set of ViT-B-32 weights 'opnai': did you mean openai"),
        ("./nowhere", "neither MODEL/PRETRAINED nor a folder"),
        ("ViT-B-32", "neither MODEL/PRETRAINED nor a folder"),
    ],
)
def test_a_name_that_is_none(reference, words):
    with pytest.raises(UsageError, match=words):
        ready(reference)


def test_the_digests_are_of_weights_and_of_what_is_read_beside_them(folder, tmp_path):
    import hashlib

    content = (folder / "open_clip_model.safetensors").read_bytes()
    first = ready(str(folder))
    assert first.weights_digest == hashlib.sha256(content).hexdigest()
    other = save_folder(tmp_path / "tiny-clip", CONFIG | {"quick_gelu": True}, weights=content)
    assert ready(str(other)).weights_digest == first.weights_digest
    assert ready(str(other)).version != first.version


def test_a_class_of_its_own_keeps_its_version(folder):
    class Mini(OpenClip):
        version = "3"
        reference = str(folder)

    assert ready(cls=Mini).version == "3"
    assert ready(cls=Mini, precision="bf16").version == "3+bf16"
    assert Mini.version == "3"


def test_bfloat16_is_near_and_is_not_the_same(folder, images):
    whole = ready(str(folder)).embed_images(images)
    half = ready(str(folder), precision="bf16").embed_images(images)
    assert half.dtype == np.float32
    error = np.abs(half - whole).max() / np.abs(whole).max()
    assert 1e-5 < error < 3e-2


def test_attention_gives_the_same_however_its_input_lies():
    from cfbench_detectors.clip.loading import _attend_in_order

    torch.manual_seed(0)
    attention = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
    tokens, others = torch.randn(3, 5, 8), torch.randn(3, 4, 8)
    calls = [(tokens, tokens, tokens), (tokens, others, others), (tokens[0], tokens[0], tokens[0])]
    with torch.inference_mode():
        before = [attention(*call, need_weights=False)[0] for call in calls]
        _attend_in_order(attention)
        after = [attention(*call, need_weights=False)[0] for call in calls]
    for first, second in zip(before, after, strict=True):
        torch.testing.assert_close(first, second)


@pytest.mark.parametrize("name", ["open_clip_config.json", "open_clip_model.safetensors"])
def test_a_folder_with_a_file_missing(name, tmp_path):
    folder = save_folder(tmp_path / "m")
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"it has no {name}"):
        ready(str(folder))


def test_a_pickle_in_a_folder_is_not_read(tmp_path):
    folder = save_folder(tmp_path / "m")
    (folder / "open_clip_model.safetensors").unlink()
    torch.save({}, folder / "open_clip_pytorch_model.bin")
    with pytest.raises(DataError, match="is a pickle, which may run code"):
        ready(str(folder))


def test_a_pickle_beside_safetensors_is_not_read(tmp_path, folder, images):
    mixed = save_folder(tmp_path / "m")
    for name in ("open_clip_pytorch_model.bin", "model.pth", "a.safetensors"):
        (mixed / name).write_bytes(b"not weights")
    assert np.array_equal(ready(str(mixed)).embed_images(images), ready(str(folder)).embed_images(images))


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "open_clip_model.safetensors").write_bytes(b"\x08" + b"\0" * 20),
        lambda folder: (folder / "open_clip_model.safetensors").write_bytes(weights_bytes()[:100_000]),
        lambda folder: (folder / "open_clip_config.json").write_text("{"),
        lambda folder: (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": {}})),
        lambda folder: (folder / "open_clip_config.json").write_text(
            json.dumps({"model_cfg": CONFIG | {"embed_dim": 8}})
        ),
        lambda folder: (folder / "open_clip_config.json").write_text(
            json.dumps({"model_cfg": CONFIG, "preprocess_cfg": PREPARED | {"resize_mode": "longest"}})
        ),
    ],
)
def test_a_folder_that_is_no_model(damage, tmp_path):
    folder = save_folder(tmp_path / "m")
    damage(folder)
    with pytest.raises(DataError):
        ready(str(folder))


def test_loading_leaves_the_process_as_it_was(folder):
    from huggingface_hub import constants

    torch.manual_seed(5)
    before = torch.get_rng_state()
    handlers, offline = list(logging.getLogger().handlers), constants.HF_HUB_OFFLINE
    ready(str(folder), offline=True)
    assert torch.equal(torch.get_rng_state(), before)
    assert logging.getLogger().handlers == handlers
    assert offline == constants.HF_HUB_OFFLINE


def test_the_tokenizer_of_another_library_is_not_fetched_offline(tmp_path, no_network):
    text = CONFIG["text_cfg"] | {"hf_tokenizer_name": "somebody/tokenizer"}
    folder = save_folder(tmp_path / "m", CONFIG | {"text_cfg": text}, weights=weights_bytes())
    with pytest.raises((EnvironmentLackError, DataError)):
        ready(str(folder), offline=True)

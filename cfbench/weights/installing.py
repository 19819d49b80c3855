"""Putting weights in place from a file or an address, and copying them out again.

Guarantees: what is installed is a whole safetensors file with the digest that its card names; nothing in it is
executed or unpickled; a file that is there with other content is replaced only when that is said.

An editor may have its networks beside it, ``NAME-networks.safetensors``: what a further training starts from. They go
with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from cfbench.errors import DataError, UsageError
from cfbench.files import (
    LockFile,
    fetch,
    open_regular,
    read_bytes,
    sha256_hex,
    write_bytes,
    write_text,
    writing,
)
from cfbench.files.reading import too_large
from cfbench.reporter import Reporter, silent
from cfbench.weights.card import LARGEST_CARD, SUFFIX, Card, card_of, read_card
from cfbench.weights.finding import checked_card, find
from cfbench.weights.folders import weights_folder
from cfbench.weights.header import read_header

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_WEIGHTS = 4 * 1024**3
LICENCE = "LICENCE.txt"
NETWORKS = "-networks"
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Installed:
    """Weights that are in place."""

    path: Path
    card: Card
    was_there: bool
    """Whether the same content was in place already."""
    networks: Path | None = None
    """The networks that went with them."""


def install(
    source: str,
    *,
    sha256: str | None = None,
    replace: bool = False,
    offline: bool = False,
    reporter: Reporter = silent,
) -> Installed:
    """Check weights and their card, and put both into the folder of installed weights.

    Args:
        source: A file, or an https address; the card lies beside it, with the ending ``.json``. Networks beside a
            file come along; those at an address have to be installed by their own.
        sha256: The digest that the file must have, where one was published apart from the card.
        replace: Whether a file of that name and other content may be replaced.
        offline: Never touch the network.
        reporter: Told of downloads.

    Raises:
        DataError: What is given is no weights, or not those that its card speaks of.
        UsageError: Other weights of that name are installed, or the name does not fit the card.
    """
    if "://" not in source:
        return _place_both(Path(source), sha256, replace=replace)
    if urlsplit(source).scheme != "https":
        fix = "Give an https address, or get both files by hand and give the path"
        raise UsageError(f"Cannot install {source}", "on its way anyone could change it", fix)
    return download(source, sha256=sha256, replace=replace, offline=offline, reporter=reporter)


def download(
    url: str, *, sha256: str | None, replace: bool, offline: bool, reporter: Reporter = silent
) -> Installed:
    """Install from an address: first the card, then the file that it names the digest of.

    A download that was cut continues with the next call.
    """
    parts = urlsplit(url)
    name = Path(parts.path).name
    if not name.endswith(SUFFIX):
        raise UsageError(f"Cannot install {url}", f"the address does not end in {SUFFIX}")
    folder = weights_folder() / "downloads"
    place = folder / name
    card_of(place).unlink(missing_ok=True)  # it decides which file is the right one: always a fresh one
    card_path = parts.path.removesuffix(SUFFIX) + ".json"
    with TemporaryDirectory() as scratch:
        lock = LockFile(
            Path(scratch) / "lock.json"
        )  # the card's digest decides, not that of a first download
        fetch(
            urlunsplit(parts._replace(path=card_path)),
            card_of(place),
            sha256=None,
            lock=lock,
            max_bytes=LARGEST_CARD,
            offline=offline,
        )
        card = read_card(place)
        _agree(url, card, sha256)
        if place.is_file() and sha256_hex(place) != card.sha256:
            place.unlink()
        with reporter.track(f"Downloading {name}", 100) as advance:
            fetch(
                url,
                place,
                sha256=card.sha256,
                lock=lock,
                max_bytes=LARGEST_WEIGHTS,
                progress=in_percent(advance),
                offline=offline,
            )
    installed = _place(place, sha256, replace=replace)
    for path in (place, card_of(place)):
        path.unlink()
    return installed


def export(name: str, folder: Path, dataset: str | None = None) -> list[Path]:
    """Copy the weights that a run would use, their networks, cards and licences into a folder; the files.

    Raises:
        DataError: The weights are damaged, or the networks beside them are not theirs.
        UsageError: The folder holds other weights of that name.
    """
    path = find(name, dataset)
    cards = {path: checked_card(path, dataset)}
    if beside := _networks_of(path, cards[path]):
        cards[beside] = checked_card(beside, dataset)
    for source, card in cards.items():
        target = folder / source.name
        if target.is_file() and sha256_hex(target) != card.sha256:
            raise UsageError(f"{target} is there with other content", "", "Name another folder, or remove it")
    for source, card in cards.items():
        _copy(source, folder / source.name, card)
    note = folder / LICENCE
    licences = {source.name: card.licence for source, card in cards.items()}
    lines = note.read_text(encoding="utf-8").splitlines() if note.is_file() else []
    others = [each for each in lines if each.partition(": ")[0] not in licences]
    added = [f"{name}: {licence}" for name, licence in licences.items()]
    write_text(note, "\n".join([*others, *added]) + "\n")
    copied = [folder / source.name for source in cards]
    return [each for target in copied for each in (target, card_of(target))] + [note]


def _networks_of(path: Path, card: Card) -> Path | None:
    """The networks beside an editor's weights; DataError where they are those of another editor."""
    beside = path.with_name(f"{path.stem}{NETWORKS}{SUFFIX}")
    if not beside.is_file():
        return None
    editor = read_card(beside).noted("editor")
    if editor not in (None, card.sha256):
        raise DataError(
            f"{beside} does not belong to {path.name}",
            f"its card names an editor with the SHA-256 {str(editor)[:8]}…, and this one has {card.sha256[:8]}…",
            "Get both files of one training, or take the networks away",
        )
    return beside


def _place_both(path: Path, sha256: str | None, *, replace: bool) -> Installed:
    """The weights with their networks, which are in place first: where they cannot be, nothing is."""
    card, _ = _ready(path, sha256, replace=replace)
    beside = _networks_of(path, card)
    networks = _place(beside, None, replace=replace).path if beside else None
    return dataclass_replace(_place(path, sha256, replace=replace), networks=networks)


def _place(path: Path, sha256: str | None, *, replace: bool) -> Installed:
    card, there = _ready(path, sha256, replace=replace)
    target = weights_folder() / path.name
    if path.resolve() != target.resolve():
        _copy(path, target, card)
    return Installed(target, card, there)


def _ready(path: Path, sha256: str | None, *, replace: bool) -> tuple[Card, bool]:
    """The card of weights that may be put in place, and whether they are there already."""
    if path.suffix != SUFFIX:
        fix = f"Give the file that ends in {SUFFIX}; its card lies beside it"
        raise UsageError(f"Cannot install {path}", f"it does not end in {SUFFIX}", fix)
    read_header(path)
    card = read_card(path)
    _agree(str(path), card, sha256)
    _check_name(path, card)
    target = weights_folder() / path.name
    there = target.is_file() and sha256_hex(target) == card.sha256
    if target.is_file() and not there and not replace:
        digest = sha256_hex(target)
        why = f"{target} has the SHA-256 {digest[:8]}…, and these have {card.sha256[:8]}…"
        raise UsageError(
            f"Other weights named {path.name} are installed", why, "Add --replace to replace them"
        )
    return card, there


def _copy(path: Path, target: Path, card: Card) -> None:
    """Copy a file, refused before it is in place where it is not what its card names; last the card."""
    digest, size = hashlib.sha256(), 0
    with open_regular(path, what="weights") as source, writing(target) as out:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST_WEIGHTS:
                raise too_large(path, LARGEST_WEIGHTS, "weights")
            digest.update(chunk)
            out.write(chunk)
        if digest.hexdigest() != card.sha256:
            why = f"its SHA-256 is {digest.hexdigest()}, and its card names {card.sha256}"
            raise DataError(f"{path} is not what its card speaks of", why, "Get both files again")
    write_bytes(card_of(target), read_bytes(card_of(path), max_bytes=LARGEST_CARD, what="card"))


def _agree(source: str, card: Card, sha256: str | None) -> None:
    if sha256 is not None and sha256.lower() != card.sha256:
        why = f"the card of {source} names {card.sha256}, and --sha256 says {sha256}"
        raise DataError("These are not the weights that are looked for", why, "Ask who published them")


def _check_name(path: Path, card: Card) -> None:
    """A file is found by its name, so its name must say what its card says."""
    long, short = card.stems
    if path.stem not in (long, short) and not path.stem.startswith(f"{long}-"):
        why = f"its card is of {card.name}, trained on {card.trained_on}"
        fix = f"Rename it and its card: {long}{SUFFIX} and {long}.json"
        raise UsageError(f"{path.name} would not be found", why, fix)


def in_percent(advance: Callable[[int], None]) -> Callable[[int, int | None], None]:
    """Progress in bytes told as steps of a hundred."""
    told = 0

    def progress(size: int, total: int | None) -> None:
        nonlocal told
        now = min(100, 100 * size // total) if total else 0
        advance(max(0, now - told))
        told = max(now, told)

    return progress

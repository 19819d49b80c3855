import shutil

import numpy as np
import pytest
from PIL import Image

from cfbench.errors import DataError
from cfbench.worlds.park.classes import all_png_names
from cfbench.worlds.park.render import ParkRenderer
from cfbench.worlds.park.sprites import BACKGROUND_PNG, official_sprites
from cfbench.worlds.park.strings import Clip


@pytest.fixture
def folder(tmp_path):
    """A complete folder of little pictures."""
    pngs = tmp_path / "Pngs"
    pngs.mkdir()
    for i, name in enumerate(all_png_names()):
        Image.new("RGBA", (40, 30), (i, 255 - i, 90, 255)).save(pngs / name)
    Image.new("RGBA", (500, 400), (1, 2, 3, 255)).save(pngs / BACKGROUND_PNG)
    return pngs


def sun(depth=0):
    return Clip("s_3s.png", 0, 3, 0, 250.0, 200.0, depth, flip=False)


def test_a_whole_folder_is_drawn(folder):
    image = ParkRenderer(100, folder).render([sun()])
    assert image[0, 0].tolist() == [1, 2, 3]
    assert image[50, 50].tolist() == [3, 252, 90]
    assert 7 * 6 <= (image == (3, 252, 90)).all(axis=2).sum() <= 8 * 8  # 40 x 30 of 500 x 400, less its edges


def test_it_is_not_confused_with_our_own_art(folder):
    theirs, ours = ParkRenderer(64, folder), ParkRenderer(64)
    assert theirs != ours
    assert np.abs(theirs.render([sun()]).astype(int) - ours.render([sun()])).mean() > 20


def test_missing_files_are_named(folder):
    (folder / "hb0_7s.png").unlink()
    (folder / BACKGROUND_PNG).unlink()
    with pytest.raises(DataError, match=r"2 of 127 files are missing: hb0_7s.png, background.png"):
        ParkRenderer(64, folder)


def test_an_empty_or_absent_folder_says_how_much_is_missing(tmp_path):
    with pytest.raises(DataError, match=r"127 of 127.* and 122 more.*data get codraw"):
        ParkRenderer(64, tmp_path / "nowhere")


def huge(path):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def jpeg(path):
    Image.new("RGB", (40, 30)).save(path, "JPEG")


def truncated(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def page(path):
    path.write_text("<html>quota exceeded</html>")


def swollen(path):
    path.write_bytes(path.read_bytes() + b"\0" * 5_000_000)


@pytest.mark.parametrize("spoil", [huge, jpeg, truncated, page, swollen])
def test_a_broken_picture_is_named(folder, spoil):
    spoil(folder / "a_2s.png")
    with pytest.raises(DataError, match=r"a_2s\.png"):
        ParkRenderer(64, folder)


def test_another_background_is_refused(folder):
    Image.new("RGBA", (300, 400)).save(folder / BACKGROUND_PNG)
    with pytest.raises(DataError, match="300 x 400, not 500 x 400"):
        ParkRenderer(64, folder)


def test_a_mended_folder_is_read_again(folder):
    spoiled = folder / "a_2s.png"
    kept = spoiled.read_bytes()
    spoiled.unlink()
    with pytest.raises(DataError):
        ParkRenderer(64, folder)
    spoiled.write_bytes(kept)
    assert ParkRenderer(64, folder).render([]).shape == (64, 64, 3)


def test_the_official_pictures_render(real_data, tmp_path):
    folder = real_data / "codraw" / "Pngs"
    image = ParkRenderer(128, folder).render([sun()])
    assert image[64, 64].tolist() == pytest.approx([255, 255, 0], abs=4)  # its disc is not quite opaque
    assert len(official_sprites(folder).pictures) == 126
    part = tmp_path / "Pngs"
    shutil.copytree(folder, part)
    (part / "t_14s.png").unlink()
    with pytest.raises(DataError, match=r"t_14s\.png"):
        ParkRenderer(128, part)

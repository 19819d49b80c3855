import io
import resource
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from cfbench.errors import CfbenchError, DataError
from cfbench.files import decode_png, encode_png, read_image, read_image_rgba


@pytest.fixture
def picture():
    return np.random.default_rng(5).integers(0, 256, (13, 17, 3), dtype=np.uint8)


def saved(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, pixels, *, depth=8, colour=2, extra=b""):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND")


def test_png_gives_back_every_pixel(picture, tmp_path):
    data = encode_png(picture)
    assert np.array_equal(decode_png(data), picture)
    (tmp_path / "x.png").write_bytes(data)
    again = read_image(tmp_path / "x.png")
    assert np.array_equal(again, picture)
    assert again.dtype == np.uint8
    assert again.flags.c_contiguous
    assert again.flags.writeable
    assert encode_png(picture[:, ::-1]) == encode_png(np.ascontiguousarray(picture[:, ::-1]))


def test_jpeg_is_read_with_and_without_metadata(picture):
    smooth = Image.fromarray(picture).resize((64, 48))
    exif = Image.Exif()
    exif[274] = 6
    for options in [
        {},
        {"exif": exif, "comment": b"hello"},
        {"progressive": True, "icc_profile": b"x" * 200},
    ]:
        data = saved(smooth, "JPEG", **options)
        assert np.array_equal(read_image(data), np.asarray(Image.open(io.BytesIO(data))))
    grey = read_image(saved(smooth.convert("L"), "JPEG"))
    assert (grey[..., 0] == grey[..., 2]).all()


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_and_palette_pictures_become_rgb(picture, mode):
    image = Image.fromarray(picture).convert(mode)
    assert np.array_equal(read_image(saved(image)), np.asarray(image.convert("RGB")))


def test_alpha_is_dropped_where_opaque_and_refused_elsewhere(picture):
    opaque = Image.fromarray(picture).convert("RGBA")
    assert np.array_equal(read_image(saved(opaque)), picture)
    clear = opaque.copy()
    clear.putpixel((3, 4), (1, 2, 3, 0))
    grey_alpha = clear.convert("LA")
    keyed_palette = saved(Image.fromarray(picture).quantize(8), transparency=bytes([0, 128, 255]))
    keyed_colour = saved(Image.fromarray(picture), transparency=tuple(picture[0, 0].tolist()))
    for data in [saved(clear), saved(grey_alpha), keyed_palette, keyed_colour]:
        with pytest.raises(DataError, match="transparent pixels"):
            read_image(data)
    rgba = read_image_rgba(saved(clear))
    assert rgba.shape == (13, 17, 4)
    assert rgba[4, 3].tolist() == [1, 2, 3, 0]


def test_a_gigantic_png_is_refused_in_milliseconds_without_memory(tmp_path):
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(bytes(150_001)) for _ in range(500)) + packer.flush()
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    path = tmp_path / "huge.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with pytest.raises(DataError, match="50000 x 50000 pixels, and at most 16,777,216 in all"):
        read_image(path)
    assert time.perf_counter() - start < 0.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000  # kB


def test_a_gigantic_jpeg_is_refused(picture):
    data = bytearray(saved(Image.fromarray(picture), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    with pytest.raises(DataError, match="65000 x 65000 pixels"):
        read_image(bytes(data))


def test_compressed_text_and_profiles_are_never_unpacked(picture):
    bomb = zlib.compress(bytes(200_000_000), 9)
    metadata = chunk(b"zTXt", b"a\0\0" + bomb) + chunk(b"iCCP", b"a\0\0" + bomb) + chunk(b"eXIf", b"nonsense")
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert np.array_equal(read_image(png(17, 13, rows, extra=metadata)), picture)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000


def test_foreign_and_unsupported_files_say_what_they_are(picture):
    image = Image.fromarray(picture)
    animated = saved(image, save_all=True, append_images=[image.rotate(90)])
    for data, said in [
        (b"", "an empty file, not PNG or JPEG"),
        (b"hello", "a file of an unknown kind"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (saved(image, "GIF"), "a GIF image"),
        (saved(image, "BMP"), "a BMP image"),
        (saved(image, "TIFF"), "a TIFF image"),
        (saved(image, "WEBP"), "a WebP image"),
        (animated, "it is animated"),
        (saved(Image.fromarray(picture[..., 0].astype(np.uint16) * 256)), "16 bits a channel"),
        (png(1, 1, bytes(7), depth=16), "16 bits a channel"),
        (saved(image.convert("CMYK"), "JPEG"), "4 colour channels"),
        (png(0, 5, b""), "no pixels"),
        (b"\xff\xd8\xff\xd9", "truncated"),
        (b"\xff\xd8\xff\xda\0\2", "no JPEG frame"),
    ]:
        with pytest.raises(DataError, match=said):
            read_image(data, what="prediction")
    with pytest.raises(DataError, match="Cannot read the prediction: it is a JPEG image, not PNG"):
        decode_png(saved(image, "JPEG"), what="prediction")
    with pytest.raises(DataError, match="larger than 10 bytes"):
        read_image(encode_png(picture), max_bytes=10)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_every_truncation_is_refused(picture, kind):
    data = saved(Image.fromarray(picture), kind)
    for end in [*range(1, len(data) - 8, 7), len(data) - 3]:
        with pytest.raises(DataError):
            read_image(data[:end])


def test_a_png_with_too_few_rows_is_refused():
    assert read_image(png(10, 10, bytes(310))).shape == (10, 10, 3)
    for rows in [0, 4, 9]:
        with pytest.raises(DataError, match="rows are missing"):
            read_image(png(10, 10, bytes(31 * rows)))


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (5, 3), (8, 8), (33, 17)])
@pytest.mark.parametrize(("colour", "depth"), [(0, 1), (0, 8), (2, 8), (3, 4), (6, 8)])
def test_interlaced_pictures_need_exactly_their_rows(size, colour, depth):
    width, height = size
    bits = depth * {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    passes = [(range(0, width, 8), range(0, height, 8)), (range(4, width, 8), range(0, height, 8))]
    passes += [(range(0, width, 4), range(4, height, 8)), (range(2, width, 4), range(0, height, 4))]
    passes += [(range(0, width, 2), range(2, height, 4)), (range(1, width, 2), range(0, height, 2))]
    passes += [(range(width), range(1, height, 2))]
    needed = sum(len(rows) * (1 + (len(columns) * bits + 7) // 8) for columns, rows in passes if columns)
    palette = chunk(b"PLTE", bytes(48)) if colour == 3 else b""
    for missing in [0, 1]:
        data = bytearray(
            png(width, height, bytes(needed - missing), depth=depth, colour=colour, extra=palette)
        )
        data[28] = 1
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        if missing:
            with pytest.raises(DataError, match="rows are missing"):
                read_image_rgba(bytes(data))
        else:
            assert read_image_rgba(bytes(data)).shape == (height, width, 4)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_damaged_files_give_a_picture_or_a_data_error(picture, kind):
    data = saved(Image.fromarray(picture), kind)
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        broken = bytearray(data)
        for at in random.integers(0, len(data), 3):
            broken[at] = random.integers(256)
        try:
            assert read_image(bytes(broken), max_pixels=10**6).shape[2] == 3
        except CfbenchError:
            refused += 1
    assert refused > 50


def test_the_decoder_is_not_tricked_by_a_second_header(picture):
    data = encode_png(picture)
    second = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    with pytest.raises(DataError):
        read_image(data[:33] + second + data[33:])


@pytest.mark.parametrize("shape", [(3, 3), (3, 3, 4), (0, 3, 3)])
def test_only_rgb_arrays_are_encoded(shape):
    with pytest.raises(TypeError, match="uint8"):
        encode_png(np.zeros(shape, np.uint8))
    with pytest.raises(TypeError, match="uint8"):
        encode_png(np.zeros((2, 2, 3)))


def test_text_of_a_png_is_not_needed(picture):
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "b" * 3_000_000, zip=True)
    assert np.array_equal(read_image(saved(Image.fromarray(picture), pnginfo=info)), picture)

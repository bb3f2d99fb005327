"""One photograph at a time: every kind of picture becomes right RGB, everything else a reason."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from pictures import encoded, jpeg, picture
from PIL import Image, ImageFile, ImageOps

from vit_keras.data import Unusable, decode, photographs, strict_and_silent


def three_squares(format="PNG"):
    """24x8 pixels: red, green, blue."""
    pixels = np.zeros((8, 24, 3), "uint8")
    for channel in range(3):
        pixels[:, 8 * channel:8 * channel + 8, channel] = 255
    return encoded(Image.fromarray(pixels), format)


def reason(content):
    with pytest.raises(Unusable) as error:
        decode(content)
    return str(error.value)


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.mark.parametrize("resize, size, expected", [
    ("crop", 8, [(..., GREEN)]), ("squeeze", 12, [((5, 1), RED), ((5, 6), GREEN), ((5, 10), BLUE)]),
    ("pad", 24, [(slice(8), 0), (slice(16, 24), 0), ((12, 2), RED), ((12, 12), GREEN), ((12, 21), BLUE)]),
])
def test_the_ways_of_resizing_by_hand(resize, size, expected):
    pixels = decode(three_squares(), size, resize).pixels
    assert pixels.shape == (size, size, 3) and pixels.dtype == np.uint8
    for place, color in expected:
        assert (pixels[place] == color).all(), place


def test_shrinking_averages():
    checks = np.indices((64, 64)).sum(0) % 2 * 255
    for resize in photographs.RESIZE:
        pixels = decode(encoded(Image.fromarray(checks.astype("uint8")), "PNG"), 8, resize).pixels
        assert np.ptp(pixels) < 12 and abs(pixels.mean() - 127.5) < 4


@pytest.mark.parametrize("size", [(10_000, 300), (300, 2_000), (9, 3_000)])
@pytest.mark.parametrize("resize", photographs.RESIZE)
def test_panoramas_become_squares(size, resize):
    assert decode(encoded(picture(1, size)), 16, resize).pixels.shape == (16, 16, 3)


def test_a_large_jpeg_is_decoded_small_and_looks_the_same(monkeypatch):
    large = picture(3, (2400, 1600))
    content, sizes, to_rgb = encoded(large, quality=95), [], photographs._to_rgb
    monkeypatch.setattr(photographs, "_to_rgb", lambda image: sizes.append(image.size) or to_rgb(image))
    pixels = decode(content, 100).pixels
    assert sizes == [(300, 200)]
    exact = np.asarray(ImageOps.fit(large, (100, 100), Image.Resampling.BICUBIC), int)
    assert np.abs(pixels - exact).max() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_picture_is_turned_as_the_camera_was_held(orientation, format):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(picture(4, (48, 32)), format, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    expected = np.asarray(upright.resize((16, 16), Image.Resampling.BICUBIC))
    assert np.array_equal(decode(content, 16, "squeeze").pixels, expected)


def test_a_quarter_turn_by_hand():
    exif = Image.Exif()
    exif[0x0112] = 6   # the right side of the stored picture is down: red, on the left, belongs at the top
    pixels = decode(encoded(Image.open(io.BytesIO(three_squares())), "PNG", exif=exif), 24, "pad").pixels
    assert pixels[2, 12].tolist() == [255, 0, 0] and pixels[21, 12].tolist() == [0, 0, 255]


def test_damaged_exif_data_do_not_matter():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    content = encoded(picture(5), exif=exif)
    start = content.index(b"Exif\0\0") + 6
    for broken in (content[:start + 4] + b"\xff" * 12 + content[start + 16:],
                   content[:start + 8] + b"\xff\xff" + content[start + 10:]):
        with strict_and_silent():
            assert decode(broken).pixels.shape == (112, 112, 3)


GREY = np.linspace(0, 255, 32).astype("uint8").reshape(1, 32).repeat(32, 0)


@pytest.mark.parametrize("mode, format, converted", [
    ("L", "JPEG", "grey"), ("1", "PNG", "black and white"), ("P", "PNG", "palette"), ("P", "GIF", "palette"),
    ("CMYK", "JPEG", "CMYK"), ("RGBA", "PNG", "transparent"), ("LA", "PNG", "transparent"), ("RGB", "JPEG", ""),
    ("RGB", "PNG", ""), ("RGB", "WEBP", ""), ("RGB", "BMP", ""), ("RGB", "TIFF", ""),
])
def test_every_mode_becomes_rgb_and_is_named(mode, format, converted):
    image = Image.fromarray(GREY).convert("RGB").convert(mode, palette=Image.Palette.ADAPTIVE)
    result = decode(encoded(image, format), 32)
    assert result.converted == converted and result.pixels.shape == (32, 32, 3)
    if mode != "1":
        assert np.abs(result.pixels.astype(int) - GREY[..., None]).max() < 12


def test_sixteen_bits_are_scaled_not_clipped():
    deep = np.linspace(0, 65535, 32).astype("uint16").reshape(1, 32).repeat(32, 0)
    for format in ("PNG", "TIFF"):
        result = decode(encoded(Image.fromarray(deep), format), 32)
        assert result.converted == "16-bit grey" and np.abs(result.pixels.astype(int) - GREY[..., None]).max() <= 1


def test_transparent_is_white():
    see_through = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    see_through.paste((0, 0, 255, 255), (0, 0, 16, 8))
    pixels = decode(encoded(see_through, "PNG"), 16).pixels
    assert pixels[2, 3].tolist() == [0, 0, 255] and pixels[13, 3].tolist() == [255, 255, 255]
    palette = Image.new("P", (16, 16), 1)
    palette.putpalette([0, 0, 0, 200, 10, 10])
    assert (decode(encoded(palette, "PNG", transparency=1), 16).pixels == 255).all()
    assert (decode(encoded(Image.new("RGB", (16, 16), "red"), "PNG", transparency=(255, 0, 0)), 16).pixels == 255).all()


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "blue")]
    for format in ("GIF", "PNG", "WEBP"):
        options = {"lossless": True} if format == "WEBP" else {}
        result = decode(encoded(frames[0], format, save_all=True, append_images=frames[1:], **options), 16)
        assert result.pixels[8, 8].tolist() == [255, 0, 0] and result.converted == "animated"


def test_the_jpeg_of_a_telephone_that_holds_a_second_picture_is_a_plain_one():
    content = encoded(picture(1), "MPO", save_all=True, append_images=[picture(2)])
    assert decode(content).converted == ""


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width, height):
    """A PNG file that declares a size and holds no pixels."""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("content, expected", [
    (b"", "empty"), (b"this is a text", "not an image"), (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not an image"),
    (jpeg(1)[:-300], "truncated"), (encoded(picture(1), "PNG")[:-200], "truncated"),
    (encoded(picture(1, (1, 1))), "too small"), (encoded(picture(1, (500, 7))), "too small"),
    (png_of(13_400, 13_400), "too many pixels"), (png_of(60_000, 60_000), "too many pixels"),
])
def test_what_is_no_photograph_has_a_reason(content, expected):
    with warnings.catch_warnings(), strict_and_silent():
        assert reason(content) == expected


def test_a_damaged_file_is_never_another_error():
    rng = np.random.default_rng(0)
    with strict_and_silent():
        for format in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"):
            whole = encoded(picture(6, (24, 16), "P" if format == "GIF" else "RGB"), format)
            for _ in range(150):
                content = bytearray(whole[:rng.integers(1, len(whole) + 1)])
                for place in rng.integers(0, min(len(content), 200), 3):
                    content[place] = rng.integers(256)
                try:
                    assert decode(bytes(content), 16).pixels.shape == (16, 16, 3)
                except Unusable as error:
                    assert str(error)


def test_pillows_settings_are_strict_inside_and_unchanged_outside(monkeypatch, recwarn):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with strict_and_silent():
        assert reason(jpeg(1)[:-300]) == "truncated"
        warnings.warn("from Pillow", stacklevel=1)
    assert ImageFile.LOAD_TRUNCATED_IMAGES and not recwarn


def test_the_thumbnail_does_not_depend_on_the_way_of_resizing():
    thumbnails = [decode(jpeg(2), 20, resize).thumbnail for resize in photographs.RESIZE]
    assert thumbnails[0].shape == (16, 16)
    assert all(np.array_equal(thumbnails[0], other) for other in thumbnails)

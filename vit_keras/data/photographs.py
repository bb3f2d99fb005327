"""Photographs: the bytes of a file become an array, or a reason why not; many are decoded by a few threads."""

import io
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import numpy as np

from vit_keras.data.copies import DETAIL, THUMBNAIL
from vit_keras.data.download import meter
from vit_keras.data.folders import Unusable
from vit_keras.data.names import printable

# ---- One ----

RESIZE = {"crop": "the shorter side scaled to {} pixels and the centre cut out",
          "squeeze": "squeezed to squares of {} pixels",
          "pad": "the longer side scaled to {} pixels and black added to make a square"}
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF")   # no EPS, for example: Pillow would start another program
MAX_PIXELS = 178_000_000   # a little below the number at which Pillow itself refuses a picture
LARGE = 20_000_000         # pixels; larger ones (after `draft`) are decoded one at a time, as each takes much memory
ONE_LARGE = threading.Lock()
MIN_SIDE = 8               # pixels; smaller files are place-holders and counting pixels, not photographs
TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270",
         7: "TRANSVERSE", 8: "ROTATE_90"}   # how EXIF says that a camera was held, and what makes the picture upright


class Photograph(NamedTuple):
    """`pixels` uint8 (S, S, 3) in [0, 255]; `thumbnail` uint8 (16, 16) and `detail` uint8 (32, 32), the whole picture
    in grey, however it was resized; `converted` str: what had to be made RGB, or an empty string."""

    pixels: np.ndarray
    thumbnail: np.ndarray
    detail: np.ndarray
    converted: str


def decode(content, image_size=112, resize="crop"):
    """Read one picture, upright, in RGB, as a square.

    Args:
        content: bytes of a JPEG, PNG, GIF, BMP, WebP or TIFF file, whatever it is called. Of an animation the first
            frame is taken. What is transparent becomes white.
        image_size: int S.
        resize: "crop", "squeeze" or "pad": see `RESIZE`. All three average where they shrink, as
            `keras.utils.image_dataset_from_directory` does not (it picks pixels: bilinear without antialiasing).

    Returns:
        `Photograph`.

    Raises:
        Unusable: the file is empty, not an image, truncated, damaged, too small or too large.
    """
    from PIL import Image, UnidentifiedImageError  # only who reads photographs needs Pillow

    if not content:
        raise Unusable("empty")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unusable("too many pixels")
            if min(image.size) < MIN_SIDE:
                raise Unusable("too small")
            # JPEG can decode at a half, a quarter or an eighth. Twice the size we need leaves the resizing its work.
            image.draft(None, (2 * max(image_size, DETAIL),) * 2)
            with ONE_LARGE if image.width * image.height > LARGE else nullcontext():
                rgb, converted = _to_rgb(image)
                rgb = _upright(image, rgb)
                thumbnail, detail = (np.asarray(rgb.resize((side, side), Image.Resampling.BOX).convert("L"))
                                     for side in (THUMBNAIL, DETAIL))
                return Photograph(np.asarray(_square(rgb, image_size, resize)), thumbnail, detail, converted)
    except Unusable:
        raise
    except UnidentifiedImageError:
        # What telephones call IMG_1.JPG may be HEIC all the same.
        raise Unusable("HEIC or AVIF, which is not read" if content[4:8] == b"ftyp" else "not an image") from None
    except (Image.DecompressionBombError, MemoryError):
        raise Unusable("too many pixels") from None
    except Exception as error:   # Pillow's readers raise whatever they stumble over in a damaged file
        raise Unusable("truncated" if "truncated" in str(error).lower() else "damaged") from None


@contextmanager
def strict_and_silent():
    """Around many calls of `decode`: Pillow neither warns the user nor fills in what a truncated file lacks.

    Both are settings of the whole process, so they are made once, by the thread that starts the others.
    """
    from PIL import ImageFile

    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _to_rgb(image):
    """(picture in mode RGB, what it was); nothing is said of a plain RGB picture."""
    from PIL import Image

    animated = image.format in ("GIF", "PNG", "WEBP") and getattr(image, "is_animated", False)
    image.load()
    mode = image.mode
    if mode.startswith("I") or mode == "F":   # more than 8 bits a pixel; `convert` would cut off all above 255
        values = np.nan_to_num(np.asarray(image, "float32"))
        white = 65535.0 if mode.startswith("I;16") or 255 < values.max() <= 65535 else max(values.max(), 1.0)
        rgb = Image.fromarray(np.clip(values * (255 / white) + 0.5, 0, 255).astype("uint8")).convert("RGB")
        converted = "16-bit grey" if white == 65535 else "grey of many bits"
    elif mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        rgb = Image.new("RGB", image.size, "white")
        rgb.paste(rgba, mask=rgba.getchannel("A"))
        converted = "palette" if mode == "P" else "transparent"
    else:
        rgb = image.convert("RGB")
        converted = {"RGB": "", "L": "grey", "1": "black and white", "P": "palette"}.get(mode, mode)
    return rgb, "animated" if animated else converted


def _upright(image, rgb):
    """Turn `rgb` as the EXIF data of `image` say. Damaged data say nothing.

    `ImageOps.exif_transpose` does the same, but writes the EXIF data anew, and stumbles where another entry is damaged.
    """
    from PIL import Image

    try:
        turn = TURNS.get(image.getexif().get(0x0112))   # entry 0x0112 is the orientation, 1 to 8
    except Exception:
        return rgb
    return rgb.transpose(Image.Transpose[turn]) if turn else rgb


def _square(rgb, image_size, resize):
    """Picture of `image_size` x `image_size` pixels."""
    from PIL import Image, ImageOps

    size, bicubic = (image_size, image_size), Image.Resampling.BICUBIC   # Pillow's averages where it shrinks
    if resize == "crop":
        return ImageOps.fit(rgb, size, bicubic)
    if resize == "squeeze":
        return rgb.resize(size, bicubic)
    inner = [max(1, round(side * image_size / max(rgb.size))) for side in rgb.size]   # `pad` alone fails on panoramas
    return ImageOps.pad(rgb.resize(inner, bicubic), size)


# ---- Many, so that memory holds one chunk of them at a time ----

CHUNK = 256   # pictures in memory at once: 10 MB at 112 pixels


def decode_all(photographs, target, image_size, resize):
    """Decode every file that can be; write the pixels to `target`, one picture after the other, as they are in memory.

    Returns:
        (files that became pictures, in the order of the pictures; their thumbnails, uint8 (N, 16, 16); the larger ones,
        uint8 (N, 32, 32); skipped and converted files, lists of (name, reason)).
    """
    files, skipped, converted = [], [], []
    # One array for all: 25,000 small ones between large ones that come and go would keep 300 MB from being given back.
    thumbnails, details = (np.empty((len(photographs.files), side, side), "uint8") for side in (THUMBNAIL, DETAIL))

    def decode_one(file):
        try:
            return decode(photographs.read(file), image_size, resize)
        except Unusable as error:
            return str(error)

    bar = meter(f"decoding {printable(photographs.path.name)}", " photographs", len(photographs.files))
    # Pillow lets go of Python's lock while it decodes, so threads share the work.
    with bar, strict_and_silent(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(photographs.files), CHUNK):
            chunk = photographs.files[start:start + CHUNK]
            for file, picture in zip(chunk, pool.map(decode_one, chunk)):
                if isinstance(picture, str):
                    skipped.append((printable(file.name), picture))
                    continue
                target.write(picture.pixels.tobytes())
                thumbnails[len(files)], details[len(files)] = picture.thumbnail, picture.detail
                files.append(file)
                if picture.converted:
                    converted.append((printable(file.name), picture.converted))
            bar.update(len(chunk))
    return files, thumbnails[:len(files)], details[:len(files)], skipped, converted

"""Many photographs: decoded by a few threads into a file, so that memory holds one chunk of them at a time."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from vit_keras.data.listing import printable
from vit_keras.data.meter import Meter
from vit_keras.data.photographs import THUMBNAIL, Unusable, decode, strict_and_silent

CHUNK = 256   # pictures in memory at once: 10 MB at 112 pixels


def decode_all(photographs, target, image_size, resize):
    """Decode every file that can be; write the pixels to `target`, one picture after the other, as they are in memory.

    Args:
        photographs: `Folder` or `Zip`.
        target: File open for writing bytes.
        image_size, resize: See `decode`.

    Returns:
        (files that became pictures, in the order of the pictures; their thumbnails, uint8 (N, 16, 16); skipped and
        converted files, lists of (name, reason)).
    """
    files, skipped, converted = [], [], []
    # One array for all: 25,000 small ones between large ones that come and go would keep 300 MB from being given back.
    thumbnails = np.empty((len(photographs.files), THUMBNAIL, THUMBNAIL), "uint8")

    def decode_one(file):
        try:
            return decode(photographs.read(file), image_size, resize)
        except Unusable as error:
            return str(error)

    meter = Meter(f"decoding {photographs.path.name}", len(photographs.files), unit="photographs", scale=1)
    # Pillow lets go of Python's lock while it decodes, so threads share the work.
    with strict_and_silent(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(photographs.files), CHUNK):
            chunk = photographs.files[start:start + CHUNK]
            for file, picture in zip(chunk, pool.map(decode_one, chunk)):
                if isinstance(picture, str):
                    skipped.append((printable(file.name), picture))
                    continue
                target.write(picture.pixels.tobytes())
                thumbnails[len(files)] = picture.thumbnail
                files.append(file)
                if picture.converted:
                    converted.append((printable(file.name), picture.converted))
            meter.update(start + len(chunk))
    meter.close()
    return files, thumbnails[:len(files)], skipped, converted

"""Drawn faces of cats and dogs: they stand in for the photographs where those cannot be had.

Ears, pupils, whiskers, nose and snout say what an image shows; coat, colours, place, size, tilt, light and what lies
behind are drawn from the same chances for both, so they say nothing. NumPy only; the same seed draws the same faces.
"""

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vit_keras.data.face_outlines import RADIUS, add_body, add_cat, add_dog
from vit_keras.data.face_painting import Sheet, behind, face_colors

CLASSES = ("Cat", "Dog")
CHUNK = 2 ** 19   # pixels drawn at once: little memory, and Python's own time stays hidden
BROKEN_FILES = {   # what `write_faces` adds to 50 pictures or more, as the publisher's archive has such files too
    "Cat/200000.jpg": "empty",
    "Cat/Thumbs.db": "a file of Windows, no picture",
    "Dog/200000.jpg": "a JPEG that breaks off",
    "Dog/200001.jpg": "text under the name of a picture",
}


class DrawnFaces(NamedTuple):
    """`images` uint8 (N, S, S, 3); `labels` int32 (N,), 0 for a cat and 1 for a dog."""

    images: np.ndarray
    labels: np.ndarray


def draw_faces(num_images, image_size=112, seed=0, labels=None):
    """Draw one face an image, of a cat or of a dog, each wholly inside.

    Args:
        num_images: int, 0 or more.
        image_size: int S, at least 32.
        seed: int or sequence of ints, each 0 or more.
        labels: int (N,), 0 for a cat and 1 for a dog; by default as many of each (to within one), shuffled.

    Returns:
        `DrawnFaces`.

    Raises:
        ValueError: an argument is out of its range.
    """
    images, labels, _, _ = _draw(num_images, image_size, seed, labels)
    return DrawnFaces(images, labels)


def write_faces(folder, num_images, seed=0):
    """Write faces as JPEG files in the publisher's layout, `folder/PetImages/Cat/0.jpg` and so on.

    The pictures measure 100 to 200 pixels a side, few of them square, and the face is somewhere in them, whole.
    From 50 pictures on, the files of `BROKEN_FILES` come on top. All is written to `folder/PetImages.part`, which
    gets its name when it is whole.

    Args:
        folder: str or path; made if need be. It must not hold `PetImages` yet.
        num_images: int, 1 or more.
        seed: int or sequence of ints, each 0 or more.

    Returns:
        `pathlib.Path` of `folder/PetImages`.

    Raises:
        ValueError: an argument is out of its range, or `PetImages` is there already.
    """
    from PIL import Image

    _check_whole("num_images", num_images, 1)
    seed = _seeds(seed)
    target = Path(folder) / "PetImages"
    if target.exists():
        raise ValueError(f"`folder` must not hold PetImages yet: got {folder}, where it lies. Delete it to draw anew.")
    part = target.with_name("PetImages.part")
    shutil.rmtree(part, ignore_errors=True)
    for name in CLASSES:
        (part / name).mkdir(parents=True)
    written = [0, 0]
    rng = np.random.default_rng([*seed, 3])
    for first in range(0, num_images, 40):
        count, size = min(40, num_images - first), int(rng.integers(120, 201))
        # The labels alternate over all the calls; a crop takes its place by chance, but never cuts the face.
        images, labels, centers, radii = _draw(count, size, [*seed, 4, first], (first + np.arange(count)) % 2)
        for image, label, center, radius in zip(images, labels, centers, radii):
            needed = max(100, int(np.ceil(2 * radius)) + 1)
            sides = rng.integers(needed, size + 1, 2)
            lowest, highest = np.maximum(0, np.ceil(center + radius - sides)), np.minimum(size - sides, center - radius)
            top, left = np.floor(lowest + rng.random(2) * (highest - lowest)).astype(int)
            picture = Image.fromarray(image[top:top + sides[0], left:left + sides[1]])
            picture.save(part / CLASSES[label] / f"{written[label]}.jpg", quality=90)
            written[label] += 1
    if num_images >= 50:
        whole = (part / "Dog" / "0.jpg").read_bytes()
        contents = b"", b"\xd0\xcf\x11\xe0" + bytes(508), whole[:len(whole) // 3], b"This is no picture.\n"
        for name, content in zip(BROKEN_FILES, contents):
            (part / name).write_bytes(content)
    os.replace(part, target)
    return target


def _check_whole(name, value, least):
    if not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"`{name}` must be a whole number, {least} or more: got {value!r}.")


def _seeds(seed):
    parts = np.atleast_1d(seed)
    if parts.dtype.kind not in "iu" or parts.min(initial=0) < 0:
        raise ValueError(f"`seed` must be whole numbers, 0 or more: got {seed!r}.")
    return [int(part) for part in parts]


def _draw(num_images, image_size, seed, labels=None):
    """Images, labels, and the circle around every face: centers (N, 2) in row and column, radii (N,)."""
    _check_whole("num_images", num_images, 0)
    _check_whole("image_size", image_size, 32)
    n, s, seed = int(num_images), int(image_size), _seeds(seed)
    if labels is None:
        labels = np.random.default_rng([*seed, 0]).permutation(np.arange(n) % 2)
    if np.shape(labels) != (n,) or not np.isin(labels, (0, 1)).all():
        raise ValueError(f"`labels` must be {n} numbers, 0 for a cat and 1 for a dog: got shape {np.shape(labels)}, "
                         f"values {np.unique(labels)[:5]}.")
    labels = np.asarray(labels, "int32")
    images, centers, radii = np.empty((n, s, s, 3), "uint8"), np.empty((n, 2), "float32"), np.empty(n, "float32")
    step = max(1, CHUNK // (s * s))
    for label, add_face in enumerate((add_cat, add_dog)):
        chosen = np.flatnonzero(labels == label)
        for first in range(0, len(chosen), step):
            some = chosen[first:first + step]
            rng = np.random.default_rng([*seed, 1 + label, first])
            images[some], centers[some], radii[some] = _draw_chunk(rng, add_face, len(some), s)
    return images, labels, centers, radii


def _draw_chunk(rng, add_face, n, s):
    def uniform(low, high, *shape):
        return rng.uniform(low, high, shape).astype("float32")

    sizes = s * uniform(0.26, 0.43, n)
    radii = RADIUS * sizes
    margin = radii[:, None] + 1
    centers = margin + uniform(0, 1, n, 2) * (s - 2 * margin)
    grain = rng.standard_normal((n, s, s), "float32")
    fur = 0.6 * (grain + np.roll(grain, 1, 1) + np.roll(grain, 2, 1))      # hairs: three pixels long, upright
    colors = face_colors(rng, n)
    sheet = Sheet(behind(rng, colors["coat"], s), centers, sizes, np.deg2rad(uniform(-24, 24, n)), fur)
    add_body(rng, sheet, colors)
    add_face(rng, sheet, colors, uniform(-0.06, 0.06, 2, n))

    canvas = sheet.canvas
    place = np.linspace(-1, 1, s, dtype="float32")
    across, down = uniform(-0.3, 0.3, 2, n, 1, 1)
    canvas *= (1 + across * place + down * place[:, None])[:, None]        # light that falls in from one side
    canvas *= uniform(0.8, 1.1, n, 1, 1, 1) * uniform(0.94, 1.06, n, 3, 1, 1)
    canvas += (uniform(1, 7, n, 1, 1) * grain)[:, None]
    return np.clip(canvas + 0.5, 0, 255).transpose(0, 2, 3, 1), centers, radii

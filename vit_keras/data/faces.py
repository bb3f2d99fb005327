"""Drawn faces of cats and dogs: they stand in for the photographs where those cannot be had.

Ears, pupils, whiskers, nose and snout say what an image shows; coat, colors, place, size, tilt, light and what lies
behind are drawn from the same chances for both, so they say nothing. NumPy only; the same seed draws the same faces.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vit_keras.data.dataset import whole
from vit_keras.data.shapes import background, given_or_drawn, length, local, seeds

# ---- Painting: one part at a time onto many images at once, each where its own face lies ----

COATS = np.array([(214, 138, 66), (122, 80, 50), (58, 54, 58), (132, 132, 138), (232, 206, 164), (240, 236, 228),
                  (188, 150, 102), (104, 114, 132)], "float32")
EYES = np.array([(110, 170, 70), (225, 170, 50), (90, 150, 210), (150, 95, 45), (190, 195, 70)], "float32")
NOSES = np.array([(70, 50, 52), (215, 130, 130), (120, 78, 66)], "float32")


class Sheet(NamedTuple):
    """`canvas` (n, 3, S, S) with one face on each: its `center` (n, 2) in row and column, `size` (n,) in pixels,
    `angle` (n,), and `fur` (n, S, S), the grain of the coats around 0."""

    canvas: np.ndarray
    center: np.ndarray
    size: np.ndarray
    angle: np.ndarray
    fur: np.ndarray

    def offset(self, x, y):
        """(n, 2) pixels down and right, for (x, y) in units of the face, which is turned by its angle."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return self.size[:, None] * np.stack([sin * x + cos * y, cos * x - sin * y], 1).astype("float32")

    def add(self, outline, color, at=(0.0, 0.0), reach=1.0, mirror=False, shown=None, rim=0.0, fur=False):
        """Paint one part in `color` (n, 3); `mirror` adds its reflection, `shown` (n,) in [0, 1] how opaque it is.

        Only a square of `reach` around `at` is worked on: most parts are small, and small squares are fast.
        `rim` darkens towards the edge, which makes a part look round; `fur` roughens its edge and colour.
        """
        n, _, s, _ = self.canvas.shape
        side = min(s, 2 * int(np.ceil(reach * self.size.max())) + 3)
        size = self.size[:, None, None]
        for sign in (1, -1) if mirror else (1,):
            center = self.center + self.offset(sign * at[0], at[1])
            corner = np.clip(np.floor(center - side / 2), 0, s - side).astype(int)
            image, row, column = np.arange(n), *corner.T
            x, y = local(center - corner.astype("float32"), self.angle, side)
            distance = outline(sign * x / size, y / size)                                # (n, side, side)
            shade = np.ones((n, 1, 1), "float32")
            if fur:
                grain = sliding_window_view(self.fur, (side, side), (1, 2))[image, row, column]
                distance = distance + 0.02 * grain
                shade = shade + 0.07 * grain
            if rim:
                shade = shade * (1 - rim * np.clip(1 + distance / 0.35, 0, 1) ** 2)
            covered = np.clip(0.5 - distance * size, 0, 1)
            if shown is not None:
                covered *= shown.astype("float32")[:, None, None]
            squares = sliding_window_view(self.canvas, (side, side), (2, 3), writeable=True)
            square = squares[image, :, row, column]                                      # (n, 3, side, side), a copy
            square += covered[:, None] * (color[:, :, None, None] * shade[:, None] - square)
            squares[image, :, row, column] = square


def face_colors(rng, n):
    """By name, (n, 3) float32 each."""
    def vary(colors):
        return np.clip(colors + rng.integers(-14, 15, (n, 3)), 0, 255).astype("float32")

    first = rng.integers(0, len(COATS), n)
    second = vary(COATS[(first + rng.integers(1, len(COATS), n)) % len(COATS)])
    coat = vary(COATS[first])
    ears = np.stack([0.75 * coat, coat, second])[rng.integers(0, 3, n), np.arange(n)]
    light = coat.mean(1, keepdims=True) > 150
    return {"coat": coat, "second": second, "pale": coat + 0.6 * (255 - coat), "ear": ears,
            "eye": vary(EYES[rng.integers(0, len(EYES), n)]), "nose": vary(NOSES[rng.integers(0, len(NOSES), n)]),
            "pink": vary((226, 160, 150)), "tongue": vary((226, 110, 120)), "bell": vary((225, 185, 80)),
            "collar": rng.integers(30, 226, (n, 3)).astype("float32"), "dark": vary((34, 28, 30)),
            "white": vary((245, 245, 245)), "whiskers": vary(np.where(light, 40, 240))}


def behind(rng, coat, s):
    """(n, 3, S, S): shades and bars, drawn at a quarter of the size and enlarged, so they are out of focus."""
    small = s // 4
    canvas = background(rng, coat, small, clutter=0.6)
    grey = canvas.mean(1, keepdims=True)
    canvas = grey + rng.uniform(0.25, 0.75, (len(coat), 1, 1, 1)).astype("float32") * (canvas - grey)
    position = np.clip((np.arange(s) + 0.5) * small / s - 0.5, 0, small - 1)
    enlarge = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(small))).astype("float32")   # linear, (S, small)
    return enlarge @ canvas @ enlarge.T


# ---- Parts: where each lies, its outline and its color
#
# x runs to the right and y down, in units of the face's size. A part is placed from the center of the face, and its
# outline is measured from that place, as in `shapes.py`. All but the shoulders stay inside the circle of `RADIUS`.

RADIUS = 1.05


def ellipse(width, height, x0=0.0, y0=0.0):
    return lambda x, y: (length((x - x0) / width, (y - y0) / height) - 1) * min(width, height)


def polygon(*points, soft=0.0):
    """Convex, its corners clockwise as seen on the screen; every side is pushed out by `soft`."""
    def outline(x, y):
        distance = None
        for (xa, ya), (xb, yb) in zip(points, points[1:] + points[:1]):
            length = np.hypot(xb - xa, yb - ya)
            side = (x - xa) * np.float32((yb - ya) / length) - (y - ya) * np.float32((xb - xa) / length)
            distance = side if distance is None else np.maximum(distance, side)
        return distance - soft
    return outline


def line(xa, ya, xb, yb, width):
    """A stroke with round ends, `width` to either side."""
    dx, dy = xb - xa, yb - ya

    def outline(x, y):
        along = np.clip(((x - xa) * dx + (y - ya) * dy) / (dx * dx + dy * dy), 0, 1)
        return np.hypot(x - xa - along * dx, y - ya - along * dy) - width
    return outline


def arc(radius, width):
    """The lower half of a ring: one side of a smile."""
    return lambda x, y: np.maximum(np.abs(length(x, y) - radius) - width, -y)


def union(*outlines):
    return lambda x, y: np.minimum.reduce([outline(x, y) for outline in outlines])


def bent(outline, slope, curve):
    """The outline pushed to the right the lower it lies, and less and less so."""
    return lambda x, y: outline(x - slope * y + curve * y * y, y)


def _shoulders(x, y):
    return np.maximum(0.35 - y, np.abs(x) - 0.34 - 0.36 * np.sqrt(np.maximum(y - 0.3, 0)))


def _collar(x, y):
    return np.maximum(_shoulders(x, y + 0.8), np.abs(y + 0.35 * x * x) - 0.055)


CAT_HEAD = union(ellipse(0.70, 0.60, 0, 0.12), ellipse(0.77, 0.42, 0, 0.28))
DOG_HEAD = union(ellipse(0.58, 0.52, 0, -0.16), ellipse(0.51, 0.56, 0, 0.16))
EAR_DOWN = bent(ellipse(0.19, 0.46), 0.3, 0.08)
EAR_UP = polygon((0.12, -0.40), (0.22, 0.38), (-0.34, 0.0), soft=0.03)
SNOUT = union(ellipse(0.30, 0.27, 0, 0.07), ellipse(0.22, 0.40, 0, -0.06))
WHISKERS = union(*(line(-0.3, y / 3, 0.29, y, 0.012) for y in (-0.15, 0.0, 0.15)))


def add_body(rng, sheet, colors):
    n = len(sheet.size)
    upright = sheet._replace(angle=np.zeros(n, "float32"))
    upright.add(_shoulders, colors["coat"], reach=4, rim=0.2, fur=True)
    upright.add(ellipse(0.3, 0.5), colors["pale"], (0, 1.3), 0.55, shown=0.8 * (rng.random(n) < 0.5), fur=True)
    collar = rng.random(n) < 0.4
    upright.add(_collar, colors["collar"], (0, 0.8), 0.75, shown=collar, rim=0.1)
    upright.add(ellipse(0.08, 0.08), colors["bell"], (0, 0.89), 0.12, shown=collar, rim=0.3)


def _add_head(rng, sheet, colors, head):
    """With a patch of the second colour on every other head, over one eye or the brow."""
    n = len(sheet.size)
    sheet.add(head, colors["coat"], reach=0.8, rim=0.3, fur=True)
    x0, y0, radius = (rng.uniform(*limits, n).astype("float32") for limits in ((-0.45, 0.45), (-0.5, 0.1), (0.25, 0.4)))
    dx, dy, r = x0[:, None, None], y0[:, None, None], radius[:, None, None]
    sheet.add(lambda x, y: np.maximum(head(x + dx, y + dy), length(x, y) - r), colors["second"], (x0, y0),
              0.45, shown=rng.random(n) < 0.5, rim=0.12, fur=True)


def _add_eyes(face, colors, x, y, outer, iris, pupil):
    for outline, color in ((outer, "dark"), (iris, "eye"), (pupil, "dark")):
        face.add(ellipse(*outline), colors[color], (x, y), max(outline) + 0.02, True, rim=0.2)
    for side in (1, -1):      # the light is one, so its reflections are no mirror images
        face.add(ellipse(0.042, 0.042), colors["white"], (side * x + 0.045, y - 0.05), 0.06)


def add_cat(rng, sheet, colors, turn):
    """Pointed ears that stand, slits for pupils, whiskers, a small triangle of a nose."""
    n = len(sheet.size)
    sheet.add(EAR_UP, colors["ear"], (0.5, -0.36), 0.48, True, rim=0.2, fur=True)
    sheet.add(lambda x, y: EAR_UP(1.8 * x, 1.8 * y), colors["pink"], (0.5, -0.34), 0.3, True)
    _add_head(rng, sheet, colors, CAT_HEAD)
    face = sheet._replace(center=sheet.center + sheet.offset(*turn))
    tuxedo = rng.random(n) < 0.5
    face.add(ellipse(0.36, 0.3), colors["pale"], (0, 0.4), 0.38, shown=0.8 * tuxedo, fur=True)
    face.add(ellipse(0.19, 0.15), colors["pale"], (0.12, 0.45), 0.22, True, shown=rng.random(n) < 0.7, rim=0.08)
    _add_eyes(face, colors, 0.32, 0.08, (0.20, 0.165), (0.18, 0.145), (0.05, 0.14))
    face.add(arc(0.1, 0.018), colors["dark"], (0.1, 0.44), 0.14, True)
    face.add(polygon((-0.1, -0.06), (0.1, -0.06), (0.0, 0.07), soft=0.01), colors["nose"], (0, 0.36), 0.15)
    face.add(WHISKERS, colors["whiskers"], (0.55, 0.42), 0.4, True, shown=np.full(n, 0.85))


def add_dog(rng, sheet, colors, turn):
    """Ears that hang, round pupils, a long pale snout with a big nose, and at times a tongue."""
    n = len(sheet.size)
    _add_head(rng, sheet, colors, DOG_HEAD)
    sheet.add(EAR_DOWN, colors["ear"], (0.58, -0.10), 0.55, True, rim=0.25, fur=True)
    face = sheet._replace(center=sheet.center + sheet.offset(*turn))
    face.add(line(0, -0.2, 0, 0.1, 0.11), colors["tongue"], (0, 0.7), 0.33, shown=rng.random(n) < 0.5, rim=0.2)
    face.add(SNOUT, colors["pale"], (0, 0.36), 0.48, rim=0.15)
    _add_eyes(face, colors, 0.26, -0.12, (0.145, 0.145), (0.12, 0.12), (0.075, 0.075))
    face.add(line(0, -0.13, 0, 0.13, 0.016), colors["dark"], (0, 0.38), 0.16)
    face.add(arc(0.13, 0.018), colors["dark"], (0.13, 0.49), 0.17, True)
    face.add(ellipse(0.16, 0.115), colors["nose"], (0, 0.22), 0.18, rim=0.2)
    face.add(ellipse(0.05, 0.025), colors["white"], (-0.05, 0.17), 0.07, shown=np.full(n, 0.7))


# ---- Faces ----

CHUNK = 2 ** 19   # pixels drawn at once: little memory, and Python's own time stays hidden


class DrawnFaces(NamedTuple):
    """`images` uint8 (N, S, S, 3); `labels` int32 (N,), 0 for a cat and 1 for a dog; `centers` float32 (N, 2), row and
    column, and `radii` float32 (N,) in pixels, of the circle around each face."""

    images: np.ndarray
    labels: np.ndarray
    centers: np.ndarray
    radii: np.ndarray


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
    n, s, seed = whole("num_images", num_images, 0), whole("image_size", image_size, 32), seeds(seed)
    labels = given_or_drawn(labels, np.random.default_rng([*seed, 0]), n, 2)
    drawn = DrawnFaces(np.empty((n, s, s, 3), "uint8"), labels, np.empty((n, 2), "float32"), np.empty(n, "float32"))
    step = max(1, CHUNK // (s * s))
    for label, add_face in enumerate((add_cat, add_dog)):
        chosen = np.flatnonzero(labels == label)
        for first in range(0, len(chosen), step):
            some, rng = chosen[first:first + step], np.random.default_rng([*seed, 1 + label, first])
            drawn.images[some], drawn.centers[some], drawn.radii[some] = _draw_chunk(rng, add_face, len(some), s)
    return drawn


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


# ---- Files ----

BROKEN_FILES = {   # what `write_faces` adds to 50 pictures or more, as the publisher's archive has such files too
    "Cat/200000.jpg": "empty",
    "Cat/Thumbs.db": "a file of Windows, no picture",
    "Dog/200000.jpg": "a JPEG that breaks off",
    "Dog/200001.jpg": "text under the name of a picture",
}


def write_faces(folder, num_images):
    """Write faces as JPEG files in the publisher's layout, `folder/PetImages/Cat/0.jpg` and so on; returns PetImages.

    The pictures measure 100 to 200 pixels a side, few of them square, and the face is somewhere in them, whole.
    """
    from PIL import Image

    target = Path(folder) / "PetImages"
    folders = target / "Cat", target / "Dog"
    for place in folders:
        place.mkdir(parents=True)
    written = [0, 0]
    rng = np.random.default_rng([0, 3])
    for first in range(0, num_images, 40):
        count, size = min(40, num_images - first), int(rng.integers(120, 201))
        # The labels alternate over all the calls; a crop takes its place by chance, but never cuts the face.
        for image, label, center, radius in zip(*draw_faces(count, size, [0, 4, first],
                                                            (first + np.arange(count)) % 2)):
            needed = max(100, int(np.ceil(2 * radius)) + 1)
            sides = rng.integers(needed, size + 1, 2)
            lowest, highest = np.maximum(0, np.ceil(center + radius - sides)), np.minimum(size - sides, center - radius)
            top, left = np.floor(lowest + rng.random(2) * (highest - lowest)).astype(int)
            picture = Image.fromarray(image[top:top + sides[0], left:left + sides[1]])
            picture.save(folders[label] / f"{written[label]}.jpg", quality=90)
            written[label] += 1
    if num_images >= 50:
        half = (target / "Dog/0.jpg").read_bytes()
        contents = b"", b"\xd0\xcf\x11\xe0" + bytes(508), half[:len(half) // 3], b"This is no picture.\n"
        for name, content in zip(BROKEN_FILES, contents):
            (target / name).write_bytes(content)
    return target

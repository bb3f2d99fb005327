"""Drawn images: ten-odd shapes with everything else (place, size, color, clutter, noise) under control.

They are two things in this course. They stand in for CIFAR where no data can be had, and they are an instrument: the
lesson on inductive bias moves a shape to where it never was in training, which no photograph allows.
NumPy only, and the same seed draws the same images on every machine.
"""

from typing import NamedTuple

import numpy as np

from vit_keras.data.dataset import whole

# ---- Outlines: how far a point lies from one, negative inside
#
# x runs to the right and y down, in units of the radius. All fit into the circle of radius 1, so that a shape turned
# anyhow stays where its size says.

def length(x, y):
    return np.sqrt(x * x + y * y)


def box(x, y, width, height):
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


def _star(x, y):
    turn = np.pi / 5
    angle = np.arctan2(x, -y)
    angle = np.abs((angle + turn) % (2 * turn) - turn)     # five points folded onto half of one
    tip, notch = 1.0, 0.43
    edge = np.array([notch * np.cos(turn) - tip, notch * np.sin(turn)])
    normal = np.array([edge[1], -edge[0]], np.float32) / np.float32(np.hypot(*edge))
    return (length(x, y) * np.cos(angle) - np.float32(tip)) * normal[0] + length(x, y) * np.sin(angle) * normal[1]


def _heart(x, y):
    x, y = np.abs(x), y - 0.1
    square = (x + np.abs(y)) * 0.7071 - 0.53
    return np.minimum(square, length(x - 0.375, y + 0.375) - 0.53)


def _arrow(x, y):
    head = np.maximum(y - 0.05, 0.777 * np.abs(x) - 0.629 * (y + 1.0))
    return np.minimum(head, box(x, y - 0.45, 0.28, 0.5))


SHAPES = {
    "circle": lambda x, y: length(x, y) - 0.95,
    "square": lambda x, y: box(x, y, 0.7, 0.7),
    "triangle": lambda x, y: np.maximum(y - 0.5, 0.866 * np.abs(x) - 0.5 * y - 0.5),
    "cross": lambda x, y: np.minimum(box(x, y, 0.3, 0.95), box(x, y, 0.95, 0.3)),
    "ring": lambda x, y: np.abs(length(x, y) - 0.74) - 0.22,
    "star": _star,
    "heart": _heart,
    "moon": lambda x, y: np.maximum(length(x, y) - 0.98, 0.8 - length(x - 0.5, y)),
    "arrow": _arrow,
    "hourglass": lambda x, y: np.maximum(np.abs(y) - 0.74, (np.abs(x) - 0.8 * np.abs(y) - 0.07) * 0.781),
    "bar": lambda x, y: box(x, y, 0.95, 0.3),
    "frame": lambda x, y: np.abs(np.maximum(np.abs(x), np.abs(y)) - 0.54) - 0.16,
}
TEN_SHAPES = tuple(SHAPES)[:10]


# ---- Painting: shades behind, bars across them, a shape on top; many images at once, float32 ----

def unlike(rng, colors, distance):
    """(N, 3) float32: any colours, at least `distance` away from `colors` (RGB, Euclidean)."""
    candidates = rng.integers(10, 246, (len(colors), 12, 3)).astype("float32")
    far = np.linalg.norm(candidates - colors[:, None].astype("float32"), axis=-1) > distance
    return candidates[np.arange(len(colors)), far.argmax(1)]


def local(center, angle, s):
    """Turned coordinates (x, y) of every pixel, each (n, S, S), measured from `center` in pixels."""
    pixel = np.arange(s, dtype="float32") + 0.5
    y = (pixel - center[:, :1])[:, :, None]      # (n, S, 1)
    x = (pixel - center[:, 1:])[:, None, :]      # (n, 1, S)
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    return cos * x + sin * y, cos * y - sin * x


def cover(functions, labels, centers, sizes, angles, s):
    """How much of every pixel the shape covers, (n, S, S) in [0, 1]: the outline is one pixel soft."""
    x, y = local(centers, angles, s)
    radius = sizes[:, None, None]
    distance = np.empty_like(x)
    for label in np.unique(labels):
        chosen = labels == label
        r = radius[chosen]
        distance[chosen] = functions[label](x[chosen] / r, y[chosen] / r) * r
    return np.clip(0.5 - distance, 0, 1)


def paint(canvas, covered, colors):
    """Lay `colors` (n, 3) over the canvas (n, 3, S, S), in place, where `covered` (n, S, S) says."""
    canvas += covered[:, None] * (colors[:, :, None, None] - canvas)


def background(rng, colors, s, clutter):
    """Two shades running into each other, and bars across them; none in the colour of the shape."""
    n = len(colors)
    start = unlike(rng, colors, 130)
    end = np.clip(start + rng.integers(-45, 46, start.shape), 0, 255)
    angle = rng.uniform(0, 2 * np.pi, n).astype("float32")
    x, _ = local(np.full((n, 2), s / 2, "float32"), angle, s)
    ramp = np.clip(0.5 + x / s, 0, 1)[:, None]                                      # (n, 1, S, S)
    canvas = (start[..., None, None] + ramp * (end - start)[..., None, None]).astype("float32")
    for _ in range(round(10 * clutter)):
        shown = np.flatnonzero(rng.random(n) < 0.7)                                 # so that their number varies
        center = rng.uniform(0, s, (len(shown), 2)).astype("float32")
        x, y = local(center, rng.uniform(0, np.pi, len(shown)).astype("float32"), s)
        length, width = (rng.uniform(low, high, (len(shown), 1, 1)).astype("float32") * s
                         for low, high in ((0.06, 0.3), (0.02, 0.08)))
        covered = np.clip(0.5 - box(x, y, length, width), 0, 1)
        piece = canvas[shown]
        paint(piece, covered, unlike(rng, colors[shown], 90))
        canvas[shown] = piece
    return canvas


# ---- Images ----

COLORS = {
    "red": (214, 48, 49), "orange": (240, 140, 30), "yellow": (245, 215, 60), "green": (46, 160, 67),
    "cyan": (60, 200, 210), "blue": (45, 90, 210), "violet": (125, 60, 180), "pink": (240, 120, 180),
    "white": (245, 245, 245), "black": (22, 22, 26),
}
CHUNK = 500   # images of 32x32 drawn at once: little memory, and Python's own time stays hidden


class DrawnImages(NamedTuple):
    """`images` uint8 (N, S, S, 3); `labels` int32 (N,), an index into `shapes`; `masks` bool (N, S, S), where the shape
    is; `centers` float32 (N, 2), row and column in pixels; `sizes` float32 (N,), radius in pixels; `colors` uint8
    (N, 3); `shapes`, the names."""

    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray
    centers: np.ndarray
    sizes: np.ndarray
    colors: np.ndarray
    shapes: tuple


def draw_shapes(num_images, *, shapes=TEN_SHAPES, labels=None, image_size=32, seed=0, position="anywhere",
                size=(0.22, 0.42), color=None, rotation=15.0, clutter=0.5, noise=8.0):
    """Draw one filled shape an image, in front of a shaded and cluttered background.

    Args:
        num_images: int, 0 or more.
        shapes: Names out of `SHAPES`. The label is the index here, so the classes are the shapes.
        labels: int (N,), what to draw; by default every shape equally often (to within one), shuffled.
        image_size: int S, at least 8.
        seed: int or sequence of ints, each 0 or more.
        position: Of the shape's centre: "anywhere" (wholly inside the image), "center", "corner" (one of the four,
            by chance; the shape touches both edges), or an array (2,) or (N, 2) of row and column in pixels, where
            the image's centre is S / 2. Centres outside the image are allowed.
        size: (min, max) or one number: the radius as a fraction of S, in (0, 1].
        color: None (any of `COLORS`, a little varied), a name out of `COLORS`, or an RGB array (3,) or (N, 3) in
            [0, 255], taken exactly.
        rotation: float, largest angle in degrees, either way.
        clutter: float in [0, 1]. How many bars lie behind the shape: up to 10.
        noise: float >= 0, standard deviation of the grain in grey levels.

    Returns:
        `DrawnImages`.

    Raises:
        ValueError: an argument is out of its range.
    """
    n, s = whole("num_images", num_images, 0), whole("image_size", image_size, 8)
    if isinstance(shapes, str) or not shapes or any(name not in SHAPES for name in shapes):
        raise ValueError(f"`shapes` must be names out of {', '.join(SHAPES)}: got {shapes!r}.")
    if not 0 <= clutter <= 1 or noise < 0 or rotation < 0:
        raise ValueError("`clutter` must be in [0, 1], `noise` and `rotation` 0 or more: got "
                         f"clutter={clutter}, noise={noise}, rotation={rotation}.")
    low, high = (size, size) if np.ndim(size) == 0 else size if len(size) == 2 else (0, 0)
    if not 0 < low <= high <= 1:
        raise ValueError(f"`size` must be (min, max) with 0 < min <= max <= 1, fractions of the image: got {size}.")
    seed = seeds(seed)
    rng = np.random.default_rng([*seed, 0])
    labels = given_or_drawn(labels, rng, n, len(shapes))
    sizes = rng.uniform(low, high, n).astype("float32") * s
    angles = np.deg2rad(rng.uniform(-rotation, rotation, n)).astype("float32")
    centers = _centers(rng, position, n, s, sizes)
    colors = _colors(rng, color, n)

    images = np.empty((n, s, s, 3), "uint8")
    masks = np.empty((n, s, s), bool)
    step = max(1, CHUNK * 32 * 32 // (s * s))
    for first in range(0, n, step):
        part = slice(first, min(first + step, n))
        chunk_rng = np.random.default_rng([*seed, 1, first])
        canvas = background(chunk_rng, colors[part], s, clutter)                  # (n, 3, S, S) float32
        covered = cover([SHAPES[name] for name in shapes], labels[part], centers[part], sizes[part], angles[part], s)
        masks[part] = covered > 0.5
        paint(canvas, covered, colors[part].astype("float32"))
        if noise:
            canvas += noise * chunk_rng.standard_normal(canvas.shape, "float32")
        images[part] = np.clip(canvas + 0.5, 0, 255).transpose(0, 2, 3, 1)        # + 0.5: the cast to uint8 cuts off
    return DrawnImages(images, labels, masks, centers, sizes, colors, tuple(shapes))


def draw_cifar_like(num_classes, counts, seed=0):
    """Stand-in for CIFAR: a list of (images, labels), one a split of `counts` images, every class equally often.

    Of 10 classes the label is the shape, in any colour; of 100 it is 10 * shape + colour.
    """
    splits = []
    for index, count in enumerate(counts):
        rng = np.random.default_rng([seed, index])
        labels = kind = given_or_drawn(None, rng, count, num_classes)
        color = None
        if num_classes == 100:
            kind, hue = np.divmod(labels, 10)
            color = _vary(rng, np.array(list(COLORS.values()))[hue])
        drawn = draw_shapes(count, labels=kind, color=color, seed=[seed, index], clutter=0.7, noise=12.0)
        splits.append((drawn.images, labels))
    return splits


# ---- Arguments, as `draw_faces` has them too ----

def seeds(seed):
    """The ints of a seed, as a list."""
    parts = np.atleast_1d(seed)
    if parts.dtype.kind not in "iu" or parts.min(initial=0) < 0:
        raise ValueError(f"`seed` must be whole numbers, 0 or more: got {seed!r}.")
    return [int(part) for part in parts]


def given_or_drawn(labels, rng, n, num_classes):
    """int32 (N,): the labels that are given, or each class equally often (to within one), shuffled."""
    labels = rng.permutation(np.arange(n) % num_classes) if labels is None else np.asarray(labels)
    if labels.shape != (n,) or not np.isin(labels, range(num_classes)).all():
        raise ValueError(f"`labels` must be {n} whole numbers in [0, {num_classes - 1}]: got shape {labels.shape}, "
                         f"values {np.unique(labels)[:5]}.")
    return labels.astype("int32")


def _centers(rng, position, n, s, sizes):
    """(N, 2) float32, row and column."""
    margin = np.minimum(sizes, s / 2)[:, None]
    if isinstance(position, str):
        if position == "anywhere":
            return (margin + rng.random((n, 2)) * (s - 2 * margin)).astype("float32")
        if position == "center":
            return np.full((n, 2), s / 2, "float32")
        if position == "corner":
            return np.where(rng.integers(0, 2, (n, 2)), s - margin, margin).astype("float32")
    else:
        centers = np.asarray(position, "float32")
        if centers.shape in ((2,), (n, 2)):
            return np.broadcast_to(centers, (n, 2)).copy()
        position = f"an array of shape {centers.shape}"
    raise ValueError(f'`position` must be "anywhere", "center", "corner" or an array (2,) or ({n}, 2): got {position}.')


def _vary(rng, colors):
    return np.clip(colors + rng.integers(-14, 15, colors.shape), 0, 255).astype("uint8")


def _colors(rng, color, n):
    """(N, 3) uint8."""
    if color is None:
        return _vary(rng, np.array(list(COLORS.values()))[rng.integers(0, len(COLORS), n)])
    if isinstance(color, str):
        if color not in COLORS:
            raise ValueError(f"`color` must be one of {', '.join(COLORS)}: got {color!r}.")
        color = COLORS[color]
    color = np.asarray(color)
    if color.shape not in ((3,), (n, 3)) or (color.size and not 0 <= color.min() <= color.max() <= 255):
        raise ValueError(f"`color` must be RGB in [0, 255] of shape (3,) or ({n}, 3): got shape {color.shape}.")
    return np.broadcast_to(color, (n, 3)).astype("uint8")

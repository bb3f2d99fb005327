"""How a drawn image is painted: shades behind, bars across them, a shape on top. Many images at once, float32."""

import numpy as np

from vit_keras.data.outlines import box


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

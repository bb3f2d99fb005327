"""The faces of drawn cats and dogs, part by part: where each part lies, its outline and its colour.

x runs to the right and y down, in units of the face's size. A part is placed from the centre of the face, and its
outline is measured from that place: how far a point lies from the outline, negative inside, as in `outlines.py`.
All but the shoulders stay inside the circle of radius `RADIUS`.
"""

import numpy as np

from vit_keras.data.face_painting import Sheet

RADIUS = 1.05


def ellipse(width, height, x0=0.0, y0=0.0):
    return lambda x, y: (np.sqrt(((x - x0) / width) ** 2 + ((y - y0) / height) ** 2) - 1) * min(width, height)


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
    return lambda x, y: np.maximum(np.abs(np.sqrt(x * x + y * y) - radius) - width, -y)


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
    upright = Sheet(sheet.canvas, sheet.center, sheet.size, np.zeros(n, "float32"), sheet.fur)
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
    sheet.add(lambda x, y: np.maximum(head(x + dx, y + dy), np.sqrt(x * x + y * y) - r), colors["second"], (x0, y0),
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
    face = sheet.shifted(*turn)
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
    face = sheet.shifted(*turn)
    face.add(line(0, -0.2, 0, 0.1, 0.11), colors["tongue"], (0, 0.7), 0.33, shown=rng.random(n) < 0.5, rim=0.2)
    face.add(SNOUT, colors["pale"], (0, 0.36), 0.48, rim=0.15)
    _add_eyes(face, colors, 0.26, -0.12, (0.145, 0.145), (0.12, 0.12), (0.075, 0.075))
    face.add(line(0, -0.13, 0, 0.13, 0.016), colors["dark"], (0, 0.38), 0.16)
    face.add(arc(0.13, 0.018), colors["dark"], (0.13, 0.49), 0.17, True)
    face.add(ellipse(0.16, 0.115), colors["nose"], (0, 0.22), 0.18, rim=0.2)
    face.add(ellipse(0.05, 0.025), colors["white"], (-0.05, 0.17), 0.07, shown=np.full(n, 0.7))

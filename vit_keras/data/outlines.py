"""The shapes of drawn images, as outlines: a function says how far a point lies from the outline, negative inside.

x runs to the right and y down, in units of the radius. All fit into the circle of radius 1, so that a shape turned
anyhow stays where its size says.
"""

import numpy as np


def box(x, y, width, height):
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


def _circle(x, y):
    return np.sqrt(x * x + y * y) - 0.95


def _square(x, y):
    return box(x, y, 0.7, 0.7)


def _triangle(x, y):
    return np.maximum(y - 0.5, 0.866 * np.abs(x) - 0.5 * y - 0.5)


def _cross(x, y):
    return np.minimum(box(x, y, 0.3, 0.95), box(x, y, 0.95, 0.3))


def _ring(x, y):
    return np.abs(np.sqrt(x * x + y * y) - 0.74) - 0.22


def _star(x, y):
    turn = np.pi / 5
    angle = np.arctan2(x, -y)
    angle = np.abs((angle + turn) % (2 * turn) - turn)     # five points folded onto half of one
    radius = np.sqrt(x * x + y * y)
    tip, notch = 1.0, 0.43
    edge = np.array([notch * np.cos(turn) - tip, notch * np.sin(turn)])
    normal = np.array([edge[1], -edge[0]], np.float32) / np.float32(np.hypot(*edge))
    return (radius * np.cos(angle) - np.float32(tip)) * normal[0] + radius * np.sin(angle) * normal[1]


def _heart(x, y):
    x, y = np.abs(x), y - 0.1
    square = (x + np.abs(y)) * 0.7071 - 0.53
    lobe = np.sqrt((x - 0.375) ** 2 + (y + 0.375) ** 2) - 0.53
    return np.minimum(square, lobe)


def _moon(x, y):
    return np.maximum(np.sqrt(x * x + y * y) - 0.98, 0.8 - np.sqrt((x - 0.5) ** 2 + y * y))


def _arrow(x, y):
    head = np.maximum(y - 0.05, 0.777 * np.abs(x) - 0.629 * (y + 1.0))
    return np.minimum(head, box(x, y - 0.45, 0.28, 0.5))


def _hourglass(x, y):
    return np.maximum(np.abs(y) - 0.74, (np.abs(x) - 0.8 * np.abs(y) - 0.07) * 0.781)


def _bar(x, y):
    return box(x, y, 0.95, 0.3)


def _frame(x, y):
    return np.abs(np.maximum(np.abs(x), np.abs(y)) - 0.54) - 0.16


SHAPES = {
    "circle": _circle, "square": _square, "triangle": _triangle, "cross": _cross, "ring": _ring, "star": _star,
    "heart": _heart, "moon": _moon, "arrow": _arrow, "hourglass": _hourglass, "bar": _bar, "frame": _frame,
}
TEN_SHAPES = tuple(SHAPES)[:10]

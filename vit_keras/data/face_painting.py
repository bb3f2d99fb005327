"""How drawn faces are painted: one part at a time onto many images at once, each where its own face lies."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vit_keras.data.painting import background, local

COATS = np.array([(214, 138, 66), (122, 80, 50), (58, 54, 58), (132, 132, 138), (232, 206, 164), (240, 236, 228),
                  (188, 150, 102), (104, 114, 132)], "float32")
EYES = np.array([(110, 170, 70), (225, 170, 50), (90, 150, 210), (150, 95, 45), (190, 195, 70)], "float32")
NOSES = np.array([(70, 50, 52), (215, 130, 130), (120, 78, 66)], "float32")


class Sheet:
    """`canvas` (n, 3, S, S) with one face on each: its `center` (n, 2) in row and column, `size` (n,) in pixels,
    `angle` (n,), and `fur` (n, S, S), the grain of the coats around 0."""

    def __init__(self, canvas, center, size, angle, fur):
        self.canvas, self.center, self.size, self.angle, self.fur = canvas, center, size, angle, fur

    def offset(self, x, y):
        """(n, 2) pixels down and right, for (x, y) in units of the face, which is turned by its angle."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return self.size[:, None] * np.stack([sin * x + cos * y, cos * x - sin * y], 1).astype("float32")

    def shifted(self, x, y):
        return Sheet(self.canvas, self.center + self.offset(x, y), self.size, self.angle, self.fur)

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

"""Draw the picture of the READMEs: what a Vision Transformer does, on images that our own code has drawn.

    python benchmarks/picture.py            trains for a minute or two on two cores, writes results/vit.png
    python benchmarks/picture.py --epochs 1 results/local/vit.png       a quick try, into another file

A small ViT learns to tell drawn shapes apart. Then two images that it has never seen are shown on their way through it:
the picture, its patches, where the answer comes from (attention rollout), and the answer. There is no pixel of anybody
else in it.
"""

import sys
from pathlib import Path

from records import ROOT
from runs import parser_of, shown

CLASSES = ("circle", "square", "triangle", "cross", "heart")
SIZE, PATCH = 64, 8


def drawn(number, seed, labels=None):
    """White shapes among bars of other colors, as in lesson 10, twice as large."""
    import numpy as np

    from vit_keras import draw_shapes

    centers = np.random.default_rng([seed, 5]).uniform(20, 44, (number, 2))  # rows and columns, in pixels
    return draw_shapes(number, shapes=CLASSES, labels=labels, image_size=SIZE, position=centers, size=(0.18, 0.28),
                       color="white", clutter=0.4, seed=seed)


def trained(epochs):
    """A ViT that has learned drawn shapes, and what share of 500 new ones it classifies correctly."""
    import keras

    from vit_keras import Recipe, Split, VisionTransformer

    keras.utils.set_random_seed(0)
    known, new = drawn(4000, seed=1), drawn(500, seed=2)
    model = VisionTransformer((SIZE, SIZE, 3), patch_size=PATCH, num_layers=3, hidden_dim=48, num_heads=4, mlp_dim=96,
                              num_classes=len(CLASSES))
    recipe = Recipe(epochs=epochs, crop_padding=0)
    batches = recipe.batches(Split(known.images, known.labels))
    learner = recipe.learner(model, recipe.steps(batches))
    learner.fit(batches, epochs=epochs, shuffle=False, verbose=2)
    logits = keras.ops.convert_to_numpy(model(new.images))
    return model, (logits.argmax(axis=1) == new.labels).mean()


def draw(model, images):
    """A row for each face: picture, patches, where the answer comes from, the answer."""
    import keras
    import numpy as np
    from matplotlib.figure import Figure
    from matplotlib.patches import ConnectionPatch

    from vit_keras.figures import COLORS, few_colors, pulled_apart
    from vit_keras.inside import rollout_map

    answers = keras.ops.convert_to_numpy(keras.ops.softmax(model(images)))
    maps = rollout_map(model, images)
    rows, columns = model.grid_shape
    figure = Figure(figsize=(9.6, 2.2 * len(images) + 0.5), layout="constrained")
    figure.get_layout_engine().set(wspace=0.12, hspace=0.02)
    grid = figure.subplots(len(images), 4, width_ratios=[1, 1, 1, 1.15], squeeze=False)
    for line, image, one, answer in zip(grid, images, maps, answers):
        picture, apart, looks, bars = line
        image = few_colors(image, 24)  # a smaller file
        extent = (0, SIZE, SIZE, 0)
        picture.imshow(image, extent=extent, interpolation="nearest")
        apart.imshow(pulled_apart(image, PATCH), interpolation="nearest")
        looks.imshow(np.asarray(image).mean(axis=-1), cmap="gray", vmin=0, vmax=255, extent=extent,
                     interpolation="nearest")
        looks.imshow(one, cmap="viridis", vmin=0, vmax=maps.max(), alpha=0.75, extent=extent, interpolation="nearest")
        bars.barh(CLASSES, answer, color=[COLORS[0] if p == answer.max() else "#b9c4cc" for p in answer], height=0.6)
        for place, p in enumerate(answer):
            bars.text(min(p, 0.98) + 0.03, place, f"{100 * p:.0f}%", va="center", fontsize=11)
        bars.set(xlim=(0, 1.25), xticks=[], ylim=(len(CLASSES) - 0.4, -0.6))
        bars.tick_params(axis="y", length=0, labelsize=11)
        for spine in bars.spines.values():
            spine.set_visible(False)
        for axes in (picture, apart, looks):
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set_visible(False)
        for left, right in zip(line, line[1:]):
            arrow = ConnectionPatch((1.02, 0.5), (-0.04 if right is not bars else -0.31, 0.5), left.transAxes,
                                    right.transAxes, arrowstyle="-|>", color="#555555", mutation_scale=14)
            arrow.set_in_layout(False)
            figure.add_artist(arrow)
    names = ("a picture", f"its words:\n{rows * columns} patches",
             "where the answer\ncomes from", "the answer")
    for axes, name in zip(grid[0], names):
        axes.set_title(name, fontsize=11)
    return figure


def main(words):
    parser = parser_of(__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=ROOT / "results" / "vit.png")
    parser.add_argument("--epochs", type=int, default=15)
    options = parser.parse_args(words)
    from PIL import Image

    model, accuracy = trained(options.epochs)
    print(f"{100 * accuracy:.1f}% of 500 new images are classified correctly")
    images = drawn(2, seed=3, labels=[4, 3]).images
    options.file.parent.mkdir(parents=True, exist_ok=True)
    draw(model, images).savefig(options.file, dpi=100, facecolor="white")
    Image.open(options.file).convert("RGB").save(options.file, optimize=True)
    print(f"written: {shown(options.file)}, {options.file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])

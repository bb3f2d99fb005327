"""Figures of a recipe: what it makes of a picture, a ladder of its rungs, products of weights. Words are English."""

import numpy as np
from keras import ops

from vit_keras.augment.crops import RandomCropFlip, RandomErasing
from vit_keras.augment.mixing import draw_mixing, mix_images
from vit_keras.augment.operations import GEOMETRIC, OPERATIONS, PHOTOMETRIC, operate
from vit_keras.augment.trivial_augment import TrivialAugment
from vit_keras.figures.pictures import plot_gallery
from vit_keras.figures.style import COLORS
from vit_keras.lessons.results import gains


def plot_ladder(groups, title="", xlabel="test accuracy (%)"):
    """A ladder of recipes from the top down: each seed and the mean on the left, the gain over the rung before right.

    A gain is filled where it is longer than chance explains (see `Gain.clear`), hollow where not. The
    line through it has two standard errors on each side.

    Args:
        groups: dict from a rung's name to accuracies, one a seed; shares, not percent. Empty rungs are left out.
        title: str. The message of the figure.
        xlabel: str. What the accuracies are.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    rungs = gains(groups)
    figure = Figure(figsize=(9.4, 0.34 * len(rungs) + 1.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for level, rung in enumerate(rungs):
        left.plot(100 * rung.mean, level, "|", color=COLORS[0], markersize=15, markeredgewidth=2)
        left.plot(100 * np.asarray(rung.values), [level] * len(rung.values), "o", color=COLORS[1], markersize=4,
                  alpha=0.8)
        if rung.gain is not None:
            error = None if rung.error is None else 200 * rung.error
            right.errorbar(100 * rung.gain, level, xerr=error, fmt="o", color=COLORS[0], capsize=3, markersize=6,
                           markerfacecolor=COLORS[0] if rung.clear else "white")
    left.set_yticks(range(len(rungs)), [f"+ {rung.name}" if level else rung.name for level, rung in enumerate(rungs)])
    left.set_ylim(len(rungs) - 0.5, -0.5)
    left.set_xlabel(xlabel)
    left.set_title("a dot a seed, a bar the mean", fontsize=10)
    right.axvline(0, color="gray", linewidth=1)
    right.set_xlabel("gain (points)")
    right.set_title("gain over the rung before; hollow: may be chance", fontsize=10)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.tick_params(axis="y", length=0)
    figure.suptitle(title)
    return figure


def plot_budgets(budgets, title="", xlabel="test accuracy (%)"):
    """The same rungs under several budgets: a dot for each seed, a bar for the mean, a line from budget to budget.

    Args:
        budgets: dict from a budget's name to a dict from a rung's name to accuracies, one a seed; shares, not percent.
            Rungs that lack values under any budget are left out.
        title: str. The message of the figure.
        xlabel: str. What the accuracies are.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    first = next(iter(budgets.values()))
    rungs = [rung for rung in first if all(groups.get(rung) for groups in budgets.values())]
    figure = Figure(figsize=(7.4, 0.45 * len(rungs) + 1.7), layout="constrained")
    axes = figure.subplots()
    for level, rung in enumerate(rungs):
        means = [100 * np.mean(groups[rung]) for groups in budgets.values()]
        axes.plot(means, [level] * len(means), color="gray", linewidth=1, zorder=1)
        for mean, color, (budget, groups) in zip(means, COLORS, budgets.items()):
            values = 100 * np.asarray(groups[rung])
            axes.plot(mean, level, "|", color=color, markersize=15, markeredgewidth=2.5)
            axes.plot(values, [level] * len(values), "o", color=color, markersize=4, alpha=0.8,
                      label=None if level else budget)
    axes.set_yticks(range(len(rungs)), rungs)
    axes.set_ylim(len(rungs) - 0.5, -0.5)
    axes.set(xlabel=xlabel, title=title)
    axes.tick_params(axis="y", length=0)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=len(budgets), frameon=False)
    return figure


def plot_matrices(matrices, title="", label="value"):
    """Square matrices side by side, in two colors, on one scale that is the same above and below zero.

    Args:
        matrices: dict from a name to an array `(n, n)`.
        title: str. The message of the figure.
        label: str. Of the color bar.

    Returns:
        `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure

    highest = max(np.abs(matrix).max() for matrix in matrices.values())
    figure = Figure(figsize=(2.5 * len(matrices) + 1, 3.0), layout="constrained")
    row = figure.subplots(1, len(matrices), squeeze=False)[0]
    for axes, (name, matrix) in zip(row, matrices.items()):
        picture = axes.imshow(matrix, cmap="RdBu_r", vmin=-highest, vmax=highest)
        axes.set(xticks=[], yticks=[])
        axes.set_title(name, fontsize=10)
    figure.colorbar(picture, ax=list(row), label=label, shrink=0.85)
    figure.suptitle(title)
    return figure


# ---- What augmentation makes of a picture ----

WITHOUT_STRENGTH = ("autocontrast", "equalize")


def operation_pictures(image, strengths=(-0.5, 0.5, 1.0)):
    """One picture after each operation of `TrivialAugment`.

    Args:
        image: uint8 array `(H, W, C)`.
        strengths: floats in [-1, 1], a row of the figure each for geometry and for colors.

    Returns:
        dict from a row's name to a list of (uint8 array `(H, W, C)`, name of the operation), for `plot_gallery`.
    """
    rows = {}
    for kind, names in (("geometry", GEOMETRIC), ("colors", PHOTOMETRIC)):
        for strength in strengths:
            shown = [name for name in names if name not in WITHOUT_STRENGTH or strength == strengths[-1]]
            chosen = np.array([OPERATIONS.index(name) for name in shown], "int32")
            changed = operate(np.repeat(image[None], len(shown), axis=0), chosen, np.full(len(shown), strength))
            rows[f"{kind}, {strength:g}"] = list(zip(to_pictures(changed), shown))
    return rows


def plot_operations(image, strengths=(-0.5, 0.5, 1.0), title=""):
    """The operations of `TrivialAugment` on one picture, a row for each strength of geometry and of colors.

    Args:
        image: uint8 array `(H, W, C)`.
        strengths: floats in [-1, 1].
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    return plot_gallery(operation_pictures(image, strengths), title)


def ingredient_pictures(image, partner, number=6, seed=0):
    """One picture as each ingredient of a recipe shows it to a model, drawn several times.

    Args:
        image: uint8 array `(H, W, C)`.
        partner: uint8 array of the same shape, which MixUp and CutMix mix in.
        number: int. Draws of each.
        seed: int.

    Returns:
        dict from an ingredient to a list of (uint8 array `(H, W, C)`, caption), for `plot_gallery`.
    """
    copies = np.repeat(image[None], number, axis=0)
    layers = {"crop and mirror": RandomCropFlip(max(1, image.shape[0] // 8), seed=seed),
              "TrivialAugment": TrivialAugment(seed=seed), "random erasing": RandomErasing(1.0, seed=seed)}
    rows = {name: [(picture, "") for picture in to_pictures(layer(copies, training=True))]
            for name, layer in layers.items()}
    # A picture's partner stands as far from the end of the batch as it does from the start.
    batch = np.concatenate([copies, np.repeat(partner[None], number, axis=0)])
    for name, settings in (("MixUp", {"mixup": 0.8}), ("CutMix", {"cutmix": 1.0})):
        mixing = draw_mixing(np.random.default_rng(seed), 2 * number, image.shape, **settings)
        top, bottom, left, right, keep = mixing.T
        left_of_it = 1 - (1 - keep) * (bottom - top) * (right - left) / (image.shape[0] * image.shape[1])
        pictures = to_pictures(mix_images(batch, ops.convert_to_tensor(mixing)))[:number]
        rows[name] = [(picture, f"label {share:.0%}") for picture, share in zip(pictures, left_of_it)]
    return rows


def plot_ingredients(image, partner, number=6, seed=0, title=""):
    """What a recipe does to pictures, a row for each ingredient; over a mixture stands how much of its label is left.

    Args:
        image, partner, number, seed: See `ingredient_pictures`.
        title: str. The message of the figure.

    Returns:
        `matplotlib.figure.Figure`.
    """
    return plot_gallery(ingredient_pictures(image, partner, number, seed), title)


def to_pictures(images):
    """Tensor of pixels to a uint8 array."""
    return np.clip(np.round(ops.convert_to_numpy(images)), 0, 255).astype("uint8")

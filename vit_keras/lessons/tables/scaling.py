"""What training costs: seconds, bytes, and the rate that fits a batch."""

import math

import numpy as np

from vit_keras.lessons.results import by_group, gains
from vit_keras.lessons.tables.showing import beside_chance, markdown, table
from vit_keras.scaling import (
    activation_bytes,
    attention_multiplications,
    mlp_multiplications,
    multiplications,
    number_of_tokens,
)


@table("scaling", "epochs")
def forecasts(file):
    """Seconds of an epoch of 45,000 images, measured and by the rate of a large product."""
    rows = {}
    for name, one in file["epochs"].items():
        learning, steps = multiplications(**one["size"], training=True, num_queries=1), 45_000 / one["batch"]
        rows[name] = [f"{learning / 1e9:.3f} G", f"{steps * one['step']:.0f} s", f"{steps * one['predicted']:.0f} s",
                      f"{one['step'] / one['predicted']:.1f}"]
    return markdown(["model", "multiplications, to learn from an image", "epoch of 45,000", "forecast",
                     "measured / forecast"], rows), {}


@table("scaling", "tokens")
def growth(file):
    """Milliseconds of a layer; measured and by the formulas, for `plot_growth`."""
    one, rate = file["tokens"], file["precision"]["float32"]["rate"]
    parts = {"attention": lambda tokens: attention_multiplications(tokens, one["hidden_dim"]),
             "MLP": lambda tokens: mlp_multiplications(tokens, one["hidden_dim"], one["mlp_dim"])}
    measured = {name: {int(tokens): 1000 * seconds for tokens, seconds in one["seconds"][name].items()}
                for name in parts}
    formulas = {name: {tokens: 1000 * one["batch"] * count(tokens) / rate for tokens in measured[name]}
                for name, count in parts.items()}
    rows = [[f"{tokens:,}", f"{milliseconds:.1f}", f"{measured['MLP'][tokens]:.1f}"]
            for tokens, milliseconds in measured["attention"].items()]
    return markdown(["tokens", "attention (ms)", "MLP (ms)"], rows), (measured, formulas)


@table("scaling", "memory")
def memory(file):
    """Megabytes that a step holds, for more images and for more tokens; the latter for `plot_growth`."""
    one = file["memory"]
    size, batch = one["size"], one["images"]

    def formula(images, tokens):
        sizes = {name: size[name] for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim")}
        return activation_bytes(images, tokens, **sizes, num_queries=1) / 1e6

    few = number_of_tokens(size["image_shape"], size["patch_size"])
    cases = [(int(images), few, held) for images, held in one["bytes"]["batch"].items()]
    cases += [(batch, int(tokens), held) for tokens, held in one["bytes"]["tokens"].items()]
    rows = [[f"{images}", f"{tokens:,}", f"{held / 1e6:.0f}", f"{formula(images, tokens):.0f}",
             f"{held / 1e6 / formula(images, tokens):.1f}"] for images, tokens, held in cases]
    measured = {int(tokens): held / 1e6 for tokens, held in one["bytes"]["tokens"].items()}
    counted = {side**2 + 1: formula(batch, side**2 + 1) for side in range(2, math.isqrt(max(measured)) + 1)}
    return markdown(["images", "tokens", "a step holds (MB)", "activations by the formula (MB)", "ratio"],
                    rows), (measured, counted)


@table("scaling", "faster")
def faster(file):
    """What bfloat16 and XLA bring: times as fast."""
    low, high, xla = file["precision"]["bfloat16"], file["precision"]["float32"], file["xla"]
    rows = {"a large product in bfloat16": low["rate"] / high["rate"],
            "a step in bfloat16": high["step"] / low["step"],
            "a step with XLA, after the first": xla["without"]["each"] / xla["with"]["each"],
            "the first step with XLA": xla["without"]["first"] / xla["with"]["first"]}
    return markdown(["", "times as fast"], [[what, f"{times:.2f}"] for what, times in rows.items()]), rows


@table("scaling", "devices")
def devices(file):
    """The losses of the first steps, on one device and on two."""
    losses = file["devices"]
    rows = [[f"{step}", *(f"{loss:.5f}" for loss in row)] for step, row in enumerate(zip(*losses.values()), start=1)]
    return markdown(["step", *losses], rows), losses


@table("batch_size", "rates")
def best_rates(file):
    """The best rate of each batch by validation, and what the rules make of the smallest one's; for `plot_bands`."""
    grid = file["settings"]
    accuracy = {batch: by_group([run for run in file["runs"] if run["batch"] == batch], "rate", grid["rates"],
                                "validation_accuracy") for batch in grid["batches"]}
    best = {batch: max((rate for rate in row if row[rate]), key=lambda rate, row=row: np.mean(row[rate]))
            for batch, row in accuracy.items()}
    first = grid["batches"][0]
    rows = []
    for batch, rate in best.items():
        edge = ", at the edge of the grid" if rate in (grid["rates"][0], grid["rates"][-1]) else ""
        cells = [rule_beside(accuracy, batch, rate, best[first] * (batch / first) ** power) for power in (0, 0.5, 1)]
        rows.append([f"{batch}", f"{rate:g}{edge}", f"{np.mean(accuracy[batch][rate]):.1%}", *cells])
    return markdown(["batch", "best rate", "accuracy there", "the same rate", "square root rule", "linear rule"],
                    rows), {f"batch {batch}": row for batch, row in accuracy.items()}


def rule_beside(accuracy, batch, best, rate):
    """What a rule's rate loses against the best of a batch; the deviation between seeds is that of the whole grid."""
    near = [known for known in accuracy[batch] if math.isclose(known, rate, rel_tol=0.01)]
    if not near:
        return f"{rate:g}, not on the grid"
    if near[0] == best:
        return f"{rate:g}, the best"
    rest = {(size, known): values for size, row in accuracy.items() for known, values in row.items()
            if (size, known) not in ((batch, best), (batch, near[0]))}
    pair = gains({**rest, "best": accuracy[batch][best], "rule": accuracy[batch][near[0]]})[-1]
    return f"{rate:g}, {beside_chance(pair)} points"

"""A pretrained model by its name or its file: the checkpoint says how the model is built."""

from pathlib import Path

from vit_keras.pretrained.description import describe
from vit_keras.pretrained.fitting import fit
from vit_keras.pretrained.hub import download_from_hub
from vit_keras.vit import VisionTransformer


def load_pretrained(name_or_path, image_shape=None, num_classes="stored", ignore=(), checkpoint_grid=None,
                    revision=None, verbose=True, **kwargs):
    """A `VisionTransformer` with pretrained weights.

    Sizes are read from the shapes in the checkpoint. What shapes do not tell:

    | | number of heads | epsilon | GELU | mean, deviation of pixels |
    |---|---|---|---|---|
    | Google's .npz | its shapes do tell | 1e-6 | tanh | 0.5, 0.5 |
    | Hugging Face's | config.json | config.json, else 1e-12 | config.json, else exact | preprocessor_config.json |
    | timm's | of the variant | 1e-6 | exact | config.json |

    Without the last file it is 0.5, or ImageNet's for a DeiT, and a printed line says so.

    Args:
        name_or_path: str or path. A `.npz` or `.safetensors` file; a folder with `model.safetensors` and
            config.json; or a name on the Hugging Face hub, such as `"google/vit-base-patch16-224"` or
            `"timm/vit_tiny_patch16_224.augreg_in21k"`, which is downloaded once and kept in the hub's own cache.
        image_shape: triple of ints `(H, W, C)`, or `None` for that of the checkpoint. Positions are interpolated.
        num_classes: int, `None` or `"stored"`, the checkpoint's own head, if it has one. Another number of classes
            gets a new head, all zero, without a hidden layer, as the paper fine-tunes; with `None` there is no head.
        ignore: str, or several. What may be missing or left over, see `load_npz`.
        checkpoint_grid: pair of ints. Of the checkpoint's positions, where they are no square grid.
        revision: str or `None`. Branch, tag or commit of a model on the hub.
        verbose: bool. Whether a few lines say what was loaded and what was assumed.
        **kwargs: Passed to `VisionTransformer`, before everything read: `num_heads`, `approximate_gelu`,
            `layer_norm_epsilon`, `mean`, `deviation`, `dropout_rate`, `name`, `dtype`, ...

    Returns:
        `VisionTransformer`.

    Raises:
        ValueError: the file is damaged, or of a model that ours cannot be; see `load_npz`.
        FileNotFoundError: there is no such file, and it cannot be a name on the hub.
        ConnectionError: the hub cannot be reached or has no such model; the message says which files to put where.
        ImportError: safetensors or, for a name, huggingface_hub is not installed.
    """
    path = Path(name_or_path).expanduser()
    found = describe(path if path.exists() else download_from_hub(str(name_or_path), revision))
    notes, said = [], bool(ignore)
    head, without_head = choose_head(found, num_classes, notes)
    ignore = [*([ignore] if isinstance(ignore, str) else ignore), *without_head, *missing_biases(found, notes)]
    checkpoint_grid = checkpoint_grid or found.grid()
    positions = "sincos" if found.computes_positions() else "learned"
    arguments = {
        "image_shape": found.image_shape(checkpoint_grid) if image_shape is None else tuple(image_shape),
        "patch_size": found.patch_size[0] if len(set(found.patch_size)) == 1 else found.patch_size,
        "num_layers": found.sizes["layers"],
        "hidden_dim": found.sizes["d"],
        "num_heads": kwargs["num_heads"] if "num_heads" in kwargs else found.num_heads(),
        "mlp_dim": found.sizes["m"],
        "pooling": "token" if "patch_encoder.class_token" in found.places else "average",
        "position_embedding": positions,
        **head,
        **found.numerics(),
        **found.pixels(kwargs, notes),
        **kwargs,
    }
    model = VisionTransformer(**arguments)
    values, more = fit(model, found.checkpoint, found.layout, ignore,
                       checkpoint_grid=checkpoint_grid if arguments["position_embedding"] == "learned" else None)
    for variable, value in values:
        variable.assign(value)
    if verbose:
        height, width, _ = model.image_shape
        print(f"{name_or_path}: {found.layout.name} layout, {found.variant()}, {height}x{width} pixels, "
              f"{model.count_params():,} parameters")
        for note in notes + [note for note in more if said or not note.startswith("ignored")]:
            print(f"- {note}")
    return model


def choose_head(found, num_classes, notes):
    """`(arguments of the model, what of the checkpoint is ignored)` for the head that is asked for."""
    stored = found.sizes.get("n")
    if num_classes == "stored" or num_classes == stored is not None:
        return {"num_classes": stored, "representation_dim": found.sizes.get("r")}, []
    if num_classes is not None:
        notes.append(f"a new head for {num_classes} classes, all zero (the checkpoint has {stored or 'none'})")
    return {"num_classes": num_classes, "representation_dim": None}, ["head", "pre_logits"]


def missing_biases(found, notes):
    """The biases of query, key and value, where the checkpoint has none: they stay zero."""
    biases = [f"attention.{part}.bias" for part in ("query", "key", "value")]
    if any(place.endswith(bias) for place in found.places for bias in biases):
        return []
    notes.append("the checkpoint has no biases of query, key and value: ours are zero")
    return [f"encoder.blocks.{i}.{bias}" for i in range(found.sizes["layers"]) for bias in biases]

"""Models of about equal size for images of 32x32 pixels, which differ in what they take for granted."""

import keras
from keras import layers

from vit_keras.cnn import create_cnn_classifier
from vit_keras.hybrid import create_hybrid_vit, stem_alone
from vit_keras.pixels import normalization
from vit_keras.vit import VisionTransformer

CONTENDERS = {
    "cnn": "CNN",
    "cnn_flatten": "CNN, Flatten",
    "mlp": "MLP",
    "vit": "ViT",
    "vit_average": "ViT, average",
    "vit_no_positions": "ViT, no positions",
    "hybrid": "hybrid",
    "stem_alone": "stem alone",
}
SIZES = {  # in full, about 110,000 parameters each, but for the stem alone; small enough for tests
    "full": {"transformer": {"num_layers": 3, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
             "cnn": (20, 40, 80), "stem": (16, 32), "mlp": (32, 64)},
    "tiny": {"transformer": {"num_layers": 1, "hidden_dim": 16, "num_heads": 2, "mlp_dim": 32},
             "cnn": (16, 16, 16), "stem": (16, 16), "mlp": (8, 16)},
}


def create_contender(name, num_classes, size="full", image_shape=(32, 32, 3)):
    """One of the models of the lesson on inductive bias, not trained.

    Args:
        name: a key of `CONTENDERS`: `"cnn"`, with average pooling; `"cnn_flatten"`, the same convolutions and a head
            with weights for every place; `"mlp"`; `"vit"`, with class token and learned positions; `"vit_average"`,
            the mean of all patches in place of the class token; `"vit_no_positions"`, a class token and no positions;
            `"hybrid"`, a ViT on the feature map of two convolutions; `"stem_alone"`, the mean of that map and a head.
        num_classes: int.
        size: `"full"` or `"tiny"`.
        image_shape: triple of ints `(H, W, C)`; height and width divisible by 4.

    Returns:
        `keras.Model` from images `(B, H, W, C)`, values in [0, 255], to float32 logits `(B, num_classes)`.

    Raises:
        ValueError: an unknown name or size.
    """
    if name not in CONTENDERS or size not in SIZES:
        raise ValueError(
            f"`name` must be one of {', '.join(CONTENDERS)} and `size` one of {', '.join(SIZES)}: "
            f"got {name!r} and {size!r}."
        )
    sizes = SIZES[size]
    if name == "cnn":
        return create_cnn_classifier(image_shape, num_classes, sizes["cnn"])
    if name == "cnn_flatten":
        return with_flatten_head(create_cnn_classifier(image_shape, num_classes, sizes["cnn"]))
    if name == "mlp":
        return create_mlp_classifier(image_shape, num_classes, sizes["mlp"])
    if name in ("hybrid", "stem_alone"):  # its places are 4 pixels apart, like the patches of the others
        hybrid = create_hybrid_vit(image_shape, 1, num_classes=num_classes, stem_widths=sizes["stem"],
                                   **sizes["transformer"], name=name)
        return stem_alone(hybrid) if name == "stem_alone" else hybrid
    pooling = "average" if name == "vit_average" else "token"
    positions = None if name == "vit_no_positions" else "learned"
    return VisionTransformer(image_shape, 4, num_classes=num_classes, pooling=pooling, position_embedding=positions,
                             **sizes["transformer"], name=name)


def with_flatten_head(cnn):
    """The same convolutions with another end: no average over the places, but weights for each of them."""
    pooling = next(layer for layer in cnn.layers if isinstance(layer, layers.GlobalAveragePooling2D))
    features = layers.Flatten()(pooling.input)  # (B, h*w*K)
    logits = layers.Dense(cnn.output.shape[-1], dtype="float32", name="head")(features)
    return keras.Model(cnn.input, logits, name=f"{cnn.name}_flatten")


def create_mlp_classifier(image_shape, num_classes, widths=(32, 64)):
    """A multilayer perceptron on all pixels at once: it knows neither neighbours nor shifts.

    Args:
        image_shape: triple of ints `(H, W, C)`.
        num_classes: int.
        widths: tuple of ints. Units of each hidden layer.

    Returns:
        `keras.Model` from images `(B, H, W, C)`, values in [0, 255], to float32 logits `(B, num_classes)`.
    """
    images = keras.Input(image_shape)
    x = layers.Flatten()(normalization(image_shape[-1], name="normalize")(images))  # (B, H*W*C)
    for width in widths:
        x = layers.Dense(width, activation="relu", kernel_initializer="he_normal")(x)
    logits = layers.Dense(num_classes, dtype="float32", name="head")(x)
    return keras.Model(images, logits, name="mlp")

"""Models, weights and images for which Keras 2 and Keras 3 have to give the same answers.

`python tests/two_stacks.py` writes, under Keras 3, the weights and the answers into tests/checkpoints/two_stacks.npz.
test_two_stacks.py compares with them on either stack.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).resolve().parent / "checkpoints" / "two_stacks.npz"
SIZE = {"image_shape": (8, 12, 3), "patch_size": (4, 3), "num_layers": 2, "hidden_dim": 8, "num_heads": 2,
        "mlp_dim": 10, "num_classes": 5}
NAMES = ("vit", "average", "pre_training", "convolutions", "resnet", "cnn")


def make(name):
    """One of the models, untrained."""
    from vit_keras import VisionTransformer, create_cnn_classifier, create_hybrid_vit
    from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN

    if name == "vit":
        return VisionTransformer(**SIZE)
    if name == "average":
        return VisionTransformer(**SIZE, pooling="average", position_embedding="sincos", approximate_gelu=True,
                                 mean=IMAGENET_MEAN, deviation=IMAGENET_DEVIATION)
    if name == "pre_training":
        return VisionTransformer(**SIZE, representation_dim=6, layer_norm_epsilon=1e-12)
    if name == "cnn":
        return create_cnn_classifier((8, 12, 3), 5, widths=(4, 6))
    return create_hybrid_vit(**{**SIZE, "patch_size": 1}, stem=name, stem_widths=(4, 6), first_stride=2)


def answers(name, model, images):
    """What the model says, and where it looks: `{"logits": (B, K), "scores": (L, B, heads, T, T)}`."""
    from contract import to_numpy

    if name == "cnn":
        return {"logits": to_numpy(model(images))}
    logits, scores = model(images, return_attention_scores=True)
    return {"logits": to_numpy(logits), "scores": np.stack([to_numpy(one) for one in scores])}


def write():
    from contract import different_weights

    images = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")
    arrays = {"images": images}
    for seed, name in enumerate(NAMES):
        model = different_weights(make(name), seed)
        arrays.update({f"{name}/weights/{index:02d}": weight for index, weight in enumerate(model.get_weights())})
        arrays.update({f"{name}/{kind}": array for kind, array in answers(name, model, images).items()})
    np.savez_compressed(FILE, **arrays)


if __name__ == "__main__":
    write()

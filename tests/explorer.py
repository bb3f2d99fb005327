"""What tests of the explorer share: its files, and small models with weights drawn at random."""

import base64
import json
import sys
from pathlib import Path

import numpy as np
from keras import ops

from vit_keras import VisionTransformer, create_cnn_classifier

WEB = Path(__file__).resolve().parents[1] / "web"
sys.path.insert(0, str(WEB))
from export import DATA, WEIGHTS, cnn_variables, export, main, vit_variables  # noqa: E402

__all__ = ["DATA", "WEB", "WEIGHTS", "export", "main", "random_models", "shipped_models"]


def random_models(num_classes=3, image_size=12, patch_size=3, num_layers=2, hidden_dim=6, num_heads=2, mlp_dim=10,
                  mean=(0.4, 0.5, 0.6), deviation=0.3, epsilon=1e-5):
    """A ViT and a CNN in which no weight is 0 or 1 by chance, and no two sizes are alike."""
    rng, image_shape = np.random.default_rng(0), (image_size, image_size, 3)
    vit = VisionTransformer(image_shape, patch_size, num_layers, hidden_dim, num_heads, mlp_dim, num_classes, mean=mean,
                            deviation=deviation, layer_norm_epsilon=epsilon)
    cnn = create_cnn_classifier(image_shape, num_classes, widths=(4, 5, 7), blocks_per_stage=2, deviation=0.4)
    for variable in [*vit.weights, *cnn.weights]:
        low, high = {"gamma": (0.5, 2), "moving_variance": (0.05, 0.3)}.get(variable.name, (0, 0))
        fan_in = np.prod(variable.shape[:-1]) if variable.name == "kernel" else 16
        drawn = rng.uniform(low, high, variable.shape) if high else rng.normal(0, 1.5 * fan_in**-0.5, variable.shape)
        variable.assign(drawn)
    logits = ops.convert_to_numpy(cnn(rng.integers(0, 256, (32, *image_shape))))
    head = cnn.get_layer("head")  # so that the answer depends on the picture: mean 0 and deviation 1
    head.bias.assign((head.bias - logits.mean(axis=0)) / logits.std())
    head.kernel.assign(head.kernel / logits.std())
    return vit, cnn


def shipped_models():
    """The models in web/weights.js, back in Keras."""
    content = json.loads(WEIGHTS.read_text(encoding="utf-8").split("const WEIGHTS = ")[1].rstrip().rstrip(";"))
    of_vit, of_cnn = content["vit"]["config"], content["cnn"]["config"]
    scales = []
    for config in (of_vit, of_cnn):
        scale, offset = (np.array(config["normalize"][name]) for name in ("scale", "offset"))
        scales.append({"deviation": tuple(1 / (255 * scale)), "mean": tuple(-offset / (255 * scale))})
    num_classes = len(content["class_names"]["en"])
    vit = VisionTransformer(**{name: value for name, value in of_vit.items() if name != "normalize"},
                            num_classes=num_classes, **scales[0])
    shapes = dict(content["cnn"]["arrays"])
    widths = [shapes["first/kernel"][-1], *(shapes[f"block_{b}/kernel_1/kernel"][-1]
                                            for b in range(1, len(of_cnn["strides"])) if of_cnn["strides"][b] > 1)]
    blocks = (len(of_cnn["strides"]) - 1) // (len(widths) - 1)
    cnn = create_cnn_classifier(of_cnn["image_shape"], num_classes, tuple(widths), blocks, of_cnn["strides"][0],
                                **scales[1])
    for variables, packed in ((vit_variables(vit), content["vit"]), (cnn_variables(cnn), content["cnn"])):
        numbers, first = np.frombuffer(base64.b64decode(packed["base64"]), "<f4"), 0
        assert list(variables) == [name for name, _ in packed["arrays"]]
        for variable, (_, shape) in zip(variables.values(), packed["arrays"], strict=True):
            size = int(np.prod(shape))
            variable.assign(numbers[first : first + size].reshape(shape))
            first += size
    return vit, cnn

"""The implementations that a checkpoint comes from: models with random weights, and what they make of images.

Each function writes a checkpoint into a folder and returns `images` as our models take them (uint8), `logits` (or the
representation) and `states`, all tokens between the blocks, `(B, layers + 1, T, D)`. `python references.py` writes
tests/checkpoints and what is expected of them; that needs torch, transformers and timm, all else needs none of these.
With VIT_KERAS_WEIGHTS=FOLDER it also asks timm for the logits of the DeiT-Ti in that folder (LayerNorm rounded).
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
import types
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent / "checkpoints"
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


class Empty(types.ModuleType):
    """A module in which every name is there, and stands for nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name, (), {})


class Nothing(type):
    """A class of which any attribute is its own name."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name


class WithoutTorchvision(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """timm imports torchvision for its transforms and a few layers, none of which a Vision Transformer needs."""

    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.startswith("torchvision") else None

    def create_module(self, spec):
        return Empty(spec.name)

    def exec_module(self, module):
        module.__version__ = "0"


def import_timm():
    """timm, with or without torchvision; skips the test where it is not installed."""
    import pytest

    pytest.importorskip("torch")
    if "timm" in sys.modules or importlib.util.find_spec("timm") is None or importlib.util.find_spec("torchvision"):
        return pytest.importorskip("timm")
    finder = WithoutTorchvision()
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module("timm")
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]


def random_weights(model, seed=0):
    """Numbers as large as those of a trained model, none at zero or one, where a forgotten one would not show."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            is_norm = weight.ndim == 1 and "norm" in name and name.endswith("weight")
            fan_in = weight[0].numel() if weight.ndim > 1 else 4
            weight.copy_(1 + 0.2 * noise if is_norm else noise * (0.5 if weight.ndim == 3 else fan_in**-0.5))
    return model.eval()


def pictures(height, width, mean, std, number=2, seed=0):
    """uint8 images, and the same as PyTorch's models want them: normalised, channels first."""
    import torch

    images = np.random.default_rng(seed).integers(0, 256, (number, height, width, 3)).astype("uint8")
    x = (images / 255 - np.array(mean)) / np.array(std)
    return images, torch.tensor(x.transpose(0, 3, 1, 2), dtype=torch.float32)


def huggingface(folder, classes=7, name="ViTForImageClassification", image_size=16, std=0.5, dtype=None, **changes):
    """transformers: `ViTForImageClassification`, `ViTModel`, `DeiTForImageClassificationWithTeacher`, ..."""
    import torch
    import transformers

    size = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
            "patch_size": 4, "image_size": image_size, **changes}
    kind = name.partition("For")[0].removesuffix("Model")
    configuration = getattr(transformers, f"{kind}Config")(num_labels=classes, **size)
    model = random_weights(getattr(transformers, name)(configuration))
    if dtype:
        model.to(getattr(torch, dtype)).to(torch.float32)  # rounded as the file will be
    height, width = image_size if isinstance(image_size, (tuple, list)) else (image_size, image_size)
    images, x = pictures(height, width, [0.5] * 3, [std] * 3)
    with torch.no_grad():
        outputs = model(pixel_values=x, output_hidden_states=True)
    (model.to(getattr(torch, dtype)) if dtype else model).save_pretrained(folder)
    preprocessor = {"do_normalize": True, "image_mean": [0.5] * 3, "image_std": [std] * 3}
    (Path(folder) / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    logits = outputs.logits if hasattr(outputs, "logits") else outputs.pooler_output
    return {"images": images, "logits": logits.numpy(), "states": np.stack(outputs.hidden_states, axis=1)}


def timm_model(image_size=(12, 16), classes=5, seed=0, **changes):
    import_timm()
    from timm.models.vision_transformer import VisionTransformer

    size = {"patch_size": 4, "embed_dim": 32, "depth": 3, "num_heads": 4, "mlp_ratio": 1.5, **changes}
    return random_weights(VisionTransformer(img_size=image_size, num_classes=classes, **size), seed)


def timm_outputs(model, image_size, mean, std, number=2):
    """What a timm model makes of images; `states` by its own way of showing them."""
    import torch

    images, x = pictures(*image_size, mean, std, number)
    states = []
    hooks = [model.blocks[0].register_forward_pre_hook(lambda _, inputs: states.append(inputs[0]))]
    hooks += [block.register_forward_hook(lambda _, __, output: states.append(output)) for block in model.blocks]
    with torch.no_grad():
        logits = model(x)
    for hook in hooks:
        hook.remove()
    return {"images": images, "logits": logits.numpy(), "states": np.stack(states, axis=1)}


def timm(path, image_size=(12, 16), classes=5, **changes):
    """timm's `VisionTransformer`, as a file without any configuration; ImageNet's normalisation."""
    from safetensors.torch import save_file

    model = timm_model(image_size, classes, **changes)
    save_file(model.state_dict(), path)
    return timm_outputs(model, image_size, **IMAGENET)


def deit_tiny(file):
    """timm's DeiT-Ti with the weights of a file, and its logits for one image of noise."""
    from safetensors.torch import load_file

    model = timm_model((224, 224), 1000, patch_size=16, embed_dim=192, depth=12, num_heads=3, mlp_ratio=4)
    model.load_state_dict(load_file(file))
    return timm_outputs(model, (224, 224), **IMAGENET, number=1)


def google_arrays(image_size=(16, 16), patch=4, width=24, layers=2, heads=2, mlp=36, classes=6, representation=None,
                  seed=0):
    """Random weights under Google's names."""
    numbers = np.random.default_rng(seed)

    def draw(*shape, inputs=4):
        return (numbers.normal(size=shape) / inputs**0.5).astype("float32")

    def norm(prefix):
        return {f"{prefix}/scale": 1 + 0.4 * draw(width), f"{prefix}/bias": draw(width)}

    tokens = image_size[0] * image_size[1] // patch**2 + 1
    arrays = {"cls": draw(1, 1, width), "embedding/bias": draw(width),
              "embedding/kernel": draw(patch, patch, 3, width, inputs=patch * patch * 3),
              "Transformer/posembed_input/pos_embedding": draw(1, tokens, width), **norm("Transformer/encoder_norm")}
    for index in range(layers):
        block, per_head = f"Transformer/encoderblock_{index}", (heads, width // heads)
        arrays |= {**norm(f"{block}/LayerNorm_0"), **norm(f"{block}/LayerNorm_2")}
        for part in ("query", "key", "value"):
            arrays[f"{block}/MultiHeadDotProductAttention_1/{part}/kernel"] = draw(width, *per_head, inputs=width)
            arrays[f"{block}/MultiHeadDotProductAttention_1/{part}/bias"] = draw(*per_head)
        arrays[f"{block}/MultiHeadDotProductAttention_1/out/kernel"] = draw(*per_head, width, inputs=width)
        arrays[f"{block}/MultiHeadDotProductAttention_1/out/bias"] = draw(width)
        for number, (rows, columns) in enumerate([(width, mlp), (mlp, width)]):
            arrays[f"{block}/MlpBlock_3/Dense_{number}/kernel"] = draw(rows, columns, inputs=rows)
            arrays[f"{block}/MlpBlock_3/Dense_{number}/bias"] = draw(columns)
    last = width
    if representation:
        arrays |= {"pre_logits/kernel": draw(width, representation, inputs=width),
                   "pre_logits/bias": draw(representation)}
        last = representation
    return arrays | {"head/kernel": draw(last, classes, inputs=last), "head/bias": draw(classes)}


def google(path, image_size=(16, 16), patch=4, width=24, layers=2, heads=2, mlp=36, classes=6, act_layer="gelu_tanh",
           arrays=None, **timm_changes):
    """A Google .npz, read by timm, which is the published reader of these files in PyTorch."""
    given = arrays or google_arrays(image_size, patch, width, layers, heads, mlp, classes)
    np.savez(path, **given)
    model = timm_model(image_size, classes, seed=1, patch_size=patch, embed_dim=width, depth=layers, num_heads=heads,
                       mlp_ratio=mlp / width, act_layer=act_layer, **timm_changes)
    model.load_pretrained(str(path))
    return timm_outputs(model, image_size, [0.5] * 3, [0.5] * 3)


def big_vision(arrays, stacked=True, prefix="params/", class_token=True):
    """Google's arrays under big_vision's names: parts of a block numbered anew, positions at the top without a class
    token's, and, if `stacked`, all blocks in one array."""
    renamed, blocks = {}, {}
    for key, array in arrays.items():
        for old, new in (("MlpBlock_3", "MlpBlock_0"), ("LayerNorm_2", "LayerNorm_1"),
                         ("MultiHeadDotProductAttention_1", "MultiHeadDotProductAttention_0")):
            key = key.replace(old, new)
        if key == "Transformer/posembed_input/pos_embedding":
            key, array = "pos_embedding", array[:, 1:]
        if key == "cls" and not class_token:
            continue
        if stacked and "encoderblock_" in key:
            index, _, rest = key.partition("encoderblock_")[2].partition("/")
            blocks.setdefault(f"Transformer/encoderblock/{rest}", []).append((int(index), array))
        else:
            renamed[prefix + key] = array
    return renamed | {prefix + key: np.stack([array for _, array in sorted(parts, key=lambda part: part[0])])
                      for key, parts in blocks.items()}


def resized(method, table, size):
    """Positions of shape (rows, columns, D) on another grid, by PyTorch or, as Google does it, by SciPy."""
    if method == "bilinear":
        from scipy.ndimage import zoom

        return zoom(table, (size[0] / table.shape[0], size[1] / table.shape[1], 1), order=1)
    import torch

    stretched = torch.nn.functional.interpolate(
        torch.tensor(table.transpose(2, 0, 1)[None]), size=size, mode="bicubic", align_corners=False,
        antialias=method == "bicubic_antialias",
    )
    return stretched[0].numpy().transpose(1, 2, 0)


GRIDS = {(4, 4): [(7, 7), (3, 5), (2, 2)], (3, 5): [(5, 3), (1, 9)]}  # from: to


def write():
    """tests/checkpoints: three small checkpoints, and outputs.npz with what their makers say to the same images."""
    outputs = {}
    FOLDER.mkdir(exist_ok=True)
    for name, result in (("huggingface", huggingface(FOLDER / "huggingface", std=0.25)),
                         ("timm", timm(FOLDER / "deit_small.safetensors")),
                         ("google", google(FOLDER / "google.npz"))):
        outputs |= {f"{name}/{key}": value for key, value in result.items()}
    numbers = np.random.default_rng(0)
    for old, sizes in GRIDS.items():
        table = numbers.normal(size=(*old, 2)).astype("float32")
        outputs[f"positions/{old[0]}x{old[1]}"] = table
        for method in ("bicubic", "bicubic_antialias", "bilinear"):
            for new in sizes:
                outputs[f"positions/{old[0]}x{old[1]}/{method}/{new[0]}x{new[1]}"] = resized(method, table, new)
    np.savez_compressed(FOLDER / "outputs.npz", **outputs)
    if os.environ.get("VIT_KERAS_WEIGHTS"):
        file = Path(os.environ["VIT_KERAS_WEIGHTS"]) / "deit_tiny_patch16_224.safetensors"
        np.save(FOLDER / "deit_tiny_logits.npy", deit_tiny(file)["logits"])


if __name__ == "__main__":
    write()

"""The libraries that checkpoints come from: what they write, and what they make of images.

`MAKERS` write a small checkpoint into a folder and return what the library answers. Where it is not installed, the same
checkpoint is made anew and the recorded answer taken (`recorded`), for weights are not stored: they follow from key and
shape (`numbers`). `python tests/references.py` records pretrained/parity.json and checkpoints/; it needs torch, timm,
transformers and scipy. With VIT_KERAS_WEIGHTS=FOLDER it also asks timm for the logits of the DeiT-Ti in that folder
(LayerNorm rounded).
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
import types
import zlib
from pathlib import Path

import ml_dtypes
import numpy as np

FOLDER = Path(__file__).resolve().parent / "checkpoints"
PARITY = FOLDER.parent / "pretrained/parity.json"

# Who makes it, and how it differs from the smallest one.
LOADED = [
    *[("timm", changes) for changes in (
        {}, {"num_heads": 8}, {"embed_dim": 192, "depth": 12, "num_heads": 12},  # as MoCo v3: not the published heads
        {"act_layer": "gelu_tanh"}, {"qkv_bias": False}, {"proj_bias": False}, {"pos_embed": "none"},
        {"mlp_ratio": 3.0}, {"img_size": (8, 32)}, {"class_token": False, "global_pool": "avg", "fc_norm": False},
        {"num_classes": 0}, {"init_values": 0.3}, {"init_values": 0.3, "no_embed_class": True},
        {"norm_layer": "layernorm"}, {"embed_dim": 20, "num_heads": 5, "depth": 1, "patch_size": 2},
        {"architecture": "vit_base_patch16_gap_224", "embed_dim": 768, "depth": 1, "num_heads": 16},
        {"architecture": "deit3_small_patch16_224", "embed_dim": 384, "depth": 1, "num_heads": 6},
        {"architecture": "vit_small_patch14_dinov2", "embed_dim": 384, "depth": 1, "num_heads": 6},
        {"architecture": "vit_medium_patch16_clip_224", "pre_norm": False}, {"in_chans": 1}, {"img_size": (18, 14)},
        {"mlp_ratio": 2.7, "embed_dim": 20, "num_heads": 5},
        {"init_values": 0.2, "proj_bias": False, "qkv_bias": False})],
    *[("transformers", changes) for changes in (
        {}, {"hidden_size": 20, "num_attention_heads": 5, "num_hidden_layers": 3, "patch_size": 8, "num_labels": 3},
        {"name": "ViTModel"}, {"file": "bfloat16"}, {"file": "float16", "hidden_act": "gelu_new"}, {"qkv_bias": False},
        {"image_size": (8, 32)}, {"name": "ViTMSNForImageClassification"},
        {"name": "Dinov2Model", "intermediate_size": 96}, {"name": "ViTModel", "pooler_output_size": 10},
        {"name": "ViTMAEModel", "mask_ratio": 0.0}, {"image_size": 18}, {"layer_norm_eps": 0.1})],
    *[("google", changes) for changes in (
        {}, {"image_size": (12, 20), "patch": 2, "width": 30, "layers": 1, "heads": 5, "mlp": 11, "classes": 21},
        {"big_vision": "stacked"}, {"big_vision": "apart"}, {"big_vision": "average"})],
]
# And what is said of those that ours cannot be.
REFUSED = [
    *[("timm", changes, message) for changes, message in (
        ({"reset": "avg"}, "`global_pool` must be \"token\" in a model with a class token: got 'avg'"),
        ({"global_pool": "avg", "fc_norm": False}, "`global_pool` must be"),
        ({"global_pool": "max"}, "fc_norm|averages"),
        ({"global_pool": "avg"}, "averages the tokens first and normalises afterwards"),
        ({"class_token": False, "global_pool": "avg"}, "averages the tokens first and normalises afterwards"),
        ({"global_pool": "", "num_classes": 0}, "`global_pool` must be"),
        ({"global_pool": "map"}, "one more attention"), ({"act_layer": "relu"}, "`act_layer` must be gelu"),
        ({"architecture": "vit_base_patch16_clip_quickgelu_224", "pre_norm": False}, "got quick_gelu"),
        ({"architecture": "vit_base_patch16_rpn_224", "fc_norm": False}, "`architecture` .* blocks normalise first"),
        ({"fc_norm": True}, "`fc_norm`"), ({"norm_layer": "layernormfp32"}, "`norm_layer`"),
        ({"qk_norm": True}, "`qk_norm`"), ({"reg_tokens": 2}, "`reg_tokens`"), ({"pre_norm": True}, "`pre_norm`"),
        ({"final_norm": False}, "`final_norm` in config.json must be True"),
        ({"norm_layer": "rmsnorm"}, "`norm_layer`"), ({"pool_include_prefix": True}, "`pool_include_prefix`"),
        ({"scale_mlp_norm": True}, "`scale_mlp_norm`"),
        ({"architecture": "deit_tiny_distilled_patch16_224"}, "a distilled DeiT"),
        ({"architecture": "vit_small_patch16_18x2_224"}, "side by side"),
        ({"architecture": "vit_giant_patch14_dinov2", "embed_dim": 96}, r"gated \(SwiGLU\)"))],
    *[("transformers", changes, message) for changes, message in (
        ({"name": "DeiTForImageClassification"}, "a distilled DeiT"), ({"hidden_act": "quick_gelu"}, "`hidden_act`"),
        ({"name": "ViTForMaskedImageModeling"}, "Left over: decoder.0"),
        ({"name": "Dinov2WithRegistersModel", "intermediate_size": 96}, "`model_type` in config.json must be one of"),
        ({"name": "Dinov2ForImageClassification", "intermediate_size": 96}, "classifier.weight .*Another head"))],
]
SMALL_DEIT = {"architecture": "deit_tiny_patch16_224", "img_size": (12, 16), "embed_dim": 32, "depth": 3,
              "num_heads": 4, "mlp_ratio": 1.5}
PROCESSOR = {"do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.25] * 3}


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


# ---- Weights and images without any library ----

def numbers(key, shape):
    """As large as those of a trained model, none at zero or one, where a forgotten one would not show."""
    noise = np.random.RandomState(zlib.crc32(key.encode())).standard_normal(shape)  # a stream that NumPy keeps for ever
    if len(shape) == 1 and "norm" in key.lower() and key.endswith(("weight", "scale")):
        return (1 + 0.2 * noise).astype("float32")
    return (noise * (0.5 if len(shape) in (1, 3) else np.prod(shape[1:]) ** -0.5)).astype("float32")


def pictures(height, width, channels=3):
    return np.random.RandomState(0).randint(0, 256, (2, height, width, channels)).astype("uint8")


def write(folder, shapes, config, file="float32"):
    from safetensors.numpy import save_file

    dtype = ml_dtypes.bfloat16 if file == "bfloat16" else file
    save_file({key: numbers(key, shape).astype(dtype) for key, shape in shapes.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))


# ---- The libraries ----

def outputs(model, images, mean, std):
    """What a model of PyTorch makes of uint8 images: `logits`, or what it has in place, and `states`, all tokens
    between the blocks, (B, layers + 1, T, D)."""
    import torch

    x = (images / 255 - np.array(mean)) / np.array(std)
    x, states = torch.tensor(x.transpose(0, 3, 1, 2), dtype=torch.float32), []
    with torch.no_grad():
        if hasattr(model, "blocks"):  # timm's
            hooks = [model.blocks[0].register_forward_pre_hook(lambda _, inputs: states.append(inputs[0]))]
            hooks += [block.register_forward_hook(lambda *inputs: states.append(inputs[-1])) for block in model.blocks]
            answer = model.eval()(x)
            for hook in hooks:
                hook.remove()
        else:
            found = model.eval()(x, output_hidden_states=True)
            answer, states = getattr(found, "logits", getattr(found, "pooler_output", None)), found.hidden_states
            answer = found[0][:, 0] if answer is None else answer  # the last states
    return {"images": images, "logits": answer.numpy(), "states": np.stack(states, axis=1)}


def timm_model(architecture="vit_tiny_patch16_224", img_size=(16, 16), reset=None, **changes):
    timm = import_timm()
    import torch

    size = {"patch_size": 4, "num_classes": 5, "embed_dim": 64, "depth": 2, "num_heads": 4, **changes}
    model = timm.create_model(architecture, img_size=img_size, **size)
    if reset:
        model.reset_classifier(5, reset)
    model.load_state_dict({key: torch.tensor(numbers(key, value.shape)) for key, value in model.state_dict().items()})
    return model


def by_timm(folder, **changes):
    model = timm_model(**changes)
    from timm.models._hub import save_config_for_hf

    shapes = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    save_config_for_hf(model, folder / "config.json")
    config = json.loads((folder / "config.json").read_text())
    write(folder, shapes, config)
    images = pictures(*changes.get("img_size", (16, 16)), changes.get("in_chans", 3))
    pixels = config["pretrained_cfg"]
    return shapes, config, outputs(model, images, pixels["mean"], pixels["std"])


def by_transformers(folder, name="ViTForImageClassification", file="float32", **changes):
    import torch
    import transformers
    from safetensors.numpy import load_file

    size = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 40,
            "patch_size": 4, "image_size": 16, "num_labels": 7, **changes}
    kind = name.partition("For")[0].removesuffix("Model")
    getattr(transformers, name)(getattr(transformers, f"{kind}Config")(**size)).save_pretrained(folder)
    shapes = {key: array.shape for key, array in load_file(folder / "model.safetensors").items()}
    config = json.loads((folder / "config.json").read_text())
    write(folder, shapes, config, file)
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    model = getattr(transformers, name).from_pretrained(folder, dtype=torch.float32)
    images = pictures(*np.broadcast_to(size["image_size"], 2))
    return shapes, config, outputs(model, images, PROCESSOR["image_mean"], PROCESSOR["image_std"])


def by_google(folder, **changes):
    """Google's files, by timm, which is their published reader in PyTorch."""
    np.savez(folder / "model.npz", **google_arrays(**changes))
    size = {"image_size": (16, 16), "patch": 4, "width": 24, "layers": 2, "heads": 2, "mlp": 36, "classes": 6}
    size, kind = {**size, **changes}, changes.get("big_vision")
    model = timm_model(
        img_size=size["image_size"], patch_size=size["patch"], num_classes=size["classes"], embed_dim=size["width"],
        depth=size["layers"], num_heads=size["heads"], mlp_ratio=size["mlp"] / size["width"], act_layer="gelu_tanh",
        no_embed_class=kind is not None,
        **({"class_token": False, "global_pool": "avg", "fc_norm": False} if kind == "average" else {}))
    model.load_pretrained(str(folder / "model.npz"))
    return {}, {}, outputs(model, pictures(*size["image_size"]), [0.5] * 3, [0.5] * 3)


MAKERS = {"timm": by_timm, "transformers": by_transformers, "google": by_google}


def deit_tiny(file):
    """timm's DeiT-Ti with the weights of a file, and its logits for one image of noise."""
    from safetensors.torch import load_file

    model = import_timm().create_model("deit_tiny_patch16_224")
    model.load_state_dict(load_file(file))
    noise = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3)).astype("uint8")
    return outputs(model, noise, model.pretrained_cfg["mean"], model.pretrained_cfg["std"])


# ---- Google's files ----

def google_arrays(image_size=(16, 16), patch=4, width=24, layers=2, heads=2, mlp=36, classes=6, representation=None,
                  big_vision=None):
    """Arrays under Google's names; `big_vision`: "stacked", "apart", or "average" (without a class token)."""
    tokens, per_head = image_size[0] * image_size[1] // patch**2 + 1, (heads, width // heads)
    shapes = {"cls": (1, 1, width), "embedding/kernel": (patch, patch, 3, width), "embedding/bias": (width,),
              "Transformer/posembed_input/pos_embedding": (1, tokens, width)}
    norms = ["Transformer/encoder_norm"]
    for index in range(layers):
        block = f"Transformer/encoderblock_{index}"
        attention = f"{block}/MultiHeadDotProductAttention_1"
        norms += [f"{block}/LayerNorm_0", f"{block}/LayerNorm_2"]
        for part in ("query", "key", "value"):
            shapes |= {f"{attention}/{part}/kernel": (width, *per_head), f"{attention}/{part}/bias": per_head}
        shapes |= {f"{attention}/out/kernel": (*per_head, width), f"{attention}/out/bias": (width,),
                   f"{block}/MlpBlock_3/Dense_0/kernel": (width, mlp), f"{block}/MlpBlock_3/Dense_0/bias": (mlp,),
                   f"{block}/MlpBlock_3/Dense_1/kernel": (mlp, width), f"{block}/MlpBlock_3/Dense_1/bias": (width,)}
    for norm in norms:
        shapes |= {f"{norm}/scale": (width,), f"{norm}/bias": (width,)}
    if representation:
        shapes |= {"pre_logits/kernel": (width, representation), "pre_logits/bias": (representation,)}
    shapes |= {"head/kernel": (representation or width, classes), "head/bias": (classes,)}
    arrays = {key: numbers(key, shape) for key, shape in shapes.items()}
    return as_big_vision(arrays, big_vision == "stacked", class_token=big_vision != "average") if big_vision else arrays


def as_big_vision(arrays, stacked=True, prefix="params/", class_token=True):
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


# ---- Recorded ----

def recorded(folder, maker, changes):
    """The same checkpoint without its library, and the library's answer as it was recorded."""
    if maker == "google":
        np.savez(folder / "model.npz", **google_arrays(**changes))
    stored = json.loads(PARITY.read_text())
    case = next(case for case in stored["cases"] if case["made"] == json.loads(json.dumps([maker, changes])))
    if maker != "google":
        shapes = {}
        for index in case["arrays"]:
            key, *shape = stored["arrays"][index].split()
            for block in range(case["blocks"] if "{i}" in key else 1):
                shapes[key.replace("{i}", str(block))] = tuple(map(int, shape))
        write(folder, shapes, stored["configs"][maker] | case["config"], changes.get("file", "float32"))
    if maker == "transformers":
        (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    return np.array(case["logits"])


def record():
    """parity.json: each line of keys and shapes once, of each config.json what differs from the first."""
    arrays, configs, cases = [], {}, []
    for maker, changes, *refused in LOADED + REFUSED:
        with tempfile.TemporaryDirectory() as folder:
            shapes, config, answers = MAKERS[maker](Path(folder), **changes)
        block = r"\b(blocks|layers?)\.(\d+)\."
        lines = [" ".join([re.sub(block, r"\1.{i}.", key, count=1), *map(str, shape)]) for key, shape in shapes.items()]
        arrays += [line for line in dict.fromkeys(lines) if line not in arrays]
        first = configs.setdefault(maker, config)
        cases.append({
            "made": [maker, changes], "arrays": sorted({arrays.index(line) for line in lines}),
            "blocks": 1 + max((int(number) for key in shapes for _, number in re.findall(block, key)[:1]), default=0),
            "config": {key: config.get(key) for key in {**first, **config} if config.get(key) != first.get(key)},
            "logits": [] if refused else [[float(f"{value:.6g}") for value in row] for row in answers["logits"]],
        })
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    PARITY.write_text(f'{{"arrays":{json.dumps(arrays, separators=(",", ":"))},\n"configs":'
                    f'{json.dumps(configs, separators=(",", ":"))},\n"cases":[\n{lines}]}}\n')


def store():
    """tests/checkpoints: three small checkpoints, and outputs.npz with what their makers say, also to other grids."""
    found = {}
    shutil.rmtree(FOLDER / "huggingface")
    for key, maker, changes, name in (("huggingface", "transformers", {}, "huggingface"),
                                      ("timm", "timm", SMALL_DEIT, "deit_small.safetensors"),
                                      ("google", "google", {}, "google.npz")):
        with tempfile.TemporaryDirectory() as folder:
            answers = MAKERS[maker](Path(folder), **changes)[2]
            if maker == "transformers":
                shutil.copytree(folder, FOLDER / name)
            else:
                shutil.copy(Path(folder) / f"model{Path(name).suffix}", FOLDER / name)
        found |= {f"{key}/{what}": value for what, value in answers.items()}
    draw = np.random.default_rng(0)
    for old, sizes in GRIDS.items():
        table = draw.normal(size=(*old, 2)).astype("float32")
        found[f"positions/{old[0]}x{old[1]}"] = table
        for method in ("bicubic", "bicubic_antialias", "bilinear"):
            for new in sizes:
                found[f"positions/{old[0]}x{old[1]}/{method}/{new[0]}x{new[1]}"] = resized(method, table, new)
    np.savez_compressed(FOLDER / "outputs.npz", **found)
    if os.environ.get("VIT_KERAS_WEIGHTS"):
        file = Path(os.environ["VIT_KERAS_WEIGHTS"]) / "deit_tiny_patch16_224.safetensors"
        np.save(FOLDER / "deit_tiny_logits.npy", deit_tiny(file)["logits"])


if __name__ == "__main__":
    record()
    store()

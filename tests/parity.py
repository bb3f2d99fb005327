"""Tiny checkpoints as timm and transformers write them, and what these libraries answer: recorded in parity.json.

No weights are stored: they follow from key and shape (`numbers`), so where neither library is installed a test makes
the same checkpoint anew. `python tests/parity.py` records; it needs torch, timm and transformers.
"""

import json
import re
import tempfile
import zlib
from pathlib import Path

import ml_dtypes
import numpy as np
import references

FILE = Path(__file__).resolve().parent / "pretrained/parity.json"

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
        {"architecture": "vit_small_patch14_dinov2", "embed_dim": 384, "depth": 1, "num_heads": 6})],
    *[("transformers", changes) for changes in (
        {}, {"hidden_size": 20, "num_attention_heads": 5, "num_hidden_layers": 3, "patch_size": 8, "num_labels": 3},
        {"name": "ViTModel"}, {"file": "bfloat16"}, {"file": "float16", "hidden_act": "gelu_new"}, {"qkv_bias": False},
        {"image_size": (8, 32)}, {"name": "ViTMSNForImageClassification"},
        {"name": "Dinov2Model", "intermediate_size": 96})],
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
        ({"qk_norm": True}, "`qk_norm`"), ({"reg_tokens": 2}, "`reg_tokens`"), ({"pre_norm": True}, "`pre_norm`"),
        ({"final_norm": False}, "`final_norm` in config.json must be True"),
        ({"norm_layer": "rmsnorm"}, "`norm_layer`"), ({"pool_include_prefix": True}, "`pool_include_prefix`"),
        ({"scale_mlp_norm": True}, "`scale_mlp_norm`"),
        ({"architecture": "deit_tiny_distilled_patch16_224"}, "a distilled DeiT"),
        ({"architecture": "vit_small_patch16_18x2_224"}, "side by side"),
        ({"architecture": "vit_giant_patch14_dinov2", "embed_dim": 96}, r"gated \(SwiGLU\)"))],
    ("transformers", {"name": "DeiTForImageClassification"}, "a distilled DeiT"),
]
PROCESSOR = {"do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.25] * 3}


def numbers(key, shape):
    """As large as those of a trained model, none at zero or one, where a forgotten one would not show."""
    noise = np.random.RandomState(zlib.crc32(key.encode())).standard_normal(shape)  # a stream that NumPy keeps for ever
    if len(shape) == 1 and "norm" in key.lower() and key.endswith(("weight", "scale")):
        return (1 + 0.2 * noise).astype("float32")
    return (noise * (0.5 if len(shape) in (1, 3) else np.prod(shape[1:]) ** -0.5)).astype("float32")


def google_arrays(big_vision=None, **size):
    arrays = {key: numbers(key, array.shape) for key, array in references.google_arrays(**size).items()}
    return arrays if big_vision is None else references.big_vision(arrays, big_vision == "stacked",
                                                                   class_token=big_vision != "average")


def pictures(height, width):
    return np.random.RandomState(0).randint(0, 256, (2, height, width, 3)).astype("uint8")


def answer(model, image_size, mean, std):
    """The logits of a PyTorch model, or what it has in place of them."""
    import torch

    x = (pictures(*image_size) / 255 - np.array(mean)) / np.array(std)
    with torch.no_grad():
        outputs = model.eval()(torch.tensor(x.transpose(0, 3, 1, 2), dtype=torch.float32))
    outputs = getattr(outputs, "logits", outputs)
    return getattr(outputs, "pooler_output", outputs).numpy()


def write(folder, shapes, config, file="float32"):
    from safetensors.numpy import save_file

    dtype = ml_dtypes.bfloat16 if file == "bfloat16" else file
    save_file({key: numbers(key, shape).astype(dtype) for key, shape in shapes.items()}, folder / "model.safetensors",
              metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))


def by_timm(folder, architecture="vit_tiny_patch16_224", reset=None, img_size=(16, 16), **changes):
    timm = references.import_timm()
    import torch
    from timm.models._hub import save_config_for_hf

    size = {"patch_size": 4, "num_classes": 5, "embed_dim": 64, "depth": 2, "num_heads": 4, **changes}
    model = timm.create_model(architecture, img_size=img_size, **size)
    if reset:
        model.reset_classifier(5, reset)
    shapes = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    model.load_state_dict({key: torch.tensor(numbers(key, shape)) for key, shape in shapes.items()})
    save_config_for_hf(model, folder / "config.json")
    config = json.loads((folder / "config.json").read_text())
    write(folder, shapes, config)
    return shapes, config, answer(model, img_size, model.pretrained_cfg["mean"], model.pretrained_cfg["std"])


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
    image_size = size["image_size"] if isinstance(size["image_size"], tuple) else (size["image_size"],) * 2
    return shapes, config, answer(model, image_size, PROCESSOR["image_mean"], PROCESSOR["image_std"])


def by_google(folder, big_vision=None, image_size=(16, 16), **size):
    """Google's files, by timm, which is their published reader in PyTorch."""
    arrays = google_arrays(big_vision, image_size=image_size, **size)
    size = {"patch": 4, "width": 24, "layers": 2, "heads": 2, "mlp": 36, "classes": 6, **size}
    np.savez(folder / "model.npz", **arrays)
    model = references.timm_model(
        image_size, size["classes"], patch_size=size["patch"], embed_dim=size["width"], depth=size["layers"],
        num_heads=size["heads"], mlp_ratio=size["mlp"] / size["width"], act_layer="gelu_tanh",
        no_embed_class=big_vision is not None,
        **({"class_token": False, "global_pool": "avg", "fc_norm": False} if big_vision == "average" else {}))
    model.load_pretrained(str(folder / "model.npz"))
    return {}, {}, answer(model, image_size, [0.5] * 3, [0.5] * 3)


MAKERS = {"timm": by_timm, "transformers": by_transformers, "google": by_google}


def recorded(folder, maker, changes):
    """The same checkpoint without its library, and the library's answer as it was recorded."""
    if maker == "google":
        np.savez(folder / "model.npz", **google_arrays(**changes))
    stored = json.loads(FILE.read_text())
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
    """Write parity.json: each line of keys and shapes once, of each config.json what differs from the first."""
    arrays, configs, cases = [], {}, []
    for maker, changes, *refused in LOADED + REFUSED:
        with tempfile.TemporaryDirectory() as folder:
            shapes, config, logits = MAKERS[maker](Path(folder), **changes)
        block = r"\b(blocks|layers?)\.(\d+)\."
        lines = [" ".join([re.sub(block, r"\1.{i}.", key, count=1), *map(str, shape)]) for key, shape in shapes.items()]
        arrays += [line for line in dict.fromkeys(lines) if line not in arrays]
        first = configs.setdefault(maker, config)
        cases.append({
            "made": [maker, changes], "arrays": sorted({arrays.index(line) for line in lines}),
            "blocks": 1 + max((int(number) for key in shapes for _, number in re.findall(block, key)[:1]), default=0),
            "config": {key: config.get(key) for key in {**first, **config} if config.get(key) != first.get(key)},
            "logits": [] if refused else [[float(f"{value:.6g}") for value in row] for row in logits],
        })
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    FILE.write_text(f'{{"arrays":{json.dumps(arrays, separators=(",", ":"))},\n"configs":'
                    f'{json.dumps(configs, separators=(",", ":"))},\n"cases":[\n{lines}]}}\n')


if __name__ == "__main__":
    record()

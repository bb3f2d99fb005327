"""Inference of one pretrained model in our layers and in Hugging Face's on PyTorch: same weights, same pictures.

`transfer.py` calls `pair`; each side is measured in a process of its own, which this file is started as:

    python benchmarks/transfer_speed.py '{"implementation": "ours", "folder": "...", "batch": 32, "seconds": 8}'
"""

import importlib.util
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from peers import Clock
from processes import in_a_process
from records import ROOT

sys.path.insert(0, str(ROOT))


def pair(batch, seconds, swap=False):
    """Images per second of both, and how far their logits are apart.

    Args:
        batch: int. Pictures at a time.
        seconds: float. How long each is measured.
        swap: bool. Whether transformers comes first.

    Returns:
        dict: `ours`, `huggingface` (images per second), `ratio`, `largest_difference` of logits, `seconds`, `sources`.

    Raises:
        ModuleNotFoundError: torch or transformers is not installed.
    """
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        raise ModuleNotFoundError(f"The part speed needs {' and '.join(missing)}: "
                                  "pip install -r requirements-bench.txt")
    from vit_keras.pretrained import find_weights

    started, weights, found = time.perf_counter(), find_weights(), {}
    with tempfile.TemporaryDirectory() as folder:
        write_folder(weights.load(), folder)
        for name in ("huggingface", "ours") if swap else ("ours", "huggingface"):
            task = {"implementation": name, "folder": folder, "batch": batch, "seconds": seconds}
            found[name] = in_a_process(__file__, [json.dumps(task)], name)
    ours, theirs = found["ours"], found["huggingface"]
    apart = float(np.abs(np.array(ours["logits"]) - np.array(theirs["logits"])).max())
    return {"ours": ours["images_per_second"], "huggingface": theirs["images_per_second"],
            "ratio": ours["images_per_second"] / theirs["images_per_second"], "largest_difference": apart,
            "peak_memory_mb": {name: each["peak_memory_mb"] for name, each in found.items()},
            "batch": batch, "seconds": time.perf_counter() - started, "sources": [weights.source]}


def write_folder(model, folder):
    """The model as a folder that transformers reads, and `load_pretrained` too.

    Args:
        model: `VisionTransformer` with a head.
        folder: path of a folder that exists.
    """
    from safetensors.numpy import save_file

    from vit_keras.pretrained import HUGGINGFACE, to_checkpoint

    arrays = {key if key.startswith("classifier") else f"vit.{key}": array
              for key, array in to_checkpoint(model, HUGGINGFACE).items()}
    save_file(arrays, Path(folder) / "model.safetensors", metadata={"format": "pt"})
    configuration = {
        "model_type": "vit", "architectures": ["ViTForImageClassification"], "hidden_size": model.hidden_dim,
        "num_hidden_layers": model.num_layers, "num_attention_heads": model.num_heads,
        "intermediate_size": model.mlp_dim, "layer_norm_eps": model.layer_norm_epsilon, "hidden_act": "gelu",
        "image_size": model.image_shape[0], "patch_size": model.patch_size, "num_channels": model.image_shape[-1],
        "id2label": {str(index): str(index) for index in range(model.num_classes)},
    }
    mean, deviation = (np.broadcast_to(value, 3).tolist() for value in (model.mean, model.deviation))
    preprocessor = {"do_normalize": True, "image_mean": mean, "image_std": deviation}
    for name, content in (("config.json", configuration), ("preprocessor_config.json", preprocessor)):
        (Path(folder) / name).write_text(json.dumps(content), encoding="utf-8")


def pictures(folder, batch):
    """uint8 noise of the model's size, the same for both."""
    size = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))["image_size"]
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), dtype="uint8")


def measure_ours(folder, batch, seconds):
    """It takes the pictures as they are and normalises them itself: that counts."""
    from vit_keras import load_pretrained

    images = pictures(folder, batch)
    model = load_pretrained(folder, verbose=False)
    model.compile(jit_compile="auto")
    clock, over = Clock(seconds), False
    while not over:
        logits = model.predict_on_batch(images)
        over = clock.tick()
    return clock, logits


def measure_huggingface(folder, batch, seconds):
    """Its own fastest attention; the pictures are normalised before the clock starts."""
    import torch
    from transformers import ViTForImageClassification

    preprocessor = json.loads((Path(folder) / "preprocessor_config.json").read_text(encoding="utf-8"))
    mean, deviation = np.array(preprocessor["image_mean"]), np.array(preprocessor["image_std"])
    x = ((pictures(folder, batch) / 255 - mean) / deviation).transpose(0, 3, 1, 2)
    images = torch.tensor(np.ascontiguousarray(x), dtype=torch.float32)
    model = ViTForImageClassification.from_pretrained(folder, attn_implementation="sdpa").eval()
    clock, over = Clock(seconds), False
    with torch.inference_mode():
        while not over:
            logits = model(pixel_values=images).logits.numpy()
            over = clock.tick()
    return clock, logits


def main(task):
    measured = measure_ours if task["implementation"] == "ours" else measure_huggingface
    clock, logits = measured(task["folder"], task["batch"], task["seconds"])
    print(json.dumps({**clock.result(task["batch"]), "logits": np.asarray(logits)[0].astype(float).round(6).tolist()}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

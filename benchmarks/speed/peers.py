"""The implementations that are compared, and the process that measures one of them.

Each `*_model` builds the same Vision Transformer: same sizes, class token, learned positions, pre-norm, no dropout.
compare.py starts this file once a measurement, with the task as JSON; it prints one line of JSON back:

    python benchmarks/speed/peers.py '{"implementation": "ours", "backend": "jax", ...}'

With a "folder" in the task, a pretrained model is read from it and inference alone is measured: `pair` does so with
ours and with Hugging Face's, for lesson 9.
"""

import importlib.util
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from runs import in_a_process

MARK = "RESULT "  # in front of the answer, since frameworks print too
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.05


class Clock:
    """Counts steps: the first ones warm up (compilation is in the first), the rest are timed until time is up."""

    def __init__(self, seconds, warm_up=3, least=3):
        self.seconds, self.warm_up, self.least = seconds, warm_up, least
        self.steps, self.begin = 0, time.perf_counter()

    def tick(self):
        """Call after each finished step; True when the measurement is over."""
        self.steps += 1
        now = time.perf_counter()
        if self.steps == 1:
            self.first_step = now - self.begin
        if self.steps <= self.warm_up:
            self.start = now
            return False
        self.elapsed = now - self.start
        return self.elapsed >= self.seconds and self.steps - self.warm_up >= self.least

    def result(self, batch):
        steps = self.steps - self.warm_up
        return {
            "images_per_second": batch * steps / self.elapsed,
            "steps": steps,
            "first_step_seconds": self.first_step,
            "peak_memory_mb": peak_memory_mb(),
        }


def peak_memory_mb():
    """The most memory this process has held so far, imports included; None where nobody says."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes, Linux KiB


def data(size, batch):
    """One batch, the same for all: uint8 images, the same scaled to [-1, 1] for models that want it, labels."""
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 256, (batch, *size["image_shape"]), dtype="uint8")
    labels = rng.integers(0, size["num_classes"], batch, dtype="int32")
    return raw, (raw / 127.5 - 1).astype("float32"), labels


# --- Keras models ---------------------------------------------------------------------------------------------------


def ours_model(size):
    from vit_keras import VisionTransformer

    return VisionTransformer(**size)


def kerashub_model(size):
    import keras
    import keras_hub

    same = {name: value for name, value in size.items() if name not in ("image_shape", "num_classes")}
    backbone = keras_hub.models.ViTBackbone(tuple(size["image_shape"]), **same, dropout_rate=0.0, attention_dropout=0.0)
    classifier = keras_hub.models.ViTImageClassifier(backbone=backbone, num_classes=size["num_classes"])
    return keras.Model(classifier.inputs, classifier.outputs)  # the same graph without its pipeline of preprocessing


def kerasio_model(size):
    """The pattern of keras.io's example "Image classification with Vision Transformer": Keras's own layers, in a row.

    Changed so that all shapes are the others': a class token, heads of width D/k (the example gives every head the
    full width), an MLP of one hidden layer, no dropout and no augmentation.
    """
    import keras
    from keras import layers, ops

    class PatchEncoder(layers.Layer):
        def build(self, inputs_shape):
            self.projection = layers.Dense(size["hidden_dim"])
            self.projection.build(inputs_shape)
            self.class_token = self.add_weight(shape=(1, 1, size["hidden_dim"]), name="class_token")
            self.position_embedding = layers.Embedding(inputs_shape[1] + 1, size["hidden_dim"])
            self.position_embedding.build(None)

        def call(self, patches):
            x = self.projection(patches)
            token = ops.cast(self.class_token, x.dtype)
            token = ops.broadcast_to(token, (ops.shape(x)[0], 1, size["hidden_dim"]))
            x = ops.concatenate([token, x], axis=1)
            return x + self.position_embedding(ops.arange(x.shape[1]))

    height, width, channels = size["image_shape"]
    patch_size = size["patch_size"]
    rows, columns = height // patch_size, width // patch_size
    inputs = keras.Input((height, width, channels))
    x = layers.Reshape((rows, patch_size, columns, patch_size, channels))(inputs)
    x = layers.Permute((1, 3, 2, 4, 5))(x)
    x = PatchEncoder()(layers.Reshape((rows * columns, patch_size * patch_size * channels))(x))
    for _ in range(size["num_layers"]):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        key_dim = size["hidden_dim"] // size["num_heads"]
        x = layers.Add()([layers.MultiHeadAttention(size["num_heads"], key_dim)(y, y), x])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.Dense(size["mlp_dim"], activation=keras.activations.gelu)(y)
        x = layers.Add()([layers.Dense(size["hidden_dim"])(y), x])
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return keras.Model(inputs, layers.Dense(size["num_classes"])(x[:, 0]))


KERAS_MODELS = {"ours": ours_model, "kerashub": kerashub_model, "kerasio": kerasio_model}


def measure_keras(implementation, size, batch, backend, jit, precision, seconds):
    """`fit` and `predict` on one batch that repeats, ended by a callback: Keras's ordinary way on every backend."""
    import keras

    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else precision)
    model = KERAS_MODELS[implementation](size)
    raw, scaled, labels = data(size, batch)
    images = raw if implementation == "ours" else scaled  # ours scales inside, and pays for it here

    def forever(arrays):
        while True:
            yield arrays

    def repeated(*arrays):
        if backend == "tensorflow":
            import tensorflow as tf

            return tf.data.Dataset.from_tensors(arrays).repeat()
        return forever(arrays)

    class StopWatch(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.clock = Clock(seconds)

        def on_train_batch_end(self, batch, logs=None):
            float(logs["loss"])  # waits for the step where the framework runs ahead
            self.model.stop_training = self.clock.tick()

        def on_predict_batch_end(self, batch, logs=None):
            np.asarray(keras.ops.convert_to_numpy(logs["outputs"]))
            self.model.stop_predicting = self.clock.tick()

    model.compile(
        optimizer=keras.optimizers.AdamW(LEARNING_RATE, weight_decay=WEIGHT_DECAY),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=None,
        jit_compile=jit,
    )
    watch = StopWatch()
    model.predict(repeated(images), verbose=0, callbacks=[watch])
    inference = watch.clock.result(batch)
    watch = StopWatch()
    model.fit(repeated(images, labels), epochs=1, verbose=0, callbacks=[watch])
    return {"parameters": model.count_params(), "inference": inference, "training": watch.clock.result(batch)}


# --- Hugging Face on PyTorch ----------------------------------------------------------------------------------------


def measure_huggingface(size, batch, jit, precision, seconds):
    import torch
    from transformers import ViTConfig, ViTForImageClassification

    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    config = ViTConfig(
        image_size=size["image_shape"][0],
        num_channels=size["image_shape"][2],
        patch_size=size["patch_size"],
        num_hidden_layers=size["num_layers"],
        hidden_size=size["hidden_dim"],
        num_attention_heads=size["num_heads"],
        intermediate_size=size["mlp_dim"],
        num_labels=size["num_classes"],
        attn_implementation="sdpa",  # its fastest
    )
    model = ViTForImageClassification(config).to(device)
    forward = torch.compile(model) if jit else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    _, scaled, labels = data(size, batch)
    images = torch.from_numpy(scaled).permute(0, 3, 1, 2).contiguous().to(device)
    labels = torch.from_numpy(labels).long().to(device)

    def autocast():
        return torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bfloat16")

    model.eval()
    clock, over = Clock(seconds), False
    while not over:
        with torch.inference_mode(), autocast():
            forward(images).logits.float().cpu()
        over = clock.tick()
    inference = clock.result(batch)

    model.train()
    clock, over = Clock(seconds), False
    while not over:
        with autocast():
            loss = torch.nn.functional.cross_entropy(forward(images).logits.float(), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        if device == "cuda":
            torch.cuda.synchronize()
        over = clock.tick()
    parameters = sum(p.numel() for p in model.parameters())
    return {"parameters": parameters, "inference": inference, "training": clock.result(batch)}


# --- One pretrained model in both, with the same weights -------------------------------------------------------------


def pair(weights, batch, seconds, swap=False):
    """Images per second of one model in our layers and in Hugging Face's, and how far apart their logits are.

    Args:
        weights: `Weights` of `vit_keras.pretrained`.
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
    started, found = time.perf_counter(), {}
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


def measure_our_folder(folder, batch, seconds):
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


def measure_their_folder(folder, batch, seconds):
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


def measure_folder(task):
    measured = measure_our_folder if task["implementation"] == "ours" else measure_their_folder
    clock, logits = measured(task["folder"], task["batch"], task["seconds"])
    return {**clock.result(task["batch"]), "logits": np.asarray(logits)[0].astype(float).round(6).tolist()}


# --- One measurement ------------------------------------------------------------------------------------------------


def threads(backend):
    """How many threads the framework uses, left as it comes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if backend == "torch":
        import torch

        return {"cores": cores, "torch": torch.get_num_threads()}
    return {"cores": cores, backend: "default"}


def main(task):
    if "folder" in task:
        return print(json.dumps(measure_folder(task)))
    size, batch, backend, precision = task["size"], task["batch"], task["backend"], task["precision"]
    jit, seconds = task["jit"], task["seconds"]
    if task["implementation"] == "products":
        from speed.products import measure

        result = measure(size, batch, backend, precision, seconds)
    elif task["implementation"] == "huggingface":
        result = measure_huggingface(size, batch, jit, precision, seconds)
    else:
        result = measure_keras(task["implementation"], size, batch, backend, jit, precision, seconds)
    print(MARK + json.dumps({**result, "threads": threads(backend)}), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

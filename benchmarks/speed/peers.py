"""The implementations that `speed.py` compares, and the process that measures one of them.

Each `*_model` builds the same Vision Transformer: same sizes, class token, learned positions, pre-norm, no dropout.
`speed.py` starts this file once a measurement, with the task as JSON; it prints one line of JSON back:

    python benchmarks/peers.py '{"implementation": "ours", "backend": "jax", ...}'
"""

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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
        return windows_peak_memory_mb()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # macOS counts bytes, Linux KiB


def windows_peak_memory_mb():
    try:
        import ctypes
        from ctypes import wintypes

        class Counters(ctypes.Structure):
            _fields_ = [("cb", wintypes.DWORD), ("PageFaultCount", wintypes.DWORD)] + [
                (name, ctypes.c_size_t) for name in ("PeakWorkingSetSize", *"abcdefg")
            ]

        counters = Counters(cb=ctypes.sizeof(Counters))
        process = ctypes.c_void_p(ctypes.windll.kernel32.GetCurrentProcess())
        ctypes.windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb)
        return counters.PeakWorkingSetSize / 2**20
    except (ImportError, AttributeError, OSError):
        return None


def data(size, batch):
    """One batch, the same for all: uint8 images, the same scaled to [-1, 1] for models that want it, labels."""
    import numpy as np

    rng = np.random.default_rng(0)
    raw = rng.integers(0, 256, (batch, *size["image_shape"]), dtype="uint8")
    labels = rng.integers(0, size["num_classes"], batch, dtype="int32")
    return raw, (raw / 127.5 - 1).astype("float32"), labels


# --- Keras models ---------------------------------------------------------------------------------------------------


def ours_model(size):
    sys.path.insert(0, str(ROOT))
    from vit_keras import VisionTransformer

    return VisionTransformer(**size)


def kerashub_model(size):
    import keras
    import keras_hub

    backbone = keras_hub.models.ViTBackbone(
        image_shape=tuple(size["image_shape"]),
        patch_size=size["patch_size"],
        num_layers=size["num_layers"],
        num_heads=size["num_heads"],
        hidden_dim=size["hidden_dim"],
        mlp_dim=size["mlp_dim"],
        dropout_rate=0.0,
        attention_dropout=0.0,
    )
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
    import numpy as np

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


# --- One measurement ------------------------------------------------------------------------------------------------


def threads(backend):
    """How many threads the framework uses, left as it comes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if backend == "torch":
        import torch

        return {"cores": cores, "torch": torch.get_num_threads()}
    return {"cores": cores, backend: "default"}


def main(task):
    size, batch, backend, precision = task["size"], task["batch"], task["backend"], task["precision"]
    jit, seconds = task["jit"], task["seconds"]
    if task["implementation"] == "products":
        from products import measure

        result = measure(size, batch, backend, precision, seconds)
    elif task["implementation"] == "huggingface":
        result = measure_huggingface(size, batch, jit, precision, seconds)
    else:
        result = measure_keras(task["implementation"], size, batch, backend, jit, precision, seconds)
    print(MARK + json.dumps({**result, "threads": threads(backend)}), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

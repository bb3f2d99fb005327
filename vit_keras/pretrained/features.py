"""The representation y of equation (4): computed once for many pictures, fine-tuned, or probed by a linear layer."""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from vit_keras.pretrained.positions import with_resizing
from vit_keras.training.recipe import Recipe
from vit_keras.vit import VisionTransformer


def representation_model(model):
    """A Vision Transformer without its head, with the same weights: from images (B, H, W, C) to y = LN(z_L^0)."""
    if not isinstance(model, VisionTransformer):
        raise ValueError(f"`model` must be a `VisionTransformer`: got {type(model).__name__}.")
    images = keras.Input(model.image_shape)
    z = model.patch_encoder(model.patches(model.feature_map(images)))  # (1)
    z = model.encoder(z, num_queries=1 if model.pooling == "token" else None)  # (2) (3)
    y = z[:, 0] if model.pooling == "token" else ops.mean(z, axis=1)  # (4)
    headless = keras.Model(images, y, name="representation")
    headless.image_shape = model.image_shape
    return headless


def extract_features(model, images, batch_size=32, jit_compile="auto"):
    """The representation of every picture, batch by batch.

    While the device computes one batch, the next is read from the disk, or decoded. Besides the results, memory holds
    two batches of pictures, however many there are.

    Args:
        model: `VisionTransformer`, with or without a head.
        images: array of shape `(N, H, W, C)`, values in [0, 255], which may lie on the disk (`numpy.memmap`); or any
            iterable of pictures `(H, W, C)` of one size, such as a generator that decodes files. Pictures of another
            size than the model's are resized on the device, see `Resize`.
        batch_size: int. Pictures that go through the model at once.
        jit_compile: bool or `"auto"`. XLA, see `keras.Model.compile`.

    Returns:
        NumPy array of shape `(N, D)`, float32.

    Raises:
        ValueError: there is no picture, or pictures are of different sizes.
    """
    headless, network, features = representation_model(model), None, []
    batches = in_batches(images, batch_size)
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(next, batches, None)
        while (batch := ahead.result()) is not None:
            ahead = pool.submit(next, batches, None)
            if network is None:
                network = with_resizing(headless, batch.shape[1:])
                network.compile(jit_compile=jit_compile)
            missing = batch_size - len(batch) if features else 0
            # One shape for all: another would be compiled anew.
            full = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing else batch
            features.append(np.asarray(network.predict_on_batch(full))[: len(batch)].astype("float32"))
    if not features:
        raise ValueError("`images` must hold at least one picture: got none.")
    return np.concatenate(features)


def in_batches(images, batch_size):
    """Arrays (b, H, W, C) of up to `batch_size` pictures."""
    pictures = iter(images)
    while some := list(islice(pictures, batch_size)):
        shapes = {np.shape(picture) for picture in some}
        if len(shapes) > 1 or len(*shapes) != 3:
            raise ValueError(f"`images` must be pictures (H, W, C) of one size: got shapes {sorted(shapes)}.")
        yield np.stack(some)


# ---- Fine-tuning: which weights learn, and by which recipe ----

# The course's recipe is for weights that start at random. Weights that know something already are moved with care: a
# smaller rate and no pull towards zero, as in the paper, which uses SGD with momentum in place of AdamW.
FINE_TUNING = {"learning_rate": 1e-4, "weight_decay": 0.0, "label_smoothing": 0.0, "batch_size": 32}


def fine_tuning_recipe(epochs, **changes):
    """A `Recipe` for weights that are pre-trained.

    Args:
        epochs: float. Passes over the training pictures.
        **changes: Arguments of `Recipe` that differ from `FINE_TUNING`.

    Returns:
        `Recipe`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.1 and appendix B.1.1.
    """
    return Recipe(epochs, **{**FINE_TUNING, **changes})


def freeze(model, blocks):
    """Keep the lower part of a model as it is; what lies above learns.

    Call it before `train`: the optimizer takes the weights that are trainable when it is made.

    Args:
        model: `VisionTransformer`.
        blocks: int from 0 to L, `"all"` or `None`. 0 freezes equation (1): E, the class token, the positions (and the
            stem of a hybrid); a number freezes so many blocks on top of it; `"all"` leaves only the head; `None`
            freezes nothing.

    Returns:
        int: the number of weights that learn.

    Raises:
        ValueError: `blocks` is none of these.
    """
    if blocks not in (None, "all") and (isinstance(blocks, bool) or blocks not in range(model.num_layers + 1)):
        raise ValueError(f'`blocks` must be an int from 0 to {model.num_layers}, "all" or None: got {blocks!r}.')
    number = {None: 0, "all": model.num_layers}.get(blocks, blocks)
    model.trainable = True  # from the top down: a layer hands it on to its parts
    for part in filter(None, (model.stem, model.patch_encoder)):
        part.trainable = blocks is None
    for index, block in enumerate(model.encoder.blocks):
        block.trainable = index >= number
    model.encoder.norm.trainable = blocks != "all"
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


# ---- A linear probe: multinomial logistic regression in NumPy, the same on every machine ----

STRENGTHS = tuple(10.0**power for power in range(-5, 2))  # of the penalty, to choose from


class LinearProbe(NamedTuple):
    """`kernel` (D, K) and `bias` (K,) of a linear layer on y as it comes; `strength` of the penalty it was fitted with.

    The standardisation is folded into both, so a probe is what a head is.
    """

    kernel: np.ndarray
    bias: np.ndarray
    strength: float

    def logits(self, features):
        """`(N, D)` to `(N, K)`."""
        return np.asarray(features, "float64") @ self.kernel + self.bias

    def accuracy(self, features, labels):
        """Share of the pictures that are named right."""
        return float(np.mean(self.logits(features).argmax(axis=1) == labels))

    def loss(self, features, labels):
        """Mean cross-entropy: how surprised the probe is by the right classes."""
        beliefs = softmax(self.logits(features))
        return float(-np.mean(np.log(beliefs[np.arange(len(labels)), labels] + 1e-300)))

    def to_head(self, model):
        """Put the probe in the place of a model's head.

        Args:
            model: `VisionTransformer` whose head is one layer for as many classes.

        Raises:
            ValueError: the head has another shape.
        """
        kernel = getattr(model.head, "kernel", None)
        if kernel is None or tuple(kernel.shape) != self.kernel.shape:
            found = "none" if model.head is None else getattr(kernel, "shape", "more than one layer")
            raise ValueError(f"`model` must have a head of shape {self.kernel.shape}: got {found}.")
        kernel.assign(self.kernel)
        model.head.bias.assign(self.bias)


def fit_probe(features, labels, num_classes, strength=1e-2, steps=500, tolerance=1e-6):
    """Fit a linear probe: the least of the mean cross-entropy plus the penalty strength/2 · |W|².

    Features are standardised first, each number of y to mean 0 and deviation 1, so that one strength suits all. The
    bias is not penalised. A step divides the gradient by a curvature that the true one never exceeds, so there is no
    learning rate to choose; Nesterov's rule makes it fast.

    Args:
        features: array of shape `(N, D)`.
        labels: ints of shape `(N,)`, in [0, num_classes).
        num_classes: int K.
        strength: float, positive. Of the penalty.
        steps: int. At most so many.
        tolerance: float. It stops where no entry of the gradient is larger.

    Returns:
        `LinearProbe`.

    Raises:
        ValueError: features and labels do not fit each other, or an argument is outside its range.

    Reference:
        Böhning, 1992, Multinomial logistic regression algorithm, Annals of the Institute of Statistical Mathematics 44.
    """
    features, labels = np.asarray(features, "float64"), np.asarray(labels)
    if features.ndim != 2 or labels.shape != features.shape[:1] or not len(labels):
        raise ValueError("`features` must be of shape (N, D) and `labels` of shape (N,), with N at least 1: got "
                         f"{features.shape} and {labels.shape}.")
    if not strength > 0 or not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(f"`strength` must be positive and `labels` lie in [0, {num_classes - 1}]: got {strength} and "
                         f"labels from {labels.min()} to {labels.max()}.")
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation > 1e-9, deviation, 1.0)  # a number that never changes says nothing
    x = np.column_stack([(features - mean) / deviation, np.ones(len(features))])  # (N, D + 1), the last for the bias
    targets = np.eye(num_classes)[labels]  # (N, K)
    penalty = np.full((x.shape[1], 1), float(strength))
    penalty[-1] = 0.0
    bound = np.linalg.inv(0.5 * x.T @ x / len(x) + np.diag(penalty[:, 0]))  # one over that curvature
    weights = ahead = np.zeros((x.shape[1], num_classes))  # W, with the bias in its last row
    momentum = 1.0
    for _ in range(steps):
        gradient = x.T @ (softmax(x @ ahead) - targets) / len(x) + penalty * ahead
        if np.abs(gradient).max() < tolerance:
            weights = ahead
            break
        new = ahead - bound @ gradient
        if np.sum(gradient * (new - weights)) > 0:  # it has gone too far: from here without the swing
            momentum = 1.0
        swing = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = new + (momentum - 1) / swing * (new - weights)
        weights, momentum = new, swing
    kernel = weights[:-1] / deviation[:, None]
    return LinearProbe(kernel, weights[-1] - mean @ kernel, float(strength))


def choose_probe(train, validation, num_classes):
    """Fit a probe with each of `STRENGTHS` and keep the one with the least loss on validation pictures.

    The loss, not the accuracy: a few hundred pictures give many strengths the same accuracy, or nearly, and which of
    them is ahead is chance. The loss counts how sure each answer is, too.

    Args:
        train, validation: pairs of features `(N, D)` and labels `(N,)`.
        num_classes: int.

    Returns:
        Pair of the `LinearProbe` and a dict from each strength to the loss of its probe on validation pictures.
    """
    probes = {strength: fit_probe(*train, num_classes, strength) for strength in STRENGTHS[::-1]}
    losses = {strength: probe.loss(*validation) for strength, probe in probes.items()}
    return probes[min(losses, key=losses.get)], losses


def softmax(logits):
    """Rows of sum one."""
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


# ---- Few labelled pictures: a probe with 10, 100, 1,000 of each class ----

def few(labels, per_class, seed=0):
    """Indices of `per_class` pictures of each class, drawn by chance and mixed.

    Args:
        labels: ints of shape `(N,)`.
        per_class: int.
        seed: int, or several.

    Returns:
        Array of ints of shape `(per_class * K,)`.

    Raises:
        ValueError: a class has fewer pictures.
    """
    labels, rng = np.asarray(labels), np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    if not 1 <= per_class <= counts.min():
        raise ValueError("`per_class` must be at least 1, and every class must have so many pictures: got "
                         f"{per_class}, and classes of {', '.join(map(str, counts))} pictures.")
    chosen = [rng.choice(np.flatnonzero(labels == label), per_class, replace=False) for label in classes]
    return rng.permutation(np.concatenate(chosen))


def few_example_curve(train, test, num_classes, sizes, draws=5, strength=0.1, seed=0):
    """Accuracy of probes fitted on few pictures, drawn several times.

    The strength of the penalty is fixed: choosing it would take labelled pictures that, in truth, are not there.

    Args:
        train, test: pairs of features `(N, D)` and labels `(N,)`.
        num_classes: int.
        sizes: ints. Pictures of each class.
        draws: int. Of each size; where all pictures are taken, one is enough.
        strength: float. See `fit_probe`.
        seed: int.

    Returns:
        dict from each size to a list of accuracies, one a draw.
    """
    features, labels = train
    curve = {size: [] for size in sizes}
    for size, accuracies in curve.items():
        for draw in range(1 if size * num_classes == len(labels) else draws):
            chosen = few(labels, size, [seed, size, draw])
            accuracies.append(fit_probe(features[chosen], labels[chosen], num_classes, strength).accuracy(*test))
    return curve

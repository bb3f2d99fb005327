"""Few labelled pictures: how well a probe does with 10, 100, 1,000 of each class."""

import numpy as np

from vit_keras.pretrained.probe import fit_probe


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
    curve = {}
    for size in sizes:
        whole = size * num_classes == len(labels)
        curve[size] = []
        for draw in range(1 if whole else draws):
            chosen = few(labels, size, [seed, size, draw])
            curve[size].append(fit_probe(features[chosen], labels[chosen], num_classes, strength).accuracy(*test))
    return curve

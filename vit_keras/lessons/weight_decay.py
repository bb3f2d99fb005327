"""One weight decay, two meanings: tensorflow-addons takes a share of each weight, Keras that times the learning rate.

    tensorflow-addons      w <- w - decay * w             the same share in every step
    Keras, PyTorch, optax  w <- w - rate * decay * w      with the learning rate of the step

So the same number is a decay a thousand times weaker at a learning rate of 1e-3. Here are the numbers that mean the
same. Nothing of tensorflow-addons is needed.
"""

import numpy as np


def keras_weight_decay(decay, learning_rate, steps=None, follows_schedule=False):
    """What `keras.optimizers.AdamW` has to be given for a decay of `tfa.optimizers.AdamW`.

    At a constant learning rate both then take the same share of a weight in every step. Under a schedule they cannot:
    the decay of Keras rises and falls with the rate, that of tensorflow-addons does not. What is kept is the sum of all
    shares, and with it, as long as each is small, what is left at the end of a weight that no gradient moves:

        sum of rate_t * decay over all steps = steps * decay of tensorflow-addons

    Args:
        decay: float, 0 or more. `weight_decay` of `tfa.optimizers.AdamW`.
        learning_rate: positive float; or a function from the number of a step, counted from 0, to its rate, such as a
            schedule of Keras; or the rates of all steps, array `(steps,)`.
        steps: int. Length of the run. Needed where `learning_rate` is a function.
        follows_schedule: bool. Whether the old code let its decay follow the schedule, as the documentation of
            tensorflow-addons advises: `decay` is then the one that belongs to the highest rate, and the share of every
            step is kept.

    Returns:
        float, `weight_decay` of `keras.optimizers.AdamW`.

    Raises:
        ValueError: `decay` is negative, a rate is, all are zero, or `steps` is missing.

    Reference:
        Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101. Their decay follows the schedule, a factor of 1
        at most, and not the learning rate itself.
    """
    return checked(decay) / typical_rate(learning_rate, steps, follows_schedule)


def tfa_weight_decay(decay, learning_rate, steps=None, follows_schedule=False):
    """The way back, for code that must run with tensorflow-addons: see `keras_weight_decay`, whose arguments it has.

    With `follows_schedule` the result belongs to the highest rate, and the code has to scale it along.
    """
    return checked(decay) * typical_rate(learning_rate, steps, follows_schedule)


def typical_rate(learning_rate, steps=None, highest=False):
    """The rate that stands for a whole run: the mean over its steps, or the highest.

    Raises:
        ValueError: see `keras_weight_decay`.
    """
    if callable(learning_rate):
        if steps is None or steps < 1:
            raise ValueError(f"A learning rate that changes needs `steps`, the length of the run: got steps={steps}.")
        learning_rate = [float(learning_rate(step)) for step in range(steps)]
    rates = np.asarray(learning_rate, "float64")
    if rates.size == 0 or not np.all(np.isfinite(rates)) or rates.min() < 0 or rates.max() == 0:
        raise ValueError(f"`learning_rate` must be positive, of some steps at least: got {learning_rate}.")
    return float(rates.max() if highest else rates.mean())


def checked(decay):
    if not decay >= 0:
        raise ValueError(f"`decay` must be 0 or more: got {decay}.")
    return decay

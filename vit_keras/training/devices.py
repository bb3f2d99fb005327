"""Many devices, of one process or of several: all on Keras's own engine, `keras.distribution.DataParallel` on JAX.

The step is compiled once, as if for one device with the whole batch, and XLA shares the work out. A norm over the
batch, clipping, dropout and augmentation therefore mean what they mean on one device, and the curve is that of one.
"""

import keras
import numpy as np

# Threads that prepare batches. With one, Keras on TensorFlow leaves that to tf.data, whose autotuning holds up the end
# of every third pass or so until its own period is over, which doubles up to a minute: measured, 5 and 10 s (TensorFlow
# 2.21, Keras 3.15). On JAX two deliver the first pass in a wrong order, since `fit` looks at a batch beforehand.
WORKERS = 2 if keras.backend.backend() == "tensorflow" else 1


def workers(model, recipe):
    """`(devices, processes, whether this is the first process)` of the distribution in force.

    Raises:
        ValueError: a model or a recipe that they cannot share.
    """
    distribution = keras.distribution.distribution()
    if distribution is None:
        return 1, 1, True
    if keras.backend.backend() != "jax":
        # TensorFlow's MirroredStrategy clips the gradients of each device before adding them up, and takes batch
        # statistics of each device alone: another learning curve.
        raise ValueError("Many devices need the JAX backend, where they learn as one: got "
                         f"{keras.backend.backend()}. Set KERAS_BACKEND=jax before Keras is imported.")
    if not isinstance(distribution, keras.distribution.DataParallel):
        raise ValueError("The distribution must be a `keras.distribution.DataParallel`: got "
                         f"{type(distribution).__name__}.")
    import jax

    devices, processes = int(distribution.device_mesh.devices.size), jax.process_count()
    part = recipe.batch_size // recipe.accumulate
    if any(len(weight.value.sharding.device_set) != devices for weight in model.weights):
        raise ValueError(f"The model lies on one device, and {devices} are to train it: call "
                         "`keras.distribution.set_distribution` before the model is made.")
    if part % devices:
        raise ValueError(f"{devices} devices must share a batch equally: got {part} images at a time "
                         "(`batch_size` over `accumulate`).")
    distribution.auto_shard_dataset = False  # of several processes each picks its own rows of a batch, in `Batches`
    if processes > 1 and recipe.minutes is not None:
        raise ValueError(f"`minutes` follows a clock, and {processes} processes have as many clocks: give `epochs`.")
    if processes > 1 and recipe.precision == "auto":
        raise ValueError(f'`precision="auto"` measures, and {processes} processes may measure differently: give '
                         '"float32" or "bfloat16".')
    return devices, processes, jax.process_index() == 0


def agree(number, needed):
    """Raises `ValueError`, in all processes, where one of them has another number than the first."""
    from jax.experimental.multihost_utils import process_allgather

    numbers = np.asarray(process_allgather(np.uint32(number))).ravel()
    if others := np.flatnonzero(numbers != numbers[0]).tolist():
        raise ValueError(f"{needed}not so in process {', '.join(map(str, others))}.")


def rows_of_this_process(size):
    """The slice of a batch of this size that this process holds: all of it, unless there are several."""
    if keras.backend.backend() != "jax" or keras.distribution.distribution() is None:
        return slice(None)
    import jax

    own = size // jax.process_count()
    return slice(jax.process_index() * own, (jax.process_index() + 1) * own)


class InOrder(keras.utils.PyDataset):
    """Batches of a split from first to last, for evaluation on several devices, which must share each equally.

    Args:
        split: `Split`.
        batch_size: int, about.
        devices: int. What is left over by them, fewer images than devices, is left out.
    """

    def __init__(self, split, batch_size, devices):
        super().__init__(workers=WORKERS)
        self.split, self.size = split, devices * max(1, batch_size // devices)
        self.count = len(split.labels) // devices * devices

    def __len__(self):
        return -(-self.count // self.size)

    def __getitem__(self, index):
        start, end = index * self.size, min((index + 1) * self.size, self.count)
        rows = rows_of_this_process(end - start)
        return tuple(part[start:end][rows] for part in self.split)


def is_lost(error):
    """Whether this error says that another process is gone, and not that memory is."""
    of_jax = isinstance(error, RuntimeError) or "Gloo" in str(error)  # JAX's way of speaking between processes
    return of_jax and "RESOURCE_EXHAUSTED" not in str(error)

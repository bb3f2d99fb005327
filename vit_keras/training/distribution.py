"""One run on many devices: each learns from its part of every batch, and all have the same weights.

On Keras's own engine, `keras.distribution.DataParallel` on JAX: the step is compiled once, as if for one device with
the whole batch, and XLA shares the work out. A norm over the batch, clipping, dropout and augmentation therefore mean
what they mean on one device, and the learning curve is that of one device.
"""

import json
import zlib

import keras
import numpy as np


class Workers:
    """The devices of a run and the processes, one a machine, that they belong to.

    Args:
        distribution: `keras.distribution.DataParallel`, over the devices of all processes; or `None`: the one that is
            in force (`keras.distribution.set_distribution`), else one device of this process.

    Raises:
        ValueError: it is something else, or the backend is not JAX.
    """

    def __init__(self, distribution=None):
        self.distribution = distribution or keras.distribution.distribution()
        self.devices, self.processes, self.is_first = 1, 1, True
        if self.distribution is None:
            return
        if keras.backend.backend() != "jax":
            # Keras on TensorFlow's MirroredStrategy clips the gradients of each device before adding them up, and takes
            # batch statistics of each device alone: another learning curve.
            raise ValueError("`distribution` needs the JAX backend, where many devices learn as one: got "
                             f"{keras.backend.backend()}. Set KERAS_BACKEND=jax before Keras is imported.")
        if not isinstance(self.distribution, keras.distribution.DataParallel):
            raise ValueError("`distribution` must be a `keras.distribution.DataParallel`: got "
                             f"{type(self.distribution).__name__}.")
        import jax

        self.devices = self.distribution.device_mesh.devices.size
        self.processes, self.is_first = jax.process_count(), jax.process_index() == 0
        self.same = keras.distribution.TensorLayout((), self.distribution.device_mesh)  # the same on every device

    @property
    def alone(self):
        """Whether there is nothing to share out."""
        return self.distribution is None

    def check(self, recipe):
        """Raises `ValueError` for a recipe that cannot be shared out."""
        part = recipe.batch_size // recipe.accumulate
        if part % self.devices:
            raise ValueError(f"{self.devices} devices must share a batch equally: got {part} images at a time "
                             "(`batch_size` over `accumulate`).")
        if self.processes > 1 and recipe.minutes is not None:
            raise ValueError(f"`minutes` follows a clock, and {self.processes} processes have as many clocks: give "
                             "`epochs`.")
        if self.processes > 1 and recipe.precision == "auto":
            raise ValueError(f'`precision="auto"` measures, and {self.processes} processes may measure differently: '
                             'give "float32" or "bfloat16".')

    def check_data(self, dataset):
        """Raises `ValueError`, in all processes, where one of them has other data than the first."""
        if self.processes == 1:
            return
        splits = (dataset.train, dataset.validation, dataset.test)
        mine = [dataset.source, *(zlib.crc32(np.ascontiguousarray(part)) for split in splits
                                  for part in (split.labels, split.images[:100]))]
        first = self.said(mine)
        if others := np.flatnonzero(self._of_all(np.int32(first != mine))).tolist():
            raise ValueError("Every process must have the same data, in the same order: not so in process "
                             f"{', '.join(map(str, others))}. Got here\n{mine[0]}\nand in the first\n{first[0]}")

    # ---- Arrays ----

    def shared(self, array):
        """An array whose rows are shared out over the devices, or put on each where their number does not allow it."""
        if self.alone or array is None:
            return array
        layout = self.same if len(array) % self.devices else self.distribution.get_data_layout(array.shape)
        return self._placed(array, layout)

    def everywhere(self, array):
        """An array that every device has; in every process the same is given."""
        return array if self.alone else self._placed(array, self.same)

    def here(self, array):
        """The copy of an array of `everywhere` that this process can compute with by itself."""
        return array if self.alone else array.addressable_data(0)

    def _placed(self, array, layout):
        if self.processes == 1:
            return keras.distribution.distribute_tensor(array, layout)
        import jax

        array = np.asarray(array)  # each process hands out the rows of its own devices, and nothing travels
        return jax.make_array_from_callback(array.shape, layout.backend_layout, lambda rows: array[rows])

    # ---- Between processes ----

    def said(self, content):
        """What the first process says, in all of them: anything that JSON can hold."""
        if self.processes == 1:
            return content
        text = np.frombuffer(json.dumps(content).encode(), "uint8")
        length = int(self._of_first(np.int32(len(text))))
        return json.loads(np.asarray(self._of_first(np.resize(text, length))).tobytes())

    def agree(self, variables):
        """Give variables the values that they have in the first process."""
        if self.processes > 1:
            values = [keras.ops.convert_to_numpy(variable.value) for variable in variables]
            for variable, value in zip(variables, self._of_first(values)):
                variable.assign(value)

    def _of_first(self, arrays):
        from jax.experimental.multihost_utils import broadcast_one_to_all

        return broadcast_one_to_all(arrays)

    def _of_all(self, array):
        from jax.experimental.multihost_utils import process_allgather

        return process_allgather(array)

    def lost(self, error):
        """Whether this error says that another process is gone, and not that memory is."""
        if self.processes == 1:
            return False
        import jax

        return isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" not in str(error)

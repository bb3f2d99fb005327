"""One run on two devices, and in two processes: the learning curve and the weights of one device.

Keras reads its backend once, at import, and JAX its devices. So this file is also a script: it trains, under the
KERAS_BACKEND, XLA_FLAGS and KERAS_DISTRIBUTION_... it is given, and the tests compare what processes wrote.
"""

import functools
import importlib.util
import inspect
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
TWO_DEVICES = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
# Sums of many numbers in another order: the only difference there is.
TOLERANCE = {"rtol": 2e-4, "atol": 2e-5}


# ---- The script ----

def script(folder, *words):
    """One run for each word, one after the other, each in its folder. A start costs more than a small run."""
    sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
    import keras

    sys.path.insert(0, str(ROOT))
    joined = "KERAS_DISTRIBUTION_NUM_PROCESSES" in os.environ
    if joined:
        import jax

        # Who waits for a dead process at its own end shall not wait for 100 s. The last JAX for Python 3.10 gives no
        # choice.
        if "heartbeat_timeout_seconds" in inspect.signature(jax.distributed.initialize).parameters:
            jax.distributed.initialize = functools.partial(jax.distributed.initialize, heartbeat_timeout_seconds=10)
        keras.utils.set_random_seed(0)
        keras.distribution.initialize()
    from vit_keras.training import fit

    fit.BACKUP_SHARE = 1.0  # keep every state, however long that takes
    rank = int(os.environ.get("KERAS_DISTRIBUTION_PROCESS_ID", 0))
    everything = keras.distribution.DataParallel()
    for word in words:
        if word == "refusals":
            refusals()
        elif word == "other data":
            try:
                learn(folder / word, everything, rank, data=9 if rank else 1)
            except ValueError as error:
                print(error)
        elif word.endswith("dies"):
            if word == ("first dies", "second dies")[rank]:
                die_in_the_third_epoch()
            learn(folder / "again", everything, rank)
        else:
            learn(folder / word, everything if joined or "two" in word else None, rank, 2 if "parts" in word else 1)


def die_in_the_third_epoch():
    """When the others expect it to take part."""
    from vit_keras.training import EpochSeeds

    original = EpochSeeds.on_epoch_begin

    def on_epoch_begin(callback, epoch, logs=None):
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        original(callback, epoch, logs)

    EpochSeeds.on_epoch_begin = on_epoch_begin


def refusals():
    """What cannot be shared is refused, on two devices."""
    import jax
    import keras

    from vit_keras import Recipe
    from vit_keras.training.devices import workers

    def model():
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])

    def refused(model, words, **recipe):
        with pytest.raises(ValueError, match=words):
            workers(model, Recipe(**recipe))

    keras.distribution.set_distribution(None)
    before = model()
    assert workers(before, Recipe(epochs=1)) == (1, 1, True)
    keras.distribution.set_distribution(keras.distribution.DataParallel())
    refused(before, "call `keras.distribution.set_distribution` before the model is made", epochs=1)
    after = model()
    assert workers(after, Recipe(epochs=1)) == (2, 1, True)
    refused(after, "2 devices must share a batch equally: got 15 images", epochs=1, batch_size=15)
    refused(after, "got 3 images", epochs=1, batch_size=6, accumulate=2)
    workers(after, Recipe(minutes=1, batch_size=16, precision="auto"))
    jax.process_count = lambda: 2
    refused(after, "2 processes have as many clocks: give `epochs`", minutes=1, batch_size=16)
    refused(after, "may measure differently", epochs=1, precision="auto", batch_size=16)
    keras.distribution.distribution = lambda: "all"
    refused(after, "must be a `keras.distribution.DataParallel`: got str", epochs=1)


class Without:
    """Finds what another finds, and not TensorFlow: Keras would import it, which takes longer than all the rest."""

    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, *more):
        return None if name.split(".")[0] == "tensorflow" else self.finder.find_spec(name, *more)


def learn(folder, distribution, rank=0, parts=1, data=1):
    """Train a hybrid, whose batch norm, dropout, augmentation, mixing, clipping and EMA all look across the batch."""
    import keras

    from vit_keras import Dataset, Recipe, Split, create_hybrid_vit, train

    def split(number, seed):
        numbers = np.random.default_rng(seed)
        labels = np.arange(number, dtype="int32") % 3
        images = numbers.integers(0, 100, (number, 8, 12, 3))
        images[np.arange(number), :, :, labels] += 100
        return Split(images.astype("uint8"), labels)

    folder.mkdir(exist_ok=True)
    dataset = Dataset(split(50, data), split(14, 2), split(12, 3), ("red", "green", "blue"), "Drawn for this test.")
    keras.distribution.set_distribution(distribution)
    keras.utils.set_random_seed(4)  # JAX refuses other weights in another process
    model = create_hybrid_vit((8, 12, 3), 1, 1, 4, 2, 5, num_classes=3, stem_widths=(4, 6), dropout_rate=0.1,
                              name="hybrid")
    recipe = Recipe(epochs=3, batch_size=16, accumulate=parts, learning_rate=0.01, crop_padding=1, mixup=0.5, ema=0.5,
                    clip_norm=0.3)
    result = train(model, dataset, recipe, folder / "backup")
    np.savez(folder / f"final_{rank}.npz", *model.get_weights())
    result["devices"] = 1 if distribution is None else distribution.device_mesh.devices.size
    (folder / f"result_{rank}.json").write_text(json.dumps(result))


def start(folder, *words, rank=None, port=None, **variables):
    folder.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items()
                   if "proxy" not in name.lower() and name not in ("XLA_FLAGS", "VIT_KERAS_PROFILE")}
    environment |= {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT), **variables,
                    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # there is more to compile than to compute
                    # Every process compiles the same steps: the first keeps them for the others.
                    "JAX_COMPILATION_CACHE_DIR": str(folder.parent / "compiled"),
                    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    if rank is not None:
        environment |= {"KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}",
                        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2", "KERAS_DISTRIBUTION_PROCESS_ID": str(rank)}
    return subprocess.Popen([sys.executable, __file__, str(folder), *words], env=environment, cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def ended(*processes):
    """(exit status, what was printed) of each; none may wait for ever."""
    found = []
    try:
        for process in processes:
            out, err = process.communicate(timeout=600)
            found.append((process.returncode, out + err))
    finally:
        for process in processes:
            process.kill()
    return found


def of(folder, rank=0):
    """Weights and result that a process wrote."""
    arrays = np.load(folder / f"final_{rank}.npz")
    return [arrays[name] for name in arrays.files], json.loads((folder / f"result_{rank}.json").read_text())


def together(folder, *words):
    """What two processes say that work together: (exit status, what was printed) of each."""
    port = free_port()
    return ended(*(start(folder, *words, rank=rank, port=port) for rank in (0, 1)))


def as_close(one, other):
    for weight, other_weight in zip(one[0], other[0], strict=True):
        np.testing.assert_allclose(weight, other_weight, **TOLERANCE)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(one[1]["history"][name], other[1]["history"][name], **TOLERANCE, err_msg=name)
    assert one[1]["test_loss"] == pytest.approx(other[1]["test_loss"], rel=2e-4)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Four runs in a process with two devices: {name: (weights, result)}. JAX is imported once for all of them.

    At last comes what that process refuses, "refusals": (exit status, what was printed).
    """
    folder, names = tmp_path_factory.mktemp("alone"), ("one", "two", "one parts", "two parts")
    (refusals,) = ended(start(folder, *names, "refusals", **TWO_DEVICES))
    assert (folder / names[-1] / "final_0.npz").is_file(), refusals
    return {"refusals": refusals, **{name: of(folder / name) for name in names}}


# ---- The tests ----

@needs_jax
@pytest.mark.parametrize("kind", ["", " parts"], ids=["whole batches", "in parts"])
def test_two_devices_learn_as_one(alone, kind):
    one, two = alone["one" + kind], alone["two" + kind]
    assert (one[1]["devices"], two[1]["devices"]) == (1, 2)
    assert np.ptp(one[1]["history"]["loss"]) > 0.01  # something was learned
    as_close(two, one)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two processes that work together, of which one dies at last: the folder, (exit status, what was printed)."""
    folder = tmp_path_factory.mktemp("pair")
    return folder, together(folder, "other data", "both", "second dies")


@needs_jax
def test_two_processes_learn_as_one_and_agree_to_the_bit(alone, pair):
    folder = pair[0] / "both"
    assert (folder / "final_1.npz").is_file(), pair[1]
    found, (others, result) = of(folder), of(folder, 1)
    as_close(found, alone["one"])
    for weight, other in zip(found[0], others, strict=True):
        np.testing.assert_array_equal(weight, other)
    assert result["history"]["loss"] == found[1]["history"]["loss"] and result["devices"] == 2


@needs_jax
def test_a_worker_with_other_data_is_refused(pair):
    for _, said in pair[1]:
        assert "Every process must have the same data, in the same order: not so in process 1." in said, said
    assert not list((pair[0] / "other data").glob("*.npz"))


@needs_jax
def test_where_a_worker_dies_the_run_ends_and_goes_on_from_its_last_state(alone, pair):
    folder, ((status, said), (killed, _)) = pair
    assert killed == -signal.SIGKILL
    assert status not in (0, None)
    assert "Another process of this run is gone, or failed" in said and "Epoch 2 is kept in" in said, said
    assert "Start all processes again, with the same commands." in said
    found = together(folder, "again")
    assert [status for status, _ in found] == [0, 0], found
    assert "epoch  3.00" in found[0][1] and "epoch  2.00" not in found[0][1]
    as_close(of(folder / "again"), alone["one"])


@needs_jax
def test_where_the_first_process_dies_the_others_end_and_all_go_on_from_its_last_state(alone, tmp_path):
    """It is the one that keeps the state, and that all others ask whether the run still lives."""
    (killed, _), (status, said) = together(tmp_path, "first dies")
    assert killed == -signal.SIGKILL
    assert status not in (0, None)
    # The last JAX for Python 3.10 ends the process itself, before anybody can catch anything.
    assert "Another process of this run is gone, or failed" in said or "another task died" in said, said
    found = together(tmp_path, "again")
    assert [status for status, _ in found] == [0, 0], found
    assert "epoch  3.00" in found[0][1] and "epoch  2.00" not in found[0][1]
    as_close(of(tmp_path / "again"), alone["one"])


@needs_jax
def test_what_cannot_be_shared_is_refused(alone):
    status, said = alone["refusals"]
    assert status == 0, said


def test_other_backends_are_refused_with_what_to_set(monkeypatch):
    import keras
    from small_runs import RECIPE, new_model, small_dataset

    from vit_keras import train

    if keras.backend.backend() == "jax":
        pytest.skip("JAX is the backend that is not refused")
    monkeypatch.setattr(keras.distribution, "distribution", lambda: "any")  # Keras 3.12 cannot make one here
    with pytest.raises(ValueError, match="need the JAX backend.*Set KERAS_BACKEND=jax before Keras is imported"):
        train(new_model(), small_dataset(), RECIPE)


WHY = """
import keras, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    optimizer = keras.optimizers.SGD(1.0, global_clipnorm=1.0)
    weight = keras.Variable([0.0, 0.0])
    optimizer.build([weight])
gradients = strategy.experimental_distribute_values_from_function(
    lambda context: tf.constant([[10.0, 0.0], [0.0, 10.0]][context.replica_id_in_sync_group]))
strategy.run(lambda gradient: optimizer.apply([gradient], [weight]), args=(gradients,))
print(weight.numpy().tolist())
"""


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="tensorflow is not installed")
def test_why_it_is_not_tensorflow_s_strategy():
    """Keras clips the gradient of each device to norm 1, then adds them up: a step of length 1.41. One device steps 1.

    Where this fails, Keras has changed, and MirroredStrategy deserves another look.
    """
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", WHY], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [-1.0, -1.0]


if __name__ == "__main__":
    script(Path(sys.argv[1]), *sys.argv[2:])

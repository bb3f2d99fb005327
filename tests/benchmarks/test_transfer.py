"""benchmarks/experiments/transfer.py: every part measures what it says, runs are kept and not repeated."""

import json

import numpy as np
import pytest
import runs
from experiments import transfer
from speed import peers

from vit_keras import Dataset, Split, VisionTransformer
from vit_keras.pretrained.sources import Weights

pytest.importorskip("safetensors")
IMAGES = np.random.default_rng(0).integers(0, 256, (80, 16, 16, 3)).astype("uint8")
LABELS = np.arange(80, dtype="int32") % 2
IMAGES[LABELS == 1] //= 2  # the second class is darker: there is something to learn

pytestmark = pytest.mark.usefixtures("eager_steps")


class Pretrained(Weights):
    """In the place of a checkpoint: a small model whose random weights are always the same."""

    def load(self, image_shape=(32, 32, 3), num_classes=1000, **kwargs):
        model = VisionTransformer(image_shape, 8, 2, 12, 3, 16, num_classes, **kwargs)
        rng = np.random.default_rng(0)
        for weight in model.weights:
            if "head" not in weight.path and len(weight.shape) > 1:
                new = rng.normal(0, 0.3, (1, 17, 12)) if weight.path.endswith("position_embedding") else \
                    rng.normal(0, 0.3, weight.shape)
                weight.assign(new[:, :weight.shape[1]] if len(weight.shape) == 3 else new)
        return model


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "smoke")
    parts = slice(0, 40), slice(40, 52), slice(52, 80)
    dataset = Dataset(*(Split(IMAGES[part], LABELS[part]) for part in parts), ("cat", "dog"), "Noise.")
    ten = Dataset(*(Split(IMAGES[part], np.arange(80, dtype="int32")[part] % 10) for part in parts),
                  tuple("abcdefghij"), "Noise in ten.")
    monkeypatch.setattr(transfer, "find_weights", lambda: Pretrained(tmp_path, "x", "Random.", None))
    monkeypatch.setattr(transfer, "cats_vs_dogs", lambda limit: dataset)
    monkeypatch.setattr(transfer.vit_keras, "load_cifar10", lambda **options: ten)
    monkeypatch.setattr(transfer, "FEATURES", tmp_path / "features")


@pytest.fixture
def size():
    return {**transfer.settings(), "cifar10": [20, 10, 20]}


def measured(part, size, **wanted):
    run, = [run for run in transfer.runs_of(part, size)
            if all(run.get(name) == value for name, value in wanted.items())]
    found = transfer.measure(run, size)
    json.dumps(found)
    return found


# ---- What is measured ----

def test_a_probe_is_chosen_by_validation_and_counts_its_seconds(size):
    found = measured("probe", size)
    assert found["photographs"] == {"train": 40, "validation": 12, "test": 28}
    assert found["loss_by_strength"][str(found["strength"])] == min(found["loss_by_strength"].values())
    assert found["seconds"] >= found["seconds_features"]["train"] + found["seconds_features"]["validation"]
    assert found["parameters"] == 2 * 13 and 0 <= found["head_accuracy"] <= 1
    assert found["sources"] == ["Random.", "Noise."]


def test_representations_are_kept_and_read_again(size, monkeypatch):
    before = measured("probe", size)
    monkeypatch.setattr(transfer, "extract_features", None)
    again = measured("probe", size)
    assert again["test_accuracy"] == before["test_accuracy"] and again["seconds_features"] == before["seconds_features"]
    few = measured("few", size, what="probe")
    assert {number: len(some) for number, some in few["test_accuracies"].items()} == {"4": 2, "10": 2}


def test_few_photographs_are_drawn_anew_and_balanced():
    dataset = transfer.cats_vs_dogs(None)
    one, other = (transfer.chosen(dataset, 4, draw) for draw in (0, 1))
    assert np.array_equal(np.bincount(one.train.labels), [4, 4])
    assert not np.array_equal(one.train.images, other.train.images) and one.test is dataset.test
    again = transfer.repeated(one, 20)
    assert len(again.train.labels) == 20 and np.array_equal(again.train.images[:8], again.train.images[8:16])


def test_fine_tuning_trains_everything_and_a_probe_starts_well(size, monkeypatch):
    zeros, probe = (measured("finetune", size, what=what, rate=None) for what in ("head of zeros", "head of the probe"))
    assert zeros["trained_parameters"] == zeros["parameters"] and zeros["steps"] == probe["steps"] == 5
    assert probe["train_accuracy"] >= zeros["train_accuracy"]
    gentle = transfer.GENTLE
    assert zeros["learning_rate"] == size["learning_rate"] != gentle
    monkeypatch.setattr(transfer, "train", lambda *words, **options: zeros)  # of these the rate alone is asked
    for part, what in (("finetune", "head of zeros"), ("few", "fine-tuning")):
        per_class = {"per_class": size["sizes"][-1]} if part == "few" else {}
        assert measured(part, size, what=what, rate=gentle, **per_class)["learning_rate"] == gentle


def test_rates_are_judged_by_validation_pictures_alone(size, monkeypatch):
    seen = []
    real = transfer.train

    def watch(model, dataset, recipe, verbose):
        seen.append(dataset)
        return real(model, dataset, recipe, verbose=verbose)

    monkeypatch.setattr(transfer, "train", watch)
    found = measured("rates", size, what="rate", rate=1e-2)
    assert found["learning_rate"] == 1e-2 and "test_accuracy" not in found
    test = {image.tobytes() for image in transfer.cats_vs_dogs(None).test.images}
    assert not any(image.tobytes() in test for image in seen[0].test.images)
    frozen = measured("rates", size, what="frozen", blocks="all")
    assert frozen["trained_parameters"] == 2 * 13


def test_from_scratch_nothing_is_left_of_the_pre_training(size, monkeypatch):
    models = []
    real = transfer.with_resizing
    monkeypatch.setattr(
        transfer, "with_resizing", lambda model, shape: models.append(model) or real(model, shape))
    measured("scratch", size, what="the same model")
    pretrained = Pretrained(None, "x", "", None).load(num_classes=2)
    kernels = [model.encoder.blocks[0].mlp.dense_1.kernel.numpy() for model in (pretrained, models[0])]
    assert models[0].count_params() == pretrained.count_params()
    assert abs(np.corrcoef(*(kernel.ravel() for kernel in kernels))[0, 1]) < 0.5


def test_positions_are_brought_to_the_smaller_grid_or_spoiled():
    weights = Pretrained(None, "x", "", None)
    stored = weights.load().patch_encoder.positions.numpy()
    found = {kind: transfer.model_for(weights, kind) for kind in transfer.CIFAR10}
    assert found["full size"].image_shape == (32, 32, 3) and found["cut off"].image_shape == (16, 16, 3)
    np.testing.assert_array_equal(found["cut off"].patch_encoder.positions.numpy(), stored[:, :5])
    np.testing.assert_array_equal(  # of 4x4 places the middle four
        found["middle"].patch_encoder.positions.numpy(), stored[:, [0, 6, 7, 10, 11]])
    fitted, shuffled = (found[kind].patch_encoder.positions.numpy() for kind in ("interpolated", "shuffled"))
    assert not np.array_equal(fitted, shuffled) and np.array_equal(fitted[:, 0], shuffled[:, 0])
    np.testing.assert_array_equal(np.sort(fitted[0, 1:], axis=0), np.sort(shuffled[0, 1:], axis=0))


def test_cifar10_is_measured_with_a_probe_and_with_all_weights(size):
    probe = measured("cifar10", size, what="probe, cut off")
    assert probe["image_shape"] == (16, 16, 3) and 0 <= probe["test_accuracy"] <= 1
    tuned = measured("cifar10", size, what="fine-tuning, interpolated")
    assert tuned["image_shape"] == (16, 16, 3) and tuned["trained_parameters"] == tuned["parameters"]


@pytest.mark.parametrize("limit", [None, 60])
@pytest.mark.parametrize("part", transfer.PARTS)
def test_every_run_is_there_once(monkeypatch, part, limit):
    monkeypatch.setenv("VIT_KERAS_PROFILE", "laptop")
    asked = transfer.runs_of(part, transfer.settings(limit))
    assert asked and len({transfer.called(run) for run in asked}) == len(asked)
    assert all(set(run) <= set(transfer.SAID) for run in asked)


# ---- Speed ----

def test_both_read_the_same_folder(tmp_path):
    from vit_keras import load_pretrained

    model = Pretrained(None, "x", "", None).load(num_classes=5)
    peers.write_folder(model, tmp_path)
    again = load_pretrained(tmp_path, verbose=False)
    pictures = peers.pictures(tmp_path, 3)
    np.testing.assert_allclose(again(pictures).numpy(), model(pictures).numpy(), atol=1e-5)
    clock, logits = peers.measure_our_folder(tmp_path, batch=2, seconds=0.01)
    assert logits.shape == (2, 5) and clock.result(2)["images_per_second"] > 0


def test_transformers_says_the_same(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    peers.write_folder(Pretrained(None, "x", "", None).load(num_classes=5), tmp_path)
    logits = [measure(tmp_path, batch=2, seconds=0.01)[1] for measure in
              (peers.measure_our_folder, peers.measure_their_folder)]
    np.testing.assert_allclose(*logits, atol=1e-3)


def test_without_transformers_it_says_what_is_needed(monkeypatch):
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="needs torch and transformers"):
        peers.pair(None, 2, 0.1)


# ---- What is kept ----

def test_runs_are_kept_and_not_repeated(monkeypatch, tmp_path, capsys):
    def in_a_process(script, words, called, threads):
        run = json.loads(words[-1])
        if run.get("blocks"):
            raise RuntimeError(f"{called}: no memory")
        return {"sources": ["Noise."], "validation_accuracy": 0.6, "seconds": 3.0}

    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", in_a_process)
    words = ["--part", "rates", "probe", "--limit", "60"]
    with pytest.raises(SystemExit, match="1 failed"):
        transfer.main(words)
    path = tmp_path / "results/local/transfer_60_smoke.json"
    result = json.loads(path.read_text())
    assert [run["part"] for run in result["runs"]] == ["rates", "rates", "probe"] and result["source"] == "Noise."
    assert "rates, rate, rate 0.01: validation_accuracy 60.0%, 3 s" in capsys.readouterr().out
    monkeypatch.setattr(runs, "in_a_process", lambda *words, **options: {"sources": ["Noise."], "seconds": 1.0})
    transfer.main(words)
    result = json.loads(path.read_text())
    assert [run.get("blocks") for run in result["runs"]] == [None, None, None, "all"] and len(result["sessions"]) == 2


def test_speed_is_measured_alone(capsys):
    with pytest.raises(SystemExit):
        transfer.parse(["--jobs", "2"])
    assert "speed must be alone on the machine" in capsys.readouterr().err
    assert transfer.parse(["--jobs", "2", "--part", "few"]).jobs == 2


def test_other_settings_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "in_a_process", lambda *words, **options: {"sources": [], "seconds": 1.0})
    transfer.main(["--part", "probe", "--record"])
    assert (tmp_path / "results/transfer.json").is_file()
    with pytest.raises(ValueError, match="runs of the same settings to go on"):
        transfer.main(["--part", "probe", "--record", "--limit", "50"])

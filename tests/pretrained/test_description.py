"""Models built from what a checkpoint says. Names on the hub are answered by a stand-in here: no network."""

import json
import os
import shutil
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import references
from contract import to_numpy

from vit_keras import VisionTransformer, load_pretrained
from vit_keras.inside import hidden_states
from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.pretrained import (
    HUGGINGFACE,
    TIMM,
    description,
    interpolate_position_embedding,
    read_arrays,
    to_checkpoint,
)
from vit_keras.pretrained.files import FILES, PARTS
from vit_keras.pretrained.layouts import foreign

save_file = pytest.importorskip("safetensors.numpy").save_file
FOLDER = references.FOLDER
STORED = np.load(FOLDER / "outputs.npz")
DEIT_SMALL = {"num_heads": 4, "checkpoint_grid": (3, 4)}  # nowhere in that file


@pytest.fixture
def huggingface(tmp_path):
    """A folder of a model that a test may change: (folder, change of its config.json)."""
    folder = tmp_path / "huggingface"
    shutil.copytree(FOLDER / "huggingface", folder)

    def change(file="config.json", **values):
        content = json.loads((folder / file).read_text()) | values
        (folder / file).write_text(json.dumps(content))

    return folder, change


@pytest.mark.parametrize("layout, name, arguments", [
    ("google", "google.npz", {}), ("huggingface", "huggingface", {}),
    ("huggingface", "huggingface/model.safetensors", {}), ("timm", "deit_small.safetensors", DEIT_SMALL),
])
def test_a_checkpoint_says_how_its_model_is_built(layout, name, arguments, capsys):
    model = load_pretrained(FOLDER / name, **arguments)
    images = STORED[f"{layout}/images"]
    np.testing.assert_allclose(to_numpy(model(images)), STORED[f"{layout}/logits"], atol=1e-4)
    np.testing.assert_allclose(hidden_states(model, images), STORED[f"{layout}/states"], atol=1e-4)
    said = capsys.readouterr().out
    assert "blocks of width" in said
    assert ("assumed ImageNet's mean and deviation, as for DeiT" in said) == (layout == "timm")


def test_epsilon_gelu_and_normalisation_are_those_of_the_checkpoint(huggingface):
    folder, change = huggingface
    model = load_pretrained(folder, verbose=False)
    assert (model.layer_norm_epsilon, model.approximate_gelu, model.deviation) == (1e-12, False, [0.25] * 3)
    change(layer_norm_eps=1e-5, hidden_act="gelu_pytorch_tanh")
    change("preprocessor_config.json", image_mean=[0.1, 0.2, 0.3])
    model = load_pretrained(folder, verbose=False)
    assert (model.layer_norm_epsilon, model.approximate_gelu, model.mean) == (1e-5, True, [0.1, 0.2, 0.3])
    google = load_pretrained(FOLDER / "google.npz", verbose=False)
    assert (google.layer_norm_epsilon, google.approximate_gelu, google.mean) == (1e-6, True, 0.5)
    timm = load_pretrained(FOLDER / "deit_small.safetensors", verbose=False, approximate_gelu=True, **DEIT_SMALL)
    assert (timm.layer_norm_epsilon, timm.approximate_gelu, timm.mean) == (1e-6, True, IMAGENET_MEAN)


def test_timm_s_config_says_normalisation_and_size(tmp_path, capsys):
    shutil.copy(FOLDER / "deit_small.safetensors", tmp_path / "model.safetensors")
    pretrained = {"mean": [0.4, 0.5, 0.6], "std": [0.1, 0.2, 0.3], "input_size": [3, 12, 16]}
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "vit_x", "pretrained_cfg": pretrained}))
    model = load_pretrained(tmp_path, num_heads=4)
    assert (model.mean, model.deviation, model.image_shape) == ([0.4, 0.5, 0.6], [0.1, 0.2, 0.3], (12, 16, 3))
    assert "assumed" not in capsys.readouterr().out


# ---- Entries beside the weights: each is obeyed, refused or of no effect ----

def test_live_every_entry_that_timm_writes_is_in_the_table():
    references.import_timm()
    import dataclasses
    import inspect

    from timm.models._pretrained import PretrainedCfg
    from timm.models.vision_transformer import VisionTransformer as Theirs

    written = {"architecture", "num_classes", "num_features", "global_pool", "label_names", "label_descriptions",
               "model_args", "pretrained_cfg"}
    written |= inspect.signature(Theirs).parameters.keys() | {field.name for field in dataclasses.fields(PretrainedCfg)}
    assert written <= description.ENTRIES.keys()


def test_live_every_entry_that_transformers_writes_is_in_the_table():
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    for name in ("ViT", "DeiT", "ViTMAE", "ViTMSN", "Dinov2"):
        config = getattr(transformers, f"{name}Config")()
        assert config.to_dict().keys() <= description.ENTRIES.keys()
        default = {**description.DEFAULTS, **description.MODEL_TYPES[config.model_type]}
        assert all(getattr(config, key, value) == value for key, value in default.items())
    for name in ("ViTImageProcessorPil", "DeiTImageProcessorPil"):
        if hasattr(transformers, name):
            assert getattr(transformers, name)().to_dict().keys() <= description.ENTRIES.keys()


def test_live_what_timm_s_names_stand_for():
    timm = references.import_timm()
    import re

    import torch

    for name in timm.list_models(module="vision_transformer"):
        with torch.device("meta"):
            model = timm.create_model(name)
        keys, block = list(model.state_dict()), getattr(model, "blocks", [None])[0]
        if re.fullmatch(description.TIMM_NAMES, name) and type(getattr(block, "norm1", None)).__name__ == "LayerNorm":
            assert block.norm1.eps == (1e-5 if "_clip_" in name else 1e-6), name
            assert (type(block).__name__ == "ResPostBlock") == ("_rpn_" in name), name
        if foreign(keys) or not hasattr(block, "attn"):
            continue
        assert re.fullmatch(description.TIMM_NAMES, name), name
        heads = description.TIMM_HEADS.get(name, description.TIMM_HEADS.get(model.embed_dim))
        if "norm.weight" in keys and type(block.mlp).__name__ == "Mlp":
            assert heads == block.attn.num_heads, name
            tanh = type(block.mlp.act).__name__ == "GELUTanh"
            assert tanh == bool(re.fullmatch(description.TIMM_TANH, name)), name


@pytest.mark.parametrize("entries", [{"model_args": {"num_heads": 6}}, {"num_attention_heads": 6}])
def test_heads_that_a_file_says_are_taken_without_a_line(tmp_path, entries, capsys):
    vit = VisionTransformer((16, 16, 3), 8, num_classes=2, num_layers=12, hidden_dim=192, num_heads=6, mlp_dim=768)
    save_file(to_checkpoint(vit, TIMM), tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "vit_tiny_patch16_224", **entries}))
    assert load_pretrained(tmp_path).num_heads == 6
    assert "how many heads" not in capsys.readouterr().out


def test_each_assumption_is_a_line(tmp_path, capsys):
    vit = VisionTransformer((16, 16, 3), 8, num_classes=2, num_layers=12, hidden_dim=192, num_heads=3, mlp_dim=768)
    save_file(to_checkpoint(vit, TIMM), tmp_path / "model.safetensors")
    load_pretrained(tmp_path)
    said = [line for line in capsys.readouterr().out.splitlines() if "!!!" in line]
    assert len(said) == 4 and all("if that is wrong, pass `" in line for line in said)
    assert [next(word for word in ("positions", "heads", "epsilon", "pixels") if word in line) for line in said] == [
        "positions", "heads", "epsilon", "pixels"]


@pytest.mark.parametrize("values, message", [
    ({"hidden_size": 48}, "`hidden_size` in config.json must be that of the arrays, 24: got 48"),
    ({"num_attention_heads": "3"}, "must be a whole number: got '3'"),
    ({"image_size": 32}, "must fit the 17 positions"),
    ({"layer_norm_eps": True}, "must be a number above zero"), ({"model_type": "beit"}, "`model_type` in config.json"),
    ({"image_size": [16]}, "must be a whole number of pixels, or a pair"),
    ({"use_swiglu_ffn": True}, "use_swiglu_ffn"),
    ({"pruned_heads": {"0": [1]}}, "`pruned_heads`"), ({"hidden_act": 3}, "must be a name"),
    ({"hidden_act": "relu"}, "`hidden_act` must be gelu, .*got relu in config.json"),
    ({"pooler_act": "relu"}, "`pooler_act` in config.json must be 'tanh' for .*: got 'relu'"),
    ({"layer_norm_eps": float("nan")}, "must be a number above zero"), ({"num_attention_heads": [3]}, "whole number"),
    ({"num_attention_heads": 1.5}, "whole number"), ({"image_mean": [0.5, None, 1]}, "must be numbers, one a channel"),
])
def test_an_entry_that_does_not_go_with_the_model_is_refused(huggingface, values, message):
    folder, change = huggingface
    change(**values)
    with pytest.raises(ValueError, match=message):
        load_pretrained(folder)


def test_an_entry_that_nobody_knows_is_said(huggingface, capsys):
    folder, change = huggingface
    change(new_thing=1)
    load_pretrained(folder)
    assert "!!! config.json has `new_thing`, which is not known here" in capsys.readouterr().out


@pytest.mark.parametrize("values", [
    {"rescale_factor": 1 / 127.5}, {"do_rescale": False}, {"do_normalize": False},
    {"do_rescale": False, "do_normalize": False}])
def test_pixels_are_what_the_processor_makes_of_them(huggingface, values):
    folder, change = huggingface
    change("preprocessor_config.json", **values)
    images = STORED["huggingface/images"]
    pixels = images * {"do_rescale": True, "rescale_factor": 1 / 255, **values}["rescale_factor"] if values.get(
        "do_rescale", True) else images * 1.0
    expected = (pixels - 0.5) / 0.25 if values.get("do_normalize", True) else pixels
    model = load_pretrained(folder, verbose=False)
    np.testing.assert_allclose(to_numpy(model.normalize(images)), expected, rtol=1e-4, atol=1e-4)


# ---- Arguments ----

@pytest.mark.parametrize("image_shape", [16, (16, 16), [16, 16, 3], np.int64(16)])
def test_a_shape_may_be_short(image_shape):
    assert load_pretrained(FOLDER / "google.npz", image_shape=image_shape, verbose=False).image_shape == (16, 16, 3)


@pytest.mark.parametrize("arguments, message", [
    *[({"image_shape": wrong}, "`image_shape` must be") for wrong in (
        True, 0, "16", (16.0, 16, 3), (3, 16, 16), (16, 16, 1))],
    *[({"num_classes": wrong}, '`num_classes` must be a positive int, "stored", or None') for wrong in (
        0, True, -1, 2.0, "all")],
    *[({"checkpoint_grid": wrong}, "`checkpoint_grid` must be a pair") for wrong in (4, (4,), "44")],
    *[({"ignore": wrong}, "`ignore` must be a str or several") for wrong in (3, [3], "")],
    *[({"prefix": wrong}, "`prefix` must be") for wrong in (None, 3, "nobody.")],
    ({"num_heads": True}, "`num_heads` must be"),
    ({"image_shape": (8, 32, 3)}, "for a grid of 4x4 or of 2x8: give `checkpoint_grid`"),
    ({"mean": "x"}, "`mean` must be"),
])
def test_an_argument_that_is_none_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_pretrained(FOLDER / "google.npz", **arguments)


def test_a_head_that_is_kept_is_said_and_can_be_made_new(capsys):
    kept = load_pretrained(FOLDER / "google.npz", num_classes=6)
    assert 'the stored head for 6 classes is kept; `ignore="head"` makes a new one' in capsys.readouterr().out
    new = load_pretrained(FOLDER / "google.npz", num_classes=6, ignore="head")
    assert to_numpy(kept.head.kernel).any() and not to_numpy(new.head.kernel).any()


def test_another_number_of_classes_gets_a_new_head_of_zeros(capsys):
    model = load_pretrained(FOLDER / "google.npz", num_classes=4)
    assert "a new head for 4 classes, all zero (the checkpoint has 6)" in capsys.readouterr().out
    assert not to_numpy(model(STORED["google/images"])).any() and model.num_classes == 4
    headless = load_pretrained(FOLDER / "google.npz", num_classes=None, verbose=False)
    same = load_pretrained(FOLDER / "google.npz", num_classes=6, verbose=False)
    y = to_numpy(headless(STORED["google/images"]))
    np.testing.assert_allclose(y @ to_numpy(same.head.kernel) + to_numpy(same.head.bias), STORED["google/logits"],
                               atol=1e-4)


def test_what_is_ignored_is_said(tmp_path, capsys):
    np.savez(tmp_path / "model.npz", **references.google_arrays(), extra=np.zeros(3))
    with pytest.raises(ValueError, match="Left over: extra"):
        load_pretrained(tmp_path / "model.npz")
    load_pretrained(tmp_path / "model.npz", ignore="extra")
    assert "- ignored: extra" in capsys.readouterr().out


def test_another_image_shape_interpolates_positions(capsys):
    model = load_pretrained(FOLDER / "huggingface", image_shape=(8, 32, 3))  # as many patches, in another grid
    assert "positions interpolated (bicubic) from 4x4 to 2x8 patches" in capsys.readouterr().out
    positions = read_arrays(FOLDER / "huggingface")["vit.embeddings.position_embeddings"]
    expected = interpolate_position_embedding(positions, (2, 8), method="bicubic")
    np.testing.assert_allclose(to_numpy(model.patch_encoder.positions), expected, atol=1e-6)


def test_pre_training_s_hidden_layer_comes_along_until_the_head_is_new(tmp_path):
    np.savez(tmp_path / "21k.npz", **references.google_arrays(representation=10, classes=21))
    model = load_pretrained(tmp_path / "21k.npz", verbose=False)
    assert (model.num_classes, model.representation_dim) == (21, 10)
    model = load_pretrained(tmp_path / "21k.npz", num_classes=2, verbose=False)  # as the paper fine-tunes
    assert (model.num_classes, model.representation_dim) == (2, None)


def test_a_file_without_a_head_gives_the_pooled_representation(huggingface):
    folder, _ = huggingface
    arrays = {key.removeprefix("vit."): array for key, array in read_arrays(folder).items() if "classifier" not in key}
    arrays |= {"pooler.dense.weight": np.eye(24, dtype="float32"), "pooler.dense.bias": np.zeros(24, "float32")}
    save_file(arrays, folder / "model.safetensors")
    images = STORED["huggingface/images"]
    pooled = load_pretrained(folder, verbose=False)
    y = load_pretrained(folder, num_classes=None, verbose=False)
    assert (pooled.num_classes, pooled.representation_dim, y.representation_dim) == (None, 24, None)
    np.testing.assert_allclose(to_numpy(pooled(images)), np.tanh(to_numpy(y(images))), atol=1e-5)


def test_fixed_positions_and_average_pooling_of_big_vision(tmp_path):
    arrays = references.google_arrays(big_vision="average")
    arrays.pop("params/pos_embedding")
    np.savez(tmp_path / "model.npz", **arrays)
    model = load_pretrained(tmp_path / "model.npz", image_shape=(16, 24, 3), verbose=False)
    assert (model.pooling, model.position_embedding, model.num_heads) == ("average", "sincos", 2)
    with pytest.raises(ValueError, match="`image_shape` must be given"):
        load_pretrained(tmp_path / "model.npz")


def test_queries_without_biases_get_zeros(huggingface, capsys):
    folder, change = huggingface
    arrays = {key: array for key, array in read_arrays(folder).items()
              if not key.endswith(("query.bias", "key.bias", "value.bias"))}
    save_file(arrays, folder / "model.safetensors")
    change(qkv_bias=False)
    model = load_pretrained(folder)
    assert "no biases of query, key and value: ours are zero" in capsys.readouterr().out
    assert not any(to_numpy(block.attention.query.bias).any() for block in model.encoder.blocks)
    save_file({key: array for key, array in arrays.items() if "layer.1.output" not in key},
              folder / "model.safetensors")
    with pytest.raises(ValueError, match="Missing: encoder.layer.1.output.dense.weight"):
        load_pretrained(folder)


@pytest.mark.parametrize("arguments, message", [
    ({"checkpoint_grid": (3, 4)}, "`num_heads` must be given.*hidden_dim=32, num_layers=3, mlp_dim=48"),
    ({"num_heads": 4}, "`image_shape` must be given"),
    ({"num_heads": 5, "checkpoint_grid": (3, 4)}, "`num_heads` must divide `hidden_dim`"),
])
def test_what_nobody_says_is_asked_for(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_pretrained(FOLDER / "deit_small.safetensors", **arguments)


@pytest.mark.parametrize("content, message", [("{", "is not valid JSON"), ("", "is not valid JSON"),
                                              ("[]", "must hold an object: got list")])
def test_a_damaged_config_is_refused(huggingface, content, message):
    folder, _ = huggingface
    (folder / "config.json").write_text(content)
    with pytest.raises(ValueError, match=f"config.json {message}"):
        load_pretrained(folder)


def test_a_mark_before_the_json_does_no_harm(huggingface):
    """A byte order mark, as editors of Windows write it."""
    folder, _ = huggingface
    (folder / "config.json").write_bytes(b"\xef\xbb\xbf" + (folder / "config.json").read_bytes())
    assert load_pretrained(folder, verbose=False).num_heads == 3


def test_a_border_that_fills_no_patch_is_said(huggingface, capsys):
    folder, change = huggingface
    change(image_size=[18, 16])
    assert load_pretrained(folder).image_shape == (16, 16, 3)
    assert "!!! images of 18x16 pixels are no whole number of patches" in capsys.readouterr().out


# ---- Names on the hub ----

def hub(monkeypatch, answer):
    """huggingface_hub, answering with a folder or an error; returns the list of questions."""
    asked = []

    def snapshot_download(name, **arguments):
        asked.append({"name": name, **arguments})
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    module = types.ModuleType("huggingface_hub")
    module.snapshot_download = snapshot_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    monkeypatch.setenv("VIT_KERAS_OFFLINE", "0")
    monkeypatch.delenv("VIT_KERAS_PROFILE", raising=False)
    return asked


def test_a_name_is_downloaded_in_safe_files_only(monkeypatch):
    asked = hub(monkeypatch, FOLDER / "huggingface")
    model = load_pretrained("google/vit-tiny", revision="main", verbose=False)
    assert model.num_classes == 7
    assert asked == [{"name": "google/vit-tiny", "revision": "main", "local_files_only": False,
                      "allow_patterns": [*FILES, *PARTS]}]


@pytest.mark.parametrize("variable, value", [("VIT_KERAS_OFFLINE", "1"), ("VIT_KERAS_PROFILE", "smoke")])
def test_offline_nothing_is_downloaded(monkeypatch, variable, value):
    asked = hub(monkeypatch, OSError("not cached"))
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConnectionError, match="VIT_KERAS_OFFLINE or the smoke profile forbids it. Download model.safe"):
        load_pretrained("google/vit-tiny")
    assert asked[0]["local_files_only"] is True


def test_without_a_network_the_message_says_which_files_to_put_where(monkeypatch, tmp_path):
    hub(monkeypatch, OSError("no route\nto host"))
    with pytest.raises(ConnectionError, match="no route. Download model.safetensors, config.json, .* into one folder"):
        load_pretrained("google/vit-tiny")
    hub(monkeypatch, tmp_path)
    with pytest.raises(ValueError, match="google/vit-tiny has no model.safetensors on the hub"):
        load_pretrained("google/vit-tiny")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match="pip install huggingface_hub. Or: Download"):
        load_pretrained("google/vit-tiny")


@pytest.mark.parametrize("name, error, message", [
    *[(name, FileNotFoundError, "There is no file or folder") for name in (
        "no_such_file.npz", "some/where/no_such.safetensors", "./x/y", "folder/no.npz")],
    *[(wrong, ValueError, "`name_or_path` must be a path or a name") for wrong in (None, 3, b"model.npz")],
])
def test_what_is_no_path_is_no_name(name, error, message):
    with pytest.raises(error, match=message):
        load_pretrained(name)


# ---- A real model: DeiT-Ti (LayerNorm rounded) ----

@pytest.fixture(scope="module")
def deit():
    folder = os.environ.get("VIT_KERAS_WEIGHTS")
    if not folder or not (Path(folder) / "deit_tiny_patch16_224.safetensors").is_file():
        pytest.skip("VIT_KERAS_WEIGHTS names no folder with deit_tiny_patch16_224.safetensors")
    return Path(folder) / "deit_tiny_patch16_224.safetensors"


def noise():
    return np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3)).astype("uint8")


def test_deit_tiny_answers_as_timm_s_did(deit):
    model = load_pretrained(deit, verbose=False)
    assert model.count_params() == 5_717_416
    np.testing.assert_allclose(to_numpy(model(noise())), np.load(FOLDER / "deit_tiny_logits.npy"), atol=1e-4)


def test_live_deit_tiny_answers_as_timm_s(deit):
    references.import_timm()
    expected = references.deit_tiny(deit)
    model = load_pretrained(deit, verbose=False)
    np.testing.assert_array_equal(expected["images"], noise())
    np.testing.assert_allclose(to_numpy(model(noise())), expected["logits"], atol=1e-4)
    np.testing.assert_allclose(hidden_states(model, noise()), expected["states"], atol=1e-3)  # values up to 100


def test_live_deit_tiny_answers_as_hugging_face_s(deit, tmp_path):
    """The same numbers under transformers' keys, found over the place that both tables name."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    arrays = read_arrays(deit)
    at = {}
    for key, place, axes in TIMM.table(12):
        third, parts = int(axes[-6:].partition(" of ")[0] or 1) if " of " in axes else 1, 3 if " of " in axes else 1
        if key in arrays:
            at[place] = np.split(arrays[key], parts)[third - 1]
    state = {key if "classifier" in key else f"vit.{key}": np.ascontiguousarray(at[place])
             for key, place, _ in HUGGINGFACE.table(12) if place in at}
    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    transformers.ViTConfig(hidden_size=192, num_attention_heads=3, intermediate_size=768, num_labels=1000,
                           layer_norm_eps=1e-6).save_pretrained(tmp_path)
    preprocessor = {"image_mean": IMAGENET_MEAN, "image_std": IMAGENET_DEVIATION}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    original = transformers.ViTForImageClassification.from_pretrained(tmp_path).eval()
    x = (noise() / 255 - np.array(IMAGENET_MEAN)) / np.array(IMAGENET_DEVIATION)
    with torch.no_grad():
        expected = original(torch.tensor(x.transpose(0, 3, 1, 2), dtype=torch.float32)).logits.numpy()
    np.testing.assert_allclose(to_numpy(load_pretrained(tmp_path, verbose=False)(noise())), expected, atol=1e-4)
    np.testing.assert_allclose(to_numpy(load_pretrained(deit, verbose=False)(noise())), expected, atol=1e-4)

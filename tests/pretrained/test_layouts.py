"""Weights under the keys of others: what is written is read again, and stands where the layout says."""

import numpy as np
import pytest
import references
from contract import different_weights, to_numpy

from vit_keras import VisionTransformer, create_hybrid_vit
from vit_keras.pretrained import (
    GOOGLE,
    HUGGINGFACE,
    TIMM,
    load_huggingface,
    load_npz,
    load_pretrained,
    load_timm,
    save_pretrained,
    to_checkpoint,
)
from vit_keras.pretrained.layouts import LAYOUTS, arrange, arrange_back

SIZE = {"image_shape": (8, 12, 3), "patch_size": 4, "num_layers": 2, "hidden_dim": 6, "num_heads": 2, "mlp_dim": 10}
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3)).astype("uint8")


def model(**changes):
    return VisionTransformer(**{**SIZE, "num_classes": 3, **changes})


@pytest.mark.parametrize("changes", [{}, {"pooling": "average", "representation_dim": 5}, {"num_classes": None}])
@pytest.mark.parametrize("layout, load", [(GOOGLE, load_npz), (HUGGINGFACE, load_huggingface), (TIMM, load_timm)])
def test_what_is_written_is_read_again(layout, load, changes, tmp_path):
    written, again = different_weights(model(**changes)), model(**changes)
    np.savez(tmp_path / "weights.npz", **to_checkpoint(written, layout))
    load(again, tmp_path / "weights.npz", checkpoint_grid=(2, 3))
    for ours, theirs in zip(written.weights, again.weights):
        np.testing.assert_array_equal(to_numpy(ours), to_numpy(theirs), err_msg=ours.path)


def test_arrays_stand_as_the_layout_says():
    vit = different_weights(model())
    timm, google = to_checkpoint(vit, TIMM), to_checkpoint(vit, GOOGLE)
    attention = vit.encoder.blocks[1].attention
    assert timm["patch_embed.proj.weight"].shape == (6, 3, 4, 4)
    np.testing.assert_array_equal(timm["blocks.1.attn.qkv.weight"][6:12], to_numpy(attention.key.kernel).T)
    kernel = google["Transformer/encoderblock_1/MultiHeadDotProductAttention_1/query/kernel"]
    np.testing.assert_array_equal(kernel.reshape(6, 6), to_numpy(attention.query.kernel))
    assert kernel.shape == (6, 2, 3) and kernel.dtype == "float32"  # (d, h, k)


@pytest.mark.parametrize("pattern, shape, sizes", [
    ("o i -> i o", (3, 4), {}), ("d c p q -> (p q c) d", (5, 3, 2, 4), {"p": 2, "q": 4, "c": 3}),
    ("h k d -> (h k) d", (2, 3, 5), {"h": 2, "k": 3}), ("h k -> (h k)", (2, 3), {"h": 2, "k": 3}),
    ("b t d", (1, 4, 2), {}),
])
def test_axes_move_there_and_back(pattern, shape, sizes):
    array = np.arange(np.prod(shape)).reshape(shape)
    np.testing.assert_array_equal(arrange_back(arrange(array, pattern), pattern, sizes), array)


@pytest.mark.parametrize("axes, message", [("o i -> i o", "an array of 2 axes"), ("o i k, 2 of 3", "3 equal parts")])
def test_axes_that_do_not_fit_are_refused(axes, message):
    with pytest.raises(ValueError, match=message):
        arrange(np.zeros((4, 2, 5)), axes)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.loader)
def test_a_table_names_every_weight_once(layout):
    vit = model(representation_dim=10)
    places = [place for _, place, _ in layout.table(vit.num_layers)]
    assert len(places) == len(set(places)) == len(vit.weights)


def test_what_has_no_key_is_not_dropped():
    hybrid = create_hybrid_vit((16, 16, 3), 1, 1, 6, 2, 10, 3, stem_widths=(4, 8))
    with pytest.raises(ValueError, match="timm's layout has no key for"):
        to_checkpoint(hybrid, TIMM)


# ---- A folder as timm writes it ----

KINDS = pytest.mark.parametrize("changes", [
    {}, {"pooling": "average", "patch_size": (4, 2)}, {"position_embedding": None, "approximate_gelu": True},
    {"hidden_dim": 11, "num_heads": 1, "mlp_dim": 15, "mean": [0.4, 0.5, 0.6]}, {"num_classes": None},
], ids=str)


@KINDS
def test_a_saved_folder_says_all_of_the_model(tmp_path, capsys, changes):
    pytest.importorskip("safetensors")
    written = different_weights(model(**changes))
    save_pretrained(written, tmp_path / "new/folder", ["a", "b", "c"][: written.num_classes or 0], license="apache-2.0")
    again = load_pretrained(tmp_path / "new/folder")
    assert "- " not in capsys.readouterr().out  # nothing is assumed, interpolated or left out
    np.testing.assert_array_equal(to_numpy(again(IMAGES)), to_numpy(written(IMAGES)))
    for name in ("image_shape", "patch_size", "num_heads", "pooling", "position_embedding", "approximate_gelu"):
        assert getattr(again, name) == getattr(written, name)


@KINDS
def test_live_timm_reads_a_saved_folder(tmp_path, changes):
    timm = references.import_timm()
    import torch

    ours = different_weights(model(**changes))
    names = ["a", "b", "c"] if ours.num_classes else None
    save_pretrained(ours, tmp_path, names)
    theirs = timm.create_model(f"local-dir:{tmp_path}", pretrained=True).eval()
    config = timm.data.resolve_data_config(model=theirs)
    x = ((IMAGES / 255 - config["mean"]) / config["std"]).transpose(0, 3, 1, 2)
    with torch.no_grad():
        expected = theirs(torch.tensor(x, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(to_numpy(ours(IMAGES)), expected, atol=1e-4)
    assert theirs.pretrained_cfg.get("label_names") == names


@pytest.mark.parametrize("changes, message", [
    ({"num_classes": 2}, "`class_names` must be 2 names, one for each class: got 'abc'"),
    ({"layer_norm_epsilon": 1e-12}, "`layer_norm_epsilon` must be 1e-06 in a model for timm: got 1e-12"),
    ({"representation_dim": 5}, "`representation_dim` must be None"),
    ({"position_embedding": "sincos", "hidden_dim": 8}, "`position_embedding` must be 'learned' or None"),
])
def test_a_model_that_timm_has_not_is_not_saved(tmp_path, changes, message):
    pytest.importorskip("safetensors")
    with pytest.raises(ValueError, match=message):
        save_pretrained(model(**changes), tmp_path / "folder", "abc")
    assert not (tmp_path / "folder").exists()

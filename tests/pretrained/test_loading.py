"""Checkpoints of others in our layers: small ones of random weights, written by their makers (see references.py)."""

import json

import numpy as np
import pytest
import references
from contract import different_weights, to_numpy

from vit_keras import VisionTransformer, create_hybrid_vit
from vit_keras.inside import hidden_states
from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.pretrained import (
    GOOGLE,
    HUGGINGFACE,
    TIMM,
    interpolate_position_embedding,
    load_huggingface,
    load_npz,
    load_timm,
    read_arrays,
)

pytest.importorskip("safetensors")
STORED = np.load(references.FOLDER / "outputs.npz")
FILES = {"google": "google.npz", "huggingface": "huggingface", "timm": "deit_small.safetensors"}
LOADERS = {"google": load_npz, "huggingface": load_huggingface, "timm": load_timm}
SIZES = {
    "google": {"image_shape": (16, 16, 3), "num_layers": 2, "hidden_dim": 24, "num_heads": 2, "mlp_dim": 36,
               "num_classes": 6, "approximate_gelu": True},
    "huggingface": {"image_shape": (16, 16, 3), "num_layers": 2, "hidden_dim": 24, "num_heads": 3, "mlp_dim": 40,
                    "num_classes": 7, "layer_norm_epsilon": 1e-12, "deviation": 0.25},
    "timm": {"image_shape": (12, 16, 3), "num_layers": 3, "hidden_dim": 32, "num_heads": 4, "mlp_dim": 48,
             "num_classes": 5, "mean": IMAGENET_MEAN, "deviation": IMAGENET_DEVIATION},
}


def vit(layout="google", **changes):
    return different_weights(VisionTransformer(**{"patch_size": 4, **SIZES[layout], **changes}))


def stored_arrays(layout):
    return read_arrays(references.FOLDER / FILES[layout])


def same(some, others):
    """Whether two models, or lists of arrays, have the same weights, to the bit."""
    some, others = (one.get_weights() if hasattr(one, "get_weights") else one for one in (some, others))
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def agrees(model, expected, atol=1e-4):
    np.testing.assert_allclose(to_numpy(model(expected["images"])), expected["logits"], atol=atol)
    np.testing.assert_allclose(hidden_states(model, expected["images"]), expected["states"], atol=atol)
    assert np.ptp(expected["logits"]) > 0.5  # there was something to compare
    return True


# ---- Parity, of every token; of other kinds of models see test_parity.py ----

@pytest.mark.parametrize("layout", FILES)
def test_answers_and_all_tokens_are_those_of_the_original(layout):
    model = vit(layout)
    assert LOADERS[layout](model, references.FOLDER / FILES[layout]) == []
    assert agrees(model, {key: STORED[f"{layout}/{key}"] for key in ("images", "logits", "states")})


# ---- One model, three spellings ----

def saved(layout, arrays, folder):
    """The path of a file of these arrays, of the kind that is usual in this layout."""
    name = "model.npz" if layout is GOOGLE else "model.safetensors"
    if layout is GOOGLE:
        np.savez(folder / name, **arrays)
    else:
        from safetensors.numpy import save_file

        save_file({key: np.ascontiguousarray(array) for key, array in arrays.items()}, folder / name)
    return folder / name


def test_transformers_5_has_other_names_for_the_same(tmp_path):
    new = {}
    for key, array in stored_arrays("huggingface").items():
        for old, name in ((".encoder.layer.", ".layers."), ("attention.attention.query", "attention.q_proj"),
                          ("attention.attention.key", "attention.k_proj"),
                          ("attention.attention.value", "attention.v_proj"),
                          ("attention.output.dense", "attention.o_proj"), ("intermediate.dense", "mlp.fc1"),
                          ("output.dense", "mlp.fc2")):
            key = key.replace(old, name)
        new[key] = array
    assert "vit.layers.1.attention.o_proj.weight" in new and "vit.layers.0.mlp.fc2.bias" in new
    one, other = vit("huggingface"), vit("huggingface")
    load_huggingface(one, references.FOLDER / "huggingface")
    load_huggingface(other, saved(HUGGINGFACE, new, tmp_path))
    assert same(one, other)


@pytest.mark.parametrize("prefix", ["params/", "opt/target/"])
@pytest.mark.parametrize("stacked", [True, False])
def test_big_vision_has_other_names_for_the_same(tmp_path, prefix, stacked):
    arrays = stored_arrays("google")
    arrays["Transformer/posembed_input/pos_embedding"][:, 0] = 0  # it has no position for the class token
    one, other = vit(), vit()
    load_npz(one, saved(GOOGLE, arrays, tmp_path))
    load_npz(other, saved(GOOGLE, references.as_big_vision(arrays, stacked, prefix), tmp_path))
    assert same(one, other)


def test_a_head_for_21k_classes_has_a_hidden_layer(tmp_path):
    arrays = references.google_arrays(representation=10, classes=21843)
    with_hidden = vit(representation_dim=10, num_classes=21843)
    load_npz(with_hidden, saved(GOOGLE, arrays, tmp_path))
    for ours, key in (("pre_logits", "pre_logits/kernel"), ("head", "head/kernel")):
        np.testing.assert_array_equal(to_numpy(with_hidden.head.get_layer(ours).kernel), arrays[key])
    with pytest.raises(ValueError, match="Left over: pre_logits/kernel, pre_logits/bias. Of another shape: head/ker"):
        load_npz(vit(num_classes=21843), tmp_path / "model.npz")


# ---- What does not fit is named ----

def test_missing_left_over_and_misshapen_keys_are_all_named_and_nothing_is_touched(tmp_path):
    arrays = stored_arrays("google")
    del arrays["cls"], arrays["Transformer/encoderblock_1/LayerNorm_0/scale"]
    arrays |= {"extra/a": np.zeros(3), "extra/b": np.zeros(3), "embedding/bias": np.zeros(25),
               "Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel": np.zeros((24, 24))}
    model = vit()
    before = model.get_weights()
    with pytest.raises(ValueError) as error:
        load_npz(model, saved(GOOGLE, arrays, tmp_path))
    message = str(error.value)
    assert "Missing: cls (our patch_encoder.class_token, 1x1x24), Transformer/encoderblock_1/LayerNorm_0/sca" in message
    assert "Left over: extra/a, extra/b." in message
    assert "Of another shape: embedding/bias (25; our patch_encoder.projection.bias needs 24), Transfo" in message
    assert "an array of 3 axes (d h k) is needed: got shape (24, 24)" in message
    assert same(before, model)


@pytest.mark.parametrize("layout", FILES)
@pytest.mark.parametrize("changes", [{"num_layers": 1}, {"num_layers": 4}, {"mlp_dim": 17}, {"patch_size": 2},
                                     {"pooling": "average"}, {"num_classes": None}, {"position_embedding": "sincos"}])
def test_a_file_of_another_model_is_refused(layout, changes):
    model = vit(layout, **changes)
    before = model.get_weights()
    with pytest.raises(ValueError, match="does not fit the model, which is left as it was"):
        LOADERS[layout](model, references.FOLDER / FILES[layout], checkpoint_grid=(3, 4) if layout == "timm" else None)
    assert same(before, model)


@pytest.mark.parametrize("layout, ignore", [("google", "head"), ("huggingface", ["classifier"]),
                                            ("timm", ("head.weight", "head.bias"))])
def test_what_is_ignored_stays_the_model_s_own(layout, ignore):
    model = vit(layout, num_classes=11)
    head = model.head.get_weights()
    notes = LOADERS[layout](model, references.FOLDER / FILES[layout], ignore=ignore)
    assert len(notes) == 1 and notes[0].startswith("ignored: ") and "head.kernel" in notes[0]
    assert same(head, model.head)
    images = STORED[f"{layout}/images"]
    np.testing.assert_allclose(hidden_states(model, images), STORED[f"{layout}/states"], atol=1e-4)


@pytest.mark.parametrize("loader, file, message", [
    (load_npz, "huggingface", "Hugging Face's layout: `load_huggingface` reads it, not `load_npz`"),
    (load_huggingface, "deit_small.safetensors", "timm's layout: `load_timm` reads it"),
    (load_timm, "google.npz", "`load_npz` reads it, not `load_timm`"),
    (load_npz, "outputs.npz", "must be a checkpoint of a Vision Transformer, with one of embedding/kernel"),
])
def test_a_file_of_another_layout_is_refused_in_one_sentence(loader, file, message):
    with pytest.raises(ValueError, match=message):
        loader(vit(), references.FOLDER / file)


def test_a_distilled_deit_is_refused_unless_it_is_said_what_to_leave_out(tmp_path):
    arrays = stored_arrays("timm")
    second = np.full((1, 1, 32), 9, "float32")
    places = arrays["pos_embed"]
    arrays |= {"dist_token": second, "pos_embed": np.concatenate([places[:, :1], second, places[:, 1:]], axis=1),
               "head_dist.weight": arrays["head.weight"], "head_dist.bias": arrays["head.bias"]}
    path = saved(TIMM, arrays, tmp_path)
    with pytest.raises(ValueError, match="distilled DeiT.*Left over: .*dist_token"):
        load_timm(vit("timm"), path, checkpoint_grid=(3, 4))
    one, other = vit("timm"), vit("timm")
    load_timm(one, path, ignore=("dist_token", "head_dist"), checkpoint_grid=(3, 4))
    load_timm(other, references.FOLDER / "deit_small.safetensors")
    assert same(one, other)


@pytest.mark.parametrize("names", [("ls1.gamma", "ls2.gamma"), ("gamma_1", "gamma_2")])
def test_layer_scale_is_multiplied_into_the_layers_before_it(tmp_path, names):
    """By hand: the factors of one block are 2 and 3, so its projection and its second MLP kernel are so much."""
    arrays = stored_arrays("timm")
    factors = {f"blocks.1.{name}": np.full(32, value, "float32") for name, value in zip(names, (2, 3))}
    plain, scaled = vit("timm"), vit("timm")
    load_timm(plain, references.FOLDER / "deit_small.safetensors")
    notes = load_timm(scaled, saved(TIMM, arrays | factors, tmp_path))
    assert notes == ["layer scale is multiplied into the layers before it (2 arrays)"]
    for ours, theirs in zip(scaled.weights, plain.weights):
        factor = 2 if "block_2/attention/output" in ours.path else 3 if "block_2/mlp/dense_2" in ours.path else 1
        np.testing.assert_allclose(to_numpy(ours), factor * to_numpy(theirs), rtol=1e-6, err_msg=ours.path)


@pytest.mark.parametrize("key, what", [
    ("reg_token", "It has registers"), ("blocks.0.attn.q_norm.weight", "queries and keys"),
    ("norm_pre.weight", "CLIP"),
    ("fc_norm.weight", "averages the tokens first"), ("blocks.0.mlp.norm.weight", "norms inside"),
    ("attn_pool.latent", "one more attention"), ("blocks.0.attn.lora_A.weight", "an adapter that is not merged"),
])
def test_a_part_that_ours_has_not_is_called_what_it_is_and_never_a_matter_of_ignore(tmp_path, key, what):
    path = saved(TIMM, stored_arrays("timm") | {key: np.zeros(32, "float32")}, tmp_path)
    with pytest.raises(ValueError, match=what) as error:
        load_timm(vit("timm"), path)
    assert "ignore" not in str(error.value)
    assert load_timm(vit("timm"), path, ignore=key)[0].startswith("!!! the answers are not the file's: ignored")


def test_another_number_of_channels_is_said(tmp_path):
    with pytest.raises(ValueError, match="patches have 3 channels, the model's 1: make the model for") as error:
        load_timm(vit("timm", image_shape=(12, 16, 1), mean=0.5, deviation=0.5),
                  references.FOLDER / "deit_small.safetensors")
    assert "ignore" not in str(error.value)


# ---- Parts of a large model, and what stands before every key ----

@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "state_dict.", "model.", "backbone.", "teacher.backbone.",
                                    "vit.", "timm_model."])
def test_a_common_prefix_is_named_and_taken(tmp_path, prefix):
    path = saved(TIMM, {prefix + key: array for key, array in stored_arrays("timm").items()}, tmp_path)
    with pytest.raises(ValueError, match=f"has `{prefix}` before 44 of its 44 keys. Pass .*prefix='{prefix}'"):
        load_timm(vit("timm"), path)
    for given in (prefix, prefix.rstrip(".")):
        model = vit("timm")
        load_timm(model, path, prefix=given)
        np.testing.assert_allclose(to_numpy(model(STORED["timm/images"])), STORED["timm/logits"], atol=1e-4)


def test_of_a_student_and_a_teacher_one_has_to_be_chosen(tmp_path):
    arrays = stored_arrays("timm")
    both = {f"student.{key}": 0 * array for key, array in arrays.items()} | {
        f"teacher.{key}": array for key, array in arrays.items()}
    with pytest.raises(ValueError, match="`student.` before 44 of its 88 keys and `teacher.` before 44"):
        load_timm(vit("timm"), saved(TIMM, both, tmp_path))
    model = vit("timm")
    load_timm(model, saved(TIMM, both, tmp_path), prefix="teacher")
    np.testing.assert_allclose(to_numpy(model(STORED["timm/images"])), STORED["timm/logits"], atol=1e-4)


def in_parts(folder, arrays):
    names = sorted(arrays)
    parts = {f"model-{i + 1:05d}-of-00002.safetensors": names[i::2] for i in range(2)}
    for file, some in parts.items():
        saved(TIMM, {key: arrays[key] for key in some}, folder).rename(folder / file)
    index = {"metadata": {}, "weight_map": {key: file for file, some in parts.items() for key in some}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return index


def test_parts_with_an_index_are_one_checkpoint(tmp_path):
    index = in_parts(tmp_path, stored_arrays("timm"))
    for path in (tmp_path, tmp_path / "model.safetensors.index.json"):
        model = vit("timm")
        load_timm(model, path)
        np.testing.assert_allclose(to_numpy(model(STORED["timm/images"])), STORED["timm/logits"], atol=1e-4)
    with pytest.raises(ValueError, match="model-00001-of-00002.safetensors is one of the 2 parts .* pass the folder"):
        load_timm(model, tmp_path / "model-00001-of-00002.safetensors")
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="lists 2 files, of which model-00002-of-00002.safetensors are missing"):
        load_timm(model, tmp_path)
    for broken in ("{", "[]", "{}", *(json.dumps({"weight_map": files}) for files in (
            {}, [], {"a": "../a.safetensors"}, {"a": ""}))):
        (tmp_path / "model.safetensors.index.json").write_text(broken)
        with pytest.raises(ValueError, match="must be an index with a `weight_map`|is not valid JSON|must hold an obj"):
            load_timm(model, tmp_path)
    assert len(index["weight_map"]) == 44


def test_a_key_in_two_parts_is_not_decided_by_chance(tmp_path):
    in_parts(tmp_path, arrays := stored_arrays("timm"))
    both, second = {key: arrays[key] + 1 for key in ("head.bias", "head.weight")}, "model-00002-of-00002.safetensors"
    saved(TIMM, both, tmp_path).rename(tmp_path / second)
    with pytest.raises(ValueError, match=f"{second} has keys that stand in another part too: head."):
        load_timm(vit("timm"), tmp_path)


@pytest.mark.parametrize("key, dtype", [("blocks.1.attn.proj.weight", "int8"), ("head.bias", "bool"),
                                        ("blocks.0.ls1.gamma", "uint8"), ("norm.weight", "complex64")])
def test_numbers_of_a_quantized_model_are_not_taken_for_weights(tmp_path, key, dtype):
    arrays = {"blocks.0.ls1.gamma": np.ones(32, "float32"), **stored_arrays("timm")}
    np.savez(tmp_path / "model.npz", **arrays | {key: np.round(10 * arrays[key]).astype(dtype)})
    with pytest.raises(ValueError, match="Of another shape.* as of a quantized model: save it in 16 bits"):
        load_timm(vit("timm"), tmp_path / "model.npz")


def test_a_hybrid_s_stem_is_in_no_table():
    hybrid = create_hybrid_vit((16, 16, 3), 1, 2, 24, 2, 36, 6, stem_widths=(4, 6))
    with pytest.raises(ValueError, match=r"\(no key\) for our .*conv2d.*/kernel"):
        load_npz(hybrid, references.FOLDER / "google.npz")


# ---- Other resolutions ----

@pytest.mark.parametrize("layout, grid, method", [
    ("google", (5, 3), "bilinear"), ("huggingface", (6, 6), "bicubic"), ("timm", (2, 7), "bicubic_antialias"),
])
def test_positions_are_interpolated_as_the_layout_s_own_code_does(layout, grid, method):
    model, same = vit(layout, image_shape=(4 * grid[0], 4 * grid[1], 3)), vit(layout)
    arguments = {"checkpoint_grid": (3, 4) if layout == "timm" else None}
    notes = LOADERS[layout](model, references.FOLDER / FILES[layout], **arguments)
    assert len(notes) == 1 and f"interpolated ({method}) from" in notes[0]
    LOADERS[layout](same, references.FOLDER / FILES[layout])
    expected = interpolate_position_embedding(to_numpy(same.patch_encoder.positions), grid, same.grid_shape, 1, method)
    np.testing.assert_allclose(to_numpy(model.patch_encoder.positions), expected, atol=1e-6)


def test_a_class_token_of_hugging_face_has_a_position(tmp_path):
    arrays = stored_arrays("huggingface")
    arrays["vit.embeddings.position_embeddings"] = arrays["vit.embeddings.position_embeddings"][:, 1:]
    with pytest.raises(ValueError, match=r"16 positions do not fit `checkpoint_grid`=\(4, 4\) and 1 class tokens"):
        load_huggingface(vit("huggingface"), saved(HUGGINGFACE, arrays, tmp_path))


def test_as_many_patches_in_another_grid_are_not_taken_for_the_same():
    model = vit(image_shape=(8, 32, 3))  # 2 x 8 patches; the file has 4 x 4
    with pytest.raises(ValueError, match="for a grid of 4x4 or of 2x8: give `checkpoint_grid`"):
        load_npz(model, references.FOLDER / "google.npz")
    assert "from 4x4 to 2x8" in load_npz(model, references.FOLDER / "google.npz", checkpoint_grid=(4, 4))[0]
    assert load_npz(model, references.FOLDER / "google.npz", checkpoint_grid=(2, 8)) == []


def test_a_grid_that_nobody_knows_is_asked_for():
    with pytest.raises(ValueError, match="13 positions are no square grid.*give `checkpoint_grid`"):
        load_timm(vit("timm", image_shape=(16, 16, 3)), references.FOLDER / "deit_small.safetensors")
    with pytest.raises(ValueError, match=r"13 positions do not fit `checkpoint_grid`=\(4, 4\)"):
        load_timm(vit("timm"), references.FOLDER / "deit_small.safetensors", checkpoint_grid=(4, 4))


@pytest.mark.parametrize("size", [(24, 20), (8, 8)])
def test_live_timm_at_another_resolution(tmp_path, size):
    references.import_timm()
    from timm.models.vision_transformer import checkpoint_filter_fn

    small = references.timm_model(**{**references.SMALL_DEIT, "img_size": (16, 16)})
    state = {key: value.numpy() for key, value in small.state_dict().items()}
    original = references.timm_model(**{**references.SMALL_DEIT, "img_size": size})
    original.load_state_dict(checkpoint_filter_fn(small.state_dict(), original))
    expected = references.outputs(original, references.pictures(*size), IMAGENET_MEAN, IMAGENET_DEVIATION)
    model = vit("timm", image_shape=(*size, 3))
    load_timm(model, saved(TIMM, state, tmp_path))
    assert agrees(model, expected)

"""The page computes what `vit_keras` computes: the same JavaScript, run by node on 200 pictures."""

import shutil
import subprocess
from pathlib import Path

import explorer
import numpy as np
import pytest
from keras import ops

from vit_keras import load_pretrained
from vit_keras.inside import attention_maps, attention_rollout, hidden_states

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs node, which runs the page's JavaScript")
NUM_PICTURES = 200


@pytest.fixture(scope="module", params=["small", "shipped"])
def computed(request, tmp_path_factory):
    """The models, the pictures, and a dict of what the page makes of them."""
    folder, weights = tmp_path_factory.mktemp("web"), explorer.WEIGHTS
    if request.param == "small":
        vit, cnn = explorer.random_models()
        weights = folder / "weights.js"
        explorer.export(vit, cnn, weights, **explorer.DATA["shapes"])
    elif weights.exists():
        vit, cnn = explorer.shipped_models()
    else:
        pytest.skip("web/weights.js is not there: web/export.py writes it")
    pictures = np.random.default_rng(1).integers(0, 256, (NUM_PICTURES, *vit.image_shape), "uint8")
    pictures[::2] = pictures[::2, :1, :1]  # half of them of one color, far from what noise looks like
    pictures[::2, 3:9, 2:8] = pictures[1::2, 3:9, 2:8] // 2
    pictures.tofile(folder / "pictures")
    script = Path(__file__).with_name("compute.js")
    subprocess.run([NODE, script, explorer.WEB, weights, folder / "pictures", folder / "out"], check=True)
    layers, heads, tokens = vit.num_layers, vit.num_heads, vit.grid_shape[0] * vit.grid_shape[1] + 1
    shapes = {"vit": (vit.num_classes,), "without positions": (vit.num_classes,), "cnn": (vit.num_classes,),
              "scores": (layers, heads, tokens, tokens), "rollout": (tokens, tokens),
              "answers": (layers + 1, vit.num_classes)}
    numbers = np.fromfile(folder / "out", "float32").reshape(NUM_PICTURES, -1)
    parts = np.split(numbers, np.cumsum([int(np.prod(shape)) for shape in shapes.values()])[:-1], axis=1)
    found = {name: part.reshape(-1, *shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}
    return vit, cnn, pictures, found


def assert_near(found, expected):
    assert np.abs(found - ops.convert_to_numpy(expected)).max() < 1e-4


def test_logits_of_both_models_are_those_of_keras(computed):
    vit, cnn, pictures, found = computed
    assert_near(found["vit"], vit(pictures))
    assert_near(found["cnn"], cnn(pictures))
    assert min(np.ptp(found[name], axis=0).min() for name in ("vit", "cnn")) > 0.1  # the pictures matter


def test_all_attention_scores_and_rollout_are_those_of_keras(computed):
    vit, _, pictures, found = computed
    maps = attention_maps(vit, pictures)
    assert_near(found["scores"], maps)
    assert_near(found["rollout"], attention_rollout(maps))
    assert maps.max() > 3 / maps.shape[-1]  # it does look somewhere


def test_answers_after_every_block_are_those_of_the_last_norm_and_the_head(computed):
    vit, _, pictures, found = computed
    tokens = hidden_states(vit, pictures)[:, :, 0]  # (B, L + 1, D)
    assert_near(found["answers"], ops.softmax(vit.head(vit.encoder.norm(tokens))))


def test_without_positions_is_with_positions_of_zero(computed):
    vit, _, pictures, found = computed
    positions = ops.convert_to_numpy(vit.patch_encoder.positions)
    vit.patch_encoder.positions.assign(np.zeros_like(positions))
    try:
        assert_near(found["without positions"], vit(pictures))
    finally:
        vit.patch_encoder.positions.assign(positions)


def test_the_page_s_vit_is_the_one_that_the_module_ships():
    if not explorer.WEIGHTS.exists():
        pytest.skip("web/weights.js is not there: web/export.py writes it")
    on_the_page, in_the_module = explorer.shipped_models()[0], load_pretrained("cifar10-vit", verbose=False)
    pictures = np.random.default_rng(2).integers(0, 256, (8, *on_the_page.image_shape), "uint8")
    assert_near(on_the_page(pictures), in_the_module(pictures))


def test_the_command_writes_what_the_function_writes(tmp_path, monkeypatch):
    models, files = explorer.random_models(num_classes=10), [tmp_path / "vit.keras", tmp_path / "cnn.keras"]
    for model, file in zip(models, files, strict=True):
        model.save(file)
    words = [*map(str, files), "--data", "cifar10", "--accuracy", "0.7", "0.8", "--to", str(tmp_path / "weights.js")]
    monkeypatch.setattr("sys.argv", ["export.py", *words])
    explorer.main()
    explorer.export(*models, tmp_path / "expected.js", **explorer.DATA["cifar10"], accuracy=(0.7, 0.8))
    assert (tmp_path / "weights.js").read_text("utf-8") == (tmp_path / "expected.js").read_text("utf-8")


def test_what_the_page_cannot_compute_is_not_written(tmp_path):
    vit, cnn = explorer.random_models()
    vit.pooling = "average"
    with pytest.raises(ValueError, match="class token"):
        explorer.export(vit, cnn, tmp_path / "weights.js", **explorer.DATA["shapes"])

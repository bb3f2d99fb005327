"""Models of timm and transformers loaded by ours: as these libraries answered when it was recorded, and as they do."""

import numpy as np
import pytest
import references
from contract import to_numpy

from vit_keras import load_pretrained

pytest.importorskip("safetensors")
LIVE = pytest.mark.parametrize("live", [False, True], ids=["recorded", "live"])


def made(folder, maker, changes, live):
    """The path of a checkpoint, and what its library makes of the pictures."""
    if live:
        references.import_timm()
        if maker == "transformers":
            pytest.importorskip("transformers")
        answers = references.MAKERS[maker](folder, **changes)[2]["logits"]
    else:
        answers = references.recorded(folder, maker, changes)
    return folder / "model.npz" if maker == "google" else folder, answers


@LIVE
@pytest.mark.parametrize("maker, changes", references.LOADED, ids=str)
def test_answers_are_those_of_the_library(tmp_path, maker, changes, live):
    path, answers = made(tmp_path, maker, changes, live)
    size = changes.get("image_size", (16, 16)) if maker == "google" else None
    grid = [side // changes.get("patch", 4) for side in size] if size else None
    model = load_pretrained(path, checkpoint_grid=grid, verbose=False)
    height, width, channels = model.image_shape
    size = changes.get("img_size", np.broadcast_to(changes.get("image_size", (height, width)), 2))
    found = to_numpy(model(references.pictures(*size, channels)[:, :height, :width]))  # a border fills no patch
    np.testing.assert_allclose(found, answers, atol=2e-5)
    assert np.ptp(answers) > 0.3  # there was something to compare
    if live:
        np.testing.assert_allclose(answers, references.recorded(tmp_path, maker, changes), atol=2e-5)


@LIVE
@pytest.mark.parametrize("maker, changes, message", references.REFUSED, ids=str)
def test_what_ours_cannot_be_is_refused(tmp_path, maker, changes, message, live):
    path, _ = made(tmp_path, maker, changes, live)
    with pytest.raises(ValueError, match=message):
        load_pretrained(path)

"""benchmarks/ship.py: what is written loads by its name, and its card holds what the training recorded."""

import json

import pytest
import ship
from contract import different_weights

from vit_keras import VisionTransformer, load_pretrained
from vit_keras.lessons.results import FOLDER

pytest.importorskip("safetensors")
RESULT = json.loads((FOLDER / "cifar10_laptop_ten_minutes.json").read_text(encoding="utf-8"))


def test_a_model_and_its_card(tmp_path):
    run = RESULT["runs"]["vit"]
    model = different_weights(VisionTransformer((32, 32, 3), num_classes=10, **run["size"]))
    model.save(tmp_path / "model.keras")
    words = ["tiny", tmp_path / "model.keras", FOLDER / "cifar10_laptop_ten_minutes.json", "--folder", tmp_path]
    ship.main(list(map(str, words)))
    assert load_pretrained(tmp_path / "tiny", verbose=False).count_params() == run["parameters"]
    card = (tmp_path / "tiny/README.md").read_text(encoding="utf-8")
    for said in (f"test {run['test_accuracy']:.1%}", "hidden_dim 64", "142,026 parameters", RESULT["git_commit"],
                 'load_pretrained("tiny")', "airplane, automobile", "CIFAR-10 (Krizhevsky, 2009)", "muon True"):
        assert said in card
    with pytest.raises(ValueError, match="must be of this model, 142026 parameters.* got one of 149050"):
        ship.main(list(map(str, [*words, "--run", "hybrid"])))

"""Put a trained model into the module, for `load_pretrained(NAME)`: its weights as timm reads them, and a card.

    python benchmarks/ship.py cifar10-vit results/local/cifar10_evening_vit.vit.keras results/cifar10_evening_vit.json

The model is what `train.py --save` has kept, the result what the same training has recorded: every number of the card
is from there. It takes seconds, and writes vit_keras/pretrained/shipped/NAME.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from records import ROOT, TITLES

CARD = """---
license: apache-2.0
library_name: timm
---
# {name}

{description}

```python
from vit_keras import load_pretrained

model = load_pretrained("{name}")  # from RGB in [0, 255], {height}x{width} pixels, to {classes} logits
```

The weights are in timm's layout: `timm.create_model("local-dir:FOLDER", pretrained=True)` reads them too. It takes
pixels / 255, normalized by mean {mean} and deviation {deviation}; our model does that itself.

| | |
|---|---|
| model | {size}; {parameters:,} parameters |
| classes | {class_names} |
| data | {source} No other images, no other model |
| recipe | `{recipe_name}`: {recipe} |
| training | {epochs:g} epochs in {minutes:.0f} minutes; {cpu}, cores: {cores}; Keras {keras} on {backend}; {date} |
| accuracy | **test {test_accuracy:.1%}**, validation {validation_accuracy:.1%}, training {train_accuracy:.1%} |
| code | commit {git_commit}: `{command}` |
| license | Apache-2.0. The data come without a license; their authors publish them for research |

One run, one seed. No setting was chosen by the test images; they were looked at once, at the end.

**What it is not good for.** It knows {classes} kinds of things, each filling a small picture, and takes everything else
for one of them, often with confidence. It has seen {height}x{width} pixels and nothing larger:
shrink a photograph first. It is for learning and for comparison, not for decisions.
"""


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="by which it will be loaded: cifar10-vit")
    parser.add_argument("model", type=Path, help="the trained model, .keras")
    parser.add_argument("result", type=Path, help="what its training recorded, .json")
    parser.add_argument("--run", default="vit", help="which run of the result (default: vit)")
    parser.add_argument("--folder", type=Path, default=ROOT / "vit_keras/pretrained/shipped", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words):
    options = parse(words)
    import keras
    import numpy as np

    from vit_keras import load_pretrained
    from vit_keras.data.cifar import CIFAR10_CLASSES
    from vit_keras.pretrained import save_pretrained

    result = json.loads(options.result.read_text(encoding="utf-8"))
    run, model = result["runs"][options.run], keras.saving.load_model(options.model, compile=False)
    if run.get("parameters") != model.count_params() or not result["source"].startswith("CIFAR-10 (Krizhevsky"):
        raise ValueError(f"The result must be of this model, {model.count_params()} parameters, trained to the end on "
                         f"CIFAR-10: got one of {run.get('parameters')}, {result['source']}")
    folder = options.folder / options.name
    description = (f"A small {TITLES[options.run]}, trained from scratch on CIFAR-10 by the course itself "
                   f"({run['test_accuracy']:.1%} of the test images are classified correctly).")
    save_pretrained(model, folder, CIFAR10_CLASSES, description=description, license="apache-2.0")

    images = np.random.default_rng(0).integers(0, 256, (8, *model.image_shape)).astype("uint8")
    difference = np.abs(load_pretrained(folder).predict(images, verbose=0) - model.predict(images, verbose=0)).max()
    if not difference < 1e-4:
        raise ValueError(f"What was written must answer as the model does: got logits that differ by {difference}.")

    recipe = {key: value for key, value in result["recipe"].items() if value and key not in ("minutes", "epochs")}
    (folder / "README.md").write_text(CARD.format(
        name=options.name, description=description, classes=model.num_classes, height=model.image_shape[0],
        width=model.image_shape[1], mean=model.mean, deviation=model.deviation, cpu=result["hardware"]["cpu"],
        cores=result["hardware"]["cores"], class_names=", ".join(CIFAR10_CLASSES), keras=result["versions"]["keras"],
        size=", ".join(f"{key} {value}" for key, value in run["size"].items()), minutes=run["seconds"] / 60,
        recipe=", ".join(f"{key} {value}" for key, value in recipe.items()), date=result["date"][:10],
        command=re.sub(r" --folder \S+", "", result["command"]),
        **{key: result[key] for key in ("source", "recipe_name", "backend", "git_commit")},
        **{key: run[key] for key in ("parameters", "epochs", "test_accuracy", "validation_accuracy", "train_accuracy")},
    ), encoding="utf-8")
    print(f"written: {folder}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (KeyError, OSError, ValueError) as error:
        sys.exit(f"\n{error}")

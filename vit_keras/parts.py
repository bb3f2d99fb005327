"""What was done to the parts of a layer after it was made: frozen, quantized, given LoRA. Its file keeps it.

A layer that makes its parts itself is written into a file as its arguments, and these do not say that somebody froze
block 3 later on. Keras's own functional models have a config for each part; here the differences are enough.
"""

import keras

from vit_keras.attention import MultiHeadSelfAttention
from vit_keras.encoder import MLP, TransformerBlock, TransformerEncoder
from vit_keras.patches import PatchEncoder


def changed_parts(layer):
    """The parts of a built layer that differ from what its arguments make.

    Args:
        layer: `keras.layers.Layer` or `keras.Model`.

    Returns:
        dict of plain values, `{place: changes}`, outer parts before inner ones; empty where nothing differs. Places are
        such as `"encoder.blocks.0"`. Changes are of `"trainable"`, bool, where it is not that of the part around;
        `"weights"`, `{name: trainable}`, of single weights; `"quantized"`, mode and config; `"lora"`, rank and alpha.

    Raises:
        ValueError: a quantization that needs data, which no file of a model can bring back.
    """
    found = {}

    def look(part, place, handed_down):
        changes = {}
        if part.trainable != handed_down:
            changes["trainable"] = part.trainable
        weights = {weight.name: weight.trainable for weight in part._trainable_variables
                   if weight.trainable != part.trainable and "lora_kernel" not in weight.name}
        if getattr(part, "lora_rank", None):
            changes["lora"] = [part.lora_rank, part.lora_alpha]
        if mode := getattr(part, "quantization_mode", None):
            if mode in ("gptq", "awq"):
                raise ValueError(f'A model quantized with "{mode}" cannot be saved whole. Save its weights, '
                                 "`model.save_weights(path)`; then make the model anew, quantize it in the same way "
                                 "and call `model.load_weights(path)`.")
            changes["quantized"] = [mode, keras.saving.serialize_keras_object(part.quantization_config)]
        if weights:
            changes["weights"] = weights
        if changes:
            found[place] = changes
        for name, inner in inner_parts(part):
            look(inner, f"{place}.{name}", part.trainable)

    for name, part in inner_parts(layer):
        look(part, name, True)
    own = {weight.name: False for weight in layer._trainable_variables if layer.trainable and not weight.trainable}
    return {**({"": {"weights": own}} if own else {}), **found}


def change_parts(layer, changes):
    """Do to the parts of a built layer what `changed_parts` of another has told.

    Raises:
        ValueError: the layer has no such part.
    """
    chosen = [(part_at(layer, place), change) for place, change in changes.items()]
    for part, change in chosen:
        if "quantized" in change:
            mode, config = change["quantized"]
            part.quantize(mode, config=keras.saving.deserialize_keras_object(config) if config else None)
        if "lora" in change:
            part.enable_lora(*change["lora"])
    for part, change in chosen:  # a part hands its flag on to what is in it, so the inner ones come behind
        if "trainable" in change:
            part.trainable = change["trainable"]
        for weight in part._trainable_variables:
            weight.trainable = change.get("weights", {}).get(weight.name, weight.trainable)


def inner_parts(layer):
    """`(name, layer)` for each layer directly inside: `("norm", ...)`, `("blocks.0", ...)`."""
    seen = set()
    for name, value in sorted(vars(layer).items(), key=lambda item: item[0].startswith("_")):  # Keras's own lists last
        several = isinstance(value, (list, tuple))
        for index, part in enumerate(value if several else [value]):
            if isinstance(part, keras.layers.Layer) and id(part) not in seen:
                seen.add(id(part))
                yield (f"{name}.{index}" if several else name), part


def part_at(layer, place):
    """The layer at a place, itself for an empty one."""
    for name in place.split(".") if place else ():
        try:
            layer = layer[int(name)] if name.isdigit() else vars(layer)[name]
        except (IndexError, KeyError) as error:
            raise ValueError(f"A part must be one that the layer has: got {place!r}, without a {name!r}.") from error
    return layer


# ---- Layers alone in somebody's own model: with their shapes goes what was done to their parts ----
# Set here and not in the classes, so that those which lessons quote stay the paper's.

def get_build_config(self):
    config, changes = keras.layers.Layer.get_build_config(self), changed_parts(self) if self.built else {}
    return {**config, "changed_parts": changes} if config and changes else config


def build_from_config(self, config):
    keras.layers.Layer.build_from_config(self, config)
    change_parts(self, config.get("changed_parts", {}))


if keras.__version__ >= "3":
    for kind in (MLP, MultiHeadSelfAttention, PatchEncoder, TransformerBlock, TransformerEncoder):
        kind.get_build_config, kind.build_from_config = get_build_config, build_from_config

"""What is frozen, quantized or given LoRA comes back with the file, and the optimizer goes on."""

import keras
import numpy as np
import pytest
from contract import different_weights, to_numpy

from vit_keras import TransformerEncoder, VisionTransformer, create_hybrid_vit
from vit_keras.parts import change_parts, changed_parts

SIZE = {"image_shape": (8, 12, 3), "patch_size": (4, 3), "num_layers": 2, "hidden_dim": 8, "num_heads": 2,
        "mlp_dim": 6, "num_classes": 3}
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 12, 3)).astype("uint8")
LABELS = np.array([0, 1, 2, 0])


def everything_but_the_head(model):
    for part in (model.patch_encoder, model.encoder):
        part.trainable = False


def the_first_block(model):
    model.encoder.blocks[0].trainable = False


def all_but_the_norms(model):
    model.encoder.trainable = False
    for block in model.encoder.blocks:
        block.norm_1.trainable = True


def single_weights(model):
    model.patch_encoder.class_token.trainable = False
    model.encoder.blocks[1].mlp.dense_1.bias.trainable = False


def lora(model):
    everything_but_the_head(model)
    for block in model.encoder.blocks:
        block.attention.query.trainable = True
        block.attention.query.enable_lora(2)


def quantized(mode):
    return lambda model: model.quantize(mode)


CHANGES = [everything_but_the_head, the_first_block, all_but_the_norms, single_weights, lora, quantized("int8"),
           quantized("int4"), quantized("float8")]


def compiled(model):
    model.compile(keras.optimizers.AdamW(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  jit_compile=False, run_eagerly=keras.backend.backend() == "tensorflow")  # a step or two: not compiled
    return model


def places(weights):
    return [weight.path.partition("/")[2] for weight in weights]


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`", "ignore:.*quantize")
@pytest.mark.parametrize("change", CHANGES)
def test_a_saved_model_goes_on_as_it_was(tmp_path, change):
    model = different_weights(VisionTransformer(**SIZE))
    change(model)
    compiled(model)
    if change in CHANGES[:5]:
        model.fit(IMAGES, LABELS, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(tmp_path / "go.keras")])
    else:
        model.save(tmp_path / "go.keras")
    again = keras.saving.load_model(tmp_path / "go.keras")
    assert places(again.trainable_weights) == places(model.trainable_weights)
    np.testing.assert_allclose(to_numpy(again(IMAGES)), to_numpy(model(IMAGES)), atol=1e-6)
    if change not in (lora, *CHANGES[5:]):  # Keras merges LoRA into its kernel and starts it anew
        assert len(again.optimizer.variables) == len(model.optimizer.variables) and int(again.optimizer.iterations) == 1
        for ours, theirs in zip(model.optimizer.variables, again.optimizer.variables):
            np.testing.assert_array_equal(to_numpy(ours), to_numpy(theirs))
    frozen = [weight for weight in again.weights if not weight.trainable]
    before = [to_numpy(weight) for weight in frozen]
    if change in CHANGES[:5]:
        again.fit(IMAGES, LABELS, verbose=0)
        for weight, value in zip(frozen, before):
            np.testing.assert_array_equal(to_numpy(weight), value, err_msg=weight.path)


@pytest.mark.parametrize("around", ["functional", "sequential"])
def test_also_within_another_model(tmp_path, around):
    vit, images = VisionTransformer(**SIZE), keras.Input((8, 12, 3))
    everything_but_the_head(vit)
    model = keras.Model(images, vit(images)) if around == "functional" else keras.Sequential([images, vit])
    compiled(model).fit(IMAGES, LABELS, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert len(again.trainable_weights) == 2 and int(again.optimizer.iterations) == 1


def test_a_layer_alone_and_a_stem(tmp_path):
    encoder, tokens = TransformerEncoder(2, 2, 5), keras.Input((3, 4))
    encoder.build((None, 3, 4))
    encoder.blocks[0].trainable = encoder.blocks[1].attention.query.trainable = False
    keras.Model(tokens, encoder(tokens)).save(tmp_path / "encoder.keras")
    assert len(keras.saving.load_model(tmp_path / "encoder.keras").trainable_weights) == 2 + 16 - 2
    hybrid = create_hybrid_vit((16, 16, 3), 1, 1, 8, 2, 6, 3, stem_widths=(4, 6))
    hybrid.stem.trainable = False
    hybrid.save(tmp_path / "hybrid.keras")
    again = keras.saving.load_model(tmp_path / "hybrid.keras")
    assert len(again.trainable_weights) == len(hybrid.trainable_weights) and not again.stem.trainable_weights


def test_backup_and_restore_goes_on_with_the_head_alone(tmp_path):
    class CutOff(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def run(*callbacks):
        model = VisionTransformer(**SIZE, name="same")
        everything_but_the_head(model)
        backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
        compiled(model).fit(IMAGES, LABELS, epochs=2, verbose=0, callbacks=[backup, *callbacks])
        return model

    with pytest.raises(KeyboardInterrupt):
        run(CutOff())
    model = run()
    assert len(model.trainable_weights) == 2 and int(model.optimizer.iterations) == 2


def test_a_model_as_it_was_made_has_nothing_to_keep():
    model = VisionTransformer(**SIZE)
    assert changed_parts(model) == {} and "changed_parts" not in model.get_config()
    the_first_block(model)
    assert model.get_config()["changed_parts"] == {"encoder.blocks.0": {"trainable": False}}
    assert len(VisionTransformer.from_config(model.get_config()).trainable_weights) == len(model.trainable_weights)
    assert len(keras.models.clone_model(model).trainable_weights) == len(model.trainable_weights)


def test_a_part_that_is_not_there_is_said():
    with pytest.raises(ValueError, match="got 'encoder.blocks.7', without a '7'"):
        change_parts(VisionTransformer(**SIZE), {"encoder.blocks.7": {"trainable": False}})

"""Equation (4): the Vision Transformer, from the image to the answer."""

import operator

import keras
from keras import layers, ops

from vit_keras.advice import Advice
from vit_keras.encoder import LAYER_NORM_EPSILON, TransformerEncoder
from vit_keras.parts import change_parts, changed_parts
from vit_keras.patches import PatchEncoder, Patches, patch_grid
from vit_keras.pixels import normalization

# Table 1 of the paper, with the Ti and S of Touvron et al., 2021. The 16 in B/16 is the patch size.
VARIANTS = {
    "Ti": {"num_layers": 12, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
    "S": {"num_layers": 12, "hidden_dim": 384, "num_heads": 6, "mlp_dim": 1536},
    "B": {"num_layers": 12, "hidden_dim": 768, "num_heads": 12, "mlp_dim": 3072},
    "L": {"num_layers": 24, "hidden_dim": 1024, "num_heads": 16, "mlp_dim": 4096},
    "H": {"num_layers": 32, "hidden_dim": 1280, "num_heads": 16, "mlp_dim": 5120},
}


@keras.saving.register_keras_serializable(package="vit_keras")
class VisionTransformer(Advice, keras.Model):
    """The Vision Transformer (ViT) as a classifier of images.

    Images go in as they come, RGB in [0, 255]; the model normalises them itself, with the mean and
    deviation that belong to its weights. The head starts at zero, as in the paper's code, so that
    an untrained model finds all classes equally likely. It returns logits, so the loss has to know:

        model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])

    (`loss="sparse_categorical_crossentropy"` takes logits for probabilities; of a head of zeros its gradient is zero,
    or NaN on JAX, and nothing is learned.) What is frozen, quantized or given LoRA stays so in a saved model.

    Args:
        image_shape: triple of ints `(H, W, C)`. Need not be square.
        patch_size: int or pair of ints `(height, width)`. P; must divide the image.
        num_layers: int. L, the number of Transformer blocks.
        hidden_dim: int. D, the width of a token.
        num_heads: int. Attention heads; must divide `hidden_dim`.
        mlp_dim: int. Width of the hidden layer of each MLP.
        num_classes: int or `None`. With `None` there is no head, and the model returns y of
            equation (4), an image's representation.
        pooling: `"token"` (the class token's final state, the paper's choice) or `"average"` (the
            mean of all patches; no class token then).
        position_embedding: `"learned"`, `"sincos"` or `None`, see `PatchEncoder`.
        dropout_rate: float in [0, 1). After the position embedding and in every block.
        attention_dropout_rate: float in [0, 1). Of the attention scores.
        approximate_gelu: bool. See `MLP`. What TensorFlow makes of the exact one cannot be exported to ONNX (tf2onnx).
        mean, deviation: float, or one float a channel. Of the pixels, see `normalization`.
        stem: `keras.Model` from normalised images to feature maps `(B, h, w, K)`, or `None`. With a stem
            it is the feature map that is cut into patches, not the image; see `create_hybrid_vit`.
        layer_norm_epsilon: float. Of every Layer Norm: that of the weights, 1e-6 for Google's and timm's, 1e-12 for
            most of Hugging Face's.
        representation_dim: int or `None`. With a number the head has a hidden layer (tanh) of that width, as for
            pre-training in the paper; with `num_classes=None` the model then returns what that layer makes of y.
        stochastic_depth: float in [0, 1). How often, in training, an image skips either part of the last block; falls
            in a straight line towards the first. See `TransformerBlock`.
        **kwargs: Passed to `keras.Model` (`name`, `dtype`, ...).

    Call arguments:
        images: Tensor of shape `(B, H, W, C)`, values in [0, 255], uint8 or float. Where a batch that can be looked
            at lies in another range, a warning says so, once.
        return_attention_scores: bool. Whether the scores come along. Defaults to `False`.

    Returns:
        Logits of shape `(B, num_classes)`, float32, not yet passed through a softmax; without a
        head the representation, `(B, D)`. With `return_attention_scores` the pair of it and a list
        of L tensors of shape `(B, num_heads, T, T)`.

    Raises:
        ValueError: an argument outside its range, or images of another shape than `image_shape`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929.
    """

    def __init__(
        self,
        image_shape,
        patch_size,
        num_layers,
        hidden_dim,
        num_heads,
        mlp_dim,
        num_classes,
        pooling="token",
        position_embedding="learned",
        dropout_rate=0.0,
        attention_dropout_rate=0.0,
        approximate_gelu=False,
        mean=0.5,
        deviation=0.5,
        stem=None,
        layer_norm_epsilon=LAYER_NORM_EPSILON,
        representation_dim=None,
        stochastic_depth=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(image_shape, (tuple, list)) or len(image_shape) != 3:
            raise ValueError(f"`image_shape` must be a triple of positive ints (H, W, C): got {image_shape!r}.")
        image_shape = tuple(positive_int("image_shape", side) for side in image_shape)
        num_layers, hidden_dim = positive_int("num_layers", num_layers), positive_int("hidden_dim", hidden_dim)
        num_heads, mlp_dim = positive_int("num_heads", num_heads), positive_int("mlp_dim", mlp_dim)
        if num_classes is not None:
            num_classes = positive_int("num_classes", num_classes, ", or None for a model without a head")
        if representation_dim is not None:
            representation_dim = positive_int("representation_dim", representation_dim, " or None")
        if pooling not in ("token", "average"):
            raise ValueError(f'`pooling` must be "token" or "average": got {pooling!r}.')
        if hidden_dim % num_heads:
            raise ValueError(
                f"`num_heads` must divide `hidden_dim`: got num_heads={num_heads} and hidden_dim={hidden_dim}."
            )
        self.image_shape = image_shape
        self.patch_size = patch_size
        self.num_layers = num_layers
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.num_classes = num_classes
        self.pooling = pooling
        self.position_embedding = position_embedding
        self.dropout_rate = dropout_rate
        self.attention_dropout_rate = attention_dropout_rate
        self.approximate_gelu = approximate_gelu
        self.mean = mean
        self.deviation = deviation
        self.stem = keras.saving.deserialize_keras_object(stem) if isinstance(stem, dict) else stem
        self.layer_norm_epsilon = layer_norm_epsilon
        self.representation_dim = representation_dim
        self.stochastic_depth = stochastic_depth

        own = {"dtype": self.dtype_policy}
        self.map_shape = (None, *self.image_shape) if self.stem is None else self.stem.output_shape
        self.grid_shape = patch_grid(self.map_shape, patch_size)
        self.normalize = normalization(self.image_shape[-1], mean, deviation, name="normalize", **own)
        self.patches = Patches(patch_size, name="patches", **own)
        self.patch_encoder = PatchEncoder(
            hidden_dim,
            use_class_token=pooling == "token",
            position_embedding=position_embedding,
            grid_shape=self.grid_shape,
            dropout_rate=dropout_rate,
            name="patch_encoder",
            **own,
        )
        self.encoder = TransformerEncoder(
            num_layers,
            num_heads,
            mlp_dim,
            dropout_rate,
            attention_dropout_rate,
            approximate_gelu,
            stochastic_depth,
            name="encoder",
            **own,
        )
        # Set here and not handed down, so that the block which lesson 3 quotes stays the paper's.
        for block in self.encoder.blocks:
            block.norm_1.epsilon = block.norm_2.epsilon = layer_norm_epsilon
        self.encoder.norm.epsilon = layer_norm_epsilon
        head = []
        if representation_dim is not None:
            head.append(layers.Dense(representation_dim, "tanh", kernel_initializer="lecun_normal", name="pre_logits",
                                     **own))
        if num_classes is not None:
            # Logits in float32 whatever the policy: a softmax over them is not the place to save.
            head.append(layers.Dense(num_classes, kernel_initializer="zeros", dtype="float32", name="head"))
        self.head = keras.Sequential(head, name="mlp_head") if len(head) > 1 else head[0] if head else None
        self.build((None, *self.image_shape))

    @classmethod
    def from_variant(cls, variant, image_shape=(224, 224, 3), num_classes=1000, **kwargs):
        """The model of a published size.

        Args:
            variant: str such as `"B/16"`: a name of `VARIANTS`, a slash, the patch size.
            image_shape, num_classes, **kwargs: As for the class.

        Raises:
            ValueError: the variant is not one of the published sizes.
        """
        name, _, patch_size = variant.partition("/")
        if name not in VARIANTS or not patch_size.isdigit():
            raise ValueError(
                f"`variant` must be one of {', '.join(VARIANTS)} and a patch size, as in 'B/16': got {variant!r}."
            )
        return cls(image_shape, int(patch_size), num_classes=num_classes, **VARIANTS[name], **kwargs)

    def build(self, images_shape):
        if self.built:
            return
        num_patches = self.grid_shape[0] * self.grid_shape[1]
        self.normalize.build((None, *self.image_shape))
        self.patches.build(self.map_shape)
        patches_shape = self.patches.compute_output_shape(self.map_shape)
        self.patch_encoder.build(patches_shape)
        self.encoder.build((None, num_patches + int(self.pooling == "token"), self.hidden_dim))
        if self.head is not None:
            self.head.build((None, self.hidden_dim))
        self.built = True

    def call(self, images, return_attention_scores=False, training=None):
        if tuple(images.shape[1:]) != self.image_shape:
            raise ValueError(
                f"This model takes images of shape (B, {', '.join(map(str, self.image_shape))}): "
                f"got shape {tuple(images.shape)}."
            )
        x = self.patches(self.feature_map(images))  # (B, N, P*P*C), of the normalised image
        z = self.patch_encoder(x, training=training)  # (1)  (B, T, D)
        # The answer is read from the class token: the last block computes no other, unless asked to show A.
        only_class_token = self.pooling == "token" and not return_attention_scores
        z, scores = self.encoder(  # (2) (3)
            z, num_queries=1 if only_class_token else None, return_attention_scores=True, training=training
        )
        y = z[:, 0] if self.pooling == "token" else ops.mean(z, axis=1)  # (4)  y = LN(z_L^0)
        outputs = y if self.head is None else self.head(y)
        return (outputs, scores) if return_attention_scores else outputs

    def feature_map(self, images):
        """What is cut into patches: the normalised image, or in a hybrid what the stem makes of it, (B, h, w, K)."""
        x = self.normalize(images)
        return x if self.stem is None else self.stem(x)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        changes = config.pop("changed_parts", {})
        model = super().from_config(config, custom_objects)
        change_parts(model, changes)
        return model

    def get_config(self):
        # Beside the arguments, as with Keras's own `trainable`: what was frozen, quantized or given LoRA afterwards.
        changes = changed_parts(self) if keras.__version__ >= "3" else {}
        return {
            **super().get_config(),
            **({"changed_parts": changes} if changes else {}),
            "image_shape": self.image_shape,
            "patch_size": self.patch_size,
            "num_layers": self.num_layers,
            "hidden_dim": self.hidden_dim,
            "num_heads": self.num_heads,
            "mlp_dim": self.mlp_dim,
            "num_classes": self.num_classes,
            "pooling": self.pooling,
            "position_embedding": self.position_embedding,
            "dropout_rate": self.dropout_rate,
            "attention_dropout_rate": self.attention_dropout_rate,
            "approximate_gelu": self.approximate_gelu,
            "mean": self.mean,
            "deviation": self.deviation,
            "stem": None if self.stem is None else keras.saving.serialize_keras_object(self.stem),
            "layer_norm_epsilon": self.layer_norm_epsilon,
            "representation_dim": self.representation_dim,
            "stochastic_depth": self.stochastic_depth,
        }


def positive_int(name, value, more=""):
    """`value` as a Python int.

    Raises:
        ValueError: it is none, or not positive. `True` is no number here.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"`{name}` must be a positive int{more}: got {name}={value!r}.")
    return number

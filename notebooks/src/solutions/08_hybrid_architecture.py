# %% [markdown] lang="en"
# # Solutions: the hybrid architecture
#
# Solutions to the exercises of [`08_hybrid_architecture`](../08_hybrid_architecture.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 하이브리드 구조
#
# [`08_hybrid_architecture`](../08_hybrid_architecture.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

# %%
import zipfile as z
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = None  # the course's address, for a notebook that was opened alone: "https://..."
cwd, drive, start = Path.cwd(), Path("/content/drive/MyDrive"), "vit_keras/start.py"
near = [cwd, *cwd.parents, *cwd.glob("*"), *cwd.glob("*/*"), *drive.glob("*"), *drive.glob("*/*")]
near += [Path(p).parent for p in getattr(find_spec("vit_keras"), "submodule_search_locations", [])]
near += [d for p in map(z.Path, filter(z.is_zipfile, cwd.glob("*.zip"))) for d in (p, *p.iterdir())]
found = [folder / start for folder in near if (folder / start).is_file()]
if not found and (not REPOSITORY or get_ipython().system("git clone --depth 1 $REPOSITORY course")):
    raise ModuleNotFoundError(f"No course in or near {cwd} or {drive}. Upload its zip, run again.")
exec((found or [cwd / "course" / start])[0].read_text(encoding="utf-8"), dict(globals()))

# %%
import logging

import keras
import numpy as np
from keras import layers, ops

from vit_keras import VisionTransformer, check, create_hybrid_vit, draw_shapes, pick
from vit_keras.inside import receptive_field, sensitivity
from vit_keras.lessons import gains

logging.getLogger("tensorflow").setLevel("ERROR")  # many small models are traced here

# %% [markdown] lang="en"
# ## 1. A hybrid without positions
#
# C. The stem has put the neighborhood *into* each token. How the tokens lie to each other is another matter: attention compares all with all and has no order of its own (lesson 2), so only $\mathbf{E}_{pos}$ could say it. D is wrong, since no weight of attention depends on the number of tokens. A holds a little at the border: there the zeros of the padding lie in the window, and a token can learn that it stands at the edge.

# %% [markdown] lang="ko"
# ## 1. 위치 임베딩이 없는 하이브리드
#
# 답은 C예요. 주변의 모습은 스템이 토큰 *안에* 넣어 뒀어요. 토큰끼리 어떻게 놓여 있는지는 다른 문제예요. 어텐션(attention)은 모두를 모두와 비교하고 순서를 몰라요(수업 2). 그것을 알려 줄 수 있는 것은 $\mathbf{E}_{pos}$뿐이에요. 어텐션의 어떤 가중치도 토큰 수에 따라 달라지지 않으니 D는 틀려요. A는 가장자리에서만 조금 맞아요. 거기서는 둘레에 두른 0이 창에 들어오니까 자기가 가장자리에 있다는 것을 배울 수는 있어요.

# %%
answer = "C"

check("8.1", answer)

# %% [markdown] lang="en"
# It can be shown without training: shuffle the places of the map, and $\mathbf{y}$ does not change.

# %% [markdown] lang="ko"
# 학습하지 않고도 확인할 수 있어요. 특징 맵(feature map)의 자리를 섞어도 $\mathbf{y}$가 바뀌지 않아요.

# %%
keras.utils.set_random_seed(0)
hybrid = create_hybrid_vit((32, 32, 3), 1, 2, 64, 4, 128, None, stem="resnet",
                           stem_widths=(16, 32, 64), position_embedding=None)
f_p = hybrid.patches(hybrid.feature_map(draw_shapes(2).images))  # (2, 64, 64)
shuffled = ops.take(f_p, np.random.default_rng(0).permutation(64), axis=1)
y, y_shuffled = (hybrid.encoder(hybrid.patch_encoder(patches))[:, 0] for patches in (f_p, shuffled))
print("the same y:", bool(ops.all(ops.isclose(y, y_shuffled, atol=1e-4))))

# %% [markdown] lang="en"
# ## 2. Three convolutions, then patches of 2x2 places
#
# The map has $\lceil 64 / 8 \rceil \cdot \lceil 96 / 8 \rceil = 8 \cdot 12$ places, so $8 \cdot 12 / 2^2$ patches, each of $2 \cdot 2 \cdot 96$ numbers. For the square, cutting a patch counts as one more step with $k = 2$: the convolutions give $r = 15$ and $j = 8$, and $r + (2 - 1) \, j = 23$.

# %% [markdown] lang="ko"
# ## 2. 합성곱 세 개, 그다음 2x2 자리 패치
#
# 특징 맵의 자리는 $\lceil 64 / 8 \rceil \cdot \lceil 96 / 8 \rceil = 8 \cdot 12$곳이에요. 패치는 $8 \cdot 12 / 2^2$개이고 하나에 숫자가 $2 \cdot 2 \cdot 96$개예요. 정사각형을 셀 때는 패치를 자르는 것도 $k = 2$인 단계 하나로 쳐요. 합성곱 세 개를 지나면 $r = 15$, $j = 8$이고, $r + (2 - 1) \, j = 23$이에요.

# %%
r = j = 1
for kernel, stride in [(3, 2), (3, 2), (3, 2), (2, 2)]:
    r, j = r + (kernel - 1) * j, j * stride
num_patches = (64 // 8) * (96 // 8) // 2**2
numbers_a_patch = 2 * 2 * 96
pixels_a_patch_sees = r

check("8.2a", num_patches)
check("8.2b", numbers_a_patch)
check("8.2c", pixels_a_patch_sees)

# %% [markdown] lang="en"
# ## 3. A stem that pools
#
# Pooling takes the largest of nine places at every second place; it learns nothing. So the convolution looks at all pixels of its input before anything is dropped, and pays four times as much for it.

# %% [markdown] lang="ko"
# ## 3. 풀링하는 스템
#
# 풀링은 한 칸 건너 한 자리마다 아홉 자리 가운데 가장 큰 값을 골라요. 배우는 것은 없어요. 그래서 합성곱은 무엇을 버리기 전에 입력의 모든 자리를 보고, 그 대신 계산을 네 배로 해요.

# %%
def pooled_stem(image_shape, widths):
    """`keras.Model` from (B, H, W, C) to (B, h, w, widths[-1])."""
    x = images = keras.Input(image_shape)
    for width in widths:
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    return keras.Model(images, x, name="stem")


check("8.3", pooled_stem)

# %% [markdown] lang="en"
# In front of the encoder, and what one of its places depends on. By the rule: 3, 5 (and now 2 pixels a step), 9, 13. Pooling passes on only the largest of nine places, though, so for one picture many of these pixels make no difference. Measured over many pictures, the box fills up.

# %% [markdown] lang="ko"
# 인코더 앞에 놓고, 자리 하나가 무엇에 따라 달라지는지도 봐요. 규칙대로 세면 3, 5(이제 한 칸이 2픽셀), 9, 13이에요. 다만 풀링은 아홉 자리 가운데 가장 큰 값만 넘겨줘요. 그래서 그림 한 장에서는 차이를 만들지 않는 픽셀이 많아요. 여러 그림으로 재면 상자가 가득 차요.

# %%
keras.utils.set_random_seed(0)
stem = pooled_stem((32, 32, 3), (16, 32))
vit = VisionTransformer((32, 32, 3), 1, 2, 64, 4, 128, num_classes=10, stem=stem)
print("map", stem.output_shape[1:], "| logits", tuple(vit(draw_shapes(2).images).shape))
pictures = draw_shapes(4, seed=1).images.astype("float32")
found = sum(sensitivity(lambda images: stem(images / 127.5 - 1)[:, 4, 4], picture)
            for picture in pictures)
print("height and width of the box:", receptive_field(found)[2:])

# %% [markdown] lang="en"
# ## 4. With and without a ReLU
#
# `activation="linear"` is Keras's word for none.

# %% [markdown] lang="ko"
# ## 4. ReLU가 있을 때와 없을 때
#
# `activation="linear"`는 활성화 함수가 없다는 Keras의 표현이에요.

# %%
number = pick(smoke=32, laptop=2000, gpu=2000)
shapes = draw_shapes(number, seed=0)
new_shapes = draw_shapes(number, seed=1)


def accuracy(activation, seed):
    """Train a hybrid whose stem has this activation; returns its accuracy on `new_shapes`."""
    keras.utils.set_random_seed(seed)
    stem = keras.Sequential([
        keras.Input((32, 32, 3)),
        layers.Conv2D(16, 3, strides=2, padding="same", activation=activation),
        layers.Conv2D(32, 3, strides=2, padding="same", activation=activation),
    ])
    model = VisionTransformer((32, 32, 3), 1, num_layers=1, hidden_dim=32, num_heads=2, mlp_dim=64,
                              num_classes=10, stem=stem)
    model.compile(keras.optimizers.AdamW(0.002),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"],
                  run_eagerly=pick(smoke=True, laptop=False, gpu=False))  # few steps in a test
    model.fit(shapes.images, shapes.labels, epochs=pick(smoke=1, laptop=10, gpu=10), verbose=0)
    return model.evaluate(new_shapes.images, new_shapes.labels, verbose=0)[1]

# %% tags=["nbval-ignore-output"]
accuracies = {name: [accuracy(name, seed) for seed in range(3)] for name in ("linear", "relu")}
difference = gains(accuracies)[1]
print({name: np.round(values, 3).tolist() for name, values in accuracies.items()})
print(f"difference {difference.points} points, standard error {100 * difference.error:.1f}")

# %%
conclusion = abs(difference.gain) > 2 * difference.error

check("8.4", conclusion, accuracies=accuracies)

# %% [markdown] lang="en"
# In our run this decides nothing: in ten passes both have only begun to learn, and the difference is smaller than its standard error. The linear stem is *one* patch embedding with patches of 7x7 pixels that overlap (section 4); everything else is the same, the number of weights included. So if the other one gains when you train longer, it gains by the ReLU.

# %% [markdown] lang="ko"
# 우리 실행으로는 아무것도 정해지지 않아요. 열 번 훑는 동안 둘 다 이제 막 배우기 시작했고, 차이가 표준 오차보다 작아요. 선형 스템은 7x7 픽셀 패치가 서로 겹치는 패치 임베딩(patch embedding) *하나*예요(4절). 가중치의 수까지 나머지는 모두 같아요. 그러니 더 오래 학습했을 때 다른 쪽이 나아진다면 ReLU 덕분이에요.

# %% [markdown] lang="en"
# # Solutions: inductive bias
#
# Solutions to the exercises of [`07_inductive_bias`](../07_inductive_bias.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 귀납 편향
#
# [`07_inductive_bias`](../07_inductive_bias.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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

from vit_keras import check, create_cnn_classifier, draw_shapes, pick
from vit_keras.inside import equivariance_error
from vit_keras.lessons import CONTENDERS, create_contender, gains

logging.getLogger("tensorflow").setLevel("ERROR")  # many small models are traced here

# %% [markdown] lang="en"
# ## 1. A move by two patches
#
# D. The patches are the same as before in another order. Without positions the tokens are, too, and the class token, which takes from all of them, does not mind the order. With learned positions every patch meets another row of $\mathbf{E}_{pos}$. The convolutions before `Flatten` answer as before, two places further on (away from the border, where they feel the padding), but the head has other weights there. The MLP has a weight of its own for every pixel to begin with.
#
# The CNN with an average over the places comes close: only the padding at the border keeps it from being exact. We measure all of them. The head of an untrained ViT is zero, so we give each head weights first.

# %% [markdown] lang="ko"
# ## 1. 패치 두 개만큼 옮기기
#
# 답은 D예요. 패치는 순서만 바뀌고 그대로예요. 위치 임베딩이 없으면 토큰도 순서만 바뀌어요. 클래스 토큰은 모든 토큰에서 정보를 가져오므로 순서를 따지지 않아요. 위치 임베딩이 있으면 패치마다 $\mathbf{E}_{pos}$의 다른 행을 만나요. `Flatten` 앞의 합성곱은 (패딩의 영향을 받는 가장자리만 빼면) 두 자리 옆에서 전과 같은 답을 내지만, 분류층의 가중치가 그 자리에서는 달라요. MLP는 처음부터 픽셀마다 가중치가 따로 있어요.
#
# 모든 자리의 평균으로 끝나는 CNN도 거의 같아요. 정확히 같지 않은 것은 가장자리의 패딩 때문이에요. 모두 재 봐요. 학습하지 않은 ViT는 분류층이 0이므로 먼저 분류층에 가중치를 줘요.

# %%
answer = "D"

check("7.1", answer)

# %%
images = draw_shapes(4, seed=0).images
for name in ("cnn", "cnn_flatten", "mlp", "vit", "vit_no_positions"):
    keras.utils.set_random_seed(0)
    model = create_contender(name, 5)
    head = next(layer for layer in model.layers if layer.name == "head")
    head.kernel.assign(np.random.default_rng(0).standard_normal(head.kernel.shape))
    before, after = (ops.convert_to_numpy(model(np.roll(images, by, axis=2))) for by in (0, 8))
    print(f"{CONTENDERS[name]:18} the same logits: {np.allclose(before, after, atol=1e-4)}")

# %% [markdown] lang="en"
# ## 2. Three stages
#
# Every stage has two convolutions: the first adds two steps of the stride so far, the second two steps of twice that. And each stage doubles the smallest move that is followed: three strides of 2 are a step of 8 pixels.

# %% [markdown] lang="ko"
# ## 2. 세 단계
#
# 단계마다 합성곱이 두 개예요. 첫째는 지금까지의 걸음으로 두 걸음, 둘째는 그 두 배의 걸음으로 두 걸음 넓혀요. 그리고 정확히 따라가는 가장 작은 이동은 단계마다 두 배가 돼요. 스트라이드 2를 세 번 지나면 한 걸음이 8픽셀이에요.

# %%
field_width, smallest_move = 1, 1
for stride in [1] + 3 * [2, 1]:  # the first convolution, then two a stage
    field_width += 2 * smallest_move
    smallest_move *= stride

check("7.2a", field_width)
check("7.2b", smallest_move)

# %% [markdown] lang="en"
# Measured as in section 2, on pictures large enough that the border is far away:

# %% [markdown] lang="ko"
# 2절처럼 재서 확인해요. 가장자리의 영향이 없도록 큰 그림을 써요.

# %%
keras.utils.set_random_seed(0)
cnn = create_cnn_classifier((128, 128, 3), 10, widths=(4, 8, 8, 8))
pooling = next(layer for layer in cnn.layers if isinstance(layer, layers.GlobalAveragePooling2D))
maps = keras.Model(cnn.input, pooling.input)  # (B, 16, 16, 8)
large = draw_shapes(2, image_size=128, seed=0).images
for move in (2, 4, 8):
    error = equivariance_error(maps, large, (0, move), stride=8, margin=5)
    print(f"moved by {move}: follows {error < 1e-3}")

# %% [markdown] lang="en"
# ## 3. A test of equivariance
#
# Both sides of $f(S \mathbf{x}) = S f(\mathbf{x})$, compared within rounding. One signal and one move prove nothing in general, but one that fails is enough to refute it.

# %% [markdown] lang="ko"
# ## 3. 등변성 확인하기
#
# $f(S \mathbf{x}) = S f(\mathbf{x})$의 양쪽을 계산해서 반올림 오차 안에서 비교해요. 신호 하나와 이동 하나로 등변성이 증명되는 것은 아니에요. 하지만 하나라도 다르면 등변이 아니라는 것은 확실해요.

# %%
def is_equivariant(function, x, steps):
    """Whether function(x moved by so many steps) is function(x) moved by as many."""
    return np.allclose(function(np.roll(x, steps)), np.roll(function(x), steps))


check("7.3", is_equivariant)

# %% [markdown] lang="en"
# ## 4. Moved in training
#
# Only the training pictures are moved: the layer in front is active in `fit`, not in `evaluate`.

# %% [markdown] lang="ko"
# ## 4. 학습할 때 옮기기
#
# 학습 그림만 옮겨요. 앞에 놓은 층은 `fit`에서만 작동하고 `evaluate`에서는 작동하지 않아요.

# %%
FIVE = ("circle", "square", "triangle", "cross", "heart")
number = pick(smoke=32, laptop=1000, gpu=1000)
easy = {"shapes": FIVE, "color": "white", "size": 0.23, "clutter": 0}
centered_shapes = draw_shapes(number, position="center", seed=0, **easy)
shapes_anywhere = draw_shapes(number, position="anywhere", seed=1, **easy)


def accuracy(translated, seed):
    """Train a ViT on `centered_shapes`; returns its accuracy on `shapes_anywhere`."""
    keras.utils.set_random_seed(seed)
    model = create_contender("vit", 5, pick(smoke="tiny", laptop="full", gpu="full"))
    if translated:
        model = keras.Sequential([layers.RandomTranslation(0.25, 0.25, fill_mode="nearest"), model])
    model.compile(keras.optimizers.AdamW(0.001),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"],
                  run_eagerly=pick(smoke=True, laptop=False, gpu=False))  # few steps in a test
    model.fit(centered_shapes.images, centered_shapes.labels,
              epochs=pick(smoke=1, laptop=15, gpu=15), verbose=0)
    return model.evaluate(shapes_anywhere.images, shapes_anywhere.labels, verbose=0)[1]

# %% tags=["nbval-ignore-output"]
accuracies = {"as they are": [accuracy(False, seed) for seed in range(3)],
              "translated": [accuracy(True, seed) for seed in range(3)]}
difference = gains(accuracies)[1]
print({name: np.round(values, 3).tolist() for name, values in accuracies.items()})
print(f"difference {difference.points} points, standard error {100 * difference.error:.1f}")

# %%
conclusion = abs(difference.gain) > 2 * difference.error

check("7.4", conclusion, accuracies=accuracies)

# %% [markdown] lang="en"
# What is not built into a model can be put into its data: augmentation is inductive bias by example. It has to be learned, though, and takes its share of the training time; in very few epochs it may show nothing.

# %% [markdown] lang="ko"
# 모델의 구조에 없는 것을 데이터에 넣을 수 있어요. 데이터 증강(data augmentation)은 예로 보여 주는 귀납 편향이에요. 다만 배워야 하니 학습 시간이 그만큼 들고, 에폭(epoch)이 아주 적으면 효과가 보이지 않을 수 있어요.

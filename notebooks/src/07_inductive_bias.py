# %% [markdown] lang="en"
# # Inductive bias, as an experiment
#
# With pictures whose every detail you control you see what a convolution takes for granted and a Vision Transformer (ViT) does not, and when that helps.
#
# | | |
# |---|---|
# | Lecture | *Motivations*: locality, parameter sharing (translation equivariance); *Python coding*: little data |
# | Read first | lessons 1 and 2; lesson 5 for the recipe |
# | Time | read and try: 45 min; machine: 3 min, can be skipped |
#
# **You do not have to run the long cell.** The experiments were recorded beforehand, with three seeds each.

# %% [markdown] lang="ko"
# # 실험으로 보는 귀납 편향
#
# 모든 것을 마음대로 정할 수 있는 그림으로 실험해요. 합성곱(convolution)은 당연하게 여기지만 비전 트랜스포머(Vision Transformer, ViT)는 그렇지 않은 것이 무엇인지, 그것이 언제 도움이 되고 언제 도움이 되지 않는지 눈으로 확인해요.
#
# | | |
# |---|---|
# | 강의 | *Motivations*의 locality, parameter sharing (translation equivariance). *Python coding*의 적은 학습 데이터 |
# | 먼저 읽을 것 | 수업 1과 2. 레시피(recipe)는 수업 5 |
# | 시간 | 읽고 따라 하기 45분, 컴퓨터 계산 3분(건너뛰어도 돼요) |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 시드(seed) 세 개씩으로 실험한 결과를 미리 기록해 두었어요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say what equivariance, invariance and locality are, check them by hand, and measure them on any layer;
# 2. design an experiment that shows a model's bias, and see when an experiment shows none;
# 3. test the lecture's sentence on little data, and say what the test leaves open.
#
# Sections marked *(further)* go beyond the lecture.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 등변성(equivariance), 불변성(invariance), 지역성(locality)이 무엇인지 말하고, 직접 계산해서 확인하고, 어떤 층에서든 잴 수 있어요.
# 2. 모델의 편향이 드러나는 실험을 설계하고, 실험이 아무것도 보여 주지 못하는 경우를 알아봐요.
# 3. 데이터가 적을 때에 대한 강의의 문장을 시험하고, 그 시험으로 알 수 없는 것을 말해요.
#
# *(심화)* 표시가 있는 절은 강의 밖의 내용이에요.

# %% [markdown] lang="en"
# ## 0. Setup
#
# The first cell finds the course. If it cannot, it says what to do.

# %% [markdown] lang="ko"
# ## 0. 준비
#
# 첫 셀은 강좌를 찾아요. 찾지 못하면 어떻게 해야 하는지 알려 줘요.

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

# %% tags=["nbval-ignore-output"]
# %matplotlib inline
import sys

import keras
import numpy as np
from keras import layers, ops

import vit_keras
from vit_keras import (
    Dataset,
    Patches,
    Recipe,
    Split,
    VisionTransformer,
    check,
    draw_shapes,
    pick,
    train,
)
from vit_keras.data import SHUFFLES, shuffle_pixels, shuffled_order
from vit_keras.figures import (
    few_colors,
    plot_bands,
    plot_dots,
    plot_fields,
    plot_following,
    plot_gallery,
)
from vit_keras.inside import (
    attention_maps,
    equivariance_error,
    mean_attention_distance,
    receptive_field,
    sensitivity,
)
from vit_keras.lessons import CONTENDERS, create_contender, show

print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for your profile.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.

# %% [markdown] lang="en"
# ## 1. What a model takes for granted
#
# Here is all the training data there is: three signals of six numbers. A signal that holds a 1 should give 1, the empty one 0. Two models: the first has a weight for every place, the second uses the same weight at all places, which the lecture calls *parameter sharing*:
#
# $$f_1(\mathbf{x}) = \sum_i w_i x_i \qquad\qquad f_2(\mathbf{x}) = w \sum_i x_i$$
#
# We train both by gradient descent, from zero, on the squared error. With the error $e = f(\mathbf{x}) - y$ of a signal, the gradients are $\partial e^2 / \partial w_i = 2 e \, x_i$ and $\partial e^2 / \partial w = 2 e \sum_i x_i$. **Predict** the six weights of the first model after training.

# %% [markdown] lang="ko"
# ## 1. 모델이 당연하게 여기는 것
#
# 학습 데이터는 숫자 여섯 개짜리 신호 세 개가 전부예요. 1이 들어 있으면 1, 비어 있으면 0이 정답이에요. 모델은 둘이에요. 첫째 모델은 자리마다 가중치가 따로 있어요. 둘째 모델은 모든 자리에서 같은 가중치를 써요. 강의에서 *parameter sharing*(파라미터 공유)이라고 한 것이에요.
#
# $$f_1(\mathbf{x}) = \sum_i w_i x_i \qquad\qquad f_2(\mathbf{x}) = w \sum_i x_i$$
#
# 둘 다 0에서 출발해 제곱 오차를 경사 하강법으로 줄여요. 신호 하나의 오차를 $e = f(\mathbf{x}) - y$라고 하면 그래디언트(gradient)는 $\partial e^2 / \partial w_i = 2 e \, x_i$와 $\partial e^2 / \partial w = 2 e \sum_i x_i$예요. 학습이 끝나면 첫째 모델의 가중치 여섯 개가 얼마일지 **예측해 보세요.**

# %%
guess = ...  # six weights

signals = np.array([[1, 0, 0, 0, 0, 0],
                    [0, 1, 0, 0, 0, 0],
                    [0, 0, 0, 0, 0, 0]])
answers, totals = np.array([1, 1, 0]), signals.sum(axis=1)
w_each, w_shared = np.zeros(6), 0.0
for _ in range(100):
    w_each -= 0.2 * 2 * (signals @ w_each - answers) @ signals
    w_shared -= 0.2 * 2 * (w_shared * totals - answers) @ totals
print("a weight for every place:", np.round(w_each, 2), "| one for all:", round(float(w_shared), 2))
print("on the training signals: ", np.round(signals @ w_each, 2), "and",
      np.round(totals * w_shared, 2))
elsewhere = np.array([0, 0, 0, 0, 1, 0])
print("on a 1 at place 4:       ", np.round(elsewhere @ w_each, 2), "and",
      np.round(elsewhere.sum() * w_shared, 2))

# %% [markdown] lang="en"
# Both are right on every training signal. On a new place they contradict each other, and no training signal says who is right. A weight $w_i$ whose $x_i$ was always 0 gets the gradient 0: it stays where it started, however long we train. What decides is what the model takes for granted before it sees data: its *inductive bias*. The second model assumes that the place does not matter. Is that an advantage? Now the place *is* the answer: a 1 on the left should give 1, a 1 on the right 0.

# %% [markdown] lang="ko"
# 학습 신호에서는 둘 다 맞아요. 새로운 자리에서는 답이 서로 달라요. 누가 옳은지 알려 주는 학습 신호는 하나도 없어요. $x_i$가 늘 0이던 가중치 $w_i$는 그래디언트가 0이라서 아무리 오래 학습해도 처음 그대로예요. 답을 정하는 것은 데이터를 보기 전에 모델이 당연하게 여기는 것, 곧 *귀납 편향*(inductive bias)이에요. 둘째 모델은 자리가 중요하지 않다고 가정해요. 이것은 늘 장점일까요? 이번에는 자리가 바로 정답이에요. 왼쪽에 1이 있으면 1, 오른쪽에 있으면 0이라고 답해야 해요.

# %%
left_or_right, sides = np.array([[0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0]]), np.array([1, 0])
each = np.linalg.lstsq(left_or_right, sides, rcond=None)[0]  # the best possible weights
shared = np.linalg.lstsq(left_or_right.sum(axis=1, keepdims=True), sides, rcond=None)[0]
print("a weight for every place:", np.round(left_or_right @ each, 2) + 0)
print("one for all:             ", np.round(left_or_right.sum(axis=1) * shared, 2))

# %% [markdown] lang="en"
# The shared weight cannot tell the two apart, whatever its value. An assumption helps where it holds and limits where it does not. The lecture says both: the CNN has these properties built in, "but they can also be a limitation".
#
# ## 2. Equivariance, by hand
#
# Write $S$ for a shift by one place to the right; what leaves on one side comes in on the other. A function is *equivariant* to the shift if it does not matter whether we shift before or after it, and *invariant* if the shift does not matter at all:
#
# $$f(S \mathbf{x}) = S f(\mathbf{x}) \quad \text{(equivariant)} \qquad\qquad g(S \mathbf{x}) = g(\mathbf{x}) \quad \text{(invariant)}$$
#
# A convolution with a kernel of two weights is $f(\mathbf{x})_i = w_0 x_i + w_1 x_{i+1}$. Put in $(S\mathbf{x})_i = x_{i-1}$:
#
# $$f(S \mathbf{x})_i = w_0 x_{i-1} + w_1 x_i = f(\mathbf{x})_{i-1} = (S f(\mathbf{x}))_i$$
#
# So it is equivariant. The proof needs that $w_0$ and $w_1$ do not depend on $i$: the same weights everywhere.

# %% [markdown] lang="ko"
# 가중치를 공유하는 모델은 값을 어떻게 바꿔도 둘을 구별할 수 없어요. 가정은 맞는 곳에서 도움이 되고 틀린 곳에서는 한계가 돼요. 강의에서는 CNN의 이런 특성을 두고 "하지만, 이런 것이 한계로 작용할 수 있다"고 했어요.
#
# ## 2. 등변성을 직접 계산하기
#
# 오른쪽으로 한 자리 옮기는 것을 $S$라고 써요. 한쪽으로 나간 것은 반대쪽으로 들어와요. 옮긴 다음 함수에 넣든, 함수에 넣은 다음 옮기든 결과가 같으면 *등변*(equivariant)이라고 해요. 옮겨도 결과가 그대로면 *불변*(invariant)이라고 해요.
#
# $$f(S \mathbf{x}) = S f(\mathbf{x}) \quad \text{(equivariant)} \qquad\qquad g(S \mathbf{x}) = g(\mathbf{x}) \quad \text{(invariant)}$$
#
# 가중치가 둘인 커널(kernel)로 하는 합성곱은 $f(\mathbf{x})_i = w_0 x_i + w_1 x_{i+1}$이에요. 여기에 $(S\mathbf{x})_i = x_{i-1}$을 넣어 봐요.
#
# $$f(S \mathbf{x})_i = w_0 x_{i-1} + w_1 x_i = f(\mathbf{x})_{i-1} = (S f(\mathbf{x}))_i$$
#
# 등변이에요. 이 증명에는 $w_0$과 $w_1$이 $i$에 따라 달라지지 않는다는 것, 곧 모든 자리에서 가중치가 같다는 것이 필요해요.

# %%
def convolve(x, kernel=(-1, 1)):
    """A convolution on a ring: (-1, 1) is how much larger the next number is."""
    return kernel[0] * x + kernel[1] * np.roll(x, -1)


x = np.array([0, 0, 2, 5, 1, 0])
print("x      ", x, " f(x)   ", convolve(x))
print("S x    ", np.roll(x, 1), " f(S x) ", convolve(np.roll(x, 1)))
print("                        S f(x) ", np.roll(convolve(x), 1))

# %% [markdown] lang="en"
# The same numbers, one place further on. A layer with a weight for every pair of places has no such rule. A convolution that keeps every second place only, a *stride* of 2, has it for multiples of 2. **Predict** which of the first three lines say True.

# %% [markdown] lang="ko"
# 같은 숫자가 한 자리 옆에 나왔어요. 자리의 쌍마다 가중치가 따로 있는 층에서는 그렇지 않아요. 한 자리씩 걸러서 남기는 합성곱, 곧 *스트라이드*(stride)가 2인 합성곱도 2의 배수만큼 옮길 때만 그래요. 처음 세 줄 가운데 어느 것이 True일지 **예측해 보세요.**

# %%
guess = ...  # three times True or False

weights = np.random.default_rng(0).integers(-3, 4, (6, 6))  # one for every pair of places


def every_second(x):
    return convolve(x)[::2]


print("dense, moved by 1:   ", np.array_equal(weights @ np.roll(x, 1), np.roll(weights @ x, 1)))
print("stride 2, moved by 1:",
      np.array_equal(every_second(np.roll(x, 1)), np.roll(every_second(x), 1)))
print("stride 2, moved by 2:",
      np.array_equal(every_second(np.roll(x, 2)), np.roll(every_second(x), 1)))
print("all outputs of the stride, moved by 0 and 1:", every_second(x), every_second(np.roll(x, 1)))

# %% [markdown] lang="en"
# Moved by 1, the stride sees *other numbers*: those that it left out before. A ViT does this on a larger scale. Cutting into patches and multiplying by $\mathbf{E}$ is a convolution with stride $P$ (lesson 1), so it follows moves by whole patches and no others.
#
# ### From equivariant to invariant
#
# A classifier should say "moon" wherever the moon is. That is invariance, and a convolution alone does not give it. The mean over all places does, since it does not depend on the order of what it adds up:
#
# $$g(\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_i^2 \quad \Rightarrow \quad g(S\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_{i-1}^2 = g(\mathbf{x})$$
#
# If every place of $f(\mathbf{x})$ is given its own weight instead, as a dense layer after `Flatten` does, the place matters again:

# %% [markdown] lang="ko"
# 1만큼 옮기면 스트라이드는 *다른 숫자*를 봐요. 아까 건너뛴 숫자들이에요. ViT는 같은 일을 더 크게 해요. 패치로 잘라 $\mathbf{E}$를 곱하는 것은 스트라이드가 $P$인 합성곱이에요(수업 1). 그래서 패치 크기의 배수만큼 옮길 때만 따라가요.
#
# ### 등변에서 불변으로
#
# 분류기는 달이 어디에 있든 '달'이라고 답해야 해요. 이것이 불변성이고, 합성곱만으로는 얻을 수 없어요. 모든 자리의 평균을 내면 얻을 수 있어요. 더하는 순서는 상관없으니까요.
#
# $$g(\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_i^2 \quad \Rightarrow \quad g(S\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_{i-1}^2 = g(\mathbf{x})$$
#
# 반대로 `Flatten` 뒤의 완전 연결 층처럼 $f(\mathbf{x})$의 자리마다 가중치를 따로 주면 자리가 다시 중요해져요.

# %%
place_weights = np.array([3, -1, 2, 0, 1, -2])
for name, moved in {"x  ": x, "S x": np.roll(x, 1)}.items():
    f = convolve(moved)
    print(name, "mean of squares", round(float(np.mean(f**2)), 3), "| a weight for each place",
          place_weights @ f)

# %% [markdown] lang="en"
# So what makes a CNN insensitive to place is not the convolutions alone, but what follows them (section 3).
#
# ### Measured on layers
#
# For real layers `equivariance_error` measures how far $f(S\mathbf{x})$ is from $S f(\mathbf{x})$, as a share of how much $f(\mathbf{x})$ varies: 0 is equivariant, about 1.4 no more alike than two places chosen at random. We ask six layers, none of them trained; patches are 4 pixels wide. Places near the border, where a convolution feels its padding, are left out.

# %% [markdown] lang="ko"
# CNN이 자리에 둔감한 것은 합성곱 덕분만이 아니라 그 뒤에 오는 것 덕분이에요(3절).
#
# ### 층에서 재기
#
# 실제 층에서는 `equivariance_error`로 $f(S\mathbf{x})$와 $S f(\mathbf{x})$의 거리를 재요. $f(\mathbf{x})$가 변하는 정도에 대한 비율이라서, 0이면 등변이고 1.4쯤이면 아무렇게나 고른 두 자리만큼 달라요. 학습하지 않은 층 여섯 개로 재요. 패치의 너비는 4픽셀이에요. 합성곱이 패딩의 영향을 받는 가장자리는 빼고 재요.

# %%
keras.utils.set_random_seed(0)
encoder = {"num_layers": 1, "hidden_dim": 16, "num_heads": 2, "mlp_dim": 32, "num_classes": None}
plain = VisionTransformer((64, 64, 3), 4, position_embedding=None, **encoder)
placed = VisionTransformer((64, 64, 3), 4, position_embedding="sincos", **encoder)


def as_grid(tokens):
    return ops.reshape(tokens, (-1, 16, 16, 16))  # (B, 256, D) -> (B, 16, 16, D)


def patches_times_E(images):
    return as_grid(plain.patch_encoder.projection(Patches(4)(images)))


def without_positions(images):
    x = plain.patches(plain.normalize(images))
    return as_grid(plain.encoder(plain.patch_encoder(x))[:, 1:])


def with_positions(images):
    x = placed.patches(placed.normalize(images))
    return as_grid(placed.encoder(placed.patch_encoder(x))[:, 1:])

# %% alt="A table of errors: a row for each of six layers, a column for moves by 1, 2, 4 and 8 pixels. The convolution is at 0 everywhere, patches at 4 and 8, the block with positions nowhere." alt_ko="오차를 나타낸 표. 여섯 개 층이 행이고, 1, 2, 4, 8픽셀 이동이 열이에요. 합성곱은 모두 0, 패치는 4와 8에서 0이고, 위치 임베딩이 있는 블록은 0이 없어요."
pictures = draw_shapes(4, image_size=64, seed=0).images.astype("float32")
# name: (function, pixels from one place of the map to the next, places left out at the border)
following = {
    "convolution 3x3": (layers.Conv2D(8, 3, padding="same"), 1, 10),
    "convolution 3x3, stride 2": (layers.Conv2D(8, 3, 2, padding="same"), 2, 6),
    "max pooling 2x2": (layers.MaxPooling2D(2), 2, 0),
    "patches times E": (patches_times_E, 4, 0),
    "ViT block, no positions": (without_positions, 4, 0),
    "ViT block, positions": (with_positions, 4, 0),
}
shifts = [1, 2, 4, 8]
errors = {name: [equivariance_error(function, pictures, (0, shift), stride, margin)
                 for shift in shifts]
          for name, (function, stride, margin) in following.items()}
plot_following(errors, shifts, "A convolution follows every move, patches only whole ones")

# %% [markdown] lang="en"
# Dark is 0: the layer follows. The convolution follows every move, layers with a stride of 2 every second, patches only whole ones. Attention without positions adds no error of its own. With positions no move is followed: a token is no longer the same once it stands elsewhere.
#
# The lecture: "The Transformer has less of such inductive bias, or lacks it." Less, not none: $\mathbf{E}$ shares its weights over all patches, and so do queries, keys, values and the MLP. Equivariance is lost at two places: in the grid of patches, and in $\mathbf{E}_{pos}$.
#
# ## 3. A shape moved to where it never was
#
# The lecture names "parameter sharing (translation equivariance)" as a property of the CNN. What is it worth? In drawn pictures a thing can be moved with everything else kept. We train on shapes in the *center*, and test on shapes in the center, anywhere, and in a corner. "In the center" means give or take two pixels, so that every alignment to a patch of 4 pixels occurs in training; what is left to test is the place.

# %% [markdown] lang="ko"
# 어두운 칸이 0이고, 층이 따라간다는 뜻이에요. 합성곱은 어떤 이동이든 따라가요. 스트라이드가 2인 층은 2의 배수만, 패치는 패치 크기의 배수만 따라가요. 위치 임베딩(position embedding)이 없는 어텐션은 스스로 오차를 더하지 않아요. 위치 임베딩이 있으면 어떤 이동도 따라가지 못해요. 자리가 바뀌면 토큰이 더 이상 같지 않기 때문이에요.
#
# 강의의 문장은 이래요. "Transformer는 이러한 inductive bias가 덜하다/부족하다." 덜할 뿐 없는 것은 아니에요. $\mathbf{E}$는 모든 패치에 같은 가중치를 쓰고, 쿼리, 키, 밸류, MLP도 그래요. 등변성을 잃는 곳은 두 군데예요. 패치의 격자, 그리고 $\mathbf{E}_{pos}$예요.
#
# ## 3. 한 번도 없던 자리로 옮긴 도형
#
# 강의에서는 CNN 구조의 특성으로 "Parameter sharing (translation equivariance)"을 들어요. 이것이 얼마나 도움이 될까요? 코드로 그린 그림에서는 다른 것을 그대로 두고 도형만 옮길 수 있어요. 도형이 *가운데*에 있는 그림으로 학습하고, 도형이 가운데, 아무 데나, 구석에 있는 그림으로 각각 테스트해요. 가운데라고 해도 2픽셀까지는 벗어나게 그려서, 4픽셀 패치의 격자에 대해 가능한 자리가 학습할 때 모두 나오게 해요. 그래야 남는 차이가 도형이 있는 곳뿐이에요.

# %%
FIVE = ("circle", "square", "triangle", "cross", "heart")
PLAIN = {"shapes": FIVE, "color": "white", "size": (0.18, 0.28), "clutter": 0}


def centers(place, number, seed):
    """Rows and columns in pixels, (number, 2); the middle of a picture is (16, 16)."""
    rng = np.random.default_rng([seed, 3])
    if place == "center":
        return rng.uniform(14, 18, (number, 2))
    if place == "corner":
        near = rng.uniform(10, 11, (number, 2))  # from two edges: no shape touches them
        return np.where(rng.integers(0, 2, (number, 2)), 32 - near, near)
    left = rng.uniform((10, 10), (22, 15.5), (number, 2))
    return left if place == "left" else left * (1, -1) + (0, 32)


def shapes_at(place, number, seed):
    """White shapes on a shaded ground, as pictures and labels."""
    position = place if place == "anywhere" else centers(place, number, seed)
    drawn = draw_shapes(number, position=position, seed=seed, **PLAIN)
    return Split(drawn.images, drawn.labels)

# %% alt="Three rows of five drawn pictures: shapes in the center, anywhere, and in a corner." alt_ko="그림 다섯 장씩 세 줄. 도형이 가운데, 아무 데나, 구석에 있어요."
few = {name: shapes_at(name, 5, seed=4) for name in ("center", "anywhere", "corner")}
rows = {name: [(few_colors(image, 16), FIVE[label]) for image, label in zip(*split)]
        for name, split in few.items()}
plot_gallery(rows, "Trained on the first row, tested on all three")

# %% [markdown] lang="en"
# Five models of about equal size: `CNN` ends in an average over all places, `CNN, Flatten` has the same convolutions and another end. Three ViTs differ in where the answer is read and whether there are positions.

# %% [markdown] lang="ko"
# 크기가 비슷한 모델 다섯 개를 비교해요. `CNN`은 모든 자리의 평균으로 끝나요. `CNN, Flatten`은 합성곱이 똑같고 끝부분만 달라요. ViT 셋은 답을 읽는 곳과 위치 임베딩이 있는지가 달라요.

# %%
for name in ("cnn", "cnn_flatten", "vit", "vit_average", "vit_no_positions"):
    print(f"{CONTENDERS[name]:18} {create_contender(name, len(FIVE)).count_params():8,} parameters")

# %% [markdown] lang="en"
# Where the CNN takes the mean of its 8x8 places, the dense layer behind `Flatten` has weights for each of the 64. This CNN is *broken on purpose*: every convolution in it is as equivariant as before.

# %% [markdown] lang="ko"
# CNN이 8x8개 자리의 평균을 내는 곳에서, `Flatten` 뒤의 완전 연결 층은 64개 자리마다 가중치를 따로 가져요. *일부러 망가뜨린* CNN이에요. 안에 있는 합성곱은 모두 전과 똑같이 등변이에요.

# %% quotes="vit_keras.lessons.contenders.with_flatten_head"
def with_flatten_head(cnn):
    pooling = next(layer for layer in cnn.layers if isinstance(layer, layers.GlobalAveragePooling2D))
    features = layers.Flatten()(pooling.input)  # (B, h*w*K)
    logits = layers.Dense(cnn.output.shape[-1], dtype="float32", name="head")(features)
    return keras.Model(cnn.input, logits, name=f"{cnn.name}_flatten")


flat = with_flatten_head(create_contender("cnn", len(FIVE)))
print("numbers the head sees:", flat.layers[-1].kernel.shape[0], "=", 8 * 8 * 80)

# %% [markdown] lang="en"
# The recorded experiment: 700 steps, pictures neither moved nor mirrored in training, since augmentation would show the models what we want to find out. **Predict** which models fall furthest from the center to the corner.

# %% [markdown] lang="ko"
# 기록한 실험이에요. 700스텝씩 학습했고, 그림을 옮기거나 뒤집지 않았어요. 데이터 증강(data augmentation)을 하면 우리가 알아보려는 것을 모델에게 미리 가르쳐 주는 셈이니까요. 가운데에서 구석으로 옮길 때 가장 많이 떨어지는 모델이 무엇일지 **예측해 보세요.**

# %%
guess = ...  # one of the five names

center = show("inductive_bias_translation", "center")

# %% alt="Accuracy of five models on shapes in the center, anywhere and in a corner; a dot a seed. The CNN stays at 100%, the CNN with Flatten falls below 20%, the ViTs lie between." alt_ko="도형이 가운데, 아무 데나, 구석에 있을 때 다섯 모델의 정확도. 점 하나가 시드 하나예요. CNN은 100% 그대로이고, Flatten을 쓴 CNN은 20% 아래로 떨어지고, ViT는 그 사이에 있어요."
plot_dots({"": center}, 1 / 5, "In the corner only the CNN loses nothing")

# %% [markdown] lang="en"
# A dot is a seed; the dotted line is a blind guess.
#
# - *The CNN loses nothing; with `Flatten` it falls to a blind guess.* An equivariant map must be followed by something that ignores the order.
# - *The ViT loses more than a third of its accuracy, but stays well above a blind guess.* It shares $\mathbf{E}$, attention and MLP over all places; a corner of a square that it knows from one patch it can recognize in another.
# - *The ViT without positions loses least of the three ViTs.* To it all places are alike, but only for moves by whole patches: for others it must have seen all 16 alignments in training.
#
# Three of these models you can train yourself, smaller:

# %% [markdown] lang="ko"
# 점 하나가 시드 하나예요. 세로 점선은 찍었을 때의 정확도예요.
#
# - *CNN은 정확도가 전혀 떨어지지 않고, `Flatten`을 쓴 CNN은 찍는 수준까지 떨어져요.* 등변인 특징 뒤에는 순서를 따지지 않는 것이 와야 해요.
# - *ViT는 정확도를 3분의 1 넘게 잃지만, 찍는 것보다는 훨씬 나아요.* $\mathbf{E}$, 어텐션, MLP를 모든 자리에서 함께 쓰거든요. 한 패치에서 배운 사각형의 모서리를 다른 패치에서도 알아볼 수 있어요.
# - *ViT 셋 가운데 위치 임베딩이 없는 것이 가장 덜 떨어져요.* 이 모델에게는 모든 자리가 똑같아요. 다만 패치 크기의 배수로 옮길 때만 그래요. 그 밖의 이동에서는 패치 안의 16가지 자리를 학습할 때 보아 두어야 해요.
#
# 세 모델은 더 작게 직접 학습해 볼 수 있어요.

# %% tags=["nbval-ignore-output"]
# laptop: about 3 minutes
number, epochs = pick(smoke=(32, 1), laptop=(2000, 8), gpu=(3000, 30))
recipe = Recipe(epochs, batch_size=pick(smoke=16, laptop=64, gpu=64), crop_padding=0, flip=False)
splits = [shapes_at("center", count, seed)
          for seed, count in enumerate((number, number // 4, number // 4))]
centered = Dataset(*splits, FIVE, "Drawn shapes, all in the center.")
for name in ("cnn", "cnn_flatten", "vit")[-pick(smoke=1, laptop=3, gpu=3):]:
    keras.utils.set_random_seed(0)
    model = create_contender(name, 5, pick(smoke="tiny", laptop="full", gpu="full"))
    train(model, centered, recipe, verbose=False)
    for place in ("center", "corner"):
        images, labels = shapes_at(place, number // 2, seed=9)
        right = np.mean(vit_keras.logits_of(model, images).argmax(axis=1) == labels)
        print(f"{CONTENDERS[name]:14} {place} {right:6.1%}")

# %% [markdown] lang="en"
# ### The same question, an easier test *(further)*
#
# It sounds like the same test: train with the shape's center in the left half of the picture, test in the right half.

# %% [markdown] lang="ko"
# ### 같은 질문, 덜 어려운 조건 *(심화)*
#
# 비슷해 보이는 실험이 있어요. 도형의 중심이 그림의 왼쪽 절반에 있을 때 학습하고, 오른쪽 절반에 있을 때 테스트해요.

# %%
left = show("inductive_bias_translation", "left")

# %% [markdown] lang="en"
# The CNN with `Flatten` and the ViT lose less here than on the way to the corner. Look at what was shown in training: at how many places (in whole pixels) the center of a shape stood; how far a test shape's center is from the nearest of them; and how much of it lies on pixels where at least 1 in 50 training pictures had a shape, too.

# %% [markdown] lang="ko"
# `Flatten`을 쓴 CNN과 ViT는 구석으로 옮겼을 때보다 덜 떨어졌어요. 결론을 내리기 전에 학습할 때 무엇을 보여 주었는지 확인해요. 도형의 중심이 있던 자리는 (픽셀 단위로) 몇 군데인가요? 테스트 그림의 중심은 가장 가까운 그런 자리에서 얼마나 떨어져 있나요? 테스트 도형의 몇 퍼센트가 학습 그림 50장 가운데 1장 이상에서 도형이 있던 픽셀에 놓이나요?

# %%
for trained_at, tested_at in (("center", "corner"), ("left", "right")):
    shown = draw_shapes(2000, position=centers(trained_at, 2000, 0), seed=0, **PLAIN)
    asked = draw_shapes(2000, position=centers(tested_at, 2000, 1), seed=1, **PLAIN)
    places = np.unique(np.floor(shown.centers), axis=0)
    distances = np.linalg.norm(asked.centers[:, None] - shown.centers, axis=-1)  # (2000, 2000)
    common = shown.masks.mean(axis=0) > 0.02  # pixels that had a shape in 1 of 50 pictures
    known = np.mean([common[mask > 0].mean() for mask in asked.masks])
    print(f"{trained_at:>6} to {tested_at:6}: {len(places):2} places, to the nearest "
          f"{distances.min(axis=1).mean():.1f} pixels, on known pixels {known:.0%}")

# %% [markdown] lang="en"
# On the left the shape stood at many more places: the data themselves *teach* that a move changes nothing. And the right half is nearer. Such a test asks less of inductive bias. How large a lack looks depends on how you ask.
#
# ## 4. Locality
#
# The lecture's other word is *locality*. What a place of a feature map depends on is its *receptive field*. A kernel of width $k$ adds $k - 1$ steps to it, and a step is as many pixels as all strides before it multiplied:
#
# $$r_\ell = r_{\ell - 1} + (k_\ell - 1) \prod_{m < \ell} s_m, \qquad r_0 = 1$$
#
# Our CNN has a 3x3 convolution, then two stages of two 3x3 convolutions each, the first of them with stride 2. **Predict** the width of the receptive field after the first convolution and after each stage.

# %% [markdown] lang="ko"
# 왼쪽에서 학습할 때는 도형이 훨씬 많은 자리에 있었어요. 옮겨도 달라지지 않는다는 것을 데이터가 *가르쳐* 준 셈이에요. 게다가 오른쪽 절반은 거리도 더 짧아요. 이런 테스트는 귀납 편향을 덜 요구해요. 부족함이 얼마나 커 보이는지는 어떻게 묻느냐에 달려 있어요.
#
# ## 4. 지역성
#
# 강의에 나온 또 하나의 말은 *locality*, 지역성이에요. 특징 맵의 한 자리가 입력의 어디에 달려 있는지를 *수용 영역*(receptive field)이라고 해요. 너비가 $k$인 커널을 지날 때마다 $k - 1$걸음만큼 넓어지고, 한 걸음은 앞에 있는 스트라이드를 모두 곱한 만큼의 픽셀이에요.
#
# $$r_\ell = r_{\ell - 1} + (k_\ell - 1) \prod_{m < \ell} s_m, \qquad r_0 = 1$$
#
# 우리 CNN은 3x3 합성곱 하나와 두 단계로 되어 있어요. 단계마다 3x3 합성곱이 두 개씩 있고, 그 가운데 첫째의 스트라이드가 2예요. 첫 합성곱 뒤와 각 단계 뒤의 수용 영역은 너비가 얼마일지 **예측해 보세요.**

# %%
guess = ...  # three widths in pixels


def fields(strides, kernel=3):
    """Widths of the receptive field after each convolution."""
    width, pixels, found = 1, 1, []
    for stride in strides:
        width += (kernel - 1) * pixels
        pixels *= stride
        found.append(width)
    return found


by_formula = fields([1, 2, 1, 2, 1])  # the first convolution, then two a stage
print("after every convolution:", by_formula)

# %% [markdown] lang="en"
# Now measured: `sensitivity` makes each pixel of a picture a little brighter, one after the other, and records by how much one output changes. The output is the place in the middle of the map. Nothing is trained: locality is there from the start.

# %% [markdown] lang="ko"
# 이제 재 봐요. `sensitivity`는 그림의 픽셀을 하나씩 조금 밝게 만들면서 출력 하나가 얼마나 변하는지 적어요. 출력은 특징 맵 한가운데 자리로 해요. 학습은 하지 않았어요. 지역성은 처음부터 있으니까요.

# %%
keras.utils.set_random_seed(0)
image = draw_shapes(1, shapes=("heart",), position="center", seed=6).images[0]
cnn, vit = create_contender("cnn", 5), create_contender("vit", 5)
first = next(layer for layer in cnn.layers if isinstance(layer, layers.Conv2D))
stages = [layer for layer in cnn.layers if isinstance(layer, layers.Add)]


def middle_of(layer):
    """From images to the place in the middle of the layer's map: (B, 32, 32, 3) -> (B, K)."""
    maps, middle = keras.Model(cnn.input, layer.output), layer.output.shape[1] // 2
    return lambda images: maps(images)[:, middle, middle]


def after_one_block(images):
    """The ViT's token in row 4, column 4, after equation (1) and one block."""
    z = vit.patch_encoder(vit.patches(vit.normalize(images)))
    return vit.encoder.blocks[0](z)[:, 1 + 4 * 8 + 4]


outputs = {"first convolution": middle_of(first), "CNN, stage 1": middle_of(stages[0]),
           "CNN, stage 2": middle_of(stages[1]), "ViT, block 1": after_one_block}
seen = {name: sensitivity(output, image) for name, output in outputs.items()}
for name, field in seen.items():
    print(f"{name:18} height and width {receptive_field(field)[2:]}")

# %% alt="Four maps of what one output sees: 3, 9 and 21 pixels wide in the CNN, the whole picture in the ViT." alt_ko="출력 하나가 보는 범위를 나타낸 그림 네 장. CNN에서는 너비가 3, 9, 21픽셀이고 ViT에서는 그림 전체예요."
roots = {name: np.sqrt(field) for name, field in seen.items()}
plot_fields(roots, "A place of the CNN sees a box, a token of the ViT everything")

# %% [markdown] lang="en"
# (The square root is drawn, so that small values can be seen.) The CNN's field grows layer by layer and is still not the whole picture at the end. A token of the ViT depends on every pixel after a single block, most on its own patch. The CNN does not discover that neighbors belong together; it is built that way.
#
# ### Where a ViT does look
#
# The *attention distance* of a head is the distance from a patch to those it takes from, weighted by the attention scores:
#
# $$d = \frac{1}{N} \sum_n \sum_m A_{nm} \, \lVert p_n - p_m \rVert$$
#
# with $p_n$ the place of patch $n$ in pixels.

# %% [markdown] lang="ko"
# (작은 값도 보이도록 제곱근을 그렸어요.) CNN의 수용 영역은 층을 지날 때마다 넓어지지만 끝까지 가도 그림 전체가 되지 않아요. ViT의 토큰은 블록 하나만 지나면 모든 픽셀에 달려 있어요. 그중에서 자기 패치에 가장 많이 달려 있어요. 이웃끼리 관련 있다는 것을 CNN은 알아낸 것이 아니라 구조로 타고나요.
#
# ### ViT는 실제로 어디를 볼까요
#
# 헤드(head)의 *어텐션 거리*(attention distance)는 한 패치에서 그 패치가 정보를 가져오는 패치들까지의 거리를 어텐션 점수(attention scores)로 가중 평균한 값이에요.
#
# $$d = \frac{1}{N} \sum_n \sum_m A_{nm} \, \lVert p_n - p_m \rVert$$
#
# 여기서 $p_n$은 $n$번째 패치의 자리(픽셀)예요.

# %%
places = 4 * np.stack(np.divmod(np.arange(64), 8), axis=-1)  # (64, 2), in pixels
apart = np.linalg.norm(places[:, None] - places, axis=-1)  # (64, 64)
uniform = apart.mean()
print(f"looks at all patches alike: {uniform:.2f} pixels; at itself and its four neighbors:",
      f"{np.mean([row[row <= 4].mean() for row in apart]):.2f}")
maps = attention_maps(vit, draw_shapes(32, seed=1).images)  # (32, 3, 4, 65, 65)
untrained = mean_attention_distance(maps, grid_shape=(8, 8), patch_size=4)  # (blocks, heads)
print(untrained.shape, "not trained; every head within a pixel of all alike:",
      bool(np.all(np.abs(untrained - uniform) < 1)))

# %% [markdown] lang="en"
# An untrained head looks at all patches alike: the ViT begins with no idea of a neighbor. The heads of the recorded ViTs, before and after training on shapes in the center:

# %% [markdown] lang="ko"
# 학습하지 않은 헤드는 모든 패치를 똑같이 봐요. ViT는 이웃이 무엇인지 모르고 시작해요. 기록한 ViT의 헤드들을 가운데 있는 도형으로 학습하기 전과 후에 재어 비교해요.

# %%
reach = show("inductive_bias_translation", "distance")

# %% [markdown] lang="en"
# The heads have spread only a little, and none of them has learned to look nearby: that would be about 3 pixels. (In a ViT trained on far more pictures some heads do: lesson 10.)
#
# ## 5. The shuffle test
#
# A model that takes nothing for granted about places loses nothing when places change, as long as they change in the same way in every picture, in training and in test. So shuffling shows what a model relies on. Whole patches change places; or the pixels within a patch do, in the same way in every patch; or any pixel goes anywhere.

# %% [markdown] lang="ko"
# 헤드들은 조금 흩어졌을 뿐이고, 가까운 곳을 보도록 배운 헤드는 없어요. 그런 헤드라면 3픽셀쯤이어야 해요. (훨씬 많은 그림으로 학습한 ViT에는 그런 헤드가 있어요. 수업 10에서 봐요.)
#
# ## 5. 섞기 실험
#
# 자리에 대해 아무것도 당연하게 여기지 않는 모델이라면 자리가 바뀌어도 잃는 것이 없어요. 단, 학습할 때도 테스트할 때도 모든 그림에서 똑같이 바뀌어야 해요. 그래서 그림을 섞어 보면 모델이 무엇에 기대고 있는지 드러나요. 섞는 방법은 셋이에요. 패치끼리 자리를 바꾸거나, 패치 안에서 픽셀끼리 자리를 바꾸거나(모든 패치에서 똑같이), 픽셀을 아무 데나 보내요.

# %% alt="Two drawn pictures, each unshuffled, with patches shuffled, shuffled within patches, and with all pixels shuffled." alt_ko="그림 두 장. 원본, 패치를 섞은 것, 패치 안에서 섞은 것, 모든 픽셀을 섞은 것이에요."
orders = {kind: shuffled_order(kind, image_size=32, patch_size=4, seed=0) for kind in SHUFFLES}
two = draw_shapes(2, shapes=FIVE, position="center", clutter=0.2, noise=0, seed=8)
rows = {FIVE[label]: [(shuffle_pixels(image[None], order)[0], kind)
                      for kind, order in orders.items()]
        for image, label in zip(two.images, two.labels)}
plot_gallery(rows, "Nothing is lost, but places change")

# %% [markdown] lang="en"
# To you the last column is noise.
#
# ### What must come out, without training
#
# For some models the result can be foretold: to every set of weights for plain pictures belongs another for shuffled ones, with *exactly* the same answers. Write $\pi$ for the shuffle of the patches and $\mathbf{Q}$ for that of the numbers in a patch.
#
# $$\mathbf{x}_p^{\pi(n)} \mathbf{E} + \mathbf{e}_{\pi(n)} \qquad\qquad (\mathbf{x}_p \mathbf{Q}) (\mathbf{Q}^\top \mathbf{E}) = \mathbf{x}_p \mathbf{E}$$
#
# On the left: if patch $\pi(n)$ now comes as number $n$, give number $n$ the position $\mathbf{e}_{\pi(n)}$ that belongs to it. The tokens are the same as before in another order, and attention does not mind the order (lesson 2). On the right: if the numbers in a patch change places, let the rows of $\mathbf{E}$ do so, too. We do both at once.

# %% [markdown] lang="ko"
# 마지막 열은 우리 눈에 잡음일 뿐이에요.
#
# ### 학습하지 않고도 알 수 있는 결과
#
# 몇몇 모델은 결과를 미리 말할 수 있어요. 원래 그림에 쓰는 가중치마다, 섞은 그림에서 *정확히* 같은 답을 내는 가중치가 하나씩 있거든요. 패치를 섞는 것을 $\pi$, 패치 안의 숫자를 섞는 것을 $\mathbf{Q}$라고 써요.
#
# $$\mathbf{x}_p^{\pi(n)} \mathbf{E} + \mathbf{e}_{\pi(n)} \qquad\qquad (\mathbf{x}_p \mathbf{Q}) (\mathbf{Q}^\top \mathbf{E}) = \mathbf{x}_p \mathbf{E}$$
#
# 왼쪽: $\pi(n)$번 패치가 이제 $n$번째로 온다면, $n$번째 자리에 그 패치의 위치 임베딩 $\mathbf{e}_{\pi(n)}$을 주면 돼요. 토큰은 순서만 바뀌었고 어텐션은 순서를 따지지 않아요(수업 2). 오른쪽: 패치 안에서 숫자의 자리가 바뀌면 $\mathbf{E}$의 행도 똑같이 바꾸면 돼요. 둘을 한꺼번에 해 봐요.

# %%
keras.utils.set_random_seed(0)
vit = VisionTransformer((16, 16, 3), 4, num_layers=2, hidden_dim=16, num_heads=2, mlp_dim=32,
                        num_classes=None)
x = vit.patches(vit.normalize(draw_shapes(2, image_size=16).images))  # (2, 16, 48)
before = vit.encoder(vit.patch_encoder(x))[:, 0]  # y of equation (4)

rng = np.random.default_rng(0)
patch_order, pixel_order = rng.permutation(16), rng.permutation(16)  # of N patches, of P*P pixels
numbers = (3 * pixel_order[:, None] + np.arange(3)).ravel()  # a pixel is three numbers of the 48
shuffled = ops.take(ops.take(x, patch_order, axis=1), numbers, axis=2)
unprepared = vit.encoder(vit.patch_encoder(shuffled))[:, 0]

positions, projection = vit.patch_encoder.positions, vit.patch_encoder.projection
order = np.concatenate([[0], 1 + patch_order])  # the class token stays
positions.assign(ops.take(positions, order, axis=1))
projection.kernel.assign(ops.take(projection.kernel, numbers, axis=0))
after = vit.encoder(vit.patch_encoder(shuffled))[:, 0]
for name, y in {"weights as they were": unprepared, "weights permuted": after}.items():
    same = np.allclose(ops.convert_to_numpy(before), ops.convert_to_numpy(y), atol=1e-5)
    print(f"{name:21} same y: {same}")

# %% [markdown] lang="en"
# The same up to rounding. And more: permuted first weights are as likely as the first weights themselves, and AdamW, weight decay and clipping do not care about the order of the entries. So *training* on shuffled patches is the same training with renamed weights. Whatever the ViT reaches on plain pictures, it reaches on these; a difference in the record is chance.
#
# The same holds for an MLP on all pixels and any shuffle: its first layer has a row for every number of the picture. It does not hold for the CNN, whose kernel has nine places and cannot bring back a pixel that is now at the other end; nor for the ViT when pixels leave their patches. **Predict** which numbers of the ViT fall.

# %% [markdown] lang="ko"
# 반올림 오차만 빼면 똑같아요. 그뿐이 아니에요. 자리를 바꾼 처음 가중치도 처음 가중치만큼 나올 법하고, AdamW, 가중치 감쇠, 클리핑은 성분의 순서를 따지지 않아요. 그러므로 섞은 패치로 하는 *학습*은 가중치의 이름만 바꾼 같은 학습이에요. ViT가 원래 그림에서 도달하는 정확도에 섞은 그림에서도 도달해요. 기록에 차이가 있다면 우연이에요.
#
# 모든 픽셀을 한꺼번에 받는 MLP는 어떤 섞기에도 마찬가지예요. 첫 층에 그림의 숫자마다 행이 하나씩 있으니까요. CNN은 그렇지 않아요. 커널에는 자리가 아홉 개뿐이라 멀리 가 버린 픽셀을 되찾지 못해요. 픽셀이 패치 밖으로 나가면 ViT도 그렇지 않아요. ViT는 어떤 섞기에서 떨어질지 **예측해 보세요.**

# %%
guess = ...  # "patches", "within patches", "pixels": those that hurt the ViT

shuffle = show("inductive_bias_shuffle", "accuracy")

# %% alt="Accuracy of CNN, MLP and ViT on plain and shuffled pictures, drawn shapes and CIFAR-10; a dot a seed. Shuffled patches cost the CNN, not the ViT." alt_ko="원래 그림과 섞은 그림에서 CNN, MLP, ViT의 정확도. 코드로 그린 도형과 CIFAR-10이에요. 점 하나가 시드 하나예요. 패치를 섞으면 CNN은 떨어지고 ViT는 그대로예요."
plot_dots(shuffle, 1 / 10, "Shuffled patches cost the CNN, not the ViT")

# %% [markdown] lang="en"
# In brackets is the change in points; in italics are those that theory says cannot change, so they measure chance. On the drawn shapes it is large, on CIFAR-10 half a point at most. There the CNN's loss from shuffled patches and the ViT's from shuffled pixels are real.
#
# ## 6. Little data
#
# The lecture: "Where there is not much training data, the model does not do well. The main reason is that it lacks inductive bias." Now the test, on CIFAR-10: a ViT and a CNN of about equal size learn from 300, 1,000 and 4,000 pictures. A test of *data* must not be one of time, so each picture is seen at least 30 times (column *passes*), and Muon trains both, an optimizer whose steps are worth more (lesson 11). **Predict** whether the distance between the two grows or shrinks with more pictures.

# %% [markdown] lang="ko"
# 괄호 안은 달라진 퍼센트포인트이고, 기울임꼴은 이론으로는 달라질 수 없는 것이에요. 곧 우연의 크기를 알려 줘요. 코드로 그린 도형에서는 우연이 크고, CIFAR-10에서는 커야 0.5퍼센트포인트예요. 그래서 CIFAR-10에서 패치를 섞을 때 CNN이 잃은 것과 픽셀을 섞을 때 ViT가 잃은 것은 진짜예요.
#
# ## 6. 적은 데이터
#
# 강의에서는 이렇게 말해요. "학습 데이터의 양이 많지 않은 경우, 모형의 성능이 좋지 않다. 주된 이유는 inductive bias가 부족하기 때문." CIFAR-10으로 시험해 봐요. 크기가 비슷한 ViT와 CNN이 그림 300장, 1,000장, 4,000장으로 배워요. *데이터*를 시험하려면 시간이 모자라서는 안 돼요. 그래서 그림마다 30번 이상 보고(*passes* 열), 둘 다 같은 스텝으로 더 멀리 가는 옵티마이저(optimizer) Muon으로 학습해요(수업 11). 그림이 늘면 둘의 차이가 커질지 줄어들지 **예측해 보세요.**

# %%
guess = ...  # "grows" or "shrinks"

by_size = show("inductive_bias_data_size", "size")

# %% alt="Test accuracy of ViT and CNN on CIFAR-10 against the number of training images. Both rise; the CNN lies above the ViT, with 4,000 images, too." alt_ko="CIFAR-10에서 학습 이미지 수에 따른 ViT와 CNN의 테스트 정확도. 둘 다 올라가고, 4,000장까지 CNN이 ViT보다 위에 있어요."
plot_bands(by_size, "training images", 1 / 10, "The CNN is ahead of the ViT at every size",
           logarithmic=True)

# %% [markdown] lang="en"
# In each column, the first number is the accuracy on the training pictures: both models know them by heart, at every size. So neither is short of time; the second number, on new pictures, is a matter of data. (After ± stands the standard error.)
#
# - **The ViT is behind at every size**, with 300 pictures by little more than chance.
# - **It needs more data, as the lecture says.** With 4,000 pictures the ViT is a little better than the CNN with 1,000; with 1,000, a little better than the CNN with 300. For the same accuracy it needs two to three times as many.
# - **More data do not close the gap, as far as this goes.** From row to row it rather grows. Whether the curves meet further on, the experiment cannot say. The lecture's table, where ViT-Huge passes the ResNet, is about pre-training on hundreds of millions of pictures.
#
# That the *reason* is the inductive bias fits all of this, but the two models differ in more than that. Lesson 8 puts convolutions in front of the ViT and looks again.

# %% [markdown] lang="ko"
# 열마다 앞의 숫자가 학습 그림에서의 정확도예요. 데이터 크기가 얼마든 두 모델 모두 학습 그림을 외웠어요. 그러니 시간이 모자란 것은 아니고, 뒤의 숫자인 새 그림에서의 정확도는 데이터의 문제예요. (± 뒤는 표준 오차예요.)
#
# - **ViT는 데이터 크기가 얼마든 뒤처져요.** 다만 300장일 때의 차이는 우연보다 조금 클 뿐이에요.
# - **강의의 말대로 ViT에는 데이터가 더 필요해요.** 4,000장으로 배운 ViT는 1,000장으로 배운 CNN보다 조금 낫고, 1,000장으로 배운 ViT는 300장으로 배운 CNN보다 조금 나아요. 같은 정확도에 두세 배의 그림이 필요해요.
# - **적어도 여기까지는 데이터가 늘어도 차이가 줄어들지 않아요.** 아래 줄로 갈수록 오히려 커져요. 더 가면 두 곡선이 만나는지는 이 실험으로는 알 수 없어요. ViT-Huge가 ResNet을 앞서는 강의의 표는 수억 장으로 사전 학습(pre-training)한 결과예요.
#
# *이유*가 귀납 편향이라는 설명은 이 모두와 들어맞아요. 하지만 두 모델이 다른 점은 그것만이 아니에요. 수업 8에서는 ViT 앞에 합성곱을 놓고 다시 봐요.

# %% [markdown] lang="en"
# ## 7. Robustness *(further)*
#
# If models take different things for granted, they may be wrong in different ways. Three changes to test pictures, not seen in training: squares of 4 pixels are covered, on the grid of the ViT's patches or two pixels aside of it; everything is moved; and shapes have a texture that says another class (in training every circle had rows, every square columns, and so on).

# %% [markdown] lang="ko"
# ## 7. 강건성 *(심화)*
#
# 당연하게 여기는 것이 다르면 틀리는 방식도 다를 수 있어요. 학습할 때 없던 방법으로 테스트 그림을 세 가지로 바꿔 봐요. ViT의 패치 격자에 맞춰, 또는 2픽셀 비껴서 일부를 가려요(occlusion). 전체를 옮겨요. 그리고 도형의 질감(texture)이 다른 클래스를 가리키게 해요. (학습할 때 원은 늘 가로줄, 사각형은 늘 세로줄 하는 식이었어요.)

# %%
changed = show("inductive_bias_robustness", "changes")
textured = show("inductive_bias_robustness", "textures")

# %% [markdown] lang="en"
# Compare losses, not heights. On the drawn shapes the ViT loses more where the covered squares lie aside of its patches and spoil more tokens; on CIFAR-10 it is the other way round. Moved by 8 pixels, two whole patches, the ViT loses about as much as the CNN: it has positions (section 2).
#
# In the second table `agree` is the accuracy where shape and texture say the same. Where they do not, both models go by the texture every time: the cue is so easy that this experiment cannot tell them apart.

# %% [markdown] lang="ko"
# 높이가 아니라 떨어진 폭을 비교하세요. 코드로 그린 도형에서는 패치를 비껴서 가릴 때 ViT가 더 많이 떨어져요. 망가지는 토큰이 더 많거든요. CIFAR-10에서는 반대예요. 패치 두 개만큼인 8픽셀을 옮겨도 ViT는 CNN만큼 떨어져요. 위치 임베딩이 있으니까요(2절).
#
# 둘째 표의 `agree`는 도형과 질감이 같은 답을 가리킬 때의 정확도예요. 서로 다른 답을 가리킬 때는 두 모델 모두 언제나 질감을 따랐어요. 단서가 너무 쉬워서 이 실험으로는 두 모델을 구별할 수 없어요.

# %% [markdown] lang="en"
# ## 8. What follows, and what does not
#
# - Inductive bias is real and can be measured: on layers before any training (sections 2 and 4), and in where and how trained models fail (sections 3, 5 and 6).
# - "The CNN is translation equivariant" is a sentence about its convolutions. Whether the *classifier* minds a move depends on strides, padding and the head.
#
# What does not follow: that a CNN is the better model. Where an assumption fails (section 1), it costs. Nor that the ViT catches up once it has enough data: up to 4,000 pictures section 6 sees no sign of it. These are small models; lesson 9 goes to the other end.

# %% [markdown] lang="ko"
# ## 8. 무엇을 말할 수 있고, 무엇은 말할 수 없을까요
#
# - 귀납 편향은 실제로 있고 잴 수 있어요. 학습하기 전의 층에서도(2절과 4절), 학습한 모델이 어디서 어떻게 틀리는지에서도(3, 5, 6절) 드러나요.
# - 'CNN은 이동 등변이다'는 합성곱에 대한 말이에요. *분류기*가 이동에 영향을 받는지는 스트라이드, 패딩, 분류층에 달려 있어요.
#
# 말할 수 없는 것도 있어요. CNN이 더 좋은 모델이라는 결론은 나오지 않아요. 가정이 틀린 곳에서는(1절) 손해를 봐요. 데이터만 충분하면 ViT가 따라잡는다는 결론도 나오지 않아요. 6절에서 4,000장까지는 그런 기미가 없었어요. 모두 작은 모델이에요. 그 반대편은 수업 9에서 다뤄요.

# %% [markdown] lang="en"
# ## 9. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | $S$ | `np.roll(x, 1)` | as $\mathbf{x}$ |
# | $f(S \mathbf{x}) = S f(\mathbf{x})$ | `equivariance_error(f, images, shift, stride)` | 0 if $f$ is equivariant |
# | $g(S \mathbf{x}) = g(\mathbf{x})$ | the average over places at the end of the CNN | (B, K) |
# | $r_\ell$ | `receptive_field(sensitivity(f, image))` | 3, 9, 21 pixels |
# | $d$ | `mean_attention_distance(maps, grid_shape, patch_size)` | (L, heads), in pixels |
# | $\pi$, $\mathbf{Q}$ | `shuffled_order(kind, 32, 4)` | (H·W,) |
#
# - Many solutions fit the training data. Inductive bias decides which one is found.
# - A convolution is equivariant to every move, patches to moves by whole patches, and positions end that, too.
# - Equivariant is not yet invariant: it takes an end that does not mind the order.

# %% [markdown] lang="ko"
# ## 9. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | $S$ | `np.roll(x, 1)` | $\mathbf{x}$와 같음 |
# | $f(S \mathbf{x}) = S f(\mathbf{x})$ | `equivariance_error(f, images, shift, stride)` | $f$가 등변이면 0 |
# | $g(S \mathbf{x}) = g(\mathbf{x})$ | CNN 끝에서 모든 자리의 평균 | (B, K) |
# | $r_\ell$ | `receptive_field(sensitivity(f, image))` | 3, 9, 21픽셀 |
# | $d$ | `mean_attention_distance(maps, grid_shape, patch_size)` | (L, 헤드 수), 픽셀 |
# | $\pi$, $\mathbf{Q}$ | `shuffled_order(kind, 32, 4)` | (H·W,) |
#
# - 학습 데이터에 맞는 해답은 여럿이에요. 그 가운데 무엇을 찾을지는 귀납 편향이 정해요.
# - 합성곱은 모든 이동에, 패치는 패치 크기의 배수로 옮길 때만 등변이고, 위치 임베딩이 있으면 그마저 아니에요.
# - 등변이라고 해서 불변인 것은 아니에요. 순서를 따지지 않는 끝부분이 필요해요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/07_inductive_bias`](solutions/07_inductive_bias.ipynb).
#
# **1. To think about.** A picture is moved to the right by 8 pixels, two whole patches; what leaves on one side comes in on the other. All weights stay. Which model gives *exactly* the same logits as before?
#
# - A: the CNN with `Flatten`
# - B: the MLP
# - C: the ViT with class token and learned positions
# - D: the ViT with class token and no positions

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/07_inductive_bias`](solutions/07_inductive_bias.ipynb)에 있어요.
#
# **1. 생각해 보기.** 그림을 오른쪽으로 8픽셀, 곧 패치 두 개만큼 옮겨요. 한쪽으로 나간 것은 반대쪽으로 들어와요. 가중치는 그대로예요. 전과 *정확히* 같은 로짓(logit)을 내는 모델은 무엇일까요?
#
# - A: `Flatten`을 쓴 CNN
# - B: MLP
# - C: 클래스 토큰(class token)과 학습한 위치 임베딩이 있는 ViT
# - D: 클래스 토큰이 있고 위치 임베딩이 없는 ViT

# %%
answer = None  # "A", "B", "C" or "D"

check("7.1", answer)

# %% [markdown] lang="en"
# **2. Change a number.** The CNN of lesson 5 has `widths=(16, 32, 64, 128)`: a first 3x3 convolution and *three* stages in place of two. How wide is the receptive field at the end, in pixels? And what is the smallest move, in pixels, that its last feature map follows exactly?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 수업 5의 CNN은 `widths=(16, 32, 64, 128)`이에요. 첫 3x3 합성곱 다음에 단계가 둘이 아니라 *셋*이에요. 마지막에서 수용 영역의 너비는 몇 픽셀일까요? 그리고 마지막 특징 맵이 정확히 따라가는 가장 작은 이동은 몇 픽셀일까요?

# %%
field_width = None
smallest_move = None

check("7.2a", field_width)
check("7.2b", smallest_move)

# %% [markdown] lang="en"
# **3. Write code.** Write a test that says whether a function of signals is equivariant to a move by so many steps on a ring. It is tried on functions of this lesson and on two others.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** 고리 위에서 몇 자리 옮기는 것에 함수가 등변인지 확인하는 함수를 써 보세요. 이 수업에 나온 함수들과 다른 두 함수로 시험해요.

# %%
def is_equivariant(function, x, steps):
    """Whether function(x moved by so many steps) is function(x) moved by as many."""
    raise NotImplementedError


check("7.3", is_equivariant)

# %% [markdown] lang="en"
# **4. Change one thing.** Can data teach what a model does not take for granted? Train the contender `"vit"` with `compile` and `fit` on `centered_shapes`, with or without `keras.layers.RandomTranslation(0.25, 0.25, fill_mode="nearest")` in front of it, and measure it on `shapes_anywhere` with `evaluate`. Run both three times, with seeds 0, 1 and 2. Is the difference of the means larger than two of its standard errors? (`vit_keras.lessons.gains(accuracies)[1]` has both, as `gain` and `error`.)

# %% [markdown] lang="ko"
# **4. 하나만 바꿔 보기.** 모델이 당연하게 여기지 않는 것을 데이터가 가르칠 수 있을까요? 비교할 모델 `"vit"`를 `compile`과 `fit`으로 `centered_shapes`에서 학습시키세요. 앞에 `keras.layers.RandomTranslation(0.25, 0.25, fill_mode="nearest")`를 놓거나 놓지 않고, `shapes_anywhere`에서 `evaluate`로 재요. 시드 0, 1, 2로 세 번씩 실행하세요. 그리고 결론을 내리세요. 평균의 차이가 그 표준 오차의 두 배보다 큰가요? (`vit_keras.lessons`의 `gains(accuracies)[1]`이 둘을 `gain`과 `error`로 알려 줘요.)

# %%
number = pick(smoke=32, laptop=1000, gpu=1000)
easy = {"shapes": FIVE, "color": "white", "size": 0.23, "clutter": 0}
centered_shapes = draw_shapes(number, position="center", seed=0, **easy)
shapes_anywhere = draw_shapes(number, position="anywhere", seed=1, **easy)


def accuracy(translated, seed):
    """Train a ViT on `centered_shapes`; returns its accuracy on `shapes_anywhere`."""
    raise NotImplementedError


accuracies = {"as they are": [], "translated": []}
conclusion = None  # True: larger than two standard errors; False: it could be chance

check("7.4", conclusion, accuracies=accuracies)

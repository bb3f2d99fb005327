# %% [markdown] lang="en"
# # Inductive bias, as an experiment
#
# You see on pictures whose every detail is under control what a convolution takes for granted and a Vision Transformer (ViT) does not, when that helps, and when it is worth nothing.
#
# | | |
# |---|---|
# | Lecture | *Motivations*: locality, parameter sharing (translation equivariance); *Python coding*: little data |
# | Read first | lessons 1 and 2; lesson 5 for the recipe |
# | Time | about 5 minutes on a laptop, most of it in one long cell |
#
# **Nobody has to run the long cell.** The experiments were recorded beforehand, with several seeds, and their figures are drawn from those records.

# %% [markdown] lang="ko"
# # 실험으로 보는 귀납 편향
#
# 모든 것을 마음대로 정할 수 있는 그림으로 실험해요. 합성곱(convolution)은 당연하게 여기지만 비전 트랜스포머(Vision Transformer, ViT)는 그렇지 않은 것이 무엇인지, 그것이 언제 도움이 되고 언제 도움이 되지 않는지 눈으로 확인해요.
#
# | | |
# |---|---|
# | 강의 | *Motivations*의 locality, parameter sharing (translation equivariance). *Python coding*의 적은 학습 데이터 |
# | 먼저 읽을 것 | 수업 1과 2. 레시피(recipe)는 수업 5 |
# | 시간 | 노트북 컴퓨터에서 약 5분. 대부분 오래 걸리는 셀 하나에서 써요 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 시드(seed)를 바꿔 가며 여러 번 실험한 결과를 미리 기록해 두었고, 그림은 그 기록으로 그려요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say what equivariance, invariance and locality are, check them by hand, and measure them on any layer;
# 2. design an experiment that shows a model's bias, and see when an experiment shows none;
# 3. say what the lecture's sentence on little data rests on, and what it takes to test it.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 등변성(equivariance), 불변성(invariance), 지역성(locality)이 무엇인지 말하고, 직접 계산해서 확인하고, 어떤 층에서든 잴 수 있어요.
# 2. 모델의 편향이 드러나는 실험을 설계하고, 실험이 아무것도 보여 주지 못하는 경우를 알아봐요.
# 3. 데이터가 적을 때에 대한 강의의 문장이 무엇을 근거로 하는지, 시험하려면 무엇이 필요한지 설명해요.

# %% [markdown] lang="en"
# ## 0. Setup
#
# The next cell looks for the course: in this notebook's folder, around it and two levels below, in a Google Drive that is mounted in Colab, in a zip that lies here (it unpacks it), or installed with `pip`. **If it finds nothing**, in Colab: download the course as a zip, upload it with the folder symbol on the left, and run the cell again. Or write the course's address into `REPOSITORY`.

# %% [markdown] lang="ko"
# ## 0. 준비
#
# 다음 셀은 강좌를 찾아요. 이 노트북이 있는 폴더와 그 위, 두 단계 아래까지, Colab에 연결한 구글 드라이브, 여기 놓인 zip(알아서 풀어요), `pip`으로 설치한 것까지 살펴봐요. **찾지 못하면** Colab에서는 강좌를 zip으로 내려받아 왼쪽 폴더 아이콘으로 올리고 셀을 다시 실행하세요. `REPOSITORY`에 강좌 주소를 적어도 돼요.

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
from vit_keras.data import (
    SHUFFLES,
    TEXTURES,
    draw_textured,
    move,
    occlude,
    shuffle_pixels,
    shuffled_order,
)
from vit_keras.figures import (
    few_colors,
    plot_attention_reach,
    plot_bands,
    plot_dots,
    plot_fields,
    plot_following,
    plot_gallery,
    plot_nothing,
)
from vit_keras.inside import (
    attention_maps,
    equivariance_error,
    mean_attention_distance,
    receptive_field,
    sensitivity,
)
from vit_keras.lessons import CONTENDERS, create_contender, recorded

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래에서 `pick(smoke=..., laptop=..., gpu=...)`를 만나면 여러분의 프로필에 해당하는 값이 쓰인다고 읽으세요.

# %% [markdown] lang="en"
# ## 1. What a model takes for granted
#
# Here is all the training data there is: three signals of six numbers, each with the answer that is wanted. A signal that holds a 1 should give 1, the empty one 0.

# %% [markdown] lang="ko"
# ## 1. 모델이 당연하게 여기는 것
#
# 학습 데이터는 이것이 전부예요. 숫자 여섯 개짜리 신호가 셋이고, 신호마다 정답이 있어요. 1이 들어 있으면 1, 비어 있으면 0이 정답이에요.

# %%
signals = np.array([[1, 0, 0, 0, 0, 0],
                    [0, 1, 0, 0, 0, 0],
                    [0, 0, 0, 0, 0, 0]])
answers = np.array([1, 1, 0])

# %% [markdown] lang="en"
# Two models. The first has a weight for every place; the second has the same weight at all places, which the lecture calls *parameter sharing*:
#
# $$f_1(\mathbf{x}) = \sum_i w_i x_i \qquad\qquad f_2(\mathbf{x}) = w \sum_i x_i$$
#
# We train both by gradient descent, from zero, on the squared error. With the error $e = f(\mathbf{x}) - y$ of a signal, the gradients are $\partial e^2 / \partial w_i = 2 e \, x_i$ and $\partial e^2 / \partial w = 2 e \sum_i x_i$. **Predict** the six weights of the first model after training, and what each model says to a 1 at a place where none was in training.

# %% [markdown] lang="ko"
# 모델은 둘이에요. 첫째 모델은 자리마다 가중치가 따로 있어요. 둘째 모델은 모든 자리에서 같은 가중치를 써요. 강의에서 *parameter sharing*(파라미터 공유)이라고 한 것이에요.
#
# $$f_1(\mathbf{x}) = \sum_i w_i x_i \qquad\qquad f_2(\mathbf{x}) = w \sum_i x_i$$
#
# 둘 다 0에서 출발해 제곱 오차를 경사 하강법으로 줄여요. 신호 하나의 오차를 $e = f(\mathbf{x}) - y$라고 하면 그래디언트(gradient)는 $\partial e^2 / \partial w_i = 2 e \, x_i$와 $\partial e^2 / \partial w = 2 e \sum_i x_i$예요. 학습이 끝나면 첫째 모델의 가중치 여섯 개는 얼마일까요? 학습할 때 1이 한 번도 없던 자리에 1이 오면 두 모델은 뭐라고 답할까요? **예측해 보세요.**

# %%
w_each, w_shared = np.zeros(6), 0.0
for _ in range(100):
    w_each -= 0.2 * 2 * (signals @ w_each - answers) @ signals
    totals = signals.sum(axis=1)
    w_shared -= 0.2 * 2 * (w_shared * totals - answers) @ totals
print("a weight for every place:", np.round(w_each, 2), "| one for all:", round(float(w_shared), 2))

elsewhere = np.array([0, 0, 0, 0, 1, 0])
print("on the training signals: ", np.round(signals @ w_each, 2), "and",
      np.round(signals.sum(axis=1) * w_shared, 2))
print("on a 1 at place 4:       ", np.round(elsewhere @ w_each, 2), "and",
      np.round(elsewhere.sum() * w_shared, 2))

# %% [markdown] lang="en"
# Both are right on every training signal, to the last digit. On a new place they contradict each other, and no training signal says who is right. A weight $w_i$ whose $x_i$ was always 0 gets the gradient 0: it stays where it started, however long we train. What decides is what the model takes for granted before it sees data: its *inductive bias*. The second model assumes that the place does not matter.
#
# Is that an advantage? Now the place *is* the answer: a 1 on the left should give 1, a 1 on the right 0.

# %% [markdown] lang="ko"
# 학습 신호에서는 둘 다 끝자리까지 맞아요. 새로운 자리에서는 답이 서로 달라요. 누가 옳은지 알려 주는 학습 신호는 하나도 없어요. $x_i$가 늘 0이던 가중치 $w_i$는 그래디언트가 0이라서 아무리 오래 학습해도 처음 그대로예요. 답을 정하는 것은 데이터를 보기 전에 모델이 당연하게 여기는 것, 곧 *귀납 편향*(inductive bias)이에요. 둘째 모델은 자리가 중요하지 않다고 가정해요.
#
# 이것은 늘 장점일까요? 이번에는 자리가 바로 정답이에요. 왼쪽에 1이 있으면 1, 오른쪽에 있으면 0이라고 답해야 해요.

# %%
left_or_right, sides = np.array([[0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0]]), np.array([1, 0])
each = np.linalg.lstsq(left_or_right, sides, rcond=None)[0]  # the best possible weights
shared = np.linalg.lstsq(left_or_right.sum(axis=1, keepdims=True), sides, rcond=None)[0]
print("a weight for every place:", np.round(left_or_right @ each, 2) + 0)
print("one for all:             ", np.round(left_or_right.sum(axis=1) * shared, 2))

# %% [markdown] lang="en"
# The shared weight cannot tell the two apart, whatever its value and however many signals we show it. An assumption helps where it holds and limits where it does not. The lecture says both: the CNN has these properties built in, "but they can also be a limitation".

# %% [markdown] lang="ko"
# 가중치를 공유하는 모델은 값을 어떻게 바꾸고 신호를 아무리 많이 보여 줘도 둘을 구별할 수 없어요. 가정은 맞는 곳에서 도움이 되고 틀린 곳에서는 한계가 돼요. 강의에서는 CNN의 이런 특성을 두고 "하지만, 이런 것이 한계로 작용할 수 있다"고 했어요.

# %% [markdown] lang="en"
# ## 2. Equivariance, by hand
#
# Write $S$ for a shift by one place to the right; what leaves on one side comes in on the other. A function is *equivariant* to the shift if it does not matter whether we shift before or after it, and *invariant* if the shift does not matter at all:
#
# $$f(S \mathbf{x}) = S f(\mathbf{x}) \quad \text{(equivariant)} \qquad\qquad g(S \mathbf{x}) = g(\mathbf{x}) \quad \text{(invariant)}$$
#
# A convolution with a kernel of two weights is $f(\mathbf{x})_i = w_0 x_i + w_1 x_{i+1}$. Put in $(S\mathbf{x})_i = x_{i-1}$ and read off that it is equivariant:
#
# $$f(S \mathbf{x})_i = w_0 x_{i-1} + w_1 x_i = f(\mathbf{x})_{i-1} = (S f(\mathbf{x}))_i$$
#
# The proof needs that $w_0$ and $w_1$ do not depend on $i$: the same weights everywhere. **Predict** the second and the third line.

# %% [markdown] lang="ko"
# ## 2. 등변성을 직접 계산하기
#
# 오른쪽으로 한 자리 옮기는 것을 $S$라고 써요. 한쪽으로 나간 것은 반대쪽으로 들어와요. 옮긴 다음 함수에 넣든, 함수에 넣은 다음 옮기든 결과가 같으면 *등변*(equivariant)이라고 해요. 옮겨도 결과가 그대로면 *불변*(invariant)이라고 해요.
#
# $$f(S \mathbf{x}) = S f(\mathbf{x}) \quad \text{(equivariant)} \qquad\qquad g(S \mathbf{x}) = g(\mathbf{x}) \quad \text{(invariant)}$$
#
# 가중치가 둘인 커널(kernel)로 하는 합성곱은 $f(\mathbf{x})_i = w_0 x_i + w_1 x_{i+1}$이에요. 여기에 $(S\mathbf{x})_i = x_{i-1}$을 넣으면 등변이라는 것이 바로 보여요.
#
# $$f(S \mathbf{x})_i = w_0 x_{i-1} + w_1 x_i = f(\mathbf{x})_{i-1} = (S f(\mathbf{x}))_i$$
#
# 이 증명에는 $w_0$과 $w_1$이 $i$에 따라 달라지지 않는다는 것, 곧 모든 자리에서 가중치가 같다는 것이 필요해요. 둘째 줄과 셋째 줄을 **예측해 보세요.**

# %%
def convolve(x, kernel=(-1, 1)):
    """A convolution on a ring: (-1, 1) is how much larger the next number is."""
    return kernel[0] * x + kernel[1] * np.roll(x, -1)


x = np.array([0, 0, 2, 5, 1, 0])
print("x      ", x, " f(x)   ", convolve(x))
print("S x    ", np.roll(x, 1), " f(S x) ", convolve(np.roll(x, 1)))
print("                        S f(x) ", np.roll(convolve(x), 1))

# %% [markdown] lang="en"
# The same numbers, one place further on. A layer with a weight for every pair of places has no such rule. Nor has a convolution that keeps every second place only, a *stride* of 2, unless the shift is a multiple of 2. **Predict** which of these four lines say True.

# %% [markdown] lang="ko"
# 같은 숫자가 한 자리 옆에 나왔어요. 자리의 쌍마다 가중치가 따로 있는 층에서는 그렇지 않아요. 한 자리씩 걸러서 남기는 합성곱, 곧 *스트라이드*(stride)가 2인 합성곱도 2의 배수만큼 옮길 때만 그래요. 아래 네 줄 가운데 어느 것이 True일지 **예측해 보세요.**

# %%
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
# A classifier should say "moon" wherever the moon is. That is invariance, and a convolution alone does not give it. The mean over all places does: it does not mind the order of what it adds up.
#
# $$g(\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_i^2 \quad \Rightarrow \quad g(S\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_{i-1}^2 = g(\mathbf{x})$$
#
# If every place of $f(\mathbf{x})$ is given its own weight instead, as a dense layer after `Flatten` does, the place matters again. **Predict** which of the two changes.

# %% [markdown] lang="ko"
# 1만큼 옮기면 스트라이드는 *다른 숫자*를 봐요. 아까 건너뛴 숫자들이에요. ViT는 같은 일을 더 크게 해요. 패치로 잘라 $\mathbf{E}$를 곱하는 것은 스트라이드가 $P$인 합성곱이에요(수업 1). 그래서 패치 크기의 배수만큼 옮길 때만 따라가요.
#
# ### 등변에서 불변으로
#
# 분류기는 달이 어디에 있든 '달'이라고 답해야 해요. 이것이 불변성이고, 합성곱만으로는 얻을 수 없어요. 모든 자리의 평균을 내면 얻을 수 있어요. 더하는 순서는 상관없으니까요.
#
# $$g(\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_i^2 \quad \Rightarrow \quad g(S\mathbf{x}) = \frac{1}{6} \sum_i f(\mathbf{x})_{i-1}^2 = g(\mathbf{x})$$
#
# 반대로 `Flatten` 뒤의 완전 연결 층처럼 $f(\mathbf{x})$의 자리마다 가중치를 따로 주면 자리가 다시 중요해져요. 둘 가운데 어느 것이 바뀔지 **예측해 보세요.**

# %%
place_weights = np.array([3, -1, 2, 0, 1, -2])
for name, moved in {"x  ": x, "S x": np.roll(x, 1)}.items():
    f = convolve(moved)
    print(name, "mean of squares", round(float(np.mean(f**2)), 3), "| a weight for each place",
          place_weights @ f)

# %% [markdown] lang="en"
# So a CNN is not insensitive to place because it consists of convolutions, but because of what follows them. Keep that for section 3.
#
# ### Measured on layers
#
# By hand we could compare numbers. For real layers `equivariance_error` measures how far $f(S\mathbf{x})$ is from $S f(\mathbf{x})$, as a share of how much $f(\mathbf{x})$ varies: 0 is equivariant, about 1.4 no more alike than two places chosen at random. Six layers, none of them trained, on drawn pictures of 64x64 pixels; patches are 4 pixels wide. Places near the border, where a convolution feels its padding, are left out. **Predict** for each whether it follows a move by 1, 2, 4 and 8 pixels.

# %% [markdown] lang="ko"
# CNN이 자리에 둔감한 것은 합성곱으로 되어 있어서가 아니라 그 뒤에 오는 것 때문이에요. 3절에서 다시 쓸 테니 기억해 두세요.
#
# ### 층에서 재기
#
# 지금까지는 숫자를 눈으로 비교했어요. 실제 층에서는 `equivariance_error`로 $f(S\mathbf{x})$와 $S f(\mathbf{x})$의 거리를 재요. $f(\mathbf{x})$가 변하는 정도에 대한 비율이라서, 0이면 등변이고 1.4쯤이면 아무렇게나 고른 두 자리만큼 달라요. 64x64 픽셀로 그린 그림에 학습하지 않은 층 여섯 개를 적용해요. 패치의 너비는 4픽셀이에요. 합성곱이 패딩의 영향을 받는 가장자리는 빼고 재요. 1, 2, 4, 8픽셀 옮길 때 각 층이 따라가는지 **예측해 보세요.**

# %%
keras.utils.set_random_seed(0)
pictures = draw_shapes(4, image_size=64, seed=0).images.astype("float32")
encoder = {"num_layers": 1, "hidden_dim": 16, "num_heads": 2, "mlp_dim": 32, "num_classes": None}
vits = {positions: VisionTransformer((64, 64, 3), 4, position_embedding=positions, **encoder)
        for positions in (None, "sincos")}


def tokens(vit):
    """From pictures to the patches after the encoder, laid out as a grid: (B, 16, 16, D)."""
    return lambda images: ops.reshape(
        vit.encoder(vit.patch_encoder(vit.patches(vit.normalize(images))))[:, 1:], (-1, 16, 16, 16))


def patch_embedding(images):
    return ops.reshape(vits[None].patch_encoder.projection(Patches(4)(images)), (-1, 16, 16, 16))

# %%
# name: (function, pixels from one place of the map to the next, places left out at the border)
following = {
    "convolution 3x3": (layers.Conv2D(8, 3, padding="same"), 1, 10),
    "convolution 3x3, stride 2": (layers.Conv2D(8, 3, 2, padding="same"), 2, 6),
    "max pooling 2x2": (layers.MaxPooling2D(2), 2, 0),
    "patches times E": (patch_embedding, 4, 0),
    "ViT block, no positions": (tokens(vits[None]), 4, 0),
    "ViT block, positions": (tokens(vits["sincos"]), 4, 0),
}
shifts = [1, 2, 4, 8]
errors = {name: [equivariance_error(function, pictures, (0, shift), stride, margin)
                 for shift in shifts]
          for name, (function, stride, margin) in following.items()}
print(f"{'moved by':28}", *(f"{shift:>4}" for shift in shifts))
for name, row in errors.items():
    print(f"{name:28}", *(" yes" if error < 1e-3 else "  no" for error in row))

# %% alt="A table of errors: a row for each of six layers, a column for moves by 1, 2, 4 and 8 pixels." alt_ko="오차를 나타낸 표. 여섯 개 층이 행이고, 1, 2, 4, 8픽셀 이동이 열이에요."
plot_following(errors, shifts, "A convolution follows every move, patches whole ones only")

# %% [markdown] lang="en"
# Dark is 0: the layer follows. The convolution follows every move, those with a stride of 2 every second, patches only whole ones. Attention without positions passes on what the patches left of it; it adds no error of its own. With positions no move is followed: a token is no longer the same once it stands elsewhere.
#
# The lecture: "The Transformer has less of such inductive bias, or lacks it." The table says how much is less. $\mathbf{E}$ does share its weights over all patches, and so do queries, keys, values and the MLP. What is lost is lost at two places: in the grid of patches, and in $\mathbf{E}_{pos}$.

# %% [markdown] lang="ko"
# 어두운 칸이 0이고, 층이 따라간다는 뜻이에요. 합성곱은 어떤 이동이든 따라가요. 스트라이드가 2인 층은 2의 배수만, 패치는 패치 크기의 배수만 따라가요. 위치 임베딩이 없는 어텐션은 패치에 남아 있는 등변성을 그대로 전해요. 스스로 오차를 더하지는 않아요. 위치 임베딩(position embedding)이 있으면 어떤 이동도 따라가지 못해요. 자리가 바뀌면 토큰이 더 이상 같지 않기 때문이에요.
#
# 강의의 문장은 이래요. "Transformer는 이러한 inductive bias가 덜하다/부족하다." 표를 보면 얼마나 덜한지 알 수 있어요. $\mathbf{E}$는 모든 패치에 같은 가중치를 쓰고, 쿼리, 키, 밸류, MLP도 그래요. 등변성을 잃는 곳은 두 군데예요. 패치의 격자, 그리고 $\mathbf{E}_{pos}$예요.

# %% [markdown] lang="en"
# ## 3. A shape moved to where it never was
#
# The lecture names "parameter sharing (translation equivariance)" as a property of the CNN. What is it worth? In no photograph can an animal be moved to another place with everything else kept. In drawn pictures it can. We train on shapes in the *centre*, and test on shapes in the centre, anywhere, and in a corner. In the centre means give or take two pixels: a stride of 4 and a patch of 4 pixels follow only moves by 4, so every alignment to them should occur in training. What is left to test is the place. In the corner a shape comes near two edges and does not touch them: at the border a convolution sees the zeros that pad the picture, and that is another question.

# %% [markdown] lang="ko"
# ## 3. 한 번도 없던 자리로 옮긴 도형
#
# 강의에서는 CNN 구조의 특성으로 "Parameter sharing (translation equivariance)"을 들어요. 이것이 얼마나 도움이 될까요? 사진에서는 다른 것을 그대로 두고 동물만 옮길 수 없어요. 그려 낸 그림에서는 할 수 있어요. 도형이 *가운데*에 있는 그림으로 학습하고, 도형이 가운데, 아무 데나, 구석에 있는 그림으로 각각 테스트해요. 가운데라고 해도 2픽셀까지는 벗어나게 그려요. 스트라이드 4와 4픽셀 패치는 4픽셀씩 옮길 때만 따라가니까, 격자에 대해 가능한 자리가 학습할 때 모두 나와야 해요. 그래야 남는 차이가 도형이 있는 곳뿐이에요. 구석의 도형은 두 변에 가깝지만 닿지는 않아요. 그림의 가장자리에서 합성곱은 바깥에 채워 넣은 0을 보는데, 그것은 다른 문제니까요.

# %%
FIVE = ("circle", "square", "triangle", "cross", "heart")
PLAIN = {"shapes": FIVE, "color": "white", "size": (0.18, 0.28), "clutter": 0}


def centres(place, number, seed):
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
    position = place if place == "anywhere" else centres(place, number, seed)
    drawn = draw_shapes(number, position=position, seed=seed, **PLAIN)
    return Split(drawn.images, drawn.labels)

# %%
few = {name: shapes_at(name, 5, seed=4) for name in ("center", "anywhere", "corner")}
print("one test set:", few["corner"].images.shape, "| a blind guess is right in",
      f"{1 / len(FIVE):.0%}")

# %% alt="Three rows of five drawn pictures: shapes in the centre, anywhere, and in a corner." alt_ko="그림 다섯 장씩 세 줄. 도형이 가운데, 아무 데나, 구석에 있어요."
rows = {name: [(few_colors(image, 16), FIVE[label]) for image, label in zip(*split)]
        for name, split in few.items()}
plot_gallery(rows, "Trained on the first row, tested on all three")

# %% [markdown] lang="en"
# Same shapes, same sizes, nothing in the background: only the place differs. For you the third row is as easy as the first.
#
# ### The contenders
#
# Five models of about equal size. `CNN` ends in an average over all places, `CNN, Flatten` has the same convolutions and another end. Three ViTs differ in where the answer is read and whether there are positions.

# %% [markdown] lang="ko"
# 도형과 크기가 같고 배경에는 아무것도 없어요. 다른 것은 자리뿐이에요. 우리에게는 셋째 줄도 첫째 줄만큼 쉬워요.
#
# ### 비교할 모델
#
# 크기가 비슷한 모델 다섯 개예요. `CNN`은 모든 자리의 평균으로 끝나요. `CNN, Flatten`은 합성곱이 똑같고 끝부분만 달라요. ViT 셋은 답을 읽는 곳과 위치 임베딩이 있는지가 달라요.

# %%
NAMES = ("cnn", "cnn_flatten", "vit", "vit_average", "vit_no_positions")
for name in NAMES:
    print(f"{CONTENDERS[name]:18} {create_contender(name, len(FIVE)).count_params():8,} parameters")

# %% [markdown] lang="en"
# The other end, as it stands in `vit_keras.lessons.contenders`. Where the CNN takes the mean of its 8x8 places, the dense layer behind `Flatten` has weights for each of the 64. This CNN is *broken on purpose*: every convolution in it is as equivariant as before.

# %% [markdown] lang="ko"
# 다른 끝부분은 `vit_keras.lessons.contenders`에 이렇게 쓰여 있어요. CNN이 8x8개 자리의 평균을 내는 곳에서, `Flatten` 뒤의 완전 연결 층은 64개 자리마다 가중치를 따로 가져요. *일부러 망가뜨린* CNN이에요. 안에 있는 합성곱은 모두 전과 똑같이 등변이에요.

# %% quotes="vit_keras.lessons.contenders.with_flatten_head"
def with_flatten_head(cnn):
    """The same convolutions with another end: no average over the places, but weights for each of them."""
    pooling = next(layer for layer in cnn.layers if isinstance(layer, layers.GlobalAveragePooling2D))
    features = layers.Flatten()(pooling.input)  # (B, h*w*K)
    logits = layers.Dense(cnn.output.shape[-1], dtype="float32", name="head")(features)
    return keras.Model(cnn.input, logits, name=f"{cnn.name}_flatten")


flat = with_flatten_head(create_contender("cnn", len(FIVE)))
print("numbers the head sees:", flat.layers[-1].kernel.shape[0], "=", 8 * 8 * 80)

# %% [markdown] lang="en"
# **Predict** before you read on: which models stay near their accuracy in the centre when the shape is in a corner, which fall, and does any fall to a blind guess?
#
# The next cell trains three of them, small: 3 minutes on a laptop, less on a GPU. You may go on to the recorded run instead. Pictures are neither moved nor mirrored in training: augmentation would show the models what we want to find out.

# %% [markdown] lang="ko"
# 더 읽기 전에 **예측해 보세요.** 도형이 구석에 있을 때도 정확도가 거의 그대로인 모델은 무엇이고, 떨어지는 모델은 무엇일까요? 찍는 수준까지 떨어지는 모델도 있을까요?
#
# 다음 셀은 세 모델을 작게 학습시켜요. 노트북 컴퓨터에서 3분, GPU에서는 더 짧아요. 건너뛰고 기록을 봐도 돼요. 학습할 때 그림을 옮기거나 뒤집지 않아요. 데이터 증강(data augmentation)을 하면 우리가 알아보려는 것을 모델에게 미리 가르쳐 주는 셈이니까요.

# %% tags=["nbval-ignore-output"]
# laptop: about 3 minutes; a recorded run with three seeds follows
number, epochs = pick(smoke=(128, 3), laptop=(2000, 8), gpu=(3000, 30))
size = pick(smoke="tiny", laptop="full", gpu="full")
recipe = Recipe(epochs, batch_size=pick(smoke=16, laptop=64, gpu=64), crop_padding=0, flip=False)
splits = [shapes_at("center", count, seed)
          for seed, count in enumerate((number, number // 4, number // 4))]
centered = Dataset(*splits, FIVE, "Drawn shapes, all in the centre.")
mine = {}
for name in ("cnn", "cnn_flatten", "vit"):
    keras.utils.set_random_seed(0)
    mine[name] = create_contender(name, len(FIVE), size)
    train(mine[name], centered, recipe, verbose=False)

# %% tags=["nbval-ignore-output"]
tests = {name: shapes_at(name, number // 2, seed=9) for name in ("center", "anywhere", "corner")}
for name, model in mine.items():
    right = {place: np.mean(vit_keras.logits_of(model, images).argmax(axis=1) == labels)
             for place, (images, labels) in tests.items()}
    print(f"{CONTENDERS[name]:14}",
          " ".join(f"{place} {share:6.1%}" for place, share in right.items()))

# %% [markdown] lang="en"
# ### The recorded run
#
# The same experiment with five models and several seeds. A seed decides the first weights, the order, and which training pictures are drawn; the test pictures are always the same. Nothing was tuned: the recipe is that of lesson 5 without augmentation.

# %% [markdown] lang="ko"
# ### 기록한 실험
#
# 같은 실험을 모델 다섯 개로, 시드를 바꿔 가며 했어요. 시드는 처음 가중치, 그림의 순서, 어떤 학습 그림을 그릴지를 정해요. 테스트 그림은 늘 같아요. 아무것도 따로 조정하지 않았어요. 레시피는 수업 5의 것에서 증강만 뺐어요.

# %%
def runs_of(experiment):
    """The runs of results/inductive_bias_EXPERIMENT.json; none where there is no such file."""
    file = recorded(f"inductive_bias_{experiment}")
    if file is None:
        return []
    seeds = len({run["seed"] for run in file["runs"]})
    print(f"{len(file['runs'])} runs, {seeds} seeds, {file['runs'][0]['steps']} steps of "
          f"{file['settings']['batch_size']} pictures")
    return file["runs"]


def chosen(runs, **wanted):
    """Those runs whose entries are the wanted ones: `chosen(runs, model="vit")`."""
    return [run for run in runs if all(run[name] == value for name, value in wanted.items())]


def by_place(runs, condition):
    """{model: {place of the test: accuracies, one a seed}} of the runs trained at one place."""
    found = {}
    for run in chosen(runs, condition=condition):
        for place, share in run["test"].items():
            found.setdefault(CONTENDERS[run["model"]], {}).setdefault(place, []).append(share)
    return found

# %%
translation = runs_of("translation")
for model, places in by_place(translation, "center").items():
    print(f"{model:18}",
          "  ".join(f"{place} {np.mean(shares):6.1%}" for place, shares in places.items()))

# %% alt="Accuracy of five models on shapes in the centre, anywhere and in a corner; a dot a seed." alt_ko="도형이 가운데, 아무 데나, 구석에 있을 때 다섯 모델의 정확도. 점 하나가 시드 하나예요."
centre = by_place(translation, "center")
plot_dots({"": centre}, 1 / 5,
          "Trained in the centre, tested elsewhere") if centre else plot_nothing("the recording")

# %% [markdown] lang="en"
# A row is a model, a color a place of the test, a dot a seed; the dotted line is a blind guess. Circles are where the shape was in training, diamonds where it never was. The next cell says it in words.

# %% [markdown] lang="ko"
# 한 줄이 모델 하나, 색이 테스트한 자리, 점이 시드예요. 세로 점선은 찍었을 때의 정확도예요. 동그라미는 학습할 때의 자리, 마름모는 한 번도 없던 자리예요. 다음 셀이 말로 요약해요.

# %%
def points(share):
    """A share in points, to one decimal, and never -0.0."""
    return round(100 * float(share), 1) + 0.0


for model, places in centre.items():
    lost = points(np.mean(places["center"]) - np.mean(places["corner"]))
    above = points(np.mean(places["corner"]) - 1 / 5)
    print(f"{model:18} loses {lost:5} points from the centre to the corner; "
          f"there it is {above:5} above a blind guess")

# %% [markdown] lang="en"
# Three results:
#
# - *The CNN loses nothing; with `Flatten` it falls to a blind guess.* So it is not the convolutions alone that make a CNN indifferent to place: an equivariant map must be followed by something that ignores the order.
# - *The ViT loses more than a third of its accuracy, but stays well above a blind guess.* It shares $\mathbf{E}$, attention and MLP over all places; a corner of a square that it knows from one patch it can recognize in another.
# - *The ViT without positions loses least of the three ViTs.* To it all places are alike, but only for moves by whole patches: for others it must have seen all 16 alignments in training.

# %% [markdown] lang="ko"
# 결과는 세 가지예요.
#
# - *CNN은 정확도가 전혀 떨어지지 않고, `Flatten`을 쓴 CNN은 찍는 수준까지 떨어져요.* CNN이 자리에 둔감한 것은 합성곱 덕분만이 아니에요. 등변인 특징 뒤에는 순서를 따지지 않는 것이 와야 해요.
# - *ViT는 정확도를 3분의 1 넘게 잃지만, 찍는 것보다는 훨씬 나아요.* $\mathbf{E}$, 어텐션, MLP를 모든 자리에서 함께 쓰거든요. 한 패치에서 배운 사각형의 모서리를 다른 패치에서도 알아볼 수 있어요.
# - *ViT 셋 가운데 위치 임베딩이 없는 것이 가장 덜 떨어져요.* 이 모델에게는 모든 자리가 똑같아요. 다만 패치 크기의 배수로 옮길 때만 그래요. 그 밖의 이동에서는 패치 안의 16가지 자리를 학습할 때 보아 두어야 해요.

# %% [markdown] lang="en"
# ### The same question, an easier test
#
# It sounds like the same test: train with the shape's centre in the left half of the picture, test in the right half. **Predict** whether the models lose more or less than from the centre to the corner. The recorded accuracies:

# %% [markdown] lang="ko"
# ### 같은 질문, 덜 어려운 조건
#
# 비슷해 보이는 실험이 있어요. 도형의 중심이 그림의 왼쪽 절반에 있을 때 학습하고, 오른쪽 절반에 있을 때 테스트해요. 가운데에서 구석으로 옮겼을 때보다 더 잃을지 덜 잃을지 **예측해 보세요.** 기록한 정확도는 다음과 같아요.

# %%
for model, places in by_place(translation, "left").items():
    left, right = np.mean(places["left"]), np.mean(places["right"])
    to_corner = points(np.mean(centre[model]["center"]) - np.mean(centre[model]["corner"]))
    print(f"{model:14} left {left:6.1%}, right {right:6.1%}: "
          f"{points(left - right):5} points lost (to the corner {to_corner:5})")

# %% [markdown] lang="en"
# The CNN with `Flatten` and the ViT lose less here than on the way to the corner. Before you conclude anything from that, look at what was shown in training. Three numbers for each experiment: at how many places (in whole pixels) the centre of a shape stood in training; how far a test picture's centre is from the nearest of them; and how much of the shapes in the test lies on pixels where at least 1 in 50 training pictures had a shape, too. **Predict** which of the two tests asks for more.

# %% [markdown] lang="ko"
# `Flatten`을 쓴 CNN과 ViT는 구석으로 옮겼을 때보다 덜 떨어졌어요. 결론을 내리기 전에 학습할 때 무엇을 보여 주었는지 확인해요. 실험마다 숫자를 세 개씩 재요. 학습할 때 도형의 중심이 있던 자리는 (픽셀 단위로) 몇 군데인가요? 테스트 그림의 중심은 가장 가까운 그런 자리에서 얼마나 떨어져 있나요? 테스트 도형의 몇 퍼센트가 학습 그림 50장 가운데 1장 이상에서 도형이 있던 픽셀에 놓이나요? 두 테스트 가운데 어느 쪽이 더 많은 것을 요구할지 **예측해 보세요.**

# %%
for trained_at, tested_at in (("center", "corner"), ("left", "right")):
    shown, asked = (draw_shapes(2000, position=centres(place, 2000, seed), seed=seed, **PLAIN)
                    for seed, place in enumerate((trained_at, tested_at)))
    number = len(np.unique(np.floor(shown.centers), axis=0))
    nearest = np.linalg.norm(asked.centers[:, None] - shown.centers, axis=-1).min(axis=1).mean()
    known = np.mean((shown.masks.mean(axis=0) > 0.02)[np.nonzero(asked.masks)[1:]])
    print(f"{trained_at:>6} to {tested_at:6}: places {number:2}, "
          f"to the nearest {nearest:.1f} pixels, "
          f"on known pixels {known:.0%}")

# %% [markdown] lang="en"
# On the left the shape stood at many more places, up to 12 pixels apart: the data themselves *teach* that a move changes nothing. And the right half is nearer, and more of its pixels have seen shapes. Such a test asks less of inductive bias, so a model without it loses less. How large a lack looks depends on how one asks. A difference that does not show may be no difference, or a question that was not asked.

# %% [markdown] lang="ko"
# 왼쪽에서 학습할 때는 도형이 훨씬 많은 자리에 있었고, 자리끼리 12픽셀까지 떨어져 있었어요. 옮겨도 달라지지 않는다는 것을 데이터가 *가르쳐* 준 셈이에요. 게다가 오른쪽 절반은 거리도 더 짧고, 이미 도형이 나왔던 픽셀도 더 많아요. 이런 테스트는 귀납 편향을 덜 요구하니, 귀납 편향이 없는 모델도 덜 떨어져요. 부족함이 얼마나 커 보이는지는 어떻게 묻느냐에 달려 있는 거예요. 차이가 보이지 않으면 차이가 없는 것일 수도 있고, 물어보지 않은 것일 수도 있어요.

# %% [markdown] lang="en"
# ## 4. Locality
#
# The lecture's other word is *locality*. What a place of a feature map depends on is its *receptive field*. A kernel of width $k$ adds $k - 1$ steps to it, and a step is as many pixels as all strides before it multiplied:
#
# $$r_\ell = r_{\ell - 1} + (k_\ell - 1) \prod_{m < \ell} s_m, \qquad r_0 = 1$$
#
# Our CNN has a 3x3 convolution, then two stages of two 3x3 convolutions each, the first of them with stride 2. **Predict** the width of the receptive field after the first convolution and after each stage.

# %% [markdown] lang="ko"
# ## 4. 지역성
#
# 강의에 나온 또 하나의 말은 *locality*, 지역성이에요. 특징 맵의 한 자리가 입력의 어디에 달려 있는지를 *수용 영역*(receptive field)이라고 해요. 너비가 $k$인 커널을 지날 때마다 $k - 1$걸음만큼 넓어지고, 한 걸음은 앞에 있는 스트라이드를 모두 곱한 만큼의 픽셀이에요.
#
# $$r_\ell = r_{\ell - 1} + (k_\ell - 1) \prod_{m < \ell} s_m, \qquad r_0 = 1$$
#
# 우리 CNN은 3x3 합성곱 하나와 두 단계로 되어 있어요. 단계마다 3x3 합성곱이 두 개씩 있고, 그 가운데 첫째의 스트라이드가 2예요. 첫 합성곱 뒤와 각 단계 뒤의 수용 영역은 너비가 얼마일지 **예측해 보세요.**

# %%
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
# Now measured: `sensitivity` makes each pixel of a picture a little brighter, one after the other, and records by how much one output changes, a gradient taken by hand. The output is the place in the middle of the map. Nothing is trained: locality is there from the start.

# %% [markdown] lang="ko"
# 이제 재 봐요. `sensitivity`는 그림의 픽셀을 하나씩 조금 밝게 만들면서 출력 하나가 얼마나 변하는지 적어요. 손으로 구한 그래디언트인 셈이에요. 출력은 특징 맵 한가운데 자리로 해요. 학습은 하지 않았어요. 지역성은 처음부터 있으니까요.

# %%
keras.utils.set_random_seed(0)
image = draw_shapes(1, shapes=("heart",), position="center", seed=6).images[0]
cnn, vit = create_contender("cnn", 5), create_contender("vit", 5)
stages = [next(layer for layer in cnn.layers if isinstance(layer, layers.Conv2D)),
          *(layer for layer in cnn.layers if isinstance(layer, layers.Add))]


def middle_of(layer):
    """From images to the place in the middle of the layer's map: (B, 32, 32, 3) -> (B, K)."""
    maps, middle = keras.Model(cnn.input, layer.output), layer.output.shape[1] // 2
    return lambda images: maps(images)[:, middle, middle]


seen = {}
for name, layer in zip(("first convolution", "CNN, stage 1", "CNN, stage 2"), stages):
    seen[name] = sensitivity(middle_of(layer), image)
    print(f"{name:18} measured {receptive_field(seen[name])[2:]}")
print("by formula        ", by_formula[0], by_formula[2], by_formula[4])

# %%
def after_one_block(images):
    """The token of the patch in row 4, column 4, after equation (1) and one block."""
    z = vit.patch_encoder(vit.patches(vit.normalize(images)))
    return vit.encoder.blocks[0](z)[:, 1 + 4 * 8 + 4]


seen["ViT, block 1"] = sensitivity(after_one_block, image)
print("ViT after its first block:", receptive_field(seen["ViT, block 1"])[2:])

# %% alt="Four maps of what one output sees: 3, 9 and 21 pixels wide in the CNN, the whole picture in the ViT." alt_ko="출력 하나가 보는 범위를 나타낸 지도 네 개. CNN에서는 너비가 3, 9, 21픽셀이고 ViT에서는 그림 전체예요."
roots = {name: np.sqrt(field) for name, field in seen.items()}
plot_fields(roots, "A place of the CNN sees a box, a token of the ViT everything")

# %% [markdown] lang="en"
# (The square root is drawn, so that small values can be seen.) The CNN's field grows layer by layer and is still not the whole picture at the end. A token of the ViT depends on every pixel after a single block: most on its own patch, through the residual connection, and a little on all others. For the CNN that neighbours belong together is no discovery but its construction. The ViT may look anywhere.
#
# ### Where a ViT does look
#
# May look is not does look. The *attention distance* of a head is the distance from a patch to those it takes from, weighted by the attention scores:
#
# $$d = \frac{1}{N} \sum_n \sum_m A_{nm} \, \lVert p_n - p_m \rVert$$
#
# with $p_n$ the place of patch $n$ in pixels. **Predict** $d$ for a head that looks at all 64 patches alike, roughly: the picture is 32 pixels wide.

# %% [markdown] lang="ko"
# (작은 값도 보이도록 제곱근을 그렸어요.) CNN의 수용 영역은 층을 지날 때마다 넓어지지만 끝까지 가도 그림 전체가 되지 않아요. ViT의 토큰은 블록 하나만 지나면 모든 픽셀에 달려 있어요. 잔차 연결(residual connection)이 있으니 자기 패치에 가장 많이, 나머지 모두에 조금씩 달려 있어요. 이웃끼리 관련 있다는 것을 CNN은 알아낸 것이 아니라 구조로 타고나요. ViT는 어디든 볼 수 있어요.
#
# ### ViT는 실제로 어디를 볼까요
#
# 볼 수 있다고 해서 실제로 보는 것은 아니에요. 헤드(head)의 *어텐션 거리*(attention distance)는 한 패치에서 그 패치가 정보를 가져오는 패치들까지의 거리를 어텐션 점수(attention scores)로 가중 평균한 값이에요.
#
# $$d = \frac{1}{N} \sum_n \sum_m A_{nm} \, \lVert p_n - p_m \rVert$$
#
# 여기서 $p_n$은 $n$번째 패치의 자리(픽셀)예요. 패치 64개를 모두 똑같이 보는 헤드라면 $d$가 대략 얼마일지 **예측해 보세요.** 그림의 너비는 32픽셀이에요.

# %%
places = 4 * np.stack(np.divmod(np.arange(64), 8), axis=-1)  # (64, 2), in pixels
apart = np.linalg.norm(places[:, None] - places, axis=-1)  # (64, 64)
uniform = apart.mean()
print(f"looks at all patches alike: {uniform:.2f} pixels; at itself and its four neighbours:",
      f"{np.mean([apart[n][apart[n] <= 4].mean() for n in range(64)]):.2f}")

# %%
maps = attention_maps(vit, draw_shapes(32, seed=1).images)  # (32, 3, 4, 65, 65)
untrained = mean_attention_distance(maps, grid_shape=(8, 8), patch_size=4)  # (blocks, heads)
print(untrained.shape, "not trained; every head within a pixel of it:",
      bool(np.all(np.abs(untrained - uniform) < 1)))

# %% tags=["nbval-ignore-output"]
maps = attention_maps(mine["vit"], centered.test.images[:32])
distances = mean_attention_distance(maps, (8, 8), 4).astype(float)
print("the ViT you trained, a row a block:", np.round(distances, 1).tolist())

# %% [markdown] lang="en"
# An untrained head looks at all patches alike: the ViT begins with no idea of a neighbour. Now the heads of the ViTs recorded in section 3, before and after training on shapes in the centre.

# %% [markdown] lang="ko"
# 학습하지 않은 헤드는 모든 패치를 똑같이 봐요. ViT는 이웃이 무엇인지 모르고 시작해요. 이번에는 3절에서 기록한 ViT의 헤드들을 가운데 있는 도형으로 학습하기 전과 후에 재어 비교해요.

# %%
vits = chosen(translation, model="vit", condition="center")
reach = {when: np.array([run["attention_distance"][when] for run in vits])
         for when in ("before", "after") if vits}
for when, distances in reach.items():
    print(f"{when:6} training, mean of each block: {np.round(distances.mean(axis=(0, 2)), 1)}, "
          "nearest head "
          f"{distances.min():.1f}, furthest {distances.max():.1f} pixels")

# %% alt="Attention distance of every head in each block, before and after training; a dotted line for heads that look at all patches alike." alt_ko="블록마다 각 헤드의 어텐션 거리를 학습 전과 후로 나타냈어요. 점선은 모든 패치를 똑같이 보는 헤드예요."
plot_attention_reach(reach, uniform,
                     "How far do heads look?") if reach else plot_nothing("the recording")

# %% [markdown] lang="en"
# Before training all heads lie near the dotted line, and after it they have spread only a little. A head that looked at itself and its four neighbors would lie at about 3 pixels: no head has learned to look nearby in this training.

# %% [markdown] lang="ko"
# 학습 전에는 모든 헤드가 점선 가까이에 있고, 학습 후에도 조금 흩어졌을 뿐이에요. 자기와 네 이웃만 보는 헤드라면 3픽셀쯤에 있어야 해요. 이 학습에서 가까운 곳을 보도록 배운 헤드는 없어요.

# %% [markdown] lang="en"
# ## 5. The shuffle test
#
# A model that takes nothing for granted about places loses nothing when places change, as long as they change in the same way in every picture, in training and in test. So shuffling shows what a model relies on. Three shuffles: whole patches change places; the pixels within a patch do, in the same way in every patch; any pixel goes anywhere.

# %% [markdown] lang="ko"
# ## 5. 섞기 실험
#
# 자리에 대해 아무것도 당연하게 여기지 않는 모델이라면 자리가 바뀌어도 잃는 것이 없어요. 단, 학습할 때도 테스트할 때도 모든 그림에서 똑같이 바뀌어야 해요. 그래서 그림을 섞어 보면 모델이 무엇에 기대고 있는지 드러나요. 섞는 방법은 셋이에요. 패치끼리 자리를 바꾸거나, 패치 안에서 픽셀끼리 자리를 바꾸거나(모든 패치에서 똑같이), 픽셀을 아무 데나 보내요.

# %%
orders = {kind: shuffled_order(kind, image_size=32, patch_size=4, seed=0) for kind in SHUFFLES}
# every pixel that has one to its right
neighbours = np.arange(32 * 32).reshape(32, 32)[:, :-1].ravel()
for kind, order in orders.items():
    now_at = np.argsort(order)  # where each pixel has gone
    down, right = np.abs(np.subtract(np.divmod(now_at[neighbours], 32),
                                     np.divmod(now_at[neighbours + 1], 32)))
    print(f"{kind:15} pixels side by side that still touch: {np.mean(down + right == 1):4.0%}")

# %% alt="Two drawn pictures, each unshuffled, with patches shuffled, shuffled within patches, and with all pixels shuffled." alt_ko="그림 두 장. 원본, 패치를 섞은 것, 패치 안에서 섞은 것, 모든 픽셀을 섞은 것이에요."
two = draw_shapes(2, shapes=FIVE, position="center", clutter=0.2, noise=0, seed=8)
rows = {FIVE[label]: [(shuffle_pixels(image[None], order)[0], kind)
                      for kind, order in orders.items()]
        for image, label in zip(two.images, two.labels)}
plot_gallery(rows, "Nothing is lost, but places change")

# %% [markdown] lang="en"
# The two pictures of a column are shuffled in the same way. To you the last column is noise.
#
# ### What must come out, without training
#
# For some models the result can be foretold: to every set of weights for plain pictures belongs another for shuffled ones, with *exactly* the same answers. Write $\pi$ for the shuffle of the patches and $\mathbf{Q}$ for that of the numbers in a patch.
#
# $$\mathbf{x}_p^{\pi(n)} \mathbf{E} + \mathbf{e}_{\pi(n)} \qquad\qquad (\mathbf{x}_p \mathbf{Q}) (\mathbf{Q}^\top \mathbf{E}) = \mathbf{x}_p \mathbf{E}$$
#
# Left: if patch $\pi(n)$ now comes as number $n$, give number $n$ the position $\mathbf{e}_{\pi(n)}$ that belongs to it. The tokens are the same as before in another order, and attention does not mind the order (lesson 2). Right: if the numbers in a patch change places, let the rows of $\mathbf{E}$ do so, too. We do both at once.

# %% [markdown] lang="ko"
# 한 열의 그림 두 장은 똑같이 섞었어요. 마지막 열은 우리 눈에 잡음일 뿐이에요.
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
# the class token stays
positions.assign(ops.take(positions, np.concatenate([[0], 1 + patch_order]), axis=1))
projection.kernel.assign(ops.take(projection.kernel, numbers, axis=0))
after = vit.encoder(vit.patch_encoder(shuffled))[:, 0]
for name, y in {"weights as they were": unprepared, "weights permuted": after}.items():
    print(f"{name:21} same y: {np.allclose(before, y, atol=1e-5)}")

# %% [markdown] lang="en"
# To the digit, up to rounding. And more: permuted first weights are as likely as the first weights themselves, since all entries are drawn alike; AdamW and decay treat every entry for itself, and clipping looks only at the length of all together. So *training* on shuffled patches is the same training with renamed weights. Whatever the ViT reaches on plain pictures, it reaches on these; a difference in the recording is chance.
#
# The same holds for the MLP and any shuffle: its first layer has a row for every number of the picture. It does not hold for the CNN: its kernel has nine places, and no choice of nine weights brings a pixel back that is now at the other end. And it does not hold for the ViT when pixels leave their patches. **Predict** now, for each of the three models and each of the three shuffles: stays or falls?

# %% [markdown] lang="ko"
# 반올림 오차만 빼면 똑같아요. 그뿐이 아니에요. 처음 가중치는 모든 성분을 같은 방법으로 뽑으니, 자리를 바꾼 처음 가중치도 똑같이 나올 수 있어요. AdamW와 감쇠는 성분마다 따로 작용하고, 클리핑은 전체의 길이만 봐요. 그러므로 섞은 패치로 하는 *학습*은 가중치의 이름만 바꾼 같은 학습이에요. ViT가 원래 그림에서 도달하는 정확도에 섞은 그림에서도 도달해요. 기록에 차이가 있다면 우연이에요.
#
# MLP는 어떤 섞기에도 마찬가지예요. 첫 층에 그림의 숫자마다 행이 하나씩 있으니까요. CNN은 그렇지 않아요. 커널에는 자리가 아홉 개뿐이라 어떤 값을 골라도 멀리 가 버린 픽셀을 되찾지 못해요. 픽셀이 패치 밖으로 나가면 ViT도 그렇지 않아요. 세 모델과 세 가지 섞기마다 정확도가 그대로일지 떨어질지 **예측해 보세요.**

# %%
shuffle = runs_of("shuffle")
TITLES = {"drawn": "drawn shapes", "cifar10": "CIFAR-10", "textured": "textured shapes"}
shuffled_accuracy = {}
for run in shuffle:
    models = shuffled_accuracy.setdefault(TITLES[run["data"]], {})
    of_model = models.setdefault(CONTENDERS[run["model"]], {})
    of_model.setdefault(run["condition"], []).append(run["test_accuracy"])
for data, models in shuffled_accuracy.items():
    for model, kinds in models.items():
        print(f"{data:14}{model:5}",
              "  ".join(f"{kind} {np.mean(kinds.get(kind, np.nan)):6.1%}" for kind in SHUFFLES))

# %% alt="Accuracy of CNN, MLP and ViT on plain and shuffled pictures, drawn shapes and CIFAR-10; a dot a seed." alt_ko="원래 그림과 섞은 그림에서 CNN, MLP, ViT의 정확도. 그려 낸 도형과 CIFAR-10이에요. 점 하나가 시드 하나예요."
plot_dots(shuffled_accuracy, 1 / 10,
          "Whose accuracy stands a shuffle?") if shuffle else plot_nothing("the recording")

# %% [markdown] lang="en"
# A row is a model, a color a shuffle, a dot a seed. How much is chance? The next cell lists the points lost. Those without a star must be chance.

# %% [markdown] lang="ko"
# 한 줄이 모델 하나, 색이 섞는 방법, 점이 시드예요. 이 가운데 얼마가 우연일까요? 다음 셀이 잃은 퍼센트포인트를 보여 줘요. 별표가 없는 것은 우연일 수밖에 없어요.

# %%
# theory: nothing can change
SAFE = {"CNN": (), "MLP": SHUFFLES, "ViT": ("patches", "within patches")}


def points_lost(kinds, kind):
    return points(np.mean(kinds["none"]) - np.mean(kinds[kind]))


for data, models in shuffled_accuracy.items():
    for model, kinds in models.items():
        lost = (f"{kind} {points_lost(kinds, kind):5}{' ' if kind in SAFE[model] else '*'}"
                for kind in SHUFFLES[1:])
        print(f"{data:14}{model:4} points lost:", "  ".join(lost), "  (* theory allows a loss)")

# %% [markdown] lang="en"
# On the drawn shapes chance is large: the ViT gains 7 points where theory allows no change, with all three seeds above all three of the plain pictures. On CIFAR-10 it is half a point. There the losses with a star are real: the CNN loses when its neighbors go, the ViT when pixels leave their patches.
#
# ## 6. Little data
#
# The lecture: "Where there is not much training data, the model does not do well. The main reason is that it lacks inductive bias." Section 1 says why that is plausible: what is not taken for granted has to be found in the data. We try it with three models of about equal size, from 100 pictures to tens of thousands. Every point of the curves has the same number of steps: the fewer the pictures, the more often each is seen.
#
# The third is the lecture's *hybrid*: a ViT whose patches are cut from the feature map of two convolutions.

# %% [markdown] lang="ko"
# 코드로 그린 도형에서는 우연이 커요. 이론으로는 아무것도 바뀔 수 없는데 ViT의 정확도가 7퍼센트포인트 올랐고, 시드 셋이 모두 원래 그림의 시드 셋보다 높아요. CIFAR-10에서 우연은 0.5퍼센트포인트쯤이에요. 그래서 거기서 별표가 붙은 손실은 진짜예요. CNN은 이웃이 흩어지면, ViT는 픽셀이 패치 밖으로 나가면 정확도가 떨어져요.
#
# ## 6. 적은 데이터
#
# 강의에서는 이렇게 말해요. "학습 데이터의 양이 많지 않은 경우, 모형의 성능이 좋지 않다. 주된 이유는 inductive bias가 부족하기 때문." 그럴듯한 이유는 1절에서 봤어요. 당연하게 여기지 않는 것은 데이터에서 찾아야 하니까요. 크기가 비슷한 모델 셋으로 그림 100장에서 수만 장까지 학습시켜 봐요. 곡선의 모든 점에서 스텝 수가 같아요. 그림이 적을수록 같은 그림을 더 여러 번 보는 셈이에요.
#
# 셋째는 강의에 나온 *하이브리드*(hybrid)예요. 합성곱 두 개를 거친 특징 맵에서 패치를 자르는 ViT예요.

# %%
for name in ("cnn", "vit", "hybrid"):
    print(f"{CONTENDERS[name]:7}{create_contender(name, 10).count_params():8,} parameters")
data_size = runs_of("data_size")
by_size = {}
for run in data_size:
    models = by_size.setdefault(TITLES[run["data"]], {})
    of_model = models.setdefault(CONTENDERS[run["model"]], {})
    of_model.setdefault(run["condition"], []).append(run["test_accuracy"])

# %% alt="Test accuracy of CNN, ViT and hybrid against the number of training images, for drawn shapes and CIFAR-10." alt_ko="학습 이미지 수에 따른 CNN, ViT, 하이브리드의 테스트 정확도. 그려 낸 도형과 CIFAR-10이에요."
title = "Accuracy against the number of training images"
plot_bands(by_size, "training images", 1 / 10, title,
           logarithmic=True) if by_size else plot_nothing("the recording")

# %% [markdown] lang="en"
# A line is the mean of the seeds, its band reaches from the lowest to the highest. The CNN is ahead of the ViT everywhere. By how much, the next cell says:

# %% [markdown] lang="ko"
# 선은 시드의 평균이고, 띠는 가장 낮은 값에서 가장 높은 값까지예요. CNN이 어디서나 ViT보다 앞서요. 얼마나 앞서는지는 다음 셀이 알려 줘요.

# %%
for data, models in by_size.items():
    ahead = set()
    for number, cnn_runs in sorted(models["CNN"].items()):
        vit_runs = models["ViT"][number]
        lead = points(np.mean(cnn_runs) - np.mean(vit_runs))
        apart = min(cnn_runs) > max(vit_runs) or min(vit_runs) > max(cnn_runs)
        ahead |= {np.sign(lead)} if apart else set()
        print(f"{data:14}{number:7,} images: CNN minus ViT {lead:5} "
              f"points{'' if apart else ', the bands touch'}")
    print(f"{data}:",
          "the curves cross" if len(ahead) > 1 else "no crossing beyond the scatter of the seeds")

# %% [markdown] lang="en"
# If data are what the ViT lacks, the gap should shrink as data grow. On CIFAR-10 it grows instead; on the drawn shapes it is largest at 300 pictures, and no longer shrinks from 3,000 on. But this does not refute the lecture, because equal steps are not equal progress. With 40,000 pictures, 500 steps of 64 are less than one pass over the data, and a model may still be *underfitting*. Training accuracy tells:

# %% [markdown] lang="ko"
# ViT에 부족한 것이 데이터라면 데이터가 늘수록 차이가 줄어야 해요. 그런데 CIFAR-10에서는 오히려 늘어요. 코드로 그린 도형에서는 300장일 때 차이가 가장 크고, 3,000장부터는 더 줄지 않아요. 그렇다고 강의의 문장이 틀렸다는 뜻은 아니에요. 스텝 수가 같다고 배운 정도가 같은 것은 아니니까요. 그림이 40,000장이면 64장씩 500스텝으로는 데이터를 한 번도 다 훑지 못해서, 모델이 아직 *과소적합*(underfitting)일 수 있어요. 학습 데이터 정확도를 보면 알 수 있어요.

# %%
for data in ("drawn", "cifar10"):
    sizes = sorted({run["condition"] for run in chosen(data_size, data=data)})
    for number in sizes[:1] + sizes[-1:]:
        for model in ("cnn", "vit", "hybrid"):
            runs = chosen(data_size, data=data, model=model, condition=number)
            seen, new = (np.mean([run[name] for run in runs])
                         for name in ("train_accuracy", "test_accuracy"))
            print(f"{TITLES[data]:14}{number:7,} images, "
                  f"{CONTENDERS[model]:7} training {seen:6.1%}, test {new:6.1%}, "
                  f"gap {points(seen - new):5} points")

# %% [markdown] lang="en"
# A large gap is *overfitting*: many rules fit the pictures seen, as in section 1, and the wrong one was found. That is how all three models fail on 100 pictures. A small gap with low accuracy is underfitting: on 40,000 photographs of CIFAR-10 all three do. So the right end compares how fast models learn, not how they use data. **This experiment neither supports the lecture's sentence nor contradicts it.** A test would train every model at every size until it stops improving. And the lecture's own table, where ViT-Huge passes the ResNet, is about pre-training on hundreds of millions of pictures; no curve here reaches that far.

# %% [markdown] lang="ko"
# 차이가 크면 *과적합*(overfitting)이에요. 1절처럼 본 그림에 맞는 규칙은 여러 가지인데 틀린 것을 찾은 거예요. 그림이 100장일 때는 세 모델이 모두 이렇게 실패해요. 차이가 작은데 정확도가 낮으면 과소적합이에요. CIFAR-10 사진이 40,000장일 때는 세 모델이 모두 그래요. 그러니 곡선의 오른쪽 끝은 데이터를 얼마나 잘 쓰는지가 아니라 얼마나 빨리 배우는지를 비교해요. **이 실험은 강의의 문장을 뒷받침하지도, 반박하지도 못해요.** 제대로 시험하려면 데이터 크기마다 모델이 더 나아지지 않을 때까지 학습시켜야 해요. 그리고 ViT-Huge가 ResNet을 앞서는 강의의 표는 수억 장으로 사전 학습(pre-training)한 결과예요. 여기 있는 곡선은 거기까지 가지 않아요.

# %% [markdown] lang="en"
# ## 7. Robustness
#
# If models take different things for granted, they may be wrong in different ways. Three changes to test pictures, none of them seen in training: parts covered, everything moved, and shapes whose texture says another class. First by hand. A quarter of the 64 squares is covered; **predict** how many pixels of 1,024 are grey, and for how many of the ViT's 64 patches *anything* changes if the grid of squares is moved aside by two pixels.

# %% [markdown] lang="ko"
# ## 7. 강건성
#
# 당연하게 여기는 것이 다르면 틀리는 방식도 다를 수 있어요. 테스트 그림을 세 가지로 바꿔 봐요. 셋 다 학습할 때는 없던 것이에요. 일부를 가리거나(occlusion), 전체를 옮기거나, 도형의 질감(texture)이 다른 클래스를 가리키게 해요. 먼저 직접 세어 봐요. 사각형 64개 가운데 4분의 1을 가려요. 1,024개 픽셀 가운데 몇 개가 회색이 되고, 사각형의 격자를 2픽셀 비껴 놓으면 ViT의 패치 64개 가운데 몇 개에서 *무엇이라도* 바뀔지 **예측해 보세요.**

# %%
white = np.full((1, 32, 32, 3), 255, "uint8")
for aside in (0, 2):
    covered = (occlude(white, 0.25, patch_size=4, aside=aside) != 255).any(axis=-1)  # (1, 32, 32)
    grey = ops.convert_to_numpy(Patches(4)(covered[..., None].astype("float32")))
    touched = grey.any(axis=-1).sum()
    print(f"aside by {aside}: {covered.sum()} pixels grey, {touched} of 64 patches touched")

# %% [markdown] lang="en"
# The same amount of grey. On the ViT's own grid it loses whole tokens and keeps the others untouched; aside, hardly a token is left as it was. A fair test of occlusion shows both.

# %% [markdown] lang="ko"
# 회색의 양은 같아요. ViT 자신의 격자에 맞추면 토큰을 통째로 잃는 대신 나머지는 그대로예요. 비껴 놓으면 그대로인 토큰이 훨씬 적어요. 가리기 실험을 공정하게 하려면 둘 다 봐야 해요.

# %% alt="Four rows of pictures: covered in part, covered aside, moved, and shapes whose texture belongs to another class." alt_ko="그림 네 줄. 일부를 가린 것, 비껴서 가린 것, 옮긴 것, 질감이 다른 클래스의 것인 도형이에요."
ones = draw_shapes(1, shapes=("heart",), color="yellow", clutter=0.3, noise=0, seed=6).images
odd = draw_textured(4, agree=False, color="white", clutter=0, noise=0, seed=4)
plot_gallery({
    "covered": [(occlude(ones, share)[0], f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75)],
    "covered aside": [(occlude(ones, share, aside=2)[0], f"{share:.0%}")
                      for share in (0, 0.25, 0.5, 0.75)],
    "moved": [(move(ones, distance, seed=2)[0], f"{distance} pixels") for distance in (0, 2, 4, 8)],
    "textured": [(picture, f"{FIVE[shape]}, {list(TEXTURES)[texture]}")
                 for picture, shape, texture in zip(*odd)],
}, "What is done to test pictures")

# %% [markdown] lang="en"
# For the last row five shapes were paired with five textures: in training every circle has rows, every square columns, and so on. A model may learn the shape or the texture; both are always right. That is section 1 once more: solutions that fit all training data. In the test the two contradict each other, and the answer shows which one was learned.

# %% [markdown] lang="ko"
# 마지막 줄에서는 도형 다섯 가지와 질감 다섯 가지를 짝지었어요. 학습할 때 원은 늘 가로줄, 사각형은 늘 세로줄 하는 식이에요. 모델은 도형을 배워도 되고 질감을 배워도 돼요. 둘 다 늘 맞으니까요. 1절에서 본, 모든 학습 데이터에 맞는 여러 해답과 같아요. 테스트에서는 둘이 서로 다른 답을 가리켜요. 그래서 모델의 답을 보면 무엇을 배웠는지 알 수 있어요.

# %%
robustness = runs_of("robustness")
under = {}  # {(data, what is done): {model: {how much: accuracies}}}
for run in robustness:
    for change, levels in run["test"].items() if run["data"] != "textured" else ():
        for level, share in levels.items():
            found = under.setdefault((run["data"], change), {})
            found = found.setdefault(CONTENDERS[run["model"]], {})
            found.setdefault(float(level), []).append(share)
for (data, change), models in under.items():
    for model, levels in models.items():
        row = (f"{level:g}: {np.mean(levels[level]):4.0%}" for level in sorted(levels))
        print(f"{TITLES[data]:14}{change:15}{model:4}", "  ".join(row))

# %% alt="Accuracy of CNN and ViT under growing occlusion and shift, drawn shapes and CIFAR-10." alt_ko="가리는 비율과 옮기는 거리가 커질 때 CNN과 ViT의 정확도. 그려 낸 도형과 CIFAR-10이에요."
panels = {f"{TITLES[data]},\n{change}": models
          for (data, change), models in under.items() if change != "occluded"}
labels = {name: "pixels" if name.endswith("moved") else "share covered" for name in panels}
title = "Parts covered (aside of the patches), pictures moved"
plot_bands(panels, labels, 1 / 10, title) if panels else plot_nothing("the recording")

# %% [markdown] lang="en"
# Compare losses, not heights: the models do not start from the same accuracy. Moved by 8 pixels the CNN loses no fewer points than the ViT. One might expect the ViT to recover at 4 and at 8 pixels, whole patches. It does not: it has positions, and with positions no move is followed (section 2). And some of what is lost at 8 pixels is lost to any model: a part of the picture has left it.

# %% [markdown] lang="ko"
# 높이가 아니라 떨어진 폭을 비교하세요. 출발하는 정확도가 서로 다르니까요. 8픽셀 옮겼을 때 CNN이 ViT보다 덜 떨어지지는 않아요. 패치 크기의 배수인 4픽셀과 8픽셀에서는 ViT의 곡선이 다시 올라갈 법도 한데, 그렇지 않아요. 위치 임베딩이 있어서 어떤 이동도 따라가지 못하기 때문이에요(2절). 그리고 8픽셀에서 떨어진 것 가운데 일부는 어떤 모델이라도 마찬가지예요. 그림의 일부가 밖으로 나갔으니까요.

# %%
named = {}
for run in chosen(robustness, data="textured"):
    for what, share in run["test"].items():
        named.setdefault(CONTENDERS[run["model"]], {}).setdefault(what, []).append(share)
for model, shares in named.items():
    shape, texture = np.mean(shares["by shape"]), np.mean(shares["by texture"])
    rest = max(0.0, 1 - shape - texture)
    goes_by = "the texture" if texture > shape else "the shape"
    print(f"{model:4} agree: {np.mean(shares['agree']):4.0%} right; apart: {shape:4.0%} by shape, "
          f"{texture:4.0%} by texture, {rest:4.0%} neither: it goes by {goes_by}")

# %% alt="Share of answers by shape and by texture, for CNN and ViT; a dot a seed." alt_ko="CNN과 ViT가 도형에 따라 답한 비율과 질감에 따라 답한 비율. 점 하나가 시드 하나예요."
plot_dots({"": named}, 1 / 5, "Shape or texture?",
          "share of the answers") if named else plot_nothing("the recording")

# %% [markdown] lang="en"
# `agree` is the accuracy where shape and texture say the same; `by shape` and `by texture` are the answers where they do not. Both models go by the texture every time, so this experiment cannot tell them apart. The cue is too easy: these textures repeat every few pixels, and a small receptive field, or a single patch, is enough for them.

# %% [markdown] lang="ko"
# `agree`는 도형과 질감이 같은 답을 가리킬 때의 정확도이고, `by shape`와 `by texture`는 서로 다른 답을 가리킬 때 어느 쪽을 따랐는지예요. 두 모델 모두 언제나 질감을 따랐어요. 그래서 이 실험으로는 두 모델을 구별할 수 없어요. 단서가 너무 쉬웠어요. 여기 쓴 질감은 몇 픽셀마다 되풀이되므로 작은 수용 영역이나 패치 하나로도 알아볼 수 있어요.

# %% [markdown] lang="en"
# ## 8. What follows, and what does not
#
# All that was recorded, in a few lines:

# %% [markdown] lang="ko"
# ## 8. 무엇을 말할 수 있고, 무엇은 말할 수 없을까요
#
# 기록한 것을 몇 줄로 모았어요.

# %%
for model, places in centre.items():
    kept = np.mean(places["corner"]) / np.mean(places["center"])
    print(f"Moved to a corner, the {model} keeps {kept:.0%} of its accuracy.")
for data, models in shuffled_accuracy.items():
    for model, kinds in models.items():
        change = 0 - points_lost(kinds, "patches")
        print(f"With the patches of {data} shuffled, the {model} changes by {change:+} points.")
for data, models in by_size.items():
    for number in (min(models["CNN"]), max(models["CNN"])):
        lead = points(np.mean(models["CNN"][number]) - np.mean(models["ViT"][number]))
        print(f"With {number:,} images of {data} the {'CNN' if lead > 0 else 'ViT'} is ahead by "
              f"{abs(lead)} points.")
for model, shares in named.items():
    shape, texture = (np.mean(shares[f"by {what}"]) for what in ("shape", "texture"))
    print(f"Where they disagree, the {model} names the shape in {shape:.0%}, "
          f"the texture in {texture:.0%}.")
if not (centre or shuffled_accuracy or by_size or named):
    print("Nothing is recorded here yet.")

# %% [markdown] lang="en"
# What can be concluded from experiments of this kind:
#
# - Inductive bias is real and can be measured: on layers before any training (sections 2 and 4), and in where and how trained models fail (sections 3, 5 and 7).
# - "The CNN is translation equivariant" is a sentence about its convolutions. Whether the *classifier* minds a move depends on strides, padding and the head.
# - "The ViT has less of it" is not "the ViT has none". It shares its weights over all patches, and the patches themselves are a small piece of locality: within a patch, $\mathbf{E}$ sees neighbours together.
#
# What cannot: that a CNN is the better model. Where an assumption fails (section 1), it costs. Nor that data are what the ViT lacks: section 6 could not test that. These are small models, small pictures and short training; the lecture's table is the other end, and lesson 9 goes there.

# %% [markdown] lang="ko"
# 이런 실험에서 말할 수 있는 것은 다음과 같아요.
#
# - 귀납 편향은 실제로 있고 잴 수 있어요. 학습하기 전의 층에서도(2절과 4절), 학습한 모델이 어디서 어떻게 틀리는지에서도(3, 5, 7절) 드러나요.
# - 'CNN은 이동 등변이다'는 합성곱에 대한 말이에요. *분류기*가 이동에 영향을 받는지는 스트라이드, 패딩, 분류층에 달려 있어요.
# - 'ViT는 귀납 편향이 덜하다'는 '전혀 없다'가 아니에요. 모든 패치에 같은 가중치를 쓰고, 패치 자체가 작은 지역성이에요. $\mathbf{E}$는 패치 안의 이웃을 함께 보니까요.
#
# 말할 수 없는 것도 있어요. CNN이 더 좋은 모델이라는 결론은 나오지 않아요. 가정이 틀린 곳에서는(1절) 손해를 봐요. ViT에 부족한 것이 데이터라는 결론도 나오지 않아요. 6절의 실험으로는 시험할 수 없었어요. 작은 모델, 작은 그림, 짧은 학습이었어요. 강의의 표는 그 반대편에 있고, 수업 9에서 다뤄요.

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
# - A fixed shuffle of patches or within patches leaves the ViT exactly what it was; the CNN it takes its neighbours from.

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
# - 패치를 섞거나 패치 안을 섞어도 늘 똑같이 섞으면 ViT는 정확히 그대로예요. CNN은 이웃을 잃어요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/07_inductive_bias`](solutions/07_inductive_bias.ipynb).
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
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/07_inductive_bias`](solutions/07_inductive_bias.ipynb)에 있어요.
#
# **1. 생각해 보기.** 그림을 오른쪽으로 8픽셀, 곧 패치 두 개만큼 옮겨요. 한쪽으로 나간 것은 반대쪽으로 들어와요. 가중치는 그대로예요. 전과 *정확히* 같은 로짓(logit)을 내는 모델은 무엇일까요?
#
# - A: `Flatten`을 쓴 CNN
# - B: MLP
# - C: 클래스 토큰(class token)과 학습한 위치 임베딩이 있는 ViT
# - D: 클래스 토큰이 있고 위치 임베딩이 없는 ViT

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check(answer, "D", hints=[
    ("A", "Its maps are moved. What does the layer behind Flatten multiply them with?",
     "특징 맵이 옮겨져요. Flatten 뒤의 층은 거기에 무엇을 곱할까요?"),
    ("B", "How many weights has the first layer for one pixel, and are they those of the next?",
     "첫 층에서 한 픽셀의 가중치가 옆 픽셀의 가중치와 같은가요?"),
    ("C", "Which row of E_pos is added to a patch once it stands elsewhere?",
     "패치가 다른 자리로 가면 E_pos의 어느 행이 더해질까요?"),
])

# %% [markdown] lang="en"
# **2. Change a number.** The CNN of lesson 5 has `widths=(16, 32, 64, 128)`: a first 3x3 convolution and *three* stages in place of two. How wide is the receptive field at the end, in pixels? And what is the smallest move, in pixels, that its last feature map follows exactly?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 수업 5의 CNN은 `widths=(16, 32, 64, 128)`이에요. 첫 3x3 합성곱 다음에 단계가 둘이 아니라 *셋*이에요. 마지막에서 수용 영역의 너비는 몇 픽셀일까요? 그리고 마지막 특징 맵이 정확히 따라가는 가장 작은 이동은 몇 픽셀일까요?

# %%
field_width = None
smallest_move = None

# %%
check(field_width, 45, hints=[
    (21, "That is two stages, as in this lesson.", "이 수업처럼 단계가 둘일 때의 값이에요."),
    (15, "Each convolution adds two steps. How many pixels is a step after a stride?",
     "합성곱마다 두 걸음씩 늘어나요. 스트라이드를 지난 뒤 한 걸음은 몇 픽셀일까요?"),
    (29, "Each stage has two convolutions.", "단계마다 합성곱이 두 개 있어요."),
    (32, "The field may be wider than the picture.", "수용 영역은 그림보다 넓을 수 있어요."),
])
check(smallest_move, 8, hints=[
    (1, "That holds for a convolution without stride.", "스트라이드가 없는 합성곱이라면 맞아요."),
    (2, "That is after one stride of 2. How many are there?", "스트라이드 2를 한 번 지났을 때예요. 몇 번 지나나요?"),
    (4, "That is two stages, as in this lesson.", "이 수업처럼 단계가 둘일 때의 값이에요."),
    (6, "Strides are multiplied, not added.", "스트라이드는 더하지 않고 곱해요."),
])

# %% [markdown] lang="en"
# **3. Write code.** Move pictures without a ring: what leaves is lost, and what becomes free is 0. `images` has the shape (B, H, W, C); `dy` pixels down, `dx` to the right, each may be negative or 0.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** 이번에는 반대쪽으로 돌아 들어오지 않게 그림을 옮기는 함수를 써 보세요. 나간 것은 사라지고 빈 곳은 0으로 채워요. `images`의 형태(shape)는 (B, H, W, C)예요. 아래로 `dy`픽셀, 오른쪽으로 `dx`픽셀 옮기고, 둘 다 음수나 0일 수 있어요.

# %%
def shift(images, dy, dx):
    """The pictures moved down by dy and to the right by dx, 0 where nothing is left to show."""
    raise NotImplementedError

# %%
small = np.arange(1, 13).reshape(1, 3, 4, 1)
down_and_right = np.array([[0, 0, 0, 0], [0, 0, 1, 2], [0, 0, 5, 6]]).reshape(1, 3, 4, 1)
to_the_left = np.array([[2, 3, 4, 0], [6, 7, 8, 0], [10, 11, 12, 0]]).reshape(1, 3, 4, 1)

check(shift, down_and_right, on=(small, 1, 2), hints=[
    (np.roll(small, (1, 2), axis=(1, 2)), "What left came in on the other side. Here it is lost.",
     "나간 것이 반대쪽으로 들어왔어요. 여기서는 사라져야 해요."),
    (np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 2, 3]]).reshape(1, 3, 4, 1),
     "dy and dx are swapped: axis 1 is the rows.",
     "dy와 dx가 바뀌었어요. 축 1이 행이에요."),
    (np.array([[7, 8, 0, 0], [11, 12, 0, 0], [0, 0, 0, 0]]).reshape(1, 3, 4, 1),
     "That is up and to the left.", "위와 왼쪽으로 옮겼어요."),
    (lambda found: np.shape(found) != (1, 3, 4, 1), "Pictures keep their shape.",
     "그림의 형태는 그대로여야 해요."),
])
check(shift, to_the_left, on=(small, 0, -1), hints=[
    (np.zeros((1, 3, 4, 1)), "With dy = 0 a slice such as [:-dy] is empty.",
     "dy = 0이면 [:-dy] 같은 슬라이스는 비어 있어요."),
    ("broadcast", "With dy = 0 a slice such as [:-dy] is empty.",
     "dy = 0이면 [:-dy] 같은 슬라이스는 비어 있어요."),
    (np.roll(small, (0, -1), axis=(1, 2)), "What left came in on the other side. Here it is lost.",
     "나간 것이 반대쪽으로 들어왔어요. 여기서는 사라져야 해요."),
    (small, "A negative dx moves to the left.", "dx가 음수면 왼쪽으로 옮겨요."),
])

# %% [markdown] lang="en"
# **4. Write code.** Whether a function of signals is equivariant to a move by so many steps on a ring. It is tried on functions of this lesson and on two others.

# %% [markdown] lang="ko"
# **4. 코드 쓰기.** 고리 위에서 몇 자리 옮기는 것에 함수가 등변인지 확인하는 함수를 써 보세요. 이 수업에 나온 함수들과 다른 두 함수로 시험해요.

# %%
def is_equivariant(function, x, steps):
    """Whether function(x moved by so many steps) is function(x) moved by as many."""
    raise NotImplementedError

# %%
signal = np.array([0, 0, 2, 5, 1, 0])
place_by_place = np.arange(6)  # a weight for each place

check(is_equivariant, lambda test: (
    test(convolve, signal, 1) and test(convolve, signal, 2) and test(np.square, signal, 1)
    and not test(lambda x: place_by_place * x, signal, 1) and not test(lambda x: x[::-1], signal, 1)
), hints=[
    (lambda test: test(convolve, signal, 1) and test(lambda x: place_by_place * x, signal, 1),
     "It says True of a function with a weight for each place, too.",
     "자리마다 가중치가 다른 함수에도 True라고 해요."),
    (lambda test: test(lambda x: x[::-1], signal, 1),
     "The result is moved the other way: a mirror passes this test.",
     "결과를 반대쪽으로 옮겼어요. 뒤집는 함수가 통과해 버려요."),
    (lambda test: test(np.sum, signal, 1) and not test(convolve, signal, 1),
     "That is invariance: the result must be moved, too.", "그것은 불변성이에요. 결과도 옮겨야 해요."),
    (lambda test: test(convolve, signal, 1) and not test(convolve, signal, 2),
     "Move by `steps`, not by 1.", "1이 아니라 `steps`만큼 옮기세요."),
])

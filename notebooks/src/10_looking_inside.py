# %% [markdown] lang="en"
# # Looking inside: filters, positions, and where a Vision Transformer looks
#
# You make figures 6 and 7 of the paper for four models, compute attention rollout by hand, make the seven usual mistakes with it on purpose (some stand in public code), and measure when its maps can be trusted and when they mislead.
#
# | | |
# |---|---|
# | Lecture | not on the slides; figures 6 and 7 of the paper (section 4.5, appendix D) |
# | Read first | lessons 2 and 4; for the model that is looked into, 5; for pretrained weights, 9 |
# | Time | an hour and a half of reading and trying; about 3 minutes for the three cells that train, on a laptop |
#
# **Nobody has to run the long cells.** What was measured with several seeds is shown in sections 10 and 11 as soon as it is recorded.

# %% [markdown] lang="ko"
# # 들여다보기: 필터, 위치 임베딩, 그리고 비전 트랜스포머가 보는 곳
#
# 논문의 그림 6과 7을 모델 네 개로 직접 그려요. 어텐션 롤아웃(attention rollout)을 손으로 계산하고, 흔한 실수 일곱 가지를 일부러 저질러 봐요. 그 가운데에는 공개된 코드에 있는 것도 있어요. 그런 지도를 언제 믿어도 되고 언제 속는지도 재요.
#
# | | |
# |---|---|
# | 강의 | 슬라이드에는 없어요. 논문의 그림 6과 7 (4.5절, 부록 D) |
# | 먼저 읽을 것 | 수업 2와 4. 들여다볼 모델은 수업 5, 사전 학습된 가중치는 수업 9 |
# | 시간 | 읽고 따라 하는 데 한 시간 반쯤. 학습하는 셀 세 개가 노트북 컴퓨터에서 3분쯤 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 시드를 바꿔 가며 잰 결과는 기록이 있으면 10절과 11절에서 보여 줘요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. read figures 6 and 7 of the paper, and make them for any ViT or hybrid of your own;
# 2. compute rollout by hand, and find the mistakes that make a wrong map without an error;
# 3. say what a map of attention shows and what it does not, and back it by a measurement.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 논문의 그림 6과 7을 읽고, 어떤 ViT나 하이브리드(hybrid)로든 직접 그려요.
# 2. 롤아웃을 손으로 계산하고, 오류 없이 틀린 지도를 만드는 실수를 찾아내요.
# 3. 어텐션(attention) 지도가 무엇을 보여 주고 무엇을 보여 주지 않는지, 잰 숫자로 말해요.

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
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from keras import ops
from PIL import Image

import vit_keras
from vit_keras import (
    Dataset,
    Recipe,
    Split,
    VisionTransformer,
    attention_maps,
    check,
    create_hybrid_vit,
    draw_shapes,
    logits_of,
    pick,
    train,
)
from vit_keras.data import MARKS, add_marks, cover, decode, draw_faces
from vit_keras.figures import (
    Explorer,
    explore_attention,
    few_colors,
    plot_attention_reach,
    plot_bands,
    plot_by_block,
    plot_dots,
    plot_filters,
    plot_gallery,
    plot_nothing,
    plot_overlays,
    plot_position_similarity,
    plot_where_patches_look,
)
from vit_keras.inside import (
    HEAD_FUSION,
    answer_map,
    checked,
    hidden_states,
    mass_on,
    model_of_block,
    most_looked_at,
    patch_filters,
    patch_shares,
    position_similarity,
    rank_on,
    rollout_map,
)
from vit_keras.lessons import recorded
from vit_keras.patches import sincos_positions
from vit_keras.pretrained import find_weights, interpolate_position_embedding

vit_keras.start.need("safetensors")  # reads and writes checkpoints

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래에서 `pick(smoke=..., laptop=..., gpu=...)`를 만나면 여러분의 프로필에 해당하는 값이 쓰인다고 읽으세요.

# %% [markdown] lang="en"
# ## 1. What we look into
#
# Whoever looks at maps of attention soon sees what they hope to see. So we take models for different reasons:
#
# | name | trained on | what it is for |
# |---|---|---|
# | `pretrained` | 1.2 million photographs (DeiT-Ti, lesson 9) | what a real ViT has inside |
# | `mine` | CIFAR-10, a few minutes: your own of lesson 5 | what a short training brings |
# | `model` | drawn shapes | here we know where the object is, so maps can be checked |
# | `untrained`, `blank` | nothing: twins of `model` and `pretrained` | what a figure shows when there is nothing to show |
#
# The last line is the most important. A figure means something only if that of the untrained twin looks different.
#
# We begin with the drawn pictures. Each comes with a *mask*: which pixels belong to the shape.

# %% [markdown] lang="ko"
# ## 1. 무엇을 들여다볼까요
#
# 어텐션 지도를 보다 보면 어느새 보고 싶은 것을 보게 돼요. 그래서 저마다 쓰임이 다른 모델을 준비해요.
#
# | 이름 | 무엇으로 학습했나 | 왜 필요한가 |
# |---|---|---|
# | `pretrained` | 사진 120만 장 (DeiT-Ti, 수업 9) | 실제 ViT의 속을 봐요 |
# | `mine` | CIFAR-10으로 몇 분. 수업 5의 여러분 모델 | 짧은 학습으로 무엇이 생기는지 봐요 |
# | `model` | 그려 낸 도형 | 물체가 어디 있는지 알아서 지도를 검사할 수 있어요 |
# | `untrained`, `blank` | 학습하지 않음. `model`과 `pretrained`의 짝 | 보여 줄 것이 없을 때 그림이 어떻게 나오는지 봐요 |
#
# 가장 중요한 것은 마지막 줄이에요. 학습하지 않은 짝의 그림과 달라야만 그 그림에 뜻이 있어요.
#
# 그려 낸 그림부터 시작해요. 그림마다 어느 픽셀이 도형인지 알려 주는 *마스크*(mask)가 딸려 있어요.

# %%
FIVE = ("circle", "square", "triangle", "cross", "heart")


def draw(number, seed, labels=None):
    """White shapes among bars of other colours; none touches the border."""
    # rows and columns, in pixels
    centers = np.random.default_rng([seed, 5]).uniform(10, 22, (number, 2))
    return draw_shapes(number, shapes=FIVE, labels=labels, position=centers, size=(0.18, 0.28),
                       color="white", clutter=0.4, seed=seed)


few = draw(5, seed=7, labels=range(5))
# for figures: a notebook stores them in less space
few_shown = np.stack([few_colors(image) for image in few.images])
print("pictures", few.images.shape, "| masks", few.masks.shape,
      f"| the shape covers {few.masks.mean():.0%} of a picture")

# %% tags=["own-pixels"] alt="Five drawn pictures, each with a white shape among coloured bars; below each its mask, white where the shape is." alt_ko="색 막대 사이에 하얀 도형이 하나씩 있는 그림 다섯 장. 아래에는 도형이 있는 곳만 하얀 마스크가 있어요."
masks = np.uint8(255 * few.masks)[..., None].repeat(3, axis=-1)
plot_gallery({"picture": [(image, name) for image, name in zip(few_shown, FIVE)],
              "mask": [(mask, "") for mask in masks]},
             "Drawn shapes: where the object is, is known")

# %% [markdown] lang="en"
# A shape covers about a tenth of the picture, bars of other colours lie around it. The class is the shape. The model never sees the masks; they are for us, to check its maps.
#
# Two models with the same weights: one stays as it is, one will be trained. **Predict** the number of tokens $T$ and the shape of the attention scores of five pictures.

# %% [markdown] lang="ko"
# 도형은 그림의 10분의 1쯤을 차지하고 둘레에는 다른 색 막대가 있어요. 클래스는 도형의 종류예요. 모델은 마스크를 보지 못해요. 마스크는 우리가 지도를 검사할 때만 써요.
#
# 가중치가 똑같은 모델 두 개를 만들어요. 하나는 그대로 두고 하나는 학습시킬 거예요. 토큰(token) 수 $T$는 얼마이고, 그림 다섯 장의 어텐션 점수(attention scores)는 형태(shape)가 어떨지 **예측해 보세요.**

# %%
SIZE = {"image_shape": (32, 32, 3), "patch_size": 4, "num_layers": 2, "hidden_dim": 32,
        "num_heads": 4, "mlp_dim": 64, "num_classes": len(FIVE)}


def copy_of(model):
    """The same model, with weights of its own."""
    other = VisionTransformer.from_config(model.get_config())
    other.set_weights(model.get_weights())
    return other


keras.utils.set_random_seed(0)
untrained = VisionTransformer(**SIZE)
model = copy_of(untrained)
print(f"{model.count_params():,} parameters, T = 8 * 8 + 1 = {8 * 8 + 1}")
print("attention scores: pictures, blocks, heads, T, T =",
      attention_maps(untrained, few.images).shape)

# %% [markdown] lang="en"
# Often a single block is wanted: its tokens $\mathbf{z}_\ell$, to put a head of your own on them, or its scores $A$. In a functional model you would write `keras.Model(model.input, model.get_layer(name).output)`. Here `model_of_block` makes that Keras model, with the same weights.

# %% [markdown] lang="ko"
# 블록 하나만 필요할 때도 많아요. 토큰 $\mathbf{z}_\ell$에 새 분류층을 얹거나, 그 블록의 점수 $A$만 보고 싶을 때예요. 함수형 모델이라면 `keras.Model(model.input, model.get_layer(name).output)`이라고 써요. 여기서는 `model_of_block`이 가중치가 같은 Keras 모델을 만들어 줘요.

# %%
tokens = model_of_block(untrained, 1)
looks = model_of_block(untrained, 1, scores=True)
print("z_1:     ", tokens.predict(few.images, verbose=0).shape)
print("A, in it:", looks.predict(few.images, verbose=0).shape)

# %% tags=["nbval-ignore-output"]
# laptop: about 35 seconds
number, epochs = pick(smoke=(256, 1), laptop=(8_000, 7), gpu=(8_000, 7))
recipe = Recipe(epochs, learning_rate=5e-3, label_smoothing=0, crop_padding=0, flip=False)
held_out = pick(smoke=60, laptop=500, gpu=500)
learn, validate, test = draw(number, seed=1), draw(held_out, seed=2), draw(held_out, seed=3)
splits = [Split(drawn.images, drawn.labels) for drawn in (learn, validate, test)]
trained = {"small": train(model, Dataset(*splits, FIVE, "Drawn shapes in clutter."), recipe,
                          verbose=False)}

# %% [markdown] lang="en"
# Then the pretrained one: DeiT-Ti, 12 blocks, patches of 16x16 pixels, 5.7 million parameters. `find_weights` of lesson 9 looks where `VIT_KERAS_WEIGHTS` points, then on the hub. Where neither can be had it makes a small stand-in that has learned drawn shapes, and says so.

# %% [markdown] lang="ko"
# 다음은 사전 학습된 모델이에요. DeiT-Ti는 블록이 12개, 패치(patch)가 16x16 픽셀, 파라미터가 570만 개예요. 수업 9의 `find_weights`가 `VIT_KERAS_WEIGHTS`가 가리키는 곳에서 먼저 찾고, 없으면 허브에서 찾아요. 둘 다 안 되면 그려 낸 도형을 배운 작은 모델을 만들어 대신 쓰고, 그렇다고 알려 줘요.

# %% tags=["nbval-ignore-output"]
weights = find_weights()
pretrained, pretrained_name = weights.load(), weights.name
keras.utils.set_random_seed(0)
blank = VisionTransformer.from_config(pretrained.get_config())  # its twin, the weights at random
print(weights.source)

# %% [markdown] lang="en"
# And yours. If you saved the ViT of lesson 5 (`vit.save("my_vit.keras")` after its training), write the file's name here. Else one of the same size is trained for a minute.

# %% [markdown] lang="ko"
# 그리고 여러분의 모델이에요. 수업 5에서 학습시킨 ViT를 저장했다면(`vit.save("my_vit.keras")`) 파일 이름을 아래에 적으세요. 아니면 같은 크기의 모델을 1분 동안 학습시켜요.

# %% tags=["nbval-ignore-output"]
# laptop: 1 minute, unless you have saved a model
MINE = None  # "my_vit.keras"
cifar10 = vit_keras.load_cifar10(source=pick(smoke="drawn", laptop="auto", gpu="auto"),
                                 limit=pick(smoke=256, laptop=None, gpu=None))
if MINE:
    mine = keras.saving.load_model(MINE)
else:
    keras.utils.set_random_seed(0)
    mine = VisionTransformer((32, 32, 3), patch_size=4, num_layers=4, hidden_dim=64, num_heads=4,
                             mlp_dim=128, num_classes=10)
    budget = pick(smoke={"epochs": 1}, laptop={"minutes": 1}, gpu={"minutes": 3})
    trained["yours"] = train(mine, cifar10, Recipe(**budget), verbose=False)

# %% [markdown] lang="en"
# Together, with what the two trained here get right of new pictures (of five and of ten classes):

# %% [markdown] lang="ko"
# 모델을 한데 모았어요. 여기서 학습한 둘은 새 그림을 얼마나 맞히는지도 적었어요(클래스는 다섯 개와 열 개).

# %% tags=["nbval-ignore-output"]
print(cifar10.source)
models = {pretrained_name: pretrained, "the same, untrained": blank, "yours": mine, "small": model}
lines = ["| model | pixels | patches | T | blocks | heads | D | right |",
         "|---|---|---|--:|--:|--:|--:|--:|"]
for name, one in models.items():
    (height, width, _), (rows, columns) = one.image_shape, one.grid_shape
    T = rows * columns + (one.pooling == "token")
    right = f"{trained[name]['test_accuracy']:.0%}" if name in trained else ""
    lines.append(f"| {name} | {height}x{width} | {rows}x{columns} | {T} | {one.num_layers} | "
                 f"{one.num_heads} | {one.hidden_dim} | {right} |")
Markdown("\n".join(lines))

# %% [markdown] lang="en"
# ## 2. Filters: what E looks for in a patch
#
# We follow a picture through the model, and begin where it begins, at $\mathbf{E}$. Each of its $D$ columns is a *filter*: a pattern of $P \times P \times C$ numbers. The token's entry is the dot product of patch and filter, so it is large where the patch looks like the pattern.
#
# Hundreds of filters are much alike. Their *principal components* are the few patterns of which all of them are mixed. Take the filters as rows, $\mathbf{F} = \mathbf{E}^\top$, subtract their mean $\bar{\mathbf{f}}$, and decompose:
#
# $$\underset{(D,\, P^2 C)}{\mathbf{F} - \bar{\mathbf{f}}} = \mathbf{U} \, \mathbf{S} \, \mathbf{V}^\top, \qquad \text{share}_i = \frac{s_i^2}{\sum_j s_j^2}$$
#
# The rows of $\mathbf{V}^\top$ are the components, each of length 1, and $\text{share}_i$ says how much of the filters' variance the $i$-th explains.
#
# ### By hand, on patches of two pixels
#
# Four filters for patches of 1x2 grey pixels. **Predict** the two patterns that they are mixed of, and which explains more.

# %% [markdown] lang="ko"
# ## 2. 필터: E는 패치에서 무엇을 찾을까요
#
# 그림이 모델을 지나가는 길을 따라가 봐요. 출발점은 $\mathbf{E}$예요. $\mathbf{E}$의 열 $D$개는 하나하나가 *필터*(filter), 곧 숫자 $P \times P \times C$개로 된 무늬예요. 토큰의 성분은 패치와 필터의 내적이므로, 패치가 무늬를 닮을수록 커요.
#
# 필터 수백 개는 서로 많이 닮았어요. 모든 필터를 섞어 만들 수 있는 무늬 몇 개가 필터의 *주성분*(principal components)이에요. 필터를 행으로 놓아 $\mathbf{F} = \mathbf{E}^\top$라 하고, 평균 $\bar{\mathbf{f}}$를 빼고, 분해해요.
#
# $$\underset{(D,\, P^2 C)}{\mathbf{F} - \bar{\mathbf{f}}} = \mathbf{U} \, \mathbf{S} \, \mathbf{V}^\top, \qquad \text{share}_i = \frac{s_i^2}{\sum_j s_j^2}$$
#
# $\mathbf{V}^\top$의 행이 주성분이고 길이는 모두 1이에요. $\text{share}_i$는 필터가 흩어진 정도(분산) 가운데 $i$번째 주성분이 설명하는 몫이에요.
#
# ### 두 픽셀짜리 패치로 직접 해 보기
#
# 1x2 회색 픽셀 패치의 필터가 네 개 있어요. 어떤 무늬 두 개를 섞으면 이 필터들이 나올까요? 어느 쪽이 더 많이 설명할까요? **예측해 보세요.**

# %%
F = np.array([[3, 3], [-3, -3], [1, -1], [-1, 1]])  # (D, P*P*C): a filter a row
_, s, components = np.linalg.svd(F - F.mean(axis=0), full_matrices=False)
for component, share in zip(components * np.sign(components[:, :1]), s**2 / np.sum(s**2)):
    print(np.round(component, 2), f"explains {share:.0%}")

# %% [markdown] lang="en"
# Both pixels alike: *brightness*, 90 %. The left one against the right one: an *edge*, 10 %. The length 0.71 is $1/\sqrt{2}$. The module's `patch_filters` does the same for a model:

# %% [markdown] lang="ko"
# 두 픽셀이 같은 무늬는 *밝기*이고 90 %예요. 왼쪽과 오른쪽이 반대인 무늬는 *경계*이고 10 %예요. 0.71은 $1/\sqrt{2}$예요. 모듈의 `patch_filters`는 모델을 받아 똑같이 계산해요.

# %%
tiny = VisionTransformer((1, 4, 1), patch_size=(1, 2), num_layers=1, hidden_dim=4, num_heads=1,
                         mlp_dim=4, num_classes=2)
tiny.patch_encoder.projection.kernel.assign(F.T)  # E, (P*P*C, D)
filters, shares = patch_filters(tiny, num_filters=2)
print(filters.shape, "shares", np.round(shares, 2),
      "| as by hand:",
      bool(np.allclose(np.abs(filters.reshape(2, 2)), np.abs(components), atol=1e-5)))

# %% [markdown] lang="en"
# Now the models. What would filters look like that mean nothing? The small model has 32 filters; with their mean taken away, 31 directions are left. **Predict** what share 8 of 31 components explain if all directions are equally common. (More comes out: the *first* eight are the largest, and among random directions some happen to be larger.)

# %% [markdown] lang="ko"
# 이제 모델들을 봐요. 아무 뜻이 없는 필터는 어떤 모습일까요? 작은 모델에는 필터가 32개 있고, 평균을 빼면 방향이 31개 남아요. 모든 방향이 똑같이 흔하다면 31개 가운데 8개가 설명하는 몫은 얼마일지 **예측해 보세요.** (실제로는 더 나와요. *첫* 여덟 개는 가장 큰 것들이고, 무작위 방향 가운데에도 우연히 큰 것이 있으니까요.)

# %%
print(f"8 of 31: {8 / 31:.0%}; untrained, measured: {patch_filters(untrained, 8)[1].sum():.0%}")

# %% tags=["nbval-ignore-output", "own-pixels"] alt="The first 28 principal components of E as little pictures, for each model. Those of the untrained model are noise." alt_ko="모델마다 E의 첫 주성분 28개를 작은 그림으로 나타냈어요. 학습하지 않은 모델의 주성분은 잡음이에요."
components = {name: patch_filters(one, 28) for name, one in models.items() if name != "small"}
share = {name: shares.sum() for name, (_, shares) in components.items()}
plot_filters(components,
             title=f"28 components explain {share[pretrained_name]:.0%} of the trained filters, "
                               f"{share['the same, untrained']:.0%} of the untrained")

# %% [markdown] lang="en"
# Read each panel row by row, the most important component first. *Untrained*: noise; no component is smoother than another. *DeiT-Ti*: patterns that one can name, checks, stripes, slopes and spots of colour, then waves in all directions; and 28 of 192 explain far more than 28 of noise do. The paper says of those of its ViT-L/32 that they "resemble plausible basis functions for a low-dimensional representation of the fine structure within each patch". JPEG uses such a set, written down by people; these were learned. *Yours* has trained for minutes: look for the first components that differ from noise.
#
# Careful with the conclusion. Patterns tell that the model was trained on pictures, in which neighbouring pixels have to do with each other. They do not tell that it is good.

# %% [markdown] lang="ko"
# 칸마다 윗줄부터 차례로 읽으세요. 가장 중요한 주성분이 먼저예요. *학습하지 않은 모델*은 잡음이에요. 어느 주성분도 더 매끄럽지 않아요. *DeiT-Ti*에서는 이름을 붙일 수 있는 무늬가 보여요. 바둑판, 줄무늬, 색의 기울기와 점, 그다음에 여러 방향의 물결이에요. 192개 가운데 28개가 잡음의 28개보다 훨씬 많이 설명해요. 논문에서는 ViT-L/32의 무늬들을 두고 "resemble plausible basis functions for a low-dimensional representation of the fine structure within each patch"라고 해요. JPEG도 이런 무늬 한 벌을 써요. 그것은 사람이 적은 것이고, 이것은 배운 거예요. *여러분의 모델*은 몇 분 동안 학습했어요. 잡음과 다른 첫 주성분을 찾아보세요.
#
# 결론은 조심해서 내리세요. 무늬가 있다는 것은 이웃한 픽셀끼리 관련 있는 그림으로 학습했다는 뜻이에요. 좋은 모델이라는 뜻은 아니에요.

# %% [markdown] lang="en"
# ## 3. Positions
#
# Lesson 4 derived the cosine similarity of two positions and watched rows and columns appear in a small model that was asked for them. Here is the one that nobody asked. Each little map stands where its patch lies and shows how alike that place is to all others:

# %% [markdown] lang="ko"
# ## 3. 위치 임베딩
#
# 수업 4에서 위치 임베딩(position embedding) 두 개의 코사인 유사도를 계산했고, 행과 열을 묻는 문제를 풀게 하니 작은 모델에 행과 열이 생겼어요. 이번에는 아무도 묻지 않은 모델이에요. 작은 지도 하나가 패치 하나의 것이고, 그 패치가 있는 자리에 놓여 있어요. 밝을수록 그 위치와 비슷해요.

# %% tags=["nbval-ignore-output"] alt="A grid of little maps, one for each patch of the pretrained model: bright at its own place and around it, fading with distance." alt_ko="사전 학습된 모델의 패치마다 하나씩 있는 작은 지도들. 자기 자리와 그 둘레가 밝고 멀어질수록 어두워요."
plot_position_similarity(position_similarity(pretrained), pretrained.grid_shape,
                         f"{pretrained_name}: which places are alike?", limits=None)

# %% [markdown] lang="en"
# In DeiT-Ti every map is bright at its own place and darker farther away, as in the paper's figure 7 (center).
#
# A number for "alike when near": the correlation of similarity and distance over all pairs of places. It is -1 if similarity falls with distance in a straight line, and 0 if the two have nothing to do with each other. **Predict** it for positions drawn at random, and its sign for the fixed ones of lesson 1.

# %% [markdown] lang="ko"
# DeiT-Ti의 지도는 모두 자기 자리에서 밝고 멀어질수록 어두워요. 논문의 그림 7(가운데)에서도 그래요.
#
# '가까우면 비슷하다'를 숫자 하나로 나타내 봐요. 위치의 모든 쌍에서 유사도와 거리의 상관 계수를 구해요. 거리가 멀어질수록 유사도가 직선으로 떨어지면 -1이고, 둘이 상관없으면 0이에요. 무작위로 뽑은 위치라면 얼마일까요? 수업 1의 고정된 위치 임베딩이라면 부호가 무엇일까요? **예측해 보세요.**

# %%
def nearness(similarity, grid_shape):
    """Correlation of similarity and distance, over all pairs of different places."""
    places = np.stack(np.indices(grid_shape), axis=-1).reshape(-1, 2)
    distance = np.linalg.norm(places[:, None] - places, axis=-1)
    pairs = distance > 0
    return np.corrcoef(similarity[pairs], distance[pairs])[0, 1]


fixed = position_similarity(sincos_positions((8, 8), 32), class_token=False)
print(f"fixed: {nearness(fixed, (8, 8)):.2f}")
print(f"untrained: within 0.1 of 0: {abs(nearness(position_similarity(untrained), (8, 8))) < 0.1}")

# %% tags=["nbval-ignore-output"]
for name, one in models.items():
    print(f"{name:24} {nearness(position_similarity(one), one.grid_shape):5.2f}")

# %% [markdown] lang="en"
# The fixed positions have nearness written into them; an untrained table has none. In DeiT-Ti training has put it there. Our small model has nothing of the kind, or even the opposite sign: in its task the place of a shape does not matter, and training puts in what the task needs. How far your own model has come after a minute, the third number tells. It is slow work: each row of $\mathbf{E}_{pos}$ learns only from the patches that stood at its own place.

# %% [markdown] lang="ko"
# 고정된 위치 임베딩에는 가까움이 처음부터 적혀 있고, 학습하지 않은 표에는 없어요. DeiT-Ti에서는 학습이 그것을 채웠어요. 우리의 작은 모델(*small*)에는 그런 것이 없거나 부호가 오히려 반대예요. 도형이 어디에 있는지가 중요하지 않은 과제로 배웠기 때문이에요. 학습은 과제에 필요한 것을 채워요. 여러분의 모델이 1분 동안 얼마나 왔는지는 숫자를 보면 알아요. 천천히 채워지는 일이에요. $\mathbf{E}_{pos}$의 행은 저마다 자기 자리에 온 패치에서만 배우니까요.

# %% [markdown] lang="en"
# ## 4. How far do heads look?
#
# Lesson 7 measured the attention distance of small ViTs. Here it is taken apart, and then compared with the paper's figure. With $p_n$ the place of patch $n$ in pixels and $\tilde{A}$ the scores among patches alone:
#
# $$d = \frac{1}{N} \sum_n \sum_m \tilde{A}_{nm} \, \lVert p_n - p_m \rVert, \qquad \tilde{A}_{nm} = \frac{A_{nm}}{\sum_{m' \in \text{patches}} A_{nm'}}$$
#
# The class token stands nowhere in the picture, so it has no distance to anything. It is left out twice: as one that asks, and as one that answers. What it had of a row is missing then, and the rest is scaled to sum one again.
#
# ### By hand, on three patches
#
# Three patches in a row, 16 pixels apart, and the class token in front. **Predict** $d$. All numbers on the way are whole.

# %% [markdown] lang="ko"
# ## 4. 헤드는 얼마나 멀리 볼까요
#
# 수업 7에서 작은 ViT의 헤드(head)마다 어텐션 거리(attention distance)를 쟀어요. 여기서는 그 식을 하나하나 뜯어보고 논문의 그림과 견줘요. $p_n$은 $n$번째 패치의 자리(픽셀)이고 $\tilde{A}$는 패치끼리의 점수예요.
#
# $$d = \frac{1}{N} \sum_n \sum_m \tilde{A}_{nm} \, \lVert p_n - p_m \rVert, \qquad \tilde{A}_{nm} = \frac{A_{nm}}{\sum_{m' \in \text{patches}} A_{nm'}}$$
#
# 클래스 토큰(class token)은 그림의 어디에도 있지 않으니 무엇과도 거리가 없어요. 그래서 두 번 빼요. 질문하는 쪽에서도, 대답하는 쪽에서도 빼요. 그러면 그 행에서 클래스 토큰의 몫이 비니까, 나머지의 합이 다시 1이 되게 나눠요.
#
# ### 패치 세 개로 직접 해 보기
#
# 패치 세 개가 16픽셀 간격으로 한 줄에 있고, 앞에 클래스 토큰이 있어요. $d$가 얼마일지 **예측해 보세요.** 도중에 나오는 숫자는 모두 정수예요.

# %%
A = np.array([[0.25, 0.25, 0.25, 0.25],  # the class token asks: left out
              [0.20, 0.40, 0.40, 0.00],  # patch 1: half to itself, half to its neighbour
              [0.50, 0.00, 0.50, 0.00],  # patch 2: of what goes to patches, all to itself
              [0.10, 0.30, 0.30, 0.30]])  # patch 3: to all three alike
among = A[1:, 1:] / A[1:, 1:].sum(axis=1, keepdims=True)  # (N, N)
places = np.array([0, 16, 32])  # in pixels
distances = np.abs(places[:, None] - places)  # (N, N)
print(distances, "\neach patch:", (among * distances).sum(axis=1), " d =",
      round(float((among * distances).sum(axis=1).mean()), 3))

# %% [markdown] lang="en"
# Patch 1 looks 8 pixels far, patch 2 nowhere, patch 3 16 pixels: 8 on average. In the module, for all blocks and heads at once, and for grids in two dimensions (`checked` only asks whether these are maps):

# %% [markdown] lang="ko"
# 패치 1은 8픽셀, 패치 2는 0픽셀, 패치 3은 16픽셀을 보니까 평균이 8이에요. 모듈에는 모든 블록과 헤드를 한꺼번에, 2차원 격자에서 계산하는 함수가 있어요. (`checked`는 지도가 맞는지 확인할 뿐이에요.)

# %% quotes="vit_keras.inside.maps.mean_attention_distance"
def mean_attention_distance(maps, grid_shape, patch_size, class_token=True):
    """How far a head looks: the distance between a patch and those it looks at, weighted by the scores.

    Args:
        maps: array of shape `(B, layers, heads, T, T)`, of `attention_maps`.
        grid_shape: pair of ints `(rows, columns)` of patches.
        patch_size: int, or a pair of ints `(height, width)`, in pixels.
        class_token: bool. Whether the first token is the class token. It stands nowhere in the picture: it is left
            out, as one that asks and as one that answers, and what is left of each row is scaled to sum one.

    Returns:
        NumPy array of shape `(layers, heads)`, float32, in pixels: the mean over all images and all patches that ask.

    Raises:
        ValueError: `maps` of another shape, or a grid of another number of patches.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 4.5, figure 7 (right).
    """
    maps = checked(maps)
    rows, columns = grid_shape
    first = int(class_token)
    if maps.shape[-1] != rows * columns + first:
        raise ValueError(
            f"`maps` must have a token for each patch of the grid{' and the class token' if class_token else ''}: "
            f"got {maps.shape[-1]} tokens and grid_shape={tuple(grid_shape)}."
        )
    height, width = np.broadcast_to(patch_size, 2)
    places = np.stack(np.divmod(np.arange(rows * columns), columns), axis=-1) * (height, width)  # (N, 2), in pixels
    distances = np.linalg.norm(places[:, None] - places, axis=-1)  # (N, N)
    patches = maps[..., first:, first:]
    looks = patches / np.maximum(patches.sum(-1, keepdims=True), np.finfo("float32").tiny)
    return np.einsum("blhnm,nm->lh", looks, distances.astype("float32")) / (len(maps) * rows * columns)


print("as by hand:", mean_attention_distance(A[None, None, None], (1, 3), 16))

# %% [markdown] lang="en"
# A head that looks at all patches alike is the yardstick. **Predict** its distance on a picture of 224 pixels, roughly, and on one of 32.

# %% [markdown] lang="ko"
# 모든 패치를 똑같이 보는 헤드를 잣대로 삼아요. 224픽셀 그림과 32픽셀 그림에서 그 거리가 대략 얼마일지 **예측해 보세요.**

# %%
from vit_keras.inside import mean_attention_distance  # from here on the imported one


def uniform_distance(grid_shape, patch_size):
    """Attention distance of a head that looks at all patches alike."""
    N = grid_shape[0] * grid_shape[1]
    return float(mean_attention_distance(np.full((1, 1, 1, N, N), 1 / N), grid_shape, patch_size,
                                         class_token=False)[0, 0])


print(f"14x14 patches of 16 pixels: {uniform_distance((14, 14), 16):.1f}   8x8 patches of 4: "
      f"{uniform_distance((8, 8), 4):.1f}")

# %% [markdown] lang="en"
# About half the width of the picture. Now the pictures on which we look: photographs of cats and dogs where they are found, else drawn faces. (You may add your own.) They are brought to the size the pretrained model takes. If lesson 6 has not been run here, all photographs are decoded once, which takes a minute or two.

# %% [markdown] lang="ko"
# 그림 너비의 절반쯤이에요. 이제 들여다볼 때 쓸 그림을 준비해요. 고양이와 개 사진이 있으면 사진을, 없으면 그려 낸 얼굴을 써요. (여러분의 사진을 더해도 돼요.) 사전 학습된 모델이 받는 크기로 맞춰요. 수업 6을 실행한 적이 없다면 처음 한 번 모든 사진을 읽느라 1, 2분쯤 걸려요.

# %% tags=["nbval-ignore-output"]
OWN = []  # files of your own: ["dog.jpg"]


def at_size(picture, size):
    """A square picture, enlarged or made smaller."""
    picture = Image.fromarray(np.asarray(picture))
    return np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC))


side = pretrained.image_shape[0]
cats_vs_dogs = vit_keras.load_cats_vs_dogs(source=pick(smoke="drawn", laptop="auto", gpu="auto"),
                                           limit=pick(smoke=16, laptop=None, gpu=None))
own = [decode(Path(name).read_bytes(), side).pixels for name in OWN]
photographs = np.stack(own + [at_size(picture, side)
                              for picture in cats_vs_dogs.validation.images[:12]])[:12]
print(cats_vs_dogs.source)

# %% [markdown] lang="en"
# ### Figure 7, right
#
# A dot is a head. Next to the pretrained model stands one of the same size without training.

# %% [markdown] lang="ko"
# ### 그림 7의 오른쪽
#
# 점 하나가 헤드 하나예요. 사전 학습된 모델 옆에 크기가 같고 학습하지 않은 모델을 놓았어요.

# %% tags=["nbval-ignore-output"] alt="Attention distance of every head in each block, of the pretrained model and of one of the same size without training; a dotted line for heads that look at all patches alike." alt_ko="블록마다 각 헤드의 어텐션 거리. 사전 학습된 모델과, 크기가 같고 학습하지 않은 모델이에요. 점선은 모든 패치를 똑같이 보는 헤드예요."
reach = {name: mean_attention_distance(attention_maps(one, photographs), one.grid_shape,
                                       one.patch_size)[None]
         for name, one in {pretrained_name: pretrained, "the same, untrained": blank}.items()}
nearest, furthest = reach[pretrained_name][0, 0].min(), reach[pretrained_name][0, 0].max()
plot_attention_reach(reach, uniform_distance(pretrained.grid_shape, pretrained.patch_size),
                     f"Trained heads of the first block look {nearest:.0f} to {furthest:.0f} "
                     "pixels far")

# %% [markdown] lang="en"
# Untrained, all heads of all blocks lie close to the dotted line: they look at near and far places alike. In DeiT-Ti the heads of the lower blocks spread: in blocks 2 to 4 a few look at what is near, others across the picture. In the paper's words, "some heads attend to most of the image already in the lowest layers", others keep to small distances there, which "may serve a similar function as early convolutional layers in CNNs". In later blocks the near ones disappear. (The small stand-in has few blocks, and its heads spread less.)
#
# Note what a distance does not say. A head of large distance may look at one far place or at everything: the dotted line is reached by both.

# %% [markdown] lang="ko"
# 학습하지 않으면 모든 블록의 모든 헤드가 점선 가까이에 있어요. 가까운 곳과 먼 곳을 가리지 않고 봐요. DeiT-Ti에서는 아래쪽 블록의 헤드들이 흩어져요. 2~4번 블록에는 가까운 곳을 보는 헤드도 있고 그림 끝까지 보는 헤드도 있어요. 논문의 말로는 "some heads attend to most of the image already in the lowest layers"이고, 그 층에서 가까운 곳만 보는 헤드는 "may serve a similar function as early convolutional layers in CNNs"예요. 뒤쪽 블록으로 가면 가까이만 보는 헤드가 사라져요. (작은 모델이 대신할 때는 블록이 몇 개 안 되고 덜 흩어져요.)
#
# 거리가 말해 주지 않는 것도 있어요. 거리가 먼 헤드는 먼 곳 한 군데를 볼 수도 있고 어디나 볼 수도 있어요. 둘 다 점선에 닿을 수 있어요.

# %% [markdown] lang="en"
# ## 5. Single heads
#
# DeiT-Ti has 36 heads, and 197 tokens ask in each: whoever looks for a beautiful map will find one. So we choose by a number fixed beforehand: of the first block and of the last, the head that looks nearest and the one that looks furthest. The picture is a drawn face; three patches of it ask.

# %% [markdown] lang="ko"
# ## 5. 헤드 하나씩
#
# DeiT-Ti에는 헤드가 36개 있고, 헤드마다 토큰 197개가 질문해요. 예쁜 지도를 찾으려고 들면 반드시 찾게 돼요. 그래서 미리 정한 숫자로 골라요. 첫 블록과 마지막 블록에서 가장 가까이 보는 헤드와 가장 멀리 보는 헤드예요. 그림은 그려 낸 얼굴이고, 패치 세 개가 질문해요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="A drawn face with three outlined patches, and for each of them where four heads look: the nearest and the furthest head of the first block and of the last." alt_ko="패치 세 개에 테두리를 두른, 그려 낸 얼굴. 패치마다 네 헤드가 보는 곳이 있어요. 첫 블록과 마지막 블록에서 가장 가까이, 가장 멀리 보는 헤드예요."
face = few_colors(at_size(draw_faces(1, 224, seed=1, labels=[1]).images[0], side), 16)
# figures show so many pixels as one: a notebook stores them in less space
every = max(1, side // 112)
maps = attention_maps(pretrained, face[None])[0]  # (layers, heads, T, T)
far = reach[pretrained_name][0]  # (layers, heads)
chosen = {f"block {layer + 1}, {word}": (layer, int(pick_one(far[layer])))
          for layer in (0, len(far) - 1)
          for word, pick_one in (("nearest", np.argmin), ("furthest", np.argmax))}
rows, columns = pretrained.grid_shape
queries = {"middle": (rows // 2, columns // 2), "left of it": (rows // 2, columns // 4),
           "corner": (0, 0)}
plot_where_patches_look(face[::every, ::every],
                        np.stack([maps[layer, head, 1:, 1:] for layer, head in chosen.values()]),
                        (rows, columns),
                        queries, list(chosen), "Three patches ask, four heads answer")

# %% [markdown] lang="en"
# The frame is the patch that asks; bright is what it takes most from. Two questions for each row. Does the bright spot move with the frame? Then the head looks at *places*. Does it cover the thing the frame lies on, face or ground? Then it looks at *content*. In DeiT-Ti the first block has both kinds, side by side.
#
# In the last block a few patches are bright whoever asks, and some of them lie on nothing in particular. Darcet and others ([2023](https://arxiv.org/abs/2309.16588)) found such patches in large ViTs: they hold something about the whole picture and hardly anything about their own place. A bright patch in the background need not mean that the background matters.
#
# ### The best of many
#
# How much is chance worth? Take the small untrained model, whose eight heads know nothing. For each of the five drawn pictures we let every head's class token look, and measure how much of it lies on the shape, in multiples of the shape's area. **Predict** the mean over the eight heads, and the *best* of the eight.

# %% [markdown] lang="ko"
# 테두리가 질문하는 패치이고, 밝은 곳에서 많이 가져와요. 줄마다 두 가지를 물어보세요. 테두리를 따라 밝은 곳도 옮겨 가나요? 그렇다면 *자리*를 보는 헤드예요. 테두리가 얼굴에 있으면 얼굴이, 배경에 있으면 배경이 밝나요? 그렇다면 *내용*을 보는 헤드예요. DeiT-Ti의 첫 블록에는 두 가지가 나란히 있어요.
#
# 마지막 블록에는 누가 질문하든 밝은 패치가 몇 개 있고, 그 가운데에는 이렇다 할 것이 없는 곳도 있어요. Darcet과 동료들은 큰 ViT에서 이런 패치를 찾아냈어요([2023](https://arxiv.org/abs/2309.16588)). 자기 자리에 대한 것은 거의 없고 그림 전체에 대한 것이 담겨 있었어요. 배경의 패치가 밝다고 해서 배경이 중요하다는 뜻은 아니에요.
#
# ### 여럿 가운데 가장 좋은 것
#
# 우연만으로 얼마나 그럴듯해질까요? 학습하지 않은 작은 모델의 헤드 여덟 개를 써요. 아무것도 모르는 헤드예요. 그려 낸 그림 다섯 장마다 클래스 토큰이 헤드마다 본 것 가운데 얼마가 도형 위에 있는지, 도형 넓이의 몇 배인지로 재요. 헤드 여덟 개의 평균은 얼마이고, 그 가운데 *가장 좋은* 헤드는 얼마일까요? **예측해 보세요.**

# %%
inside = patch_shares(few.masks, (8, 8))  # how much of each patch is shape, (5, 8, 8)
maps = attention_maps(untrained, few.images)  # (5, 2, 4, 65, 65)
on_shape = np.array([[mass_on(answer_map(maps[:, layer, head], (8, 8)), inside)
                      for head in range(4)] for layer in range(2)])
times = on_shape / inside.mean(axis=(1, 2))  # (layers, heads, pictures), in multiples of the area
print(f"mean of 8 untrained heads {times.mean():.1f}, the best of them, "
      f"picture by picture {times.max(axis=(0, 1)).mean():.1f} times the area")

# %% [markdown] lang="en"
# The best of eight heads that have learned nothing gives the shape twice its area. With 36 heads and freely chosen pictures still more can be had. So: *first* decide which head, *then* look. (And why is the mean above 1 already? Section 11 comes back to it.)

# %% [markdown] lang="ko"
# 아무것도 배우지 않은 헤드 여덟 개 가운데 가장 좋은 것은 도형에 넓이의 두 배를 줘요. 헤드가 36개이고 그림까지 마음대로 고르면 더 높일 수 있어요. 그러니 *먼저* 어느 헤드를 볼지 정하고, *그다음에* 보세요. (그런데 평균은 왜 벌써 1보다 클까요? 11절에서 다시 다뤄요.)

# %% [markdown] lang="en"
# ## 6. Rollout, by hand
#
# One head of one block is a small part of the way. A token of block 2 is already a mixture: it took from others in block 1. To know what the class token has taken *from the patches of the picture*, follow the path through all blocks. Abnar and Zuidema (2020) call it *attention rollout*, and figure 6 of the paper is made with it.
#
# A block computes $\mathbf{z}' = \text{MSA}(\text{LN}(\mathbf{z})) + \mathbf{z}$: what attention mixes, and what was there (the residual connection). Rollout takes it as half and half, and multiplies, the later block on the left:
#
# $$\hat{A}_\ell = \tfrac{1}{2} (A_\ell + I), \qquad R = \hat{A}_L \cdots \hat{A}_2 \, \hat{A}_1$$
#
# $A_\ell$ is the mean over the heads of block $\ell$. Row $n$ of $R$ says what token $n$ of the last block has taken from each token of the first.
#
# Two blocks, a class token and two patches. **Predict** the first row of $R$: in block 2 the class token takes from patch 1, which in block 1 took from patch 2.

# %% [markdown] lang="ko"
# ## 6. 롤아웃을 직접 계산하기
#
# 블록 하나의 헤드 하나는 전체 경로의 작은 조각일 뿐이에요. 블록 2의 토큰은 이미 섞인 것이에요. 블록 1에서 다른 토큰에게서 가져왔으니까요. 클래스 토큰이 *그림의 패치에서* 무엇을 가져왔는지 알려면 모든 블록을 지나는 길을 따라가야 해요. Abnar와 Zuidema(2020)가 이것을 *어텐션 롤아웃*(attention rollout)이라고 불렀고, 논문의 그림 6을 이 방법으로 그렸어요.
#
# 블록은 $\mathbf{z}' = \text{MSA}(\text{LN}(\mathbf{z})) + \mathbf{z}$를 계산해요. 어텐션이 섞은 것에 원래 있던 것을 더해요(잔차 연결, residual connection). 롤아웃은 이것을 반반으로 보고, 뒤쪽 블록이 왼쪽에 오게 차례로 곱해요.
#
# $$\hat{A}_\ell = \tfrac{1}{2} (A_\ell + I), \qquad R = \hat{A}_L \cdots \hat{A}_2 \, \hat{A}_1$$
#
# $A_\ell$은 블록 $\ell$의 헤드를 평균한 거예요. $R$의 $n$번째 행은 마지막 블록의 토큰 $n$이 맨 처음의 각 토큰에서 얼마씩 가져왔는지 말해 줘요.
#
# 블록 둘, 클래스 토큰 하나, 패치 둘이에요. $R$의 첫 행을 **예측해 보세요.** 블록 2에서 클래스 토큰은 패치 1에서 가져오고, 패치 1은 블록 1에서 패치 2에서 가져왔어요.

# %%
A_1 = np.array([[0.6, 0.2, 0.2], [0.0, 0.8, 0.2], [0.2, 0.0, 0.8]])
A_2 = np.array([[0.2, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.4, 0.6]])
step_1, step_2 = (A_1 + np.eye(3)) / 2, (A_2 + np.eye(3)) / 2
R = step_2 @ step_1
print(np.round(step_1, 2), np.round(step_2, 2), np.round(R, 2), sep="\n\n")
print("\nrows sum to", R.sum(axis=1))

# %% [markdown] lang="en"
# In block 2 the class token never looked at patch 2 ($A_2$ has a 0 there), yet it holds 0.10 of it. A matrix product is a sum over all paths, and these are the three from the class token back to patch 2:

# %% [markdown] lang="ko"
# 블록 2에서 클래스 토큰은 패치 2를 한 번도 보지 않았어요($A_2$의 그 자리는 0이에요). 그런데도 패치 2에서 0.10을 가지고 있어요. 행렬의 곱은 모든 길을 더한 거예요. 클래스 토큰에서 패치 2로 거슬러 가는 길은 이렇게 셋이에요.

# %%
for by, through in enumerate(("itself", "patch 1", "patch 2")):
    print(f"through {through}: {step_2[0, by]:.1f} * {step_1[by, 2]:.1f} = "
          f"{step_2[0, by] * step_1[by, 2]:.2f}")

# %% [markdown] lang="en"
# Every $\hat{A}_\ell$ has rows of sum one, so $\hat{A}_\ell \mathbf{1} = \mathbf{1}$, and then $R \, \mathbf{1} = \hat{A}_L \cdots \hat{A}_1 \mathbf{1} = \mathbf{1}$: the rows of $R$ sum to one, too. It is the first thing to test in any code that says "rollout". In the module:

# %% [markdown] lang="ko"
# $\hat{A}_\ell$은 모두 행의 합이 1이라서 $\hat{A}_\ell \mathbf{1} = \mathbf{1}$이에요. 그러면 $R \, \mathbf{1} = \hat{A}_L \cdots \hat{A}_1 \mathbf{1} = \mathbf{1}$이니까 $R$의 행도 합이 1이에요. '롤아웃'이라는 이름이 붙은 코드를 만나면 이것부터 시험하세요. 모듈의 함수는 이래요.

# %% quotes="vit_keras.inside.maps.attention_rollout"
def attention_rollout(maps, head_fusion="mean"):
    """What each token of the last block has taken from each token of the first: attention, block after block.

    A block passes on what attention mixes and, by its residual path, what was there: half and half here,
    Â = (A + I) / 2, each row scaled to sum one. R = Â_L ··· Â_2 Â_1 follows a token through all of them. Values,
    output projections and MLPs are not in it, so it says where information could have come from, not what of it
    was used.

    Args:
        maps: array of shape `(B, layers, heads, T, T)`, of `attention_maps`.
        head_fusion: `"mean"`, `"max"` or `"min"`. What is taken of the heads of a block.

    Returns:
        NumPy array of shape `(B, T, T)`, float32; each row sums to one. In a model with a class token,
        `rollout[:, 0, 1:]` is what the class token took from the patches; with average pooling that is
        `rollout.mean(1)`.

    Raises:
        ValueError: `maps` of another shape, or an unknown `head_fusion`.

    Reference:
        Abnar and Zuidema, 2020, https://arxiv.org/abs/2005.00928, section 3; Dosovitskiy et al., 2021,
        https://arxiv.org/abs/2010.11929, appendix D.8.
    """
    maps = checked(maps)
    if head_fusion not in HEAD_FUSION:
        raise ValueError(f"`head_fusion` must be one of {', '.join(HEAD_FUSION)}: got {head_fusion!r}.")
    steps = HEAD_FUSION[head_fusion](maps, axis=2) + np.eye(maps.shape[-1], dtype="float32")  # (B, layers, T, T)
    steps /= steps.sum(-1, keepdims=True)  # of max and min the rows do not sum to one
    rollout = steps[:, 0]
    for step in range(1, steps.shape[1]):
        rollout = steps[:, step] @ rollout
    return rollout


both = np.stack([A_1, A_2])[None, :, None]  # (B, layers, heads, T, T)
print("as by hand:", bool(np.allclose(attention_rollout(both)[0], R, atol=1e-6)))

# %% [markdown] lang="en"
# For a map of the picture take the class token's row, leave out what it kept of itself, scale to sum one, and lay it out as the patches lie. **Predict** the two numbers.

# %% [markdown] lang="ko"
# 그림의 지도로 만들려면 클래스 토큰의 행에서 자기 몫을 빼고, 합이 1이 되게 나누고, 패치가 놓인 대로 늘어놓아요. 두 숫자를 **예측해 보세요.**

# %%
from vit_keras.inside import attention_rollout  # from here on the imported one

print("by hand", np.round(R[0, 1:] / R[0, 1:].sum(), 3), "| answer_map",
      np.round(answer_map(attention_rollout(both), (1, 2)), 3))

# %% [markdown] lang="en"
# ### What is not in it
#
# Read the formula again for what is missing: values, $\mathbf{W}_o$, the MLPs, the head. Of each block rollout sees queries and keys alone. And "half and half" was never measured. Measure it: for the class token, the length of what attention adds, as a share of that and of what was there.

# %% [markdown] lang="ko"
# ### 들어 있지 않은 것
#
# 식에 무엇이 빠져 있는지 다시 보세요. 밸류(value), $\mathbf{W}_o$, MLP, 분류층이 없어요. 롤아웃은 블록마다 쿼리(query)와 키(key)만 봐요. 게다가 '반반'은 잰 적이 없는 숫자예요. 직접 재 봐요. 클래스 토큰에서 어텐션이 더하는 것의 길이가, 그것과 원래 있던 것을 합한 길이에서 차지하는 몫이에요.

# %%
def share_of_attention(model, images):
    """For each block: length of MSA(LN(z)) of the class token, as a share of it and of z."""
    states, found = hidden_states(model, images), []  # (B, L + 1, T, D)
    for number, block in enumerate(model.encoder.blocks):
        z = states[:, number]
        lengths = [np.linalg.norm(part[:, 0], axis=-1)
                   for part in (ops.convert_to_numpy(block.attention(block.norm_1(z))), z)]
        found.append(np.mean(lengths[0] / (lengths[0] + lengths[1])))
    return np.array(found)


print("untrained, block by block:", np.round(share_of_attention(untrained, few.images), 1))

# %% tags=["nbval-ignore-output"] alt="For each block, the share of what attention adds, for the pretrained model and for its untrained twin; rollout takes one half everywhere." alt_ko="블록마다 어텐션이 더하는 몫. 사전 학습된 모델과 학습하지 않은 짝이에요. 롤아웃은 어디나 반이라고 해요."
shares_of = {name: share_of_attention(one, photographs) for name, one in list(models.items())[:2]}
plot_by_block(shares_of, "share of attention",
              "Not one half: what attention adds to the class token")

# %% [markdown] lang="en"
# Not one half, and not the same in all blocks. The half is a convention that keeps the formula simple. Whoever compares maps of two models compares them under this convention.

# %% [markdown] lang="ko"
# 반이 아니고, 블록마다 다르기도 해요. 반이라는 것은 식을 간단하게 하려는 약속이에요. 두 모델의 지도를 견준다면 이 약속에 따라 견주는 거예요.

# %% [markdown] lang="en"
# ## 7. Seven mistakes
#
# A wrong map raises no error and looks as colourful as a right one. Seven mistakes are easily made, and for some of them public code can be named. We make each on purpose, on random scores that pile up in few places, for a class token and a grid of 3x4 patches.

# %% [markdown] lang="ko"
# ## 7. 자주 하는 실수
#
# 틀린 지도는 오류를 내지 않고, 올바른 지도만큼 알록달록해요. 저지르기 쉬운 실수가 일곱 가지 있고, 그 가운데 몇 가지는 공개된 코드에서 볼 수 있어요. 하나씩 일부러 저질러 봐요. 클래스 토큰 하나와 3x4 격자의 패치가 있고, 점수는 몇 군데에 몰린 무작위 값이에요.

# %%
rng = np.random.default_rng(0)
scores = np.exp(3 * rng.normal(size=(1, 4, 3, 13, 13)))  # one picture, 4 blocks, 3 heads, T = 13
scores /= scores.sum(axis=-1, keepdims=True)
right = attention_rollout(scores)[0]  # (13, 13)


def product(steps):
    """The later block on the left."""
    found = steps[0]
    for step in steps[1:]:
        found = step @ found
    return found


print("right:",
      bool(np.allclose(product((scores[0].mean(axis=1) + np.eye(13)) / 2), right, atol=1e-5)))

# %% [markdown] lang="en"
# **1. The wrong axis is divided.** `a / a.sum(-1)` without `keepdims=True` divides *columns* by the sums of *rows*. It has been reported for a widely used implementation ([jacobgil/vit-explain, issue 16](https://github.com/jacobgil/vit-explain/issues/16), open when we looked). **Predict** for which of the three fusions it does harm.

# %% [markdown] lang="ko"
# **1. 엉뚱한 축을 나눠요.** `keepdims=True` 없이 `a / a.sum(-1)`이라고 쓰면 *열*을 *행*의 합으로 나눠요. 널리 쓰이는 구현에 이 문제가 보고되어 있어요([jacobgil/vit-explain, issue 16](https://github.com/jacobgil/vit-explain/issues/16), 우리가 확인했을 때는 열려 있었어요). 헤드를 합치는 세 방법 가운데 어느 것에서 탈이 날지 **예측해 보세요.**

# %%
for name, fuse in HEAD_FUSION.items():
    steps = fuse(scores[0], axis=1) + np.eye(13)  # (4, 13, 13)
    # wrong: columns are divided
    sums = product([step / step.sum(-1) for step in steps]).sum(axis=1)
    print(f"{name:4}: rows of R sum to {sums.min():.2f} to {sums.max():.2f}")

# %% [markdown] lang="en"
# With `mean` it sleeps: all rows of $A + I$ sum to 2, so it does not matter which sum divides what. With `max` and `min` it wakes up. A test with one head, or with the mean, never finds it.
#
# **2. Nothing is divided.** Rows of $A + I$ sum to 2, so those of the product sum to $2^L$; with `max` to more, and for each token to another number. Maps of two pictures cannot be compared then.

# %% [markdown] lang="ko"
# `mean`에서는 잠들어 있어요. $A + I$의 행은 모두 합이 2라서 무엇을 무엇으로 나누든 같아요. `max`와 `min`에서는 깨어나요. 헤드가 하나이거나 평균만 쓰는 시험으로는 절대 찾지 못해요.
#
# **2. 아무것도 나누지 않아요.** $A + I$의 행은 합이 2라서 곱의 행은 합이 $2^L$이에요. `max`라면 더 크고, 토큰마다 달라요. 그러면 두 그림의 지도를 견줄 수 없어요.

# %%
for name, fuse in HEAD_FUSION.items():
    sums = product(fuse(scores[0], axis=1) + np.eye(13)).sum(axis=1)
    print(f"{name:4}: rows of R sum to {sums.min():5.1f} to {sums.max():5.1f}")

# %% [markdown] lang="en"
# **3. The residual connection is forgotten.** $R = A_L \cdots A_1$. Each block mixes all tokens, and nothing holds on to what was there. **Predict** how much the rows of $R$, the maps of different tokens, still differ after one, two, three and four blocks.

# %% [markdown] lang="ko"
# **3. 잔차 연결을 잊어요.** $R = A_L \cdots A_1$이라고 써요. 블록마다 모든 토큰을 섞고, 원래 있던 것을 붙잡아 두는 것이 없어요. 블록을 하나, 둘, 셋, 넷 지나면 $R$의 행들, 곧 토큰마다의 지도가 얼마나 다를지 **예측해 보세요.**

# %%
def largest_difference(R):
    """Between any two rows of R: 0 if all tokens have the same map."""
    return np.abs(R[:, None] - R).max()


A = scores[0].mean(axis=1)  # (4, 13, 13)
for name, steps in {"without the residual": A, "with it": (A + np.eye(13)) / 2}.items():
    print(f"{name:21}",
          *(f"{largest_difference(product(steps[:blocks])):.3f}" for blocks in range(1, 5)))

# %% [markdown] lang="en"
# Without it all tokens soon have the *same* map: whoever asks, the answer is the same, and nothing in it belongs to the class token. With twelve blocks nothing else is left. This one stood in an early version of a Keras package, and [one of the readers noticed](https://github.com/google-research/vision_transformer/issues/18).
#
# **4. The order is turned round**, $\hat{A}_1 \cdots \hat{A}_L$, and **5. the wrong side is read**: the column of the class token in place of its row. The column says what the patches took *from* it.

# %% [markdown] lang="ko"
# 잔차 연결이 없으면 금세 모든 토큰의 지도가 *똑같아져요*. 누가 질문하든 대답이 같고, 클래스 토큰만의 것은 하나도 없어요. 블록이 열두 개면 그것밖에 남지 않아요. 어느 Keras 패키지의 초기 버전이 그랬고, [읽던 사람이 알아챘어요](https://github.com/google-research/vision_transformer/issues/18).
#
# **4. 순서를 뒤집어요.** $\hat{A}_1 \cdots \hat{A}_L$이라고 곱해요. **5. 엉뚱한 쪽을 읽어요.** 클래스 토큰의 행 대신 열을 읽어요. 열은 패치들이 클래스 토큰*에게서* 얼마를 가져갔는지예요.

# %%
wrong_maps = {"order turned round": product(((A + np.eye(13)) / 2)[::-1])[0, 1:],
              "column, not row": right[1:, 0]}
for name, wrong in wrong_maps.items():
    print(f"{name:18} correlation with the right map "
          f"{np.corrcoef(wrong, right[0, 1:])[0, 1]:5.2f}, "
          f"the same patch on top: {wrong.argmax() == right[0, 1:].argmax()}")
print(f"sums: row {right[0].sum():.2f}, column {right[:, 0].sum():.2f}")

# %% [markdown] lang="en"
# A wrong map has its bright and its dark patches like any other, and that is why nobody notices. The sums tell: a row has sum one, a column any.
#
# **6. The class token stays in.** $T = 65$ numbers do not fit 8x8, so somebody writes `[:64]` or `int(65 ** 0.5)`. **7. The grid is taken for a square**, $\sqrt{N} \times \sqrt{N}$, or rows and columns are swapped. Both on a picture four times as wide as high, with a class token that has looked at exactly one patch. **Predict** where each of them puts it.

# %% [markdown] lang="ko"
# 틀린 지도에도 밝은 패치와 어두운 패치가 있어서 아무도 눈치채지 못해요. 합을 보면 알아요. 행의 합은 1이고 열의 합은 아무 값이나 돼요.
#
# **6. 클래스 토큰을 빼지 않아요.** 숫자가 $T = 65$개라 8x8에 맞지 않으니 누군가 `[:64]`나 `int(65 ** 0.5)`라고 써요. **7. 격자를 정사각형으로 여겨요.** $\sqrt{N} \times \sqrt{N}$으로 놓거나 행과 열을 바꿔요. 너비가 높이의 네 배인 그림에서, 클래스 토큰이 패치 딱 하나를 보았을 때 해 봐요. 저마다 그 패치를 어디에 둘지 **예측해 보세요.**

# %%
looked_at = (2, 13)  # row and column, counted from 0, on a grid of 4 x 16
row_of_class_token = np.zeros(1 + 4 * 16)
row_of_class_token[1 + 16 * looked_at[0] + looked_at[1]] = 1
laid_out = {
    "right": row_of_class_token[1:].reshape(4, 16),
    "class token left in": row_of_class_token[:64].reshape(4, 16),
    "taken for a square": row_of_class_token[1:].reshape(8, 8),
    "rows and columns swapped": row_of_class_token[1:].reshape(16, 4),
}
for name, wrong in laid_out.items():
    row, column = np.argwhere(wrong)[0]
    print(f"{name:25} row {row:2} of {wrong.shape[0]:2}, column {column:2} of {wrong.shape[1]:2}")

# %% tags=["own-pixels"] alt="A wide drawn picture with a star on the right, and four maps laid over it: the right one marks the star; the others mark a place beside it, and two places far from it." alt_ko="오른쪽에 별이 있는 넓은 그림과 그 위에 얹은 지도 네 장. 올바른 지도는 별을 가리켜요. 나머지는 바로 옆자리 하나와 멀리 떨어진 두 자리를 가리켜요."
star = draw_shapes(1, shapes=("star",), color="yellow", position=(20, 12), size=0.2, clutter=0,
                   seed=2).images[0]
# (32, 128, 3): patches of 8x8 pixels
wide = np.concatenate([np.full((32, 96, 3), star[0, 0]), star], axis=1)
figure, grid = plt.subplots(2, 2, figsize=(9, 3), layout="constrained")
figure.suptitle("One patch was looked at; only the first map says which")
for axes, (name, wrong) in zip(grid.ravel(), laid_out.items()):
    axes.imshow(wide, extent=(0, 128, 32, 0))
    shown = axes.imshow(wrong, cmap="viridis", vmin=0, vmax=1, alpha=0.25 + 0.45 * wrong,
                        extent=(0, 128, 32, 0))
    axes.set_title(name, fontsize=9)
    axes.set(xticks=[], yticks=[])
bar = figure.colorbar(shown, ax=grid, label="share", shrink=0.9)

# %% [markdown] lang="en"
# The bright square should lie on the star. With the class token left in it stands one patch too far to the right, which on an 8x8 map looks like a slight inaccuracy. Taken for a square or swapped it is somewhere else. On *square* pictures mistake 7 does nothing at all, and so it is found only by who has a picture of another shape.
#
# | mistake | what happens | the test that finds it |
# |---|---|---|
# | 1. wrong axis divided | maps of `max` and `min` are distorted; `mean` is right | rows of $R$ sum to one, for every fusion |
# | 2. nothing divided | sizes mean nothing | rows sum to one |
# | 3. no residual connection | all tokens have the same map | $A = I$ in all blocks gives $R = I$; two blocks by hand |
# | 4. order turned round | the map of another model | two blocks by hand, $A_1 \neq A_2$ |
# | 5. column in place of row | what others took from the class token | the map sums to $1 - R_{00}$ |
# | 6. class token left in | all is moved by one patch | a map with one bright patch |
# | 7. grid taken for a square | rows are broken in the wrong places | the same, on a picture that is not square |
#
# An eighth comes in section 11: the colours. And the tests of the table, on the module's own function:

# %% [markdown] lang="ko"
# 밝은 네모가 별 위에 있어야 해요. 클래스 토큰을 빼지 않으면 패치 하나만큼 오른쪽으로 밀려요. 8x8 지도에서는 조금 부정확한 것처럼 보일 뿐이에요. 정사각형으로 여기거나 행과 열을 바꾸면 엉뚱한 곳에 있어요. 그림이 *정사각형*이면 실수 7은 아무 탈도 내지 않아요. 그래서 다른 모양의 그림을 쓰는 사람만 발견해요.
#
# | 실수 | 생기는 일 | 찾아내는 시험 |
# |---|---|---|
# | 1. 엉뚱한 축을 나눔 | `max`와 `min`의 지도가 일그러져요. `mean`은 맞아요 | 어떻게 합치든 $R$의 행은 합이 1 |
# | 2. 나누지 않음 | 값의 크기에 뜻이 없어요 | 행의 합이 1 |
# | 3. 잔차 연결을 잊음 | 모든 토큰의 지도가 같아져요 | 모든 블록이 $A = I$이면 $R = I$. 블록 두 개를 손으로 |
# | 4. 순서를 뒤집음 | 다른 모델의 지도가 돼요 | $A_1 \neq A_2$인 블록 두 개를 손으로 |
# | 5. 행 대신 열을 읽음 | 남들이 클래스 토큰에게서 가져간 몫이에요 | 지도의 합이 $1 - R_{00}$ |
# | 6. 클래스 토큰을 빼지 않음 | 모두 패치 하나만큼 밀려요 | 패치 하나만 밝은 지도 |
# | 7. 격자를 정사각형으로 여김 | 엉뚱한 곳에서 줄이 바뀌어요 | 정사각형이 아닌 그림에서 같은 시험 |
#
# 여덟 번째는 11절에 나와요. 바로 색이에요. 표의 시험을 모듈의 함수에 해 봐요.

# %%
nothing_moves = np.broadcast_to(np.eye(13), (1, 4, 3, 13, 13))  # A = I in all blocks
print("rows sum to one, for every fusion:",
      all(np.allclose(attention_rollout(scores, fusion).sum(-1), 1, atol=1e-5)
          for fusion in HEAD_FUSION))
print("A = I gives R = I:",
      bool(np.allclose(attention_rollout(nothing_moves), np.eye(13), atol=1e-6)))
print("two blocks by hand:", bool(np.allclose(attention_rollout(both)[0], R, atol=1e-6)))
one_bright = np.full((1, 65, 65), 1 / 65)
one_bright[0, 0] = row_of_class_token
print("one bright patch, on a grid of 4 x 16:", np.argwhere(answer_map(one_bright, (4, 16))[0])[0])

# %% [markdown] lang="en"
# ## 8. Any model, any shape
#
# Where does the answer come from, and what lies where? Every model answers these two questions itself:
#
# | | the answer is read from | `class_token` | the grid |
# |---|---|---|---|
# | `pooling="token"` | token 0 | `True` | `model.grid_shape` |
# | `pooling="average"` | the mean of all patches, so the map is the mean of all rows | `False` | `model.grid_shape` |
# | a hybrid | either | as its pooling says | places of the *feature map*, `model.grid_shape` |
#
# `rollout_map` asks the model and does the whole way in one call. **Predict** the four shapes.

# %% [markdown] lang="ko"
# ## 8. 어떤 모델이든, 어떤 모양이든
#
# 답을 어디에서 읽는지, 무엇이 어디에 놓여 있는지는 모델이 알고 있어요.
#
# | | 답을 읽는 곳 | `class_token` | 격자 |
# |---|---|---|---|
# | `pooling="token"` | 토큰 0 | `True` | `model.grid_shape` |
# | `pooling="average"` | 모든 패치의 평균. 지도도 모든 행의 평균이에요 | `False` | `model.grid_shape` |
# | 하이브리드 | 둘 중 하나 | 풀링(pooling)에 따라 | *특징 맵*(feature map)의 자리, `model.grid_shape` |
#
# `rollout_map`은 모델에게 물어서 처음부터 끝까지 한 번에 계산해요. 네 가지 형태를 **예측해 보세요.**

# %%
def widened(model, image_shape):
    """The same weights for pictures of another shape; the positions are interpolated (lesson 9)."""
    wide = VisionTransformer.from_config({**model.get_config(), "image_shape": image_shape})
    for new, old in zip(wide.weights, model.weights):
        value = ops.convert_to_numpy(old)
        new.assign(value if new.shape == old.shape
                   else interpolate_position_embedding(value, wide.grid_shape))
    return wide

# %%
parts = {name: SIZE[name]
         for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim", "num_classes")}
hybrid = create_hybrid_vit((32, 32, 3), patch_size=1, **parts)
for name, one in {"class token": untrained,
                  "average": VisionTransformer((32, 32, 3), 4, pooling="average", **parts),
                  "twice as wide": widened(untrained, (32, 64, 3)), "hybrid": hybrid}.items():
    maps = rollout_map(one, np.zeros((2, *one.image_shape), "uint8"))
    print(f"{name:14} maps {maps.shape}, each of sum one: "
          f"{bool(np.allclose(maps.sum(axis=(1, 2)), 1, atol=1e-4))}")

# %% [markdown] lang="en"
# Our trained model, widened in the same way, on pictures twice as wide: a shape in the left half, bars of clutter in both. It has never seen such a picture. Does its map stay with the shape? Above each picture stands the share of the map in its left half: 50%, if the model looked everywhere alike.

# %% [markdown] lang="ko"
# 학습한 모델도 똑같이 넓혀서 너비가 두 배인 그림에 써 봐요. 왼쪽 절반에 도형이 있고, 색 막대는 양쪽에 다 있어요. 이런 그림은 한 번도 본 적이 없어요. 지도가 도형을 따라갈까요? 그림 위에 적힌 것은 지도에서 왼쪽 절반이 차지하는 몫이에요. 어디나 똑같이 본다면 50%예요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Two wide pictures with a white shape in the left half, and the maps of the widened model laid over them, brighter where more was taken." alt_ko="왼쪽 절반에 하얀 도형이 있는 넓은 그림 두 장과 그 위에 얹은, 넓힌 모델의 지도. 많이 가져온 곳이 밝아요."
# the shape lies outside the picture
nothing = draw_shapes(5, position=(-40, -40), clutter=0.4, seed=8).images
wide_pictures = np.concatenate([few.images, nothing], axis=2)[1:3]  # (2, 32, 64, 3)
wide_model = widened(model, (32, 64, 3))
wide_maps = rollout_map(wide_model, wide_pictures)
plot_overlays([few_colors(picture) for picture in wide_pictures], {"rollout": wide_maps},
              [f"{name}: {share:.0%} on the left"
               for name, share in zip(FIVE[1:3], wide_maps[:, :, :8].sum(axis=(1, 2)))],
              title="A grid of 8 x 16: rows are rows")

# %% [markdown] lang="en"
# Not reliably: the share is not well above 50% in both pictures. The grid is right, as checked above; but where a model looks in pictures of a kind it has never seen is another matter.

# %% [markdown] lang="ko"
# 늘 그렇지는 않아요. 두 그림 모두에서 50%를 훌쩍 넘지는 않으니까요. 격자가 맞다는 것은 위에서 확인했어요. 하지만 본 적 없는 종류의 그림에서 모델이 어디를 보는지는 다른 문제예요.

# %% [markdown] lang="en"
# **Hybrids** hold two traps. The first is the unit: `patch_size` counts places of the feature map, and `mean_attention_distance` wants pixels. The step from place to place is the picture divided by the grid. **Predict** both lines.

# %% [markdown] lang="ko"
# **하이브리드**에는 함정이 둘 있어요. 첫째는 단위예요. `patch_size`는 특징 맵의 자리로 센 크기인데 `mean_attention_distance`에는 픽셀이 필요해요. 자리 사이의 간격은 그림의 크기를 격자로 나눈 거예요. 두 줄을 **예측해 보세요.**

# %%
step = tuple(size // number for size, number in zip(hybrid.image_shape, hybrid.grid_shape))
print("patch_size", hybrid.patch_size, "| pixels from place to place", step)
print("uniform distance with patch_size "
      f"{uniform_distance(hybrid.grid_shape, hybrid.patch_size):.1f}, with pixels "
      f"{uniform_distance(hybrid.grid_shape, step):.1f}")

# %% [markdown] lang="en"
# The second is the meaning. A place of the feature map has seen more pixels than those it lies above (7x7 for this stem, 21x21 for the ResNet's, lesson 8), so a bright place does not say which of them mattered. For that matter, no bright patch does after the first block: the token there is already a mixture, and rollout is the attempt to undo the mixing.

# %% [markdown] lang="ko"
# 둘째는 뜻이에요. 특징 맵의 자리 하나는 자기 아래에 있는 픽셀보다 넓은 곳을 보았어요(이 스템은 7x7, ResNet 스템은 21x21, 수업 8). 그러니 어느 자리가 밝다고 해도 그 가운데 어느 픽셀이 중요했는지는 알 수 없어요. 사실 첫 블록을 지나면 어느 모델이나 마찬가지예요. 그 자리의 토큰은 이미 섞인 것이고, 롤아웃은 그 섞임을 되돌려 보려는 시도예요.

# %% [markdown] lang="en"
# ## 9. Rollout on pictures
#
# At last. First the drawn shapes, before and after training, both on one scale: 1 is an even share, what a patch gets if everything is looked at alike.

# %% [markdown] lang="ko"
# ## 9. 그림 위의 롤아웃
#
# 드디어 그림이에요. 먼저 그려 낸 도형이에요. 학습하기 전과 후를 같은 눈금으로 그려요. 1이 고른 몫이에요. 어디나 똑같이 볼 때 패치 하나가 받는 몫을 말해요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Five drawn pictures; under them, on one scale, the maps of the untrained model and those of the trained one." alt_ko="그려 낸 그림 다섯 장과, 같은 눈금으로 그린 두 모델의 지도. 학습하지 않은 모델과 학습한 모델이에요."
plot_overlays(few_shown, {"untrained": rollout_map(untrained, few.images),
                          "trained": rollout_map(model, few.images)},
              FIVE, title="Before and after training, on one scale")

# %% [markdown] lang="en"
# Untrained, the map is nowhere far from 1. What training has changed is hard to judge by eye; section 10 counts.
#
# The pretrained model on drawn faces, which it has never seen, and then on photographs:

# %% [markdown] lang="ko"
# 학습하지 않은 모델은 어디나 1에서 멀지 않아요. 학습해서 무엇이 달라졌는지는 눈으로 판단하기 어려우니 10절에서 숫자로 재요.
#
# 이번에는 사전 학습된 모델이에요. 한 번도 본 적 없는 그려 낸 얼굴을 먼저 보고, 그다음에 사진을 봐요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Three drawn faces of cats and dogs; under each the rollout of the pretrained model, as squares of light and dark." alt_ko="그려 낸 고양이와 개 얼굴 세 장. 아래마다 사전 학습된 모델의 롤아웃을 밝고 어두운 네모로 나타냈어요."
drawn_faces = draw_faces(3, 224, seed=3, labels=[0, 1, 0])
faces = np.stack([few_colors(at_size(picture, side), 16) for picture in drawn_faces.images])
captions = [("cat", "dog")[label] for label in drawn_faces.labels]
plot_overlays(faces[:, ::every, ::every], {"mean": rollout_map(pretrained, faces),
                                           "max": rollout_map(pretrained, faces, "max")}, captions,
              title=f"{pretrained_name}: rollout of drawn faces")

# %% [markdown] lang="en"
# The two rows are the same scores, fused once by the mean over the heads, once by the largest. The paper takes the mean; public code offers both under the name of rollout. They need not agree, and nothing tells which is right.

# %% [markdown] lang="ko"
# 두 줄은 같은 점수를 헤드 평균으로 합친 것과 가장 큰 값으로 합친 것이에요. 논문은 평균을 쓰고, 공개된 코드에서는 둘 다 롤아웃이라고 불러요. 둘은 서로 다를 수 있고, 어느 쪽이 맞는지 알려 주는 것은 없어요.

# %% tags=["third-party-pixels"] alt="Photographs of cats and dogs, above each what the model says, and under them the rollout of the pretrained model." alt_ko="고양이와 개 사진. 위에는 모델의 답이, 아래에는 사전 학습된 모델의 롤아웃이 있어요."
answers = [weights.class_names[label].split(",")[0][:16] if weights.class_names else str(label)
           for label in logits_of(pretrained, photographs[:6]).argmax(axis=1)]
plot_overlays(photographs[:6], {fusion: rollout_map(pretrained, photographs[:6], fusion)
                                for fusion in ("mean", "max")},
              answers, title=f"{pretrained_name}: rollout of photographs")

# %% [markdown] lang="en"
# Above each photograph stands the answer, one of the classes the model was trained on. Compare figure 6 of the paper. Before you explain any of it, read the next two sections.

# %% [markdown] lang="ko"
# 사진 위에 적힌 것은 모델의 답이에요. 학습한 클래스 가운데 하나를 골라요. 논문의 그림 6과 견주어 보세요. 설명을 붙이기 전에 다음 두 절을 읽으세요.

# %% [markdown] lang="en"
# ## 10. Does it point at the object?
#
# With masks it can be counted. Two numbers for a map $r$ of sum one, with $a_n$ the share of patch $n$ that the shape covers:
#
# $$\text{mass} = \sum_n r_n a_n, \qquad \text{times} = \frac{\text{mass}}{\frac{1}{N} \sum_n a_n}$$
#
# The first is the share of the map on the shape, the second says how many times its area that is: 1 for a map that is the same everywhere. **Predict** both for this map of 2x2 patches:

# %% [markdown] lang="ko"
# ## 10. 물체를 가리킬까요?
#
# 마스크가 있으니 셀 수 있어요. 합이 1인 지도 $r$에서 숫자 두 개를 구해요. $a_n$은 도형이 $n$번째 패치를 덮은 비율이에요.
#
# $$\text{mass} = \sum_n r_n a_n, \qquad \text{times} = \frac{\text{mass}}{\frac{1}{N} \sum_n a_n}$$
#
# 앞의 것은 지도에서 도형 위에 있는 몫이고, 뒤의 것은 그것이 도형 넓이의 몇 배인지예요. 어디나 똑같은 지도라면 1이에요. 2x2 패치의 아래 지도에서 두 숫자를 **예측해 보세요.**

# %%
r = np.array([[[0.1, 0.2], [0.6, 0.1]]])
a = np.array([[[0.0, 0.0], [1.0, 0.5]]])  # a whole patch and half of another
print(f"mass {mass_on(r, a)[0]:.2f} | area {a.mean():.3f} | "
      f"times {mass_on(r, a)[0] / a.mean():.2f}")

# %% [markdown] lang="en"
# A third number looks at the order alone: of all pairs of a patch that the shape touches and one that it does not, in how many has the first more? By chance in half of them. It does not care how *much* more. **Predict** both numbers for the untrained model, on sixty pictures.

# %% [markdown] lang="ko"
# 셋째 숫자는 순서만 봐요. 도형이 닿은 패치와 닿지 않은 패치를 짝지었을 때, 앞의 것이 더 큰 짝은 얼마나 될까요? 우연이라면 절반이에요. 얼마나 *많이* 큰지는 따지지 않아요. 학습하지 않은 모델이 그림 60장에서 두 숫자를 얼마로 낼지 **예측해 보세요.**

# %%
some = draw(60, seed=9)
shape_shares = patch_shares(some.masks, (8, 8))  # (60, 8, 8)


def points_at_shape(maps, shares):
    """Times the area, and the share of pairs in which the shape's patch has more: two means."""
    times = np.mean(mass_on(maps, shares)) / np.mean(shares)
    return float(times), float(np.mean(rank_on(maps, shares > 0)))


before = rollout_map(untrained, some.images)
times, pairs = points_at_shape(before, shape_shares)
print(f"untrained: {times:.1f} times its area; the shape has more in {pairs:.0%} of the pairs")

# %% [markdown] lang="en"
# Surprised? A model that has never learned anything prefers the shape, in most of the pairs. Section 11 explains it. For now: the yardstick is neither 1 nor a half, it is the untrained model.

# %% [markdown] lang="ko"
# 뜻밖인가요? 배운 것이 하나도 없는 모델도 도형을 더 좋아하고, 짝을 대부분 이겨요. 까닭은 11절에서 밝혀요. 여기서 기억할 것은 이거예요. 잣대는 1도 절반도 아니고, 학습하지 않은 모델이에요.

# %% tags=["nbval-ignore-output"]
test_shares = patch_shares(test.masks, (8, 8))
for fusion in HEAD_FUSION:
    times, pairs = points_at_shape(rollout_map(model, test.images, fusion), test_shares)
    print(f"trained, {fusion:4}: {times:.2f} times its area; "
          f"the shape has more in {pairs:.0%} of the pairs")

# %% [markdown] lang="en"
# If the trained model is far above the untrained one, its map has moved onto the shape, although nobody ever told the model where a shape is. It had to find it to name it.
#
# ### Covering patches
#
# A map points somewhere; is that what the answer *needs*? There is a way to find out that uses no attention at all: cover patches with grey and see whether the answer changes. If the map tells what matters, then covering the patches it shows most of must hurt more than covering any, and covering those it shows least of must hurt less.

# %% [markdown] lang="ko"
# 학습한 모델이 학습하지 않은 모델보다 훨씬 높다면 지도가 도형으로 옮겨 간 거예요. 도형이 어디에 있는지 모델에게 알려 준 적은 없어요. 이름을 맞히려면 찾아야 했을 뿐이에요.
#
# ### 패치 가려 보기
#
# 지도는 어딘가를 가리켜요. 그런데 그것이 답에 *필요한* 것일까요? 어텐션을 전혀 쓰지 않고 알아보는 방법이 있어요. 패치를 회색으로 가리고 답이 바뀌는지 보는 거예요. 지도가 중요한 것을 알려 준다면, 지도에서 가장 밝은 패치들을 가릴 때 아무 패치나 가릴 때보다 더 틀려야 하고, 가장 어두운 패치들을 가릴 때는 덜 틀려야 해요.

# %% tags=["nbval-ignore-output"]
# laptop: about 15 seconds
def accuracy(model, images, labels):
    return float(np.mean(logits_of(model, images).argmax(axis=1) == labels))


after = rollout_map(model, test.images)
by_chance = np.random.default_rng(0).random(after.shape)
hurt = {}
untrained_maps = rollout_map(untrained, test.images)
for panel, maps in {"by its own map": after,
                    "by the map of the untrained model": untrained_maps}.items():
    orders = {"most looked at": (maps, False), "any": (by_chance, False),
              "least looked at": (maps, True)}
    hurt[panel] = {name: {n: [accuracy(model, cover(test.images, most_looked_at(values, n, least)),
                                       test.labels)]
                          for n in (0, 4, 8, 16, 32)} for name, (values, least) in orders.items()}

# %% tags=["nbval-ignore-output"] alt="Accuracy of the trained model against the number of covered patches, chosen by its own map and by that of the untrained model, in three lines each: the most looked at, any, and the least looked at." alt_ko="가린 패치 수에 따른, 학습한 모델의 정확도. 자기 지도로 고를 때와 학습하지 않은 모델의 지도로 고를 때, 가장 많이 본 패치, 아무 패치, 가장 적게 본 패치를 가리는 선 세 개씩이에요."
plot_bands(hurt, "patches covered, of 64", chance=1 / len(FIVE),
           title="Does the map know what the answer needs?")

# %% [markdown] lang="en"
# The further the line of the most looked at lies below that of any, the more the map tells about what is needed. If the two lie together, it tells nothing, however good it looks. On the right the patches were chosen by the untrained model's map: only the difference between the two panels is owed to training.
#
# (Covering has its own weakness. A grey square is something the model has never seen, and may disturb it by being there. That is what the middle line is for: it has as many squares.)
#
# ### The recorded run
#
# The same model with several seeds, by `benchmarks/experiments/looking.py`. A seed decides the first weights, the order and the training pictures; the test pictures are always the same.

# %% [markdown] lang="ko"
# 가장 많이 본 패치의 선이 아무 패치의 선보다 아래에 있을수록, 지도는 답에 무엇이 필요한지 잘 알려 주는 거예요. 두 선이 겹치면 아무리 그럴듯해 보여도 알려 주는 것이 없어요. 오른쪽은 학습하지 않은 모델의 지도로 패치를 고른 거예요. 두 칸의 차이만이 학습 덕분이에요.
#
# (가리는 방법에도 약점이 있어요. 회색 네모는 모델이 한 번도 본 적 없는 것이라, 있는 것만으로 방해가 될 수 있어요. 그래서 가운데 선이 필요해요. 네모 수가 똑같으니까요.)
#
# ### 기록한 실험
#
# 같은 모델을 시드를 바꿔 가며 `benchmarks/experiments/looking.py`로 잰 결과예요. 시드는 처음 가중치, 그림의 순서, 학습 그림을 정하고, 테스트 그림은 늘 같아요.

# %%
def by_task(file):
    """The runs of results/looking_inside.json by their task; empty where there is no such file."""
    if file is None:
        return {}
    tasks = {task: [run for run in file["runs"] if run["task"] == task]
             for task in ("shapes", "mark", "random mark")}
    print(f"{len(tasks['shapes'])} seeds, {file['settings']['steps']} steps of "
          f"{file['settings']['batch_size']} pictures")
    return {task: runs for task, runs in tasks.items() if runs}


def over_seeds(runs, *path):
    """The numbers at this place of each run."""
    for key in path:
        runs = [run[key] for run in runs]
    return runs

# %%
tasks = by_task(recorded("looking_inside"))
for when in ("before", "after") if tasks else ():
    runs = tasks["shapes"]
    print(f"{when:6} training: {np.mean(over_seeds(runs, when, 'lift', 'mean', 'shape')):.2f} "
          "times its area, the shape has "
          f"more in {np.mean(over_seeds(runs, when, 'rank')):.0%} of the pairs")
if tasks:
    print(f"accuracy {np.mean(over_seeds(runs, 'test_accuracy')):.1%}")
    for panel, lines in runs[0]["covered"].items():
        print(f"with 8 patches covered, {panel}: "
              + ", ".join(f"{name} {np.mean(over_seeds(runs, 'covered', panel, name, '8')):.1%}"
                          for name in lines))

# %% alt="Accuracy of the recorded models against the number of covered patches: the most looked at, any, the least looked at; or one line that says that nothing is recorded." alt_ko="기록한 모델에서 가린 패치 수에 따른 정확도. 가장 많이 본 패치, 아무 패치, 가장 적게 본 패치예요. 기록이 없으면 없다는 한 줄이에요."
curves = {panel: {name: {int(n): over_seeds(tasks["shapes"], "covered", panel, name, n)
                         for n in points}
                  for name, points in lines.items()}
          for panel, lines in tasks["shapes"][0]["covered"].items()} if tasks else {}
plot_bands(curves, "patches covered, of 64", 1 / len(FIVE),
           "Recorded: covering what the map shows") \
    if tasks else plot_nothing("the recording")

# %% [markdown] lang="en"
# So far rollout looks like a good guide. It was an easy case: one object, which alone decides the class, and a model that has learned the task.

# %% [markdown] lang="ko"
# 여기까지 보면 롤아웃은 좋은 길잡이 같아요. 하지만 쉬운 경우였어요. 물체가 하나이고, 그것만으로 클래스가 정해지고, 모델은 문제를 잘 배웠어요.

# %% [markdown] lang="en"
# ## 11. Where it misleads
#
# ### The same map, another answer
#
# Take a picture, and its *twin*: the same place, size, background and clutter, another shape. The right answer differs. **Predict** whether the maps do.

# %% [markdown] lang="ko"
# ## 11. 속기 쉬운 경우
#
# ### 지도는 같고 답은 달라요
#
# 그림 한 장과 그 *쌍둥이*를 준비해요. 위치, 크기, 배경, 막대가 모두 같고 도형만 달라요. 정답이 서로 다르죠. 지도도 다를지 **예측해 보세요.**

# %%
one_label = np.arange(60) % 5
twins = [draw(60, seed=9, labels=labels) for labels in (one_label, (one_label + 1) % 5)]
differ = np.any(twins[0].images != twins[1].images, axis=-1)  # (60, 32, 32)
print(f"pixels in which twins differ: {differ.mean():.0%}; "
      f"the answers differ in {np.mean(twins[0].labels != twins[1].labels):.0%} of the pairs")

# %% tags=["nbval-ignore-output"]
twin_maps = [rollout_map(model, drawn.images) for drawn in twins]
both_right = np.all([logits_of(model, drawn.images).argmax(axis=1) == drawn.labels
                     for drawn in twins], axis=0)


def alike(maps, others):
    """Correlation of each map with its partner."""
    return np.array([np.corrcoef(one.ravel(), other.ravel())[0, 1]
                     for one, other in zip(maps, others)])


chosen = np.flatnonzero(both_right) if both_right.any() else np.arange(60)
print(f"both twins named rightly: {len(chosen)} of 60 pairs")
print(f"correlation of their maps {alike(twin_maps[0][chosen], twin_maps[1][chosen]).mean():.2f}; "
      "of a picture with the next one "
      f"{alike(twin_maps[0], np.roll(twin_maps[0], 1, axis=0)).mean():.2f}")

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Three pairs of twins, pictures that differ in the shape alone, each with its map: within a pair the maps are much alike." alt_ko="도형만 다른 쌍둥이 그림 세 쌍과 그 지도. 한 쌍 안에서는 지도가 아주 비슷해요."
pairs = [(number, which) for number in chosen[:3] for which in (0, 1)]
in_common = alike(twin_maps[0][chosen], twin_maps[1][chosen]).mean()
plot_overlays([few_colors(twins[which].images[number]) for number, which in pairs],
              {"rollout": np.stack([twin_maps[which][number] for number, which in pairs])},
              [FIVE[twins[which].labels[number]] for number, which in pairs],
              title=f"Twins: other answers, maps with a correlation of {in_common:.2f}")

# %% [markdown] lang="en"
# Within a pair the maps are much more alike than between pictures, and the answers differ in every pair. A map says *where* something was taken from, never *what* was seen there, nor why it makes a circle and not a heart. "It looks at the shape, so it has understood the shape" does not follow.
#
# ### The same map, another model
#
# Two models, made of the trained one by a cut:
#
# - in the head the classes change places, so that every right answer becomes a wrong one;
# - in the last block all *values* are set to zero: the class token asks there as before, and whatever it asks, it gets nothing.
#
# **Predict** how far their maps are from those of the model.

# %% [markdown] lang="ko"
# 쌍둥이끼리는 다른 그림끼리보다 지도가 훨씬 비슷해요. 그런데 답은 모두 달라요. 지도는 *어디에서* 가져왔는지를 말할 뿐, 거기서 *무엇을* 보았는지, 왜 하트가 아니라 원인지는 말하지 않아요. '도형을 보고 있으니 도형을 이해한 거야'라는 결론은 나오지 않아요.
#
# ### 지도는 같고 모델은 달라요
#
# 학습한 모델을 잘라서 모델 두 개를 만들어요.
#
# - 분류층에서 클래스의 자리를 바꿔요. 맞던 답이 모두 틀려요.
# - 마지막 블록의 *밸류*를 모두 0으로 만들어요. 클래스 토큰은 거기서 전과 똑같이 묻지만, 무엇을 물어도 받는 것이 없어요.
#
# 두 모델의 지도가 원래 모델의 지도와 얼마나 다를지 **예측해 보세요.**

# %%
exchanged, cut = copy_of(model), copy_of(model)
for weight in (exchanged.head.kernel, exchanged.head.bias):
    weight.assign(np.roll(ops.convert_to_numpy(weight), 1, axis=-1))
for weight in (cut.encoder.blocks[-1].attention.value.kernel,
               cut.encoder.blocks[-1].attention.value.bias):
    weight.assign(np.zeros(weight.shape))
of_model = rollout_map(model, some.images)
for name, one in {"classes exchanged": exchanged, "values of the last block cut": cut}.items():
    same = bool(np.allclose(rollout_map(one, some.images), of_model, atol=1e-6))
    print(f"{name:29} the same maps: {same}")

# %% tags=["nbval-ignore-output"]
for name, one in {"as trained": model, "classes exchanged": exchanged,
                  "values of the last block cut": cut}.items():
    print(f"{name:29} right: {accuracy(one, test.images, test.labels):.0%}")

# %% [markdown] lang="en"
# Not one number of the maps has moved: both cuts were made behind the last queries and keys. The same picture with its bright patches on the shape comes from a model that is nearly always wrong, and from one that takes nothing at all in its last block, though the map counts that block for half of the way. (What the second still gets right it has from the block before: how much that is, no map tells, the accuracy does.) *No* statement about an answer follows from the map alone.
#
# ### Even an untrained map looks telling
#
# Many programs give each map all the colours, from its own smallest to its own largest value. Two models on the same pictures, drawn like that: one has learned to name the shapes, the other has not learned anything. **Which row is which?** Decide before you read the numbers beneath the maps.

# %% [markdown] lang="ko"
# 지도의 숫자는 하나도 움직이지 않았어요. 두 모델 모두 마지막 쿼리와 키보다 뒤를 잘랐으니까요. 밝은 패치가 도형 위에 있는 똑같은 그림이, 거의 늘 틀리는 모델에서도 나오고, 마지막 블록에서 아무것도 가져오지 못하는 모델에서도 나와요. 지도는 그 블록을 전체 길의 절반으로 치는데도요. (둘째 모델이 여전히 맞히는 것은 앞 블록에서 얻은 덕분이에요. 그게 얼마나 되는지는 지도가 아니라 정확도가 말해 줘요.) 그러니 지도만 보고 답에 대해 할 수 있는 말은 *하나도* 없어요.
#
# ### 학습하지 않은 지도도 그럴듯해요
#
# 지도마다 가장 작은 값부터 가장 큰 값까지 모든 색을 쓰는 프로그램이 많아요. 같은 그림에서 두 모델의 지도를 그렇게 그렸어요. 한 모델은 도형의 이름을 배웠고, 다른 모델은 배운 것이 하나도 없어요. **어느 줄이 어느 모델일까요?** 지도 아래의 숫자를 읽기 전에 정하세요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Five drawn pictures and two rows of maps, A and B, each stretched to the full range of colours: the shapes can be made out in both." alt_ko="그려 낸 그림 다섯 장과 모든 색을 쓰도록 늘인 지도 두 줄, A와 B. 두 줄 모두에서 도형을 알아볼 수 있어요."
plot_overlays(few_shown,
              {"A": rollout_map(untrained, few.images), "B": rollout_map(model, few.images)}, FIVE,
              stretch=True, title="Which row is of the model that has learned something?")

# %% [markdown] lang="en"
# A is the untrained one. The numbers beneath give it away: they say from how many to how many even shares the colours of a map go. The eye does not read numbers, and sees a shape in either row.
#
# Why is it there at all? Patches that look alike have keys that are alike, in *any* model, so in a head they are all up or all down. White patches are few and unlike the rest. Say the shape has a tenth of the patches, and in one head its logits lie $x = 1.4$ above those of the ground, in another as far below. With the softmax, a head gives the shape
#
# $$\frac{0.1 \, e^x}{0.9 + 0.1 \, e^x}$$
#
# **Predict:** do the two heads cancel to the shape's area?

# %% [markdown] lang="ko"
# A가 학습하지 않은 모델이에요. 아래의 숫자를 보면 알 수 있어요. 지도의 색이 고른 몫의 몇 배부터 몇 배까지인지 적혀 있으니까요. 하지만 눈은 숫자를 읽지 않아요. 두 줄 모두에서 도형을 봐요.
#
# 도형은 대체 왜 보일까요? 닮은 패치는 *어떤* 모델에서든 키가 닮아요. 그래서 한 헤드 안에서는 다 함께 오르거나 다 함께 내려가요. 하얀 패치는 수가 적고 나머지와 달라요. 도형이 패치의 10분의 1을 차지하고, 한 헤드에서는 도형의 내적이 배경보다 $x = 1.4$만큼 높고 다른 헤드에서는 그만큼 낮다고 해요. 소프트맥스를 거치면 헤드가 도형에 주는 몫은 이래요.
#
# $$\frac{0.1 \, e^x}{0.9 + 0.1 \, e^x}$$
#
# 두 헤드를 평균하면 도형의 넓이만큼이 될까요? **예측해 보세요.**

# %%
for_shape = [0.1 * np.exp(x) / (0.9 + 0.1 * np.exp(x)) for x in (1.4, -1.4)]
print("the two heads:", " and ".join(f"{share / 0.1:.2f}" for share in for_shape),
      f"times its area; their mean {np.mean(for_shape) / 0.1:.2f}")

# %% [markdown] lang="en"
# They do not. Up means three times, down means a quarter, and a quarter cannot outweigh three. A small thing that stands out gets more than its area on average, from heads that know nothing. The map shows what is conspicuous in the *picture*, not what the model has learned. Adebayo and others found something like it for other kinds of maps ([2018](https://arxiv.org/abs/1810.03292)), and conclude that "reliance, solely, on visual assessment can be misleading".
#
# How visible is it once stretched? The order tells: take $|2 p - 1|$ of the share $p$ of pairs of section 10, picture by picture; 0 is invisible, 1 is perfectly visible, bright or dark.

# %% [markdown] lang="ko"
# 되지 않아요. 오르면 세 배, 내려가면 4분의 1이라서 서로 비기지 않아요. 작고 눈에 띄는 것은 아무것도 모르는 헤드에서도 평균적으로 넓이보다 많이 받아요. 지도가 보여 주는 것은 *그림*에서 눈에 띄는 것이지, 모델이 배운 것이 아니에요. Adebayo와 동료들은 다른 종류의 지도에서 비슷한 것을 발견하고([2018](https://arxiv.org/abs/1810.03292)) 이렇게 결론지었어요. "reliance, solely, on visual assessment can be misleading".
#
# 늘이면 얼마나 잘 보일까요? 순서로 알 수 있어요. 10절에서 구한 짝의 비율 $p$로 그림마다 $|2 p - 1|$을 구해요. 0이면 보이지 않고, 1이면 밝든 어둡든 완벽하게 보여요.

# %%
visible = np.abs(2 * rank_on(before, shape_shares > 0) - 1)
print(f"how visible the shape is in a stretched map of the untrained model: {visible.mean():.1f}")

# %% [markdown] lang="en"
# Far from invisible. So: one scale for all maps, starting at 0; a colour bar with a unit; and the untrained model beside the trained one.
#
# ### A shortcut in the corner
#
# Last, a model that cheats. In every training picture a coloured square in the corner says the class, besides the shape. **Predict:** which of the two will the model go by, and will its map tell us?

# %% [markdown] lang="ko"
# 보이지 않는 것과는 거리가 멀어요. 그러니 모든 지도에 0에서 시작하는 같은 눈금을 쓰고, 단위가 있는 색 막대를 붙이고, 학습하지 않은 모델을 옆에 놓으세요.
#
# ### 구석의 지름길
#
# 마지막은 꾀를 부리는 모델이에요. 학습 그림마다 도형뿐 아니라 구석의 색 네모도 클래스를 알려 줘요. 모델은 둘 가운데 무엇을 보고 답할까요? 지도를 보면 알 수 있을까요? **예측해 보세요.**

# %%
def with_marks(drawn, numbers):
    """The same pictures with a coloured square in the first patch."""
    return drawn._replace(images=add_marks(drawn.images, numbers))


marked_few = with_marks(few, few.labels)
print("marks:", dict(zip(FIVE, MARKS)), "| pixels that changed:",
      f"{np.any(marked_few.images != few.images, axis=-1).mean():.1%}")

# %% tags=["nbval-ignore-output"]
# laptop: about 35 seconds
keras.utils.set_random_seed(0)
cheat = VisionTransformer(**SIZE)
marked = [with_marks(drawn, drawn.labels) for drawn in (learn, validate, test)]
splits = [Split(drawn.images, drawn.labels) for drawn in marked]
trained["cheat"] = train(cheat, Dataset(*splits, FIVE, "Drawn shapes with a mark in the corner."),
                         recipe, verbose=False)

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Five drawn pictures with a coloured square in the top left corner, and the maps of the model that was trained on such pictures." alt_ko="왼쪽 위 구석에 색 네모가 있는 그림 다섯 장과, 그런 그림으로 학습한 모델의 지도예요."
plot_overlays(marked_few.images, {"cheat": rollout_map(cheat, marked_few.images)}, FIVE,
              title="Where does the class come from: the corner or the shape?")

# %% [markdown] lang="en"
# Decide by the maps: corner or shape? Write it down. Then the experiment that decides it. We give every picture the mark of *another* class, and cover mark and shape in turn:

# %% [markdown] lang="ko"
# 지도를 보고 정해 보세요. 구석일까요, 도형일까요? 적어 두세요. 그다음 실험으로 확인해요. 그림마다 *다른* 클래스의 네모를 붙여 보고, 네모와 도형을 차례로 가려 봐요.

# %% tags=["nbval-ignore-output"]
def goes_by(model, drawn):
    """What decides: answers where mark and shape disagree, and accuracy with either covered."""
    others = (drawn.labels + 1 + np.arange(len(drawn.labels)) % 4) % 5  # never the right one
    answers = logits_of(model, with_marks(drawn, others).images).argmax(axis=1)
    agree, shares = with_marks(drawn, drawn.labels).images, patch_shares(drawn.masks, (8, 8))
    corner = np.zeros(shares.shape, bool)
    corner[:, 0, 0] = True
    maps = rollout_map(model, agree)
    return {"named by the mark": np.mean(answers == others),
            "named by the shape": np.mean(answers == drawn.labels),
            "right, mark covered": accuracy(model, cover(agree, corner), drawn.labels),
            "right, shape covered": accuracy(model, cover(agree, shares > 0), drawn.labels),
            "share of the map on the mark": np.mean(mass_on(maps, corner)),
            "share of the map on the shape": np.mean(mass_on(maps, shares))}


print(f"{'right, mark and shape agree':30} {trained['cheat']['test_accuracy']:6.1%}")
for what, share in goes_by(cheat, test).items():
    print(f"{what:30} {share:6.1%}")

# %% [markdown] lang="en"
# The first five lines say what decides, the last two what the map shows. (The mark is 1/64 of the picture, so 1.6 % is its even share.) If the model goes by the mark alone, the shape decides *nothing*. How much of the map does it get all the same? A bright corner has done you a service: it gave you an idea, and the experiment confirmed it. The bright shape would have given you another, and that one is wrong. The map itself does not tell the two apart.
#
# Recorded, with a control: the same training with marks of random colours, which say nothing.

# %% [markdown] lang="ko"
# 앞의 다섯 줄은 무엇이 답을 정하는지, 뒤의 두 줄은 지도가 무엇을 보여 주는지예요. (네모는 그림의 1/64라서 고른 몫이 1.6 %예요.) 모델이 네모만 보고 답한다면 도형은 *아무것도* 정하지 않아요. 그런데도 지도에서 도형이 받은 몫은 얼마나 되나요? 구석이 환하다면 지도가 도움이 된 거예요. 거기서 짐작을 얻었고, 실험으로 확인했으니까요. 환한 도형을 보고는 다른 짐작을 했을 텐데, 그 짐작은 틀렸어요. 지도만 봐서는 둘을 구별할 수 없어요.
#
# 기록한 실험에는 대조군도 있어요. 네모의 색이 아무렇게나 정해져서 아무것도 알려 주지 않는 그림으로 똑같이 학습했어요.

# %%
for task, runs in tasks.items():
    found = {"mark": np.nan,
             "shape": np.nan} | {name: np.mean(over_seeds(runs, "after", "lift", "mean", name))
                                 for name in ("mark", "shape")}
    says = {name: np.mean(over_seeds(runs, "answers", name)) for name in runs[0]["answers"]}
    print(f"{task}: the map gives the corner {found['mark']:.1f} and the shape "
          f"{found['shape']:.1f} times its area; "
          + ", ".join(f"{name} {share:.0%}" for name, share in says.items()))

# %% alt="For each recorded task, the shares of answers: as it is, with the shape covered, with the mark covered, named by shape and by mark; or one line that says that nothing is recorded." alt_ko="기록한 문제마다 답의 비율. 그대로, 도형을 가릴 때, 네모를 가릴 때, 도형을 따른 답, 네모를 따른 답이에요. 기록이 없으면 없다는 한 줄이에요."
shown = {task: {name: over_seeds(runs, "answers", name) for name in runs[0]["answers"]}
         for task, runs in tasks.items()}
plot_dots({"": shown}, 1 / len(FIVE), "What decides, measured by covering and changing",
          xlabel="share of answers") \
    if tasks else plot_nothing("the recording")

# %% [markdown] lang="en"
# A row is a task, a colour a test, a dot a seed. In the row *mark*, compare "named by" shape and mark; in *random mark*, the control, the corner should decide nothing. The cell above says what the maps gave to the corner in each.

# %% [markdown] lang="ko"
# 한 줄이 문제 하나, 색이 시험, 점이 시드예요. *mark* 줄에서 도형을 따른 답(by shape)과 네모를 따른 답(by mark)을 견주어 보세요. 대조군인 *random mark*에서는 구석이 아무것도 정하지 않아야 해요. 지도에서 구석이 받은 몫은 위의 셀에 있어요.

# %% [markdown] lang="en"
# ## 12. Choose for yourself
#
# Layer, head and the token that asks, for the pretrained model on the drawn face:

# %% [markdown] lang="ko"
# ## 12. 직접 골라 보기
#
# 그려 낸 얼굴에서 사전 학습된 모델의 층, 헤드, 질문하는 토큰을 골라 보세요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="A drawn face, and over its grey copy where the class token looks in the first head of the first block." alt_ko="그려 낸 얼굴과, 회색으로 바꾼 그림 위에 첫 블록의 첫 헤드에서 클래스 토큰이 보는 곳을 얹은 것이에요."
explore_attention(face[::every, ::every], attention_maps(pretrained, face[None])[0],
                  pretrained.grid_shape)

# %% [markdown] lang="en"
# Let the class token ask and go up the layers; then let a patch on the edge of the face ask in the first block. (Where the notebook is alive, controls stand above the picture; elsewhere you see the first choice.)
#
# And rollout itself: after how many blocks, fused how, in which colours? Try `stretched` with one block. Then decide how much of what you see is the model, and how much the colours.

# %% [markdown] lang="ko"
# 클래스 토큰이 질문하게 두고 층을 차례로 올려 보세요. 그다음 첫 블록에서 얼굴 가장자리의 패치가 질문하게 해 보세요. (노트북을 실행 중이라면 그림 위에 조절 막대가 있어요. 아니면 처음 상태만 보여요.)
#
# 롤아웃도 골라 봐요. 블록을 몇 개 지난 뒤인지, 헤드를 어떻게 합치는지, 색을 어떻게 쓰는지 정할 수 있어요. 블록 하나에서 `stretched`를 골라 보세요. 보이는 것 가운데 얼마가 모델 덕분이고 얼마가 색 덕분인지 생각해 보세요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Two drawn faces and their rollout through all blocks of the pretrained model, heads fused by the mean, on one scale." alt_ko="그려 낸 얼굴 두 장과 사전 학습된 모델의 모든 블록을 지난 롤아웃. 헤드는 평균으로 합쳤고 눈금은 하나예요."
face_maps = attention_maps(pretrained, faces[:2])  # (2, layers, heads, T, T)


def draw_rollout(blocks, fusion, colors):
    maps = answer_map(attention_rollout(face_maps[:, :blocks], fusion), pretrained.grid_shape)
    return plot_overlays(faces[:2, ::every, ::every], {fusion: maps}, captions,
                         stretch=colors == "stretched",
                         title=f"Rollout through {blocks} of {pretrained.num_layers} blocks, "
                               f"{fusion} of the heads")


Explorer(draw_rollout, {"blocks": pretrained.num_layers},
         blocks=range(1, pretrained.num_layers + 1),
         fusion=list(HEAD_FUSION), colors=["one scale", "stretched"])

# %% [markdown] lang="en"
# The picture shows the rollout through all blocks. Go down to one block and back up: the more blocks, the more tokens are mixed, and the flatter the mean becomes.

# %% [markdown] lang="ko"
# 그림은 모든 블록을 지난 롤아웃이에요. 블록을 하나로 줄였다가 다시 늘려 보세요. 블록이 많을수록 토큰이 더 섞이고, 평균으로 합친 지도는 더 평평해져요.

# %% [markdown] lang="en"
# ## 13. What follows, and what does not
#
# All that was recorded, in a few lines, each a mean over the seeds:

# %% [markdown] lang="ko"
# ## 13. 무엇을 말할 수 있고, 무엇은 말할 수 없을까요
#
# 기록한 것을 몇 줄로 모았어요. 모두 시드의 평균이에요.

# %%
def mean_of(task, *path):
    """The mean over the seeds of the number at this place."""
    return np.mean(over_seeds(tasks[task], *path))


if {"shapes", "mark"} <= set(tasks):
    print(f"The shape gets {mean_of('shapes', 'before', 'lift', 'mean', 'shape'):.1f} times its "
          "area before training, "
          f"{mean_of('shapes', 'after', 'lift', 'mean', 'shape'):.1f} times after it.")
    print(f"Twins: maps correlate by {mean_of('shapes', 'twins', 'correlation'):.2f}, "
          "those of different pictures by "
          f"{mean_of('shapes', 'twins', 'with another picture'):.2f}.")
    for name in tasks["shapes"][0]["broken"]:
        print(f"With {name} {mean_of('shapes', 'broken', name, 'accuracy'):.0%} are right; "
              "the largest change of a map is "
              f"{mean_of('shapes', 'broken', name, 'largest change of a map'):.0e}.")
    print(f"Stretched, the shape is visible by {mean_of('shapes', 'before', 'visible'):.2f} before "
          "training, "
          f"{mean_of('shapes', 'after', 'visible'):.2f} after it.")
    print(f"With the mark {mean_of('mark', 'answers', 'by mark'):.0%} go by it, "
          f"{mean_of('mark', 'answers', 'by shape'):.0%} by the "
          f"shape; the shape gets {mean_of('mark', 'after', 'lift', 'mean', 'shape'):.1f} times "
          "its area all the same.")
else:
    print("Nothing is recorded here yet.")

# %% [markdown] lang="en"
# And what follows:
#
# | somebody says | what we have measured | so |
# |---|---|---|
# | "The model looks at the dog." | rollout shows from where tokens *may* have passed on something | fair, with the untrained model beside it and a scale from 0 |
# | "It looks at the dog, therefore it says dog." | twins: other answers, much the same map; exchanged classes: the same map | does not follow |
# | "It uses what it looks at." | values of the last block cut: the same map, nothing received there | does not follow; cover the patches and see |
# | "See how clearly it has found the object!" | the untrained model's map, stretched | ask for the scale |
# | "The shape is bright, so the shape decides." | the model with the mark: what decides nothing can be bright | does not follow; change the mark and see |
# | "This head is a dog detector." | the best of eight heads that know nothing | choose the head first, test on new pictures |
#
# What an answer needs can be measured, by changing the picture: cover, exchange, move. It costs a forward pass for each change. A map costs one, and gives ideas what to change.
#
# Other maps ask about the answer itself: gradients with respect to the class, or rules that carry relevance back through values and MLPs, too ([Chefer et al., 2021](https://arxiv.org/abs/2012.09838)). They come closer to the second and the third row of the table. The test is the same for all of them.

# %% [markdown] lang="ko"
# 여기서 나오는 결론은 이래요.
#
# | 누가 이렇게 말하면 | 우리가 잰 것 | 그러니까 |
# |---|---|---|
# | "모델이 개를 보고 있어." | 롤아웃은 토큰이 어디에서 무엇을 넘겨받았을 *수* 있는지 보여 줘요 | 학습하지 않은 모델을 옆에 놓고 눈금을 0에서 시작했다면 할 수 있는 말 |
# | "개를 보니까 개라고 답하는 거야." | 쌍둥이: 답은 다른데 지도는 비슷해요. 클래스를 바꿔도 같은 지도 | 그런 결론은 나오지 않아요 |
# | "본 것을 쓰고 있어." | 마지막 블록의 밸류를 0으로 만들어도 같은 지도. 거기서 받은 것은 없어요 | 나오지 않아요. 패치를 가려 보세요 |
# | "물체를 이렇게 또렷이 찾았어!" | 늘여서 그린, 학습하지 않은 모델의 지도 | 눈금을 물어보세요 |
# | "도형이 밝으니까 도형이 답을 정해." | 네모가 있는 그림으로 학습한 모델. 아무것도 정하지 않는 곳도 밝을 수 있어요 | 나오지 않아요. 네모를 바꿔 보세요 |
# | "이 헤드는 개를 찾는 헤드야." | 아무것도 모르는 헤드 여덟 개 가운데 가장 좋은 것 | 헤드를 먼저 고르고 새 그림으로 시험하세요 |
#
# 답에 무엇이 필요한지는 그림을 바꿔 보면 잴 수 있어요. 가리고, 바꾸고, 옮겨 보세요. 한 번 바꿀 때마다 모델을 한 번 더 계산해야 해요. 지도는 한 번이면 되고, 무엇을 바꿔 볼지 짐작하게 해 줘요.
#
# 답 자체를 묻는 지도도 있어요. 클래스에 대한 그래디언트(gradient)를 쓰거나, 밸류와 MLP까지 거슬러 가며 관련도를 나눠 줘요([Chefer 등, 2021](https://arxiv.org/abs/2012.09838)). 표의 둘째와 셋째 줄에 좀 더 가까이 다가가요. 시험하는 방법은 어느 지도든 똑같아요.

# %% [markdown] lang="en"
# ## 14. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | $\mathbf{E}$, its components | `patch_filters(model, 28)` | (28, P, P, C), and 28 shares |
# | similarity of $\mathbf{E}_{pos}$ | `position_similarity(model)` | (N, N) |
# | $A$ | `attention_maps(model, images)` | (B, L, heads, T, T) |
# | $\mathbf{z}_\ell$ or $A$ of one block | `model_of_block(model, l)`, `model_of_block(model, l, scores=True)` | (B, T, D), (B, heads, T, T) |
# | $d$ | `mean_attention_distance(maps, grid_shape, patch_size)` | (L, heads), in pixels |
# | $\hat{A}_\ell = (A_\ell + I) / 2$, $R = \hat{A}_L \cdots \hat{A}_1$ | `attention_rollout(maps)` | (B, T, T), rows sum to one |
# | the map of the answer | `answer_map(rollout, grid_shape, class_token)` | (B, rows, columns), sum one |
# | all of it | `rollout_map(model, images)` | (B, rows, columns) |
# | mass on the object | `mass_on(maps, patch_shares(masks, grid_shape))` | (B,) |
#
# - Filters and positions begin as noise; photographs put smoothness into the first and the picture's rows and columns into the second.
# - Rollout follows attention through all blocks by a matrix product. Its rows sum to one; test that, and two blocks by hand.
# - A map says where something could have come from. It contains no values, no MLP, no head and no class.
# - Believe a map when covering agrees with it. Show the untrained model beside it, on a scale that starts at 0.

# %% [markdown] lang="ko"
# ## 14. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | $\mathbf{E}$의 주성분 | `patch_filters(model, 28)` | (28, P, P, C)와 몫 28개 |
# | $\mathbf{E}_{pos}$의 유사도 | `position_similarity(model)` | (N, N) |
# | $A$ | `attention_maps(model, images)` | (B, L, 헤드 수, T, T) |
# | 블록 하나의 $\mathbf{z}_\ell$나 $A$ | `model_of_block(model, l)`, `model_of_block(model, l, scores=True)` | (B, T, D), (B, 헤드 수, T, T) |
# | $d$ | `mean_attention_distance(maps, grid_shape, patch_size)` | (L, 헤드 수), 픽셀 |
# | $\hat{A}_\ell = (A_\ell + I) / 2$, $R = \hat{A}_L \cdots \hat{A}_1$ | `attention_rollout(maps)` | (B, T, T), 행의 합이 1 |
# | 답의 지도 | `answer_map(rollout, grid_shape, class_token)` | (B, 행 수, 열 수), 합이 1 |
# | 한 번에 | `rollout_map(model, images)` | (B, 행 수, 열 수) |
# | 물체 위의 몫 | `mass_on(maps, patch_shares(masks, grid_shape))` | (B,) |
#
# - 필터와 위치 임베딩은 잡음으로 시작해요. 사진으로 학습하면 필터는 매끄러워지고 위치 임베딩에는 그림의 행과 열이 생겨요.
# - 롤아웃은 행렬을 곱해서 모든 블록의 어텐션을 따라가요. 행의 합은 1이에요. 그것과, 손으로 계산한 블록 두 개로 시험하세요.
# - 지도는 어디에서 왔을 수 있는지를 말해요. 밸류도, MLP도, 분류층도, 클래스도 들어 있지 않아요.
# - 가려 본 결과와 맞을 때 지도를 믿으세요. 학습하지 않은 모델을 옆에 놓고, 눈금은 0에서 시작하세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/10_looking_inside`](solutions/10_looking_inside.ipynb).
#
# **1. To think about.** Somebody shows you the rollout of a photograph. The bright patches lie on the dog, and the model says *dog*. What follows?
#
# - A: The model recognised the dog by these patches.
# - B: With these patches covered it would not have said *dog*.
# - C: The class token may have got something from these places; what, and whether it was used, the map does not say.
# - D: Had the model said *cat*, the map would lie elsewhere.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/10_looking_inside`](solutions/10_looking_inside.ipynb)에 있어요.
#
# **1. 생각해 보기.** 누가 사진의 롤아웃을 보여 줘요. 밝은 패치는 개 위에 있고, 모델은 *개*라고 답했어요. 여기서 무엇을 알 수 있을까요?
#
# - A: 모델은 그 패치들을 보고 개인 줄 알았어요.
# - B: 그 패치들을 가렸다면 *개*라고 답하지 않았을 거예요.
# - C: 클래스 토큰이 그 자리들에서 무언가 얻었을 수 있어요. 무엇을 얻었는지, 썼는지는 지도로 알 수 없어요.
# - D: 모델이 *고양이*라고 답했다면 지도가 달랐을 거예요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check(answer, "C", hints=[
    ("A",
     "Section 11: the model whose values were cut has the same map. What did it recognise by it?",
     "11절에서 밸류를 0으로 만든 모델도 지도가 같았어요. 그 모델은 무엇을 보고 알았을까요?"),
    ("B", "That can be true, but it takes an experiment: which one?",
     "맞을 수도 있지만 실험을 해 봐야 알아요. 어떤 실험일까요?"),
    ("D", "Where in R = Â_L ··· Â_1 is the class?", "R = Â_L ··· Â_1의 어디에 클래스가 들어 있나요?"),
])

# %% [markdown] lang="en"
# **2. Change the numbers.** A ViT with class token takes pictures of 96x160 pixels, $P = 16$. How many tokens are there? Which token, counted from 0, is the patch in the second row and third column, counted from 1? And what is an even share of its map?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 클래스 토큰이 있는 ViT가 96x160 픽셀 그림을 받아요. $P = 16$이에요. 토큰은 몇 개일까요? 둘째 행 셋째 열(1부터 셌을 때)의 패치는 0부터 셌을 때 몇 번 토큰일까요? 그리고 이 지도에서 고른 몫은 얼마일까요?

# %%
num_tokens = None
token_number = None
even_share = None

# %%
check(num_tokens, 61, hints=[
    (60, "Those are the patches. Who asks for the picture as a whole?",
     "그것은 패치의 수예요. 그림 전체를 대표하는 토큰은요?"),
    (16, "6 + 10: rows times columns.", "6 + 10이에요. 행의 수와 열의 수를 곱해야 해요."),
])
check(token_number, 13, hints=[
    (12, "That is its number among the patches. Which token comes first?",
     "패치끼리만 센 번호예요. 맨 앞에는 어떤 토큰이 있나요?"),
    (23, "Rows are counted from 1 here: the second row comes after one row.",
     "행은 1부터 셌어요. 둘째 행 앞에는 한 행이 있어요."),
    (14, "Patches go row by row, and columns are counted from 1 here.",
     "패치는 행을 따라 놓이고, 열은 1부터 셌어요."),
    (9, "That takes 6 patches for a row. How wide is the picture?",
     "한 행을 패치 6개로 셌어요. 그림의 너비가 얼마인가요?"),
    (22, "That is the third row, second column.", "그것은 셋째 행 둘째 열이에요."),
])
check(even_share, 1 / 60, hints=[
    (1 / 61, "The class token's own share is left out of a map.", "지도에서는 클래스 토큰 자신의 몫을 빼요."),
    (1, "That is in multiples of it. As a share of the map?",
     "그것은 몇 배인지로 나타낸 값이에요. 지도에서 차지하는 몫은요?"),
    (60, "One divided by that.", "1을 그것으로 나누세요."),
])

# %% [markdown] lang="en"
# **3. Write code: one row is enough.** For a map only the row of the class token is needed, and $R$ costs $T^3$ multiplications a block. Begin on the left: a row times a matrix costs $T^2$, 197 times less in DeiT-Ti. Return the class token's row of $R$, of shape (T,), for one picture with `maps` of shape (L, heads, T, T), heads fused by the mean.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 한 행이면 충분해요.** 지도에는 클래스 토큰의 행만 있으면 되는데, $R$은 블록마다 곱셈을 $T^3$번 해요. 왼쪽에서 시작하세요. 행 하나에 행렬을 곱하면 $T^2$번이라서 DeiT-Ti에서는 197분의 1로 줄어요. 그림 한 장의 `maps`(형태는 (L, 헤드 수, T, T))를 받아, 헤드를 평균으로 합친 $R$에서 클래스 토큰의 행을 형태 (T,)로 돌려주세요.

# %%
def class_token_row(maps):
    """(L, heads, T, T) -> (T,): the first row of R, without a product of two matrices."""
    raise NotImplementedError

# %%
# 3 blocks, 2 heads, T = 5
some_maps = np.exp(2 * np.random.default_rng(1).normal(size=(3, 2, 5, 5)))
some_maps /= some_maps.sum(axis=-1, keepdims=True)
fused = some_maps.mean(axis=1)
halves = (fused + np.eye(5)) / 2
wanted = attention_rollout(some_maps[None])[0, 0]

check(class_token_row, wanted, on=(some_maps,), hints=[
    (attention_rollout(some_maps[None])[0], "That is all of R; its first row is wanted.",
     "R 전체예요. 첫 행만 돌려주세요."),
    ((halves[0] @ halves[1] @ halves[2])[0],
     "The order: the row meets the last block first, then the one before.",
     "순서를 보세요. 행은 마지막 블록을 먼저 만나고, 그다음에 그 앞 블록을 만나요."),
    ((fused[2] @ fused[1] @ fused[0])[0], "The residual connection is missing.", "잔차 연결이 빠졌어요."),
    (8 * wanted, "It sums to 8: each block is to be halved.", "합이 8이에요. 블록마다 2로 나눠야 해요."),
    (lambda row: np.shape(row) == (5,)
     and np.allclose(row, (halves[2] @ halves[1] @ halves[0])[:, 0], atol=1e-5),
     "That is the column: what others took from the class token.",
     "그것은 열이에요. 남들이 클래스 토큰에게서 가져간 몫이에요."),
    (lambda row: np.shape(row) == (4,), "With the class token's own share: shape (T,).",
     "클래스 토큰 자신의 몫까지 포함해 형태가 (T,)예요."),
    (lambda row: np.ndim(row) == 3, "Fuse the heads first: the mean over their axis.",
     "헤드부터 합치세요. 헤드 축으로 평균을 내요."),
])

# %% [markdown] lang="en"
# **4. Write code: does it point at the object?** From $R$ of one picture, its mask in *pixels*, and the grid, which need not be square: how many times its area is the share of the class token's map on the object? ("times" of section 10.)

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 물체를 가리킬까요?** 그림 한 장의 $R$과 *픽셀* 마스크, 그리고 격자를 받아요. 격자는 정사각형이 아닐 수 있어요. 클래스 토큰의 지도에서 물체 위에 있는 몫은 물체 넓이의 몇 배일까요? (10절의 "times"예요.)

# %%
def times_its_area(R, mask, grid_shape):
    """R (T, T), mask (H, W) of bool, (rows, columns) -> a number, 1 where a map knows nothing."""
    raise NotImplementedError

# %%
wide_mask = np.zeros((4, 12), bool)  # 2 rows and 4 columns of patches of 2x3 pixels
wide_mask[0:3, 6:9] = True
wide_R = np.full((9, 9), 1 / 9)
wide_R[0] = [0.2, 0.04, 0.12, 0.24, 0.08, 0, 0.16, 0.16, 0]
covered_share = np.array([0, 0, 1, 0, 0, 0, 0.5, 0])

check(times_its_area, 2.1333333, on=(wide_R, wide_mask, (2, 4)), tolerance=1e-4, hints=[
    (0.4, "That is the mass. Divide it by the area.", "그것은 지도에서 물체 위에 있는 몫이에요. 넓이로 나누세요."),
    (float(wide_R[0, 1:] @ covered_share / covered_share.mean()),
     "The map has to sum to one, without the class token's own share.",
     "클래스 토큰 자신의 몫을 빼고, 지도의 합이 1이 되게 하세요."),
    (float(wide_R[0, :8] @ covered_share / covered_share.mean()),
     "The class token is still in: all is moved by one patch.",
     "클래스 토큰이 그대로 있어요. 패치 하나만큼 밀렸어요."),
    (float(wide_R[0, 1:].reshape(4, 2).T.ravel() / 0.8 @ covered_share / covered_share.mean()),
     "Rows and columns are swapped.", "행과 열이 바뀌었어요."),
    (float(wide_R[0, 1:] / 0.8 @ (covered_share > 0) / np.mean(covered_share > 0)),
     "A patch half covered counts half.", "반만 덮인 패치는 반만 세요."),
    ("reshape", "A mask of 4x12 pixels and a grid of 2x4: a patch has 2x3 pixels.",
     "마스크는 4x12 픽셀, 격자는 2x4예요. 패치는 2x3 픽셀이에요."),
    ("broadcast", "Bring mask and map to the same grid first.", "마스크와 지도를 먼저 같은 격자로 맞추세요."),
])

# %% [markdown] lang="en"
# **5. Write a test.** `is_rollout(function)` is given a function that takes `maps` (B, layers, heads, T, T) and `head_fusion`, and returns (B, T, T). It says whether that function computes rollout. It will be tried on the right one and on five of section 7's mistakes. Do not call `attention_rollout`: whoever writes a test has no right answer to compare with, only small cases that can be worked out by hand.

# %% [markdown] lang="ko"
# **5. 시험 쓰기.** `is_rollout(function)`은 함수 하나를 받아요. 그 함수는 `maps` (B, layers, heads, T, T)와 `head_fusion`을 받아 (B, T, T)를 돌려줘요. 그것이 롤아웃을 제대로 계산하는지 말하세요. 올바른 함수와 7절의 실수 다섯 가지에 써 볼 거예요. `attention_rollout`은 부르지 마세요. 시험을 쓰는 사람에게는 견줄 정답이 없고, 손으로 풀 수 있는 작은 경우만 있으니까요.

# %%
def is_rollout(function):
    """Whether function(maps, head_fusion) is rollout."""
    raise NotImplementedError

# %%
def variant(divide="rows", residual=True, turned=False):
    """Rollout, right or with one of the mistakes of section 7."""
    def function(maps, head_fusion="mean"):
        steps = HEAD_FUSION[head_fusion](np.asarray(maps, float), axis=2)
        steps = steps + np.eye(steps.shape[-1]) if residual else steps
        sums = steps.sum(axis=-1)
        divisor = {"rows": sums[..., :, None], "columns": sums[..., None, :], "nothing": 1}[divide]
        found = [product(one[::-1] if turned else one) for one in steps / divisor]
        return np.stack(found)
    return function


def transposed(maps, head_fusion="mean"):
    return variant()(maps, head_fusion).swapaxes(1, 2)


check(is_rollout, lambda test: (
    test(variant()) and test(attention_rollout) and not test(variant("nothing"))
    and not test(variant(residual=False))
    and not test(variant(turned=True)) and not test(transposed) and not test(variant("columns"))
), hints=[
    (lambda test: not test(variant()),
     "It refuses the right one. Float32 differs in the seventh digit: np.allclose.",
     "올바른 함수를 틀렸다고 해요. float32는 일곱째 자리에서 달라지니 np.allclose로 견주세요."),
    (lambda test: test(variant("nothing")), "It accepts rows that do not sum to one.",
     "행의 합이 1이 아닌 것을 통과시켜요."),
    (lambda test: test(variant(residual=False)),
     "It accepts a rollout without the residual connection: one block must give (A + I) / 2.",
     "잔차 연결이 없는 롤아웃을 통과시켜요. 블록이 하나면 (A + I) / 2가 나와야 해요."),
    (lambda test: test(variant(turned=True)),
     "It accepts the blocks in the wrong order: try two that differ.",
     "블록의 순서가 뒤집힌 것을 통과시켜요. 서로 다른 블록 두 개로 시험하세요."),
    (lambda test: test(transposed), "It accepts R with rows and columns exchanged.",
     "R의 행과 열이 바뀐 것을 통과시켜요."),
    (lambda test: test(variant("columns")),
     "One mistake sleeps with the mean, or with one head. Which fusion wakes it?",
     "평균으로 합치거나 헤드가 하나면 잠자는 실수가 하나 있어요. 어떻게 합쳐야 깨어날까요?"),
])

# %% [markdown] lang="en"
# # Looking inside: filters, positions, and where a Vision Transformer looks
#
# You make figures 6 and 7 of the paper yourself, compute attention rollout by hand, and measure when its maps can be trusted and when they mislead.
#
# | | |
# |---|---|
# | Lecture | not on the slides; figures 6 and 7 of the paper (section 4.5, appendix D) |
# | Read first | lessons 2 and 4; lesson 9 for the pretrained weights |
# | Time | read and try: 60 min; machine: 3 min, can be skipped |
#
# **Nobody has to run the long cells.** What was recorded with five seeds stands before your own run.
#
# **Play first.** The [explorer](../../web/index.html) runs the course's own ViT in a web page: change a picture, click a patch, and watch where every head looks. Its address on your disk is `web/index.html`.

# %% [markdown] lang="ko"
# # 들여다보기: 필터, 위치 임베딩, 그리고 비전 트랜스포머가 보는 곳
#
# 논문의 그림 6과 7을 직접 그려요. 어텐션 롤아웃(attention rollout)을 손으로 계산하고, 그 맵을 언제 믿어도 되고 언제 속는지 재요.
#
# | | |
# |---|---|
# | 강의 | 슬라이드에는 없어요. 논문의 그림 6과 7 (4.5절, 부록 D) |
# | 먼저 읽을 것 | 수업 2와 4. 사전 학습된 가중치는 수업 9 |
# | 시간 | 읽고 따라 하기: 60분. 컴퓨터 실행: 3분, 건너뛰어도 돼요 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 시드 다섯 개로 기록한 결과를 먼저 보여 주고, 여러분의 실행은 그 뒤에 나와요.
#
# **먼저 놀아 보세요.** [탐색기](../../web/index.html#ko)는 이 강좌의 ViT를 웹페이지 안에서 실행해요. 그림을 바꾸고, 패치를 누르고, 헤드마다 어디를 보는지 지켜보세요. 디스크에서는 `web/index.html`에 있어요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. read figures 6 and 7 of the paper, and make them for a ViT or hybrid of your own;
# 2. compute rollout by hand, and find the mistakes that make a wrong map without an error;
# 3. say what a map of attention shows and what it does not, and back it by a measurement.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 논문의 그림 6과 7을 읽고, 어떤 ViT나 하이브리드(hybrid)로든 직접 그려요.
# 2. 롤아웃을 손으로 계산하고, 오류 없이 틀린 맵을 만드는 실수를 찾아내요.
# 3. 어텐션 맵(attention map)이 무엇을 보여 주고 무엇을 보여 주지 않는지, 잰 숫자로 말해요.

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

# %%
# %matplotlib inline
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
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
from vit_keras.data import MARKS, add_marks, cover, draw_faces
from vit_keras.figures import (
    explore_attention,
    few_colors,
    plot_attention_reach,
    plot_bands,
    plot_by_block,
    plot_filters,
    plot_gallery,
    plot_one_place,
    plot_overlays,
    plot_where_patches_look,
)
from vit_keras.inside import (
    HEAD_FUSION,
    answer_map,
    checked,
    hidden_states,
    mass_on,
    most_looked_at,
    patch_filters,
    patch_shares,
    position_similarity,
    rank_on,
    rollout_map,
)
from vit_keras.lessons import show
from vit_keras.patches import sincos_positions
from vit_keras.pretrained import find_weights

vit_keras.start.need("safetensors")  # reads and writes checkpoints

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")
weights = find_weights()
pretrained, pretrained_name = weights.load(), weights.name
keras.utils.set_random_seed(0)
blank = VisionTransformer.from_config(pretrained.get_config())  # its twin, the weights at random
print(weights.source)

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, and `gpu` is chosen automatically where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for your profile. The last line says which pretrained model is looked into: DeiT-Ti of lesson 9, or where that cannot be had `cifar10-vit`, which comes with the course.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요. 마지막 줄은 어떤 사전 학습된 모델을 들여다볼지 알려 줘요. 수업 9의 DeiT-Ti이거나, 구할 수 없으면 강좌에 들어 있는 `cifar10-vit`이에요.

# %% [markdown] lang="en"
# ## 1. What has it learned to see?
#
# If you look at enough maps of attention, you soon see what you hope to see. So we take four models:
#
# | name | trained on | what it is for |
# |---|---|---|
# | `pretrained` | 1.28 million photographs (DeiT-Ti) | what a real ViT has inside |
# | `model` | drawn shapes | here we know where the object is, so maps can be checked |
# | `blank`, `untrained` | nothing: the twins of the two | what a figure shows when there is nothing to show |
#
# A figure means something only if that of the untrained twin looks different. Each drawn picture comes with a *mask*, which says which pixels belong to the shape.

# %% [markdown] lang="ko"
# ## 1. 무엇을 보도록 배웠을까요
#
# 어텐션 맵을 보다 보면 어느새 보고 싶은 것을 보게 돼요. 그래서 쓰임이 다른 모델 넷을 준비해요.
#
# | 이름 | 무엇으로 학습했나 | 왜 필요한가 |
# |---|---|---|
# | `pretrained` | 사진 128만 장 (DeiT-Ti) | 실제 ViT의 속을 봐요 |
# | `model` | 코드로 그린 도형 | 물체가 어디 있는지 알아서 맵을 검사할 수 있어요 |
# | `blank`, `untrained` | 학습하지 않음. 두 모델의 짝 | 보여 줄 것이 없을 때 그림이 어떻게 나오는지 봐요 |
#
# 학습하지 않은 짝의 그림과 달라야만 그 그림에 뜻이 있어요. 코드로 그린 그림마다 어느 픽셀이 도형인지 알려 주는 *마스크*(mask)가 딸려 있어요.

# %%
FIVE = ("circle", "square", "triangle", "cross", "heart")


def draw(number, seed, labels=None):
    """White shapes among bars of other colors; none touches the border."""
    # rows and columns, in pixels
    centers = np.random.default_rng([seed, 5]).uniform(10, 22, (number, 2))
    return draw_shapes(number, shapes=FIVE, labels=labels, position=centers, size=(0.18, 0.28),
                       color="white", clutter=0.4, seed=seed)


few = draw(5, seed=7, labels=range(5))
# for figures: a notebook stores them in less space
few_shown = np.stack([few_colors(image) for image in few.images])
print("pictures", few.images.shape, "| masks", few.masks.shape,
      f"| the shape covers {few.masks.mean():.0%} of a picture")

# %% tags=["own-pixels"] alt="Five drawn pictures, each with a white shape among colored bars; below each its mask, white where the shape is." alt_ko="색 막대 사이에 하얀 도형이 하나씩 있는 그림 다섯 장. 아래에는 도형이 있는 곳만 하얀 마스크가 있어요."
masks = np.uint8(255 * few.masks)[..., None].repeat(3, axis=-1)
plot_gallery({"picture": [(image, name) for image, name in zip(few_shown, FIVE)],
              "mask": [(mask, "") for mask in masks]},
             "Drawn shapes: where the object is, is known")

# %% [markdown] lang="en"
# The class is the shape. The model never sees the masks; they are for us, to check its maps. Two models start with the same weights: one stays as it is, one is trained.

# %% [markdown] lang="ko"
# 클래스는 도형의 종류예요. 모델은 마스크를 보지 못해요. 마스크는 우리가 맵을 검사할 때만 써요. 가중치가 똑같은 모델 두 개를 만들어, 하나는 그대로 두고 하나는 학습시켜요.

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

# %% tags=["nbval-ignore-output"]
# laptop: about 35 seconds
number, epochs = pick(smoke=(256, 1), laptop=(8_000, 7), gpu=(8_000, 7))
recipe = Recipe(epochs, learning_rate=5e-3, label_smoothing=0, crop_padding=0, flip=False)
held_out = pick(smoke=60, laptop=500, gpu=500)
learn, validate, test = draw(number, seed=1), draw(held_out, seed=2), draw(held_out, seed=3)
splits = [Split(drawn.images, drawn.labels) for drawn in (learn, validate, test)]
run = train(model, Dataset(*splits, FIVE, "Drawn shapes in clutter."), recipe, verbose=False)

# %% [markdown] lang="en"
# ### Filters: what E looks for in a patch
#
# We begin where a picture begins its way through the model, at $\mathbf{E}$. Each of its $D$ columns is a *filter*, a pattern of $P \times P \times C$ numbers, and the token's entry is large where the patch looks like the pattern. The *principal components* of the filters are the few patterns of which all of them are mixed. Take the filters as rows, $\mathbf{F} = \mathbf{E}^\top$, and decompose:
#
# $$\underset{(D,\, P^2 C)}{\mathbf{F} - \bar{\mathbf{f}}} = \mathbf{U} \, \mathbf{S} \, \mathbf{V}^\top, \qquad \text{share}_i = \frac{s_i^2}{\sum_j s_j^2}$$
#
# $\bar{\mathbf{f}}$ is the mean filter, the rows of $\mathbf{V}^\top$ are the components, and $\text{share}_i$ is the share of the variance that the $i$-th explains. By hand, four filters for patches of 1x2 gray pixels:

# %% [markdown] lang="ko"
# ### 필터: E는 패치에서 무엇을 찾을까요
#
# 그림이 모델에 들어가는 곳, $\mathbf{E}$에서 시작해요. $\mathbf{E}$의 열 $D$개는 하나하나가 *필터*(filter), 곧 숫자 $P \times P \times C$개로 된 무늬예요. 패치(patch)가 무늬를 닮을수록 토큰(token)의 성분이 커요. 모든 필터를 섞어 만들 수 있는 무늬 몇 개가 필터의 *주성분*(principal components)이에요. 필터를 행으로 놓아 $\mathbf{F} = \mathbf{E}^\top$라 하고 분해해요.
#
# $$\underset{(D,\, P^2 C)}{\mathbf{F} - \bar{\mathbf{f}}} = \mathbf{U} \, \mathbf{S} \, \mathbf{V}^\top, \qquad \text{share}_i = \frac{s_i^2}{\sum_j s_j^2}$$
#
# $\bar{\mathbf{f}}$는 필터의 평균이고 $\mathbf{V}^\top$의 행이 주성분이에요. $\text{share}_i$는 분산 가운데 $i$번째 주성분이 설명하는 몫이에요. 1x2 회색 픽셀 패치의 필터 네 개로 직접 해 봐요.

# %%
F = np.array([[3, 3], [-3, -3], [1, -1], [-1, 1]])  # (D, P*P*C): a filter a row
_, s, components = np.linalg.svd(F - F.mean(axis=0), full_matrices=False)
for component, share in zip(components * np.sign(components[:, :1]), s**2 / np.sum(s**2)):
    print(np.round(component, 2), f"explains {share:.0%}")

# %% [markdown] lang="en"
# Both pixels alike: *brightness*, 90%. The left one against the right one: an *edge*, 10%. The module's `patch_filters` does the same for a model:

# %% [markdown] lang="ko"
# 두 픽셀이 같은 무늬는 *밝기*이고 90%예요. 왼쪽과 오른쪽이 반대인 무늬는 *경계*이고 10%예요. 모듈의 `patch_filters`는 모델을 받아 똑같이 계산해요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="The first 28 principal components of E as little pictures, for the pretrained model and for its untrained twin. Those of the untrained model are noise." alt_ko="E의 첫 주성분 28개를 작은 그림으로 나타냈어요. 사전 학습된 모델과 학습하지 않은 짝이에요. 학습하지 않은 모델의 주성분은 잡음이에요."
twins = {pretrained_name: pretrained, "the same, untrained": blank}
components = {name: patch_filters(one, 28) for name, one in twins.items()}
share = {name: shares.sum() for name, (_, shares) in components.items()}
plot_filters(components,
             title=f"28 components explain {share[pretrained_name]:.0%} of the trained filters, "
                   f"{share['the same, untrained']:.0%} of the untrained")

# %% [markdown] lang="en"
# The most important component comes first. Untrained filters are noise. Those of DeiT-Ti have patterns that one can name: checks, stripes, slopes and spots of color, then waves in all directions. The paper says of its own that they "resemble plausible basis functions for a low-dimensional representation of the fine structure within each patch". They show that neighboring pixels had to do with each other in training, not that the model is good.
#
# ### Positions: which places are alike?
#
# Lesson 4 derived the cosine similarity of two positions. The maps show how alike one outlined place is to all others:

# %% [markdown] lang="ko"
# 가장 중요한 주성분이 먼저예요. 학습하지 않은 필터는 잡음이에요. DeiT-Ti의 필터에는 이름을 붙일 수 있는 무늬가 있어요. 바둑판, 줄무늬, 색의 기울기와 점, 그다음에 여러 방향의 물결이에요. 논문에서는 이런 무늬를 두고 "resemble plausible basis functions for a low-dimensional representation of the fine structure within each patch"라고 해요. 무늬가 있다는 것은 이웃한 픽셀끼리 관련 있는 그림으로 학습했다는 뜻일 뿐, 좋은 모델이라는 뜻은 아니에요.
#
# ### 위치: 어느 자리들이 서로 비슷할까요
#
# 위치 임베딩(position embedding) 두 개의 코사인 유사도는 수업 4에서 유도했어요. 아래 그림은 테두리를 두른 자리 하나가 다른 모든 자리와 얼마나 비슷한지 보여 줘요.

# %% tags=["nbval-ignore-output"] alt="Five maps of the pretrained model's positions, for a place in the corner, at the edges and in the middle: bright at the outlined place, darker further away." alt_ko="사전 학습된 모델의 위치 임베딩을 구석, 가장자리, 가운데의 자리 다섯 곳에서 나타낸 그림. 테두리를 두른 자리가 밝고 멀어질수록 어두워요."
rows, columns = pretrained.grid_shape
places = {"corner": (0, 0), "top edge": (0, columns // 2), "left edge": (rows // 2, 0),
          "middle": (rows // 2, columns // 2), "last corner": (rows - 1, columns - 1)}
similarity = position_similarity(pretrained)
plot_one_place({name: (similarity, (rows, columns)) for name in places}, places,
               f"{pretrained_name}: each position is most like itself")

# %% [markdown] lang="en"
# In DeiT-Ti each place is like its neighbors and less like distant places, as in the paper's figure 7 (center). A number for it is the correlation of similarity and distance over all pairs of places: -1 if similarity falls with distance in a straight line, 0 if the two have nothing to do with each other.

# %% [markdown] lang="ko"
# DeiT-Ti의 자리는 모두 이웃과 비슷하고 먼 자리와는 덜 비슷해요. 논문의 그림 7(가운데)에서도 그래요. 이것을 숫자 하나로 나타내려고 위치의 모든 쌍에서 유사도와 거리의 상관 계수를 구해요. 거리가 멀어질수록 유사도가 직선으로 떨어지면 -1이고, 둘이 상관없으면 0이에요.

# %%
def nearness(similarity, grid_shape):
    """Correlation of similarity and distance, over all pairs of different places."""
    places = np.stack(np.indices(grid_shape), axis=-1).reshape(-1, 2)
    distance = np.linalg.norm(places[:, None] - places, axis=-1)
    pairs = distance > 0
    return np.corrcoef(similarity[pairs], distance[pairs])[0, 1]


fixed = position_similarity(sincos_positions((8, 8), 32), class_token=False)
print(f"fixed positions of lesson 1: {nearness(fixed, (8, 8)):.2f}")
print(f"untrained: within 0.1 of 0: {abs(nearness(position_similarity(untrained), (8, 8))) < 0.1}")

# %% tags=["nbval-ignore-output"]
on_cifar = find_weights("cifar10-vit").load()
for name, one in {**twins, "cifar10-vit": on_cifar, "drawn shapes": model}.items():
    print(f"{name:24} {nearness(position_similarity(one), one.grid_shape):5.2f}")

# %% [markdown] lang="en"
# The fixed positions have nearness written into them; an untrained table has none. In DeiT-Ti training has put it there, and in `cifar10-vit`, the model of the [explorer](../../web/index.html), too: it learned from 45,000 small photographs. Our model of the drawn shapes shows nothing of the kind, or even the opposite sign: in its task the place of a shape does not matter.

# %% [markdown] lang="ko"
# 고정된 위치 임베딩에는 가까움이 처음부터 적혀 있고, 학습하지 않은 표에는 없어요. DeiT-Ti에서는 학습이 그것을 채웠어요. [탐색기](../../web/index.html#ko)의 모델인 `cifar10-vit`도 그래요. 작은 사진 45,000장으로 배웠어요. 도형을 배운 모델에는 그런 것이 없거나 부호가 오히려 반대예요. 도형이 어디에 있는지가 중요하지 않은 과제로 배웠기 때문이에요.

# %% [markdown] lang="en"
# ## 2. How far does it look?
#
# The attention distance of lesson 7, taken apart. With $p_n$ the place of patch $n$ in pixels and $\tilde{A}$ the scores among patches alone:
#
# $$d = \frac{1}{N} \sum_n \sum_m \tilde{A}_{nm} \, \lVert p_n - p_m \rVert, \qquad \tilde{A}_{nm} = \frac{A_{nm}}{\sum_{m' \in \text{patches}} A_{nm'}}$$
#
# The class token stands nowhere in the picture. It is left out twice, as one that asks and as one that answers, and what is left of each row is scaled to sum one again. By hand: three patches in a row, 16 pixels apart, and the class token in front.

# %% [markdown] lang="ko"
# ## 2. 얼마나 멀리 볼까요
#
# 수업 7의 어텐션 거리(attention distance)를 하나하나 뜯어봐요. $p_n$은 $n$번째 패치의 자리(픽셀)이고 $\tilde{A}$는 패치끼리의 점수예요.
#
# $$d = \frac{1}{N} \sum_n \sum_m \tilde{A}_{nm} \, \lVert p_n - p_m \rVert, \qquad \tilde{A}_{nm} = \frac{A_{nm}}{\sum_{m' \in \text{patches}} A_{nm'}}$$
#
# 클래스 토큰(class token)은 그림의 어디에도 있지 않아요. 그래서 질문하는 쪽에서도 대답하는 쪽에서도 빼고, 남은 것의 합이 다시 1이 되게 나눠요. 직접 해 봐요. 패치 세 개가 16픽셀 간격으로 한 줄에 있고, 앞에 클래스 토큰이 있어요.

# %%
A = np.array([[0.25, 0.25, 0.25, 0.25],  # the class token asks: left out
              [0.20, 0.40, 0.40, 0.00],  # patch 1: half to itself, half to its neighbor
              [0.50, 0.00, 0.50, 0.00],  # patch 2: of what goes to patches, all to itself
              [0.10, 0.30, 0.30, 0.30]])  # patch 3: to all three alike
among = A[1:, 1:] / A[1:, 1:].sum(axis=1, keepdims=True)  # (N, N)
places = np.array([0, 16, 32])  # in pixels
distances = np.abs(places[:, None] - places)  # (N, N)
print("each patch:", (among * distances).sum(axis=1), " d =",
      round(float((among * distances).sum(axis=1).mean()), 3))

# %% [markdown] lang="en"
# Patch 1 looks 8 pixels far, patch 2 nowhere, patch 3 16 pixels: 8 on average. In the module, for all blocks and heads at once and in two dimensions (`checked` only asks whether these are maps):

# %% [markdown] lang="ko"
# 패치 1은 8픽셀, 패치 2는 0픽셀, 패치 3은 16픽셀을 보니까 평균이 8이에요. 모듈에는 모든 블록(block)과 헤드(head)를 한꺼번에, 2차원 격자에서 계산하는 함수가 있어요. (`checked`는 어텐션 맵이 맞는지 확인할 뿐이에요.)

# %% quotes="vit_keras.inside.maps.mean_attention_distance"
def mean_attention_distance(maps, grid_shape, patch_size, class_token=True):
    """How far a head looks: maps (B, layers, heads, T, T) to pixels (layers, heads)."""
    maps = checked(maps)
    rows, columns = grid_shape
    first = int(class_token)
    height, width = np.broadcast_to(patch_size, 2)
    places = (np.stack(np.divmod(np.arange(rows * columns), columns), axis=-1)
              * (height, width))  # (N, 2), in pixels
    distances = np.linalg.norm(places[:, None] - places, axis=-1)  # (N, N)
    patches = maps[..., first:, first:]
    looks = patches / np.maximum(patches.sum(-1, keepdims=True), np.finfo("float32").tiny)
    return (np.einsum("blhnm,nm->lh", looks, distances.astype("float32"))
            / (len(maps) * rows * columns))


print("as by hand:", mean_attention_distance(A[None, None, None], (1, 3), 16))

# %% [markdown] lang="en"
# A head that looks at all patches alike is the yardstick. **Predict** its distance on a picture of 224 pixels, roughly.

# %% [markdown] lang="ko"
# 모든 패치를 똑같이 보는 헤드를 잣대로 삼아요. 224픽셀 그림에서 그 거리가 대략 얼마일지 **예측해 보세요.**

# %%
guess = None  # in pixels

def uniform_distance(grid_shape, patch_size):
    """Attention distance of a head that looks at all patches alike."""
    N = grid_shape[0] * grid_shape[1]
    return float(mean_attention_distance(np.full((1, 1, 1, N, N), 1 / N), grid_shape, patch_size,
                                         class_token=False)[0, 0])


print(f"14x14 patches of 16 pixels: {uniform_distance((14, 14), 16):.1f}   8x8 patches of 4: "
      f"{uniform_distance((8, 8), 4):.1f}")

# %% [markdown] lang="en"
# About half the width of the picture. Now figure 7 (right) of the paper, on photographs of cats and dogs where they are found, else on drawn faces. A dot is a head. (If lesson 6 has not been run here, decoding all photographs takes a minute or two, once.)

# %% [markdown] lang="ko"
# 그림 너비의 절반쯤이에요. 이제 논문의 그림 7(오른쪽)이에요. 고양이와 개 사진이 있으면 사진을, 없으면 코드로 그린 얼굴을 써요. 점 하나가 헤드 하나예요. (수업 6을 실행한 적이 없다면 처음 한 번 모든 사진을 읽느라 1, 2분쯤 걸려요.)

# %% tags=["nbval-ignore-output"]
def at_size(picture, size):
    """A square picture, enlarged or made smaller."""
    picture = Image.fromarray(np.asarray(picture))
    return np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC))


side = pretrained.image_shape[0]
cats_vs_dogs = vit_keras.load_cats_vs_dogs(source=pick(smoke="drawn", laptop="auto", gpu="auto"),
                                           limit=pick(smoke=16, laptop=None, gpu=None))
photographs = np.stack([at_size(picture, side) for picture in cats_vs_dogs.validation.images[:12]])
print(cats_vs_dogs.source)

# %% tags=["nbval-ignore-output"] alt="Attention distance of every head in each block, of the pretrained model and of one of the same size without training; a dotted line for heads that look at all patches alike." alt_ko="블록마다 각 헤드의 어텐션 거리. 사전 학습된 모델과, 크기가 같고 학습하지 않은 모델이에요. 점선은 모든 패치를 똑같이 보는 헤드예요."
reach = {name: mean_attention_distance(attention_maps(one, photographs), one.grid_shape,
                                       one.patch_size)[None] for name, one in twins.items()}
lower = reach[pretrained_name][0, :4]  # (layers, heads)
plot_attention_reach(reach, uniform_distance(pretrained.grid_shape, pretrained.patch_size),
                     f"Trained heads of the first {len(lower)} blocks look {lower.min():.0f} to "
                     f"{lower.max():.0f} pixels far")

# %% [markdown] lang="en"
# Untrained, all heads lie close to the dotted line: they look at near and far places alike. In DeiT-Ti the heads of the lower blocks spread; in blocks 2 to 4 a few look at what is near, others across the picture. The paper says of the near ones that they "may serve a similar function as early convolutional layers in CNNs".
#
# ### Single heads
#
# If you look for a beautiful map among 36 heads and 197 tokens, you will find one. So we choose by a number fixed beforehand: the head that looks nearest and the one that looks furthest, in the first block and in the last. Three patches of a drawn face ask.

# %% [markdown] lang="ko"
# 학습하지 않으면 모든 헤드가 점선 가까이에 있어요. 가까운 곳과 먼 곳을 가리지 않고 봐요. DeiT-Ti에서는 아래쪽 블록의 헤드들이 흩어져요. 2~4번 블록에는 가까운 곳을 보는 헤드도 있고 그림 끝까지 보는 헤드도 있어요. 논문에 따르면 가까운 곳만 보는 헤드는 "may serve a similar function as early convolutional layers in CNNs"예요.
#
# ### 헤드 하나씩
#
# 헤드 36개와 토큰 197개 사이에서 예쁜 맵을 찾으려고 들면 반드시 찾게 돼요. 그래서 미리 정한 숫자로 골라요. 첫 블록과 마지막 블록에서 가장 가까이 보는 헤드와 가장 멀리 보는 헤드예요. 코드로 그린 얼굴에서 패치 세 개가 질문해요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="A drawn face with three outlined patches, and for each of them where four heads look: the nearest and the furthest head of the first block and of the last." alt_ko="패치 세 개에 테두리를 두른, 코드로 그린 얼굴. 패치마다 네 헤드가 보는 곳이 있어요. 첫 블록과 마지막 블록에서 가장 가까이, 가장 멀리 보는 헤드예요."
face = few_colors(at_size(draw_faces(1, 224, seed=1, labels=[1]).images[0], side), 16)
# figures show so many pixels as one: a notebook stores them in less space
every = max(1, side // 112)
maps = attention_maps(pretrained, face[None])[0]  # (layers, heads, T, T)
far = reach[pretrained_name][0]  # (layers, heads)
chosen = {f"block {layer + 1}, {word}": (layer, int(pick_one(far[layer])))
          for layer in (0, len(far) - 1)
          for word, pick_one in (("nearest", np.argmin), ("furthest", np.argmax))}
queries = {"middle": (rows // 2, columns // 2), "left of it": (rows // 2, columns // 4),
           "corner": (0, 0)}
plot_where_patches_look(face[::every, ::every],
                        np.stack([maps[layer, head, 1:, 1:] for layer, head in chosen.values()]),
                        (rows, columns),
                        queries, list(chosen), "Three patches ask, four heads answer")

# %% [markdown] lang="en"
# The frame is the patch that asks. If the bright spot moves with the frame, the head looks at *places*. If it covers the thing the frame lies on, face or ground, the head looks at *content*. In the last block of DeiT-Ti a few patches are bright whichever patch asks, some of them on nothing in particular. Darcet and others ([2023](https://arxiv.org/abs/2309.16588)) found that such patches hold something about the whole picture: a bright patch in the background need not mean that the background matters. Choose layer, head and the token that asks yourself (where the notebook is running, controls stand above the picture):

# %% [markdown] lang="ko"
# 테두리가 질문하는 패치예요. 테두리를 따라 밝은 곳도 옮겨 가면 *자리*를 보는 헤드예요. 테두리가 얼굴에 있으면 얼굴이, 배경에 있으면 배경이 밝다면 *내용*을 보는 헤드예요. DeiT-Ti의 마지막 블록에는 누가 질문하든 밝은 패치가 몇 개 있고, 그 가운데에는 이렇다 할 것이 없는 곳도 있어요. Darcet과 동료들에 따르면([2023](https://arxiv.org/abs/2309.16588)) 이런 패치에는 그림 전체에 대한 것이 담겨 있어요. 배경의 패치가 밝다고 해서 배경이 중요하다는 뜻은 아니에요. 층, 헤드, 질문하는 토큰을 직접 골라 보세요. (노트북을 실행 중이라면 그림 위에 조절 막대가 있어요.)

# %% tags=["nbval-ignore-output", "own-pixels"] alt="A drawn face, and over its gray copy where the class token looks in the first head of the first block." alt_ko="코드로 그린 얼굴과, 회색으로 바꾼 그림 위에 첫 블록의 첫 헤드에서 클래스 토큰이 보는 곳을 얹은 것이에요."
explore_attention(face[::every, ::every], maps, pretrained.grid_shape)

# %% [markdown] lang="en"
# How much is chance worth? The small untrained model has eight heads that know nothing. For each of the five drawn pictures we measure how much of every head's attention, asked by the class token, lies on the shape, in multiples of the shape's area. **Predict** what the *best* of the eight heads gives.

# %% [markdown] lang="ko"
# 우연만으로 얼마나 그럴듯해질까요? 학습하지 않은 작은 모델의 헤드 여덟 개는 아무것도 몰라요. 코드로 그린 그림 다섯 장마다 클래스 토큰이 헤드마다 본 것 가운데 얼마가 도형 위에 있는지, 도형 넓이의 몇 배인지로 재요. 여덟 개 가운데 *가장 좋은* 헤드는 몇 배일지 **예측해 보세요.**

# %%
guess = None  # times the area

inside = patch_shares(few.masks, (8, 8))  # how much of each patch is shape, (5, 8, 8)
maps = attention_maps(untrained, few.images)  # (5, 2, 4, 65, 65)
on_shape = np.array([[mass_on(answer_map(maps[:, layer, head], (8, 8)), inside)
                      for head in range(4)] for layer in range(2)])
times = on_shape / inside.mean(axis=(1, 2))  # (layers, heads, pictures), in multiples of the area
print(f"mean of 8 untrained heads {times.mean():.1f}, the best of them, "
      f"picture by picture {times.max(axis=(0, 1)).mean():.1f} times the area")

# %% [markdown] lang="en"
# So *first* decide which head, *then* look. (Section 5 says why even the mean is above 1.)

# %% [markdown] lang="ko"
# 그러니 *먼저* 어느 헤드를 볼지 정하고, *그다음에* 보세요. (평균이 벌써 1보다 큰 이유는 5절에서 밝혀요.)

# %% [markdown] lang="en"
# ## 3. What did the answer take from the picture? *(further)*
#
# A token of block 2 is already a mixture: it took from others in block 1. To know what the class token has taken *from the patches of the picture*, follow the path through all blocks. Abnar and Zuidema (2020) call it *attention rollout*, and figure 6 of the paper is made with it.
#
# A block computes $\mathbf{z}' = \text{MSA}(\text{LN}(\mathbf{z})) + \mathbf{z}$: what attention mixes, and what was there. Rollout takes it as half and half, and multiplies, the later block on the left:
#
# $$\hat{A}_\ell = \tfrac{1}{2} (A_\ell + I), \qquad R = \hat{A}_L \cdots \hat{A}_2 \, \hat{A}_1$$
#
# $A_\ell$ is the mean over the heads of block $\ell$. Row $n$ of $R$ says what token $n$ of the last block has taken from each token of the first. Two blocks, a class token and two patches; in block 2 the class token never looks at patch 2 ($A_2$ has a 0 there). **Predict** what it has of patch 2 all the same.

# %% [markdown] lang="ko"
# ## 3. 답은 그림에서 무엇을 가져왔을까요 *(심화)*
#
# 블록 2의 토큰은 이미 섞인 것이에요. 블록 1에서 다른 토큰에게서 가져왔으니까요. 클래스 토큰이 *그림의 패치에서* 무엇을 가져왔는지 알려면 모든 블록을 지나는 길을 따라가야 해요. Abnar와 Zuidema(2020)가 이것을 *어텐션 롤아웃*이라고 불렀고, 논문의 그림 6을 이 방법으로 그렸어요.
#
# 블록은 $\mathbf{z}' = \text{MSA}(\text{LN}(\mathbf{z})) + \mathbf{z}$를 계산해요. 어텐션이 섞은 것에 원래 있던 것을 더해요. 롤아웃은 이것을 반반으로 보고, 뒤쪽 블록이 왼쪽에 오게 차례로 곱해요.
#
# $$\hat{A}_\ell = \tfrac{1}{2} (A_\ell + I), \qquad R = \hat{A}_L \cdots \hat{A}_2 \, \hat{A}_1$$
#
# $A_\ell$은 블록 $\ell$의 헤드를 평균한 거예요. $R$의 $n$번째 행은 마지막 블록의 토큰 $n$이 맨 처음의 각 토큰에서 얼마씩 가져왔는지 말해 줘요. 블록 둘, 클래스 토큰 하나, 패치 둘이에요. 블록 2에서 클래스 토큰은 패치 2를 한 번도 보지 않아요($A_2$의 그 자리는 0이에요). 그래도 패치 2에서 얼마를 가지게 될지 **예측해 보세요.**

# %%
guess = None  # R[0, 2]

A_1 = np.array([[0.6, 0.2, 0.2], [0.0, 0.8, 0.2], [0.2, 0.0, 0.8]])
A_2 = np.array([[0.2, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.4, 0.6]])
step_1, step_2 = (A_1 + np.eye(3)) / 2, (A_2 + np.eye(3)) / 2
R = step_2 @ step_1
print(np.round(R, 2), "\nrows sum to", R.sum(axis=1), "\nfrom the class token back to patch 2:")
for by, through in enumerate(("itself", "patch 1", "patch 2")):
    print(f"through {through}: {step_2[0, by]:.1f} * {step_1[by, 2]:.1f} = "
          f"{step_2[0, by] * step_1[by, 2]:.2f}")

# %% [markdown] lang="en"
# A matrix product is a sum over all paths. Every $\hat{A}_\ell$ has rows of sum one, so $R \, \mathbf{1} = \hat{A}_L \cdots \hat{A}_1 \mathbf{1} = \mathbf{1}$: the rows of $R$ sum to one, too. It is the first thing to test in any code that says "rollout". In the module, with two other ways to fuse heads:

# %% [markdown] lang="ko"
# 행렬의 곱은 모든 길을 더한 거예요. $\hat{A}_\ell$은 모두 행의 합이 1이라서 $R \, \mathbf{1} = \hat{A}_L \cdots \hat{A}_1 \mathbf{1} = \mathbf{1}$이에요. $R$의 행도 합이 1이에요. '롤아웃'이라는 이름이 붙은 코드를 만나면 이것부터 시험하세요. 모듈의 함수는 이래요. 헤드를 합치는 방법이 둘 더 있어요.

# %% quotes="vit_keras.inside.maps.attention_rollout"
def attention_rollout(maps, head_fusion="mean"):
    """What each token took from each of the first block: (B, layers, heads, T, T) to (B, T, T)."""
    maps = checked(maps)
    steps = (HEAD_FUSION[head_fusion](maps, axis=2)
             + np.eye(maps.shape[-1], dtype="float32"))  # (B, layers, T, T)
    steps /= steps.sum(-1, keepdims=True)  # of max and min the rows do not sum to one
    rollout = steps[:, 0]
    for step in range(1, steps.shape[1]):
        rollout = steps[:, step] @ rollout
    return rollout


both = np.stack([A_1, A_2])[None, :, None]  # (B, layers, heads, T, T)
print("as by hand:", bool(np.allclose(attention_rollout(both)[0], R, atol=1e-6)))
print("the map of the picture: by hand", np.round(R[0, 1:] / R[0, 1:].sum(), 3), "| answer_map",
      np.round(answer_map(attention_rollout(both), (1, 2)), 3)[0, 0])

# %% [markdown] lang="en"
# For a map of the picture, `answer_map` takes the class token's row, leaves out what it kept of itself, scales the rest to sum one, and lays it out as the patches lie. `rollout_map(model, images)` goes the whole way in one call, for any model: where the answer is the mean of all patches (`pooling="average"`), so is the map; the grid is `model.grid_shape`, square or not; in a hybrid its places are those of the *feature map*. **Predict** the shape of the third map, for pictures of 32x64 pixels.

# %% [markdown] lang="ko"
# `answer_map`은 클래스 토큰의 행에서 자기 몫을 빼고, 합이 1이 되게 나누고, 패치가 놓인 대로 늘어놓아 그림의 맵으로 만들어요. `rollout_map(model, images)`은 어떤 모델이든 처음부터 끝까지 한 번에 계산해요. 답이 모든 패치의 평균이면(`pooling="average"`) 맵도 평균이에요. 격자는 `model.grid_shape`이고 정사각형이 아니어도 돼요. 하이브리드에서는 *특징 맵*(feature map)의 자리예요. 32x64 픽셀 그림을 받는 셋째 모델의 맵은 형태(shape)가 어떨지 **예측해 보세요.**

# %%
guess = None  # (pictures, rows, columns)

parts = {name: SIZE[name]
         for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim", "num_classes")}
for name, one in {"class token": untrained,
                  "average": VisionTransformer((32, 32, 3), 4, pooling="average", **parts),
                  "twice as wide": VisionTransformer((32, 64, 3), 4, **parts),
                  "hybrid": create_hybrid_vit((32, 32, 3), patch_size=1, **parts)}.items():
    maps = rollout_map(one, np.zeros((2, *one.image_shape), "uint8"))
    print(f"{name:14} maps {maps.shape}, each of sum one: "
          f"{bool(np.allclose(maps.sum(axis=(1, 2)), 1, atol=1e-4))}")

# %% [markdown] lang="en"
# ### What is not in it
#
# Values, $\mathbf{W}_o$, the MLPs and the head are missing: of each block, rollout sees queries and keys alone. And "half and half" was never measured. Measure it: for the class token, the length of what attention adds, as a share of that and of what was there.

# %% [markdown] lang="ko"
# ### 들어 있지 않은 것
#
# 밸류(value), $\mathbf{W}_o$, MLP, 분류층이 없어요. 롤아웃은 블록마다 쿼리(query)와 키(key)만 봐요. 게다가 '반반'은 잰 적이 없는 숫자예요. 직접 재 봐요. 클래스 토큰에서 어텐션이 더하는 것의 길이가, 그것과 원래 있던 것을 합한 길이에서 차지하는 몫이에요.

# %% tags=["nbval-ignore-output"] alt="For each block, the share of what attention adds, for the pretrained model and for its untrained twin; rollout takes one half everywhere." alt_ko="블록마다 어텐션이 더하는 몫. 사전 학습된 모델과 학습하지 않은 짝이에요. 롤아웃은 어디나 반이라고 해요."
def share_of_attention(model, images):
    """For each block: length of MSA(LN(z)) of the class token, as a share of it and of z."""
    states, found = hidden_states(model, images), []  # (B, L + 1, T, D)
    for number, block in enumerate(model.encoder.blocks):
        z = states[:, number]
        added = ops.convert_to_numpy(block.attention(block.norm_1(z)))
        lengths = [np.linalg.norm(part[:, 0], axis=-1) for part in (added, z)]
        found.append(np.mean(lengths[0] / (lengths[0] + lengths[1])))
    return np.array(found)


plot_by_block({name: share_of_attention(one, photographs) for name, one in twins.items()},
              "share of attention", "Not one half: what attention adds to the class token")

# %% [markdown] lang="en"
# Not one half, and not the same in all blocks. The half is a convention that keeps the formula simple.
#
# ### Seven mistakes
#
# A wrong map raises no error and looks as colorful as a right one. Seven mistakes are easily made, and some stand in public code:
#
# | mistake | what happens | the test that finds it |
# |---|---|---|
# | 1. wrong axis divided: `a / a.sum(-1)` without `keepdims=True` ([reported](https://github.com/jacobgil/vit-explain/issues/16)) | maps of `max` and `min` are distorted; `mean` is right | rows of $R$ sum to one, for every fusion |
# | 2. nothing divided | sizes mean nothing | rows sum to one |
# | 3. no residual connection ([noticed](https://github.com/google-research/vision_transformer/issues/18)) | all tokens soon have the same map | $A = I$ in all blocks gives $R = I$; two blocks by hand |
# | 4. order reversed | the map of another model | two blocks by hand, $A_1 \neq A_2$ |
# | 5. column in place of row | what others took from the class token | the map sums to $1 - R_{00}$ |
# | 6. class token left in | all is moved by one patch | a map with one bright patch |
# | 7. grid taken for a square | rows are broken in the wrong places | the same, on a picture that is not square |
#
# The first three, on random scores for a class token and 3x4 patches:

# %% [markdown] lang="ko"
# 반이 아니고, 블록마다 다르기도 해요. 반이라는 것은 식을 간단하게 하려는 약속이에요.
#
# ### 자주 하는 실수 일곱 가지
#
# 틀린 맵은 오류를 내지 않고, 올바른 맵만큼 알록달록해요. 저지르기 쉬운 실수가 일곱 가지 있고, 몇 가지는 공개된 코드에 있어요.
#
# | 실수 | 생기는 일 | 찾아내는 시험 |
# |---|---|---|
# | 1. 엉뚱한 축을 나눔: `keepdims=True` 없이 `a / a.sum(-1)` ([보고](https://github.com/jacobgil/vit-explain/issues/16)) | `max`와 `min`의 맵이 일그러져요. `mean`은 맞아요 | 어떻게 합치든 $R$의 행은 합이 1 |
# | 2. 나누지 않음 | 값의 크기에 뜻이 없어요 | 행의 합이 1 |
# | 3. 잔차 연결(residual connection)을 잊음 ([알아챈 사람](https://github.com/google-research/vision_transformer/issues/18)) | 금세 모든 토큰의 맵이 같아져요 | 모든 블록이 $A = I$이면 $R = I$. 블록 두 개를 손으로 |
# | 4. 순서를 뒤집음 | 다른 모델의 맵이 돼요 | $A_1 \neq A_2$인 블록 두 개를 손으로 |
# | 5. 행 대신 열을 읽음 | 남들이 클래스 토큰에게서 가져간 몫이에요 | 맵의 합이 $1 - R_{00}$ |
# | 6. 클래스 토큰을 빼지 않음 | 모두 패치 하나만큼 밀려요 | 패치 하나만 밝은 맵 |
# | 7. 격자를 정사각형으로 여김 | 엉뚱한 곳에서 줄이 바뀌어요 | 정사각형이 아닌 그림에서 같은 시험 |
#
# 앞의 셋을 무작위 점수로 저질러 봐요. 클래스 토큰 하나와 3x4 격자의 패치가 있어요.

# %%
rng = np.random.default_rng(0)
scores = np.exp(3 * rng.normal(size=(4, 3, 13, 13)))  # 4 blocks, 3 heads, T = 13
scores /= scores.sum(axis=-1, keepdims=True)


def product(steps):
    """The later block on the left."""
    found = steps[0]
    for step in steps[1:]:
        found = step @ found
    return found


for name, fuse in HEAD_FUSION.items():
    steps = fuse(scores, axis=1) + np.eye(13)  # (4, 13, 13)
    first = product([step / step.sum(-1) for step in steps]).sum(axis=1)  # columns are divided
    second = product(steps).sum(axis=1)  # nothing is
    print(f"{name:4}: rows of R sum to {first.min():.2f} to {first.max():.2f} (mistake 1), "
          f"{second.min():.1f} to {second.max():.1f} (mistake 2)")

for name, steps in {"without the residual": scores.mean(axis=1),
                    "with it": (scores.mean(axis=1) + np.eye(13)) / 2}.items():
    largest = [np.abs(R_[:, None] - R_).max() for R_ in (product(steps[:n]) for n in (1, 2, 3, 4))]
    print(f"{name:21} rows of R differ by up to", *np.round(largest, 2))

# %% [markdown] lang="en"
# With `mean` mistake 1 sleeps, since all rows of $A + I$ sum to 2. Without the residual connection the rows of $R$ become the same after a few blocks: whichever token asks, the answer is the same.
#
# Mistakes 6 and 7, on a picture four times as wide as high, with a class token that has looked at exactly one patch:

# %% [markdown] lang="ko"
# $A + I$의 행은 모두 합이 2라서 `mean`에서는 실수 1이 잠들어 있어요. 잔차 연결이 없으면 블록 몇 개 만에 $R$의 행이 모두 같아져요. 어느 토큰이 질문하든 대답이 같아요.
#
# 실수 6과 7은 너비가 높이의 네 배인 그림에서, 클래스 토큰이 패치 딱 하나를 보았을 때 해 봐요.

# %% tags=["own-pixels"] alt="A wide drawn picture with a star on the right, and four maps laid over it: the right one marks the star; the others mark a place beside it, and two places far from it." alt_ko="오른쪽에 별이 있는 넓은 그림과 그 위에 얹은 맵 네 장. 올바른 맵은 별을 가리켜요. 나머지는 바로 옆자리 하나와 멀리 떨어진 두 자리를 가리켜요."
row_of_class_token = np.zeros(1 + 4 * 16)
row_of_class_token[1 + 16 * 2 + 13] = 1  # row 2, column 13, counted from 0, on a grid of 4 x 16
laid_out = {"right": row_of_class_token[1:].reshape(4, 16),
            "class token left in": row_of_class_token[:64].reshape(4, 16),
            "taken for a square": row_of_class_token[1:].reshape(8, 8),
            "rows and columns swapped": row_of_class_token[1:].reshape(16, 4)}
star = draw_shapes(1, shapes=("star",), color="yellow", position=(20, 12), size=0.2, clutter=0,
                   seed=2).images[0]
wide = np.concatenate([np.full((32, 96, 3), star[0, 0]), star], axis=1)  # (32, 128, 3)
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
# With the class token left in, the bright square stands one patch too far to the right, which looks like a slight inaccuracy. On *square* pictures mistake 7 does nothing at all, so only people with pictures of another shape find it. The table's tests, on the module's own functions:

# %% [markdown] lang="ko"
# 클래스 토큰을 빼지 않으면 밝은 네모가 패치 하나만큼 오른쪽으로 밀려서, 조금 부정확한 것처럼 보일 뿐이에요. 그림이 *정사각형*이면 실수 7은 아무 탈도 내지 않아요. 그래서 다른 모양의 그림을 쓰는 사람만 발견해요. 표의 시험을 모듈의 함수에 해 봐요.

# %%
from vit_keras.inside import attention_rollout  # from here on the imported one

nothing_moves = np.broadcast_to(np.eye(13), (1, 4, 3, 13, 13))  # A = I in all blocks
print("rows sum to one, for every fusion:",
      all(np.allclose(attention_rollout(scores[None], fusion).sum(-1), 1, atol=1e-5)
          for fusion in HEAD_FUSION))
print("A = I gives R = I:",
      bool(np.allclose(attention_rollout(nothing_moves), np.eye(13), atol=1e-6)))
one_bright = np.full((1, 65, 65), 1 / 65)
one_bright[0, 0] = row_of_class_token
print("one bright patch, on a grid of 4 x 16:", np.argwhere(answer_map(one_bright, (4, 16))[0])[0])

# %% [markdown] lang="en"
# ## 4. Does the map point at what the answer needs? *(further)*
#
# The drawn shapes before and after training, on one scale: 1 is an even share, what a patch gets if everything is looked at alike.

# %% [markdown] lang="ko"
# ## 4. 맵은 답에 필요한 것을 가리킬까요 *(심화)*
#
# 코드로 그린 도형을 학습하기 전과 후에, 같은 눈금으로 그려요. 1이 고른 몫이에요. 어디나 똑같이 볼 때 패치 하나가 받는 몫을 말해요.

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Five drawn pictures; under them, on one scale, the maps of the untrained model and those of the trained one." alt_ko="코드로 그린 그림 다섯 장과, 같은 눈금으로 그린 두 모델의 맵. 학습하지 않은 모델과 학습한 모델이에요."
plot_overlays(few_shown, {"untrained": rollout_map(untrained, few.images),
                          "trained": rollout_map(model, few.images)},
              FIVE, title="Before and after training, on one scale")

# %% [markdown] lang="en"
# Untrained, the map is nowhere far from 1. What training has changed is counted below. First the pretrained model, on photographs and on drawn faces, which it has never seen. The two rows are the same scores, fused by the mean over the heads, as in the paper, and by the largest. They need not agree, and nothing tells which is right.

# %% [markdown] lang="ko"
# 학습하지 않은 모델은 어디나 1에서 멀지 않아요. 학습해서 무엇이 달라졌는지는 아래에서 숫자로 재요. 먼저 사전 학습된 모델로 사진과, 한 번도 본 적 없는, 코드로 그린 얼굴을 봐요. 두 줄은 같은 점수를 논문처럼 헤드 평균으로 합친 것과 가장 큰 값으로 합친 것이에요. 둘은 서로 다를 수 있고, 어느 쪽이 맞는지 알려 주는 것은 없어요.

# %% tags=["third-party-pixels"] alt="Photographs of cats and dogs, above each what the model says, and under them the rollout of the pretrained model." alt_ko="고양이와 개 사진. 위에는 모델의 답이, 아래에는 사전 학습된 모델의 롤아웃이 있어요."
answers = [weights.class_names[label].split(",")[0][:16] if weights.class_names else str(label)
           for label in logits_of(pretrained, photographs[:6]).argmax(axis=1)]
plot_overlays(photographs[:6], {fusion: rollout_map(pretrained, photographs[:6], fusion)
                                for fusion in ("mean", "max")},
              answers, title=f"{pretrained_name}: rollout of photographs")

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Three drawn faces of cats and dogs; under each the rollout of the pretrained model, as squares of light and dark." alt_ko="코드로 그린 고양이와 개 얼굴 세 장. 아래마다 사전 학습된 모델의 롤아웃을 밝고 어두운 네모로 나타냈어요."
drawn_faces = draw_faces(3, 224, seed=3, labels=[0, 1, 0])
faces = np.stack([few_colors(at_size(picture, side), 16) for picture in drawn_faces.images])
plot_overlays(faces[:, ::every, ::every],
              {fusion: rollout_map(pretrained, faces, fusion) for fusion in ("mean", "max")},
              [("cat", "dog")[label] for label in drawn_faces.labels],
              title=f"{pretrained_name}: rollout of drawn faces")

# %% [markdown] lang="en"
# Before you explain any of it, count. For a map $r$ of sum one, with $a_n$ the share of patch $n$ that the shape covers:
#
# $$\text{mass} = \sum_n r_n a_n, \qquad \text{times} = \frac{\text{mass}}{\frac{1}{N} \sum_n a_n}$$
#
# The first is the share of the map on the shape, the second says how many times its area that is: 1 for a map that is the same everywhere. A third number looks at the order alone: of all pairs of a patch that the shape touches and one that it does not, in how many has the first more? By chance, in half of them. **Predict** this last number for the untrained model.

# %% [markdown] lang="ko"
# 설명을 붙이기 전에 세어 봐요. 합이 1인 맵 $r$이 있고, $a_n$은 도형이 $n$번째 패치를 덮은 비율이에요.
#
# $$\text{mass} = \sum_n r_n a_n, \qquad \text{times} = \frac{\text{mass}}{\frac{1}{N} \sum_n a_n}$$
#
# 앞의 것은 맵에서 도형 위에 있는 몫이고, 뒤의 것은 그것이 도형 넓이의 몇 배인지예요. 어디나 똑같은 맵이라면 1이에요. 셋째 숫자는 순서만 봐요. 도형이 닿은 패치와 닿지 않은 패치를 짝지었을 때, 앞의 것이 더 큰 짝은 얼마나 될까요? 우연이라면 절반이에요. 학습하지 않은 모델에서 이 마지막 숫자가 얼마일지 **예측해 보세요.**

# %%
guess = None  # share of the pairs

def points_at_shape(maps, shares):
    """Times the area, and the share of pairs in which the shape's patch has more: two means."""
    times = np.mean(mass_on(maps, shares)) / np.mean(shares)
    return float(times), float(np.mean(rank_on(maps, shares > 0)))


r, a = np.array([[[0.1, 0.2], [0.6, 0.1]]]), np.array([[[0.0, 0.0], [1.0, 0.5]]])  # 2x2 patches
print(f"by hand: mass {np.sum(r * a):.2f}, times {np.sum(r * a) / a.mean():.2f}; "
      f"the module's {mass_on(r, a)[0]:.2f}, {points_at_shape(r, a)[0]:.2f}")
some = draw(60, seed=9)
some_shares = patch_shares(some.masks, (8, 8))
times, pairs = points_at_shape(rollout_map(untrained, some.images), some_shares)
print(f"untrained: {times:.1f} times its area; the shape has more in {pairs:.0%} of the pairs")

# %% [markdown] lang="en"
# A model that has never learned anything prefers the shape in most of the pairs (section 5 explains it). So the yardstick is neither 1 nor a half; it is the untrained model. Recorded, with five seeds that decide the first weights, the order and the training pictures:

# %% [markdown] lang="ko"
# 배운 것이 하나도 없는 모델도 대부분의 짝에서 도형을 더 좋아해요(5절에서 이유를 밝혀요). 그러니 잣대는 1도 절반도 아니고, 학습하지 않은 모델이에요. 시드 다섯 개로 기록한 결과예요. 시드는 처음 가중치, 순서, 학습 그림을 정해요.

# %%
covered = show("looking_inside", "pointing")

# %% [markdown] lang="en"
# After training, half of the map lies on a tenth of the picture, though nobody ever told the model where a shape is.
#
# ### Covering patches
#
# Is that what the answer *needs*? To find out, cover patches with gray and see whether the answer changes. If the map tells what matters, covering the patches it shows most of must hurt more than covering any, and covering those it shows least of must hurt less.

# %% [markdown] lang="ko"
# 학습하고 나면 맵의 절반이 그림의 10분의 1에 모여요. 도형이 어디에 있는지 모델에게 알려 준 적은 없는데도요.
#
# ### 패치 가려 보기
#
# 그런데 그것이 답에 *필요한* 것일까요? 패치를 회색으로 가리고 답이 바뀌는지 보면 알 수 있어요. 맵이 중요한 것을 알려 준다면, 맵에서 가장 밝은 패치들을 가릴 때 아무 패치나 가릴 때보다 더 틀려야 하고, 가장 어두운 패치들을 가릴 때는 덜 틀려야 해요.

# %% alt="Accuracy of the recorded models against the number of covered patches, in two panels. By its own map, covering the most looked at patches brings it down to a blind guess after eight patches, covering any patches slowly, covering the least looked at not at all. By the map of the untrained model the three lines lie closer together." alt_ko="기록한 모델에서 가린 패치 수에 따른 정확도. 자기 맵으로 고르면, 가장 많이 본 패치는 여덟 개만 가려도 찍는 수준으로 떨어지고, 아무 패치나 가리면 천천히 떨어지고, 가장 적게 본 패치는 가려도 떨어지지 않아요. 학습하지 않은 모델의 맵으로 고르면 세 선이 더 가까이 있어요."
plot_bands(covered, "patches covered, of 64", 1 / len(FIVE),
           "Recorded: covering what the map shows hurts most")

# %% [markdown] lang="en"
# On the right the patches were chosen by the untrained model's map: only the difference between the two panels is owed to training. (A gray square is something the model has never seen, and may disturb it by being there. That is what the middle line is for: it has as many squares.) Yours:

# %% [markdown] lang="ko"
# 오른쪽은 학습하지 않은 모델의 맵으로 패치를 고른 거예요. 두 칸의 차이만이 학습 덕분이에요. (회색 네모는 모델이 한 번도 본 적 없는 것이라, 있는 것만으로 방해가 될 수 있어요. 그래서 가운데 선이 필요해요. 네모 수가 똑같으니까요.) 여러분의 모델은 이래요.

# %% tags=["nbval-ignore-output"]
def accuracy(model, images, labels):
    return float(np.mean(logits_of(model, images).argmax(axis=1) == labels))


own_maps = rollout_map(model, test.images)
times, pairs = points_at_shape(own_maps, patch_shares(test.masks, (8, 8)))
print(f"trained: {times:.1f} times its area; the shape has more in {pairs:.0%} of the pairs")
for name, least in {"most": False, "least": True}.items():
    hidden = cover(test.images, most_looked_at(own_maps, 8, least))
    print(f"the 8 patches it looks at {name} covered: {accuracy(model, hidden, test.labels):.0%} "
          f"right, before {accuracy(model, test.images, test.labels):.0%}")

# %% [markdown] lang="en"
# So far rollout is a good guide, but it was an easy case: one object, which alone decides the class.

# %% [markdown] lang="ko"
# 여기까지 보면 롤아웃은 좋은 길잡이예요. 하지만 물체가 하나이고 그것만으로 클래스가 정해지는 쉬운 경우였어요.

# %% [markdown] lang="en"
# ## 5. When does the map mislead? *(further)*
#
# ### The same map, another answer
#
# Take a picture, and its *twin*: the same place, size, background and clutter, another shape. The right answer differs. Do the maps?

# %% [markdown] lang="ko"
# ## 5. 언제 맵에 속을까요 *(심화)*
#
# ### 맵은 같고 답은 달라요
#
# 그림 한 장과 그 *쌍둥이*를 준비해요. 위치, 크기, 배경, 막대가 모두 같고 도형만 달라요. 정답이 서로 다르죠. 맵도 다를까요?

# %%
one_label = np.arange(60) % 5
pair = [draw(60, seed=9, labels=labels) for labels in (one_label, (one_label + 1) % 5)]
differ = np.any(pair[0].images != pair[1].images, axis=-1)  # (60, 32, 32)
print(f"pixels in which twins differ: {differ.mean():.0%}; "
      f"the answers differ in {np.mean(pair[0].labels != pair[1].labels):.0%} of the pairs")

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Three pairs of twins, pictures that differ in the shape alone, each with its map: within a pair the maps are much alike." alt_ko="도형만 다른 쌍둥이 그림 세 쌍과 그 맵. 한 쌍 안에서는 맵이 아주 비슷해요."
pair_maps = [rollout_map(model, drawn.images) for drawn in pair]


def alike(maps, others):
    """Mean correlation of the maps with their partners."""
    return np.mean([np.corrcoef(one.ravel(), other.ravel())[0, 1]
                    for one, other in zip(maps, others)])


print(f"correlation of the maps of twins {alike(*pair_maps):.2f}, of a picture with the next one "
      f"{alike(pair_maps[0], np.roll(pair_maps[0], 1, axis=0)):.2f}")
shown = [(number, which) for number in range(3) for which in (0, 1)]
plot_overlays([few_colors(pair[which].images[number]) for number, which in shown],
              {"rollout": np.stack([pair_maps[which][number] for number, which in shown])},
              [FIVE[pair[which].labels[number]] for number, which in shown],
              title=f"Twins: other answers, maps with a correlation of {alike(*pair_maps):.2f}")

# %% [markdown] lang="en"
# The maps of twins are much more alike than those of different pictures, and the answers differ in every pair. A map says *where* something was taken from, never *what* was seen there, nor why it makes a circle and not a heart.
#
# ### The same map, another model
#
# Two models, made of the trained one by a cut:
#
# - in the head the classes change places, so that every right answer becomes a wrong one;
# - in the last block all *values* are set to zero: the class token asks there as before, and gets nothing.

# %% [markdown] lang="ko"
# 쌍둥이끼리는 다른 그림끼리보다 맵이 훨씬 비슷해요. 그런데 답은 모두 달라요. 맵은 *어디에서* 가져왔는지를 말할 뿐, 거기서 *무엇을* 보았는지, 왜 하트가 아니라 원인지는 말하지 않아요.
#
# ### 맵은 같고 모델은 달라요
#
# 학습한 모델을 잘라서 모델 두 개를 만들어요.
#
# - 분류층에서 클래스의 자리를 바꿔요. 맞던 답이 모두 틀려요.
# - 마지막 블록의 *밸류*를 모두 0으로 만들어요. 클래스 토큰은 거기서 전과 똑같이 묻지만 받는 것이 없어요.

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

# %% [markdown] lang="en"
# Not one number of the maps has moved: both cuts were made behind the last queries and keys. Recorded, twins and cuts, means over the seeds:

# %% [markdown] lang="ko"
# 맵의 숫자는 하나도 움직이지 않았어요. 두 모델 모두 마지막 쿼리와 키보다 뒤를 잘랐으니까요. 쌍둥이와 자른 모델을 기록한 결과이고, 시드의 평균이에요.

# %%
cuts = show("looking_inside", "same map")

# %% [markdown] lang="en"
# The same map, with its bright patches on the shape, comes from a model that is nearly always wrong, and from one that takes nothing at all in its last block, though the map counts that block for half of the way. *No* statement about an answer follows from the map alone.
#
# ### Even an untrained map looks telling
#
# Many programs give each map all the colors, from its own smallest to its own largest value. Two models on the same pictures, drawn like that: one has been trained to name the shapes, the other has not learned anything. **Which row is which?**

# %% [markdown] lang="ko"
# 밝은 패치가 도형 위에 있는 똑같은 맵이, 거의 늘 틀리는 모델에서도 나오고, 마지막 블록에서 아무것도 가져오지 못하는 모델에서도 나와요. 맵은 그 블록을 전체 길의 절반으로 치는데도요. 그러니 맵만 보고 답에 대해 할 수 있는 말은 *하나도* 없어요.
#
# ### 학습하지 않은 맵도 그럴듯해요
#
# 맵마다 가장 작은 값부터 가장 큰 값까지 모든 색을 쓰는 프로그램이 많아요. 같은 그림에서 두 모델의 맵을 그렇게 그렸어요. 한 모델은 도형의 이름을 배웠고, 다른 모델은 배운 것이 하나도 없어요. **어느 줄이 어느 모델일까요?**

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Five drawn pictures and two rows of maps, A and B, each stretched to the full range of colors: the shapes can be made out in both." alt_ko="코드로 그린 그림 다섯 장과 모든 색을 쓰도록 늘인 맵 두 줄, A와 B. 두 줄 모두에서 도형을 알아볼 수 있어요."
plot_overlays(few_shown,
              {"A": rollout_map(untrained, few.images), "B": rollout_map(model, few.images)}, FIVE,
              stretch=True, title="One of the two rows is of a model that has learned nothing")

# %% [markdown] lang="en"
# A is the untrained one. Only the numbers beneath give it away: they say from how many to how many even shares the colors of a map go.
#
# Why is it there at all? Patches that look alike have keys that are alike, in *any* model, so in a head they are all up or all down. Say the shape has a tenth of the patches, and in one head its logits lie $x = 1.4$ above those of the ground, in another as far below. With the softmax, a head gives the shape
#
# $$\frac{0.1 \, e^x}{0.9 + 0.1 \, e^x}$$

# %% [markdown] lang="ko"
# A가 학습하지 않은 모델이에요. 아래의 숫자를 봐야만 알 수 있어요. 맵의 색이 고른 몫의 몇 배부터 몇 배까지인지 적혀 있어요.
#
# 도형은 대체 왜 보일까요? 닮은 패치는 *어떤* 모델에서든 키가 닮아요. 그래서 한 헤드 안에서는 다 함께 오르거나 다 함께 내려가요. 도형이 패치의 10분의 1을 차지하고, 한 헤드에서는 도형의 내적이 배경보다 $x = 1.4$만큼 높고 다른 헤드에서는 그만큼 낮다고 해요. 소프트맥스를 거치면 헤드가 도형에 주는 몫은 이래요.
#
# $$\frac{0.1 \, e^x}{0.9 + 0.1 \, e^x}$$

# %%
for_shape = [0.1 * np.exp(x) / (0.9 + 0.1 * np.exp(x)) for x in (1.4, -1.4)]
print("the two heads:", " and ".join(f"{share / 0.1:.2f}" for share in for_shape),
      f"times its area; their mean {np.mean(for_shape) / 0.1:.2f}")

# %% [markdown] lang="en"
# Up means three times, down a quarter, and a quarter cannot outweigh three. A small thing that stands out gets more than its area on average: the map shows what is conspicuous in the *picture*. Adebayo and others found the like for other kinds of maps ([2018](https://arxiv.org/abs/1810.03292)): "reliance, solely, on visual assessment can be misleading". So: one scale for all maps, starting at 0; a color bar with a unit; and the untrained model beside the trained one.
#
# ### A shortcut in the corner
#
# Last, a model that cheats. In every training picture a colored square in the corner says the class, besides the shape.

# %% [markdown] lang="ko"
# 오르면 세 배, 내려가면 4분의 1이라서 서로 비기지 않아요. 작고 눈에 띄는 것은 평균적으로 넓이보다 많이 받아요. 맵이 보여 주는 것은 *그림*에서 눈에 띄는 것이에요. Adebayo와 동료들은 다른 종류의 맵에서 비슷한 것을 발견했어요([2018](https://arxiv.org/abs/1810.03292)). "reliance, solely, on visual assessment can be misleading". 그러니 모든 맵에 0에서 시작하는 같은 눈금을 쓰고, 단위가 있는 색 막대를 붙이고, 학습하지 않은 모델을 옆에 놓으세요.
#
# ### 구석의 지름길
#
# 마지막은 꾀를 부리는 모델이에요. 학습 그림마다 도형뿐 아니라 구석의 색 네모도 클래스를 알려 줘요.

# %%
def with_marks(drawn, numbers):
    """The same pictures with a colored square in the first patch."""
    return drawn._replace(images=add_marks(drawn.images, numbers))


marked_few = with_marks(few, few.labels)
print("marks:", dict(zip(FIVE, MARKS)), "| pixels that changed:",
      f"{np.any(marked_few.images != few.images, axis=-1).mean():.1%}")

# %% tags=["nbval-ignore-output", "own-pixels"] alt="Five drawn pictures with a colored square in the top left corner, and the maps of the model that was trained on such pictures." alt_ko="왼쪽 위 구석에 색 네모가 있는 그림 다섯 장과, 그런 그림으로 학습한 모델의 맵이에요."
# laptop: about 35 seconds
keras.utils.set_random_seed(0)
cheat = VisionTransformer(**SIZE)
marked = [with_marks(drawn, drawn.labels) for drawn in (learn, validate, test)]
splits = [Split(drawn.images, drawn.labels) for drawn in marked]
train(cheat, Dataset(*splits, FIVE, "Drawn shapes with a mark in the corner."), recipe,
      verbose=False)
plot_overlays(marked_few.images, {"cheat": rollout_map(cheat, marked_few.images)}, FIVE,
              title="Trained with marks: the maps do not say which of the two decides")

# %% [markdown] lang="en"
# Which decides, corner or shape? An experiment says it: give every picture the mark of *another* class, and cover mark and shape in turn. Recorded, with a control, the same training with marks of random colors, which say nothing:

# %% [markdown] lang="ko"
# 구석과 도형 가운데 어느 것이 답을 정할까요? 실험하면 알 수 있어요. 그림마다 *다른* 클래스의 네모를 붙여 보고, 네모와 도형을 차례로 가려 봐요. 기록한 결과에는 대조군도 있어요. 네모의 색이 아무렇게나 정해져서 아무것도 알려 주지 않는 그림으로 똑같이 학습했어요.

# %%
decides = show("looking_inside", "mark")

# %% [markdown] lang="en"
# With the mark, every answer follows the mark, and with it covered the model guesses. The shape decides *nothing*, and still gets, on average, more than twice its area. The bright corner gives a right idea, the bright shape a wrong one, and the map itself does not tell the two apart. Yours:

# %% [markdown] lang="ko"
# 네모가 답을 알려 주면 모든 답이 네모를 따르고, 네모를 가리면 모델은 찍기만 해요. 도형은 *아무것도* 정하지 않는데도 평균적으로 넓이의 두 배 넘게 받아요. 환한 구석을 보고 한 짐작은 맞고, 환한 도형을 보고 한 짐작은 틀려요. 맵만 봐서는 둘을 구별할 수 없어요. 여러분의 모델은 이래요.

# %% tags=["nbval-ignore-output"]
others = (test.labels + 1) % 5  # marks of another class
answers = logits_of(cheat, with_marks(test, others).images).argmax(axis=1)
print(f"answers that follow the mark {np.mean(answers == others):.0%}, "
      f"the shape {np.mean(answers == test.labels):.0%}")
times, _ = points_at_shape(rollout_map(cheat, marked[2].images), patch_shares(test.masks, (8, 8)))
print(f"the shape gets {times:.1f} times its area")

# %% [markdown] lang="en"
# ## 6. What follows, and what does not
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
# What an answer needs can be measured by changing the picture: cover, exchange, move. A map gives ideas what to change. Other maps ask about the answer itself, for example with gradients ([Chefer et al., 2021](https://arxiv.org/abs/2012.09838)); the test is the same.

# %% [markdown] lang="ko"
# ## 6. 무엇을 말할 수 있고, 무엇은 말할 수 없을까요
#
# | 누가 이렇게 말하면 | 우리가 잰 것 | 그러니까 |
# |---|---|---|
# | "모델이 개를 보고 있어." | 롤아웃은 토큰이 어디에서 무엇을 넘겨받았을 *수* 있는지 보여 줘요 | 학습하지 않은 모델을 옆에 놓고 눈금을 0에서 시작했다면 할 수 있는 말 |
# | "개를 보니까 개라고 답하는 거야." | 쌍둥이: 답은 다른데 맵은 비슷해요. 클래스를 바꿔도 같은 맵 | 그런 결론은 나오지 않아요 |
# | "본 것을 쓰고 있어." | 마지막 블록의 밸류를 0으로 만들어도 같은 맵. 거기서 받은 것은 없어요 | 나오지 않아요. 패치를 가려 보세요 |
# | "물체를 이렇게 또렷이 찾았어!" | 늘여서 그린, 학습하지 않은 모델의 맵 | 눈금을 물어보세요 |
# | "도형이 밝으니까 도형이 답을 정해." | 네모가 있는 그림으로 학습한 모델. 아무것도 정하지 않는 곳도 밝을 수 있어요 | 나오지 않아요. 네모를 바꿔 보세요 |
# | "이 헤드는 개를 찾는 헤드야." | 아무것도 모르는 헤드 여덟 개 가운데 가장 좋은 것 | 헤드를 먼저 고르고 새 그림으로 시험하세요 |
#
# 답에 무엇이 필요한지는 그림을 바꿔 보면 잴 수 있어요. 가리고, 바꾸고, 옮겨 보세요. 맵은 무엇을 바꿔 볼지 짐작하게 해 줘요. 답 자체를 묻는 맵도 있어요. 예를 들면 그래디언트(gradient)를 써요([Chefer 등, 2021](https://arxiv.org/abs/2012.09838)). 시험하는 방법은 어느 맵이든 똑같아요.

# %% [markdown] lang="en"
# ## 7. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | $\mathbf{E}$, its components | `patch_filters(model, 28)` | (28, P, P, C), and 28 shares |
# | similarity of $\mathbf{E}_{pos}$ | `position_similarity(model)` | (N, N) |
# | $A$ | `attention_maps(model, images)` | (B, L, heads, T, T) |
# | $\mathbf{z}_\ell$ or $A$ of one block | `model_of_block(model, l)`, `model_of_block(model, l, scores=True)` | (B, T, D), (B, heads, T, T) |
# | $d$ | `mean_attention_distance(maps, grid_shape, patch_size)` | (L, heads), in pixels |
# | $\hat{A}_\ell = (A_\ell + I) / 2$, $R = \hat{A}_L \cdots \hat{A}_1$ | `attention_rollout(maps)` | (B, T, T), rows sum to one |
# | the map of the answer | `rollout_map(model, images)` | (B, rows, columns), sum one |
# | mass on the object | `mass_on(maps, patch_shares(masks, grid_shape))` | (B,) |
#
# - Filters and positions begin as noise; photographs make the first smooth and put nearness into the second.
# - A map of rollout says where something could have come from. It contains no values, no MLP, no head and no class.
# - Believe a map when covering agrees with it. Show the untrained model beside it, on a scale that starts at 0.

# %% [markdown] lang="ko"
# ## 7. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | $\mathbf{E}$의 주성분 | `patch_filters(model, 28)` | (28, P, P, C)와 몫 28개 |
# | $\mathbf{E}_{pos}$의 유사도 | `position_similarity(model)` | (N, N) |
# | $A$ | `attention_maps(model, images)` | (B, L, 헤드 수, T, T) |
# | 블록 하나의 $\mathbf{z}_\ell$나 $A$ | `model_of_block(model, l)`, `model_of_block(model, l, scores=True)` | (B, T, D), (B, 헤드 수, T, T) |
# | $d$ | `mean_attention_distance(maps, grid_shape, patch_size)` | (L, 헤드 수), 픽셀 |
# | $\hat{A}_\ell = (A_\ell + I) / 2$, $R = \hat{A}_L \cdots \hat{A}_1$ | `attention_rollout(maps)` | (B, T, T), 행의 합이 1 |
# | 답의 맵 | `rollout_map(model, images)` | (B, 행 수, 열 수), 합이 1 |
# | 물체 위의 몫 | `mass_on(maps, patch_shares(masks, grid_shape))` | (B,) |
#
# - 필터와 위치 임베딩은 잡음으로 시작해요. 사진으로 학습하면 필터는 매끄러워지고 위치 임베딩에는 가까움이 생겨요.
# - 롤아웃의 맵은 어디에서 왔을 수 있는지를 말해요. 밸류도, MLP도, 분류층도, 클래스도 들어 있지 않아요.
# - 가려 본 결과와 맞을 때 맵을 믿으세요. 학습하지 않은 모델을 옆에 놓고, 눈금은 0에서 시작하세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/10_looking_inside`](solutions/10_looking_inside.ipynb).
#
# **1. To think about.** Somebody shows you the rollout of a photograph. The bright patches lie on the dog, and the model says *dog*. What follows?
#
# - A: The model recognized the dog by these patches.
# - B: With these patches covered it would not have said *dog*.
# - C: The class token may have got something from these places; what, and whether it was used, the map does not say.
# - D: Had the model said *cat*, the map would lie elsewhere.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/10_looking_inside`](solutions/10_looking_inside.ipynb)에 있어요.
#
# **1. 생각해 보기.** 누가 사진의 롤아웃을 보여 줘요. 밝은 패치는 개 위에 있고, 모델은 *개*라고 답했어요. 여기서 무엇을 알 수 있을까요?
#
# - A: 모델은 그 패치들을 보고 개인 줄 알았어요.
# - B: 그 패치들을 가렸다면 *개*라고 답하지 않았을 거예요.
# - C: 클래스 토큰이 그 자리들에서 무언가 얻었을 수 있어요. 무엇을 얻었는지, 썼는지는 맵으로 알 수 없어요.
# - D: 모델이 *고양이*라고 답했다면 맵이 달랐을 거예요.

# %%
answer = None  # "A", "B", "C" or "D"

check("10.1", answer)

# %% [markdown] lang="en"
# **2. Change the numbers.** A ViT with class token takes pictures of 96x160 pixels, $P = 16$. How many tokens are there? Which token, counted from 0, is the patch in the second row and third column, counted from 1? And what is an even share of its map?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 클래스 토큰이 있는 ViT가 96x160 픽셀 그림을 받아요. $P = 16$이에요. 토큰은 몇 개일까요? 둘째 행 셋째 열(1부터 셌을 때)의 패치는 0부터 셌을 때 몇 번 토큰일까요? 그리고 이 맵에서 고른 몫은 얼마일까요?

# %%
num_tokens = None
token_number = None
even_share = None

check("10.2a", num_tokens)
check("10.2b", token_number)
check("10.2c", even_share)

# %% [markdown] lang="en"
# **3. Write code: one row is enough.** For a map only the row of the class token is needed, and $R$ costs $T^3$ multiplications a block. Begin on the left: a row times a matrix costs $T^2$, 197 times less in DeiT-Ti. Return the class token's row of $R$, of shape (T,), for one picture with `maps` of shape (L, heads, T, T), heads fused by the mean.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 한 행이면 충분해요.** 맵에는 클래스 토큰의 행만 있으면 되는데, $R$은 블록마다 곱셈을 $T^3$번 해요. 왼쪽에서 시작하세요. 행 하나에 행렬을 곱하면 $T^2$번이라서 DeiT-Ti에서는 197분의 1로 줄어요. 그림 한 장의 `maps`(형태는 (L, 헤드 수, T, T))를 받아, 헤드를 평균으로 합친 $R$에서 클래스 토큰의 행을 형태 (T,)로 돌려주세요.

# %%
def class_token_row(maps):
    """(L, heads, T, T) -> (T,): the first row of R, without a product of two matrices."""
    raise NotImplementedError


check("10.3", class_token_row)

# %% [markdown] lang="en"
# **4. Write code: does it point at the object?** From $R$ of one picture, its mask in *pixels*, and the grid, which need not be square: how many times its area is the share of the class token's map on the object? ("times" of section 4.)

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 물체를 가리킬까요?** 그림 한 장의 $R$과 *픽셀* 마스크, 그리고 격자를 받아요. 격자는 정사각형이 아닐 수 있어요. 클래스 토큰의 맵에서 물체 위에 있는 몫은 물체 넓이의 몇 배일까요? (4절의 "times"예요.)

# %%
def times_its_area(R, mask, grid_shape):
    """R (T, T), mask (H, W) of bool, (rows, columns) -> a number, 1 where a map knows nothing."""
    raise NotImplementedError


check("10.4", times_its_area)

# %% [markdown] lang="en"
# **5. Write a test.** `is_rollout(function)` is given a function that takes `maps` (B, layers, heads, T, T) and `head_fusion`, and returns (B, T, T). It says whether that function computes rollout. It will be tried on the right one and on five of the seven mistakes. Do not call `attention_rollout`; use small cases that can be worked out by hand.

# %% [markdown] lang="ko"
# **5. 시험 쓰기.** `is_rollout(function)`은 함수 하나를 받아요. 그 함수는 `maps` (B, layers, heads, T, T)와 `head_fusion`을 받아 (B, T, T)를 돌려줘요. 그것이 롤아웃을 제대로 계산하는지 말하세요. 올바른 함수와 일곱 실수 가운데 다섯 가지에 써 볼 거예요. `attention_rollout`은 부르지 말고, 손으로 풀 수 있는 작은 경우로 시험하세요.

# %%
def is_rollout(function):
    """Whether function(maps, head_fusion) is rollout."""
    raise NotImplementedError


check("10.5", is_rollout)

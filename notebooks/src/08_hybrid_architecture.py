# %% [markdown] lang="en"
# # The hybrid architecture: tokens from a CNN's feature map
#
# You put a small CNN in front of the encoder, see that what comes out of it is already a sequence of tokens, and ask which of the two parts the gain comes from.
#
# | | |
# |---|---|
# | Lecture | *Hybrid Architecture*: patches from the feature map of a CNN; special case 1x1 |
# | Read first | lessons 1 and 4; lesson 5 for how the models are compared |
# | Time | read and try: 35 min; machine: 8 min, can be skipped |
#
# **You do not have to run the long cell.** Recorded runs come first, and the conclusions rest on them.

# %% [markdown] lang="ko"
# # 하이브리드 구조: CNN의 특징 맵에서 만드는 토큰
#
# 인코더 앞에 작은 CNN을 놓아요. 거기서 나오는 것이 이미 토큰의 시퀀스라는 것을 확인하고, 성능이 좋아진 것이 둘 가운데 어느 쪽 덕분인지 따져 봐요.
#
# | | |
# |---|---|
# | 강의 | *Hybrid Architecture*: CNN의 feature map에서 뽑는 패치, 특별한 경우 1x1 |
# | 먼저 읽을 것 | 수업 1과 4. 모델을 비교하는 방법은 수업 5 |
# | 시간 | 읽고 따라 하기 35분, 컴퓨터 계산 8분(건너뛰어도 돼요) |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 미리 기록한 결과를 먼저 보여 주고, 결론도 그 기록에서 끌어내요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say the shape of a feature map and how many tokens it makes, for any stack of strided convolutions;
# 2. explain why a patch of 1x1 is one linear map for every place, and how much of the picture one token has seen;
# 3. build a hybrid, and say what it takes to find out what its CNN and its encoder contribute.
#
# Sections marked *(further)* go beyond the lecture.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 스트라이드(stride)가 있는 합성곱을 어떻게 쌓든, 특징 맵(feature map)의 형태와 거기서 나오는 토큰(token)의 수를 말해요.
# 2. 1x1 패치(patch)가 왜 자리마다 똑같은 선형 변환인지, 토큰 하나가 그림의 얼마를 보았는지 설명해요.
# 3. 하이브리드(hybrid) 모델을 만들고, CNN과 인코더(encoder)가 각각 무엇을 보태는지 알아내려면 무엇이 필요한지 말해요.
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
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from keras import layers, ops

import vit_keras
from vit_keras import (
    Patches,
    Recipe,
    VisionTransformer,
    check,
    create_cnn_classifier,
    create_hybrid_vit,
    draw_shapes,
    pick,
    train,
)
from vit_keras.cnn import convolution
from vit_keras.figures import plot_fields, plot_learning_curves
from vit_keras.hybrid import convolution_stem, resnet_stem, stem_alone
from vit_keras.inside import receptive_field, sensitivity
from vit_keras.lessons import comparison, show

print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for your profile.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.

# %% [markdown] lang="en"
# ## 1. Patches of what?
#
# Equation (1) makes tokens of pixels, by a convolution with kernel and stride $P$ (lesson 1). So every ViT begins with a convolution, but a strange one: large, alone, without overlap, and with nothing non-linear behind it.
#
# A CNN uses convolutions in another way: small, overlapping, several in a row, an activation after each. What comes out is a *feature map*: like a picture, but with fewer places and more numbers at each. The lecture's *hybrid architecture* takes its patches from there. With $C'$ for the channels of the map, and under each symbol its shape:
#
# $$\underset{(B,\, h,\, w,\, C')}{\mathbf{f}} = \text{CNN}(\underset{(B,\, H,\, W,\, C)}{\mathbf{x}}), \qquad N = hw / P^2$$
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}_0} = [\mathbf{x}_{\text{class}}; \, \mathbf{f}_p^1 \mathbf{E}; \, \mathbf{f}_p^2 \mathbf{E}; \cdots; \, \mathbf{f}_p^N \mathbf{E}] + \mathbf{E}_{pos}, \qquad \mathbf{E} \in \mathbb{R}^{(P^2 \cdot C') \times D} \tag{1}$$
#
# Beside the lecture's equation (1), $\mathbf{x}$ has become $\mathbf{f}$, and $C$ has become $C'$. $P$ counts places of the map now, not pixels. Equations (2) to (4) are not touched.
#
# (The lecture's *Motivations* name two earlier ways to combine a CNN with self-attention, and call them not that successful: [Wang et al., 2018](https://arxiv.org/abs/1711.07971) put attention between the layers of a CNN; [Carion et al., 2020](https://arxiv.org/abs/2005.12872) put a Transformer behind its feature map, to detect objects.)
#
# ### By hand, on 25 pixels
#
# A picture with a bright floor and a bright wall, and two kernels of 3x3: one sums what it sees, one subtracts its left column from its right one. The window moves in steps of 2. **Predict** what the two kernels say at the first place, top left.

# %% [markdown] lang="ko"
# ## 1. 무엇의 패치일까요?
#
# 식 (1)은 커널과 스트라이드가 모두 $P$인 합성곱으로 픽셀에서 토큰을 만들어요(수업 1). 그러니 ViT는 모두 합성곱으로 시작하는 셈이에요. 다만 좀 별난 합성곱이에요. 크고, 하나뿐이고, 겹치지 않고, 뒤에 비선형 함수가 없어요.
#
# CNN은 합성곱을 다르게 써요. 작은 것을 겹치게, 여러 개 이어서, 하나마다 활성화 함수를 붙여서 써요. 거기서 나오는 것이 *특징 맵*이에요. 그림처럼 생겼지만 자리는 더 적고 자리마다 숫자는 더 많아요. 강의의 *Hybrid Architecture*는 여기에서 패치를 뽑아요. 특징 맵의 채널 수를 $C'$라고 쓰고, 기호 아래에 형태(shape)를 적으면 다음과 같아요.
#
# $$\underset{(B,\, h,\, w,\, C')}{\mathbf{f}} = \text{CNN}(\underset{(B,\, H,\, W,\, C)}{\mathbf{x}}), \qquad N = hw / P^2$$
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}_0} = [\mathbf{x}_{\text{class}}; \, \mathbf{f}_p^1 \mathbf{E}; \, \mathbf{f}_p^2 \mathbf{E}; \cdots; \, \mathbf{f}_p^N \mathbf{E}] + \mathbf{E}_{pos}, \qquad \mathbf{E} \in \mathbb{R}^{(P^2 \cdot C') \times D} \tag{1}$$
#
# 강의의 식 (1)에서 $\mathbf{x}$가 $\mathbf{f}$로, $C$가 $C'$로 바뀌었을 뿐이에요. 이제 $P$는 픽셀이 아니라 특징 맵의 자리를 세요. 식 (2)~(4)는 그대로예요.
#
# (강의의 *Motivations*에는 CNN과 self-attention을 결합하려던 시도가 둘 나오고, 그렇게 성공적이지 못했다고 해요. [Wang et al., 2018](https://arxiv.org/abs/1711.07971)은 CNN의 층 사이에 어텐션을 넣었고, [Carion et al., 2020](https://arxiv.org/abs/2005.12872)은 물체를 찾으려고 CNN의 특징 맵 뒤에 트랜스포머를 놓았어요.)
#
# ### 픽셀 25개로 직접 해 보기
#
# 바닥과 벽이 밝은 그림 한 장과 3x3 커널 두 개를 준비해요. 하나는 보이는 것을 모두 더하고, 하나는 오른쪽 열에서 왼쪽 열을 빼요. 창을 두 칸씩 옮겨요. 맨 처음 자리인 왼쪽 위에서 두 커널이 각각 무엇이라고 할지 **예측해 보세요.**

# %%
guess = ...  # two numbers

picture = np.array([[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [1, 1, 1, 1, 1],
                    [1, 1, 1, 1, 1]])
bright = np.ones((3, 3), int)
edge = np.array([[-1, 0, 1]] * 3)
corners = [(0, 0), (0, 2), (2, 0), (2, 2)]  # where the window's top left pixel lies
windows = np.array([picture[row : row + 3, column : column + 3] for row, column in corners])
features = np.array([[np.sum(window * kernel) for kernel in (bright, edge)] for window in windows])
features  # a row for each place: how bright, how much of an edge

# %% [markdown] lang="en"
# Four places, two numbers each. The second and the third are equally bright, and only the edge tells them apart. Laid out as the places lie, this is the feature map, of shape $(h, w, C') = (2, 2, 2)$. It is what Keras computes:

# %% [markdown] lang="ko"
# 자리가 네 곳이고 자리마다 숫자가 둘이에요. 둘째와 셋째는 밝기가 같고, 경계 값만 달라요. 자리의 배치대로 놓은 것이 형태가 $(h, w, C') = (2, 2, 2)$인 특징 맵이에요. Keras도 똑같이 계산해요.

# %%
def convolve(image, kernels, stride):
    """(H, W) and (3, 3, C') -> (h, w, C'), no padding."""
    x, kernel = image[None, :, :, None].astype("float32"), kernels[:, :, None].astype("float32")
    return ops.convert_to_numpy(ops.conv(x, kernel, strides=stride))[0]


feature_map = convolve(picture, np.stack([bright, edge], axis=-1), stride=2)
print("shape", feature_map.shape, "| as by hand:",
      np.array_equal(feature_map.reshape(4, 2), features))

# %% [markdown] lang="en"
# Now take the map row by row, place by place: four vectors of two numbers. That is a sequence, and each vector is what equation (1) calls $\mathbf{f}_p$ with $P = 1$. What is left for $\mathbf{E}$ is to bring them to width $D$.
#
# ## 2. The stem
#
# The CNN in front of an encoder is called its *stem*. The simplest is a few 3x3 convolutions, each with batch normalization and ReLU, in steps of 2. With a border of zeros around the picture (`padding="same"`), a convolution of stride $s$ stops at every $s$-th pixel:
#
# $$h = \lceil H / s \rceil, \qquad w = \lceil W / s \rceil$$

# %% [markdown] lang="ko"
# 이제 특징 맵을 행마다, 자리마다 차례로 읽으면 숫자 두 개짜리 벡터가 네 개예요. 이것이 시퀀스이고, 벡터 하나하나가 $P = 1$일 때 식 (1)의 $\mathbf{f}_p$예요. $\mathbf{E}$가 할 일은 너비를 $D$로 맞추는 것뿐이에요.
#
# ## 2. 스템
#
# 인코더 앞에 놓는 CNN을 *스템*(stem)이라고 불러요. 가장 단순한 것은 3x3 합성곱 몇 개예요. 하나마다 배치 정규화(batch normalization)와 ReLU가 붙고, 두 칸씩 옮겨 가요. 그림 둘레에 0을 두르면(`padding="same"`) 스트라이드가 $s$인 합성곱은 $s$픽셀마다 한 번 서요.
#
# $$h = \lceil H / s \rceil, \qquad w = \lceil W / s \rceil$$

# %%
def stem_of(image_shape, widths):
    """3x3 convolutions of stride 2, each with batch normalization and ReLU."""
    x = images = keras.Input(image_shape)
    for width in widths:
        x = layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(images, x, name="stem")


def shapes_through(stem):
    """What comes out of every 3x3 convolution, and how many parameters the stem has in all."""
    print("picture              ", stem.input_shape[1:])
    for layer in stem.layers:
        if isinstance(layer, layers.Conv2D) and layer.kernel_size == (3, 3):
            print(f"convolution, stride {layer.strides[0]}", tuple(layer.output.shape[1:]))
    print(f"parameters            {stem.count_params():,}")


keras.utils.set_random_seed(0)
small_stem = stem_of((32, 32, 3), widths=(32, 64))
shapes_through(small_stem)
print("the module's:        ", f"{convolution_stem((32, 32, 3), (32, 64)).count_params():,}")

# %% [markdown] lang="en"
# A convolution from $a$ to $b$ channels has a kernel of $9ab$ numbers, and batch normalization keeps four numbers for each channel (scale, shift, running mean and variance).
#
# $$9 \cdot 3 \cdot 32 + 4 \cdot 32 + 9 \cdot 32 \cdot 64 + 4 \cdot 64 = 19{,}680$$
#
# ### The stem of a ResNet
#
# The second kind is the CNN of lesson 5 without its pooling and its head. The paper does the same with a large one: "we feed the intermediate feature maps into ViT with patch size of one 'pixel'" (section 4.1), and the maps are those of a ResNet-50. Ours is made of these blocks. A stage halves height and width in its first convolution and keeps them in the second.

# %% [markdown] lang="ko"
# 파라미터는 이렇게 세요. 채널 $a$개를 $b$개로 바꾸는 합성곱의 커널에는 숫자가 $9ab$개 있고, 배치 정규화는 채널마다 숫자 네 개(배율, 이동값, 이동 평균, 분산)를 가져요.
#
# $$9 \cdot 3 \cdot 32 + 4 \cdot 32 + 9 \cdot 32 \cdot 64 + 4 \cdot 64 = 19{,}680$$
#
# ### ResNet 스템
#
# 둘째는 수업 5의 CNN에서 풀링과 분류층을 뗀 거예요. 논문은 큰 ResNet-50의 특징 맵으로 똑같이 해요. "we feed the intermediate feature maps into ViT with patch size of one 'pixel'"(4.1절). 우리 스템은 아래 블록으로 되어 있어요. 단계마다 첫 합성곱이 높이와 너비를 반으로 줄이고, 둘째 합성곱은 그대로 둬요.

# %% quotes=["vit_keras.cnn.residual_block", "vit_keras.cnn.residual_stages"]
def residual_block(x, width, stride=1):
    start = layers.ReLU()(layers.BatchNormalization()(x))
    shortcut = x
    if stride > 1 or x.shape[-1] != width:
        shortcut = convolution(width, kernel_size=1, stride=stride)(start)
    y = convolution(width, stride=stride)(start)
    y = convolution(width)(layers.ReLU()(layers.BatchNormalization()(y)))
    return layers.Add()([shortcut, y])


def residual_stages(x, widths, blocks_per_stage=1, first_stride=1):
    x = convolution(widths[0], stride=first_stride)(x)
    for width in widths[1:]:
        for block in range(blocks_per_stage):
            x = residual_block(x, width, stride=1 if block else 2)
    return layers.ReLU()(layers.BatchNormalization()(x))

# %%
keras.utils.set_random_seed(0)
stem = resnet_stem((32, 32, 3), widths=(16, 32, 64))
shapes_through(stem)

# %% [markdown] lang="en"
# Again 8x8 places of 64 numbers: as many tokens as a plain ViT makes with $P = 4$. Does a map still know where things are? A drawn star of 64x64 pixels, and four channels of the map that two convolutions make of it, before any training:

# %% [markdown] lang="ko"
# 이번에도 8x8 자리에 숫자 64개씩이에요. 토큰 수는 $P = 4$인 ViT와 같아요. 특징 맵에서도 무엇이 어디에 있는지 알 수 있을까요? 코드로 그린 64x64 픽셀 별과, 아직 학습하지 않은 합성곱 두 개가 만든 특징 맵의 채널 네 개를 봐요.

# %% tags=["own-pixels"] alt="A drawn white star left of and below the middle, and four heat maps of 16 x 16 places: in each the star can be made out at its place." alt_ko="가운데에서 왼쪽 아래에 그린 흰 별, 그리고 16 x 16 자리의 특징 맵 네 장. 어느 것에서나 같은 자리에 별이 보여요."
star = draw_shapes(1, shapes=("star",), image_size=64, size=0.3, color="white", position=(40, 24),
                   clutter=0, noise=0, seed=3).images
keras.utils.set_random_seed(0)
maps = ops.convert_to_numpy(stem_of((64, 64, 3), (32, 64))(star / 127.5 - 1))[0]  # (16, 16, 64)

figure, row = plt.subplots(1, 5, figsize=(10, 2.4), layout="constrained")
figure.suptitle("A feature map keeps the places")
row[0].imshow(star[0])
row[0].set_title("picture", fontsize=10)
for axes, channel in zip(row[1:], np.argsort(-maps.std(axis=(0, 1)))):  # those that vary most
    shown = axes.imshow(maps[:, :, channel] / maps[:, :, channel].max(), vmin=0, vmax=1)
    axes.set_title(f"channel {channel}", fontsize=10)
figure.colorbar(shown, ax=list(row), label="value, largest = 1")
for axes in row:
    axes.set(xticks=[], yticks=[])

# %% [markdown] lang="en"
# In every channel the star is where it was, in a quarter of the rows and columns. (The strip on the right and below comes from the border of zeros.) The numbers of one place, through all 64 channels, become the token.
#
# ## 3. Patches of a feature map
#
# `Patches` cuts a feature map as it cuts a picture. On a map with numbered entries, two rows of three places with two channels, **predict** the fourth patch of size 1x1.

# %% [markdown] lang="ko"
# 행과 열이 4분의 1로 줄었지만 어느 채널에서나 별은 제자리에 있어요. (오른쪽과 아래의 띠는 둘레에 두른 0 때문에 생겨요.) 자리 하나에서 채널 64개를 꿰뚫는 숫자 한 줄이 토큰이 돼요.
#
# ## 3. 특징 맵의 패치
#
# `Patches`는 특징 맵도 그림과 똑같이 나눠요. 두 행에 자리가 세 곳씩 있고 채널이 둘인 특징 맵에 번호를 매겼어요. 1x1 패치로 나눌 때 네 번째 패치가 무엇일지 **예측해 보세요.**

# %%
guess = ...  # two numbers

numbered = np.arange(12).reshape(1, 2, 3, 2)  # (B, h, w, C')
patches = ops.convert_to_numpy(Patches(patch_size=1)(numbered))  # (B, N, P*P*C')
print("shape", patches.shape, "| fourth patch", patches[0, 3])
print("nothing but a reshape:", np.array_equal(patches, numbered.reshape(1, 6, 2)))

# %% [markdown] lang="en"
# The fourth place is the first of the second row. With $P = 1$ no number moves: two axes are written as one. The paper says it in one sentence: "the input sequence is obtained by simply flattening the spatial dimensions of the feature map and projecting to the Transformer dimension" (section 3.1).
#
# ### 1x1: one linear map for every place
#
# At every place $(i, j)$ the same $\mathbf{E}$ of shape $(C', D)$ is applied to the $C'$ numbers of that place, and to nothing else:
#
# $$\underset{(D)}{\mathbf{z}_{ij}} = \underset{(C')}{\mathbf{f}_{ij}} \; \underset{(C',\, D)}{\mathbf{E}} + \underset{(D)}{\mathbf{b}}$$
#
# That is what a dense layer does, and what a convolution with a kernel of one pixel does:

# %% [markdown] lang="ko"
# 네 번째 자리는 둘째 행의 첫 자리예요. $P = 1$이면 숫자는 움직이지 않고, 축 두 개를 하나로 이어 쓸 뿐이에요. 논문은 한 문장으로 말해요. "the input sequence is obtained by simply flattening the spatial dimensions of the feature map and projecting to the Transformer dimension"(3.1절).
#
# ### 1x1: 모든 자리에 똑같은 선형 변환
#
# 자리 $(i, j)$마다 형태가 $(C', D)$인 똑같은 $\mathbf{E}$를 그 자리의 숫자 $C'$개에만 적용해요.
#
# $$\underset{(D)}{\mathbf{z}_{ij}} = \underset{(C')}{\mathbf{f}_{ij}} \; \underset{(C',\, D)}{\mathbf{E}} + \underset{(D)}{\mathbf{b}}$$
#
# 완전 연결 층이 하는 일이 바로 이것이고, 커널이 픽셀 하나인 합성곱이 하는 일도 이것이에요.

# %%
rng = np.random.default_rng(0)
f = rng.random((4, 6, 16), "float32")  # (h, w, C')
E, b = rng.normal(0, 0.25, (16, 5)).astype("float32"), rng.normal(0, 0.25, 5).astype("float32")
by_hand = np.array([[f[i, j] @ E + b for j in range(6)] for i in range(4)])  # (h, w, D)

dense, convolution_1x1 = layers.Dense(5), layers.Conv2D(5, kernel_size=1)
dense.build((None, 24, 16))
convolution_1x1.build((None, 4, 6, 16))
dense.set_weights([E, b])
convolution_1x1.set_weights([E[None, None], b])  # (1, 1, C', D)
by_dense = ops.convert_to_numpy(dense(Patches(1)(f[None])))[0].reshape(4, 6, 5)
by_convolution = ops.convert_to_numpy(convolution_1x1(f[None]))[0]
for name, other in {"Dense on patches of 1x1": by_dense, "1x1 convolution": by_convolution}.items():
    print(f"{name:24} by hand to within 1e-6: {np.abs(other - by_hand).max() < 1e-6}")

# %% [markdown] lang="en"
# So at $P = 1$ equation (1) mixes no places at all. Neighbors have met before, in the 3x3 convolutions of the stem; everybody meets afterwards, in attention.
#
# ### Larger patches
#
# $P = 1$ is the special case; the lecture allows any. A patch of 2x2 places is flattened to $4 C'$ numbers. For a map of 8x8 places with 64 channels, and $D = 64$:

# %% [markdown] lang="ko"
# 그러니 $P = 1$이면 식 (1)에서는 자리끼리 전혀 섞이지 않아요. 이웃끼리는 그 전에 스템의 3x3 합성곱에서 만났고, 모두가 만나는 것은 그 뒤 어텐션(attention)에서예요.
#
# ### 더 큰 패치
#
# $P = 1$은 특별한 경우이고, 강의에서는 어떤 크기든 쓸 수 있어요. 2x2 자리로 된 패치를 평탄화하면 숫자가 $4 C'$개예요. 8x8 자리, 채널 64개인 특징 맵에서 $D = 64$이면 다음과 같아요.

# %%
for P in (1, 2, 4):
    N, numbers, D = 8 * 8 // P**2, P * P * 64, 64
    print(f"P = {P}: {N:2} patches of {numbers:5,} numbers, E has {numbers * D + D:6,} parameters, "
          f"{(N + 1) ** 2:5,} pairs of tokens")

# %% [markdown] lang="en"
# Larger patches make attention cheap and $\mathbf{E}$ large. On photographs of 112x112 pixels our stem makes maps of 14x14 places; there we take $P = 2$. $P$ has to divide the *map*; whether it divides the picture does not matter.
#
# ## 4. What one token has seen
#
# A patch of the plain ViT holds 4x4 pixels, and its token knows nothing else. How many pixels does one place of a feature map depend on? Lesson 7 counts this *receptive field*: a convolution with kernel $k$ widens it by $k - 1$ steps, and its stride $s$ makes the steps after it longer. With $r$ for the width and $j$ for the step, both in pixels and both 1 at first:
#
# $$r \leftarrow r + (k - 1) \, j, \qquad j \leftarrow j \, s$$
#
# **Predict** $r$ and $j$ for two convolutions of 3x3 and stride 2.

# %% [markdown] lang="ko"
# 패치가 커지면 어텐션의 계산은 줄고 $\mathbf{E}$는 커져요. 112x112 픽셀 사진에서는 우리 스템이 14x14 자리의 특징 맵을 만들어요. 거기서는 $P = 2$로 해요. $P$는 *특징 맵*을 나눌 수 있어야 해요. 원래 그림을 나누는지는 상관없어요.
#
# ## 4. 토큰 하나가 본 것
#
# ViT의 패치에는 4x4 픽셀이 들어 있고, 그 토큰은 그것밖에 몰라요. 특징 맵의 자리 하나는 픽셀 몇 개로 정해질까요? 수업 7에서 센 *수용 영역*(receptive field)이에요. 커널이 $k$인 합성곱은 $k - 1$걸음만큼 넓히고, 스트라이드 $s$는 그다음부터의 걸음을 늘려요. 너비를 $r$, 한 걸음을 $j$라고 쓰면(단위는 픽셀, 처음에는 둘 다 1) 다음과 같아요.
#
# $$r \leftarrow r + (k - 1) \, j, \qquad j \leftarrow j \, s$$
#
# 3x3, 스트라이드 2인 합성곱 두 개를 지나면 $r$와 $j$가 얼마일지 **예측해 보세요.**

# %%
guess = ...  # r and j


def field(convolutions):
    """(kernel, stride) of each: side of what one place sees, step to the next one, in pixels."""
    r = j = 1
    for kernel, stride in convolutions:
        r, j = r + (kernel - 1) * j, j * stride
    return r, j


print("patch of 4x4        ", field([(4, 4)]))
print("two convolutions    ", field([(3, 2), (3, 2)]))
print("ResNet, two stages  ", field([(3, 1), (3, 2), (3, 1), (3, 2), (3, 1)]))

# %% [markdown] lang="en"
# All three step 4 pixels from place to place, so all three make 8x8 tokens of 32x32 pixels. But they see 4, 7 and 21 pixels in each direction. Wide windows overlap, so an ear that lies across the border of two patches is seen whole by both tokens. Measured, as in lesson 7, for the token in row 4, column 4:

# %% [markdown] lang="ko"
# 셋 다 자리와 자리의 간격이 4픽셀이라서, 32x32 픽셀에서 토큰 8x8개를 만들어요. 하지만 한 방향으로 보는 픽셀은 4개, 7개, 21개예요. 넓은 창은 서로 겹쳐요. 그래서 귀가 두 패치의 경계에 걸쳐 있어도 두 토큰 모두 온전히 봐요. 4행 4열의 토큰에서 수업 7처럼 재 봐요.

# %% alt="Three maps of 32 x 32 pixels that show how strongly one token depends on each pixel: a square of 4 x 4, one of 7 x 7, and one of 21 x 21 that is bright in the middle and fades to its border." alt_ko="토큰 하나가 픽셀마다 얼마나 달라지는지 보여 주는 32 x 32 픽셀 그림 세 장. 4 x 4 정사각형, 7 x 7 정사각형, 그리고 가운데가 밝고 가장자리로 갈수록 어두워지는 21 x 21 정사각형이에요."
keras.utils.set_random_seed(0)
example = draw_shapes(1, seed=3).images[0].astype("float32")
fields = {}
for name, function in {"patch of 4x4": layers.Conv2D(64, 4, 4), "two convolutions": small_stem,
                       "ResNet stem": stem}.items():
    def middle(images, function=function):
        return function(images / 127.5 - 1)[:, 4, 4]

    seen = sensitivity(middle, example)  # (H, W)
    top, left, height, width = receptive_field(seen)
    fields[f"{name}: {height} x {width}"] = seen
plot_fields(fields, "The same step, a wider view: what one token depends on")

# %% [markdown] lang="en"
# On the left is the token of a plain ViT: nothing outside its patch. On the right is the ResNet stem: two thirds of the picture's width. So a hybrid's token knows its neighborhood before the first attention. The plain ViT has to learn to fetch it.
#
# ### Broken on purpose: convolutions without an activation *(further)*
#
# The ReLU between two convolutions looks like a detail. Leave it out: no error, the same shapes, and the model trains. What is lost? A convolution is linear, and two linear maps in a row are one. **Predict** the kernel size and the stride of the single convolution that replaces two of 3x3 and stride 2.

# %% [markdown] lang="ko"
# 왼쪽은 ViT의 토큰이에요. 자기 패치 밖은 전혀 몰라요. 오른쪽은 ResNet 스템이에요. 그림 너비의 3분의 2를 봐요. 그러니 하이브리드의 토큰은 첫 어텐션 전에 이미 자기 주변을 알아요. ViT는 주변을 가져오는 법부터 배워야 해요.
#
# ### 일부러 망가뜨리기: 활성화 함수가 없는 합성곱 *(심화)*
#
# 합성곱 사이의 ReLU는 사소해 보여요. 빼도 오류가 없고, 형태도 같고, 학습도 돼요. 무엇을 잃을까요? 합성곱은 선형이고, 선형 변환 두 개를 이으면 하나가 돼요. 3x3, 스트라이드 2인 합성곱 두 개를 대신할 합성곱 하나의 커널 크기와 스트라이드를 **예측해 보세요.**

# %%
guess = ...  # kernel size and stride

rng = np.random.default_rng(0)
first, second = rng.integers(-2, 3, (2, 3, 3))  # two kernels
one = np.zeros((7, 7), int)
# every weight of the second adds a copy of the first, 2 pixels further on
for (row, column), weight in np.ndenumerate(second):
    one[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] += weight * first

image = rng.integers(-3, 4, (15, 15))
at_once = convolve(image, one[:, :, None], stride=4)[:, :, 0]  # (3, 3)
halfway = convolve(image, first[:, :, None], stride=2)[:, :, 0]  # (7, 7)
print("two without an activation are the one of 7x7:",
      np.array_equal(convolve(halfway, second[:, :, None], stride=2)[:, :, 0], at_once))
rectified = np.maximum(halfway, 0)
print("two with a ReLU between them are it:         ",
      np.array_equal(convolve(rectified, second[:, :, None], stride=2)[:, :, 0], at_once))

# %% [markdown] lang="en"
# A kernel of 7x7, stride 4: the receptive field and the step. So a stem without activations is *one* patch embedding, with patches of 7x7 that overlap, however many convolutions it is written as. Batch normalization changes nothing about that, since once trained it only scales and shifts. If you forget the ReLU, you have built a plain ViT with overlapping patches, and no message says so.
#
# ## 5. The hybrid
#
# In the module the hybrid is `VisionTransformer` with a stem. One method says what is cut into patches; the rest is what you read in lesson 4:

# %% [markdown] lang="ko"
# 7x7 커널에 스트라이드 4예요. 수용 영역과 간격 그대로예요. 그러니 활성화 함수가 없는 스템은 합성곱을 몇 개로 나눠 쓰든 패치 임베딩(patch embedding) *하나*예요. 7x7 패치가 서로 겹칠 뿐이에요. 배치 정규화가 있어도 마찬가지예요. 학습이 끝나면 배율을 곱하고 이동값을 더할 뿐이니까요. ReLU를 빠뜨리면 패치가 겹치는 ViT를 만든 셈인데, 아무 오류도 나지 않아요.
#
# ## 5. 하이브리드
#
# 모듈에서 하이브리드는 스템이 있는 `VisionTransformer`예요. 무엇을 패치로 나눌지는 메서드 하나가 정해요. 나머지는 수업 4에서 읽은 그대로예요.

# %% quotes="vit_keras.vit.VisionTransformer.feature_map"
def feature_map(self, images):
    x = self.normalize(images)
    return x if self.stem is None else self.stem(x)

# %% [markdown] lang="en"
# `create_hybrid_vit` makes the stem and hands it over, in one call. From two pictures to their logits:

# %% [markdown] lang="ko"
# `create_hybrid_vit`는 스템을 만들어 넘겨주는 일까지 한 번에 해요. 그림 두 장이 로짓(logit)이 되기까지를 봐요.

# %%
behind = {"patch_size": 1, "num_layers": 2, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}
small = {"stem": "resnet", "stem_widths": (16, 32, 64), **behind}  # for a laptop
keras.utils.set_random_seed(0)
by_hand = VisionTransformer((32, 32, 3), num_classes=10, stem=stem, **behind)
hybrid = create_hybrid_vit((32, 32, 3), num_classes=10, **small)
print(f"parameters {hybrid.count_params():,}, in two steps {by_hand.count_params():,}")

pictures = draw_shapes(2, seed=1).images
f = hybrid.feature_map(pictures)  # the stem
f_p = hybrid.patches(f)
z_0 = hybrid.patch_encoder(f_p)  # (1)
z_L = hybrid.encoder(z_0)  # (2) (3), and the norm of (4)
logits = hybrid.head(z_L[:, 0])  # (4)
for name, value in {"picture": pictures, "f": f, "f_p": f_p, "z_0": z_0, "LN(z_L)": z_L,
                    "logits": logits}.items():
    print(f"{name:8}", tuple(value.shape))

# %% [markdown] lang="en"
# A class token comes before the 64 places, and positions are added: $T = 65$. How much of it is new? We give a plain ViT "pictures" of 8x8 pixels with 64 channels, patches of 1x1, and the hybrid's weights without those of the stem. Does it compute the same logits from the feature map as the hybrid from the picture?

# %% [markdown] lang="ko"
# 자리 64곳 앞에 클래스 토큰(class token)을 붙이고 위치 임베딩(position embedding)을 더해서 $T = 65$예요. 새로운 것은 얼마나 될까요? ViT에게 채널이 64개인 8x8 픽셀 '그림'을 주고, 패치를 1x1로 하고, 하이브리드의 가중치에서 스템만 빼고 모두 넣어요. 하이브리드가 그림에서 계산한 로짓과 똑같은 로짓을 특징 맵에서 계산할까요?

# %%
# mean and deviation are chosen so that pixels stay as they are
plain = VisionTransformer((8, 8, 64), num_classes=10, mean=0.0, deviation=1 / 255, **behind)
rng = np.random.default_rng(0)
plain.set_weights([rng.normal(0, 0.1, weight.shape) for weight in plain.weights])  # none at zero
hybrid.set_weights(hybrid.stem.get_weights() + plain.get_weights())
same = np.allclose(ops.convert_to_numpy(plain(f)),
                   ops.convert_to_numpy(hybrid(pictures)), atol=1e-4)
print("the same logits:", same)

# %% [markdown] lang="en"
# The same. A hybrid is a plain ViT that looks at a CNN's map instead of at the picture, no more. Where do its parameters sit?

# %% [markdown] lang="ko"
# 똑같아요. 하이브리드는 그림 대신 CNN의 특징 맵을 보는 ViT이고, 그 밖에 다른 것은 없어요. 파라미터는 어디에 있을까요?

# %%
parts = {"stem": hybrid.stem, "E, x_class, E_pos": hybrid.patch_encoder,
         "2 blocks, last LN": hybrid.encoder, "head": hybrid.head}
for name, part in parts.items():
    print(f"{name:18}{part.count_params():8,}")
print(f"{'all':18}{hybrid.count_params():8,}")

# %% [markdown] lang="en"
# About half of them sit in the stem.
#
# ## 6. Three models, one recipe, one budget
#
# The hybrid stands beside the ViT and the CNN of lesson 5: the same data, recipe, and ten minutes. Where the CNN has its last stage, the hybrid has an encoder. (The fourth row, the stem alone, belongs to section 7.)

# %% [markdown] lang="ko"
# 절반쯤이 스템에 있어요.
#
# ## 6. 세 모델, 하나의 레시피, 같은 시간
#
# 하이브리드를 수업 5의 ViT, CNN과 나란히 세워 봐요. 데이터, 레시피(recipe), 시간(10분)이 모두 같아요. CNN의 마지막 단계가 있을 자리에 하이브리드는 인코더를 놓았어요. (넷째 줄 stem alone은 7절에서 다뤄요.)

# %%
on_cifar = show("cifar10_laptop", "hybrid")

# %% alt="Recorded learning curves on CIFAR-10, ten minutes each: hybrid and CNN end close together, the ViT far below." alt_ko="CIFAR-10에서 10분씩 학습한 기록의 학습 곡선. 하이브리드와 CNN은 가까이 끝나고 ViT는 한참 아래예요."
three = {name: on_cifar[name]["history"] for name in ("ViT", "CNN", "hybrid")}
plot_learning_curves(three, "CIFAR-10: the hybrid is near the CNN, far above the ViT")

# %% [markdown] lang="en"
# The hybrid reaches {{cifar10_laptop:runs.hybrid.test_accuracy|.1%}} with about as many parameters as the ViT ({{cifar10_laptop:runs.vit.test_accuracy|.1%}}) and half of the CNN's ({{cifar10_laptop:runs.cnn.test_accuracy|.1%}}). Its distance to the CNN, about two points in one run each, may be chance.
#
# Photographs of cats and dogs, 112x112 pixels, where the stem's map is cut with $P = 2$:

# %% [markdown] lang="ko"
# 하이브리드는 {{cifar10_laptop:runs.hybrid.test_accuracy|.1%}}예요. 파라미터 수는 ViT({{cifar10_laptop:runs.vit.test_accuracy|.1%}})와 비슷하고 CNN({{cifar10_laptop:runs.cnn.test_accuracy|.1%}})의 절반이에요. CNN과의 차이는 2퍼센트포인트쯤인데, 한 번씩 학습한 결과라서 우연일 수 있어요.
#
# 112x112 픽셀 고양이와 개 사진에서는 스템의 특징 맵을 $P = 2$로 나눠요.

# %%
on_photographs = show("cats_vs_dogs_laptop", "hybrid")

# %% [markdown] lang="en"
# The same picture. With 2,000 test photographs the noise of a single run is about four points (lesson 6): hybrid and CNN cannot be told apart, the ViT is clearly behind.
#
# Yours, on CIFAR-10:

# %% [markdown] lang="ko"
# 여기서도 같아요. 테스트 사진이 2,000장이면 한 번 학습한 결과의 우연이 4퍼센트포인트쯤이에요(수업 6). 하이브리드와 CNN은 구별되지 않고, ViT는 분명히 뒤처져요.
#
# CIFAR-10에서 직접 학습해 봐요.

# %% tags=["nbval-ignore-output"]
cifar10 = vit_keras.load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=128, laptop=None, gpu=None)
)
cifar10

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes each; gpu: 8 minutes each
vit_size = {"patch_size": 4} | pick(
    smoke={"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
    gpu={"num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
)
hybrid_size = {"stem": "resnet", "patch_size": 1} | pick(
    smoke={"stem_widths": (16, 16, 16), "num_layers": 1, "hidden_dim": 32, "num_heads": 2,
           "mlp_dim": 64},
    laptop={"stem_widths": (16, 32, 64), "num_layers": 2, "hidden_dim": 64, "num_heads": 4,
            "mlp_dim": 128},
    gpu={"stem_widths": (64, 128, 256), "blocks_per_stage": 2, "num_layers": 7, "hidden_dim": 256,
         "num_heads": 4, "mlp_dim": 768},
)
cnn_size = pick(
    smoke={"widths": (16, 16, 32), "blocks_per_stage": 1},
    laptop={"widths": (16, 32, 64, 128), "blocks_per_stage": 1},
    gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
)
recipe = Recipe(**pick(smoke={"epochs": 1}, laptop={"minutes": 2}, gpu={"minutes": 8}))


def new_hybrid():
    return create_hybrid_vit((32, 32, 3), num_classes=10, **hybrid_size)


keras.utils.set_random_seed(0)
models = {"ViT": VisionTransformer((32, 32, 3), num_classes=10, **vit_size),
          "CNN": create_cnn_classifier((32, 32, 3), num_classes=10, **cnn_size),
          "hybrid": new_hybrid(), "stem alone": stem_alone(new_hybrid())}
names = list(models)[-pick(smoke=2, laptop=4, gpu=4):]
runs = {name: train(models[name], cifar10, recipe) for name in names}
Markdown(comparison(runs))

# %% [markdown] lang="en"
# ## 7. Which part does it?
#
# The hybrid is ahead of the ViT. Is the encoder worth anything then, or would the stem have done it alone? Leave each part out in turn:
#
# | | without an encoder | with an encoder |
# |---|---|---|
# | without a stem | | encoder only: the plain ViT |
# | with a stem | stem only: mean over all places, linear head | both: the hybrid |
#
# The stem alone is soon built:

# %% [markdown] lang="ko"
# ## 7. 어느 부분 덕분일까요?
#
# 하이브리드가 ViT보다 앞서요. 그러면 인코더는 쓸모가 있을까요? 스템만으로도 그만큼 했을지 몰라요. 부분을 하나씩 빼 봐요.
#
# | | 인코더 없이 | 인코더와 함께 |
# |---|---|---|
# | 스템 없이 | | 인코더만: ViT |
# | 스템과 함께 | 스템만: 모든 자리의 평균, 선형 분류층 | 둘 다: 하이브리드 |
#
# 스템만 있는 모델은 금방 만들어요.

# %%
images = keras.Input((32, 32, 3))
x = layers.GlobalAveragePooling2D()(hybrid.feature_map(images))  # (B, K)
alone = keras.Model(images, layers.Dense(10, name="head")(x))
cnn = create_cnn_classifier((32, 32, 3), 10, widths=small["stem_widths"])
print(f"stem alone {alone.count_params():,}, the module's {stem_alone(hybrid).count_params():,}, "
      f"a CNN with the stem's widths {cnn.count_params():,} parameters")

# %% [markdown] lang="en"
# With a ResNet stem this is the CNN of lesson 5, one stage shorter. In the recorded table of section 6 it reaches {{cifar10_laptop:runs.stem.test_accuracy|.1%}}: most of the hybrid's lead over the ViT is there before attention comes in, and the last two points, in one run each, may be chance. But that table changes more than one thing. Its ViT has four blocks and the hybrid two, each was trained once, and the stem alone went through the data {{cifar10_laptop:runs.stem.epochs|.0f}} times, the hybrid {{cifar10_laptop:runs.hybrid.epochs|.0f}} times.
#
# Clean, and smaller: the same three blocks with and without a stem of two convolutions, 4,000 images seen 30 times (recorded with the data sizes of lesson 7).

# %% [markdown] lang="ko"
# ResNet 스템이라면 수업 5의 CNN에서 마지막 단계를 뺀 것과 같아요. 6절의 기록에서 이 모델은 {{cifar10_laptop:runs.stem.test_accuracy|.1%}}예요. 하이브리드가 ViT를 앞선 것은 대부분 어텐션이 나오기 전에 얻은 것이고, 나머지 2퍼센트포인트는 한 번씩 학습한 결과라 우연일 수 있어요. 그런데 그 표에서는 여러 가지가 함께 달라요. ViT는 블록이 네 개, 하이브리드는 두 개예요. 모델마다 한 번씩만 학습했어요. 그리고 스템만 있는 모델은 데이터를 {{cifar10_laptop:runs.stem.epochs|.0f}}번, 하이브리드는 {{cifar10_laptop:runs.hybrid.epochs|.0f}}번 훑었어요.
#
# 작게, 하나씩만 바꿔서 다시 해 봐요. 똑같은 블록 세 개를 합성곱 두 개로 된 스템과 함께, 또는 스템 없이 쓰고, 그림 4,000장을 30번 훑어요. (수업 7의 데이터 크기 실험과 함께 기록했어요.)

# %%
clean = show("inductive_bias_data_size", "parts")

# %% [markdown] lang="en"
# The three test accuracies lie within two points of each other. **With so little data, neither part shows what it is worth.** Both models with an encoder know their training pictures by heart; the stem alone, with a twentieth of the parameters, knows half of them and does as well on new ones. On 45,000 pictures (section 6) the deeper ResNet stem was worth much. What a part brings is not a property of the part: it depends on the data, the time, and on what else is there.

# %% [markdown] lang="ko"
# 세 모델의 테스트 정확도는 2퍼센트포인트 안에 모여 있어요. **데이터가 이렇게 적으면 어느 부분의 가치도 드러나지 않아요.** 인코더가 있는 두 모델은 학습 그림을 외웠어요. 스템만 있는 모델은 파라미터가 20분의 1이고 학습 그림을 절반만 맞히는데도 새 그림은 그만큼 맞혀요. 45,000장을 쓴 6절에서는 더 깊은 ResNet 스템이 큰 몫을 했어요. 한 부분이 무엇을 보태는지는 그 부분만의 성질이 아니에요. 데이터와 시간, 그리고 함께 있는 것에 달려 있어요.

# %% [markdown] lang="en"
# ## 8. What others have measured *(further)*
#
# The cleanest published answer compares models of the same size, trained in the same way on CIFAR-10 for 200 passes ([SHI-Labs](https://github.com/SHI-Labs/Compact-Transformers)). With patches of 4x4 pixels their CVT reaches 92.43%; with one 3x3 convolution and pooling in their place, the same model, then called CCT, reaches 94.78%, with hardly more parameters. (These authors report the best epoch on the *test* images, which flatters both.)
#
# And with much more data? The paper compared ViTs and hybrids by the compute they were trained with: "hybrids slightly outperform ViT at small computational budgets, but the difference vanishes for larger models" (section 4.4). A stem is a shortcut: it brings what a ViT can learn by itself, given enough pictures.

# %% [markdown] lang="ko"
# ## 8. 다른 사람들이 잰 것 *(심화)*
#
# 가장 깔끔하게 답하는 발표 결과는 크기가 같은 모델을 CIFAR-10에서 똑같은 방법으로 200번 훑어 비교해요([SHI-Labs](https://github.com/SHI-Labs/Compact-Transformers)). 4x4 픽셀 패치를 쓴 CVT는 92.43%예요. 패치 대신 3x3 합성곱 하나와 풀링을 놓은 같은 모델, 곧 CCT는 파라미터가 거의 늘지 않는데 94.78%예요. (이 저자들은 *테스트* 데이터에서 가장 좋았던 에폭(epoch)을 보고해서 두 숫자 모두 실제보다 좋아 보여요.)
#
# 데이터가 훨씬 많으면 어떨까요? 논문은 학습에 쓴 계산량을 기준으로 ViT와 하이브리드를 비교했어요. "hybrids slightly outperform ViT at small computational budgets, but the difference vanishes for larger models"(4.4절). 스템은 지름길이에요. ViT가 그림을 충분히 보면 스스로 배울 수 있는 것을 처음부터 갖고 와요.

# %% [markdown] lang="en"
# ## 9. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | $\mathbf{f}$, the feature map | `hybrid.feature_map(images)` | (B, 8, 8, 64) |
# | $h = \lceil H / s \rceil$ | `Conv2D(..., strides=s, padding="same")` | 32 -> 16 -> 8 |
# | $P$, in places of the map | `patch_size` | 1 on CIFAR-10, 2 on photographs |
# | $\mathbf{f}_p$, $N = hw / P^2$ | `Patches(1)` | (B, 64, 64) |
# | $\mathbf{E}$ at $P = 1$ | `Dense(D)`, or `Conv2D(D, 1)` | (64, 64) |
# | $\mathbf{z}_0$, equation (1) | `PatchEncoder(hidden_dim)` | (B, 65, 64) |
# | $r$, $j$ | `receptive_field(sensitivity(...))` | 21 pixels, in steps of 4 |
#
# - A feature map read place by place is a sequence. The encoder cannot tell it from patches of a picture.
# - At $P = 1$ equation (1) mixes no places; the stem has done it before, over windows that overlap.
# - Without an activation the whole stem is one linear patch embedding, and no error says so.
# - To find out which part brings what, leave one out, change nothing else, and look at the noise.

# %% [markdown] lang="ko"
# ## 9. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | 특징 맵 $\mathbf{f}$ | `hybrid.feature_map(images)` | (B, 8, 8, 64) |
# | $h = \lceil H / s \rceil$ | `Conv2D(..., strides=s, padding="same")` | 32 -> 16 -> 8 |
# | $P$, 특징 맵의 자리로 센 크기 | `patch_size` | CIFAR-10에서 1, 사진에서 2 |
# | $\mathbf{f}_p$, $N = hw / P^2$ | `Patches(1)` | (B, 64, 64) |
# | $P = 1$일 때의 $\mathbf{E}$ | `Dense(D)` 또는 `Conv2D(D, 1)` | (64, 64) |
# | $\mathbf{z}_0$, 식 (1) | `PatchEncoder(hidden_dim)` | (B, 65, 64) |
# | $r$, $j$ | `receptive_field(sensitivity(...))` | 21픽셀, 4픽셀 간격 |
#
# - 특징 맵을 자리마다 차례로 읽으면 시퀀스예요. 인코더는 그것을 그림의 패치와 구별하지 못해요.
# - $P = 1$이면 식 (1)에서는 자리끼리 섞이지 않아요. 섞는 일은 스템이 서로 겹치는 창으로 미리 해 뒀어요.
# - 활성화 함수가 없으면 스템 전체가 선형 패치 임베딩 하나예요. 오류도 나지 않아요.
# - 어느 부분이 무엇을 보태는지 알려면 하나만 빼고, 다른 것은 그대로 두고, 우연의 크기를 따져 보세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/08_hybrid_architecture`](solutions/08_hybrid_architecture.ipynb).
#
# **1. To think about.** Someone builds a hybrid with a ResNet stem, $P = 1$ and `position_embedding=None`: "The stem keeps the places, so the tokens need no positions." What is true?
#
# - A: Nothing is lost; a token's receptive field tells it where it lies.
# - B: The tokens no longer know their neighbors either: it is as if the pixels had been shuffled.
# - C: Each token knows what lies around it, but the encoder no longer knows how the tokens lie to each other: shuffle the places of the map, and $\mathbf{y}$ is the same.
# - D: An error: the encoder needs $\mathbf{E}_{pos}$ to count its tokens.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/08_hybrid_architecture`](solutions/08_hybrid_architecture.ipynb)에 있어요.
#
# **1. 생각해 보기.** 누군가 ResNet 스템에 $P = 1$, `position_embedding=None`으로 하이브리드를 만들었어요. "스템이 자리를 지켜 주니까 토큰에 위치 임베딩은 필요 없어요." 다음 가운데 맞는 것은 무엇일까요?
#
# - A: 잃는 것이 없어요. 수용 영역을 보면 토큰은 자기가 어디에 있는지 알 수 있어요.
# - B: 토큰은 이웃도 모르게 돼요. 픽셀을 섞은 것과 같아요.
# - C: 토큰은 저마다 자기 주변을 알지만, 토큰끼리 어떻게 놓여 있는지 인코더는 몰라요. 특징 맵의 자리를 섞어도 $\mathbf{y}$가 같아요.
# - D: 오류가 나요. 인코더가 토큰을 세려면 $\mathbf{E}_{pos}$가 있어야 해요.

# %%
answer = None  # "A", "B", "C" or "D"

check("8.1", answer)

# %% [markdown] lang="en"
# **2. Change the numbers.** A picture of 64x96 pixels goes through `convolution_stem` with widths (24, 48, 96), every convolution with stride 2, and the map is cut with $P = 2$. How many patches are there, how many numbers does each have, and how many pixels wide is the square that *one patch* depends on?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 64x96 픽셀 그림이 채널 (24, 48, 96)인 `convolution_stem`을 지나요. 합성곱의 스트라이드는 모두 2이고, 특징 맵은 $P = 2$로 나눠요. 패치는 몇 개이고, 패치 하나에 숫자는 몇 개일까요? 그리고 *패치 하나*를 정하는 픽셀들의 정사각형은 한 변이 몇 픽셀일까요?

# %%
num_patches = None
numbers_a_patch = None
pixels_a_patch_sees = None

check("8.2a", num_patches)
check("8.2b", numbers_a_patch)
check("8.2c", pixels_a_patch_sees)

# %% [markdown] lang="en"
# **3. Write code: a stem of your own.** The CCT of section 8 does not use strides in its convolutions; it *pools*. Build such a stem: for each width a 3x3 convolution of stride 1, a ReLU, and a `MaxPooling2D` of 3x3 with stride 2, all with `padding="same"`. Return a `keras.Model` from (B, H, W, C) to (B, h, w, widths[-1]).

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 나만의 스템.** 8절의 CCT는 합성곱에 스트라이드를 쓰지 않고 *풀링*(pooling)을 해요. 그런 스템을 만드세요. 채널 수마다 스트라이드 1인 3x3 합성곱, ReLU, 스트라이드 2인 3x3 `MaxPooling2D`를 차례로 놓고, 모두 `padding="same"`으로 해요. (B, H, W, C)를 (B, h, w, widths[-1])로 바꾸는 `keras.Model`을 돌려주세요.

# %%
def pooled_stem(image_shape, widths):
    """`keras.Model` from (B, H, W, C) to (B, h, w, widths[-1])."""
    raise NotImplementedError


check("8.3", pooled_stem)

# %% [markdown] lang="en"
# **4. Change one thing.** Does it matter that the stem is not linear? Train a hybrid with `compile` and `fit` on `shapes`: a stem of two 3x3 convolutions of stride 2, with a ReLU after each or with none, and one block behind it. Measure it on `new_shapes` with `evaluate`. Run it three times each, with seeds 0, 1 and 2. Then conclude: is the difference of the means larger than two of its standard errors? (`gains(accuracies)[1]` of `vit_keras.lessons` knows both, as `gain` and `error`.)

# %% [markdown] lang="ko"
# **4. 하나만 바꿔 보기.** 스템이 선형이 아니라는 것이 중요할까요? 하이브리드를 `compile`과 `fit`으로 `shapes`에서 학습시키세요. 스템은 스트라이드 2인 3x3 합성곱 두 개예요. 하나마다 ReLU를 붙이거나 전혀 붙이지 않고, 뒤에 블록 하나를 놓아요. `evaluate`로 `new_shapes`에서 재요. 시드 0, 1, 2로 세 번씩 실행하세요. 그리고 결론을 내리세요. 평균의 차이가 그 표준 오차의 두 배보다 큰가요? (`vit_keras.lessons`의 `gains(accuracies)[1]`이 둘을 `gain`과 `error`로 알려 줘요.)

# %%
number = pick(smoke=32, laptop=2000, gpu=2000)
shapes = draw_shapes(number, seed=0)
new_shapes = draw_shapes(number, seed=1)


def accuracy(activation, seed):
    """Train a hybrid whose stem has this activation; returns its accuracy on `new_shapes`."""
    raise NotImplementedError


accuracies = {"linear": [], "relu": []}
conclusion = None  # True: larger than two standard errors; False: it could be chance

check("8.4", conclusion, accuracies=accuracies)

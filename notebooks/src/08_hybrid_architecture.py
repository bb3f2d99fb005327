# %% [markdown] lang="en"
# # The hybrid architecture: tokens from a CNN's feature map
#
# You put a small CNN in front of the encoder, see that what comes out of it is already a sequence of tokens, and measure which of the two parts the gain comes from.
#
# | | |
# |---|---|
# | Lecture | *Hybrid Architecture*: patches from the feature map of a CNN; special case 1x1 |
# | Read first | lessons 1 and 4; lesson 5 for how the models are compared |
# | Time | about an hour of reading and trying, and 8 minutes for the four long cells on a laptop |
#
# **Nobody has to run the long cells.** Longer runs, recorded beforehand, are shown in section 8.

# %% [markdown] lang="ko"
# # 하이브리드 구조: CNN의 특징 맵에서 만드는 토큰
#
# 인코더 앞에 작은 CNN을 놓아요. 거기서 나오는 것이 이미 토큰의 시퀀스라는 것을 확인하고, 성능이 좋아진 것이 둘 가운데 어느 쪽 덕분인지 재요.
#
# | | |
# |---|---|
# | 강의 | *Hybrid Architecture*: CNN의 feature map에서 뽑는 패치, 특별한 경우 1x1 |
# | 먼저 읽을 것 | 수업 1과 4. 모델을 비교하는 방법은 수업 5 |
# | 시간 | 읽고 따라 하는 데 한 시간쯤. 오래 걸리는 셀 네 개가 노트북 컴퓨터에서 8분 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 더 길게 학습한 기록을 8절에서 보여 줘요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say the shape of a feature map and how many tokens it makes, for any stack of strided convolutions;
# 2. explain why a patch of 1x1 is one linear map for every place, and how much of the picture one token has seen;
# 3. build a hybrid, and find out by measuring what its CNN and what its encoder contribute.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 스트라이드(stride)가 있는 합성곱을 어떻게 쌓든, 특징 맵(feature map)의 형태와 거기서 나오는 토큰(token)의 수를 말해요.
# 2. 1x1 패치(patch)가 왜 자리마다 똑같은 선형 변환인지, 토큰 하나가 그림의 얼마를 보았는지 설명해요.
# 3. 하이브리드(hybrid) 모델을 만들고, CNN과 인코더(encoder)가 각각 무엇을 보태는지 재서 알아내요.

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
from IPython.display import Markdown, display
from keras import layers, ops
from matplotlib.patches import Rectangle

import vit_keras
from vit_keras import (
    Patches,
    Recipe,
    VisionTransformer,
    check,
    create_cnn_classifier,
    draw_shapes,
    pick,
    train,
)
from vit_keras.cnn import convolution
from vit_keras.figures import plot_learning_curves
from vit_keras.hybrid import STEMS, policy, resnet_stem
from vit_keras.inside import receptive_field, sensitivity
from vit_keras.lessons import called, comparison, recorded
from vit_keras.patches import patch_grid

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래에서 `pick(smoke=..., laptop=..., gpu=...)`를 만나면 여러분의 프로필에 해당하는 값이 쓰인다고 읽으세요.

# %% [markdown] lang="en"
# ## 1. Patches of what?
#
# The encoder wants a sequence of vectors and does not ask where they come from. Equation (1) makes them of pixels: cut a patch, flatten it, apply one linear map $\mathbf{E}$. Lesson 1 showed that this is a convolution with kernel and stride $P$. So every ViT begins with a convolution, but a strange one: large, alone, without overlap, and with nothing non-linear behind it.
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
# A picture with a bright floor and a bright wall, and two kernels of 3x3: one sums what it sees, one subtracts its left column from its right one.

# %% [markdown] lang="ko"
# ## 1. 무엇의 패치일까요?
#
# 인코더는 벡터의 시퀀스를 받을 뿐, 그것이 어디에서 왔는지 묻지 않아요. 식 (1)은 픽셀로 벡터를 만들어요. 패치를 자르고, 평탄화하고, 선형 변환 $\mathbf{E}$를 한 번 적용해요. 수업 1에서 보았듯이 이것은 커널과 스트라이드가 모두 $P$인 합성곱이에요. 그러니 ViT는 모두 합성곱으로 시작하는 셈이에요. 다만 좀 별난 합성곱이에요. 크고, 하나뿐이고, 겹치지 않고, 뒤에 비선형 함수가 없어요.
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
# 바닥과 벽이 밝은 그림 한 장과 3x3 커널 두 개를 준비해요. 하나는 보이는 것을 모두 더하고, 하나는 오른쪽 열에서 왼쪽 열을 빼요.

# %%
picture = np.array([[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [1, 1, 1, 1, 1],
                    [1, 1, 1, 1, 1]])
bright = np.ones((3, 3), int)
edge = np.array([[-1, 0, 1]] * 3)
print(picture, edge, sep="\n\n")

# %% [markdown] lang="en"
# The window moves in steps of 2. **Predict:** at how many places does it stop, and what do the two kernels say at the first place, top left?

# %% [markdown] lang="ko"
# 창을 두 칸씩 옮겨요. 창이 서는 자리는 몇 곳이고, 맨 처음 자리인 왼쪽 위에서 두 커널은 각각 무엇이라고 할까요? **예측해 보세요.**

# %%
corners = [(0, 0), (0, 2), (2, 0), (2, 2)]  # where the window's top left pixel lies
windows = np.array([picture[row : row + 3, column : column + 3] for row, column in corners])
features = np.array([[np.sum(window * kernel) for kernel in (bright, edge)] for window in windows])
features  # a row for each place: how bright, how much of an edge

# %% [markdown] lang="en"
# Four places, two numbers each. The second and the third are equally bright, and only the edge tells them apart. The windows overlap: the pixel in the middle of the picture is in all four.
#
# Laid out as the places lie, this is the feature map, of shape $(h, w, C') = (2, 2, 2)$. It is what Keras computes:

# %% [markdown] lang="ko"
# 자리가 네 곳이고 자리마다 숫자가 둘이에요. 둘째와 셋째는 밝기가 같고, 경계 값만 달라요. 창은 서로 겹쳐요. 그림 한가운데 픽셀은 네 창에 모두 들어 있어요.
#
# 자리의 배치대로 놓은 것이 형태가 $(h, w, C') = (2, 2, 2)$인 특징 맵이에요. Keras도 똑같이 계산해요.

# %%
def convolve(image, kernels, stride):
    """(H, W) and (3, 3, C') -> (h, w, C'), no padding."""
    x, kernel = image[None, :, :, None].astype("float32"), kernels[:, :, None].astype("float32")
    return ops.convert_to_numpy(ops.conv(x, kernel, strides=stride))[0]


feature_map = convolve(picture, np.stack([bright, edge], axis=-1), stride=2)
print("shape", feature_map.shape, "| as by hand:",
      np.array_equal(feature_map.reshape(4, 2), features))

# %% [markdown] lang="en"
# Now read it the other way round. Take the map row by row, place by place: four vectors of two numbers. That is a sequence, and each vector is what equation (1) calls $\mathbf{f}_p$ with $P = 1$. The CNN has made the tokens; what is left for $\mathbf{E}$ is to bring them to width $D$.

# %% [markdown] lang="ko"
# 이제 거꾸로 읽어 봐요. 특징 맵을 행마다, 자리마다 차례로 읽으면 숫자 두 개짜리 벡터가 네 개예요. 이것이 시퀀스이고, 벡터 하나하나가 $P = 1$일 때 식 (1)의 $\mathbf{f}_p$예요. 토큰은 CNN이 이미 만들었어요. $\mathbf{E}$가 할 일은 너비를 $D$로 맞추는 것뿐이에요.

# %% [markdown] lang="en"
# ## 2. The stem
#
# The CNN in front of an encoder is called its *stem*. Ours come in two kinds. The first is a few 3x3 convolutions, each with batch norm and ReLU, in steps of 2.
#
# Around the picture lies a border of zeros (`padding="same"`), so a convolution of stride $s$ stops at every $s$-th pixel and none is lost at the border:
#
# $$h = \lceil H / s \rceil, \qquad w = \lceil W / s \rceil$$
#
# **Predict** the shapes after each of two convolutions of stride 2, with 32 and 64 channels, for a picture of 32x32 pixels. Then read the function: `policy` only takes care of the numbers' precision.

# %% [markdown] lang="ko"
# ## 2. 스템
#
# 인코더 앞에 놓는 CNN을 *스템*(stem)이라고 불러요. 우리 스템은 두 종류예요. 첫째는 3x3 합성곱 몇 개예요. 하나마다 배치 정규화(batch normalization)와 ReLU가 붙고, 두 칸씩 옮겨 가요.
#
# 그림 둘레에 0을 둘러요(`padding="same"`). 그래서 스트라이드가 $s$인 합성곱은 $s$픽셀마다 한 번 서고, 가장자리에서 잃는 픽셀이 없어요.
#
# $$h = \lceil H / s \rceil, \qquad w = \lceil W / s \rceil$$
#
# 32x32 픽셀 그림이 스트라이드 2인 합성곱 두 개를 지나요. 채널은 32개와 64개예요. 하나를 지날 때마다 형태가 어떻게 될지 **예측해 보세요.** 그다음 함수를 읽어 보세요. `policy`는 숫자의 정밀도를 정할 뿐이에요.

# %% quotes="vit_keras.hybrid.convolution_stem"
def convolution_stem(image_shape, widths=(32, 64), first_stride=2, dtype=None):
    """3x3 convolutions, each with batch norm and ReLU; the first has `first_stride`, every other halves.

    Args:
        image_shape: triple of ints `(H, W, C)`.
        widths: tuple of ints. Channels of each convolution.
        first_stride: int. Stride of the first convolution.
        dtype: Keras dtype policy of all layers.

    Returns:
        `keras.Model` from `(B, H, W, C)` to `(B, h, w, widths[-1])`.

    Raises:
        ValueError: no convolution, or an image too small to be halved as often.

    Reference:
        Xiao et al., 2021, https://arxiv.org/abs/2106.14881.
    """
    least = first_stride * 2 ** max(0, len(widths) - 1)
    if not widths or min(image_shape[:2]) < least:
        raise ValueError(
            f"{len(widths)} convolutions need at least one, and an image at least {least} pixels high and wide: "
            f"got widths={tuple(widths)} and image_shape={tuple(image_shape)}."
        )
    with policy(dtype):
        x = images = keras.Input(image_shape)
        for number, width in enumerate(widths):
            x = convolution(width, stride=2 if number else first_stride)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return keras.Model(images, x, name="stem")

# %%
def shapes_through(stem):
    """What comes out of every 3x3 convolution, and how many parameters the stem has in all."""
    print("picture              ", stem.input_shape[1:])
    for layer in stem.layers:
        if isinstance(layer, layers.Conv2D) and layer.kernel_size == (3, 3):
            print(f"convolution, stride {layer.strides[0]}", tuple(layer.output.shape[1:]))
    print(f"parameters            {stem.count_params():,}")


keras.utils.set_random_seed(0)
small_stem = convolution_stem((32, 32, 3), widths=(32, 64))
shapes_through(small_stem)

# %% [markdown] lang="en"
# From 1,024 places to 64, from 3 numbers a place to 64. And the parameters: a convolution from $a$ to $b$ channels has a kernel of $9ab$ numbers (no bias: the norm has one). Batch norm keeps four numbers for each channel: scale and shift, which are learned, and the running mean and variance, which are measured.
#
# $$9 \cdot 3 \cdot 32 + 4 \cdot 32 + 9 \cdot 32 \cdot 64 + 4 \cdot 64 = 19{,}680$$
#
# ### The stem of a ResNet
#
# The second kind is the CNN baseline of lesson 5, without its pooling and its head. The paper does the same with a large one: "we feed the intermediate feature maps into ViT with patch size of one 'pixel'" (section 4.1), and the maps are those of a ResNet-50. Ours is made of these blocks:

# %% [markdown] lang="ko"
# 자리가 1,024곳에서 64곳으로 줄고, 자리마다 숫자가 3개에서 64개로 늘었어요. 파라미터는 이렇게 세요. 채널 $a$개를 $b$개로 바꾸는 합성곱의 커널에는 숫자가 $9ab$개 있어요(편향은 배치 정규화에 있으니 따로 없어요). 배치 정규화는 채널마다 숫자 네 개를 가져요. 배율과 이동값은 학습으로 정해지고, 이동 평균과 분산은 재서 얻어요.
#
# $$9 \cdot 3 \cdot 32 + 4 \cdot 32 + 9 \cdot 32 \cdot 64 + 4 \cdot 64 = 19{,}680$$
#
# ### ResNet 스템
#
# 둘째는 수업 5의 CNN에서 풀링과 분류층을 뗀 거예요. 논문은 큰 ResNet-50의 특징 맵으로 똑같이 해요. "we feed the intermediate feature maps into ViT with patch size of one 'pixel'"(4.1절). 우리 스템은 아래 블록으로 되어 있어요.

# %% quotes=["vit_keras.cnn.residual_block", "vit_keras.cnn.residual_stages"]
def residual_block(x, width, stride=1):
    """Two 3x3 convolutions whose result is added to what came in: (B, H, W, C) -> (B, H/s, W/s, width)."""
    start = layers.ReLU()(layers.BatchNormalization()(x))
    shortcut = x
    if stride > 1 or x.shape[-1] != width:
        shortcut = convolution(width, kernel_size=1, stride=stride)(start)
    y = convolution(width, stride=stride)(start)
    y = convolution(width)(layers.ReLU()(layers.BatchNormalization()(y)))
    return layers.Add()([shortcut, y])


def residual_stages(x, widths, blocks_per_stage=1, first_stride=1):
    """A first convolution, and stages of residual blocks that halve: (B, H, W, C) -> (B, h, w, widths[-1])."""
    x = convolution(widths[0], stride=first_stride)(x)
    for width in widths[1:]:
        for block in range(blocks_per_stage):
            x = residual_block(x, width, stride=1 if block else 2)
    return layers.ReLU()(layers.BatchNormalization()(x))

# %% [markdown] lang="en"
# A stage halves height and width in its first convolution and keeps them in the second. **Predict** the five shapes for widths (16, 32, 64), the first convolution having stride 1.

# %% [markdown] lang="ko"
# 단계마다 첫 합성곱이 높이와 너비를 반으로 줄이고, 둘째 합성곱은 그대로 둬요. 채널이 (16, 32, 64)이고 맨 처음 합성곱의 스트라이드가 1이면 형태 다섯 개가 어떻게 될지 **예측해 보세요.**

# %%
keras.utils.set_random_seed(0)
stem = resnet_stem((32, 32, 3), widths=(16, 32, 64))
shapes_through(stem)

# %% [markdown] lang="en"
# Again 8x8 places of 64 numbers: as many tokens as a plain ViT makes with $P = 4$. Does a map still know where things are? A drawn star of 64x64 pixels, and four channels of the map that two convolutions make of it, before any training:

# %% [markdown] lang="ko"
# 이번에도 8x8 자리에 숫자 64개씩이에요. 토큰 수는 $P = 4$인 ViT와 같아요. 특징 맵에서도 무엇이 어디에 있는지 알 수 있을까요? 그려 낸 64x64 픽셀 별과, 아직 학습하지 않은 합성곱 두 개가 만든 특징 맵의 채널 네 개를 봐요.

# %%
drawn = draw_shapes(1, shapes=("star",), image_size=64, size=0.3, color="white", position=(40, 24),
                    clutter=0, noise=0, seed=3).images
keras.utils.set_random_seed(0)
maps = ops.convert_to_numpy(convolution_stem((64, 64, 3))(drawn / 127.5 - 1))[0]  # (h, w, C')
maps.shape

# %% tags=["own-pixels"] alt="A drawn white star left of and below the middle, and four heat maps of 16 x 16 places: in each the star can be made out at its place, brighter or darker than the rest." alt_ko="가운데에서 왼쪽 아래에 그려 낸 흰 별, 그리고 16 x 16 자리의 열 지도 네 장. 지도마다 같은 자리에 별이 주변보다 밝거나 어둡게 보여요."
figure, row = plt.subplots(1, 5, figsize=(10, 2.4), layout="constrained")
figure.suptitle("A feature map keeps the places")
row[0].imshow(drawn[0])
row[0].set_title("picture", fontsize=10)
for axes, channel in zip(row[1:], np.argsort(-maps.std(axis=(0, 1)))):  # those that vary most
    shown = axes.imshow(maps[:, :, channel] / maps[:, :, channel].max(), cmap="viridis",
                        vmin=0, vmax=1)
    axes.set_title(f"channel {channel}", fontsize=10)
bar = figure.colorbar(shown, ax=list(row), label="value, largest = 1")
for axes in row:
    axes.set(xticks=[], yticks=[])

# %% [markdown] lang="en"
# The star is where it was, in a quarter of the rows and columns; one channel answers to its surface, others to its outline. No training was needed for that: a convolution is the same at every place, so what is found moves with the thing. (The strip on the right and below comes from the border of zeros.) A place of the map is one column through all 64 channels, and that column becomes the token.

# %% [markdown] lang="ko"
# 행과 열이 4분의 1로 줄었지만 별은 제자리에 있어요. 어떤 채널은 별의 면에, 어떤 채널은 윤곽에 반응해요. 학습하지 않아도 그래요. 합성곱은 모든 자리에서 똑같이 계산하므로, 물체가 옮겨 가면 찾은 것도 따라 옮겨 가요. (오른쪽과 아래의 띠는 둘레에 두른 0 때문에 생겨요.) 특징 맵의 자리 하나에서 채널 64개를 꿰뚫는 숫자 한 줄이 토큰이 돼요.

# %% [markdown] lang="en"
# ## 3. Patches of a feature map
#
# `Patches` cuts a feature map as it cuts a picture; it does not know the difference. On a map with numbered entries, two rows of three places with two channels, **predict** the fourth patch of size 1x1.

# %% [markdown] lang="ko"
# ## 3. 특징 맵의 패치
#
# `Patches`는 특징 맵도 그림과 똑같이 나눠요. 둘을 구별하지 않아요. 두 행에 자리가 세 곳씩 있고 채널이 둘인 특징 맵에 번호를 매겼어요. 1x1 패치로 나눌 때 네 번째 패치가 무엇일지 **예측해 보세요.**

# %%
numbered = np.arange(12).reshape(1, 2, 3, 2)  # (B, h, w, C')
patches = ops.convert_to_numpy(Patches(patch_size=1)(numbered))  # (B, N, P*P*C')
print("shape", patches.shape, "| fourth patch", patches[0, 3])
print("nothing but a reshape:", np.array_equal(patches, numbered.reshape(1, 6, 2)))

# %% [markdown] lang="en"
# The fourth place is the first of the second row. With $P = 1$ no number moves: two axes are written as one. The paper says it in one sentence: "the input sequence is obtained by simply flattening the spatial dimensions of the feature map and projecting to the Transformer dimension" (section 3.1).
#
# ### 1x1: one linear map for every place
#
# The projection, then. At every place $(i, j)$ the same $\mathbf{E}$ of shape $(C', D)$ is applied to the $C'$ numbers of that place, and to nothing else:
#
# $$\underset{(D)}{\mathbf{z}_{ij}} = \underset{(C')}{\mathbf{f}_{ij}} \; \underset{(C',\, D)}{\mathbf{E}} + \underset{(D)}{\mathbf{b}}$$
#
# That is what a dense layer does, and it is what a convolution with a kernel of one pixel does. Three ways, one result:

# %% [markdown] lang="ko"
# 네 번째 자리는 둘째 행의 첫 자리예요. $P = 1$이면 숫자는 움직이지 않고, 축 두 개를 하나로 이어 쓸 뿐이에요. 논문은 한 문장으로 말해요. "the input sequence is obtained by simply flattening the spatial dimensions of the feature map and projecting to the Transformer dimension"(3.1절).
#
# ### 1x1: 모든 자리에 똑같은 선형 변환
#
# 이제 선형 변환이에요. 자리 $(i, j)$마다 형태가 $(C', D)$인 똑같은 $\mathbf{E}$를 그 자리의 숫자 $C'$개에만 적용해요.
#
# $$\underset{(D)}{\mathbf{z}_{ij}} = \underset{(C')}{\mathbf{f}_{ij}} \; \underset{(C',\, D)}{\mathbf{E}} + \underset{(D)}{\mathbf{b}}$$
#
# 완전 연결 층이 하는 일이 바로 이것이고, 커널이 픽셀 하나인 합성곱이 하는 일도 이것이에요. 세 가지 방법으로 계산하면 결과가 같아요.

# %%
rng = np.random.default_rng(0)
f = rng.random((2, 4, 6, 16), "float32")  # (B, h, w, C')
E, b = rng.normal(0, 0.25, (16, 5)).astype("float32"), rng.normal(0, 0.25, 5).astype("float32")

dense, convolution_1x1 = layers.Dense(5), layers.Conv2D(5, kernel_size=1)
dense.build((None, None, 16))
convolution_1x1.build((None, None, None, 16))
dense.set_weights([E, b])
convolution_1x1.set_weights([E[None, None], b])  # (1, 1, C', D)

# %%
by_hand = np.stack([[f[:, i, j] @ E + b for j in range(6)] for i in range(4)])  # (h, w, B, D)
by_hand = by_hand.transpose(2, 0, 1, 3)  # (B, h, w, D)
by_dense = ops.convert_to_numpy(dense(Patches(1)(f))).reshape(2, 4, 6, 5)
by_convolution = ops.convert_to_numpy(convolution_1x1(f))
for name, other in {"Dense on patches of 1x1": by_dense, "1x1 convolution": by_convolution}.items():
    print(f"{name:24} by hand to within 1e-6: {np.abs(other - by_hand).max() < 1e-6}")

# %% [markdown] lang="en"
# So at $P = 1$ equation (1) mixes no places at all. Neighbours have met before, in the 3x3 convolutions of the stem; everybody meets afterwards, in attention.
#
# ### Larger patches
#
# $P = 1$ is the special case; the lecture allows any. A patch of 2x2 places is flattened to $4 C'$ numbers. **Predict** the rows of this table for a map of 8x8 places with 64 channels and $D = 64$.

# %% [markdown] lang="ko"
# 그러니 $P = 1$이면 식 (1)에서는 자리끼리 전혀 섞이지 않아요. 이웃끼리는 그 전에 스템의 3x3 합성곱에서 만났고, 모두가 만나는 것은 그 뒤 어텐션(attention)에서예요.
#
# ### 더 큰 패치
#
# $P = 1$은 특별한 경우이고, 강의에서는 어떤 크기든 쓸 수 있어요. 2x2 자리로 된 패치를 평탄화하면 숫자가 $4 C'$개예요. 8x8 자리, 채널 64개인 특징 맵에서 $D = 64$일 때 아래 표의 각 줄을 **예측해 보세요.**

# %%
for P in (1, 2, 4, 8):
    N, numbers, D = 8 * 8 // P**2, P * P * 64, 64
    print(f"P = {P}: {N:2} patches of {numbers:5,} numbers, E has {numbers * D + D:8,} parameters, "
          f"{(N + 1) ** 2:5,} pairs of tokens")

# %% [markdown] lang="en"
# Larger patches make attention cheap and $\mathbf{E}$ large. On photographs of 112x112 pixels our stem makes maps of 14x14 places; there we take $P = 2$, since 49 tokens are much cheaper than 196.
#
# $P$ has to divide the map. What if it does not?

# %% [markdown] lang="ko"
# 패치가 커지면 어텐션은 싸지고 $\mathbf{E}$는 커져요. 112x112 픽셀 사진에서는 우리 스템이 14x14 자리의 특징 맵을 만들어요. 거기서는 $P = 2$로 해요. 토큰 49개가 196개보다 훨씬 싸니까요.
#
# $P$는 특징 맵을 나눌 수 있어야 해요. 나눌 수 없으면 어떻게 될까요?

# %%
try:
    patch_grid((None, 8, 8, 64), patch_size=3)  # what `Patches` asks first
except ValueError as error:
    print(error)

# %% [markdown] lang="en"
# To `Patches` the map is an image of 8x8 pixels. Note what is *not* asked: whether $P$ divides the picture. 32 is divisible by 4, but it is the 8 that counts.

# %% [markdown] lang="ko"
# `Patches`에게는 특징 맵이 8x8 픽셀짜리 이미지예요. $P$가 원래 그림을 나누는지는 묻지 않는다는 점을 눈여겨보세요. 중요한 것은 32가 아니라 8이에요.

# %% [markdown] lang="en"
# ## 4. What one token has seen
#
# A patch of the plain ViT holds 4x4 pixels, and its token knows nothing else. How many pixels does one place of a feature map depend on? That square is its *receptive field*. Count from the picture upwards: at first a place is one pixel, $r = 1$, and the next place is one pixel further, $j = 1$. A convolution with kernel $k$ adds $k - 1$ places, each $j$ pixels apart; its stride $s$ makes the steps after it longer:
#
# $$r \leftarrow r + (k - 1) \, j, \qquad j \leftarrow j \, s$$
#
# **Predict** $r$ and $j$ for a patch of 4x4 pixels (one convolution, $k = s = 4$) and for the two stems of section 2.

# %% [markdown] lang="ko"
# ## 4. 토큰 하나가 본 것
#
# ViT의 패치에는 4x4 픽셀이 들어 있고, 그 토큰은 그것밖에 몰라요. 특징 맵의 자리 하나는 픽셀 몇 개로 정해질까요? 그 정사각형을 *수용 영역*(receptive field)이라고 해요. 그림에서부터 차례로 세어 봐요. 처음에는 자리 하나가 픽셀 하나라서 $r = 1$이고, 다음 자리는 한 픽셀 옆이라서 $j = 1$이에요. 커널이 $k$인 합성곱을 지나면 $j$픽셀 간격으로 자리 $k - 1$개가 더해져요. 스트라이드 $s$는 그다음부터의 간격을 늘려요.
#
# $$r \leftarrow r + (k - 1) \, j, \qquad j \leftarrow j \, s$$
#
# 4x4 픽셀 패치(합성곱 하나, $k = s = 4$)와 2절의 두 스템에서 $r$와 $j$가 얼마일지 **예측해 보세요.**

# %%
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
# All three step 4 pixels from place to place, so all three make 8x8 tokens of 32x32 pixels. But they see 4, 7 and 21 pixels in each direction. Windows of 21 pixels in steps of 4 overlap: neighbouring tokens share 17 columns, so a corner or an ear that lies across the border of two patches is seen whole by both.
#
# Is it true? Measure it: make each pixel of a picture a little brighter in turn, and see whether the token in row 4, column 4 changes. `receptive_field` says where the box of those pixels begins (top, left) and how high and wide it is.

# %% [markdown] lang="ko"
# 셋 다 자리와 자리의 간격이 4픽셀이라서, 32x32 픽셀에서 토큰 8x8개를 만들어요. 하지만 한 방향으로 보는 픽셀은 4개, 7개, 21개예요. 21픽셀짜리 창이 4픽셀씩 옮겨 가면 서로 겹쳐요. 이웃한 토큰끼리 17열을 함께 봐요. 그래서 귀나 모서리가 두 패치의 경계에 걸쳐 있어도 두 토큰 모두 온전히 봐요.
#
# 정말 그런지 재 봐요. 그림의 픽셀을 하나씩 조금 밝게 하면서 4행 4열의 토큰이 달라지는지 봐요. `receptive_field`는 달라지게 하는 픽셀들의 상자가 어디(위, 왼쪽)에서 시작하고 높이와 너비가 얼마인지 알려 줘요.

# %%
keras.utils.set_random_seed(0)
picture = draw_shapes(1, seed=3).images[0].astype("float32")
patch_embedding = layers.Conv2D(64, 4, 4)  # E of a plain ViT
fields = {}
for name, function in {"patch of 4x4": patch_embedding, "two convolutions": small_stem,
                       "ResNet stem": stem}.items():
    def middle(images, function=function):
        return function(images / 127.5 - 1)[:, 4, 4]

    fields[name] = sensitivity(middle, picture)  # (H, W)
    print(f"{name:17} top, left, height, width: {receptive_field(fields[name])}")

# %% tags=["own-pixels"] alt="Three maps of 32 x 32 pixels that show how strongly one token depends on each pixel: a square of 4 x 4, one of 7 x 7, and one of 21 x 21 that is bright in the middle and fades to its border." alt_ko="토큰 하나가 픽셀마다 얼마나 달라지는지 보여 주는 32 x 32 픽셀 지도 세 장. 4 x 4 정사각형, 7 x 7 정사각형, 그리고 가운데가 밝고 가장자리로 갈수록 어두워지는 21 x 21 정사각형이에요."
figure, row = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
figure.suptitle("The same step, a wider view: what one token depends on")
for axes, (name, found) in zip(row, fields.items()):
    shown = axes.imshow(found / found.max(), cmap="viridis", vmin=0, vmax=1)
    top, left, height, width = receptive_field(found)
    axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor="white"))
    axes.set_title(f"{name}: {height} x {width}", fontsize=10)
    axes.set(xticks=range(0, 32, 4), yticks=range(0, 32, 4), xlabel="pixel")
    axes.tick_params(labelsize=8)
bar = figure.colorbar(shown, ax=list(row), label="influence of the pixel, largest = 1")

# %% [markdown] lang="en"
# The white frame is the box that was counted. On the left the token of a plain ViT: nothing outside its patch. On the right the ResNet stem: two thirds of the picture's width, the middle more than the border. So a hybrid's token knows its neighbourhood before the first attention. The plain ViT has to learn to fetch it.
#
# ### Broken on purpose: convolutions without an activation
#
# The ReLU between two convolutions looks like a detail. Leave it out: no error, the same shapes, and the model trains. What is lost? A convolution is linear, and two linear maps in a row are one. **Predict** the kernel size and the stride of the single convolution that replaces two of 3x3 and stride 2. (You have just computed both.)

# %% [markdown] lang="ko"
# 흰 테두리가 방금 센 상자예요. 왼쪽은 ViT의 토큰이에요. 자기 패치 밖은 전혀 몰라요. 오른쪽은 ResNet 스템이에요. 그림 너비의 3분의 2를 보고, 가장자리보다 가운데를 더 봐요. 그러니 하이브리드의 토큰은 첫 어텐션 전에 이미 자기 주변을 알아요. ViT는 주변을 가져오는 법부터 배워야 해요.
#
# ### 일부러 망가뜨리기: 활성화 함수가 없는 합성곱
#
# 합성곱 사이의 ReLU는 사소해 보여요. 빼도 오류가 없고, 형태도 같고, 학습도 돼요. 무엇을 잃을까요? 합성곱은 선형이고, 선형 변환 두 개를 이으면 하나가 돼요. 3x3, 스트라이드 2인 합성곱 두 개를 대신할 합성곱 하나의 커널 크기와 스트라이드를 **예측해 보세요.** (방금 둘 다 계산했어요.)

# %%
rng = np.random.default_rng(0)
first, second = rng.integers(-2, 3, (2, 3, 3))  # two kernels
one = np.zeros((7, 7), int)
# every tap of the second is a copy of the first, 2 pixels on
for (row, column), weight in np.ndenumerate(second):
    one[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] += weight * first
one

# %%
def chain(image, kernels, activation=lambda x: x):
    """Convolutions of stride 2 with one channel in a row, the activation between them."""
    for number, kernel in enumerate(kernels):
        image = convolve(activation(image) if number else image, kernel[:, :, None],
                         stride=2)[:, :, 0]
    return image


image = rng.integers(-3, 4, (15, 15))
at_once = convolve(image, one[:, :, None], stride=4)[:, :, 0]  # (3, 3)
print("two without an activation are the one of 7x7:",
      np.array_equal(chain(image, [first, second]), at_once))
print("two with a ReLU between them are it:         ",
      np.array_equal(chain(image, [first, second], activation=lambda x: np.maximum(x, 0)), at_once))

# %% [markdown] lang="en"
# A kernel of 7x7, stride 4: the receptive field and the step. So a stem without activations is *one* patch embedding, with patches of 7x7 that overlap, however many convolutions it is written as. Batch norm changes nothing about that: once trained it only scales and shifts. And $\mathbf{E}$ behind it is one more linear map that melts into the rest. Whoever forgets the ReLU has built a plain ViT with overlapping patches, and gets no message about it. A test finds it: for a linear map the result of a sum is the sum of the results, $f(\mathbf{a} + \mathbf{b}) = f(\mathbf{a}) + f(\mathbf{b})$, and a ReLU breaks that.

# %% [markdown] lang="ko"
# 7x7 커널에 스트라이드 4예요. 수용 영역과 간격 그대로예요. 그러니 활성화 함수가 없는 스템은 합성곱을 몇 개로 나눠 쓰든 패치 임베딩(patch embedding) *하나*예요. 7x7 패치가 서로 겹칠 뿐이에요. 배치 정규화가 있어도 마찬가지예요. 학습이 끝나면 배율을 곱하고 이동값을 더할 뿐이니까요. 그 뒤의 $\mathbf{E}$도 선형 변환이라 하나로 합쳐져요. ReLU를 빠뜨리면 패치가 겹치는 ViT를 만든 셈인데, 아무 오류도 나지 않아요. 시험하면 찾을 수 있어요. 선형 변환에서는 합의 결과가 결과의 합과 같아서 $f(\mathbf{a} + \mathbf{b}) = f(\mathbf{a}) + f(\mathbf{b})$예요. ReLU가 있으면 그렇지 않아요.

# %% [markdown] lang="en"
# ## 5. The hybrid
#
# In the module the hybrid is `VisionTransformer` with a stem. One method says what is cut into patches (its K is our $C'$):

# %% [markdown] lang="ko"
# ## 5. 하이브리드
#
# 모듈에서 하이브리드는 스템이 있는 `VisionTransformer`예요. 무엇을 패치로 나눌지는 메서드 하나가 정해요(여기서 K가 우리의 $C'$예요).

# %% quotes="vit_keras.vit.VisionTransformer.feature_map"
def feature_map(self, images):
    """What is cut into patches: the normalised image, or in a hybrid what the stem makes of it, (B, h, w, K)."""
    x = self.normalize(images)
    return x if self.stem is None else self.stem(x)

# %% [markdown] lang="en"
# The rest of `VisionTransformer` is what you read in lesson 4. `create_hybrid_vit` makes the stem and hands it over:

# %% [markdown] lang="ko"
# `VisionTransformer`의 나머지는 수업 4에서 읽은 그대로예요. `create_hybrid_vit`는 스템을 만들어 넘겨줘요.

# %% quotes="vit_keras.hybrid.create_hybrid_vit"
def create_hybrid_vit(
    image_shape, patch_size, num_layers, hidden_dim, num_heads, mlp_dim, num_classes,
    stem="convolutions", stem_widths=(32, 64), blocks_per_stage=1, first_stride=None, dtype=None, **kwargs,
):
    """A Vision Transformer whose patches are cut from a feature map.

    "As a special case, the patches can have spatial size 1x1, which means that the input sequence is
    obtained by simply flattening the spatial dimensions of the feature map and projecting to the
    Transformer dimension."
    Behind the stem it is the plain model, with the same `Patches`, `PatchEncoder` and encoder.

    Args:
        image_shape: triple of ints `(H, W, C)`.
        patch_size: int or pair of ints. P, in places of the feature map; must divide it. `1` makes
            each place a token.
        num_layers, hidden_dim, num_heads, mlp_dim, num_classes: See `VisionTransformer`.
        stem: `"convolutions"`, see `convolution_stem`, or `"resnet"`, see `resnet_stem`.
        stem_widths: tuple of ints. Channels of the stem's convolutions or stages.
        blocks_per_stage: int. Of `"resnet"`.
        first_stride: int or `None`. Of the stem's first convolution; by default 2 for `"convolutions"`
            and 1 for `"resnet"`.
        dtype: Keras dtype policy of all layers.
        **kwargs: Passed to `VisionTransformer` (`pooling`, `position_embedding`, `name`, ...).

    Returns:
        `VisionTransformer` with a `stem`.

    Raises:
        ValueError: an unknown stem, an image too small to be halved as often, or a `patch_size` that
            does not divide the feature map.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 3.1, from which the sentence is.
    """
    if stem == "convolutions":
        stem = convolution_stem(image_shape, stem_widths, first_stride or 2, dtype)
    elif stem == "resnet":
        stem = resnet_stem(image_shape, stem_widths, blocks_per_stage, first_stride or 1, dtype)
    else:
        raise ValueError(f"`stem` must be one of {', '.join(STEMS)}: got {stem!r}.")
    return VisionTransformer(
        image_shape, patch_size, num_layers, hidden_dim, num_heads, mlp_dim, num_classes,
        stem=stem, dtype=dtype, **kwargs,
    )


made_here = create_hybrid_vit((32, 32, 3), 1, 2, 64, 4, 128, 10, stem="resnet", stem_widths=(16, 32, 64))
print("class", type(made_here).__name__, "| map", made_here.map_shape[1:], "| grid of patches", made_here.grid_shape)

# %% [markdown] lang="en"
# From here on we import it. The sizes of `small` are for a laptop. **Predict** the shapes on the way from two pictures to their logits.

# %% [markdown] lang="ko"
# 여기서부터는 모듈의 함수를 써요. `small`은 노트북 컴퓨터에 맞춘 크기예요. 그림 두 장이 로짓(logit)이 될 때까지 형태가 어떻게 바뀔지 **예측해 보세요.**

# %%
from vit_keras import create_hybrid_vit

small = {"stem": "resnet", "stem_widths": (16, 32, 64), "patch_size": 1, "num_layers": 2,
         "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}
keras.utils.set_random_seed(0)
hybrid = create_hybrid_vit((32, 32, 3), num_classes=10, **small)
print("as many parameters as the one made here:", hybrid.count_params() == made_here.count_params())

# %%
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
# A class token comes before the 64 places, as before the 64 patches of a plain ViT, and positions are added: $T = 65$.
#
# How much of it is new? Give a plain ViT "pictures" of 8x8 pixels with 64 channels, patches of 1x1, and the hybrid's weights without those of the stem. **Predict:** does it compute the same logits from the feature map as the hybrid from the picture?

# %% [markdown] lang="ko"
# ViT의 패치 64개 앞에 그랬듯이 자리 64곳 앞에도 클래스 토큰(class token)을 붙이고, 위치 임베딩(position embedding)을 더해요. 그래서 $T = 65$예요.
#
# 새로운 것은 얼마나 될까요? ViT에게 채널이 64개인 8x8 픽셀 '그림'을 주고, 패치를 1x1로 하고, 하이브리드의 가중치에서 스템만 빼고 모두 넣어요. 하이브리드가 그림에서 계산한 로짓과 똑같은 로짓을 특징 맵에서 계산할까요? **예측해 보세요.**

# %%
behind = {name: small[name]
          for name in ("patch_size", "num_layers", "hidden_dim", "num_heads", "mlp_dim")}
# pixels stay as they are
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
L, D, M, K, N = small["num_layers"], small["hidden_dim"], small["mlp_dim"], 10, 64
channels = small["stem_widths"][-1]
block = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D  # lesson 4
parts = {"stem": hybrid.stem.count_params(), "E and bias": (channels + 1) * D, "x_class": D,
         "E_pos": (N + 1) * D, f"{L} blocks": L * block, "last LN": 2 * D, "head": (D + 1) * K}
for name, number in parts.items():
    print(f"{name:12}{number:9,}")
print(f"{'by formula':12}{sum(parts.values()):9,}\n{'by Keras':12}{hybrid.count_params():9,}")

# %% [markdown] lang="en"
# ## 6. Three models, one recipe, one budget
#
# Both parents stand beside the child: the plain ViT and the CNN of lesson 5, on the same data, by the same recipe, for the same time. Stem and CNN begin with the same layers; where the CNN has its last stage, the hybrid has an encoder.

# %% [markdown] lang="ko"
# ## 6. 세 모델, 하나의 레시피, 같은 시간
#
# 하이브리드를 두 부모 옆에 세워 봐요. 수업 5의 ViT와 CNN이에요. 데이터, 레시피(recipe), 시간이 모두 같아요. 스템과 CNN은 첫 부분이 똑같아요. CNN의 마지막 단계가 있을 자리에 하이브리드는 인코더를 놓았어요.

# %% tags=["nbval-ignore-output"]
cifar10 = vit_keras.load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=512, laptop=None, gpu=None)
)
cifar10

# %%
vit_size = {"patch_size": 4} | pick(
    smoke={"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
    gpu={"num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
)
hybrid_size = {"stem": "resnet", "patch_size": 1} | pick(
    smoke={"stem_widths": (16, 16, 16), "num_layers": 1, "hidden_dim": 32, "num_heads": 2,
           "mlp_dim": 64},
    laptop=small,
    gpu={"stem_widths": (64, 128, 256), "blocks_per_stage": 2, "num_layers": 7, "hidden_dim": 256,
         "num_heads": 4, "mlp_dim": 768},
)
cnn_size = pick(
    smoke={"widths": (16, 16, 32), "blocks_per_stage": 1},
    laptop={"widths": (16, 32, 64, 128), "blocks_per_stage": 1},
    gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
)

# %%
vit = VisionTransformer((32, 32, 3), 4, 4, 64, 4, 128, 10)  # the sizes for a laptop
cnn = create_cnn_classifier((32, 32, 3), 10)
print(*(f"{name} {model.count_params():,}"
        for name, model in {"ViT": vit, "hybrid": hybrid, "CNN": cnn}.items()), sep=", ")

# %% [markdown] lang="en"
# The hybrid has about as many parameters as the ViT, and half of the CNN's, most of which sit in its last stage. The four cells with `train`, three here and one in section 7, are long: 2 minutes each on a laptop, 8 on a GPU. You may read on in section 8 instead.

# %% [markdown] lang="ko"
# 하이브리드의 파라미터 수는 ViT와 비슷하고 CNN의 절반이에요. CNN의 파라미터는 대부분 마지막 단계에 있어요. `train`이 있는 셀이 여기에 세 개, 7절에 하나 있어요. 노트북 컴퓨터에서는 2분씩, GPU에서는 8분씩 걸려요. 실행하지 않고 8절로 넘어가도 돼요.

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes; gpu: 8 minutes
recipe = Recipe(**pick(smoke={"epochs": 1}, laptop={"minutes": 2}, gpu={"minutes": 8}))
keras.utils.set_random_seed(0)
runs = {"ViT": train(VisionTransformer((32, 32, 3), num_classes=10, **vit_size), cifar10, recipe)}

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes; gpu: 8 minutes
keras.utils.set_random_seed(0)
hybrid = create_hybrid_vit((32, 32, 3), num_classes=10, **hybrid_size)
runs["hybrid"] = train(hybrid, cifar10, recipe)

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes; gpu: 8 minutes
keras.utils.set_random_seed(0)
runs["CNN"] = train(create_cnn_classifier((32, 32, 3), 10, **cnn_size), cifar10, recipe)
Markdown(comparison(runs))

# %% tags=["nbval-ignore-output"] alt="Learning curves of ViT, hybrid and CNN: accuracy on training and validation images against minutes of training." alt_ko="ViT, 하이브리드, CNN의 학습 곡선. 학습 시간(분)에 따른 학습 데이터와 검증 데이터의 정확도예요."
plot_learning_curves({name: run["history"] for name, run in runs.items()},
                     f"{called(cifar10.source)}: one recipe, three models")

# %% [markdown] lang="en"
# Full lines are validation images, dotted ones training images as they were shown, augmented.

# %% [markdown] lang="ko"
# 학습 곡선(learning curve)에서 실선은 검증 데이터(validation data), 점선은 증강해서 보여 준 학습 데이터의 정확도예요.

# %% [markdown] lang="en"
# ## 7. Which part does it?
#
# If the hybrid is ahead of the ViT, the stem has helped. But is the encoder worth anything then, or would the stem have done it alone? Leave each part out in turn:
#
# | | without an encoder | with an encoder |
# |---|---|---|
# | without a stem | | encoder only: the plain ViT |
# | with a stem | stem only: mean over all places, linear head | both: the hybrid |
#
# Down the right column one reads what the stem brings, along the lower row what the encoder brings. The right column is not quite clean: on a laptop the plain ViT has four blocks, the hybrid two. The stem alone is made by a function:

# %% [markdown] lang="ko"
# ## 7. 어느 부분 덕분일까요?
#
# 하이브리드가 ViT보다 앞선다면 스템이 도움이 된 거예요. 그런데 그때 인코더는 쓸모가 있을까요? 스템만으로도 그만큼 했을지 몰라요. 부분을 하나씩 빼 봐요.
#
# | | 인코더 없이 | 인코더와 함께 |
# |---|---|---|
# | 스템 없이 | | 인코더만: ViT |
# | 스템과 함께 | 스템만: 모든 자리의 평균, 선형 분류층 | 둘 다: 하이브리드 |
#
# 오른쪽 열을 위에서 아래로 읽으면 스템이 보태는 것이, 아래 행을 왼쪽에서 오른쪽으로 읽으면 인코더가 보태는 것이 보여요. 다만 오른쪽 열에서는 스템만 다른 것이 아니에요. 노트북 컴퓨터에서는 ViT의 블록이 네 개, 하이브리드의 블록이 두 개예요. 스템만 있는 모델은 함수 하나로 만들어요.

# %% quotes="vit_keras.hybrid.stem_alone"
def stem_alone(hybrid):
    """A hybrid without its encoder: the mean of its feature map over all places, and a linear head, as in a CNN.

    Beside the hybrid and the plain ViT it tells what the stem is worth by itself, and what the encoder adds to it.

    Args:
        hybrid: `VisionTransformer` with a `stem` and a head. Both models share the weights of the stem.

    Returns:
        `keras.Model` from images `(B, H, W, C)`, values in [0, 255], to float32 logits `(B, num_classes)`.

    Raises:
        ValueError: a model without a stem.
    """
    if hybrid.stem is None:
        raise ValueError("`hybrid` must have a stem: got a plain Vision Transformer.")
    images = keras.Input(hybrid.image_shape)
    x = layers.GlobalAveragePooling2D(data_format="channels_last")(hybrid.feature_map(images))  # (B, K)
    logits = layers.Dense(hybrid.num_classes, dtype="float32", name="head")(x)
    return keras.Model(images, logits, name="stem_alone")

# %%
keras.utils.set_random_seed(0)
alone = stem_alone(create_hybrid_vit((32, 32, 3), num_classes=10, **small))
print("logits", tuple(alone(pictures).shape), f"| {alone.count_params():,} parameters")
cnn = create_cnn_classifier((32, 32, 3), 10, widths=small["stem_widths"])
print(f"the CNN baseline with the stem's widths: {cnn.count_params():,} parameters")

# %% [markdown] lang="en"
# For a ResNet stem this is nothing new: it is the CNN baseline, one stage shorter.
#
# Note what the mean does: it keeps which features there are in the picture and forgets where. The encoder sees all places at once, with their positions, before it gives one answer.

# %% [markdown] lang="ko"
# ResNet 스템이라면 새로운 모델이 아니에요. 수업 5의 CNN에서 마지막 단계를 뺀 것과 같아요.
#
# 평균이 하는 일을 눈여겨보세요. 그림에 어떤 특징이 있는지는 남기고, 어디에 있는지는 잊어요. 인코더는 답 하나를 내기 전에 모든 자리를 위치와 함께 한꺼번에 봐요.

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes; gpu: 8 minutes
from vit_keras.hybrid import stem_alone  # from here on the imported one

keras.utils.set_random_seed(0)
alone = stem_alone(create_hybrid_vit((32, 32, 3), num_classes=10, **hybrid_size))
runs["stem alone"] = train(alone, cifar10, recipe)

# %%
def contributions(runs):
    """What the hybrid gains over either of its parts, in points on the test; and who is ahead."""
    right = {name: 100 * run["test_accuracy"] for name, run in runs.items()}
    print("ahead:", ", ".join(f"{name} {right[name]:.1f} %"
                              for name in sorted(right, key=right.get, reverse=True)))
    for name, part in {"ViT": "the stem", "stem alone": "the encoder"}.items():
        if name in right and "hybrid" in right:
            print(f"{part} brings {right['hybrid'] - right[name]:+.1f} points: {name} -> hybrid")


contributions({"ViT": {"test_accuracy": 0.5}, "stem alone": {"test_accuracy": 0.6},
               "hybrid": {"test_accuracy": 0.7}})

# %% [markdown] lang="en"
# These three numbers were made up to try the function. Yours:

# %% [markdown] lang="ko"
# 위의 숫자 세 개는 함수를 시험하려고 지어낸 거예요. 여러분의 결과는 이래요.

# %% tags=["nbval-ignore-output"]
contributions(runs)

# %% [markdown] lang="en"
# Be careful with the second number. The stem alone is cheaper, so it had more passes in the same time; the column *epochs* of `comparison(runs)` says how many. And one run with one seed: a point or two may be chance.

# %% [markdown] lang="ko"
# 둘째 숫자는 조심해서 읽으세요. 스템만 있는 모델은 계산이 적어서 같은 시간에 데이터를 더 여러 번 훑었어요. 몇 번인지는 `comparison(runs)`의 *epochs* 열에 나와요. 게다가 시드 하나로 한 번 학습한 결과예요. 1, 2 퍼센트포인트 차이는 우연일 수 있어요.

# %% [markdown] lang="en"
# ## 8. Longer runs, recorded
#
# The same models, trained once for ten minutes each with `benchmarks/train.py` and written to `results/`. What has not been recorded yet says so in one line, and the figure then shows your own runs.

# %% [markdown] lang="ko"
# ## 8. 더 길게 학습한 기록
#
# 같은 모델을 `benchmarks/train.py`로 10분씩 학습시키고 결과를 `results/`에 기록해요. 아직 기록하지 않은 것은 한 줄로 알려 주고, 그때는 여러분이 학습한 결과를 그림으로 보여 줘요.

# %%
def runs_of(name):
    """{title: run} out of results/NAME.json, or {} with a line that says what is not there."""
    file = recorded(name)
    if file is None:
        return {}
    if "hybrid" not in file["runs"]:
        print(f"A hybrid in results/{name}.json is not recorded here.")
        return {}
    titles = {"vit": "ViT", "hybrid": "hybrid", "stem": "stem alone", "cnn": "CNN"}
    return {title: file["runs"][model] for model, title in titles.items() if model in file["runs"]}

# %%
cifar10_runs = runs_of("cifar10_laptop")
if cifar10_runs:
    contributions(cifar10_runs)
    display(Markdown(comparison(cifar10_runs)))

# %% alt="Learning curves of the models on CIFAR-10 against minutes of training." alt_ko="CIFAR-10에서 여러 모델의 학습 곡선. 가로축은 학습 시간(분)이에요."
shown = {name: run for name, run in (cifar10_runs or runs).items() if name != "stem alone"}
best = max(shown, key=lambda name: shown[name]["test_accuracy"])
title = (f"CIFAR-10, ten minutes each: {best} is ahead" if cifar10_runs
         else f"{called(cifar10.source)}, your own short runs")
plot_learning_curves({name: run["history"] for name, run in shown.items()}, title)

# %% [markdown] lang="en"
# In this run the stem alone reaches {{cifar10_laptop:runs.stem.test_accuracy|.1%}}, the hybrid {{cifar10_laptop:runs.hybrid.test_accuracy|.1%}}, the ViT {{cifar10_laptop:runs.vit.test_accuracy|.1%}} and the CNN {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}. Most of the hybrid's lead over the ViT is the stem's work. What the encoder adds to the stem is about two points, and so is the lead over the hybrid of the CNN, which has twice the parameters. With one run each, either may be chance. (The encoder costs time, too: the stem alone went through the data {{cifar10_laptop:runs.stem.epochs|.0f}} times, the hybrid {{cifar10_laptop:runs.hybrid.epochs|.0f}} times.)
#
# Photographs of cats and dogs, 112x112 pixels, where the stem's map is cut with $P = 2$:

# %% [markdown] lang="ko"
# 이 기록에서 스템만 있는 모델(stem alone)은 {{cifar10_laptop:runs.stem.test_accuracy|.1%}}, 하이브리드는 {{cifar10_laptop:runs.hybrid.test_accuracy|.1%}}, ViT는 {{cifar10_laptop:runs.vit.test_accuracy|.1%}}, CNN은 {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}예요. 하이브리드가 ViT를 앞선 것은 대부분 스템 덕분이에요. 인코더가 스템에 보탠 것은 2퍼센트포인트쯤이고, 파라미터가 두 배인 CNN이 하이브리드를 앞선 것도 그쯤이에요. 한 번씩 학습한 결과라서 둘 다 우연일 수 있어요. (인코더는 계산도 더 들어요. 스템만 있는 모델이 데이터를 {{cifar10_laptop:runs.stem.epochs|.0f}}번 훑는 동안 하이브리드는 {{cifar10_laptop:runs.hybrid.epochs|.0f}}번 훑었어요.)
#
# 112x112 픽셀 고양이와 개 사진에서는 스템의 특징 맵을 $P = 2$로 나눠요.

# %%
cats_runs = runs_of("cats_vs_dogs_laptop")
if cats_runs:
    contributions(cats_runs)
    display(Markdown(comparison(cats_runs)))

# %% alt="Learning curves of the models on photographs of cats and dogs, or, while nothing is recorded, on the images of section 6." alt_ko="고양이와 개 사진에서 여러 모델의 학습 곡선. 기록이 없으면 6절에서 학습한 결과의 곡선이에요."
shown = {name: run for name, run in (cats_runs or runs).items() if name != "stem alone"}
best = max(shown, key=lambda name: shown[name]["test_accuracy"])
title = (f"Cats and dogs, ten minutes each: {best} is ahead" if cats_runs
         else "Not recorded: your own runs again")
plot_learning_curves({name: run["history"] for name, run in shown.items()}, title)

# %% [markdown] lang="en"
# The test set of photographs is small: with 2,000 of them the standard error is about one point (lesson 6), so a difference has to be larger than two or three points to mean something. Hybrid and CNN cannot be told apart here; the ViT is clearly behind.
#
# ### For a GPU
#
# The sizes under `gpu` are made for minutes on a large GPU: a ResNet stem of 64, 128 and 256 channels, 64 tokens of width 256, seven blocks, trained with CutMix, MixUp and averaged weights:
#
# ```
# VIT_KERAS_PROFILE=gpu python benchmarks/train.py --models hybrid --long --epochs 150 --record cifar10_hybrid_gpu
# ```

# %% [markdown] lang="ko"
# 테스트 사진이 적다는 것을 기억하세요. 2,000장이면 표준 오차(standard error)가 1 퍼센트포인트쯤이라서(수업 6), 차이가 2, 3퍼센트포인트보다 커야 뜻이 있어요. 하이브리드와 CNN은 여기서 구별되지 않고, ViT는 분명히 뒤처져요.
#
# ### GPU에서
#
# `gpu`의 크기는 큰 GPU에서 몇 분 동안 학습하도록 정했어요. 채널이 64, 128, 256개인 ResNet 스템에 너비 256인 토큰 64개, 블록 일곱 개이고, CutMix와 MixUp, 가중치 평균을 써서 학습해요. 명령은 이래요.
#
# ```
# VIT_KERAS_PROFILE=gpu python benchmarks/train.py --models hybrid --long --epochs 150 --record cifar10_hybrid_gpu
# ```

# %% [markdown] lang="en"
# ## 9. What others have measured
#
# The cleanest published answer to "which part does it?" has three models of the same size, trained in the same way on CIFAR-10 (200 passes, [SHI-Labs](https://github.com/SHI-Labs/Compact-Transformers)):
#
# | model | tokens from | answer from | parameters | CIFAR-10 | CIFAR-100 |
# |---|---|---|--:|--:|--:|
# | ViT-Lite-7/4 | patches of 4x4 pixels | class token | 3.72 M | 91.38 | 69.75 |
# | CVT-7/4 | patches of 4x4 pixels | weighted mean of all tokens | 3.72 M | 92.43 | 73.01 |
# | CCT-7/3x1 | one convolution of 3x3, then pooling | weighted mean of all tokens | 3.76 M | 94.78 | 77.05 |
#
# The convolution in front brings 2.35 points on CIFAR-10 and 4.04 on CIFAR-100, with hardly more parameters. With 300, 1,500 and 5,000 passes and stronger augmentation the same CCT reaches 96.53, 97.48 and 98.00 %. What differs from ours: more passes by far, a larger map (more tokens), no class token, and these authors report the best epoch on the *test* images, which flatters.
#
# And with much more data? The paper compared ViTs and hybrids by the compute they were trained with: "hybrids slightly outperform ViT at small computational budgets, but the difference vanishes for larger models" (section 4.4). It calls that somewhat surprising, since local features should help at any size. A stem is a shortcut: it brings what a ViT can learn by itself, given enough pictures.

# %% [markdown] lang="ko"
# ## 9. 다른 사람들이 잰 것
#
# '어느 부분 덕분일까'에 가장 깔끔하게 답하는 발표 결과가 있어요. 크기가 같은 세 모델을 CIFAR-10에서 똑같은 방법으로 학습했어요(데이터를 200번 훑음, [SHI-Labs](https://github.com/SHI-Labs/Compact-Transformers)).
#
# | 모델 | 토큰을 만드는 것 | 답을 읽는 곳 | 파라미터 | CIFAR-10 | CIFAR-100 |
# |---|---|---|--:|--:|--:|
# | ViT-Lite-7/4 | 4x4 픽셀 패치 | 클래스 토큰 | 3.72 M | 91.38 | 69.75 |
# | CVT-7/4 | 4x4 픽셀 패치 | 모든 토큰의 가중 평균 | 3.72 M | 92.43 | 73.01 |
# | CCT-7/3x1 | 3x3 합성곱 하나와 풀링 | 모든 토큰의 가중 평균 | 3.76 M | 94.78 | 77.05 |
#
# 앞에 놓은 합성곱이 파라미터를 거의 늘리지 않고 CIFAR-10에서 2.35, CIFAR-100에서 4.04 퍼센트포인트를 보탰어요. 증강을 더 강하게 하고 데이터를 300번, 1,500번, 5,000번 훑으면 같은 CCT가 96.53, 97.48, 98.00 %에 이르러요. 우리와 다른 점은 이래요. 데이터를 훨씬 여러 번 훑고, 특징 맵이 더 커서 토큰이 많고, 클래스 토큰이 없어요. 그리고 이 저자들은 *테스트* 데이터에서 가장 좋았던 에폭(epoch)을 보고해서 숫자가 실제보다 좋아 보여요.
#
# 데이터가 훨씬 많으면 어떨까요? 논문은 학습에 쓴 계산량을 기준으로 ViT와 하이브리드를 비교했어요. "hybrids slightly outperform ViT at small computational budgets, but the difference vanishes for larger models"(4.4절). 지역 특징은 모델이 얼마나 크든 도움이 될 것 같은데 그렇지 않아서, 논문도 조금 뜻밖이라고 말해요. 스템은 지름길이에요. ViT가 그림을 충분히 보면 스스로 배울 수 있는 것을 처음부터 갖고 와요.

# %% [markdown] lang="en"
# ## 10. Recap
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
# | the stem alone | `stem_alone(hybrid)` | (B, 10) |
#
# - A feature map read place by place is a sequence. The encoder cannot tell it from patches of a picture.
# - At $P = 1$ equation (1) mixes no places; the stem has done it before, over windows that overlap.
# - Without an activation the whole stem is one linear patch embedding, and no error says so.
# - Which part brings what is a matter of measuring: leave one out, give the same time, look at the noise.

# %% [markdown] lang="ko"
# ## 10. 정리
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
# | 스템만 있는 모델 | `stem_alone(hybrid)` | (B, 10) |
#
# - 특징 맵을 자리마다 차례로 읽으면 시퀀스예요. 인코더는 그것을 그림의 패치와 구별하지 못해요.
# - $P = 1$이면 식 (1)에서는 자리끼리 섞이지 않아요. 섞는 일은 스템이 서로 겹치는 창으로 미리 해 뒀어요.
# - 활성화 함수가 없으면 스템 전체가 선형 패치 임베딩 하나예요. 오류도 나지 않아요.
# - 어느 부분이 무엇을 보태는지는 재야 알아요. 하나를 빼고, 시간을 똑같이 주고, 우연의 크기를 따져 보세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/08_hybrid_architecture`](solutions/08_hybrid_architecture.ipynb).
#
# **1. To think about.** Someone builds a hybrid with a ResNet stem, $P = 1$ and `position_embedding=None`: "The stem keeps the places, so the tokens need no positions." What is true?
#
# - A: Nothing is lost; a token's receptive field tells it where it lies.
# - B: Each token knows what lies around it, but the encoder no longer knows how the tokens lie to each other: shuffle the places of the map, and $\mathbf{y}$ is the same.
# - C: The tokens no longer know their neighbours either: it is as if the pixels had been shuffled.
# - D: An error: the encoder needs $\mathbf{E}_{pos}$ to count its tokens.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/08_hybrid_architecture`](solutions/08_hybrid_architecture.ipynb)에 있어요.
#
# **1. 생각해 보기.** 누군가 ResNet 스템에 $P = 1$, `position_embedding=None`으로 하이브리드를 만들었어요. "스템이 자리를 지켜 주니까 토큰에 위치 임베딩은 필요 없어요." 다음 가운데 맞는 것은 무엇일까요?
#
# - A: 잃는 것이 없어요. 수용 영역을 보면 토큰은 자기가 어디에 있는지 알 수 있어요.
# - B: 토큰은 저마다 자기 주변을 알지만, 토큰끼리 어떻게 놓여 있는지 인코더는 몰라요. 특징 맵의 자리를 섞어도 $\mathbf{y}$가 같아요.
# - C: 토큰은 이웃도 모르게 돼요. 픽셀을 섞은 것과 같아요.
# - D: 오류가 나요. 인코더가 토큰을 세려면 $\mathbf{E}_{pos}$가 있어야 해요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check(answer, "B", hints=[
    ("A", "A token sees a square of pixels. Does the content of a square say where in the "
          "picture it was?",
     "토큰은 픽셀로 된 정사각형을 봐요. 그 안의 내용만 보고 그림의 어디였는지 알 수 있을까요?"),
    ("C", "What does the stem look at: pixels one by one, or windows?",
     "스템은 픽셀을 하나씩 볼까요, 창으로 볼까요?"),
    ("D", "Lesson 2: which weights of attention depend on the number of tokens?",
     "수업 2를 떠올려 보세요. 어텐션의 어떤 가중치가 토큰 수에 따라 달라질까요?"),
])

# %% [markdown] lang="en"
# **2. Change the numbers.** A picture of 64x96 pixels goes through `convolution_stem` with widths (24, 48, 96), every convolution with stride 2, and the map is cut with $P = 2$. How many patches are there, how many numbers has each, and how many pixels wide is the square that *one patch* depends on?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 64x96 픽셀 그림이 채널 (24, 48, 96)인 `convolution_stem`을 지나요. 합성곱의 스트라이드는 모두 2이고, 특징 맵은 $P = 2$로 나눠요. 패치는 몇 개이고, 패치 하나에 숫자는 몇 개일까요? 그리고 *패치 하나*를 정하는 픽셀들의 정사각형은 한 변이 몇 픽셀일까요?

# %%
num_patches = None
numbers_a_patch = None
pixels_a_patch_sees = None

# %%
check(num_patches, 24, hints=[
    (96, "Those are the places of the map. A patch has 2x2 of them.",
     "특징 맵의 자리 수예요. 패치 하나에 자리가 2x2개 있어요."),
    (25, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
    (48, "P counts in both directions: divide by P * P.", "P는 가로세로 모두에 적용돼요. P * P로 나누세요."),
    (1536, "That is N for patches of 2x2 pixels. Here they are cut from the map.",
     "2x2 픽셀 패치일 때의 N이에요. 여기서는 특징 맵에서 잘라요."),
    (384, "Three convolutions: the third halves, too.", "합성곱이 세 개예요. 세 번째도 반으로 줄여요."),
])
check(numbers_a_patch, 384, hints=[
    (96, "That is one place of the map. A patch has 2x2 places.",
     "특징 맵의 자리 하나예요. 패치에는 자리가 2x2개 있어요."),
    (192, "A patch has 2 rows of 2 places.", "패치는 자리 2개씩 2줄이에요."),
    (12, "That is a patch of 2x2 pixels with three colours. How many channels has the map?",
     "색이 셋인 2x2 픽셀 패치예요. 특징 맵의 채널은 몇 개인가요?"),
])
check(pixels_a_patch_sees, 23, hints=[
    (15, "That is one place. The next place of the patch lies one step j further.",
     "그것은 자리 하나예요. 패치의 다음 자리는 간격 j만큼 옆에 있어요."),
    (30, "The two windows overlap: they lie only j = 8 pixels apart.",
     "두 창은 겹쳐요. 서로 j = 8픽셀만 떨어져 있어요."),
    (16, "That is the step from patch to patch, 2 * 8. The windows are wider than their step.",
     "그것은 패치 사이의 간격 2 * 8이에요. 창은 간격보다 넓어요."),
    (7, "r grows by (k - 1) * j, and j doubles with every convolution.",
     "r는 (k - 1) * j만큼 커지고, j는 합성곱마다 두 배가 돼요."),
    (31, "That is four convolutions of stride 2. A patch is one with kernel 2 and stride 2.",
     "스트라이드 2인 3x3 합성곱 네 개예요. 패치는 커널이 2이고 스트라이드가 2인 합성곱이에요."),
])

# %% [markdown] lang="en"
# **3. Write code: the tokens of a hybrid**, in NumPy, for any $P$. From one feature map of shape (h, w, C'), $\mathbf{E}$ of shape $(P \cdot P \cdot C', D)$ and a bias of shape (D,) to tokens of shape (N, D), without class token and positions. Inside a patch the order is row, column, channel.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 하이브리드의 토큰.** NumPy로, $P$가 얼마든 되게 쓰세요. 형태가 (h, w, C')인 특징 맵 하나, $(P \cdot P \cdot C', D)$인 $\mathbf{E}$, (D,)인 편향을 받아 형태가 (N, D)인 토큰을 돌려줘요. 클래스 토큰과 위치 임베딩은 빼요. 패치 안의 순서는 행, 열, 채널이에요.

# %%
def tokens_of(feature_map, E, bias, patch_size):
    """(h, w, C') -> (N, D)."""
    raise NotImplementedError

# %%
rng = np.random.default_rng(0)
some_map = rng.integers(0, 9, (4, 6, 2))  # (h, w, C')
E_1, E_2 = rng.integers(-3, 4, (2, 5)), rng.integers(-3, 4, (2 * 2 * 2, 5))
bias = np.arange(1, 6)
cut = some_map.reshape(2, 2, 3, 2, 2)  # (i, a, j, b, c)

check(tokens_of, some_map.reshape(24, 2) @ E_1 + bias, on=(some_map, E_1, bias, 1), hints=[
    (some_map @ E_1 + bias, "The numbers are right. A sequence has one axis for its places.",
     "숫자는 맞아요. 시퀀스에는 자리의 축이 하나예요."),
    (some_map.reshape(24, 2) @ E_1, "The bias is missing.", "편향이 빠졌어요."),
    (some_map.transpose(1, 0, 2).reshape(24, 2) @ E_1 + bias,
     "Those are the places column by column. Read row by row.",
     "열부터 읽었어요. 행부터 읽으세요."),
])
check(tokens_of, cut.transpose(0, 2, 1, 3, 4).reshape(6, 8) @ E_2 + bias,
      on=(some_map, E_2, bias, 2), hints=[
    ("matmul",
     "The numbers of a patch do not match the rows of E: flatten P * P places of C' channels.",
     "패치의 숫자 수와 E의 행 수가 맞지 않아요. 채널이 C'개인 자리 P * P개를 평탄화하세요."),
    (some_map.reshape(6, 8) @ E_2 + bias,
     "A reshape alone cuts strips, not squares: lesson 1 had three moves.",
     "reshape만 하면 정사각형이 아니라 띠가 돼요. 수업 1의 세 단계를 떠올려 보세요."),
    (cut.transpose(0, 2, 1, 3, 4).reshape(6, 8) @ E_2, "The bias is missing.", "편향이 빠졌어요."),
    (cut.transpose(2, 0, 1, 3, 4).reshape(6, 8) @ E_2 + bias,
     "Those are the patches column by column. Read row by row.",
     "패치를 열부터 읽었어요. 행부터 읽으세요."),
    (cut.transpose(0, 2, 4, 1, 3).reshape(6, 8) @ E_2 + bias,
     "Inside a patch the channel comes last.", "패치 안에서 채널은 맨 뒤예요."),
])

# %% [markdown] lang="en"
# **4. Write code: a stem of your own.** The CCT of section 9 does not use strides in its convolutions; it *pools*. Build such a stem: for each width a 3x3 convolution of stride 1, a ReLU, and a `MaxPooling2D` of 3x3 with stride 2, all with `padding="same"`. Return a `keras.Model` from (B, H, W, C) to (B, h, w, widths[-1]); `VisionTransformer(..., stem=...)` takes it as it is.

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 나만의 스템.** 9절의 CCT는 합성곱에 스트라이드를 쓰지 않고 *풀링*(pooling)을 해요. 그런 스템을 만드세요. 채널 수마다 스트라이드 1인 3x3 합성곱, ReLU, 스트라이드 2인 3x3 `MaxPooling2D`를 차례로 놓고, 모두 `padding="same"`으로 해요. (B, H, W, C)를 (B, h, w, widths[-1])로 바꾸는 `keras.Model`을 돌려주세요. 이 모델을 `VisionTransformer(..., stem=...)`에 그대로 넣을 수 있어요.

# %%
def pooled_stem(image_shape, widths):
    """`keras.Model` from (B, H, W, C) to (B, h, w, widths[-1])."""
    raise NotImplementedError

# %%
def has_pools(stem):
    return sum(isinstance(layer, layers.MaxPooling2D) for layer in stem.layers) == 2


def never_negative(stem):
    noise = np.random.default_rng(0).normal(size=(2, 32, 48, 3)).astype("float32")
    return ops.min(stem(noise)) >= 0


check(pooled_stem,
      lambda m: m.output_shape == (None, 8, 12, 6) and has_pools(m) and never_negative(m),
      on=((32, 48, 3), (4, 6)), hints=[
    ("KerasTensor", "Return a model: keras.Model(inputs, outputs).",
     "모델을 돌려주세요. keras.Model(inputs, outputs)예요."),
    ("object has no attribute", "Return a keras.Model.", "keras.Model을 돌려주세요."),
    (lambda m: m.output_shape[-1] != 6, "The last convolution has widths[-1] channels.",
     "마지막 합성곱의 채널은 widths[-1]개예요."),
    (lambda m: not has_pools(m), "After every convolution stands a MaxPooling2D, here two in all.",
     "합성곱마다 뒤에 MaxPooling2D가 있어요. 여기서는 모두 두 개예요."),
    (lambda m: m.output_shape[1:3] == (2, 3),
     "Each width halves twice: leave the convolution's stride at 1.",
     "한 번에 두 번씩 반으로 줄었어요. 합성곱의 스트라이드는 1로 두세요."),
    (lambda m: m.output_shape[1] > 8, "Too large: every pooling has stride 2.",
     "너무 커요. 풀링의 스트라이드는 모두 2예요."),
    (lambda m: m.output_shape[1] < 8,
     'Too small: places are lost at the border. padding="same", in the pooling, too.',
     '너무 작아요. 가장자리에서 자리를 잃었어요. 풀링에도 padding="same"을 쓰세요.'),
    (lambda m: not never_negative(m), "Something negative comes out: where is the ReLU?",
     "음수가 나와요. ReLU가 어디에 있나요?"),
])

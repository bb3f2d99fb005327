# %% [markdown] lang="en"
# # Patches and embeddings: a picture becomes a sequence of tokens
#
# You turn a picture into what a Transformer can read, first by hand on sixteen pixels, then with two layers. At the end you know why every symbol of equation (1) is there.
#
# | | |
# |---|---|
# | Lecture | the two pages on how ViT works (steps and principle); equation (1) |
# | Read first | the lecture up to equation (1); NumPy's `reshape` and `@` |
# | Time | read and try: 40 min; machine: 1 min, can be skipped |

# %% [markdown] lang="ko"
# # 패치와 임베딩: 그림이 토큰의 시퀀스가 되기까지
#
# 그림 한 장을 트랜스포머가 읽을 수 있는 형태로 바꿔요. 처음에는 픽셀 열여섯 개로 직접 계산하고, 그다음에는 층 두 개로 해요. 마치고 나면 식 (1)의 기호 하나하나가 왜 있는지 알게 돼요.
#
# | | |
# |---|---|
# | 강의 | *주요 작동 과정*, *주요 작동 원리*. 식 (1) |
# | 먼저 읽을 것 | 강의 자료를 식 (1)까지. NumPy의 `reshape`와 `@` |
# | 시간 | 읽고 따라 하기: 40분. 컴퓨터: 1분, 건너뛰어도 돼요 |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. cut a picture into patches, and say how many there are and how many numbers each one holds;
# 2. write equation (1) as code, with every shape right: patches, $\mathbf{E}$, the class token, $\mathbf{E}_{pos}$;
# 3. explain why a token is a patch and not a pixel, and what is lost without positions.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 그림을 패치(patch)로 나누고, 패치가 몇 개이며 하나에 숫자가 몇 개 들어 있는지 말해요.
# 2. 패치, $\mathbf{E}$, 클래스 토큰(class token), $\mathbf{E}_{pos}$의 형태를 모두 맞춰 식 (1)을 코드로 써요.
# 3. 왜 픽셀이 아니라 패치를 토큰(token)으로 쓰는지, 위치 정보가 없으면 무엇을 잃는지 설명해요.

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
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

import vit_keras
from vit_keras import MultiHeadSelfAttention, VisionTransformer, check, draw_shapes
from vit_keras.figures import (
    explore_patches,
    plot_numbers,
    plot_pictures,
    plot_pipeline,
    plot_projection,
)
from vit_keras.patches import _pair, _square, patch_grid, sincos_positions

print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# ## 1. Why not one pixel a token?
#
# A Transformer reads a sequence of *tokens*, each a vector of $D$ numbers. In a text the tokens are words or pieces of words. In a picture a pixel could be a token, says the lecture, but then there would be too much to compute.
#
# The cost is that of attention. It compares every token with every token, so $T$ tokens make $T \cdot T$ pairs (lesson 2 shows how). Take a picture of 64x64 pixels, cut it into squares of P x P pixels, and make each square a token. One more token comes in section 4:
#
# $$T = 64 \cdot 64 / P^2 + 1$$
#
# **Predict:** if $P$ is halved, about how many times as many pairs are there?

# %% [markdown] lang="ko"
# ## 1. 왜 픽셀 하나를 토큰으로 쓰지 않을까요?
#
# 트랜스포머는 *토큰*의 시퀀스를 읽어요. 토큰 하나는 숫자 $D$개로 된 벡터예요. 글에서는 단어나 단어 조각이 토큰이에요. 그림에서는 픽셀 하나를 토큰으로 볼 수도 있지만, 강의에서는 그러면 연산량이 너무 많아진다고 해요.
#
# 연산량을 결정하는 것은 어텐션(attention)이에요. 어텐션은 모든 토큰을 모든 토큰과 비교해요. 그래서 토큰이 $T$개면 쌍이 $T \cdot T$개 생겨요(자세한 내용은 수업 2에서 다뤄요). 64x64 픽셀 그림을 P x P 픽셀 정사각형으로 나누고, 정사각형 하나를 토큰 하나로 해 봐요. 토큰 하나가 더 있는 이유는 4절에서 설명해요.
#
# $$T = 64 \cdot 64 / P^2 + 1$$
#
# **예측해 보세요.** $P$가 절반이 되면 쌍은 대략 몇 배가 될까요?

# %%
guess = None  # how many times as many pairs?

for side, P in ((64, 16), (64, 8), (64, 4), (64, 2), (64, 1), (224, 16), (224, 1)):
    T = side * side // P**2 + 1
    print(f"{side:3}x{side:3} pixels, P = {P:2}: {T:6,} tokens, {T * T:13,} pairs, "
          f"{4 * T * T / 1e6:9,.1f} MB for one number a pair")

# %% [markdown] lang="en"
# About sixteen times: half the side means four times the tokens. The last two lines are for pictures of the paper's size. With one pixel a token, the scores of one picture fill 10 GB, in one head of one layer; with patches of 16x16 pixels, 0.2 MB. The paper's title counts in such patches: *An Image is Worth 16x16 Words*.
#
# Does the clock agree with the count? One attention layer, timed on random tokens:

# %% [markdown] lang="ko"
# 약 열여섯 배예요. 변이 절반이 되면 토큰이 네 배가 되니까요. 마지막 두 줄은 논문에서 쓰는 크기의 그림이에요. 픽셀 하나를 토큰으로 쓰면 이런 그림 한 장의 점수만으로 10 GB가 차요. 그것도 층 하나, 헤드(head) 하나에서요. 16x16 픽셀 패치를 쓰면 0.2 MB예요. 논문 제목 *An Image is Worth 16x16 Words*에 나오는 16x16이 바로 이 패치예요.
#
# 실제 시간도 센 것과 맞을까요? 무작위 토큰으로 어텐션 층 하나의 시간을 재요.

# %%
def seconds(num_tokens):
    """Time of one attention layer over that many tokens: the best of a few tries."""
    tokens = keras.random.normal((1, num_tokens, 64))
    attention = MultiHeadSelfAttention(num_heads=1)
    tries = []
    for _ in range(20 if num_tokens < 2000 else 3):
        start = time.perf_counter()
        ops.convert_to_numpy(attention(tokens))
        tries.append(time.perf_counter() - start)
    return min(tries)


measured = {T: seconds(T) for T in (17, 65, 257, 1025, 2049, 4097, 8193)}

# %% alt="Time of attention against the number of tokens, both axes logarithmic. Far on the left the points lie well above the line of T squared, which is drawn through the last one; towards the right they approach it." alt_ko="토큰 수에 따른 어텐션의 시간. 두 축 모두 로그 눈금이에요. 왼쪽에서는 점들이 마지막 점을 지나게 그은 T 제곱 직선보다 훨씬 위에 있고, 오른쪽으로 갈수록 가까워져요."
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
largest = max(measured)
axes.loglog(measured.keys(), measured.values(), "o", label="measured")
axes.loglog(measured.keys(), [measured[largest] * (T / largest) ** 2 for T in measured], "--",
            label="in proportion to T*T")
for P in (16, 8, 4, 2, 1):
    T = 64 * 64 // P**2 + 1
    axes.annotate(f"P = {P}", (T, measured[T]), xytext=(0, 7), textcoords="offset points",
                  ha="center")
axes.set(xlabel="tokens T", ylabel="time (seconds)",
         title="From about a thousand tokens on, time grows faster than T")
axes.margins(0.1, 0.15)
axes.legend(frameon=False)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# On logarithmic axes growth with $T \cdot T$ is a straight line, drawn here through the last point. With few tokens the points lie far above it: starting a computation takes longer than the computation itself. The more tokens, the closer they come.
#
# Large patches are cheap, then. Why not take one patch, the whole picture? Because attention works *between* tokens: it cannot compare what lies inside one patch. $P$ is a compromise.

# %% [markdown] lang="ko"
# 로그 눈금에서는 $T \cdot T$에 비례하면 직선이 돼요. 직선은 마지막 점을 지나게 그렸어요. 토큰이 적으면 점이 훨씬 위에 있어요. 계산 자체보다 계산을 시작하는 데 시간이 더 걸리기 때문이에요. 토큰이 많을수록 직선에 가까워져요.
#
# 패치가 크면 계산이 적게 들어요. 그렇다면 그림 전체를 패치 하나로 쓰면 안 될까요? 어텐션은 토큰과 토큰 *사이*에서만 작동해요. 한 패치 안에 있는 것끼리는 비교할 수 없어요. $P$는 그 사이의 타협이에요.

# %% [markdown] lang="en"
# ## 2. Patches
#
# An image of H x W pixels with C channels (3 for red, green and blue) is cut into non-overlapping squares of P x P pixels. The lecture counts them, and the numbers in each:
#
# $$N = HW / P^2 \text{ patches}, \qquad P \cdot P \cdot C \text{ numbers each}$$
#
# Try it on three drawn pictures.

# %% [markdown] lang="ko"
# ## 2. 패치
#
# H x W 픽셀이고 채널이 C개(빨강, 초록, 파랑이면 3개)인 이미지를 P x P 픽셀 정사각형으로 겹치지 않게 나눠요. 패치의 수와 패치 하나에 들어 있는 숫자의 수를 강의에서는 이렇게 써요.
#
# $$N = HW / P^2 \text{ patches}, \qquad P \cdot P \cdot C \text{ numbers each}$$
#
# 코드로 그린 그림 세 장으로 해 봐요.

# %% tags=["own-pixels"] alt="A drawn moon of 64x64 pixels under a grid of 4 x 4, and beside it its 16 patches pulled apart." alt_ko="코드로 그린 64x64 픽셀 달 위에 4 x 4 격자가 있고, 옆에는 패치 16개를 떼어 놓은 모습이 있어요."
pictures = {
    shape: draw_shapes(1, shapes=(shape,), image_size=64, size=0.36, color=color, clutter=0.4,
                       noise=0, seed=seed).images[0]
    for shape, color, seed in (("moon", "yellow", 27), ("star", "white", 11), ("heart", "red", 23))
}
explore_patches(pictures, patch_sizes=(16, 8, 4, 2))

# %% [markdown] lang="en"
# Cutting neither adds nor loses a number: the patches times the numbers in each are always $64 \cdot 64 \cdot 3$. (Where the notebook is alive, a slider and a menu stand above the figure.)
#
# ### By hand, on sixteen pixels
#
# To see where every number goes, take a picture whose pixels are numbered, with one channel, and cut it with $P = 2$ by slicing. **Predict** the second patch, the one to the right of the first: which four numbers, in which order?

# %% [markdown] lang="ko"
# 나눈다고 해서 숫자가 생기거나 없어지지 않아요. 패치 수와 패치 하나의 숫자 수를 곱하면 언제나 $64 \cdot 64 \cdot 3$이에요. (노트북을 실행 중이라면 그림 위에 슬라이더와 메뉴가 있어요.)
#
# ### 픽셀 열여섯 개로 직접 해 보기
#
# 숫자가 각각 어디로 가는지 볼 수 있게 픽셀에 번호를 매겨요. 채널은 하나예요. $P = 2$로 슬라이싱해서 나눠 봐요. 첫 번째 패치의 오른쪽에 있는 두 번째 패치를 **예측해 보세요.** 어떤 숫자 네 개가 어떤 순서로 나올까요?

# %%
guess = None  # four numbers

picture = np.arange(16).reshape(4, 4)
corners = [(0, 0), (0, 2), (2, 0), (2, 2)]  # left to right, top to bottom
patches = np.array([picture[row : row + 2, column : column + 2].ravel() for row, column in corners])
print(picture, patches, sep="\n\n")  # (H, W) and (N, P*P)

# %% alt="A 4x4 table of the numbers 0 to 15 in four colors, one for each 2x2 patch; beside it a table with one patch in each row: 0 1 4 5, 2 3 6 7, 8 9 12 13, 10 11 14 15." alt_ko="0에서 15까지 숫자가 적힌 4x4 표. 2x2 패치마다 색이 달라요. 옆의 표는 한 행에 패치 하나씩 담고 있어요. 0 1 4 5, 2 3 6 7, 8 9 12 13, 10 11 14 15예요."
owner = np.array([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])  # owner[k]: the patch of pixel k
plot_numbers({"picture": picture, "patches, (N, P*P)": patches}, owner,
             "Each patch becomes one row")

# %% [markdown] lang="en"
# A color is a patch. On the right each row has one color: the rows are the vectors $\mathbf{x}_p^1$ to $\mathbf{x}_p^4$ of equation (1), each patch *flattened*, its upper row of pixels first.
#
# ### The same in three moves
#
# Slicing needs a loop over the patches. There is a way without one, and every ViT uses it. Write the row of a pixel as row $i$ of patches and row $a$ inside the patch, and its column likewise:
#
# $$\text{row} = P i + a, \qquad \text{column} = P j + b$$
#
# **First move:** `reshape` splits rows into $(i, a)$ and columns into $(j, b)$. No number moves; each pixel only gets a longer address. Counted from 0, pixel 9 stands in row 2 = 2·1 + 0 and in column 1 = 2·0 + 1, so its indices $i, a, j, b$ are 1, 0, 0, 1.

# %% [markdown] lang="ko"
# 색 하나가 패치 하나예요. 오른쪽 표에서는 행마다 색이 하나예요. 이 행들이 식 (1)의 벡터 $\mathbf{x}_p^1$부터 $\mathbf{x}_p^4$까지예요. 패치를 하나씩, 위쪽 픽셀 행부터 차례로 *평탄화*(flatten)했어요.
#
# ### 세 단계로 똑같이 하기
#
# 슬라이싱을 하려면 패치마다 반복문을 돌아야 해요. 반복문 없이 하는 방법이 있고, ViT는 모두 이 방법을 써요. 픽셀의 행을 패치의 행 $i$와 패치 안의 행 $a$로 나눠서 써요. 열도 똑같이 해요.
#
# $$\text{row} = P i + a, \qquad \text{column} = P j + b$$
#
# **첫 번째 단계:** `reshape`가 행을 $(i, a)$로, 열을 $(j, b)$로 나눠요. 숫자는 움직이지 않고 주소만 길어져요. 0부터 세면 픽셀 9는 2 = 2·1 + 0행, 1 = 2·0 + 1열에 있어요. 그래서 인덱스 $i, a, j, b$는 1, 0, 0, 1이에요.

# %%
split = picture.reshape(2, 2, 2, 2)  # (i, a, j, b)
print("pixel 9 has the indices", *np.argwhere(split == 9)[0])
split

# %% [markdown] lang="en"
# A patch is all $(a, b)$ of one $(i, j)$. So **second move:** `transpose` puts $i, j$ in front and $a, b$ behind. This one moves numbers. What comes out are the patches already, as little squares in a 2 x 2 grid. **Third move:** a second `reshape` makes one axis of $i, j$ (the patches, $N$ of them) and one of $a, b$ (the numbers in each).

# %% [markdown] lang="ko"
# 패치 하나는 $(i, j)$가 같은 $(a, b)$ 전부예요. 그래서 **두 번째 단계:** `transpose`로 $i, j$를 앞으로, $a, b$를 뒤로 보내요. 이 단계에서는 숫자가 움직여요. 나온 것은 이미 패치예요. 작은 정사각형이 2 x 2 격자로 놓여 있어요. **세 번째 단계:** `reshape`를 한 번 더 해서 $i, j$를 축 하나(패치 $N$개)로, $a, b$를 축 하나(패치 안의 숫자)로 합쳐요.

# %%
moved = split.transpose(0, 2, 1, 3)  # (i, j, a, b)
by_reshape = moved.reshape(4, 4)  # (N, P*P)
print(moved, by_reshape, sep="\n\n")
print("as by slicing:", np.array_equal(by_reshape, patches))

# %% [markdown] lang="en"
# With colors there is one more axis, and it stays last. Number all $4 \cdot 4 \cdot 3$ values: pixel 0 holds 0 1 2 (its red, green and blue), pixel 1 holds 3 4 5, and so on. Inside a patch the order is row, column, channel. The three moves can be undone in the opposite order, and the same picture comes out: no number is lost.

# %% [markdown] lang="ko"
# 색이 있으면 축이 하나 더 생기고, 이 축은 계속 맨 뒤에 있어요. 값 $4 \cdot 4 \cdot 3$개에 번호를 매겨요. 픽셀 0에는 0 1 2(빨강, 초록, 파랑), 픽셀 1에는 3 4 5가 들어 있고, 이렇게 계속돼요. 패치 안은 행, 열, 채널 순서예요. 세 단계를 거꾸로 하면 같은 그림이 다시 나와요. 잃어버린 숫자가 없다는 뜻이에요.

# %%
colored = np.arange(4 * 4 * 3).reshape(4, 4, 3)
x_p = colored.reshape(2, 2, 2, 2, 3).transpose(0, 2, 1, 3, 4).reshape(4, 12)  # (N, P*P*C)
print("shape:", x_p.shape, "first patch:", x_p[0])


def put_together(patches, grid_shape, patch_size):
    """(N, P*P*C) -> (H, W, C): the way back."""
    rows, columns = grid_shape
    x = patches.reshape(rows, columns, patch_size, patch_size, -1)  # (i, j, a, b, c)
    x = x.transpose(0, 2, 1, 3, 4)  # (i, a, j, b, c)
    return x.reshape(rows * patch_size, columns * patch_size, -1)


print("the same picture again:", np.array_equal(put_together(x_p, (2, 2), 2), colored))

# %% [markdown] lang="en"
# ### Broken on purpose: the reshape alone
#
# `picture.reshape(4, 4)` has the shape (N, P·P) as well. So why the transpose? Here it is left out:

# %% [markdown] lang="ko"
# ### 일부러 망가뜨리기: reshape만 하면
#
# `picture.reshape(4, 4)`의 형태도 (N, P·P)예요. 그렇다면 transpose는 왜 필요할까요? 빼고 해 봐요.

# %% alt="Three tables: the picture, its patches with one color in each row, and the reshape without transpose, where every row has two colors." alt_ko="표 세 개. 그림, 행마다 색이 하나인 패치, 그리고 transpose 없이 reshape만 해서 행마다 색이 두 가지인 표예요."
wrong = picture.reshape(4, 4)  # (N, P*P), and yet no patches
plot_numbers({"picture": picture, "patches": patches, "without transpose": wrong}, owner,
             "Right shape, wrong patches")

# %% [markdown] lang="en"
# On the right every row has two colors: each "patch" is a row of the picture, half of one patch and half of its neighbor. The shape is right, so no error is raised, and a model would train on these strips without complaint. A check of shapes does not find this mistake; looking does, and so does a comparison with slicing.
#
# ### The layer
#
# The layer `Patches` does the three moves for a batch of B images. Find them in `call`. The first axis is the batch and stays where it is; -1 stands for its size, which is not known before a batch comes. Patches may be rectangular, so P is a height and a width here. `patch_grid` says how many rows and columns of patches there are, and refuses a $P$ that does not divide them. (Here and later a class is shown without its docstring and its errors.)

# %% [markdown] lang="ko"
# 오른쪽 표에서는 행마다 색이 두 가지예요. '패치'라고 나온 것이 사실은 그림의 한 행이라서, 한 패치의 절반과 이웃 패치의 절반이 섞여 있어요. 형태가 맞으니까 오류도 나지 않고, 모델은 이런 띠를 그대로 받아 학습해요. 형태만 확인해서는 이 실수를 찾을 수 없어요. 눈으로 보거나 슬라이싱한 결과와 비교해야 찾을 수 있어요.
#
# ### 층으로 만들기
#
# `Patches` 층은 이미지 B장으로 된 배치에 세 단계를 적용해요. `call`에서 세 단계를 찾아보세요. 첫 축은 배치라서 그대로 있어요. 배치가 들어오기 전에는 크기를 모르기 때문에 -1로 썼어요. 패치는 직사각형일 수도 있어서 여기서는 P를 높이와 너비로 나눠 써요. `patch_grid`는 패치가 몇 행 몇 열인지 알려 주고, 나누어떨어지지 않는 $P$는 거절해요. (여기서부터 클래스는 docstring과 오류 처리를 빼고 보여요.)

# %% quotes="vit_keras.patches.Patches"
class Patches(layers.Layer):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        _pair(patch_size)  # an impossible size is refused here, not in the first call

    def call(self, images):
        rows, columns = patch_grid(images.shape, self.patch_size)
        height, width = _pair(self.patch_size)
        channels = images.shape[-1]
        x = ops.reshape(images, (-1, rows, height, columns, width, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (B, rows, columns, height, width, C)
        return ops.reshape(x, (-1, rows * columns, height * width * channels))

# %%
images = colored[None]  # (B, H, W, C) with B = 1
print("quoted as by hand:  ", np.array_equal(Patches(patch_size=2)(images)[0], x_p))

from vit_keras import Patches  # from here on the imported one

print("imported as by hand:", np.array_equal(Patches(patch_size=2)(images)[0], x_p))
try:
    patch_grid(images.shape, 3)
except ValueError as error:
    print(error)

# %% [markdown] lang="en"
# ## 3. E: from a patch to a vector of D numbers
#
# A patch has $P^2 C$ numbers, and a token of the model has $D$. And raw pixels are a poor description: what matters in a patch is whether it is bright, or has an edge in it, not that its fifth number is 130. One matrix fixes both:
#
# $$\mathbf{x}_p^i \, \mathbf{E}, \qquad \mathbf{x}_p^i \in \mathbb{R}^{1 \times (P^2 \cdot C)}, \quad \mathbf{E} \in \mathbb{R}^{(P^2 \cdot C) \times D}$$
#
# Every column of $\mathbf{E}$ asks the patch one question: multiply each number by a weight, add up. $D$ columns, $D$ answers. It is the same $\mathbf{E}$ for all patches. Take a picture with edges, and three questions: how bright, how much brighter on the right, how much brighter below? **Predict** the first row of `x_p @ E`, the answers of the patch `[0 9 0 9]`.

# %% [markdown] lang="ko"
# ## 3. E: 패치에서 숫자 D개짜리 벡터로
#
# 패치 하나에는 숫자가 $P^2 C$개 있는데, 모델의 토큰에는 $D$개가 있어야 해요. 게다가 픽셀 값 그대로는 좋은 설명이 아니에요. 중요한 것은 패치가 밝은지, 안에 경계가 있는지이지, 다섯 번째 숫자가 130이라는 사실이 아니니까요. 행렬 하나가 둘 다 해결해요. 선형 변환(linear projection)이에요.
#
# $$\mathbf{x}_p^i \, \mathbf{E}, \qquad \mathbf{x}_p^i \in \mathbb{R}^{1 \times (P^2 \cdot C)}, \quad \mathbf{E} \in \mathbb{R}^{(P^2 \cdot C) \times D}$$
#
# $\mathbf{E}$의 열 하나하나가 패치에게 던지는 질문이에요. 숫자마다 가중치를 곱해서 더하라는 질문이죠. 열이 $D$개면 답도 $D$개예요. 모든 패치에 같은 $\mathbf{E}$를 써요. 경계가 있는 그림에 세 가지를 물어봐요. 얼마나 밝은가요? 오른쪽이 얼마나 더 밝은가요? 아래쪽이 얼마나 더 밝은가요? `x_p @ E`의 첫 행, 곧 패치 `[0 9 0 9]`의 답을 **예측해 보세요.**

# %%
guess = None  # three numbers

edges = np.array([[0, 9, 9, 9],
                  [0, 9, 9, 9],
                  [0, 0, 0, 0],
                  [9, 9, 0, 0]])
x_p = edges.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)  # (N, P*P*C), C = 1
E = np.array([[1, -1, -1],  # upper left pixel
              [1, 1, -1],  # upper right
              [1, -1, 1],  # lower left
              [1, 1, 1]])  # lower right   (P*P*C, D) with D = 3
x = x_p @ E  # (N, D)
print("shape:", x.shape)
for patch, token in zip(x_p, x):
    print(f"patch {patch}  bright {token[0]:2}  right {token[1]:2}  below {token[2]:2}")

# %% [markdown] lang="en"
# The first and the third patch are equally bright; the other two questions tell them apart: an edge from top to bottom, an edge from left to right. In a model nobody writes such columns. They begin as random numbers, and training finds questions that are worth asking.
#
# A column has one weight for each number of a patch, so it can be drawn as a patch. Four questions for patches of 4x4 pixels, and the answers of the heart's 256 patches:

# %% [markdown] lang="ko"
# 첫 번째와 세 번째 패치는 밝기가 같아요. 나머지 두 질문이 둘을 구별해 줘요. 하나는 세로 경계, 하나는 가로 경계예요. 실제 모델에서는 사람이 열을 적어 주지 않아요. 무작위 숫자에서 출발해서, 물어볼 만한 질문을 학습으로 찾아요.
#
# 열에는 패치의 숫자마다 가중치가 하나씩 있으니까, 패치처럼 그릴 수 있어요. 4x4 픽셀 컬러 패치에 던질 질문 네 가지와, 하트 그림의 패치 256개가 내놓은 답을 봐요.

# %%
row, column, channel = np.indices((4, 4, 3))
questions = {
    "bright": np.ones((4, 4, 3)) / 48,  # a mean over 48 numbers
    # the mean of one half less that of the other
    "right - left": np.where(column >= 2, 1, -1) / 24,
    "below - above": np.where(row >= 2, 1, -1) / 24,
    "red - others": np.where(channel == 0, 1, -0.5) / 16,
}
E_4 = np.stack([question.ravel() for question in questions.values()], axis=1)  # (P*P*C, D)
x_p_heart = ops.convert_to_numpy(Patches(patch_size=4)(pictures["heart"][None] / 255.0))[0]
answers = x_p_heart @ E_4  # (N, D)
print(E_4.shape, answers.shape)

# %% tags=["own-pixels"] alt="The drawn red heart; four columns of E as little pictures, and under each the map of the answers of all patches: edges light up for the differences, the heart for red." alt_ko="코드로 그린 빨간 하트가 있어요. E의 열 네 개를 작은 그림으로 보여 주고, 아래에는 모든 패치의 답을 색으로 보여 줘요. 차이를 묻는 열은 경계에서, 빨강을 묻는 열은 하트에서 값이 커요."
plot_projection(pictures["heart"], E_4.T.reshape(4, 4, 4, 3), answers.T.reshape(4, 16, 16),
                questions, "Each column of E asks all patches one question")

# %% [markdown] lang="en"
# At the top the columns (bright counts for, dark against), below them the answers of all patches. The second and third map show the outline of the heart, with opposite signs on its left and right, its upper and lower edge; the last map finds the color. A token is the four answers of one place, read through all maps.
#
# ### E is a convolution *(further)*
#
# A convolution, too, multiplies a small window by weights and adds up. If the window is as large as a patch and jumps from patch to patch (kernel $P$, stride $P$), it is the same computation, and $D$ filters are the $D$ columns. Since a patch is flattened row, column, channel, which is the order of a Keras kernel, the weights only need a reshape:
#
# $$\mathbf{E}: (P^2 \cdot C, D) \;\longrightarrow\; \text{kernel}: (P, P, C, D)$$

# %% [markdown] lang="ko"
# 위는 E의 열이에요. 밝은 곳은 더하고 어두운 곳은 빼요. 아래는 모든 패치의 답이에요. 두 번째와 세 번째 칸에는 하트의 윤곽이 나타나요. 왼쪽과 오른쪽, 위쪽과 아래쪽 경계의 부호가 서로 반대예요. 마지막 칸은 색을 찾아내요. 토큰은 한 위치에서 네 칸을 모두 꿰뚫어 읽은 답 네 개예요.
#
# ### E는 합성곱이에요 *(심화)*
#
# 합성곱도 작은 창에 가중치를 곱해서 더해요. 창의 크기가 패치와 같고 패치에서 패치로 건너뛴다면(커널 $P$, 스트라이드 $P$) 같은 계산이에요. 필터 $D$개가 열 $D$개예요. 패치를 행, 열, 채널 순서로 평탄화했고 이것이 Keras 커널의 순서와 같아서, 가중치는 reshape만 하면 돼요.
#
# $$\mathbf{E}: (P^2 \cdot C, D) \;\longrightarrow\; \text{kernel}: (P, P, C, D)$$

# %%
conv = layers.Conv2D(filters=3, kernel_size=2, strides=2, use_bias=False)
conv.build((None, 4, 4, 1))
conv.kernel.assign(E.reshape(2, 2, 1, 3))
by_conv = conv(edges[None, :, :, None].astype("float32"))  # (B, rows, columns, D)
by_conv = ops.convert_to_numpy(by_conv)
print("shape:", by_conv.shape, "| the same numbers:", np.array_equal(by_conv.reshape(4, 3), x))

# %% [markdown] lang="en"
# This is why many ViT implementations begin with a `Conv2D`: it cuts and projects in one step. A ViT is not free of convolution, then: it has one, whose windows do not overlap.
#
# ## 4. The class token
#
# After the encoder there are $N$ vectors, one for each patch, and one answer is wanted: cat or dog. From which vector should it be read? Any patch would be an arbitrary choice.
#
# BERT has the same problem with sentences, and ViT takes BERT's solution: one more token, $\mathbf{x}_{\text{class}}$, that stands for no patch: $D$ learned numbers, the same for every picture. In the encoder it gathers what matters from all patches, and in the end the answer is read from it, $\mathbf{z}_L^0$ of equation (4).
#
# It comes *before* the patches, as token 0. Let it be [7 7 7] here:

# %% [markdown] lang="ko"
# ViT 코드가 흔히 `Conv2D`로 시작하는 이유가 이거예요. 나누기와 선형 변환을 한 번에 해요. ViT에 합성곱이 전혀 없는 것은 아니라는 뜻이기도 해요. 창이 서로 겹치지 않는 합성곱이 하나 있어요.
#
# ## 4. 클래스 토큰
#
# 인코더를 지나면 패치마다 하나씩 벡터가 $N$개 나와요. 그런데 필요한 답은 하나예요. 고양이인지 개인지요. 어느 벡터에서 답을 읽어야 할까요? 패치 하나를 고를 근거가 없어요.
#
# BERT도 문장에서 같은 문제를 만났고, ViT는 BERT의 해법을 가져왔어요. 어떤 패치도 나타내지 않는 토큰 $\mathbf{x}_{\text{class}}$를 하나 더 넣는 거예요. 학습되는 숫자 $D$개이고, 어떤 그림에서나 똑같아요. 클래스 토큰은 인코더 안에서 모든 패치에서 중요한 것을 모아요. 마지막에는 여기서, 식 (4)의 $\mathbf{z}_L^0$에서 답을 읽어요.
#
# 클래스 토큰은 패치 *앞*에 0번 토큰으로 놓아요. 여기서는 찾기 쉽게 [7 7 7]로 해 봐요.

# %%
x_class = np.array([[7, 7, 7]])  # (1, D)
sequence = np.concatenate([x_class, x])  # (N + 1, D)
print("shape:", sequence.shape)
sequence

# %% [markdown] lang="en"
# Five tokens of four patches. In a batch every picture gets a copy of the same class token: what it gathers later differs, what it starts with does not. Before training it is a row of zeros, as in the paper's code.
#
# ## 5. E_pos: where a patch lies
#
# For attention the tokens are a *set*: it compares each with each, whatever their order. Then a picture and the same picture with its patches shuffled should get the same answer. Cut the star into 64 patches, shuffle them, and put them together again:

# %% [markdown] lang="ko"
# 패치 네 개에서 토큰 다섯 개가 됐어요. 배치에서는 모든 그림이 같은 클래스 토큰의 복사본을 받아요. 나중에 모으는 내용은 다르지만 출발점은 같아요. 논문의 코드에서는 학습 전에 모두 0이에요.
#
# ## 5. E_pos: 패치는 어디에 있을까요?
#
# 어텐션에게 토큰은 *집합*이에요. 순서와 상관없이 모든 토큰을 모든 토큰과 비교해요. 그렇다면 그림과, 그 그림의 패치를 섞은 것에 같은 답이 나와야 해요. 별을 패치 64개로 나누고, 섞은 다음, 다시 합쳐요.

# %% tags=["own-pixels"] alt="On the left the drawn star; on the right the same 64 patches in another order, and no star." alt_ko="왼쪽은 코드로 그린 별이고, 오른쪽은 같은 패치 64개를 다른 순서로 놓아서 별이 보이지 않는 그림이에요."
star = pictures["star"]  # (64, 64, 3)
order = np.random.default_rng(0).permutation(64)
star_patches = ops.convert_to_numpy(Patches(patch_size=8)(star[None]))[0]  # (N, P*P*C)
shuffled = put_together(star_patches[order], (8, 8), 8)
plot_pictures({"star": star, "its patches, shuffled": shuffled},
              "To a set of patches these two are the same")

# %% [markdown] lang="en"
# For you only the left one is a star. Now ask an untrained ViT for its representation of both, without positions, and then with two kinds of positions. **Predict** in which of the three cases the answers are the same.

# %% [markdown] lang="ko"
# 사람 눈에는 왼쪽만 별이에요. 이제 학습하지 않은 ViT에게 두 그림의 표현을 물어봐요. 처음에는 위치에 대한 정보 없이, 그다음에는 두 가지 방법으로 위치를 알려 주면서요. 셋 가운데 어느 경우에 답이 같을지 **예측해 보세요.**

# %%
guess = None  # True or False, three times

both = np.stack([star, shuffled])  # (B, H, W, C)
for kind in (None, "learned", "sincos"):
    keras.utils.set_random_seed(0)
    vit = VisionTransformer((64, 64, 3), patch_size=8, num_layers=2, hidden_dim=32, num_heads=2,
                            mlp_dim=64, position_embedding=kind,
                            num_classes=None)  # without a head the answer is y, (B, D)
    y, y_shuffled = ops.convert_to_numpy(vit(both))
    print(f"positions {str(kind):8} the same answer to both: "
          f"{np.allclose(y, y_shuffled, atol=1e-4)}")

# %% [markdown] lang="en"
# Without positions the ViT cannot tell the two pictures apart, and no training can teach it to: nothing that goes in says which patch lay where. So something about the place has to go into the token, and equation (1) does the simplest thing: it *adds* a vector that belongs to the place, the position embedding.
#
# $$\mathbf{E}_{pos} \in \mathbb{R}^{(N+1) \times D}$$
#
# Row 0 belongs to the class token, row $i$ to place $i$. Why add, and not write the place behind the patch? What follows is linear at first: whatever matrix $\mathbf{W}$ a layer applies, $(\mathbf{x} + \mathbf{p}) \mathbf{W} = \mathbf{x} \mathbf{W} + \mathbf{p} \mathbf{W}$. Content and place both get through, and the token stays $D$ wide.
#
# What are the vectors? In the paper they are *learned*, like any weight. They begin as small noise, so no place resembles another; that the upper left lies beside its neighbor has to be learned from pictures. Lesson 10 shows what trained positions look like. (There is also a fixed kind, sines and cosines of row and column, `"sincos"` above.)
#
# ## 6. Equation (1), whole
#
# Now every symbol is on the table:
#
# $$\mathbf{z}_0 = [\mathbf{x}_{\text{class}}; \, \mathbf{x}_p^1 \mathbf{E}; \, \mathbf{x}_p^2 \mathbf{E}; \cdots; \, \mathbf{x}_p^N \mathbf{E}] + \mathbf{E}_{pos} \tag{1}$$
#
# $$\mathbf{E} \in \mathbb{R}^{(P^2 \cdot C) \times D}, \qquad \mathbf{E}_{pos} \in \mathbb{R}^{(N+1) \times D}$$
#
# The semicolons mean "below each other". Here it is for the little picture of section 3, with a position that adds 100 for each place.

# %% [markdown] lang="ko"
# 위치 임베딩이 없으면 ViT는 두 그림을 구별하지 못해요. 학습을 시켜도 소용없어요. 어떤 패치가 어디에 있었는지 알려 주는 것이 입력에 없으니까요. 그래서 위치에 대한 무언가를 토큰에 넣어야 해요. 식 (1)은 가장 간단한 방법을 써요. 위치마다 정해진 벡터, 위치 임베딩(position embedding)을 *더해요*.
#
# $$\mathbf{E}_{pos} \in \mathbb{R}^{(N+1) \times D}$$
#
# 0번 행은 클래스 토큰의 것이고, $i$번 행은 $i$번째 위치의 것이에요. 왜 패치 뒤에 이어 붙이지 않고 더할까요? 다음에 오는 계산이 처음에는 선형이기 때문이에요. 층이 어떤 행렬 $\mathbf{W}$를 곱하든 $(\mathbf{x} + \mathbf{p}) \mathbf{W} = \mathbf{x} \mathbf{W} + \mathbf{p} \mathbf{W}$예요. 내용과 위치가 모두 전달되고, 토큰의 너비는 $D$ 그대로예요.
#
# 벡터의 값은 어떻게 정할까요? 논문에서는 다른 가중치처럼 *학습*해요. 처음에는 작은 잡음이라 서로 닮은 위치가 없어요. 왼쪽 위와 그 옆이 이웃이라는 사실은 그림에서 배워야 해요. 학습한 위치 임베딩이 어떤 모습인지는 수업 10에서 봐요. (행과 열의 사인과 코사인으로 정해 두는 방법도 있어요. 위의 `"sincos"`예요.)
#
# ## 6. 식 (1) 전체
#
# 이제 기호를 모두 살펴봤어요.
#
# $$\mathbf{z}_0 = [\mathbf{x}_{\text{class}}; \, \mathbf{x}_p^1 \mathbf{E}; \, \mathbf{x}_p^2 \mathbf{E}; \cdots; \, \mathbf{x}_p^N \mathbf{E}] + \mathbf{E}_{pos} \tag{1}$$
#
# $$\mathbf{E} \in \mathbb{R}^{(P^2 \cdot C) \times D}, \qquad \mathbf{E}_{pos} \in \mathbb{R}^{(N+1) \times D}$$
#
# 세미콜론은 '아래로 쌓는다'는 뜻이에요. 3절의 작은 그림으로 해 봐요. 위치 임베딩은 위치마다 100씩 커지게 했어요.

# %%
E_pos = np.repeat(100 * np.arange(5)[:, None], 3, axis=1)  # (N + 1, D): rows of 0, 100, ..., 400

x = x_p @ E  # (N, D)
x = np.concatenate([x_class, x])  # (N + 1, D)
z_0 = x + E_pos  # (1)  (N + 1, D)
z_0

# %% [markdown] lang="en"
# Three lines are the equation. The hundreds say where a token lies, the rest what it shows. The order matters: the class token comes in before positions are added, because it has a position, too.
#
# The layer `PatchEncoder` does the same for a batch. It adds a bias after $\mathbf{E}$, as the paper's code does and the equation does not say, and it can leave out the class token or the positions. Find the three lines in `call`.

# %% [markdown] lang="ko"
# 세 줄이 식 전체예요. 백의 자리는 토큰이 어디에 있는지, 나머지는 무엇이 보이는지 알려 줘요. 순서가 중요해요. 클래스 토큰에도 위치 임베딩이 있으니까, 더하기 전에 클래스 토큰을 먼저 넣어야 해요.
#
# `PatchEncoder` 층은 배치에 같은 일을 해요. $\mathbf{E}$를 곱한 다음 편향을 더하는데, 식에는 없지만 논문의 코드가 그렇게 해요. 클래스 토큰이나 위치 임베딩을 뺄 수도 있어요. `call`에서 세 줄을 찾아보세요.

# %% quotes="vit_keras.patches.PatchEncoder"
class PatchEncoder(layers.Layer):
    def __init__(self, hidden_dim, use_class_token=True, position_embedding="learned",
                 grid_shape=None, dropout_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.use_class_token = use_class_token
        self.position_embedding = position_embedding
        self.grid_shape = grid_shape
        self.dropout_rate = dropout_rate
        # LeCun: patches arrive with variance one and leave with variance one.
        self.projection = layers.Dense(hidden_dim, kernel_initializer="lecun_normal",
                                       dtype=self.dtype_policy, name="projection")
        self.dropout = layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, patches_shape):
        num_patches = patches_shape[-2]
        num_tokens = num_patches + int(self.use_class_token)
        self.projection.build(patches_shape)
        if self.use_class_token:
            self.class_token = self.add_weight(
                name="class_token", shape=(1, 1, self.hidden_dim), initializer="zeros")
        if self.position_embedding == "learned":
            self.positions = self.add_weight(
                name="position_embedding", shape=(1, num_tokens, self.hidden_dim),
                initializer=keras.initializers.RandomNormal(stddev=0.02))
        elif self.position_embedding == "sincos":
            table = sincos_positions(self.grid_shape or _square(num_patches), self.hidden_dim)
            # The class token stands nowhere in the picture: its position is zero.
            self.positions = np.pad(table, ((num_tokens - num_patches, 0), (0, 0)))[None]

    def call(self, patches, training=None):
        x = self.projection(patches)  # (B, N, D)
        if self.use_class_token:
            class_token = ops.cast(self.class_token, x.dtype)
            class_token = ops.broadcast_to(class_token, (ops.shape(x)[0], 1, self.hidden_dim))
            x = ops.concatenate([class_token, x], axis=1)  # (B, N + 1, D)
        if self.position_embedding is not None:
            x = x + ops.cast(self.positions, x.dtype)  # (1)
        return self.dropout(x, training=training)

# %% [markdown] lang="en"
# It gets our weights and the four patches of the little picture, as a batch of one.

# %% [markdown] lang="ko"
# 여기에 우리 가중치와 작은 그림의 패치 네 개를 넣어요. 그림이 한 장인 배치예요.

# %%
def with_our_weights(encoder):
    """The layer with the E, x_class and E_pos from above."""
    encoder.build((None, 4, 4))  # (B, N, P*P*C)
    encoder.projection.kernel.assign(E)  # its bias begins as zeros
    encoder.class_token.assign(x_class[None])  # (1, 1, D)
    encoder.positions.assign(E_pos[None])  # (1, N + 1, D)
    return encoder


x_batch = x_p[None].astype("float32")  # (B, N, P*P*C)
print("quoted as by hand:  ",
      np.array_equal(with_our_weights(PatchEncoder(hidden_dim=3))(x_batch)[0], z_0))

from vit_keras import PatchEncoder  # from here on the imported one

print("imported as by hand:",
      np.array_equal(with_our_weights(PatchEncoder(hidden_dim=3))(x_batch)[0], z_0))

# %% [markdown] lang="en"
# How many numbers are learned up to here?
#
# $$\underbrace{P^2 C \cdot D}_{\mathbf{E}} + \underbrace{D}_{\text{bias}} + \underbrace{D}_{\mathbf{x}_{\text{class}}} + \underbrace{(N + 1) D}_{\mathbf{E}_{pos}}$$
#
# **Predict** it for the little picture ($P = 2$, $C = 1$, $D = 3$, $N = 4$). The second line is for the ViT-Large of the lecture, $D = 1024$, on 224x224 pixels with $P = 16$.

# %% [markdown] lang="ko"
# 여기까지 학습되는 숫자는 모두 몇 개일까요?
#
# $$\underbrace{P^2 C \cdot D}_{\mathbf{E}} + \underbrace{D}_{\text{bias}} + \underbrace{D}_{\mathbf{x}_{\text{class}}} + \underbrace{(N + 1) D}_{\mathbf{E}_{pos}}$$
#
# 작은 그림($P = 2$, $C = 1$, $D = 3$, $N = 4$)에서는 몇 개일지 **예측해 보세요.** 둘째 줄은 강의에 나온 ViT-Large예요. $D = 1024$이고, 224x224 픽셀을 $P = 16$으로 나눠요.

# %%
guess = None  # how many for the little picture?

for P, C, D, N in ((2, 1, 3, 4), (16, 3, 1024, 224 * 224 // 16**2)):
    by_formula = P * P * C * D + D + D + (N + 1) * D
    encoder = PatchEncoder(hidden_dim=D)
    encoder.build((None, N, P * P * C))
    print(f"N = {N:3}   by formula {by_formula:9,}   by Keras {encoder.count_params():9,}")

# %% [markdown] lang="en"
# About a million numbers in ViT-Large, of 307 million in all (the lecture's table): nearly all of them are in the encoder.
#
# ## 7. From pixels to tokens, in one picture
#
# The heart once more, with $P = 16$ and $D = 32$, through the layers as a model begins: random $\mathbf{E}$, class token zero, positions small noise. Pixels are brought to [-1, 1] first, as `VisionTransformer` does.

# %% [markdown] lang="ko"
# ViT-Large에서는 약 백만 개예요. 강의의 표를 보면 전체는 3억 700만 개이니, 거의 전부가 인코더에 있어요.
#
# ## 7. 픽셀에서 토큰까지 한눈에
#
# 하트 그림을 한 번 더 써요. $P = 16$, $D = 32$이고, 층은 모델이 처음 시작할 때의 상태예요. $\mathbf{E}$는 무작위이고, 클래스 토큰은 0이고, 위치 임베딩은 작은 잡음이에요. `VisionTransformer`가 하는 것처럼 픽셀을 먼저 [-1, 1]로 바꿔요.

# %%
keras.utils.set_random_seed(0)
heart = pictures["heart"]
x_p = Patches(patch_size=16)(heart[None] / 127.5 - 1)  # (B, N, P*P*C)
z_0 = PatchEncoder(hidden_dim=32)(x_p)  # (1)  (B, N + 1, D)
print("picture", heart.shape, "| patches", tuple(x_p.shape), "| tokens", tuple(z_0.shape))

# %% tags=["own-pixels"] alt="From left to right: the drawn heart, its 16 patches pulled apart, 16 strips of the patches' pixels side by side, and a heat map of 17 tokens of 32 numbers with the class token as its top row." alt_ko="왼쪽부터 코드로 그린 하트, 떼어 놓은 패치 16개, 패치의 픽셀을 한 줄로 늘어놓은 띠 16개, 숫자 32개짜리 토큰 17개의 히트맵이에요. 히트맵의 맨 위 행이 클래스 토큰이에요."
pixels = ops.convert_to_numpy(Patches(patch_size=16)(heart[None]))[0]
plot_pipeline(heart, pixels, ops.convert_to_numpy(z_0)[0], 16,
              "Equation (1): from pixels to tokens")

# %% [markdown] lang="en"
# Each patch becomes a strip of 768 numbers (drawn as 256 pixels in a row), each strip a token of 32. The top row on the right is the class token, nearly zero everywhere: it has not seen the picture yet. Below it, patches that look alike have rows that look alike.
#
# In lesson 2 these 17 rows begin to look at each other.

# %% [markdown] lang="ko"
# 패치마다 숫자 768개짜리 띠가 되고(픽셀 256개를 한 줄로 그렸어요), 띠마다 숫자 32개짜리 토큰이 돼요. 오른쪽의 맨 위 행이 클래스 토큰이에요. 거의 0이에요. 아직 그림을 보지 못했으니까요. 그 아래에서는 비슷하게 생긴 패치끼리 행도 비슷해요.
#
# 수업 2에서는 이 17개 행이 서로를 보기 시작해요.

# %% [markdown] lang="en"
# ## 8. Recap
#
# | symbol | code | shape |
# |---|---|---|
# | image | `images` | (B, H, W, C) |
# | $P$ | `patch_size` | |
# | $N = HW/P^2$; $T = N + 1$ | `num_patches` | |
# | $\mathbf{x}_p$ | `Patches(patch_size)` | (B, N, P·P·C) |
# | $\mathbf{E}$ | `projection` of `PatchEncoder` | (P·P·C, D) |
# | $\mathbf{x}_{\text{class}}$ | `class_token` | (1, 1, D) |
# | $\mathbf{E}_{pos}$ | `positions` | (1, N + 1, D) |
# | $\mathbf{z}_0$, equation (1) | `PatchEncoder(hidden_dim)` | (B, N + 1, D) |
#
# - A token is a patch and not a pixel, since attention costs $T \cdot T$.
# - Without positions a picture is a bag of patches.

# %% [markdown] lang="ko"
# ## 8. 정리
#
# | 기호 | 코드 | 형태 |
# |---|---|---|
# | 이미지 | `images` | (B, H, W, C) |
# | $P$ | `patch_size` | |
# | $N = HW/P^2$; $T = N + 1$ | `num_patches` | |
# | $\mathbf{x}_p$ | `Patches(patch_size)` | (B, N, P·P·C) |
# | $\mathbf{E}$ | `PatchEncoder`의 `projection` | (P·P·C, D) |
# | $\mathbf{x}_{\text{class}}$ | `class_token` | (1, 1, D) |
# | $\mathbf{E}_{pos}$ | `positions` | (1, N + 1, D) |
# | $\mathbf{z}_0$, 식 (1) | `PatchEncoder(hidden_dim)` | (B, N + 1, D) |
#
# - 어텐션의 비용이 $T \cdot T$라서 픽셀이 아니라 패치를 토큰으로 써요.
# - 위치 임베딩이 없으면 그림은 패치를 모아 놓은 것(bag of patches)일 뿐이에요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/01_patches_and_embeddings`](solutions/01_patches_and_embeddings.ipynb).
#
# **1. To think about.** $P$ is doubled, the picture stays. What happens to the number of patches $N$, to the numbers in a patch, and to the pairs $N \cdot N$ (leave the class token out of the count)?
#
# - A: $N$ halves, a patch holds twice as many numbers, a quarter of the pairs.
# - B: $N$ falls to a quarter, a patch holds four times as many numbers, a quarter of the pairs.
# - C: $N$ falls to a quarter, a patch holds twice as many numbers, a sixteenth of the pairs.
# - D: $N$ falls to a quarter, a patch holds four times as many numbers, a sixteenth of the pairs.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/01_patches_and_embeddings`](solutions/01_patches_and_embeddings.ipynb)에 있어요.
#
# **1. 생각해 보기.** 그림은 그대로 두고 $P$를 두 배로 늘려요. 패치 수 $N$, 패치 하나의 숫자 수, 쌍의 수 $N \cdot N$은 어떻게 될까요? (클래스 토큰은 빼고 세요.)
#
# - A: $N$은 절반이 되고, 패치 하나의 숫자는 두 배가 되고, 쌍은 4분의 1이 돼요.
# - B: $N$은 4분의 1이 되고, 패치 하나의 숫자는 네 배가 되고, 쌍은 4분의 1이 돼요.
# - C: $N$은 4분의 1이 되고, 패치 하나의 숫자는 두 배가 되고, 쌍은 16분의 1이 돼요.
# - D: $N$은 4분의 1이 되고, 패치 하나의 숫자는 네 배가 되고, 쌍은 16분의 1이 돼요.

# %%
answer = None  # "A", "B", "C" or "D"

check("1.1", answer)

# %% [markdown] lang="en"
# **2. Change a number.** ViT-Huge of the lecture has $D = 1280$; in the paper it takes patches of $P = 14$ pixels. A picture has 224x224 pixels and three channels. How many patches are there, how many rows does $\mathbf{E}_{pos}$ have, and what is the shape of $\mathbf{E}$?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 강의에 나온 ViT-Huge는 $D = 1280$이고, 논문에서는 $P = 14$ 픽셀 패치를 써요. 그림은 224x224 픽셀이고 채널은 세 개예요. 패치는 몇 개이고, $\mathbf{E}_{pos}$의 행은 몇 개이고, $\mathbf{E}$의 형태는 무엇일까요?

# %%
num_patches = None
rows_of_E_pos = None
shape_of_E = None  # (rows, columns)

check("1.2a", num_patches)
check("1.2b", rows_of_E_pos)
check("1.2c", shape_of_E)

# %% [markdown] lang="en"
# **3. Write code.** Cut a batch of images into patches, with NumPy: `images` of shape (B, H, W, C), the result of shape (B, N, P·P·C), patches from left to right and top to bottom, inside a patch row, column, channel.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** NumPy로 이미지 배치를 패치로 나눠 보세요. `images`의 형태는 (B, H, W, C)이고, 결과의 형태는 (B, N, P·P·C)예요. 패치는 왼쪽에서 오른쪽, 위에서 아래 순서이고, 패치 안은 행, 열, 채널 순서예요.

# %%
def to_patches(images, patch_size):
    """(B, H, W, C) -> (B, N, P*P*C), as `Patches` does it."""
    raise NotImplementedError


check("1.3", to_patches)

# %% [markdown] lang="en"
# **4. Write code.** Equation (1) for a batch, with NumPy: `patches` of shape (B, N, P·P·C), `E` of shape (P·P·C, D), `class_token` of shape (D,), `positions` of shape (N + 1, D); the result has the shape (B, N + 1, D). Every image of the batch needs its copy of the class token (`np.broadcast_to` makes them).

# %% [markdown] lang="ko"
# **4. 코드 쓰기.** NumPy로 배치에 대한 식 (1)을 써 보세요. `patches`의 형태는 (B, N, P·P·C), `E`는 (P·P·C, D), `class_token`은 (D,), `positions`는 (N + 1, D)이고, 결과의 형태는 (B, N + 1, D)예요. 배치의 이미지마다 클래스 토큰의 복사본이 필요해요. (`np.broadcast_to`로 만들 수 있어요.)

# %%
def embed(patches, E, class_token, positions):
    """(B, N, P*P*C) -> z_0 of equation (1), (B, N + 1, D)."""
    raise NotImplementedError


check("1.4", embed)

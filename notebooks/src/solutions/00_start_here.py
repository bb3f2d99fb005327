# %% [markdown] lang="en"
# # Solutions: start here
#
# Solutions to the exercises of [`00_start_here`](../00_start_here.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 여기서 시작해요
#
# [`00_start_here`](../00_start_here.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
import keras
import numpy as np
from keras import layers

from vit_keras import check, draw_shapes

# %% [markdown] lang="en"
# ## 1. One vector for all places
#
# A. Without a vector of its own no token knows where it lies, and attention compares every token with every other, whatever their order. The class token still differs from the patches, since its row of $\mathbf{x}_p$ is zero. Here are an embedding with one vector and a single attention layer; the patches are shuffled, and what the class token gathers does not change. With a vector for each place it does.

# %% [markdown] lang="ko"
# ## 1. 모든 위치에 벡터 하나
#
# 답은 A예요. 위치마다 다른 벡터가 없으면 토큰은 자기가 어디에 있는지 몰라요. 어텐션은 순서와 상관없이 모든 토큰을 서로 비교해요. 클래스 토큰은 $\mathbf{x}_p$의 행이 0이라서 여전히 패치와 달라요. 아래에서는 벡터가 하나인 임베딩과 어텐션 층 하나를 써요. 패치를 섞어도 클래스 토큰이 모은 것은 달라지지 않아요. 위치마다 벡터가 다르면 달라져요.

# %%
answer = "A"

check("0.1", answer)

# %%
keras.utils.set_random_seed(0)
moon = draw_shapes(1, shapes=("moon",), seed=3).images[0] / 127.5 - 1
patches = moon.reshape(8, 4, 8, 4, 3).transpose(0, 2, 1, 3, 4).reshape(64, 48)
shuffled = np.random.default_rng(0).permutation(patches)
both = np.pad(np.stack([patches, shuffled]), ((0, 0), (1, 0), (0, 0)))  # (2, 65, 48)

attention = layers.MultiHeadAttention(4, key_dim=16)
for bias_axes in ("d", "nd"):
    embed = layers.EinsumDense("bnp,pd->bnd", output_shape=(65, 64), bias_axes=bias_axes,
                               bias_initializer="random_normal")
    z = embed(both)
    gathered = keras.ops.convert_to_numpy(attention(z, z))[:, 0]
    print(f'bias_axes="{bias_axes}": the class token gathers the same:',
          np.allclose(*gathered, atol=1e-5))

# %% [markdown] lang="en"
# ## 2. Patches of 8x8 pixels
#
# $(32 / 8)^2 = 16$ patches and the class token: 17. $\mathbf{E}$ has a row for each of the $8 \cdot 8 \cdot 3 = 192$ numbers of a patch and $D = 64$ columns.

# %% [markdown] lang="ko"
# ## 2. 8x8 픽셀 패치
#
# 패치 $(32 / 8)^2 = 16$개에 클래스 토큰을 더해 17개예요. $\mathbf{E}$에는 패치의 숫자 $8 \cdot 8 \cdot 3 = 192$개마다 행이 하나씩 있고 열은 $D = 64$개예요.

# %%
num_tokens = (32 // 8) ** 2 + 1
numbers_in_E = 8 * 8 * 3 * 64

check("0.2a", num_tokens)
check("0.2b", numbers_in_E)

# %% [markdown] lang="en"
# ## 3. Patches of any size

# %% [markdown] lang="ko"
# ## 3. 어떤 크기로든 나누기

# %%
def cut(picture, P):
    """(H, H, C) -> patches (N, P*P*C), left to right, top to bottom."""
    rows, channels = picture.shape[0] // P, picture.shape[2]
    x = picture.reshape(rows, P, rows, P, channels)
    x = x.transpose(0, 2, 1, 3, 4)  # (rows, columns, P, P, C)
    return x.reshape(rows * rows, P * P * channels)


check("0.3", cut)

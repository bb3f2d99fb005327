# %% [markdown] lang="en"
# # Solutions: the Transformer encoder
#
# Solutions to the exercises of [`03_transformer_encoder`](../03_transformer_encoder.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 트랜스포머 인코더
#
# [`03_transformer_encoder`](../03_transformer_encoder.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
from keras import ops

from vit_keras import TransformerBlock, check

# %% [markdown] lang="en"
# ## 1. A silent block
#
# A. With its last weights and biases at zero, each branch returns zero, and the sum leaves what came in: $\mathbf{z}'_\ell = 0 + \mathbf{z}_{\ell-1}$ and $\mathbf{z}_\ell = 0 + \mathbf{z}'_\ell$. The norms stand inside the branches, so they do not matter either. A fresh block with small last weights is therefore close to doing nothing, and that is a good place to start from: it does no harm, and its gradient has a path of slope 1. In the original Transformer's order the answer would be C, since there the norm stands behind the sum.

# %% [markdown] lang="ko"
# ## 1. 조용한 블록
#
# 답은 A예요. 마지막 가중치와 편향이 0이면 두 갈래에서 모두 0이 나오고, 더해도 들어온 것이 그대로 남아요. $\mathbf{z}'_\ell = 0 + \mathbf{z}_{\ell-1}$이고 $\mathbf{z}_\ell = 0 + \mathbf{z}'_\ell$이니까요. 층 정규화(layer normalization)는 갈래 안에 있어서 역시 상관없어요. 그래서 마지막 가중치가 작은 새 블록은 거의 아무 일도 하지 않아요. 출발하기에 좋은 곳이에요. 해를 끼치지 않고, 그래디언트에는 기울기가 1인 길이 있어요. 원래 트랜스포머의 순서라면 층 정규화가 덧셈 뒤에 있으니 답은 C가 돼요.

# %%
answer = "A"

check("3.1", answer)

# %%
keras.utils.set_random_seed(0)
z = keras.random.normal((2, 3, 8))  # (B, T, D)
block = TransformerBlock(num_heads=2, mlp_dim=16)
print("a fresh block changes its input:", bool(ops.any(block(z) != z)))
for last in (block.attention.output_projection, block.mlp.dense_2):
    last.set_weights([np.zeros(w.shape) for w in last.get_weights()])
print("a silent one returns it:", bool(ops.all(block(z) == z)))

# %% [markdown] lang="en"
# ## 2. One block of ViT-Large
#
# Two norms, four dense layers from $D$ to $D$, two between $D$ and $M$. The number of heads plays no part. 24 such blocks are 302,309,376 parameters: nearly all of the lecture's 307M.

# %% [markdown] lang="ko"
# ## 2. ViT-Large의 블록 하나
#
# 층 정규화 두 개, $D$에서 $D$로 가는 완전 연결 층 네 개, $D$와 $M$ 사이의 완전 연결 층 두 개예요. 헤드(head) 수는 상관없어요. 이런 블록 24개의 파라미터는 302,309,376개예요. 강의에 나온 307M의 거의 전부예요.

# %%
D, M = 1024, 4096
parameters = 4 * D + 4 * (D * D + D) + (D * M + M) + (M * D + D)
print(f"{parameters:,}, and 24 of them {24 * parameters:,}")

check("3.2", parameters)

# %% [markdown] lang="en"
# ## 3. Layer Norm
#
# Mean and variance over the last axis, which is the one with the $D$ numbers of a token. `keepdims=True` leaves the shape (T, 1), which is then stretched over the D numbers; without it NumPy would try to fit (T,) to (D,).

# %% [markdown] lang="ko"
# ## 3. 층 정규화
#
# 평균과 분산은 토큰 하나의 숫자 $D$개가 있는 마지막 축을 따라 구해요. `keepdims=True`를 쓰면 형태가 (T, 1)로 남아서 숫자 D개에 고루 적용돼요. 없으면 NumPy가 (T,)를 (D,)에 맞추려고 해요.

# %%
def layer_norm(x, gamma, beta):
    """(T, D) -> (T, D)"""
    mean = x.mean(axis=-1, keepdims=True)  # (T, 1)
    variance = x.var(axis=-1, keepdims=True)  # (T, 1)
    return gamma * (x - mean) / np.sqrt(variance + 1e-6) + beta


check("3.3", layer_norm)

# %% [markdown] lang="en"
# ## 4. One block
#
# The equations as they stand. By hand: half of 8 is 4, times 3 and plus 4 is 16, plus 8 is 24; a quarter of 24 is 6, plus 1 is 7, plus 24 is 31. The second line uses the new `z` in both places, which is $\mathbf{z}'_\ell$.

# %% [markdown] lang="ko"
# ## 4. 블록 하나
#
# 식을 그대로 옮기면 돼요. 손으로 계산하면 8의 절반은 4, 3을 곱하고 4를 더하면 16, 8을 더하면 24예요. 24의 4분의 1은 6, 1을 더하면 7, 24를 더하면 31이에요. 둘째 줄에서는 두 곳 모두 새 `z`, 곧 $\mathbf{z}'_\ell$을 써요.

# %%
def encoder_block(z, norm_1, msa, norm_2, mlp):
    """z_{l-1} -> z_l"""
    z = msa(norm_1(z)) + z  # (2)
    return mlp(norm_2(z)) + z  # (3)


check("3.4", encoder_block)

# %% [markdown] lang="en"
# # Solutions: self-attention
#
# Solutions to the exercises of [`02_self_attention`](../02_self_attention.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 셀프 어텐션
#
# [`02_self_attention`](../02_self_attention.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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

from vit_keras import MultiHeadSelfAttention, check

# %% [markdown] lang="en"
# ## 1. Keys times 100
#
# C. The dot products become 100 times as large, and so do their *differences*. Softmax depends on the differences only: $e^{100 a} / e^{100 b} = (e^{a - b})^{100}$. A token that was slightly ahead is now far ahead. This is the saturated softmax of section 3: the sharper the row, the smaller the gradient. The other end is keys times 0: all dot products alike, every row even, and the output is the plain average.

# %% [markdown] lang="ko"
# ## 1. 키에 100 곱하기
#
# 답은 C예요. 내적이 100배가 되면 내적끼리의 *차이*도 100배가 돼요. 소프트맥스는 차이로만 정해져요. $e^{100 a} / e^{100 b} = (e^{a - b})^{100}$이에요. 조금 앞서 있던 토큰이 이제 압도적으로 앞서요. 3절에서 본 포화된 소프트맥스예요. 행이 뾰족할수록 그래디언트는 작아져요. 반대쪽 끝은 키에 0을 곱하는 거예요. 내적이 모두 같아져서 행이 고르게 퍼지고, 출력은 단순한 평균이 돼요.

# %%
def softmax(s, axis=-1):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


row = np.array([1.0, 0.9, 0.5, 0.0])  # dot products of one query
for factor in (0, 1, 100):
    print(f"keys times {factor:3}:", softmax(factor * row).round(2))

# %%
answer = "C"

check("2.1", answer)

# %% [markdown] lang="en"
# ## 2. Numbers
#
# The heads share the width: $D_h = D/k = 1024/16 = 64$. ViT-B/16 has $N = 224 \cdot 224 / 16^2 = 196$ patches and $T = 197$ tokens; each of the 12 heads has a score for each pair of tokens. That is nearly half a million numbers, in one layer of 12, for one image.

# %% [markdown] lang="ko"
# ## 2. 숫자 구하기
#
# 헤드는 너비를 나눠 가져요. $D_h = D/k = 1024/16 = 64$예요. ViT-B/16은 패치가 $N = 224 \cdot 224 / 16^2 = 196$개이고 토큰이 $T = 197$개예요. 헤드 12개마다 모든 토큰 쌍에 점수가 하나씩 있어요. 이미지 한 장인데 12개 층 가운데 하나에서만 거의 50만 개예요.

# %%
key_dim = 1024 // 16
num_patches = 224 * 224 // 16**2
num_scores = 12 * (num_patches + 1) ** 2
print(key_dim, num_scores)

check("2.2a", key_dim)
check("2.2b", num_scores)

# %% [markdown] lang="en"
# ## 3. Attention of one head
#
# Three lines, one for each thing it does: compare, weigh, mix. The width to divide by is that of the vectors that are multiplied, `q.shape[-1]`. Softmax takes the last axis, that of the tokens that answer, and subtracts the largest number of each row first; with queries of a thousandfold size, `exp` alone would give `nan`.

# %% [markdown] lang="ko"
# ## 3. 헤드 하나의 어텐션
#
# 하는 일이 비교하기, 가중치 만들기, 섞기 세 가지라 코드도 세 줄이에요. 나눌 너비는 서로 곱하는 벡터의 너비, `q.shape[-1]`이에요. 소프트맥스는 답하는 토큰의 축인 마지막 축을 따라 계산하고, 행마다 가장 큰 수를 먼저 빼요. 쿼리가 천 배로 커지면 `exp`만으로는 `nan`이 나와요.

# %%
def attention(q, k, v):
    """softmax(q kᵀ / √D_h) v: (T, D_h), (T, D_h), (T, any) -> (T, any)"""
    products = q @ k.T / np.sqrt(q.shape[-1])  # (T, T)
    A = softmax(products, axis=-1)  # (T, T), rows sum to one
    return A @ v  # (T, any)


check("2.3a", attention)
check("2.3b", attention)

# %% [markdown] lang="en"
# Why does $A$ come out in eighths? The check's keys are unit vectors and its queries are twice the logarithm of 1, 2, 5, ... Divided by $\sqrt{4} = 2$, the products are the logarithms themselves, and $e^{\ln 5} = 5$. Every mistake gives other shares: without the root, for example, the numbers are squared.

# %% [markdown] lang="ko"
# $A$가 8분의 몇으로 떨어지는 이유는 이래요. 검사에 쓰는 키는 단위벡터이고, 쿼리는 1, 2, 5, ...의 로그에 2를 곱한 거예요. 내적을 $\sqrt{4} = 2$로 나누면 로그 자신이 되고, $e^{\ln 5} = 5$예요. 실수를 하면 비율이 달라져요. 예를 들어 제곱근으로 나누지 않으면 수들이 제곱돼요.

# %% [markdown] lang="en"
# ## 4. Splitting heads
#
# Cut the last axis first, where a reshape is safe, then swap the axes. `x.reshape(num_heads, T, D_h)` has the right shape and the wrong contents: a reshape only lays the same sequence of numbers out anew, and it would take the first $T \cdot D_h$ numbers, which belong to the first tokens, as head 1. No error, no warning; only the numbers tell.

# %% [markdown] lang="ko"
# ## 4. 헤드 나누기
#
# 마지막 축을 먼저 나눠요. 여기서는 reshape가 안전해요. 그다음 축의 순서를 바꿔요. `x.reshape(num_heads, T, D_h)`는 형태는 맞지만 내용이 틀려요. reshape는 수의 순서를 그대로 두고 배치만 새로 해요. 그래서 앞쪽 토큰들의 것인 처음 $T \cdot D_h$개의 수가 1번 헤드가 되어 버려요. 오류도 경고도 없고, 숫자를 봐야만 알 수 있어요.

# %%
def split_heads(x, num_heads):
    """(T, D) -> (heads, T, D_h); the first head has the first D_h columns."""
    x = np.reshape(x, (len(x), num_heads, -1))  # (T, heads, D_h)
    return np.transpose(x, (1, 0, 2))  # (heads, T, D_h)


check("2.4", split_heads)

# %% [markdown] lang="en"
# With these two functions multi-head self-attention is three lines. With the same weights it gives what the layer gives.

# %% [markdown] lang="ko"
# 이 두 함수만 있으면 멀티 헤드 셀프 어텐션은 세 줄이에요. 가중치가 같으면 층과 결과가 같아요.

# %%
keras.utils.set_random_seed(0)
layer = MultiHeadSelfAttention(num_heads=2)
x = np.random.default_rng(0).standard_normal((3, 8)).astype("float32")  # (T, D)
expected = ops.convert_to_numpy(layer(x[None]))[0]

W_q, b_q, W_k, b_k, W_v, b_v, W_o, b_o = layer.get_weights()
q, k, v = x @ W_q + b_q, x @ W_k + b_k, x @ W_v + b_v  # (T, D)
q, k, v = (split_heads(part, 2) for part in (q, k, v))  # (heads, T, D_h)
side_by_side = np.concatenate([attention(*head) for head in zip(q, k, v)], axis=-1)  # (T, D)
print("the same as the layer:", np.allclose(side_by_side @ W_o + b_o, expected, atol=1e-5))

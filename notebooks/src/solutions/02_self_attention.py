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
# C. The dot products become 100 times as large, and so do their *differences*. Softmax depends on the differences only: $e^{100 a} / e^{100 b} = (e^{a - b})^{100}$. Whoever was ahead a little is now ahead beyond measure. This is the saturated softmax of section 3: the sharper the row, the smaller the gradient. The other end is keys times 0: all dot products alike, every row even, and the output is the plain average.

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

# %%
check(answer, "C", hints=[
    ("A", "The factor stands in the exponent: is exp(200) / exp(100) still exp(2) / exp(1)?",
     "인수가 지수에 있어요. exp(200) / exp(100)이 exp(2) / exp(1)과 같을까요?"),
    ("B", "What do the scores of a row sum to, whatever goes into the softmax?",
     "소프트맥스에 무엇이 들어가든 한 행의 점수를 더하면 얼마인가요?"),
    ("D", "That is what keys of zero would do. Do the dot products move closer together or "
          "further apart?",
     "키가 모두 0일 때 일어나는 일이에요. 내적끼리 더 가까워지나요, 더 멀어지나요?"),
])

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

# %%
check(key_dim, 64, hints=[
    (1024, "That is D, the width of a token. The heads share it.", "토큰의 너비 D예요. 헤드끼리 나눠 가져요."),
    (16, "That is the number of heads.", "헤드의 수예요."),
    (1024 * 16, "Heads share the width D: they do not multiply it.",
     "헤드는 너비 D를 나눠 써요. 곱하는 것이 아니에요."),
])
check(num_scores, 12 * 197**2, hints=[
    (12 * 196**2, "The class token asks and answers, too.", "클래스 토큰도 묻고 답해요."),
    (197**2, "That is one head.", "헤드 하나의 값이에요."),
    (196**2, "That is one head, and without the class token.", "헤드 하나이고, 클래스 토큰도 빠졌어요."),
    (12 * 197, "Every token asks every token.", "모든 토큰이 모든 토큰에게 물어요."),
    (12 * 12 * 197**2, "That is all 12 layers: one layer was asked for.",
     "12개 층 전체의 값이에요. 한 층만 물었어요."),
])

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

# %%
eighths = np.array([[1, 2, 5], [6, 1, 1], [2, 2, 4]])  # 8 A
three_q = np.pad(2 * np.log(eighths), ((0, 0), (0, 1)))  # (T, D_h) = (3, 4)
three_k = np.eye(3, 4)
three_v = np.array([[8, 0], [0, 8], [16, 24]])  # (3, 2)


def shares(weights, axis=1):
    return weights / weights.sum(axis=axis, keepdims=True)

# %% [markdown] lang="en"
# Why $A$ comes out in eighths: the keys are unit vectors, so $\mathbf{q} \mathbf{k}^\top$ is `2 * np.log(eighths)`. Divided by $\sqrt{4} = 2$ it is the logarithm of the numbers 1, 2, 5, ..., and $e^{\ln 5} = 5$. Every mistake gives other shares, which is how the check knows it: without the root, for example, the numbers are squared.

# %% [markdown] lang="ko"
# $A$가 8분의 몇으로 떨어지는 이유는 이래요. 키가 단위벡터라서 $\mathbf{q} \mathbf{k}^\top$는 `2 * np.log(eighths)`예요. 이것을 $\sqrt{4} = 2$로 나누면 1, 2, 5, ...의 로그가 되고, $e^{\ln 5} = 5$예요. 실수를 하면 비율이 달라져서 `check`가 알아봐요. 예를 들어 제곱근으로 나누지 않으면 수들이 제곱돼요.

# %%
check(attention, [[11, 17], [8, 4], [10, 14]], on=(three_q, three_k, three_v), hints=[
    (shares(eighths), "That is A. What is mixed by these scores?", "그것은 A예요. 이 점수로 무엇을 섞나요?"),
    (shares(eighths**2) @ three_v,
     "The scores are too sharp. What are the dot products divided by?",
     "점수가 너무 뾰족해요. 내적을 무엇으로 나누나요?"),
    (shares(eighths**0.5) @ three_v,
     "The scores are too even: divided by D_h. What is the typical size of a dot product?",
     "점수가 너무 고르게 퍼졌어요. D_h로 나눴어요. 내적의 크기는 보통 얼마인가요?"),
    (shares(eighths ** (2 / 3**0.5)) @ three_v,
     "You divided by the root of T. Over which axis is a dot product summed?",
     "T의 제곱근으로 나눴어요. 내적은 어느 축을 따라 더한 값인가요?"),
    (shares(eighths ** (2 / 2**0.5)) @ three_v,
     "You divided by the root of the width of v. Which width do q and k have?",
     "v의 너비의 제곱근으로 나눴어요. q와 k의 너비는 얼마인가요?"),
    (shares(eighths, axis=0) @ three_v,
     "The columns of A sum to one, not the rows: softmax over the wrong axis.",
     "A의 행이 아니라 열의 합이 1이에요. 소프트맥스의 축이 틀렸어요."),
    (shares(eighths**2, axis=0) @ three_v,
     "Softmax over the wrong axis, and nothing was divided by the root.",
     "소프트맥스의 축이 틀렸고, 제곱근으로 나누지도 않았어요."),
    (eighths / 24 @ three_v, "All of A sums to one: each row has to. Give the softmax an axis.",
     "A 전체의 합이 1이에요. 행마다 1이어야 해요. 소프트맥스에 축을 정해 주세요."),
    (eighths @ three_v, "exp, but not divided by the sum of the row.",
     "exp까지만 했고 행의 합으로 나누지 않았어요."),
    (np.log(eighths) @ three_v, "These weights do not sum to one: where is the softmax?",
     "가중치의 합이 1이 아니에요. 소프트맥스가 어디로 갔나요?"),
    (2 * np.log(eighths) @ three_v,
     "These weights do not sum to one: where is the softmax? The root is missing, too.",
     "가중치의 합이 1이 아니에요. 소프트맥스가 어디로 갔나요? 제곱근도 빠졌어요."),
    (shares(eighths.T) @ three_v,
     "q and k have changed places: rows have to be the tokens that ask.",
     "q와 k의 자리가 바뀌었어요. 행이 묻는 토큰이어야 해요."),
    (shares(eighths).T @ three_v, "A is transposed: row n has to hold the scores of token n.",
     "A가 전치되었어요. n번째 행에 토큰 n의 점수가 있어야 해요."),
])
check(attention, three_v[[2, 0, 2]], on=(1000 * three_q, three_k, three_v), hints=[
    (lambda y: np.isnan(y).any(), "nan: exp of a large number overflows. See softmax in section 2.",
     "nan이에요. 큰 수의 exp는 넘쳐요. 2절의 softmax를 보세요."),
])

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

# %%
eight_wide = 10 * np.arange(3)[:, None] + np.arange(8)  # (T, D) = (3, 8)

check(split_heads, np.stack([eight_wide[:, :4], eight_wide[:, 4:]]), on=(eight_wide, 2), hints=[
    (eight_wide.reshape(2, 3, 4),
     "A reshape keeps the order of reading: the second row of the first head still belongs to "
     "token 0.",
     "reshape는 읽는 순서를 지켜요. 첫 번째 헤드의 두 번째 행이 아직 토큰 0의 것이에요."),
    (eight_wide.reshape(3, 2, 4), "That is (T, heads, D_h). The heads have to come first.",
     "(T, heads, D_h)예요. 헤드가 맨 앞에 와야 해요."),
    (lambda y: np.shape(y) in ((4, 3, 2), (3, 4, 2)),
     "You made 4 heads of width 2: number and width of the heads are swapped.",
     "너비가 2인 헤드 4개가 되었어요. 헤드의 수와 너비가 바뀌었어요."),
    (eight_wide.reshape(3, 4, 2).transpose(2, 0, 1),
     "Every head took every second column: a head is columns side by side.",
     "헤드마다 한 열씩 건너뛰며 가져갔어요. 헤드는 이웃한 열의 묶음이에요."),
    (lambda y: np.shape(y) == (2, 4, 3), "That is (heads, D_h, T): tokens and width are swapped.",
     "(heads, D_h, T)예요. 토큰과 너비의 자리가 바뀌었어요."),
])

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

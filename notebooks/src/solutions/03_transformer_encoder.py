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
# B. With its last weights and biases at zero, each branch returns zero, and the sum leaves what came in: $\mathbf{z}'_\ell = 0 + \mathbf{z}_{\ell-1}$ and $\mathbf{z}_\ell = 0 + \mathbf{z}'_\ell$. The norms stand inside the branches, so they do not matter either. A fresh block with small last weights is therefore close to doing nothing, and that is a good place to start from: it does no harm, and its gradient has a path of slope 1. In the original Transformer's order the answer would be C, since there the norm stands behind the sum.

# %% [markdown] lang="ko"
# ## 1. 조용한 블록
#
# 답은 B예요. 마지막 가중치와 편향이 0이면 두 갈래에서 모두 0이 나오고, 더해도 들어온 것이 그대로 남아요. $\mathbf{z}'_\ell = 0 + \mathbf{z}_{\ell-1}$이고 $\mathbf{z}_\ell = 0 + \mathbf{z}'_\ell$이니까요. 층 정규화(layer normalization)는 갈래 안에 있어서 역시 상관없어요. 그래서 마지막 가중치가 작은 새 블록은 거의 아무 일도 하지 않아요. 출발하기에 좋은 곳이에요. 해를 끼치지 않고, 그래디언트에는 기울기가 1인 길이 있어요. 원래 트랜스포머의 순서라면 층 정규화가 덧셈 뒤에 있으니 답은 C가 돼요.

# %%
answer = "B"

# %%
check(answer, "B", hints=[
    ("A", "Zeros come out of the two branches. Is that all that comes out of the block?",
     "두 갈래에서는 0이 나와요. 블록에서 나오는 것이 그것뿐일까요?"),
    ("C", "A post-norm block would do that. Where is the norm in this one?",
     "사후 정규화 블록이라면 그래요. 이 블록에서는 층 정규화가 어디에 있나요?"),
    ("D", "Tokens mix inside attention. What is the mixture multiplied by before it leaves?",
     "토큰은 어텐션 안에서 섞여요. 섞인 것이 나가기 전에 무엇이 곱해지나요?"),
])
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

# %%
check(parameters, 12_596_224, hints=[
    (12_587_008, "These are the weights. Every dense layer has biases, too.",
     "가중치만 셌어요. 완전 연결 층마다 편향도 있어요."),
    (12_592_128, "The two norms are missing.", "층 정규화 두 개가 빠졌어요."),
    (12_594_176, "There are two norms in a block.", "블록에는 층 정규화가 두 개 있어요."),
    (12_582_912, "The biases and the norms are missing.", "편향과 층 정규화가 빠졌어요."),
    (11_546_624, "After query, key and value comes a fourth dense layer.",
     "쿼리, 키, 밸류 다음에 네 번째 완전 연결 층이 있어요."),
    (75_572_224, "Heads share the width D: do not count them 16 times.",
     "헤드는 너비 D를 나눠 써요. 16번 세지 마세요."),
    (59_828_224, "Heads share the width D: do not count them 16 times.",
     "헤드는 너비 D를 나눠 써요. 16번 세지 마세요."),
    (302_309_376, "That is all 24 blocks. How many has one?", "블록 24개를 모두 센 값이에요. 하나에는 몇 개일까요?"),
])
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

# %%
three = np.array([[1, 7, 9, 15], [5, 5, 5, 5], [0.01, 0.03, 0.01, 0.03]])
scale, shift = np.array([1, 1, 3, 2]), np.array([0, 0, 0, 10])
right = np.array([[-1.4, -0.2, 0.6, 12.8], [0, 0, 0, 10],
                  [-0.995037, 0.995037, -2.985112, 11.990074]])


def row(index, *numbers):
    return lambda answer: np.allclose(answer[index], numbers, atol=1e-3)


check(layer_norm, right, on=(three, scale, shift), hints=[
    (lambda answer: np.any(np.isnan(answer)),
     "The constant token has variance 0: what keeps you from dividing by zero?",
     "숫자가 모두 같은 토큰은 분산이 0이에요. 0으로 나누지 않으려면 무엇이 필요할까요?"),
    (row(0, -0.465, 1.020, 3.532, 12.674),
     "Mean and variance run over the tokens. Take the numbers of one token: the other axis.",
     "평균과 분산을 토큰들에 걸쳐 구했어요. 토큰 하나의 숫자들에 걸쳐 구하세요. 다른 축이에요."),
    (row(0, -0.763, 0.608, 3.193, 14.870),
     "One mean for all tokens. Every token has a mean and a variance of its own.",
     "모든 토큰에 평균 하나를 썼어요. 평균과 분산은 토큰마다 따로예요."),
    (row(0, -0.28, -0.04, 0.12, 10.56), "You divide by the variance: take its root.",
     "분산으로 나눴어요. 제곱근을 구하세요."),
    (row(0, 0.2, 1.4, 5.4, 16), "Subtract the mean first.", "먼저 평균을 빼세요."),
    (row(0, -1.212, -0.173, 0.520, 12.425), "The variance divides by D, not by D - 1.",
     "분산은 D - 1이 아니라 D로 나눠요."),
    (row(0, -1.4, -0.2, 0.2, 1.4), "Where are gamma and beta?", "gamma와 beta가 빠졌어요."),
    (row(0, -1.4, -0.2, 0.2, 11.4), "Where is gamma?", "gamma가 빠졌어요."),
    (row(0, -1.4, -0.2, 0.6, 2.8), "Where is beta?", "beta가 빠졌어요."),
    (row(0, -1.4, -0.2, 0.6, 22.8), "Scale first, then shift: beta is not multiplied by gamma.",
     "먼저 배율을 곱하고 나중에 더하세요. beta에는 gamma를 곱하지 않아요."),
    (row(0, 1, 1, 3, 16), "gamma scales and beta shifts: you have them the other way round.",
     "gamma가 배율이고 beta가 이동값이에요. 둘이 바뀌었어요."),
    (row(2, -0.3015, 0.3015, -0.9045, 10.603),
     "The small token has shrunk: epsilon is 1e-6, not Keras's default.",
     "작은 토큰이 줄어들었어요. 엡실론은 Keras의 기본값이 아니라 1e-6이에요."),
    (row(2, -0.9999, 0.9999, -2.9997, 11.9998), "epsilon is added to the variance, under the root.",
     "엡실론은 제곱근 안에서 분산에 더해요."),
    ("could not be broadcast",
     "shapes do not fit: (T, D) and (T,). `keepdims=True` keeps the axis over which you take "
     "the mean.",
     "(T, D)와 (T,)라서 형태가 맞지 않아요. `keepdims=True`를 쓰면 평균을 낸 축이 남아요."),
])
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

# %%
stand_ins = (lambda z: z / 2, lambda z: 3 * z + 4, lambda z: z / 4, lambda z: z + 1)

check(encoder_block, 31, on=(8, *stand_ins), hints=[
    (9.25, "That is the original Transformer: norm after the sum. The ViT's comes before.",
     "덧셈 뒤에 층 정규화를 하는 원래 트랜스포머예요. ViT에서는 앞에 와요."),
    (27.75, "The norm belongs before msa and mlp, not behind them.",
     "층 정규화는 msa와 mlp의 뒤가 아니라 앞에 와요."),
    (5, "No residual connection: each equation ends in a sum.", "잔차 연결이 없어요. 식마다 끝에 덧셈이 있어요."),
    (7, "Equation (3) ends in a sum, too.", "식 (3)도 덧셈으로 끝나요."),
    (21, "Equation (2) ends in a sum, too.", "식 (2)도 덧셈으로 끝나요."),
    (11, "What is added is z itself, not the normed z.", "더하는 것은 정규화한 z가 아니라 z 자신이에요."),
    (15, "Equation (3) adds z'_l, the result of (2), not z_{l-1}.",
     "식 (3)에서 더하는 것은 z_{l-1}이 아니라 (2)의 결과 z'_l이에요."),
    (27, "The MLP of (3) sees z'_l, the result of (2), not z_{l-1}.",
     "식 (3)의 MLP는 z_{l-1}이 아니라 (2)의 결과 z'_l을 봐요."),
    (24, "That is z'_l, equation (2). Now equation (3).", "그것은 식 (2)의 z'_l이에요. 이제 식 (3)을 계산하세요."),
    (28, "norm_1 belongs to msa, norm_2 to mlp.", "norm_1은 msa에, norm_2는 mlp에 써요."),
    (73, "The norms are missing.", "층 정규화가 빠졌어요."),
    (49, "norm_2 is missing.", "norm_2가 빠졌어요."),
    (46, "norm_1 is missing.", "norm_1이 빠졌어요."),
])

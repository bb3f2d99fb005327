# %% [markdown] lang="en"
# # Self-attention: every token asks, every token answers
#
# You compute self-attention by hand on three tokens, find out what the root, the softmax and the heads are for by leaving them out, and end with the layer of the Vision Transformer (ViT), which agrees with Keras's own.
#
# | | |
# |---|---|
# | Lecture | "Multi-Head Attention" in the figure of the encoder; MSA in equation (2) |
# | Read first | lesson 1, `01_patches_and_embeddings`: an image becomes a sequence of tokens |
# | Time | read and try: 40 min; machine: 1 min, can be skipped |

# %% [markdown] lang="ko"
# # 셀프 어텐션: 모든 토큰이 묻고, 모든 토큰이 답해요
#
# 토큰 세 개로 셀프 어텐션(self-attention)을 직접 계산해요. 제곱근, 소프트맥스, 헤드를 하나씩 빼 보면서 왜 필요한지 확인해요. 마지막에는 비전 트랜스포머(Vision Transformer, ViT)에 쓰이는 층을 읽고, Keras에 있는 층과 결과가 같은지 확인해요.
#
# | | |
# |---|---|
# | 강의 | 인코더 그림의 "Multi-Head Attention", 식 (2)의 MSA |
# | 먼저 읽을 것 | 수업 1 `01_patches_and_embeddings`. 이미지가 토큰의 시퀀스가 되는 과정이에요 |
# | 시간 | 읽고 따라 하기: 40분. 컴퓨터: 1분, 건너뛰어도 돼요 |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. compute attention scores and outputs on small arrays by hand, with the shape of every step;
# 2. say what softmax over rows, the root of $D_h$ and several heads are for, and recognize a layer that lacks one of them;
# 3. write multi-head self-attention yourself, and say why a ViT needs position embeddings besides.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 작은 배열로 어텐션 점수와 출력을 직접 계산하고, 단계마다 형태(shape)를 말해요.
# 2. 행마다 적용하는 소프트맥스, $D_h$의 제곱근, 여러 헤드가 왜 필요한지 설명하고, 그중 하나가 빠진 층을 알아봐요.
# 3. 멀티 헤드 셀프 어텐션을 직접 코드로 쓰고, ViT에 위치 임베딩이 따로 필요한 이유를 설명해요.

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
from keras import layers, ops

import vit_keras
from vit_keras import VARIANTS, Patches, check, draw_shapes
from vit_keras.figures import COLORS, plot_attention_scores, plot_patches
from vit_keras.patches import sincos_positions

print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# ## 1. A token knows only itself
#
# After lesson 1 a picture is a sequence of tokens, one for each patch. How much of the moon below does a single patch hold? The drawn image comes with `masks`, which say which pixels belong to the moon.

# %% [markdown] lang="ko"
# ## 1. 토큰은 자기 자신만 알아요
#
# 수업 1을 거치면 그림 한 장이 토큰(token)의 시퀀스가 돼요. 패치(patch) 하나가 토큰 하나예요. 아래 달 그림에서 패치 하나에는 달이 얼마나 들어 있을까요? 코드로 그린 이미지에는 어느 픽셀이 달인지 알려 주는 `masks`가 있어요.

# %% alt="A drawn yellow moon in a blue sky, and the same picture cut into 8 x 8 patches; the moon lies in pieces in many of them." alt_ko="코드로 그린 파란 하늘의 노란 달과, 같은 그림을 8 x 8개의 패치로 나눈 모습. 달이 여러 패치에 조각나 있어요."
drawn = draw_shapes(1, shapes=("moon",), size=0.46, color="yellow", position="center",
                    clutter=0.2, seed=0)
picture = drawn.images[0]
patches = ops.convert_to_numpy(Patches(4)(drawn.images))[0]  # (N, P*P*C) = (64, 48)
mask_patches = ops.convert_to_numpy(Patches(4)(drawn.masks[..., None]))[0]
moon = mask_patches.sum(axis=-1)  # (64,) moon pixels in each patch
print("patches:", patches.shape, "| with some moon in them:", np.sum(moon > 0))
print(f"the fullest patch holds {moon.max() / moon.sum():.0%} of the moon")
plot_patches(picture, patches, (8, 8), "One moon, in pieces")

# %% [markdown] lang="en"
# No patch shows a moon. The fuller ones are plain yellow, and could as well come from a lemon or a wall. What the picture shows is in the patches *together*.
#
# The projection $\mathbf{E}$ of equation (1) cannot help: it acts on every token alone. So does every `Dense` layer. **Predict:** we change one of the 64 tokens. How many outputs change if each token goes through a `Dense` layer, and how many if each token is replaced by the average of all?

# %% [markdown] lang="ko"
# 달이 보이는 패치는 하나도 없어요. 달로 꽉 찬 패치는 그냥 노란색이라, 레몬인지 벽인지 알 수 없어요. 무엇을 그린 그림인지는 패치를 *함께* 봐야 알 수 있어요.
#
# 식 (1)의 $\mathbf{E}$는 도움이 되지 않아요. 토큰 하나하나에 따로 작용하거든요. `Dense` 층은 모두 그래요. **예측해 보세요.** 토큰 64개 가운데 하나를 바꿨어요. 토큰마다 `Dense` 층을 통과시키면 출력 몇 개가 바뀔까요? 토큰마다 전체의 평균으로 바꿔 놓는다면 몇 개가 바뀔까요?

# %%
guess = None  # two numbers

E = np.random.default_rng(0).standard_normal((48, 8))
other = patches.astype(float)
other[27] = 0  # one patch turns black


def each_alone(tokens):
    return tokens @ E


def average(tokens):
    return np.repeat(tokens.mean(axis=0, keepdims=True), len(tokens), axis=0)


for exchange in (each_alone, average):
    changed = ~np.isclose(exchange(patches), exchange(other)).all(axis=-1)  # (64,)
    print(f"{exchange.__name__:10} {np.sum(changed):2} of 64 outputs change")
print("after the average all tokens are alike:", np.allclose(average(patches), average(patches)[0]))

# %% [markdown] lang="en"
# With the average every token hears from every other, but all get the same answer: a token of the moon listens to the sky as much as to the rest of the moon. What we want is a *weighted* average, with weights of its own for each token: $A_{nm}$ says how much token $n$ listens to token $m$.
#
# $$\mathbf{y}_n = \sum_{m=1}^{T} A_{nm} \, \mathbf{x}_m, \qquad \Longleftrightarrow \qquad \underbrace{\mathbf{y}}_{(T, D)} = \underbrace{A}_{(T, T)} \; \underbrace{\mathbf{x}}_{(T, D)}$$
#
# Row $n$ of $A$ belongs to token $n$; its entries are not negative and sum to one. Take three tokens of four numbers, $D = 4$: is it yellow, is it blue, does it contain the moon's left edge, does it contain the right edge?

# %% [markdown] lang="ko"
# 평균을 내면 모든 토큰이 서로의 이야기를 들어요. 하지만 모두 똑같은 답을 받아요. 달의 토큰이 달의 다른 부분만큼이나 하늘의 말도 들어요. 우리가 원하는 것은 *가중* 평균이고, 가중치는 토큰마다 달라야 해요. $A_{nm}$은 토큰 $n$이 토큰 $m$의 말을 얼마나 듣는지 나타내요.
#
# $$\mathbf{y}_n = \sum_{m=1}^{T} A_{nm} \, \mathbf{x}_m, \qquad \Longleftrightarrow \qquad \underbrace{\mathbf{y}}_{(T, D)} = \underbrace{A}_{(T, T)} \; \underbrace{\mathbf{x}}_{(T, D)}$$
#
# $A$의 $n$번째 행이 토큰 $n$의 것이에요. 행의 성분은 음수가 아니고 합이 1이에요. 토큰 세 개로 살펴봐요. 토큰마다 숫자가 네 개, 즉 $D = 4$예요. 차례로 노란가, 파란가, 달의 왼쪽 가장자리가 있는가, 오른쪽 가장자리가 있는가를 나타내요.

# %%
names = ["moon, left", "moon, right", "sky"]
x = np.array([[1, 0, 1, 0],  # yellow, blue, left edge, right edge
              [1, 0, 0, 1],
              [0, 1, 0, 0]])
everyone = np.full((3, 3), 1 / 3)  # the plain average
itself = np.eye(3)  # no exchange at all
moon_together = np.array([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]])
print((everyone @ x).round(2), itself @ x, moon_together @ x, sep="\n\n")

# %% [markdown] lang="en"
# The plain average and "each for itself" are the two ends; in the third, each half of the moon has learned of the other, and the sky has stayed out of it. A convolution, too, mixes by weights, but its weights depend on the *position* and are the same for every picture. Attention is a way to compute $A$ from the tokens themselves, anew for every picture.

# %% [markdown] lang="ko"
# 단순한 평균과 '각자 따로'가 양쪽 끝이에요. 세 번째 결과에서는 달의 두 반쪽이 서로 있다는 것을 알게 되었고, 하늘은 끼어들지 않았어요. 합성곱도 가중치로 섞지만, 그 가중치는 *위치*에 따라 정해지고 어떤 그림에서든 똑같아요. 어텐션(attention)은 그림마다 토큰 자신에게서 $A$를 새로 계산하는 방법이에요.

# %% [markdown] lang="en"
# ## 2. Three tokens by hand
#
# ### Queries, keys, values
#
# Every token asks a question and offers an answer to the questions of others. For this, three vectors are made of it, each by a matrix that is learned:
#
# - the *query* $\mathbf{q}$: what am I looking for?
# - the *key* $\mathbf{k}$: what do I have, for others to find me by?
# - the *value* $\mathbf{v}$: what do I hand over to a token that listens to me?
#
# $$\underbrace{\mathbf{q}}_{(T, D_h)} = \underbrace{\mathbf{x}}_{(T, D)} \underbrace{\mathbf{W}_q}_{(D, D_h)}, \qquad \mathbf{k} = \mathbf{x} \mathbf{W}_k, \qquad \mathbf{v} = \mathbf{x} \mathbf{W}_v$$
#
# All three are made of the same tokens: hence *self*-attention. Why not compare the tokens as they are? Because a token does not always look for its like. The left half of the moon looks for a *right* edge: its query must differ from its key. Below $D_h = D = 4$. Read $\mathbf{W}_q$ row by row: yellow looks for yellow, blue for blue, a left edge for a right edge with weight 2, a right edge for nothing.

# %% [markdown] lang="ko"
# ## 2. 토큰 세 개로 직접 계산하기
#
# ### 쿼리, 키, 밸류
#
# 토큰은 저마다 질문을 하고, 다른 토큰의 질문에 답도 내놓아요. 이를 위해 토큰 하나에서 벡터 세 개를 만들어요. 벡터마다 학습되는 행렬이 하나씩 있어요.
#
# - *쿼리*(query) $\mathbf{q}$: 나는 무엇을 찾나요?
# - *키*(key) $\mathbf{k}$: 나는 무엇을 갖고 있나요? 남들은 이것을 보고 나를 찾아요.
# - *밸류*(value) $\mathbf{v}$: 내 말을 듣는 토큰에게 무엇을 건네나요?
#
# $$\underbrace{\mathbf{q}}_{(T, D_h)} = \underbrace{\mathbf{x}}_{(T, D)} \underbrace{\mathbf{W}_q}_{(D, D_h)}, \qquad \mathbf{k} = \mathbf{x} \mathbf{W}_k, \qquad \mathbf{v} = \mathbf{x} \mathbf{W}_v$$
#
# 셋 다 같은 토큰들에서 만들어요. 그래서 *셀프* 어텐션이에요. 토큰끼리 그냥 비교하면 안 될까요? 토큰이 늘 자기와 닮은 것만 찾지는 않아요. 달의 왼쪽 반은 *오른쪽* 가장자리를 찾아요. 그래서 쿼리와 키가 달라야 해요. 아래에서는 $D_h = D = 4$예요. $\mathbf{W}_q$를 한 행씩 읽어 보세요. 노란색은 노란색을 찾고, 파란색은 파란색을 찾고, 왼쪽 가장자리는 오른쪽 가장자리를 가중치 2로 찾고, 오른쪽 가장자리는 아무것도 찾지 않아요.

# %%
W_q = np.array([[1, 0, 0, 0],
                [0, 1, 0, 0],
                [0, 0, 0, 2],
                [0, 0, 0, 0]])
W_k = np.diag([1, 1, 2, 2])  # edges count double
W_v = 10 * np.eye(4, dtype=int)  # the token itself, times ten: easy to recognize in a mixture
q, k, v = x @ W_q, x @ W_k, x @ W_v  # (3, 4) each
print("q", q.tolist(), "\nk", k.tolist(), "\nv", v.tolist())

# %% [markdown] lang="en"
# ### Every question against every answer
#
# How well does an answer fit a question? The dot product of query and key is large where both have large entries at the same places. All pairs at once are one product of matrices, $\mathbf{q} \mathbf{k}^\top$. **Predict** the row of "moon, left".

# %% [markdown] lang="ko"
# ### 모든 질문과 모든 답
#
# 답이 질문에 얼마나 잘 맞을까요? 쿼리와 키의 내적(dot product)은 둘 다 같은 자리에 큰 성분이 있을 때 커져요. 모든 쌍을 한꺼번에 계산하면 행렬 곱 하나, $\mathbf{q} \mathbf{k}^\top$예요. 'moon, left'의 행을 **예측해 보세요.**

# %%
guess = None  # three numbers

products = q @ k.T  # (T, T)
print(products.shape)
products

# %% [markdown] lang="en"
# A row for each token that asks, a column for each token that answers; the width $D_h$ was summed over. "moon, left" finds itself with 1 (both yellow) and the right half with 5: yellow, and the edge it was looking for counts 4. The matrix is not symmetric: "moon, right" asks for no edge, so it finds both halves equally.
#
# ### Softmax over each row
#
# These numbers are not weights yet: they do not sum to one and can be negative. First they are divided by $\sqrt{D_h}$, here $\sqrt{4} = 2$; section 3 says why. Then softmax makes weights of each row:
#
# $$A_{nm} = \frac{e^{s_{nm}}}{\sum_{j=1}^{T} e^{s_{nj}}}, \qquad s = \frac{\mathbf{q} \mathbf{k}^\top}{\sqrt{D_h}}$$
#
# The sum runs over $j$, the tokens that *answer*, since it is the asking token that divides its attention among them. In code that is the last axis. One trap: $e^{1000}$ is too large for a float. Subtracting the row's maximum first helps, and changes nothing, since $e^{-\max}$ stands above and below the line.

# %% [markdown] lang="ko"
# 행은 묻는 토큰, 열은 답하는 토큰이에요. 너비 $D_h$는 더해져서 사라졌어요. 'moon, left'는 자기 자신과 1만큼(둘 다 노란색), 오른쪽 반과는 5만큼 맞아요. 노란색에서 1, 찾던 가장자리에서 4예요. 행렬은 대칭이 아니에요. 'moon, right'는 가장자리를 찾지 않으므로 두 반쪽이 똑같이 맞아요.
#
# ### 행마다 소프트맥스
#
# 이 수는 아직 가중치가 아니에요. 합이 1도 아니고 음수가 될 수도 있어요. 먼저 $\sqrt{D_h}$로 나눠요. 여기서는 $\sqrt{4} = 2$이고, 이유는 3절에서 봐요. 그다음 소프트맥스(softmax)가 행마다 가중치를 만들어요.
#
# $$A_{nm} = \frac{e^{s_{nm}}}{\sum_{j=1}^{T} e^{s_{nj}}}, \qquad s = \frac{\mathbf{q} \mathbf{k}^\top}{\sqrt{D_h}}$$
#
# 합은 *답하는* 토큰 $j$에 대해 구해요. 묻는 토큰이 자기 관심을 답하는 토큰들에게 나누어 주는 것이니까요. 코드에서는 마지막 축이에요. 함정이 하나 있어요. $e^{1000}$은 너무 커서 실수형에 담을 수 없어요. 행의 최댓값을 먼저 빼면 돼요. $e^{-\max}$가 분자와 분모에 똑같이 곱해지므로 결과는 그대로예요.

# %%
def softmax(s, axis=-1):
    """Weights that sum to one along `axis`, safe for large numbers."""
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


large = np.array([1000.0, 999.0, 0.0])
with np.errstate(over="ignore", invalid="ignore"):
    print("naive", np.exp(large) / np.exp(large).sum())
print("safe ", softmax(large).round(2))

# %% alt="Heat map of the attention scores of three tokens. The left half of the moon gives 0.82 to the right half, the right half gives 0.38 to each half, the sky gives 0.45 to itself." alt_ko="토큰 세 개의 어텐션 점수 히트맵. 달의 왼쪽 반은 오른쪽 반에 0.82를, 달의 오른쪽 반은 두 반쪽에 0.38씩을, 하늘은 자기 자신에게 0.45를 줘요."
A = softmax(products / np.sqrt(4))  # (T, T)
print("rows sum to", A.sum(axis=1).round(2), "| columns sum to", A.sum(axis=0).round(2))
plot_attention_scores(A[None], names, title="The left half looks at the right half")

# %% [markdown] lang="en"
# These are the *attention scores* $A$. "moon, left" gives 82% of its attention to the other half, as its query demanded. Rows sum to one. Columns need not: a column sums up how much a token is listened to, and a token may be of use to many or to nobody.
#
# ### Mixing the values
#
# The output is the weighted average of section 1, of values instead of tokens.
#
# $$\text{SA}(\mathbf{x}) = \underbrace{A}_{(T, T)} \; \underbrace{\mathbf{v}}_{(T, D_h)}$$

# %% [markdown] lang="ko"
# 이것이 *어텐션 점수*(attention scores) $A$예요. 'moon, left'는 쿼리가 찾던 대로 관심의 82%를 다른 반쪽에 줘요. 행의 합은 1이에요. 열의 합은 1이 아니어도 돼요. 그 토큰의 말을 다들 얼마나 듣는지 나타내니까요. 여럿에게 쓸모 있는 토큰도, 아무에게도 쓸모없는 토큰도 있을 수 있어요.
#
# ### 밸류 섞기
#
# 출력은 1절의 가중 평균인데, 토큰 대신 밸류를 평균해요.
#
# $$\text{SA}(\mathbf{x}) = \underbrace{A}_{(T, T)} \; \underbrace{\mathbf{v}}_{(T, D_h)}$$

# %%
y = A @ v  # (T, D_h)
print(y.shape, "yellow, blue, left edge, right edge")
y.round(1)

# %% [markdown] lang="en"
# "moon, left" now holds 8.2 of "right edge", a thing it did not have. Equation (2) adds this to the token, $\text{MSA}(\dots) + \mathbf{z}_{\ell-1}$, which then knows both what it is and what it was looking for. That is all of self-attention: three products with learned matrices, one product of all pairs, a softmax, a weighted average.
#
# ### Broken on purpose: softmax over the wrong axis
#
# What if the softmax runs down the columns? No shape changes, nothing raises an error.

# %% [markdown] lang="ko"
# 'moon, left'가 갖고 있지 않던 'right edge'를 8.2만큼 얻었어요. 식 (2)에서는 이것을 원래 토큰에 더해요. $\text{MSA}(\dots) + \mathbf{z}_{\ell-1}$이죠. 그래서 토큰은 자기가 무엇인지와 찾던 것이 무엇인지를 모두 알게 돼요. 셀프 어텐션은 이것이 전부예요. 학습되는 행렬과의 곱 세 번, 모든 쌍의 곱 한 번, 소프트맥스, 가중 평균이에요.
#
# ### 일부러 망가뜨리기: 축이 틀린 소프트맥스
#
# 소프트맥스를 열을 따라 적용하면 어떻게 될까요? 형태는 그대로이고 오류도 나지 않아요.

# %%
wrong = softmax(products / np.sqrt(4), axis=0)
print(wrong.round(2))
print("rows sum to", wrong.sum(axis=1).round(2), "| columns sum to", wrong.sum(axis=0).round(2))
print((wrong @ v).round(1))

# %% [markdown] lang="en"
# Now those who *ask* compete for each answer. The row of "moon, left" sums to 1.48, and its output is no longer an average: yellow 12.1, where no value is larger than 10. One line of a test finds this mistake: `A.sum(axis=-1)` must be one.

# %% [markdown] lang="ko"
# 이제는 *묻는 쪽*이 답 하나를 두고 서로 다투어요. 'moon, left'의 행은 합이 1.48이고, 그 출력은 더 이상 평균이 아니에요. 밸류는 10을 넘지 않는데 yellow가 12.1이에요. 이 실수는 테스트 한 줄이면 찾을 수 있어요. `A.sum(axis=-1)`이 1이어야 해요.

# %% [markdown] lang="en"
# ## 3. Why divide by the root?
#
# ### The size of a dot product
#
# $\mathbf{q} \cdot \mathbf{k}$ is a sum of $D_h$ products. At the start of training, queries and keys are random. Say their entries are independent, with mean 0 and variance 1. A product of two of them has mean 0 and variance $1 \cdot 1 = 1$, and variances of independent numbers add up:
#
# $$\text{Var}(\mathbf{q} \cdot \mathbf{k}) = \sum_{i=1}^{D_h} \text{Var}(q_i k_i) = D_h, \qquad \text{Var}\left(\frac{\mathbf{q} \cdot \mathbf{k}}{\sqrt{D_h}}\right) = \frac{D_h}{D_h} = 1$$
#
# So the typical size of a dot product is $\sqrt{D_h}$: the wider a head, the larger the numbers that go into the softmax, for no other reason than its width. Measured on 10,000 pairs:

# %% [markdown] lang="ko"
# ## 3. 왜 제곱근으로 나눌까요?
#
# ### 내적의 크기
#
# $\mathbf{q} \cdot \mathbf{k}$는 곱 $D_h$개의 합이에요. 학습을 시작할 때 쿼리와 키는 무작위예요. 성분이 서로 독립이고 평균 0, 분산 1이라고 해 봐요. 두 성분의 곱은 평균이 0이고 분산이 $1 \cdot 1 = 1$이에요. 독립인 수의 분산은 더하면 돼요.
#
# $$\text{Var}(\mathbf{q} \cdot \mathbf{k}) = \sum_{i=1}^{D_h} \text{Var}(q_i k_i) = D_h, \qquad \text{Var}\left(\frac{\mathbf{q} \cdot \mathbf{k}}{\sqrt{D_h}}\right) = \frac{D_h}{D_h} = 1$$
#
# 그래서 내적의 크기는 보통 $\sqrt{D_h}$ 정도예요. 헤드가 넓을수록 소프트맥스에 들어가는 수가 커지는데, 이유라고는 너비뿐이에요. 너비마다 10,000쌍으로 재면 이래요.

# %%
widths = [4, 16, 64, 256]
rng = np.random.default_rng(0)
print("D_h    Var(q·k)   Var(q·k / √D_h)")
for D_h in widths:
    one, two = rng.standard_normal((2, 10_000, D_h))
    dots = np.sum(one * two, axis=-1)
    print(f"{D_h:3} {np.var(dots):11.1f} {np.var(dots / np.sqrt(D_h)):17.2f}")

# %% [markdown] lang="en"
# The variance is the width; after the division it is one. What do large numbers do to a softmax? Take two tokens with $s = (d, 0)$ and let $d$ grow. The *gradient* of a softmax says how far the scores move when $s$ moves a little. By the quotient rule ($\delta_{ij}$ is 1 where $i = j$, else 0):
#
# $$\frac{\partial a_i}{\partial s_j} = a_i \, (\delta_{ij} - a_j)$$

# %% [markdown] lang="ko"
# 분산이 너비와 같고, 나눈 뒤에는 1이에요. 그럼 큰 수는 소프트맥스에 어떤 영향을 줄까요? 토큰 두 개로 $s = (d, 0)$이라 놓고 $d$를 키워 봐요. 소프트맥스의 *그래디언트*(gradient)는 $s$가 조금 움직일 때 점수가 얼마나 움직이는지 알려 줘요. 몫의 미분법으로 구하면 다음과 같아요. $\delta_{ij}$는 $i = j$일 때 1이고, 아니면 0이에요.
#
# $$\frac{\partial a_i}{\partial s_j} = a_i \, (\delta_{ij} - a_j)$$

# %%
def softmax_jacobian(a):
    """All derivatives of the scores `a` of one row: (T,) -> (T, T)."""
    return np.diag(a) - np.outer(a, a)


step, s = 1e-6, np.array([1.0, 2.0, 0.5])
measured = [(softmax(s + step * e) - softmax(s - step * e)) / (2 * step) for e in np.eye(3)]
print("formula and measurement agree:", np.allclose(softmax_jacobian(softmax(s)), measured))
for d in (0, 2, 4, 8):
    a = softmax(np.array([d, 0]))
    print(f"s = ({d}, 0): larger score {a[0]:.4f}, its derivative {softmax_jacobian(a)[0, 0]:.4f}")

# %% [markdown] lang="en"
# At $d = 8$ the softmax is *saturated*: one token has everything, and the derivative is nearly zero. Whatever the loss wants changed in $s$, next to nothing reaches the weights: the layer cannot learn that it looks at the wrong token.
#
# ### Broken on purpose: no root
#
# At $D_h = 256$ the dot products have a typical size of 16, so differences of 8 and more are common. Below are the scores of eight tokens with random queries and keys, once without the root and once with it.

# %% [markdown] lang="ko"
# $d = 8$이면 소프트맥스가 *포화*(saturation)돼요. 토큰 하나가 전부를 가져가고 도함수는 거의 0이에요. 손실이 $s$를 어떻게 바꾸고 싶어 하든 가중치까지 전해지는 것이 거의 없어요. 엉뚱한 토큰을 보고 있어도 고칠 수가 없는 거예요.
#
# ### 일부러 망가뜨리기: 제곱근이 없으면
#
# $D_h = 256$이면 내적의 크기가 보통 16이에요. 8 이상 차이 나는 일이 흔해요. 아래는 쿼리와 키가 무작위인 토큰 여덟 개의 점수예요. 한 번은 제곱근으로 나누지 않고, 한 번은 나눠서 계산해요.

# %% alt="Two heat maps of scores of eight tokens. Without the root most rows have one bright cell near 1 and are dark elsewhere; with the root most rows are spread over several tokens." alt_ko="토큰 여덟 개의 점수 히트맵 두 개. 제곱근이 없으면 대부분의 행에서 한 칸만 1에 가깝게 밝고 나머지는 어두워요. 제곱근으로 나누면 대부분의 행이 여러 토큰에 퍼져 있어요."
one, two = np.random.default_rng(2).standard_normal((2, 8, 256))  # queries and keys
both = np.stack([softmax(one @ two.T), softmax(one @ two.T / np.sqrt(256))])  # (2, T, T)
plot_attention_scores(both, heads=["without the root", "with the root"],
                      title="Without the root most rows are all or nothing")

# %% [markdown] lang="en"
# On the left most rows put nearly everything on one token, chosen by chance before anything was learned. Now the gradient, for 500 random rows over 16 tokens: the size of the matrix of derivatives, and the share of rows where it is below 0.01, so that these rows hardly learn.

# %% [markdown] lang="ko"
# 왼쪽에서는 대부분의 행이 거의 전부를 토큰 하나에 줘요. 아무것도 배우기 전인데 우연히 골라 버린 거예요. 이제 그래디언트를 재요. 토큰 16개를 보는 무작위 행 500개에서 도함수 행렬의 크기를 구하고, 크기가 0.01보다 작아 거의 배우지 못하는 행의 비율도 구해요.

# %%
def saturation(D_h, divisor):
    """Mean largest score, median size of the gradient, share of rows with next to no gradient."""
    rng = np.random.default_rng(1)
    query, keys = rng.standard_normal((500, D_h)), rng.standard_normal((500, 16, D_h))
    A = softmax(np.einsum("nk,nmk->nm", query, keys) / divisor)  # 500 rows over 16 tokens
    sizes = np.array([np.linalg.norm(softmax_jacobian(a)) for a in A])
    return A.max(axis=-1).mean(), np.median(sizes), np.mean(sizes < 0.01)


for name, divisor in {"nothing": 1, "root of D_h": np.sqrt(256), "D_h": 256}.items():
    largest, size, stuck = saturation(256, divisor)
    print(f"divided by {name:12} largest score {largest:.2f}, gradient {size:.3f}, "
          f"rows that hardly learn {stuck:.0%}")

# %% alt="Two curves against the width of a head. Left: the largest score rises to 0.9 without division, stays at 0.24 with the root, falls to 1/16 divided by D_h. Right, logarithmic: the gradient falls below 0.01 without division and stays level with the root." alt_ko="헤드의 너비에 따른 곡선 두 개. 왼쪽: 가장 큰 점수가 나누지 않으면 0.9까지 올라가고, 제곱근으로 나누면 0.24에 머물고, D_h로 나누면 1/16로 내려가요. 오른쪽(로그 눈금): 그래디언트가 나누지 않으면 0.01 아래로 떨어지고, 제곱근으로 나누면 그대로예요."
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
figure.suptitle("Only with the root does the width of a head not matter")
for color, (name, power) in zip(COLORS, {"nothing": 0, "root of $D_h$": 0.5, "$D_h$": 1}.items()):
    largest, size, _ = zip(*[saturation(D_h, D_h**power) for D_h in widths])
    left.plot(widths, largest, "-o", color=color, label=f"divided by {name}")
    right.plot(widths, size, "-o", color=color)
left.axhline(1 / 16, color="gray", linestyle=":", label="even: 1/16")
left.legend(frameon=False, fontsize=8)
left.set(xscale="log", ylim=(0, 1), xlabel="width of a head, $D_h$",
         ylabel="mean largest score in a row")
right.set(xscale="log", yscale="log", xlabel="width of a head, $D_h$",
          ylabel="median size of the gradient")
for axes in (left, right):
    axes.set_xticks(widths, widths, minor=False)
    axes.minorticks_off()
    axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# Without division (blue) the largest score climbs towards one, and the gradient falls to less than a thirtieth. Divided by $D_h$ itself (green), the scores sink to the even 1/16: the gradient is there, but the plain average of section 1 is back. With the root (red) both curves are level. About half of the rows hardly learn at $D_h = 256$ without the root, and none with it.
#
# Heads in practice are 64 to 80 wide:

# %% [markdown] lang="ko"
# 나누지 않으면(파란색) 가장 큰 점수가 1을 향해 올라가고, 그래디언트는 30분의 1도 안 되게 줄어요. $D_h$ 자체로 나누면(초록색) 점수가 고르게 1/16로 가라앉아요. 그래디언트는 살아 있지만 1절의 단순한 평균으로 되돌아가요. 제곱근으로 나누면(빨간색) 두 곡선이 모두 평평해요. $D_h = 256$에서 제곱근이 없으면 행의 약 절반이 거의 배우지 못하고, 제곱근이 있으면 그런 행이 하나도 없어요.
#
# 실제 헤드의 너비는 64에서 80이에요.

# %%
for name, size in VARIANTS.items():
    D, heads = size["hidden_dim"], size["num_heads"]
    print(f"ViT-{name:3} D = {D:4}, {heads:2} heads, D_h = {D // heads}")

# %% [markdown] lang="en"
# ## 4. Heads
#
# ### One softmax points one way
#
# A row of $A$ sums to one, so more attention for one thing is less for all others. In section 2 the edges won: "moon, left" gave hardly anything to itself, though it is just as yellow as the other half. A token that wants to know two things has to choose. *Heads* are several attentions side by side, each with its own softmax.
#
# ### Splitting the width
#
# Heads do not make the layer larger: they share the width $D$. With $k$ heads each gets
#
# $$D_h = \frac{D}{k}$$
#
# columns of $\mathbf{q}$, $\mathbf{k}$ and $\mathbf{v}$. Numbered entries show which head gets what: token $n$, column $j$ holds $10 n + j$.

# %% [markdown] lang="ko"
# ## 4. 헤드
#
# ### 소프트맥스 하나는 한쪽만 가리켜요
#
# $A$의 행은 합이 1이라서, 하나에 관심을 더 주면 나머지에는 덜 주게 돼요. 2절에서는 가장자리가 이겼어요. 'moon, left'는 자기 자신도 다른 반쪽만큼 노란데 거의 관심을 두지 않았어요. 두 가지를 알고 싶어도 하나를 골라야 해요. *헤드*(head)는 나란히 놓인 여러 개의 어텐션이에요. 헤드마다 소프트맥스가 따로 있어요.
#
# ### 너비 나누기
#
# 헤드를 늘려도 층은 커지지 않아요. 너비 $D$를 헤드끼리 나눠 가져요. 헤드가 $k$개라면 헤드마다 $\mathbf{q}$, $\mathbf{k}$, $\mathbf{v}$의 열을
#
# $$D_h = \frac{D}{k}$$
#
# 개씩 받아요. 번호를 매겨 보면 어느 헤드가 무엇을 받는지 보여요. 토큰 $n$의 $j$번째 열이 $10 n + j$예요.

# %%
numbered = 10 * np.arange(3)[:, None] + np.arange(4)  # (T, D) = (3, 4)
split = np.reshape(numbered, (3, 2, 2))  # (T, heads, D_h)
print(numbered, split[:, 0], split[:, 1], sep="\n\n")
print("\nthe second head is the last two columns:", np.array_equal(split[:, 1], numbered[:, 2:]))

# %% [markdown] lang="en"
# A head is a block of neighboring columns. A reshape keeps the order of reading, so cutting the *last* axis in two is safe.
#
# Our tokens fit well: columns 0 and 1 are colors, 2 and 3 are edges, so the first head compares colors and the second compares edges. `einsum` names the axes: n a token that asks, m a token that answers, h a head, d the width of one head. A letter that is missing on the right of the arrow is multiplied and summed.

# %% [markdown] lang="ko"
# 헤드는 이웃한 열의 묶음이에요. reshape는 읽는 순서를 지키므로 *마지막* 축을 둘로 나누는 것은 안전해요.
#
# 우리 토큰은 나누기에 딱 좋아요. 0, 1번 열이 색이고 2, 3번 열이 가장자리예요. 그래서 첫 번째 헤드는 색을, 두 번째 헤드는 가장자리를 비교해요. `einsum`에서는 축에 이름을 붙여요. n은 묻는 토큰, m은 답하는 토큰, h는 헤드, d는 헤드 하나의 너비예요. 화살표 오른쪽에 없는 글자는 곱해서 더해요.

# %% alt="Heat maps of two heads. In head 1 the two halves of the moon look at each other and themselves equally, the sky at itself. In head 2 the left half gives 0.89 to the right half, the other two rows are even." alt_ko="헤드 두 개의 히트맵. 1번 헤드에서는 달의 두 반쪽이 서로와 자기 자신을 똑같이 보고, 하늘은 자기 자신을 봐요. 2번 헤드에서는 왼쪽 반이 오른쪽 반에 0.89를 주고, 나머지 두 행은 고르게 퍼져 있어요."
q_heads, k_heads, v_heads = (np.reshape(one, (3, 2, 2)) for one in (q, k, v))  # (T, heads, D_h)
products = np.einsum("nhd,mhd->hnm", q_heads, k_heads)  # (heads, T, T)
A_heads = softmax(products / np.sqrt(2))  # D_h is 2 now
print(products)
plot_attention_scores(A_heads, names, heads=["head 1: colors", "head 2: edges"],
                      title="Two heads, two questions")

# %% [markdown] lang="en"
# "moon, left" now gets both answers at once: head 1 treats the two halves alike, head 2 points at the right edge. In head 2 the other two tokens ask nothing, their queries are zero, and their rows are even: 1/3 each.
#
# ### Side by side, then one projection
#
# Each head makes an output of shape (T, $D_h$). Put side by side they are (T, D) again. One more learned matrix, $\mathbf{W}_o$, then mixes what the heads have found; without it, a column would only ever hold what one head brought.
#
# $$\text{MSA}(\mathbf{x}) = \underbrace{[\, \text{SA}_1(\mathbf{x}); \; \cdots; \; \text{SA}_k(\mathbf{x}) \,]}_{(T, \; k \cdot D_h) = (T, D)} \; \underbrace{\mathbf{W}_o}_{(D, D)}$$
#
# First all heads at once with `einsum`, then head by head, as the equation says. Both agree.

# %% [markdown] lang="ko"
# 이제 'moon, left'는 두 가지 답을 한꺼번에 얻어요. 1번 헤드는 두 반쪽을 똑같이 대하고, 2번 헤드는 오른쪽 가장자리를 가리켜요. 2번 헤드에서 나머지 두 토큰은 아무것도 묻지 않아요. 쿼리가 0이라서 행이 1/3씩 고르게 퍼져요.
#
# ### 나란히 붙이고 한 번 더 변환하기
#
# 헤드마다 형태가 (T, $D_h$)인 출력을 내요. 나란히 붙이면 다시 (T, D)가 돼요. 그다음 학습되는 행렬 $\mathbf{W}_o$가 헤드들이 찾아온 것을 섞어요. 이 행렬이 없으면 열 하나에는 언제나 헤드 하나가 가져온 것만 들어 있어요.
#
# $$\text{MSA}(\mathbf{x}) = \underbrace{[\, \text{SA}_1(\mathbf{x}); \; \cdots; \; \text{SA}_k(\mathbf{x}) \,]}_{(T, \; k \cdot D_h) = (T, D)} \; \underbrace{\mathbf{W}_o}_{(D, D)}$$
#
# 먼저 `einsum`으로 모든 헤드를 한꺼번에 계산하고, 그다음 식에 적힌 대로 헤드마다 따로 계산해요. 둘이 같아요.

# %%
W_o = np.array([[1, 0, 0, 0],
                [0, 1, 0, 0],
                [0, 0, 1, 0],
                [1, 0, 0, 1]])  # right edges, found by head 2, are added to yellow of head 1
mixed = np.einsum("hnm,mhd->nhd", A_heads, v_heads)  # (T, heads, D_h)
y_heads = np.reshape(mixed, (3, 4)) @ W_o  # (T, D)

outputs = []
for columns in (slice(0, 2), slice(2, 4)):  # head 1, head 2
    A_head = softmax(q[:, columns] @ k[:, columns].T / np.sqrt(2))  # (T, T)
    outputs.append(A_head @ v[:, columns])  # (T, D_h)
one_by_one = np.concatenate(outputs, axis=-1) @ W_o  # (T, D)
print(y_heads.round(1), "\nhead by head gives the same:", np.allclose(y_heads, one_by_one))

# %% [markdown] lang="en"
# ## 5. The layer
#
# You have seen every step of the MSA (multi-head self-attention) in equation (2):
#
# $$\mathbf{z}'_\ell = \text{MSA}(\text{LN}(\mathbf{z}_{\ell-1})) + \mathbf{z}_{\ell-1}, \qquad \ell = 1 \dots L \tag{2}$$
#
# (LN and the sum are lesson 3.) The layer of the module does what you did by hand, with three things added: a batch axis b, the biases of `Dense`, and dropout of the scores, which is off by default. It multiplies $\mathbf{q}$ by $1/\sqrt{D_h}$ before the product instead of dividing the product: the same result for fewer multiplications. `num_queries` lets only the first tokens ask.

# %% [markdown] lang="ko"
# ## 5. 층
#
# 식 (2)에 나오는 MSA, 곧 멀티 헤드 셀프 어텐션(multi-head self-attention)의 모든 단계를 살펴봤어요.
#
# $$\mathbf{z}'_\ell = \text{MSA}(\text{LN}(\mathbf{z}_{\ell-1})) + \mathbf{z}_{\ell-1}, \qquad \ell = 1 \dots L \tag{2}$$
#
# (LN과 덧셈은 수업 3에서 다뤄요.) 모듈의 층도 손으로 한 것과 똑같이 계산하고, 세 가지가 더 있어요. 배치 축 b, `Dense`의 편향, 그리고 점수에 적용하는 드롭아웃(기본값은 쓰지 않음)이에요. 곱을 나누는 대신 곱하기 전에 $\mathbf{q}$에 $1/\sqrt{D_h}$을 곱해요. 결과는 같고 곱셈이 줄어요. `num_queries`를 주면 앞쪽 토큰만 물어요.

# %% quotes="vit_keras.attention.MultiHeadSelfAttention"
class MultiHeadSelfAttention(layers.Layer):
    def __init__(self, num_heads, dropout_rate=0.0, kernel_initializer="lecun_uniform", **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.dropout_rate = dropout_rate
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.dropout = layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, inputs_shape):
        hidden_dim = inputs_shape[-1]
        self.query = self._projection(hidden_dim, "query")
        self.key = self._projection(hidden_dim, "key")
        self.value = self._projection(hidden_dim, "value")
        self.output_projection = self._projection(hidden_dim, "output_projection")
        for part in (self.query, self.key, self.value, self.output_projection):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        hidden_dim = inputs.shape[-1]
        key_dim = hidden_dim // self.num_heads

        def heads(x):
            return ops.reshape(x, (-1, x.shape[1], self.num_heads, key_dim))

        # b batch, n tokens that ask, m tokens that answer, h heads, d width of a head
        q = heads(self.query(inputs[:, :num_queries]))
        k = heads(self.key(inputs))
        v = heads(self.value(inputs))
        scores = ops.softmax(ops.einsum("bnhd,bmhd->bhnm", q * key_dim**-0.5, k))
        mixed = ops.einsum("bhnm,bmhd->bnhd", self.dropout(scores, training=training), v)
        outputs = self.output_projection(ops.reshape(mixed, (-1, mixed.shape[1], hidden_dim)))
        return (outputs, scores) if return_attention_scores else outputs

    def _projection(self, hidden_dim, name):
        # A copy of the initializer each: one and the same draws the same numbers every time.
        initializer = self.kernel_initializer.__class__.from_config(
            self.kernel_initializer.get_config())
        return layers.Dense(hidden_dim, kernel_initializer=initializer, dtype=self.dtype_policy,
                            name=name)

# %% [markdown] lang="en"
# `q`, `k` and `v` have the shape (B, T, heads, $D_h$), `scores` is $A$ of every head, (B, heads, T, T), and `mixed` is $A \mathbf{v}$ of every head. With the hand-made matrices, the numbers of sections 2 and 4 come out. From here on we import the class.

# %% [markdown] lang="ko"
# `q`, `k`, `v`의 형태는 (B, T, heads, $D_h$)이고, `scores`는 헤드마다 구한 $A$로 (B, heads, T, T)이고, `mixed`는 헤드마다 구한 $A \mathbf{v}$예요. 손으로 만든 행렬을 이 층에 넣으면 2절과 4절의 숫자가 나와요. 이제부터는 클래스를 import해서 써요.

# %%
def with_kernels(layer, tokens, *kernels):
    """The layer with these kernels for query, key, value and output, and biases of zero."""
    layer.build(tokens.shape)
    parts = layer.query, layer.key, layer.value, layer.output_projection
    for part, kernel in zip(parts, kernels):
        part.set_weights([kernel, np.zeros(len(kernel))])
    return layer


def agree(one, other):
    return np.allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-4)


tokens = x[None].astype("float32")  # (B, T, D) = (1, 3, 4)
one_head = with_kernels(MultiHeadSelfAttention(1), tokens, W_q, W_k, W_v, np.eye(4))
two_heads = with_kernels(MultiHeadSelfAttention(2), tokens, W_q, W_k, W_v, W_o)
print("one head, section 2: ", agree(one_head(tokens)[0], y))
print("two heads, section 4:", agree(two_heads(tokens)[0], y_heads))

from vit_keras import MultiHeadSelfAttention

imported = with_kernels(MultiHeadSelfAttention(2), tokens, W_q, W_k, W_v, W_o)
print("the imported class:  ", agree(imported(tokens), two_heads(tokens)))

# %% [markdown] lang="en"
# With the same weights it agrees with Keras's own `MultiHeadAttention`, too. Keras keeps the kernels already split into heads, (D, heads, $D_h$), so they only need another shape.

# %% [markdown] lang="ko"
# 가중치가 같으면 Keras의 `MultiHeadAttention`과도 결과가 같아요. Keras는 커널을 처음부터 헤드로 나눈 (D, heads, $D_h$) 형태로 보관해요. 그래서 형태만 바꿔 주면 돼요.

# %%
keras.utils.set_random_seed(0)
tokens = keras.random.normal((2, 5, 64))  # (B, T, D)
msa = MultiHeadSelfAttention(num_heads=4)
outputs, scores = msa(tokens, return_attention_scores=True)
theirs = keras.layers.MultiHeadAttention(num_heads=4, key_dim=16)  # key_dim is D_h = 64 / 4
theirs.build(tokens.shape, tokens.shape)
theirs.set_weights([one.reshape(other.shape)
                    for one, other in zip(msa.get_weights(), theirs.get_weights())])

their_outputs, their_scores = theirs(tokens, tokens, return_attention_scores=True)
print("same outputs:", agree(outputs, their_outputs), "| same scores:", agree(scores, their_scores))

# %% [markdown] lang="en"
# A trap: Keras's `key_dim` is the width of *one* head. If you pass $D$, every head is as wide as a whole token. **Predict**: how many times as many parameters do 16 heads have as one head in our layer?

# %% [markdown] lang="ko"
# 함정이 하나 있어요. Keras의 `key_dim`은 헤드 *하나*의 너비예요. 여기에 $D$를 넣으면 헤드 하나가 토큰 전체만큼 넓어져요. **예측해 보세요.** 우리 층에서 헤드가 16개면 하나일 때보다 파라미터가 몇 배일까요?

# %%
guess = None  # how many times as many?

for num_heads in (1, 2, 4, 16):
    layer = MultiHeadSelfAttention(num_heads)
    layer.build((None, 5, 64))
    print(f"{num_heads:2} heads: {layer.count_params():,} parameters, "
          f"4 (D² + D) = {4 * (64 * 64 + 64):,}")
too_wide = keras.layers.MultiHeadAttention(num_heads=4, key_dim=64)
too_wide.build((None, 5, 64), (None, 5, 64))
print(f"Keras with 4 heads and key_dim = D: {too_wide.count_params():,}")

# %% [markdown] lang="en"
# ### Scores, and fewer questions
#
# `return_attention_scores=True` gives $A$ beside the output. `num_queries=1` lets only the first token ask. Equation (4) reads $\mathbf{z}_L^0$, the class token, and nothing else, so in the last block the other tokens need not ask; they still have to answer.

# %% [markdown] lang="ko"
# ### 점수 보기, 질문 줄이기
#
# `return_attention_scores=True`를 주면 출력과 함께 $A$도 돌려줘요. `num_queries=1`이면 첫 번째 토큰만 물어요. 식 (4)는 클래스 토큰(class token) $\mathbf{z}_L^0$만 읽어요. 그래서 마지막 블록에서는 다른 토큰이 물을 필요가 없어요. 하지만 답은 해야 해요.

# %%
first, first_scores = msa(tokens, num_queries=1, return_attention_scores=True)
print("all ask: ", tuple(outputs.shape), tuple(scores.shape))
print("one asks:", tuple(first.shape), tuple(first_scores.shape))
print("its answer is the same as before:", agree(first, outputs[:, :1]))
print("every row sums to one:", agree(ops.sum(scores, axis=-1), np.ones((2, 4, 5))))

# %% [markdown] lang="en"
# Nothing in this layer knows that the tokens come from a picture. It is the attention of the original Transformer's encoder (Vaswani et al., 2017) and of BERT. That is what the lecture means by "the rest works almost as in the Transformer or BERT": what makes a ViT of it is the patches of lesson 1.
#
# ## 6. Attention does not know the order
#
# Nor does anything in the layer know *where* a token stands. Each output is a sum over all tokens, and a sum does not mind the order. Shuffle the tokens by $\pi$, and the same outputs come, shuffled in the same way: attention is *permutation equivariant*.
#
# $$\text{MSA}(\pi(\mathbf{x})) = \pi(\text{MSA}(\mathbf{x}))$$
#
# On the patches of the moon:

# %% [markdown] lang="ko"
# 이 층은 토큰이 그림에서 왔다는 것을 전혀 몰라요. 원래 트랜스포머의 인코더(Vaswani et al., 2017)와 BERT에 있는 어텐션 그대로예요. 강의에서 "나머지 부분은 기존 트랜스포머 혹은 문서 분류에 적용된 BERT가 작동하는 방식과 거의 동일"하다고 한 것이 이 뜻이에요. 이것을 ViT로 만드는 것은 수업 1의 패치예요.
#
# ## 6. 어텐션은 순서를 몰라요
#
# 이 층은 토큰이 *어디에* 있는지도 전혀 몰라요. 출력은 모든 토큰에 대한 합이고, 합은 순서를 따지지 않아요. 토큰을 $\pi$로 섞으면 같은 출력이 똑같이 섞여서 나와요. 이것을 *순열 등변성*(permutation equivariance)이라고 해요.
#
# $$\text{MSA}(\pi(\mathbf{x})) = \pi(\text{MSA}(\mathbf{x}))$$
#
# 달 그림의 패치 64개로 확인해요.

# %% alt="The drawn moon on the left; on the right its 64 patches in random order, where no moon can be seen." alt_ko="왼쪽은 코드로 그린 달이고, 오른쪽은 그 패치 64개를 무작위로 섞은 것이라 달이 보이지 않아요."
content = (patches - patches.mean(axis=0)) / patches.std()  # (64, 48), centered and scaled
order = np.random.default_rng(0).permutation(64)
keras.utils.set_random_seed(0)
msa = MultiHeadSelfAttention(num_heads=4)
tokens = content[None].astype("float32")  # (1, 64, 48)
shuffled_after = ops.take(msa(tokens), order, axis=1)
print("attention of the shuffled is the shuffled attention:",
      agree(msa(tokens[:, order]), shuffled_after))
plot_patches(picture, patches[order], (8, 8),
             "Without positions, attention cannot tell these two apart")

# %% [markdown] lang="en"
# For attention the right picture is the same set of tokens. Worse, the class token, from which the ViT reads its answer, gets the same output from both. That is why equation (1) adds $\mathbf{E}_{pos}$: with it, a patch carries its place. Here the positions are fixed ones, sines and cosines of row and column. **Predict** whether the class token hears the same from both pictures, without and with positions.

# %% [markdown] lang="ko"
# 어텐션에게는 오른쪽 그림도 똑같은 토큰의 모임이에요. 더구나 ViT는 클래스 토큰에서 답을 읽는데, 클래스 토큰이 받는 출력이 두 그림에서 똑같아요. 그래서 식 (1)에서 위치 임베딩(position embedding) $\mathbf{E}_{pos}$를 더해요. 그러면 패치가 자기 위치를 지니게 돼요. 여기서는 행과 열의 사인과 코사인으로 정한 위치 임베딩을 써요. 위치 임베딩이 없을 때와 있을 때, 클래스 토큰이 두 그림에서 같은 것을 들을지 **예측해 보세요.**

# %%
guess = None  # True or False, twice

x_class = np.random.default_rng(1).standard_normal((1, 48))


def class_token_hears(parts, E_pos):
    z = np.concatenate([x_class, parts]) + E_pos  # (1), without the projection E
    return msa(z[None].astype("float32"))[:, 0]  # (1, D)


nothing = np.zeros((1, 48))  # for the class token
place = np.concatenate([nothing, sincos_positions((8, 8), 48)])  # (65, 48)
for name, E_pos in {"without": 0, "with": place}.items():
    same = agree(class_token_hears(content, E_pos), class_token_hears(content[order], E_pos))
    print(f"{name} positions the class token hears the same from both pictures: {same}")

# %% [markdown] lang="en"
# This is the inductive bias that the Transformer lacks, seen up close: a convolution starts out knowing which pixels are neighbors, and attention has to learn it by way of $\mathbf{E}_{pos}$ (lesson 7). What heads look at in pictures is shown in lessons 4 and 10.

# %% [markdown] lang="ko"
# 트랜스포머에 부족하다는 귀납 편향(inductive bias)을 가까이에서 본 셈이에요. 합성곱은 어떤 픽셀끼리 이웃인지 알고 출발하고, 어텐션은 $\mathbf{E}_{pos}$를 통해 배워야 해요(수업 7). 헤드가 그림에서 무엇을 보는지는 수업 4와 10에서 봐요.

# %% [markdown] lang="en"
# ## 7. Recap
#
# | symbol | code | shape |
# |---|---|---|
# | $\mathbf{x}$ | `inputs` | (B, T, D) |
# | $\mathbf{q}$, $\mathbf{k}$, $\mathbf{v}$ | `query`, `key`, `value` of `MultiHeadSelfAttention` | (B, T, heads, $D_h$) |
# | $D_h = D/k$ | `key_dim` | 64 in most ViTs |
# | $A = \text{softmax}(\mathbf{q} \mathbf{k}^\top / \sqrt{D_h})$ | `return_attention_scores=True` | (B, heads, T, T) |
# | $\mathbf{W}_o$ | `output_projection` | (D, D) and a bias |
# | $\text{MSA}(\mathbf{x})$ | `MultiHeadSelfAttention(num_heads)` | (B, T, D) |
#
# - Attention is a weighted average of values; the weights come from queries and keys, so from the tokens themselves.
# - Heads share the width $D$; more heads ask more questions at no extra cost.
# - Attention knows no order. Positions have to be in the tokens.

# %% [markdown] lang="ko"
# ## 7. 정리
#
# | 기호 | 코드 | 형태 |
# |---|---|---|
# | $\mathbf{x}$ | `inputs` | (B, T, D) |
# | $\mathbf{q}$, $\mathbf{k}$, $\mathbf{v}$ | `MultiHeadSelfAttention`의 `query`, `key`, `value` | (B, T, heads, $D_h$) |
# | $D_h = D/k$ | `key_dim` | 대부분의 ViT에서 64 |
# | $A = \text{softmax}(\mathbf{q} \mathbf{k}^\top / \sqrt{D_h})$ | `return_attention_scores=True` | (B, heads, T, T) |
# | $\mathbf{W}_o$ | `output_projection` | (D, D)와 편향 |
# | $\text{MSA}(\mathbf{x})$ | `MultiHeadSelfAttention(num_heads)` | (B, T, D) |
#
# - 어텐션은 밸류의 가중 평균이에요. 가중치는 쿼리와 키, 곧 토큰 자신에게서 나와요.
# - 헤드는 너비 $D$를 나눠 써요. 헤드가 늘어도 파라미터는 늘지 않고 질문만 많아져요.
# - 어텐션은 순서를 몰라요. 위치는 토큰 안에 들어 있어야 해요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/02_self_attention`](solutions/02_self_attention.ipynb).
#
# **1. To think about.** In a head, all keys are multiplied by 100. Queries and values stay. What happens to the rows of $A$ (where the dot products of a row are not all equal)?
#
# - A: Nothing. Softmax divides by the sum, so a common factor cancels.
# - B: Every score becomes 100 times as large.
# - C: Nearly all of a row goes to one token, or to those that share the first place.
# - D: Every row becomes even, 1/T for each token.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/02_self_attention`](solutions/02_self_attention.ipynb)에 있어요.
#
# **1. 생각해 보기.** 한 헤드에서 모든 키에 100을 곱해요. 쿼리와 밸류는 그대로예요. $A$의 행은 어떻게 될까요? 한 행의 내적이 모두 같지는 않다고 해요.
#
# - A: 그대로예요. 소프트맥스가 합으로 나누므로 공통 인수는 약분돼요.
# - B: 점수가 모두 100배가 돼요.
# - C: 행의 거의 전부가 토큰 하나로, 또는 공동 1위인 토큰들로 가요.
# - D: 행이 모두 고르게 1/T이 돼요.

# %%
answer = None  # "A", "B", "C" or "D"

check("2.1", answer)

# %% [markdown] lang="en"
# **2. Numbers.** How wide is a head of ViT-Large ($D = 1024$, 16 heads)? And ViT-B/16 cuts an image of 224x224 pixels into patches of 16x16, puts the class token before them and has 12 heads: how many attention scores does *one* layer compute for one image?

# %% [markdown] lang="ko"
# **2. 숫자 구하기.** ViT-Large($D = 1024$, 헤드 16개)에서 헤드의 너비는 얼마일까요? 그리고 ViT-B/16은 224x224 픽셀 이미지를 16x16 패치로 나누고, 그 앞에 클래스 토큰을 붙이고, 헤드가 12개예요. 이미지 한 장에 대해 층 *하나*가 계산하는 어텐션 점수는 몇 개일까요?

# %%
key_dim = None
num_scores = None

check("2.2a", key_dim)
check("2.2b", num_scores)

# %% [markdown] lang="en"
# **3. Write code.** Attention of one head, in NumPy: `q` and `k` of shape (T, $D_h$), `v` of shape (T, any width); the result is $A \mathbf{v}$. The first check uses queries for which $A$ comes out in eighths, with $D_h = 4$: its first row is 1/8, 2/8, 5/8. The second multiplies the queries by 1000.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** 헤드 하나의 어텐션을 NumPy로 써 보세요. `q`와 `k`의 형태는 (T, $D_h$)이고, `v`는 (T, 임의의 너비)예요. 결과는 $A \mathbf{v}$예요. 첫 번째 검사에 쓰는 쿼리는 $D_h = 4$일 때 $A$가 8분의 몇으로 떨어지도록 골랐어요. 첫 행은 1/8, 2/8, 5/8이에요. 두 번째 검사에서는 쿼리에 1000을 곱해요.

# %%
def attention(q, k, v):
    """softmax(q kᵀ / √D_h) v: (T, D_h), (T, D_h), (T, any) -> (T, any)"""
    raise NotImplementedError


check("2.3a", attention)
check("2.3b", attention)

# %% [markdown] lang="en"
# **4. Write code.** `split_heads(x, num_heads)` cuts (T, D) into heads and puts the heads first: (heads, T, $D_h$), as many implementations do. The check numbers the entries as in section 4: $10 n + j$ for token $n$, column $j$, with T = 3, D = 8 and 2 heads.

# %% [markdown] lang="ko"
# **4. 코드 쓰기.** `split_heads(x, num_heads)`는 (T, D)를 헤드로 나누고 헤드를 맨 앞에 놓아요. 결과의 형태는 (heads, T, $D_h$)이고, 이렇게 쓰는 코드가 많아요. 검사에서는 4절처럼 번호를 매겨요. 토큰 $n$의 $j$번째 열이 $10 n + j$이고, T = 3, D = 8, 헤드는 2개예요.

# %%
def split_heads(x, num_heads):
    """(T, D) -> (heads, T, D_h); the first head has the first D_h columns."""
    raise NotImplementedError


check("2.4", split_heads)

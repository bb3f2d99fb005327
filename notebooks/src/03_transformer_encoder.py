# %% [markdown] lang="en"
# # The Transformer encoder: norm, attention, norm, MLP, and two sums
#
# You build one block of the Vision Transformer (ViT) from its components, and find out what each is there for by taking it away. At the end you see what changes when the norm comes after attention and MLP instead of before them.
#
# | | |
# |---|---|
# | Lecture | the figure *Transformer Encoder*; equations (2) and (3); "Layer Norm applied in another order than in the original model"; "GELU is used" |
# | Read first | lessons 1 and 2: patches and embeddings, self-attention |
# | Time | read and try: 40 min; machine: 2 min, can be skipped |

# %% [markdown] lang="ko"
# # 트랜스포머 인코더: 층 정규화, 어텐션, 층 정규화, MLP, 그리고 두 번의 덧셈
#
# 비전 트랜스포머(Vision Transformer, ViT)의 블록(block) 하나를 구성 요소부터 직접 만들어요. 구성 요소를 하나씩 빼 보면서 무엇 때문에 있는지 알아내고, 층 정규화(layer normalization)를 어텐션과 MLP의 앞이 아니라 뒤에 두면 무엇이 달라지는지 확인해요.
#
# | | |
# |---|---|
# | 강의 | *Transformer Encoder* 그림. 식 (2)와 (3). "원래의 모형에 비해서 Layer Norm 적용 순서 차이". "GELU 활성화 함수를 사용" |
# | 먼저 읽을 것 | 수업 1과 2: 패치와 임베딩, 셀프 어텐션 |
# | 시간 | 읽고 따라 하기: 40분. 컴퓨터: 2분, 건너뛰어도 돼요 |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. write equations (2) and (3) as code, from Layer Norm to the whole encoder;
# 2. say what goes wrong without the residual connection, without epsilon, and with a dead unit;
# 3. explain how the ViT's order of the norm differs from the original Transformer's, and what that does to training.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 식 (2)와 (3)을 층 정규화에서 인코더(encoder) 전체까지 코드로 써요.
# 2. 잔차 연결(residual connection)이 없으면, 엡실론(epsilon)을 잘못 고르면, 유닛이 죽으면 무엇이 잘못되는지 말해요.
# 3. ViT의 층 정규화 순서가 원래 트랜스포머와 어떻게 다른지, 그 차이가 학습에 어떤 영향을 주는지 설명해요.

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
import math
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

import vit_keras
from vit_keras import (
    MultiHeadSelfAttention,
    PatchEncoder,
    Patches,
    TransformerBlock,
    check,
    draw_shapes,
    pick,
)
from vit_keras.data import COLORS
from vit_keras.encoder import skip_rates
from vit_keras.figures import plot_by_block, plot_encoder_block, plot_tokens

print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# ## 1. What a block is
#
# After lesson 1 a picture is a sequence of tokens, $\mathbf{z}_0$ of equation (1). After lesson 2 tokens can look at each other. What does the model do with that, again and again, until the class token knows what the picture shows?
#
# It applies a *block*. The ViT takes it from the Transformer, and takes only this half of it: the Transformer was made for translation and has an encoder, which reads, and a decoder, which writes. The decoder's *cross-attention* takes queries from what has been written, keys and values from what the encoder has read. A classifier only reads. A block is two equations:
#
# $$\underset{(B,\, T,\, D)}{\mathbf{z}'_{\ell}} = \text{MSA}(\text{LN}(\underset{(B,\, T,\, D)}{\mathbf{z}_{\ell-1}})) + \mathbf{z}_{\ell-1}, \qquad \ell = 1 \dots L \tag{2}$$
#
# $$\underset{(B,\, T,\, D)}{\mathbf{z}_{\ell}} = \text{MLP}(\text{LN}(\mathbf{z}'_{\ell})) + \mathbf{z}'_{\ell}, \qquad \ell = 1 \dots L \tag{3}$$
#
# In (2) tokens exchange what they know, in (3) each token works on what it has received.

# %% [markdown] lang="ko"
# ## 1. 블록이란
#
# 수업 1에서 그림은 토큰(token)의 시퀀스, 식 (1)의 $\mathbf{z}_0$이 되었어요. 수업 2에서 토큰은 서로를 볼 수 있게 되었고요. 모델은 이것으로 무엇을 되풀이하길래 클래스 토큰(class token)이 그림의 내용을 알게 될까요?
#
# *블록*을 적용해요. ViT는 블록을 트랜스포머에서 가져왔는데, 그중 절반만 가져왔어요. 트랜스포머는 번역을 위해 만들어졌고, 읽는 인코더와 쓰는 디코더(decoder)로 되어 있어요. 디코더의 *크로스 어텐션*(cross-attention)은 쿼리를 지금까지 쓴 것에서, 키와 밸류를 인코더가 읽은 것에서 가져와요. 분류하는 모델은 읽기만 하면 되니까 인코더만 써요. 블록 하나는 식 두 개예요.
#
# $$\underset{(B,\, T,\, D)}{\mathbf{z}'_{\ell}} = \text{MSA}(\text{LN}(\underset{(B,\, T,\, D)}{\mathbf{z}_{\ell-1}})) + \mathbf{z}_{\ell-1}, \qquad \ell = 1 \dots L \tag{2}$$
#
# $$\underset{(B,\, T,\, D)}{\mathbf{z}_{\ell}} = \text{MLP}(\text{LN}(\mathbf{z}'_{\ell})) + \mathbf{z}'_{\ell}, \qquad \ell = 1 \dots L \tag{3}$$
#
# 식 (2)에서는 토큰끼리 아는 것을 주고받고, 식 (3)에서는 토큰이 저마다 받은 것을 가공해요.

# %%
keras.utils.set_random_seed(0)
D, M, L = 32, 64, 12  # width of a token, of the MLP's hidden layer, number of blocks
moon = draw_shapes(1, shapes=("moon",), size=0.4, color="yellow", position="center",
                   clutter=0.3, seed=3)
pixels = (moon.images / 127.5 - 1).astype("float32")  # [-1, 1]
z_0 = PatchEncoder(D)(Patches(8)(pixels))  # (1)
block = TransformerBlock(num_heads=4, mlp_dim=M)
z_1 = block(z_0)  # (2) (3)
print("z_0", tuple(z_0.shape), "-> z_1", tuple(z_1.shape))

# %% [markdown] lang="en"
# 16 patches and the class token, 32 numbers each, before and after. What comes out of a block can go into the next one, so blocks can be stacked as high as you like: the lecture's "Lx".

# %% [markdown] lang="ko"
# 패치(patch) 16개와 클래스 토큰, 토큰마다 숫자 32개. 블록을 지나기 전과 후의 형태(shape)가 같아요. 나온 것을 다음 블록에 그대로 넣을 수 있으니 얼마든지 높이 쌓을 수 있어요. 강의 그림의 'Lx'가 그 뜻이에요.

# %% alt="The encoder block from bottom to top: embedded patches, norm, multi-head attention with query, key and value, plus; norm, MLP, plus. A red residual connection runs around each half. The arrows carry the shape (B, 17, 32)." alt_ko="아래에서 위로 그린 인코더 블록. 임베딩된 패치, 층 정규화, 쿼리와 키와 밸류를 받는 멀티 헤드 어텐션, 더하기, 층 정규화, MLP, 더하기 순서예요. 빨간 잔차 연결이 두 절반을 각각 돌아가요. 화살표에는 형태 (B, 17, 32)가 적혀 있어요."
plot_encoder_block(block, num_tokens=17, title="One block of the encoder")

# %% [markdown] lang="en"
# Read it from the bottom up, beside the equations. There is only one place where tokens mix: the green box. Norm and MLP see one token at a time. The red lines are the $+\,\mathbf{z}_{\ell-1}$ and $+\,\mathbf{z}'_{\ell}$ of the equations: nothing stands on them.
#
# ### The original order
#
# The lecture says that Layer Norm is applied in another order than in the original model. Here is the same block beside the order of the original Transformer (Vaswani et al., 2017).

# %% [markdown] lang="ko"
# 식과 나란히 놓고 아래에서부터 읽어 보세요. 토큰이 섞이는 곳은 초록 상자 하나뿐이에요. 층 정규화(그림의 Norm)와 MLP는 토큰을 하나씩 봐요. 빨간 선은 식의 $+\,\mathbf{z}_{\ell-1}$과 $+\,\mathbf{z}'_{\ell}$이에요. 이 선 위에는 아무것도 없어요.
#
# ### 원래의 순서
#
# 강의에서는 원래의 모형과 Layer Norm의 적용 순서가 다르다고 해요. 같은 블록을 원래 트랜스포머(Vaswani et al., 2017)의 순서와 나란히 그려 봐요.

# %% alt="Two blocks side by side. ViT: a norm before attention and a norm before the MLP, each inside the branch that the residual connection goes around. Original Transformer: attention, plus, norm; MLP, plus, norm, so that the norm stands on the main path." alt_ko="나란히 놓인 블록 두 개. ViT는 어텐션 앞과 MLP 앞에 층 정규화가 있고, 잔차 연결이 그 바깥을 돌아가요. 원래 트랜스포머는 어텐션, 더하기, 층 정규화, MLP, 더하기, 층 정규화 순서라서 층 정규화가 큰길 위에 있어요."
plot_encoder_block(block, norm=("before", "after"), title="The same components in another order")

# %% [markdown] lang="en"
# On the left you can walk from bottom to top along the red lines and meet nothing but sums. On the right every way to the top leads through both norms. The components and their parameters are the same. Section 6 finds out what this little change does.
#
# ## 2. Layer Norm
#
# Attention and MLP are made of matrix products. If the numbers of a token are ten times larger, so is the product, and a softmax over it saturates (lesson 2). Every block adds to its tokens, so sizes do change on the way up. How does a block keep what it sees in one range?
#
# Layer Norm takes the $D$ numbers of *one* token to mean 0 and variance 1. Then each of the $D$ places gets a scale $\gamma$ and a shift $\beta$ of its own, which are learned and start at 1 and 0.
#
# $$\underset{(D)}{\text{LN}(\mathbf{z})} = \gamma \odot \frac{\mathbf{z} - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu = \frac{1}{D} \sum_{i=1}^{D} z_i, \qquad \sigma^2 = \frac{1}{D} \sum_{i=1}^{D} (z_i - \mu)^2$$
#
# ### By hand, one token
#
# The token is 1, 7, 9, 15. **Predict** its four numbers after Layer Norm, without the tiny $\varepsilon$.

# %% [markdown] lang="ko"
# 왼쪽에서는 빨간 선을 따라 아래에서 위까지 가는 동안 덧셈밖에 만나지 않아요. 오른쪽에서는 어느 길로 가든 층 정규화 두 개를 지나야 해요. 구성 요소도, 파라미터도 똑같아요. 이 작은 차이가 무엇을 바꾸는지는 6절에서 알아봐요.
#
# ## 2. 층 정규화
#
# 어텐션(attention)과 MLP는 행렬 곱으로 되어 있어요. 토큰의 숫자가 열 배로 커지면 곱도 열 배가 되고, 그 위의 소프트맥스는 포화돼요(수업 2). 블록마다 토큰에 무언가를 더하니까 위로 갈수록 크기가 바뀌어요. 블록이 보는 숫자를 일정한 범위에 두려면 어떻게 해야 할까요?
#
# 층 정규화는 토큰 *하나*의 숫자 $D$개를 평균 0, 분산 1로 바꿔요. 그다음 자리 $D$개마다 따로 배율 $\gamma$를 곱하고 이동값 $\beta$를 더해요. 둘은 학습되는 값이고 1과 0에서 시작해요.
#
# $$\underset{(D)}{\text{LN}(\mathbf{z})} = \gamma \odot \frac{\mathbf{z} - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu = \frac{1}{D} \sum_{i=1}^{D} z_i, \qquad \sigma^2 = \frac{1}{D} \sum_{i=1}^{D} (z_i - \mu)^2$$
#
# ### 토큰 하나로 직접 계산하기
#
# 토큰은 1, 7, 9, 15예요. 아주 작은 $\varepsilon$은 무시하고 층 정규화를 한 뒤의 숫자 네 개를 **예측해 보세요.**

# %%
guess = None  # four numbers

token = np.array([1.0, 7.0, 9.0, 15.0])
mean = token.mean()
variance = np.mean((token - mean) ** 2)
normed = (token - mean) / np.sqrt(variance + 1e-6)
print("mean", mean, "| variance", variance, "| normed", np.round(normed, 3))
gamma, beta = np.array([1, 1, 3, 2]), np.array([0, 0, 0, 10])
print("with gamma and beta:", np.round(gamma * normed + beta, 3))

# %% [markdown] lang="en"
# For any array, the mean runs over the *last* axis, which is the one with the $D$ numbers. Here are the token, ten times the token, and the token plus 100:

# %% [markdown] lang="ko"
# 어떤 배열이든 평균은 숫자 $D$개가 있는 *마지막* 축을 따라 계산해요. 토큰, 토큰의 10배, 토큰에 100을 더한 것이에요.

# %%
LAYER_NORM_EPSILON = 1e-6


def normalize(z, epsilon=LAYER_NORM_EPSILON):
    """(..., D): every token to mean 0 and variance 1."""
    mean = z.mean(axis=-1, keepdims=True)
    variance = z.var(axis=-1, keepdims=True)
    return (z - mean) / np.sqrt(variance + epsilon)


for name, one in {"token": token, "10 * token": 10 * token, "token + 100": token + 100}.items():
    print(f"{name:12}", np.round(normalize(one), 3))

# %% [markdown] lang="en"
# Three times the same: Layer Norm forgets how large a token is and where its middle lies. What is left is the pattern of its numbers, and that is what attention and MLP get to see.
#
# ### Each token for itself
#
# Batch norm, which you know from CNNs, takes mean and variance of one place over *all pictures of the batch*; a picture's result then depends on its company. Layer Norm takes them over the places of one token. Below, the other two tokens are replaced, and we look at token 0.

# %% [markdown] lang="ko"
# 세 번 다 똑같아요. 층 정규화는 토큰이 얼마나 큰지, 가운데가 어디인지를 잊어요. 남는 것은 숫자들의 무늬이고, 어텐션과 MLP는 그 무늬를 봐요.
#
# ### 토큰마다 따로
#
# CNN에서 보았을 배치 정규화(batch normalization)는 한 자리의 평균과 분산을 *배치의 모든 그림*에 걸쳐 계산해요. 그래서 어떤 그림과 함께 있느냐에 따라 결과가 달라져요. 층 정규화는 토큰 하나의 여러 자리에 걸쳐 계산해요. 아래에서는 다른 토큰 두 개를 바꾸고 0번 토큰의 결과를 봐요.

# %%
three = np.array([token, [0, 1, 2, 3], [2, 2, 4, 4]])
others = np.array([token, [50, 0, 0, 9], [7, 7, 1, 1]])


def normalize_over_tokens(z):  # the axis of batch norm
    return (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + LAYER_NORM_EPSILON)


for name, function in {"layer norm": normalize, "over the others": normalize_over_tokens}.items():
    print(f"{name:16}", np.round(function(three)[0], 2), np.round(function(others)[0], 2))

# %% [markdown] lang="en"
# Layer Norm does not care who else is in the batch, so it is the same in training and in use. Keras has it as a layer, and with $\varepsilon = 10^{-6}$ it gives our numbers.

# %% [markdown] lang="ko"
# 층 정규화는 배치에 누가 또 있는지 상관하지 않아요. 그래서 학습할 때나 쓸 때나 똑같아요. Keras에는 이 층이 이미 있고, $\varepsilon = 10^{-6}$이면 우리가 계산한 값과 같아요.

# %% alt="Two heat maps of 17 tokens with 32 numbers each. Before the norm token 0, the class token, is almost blank and the patches differ in strength; after it all 17 rows have the same strength." alt_ko="숫자 32개짜리 토큰 17개를 나타낸 두 히트맵. 층 정규화 전에는 0번인 클래스 토큰이 거의 비어 있고 패치마다 세기가 달라요. 층 정규화 뒤에는 17개 행의 세기가 모두 같아요."
def agree(one, other, atol=1e-4):
    return np.allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=atol)


norm = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON)
print("by hand and by Keras:", agree(norm(three), normalize(three)), "| parameters:",
      norm.count_params(), "= 2 D")
tokens = ops.convert_to_numpy(z_0)[0]  # (T, D)
plot_tokens({"z_0": tokens, "LN(z_0)": normalize(tokens)},
            "Layer Norm brings every token to the same size")

# %% [markdown] lang="en"
# Row 0 is the class token: in a fresh model it is zero, plus a position with a deviation of about 0.02, so it can hardly be seen on the left. On the right it speaks as loudly as any patch.
#
# ### Epsilon matters
#
# $\varepsilon$ prevents a division by zero. It must be small against the variance, and Keras's default, $10^{-3}$, need not be. Below are a token with variance $10^{-4}$, the class token above, and a patch.

# %% [markdown] lang="ko"
# 0번 행이 클래스 토큰이에요. 학습하지 않은 모델에서 클래스 토큰은 0이고, 여기에 표준 편차가 0.02쯤인 위치 임베딩(position embedding)을 더했을 뿐이에요. 그래서 왼쪽에서는 거의 보이지 않아요. 오른쪽에서는 다른 패치와 목소리 크기가 같아요.
#
# ### 엡실론이 중요해요
#
# $\varepsilon$은 0으로 나누는 일을 막아요. 분산에 비해 작아야 하는데, Keras의 기본값 $10^{-3}$은 그렇지 않을 수 있어요. 분산이 $10^{-4}$인 토큰, 위의 클래스 토큰, 패치 하나로 확인해요.

# %%
small = token / 500  # variance 25 / 500² = 0.0001
print(f"variances: small {small.var():.4f}, class token {tokens[0].var():.4f}, "
      f"a patch {tokens[6].var():.2f}")
for epsilon in (1e-6, 1e-3):
    sizes = [normalize(one, epsilon).std() for one in (small, tokens[0], tokens[6])]
    print(f"epsilon {epsilon:g}: after the norm", " ".join(f"{size:.2f}" for size in sizes))

# %% [markdown] lang="en"
# With $10^{-3}$ the small token keeps less than a third of its size and the class token about half; the patch does not notice. A model trained with one $\varepsilon$ and run with the other gives other answers, without any error. The paper's code uses $10^{-6}$, and so does `vit_keras`.
#
# ## 3. The residual connection
#
# Why does a block *add* its result to what came in, instead of passing it on? Take a chain of functions, $f$ after $f$, and ask how much the end changes when the input changes a little. This is the slope, which is what the gradient is made of:
#
# $$\frac{d}{dz} f(z) = f'(z), \qquad \frac{d}{dz} \left( z + f(z) \right) = 1 + f'(z)$$
#
# Through $L$ functions the slopes multiply. Take the simplest $f$ there is, $f(z) = 0.1\, z$, twelve times. **Predict** both products, roughly.

# %% [markdown] lang="ko"
# $10^{-3}$이면 작은 토큰은 크기가 3분의 1도 안 되게 줄고 클래스 토큰은 절반쯤이 돼요. 패치에는 차이가 없어요. 그래서 학습할 때와 쓸 때 $\varepsilon$이 다르면 오류도 없이 답이 달라져요. 논문의 코드는 $10^{-6}$을 쓰고 `vit_keras`도 그래요.
#
# ## 3. 잔차 연결
#
# 블록은 왜 결과를 그냥 넘기지 않고 들어온 것에 *더할까요*? 이것이 잔차 연결이에요. 함수 $f$를 여러 번 이어 붙이고, 입력이 조금 바뀌면 끝이 얼마나 바뀌는지 물어봐요. 이것이 기울기이고, 그래디언트(gradient)는 기울기로 만들어져요.
#
# $$\frac{d}{dz} f(z) = f'(z), \qquad \frac{d}{dz} \left( z + f(z) \right) = 1 + f'(z)$$
#
# 함수 $L$개를 지나면 기울기가 곱해져요. 가장 간단한 함수 $f(z) = 0.1\, z$를 열두 번 이어 붙이면 두 곱이 얼마쯤일지 **예측해 보세요.**

# %%
guess = None  # two numbers

without = with_sum = 1.0
for _ in range(12):
    without = 0.1 * without
    with_sum = with_sum + 0.1 * with_sum
print(f"slope after 12 functions: without the sum {without:.0e}, with it {with_sum:.2f}")

# %% [markdown] lang="en"
# Without the sum the signal, and with it the gradient, dies out after a few functions. With the sum there is always one path of slope 1, whatever $f$ is. And if $f$ does nothing yet, $f(z) = 0$, the input arrives unchanged: a block that has learned nothing at least does no harm.
#
# ### Broken on purpose: no residual connection
#
# Twelve attention layers with fresh weights, each behind a norm, over the 17 tokens of the moon; once with the sum, once without. We look at what tells the tokens apart: each token minus the mean of all 17. If that is 0, all are the same.

# %% [markdown] lang="ko"
# 덧셈이 없으면 신호가 함수 몇 개 만에 사라지고 그래디언트도 함께 사라져요. 덧셈이 있으면 $f$가 무엇이든 기울기가 1인 길이 언제나 하나 있어요. 그리고 $f$가 아직 아무 일도 하지 않아도, 곧 $f(z) = 0$이어도 입력이 그대로 도착해요. 아직 배우지 못한 블록이 적어도 해를 끼치지는 않는 거예요.
#
# ### 일부러 망가뜨리기: 잔차 연결이 없다면
#
# 가중치가 무작위인 어텐션 층 열두 개를 달 그림의 토큰 17개에 적용해요. 층마다 앞에 층 정규화가 있어요. 한 번은 덧셈을 하고 한 번은 하지 않아요. 토큰을 서로 구별해 주는 것이 무엇인지 봐요. 토큰에서 17개의 평균을 뺀 나머지예요. 이것이 0이면 모두 똑같은 거예요.

# %%
def apart(z):
    """What tells the tokens of the first picture apart: each minus the mean of all, (T, D)."""
    z = ops.convert_to_numpy(z)[0]
    return z - z.mean(axis=0)


keras.utils.set_random_seed(0)
norm = layers.LayerNormalization(epsilon=1e-6)
attentions = [MultiHeadSelfAttention(4) for _ in range(L)]
added = passed_on = z_0
print(f"the tokens of z_0: {apart(z_0).std():.2f}")
for number, msa in enumerate(attentions, start=1):
    added, passed_on = msa(norm(added)) + added, msa(norm(passed_on))
    if number in (1, 4, 8, 12):
        print(f"after layer {number:2}: with the sum {apart(added).std():.2f}, "
              f"without {apart(passed_on).std():.2f}")

# %% alt="Two heat maps of what tells 17 tokens apart after twelve attention layers. With the residual connection every row has its own pattern; without it the map is one plain color, zero everywhere." alt_ko="어텐션 층 열두 개를 지난 뒤 토큰 17개를 구별해 주는 것을 나타낸 두 히트맵. 잔차 연결이 있으면 행마다 무늬가 달라요. 없으면 모두 0이라서 한 가지 색뿐이에요."
plot_tokens({"with the residual connection": apart(added), "without": apart(passed_on)},
            "Without the residual connection nothing tells the tokens apart")

# %% [markdown] lang="en"
# On the right all 17 tokens are the same. Each was replaced by an average over all tokens, twelve times, and no later layer can tell a patch of the moon from a patch of the sky again. With the sum each token keeps what it was and *adds* what it has heard.
#
# ## 4. The MLP
#
# In attention tokens exchange what they know; but its result is a mixture of values, a weighted sum. Where does a token *work* on what it has received? In a small network of two dense layers, a *multilayer perceptron* (MLP), the same for every token:
#
# $$\underset{(T,\, D)}{\text{MLP}(\mathbf{z})} = \text{GELU}(\underset{(T,\, M)}{\mathbf{z} \mathbf{W}_1 + \mathbf{b}_1})\, \mathbf{W}_2 + \mathbf{b}_2, \qquad \mathbf{W}_1 \in \mathbb{R}^{D \times M}, \; \mathbf{W}_2 \in \mathbb{R}^{M \times D}$$
#
# The lecture calls it the position-wise FFN of the Transformer, with two layers that use GELU. Precisely: GELU stands *between* the two. $M$ is the lecture's "MLP size", four times $D$ in its table.
#
# ### By hand
#
# Three tokens, $D = 2$, $M = 4$. GELU is a ReLU without the corner: large numbers pass, negative ones nearly vanish. At the end token 1 is changed. **Predict** which rows of `out` change.

# %% [markdown] lang="ko"
# 오른쪽에서는 토큰 17개가 모두 똑같아요. 토큰마다 전체의 평균으로 바뀌기를 열두 번 하고 나니, 이제 어떤 층도 달의 패치와 하늘의 패치를 구별할 수 없어요. 덧셈이 있으면 토큰은 자기 것을 지키고, 들은 것을 *더해요*.
#
# ## 4. MLP
#
# 어텐션에서 토큰은 아는 것을 주고받아요. 하지만 그 결과는 밸류를 섞은 가중합일 뿐이에요. 토큰은 받은 것을 어디에서 *가공할까요*? 완전 연결 층 두 개로 된 작은 신경망, *다층 퍼셉트론*(multilayer perceptron, MLP)에서 해요. 모든 토큰에 똑같은 신경망을 써요.
#
# $$\underset{(T,\, D)}{\text{MLP}(\mathbf{z})} = \text{GELU}(\underset{(T,\, M)}{\mathbf{z} \mathbf{W}_1 + \mathbf{b}_1})\, \mathbf{W}_2 + \mathbf{b}_2, \qquad \mathbf{W}_1 \in \mathbb{R}^{D \times M}, \; \mathbf{W}_2 \in \mathbb{R}^{M \times D}$$
#
# 강의에서는 이것이 트랜스포머의 '위치기반 FFN'이고 GELU 활성화 함수를 사용하는 층 두 개를 쓴다고 해요. 정확히는 GELU가 두 층의 *사이*에 있어요. $M$은 강의 표의 'MLP size'이고, 표에서는 $D$의 네 배예요.
#
# ### 직접 계산하기
#
# 토큰은 세 개이고 $D = 2$, $M = 4$예요. GELU는 모서리를 둥글린 ReLU예요. 큰 수는 통과시키고 음수는 거의 없애요. 마지막에는 1번 토큰을 바꿔요. `out`의 어느 행이 바뀔지 **예측해 보세요.**

# %%
guess = None  # a list of rows


def gelu(x):
    return x / 2 * (1 + np.vectorize(math.erf)(x / np.sqrt(2)))


def mlp_by_hand(z):
    hidden = z @ W_1 + b_1  # (T, M)
    return gelu(hidden) @ W_2 + b_2  # (T, D)


W_1, b_1 = np.array([[1, -1, 2, 0], [0, 1, -1, 1]]), np.zeros(4)
W_2, b_2 = np.array([[1, 0], [0, 1], [1, 1], [0, -1]]), np.array([0, 10])
z = np.array([[1, 0], [0, 2], [1, -1]])  # (T, D)
out = mlp_by_hand(z)
print("out", out.shape, "\n", np.round(out, 2))
out_changed = mlp_by_hand(np.array([[1, 0], [5, -3], [1, -1]]))  # token 1 is another one
print("rows that changed:", np.flatnonzero(np.any(out != out_changed, axis=1)))

# %% [markdown] lang="en"
# Every token is treated alike, and every token alone: the matrices know no $T$.
#
# ### GELU and ReLU
#
# Two dense layers without anything between them are one dense layer: $\mathbf{z} \mathbf{W}_1 \mathbf{W}_2$ is a product with a single matrix. What stands between must bend. The original Transformer used ReLU, the ViT uses GELU. With $\Phi(x)$, the probability that a standard normal number is smaller than $x$:
#
# $$\text{ReLU}(x) = \max(0, x), \qquad \text{GELU}(x) = x \, \Phi(x) = \frac{x}{2} \left( 1 + \text{erf} \frac{x}{\sqrt 2} \right)$$
#
# ReLU multiplies $x$ by 0 or 1, GELU by something between, depending on how large $x$ is. (With `approximate_gelu` it is computed by a formula with tanh, as in Google's code.) Training needs the slopes:
#
# $$\text{ReLU}'(x) = \begin{cases} 0 & x < 0 \\ 1 & x > 0 \end{cases} \qquad\qquad \text{GELU}'(x) = \Phi(x) + x \, \varphi(x), \quad \varphi(x) = \frac{1}{\sqrt{2 \pi}} e^{-x^2 / 2}$$

# %% [markdown] lang="ko"
# 모든 토큰에 똑같이, 그러나 하나씩 따로 적용해요. 행렬에는 $T$가 들어 있지 않아요.
#
# ### GELU와 ReLU
#
# 완전 연결 층 두 개 사이에 아무것도 없으면 층 하나와 다를 것이 없어요. $\mathbf{z} \mathbf{W}_1 \mathbf{W}_2$는 행렬 하나를 곱하는 것과 같으니까요. 그래서 사이에는 굽은 함수가 있어야 해요. 원래 트랜스포머는 ReLU를, ViT는 GELU를 써요. 표준 정규 분포를 따르는 수가 $x$보다 작을 확률을 $\Phi(x)$라고 하면
#
# $$\text{ReLU}(x) = \max(0, x), \qquad \text{GELU}(x) = x \, \Phi(x) = \frac{x}{2} \left( 1 + \text{erf} \frac{x}{\sqrt 2} \right)$$
#
# ReLU는 $x$에 0이나 1을 곱하고, GELU는 $x$의 크기에 따라 0과 1 사이의 값을 곱해요. (`approximate_gelu`를 켜면 구글의 코드처럼 tanh를 쓴 식으로 계산해요.) 학습에는 기울기가 필요해요.
#
# $$\text{ReLU}'(x) = \begin{cases} 0 & x < 0 \\ 1 & x > 0 \end{cases} \qquad\qquad \text{GELU}'(x) = \Phi(x) + x \, \varphi(x), \quad \varphi(x) = \frac{1}{\sqrt{2 \pi}} e^{-x^2 / 2}$$

# %% alt="On the left, the functions: ReLU is zero below zero and then a straight line; GELU is nearly the same but smooth, and dips to about -0.17 near -0.75. On the right, the slopes: ReLU's jumps from 0 to 1; GELU's is smooth, slightly negative below -0.75 and a little above 1 near 1.4." alt_ko="왼쪽은 함수예요. ReLU는 0 아래에서 0이고 그 위로는 직선이에요. GELU는 거의 같지만 부드럽고, -0.75 근처에서 -0.17쯤까지 내려가요. 오른쪽은 기울기예요. ReLU의 기울기는 0에서 1로 뛰어요. GELU의 기울기는 부드럽고, -0.75 아래에서는 조금 음수이고 1.4 근처에서는 1보다 조금 커요."
def gelu_slope(x):
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return (1 + np.vectorize(math.erf)(x / np.sqrt(2))) / 2 + x * density


x, step = np.linspace(-3, 3, 1201), 1e-4
print("GELU by hand and by Keras:", agree(keras.activations.gelu(x), gelu(x), atol=1e-6))
print("the formula is the slope: ",
      agree(gelu_slope(x), (gelu(x + step) - gelu(x - step)) / (2 * step), atol=1e-6))

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
figure.suptitle("GELU is a ReLU without the corner")
left.plot(x, np.maximum(0, x), "--", label="ReLU")
left.plot(x, gelu(x), label="GELU")
right.plot(x, np.where(x > 0, 1.0, 0.0), "--", label="slope of ReLU")
right.plot(x, gelu_slope(x), label="slope of GELU")
for axes in (left, right):
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.set_xlabel("x")

# %% [markdown] lang="en"
# On the left, GELU follows ReLU and rounds its corner. On the right is the difference that matters: below zero ReLU's slope is exactly 0, GELU's is not.
#
# ### A dead unit
#
# A unit is one column of $\mathbf{W}_1$. Its gradient is a sum over tokens: what comes from above, times the slope, times the input. Take a unit that is negative for all three tokens of a batch. **Predict** its gradient with ReLU.

# %% [markdown] lang="ko"
# 왼쪽에서 GELU는 ReLU를 따라가면서 모서리를 둥글게 해요. 중요한 차이는 오른쪽에 있어요. 0 아래에서 ReLU의 기울기는 정확히 0이지만 GELU의 기울기는 그렇지 않아요.
#
# ### 죽은 유닛
#
# 유닛(unit) 하나는 $\mathbf{W}_1$의 열 하나예요. 유닛의 그래디언트는 토큰에 걸친 합이에요. 위에서 온 값, 기울기, 입력을 곱해서 더해요. 배치의 토큰 세 개 모두에서 음수가 되는 유닛이 있다고 해요. ReLU를 쓸 때 이 유닛의 그래디언트를 **예측해 보세요.**

# %%
guess = None  # a number

inputs, w = np.array([1.0, 2.0, 3.0]), -1.0  # three tokens of one number, one unit
unit = w * inputs  # -1, -2, -3
from_above = np.ones(3)
for name, slope in {"ReLU": np.where(unit > 0, 1.0, 0.0), "GELU": gelu_slope(unit)}.items():
    print(f"{name}: slopes {np.round(slope, 3)}, gradient of w "
          f"{np.sum(from_above * slope * inputs):.3f}")

# %% [markdown] lang="en"
# With ReLU the gradient is exactly zero: whatever the loss says, $w$ stays where it is, and the unit stays negative as long as its inputs do not change. It is dead; only the layers below can wake it. With GELU there is something to learn from, at least as long as the unit is not far below zero.
#
# ### The layer
#
# In the module's class `build` makes the two dense layers, and `call` is the equation. Dropout, off by default, sets a random share of the numbers to zero in training; the paper uses it after every dense layer but those of queries, keys and values, and after the positions are added.

# %% [markdown] lang="ko"
# ReLU에서는 그래디언트가 정확히 0이에요. 손실이 무엇이라 하든 $w$는 그대로이고, 입력이 바뀌지 않는 한 유닛은 계속 음수예요. 죽은 거예요. 아래층이 입력을 바꿔 줘야만 깨어날 수 있어요. GELU에서는 배울 것이 남아 있어요. 다만 0에서 너무 멀어지지 않았을 때 이야기예요.
#
# ### 층
#
# 모듈의 클래스에서는 `build`가 완전 연결 층 두 개를 만들고, `call`이 위의 식이에요. 드롭아웃(dropout)은 학습할 때 숫자의 일부를 무작위로 0으로 만드는 것이고, 기본으로 꺼져 있어요. 논문에서는 쿼리, 키, 밸류를 만드는 층을 뺀 모든 완전 연결 층 뒤와, 위치 임베딩을 더한 다음에 써요.

# %% quotes="vit_keras.encoder.MLP"
class MLP(layers.Layer):
    def __init__(self, mlp_dim, dropout_rate=0.0, approximate_gelu=False, **kwargs):
        super().__init__(**kwargs)
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.approximate_gelu = approximate_gelu
        self.dropout = layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, inputs_shape):
        def dense(units, name):
            return layers.Dense(units, kernel_initializer="glorot_uniform",
                                dtype=self.dtype_policy, name=name)

        self.dense_1 = dense(self.mlp_dim, "dense_1")
        self.dense_2 = dense(inputs_shape[-1], "dense_2")
        self.dense_1.build(inputs_shape)
        self.dense_2.build((*inputs_shape[:-1], self.mlp_dim))

    def call(self, inputs, training=None):
        x = keras.activations.gelu(self.dense_1(inputs), approximate=self.approximate_gelu)
        x = self.dropout(x, training=training)  # (B, T, mlp_dim)
        return self.dropout(self.dense_2(x), training=training)  # (B, T, D)

# %%
above = MLP(mlp_dim=4)  # with our matrices: the numbers by hand
from vit_keras import MLP

imported = MLP(mlp_dim=4)
for mlp in (above, imported):
    mlp.build((None, 3, 2))
    mlp.set_weights([W_1, b_1, W_2, b_2])
    print("as by hand:", agree(mlp(z[None].astype("float32"))[0], out), "| parameters:",
          mlp.count_params())
print("2 D M + M + D =", 2 * 2 * 4 + 4 + 2)

# %% [markdown] lang="en"
# ## 5. The block
#
# Layer Norm, attention from lesson 2, the sum and the MLP come together in the module's class. Look for the two lines with (2) and (3). (`num_queries` lets only the first tokens ask, as in lesson 2. `skip` does nothing unless you ask for it: it is *stochastic depth*, in lesson 11.)

# %% [markdown] lang="ko"
# ## 5. 블록
#
# 모듈의 클래스는 층 정규화, 수업 2의 어텐션, 덧셈, MLP를 한데 모은 거예요. (2)와 (3)이 적힌 두 줄을 찾아보세요. (`num_queries`는 수업 2에서처럼 앞쪽 토큰만 묻게 해요. `skip`은 따로 켜지 않으면 아무 일도 하지 않아요. 수업 11에서 배울 *확률적 깊이*(stochastic depth)예요.)

# %% quotes="vit_keras.encoder.TransformerBlock"
class TransformerBlock(layers.Layer):
    def __init__(self, num_heads, mlp_dim, dropout_rate=0.0, attention_dropout_rate=0.0,
                 approximate_gelu=False, skip_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.attention_dropout_rate = attention_dropout_rate
        self.approximate_gelu = approximate_gelu
        self.skip_rate = skip_rate
        own = {"dtype": self.dtype_policy}
        self.norm_1 = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm_1", **own)
        self.attention = MultiHeadSelfAttention(num_heads, attention_dropout_rate,
                                                name="attention", **own)
        self.dropout = layers.Dropout(dropout_rate, **own)
        self.norm_2 = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm_2", **own)
        self.mlp = MLP(mlp_dim, dropout_rate, approximate_gelu, name="mlp", **own)
        self.skip = layers.Dropout(skip_rate, noise_shape=(None, 1, 1), **own)

    def build(self, inputs_shape):
        for part in (self.norm_1, self.attention, self.norm_2, self.mlp):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        x, scores = self.attention(self.norm_1(inputs), num_queries=num_queries,
                                   return_attention_scores=True, training=training)
        x = self.skip(self.dropout(x, training=training), training=training)
        z = x + inputs[:, :num_queries]  # (2)  z'_l = MSA(LN(z_{l-1})) + z_{l-1}
        x = self.skip(self.mlp(self.norm_2(z), training=training), training=training)
        z = x + z  # (3)  z_l = MLP(LN(z'_l)) + z'_l
        return (z, scores) if return_attention_scores else z

# %% [markdown] lang="en"
# ### By hand, in four lines
#
# The same without Keras, in a few lines of NumPy, for one picture. The weights are drawn anew, so that no bias is zero and no scale is one.

# %% [markdown] lang="ko"
# ### 네 줄로 직접 쓰기
#
# Keras 없이도 쓸 수 있어요. 그림 한 장에 대해 NumPy 몇 줄이면 돼요. 편향이 0이거나 배율이 1이면 실수가 드러나지 않으니까 가중치를 새로 뽑아요.

# %%
def dense(x, layer):
    return x @ ops.convert_to_numpy(layer.kernel) + ops.convert_to_numpy(layer.bias)


def norm_by_hand(z, layer):
    return ops.convert_to_numpy(layer.gamma) * normalize(z) + ops.convert_to_numpy(layer.beta)


def attend(q, k, v):  # n tokens ask, m answer, h heads, d width of a head
    scores = np.exp(np.einsum("nhd,mhd->hnm", q, k) / np.sqrt(q.shape[-1]))
    scores /= scores.sum(axis=-1, keepdims=True)
    return np.einsum("hnm,mhd->nhd", scores, v).reshape(len(q), -1)


def block_by_hand(z, block):
    x, msa = norm_by_hand(z, block.norm_1), block.attention
    q, k, v = [dense(x, part).reshape(len(z), msa.num_heads, -1)
               for part in (msa.query, msa.key, msa.value)]
    z = dense(attend(q, k, v), msa.output_projection) + z  # (2)
    return dense(gelu(dense(norm_by_hand(z, block.norm_2), block.mlp.dense_1)),
                 block.mlp.dense_2) + z  # (3)

# %%
above = TransformerBlock(num_heads=4, mlp_dim=M)
from vit_keras import TransformerBlock

imported = TransformerBlock(num_heads=4, mlp_dim=M)
rng = np.random.default_rng(0)
weights = [rng.normal(0, 0.3, w.shape) for w in block.get_weights()]
for one in (above, imported):
    one.build(z_0.shape)
    one.set_weights(weights)
    print("the class and four lines by hand agree:", agree(one(z_0)[0], block_by_hand(tokens, one)))

# %% [markdown] lang="en"
# ## 6. Norm before or after? *(further)*
#
# In the original Transformer the norm comes *after* the sum:
#
# $$\mathbf{z}'_\ell = \text{LN}(\text{MSA}(\mathbf{z}_{\ell-1}) + \mathbf{z}_{\ell-1}), \qquad \mathbf{z}_\ell = \text{LN}(\text{MLP}(\mathbf{z}'_\ell) + \mathbf{z}'_\ell)$$
#
# This is called *post-norm*, the ViT's order *pre-norm*. Why was it moved? We build twelve blocks of each, with the same weights in both.
#
# In pre-norm, $\mathbf{z}_0$ is never touched: $\mathbf{z}_L$ is $\mathbf{z}_0$ plus 24 summands. Only what is added piles up around it, so its share of the whole is 1 divided by the size of $\mathbf{z}_L$. In post-norm each of the 24 norms divides *everything* by the size of the sum, $\mathbf{z}_0$ included; its share is a product of 24 factors, $\prod 1 / \sigma$. The same factors are the slope of the residual path, so this is section 3 again. Both start from $\text{LN}(\mathbf{z}_0)$, tokens of size 1.

# %% [markdown] lang="ko"
# ## 6. 층 정규화는 앞에, 아니면 뒤에? *(심화)*
#
# 원래 트랜스포머에서는 층 정규화가 덧셈 *뒤*에 와요.
#
# $$\mathbf{z}'_\ell = \text{LN}(\text{MSA}(\mathbf{z}_{\ell-1}) + \mathbf{z}_{\ell-1}), \qquad \mathbf{z}_\ell = \text{LN}(\text{MLP}(\mathbf{z}'_\ell) + \mathbf{z}'_\ell)$$
#
# 이것을 *사후 정규화*(post-norm), ViT의 순서를 *사전 정규화*(pre-norm)라고 해요. 왜 자리를 옮겼을까요? 두 가지로 블록을 열두 개씩 만들고 가중치를 똑같이 맞춰요.
#
# 사전 정규화에서는 아무도 $\mathbf{z}_0$을 건드리지 않아요. $\mathbf{z}_L$은 $\mathbf{z}_0$에 항 24개를 더한 것이에요. 둘레에 더해진 것이 쌓일 뿐이어서, 전체에서 차지하는 몫은 1을 $\mathbf{z}_L$의 크기로 나눈 값이에요. 사후 정규화에서는 층 정규화 24개가 저마다 $\mathbf{z}_0$을 포함한 *모든 것*을 합의 크기로 나눠요. 그래서 몫은 24개를 곱한 $\prod 1 / \sigma$예요. 이 곱은 잔차 연결을 따라가는 길의 기울기이기도 하니까 3절과 같은 이야기예요. 둘 다 크기가 1인 토큰 $\text{LN}(\mathbf{z}_0)$에서 출발해요.

# %%
class PostNormBlock(TransformerBlock):
    """The components of a `TransformerBlock` in the order of the original Transformer."""

    def call(self, inputs):
        z = self.norm_1(self.attention(inputs) + inputs)
        return self.norm_2(self.mlp(z) + z)


keras.utils.set_random_seed(0)
pre_norm, post_norm = [[kind(4, M) for _ in range(L)] for kind in (TransformerBlock, PostNormBlock)]
for before, after in zip(pre_norm, post_norm):
    before.build(z_0.shape)
    after.build(z_0.shape)
    after.set_weights(before.get_weights())
print("parameters of one block:", before.count_params(), "and", after.count_params())

# %%
def size(z):
    return np.std(ops.convert_to_numpy(z), axis=-1)  # (B, T): what a norm divides each token by


z = w = norm(z_0)
share, path = {"pre-norm": [], "post-norm": []}, 1.0
for before, after in zip(pre_norm, post_norm):
    z = before(z)
    share["pre-norm"].append(np.mean(1 / size(z)))
    for part, its_norm in ((after.attention, after.norm_1), (after.mlp, after.norm_2)):
        total = part(w) + w
        path, w = path / size(total), its_norm(total)
    share["post-norm"].append(np.mean(path))
print(f"size of the tokens: pre-norm {np.mean(size(z)):.1f}, post-norm {np.mean(size(w)):.1f}")
print(f"share of z_0: pre-norm {share['pre-norm'][-1]:.1%}, post-norm {share['post-norm'][-1]:.1%}")

# %% alt="Share of z_0 after each of twelve blocks on a logarithmic axis: pre-norm falls slowly to about a quarter, post-norm in a nearly straight line to less than a hundredth." alt_ko="블록 열두 개를 지나는 동안 z_0의 몫을 로그 축에 그린 것. 사전 정규화는 4분의 1쯤까지 천천히 내려가고, 사후 정규화는 거의 직선으로 100분의 1 아래까지 내려가요."
plot_by_block(share, "share of z_0", "Post-norm divides the input away, block by block")

# %% [markdown] lang="en"
# A straight line on a logarithmic axis is a product: post-norm loses about the same fraction in every block. Pre-norm falls more and more slowly, since sizes only add up. The price: its tokens grow, so *one* norm is needed after the last block (section 7).
#
# The upper blocks of post-norm, then, see hardly anything of $\mathbf{z}_0$, and at the start of training their gradients say little about the picture. It is wise to follow them in small steps, and the original Transformer was indeed trained with a *warm-up*: the learning rate begins near zero and rises. (For plain gradient descent there is a second reason: the gradients of post-norm's upper blocks are longer by about $\sqrt{L}$, [Xiong et al., 2020](https://arxiv.org/abs/2002.04745).)
#
# ### Training, side by side
#
# Two classifiers that differ only in the order of the norm learn an easy question: what color is the shape? There are four colors, so a blind guess has the loss $\ln 4$. Both get a warm-up, over 30 of the 80 steps.

# %% [markdown] lang="ko"
# 로그 축에서 직선이라는 것은 곱이라는 뜻이에요. 사후 정규화는 블록마다 거의 같은 비율로 잃어요. 사전 정규화는 크기가 더해질 뿐이라 점점 천천히 내려가요. 대가도 있어요. 토큰이 커지기 때문에 마지막 블록 뒤에 층 정규화가 *하나* 필요해요. 7절에서 나와요.
#
# 그래서 사후 정규화의 위쪽 블록에는 $\mathbf{z}_0$이 거의 보이지 않고, 학습을 시작할 때의 그래디언트는 그림에 대해 말해 주는 것이 적어요. 조금씩만 따라가는 편이 좋아요. 실제로 원래 트랜스포머는 *워밍업*(warm-up)과 함께 학습시켰어요. 워밍업은 학습률(learning rate)을 0 근처에서 시작해서 올리는 방법이에요. (단순한 경사 하강법이라면 이유가 하나 더 있어요. 사후 정규화에서는 위쪽 블록의 그래디언트가 $\sqrt{L}$배쯤 더 길어요, [Xiong et al., 2020](https://arxiv.org/abs/2002.04745).)
#
# ### 나란히 학습하기
#
# 층 정규화의 순서만 다른 두 분류 모델에게 쉬운 문제를 내요. 도형은 무슨 색일까요? 색은 네 가지라서 찍었을 때의 손실은 $\ln 4$예요. 둘 다 80스텝 가운데 30스텝을 워밍업으로 써요.

# %%
colors = ("red", "yellow", "green", "blue")
labels = np.random.default_rng(0).integers(0, 4, 640)
rgb = np.array([COLORS[name] for name in colors])[labels]  # (640, 3)
images = draw_shapes(len(labels), color=rgb, clutter=0, size=0.4).images  # (640, 32, 32, 3)


def classifier(block, num_layers):
    keras.utils.set_random_seed(0)  # the same first weights for both orders
    inputs = keras.Input((32, 32, 3))
    z = PatchEncoder(D)(Patches(8)(layers.Rescaling(1 / 127.5, offset=-1)(inputs)))  # (1)
    for _ in range(num_layers):
        z = block(num_heads=4, mlp_dim=M)(z)  # (2) (3)
    if block is TransformerBlock:
        z = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON)(z)
    return keras.Model(inputs, layers.Dense(len(colors))(z[:, 0]))  # read from the class token

# %% tags=["nbval-ignore-output"]
# laptop: about a minute
warm_up = keras.optimizers.schedules.PolynomialDecay(0.0, 30, end_learning_rate=0.003)  # rises
runs = {}
for name, block in (("pre-norm", TransformerBlock), ("post-norm", PostNormBlock)):
    model = classifier(block, num_layers=pick(smoke=1, laptop=L, gpu=L))
    model.compile(keras.optimizers.Adam(warm_up),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  jit_compile=keras.backend.backend() == "jax")  # else compiling takes longest
    runs[name] = model.fit(images, labels, batch_size=32, epochs=4, verbose=0).history["loss"]
    print(f"{name:10} loss of each epoch:", np.round(runs[name], 2))

# %% tags=["nbval-ignore-output"] alt="Loss against epoch for both orders, with the loss of a blind guess, ln 4, dotted. Pre-norm falls far below it; post-norm stays close to it." alt_ko="에폭에 따른 두 순서의 손실. 찍었을 때의 손실 ln 4는 점선이에요. 사전 정규화는 그보다 훨씬 아래로 내려가고, 사후 정규화는 그 근처에 머물러요."
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, losses in runs.items():
    axes.plot(range(1, len(losses) + 1), losses, "-o", label=name)
axes.axhline(np.log(4), color="gray", linestyle=":", label="blind guess")
axes.set(xlabel="epoch", ylabel="loss", title="Twelve blocks: pre-norm learns at once")
axes.set_xticks(range(1, len(losses) + 1))
axes.set_ylim(bottom=0)
axes.legend(frameon=False)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# After four epochs the loss of pre-norm is far below that of a blind guess, the dotted line; that of post-norm is still close to it.
#
# This is one seed, eighty steps and a narrow model. Post-norm *can* be trained, with patience: the original Transformer has six such blocks and BERT twelve or twenty-four, both with a warm-up of thousands of steps. With pre-norm depth and learning rate need less care, and ViT-Huge has 32 blocks.
#
# ## 7. The encoder
#
# An encoder is $L$ blocks, one after the other, and the norm that pre-norm has saved up: the residual path was never normalized, so it is done once, at the end. (Equation (4) writes this last LN for the class token; the code does it for all tokens. With `num_queries=1` the last block asks for the class token alone.) How many parameters each component has stands in the recap; lesson 4 adds them up.

# %% [markdown] lang="ko"
# 4에폭 뒤에 사전 정규화의 손실은 찍었을 때의 손실(점선)보다 훨씬 낮고, 사후 정규화의 손실은 아직 점선 근처에 있어요.
#
# 시드 하나, 80스텝, 좁은 모델의 결과예요. 사후 정규화도 끈기 있게 하면 학습시킬 수 *있어요*. 원래 트랜스포머는 이런 블록이 여섯 개이고 BERT는 열두 개나 스물네 개인데, 둘 다 워밍업만 수천 스텝을 했어요. 사전 정규화를 쓰면 깊이와 학습률에 덜 예민해져요. ViT-Huge에는 블록이 32개나 있어요.
#
# ## 7. 인코더
#
# 인코더는 블록 $L$개를 차례로 쌓고, 사전 정규화가 미뤄 둔 층 정규화를 붙인 거예요. 잔차 연결을 따라가는 길은 한 번도 정규화되지 않았으니까 마지막에 한 번 해요. (식 (4)에서는 이 마지막 LN을 클래스 토큰에 대해서만 쓰지만, 코드는 모든 토큰에 해요. `num_queries=1`이면 마지막 블록에서 클래스 토큰만 물어요.) 구성 요소마다 파라미터가 몇 개인지는 정리의 표에 있고, 합은 수업 4에서 구해요.

# %% quotes="vit_keras.encoder.TransformerEncoder"
class TransformerEncoder(layers.Layer):
    def __init__(self, num_layers, num_heads, mlp_dim, dropout_rate=0.0,
                 attention_dropout_rate=0.0, approximate_gelu=False, stochastic_depth=0.0,
                 **kwargs):
        super().__init__(**kwargs)
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.attention_dropout_rate = attention_dropout_rate
        self.approximate_gelu = approximate_gelu
        self.stochastic_depth = stochastic_depth
        own = {"dtype": self.dtype_policy}
        self.blocks = [
            TransformerBlock(num_heads, mlp_dim, dropout_rate, attention_dropout_rate,
                             approximate_gelu, skip_rate, name=f"block_{index + 1}", **own)
            for index, skip_rate in enumerate(skip_rates(num_layers, stochastic_depth))
        ]
        self.norm = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm", **own)

    def build(self, inputs_shape):
        for part in (*self.blocks, self.norm):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        z, all_scores = inputs, []
        for block in self.blocks:
            last = block is self.blocks[-1]
            z, scores = block(z, num_queries=num_queries if last else None,
                              return_attention_scores=True, training=training)
            all_scores.append(scores)
        z = self.norm(z)
        return (z, all_scores) if return_attention_scores else z

# %%
above = TransformerEncoder(num_layers=3, num_heads=4, mlp_dim=M)
from vit_keras import TransformerEncoder

encoder = TransformerEncoder(num_layers=3, num_heads=4, mlp_dim=M)
for one in (above, encoder):
    one.build(z_0.shape)
    one.set_weights([w for block in pre_norm[:3] for w in block.get_weights()] + norm.get_weights())
    print("three blocks and one norm:",
          agree(one(z_0), norm(pre_norm[2](pre_norm[1](pre_norm[0](z_0))))))
alone = encoder(z_0, num_queries=1)
print(tuple(z_0.shape), "->", tuple(alone.shape), "| the same class token:",
      agree(alone, encoder(z_0)[:, :1]))

# %% [markdown] lang="en"
# ## 8. Recap
#
# | symbol | code | shape, or number of parameters |
# |---|---|---|
# | $\text{LN}(\mathbf{z})$ | `layers.LayerNormalization(epsilon=1e-6)` | (B, T, D), per token; $2D$ |
# | $\gamma$, $\beta$ | its `gamma`, `beta` | (D) each |
# | $\text{MSA}$ | `MultiHeadSelfAttention(num_heads)` | (B, T, D); $4(D^2 + D)$ |
# | $+\,\mathbf{z}_{\ell-1}$ | `... + inputs` | (B, T, D); none |
# | $\mathbf{z}'_\ell$, equation (2) | `z` in `TransformerBlock.call` | (B, T, D) |
# | $\text{MLP}$ | `MLP(mlp_dim)` | (B, T, M) inside, (B, T, D); $2DM + M + D$ |
# | $\mathbf{z}_\ell$, equation (3) | `TransformerBlock(num_heads, mlp_dim)` | (B, T, D) |
# | $\text{LN}(\mathbf{z}_L)$ | `TransformerEncoder(num_layers, ...)` | (B, T, D) |
#
# - The residual connection keeps a path of slope 1. Without it all tokens become the same.
# - Attention mixes tokens, the MLP works within each.

# %% [markdown] lang="ko"
# ## 8. 정리
#
# | 기호 | 코드 | 형태 또는 파라미터 수 |
# |---|---|---|
# | $\text{LN}(\mathbf{z})$ | `layers.LayerNormalization(epsilon=1e-6)` | (B, T, D), 토큰마다 따로; $2D$ |
# | $\gamma$, $\beta$ | 그 층의 `gamma`, `beta` | 각각 (D) |
# | $\text{MSA}$ | `MultiHeadSelfAttention(num_heads)` | (B, T, D); $4(D^2 + D)$ |
# | $+\,\mathbf{z}_{\ell-1}$ | `... + inputs` | (B, T, D); 없음 |
# | $\mathbf{z}'_\ell$, 식 (2) | `TransformerBlock.call`의 `z` | (B, T, D) |
# | $\text{MLP}$ | `MLP(mlp_dim)` | 안에서는 (B, T, M), 나올 때는 (B, T, D); $2DM + M + D$ |
# | $\mathbf{z}_\ell$, 식 (3) | `TransformerBlock(num_heads, mlp_dim)` | (B, T, D) |
# | $\text{LN}(\mathbf{z}_L)$ | `TransformerEncoder(num_layers, ...)` | (B, T, D) |
#
# - 잔차 연결은 기울기가 1인 길을 지켜 줘요. 없으면 모든 토큰이 똑같아져요.
# - 어텐션은 토큰을 섞고 MLP는 토큰마다 따로 가공해요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/03_transformer_encoder`](solutions/03_transformer_encoder.ipynb).
#
# **1. To think about.** In a `TransformerBlock` all weights and biases of the *last* dense layer of the attention (`output_projection`) and of the MLP (`dense_2`) are set to zero. What does the block do?
#
# - A: It returns its input unchanged.
# - B: It returns zeros.
# - C: It returns its input after Layer Norm, every token of size 1.
# - D: It replaces every token by the mean of all tokens.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/03_transformer_encoder`](solutions/03_transformer_encoder.ipynb)에 있어요.
#
# **1. 생각해 보기.** `TransformerBlock`에서 어텐션의 *마지막* 완전 연결 층(`output_projection`)과 MLP의 마지막 층(`dense_2`)의 가중치와 편향을 모두 0으로 바꿔요. 블록은 무엇을 할까요?
#
# - A: 입력을 그대로 돌려줘요.
# - B: 0을 돌려줘요.
# - C: 입력에 층 정규화를 해서 돌려줘요. 토큰의 크기가 모두 1이 돼요.
# - D: 토큰마다 모든 토큰의 평균으로 바꿔요.

# %%
answer = None  # "A", "B", "C" or "D"

check("3.1", answer)

# %% [markdown] lang="en"
# **2. Change a number.** The lecture's table: ViT-Large has $D = 1024$, an MLP size of 4096 and 16 heads. How many parameters does *one* of its blocks have?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 강의의 표에서 ViT-Large는 $D = 1024$, MLP 크기 4096, 헤드 16개예요. 블록 *하나*의 파라미터는 몇 개일까요?

# %%
parameters = None

check("3.2", parameters)

# %% [markdown] lang="en"
# **3. Write code.** Layer Norm in NumPy: `x` of shape (T, D), `gamma` and `beta` of shape (D,), $\varepsilon = 10^{-6}$. The check uses three tokens of four numbers: the one of section 2, one that is constant, and a very small one.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** NumPy로 층 정규화를 써 보세요. `x`의 형태는 (T, D), `gamma`와 `beta`의 형태는 (D,)이고 $\varepsilon = 10^{-6}$이에요. 검사에는 숫자 네 개짜리 토큰 세 개를 써요. 2절의 토큰, 숫자가 모두 같은 토큰, 아주 작은 토큰이에요.

# %%
def layer_norm(x, gamma, beta):
    """(T, D) -> (T, D)"""
    raise NotImplementedError


check("3.3", layer_norm)

# %% [markdown] lang="en"
# **4. Write code.** One block, equations (2) and (3), from four functions. The check puts in stand-ins with which you can follow by hand: `norm_1` halves, `msa` multiplies by 3 and adds 4, `norm_2` divides by 4, `mlp` adds 1, and `z` is 8.

# %% [markdown] lang="ko"
# **4. 코드 쓰기.** 함수 네 개로 블록 하나, 식 (2)와 (3)을 써 보세요. 검사에는 손으로 따라갈 수 있는 간단한 함수를 넣어요. `norm_1`은 절반으로 줄이고, `msa`는 3을 곱하고 4를 더하고, `norm_2`는 4로 나누고, `mlp`는 1을 더해요. `z`는 8이에요.

# %%
def encoder_block(z, norm_1, msa, norm_2, mlp):
    """z_{l-1} -> z_l"""
    raise NotImplementedError


check("3.4", encoder_block)

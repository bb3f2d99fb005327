# %% [markdown] lang="en"
# # The Transformer encoder: norm, attention, norm, MLP, and two sums
#
# You build one block of the Vision Transformer (ViT) from its four parts, find out what each part is there for by taking it away, and see in gradients and in training what changes when the norm stands after the parts instead of before them.
#
# | | |
# |---|---|
# | Lecture | the figure *Transformer Encoder*; equations (2) and (3); "Layer Norm applied in another order than in the original model"; "GELU is used" |
# | Read first | lessons 1 and 2: patches and embeddings, self-attention |
# | Time | about an hour of reading and trying; the cells themselves run in about half a minute |

# %% [markdown] lang="ko"
# # 트랜스포머 인코더: 층 정규화, 어텐션, 층 정규화, MLP, 그리고 두 번의 덧셈
#
# 비전 트랜스포머(Vision Transformer, ViT)의 블록(block) 하나를 네 부분으로 직접 만들어요. 부분을 하나씩 빼 보면서 무엇 때문에 있는지 알아내고, 층 정규화(layer normalization)를 앞이 아니라 뒤에 두면 그래디언트(gradient)와 학습이 어떻게 달라지는지 확인해요.
#
# | | |
# |---|---|
# | 강의 | *Transformer Encoder* 그림. 식 (2)와 (3). "원래의 모형에 비해서 Layer Norm 적용 순서 차이". "GELU 활성화 함수를 사용" |
# | 먼저 읽을 것 | 수업 1과 2: 패치와 임베딩, 셀프 어텐션 |
# | 시간 | 읽고 따라 하는 데 한 시간쯤. 셀 실행은 다 합쳐 30초쯤 걸려요 |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. write equations (2) and (3) as code, from Layer Norm to the whole encoder, and count its parameters;
# 2. say what goes wrong without the residual connection, without epsilon, and with a dead unit;
# 3. explain how the ViT's order of the norm differs from the original Transformer's, and what that does to gradients and training.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 식 (2)와 (3)을 층 정규화에서 인코더(encoder) 전체까지 코드로 쓰고, 파라미터를 세요.
# 2. 잔차 연결(residual connection)이 없으면, 엡실론(epsilon)을 잘못 고르면, 유닛이 죽으면 무엇이 잘못되는지 말해요.
# 3. ViT의 층 정규화 순서가 원래 트랜스포머와 어떻게 다른지, 그 차이가 그래디언트와 학습에 어떤 영향을 주는지 설명해요.

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
)
from vit_keras.data import COLORS
from vit_keras.figures import plot_by_block, plot_encoder_block, plot_losses, plot_tokens

# %% tags=["nbval-ignore-output"]
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
# In (2) tokens exchange what they know, in (3) each token works on what it has got. **Predict** the shape after one block.

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
# 식 (2)에서는 토큰끼리 아는 것을 주고받고, 식 (3)에서는 토큰이 저마다 받은 것을 가공해요. 블록 하나를 지난 뒤의 형태(shape)를 **예측해 보세요.**

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
# 16 patches and the class token, 32 numbers each, before and after. What comes out of a block can go into the next one, so blocks can be stacked as high as one likes: the lecture's "Lx". The next cell draws this block. The numbers in the drawing are read from the object.

# %% [markdown] lang="ko"
# 패치(patch) 16개와 클래스 토큰, 토큰마다 숫자 32개. 블록을 지나기 전과 후가 같아요. 나온 것을 다음 블록에 그대로 넣을 수 있으니 얼마든지 높이 쌓을 수 있어요. 강의 그림의 'Lx'가 그 뜻이에요. 다음 셀은 이 블록을 그려요. 그림 속의 숫자는 객체에서 읽은 값이에요.

# %% alt="The encoder block from bottom to top: embedded patches, norm, multi-head attention with query, key and value, plus; norm, MLP, plus. A red residual connection runs around each half. The arrows carry the shape (B, 17, 32)." alt_ko="아래에서 위로 그린 인코더 블록. 임베딩된 패치, 층 정규화, 쿼리와 키와 밸류를 받는 멀티 헤드 어텐션, 더하기, 층 정규화, MLP, 더하기 순서예요. 빨간 잔차 연결이 두 부분을 각각 돌아가요. 화살표에는 형태 (B, 17, 32)가 적혀 있어요."
plot_encoder_block(block, num_tokens=17, title="One block of the encoder")

# %% [markdown] lang="en"
# Read it from below, beside the equations. There is only one place where tokens mix: the green box. Norm and MLP see one token at a time. The red lines are the $+\,\mathbf{z}_{\ell-1}$ and $+\,\mathbf{z}'_{\ell}$ of the equations: nothing stands on them.
#
# ### The original order
#
# The lecture says: Layer Norm is applied in another order than in the original model. Here is the same block with its parts in the order of the original Transformer (Vaswani et al., 2017) beside it.

# %% [markdown] lang="ko"
# 식과 나란히 놓고 아래에서부터 읽어 보세요. 토큰이 섞이는 곳은 초록 상자 하나뿐이에요. 층 정규화(그림의 Norm)와 MLP는 토큰을 하나씩 봐요. 빨간 선은 식의 $+\,\mathbf{z}_{\ell-1}$과 $+\,\mathbf{z}'_{\ell}$이에요. 이 선 위에는 아무것도 없어요.
#
# ### 원래의 순서
#
# 강의에서는 원래의 모형과 Layer Norm의 적용 순서가 다르다고 해요. 같은 블록의 부분을 원래 트랜스포머(Vaswani et al., 2017)의 순서로 놓은 것을 나란히 그려 봐요.

# %% alt="Two blocks side by side. ViT: a norm before attention and a norm before the MLP, each inside the branch that the residual connection goes around. Original Transformer: attention, plus, norm; MLP, plus, norm, so that the norm stands on the main path." alt_ko="나란히 놓인 블록 두 개. ViT는 어텐션 앞과 MLP 앞에 층 정규화가 있고, 잔차 연결이 그 바깥을 돌아가요. 원래 트랜스포머는 어텐션, 더하기, 층 정규화, MLP, 더하기, 층 정규화 순서라서 층 정규화가 큰길 위에 있어요."
plot_encoder_block(block, norm=("before", "after"), title="The same parts in another order")

# %% [markdown] lang="en"
# On the left one can walk from bottom to top along the red lines and meet nothing but sums. On the right every way to the top leads through both norms. The parts and their parameters are the same. Section 6 finds out what this little change does; first each part by itself.
#
# ## 2. Layer Norm
#
# Attention and MLP are made of matrix products. If the numbers of a token are ten times larger, so is the product, and a softmax over it saturates (lesson 2). Every block adds to its tokens, so sizes do change on the way up. How does a block keep what it sees in one range, whatever the blocks below have done?
#
# Layer Norm takes the $D$ numbers of *one* token to mean 0 and variance 1. Then each of the $D$ places gets a scale $\gamma$ and a shift $\beta$ of its own, which are learned and start at 1 and 0.
#
# $$\underset{(D)}{\text{LN}(\mathbf{z})} = \gamma \odot \frac{\mathbf{z} - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu = \frac{1}{D} \sum_{i=1}^{D} z_i, \qquad \sigma^2 = \frac{1}{D} \sum_{i=1}^{D} (z_i - \mu)^2$$
#
# ### By hand, one token
#
# **Predict** the four numbers, without the tiny $\varepsilon$: the token is 1, 7, 9, 15.

# %% [markdown] lang="ko"
# 왼쪽에서는 빨간 선을 따라 아래에서 위까지 가는 동안 덧셈밖에 만나지 않아요. 오른쪽에서는 어느 길로 가든 층 정규화 두 개를 지나야 해요. 부분도, 파라미터도 똑같아요. 이 작은 차이가 무엇을 바꾸는지는 6절에서 알아봐요. 먼저 부분을 하나씩 살펴봐요.
#
# ## 2. 층 정규화
#
# 어텐션(attention)과 MLP는 행렬곱으로 되어 있어요. 토큰의 숫자가 열 배로 커지면 곱도 열 배가 되고, 그 위의 소프트맥스는 포화돼요(수업 2). 블록마다 토큰에 무언가를 더하니까 위로 갈수록 크기가 바뀌어요. 아래 블록이 무엇을 했든 블록이 보는 숫자를 일정한 범위에 두려면 어떻게 해야 할까요?
#
# 층 정규화는 토큰 *하나*의 숫자 $D$개를 평균 0, 분산 1로 바꿔요. 그다음 자리 $D$개마다 따로 배율 $\gamma$를 곱하고 이동값 $\beta$를 더해요. 둘은 학습되는 값이고 1과 0에서 시작해요.
#
# $$\underset{(D)}{\text{LN}(\mathbf{z})} = \gamma \odot \frac{\mathbf{z} - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu = \frac{1}{D} \sum_{i=1}^{D} z_i, \qquad \sigma^2 = \frac{1}{D} \sum_{i=1}^{D} (z_i - \mu)^2$$
#
# ### 토큰 하나로 직접 계산하기
#
# 토큰은 1, 7, 9, 15예요. 아주 작은 $\varepsilon$은 무시하고 결과 네 개를 **예측해 보세요.**

# %%
token = np.array([1.0, 7.0, 9.0, 15.0])
mean = token.mean()
variance = np.mean((token - mean) ** 2)
normed = (token - mean) / np.sqrt(variance + 1e-6)
print("mean", mean, "| variance", variance, "| normed", np.round(normed, 3))
gamma, beta = np.array([1, 1, 3, 2]), np.array([0, 0, 0, 10])
print("with gamma and beta:", np.round(gamma * normed + beta, 3))

# %% [markdown] lang="en"
# Now for any array: the mean over the *last* axis, which is the one with the $D$ numbers. **Predict**: what does Layer Norm make of ten times the token, and of the token plus 100?

# %% [markdown] lang="ko"
# 이제 어떤 배열에든 쓸 수 있게 만들어요. 평균은 숫자 $D$개가 있는 *마지막* 축을 따라 계산해요. **예측해 보세요.** 토큰의 10배에 층 정규화를 하면 무엇이 나올까요? 토큰에 100을 더하면요?

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
# Batch norm, which you know from CNNs, takes mean and variance of one place over *all pictures of the batch*; a picture's result then depends on its company. Layer Norm takes them over the places of one token. **Predict**: we replace the other two tokens. Which of the two changes its answer for token 0?

# %% [markdown] lang="ko"
# 세 번 다 똑같아요. 층 정규화는 토큰이 얼마나 큰지, 가운데가 어디인지를 잊어요. 남는 것은 숫자들의 무늬이고, 어텐션과 MLP는 그 무늬를 봐요.
#
# ### 토큰마다 따로
#
# CNN에서 보았을 배치 정규화(batch normalization)는 한 자리의 평균과 분산을 *배치의 모든 그림*에 걸쳐 계산해요. 그래서 어떤 그림과 함께 있느냐에 따라 결과가 달라져요. 층 정규화는 토큰 하나의 여러 자리에 걸쳐 계산해요. **예측해 보세요.** 다른 토큰 두 개를 바꾸면 0번 토큰의 결과가 달라지는 쪽은 어느 것일까요?

# %%
three = np.array([token, [0, 1, 2, 3], [2, 2, 4, 4]])
others = np.array([token, [50, 0, 0, 9], [7, 7, 1, 1]])


def normalize_over_tokens(z):  # the axis of batch norm
    return (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + LAYER_NORM_EPSILON)


for name, function in {"layer norm": normalize, "over the others": normalize_over_tokens}.items():
    print(f"{name:16}", np.round(function(three)[0], 2), np.round(function(others)[0], 2))

# %% [markdown] lang="en"
# Layer Norm does not care who else is in the batch, so it is the same in training and in use, with one picture or a thousand. Keras has it as a layer, and with $\varepsilon = 10^{-6}$ it gives our numbers.

# %% [markdown] lang="ko"
# 층 정규화는 배치에 누가 또 있는지 상관하지 않아요. 그래서 학습할 때나 쓸 때나, 그림이 한 장이든 천 장이든 똑같아요. Keras에는 이 층이 이미 있고, $\varepsilon = 10^{-6}$이면 우리가 계산한 값과 같아요.

# %%
def agree(one, other, atol=1e-4):
    return np.allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=atol)


norm = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON)
print("by hand and by Keras:", agree(norm(three), normalize(three)), "| parameters:",
      norm.count_params(), "= 2 D")

# %% alt="Two heat maps of 17 tokens with 32 numbers each. Before the norm token 0, the class token, is almost blank and the patches differ in strength; after it all 17 rows have the same strength." alt_ko="숫자 32개짜리 토큰 17개를 나타낸 두 히트맵. 층 정규화 전에는 0번인 클래스 토큰이 거의 비어 있고 패치마다 세기가 달라요. 층 정규화 뒤에는 17개 행의 세기가 모두 같아요."
tokens = ops.convert_to_numpy(z_0)[0]  # (T, D)
plot_tokens({"z_0": tokens, "LN(z_0)": normalize(tokens)},
            "Layer Norm brings every token to the same size")

# %% [markdown] lang="en"
# The tokens of the moon. Row 0 is the class token: in a fresh model it is zero, plus a position with a deviation of about 0.02, so it can hardly be seen on the left. On the right it speaks as loudly as any patch.
#
# ### Epsilon matters
#
# $\varepsilon$ is there so that nobody divides by zero. It must be small against the variance, and Keras's default, $10^{-3}$, need not be. **Predict**: what size does a token with variance $10^{-4}$ have after Layer Norm, with either $\varepsilon$? And the class token above?

# %% [markdown] lang="ko"
# 달 그림의 토큰이에요. 0번 행이 클래스 토큰이에요. 학습하지 않은 모델에서 클래스 토큰은 0이고, 여기에 표준편차가 0.02쯤인 위치 임베딩(position embedding)을 더했을 뿐이에요. 그래서 왼쪽에서는 거의 보이지 않아요. 오른쪽에서는 다른 패치와 목소리 크기가 같아요.
#
# ### 엡실론이 중요해요
#
# $\varepsilon$은 0으로 나누는 일을 막으려고 있어요. 분산에 비해 작아야 하는데, Keras의 기본값 $10^{-3}$은 그렇지 않을 수 있어요. **예측해 보세요.** 분산이 $10^{-4}$인 토큰에 층 정규화를 하면 $\varepsilon$에 따라 크기가 각각 얼마가 될까요? 위의 클래스 토큰은요?

# %%
small = token / 500  # variance 25 / 500² = 0.0001
print(f"variances: small {small.var():.4f}, class token {tokens[0].var():.4f}, "
      f"a patch {tokens[6].var():.2f}")
for epsilon in (1e-6, 1e-3):
    sizes = [normalize(one, epsilon).std() for one in (small, tokens[0], tokens[6])]
    print(f"epsilon {epsilon:g}: after the norm", " ".join(f"{size:.2f}" for size in sizes))

# %% [markdown] lang="en"
# With $10^{-3}$ the small token keeps less than a third of its size and the class token a good half, while the patch does not notice. A model trained with one $\varepsilon$ and run with the other therefore gives other answers, without any error. The paper's code uses $10^{-6}$, and so does `vit_keras`.
#
# ## 3. The residual connection
#
# Why does a block *add* its result to what came in, instead of passing it on? Take a chain of functions, $f$ after $f$, and ask two questions: how much of the input reaches the end, and how much does the end change when the input changes a little (its slope, which is what the gradient is made of)?
#
# $$\frac{d}{dz} f(z) = f'(z), \qquad \frac{d}{dz} \left( z + f(z) \right) = 1 + f'(z)$$
#
# Through $L$ functions the slopes multiply. By hand, with the simplest $f$ there is: $f(z) = 0.1\, z$, twelve times. **Predict** both products.

# %% [markdown] lang="ko"
# $10^{-3}$이면 작은 토큰은 크기가 3분의 1도 안 되게 줄고 클래스 토큰은 절반 남짓이 돼요. 패치에는 차이가 없어요. 그래서 학습할 때와 쓸 때 $\varepsilon$이 다르면 오류도 없이 답이 달라져요. 논문의 코드는 $10^{-6}$을 쓰고 `vit_keras`도 그래요.
#
# ## 3. 잔차 연결
#
# 블록은 왜 결과를 그냥 넘기지 않고 들어온 것에 *더할까요*? 이것이 잔차 연결이에요. 함수 $f$를 여러 번 이어 붙이고 두 가지를 물어봐요. 입력이 끝까지 얼마나 남을까요? 입력이 조금 바뀌면 끝은 얼마나 바뀔까요? 뒤의 것이 기울기이고, 그래디언트는 기울기로 만들어져요.
#
# $$\frac{d}{dz} f(z) = f'(z), \qquad \frac{d}{dz} \left( z + f(z) \right) = 1 + f'(z)$$
#
# 함수 $L$개를 지나면 기울기가 곱해져요. 가장 간단한 함수 $f(z) = 0.1\, z$를 열두 번 이어서 직접 계산해 봐요. 두 곱을 **예측해 보세요.**

# %%
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
# Twelve attention layers with fresh weights, each behind a norm, over the 17 tokens of the moon; once with the sum, once without. We look at what tells the tokens apart: each token minus the mean of all 17. If that is 0, all are the same. **Predict** what happens without the sum. (A hint from lesson 2: attention averages.)

# %% [markdown] lang="ko"
# 덧셈이 없으면 신호가 함수 몇 개 만에 사라지고 그래디언트도 함께 사라져요. 덧셈이 있으면 $f$가 무엇이든 기울기가 1인 길이 언제나 하나 있어요. 그리고 $f$가 아직 아무 일도 하지 않아도, 곧 $f(z) = 0$이어도 입력이 그대로 도착해요. 아직 배우지 못한 블록이 적어도 해를 끼치지는 않는 거예요.
#
# ### 일부러 망가뜨리기: 잔차 연결이 없다면
#
# 가중치가 무작위인 어텐션 층 열두 개를 달 그림의 토큰 17개에 적용해요. 층마다 앞에 층 정규화가 있어요. 한 번은 덧셈을 하고 한 번은 하지 않아요. 토큰을 서로 구별해 주는 것이 무엇인지 봐요. 토큰에서 17개의 평균을 뺀 나머지예요. 이것이 0이면 모두 똑같은 거예요. 덧셈이 없으면 어떻게 될지 **예측해 보세요.** (수업 2의 힌트: 어텐션은 평균을 내요.)

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

# %% alt="Two heat maps of what tells 17 tokens apart after twelve attention layers. With the residual connection every row has its own pattern; without it the map is one plain colour, zero everywhere." alt_ko="어텐션 층 열두 개를 지난 뒤 토큰 17개를 구별해 주는 것을 나타낸 두 히트맵. 잔차 연결이 있으면 행마다 무늬가 달라요. 없으면 모두 0이라서 한 가지 색뿐이에요."
plot_tokens({"with the residual connection": apart(added), "without": apart(passed_on)},
            "Without the residual connection nothing tells the tokens apart")

# %% [markdown] lang="en"
# On the right there is nothing: all 17 tokens are the same. Each was replaced by an average over all tokens, twelve times, and no later layer can tell a patch of the moon from a patch of the sky again. With the sum each token keeps what it was and *adds* what it has heard.
#
# ## 4. The MLP
#
# In attention tokens exchange what they know; but its result is a mixture of values, a weighted sum. Where does a token *work* on what it has got? In a small network of two dense layers, a *multilayer perceptron* (MLP), the same for every token:
#
# $$\underset{(T,\, D)}{\text{MLP}(\mathbf{z})} = \text{GELU}(\underset{(T,\, M)}{\mathbf{z} \mathbf{W}_1 + \mathbf{b}_1})\, \mathbf{W}_2 + \mathbf{b}_2, \qquad \mathbf{W}_1 \in \mathbb{R}^{D \times M}, \; \mathbf{W}_2 \in \mathbb{R}^{M \times D}$$
#
# The lecture calls it the position-wise FFN of the Transformer, with two layers that use GELU. Precisely: GELU stands *between* the two. $M$ is the lecture's "MLP size", four times $D$ in its table.
#
# ### By hand
#
# Three tokens, $D = 2$, $M = 4$. GELU is a ReLU without the corner, which the next section looks at: large numbers pass, negative ones nearly vanish. **Predict** the shapes of `hidden` and `out`.

# %% [markdown] lang="ko"
# 오른쪽에는 아무것도 없어요. 토큰 17개가 모두 똑같아요. 토큰마다 전체의 평균으로 바뀌기를 열두 번 하고 나니, 이제 어떤 층도 달의 패치와 하늘의 패치를 구별할 수 없어요. 덧셈이 있으면 토큰은 자기 것을 지키고, 들은 것을 *더해요*.
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
# 토큰은 세 개이고 $D = 2$, $M = 4$예요. GELU는 모서리를 둥글린 ReLU예요. 큰 수는 통과시키고 음수는 거의 없애요. 바로 다음에 자세히 봐요. `hidden`과 `out`의 형태를 **예측해 보세요.**

# %%
def gelu(x):
    return x / 2 * (1 + np.vectorize(math.erf)(x / np.sqrt(2)))


z = np.array([[1, 0], [0, 2], [1, -1]])  # (T, D)
W_1, b_1 = np.array([[1, -1, 2, 0], [0, 1, -1, 1]]), np.zeros(4)
W_2, b_2 = np.array([[1, 0], [0, 1], [1, 1], [0, -1]]), np.array([0, 10])
hidden = z @ W_1 + b_1  # (T, M)
out = gelu(hidden) @ W_2 + b_2  # (T, D)
print("hidden", hidden.shape, "\n", hidden, "\nGELU(hidden)\n", np.round(gelu(hidden), 2))
print("out", out.shape, "\n", np.round(out, 2))

# %% [markdown] lang="en"
# Every token alike, every token alone: the matrices know no $T$. **Predict** which rows of `out` change when token 1 changes.

# %% [markdown] lang="ko"
# 모든 토큰에 똑같이, 그러나 하나씩 따로 적용해요. 행렬에는 $T$가 들어 있지 않아요. 1번 토큰을 바꾸면 `out`의 어느 행이 바뀔지 **예측해 보세요.**

# %%
z_changed = z.copy()
z_changed[1] = [5, -3]
out_changed = gelu(z_changed @ W_1 + b_1) @ W_2 + b_2
print("rows that changed:", np.flatnonzero(np.any(out != out_changed, axis=1)))

# %% [markdown] lang="en"
# ### GELU and ReLU
#
# Two dense layers without anything between them are one dense layer: $\mathbf{z} \mathbf{W}_1 \mathbf{W}_2$ is a product with a single matrix. What stands between must bend. The original Transformer used ReLU, the ViT uses GELU. With $\Phi(x)$, the probability that a standard normal number is smaller than $x$:
#
# $$\text{ReLU}(x) = \max(0, x), \qquad \text{GELU}(x) = x \, \Phi(x) = \frac{x}{2} \left( 1 + \text{erf} \frac{x}{\sqrt 2} \right)$$
#
# ReLU multiplies $x$ by 0 or 1, GELU by something between, depending on how large $x$ is. Google's code computes it by a formula with tanh:
#
# $$\text{GELU}(x) \approx \frac{x}{2} \left( 1 + \tanh \left( \sqrt{2 / \pi} \, (x + 0.044715 \, x^3) \right) \right)$$

# %% [markdown] lang="ko"
# ### GELU와 ReLU
#
# 완전 연결 층 두 개 사이에 아무것도 없으면 층 하나와 다를 것이 없어요. $\mathbf{z} \mathbf{W}_1 \mathbf{W}_2$는 행렬 하나를 곱하는 것과 같으니까요. 그래서 사이에는 굽은 함수가 있어야 해요. 원래 트랜스포머는 ReLU를, ViT는 GELU를 써요. 표준 정규 분포를 따르는 수가 $x$보다 작을 확률을 $\Phi(x)$라고 하면
#
# $$\text{ReLU}(x) = \max(0, x), \qquad \text{GELU}(x) = x \, \Phi(x) = \frac{x}{2} \left( 1 + \text{erf} \frac{x}{\sqrt 2} \right)$$
#
# ReLU는 $x$에 0이나 1을 곱하고, GELU는 $x$의 크기에 따라 0과 1 사이의 값을 곱해요. 구글의 코드는 tanh를 쓴 식으로 계산해요.
#
# $$\text{GELU}(x) \approx \frac{x}{2} \left( 1 + \tanh \left( \sqrt{2 / \pi} \, (x + 0.044715 \, x^3) \right) \right)$$

# %%
x = np.linspace(-5, 5, 2001)
by_tanh = x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
print("exact, by hand and by Keras:", agree(keras.activations.gelu(x), gelu(x), atol=1e-6))
print("tanh,  by hand and by Keras:",
      agree(keras.activations.gelu(x, approximate=True), by_tanh, atol=1e-6))
print(f"largest difference between the two: {np.max(np.abs(by_tanh - gelu(x))):.5f}")
print("GELU of -3, -1, 0, 1, 3:", np.round(gelu(np.array([-3.0, -1, 0, 1, 3])), 3))

# %% [markdown] lang="en"
# The two differ by less than 0.0005. `MLP` takes the exact one, as the paper defines it; `approximate_gelu=True` is for weights that come from Google. Their slopes, which training needs:
#
# $$\text{ReLU}'(x) = \begin{cases} 0 & x < 0 \\ 1 & x > 0 \end{cases} \qquad\qquad \text{GELU}'(x) = \Phi(x) + x \, \varphi(x), \quad \varphi(x) = \frac{1}{\sqrt{2 \pi}} e^{-x^2 / 2}$$

# %% [markdown] lang="ko"
# 둘의 차이는 0.0005보다 작아요. `MLP`는 논문의 정의대로 정확한 쪽을 써요. `approximate_gelu=True`는 구글에서 나온 가중치를 쓸 때 필요해요. 학습에는 기울기가 필요해요.
#
# $$\text{ReLU}'(x) = \begin{cases} 0 & x < 0 \\ 1 & x > 0 \end{cases} \qquad\qquad \text{GELU}'(x) = \Phi(x) + x \, \varphi(x), \quad \varphi(x) = \frac{1}{\sqrt{2 \pi}} e^{-x^2 / 2}$$

# %%
def gelu_slope(x):
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return (1 + np.vectorize(math.erf)(x / np.sqrt(2))) / 2 + x * density


step = 1e-4
numeric = (gelu(x + step) - gelu(x - step)) / (2 * step)
print("the formula is the slope:", agree(gelu_slope(x), numeric, atol=1e-6))

# %% alt="Left, the functions: ReLU is zero below zero and then a straight line; GELU is nearly the same but smooth, and dips to about -0.17 near -0.75. Right, the slopes: ReLU's jumps from 0 to 1; GELU's is smooth, slightly negative below -0.75 and a little above 1 near 1.4." alt_ko="왼쪽은 함수예요. ReLU는 0 아래에서 0이고 그 위로는 직선이에요. GELU는 거의 같지만 부드럽고, -0.75 근처에서 -0.17쯤까지 내려가요. 오른쪽은 기울기예요. ReLU의 기울기는 0에서 1로 뛰어요. GELU의 기울기는 부드럽고, -0.75 아래에서는 조금 음수이고 1.4 근처에서는 1보다 조금 커요."
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
figure.suptitle("GELU is a ReLU without the corner")
near = x[np.abs(x) <= 3]
left.plot(near, np.maximum(0, near), "--", label="ReLU")
left.plot(near, gelu(near), label="GELU")
right.plot(near, np.where(near > 0, 1.0, 0.0), "--", label="slope of ReLU")
right.plot(near, gelu_slope(near), label="slope of GELU")
for axes in (left, right):
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.set_xlabel("x")

# %% [markdown] lang="en"
# Left, GELU follows ReLU and rounds its corner. Right is the difference that matters: to the left of zero ReLU's slope is exactly 0, GELU's is not.
#
# ### A dead unit
#
# A unit is one column of $\mathbf{W}_1$. Its gradient is a sum over tokens: what comes from above, times the slope, times the input. Take a unit that is negative for all three tokens of a batch. **Predict** its gradient with ReLU.

# %% [markdown] lang="ko"
# 왼쪽에서 GELU는 ReLU를 따라가면서 모서리를 둥글게 해요. 중요한 차이는 오른쪽에 있어요. 0의 왼쪽에서 ReLU의 기울기는 정확히 0이지만 GELU의 기울기는 그렇지 않아요.
#
# ### 죽은 유닛
#
# 유닛(unit) 하나는 $\mathbf{W}_1$의 열 하나예요. 유닛의 그래디언트는 토큰에 걸친 합이에요. 위에서 온 값, 기울기, 입력을 곱해서 더해요. 배치의 토큰 세 개 모두에서 음수가 되는 유닛이 있다고 해요. ReLU를 쓸 때 이 유닛의 그래디언트를 **예측해 보세요.**

# %%
inputs, w = np.array([1.0, 2.0, 3.0]), -1.0  # three tokens of one number, one unit
unit = w * inputs  # -1, -2, -3
from_above = np.ones(3)
for name, slope in {"ReLU": np.where(unit > 0, 1.0, 0.0), "GELU": gelu_slope(unit)}.items():
    print(f"{name}: slopes {np.round(slope, 3)}, gradient of w "
          f"{np.sum(from_above * slope * inputs):.3f}")

# %% [markdown] lang="en"
# With ReLU the gradient is exactly zero: whatever the loss says, $w$ stays where it is, and the unit stays negative as long as its inputs do not change. It is dead; only the layers below can wake it. With GELU there is something to learn from, at least as long as the unit is not far below zero; at -5 its slope is nearly nothing, too.
#
# ### The layer
#
# The class of the module, word for word. `build` makes the two dense layers, `call` is the equation. Dropout, off by default, sets a random share of the numbers to zero in training; the paper uses it after every dense layer but those of queries, keys and values, and after the positions are added.

# %% [markdown] lang="ko"
# ReLU에서는 그래디언트가 정확히 0이에요. 손실이 무엇이라 하든 $w$는 그대로이고, 입력이 바뀌지 않는 한 유닛은 계속 음수예요. 죽은 거예요. 아래층이 입력을 바꿔 줘야만 깨어날 수 있어요. GELU에서는 배울 것이 남아 있어요. 다만 0에서 너무 멀어지지 않았을 때 이야기예요. -5에서는 GELU의 기울기도 거의 0이에요.
#
# ### 층
#
# 모듈의 클래스를 글자 그대로 옮겼어요. `build`가 완전 연결 층 두 개를 만들고, `call`이 위의 식이에요. 드롭아웃(dropout)은 학습할 때 숫자의 일부를 무작위로 0으로 만드는 것이고, 기본으로 꺼져 있어요. 논문에서는 쿼리, 키, 밸류를 만드는 층을 뺀 모든 완전 연결 층 뒤와, 위치 임베딩을 더한 다음에 써요.

# %% quotes="vit_keras.encoder.MLP"
@keras.saving.register_keras_serializable(package="vit_keras")
class MLP(layers.Layer):
    """Two dense layers with a GELU between, applied to every token alike.

    Args:
        mlp_dim: int. Width of the hidden layer.
        dropout_rate: float in [0, 1). After each of the two layers. Defaults to `0.0`.
        approximate_gelu: bool. Whether GELU is computed by its tanh formula, as Google's code does,
            or exactly, as the paper defines it (also Hugging Face and timm). The two differ by less
            than 5e-4. Defaults to `False`, exact.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.

    Returns:
        Tensor of shape `(B, T, D)`.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, section 3.1.
    """

    def __init__(self, mlp_dim, dropout_rate=0.0, approximate_gelu=False, **kwargs):
        super().__init__(**kwargs)
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.approximate_gelu = approximate_gelu
        self.dropout = layers.Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, inputs_shape):
        def dense(units, name):
            return layers.Dense(units, kernel_initializer="glorot_uniform", dtype=self.dtype_policy, name=name)

        self.dense_1 = dense(self.mlp_dim, "dense_1")
        self.dense_2 = dense(inputs_shape[-1], "dense_2")
        self.dense_1.build(inputs_shape)
        self.dense_2.build((*inputs_shape[:-1], self.mlp_dim))

    def call(self, inputs, training=None):
        x = keras.activations.gelu(self.dense_1(inputs), approximate=self.approximate_gelu)
        x = self.dropout(x, training=training)  # (B, T, mlp_dim)
        return self.dropout(self.dense_2(x), training=training)  # (B, T, D)

    def get_config(self):
        return {
            **super().get_config(),
            "mlp_dim": self.mlp_dim,
            "dropout_rate": self.dropout_rate,
            "approximate_gelu": self.approximate_gelu,
        }
# %% [markdown] lang="en"
# Our matrices go into the class above and into the imported one; the numbers by hand must come out of both.

# %% [markdown] lang="ko"
# 위의 클래스와 import한 클래스에 손으로 만든 행렬을 넣어요. 둘 다 직접 계산한 숫자가 나와야 해요.

# %%
above = MLP(mlp_dim=4)
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
# All parts are there: Layer Norm, attention from lesson 2, the sum, the MLP. The class of the module puts them together. Look for the two lines with (2) and (3); everything else is book-keeping. (`num_queries` lets only the first tokens ask, as in lesson 2. Then only so many come out, so only so many are added. `skip` does nothing unless you ask for it: it is *stochastic depth*, in lesson 11.)

# %% [markdown] lang="ko"
# ## 5. 블록
#
# 부분이 다 모였어요. 층 정규화, 수업 2의 어텐션, 덧셈, MLP예요. 모듈의 클래스는 이것을 한데 모은 거예요. (2)와 (3)이 적힌 두 줄을 찾아보세요. 나머지는 모두 준비와 정리예요. (`num_queries`는 수업 2에서처럼 앞쪽 토큰만 묻게 해요. 그러면 그만큼만 나오니까 그만큼만 더해요. `skip`은 따로 켜지 않으면 아무 일도 하지 않아요. 수업 11에서 배울 *확률적 깊이*(stochastic depth)예요.)

# %% quotes="vit_keras.encoder.TransformerBlock"
@keras.saving.register_keras_serializable(package="vit_keras")
class TransformerBlock(layers.Layer):
    """One layer of the encoder: attention between tokens, then an MLP within each, both residual.

    The norm comes before each part and not after it, as in the original Transformer: the residual
    path from the first block to the last is a plain sum.

    Args:
        num_heads: int. Heads of the attention; must divide D.
        mlp_dim: int. Width of the MLP's hidden layer.
        dropout_rate: float in [0, 1). After attention and in the MLP. Defaults to `0.0`.
        attention_dropout_rate: float in [0, 1). Of the attention scores. Defaults to `0.0`.
        approximate_gelu: bool. See `MLP`. Defaults to `False`.
        skip_rate: float in [0, 1). Stochastic depth: how often, in training, an image skips either part. What a part
            adds to the other images is divided by the share that is kept, so its mean stays. Defaults to `0.0`.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.
        num_queries: int or `None`. How many tokens come out, from the first; see
            `MultiHeadSelfAttention`. Defaults to `None`: all.
        return_attention_scores: bool. Whether the scores come along. Defaults to `False`.

    Returns:
        Tensor of shape `(B, T, D)`, or the pair of it and the scores `(B, num_heads, T, T)`. With
        `num_queries` the first T of both shapes is that number.

    Raises:
        ValueError: `skip_rate` outside its range.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, equations (2) and (3); stochastic depth: Huang et
        al., 2016, https://arxiv.org/abs/1603.09382.
    """

    def __init__(
        self,
        num_heads,
        mlp_dim,
        dropout_rate=0.0,
        attention_dropout_rate=0.0,
        approximate_gelu=False,
        skip_rate=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not 0 <= skip_rate < 1:
            raise ValueError(f"`skip_rate` must lie in [0, 1): got skip_rate={skip_rate}.")
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.attention_dropout_rate = attention_dropout_rate
        self.approximate_gelu = approximate_gelu
        self.skip_rate = skip_rate
        own = {"dtype": self.dtype_policy}
        self.norm_1 = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm_1", **own)
        self.attention = MultiHeadSelfAttention(num_heads, attention_dropout_rate, name="attention", **own)
        self.dropout = layers.Dropout(dropout_rate, **own)
        self.norm_2 = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm_2", **own)
        self.mlp = MLP(mlp_dim, dropout_rate, approximate_gelu, name="mlp", **own)
        self.skip = layers.Dropout(skip_rate, noise_shape=(None, 1, 1), **own)  # one draw for all of an image

    def build(self, inputs_shape):
        for part in (self.norm_1, self.attention, self.norm_2, self.mlp):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        x, scores = self.attention(
            self.norm_1(inputs), num_queries=num_queries, return_attention_scores=True, training=training
        )
        x = self.skip(self.dropout(x, training=training), training=training)
        z = x + inputs[:, :num_queries]  # (2)  z'_l = MSA(LN(z_{l-1})) + z_{l-1}
        x = self.skip(self.mlp(self.norm_2(z), training=training), training=training)
        z = x + z  # (3)  z_l = MLP(LN(z'_l)) + z'_l
        return (z, scores) if return_attention_scores else z

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "mlp_dim": self.mlp_dim,
            "dropout_rate": self.dropout_rate,
            "attention_dropout_rate": self.attention_dropout_rate,
            "approximate_gelu": self.approximate_gelu,
            "skip_rate": self.skip_rate,
        }
# %% [markdown] lang="en"
# ### By hand, in four lines
#
# If you have understood the class, you can write it without Keras. Four lines of NumPy, for one picture, with the weights of the block, which are drawn anew here so that no bias is zero and no scale is one.

# %% [markdown] lang="ko"
# ### 네 줄로 직접 쓰기
#
# 클래스를 이해했다면 Keras 없이도 쓸 수 있어요. 그림 한 장에 대해 NumPy 네 줄이면 돼요. 가중치는 블록에서 가져와요. 편향이 0이거나 배율이 1이면 실수가 드러나지 않으니까 여기서는 가중치를 새로 뽑아요.

# %%
def dense(x, layer):
    return x @ ops.convert_to_numpy(layer.kernel) + ops.convert_to_numpy(layer.bias)


def norm_by_hand(z, layer):
    return ops.convert_to_numpy(layer.gamma) * normalize(z) + ops.convert_to_numpy(layer.beta)


def attend(q, k, v):  # n tokens ask, m answer, h heads, k width of a head
    scores = np.exp(np.einsum("nhk,mhk->hnm", q, k) / np.sqrt(q.shape[-1]))
    scores /= scores.sum(axis=-1, keepdims=True)
    return np.einsum("hnm,mhk->nhk", scores, v).reshape(len(q), -1)


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
# ## 6. Norm before or after?
#
# In the original Transformer the norm comes *after* the sum:
#
# $$\mathbf{z}'_\ell = \text{LN}(\text{MSA}(\mathbf{z}_{\ell-1}) + \mathbf{z}_{\ell-1}), \qquad \mathbf{z}_\ell = \text{LN}(\text{MLP}(\mathbf{z}'_\ell) + \mathbf{z}'_\ell)$$
#
# This is called *post-norm*, the ViT's order *pre-norm*. Same parts, same parameters. Why did anybody move it? We build twelve blocks of each, with the same weights in both.

# %% [markdown] lang="ko"
# ## 6. 층 정규화는 앞에, 아니면 뒤에?
#
# 원래 트랜스포머에서는 층 정규화가 덧셈 *뒤*에 와요.
#
# $$\mathbf{z}'_\ell = \text{LN}(\text{MSA}(\mathbf{z}_{\ell-1}) + \mathbf{z}_{\ell-1}), \qquad \mathbf{z}_\ell = \text{LN}(\text{MLP}(\mathbf{z}'_\ell) + \mathbf{z}'_\ell)$$
#
# 이것을 *사후 정규화*(post-norm), ViT의 순서를 *사전 정규화*(pre-norm)라고 해요. 부분도 파라미터도 똑같아요. 그런데 왜 자리를 옮겼을까요? 두 가지로 블록을 열두 개씩 만들고 가중치를 똑같이 맞춰요.

# %%
class PostNormBlock(TransformerBlock):
    """The parts of a `TransformerBlock` in the order of the original Transformer."""

    def call(self, inputs):
        z = self.norm_1(self.attention(inputs) + inputs)
        return self.norm_2(self.mlp(z) + z)


keras.utils.set_random_seed(0)
pre_norm, post_norm = [[kind(4, M) for _ in range(L)] for kind in (TransformerBlock, PostNormBlock)]
for before, after in zip(pre_norm, post_norm):
    before.build(z_0.shape)
    after.build(z_0.shape)
    after.set_weights(before.get_weights())
print("blocks:", len(pre_norm), "and", len(post_norm))
print("parameters of one:", before.count_params(), "and", after.count_params())

# %% [markdown] lang="en"
# ### What is left of $\mathbf{z}_0$
#
# In pre-norm, $\mathbf{z}_0$ is never touched: $\mathbf{z}_L$ is $\mathbf{z}_0$ plus 24 summands. Only what is added piles up around it, so its share of the whole is 1 divided by the size of $\mathbf{z}_L$. In post-norm each of the 24 norms divides *everything* by the size of the sum, $\mathbf{z}_0$ included; its share is a product of 24 factors, $\prod 1 / \sigma$. The same factors are the slope of the residual path, so this is section 3 again.
#
# We start both from $\text{LN}(\mathbf{z}_0)$, tokens of size 1. **Predict** which share is larger after twelve blocks.

# %% [markdown] lang="ko"
# ### $\mathbf{z}_0$은 얼마나 남을까요
#
# 사전 정규화에서는 아무도 $\mathbf{z}_0$을 건드리지 않아요. $\mathbf{z}_L$은 $\mathbf{z}_0$에 항 24개를 더한 것이에요. 둘레에 더해진 것이 쌓일 뿐이어서, 전체에서 차지하는 몫은 1을 $\mathbf{z}_L$의 크기로 나눈 값이에요. 사후 정규화에서는 층 정규화 24개가 저마다 $\mathbf{z}_0$을 포함한 *모든 것*을 합의 크기로 나눠요. 그래서 몫은 24개를 곱한 $\prod 1 / \sigma$예요. 이 곱은 잔차 연결을 따라가는 길의 기울기이기도 하니까 3절과 같은 이야기예요.
#
# 둘 다 크기가 1인 토큰 $\text{LN}(\mathbf{z}_0)$에서 출발해요. 블록 열두 개를 지나면 어느 쪽의 몫이 더 클지 **예측해 보세요.**

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
# A straight line on a logarithmic axis is a product: post-norm loses the same fraction in every block. Pre-norm falls more and more slowly, since sizes only add up. The price: its tokens grow, to four times their size here, so *one* norm is needed after the last block. You will meet it in section 7.
#
# ### The gradient
#
# What does that mean for learning? We need the gradient of the loss with respect to the weights of each block, in two classifiers that differ only in the order of the norm. The question for them is easy: which colour has the shape?

# %% [markdown] lang="ko"
# 로그 축에서 직선이라는 것은 곱이라는 뜻이에요. 사후 정규화는 블록마다 같은 비율로 잃어요. 사전 정규화는 크기가 더해질 뿐이라 점점 천천히 내려가요. 대가도 있어요. 토큰이 커져요. 여기서는 네 배가 되었어요. 그래서 마지막 블록 뒤에 층 정규화가 *하나* 필요해요. 7절에서 나와요.
#
# ### 그래디언트
#
# 학습에는 어떤 영향을 줄까요? 층 정규화의 순서만 다른 두 분류 모델에서, 블록마다 가중치에 대한 손실의 그래디언트를 구해 봐요. 모델에게 던질 질문은 쉬워요. 도형은 무슨 색일까요?

# %%
colors = ("red", "yellow", "green", "blue")
steps, batch_size = 40, 32
labels = np.random.default_rng(0).integers(0, 4, steps * batch_size)
rgb = np.array([COLORS[name] for name in colors])[labels]  # (1280, 3)
images = draw_shapes(len(labels), color=rgb, clutter=0, size=0.4).images
print("images", images.shape, "| of each colour:", np.bincount(labels))
print(f"a blind guess has the loss ln 4 = {np.log(4):.2f}")

# %% alt="Four drawn shapes, one of each colour: red, yellow, green and blue." alt_ko="그려 낸 도형 네 개. 빨강, 노랑, 초록, 파랑이 하나씩 있어요."
figure, row = plt.subplots(1, 4, figsize=(6, 1.9), layout="constrained")
figure.suptitle("Four classes: the colour of the shape")
for index, (axes, name) in enumerate(zip(row, colors)):
    axes.imshow(images[labels == index][0])
    axes.set_title(name, fontsize=10)
    axes.set_axis_off()

# %% [markdown] lang="en"
# The shape lies anywhere and is any of ten; only its colour counts. Now the two models. TensorFlow would draw up the graph of every block singly, which takes long. `Stack` runs the twelve blocks as one loop: the first block's `call` with the weights of each in turn, which lie in the rows of one matrix.

# %% [markdown] lang="ko"
# 도형은 열 가지 중 하나이고 어디에나 있을 수 있지만 색만 맞히면 돼요. 이제 모델 두 개를 만들어요. TensorFlow가 블록마다 그래프를 따로 만들면 오래 걸려요. 그래서 `Stack`은 블록 열두 개를 반복문 하나로 실행해요. 블록마다 가중치를 행렬의 행 하나에 모아 두고, 첫 블록의 `call`에 차례로 넣어요.

# %%
class Stack(layers.Layer):
    """Blocks one after another, as a loop: row l holds all weights of block l."""

    def __init__(self, blocks, **kwargs):
        super().__init__(**kwargs)
        self.call_block = blocks[0].stateless_call  # (weights, no state, z) -> z, no state
        self.shapes = [w.shape for w in blocks[0].get_weights()]
        rows = np.stack([np.concatenate([w.ravel() for w in block.get_weights()])
                         for block in blocks])
        self.rows = self.add_weight(name="rows", shape=rows.shape)  # (L, parameters of a block)
        self.rows.assign(rows)

    def call(self, z):
        ends = np.cumsum([np.prod(shape) for shape in self.shapes])[:-1].tolist()

        def one_block(z, row):
            weights = [ops.reshape(part, shape)
                       for part, shape in zip(ops.split(row, ends), self.shapes)]
            return self.call_block(weights, [], z)[0], None

        return ops.scan(one_block, z, ops.convert_to_tensor(self.rows))[0]


start = norm(z_0)
print("the loop is the twelve blocks:", agree(Stack(pre_norm)(start), z),
      agree(Stack(post_norm)(start), w))

# %%
def classifier(blocks, last_norm):
    keras.utils.set_random_seed(0)  # the same first and last layer for both
    inputs = keras.Input((32, 32, 3))
    z = PatchEncoder(D)(Patches(8)(layers.Rescaling(1 / 127.5, offset=-1)(inputs)))  # (1)
    z = Stack(blocks, name="stack")(z)  # (2) (3)
    if last_norm:
        z = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON)(z)
    return keras.Model(inputs, layers.Dense(4)(z[:, 0]))  # read from the class token


models = {"pre-norm": classifier(pre_norm, last_norm=True),
          "post-norm": classifier(post_norm, last_norm=False)}
for name, model in models.items():
    print(f"{name:10}{model.count_params():,} parameters")

# %% [markdown] lang="en"
# The 64 parameters between them are the last norm of pre-norm, $2D$.
#
# How does one get a gradient out of Keras, whatever the backend? Plain gradient descent with a learning rate of 1 subtracts exactly the gradient, so the weights before minus the weights after *are* the gradient. **Predict**: in which blocks is it largest?

# %% [markdown] lang="ko"
# 파라미터 64개 차이는 사전 정규화의 마지막 층 정규화, $2D$예요.
#
# 백엔드가 무엇이든 Keras에서 그래디언트를 얻으려면 어떻게 할까요? 학습률(learning rate)이 1인 단순한 경사 하강법은 정확히 그래디언트만큼 빼요. 그래서 한 스텝 전의 가중치에서 뒤의 가중치를 빼면 그것이 *곧* 그래디언트예요. 어느 블록에서 가장 클지 **예측해 보세요.**

# %%
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def gradient_by_block(model):
    """Length of the gradient of each block's weights, (L,)."""
    model.compile(keras.optimizers.SGD(learning_rate=1.0), loss, run_eagerly=True)
    stack, start = model.get_layer("stack"), model.get_weights()
    before = ops.convert_to_numpy(stack.rows).copy()
    model.train_on_batch(images[:64], labels[:64])
    gradient = before - ops.convert_to_numpy(stack.rows)  # (L, parameters of a block)
    model.set_weights(start)
    return np.linalg.norm(gradient, axis=1)

# %%
lengths = {name: gradient_by_block(model) for name, model in models.items()}
before, after = lengths["pre-norm"], lengths["post-norm"]
print("pre-norm: larger in block 1 than in block 12:", bool(before[0] > before[-1]))
print("block 12: larger in post-norm than in pre-norm:", bool(after[-1] > before[-1]))

# %% tags=["nbval-ignore-output"] alt="Length of the gradient of each block's weights at the start, on a logarithmic axis. Pre-norm falls from block 1 to block 12; post-norm is smaller at the bottom and two to three times larger in the upper half." alt_ko="시작할 때 블록마다 가중치의 그래디언트 길이를 로그 축에 그린 것. 사전 정규화는 1번 블록에서 12번 블록으로 가면서 작아져요. 사후 정규화는 아래에서는 더 작고 위쪽 절반에서는 두세 배 더 커요."
print(f"block 12: {after[-1] / before[-1]:.1f} times larger in post-norm; "
      f"the root of L is {L**0.5:.1f}")
plot_by_block(lengths, "length of the gradient",
              "At the start the loss pulls hard at post-norm's upper blocks")

# %% [markdown] lang="en"
# In pre-norm the last norm divides by the size of $\mathbf{z}_L$, and so the gradient of the upper blocks is divided, too: it is the smaller, the more blocks there are. (The lower blocks have more, since everything above depends on them.) In post-norm nothing has grown, so nothing is divided. For random weights theory says that the last block's gradient is smaller by about $\sqrt{L}$ in pre-norm ([Xiong et al., 2020](https://arxiv.org/abs/2002.04745)); the printed factor is of that order. For plain gradient descent this matters. Adam, though, hardly minds how long a gradient is (lesson 11).
#
# What Adam cannot undo is the other finding: post-norm's upper blocks see hardly anything of $\mathbf{z}_0$. So the first gradients say little about the picture, and it is wise to follow them in small steps. The original Transformer was indeed trained with a *warm-up*: the learning rate begins near zero and rises.
#
# ### Training, side by side
#
# The same pictures in the same order, from the same weights, with Adam; two learning rates, and the larger one with and without warm-up. 40 steps of 32 pictures: every picture is seen once. (The second cell takes about 20 seconds.)

# %% [markdown] lang="ko"
# 사전 정규화에서는 마지막 층 정규화가 $\mathbf{z}_L$의 크기로 나누기 때문에 위쪽 블록의 그래디언트도 나누어져요. 블록이 많을수록 더 작아져요. (아래쪽 블록은 그 위의 모든 블록에 영향을 주기 때문에 더 커요.) 사후 정규화에서는 커진 것이 없으니 나누는 것도 없어요. 이론에 따르면 가중치가 무작위일 때 마지막 블록의 그래디언트는 사전 정규화 쪽이 $\sqrt{L}$배쯤 작아요([Xiong et al., 2020](https://arxiv.org/abs/2002.04745)). 출력된 배수도 그 정도예요. 단순한 경사 하강법이라면 중요한 차이예요. 하지만 Adam은 그래디언트의 길이를 거의 따지지 않아요(수업 11).
#
# Adam도 어쩔 수 없는 것은 앞에서 본 $\mathbf{z}_0$의 몫이에요. 사후 정규화의 위쪽 블록에는 $\mathbf{z}_0$이 거의 보이지 않아요. 그래서 처음의 그래디언트는 그림에 대해 말해 주는 것이 적고, 조금씩만 따라가는 편이 좋아요. 실제로 원래 트랜스포머는 *워밍업*(warm-up)과 함께 학습시켰어요. 워밍업은 학습률을 0 근처에서 시작해서 올리는 방법이에요.
#
# ### 나란히 학습하기
#
# 같은 그림을 같은 순서로, 같은 가중치에서 출발해 Adam으로 학습시켜요. 학습률은 두 가지이고, 큰 쪽은 워밍업을 한 것과 하지 않은 것을 모두 해 봐요. 그림 32장씩 40스텝이니 그림마다 한 번씩 봐요. (두 번째 셀은 20초쯤 걸려요.)

# %%
def variables_of(model):
    return [*model.variables, *model.optimizer.variables]


def train(model, learning_rate, warmup=0):
    """The loss of every step. Over the first `warmup` steps the learning rate rises in a line."""
    losses = []
    for step in range(steps):
        model.optimizer.learning_rate = learning_rate * min(1, (step + 1) / max(1, warmup))
        batch = slice(step * batch_size, (step + 1) * batch_size)
        model.reset_metrics()  # the loss of this step, not the mean of all
        losses.append(float(model.train_on_batch(images[batch], labels[batch])))
    return losses

# %%
settings = {"rate 0.003": (3e-3, 0), "0.003 with warm-up": (3e-3, 15), "rate 0.0003": (3e-4, 0)}
runs = {name: {} for name in models}
for name, model in models.items():
    # not compiled, JAX would trace the loop of blocks anew in every step
    model.compile(keras.optimizers.Adam(), loss, jit_compile=keras.backend.backend() == "jax")
    model.optimizer.build(model.trainable_variables)
    fresh = [ops.convert_to_numpy(variable) for variable in variables_of(model)]
    for setting, arguments in settings.items():
        for variable, value in zip(variables_of(model), fresh):
            variable.assign(value)  # back to the start: weights, and what Adam remembers
        runs[name][setting] = train(model, *arguments)

# %%
final = {name: {setting: np.mean(losses[-10:]) for setting, losses in one.items()}
         for name, one in runs.items()}
print("pre-norm ends lower in every setting:",
      all(final["pre-norm"][s] < final["post-norm"][s] for s in settings))
for name, one in final.items():
    print(f"{name}, rate 0.003: has learned to tell the colours:", bool(one["rate 0.003"] < 0.8))

# %% tags=["nbval-ignore-output"] alt="Loss against step, pre-norm left, post-norm right. Pre-norm falls in all three settings. Post-norm stays near the blind guess, ln 4; with warm-up or at 0.0003 it falls a little towards the end." alt_ko="스텝에 따른 손실. 왼쪽이 사전 정규화, 오른쪽이 사후 정규화예요. 사전 정규화는 세 설정에서 모두 내려가요. 사후 정규화는 찍었을 때의 손실 ln 4 근처에 머물러요. 워밍업을 하거나 학습률이 0.0003이면 끝에서 조금 내려가요."
for name, one in final.items():
    print(f"{name:10}", ", ".join(f"{setting}: {value:.2f}" for setting, value in one.items()))
plot_losses(runs, np.log(4), "Twelve blocks: pre-norm learns at once, post-norm hardly begins")

# %% [markdown] lang="en"
# The printed numbers are the mean loss of the last ten steps; the dotted line is a blind guess. Pre-norm learns in every setting, and faster with the larger rate. Post-norm hangs about the dotted line; warm-up and the small rate get it to move towards the end.
#
# How far does this go? It is one seed, forty steps and a narrow model. With other seeds (change the number where the blocks are made) the three post-norm curves change places; that pre-norm is well ahead does not change. Post-norm *can* be trained, with patience: the original Transformer has six such blocks and BERT twelve or twenty-four, both with a warm-up of thousands of steps. And the difference grows with depth: put `L = 4` into the first cell of section 1 and run the lesson again, and post-norm learns at 0.003, too. What pre-norm buys is that depth and learning rate need less care, and ViT-Huge has 32 blocks.
#
# ## 7. The encoder
#
# An encoder is $L$ blocks, one after the other, and the norm that pre-norm has saved up: the residual path was never normalised, so it is done once, at the end. (Equation (4) writes this last LN for the class token; the code does it for all tokens.)

# %% [markdown] lang="ko"
# 출력된 숫자는 마지막 열 스텝의 평균 손실이고, 점선은 찍었을 때의 손실이에요. 사전 정규화는 어느 설정에서나 배우고, 학습률이 클 때 더 빨리 배워요. 사후 정규화는 점선 근처를 맴돌아요. 워밍업을 하거나 학습률을 줄이면 끝에 가서야 움직이기 시작해요.
#
# 어디까지 믿어도 될까요? 시드 하나, 40스텝, 좁은 모델의 결과예요. 블록을 만드는 셀에서 시드를 바꾸면 사후 정규화의 세 곡선은 순서가 바뀌어요. 하지만 사전 정규화가 훨씬 앞선다는 점은 바뀌지 않아요. 사후 정규화도 끈기 있게 하면 학습시킬 수 *있어요*. 원래 트랜스포머는 이런 블록이 여섯 개이고 BERT는 열두 개나 스물네 개인데, 둘 다 워밍업만 수천 스텝을 했어요. 그리고 차이는 깊을수록 커져요. 1절의 첫 코드 셀에서 `L = 4`로 바꾸고 수업을 다시 실행하면 사후 정규화도 학습률 0.003에서 배워요. 사전 정규화를 쓰면 깊이와 학습률에 덜 예민해져요. ViT-Huge에는 블록이 32개나 있어요.
#
# ## 7. 인코더
#
# 인코더는 블록 $L$개를 차례로 쌓고, 사전 정규화가 미뤄 둔 층 정규화를 붙인 거예요. 잔차 연결을 따라가는 길은 한 번도 정규화되지 않았으니까 마지막에 한 번 해요. (식 (4)에서는 이 마지막 LN을 클래스 토큰에 대해서만 쓰지만, 코드는 모든 토큰에 해요.)

# %% quotes=["vit_keras.encoder.skip_rates", "vit_keras.encoder.TransformerEncoder"]
def skip_rates(num_layers, stochastic_depth):
    """How often each block is skipped: a straight line from nearly never to `stochastic_depth`, list of floats."""
    return [stochastic_depth * (index + 1) / num_layers for index in range(num_layers)]


@keras.saving.register_keras_serializable(package="vit_keras")
class TransformerEncoder(layers.Layer):
    """`num_layers` Transformer blocks and the Layer Norm that ends the residual path.

    Args:
        num_layers: int. L, the number of blocks.
        num_heads, mlp_dim, dropout_rate, attention_dropout_rate, approximate_gelu: See
            `TransformerBlock`.
        stochastic_depth: float in [0, 1). `skip_rate` of the last block; below it falls towards zero, since all that
            follow need what the first blocks make. Defaults to `0.0`.
        **kwargs: Passed to `keras.layers.Layer` (`name`, `dtype`, ...).

    Call arguments:
        inputs: Tensor of shape `(B, T, D)`.
        num_queries: int or `None`. How many tokens come out of the last block, from the first: with
            `1` the class token alone, at a fraction of that block's cost. Defaults to `None`: all.
        return_attention_scores: bool. Whether the scores come along. Defaults to `False`.

    Returns:
        Tensor of shape `(B, T, D)`, or the pair of it and a list of L tensors of scores, each of
        shape `(B, num_heads, T, T)`. With `num_queries` the first T of the output and of the last
        scores is that number.

    Raises:
        ValueError: `num_layers` is not positive, or `stochastic_depth` outside its range.

    Reference:
        Dosovitskiy et al., 2021, https://arxiv.org/abs/2010.11929, equations (2) to (4).
    """

    def __init__(
        self,
        num_layers,
        num_heads,
        mlp_dim,
        dropout_rate=0.0,
        attention_dropout_rate=0.0,
        approximate_gelu=False,
        stochastic_depth=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(num_layers, int) or num_layers < 1:
            raise ValueError(f"`num_layers` must be a positive int: got num_layers={num_layers!r}.")
        if not 0 <= stochastic_depth < 1:
            raise ValueError(f"`stochastic_depth` must lie in [0, 1): got {stochastic_depth}.")
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.dropout_rate = dropout_rate
        self.attention_dropout_rate = attention_dropout_rate
        self.approximate_gelu = approximate_gelu
        self.stochastic_depth = stochastic_depth
        own = {"dtype": self.dtype_policy}
        self.blocks = [
            TransformerBlock(
                num_heads,
                mlp_dim,
                dropout_rate,
                attention_dropout_rate,
                approximate_gelu,
                skip_rate,
                name=f"block_{index + 1}",
                **own,
            )
            for index, skip_rate in enumerate(skip_rates(num_layers, stochastic_depth))
        ]
        self.norm = layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name="norm", **own)

    def build(self, inputs_shape):
        for part in (*self.blocks, self.norm):
            part.build(inputs_shape)

    def call(self, inputs, num_queries=None, return_attention_scores=False, training=None):
        z, all_scores = inputs, []
        for block in self.blocks:
            last = block is self.blocks[-1]  # every earlier block's tokens are keys and values of the next
            z, scores = block(
                z,
                num_queries=num_queries if last else None,
                return_attention_scores=True,
                training=training,
            )
            all_scores.append(scores)
        z = self.norm(z)
        return (z, all_scores) if return_attention_scores else z

    def get_config(self):
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "num_heads": self.num_heads,
            "mlp_dim": self.mlp_dim,
            "dropout_rate": self.dropout_rate,
            "attention_dropout_rate": self.attention_dropout_rate,
            "approximate_gelu": self.approximate_gelu,
            "stochastic_depth": self.stochastic_depth,
        }
# %% [markdown] lang="en"
# **Predict** the shapes: with `num_queries=1` the last block asks for the class token alone, since equation (4) reads nothing else.

# %% [markdown] lang="ko"
# 형태를 **예측해 보세요.** `num_queries=1`이면 마지막 블록에서 클래스 토큰만 물어요. 식 (4)가 클래스 토큰만 읽기 때문이에요.

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
# ### How many parameters?
#
# A dense layer from $a$ to $b$ numbers has $ab$ weights and $b$ biases; a norm has $\gamma$ and $\beta$, $2D$ together.
#
# $$\underbrace{4 D}_{\text{2 LN}} + \underbrace{4 (D^2 + D)}_{\text{MSA}} + \underbrace{2 D M + M + D}_{\text{MLP}}$$
#
# for a block; the encoder has $L$ of them, and $2D$ for the last norm. **Predict** with $M = 4D$, as in the lecture's table: which of the two has more, MSA or MLP, and how many times?

# %% [markdown] lang="ko"
# ### 파라미터는 몇 개일까요?
#
# 숫자 $a$개를 $b$개로 바꾸는 완전 연결 층에는 가중치 $ab$개와 편향 $b$개가 있어요. 층 정규화에는 $\gamma$와 $\beta$를 합쳐 $2D$개가 있어요.
#
# $$\underbrace{4 D}_{\text{2 LN}} + \underbrace{4 (D^2 + D)}_{\text{MSA}} + \underbrace{2 D M + M + D}_{\text{MLP}}$$
#
# 식은 블록 하나의 파라미터 수예요. 인코더에는 블록이 $L$개 있고 마지막 층 정규화의 $2D$개가 더 있어요. 강의의 표처럼 $M = 4D$라면 MSA와 MLP 가운데 어느 쪽이 몇 배 더 많을지 **예측해 보세요.**

# %%
def block_parameters(D, M):
    return {"2 LN": 4 * D, "MSA": 4 * (D * D + D), "MLP": 2 * D * M + M + D}


by_formula = block_parameters(D, M)
print("our block:", by_formula, "together", sum(by_formula.values()), "| by Keras",
      block.count_params())
print("3 blocks and LN:", 3 * sum(by_formula.values()) + 2 * D, "| by Keras",
      encoder.count_params())
wide = block_parameters(768, 4 * 768)  # ViT-Base
print(f"D = 768, M = 4 D: MLP / MSA = {wide['MLP'] / wide['MSA']:.2f}")

# %% [markdown] lang="en"
# With $M = 4D$ two thirds of a block are MLP and one third is attention. The number of heads is in no formula: heads share the width $D$.
#
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
# - Layer Norm brings each token by itself to one size; $\varepsilon$ must be small against the variance.
# - The residual connection keeps a path of slope 1. Without it all tokens become the same.
# - Attention mixes tokens, the MLP works within each; GELU has a slope where ReLU has none.
# - The ViT puts the norm before the parts, so nothing stands on the residual path; one norm is due at the end.

# %% [markdown] lang="ko"
# $M = 4D$라면 블록의 3분의 2는 MLP이고 3분의 1이 어텐션이에요. 헤드 수는 어느 식에도 나오지 않아요. 헤드는 너비 $D$를 나눠 쓰니까요.
#
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
# - 층 정규화는 토큰을 하나씩 같은 크기로 맞춰요. $\varepsilon$은 분산에 비해 작아야 해요.
# - 잔차 연결은 기울기가 1인 길을 지켜 줘요. 없으면 모든 토큰이 똑같아져요.
# - 어텐션은 토큰을 섞고 MLP는 토큰마다 따로 가공해요. GELU는 ReLU의 기울기가 0인 곳에서도 기울기가 있어요.
# - ViT는 층 정규화를 각 부분의 앞에 둬서 잔차 연결 위에는 아무것도 없어요. 그 대신 마지막에 층 정규화를 한 번 해요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/03_transformer_encoder`](solutions/03_transformer_encoder.ipynb).
#
# **1. To think about.** In a `TransformerBlock` all weights and biases of the *last* dense layer of the attention (`output_projection`) and of the MLP (`dense_2`) are set to zero. What does the block do?
#
# - A: It returns zeros.
# - B: It returns its input unchanged.
# - C: It returns its input after Layer Norm, every token of size 1.
# - D: It replaces every token by the mean of all tokens.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/03_transformer_encoder`](solutions/03_transformer_encoder.ipynb)에 있어요.
#
# **1. 생각해 보기.** `TransformerBlock`에서 어텐션의 *마지막* 완전 연결 층(`output_projection`)과 MLP의 마지막 층(`dense_2`)의 가중치와 편향을 모두 0으로 바꿔요. 블록은 무엇을 할까요?
#
# - A: 0을 돌려줘요.
# - B: 입력을 그대로 돌려줘요.
# - C: 입력에 층 정규화를 해서 돌려줘요. 토큰의 크기가 모두 1이 돼요.
# - D: 토큰마다 모든 토큰의 평균으로 바꿔요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check(answer, "B", hints=[
    ("A", "Zeros come out of the two branches. Is that all that comes out of the block?",
     "두 갈래에서는 0이 나와요. 블록에서 나오는 것이 그것뿐일까요?"),
    ("C", "A post-norm block would do that. Where is the norm in this one?",
     "사후 정규화 블록이라면 그래요. 이 블록에서는 층 정규화가 어디에 있나요?"),
    ("D", "Tokens mix inside attention. What is the mixture multiplied by before it leaves?",
     "토큰은 어텐션 안에서 섞여요. 섞인 것이 나가기 전에 무엇이 곱해지나요?"),
])

# %% [markdown] lang="en"
# **2. Change a number.** The lecture's table: ViT-Large has $D = 1024$, an MLP size of 4096 and 16 heads. How many parameters has *one* of its blocks?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 강의의 표에서 ViT-Large는 $D = 1024$, MLP 크기 4096, 헤드 16개예요. 블록 *하나*의 파라미터는 몇 개일까요?

# %%
parameters = None

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
# **3. Write code.** Layer Norm in NumPy: `x` of shape (T, D), `gamma` and `beta` of shape (D,), $\varepsilon = 10^{-6}$. The check uses three tokens of four numbers: the one of section 2, one that is constant, and a very small one. Try it without scrolling up.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** NumPy로 층 정규화를 써 보세요. `x`의 형태는 (T, D), `gamma`와 `beta`의 형태는 (D,)이고 $\varepsilon = 10^{-6}$이에요. 검사에는 숫자 네 개짜리 토큰 세 개를 써요. 2절의 토큰, 숫자가 모두 같은 토큰, 아주 작은 토큰이에요. 위로 올라가지 말고 써 보세요.

# %%
def layer_norm(x, gamma, beta):
    """(T, D) -> (T, D)"""
    raise NotImplementedError

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
# **4. Write code.** One block, equations (2) and (3), from four functions. The check puts in stand-ins with which you can follow by hand: `norm_1` halves, `msa` multiplies by 3 and adds 4, `norm_2` divides by 4, `mlp` adds 1, and `z` is 8.

# %% [markdown] lang="ko"
# **4. 코드 쓰기.** 함수 네 개로 블록 하나, 식 (2)와 (3)을 써 보세요. 검사에는 손으로 따라갈 수 있는 간단한 함수를 넣어요. `norm_1`은 절반으로 줄이고, `msa`는 3을 곱하고 4를 더하고, `norm_2`는 4로 나누고, `mlp`는 1을 더해요. `z`는 8이에요.

# %%
def encoder_block(z, norm_1, msa, norm_2, mlp):
    """z_{l-1} -> z_l"""
    raise NotImplementedError

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

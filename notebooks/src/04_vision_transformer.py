# %% [markdown] lang="en"
# # The Vision Transformer: from the parts to the whole model
#
# You put the parts of lessons 1 to 3 together into a Vision Transformer (ViT), write the whole model on one page, count every parameter of the lecture's ViT-Large and ViT-Huge, and follow one picture through trained weights, from pixels to logits.
#
# | | |
# |---|---|
# | Lecture | the figure of the structure; equations (1) to (4) together; equation (4); the table of ViT-Large and ViT-Huge |
# | Read first | lessons 1 to 3: patches and embeddings, self-attention, the Transformer encoder |
# | Time | read and try: 40 min; machine: 1 min, can be skipped |

# %% [markdown] lang="ko"
# # 비전 트랜스포머: 구성 요소에서 모델 전체까지
#
# 수업 1~3에서 만든 구성 요소를 모아 비전 트랜스포머(Vision Transformer, ViT)를 완성해요. 모델 전체를 한 페이지에 쓰고, 강의에 나온 ViT-Large와 ViT-Huge의 파라미터를 하나도 빠짐없이 세고, 학습된 가중치 속에서 그림 한 장을 픽셀에서 로짓까지 따라가요.
#
# | | |
# |---|---|
# | 강의 | *ViT의 구조* 그림. 식 (1)~(4) 전체와 식 (4). *ViT-Large와 ViT-Huge의 차이* 표 |
# | 먼저 읽을 것 | 수업 1~3: 패치와 임베딩, 셀프 어텐션, 트랜스포머 인코더 |
# | 시간 | 읽고 따라 하기: 40분. 컴퓨터: 1분, 건너뛰어도 돼요 |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. write a whole ViT and name the shape after each of its parts;
# 2. say why the answer is read from the class token, and where else it could be read and where not;
# 3. count the parameters and the multiplications of any ViT, and load, inspect, train and save one.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. ViT 전체를 쓰고, 구성 요소를 지날 때마다 형태(shape)를 말해요.
# 2. 왜 클래스 토큰(class token)에서 답을 읽는지, 다른 곳에서 읽으면 되는지 안 되는지 설명해요.
# 3. 어떤 ViT든 파라미터와 곱셈의 수를 세고, 불러와서 속을 들여다보고, 직접 학습시키고 저장해요.

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

# %%
# %matplotlib inline
import sys
import tempfile

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

import vit_keras
from vit_keras import (
    VARIANTS,
    PatchEncoder,
    Patches,
    TransformerEncoder,
    VisionTransformer,
    check,
    draw_shapes,
    load_pretrained,
    pick,
)
from vit_keras.data import draw_faces
from vit_keras.data.cifar import CIFAR10_CLASSES
from vit_keras.figures import (
    explore_attention,
    plot_parameter_shares,
    plot_position_similarity,
    plot_structure,
)
from vit_keras.inside import position_similarity

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# ## 1. From the parts to the model
#
# Lesson 1 made tokens of a picture, lesson 2 let tokens look at each other, lesson 3 stacked that into an encoder. Tokens go in, tokens come out. How do we get one answer for the whole picture? In four equations, with the shape under each symbol, for B pictures, N patches and tokens of width D:
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}_0} = [\mathbf{x}_{\text{class}}; \, \mathbf{x}_p^1 \mathbf{E}; \, \mathbf{x}_p^2 \mathbf{E}; \cdots; \, \mathbf{x}_p^N \mathbf{E}] + \mathbf{E}_{pos} \qquad (1)$$
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}'_{\ell}} = \text{MSA}(\text{LN}(\mathbf{z}_{\ell-1})) + \mathbf{z}_{\ell-1}, \quad \ell = 1 \dots L \qquad (2)$$
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}_{\ell}} = \text{MLP}(\text{LN}(\mathbf{z}'_{\ell})) + \mathbf{z}'_{\ell}, \quad \ell = 1 \dots L \qquad (3)$$
#
# $$\underset{(B,\, D)}{\mathbf{y}} = \text{LN}(\underset{(B,\, D)}{\mathbf{z}_L^0}) \qquad (4)$$
#
# The upper 0 in $\mathbf{z}_L^0$ is a token's number: token 0, the class token. Equation (4) is the only one that throws tokens away.

# %% [markdown] lang="ko"
# ## 1. 구성 요소에서 모델로
#
# 수업 1에서는 그림을 토큰(token)으로 만들고, 수업 2에서는 토큰끼리 서로 보게 하고, 수업 3에서는 그것을 쌓아 인코더(encoder)를 만들었어요. 토큰이 들어가서 토큰이 나와요. 여기에서 그림 전체에 대한 답 하나를 어떻게 얻을까요? 강의에서는 식 네 개로 답해요. 기호 아래에 형태를 적었어요. 그림이 B장, 패치(patch)가 N개, 토큰의 너비가 D예요.
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}_0} = [\mathbf{x}_{\text{class}}; \, \mathbf{x}_p^1 \mathbf{E}; \, \mathbf{x}_p^2 \mathbf{E}; \cdots; \, \mathbf{x}_p^N \mathbf{E}] + \mathbf{E}_{pos} \qquad (1)$$
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}'_{\ell}} = \text{MSA}(\text{LN}(\mathbf{z}_{\ell-1})) + \mathbf{z}_{\ell-1}, \quad \ell = 1 \dots L \qquad (2)$$
#
# $$\underset{(B,\, N+1,\, D)}{\mathbf{z}_{\ell}} = \text{MLP}(\text{LN}(\mathbf{z}'_{\ell})) + \mathbf{z}'_{\ell}, \quad \ell = 1 \dots L \qquad (3)$$
#
# $$\underset{(B,\, D)}{\mathbf{y}} = \text{LN}(\underset{(B,\, D)}{\mathbf{z}_L^0}) \qquad (4)$$
#
# $\mathbf{z}_L^0$의 위첨자 0은 토큰 번호예요. 0번 토큰이 클래스 토큰이에요. 토큰을 버리는 식은 식 (4) 하나뿐이에요.

# %% tags=["own-pixels"] alt="The structure of the model, from below: a drawn moon is cut into four patches; a linear projection makes tokens of them; the class token is put in front and positions are added; L blocks of the encoder; a norm; from token 0 the head says moon. Beside it one block: norm, attention, plus; norm, MLP, plus." alt_ko="아래에서 위로 올라가는 모델의 구조. 코드로 그린 달을 패치 네 개로 나누고, 선형 변환으로 토큰을 만들고, 앞에 클래스 토큰을 붙이고 위치를 더해요. 인코더 블록 L개와 층 정규화를 지나 0번 토큰에서 분류층이 달이라고 답해요. 옆에는 블록 하나의 구조가 있어요. 층 정규화, 어텐션, 더하기, 층 정규화, MLP, 더하기 순서예요."
names = ("moon", "star", "heart")
pictures = draw_shapes(2, shapes=names, labels=[0, 1], size=0.36, color="yellow", position="center",
                       seed=3).images
plot_structure(pictures[0], (2, 2), names[0], "From a picture to an answer: equations (1) to (4)")

# %% [markdown] lang="en"
# From the bottom up: patches become tokens, the class token is put in front, positions are added (1); L blocks of attention and MLP, drawn on the right (2) (3); a last norm, after which only token 0 goes on (4). The *head*, one dense layer, turns it into one number for each class.
#
# Little of this is new. The paper's aim, says the lecture, is to change the original Transformer as little as possible:
#
# | | Transformer for text | ViT |
# |---|---|---|
# | a token is | a word or a piece of one | a patch |
# | its vector comes from | a table with a row for each word | the linear projection $\mathbf{E}$ |
# | encoder and decoder | both | the encoder alone, as in BERT |
# | Layer Norm stands | after attention and MLP | before them |
# | activation in the MLP | ReLU | GELU |
# | the answer is read from | the decoder; in BERT the [CLS] token | the [class] token |
#
# Now the parts, in numbers so small that everything can be printed: $N = 4$ patches of 16x16 pixels, $D = 6$, two blocks, three classes. The whole model is four lines, one function after the other. **Predict** the shape of $\mathbf{z}_0$ for two pictures of 32x32 pixels before you run the cell.

# %% [markdown] lang="ko"
# 아래에서 위로 보세요. 패치가 토큰이 되고, 앞에 클래스 토큰을 붙이고, 위치를 더해요. 여기까지가 식 (1)이에요. 어텐션(attention)과 MLP로 된 블록 L개가 식 (2)와 (3)이고, 오른쪽 그림이 블록 하나예요. 마지막 층 정규화(layer normalization)를 지나 0번 토큰만 나가는 것이 식 (4)예요. *분류층*(head)은 완전 연결 층 하나예요. 이 토큰에서 클래스마다 숫자를 하나씩 만들어요.
#
# 새로운 것은 많지 않아요. 강의에서 말하듯이 논문의 목표는 원래의 트랜스포머를 가능한 한 바꾸지 않는 거예요.
#
# | | 글을 위한 트랜스포머 | ViT |
# |---|---|---|
# | 토큰 하나는 | 단어나 단어 조각 | 패치 |
# | 토큰의 벡터는 | 단어마다 행이 하나인 표에서 | 선형 변환 $\mathbf{E}$에서 |
# | 인코더와 디코더 | 둘 다 | 인코더만, BERT처럼 |
# | 층 정규화의 자리 | 어텐션과 MLP 뒤 | 어텐션과 MLP 앞 |
# | MLP의 활성화 함수 | ReLU | GELU |
# | 답을 읽는 곳 | 디코더, BERT에서는 [CLS] 토큰 | [class] 토큰 |
#
# 이제 구성 요소를 준비해요. 과정을 출력해서 볼 수 있게 숫자를 아주 작게 잡았어요. 16x16 픽셀 패치가 $N = 4$개, $D = 6$, 블록 두 개, 클래스 세 개예요. 모델 전체가 네 줄이고, 함수가 차례로 이어져요. 32x32 픽셀 그림 두 장을 넣으면 $\mathbf{z}_0$의 형태가 무엇일지 실행하기 전에 **예측해 보세요.**

# %%
guess = None  # your guess: the shape of z_0

patches = Patches(patch_size=16)  # lesson 1
patch_encoder = PatchEncoder(hidden_dim=6)  # lesson 1
encoder = TransformerEncoder(num_layers=2, num_heads=3, mlp_dim=8)  # lessons 2 and 3
head = layers.Dense(3)  # new: one number for each class

x_p = patches(pictures / 127.5 - 1)  # bytes become numbers in [-1, 1]
z_0 = patch_encoder(x_p)  # (1)
normed = encoder(z_0)  # (2) (3), and the norm of (4) for all tokens: LN(z_L)
logits = head(normed[:, 0])  # (4): y is token 0
for name, tensor in {"x_p": x_p, "z_0": z_0, "LN(z_L)": normed, "y": normed[:, 0],
                     "logits": logits}.items():
    print(f"{name:8}", tuple(tensor.shape))

# %% [markdown] lang="en"
# Patches of $16 \cdot 16 \cdot 3 = 768$ numbers; five tokens of six; one token for each picture; three logits. New layers start with weights that are random or zero. Zeros hide mistakes, and random numbers differ from machine to machine, so NumPy draws all of them for us.

# %% [markdown] lang="ko"
# 패치 하나는 숫자 $16 \cdot 16 \cdot 3 = 768$개예요. 숫자 여섯 개짜리 토큰이 다섯 개이고, 그다음에는 그림마다 토큰 하나만 남고, 마지막은 로짓(logit) 세 개예요. 아직은 새로 만든 층의 가중치라서 어떤 값은 무작위이고 어떤 값은 0이에요. 0은 실수를 숨기고, 무작위 값은 컴퓨터마다 달라요. 그래서 이 수업에서는 NumPy로 전부 다시 뽑아요.

# %%
def randomize(layer, seed):
    """Draw all weights of a layer anew: the same numbers on every machine, and none at zero."""
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(0, 0.5, weight.shape) for weight in layer.weights])


def table(tensor):
    """Two decimals are enough to look at."""
    return np.round(ops.convert_to_numpy(tensor), 2) + 0.0  # + 0.0: no -0.0


def same(one, other):
    """Equal, up to the rounding of float32."""
    return bool(np.allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-4))


for seed, part in enumerate((patch_encoder, encoder, head)):
    randomize(part, seed)
z_0 = patch_encoder(x_p)
normed = encoder(z_0)
print("LN(z_L) of the first picture, the class token above the four patches:")
print(table(normed[0]))

# %% [markdown] lang="en"
# Five rows, one for each token; the first is $\mathbf{y}$. The other four are thrown away.
#
# ## 2. Equation (4): one token speaks for the picture
#
# The lecture: the hidden state of the [class] token after the last block represents the picture, and the target is predicted from it.
#
# ### The norm, by hand
#
# Layer Norm takes the $D$ numbers of one token to mean 0 and variance 1, then scales and shifts each: $\text{LN}(\mathbf{z}) = \gamma \, (\mathbf{z} - \text{mean}) / \sqrt{\text{variance} + \varepsilon} + \beta$, with $\varepsilon = 10^{-6}$. In lesson 3 it stood *before* each part, so the sum that runs through the blocks is normalized only once, at the end.

# %% [markdown] lang="ko"
# 토큰마다 한 행씩 다섯 행이에요. 첫 행이 $\mathbf{y}$이고, 나머지 네 행은 버려요.
#
# ## 2. 식 (4): 토큰 하나가 그림을 대표해요
#
# 강의에서는 마지막 블록이 출력하는 [class] 토큰의 은닉 상태 벡터가 이미지를 대표하고, 이것으로 종속변수의 값을 예측한다고 해요.
#
# ### 층 정규화를 직접 계산하기
#
# 층 정규화는 토큰 하나의 숫자 $D$개를 평균 0, 분산 1로 바꾼 다음, 숫자마다 배율을 곱하고 이동값을 더해요. 식으로는 $\text{LN}(\mathbf{z}) = \gamma \, (\mathbf{z} - \text{mean}) / \sqrt{\text{variance} + \varepsilon} + \beta$이고 $\varepsilon = 10^{-6}$이에요. 수업 3에서 층 정규화는 어텐션과 MLP의 *앞*에 있었어요. 그래서 블록을 관통하는 합은 맨 끝에서 한 번만 정규화해요.

# %%
z = z_0
for block in encoder.blocks:
    z = block(z)  # (2) (3), no norm yet
gamma, beta = encoder.norm.get_weights()
z_L0 = ops.convert_to_numpy(z[0, 0])  # class token, first picture: D numbers
y = gamma * (z_L0 - z_L0.mean()) / np.sqrt(z_L0.var() + 1e-6) + beta
print("z_L^0     ", table(z_L0))
print("y by hand ", table(y))
print("the module", table(normed[0, 0]))

# %% [markdown] lang="en"
# Equation (4) picks token 0 first and normalizes then; the module normalizes all tokens and we pick. The result is the same, since Layer Norm looks at one token at a time. What is the norm good for? Every block adds something, so $\mathbf{z}_L^0$ grows with depth. The norm divides its length out, and the head gets numbers of the same size, however deep the model is.
#
# ### A token without a patch
#
# A patch's token begins as *its* patch, and none has a better claim than the others to speak for all. The class token begins without a patch: $\mathbf{x}_{\text{class}} + \mathbf{E}_{pos}^0$ is learned, and the same for every picture. Everything it can say about a picture it has gathered from the other tokens, by attention. The next cell shows what it takes in the first head of the first block, and how far apart the class tokens of our two pictures are after each block.

# %% [markdown] lang="ko"
# 식 (4)는 먼저 0번 토큰을 고르고 나중에 정규화해요. 모듈은 모든 토큰을 정규화하고 우리가 0번을 골라요. 층 정규화는 토큰을 하나씩 따로 보니까 결과가 같아요. 층 정규화를 해서 무엇이 좋을까요? 블록마다 무언가를 더하므로 $\mathbf{z}_L^0$은 층이 깊어질수록 길어져요. 층 정규화가 그 길이를 나눠서 없애요. 그래서 모델이 아무리 깊어도 분류층은 늘 비슷한 크기의 숫자를 받아요.
#
# ### 패치가 없는 토큰
#
# 패치의 토큰은 저마다 *자기* 패치로 시작해요. 그중 어느 하나가 모두를 대표할 이유가 없어요. 클래스 토큰에는 패치가 없어요. $\mathbf{x}_{\text{class}} + \mathbf{E}_{pos}^0$은 학습으로 정해지고 모든 그림에서 똑같아요. 클래스 토큰이 그림에 대해 아는 것은 모두 어텐션으로 다른 토큰에서 모은 거예요. 다음 셀은 첫 블록의 첫 헤드(head)에서 클래스 토큰이 무엇을 가져오는지, 그리고 블록을 지날 때마다 두 그림의 클래스 토큰이 서로 얼마나 달라지는지 보여 줘요.

# %%
_, A = encoder.blocks[0](z_0, return_attention_scores=True)  # (B, heads, T, T)
print("A:", tuple(A.shape))
print("row 0 of the first head:", table(A[0, 0, 0]), " sum", round(float(ops.sum(A[0, 0, 0])), 2))

z = z_0
print("z_0: largest difference", table(ops.max(ops.abs(z[0, 0] - z[1, 0]))))
for number, block in enumerate(encoder.blocks, start=1):
    z = block(z)
    print(f"z_{number}: largest difference", table(ops.max(ops.abs(z[0, 0] - z[1, 0]))))

# %% [markdown] lang="en"
# Five numbers, since it may look at itself too; they sum to one. The two class tokens are equal before the first block, and not after it. The class token is an empty page, and attention writes on it.
#
# ### Broken on purpose: the answer is read too early
#
# So one mistake raises no error: the shape is right, but the answer is read from $\mathbf{z}_0$ instead of $\mathbf{z}_L$. **Predict** whether the two pictures get the same logits.

# %% [markdown] lang="ko"
# 자기 자신도 볼 수 있으니 다섯 개이고 합은 1이에요. 두 그림의 클래스 토큰은 첫 블록 앞에서는 똑같고, 지나고 나면 달라요. 클래스 토큰은 빈 종이이고, 어텐션이 그 위에 글을 써요.
#
# ### 일부러 망가뜨리기: 답을 너무 일찍 읽으면
#
# 그래서 오류 없이 지나가는 실수가 생길 수 있어요. 형태는 맞지만 $\mathbf{z}_L$이 아니라 $\mathbf{z}_0$에서 답을 읽는 거예요. 두 그림의 로짓이 같을지 다를지 **예측해 보세요.**

# %%
guess = None  # your guess: "the same" or "different"

print("from z_0:")
print(table(head(z_0[:, 0])))
print("from LN(z_L):")
print(table(head(normed[:, 0])))

# %% [markdown] lang="en"
# From $\mathbf{z}_0$ every picture gets the same answer, whatever it shows. No amount of training fixes that. If your model stays at $1/K$, the accuracy of a blind guess, compare its logits for two pictures first.
#
# ### Another way: the mean of all patches *(further)*
#
# A ViT can do without a class token: let $\mathbf{y}$ be the mean of all $N$ tokens after the last norm. The module calls this `pooling="average"`.

# %% [markdown] lang="ko"
# $\mathbf{z}_0$에서 읽으면 무엇이 그려져 있든 모든 그림의 답이 같아요. 학습해도 나아지지 않아요. 여러분의 모델이 찍은 것과 똑같이 $1/K$만 맞힌다면 먼저 그림 두 장의 로짓을 비교해 보세요.
#
# ### 다른 방법: 모든 패치의 평균 *(심화)*
#
# 클래스 토큰 없이 할 수도 있어요. 마지막 층 정규화를 지난 토큰 $N$개를 모두 평균한 것을 $\mathbf{y}$로 해요. 모듈에서는 `pooling="average"`예요.

# %%
without_class_token = PatchEncoder(hidden_dim=6, use_class_token=False)
patch_tokens = encoder(without_class_token(x_p))  # the same encoder, any number of tokens
print("tokens", tuple(patch_tokens.shape), " y", tuple(ops.mean(patch_tokens, axis=1).shape))

# %% [markdown] lang="en"
# Four tokens and a $\mathbf{y}$ of the same shape. The encoder's weights fit any number of tokens; only $\mathbf{E}_{pos}$ depends on it. Both ways work. The paper keeps the class token because BERT has one. The mean gives every patch the same say, while the class token learns which patches to listen to.
#
# ### Only one token is needed at the end *(further)*
#
# If the answer is read from token 0 alone, the other tokens of the last block must still *answer*, with their keys and values, but they need not *ask*. In the module, `num_queries=1` lets the first token alone come out.

# %% [markdown] lang="ko"
# 토큰은 네 개이고 $\mathbf{y}$의 형태는 같아요. 인코더의 가중치는 토큰이 몇 개든 그대로 쓸 수 있어요. 토큰 수에 따라 달라지는 것은 $\mathbf{E}_{pos}$뿐이에요. 둘 다 잘 작동해요. 논문은 BERT에 있기 때문에 클래스 토큰을 그대로 뒀어요. 평균은 모든 패치의 말을 똑같이 듣고, 클래스 토큰은 누구 말을 들을지 배워요.
#
# ### 마지막에는 토큰 하나만 필요해요 *(심화)*
#
# 0번 토큰에서만 답을 읽는다면 마지막 블록에서 다른 토큰은 키(key)와 밸류(value)로 *대답*만 하면 돼요. *질문*할 필요는 없어요. 모듈에서 `num_queries=1`을 쓰면 첫 토큰만 나와요.

# %%
only_one = encoder(z_0, num_queries=1)
print("all tokens", tuple(normed.shape), " one token", tuple(only_one.shape))
print("the same y:", same(only_one[:, 0], normed[:, 0]))

# %% [markdown] lang="en"
# Of the $12 D^2$ multiplications that a token costs in a block (4 in attention, 8 in an MLP with $M = 4 D$) only 2 are left, those of keys and values: a sixth.

# %% [markdown] lang="ko"
# 블록에서 토큰 하나에 드는 곱셈 $12 D^2$(어텐션에 4, $M = 4 D$인 MLP에 8) 가운데 키와 밸류의 2만 남아요. 6분의 1이에요.

# %% [markdown] lang="en"
# ## 3. The whole model on one page
#
# Here is everything that lessons 1 to 4 have derived, in four classes and in nothing but Keras: equation (1), the attention of equation (2), a block, and the model with its head. If you keep one page of this course, keep this one.

# %% [markdown] lang="ko"
# ## 3. 한 페이지에 쓴 모델 전체
#
# 수업 1~4에서 유도한 것을 모두 모았어요. 클래스 네 개이고, Keras 말고는 아무것도 쓰지 않아요. 식 (1), 식 (2)의 어텐션, 블록, 그리고 분류층이 있는 모델이에요. 이 강좌에서 한 페이지만 간직한다면 이 페이지예요.

# %%
class PatchEmbedding(layers.Layer):
    """Equation (1): pictures (B, H, W, 3) -> tokens (B, N + 1, D)."""

    def __init__(self, patch_size, hidden_dim):
        super().__init__()
        self.patch_size, self.hidden_dim = patch_size, hidden_dim
        self.projection = layers.Dense(hidden_dim)  # E, with a bias

    def build(self, shape):
        self.rows, self.columns = shape[1] // self.patch_size, shape[2] // self.patch_size
        self.num_patches = self.rows * self.columns  # N = HW / P^2
        self.class_token = self.add_weight(shape=(1, 1, self.hidden_dim), initializer="zeros")
        self.positions = self.add_weight(shape=(1, self.num_patches + 1, self.hidden_dim),
                                         initializer="random_normal")  # E_pos

    def call(self, images):
        P = self.patch_size
        x = ops.reshape(images, (-1, self.rows, P, self.columns, P, 3))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (B, rows, columns, P, P, 3)
        x = ops.reshape(x, (-1, self.num_patches, P * P * 3))  # x_p  (B, N, P*P*3)
        x = self.projection(x)  # x_p E  (B, N, D)
        first = ops.repeat(self.class_token, ops.shape(x)[0], axis=0)  # (B, 1, D)
        return ops.concatenate([first, x], axis=1) + self.positions  # (1)  (B, N + 1, D)


class SelfAttention(layers.Layer):
    """MSA of equation (2): every token asks, every token answers."""

    def __init__(self, hidden_dim, num_heads):
        super().__init__()
        self.num_heads, self.key_dim = num_heads, hidden_dim // num_heads
        self.query = layers.Dense(hidden_dim)
        self.key = layers.Dense(hidden_dim)
        self.value = layers.Dense(hidden_dim)
        self.output_projection = layers.Dense(hidden_dim)

    def heads(self, x):
        return ops.reshape(x, (-1, x.shape[1], self.num_heads, self.key_dim))

    def call(self, z):
        # b batch, n tokens that ask, m tokens that answer, h heads, k width of a head
        q, k, v = self.heads(self.query(z)), self.heads(self.key(z)), self.heads(self.value(z))
        A = ops.softmax(ops.einsum("bnhk,bmhk->bhnm", q, k) * self.key_dim**-0.5)
        mixed = ops.einsum("bhnm,bmhk->bnhk", A, v)
        return self.output_projection(ops.reshape(mixed, (-1, *z.shape[1:])))  # (B, T, D)


class Block(layers.Layer):
    """Equations (2) and (3)."""

    def __init__(self, hidden_dim, num_heads, mlp_dim):
        super().__init__()
        self.norm_1 = layers.LayerNormalization(epsilon=1e-6)
        self.attention = SelfAttention(hidden_dim, num_heads)
        self.norm_2 = layers.LayerNormalization(epsilon=1e-6)
        self.mlp = keras.Sequential([layers.Dense(mlp_dim, activation="gelu"),
                                     layers.Dense(hidden_dim)])

    def call(self, z):
        z = self.attention(self.norm_1(z)) + z  # (2)
        return self.mlp(self.norm_2(z)) + z  # (3)


class ViT(keras.Model):
    """Equations (1) to (4) and a head: bytes (B, H, W, 3) -> logits (B, K)."""

    def __init__(self, patch_size, num_layers, hidden_dim, num_heads, mlp_dim, num_classes):
        super().__init__()
        self.normalize = layers.Rescaling(1 / 127.5, -1)
        self.embedding = PatchEmbedding(patch_size, hidden_dim)
        self.blocks = [Block(hidden_dim, num_heads, mlp_dim) for _ in range(num_layers)]
        self.norm = layers.LayerNormalization(epsilon=1e-6)
        self.head = layers.Dense(num_classes, kernel_initializer="zeros")

    def call(self, images):
        z = self.embedding(self.normalize(images))  # (1)
        for block in self.blocks:
            z = block(z)  # (2) (3)
        y = self.norm(z[:, 0])  # (4)  (B, D)
        return self.head(y)

# %% [markdown] lang="en"
# Does the page compute what our four lines compute? It gets the weights of our parts, and so does the module's `VisionTransformer`.

# %% [markdown] lang="ko"
# 이 페이지가 우리가 쓴 네 줄과 같은 값을 계산할까요? 우리 구성 요소의 가중치를 넣고 비교해요. 모듈의 `VisionTransformer`에도 같은 가중치를 넣어요.

# %%
size = {"num_layers": 2, "hidden_dim": 6, "num_heads": 3, "mlp_dim": 8}
weights = [weight for part in (patch_encoder, encoder, head) for weight in part.get_weights()]
logits = head(normed[:, 0])

page = ViT(patch_size=16, num_classes=3, **size)
page(pictures)  # the first call builds it: only now are the shapes of all weights known
page.set_weights(weights)
vit = VisionTransformer((32, 32, 3), patch_size=16, num_classes=3, **size)
vit.set_weights(weights)
print("the page:         ", same(page(pictures), logits))
print("the module's class:", same(vit(pictures), logits))

# %% [markdown] lang="en"
# All three agree. `VisionTransformer` in `vit_keras/vit.py` holds the same parts and adds what people ask for: average pooling, attention scores on request, a model without a head, saving and loading, and errors that say what is wrong.
#
# **Bytes go in.** Either model normalizes the pixels itself. Give it images as they come, in [0, 255]. If you divide by 255 first, out of habit, you get no error, only a worse model:

# %% [markdown] lang="ko"
# 셋이 같아요. `vit_keras/vit.py`의 `VisionTransformer`에도 같은 구성 요소가 들어 있고, 여기에 사람들이 자주 찾는 기능을 더했어요. 평균 풀링(pooling), 요청하면 나오는 어텐션 점수(attention scores), 분류층 없는 모델, 저장과 불러오기, 무엇이 틀렸는지 알려 주는 오류예요.
#
# **0~255 값을 그대로 넣어요.** 두 모델 다 픽셀 값을 직접 정규화해요. 이미지를 [0, 255] 값 그대로 넣으세요. 습관처럼 255로 먼저 나누면 오류는 나지 않고 모델만 나빠져요.

# %%
for name, images in {"as they come": pictures, "divided by 255 first": pictures / 255}.items():
    seen = ops.convert_to_numpy(vit.normalize(images))
    print(f"{name}: from {images.min():.2f} to {images.max():.2f}, "
          f"normalized from {seen.min():.2f} to {seen.max():.2f}")

# %% [markdown] lang="en"
# The second line is a nearly black picture, with 1/255 of the contrast.
#
# **A new model knows nothing, and says so.** Its head starts at zero, as in the paper's code, so all logits are zero and all $K$ classes equally likely. The cross-entropy of the first batch is then $\ln K$, whatever the labels are.

# %% [markdown] lang="ko"
# 둘째 줄은 거의 검은 그림이고, 대비는 255분의 1이에요.
#
# **새 모델은 아무것도 모르고, 모른다고 답해요.** 논문의 코드처럼 분류층이 0에서 시작해요. 그래서 로짓이 모두 0이고 클래스 $K$개의 확률이 모두 같아요. 레이블이 무엇이든 첫 배치의 교차 엔트로피(cross-entropy)는 $\ln K$예요.

# %%
new = VisionTransformer((32, 32, 3), patch_size=16, num_classes=3, **size)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([0, 1]), new(pictures))
print("all logits zero:", not ops.convert_to_numpy(new(pictures)).any())
print(f"first loss {float(loss):.4f}, ln 3 = {np.log(3):.4f}")

# %% [markdown] lang="en"
# This is a test for any classifier: if the first loss is far from $\ln K$, something is wrong before training has begun.
#
# ## 4. Large and Huge: where the parameters sit
#
# The lecture's table:
#
# | Model | Layers | Hidden size $D$ | MLP size | Heads | Params |
# |---|--:|--:|--:|--:|--:|
# | ViT-Large | 24 | 1024 | 4096 | 16 | 307M |
# | ViT-Huge | 32 | 1280 | 5120 | 16 | 632M |
#
# Does the last number follow from the others? Go through the model and write down the weights of each part ($M$ is the MLP size):
#
# | part | weights | how many numbers |
# |---|---|---|
# | $\mathbf{E}$ | kernel and bias | $P^2 C D + D$ |
# | $\mathbf{x}_{\text{class}}$ | a token | $D$ |
# | $\mathbf{E}_{pos}$ | a row for each token | $(N + 1) D$ |
# | attention, in each block | four kernels with bias: query, key, value, output projection | $4 (D^2 + D)$ |
# | MLP, in each block | two kernels with bias | $2 D M + M + D$ |
# | two norms, in each block | scale and shift | $4 D$ |
# | last norm | scale and shift | $2 D$ |
# | head | kernel and bias | $D K + K$ |
#
# First our small model, with $P = 16$, $C = 3$, $N = 4$, $D = 6$, $M = 8$, $L = 2$, $K = 3$:

# %% [markdown] lang="ko"
# 어떤 분류 모델에도 쓸 수 있는 점검이에요. 첫 손실이 $\ln K$에서 멀다면 학습을 시작하기도 전에 무언가 잘못된 거예요.
#
# ## 4. Large와 Huge: 파라미터는 어디에 있을까요?
#
# 강의의 표를 다시 봐요.
#
# | 모델 | Layers | Hidden size $D$ | MLP size | Heads | Params |
# |---|--:|--:|--:|--:|--:|
# | ViT-Large | 24 | 1024 | 4096 | 16 | 307M |
# | ViT-Huge | 32 | 1280 | 5120 | 16 | 632M |
#
# 마지막 숫자를 나머지에서 계산할 수 있을까요? 모델을 차례로 지나가며 구성 요소마다 가중치를 적어 봐요. $M$은 MLP 크기예요.
#
# | 구성 요소 | 가중치 | 숫자의 개수 |
# |---|---|---|
# | $\mathbf{E}$ | 커널과 편향 | $P^2 C D + D$ |
# | $\mathbf{x}_{\text{class}}$ | 토큰 하나 | $D$ |
# | $\mathbf{E}_{pos}$ | 토큰마다 한 행 | $(N + 1) D$ |
# | 어텐션, 블록마다 | 편향이 있는 커널 네 개: 쿼리(query), 키, 밸류, 출력 선형 변환(output projection) | $4 (D^2 + D)$ |
# | MLP, 블록마다 | 편향이 있는 커널 두 개 | $2 D M + M + D$ |
# | 층 정규화 두 개, 블록마다 | 배율과 이동값 | $4 D$ |
# | 마지막 층 정규화 | 배율과 이동값 | $2 D$ |
# | 분류층 | 커널과 편향 | $D K + K$ |
#
# 먼저 우리의 작은 모델을 세어 봐요. $P = 16$, $C = 3$, $N = 4$, $D = 6$, $M = 8$, $L = 2$, $K = 3$이에요.

# %%
embedding = (768 * 6 + 6) + 6 + 5 * 6  # E, class token, positions
block = 4 * (6 * 6 + 6) + (6 * 8 + 8) + (8 * 6 + 6) + 4 * 6
by_hand = embedding + 2 * block + 2 * 6 + (6 * 3 + 3)
print(f"embedding {embedding}, a block {block}, all {by_hand}; Keras counts {vit.count_params()}")
one_head = VisionTransformer((32, 32, 3), patch_size=16, num_classes=3, **{**size, "num_heads": 1})
print("with one head instead of three:", one_head.count_params())

# %% [markdown] lang="en"
# The number of heads does not matter: heads cut $D$ into slices, and the kernels stay $D \times D$. In a tiny model with large patches nearly everything is $\mathbf{E}$. That changes with $D$: only attention and MLP grow with its *square*. All published sizes have $M = 4 D$. A block is then $4 D^2 + 4 D + 8 D^2 + 5 D + 4 D = 12 D^2 + 13 D$, and the whole model, sorted by powers of $D$:
#
# $$12 L D^2 + (13 L + P^2 C + N + K + 5) D + K$$
#
# Now the published sizes. Ti and S come from later work, B, L and H are the paper's; L/16 means ViT-Large with patches of 16x16 pixels. ViT-Huge would fill 2.5 GB of memory, but its blocks are all alike: build each model with a single block, and count that block $L$ times.

# %% [markdown] lang="ko"
# 헤드 수는 상관이 없어요. 헤드는 $D$를 조각으로 나눌 뿐이고 커널은 $D \times D$ 그대로예요. 패치가 크고 모델이 아주 작으면 거의 전부가 $\mathbf{E}$예요. $D$가 커지면 달라져요. $D$의 *제곱*으로 늘어나는 것은 어텐션과 MLP뿐이거든요. 발표된 크기는 모두 $M = 4 D$예요. 그러면 블록 하나가 $4 D^2 + 4 D + 8 D^2 + 5 D + 4 D = 12 D^2 + 13 D$이고, 모델 전체를 $D$의 차수로 정리하면 다음과 같아요.
#
# $$12 L D^2 + (13 L + P^2 C + N + K + 5) D + K$$
#
# 이제 발표된 크기들을 세어 봐요. Ti와 S는 나중에 나온 연구의 것이고, B, L, H는 논문의 것이에요. L/16은 16x16 픽셀 패치를 쓰는 ViT-Large라는 뜻이에요. ViT-Huge를 통째로 만들면 메모리를 2.5 GB나 써요. 하지만 블록은 모두 똑같이 생겼어요. 그래서 블록이 하나뿐인 모델을 만들고, 그 블록을 $L$번 세요.

# %%
def count_by_part(variant):
    """Keras's count, part by part, for 224x224 pixels and 1000 classes."""
    name, P = variant.split("/")
    L, one_block = VARIANTS[name]["num_layers"], {**VARIANTS[name], "num_layers": 1}
    model = VisionTransformer((224, 224, 3), int(P), num_classes=1000, **one_block)
    block = model.encoder.blocks[0]
    norms = block.norm_1.count_params() + block.norm_2.count_params()
    return {"attention": L * block.attention.count_params(), "MLP": L * block.mlp.count_params(),
            "embedding": model.patch_encoder.count_params(), "head": model.head.count_params(),
            "norms": L * norms + model.encoder.norm.count_params()}


def formula(L, D, P, K=1000, side=224, C=3):
    """All parameters of a ViT whose MLP is four times as wide as its tokens."""
    N = (side // P) ** 2
    return 12 * L * D**2 + (13 * L + P * P * C + N + K + 5) * D + K


by_part = {variant: count_by_part(variant) for variant in ("Ti/16", "S/16", "B/16", "L/16", "H/14")}
for variant, counts in by_part.items():
    name, P = variant.split("/")
    L, D = VARIANTS[name]["num_layers"], VARIANTS[name]["hidden_dim"]
    print(f"{variant:5} L {L}  D {D:4}  formula {formula(L, D, int(P)):11,}  "
          f"Keras {sum(counts.values()):11,}")

# %% [markdown] lang="en"
# The formula is right to the unit. ViT-Huge has 632,045,800 parameters: the 632M of the lecture. ViT-Large with patches of 16 has 304,326,632, and the lecture says 307M. Where are the missing three million? The table names neither patch size nor number of classes, and both count:

# %% [markdown] lang="ko"
# 식이 하나도 틀리지 않고 맞아요. ViT-Huge의 파라미터는 632,045,800개예요. 강의에 나온 632M이에요. 16x16 패치를 쓰는 ViT-Large는 304,326,632개인데, 강의에는 307M이라고 나와요. 나머지 300만 개는 어디에 있을까요? 표에는 패치 크기도 클래스 수도 없는데, 둘 다 파라미터 수에 영향을 줘요.

# %%
for what, choices in {
    "L/16, 1000 classes": {"P": 16},
    "L/16, 1000 classes, 384x384 pixels": {"P": 16, "side": 384},
    "L/16, no head": {"P": 16, "K": 0},
    "L/16, 21,843 classes": {"P": 16, "K": 21_843},
    "L/32, 1000 classes": {"P": 32},
}.items():
    print(f"{what:36}{formula(24, 1024, **choices) / 1e6:6.1f} M")

# %% [markdown] lang="en"
# Of these, L/32 with 1000 classes comes nearest: 306.5 million. That the paper's 307M means this model is our guess; its table does not say. (21,843 is the number of classes of ImageNet-21k.) And where do the parameters sit?

# %% [markdown] lang="ko"
# 이 가운데 1000개 클래스의 L/32가 306.5 M으로 가장 가까워요. 논문의 307M이 이 모델이라는 것은 우리의 짐작이에요. 논문의 표에는 적혀 있지 않아요. (21,843은 ImageNet-21k의 클래스 수예요.) 그렇다면 파라미터는 어디에 있을까요?

# %% alt="A bar for each of Ti/16, S/16, B/16, L/16 and H/14, divided by part. Attention is about a third and the MLP about two thirds in each; embedding and head are visible in Ti and vanish towards H." alt_ko="Ti/16, S/16, B/16, L/16, H/14의 막대를 구성 요소별로 나눈 그림. 어느 모델에서나 어텐션이 3분의 1쯤, MLP가 3분의 2쯤이에요. 임베딩과 분류층은 Ti에서는 보이지만 H로 갈수록 사라져요."
plot_parameter_shares(by_part, "Nearly all parameters sit in attention and MLP")

# %% [markdown] lang="en"
# In each bar the MLP is twice as long as attention: $8 D^2$ to $4 D^2$. From Ti to S to B only $D$ doubles, and the total grows nearly fourfold each time: the square of $D$.
#
# ### Parameters are not cost
#
# Patch size hardly changes the number of parameters, but it sets the number of tokens, and every token goes through every block. A block with $T$ tokens takes $4 T D^2$ multiplications for its four attention kernels, $2 T^2 D$ for scores and mixing (the pairs of tokens of lesson 1), and $2 T D M$ for the MLP. For a ViT-Base and one picture of 224x224 pixels, **predict** by what factor the cost grows from $P = 32$ to $P = 16$.

# %% [markdown] lang="ko"
# 막대마다 MLP가 어텐션의 두 배예요. $8 D^2$과 $4 D^2$이니까요. Ti에서 S, S에서 B로 갈 때 $D$만 두 배가 되는데 전체는 매번 거의 네 배로 커져요. $D$의 제곱으로 늘어나기 때문이에요.
#
# ### 파라미터 수와 계산량은 달라요
#
# 패치 크기가 달라져도 파라미터 수는 거의 그대로지만 토큰 수가 달라져요. 그리고 토큰은 모두 모든 블록을 지나요. 토큰이 $T$개인 블록은 어텐션의 커널 네 개에 $4 T D^2$, 점수와 섞기에 $2 T^2 D$(수업 1에서 본 토큰의 쌍), MLP에 $2 T D M$번 곱해요. ViT-Base에 224x224 픽셀 그림 한 장을 넣고 $P = 32$에서 $P = 16$으로 바꾸면 계산량이 몇 배가 될지 **예측해 보세요.**

# %%
guess = None  # your guess: how many times as much

L, D, M, K = 12, 768, 3072, 1000
for P in (32, 16, 8, 4):
    N = (224 // P) ** 2
    T = N + 1
    pairs = L * 2 * T * T * D  # where tokens meet tokens
    cost = N * P * P * 3 * D + L * (4 * T * D * D + 2 * T * D * M) + pairs + D * K
    print(f"P {P:2}: {T:5,} tokens  {formula(L, D, P) / 1e6:5.1f} M parameters  "
          f"{cost / 1e9:6.1f} G multiplications, {pairs / cost:3.0%} of them in pairs of tokens")

# %% [markdown] lang="en"
# About fourfold, like the number of tokens, and more with every further step, since the $T \cdot T$ pairs weigh more and more. The smallest patches cost a hundred times as much as the largest, with as many parameters.

# %% [markdown] lang="ko"
# 토큰 수처럼 네 배쯤 늘어요. 패치를 더 작게 하면 한 번 줄일 때마다 그보다 더 늘어요. $T \cdot T$개의 쌍이 차지하는 몫이 점점 커지거든요. 가장 작은 패치는 가장 큰 패치의 100배나 계산하지만 파라미터 수는 비슷해요.

# %% [markdown] lang="en"
# ## 5. One picture, from pixels to logits
#
# Now trained weights. The course ships a small ViT that has learned from CIFAR-10 for an evening, and classifies {{cifar10_evening_vit:runs.vit.test_accuracy|.1%}} of its test photographs correctly: $P = 4$, $L = 6$, $D = 96$, three heads, ten classes. The photographs are not ours to print, so we show it cats and dogs drawn by the course's own code. It has never seen a drawing; first see what it makes of them.

# %% [markdown] lang="ko"
# ## 5. 그림 한 장, 픽셀에서 로짓까지
#
# 이제 학습된 가중치를 써요. 강좌에는 저녁 내내 CIFAR-10으로 학습한 작은 ViT가 들어 있어요. 테스트 사진의 {{cifar10_evening_vit:runs.vit.test_accuracy|.1%}}를 맞혀요. $P = 4$, $L = 6$, $D = 96$이고, 헤드는 세 개, 클래스는 열 개예요. CIFAR-10 사진은 우리가 옮겨 실을 수 없으니 강좌의 코드로 그린 고양이와 개를 보여 줘요. 이 모델은 그린 그림을 본 적이 없어요. 먼저 무엇으로 보는지 확인해요.

# %%
model = load_pretrained("cifar10-vit")
drawings = draw_faces(128, image_size=32)
said = np.argmax(model.predict(drawings.images, verbose=0), axis=-1)
for label, name in enumerate(("cat", "dog")):
    names, counts = np.unique(np.array(CIFAR10_CLASSES)[said[drawings.labels == label]],
                              return_counts=True)
    most = counts.argsort()[::-1][:3]
    print(f"64 drawn {name}s are called", ", ".join(f"{names[n]} {counts[n]}" for n in most), "...")

# %% [markdown] lang="en"
# Half of the dogs are dogs to it, and few of the cats are cats: what photographs have taught it does not simply carry over to drawings. One dog that it recognizes goes through the model, one equation at a time. After each block we also let the head read the class token, too early, to watch it gather.

# %% [markdown] lang="ko"
# 개는 절반을 개로 보고, 고양이를 고양이로 보는 일은 드물어요. 사진에서 배운 것이 그린 그림에서도 저절로 통하지는 않아요. 알아본 개 한 마리를 식 하나씩 따라가요. 클래스 토큰이 정보를 모으는 모습을 보려고, 블록을 지날 때마다 분류층에게 너무 이르지만 클래스 토큰을 읽혀 봐요.

# %%
def show_step(name, value):
    print(f"{name:7}{str(tuple(value.shape)):12} begins with", table(ops.ravel(value)[:4]))


def answer_of(z):
    """What the head makes of the class token: (4), the head, softmax."""
    p = ops.convert_to_numpy(ops.softmax(model.head(model.encoder.norm(z)[:, 0])))[0]
    return f"{CIFAR10_CLASSES[p.argmax()]} {p.max():.0%}"


picture = drawings.images[11:12]  # (B, H, W, C) with B = 1
show_step("pixels", picture)
x_p = model.patches(model.normalize(picture))
show_step("x_p", x_p)
z, scores = model.patch_encoder(x_p), []  # (1)
show_step("z_0", z)
for number, block in enumerate(model.encoder.blocks, start=1):
    z, A = block(z, return_attention_scores=True)  # (2) (3)
    scores.append(A[0])
    print(f"z_{number}    {str(tuple(z.shape)):12} would be read as", answer_of(z))
y = model.encoder.norm(z)[:, 0]  # (4)
show_step("y", y)
logits = model.head(y)
show_step("logits", logits)
print("the answer:", answer_of(z), "| the same as the whole model:", same(logits, model(picture)))

# %% tags=["own-pixels"] alt="A drawn dog of 32x32 pixels, and beside it the patches that the class token looks at in one head of the last block: those of the dog." alt_ko="코드로 그린 32x32 픽셀의 개. 옆에는 마지막 블록의 한 헤드에서 클래스 토큰이 보는 패치가 나와 있어요. 개가 있는 패치예요."
explore_attention(picture[0], scores, (8, 8), start={"layer": 6})

# %% [markdown] lang="en"
# Every line is a symbol of section 1. Up to the fourth block the head would read a bird; the last two make a dog of it. (With CIFAR-10 on your disk, put `load_cifar10().test.images[:1]` in place of the drawing.) In the figure, bright patches are those the class token takes most from: they lie on the dog.
#
# ## 6. Train the page yourself *(further)*
#
# Nobody tells a ViT that patch 9 lies below patch 1. $\mathbf{E}_{pos}$ starts as random numbers. Does training put the rows and columns of the picture into it? To see it within seconds we need a task in which place matters. Ours: **a moon asks for its row, a star asks for its column.** There are 4 rows and 4 columns, so eight answers. The model has to find the shape, tell a moon from a star, and know where it is.

# %% [markdown] lang="ko"
# 줄마다 1절에 나온 기호예요. 네 번째 블록까지는 새라고 읽을 것을, 마지막 두 블록이 개로 만들어요. (CIFAR-10이 디스크에 있다면 그린 그림 대신 `load_cifar10().test.images[:1]`을 넣어 보세요.) 그림에서 밝은 패치일수록 클래스 토큰이 많이 가져와요. 모두 개 위에 있어요.
#
# ## 6. 한 페이지 모델을 직접 학습시키기 *(심화)*
#
# 패치 9가 패치 1의 아래에 있다는 것을 ViT에게 아무도 알려 주지 않아요. $\mathbf{E}_{pos}$는 무작위 숫자로 시작해요. 학습하고 나면 그림의 행과 열이 그 안에 생길까요? 몇 초 안에 확인하려면 위치가 중요한 문제가 필요해요. 우리 문제는 이래요. **달이 나오면 행을, 별이 나오면 열을 답해요.** 그림을 4행 4열로 나누므로 답은 여덟 가지예요. 모델은 도형을 찾고, 달인지 별인지 구별하고, 어디에 있는지 알아야 해요.

# %%
def draw_places(number, seed):
    """Pictures with one moon or star, and the answer: rows are 0 to 3, columns 4 to 7."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 4, (number, 2))  # row and column
    shape = rng.integers(0, 2, number)  # 0 a moon, 1 a star
    center = np.clip(8 * place + rng.uniform(0, 8, (number, 2)), 5, 27)  # in pixels, of 32
    drawn = draw_shapes(number, shapes=("moon", "star"), labels=shape, position=center,
                        size=(0.14, 0.18), color="yellow", clutter=0.3, seed=seed)
    return drawn, np.where(shape == 0, place[:, 0], 4 + place[:, 1]).astype("int32")


answers = tuple(f"{line} {number}" for line in ("row", "column") for number in range(1, 5))
drawn, labels = draw_places(300, seed=3)
print(drawn.images.shape, "answers:", ", ".join(answers))

# %% tags=["own-pixels"] alt="Six small pictures with one yellow moon or star each; above a moon stands its row, above a star its column." alt_ko="노란 달이나 별이 하나씩 있는 작은 그림 여섯 장. 달 위에는 행 번호가, 별 위에는 열 번호가 적혀 있어요."
figure, row = plt.subplots(1, 6, figsize=(9, 1.9), layout="constrained")
figure.suptitle("A moon asks for its row, a star for its column")
for axes, picture, label in zip(row, drawn.images, labels):
    axes.imshow(picture)
    axes.set_title(answers[label], fontsize=10)
    axes.set(xticks=[8, 16, 24], yticks=[8, 16, 24], xticklabels=[], yticklabels=[])

# %% [markdown] lang="en"
# Above each picture stands the right answer; the ticks mark the borders of rows and columns.
#
# We train the model of the page with `compile` and `fit`. One block is enough. There is no augmentation, since a mirrored picture would need another answer.

# %% [markdown] lang="ko"
# 그림 위에 적힌 것이 정답이고, 눈금은 행과 열의 경계예요.
#
# 한 페이지로 쓴 모델을 `compile`과 `fit`으로 학습시켜요. 블록은 하나면 충분해요. 데이터 증강(data augmentation)은 하지 않아요. 그림을 좌우로 뒤집으면 정답이 달라지거든요.

# %% tags=["nbval-ignore-output"]
# laptop: about 20 seconds (`pick` takes the value for your profile, see lesson 0)
places, place_labels = draw_places(pick(smoke=640, laptop=4000, gpu=4000), seed=1)
keras.utils.set_random_seed(0)
mine = ViT(patch_size=4, num_layers=1, hidden_dim=32, num_heads=4, mlp_dim=64, num_classes=8)
mine(drawn.images[:1])  # builds it
before = position_similarity(ops.convert_to_numpy(mine.embedding.positions))

epochs = 12
steps = epochs * len(place_labels) // 64
schedule = keras.optimizers.schedules.CosineDecay(5e-3, decay_steps=steps)
mine.compile(
    optimizer=keras.optimizers.AdamW(schedule, global_clipnorm=1.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
mine.fit(places.images, place_labels, batch_size=64, epochs=epochs, verbose=0)
_, accuracy = mine.evaluate(drawn.images, labels, verbose=0)
print(f"{accuracy:.0%} of {len(labels)} new pictures are right; a blind guess: {1 / 8:.0%}")

# %% [markdown] lang="en"
# Now $\mathbf{E}_{pos}$. Two places are alike for the model if their rows of $\mathbf{E}_{pos}$ point in the same direction. The measure is the cosine similarity: 1 for the same direction, 0 for directions that have nothing to do with each other. (The class token's position is left out: it stands nowhere in the picture.)

# %% [markdown] lang="ko"
# 이제 $\mathbf{E}_{pos}$를 봐요. $\mathbf{E}_{pos}$의 두 행이 같은 방향을 가리키면 모델에게 두 위치는 비슷해요. 코사인 유사도(cosine similarity)로 재요. 방향이 같으면 1이고, 서로 상관없는 방향이면 0이에요. (클래스 토큰의 위치는 빼요. 클래스 토큰은 그림의 어디에도 있지 않으니까요.)

# %% tags=["nbval-ignore-output"] alt="Two grids of 8 x 8 little maps. Before training each map is noise with one bright point, its own place. After training maps show bright bands along the row or the column of their place." alt_ko="작은 맵 8 x 8개로 된 그림 두 장. 학습 전에는 맵마다 자기 자리 한 점만 밝고 나머지는 잡음이에요. 학습 후에는 자기 자리의 행이나 열을 따라 밝은 띠가 보여요."
after = position_similarity(ops.convert_to_numpy(mine.embedding.positions))
similarities = {"before training": before, "after training": after}
plot_position_similarity(similarities, (8, 8), "Training puts rows and columns into E_pos")

# %% [markdown] lang="en"
# Each little map belongs to one patch, stands where that patch lies, and is laid out like the picture. Bright: positions like this patch's. Before training only the patch itself is bright. Afterwards neighbors are alike, and many maps show bands along their row or their column. The task needed rows and columns, and gradients put them there. The paper finds them in a ViT-Large trained on photographs, too (figure 7, center), though nobody asked it for a row.
#
# ## 7. Saving and loading
#
# A model goes into one file and comes back as it was: the weights, and the arguments it was made with, which `get_config` returns.

# %% [markdown] lang="ko"
# 작은 맵 하나가 패치 하나의 것이고, 그 패치가 있는 자리에 놓여 있어요. 맵의 배치는 그림과 같아요. 밝은 곳이 이 패치와 비슷한 위치예요. 학습 전에는 자기 자신만 밝아요. 학습하고 나면 이웃끼리 비슷해지고, 많은 맵에서 행이나 열을 따라 띠가 보여요. 문제를 풀려면 행과 열이 필요했기 때문에 그래디언트가 만들어 넣은 거예요. 논문은 사진으로 학습한 ViT-Large에서도 행과 열을 보여 줘요(그림 7 가운데). 아무도 행을 묻지 않았는데도 나타났어요.
#
# ## 7. 저장하고 불러오기
#
# 모델을 파일 하나에 저장하면 그대로 불러올 수 있어요. 가중치와 함께 모델을 만들 때 쓴 인자가 저장돼요. 이 인자는 `get_config`가 돌려줘요.

# %%
with tempfile.TemporaryDirectory() as folder:
    model.save(f"{folder}/vit.keras")
    loaded = keras.saving.load_model(f"{folder}/vit.keras")

print("the same class: ", type(loaded) is VisionTransformer)
print("the same config:", loaded.get_config() == model.get_config())
print("equal logits:   ", np.array_equal(loaded(drawings.images), model(drawings.images)))

# %% [markdown] lang="en"
# ## 8. Recap
#
# | symbol | code | shape |
# |---|---|---|
# | $\mathbf{x}$, the picture | `images`, values in [0, 255] | (B, H, W, C) |
# | $\mathbf{x}_p$, $N = HW/P^2$ patches | `Patches(patch_size)` | (B, N, P·P·C) |
# | $\mathbf{z}_0$, equation (1) | `PatchEncoder(hidden_dim)` | (B, N + 1, D) |
# | $\text{LN}(\mathbf{z}_L)$, $L$ blocks and the last norm | `TransformerEncoder(num_layers, ...)` | (B, N + 1, D) |
# | $\mathbf{y} = \text{LN}(\mathbf{z}_L^0)$, equation (4) | `z[:, 0]`; the output with `num_classes=None` | (B, D) |
# | logits | `head(y)` | (B, K) |
#
# - The class token starts the same for every picture and gathers by attention; read before the first block it says nothing.
# - Nearly all parameters are $12 L D^2$ in attention and MLP; heads add none. Cost follows the number of tokens.

# %% [markdown] lang="ko"
# ## 8. 정리
#
# | 기호 | 코드 | 형태 |
# |---|---|---|
# | $\mathbf{x}$, 그림 | `images`, 값은 [0, 255] | (B, H, W, C) |
# | $\mathbf{x}_p$, 패치 $N = HW/P^2$개 | `Patches(patch_size)` | (B, N, P·P·C) |
# | $\mathbf{z}_0$, 식 (1) | `PatchEncoder(hidden_dim)` | (B, N + 1, D) |
# | $\text{LN}(\mathbf{z}_L)$, 블록 $L$개와 마지막 층 정규화 | `TransformerEncoder(num_layers, ...)` | (B, N + 1, D) |
# | $\mathbf{y} = \text{LN}(\mathbf{z}_L^0)$, 식 (4) | `z[:, 0]`. `num_classes=None`일 때의 출력 | (B, D) |
# | 로짓 | `head(y)` | (B, K) |
#
# - 클래스 토큰은 모든 그림에서 똑같이 시작하고 어텐션으로 정보를 모아요. 첫 블록 앞에서 읽으면 아무것도 알 수 없어요.
# - 파라미터는 거의 모두 어텐션과 MLP의 $12 L D^2$개예요. 헤드를 늘려도 파라미터는 늘지 않아요. 계산량은 토큰 수를 따라가요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/04_vision_transformer`](solutions/04_vision_transformer.ipynb).
#
# **1. To think about.** In the last block only the class token asks (`num_queries=1`), and $\mathbf{y}$ is the same. What happens if *every* block of a model with two or more blocks is called with `num_queries=1`?
#
# - A: $\mathbf{y}$ is the same, and the model is much faster.
# - B: An error: the weights of the second block do not fit a single token.
# - C: $\mathbf{y}$ changes and is the same for every picture.
# - D: $\mathbf{y}$ changes: from the second block on the class token has only itself to look at.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/04_vision_transformer`](solutions/04_vision_transformer.ipynb)에 있어요.
#
# **1. 생각해 보기.** 마지막 블록에서는 클래스 토큰만 질문해도(`num_queries=1`) $\mathbf{y}$가 같아요. 블록이 둘 이상인 모델에서 *모든* 블록을 `num_queries=1`로 부르면 어떻게 될까요?
#
# - A: $\mathbf{y}$는 같고 모델은 훨씬 빨라져요.
# - B: 오류가 나요. 두 번째 블록의 가중치에 토큰 하나는 맞지 않아요.
# - C: $\mathbf{y}$가 달라지고, 모든 그림에서 똑같아져요.
# - D: $\mathbf{y}$가 달라져요. 두 번째 블록부터 클래스 토큰이 볼 것이 자기 자신밖에 없어요.

# %%
answer = None  # "A", "B", "C" or "D"

check("4.1", answer)

# %% [markdown] lang="en"
# **2. Change a number.** How many *tokens* go through ViT-H/14 for a picture of 224x224 pixels? And how many numbers does $\mathbf{E}_{pos}$ hold in ViT-B/16 ($D = 768$) for 384x384 pixels?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 224x224 픽셀 그림을 넣으면 ViT-H/14를 지나는 *토큰*은 몇 개일까요? 그리고 384x384 픽셀용 ViT-B/16($D = 768$)의 $\mathbf{E}_{pos}$에는 숫자가 몇 개 들어 있을까요?

# %%
num_tokens = None
position_parameters = None

check("4.2a", num_tokens)
check("4.2b", position_parameters)

# %% [markdown] lang="en"
# **3. Write code: the whole model.** From bytes to logits, with the parts of section 1: `images` are uint8 in [0, 255], of shape (B, H, W, 3); return logits of shape (B, K).

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 모델 전체.** 1절의 구성 요소로 이미지에서 로짓까지 계산하세요. `images`는 [0, 255] 범위의 uint8이고 형태는 (B, H, W, 3)이에요. 형태가 (B, K)인 로짓을 돌려주세요.

# %%
def classify(images, patches, patch_encoder, encoder, head):
    """(B, H, W, 3) bytes -> (B, K) logits: equations (1) to (4) and the head."""
    raise NotImplementedError


check("4.3", classify, pictures=pictures, parts=(patches, patch_encoder, encoder, head))

# %% [markdown] lang="en"
# **4. Write code: count the parameters** of any ViT, with an MLP of any size `M`, from the table of section 4.

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 파라미터 세기.** 4절의 표를 보고 어떤 ViT든 파라미터를 세는 함수를 쓰세요. MLP 크기 `M`도 마음대로예요.

# %%
def count_parameters(P, C, N, D, M, L, K):
    """All parameters of a ViT with a class token, learned positions and a head."""
    raise NotImplementedError


check("4.4", count_parameters)

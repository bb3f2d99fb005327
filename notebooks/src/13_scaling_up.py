# %% [markdown] lang="en"
# # Scaling up: what training costs, in time and in memory
#
# You count what a step of training multiplies, measure what your machine makes of it, and learn the means by which models become larger than a laptop: fewer digits, compiled steps, batches in parts, many devices. At the end you plan ViT-B/16 on ImageNet on paper: days, memory, money.
#
# | | |
# |---|---|
# | Lecture | one pixel a token costs too much; ViT-Large and ViT-Huge |
# | Read first | lessons 4 and 5; lesson 11 for the recipe |
# | Time | an hour and a half of reading and trying; the long cells take a few minutes together on a laptop |
#
# Times differ from machine to machine, and from minute to minute on a busy one. So the text asserts none: cells measure, and sentences with times in them are computed.

# %% [markdown] lang="ko"
# # 규모 키우기: 학습에 드는 시간과 메모리
#
# 학습 한 스텝에 곱셈이 몇 번 들어가는지 세고, 여러분의 컴퓨터가 그것을 얼마 만에 해내는지 재요. 그리고 노트북 컴퓨터로는 감당할 수 없는 모델을 학습시키는 방법을 배워요. 자릿수 줄이기, 스텝을 컴파일하기, 배치를 나눠 넣기, 장치를 여러 개 쓰기예요. 마지막에는 ViT-B/16을 ImageNet으로 학습하는 계획을 종이 위에 세워요. 며칠이 걸리고, 메모리와 돈이 얼마나 드는지 따져 봐요.
#
# | | |
# |---|---|
# | 강의 | 픽셀 하나를 토큰(token)으로 두면 연산량이 너무 많다는 것, ViT-Large와 ViT-Huge |
# | 먼저 읽을 것 | 수업 4와 5. 레시피(recipe)는 수업 11 |
# | 시간 | 읽고 따라 하는 데 한 시간 반쯤. 오래 걸리는 셀은 노트북 컴퓨터에서 모두 합쳐 몇 분 |
#
# 걸리는 시간은 컴퓨터마다 다르고, 같은 컴퓨터에서도 바쁠 때마다 달라요. 그래서 본문에서는 시간을 단정하지 않아요. 셀이 직접 재고, 시간이 들어간 문장은 잰 값으로 만들어요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say how long an epoch will take and how much memory it needs before you start it, and by how much you were wrong;
# 2. choose precision, batch, parts and devices, and know what each of them changes and what it leaves as it was;
# 3. plan a training run that is too large for you, and see whether somebody else's numbers can be true.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 시작하기 전에 한 에폭(epoch)이 얼마나 걸리고 메모리가 얼마나 필요할지 말하고, 그 예측이 얼마나 빗나갔는지 확인해요.
# 2. 정밀도, 배치(batch), 나눌 개수, 장치 수를 고르고, 그 선택이 무엇을 바꾸고 무엇은 그대로 두는지 알아요.
# 3. 혼자서는 감당하기 어려운 학습을 계획하고, 남이 발표한 숫자가 말이 되는지 따져 봐요.

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
import ml_dtypes
import numpy as np
from keras import layers, ops

import vit_keras
from vit_keras import (
    MLP,
    VARIANTS,
    Dataset,
    MultiHeadSelfAttention,
    Recipe,
    Split,
    VisionTransformer,
    check,
    draw_shapes,
    logits_of,
    pick,
    train,
)
from vit_keras.figures import plot_bands, plot_growth, plot_nothing
from vit_keras.lessons import gains, recorded
from vit_keras.scaling import (
    activation_bytes,
    all_reduce_bytes,
    layer_seconds,
    multiplication_rate,
    multiplications,
    number_of_tokens,
    state_bytes,
    step_memory,
    step_time,
)
from vit_keras.training import in_precision

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래에서 `pick(smoke=..., laptop=..., gpu=...)`를 만나면 여러분의 프로필에 해당하는 값이 쓰인다고 읽으세요.

# %% [markdown] lang="en"
# ## 1. What a step multiplies
#
# A product of matrices $(m, k)$ and $(k, n)$ takes $m \, k \, n$ multiplications, each with an addition. (Papers count these as MACs; in FLOPs, where a multiplication and an addition are two, it is twice as many.) Almost all of a ViT's work is such products. In one block, for one picture of $T$ tokens of width $D$ and an MLP of width $M$:
#
# | part | product | multiplications |
# |---|---|---|
# | queries, keys, values, output projection | four times $(T, D) \times (D, D)$ | $4 T D^2$ |
# | dot products, and scores times values | $(T, D_h) \times (D_h, T)$ and $(T, T) \times (T, D_h)$ in each of $k$ heads | $2 T^2 D$ |
# | MLP | $(T, D) \times (D, M)$ and back | $2 T D M$ |
#
# Heads cancel out: $k$ of them, each a $k$-th as wide. By hand, **predict** the three numbers for $T = 3$, $D = 4$, $M = 5$.

# %% [markdown] lang="ko"
# ## 1. 한 스텝의 곱셈
#
# 행렬 $(m, k)$와 $(k, n)$을 곱하면 곱셈을 $m \, k \, n$번 하고, 그때마다 덧셈도 한 번씩 해요. (논문에서는 이것을 MACs로 세요. 곱셈과 덧셈을 따로 세는 FLOPs로는 두 배예요.) ViT가 하는 일은 거의 모두 이런 행렬 곱이에요. 너비가 $D$인 토큰 $T$개짜리 그림 한 장이 블록 하나를 지날 때, MLP의 너비를 $M$이라고 하면 이렇게 돼요.
#
# | 부분 | 행렬 곱 | 곱셈 수 |
# |---|---|---|
# | 쿼리(query), 키(key), 밸류(value), 출력 선형 변환(output projection) | $(T, D) \times (D, D)$를 네 번 | $4 T D^2$ |
# | 내적, 그리고 점수로 밸류를 섞기 | 헤드(head) $k$개마다 $(T, D_h) \times (D_h, T)$와 $(T, T) \times (T, D_h)$ | $2 T^2 D$ |
# | MLP | $(T, D) \times (D, M)$, 그리고 되돌아오기 | $2 T D M$ |
#
# 헤드 수는 식에서 사라져요. 헤드가 $k$개면 너비가 $k$분의 1이니까요. $T = 3$, $D = 4$, $M = 5$일 때 세 숫자를 손으로 **예측해 보세요.**

# %% quotes=["vit_keras.scaling.cost.attention_multiplications", "vit_keras.scaling.cost.mlp_multiplications"]
def attention_multiplications(tokens, hidden_dim):
    """4TD² + 2T²D: queries, keys, values and the output projection; then q kᵀ and A v, for every pair of tokens."""
    return 4 * tokens * hidden_dim**2 + 2 * tokens**2 * hidden_dim


def mlp_multiplications(tokens, hidden_dim, mlp_dim):
    """2TDM for an MLP of width M; 8TD² where M = 4D."""
    return 2 * tokens * hidden_dim * mlp_dim


print(4 * 3 * 4**2, "+", 2 * 3**2 * 4, "=", attention_multiplications(3, 4), "in attention,", mlp_multiplications(3, 4, 5),
      "in the MLP")

# %% [markdown] lang="en"
# Another way to count: a kernel of a dense layer meets every token once, so each of its weights is used $T$ times for a picture. Only the two products in which tokens meet tokens have no weights. Does that give the same, in the model of lesson 5? **Predict** whether more multiplications come from weights or from pairs of tokens.

# %% [markdown] lang="ko"
# 다르게 셀 수도 있어요. Dense 층의 커널(kernel)은 토큰마다 한 번씩 쓰여요. 그러니까 그림 한 장에 가중치 하나가 $T$번 쓰여요. 가중치가 없는 것은 토큰과 토큰이 만나는 행렬 곱 두 개뿐이에요. 수업 5의 모델에서 이렇게 세어도 같은 답이 나올까요? 가중치와 토큰의 쌍 가운데 어느 쪽에 곱셈이 더 많을지도 **예측해 보세요.**

# %%
size = {"image_shape": (32, 32, 3), "patch_size": 4, "num_layers": 4, "hidden_dim": 64,
        "num_heads": 4, "mlp_dim": 128,
        "num_classes": 10}  # the ViT of lesson 5
vit = VisionTransformer(**size)
T, D, M, L = 65, 64, 128, 4
kernels = sum(math.prod(weight.shape)
              for weight in vit.encoder.blocks[0].weights if weight.path.endswith("kernel"))
pairs = 2 * T * T * D
print(f"a block: {kernels:,} weights in kernels, used {T} times each: {T * kernels:,}; "
      f"pairs of tokens: {pairs:,}")
print("as the formula says:",
      T * kernels + pairs == attention_multiplications(T, D) + mlp_multiplications(T, D, M))
# E for 64 patches of 48 values, blocks, head
whole = 64 * 48 * D + L * (T * kernels + pairs) + D * 10
print(f"a picture: {whole:,}; vit_keras.scaling: {multiplications(**size):,}")
print("where only the class token asks in the last block: "
      f"{multiplications(**size, num_queries=1):,}")

# %% [markdown] lang="en"
# The last line is what our model computes: in its last block only the class token asks, since only its answer is read (lesson 4). Papers count all tokens in all blocks. When we compare with papers we do too; when we compare with our own clock, `num_queries=1`.
#
# ### Three times that, to learn
#
# Going back through $\mathbf{y} = \mathbf{x} \mathbf{W}$, with $\mathbf{g}$ the gradient of $\mathbf{y}$, there are two products to make:
#
# $$\frac{\partial \mathcal{L}}{\partial \mathbf{W}} = \mathbf{x}^\top \mathbf{g}, \qquad \frac{\partial \mathcal{L}}{\partial \mathbf{x}} = \mathbf{g} \mathbf{W}^\top$$
#
# **Predict** how many multiplications each of them takes, if $\mathbf{x}$ is $(m, k)$ and $\mathbf{W}$ is $(k, n)$.

# %% [markdown] lang="ko"
# 마지막 줄이 우리 모델이 실제로 하는 계산이에요. 마지막 블록에서는 클래스 토큰(class token)의 답만 읽으니까, 묻는 것도 클래스 토큰뿐이에요(수업 4). 논문에서는 모든 블록에서 모든 토큰을 세요. 논문과 견줄 때는 우리도 그렇게 세고, 우리 시계로 잰 것과 견줄 때는 `num_queries=1`로 세요.
#
# ### 배우려면 세 배
#
# $\mathbf{y} = \mathbf{x} \mathbf{W}$를 거슬러 갈 때는 행렬 곱을 두 번 해요. $\mathbf{g}$는 $\mathbf{y}$의 그래디언트(gradient)예요.
#
# $$\frac{\partial \mathcal{L}}{\partial \mathbf{W}} = \mathbf{x}^\top \mathbf{g}, \qquad \frac{\partial \mathcal{L}}{\partial \mathbf{x}} = \mathbf{g} \mathbf{W}^\top$$
#
# $\mathbf{x}$가 $(m, k)$이고 $\mathbf{W}$가 $(k, n)$일 때 각각 곱셈이 몇 번인지 **예측해 보세요.**

# %%
def count(left, right):
    """Multiplications of a product of two matrices, from their shapes."""
    return left[0] * left[1] * right[1]


m, k, n = 3, 4, 5
print("forward", count((m, k), (k, n)), "| back to W", count((k, m), (m, n)), "| back to x",
      count((m, n), (n, k)))
for name, given in {"lesson 5": size,
                    **{f"ViT-{v}/{p}": {"image_shape": (224, 224, 3), "patch_size": p,
                                        "num_classes": 1000, **VARIANTS[v]}
                       for v, p in (("Ti", 16), ("B", 16), ("L", 16), ("H", 14))}}.items():
    forward, training = (multiplications(**given, training=learns) for learns in (False, True))
    print(f"{name:9} {forward / 1e9:7.2f} G multiplications a picture, "
          f"{training / 1e9:7.2f} G to learn from it: "
          f"{training / forward:.2f} times")

# %% [markdown] lang="en"
# As many again for each of the two. (Not quite three times: nobody needs the gradient of a picture, so the first product goes back once only.)
#
# ## 2. From multiplications to seconds
#
# How many multiplications a second does your machine make? A large square product shows it at its best. Then a forecast: the multiplications of a pass over CIFAR-10's 45,000 training pictures, over that rate. Write it down *before* you measure.

# %% [markdown] lang="ko"
# 둘 다 앞으로 갈 때와 똑같아요. (정확히 세 배는 아니에요. 그림의 그래디언트는 아무도 쓰지 않으니까, 첫 행렬 곱은 되돌아올 때 한 번만 해요.)
#
# ## 2. 곱셈에서 초로
#
# 여러분의 컴퓨터는 1초에 곱셈을 몇 번 할까요? 커다란 정사각 행렬을 곱해 보면 가장 빠를 때의 속도를 알 수 있어요. 그다음 예측을 해요. CIFAR-10의 학습 그림 45,000장을 한 번 훑는 데 필요한 곱셈 수를 그 속도로 나눠요. 재기 *전에* 적어 두세요.

# %% tags=["nbval-ignore-output"]
rate = multiplication_rate()
learning = multiplications(**size, training=True, num_queries=1)
print(f"{rate / 1e9:.0f} G multiplications a second ({2 * rate / 1e9:.0f} GFLOP/s)")
print(f"forecast for the model of lesson 5: {rate / learning:,.0f} pictures/s, "
      f"{45_000 * learning / rate:.0f} s an epoch")

# %% [markdown] lang="en"
# Now measured, by the `train` that all lessons use, on drawn pictures of the same size. (A smaller model in the `smoke` profile.) The speed is that of the steps after the first one, which compiles.

# %% [markdown] lang="ko"
# 이제 재요. 모든 수업에서 쓰는 `train`으로, 크기가 같은 그려 낸 그림을 써요. (`smoke` 프로필에서는 모델이 더 작아요.) 첫 스텝은 컴파일을 하므로 그다음 스텝부터 속도를 재요.

# %%
def shapes(train_number, validation_number):
    """Drawn shapes as a data set; the test split is not used here."""
    drawn = [draw_shapes(number, seed=[12, part])
             for part, number in enumerate((train_number, validation_number, 100))]
    return Dataset(*(Split(part.images, part.labels) for part in drawn), drawn[0].shapes,
                   "Drawn shapes.")


run_size = {**size, **pick(smoke={"num_layers": 2}, laptop={}, gpu={})}
dataset = shapes(pick(smoke=256, laptop=6000, gpu=20_000), pick(smoke=64, laptop=500, gpu=500))
dataset

# %% tags=["nbval-ignore-output"]
model = VisionTransformer(**run_size)
# laptop: about half a minute
result = train(model, dataset, Recipe(epochs=pick(smoke=2, laptop=4, gpu=10), batch_size=32,
                                      crop_padding=0, flip=False))
learning = multiplications(**run_size, training=True, num_queries=1)
print(f"{result['images_per_second']:,.0f} pictures/s; the products alone at the rate above: "
      f"{rate / learning:,.0f}")
print(f"An epoch of 45,000 would take {45_000 / result['images_per_second']:.0f} s, "
      f"forecast {45_000 * learning / rate:.1f} s: "
      f"{rate / learning / result['images_per_second']:.1f} times the forecast.")

# %% [markdown] lang="en"
# That last number is the one to keep: the factor by which a step of this size takes longer than its products at their best. It collects all that the formula leaves out: products too small or too flat to reach the rate of a large one; softmax, GELU, Layer Norm and sums, which multiply little and move much memory; the optimizer; and the time until the machine is told what to do next. Its inverse is called *utilisation*. The wider a model, the nearer its products are to the large square one. Does the factor follow? What was recorded with several widths:

# %% [markdown] lang="ko"
# 기억해 둘 것은 마지막 숫자예요. 이 크기의 모델에서 한 스텝이, 행렬 곱만 가장 빠르게 할 때보다 몇 배나 걸리는지를 나타내요. 식에서 빠진 것이 모두 여기에 모여요. 행렬이 너무 작거나 납작해서 최고 속도를 못 내는 것도 있고, 곱셈은 적지만 메모리를 많이 옮기는 소프트맥스(softmax), GELU, 층 정규화(Layer Norm), 덧셈도 있어요. 옵티마이저도 있고, 다음에 할 일을 기계에 알려 주는 시간도 있어요. 이 숫자의 역수를 *활용률*(utilisation)이라고 불러요. 모델이 넓을수록 행렬 곱이 커다란 정사각 행렬에 가까워져요. 그러면 배율도 좋아질까요? 너비가 다른 모델들로 재서 기록한 결과를 보세요.

# %%
scaling = recorded("scaling") or {}
for name, one in scaling.get("epochs", {}).items():
    print(f"{name:9} {multiplications(**one['size'], training=True, num_queries=1) / 1e9:6.3f} G "
          "to learn from a picture, an epoch of "
          f"45,000: {45_000 / one['batch'] * one['step']:6,.0f} s, "
          f"forecast {45_000 / one['batch'] * one['predicted']:6,.0f} s, "
          f"{one['step'] / one['predicted']:.1f} times")

# %% [markdown] lang="en"
# With one measured factor the formula forecasts models that nobody has run. That is all that is needed for section 10.
#
# ## 3. Attention's quadratic cost
#
# The lecture says that one pixel a token would cost too much. How much is too much? Compare the two parts of attention, and attention with the MLP ($M = 4 D$):
#
# $$2 T^2 D = 4 T D^2 \;\Leftrightarrow\; T = 2 D, \qquad 4 T D^2 + 2 T^2 D = 8 T D^2 \;\Leftrightarrow\; T = 2 D$$
#
# Both at the same place. Up to $T = 2 D$ tokens the MLP is the dearer half of a block; and the pairs outweigh *everything* else, $12 T D^2$, from $T = 6 D$. **Predict** what share of a block the pairs have in ViT-B ($D = 768$) at 197 tokens (224 pixels) and at 577 (384 pixels).

# %% [markdown] lang="ko"
# 배율 하나만 재 두면 아직 아무도 돌려 보지 않은 모델의 시간도 식으로 예측할 수 있어요. 10절에 필요한 것은 이것뿐이에요.
#
# ## 3. 어텐션의 제곱 비용
#
# 강의에서는 픽셀마다 토큰을 두면 연산량이 너무 많아진다고 해요. 얼마나 많길래 그럴까요? 어텐션(attention)의 두 부분을 견주고, 어텐션과 MLP도 견줘 봐요($M = 4 D$).
#
# $$2 T^2 D = 4 T D^2 \;\Leftrightarrow\; T = 2 D, \qquad 4 T D^2 + 2 T^2 D = 8 T D^2 \;\Leftrightarrow\; T = 2 D$$
#
# 둘 다 같은 곳에서 만나요. 토큰이 $T = 2 D$개가 될 때까지는 블록에서 MLP가 더 비싸요. 토큰의 쌍이 *나머지 전부*인 $12 T D^2$보다 비싸지는 것은 $T = 6 D$부터예요. ViT-B($D = 768$)에서 토큰이 197개(224픽셀)일 때와 577개(384픽셀)일 때, 블록의 곱셈 가운데 쌍이 차지하는 비율을 **예측해 보세요.**

# %%
for T in (65, 197, 577, 1025, 1536, 4608):
    shares = {D: attention_multiplications(T, D) / mlp_multiplications(T, D, 4 * D)
              for D in (64, 768)}
    print(f"{T:5,} tokens", *(f"| D {D}: pairs are {T / (6 * D + T):3.0%} of a block, "
                              f"attention is {share:.2f} of the MLP"
                              for D, share in shares.items()))

# %% [markdown] lang="en"
# At the width of ViT-B the square is still a small part at usual resolutions; in a narrow model it takes over early. Now measured, forward, layer by layer, from the 65 tokens of CIFAR-10 in patches of 4 to the 1,025 of one pixel a token:

# %% [markdown] lang="ko"
# ViT-B 정도의 너비에서는 보통 해상도까지 제곱 부분이 작아요. 좁은 모델에서는 일찌감치 제곱 부분이 커져요. 이제 층별로 앞으로 가는 시간을 재요. CIFAR-10을 패치(patch) 4로 자른 토큰 65개부터, 픽셀마다 토큰 하나를 둔 1,025개까지예요.

# %% tags=["nbval-ignore-output"]
numbers = (65, 145, 257, 577, 1025)
width, pictures = pick(smoke=(64, 4), laptop=(64, 8), gpu=(768, 32))  # laptop: about ten seconds
measured, formulas = {"attention": {}, "MLP": {}}, {"attention": {}, "MLP": {}}
for T in numbers:
    shape = (pictures, T, width)
    attention = MultiHeadSelfAttention(max(1, width // 64))
    measured["attention"][T] = 1000 * layer_seconds(attention, shape)
    measured["MLP"][T] = 1000 * layer_seconds(MLP(4 * width), shape)
    formulas["attention"][T] = 1000 * pictures * attention_multiplications(T, width) / rate
    formulas["MLP"][T] = 1000 * pictures * mlp_multiplications(T, width, 4 * width) / rate
    print(f"{T:5,} tokens: attention {measured['attention'][T]:8.2f} ms (products alone "
          f"{formulas['attention'][T]:8.2f}), "
          f"MLP {measured['MLP'][T]:8.2f} ms ({formulas['MLP'][T]:8.2f})")

# %% tags=["nbval-ignore-output"] alt="Milliseconds against the number of tokens on logarithmic axes: measured points for attention and MLP, and dashed the time of their products alone." alt_ko="토큰 수에 따른 밀리초를 로그 축에 그린 것. 어텐션과 MLP를 잰 점이 있고, 행렬 곱만 할 때의 시간이 점선으로 있어요."
plot_growth(measured, formulas, "tokens T", "forward (ms)",
            f"Attention and MLP of width {width}, one layer",
            lines={f"T = 2D = {2 * width}": 2 * width})

# %% [markdown] lang="en"
# On logarithmic axes a power is a straight line and its exponent the slope. **Predict** the slopes between the last two points: in the formulas, and measured.

# %% [markdown] lang="ko"
# 로그 축에서는 거듭제곱이 직선이 되고, 지수가 기울기가 돼요. 마지막 두 점 사이의 기울기를 식에서도, 잰 값에서도 **예측해 보세요.**

# %% tags=["nbval-ignore-output"]
def slope(points):
    """Of the last two points on logarithmic axes: the exponent of the growth."""
    (x, y), (later, above) = list(points.items())[-2:]
    return math.log(above / y) / math.log(later / x)


for name in measured:
    print(f"{name}: measured T^{slope(measured[name]):.1f}, "
          f"by its products T^{slope(formulas[name]):.1f}; at "
          f"{numbers[-1]:,} tokens it takes "
          f"{measured[name][numbers[-1]] / formulas[name][numbers[-1]]:.1f} times its products")

# %% [markdown] lang="en"
# Where attention takes more than its products, look for the scores: $T^2$ numbers a head are written, read by the softmax, written again, read again. Each is used for only $D_h$ multiplications, so time goes into memory and not into arithmetic. (Kernels such as FlashAttention keep the scores on the chip and never write them.) The recorded measurement, with layers as wide as those of ViT-Ti:

# %% [markdown] lang="ko"
# 어텐션이 행렬 곱만 할 때보다 오래 걸렸다면 점수 때문이에요. 헤드마다 숫자 $T^2$개를 쓰고, 소프트맥스가 읽고, 다시 쓰고, 또 읽어요. 숫자 하나를 곱셈에 $D_h$번밖에 쓰지 않으니까, 시간은 계산보다 메모리에 들어요. (FlashAttention 같은 커널은 점수를 칩 안에 두고 메모리에 아예 쓰지 않아요.) ViT-Ti만큼 넓은 층으로 재서 기록한 결과예요.

# %% alt="The recorded measurement in the same form, or a line that says it is not here." alt_ko="기록해 둔 측정을 같은 모양으로 그린 것, 또는 기록이 없다는 한 줄."
tokens_file = scaling.get("tokens")
if tokens_file and "precision" in scaling:
    kept = {name: {int(T): 1000 * value for T, value in points.items()}
            for name, points in tokens_file["seconds"].items()}
    D = tokens_file["hidden_dim"]
    recorded_rate = scaling["precision"]["float32"]["rate"]
    by_formula = {"attention": {T: 1000 * tokens_file["batch"] * attention_multiplications(T, D)
                                / recorded_rate
                                for T in kept["attention"]},
                  "MLP": {T: 1000 * tokens_file["batch"] * mlp_multiplications(T, D, 4 * D)
                          / recorded_rate
                          for T in kept["MLP"]}}
    figure = plot_growth(kept, by_formula, "tokens T", "forward (ms)",
                         f"Attention and MLP of width {D}, recorded",
                         lines={f"T = 2D = {2 * D}": 2 * D})
else:
    figure = plot_nothing("results/scaling.json")
figure

# %% [markdown] lang="en"
# Attention overtakes the MLP between 257 and 577 tokens, where the formulas cross as well. (At 65 tokens it is not the products that cost.)
#
# ## 4. Precision: fewer digits
#
# A number in a computer is a sign, an exponent (how large) and digits (how exactly). Three formats matter in training:

# %% [markdown] lang="ko"
# 토큰 257개와 577개 사이에서 어텐션이 MLP보다 오래 걸리기 시작해요. 식이 만나는 곳도 그 사이예요. (토큰이 65개일 때 시간이 드는 것은 행렬 곱이 아니에요.)
#
# ## 4. 정밀도: 자릿수 줄이기
#
# 컴퓨터의 숫자는 부호, 지수(얼마나 큰지), 자릿수(얼마나 정확한지)로 되어 있어요. 학습에서 중요한 형식은 세 가지예요.

# %%
print("           bits  largest   smallest  next after 1  next after 256")
for name in ("float32", "bfloat16", "float16"):
    format_ = ml_dtypes.finfo(name)
    step = float(format_.eps)
    print(f"{name:9} {format_.bits:5} {float(format_.max):9.3g} "
          f"{float(format_.smallest_subnormal):9.1g}  1 + {step:.2g}"
          f"{'':8}256 + {256 * step:.2g}")

# %% [markdown] lang="en"
# **bfloat16** is float32 with the last 16 bits cut off: it reaches as far, in coarse steps. **float16** has finer steps and does not reach far. Three things that happen in training; **predict** which format fails at which:
#
# 1. a dot product of 12 goes through the exponential function;
# 2. a gradient of 0.00000001;
# 3. the mean of 10,000 losses of 0.1, added up one after the other.

# %% [markdown] lang="ko"
# **bfloat16**은 float32에서 마지막 16비트를 잘라 낸 거예요. 미치는 범위는 같고 눈금이 성겨요. **float16**은 눈금은 더 촘촘하지만 멀리 못 가요. 학습할 때 일어나는 일 세 가지예요. 어느 형식이 어디에서 무너질지 **예측해 보세요.**
#
# 1. 내적 12에 지수 함수를 적용해요.
# 2. 그래디언트가 0.00000001이에요.
# 3. 손실 0.1을 10,000번 차례로 더해서 평균을 내요.

# %%
for name in ("float32", "bfloat16", "float16"):
    kind = np.dtype(getattr(ml_dtypes, name, name))
    total = np.zeros((), kind)
    with np.errstate(over="ignore"):
        for _ in range(10_000):
            total = (total + np.array(0.1, kind)).astype(kind)
        print(f"{name:9} exp(12) = {float(np.exp(np.array(12, kind)).astype(kind)):<9g} "
              "0.00000001 = "
              f"{float(np.array(1e-8, kind)):<12.4g} mean of 0.1 = {float(total) / 10_000:.4f}")

# %% [markdown] lang="en"
# float16 overflows and loses small gradients: who trains in it multiplies the loss by a large number first and divides the gradients afterwards (*loss scaling*). bfloat16 needs none of that, which is why it is the usual choice. But in sums both stop early: in bfloat16 32 and 0.1 is 32 again. So **mixed precision** divides the work:
#
# | in bfloat16 | in float32 |
# |---|---|
# | inputs of the large products and what they return | what a product adds up inside (the hardware does that) |
# | what flows from layer to layer | weights and the running means of the optimizer: sums over many steps |
# | | mean and variance in Layer Norm; logits, softmax of the answer, loss |
#
# See what `Recipe(precision="bfloat16")` does to the layers. **Predict** the two columns:

# %% [markdown] lang="ko"
# float16은 넘쳐 버리고 작은 그래디언트를 잃어요. 그래서 float16으로 학습할 때는 손실에 먼저 큰 수를 곱하고, 나중에 그래디언트를 그 수로 나눠요(*손실 스케일링*, loss scaling). bfloat16은 그럴 필요가 없어서 흔히 bfloat16을 골라요. 하지만 더하기에서는 둘 다 일찍 멈춰요. bfloat16에서는 32에 0.1을 더해도 32예요. 그래서 **혼합 정밀도**(mixed precision)는 일을 나눠요.
#
# | bfloat16으로 | float32로 |
# |---|---|
# | 큰 행렬 곱의 입력과 결과 | 행렬 곱 안에서 더해 가는 값(하드웨어가 해요) |
# | 층에서 층으로 흐르는 값 | 가중치와 옵티마이저의 이동 평균: 여러 스텝에 걸쳐 더하는 값 |
# | | 층 정규화의 평균과 분산, 로짓, 답의 소프트맥스, 손실 |
#
# `Recipe(precision="bfloat16")`이 층을 어떻게 바꾸는지 봐요. 두 열에 무엇이 나올지 **예측해 보세요.**

# %%
picture = np.zeros((1, 32, 32, 3), "uint8")
with in_precision(vit, "bfloat16"):
    block = vit.encoder.blocks[0]
    for name, layer in (("queries", block.attention.query), ("Layer Norm", block.norm_1),
                        ("MLP", block.mlp.dense_1), ("head", vit.head)):
        print(f"{name:10} weights {layer.variable_dtype}, computes in {layer.compute_dtype}")
    print("logits:", ops.convert_to_numpy(vit(picture)).dtype)

# values around 300, where a step is 2
far = np.random.default_rng(0).normal(300, 1, (1, 64)).astype("float32")
norm = layers.LayerNormalization(epsilon=1e-6, dtype="mixed_bfloat16")
given = np.asarray(far, ml_dtypes.bfloat16).astype("float32")  # what is left of them in bfloat16
by_hand = (given - given.mean()) / np.sqrt(given.var() + 1e-6)
normed = ops.convert_to_numpy(ops.cast(norm(ops.cast(far, "bfloat16")), "float32"))
total = np.zeros((), ml_dtypes.bfloat16)
for value in given[0]:
    total = (total + np.asarray(value, ml_dtypes.bfloat16)).astype(ml_dtypes.bfloat16)
print(f"the mean, added up in bfloat16: {float(total) / 64:g}; in float32: {given.mean():g}")
print("Layer Norm adds up in float32:", np.allclose(normed, by_hand, atol=0.02))

# %% [markdown] lang="en"
# The weights do not change; only what is computed with them. (One thing that others keep in float32 is not in our list: the softmax *inside* attention. Its outputs lie between 0 and 1, where 1 part in 256 does no harm.) Do the answers stay the same? The model from section 2 answers the validation pictures in both:

# %% [markdown] lang="ko"
# 가중치는 그대로이고 계산만 달라져요. (다른 곳에서는 float32로 두기도 하는데 우리 목록에는 없는 것이 하나 있어요. 어텐션 *안의* 소프트맥스예요. 결과가 0과 1 사이여서 256분의 1만큼의 오차는 해롭지 않아요.) 답은 그대로일까요? 2절의 모델이 검증 그림에 두 가지로 답해요.

# %% tags=["nbval-ignore-output"]
images = dataset.validation.images
exact = logits_of(model, images)
with in_precision(model, "bfloat16"):
    coarse = logits_of(model, images)
same = (exact.argmax(-1) == coarse.argmax(-1)).sum()
print(f"{same} of {len(images)} answers are the same; "
      f"logits differ by {np.abs(exact - coarse).max():.3f} at most, and are "
      f"up to {np.abs(exact).max():.1f} large")

# %% [markdown] lang="en"
# Whether *training* in bfloat16 costs accuracy is a question for several seeds: lesson 11 asks it on the last rung of its ladder. And is it faster? Only where the hardware has instructions for it. Here:

# %% [markdown] lang="ko"
# bfloat16으로 *학습*하면 정확도가 떨어지는지는 시드를 여러 개 써서 물어야 해요. 수업 11이 사다리의 마지막 단계에서 그것을 재요. 그러면 더 빠를까요? bfloat16 명령어가 있는 하드웨어에서만 그래요. 이 컴퓨터에서는 어떤지 재요.

# %% tags=["nbval-ignore-output"]
def plain(**changes):
    """A recipe without augmentation; XLA off, where nothing else is said: section 5 is about it."""
    return Recipe(1, **{"batch_size": pick(smoke=8, laptop=64, gpu=512), "crop_padding": 0,
                        "flip": False, "jit_compile": False, **changes})


seconds = {name: step_time(VisionTransformer(**run_size), plain(precision=name))
           for name in ("float32", "bfloat16")}
faster = {"a large product": multiplication_rate("bfloat16") / rate,
          "a step": seconds["float32"].each / seconds["bfloat16"].each}
for what, factor in faster.items():
    print(f"{what}: {factor:.2f} times as fast in bfloat16" + (": slower" if factor < 0.95 else ""))
if "precision" in scaling:
    both = scaling["precision"]
    print(f"recorded: a product {both['bfloat16']['rate'] / both['float32']['rate']:.2f} times as "
          "fast, a step "
          f"{both['float32']['step'] / both['bfloat16']['step']:.2f} times")

# %% [markdown] lang="en"
# A processor without such instructions goes by way of float32 and pays for the conversion; that is why `precision="auto"` measures first. Compare the two factors: a step is not made of products alone, as section 2 has shown.
#
# ## 5. XLA: a step as one program
#
# Left alone, TensorFlow runs a step as a list of operations: each reads its inputs from memory, computes, and writes its output back. A GELU on its own is several such rounds over the same array. **XLA** (`jit_compile=True`) reads the whole list first and makes one program of it for exactly these shapes: neighbouring operations are *fused*, what is not needed later is never written. The price is paid once, at the first step, and again for every new shape of a batch.
#
# When has it paid off? With $c$ the first step's seconds and $s$ those of each one after it, without XLA and with:
#
# $$c_\text{with} + n \, s_\text{with} < c_\text{without} + n \, s_\text{without} \;\Leftrightarrow\; n > \frac{c_\text{with} - c_\text{without}}{s_\text{without} - s_\text{with}}$$

# %% [markdown] lang="ko"
# 그런 명령어가 없는 프로세서는 float32를 거쳐 가느라 변환하는 시간까지 들어요. 그래서 `precision="auto"`가 먼저 재 보는 거예요. 두 배율을 견주어 보세요. 2절에서 봤듯이 스텝이 행렬 곱만으로 되어 있지는 않아요.
#
# ## 5. XLA: 한 스텝을 프로그램 하나로
#
# 그냥 두면 TensorFlow는 한 스텝을 연산의 목록으로 실행해요. 연산마다 메모리에서 입력을 읽고, 계산하고, 결과를 다시 메모리에 써요. GELU 하나에도 같은 배열을 여러 번 오가요. **XLA**(`jit_compile=True`)는 목록 전체를 먼저 읽고, 바로 그 형태의 배열만을 위한 프로그램 하나를 만들어요. 이웃한 연산은 *하나로 합치고*(fusion), 나중에 필요 없는 값은 아예 쓰지 않아요. 대가는 첫 스텝에서 한 번 치러요. 배치의 형태가 바뀌면 다시 치르고요.
#
# 언제부터 이득일까요? $c$는 첫 스텝의 시간이고 $s$는 그다음 스텝마다 걸리는 시간이에요. XLA를 쓰지 않을 때와 쓸 때를 견주면 이래요.
#
# $$c_\text{with} + n \, s_\text{with} < c_\text{without} + n \, s_\text{without} \;\Leftrightarrow\; n > \frac{c_\text{with} - c_\text{without}}{s_\text{without} - s_\text{with}}$$

# %% tags=["nbval-ignore-output"]
def verdict(without, with_xla):
    """A sentence on two `StepTime`s: pairs of seconds, of the first step and of each later one."""
    extra, gain = with_xla[0] - without[0], without[1] - with_xla[1]
    said = (f"first step {without[0]:.1f} s without XLA, {with_xla[0]:.1f} s with; "
            f"each one after it {without[1] / with_xla[1]:.2f} times as fast with")
    if gain <= 0:
        return said + ": here it does not pay."
    return said + (f": it has paid off after {math.ceil(extra / gain):,} steps." if extra > 0
                   else ": it pays at once.")


print("here:", verdict(seconds["float32"],
                       step_time(VisionTransformer(**run_size), plain(jit_compile=True))))
if "xla" in scaling:
    print(f"recorded, {scaling['xla']['size']['num_layers']} layers of width "
          f"{scaling['xla']['size']['hidden_dim']}:",
          verdict(*(tuple(scaling["xla"][name].values()) for name in ("without", "with"))))

# %% [markdown] lang="en"
# A training run has thousands of steps, a quick look at one batch has one. `train` uses XLA by itself for a model with attention where the run is long enough to pay for it, and keeps all batches at one shape; its last, incomplete batch of a pass is left for the next pass for this reason too.
#
# ## 6. Memory
#
# Two things fill it. The first is easy: of every parameter, training with AdamW keeps the weight, its gradient, and the two running means of lesson 11; all in float32, in mixed precision too. **Predict** the bytes a parameter, and those of ViT-B/16 with its 86,567,656.

# %% [markdown] lang="ko"
# 학습은 몇천 스텝이나 하지만, 배치 하나만 슬쩍 볼 때는 한 스텝이에요. `train`은 어텐션이 있는 모델을 이득이 될 만큼 오래 학습할 때 알아서 XLA를 쓰고, 배치의 형태를 늘 똑같이 유지해요. 한 번 훑고 남은 덜 찬 배치를 다음번으로 넘기는 데에는 이 까닭도 있어요.
#
# ## 6. 메모리
#
# 메모리를 차지하는 것은 두 가지예요. 첫째는 쉬워요. AdamW로 학습하면 파라미터마다 가중치, 그래디언트, 그리고 수업 11에서 본 이동 평균 두 개를 가지고 있어요. 혼합 정밀도에서도 모두 float32예요. 파라미터 하나에 몇 바이트일까요? 파라미터가 86,567,656개인 ViT-B/16은요? **예측해 보세요.**

# %%
optimizer = keras.optimizers.AdamW()
optimizer.build(vit.trainable_variables)
# two means, and a counter and a rate
held = sum(math.prod(variable.shape) for variable in optimizer.variables)
parameters = vit.count_params()
print(f"{parameters:,} parameters; the optimizer holds {held:,} numbers, "
      f"{held / parameters:.2f} a parameter")
print(f"weight, gradient, two means: {state_bytes(1)} bytes; "
      f"ViT-B/16 {state_bytes(86_567_656) / 1e9:.2f} GB")

# %% [markdown] lang="en"
# The second thing is what the way back needs. The gradient of a product needs its inputs ($\mathbf{x}^\top \mathbf{g}$ in section 1), so every block keeps what its products and norms were given, until the way back arrives. These are the **activations**. For each token of each picture, in numbers:
#
# | kept | numbers a token |
# |---|---|
# | before and behind the two norms | $4 D$ |
# | query, key, value; before the output projection | $4 D$ |
# | MLP: before GELU and behind it | $2 M$ |
# | a row of scores in each of $k$ heads | $k T$ |
#
# Together $L \, B \, T \, (8 D + 2 M + k T)$, in a batch of $B$. The last term is the quadratic one: $k T^2$ for a picture. **Predict** for ViT-B/16: is a batch of 64 larger than the 1.39 GB of its parameters?

# %% [markdown] lang="ko"
# 둘째는 거슬러 올 때 필요한 값이에요. 행렬 곱의 그래디언트를 구하려면 입력이 있어야 해요(1절의 $\mathbf{x}^\top \mathbf{g}$). 그래서 블록마다 행렬 곱과 정규화에 들어간 값을 거슬러 올 때까지 가지고 있어요. 이것이 **활성값**(activation)이에요. 그림의 토큰 하나마다 이만큼이에요.
#
# | 가지고 있는 것 | 토큰마다 숫자 |
# |---|---|
# | 두 정규화의 앞과 뒤 | $4 D$ |
# | 쿼리, 키, 밸류, 그리고 출력 선형 변환의 앞 | $4 D$ |
# | MLP: GELU의 앞과 뒤 | $2 M$ |
# | 헤드 $k$개에서 점수 한 행씩 | $k T$ |
#
# 배치가 $B$이면 모두 $L \, B \, T \, (8 D + 2 M + k T)$개예요. 마지막 항이 제곱이에요. 그림 한 장에 $k T^2$개니까요. ViT-B/16에서 배치 64의 활성값은 파라미터의 1.39 GB보다 클까요? **예측해 보세요.**

# %%
base = {name: VARIANTS["B"][name] for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim")}
for T in (197, 577, 1025):
    one = activation_bytes(1, T, **base)
    scores = base["num_layers"] * base["num_heads"] * T**2 * 4
    print(f"{T:5,} tokens: {one / 1e6:5.0f} MB a picture, of them scores {scores / one:3.0%}; "
          "a batch of 64: "
          f"{64 * one / 1e9:5.1f} GB in float32, "
          f"{64 * activation_bytes(1, T, **base, precision='bfloat16') / 1e9:4.1f} GB in bfloat16")

# %% [markdown] lang="en"
# So it is the activations, and they grow with the batch. Is that what a process really takes? The next cell starts a new one, lets it make steps with more and more pictures or tokens, and reads the most memory that a step held, beyond what the process had before it. (XLA is off there, since its compiler would be measured as well, and so is the pool in which TensorFlow keeps memory for later use. On macOS the number holds a little more, on Windows there is none.)

# %% [markdown] lang="ko"
# 문제는 활성값이고, 배치와 함께 커져요. 프로세스가 정말 그만큼 쓸까요? 다음 셀은 새 프로세스를 띄워서 그림이나 토큰을 늘려 가며 스텝을 밟게 해요. 그리고 스텝을 밟는 동안 메모리를 가장 많이 쓴 순간에, 밟기 전보다 얼마나 더 썼는지 읽어요. (거기서는 XLA를 꺼요. 켜 두면 컴파일러가 쓰는 메모리까지 재게 돼요. TensorFlow가 나중에 쓰려고 메모리를 쥐고 있는 풀도 꺼요. macOS에서는 조금 더 크게 나오고, Windows에서는 잴 수 없어요.)

# %% tags=["nbval-ignore-output"]
def of_side(side):
    """The model of lesson 5 for pictures of so many patches in a row: side**2 + 1 tokens."""
    return {**size, "num_layers": pick(smoke=2, laptop=4, gpu=4),
            "image_shape": (side * 4, side * 4, 3)}


def formula(case):
    """Bytes of the activations of a case; only the class token asks in the last block."""
    sizes = {name: case["size"][name]
             for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim")}
    T = number_of_tokens(case["size"]["image_shape"], case["size"]["patch_size"])
    pictures = case["batch"] // case.get("accumulate", 1)
    return activation_bytes(pictures, T, **sizes, num_queries=1)


batches, sides, parts = pick(smoke=((32, 128), (8, 16), (4,)),
                             laptop=((32, 64, 128, 256), (8, 12, 16, 24), (8, 4, 2)),
                             gpu=((32, 64, 128, 256), (8, 12, 16, 24), (8, 4, 2)))
cases = {("batch", b): {"size": of_side(8), "batch": b} for b in batches}
cases |= {("tokens", s * s + 1): {"size": of_side(s), "batch": 16} for s in sides}
cases |= {("parts", p): {"size": of_side(8), "batch": batches[-1], "accumulate": p} for p in parts}
cases = dict(sorted(cases.items(), key=lambda item: formula(item[1])))
found = step_memory(list(cases.values()))  # laptop: about a minute
memory = None if found is None else dict(zip(cases, found))
if memory is None:
    print("This system does not say how much memory a process held.")
else:
    for (kind, number), value in memory.items():
        print(f"{kind:6} {number:4}: {value / 1e6:6.1f} MB; "
              f"activations by the formula {formula(cases[kind, number]) / 1e6:6.1f} MB")

# %% tags=["nbval-ignore-output"]
def a_picture(values):
    """Bytes that one more picture takes: from the smallest to the largest batch."""
    return (values[batches[-1]] - values[batches[0]]) / (batches[-1] - batches[0])


if memory:
    of_batch = {b: memory["batch", b] for b in batches}
    by_formula = a_picture({b: formula(cases["batch", b]) for b in batches})
    print(f"one more picture takes {a_picture(of_batch) / 1e6:.2f} MB, "
          f"by the formula {by_formula / 1e6:.2f} MB: "
          f"{a_picture(of_batch) / by_formula:.1f} times")
of_file = (scaling.get("memory") or {}).get("bytes", {})
if of_file.get("batch"):
    few, *_, many = of_file["batch"]
    growth = (of_file["batch"][many] - of_file["batch"][few]) / (int(many) - int(few))
    counted = formula({"size": scaling["memory"]["size"], "batch": 1})
    print(f"recorded: {growth / 1e6:.2f} MB a picture, by the formula {counted / 1e6:.2f} MB: "
          f"{growth / counted:.1f} times")
    for T, value in of_file["tokens"].items():
        pixels = math.isqrt(int(T) - 1) * scaling["memory"]["size"]["patch_size"]
        counted = formula({"size": {**scaling["memory"]["size"],
                                    "image_shape": (pixels, pixels, 3)},
                           "batch": scaling["memory"]["images"]})
        print(f"recorded, {int(T):5,} tokens: {value / 1e6:7.1f} MB, "
              f"by the formula {counted / 1e6:7.1f} MB")

# %% [markdown] lang="en"
# What lies above the formula? On the way back, the gradients of a block's activations need room as well, one block at a time: little beside twelve blocks that are kept, much beside two. And a framework may keep results in between, or copies in another order of axes. What matters for a plan is that it is a *factor*: memory grows along a straight line with the batch. With tokens the formula bends upwards:

# %% [markdown] lang="ko"
# 식보다 더 쓰는 것은 무엇일까요? 거슬러 올 때는 블록마다 활성값의 그래디언트를 둘 자리도 필요해요. 한 번에 한 블록씩이니까, 블록 열두 개의 활성값에 견주면 얼마 안 되지만 두 개에 견주면 커요. 그리고 프레임워크가 중간 결과나 축의 순서를 바꾼 사본을 가지고 있기도 해요. 계획을 세울 때 중요한 것은 이것이 *배율*이라는 점이에요. 메모리는 배치를 따라 직선으로 늘어나요. 토큰을 늘리면 식이 위로 휘어요.

# %% tags=["nbval-ignore-output"] alt="Memory of a step against the number of tokens: measured points, and the formula as a dashed curve that bends upwards." alt_ko="토큰 수에 따라 한 스텝이 쓰는 메모리. 잰 점이 있고, 식은 위로 휘는 점선이에요."
if memory:
    held = {s * s + 1: memory["tokens", s * s + 1] / 1e6 for s in sides}
    expected = {s * s + 1: formula({"size": of_side(s), "batch": 16}) / 1e6
                for s in range(2, sides[-1] + 1)}
    figure = plot_growth({"a step": held}, {"a step": expected}, "tokens T", "memory (MB)",
                         "Activations grow faster than tokens", logarithmic=False)
else:
    figure = plot_nothing("A measurement of memory")
figure

# %% [markdown] lang="en"
# The dashed curve is the formula: a straight part from the $8 D + 2 M$, and the scores' square on top.
#
# ## 7. A large batch in parts
#
# The batch does not fit? Let it go through the model in parts, add the gradients up, and move the weights once: **gradient accumulation**. The loss is a mean over pictures, and a mean of the means of equal parts is the mean of all. So the step should be the same, to the last rounding. Is it? We need gradients of a model. A step of plain gradient descent at rate 1 takes from every weight exactly its gradient, so:

# %% [markdown] lang="ko"
# 점선이 식이에요. $8 D + 2 M$에서 나오는 직선에 점수의 제곱이 얹혀요.
#
# ## 7. 큰 배치를 나눠 넣기
#
# 배치가 메모리에 안 들어가나요? 나눠서 모델에 통과시키고, 그래디언트를 더해 두었다가, 가중치는 한 번만 움직이면 돼요. 이것이 **그래디언트 누적**(gradient accumulation)이에요. 손실은 그림에 대한 평균이고, 똑같은 크기로 나눈 부분의 평균을 다시 평균 내면 전체의 평균이에요. 그러니 반올림 오차만 빼면 같은 스텝이어야 해요. 정말 그럴까요? 모델의 그래디언트가 필요해요. 학습률(learning rate) 1로 평범한 경사 하강법을 한 스텝 하면 가중치마다 정확히 자기 그래디언트만큼 줄어들어요. 그래서 이렇게 구해요.

# %%
def gradient(model, images, labels):
    """Of the mean loss by all weights, one vector: what a plain step at rate 1 takes off."""
    before = model.get_weights()
    model.train_on_batch(images, labels)
    after = [np.array(ops.convert_to_numpy(weight)) for weight in model.trainable_weights]
    model.set_weights(before)
    start = [np.array(ops.convert_to_numpy(weight)) for weight in model.trainable_weights]
    return np.concatenate([(old - new).ravel() for old, new in zip(start, after)])


def ready(model):
    """The model, told to make plain steps at rate 1; eager: they are few and of many shapes."""
    model.compile(keras.optimizers.SGD(1.0),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    return model


ready(model)
images, labels = (part[:64] for part in dataset.train)
whole = gradient(model, images, labels)
parts_of_it = [gradient(model, images[start:start + 16], labels[start:start + 16])
               for start in range(0, 64, 16)]
largest = np.abs(whole).max()
print("four parts, their mean is the gradient of the whole batch:",
      np.allclose(np.mean(parts_of_it, 0), whole, atol=1e-3 * largest))
print("a single part is not:", not np.allclose(parts_of_it[0], whole, atol=1e-3 * largest))

# %% [markdown] lang="en"
# That holds because a picture's loss does not depend on who else is in the batch. Layer Norm sees one token; batch normalization, usual in CNNs, takes mean and variance *over the batch*. **Predict** what happens with a small model that has one:

# %% [markdown] lang="ko"
# 그림의 손실이 배치에 함께 있는 다른 그림과 상관없으니까 그래요. 층 정규화는 토큰 하나만 봐요. 그런데 CNN에 흔한 배치 정규화(batch normalization)는 *배치 전체에서* 평균과 분산을 구해요. 배치 정규화가 들어 있는 작은 모델에서는 어떻게 될지 **예측해 보세요.**

# %%
keras.utils.set_random_seed(0)
for name, norm in (("batch norm", layers.BatchNormalization()),
                   ("Layer Norm", layers.LayerNormalization(epsilon=1e-6))):
    small = ready(keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255),
                                    layers.AveragePooling2D(4),
                                    layers.Flatten(), layers.Dense(16), norm, layers.ReLU(),
                                    layers.Dense(10)]))
    whole = gradient(small, images, labels)
    mean = np.mean([gradient(small, images[start:start + 16], labels[start:start + 16])
                    for start in range(0, 64, 16)], 0)
    off = np.linalg.norm(mean - whole) / np.linalg.norm(whole)
    print(f"{name}: the mean of four parts is the whole batch's gradient: {off < 0.001}")

# %% [markdown] lang="en"
# With batch norm every part is normalised by itself, so parts make another model of it, and smaller parts a noisier one. A ViT has no such ties: one more reason why it scales well.
#
# In our recipe it is one argument, `Recipe(batch_size=512, accumulate=8)`, which uses `gradient_accumulation_steps` of Keras's optimizer. What exactly does that do? Clipping and weight decay have to come once, after the mean. By hand with one weight of 1.0, gradients 3 and 1, a clip at 1.5 and a decay of 0.1. **Predict** the weight after each part:

# %% [markdown] lang="ko"
# 배치 정규화가 있으면 부분마다 따로 정규화돼서 다른 모델이 돼요. 부분이 작을수록 더 거칠어지고요. ViT에는 이렇게 그림끼리 얽히는 곳이 없어요. ViT를 키우기 쉬운 까닭이 하나 더 있는 거예요.
#
# 우리 레시피에서는 인자 하나예요. `Recipe(batch_size=512, accumulate=8)`이라고 쓰면 Keras 옵티마이저의 `gradient_accumulation_steps`를 써요. 정확히 무엇을 할까요? 그래디언트 클리핑(gradient clipping)과 가중치 감쇠(weight decay)는 평균을 낸 다음 한 번만 해야 해요. 가중치 1.0 하나에 그래디언트 3과 1, 클리핑 1.5, 감쇠 0.1로 직접 해 봐요. 부분을 하나씩 넣을 때마다 가중치가 얼마일지 **예측해 보세요.**

# %%
def moved(gradients, steps):
    """The weight after each of these gradients, and how many updates the optimizer counts."""
    weight = keras.Variable([1.0])
    accumulating = keras.optimizers.SGD(0.1, weight_decay=0.1, global_clipnorm=1.5,
                                        gradient_accumulation_steps=steps)
    seen = []
    for value in gradients:
        accumulating.apply([ops.convert_to_tensor([value])], [weight])
        seen.append(round(float(ops.convert_to_numpy(weight)[0]), 4))
    return seen, int(ops.convert_to_numpy(accumulating.iterations))


for name, (weights, updates) in (("two parts", moved([3.0, 1.0], steps=2)),
                                 ("their mean at once", moved([2.0], steps=None))):
    print(f"{name}: {weights}, updates counted: {updates}")
print("by hand:", round(1 - 0.1 * 0.1 * 1 - 0.1 * 1.5, 4))

# %% [markdown] lang="en"
# After the first part nothing has moved; after the second the step is that of the mean, 2, clipped to 1.5; the decay came once; and one update is counted, not two, so a schedule is not fooled either. (In Adam, too, the means $m$ and $v$ see the mean gradient once.) Section 6 has measured the memory:

# %% [markdown] lang="ko"
# 첫 부분 다음에는 아무것도 움직이지 않았어요. 둘째 다음에 평균인 2를 1.5로 줄인 스텝을 밟아요. 감쇠도 한 번뿐이에요. 업데이트도 두 번이 아니라 한 번으로 세니까 스케줄이 헷갈리지 않아요. (Adam에서도 $m$과 $v$는 평균 그래디언트를 한 번만 봐요.) 메모리는 6절에서 재 뒀어요.

# %% tags=["nbval-ignore-output"]
if memory:
    whole = memory["batch", batches[-1]]
    for p in sorted(parts):
        print(f"a batch of {batches[-1]} in {p} parts: "
              f"{memory['parts', p] / whole:.0%} of the memory in one")
if of_file.get("parts"):
    print("recorded:", ", ".join(f"{value / of_file['parts']['1']:.0%} in {number}"
                                 for number, value in of_file["parts"].items()))

# %% [markdown] lang="en"
# What shrinks is the activations. The state stays as it is, and a sum of gradients comes on top, 4 bytes a parameter. The products are the same ones; but parts that are too small use the machine worse.
#
# ## 8. Batch size and learning rate
#
# A batch twice as large needs half as many steps for a pass, and on a GPU often hardly more time for each, up to a point. But half as many steps at the same rate go half as far. What should the rate be? First, what does a larger batch buy? Its gradient is a mean of more pictures, so it is less noisy: by $\sqrt{k}$ for a batch $k$ times as large, if pictures are drawn independently. **Predict** the last column.

# %% [markdown] lang="ko"
# 줄어드는 것은 활성값이에요. 상태는 그대로이고, 그래디언트를 더해 둘 자리가 파라미터마다 4바이트씩 더 필요해요. 행렬 곱은 똑같이 하지만, 부분이 너무 작으면 기계를 제대로 쓰지 못해요.
#
# ## 8. 배치 크기와 학습률
#
# 배치를 두 배로 하면 한 번 훑는 데 스텝이 절반이면 돼요. GPU에서는 어느 정도까지 스텝 하나의 시간도 별로 늘지 않을 때가 많아요. 하지만 학습률이 그대로면 스텝이 절반일 때 절반밖에 못 가요. 학습률을 얼마로 해야 할까요? 먼저 배치가 커지면 무엇이 좋아질까요? 더 많은 그림을 평균 낸 그래디언트니까 잡음이 줄어요. 그림을 서로 상관없이 뽑는다면, 배치가 $k$배일 때 잡음은 $\sqrt{k}$분의 1이 돼요. 마지막 열을 **예측해 보세요.**

# %% tags=["nbval-ignore-output"]
rng = np.random.default_rng(0)
images, labels = dataset.train
for size_of_batch in (4, 16, 64):
    chosen = [rng.integers(0, len(labels), size_of_batch)
              for _ in range(pick(smoke=8, laptop=60, gpu=60))]
    several = np.stack([gradient(model, images[some], labels[some]) for some in chosen])
    noise = np.sqrt(several.var(axis=0, ddof=1).sum())
    print(f"batch {size_of_batch:2}: length of the noise {noise:.3f}, "
          f"times the root of the batch {noise * np.sqrt(size_of_batch):.2f}")

# %% [markdown] lang="en"
# From this come two rules of thumb for a batch $k$ times as large.
#
# - **Linear**: $\eta \to k \, \eta$. Plain gradient descent makes one step where it made $k$ before; as long as the weights change little in between, the one should be $k$ times as long ([Goyal et al., 2017](https://arxiv.org/abs/1706.02677), with warm-up, for SGD).
# - **Square root**: $\eta \to \sqrt{k} \, \eta$. Adam divides by the root of $v$. Where noise dominates, $v$ measures the noise, which has become $\sqrt{k}$ times shorter: so Adam's steps grow by themselves, and the rate has to make up for the rest ([Malladi et al., 2022](https://arxiv.org/abs/2205.10287)).
#
# Both end where the noise does: once a batch shows the direction well enough, more pictures do not make the direction truer, and each of them buys less. `benchmarks/sweeps.py batch_size` trains a small ViT on drawn shapes, each pair of batch and rate with several seeds, and always on the same number of pictures. **Predict** in which direction the best rate moves, and whether the largest batch gets as far as the smallest.

# %% [markdown] lang="ko"
# 여기서 배치가 $k$배일 때의 어림 규칙 두 가지가 나와요.
#
# - **선형 규칙**: $\eta \to k \, \eta$. 평범한 경사 하강법은 전에 $k$스텝 가던 것을 한 스텝에 가야 해요. 그사이에 가중치가 별로 변하지 않는다면 그 한 스텝은 $k$배 길어야 해요([Goyal et al., 2017](https://arxiv.org/abs/1706.02677). SGD에 워밍업(warm-up)을 붙여서 썼어요).
# - **제곱근 규칙**: $\eta \to \sqrt{k} \, \eta$. Adam은 $v$의 제곱근으로 나눠요. 잡음이 큰 동안에는 $v$가 잡음의 크기를 재는 셈이고, 잡음은 $\sqrt{k}$분의 1로 짧아졌어요. 그래서 Adam의 스텝은 저절로 길어지고, 학습률은 나머지만 채우면 돼요([Malladi et al., 2022](https://arxiv.org/abs/2205.10287)).
#
# 두 규칙 모두 잡음이 작아지면 끝나요. 배치가 방향을 충분히 잘 알려 주고 나면, 그림을 더 넣어도 방향이 더 정확해지지 않아서 한 장의 값어치가 떨어져요. `benchmarks/sweeps.py batch_size`는 그려 낸 도형으로 작은 ViT를 학습해요. 배치와 학습률의 모든 짝을 시드를 바꿔 가며 돌리고, 보는 그림의 수는 언제나 같아요. 가장 좋은 학습률이 어느 쪽으로 움직일지, 가장 큰 배치가 가장 작은 배치만큼 갈 수 있을지 **예측해 보세요.**

# %% alt="Validation accuracy against the learning rate, a line for each batch size with a band from the lowest to the highest seed; or a line that says that the record is not here." alt_ko="학습률에 따른 검증 정확도. 배치 크기마다 선이 하나씩 있고, 시드 가운데 가장 낮은 것부터 가장 높은 것까지 띠로 그렸어요. 기록이 없으면 없다는 한 줄이 나와요."
batch_file = recorded("batch_size")
if batch_file:
    grid = batch_file["settings"]
    accuracy = {batch: {r: [run["validation_accuracy"] for run in batch_file["runs"]
                            if (run["batch"], run["rate"]) == (batch, r)]
                        for r in grid["rates"]} for batch in grid["batches"]}
    lines = {f"batch {batch}": {10_000 * r: values for r, values in row.items() if values}
             for batch, row in accuracy.items()}
    figure = plot_bands({f"{grid['pictures']:,} pictures, {grid['epochs']} times": lines},
                        "learning rate (1/10,000)", chance=0.1, logarithmic=True,
                        title="Batch size and learning rate, on the same number of pictures",
                        ylabel="validation accuracy")
else:
    figure = plot_nothing("results/batch_size.json")
figure

# %% [markdown] lang="en"
# A line a batch, the band its seeds. Now the rules: from the best rate of the smallest batch, where would they go, where is the best rate measured, and is the difference more than chance? (Chosen by validation pictures; two standard errors, as in lesson 11.)

# %% [markdown] lang="ko"
# 선은 배치, 띠는 시드예요. 이제 규칙을 봐요. 가장 작은 배치에서 가장 좋았던 학습률에서 출발하면 규칙은 어디를 가리키고, 실제로 가장 좋은 학습률은 어디이고, 그 차이는 우연보다 클까요? (검증 그림으로 골라요. 수업 11처럼 표준 오차의 두 배를 기준으로 봐요.)

# %%
if batch_file:
    everything = {f"{batch}, {r:g}": values for batch, row in accuracy.items()
                  for r, values in row.items() if values}
    best = {batch: max((r for r in row if row[r]), key=lambda r, row=row: np.mean(row[r]))
            for batch, row in accuracy.items()}
    first = grid["batches"][0]
    edge = [batch for batch, r in best.items() if r in (grid["rates"][0], grid["rates"][-1])]
    print(f"batch {first}: best rate {best[first]:g}, "
          f"{np.mean(accuracy[first][best[first]]):.1%} (mean of "
          f"{len(accuracy[first][best[first]])} seeds)")
    for batch in grid["batches"][1:]:
        k = batch / first
        print(f"batch {batch}, {k:.0f} times: best rate {best[batch]:g}, "
              f"{np.mean(accuracy[batch][best[batch]]):.1%}")
        for rule, factor in (("the same rate", 1), ("square root", math.sqrt(k)), ("linear", k)):
            near = [r for r in grid["rates"] if math.isclose(r, best[first] * factor, rel_tol=0.01)
                    and accuracy[batch][r]]
            if not near:
                print(f"    {rule}: {best[first] * factor:g}, which is not on the grid")
                continue
            names = [f"{batch}, {r:g}" for r in (near[0], best[batch])]
            if names[0] == names[1]:
                print(f"    {rule}: {near[0]:g}, the best one")
                continue
            rest = {name: values for name, values in everything.items() if name not in names}
            pair = gains({**rest, names[1]: everything[names[1]],
                          names[0]: everything[names[0]]})[-1]
            chance = ": more than chance" if pair.clear else ": may be chance"
            chance = "" if pair.error is None else chance
            print(f"    {rule}: {near[0]:g}, {pair.points} points beside the best{chance}")
    if edge:
        print(f"For batch {', '.join(map(str, edge))} the best rate is at the edge of the grid: "
              "a better one may lie beyond.")

# %% [markdown] lang="en"
# Read it as a habit more than as a law: after changing the batch, try the rate and its neighbors anew on validation pictures. The rules say which way to look, not how far: here the linear rule was far too high at a batch of 128, the square root at 512. And compare at the same number of *pictures*: at the same number of steps the larger batch has simply seen more.
#
# ## 9. Many devices
#
# **Data parallelism** is section 7 with the parts at work at the same time: every device has all weights and a part of the *global batch*. Each computes its gradient; then all of them take the mean of all gradients and make the same step. You have seen already that the mean of the parts' gradients is the whole batch's. Two halves, as two devices would have them, and the step that both make:

# %% [markdown] lang="ko"
# 법칙이라기보다는 습관으로 삼으세요. 배치를 바꾸면 학습률과 그 이웃을 검증 그림으로 다시 시험해 봐요. 규칙은 어느 쪽을 볼지 알려 줄 뿐, 얼마나 갈지는 알려 주지 않아요. 여기서는 배치 128에서 선형 규칙이, 512에서 제곱근 규칙이 너무 컸어요. 그리고 *본 그림의 수*가 같을 때 견주세요. 스텝 수가 같으면 큰 배치가 그냥 더 많이 본 거예요.
#
# ## 9. 장치 여러 개
#
# **데이터 병렬**(data parallelism)은 7절의 부분들을 동시에 계산하는 거예요. 장치마다 모든 가중치를 가지고 있고, *전체 배치*(global batch)의 한 부분을 맡아요. 저마다 그래디언트를 구한 다음, 모두의 그래디언트를 평균 내서 똑같은 스텝을 밟아요. 부분의 그래디언트를 평균 내면 전체 배치의 그래디언트라는 것은 이미 봤어요. 장치 두 개처럼 반씩 나눠서, 둘이 함께 밟는 스텝을 봐요.

# %%
images, labels = (part[:64] for part in dataset.train)
of_first = gradient(model, images[:32], labels[:32])
of_second = gradient(model, images[32:], labels[32:])
exchanged = (of_first + of_second) / 2  # all that the two tell each other
alone = gradient(model, images, labels)
print("two devices make the step of one:",
      np.allclose(exchanged, alone, atol=1e-3 * np.abs(alone).max()))
print("each told the other one number a parameter:", exchanged.size == model.count_params())

# %% [markdown] lang="en"
# What does the exchange cost? Everybody sending everything to everybody would be $n - 1$ times the gradient. In a **ring** each device cuts its gradient into $n$ parts and hands one on to its neighbour, $n - 1$ times to add them up and $n - 1$ times to pass the sums round:
#
# $$\text{bytes a step and device} = 4 \cdot \text{parameters} \cdot \frac{2 (n - 1)}{n}$$
#
# **Predict** for ViT-B/16 whether 64 devices have to send eight times as much each as 8 do.

# %% [markdown] lang="ko"
# 주고받는 데 얼마나 들까요? 모두가 모두에게 전부 보내면 그래디언트의 $n - 1$배예요. **고리**(ring)로 하면 장치마다 그래디언트를 $n$조각으로 잘라 한 조각씩 이웃에게 넘겨요. 더하느라 $n - 1$번, 합을 돌려 보내느라 $n - 1$번이에요.
#
# $$\text{bytes a step and device} = 4 \cdot \text{parameters} \cdot \frac{2 (n - 1)}{n}$$
#
# ViT-B/16을 장치 64개로 학습하면 8개일 때보다 장치마다 여덟 배를 보내야 할까요? **예측해 보세요.**

# %%
for n in (1, 2, 8, 64):
    print(f"{n:2} devices: {all_reduce_bytes(86_567_656, n) / 1e6:4.0f} MB a step from each")

# %% [markdown] lang="en"
# Hardly more: never twice the gradient. And it does not depend on the batch, so a larger part for each device hides the exchange better. That is why many devices want a large global batch, and why section 8 matters to them.
#
# ### In our module
#
# One line of Keras before the model is made: `keras.distribution.set_distribution(keras.distribution.DataParallel())`. Then `fit`, and so `train`, shares every batch. It needs the JAX backend, which compiles the step as if for one device with the whole batch and lets XLA share it out; so batch norm, clipping and augmentation mean what they meant. On TensorFlow Keras would clip each device's gradients *before* the mean, which is another recipe, so `train` refuses ([RELIABILITY.md](../../RELIABILITY.md) shows both with tests). Two devices can be had on any machine, made of the processor; nothing is gained by that, but they learn as two. Recorded by `benchmarks/experiments/scaling.py --parts devices`:

# %% [markdown] lang="ko"
# 거의 늘지 않아요. 아무리 많아도 그래디언트의 두 배가 안 돼요. 게다가 배치 크기와 상관없으니까, 장치마다 맡은 부분이 클수록 주고받는 시간이 잘 가려져요. 장치가 많으면 전체 배치도 커야 하는 까닭이고, 그래서 8절이 중요해요.
#
# ### 우리 모듈에서는
#
# 모델을 만들기 전에 Keras 한 줄이면 돼요. `keras.distribution.set_distribution(keras.distribution.DataParallel())`. 그러면 `fit`도, `train`도 배치를 나눠서 배워요. JAX 백엔드가 필요해요. 장치 하나가 배치 전체를 다루는 것처럼 스텝을 컴파일하고, 나누는 일은 XLA에 맡겨요. 그래서 배치 정규화도, 클리핑도, 증강도 뜻이 달라지지 않아요. TensorFlow에서는 Keras가 평균을 내기 *전에* 장치마다 그래디언트를 클리핑해서 다른 레시피가 돼요. 그래서 `train`이 거절해요(둘 다 [RELIABILITY.md](../../RELIABILITY.md)에 테스트와 함께 있어요). 장치 두 개는 어느 컴퓨터에서나 프로세서로 만들 수 있어요. 빨라지라고 하는 일은 아니지만, 정말로 둘이 나눠서 배워요. `benchmarks/experiments/scaling.py --parts devices`로 기록한 결과예요.

# %%
losses = scaling.get("devices")
if losses:
    for name, values in losses.items():
        print(f"{name:11}", *(f"{value:.5f}" for value in values))
    print("the same curve:", np.allclose(losses["one device"], losses["two devices"], rtol=1e-3))
else:
    print("Not recorded here. tests/training/test_distribution.py trains on one device and on two, "
          "and compares.")

# %% [markdown] lang="en"
# On a machine with several GPUs it is a flag, and on several machines the same command on each, with three variables that say who is who:
#
# ```
# KERAS_BACKEND=jax python3 run.py train --epochs 100 --batch-size 512 --distribute
#
# export KERAS_BACKEND=jax KERAS_DISTRIBUTION_JOB_ADDRESSES=10.0.0.1:1234 KERAS_DISTRIBUTION_NUM_PROCESSES=2
# KERAS_DISTRIBUTION_PROCESS_ID=0 python3 run.py train --epochs 100 --batch-size 512 --distribute    # on the first
# KERAS_DISTRIBUTION_PROCESS_ID=1 python3 run.py train --epochs 100 --batch-size 512 --distribute    # on the other
# ```
#
# `--batch-size` is the global batch; it must be a multiple of the number of devices. Why `--epochs` and not `--minutes`, and what happens if one machine dies, is on the page about [GPUs and machines](../../benchmarks/GPUS.md#several-gpus-several-machines).
#
# (When the *weights* do not fit on a device any more, data parallelism is not enough: then weights, gradients and means are spread out as well, or layers cut in two. Up to ViT-Huge, 10 GB of state, one large GPU holds them.)
#
# ## 10. A plan on paper: ViT-B/16 on ImageNet
#
# 1,281,167 pictures of 224 pixels, 300 epochs, a global batch of 4,096, as in the paper's appendix B.1 for training on ImageNet alone. All you need has been derived above. **Write down** a guess first: on eight GPUs, is it hours, days, or weeks? And on your own machine?
#
# Advertised rates are those of dense bfloat16 products in the makers' data sheets: 312 TFLOP/s for an A100, 989 for an H100. The utilisation is an assumption, 40 %; it is section 2's factor, turned round, and you would measure it before paying for anything.

# %% [markdown] lang="ko"
# GPU가 여러 개 있는 컴퓨터에서는 옵션 하나면 돼요. 컴퓨터가 여러 대면 같은 명령을 각각 실행하고, 누가 누구인지는 변수 세 개로 알려 줘요.
#
# ```
# KERAS_BACKEND=jax python3 run.py train --epochs 100 --batch-size 512 --distribute
#
# export KERAS_BACKEND=jax KERAS_DISTRIBUTION_JOB_ADDRESSES=10.0.0.1:1234 KERAS_DISTRIBUTION_NUM_PROCESSES=2
# KERAS_DISTRIBUTION_PROCESS_ID=0 python3 run.py train --epochs 100 --batch-size 512 --distribute    # on the first
# KERAS_DISTRIBUTION_PROCESS_ID=1 python3 run.py train --epochs 100 --batch-size 512 --distribute    # on the other
# ```
#
# `--batch-size`는 전체 배치예요. 장치 수로 나누어떨어져야 해요. 왜 `--minutes`가 아니라 `--epochs`인지, 컴퓨터 한 대가 죽으면 어떻게 되는지는 [GPU와 여러 컴퓨터](../../benchmarks/GPUS.md#several-gpus-several-machines) 문서에 있어요.
#
# (*가중치*가 장치 하나에 안 들어갈 만큼 커지면 데이터 병렬로는 모자라요. 그때는 가중치와 그래디언트와 이동 평균까지 나눠 두거나, 층을 둘로 잘라요. ViT-Huge까지는 상태가 10 GB라서 큰 GPU 하나에 들어가요.)
#
# ## 10. 종이 위의 계획: ViT-B/16을 ImageNet으로
#
# 224픽셀 그림 1,281,167장, 300 에폭, 전체 배치 4,096이에요. ImageNet만으로 학습할 때의 설정으로, 논문의 부록 B.1에 나와요. 필요한 식은 위에서 모두 구했어요. 먼저 **짐작을 적어 보세요.** GPU 여덟 개로 몇 시간일까요, 며칠일까요, 몇 주일까요? 여러분의 컴퓨터로는요?
#
# 광고하는 속도는 제조사 자료에 나오는 bfloat16 행렬 곱의 값이에요. A100은 312 TFLOP/s, H100은 989 TFLOP/s예요. 활용률 40 %는 가정이에요. 2절의 배율을 뒤집은 것이고, 돈을 내기 전에 직접 재야 하는 숫자예요.

# %%
pictures, epochs, global_batch, utilisation = 1_281_167, 300, 4096, 0.4
base_16 = {"image_shape": (224, 224, 3), "patch_size": 16, "num_classes": 1000, **VARIANTS["B"]}
# FLOPs a picture: a multiplication and an addition
operations = 2 * multiplications(**base_16, training=True)
in_all = operations * pictures * epochs
steps = pictures // global_batch
print(f"{operations / 1e9:.1f} GFLOP a picture, {in_all / 1e18:.1f} exaFLOP in all, "
      f"{steps} steps an epoch, {epochs * steps:,} steps")
for name, peak in (("A100", 312e12), ("H100", 989e12)):
    for n in (1, 8):
        print(f"{n} {name}: {in_all / (n * peak * utilisation) / 86_400:5.2f} days")

# %% tags=["nbval-ignore-output"]
print("this machine, at the rate of a large product and no loss: "
      f"{in_all / (2 * rate) / 86_400 / 365:.1f} years")

# %% [markdown] lang="en"
# Memory, pipeline, checkpoint, money, for eight of the faster ones. **Predict** which of the four could stop the plan.

# %% [markdown] lang="ko"
# 더 빠른 쪽 여덟 개로 메모리, 데이터 공급, 체크포인트, 돈을 따져 봐요. 넷 가운데 무엇이 계획을 막을 수 있을지 **예측해 보세요.**

# %%
n, peak, price = 8, 989e12, 3.0  # dollars for a GPU-hour: an assumption, put in your own
state = state_bytes(86_567_656)
share = global_batch // n  # pictures of a device
kept = activation_bytes(share, 197, **base, precision="bfloat16")
a_second = n * peak * utilisation / operations
hours = in_all / (n * peak * utilisation) / 3600
print(f"memory of a device: state {state / 1e9:.1f} GB, "
      f"activations of {share} pictures {kept / 1e9:.0f} GB by the formula; in 4 parts "
      f"{kept / 4 / 1e9:.0f} GB")
print(f"exchange: {all_reduce_bytes(86_567_656, n) / 1e6:.0f} MB a step and device, "
      f"{a_second / global_batch:.1f} steps a second: "
      f"{all_reduce_bytes(86_567_656, n) * a_second / global_batch / 1e9:.1f} GB/s")
print(f"pipeline: {a_second:,.0f} pictures a second; "
      f"at 0.11 MB a JPEG {a_second * 0.11 / 1000:.1f} GB/s, all of them to be decoded")
print(f"checkpoint: weights {4 * 86_567_656 / 1e9:.2f} GB, "
      f"with both means {12 * 86_567_656 / 1e9:.2f} GB")
print(f"money: {hours:.1f} hours of {n} GPUs at {price:.2f} dollars an hour: "
      f"{n * hours * price:.0f} dollars")

# %% [markdown] lang="en"
# Multiply the activations by the factor you measured in section 6 and see whether 80 GB would do, or how many parts it takes. The pipeline is what people forget. Measure how many JPEGs a second one core of yours reads, decodes and scales; the quotient is the number of cores that do nothing else, unless the pictures were scaled once and stored small. (The archive of ImageNet's training pictures has 148 GB, which makes 0.11 MB each.) A GPU that waits for pictures costs as much as one that works.
#
# ### Can published numbers be true?
#
# The same arithmetic reads other people's bills. The paper pre-trained ViT-H/14 on JFT, 303 million photographs, for 14 epochs, and reports 2,500 TPUv3-core-days (its tables 2 and 3). A TPUv3 chip is advertised with 123 TFLOP/s and has two cores. **Predict** what utilisation that would be; and what it tells you if it came out above 100 %.

# %% [markdown] lang="ko"
# 활성값에 6절에서 잰 배율을 곱해 보세요. 80 GB로 될까요? 안 되면 몇 부분으로 나눠야 할까요? 사람들이 잊기 쉬운 것은 데이터 공급이에요. 여러분의 코어 하나가 1초에 JPEG 몇 장을 읽고, 풀고, 크기를 줄이는지 재 보세요. 위의 숫자를 그것으로 나누면, 이 일에만 매달릴 코어가 몇 개 필요한지 나와요. 미리 줄여서 저장해 두지 않았다면요. (ImageNet 학습 그림의 압축 파일이 148 GB라서 한 장에 0.11 MB로 잡았어요.) 그림을 기다리는 GPU도 일하는 GPU와 값이 똑같아요.
#
# ### 발표된 숫자는 말이 될까요?
#
# 같은 계산으로 남의 계산서도 읽을 수 있어요. 논문은 사진 3억 300만 장인 JFT로 ViT-H/14를 14 에폭 사전 학습(pre-training)했고, TPUv3 코어로 2,500일이 걸렸다고 해요(표 2와 3). TPUv3 칩은 123 TFLOP/s로 광고하고 코어가 두 개예요. 그러면 활용률이 얼마일지 **예측해 보세요.** 100 %가 넘게 나온다면 무슨 뜻일까요?

# %%
huge = {"image_shape": (224, 224, 3), "patch_size": 14, "num_classes": 18_000, **VARIANTS["H"]}
needed = 2 * multiplications(**huge, training=True) * 303e6 * 14
bought = 2500 * 86_400 * 123e12 / 2
print(f"needed {needed / 1e18:,.0f} exaFLOP, bought {bought / 1e18:,.0f}: "
      f"utilisation {needed / bought:.0%}")

# %% [markdown] lang="en"
# About a third, not far from what we have assumed for our own plan: the bill can be true. Above 100 % something would be missing: fewer epochs, a smaller model, or a mistake.
#
# ## 11. Recap
#
# | quantity | formula | in code |
# |---|---|---|
# | multiplications of a block | $4 T D^2 + 2 T^2 D + 2 T D M$ | `attention_multiplications`, `mlp_multiplications` |
# | to learn from a picture | about 3 times forward | `multiplications(..., training=True)` |
# | attention as dear as the MLP | $T = 2 D$ (for $M = 4 D$) | |
# | state of a parameter | 16 bytes | `state_bytes` |
# | activations | $L B T (8 D + 2 M + k T)$ numbers | `activation_bytes` |
# | parts of a batch | the mean of their gradients | `Recipe(accumulate=...)` |
# | batch $k$ times as large | rate times $k$, or $\sqrt{k}$ | `Recipe(batch_size=..., learning_rate=...)` |
# | exchange of $n$ devices | $4 \cdot 2 (n - 1) / n$ bytes a parameter | `all_reduce_bytes` |
# | lower precision | products in bfloat16, sums in float32 | `Recipe(precision="auto")` |
#
# - Count first, then measure: their quotient, the utilisation, is what you take along to the next machine.
# - Memory is activations; they grow with batch and tokens, and parts of a batch trade them for nothing but overhead.
# - The gradient of a batch is a mean. Parts, devices and noise all follow from that, for models whose pictures do not see each other.

# %% [markdown] lang="ko"
# 3분의 1쯤이에요. 우리 계획에서 가정한 값과 크게 다르지 않으니까 계산서가 말이 돼요. 100 %를 넘는다면 무언가 빠진 거예요. 에폭이 더 적었거나, 모델이 더 작았거나, 실수가 있는 거죠.
#
# ## 11. 정리
#
# | 양 | 식 | 코드 |
# |---|---|---|
# | 블록의 곱셈 수 | $4 T D^2 + 2 T^2 D + 2 T D M$ | `attention_multiplications`, `mlp_multiplications` |
# | 그림 한 장을 배울 때 | 앞으로 갈 때의 약 3배 | `multiplications(..., training=True)` |
# | 어텐션이 MLP만큼 비싸지는 곳 | $T = 2 D$ ($M = 4 D$일 때) | |
# | 파라미터 하나의 상태 | 16바이트 | `state_bytes` |
# | 활성값 | 숫자 $L B T (8 D + 2 M + k T)$개 | `activation_bytes` |
# | 나눠 넣은 배치 | 부분의 그래디언트의 평균 | `Recipe(accumulate=...)` |
# | $k$배로 키운 배치 | 학습률을 $k$배 또는 $\sqrt{k}$배 | `Recipe(batch_size=..., learning_rate=...)` |
# | 장치 $n$개가 주고받는 양 | 파라미터마다 $4 \cdot 2 (n - 1) / n$바이트 | `all_reduce_bytes` |
# | 낮은 정밀도 | 행렬 곱은 bfloat16, 더하기는 float32 | `Recipe(precision="auto")` |
#
# - 먼저 세고, 그다음에 재세요. 둘을 나눈 활용률을 다음 컴퓨터로 가져가면 돼요.
# - 메모리는 활성값이에요. 배치와 토큰을 따라 커지고, 배치를 나눠 넣으면 약간의 부담만으로 줄일 수 있어요.
# - 배치의 그래디언트는 평균이에요. 나눠 넣기도, 장치 여러 개도, 잡음도 모두 여기서 나와요. 그림끼리 서로 보지 않는 모델이라면요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/13_scaling_up`](solutions/13_scaling_up.ipynb).
#
# **1. To think about.** You change a ViT-B from patches of 16 to patches of 8, on the same pictures of 224 pixels. How many times more multiplications does a block make?
#
# - A: Twice as many: the side of a patch is halved.
# - B: Four times: there are four times as many tokens.
# - C: Between four and five times: most parts grow with the tokens, the pairs with their square.
# - D: Sixteen times: attention is quadratic.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/13_scaling_up`](solutions/13_scaling_up.ipynb)에 있어요.
#
# **1. 생각해 보기.** 224픽셀 그림은 그대로 두고 ViT-B의 패치를 16에서 8로 바꿔요. 블록 하나의 곱셈은 몇 배가 될까요?
#
# - A: 두 배. 패치의 한 변이 절반이니까요.
# - B: 네 배. 토큰이 네 배니까요.
# - C: 네 배와 다섯 배 사이. 대부분은 토큰 수를 따라가고, 쌍은 그 제곱을 따라가니까요.
# - D: 열여섯 배. 어텐션의 비용은 제곱이니까요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check(answer, "C", hints=[
    ("A", "How many patches are there when both sides of a patch are halved?",
     "패치의 두 변이 모두 절반이 되면 패치가 몇 개일까요?"),
    ("B", "Nearly: that is right for all parts but one. Which one?",
     "거의 맞았어요. 한 부분만 빼고는 그래요. 어느 부분일까요?"),
    ("D", "Only the pairs grow like that. What share of the block are they at 197 tokens? "
          "See the table in section 3.",
     "그렇게 늘어나는 것은 쌍뿐이에요. 토큰이 197개일 때 쌍은 블록의 몇 퍼센트인가요? 3절의 표를 보세요."),
])

# %% [markdown] lang="en"
# **2. Change the numbers.** ViT-L/16 has 304,326,632 parameters. It is trained with AdamW on 1,281,167 pictures, on 16 devices with 64 pictures each. How many GB (of a thousand million bytes) of state does each device hold? How many whole batches are an epoch? And how many GB does each device send in a step, in a ring?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** ViT-L/16에는 파라미터가 304,326,632개 있어요. AdamW로 그림 1,281,167장을, 장치 16개에 64장씩 나눠서 학습해요. 장치마다 상태는 몇 GB(10억 바이트)일까요? 한 에폭에 꽉 찬 배치는 몇 개일까요? 고리로 주고받으면 한 스텝에 장치마다 몇 GB를 보낼까요?

# %%
state_gb = None
batches_an_epoch = None
sent_gb = None

# %%
check(state_gb, 4.869226112, tolerance=1e-3, hints=[
    (1.217, "Those are the weights alone. What else is kept of each?",
     "그것은 가중치뿐이에요. 파라미터마다 또 무엇을 가지고 있나요?"),
    (3.652, "That is a checkpoint: the gradient needs its place as well.",
     "그것은 체크포인트예요. 그래디언트 자리도 필요해요."),
    (4.869226112 / 16, "In data parallelism every device has all weights.",
     "데이터 병렬에서는 장치마다 가중치를 모두 가지고 있어요."),
    (2.4346, "The state stays in float32, in mixed precision too.", "혼합 정밀도에서도 상태는 float32예요."),
])
check(batches_an_epoch, 1251, hints=[
    (20018, "That is with 64 pictures. What is the global batch?", "그것은 64장일 때예요. 전체 배치는 몇 장인가요?"),
    (1252, "The last one is not full.", "마지막 배치는 다 차지 않아요."),
    (lambda n: abs(n - 1251.14) < 0.2, "Whole batches: a whole number.", "꽉 찬 배치만 세니까 정수예요."),
])
check(sent_gb, 2.28244974, tolerance=1e-3, hints=[
    (1.217, "Every part goes round nearly twice: once to be added up, once to be handed out.",
     "조각마다 거의 두 바퀴를 돌아요. 더하느라 한 번, 나눠 주느라 한 번이에요."),
    (2.4346, "Nearly: 2 (n - 1) / n is a little less than 2.",
     "거의 맞았어요. 2 (n - 1) / n은 2보다 조금 작아요."),
    (18.26, "Everybody sends everything to everybody there. A ring does better.",
     "그것은 모두가 모두에게 보낼 때예요. 고리는 더 적게 보내요."),
    (2.28244974e9, "In GB, please.", "GB로 적어 주세요."),
])

# %% [markdown] lang="en"
# **3. Write code: parts of unequal size.** Three devices had 32, 32 and 16 pictures. Each computed the mean gradient of its own. Return the mean gradient of all 80, for any number of parts.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 크기가 다른 부분.** 장치 세 개가 그림을 32장, 32장, 16장 맡아서 저마다 자기 그래디언트의 평균을 구했어요. 80장 전체의 평균 그래디언트를 돌려주세요. 부분이 몇 개든 되어야 해요.

# %%
def mean_gradient(gradients, numbers):
    """(parts, parameters) and (parts,), pictures of each part -> (parameters,)."""
    raise NotImplementedError

# %%
of_parts, in_parts = np.array([[1.0, 0.0], [3.0, 0.0], [8.0, 5.0]]), np.array([32, 32, 16])

check(mean_gradient, np.array([3.2, 1.0]), on=(of_parts, in_parts), hints=[
    (np.array([4.0, 5 / 3]), "The plain mean counts a picture of the small part twice as much.",
     "그냥 평균을 내면 작은 부분의 그림 한 장이 두 배로 쳐져요."),
    (np.array([12.0, 5.0]), "That is a sum of means.", "그것은 평균을 더한 거예요."),
    (np.array([256.0, 80.0]), "That is the sum over pictures. Now the mean.",
     "그것은 모든 그림에 대한 합이에요. 이제 평균을 내세요."),
    (np.array([256.0, 80.0]) / 3, "Divide by the number of pictures, not of parts.",
     "부분의 수가 아니라 그림의 수로 나누세요."),
    (lambda g: np.shape(g) != (2,), "One number a parameter: sum over the parts.",
     "파라미터마다 숫자 하나예요. 부분에 대해 더하세요."),
])

# %% [markdown] lang="en"
# **4. Write code: the largest batch.** A device has `memory` bytes. State takes 16 bytes a parameter, and every picture of a batch takes `a_picture` bytes (measured, with the factor of section 6). Return the largest batch that fits, a whole number; 0 if not even the state does.

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 가장 큰 배치.** 장치의 메모리가 `memory`바이트예요. 상태에 파라미터마다 16바이트가 들고, 배치의 그림 한 장에 `a_picture`바이트가 들어요(6절의 배율까지 넣어서 잰 값). 들어가는 가장 큰 배치를 정수로 돌려주세요. 상태조차 안 들어가면 0이에요.

# %%
def largest_batch(memory, parameters, a_picture):
    """Bytes, a number and bytes -> int."""
    raise NotImplementedError

# %%
check(largest_batch, 118, on=(16e9, 86_567_656, 123e6), hints=[
    (130, "The state has to fit as well.", "상태도 들어가야 해요."),
    (127, "Of a parameter more is kept than its weight.", "파라미터마다 가중치 말고도 가지고 있는 것이 있어요."),
    (119, "Round down: the last one does not fit.", "내림하세요. 마지막 한 장은 들어가지 않아요."),
    (lambda b: 118 < b < 119, "A whole number.", "정수여야 해요."),
])
check(largest_batch, 0, on=(1e9, 86_567_656, 123e6), hints=[
    (lambda b: b < 0, "Not even the state fits: 0, and not a negative batch.",
     "상태조차 들어가지 않아요. 음수가 아니라 0이에요."),
])

# %% [markdown] lang="en"
# **5. Write code: days.** From the multiplications of one picture *forward*, the pictures of an epoch, epochs, devices, the advertised FLOP/s of one and the utilisation to the days of a training run. (Learning counts as three times forward, a multiplication as two FLOPs.)

# %% [markdown] lang="ko"
# **5. 코드 쓰기: 며칠이 걸릴까요?** 그림 한 장을 *앞으로* 계산할 때의 곱셈 수, 한 에폭의 그림 수, 에폭, 장치 수, 장치 하나가 광고하는 FLOP/s, 활용률을 받아서 학습에 걸리는 날수를 돌려주세요. (배울 때는 앞으로 갈 때의 세 배로 치고, 곱셈 하나는 FLOP 두 개로 세요.)

# %%
def days(forward, pictures, epochs, devices, peak, utilisation):
    """Six numbers -> float."""
    raise NotImplementedError

# %%
run = (17.6e9, 1_281_167, 300, 8, 312e12, 0.4)

check(days, 0.470514, on=run, tolerance=1e-3, hints=[
    (0.470514 / 2, "A multiplication comes with an addition: two FLOPs.",
     "곱셈에는 덧셈이 따라와요. FLOP으로는 둘이에요."),
    (0.470514 / 3, "That is forward only.", "그것은 앞으로만 갈 때예요."),
    (0.470514 / 6, "Two FLOPs a multiplication, and three times forward.",
     "곱셈 하나는 FLOP 두 개이고, 배울 때는 세 배예요."),
    (0.470514 * 0.4, "A device that does 40 % of what is advertised takes longer, not shorter.",
     "광고하는 속도의 40 %만 내니까 더 오래 걸려요."),
    (0.470514 * 0.4**2, "Divide by the utilisation.", "활용률로 나누세요."),
    (0.470514 * 8, "Eight devices share the pictures.", "장치 여덟 개가 그림을 나눠 맡아요."),
    (0.470514 * 86_400, "Those are seconds.", "그것은 초예요."),
    (0.470514 * 24, "Those are hours.", "그것은 시간이에요."),
])

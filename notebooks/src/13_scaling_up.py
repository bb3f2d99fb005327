# %% [markdown] lang="en"
# # Scaling up: what training costs, in time and in memory
#
# You count what a step of training multiplies, measure how long your machine takes for it, and learn what lets a model outgrow a laptop: fewer digits, compiled steps, batches in parts, many devices. At the end you plan ViT-B/16 on ImageNet on paper: days, memory, money.
#
# | | |
# |---|---|
# | Lecture | one pixel a token costs too much; ViT-Large and ViT-Huge |
# | Read first | lessons 4 and 5; lesson 11 for the optimizer |
# | Time | read and try: 40 min; machine: 2 min, can be skipped |

# %% [markdown] lang="ko"
# # 규모 키우기: 학습에 드는 시간과 메모리
#
# 학습 한 스텝에 곱셈이 몇 번 들어가는지 세고, 여러분의 컴퓨터가 그것을 얼마 만에 해내는지 재요. 그리고 노트북 컴퓨터로는 감당할 수 없는 모델을 학습시키는 방법을 배워요. 자릿수 줄이기, 스텝을 컴파일하기, 배치를 나눠 넣기, 장치를 여러 개 쓰기예요. 마지막에는 ViT-B/16을 ImageNet으로 학습하는 계획을 종이 위에 세워요. 며칠이 걸리고, 메모리와 돈이 얼마나 드는지 따져 봐요.
#
# | | |
# |---|---|
# | 강의 | 픽셀 하나를 토큰(token)으로 두면 연산량이 너무 많다는 것, ViT-Large와 ViT-Huge |
# | 먼저 읽을 것 | 수업 4와 5. 옵티마이저(optimizer)는 수업 11 |
# | 시간 | 읽고 따라 하기 40분, 컴퓨터 계산 2분(건너뛰어도 돼요) |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say how long an epoch will take and how much memory it needs before you start it;
# 2. choose precision, batch, parts and devices, and know what each of them changes;
# 3. plan a training run on paper, and see whether somebody else's numbers can be true.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 시작하기 전에 한 에폭(epoch)이 얼마나 걸리고 메모리가 얼마나 필요할지 말해요.
# 2. 정밀도, 배치(batch), 나눌 개수, 장치 수를 고르고, 그 선택이 무엇을 바꾸는지 알아요.
# 3. 큰 학습을 종이 위에서 계획하고, 남이 발표한 숫자가 말이 되는지 따져 봐요.

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
import math
import sys

import keras
import ml_dtypes
import numpy as np
from keras import layers

import vit_keras
from vit_keras import (
    VARIANTS,
    Dataset,
    Recipe,
    Split,
    VisionTransformer,
    check,
    draw_shapes,
    pick,
    train,
)
from vit_keras.figures import plot_bands, plot_growth
from vit_keras.lessons import show
from vit_keras.scaling import (
    activation_bytes,
    all_reduce_bytes,
    multiplication_rate,
    multiplications,
    state_bytes,
    step_time,
)
from vit_keras.training import in_precision

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for yours.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.

# %% [markdown] lang="en"
# ## 1. What a step multiplies
#
# A product of matrices $(m, k)$ and $(k, n)$ takes $m \, k \, n$ multiplications, each with an addition. (Papers call these MACs; FLOPs are twice as many.) Almost all of a ViT's work is such products. In one block, for one picture of $T$ tokens of width $D$ and an MLP of width $M$:
#
# | part | product | multiplications |
# |---|---|---|
# | queries, keys, values, output projection | four times $(T, D) \times (D, D)$ | $4 T D^2$ |
# | dot products, and scores times values | $(T, D_h) \times (D_h, T)$ and $(T, T) \times (T, D_h)$ in each of $k$ heads | $2 T^2 D$ |
# | MLP | $(T, D) \times (D, M)$ and back | $2 T D M$ |
#
# The number of heads cancels out: there are $k$ of them, each a $k$-th as wide. **Predict** the three numbers for $T = 3$, $D = 4$, $M = 5$.

# %% [markdown] lang="ko"
# ## 1. 한 스텝의 곱셈
#
# 행렬 $(m, k)$와 $(k, n)$을 곱하면 곱셈을 $m \, k \, n$번 하고, 그때마다 덧셈도 한 번씩 해요. (논문에서는 이것을 MACs라고 해요. FLOPs로는 두 배예요.) ViT가 하는 일은 거의 모두 이런 행렬 곱이에요. 너비가 $D$인 토큰 $T$개짜리 그림 한 장이 블록 하나를 지날 때, MLP의 너비를 $M$이라고 하면 이렇게 돼요.
#
# | 구성 요소 | 행렬 곱 | 곱셈 수 |
# |---|---|---|
# | 쿼리(query), 키(key), 밸류(value), 출력 선형 변환(output projection) | $(T, D) \times (D, D)$를 네 번 | $4 T D^2$ |
# | 내적, 그리고 점수로 밸류를 섞기 | 헤드(head) $k$개마다 $(T, D_h) \times (D_h, T)$와 $(T, T) \times (T, D_h)$ | $2 T^2 D$ |
# | MLP | $(T, D) \times (D, M)$, 그리고 되돌아오기 | $2 T D M$ |
#
# 헤드 수는 식에서 사라져요. 헤드가 $k$개면 너비가 $k$분의 1이니까요. $T = 3$, $D = 4$, $M = 5$일 때 세 숫자를 **예측해 보세요.**

# %% quotes=["vit_keras.scaling.cost.attention_multiplications", "vit_keras.scaling.cost.mlp_multiplications"]
guess = None  # three numbers


def attention_multiplications(tokens, hidden_dim):
    return 4 * tokens * hidden_dim**2 + 2 * tokens**2 * hidden_dim


def mlp_multiplications(tokens, hidden_dim, mlp_dim):
    return 2 * tokens * hidden_dim * mlp_dim


print(4 * 3 * 4**2, "+", 2 * 3**2 * 4, "=", attention_multiplications(3, 4), "in attention,",
      mlp_multiplications(3, 4, 5), "in the MLP")

# %% [markdown] lang="en"
# Another way to count: every weight of a dense layer is used once for each token, and only the two products in which tokens meet tokens have no weights. The model of lesson 5:

# %% [markdown] lang="ko"
# 다르게 셀 수도 있어요. Dense 층의 가중치는 토큰마다 한 번씩 쓰여요. 가중치가 없는 것은 토큰과 토큰이 만나는 행렬 곱 두 개뿐이에요. 수업 5의 모델에서 이렇게 세어도 같은 답이 나와요.

# %%
size = {"image_shape": (32, 32, 3), "patch_size": 4, "num_layers": 4, "hidden_dim": 64,
        "num_heads": 4, "mlp_dim": 128, "num_classes": 10}  # the ViT of lesson 5
vit = VisionTransformer(**size)
T, D, M, L = 65, 64, 128, 4
kernels = sum(math.prod(weight.shape) for weight in vit.encoder.blocks[0].weights
              if weight.path.endswith("kernel"))
pairs = 2 * T * T * D
print(f"a block: {kernels:,} weights, used {T} times each: {T * kernels:,}; pairs: {pairs:,}")
print("as the formula says:",
      T * kernels + pairs == attention_multiplications(T, D) + mlp_multiplications(T, D, M))
whole = 64 * 48 * D + L * (T * kernels + pairs) + D * 10  # E, blocks, head
print(f"a picture: {whole:,}; vit_keras.scaling: {multiplications(**size):,}")

# %% [markdown] lang="en"
# (In the last block of our model only the class token asks (lesson 4). Where we compare with a clock, we count `num_queries=1`.)
#
# ### Three times that, to learn
#
# The backward pass through $\mathbf{y} = \mathbf{x} \mathbf{W}$, with $\mathbf{g}$ the gradient of $\mathbf{y}$, has two products to make:
#
# $$\frac{\partial \mathcal{L}}{\partial \mathbf{W}} = \mathbf{x}^\top \mathbf{g}, \qquad \frac{\partial \mathcal{L}}{\partial \mathbf{x}} = \mathbf{g} \mathbf{W}^\top$$
#
# With $\mathbf{x}$ of shape $(m, k)$ and $\mathbf{W}$ of shape $(k, n)$, each takes $m \, k \, n$ multiplications again, as many as the forward pass. (Nobody needs the gradient of a picture, so the first layer makes only one of the two.)

# %% [markdown] lang="ko"
# (우리 모델의 마지막 블록에서는 클래스 토큰(class token)만 물어요(수업 4). 그래서 시계로 잰 것과 견줄 때는 `num_queries=1`로 세요.)
#
# ### 배우려면 세 배
#
# $\mathbf{y} = \mathbf{x} \mathbf{W}$의 역전파(backward)에서는 행렬 곱을 두 번 해요. $\mathbf{g}$는 $\mathbf{y}$의 그래디언트(gradient)예요.
#
# $$\frac{\partial \mathcal{L}}{\partial \mathbf{W}} = \mathbf{x}^\top \mathbf{g}, \qquad \frac{\partial \mathcal{L}}{\partial \mathbf{x}} = \mathbf{g} \mathbf{W}^\top$$
#
# $\mathbf{x}$의 형태가 $(m, k)$이고 $\mathbf{W}$의 형태가 $(k, n)$이면 둘 다 곱셈이 $m \, k \, n$번이에요. 순전파(forward)와 똑같아요. (그림의 그래디언트는 아무도 쓰지 않으니까, 첫 층에서는 둘 중 하나만 계산해요.)

# %%
models = {"lesson 5": size}
for name, patch_size in (("Ti", 16), ("B", 16), ("L", 16), ("H", 14)):
    models[f"ViT-{name}/{patch_size}"] = {"image_shape": (224, 224, 3), "patch_size": patch_size,
                                          "num_classes": 1000, **VARIANTS[name]}
for name, one in models.items():
    forward, learning = multiplications(**one), multiplications(**one, training=True)
    print(f"{name:9} {forward / 1e9:7.2f} G multiplications a picture, {learning / 1e9:7.2f} G "
          f"to learn from it: {learning / forward:.2f} times")

# %% [markdown] lang="en"
# ## 2. From multiplications to seconds
#
# How many multiplications a second does your machine make? A large square product shows it at its best, and gives a forecast for a pass over CIFAR-10's 45,000 training pictures. The second cell measures such a pass, on drawn pictures of the same size.

# %% [markdown] lang="ko"
# ## 2. 곱셈에서 초로
#
# 여러분의 컴퓨터는 1초에 곱셈을 몇 번 할까요? 커다란 정사각 행렬을 곱해 보면 가장 빠를 때의 속도를 알 수 있어요. 그 속도로 CIFAR-10의 학습 그림 45,000장을 한 번 훑는 시간을 예측해요. 둘째 셀에서는 코드로 그린, 크기가 같은 그림으로 실제로 재요.

# %% tags=["nbval-ignore-output"]
rate = multiplication_rate()
run_size = {**size, **pick(smoke={"num_layers": 2}, laptop={}, gpu={})}
learning = multiplications(**run_size, training=True, num_queries=1)
print(f"{rate / 1e9:.0f} G multiplications a second ({2 * rate / 1e9:.0f} GFLOP/s); "
      f"forecast: {45_000 * learning / rate:.1f} s an epoch")

# %% tags=["nbval-ignore-output"]
# laptop: about half a minute; what was recorded is shown below
parts = [draw_shapes(number, seed=[13, number])
         for number in (pick(smoke=256, laptop=6000, gpu=20_000), 64, 100)]
dataset = Dataset(*(Split(part.images, part.labels) for part in parts), parts[0].shapes,
                  "Drawn shapes.")
result = train(VisionTransformer(**run_size), dataset,
               Recipe(epochs=pick(smoke=2, laptop=4, gpu=10), batch_size=32, crop_padding=0,
                      flip=False), verbose=False)
measured = 45_000 / result["images_per_second"]
print(f"measured: {measured:.1f} s an epoch, {measured * rate / learning / 45_000:.1f} times the "
      "forecast")

# %%
epochs = show("scaling", "epochs")

# %% [markdown] lang="en"
# Keep the last column: the factor by which a step takes longer than its products at their best. It collects all that the formula leaves out: products too small to reach the rate of a large one; softmax, GELU and Layer Norm, which multiply little and move much memory; the optimizer. Its inverse is called *utilization*. The wider a model, the larger its products, and the smaller the factor. Once it is measured, the formula forecasts models that nobody has run.
#
# ## 3. Attention's quadratic cost
#
# The lecture says that one pixel a token would cost too much, and lesson 1 counts the pairs. Where do they begin to dominate? Compare the two parts of attention, and attention with the MLP ($M = 4 D$):
#
# $$2 T^2 D = 4 T D^2 \;\Leftrightarrow\; T = 2 D, \qquad 4 T D^2 + 2 T^2 D = 8 T D^2 \;\Leftrightarrow\; T = 2 D$$
#
# Both at the same place. Up to $T = 2 D$ tokens the MLP is the more expensive half of a block; from $T = 6 D$ the pairs outweigh *everything* else, $12 T D^2$. **Predict** what share of a block the pairs have in ViT-B ($D = 768$) at 197 tokens (224 pixels).

# %% [markdown] lang="ko"
# 기억해 둘 것은 마지막 열이에요. 한 스텝이, 행렬 곱만 가장 빠르게 할 때보다 몇 배나 걸리는지를 나타내요. 식에서 빠진 것이 모두 여기에 모여요. 너무 작아서 최고 속도를 못 내는 행렬 곱도 있고, 곱셈은 적지만 메모리를 많이 옮기는 소프트맥스(softmax), GELU, 층 정규화(Layer Norm), 덧셈도 있고, 옵티마이저도 있어요. 이 숫자의 역수를 *활용률*(utilization)이라고 불러요. 모델이 넓을수록 행렬 곱이 커지고, 표에서도 배율이 작아져요. 배율 하나만 재 두면 아직 아무도 돌려 보지 않은 모델의 시간도 식으로 예측할 수 있어요.
#
# ## 3. 어텐션의 제곱 비용
#
# 강의에서는 픽셀마다 토큰을 두면 연산량이 너무 많아진다고 해요. 쌍의 수는 수업 1에서 셌어요. 여기서는 쌍이 언제부터 나머지보다 커지는지 봐요. 어텐션(attention)의 두 부분을 견주고, 어텐션과 MLP도 견줘 봐요($M = 4 D$).
#
# $$2 T^2 D = 4 T D^2 \;\Leftrightarrow\; T = 2 D, \qquad 4 T D^2 + 2 T^2 D = 8 T D^2 \;\Leftrightarrow\; T = 2 D$$
#
# 둘 다 같은 곳에서 만나요. 토큰이 $T = 2 D$개가 될 때까지는 블록에서 MLP의 계산이 더 많아요. 토큰의 쌍이 *나머지 전부*인 $12 T D^2$보다 많아지는 것은 $T = 6 D$부터예요. ViT-B($D = 768$)에서 토큰이 197개(224픽셀)일 때, 블록의 곱셈 가운데 쌍이 차지하는 비율을 **예측해 보세요.**

# %%
guess = None  # percent
print("tokens  pairs of D = 64  pairs of D = 768")
for T in (65, 197, 577, 1025, 1536, 4608):
    print(f"{T:6,} {T / (6 * 64 + T):16.0%} {T / (6 * 768 + T):17.0%}")

# %% [markdown] lang="en"
# At the width of ViT-B the pairs are a small part at usual resolutions; in a narrow model they take over early. And on a clock? Recorded with layers as wide as those of ViT-Ti, up to CIFAR-10 with one pixel a token:

# %% [markdown] lang="ko"
# ViT-B 정도의 너비에서는 보통 해상도까지 제곱 부분이 작아요. 좁은 모델에서는 일찌감치 제곱 부분이 커져요. 시계로 재면 어떨까요? ViT-Ti만큼 넓은 층의 순전파를 재서 기록했어요. 마지막은 CIFAR-10에서 픽셀마다 토큰 하나를 둔 경우예요.

# %% alt="Milliseconds against the number of tokens on logarithmic axes: measured points for attention and MLP, and dashed the time of their products alone. Attention lies above the MLP at 65 tokens, and again from 577 on." alt_ko="토큰 수에 따른 밀리초를 로그 축에 그린 것. 어텐션과 MLP를 잰 점이 있고, 행렬 곱만 할 때의 시간이 점선으로 있어요. 어텐션은 토큰 65개에서 MLP보다 위에 있고, 577개부터 다시 위에 있어요."
timed, formulas = show("scaling", "tokens")
plot_growth(timed, formulas, "tokens T", "forward pass (ms)",
            "Attention overtakes the MLP between 257 and 577 tokens", lines={"T = 2D = 384": 384})

# %% [markdown] lang="en"
# The formulas cross between 257 and 577 tokens, and so do the measurements. At 65 tokens attention is the slower one, too, and takes longer than its products explain: there the many small operations around them cost most.
#
# ## 4. Precision: fewer digits *(further)*
#
# **bfloat16** is float32 with the last 16 bits cut off: it reaches as far, in coarse steps. **float16** has finer steps and does not reach far. Three things happen in training: a dot product of 12 goes through the exponential function; a gradient is 0.00000001; ten thousand losses of 0.1 are added up, one after the other, for their mean. **Predict** which format fails at which.

# %% [markdown] lang="ko"
# 식이 만나는 곳은 토큰 257개와 577개 사이이고, 잰 값도 그 사이에서 엇갈려요. 토큰이 65개일 때도 어텐션이 더 느린데, 행렬 곱만으로 설명되는 것보다 오래 걸려요. 거기서는 행렬 곱 둘레의 자잘한 연산에 시간이 가장 많이 들어요.
#
# ## 4. 정밀도: 자릿수 줄이기 *(심화)*
#
# **bfloat16**은 float32에서 마지막 16비트를 잘라 낸 거예요. 미치는 범위는 같고 눈금이 성겨요. **float16**은 눈금은 더 촘촘하지만 멀리 못 가요. 학습할 때는 이런 일이 일어나요. 내적 12에 지수 함수를 적용해요. 그래디언트가 0.00000001이에요. 손실 0.1을 10,000번 차례로 더해서 평균을 내요. 어느 형식이 어디에서 무너질지 **예측해 보세요.**

# %%
guess = None  # a format for each of the three
for name in ("float32", "bfloat16", "float16"):
    kind = np.dtype(getattr(ml_dtypes, name, name))
    total = np.zeros((), kind)
    for _ in range(10_000):
        total = (total + np.array(0.1, kind)).astype(kind)
    with np.errstate(over="ignore"):
        power = float(np.exp(np.array(12, kind)).astype(kind))
    print(f"{name:8} next after 1: {1 + float(ml_dtypes.finfo(name).eps):.7f}  exp(12): {power:<7g}"
          f" tiny: {float(np.array(1e-8, kind)):<9.3g} mean: {float(total) / 10_000:.4f}")

# %% [markdown] lang="en"
# float16 overflows and loses small gradients; training in it multiplies the loss by a large number first and divides the gradients afterwards (*loss scaling*). bfloat16 needs none of that. But in sums both stop early: in bfloat16 32 plus 0.1 is 32 again, and a weight of 1 does not notice a step of 0.001. So **mixed precision** divides the work:
#
# | in bfloat16 | in float32 |
# |---|---|
# | inputs of the large products and what they return | what a product adds up inside (the hardware does that) |
# | what flows from layer to layer | weights and the running means of the optimizer: sums over many steps |
# | | mean and variance in Layer Norm; logits, softmax of the answer, loss |
#
# In Keras it is the dtype policy `"mixed_bfloat16"`; in our recipe `Recipe(precision="bfloat16")`. What it does to the layers, and how much faster it is here:

# %% [markdown] lang="ko"
# float16은 넘쳐 버리고 작은 그래디언트를 잃어요. 그래서 float16으로 학습할 때는 손실에 먼저 큰 수를 곱하고, 나중에 그래디언트를 그 수로 나눠요(*손실 스케일링*, loss scaling). bfloat16은 그럴 필요가 없어요. 하지만 더하기에서는 둘 다 일찍 멈춰요. bfloat16에서는 32에 0.1을 더해도 32이고, 가중치 1은 0.001만큼 움직여도 그대로예요. 그래서 **혼합 정밀도**(mixed precision)는 일을 나눠요.
#
# | bfloat16으로 | float32로 |
# |---|---|
# | 큰 행렬 곱의 입력과 결과 | 행렬 곱 안에서 더해 가는 값(하드웨어가 해요) |
# | 층에서 층으로 흐르는 값 | 가중치와 옵티마이저의 이동 평균: 여러 스텝에 걸쳐 더하는 값 |
# | | 층 정규화의 평균과 분산, 로짓(logit), 답의 소프트맥스, 손실 |
#
# Keras에서는 dtype 정책 `"mixed_bfloat16"`이고, 우리 레시피(recipe)에서는 `Recipe(precision="bfloat16")`이에요. 층을 어떻게 바꾸는지, 이 컴퓨터에서는 얼마나 빨라지는지 봐요.

# %%
with in_precision(vit, "bfloat16"):
    block = vit.encoder.blocks[0]
    for name, layer in (("queries", block.attention.query), ("MLP", block.mlp.dense_1),
                        ("head", vit.head)):
        print(f"{name:8} weights {layer.variable_dtype}, computes in {layer.compute_dtype}")

# %% tags=["nbval-ignore-output"]
plain = {"epochs": 1, "batch_size": pick(smoke=8, laptop=64, gpu=512), "crop_padding": 0,
         "flip": False, "jit_compile": False}
seconds = {name: step_time(VisionTransformer(**run_size), Recipe(**plain, precision=name))
           for name in ("float32", "bfloat16")}
print(f"in bfloat16 a large product is {multiplication_rate('bfloat16') / rate:.2f} times as fast, "
      f"a step {seconds['float32'].each / seconds['bfloat16'].each:.2f} times")

# %% [markdown] lang="en"
# A processor without instructions for bfloat16 has to convert, so `precision="auto"` measures first. On the ladder of lesson 12 bfloat16 costs no accuracy that could be told from chance.
#
# ## 5. XLA: a step as one program *(further)*
#
# Left alone, TensorFlow runs a step as a list of operations: each reads its inputs from memory, computes, and writes its output back. **XLA** (`compile(jit_compile=True)`) reads the whole list first and makes one program of it for exactly these shapes: neighboring operations are *fused*, and what is not needed later is never written. The price is paid at the first step, and again for every new shape of a batch, so it pays in a run of many steps and not for a look at one batch. Recorded with a ViT-Ti:

# %% [markdown] lang="ko"
# bfloat16 명령어가 없는 프로세서는 변환하는 시간이 더 들어요. 그래서 `precision="auto"`는 먼저 재 봐요. 수업 12의 사다리에서 bfloat16을 써도 정확도는 우연보다 크게 달라지지 않았어요.
#
# ## 5. XLA: 한 스텝을 프로그램 하나로 *(심화)*
#
# 그냥 두면 TensorFlow는 한 스텝을 연산의 목록으로 실행해요. 연산마다 메모리에서 입력을 읽고, 계산하고, 결과를 다시 메모리에 써요. **XLA**(`compile(jit_compile=True)`)는 목록 전체를 먼저 읽고, 바로 그 형태의 배열만을 위한 프로그램 하나를 만들어요. 이웃한 연산은 *하나로 합치고*(fusion), 나중에 필요 없는 값은 아예 쓰지 않아요. 대가는 첫 스텝에서 한 번 치러요. 배치의 형태가 바뀌면 다시 치르고요. 그래서 스텝이 많은 학습에서는 이득이고, 배치 하나만 볼 때는 손해예요. ViT-Ti로 기록한 값이에요.

# %%
faster = show("scaling", "faster")

# %% [markdown] lang="en"
# A step gains less from bfloat16 than a product does, since it is not made of products alone. `train` uses XLA by itself for models with attention where the run is long enough.
#
# ## 6. Memory
#
# Two things fill it. The first is easy: of every parameter, training with AdamW keeps the weight, its gradient, and the two running means of lesson 11, all in float32, in mixed precision too. That is 16 bytes a parameter, the **state**.
#
# The second is what the backward pass needs. The gradient of a product needs its inputs (section 1), so every block keeps what its products and norms were given: the **activations**. For each token of each picture, in numbers:
#
# | kept | numbers a token |
# |---|---|
# | before and behind the two norms | $4 D$ |
# | query, key, value; before the output projection | $4 D$ |
# | MLP: before GELU and behind it | $2 M$ |
# | a row of scores in each of $k$ heads | $k T$ |
#
# Together $L \, B \, T \, (8 D + 2 M + k T)$, in a batch of $B$. The last term is the quadratic one. Which is larger in ViT-B/16 with a batch of 64, state or activations?

# %% [markdown] lang="ko"
# 스텝은 행렬 곱만으로 되어 있지 않아서, bfloat16으로 얻는 것이 행렬 곱 하나보다 적어요. `train`은 어텐션이 있는 모델을 충분히 오래 학습할 때 알아서 XLA를 써요.
#
# ## 6. 메모리
#
# 메모리를 차지하는 것은 두 가지예요. 첫째는 쉬워요. AdamW로 학습하면 파라미터마다 가중치, 그래디언트, 그리고 수업 11에서 본 이동 평균 두 개를 가지고 있어요. 혼합 정밀도에서도 모두 float32예요. 파라미터 하나에 16바이트이고, 이것이 **상태**(state)예요.
#
# 둘째는 역전파에 필요한 값이에요. 행렬 곱의 그래디언트를 구하려면 입력이 있어야 해요(1절). 그래서 블록마다 행렬 곱과 정규화에 들어간 값을 가지고 있어요. 이것이 **활성값**(activation)이에요. 그림의 토큰 하나마다 이만큼이에요.
#
# | 가지고 있는 것 | 토큰마다 숫자 |
# |---|---|
# | 두 정규화의 앞과 뒤 | $4 D$ |
# | 쿼리, 키, 밸류, 그리고 출력 선형 변환의 앞 | $4 D$ |
# | MLP: GELU의 앞과 뒤 | $2 M$ |
# | 헤드 $k$개에서 점수 한 행씩 | $k T$ |
#
# 배치가 $B$이면 모두 $L \, B \, T \, (8 D + 2 M + k T)$개예요. 마지막 항이 제곱이에요. ViT-B/16에서 배치 64면 상태와 활성값 가운데 어느 쪽이 더 클까요?

# %%
base = {name: VARIANTS["B"][name] for name in ("num_layers", "hidden_dim", "num_heads", "mlp_dim")}
print(f"state: {state_bytes(86_567_656) / 1e9:.2f} GB")
for T in (197, 577, 1025):
    one = activation_bytes(1, T, **base)
    scores = base["num_layers"] * base["num_heads"] * T**2 * 4
    low = activation_bytes(1, T, **base, precision="bfloat16")
    print(f"{T:5,} tokens: a picture {one / 1e6:5.0f} MB, of that scores {scores / one:3.0%}; "
          f"64 pictures {64 * one / 1e9:4.1f} GB in float32, {64 * low / 1e9:4.1f} in bfloat16")

# %% [markdown] lang="en"
# It is the activations, and they grow with the batch. Does a process really take that much? Recorded for the model of lesson 5 by `vit_keras.scaling.step_memory`: the most memory that a step held beyond what the process had before.

# %% [markdown] lang="ko"
# 활성값이 훨씬 크고, 배치와 함께 커져요. 프로세스가 정말 그만큼 쓸까요? 수업 5의 모델로 `vit_keras.scaling.step_memory`가 재서 기록했어요. 스텝을 밟는 동안 메모리를 가장 많이 쓴 순간에, 밟기 전보다 얼마나 더 썼는지예요.

# %% alt="Memory of a step against the number of tokens: recorded points, and below them the formula, a dashed curve that bends upwards." alt_ko="토큰 수에 따라 한 스텝이 쓰는 메모리. 기록한 점이 있고, 식은 그 아래에서 위로 휘는 점선이에요."
held, counted = show("scaling", "memory")
plot_growth({"a step": held}, {"a step": counted}, "tokens T", "memory (MB)",
            "Memory grows faster than the number of tokens", logarithmic=False)

# %% [markdown] lang="en"
# About one and a half times what the formula says, at every batch and every number of tokens: gradients of activations need room as well, and a framework keeps copies. What matters for a plan is that it is a *factor*. Memory grows along a straight line with the batch, and bends upwards with the tokens.
#
# ## 7. A large batch in parts *(further)*
#
# The batch does not fit? Put it through the model in parts, add up the gradients, and move the weights once: **gradient accumulation**, an argument of every Keras optimizer. The mean of the means of equal parts is the mean of all, so one step of 64 pictures should be the same as four parts of 16. **Predict** for which of two norms it is.

# %% [markdown] lang="ko"
# 배치가 몇이든, 토큰이 몇 개든 거의 언제나 식의 1.5배쯤이에요. 활성값의 그래디언트를 둘 자리도 필요하고, 프레임워크가 사본을 가지고 있기도 해요. 계획을 세울 때 중요한 것은 이것이 *배율*이라는 점이에요. 메모리는 배치를 따라 직선으로 늘어나고, 토큰을 따라서는 위로 휘어요.
#
# ## 7. 큰 배치를 나눠 넣기 *(심화)*
#
# 배치가 메모리에 안 들어가나요? 나눠서 모델에 통과시키고, 그래디언트를 더해 두었다가, 가중치는 한 번만 움직이면 돼요. 이것이 **그래디언트 누적**(gradient accumulation)이고, Keras의 모든 옵티마이저에 인자로 들어 있어요. 똑같은 크기로 나눈 부분의 평균을 다시 평균 내면 전체의 평균이에요. 그러니 그림 64장으로 한 스텝 가는 것과 16장씩 네 번 나눠 넣는 것이 같아야 해요. 두 가지 정규화 가운데 어느 것에서 그럴지 **예측해 보세요.**

# %%
guess = None  # True or False for each norm
images, labels = dataset.train.images[:64], dataset.train.labels[:64]
for norm in (layers.LayerNormalization, layers.BatchNormalization):
    kernels = []
    for batch_size, number in ((64, None), (16, 4)):
        keras.utils.set_random_seed(0)
        small = keras.Sequential([layers.Rescaling(1 / 255), layers.AveragePooling2D(4),
                                  layers.Flatten(), layers.Dense(16), norm(), layers.ReLU(),
                                  layers.Dense(10)])
        small.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=number),
                      keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                      run_eagerly=True)
        small.fit(images, labels, batch_size=batch_size, shuffle=False, verbose=0)
        kernels.append(small.get_weights()[0])
    print(f"{norm.__name__}: four parts make the same step:",
          np.allclose(*kernels, rtol=0, atol=1e-5))

# %% [markdown] lang="en"
# Layer Norm sees one picture, so a picture's loss does not depend on who else is in the batch. Batch normalization, usual in CNNs, takes mean and variance *over the batch*: with it, parts make another model.
#
# Clipping and weight decay come once, after the mean, and one update is counted. In our recipe it is `Recipe(batch_size=512, accumulate=8)`. The activations shrink: in the recorded run a batch of {{scaling:memory.batch}} in eight parts took an eighth of the memory. The state stays as it is, and a sum of gradients comes on top.
#
# ## 8. Batch size and learning rate *(further)*
#
# A batch twice as large makes half as many steps in a pass, and at the same rate these go half as far. What should the rate be? The gradient of a batch $k$ times as large has $\sqrt{k}$ times less noise. From this come two rules of thumb.
#
# - **Linear**: $\eta \to k \, \eta$. One step of plain gradient descent replaces $k$, so it should be $k$ times as long ([Goyal et al., 2017](https://arxiv.org/abs/1706.02677), with warm-up, for SGD).
# - **Square root**: $\eta \to \sqrt{k} \, \eta$. Adam divides by the root of $v$. Where noise dominates, $v$ measures the noise, so Adam's steps grow by $\sqrt{k}$ by themselves, and the rate has to make up for the rest ([Malladi et al., 2022](https://arxiv.org/abs/2205.10287)).
#
# Here is a small ViT on drawn shapes with every pair of batch and rate, three seeds each, always over the same number of pictures. The rules start from the best rate of the smallest batch:

# %% [markdown] lang="ko"
# 층 정규화는 그림 한 장만 보니까, 그림의 손실이 배치에 함께 있는 다른 그림과 상관없어요. CNN에 흔한 배치 정규화(batch normalization)는 *배치 전체에서* 평균과 분산을 구해요. 그러면 나눠 넣었을 때 다른 모델이 돼요.
#
# 그래디언트 클리핑(gradient clipping)과 가중치 감쇠(weight decay)는 평균을 낸 다음 한 번만 해요. 업데이트도 한 번으로 세요. 우리 레시피에서는 `Recipe(batch_size=512, accumulate=8)`이라고 써요. 줄어드는 것은 활성값이에요. 기록에서는 배치 {{scaling:memory.batch}}을 여덟 번에 나눠 넣었더니 메모리를 8분의 1만 썼어요. 상태는 그대로이고, 그래디언트를 더해 둘 자리가 더 필요해요.
#
# ## 8. 배치 크기와 학습률 *(심화)*
#
# 배치를 두 배로 하면 한 번 훑을 때 스텝이 절반이고, 학습률(learning rate)이 그대로면 절반밖에 못 가요. 학습률을 얼마로 해야 할까요? 배치가 $k$배면 그래디언트의 잡음이 $\sqrt{k}$분의 1로 줄어요. 여기서 어림 규칙 두 가지가 나와요.
#
# - **선형 규칙**: $\eta \to k \, \eta$. 보통의 경사 하강법은 전에 $k$스텝 가던 것을 한 스텝에 가야 하니까 $k$배 길어야 해요([Goyal et al., 2017](https://arxiv.org/abs/1706.02677). SGD에 워밍업(warm-up)을 붙여서 썼어요).
# - **제곱근 규칙**: $\eta \to \sqrt{k} \, \eta$. Adam은 $v$의 제곱근으로 나눠요. 잡음이 큰 동안에는 $v$가 잡음의 크기를 재니까 Adam의 스텝은 저절로 $\sqrt{k}$배 길어지고, 학습률은 나머지만 채우면 돼요([Malladi et al., 2022](https://arxiv.org/abs/2205.10287)).
#
# 코드로 그린 도형으로 작은 ViT를 학습했어요. 배치와 학습률의 모든 짝을 시드 세 개씩 돌리고, 보는 그림의 수는 언제나 같아요. 규칙은 가장 작은 배치에서 가장 좋았던 학습률에서 출발해요.

# %% alt="Validation accuracy against the learning rate on a logarithmic axis, a line for each batch size with a band from the lowest to the highest seed. The peak of batch 512 is the lowest and lies farthest right." alt_ko="로그 축에 그린 학습률에 따른 검증 정확도. 배치 크기마다 선이 하나씩 있고, 시드 가운데 가장 낮은 것부터 가장 높은 것까지 띠로 그렸어요. 배치 512는 가장 높은 곳이 다른 선보다 낮고, 가장 오른쪽에 있어요."
accuracy = show("batch_size", "rates")
plot_bands({"3,072 pictures, 8 times": accuracy}, "learning rate", chance=0.1, logarithmic=True,
           title="At its best rate, the largest batch gets less far", ylabel="validation accuracy")

# %% [markdown] lang="en"
# On these data both rules fail: at 128 the linear one is far too high, at 512 the square root. And even at its best rate the largest batch gets less far: it makes a sixteenth of the steps. After changing the batch, try the rate and its neighbors anew on validation pictures.
#
# ## 9. Many devices *(further)*
#
# **Data parallelism** is section 7 with the parts at work at the same time: every device has all weights and a part of the *global batch*. Each computes its gradient; then all take the mean of all gradients and make the same step. In a **ring** each device cuts its gradient into $n$ parts and hands one on to its neighbor, $n - 1$ times to add them up and $n - 1$ times to pass the sums around:
#
# $$\text{bytes a step and device} = 4 \cdot \text{parameters} \cdot \frac{2 (n - 1)}{n}$$

# %% [markdown] lang="ko"
# 이 데이터에서는 두 규칙 모두 틀려요. 배치 128에서는 선형 규칙이, 512에서는 제곱근 규칙이 너무 큰 값을 가리켜요. 가장 큰 배치는 가장 좋은 학습률에서도 덜 배워요. 스텝이 16분의 1이니까요. 배치를 바꾸면 학습률과 그 이웃을 검증 그림으로 다시 시험해 봐요.
#
# ## 9. 장치 여러 개 *(심화)*
#
# **데이터 병렬**(data parallelism)은 7절의 부분들을 동시에 계산하는 거예요. 장치마다 모든 가중치를 가지고 있고, *전체 배치*(global batch)의 한 부분을 맡아요. 저마다 그래디언트를 구한 다음, 모두의 그래디언트를 평균 내서 똑같은 스텝을 밟아요. **고리**(ring)로 하면 장치마다 그래디언트를 $n$조각으로 잘라 한 조각씩 이웃에게 넘겨요. 더하느라 $n - 1$번, 합을 돌려 보내느라 $n - 1$번이에요.
#
# $$\text{bytes a step and device} = 4 \cdot \text{parameters} \cdot \frac{2 (n - 1)}{n}$$

# %%
for n in (1, 2, 8, 64):
    print(f"{n:2} devices: {all_reduce_bytes(86_567_656, n) / 1e6:4.0f} MB a step from each")

# %% [markdown] lang="en"
# Never twice the gradient, however many devices there are, and independent of the batch: many devices want a large global batch.
#
# In Keras it is one line before the model is made: `keras.distribution.set_distribution(keras.distribution.DataParallel())`. Then `fit`, and so `train`, shares every batch. It needs the JAX backend. (On TensorFlow Keras would clip each device's gradients *before* the mean, so `train` refuses; [RELIABILITY.md](../../RELIABILITY.md).) Recorded losses of the first steps, on one device and on two that were made of the processor:

# %% [markdown] lang="ko"
# 장치가 아무리 많아도 그래디언트의 두 배가 안 되고, 배치 크기와 상관없어요. 그래서 장치가 많으면 전체 배치도 커야 이득이에요.
#
# Keras에서는 모델을 만들기 전에 한 줄이면 돼요. `keras.distribution.set_distribution(keras.distribution.DataParallel())`. 그러면 `fit`도, `train`도 배치를 나눠서 배워요. JAX 백엔드가 필요해요. (TensorFlow에서는 Keras가 평균을 내기 *전에* 장치마다 그래디언트를 클리핑해서 `train`이 거절해요. [RELIABILITY.md](../../RELIABILITY.md)에 있어요.) 장치 하나와, 프로세서로 만든 장치 두 개에서 처음 몇 스텝의 손실을 기록했어요.

# %%
losses = show("scaling", "devices")

# %% [markdown] lang="en"
# The same curve, up to rounding. On a machine with several GPUs it is the flag `--distribute` of `run.py train`; for several machines see [GPUs and machines](../../benchmarks/GPUS.md#several-gpus-several-machines).
#
# ## 10. A plan on paper: ViT-B/16 on ImageNet
#
# 1,281,167 pictures of 224 pixels, 300 epochs, a global batch of 4,096, as in the paper's appendix B.1 for training on ImageNet alone. The makers' data sheets promise 312 TFLOP/s of dense bfloat16 products for an A100, 989 for an H100. A utilization of 40% is assumed; measure it before you pay for anything. On eight GPUs, is it hours, days, or weeks?

# %% [markdown] lang="ko"
# 반올림 오차를 빼면 똑같은 곡선이에요. GPU가 여러 개 있는 컴퓨터에서는 `run.py train`에 `--distribute`를 붙이면 돼요. 컴퓨터가 여러 대면 [GPU와 여러 컴퓨터](../../benchmarks/GPUS.md#several-gpus-several-machines)를 보세요.
#
# ## 10. 종이 위의 계획: ViT-B/16을 ImageNet으로
#
# 224픽셀 그림 1,281,167장, 300 에폭, 전체 배치 4,096이에요. ImageNet만으로 학습할 때의 설정으로, 논문의 부록 B.1에 나와요. 광고하는 속도는 제조사 자료에 나오는 bfloat16 행렬 곱의 값이에요. A100은 312 TFLOP/s, H100은 989 TFLOP/s예요. 활용률은 40%라고 가정해요. 돈을 내기 전에 직접 재야 하는 숫자예요. GPU 여덟 개로 몇 시간일까요, 며칠일까요, 몇 주일까요?

# %%
pictures, epochs, global_batch, utilization = 1_281_167, 300, 4096, 0.4
operations = 2 * multiplications(**models["ViT-B/16"], training=True)  # FLOPs a picture
in_all = operations * pictures * epochs
print(f"{operations / 1e9:.1f} GFLOP a picture, {in_all / 1e18:.1f} exaFLOP in all, "
      f"{epochs * (pictures // global_batch):,} steps")
for name, peak in (("A100", 312e12), ("H100", 989e12)):
    for n in (1, 8):
        print(f"{n} {name}: {in_all / (n * peak * utilization) / 86_400:5.2f} days")

# %% [markdown] lang="en"
# Hours to half a day. Memory, exchange, pipeline and money, for eight of the faster ones:

# %% [markdown] lang="ko"
# 몇 시간에서 반나절이에요. 더 빠른 쪽 여덟 개로 메모리, 주고받기, 데이터 공급, 돈을 따져 봐요.

# %%
n, peak, price = 8, 989e12, 3.0  # dollars for a GPU-hour: an assumption, put in your own
a_second = n * peak * utilization / operations
kept = activation_bytes(global_batch // n, 197, **base, precision="bfloat16")
sent = all_reduce_bytes(86_567_656, n)
hours = in_all / (n * peak * utilization) / 3600
print(f"memory of a device: state {state_bytes(86_567_656) / 1e9:.1f} GB, activations of "
      f"{global_batch // n} pictures {kept / 1e9:.0f} GB by the formula")
print(f"exchange: {sent / 1e6:.0f} MB a step and device, "
      f"{sent * a_second / global_batch / 1e9:.1f} GB/s")
print(f"pipeline: {a_second:,.0f} pictures a second; at 0.11 MB a JPEG "
      f"{a_second * 0.11 / 1000:.1f} GB/s, all of them to be decoded")
print(f"money: {hours:.1f} hours of {n} GPUs at {price:.2f} dollars an hour: "
      f"{n * hours * price:.0f} dollars")

# %% [markdown] lang="en"
# With section 6's factor of one and a half, 80 GB of memory are enough. The pipeline is what people forget: measure how many JPEGs a second one of your cores reads, decodes and scales, and divide.
#
# ### Can published numbers be true?
#
# The paper pre-trained ViT-H/14 on JFT, 303 million photographs, for 14 epochs, and reports 2,500 TPUv3-core-days (its tables 2 and 3). A TPUv3 chip is advertised with 123 TFLOP/s and has two cores. What utilization would that be?

# %% [markdown] lang="ko"
# 6절의 배율 1.5를 곱해도 메모리 80 GB면 돼요. 사람들이 잊기 쉬운 것은 데이터 공급이에요. 여러분의 코어 하나가 1초에 JPEG 몇 장을 읽고, 풀고, 크기를 줄이는지 재서 나눠 보세요. 이 일에만 매달릴 코어 수가 나와요.
#
# ### 발표된 숫자는 말이 될까요?
#
# 논문은 사진 3억 300만 장인 JFT로 ViT-H/14를 14 에폭 사전 학습(pre-training)했고, TPUv3 코어로 2,500일이 걸렸다고 해요(표 2와 3). TPUv3 칩은 123 TFLOP/s로 광고하고 코어가 두 개예요. 그러면 활용률이 얼마일까요?

# %%
huge = {"image_shape": (224, 224, 3), "patch_size": 14, "num_classes": 18_000, **VARIANTS["H"]}
needed = 2 * multiplications(**huge, training=True) * 303e6 * 14
bought = 2500 * 86_400 * 123e12 / 2
print(f"needed {needed / 1e18:,.0f} exaFLOP, bought {bought / 1e18:,.0f}: "
      f"utilization {needed / bought:.0%}")

# %% [markdown] lang="en"
# About a third, not far from our own assumption: the bill can be true. Above 100% something would be missing: fewer epochs, a smaller model, or a mistake.
#
# ## 11. Recap
#
# | quantity | formula | in code |
# |---|---|---|
# | multiplications of a block | $4 T D^2 + 2 T^2 D + 2 T D M$ | `attention_multiplications`, `mlp_multiplications` |
# | to learn from a picture | about 3 times forward | `multiplications(..., training=True)` |
# | state of a parameter | 16 bytes | `state_bytes` |
# | activations | $L B T (8 D + 2 M + k T)$ numbers | `activation_bytes` |
# | batch $k$ times as large | rate times $k$, or $\sqrt{k}$ | `Recipe(batch_size=..., learning_rate=...)` |
# | exchange of $n$ devices | $4 \cdot 2 (n - 1) / n$ bytes a parameter | `all_reduce_bytes` |
#
# - Count first, then measure: the quotient of the two, the utilization, goes with you to the next machine.
# - Memory is activations; they grow with batch and tokens.
# - The gradient of a batch is a mean. Parts, devices and noise all follow from that.

# %% [markdown] lang="ko"
# 3분의 1쯤이에요. 우리 계획에서 가정한 값과 크게 다르지 않으니까 계산서가 말이 돼요. 100%를 넘는다면 무언가 빠진 거예요. 에폭이 더 적었거나, 모델이 더 작았거나, 실수가 있는 거죠.
#
# ## 11. 정리
#
# | 양 | 식 | 코드 |
# |---|---|---|
# | 블록의 곱셈 수 | $4 T D^2 + 2 T^2 D + 2 T D M$ | `attention_multiplications`, `mlp_multiplications` |
# | 그림 한 장을 배울 때 | 순전파의 약 3배 | `multiplications(..., training=True)` |
# | 파라미터 하나의 상태 | 16바이트 | `state_bytes` |
# | 활성값 | 숫자 $L B T (8 D + 2 M + k T)$개 | `activation_bytes` |
# | $k$배로 키운 배치 | 학습률을 $k$배 또는 $\sqrt{k}$배 | `Recipe(batch_size=..., learning_rate=...)` |
# | 장치 $n$개가 주고받는 양 | 파라미터마다 $4 \cdot 2 (n - 1) / n$바이트 | `all_reduce_bytes` |
#
# - 먼저 세고, 그다음에 재세요. 둘을 나눈 활용률을 다음 컴퓨터로 가져가면 돼요.
# - 메모리는 활성값이에요. 배치와 토큰을 따라 커져요.
# - 배치의 그래디언트는 평균이에요. 나눠 넣기도, 장치 여러 개도, 잡음도 모두 여기서 나와요.

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
check("13.1", answer)

# %% [markdown] lang="en"
# **2. Change the numbers.** ViT-L/16 has 304,326,632 parameters. It is trained with AdamW on 1,281,167 pictures, on 16 devices with 64 pictures each. How many GB (of a thousand million bytes) of state does each device hold? How many whole batches are an epoch? And how many GB does each device send in a step, in a ring?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** ViT-L/16에는 파라미터가 304,326,632개 있어요. AdamW로 그림 1,281,167장을, 장치 16개에 64장씩 나눠서 학습해요. 장치마다 상태는 몇 GB(10억 바이트)일까요? 한 에폭에 꽉 찬 배치는 몇 개일까요? 고리로 주고받으면 한 스텝에 장치마다 몇 GB를 보낼까요?

# %%
state_gb = None
batches_an_epoch = None
sent_gb = None

# %%
check("13.2a", state_gb)
check("13.2b", batches_an_epoch)
check("13.2c", sent_gb)

# %% [markdown] lang="en"
# **3. Write code: the largest batch.** A device has `memory` bytes. State takes 16 bytes a parameter, and every picture of a batch takes `a_picture` bytes (measured, with the factor of section 6). Return the largest batch that fits, a whole number; 0 if not even the state does.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 가장 큰 배치.** 장치의 메모리가 `memory`바이트예요. 상태에 파라미터마다 16바이트가 들고, 배치의 그림 한 장에 `a_picture`바이트가 들어요(6절의 배율까지 넣어서 잰 값). 들어가는 가장 큰 배치를 정수로 돌려주세요. 상태조차 안 들어가면 0이에요.

# %%
def largest_batch(memory, parameters, a_picture):
    """Bytes, a number and bytes -> int."""
    raise NotImplementedError

# %%
check("13.3a", largest_batch)
check("13.3b", largest_batch)

# %% [markdown] lang="en"
# **4. Write code: days.** From the multiplications of one picture in the *forward* pass, the pictures of an epoch, epochs, devices, the advertised FLOP/s of one and the utilization to the days of a training run. (Learning counts as three times forward, a multiplication as two FLOPs.)

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 며칠이 걸릴까요?** 그림 한 장의 *순전파*에 드는 곱셈 수, 한 에폭의 그림 수, 에폭, 장치 수, 장치 하나가 광고하는 FLOP/s, 활용률을 받아서 학습에 걸리는 날수를 돌려주세요. (배울 때는 순전파의 세 배로 치고, 곱셈 하나는 FLOP 두 개로 세요.)

# %%
def days(forward, pictures, epochs, devices, peak, utilization):
    """Six numbers -> float."""
    raise NotImplementedError

# %%
check("13.4", days)

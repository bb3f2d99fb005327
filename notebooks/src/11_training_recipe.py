# %% [markdown] lang="en"
# # The training recipe: steps, rates and weight decay
#
# You take the training of lesson 5 apart: how many steps it makes, how long they are, and what holds the weights back. Then you see what a newer optimizer and a better start add.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: tensorflow-addons (for AdamW) |
# | Read first | lessons 4 and 5 |
# | Time | read and try: 30 min; machine: 1 min, can be skipped |

# %% [markdown] lang="ko"
# # 학습 레시피: 스텝, 학습률, 가중치 감쇠
#
# 수업 5의 학습을 하나하나 뜯어봐요. 스텝이 몇 번인지, 한 스텝이 얼마나 긴지, 무엇이 가중치를 붙잡아 두는지 살펴봐요. 그다음 새로운 옵티마이저(optimizer)와 어텐션(attention)의 더 나은 출발점이 무엇을 보태는지 봐요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*: tensorflow-addons(AdamW를 쓰려고 설치) |
# | 먼저 읽을 것 | 수업 4와 5 |
# | 시간 | 읽고 따라 하기 30분, 컴퓨터 계산 1분(건너뛰어도 돼요) |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. write the optimizer of a modern recipe in plain Keras, and say what each of its arguments does;
# 2. say what weight decay does in one step, in either library;
# 3. say what Muon and a mimetic start change, and how much they bring.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 요즘 레시피(recipe)의 옵티마이저를 Keras만으로 쓰고, 인자 하나하나가 무엇을 하는지 말해요.
# 2. 가중치 감쇠(weight decay)가 두 라이브러리에서 한 스텝에 무엇을 하는지 말해요.
# 3. Muon과 모방 초기화가 무엇을 바꾸는지, 얼마나 도움이 되는지 말해요.

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

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

import vit_keras
from vit_keras import Recipe, VisionTransformer, check, draw_shapes
from vit_keras.figures import plot_matrices
from vit_keras.lessons import show
from vit_keras.training import initialise_mimetic

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# ## 1. Why a recipe?
#
# In lesson 5 a small ViT learned CIFAR-10 for ten minutes on two processor cores, and classified {{cifar10_laptop:runs.vit.test_accuracy|.1%}} of the test pictures correctly. By another recipe, and with steps that run almost twice as fast, it reaches {{cifar10_laptop_ten_minutes:runs.vit.test_accuracy|.1%}} in the same time. This lesson and the next are about such recipes.
#
# There are two ways to fail, and every ingredient works against one of them:
#
# | | training accuracy | test accuracy | what is missing |
# |---|---|---|---|
# | *underfitting* | low | low | steps, speed, a calm end |
# | *overfitting* | high | low | pictures, or reasons not to memorize them |
#
# What helps against the second makes the first worse. This lesson is about the first, lesson 12 about the second.
#
# ### Where we start
#
# The best-known ViT script in Keras is the [example on keras.io](https://keras.io/examples/vision/image_classification_with_vision_transformer/), trained on CIFAR-100. The version of 2021, with tensorflow-addons, has tokens of 64 numbers and reports about 55% after 100 passes, beside the 67% of a ResNet50V2. Its port to Keras 3 has tokens of 256 numbers, so that the first layer of its head alone has 75 million weights, and quotes the same 55%. Its recipe is a constant rate of 0.001, batches of 256, no clipping, and a weight decay of 0.0001. With that, lesson 5's ViT reached {{cifar10_laptop_keras_io:runs.vit.test_accuracy|.1%}} in place of {{cifar10_laptop:runs.vit.test_accuracy|.1%}} (one run each).
#
# Lesson 5 has another rate, clipping and decay. In plain Keras, for 10,000 steps, they are arguments of one object:

# %% [markdown] lang="ko"
# ## 1. 왜 레시피가 필요할까요?
#
# 수업 5에서 작은 ViT가 프로세서 코어 두 개로 CIFAR-10을 10분 동안 배우고 테스트 그림의 {{cifar10_laptop:runs.vit.test_accuracy|.1%}}를 맞혔어요. 그런데 다른 레시피를 쓰고 스텝도 두 배 가까이 빠르게 했더니, 같은 ViT가 같은 시간에 {{cifar10_laptop_ten_minutes:runs.vit.test_accuracy|.1%}}까지 갔어요. 이번 수업과 다음 수업에서는 이런 레시피를 배워요.
#
# 실패하는 길은 두 가지이고, 레시피의 재료는 저마다 둘 중 하나를 막으려고 넣어요.
#
# | | 학습 정확도 | 테스트 정확도 | 모자란 것 |
# |---|---|---|---|
# | *과소적합*(underfitting) | 낮아요 | 낮아요 | 스텝(step), 속도, 차분한 마무리 |
# | *과적합*(overfitting) | 높아요 | 낮아요 | 그림, 또는 외우지 못하게 하는 장치 |
#
# 둘째를 막는 것은 첫째를 더 나쁘게 만들어요. 이번 수업은 첫째를, 수업 12는 둘째를 다뤄요.
#
# ### 출발점
#
# Keras로 된 ViT 스크립트 가운데 가장 널리 알려진 것은 CIFAR-100을 학습하는 [keras.io의 예제](https://keras.io/examples/vision/image_classification_with_vision_transformer/)예요. tensorflow-addons를 쓰는 2021년 판은 토큰(token)의 너비가 64이고, 100번 훑어서 55%쯤이라고 해요. 처음부터 학습한 ResNet50V2는 67%예요. Keras 3로 옮긴 판은 토큰의 너비가 256이어서 분류층의 첫 층 하나에만 가중치가 7,500만 개 있고, 정확도는 똑같이 55%라고 적혀 있어요. 이 예제의 레시피는 학습률(learning rate)이 0.001로 변하지 않고, 배치(batch)가 256이고, 클리핑이 없고, 가중치 감쇠가 0.0001이에요. 이대로 학습했더니 수업 5의 ViT가 {{cifar10_laptop:runs.vit.test_accuracy|.1%}} 대신 {{cifar10_laptop_keras_io:runs.vit.test_accuracy|.1%}}를 맞혔어요(한 번씩 학습했어요).
#
# 수업 5는 학습률, 클리핑, 감쇠가 달라요. Keras에서는 모두 객체 하나의 인자예요. 10,000스텝을 학습한다면 이렇게 써요.

# %%
schedule = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=0.0, warmup_steps=1_000, warmup_target=2e-3, decay_steps=9_000)
optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.05, global_clipnorm=1.0)
optimizer.exclude_from_weight_decay(
    var_names=["bias", "gamma", "beta", "class_token", "position_embedding"])

from_recipe = Recipe(epochs=20).optimizer(steps=10_000).get_config()
for name in ("learning_rate", "weight_decay", "global_clipnorm"):
    print(f"{name} as in our Recipe:", optimizer.get_config()[name] == from_recipe[name])

# %% [markdown] lang="en"
# ## 2. Steps, and how long they are
#
# A pass over the data is not a step. 2,000 pictures fill 7 batches of 256, or 31 batches of 64, so 36 passes over them are 252 steps, or 1,116. Four times as many corrections, each a little noisier: as long as most of the way lies ahead, a good trade. (Lesson 13 has more on batches.)
#
# ### The first step of Adam
#
# How long is a step? Adam keeps a running mean $m$ of the gradient $g$ and one, $v$, of its square, each corrected for having started at zero, and moves a weight by $\eta \, u$:
#
# $$u = \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \qquad \text{in the first step} \quad \hat m = g, \;\; \hat v = g^2, \;\; \text{so} \quad u \approx \frac{g}{|g|} = \pm 1$$
#
# Three weights have the gradients 0.001, -0.01 and 3, and the rate is 0.002. **Predict** how far each of them moves.

# %% [markdown] lang="ko"
# ## 2. 스텝의 수와 길이
#
# 데이터를 한 번 훑는 것과 한 스텝은 달라요. 그림 2,000장은 배치 256이면 7개, 64면 31개예요. 그러니 36번 훑으면 252스텝이 되기도 하고 1,116스텝이 되기도 해요. 고칠 기회가 네 배예요. 한 번 한 번은 조금 더 거칠지만, 갈 길이 아직 멀 때는 이득이에요. (배치 이야기는 수업 13에서 더 해요.)
#
# ### Adam의 첫 스텝
#
# 한 스텝은 얼마나 길까요? Adam은 그래디언트 $g$의 이동 평균 $m$과 그 제곱의 이동 평균 $v$를 가지고 있어요. 둘 다 0에서 시작한 것을 보정해서 쓰고, 가중치를 $\eta \, u$만큼 움직여요. 첫 스텝에서는 오른쪽처럼 돼요.
#
# $$u = \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \qquad \text{in the first step} \quad \hat m = g, \;\; \hat v = g^2, \;\; \text{so} \quad u \approx \frac{g}{|g|} = \pm 1$$
#
# 가중치 세 개의 그래디언트가 0.001, -0.01, 3이고 학습률은 0.002예요. 각각 얼마나 움직일지 **예측해 보세요.**

# %%
guess = None  # three numbers
three = keras.Variable([0.0, 0.0, 0.0])
gradients = [ops.convert_to_tensor([0.001, -0.01, 3.0])]
keras.optimizers.AdamW(0.002, weight_decay=0.0).apply(gradients, [three])
print("your guess:", guess, "| moved by", np.round(ops.convert_to_numpy(three), 4))

# %% [markdown] lang="en"
# All equally far. Adam ignores how long a gradient is and keeps its sign. So the first step moves *every* weight by the full rate, in a direction that a single batch has chosen while the model knows nothing (lesson 3 shows how little its first gradients say). Only after some hundred steps can $m$ and $v$ tell a direction from noise. **Warm-up** keeps the steps short until then.
#
# **Clipping** is for later: one batch with a gradient far longer than usual would pull $m$ along for many steps. It is shortened to length 1 before Adam sees it.
#
# ### The schedule, drawn
#
# A tenth of the steps is warm-up, and half a cosine leads down to zero (lesson 5). Here is `schedule` beside two simpler ones.

# %% [markdown] lang="ko"
# 모두 똑같이 움직였어요. Adam은 그래디언트의 길이를 무시하고 부호만 남겨요. 그래서 첫 스텝에서는 *모든* 가중치가 학습률만큼 꽉 차게 움직여요. 방향은 배치 하나가 정한 것이고, 모델은 아직 아무것도 몰라요(첫 그래디언트가 얼마나 말해 주는 것이 없는지는 수업 3에서 봤어요). $m$과 $v$가 방향과 잡음을 구별하려면 수백 스텝은 지나야 해요. 그때까지 짧게 걷자는 것이 **워밍업**이에요.
#
# **그래디언트 클리핑**(gradient clipping)은 그다음을 위한 거예요. 그래디언트가 유난히 긴 배치가 하나 끼면 $m$이 한동안 그쪽으로 끌려가요. 그래서 Adam이 보기 전에 길이를 1로 줄여요.
#
# ### 스케줄을 그려 보기
#
# 스텝의 10분의 1이 워밍업이고, 그다음에는 코사인 반 주기를 따라 0까지 내려가요(수업 5). `schedule`을 더 간단한 두 가지와 나란히 그려 봐요.

# %% alt="Learning rate against the step, three curves: one level, one that falls along half a cosine, one that rises in a straight line for a tenth of the steps and then falls." alt_ko="스텝에 따른 학습률 곡선 세 개. 하나는 평평하고, 하나는 코사인 반 주기를 따라 내려가고, 하나는 처음 10분의 1 동안 직선으로 올라갔다가 내려가요."
at = np.arange(0, 10_000, 20)
cosine = keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=10_000)
rates = {"constant": np.full(len(at), 2e-3),
         "cosine": np.array([float(cosine(step)) for step in at]),
         "warm-up and cosine": np.array([float(schedule(step)) for step in at])}
figure, axes = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
for (name, values), style in zip(rates.items(), ("-", "--", "-")):
    axes.plot(at, values, style, label=f"{name}: mean {values.mean() / 2e-3:.2f} of the peak")
axes.set(xlabel="step", ylabel="learning rate", title="The last steps of a schedule are short ones")
axes.legend(frameon=False, fontsize=8)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# With a constant rate the last step is as long as any other; the two other curves come to rest. Their mean is half of the peak, with warm-up or without; the next section needs it.
#
# ## 3. Weight decay
#
# ### Why AdamW and not Adam
#
# The old way to keep weights small is to add $\frac{\lambda}{2} w^2$ to the loss (L2). The gradient becomes $g + \lambda w$. In plain gradient descent that takes a fixed share of the weight away in every step, $\eta \lambda$:
#
# $$w \leftarrow w - \eta \, (g + \lambda w) = (1 - \eta \lambda) \, w - \eta \, g$$
#
# Adam divides by $\sqrt{\hat v}$, and the second part with it: the larger the gradients of a weight have been, the *less* it decays. AdamW takes the share away beside Adam's step, not through it. Two weights start at 1, and their gradients only jump up and down: one by 0.1, the other by 1. **Predict** which of the two ends smaller, with either method.

# %% [markdown] lang="ko"
# 학습률이 변하지 않으면 마지막 스텝도 다른 스텝만큼 길어요. 나머지 두 곡선은 멈춰 서요. 그 평균은 워밍업이 있든 없든 최댓값의 절반이고, 다음 절에서 다시 써요.
#
# ## 3. 가중치 감쇠
#
# ### 왜 Adam이 아니라 AdamW일까요
#
# 가중치를 작게 유지하는 옛 방법은 손실에 $\frac{\lambda}{2} w^2$을 더하는 거예요(L2). 그러면 그래디언트가 $g + \lambda w$가 돼요. 보통의 경사 하강법에서는 스텝마다 가중치를 정해진 비율 $\eta \lambda$만큼 줄여요.
#
# $$w \leftarrow w - \eta \, (g + \lambda w) = (1 - \eta \lambda) \, w - \eta \, g$$
#
# 그런데 Adam은 $\sqrt{\hat v}$로 나누면서 둘째 항도 함께 나눠 버려요. 그래서 그래디언트가 컸던 가중치일수록 *덜* 감쇠해요. AdamW는 이 비율을 Adam의 스텝에 넣지 않고 따로 빼요. 1에서 출발하는 가중치가 둘 있어요. 그래디언트는 위아래로 튀기만 하는데, 하나는 0.1씩, 하나는 1씩이에요. 두 방법에서 끝에 어느 쪽이 더 작을지 **예측해 보세요.**

# %%
guess = None  # "0.1", "1.0" or "both alike", for L2 and for AdamW


def adam(w, gradients, rate, l2=0.0, share=0.0):
    """Adam on one weight: with L2 in the gradient, or with a share of the weight taken aside."""
    m = v = 0.0
    for step, g in enumerate(gradients, start=1):
        g = g + l2 * w
        w = w - share * w
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
    return w


up_and_down = (-1.0) ** np.arange(1000)
for size in (0.1, 1.0):
    with_l2 = adam(1.0, size * up_and_down, rate=0.005, l2=0.2)
    with_decay = adam(1.0, size * up_and_down, rate=0.005, share=0.005 * 0.2)
    print(f"gradients of {size}: L2 leaves {with_l2:.1f}, AdamW {with_decay:.1f}")

# %% [markdown] lang="en"
# With L2 the two weights end apart. With AdamW both keep the same share, $(1 - 0.001)^{1000} \approx 0.37$. That is the W: the decay is *decoupled* from the gradient.
#
# ### A trap between two libraries
#
# Decoupled from the gradient, but from the learning rate? Libraries disagree. $u$ is Adam's step:
#
# $$\text{tensorflow-addons:} \quad w \leftarrow w - \lambda w - \eta \, u \qquad\qquad \text{Keras, PyTorch:} \quad w \leftarrow w - \eta \lambda w - \eta \, u$$
#
# With $w = 1$, no gradient, $\eta = 0.001$ and $\lambda = 0.1$, one step leaves 0.9 in tensorflow-addons and 0.9999 in Keras: the same argument, a thousand times weaker, and no error. The Keras 3 port of the example kept the number 0.0001, so its decay is as good as off. To keep what a decay does, divide it by the rate. With a schedule the *mean* rate counts, since then the shares of all steps have the same sum:
#
# $$\lambda_\text{Keras} = \lambda_\text{addons} / \bar\eta, \qquad \bar\eta = \frac{1}{S} \sum_{t=1}^{S} \eta_t$$
#
# `vit_keras.lessons.keras_weight_decay` does that, and the [lesson on tensorflow-addons](../tfa/en/ViT_with_tensorflow_addons.ipynb) runs both optimizers side by side. Does it matter in training? The ViT of lesson 5 learned 2,000 pictures by the example's recipe, three seeds each: without decay, with the number as it stands, and converted.

# %% [markdown] lang="ko"
# L2에서는 두 가중치의 운명이 갈려요. AdamW에서는 둘 다 똑같이 $(1 - 0.001)^{1000} \approx 0.37$만 남아요. W가 뜻하는 것이 이것이에요. 감쇠를 그래디언트에서 *떼어 냈어요*(decoupled).
#
# ### 두 라이브러리 사이의 함정
#
# 그래디언트에서는 떼어 냈는데, 학습률에서도 떼어 냈을까요? 라이브러리마다 달라요. $u$는 Adam의 갱신량이에요.
#
# $$\text{tensorflow-addons:} \quad w \leftarrow w - \lambda w - \eta \, u \qquad\qquad \text{Keras, PyTorch:} \quad w \leftarrow w - \eta \lambda w - \eta \, u$$
#
# $w = 1$, 그래디언트는 0, $\eta = 0.001$, $\lambda = 0.1$이면 한 스텝 뒤에 tensorflow-addons에서는 0.9가, Keras에서는 0.9999가 남아요. 이름이 같은 인자인데 천 배나 약하고, 오류도 나지 않아요. 예제를 Keras 3로 옮긴 판은 0.0001을 그대로 두었으니 감쇠가 꺼진 것이나 다름없어요. 감쇠의 효과를 지키려면 학습률로 나눠요. 스케줄이 있으면 *평균* 학습률로 나눠야 모든 스텝의 비율을 더한 값이 같아져요.
#
# $$\lambda_\text{Keras} = \lambda_\text{addons} / \bar\eta, \qquad \bar\eta = \frac{1}{S} \sum_{t=1}^{S} \eta_t$$
#
# `vit_keras.lessons.keras_weight_decay`가 이 계산을 해요. 두 옵티마이저를 나란히 실행해 보는 것은 [tensorflow-addons 수업](../tfa/ko/ViT_with_tensorflow_addons.ipynb)에서 해요. 실제 학습에서도 중요할까요? 수업 5의 ViT가 예제의 레시피로 그림 2,000장을 배웠어요. 감쇠가 없는 경우, 숫자를 그대로 둔 경우, 바꿔 넣은 경우를 시드 세 개씩 학습했어요.

# %%
decays = show("weight_decay", "cases")

# %% [markdown] lang="en"
# As it stands, the decay does next to nothing to the weights. Converted, it shortens them by a third. The accuracies do not differ by more than chance explains: ± is one standard error, we ask for two, and +0.8 is just short of that. The trap changes what the optimizer does; whether that helps cannot be seen here.
#
# (Both libraries decay *everything* unless told otherwise; section 1 excluded what has no reason to be small.)
#
# ## 4. Muon: a step for a whole matrix *(further)*
#
# Adam looks at every weight by itself. But a kernel is a matrix, and so is its gradient: it takes directions to directions. $\mathbf{G} = \mathbf{U} \mathbf{S} \mathbf{V}^\top$ takes each column of $\mathbf{V}$ to one of $\mathbf{U}$, times its singular value on the diagonal of $\mathbf{S}$. A small gradient with one strong and one weak direction:
#
# $$\mathbf{G} = \begin{pmatrix} 1 & 0.9 \\ 0.9 & 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ 1 \end{pmatrix} = 1.9 \begin{pmatrix} 1 \\ 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ -1 \end{pmatrix} = 0.1 \begin{pmatrix} 1 \\ -1 \end{pmatrix}$$
#
# Adam's first step keeps only the signs of $\mathbf{G}$. **Predict** what it does to the two directions.

# %% [markdown] lang="ko"
# 숫자를 그대로 두면 감쇠가 가중치에 하는 일이 거의 없어요. 바꿔 넣으면 가중치의 길이가 3분의 1쯤 줄어요. 정확도의 차이는 우연으로 설명할 수 있는 만큼이에요. ±는 표준 오차(standard error)이고, 그 두 배는 넘어야 우연이 아니라고 봐요. +0.8은 두 배에 조금 못 미쳐요. 이 함정은 옵티마이저가 하는 일을 분명히 바꿔요. 그것이 도움이 되는지는 여기서 알 수 없어요.
#
# (두 라이브러리 모두 따로 말하지 않으면 *전부* 감쇠해요. 작아야 할 이유가 없는 것은 1절에서 뺐어요.)
#
# ## 4. Muon: 행렬 전체를 보는 스텝 *(심화)*
#
# Adam은 가중치를 하나씩 따로 봐요. 그런데 커널은 행렬이고, 그 그래디언트도 행렬이에요. 행렬은 방향을 방향으로 옮겨요. $\mathbf{G} = \mathbf{U} \mathbf{S} \mathbf{V}^\top$는 $\mathbf{V}$의 열을 하나씩 $\mathbf{U}$의 열로 옮기고, $\mathbf{S}$의 대각선에 있는 특잇값(singular value)을 곱해요. 센 방향과 약한 방향이 하나씩 있는 작은 그래디언트를 봐요.
#
# $$\mathbf{G} = \begin{pmatrix} 1 & 0.9 \\ 0.9 & 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ 1 \end{pmatrix} = 1.9 \begin{pmatrix} 1 \\ 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ -1 \end{pmatrix} = 0.1 \begin{pmatrix} 1 \\ -1 \end{pmatrix}$$
#
# Adam의 첫 스텝에는 $\mathbf{G}$의 부호만 남아요. 이 스텝이 두 방향을 각각 어떻게 옮길지 **예측해 보세요.**

# %%
guess = None  # what become of (1, 1) and of (1, -1)?
G = np.array([[1.0, 0.9], [0.9, 1.0]])
U, _, Vt = np.linalg.svd(G)
for name, matrix in {"gradient": G, "Adam's first step": np.sign(G), "U V^T": U @ Vt}.items():
    first, second = np.round(matrix @ [1, 1], 2), np.round(matrix @ [1, -1], 2)
    print(f"{name:18} (1, 1) becomes {first}, (1, -1) becomes {second}")

# %% [markdown] lang="en"
# For Adam's first step the second direction does not exist. **Muon** ([Jordan et al., 2024](https://kellerjordan.github.io/posts/muon/)) takes the last line instead: both directions, equally far. For a kernel of shape $(m, n)$ with the momentum $\mathbf{M}$ of its gradients:
#
# $$\mathbf{M} \leftarrow \mu \, \mathbf{M} + \mathbf{G}, \qquad \mathbf{W} \leftarrow \mathbf{W} - \eta \, \big( 0.2 \sqrt{\max(m, n)} \; \mathbf{U} \mathbf{V}^\top + \lambda \mathbf{W} \big), \qquad \mathbf{U} \mathbf{S} \mathbf{V}^\top = \mathbf{G} + \mu \, \mathbf{M}$$
#
# The factor in front makes a step about as long as AdamW's, so $\eta$ and $\lambda$ can stay ([Liu et al., 2025](https://arxiv.org/abs/2502.16982)). Biases, norms, the class token, positions and the head stay with AdamW.
#
# Computing singular values of every kernel in every step would take too long. But an odd power of a matrix, $(\mathbf{X} \mathbf{X}^\top) \mathbf{X} = \mathbf{U} \mathbf{S}^3 \mathbf{V}^\top$, has the same $\mathbf{U}$ and $\mathbf{V}$, and so does a sum of such powers. It only takes numbers $a$, $b$, $c$ such that $s \mapsto a s + b s^3 + c s^5$, applied five times, brings every $s$ between 0.02 and 1 near 1:

# %% [markdown] lang="ko"
# Adam의 첫 스텝에는 둘째 방향이 아예 없어요. **Muon**([Jordan et al., 2024](https://kellerjordan.github.io/posts/muon/))은 그 대신 마지막 줄처럼 두 방향으로 똑같이 멀리 가요. 형태가 $(m, n)$인 커널에서 그래디언트의 모멘텀(momentum) $\mathbf{M}$으로 이렇게 해요.
#
# $$\mathbf{M} \leftarrow \mu \, \mathbf{M} + \mathbf{G}, \qquad \mathbf{W} \leftarrow \mathbf{W} - \eta \, \big( 0.2 \sqrt{\max(m, n)} \; \mathbf{U} \mathbf{V}^\top + \lambda \mathbf{W} \big), \qquad \mathbf{U} \mathbf{S} \mathbf{V}^\top = \mathbf{G} + \mu \, \mathbf{M}$$
#
# 앞에 곱한 수 덕분에 한 스텝의 길이가 AdamW와 비슷해서 $\eta$와 $\lambda$를 그대로 써도 돼요([Liu et al., 2025](https://arxiv.org/abs/2502.16982)). 편향, 정규화, 클래스 토큰(class token), 위치 임베딩(position embedding), 분류층은 AdamW에 맡겨요.
#
# 스텝마다 모든 커널의 특잇값을 구하려면 너무 오래 걸려요. 그런데 행렬을 홀수 번 곱한 $(\mathbf{X} \mathbf{X}^\top) \mathbf{X} = \mathbf{U} \mathbf{S}^3 \mathbf{V}^\top$는 $\mathbf{U}$와 $\mathbf{V}$가 그대로이고, 이런 것을 여럿 더해도 그래요. 그러니 $s \mapsto a s + b s^3 + c s^5$를 다섯 번 하면 0.02와 1 사이의 모든 $s$가 1 가까이 가는 수 $a$, $b$, $c$만 있으면 돼요.

# %% quotes="vit_keras.training.optimizers.orthogonal"
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of s, s³ and s⁵, from Jordan's search: steep at zero
ITERATIONS = 5


def orthogonal(matrix):
    a, b, c = COEFFICIENTS
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if is_tall else matrix  # X Xᵀ is the smaller of the two products
    x = x / (ops.norm(x) + 1e-7)  # no number in S is above one
    for _ in range(ITERATIONS):
        square = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * square + c * ops.matmul(square, square), x)
    return ops.transpose(x) if is_tall else x


three = orthogonal(ops.convert_to_tensor(np.diag([0.9, 0.1, 0.02]).astype("float32")))
print("0.9, 0.1 and 0.02 become", np.round(np.diag(ops.convert_to_numpy(three)), 2))

# %% [markdown] lang="en"
# Near 1 is enough. And a real gradient? A small ViT learns from 512 drawn shapes for eight steps. From its optimizer we take $m$ and $v$ of one kernel, and measure by squares of singular values how much of a step lies in its four strongest directions.

# %% [markdown] lang="ko"
# 1 가까이만 가면 충분해요. 진짜 그래디언트는 어떨까요? 작은 ViT가 코드로 그린 도형 512장을 여덟 스텝 동안 배워요. 그다음 옵티마이저에서 커널 하나의 $m$과 $v$를 꺼내서, 한 스텝의 얼마가 가장 센 네 방향에 있는지 봐요(특잇값의 제곱으로 재요).

# %%
keras.utils.set_random_seed(0)
shapes = draw_shapes(512, seed=0)
vit = VisionTransformer((32, 32, 3), patch_size=4, num_layers=2, hidden_dim=64, num_heads=4,
                        mlp_dim=128, num_classes=10)
adamw = keras.optimizers.AdamW(1e-3)
vit.compile(adamw, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
vit.fit(shapes.images, shapes.labels, batch_size=64, shuffle=False, verbose=0)
m, v = (next(ops.convert_to_numpy(variable) for variable in adamw.variables
             if variable.path.endswith(f"block_1_attention_value_kernel_{kind}"))
        for kind in ("momentum", "velocity"))
steps = {"mean of the gradients": m, "Adam": (m / (1 - 0.9**8)) / np.sqrt(v / (1 - 0.999**8)),
         "Muon": ops.convert_to_numpy(orthogonal(ops.convert_to_tensor(m)))}

# %% alt="Singular values of the mean of the gradients, of Adam's step and of Muon's, from the largest on, on a logarithmic scale: those of the gradients fall fastest, Adam's a little less, Muon's stay near one for half of the directions." alt_ko="그래디언트의 평균, Adam의 스텝, Muon의 스텝의 특잇값을 큰 것부터 로그 눈금에 그린 그림. 그래디언트가 가장 빨리 떨어지고, Adam은 조금 덜 떨어지고, Muon은 방향의 절반까지 1 가까이에 머물러요."
figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
for (name, step), style in zip(steps.items(), (":", "--", "-")):
    sizes = np.linalg.svd(step)[1]
    strongest = np.sum(sizes[:4] ** 2) / np.sum(sizes**2)
    axes.semilogy(np.arange(1, 65), sizes / sizes[0], style,
                  label=f"{name}: {strongest:.0%} in four directions")
axes.set(xlabel="direction", ylabel="singular value / largest", ylim=(1e-3, 1.5),
         title="Muon moves along many directions, Adam along a few")
figure.legend(frameon=False, loc="outside lower center", fontsize=9)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# Nearly all of Adam's step lies in four of 64 directions; in Muon's step many others count as well. Why that helps is not settled. The authors' guess: what is rare in the pictures has a weak gradient, too, and is learned late otherwise. The price is fifteen more products for each kernel and step: recorded with a ViT-Ti and batches of 64, a step takes {{pipeline_cost:beside_nothing.Muon.median|.2f}} times as long.
#
# ## 5. Mimetic start: attention that begins with a habit *(further)*
#
# A dot product compares $\mathbf{q} = \mathbf{x} \mathbf{W}_q$ with $\mathbf{k} = \mathbf{x}' \mathbf{W}_k$:
#
# $$\mathbf{q} \, \mathbf{k}^\top = \mathbf{x} \; \mathbf{W}_q \mathbf{W}_k^\top \; \mathbf{x}'^\top$$
#
# so only the product $\mathbf{W}_q \mathbf{W}_k^\top$ counts. In trained Vision Transformers its diagonal is large: tokens look at tokens like themselves. The diagonal of $\mathbf{W}_v \mathbf{W}_o$ is negative. A random start has neither. *Mimetic initialization* ([Trockman and Kolter, 2023](https://arxiv.org/abs/2305.09828)) starts with both:
#
# $$\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \, \mathbf{Z} + 0.7 \, \mathbf{I}, \qquad \mathbf{W}_v \mathbf{W}_o = 0.4 \, \mathbf{Z} - 0.4 \, \mathbf{I}, \qquad \mathbf{Z} \text{ random}$$
#
# The two factors of a product come from its singular values. A head is narrower than $D$, so it gets the nearest product of its rank, with a weaker diagonal. The ViT from above, before and after (what it has learned is lost):

# %% [markdown] lang="ko"
# Adam의 스텝은 거의 전부가 방향 64개 가운데 네 개에 있어요. Muon의 스텝에서는 나머지 방향도 제 몫을 해요. 이것이 왜 도움이 되는지는 아직 다 밝혀지지 않았어요. 만든 사람들의 짐작은 이래요. 그림에 드물게 나오는 것은 그래디언트도 약해서, 그냥 두면 늦게야 배워요. 대신 스텝마다 커널 하나에 행렬 곱이 열다섯 번 더 들어요. ViT-Ti와 배치 64로 잰 기록에서는 한 스텝이 {{pipeline_cost:beside_nothing.Muon.median|.2f}}배 걸렸어요.
#
# ## 5. 모방 초기화: 습관을 갖고 시작하는 어텐션 *(심화)*
#
# 내적은 $\mathbf{q} = \mathbf{x} \mathbf{W}_q$와 $\mathbf{k} = \mathbf{x}' \mathbf{W}_k$를 비교해요.
#
# $$\mathbf{q} \, \mathbf{k}^\top = \mathbf{x} \; \mathbf{W}_q \mathbf{W}_k^\top \; \mathbf{x}'^\top$$
#
# 그러니 중요한 것은 곱 $\mathbf{W}_q \mathbf{W}_k^\top$뿐이에요. 학습이 끝난 비전 트랜스포머에서는 이 곱의 대각선이 커요. 토큰이 자기와 닮은 토큰을 본다는 뜻이에요. $\mathbf{W}_v \mathbf{W}_o$에서는 대각선이 음수예요. 무작위로 시작하면 둘 다 없어요. *모방 초기화*(mimetic initialization, [Trockman and Kolter, 2023](https://arxiv.org/abs/2305.09828))는 둘을 갖춘 채로 시작해요.
#
# $$\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \, \mathbf{Z} + 0.7 \, \mathbf{I}, \qquad \mathbf{W}_v \mathbf{W}_o = 0.4 \, \mathbf{Z} - 0.4 \, \mathbf{I}, \qquad \mathbf{Z} \text{ random}$$
#
# 곱이 주어졌을 때 두 인수는 특잇값으로 찾아요. 헤드(head)는 $D$보다 좁으니까 그 계수(rank)에서 가장 가까운 곱을 쓰고, 대각선은 그만큼 약해져요. 위의 ViT에서 적용하기 전과 후를 봐요(배운 것은 사라져요).

# %% alt="Four heat maps of 64 x 64 numbers, positive and negative in two colors. Before: noise in both products. After: queries times keys shows a positive diagonal in noise, values times output a negative one." alt_ko="64 x 64 숫자의 열 지도 네 장. 양수와 음수를 두 가지 색으로 나타냈어요. 적용하기 전에는 두 곱 모두 잡음뿐이고, 적용한 뒤에는 쿼리와 키의 곱에 양의 대각선이, 밸류와 출력의 곱에 음의 대각선이 보여요."
def products(model, when):
    """W_q W_k^T of the first head and W_v W_o of all heads, of the first block: (D, D) each."""
    attention = model.encoder.blocks[0].attention
    q, k, v, o = (ops.convert_to_numpy(getattr(attention, name).kernel)
                  for name in ("query", "key", "value", "output_projection"))
    width = q.shape[1] // attention.num_heads
    return {f"{when}: $W_q W_k^T$": q[:, :width] @ k[:, :width].T, f"{when}: $W_v W_o$": v @ o}


before = products(vit, "before")
initialise_mimetic(vit)
plot_matrices({**before, **products(vit, "after")},
              "Both diagonals are there before any training")

# %% [markdown] lang="en"
# Both diagonals are in the two maps on the right. This start costs nothing, and these weights are trained like all others.
#
# ## 6. What it is worth
#
# Muon should help where training is short of time, as in lesson 5. Here is its task again, with `muon=True` and nothing else changed:

# %% [markdown] lang="ko"
# 오른쪽 두 장에 대각선이 보여요. 이렇게 시작하는 데는 비용이 들지 않고, 이 가중치도 나머지와 똑같이 학습돼요.
#
# ## 6. 얼마나 도움이 될까요?
#
# Muon은 수업 5처럼 시간이 모자란 학습에 도움이 되어야 해요. 수업 5의 과제를 그대로, `muon=True`만 더해서 학습한 결과예요.

# %%
models = show("cifar10_laptop_muon", "models")

# %% [markdown] lang="en"
# The ViT classifies {{cifar10_laptop_muon:runs.vit.test_accuracy|.1%}} of the test pictures correctly; by lesson 5's recipe it was {{cifar10_laptop:runs.vit.test_accuracy|.1%}}. The hybrid of lesson 8 goes from {{cifar10_laptop:runs.hybrid.test_accuracy|.1%}} to {{cifar10_laptop_muon:runs.hybrid.test_accuracy|.1%}}, and the CNN from {{cifar10_laptop:runs.cnn.test_accuracy|.1%}} to {{cifar10_laptop_muon:runs.cnn.test_accuracy|.1%}}, so little that one run each cannot tell it from chance.
#
# The order stays. But part of the CNN's lead in lesson 5 was not the model's doing: the ViT's optimizer needed more time than it had. Where pictures are missing and not time, speed does not help: lesson 12.
#
# ## 7. Recap
#
# | ingredient | in code | by hand | against |
# |---|---|---|---|
# | warm-up and cosine | `warmup=0.1, decay=True` | mean rate: half the peak | a wild start, a restless end |
# | clipping | `clip_norm=1.0` | a gradient of length 5 becomes one of length 1 | one bad batch |
# | weight decay $\lambda$ | `weight_decay=0.05` | $1 - \eta \lambda$ in every step | large weights |
# | Muon | `muon=True` | $\mathbf{U} \mathbf{S} \mathbf{V}^\top$ becomes $\mathbf{U} \mathbf{V}^\top$ | directions that are learned late |
# | mimetic start | `initialise_mimetic(model)` | $\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \mathbf{Z} + 0.7 \mathbf{I}$ | a habit that has to be learned |
#
# - Adam's first step is equally long for every weight. Warm-up keeps it short.
# - The same `weight_decay` is $1 / \eta$ times weaker in Keras than in tensorflow-addons: divide by the rate, with a schedule by its mean.
# - Before you blame a model, ask whether it was trained as well as it can be.

# %% [markdown] lang="ko"
# ViT는 테스트 그림의 {{cifar10_laptop_muon:runs.vit.test_accuracy|.1%}}를 맞혀요. 수업 5의 레시피로는 {{cifar10_laptop:runs.vit.test_accuracy|.1%}}였어요. 수업 8의 하이브리드는 {{cifar10_laptop:runs.hybrid.test_accuracy|.1%}}에서 {{cifar10_laptop_muon:runs.hybrid.test_accuracy|.1%}}로, CNN은 {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}에서 {{cifar10_laptop_muon:runs.cnn.test_accuracy|.1%}}로 올랐어요. CNN의 차이는 작아서 한 번씩 학습한 것으로는 우연과 구별할 수 없어요.
#
# 순서는 그대로예요. 하지만 수업 5에서 CNN이 앞선 것 가운데 일부는 모델 때문이 아니라, ViT의 옵티마이저에게 시간이 모자랐기 때문이에요. 모자란 것이 시간이 아니라 그림일 때 쓰는 재료는 수업 12에 있어요.
#
# ## 7. 정리
#
# | 재료 | 코드 | 손으로 계산하면 | 막으려는 것 |
# |---|---|---|---|
# | 워밍업과 코사인 | `warmup=0.1, decay=True` | 평균 학습률은 최댓값의 절반 | 거친 시작, 멈추지 못하는 끝 |
# | 클리핑 | `clip_norm=1.0` | 길이 5인 그래디언트가 길이 1로 | 이상한 배치 하나 |
# | 가중치 감쇠 $\lambda$ | `weight_decay=0.05` | 스텝마다 $1 - \eta \lambda$ | 큰 가중치 |
# | Muon | `muon=True` | $\mathbf{U} \mathbf{S} \mathbf{V}^\top$가 $\mathbf{U} \mathbf{V}^\top$로 | 늦게야 배우는 방향 |
# | 모방 초기화 | `initialise_mimetic(model)` | $\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \mathbf{Z} + 0.7 \mathbf{I}$ | 처음부터 배워야 하는 습관 |
#
# - Adam의 첫 스텝은 모든 가중치를 똑같은 길이로 움직여요. 워밍업이 그 길이를 짧게 해 줘요.
# - 같은 `weight_decay`가 Keras에서는 tensorflow-addons보다 $1 / \eta$배 약해요. 학습률로 나누고, 스케줄이 있으면 평균으로 나누세요.
# - 모델을 탓하기 전에 제대로 학습했는지 먼저 따져 보세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/11_training_recipe`](solutions/11_training_recipe.ipynb).
#
# **1. To think about.** All through a training with AdamW, the gradients of one kernel are a hundred times as long as those of another. What follows?
#
# - A: The first kernel moves a hundred times as far in each step.
# - B: Both move about equally far, but the first one decays a hundred times less.
# - C: Clipping shortens the gradients of the first kernel until both are equally long.
# - D: Both move about equally far in each step, and both lose the same share to the decay.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/11_training_recipe`](solutions/11_training_recipe.ipynb)에 있어요.
#
# **1. 생각해 보기.** AdamW로 학습하는 내내 어떤 커널의 그래디언트가 다른 커널의 그래디언트보다 백 배 길어요. 어떻게 될까요?
#
# - A: 첫째 커널이 스텝마다 백 배 멀리 움직여요.
# - B: 둘 다 비슷하게 움직이지만, 첫째 커널은 백 배 덜 감쇠해요.
# - C: 클리핑이 첫째 커널의 그래디언트를 줄여서 둘의 길이가 같아져요.
# - D: 둘 다 스텝마다 비슷하게 움직이고, 감쇠로 잃는 비율도 같아요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check("11.1", answer)

# %% [markdown] lang="en"
# **2. Change the numbers.** A run makes 50 passes over 3,000 pictures in batches of 128; what does not fill a batch is left for the next pass. How many steps are that? By our schedule with a peak of 0.002 and a decay of 0.05 (in Keras's meaning), what share is left of a weight that no gradient moves?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 그림 3,000장을 배치 128로 50번 훑어요. 배치 하나를 채우지 못하고 남는 그림은 다음번으로 넘어가요. 모두 몇 스텝일까요? 우리 스케줄로 최댓값이 0.002이고 감쇠가 (Keras의 뜻으로) 0.05라면, 그래디언트가 움직이지 않는 가중치는 얼마의 비율로 남을까요?

# %%
steps_in_all = None
share_left = None

# %%
check("11.2a", steps_in_all)
check("11.2b", share_left)

# %% [markdown] lang="en"
# **3. Write code: bring a decay over.** From a decay of tensorflow-addons and the learning rates of all steps to the `weight_decay` for Keras that keeps the sum of the shares. (Not with `keras_weight_decay`: in a line of NumPy.)

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 감쇠를 옮기기.** tensorflow-addons의 감쇠와 모든 스텝의 학습률을 받아서, 비율의 합을 똑같이 유지하는 Keras용 `weight_decay`를 돌려주세요. (`keras_weight_decay`를 쓰지 말고 NumPy 한 줄로 써 보세요.)

# %%
def converted(decay, rates):
    """A float and an array (steps,) -> float."""
    raise NotImplementedError

# %%
check("11.3a", converted)
check("11.3b", converted)

# %% [markdown] lang="en"
# # The training recipe: what each ingredient buys
#
# You take a training script apart, ingredient by ingredient: each is computed by hand on a few numbers, looked at, and then measured, one more on every rung of a ladder. One of them hides a trap: the same weight decay is a thousand times weaker in Keras than in tensorflow-addons.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: tensorflow-addons (for AdamW); little training data |
# | Read first | lessons 4 and 5; lesson 6 for photographs, if you like |
# | Time | an hour and a half of reading and trying; two long cells of a minute each on a laptop |
#
# **Nobody has to run the long cells.** What was measured with several seeds is shown in sections 3 and 6.

# %% [markdown] lang="ko"
# # 학습 레시피: 재료 하나하나가 보태는 것
#
# 학습 스크립트를 재료별로 뜯어봐요. 재료마다 숫자 몇 개로 직접 계산하고, 그림으로 보고, 사다리처럼 한 단계에 하나씩 더해 가며 얼마나 도움이 되는지 재요. 그 가운데 하나에는 함정이 있어요. 똑같은 가중치 감쇠(weight decay) 값이 Keras에서는 tensorflow-addons보다 천 배나 약해요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*: tensorflow-addons(AdamW를 쓰려고 설치), 학습 데이터가 적을 때 |
# | 먼저 읽을 것 | 수업 4와 5. 사진이 궁금하면 수업 6도 |
# | 시간 | 읽고 따라 하는 데 한 시간 반쯤. 오래 걸리는 셀 두 개가 노트북 컴퓨터에서 1분씩 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 시드를 바꿔 가며 잰 결과를 3절과 6절에서 보여 줘요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say of every ingredient of a modern recipe what it changes, and against what it is meant to help;
# 2. carry a weight decay from one library to another without changing what it does, schedule included;
# 3. tell a gain from chance, in your own ladder and in published figures.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 요즘 레시피(recipe)에 들어가는 재료마다 무엇을 바꾸는지, 무엇을 막으려고 넣는지 말해요.
# 2. 학습률(learning rate)이 스케줄에 따라 변할 때도, 가중치 감쇠를 다른 라이브러리로 옮기면서 효과를 똑같이 유지해요.
# 3. 직접 만든 사다리에서든 발표된 숫자에서든, 진짜 효과와 우연을 구별해요.

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
import inspect
import json
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
from keras import layers, ops

import vit_keras
from vit_keras import Patches, Recipe, VisionTransformer, check, draw_shapes, pick, train
from vit_keras.augment import GEOMETRIC, OPERATIONS, RandomErasing
from vit_keras.encoder import LAYER_NORM_EPSILON, skip_rates
from vit_keras.figures import (
    plot_budgets,
    plot_ingredients,
    plot_ladder,
    plot_matrices,
    plot_nothing,
    plot_operations,
)
from vit_keras.lessons import by_group, comparison, gain_table, gains, keras_weight_decay, recorded
from vit_keras.training import initialise_mimetic

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래에서 `pick(smoke=..., laptop=..., gpu=...)`를 만나면 여러분의 프로필에 해당하는 값이 쓰인다고 읽으세요.

# %% [markdown] lang="en"
# ## 1. Why a recipe?
#
# In lesson 5 a small ViT learned CIFAR-10 for ten minutes on a laptop and classified {{cifar10_laptop:runs.vit.test_accuracy|.1%}} of the test pictures correctly, the CNN beside it {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}. In the forums of public ViT code one question comes back again and again: "why does my ViT from scratch stop at 60 to 80%?" Often the training is the reason. A convolution comes with habits that fit photographs (lesson 7). A ViT has fewer, so more must come from training: from what it is shown, and from how its weights are moved.
#
# There are two ways to fail, and each ingredient is against one of them:
#
# | | training accuracy | test accuracy | what is missing |
# |---|---|---|---|
# | *underfitting* | low | low | steps, speed, a calmer way down |
# | *overfitting* | high | low | pictures, or reasons not to learn them by heart |
#
# What helps against the second makes the first worse. Keep that in mind; it decides most of what follows.
#
# ### Where we start
#
# The best-known ViT script in Keras is the [example on keras.io](https://keras.io/examples/vision/image_classification_with_vision_transformer/). It trains on CIFAR-100 and says of itself that about 55% after 100 passes are "not competitive", since a ResNet50V2 from scratch reaches 67%. Two versions must be told apart. The 55% belong to the one of 2021, with tensorflow-addons and tokens of 64 numbers; the port to Keras 3 has tokens of 256 numbers, and quotes the same result. It is a good place to start, since each of its choices can be improved by one line:
#
# | | the example | our recipe | section |
# |---|---|---|---|
# | batch; learning rate | 256; 0.001 | smaller batches, higher rate: more steps | 2 |
# | rate over time | constant | warm-up, then cosine | 2 |
# | clipping | none | gradients of length 1 at most | 2 |
# | step of a kernel | each number by itself (AdamW) | the same; on the last rung all directions alike (Muon) | 2 |
# | weights at the end | the best epoch on validation pictures | the last; a mean of the last ones | 2 |
# | weight decay | 0.0001, a number from tensorflow-addons | 0.05 in Keras's meaning | 3 |
# | pictures | mirrored, turned and scaled a little | also moved, TrivialAugment, erased | 4 |
# | labels | one class a picture | smoothed, mixed | 4 |
# | against learning by heart, in the model | dropout | stochastic depth | 5 |
# | start of attention | random | mimetic | 5 |
# | answer read from | all tokens at once, two wide layers | the class token, one layer | lesson 4 |
#
# Does it matter? The ViT of lesson 5 was given the same ten minutes by the left column, as far as our module has the words: {{cifar10_laptop_keras_io:runs.vit.test_accuracy|.1%}} of the test pictures instead of {{cifar10_laptop:runs.vit.test_accuracy|.1%}}. Lesson 5's recipe has the rows on batch, rate, clipping and decay, moves the pictures and smooths the labels. (One run each. Section 6 takes the difference apart, with fewer pictures.)
#
# How wide is that last row? In the port 144 tokens of 256 numbers are flattened, and the next layer has 2,048 units. **Predict** the number of its weights, and compare it with the {{cifar10_laptop:runs.vit.parameters|,}} parameters of our whole ViT.

# %% [markdown] lang="ko"
# ## 1. 왜 레시피가 필요할까요?
#
# 수업 5에서 작은 ViT가 노트북 컴퓨터로 CIFAR-10을 10분 동안 배우고 테스트 그림의 {{cifar10_laptop:runs.vit.test_accuracy|.1%}}를 맞혔어요. 옆에 있던 CNN은 {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}였어요. 공개된 ViT 코드의 게시판에도 똑같은 질문이 거듭 올라와요. "처음부터 학습했더니 왜 60~80%에서 멈출까요?" 학습 방법이 문제일 때가 많아요. 합성곱에는 사진에 잘 맞는 습관이 처음부터 들어 있어요(수업 7). ViT에는 그것이 적으니까, 더 많은 것을 학습에서 얻어야 해요. 무엇을 보여 주는지, 가중치를 어떻게 움직이는지가 그만큼 중요해요.
#
# 실패하는 길은 두 가지이고, 재료는 저마다 둘 중 하나를 막으려고 넣어요.
#
# | | 학습 정확도 | 테스트 정확도 | 모자란 것 |
# |---|---|---|---|
# | *과소적합*(underfitting) | 낮아요 | 낮아요 | 스텝(step), 속도, 차분하게 내려가는 방법 |
# | *과적합*(overfitting) | 높아요 | 낮아요 | 그림, 또는 외우지 못하게 하는 장치 |
#
# 둘째를 막는 것은 첫째를 더 나쁘게 만들어요. 이 점을 꼭 기억해 두세요. 앞으로 나올 결과는 대부분 여기서 갈려요.
#
# ### 출발점
#
# Keras로 된 ViT 스크립트 가운데 가장 널리 알려진 것은 [keras.io의 예제](https://keras.io/examples/vision/image_classification_with_vision_transformer/)예요. CIFAR-100을 배우는데, 데이터를 100번 훑어도 55%쯤이라 "not competitive"(경쟁력이 없음)라고 스스로 밝혀요. 처음부터 학습한 ResNet50V2는 67%예요. 이 예제에는 두 가지 판이 있어요. 55%는 tensorflow-addons를 쓰고 토큰의 너비가 64이던 2021년 판의 결과예요. Keras 3로 옮긴 판은 토큰의 너비가 256인데 같은 결과를 적어 두었어요. 선택 하나하나를 코드 한 줄로 고칠 수 있어서 출발점으로 삼기 좋아요.
#
# | | 예제 | 우리 레시피 | 절 |
# |---|---|---|---|
# | 배치(batch), 학습률 | 256, 0.001 | 배치는 작게, 학습률은 크게: 스텝이 늘어요 | 2 |
# | 학습률의 변화 | 그대로 | 워밍업(warm-up) 뒤 코사인 | 2 |
# | 클리핑 | 없음 | 그래디언트(gradient)의 길이를 1까지로 | 2 |
# | 커널의 한 스텝 | 숫자를 하나씩 따로(AdamW) | 똑같이, 마지막 단계에서는 모든 방향을 고르게(Muon) | 2 |
# | 마지막에 쓰는 가중치 | 검증 그림에서 가장 좋았던 에폭(epoch) | 마지막 것, 또는 마지막 얼마간의 평균 | 2 |
# | 가중치 감쇠 | tensorflow-addons에서 온 0.0001 | Keras의 뜻으로 0.05 | 3 |
# | 그림 | 뒤집고, 조금 돌리고 크기를 바꿔요 | 옮기기, TrivialAugment, 지우기도 | 4 |
# | 레이블 | 그림마다 클래스 하나 | 부드럽게 하고 섞어요 | 4 |
# | 모델 안에서 외우기를 막는 것 | 드롭아웃(dropout) | 확률적 깊이 | 5 |
# | 어텐션(attention)의 시작 | 무작위 | 모방 초기화 | 5 |
# | 답을 읽는 곳 | 모든 토큰(token)을 한꺼번에, 넓은 층 두 개 | 클래스 토큰(class token), 층 하나 | 수업 4 |
#
# 이런 차이가 중요할까요? 수업 5의 ViT를 똑같이 10분 동안, 우리 모듈로 할 수 있는 만큼 예제 쪽 열대로 학습해 봤어요. 테스트 그림의 {{cifar10_laptop:runs.vit.test_accuracy|.1%}} 대신 {{cifar10_laptop_keras_io:runs.vit.test_accuracy|.1%}}를 맞혔어요. 수업 5의 레시피에는 배치, 학습률, 클리핑, 감쇠 줄이 들어 있고, 그림을 옮기고 레이블을 부드럽게 해요. (한 번씩만 학습했어요. 이 차이가 어디에서 오는지는 6절에서 더 적은 그림으로 나눠서 봐요.)
#
# 마지막 줄이 얼마나 클까요? Keras 3 판에서는 숫자 256개짜리 토큰 144개를 평탄화하고, 그다음 층에 유닛이 2,048개 있어요. 이 층의 가중치가 몇 개일지 **예측해 보세요.** 그리고 우리 ViT 전체의 파라미터 {{cifar10_laptop:runs.vit.parameters|,}}개와 비교해 보세요.

# %%
print(f"{144 * 256 * 2048:,} weights in the first layer of its head")

# %% [markdown] lang="en"
# Most of that model is its head. Ours is the model of lesson 5 on every rung; only the training changes. As recipes of our module, the two ends look like this. `Recipe` prints only what is on:

# %% [markdown] lang="ko"
# 그 모델은 대부분이 분류층이에요. 우리는 어느 단계에서든 수업 5의 모델을 그대로 쓰고 학습 방법만 바꿔요. 모듈의 레시피로 쓰면 양쪽 끝은 이렇게 생겼어요. `Recipe`는 켜 둔 것만 출력해요.

# %%
start = {"batch_size": 256, "learning_rate": 1e-3, "weight_decay": 1e-4, "warmup": 0.0,
         "decay": False, "clip_norm": None, "label_smoothing": 0.0, "crop_padding": 0}
goal = {"batch_size": 64, "learning_rate": 2e-3, "weight_decay": 0.05, "warmup": 0.1, "decay": True,
        "clip_norm": 1.0,
        "label_smoothing": 0.1, "crop_padding": 4, "trivial_augment": 1.0, "random_erasing": 0.25,
        "cutmix": 1.0, "mixup": 0.8, "mix_probability": 0.8, "mix_until": 0.9, "ema": 0.99,
        "muon": True}
print(Recipe(epochs=36, **start), Recipe(epochs=36, **goal), sep="\n\n")

# %% [markdown] lang="en"
# ## 2. Steps, and how long they are
#
# A pass over the data is not a step. **Predict** how many steps 36 passes over 2,000 pictures are, with either batch size. (What does not fill a batch is left for the next pass.)

# %% [markdown] lang="ko"
# ## 2. 스텝의 수와 길이
#
# 데이터를 한 번 훑는 것과 한 스텝은 달라요. 그림 2,000장을 36번 훑으면 두 배치 크기에서 각각 몇 스텝일지 **예측해 보세요.** (배치 하나를 채우지 못하고 남는 그림은 다음번으로 넘어가요.)

# %%
for batch_size in (start["batch_size"], goal["batch_size"]):
    print(f"batch {batch_size}: {2000 // batch_size} steps a pass, "
          f"{36 * (2000 // batch_size)} in 36 passes")

# %% [markdown] lang="en"
# Same pictures, same time, four times as many corrections. A smaller batch makes each of them noisier, and as long as most of the way still lies ahead, that is a good trade. On a GPU, where a batch of 512 costs little more than one of 64, the trade looks different; there the time goes into more passes.
#
# ### The first step of Adam
#
# How long is a step? Adam keeps a running mean $m$ of the gradient $g$ and one, $v$, of its square, each corrected for having started at zero, and moves a weight by $\eta \, u$:
#
# $$u = \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \qquad \text{in the first step} \quad \hat m = g, \;\; \hat v = g^2, \;\; \text{so} \quad u \approx \frac{g}{|g|} = \pm 1$$
#
# **Predict** how far three weights move whose gradients are 0.001, -0.01 and 3, at a rate of 0.002.

# %% [markdown] lang="ko"
# 그림도 같고 시간도 같은데 고칠 기회가 네 배예요. 배치가 작으면 한 번 한 번이 더 거칠어지지만, 갈 길이 아직 멀 때는 그래도 이득이에요. GPU에서는 배치 512가 64보다 별로 비싸지 않아서 사정이 달라요. 거기서는 남는 시간으로 데이터를 더 여러 번 훑어요.
#
# ### Adam의 첫 스텝
#
# 한 스텝은 얼마나 길까요? Adam은 그래디언트 $g$의 이동 평균 $m$과 그 제곱의 이동 평균 $v$를 가지고 있어요. 둘 다 0에서 시작한 것을 보정해서 쓰고, 가중치를 $\eta \, u$만큼 움직여요. 첫 스텝에서는 오른쪽처럼 돼요.
#
# $$u = \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \qquad \text{in the first step} \quad \hat m = g, \;\; \hat v = g^2, \;\; \text{so} \quad u \approx \frac{g}{|g|} = \pm 1$$
#
# 그래디언트가 0.001, -0.01, 3인 가중치 세 개가 학습률 0.002에서 각각 얼마나 움직일지 **예측해 보세요.**

# %%
three = keras.Variable([0.0, 0.0, 0.0])
gradients = [ops.convert_to_tensor([0.001, -0.01, 3.0])]
keras.optimizers.AdamW(0.002, weight_decay=0.0).apply(gradients, [three])
print("moved by", np.round(ops.convert_to_numpy(three), 4))
print(f"a kernel of width 64 starts with a deviation of {np.sqrt(1 / 64):.3f}")

# %% [markdown] lang="en"
# All equally far. Adam forgets how long a gradient is and keeps its sign. So the first step moves *every* weight of the model by the full rate, in a direction that one batch has voted for, and a gradient of almost nothing counts as much as a large one. Only after some hundred steps do $m$ and $v$ know the difference between a direction and noise. That is what **warm-up** is for: short steps until then.
#
# **Clipping** is for later: a bad batch with a gradient far longer than usual would pull $m$ along for many steps. It is shortened to length 1 before Adam sees it (by hand in lesson 5).
#
# ### The schedule, drawn
#
# Of $S$ steps, a share $a$ is warm-up; then half a cosine leads down to zero (lesson 5). Read the three curves off `Recipe.rate`, which says the rate where a given share of the run is over. **Predict** their means, as a share of the peak; you will need them in section 3.

# %% [markdown] lang="ko"
# 모두 똑같이 움직였어요. Adam은 그래디언트의 길이를 잊고 부호만 남겨요. 그래서 첫 스텝에서는 모델의 *모든* 가중치가 학습률만큼 꽉 차게 움직여요. 방향은 배치 하나가 정한 것이고, 거의 0인 그래디언트도 큰 것과 똑같은 대접을 받아요. $m$과 $v$가 방향과 잡음을 구별하려면 수백 스텝은 지나야 해요. 그때까지 짧게 걷자는 것이 **워밍업**이에요.
#
# **그래디언트 클리핑**(gradient clipping)은 그다음을 위한 거예요. 그래디언트가 유난히 긴 배치가 하나 끼면 $m$이 한동안 그쪽으로 끌려가요. 그래서 Adam이 보기 전에 길이를 1로 줄여요(수업 5에서 직접 계산했어요).
#
# ### 스케줄을 그려 보기
#
# 전체 $S$스텝 가운데 비율 $a$가 워밍업이고, 그다음에는 코사인 반 주기를 따라 0까지 내려가요(수업 5). 학습의 몇 분의 몇이 지났는지 주면 학습률을 말해 주는 `Recipe.rate`에서 세 곡선을 읽어 봐요. 곡선의 평균이 최댓값의 얼마일지 **예측해 보세요.** 3절에서 다시 써요.

# %%
S, peak = 1000, 1e-3
kinds = {"constant": {"warmup": 0.0, "decay": False}, "cosine": {"warmup": 0.0},
         "warm-up and cosine": {"warmup": 0.1}}
rates = {}
for name, kind in kinds.items():
    recipe = Recipe(epochs=1, learning_rate=peak, **kind)
    rates[name] = np.array([recipe.rate(step / S) for step in range(S)])
    print(f"{name:20} mean {rates[name].mean() / peak:.2f} of the peak")

# %% alt="Learning rate against the step, three curves: one level, one that falls along half a cosine, one that rises in a straight line for a tenth of the steps and then falls." alt_ko="스텝에 따른 학습률 곡선 세 개. 하나는 평평하고, 하나는 코사인 반 주기를 따라 내려가고, 하나는 처음 10분의 1 동안 직선으로 올라갔다가 내려가요."
figure, axes = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
for (name, values), style in zip(rates.items(), ("-", "--", "-")):
    axes.plot(values, style, label=name)
axes.set(xlabel="step", ylabel="learning rate", title="The last steps of a schedule are short ones")
axes.legend(frameon=False)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# At the right end the level curve goes on with steps as long as ever; the others come to rest. The mean of the two falling ones is one half, with warm-up or without: a straight line from 0 to the peak and half a cosine from the peak to 0 both have the mean one half.
#
# ### Two ways to come to rest
#
# Why rest at all? Take one weight and the loss $w^2 / 2$. Its gradient is $w$; a batch shows it with noise. We step from $w = 3$ at a constant rate, by a cosine, and at the constant rate again, but then look at the **mean of the weights** (EMA, exponential moving average):
#
# $$\bar w \leftarrow \mu \, \bar w + (1 - \mu) \, w$$
#
# It remembers the last $1 / (1 - \mu)$ steps or so. **Predict** which of the three ends farthest from the minimum at 0.

# %% [markdown] lang="ko"
# 오른쪽 끝에서 평평한 곡선은 끝까지 똑같은 길이로 걷고, 나머지 둘은 멈춰 서요. 내려가는 두 곡선의 평균은 워밍업이 있든 없든 절반이에요. 0에서 최댓값까지 올라가는 직선도, 최댓값에서 0까지 내려가는 코사인 반 주기도 평균이 절반이거든요.
#
# ### 멈춰 서는 두 가지 방법
#
# 왜 멈춰 서야 할까요? 가중치 하나와 손실 $w^2 / 2$를 생각해 봐요. 그래디언트는 $w$이고, 배치로 보면 잡음이 섞여요. $w = 3$에서 출발해서 한 번은 학습률을 그대로 두고, 한 번은 코사인으로 줄여요. 마지막으로 학습률을 그대로 두되 **가중치 이동 평균**(EMA, exponential moving average)을 봐요.
#
# $$\bar w \leftarrow \mu \, \bar w + (1 - \mu) \, w$$
#
# 최근 $1 / (1 - \mu)$스텝 정도를 기억하는 평균이에요. 셋 가운데 최솟점 0에서 가장 멀리 끝나는 것은 무엇일지 **예측해 보세요.**

# %%
def walk(rates, noise, w=3.0):
    """Gradient descent on w^2 / 2 where the gradient is seen with noise: w after every step."""
    places = []
    for rate, wrong in zip(rates, noise):
        w = w - rate * (w + wrong)
        places.append(w)
    return np.array(places)


def running_mean(values, momentum):
    means = [values[0]]
    for value in values[1:]:
        means.append(momentum * means[-1] + (1 - momentum) * value)
    return np.array(means)

# %%
noise = np.random.default_rng(0).normal(0, 2, 400)
level = np.full(400, 0.3)
constant = walk(level, noise)
paths = {"constant rate": constant,
         "cosine": walk(level * (1 + np.cos(np.pi * np.arange(400) / 400)) / 2, noise),
         "constant rate, mean of weights": running_mean(constant, momentum=0.95)}
for name, path in paths.items():
    print(f"{name:32} distance from 0 over the last 50 steps: "
          f"{np.sqrt(np.mean(path[-50:] ** 2)):.2f}")

# %% alt="A weight against the step, three curves from 3 towards 0: the one with a constant rate keeps jumping by one up and down, the one with the cosine becomes calm, the mean of weights is calm from early on." alt_ko="스텝에 따른 가중치 곡선 세 개. 모두 3에서 0 쪽으로 가요. 학습률이 그대로면 끝까지 1쯤씩 위아래로 튀고, 코사인은 갈수록 잔잔해지고, 가중치의 평균은 일찍부터 잔잔해요."
figure, axes = plt.subplots(figsize=(6.8, 3.4), layout="constrained")
for (name, path), width in zip(paths.items(), (0.8, 1.4, 2.2)):
    axes.plot(path, linewidth=width, label=name)
axes.set(xlabel="step", ylabel="w", title="A constant rate never comes to rest")
figure.legend(frameon=False, loc="outside lower center", ncol=3, fontsize=9)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# The thin line never settles: each step adds as much noise as it takes away. Shorter and shorter steps average the noise out, and so does the mean of the weights, at no cost in speed. Both together, the mean has little left to do; it helps where the run ends early or the schedule ends high.
#
# Keras has the mean built in (`use_ema`), and puts it in the place of the weights when asked:

# %% [markdown] lang="ko"
# 가는 선은 끝까지 가라앉지 않아요. 스텝마다 잡음이 줄어드는 만큼 새로 들어오니까요. 걸음을 점점 줄이면 잡음이 평균되어 사라져요. 가중치의 평균도 같은 일을 하는데, 그러면서도 느려지지 않아요. 둘을 함께 쓰면 평균이 할 일은 별로 남지 않아요. 학습이 일찍 끝나거나 학습률이 높은 채로 끝날 때 도움이 돼요.
#
# Keras에는 이 평균이 들어 있어요(`use_ema`). 달라고 하면 가중치 자리에 평균을 넣어 줘요.

# %%
w = keras.Variable(3.0)
optimizer = keras.optimizers.SGD(0.3, use_ema=True, ema_momentum=0.95)
for wrong in noise:
    optimizer.apply([w.value + wrong], [w])
last = float(ops.convert_to_numpy(w))
optimizer.finalize_variable_values([w])
print("as by hand: last", np.isclose(last, constant[-1], atol=1e-4), "| mean",
      np.isclose(float(ops.convert_to_numpy(w)),
                 paths["constant rate, mean of weights"][-1], atol=1e-4))

# %% [markdown] lang="en"
# ### Muon: a step for a whole matrix
#
# Adam looks at every weight by itself. But a kernel is a matrix, and so is its gradient: it takes directions to directions. Its singular values say how strongly. $\mathbf{G} = \mathbf{U} \mathbf{S} \mathbf{V}^\top$ takes each column of $\mathbf{V}$ to one of $\mathbf{U}$, times its number on the diagonal of $\mathbf{S}$. A small gradient with two directions, one strong and one weak:
#
# $$\mathbf{G} = \begin{pmatrix} 1 & 0.9 \\ 0.9 & 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ 1 \end{pmatrix} = 1.9 \begin{pmatrix} 1 \\ 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ -1 \end{pmatrix} = 0.1 \begin{pmatrix} 1 \\ -1 \end{pmatrix}$$
#
# Adam's first step has the signs of $\mathbf{G}$. **Predict** what it does to the two directions.

# %% [markdown] lang="ko"
# ### Muon: 행렬 전체를 보는 스텝
#
# Adam은 가중치를 하나씩 따로 봐요. 그런데 커널은 행렬이고, 그 그래디언트도 행렬이에요. 행렬은 방향을 방향으로 옮기고, 얼마나 세게 옮기는지는 특잇값(singular value)이 말해 줘요. $\mathbf{G} = \mathbf{U} \mathbf{S} \mathbf{V}^\top$는 $\mathbf{V}$의 열을 하나씩 $\mathbf{U}$의 열로 옮기고, $\mathbf{S}$의 대각선에 있는 수를 곱해요. 센 방향과 약한 방향이 하나씩 있는 작은 그래디언트를 봐요.
#
# $$\mathbf{G} = \begin{pmatrix} 1 & 0.9 \\ 0.9 & 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ 1 \end{pmatrix} = 1.9 \begin{pmatrix} 1 \\ 1 \end{pmatrix}, \qquad \mathbf{G} \begin{pmatrix} 1 \\ -1 \end{pmatrix} = 0.1 \begin{pmatrix} 1 \\ -1 \end{pmatrix}$$
#
# Adam의 첫 스텝에는 $\mathbf{G}$의 부호만 남아요. 이 스텝이 두 방향을 각각 어떻게 옮길지 **예측해 보세요.**

# %%
G = np.array([[1.0, 0.9], [0.9, 1.0]])
U, _, Vt = np.linalg.svd(G)
for name, matrix in {"gradient": G, "Adam's first step": np.sign(G), "U V^T": U @ Vt}.items():
    # a column for each direction; + 0.0: no -0.0
    to = np.round(matrix @ [[1, 1], [1, -1]], 2) + 0.0
    print(f"{name:18} (1, 1) becomes {to[:, 0]}, (1, -1) becomes {to[:, 1]}")

# %% [markdown] lang="en"
# To Adam's first step the second direction does not exist. **Muon** ([Jordan et al., 2024](https://kellerjordan.github.io/posts/muon/)) takes the last line instead: both directions, equally far. Of all matrices that change no input by more than its own length, $\mathbf{U} \mathbf{V}^\top$ goes farthest along the gradient. Muon does that with the momentum $\mathbf{M}$ of the gradients of a kernel of shape $(m, n)$:
#
# $$\mathbf{M} \leftarrow \mu \, \mathbf{M} + \mathbf{G}, \qquad \mathbf{W} \leftarrow \mathbf{W} - \eta \, \big( 0.2 \sqrt{\max(m, n)} \; \mathbf{U} \mathbf{V}^\top + \lambda \mathbf{W} \big), \qquad \mathbf{U} \mathbf{S} \mathbf{V}^\top = \mathbf{G} + \mu \, \mathbf{M}$$
#
# The factor in front makes a step about as long as one of AdamW, so that $\eta$ and $\lambda$ can stay ([Liu et al., 2025](https://arxiv.org/abs/2502.16982)). A convolution's kernel counts as the matrix that it is for the patch below it (lesson 1). Biases, norms, the class token and positions are no matrices; they stay with AdamW, and so does the head.
#
# Singular values of every kernel in every step would take too long. But an odd power of a matrix, $(\mathbf{X} \mathbf{X}^\top) \mathbf{X} = \mathbf{U} \mathbf{S}^3 \mathbf{V}^\top$, has the same $\mathbf{U}$ and $\mathbf{V}$, and so has a sum of such powers. What remains is to find numbers $a$, $b$, $c$ such that $s \mapsto a s + b s^3 + c s^5$, done five times, brings every $s$ between 0 and 1 close to 1. **Predict** whether 0.02 gets there, too.

# %% [markdown] lang="ko"
# Adam의 첫 스텝에는 둘째 방향이 아예 없어요. **Muon**([Jordan et al., 2024](https://kellerjordan.github.io/posts/muon/))은 그 대신 마지막 줄처럼 두 방향으로 똑같이 멀리 가요. 어떤 입력도 자기 길이보다 더 많이 바꾸지 않는 행렬 가운데 그래디언트 쪽으로 가장 멀리 가는 것이 $\mathbf{U} \mathbf{V}^\top$예요. Muon은 형태가 $(m, n)$인 커널에서 그래디언트의 모멘텀(momentum) $\mathbf{M}$으로 이렇게 해요.
#
# $$\mathbf{M} \leftarrow \mu \, \mathbf{M} + \mathbf{G}, \qquad \mathbf{W} \leftarrow \mathbf{W} - \eta \, \big( 0.2 \sqrt{\max(m, n)} \; \mathbf{U} \mathbf{V}^\top + \lambda \mathbf{W} \big), \qquad \mathbf{U} \mathbf{S} \mathbf{V}^\top = \mathbf{G} + \mu \, \mathbf{M}$$
#
# 앞에 곱한 수 덕분에 한 스텝의 길이가 AdamW와 비슷해서 $\eta$와 $\lambda$를 그대로 써도 돼요([Liu et al., 2025](https://arxiv.org/abs/2502.16982)). 합성곱의 커널은 아래에 있는 패치에 곱하는 행렬로 봐요(수업 1). 편향, 정규화의 배율, 클래스 토큰, 위치 임베딩은 행렬이 아니어서 AdamW에 맡기고, 분류층도 AdamW에 맡겨요.
#
# 스텝마다 모든 커널의 특잇값을 구하려면 너무 오래 걸려요. 그런데 행렬을 홀수 번 곱한 $(\mathbf{X} \mathbf{X}^\top) \mathbf{X} = \mathbf{U} \mathbf{S}^3 \mathbf{V}^\top$는 $\mathbf{U}$와 $\mathbf{V}$가 그대로이고, 이런 것을 여럿 더해도 그래요. 남은 일은 $s \mapsto a s + b s^3 + c s^5$를 다섯 번 하면 0과 1 사이의 모든 $s$가 1 가까이 가는 수 $a$, $b$, $c$를 찾는 것뿐이에요. 0.02도 거기까지 갈지 **예측해 보세요.**

# %% quotes="vit_keras.training.optimizers.orthogonal"
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of s, s³ and s⁵, from Jordan's search: steep at zero
ITERATIONS = 5


def orthogonal(matrix):
    """About U Vᵀ of a matrix U S Vᵀ, without computing either: a polynomial that brings all of S near one.

    X <- a X + b (X Xᵀ) X + c (X Xᵀ)² X leaves U and V as they are, and makes a s + b s³ + c s⁵ of every number s in S.
    With these coefficients, five times are enough to bring what is above a hundredth of the largest between 0.6 and
    1.3; closer is not needed.

    Args:
        matrix: Tensor of shape `(m, n)`, float.

    Returns:
        Tensor of shape `(m, n)`.
    """
    a, b, c = COEFFICIENTS
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if is_tall else matrix  # X Xᵀ is the smaller of the two products
    x = x / (ops.norm(x) + 1e-7)  # no number in S is above one
    for _ in range(ITERATIONS):
        square = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * square + c * ops.matmul(square, square), x)
    return ops.transpose(x) if is_tall else x


for s in (0.9, 0.1, 0.02, 0.001):
    x = s
    for _ in range(ITERATIONS):
        x = COEFFICIENTS[0] * x + COEFFICIENTS[1] * x**3 + COEFFICIENTS[2] * x**5
    print(f"{s} becomes {x:.2f}")
made = ops.convert_to_numpy(orthogonal(ops.convert_to_tensor(G, "float32")))
print("directions of G, by the module:", *(f"{value:.2f}" for value in np.linalg.svd(made)[1]))

# %% [markdown] lang="en"
# Near one is enough. (The length of $\mathbf{X}$ is divided away first; 0.001 of it stays weak.) And a real gradient? A small ViT that has learned from 512 drawn shapes for eight steps is shown a batch. Plain gradient descent at a rate of 1 moves a weight by its gradient, so the gradient is the difference. **Predict** how many of the 64 directions matter, in the gradient and in either step.

# %% [markdown] lang="ko"
# 1 가까이만 가면 충분해요. ($\mathbf{X}$는 먼저 길이로 나눠요. 길이의 0.001밖에 안 되는 방향은 여전히 약해요.) 진짜 그래디언트는 어떨까요? 그려 낸 도형 512장을 여덟 스텝 동안 배운 작은 ViT에 배치 하나를 보여 줘요. 학습률 1인 보통의 경사 하강법은 가중치를 그래디언트만큼 움직이니까, 움직인 차이가 그래디언트예요. 그래디언트와 두 가지 스텝에서 방향 64개 가운데 몇 개나 중요할지 **예측해 보세요.**

# %%
keras.utils.set_random_seed(0)
shapes = draw_shapes(512, seed=0)
probe = VisionTransformer((32, 32, 3), patch_size=4, num_layers=2, hidden_dim=64, num_heads=4,
                          mlp_dim=128, num_classes=10)
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
probe.compile(keras.optimizers.AdamW(1e-3), cross_entropy)
probe.fit(shapes.images, shapes.labels, batch_size=64, shuffle=False, verbose=0)

kernel = probe.encoder.blocks[0].attention.value.kernel
before = np.array(ops.convert_to_numpy(kernel))
probe.compile(keras.optimizers.SGD(1.0), cross_entropy)
probe.train_on_batch(shapes.images[:64], shapes.labels[:64])
gradient = before - ops.convert_to_numpy(kernel)
steps = {"gradient": gradient, "Adam's first step": np.sign(gradient),
         "Muon": ops.convert_to_numpy(orthogonal(ops.convert_to_tensor(gradient)))}
sizes = {name: np.linalg.svd(matrix)[1] for name, matrix in steps.items()}
strongest = {name: np.sum(values[:4] ** 2) / np.sum(values**2) for name, values in sizes.items()}
print("The four strongest of 64 directions hold nearly all of the gradient:",
      strongest["gradient"] > 0.95)
print("more than half of Adam's step:", strongest["Adam's first step"] > 0.5)
print("less than a quarter of Muon's:", strongest["Muon"] < 0.25)

# %% alt="Singular values of a gradient, of Adam's first step and of Muon's, from the largest on, on a logarithmic scale: the gradient falls fastest by far, Adam's less, Muon's stays near one for half of the directions." alt_ko="그래디언트, Adam의 첫 스텝, Muon의 스텝의 특잇값을 큰 것부터 로그 눈금에 그린 그림. 그래디언트가 훨씬 빨리 떨어지고, Adam은 덜 떨어지고, Muon은 방향의 절반까지 1 가까이에 머물러요."
figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
for (name, values), style in zip(sizes.items(), (":", "--", "-")):
    axes.semilogy(np.arange(1, 65), values / values[0], style,
                  label=f"{name}: {strongest[name]:.0%} in four directions")
axes.set(xlabel="direction", ylabel="singular value / largest", ylim=(1e-3, 1.5),
         title="Muon moves along many directions, Adam along a few")
figure.legend(frameon=False, loc="outside lower center", fontsize=9)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# How much of a step lies in its four strongest directions is measured by squares of singular values. In the gradient that is nearly everything; in Muon's step many others count as well.
#
# Why should that help? It is not settled. The authors' guess: weak directions are not all noise. What is rare in the pictures has a weak gradient, too, and is learned late otherwise. The price is fifteen products of a kernel with matrices of its own size in each step, however many pictures are in the batch. What it buys is in section 6.
#
# ## 3. Weight decay, and a trap
#
# ### Why AdamW and not Adam
#
# The old way to keep weights small is to add $\frac{\lambda}{2} w^2$ to the loss (L2). The gradient becomes $g + \lambda w$. In plain gradient descent that takes a fixed share of the weight away in every step, $\eta \lambda$:
#
# $$w \leftarrow w - \eta \, (g + \lambda w) = (1 - \eta \lambda) \, w - \eta \, g$$
#
# Adam divides by $\sqrt{\hat v}$, and with it the second part: the larger the gradients of a weight have been, the *less* it is decayed. AdamW takes the share beside Adam's step, not through it. Two weights at 1, whose gradients only jump up and down: one by 0.1, one by 1. **Predict** which of the two is smaller in the end, with either method.

# %% [markdown] lang="ko"
# 가장 센 네 방향이 차지하는 몫은 특잇값의 제곱으로 쟀어요. 그래디언트에서는 거의 전부이고, Muon의 스텝에서는 나머지 방향도 제 몫을 해요.
#
# 이것이 왜 도움이 될까요? 아직 다 밝혀지지 않았어요. 만든 사람들은 약한 방향이 모두 잡음은 아니기 때문이라고 짐작해요. 그림에 드물게 나오는 것도 그래디언트가 약해서, 그냥 두면 늦게야 배우거든요. 대신 스텝마다 커널 하나에 자기만 한 행렬의 곱셈 열다섯 번이 들어요. 배치에 그림이 몇 장이든 똑같아요. 이것으로 얼마나 좋아지는지는 6절에서 봐요.
#
# ## 3. 가중치 감쇠와 함정
#
# ### 왜 Adam이 아니라 AdamW일까요
#
# 가중치를 작게 유지하는 옛 방법은 손실에 $\frac{\lambda}{2} w^2$을 더하는 거예요(L2). 그러면 그래디언트가 $g + \lambda w$가 돼요. 보통의 경사 하강법에서는 스텝마다 가중치를 정해진 비율 $\eta \lambda$만큼 줄여요.
#
# $$w \leftarrow w - \eta \, (g + \lambda w) = (1 - \eta \lambda) \, w - \eta \, g$$
#
# 그런데 Adam은 $\sqrt{\hat v}$로 나누고, 둘째 항도 함께 나눠 버려요. 그래서 그래디언트가 컸던 가중치일수록 *덜* 감쇠해요. AdamW는 이 비율을 Adam의 스텝에 넣지 않고 따로 빼요. 1에서 출발하는 가중치가 둘 있어요. 그래디언트는 위아래로 튀기만 하는데, 하나는 0.1씩, 하나는 1씩이에요. 두 방법에서 끝에 어느 쪽이 더 작을지 **예측해 보세요.**

# %%
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
    print(f"gradients of {size}: L2 {adam(1.0, size * up_and_down, rate=0.005, l2=0.2):.1f}, "
          f"AdamW {adam(1.0, size * up_and_down, rate=0.005, share=0.005 * 0.2):.1f}")

# %% [markdown] lang="en"
# With L2 the two weights meet different fates; with AdamW both keep the same share, $(1 - 0.001)^{1000} \approx 0.37$. That is the W: the decay is *decoupled* from the gradient.
#
# ### The trap
#
# Decoupled from the gradient, but from the learning rate? In the [paper](https://arxiv.org/abs/1711.05101) the decay follows the schedule, not the rate itself. The libraries read that differently. $u$ is Adam's step:
#
# $$\text{tensorflow-addons:} \quad w \leftarrow w - \lambda w - \eta \, u \qquad\qquad \text{Keras, PyTorch:} \quad w \leftarrow w - \eta \lambda w - \eta \, u$$
#
# One weight, one step: $w = 1$, no gradient, $\eta = 0.001$, $\lambda = 0.1$. **Predict** both results. (tensorflow-addons ended in 2024 and cannot be imported beside Keras 3, so its line is written out.)

# %% [markdown] lang="ko"
# L2에서는 두 가중치의 운명이 갈리고, AdamW에서는 둘 다 똑같이 $(1 - 0.001)^{1000} \approx 0.37$만 남아요. W가 뜻하는 것이 이것이에요. 감쇠를 그래디언트에서 *떼어 냈어요*(decoupled).
#
# ### 함정
#
# 그래디언트에서는 떼어 냈는데, 학습률에서도 떼어 냈을까요? [논문](https://arxiv.org/abs/1711.05101)에서 감쇠는 스케줄만 따르고 학습률 자체는 곱하지 않아요. 라이브러리는 저마다 다르게 받아들였어요. $u$는 Adam의 갱신량이에요.
#
# $$\text{tensorflow-addons:} \quad w \leftarrow w - \lambda w - \eta \, u \qquad\qquad \text{Keras, PyTorch:} \quad w \leftarrow w - \eta \lambda w - \eta \, u$$
#
# 가중치 하나, 한 스텝이에요. $w = 1$, 그래디언트는 0, $\eta = 0.001$, $\lambda = 0.1$일 때 두 결과를 **예측해 보세요.** (tensorflow-addons는 2024년에 개발이 끝났고 Keras 3와 함께 불러올 수 없어서 식을 그대로 옮겨 썼어요.)

# %%
w = 1.0
w_addons = w - 0.1 * w

w_keras = keras.Variable([1.0])
keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.1).apply([ops.zeros(1)], [w_keras])
w_keras = float(ops.convert_to_numpy(w_keras)[0])
print(f"tensorflow-addons {w_addons:.4f}, Keras {w_keras:.4f}; "
      f"taken away {(w - w_addons) / (w - w_keras):.0f} times as much")

# %% [markdown] lang="en"
# The same argument under the same name, a thousand times apart: one over the learning rate. There is no error and no warning, and the training runs fine.
#
# It has happened. The example on keras.io was written for `tfa.optimizers.AdamW(learning_rate=0.001, weight_decay=0.0001)`. When it moved to Keras 3, the class was exchanged and the decay's number stayed; so it is with many ports of it. The 55% was reached with a decay that worked. How strong was that decay? The example takes 100 passes over 45,000 pictures in batches of 256. **Predict** what is left of a weight that no gradient moves.

# %% [markdown] lang="ko"
# 이름이 같은 인자인데 천 배가 차이 나요. 정확히는 학습률의 역수만큼이에요. 오류도 경고도 없고, 학습은 멀쩡히 돌아가요.
#
# 실제로 있었던 일이에요. keras.io의 예제는 원래 `tfa.optimizers.AdamW(learning_rate=0.001, weight_decay=0.0001)`로 되어 있었어요. Keras 3로 옮기면서 클래스는 바꾸고 감쇠 값은 그대로 두었어요. 이 예제를 옮긴 다른 코드도 그런 것이 많아요. 55%는 감쇠가 제대로 작동하던 때의 결과예요. 0.0001은 원래 얼마나 강한 감쇠였을까요? 예제는 그림 45,000장을 배치 256으로 100번 훑어요. 그래디언트가 전혀 움직이지 않는 가중치라면 얼마가 남을지 **예측해 보세요.**

# %%
steps = 100 * (45_000 // 256)
print(f"{steps:,} steps: tensorflow-addons leaves {(1 - 1e-4) ** steps:.3f}, "
      f"Keras {(1 - 1e-3 * 1e-4) ** steps:.3f}")

# %% [markdown] lang="en"
# A sixth against everything. In the port the decay is as good as off.
#
# ### The way over
#
# Both libraries shall take the same share in every step. At a constant rate one division does it:
#
# $$\eta \, \lambda_\text{Keras} = \lambda_\text{addons} \quad \Rightarrow \quad \lambda_\text{Keras} = \lambda_\text{addons} / \eta$$

# %% [markdown] lang="ko"
# 6분의 1과 전부의 차이예요. 옮긴 코드에서는 감쇠가 꺼진 것이나 다름없어요.
#
# ### 옮기는 방법
#
# 스텝마다 두 라이브러리가 같은 비율을 빼게 하면 돼요. 학습률이 변하지 않을 때는 나눗셈 한 번이면 끝나요.
#
# $$\eta \, \lambda_\text{Keras} = \lambda_\text{addons} \quad \Rightarrow \quad \lambda_\text{Keras} = \lambda_\text{addons} / \eta$$

# %%
noisy = np.random.default_rng(1).normal(0.2, 1.0, 300)
old = adam(0.5, noisy, rate=1e-3, share=1e-4)  # as tensorflow-addons does it
new = keras.Variable([0.5])
optimizer = keras.optimizers.AdamW(1e-3, weight_decay=keras_weight_decay(1e-4, learning_rate=1e-3))
for g in noisy:
    optimizer.apply([ops.convert_to_tensor([g], "float32")], [new])
print("weight_decay for Keras:", round(keras_weight_decay(1e-4, learning_rate=1e-3), 6),
      "| 300 steps end at the same weight:",
      np.isclose(float(ops.convert_to_numpy(new)[0]), old, atol=1e-5))

# %% [markdown] lang="en"
# With a schedule it is not so simple. In Keras the decay rises and falls with the rate; in tensorflow-addons it does not. No number makes every step equal. What can be kept is the *sum* of all shares, and with it what is left at the end:
#
# $$\sum_{t=1}^{S} \eta_t \, \lambda_\text{Keras} = S \, \lambda_\text{addons} \quad \Rightarrow \quad \lambda_\text{Keras} = \lambda_\text{addons} / \bar\eta, \qquad \bar\eta = \frac{1}{S} \sum_{t=1}^{S} \eta_t$$
#
# The rate that counts is the mean one, and you know it from section 2: half of the peak, for a cosine with warm-up or without. One case is different: old code that let its decay follow the schedule, as the documentation of tensorflow-addons advises. Then every step *can* be kept, and the peak counts. The module asks for the rate in one of three forms:

# %% [markdown] lang="ko"
# 스케줄이 있으면 그렇게 간단하지 않아요. Keras에서는 감쇠가 학습률을 따라 오르내리고, tensorflow-addons에서는 그렇지 않아요. 어떤 숫자를 넣어도 모든 스텝을 똑같게 만들 수는 없어요. 지킬 수 있는 것은 비율의 *합*이고, 그러면 끝에 남는 양도 같아져요.
#
# $$\sum_{t=1}^{S} \eta_t \, \lambda_\text{Keras} = S \, \lambda_\text{addons} \quad \Rightarrow \quad \lambda_\text{Keras} = \lambda_\text{addons} / \bar\eta, \qquad \bar\eta = \frac{1}{S} \sum_{t=1}^{S} \eta_t$$
#
# 중요한 것은 평균 학습률이고, 그 값은 2절에서 이미 보았어요. 코사인이라면 워밍업이 있든 없든 최댓값의 절반이에요. 예외가 하나 있어요. tensorflow-addons 문서의 조언대로 감쇠도 스케줄을 따르게 만든 옛 코드예요. 그때는 모든 스텝을 똑같게 만들 수 *있고*, 최댓값으로 나눠요. 모듈은 학습률을 세 가지 형태로 받아요.

# %% quotes="vit_keras.lessons.weight_decay.typical_rate"
def typical_rate(learning_rate, steps=None, highest=False):
    """The rate that stands for a whole run: the mean over its steps, or the highest.

    Raises:
        ValueError: see `keras_weight_decay`.
    """
    if callable(learning_rate):
        if steps is None or steps < 1:
            raise ValueError(f"A learning rate that changes needs `steps`, the length of the run: got steps={steps}.")
        learning_rate = [float(learning_rate(step)) for step in range(steps)]
    rates = np.asarray(learning_rate, "float64")
    if rates.size == 0 or not np.all(np.isfinite(rates)) or rates.min() < 0 or rates.max() == 0:
        raise ValueError(f"`learning_rate` must be positive, of some steps at least: got {learning_rate}.")
    return float(rates.max() if highest else rates.mean())


falling = rates["warm-up and cosine"]  # of section 2: 1,000 steps, peak 0.001
decays = {"constant rate": keras_weight_decay(0.001, 1e-3),
          "schedule": keras_weight_decay(0.001, falling),
          "schedule that the decay followed": keras_weight_decay(0.001, falling, follows_schedule=True)}
for name, decay in decays.items():
    print(f"{name:34}0.001 of tensorflow-addons is {decay:.2f} in Keras")

# %% [markdown] lang="en"
# Watch it happen to a weight that no gradient moves, under the schedule of section 2:

# %% [markdown] lang="ko"
# 2절의 스케줄에서, 그래디언트가 움직이지 않는 가중치에 무슨 일이 일어나는지 봐요.

# %% alt="What is left of a weight in four curves over 1,000 steps: tensorflow-addons falls evenly to 0.37, Keras with the decay by the mean rate falls in an S shape to the same 0.37, Keras with the decay by the peak ends at 0.61, Keras with the number as it stands stays at 1." alt_ko="가중치가 얼마나 남는지 1,000스텝에 걸쳐 그린 곡선 네 개. tensorflow-addons는 고르게 0.37까지 내려가고, 평균 학습률로 바꾼 Keras는 S자를 그리며 똑같이 0.37에 이르러요. 최댓값으로 바꾼 Keras는 0.61에서 끝나고, 숫자를 그대로 둔 Keras는 1에 머물러요."
shares = {"tensorflow-addons, 0.001": np.full(S, 0.001),
          "Keras, by the mean rate": falling * decays["schedule"],
          "Keras, by the peak": falling * decays["constant rate"],
          "Keras, 0.001 as it stands": falling * 0.001}
figure, axes = plt.subplots(figsize=(6.8, 3.2), layout="constrained")
for (name, share), style in zip(shares.items(), ("-", "--", "-.", ":")):
    left = np.cumprod(1 - share)
    axes.plot(left, style, label=f"{name}: {left[-1]:.2f} left")
axes.set(xlabel="step", ylabel="what is left of the weight",
         title="By the mean rate both end at the same place", ylim=(0, 1.05))
axes.legend(frameon=False, fontsize=8)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# Two curves start together and end together and differ between: with a schedule that is the best there is. The dotted one is the naive port. (Both libraries decay *everything* unless told otherwise, biases, norms and positions too. `train` leaves those out, as in lesson 5.)
#
# ### Measured in training
#
# Does it matter? The same ViT, by the example's recipe, with no decay, with the example's number as it stands, and with that number converted. `benchmarks/sweeps.py weight_decay` trains each case with several seeds; the length of the decayed weights (the root of the sum of their squares) is measured beside the accuracy. **Predict** which two cases will look alike.

# %% [markdown] lang="ko"
# 두 곡선이 같은 곳에서 출발해 같은 곳에서 끝나고, 그 사이에서만 달라요. 스케줄이 있을 때는 이것이 최선이에요. 점선이 숫자를 그대로 옮긴 경우예요. (두 라이브러리 모두 따로 말하지 않으면 편향, 정규화의 배율, 위치 임베딩(position embedding)까지 *전부* 감쇠해요. `train`은 수업 5에서처럼 그런 것들을 빼요.)
#
# ### 학습에서 재 보기
#
# 이 차이가 정말 중요할까요? 같은 ViT를 예제의 레시피로 학습해요. 감쇠가 없는 경우, 예제의 숫자를 그대로 둔 경우, 그 숫자를 바꿔 넣은 경우 세 가지예요. `benchmarks/sweeps.py weight_decay`가 시드를 바꿔 가며 학습하고, 정확도와 함께 감쇠하는 가중치의 길이(제곱의 합의 제곱근)도 재요. 어느 두 경우가 비슷할지 **예측해 보세요.**

# %%
decay_file = recorded("weight_decay")
if decay_file:
    in_keras = decay_file["settings"]["cases"]
    of_case = {name: by_group(decay_file["runs"], "case", in_keras, name)
               for name in ("test_accuracy", "train_accuracy", "length_before",
                            "length_after", "steps")}
    for case, decay in in_keras.items():
        test, train_share, before, after, number = (values[case] for values in of_case.values())
        print(f"{case:13} {decay:g} in Keras: test {np.mean(test):.1%} (deviation of "
              f"{len(test)} seeds "
              f"{100 * np.std(test, ddof=1):.1f}), train {np.mean(train_share):.1%}, "
              f"length {np.mean(before):.1f} -> "
              f"{np.mean(after):.1f} in {number[0]:,} steps")

# %%
if decay_file:
    lengths = {case: np.mean(values) for case, values in of_case["length_after"].items()}
    number = of_case["steps"]["none"][0]
    for case in ("as it stands", "converted"):
        print(f"{case}: the weights end at {lengths[case] / lengths['none']:.1%} of their length "
              "without decay")
    print(f"By decay alone, {number:,} steps would leave {(1 - 1e-4) ** number:.2f} of a weight.")
    for case in ("as it stands", "converted"):
        pair = gains({"none": of_case["test_accuracy"]["none"],
                      case: of_case["test_accuracy"][case]})[1]
        print(f"{case} beside none: {pair.points} points of test accuracy, "
              f"standard error {100 * pair.error:.1f}: "
              f"{'more than' if pair.clear else 'may be'} chance")

# %% [markdown] lang="en"
# Converted, the decay shortens the weights; as it stands, it does next to nothing. That is what the optimizer did. Whether it was worth anything is another question, and in this run the answer may be chance.
#
# ### What else changed on the way to Keras 3
#
# Section 6 of the [lesson on tensorflow-addons](../tfa/en/ViT_with_tensorflow_addons.ipynb) goes through an old script line by line. Here are a few changes in numbers. The **epsilon** of a layer norm stands under a root, $(x - \text{mean}) / \sqrt{\text{variance} + \epsilon}$; Keras's default is 0.001, the paper's code has 0.000001. **Predict** for which of two tokens it matters, one with values around 1, one around 0.02 (as positions are when they start).

# %% [markdown] lang="ko"
# 바꿔 넣은 감쇠는 가중치를 줄였고, 숫자를 그대로 둔 감쇠는 거의 아무것도 하지 않았어요. 옵티마이저가 한 일은 이래요. 그 일이 쓸모가 있었는지는 다른 질문이고, 이 학습에서 정확도의 차이는 우연일 수 있어요.
#
# ### Keras 3로 오면서 바뀐 다른 것들
#
# [tensorflow-addons 수업](../tfa/ko/ViT_with_tensorflow_addons.ipynb)의 6절에서 옛 스크립트를 한 줄씩 옮겨 봐요. 여기서는 달라진 것 몇 가지를 숫자로 확인해요. 층 정규화의 **엡실론**은 근호 안에 있어요. $(x - \text{mean}) / \sqrt{\text{variance} + \epsilon}$. Keras의 기본값은 0.001이고 논문의 코드는 0.000001이에요. 값이 1쯤인 토큰과 0.02쯤인 토큰(학습을 시작할 때의 위치 임베딩이 이 정도예요) 가운데 어느 쪽에서 중요할지 **예측해 보세요.**

# %%
token = np.array([1.0, -1.0, 1.0, -1.0])
for scale in (1.0, 0.02):
    outputs = [(scale * token / np.sqrt(np.var(scale * token) + epsilon))[0]
               for epsilon in (1e-3, LAYER_NORM_EPSILON)]
    print(f"values of {scale}: normalised to {outputs[0]:.3f} with 0.001, "
          f"to {outputs[1]:.3f} with {LAYER_NORM_EPSILON:f}")

# %% [markdown] lang="en"
# **The start of attention.** Xavier's rule draws from $\pm \sqrt{6 / (\text{inputs} + \text{outputs})}$. A kernel of queries has the shape ($D$, heads, width), and up to version 3.14 Keras counted its inputs and outputs as if it were a convolution's. **Predict** how much too small it was for $D = 384$, six heads of 64. Our layer writes its initialiser out, so that the version does not matter.

# %% [markdown] lang="ko"
# **어텐션의 시작.** Xavier 규칙은 $\pm \sqrt{6 / (\text{inputs} + \text{outputs})}$ 사이에서 뽑아요. 쿼리의 커널은 형태가 ($D$, 헤드 수, 너비)인데, Keras 3.14까지는 합성곱 커널처럼 입력과 출력의 수를 셌어요. $D = 384$이고 너비 64인 헤드가 여섯 개일 때 얼마나 작았을지 **예측해 보세요.** 우리 층은 초기화 방법을 직접 적어서 버전에 따라 달라지지 않아요.

# %%
D, heads, width = 384, 6, 64
right = np.sqrt(6 / (D + heads * width))
# "D places, heads channels in, width channels out"
as_convolution = np.sqrt(6 / (D * heads + D * width))
print(f"queries, keys, values: {as_convolution / right:.2f} of the right size")
print(f"output projection:     {np.sqrt(6 / (heads * width + heads * D)) / right:.2f} of it")

# %% [markdown] lang="en"
# **Patches, saving, fitting.** The new function cuts as our layer does; a folder is no longer a file name; and `fit` has lost its workers.

# %% [markdown] lang="ko"
# **패치(patch), 저장, fit.** 새 함수는 우리 층과 똑같이 잘라요. 폴더 이름으로는 이제 저장할 수 없어요. `fit`에서는 `workers`가 없어졌어요.

# %%
numbered = np.arange(8 * 12 * 3, dtype="float32").reshape(1, 8, 12, 3)
cut = ops.convert_to_numpy(ops.image.extract_patches(numbered, 4))  # (B, rows, columns, P*P*C)
print("the same patches:",
      np.array_equal(cut.reshape(1, 6, 48), ops.convert_to_numpy(Patches(4)(numbered))))
try:
    keras.Sequential([keras.Input((2,)), layers.Dense(1)]).save("folder")
except ValueError as error:
    print(str(error).split(".")[0])
print("workers in fit:", "workers" in inspect.signature(keras.Model.fit).parameters,
      "| in PyDataset:", "workers" in inspect.signature(keras.utils.PyDataset.__init__).parameters)

# %% [markdown] lang="en"
# ## 4. Pictures that count as new
#
# Against learning by heart the plainest help is more pictures. Those we have can be changed so that the label stays: moved and mirrored (lesson 5), and more. Two drawn pictures for this section:

# %% [markdown] lang="ko"
# ## 4. 새 그림으로 쳐 주는 그림
#
# 외우지 못하게 하는 가장 쉬운 방법은 그림을 늘리는 거예요. 있는 그림을 레이블이 그대로이게 바꾸면 돼요. 옮기고 뒤집는 것은 수업 5에서 했고, 더 할 수 있어요. 이 절에서 쓸 그림 두 장을 그려 둬요.

# %%
drawn = draw_shapes(2, shapes=("star", "moon"), labels=[0, 1], size=0.38, position=(17, 15),
                    clutter=0.3, noise=0, rotation=0, seed=5).images
star, moon = drawn
drawn.shape

# %% [markdown] lang="en"
# ### TrivialAugment: one change, by chance
#
# Earlier recipes chain several operations and search for their strengths. TrivialAugment found that this is not needed: each picture draws *one* of fourteen operations and a strength, and that is all. Five of them move pixels, eight change colours, one does nothing.
#
# Two of the colour operations, whole. **Predict** what each makes of the values 10, 100, 150 and 250 at half strength: 3 of 8 bits are dropped, and the threshold is 128.

# %% [markdown] lang="ko"
# ### TrivialAugment: 아무거나 하나
#
# 예전 레시피는 변형을 여러 개 이어서 하고, 알맞은 세기를 탐색했어요. TrivialAugment는 그럴 필요가 없다는 것을 보였어요. 그림마다 변형 열네 가지 가운데 *하나*와 세기를 뽑고, 그걸로 끝이에요. 다섯 가지는 픽셀을 옮기고, 여덟 가지는 색을 바꾸고, 하나는 아무것도 안 해요.
#
# 색을 바꾸는 변형 두 개를 통째로 볼게요. 세기가 절반이면 8비트 가운데 3비트를 버리고, 문턱값은 128이에요. 값 10, 100, 150, 250이 각각 무엇이 될지 **예측해 보세요.**

# %% quotes=["vit_keras.augment.operations.posterize", "vit_keras.augment.operations.solarize"]
POSTERIZE_BITS, LEVELS = 6, 256


def posterize(images, amounts):
    """Keep fewer bits of each value: at full strength the four levels 0, 64, 128 and 192."""
    dropped = ops.round(POSTERIZE_BITS * ops.abs(amounts))
    step = ops.round(2**dropped)[:, None, None, None]  # rounded: not every backend finds 2**6 to be 64 exactly
    return ops.where(step > 1, ops.floor(images / step) * step, images)


def solarize(images, amounts):
    """Invert what is bright: values from a threshold on, which at full strength is zero."""
    threshold = (LEVELS * (1 - ops.abs(amounts)))[:, None, None, None]
    return ops.where(images >= threshold, 255 - images, images)


values = ops.reshape(ops.convert_to_tensor([10.0, 100.0, 150.0, 250.0]), (1, 1, 4, 1))  # one picture of 1x4 pixels
half = ops.convert_to_tensor([0.5])
for function in (posterize, solarize):
    print(f"{function.__name__:10}", ops.convert_to_numpy(function(values, half)).ravel())

# %% [markdown] lang="en"
# All the others on one picture. The sign of a strength says which way: left or right, darker or brighter.

# %% [markdown] lang="ko"
# 나머지도 그림 한 장으로 모두 봐요. 세기의 부호는 방향이에요. 왼쪽이냐 오른쪽이냐, 어둡게냐 밝게냐를 정해요.

# %% alt="The drawn star after each operation: sheared, shifted and turned, by half and fully; below with its colours brighter, greyer, in fewer levels, inverted and equalised." alt_ko="그려 낸 별에 변형을 하나씩 적용한 모습. 위쪽은 절반 세기와 최대 세기로 기울이고 옮기고 돌린 것이고, 아래쪽은 색을 밝게, 바래게, 단계를 줄여서, 반전해서, 고르게 편 것이에요."
plot_operations(star, strengths=(0.5, 1.0),
                title="Thirteen changes that leave a star a star, mostly")

# %% [markdown] lang="en"
# Mostly: at full strength a shift of the picture's own width leaves nothing to see, and the lesson taught then is a wrong one. Two of the fourteen operations shift, and half of their strengths shift by half the picture or more: that is one training picture in fourteen. (`trivial_augment=0.5` halves the strengths.) Is a turned 6 still a 6? What may be done to a picture depends on what is asked about it; on photographs of animals nearly all of this is harmless.
#
# Every picture of a batch draws for itself. (Keras's own `RandAugment` draws once for a whole batch.) **Predict:** how likely is it that a picture's pixels are moved? And that it is left as it is by "identity"?

# %% [markdown] lang="ko"
# '대체로' 그렇다는 말이에요. 세기가 최대면 그림의 너비만큼 옮겨져서 아무것도 안 보이고, 그때는 틀린 것을 가르치는 셈이에요. 열네 가지 가운데 둘이 옮기기이고, 그 세기의 절반은 그림을 반 넘게 옮겨요. 학습 그림 열네 장에 한 장꼴이에요. (`trivial_augment=0.5`로 하면 세기가 절반이 돼요.) 6을 돌려도 6일까요? 그림에 무엇을 해도 되는지는 무엇을 묻느냐에 달렸어요. 동물 사진이라면 거의 다 괜찮아요.
#
# 배치 안의 그림은 저마다 따로 뽑아요. (Keras의 `RandAugment`는 배치 전체에 한 번만 뽑아요.) 픽셀이 움직일 확률은 얼마일까요? '그대로 두기'(identity)가 뽑힐 확률은요? **예측해 보세요.**

# %%
print(f"{len(OPERATIONS)} operations: moved {len(GEOMETRIC) / len(OPERATIONS):.0%}, "
      f"identity {1 / len(OPERATIONS):.0%}")

# %% [markdown] lang="en"
# ### Random erasing: no single part decides
#
# A box of some pictures is covered with noise. A model that has learned that a wheel means a car must find another sign when the wheel is gone. A box is where a stretch of rows meets a stretch of columns. By hand on 4x4 pixels:

# %% [markdown] lang="ko"
# ### 무작위 지우기: 한 부분만 보고 정하지 않게
#
# 그림 몇 장에서 상자 하나를 잡음으로 덮어요(무작위 지우기, random erasing). 바퀴만 보고 자동차라고 하던 모델은 바퀴가 가려지면 다른 단서를 찾아야 해요. 상자는 행 몇 줄과 열 몇 줄이 만나는 곳이에요. 4x4 픽셀로 직접 해 봐요.

# %%
rows, columns = np.array([False, True, True, False]), np.array([False, False, True, True])
covered = rows[:, None] & columns[None, :]
np.where(covered, 99, np.arange(16).reshape(4, 4))  # 99 stands for noise

# %% [markdown] lang="en"
# How large? The area is drawn as a share of the picture's, the ratio $r$ of width to height too: a box of $a$ pixels is $\sqrt{a / r}$ high and $\sqrt{a r}$ wide. **Predict** both for $a = 72$ and $r = 2$. The layer's `call` reads like the lines above, for a whole batch at once:

# %% [markdown] lang="ko"
# 크기는 어떻게 정할까요? 그림 넓이에서 차지하는 비율을 뽑고, 너비와 높이의 비 $r$도 뽑아요. 픽셀 $a$개짜리 상자의 높이는 $\sqrt{a / r}$, 너비는 $\sqrt{a r}$예요. $a = 72$, $r = 2$일 때 둘을 **예측해 보세요.** 층의 `call`은 위에서 한 일을 배치 전체에 한꺼번에 해요.

# %% quotes="vit_keras.augment.crops.RandomErasing.call"
import math


def call(self, images, training=None):
    x = ops.cast(images, "float32")
    if not training:
        return x
    batch, (height, width, _) = ops.shape(images)[0], images.shape[1:]
    area = height * width * self._draw(batch, *self.scale)
    ratio = ops.exp(self._draw(batch, *map(math.log, self.aspect_ratio)))  # 1/2 is as frequent as 2
    covered = self._draw(batch, 0, 1) < self.probability  # (B, 1)
    rows = self._inside(ops.sqrt(area / ratio), height) & covered  # (B, H)
    columns = self._inside(ops.sqrt(area * ratio), width)  # (B, W)
    # One field of noise for a batch: drawing is what costs, and every image shows another part of it.
    noise = ops.floor(keras.random.uniform((1, *images.shape[1:]), 0, 256, seed=self.seed_generator))
    return ops.where((rows[:, :, None] & columns[:, None, :])[..., None], noise, x)


erased = RandomErasing(probability=0.25, seed=0)(np.zeros((4000, 8, 8, 3), "uint8"), training=True)
share = np.mean(ops.convert_to_numpy(erased).any(axis=(1, 2, 3)))
print(f"a box of 72 pixels, twice as wide as high: {np.sqrt(72 / 2):.0f} x {np.sqrt(72 * 2):.0f}")
print("about a quarter of 4,000 pictures is covered:", abs(share - 0.25) < 0.03)

# %% [markdown] lang="en"
# ### MixUp and CutMix: two pictures become one
#
# Now the label changes as well. MixUp lays one picture over the other, half transparent; CutMix cuts a box out of the other. What is left of picture $a$ is its share $\lambda$, and the label has the same:
#
# $$\mathbf{x} = \lambda \, \mathbf{x}_a + (1 - \lambda) \, \mathbf{x}_b \;\; \text{(MixUp)}, \qquad \mathbf{y} = \lambda \, \mathbf{y}_a + (1 - \lambda) \, \mathbf{y}_b \;\; \text{(both)}$$
#
# Pictures of 4x4 pixels, $a$ numbered from 0 to 15, $b$ 100 everywhere. MixUp with $\lambda = 0.75$; CutMix with a box of 2x2. **Predict** the label of either.

# %% [markdown] lang="ko"
# ### MixUp과 CutMix: 그림 두 장이 하나로
#
# 이번에는 레이블도 바뀌어요. MixUp은 한 그림을 다른 그림 위에 반투명하게 겹치고, CutMix는 다른 그림에서 상자를 오려 붙여요. 그림 $a$가 남은 몫이 $\lambda$이고, 레이블도 같은 몫으로 나눠요.
#
# $$\mathbf{x} = \lambda \, \mathbf{x}_a + (1 - \lambda) \, \mathbf{x}_b \;\; \text{(MixUp)}, \qquad \mathbf{y} = \lambda \, \mathbf{y}_a + (1 - \lambda) \, \mathbf{y}_b \;\; \text{(both)}$$
#
# 4x4 픽셀 그림 두 장이 있어요. $a$에는 0부터 15까지 번호를 매겼고 $b$는 모두 100이에요. MixUp은 $\lambda = 0.75$, CutMix는 2x2 상자로 해요. 각각의 레이블을 **예측해 보세요.**

# %%
a, b = np.arange(16.0).reshape(4, 4), np.full((4, 4), 100.0)
mixed_up = 0.75 * a + 0.25 * b
cut_mixed = a.copy()
cut_mixed[1:3, 2:4] = b[1:3, 2:4]
label = 0.75 * np.array([1, 0]) + 0.25 * np.array([0, 1])
print(mixed_up, cut_mixed,
      f"both labels: {label}; the box is {2 * 2 / 16} of the picture", sep="\n\n")

# %% [markdown] lang="en"
# The same label for two very different pictures. In MixUp everything is there, faintly, twice; in CutMix three quarters are there in full, and the rest in full from elsewhere. In the module both are one formula: a box of the partner laid over, of which the picture keeps the share `keep` (0 in CutMix; in MixUp the box is the whole picture). A picture's partner is the one as far from the end of the batch as it is from the start: a flip.

# %% [markdown] lang="ko"
# 전혀 다른 그림 두 장의 레이블이 똑같아요. MixUp에서는 두 그림이 모두 희미하게 다 들어 있고, CutMix에서는 4분의 3이 또렷하고 나머지가 다른 그림에서 또렷하게 들어와요. 모듈에서는 둘이 식 하나예요. 짝의 상자를 위에 얹고, 그 자리에서 원래 그림이 `keep`만큼 남아요(CutMix는 0이고, MixUp은 상자가 그림 전체예요). 배치를 뒤집었을 때 같은 자리에 오는 그림이 짝이에요.

# %% quotes=["vit_keras.augment.mixing.mix_images", "vit_keras.augment.mixing.mix_labels"]
def mix_images(images, mixing):
    """Lay a box of each picture's partner over it: (B, H, W, C) and (B, 5) -> float32 (B, H, W, C)."""
    height, width = images.shape[1:3]
    top, bottom, left, right, keep = (mixing[:, index, None] for index in range(5))  # (B, 1) each
    rows, columns = ops.arange(height, dtype="float32"), ops.arange(width, dtype="float32")
    inside_rows = ops.cast((rows >= top) & (rows < bottom), "float32")  # (B, H)
    inside_columns = ops.cast((columns >= left) & (columns < right), "float32")  # (B, W)
    inside = inside_rows[:, :, None] * inside_columns[:, None, :]  # (B, H, W)
    of_partner = (inside * (1 - keep[:, :, None]))[..., None]
    images = ops.cast(images, "float32")
    return images + of_partner * (ops.flip(images, axis=0) - images)


def mix_labels(labels, mixing, image_shape):
    """Labels as far as each picture is left, and its partner's for the rest: (B, K) -> (B, K)."""
    top, bottom, left, right, keep = (mixing[:, index, None] for index in range(5))
    area = (bottom - top) * (right - left) / (image_shape[0] * image_shape[1])
    of_partner = (1 - keep) * area
    return labels + of_partner * (ops.flip(labels, axis=0) - labels)


pair = np.stack([a, b])[..., None]  # (B, H, W, C)
for name, mixture, by_hand in [("MixUp", [0, 4, 0, 4, 0.75], mixed_up), ("CutMix", [1, 3, 2, 4, 0], cut_mixed)]:
    mixing = ops.convert_to_tensor(np.float32([mixture, mixture]))
    picture = ops.convert_to_numpy(mix_images(pair, mixing))[0, :, :, 0]
    labels = ops.convert_to_numpy(mix_labels(np.eye(2, dtype="float32"), mixing, (4, 4)))
    print(f"{name}: as by hand {np.allclose(picture, by_hand)}, label {labels[0]}")

# %% [markdown] lang="en"
# In the recipe $\lambda$ is drawn from a Beta distribution, each picture tosses a coin between the two, and a fifth is not mixed at all. All that augmentation does, on the drawn star:

# %% [markdown] lang="ko"
# 레시피에서는 $\lambda$를 베타 분포에서 뽑고, 그림마다 동전을 던져 둘 중 하나를 골라요. 다섯 장 가운데 한 장은 섞지 않아요. 그려 낸 별에 지금까지의 재료를 모두 적용해 봐요.

# %% alt="Five rows of pictures of the drawn star: moved and mirrored; changed by TrivialAugment; with a box of noise; laid over a moon, half transparent; with a box of the moon cut in. Over the mixtures stands how much of the star's label is left." alt_ko="그려 낸 별 그림이 다섯 줄로 있어요. 옮기고 뒤집은 것, TrivialAugment로 바꾼 것, 잡음 상자로 덮은 것, 달과 반투명하게 겹친 것, 달의 상자를 오려 붙인 것. 섞은 그림 위에는 별의 레이블이 얼마나 남았는지 적혀 있어요."
plot_ingredients(star, moon, number=6, seed=4, title="One picture, as each ingredient shows it")

# %% [markdown] lang="en"
# Compare the percentages with what you see. In the CutMix row they are the visible area; where the box happens to hide the star itself, the label still says mostly star. It is right on average, and wrong now and then.
#
# ### What a soft label asks for
#
# The loss is cross-entropy, and it is linear in the label. So a mixed label is nothing new: it is the loss for $a$ and the loss for $b$, weighted.
#
# $$-\sum_k y_k \ln p_k = \lambda \left( -\sum_k y_{a,k} \ln p_k \right) + (1 - \lambda) \left( -\sum_k y_{b,k} \ln p_k \right)$$
#
# *Label smoothing* is then MixUp with a picture that is not there: of the label, and with all classes alike, $y' = (1 - \varepsilon) \, y + \varepsilon / K$. What does it ask for? Cross-entropy is smallest where $p = y'$. With $\varepsilon = 0.1$ and ten classes the right one should get 0.91 and each other 0.01, so the right logit should lie $\ln (0.91 / 0.01)$ above the others, and no farther. With a hard label it should lie *infinitely* far above: there is always something to gain by larger weights. **Predict** where the loss is smallest on this scale of logits:

# %% [markdown] lang="ko"
# 퍼센트와 그림을 견주어 보세요. CutMix 줄에서는 눈에 보이는 넓이와 같아요. 상자가 하필 별을 가리면, 별이 안 보이는데도 레이블은 여전히 대부분 별이라고 해요. 평균으로는 맞고, 가끔 틀려요.
#
# ### 부드러운 레이블이 바라는 것
#
# 손실인 교차 엔트로피(cross-entropy)는 레이블에 대해 선형이에요. 그래서 섞은 레이블의 손실은 새로운 것이 아니라, $a$의 손실과 $b$의 손실을 몫대로 더한 거예요.
#
# $$-\sum_k y_k \ln p_k = \lambda \left( -\sum_k y_{a,k} \ln p_k \right) + (1 - \lambda) \left( -\sum_k y_{b,k} \ln p_k \right)$$
#
# 그러고 보면 *레이블 스무딩*(label smoothing)은 그림은 두고 레이블만, 모든 클래스가 똑같은 레이블과 섞는 MixUp이에요. $y' = (1 - \varepsilon) \, y + \varepsilon / K$. 이것이 바라는 것은 무엇일까요? 교차 엔트로피는 $p = y'$일 때 가장 작아요. $\varepsilon = 0.1$이고 클래스가 열 개면 정답은 0.91, 나머지는 0.01씩이어야 해요. 그러니 정답의 로짓(logit)이 나머지보다 $\ln (0.91 / 0.01)$만큼 높으면 되고, 더 높을 필요가 없어요. 딱딱한 레이블에서는 *한없이* 높아야 해요. 가중치를 키우면 언제나 조금이라도 이득이에요. 아래의 로짓 눈금에서 손실이 가장 작은 곳을 **예측해 보세요.**

# %%
def loss(gap, epsilon, K=10):
    """Cross-entropy where the right logit lies `gap` above all others, which are 0."""
    log_right, log_other = gap - np.log(np.exp(gap) + K - 1), -np.log(np.exp(gap) + K - 1)
    return -(1 - epsilon + epsilon / K) * log_right - (K - 1) * epsilon / K * log_other


gaps = np.linspace(0, 20, 2001)
for epsilon in (0.0, 0.1):
    print(f"epsilon {epsilon}: smallest loss at a gap of {gaps[loss(gaps, epsilon).argmin()]:.2f} "
          "(looked at up to 20)")
print(f"ln 91 = {np.log(91):.2f}")

# %% [markdown] lang="en"
# With a hard label the answer is always at the end of the scale, wherever the scale ends.
#
# **Mixing ends early.** Nobody will ask the model about half a star in a moon. So in the last tenth of the steps no picture is mixed (`mix_until=0.9`), while the learning rate goes to zero: the model settles on pictures of the kind it will be tested on.
#
# ### What does it cost?
#
# All of this is computed on the device, picture by picture, inside the compiled step. `benchmarks/speed/pipeline.py` measures a step with everything on beside one with nothing on.

# %% [markdown] lang="ko"
# 딱딱한 레이블에서는 눈금을 어디까지 늘리든 답이 늘 눈금 끝에 있어요.
#
# **섞기는 일찍 끝내요.** 달 속에 별이 반쯤 든 그림을 모델에게 물어볼 사람은 없어요. 그래서 마지막 10분의 1 동안은 섞지 않아요(`mix_until=0.9`). 학습률이 0으로 가는 동안 모델은 실제로 시험 볼 그림에 적응해요.
#
# ### 비용은 얼마나 들까요?
#
# 모두 장치 위에서, 컴파일된 스텝 안에서, 그림마다 따로 계산해요. `benchmarks/speed/pipeline.py`가 전부 켠 스텝과 아무것도 안 켠 스텝의 시간을 비교해요.

# %%
cost = recorded("pipeline_cost")
if cost:
    size = cost["size"]
    print(f"model of width {size['hidden_dim']} with {size['num_layers']} layers, "
          f"batch {cost['batch']}")
    for case, ratio in cost["beside_nothing"].items():
        print(f"{case:18} {100 * (ratio['median'] - 1):+.0f} % of a step "
              f"[{100 * (ratio['min'] - 1):+.0f} to "
              f"{100 * (ratio['max'] - 1):+.0f}]")
    if "pipeline_share" in cost:
        print(f"pictures alone: {cost['pipeline_share']['median']:.0%} of a step with "
              "everything on")

# %% [markdown] lang="en"
# "Everything" is all that is done to pictures, labels and blocks; Muon, which works on weights, is measured by itself and on top of it. The cost of pictures does not depend on the model: beside a larger one it is a smaller share, beside the little ViT of this lesson a larger one. The cost of Muon does not depend on how many pictures are in a batch.

# %% [markdown] lang="ko"
# "everything"은 그림과 레이블과 블록에 하는 일을 모두 켠 것이고, 가중치에 하는 일인 Muon은 따로 한 번, 거기에 더해서 한 번 쟀어요. 그림에 드는 비용은 모델과 상관없이 일정해요. 그래서 모델이 크면 비중이 작아지고, 이 수업의 작은 ViT 옆에서는 커져요. Muon에 드는 비용은 배치에 든 그림이 몇 장이든 똑같아요.

# %% [markdown] lang="en"
# ## 5. The model's part
#
# ### Stochastic depth: blocks that are missing now and then
#
# Equations (2) and (3) add something to what comes in. In training each image leaves out some of these additions by chance; what is kept is enlarged to make up for it. With $s$ for how often a part is skipped:
#
# $$\mathbf{z}' = \frac{r}{1 - s} \, \text{MSA}(\text{LN}(\mathbf{z})) + \mathbf{z}, \qquad r = 1 \text{ with probability } 1 - s, \text{ else } 0$$
#
# What is added is then right on average: $(1 - s) \cdot \frac{1}{1 - s} + s \cdot 0 = 1$. A part adds 6, and $s = 1/4$. **Predict** the two values that come out, and their mean.

# %% [markdown] lang="ko"
# ## 5. 모델이 맡은 몫
#
# ### 확률적 깊이: 가끔 빠지는 블록
#
# 식 (2)와 (3)은 들어온 것에 무언가를 더해요. 확률적 깊이(stochastic depth)는 학습할 때 그림마다 우연히 이 덧셈을 건너뛰고, 건너뛰지 않을 때는 그만큼 크게 더해요. 건너뛰는 비율이 $s$라면 이렇게 써요.
#
# $$\mathbf{z}' = \frac{r}{1 - s} \, \text{MSA}(\text{LN}(\mathbf{z})) + \mathbf{z}, \qquad r = 1 \text{ with probability } 1 - s, \text{ else } 0$$
#
# 그러면 더하는 양이 평균으로는 맞아요. $(1 - s) \cdot \frac{1}{1 - s} + s \cdot 0 = 1$. 어떤 부분이 6을 더하고 $s = 1/4$이면, 나올 수 있는 두 값과 평균이 얼마일지 **예측해 보세요.**

# %%
# one draw for a whole image, as in TransformerBlock
skip = layers.Dropout(0.25, noise_shape=(None, 1, 1), seed=0)
added = ops.convert_to_numpy(skip(np.full((8000, 2, 3), 6.0), training=True))  # (B, T, D)
print("values:", np.unique(np.round(added, 2)), "| alike within an image:",
      np.array_equal(added.max((1, 2)), added.min((1, 2))))
print("their mean is about 6:", abs(added.mean() - 6) < 0.15)
print("skip rates of four blocks up to 0.1:", np.round(skip_rates(4, 0.1), 3))

# %% [markdown] lang="en"
# The rate grows from block to block: what the first ones make is needed by all that follow. Now and then an image goes through a shallower model, so no block can rely on exactly what the one before it does. (The mean is kept for each sum, not for the whole model: behind a sum comes a norm, which is not linear.)
#
# ### Mimetic start: attention that begins with a habit
#
# A score compares $\mathbf{q} = \mathbf{x} \mathbf{W}_q$ with $\mathbf{k} = \mathbf{x}' \mathbf{W}_k$. Their dot product is
#
# $$\mathbf{q} \, \mathbf{k}^\top = \mathbf{x} \; \mathbf{W}_q \mathbf{W}_k^\top \; \mathbf{x}'^\top$$
#
# so only the product $\mathbf{W}_q \mathbf{W}_k^\top$ counts. In trained Vision Transformers it has a bright diagonal: tokens look at tokens like themselves. And $\mathbf{W}_v \mathbf{W}_o$, what is written back, has a dark one. At random neither is there, and it takes pictures to learn. *Mimetic initialisation* starts with both:
#
# $$\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \, \mathbf{Z} + 0.7 \, \mathbf{I}, \qquad \mathbf{W}_v \mathbf{W}_o = 0.4 \, \mathbf{Z} - 0.4 \, \mathbf{I}, \qquad \mathbf{Z} \text{ random}$$
#
# How does one find two factors for a given product? By its singular values; a head is narrower than $D$, so it gets the nearest product of its rank:

# %% [markdown] lang="ko"
# 건너뛰는 비율은 블록을 올라갈수록 커져요. 앞쪽 블록이 만든 것은 뒤의 모든 블록에 필요하니까요. 그림이 가끔 더 얕은 모델을 지나게 되어서, 어떤 블록도 바로 앞 블록이 하는 일을 그대로 믿고 있을 수 없어요. (평균이 지켜지는 것은 덧셈 하나하나예요. 덧셈 뒤에는 선형이 아닌 층 정규화(layer normalization)가 오니까 모델 전체의 평균까지 지켜지지는 않아요.)
#
# ### 모방 초기화: 습관을 갖고 시작하는 어텐션
#
# 어텐션 점수는 $\mathbf{q} = \mathbf{x} \mathbf{W}_q$와 $\mathbf{k} = \mathbf{x}' \mathbf{W}_k$를 비교해요. 둘의 내적은 이래요.
#
# $$\mathbf{q} \, \mathbf{k}^\top = \mathbf{x} \; \mathbf{W}_q \mathbf{W}_k^\top \; \mathbf{x}'^\top$$
#
# 그러니 중요한 것은 곱 $\mathbf{W}_q \mathbf{W}_k^\top$뿐이에요. 학습이 끝난 비전 트랜스포머에서는 이 곱의 대각선이 밝아요. 토큰이 자기와 닮은 토큰을 본다는 뜻이에요. 되돌려 쓰는 $\mathbf{W}_v \mathbf{W}_o$에서는 대각선이 어두워요. 무작위로 시작하면 둘 다 없고, 그림을 보며 배워야 해요. *모방 초기화*(mimetic initialisation)는 둘을 갖춘 채로 시작해요.
#
# $$\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \, \mathbf{Z} + 0.7 \, \mathbf{I}, \qquad \mathbf{W}_v \mathbf{W}_o = 0.4 \, \mathbf{Z} - 0.4 \, \mathbf{I}, \qquad \mathbf{Z} \text{ random}$$
#
# 곱이 주어졌을 때 두 인수는 어떻게 찾을까요? 특잇값으로 찾아요. 헤드(head)는 $D$보다 좁으니까, 그 계수(rank)에서 가장 가까운 곱을 써요.

# %% quotes=["vit_keras.training.mimetic.noisy_identity", "vit_keras.training.mimetic.factors"]
def noisy_identity(rng, width, noise, identity):
    """noise * Z + identity * I, with Z of N(0, 1 / width): (width, width)."""
    return noise * rng.normal(scale=width**-0.5, size=(width, width)) + identity * np.eye(width)


def factors(matrix, rank):
    """Two matrices (D, rank) whose product left @ right.T is the nearest one of that rank, of equal size both."""
    left, sizes, right = np.linalg.svd(matrix)
    root = np.sqrt(sizes[:rank])
    return left[:, :rank] * root, right[:rank].T * root


wanted = noisy_identity(np.random.default_rng(0), 16, 0.7, 0.7)
for rank in (16, 8, 4):
    left, right = factors(wanted, rank)
    rest = np.linalg.norm(wanted - left @ right.T) / np.linalg.norm(wanted)
    print(f"rank {rank:2}: shapes {left.shape} and {right.shape}, what is missing {rest:.2f}, "
          f"mean of the diagonal {np.mean(np.diag(left @ right.T)):.2f}")

# %% [markdown] lang="en"
# A narrow head keeps only part of the diagonal, still far more than none. The ViT of lesson 5, before and after:

# %% [markdown] lang="ko"
# 좁은 헤드에는 대각선이 일부만 남아요. 그래도 아예 없는 것보다는 훨씬 많아요. 수업 5의 ViT에서 적용하기 전과 후를 봐요.

# %%
def products(model, block=0, head=0):
    """W_q W_k^T of one head, and W_v W_o of all heads together, of one block: two arrays (D, D)."""
    attention = model.encoder.blocks[block].attention
    q, k, v, o = (ops.convert_to_numpy(getattr(attention, name).kernel)
                  for name in ("query", "key", "value", "output_projection"))
    key_dim = model.hidden_dim // attention.num_heads
    columns = slice(head * key_dim, (head + 1) * key_dim)
    return q[:, columns] @ k[:, columns].T, v @ o


keras.utils.set_random_seed(0)
vit = VisionTransformer((32, 32, 3), 4, num_layers=4, hidden_dim=64, num_heads=4, mlp_dim=128,
                        num_classes=10)
before = products(vit)
initialise_mimetic(vit)
after = products(vit)
for name, pair in {"before": before, "after": after}.items():
    diagonals = [round(float(np.mean(np.diag(product))), 1) + 0 for product in pair]
    print(f"{name:7} mean of the diagonal: queries and keys {diagonals[0]}, "
          f"values and output {diagonals[1]}")

# %% alt="Four heat maps of 64 x 64 numbers. Before: noise in both products. After: queries times keys shows a bright diagonal in noise, values times output a dark one." alt_ko="64 x 64 숫자의 열 지도 네 장. 적용하기 전에는 두 곱 모두 잡음뿐이고, 적용한 뒤에는 쿼리와 키의 곱에 밝은 대각선이, 밸류와 출력의 곱에 어두운 대각선이 보여요."
plot_matrices({"before: $W_q W_k^T$": before[0], "after: $W_q W_k^T$": after[0],
               "before: $W_v W_o$": before[1], "after: $W_v W_o$": after[1]},
              "A habit that is there before the first picture")

# %% [markdown] lang="en"
# The diagonals are on the second and the fourth map. The start costs nothing, and does not bind the model: these weights are trained like all others.
#
# ### bfloat16: fewer digits, more pictures
#
# A float32 has 8 bits for the size and 23 for the digits. A **bfloat16** has the same 8, and 7 for the digits: half the memory, and on processors made for it several times the speed. So it reaches as far, in coarser steps. **Predict** what becomes of these numbers.

# %% [markdown] lang="ko"
# 둘째와 넷째 지도에 대각선이 보여요. 이렇게 시작하는 데는 비용이 들지 않고, 모델이 여기에 묶이지도 않아요. 이 가중치도 나머지와 똑같이 학습돼요.
#
# ### bfloat16: 자릿수는 적게, 그림은 많이
#
# float32는 크기에 8비트, 자릿수에 23비트를 써요. **bfloat16**은 크기에는 똑같이 8비트를 쓰고 자릿수에는 7비트만 써요. 메모리는 절반이고, 이것을 지원하는 프로세서에서는 몇 배 빨라요. 미치는 범위는 같고 눈금만 성긴 셈이에요. 아래 숫자들이 어떻게 될지 **예측해 보세요.**

# %%
def in_bfloat16(number):
    return float(ops.convert_to_numpy(ops.cast(ops.cast(number, "bfloat16"), "float32")))


for number in (3.14159, 1.003, 1.004, 257.0, 1e-30):
    print(f"{number:<8g} becomes {in_bfloat16(number):g}")

# %% [markdown] lang="en"
# Behind 1 comes 1.0078. So it is good enough for what flows through a model, and not for what is added up in small steps. **Predict** where counting to 1,000 ends, and what a weight of 1 is after a step of 0.001:

# %% [markdown] lang="ko"
# 1 다음 숫자가 1.0078이에요. 모델 안을 흘러가는 값에는 이 정도면 충분하지만, 조금씩 더해 가는 값에는 모자라요. 1부터 1,000까지 세면 어디서 멈출까요? 가중치 1을 0.001만큼 움직이면 얼마가 될까요? **예측해 보세요.**

# %%
count = ops.cast(0, "bfloat16")
for _ in range(1000):
    count = count + ops.cast(1, "bfloat16")
weight = ops.cast(1, "bfloat16") - ops.cast(0.001, "bfloat16")
print(f"counted to {float(ops.convert_to_numpy(ops.cast(count, 'float32'))):g}, "
      f"the weight is {float(ops.convert_to_numpy(ops.cast(weight, 'float32'))):g}")

# %% [markdown] lang="en"
# 256 and one more is 256, and a step of the learning rate is lost entirely: in bfloat16 alone the model would not train. *Mixed precision* does only the large products in bfloat16 (lesson 13). `Recipe(precision="auto")` uses it where it is measured to be faster.

# %% [markdown] lang="ko"
# 256에 1을 더해도 256이고, 학습률만큼의 한 걸음은 통째로 사라져요. bfloat16만으로는 모델이 배우지 못해요. *혼합 정밀도*(mixed precision)는 큰 곱셈만 bfloat16으로 해요(수업 13). `Recipe(precision="auto")`는 재 봐서 빨라질 때만 써요.

# %% [markdown] lang="en"
# ## 6. The ladder
#
# Which of all this helps? One ingredient is added on each rung, everything else stays: the model of lesson 5, the pictures, the budget, the test. Such an experiment is called an *ablation*. Each rung is trained with several seeds, since one run says little.
#
# In a few minutes on a laptop a ViT cannot learn 45,000 pictures by heart (lesson 5: it underfits). What keeps it from doing so could only cost there. So the laptop's ladder takes **2,000 training pictures**, 200 of each class, and goes through them 36 times. That is the situation of somebody with little data, and the recipe's situation: with more time, 45,000 pictures become few as well. The test is on all 10,000 pictures.
#
# ### A first impression of your own
#
# The two ends of the ladder, once each, on pictures that are few enough (about a minute a cell on a laptop). **Predict** for each whether training or test accuracy will be higher, and by how much.

# %% [markdown] lang="ko"
# ## 6. 사다리
#
# 이 가운데 무엇이 정말 도움이 될까요? 한 단계에 재료를 하나씩 더하고, 나머지는 모두 그대로 둬요. 수업 5의 모델, 그림, 예산, 테스트가 다 같아요. 이런 실험을 *절제 실험*(ablation)이라고 해요. 한 번 학습한 결과로는 알 수 있는 것이 적으니까, 단계마다 시드를 바꿔 여러 번 학습해요.
#
# 노트북 컴퓨터로 몇 분 만에 ViT가 그림 45,000장을 외울 수는 없어요(수업 5에서 과소적합이었어요). 거기서는 외우지 못하게 하는 재료가 손해만 될 수 있어요. 그래서 노트북용 사다리는 **학습 그림 2,000장**, 클래스마다 200장을 36번 훑어요. 데이터가 적은 사람의 처지이고, 이 레시피가 겨냥하는 처지예요. 시간이 많아지면 45,000장도 적은 데이터가 되니까요. 테스트는 10,000장 전부로 해요.
#
# ### 먼저 직접 해 보기
#
# 사다리의 양쪽 끝을 적은 그림으로 한 번씩 학습해 봐요(노트북 컴퓨터에서 셀 하나에 1분쯤). 각각 학습 정확도와 테스트 정확도 가운데 어느 쪽이 얼마나 높을지 **예측해 보세요.**

# %% tags=["nbval-ignore-output"]
# laptop: about a minute; gpu: less
few = vit_keras.load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=320, laptop=2000, gpu=2000)
)
budget = pick(smoke={"epochs": 1}, laptop={"epochs": 30}, gpu={"epochs": 36})
size = {"patch_size": 4, "num_classes": 10} | pick(
    smoke={"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
    gpu={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
)
keras.utils.set_random_seed(0)
runs = {"start": train(VisionTransformer((32, 32, 3), dropout_rate=0.1, **size), few,
                       Recipe(**budget, **start))}
few

# %% tags=["nbval-ignore-output"]
# laptop: about a minute; gpu: less
keras.utils.set_random_seed(0)
vit = VisionTransformer((32, 32, 3), stochastic_depth=0.1, **size)
initialise_mimetic(vit)
runs["everything"] = train(vit, few, Recipe(**budget, **goal))
Markdown(comparison(runs))

# %% [markdown] lang="en"
# In the column *train* the pictures are shown as they are. If *start* is far higher there than in *test*, it has learned by heart; if both are low, its few steps were not enough. One seed each, and few test pictures: an impression, not a result.
#
# ### The ladder, recorded

# %% [markdown] lang="ko"
# *train* 열은 바꾸지 않은 그림으로 잰 정확도예요. *start*가 거기서 *test*보다 훨씬 높으면 외운 것이고, 둘 다 낮으면 스텝이 모자란 거예요. 시드 하나씩이고 테스트 그림도 적어요. 결과가 아니라 인상으로만 받아들이세요.
#
# ### 기록한 사다리

# %%
ladder = recorded("ladder_cifar10")
if ladder:
    rungs = ladder["settings"]["ladder"]
    accuracy = by_group(ladder["runs"], "rung", rungs)
    training = by_group(ladder["runs"], "rung", rungs, "train_accuracy")
    climbed = [one for one in gains(accuracy) if one.values]
    done = ladder["runs"][0]
    print(f"{len(ladder['runs'])} runs, {len({run['seed'] for run in ladder['runs']})} seeds, "
          f"profile {ladder['profile']}: "
          f"{done['epochs']:.0f} passes, {done['parameters']:,} parameters")
    display(Markdown(gain_table(accuracy, head="+")))

# %% alt="Two panels with a row for each rung of the ladder. Left the test accuracy of each seed and the mean, right the gain over the rung before with two standard errors on each side; while nothing is recorded, a line that says so." alt_ko="사다리의 단계마다 한 줄씩 있는 그림 두 장. 왼쪽은 시드마다의 테스트 정확도와 평균, 오른쪽은 바로 앞 단계보다 얼마나 좋아졌는지와 양쪽으로 표준 오차의 두 배예요. 기록이 없으면 그렇다는 한 줄이 나와요."
if ladder:
    best = max(climbed, key=lambda rung: rung.mean)
    clear = sum(rung.clear for rung in climbed)
    told = any(rung.error is not None for rung in climbed)  # by one seed chance cannot be told
    title = (f"{clear} of {len(climbed) - 1} steps are more than chance" if told else
             "One seed: no step can be told from chance") + f"; highest with \"{best.name}\""
    display(plot_ladder(accuracy, title))
else:
    display(plot_nothing("The ladder"))

# %% [markdown] lang="en"
# Left, a dot is a seed and the bar their mean. Right, how much higher it is than the rung before it, one line up, with two standard errors to each side; a hollow dot may be chance. How is that told? All seeds of all rungs together give the deviation $s$ between runs that differ in nothing but the seed, and means of $n$ seeds then differ by chance by about
#
# $$s \, \sqrt{\tfrac{1}{n} + \tfrac{1}{n}}$$
#
# More than twice that, in either direction, happens by luck in one comparison of twenty. By hand, with $s = 0.6$ points and three seeds: gains below which size are not to be believed? **Predict.** Then what the recorded ladder says, in words that are computed from its numbers:

# %% [markdown] lang="ko"
# 왼쪽에서 점은 시드, 막대는 평균이에요. 오른쪽은 바로 앞 단계, 곧 한 줄 위보다 얼마나 높은지이고, 양쪽으로 표준 오차(standard error)의 두 배를 그었어요. 속이 빈 점은 우연일 수 있어요. 어떻게 구별할까요? 모든 단계의 모든 시드를 모으면, 시드 말고는 아무것도 다르지 않은 학습끼리의 편차 $s$를 알 수 있어요. 그러면 시드 $n$개의 평균 둘은 우연만으로도 이만큼 차이 나요.
#
# $$s \, \sqrt{\tfrac{1}{n} + \tfrac{1}{n}}$$
#
# 어느 쪽으로든 그 두 배가 넘는 차이는 스무 번에 한 번쯤만 우연히 나와요. $s = 0.6$ 퍼센트포인트이고 시드가 세 개라면, 얼마보다 작은 차이는 믿지 말아야 할지 **예측해 보세요.** 그다음 기록한 사다리의 결과를 숫자에서 계산한 문장으로 읽어 봐요.

# %%
print(f"by hand: twice {0.6 * np.sqrt(1 / 3 + 1 / 3):.2f} is about "
      f"{2 * 0.6 * np.sqrt(2 / 3):.1f} points")
if ladder:
    first, last = climbed[0], climbed[-1]
    print(f"\nFrom \"{first.name}\" to \"{last.name}\": {first.mean:.1%} -> {last.mean:.1%}. "
          f"Highest: \"{best.name}\", {best.mean:.1%}.")
    for what, chosen in {"clearly up": [r for r in climbed if r.clear and r.gain > 0],
                         "clearly down": [r for r in climbed if r.clear and r.gain < 0],
                         "may be chance": [r for r in climbed[1:] if not r.clear]}.items():
        named = ", ".join(f"{rung.name} ({rung.points})" for rung in chosen if rung.points)
        print(f"{what}: {named or 'none'}")
    for rung in dict.fromkeys([first, best, last]):
        gap = 100 * (np.mean(training[rung.name]) - rung.mean)
        print(f"\"{rung.name}\": training {np.mean(training[rung.name]):.1%}, "
              f"{gap:+.1f} points above the test")

# %% [markdown] lang="en"
# What such a ladder says, and what it does not:
#
# - It says what an ingredient adds *to those before it*, in this order.
# - It speaks of this budget. Below we change it.
# - bfloat16 is there as a check: by passes it should change nothing. What it brings is time.
# - Of fifteen comparisons one may look clear by luck.
# - The seeds are of weights, order and augmentation. The 2,000 pictures are the same for all, so what another 2,000 would change is not in the deviation.

# %% [markdown] lang="ko"
# 이런 사다리가 말해 주는 것과 말해 주지 않는 것을 정리해 볼게요.
#
# - 어떤 재료가 *앞에 넣은 것들에* 무엇을 더했는지를, 이 순서에서 말해 줘요.
# - 이 예산에 대한 이야기예요. 조금 뒤에 예산을 바꿔 봐요.
# - bfloat16을 넣은 것은 확인하기 위해서예요. 훑는 횟수가 같으면 아무것도 달라지지 않아야 해요. bfloat16이 보태는 것은 시간이에요.
# - 비교가 열다섯 번이면 그중 하나쯤은 운만으로도 뚜렷해 보일 수 있어요.
# - 시드는 가중치, 순서, 증강을 정해요. 그림 2,000장은 모두 같아요. 다른 2,000장이라면 무엇이 달라질지는 이 편차에 들어 있지 않아요.

# %% [markdown] lang="en"
# ### The same rungs, longer
#
# *This* budget? That can be put to the test. Some of the rungs were trained once more, on the same 2,000 pictures with the same seeds, and four times as long. That changes two things. The cosine has more steps to come down in, and every picture comes back 144 times: there is now time to learn it by heart. Look at the training accuracies above. **Predict** which rung gains most from more time, which gains least, and whether the highest is still the highest.

# %% [markdown] lang="ko"
# ### 같은 단계를 더 오래
#
# 이 예산에 대한 이야기라고 했으니 예산을 바꿔 볼게요. 몇 단계를 골라 같은 그림 2,000장과 같은 시드로, 네 배 더 오래 학습했어요. 그러면 두 가지가 달라져요. 코사인을 따라 내려갈 스텝이 많아지고, 그림마다 144번씩 다시 나오니까 외울 시간도 생겨요. 위에 나온 학습 정확도를 보면서 **예측해 보세요.** 시간을 더 주면 어느 단계가 가장 많이 좋아질까요? 가장 적게 좋아지는 것은요? 지금 가장 높은 단계가 그때도 가장 높을까요?

# %%
longer = recorded("ladder_cifar10_long")
if ladder and longer:
    both = {f"{file['settings']['epochs']:.0f} passes": file["runs"] for file in (ladder, longer)}
    chosen = [name for name in rungs if any(run["rung"] == name for run in longer["runs"])]
    budgets = {passes: by_group(runs, "rung", chosen) for passes, runs in both.items()}
    trained = {passes: by_group(runs, "rung", chosen, "train_accuracy")
               for passes, runs in both.items()}
    for passes, groups in budgets.items():
        print(f"\n{passes}, seeds: {len({run['seed'] for run in both[passes]})}; "
              "points over the line above")
        for rung in gains(groups):
            chance = "" if rung.clear else " (may be chance)"
            step = f", {rung.points} points{chance}" if rung.points else ""
            print(f"  {rung.name:16} training {np.mean(trained[passes][rung.name]):.1%}, "
                  f"test {rung.mean:.1%}{step}")

# %% alt="A row for each rung that was trained twice as a dot for each seed: with 36 passes and with four times as many, joined by a line; while nothing is recorded, a line that says so." alt_ko="두 가지 예산으로 학습한 단계마다 한 줄씩. 36번 훑은 결과와 네 배 더 훑은 결과를 시드마다 점으로 찍고 선으로 이었어요. 기록이 없으면 그렇다는 한 줄이 나와요."
if ladder and longer:
    turned = max(zip(*map(gains, budgets.values())),
                 key=lambda pair: abs((pair[0].gain or 0) - (pair[1].gain or 0)))
    points = ", ".join(f"{rung.points} points in {passes}" for rung, passes in zip(turned, budgets))
    display(plot_budgets(budgets, f"\"{turned[0].name}\": {points}"))
else:
    display(plot_nothing("The same rungs, longer"))

# %% [markdown] lang="en"
# Each line is a rung, each color a budget; dots are seeds, bars their means. From the top: *keras.io* and *label smoothing* end close to where they ended before. Their training accuracy says why: of 2,000 pictures there is hardly one left that they do not know by heart. TrivialAugment was the costliest step of the short ladder and is a gain in the long one: now there is something for it to prevent, and time to learn in spite of it. The next two lines, with mixing and more on top of it, make up for all they had cost and end level with it, with a training accuracy that is lower still. Muon, added last, is a gain in both. It raises the training accuracy, and the test follows: in the same number of steps more of the hard task is learned.
#
# So whether an ingredient "helps" depends on the number of pictures, the size of the model, and the time. The gap between training and test does not decide by itself: *label smoothing* had one in the short ladder, too, and a harder task still cost. What fits both budgets: as long as training accuracy itself is low, train longer or faster; once it is close to its ceiling and the test is not, make the task harder. (The ladder with all pictures, on a GPU: `VIT_KERAS_PROFILE=gpu python benchmarks/sweeps.py ladder --record`.)
#
# ### Muon on all pictures
#
# The last rung needs no such weighing: Muon does not make the task harder, it makes steps worth more. That should help where training is short of time, as in lesson 5. So here is lesson 5's task, all pictures and ten minutes, once by lesson 5's recipe and once with `muon=True` and nothing else changed. **Predict** which model gains most: the ViT, the hybrid of lesson 8, or the CNN.

# %% [markdown] lang="ko"
# 한 줄이 한 단계, 색이 예산이에요. 점은 시드, 막대는 평균이에요. 위에서부터 읽어 볼게요. *keras.io*와 *label smoothing*은 시간을 더 줘도 거의 제자리예요. 학습 정확도를 보면 이유를 알 수 있어요. 그림 2,000장 가운데 외우지 못한 것이 거의 남아 있지 않아요. TrivialAugment는 짧은 사다리에서 가장 손해가 큰 단계였는데, 긴 사다리에서는 이득이에요. 이제는 막아야 할 외우기가 있고, 그 재료를 넣고도 배울 시간이 있어요. 그 위에 섞기 같은 재료를 더 얹은 다음 두 줄은 짧을 때 본 손해를 모두 만회해서 TrivialAugment와 비슷한 곳에서 끝나요. 그런데 학습 정확도는 더 낮아요. 마지막에 더한 Muon은 어느 쪽에서든 이득이에요. 학습 정확도가 올라가고 테스트도 따라 올라가요. 똑같은 스텝 수로 어려운 문제를 더 많이 배운 거예요.
#
# 그러니 어떤 재료가 '도움이 되는지'는 그림이 몇 장이고, 모델이 얼마나 크고, 시간이 얼마나 있는지에 달려 있어요. 학습과 테스트의 차이만 봐서도 안 돼요. *label smoothing*은 짧은 사다리에서도 차이가 났지만, 문제를 어렵게 만들자 손해를 봤어요. 두 예산에 모두 맞는 말은 이거예요. 학습 정확도 자체가 낮으면 더 오래, 또는 더 빨리 배우게 하세요. 학습 정확도는 천장에 가까운데 테스트는 그렇지 않으면 문제를 어렵게 만드세요. (그림 전부로, GPU에서: `VIT_KERAS_PROFILE=gpu python benchmarks/sweeps.py ladder --record`.)
#
# ### 그림 전부와 Muon
#
# 마지막 단계는 그렇게 저울질할 필요가 없어요. Muon은 문제를 어렵게 만들지 않고, 한 스텝을 더 값지게 만들거든요. 그렇다면 수업 5처럼 시간이 모자란 학습에 도움이 되어야 해요. 수업 5의 과제를 그대로, 그림 전부로 10분 동안 학습했어요. 한 번은 수업 5의 레시피로, 한 번은 `muon=True`만 더해서요. ViT, 수업 8의 하이브리드, CNN 가운데 어느 모델이 가장 많이 좋아질지 **예측해 보세요.**

# %%
ten_minutes = {"": recorded("cifar10_laptop"), ", Muon": recorded("cifar10_laptop_muon")}
if all(ten_minutes.values()):
    titles = {"vit": "ViT", "hybrid": "hybrid", "cnn": "CNN"}
    display(Markdown(comparison({title + added: file["runs"][name] for name, title in titles.items()
                                 for added, file in ten_minutes.items()})))
    for name, title in titles.items():
        plain, other = (file["runs"][name] for file in ten_minutes.values())
        history = other["history"]
        passes = next(passes for passes, value in zip(history["epoch"], history["val_accuracy"])
                      if value >= plain["validation_accuracy"])
        print(f"{title}: {100 * (other['test_accuracy'] - plain['test_accuracy']):+.1f} points of "
              "test accuracy. With Muon "
              f"it has the validation accuracy of the other's end after {passes:.0f} of "
              f"{other['epochs']:.0f} passes.")
    ahead = [100 * (file["runs"]["cnn"]["test_accuracy"] - file["runs"]["vit"]["test_accuracy"])
             for file in ten_minutes.values()]
    print(f"The CNN is {ahead[0]:.1f} points ahead of the ViT without Muon, "
          f"{ahead[1]:.1f} with it.")

# %% [markdown] lang="en"
# The ViT classifies {{cifar10_laptop_muon:runs.vit.test_accuracy|.1%}} of the test pictures correctly instead of {{cifar10_laptop:runs.vit.test_accuracy|.1%}}, in fewer passes: a step with Muon takes longer, and this run planned whole passes only. No other rung of the ladder does as much for the cost of one argument. The hybrid gains less, and the CNN so little that one run each cannot tell it from chance. Why the ViT of all? That has not been measured here.
#
# The order stays. But part of the CNN's lead in lesson 5 was not the model's doing: the optimizer needed more time than it had. Before you blame a model, ask whether both were trained as well as they can be.
#
# Speed is not everything, though. Where pictures are missing and not time, it brings the same result sooner: on the 5,400 photographs of lesson 6 the long ViT named {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}} of the test photographs after {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}} passes, and with Muon {{cats_vs_dogs_long_vit_muon:runs.vit.test_accuracy|.1%}} after {{cats_vs_dogs_long_vit_muon:runs.vit.epochs|.0f}}.
#
# ## 7. What others have measured
#
# Lesson 5, section 9, has a table of published results from scratch on CIFAR. On CIFAR-10, 80 (9.5 M parameters) and 93.6 (2.7 M) are models of one kind; between them lie half as many passes again, and a recipe: AutoAugment, CutMix, MixUp, label smoothing, erasing, stochastic depth. How much mixing alone is worth after 200 passes on CIFAR-100, [OpenMixup](https://github.com/Westlake-AI/openmixup) measured with a DeiT-S: none 65.8, MixUp 70.0, CutMix 74.1, both 75.9. The 2.7 M model reaches 96.4 on CIFAR-10 if it first teaches itself on the same pictures ([Gani et al.](https://github.com/hananshafi/vits-for-small-scale-datasets)).
#
# Before comparing, remember that most of these authors report the best epoch on the *test* pictures. How much does that flatter? Say the accuracy stands still at 90 % and 10,000 test pictures blur it by 0.3 points from epoch to epoch. **Predict** what the best of 200 looks like.

# %% [markdown] lang="ko"
# ViT는 테스트 그림의 {{cifar10_laptop:runs.vit.test_accuracy|.1%}} 대신 {{cifar10_laptop_muon:runs.vit.test_accuracy|.1%}}를 맞혔어요. 데이터는 오히려 덜 훑었어요. Muon은 한 스텝이 더 오래 걸리고, 이 학습은 온전한 횟수로만 훑거든요. 인자 하나로 이만큼 좋아지는 단계는 사다리에 또 없어요. 하이브리드는 그보다 적게 좋아졌고, CNN은 조금밖에 좋아지지 않아서 한 번씩 학습한 것으로는 우연과 구별할 수 없어요. 왜 하필 ViT일까요? 여기서는 재 보지 않았어요.
#
# 순서는 그대로예요. 하지만 수업 5에서 CNN이 앞선 것 가운데 일부는 모델 때문이 아니라, 옵티마이저에게 시간이 모자랐기 때문이에요. 모델을 탓하기 전에 두 모델이 모두 제대로 학습했는지 먼저 따져 보세요.
#
# 그렇다고 빠른 것이 다는 아니에요. 모자란 것이 시간이 아니라 그림이라면, 같은 결과에 더 일찍 닿을 뿐이에요. 사진이 5,400장인 수업 6에서 오래 학습한 ViT는 {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}}번 훑은 뒤에 테스트 사진의 {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}}를, Muon을 쓰면 {{cats_vs_dogs_long_vit_muon:runs.vit.epochs|.0f}}번 만에 {{cats_vs_dogs_long_vit_muon:runs.vit.test_accuracy|.1%}}를 맞혔어요.
#
# ## 7. 다른 사람들이 잰 것
#
# 다른 그림 없이 CIFAR만으로 처음부터 학습해서 발표한 결과는 수업 5의 9절에 표로 있어요. CIFAR-10에서 80(파라미터 9.5 M)과 93.6(2.7 M)은 같은 종류의 모델이에요. 다른 것은 데이터를 1.5배 더 훑었다는 점, 그리고 레시피예요. AutoAugment, CutMix, MixUp, 레이블 스무딩, 지우기, 확률적 깊이를 썼어요. 섞기만으로 얼마나 좋아지는지는 [OpenMixup](https://github.com/Westlake-AI/openmixup)이 CIFAR-100을 200번 훑은 DeiT-S로 쟀어요. 섞지 않으면 65.8, MixUp 70.0, CutMix 74.1, 둘 다 75.9예요. 2.7 M 모델은 같은 그림으로 먼저 자기 지도 학습을 하면 CIFAR-10에서 96.4에 이르러요([Gani et al.](https://github.com/hananshafi/vits-for-small-scale-datasets)).
#
# 비교하기 전에 조심하세요. 이 저자들은 대부분 *테스트* 그림에서 가장 좋았던 에폭을 보고해요. 얼마나 부풀려질까요? 정확도가 90 %에 멈춰 있고, 테스트 그림 10,000장 때문에 에폭마다 0.3 퍼센트포인트씩 흔들린다고 해요. 200번 가운데 가장 좋은 것이 얼마로 보일지 **예측해 보세요.**

# %%
# 1,000 imaginary runs of 200 epochs
looks = 90 + np.random.default_rng(0).normal(0, 0.3, (1000, 200))
print(f"the last epoch: {looks[:, -1].mean():.1f} on average, the best one: "
      f"{looks.max(axis=1).mean():.1f}")

# %% [markdown] lang="en"
# Nearly a point from looking alone, and nothing was learned. (In a real run neighboring epochs share most of their mistakes, so it is somewhat less.) That is why `train` reports the last step and looks at the test once.
#
# ## 8. Nine minutes on a GPU
#
# The whole recipe, on all pictures and with a wider model, is one command. In Colab choose a GPU, put the course's folder there, and run
#
# ```
# !KERAS_BACKEND=jax python benchmarks/train.py --recipe small-data --minutes 9 --seed 0
# ```
#
# After two passes it knows its speed and plans as many whole passes as fit, so that the schedule ends where the time ends. `--recipe keras.io`, `course` and `course-muon` train the same data by the recipes of the first rung, of lesson 5, and of lesson 5 with Muon. If a run of it is recorded, the next cell shows it:

# %% [markdown] lang="ko"
# 보기만 잘 골라도 1 퍼센트포인트 가까이 올라가요. 배운 것은 하나도 없는데요. (실제 학습에서는 이웃한 에폭끼리 틀리는 그림이 비슷해서 조금 덜해요.) 그래서 `train`은 마지막 스텝을 보고하고, 테스트는 한 번만 봐요.
#
# ## 8. GPU에서 9분
#
# 전체 레시피를 모든 그림과 더 넓은 모델로 돌리는 것도 명령 하나예요. Colab에서 GPU를 고르고, 강좌 폴더를 올린 다음 실행하세요.
#
# ```
# !KERAS_BACKEND=jax python benchmarks/train.py --recipe small-data --minutes 9 --seed 0
# ```
#
# 두 번 훑고 나면 속도를 알게 되고, 시간 안에 들어갈 만큼만 온전한 횟수를 계획해요. 그래서 스케줄이 끝나는 때와 시간이 끝나는 때가 같아요. `--recipe keras.io`, `course`, `course-muon`은 같은 데이터를 사다리의 첫 단계, 수업 5의 레시피, 수업 5의 레시피에 Muon을 더한 것으로 학습해요. 기록이 있으면 다음 셀이 보여 줘요.

# %%
results = Path(vit_keras.__file__).parents[1] / "results"
files = {path.name: json.loads(path.read_text(encoding="utf-8"))
         for path in sorted(results.glob("cifar10*.json"))}
long_runs = {name: file for name, file in files.items() if file.get("recipe_name") == "small-data"}
for name, file in long_runs.items():
    run = file["runs"]["vit"]
    print(f"{name}: {run['test_accuracy']:.1%} of the test pictures after {run['epochs']:.0f} "
          "passes in "
          f"{run['seconds'] / 60:.1f} minutes, {run['parameters']:,} parameters")
if not long_runs:
    print("No run of this recipe is recorded here yet.")

# %% [markdown] lang="en"
# ## 9. Recap
#
# | ingredient | in code | by hand | against |
# |---|---|---|---|
# | warm-up and cosine | `warmup=0.1, decay=True` | mean rate: half the peak | a wild start, a restless end |
# | clipping | `clip_norm=1.0` | length 5 becomes 1 | one bad batch |
# | mean of the weights $\bar w$ | `ema=0.99` | the last 100 steps | a restless end |
# | Muon | `muon=True` | $\mathbf{U} \mathbf{S} \mathbf{V}^\top$ becomes $\mathbf{U} \mathbf{V}^\top$ | directions that are learned late |
# | weight decay $\lambda$ | `weight_decay=0.05` | $1 - \eta \lambda$ in every step | large weights |
# | moved, mirrored | `crop_padding=4` | 81 places, 2 sides | learning by heart |
# | TrivialAugment | `trivial_augment=1.0` | one of 14, 31 strengths | learning by heart |
# | random erasing | `random_erasing=0.25` | a box in a quarter of the pictures | relying on one part |
# | MixUp, CutMix | `mixup=0.8, cutmix=1.0` | $\lambda \mathbf{y}_a + (1 - \lambda) \mathbf{y}_b$ | learning by heart |
# | label smoothing $\varepsilon$ | `label_smoothing=0.1` | logit at most 4.51 ahead | endless growth |
# | stochastic depth $s$ | `stochastic_depth=0.1` | 0, or $1 / (1 - s)$ | learning by heart |
# | mimetic start | `initialise_mimetic(model)` | $\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \mathbf{Z} + 0.7 \mathbf{I}$ | too few pictures to learn it from |
# | bfloat16 | `precision="auto"` | 256 + 1 = 256 | too little time |
#
# - Adam's first step is as long for every weight. Warm-up keeps it short.
# - The same `weight_decay` is $1 / \eta$ times weaker in Keras than in tensorflow-addons: divide by the rate, with a schedule by its mean.
# - What keeps a model from learning by heart costs steps. It pays where training accuracy is high and test accuracy is not.
# - A gain without the deviation between seeds is a rumour.

# %% [markdown] lang="ko"
# ## 9. 정리
#
# | 재료 | 코드 | 손으로 계산하면 | 막으려는 것 |
# |---|---|---|---|
# | 워밍업과 코사인 | `warmup=0.1, decay=True` | 평균 학습률은 최댓값의 절반 | 거친 시작, 멈추지 못하는 끝 |
# | 클리핑 | `clip_norm=1.0` | 길이 5가 1로 | 이상한 배치 하나 |
# | 가중치 평균 $\bar w$ | `ema=0.99` | 최근 100스텝 | 멈추지 못하는 끝 |
# | Muon | `muon=True` | $\mathbf{U} \mathbf{S} \mathbf{V}^\top$가 $\mathbf{U} \mathbf{V}^\top$로 | 늦게야 배우는 방향 |
# | 가중치 감쇠 $\lambda$ | `weight_decay=0.05` | 스텝마다 $1 - \eta \lambda$ | 큰 가중치 |
# | 옮기기, 뒤집기 | `crop_padding=4` | 자리 81곳, 방향 2가지 | 외우기 |
# | TrivialAugment | `trivial_augment=1.0` | 14가지 중 하나, 세기 31단계 | 외우기 |
# | 무작위 지우기 | `random_erasing=0.25` | 네 장에 한 장꼴로 상자 하나 | 한 부분만 믿기 |
# | MixUp, CutMix | `mixup=0.8, cutmix=1.0` | $\lambda \mathbf{y}_a + (1 - \lambda) \mathbf{y}_b$ | 외우기 |
# | 레이블 스무딩 $\varepsilon$ | `label_smoothing=0.1` | 로짓 차이는 4.51까지 | 끝없이 커지기 |
# | 확률적 깊이 $s$ | `stochastic_depth=0.1` | 0 또는 $1 / (1 - s)$ | 외우기 |
# | 모방 초기화 | `initialise_mimetic(model)` | $\mathbf{W}_q \mathbf{W}_k^\top \approx 0.7 \mathbf{Z} + 0.7 \mathbf{I}$ | 그것을 배우기에는 적은 그림 |
# | bfloat16 | `precision="auto"` | 256 + 1 = 256 | 모자란 시간 |
#
# - Adam의 첫 스텝은 모든 가중치를 똑같은 길이로 움직여요. 워밍업이 그 길이를 짧게 해 줘요.
# - 같은 `weight_decay`가 Keras에서는 tensorflow-addons보다 $1 / \eta$배 약해요. 학습률로 나누고, 스케줄이 있으면 평균으로 나누세요.
# - 외우지 못하게 하는 재료는 스텝을 더 먹어요. 학습 정확도는 높은데 테스트 정확도가 낮을 때 값을 해요.
# - 시드에 따른 편차를 함께 말하지 않는 개선은 소문일 뿐이에요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/11_training_recipe`](solutions/11_training_recipe.ipynb).
#
# **1. To think about.** A ViT has seen 45,000 pictures three times. It classifies 50% of the training pictures correctly and 49% of the test pictures. Somebody adds TrivialAugment, CutMix and stochastic depth all at once and trains for three passes again: both numbers fall to 42%. What would you say?
#
# - A: The regularisation is too weak. More of it.
# - B: There was nothing learned by heart that had to be prevented. Train for many more passes, or leave these three out.
# - C: The gain will show on the test pictures as soon as the weight decay is converted.
# - D: There must be a bug, since augmentation cannot lower the *training* accuracy.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/11_training_recipe`](solutions/11_training_recipe.ipynb)에 있어요.
#
# **1. 생각해 보기.** ViT가 그림 45,000장을 세 번 봤어요. 학습 그림의 50%, 테스트 그림의 49%를 맞혀요. 누군가 TrivialAugment, CutMix, 확률적 깊이를 한꺼번에 넣고 다시 세 번 훑게 했더니 둘 다 42%로 떨어졌어요. 뭐라고 말해 줄까요?
#
# - A: 규제가 너무 약해요. 더 넣어야 해요.
# - B: 막아야 할 만큼 외운 것이 없었어요. 훨씬 더 여러 번 훑거나, 이 셋을 빼야 해요.
# - C: 가중치 감쇠만 제대로 바꿔 넣으면 테스트 그림에서 효과가 나타날 거예요.
# - D: 버그가 있는 게 틀림없어요. 증강이 *학습* 정확도를 낮출 수는 없으니까요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check(answer, "B", hints=[
    ("A", "How far is training above test? What is there to regularise?",
     "학습 정확도가 테스트보다 얼마나 높은가요? 규제할 것이 있나요?"),
    ("C", "Section 3: how much can any decay do in three passes? And training fell as well.",
     "3절을 떠올려 보세요. 세 번 훑는 동안 감쇠가 얼마나 할 수 있을까요? 게다가 학습 정확도도 떨어졌어요."),
    ("D", "It can: the model has learned changed pictures in too few steps, "
          "and is asked about plain ones.",
     "낮출 수 있어요. 적은 스텝 동안 바뀐 그림을 배우느라 원래 그림을 덜 배웠어요."),
])

# %% [markdown] lang="en"
# **2. Change the numbers.** CutMix on pictures of 32 rows and 48 columns: the box has rows 8 to 20 and columns 30 to 48 (the last ones not included). What share of its own label does picture $a$ keep? What is the target of its class after label smoothing with $\varepsilon = 0.1$ and ten classes, if the partner is of another class? And how many steps are 50 passes over 3,000 pictures in batches of 128?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 32행 48열 그림에 CutMix를 해요. 상자는 8행부터 20행 앞까지, 30열부터 48열 앞까지예요. 그림 $a$의 레이블은 얼마나 남을까요? 짝의 클래스가 다르고 $\varepsilon = 0.1$, 클래스 열 개로 레이블 스무딩까지 하면 $a$의 클래스의 목푯값은 얼마일까요? 그리고 그림 3,000장을 배치 128로 50번 훑으면 몇 스텝일까요?

# %%
share_of_a = None
target_of_a = None
steps_in_all = None

# %%
check(share_of_a, 0.859375, hints=[
    (0.140625, "That is the box: the partner's share.", "그것은 상자의 몫, 곧 짝의 몫이에요."),
    (1 - 12 * 18 / 32**2, "The picture is not square: 32 x 48 pixels.",
     "그림은 정사각형이 아니에요. 32 x 48픽셀이에요."),
    (1 - 13 * 19 / (32 * 48), "The last row and the last column are not included: 12 x 18.",
     "마지막 행과 열은 포함하지 않아요. 12 x 18이에요."),
])
check(target_of_a, 0.9 * 0.859375 + 0.01, hints=[
    (0.859375, "That is before smoothing.", "그것은 스무딩하기 전이에요."),
    (0.9 * 0.859375, "Every class gets epsilon / K back, this one too.",
     "모든 클래스가 epsilon / K를 돌려받아요. 이 클래스도요."),
    (0.91, "That is smoothing alone. Here the label is mixed first.",
     "그것은 스무딩만 했을 때예요. 여기서는 먼저 섞어요."),
    (0.9 * 0.859375 + 0.1, "Epsilon is shared by all K classes.", "epsilon은 클래스 K개가 나눠 가져요."),
])
check(steps_in_all, 1150, hints=[
    (1171,
     "In each pass some pictures do not fill a batch: round down a pass, not all of them together.",
     "훑을 때마다 배치를 채우지 못하는 그림이 있어요. 한 번 훑을 때의 스텝 수를 내림하세요."),
    (1171.875, "A step needs a whole batch: round down in every pass.",
     "한 스텝에는 배치 하나가 다 필요해요. 한 번 훑을 때마다 내림하세요."),
    (1200, "What does not fill a batch is left out, not made a smaller one.",
     "배치를 채우지 못하는 그림은 작은 배치가 되지 않고 빠져요."),
    (23, "That is one pass.", "그것은 한 번 훑을 때예요."),
])

# %% [markdown] lang="en"
# **3. Write code: bring a decay over.** From a decay of tensorflow-addons and the learning rates of all steps to the `weight_decay` for Keras that keeps the sum of the shares. (Not with `keras_weight_decay`: in a line of NumPy.)

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 감쇠를 옮기기.** tensorflow-addons의 감쇠와 모든 스텝의 학습률을 받아서, 비율의 합을 똑같이 유지하는 Keras용 `weight_decay`를 돌려주세요. (`keras_weight_decay`를 쓰지 말고 NumPy 한 줄로 써 보세요.)

# %%
def converted(decay, rates):
    """A float and an array (steps,) -> float."""
    raise NotImplementedError

# %%
level_rates = np.full(400, 1e-3)
up_then_down = 2e-3 * np.concatenate([np.arange(100) / 100, 0.98 ** np.arange(300)])

check(converted, 0.1, on=(1e-4, level_rates), hints=[
    (1e-7, "In Keras the decay is multiplied by the rate. To undo that, divide.",
     "Keras는 감쇠에 학습률을 곱해요. 되돌리려면 나누세요."),
    (1e-4, "That is the naive port.", "그것은 숫자를 그대로 옮긴 거예요."),
    (1e-4 / level_rates, "One number for the whole run, please.", "학습 전체에 숫자 하나여야 해요."),
    (1e-4 / level_rates.sum(), "The sum of the shares is to be steps * decay, not one decay.",
     "비율의 합은 감쇠 하나가 아니라 steps * decay여야 해요."),
])
check(converted, 1e-4 / np.mean(up_then_down), on=(1e-4, up_then_down), hints=[
    (1e-4 / 2e-3, "By the peak: right only if the old decay followed the schedule. It did not.",
     "최댓값으로 나눴어요. 옛 감쇠가 스케줄을 따랐을 때만 맞아요."),
    (1e-4 / np.median(up_then_down), "The sum of the rates counts, so take the mean.",
     "학습률의 합이 중요하니까 평균을 쓰세요."),
    (lambda d: not np.all(np.isfinite(d)),
     "A rate of a single step may be zero. Take all of them together.",
     "한 스텝의 학습률은 0일 수 있어요. 모두 합쳐서 생각하세요."),
    (lambda d: np.size(d) > 1, "One number for the whole run, please.", "학습 전체에 숫자 하나여야 해요."),
    (1e-4 * np.mean(up_then_down), "Divide, do not multiply.", "곱하지 말고 나누세요."),
    (np.mean(1e-4 / up_then_down[1:]), "The mean of the quotients is not the quotient of the mean.",
     "몫의 평균은 평균으로 나눈 몫과 달라요."),
])

# %% [markdown] lang="en"
# **4. Write code: CutMix for one pair.** Two pictures (H, W, C), their labels (K,), and a box `(top, bottom, left, right)` in which bottom and right are not included. Return the mixed picture and the mixed label; leave the pictures you were given as they are.

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 한 쌍의 CutMix.** 그림 두 장 (H, W, C)와 레이블 (K,), 그리고 상자 `(top, bottom, left, right)`를 받아요. bottom과 right는 포함하지 않아요. 섞은 그림과 섞은 레이블을 돌려주고, 받은 그림은 바꾸지 마세요.

# %%
def cut_mix(a, b, label_a, label_b, box):
    """(H, W, C) twice, (K,) twice and four ints -> (H, W, C), (K,)."""
    raise NotImplementedError

# %%
rng = np.random.default_rng(0)
one, other = rng.integers(0, 99, (2, 6, 8, 3))
for given in (one, other):
    given.setflags(write=False)  # whoever writes into them gets an error
pasted = one.copy()
pasted[1:4, 2:8] = other[1:4, 2:8]
left_of_one = 1 - 3 * 6 / (6 * 8)
label_one, label_other = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


def has(index, wanted):
    """Whether this part of an answer is the wanted one."""
    return lambda pair: (np.shape(pair[index]) == np.shape(wanted)
                         and np.allclose(pair[index], wanted))


check(cut_mix,
      lambda pair: has(0, pasted)(pair) and has(1, [left_of_one, 0, 1 - left_of_one])(pair),
      on=(one, other, label_one, label_other, (1, 4, 2, 8)), hints=[
    ("read-only", "The pictures you were given must not change: work on a copy.",
     "받은 그림을 바꾸면 안 돼요. 사본에 작업하세요."),
    (lambda pair: len(pair) != 2 or np.ndim(pair[0]) != 3,
     "Return two things: the picture and the label.",
     "그림과 레이블 두 가지를 돌려주세요."),
    (has(1, [1 - left_of_one, 0, left_of_one]),
     "The box is the partner's share: the label is the wrong way round.",
     "상자가 짝의 몫이에요. 레이블이 거꾸로예요."),
    (has(1, label_one), "The label has to be mixed as well.", "레이블도 섞어야 해요."),
    (lambda pair: not has(1, [left_of_one, 0, 1 - left_of_one])(pair),
     "The label: the area of the box over H * W is the partner's.",
     "레이블을 보세요. 상자 넓이를 H * W로 나눈 것이 짝의 몫이에요."),
    (lambda pair: not has(0, pasted)(pair),
     "The label is right. The picture: rows top to bottom, columns left to right, of b.",
     "레이블은 맞아요. 그림을 보세요. b에서 top부터 bottom 앞까지의 행, left부터 right 앞까지의 열이에요."),
])

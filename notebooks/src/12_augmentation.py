# %% [markdown] lang="en"
# # Augmentation and the ladder: what each ingredient adds
#
# With every pass a model sees pictures again, until it has memorized them. You meet the ingredients that work against this, and read a ladder on which every rung adds one more.
#
# | | |
# |---|---|
# | Lecture | little training data; *Python coding*: training from scratch |
# | Read first | lesson 11; lesson 5 for the task |
# | Time | read and try: 30 min; machine: 2 min, can be skipped |

# %% [markdown] lang="ko"
# # 데이터 증강과 사다리: 재료 하나하나가 보태는 것
#
# 데이터를 훑을 때마다 모델은 같은 그림을 다시 보고, 언젠가는 외워 버려요. 이것을 막는 재료를 하나씩 만나고, 한 단계에 재료를 하나씩 더해 가는 사다리를 읽어요.
#
# | | |
# |---|---|
# | 강의 | 학습 데이터가 적을 때, *Python coding*: 처음부터 학습하기 |
# | 먼저 읽을 것 | 수업 11. 과제는 수업 5 |
# | 시간 | 읽고 따라 하기 30분, 컴퓨터 계산 2분(건너뛰어도 돼요) |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say of every ingredient what it changes, and against what it is meant to help;
# 2. tell a gain from chance, in your own ladder and in published figures;
# 3. choose a recipe from the training and test accuracy of the last run.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 재료마다 무엇을 바꾸는지, 무엇을 막으려고 넣는지 말해요.
# 2. 직접 만든 사다리에서든 발표된 숫자에서든, 진짜 효과와 우연을 구별해요.
# 3. 지난번 학습의 학습 정확도와 테스트 정확도를 보고 레시피(recipe)를 골라요.

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
from IPython.display import Markdown
from keras import ops

import vit_keras
from vit_keras import Recipe, VisionTransformer, check, draw_shapes, pick, train
from vit_keras.figures import (
    plot_budgets,
    plot_ingredients,
    plot_ladder,
    plot_nothing,
    plot_operations,
)
from vit_keras.lessons import comparison, show
from vit_keras.training import initialise_mimetic

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for yours.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.

# %% [markdown] lang="en"
# ## 1. Pictures that count as new
#
# The plainest help against memorizing is more pictures: those we have, changed so that the label stays true. Lesson 5 moves and mirrors them; here are two further ways.
#
# **TrivialAugment** ([Müller and Hutter, 2021](https://arxiv.org/abs/2103.10158)). Each picture draws *one* of fourteen operations and a strength; earlier recipes chain several and search for their strengths, and do no better. Five of them move pixels, eight change colors, one does nothing.

# %% [markdown] lang="ko"
# ## 1. 새 그림으로 쳐 주는 그림
#
# 외우지 못하게 하는 가장 쉬운 방법은 그림을 늘리는 거예요. 레이블이 달라지지 않게 그림을 바꾸면 돼요. 수업 5에서는 옮기고 뒤집었어요. 여기서는 방법 두 가지를 더 봐요.
#
# **TrivialAugment**([Müller and Hutter, 2021](https://arxiv.org/abs/2103.10158)). 그림마다 변형 열네 가지 가운데 *하나*와 세기를 뽑아요. 예전 레시피는 여러 개를 이어서 하고 알맞은 세기를 탐색했지만, 더 낫지는 않았어요. 다섯 가지는 픽셀을 옮기고, 여덟 가지는 색을 바꾸고, 하나는 아무것도 안 해요.

# %% alt="The drawn star after each operation: sheared, shifted and turned, by half and fully; below with its colors brighter, grayer, in fewer levels, inverted and equalized." alt_ko="코드로 그린 별에 변형을 하나씩 적용한 모습. 위쪽은 절반 세기와 최대 세기로 기울이고 옮기고 돌린 것이고, 아래쪽은 색을 밝게, 바래게, 단계를 줄여서, 반전해서, 고르게 편 것이에요."
star, moon = draw_shapes(2, shapes=("star", "moon"), labels=[0, 1], size=0.38, position=(17, 15),
                         clutter=0.3, noise=0, rotation=0, seed=5).images
plot_operations(star, strengths=(0.5, 1.0),
                title="Thirteen changes that leave a star a star, mostly")

# %% [markdown] lang="en"
# Mostly: at full strength a shift of the picture's own width leaves nothing to see, and what it teaches is wrong. Two of the fourteen operations shift, and half of their strengths shift by half the picture or more: that is one training picture in fourteen. (`trivial_augment=0.5` halves the strengths.) And what may be done to a picture depends on the question: a turned 6 is not always a 6.
#
# **Random erasing** ([Zhong et al., 2017](https://arxiv.org/abs/1708.04896)) covers a box of some pictures with noise. A model that has learned that a wheel means a car must find another sign when the wheel is gone.
#
# Every picture draws for itself, inside the compiled step. (Keras's own `RandAugment` draws one operation for a whole batch.) With everything in this lesson on, a step of a ViT-Ti takes {{pipeline_cost:beside_nothing.everything.median|.2f}} times as long as with nothing.
#
# ## 2. MixUp and CutMix: two pictures become one *(further)*
#
# Now the label changes as well. MixUp lays one picture over the other, half transparent. CutMix pastes a box of the other one in. What is left of picture $a$ is its share $\lambda$, and its label gets the same share:
#
# $$\mathbf{x} = \lambda \, \mathbf{x}_a + (1 - \lambda) \, \mathbf{x}_b \;\; \text{(MixUp)}, \qquad \mathbf{y} = \lambda \, \mathbf{y}_a + (1 - \lambda) \, \mathbf{y}_b \;\; \text{(both)}$$
#
# Take pictures of 4x4 pixels, $a$ numbered from 0 to 15, $b$ 100 everywhere. MixUp uses $\lambda = 0.75$, CutMix a box of 2x2. **Predict** both labels.

# %% [markdown] lang="ko"
# '대체로' 그렇다는 말이에요. 세기가 최대면 그림의 너비만큼 옮겨져서 아무것도 안 보이고, 그때는 틀린 것을 가르치는 셈이에요. 열네 가지 가운데 둘이 옮기기이고, 그 세기의 절반은 그림을 반 넘게 옮겨요. 학습 그림 열네 장에 한 장꼴이에요. (`trivial_augment=0.5`로 하면 세기가 절반이 돼요.) 그림에 무엇을 해도 되는지는 무엇을 묻느냐에 달렸어요. 6을 돌리면 6이 아닐 때가 있어요.
#
# **무작위 지우기**(random erasing, [Zhong et al., 2017](https://arxiv.org/abs/1708.04896))는 그림 몇 장에서 상자 하나를 잡음으로 덮어요. 바퀴만 보고 자동차라고 하던 모델은 바퀴가 가려지면 다른 단서를 찾아야 해요.
#
# 모두 컴파일된 스텝 안에서, 그림마다 따로 뽑아요. (Keras의 `RandAugment`는 배치(batch) 전체에 변형 하나를 뽑아요.) 이 수업의 재료를 다 켜면 ViT-Ti의 한 스텝이 하나도 안 켰을 때의 {{pipeline_cost:beside_nothing.everything.median|.2f}}배 걸려요.
#
# ## 2. MixUp과 CutMix: 그림 두 장이 하나로 *(심화)*
#
# 이번에는 레이블도 바뀌어요. MixUp은 한 그림을 다른 그림 위에 반투명하게 겹치고, CutMix는 다른 그림에서 상자를 오려 붙여요. 그림 $a$가 남은 몫이 $\lambda$이고, 레이블도 같은 몫으로 나눠요.
#
# $$\mathbf{x} = \lambda \, \mathbf{x}_a + (1 - \lambda) \, \mathbf{x}_b \;\; \text{(MixUp)}, \qquad \mathbf{y} = \lambda \, \mathbf{y}_a + (1 - \lambda) \, \mathbf{y}_b \;\; \text{(both)}$$
#
# 4x4 픽셀 그림 두 장이 있어요. $a$에는 0부터 15까지 번호를 매겼고 $b$는 모두 100이에요. MixUp은 $\lambda = 0.75$, CutMix는 2x2 상자로 해요. 각각의 레이블을 **예측해 보세요.**

# %%
guess = None  # the share of a in the label, for MixUp and for CutMix
a, b = np.arange(16.0).reshape(4, 4), np.full((4, 4), 100.0)
mixed_up = 0.75 * a + 0.25 * b
cut_mixed = a.copy()
cut_mixed[1:3, 2:4] = b[1:3, 2:4]
print(mixed_up, cut_mixed, sep="\n\n")
print(f"\nMixUp: {0.75} of a | CutMix: {1 - 2 * 2 / 16} of a")

# %% [markdown] lang="en"
# The same label for two very different pictures. In MixUp everything is there twice, faintly; in CutMix three quarters of one picture are there in full. In the module both are one formula: a box of the partner, another picture of the batch, is laid over the picture, which keeps the share `keep` below it. (In MixUp the box is the whole picture.)

# %% [markdown] lang="ko"
# 전혀 다른 그림 두 장의 레이블이 똑같아요. MixUp에는 두 그림이 모두 희미하게 들어 있고, CutMix에는 한 그림의 4분의 3이 또렷하게 남아 있어요. 모듈에서는 둘이 식 하나예요. 짝(배치에 있는 다른 그림)의 상자를 위에 얹고, 그 자리에서 원래 그림이 `keep`만큼 남아요. (MixUp은 상자가 그림 전체예요.)

# %% quotes=["vit_keras.augment.mixing.mix_images", "vit_keras.augment.mixing.mix_labels"]
def mix_images(images, mixing):
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
    top, bottom, left, right, keep = (mixing[:, index, None] for index in range(5))
    area = (bottom - top) * (right - left) / (image_shape[0] * image_shape[1])
    of_partner = (1 - keep) * area
    return labels + of_partner * (ops.flip(labels, axis=0) - labels)


pair = np.stack([a, b])[..., None]  # (B, H, W, C)
for name, box, by_hand in [("MixUp", [0, 4, 0, 4, 0.75], mixed_up),
                           ("CutMix", [1, 3, 2, 4, 0], cut_mixed)]:
    mixing = ops.convert_to_tensor(np.float32([box, box]))
    labels = ops.convert_to_numpy(mix_labels(ops.eye(2), mixing, (4, 4)))
    same = np.allclose(ops.convert_to_numpy(mix_images(pair, mixing))[0, :, :, 0], by_hand)
    print(f"{name}: as by hand {same}, label {labels[0]}")

# %% [markdown] lang="en"
# In a recipe $\lambda$ is drawn from a Beta distribution for each picture. Here is all that this lesson and lesson 5 do to the star:

# %% [markdown] lang="ko"
# 레시피에서는 그림마다 $\lambda$를 베타 분포에서 뽑아요. 이 수업과 수업 5의 재료를 별에 모두 적용해 봐요.

# %% alt="Five rows of pictures of the drawn star: moved and mirrored; changed by TrivialAugment; with a box of noise; laid over a moon, half transparent; with a box of the moon cut in. Over the mixtures stands how much of the star's label is left." alt_ko="코드로 그린 별 그림이 다섯 줄로 있어요. 옮기고 뒤집은 것, TrivialAugment로 바꾼 것, 잡음 상자로 덮은 것, 달과 반투명하게 겹친 것, 달의 상자를 오려 붙인 것. 섞은 그림 위에는 별의 레이블이 얼마나 남았는지 적혀 있어요."
plot_ingredients(star, moon, number=6, seed=4, title="One picture, as each ingredient shows it")

# %% [markdown] lang="en"
# In the CutMix row the percentages are the visible area. Where the box hides the star itself, the label still says mostly star: it is right on average, and wrong now and then. Mixing stops for the last tenth of the steps (`mix_until=0.9`), since nobody will ask about half a star in a moon.
#
# ## 3. What a soft label asks for
#
# Cross-entropy is linear in the label, so the loss of a mixed label is the loss for $a$ and the loss for $b$, weighted. *Label smoothing* mixes only the label, with one that holds all $K$ classes alike:
#
# $$\mathbf{y}' = (1 - \varepsilon) \, \mathbf{y} + \varepsilon / K$$
#
# What does it ask for? Cross-entropy is smallest where $\mathbf{p} = \mathbf{y}'$. With $\varepsilon = 0.1$ and ten classes the right one should get 0.91 and each other one 0.01, so the right logit should lie $\ln (0.91 / 0.01)$ above the others and no farther. With a hard label it should lie *infinitely* far above, and larger weights always gain a little. Suppose all other logits are 0, and the right one lies between 0 and 10. **Predict** where the loss is smallest, with $\varepsilon = 0$ and with $\varepsilon = 0.1$.

# %% [markdown] lang="ko"
# CutMix 줄에서는 퍼센트가 눈에 보이는 넓이와 같아요. 상자가 하필 별을 가리면, 별이 안 보이는데도 레이블은 여전히 대부분 별이라고 해요. 평균으로는 맞고, 가끔 틀려요. 달 속에 별이 반쯤 든 그림을 모델에게 물어볼 사람은 없으니까, 마지막 10분의 1 동안은 섞지 않아요(`mix_until=0.9`).
#
# ## 3. 소프트 레이블이 바라는 것
#
# 교차 엔트로피(cross-entropy)는 레이블에 대해 선형이에요. 그래서 섞은 레이블의 손실은 $a$의 손실과 $b$의 손실을 몫대로 더한 거예요. *레이블 스무딩*(label smoothing)은 그림은 두고 레이블만, 클래스 $K$개가 모두 똑같은 레이블과 섞어요.
#
# $$\mathbf{y}' = (1 - \varepsilon) \, \mathbf{y} + \varepsilon / K$$
#
# 이런 소프트 레이블(soft label)이 바라는 것은 무엇일까요? 교차 엔트로피는 $\mathbf{p} = \mathbf{y}'$일 때 가장 작아요. $\varepsilon = 0.1$이고 클래스가 열 개면 정답은 0.91, 나머지는 0.01씩이어야 해요. 그러니 정답의 로짓(logit)이 나머지보다 $\ln (0.91 / 0.01)$만큼 높으면 되고, 더 높을 필요가 없어요. 하드 레이블에서는 *한없이* 높아야 해서, 가중치를 키우면 언제나 조금이라도 이득이에요. 다른 로짓은 모두 0이고 정답의 로짓은 0과 10 사이라고 해요. $\varepsilon = 0$일 때와 $\varepsilon = 0.1$일 때 손실이 가장 작은 곳을 **예측해 보세요.**

# %%
guess = None  # two numbers between 0 and 10
gaps = np.linspace(0, 10, 1001)
logits = np.zeros((1001, 10), "float32")
logits[:, 0] = gaps
labels = np.tile(np.eye(10, dtype="float32")[0], (1001, 1))
for epsilon in (0.0, 0.1):
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=epsilon,
                                                reduction=None)
    smallest = gaps[ops.convert_to_numpy(loss(labels, logits)).argmin()]
    print(f"epsilon {epsilon}: the loss is smallest at {smallest:.2f}")
print(f"ln 91 = {np.log(91):.2f}")

# %% [markdown] lang="en"
# With a hard label the answer is the end of the scale, wherever that is.
#
# ## 4. The mean of the weights, and missing blocks *(further)*
#
# In lesson 11 a schedule brought the steps to rest. Here is another way. Take one weight and the loss $w^2 / 2$. Its gradient is $w$; a batch shows it with noise. We step from $w = 3$ by a cosine and at a constant rate, and look at a **running mean of the weights** (EMA, exponential moving average) of the latter, which remembers the last $1 / (1 - \mu)$ steps or so:
#
# $$\bar w \leftarrow \mu \, \bar w + (1 - \mu) \, w$$
#
# Keras's optimizers keep it when asked (`use_ema`), and put it in the place of the weights at the end.

# %% [markdown] lang="ko"
# 하드 레이블에서는 눈금을 어디까지 늘리든 답이 늘 눈금 끝에 있어요.
#
# ## 4. 가중치의 평균과 빠지는 블록 *(심화)*
#
# 수업 11에서는 스케줄이 스텝을 멈춰 세웠어요. 다른 방법도 있어요. 가중치 하나와 손실 $w^2 / 2$를 생각해 봐요. 그래디언트(gradient)는 $w$이고, 배치로 보면 잡음이 섞여요. $w = 3$에서 출발해서 한 번은 코사인으로 줄이고, 한 번은 학습률(learning rate)을 그대로 둬요. 마지막으로 학습률을 그대로 두되 **가중치 이동 평균**(EMA, exponential moving average)을 봐요. 최근 $1 / (1 - \mu)$스텝 정도를 기억하는 평균이에요.
#
# $$\bar w \leftarrow \mu \, \bar w + (1 - \mu) \, w$$
#
# Keras의 옵티마이저(optimizer)는 달라고 하면 이 평균을 간직하고(`use_ema`), 끝에 가중치 자리에 평균을 넣어 줘요.

# %% alt="A weight against the step, three curves from 3 towards 0: the one with a constant rate keeps jumping by one up and down, the one with the cosine becomes calm, the mean of weights is calm from early on." alt_ko="스텝에 따른 가중치 곡선 세 개. 모두 3에서 0 쪽으로 가요. 학습률이 그대로면 끝까지 1쯤씩 위아래로 튀고, 코사인은 갈수록 잔잔해지고, 가중치의 평균은 일찍부터 잔잔해요."
noise = np.random.default_rng(0).normal(0, 2, 400)


def walk(rates, w=3.0):
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


level = np.full(400, 0.3)
paths = {"constant rate": walk(level),
         "cosine": walk(level * (1 + np.cos(np.pi * np.arange(400) / 400)) / 2),
         "constant rate, mean of weights": running_mean(walk(level), momentum=0.95)}
figure, axes = plt.subplots(figsize=(6.8, 3.4), layout="constrained")
for (name, path), width in zip(paths.items(), (0.8, 1.4, 2.2)):
    last = np.sqrt(np.mean(path[-50:] ** 2))
    axes.plot(path, linewidth=width, label=f"{name}: {last:.2f} from 0 in the last 50 steps")
axes.set(xlabel="step", ylabel="w", title="A constant rate never comes to rest, its mean does")
axes.legend(frameon=False, fontsize=8)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# Shorter and shorter steps average the noise out, and so does the mean, at no cost in speed. Where a schedule has already done it, the mean has little left to do.
#
# The last ingredient works inside the model. **Stochastic depth** skips an addition of equation (2) or (3) with probability $s$, a new draw for every image, and enlarges it by $1 / (1 - s)$ where it is kept; in Keras that is `Dropout(s, noise_shape=(None, 1, 1))`. No block can rely on exactly what the one before it does.
#
# ## 5. The ladder
#
# Which of all this helps? One ingredient is added on each rung, and everything else stays: the model of lesson 5, the pictures, the budget, the test (an *ablation*, lesson 6). Since a ViT cannot memorize 45,000 pictures in a few minutes, the ladder takes **2,000 training pictures**, 200 of each class, and goes through them 36 times. Its two ends, as recipes of our module:

# %% [markdown] lang="ko"
# 걸음을 점점 줄이면 잡음이 평균되어 사라져요. 가중치의 평균도 같은 일을 하는데, 그러면서도 느려지지 않아요. 스케줄이 이미 그 일을 했다면 평균이 할 일은 별로 남지 않아요.
#
# 마지막 재료는 모델 안에서 일해요. **확률적 깊이**(stochastic depth)는 식 (2)나 (3)의 덧셈을 확률 $s$로 건너뛰어요. 그림마다 새로 뽑고, 건너뛰지 않을 때는 $1 / (1 - s)$배로 더해요. Keras에서는 `Dropout(s, noise_shape=(None, 1, 1))`이에요. 어떤 블록도 바로 앞 블록이 하는 일을 그대로 믿고 있을 수 없게 돼요.
#
# ## 5. 사다리
#
# 이 가운데 무엇이 정말 도움이 될까요? 한 단계에 재료를 하나씩 더하고, 나머지는 모두 그대로 둬요. 수업 5의 모델, 그림, 예산, 테스트가 다 같아요(*절제 실험*, 수업 6). 몇 분 만에 ViT가 그림 45,000장을 외울 수는 없으니까, 사다리는 **학습 그림 2,000장**, 클래스마다 200장을 36번 훑어요. 사다리의 양쪽 끝을 모듈의 레시피로 쓰면 이래요.

# %%
start = {"batch_size": 256, "learning_rate": 1e-3, "weight_decay": 1e-4, "warmup": 0.0,
         "decay": False, "clip_norm": None, "label_smoothing": 0.0, "crop_padding": 0}
goal = {"batch_size": 64, "learning_rate": 2e-3, "weight_decay": 0.05, "warmup": 0.1, "decay": True,
        "clip_norm": 1.0, "label_smoothing": 0.1, "crop_padding": 4,
        "trivial_augment": 1.0, "random_erasing": 0.25, "cutmix": 1.0, "mixup": 0.8,
        "mix_probability": 0.8, "mix_until": 0.9, "ema": 0.99, "muon": True}
print(Recipe(epochs=36, **start), Recipe(epochs=36, **goal), sep="\n\n")

# %%
ladder = show("ladder_cifar10", "rungs")

# %% alt="Two panels with a row for each rung of the ladder. Left the test accuracy of each seed and the mean, right the gain over the rung before with two standard errors on each side. Filled are warm-up and cosine, moved and Muon on the side of a gain, TrivialAugment and mixing on the side of a loss." alt_ko="사다리의 단계마다 한 줄씩 있는 그림 두 장. 왼쪽은 시드마다의 테스트 정확도와 평균, 오른쪽은 바로 앞 단계보다 얼마나 좋아졌는지와 양쪽으로 표준 오차의 두 배예요. 속이 찬 점은 이득 쪽에 워밍업과 코사인, 옮기기, Muon이 있고, 손해 쪽에 TrivialAugment와 섞기가 있어요."
title = "In 36 passes schedule, shift and Muon help; TrivialAugment and mixing cost"
plot_ladder(ladder, title) if ladder else plot_nothing("The ladder")

# %% [markdown] lang="en"
# How large is chance? All rungs together give the deviation $s$ between runs that differ in nothing but the seed, and the means of $n$ seeds then differ by chance by about
#
# $$s \, \sqrt{\tfrac{1}{n} + \tfrac{1}{n}}$$
#
# This is the standard error behind each ±. More than twice as much happens by luck in one comparison of twenty. Such gains are bold in the table and filled in the figure.
#
# What the ladder says:
#
# - **Three rungs help**: the schedule, moving the pictures, and by far most of all Muon.
# - **Two rungs cost**: TrivialAugment, and CutMix with MixUp. The harder task is not learned in 36 passes.
# - **Ten rungs cannot be told from chance**, weight decay and label smoothing among them.
# - **Everything together is no better than the rungs up to label smoothing**, before anything that costs: the two means differ by less than chance.
#
# A rung shows what an ingredient adds *to those before it*, in this order, on these 2,000 pictures and with this budget. bfloat16 (lesson 13) is there as a check: what it brings is time.
#
# ### The same rungs, longer
#
# Some of the rungs were trained again, four times as long. Every picture comes back 144 times: there is time to memorize. **Predict** which rung gains most from more time.

# %% [markdown] lang="ko"
# 우연은 얼마나 클까요? 모든 단계를 모으면, 시드 말고는 아무것도 다르지 않은 학습끼리의 편차 $s$를 알 수 있어요. 그러면 시드 $n$개의 평균 둘은 우연만으로도 이만큼 차이 나요.
#
# $$s \, \sqrt{\tfrac{1}{n} + \tfrac{1}{n}}$$
#
# 이것이 ± 뒤에 적힌 표준 오차(standard error)예요. 그 두 배가 넘는 차이는 스무 번에 한 번쯤만 우연히 나와요. 그런 차이를 표에서는 굵게, 그림에서는 속을 채워 표시했어요.
#
# 사다리가 말해 주는 것은 이래요.
#
# - **세 단계가 도움이 돼요.** 스케줄, 그림 옮기기, 그리고 단연 큰 Muon이에요.
# - **두 단계는 손해예요.** TrivialAugment, 그리고 CutMix와 MixUp이에요. 36번 훑어서는 어려워진 문제를 다 배우지 못해요.
# - **열 단계는 우연과 구별할 수 없어요.** 가중치 감쇠(weight decay)와 레이블 스무딩도 그래요.
# - **다 넣어도** 손해 보는 재료를 넣기 전의 *label smoothing* 단계보다 **낫지 않아요.** 두 평균의 차이는 우연보다 작아요.
#
# 한 단계는 어떤 재료가 *앞에 넣은 것들에* 무엇을 더했는지를, 이 순서로, 이 그림 2,000장과 이 예산에서 보여 줘요. bfloat16(수업 13)은 확인하려고 넣었어요. bfloat16이 보태는 것은 시간이에요.
#
# ### 같은 단계를 더 오래
#
# 몇 단계를 골라 네 배 더 오래 학습했어요. 그림마다 144번씩 다시 나오니까 외울 시간이 생겨요. 시간을 더 주면 어느 단계가 가장 많이 좋아질지 **예측해 보세요.**

# %%
guess = None  # the name of a rung
longer = show("ladder_cifar10_long", "rungs")

# %% alt="A row for each rung that was trained twice, a dot for each seed: with 36 passes and with 144, joined by a line. keras.io and label smoothing hardly move; TrivialAugment and all that follow move by about ten points." alt_ko="두 가지 예산으로 학습한 단계마다 한 줄씩, 시드마다 점 하나씩. 36번 훑은 결과와 144번 훑은 결과를 선으로 이었어요. keras.io와 label smoothing은 거의 움직이지 않고, TrivialAugment와 그 뒤의 단계는 10퍼센트포인트쯤 움직여요."
both = {"36 passes": ladder, "144 passes": longer}
title = "TrivialAugment costs in 36 passes and pays in 144"
plot_budgets(both, title) if ladder and longer else plot_nothing("The longer ladder")

# %% [markdown] lang="en"
# *keras.io* and *label smoothing* end close to where they ended before. Their training accuracy says why: they have memorized nearly all of the 2,000 pictures. The rungs that were lowest gain most: now there is something for them to prevent, and time to learn in spite of it. TrivialAugment has become a gain, and mixing ends level with it. Muon is ahead of these two in both budgets.
#
# So whether an ingredient helps depends on pictures, model and time. What fits both budgets: **as long as training accuracy itself is low, train longer or faster; once it is close to its ceiling and the test is not, make the task harder.**
#
# ### Your own two ends
#
# Both ends once, on your machine, for a third of the record's passes: an impression, not a result.

# %% [markdown] lang="ko"
# *keras.io*와 *label smoothing*은 시간을 더 줘도 거의 제자리예요. 학습 정확도를 보면 이유를 알 수 있어요. 그림 2,000장을 거의 다 외웠어요. 짧은 사다리에서 가장 낮았던 단계가 긴 사다리에서는 가장 많이 좋아져요. 이제는 막아야 할 외우기가 있고, 그 재료를 넣고도 배울 시간이 있어요. TrivialAugment는 이득이 되었고, 섞기는 그와 비슷한 곳에서 끝나요. Muon은 어느 예산에서나 이 둘보다 앞서요.
#
# 그러니 어떤 재료가 도움이 되는지는 그림, 모델, 시간에 달려 있어요. 두 예산에 모두 맞는 말은 이거예요. **학습 정확도 자체가 낮으면 더 오래, 또는 더 빨리 배우게 하세요. 학습 정확도는 천장에 가까운데 테스트는 그렇지 않으면 문제를 어렵게 만드세요.**
#
# ### 양쪽 끝을 직접 학습하기
#
# 사다리의 양쪽 끝을 여러분의 컴퓨터에서 한 번씩, 기록의 3분의 1만큼만 학습해요. 결과가 아니라 인상으로만 받아들이세요.

# %% tags=["nbval-ignore-output"]
few = vit_keras.load_cifar10(source=pick(smoke="drawn", laptop="auto", gpu="auto"),
                             limit=pick(smoke=320, laptop=2000, gpu=2000))
size = {"patch_size": 4, "num_classes": 10} | pick(
    smoke={"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128},
    gpu={"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128})
epochs = pick(smoke=1, laptop=12, gpu=36)  # laptop: 2 minutes in all; the record is shown above
keras.utils.set_random_seed(0)
first = VisionTransformer((32, 32, 3), dropout_rate=0.1, **size)
last = VisionTransformer((32, 32, 3), stochastic_depth=0.1, **size)
initialise_mimetic(last)
runs = {"start": train(first, few, Recipe(epochs, **start)),
        "everything": train(last, few, Recipe(epochs, **goal))}
Markdown(comparison(runs))

# %% [markdown] lang="en"
# ## 6. Ten minutes, all pictures
#
# In lesson 5, with 45,000 pictures and ten minutes on two cores, training accuracy is low. By the rule above training must become faster, and nothing may make the task harder. Chosen by validation, the recipe `ten-minutes` is label smoothing and small moves, Muon and a mimetic start, batches of 128 and a rate of 0.004. It has neither TrivialAugment nor mixing.

# %% [markdown] lang="ko"
# ## 6. 그림 전부로 10분
#
# 그림 45,000장을 코어 두 개로 10분 동안 배우는 수업 5에서는 학습 정확도가 낮아요. 위의 규칙대로라면 더 빨리 배우게 해야 하고, 문제를 어렵게 만드는 재료는 넣지 말아야 해요. 검증 그림으로 고른 레시피 `ten-minutes`에는 레이블 스무딩과 조금 옮기기, Muon과 모방 초기화(mimetic initialization), 배치 128과 학습률 0.004가 들어 있어요. TrivialAugment와 섞기는 없어요.

# %%
models = show("cifar10_laptop_ten_minutes", "models")

# %% [markdown] lang="en"
# In lesson 5 the ViT reached {{cifar10_laptop:runs.vit.test_accuracy|.1%}} and the CNN {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}. Now it is {{cifar10_laptop_ten_minutes:runs.vit.test_accuracy|.1%}} and {{cifar10_laptop_ten_minutes:runs.cnn.test_accuracy|.1%}}. Part of that is speed: steps of a ViT are now compiled by XLA (lesson 13), so that it makes {{cifar10_laptop_ten_minutes:runs.vit.epochs|.0f}} passes instead of {{cifar10_laptop:runs.vit.epochs|.1f}}. (One run each.)
#
# The CNN is still ahead, but something has changed. In lesson 5 the ViT lacked time: it classified only {{cifar10_laptop:runs.vit.train_accuracy|.1%}} of its *training* pictures correctly. Now it is {{cifar10_laptop_ten_minutes:runs.vit.train_accuracy|.1%}}, well above its test accuracy: from here on it lacks pictures, too, and the lecture's sentence about little data begins to apply. With an hour in place of ten minutes the task should become harder again: the recipe `evening`.
#
# ```
# python3 run.py train --recipe ten-minutes --minutes 10
# ```
#
# ## 7. What others have measured *(further)*
#
# Lesson 5 has published results. Many authors report the best epoch *on the test pictures*. How much does that add? Suppose accuracy stands still at 90%, and 10,000 test pictures make it jitter by 0.3 points from epoch to epoch. **Predict** what the best of 200 epochs shows.

# %% [markdown] lang="ko"
# 수업 5에서 ViT는 {{cifar10_laptop:runs.vit.test_accuracy|.1%}}, CNN은 {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}였어요. 이제는 {{cifar10_laptop_ten_minutes:runs.vit.test_accuracy|.1%}}와 {{cifar10_laptop_ten_minutes:runs.cnn.test_accuracy|.1%}}예요. 일부는 속도 덕분이에요. 이제는 ViT의 스텝을 XLA로 컴파일해서(수업 13), 데이터를 {{cifar10_laptop:runs.vit.epochs|.1f}}번이 아니라 {{cifar10_laptop_ten_minutes:runs.vit.epochs|.0f}}번 훑어요. (한 번씩 학습했어요.)
#
# 여전히 CNN이 앞서지만 달라진 것이 있어요. 수업 5의 ViT는 시간이 모자라서 *학습* 그림도 {{cifar10_laptop:runs.vit.train_accuracy|.1%}}밖에 못 맞혔어요. 이제는 {{cifar10_laptop_ten_minutes:runs.vit.train_accuracy|.1%}}를 맞혀서 테스트보다 훨씬 높아요. 여기서부터는 그림도 모자라서, 데이터가 적으면 잘 안 된다는 강의의 문장이 들어맞기 시작해요. 10분이 아니라 한 시간이라면 문제를 다시 어렵게 만들어야 해요. 그런 레시피가 `evening`이에요.
#
# ```
# python3 run.py train --recipe ten-minutes --minutes 10
# ```
#
# ## 7. 다른 사람들이 잰 것 *(심화)*
#
# 발표된 결과는 수업 5에 있어요. *테스트 그림에서* 가장 좋았던 에폭(epoch)을 보고하는 저자가 많아요. 얼마나 부풀려질까요? 정확도가 90%에 멈춰 있고, 테스트 그림 10,000장 때문에 에폭마다 0.3퍼센트포인트씩 흔들린다고 해요. 200번 가운데 가장 좋은 것이 얼마로 보일지 **예측해 보세요.**

# %%
guess = None  # percent
looks = 90 + np.random.default_rng(0).normal(0, 0.3, (1000, 200))  # 1,000 imaginary runs
print(f"the last epoch: {looks[:, -1].mean():.1f} on average, the best one: "
      f"{looks.max(axis=1).mean():.1f}")

# %% [markdown] lang="en"
# Nearly a point from looking alone. (In a real run neighboring epochs share most of their mistakes, so it is somewhat less.) That is why `train` reports the last step and looks at the test once.
#
# ## 8. Recap
#
# | ingredient | in code | by hand | against |
# |---|---|---|---|
# | moved, mirrored | `crop_padding=4` | 81 places, 2 sides | memorizing |
# | TrivialAugment | `trivial_augment=1.0` | one of 14, with a strength | memorizing |
# | random erasing | `random_erasing=0.25` | a box in a quarter of the pictures | relying on one part |
# | MixUp, CutMix | `mixup=0.8, cutmix=1.0` | $\lambda \mathbf{y}_a + (1 - \lambda) \mathbf{y}_b$ | memorizing |
# | label smoothing $\varepsilon$ | `label_smoothing=0.1` | logit at most 4.51 ahead | endless growth |
# | mean of the weights $\bar w$ | `ema=0.99` | the last 100 steps | a restless end |
# | stochastic depth $s$ | `stochastic_depth=0.1` | a part 0 or $1 / (1 - s)$ times | memorizing |
#
# - What keeps a model from memorizing costs steps. It pays where training accuracy is high and test accuracy is not.
# - A gain means something only beside the deviation between seeds.
# - The best of many looks at the test is not a result.

# %% [markdown] lang="ko"
# 보기만 잘 골라도 1퍼센트포인트 가까이 올라가요. (실제 학습에서는 이웃한 에폭끼리 틀리는 그림이 비슷해서 조금 덜해요.) 그래서 `train`은 마지막 스텝을 보고하고, 테스트는 한 번만 봐요.
#
# ## 8. 정리
#
# | 재료 | 코드 | 손으로 계산하면 | 막으려는 것 |
# |---|---|---|---|
# | 옮기기, 뒤집기 | `crop_padding=4` | 자리 81곳, 방향 2가지 | 외우기 |
# | TrivialAugment | `trivial_augment=1.0` | 14가지 중 하나, 세기 하나 | 외우기 |
# | 무작위 지우기 | `random_erasing=0.25` | 네 장에 한 장꼴로 상자 하나 | 한 부분만 믿기 |
# | MixUp, CutMix | `mixup=0.8, cutmix=1.0` | $\lambda \mathbf{y}_a + (1 - \lambda) \mathbf{y}_b$ | 외우기 |
# | 레이블 스무딩 $\varepsilon$ | `label_smoothing=0.1` | 로짓 차이는 4.51까지 | 끝없이 커지기 |
# | 가중치 평균 $\bar w$ | `ema=0.99` | 최근 100스텝 | 멈추지 못하는 끝 |
# | 확률적 깊이 $s$ | `stochastic_depth=0.1` | 0배 또는 $1 / (1 - s)$배 | 외우기 |
#
# - 외우지 못하게 하는 재료는 스텝을 더 먹어요. 학습 정확도는 높은데 테스트 정확도가 낮을 때 효과가 커요.
# - 개선은 시드에 따른 편차와 함께 말해야 뜻이 있어요.
# - 테스트를 여러 번 보고 그중 가장 좋은 것을 고르면 결과가 아니에요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/12_augmentation`](solutions/12_augmentation.ipynb).
#
# **1. To think about.** A ViT has seen 45,000 pictures three times. It classifies 50% of the training pictures correctly and 49% of the test pictures. Somebody adds TrivialAugment, CutMix and stochastic depth all at once and trains for three passes again: both numbers fall to 42%. What would you say?
#
# - A: Nothing had been memorized that had to be prevented. Train for many more passes, or leave these three out.
# - B: The regularization is too weak. More of it.
# - C: The gain will show on the test pictures as soon as the weight decay is larger.
# - D: There must be a bug, since augmentation cannot lower the *training* accuracy.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/12_augmentation`](solutions/12_augmentation.ipynb)에 있어요.
#
# **1. 생각해 보기.** ViT가 그림 45,000장을 세 번 봤어요. 학습 그림의 50%, 테스트 그림의 49%를 맞혀요. 누군가 TrivialAugment, CutMix, 확률적 깊이를 한꺼번에 넣고 다시 세 번 훑게 했더니 둘 다 42%로 떨어졌어요. 뭐라고 말해 줄까요?
#
# - A: 막아야 할 만큼 외운 것이 없었어요. 훨씬 더 여러 번 훑거나, 이 셋을 빼야 해요.
# - B: 규제가 너무 약해요. 더 넣어야 해요.
# - C: 가중치 감쇠를 키우면 테스트 그림에서 효과가 나타날 거예요.
# - D: 버그가 있는 게 틀림없어요. 증강이 *학습* 정확도를 낮출 수는 없으니까요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check("12.1", answer)

# %% [markdown] lang="en"
# **2. Change the numbers.** CutMix on pictures of 32 rows and 48 columns: the box has rows 8 to 20 and columns 30 to 48 (the last ones not included). What share of its own label does picture $a$ keep? What is the target of its class after label smoothing with $\varepsilon = 0.1$ and ten classes, if the partner is of another class?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 32행 48열 그림에 CutMix를 해요. 상자는 8행부터 20행 앞까지, 30열부터 48열 앞까지예요. 그림 $a$의 레이블은 얼마나 남을까요? 짝의 클래스가 다르고 $\varepsilon = 0.1$, 클래스 열 개로 레이블 스무딩까지 하면 $a$의 클래스의 목푯값은 얼마일까요?

# %%
share_of_a = None
target_of_a = None

# %%
check("12.2a", share_of_a)
check("12.2b", target_of_a)

# %% [markdown] lang="en"
# **3. Write code: CutMix for one pair.** Two pictures (H, W, C), their labels (K,), and a box `(top, bottom, left, right)` in which bottom and right are not included. Return the mixed picture and the mixed label; leave the pictures you were given as they are.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 한 쌍의 CutMix.** 그림 두 장 (H, W, C)와 레이블 (K,), 그리고 상자 `(top, bottom, left, right)`를 받아요. bottom과 right는 포함하지 않아요. 섞은 그림과 섞은 레이블을 돌려주고, 받은 그림은 바꾸지 마세요.

# %%
def cut_mix(a, b, label_a, label_b, box):
    """(H, W, C) twice, (K,) twice and four ints -> (H, W, C), (K,)."""
    raise NotImplementedError

# %%
check("12.3", cut_mix)

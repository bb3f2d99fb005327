# %% [markdown] lang="en"
# # The lecture's own stack: TensorFlow 2 with tensorflow-addons, and the way out of it
#
# You run the lecture's example as the slide has it, see in one step what its optimizer does to a weight, and carry code and trained weights over to the Keras of today without falling into the trap on the way.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: `pip install -U tensorflow-addons`; "TensorFlow 2.9.0 recommended" |
# | Read first | lesson 5, sections 1 to 5. Lesson 11 goes on from here |
# | Time | 20 minutes of reading and trying, and one training of a few minutes on a laptop |
#
# **This notebook lives in an environment of its own.** `python3 run.py tfa` sets it up and opens it. It needs Python 3.10 or 3.11, so Colab, whose Python is newer, cannot run it.

# %% [markdown] lang="ko"
# # 강의의 환경: TensorFlow 2와 tensorflow-addons, 그리고 거기서 나오는 길
#
# 강의의 예제를 슬라이드에 적힌 그대로 실행해요. 옵티마이저(optimizer)가 한 스텝에 가중치를 어떻게 바꾸는지 눈으로 보고, 코드와 학습된 가중치를 요즘 Keras로 옮겨요. 옮기다가 빠지기 쉬운 함정도 피해 가요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*: `pip install -U tensorflow-addons`, "Tensorflow 2.9.0 권장" |
# | 먼저 읽을 것 | 수업 5의 1~5절. 이어지는 이야기는 수업 11에 있어요 |
# | 시간 | 읽고 따라 하는 데 20분, 노트북 컴퓨터에서 몇 분 걸리는 학습 한 번 |
#
# **이 노트북은 전용 환경에서 실행돼요.** `python3 run.py tfa`가 환경을 만들고 노트북을 열어 줘요. Python 3.10이나 3.11이 필요해요. Colab의 Python은 그보다 새것이라 여기서 실행할 수 없어요.

# %% [markdown] lang="en"
# After this notebook you can
#
# 1. run the slide's code, and say why it needs old versions of everything;
# 2. say what `weight_decay=0.1` does in one step of tensorflow-addons, and in one step of Keras;
# 3. move code and trained weights from this stack to Keras 3, and get the same numbers there.

# %% [markdown] lang="ko"
# 이 노트북을 마치면 다음을 할 수 있어요.
#
# 1. 슬라이드의 코드를 실행하고, 왜 모두 옛 버전이어야 하는지 설명해요.
# 2. `weight_decay=0.1`이 tensorflow-addons의 한 스텝에서 하는 일과 Keras의 한 스텝에서 하는 일을 말해요.
# 3. 코드와 학습된 가중치를 이 환경에서 Keras 3으로 옮기고, 거기서도 같은 숫자를 얻어요.

# %% [markdown] lang="en"
# ## 0. Setup

# %% [markdown] lang="ko"
# ## 0. 준비

# %%
# Setup: see that this is the lecture's stack, and find vit_keras around this notebook.
import importlib.metadata
import os
import sys
from pathlib import Path

keras_version = importlib.metadata.version("keras")
if not keras_version.startswith("2."):
    raise ImportError(f"This notebook needs Keras 2 and found Keras {keras_version}. Open it by: "
                      "python3 run.py tfa")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
here = Path.cwd()
sys.path[:0] = [str(folder) for folder in (here, *here.parents)
                if (folder / "vit_keras/patches.py").is_file()][:1]

# %%
# %matplotlib inline
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa
from tensorflow import keras

import vit_keras
from vit_keras import VisionTransformer, check, load_cifar10, pick
from vit_keras.lessons import keras_weight_decay

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, TensorFlow {tf.__version__}, Keras {keras_version}, "
      f"tensorflow-addons {tfa.__version__}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# A note in red says that tensorflow-addons has ended. It is right.
#
# ## 1. Why old versions
#
# The slide asks for `pip install -U tensorflow-addons` because of one class in it: AdamW, which Keras did not have then. Two things have happened since.
#
# - **tensorflow-addons has ended**: nobody has looked after it since May 2024, and its last release, 0.23, was made for Python 3.9 to 3.11.
# - **Keras 3 has replaced Keras 2**: `pip install tensorflow` brings it since TensorFlow 2.16. tensorflow-addons reaches into parts of Keras 2 that are no longer there; beside Keras 3 it cannot even be imported.
#
# So who follows the slide today gets an error, in one of two places:
#
# | you have | what happens |
# |---|---|
# | Python 3.12 or newer (Colab, too) | `pip` finds no tensorflow-addons, and no TensorFlow before 2.16 |
# | Python 3.11 and the TensorFlow of today | it installs, and `import tensorflow_addons` stops with an error about Keras |
#
# What still fits together is the last TensorFlow with Keras 2, 2.15, on Python 3.10 or 3.11. That is what you have here. The slide's own 2.9 works in the same way up to section 4, on Python 3.10 at most; section 5 asks Keras's own AdamW, which came with TensorFlow 2.11.

# %% [markdown] lang="ko"
# tensorflow-addons가 끝났다는 빨간 안내문이 나와요. 맞는 말이에요.
#
# ## 1. 왜 옛 버전이어야 할까요?
#
# 슬라이드에 `pip install -U tensorflow-addons`가 있는 것은 그 안의 클래스 하나 때문이에요. 그때 Keras에 없던 AdamW예요. 그 뒤로 두 가지가 달라졌어요.
#
# - **tensorflow-addons가 끝났어요.** 2024년 5월부터는 아무도 돌보지 않아요. 마지막 버전인 0.23은 Python 3.9~3.11용이에요.
# - **Keras 3이 Keras 2를 대신해요.** TensorFlow 2.16부터는 `pip install tensorflow`를 하면 Keras 3이 설치돼요. tensorflow-addons는 이제 사라진 Keras 2의 내부를 쓰기 때문에, Keras 3과 함께 있으면 import조차 되지 않아요.
#
# 그래서 지금 슬라이드를 그대로 따라 하면 둘 중 한 곳에서 오류가 나요.
#
# | 가진 것 | 일어나는 일 |
# |---|---|
# | Python 3.12 이상(Colab 포함) | `pip`이 tensorflow-addons도, 2.16보다 오래된 TensorFlow도 찾지 못해요 |
# | Python 3.11과 요즘 TensorFlow | 설치는 되지만 `import tensorflow_addons`가 Keras와 관련된 오류로 멈춰요 |
#
# 아직 서로 맞는 조합은 Keras 2를 쓰는 마지막 TensorFlow인 2.15와 Python 3.10 또는 3.11이에요. 지금 이 환경이 그 조합이에요. 슬라이드에 적힌 2.9도 Python 3.10까지는 4절까지 똑같이 돼요. 5절에서 쓰는 Keras의 AdamW는 TensorFlow 2.11에야 들어왔어요.

# %% [markdown] lang="en"
# ## 2. The data
#
# CIFAR-10, split as in lesson 5. If the photographs cannot be had, drawn shapes stand in for them, and the first line says so.

# %% [markdown] lang="ko"
# ## 2. 데이터
#
# 수업 5와 똑같이 나눈 CIFAR-10이에요. 사진을 구할 수 없으면 그려 낸 도형이 대신 들어가고, 출력의 첫 줄이 그 사실을 알려 줘요.

# %% tags=["nbval-ignore-output"]
cifar10 = load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=256, laptop=None, gpu=None)
)
cifar10

# %%
images, labels = cifar10.train
print("one image:", images[0].shape, images.dtype, "| labels:", labels.dtype, "from", labels.min(),
      "to", labels.max())

# %% [markdown] lang="en"
# ## 3. The model: the same class
#
# The Vision Transformer (ViT) here is the class of lesson 4, from the same file. It is written for Keras 3. One page, `vit_keras/keras_2.py`, shows it TensorFlow's Keras under the names of Keras 3: where the class says `ops.einsum`, it gets `tf.einsum`. What comes out is a model of *this* Keras, so all that the slide does with a model works.
#
# **Predict:** does the number of parameters depend on the version of Keras? Lesson 5 counted 142,026 for this model.

# %% [markdown] lang="ko"
# ## 3. 모델: 같은 클래스
#
# 여기서 쓰는 비전 트랜스포머(Vision Transformer, ViT)는 수업 4의 클래스이고, 같은 파일에서 가져와요. 이 클래스는 Keras 3에 맞춰 썼어요. `vit_keras/keras_2.py`라는 파일 하나가 TensorFlow의 Keras를 Keras 3의 이름으로 보여 줘요. 클래스가 `ops.einsum`이라고 쓰면 `tf.einsum`을 받는 식이에요. 이렇게 만들어진 것은 *이* Keras의 모델이에요. 그래서 슬라이드가 모델로 하는 일이 모두 돼요.
#
# 파라미터 수는 Keras 버전에 따라 달라질까요? 수업 5에서 센 이 모델의 파라미터는 142,026개였어요. **예측해 보세요.**

# %%
keras.utils.set_random_seed(0)
model = VisionTransformer(
    image_shape=(32, 32, 3), patch_size=4, num_classes=10, num_layers=4, hidden_dim=64,
    num_heads=4, mlp_dim=128
)
print(f"{model.count_params():,} parameters | a model of tf.keras: "
      f"{isinstance(model, tf.keras.Model)}")

# %% [markdown] lang="en"
# ### The same weights, the same answers
#
# Does it also *compute* the same? Somewhere else, under Keras 3, a small ViT was given random weights and two images, and weights, images and answers were stored in a file. Now the same weights go into a model on this stack. It may differ in the last digits, since sums are taken in another order.

# %% [markdown] lang="ko"
# ### 가중치가 같으면 답도 같아요
#
# *계산*도 똑같이 할까요? 다른 곳의 Keras 3에서 작은 ViT에 무작위 가중치와 이미지 두 장을 주고, 가중치와 이미지와 답을 파일에 저장해 두었어요. 이제 같은 가중치를 이 환경의 모델에 넣어요. 더하는 순서가 다르니 마지막 자릿수는 조금 다를 수 있어요.

# %%
stored = np.load(Path(vit_keras.__file__).parents[1] / "tests/checkpoints/two_stacks.npz")
twin = VisionTransformer((8, 12, 3), (4, 3), num_layers=2, hidden_dim=8, num_heads=2, mlp_dim=10,
                         num_classes=5)
twin.set_weights([stored[name] for name in stored.files if name.startswith("vit/weights/")])
logits = twin(stored["images"]).numpy()
print("Keras 3, stored:", np.round(stored["vit/logits"][0], 3))
print("Keras 2, here:  ", np.round(logits[0], 3))
print("all within 0.00001:", bool(np.abs(logits - stored["vit/logits"]).max() < 1e-5))

# %% [markdown] lang="en"
# ## 4. Training as on the slide
#
# The numbers below are those of the Keras example of 2021 from which most ViT notebooks descend: learning rate 0.001, weight decay 0.0001. `compile` and `fit` do the rest.
#
# **Predict** the loss before training: the head starts at zero, so all ten classes are equally likely.

# %% [markdown] lang="ko"
# ## 4. 슬라이드대로 학습하기
#
# 아래 숫자는 2021년 Keras 예제의 것이에요. 학습률(learning rate) 0.001, 가중치 감쇠(weight decay) 0.0001이에요. 인터넷에 있는 ViT 노트북은 대부분 이 예제에서 나왔어요. 나머지는 `compile`과 `fit`이 해요.
#
# 학습하기 전의 손실은 얼마일까요? **예측해 보세요.** 분류층(classification head)이 0에서 시작하니까 클래스 열 개의 확률이 모두 같아요.

# %%
model.compile(
    optimizer=tfa.optimizers.AdamW(learning_rate=0.001, weight_decay=0.0001),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
loss, accuracy = model.evaluate(*cifar10.validation, batch_size=250, verbose=0)
print(f"loss {loss:.4f}, ln 10 = {np.log(10):.4f}")

# %% [markdown] lang="en"
# The next cell is the long one: on a laptop five passes over 45,000 images, a few minutes. A line a pass.

# %% [markdown] lang="ko"
# 다음 셀이 오래 걸려요. 노트북 컴퓨터에서는 이미지 45,000장을 다섯 번 훑고, 몇 분 걸려요. 한 번 훑을 때마다 한 줄씩 나와요.

# %% tags=["nbval-ignore-output"]
history = model.fit(
    *cifar10.train, validation_data=cifar10.validation,
    batch_size=256, epochs=pick(smoke=2, laptop=5, gpu=50), verbose=2,
).history

# %% tags=["nbval-ignore-output"] alt="Accuracy after each pass over the training data, on training and on validation images." alt_ko="학습 데이터를 한 번 훑을 때마다 잰 정확도. 학습 이미지와 검증 이미지의 곡선이 하나씩 있어요."
figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
passes = range(1, len(history["accuracy"]) + 1)
axes.plot(passes, history["val_accuracy"], "-o", label="validation")
axes.plot(passes, history["accuracy"], ":s", label="training")
axes.axhline(0.1, color="gray", linewidth=1, label="a blind guess")
axes.xaxis.get_major_locator().set_params(integer=True)
axes.set(xlabel="passes over the training data", ylabel="accuracy", ylim=(0, 1),
         title=f"tensorflow-addons' AdamW: {history['val_accuracy'][-1]:.0%} on validation images")
axes.legend(frameon=False)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# The gray line is what a blind guess gets. Under the profile `smoke`, which trains on a handful of drawn shapes for a test, do not expect more. On photographs, curves that still rise at the end mean that the model has not had enough passes yet. The slide names another reason why a ViT from scratch is not good: *there is not much training data, and it lacks inductive bias*. Lesson 5 tells the two apart, lesson 7 shows what inductive bias means, and lesson 11 what a better recipe gets out of the same images.
#
# The test images, once, at the end:

# %% [markdown] lang="ko"
# 회색 선은 찍어서 맞히는 정도예요. `smoke` 프로필은 테스트용이라 그려 낸 도형 몇 장으로만 학습하니까 그보다 나을 것을 기대하지 마세요. 사진으로 학습했는데 곡선이 끝에서도 오르고 있다면 데이터를 더 여러 번 훑어야 해요. 슬라이드는 처음부터 학습한 ViT의 성능이 좋지 않은 다른 이유를 들어요. *학습 데이터의 양이 많지 않고 귀납 편향(inductive bias)이 부족하기 때문*이라는 거예요. 두 이유를 어떻게 구별하는지는 수업 5에서, 귀납 편향이 무엇인지는 수업 7에서, 같은 이미지로 더 나은 레시피(recipe)가 얼마를 얻는지는 수업 11에서 봐요.
#
# 테스트 데이터는 마지막에 딱 한 번 봐요.

# %% tags=["nbval-ignore-output"]
loss, accuracy = model.evaluate(*cifar10.test, batch_size=250, verbose=0)
print(f"test accuracy {accuracy:.1%}")

# %% [markdown] lang="en"
# ## 5. The trap: one number, two meanings
#
# On the way out of this stack you replace `tfa.optimizers.AdamW` by `keras.optimizers.AdamW`. The arguments have the same names, no error comes up, and the training goes well enough. But something has changed a thousandfold.
#
# Both make Adam's step $u$ out of the gradient, and both pull each weight $w$ towards zero beside it. With the learning rate $\eta$ and the weight decay $\lambda$:
#
# $$\text{tensorflow-addons:} \qquad w \leftarrow w - \lambda w - \eta \, u$$
#
# $$\text{Keras, PyTorch:} \qquad w \leftarrow w - \eta \lambda w - \eta \, u$$
#
# **By hand:** a weight of 1, no gradient (so $u = 0$), $\eta = 0.001$ and $\lambda = 0.1$. **Predict** what is left after one step in either stack. This one has both optimizers, so ask them:

# %% [markdown] lang="ko"
# ## 5. 함정: 숫자는 하나, 뜻은 둘
#
# 이 환경에서 나오려면 `tfa.optimizers.AdamW`를 `keras.optimizers.AdamW`로 바꿔야 해요. 인자 이름이 똑같고, 오류도 나지 않고, 학습도 그럭저럭 돼요. 그런데 무언가가 천 배나 달라져 있어요.
#
# 둘 다 그래디언트(gradient)로 Adam의 갱신량 $u$를 만들고, 그와 별도로 모든 가중치 $w$를 0 쪽으로 당겨요. 학습률을 $\eta$, 가중치 감쇠를 $\lambda$라고 쓰면 다음과 같아요.
#
# $$\text{tensorflow-addons:} \qquad w \leftarrow w - \lambda w - \eta \, u$$
#
# $$\text{Keras, PyTorch:} \qquad w \leftarrow w - \eta \lambda w - \eta \, u$$
#
# **직접 계산해 봐요.** 가중치가 1이고, 그래디언트가 없어서 $u = 0$이고, $\eta = 0.001$, $\lambda = 0.1$이에요. 한 스텝 뒤에 각각 얼마가 남을지 **예측해 보세요.** 이 환경에는 옵티마이저가 둘 다 있으니 물어볼 수 있어요.

# %%
def left_over(optimizer, steps=1):
    """What is left, after each step, of a weight of 1 that no gradient moves."""
    weight, values = tf.Variable([1.0]), [1.0]
    for _ in range(steps):
        optimizer.apply_gradients([(tf.zeros(1), weight)])
        values.append(float(weight[0]))
    return np.array(values)


eta, decay = 0.001, 0.1
print(f"tensorflow-addons: by hand {1 - decay * 1:.4f}, "
      f"measured {left_over(tfa.optimizers.AdamW(learning_rate=eta, weight_decay=decay))[-1]:.4f}")
left = left_over(keras.optimizers.AdamW(learning_rate=eta, weight_decay=decay))[-1]
print(f"Keras:             by hand {1 - eta * decay * 1:.4f}, measured {left:.4f}")

# %% [markdown] lang="en"
# A tenth in one step, or a ten-thousandth. The same number is a decay of $1/\eta$ times the strength, here a thousand times. To keep the meaning, convert the number:
#
# $$\lambda_{\text{Keras}} = \lambda_{\text{tensorflow-addons}} \, / \, \eta$$
#
# So the example's 0.0001 at a learning rate of 0.001 has to become 0.1. A well-known port of the Keras example kept 0.0001: its weight decay is as good as off.
#
# A hundred steps, with a decay of 0.01: as it is here, ported with the same number, and converted.

# %% [markdown] lang="ko"
# 한 스텝에 10분의 1이 사라지기도 하고, 만 분의 1이 사라지기도 해요. 숫자가 같아도 감쇠의 세기는 $1/\eta$배, 여기서는 천 배 차이예요. 뜻을 지키려면 숫자를 바꿔야 해요.
#
# $$\lambda_{\text{Keras}} = \lambda_{\text{tensorflow-addons}} \, / \, \eta$$
#
# 그러니까 학습률이 0.001일 때 예제의 0.0001은 0.1이 되어야 해요. Keras 예제를 옮긴 유명한 코드 하나는 0.0001을 그대로 두었어요. 가중치 감쇠를 꺼 둔 것이나 마찬가지예요.
#
# 감쇠 0.01로 백 스텝을 가 봐요. 여기 그대로, 같은 숫자로 옮긴 것, 변환해서 옮긴 것이에요.

# %%
steps, decay = 100, 0.01
addons = tfa.optimizers.AdamW(learning_rate=eta, weight_decay=decay)
unchanged = keras.optimizers.AdamW(learning_rate=eta, weight_decay=decay)
converted = keras.optimizers.AdamW(learning_rate=eta, weight_decay=decay / eta)
curves = {
    "tensorflow-addons, 0.01": left_over(addons, steps),
    "Keras, the same number": left_over(unchanged, steps),
    "Keras, converted to 10": left_over(converted, steps),
}
for name, values in curves.items():
    print(f"{name:24} {values[-1]:.3f} of the weight is left")

# %% alt="A weight over a hundred steps: with tensorflow-addons it falls to 0.37, with Keras and the same number it stays at 1, with Keras and the converted number it falls to 0.37." alt_ko="백 스텝 동안의 가중치. tensorflow-addons에서는 0.37까지 내려가고, 같은 숫자로 옮긴 Keras에서는 1에 머물고, 변환한 Keras에서는 0.37까지 내려가요."
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for (name, values), style, width in zip(curves.items(), ("-", "-", ":"), (3, 2, 3)):
    axes.plot(values, style, linewidth=width, label=name)
axes.set(xlabel="step", ylabel="what is left of the weight", ylim=(0, 1.05),
         title="The same number hardly decays, the converted one does")
axes.legend(frameon=False)
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# The line at the top hardly moves: that is the port with the same number. The dotted line lies exactly on the one of tensorflow-addons: that is the converted one.
#
# ### With a schedule
#
# There is a second half to the trap. Keras multiplies by the learning rate *of the step*. If a schedule lowers the rate, Keras's decay falls with it; that of tensorflow-addons does not know of the schedule and stays. No single number makes both equal in every step. What can be kept is the sum over the run: divide by the *mean* of the rate, not by its peak. `keras_weight_decay` does it.
#
# **Predict:** the rate falls along a cosine from 0.001 to 0, so its mean is about half. Converted by the peak, is more left of the weight than with tensorflow-addons, or less?

# %% [markdown] lang="ko"
# 맨 위의 거의 움직이지 않는 선이 같은 숫자로 옮긴 것이에요. 점선은 tensorflow-addons의 선 위에 정확히 겹쳐요. 변환해서 옮긴 것이에요.
#
# ### 학습률 스케줄이 있을 때
#
# 함정에는 나머지 절반이 있어요. Keras는 *그 스텝의* 학습률을 곱해요. 스케줄(schedule)이 학습률을 낮추면 Keras의 감쇠도 함께 줄어요. tensorflow-addons의 감쇠는 스케줄을 모르고 그대로예요. 그래서 숫자 하나로 모든 스텝을 똑같이 만들 수는 없어요. 전체 학습 동안의 합은 맞출 수 있어요. 학습률의 최댓값이 아니라 *평균*으로 나누면 돼요. `keras_weight_decay`가 이 계산을 해요.
#
# 학습률이 0.001에서 0까지 코사인을 따라 내려가니까 평균은 절반쯤이에요. 최댓값으로 나누어 변환하면 tensorflow-addons보다 가중치가 더 많이 남을까요, 더 적게 남을까요? **예측해 보세요.**

# %%
schedule = keras.optimizers.schedules.CosineDecay(eta, decay_steps=steps)
by_peak = keras_weight_decay(decay, schedule, steps, follows_schedule=True)
by_mean = keras_weight_decay(decay, schedule, steps)
theirs = left_over(tfa.optimizers.AdamW(learning_rate=schedule, weight_decay=decay), steps)[-1]
print(f"tensorflow-addons     {decay:6.2f}: {theirs:.2f} is left")
for name, converted in {"by the peak": by_peak, "by the mean": by_mean}.items():
    adamw = keras.optimizers.AdamW(learning_rate=schedule, weight_decay=converted)
    ours = left_over(adamw, steps)[-1]
    print(f"Keras, {name:14} {converted:6.2f}: {ours:.2f} is left")

# %% [markdown] lang="en"
# By the peak, more is left: the decay has faded with the rate. By the mean, the end is the same. Lesson 11 measures what the trap costs in a whole training.
#
# ## 6. The way out
#
# Line by line, from this stack to the other lessons':
#
# | here | on Keras 3 | mind |
# |---|---|---|
# | `pip install -U tensorflow-addons` | nothing: Keras has AdamW | |
# | `from tensorflow import keras` | `import keras` | TensorFlow, JAX or PyTorch below it |
# | `tfa.optimizers.AdamW(learning_rate=1e-3, weight_decay=1e-4)` | `keras.optimizers.AdamW(learning_rate=1e-3, weight_decay=0.1)` | section 5 |
# | `tf.image.extract_patches` | `vit_keras.Patches`, or `keras.ops.image.extract_patches` | the numbers of a patch in the same order |
# | `tf.reshape`, `tf.einsum` | `ops.reshape`, `ops.einsum` with `from keras import ops` | |
# | `layers.LayerNormalization()` | `layers.LayerNormalization(epsilon=1e-6)` | the default, 1e-3, is the same in both, and not the paper's |
# | `model.save("vit.h5")` | `model.save("vit.keras")` | custom layers need `get_config` |
# | `compile`, `fit`, `evaluate` | the same | |
#
# ### Take your weights along
#
# You have trained a model here and want it in Keras 3? The weights are arrays, and their order is the same on both stacks (section 3 relied on it). Write them with NumPy:

# %% [markdown] lang="ko"
# 최댓값으로 변환하면 더 많이 남아요. 학습률과 함께 감쇠도 사그라들었기 때문이에요. 평균으로 변환하면 끝이 같아요. 전체 학습에서 이 함정이 얼마나 손해인지는 수업 11에서 재요.
#
# ## 6. 나오는 길
#
# 이 환경의 코드를 다른 수업의 환경으로 한 줄씩 옮겨 봐요.
#
# | 여기 | Keras 3 | 주의할 점 |
# |---|---|---|
# | `pip install -U tensorflow-addons` | 필요 없어요. Keras에 AdamW가 있어요 | |
# | `from tensorflow import keras` | `import keras` | 밑에서 TensorFlow, JAX, PyTorch 중 하나가 계산해요 |
# | `tfa.optimizers.AdamW(learning_rate=1e-3, weight_decay=1e-4)` | `keras.optimizers.AdamW(learning_rate=1e-3, weight_decay=0.1)` | 5절 |
# | `tf.image.extract_patches` | `vit_keras.Patches` 또는 `keras.ops.image.extract_patches` | 패치(patch) 안의 숫자 순서는 같아요 |
# | `tf.reshape`, `tf.einsum` | `from keras import ops`를 하고 `ops.reshape`, `ops.einsum` | |
# | `layers.LayerNormalization()` | `layers.LayerNormalization(epsilon=1e-6)` | 기본값 1e-3은 둘 다 같고, 논문의 값이 아니에요 |
# | `model.save("vit.h5")` | `model.save("vit.keras")` | 직접 만든 층에는 `get_config`가 있어야 해요 |
# | `compile`, `fit`, `evaluate` | 같아요 | |
#
# ### 가중치도 가져가기
#
# 여기서 학습한 모델을 Keras 3에서 쓰고 싶다면요? 가중치는 배열이고, 순서는 두 환경에서 똑같아요(3절에서 이미 그 덕을 봤어요). NumPy로 저장하면 돼요.

# %%
with tempfile.TemporaryDirectory() as folder:  # in your own work: a folder that stays
    np.savez(Path(folder) / "vit_weights.npz", *model.get_weights())
    with np.load(Path(folder) / "vit_weights.npz") as file:
        again = [file[name] for name in file.files]
print(len(again), "arrays | unchanged:",
      all(np.array_equal(a, b) for a, b in zip(again, model.get_weights())))

# %% [markdown] lang="en"
# And on the other side, with Keras 3 and the same arguments of the model:
#
# ```python
# from vit_keras import VisionTransformer
#
# model = VisionTransformer((32, 32, 3), patch_size=4, num_classes=10, num_layers=4, hidden_dim=64, num_heads=4, mlp_dim=128)
# with np.load("vit_weights.npz") as file:
#     model.set_weights([file[name] for name in file.files])
# ```
#
# ## 7. Recap
#
# | what | code | value here |
# |---|---|---|
# | the last stack of the slide's kind | `python3 run.py tfa` | TensorFlow 2.15, Keras 2.15, tensorflow-addons 0.23 |
# | one step of decay, tensorflow-addons | $w - \lambda w$ | 1 to 0.9 |
# | one step of decay, Keras | $w - \eta \lambda w$ | 1 to 0.9999 |
# | the number converted | `keras_weight_decay(0.0001, 0.001)` | 0.1 |
# | weights carried over | `np.savez(..., *model.get_weights())` | the same answers to 0.00001 |

# %% [markdown] lang="ko"
# 그다음 Keras 3이 있는 쪽에서 모델을 같은 인자로 만들고 넣어요.
#
# ```python
# from vit_keras import VisionTransformer
#
# model = VisionTransformer((32, 32, 3), patch_size=4, num_classes=10, num_layers=4, hidden_dim=64, num_heads=4, mlp_dim=128)
# with np.load("vit_weights.npz") as file:
#     model.set_weights([file[name] for name in file.files])
# ```
#
# ## 7. 정리
#
# | 무엇 | 코드 | 여기서의 값 |
# |---|---|---|
# | 슬라이드와 같은 종류의 마지막 환경 | `python3 run.py tfa` | TensorFlow 2.15, Keras 2.15, tensorflow-addons 0.23 |
# | tensorflow-addons의 감쇠 한 스텝 | $w - \lambda w$ | 1에서 0.9로 |
# | Keras의 감쇠 한 스텝 | $w - \eta \lambda w$ | 1에서 0.9999로 |
# | 변환한 숫자 | `keras_weight_decay(0.0001, 0.001)` | 0.1 |
# | 가중치 옮기기 | `np.savez(..., *model.get_weights())` | 답이 0.00001 안에서 같아요 |

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/ViT_with_tensorflow_addons`](solutions/ViT_with_tensorflow_addons.ipynb).
#
# **1. To think about.** A run of 10,000 steps with a constant learning rate of 0.001. Somebody has moved it from tensorflow-addons to Keras and kept `weight_decay=0.0001`. How much is left, at the end, of a weight that no gradient moves?
#
# - A: about 37 %, before and after the move;
# - B: about 37 % before, about 99.9 % after;
# - C: about 99.9 % before, about 37 % after;
# - D: nothing before, about 37 % after.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/ViT_with_tensorflow_addons`](solutions/ViT_with_tensorflow_addons.ipynb)에 있어요.
#
# **1. 생각해 보기.** 학습률 0.001로 10,000스텝을 학습하는 코드를 누군가 tensorflow-addons에서 Keras로 옮겼어요. `weight_decay=0.0001`은 그대로 두었어요. 그래디언트가 움직이지 않는 가중치는 마지막에 얼마나 남을까요?
#
# - A: 옮기기 전이나 후나 37 %쯤
# - B: 옮기기 전에는 37 %쯤, 옮긴 뒤에는 99.9 %쯤
# - C: 옮기기 전에는 99.9 %쯤, 옮긴 뒤에는 37 %쯤
# - D: 옮기기 전에는 0 %, 옮긴 뒤에는 37 %쯤

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check("tfa.1", answer)

# %% [markdown] lang="en"
# **2. Change the numbers.** An old notebook has `tfa.optimizers.AdamW(learning_rate=0.0005, weight_decay=0.00005)`. Which `weight_decay` does `keras.optimizers.AdamW` need at the same learning rate?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 어떤 옛 노트북에 `tfa.optimizers.AdamW(learning_rate=0.0005, weight_decay=0.00005)`가 있어요. 학습률이 같다면 `keras.optimizers.AdamW`의 `weight_decay`는 얼마여야 할까요?

# %%
decay_for_keras = None

# %%
check("tfa.2", decay_for_keras)

# %% [markdown] lang="en"
# **3. Write code: one step of either kind.** From weights $w$ and Adam's step $u$ (arrays), the learning rate and the weight decay to the new weights. `kind` is `"tfa"` or `"keras"`.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 두 가지 한 스텝.** 가중치 $w$와 Adam의 갱신량 $u$(배열), 학습률, 가중치 감쇠를 받아 새 가중치를 돌려주세요. `kind`는 `"tfa"` 아니면 `"keras"`예요.

# %%
def adamw_step(w, u, learning_rate, weight_decay, kind):
    """The weights after one step."""
    raise NotImplementedError

# %%
check("tfa.3a", adamw_step)  # of tensorflow-addons
check("tfa.3b", adamw_step)  # of Keras

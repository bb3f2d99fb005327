# %% [markdown] lang="en"
# # Training from scratch: a Vision Transformer and a CNN on CIFAR-10 and CIFAR-100
#
# You train a Vision Transformer (ViT) on small photographs, from random numbers to a classifier, put a convolutional network beside it under the same conditions, and find out which is ahead, and why.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: "Training from scratch", 1); equations (1) to (4) are used, not derived |
# | Read first | the lecture's pages on how ViT works, up to equation (4) |
# | Time | read and try: 35 min; machine: 8 min, can be skipped |
#
# **You do not have to run the long cells.** Longer runs were recorded, and all conclusions are drawn from them.

# %% [markdown] lang="ko"
# # 처음부터 학습하기: CIFAR-10과 CIFAR-100에서 비전 트랜스포머와 CNN 비교
#
# 무작위 가중치에서 출발해 비전 트랜스포머(Vision Transformer, ViT)를 작은 사진으로 학습시켜요. 같은 조건에서 합성곱 신경망(CNN)도 학습시켜 나란히 놓고, 어느 쪽이 앞서는지, 왜 그런지 확인해요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*의 "Training from scratch" 1). 식 (1)~(4)는 유도하지 않고 사용만 해요 |
# | 먼저 읽을 것 | 강의 자료에서 ViT의 작동 원리를 다룬 부분, 식 (4)까지 |
# | 시간 | 읽고 따라 하기: 35분. 컴퓨터: 8분, 건너뛰어도 돼요 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 더 길게 학습한 결과를 미리 기록해 두었고, 결론은 모두 그 기록에서 내려요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. train two models under the same conditions (data, recipe, time), and say what their comparison leaves open;
# 2. read learning curves and a confusion matrix, and tell underfitting from overfitting;
# 3. explain why a ViT trained from scratch is behind on this much data, and what changes that.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 같은 데이터, 같은 레시피(recipe), 같은 시간으로 두 모델을 비교하고, 이 비교가 무엇까지 말해 주는지 알아요.
# 2. 학습 곡선(learning curve)과 혼동 행렬(confusion matrix)을 읽고, 과소적합(underfitting)과 과적합(overfitting)을 구별해요.
# 3. 이 정도 데이터로 처음부터 학습한 ViT가 왜 뒤처지는지, 무엇이 이를 바꾸는지 설명해요.

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
from IPython.display import Markdown, display
from keras import ops

import vit_keras
from vit_keras import (
    Patches,
    Recipe,
    VisionTransformer,
    check,
    create_cnn_classifier,
    draw_shapes,
    load_pretrained,
    pick,
    train,
)
from vit_keras.figures import plot_confusion_matrix, plot_learning_curves, plot_patches
from vit_keras.lessons import called, comparison, show
from vit_keras.training import NEVER_DECAYED

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for yours.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.

# %% [markdown] lang="en"
# ## 1. The data
#
# CIFAR-10 holds 60,000 color photographs of 32x32 pixels in ten classes. Its author set aside 10,000 for the test. From the others we set aside 5,000 for *validation*: whatever you try out is judged on those. The test images are looked at once, after the last training step, so nothing can be tuned to them. If the photographs cannot be had, drawn shapes take their place; the first line below says so.

# %% [markdown] lang="ko"
# ## 1. 데이터
#
# CIFAR-10은 32x32 픽셀 컬러 사진 60,000장이고 클래스는 열 개예요. 테스트 데이터(test data) 10,000장은 만든 사람이 따로 떼어 두었어요. 나머지 50,000장에서 우리는 5,000장을 검증 데이터(validation data)로 떼어 둬요. 무엇을 바꿔 보든 판단은 검증 데이터로 해요. 테스트 데이터는 학습이 다 끝난 뒤 딱 한 번만 봐요. 그래야 테스트 데이터에 맞춰 설정을 고르는 일이 없어요. 사진을 구할 수 없으면 코드로 그린 도형이 대신 들어가고, 아래 출력의 첫 줄이 그렇다고 알려 줘요.

# %% tags=["nbval-ignore-output"]
cifar10 = vit_keras.load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=512, laptop=None, gpu=None)
)
cifar10

# %%
images, labels = cifar10.train
print("one image:", images[0].shape, images.dtype, "from", images.min(), "to", images.max())
counts = np.bincount(labels)
print("classes:", len(counts), "| largest minus smallest:",
      "at most 1" if np.ptp(counts) <= 1 else np.ptp(counts))

# %% tags=["third-party-pixels"] alt="Three pictures of each of the ten classes." alt_ko="열 개 클래스의 그림을 세 장씩 보여 줘요."
figure, grid = plt.subplots(3, 10, figsize=(10, 3.4))
for label, column in enumerate(grid.T):
    column[0].set_title(cifar10.class_names[label], fontsize=9)
    for axes, index in zip(column, np.flatnonzero(labels == label)):
        axes.imshow(images[index])
        axes.set_axis_off()

# %% [markdown] lang="en"
# Height, width and three colors, one byte each. We give these bytes to the model as they are; its first layer brings them to [-1, 1]. The classes are balanced, so a blind guess is right in 10% of the cases.
#
# Run the cell to see three pictures of each class (CIFAR may not be passed on, so this notebook is stored without them). At this size a cat and a dog are hard to tell apart for you, too.

# %% [markdown] lang="ko"
# 높이, 너비, 세 가지 색이 있고 숫자 하나가 1바이트예요. 이 값을 그대로 모델에 넣어요. [-1, 1]로 바꾸는 일은 모델의 첫 층이 해요. 클래스의 균형이 맞으니 찍으면 10%를 맞혀요.
#
# 셀을 실행하면 클래스마다 세 장씩 볼 수 있어요. CIFAR 사진은 다시 배포할 수 없어서 이 노트북에는 그림 없이 저장했어요. 이 크기에서는 고양이와 개를 사람이 구별하기도 쉽지 않아요.

# %% [markdown] lang="en"
# ## 2. A picture becomes a sequence
#
# The lecture: an image of H x W pixels is cut, without overlap, into $N = HW / P^2$ patches of P x P pixels, and each patch is flattened into $P \cdot P \cdot C$ numbers. We take $P = 4$ and cut a drawn picture.

# %% [markdown] lang="ko"
# ## 2. 그림이 시퀀스가 되기까지
#
# 강의에서 보았듯이 H x W 픽셀 이미지를 P x P 픽셀의 패치(patch) $N = HW / P^2$개로 겹치지 않게 나눠요. 패치 하나를 평탄화하면 숫자 $P \cdot P \cdot C$개가 돼요. 여기서는 $P = 4$로 하고, 코드로 그린 그림을 나눠 봐요.

# %% alt="A drawn yellow moon on the left; on the right the same picture cut into 8 x 8 patches." alt_ko="왼쪽에는 코드로 그린 노란 달이 있고, 오른쪽에는 같은 그림을 8 x 8개의 패치로 나눈 모습이 있어요."
drawn = draw_shapes(1, shapes=("moon",), size=0.36, color="yellow", position="center", clutter=0.3,
                    seed=3).images
patches = ops.convert_to_numpy(Patches(patch_size=4)(drawn))  # (B, N, P*P*C)
print("N =", 32 * 32 // 4**2, " P*P*C =", 4 * 4 * 3, " patches", patches.shape)
plot_patches(drawn[0], patches[0], (8, 8), "A picture is 64 patches of 4x4 pixels")

# %% [markdown] lang="en"
# The 64 patches stand in reading order. No patch shows the whole moon. Which patches belong together is for *attention* to find out: every token compares a query of its own with the keys of all tokens and takes most from those that match (lesson 2).
#
# ## 3. The model in four lines
#
# The whole Vision Transformer is one object, small enough for a laptop to train; the lecture's ViT-Large has the same parts, 24 layers and $D = 1024$.

# %% [markdown] lang="ko"
# 패치 64개는 글을 읽는 순서로 놓여 있어요. 달 전체가 보이는 패치는 하나도 없어요. 어떤 패치끼리 관련이 있는지는 *어텐션*(attention)이 알아내야 해요. 토큰마다 자기 쿼리(query)를 모든 토큰의 키(key)와 비교해서, 잘 맞는 토큰에서 많이 가져와요(수업 2).
#
# ## 3. 네 줄로 쓰는 모델
#
# 비전 트랜스포머 전체가 객체 하나예요. 노트북 컴퓨터에서도 학습할 수 있는 크기예요. 강의에 나온 ViT-Large도 구성 요소는 똑같고, 층이 24개이고 $D = 1024$일 뿐이에요.

# %%
small = {"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}

model = VisionTransformer(
    image_shape=(32, 32, 3), patch_size=4,
    num_classes=10, **small,
)
model.summary()

# %% [markdown] lang="en"
# Inside, the four equations of the lecture follow one another. The class token is put before the patches, so $N + 1$ tokens go through the encoder, and the answer is read from the class token's final state, $\mathbf{z}_L^0$.
#
# $$\mathbf{z}_0 = [\mathbf{x}_{\text{class}}; \mathbf{x}_p^1 \mathbf{E}; \cdots; \mathbf{x}_p^N \mathbf{E}] + \mathbf{E}_{pos} \tag{1}$$
#
# $$\mathbf{z}'_\ell = \text{MSA}(\text{LN}(\mathbf{z}_{\ell-1})) + \mathbf{z}_{\ell-1}, \qquad \ell = 1 \dots L \tag{2}$$
#
# $$\mathbf{z}_\ell = \text{MLP}(\text{LN}(\mathbf{z}'_\ell)) + \mathbf{z}'_\ell, \qquad \ell = 1 \dots L \tag{3}$$
#
# $$\mathbf{y} = \text{LN}(\mathbf{z}_L^0) \tag{4}$$

# %% [markdown] lang="ko"
# 안에서는 강의의 네 식이 차례로 계산돼요. 클래스 토큰(class token)을 패치 앞에 붙이므로 인코더(encoder)에는 토큰 $N + 1$개가 들어가요. 답은 클래스 토큰의 마지막 상태 $\mathbf{z}_L^0$에서 읽어요. 아래 식 (1)에서 마지막에 더하는 것이 위치 임베딩(position embedding)이에요.
#
# $$\mathbf{z}_0 = [\mathbf{x}_{\text{class}}; \mathbf{x}_p^1 \mathbf{E}; \cdots; \mathbf{x}_p^N \mathbf{E}] + \mathbf{E}_{pos} \tag{1}$$
#
# $$\mathbf{z}'_\ell = \text{MSA}(\text{LN}(\mathbf{z}_{\ell-1})) + \mathbf{z}_{\ell-1}, \qquad \ell = 1 \dots L \tag{2}$$
#
# $$\mathbf{z}_\ell = \text{MLP}(\text{LN}(\mathbf{z}'_\ell)) + \mathbf{z}'_\ell, \qquad \ell = 1 \dots L \tag{3}$$
#
# $$\mathbf{y} = \text{LN}(\mathbf{z}_L^0) \tag{4}$$

# %%
x = model.patches(model.normalize(images[:8]))  # (B, N, P*P*C)
z_0 = model.patch_encoder(x)  # (1)
z_L = model.encoder(z_0)  # (2) (3), and the LN of (4)
y = z_L[:, 0]  # (4)
logits = model.head(y)  # (B, K)
for name, value in {"patches": x, "z_0": z_0, "z_L": z_L, "y": y, "logits": logits}.items():
    print(f"{name:8}{tuple(value.shape)}")

# %% [markdown] lang="en"
# 64 becomes 65 where the class token joins the patches; behind the encoder the answer is read from one token. Nearly all of the 142,026 parameters sit in the blocks, which `summary` calls the encoder; lesson 4 counts them by formula. The head starts at zero, so an untrained model gives every class the same probability.

# %% [markdown] lang="ko"
# 64가 65로 바뀌는 곳에서 클래스 토큰이 패치 앞에 붙어요. 65가 사라지는 곳에서는 토큰 하나에서 답을 읽어요. 파라미터 142,026개는 거의 다 블록 안에 있어요. `summary`에서는 encoder라고 나와요. 식으로 세는 방법은 수업 4에 있어요. 분류층(classification head)은 0에서 시작해요. 그래서 학습하지 않은 모델은 모든 클래스에 같은 확률을 줘요.

# %% [markdown] lang="en"
# ## 4. The recipe
#
# Both models are trained by one `Recipe`. Its ingredients:
#
# **AdamW: weight decay beside the gradient, not in it.** Every step pulls a weight $w$ towards zero by a fixed share, whatever Adam makes of the gradient ($\eta$ learning rate, $\lambda$ weight decay, $u$ Adam's step):
#
# $$w \leftarrow w - \eta \, (u + \lambda w)$$
#
# **Predict** $w$ after one step from $w = 1$, with no gradient, $\eta = 0.001$ and $\lambda = 0.05$.

# %% [markdown] lang="ko"
# ## 4. 레시피
#
# 두 모델은 같은 `Recipe`로 학습해요. 재료를 하나씩 봐요.
#
# **AdamW: 가중치 감쇠(weight decay)를 그래디언트에 섞지 않고 따로 적용해요.** Adam이 그래디언트로 무엇을 하든, 스텝마다 가중치 $w$를 정해진 비율만큼 0 쪽으로 당겨요. $\eta$는 학습률, $\lambda$는 가중치 감쇠, $u$는 Adam의 갱신량이에요.
#
# $$w \leftarrow w - \eta \, (u + \lambda w)$$
#
# $w = 1$에서 출발해 그래디언트가 0, $\eta = 0.001$, $\lambda = 0.05$라면 한 스텝 뒤 $w$는 얼마일지 **예측해 보세요.**

# %%
guess = None  # your guess: w after one step

w = keras.Variable([1.0], name="kernel")
keras.optimizers.AdamW(0.001, weight_decay=0.05).apply([ops.zeros(1)], [w])
print(f"by hand {1 - 0.001 * 0.05 * 1:.5f}, Keras {float(ops.convert_to_numpy(w)[0]):.5f}")
print("never decayed:", ", ".join(NEVER_DECAYED))

# %% [markdown] lang="en"
# Biases, norms, the class token and the positions are left alone: nothing says they should be small.
#
# **Warm-up and cosine.** The learning rate rises in a straight line for the first tenth of the steps, since the first gradients of a random model say little (lesson 11), and then falls along half a cosine. Of $S$ steps, $s$ are warm-up:
#
# $$\eta(t) = \eta_{\max} \frac{t}{s} \;\; (t < s), \qquad \eta(t) = \frac{\eta_{\max}}{2} \left(1 + \cos \pi \frac{t - s}{S - s}\right) \;\; (t \ge s)$$

# %% [markdown] lang="ko"
# 편향, 층 정규화, 클래스 토큰, 위치 임베딩은 감쇠하지 않아요. 이 값들이 작아야 할 이유가 없기 때문이에요.
#
# **워밍업(warm-up)과 코사인 감소(cosine decay).** 처음 10분의 1 동안은 학습률이 직선으로 올라가요. 가중치가 아직 무작위라서 처음의 그래디언트는 말해 주는 것이 적거든요(수업 11). 그다음에는 코사인 반 주기를 따라 내려가요. 전체 $S$스텝 가운데 $s$스텝이 워밍업이에요.
#
# $$\eta(t) = \eta_{\max} \frac{t}{s} \;\; (t < s), \qquad \eta(t) = \frac{\eta_{\max}}{2} \left(1 + \cos \pi \frac{t - s}{S - s}\right) \;\; (t \ge s)$$

# %% alt="The learning rate rises in a straight line to 0.002 at step 100 and falls to zero at step 1000." alt_ko="학습률이 100번째 스텝까지 직선으로 0.002까지 올라가고, 1000번째 스텝에서 0이 될 때까지 내려가요."
S, s, peak = 1000, 100, 2e-3
t = np.arange(S + 1)
by_hand = np.where(t < s, peak * t / s, peak / 2 * (1 + np.cos(np.pi * (t - s) / (S - s))))
schedule = keras.optimizers.schedules.CosineDecay(0.0, S - s, warmup_target=peak, warmup_steps=s)
print("the same as Keras's:",
      np.allclose(by_hand[::20], [float(schedule(step)) for step in t[::20]], atol=1e-8))

figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
axes.plot(t, by_hand)
axes.axvline(s, color="gray", linestyle=":")
axes.set(xlabel="step", ylabel="learning rate",
         title="Up in a tenth of the steps, then down to zero")
axes.grid(alpha=0.3)

# %% [markdown] lang="en"
# The dotted line is the end of the warm-up. The rate ends at zero, so the last steps are calm ones: we keep the last weights and need not look for the best epoch. And so that a single bad batch cannot throw the model off, gradients longer than 1, all weights together, are *clipped* to length 1.
#
# **Label smoothing.** The target is not "surely a cat", but "a cat, with a little doubt": a share $\varepsilon = 0.1$ of the target is spread over all $K$ classes,
#
# $$y' = (1 - \varepsilon) \, y + \varepsilon / K.$$
#
# A model is then not rewarded for making its logits larger and larger. For one picture of class 3:

# %% [markdown] lang="ko"
# 점선이 워밍업이 끝나는 곳이에요. 학습률이 0으로 끝나므로 마지막 스텝이 가장 안정적이에요. 그래서 마지막 가중치를 그대로 쓰고, 가장 좋았던 에폭(epoch)을 고르지 않아요. 또 모든 가중치의 그래디언트를 합친 길이가 1보다 길면 길이 1로 줄여요. 이것이 *그래디언트 클리핑*(gradient clipping)이에요. 이상한 배치 하나 때문에 모델이 크게 흔들리는 일을 막아 줘요.
#
# **레이블 스무딩(label smoothing).** 정답을 '틀림없이 고양이'가 아니라 '아마 고양이'로 바꿔요. 정답의 $\varepsilon = 0.1$만큼을 떼어 클래스 $K$개에 고르게 나눠 줘요.
#
# $$y' = (1 - \varepsilon) \, y + \varepsilon / K.$$
#
# 그러면 로짓(logit)을 끝없이 키워도 이득이 없어요. 클래스가 3인 그림 한 장으로 직접 계산해 봐요.

# %%
y = np.eye(10)[3]
smooth = 0.9 * y + 0.1 / 10
logits = np.array([0.0, 0, 0, 4, 0, 2, 0, 0, 0, 0])  # a cat (3), perhaps a dog (5)
log_p = logits - np.log(np.sum(np.exp(logits)))
cross_entropy = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
keras_loss = cross_entropy(y[None], logits[None])
print("target", np.round(smooth, 2))
print(f"loss by hand {-np.sum(smooth * log_p):.4f}, Keras {float(keras_loss):.4f}, "
      f"without smoothing {-log_p[3]:.4f}")

# %% [markdown] lang="en"
# **Augmentation.** A cat moved by two pixels, or in the mirror, is still a cat. Each time an image is seen it is moved by up to 4 pixels and mirrored half of the time; what is missing at the border is filled by reflection.

# %% [markdown] lang="ko"
# **데이터 증강(data augmentation).** 고양이는 두 픽셀 옆으로 옮겨도, 거울에 비춰도 고양이예요. 그래서 이미지를 볼 때마다 최대 4픽셀까지 옮기고, 절반은 좌우로 뒤집어요. 옮겨서 빈 곳이 생기면 가장자리를 기준으로 반사해서 채워요.

# %% tags=["own-pixels"] alt="The drawn moon seven times: as it is, then six times moved a little, some of them mirrored." alt_ko="코드로 그린 달이 일곱 번 나와요. 처음은 원본이고, 나머지 여섯은 조금씩 옮겨졌으며 일부는 좌우로 뒤집혔어요."
moved = vit_keras.RandomCropFlip(padding=4, seed=1)(np.repeat(drawn, 6, axis=0), training=True)
figure, row = plt.subplots(1, 7, figsize=(10, 1.8), layout="constrained")
figure.suptitle("One picture (left), six that count as new")
for axes, picture in zip(row, [drawn[0], *ops.convert_to_numpy(moved)]):
    axes.imshow(picture)
    axes.set_axis_off()

# %% [markdown] lang="en"
# The label stays, so this is more data for free.
#
# ## 5. Training
#
# ### Ordinary Keras first
#
# Everything in section 4 has a name in Keras: augmentation is a layer in front of the model, the learning rate is a schedule in the optimizer, and `fit` does the rest. The labels are ints and the model answers in logits, so the loss is `SparseCategoricalCrossentropy` *with* `from_logits=True`. (Leave that out and nothing is learned at all: the head starts at zero, and zeros taken for probabilities give a gradient of exactly zero.)
#
# The cell makes one pass over the data on a laptop, about a minute. **Predict** the loss of the very first batch (lesson 4): ten classes, and a head of zeros.

# %% [markdown] lang="ko"
# 레이블은 그대로이니 데이터가 공짜로 늘어난 셈이에요.
#
# ## 5. 학습
#
# ### 먼저, 평범한 Keras로
#
# 4절에서 본 것은 모두 Keras에 이름이 있어요. 증강은 모델 앞에 놓인 층이고, 학습률은 옵티마이저 안의 스케줄이고, 나머지는 `fit`이 해요. 레이블은 정수이고 모델은 로짓으로 답하니까 손실은 `SparseCategoricalCrossentropy`이고, `from_logits=True`가 *꼭* 있어야 해요. (빼먹으면 아무것도 배우지 못해요. 분류층이 0에서 시작하는데, 0을 확률로 여기면 그래디언트가 정확히 0이에요.)
#
# 아래 셀은 노트북 컴퓨터에서 데이터를 한 번 훑고 1분쯤 걸려요. 맨 첫 배치의 손실이 얼마일지 **예측해 보세요**(수업 4). 클래스는 열 개이고 분류층은 0이에요.

# %% tags=["nbval-ignore-output"]
guess = None  # your guess: the first loss

vit_size = pick(
    smoke={"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop=small,
    gpu={"num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
)
epochs = pick(smoke=1, laptop=1, gpu=8)
steps = epochs * len(cifar10.train.labels) // 64
schedule = keras.optimizers.schedules.CosineDecay(
    0.0, decay_steps=steps - steps // 10, warmup_target=0.002, warmup_steps=steps // 10)

keras.utils.set_random_seed(0)
inputs = keras.Input((32, 32, 3))
x = vit_keras.RandomCropFlip(padding=4)(inputs)  # works in fit, rests in evaluate and predict
outputs = VisionTransformer((32, 32, 3), patch_size=4, num_classes=10, **vit_size)(x)
plain = keras.Model(inputs, outputs)
plain.compile(
    optimizer=keras.optimizers.AdamW(schedule, weight_decay=0.05, global_clipnorm=1.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
first = plain.evaluate(images[:64], labels[:64], verbose=0, return_dict=True)
print(f"loss before the first step {first['loss']:.3f}, ln 10 = {np.log(10):.3f}")
history = plain.fit(images, labels, batch_size=64, epochs=epochs,
                    validation_data=cifar10.validation, verbose=2)

# %% tags=["nbval-ignore-output"]
loss, accuracy = plain.evaluate(*cifar10.validation, verbose=0)
with tempfile.TemporaryDirectory() as folder:
    plain.save(f"{folder}/vit.keras")
    again = keras.models.load_model(f"{folder}/vit.keras")
answers = [model.predict(cifar10.validation.images[:8], verbose=0) for model in (plain, again)]
print(f"validation {accuracy:.1%}, in the history {history.history['val_accuracy'][-1]:.1%}")
print("the saved model gives the same answers:", np.allclose(*answers, atol=1e-5))

# %% [markdown] lang="en"
# `history.history` holds the numbers of every epoch; `evaluate` measures without augmentation; `save` writes the model with its weights and its optimizer into one file. If you remember one cell of this course, let it be this one.
#
# ### The short form
#
# To compare two models we need a little more: label smoothing, no weight decay for biases and norms, and a budget in minutes, since a pass costs the two models differently. `Recipe` holds these settings and makes the Keras objects; `train(model, dataset, recipe)` is no more than this:
#
# ```python
# batches = recipe.batches(dataset.train)
# learner = recipe.learner(model, recipe.steps(batches))  # augmentation in front of the model; compiled
# learner.fit(batches, epochs=..., validation_data=dataset.validation, shuffle=False,
#             callbacks=recipe.callbacks(batches))        # time budget, seeds, a stop at NaN, a line an epoch
# learner.evaluate(*dataset.test)
# ```
#
# The weights are the same to the last bit; exercise 4 lets you see it.
#
# ## 6. Two models, one budget
#
# The CNN is a small ResNet: 3x3 convolutions with a residual connection around each pair. Data, recipe and time are the same for both models. Three things are not fair: the CNN has about twice as many parameters, the learning rate was tuned for neither, and each is trained once.
#
# ### Recorded: {{cifar10_laptop:recipe.minutes|.0f}} minutes each
#
# In the table, *train* is measured like the others, without augmentation, on as many training images as there are validation images; *train - test* is the gap that tells overfitting.

# %% [markdown] lang="ko"
# `history.history`에는 에폭마다의 숫자가 들어 있어요. `evaluate`는 증강 없이 측정하고, `save`는 모델을 가중치와 옵티마이저까지 파일 하나에 담아요. 이 강좌에서 셀 하나만 기억한다면 이 셀을 기억하세요.
#
# ### 짧게 쓰기
#
# 두 모델을 비교하려면 조금 더 필요해요. 레이블 스무딩, 편향과 층 정규화에는 걸지 않는 가중치 감쇠, 그리고 분 단위의 예산이에요. 데이터를 한 번 훑는 비용이 모델마다 다르니까요. `Recipe`는 이런 설정을 담고 있다가 Keras 객체를 만들어 줘요. `train(model, dataset, recipe)`는 이게 전부예요.
#
# ```python
# batches = recipe.batches(dataset.train)
# learner = recipe.learner(model, recipe.steps(batches))  # augmentation in front of the model; compiled
# learner.fit(batches, epochs=..., validation_data=dataset.validation, shuffle=False,
#             callbacks=recipe.callbacks(batches))        # time budget, seeds, a stop at NaN, a line an epoch
# learner.evaluate(*dataset.test)
# ```
#
# 가중치는 마지막 비트까지 같아요. 연습 문제 4에서 직접 확인할 수 있어요.
#
# ## 6. 두 모델, 같은 예산
#
# CNN은 작은 ResNet이에요. 3x3 합성곱 두 개마다 잔차 연결(residual connection)이 하나씩 있어요. 데이터, 레시피, 시간은 두 모델이 같아요. 공정하지 않은 것은 세 가지예요. CNN의 파라미터가 두 배쯤 많고, 학습률은 어느 쪽에도 맞춰 고르지 않았고, 한 번씩만 학습해요.
#
# ### 기록: {{cifar10_laptop:recipe.minutes|.0f}}분씩
#
# 표에서 *train*은 학습 데이터 정확도인데, 다른 정확도와 똑같이 증강 없이, 검증 데이터와 같은 장수로 쟀어요. *train - test*는 둘의 차이예요. 이 차이가 크면 과적합이에요.

# %%
long_runs = show("cifar10_laptop", "models")

# %% alt="Recorded learning curves: at the end the CNN's validation accuracy lies well above the ViT's." alt_ko="기록된 학습 곡선. 마지막에는 CNN의 검증 정확도가 ViT보다 훨씬 위에 있어요."
plot_learning_curves(long_runs, "At the end the CNN is well ahead") if long_runs else None

# %% [markdown] lang="en"
# Full lines are validation images, dotted ones training images as they were shown, augmented. The CNN's full line ends well above the ViT's. The ViT classifies {{cifar10_laptop:runs.vit.test_accuracy|.1%}} of the test images correctly, the CNN {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}. A blind guess is right in 10% of the cases.
#
# What limits the ViT here? Had it memorized its pictures, it would be near 100% on training images. It reaches {{cifar10_laptop:runs.vit.train_accuracy|.1%}}: it *underfits*. After {{cifar10_laptop:runs.vit.epochs|.1f}} passes over the data it has not even found the rules that hold on the pictures it has seen. The CNN made {{cifar10_laptop:runs.cnn.epochs|.1f}} passes in the same time.
#
# With one seed, do not read anything into a point or two; the distance here is much larger. Part of it is the model, and part is the training: in the same ten minutes lesson 12 brings the same ViT to {{cifar10_laptop_ten_minutes:runs.vit.test_accuracy|.1%}}, and the CNN to {{cifar10_laptop_ten_minutes:runs.cnn.test_accuracy|.1%}}.
#
# With an evening instead of ten minutes, a ViT of {{cifar10_evening_vit:runs.vit.parameters|,}} parameters gets {{cifar10_evening_vit:runs.vit.test_accuracy|.1%}} of the test images right. It comes with the course, an ordinary Keras model:

# %% [markdown] lang="ko"
# 실선은 검증 데이터, 점선은 증강해서 보여 준 학습 데이터의 정확도예요. CNN의 실선이 ViT보다 훨씬 위에서 끝나요. ViT는 테스트 이미지의 {{cifar10_laptop:runs.vit.test_accuracy|.1%}}를, CNN은 {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}를 맞혔어요. 찍으면 10%를 맞혀요.
#
# 여기서 ViT의 발목을 잡는 것은 무엇일까요? 그림을 외웠다면 학습 데이터 정확도가 100%에 가까워야 해요. 그런데 {{cifar10_laptop:runs.vit.train_accuracy|.1%}}예요. *과소적합*이에요. 데이터를 {{cifar10_laptop:runs.vit.epochs|.1f}}번 훑었지만, 이미 본 그림에서 통하는 규칙조차 아직 다 찾지 못했어요. 같은 시간에 CNN은 데이터를 {{cifar10_laptop:runs.cnn.epochs|.1f}}번 훑었어요.
#
# 시드 하나로 학습했으니 1, 2퍼센트포인트 차이에는 의미를 두지 마세요. 두 모델의 차이는 그보다 훨씬 커요. 그 가운데 일부는 모델 때문이고, 일부는 학습 방법 때문이에요. 수업 12에서는 똑같은 10분 동안 같은 ViT를 {{cifar10_laptop_ten_minutes:runs.vit.test_accuracy|.1%}}까지, CNN을 {{cifar10_laptop_ten_minutes:runs.cnn.test_accuracy|.1%}}까지 끌어올려요.
#
# 10분이 아니라 저녁 내내 학습시키면, 파라미터가 {{cifar10_evening_vit:runs.vit.parameters|,}}개인 ViT가 테스트 이미지의 {{cifar10_evening_vit:runs.vit.test_accuracy|.1%}}를 맞혀요. 이 ViT는 강좌에 들어 있는 평범한 Keras 모델이에요.

# %% tags=["nbval-ignore-output"]
evening = load_pretrained("cifar10-vit")
evening.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"])
some = slice(pick(smoke=100, laptop=2_000, gpu=10_000))
measured = evening.evaluate(cifar10.test.images[some], cifar10.test.labels[some],
                            verbose=0, return_dict=True)
print(f"{called(cifar10.source)}: {measured['accuracy']:.1%}")

# %% [markdown] lang="en"
# (On drawn shapes in place of CIFAR-10 it guesses: it has never seen any.)
#
# ### Your own
#
# Two minutes for each model on a laptop, eight on a GPU.

# %% [markdown] lang="ko"
# (CIFAR-10 대신 코드로 그린 도형을 쓰면 찍는 것과 같아요. 도형은 본 적이 없으니까요.)
#
# ### 직접 학습시키기
#
# 모델마다 노트북 컴퓨터에서는 2분씩, GPU에서는 8분씩 걸려요.

# %% tags=["nbval-ignore-output"]
# laptop: 4 minutes; gpu: 16 minutes
cnn_size = pick(
    smoke={"widths": (16, 32), "blocks_per_stage": 1},
    laptop={"widths": (16, 32, 64, 128), "blocks_per_stage": 1},
    gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
)
recipe = Recipe(**pick(smoke={"epochs": 1}, laptop={"minutes": 2}, gpu={"minutes": 8}))
print(recipe)
keras.utils.set_random_seed(0)
vit = VisionTransformer((32, 32, 3), patch_size=4, num_classes=10, **vit_size)
cnn = create_cnn_classifier((32, 32, 3), num_classes=10, **cnn_size)
runs = {name: train(model, cifar10, recipe) for name, model in {"ViT": vit, "CNN": cnn}.items()}

# %% tags=["nbval-ignore-output"] alt="Learning curves of ViT and CNN: accuracy on training and validation images against minutes of training." alt_ko="ViT와 CNN의 학습 곡선. 학습 시간(분)에 따른 학습 데이터와 검증 데이터의 정확도예요."
display(Markdown(comparison(runs)))
plot_learning_curves({name: run["history"] for name, run in runs.items()},
                     f"{called(cifar10.source)}: one recipe, one time budget")

# %% [markdown] lang="en"
# A dotted line far above its full one is overfitting; where both stay low together, it is underfitting. Your run is shorter than the recorded one, so both models end lower.
#
# ## 7. Which classes are confused?
#
# A *confusion matrix* counts the mistakes: row $i$, column $j$ is how many pictures of class $i$ were called $j$. First on six answers that you can check by eye. **Predict** the middle row.

# %% [markdown] lang="ko"
# 점선이 실선보다 훨씬 위로 올라가면 과적합이고, 둘 다 낮은 곳에 머물면 과소적합이에요. 여러분의 학습은 기록보다 짧아서 두 모델 다 더 낮은 곳에서 끝나요.
#
# ## 7. 어떤 클래스를 헷갈릴까요?
#
# 혼동 행렬은 실수를 세어 줘요. $i$행 $j$열은 클래스 $i$의 그림을 $j$라고 답한 횟수예요. 눈으로 확인할 수 있게 답 여섯 개로 먼저 해 봐요. 가운데 행을 **예측해 보세요.**

# %%
guess = None  # your guess: the row of class 1, three numbers


def confusion(labels, answers, num_classes):
    """How often each true class (row) was given each answer (column)."""
    counts = np.zeros((num_classes, num_classes), int)
    np.add.at(counts, (labels, answers), 1)
    return counts


confusion(labels=[0, 0, 0, 1, 1, 2], answers=[0, 0, 1, 1, 2, 2], num_classes=3)

# %% [markdown] lang="en"
# The diagonal holds what was right: 2 + 1 + 1 of 6. Each row sums to the number of pictures of its class.
#
# Now the ViT you trained, on the *validation* images.

# %% [markdown] lang="ko"
# 대각선이 맞힌 것이에요. 6개 중 2 + 1 + 1개를 맞혔어요. 각 행의 합은 그 클래스의 그림 수예요.
#
# 이제 여러분이 학습시킨 ViT를 *검증 데이터*로 살펴봐요.

# %% tags=["nbval-ignore-output"] alt="Confusion matrix of the ViT on the validation images; the diagonal is what it classifies correctly." alt_ko="검증 데이터에서 ViT의 혼동 행렬. 대각선이 맞힌 비율이에요."
answers = vit.predict(cifar10.validation.images, verbose=0).argmax(axis=1)
matrix = confusion(cifar10.validation.labels, answers, 10)
# both directions of a pair together, without the diagonal
mistakes = np.triu(matrix + matrix.T, k=1)
for pair in np.argsort(mistakes, axis=None)[::-1][:4]:
    one, other = np.unravel_index(pair, mistakes.shape)
    print(f"{cifar10.class_names[one]:>12} - {cifar10.class_names[other]:12} confused "
          f"{mistakes[one, other]} times")
plot_confusion_matrix(matrix, cifar10.class_names,
                      f"{called(cifar10.source)}: what the ViT takes for what")

# %% [markdown] lang="en"
# Each row is a true class, each number the share of it in percent that got this answer (shares below 5% are left out). A model that has learned something about photographs confuses what you might confuse, too: four-legged animals with each other, cars with trucks. A model that has learned hardly anything gives one answer to most pictures, and a single column is bright.
#
# ## 8. The second run: CIFAR-100
#
# CIFAR-100 has as many pictures, but 100 classes: a tenth of the pictures for each. A blind guess is right in 1% of the cases.
#
# First the recorded run, {{cifar100_laptop:recipe.minutes|.0f}} minutes each, on a part of CIFAR-100, as its first line says:

# %% [markdown] lang="ko"
# 행은 실제 클래스이고, 숫자는 그 클래스 가운데 몇 퍼센트가 그 답을 받았는지 나타내요. 5%가 안 되는 값은 적지 않았어요. 사진에서 무언가를 배운 모델은 사람도 헷갈릴 만한 것을 헷갈려요. 네발짐승끼리, 또는 승용차와 트럭처럼요. 배운 것이 거의 없는 모델은 대부분의 그림에 같은 답을 해요. 그러면 열 하나만 밝아요.
#
# ## 8. 두 번째 실험: CIFAR-100
#
# CIFAR-100은 그림의 크기와 수는 같지만 클래스가 100개예요. 클래스마다 그림이 10분의 1밖에 없는 셈이에요. 찍으면 1%를 맞혀요.
#
# 먼저 {{cifar100_laptop:recipe.minutes|.0f}}분씩 학습한 기록이에요. 첫 줄에 나오듯이 CIFAR-100의 일부로 학습했어요.

# %%
long_runs = show("cifar100_laptop", "models")

# %% [markdown] lang="en"
# The ViT classifies {{cifar100_laptop:runs.vit.test_accuracy|.1%}} of the test images correctly, the CNN {{cifar100_laptop:runs.cnn.test_accuracy|.1%}}. The gap in the last column is more than twice that of CIFAR-10 for the ViT, and about five times for the CNN: with so few pictures of each class, seen again and again, both begin to memorize them. Both *underfit* and *overfit* here: neither knows its training pictures well, and part of what it knows holds for them alone.
#
# Your own run takes two minutes on a laptop, eight on a GPU:

# %% [markdown] lang="ko"
# 테스트 이미지 가운데 ViT는 {{cifar100_laptop:runs.vit.test_accuracy|.1%}}, CNN은 {{cifar100_laptop:runs.cnn.test_accuracy|.1%}}를 맞혔어요. 표의 마지막 열에 있는 차이는 CIFAR-10 때보다 ViT에서는 두 배 넘게, CNN에서는 다섯 배쯤으로 커졌어요. 클래스마다 그림이 몇 장 안 되는데 보고 또 보니, 두 모델 모두 그림을 외우기 시작한 거예요. 여기서는 *과소적합*과 *과적합*이 함께 나타나요. 학습 데이터도 아직 잘 모르면서, 아는 것 가운데 일부는 그 그림에서만 통해요.
#
# 직접 학습시키는 데는 노트북 컴퓨터에서 2분, GPU에서 8분 걸려요.

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes; gpu: 8 minutes
cifar100 = vit_keras.load_cifar100(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=512, laptop=None, gpu=None)
)
print(cifar100)
recipe = Recipe(**pick(smoke={"epochs": 1}, laptop={"minutes": 1}, gpu={"minutes": 4}))
runs = {}
for name, model in {
    "ViT": VisionTransformer((32, 32, 3), patch_size=4, num_classes=100, **vit_size),
    "CNN": create_cnn_classifier((32, 32, 3), num_classes=100, **cnn_size),
}.items():
    print(name)
    runs[name] = train(model, cifar100, recipe)
Markdown(comparison(runs))

# %% [markdown] lang="en"
# ## 9. Why is the ViT behind?
#
# The lecture says it in two sentences: where there is not much training data, the model does not do well, and the main reason is that it lacks *inductive bias*. An inductive bias is what a model takes for granted before it has seen a single picture. A convolution takes two things for granted, both true of photographs: what belongs together lies together (**locality**), and a cat is a cat wherever it sits (**translation equivariance**, which comes from sharing the parameters between all places). A ViT's attention can look anywhere, and each place has its own learned position; it has to learn both from pictures. Lesson 7 measures them one by one.
#
# Does that explain our runs? What you saw on CIFAR-10 is *not yet* a lack of data: the ViT does not even fit its training pictures. It is slow to learn what a convolution is given, and lesson 11 makes it faster. A lack of data shows as a gap between training and test: on CIFAR-100, and in lesson 6.
#
# ### What changes it
#
# Results that others published. First from scratch, on the same 50,000 pictures (accuracy in %, test images):
#
# | model | passes over the data | CIFAR-10 | CIFAR-100 | source |
# |---|--:|--:|--:|---|
# | ViT, patch 4, 9.5 M parameters | 200 / 1000 | 80 / 89 | 52 | [kentaroy47](https://github.com/kentaroy47/vision-transformers-cifar10) |
# | ResNet-18, same author | | 95 | | " |
# | ViT, patch 4, 2.7 M | 300 | 93.6 | 73.8 | [SPT_LSA](https://github.com/aanna0701/SPT_LSA_ViT) |
# | CCT-7/3x1: convolutions in front of the Transformer | 5000 | 98.0 | 82.9 | [SHI-Labs](https://github.com/SHI-Labs/Compact-Transformers) |
#
# These authors report the *best* epoch on the *test* images, which flatters; we choose nothing on the test images and report the last epoch.
#
# Time and stronger augmentation help a lot. So does more data: of the models in the lecture's table, pre-trained on hundreds of millions of pictures and then fine-tuned, ViT-Huge reaches 99.50% on CIFAR-10 and 94.55% on CIFAR-100, and the ResNet 99.37% and 93.51% ([table 2](https://arxiv.org/abs/2010.11929) of the paper). With that much data the ViT, which takes less for granted, is level with the paper's ResNet or ahead of it. Later CNNs have caught up: lesson 9.

# %% [markdown] lang="ko"
# ## 9. ViT는 왜 뒤처질까요?
#
# 강의에서는 이렇게 말해요. "학습 데이터의 양이 많지 않은 경우, 모형의 성능이 좋지 않다. 주된 이유는 inductive bias가 부족하기 때문." 귀납 편향(inductive bias)은 모델이 그림을 한 장도 보기 전에 당연하게 여기는 가정이에요. 합성곱은 두 가지를 당연하게 여기는데, 사진에는 둘 다 잘 맞아요. 관련 있는 것은 가까이 모여 있다는 것(**지역성**, locality), 그리고 고양이는 어디에 앉아 있어도 고양이라는 것(**이동 등변성**, translation equivariance. 모든 위치에서 파라미터를 공유해서 생겨요)이에요. ViT의 어텐션은 어디든 볼 수 있고 위치 임베딩은 위치마다 따로 배워요. 그래서 둘 다 그림에서 배워야 해요. 수업 7에서는 이 두 가지를 하나씩 떼어 재 봐요.
#
# 이것으로 우리 결과가 설명될까요? CIFAR-10에서 본 결과는 *아직* 데이터가 모자란 것이 아니에요. ViT는 학습한 그림도 다 맞히지 못했으니까요. 합성곱이 처음부터 가진 것을 ViT는 느리게 배워요. 더 빨리 배우게 하는 방법은 수업 11에 나와요. 데이터가 모자라면 학습 정확도와 테스트 정확도의 차이로 드러나요. CIFAR-100과 수업 6에서 볼 수 있어요.
#
# ### 무엇이 이를 바꿀까요
#
# 다른 사람들이 발표한 결과를 봐요. 먼저 같은 그림 50,000장으로 처음부터 학습한 결과예요(테스트 정확도, %).
#
# | 모델 | 데이터를 훑은 횟수 | CIFAR-10 | CIFAR-100 | 출처 |
# |---|--:|--:|--:|---|
# | ViT, 패치 4, 파라미터 9.5 M | 200 / 1000 | 80 / 89 | 52 | [kentaroy47](https://github.com/kentaroy47/vision-transformers-cifar10) |
# | ResNet-18, 같은 저자 | | 95 | | 〃 |
# | ViT, 패치 4, 2.7 M | 300 | 93.6 | 73.8 | [SPT_LSA](https://github.com/aanna0701/SPT_LSA_ViT) |
# | CCT-7/3x1: 트랜스포머 앞에 합성곱 | 5000 | 98.0 | 82.9 | [SHI-Labs](https://github.com/SHI-Labs/Compact-Transformers) |
#
# 이 저자들은 *테스트* 데이터에서 *가장 좋았던* 에폭을 보고해서 숫자가 실제보다 좋아 보여요. 우리는 테스트 데이터로 아무것도 고르지 않고 마지막 에폭을 보고해요.
#
# 시간을 더 들이고 증강을 강하게 하면 많이 좋아져요. 데이터가 많아도 그래요. 강의의 표에 나온 모델은 수억 장으로 사전 학습(pre-training)한 다음 미세 조정(fine-tuning)했어요. ViT-Huge는 CIFAR-10에서 99.50%, CIFAR-100에서 94.55%이고 ResNet은 99.37%와 93.51%예요(논문의 [표 2](https://arxiv.org/abs/2010.11929)). 데이터가 이만큼 많으면 가정이 적은 ViT가 논문의 ResNet과 비슷하거나 앞서요. 나중에 나온 CNN은 다시 따라잡았어요. 수업 9에서 이야기해요.

# %% [markdown] lang="en"
# ## 10. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | patches, $\mathbf{x}_p$ | `Patches(patch_size)` | (B, 64, 48) |
# | $\mathbf{z}_0$, equation (1) | `PatchEncoder(hidden_dim)` | (B, 65, D) |
# | $\mathbf{z}_L$, equations (2) (3) | `TransformerEncoder(...)` | (B, 65, D) |
# | $\mathbf{y}$, equation (4) | `z_L[:, 0]` | (B, D) |
# | $\eta$, $\lambda$, $\varepsilon$ | `learning_rate`, `weight_decay`, `label_smoothing` of `Recipe` | 0.002, 0.05, 0.1 |
#
# - A comparison changes one thing, says what else differs, and chooses nothing on the test images.
# - Low on training images too: underfitting. High there and low elsewhere: overfitting.
# - After equal time the CNN is ahead: it is given locality and translation equivariance, which the ViT has to learn.

# %% [markdown] lang="ko"
# ## 10. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | 패치, $\mathbf{x}_p$ | `Patches(patch_size)` | (B, 64, 48) |
# | $\mathbf{z}_0$, 식 (1) | `PatchEncoder(hidden_dim)` | (B, 65, D) |
# | $\mathbf{z}_L$, 식 (2) (3) | `TransformerEncoder(...)` | (B, 65, D) |
# | $\mathbf{y}$, 식 (4) | `z_L[:, 0]` | (B, D) |
# | $\eta$, $\lambda$, $\varepsilon$ | `Recipe`의 `learning_rate`, `weight_decay`, `label_smoothing` | 0.002, 0.05, 0.1 |
#
# - 비교할 때는 한 가지만 바꾸고, 달리 같지 않은 것을 밝히고, 테스트 데이터로 아무것도 고르지 않아요.
# - 학습 데이터에서도 낮으면 과소적합이고, 학습 데이터에서만 높으면 과적합이에요.
# - 같은 시간을 주면 CNN이 앞서요. CNN은 지역성과 이동 등변성을 갖고 출발하지만, ViT는 배워야 해요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/05_ViT_image_classification_example`](solutions/05_ViT_image_classification_example.ipynb).
#
# **1. To think about.** After augmentation, the 64 patches of every picture are shuffled, always in the same way, in training and in test. Both models are trained anew on such pictures. What happens?
#
# - A: Both models get as good as before.
# - B: The CNN gets as good as before, the ViT gets worse.
# - C: The ViT gets as good as before, the CNN gets worse.
# - D: Neither learns anything.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/05_ViT_image_classification_example`](solutions/05_ViT_image_classification_example.ipynb)에 있어요.
#
# **1. 생각해 보기.** 증강한 다음에 모든 그림의 패치 64개를 섞어요. 섞는 방법은 학습할 때도 테스트할 때도 늘 똑같아요. 이런 그림으로 두 모델을 다시 학습시키면 어떻게 될까요?
#
# - A: 두 모델 모두 전만큼 좋아져요.
# - B: CNN은 전만큼 좋아지고, ViT는 나빠져요.
# - C: ViT는 전만큼 좋아지고, CNN은 나빠져요.
# - D: 둘 다 아무것도 배우지 못해요.

# %%
answer = None  # "A", "B", "C" or "D"

check("5.1", answer)

# %% [markdown] lang="en"
# **2. Change a number.** With `patch_size=8` and everything else as in `small`: how many patches are there, and how many parameters does the model have?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** `patch_size=8`로 바꾸고 나머지는 `small` 그대로 두면 패치는 몇 개이고 파라미터는 몇 개일까요?

# %%
num_patches = None
parameters = None

check("5.2a", num_patches)
check("5.2b", parameters)

# %% [markdown] lang="en"
# **3. Train, and conclude.** Does the patch size matter? Change nothing else: train a `VisionTransformer` of the size `vit_size` with `patch_size=4` and one with `patch_size=8`, with `compile` and `fit`, `passes` times on the first `few` training pictures, with seeds 0, 1 and 2 (2 minutes on a laptop). Then conclude from the six validation accuracies: is the difference of the means larger than two of its standard errors, $2 s \sqrt{1/3 + 1/3}$? Here $s$ is the standard deviation between seeds. (`gains(accuracies)[1]` of `vit_keras.lessons` knows the difference and its standard error, as `gain` and `error`; lesson 6 says more.)

# %% [markdown] lang="ko"
# **3. 학습시키고 결론 내리기.** 패치 크기가 중요할까요? 다른 것은 바꾸지 마세요. 크기가 `vit_size`인 `VisionTransformer`를 `patch_size=4`와 `patch_size=8`로 하나씩, 시드 0, 1, 2로 처음 `few`장의 학습 그림을 `passes`번 훑어 `compile`과 `fit`으로 학습시키세요(노트북 컴퓨터에서 2분). 그리고 검증 정확도 여섯 개로 결론을 내리세요. 평균의 차이가 표준 오차의 두 배, 곧 $2 s \sqrt{1/3 + 1/3}$보다 큰가요? $s$는 시드 사이의 표준 편차예요. (`vit_keras.lessons`의 `gains(accuracies)[1]`이 차이와 표준 오차를 `gain`과 `error`로 알려 줘요. 수업 6에서 더 이야기해요.)

# %%
few = pick(smoke=64, laptop=3_000, gpu=20_000)
passes = pick(smoke=1, laptop=4, gpu=10)


def validation_accuracy(patch_size, seed):
    """Train a new ViT with `compile` and `fit`; returns its accuracy on the validation images."""
    raise NotImplementedError


accuracies = {"4x4": [], "8x8": []}
conclusion = None  # True: larger than two standard errors; False: it could be chance

check("5.3", conclusion, accuracies=accuracies)

# %% [markdown] lang="en"
# **4. Do it with `fit`.** Unfold `train`: give the model the weights that `train(model, dataset, recipe)` would give it, with `recipe.batches`, `recipe.learner`, `recipe.callbacks` and `fit` alone. Return the model. Another one is trained with `train` and compared.

# %% [markdown] lang="ko"
# **4. `fit`으로 하기.** `train`을 풀어 써 보세요. `train(model, dataset, recipe)`가 만드는 가중치를 `recipe.batches`, `recipe.learner`, `recipe.callbacks`, `fit`만으로 만들고 모델을 돌려주세요. 다른 모델 하나를 `train`으로 학습시켜 비교해요.

# %%
def by_hand(model, dataset, recipe):
    """Train `model` as `train` does; returns the model."""
    raise NotImplementedError


check("5.4", by_hand)

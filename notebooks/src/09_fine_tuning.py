# %% [markdown] lang="en"
# # Pretrained checkpoints and fine-tuning
#
# You take a Vision Transformer that others have trained on a million photographs, find out what it does with few photographs of your own, and then open its file of weights and bring every number to its place in a model you built.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: fine-tuning of a pretrained model; the table of results (ViT-Huge, ViT-Large, ResNet) |
# | Read first | lesson 4; lesson 6 for the photographs and for how a test is read |
# | Time | read and try: 50 min; machine: 5 min, can be skipped |
#
# **Nobody has to run the long cells.** Recorded runs stand before yours. Where the weights cannot be had, a smaller model stands in, and every step is the same.

# %% [markdown] lang="ko"
# # 사전 학습된 체크포인트와 미세 조정
#
# 다른 사람이 사진 백만 장으로 학습해 둔 비전 트랜스포머(Vision Transformer, ViT)를 가져와, 내 사진이 얼마 없을 때 얼마나 도움이 되는지 알아봐요. 그다음 가중치 파일을 열어, 그 안의 숫자를 하나도 빠짐없이 여러분이 만든 모델의 제자리에 넣어요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*의 "사전 학습을 이용한 fine-tuning", 그리고 성능 표(ViT-Huge, ViT-Large, ResNet) |
# | 먼저 읽을 것 | 수업 4. 사진 데이터와 테스트 결과를 읽는 법은 수업 6 |
# | 시간 | 읽고 따라 하기: 50분. 컴퓨터 실행: 5분, 건너뛰어도 돼요 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 기록한 결과를 먼저 보여 주고, 여러분의 실행은 그 뒤에 나와요. 가중치 파일을 구할 수 없으면 더 작은 모델이 대신하고, 거치는 단계는 모두 똑같아요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. choose between a linear probe, fine-tuning with or without frozen layers, and training from scratch, and say what each costs;
# 2. say what pre-training bought in a comparison, and what the comparison does not show;
# 3. read a checkpoint, bring its arrays into a model of your own, and prove that they arrived.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 선형 프로브(linear probe), 층을 동결(freeze)하거나 하지 않는 미세 조정(fine-tuning), 처음부터 학습하기 가운데 무엇을 쓸지 고르고, 저마다 비용이 얼마나 드는지 설명해요.
# 2. 비교 실험에서 사전 학습(pre-training)이 무엇을 보탰는지, 그리고 그 비교로 알 수 없는 것은 무엇인지 말해요.
# 3. 체크포인트(checkpoint)를 읽어 그 안의 배열을 내 모델에 옮기고, 제대로 옮겨졌다는 것을 증명해요.

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
import logging
import math
import sys
import tempfile

import keras
import numpy as np
from einops import rearrange
from IPython.display import Markdown
from keras import ops

import vit_keras
from vit_keras import VisionTransformer, check, draw_shapes, logits_of, pick
from vit_keras.figures import (
    plot_few_examples,
    plot_gallery,
    plot_one_place,
    plot_published,
)
from vit_keras.inside import position_similarity
from vit_keras.lessons import recorded, show
from vit_keras.patches import sincos_positions
from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.pretrained import (
    TIMM,
    choose_probe,
    extract_features,
    few,
    few_example_curve,
    find_weights,
    fit_probe,
    interpolate_position_embedding,
    interpolation_matrix,
    load_timm,
    read_arrays,
    softmax,
    to_checkpoint,
    with_resizing,
)

vit_keras.start.need("safetensors")  # reads and writes checkpoints
# it would remark on every new model that we compile
logging.getLogger("tensorflow").setLevel("ERROR")

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}\n")
weights = find_weights()
print(weights.source)

# %% [markdown] lang="en"
# The last line says which weights this notebook uses.
#
# - **DeiT-Ti** ([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)): a small Vision Transformer whose weights are public, 5.7 million numbers. They are taken from the folder that `VIT_KERAS_WEIGHTS` names or from `weights/`, or else downloaded once (23 MB). A copy whose LayerNorm vectors were rounded is in circulation; it is called *DeiT-Ti (LayerNorm rounded)*.
# - **`cifar10-vit`**, the stand-in where there is neither a file nor a network: a small ViT that comes with the course. It has learned the ten classes of CIFAR-10, cat and dog among them, from 45,000 photographs of 32x32 pixels.
#
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, and `gpu` is chosen automatically where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for your profile.

# %% [markdown] lang="ko"
# 마지막 줄이 이 노트북에서 쓰는 가중치를 알려 줘요.
#
# - **DeiT-Ti**([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)): 가중치가 공개된 작은 ViT예요. 숫자가 570만 개예요. `VIT_KERAS_WEIGHTS`가 가리키는 폴더나 `weights/`에서 찾고, 없으면 한 번 내려받아요(23 MB). LayerNorm 벡터를 반올림한 사본도 돌아다니는데, `DeiT-Ti (LayerNorm rounded)`라고 구별해서 불러요.
# - **`cifar10-vit`**: 파일도 네트워크도 없을 때 쓰는 대체 모델(stand-in)이에요. 강좌에 들어 있는 작은 ViT예요. 고양이와 개를 비롯해 CIFAR-10의 열 가지 클래스를 32x32 픽셀 사진 45,000장으로 배웠어요.
#
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.

# %% [markdown] lang="en"
# ## 1. Little data, and a way out
#
# The lecture says: where there is not much training data the model does not do well, mainly for lack of inductive bias (lesson 7). Lesson 6 is such a case. On 2,000 test photographs of cats and dogs, with 5,400 to learn from:
#
# | trained from random weights | test accuracy |
# |---|--:|
# | ViT, ten minutes | {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}} |
# | a ViT with smaller patches, {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}} passes over the data | {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}} |
# | hybrid of lesson 8, ten minutes | {{cats_vs_dogs_laptop:runs.hybrid.test_accuracy|.1%}} |
# | CNN, ten minutes | {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}} |
#
# The way out stands two lines further down on the same slide. Much of what a model has to learn before it can tell cats from dogs (outlines, fur, where a thing ends) can be learned once, from *other* pictures, and handed on:
#
# - **Pre-training**: somebody with many GPUs trains on a large data set. The result is a file of weights, a *checkpoint*.
# - **Linear probe**: keep all weights as they are, compute $\mathbf{y}$ of equation (4) for your pictures, and train one linear layer on it.
# - **Fine-tuning**: put a new head on the model and go on training all weights, gently.
#
# For fine-tuning the slide links to a post by Hugging Face. Its code no longer runs as it stands (it calls `load_metric`, which has been removed); section 5 shows what replaces it.

# %% [markdown] lang="ko"
# ## 1. 적은 데이터, 그리고 빠져나가는 길
#
# 강의에서는 학습 데이터가 많지 않으면 모형의 성능이 좋지 않고, 주된 이유는 귀납 편향(inductive bias)이 부족하기 때문이라고 했어요(수업 7). 수업 6이 바로 그런 경우예요. 고양이와 개 사진 5,400장으로 배우고 테스트 사진 2,000장으로 쟀어요.
#
# | 무작위 가중치에서 시작한 학습 | 테스트 정확도 |
# |---|--:|
# | ViT, 10분 | {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}} |
# | 패치가 작은 ViT, 데이터를 {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}}번 훑음 | {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}} |
# | 수업 8의 하이브리드, 10분 | {{cats_vs_dogs_laptop:runs.hybrid.test_accuracy|.1%}} |
# | CNN, 10분 | {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}} |
#
# 빠져나가는 길은 같은 슬라이드에서 두 줄 아래에 있어요. 고양이와 개를 구별하려면 먼저 배워야 하는 것들(윤곽, 털의 결, 물체가 끝나는 곳)은 대부분 *다른* 그림에서 한 번 배워 두고 나눠 쓸 수 있어요.
#
# - **사전 학습**: GPU를 많이 가진 누군가가 큰 데이터로 학습해요. 그 결과인 가중치 파일이 *체크포인트*예요.
# - **선형 프로브**: 가중치를 모두 그대로 두고, 내 그림마다 식 (4)의 $\mathbf{y}$를 계산해서 그 위에 선형 층 하나만 학습해요.
# - **미세 조정**: 모델에 새 분류층(classification head)을 얹고 모든 가중치를 조심스럽게 더 학습해요.
#
# 슬라이드에는 미세 조정을 설명하는 Hugging Face의 글이 링크되어 있어요. 그 코드는 이제 그대로는 돌아가지 않아요(없어진 함수 `load_metric`을 불러요). 지금 쓰는 방법은 5절에서 보여 줘요.

# %% [markdown] lang="en"
# ## 2. Ask it
#
# The checkpoint has a head with one logit for each class it was trained on: 1,000 of them for ImageNet. The softmax of the logits says how much it believes in each. We show it four photographs of cats and dogs, of 112x112 pixels. `with_resizing` puts a layer in front that brings them to the model's size.

# %% [markdown] lang="ko"
# ## 2. 물어보기
#
# 체크포인트에는 분류층이 있어요. 학습한 클래스마다 로짓(logit)이 하나씩이고, ImageNet이라면 1,000개예요. 로짓에 소프트맥스를 적용하면 클래스마다 모델이 얼마나 믿는지 나와요. 112x112 픽셀인 고양이와 개 사진 네 장을 보여 줘요. `with_resizing`은 사진을 모델에 맞는 크기로 바꾸는 층을 앞에 붙여 줘요.

# %% tags=["nbval-ignore-output"]
photographs = vit_keras.load_cats_vs_dogs(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=128, laptop=1_000, gpu=None)
)
asked = photographs.test.images[:4]
ready = weights.load()  # a `VisionTransformer`
named = with_resizing(ready, asked.shape[1:])
names = weights.class_names or [f"class {number}" for number in range(ready.num_classes)]
print(photographs, "\n")
for number, beliefs in enumerate(softmax(logits_of(named, asked)), start=1):
    best = np.argsort(-beliefs)[:5]
    print(f"{number}:", ", ".join(f"{names[k].split(',')[0]} {beliefs[k]:.0%}" for k in best))

# %% tags=["third-party-pixels"] alt="The four pictures that were asked about." alt_ko="물어본 그림 네 장이에요."
plot_gallery({"": [(picture, f"{number}") for number, picture in enumerate(asked, start=1)]},
             "What was asked")

# %% [markdown] lang="en"
# With DeiT-Ti the names are breeds: it knows 118 kinds of dogs and five of cats.
#
# A model has to be asked with pixels normalized in the same way as those it learned from:
#
# $$x = \frac{\text{pixel} / 255 - \text{mean}}{\text{deviation}}$$
#
# Google's ViT used 0.5 and 0.5, DeiT the mean and deviation of ImageNet's pixels. Two mistakes are common: the other mean and deviation; and pixels that somebody has already divided by 255, so that the model, which divides once more, sees a black picture. **Predict:** which of the two goes unnoticed?

# %% [markdown] lang="ko"
# DeiT-Ti라면 품종 이름이 나와요. 개는 118종, 고양이는 5종을 알아요.
#
# 모델에게 물어볼 때는 모델이 배운 픽셀과 똑같이 정규화한 픽셀을 줘야 해요.
#
# $$x = \frac{\text{pixel} / 255 - \text{mean}}{\text{deviation}}$$
#
# Google의 ViT는 0.5와 0.5를 썼고, DeiT는 ImageNet 픽셀의 평균과 표준 편차를 썼어요. 흔한 실수가 두 가지 있어요. 하나는 다른 평균과 표준 편차를 쓰는 것이에요. 다른 하나는 누군가 이미 255로 나눈 픽셀을 주는 것이에요. 그러면 모델이 또 나누어서 새까만 그림을 보게 돼요. 눈치채지 못하고 지나가는 쪽은 어느 것일지 **예측해 보세요.**

# %% tags=["nbval-ignore-output"]
guess = None  # "mean" or "divided"

some = photographs.test.images[:pick(smoke=20, laptop=60, gpu=200)]
if ready.mean == [0.5, 0.5, 0.5]:
    other = weights.load(mean=IMAGENET_MEAN, deviation=IMAGENET_DEVIATION)
else:
    other = weights.load(mean=0.5, deviation=0.5)
right = logits_of(named, some).argmax(axis=1)
for mistake, logits in {
    "another mean and deviation": logits_of(with_resizing(other, some.shape[1:]), some),
    "already divided by 255": logits_of(named, some / 255),
}.items():
    wrong = logits.argmax(axis=1)
    print(f"{mistake:27} {np.mean(wrong != right):4.0%} of the answers change; different answers: "
          f"{len(np.unique(wrong))}, before {len(np.unique(right))}")

# %% [markdown] lang="en"
# Divided pixels give the same answer for every picture, and somebody will notice. Another mean and deviation leave answers as varied as before, only some of them have changed: that is the treacherous mistake. In this course models take pixels as they come, 0 to 255, and normalize inside with the mean and deviation of their weights. That rules out the first mistake, not the second: do not divide.

# %% [markdown] lang="ko"
# 이미 나눈 픽셀을 주면 모든 그림에 같은 답이 나와서 누군가는 알아차려요. 평균과 표준 편차가 다르면 답이 전처럼 다양하고 그중 일부만 바뀌어요. 그래서 더 고약한 실수예요. 이 강좌의 모델은 0부터 255까지의 픽셀을 그대로 받아, 가중치에 딸린 평균과 표준 편차로 안에서 정규화해요. 그래서 첫째 실수는 할 수가 없어요. 둘째 실수는 할 수 있으니 나누지 말고 그대로 넣으세요.

# %% [markdown] lang="en"
# ## 3. A linear probe
#
# The old head answers another question than ours. Take it off, and $\mathbf{y}$ remains: $D$ numbers for each picture. One linear layer and a softmax tell how much is in them. With $K$ classes, and each symbol's shape below it:
#
# $$\underset{(K)}{\mathbf{p}} = \text{softmax}(\underset{(D)}{\mathbf{y}} \; \underset{(D,\, K)}{\mathbf{W}} + \underset{(K)}{\mathbf{b}}), \qquad \text{loss} = -\frac{1}{n} \sum_{i=1}^{n} \log p_{i, t_i} + \frac{\lambda}{2} \lVert \mathbf{W} \rVert^2$$
#
# $t_i$ is the right class of picture $i$. The second term pulls the weights towards zero; without it, a few pictures in many dimensions can be separated in too many ways. The gradient is short: belief minus truth, times what was seen.
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{W}} = \frac{1}{n} \sum_{i} \mathbf{y}_i^\top (\mathbf{p}_i - \mathbf{t}_i) + \lambda \mathbf{W}$$
#
# Here $\mathbf{t}_i$ is a row with a one at the right class. By hand: six pictures with $D = 2$, two classes. The columns of $\mathbf{y}$ are first brought to mean 0 and deviation 1 (*standardized*), so that one $\lambda$ suits them all.

# %% [markdown] lang="ko"
# ## 3. 선형 프로브
#
# 원래 분류층은 우리와 다른 질문에 답해요. 떼어 내면 $\mathbf{y}$가 남아요. 그림마다 숫자 $D$개예요. 그 안에 얼마나 많은 것이 들어 있는지 선형 층 하나와 소프트맥스로 알아봐요. 클래스가 $K$개일 때 다음과 같고, 기호 아래에 형태를 적었어요.
#
# $$\underset{(K)}{\mathbf{p}} = \text{softmax}(\underset{(D)}{\mathbf{y}} \; \underset{(D,\, K)}{\mathbf{W}} + \underset{(K)}{\mathbf{b}}), \qquad \text{loss} = -\frac{1}{n} \sum_{i=1}^{n} \log p_{i, t_i} + \frac{\lambda}{2} \lVert \mathbf{W} \rVert^2$$
#
# $t_i$는 그림 $i$의 정답 클래스예요. 둘째 항은 가중치를 0 쪽으로 끌어당기는 *규제*(regularization)예요. 이것이 없으면 차원은 많고 그림은 적을 때 구별하는 방법이 너무 많아져요. 그래디언트(gradient)는 짧아요. 믿음에서 정답을 빼고, 본 것을 곱하면 돼요.
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{W}} = \frac{1}{n} \sum_{i} \mathbf{y}_i^\top (\mathbf{p}_i - \mathbf{t}_i) + \lambda \mathbf{W}$$
#
# 여기서 $\mathbf{t}_i$는 정답 클래스 자리만 1인 행이에요. 직접 해 봐요. $D = 2$인 그림이 여섯 장, 클래스가 둘이에요. 먼저 $\mathbf{y}$의 열마다 평균을 0, 표준 편차를 1로 맞춰요(*표준화*, standardization). 그래야 $\lambda$ 하나로 모두 다룰 수 있어요.

# %%
y = np.array([[0.0, 2], [1, 3], [2, 5], [3, 1], [4, 2], [5, 0]])  # (n, D)
labels = np.array([0, 0, 0, 1, 1, 1])
standard = (y - y.mean(axis=0)) / y.std(axis=0)
W, b, strength = np.zeros((2, 2)), np.zeros(2), 0.1
for _ in range(2000):
    error = softmax(standard @ W + b) - np.eye(2)[labels]  # p - t, (n, K)
    W -= 0.5 * (standard.T @ error / len(y) + strength * W)
    b -= 0.5 * error.mean(axis=0)
print("W =", *np.round(W, 2), "b =", np.round(b, 2) + 0.0, sep="\n")

probe = fit_probe(y, labels, num_classes=2, strength=strength)
print("as `fit_probe` finds it:", np.allclose(standard @ W + b, probe.logits(y), atol=1e-4))

# %% [markdown] lang="en"
# A large first number speaks for class 1, a large second one for class 0, and the two columns differ only in sign. `fit_probe` does the same without a learning rate.
#
# The $\mathbf{y}$ of a picture does not change while only the new layer learns. So compute it once for each photograph and forget the pixels: one forward pass and no backward pass. That is why a probe is cheap.

# %% [markdown] lang="ko"
# 첫째 숫자가 크면 클래스 1, 둘째 숫자가 크면 클래스 0이라는 뜻이고, 두 열은 부호만 반대예요. `fit_probe`는 학습률 없이 같은 답을 찾아요.
#
# 새 층만 학습하는 동안 그림의 $\mathbf{y}$는 변하지 않아요. 그러니 사진마다 한 번만 계산해 두고 픽셀은 잊어도 돼요. 순전파(forward) 한 번이면 되고 역전파(backward)는 하지 않아요. 프로브의 비용이 적은 이유예요.

# %%
# laptop: about a minute for 1,571 photographs; gpu: seconds
features = {name: (extract_features(ready, split.images), split.labels)
            for name, split in (("train", photographs.train),
                                ("validation", photographs.validation),
                                ("test", photographs.test))}
few_y, few_pictures = features["test"][0][:4], photographs.test.images[:4]
by_head = few_y @ ops.convert_to_numpy(ready.head.kernel) + ops.convert_to_numpy(ready.head.bias)
print("y through the old head gives the model's logits:",
      np.allclose(by_head, logits_of(named, few_pictures), atol=1e-2))

# %% [markdown] lang="en"
# Recorded, with *all* photographs: 6,000 to learn from and 2,000 for the test. *ImageNet's head as it is* adds up the probabilities of all cats and those of all dogs, and takes the larger sum.

# %% [markdown] lang="ko"
# *모든* 사진으로 기록한 결과예요. 6,000장으로 배우고 2,000장으로 테스트했어요. *ImageNet's head as it is*는 원래 분류층을 그대로 쓴 거예요. 고양이들의 확률을 모두 더하고 개들의 확률을 모두 더해서 큰 쪽을 답으로 해요.

# %%
probed = show("transfer", "probe")

# %% [markdown] lang="en"
# The CNN trained from scratch reached {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}}. A linear layer of $2 (D + 1) = 386$ weights on top of DeiT-Ti reaches {{transfer:runs.5.test_accuracy|.1%}}. The old head does worse: where it is unsure, many small beliefs in 118 kinds of dogs add up.
#
# Yours, on fewer photographs. $\lambda$ is chosen by the *loss* on the validation photographs, which also counts how sure each answer is; in accuracy many values of $\lambda$ are alike. Then the probe is fitted once more, to training and validation photographs together, and the test photographs are looked at once.

# %% [markdown] lang="ko"
# 처음부터 학습한 CNN은 {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}}였어요. DeiT-Ti 위에 가중치 $2 (D + 1) = 386$개짜리 선형 층만 얹으면 {{transfer:runs.5.test_accuracy|.1%}}예요. 원래 분류층은 그보다 못해요. 잘 모르겠는 사진에서는 개 118종에 대한 작은 믿음이 여럿 더해져서 개 쪽으로 틀리기 쉬워요.
#
# 여러분도 사진을 줄여서 해 보세요. $\lambda$는 검증 데이터의 *손실*로 골라요. 정확도가 거의 같은 $\lambda$가 많지만, 손실은 답마다 얼마나 확신하는지까지 따져요. 그다음 학습 데이터와 검증 데이터를 합쳐서 프로브를 한 번 더 맞추고, 테스트 데이터는 한 번만 봐요.

# %% tags=["nbval-ignore-output"]
chosen, losses = choose_probe(features["train"], features["validation"], num_classes=2)
y, labels = (np.concatenate(parts) for parts in zip(features["train"], features["validation"]))
probe = fit_probe(y, labels, num_classes=2, strength=chosen.strength)
print("validation loss by strength:",
      {strength: round(loss, 3) for strength, loss in losses.items()})
print(f"{weights.name}, linear probe: {probe.accuracy(*features['test']):.1%} "
      f"of {len(features['test'][1]):,} test photographs")

# %% [markdown] lang="en"
# ## 4. Ten photographs
#
# If nearly everything has been learned elsewhere, how many labeled photographs does the rest take? Draw 10 of each class, fit a probe, and test it; since the draw is chance, do it several times. Recorded, on 2,000 test photographs, beside fine-tuning (section 5) and the ViT of lesson 6 from random weights:

# %% [markdown] lang="ko"
# ## 4. 사진 열 장
#
# 거의 모든 것을 다른 데서 배웠다면, 나머지를 배우는 데 레이블이 달린 사진이 몇 장이나 필요할까요? 클래스마다 10장을 뽑아 프로브를 맞추고 테스트해요. 어느 열 장이 뽑히느냐는 우연이니까 여러 번 뽑아요. 테스트 사진 2,000장으로 기록한 결과예요. 미세 조정(5절), 그리고 수업 6의 ViT를 무작위 가중치에서 학습한 것(*from scratch*)도 옆에 있어요.

# %%
curves = show("transfer", "few")

# %% alt="Test accuracy against the number of labeled photographs of each class. The probe and fine-tuning lie above 90% from ten photographs on; training from scratch rises from near the blind guess to below 70% at a thousand." alt_ko="클래스마다 레이블이 달린 사진의 수에 따른 테스트 정확도. 프로브와 미세 조정은 사진 10장부터 90%를 넘어요. 처음부터 학습하면 찍는 수준 가까이에서 시작해 1,000장에서도 70%에 못 미쳐요."
plot_few_examples(curves, chance=0.5, title="Ten photographs of each class are enough for a probe")

# %% [markdown] lang="en"
# Lines go through the means, bands from the worst draw to the best. Ten photographs of each class take the probe and fine-tuning far above what training from scratch reaches with a thousand, or the ViT of lesson 6 with all 2,700 ({{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}). That is what pre-training buys: photographs that nobody has to label.
#
# Yours costs a fraction of a second a draw, since every $\mathbf{y}$ is there already:

# %% [markdown] lang="ko"
# 선은 평균을 지나고, 띠는 가장 나쁜 뽑기에서 가장 좋은 뽑기까지예요. 클래스마다 사진 10장이면 프로브도 미세 조정도, 1,000장으로 처음부터 학습한 것을 훨씬 넘어서요. 2,700장을 모두 쓴 수업 6의 ViT({{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}})보다도 높아요. 사전 학습 덕분에 그만큼의 사진에는 레이블을 달지 않아도 돼요.
#
# 여러분도 해 보세요. $\mathbf{y}$가 이미 있어서 한 번 뽑는 데 1초도 걸리지 않아요.

# %% tags=["nbval-ignore-output"]
sizes = pick(smoke=(4, 16, 64), laptop=(10, 50, 500), gpu=(10, 100, 1000))
own = few_example_curve(features["train"], features["test"], 2, sizes, draws=10)
print(weights.name)
for number, accuracies in own.items():
    print(f"{number:5,} of each class: {np.mean(accuracies):.1%}, "
          f"worst draw {min(accuracies):.1%}, best {max(accuracies):.1%}")

# %% [markdown] lang="en"
# (With `cifar10-vit`, pre-trained on fewer and smaller photographs, the numbers are lower.)

# %% [markdown] lang="ko"
# (`cifar10-vit`을 쓰면 숫자가 더 낮아요. 더 적고 더 작은 사진으로 사전 학습했으니까요.)

# %% [markdown] lang="en"
# ## 5. Fine-tuning
#
# A probe can only use what is in $\mathbf{y}$. Fine-tuning lets all weights learn, so that $\mathbf{y}$ itself changes. In the paper (section 3.2) the head is removed, a new one of $D \times K$ *zeros* is attached, and training goes on, often at a higher resolution (section 9). We take AdamW with a small rate and without weight decay, since these weights have no reason to go towards zero.
#
# ### Why zeros?
#
# The gradient that reaches the backbone, everything below the head, comes through the head. With logits $\mathbf{y} \mathbf{W} + \mathbf{b}$ it is
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{y}} = (\mathbf{p} - \mathbf{t}) \, \mathbf{W}^\top$$
#
# **Predict** how long it is in the very first step with $\mathbf{W} = 0$. The next cell computes it for the six pictures of section 3.

# %% [markdown] lang="ko"
# ## 5. 미세 조정
#
# 프로브는 $\mathbf{y}$에 들어 있는 것만 쓸 수 있어요. 미세 조정은 모든 가중치를 학습하므로 $\mathbf{y}$ 자체가 달라져요. 논문의 방식은 이래요(3.2절). 원래 분류층을 떼고, $D \times K$개의 *0*으로 된 새 분류층을 붙이고, 학습을 이어 가요. 해상도를 높일 때도 많아요(9절). 우리는 작은 학습률의 AdamW를 쓰고 가중치 감쇠는 하지 않아요. 이 가중치들은 0 쪽으로 갈 이유가 없으니까요.
#
# ### 왜 0일까요?
#
# 분류층 아래의 모든 것, 곧 백본(backbone)에 닿는 그래디언트는 분류층을 거쳐서 와요. 로짓이 $\mathbf{y} \mathbf{W} + \mathbf{b}$이면 다음과 같아요.
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{y}} = (\mathbf{p} - \mathbf{t}) \, \mathbf{W}^\top$$
#
# $\mathbf{W} = 0$이면 맨 첫 스텝에서 이 그래디언트의 길이가 얼마일지 **예측해 보세요.** 다음 셀이 3절의 그림 여섯 장으로 계산해요.

# %%
guess = None  # length of the gradient that reaches y, for a head of zeros

six, truth = standard, np.eye(2)[[0, 0, 0, 1, 1, 1]]  # y (n, D) and t (n, K)
for name, W in {"zeros": np.zeros((2, 2)),
                "random": np.random.default_rng(1).normal(size=(2, 2))}.items():
    error = softmax(six @ W) - truth
    below, at_head = np.linalg.norm(error @ W.T), np.linalg.norm(six.T @ error)
    print(f"head of {name:7} gradient for y {below:.2f}, for the head {at_head:.2f}")

# %% [markdown] lang="en"
# With zeros the backbone does not move at first. The head learns what $\mathbf{y}$ already says, and the more it knows, the more of a gradient it lets through. A random head pushes the backbone in a random direction from the first step on. With the probe of section 3 in place of zeros, the first gradient is already a useful one.
#
# ### How large a step, and for which weights?
#
# The weights are close to a good place already, and a rate that suits random weights throws them out of it. So rates are tried, and judged by *validation* photographs. One can also *freeze* the lower blocks, which know outlines and fur, and let only the upper ones learn. What is frozen needs no gradient, so a step costs less. In the module:

# %% [markdown] lang="ko"
# 0으로 시작하면 처음에는 백본이 움직이지 않아요. 분류층이 먼저 $\mathbf{y}$에 이미 있는 것을 배우고, 아는 것이 많아질수록 그래디언트를 더 많이 내려보내요. 무작위 분류층은 첫 스텝부터 백본을 아무 방향으로나 밀어요. 0 대신 3절의 프로브에서 시작하면 첫 그래디언트부터 쓸모가 있어요.
#
# ### 걸음은 얼마나 크게, 어느 가중치를?
#
# 가중치는 이미 좋은 자리 가까이에 있어요. 무작위 가중치에 알맞은 학습률을 쓰면 그 자리에서 튕겨 나가요. 그래서 여러 학습률을 써 보고 *검증* 데이터로 판단해요. 윤곽이나 털의 결을 아는 아래쪽 블록(block)은 *동결*하고 위쪽만 학습할 수도 있어요. 동결한 부분은 그래디언트가 필요 없어서 한 스텝의 계산이 줄어요. 모듈에는 이렇게 있어요.

# %% quotes="vit_keras.pretrained.features.freeze"
def freeze(model, blocks):
    """Freeze so many blocks and all below; "all" leaves only the head, None freezes nothing."""
    number = {None: 0, "all": model.num_layers}.get(blocks, blocks)
    model.trainable = True  # from the top down: a layer hands it on to its parts
    for part in filter(None, (model.stem, model.patch_encoder)):
        part.trainable = blocks is None
    for index, block in enumerate(model.encoder.blocks):
        block.trainable = index >= number
    model.encoder.norm.trainable = blocks != "all"
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)

# %% [markdown] lang="en"
# In ViT-Ti, with $D = 192$ and a head for two classes, a block has 444,864 parameters. **Predict** how many weights learn if everything but the head is frozen.

# %% [markdown] lang="ko"
# $D = 192$이고 클래스가 둘인 ViT-Ti에서 블록 하나의 파라미터는 444,864개예요. 분류층만 남기고 모두 동결하면 몇 개가 학습할지 **예측해 보세요.**

# %%
guess = None  # weights that learn with blocks="all"

ti = VisionTransformer.from_variant("Ti/16", num_classes=2)
for blocks in (None, 0, 6, 11, "all"):
    print(f"blocks={blocks!s:4} {freeze(ti, blocks):9,} weights learn")

# %% [markdown] lang="en"
# Recorded, on 100 photographs of each class:

# %% [markdown] lang="ko"
# 클래스마다 사진 100장으로 기록한 결과예요.

# %%
rates = show("transfer", "rates")

# %% [markdown] lang="en"
# From a rate of 0.001 on, the model all but guesses, even on its training photographs: a few dozen steps overwrite what took a million photographs to learn. The smallest rate tried is the best. The more is frozen, the faster a step; the accuracies with frozen layers lie within two points of each other. The usual advice, not tested here: with few photographs and a task near the old one, freeze much; else let more learn.
#
# Yours is plain Keras: `compile`, `fit`, `evaluate`.

# %% [markdown] lang="ko"
# 학습률이 0.001 이상이면 학습한 사진에서조차 거의 찍는 수준이에요. 사진 백만 장으로 배운 것을 고작 몇십 스텝 만에 덮어써요. 써 본 것 가운데 가장 작은 학습률이 가장 좋았어요. 많이 동결할수록 한 스텝이 빨라지고, 동결한 셋의 정확도는 2퍼센트포인트 안에 모여 있어요. 흔히 하는 조언은 이래요. 사진이 적고 새 과제가 예전 과제와 가까우면 많이 동결하고, 아니면 더 많은 가중치를 학습하세요. 여기서 확인한 것은 아니에요.
#
# 여러분은 Keras를 그대로 써서 `compile`, `fit`, `evaluate`로 해 보세요.

# %%
indices = np.sort(few(photographs.train.labels, pick(smoke=8, laptop=100, gpu=500), seed=0))
few_train, few_labels = photographs.train.images[indices], photographs.train.labels[indices]
held_out, held_out_labels = (part[:100] for part in photographs.validation)


def fine_tune(model, pictures, labels, learning_rate=1e-4, epochs=2, seed=0):
    """Train the weights that are not frozen; returns the accuracy on validation photographs."""
    keras.utils.set_random_seed(seed)
    network = with_resizing(model, pictures.shape[1:])
    network.compile(
        optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=0.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        run_eagerly=pick(smoke=True, laptop=False, gpu=False),  # few steps in a test
    )
    network.fit(pictures, labels, batch_size=16, epochs=epochs, verbose=0)
    return network.evaluate(held_out, held_out_labels, verbose=0)[1]

# %% tags=["nbval-ignore-output"]
# laptop: 3 minutes; gpu: 2 minutes
half_frozen, from_probe = weights.load(num_classes=2), weights.load(num_classes=2)
freeze(half_frozen, half_frozen.num_layers // 2)
fit_probe(features["train"][0][indices], few_labels, 2, strength=0.1).to_head(from_probe)
lines = [f"| | validation ({len(held_out)} photographs) |", "|---|--:|"]
for name, model in {"head of zeros": weights.load(num_classes=2),
                    "head of zeros, lower half frozen": half_frozen,
                    "head of the probe": from_probe}.items():
    lines.append(f"| {name} | {fine_tune(model, few_train, few_labels):.1%} |")
Markdown("\n".join(lines))

# %% [markdown] lang="en"
# One run each, on so few photographs: the order of the three may be chance. Exercise 5 takes three seeds.
#
# ### With the tools of others
#
# **transformers** is what the slide links to; its `Trainer` is for PyTorch. **keras-hub** is Keras's own collection of models; its small DeiT is the *distilled* one, a close relative of ours. Both download the weights themselves. The cells run where these packages are installed; elsewhere they say that they were skipped.

# %% [markdown] lang="ko"
# 사진이 이렇게 적은 검증 데이터에서 한 번씩만 쟀으니, 셋의 순서는 우연일 수 있어요. 연습 문제 5에서는 시드를 세 개 써요.
#
# ### 다른 도구로
#
# 슬라이드에 링크된 것이 **transformers**이고, 그 `Trainer`는 PyTorch용이에요. **keras-hub**는 Keras의 모델 모음이에요. 거기 있는 작은 DeiT는 *증류한*(distilled) 것으로, 우리 것과 가까운 친척이에요. 둘 다 가중치를 알아서 내려받아요. 아래 셀들은 패키지가 설치된 곳에서만 실행되고, 없으면 건너뛰었다고 알려 줘요.

# %% tags=["nbval-ignore-output"]
def missing(*packages):
    """What keeps a cell from running here, in one line; empty where nothing does."""
    absent = [package for package in packages if find_spec(package) is None]
    reason = f"needs {', '.join(absent)}" if absent else "not in the smoke profile"
    return f"skipped: {reason}" if absent or vit_keras.profile() == "smoke" else ""


if why := missing("torch", "transformers", "accelerate"):
    print(why)
else:
    from transformers import (
        AutoImageProcessor,
        AutoModelForImageClassification,
        Trainer,
        TrainingArguments,
    )

    checkpoint = "facebook/deit-tiny-patch16-224"
    processor = AutoImageProcessor.from_pretrained(checkpoint)  # resizes and normalizes
    pixels = processor(list(few_train), return_tensors="pt")["pixel_values"]
    examples = [{"pixel_values": picture, "labels": int(label)}
                for picture, label in zip(pixels, few_labels)]
    network = AutoModelForImageClassification.from_pretrained(
        checkpoint, num_labels=2, ignore_mismatched_sizes=True)  # a new head
    settings = TrainingArguments("trainer_output", num_train_epochs=2, learning_rate=1e-4,
                                 per_device_train_batch_size=16, report_to=[])
    Trainer(network, settings, train_dataset=examples).train()

# %% tags=["nbval-ignore-output"]
if why := missing("keras_hub"):
    print(why)
else:
    import keras_hub

    network = keras_hub.models.ImageClassifier.from_preset(
        "deit_tiny_distilled_patch16_224_imagenet", num_classes=2)
    network.compile(
        optimizer=keras.optimizers.AdamW(1e-4, weight_decay=0.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    network.fit(few_train, few_labels, batch_size=16, epochs=2, verbose=2)
    print(network.evaluate(held_out, held_out_labels, verbose=0))

# %% [markdown] lang="en"
# ## 6. All side by side
#
# All photographs, one pass over them, and the 2,000 test photographs. (Minutes are a rough guide: all but the probe ran two at a time, with one core each.)

# %% [markdown] lang="ko"
# ## 6. 모두 나란히
#
# 모든 사진을 한 번 훑고, 테스트 사진 2,000장으로 쟀어요. (시간은 어림으로만 보세요. 프로브 말고는 둘씩 동시에 코어 하나로 돌렸어요.)

# %%
all_runs = show("transfer", "all")

# %% [markdown] lang="en"
# From random weights the same model, trained just as long, is at {{transfer:runs.35.test_accuracy|.1%}}. With ten minutes the ViT of lesson 6 reaches {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}} and the CNN {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}}. And among the pretrained ones? The standard error of an accuracy $p$ on $n$ photographs (lesson 6) is
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# **Predict** it for $p = 0.98$ and $n = 2000$, in percentage points.

# %% [markdown] lang="ko"
# 같은 모델을 무작위 가중치에서 시작해 똑같이 오래 학습하면 {{transfer:runs.35.test_accuracy|.1%}}예요. 수업 6에서 10분 동안 학습한 ViT는 {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}, CNN은 {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}}예요. 그러면 사전 학습한 것끼리는 어떨까요? 사진 $n$장에서 잰 정확도 $p$의 표준 오차(standard error)는 이래요(수업 6).
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# $p = 0.98$, $n = 2000$일 때 몇 퍼센트포인트일지 **예측해 보세요.**

# %%
guess = None  # in percentage points

error = 100 * math.sqrt(0.98 * 0.02 / 2000)
print(f"one accuracy: {error:.2f} points; a difference of two: {math.sqrt(2) * error:.2f} points")

# %% [markdown] lang="en"
# The probe has {{transfer:runs.5.test_accuracy|.1%}}; fine-tuning, chosen by the validation photographs, has {{transfer:runs.45.test_accuracy|.1%}}. The difference is no larger than its standard error: between the two nothing is decided.
#
# ### What this does not show
#
# Our task lies *inside* what the checkpoint was taught, with labels: 118 kinds of dogs and five of cats. Ten photographs suffice because others paid for the distinction before. On pictures unlike photographs (X-rays, drawings) expect less, and measure.

# %% [markdown] lang="ko"
# 프로브는 {{transfer:runs.5.test_accuracy|.1%}}이고, 검증 데이터로 고른 미세 조정은 {{transfer:runs.45.test_accuracy|.1%}}예요. 차이가 그 표준 오차를 넘지 않으니, 둘 가운데 어느 쪽이 낫다고 할 수 없어요.
#
# ### 이 실험이 보여 주지 않는 것
#
# 우리 과제는 체크포인트가 레이블과 함께 배운 것의 *안쪽*에 있어요. 개 118종과 고양이 5종을 배웠어요. 사진 열 장으로 되는 것은 남들이 그 구별을 미리 배워 두었기 때문이에요. 사진과 다른 그림(X선, 손으로 그린 그림)에서는 덜 기대하고, 직접 재 보세요.

# %% [markdown] lang="en"
# ## 7. The lecture's table
#
# The lecture shows the paper's table 2: two ViTs and a ResNet, pre-trained on JFT, Google's own 300 million photographs, then fine-tuned on each data set. Points are means of three fine-tuning runs. *ImageNet ReaL* is ImageNet's validation photographs with labels that people checked anew; a photograph of several things may have several ([Beyer et al., 2020](https://arxiv.org/abs/2006.07159)).

# %% [markdown] lang="ko"
# ## 7. 강의의 성능 표
#
# 강의에 나오는 것은 논문의 표 2예요. ViT 둘과 ResNet 하나를 Google이 가진 사진 3억 장(JFT)으로 사전 학습하고, 데이터마다 미세 조정했어요. 점은 미세 조정을 세 번 한 평균이에요. *ImageNet ReaL*은 ImageNet의 검증 사진에 사람이 레이블을 다시 확인해 붙인 것이에요. 여러 가지가 찍힌 사진에는 레이블도 여럿일 수 있어요([Beyer et al., 2020](https://arxiv.org/abs/2006.07159)).

# %% alt="On the left the paper's table 2: on all four data sets ViT-Huge, ViT-Large and the ResNet lie within two points of each other. On the right our recorded accuracies on cats and dogs: the linear probe and the fine-tuned DeiT-Ti near 98%, CNN and ViT from scratch at {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}} and {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}." alt_ko="왼쪽은 논문의 표 2. 네 데이터 모두에서 ViT-Huge, ViT-Large, ResNet이 2퍼센트포인트 안에 모여 있어요. 오른쪽은 고양이와 개에서 기록한 우리 정확도. 선형 프로브와 미세 조정한 DeiT-Ti는 98% 근처이고, 처음부터 학습한 CNN과 ViT는 {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}}와 {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}예요."
lesson_6 = recorded("cats_vs_dogs_laptop")["runs"]
ours = {"DeiT-Ti (ViT), fine-tuned": all_runs["fine-tuning, head of the probe, rate 1e-05"],
        "DeiT-Ti (ViT), linear probe": all_runs["linear probe"],
        "CNN, from scratch": lesson_6["cnn"]["test_accuracy"],
        "ViT, from scratch": lesson_6["vit"]["test_accuracy"]}
plot_published(ours, "Pre-trained, a ViT is level with the ResNet, and first on cats and dogs")

# %% [markdown] lang="en"
# On CIFAR-10, ViT-Huge is 0.13 points ahead of the ResNet: thirteen of 10,000 pictures. The table's message is not this distance. It is that a model without a convolution is *not behind*, and took less compute to get there: 2,500 TPUv3-core-days for ViT-Huge, 680 for ViT-Large, 9,900 for the ResNet.
#
# The data on the right are close to those of DeiT-Ti's pre-training, and the CNN was not pre-trained. On CIFAR-10, with 2,000 pictures, a probe on DeiT-Ti reaches {{transfer:runs.23.test_accuracy|.1%}}, and the CNN of lesson 5, with all 45,000, {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}; at half the model's size, fine-tuning stays below that (section 9). The lecture's sentence and its table agree: with little data the ViT is behind, and pre-training can make up for it.
#
# ### What came after
#
# - **DeiT** ([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)): a ViT trained on ImageNet alone, with strong augmentation. Our checkpoint is one.
# - **Swin** ([Liu et al., 2021](https://arxiv.org/abs/2103.14030)): attention within small windows, shifted from block to block. Locality comes back.
# - **ConvNeXt** ([Liu et al., 2022](https://arxiv.org/abs/2201.03545)): a modernized ResNet, without attention, level with Swin. "CNN or ViT?" is open again.
# - **MAE** ([He et al., 2021](https://arxiv.org/abs/2111.06377)): pre-training without labels, by filling in three quarters of the patches.
# - **DINO** ([Caron et al., 2021](https://arxiv.org/abs/2104.14294)): no labels either; two views of one picture must get the same answer.

# %% [markdown] lang="ko"
# CIFAR-10에서 ViT-Huge는 ResNet보다 0.13퍼센트포인트 앞서요. 10,000장 가운데 열세 장이에요. 이 표가 말하는 것은 차이의 크기가 아니에요. 합성곱이 없는 모델이 *뒤지지 않고*, 더 적은 계산으로 거기까지 갔다는 거예요. ViT-Huge는 TPUv3 코어로 2,500일, ViT-Large는 680일, ResNet은 9,900일 걸렸어요.
#
# 오른쪽의 데이터는 DeiT-Ti가 사전 학습한 것과 가깝고, CNN은 사전 학습을 하지 않았어요. CIFAR-10에서는 그림 2,000장으로 맞춘 DeiT-Ti의 프로브가 {{transfer:runs.23.test_accuracy|.1%}}, 45,000장으로 배운 수업 5의 CNN이 {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}예요. 그림을 모델이 원하는 크기의 절반으로만 키우면 미세 조정해도 그보다 낮아요(9절). 강의의 문장과 강의의 표는 어긋나지 않아요. 적은 데이터로 배우면 ViT가 뒤처지고, 사전 학습이 그것을 메울 수 있어요.
#
# ### 그 뒤에 나온 것들
#
# - **DeiT**([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)): ImageNet만으로, 강한 증강을 써서 학습한 ViT예요. 우리 체크포인트가 그 하나예요.
# - **Swin**([Liu et al., 2021](https://arxiv.org/abs/2103.14030)): 작은 창 안에서만 어텐션(attention)을 하고 블록마다 창을 옮겨요. 지역성이 돌아온 셈이에요.
# - **ConvNeXt**([Liu et al., 2022](https://arxiv.org/abs/2201.03545)): 현대적으로 고친 ResNet이에요. 어텐션 없이 Swin과 비슷해서, 'CNN이냐 ViT냐'는 다시 열린 질문이 됐어요.
# - **MAE**([He et al., 2021](https://arxiv.org/abs/2111.06377)): 레이블 없이, 패치의 4분의 3을 가리고 채워 넣으며 사전 학습해요.
# - **DINO**([Caron et al., 2021](https://arxiv.org/abs/2104.14294)): 역시 레이블 없이, 한 그림의 두 모습에 같은 답을 내도록 배워요.

# %% [markdown] lang="en"
# ## 8. A checkpoint, opened *(further)*
#
# A checkpoint is a table: names, called *keys*, and for each an array of numbers. There are no layers in it, and no equations. We write one ourselves, small enough to be printed whole: a ViT with one block, $D = 6$ and four patches, in the format of timm (the PyTorch library that DeiT's authors built on).

# %% [markdown] lang="ko"
# ## 8. 체크포인트를 열어 보기 *(심화)*
#
# 체크포인트는 표예요. *배열 이름*(key)이 있고, 이름마다 숫자 배열이 하나씩 있어요. 층도 식도 들어 있지 않아요. 통째로 찍어 볼 수 있을 만큼 작은 것을 직접 만들어 봐요. 블록이 하나, $D = 6$, 패치(patch)가 네 개인 ViT를 timm 형식으로 저장해요. timm은 DeiT를 만든 사람들이 쓴 PyTorch 라이브러리예요.

# %%
size = {"image_shape": (8, 8, 3), "patch_size": 4, "num_layers": 1, "hidden_dim": 6, "num_heads": 2,
        "mlp_dim": 12}
tiny = VisionTransformer(**size, num_classes=2)
rng = np.random.default_rng(0)
tiny.set_weights([rng.normal(0, 0.5, weight.shape) for weight in tiny.weights])

tiny_file = Path(tempfile.mkdtemp()) / "tiny.npz"
np.savez(tiny_file, **to_checkpoint(tiny, TIMM))
for key, array in read_arrays(tiny_file).items():
    print(f"{key:27}{array.shape}")

# %% [markdown] lang="en"
# `patch_embed` is $\mathbf{E}$, `cls_token` is $\mathbf{x}_{\text{class}}$, `pos_embed` is $\mathbf{E}_{pos}$, and `blocks.0` is the first block: norm, attention, norm, MLP. `attn.qkv` has 18 rows: query, key and value stand in *one* matrix, 6 rows each.
#
# Our model has the same numbers under other names and with other axes. Which key goes where stands in a table with a row for each array. PyTorch writes a linear layer as (outputs, inputs), Keras as (inputs, outputs), and a convolution as `d c p q` (outputs, inputs, height, width), while the rows of our $\mathbf{E}$ run over row, column and color of a patch (lesson 1). The first rows for timm, and by hand two kernels of 2x2 pixels:

# %% [markdown] lang="ko"
# `patch_embed`는 $\mathbf{E}$, `cls_token`은 $\mathbf{x}_{\text{class}}$, `pos_embed`는 $\mathbf{E}_{pos}$예요. `blocks.0`은 첫 블록이고, 정규화, 어텐션, 정규화, MLP가 차례로 있어요. `attn.qkv`는 행이 18개예요. 쿼리, 키, 밸류(query, key, value)가 6행씩 행렬 *하나*에 들어 있어요.
#
# 우리 모델에는 같은 숫자가 다른 이름, 다른 축 순서로 들어 있어요. 어느 배열이 어디로 가는지는 배열마다 한 줄씩 있는 대응표에 적어 둬요. 선형 층을 PyTorch는 (출력, 입력)으로, Keras는 (입력, 출력)으로 저장해요. 합성곱(convolution)은 PyTorch에서 `d c p q`(출력, 입력, 높이, 너비)이고, 우리의 $\mathbf{E}$는 행이 패치의 행, 열, 색 순서로 늘어서요(수업 1). timm용 대응표의 앞부분, 그리고 2x2 픽셀 커널 두 개를 손으로 옮긴 결과예요.

# %%
for key, place, axes in TIMM.rows[:8]:
    print(f"{key:28}{place:43}{axes}")

kernels = np.arange(1, 9).reshape(2, 1, 2, 2)  # (d, c, p, q)
print("\nE:", *rearrange(kernels, "d c p q -> (p q c) d"), sep="\n")

# %% [markdown] lang="en"
# In $\mathbf{E}$ a column is one kernel, read row by row. With such a table, loading is a loop: take the array, move its axes, compare the shape, and assign only when all fit.
#
# ### Broken on purpose: one matrix not transposed
#
# A matrix of $D \times D$ has the same shape transposed or not. Load the little file twice, and the second time leave one square matrix as PyTorch had it. **Predict:** an error, the right logits, or wrong ones?

# %% [markdown] lang="ko"
# $\mathbf{E}$에서는 열 하나가 커널 하나를 행마다 차례로 읽은 거예요. 이런 표가 있으면 불러오기는 반복문 하나예요. 배열을 꺼내고, 축을 옮기고, 형태를 비교하고, 모두 맞을 때만 넣어요.
#
# ### 일부러 망가뜨리기: 전치하지 않은 행렬 하나
#
# $D \times D$ 행렬은 전치해도 형태가 같아요. 작은 파일을 두 번 불러오면서, 두 번째에는 정사각 행렬 하나를 PyTorch의 모양 그대로 둬 봐요. 오류가 날까요, 로짓이 맞을까요, 틀릴까요? **예측해 보세요.**

# %%
guess = None  # "error", "right" or "wrong"

pictures = draw_shapes(4, image_size=8, seed=0).images
for name in ("as the table says", "one matrix not transposed"):
    model = VisionTransformer(**size, num_classes=2)
    load_timm(model, tiny_file)
    kernel = model.encoder.blocks[0].attention.output_projection.kernel
    if name == "one matrix not transposed":
        kernel.assign(ops.convert_to_numpy(kernel).T)
    same = np.allclose(logits_of(model, pictures), logits_of(tiny, pictures), atol=1e-5)
    print(f"{name:26} same logits: {same}")

# %% [markdown] lang="en"
# No error, and wrong answers. That is why a loader is believed only when its logits agree with those of the original code, as the tests of `vit_keras` check.
#
# ### The real file
#
# The shapes of the arrays say nearly everything about the model.

# %% [markdown] lang="ko"
# 오류는 없고 답은 틀려요. 그래서 원래 코드의 로짓과 일치할 때만 불러오는 코드를 믿을 수 있어요. `vit_keras`의 테스트가 이것을 확인해요.
#
# ### 진짜 파일
#
# 배열의 형태만 봐도 모델을 거의 다 알 수 있어요.

# %% tags=["nbval-ignore-output"]
arrays = read_arrays(weights.path)
D, C, P, _ = arrays["patch_embed.proj.weight"].shape
L = 1 + max(int(key.split(".")[1]) for key in arrays if key.startswith("blocks."))
M, K = arrays["blocks.0.mlp.fc1.weight"].shape[0], arrays["head.weight"].shape[0]
N = arrays["pos_embed"].shape[1] - 1
side = P * math.isqrt(N)  # of the pictures it was trained on
print(f"{weights.name}: {len(arrays)} arrays, "
      f"{sum(array.size for array in arrays.values()):,} numbers")
print(f"D = {D}, P = {P}, L = {L}, MLP {M}, {K:,} classes, N = {N}: "
      f"pictures of {side}x{side} pixels")
print(f"not in the shapes: {ready.num_heads} heads, mean {ready.mean}, "
      f"deviation {ready.deviation}, epsilon {ready.layer_norm_epsilon}")

# %% [markdown] lang="en"
# The number of heads is in no shape: three heads of width 64 and four of width 48 have the same matrices. Nor does the file say how pixels are normalized, which $\varepsilon$ the norms use, and which of two formulas is meant by GELU. These four stand elsewhere, in a `config.json` or a paper. `load_pretrained(path)` looks there, does all of this section in one line, and says what it had to assume.
#
# Build the model as in lesson 4, load, and count the parameters: by formula, in the file, by Keras. The count shows that nothing is missing, not that everything is in its place. So the second cell follows one patch by hand, from the raw arrays of the file: equation (1) for the patch in the top left corner, the first Layer Norm, and the query of that token.

# %% [markdown] lang="ko"
# 헤드(head) 수는 어떤 형태에도 나타나지 않아요. 너비 64인 헤드 셋이든 너비 48인 헤드 넷이든 행렬은 똑같으니까요. 픽셀을 어떻게 정규화하는지, 층 정규화의 $\varepsilon$이 얼마인지, GELU의 두 가지 식 가운데 어느 것인지도 파일에 없어요. 이 네 가지는 `config.json`이나 논문에 따로 적혀 있어요. `load_pretrained(path)`는 그것을 찾아보고, 이 절의 일을 한 줄로 해 주고, 짐작한 것이 있으면 알려 줘요.
#
# 수업 4처럼 모델을 만들고 불러와서 파라미터를 세요. 식으로, 파일에서, Keras로요. 개수가 맞으면 빠진 것은 없지만, 모두 제자리에 있는지는 알 수 없어요. 그래서 둘째 셀은 파일의 배열만 가지고 패치 하나를 손으로 따라가요. 왼쪽 위 구석의 패치에 식 (1)을 적용하고, 첫 층 정규화를 거쳐, 그 토큰의 쿼리까지 계산해요.

# %%
mine = VisionTransformer((side, side, C), P, L, D, ready.num_heads, M, K, mean=ready.mean,
                         deviation=ready.deviation)
notes = load_timm(mine, weights.path)
block = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D  # lesson 4
by_formula = (P * P * C + 1) * D + D + (N + 1) * D + L * block + 2 * D + (D + 1) * K
in_the_file = sum(array.size for array in arrays.values())
print("three times the same number:", by_formula == in_the_file == mine.count_params())

# %%
picture = draw_shapes(1, image_size=side, seed=3).images
x = (picture[0] / 255 - np.array(ready.mean)) / np.array(ready.deviation)  # (H, W, C)
z = np.einsum("dcpq,pqc->d", arrays["patch_embed.proj.weight"], x[:P, :P])
z += arrays["patch_embed.proj.bias"] + arrays["pos_embed"][0, 1]  # position 0 is the class token's
n = (z - z.mean()) / np.sqrt(z.var() + 1e-6)
n = n * arrays["blocks.0.norm1.weight"] + arrays["blocks.0.norm1.bias"]
q = arrays["blocks.0.attn.qkv.weight"][:D] @ n + arrays["blocks.0.attn.qkv.bias"][:D]

first = mine.encoder.blocks[0]
z_0 = mine.patch_encoder(mine.patches(mine.normalize(picture)))  # (1)
query = first.attention.query(first.norm_1(z_0))
z_0, query = (ops.convert_to_numpy(each)[0, 1] for each in (z_0, query))  # of the first patch
print("z_0 of the first patch, as by hand:", np.allclose(z_0, z, atol=1e-3))
print("its query, as by hand:             ", np.allclose(query, q, atol=1e-3))
print("the same logits as `weights.load()`:",
      np.allclose(logits_of(mine, picture), logits_of(ready, picture), atol=1e-3))

# %% [markdown] lang="en"
# What others have trained now runs in the model you derived.

# %% [markdown] lang="ko"
# 다른 사람이 학습한 것이 여러분이 유도한 모델에서 돌아가요.

# %% [markdown] lang="en"
# ## 9. Another resolution: the positions *(further)*
#
# A ViT accepts any number of tokens (lesson 2); only $\mathbf{E}_{pos}$ has a row for every place of one grid. DeiT-Ti has learned 14x14 places. At 112x112 pixels there are 7x7. Three tables fit:
#
# - *cut off*: take the first 49 rows, since 49 are needed;
# - *middle*: take the 7x7 places in the middle, as if the picture were a part of a larger one;
# - *interpolated*: resize the table *as a picture*. The paper: "We therefore perform 2D interpolation of the pre-trained position embeddings, according to their location in the original image" (section 3.2).
#
# By hand first, in one dimension: four places with the positions 10, 20, 30, 40 become three. In two dimensions one such matrix mixes the rows of the grid and another its columns, $\mathbf{R} \, \mathbf{X} \, \mathbf{C}^\top$. The class token has no place in the picture and stays as it is: 99 below.

# %% [markdown] lang="ko"
# ## 9. 다른 해상도와 위치 임베딩 *(심화)*
#
# ViT는 토큰(token)이 몇 개 들어와도 괜찮아요(수업 2). $\mathbf{E}_{pos}$에만 정해진 격자의 자리마다 행이 하나씩 있어요. DeiT-Ti는 14x14 자리를 배웠어요. 112x112 픽셀이면 7x7 자리예요. 형태가 맞는 표는 셋이에요.
#
# - *cut off*: 49개가 필요하니 앞의 49행을 써요.
# - *middle*: 표의 한가운데 7x7 자리를 써요. 이 그림을 더 큰 그림의 일부라고 치는 거예요.
# - *interpolated*: 표의 크기를 *그림처럼* 바꿔요(보간). 논문은 이렇게 말해요. "We therefore perform 2D interpolation of the pre-trained position embeddings, according to their location in the original image"(3.2절).
#
# 먼저 1차원에서 직접 해 봐요. 위치 값이 10, 20, 30, 40인 네 자리를 세 자리로 바꿔요. 2차원에서는 이런 행렬 하나가 격자의 행을 섞고 또 하나가 열을 섞어요. $\mathbf{R} \, \mathbf{X} \, \mathbf{C}^\top$예요. 클래스 토큰(class token)은 그림 속에 자리가 없으니 그대로 둬요. 아래에서는 99예요.

# %%
R = interpolation_matrix(3, 4, "bilinear")  # (new, old), rows of sum one
print(R, R @ np.array([10, 20, 30, 40]), sep="\n\n")

numbered = np.concatenate([[99], np.arange(16)])[:, None]  # (T, D), D = 1: 4x4 places
stretched = interpolate_position_embedding(numbered, grid_shape=(3, 3), method="bilinear")
print("\nclass token", stretched[0, 0], *stretched[1:].reshape(3, 3), sep="\n")

# %% [markdown] lang="en"
# To see what the tables mean, take the fixed positions of lesson 1, for 14x14 places. The maps show how alike the position of the outlined place is to all others.

# %% [markdown] lang="ko"
# 세 표가 무슨 뜻인지 보려고 수업 1의 고정된 위치 임베딩(position embedding)을 14x14 자리로 만들어요. 그림은 테두리를 두른 자리 하나가 다른 모든 자리와 얼마나 비슷한지 보여 줘요.

# %% alt="Four maps of how alike one outlined place is to all others. The whole table, 14 x 14: a bright spot around the place. Interpolated to 7 x 7: the same spot, half as many places wide. The middle 7 x 7: a spot as many places wide as in the whole table. Cut off: bright places in separate stripes." alt_ko="테두리를 두른 자리 하나가 다른 자리와 얼마나 비슷한지 보여 주는 그림 네 장. 표 전체인 14 x 14에서는 그 자리 둘레가 밝아요. 7 x 7로 보간하면 같은 얼룩의 폭이 자리 수로 절반이 돼요. 한가운데 7 x 7을 쓰면 얼룩의 폭이 표 전체와 같아요. 잘라 쓰면 밝은 자리가 띄엄띄엄 줄을 이뤄요."
known = sincos_positions((14, 14), 64)  # (196, 64)
middle = known.reshape(14, 14, 64)[3:10, 3:10]
tables = {"whole table": known,
          "interpolated": interpolate_position_embedding(
              np.concatenate([np.zeros((1, 64)), known]), (7, 7), (14, 14))[1:],
          "middle": middle.reshape(49, 64),
          "cut off": known[:49]}
maps, places = {}, {}
for name, positions in tables.items():
    grid = math.isqrt(len(positions))
    maps[name] = (position_similarity(positions, class_token=False), (grid, grid))
    places[name] = (grid // 2, grid // 2)
plot_one_place(maps, places, "Interpolation halves the distances, cutting off tears the picture")

# %% [markdown] lang="en"
# Interpolated, the spot is only half as many places wide: the next patch stands where the one after next stood. In the middle of the table every distance is as it was. Cut off, every second row of the new grid has the positions of the right half of the old picture: to the model the picture is torn into strips.
#
# What does it cost? Recorded on CIFAR-10, enlarged to half the model's size, with 2,000 pictures to learn from. *Shuffled* puts interpolated positions in random order.

# %% [markdown] lang="ko"
# 보간하면 얼룩의 폭이 자리 수로 절반이에요. 바로 옆 패치가 전에는 한 칸 건너에 있던 자리를 차지한 거예요. 표의 한가운데를 쓰면 거리가 모두 그대로예요. 잘라 쓰면 새 격자의 한 행 걸러 한 행이 원래 그림의 오른쪽 절반에 있던 위치를 가져요. 모델에게는 그림이 가로로 찢긴 셈이에요.
#
# 정확도는 얼마나 떨어질까요? CIFAR-10 그림을 모델이 원하는 크기의 절반으로 키우고, 2,000장으로 배워 기록한 결과예요. *shuffled*는 보간한 위치를 아무 순서로나 섞은 거예요.

# %%
at_half_the_size = show("transfer", "resolution")

# %% [markdown] lang="en"
# *Interpolated* is the paper's way, and here it is not the best one: the middle of the table is ahead, with the model as it is and after fine-tuning. An explanation that fits, though one data set does not prove it: in the middle every distance is as it was learned. The paper goes to a *higher* resolution, where there is no middle to take. What is certain: three different tables run without an error, and only a measurement tells them apart.

# %% [markdown] lang="ko"
# *interpolated*는 논문의 방법인데, 여기서는 가장 좋은 방법이 아니에요. 표의 한가운데를 쓴 *middle*이 모델을 그대로 쓸 때도, 미세 조정한 뒤에도 앞서요. 데이터 하나로 증명할 수는 없지만 들어맞는 설명은 이래요. 한가운데를 쓰면 모든 거리가 배운 그대로예요. 논문은 해상도를 *높이는데*, 그때는 쓸 한가운데가 없어요. 확실한 것은 이거예요. 서로 다른 표 셋이 모두 오류 없이 돌아가고, 무엇이 나은지는 재 봐야만 알아요.

# %% [markdown] lang="en"
# ## 10. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | $\mathbf{y} = \text{LN}(\mathbf{z}_L^0)$ | `extract_features(model, pictures)` | (n, D) |
# | $\mathbf{W}$, $\mathbf{b}$, $\lambda$ | `fit_probe(y, labels, K, strength)` | (D, K), (K,) |
# | a head of zeros | `load_pretrained(path, num_classes=K)` | (D, K) |
# | what learns | `freeze(model, blocks)` | all, the upper blocks, the head |
# | a checkpoint | `read_arrays(path)` | {key: array} |
# | key, place, axes | `TIMM.rows` | one row for each array |
# | $\mathbf{E}_{pos}$ on another grid | `interpolate_position_embedding(positions, grid)` | (1, 197, D) to (1, 50, D) |
#
# - A probe first: it costs one forward pass, and says what is in $\mathbf{y}$.
# - Then fine-tuning: a head of zeros or the probe, a small rate, judged by validation.
# - What pre-training buys is counted in labeled pictures, and is largest where the task is near to what was learned.
# - A checkpoint is a table of arrays. A matrix that is not transposed gives no error.

# %% [markdown] lang="ko"
# ## 10. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | $\mathbf{y} = \text{LN}(\mathbf{z}_L^0)$ | `extract_features(model, pictures)` | (n, D) |
# | $\mathbf{W}$, $\mathbf{b}$, $\lambda$ | `fit_probe(y, labels, K, strength)` | (D, K), (K,) |
# | 0으로 된 분류층 | `load_pretrained(path, num_classes=K)` | (D, K) |
# | 학습하는 가중치 | `freeze(model, blocks)` | 모두, 위쪽 블록, 분류층 |
# | 체크포인트 | `read_arrays(path)` | {이름: 배열} |
# | 이름, 자리, 축 | `TIMM.rows` | 배열마다 한 줄 |
# | 다른 격자의 $\mathbf{E}_{pos}$ | `interpolate_position_embedding(positions, grid)` | (1, 197, D)에서 (1, 50, D)로 |
#
# - 먼저 프로브를 해 보세요. 순전파 한 번이면 되고, $\mathbf{y}$에 무엇이 들어 있는지 알려 줘요.
# - 그다음이 미세 조정이에요. 0으로 된 분류층이나 프로브에서 시작해 작은 학습률로 학습하고, 검증 데이터로 판단해요.
# - 사전 학습으로 얻는 것은 레이블을 달지 않아도 되는 그림의 수예요. 과제가 배운 것과 가까울수록 커요.
# - 체크포인트는 배열의 표예요. 행렬을 전치하지 않아도 오류가 나지 않아요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/09_fine_tuning`](solutions/09_fine_tuning.ipynb).
#
# **1. To think about.** You have DeiT-Ti, 20 photographs of leaves (10 healthy, 10 ill), and an afternoon. What do you do first?
#
# - A: Fit a linear probe with a strong penalty on $\mathbf{y}$, and judge it by several draws of ten for learning and ten for testing.
# - B: Fine-tune all weights with a rate of 0.01, so that the model adapts quickly.
# - C: Train from scratch, with strong augmentation, since leaves are not in ImageNet's classes.
# - D: Load the weights into a model with patches of 8x8 pixels, so that it sees finer spots.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/09_fine_tuning`](solutions/09_fine_tuning.ipynb)에 있어요.
#
# **1. 생각해 보기.** DeiT-Ti가 있고, 잎 사진이 20장 있어요. 건강한 잎이 10장, 병든 잎이 10장이에요. 시간은 반나절이에요. 무엇부터 할까요?
#
# - A: $\mathbf{y}$에 규제가 강한 선형 프로브를 맞추고, 열 장으로 배우고 열 장으로 테스트하는 것을 여러 번 뽑아 판단해요.
# - B: 모델이 빨리 적응하도록 학습률 0.01로 모든 가중치를 미세 조정해요.
# - C: 잎의 병은 ImageNet 클래스에 없으니 강한 데이터 증강으로 처음부터 학습해요.
# - D: 더 작은 반점까지 보도록 패치가 8x8 픽셀인 모델에 가중치를 불러와요.

# %%
answer = None  # "A", "B", "C" or "D"

check("9.1", answer)

# %% [markdown] lang="en"
# **2. Change the numbers.** ViT-Ti/16 (12 blocks, $D = 192$) was pre-trained at 224x224 pixels. You use it at 160x160, with a head for 5 classes, and freeze all but the last two blocks, the last norm and the head. How many rows does $\mathbf{E}_{pos}$ have at 160x160, and how many weights learn? If somebody had cut the table off instead of resizing it, the place in row 3, column 5 of the new grid (both counted from 0) would get the position of which place of the 14x14 grid?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** ViT-Ti/16(블록 12개, $D = 192$)을 224x224 픽셀에서 사전 학습했어요. 160x160에서 클래스 5개짜리 분류층을 붙여 쓰고, 마지막 두 블록과 마지막 층 정규화와 분류층만 남기고 모두 동결해요. 160x160에서 $\mathbf{E}_{pos}$는 몇 행이고, 학습하는 가중치는 몇 개일까요? 누군가 표의 크기를 바꾸지 않고 잘라 썼다면, 새 격자의 3행 5열(둘 다 0부터 셈)은 14x14 격자의 어느 자리의 위치를 갖게 될까요?

# %%
num_positions = None
weights_that_learn = None
old_place = None  # (row, column)

check("9.2a", num_positions)
check("9.2b", weights_that_learn)
check("9.2c", old_place)

# %% [markdown] lang="en"
# **3. Write code: one head's queries.** From timm's `attn.qkv.weight` of shape (3D, D), written as PyTorch does, to the matrix of shape $(D, D_h)$ by which the tokens of *one* head are multiplied from the right: $\mathbf{q} = \mathbf{z} \, \mathbf{W}_q$. The rows of the query part go head by head.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 헤드 하나의 쿼리.** timm의 `attn.qkv.weight`는 형태가 (3D, D)이고 PyTorch 방식으로 쓰여 있어요. 여기에서 헤드 *하나*의 토큰에 오른쪽에서 곱하는, 형태가 $(D, D_h)$인 행렬을 꺼내세요. $\mathbf{q} = \mathbf{z} \, \mathbf{W}_q$가 되게요. 쿼리 부분의 행은 헤드 순서대로 놓여 있어요.

# %%
def query_of_head(qkv, num_heads, head):
    """(3D, D) -> (D, D_h)."""
    raise NotImplementedError


check("9.3", query_of_head)

# %% [markdown] lang="en"
# **4. Write code: a probe becomes a head.** A probe was fitted on standardized numbers, $\mathbf{p} = \text{softmax}(\frac{\mathbf{y} - \mathbf{m}}{\mathbf{s}} \, \mathbf{W} + \mathbf{b})$. The head of a model gets $\mathbf{y}$ as it comes. Find the kernel and the bias with which $\mathbf{y} \, \mathbf{W}' + \mathbf{b}'$ is the same logits.

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 프로브를 분류층으로.** 프로브는 표준화한 숫자로 맞췄어요. $\mathbf{p} = \text{softmax}(\frac{\mathbf{y} - \mathbf{m}}{\mathbf{s}} \, \mathbf{W} + \mathbf{b})$예요. 그런데 모델의 분류층은 $\mathbf{y}$를 그대로 받아요. $\mathbf{y} \, \mathbf{W}' + \mathbf{b}'$가 똑같은 로짓이 되는 커널과 편향을 구하세요.

# %%
def fold(kernel, bias, mean, deviation):
    """(D, K), (K,), (D,), (D,) -> kernel (D, K) and bias (K,)."""
    raise NotImplementedError


check("9.4", fold)

# %% [markdown] lang="en"
# **5. Train it.** Does it help to freeze the lower half? Change this one thing, with three seeds: a seed draws ten photographs of each class (`few`) and goes to `fine_tune`. Then the difference of the means and its standard error, from the deviations $s_1$ and $s_2$ of the three values each (divide by $n - 1$):
#
# $$\text{SE} = \sqrt{\frac{s_1^2 + s_2^2}{3}}$$
#
# A difference is clear if it is longer than two standard errors. (Laptop: about four minutes.)

# %% [markdown] lang="ko"
# **5. 학습해 보기.** 아래쪽 절반을 동결하면 도움이 될까요? 이것 하나만 바꾸고 시드를 세 개 써 보세요. 시드마다 `few`로 클래스마다 사진 열 장을 뽑고, 같은 시드를 `fine_tune`에도 줘요. 그다음 평균의 차이와 그 표준 오차를 구하세요. $s_1$과 $s_2$는 세 값의 표준 편차예요($n - 1$로 나눠요).
#
# $$\text{SE} = \sqrt{\frac{s_1^2 + s_2^2}{3}}$$
#
# 차이가 표준 오차의 두 배보다 길면 분명하다고 해요. (노트북 컴퓨터에서 4분쯤 걸려요.)

# %%
accuracies = None  # {"all": [three accuracies], "half": [three accuracies]}, shares
gain = None  # mean of "half" minus mean of "all", in percentage points
is_clear = None  # True or False

check("9.5a", accuracies)
check("9.5b", gain, accuracies=accuracies)
check("9.5c", is_clear, accuracies=accuracies)

# %% [markdown] lang="en"
# **6. Design.** A friend writes: "Fine-tuning beats the probe on my data. I fine-tuned with ten learning rates; the best reaches 97.5% on my 400 test pictures, the probe 96.8%." What would you answer first?
#
# - A: Right: 0.7 points are a large part of the 3.2 that were missing.
# - B: The comparison is unfair, since fine-tuning takes longer.
# - C: A probe can never be better than fine-tuning, so the comparison was not needed.
# - D: The rate was chosen by the test pictures, and 0.7 points are three of 400. Choose by validation pictures and compare anew, with several seeds.

# %% [markdown] lang="ko"
# **6. 실험 설계.** 친구가 이렇게 말해요. "내 데이터에서는 미세 조정이 프로브를 이겨. 학습률 열 가지로 미세 조정했더니 가장 좋은 것이 테스트 그림 400장에서 97.5%야. 프로브는 96.8%고." 무엇부터 대답할까요?
#
# - A: 맞아. 모자라던 3.2퍼센트포인트 가운데 0.7이면 커.
# - B: 미세 조정은 시간이 더 걸리니까 불공평한 비교야.
# - C: 프로브는 미세 조정보다 나을 수가 없으니 비교할 필요도 없었어.
# - D: 학습률을 테스트 그림으로 골랐고, 0.7퍼센트포인트는 400장 가운데 세 장이야. 검증 데이터로 고르고 시드를 여러 개 써서 다시 비교해 봐.

# %%
first_reply = None  # "A", "B", "C" or "D"

check("9.6", first_reply)

# %% [markdown] lang="en"
# # Start here: a Vision Transformer in one evening
#
# You cut a picture into patches, write a Vision Transformer (ViT) in thirty lines of plain Keras, train it with `fit`, put a convolutional network beside it, and end with a ViT that others have trained. Everything here is explained again, slowly, in the lessons that follow.
#
# | | |
# |---|---|
# | Lecture | the whole of it, once around: how ViT works; training from scratch; fine-tuning |
# | Read first | nothing; you know what a layer and a loss are, and have seen Keras |
# | Time | read and try: 20 min; machine: 5 min, can be skipped |

# %% [markdown] lang="ko"
# # 여기서 시작해요: 하룻저녁에 만나는 비전 트랜스포머
#
# 그림을 패치로 나누고, 평범한 Keras 서른 줄로 비전 트랜스포머(Vision Transformer, ViT)를 쓰고, `fit`으로 학습시키고, 옆에 합성곱 신경망을 놓고, 마지막에는 다른 사람이 학습해 둔 ViT를 써 봐요. 여기서 나온 것은 다음 수업들에서 천천히 다시 설명해요.
#
# | | |
# |---|---|
# | 강의 | 전체를 한 바퀴: ViT의 작동 원리, 처음부터 학습하기, 미세 조정 |
# | 먼저 읽을 것 | 없어요. 층과 손실이 무엇인지 알고 Keras를 본 적이 있으면 돼요 |
# | 시간 | 읽고 따라 하기: 20분. 컴퓨터: 5분, 건너뛰어도 돼요 |

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. say what a ViT does with a picture, step by step, with the shape after each step;
# 2. write, train and evaluate one in plain Keras;
# 3. say when to train one yourself and when to take one that is already trained.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. ViT가 그림으로 무엇을 하는지, 단계마다 형태(shape)를 말하며 설명해요.
# 2. 평범한 Keras로 ViT를 쓰고, 학습시키고, 평가해요.
# 3. 언제 직접 학습시키고 언제 이미 학습된 것을 가져다 쓰는지 말해요.

# %% [markdown] lang="en"
# ## 0. Setup
#
# The next cell looks for the course: near this notebook, in a Google Drive that is mounted in Colab, in a zip that lies here, or installed with `pip`. **If it finds nothing**, in Colab: download the course as a zip, upload it with the folder symbol on the left, and run the cell again. Or write the course's address into `REPOSITORY`.

# %% [markdown] lang="ko"
# ## 0. 준비
#
# 다음 셀은 강좌를 찾아요. 이 노트북 가까이, Colab에 연결한 구글 드라이브, 여기 놓인 zip, `pip`으로 설치한 것까지 살펴봐요. **찾지 못하면** Colab에서는 강좌를 zip으로 내려받아 왼쪽 폴더 아이콘으로 올리고 셀을 다시 실행하세요. `REPOSITORY`에 강좌 주소를 적어도 돼요.

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
from keras import layers

import vit_keras  # data and figures; the models are written here
from vit_keras import check, draw_shapes, pick
from vit_keras.figures import plot_learning_curves, plot_patches
from vit_keras.lessons import called, show
from vit_keras.pretrained import extract_features, find_weights

vit_keras.start.need("safetensors")  # reads the weights of section 6

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.
#
# ## 1. The pictures
#
# CIFAR-10 holds 60,000 color photographs of 32x32 pixels in ten classes: airplane, automobile, bird, cat and so on. 45,000 are for learning, 5,000 for *validation*, 10,000 for the test at the very end. If the photographs cannot be had, drawn shapes take their place; the output says which of the two you have.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래의 `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.
#
# ## 1. 그림
#
# CIFAR-10은 32x32 픽셀 컬러 사진 60,000장이고 클래스는 열 개예요. 비행기, 자동차, 새, 고양이 같은 것이에요. 45,000장으로 학습하고, 5,000장은 검증 데이터(validation data)로, 10,000장은 맨 마지막 테스트에 써요. 사진을 구할 수 없으면 코드로 그린 도형이 대신 들어가요. 어느 쪽인지는 출력이 알려 줘요.

# %% tags=["nbval-ignore-output"]
cifar10 = vit_keras.load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=256, laptop=None, gpu=None)
)
cifar10

# %% [markdown] lang="en"
# ## 2. A picture becomes a sequence
#
# A Transformer was made for text: it takes a sequence of vectors, one for each word or piece of a word. A picture is not a sequence. The paper's idea: cut it into square *patches* and take each patch for a word. A drawn moon, in patches of 4x4 pixels, with nothing but `reshape` and `transpose`:

# %% [markdown] lang="ko"
# ## 2. 그림이 시퀀스가 되기까지
#
# 트랜스포머는 글을 위해 만들어졌어요. 단어나 단어 조각마다 벡터가 하나씩, 그 벡터가 죽 이어진 시퀀스를 받아요. 그림은 시퀀스가 아니에요. 논문의 아이디어는 그림을 정사각형 *패치*(patch)로 나누고 패치 하나를 단어처럼 다루는 거예요. 코드로 그린 달을 4x4 픽셀 패치로 나눠 봐요. `reshape`와 `transpose`면 돼요.

# %% alt="A drawn yellow moon on the left; on the right the same picture cut into 8 x 8 patches." alt_ko="왼쪽에는 코드로 그린 노란 달이 있고, 오른쪽에는 같은 그림을 8 x 8개의 패치로 나눈 모습이 있어요."
moon = draw_shapes(1, shapes=("moon",), size=0.36, color="yellow", position="center",
                   seed=3).images[0]
patches = moon.reshape(8, 4, 8, 4, 3).transpose(0, 2, 1, 3, 4).reshape(64, 48)
print("picture", moon.shape, " patches", patches.shape)
plot_patches(moon, patches, (8, 8), "A picture is 64 patches of 4x4 pixels")

# %% [markdown] lang="en"
# 64 patches in reading order, each of them $4 \cdot 4 \cdot 3 = 48$ numbers. No patch shows the whole moon.
#
# ## 3. A Vision Transformer in plain Keras
#
# Five steps lead from the patches to an answer. The numbers in brackets are those of the lecture's equations.
#
# - **Tokens** (1). Each patch is multiplied by a learned matrix $\mathbf{E}$, which makes a vector of $D = 64$ numbers, a *token*. A learned vector for each place is added, the *position embedding*; without it the model could not know where a patch lies.
# - **The class token** (1). In front of the patches stands an empty one, all zeros. $\mathbf{E}$ times zero is zero, so this token is only its learned vector, the same for every picture. It will gather the answer.
# - **Attention** (2). Every token asks a question (a query), every token holds a key and a value. A token takes most from the tokens whose keys match its query. This is how patches learn of each other.
# - **MLP** (3). Two dense layers work on each token by itself. Attention and MLP, each with a *Layer Norm* before it and its input added to its output, are a *block*. Here are four.
# - **The answer** (4). After a last norm one dense layer, the *head*, makes ten numbers of the class token: the *logits*, one for each class.

# %% [markdown] lang="ko"
# 패치 64개가 글을 읽는 순서로 있고, 하나가 숫자 $4 \cdot 4 \cdot 3 = 48$개예요. 달 전체가 보이는 패치는 하나도 없어요.
#
# ## 3. 평범한 Keras로 쓴 비전 트랜스포머
#
# 패치에서 답까지 다섯 단계예요. 괄호 안의 숫자는 강의의 식 번호예요.
#
# - **토큰**(token) (1). 패치마다 학습하는 행렬 $\mathbf{E}$를 곱해서 숫자 $D = 64$개짜리 벡터를 만들어요. 이것이 토큰이에요. 여기에 위치마다 따로 학습하는 벡터인 *위치 임베딩*(position embedding)을 더해요. 이것이 없으면 패치가 어디에 있는지 알 수 없어요.
# - **클래스 토큰**(class token) (1). 패치들 앞에 모두 0인 빈 패치를 하나 놓아요. $\mathbf{E}$에 0을 곱하면 0이니까 이 토큰에는 학습하는 벡터만 남아요. 모든 그림에서 똑같이 시작해서 답을 모으는 토큰이에요.
# - **어텐션**(attention) (2). 토큰마다 질문(쿼리, query)을 하고, 토큰마다 키(key)와 밸류(value)를 갖고 있어요. 자기 쿼리와 키가 잘 맞는 토큰에서 많이 가져와요. 패치들이 서로를 알게 되는 단계예요.
# - **MLP** (3). 완전 연결 층 두 개가 토큰을 하나씩 따로 다뤄요. 어텐션과 MLP는 저마다 앞에 *층 정규화*(layer normalization)가 있고 입력을 출력에 더해요. 둘을 합쳐 *블록*(block)이라고 해요. 여기서는 네 개예요.
# - **답** (4). 마지막 층 정규화를 지나면 완전 연결 층 하나, *분류층*(head)이 클래스 토큰에서 숫자 열 개를 만들어요. 클래스마다 하나씩인 *로짓*(logit)이에요.

# %%
P, D, L, heads = 4, 64, 4, 4  # patch size, width of a token, blocks, heads of attention
rows = 32 // P
N = rows * rows  # 64 patches

keras.utils.set_random_seed(0)
images = keras.Input((32, 32, 3))
x = layers.RandomFlip("horizontal")(images)  # in training only: a mirrored cat is a cat
x = layers.Rescaling(1 / 127.5, -1)(x)  # bytes become numbers in [-1, 1]
x = layers.Reshape((rows, P, rows, P, 3))(x)
x = layers.Permute((1, 3, 2, 4, 5))(x)
x = layers.Reshape((N, P * P * 3))(x)  # the patches (B, 64, 48)

x = layers.ZeroPadding1D((1, 0))(x)  # the empty patch in front (B, 65, 48)
z = layers.EinsumDense("bnp,pd->bnd", output_shape=(N + 1, D),  # times E ...
                       bias_axes="nd",  # ... plus a vector for each place: (1)
                       bias_initializer="random_normal")(x)  # (B, 65, 64)

for _ in range(L):
    normed = layers.LayerNormalization(epsilon=1e-6)(z)
    attended = layers.MultiHeadAttention(heads, key_dim=D // heads)(normed, normed)
    z = layers.Add()([attended, z])  # (2)
    normed = layers.LayerNormalization(epsilon=1e-6)(z)
    hidden = layers.Dense(2 * D, activation="gelu")(normed)
    z = layers.Add()([layers.Dense(D)(hidden), z])  # (3)

y = layers.LayerNormalization(epsilon=1e-6)(z)[:, 0]  # the class token (B, 64): (4)
vit = keras.Model(images, layers.Dense(10)(y), name="ViT")

for name, tensor in {"patches and class token": x, "tokens": z, "y": y,
                     "logits": vit.output}.items():
    print(f"{name:24}", tensor.shape)
print(f"{vit.count_params():,} parameters")

# %% [markdown] lang="en"
# That is the whole model. `None` stands for the number of pictures. ViT-Large of the lecture has the same parts with $D = 1024$ and 24 blocks.
#
# ## 4. A CNN beside it
#
# A convolutional network of about twice as many parameters, for comparison. A 3x3 convolution looks only at neighbors, and uses the same weights everywhere.

# %% [markdown] lang="ko"
# 모델 전체가 이것이에요. `None`은 그림의 수예요. 강의에 나온 ViT-Large도 구성 요소는 똑같고, $D = 1024$이고 블록이 24개일 뿐이에요.
#
# ## 4. 옆에 놓을 CNN
#
# 비교할 합성곱 신경망(CNN)이에요. 파라미터가 두 배쯤 많아요. 3x3 합성곱은 이웃만 보고, 어디에서나 같은 가중치를 써요.

# %%
images = keras.Input((32, 32, 3))
x = layers.RandomFlip("horizontal")(images)
x = layers.Rescaling(1 / 127.5, -1)(x)
for width in (16, 32, 64, 128):
    for stride in (1, 2):  # the second convolution halves height and width
        x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
x = layers.GlobalAveragePooling2D()(x)
cnn = keras.Model(images, layers.Dense(10)(x), name="CNN")
print(f"{cnn.count_params():,} parameters")

# %% [markdown] lang="en"
# ## 5. Train both
#
# First what comes out of a longer run, recorded with models of about the same sizes, ten minutes each on two processor cores (lesson 5 tells more):

# %% [markdown] lang="ko"
# ## 5. 둘 다 학습시키기
#
# 먼저 더 오래 학습하면 어떻게 되는지 봐요. 크기가 비슷한 두 모델을 프로세서 코어 두 개로 10분씩 학습하고 기록해 둔 표예요(자세한 이야기는 수업 5에 있어요).

# %%
ten_minutes = show("cifar10_laptop", "models")

# %% [markdown] lang="en"
# The CNN classifies {{cifar10_laptop:runs.cnn.test_accuracy|.1%}} of the test images correctly, the ViT {{cifar10_laptop:runs.vit.test_accuracy|.1%}}; a blind guess is right in 10% of the cases. The ViT does not even fit the pictures it learns from ({{cifar10_laptop:runs.vit.train_accuracy|.1%}}): it is slow to learn what a convolution is given, that neighbors belong together and that a cat is a cat wherever it sits. The lecture calls this a lack of *inductive bias*.
#
# Now your own: `compile` says how to train, `fit` does it. The learning rate rises for the first tenth of the steps and then falls to zero. Two passes over the data take a few minutes for each model.

# %% [markdown] lang="ko"
# 테스트 이미지 가운데 CNN은 {{cifar10_laptop:runs.cnn.test_accuracy|.1%}}, ViT는 {{cifar10_laptop:runs.vit.test_accuracy|.1%}}를 맞혔어요. 찍으면 10%를 맞혀요. ViT는 학습한 그림도 다 맞히지 못해요({{cifar10_laptop:runs.vit.train_accuracy|.1%}}). 이웃끼리 관련이 있다는 것, 고양이는 어디에 앉아 있어도 고양이라는 것을 합성곱은 처음부터 갖고 있고 ViT는 느리게 배우기 때문이에요. 강의에서는 이것을 *귀납 편향*(inductive bias)이 부족하다고 해요.
#
# 이제 직접 학습시켜요. `compile`로 어떻게 학습할지 정하고 `fit`으로 학습해요. 학습률은 처음 10분의 1 동안 올라갔다가 0까지 내려가요. 데이터를 두 번 훑는 데 모델마다 몇 분 걸려요.

# %% tags=["nbval-ignore-output"]
# laptop: 4 minutes
epochs = pick(smoke=2, laptop=2, gpu=10)
steps = epochs * len(cifar10.train.labels) // 64
histories = {}
for model in (vit, cnn):
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=steps - steps // 10, warmup_target=0.002, warmup_steps=steps // 10)
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    print(model.name)
    history = model.fit(*cifar10.train, batch_size=64, epochs=epochs,
                        validation_data=cifar10.validation, verbose=2)
    histories[model.name] = {**history.history, "epoch": [epoch + 1 for epoch in history.epoch]}

# %% tags=["nbval-ignore-output"] alt="Accuracy of your ViT and your CNN on training and validation images after each pass over the data." alt_ko="여러분의 ViT와 CNN이 데이터를 한 번 훑을 때마다 학습 데이터와 검증 데이터에서 얻은 정확도."
for model in (vit, cnn):
    test = model.evaluate(*cifar10.test, verbose=0, return_dict=True)
    print(f"{model.name}: {test['accuracy']:.1%} of the test images")
plot_learning_curves(histories, f"{called(cifar10.source)}: the first passes over the data",
                     passes=True)

# %% [markdown] lang="en"
# Full lines are validation images, dotted ones training images, averaged over a pass in which the model was still learning. Even after so few passes the CNN is ahead; the table above shows where the curves lead.
#
# ## 6. One that is already trained
#
# More data changes the picture. DeiT-Ti is a ViT with the parts of section 3, 12 blocks and $D = 192$, that others have trained on the 1.28 million photographs of ImageNet; its weights are public. Its classes are not CIFAR's, but what it has learned about photographs sits in $\mathbf{y}$, the 192 numbers before its head. So keep all its weights, compute $\mathbf{y}$ for a few of our pictures, enlarged to 224x224 pixels, and train one dense layer on it: a *linear probe*. Recorded, on the same machine:

# %% [markdown] lang="ko"
# 실선은 검증 데이터, 점선은 학습 데이터이고, 점선은 아직 배우는 동안의 평균이에요. 이렇게 몇 번만 훑어도 CNN이 앞서요. 곡선이 어디로 가는지는 위의 표에 있어요.
#
# ## 6. 이미 학습된 모델
#
# 데이터가 많으면 이야기가 달라져요. DeiT-Ti는 3절과 구성 요소가 같고 블록이 12개, $D = 192$인 ViT예요. 다른 사람이 ImageNet 사진 128만 장으로 학습해서 가중치를 공개했어요. CIFAR의 클래스는 ImageNet의 클래스와 다르지만, 사진에 대해 배운 것은 분류층 앞의 숫자 192개인 $\mathbf{y}$에 들어 있어요. 그래서 가중치는 모두 그대로 두고, 우리 그림 몇 장을 224x224 픽셀로 키워 $\mathbf{y}$를 계산하고, 그 위에 완전 연결 층 하나만 학습해요. 이것이 *선형 프로브*(linear probe)예요. 같은 컴퓨터에서 기록한 결과예요.

# %%
with_a_probe = show("transfer", "cifar10 probe")

# %% [markdown] lang="en"
# With 2,000 labeled pictures in place of 45,000, the probe is two points above the CNN of the first table. Now your own, with fewer pictures still. (Where the weights cannot be had, the course's own `cifar10-vit` takes their place, and a line says so. It has learned from CIFAR-10 itself, so its accuracy says nothing about ImageNet.)

# %% [markdown] lang="ko"
# 레이블이 달린 그림을 45,000장이 아니라 2,000장만 쓰고도 프로브가 첫 표의 CNN보다 2퍼센트포인트 높아요. 이제 더 적은 그림으로 직접 해 봐요. (가중치를 구할 수 없으면 이 강좌의 `cifar10-vit`이 대신하고, 그렇다고 알려 줘요. 이 모델은 바로 CIFAR-10으로 배웠으니, 그때의 정확도는 ImageNet에 대해 아무것도 말해 주지 않아요.)

# %% tags=["nbval-ignore-output"]
# laptop: about a minute
weights = find_weights()
print(weights.source)
backbone = weights.load()
few, tested = pick(smoke=50, laptop=1_000, gpu=2_000), pick(smoke=50, laptop=500, gpu=2_000)
y_train = extract_features(backbone, cifar10.train.images[:few])  # (few, D)
y_test = extract_features(backbone, cifar10.test.images[:tested])

# %% tags=["nbval-ignore-output"]
probe = keras.Sequential([keras.Input(y_train.shape[1:]), layers.Dense(10)])
probe.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
probe.fit(y_train, cifar10.train.labels[:few], batch_size=50, epochs=30, verbose=0)
_, accuracy = probe.evaluate(y_test, cifar10.test.labels[:tested], verbose=0)
print(f"linear probe: {probe.count_params():,} weights learned from {few:,} pictures, "
      f"{accuracy:.1%} of {tested:,} test images")

# %% [markdown] lang="en"
# ## 7. Recap, and where to go
#
# | symbol | code here | shape |
# |---|---|---|
# | patches, $\mathbf{x}_p$ | `Reshape`, `Permute`, `Reshape` | (B, N, P·P·C) |
# | $\mathbf{z}_0$, equation (1) | `ZeroPadding1D`, `EinsumDense` with a bias for each place | (B, N + 1, D) |
# | $\mathbf{z}_\ell$, equations (2) and (3) | `MultiHeadAttention`, `Dense`, `Add` | (B, N + 1, D) |
# | $\mathbf{y}$, equation (4) | `LayerNormalization`, `[:, 0]` | (B, D) |
#
# - A ViT is patches, one matrix, blocks of attention and MLP, and one token that answers.
# - From scratch, on little data and in little time, a CNN is ahead. For a task of your own, begin with a trained model.
#
# Lessons 1 to 4 derive each part by hand; 5 and 6 are the lecture's two notebooks on training from scratch; 9 is about pretrained models. If you have one more hour, take lesson 2: attention is the part that is new.

# %% [markdown] lang="ko"
# ## 7. 정리, 그리고 다음에 할 것
#
# | 기호 | 여기서의 코드 | 형태 |
# |---|---|---|
# | 패치, $\mathbf{x}_p$ | `Reshape`, `Permute`, `Reshape` | (B, N, P·P·C) |
# | $\mathbf{z}_0$, 식 (1) | `ZeroPadding1D`, 위치마다 편향이 있는 `EinsumDense` | (B, N + 1, D) |
# | $\mathbf{z}_\ell$, 식 (2)와 (3) | `MultiHeadAttention`, `Dense`, `Add` | (B, N + 1, D) |
# | $\mathbf{y}$, 식 (4) | `LayerNormalization`, `[:, 0]` | (B, D) |
#
# - ViT는 패치, 행렬 하나, 어텐션과 MLP로 된 블록 몇 개, 그리고 답하는 토큰 하나예요.
# - 데이터도 시간도 적을 때 처음부터 학습하면 CNN이 앞서요. 여러분의 문제에는 이미 학습된 모델부터 써 보세요.
#
# 수업 1~4에서는 구성 요소를 하나씩 손으로 유도해요. 수업 5와 6은 강의에 나온, 처음부터 학습하는 두 노트북이에요. 수업 9에서는 사전 학습(pre-training)된 모델을 다뤄요. 한 시간이 더 있다면 수업 2를 고르세요. 어텐션이 새로운 부분이니까요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/00_start_here`](solutions/00_start_here.ipynb).
#
# **1. To think about.** In section 3, write `bias_axes="d"` in place of `"nd"`: one vector is added to all tokens, instead of one for each place. What changes?
#
# - A: If the 64 patches of a picture are shuffled, the answer stays the same.
# - B: An error: there are 65 tokens and only one vector.
# - C: Nothing: attention goes through the tokens in their order.
# - D: The model has no class token any more.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/00_start_here`](solutions/00_start_here.ipynb)에 있어요.
#
# **1. 생각해 보기.** 3절에서 `"nd"` 대신 `bias_axes="d"`라고 쓰면 위치마다 다른 벡터가 아니라 벡터 하나를 모든 토큰에 더해요. 무엇이 달라질까요?
#
# - A: 그림의 패치 64개를 섞어도 답이 그대로예요.
# - B: 오류가 나요. 토큰은 65개인데 벡터는 하나뿐이에요.
# - C: 달라지는 것이 없어요. 어텐션은 토큰을 순서대로 지나가니까요.
# - D: 모델에 클래스 토큰이 없어져요.

# %%
answer = None  # "A", "B", "C" or "D"

check("0.1", answer)

# %% [markdown] lang="en"
# **2. Change a number.** With `P = 8`, how many tokens go through the blocks? And how many numbers does $\mathbf{E}$ hold?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** `P = 8`이면 블록을 지나는 토큰은 몇 개일까요? 그리고 $\mathbf{E}$에는 숫자가 몇 개 들어 있을까요?

# %%
num_tokens = None
numbers_in_E = None

check("0.2a", num_tokens)
check("0.2b", numbers_in_E)

# %% [markdown] lang="en"
# **3. Write code.** Cut any square picture into patches of any size that divides it, with `reshape` and `transpose` of NumPy.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** 정사각형 그림을, 한 변을 나누어떨어지게 하는 어떤 크기의 패치로든 나눠 보세요. NumPy의 `reshape`와 `transpose`를 쓰세요.

# %%
def cut(picture, P):
    """(H, H, C) -> patches (N, P*P*C), left to right, top to bottom."""
    raise NotImplementedError


check("0.3", cut)

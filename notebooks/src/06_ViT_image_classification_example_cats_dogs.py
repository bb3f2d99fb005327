# %% [markdown] lang="en"
# # Training from scratch on photographs: cats and dogs
#
# You take photographs as they lie in folders, broken files and copies included, train a Vision Transformer (ViT) and a CNN on them from random weights, and find out how far each gets and what every choice was worth.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: "Training from scratch", 2); equations (1) to (4) are used, not derived |
# | Read first | lesson 5, for the recipe and for learning curves |
# | Time | read and try: 40 min; machine: 4 min, can be skipped |
#
# **You do not have to run the long cells.** Recorded runs come first, and the conclusions rest on them.

# %% [markdown] lang="ko"
# # 사진으로 처음부터 학습하기: 고양이와 개
#
# 폴더에 담긴 사진을 있는 그대로 받아요. 깨진 파일도 있고 사본도 있어요. 그 사진으로 비전 트랜스포머(Vision Transformer, ViT)와 합성곱 신경망(CNN)을 무작위 가중치에서부터 학습시켜요. 각각 어디까지 가는지, 도중에 한 선택 하나하나가 얼마나 중요했는지 확인해요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*의 "Training from scratch" 2). 식 (1)~(4)는 유도하지 않고 사용만 해요 |
# | 먼저 읽을 것 | 수업 5의 레시피와 학습 곡선 |
# | 시간 | 읽고 따라 하기 40분, 컴퓨터 계산 4분(건너뛰어도 돼요) |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 미리 기록한 결과를 먼저 보여 주고, 결론도 그 기록에서 끌어내요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. turn a folder of photographs into clean arrays and split them without a leak;
# 2. choose patch size and augmentation for photographs, and say what each choice costs;
# 3. tell a real difference between two accuracies from noise, and explain why the ViT is behind on 5,400 photographs.
#
# Sections marked *(further)* go beyond the lecture.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 사진 폴더를 깨끗한 배열로 만들고 누출(leak) 없이 나눠요.
# 2. 사진에 맞는 패치 크기와 데이터 증강(data augmentation)을 고르고, 선택마다 무엇을 치르는지 설명해요.
# 3. 두 정확도의 차이가 진짜인지 우연인지 구별하고, 사진 5,400장으로 학습한 ViT가 왜 뒤처지는지 설명해요.
#
# 제목에 *(심화)* 표시가 있는 절은 강의 밖의 내용이에요.

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

# %% tags=["nbval-ignore-output"]
# %matplotlib inline
import io
import sys
import tempfile

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from keras import ops
from PIL import Image, ImageFile

import vit_keras
from vit_keras import (
    Patches,
    RandomCropFlip,
    Recipe,
    VisionTransformer,
    check,
    create_cnn_classifier,
    pick,
    train,
)
from vit_keras.augment import RandomResizedCrop
from vit_keras.data import THRESHOLD, Unusable, decode, draw_faces, group_duplicates
from vit_keras.figures import (
    few_colors,
    plot_choices,
    plot_gallery,
    plot_learning_curves,
    plot_pictures,
    pulled_apart,
)
from vit_keras.lessons import comparison, show

plt.rcParams["image.interpolation"] = "nearest"  # pictures show their pixels
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen where Keras sees one. `pick(smoke=..., laptop=..., gpu=...)` takes the value for yours.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 선택돼요. `pick(smoke=..., laptop=..., gpu=...)`에서는 여러분의 프로필에 해당하는 값이 쓰여요.

# %% [markdown] lang="en"
# ## 1. Files, not arrays
#
# CIFAR came as one array, checked and cut to size. Photographs usually come as files, and the only label is the name of the folder. These were collected for Asirra, a test that kept programs out of web pages: "click on the cats". `load_cats_vs_dogs` reads two common layouts, from a folder or out of a zip:
#
# ```
# PetImages/                    cats_and_dogs/
#     Cat/                          train/
#         0.jpg                         cats/
#         1.jpg                             cat.1.jpg
#         ...                               ...
#     Dog/                              dogs/
#         0.jpg                     validation/
#         ...                           cats/
#                                       dogs/
# ```
#
# If no photographs can be found, faces of cats and dogs are drawn and *written as JPEG files* into the left layout; the output says so.

# %% [markdown] lang="ko"
# ## 1. 배열이 아니라 파일
#
# CIFAR는 만든 사람이 검사하고 크기까지 맞춘 배열 하나로 왔어요. 사진은 보통 파일로 와요. 레이블이라고는 폴더의 이름뿐이에요. 이 수업의 사진은 Asirra에 쓰려고 모은 거예요. 웹 페이지에서 "고양이를 고르세요"라고 물어 프로그램의 접근을 막는 시험이었어요. `load_cats_vs_dogs`는 흔한 폴더 구조 두 가지를 폴더에서든 zip에서든 읽어요.
#
# ```
# PetImages/                    cats_and_dogs/
#     Cat/                          train/
#         0.jpg                         cats/
#         1.jpg                             cat.1.jpg
#         ...                               ...
#     Dog/                              dogs/
#         0.jpg                     validation/
#         ...                           cats/
#                                       dogs/
# ```
#
# 사진을 구할 수 없으면 고양이와 개의 얼굴을 코드로 그려서 왼쪽 구조에 *JPEG 파일로 저장해요*. 어느 쪽인지는 출력이 알려 줘요.

# %% tags=["nbval-ignore-output"]
# The first call reads every file: 25,000 photographs take a minute or two, later calls a second.
photographs = vit_keras.load_cats_vs_dogs(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=128, laptop=None, gpu=None)
)
photographs

# %% tags=["third-party-pixels"] alt="Six cats and six dogs of the training data." alt_ko="학습 데이터의 고양이 여섯 장과 개 여섯 장이에요."
plot_gallery({
    name: [(photographs.train.images[index], "")
           for index in np.flatnonzero(photographs.train.labels == label)[:6]]
    for label, name in enumerate(photographs.class_names)
}, "Cats and dogs of the training data")

# %% [markdown] lang="en"
# Run the cell to see six of each; Asirra may not be passed on, so this notebook is stored without them. They show what CIFAR's did not: cages, furniture, people, animals that fill the picture and animals in a corner of it.
#
# ### What is broken
#
# Any large folder holds files that are not pictures. Each file that gave no image is in `skipped`, with the reason.

# %% [markdown] lang="ko"
# 셀을 실행하면 여섯 장씩 볼 수 있어요. Asirra 사진은 다시 배포할 수 없어서 이 노트북에는 그림 없이 저장했어요. CIFAR에는 없던 것이 많아요. 우리, 가구, 사람이 함께 찍혀 있고, 동물이 사진을 꽉 채우기도 하고 구석에 작게 있기도 해요.
#
# ### 무엇이 깨져 있을까요
#
# 큰 폴더에는 그림이 아닌 파일이 꼭 섞여 있어요. 이미지를 얻지 못한 파일은 모두 이유와 함께 `skipped`에 들어 있어요.

# %% tags=["nbval-ignore-output"]
reasons = {}
for name, reason in photographs.skipped:
    reasons.setdefault(reason, []).append(name)
lines = ["| reason | files | for example |", "|---|--:|---|"]
lines += [f"| {reason} | {len(names):,} | `{names[0]}` |"
          for reason, names in sorted(reasons.items())]
Markdown("\n".join(lines) if reasons else "No file had to be skipped.")

# %% [markdown] lang="en"
# The drawn faces include four such files on purpose. The publisher's archive of 25,000 photographs has about 1,700 that common readers stumble over; a cleaned copy may have none. Know this number for your own data: a loader that swallows errors leaves you with fewer pictures than you think.
#
# ### Broken on purpose: half a file
#
# A download that stopped leaves half a JPEG. We make one from a drawn face. **Predict** which of the two notices: opening the file, or decoding its pixels?

# %% [markdown] lang="ko"
# 코드로 그린 얼굴에는 일부러 그런 파일을 네 개 넣었어요. 배포된 원본 사진 25,000장에는 흔히 쓰는 프로그램이 걸려 넘어지는 파일이 약 1,700개 있어요. 누군가 정리한 사본에는 하나도 없을 수 있어요. 여러분의 데이터에서도 이 숫자를 꼭 알아 두세요. 오류를 조용히 삼키는 코드를 쓰면 데이터가 생각보다 적을 수 있어요.
#
# ### 일부러 망가뜨리기: 반쪽짜리 파일
#
# 내려받다가 끊기면 JPEG 파일이 반만 남아요. 코드로 그린 얼굴로 하나 만들어 봐요. 파일을 열 때와 픽셀을 디코딩할 때 가운데 언제 알아차릴지 **예측해 보세요.**

# %%
guess = ...  # "open" or "decode"


def draw_face(label, seed, size):
    """A face, 0 for a cat and 1 for a dog; drawn four times as large and averaged: smooth."""
    large = draw_faces(1, image_size=4 * size, seed=seed, labels=[label]).images[0]
    return np.asarray(Image.fromarray(large).resize((size, size), Image.Resampling.BOX))


def as_jpeg(pixels, quality=90):
    """The bytes of a JPEG file that shows these pixels."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="JPEG", quality=quality)
    return file.getvalue()


face = draw_face(0, seed=58, size=160)[20:140]  # 120 rows, 160 columns
whole = as_jpeg(face)
half = whole[:len(whole) // 2]

# %%
print("opened, half a JPEG:", Image.open(io.BytesIO(half)).size)
contents = {"nothing": b"", "a text": b"This is not a picture.", "half a JPEG": half,
            "two rows": as_jpeg(face[:2]), "a whole JPEG": whole}
for name, content in contents.items():
    try:
        print(f"decoded, {name}: {decode(content).pixels.shape}")
    except Unusable as error:
        print(f"decoded, {name}: {error}")

# %% [markdown] lang="en"
# `Image.open` is *lazy*: it reads the head of the file, which says "160 x 120", and leaves the pixels for later. A check that only opens files finds nothing wrong with half a picture. Only decoding decides, and our `decode` says why a file cannot be used.
#
# Many programs can be told to accept such files anyway. This is what you get:

# %% [markdown] lang="ko"
# `Image.open`은 *지연 읽기*(lazy)를 해요. 160 x 120이라고 적힌 파일의 머리만 읽고 픽셀은 나중으로 미뤄요. 그래서 파일을 열어 보기만 하는 검사는 반쪽짜리 그림에서 아무 문제도 찾지 못해요. 디코딩을 해 봐야 알 수 있어요. 우리의 `decode`는 파일을 왜 쓸 수 없는지도 알려 줘요.
#
# 그래도 읽으라고 설정할 수 있는 프로그램이 많아요. 그러면 이런 것을 받게 돼요.

# %% tags=["own-pixels"] alt="On the left a drawn cat; on the right the same file cut in half: the upper part of the cat, and gray below." alt_ko="왼쪽은 코드로 그린 고양이. 오른쪽은 반으로 자른 파일. 고양이의 윗부분만 있고 아래는 회색이에요."
ImageFile.LOAD_TRUNCATED_IMAGES = True
filled = np.asarray(Image.open(io.BytesIO(half)).convert("RGB"))
ImageFile.LOAD_TRUNCATED_IMAGES = False
pictures = {"the whole file": face, "its first half, errors ignored": filled}
plot_pictures({name: few_colors(picture) for name, picture in pictures.items()},
              "Half a file, read without a complaint")

# %% [markdown] lang="en"
# The missing part is filled with gray, and the label still says "cat". A model learns from it, and nobody ever sees a message.
#
# ### What Keras offers
#
# For a folder of whole files Keras has a one-line reader, `keras.utils.image_dataset_from_directory`: the classes are the names of the folders, and the batches go straight into `fit`. We write eight drawn faces into two folders and read them; then we add our half file.

# %% [markdown] lang="ko"
# 모자란 부분은 회색으로 채워지고 레이블은 그대로 '고양이'예요. 모델은 이런 그림으로도 배워요. 오류 메시지는 아무도 보지 못해요.
#
# ### Keras에 있는 함수
#
# 파일이 모두 온전하다면 Keras의 한 줄짜리 함수 `keras.utils.image_dataset_from_directory`로 폴더를 읽을 수 있어요. 폴더 이름이 클래스가 되고, 배치는 그대로 `fit`에 들어가요. 코드로 그린 얼굴 여덟 장을 두 폴더에 저장하고 읽어 봐요. 그다음에는 반쪽짜리 파일을 섞어 넣어요.

# %%
def read(folder):
    """Batches of four pictures, 64x64 pixels, by Keras's own reader."""
    return keras.utils.image_dataset_from_directory(
        folder, image_size=(64, 64), batch_size=4, shuffle=False, verbose=False)


with tempfile.TemporaryDirectory() as folder:
    for label, name in enumerate(("cat", "dog")):
        Path(folder, name).mkdir()
        for seed in range(4):
            Path(folder, name, f"{seed}.jpg").write_bytes(as_jpeg(draw_face(label, seed, 64)))
    batches = read(folder)
    print(batches.class_names, [tuple(images.shape) for images, _ in batches])
    Path(folder, "dog", "half.jpg").write_bytes(half)
    try:
        print([tuple(images.shape) for images, _ in read(folder)])
    except Exception as error:
        print("with half a file:", type(error).__name__)

# %% [markdown] lang="en"
# It stops in the middle of a pass, and takes `fit` with it; TensorFlow's message does not even name the file. So clean the folder first. `load_cats_vs_dogs` skips and counts what is broken, keeps copies together, and makes the same three splits every time.
#
# ### Copies
#
# The same photograph often lies in a folder twice: saved again, made smaller, a little brighter. If one copy is in the training data and the other in the test data, the test asks a question that the model has already seen. How much that flatters is clearest where *nothing* can be learned: 200 pictures of noise, labeled by tossing a coin, and a "model" that answers with the label of the most similar one. **Predict** its accuracy if half of 200 test pictures are copies of training pictures.

# %% [markdown] lang="ko"
# 데이터를 훑는 도중에 멈춰 버려요. `fit`도 함께 멈춰요. TensorFlow의 오류 메시지는 어느 파일인지 알려 주지도 않아요. 그러니 폴더부터 정리해야 해요. `load_cats_vs_dogs`가 그런 일을 해요. 깨진 파일은 건너뛰며 세고, 사본은 한데 묶고, 매번 똑같이 셋으로 나눠요.
#
# ### 사본(copy)
#
# 같은 사진이 폴더에 두 번 들어 있는 일이 흔해요. 다시 저장했거나, 줄였거나, 조금 밝게 만든 거예요. 하나는 학습 데이터에, 다른 하나는 테스트 데이터에 있으면 모델이 이미 본 문제가 시험에 나온 셈이에요. 점수가 얼마나 부풀려질까요? *배울 것이 아예 없을 때* 가장 잘 보여요. 순수한 잡음 그림 200장에 동전을 던져 레이블을 붙여요. '모델'은 가장 비슷한 학습 그림의 레이블로 답해요. 테스트 그림 200장 가운데 절반이 학습 그림의 사본일 때 정확도를 **예측해 보세요.**

# %%
guess = ...  # accuracy with 100 copies among 200 test pictures

rng = np.random.default_rng(0)
noise, coin = rng.normal(size=(400, 256)), rng.integers(0, 2, 400)
train_x, train_y = noise[:200], coin[:200]
for copies in (0, 50, 100):
    test_x = np.concatenate([train_x[:copies], noise[200:400 - copies]])
    test_y = np.concatenate([train_y[:copies], coin[200:400 - copies]])
    most_similar = np.argmax(test_x @ train_x.T, axis=1)
    print(f"{copies:3} copies: accuracy {np.mean(train_y[most_similar] == test_y):.1%}")

# %% [markdown] lang="en"
# All copies are answered correctly, and half of the others. The model is worthless in all three lines; only the test has changed.
#
# Copies are rarely equal to the byte, so we compare what they show. Each picture is shrunk to a gray *thumbnail* of 16x16 pixels, and its mean is taken away, so that brightness does not count. Two thumbnails, as vectors $\mathbf{a}$ and $\mathbf{b}$ of 256 numbers, are compared by the cosine of the angle between them, which does not mind contrast either:
#
# $$\cos(\mathbf{a}, \mathbf{b}) = \frac{\mathbf{a} \cdot \mathbf{b}}{|\mathbf{a}| \, |\mathbf{b}|}$$

# %% [markdown] lang="ko"
# 사본은 모두 맞히고 나머지는 절반만 맞혀요. 세 줄 모두 쓸모없는 모델이에요. 달라진 것은 시험뿐이에요.
#
# 사본이라도 바이트까지 똑같은 경우는 드물어요. 그래서 무엇이 보이는지를 비교해요. 그림을 16x16 픽셀의 회색 *섬네일*(thumbnail)로 줄이고 평균을 빼요. 그러면 밝기는 상관없어져요. 숫자 256개짜리 벡터가 된 두 섬네일 $\mathbf{a}$와 $\mathbf{b}$는 사이각의 코사인, 곧 코사인 유사도(cosine similarity)로 비교해요. 그러면 대비도 상관없어져요.
#
# $$\cos(\mathbf{a}, \mathbf{b}) = \frac{\mathbf{a} \cdot \mathbf{b}}{|\mathbf{a}| \, |\mathbf{b}|}$$

# %%
def cosine(a, b):
    """Cosine of two thumbnails, each with its mean removed."""
    a, b = (np.ravel(x).astype(float) - np.mean(x) for x in (a, b))
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


a = np.array([1, 3, 5, 7])  # a thumbnail of four pixels
for name, b in {"brighter": a + 10, "more contrast": 2 * a, "upside down": a[::-1],
                "another": np.array([5, 1, 7, 3])}.items():
    print(f"{name:14}{b}  {cosine(a, b):5.2f}")

# %% tags=["own-pixels"] alt="Three thumbnails of 16 x 16 gray squares: the first two are almost the same, with a cosine near 1; the third is different." alt_ko="16 x 16칸의 회색 섬네일 셋. 앞의 둘은 거의 같고 코사인이 1에 가까워요. 셋째는 달라요."
other = draw_face(0, seed=14, size=160)[20:140]
smaller = np.asarray(Image.fromarray(face).resize((100, 75)))
files = {"a cat": whole, "smaller, poor quality": as_jpeg(smaller, quality=30),
         "another cat": as_jpeg(other)}
thumbnails = np.stack([decode(content).thumbnail for content in files.values()])
print("groups", group_duplicates(thumbnails), "| threshold", THRESHOLD)

plot_pictures({f"{name}: {cosine(thumbnails[0], thumbnail):.2f}": np.stack([thumbnail] * 3, -1)
               for name, thumbnail in zip(files, thumbnails)},
              "A copy has nearly the same thumbnail (cosine with the first)")

# %% [markdown] lang="en"
# The copy has less than half the pixels and is badly compressed, and its thumbnail looks the same. `group_duplicates` gives copies the same number, here 0, 0, 2, and a whole group goes into one split.
#
# ### Three splits, and a folder with the wrong name
#
# *Training* data teach, *validation* data help you choose (patch size, learning rate, when to stop), *test* data are looked at once, at the end. Where the folders are called `train` and `validation`, many people choose by `validation` and then report the accuracy on it. Why is that too good? Here are twenty settings that do nothing but toss a coin, and we choose the one that does best on 100 validation pictures. **Predict** its accuracy on those pictures.

# %% [markdown] lang="ko"
# 사본은 픽셀이 절반도 안 되고 압축도 심한데, 섬네일은 눈으로 보기에 똑같아요. `group_duplicates`는 사본에 같은 번호를 줘요. 여기서는 0, 0, 2예요. 번호가 같으면 통째로 한쪽에만 들어가요.
#
# ### 세 가지 데이터, 그리고 이름이 잘못된 폴더
#
# *학습 데이터*로 배우고, *검증 데이터*로 고르고(패치 크기, 학습률, 멈출 때), *테스트 데이터*는 맨 끝에 한 번만 봐요. 폴더 이름이 `train`과 `validation`이면, 많은 사람이 `validation`으로 고르고 나서 바로 그 `validation`의 정확도를 보고해요. 이 숫자는 왜 실제보다 좋을까요? 동전만 던지는 설정이 스무 개 있어요. 검증 그림 100장에서 가장 좋은 것을 골라요. 그 그림에서 정확도가 얼마일지 **예측해 보세요.**

# %%
guess = ...  # accuracy of the best of twenty coins on the validation pictures

rng = np.random.default_rng(0)
validation = rng.binomial(100, 0.5, size=20) / 100  # right answers of 20 coins on 100 pictures
new = rng.binomial(10_000, 0.5, size=20) / 10_000  # of the same coins on many new ones
best = np.argmax(validation)
print(f"best of twenty on the validation pictures: {validation[best]:.0%}, "
      f"the same on new pictures: {new[best]:.0%}")

# %% [markdown] lang="en"
# Data that you have chosen by cannot judge the choice. So where only those two folders exist, `load_cats_vs_dogs` takes the one called `validation` as the *test* split and a tenth of `train` as validation. In folders without such names, 80%, 10% and 10% are drawn with a fixed seed, the same for everybody.

# %% [markdown] lang="ko"
# 고를 때 쓴 데이터로는 그 선택을 평가할 수 없어요. 그래서 폴더가 그 둘뿐이면 `load_cats_vs_dogs`는 `validation`이라는 폴더를 *테스트 데이터*로 쓰고, `train`의 10분의 1을 검증 데이터로 떼어 둬요. 그런 이름의 폴더가 없으면 정해진 시드(seed)로 80%, 10%, 10%를 뽑아요. 누가 해도 똑같이 나뉘어요.

# %% tags=["nbval-ignore-output"]
for name in ("train", "validation", "test"):
    images, labels = getattr(photographs, name)
    cats, dogs = np.bincount(labels)
    print(f"{name:11}{images.shape} {images.dtype}, {cats:,} cats and {dogs:,} dogs")

# %% [markdown] lang="en"
# ## 2. Resize and crop *(further)*
#
# A model takes squares of one size; photographs have any shape. There are three ways from one to the other.
#
# | way | what it does | what it costs |
# |---|---|---|
# | crop | scales the shorter side, cuts out the middle | what lies at the sides is gone |
# | squeeze | scales both sides | a slim dog becomes a stout one |
# | pad | scales the longer side, adds black | the animal gets fewer pixels, and black patches cost as much as others |

# %% [markdown] lang="ko"
# ## 2. 크기 맞추기와 자르기 *(심화)*
#
# 모델에는 크기가 같은 정사각형이 들어가요. 사진의 모양은 제각각이에요. 맞추는 방법은 세 가지예요.
#
# | 방법 | 하는 일 | 치르는 것 |
# |---|---|---|
# | 자르기(crop) | 짧은 변을 112픽셀로 줄이고 가운데를 잘라 내요 | 양옆에 있던 것이 사라져요 |
# | 눌러 맞추기(squeeze) | 두 변을 모두 112픽셀로 줄여요 | 홀쭉한 개가 통통해져요 |
# | 여백 채우기(pad) | 긴 변을 112픽셀로 줄이고 검은색을 덧대요 | 동물에 쓰이는 픽셀이 줄고, 검은 패치에도 똑같은 계산이 들어요 |

# %% tags=["own-pixels"] alt="A drawn cat of 160 x 120 pixels and three squares of it: cropped, half of one ear is cut off; squeezed, it is whole and narrower; padded, it is whole and smaller, between black bars." alt_ko="160 x 120 픽셀로 그린 고양이와 그것으로 만든 정사각형 셋. 자르면 한쪽 귀의 절반이 잘려요. 눌러 맞추면 다 보이지만 홀쭉해져요. 여백을 채우면 다 보이지만 검은 띠 사이에서 작아져요."
squares = {way: decode(whole, 112, way).pixels for way in ("crop", "squeeze", "pad")}
print({way: square.shape for way, square in squares.items()}, "| black rows:",
      int(np.sum(np.all(squares["pad"] == 0, axis=(1, 2)))))
pictures = {"160 x 120": face, **squares}  # shown in few colors, so that the notebook stays small
plot_pictures({name: few_colors(picture) for name, picture in pictures.items()},
              "Each way to a square loses something else")

# %% [markdown] lang="en"
# Cropped, the cat loses half an ear and the ends of its whiskers; squeezed, it is narrower; padded, it is smaller, between 28 rows of black. We crop: most people put the animal in the middle, shapes stay true, and no patch is wasted. `load_cats_vs_dogs(resize=...)` takes the other two.
#
# (Of the 8,000 photographs behind the recorded runs below, about half had already been squeezed to squares by earlier owners. The pixels do not say so, and nothing brings the true shapes back.)

# %% [markdown] lang="ko"
# 자르면 고양이의 한쪽 귀 절반과 수염 끝이 잘려 나가요. 눌러 맞추면 다 보이지만 홀쭉해지고, 여백을 채우면 검은 줄 28개 사이에서 작아져요. 우리는 잘라요. 대개 동물을 가운데에 놓고 찍으니까요. 모양이 그대로이고 버리는 패치도 없어요. 다른 두 방법은 `load_cats_vs_dogs(resize=...)`로 고를 수 있어요.
#
# (아래에 나오는 기록은 사진 8,000장으로 얻은 것인데, 절반쯤은 우리에게 오기 전에 이미 정사각형으로 눌려 있었어요. 픽셀만 봐서는 알 수 없고 원래 모양도 되찾을 수 없어요.)

# %% [markdown] lang="en"
# ## 3. Patches of a photograph
#
# A square of 112x112 pixels is cut into patches of P x P, as in lesson 1:
#
# $$N = HW / P^2$$
#
# Smaller patches make more tokens, and pairs of tokens grow with the square of their number (lesson 1). What happens to $\mathbf{E}$?

# %% [markdown] lang="ko"
# ## 3. 사진의 패치
#
# 112x112 픽셀의 정사각형을 수업 1처럼 P x P 패치(patch)로 나눠요.
#
# $$N = HW / P^2$$
#
# 패치가 작으면 토큰(token)이 많아지고, 토큰의 쌍은 토큰 수의 제곱으로 늘어요(수업 1). 그러면 $\mathbf{E}$는 어떻게 될까요?

# %%
D = 64
for name, size, P in (("photograph", 112, 28), ("photograph", 112, 14), ("photograph", 112, 8),
                      ("CIFAR", 32, 4)):
    x_p = Patches(P)(np.zeros((1, size, size, 3), "float32"))  # (1, N, P*P*C)
    N, numbers = x_p.shape[1:]
    print(f"{name:11}P = {P:2}: {N:3} patches of {numbers:5,} numbers, "
          f"{numbers / D:5.2f} for each one kept; E has {numbers * D:7,} weights")

# %% [markdown] lang="en"
# From $P = 28$ to 8 the sequence gets longer and $\mathbf{E}$ *smaller*, since a patch holds fewer numbers.
#
# With $P = 14$ a photograph is 64 tokens, as many as a CIFAR image with $P = 4$: behind the first layer both models do the same work. The difference is in that layer. CIFAR's 48 numbers fit into a token of 64. Of a photograph's patch, nine numbers must become one. What $\mathbf{E}$ does not keep of fur, a whisker or the edge of an eye, no later layer sees again, and $\mathbf{E}$ has to learn from the photographs what is worth keeping.

# %% [markdown] lang="ko"
# $P = 28$에서 8로 가면 시퀀스는 길어지고 $\mathbf{E}$는 오히려 *작아져요*. 패치 하나에 든 숫자가 적기 때문이에요.
#
# $P = 14$이면 사진 한 장이 토큰 64개예요. CIFAR 이미지를 $P = 4$로 나눌 때와 똑같아요. 첫 층을 지나면 두 모델이 하는 일이 같다는 뜻이에요. 차이는 바로 그 첫 층에 있어요. CIFAR의 숫자 48개는 너비 64인 토큰에 다 들어가요. 사진의 패치는 숫자 아홉 개를 하나로 줄여야 해요. 털이든 수염이든 눈의 가장자리든, $\mathbf{E}$가 남기지 않은 것은 뒤의 어느 층도 다시 볼 수 없어요. 무엇을 남길지는 $\mathbf{E}$가 사진에서 배워야 해요.

# %% tags=["own-pixels"] alt="A drawn dog cut into 16 patches of 28 pixels, 64 of 14 pixels, and 196 of 8 pixels." alt_ko="코드로 그린 개를 28픽셀 패치 16개, 14픽셀 패치 64개, 8픽셀 패치 196개로 나눈 모습이에요."
dog = draw_face(1, seed=13, size=112)
cut = {f"P = {P}, N = {(112 // P) ** 2}": few_colors(pulled_apart(dog, P)) for P in (28, 14, 8)}
plot_pictures(cut, "Smaller patches, longer sequences")

# %% [markdown] lang="en"
# With $P = 28$ one patch holds a whole eye, another most of the snout. With $P = 8$ an eye is spread over several patches, and it takes attention to put it together again.
#
# ## 4. Augmentation: near and far *(further)*
#
# A model that sees a few thousand photographs many times can memorize them. In lesson 5 an image was mirrored and moved by up to an eighth of its width, here 14 pixels. But what differs most between photographs is how near the animal is. `RandomResizedCrop` shows a random part of the photograph, 35% to 100% of its area, enlarged to the full size, and mirrors half of them.

# %% [markdown] lang="ko"
# $P = 28$이면 눈 하나가 패치 하나에 들어가고, 주둥이도 거의 다 패치 하나에 들어가요. $P = 8$이면 눈 하나가 여러 패치로 나뉘어서 어텐션(attention)이 다시 이어 붙여야 해요.
#
# ## 4. 데이터 증강: 가까이, 멀리 *(심화)*
#
# 사진이 몇천 장뿐이면 같은 사진을 수없이 다시 보니 외워 버릴 수 있어요. 수업 5에서는 이미지를 좌우로 뒤집고 너비의 8분의 1까지 옮겼어요. 여기서는 14픽셀까지가 돼요. 그런데 사진마다 가장 다른 것은 동물이 얼마나 가까이 있느냐예요. `RandomResizedCrop`은 사진 넓이의 35~100%를 무작위로 골라 원래 크기로 확대하고, 절반은 좌우로 뒤집어요.

# %% tags=["own-pixels"] alt="Two rows of six versions of a drawn dog. Above it is moved a little and sometimes mirrored, always of the same size. Below a part is enlarged: nearer or farther, and sometimes cut at the edge." alt_ko="코드로 그린 개의 여섯 가지 모습이 두 줄로 있어요. 윗줄은 조금씩 옮기고 가끔 뒤집은 것이라 크기가 늘 같아요. 아랫줄은 일부를 확대한 것이라 가깝거나 멀고, 가장자리가 잘린 것도 있어요."
ways = {"moved": RandomCropFlip(padding=14, seed=2), "enlarged": RandomResizedCrop(seed=2)}
six = np.repeat(dog[None], 6, axis=0)
versions = {name: ops.convert_to_numpy(layer(six, training=True)).astype("uint8")
            for name, layer in ways.items()}
plot_gallery({name: [(few_colors(picture, 24), "") for picture in some]
              for name, some in versions.items()},
             "One picture, twelve that count as new")

# %% [markdown] lang="en"
# Enlarging makes the training pictures harder than the test pictures, and a model that has not yet learned the easy ones may gain nothing from that. The recipe below only moves and mirrors; section 7 measures both. (A part is enlarged by linear interpolation; lesson 9 does it by hand, for positions.)
#
# ## 5. Two models, one recipe, one budget
#
# Data, recipe and time are the same for both models. Their sizes are not, and the learning rate was tuned for neither (lesson 5). The CNN is the small ResNet of lesson 5 with one change: its first convolution has *stride* 2, so it looks at every second place in every second row. What does that change?

# %% [markdown] lang="ko"
# 확대하면 학습 그림이 테스트 그림보다 어려워져요. 쉬운 그림도 아직 못 배운 모델에게는 더 어려운 그림이 도움이 되지 않을 수 있어요. 아래 레시피에서는 옮기고 뒤집기만 해요. 둘의 차이는 7절에서 재요. (확대는 선형 보간이에요. 수업 9에서 위치 임베딩으로 직접 계산해요.)
#
# ## 5. 두 모델, 하나의 레시피, 같은 시간
#
# 데이터, 레시피, 시간은 두 모델이 같아요. 크기는 서로 다르고, 학습률은 어느 쪽에도 맞춰 조정하지 않았어요(수업 5). CNN은 수업 5의 작은 ResNet에서 하나만 바꿨어요. 첫 합성곱의 *스트라이드*(stride)가 2라서 한 줄 건너, 한 칸 건너 한 자리씩만 봐요. 그러면 무엇이 달라질까요?

# %%
def multiplications(model):
    """Of all convolutions, for one picture: each number of a result takes a kernel of them."""
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    return sum(np.prod(layer.output.shape[1:3]) * np.prod(layer.kernel.shape)
               for layer in convolutions)


small = {"patch_size": 14, "num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}
for stride in (1, 2):
    cnn = create_cnn_classifier((112, 112, 3), 2, (16, 32, 64, 128), first_stride=stride)
    print(f"CNN, stride {stride}: {cnn.count_params():,} parameters, "
          f"{multiplications(cnn) / 1e6:.0f} million multiplications")
vit = VisionTransformer((112, 112, 3), num_classes=2, **small)
print(f"ViT: {vit.count_params():,} parameters")

# %% [markdown] lang="en"
# The same parameters, a quarter of the work. In a photograph neighboring pixels are nearly the same, so the full size is most of the cost and little of the content.
#
# First the recorded runs: ten minutes for each model, on the 8,000 photographs of section 2. 5,400 are for training, 600 for validation, 2,000 for the test.

# %% [markdown] lang="ko"
# 파라미터는 그대로이고 계산은 4분의 1이에요. 사진에서는 이웃한 픽셀이 거의 같아요. 원래 크기 그대로 계산하면 비용만 크고 얻는 것은 적어요.
#
# 먼저 기록을 봐요. 2절에서 말한 사진 8,000장으로 두 모델을 10분씩 학습시켰어요. 5,400장이 학습 데이터, 600장이 검증 데이터, 2,000장이 테스트 데이터예요.

# %%
ten_minutes = show("cats_vs_dogs_laptop", "ten minutes")

# %% alt="Recorded learning curves of ViT and CNN, ten minutes each: the CNN is far ahead." alt_ko="ViT와 CNN을 10분씩 학습한 기록의 학습 곡선. CNN이 크게 앞서요."
plot_learning_curves({name: run["history"] for name, run in ten_minutes.items()},
                     "Ten minutes, 5,400 photographs: the CNN is far ahead")

# %% [markdown] lang="en"
# Full lines are validation photographs, dotted ones training photographs as they were shown, moved and mirrored. The CNN classifies {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}} of the test photographs correctly, the ViT {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}, where a blind guess is right half of the time.
#
# Now your own two, for 2 minutes each on a laptop and 8 on a GPU.

# %% [markdown] lang="ko"
# 실선은 검증 데이터, 점선은 옮기고 뒤집어 보여 준 학습 데이터의 정확도예요. 테스트 사진에서 CNN은 {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}}, ViT는 {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}를 맞혀요. 찍어도 절반은 맞아요.
#
# 이제 여러분 차례예요. 노트북 컴퓨터에서는 2분씩, GPU에서는 8분씩 걸려요.

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes each; gpu: 8 minutes each
vit_size = pick(
    smoke={"patch_size": 14, "num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop=small,
    gpu={"patch_size": 8, "num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
)
cnn_size = {"first_stride": 2} | pick(
    smoke={"widths": (16, 32)},
    laptop={"widths": (16, 32, 64, 128)},
    gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
)
recipe = Recipe(crop_padding=14, **pick(
    smoke={"epochs": 1}, laptop={"minutes": 2}, gpu={"minutes": 8}))
keras.utils.set_random_seed(0)
vit = VisionTransformer((112, 112, 3), num_classes=2, **vit_size)
cnn = create_cnn_classifier((112, 112, 3), num_classes=2, **cnn_size)
runs = {name: train(model, photographs, recipe)
        for name, model in {"ViT": vit, "CNN": cnn}.items()}
Markdown(comparison(runs))

# %% [markdown] lang="en"
# ## 6. Longer runs, recorded
#
# Does the ViT only need more time? Both models were trained once more, the ViT for {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}} passes and the CNN for {{cats_vs_dogs_long_cnn:runs.cnn.epochs|.0f}}, on randomly enlarged parts (section 4). The CNN stayed as it was. The ViT got patches of 8 pixels, so 196 tokens in place of 64, and more ingredients of lessons 11 and 12: blocks left out by chance, a better start for attention, and *CutMix*, which pastes a piece of another photograph into every second one, for the first four fifths of the run. Compare passes and accuracy with the table above, not seconds: the machine was shared differently.

# %% [markdown] lang="ko"
# ## 6. 더 길게 학습한 기록
#
# ViT에는 시간만 더 주면 될까요? 두 모델을 한 번씩 더 학습시켰어요. 4절처럼 일부를 무작위로 확대하면서 ViT는 데이터를 {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}}번, CNN은 {{cats_vs_dogs_long_cnn:runs.cnn.epochs|.0f}}번 훑었어요. CNN은 그대로 뒀어요. ViT는 패치를 8픽셀로 줄여 토큰을 64개에서 196개로 늘렸고, 수업 11과 12에서 배울 재료를 더 넣었어요. 블록을 무작위로 건너뛰고, 어텐션이 더 좋은 데서 시작하고, 처음 5분의 4 동안은 사진 두 장 중 한 장에 다른 사진의 조각을 붙였어요(*CutMix*). 컴퓨터를 쓴 조건이 다르니 시간 말고 훑은 횟수와 정확도를 위의 표와 비교하세요.

# %%
long_runs = {**show("cats_vs_dogs_long_vit", "long"), **show("cats_vs_dogs_long_cnn", "long")}

# %% alt="Recorded learning curves of ViT and CNN, the long runs: both validation curves level off, the CNN's above 90%, the ViT's near 80%." alt_ko="ViT와 CNN을 오래 학습한 기록의 학습 곡선. 검증 정확도가 CNN은 90% 위에서, ViT는 80% 근처에서 평평해져요."
plot_learning_curves({name: run["history"] for name, run in long_runs.items()},
                     "More passes do not close the gap", passes=True)

# %% [markdown] lang="en"
# Where both lines of a model rise together, it *underfits*, and time helps. Where only the dotted line climbs on, it memorizes: it *overfits*, and more passes over the same 5,400 photographs do not help.
#
# The CNN has gained next to nothing. It knows {{cats_vs_dogs_long_cnn:runs.cnn.train_accuracy|.1%}} of its training photographs by now, so they have nothing left to correct. The ViT went from {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}} to {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}}; for one run each, that could be noise (section 7). Its dotted line jumps where CutMix ends: the task becomes easier, not the model better.
#
# Wider tokens, with patches of 14 pixels, reached {{cats_vs_dogs_long_vit_patch14:runs.vit.test_accuracy|.1%}} in {{cats_vs_dogs_long_vit_patch14:runs.vit.epochs|.0f}} passes, the optimizer Muon of lesson 11 {{cats_vs_dogs_long_vit_muon:runs.vit.test_accuracy|.1%}} in {{cats_vs_dogs_long_vit_muon:runs.vit.epochs|.0f}}. None of this brings the ViT near to what the CNN reached in ten minutes. Knowing something about photographs beforehand does: lesson 9.

# %% [markdown] lang="ko"
# 실선과 점선이 함께 오르고 있다면 *과소적합*(underfitting)이고, 시간을 더 주면 도움이 돼요. 점선만 계속 오른다면 사진을 외우는 중이에요. *과적합*(overfitting)이고, 같은 5,400장을 더 훑어도 도움이 되지 않아요.
#
# CNN은 거의 나아지지 않았어요. 이제 학습 사진의 {{cats_vs_dogs_long_cnn:runs.cnn.train_accuracy|.1%}}를 맞히니까 틀려서 고칠 것이 남아 있지 않아요. ViT는 {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}에서 {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}}가 됐어요. 한 번씩 학습한 결과이니 이 정도는 우연일 수 있어요(7절). 점선이 껑충 뛰는 곳은 CutMix가 끝나는 곳이에요. 문제가 쉬워진 것이지 모델이 나아진 것이 아니에요.
#
# 패치는 14픽셀 그대로 두고 토큰의 너비를 늘린 ViT는 {{cats_vs_dogs_long_vit_patch14:runs.vit.epochs|.0f}}번 훑고 {{cats_vs_dogs_long_vit_patch14:runs.vit.test_accuracy|.1%}}, 수업 11의 옵티마이저 Muon을 쓴 것은 {{cats_vs_dogs_long_vit_muon:runs.vit.epochs|.0f}}번 훑고 {{cats_vs_dogs_long_vit_muon:runs.vit.test_accuracy|.1%}}였어요. 무엇을 바꿔도 CNN이 10분 만에 닿은 곳에는 가까이 가지 못했어요. 그러려면 사진에 대해 미리 알고 시작해야 해요. 수업 9에서 해 봐요.

# %% [markdown] lang="en"
# ## 7. What each choice changes *(further)*
#
# An *ablation* changes one choice at a time and trains again. But two trainings never give the same number. So first: how large is a difference that means nothing?
#
# **Noise from the test photographs.** Had we set aside other photographs for the test, the accuracy would be a little different. Each of $n$ test photographs is answered correctly with probability $p$, like a biased coin. The share of right answers then scatters around $p$ with the *standard error*
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# **Predict** it for $p = 0.75$ and $n = 2000$, in points. Then we toss 2,000 such coins, ten thousand times, and measure.

# %% [markdown] lang="ko"
# ## 7. 선택마다 무엇이 달라지나요? *(심화)*
#
# *절제 실험*(ablation)은 선택을 하나만 바꿔 다시 학습시켜요. 그런데 학습을 두 번 하면 같은 숫자가 나오는 일이 없어요. 그래서 먼저 물어야 해요. 의미 없는 차이는 얼마나 클까요?
#
# **테스트 데이터에서 오는 우연.** 다른 사진을 테스트용으로 떼어 두었다면 정확도가 조금 달랐을 거예요. 테스트 사진 $n$장을 각각 확률 $p$로 맞힌다고 해요. 앞뒤 확률이 다른 동전과 같아요. 맞힌 비율은 $p$ 주위에 흩어지고, 흩어지는 정도가 *표준 오차*(standard error)예요.
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# $p = 0.75$이고 $n = 2000$이면 몇 퍼센트포인트일지 **예측해 보세요.** 그다음 그런 동전 2,000개를 만 번 던져서 직접 재 봐요.

# %%
guess = ...  # points

n, p = 2000, 0.75
standard_error = np.sqrt(p * (1 - p) / n)
shares = np.random.default_rng(0).binomial(n, p, size=10_000) / n
within = np.mean(np.abs(shares - p) < 2 * standard_error)
print(f"by formula {100 * standard_error:.2f} points, by tossing {100 * shares.std():.2f} points; "
      f"{within:.0%} of the tosses within two standard errors")

# %% [markdown] lang="en"
# One point: with 2,000 test photographs, 75% may just as well be 74% or 76%.
#
# **Noise from the seed.** Other first weights and another order of the photographs give another model. No formula knows by how much; only training again with other *seeds* shows it, here three for every variant. We put both kinds of noise together and call a difference of two means *larger than the noise* if it exceeds two of its standard errors. With $s$ for the deviation between seeds (over all variants together), $k$ for their number, and a 2 under the root because both sides of a difference are noisy:
#
# $$\text{noise} = 2 \sqrt{2 \left(\text{SE}^2 + \frac{s^2}{k}\right)}$$
#
# "As recorded" is the ViT of section 5 after 20 passes, its photographs moved and mirrored; every other row changes one thing. "Cut out and enlarged" is section 4's random part in place of moving, "average pooling" reads the answer from the mean of all patches in place of the class token.

# %% [markdown] lang="ko"
# 1퍼센트포인트예요. 테스트 사진이 2,000장이면 75%는 74%일 수도 있고 76%일 수도 있어요.
#
# **시드에서 오는 우연.** 처음 가중치와 사진의 순서가 달라지면 다른 모델이 돼요. 얼마나 달라지는지는 공식으로 알 수 없고, *시드*를 바꿔 다시 학습해 봐야 알아요. 여기서는 변형마다 시드 세 개로 학습했어요. 두 가지 우연을 합쳐서 기준을 정해요. 두 평균의 차이가 그 표준 오차의 두 배를 넘으면 *우연보다 크다*고 해요. $s$는 시드 사이의 표준 편차, $k$는 시드 수예요. $s$는 모든 변형을 모아 계산해요. 차이에는 양쪽의 우연이 모두 들어가므로 근호 안에 2가 있어요.
#
# $$\text{noise} = 2 \sqrt{2 \left(\text{SE}^2 + \frac{s^2}{k}\right)}$$
#
# "as recorded"는 사진을 옮기고 뒤집으면서 데이터를 20번 훑은 5절의 ViT예요. 나머지 행은 하나씩만 바꿨어요. "cut out and enlarged"는 옮기는 대신 4절처럼 일부를 확대한 것이고, "average pooling"은 클래스 토큰(class token) 대신 모든 패치의 평균에서 답을 읽은 것이에요.

# %%
ablation = show("cats_vs_dogs_ablation", "choices")
print(f"s = {100 * ablation['deviation']:.1f} points, k = {ablation['seeds']}")

# %% alt="Test accuracy of every variant of the ViT: a dot for each seed, a bar for the mean, and a gray band around the base that could be noise. Patches of 28 pixels and no augmentation lie outside." alt_ko="ViT의 변형마다 테스트 정확도를 보여 줘요. 점은 시드 하나, 막대는 평균이고, 기준 둘레의 회색 띠는 우연일 수 있는 범위예요. 28픽셀 패치와 증강 없음이 띠를 벗어나요."
plot_choices(ablation["accuracies"], ablation["base"], ablation["noise"],
             "Large patches and no augmentation cost accuracy")

# %% [markdown] lang="en"
# A bar inside the gray band could be chance; one outside, in red, is worth an explanation.
#
# - **Augmentation.** From "no augmentation" by way of "mirrored, not moved" to the base, *train* falls and *test* rises. The more often a model meets the very same pixels, the better it knows them, and the less of that holds for other photographs.
# - **Patch size.** "patch 28" squeezes 2,352 numbers into each of 16 tokens, and loses. "patch 8" is ahead by less than the noise, and takes about four times as long.
# - **Class token or average.** Averaging counts all patches, sofa and cat alike; the class token can ask those that matter, but has to learn it first. Here the difference is within the noise.
#
# All this holds for *this* number of photographs and passes. For models trained once, as in sections 5 and 6, $k = 1$, and the noise, if $s$ is the same for them, about four points. So the distance between CNN and ViT is real; the gains of the long runs could be chance.

# %% [markdown] lang="ko"
# 회색 띠 안의 막대는 우연일 수 있어요. 띠를 벗어난 빨간 막대는 이유를 생각해 볼 만해요.
#
# - **데이터 증강.** "no augmentation"에서 "mirrored, not moved"를 거쳐 기준으로 가면 *train*은 내려가고 *test*는 올라가요. 똑같은 픽셀을 자주 볼수록 그 픽셀은 잘 알게 되지만, 그렇게 알게 된 것은 다른 사진에서 덜 통해요.
# - **패치 크기.** "patch 28"은 토큰 16개에 숫자 2,352개씩을 눌러 담아서 손해를 봐요. "patch 8"은 우연일 수 있는 만큼만 앞서고, 시간은 네 배쯤 걸려요.
# - **클래스 토큰과 평균 풀링(average pooling).** 평균에는 고양이도 소파도 똑같이 들어가요. 클래스 토큰은 중요한 패치에만 물어볼 수 있지만, 그 방법부터 배워야 해요. 여기서는 둘의 차이가 우연일 수 있을 만큼 작아요.
#
# 모두 *이* 사진 수와 *이* 횟수로 잰 결과예요. 5절과 6절의 모델은 한 번씩만 학습했으니 $k = 1$이고, $s$가 같다면 우연이 4퍼센트포인트쯤이에요. 그러니 CNN과 ViT의 차이는 진짜이고, 오래 학습해서 얻은 것은 우연일 수 있어요.

# %% [markdown] lang="en"
# ## 8. Why is the ViT behind?
#
# The lecture: where there is not much training data the model does not do well, mainly because it lacks *inductive bias*, that is, assumptions built into the model (lesson 7). How much data is there? Here 5,400 photographs of 64 patches, 0.35 million patches. CIFAR-10 has 2.9 million. The paper's ViT-B/16 was pre-trained on ImageNet-21k: 14 million pictures of 196 patches, 2.7 billion.
#
# What has to be learned from so few? What a convolution gets for nothing: that an ear is an ear wherever it lies. We move the drawn dog sideways (what leaves on one side comes in on the other) and ask the ViT's first layer, and a 3x3 convolution of stride 1, what they still recognize. (Our CNN's first layer has stride 2, so it follows only moves by multiples of 2; lesson 7 measures that.) **Predict** how many of the 64 patches are found again, somewhere, after a move by 7 pixels, half a patch.

# %% [markdown] lang="ko"
# ## 8. ViT는 왜 뒤처질까요?
#
# 강의에서는 이렇게 말해요. "학습 데이터의 양이 많지 않은 경우, 모형의 성능이 좋지 않다. 주된 이유는 inductive bias가 부족하기 때문." 귀납 편향(inductive bias)은 모델의 구조에 들어 있는 가정이에요(수업 7). 데이터는 얼마나 될까요? 여기서는 사진 5,400장에 패치가 64개씩, 모두 35만 개예요. CIFAR-10은 290만 개예요. 논문의 ViT-B/16은 ImageNet-21k의 그림 1,400만 장, 패치 196개씩 27억 개로 사전 학습(pre-training)했어요.
#
# 이렇게 적은 데이터로 무엇을 배워야 할까요? 귀는 어디에 있어도 귀라는 것, 합성곱이라면 거저 아는 것부터 배워야 해요. 코드로 그린 개를 옆으로 옮겨 봐요. 한쪽으로 나간 부분은 반대쪽으로 들어와요. 그리고 ViT의 첫 층과 스트라이드가 1인 3x3 합성곱이 무엇을 다시 알아보는지 확인해요. (우리 CNN의 첫 층은 스트라이드가 2라서 2의 배수만큼 옮길 때만 따라가요. 수업 7에서 재요.) 패치의 절반인 7픽셀을 옮기면 패치 64개 가운데 몇 개를 어딘가에서 다시 찾을 수 있을지 **예측해 보세요.**

# %%
guess = ...  # of 64 patches, after a move by 7 pixels

convolution = keras.layers.Conv2D(4, 3, padding="valid")
responses = ops.convert_to_numpy(convolution(dog[None].astype("float32")))[0]  # (110, 110, 4)
known = {patch.tobytes() for patch in ops.convert_to_numpy(Patches(14)(dog[None]))[0]}
for shift in (14, 7, 1):
    moved = np.roll(dog, shift, axis=1)
    found = sum(patch.tobytes() in known
                for patch in ops.convert_to_numpy(Patches(14)(moved[None]))[0])
    now = ops.convert_to_numpy(convolution(moved[None].astype("float32")))[0]
    same = np.allclose(now[:, shift:], responses[:, :110 - shift], atol=0.01)
    print(f"moved by {shift:2}: {found:2} of 64 patches found again; convolution the same, "
          f"{shift} further on: {same}")

# %% [markdown] lang="en"
# A move by a whole patch only renumbers the patches. A move by less changes *every* patch: for $\mathbf{E}$ these are 64 new inputs, and it has to learn from examples that they show the same dog. The convolution answers as before, only further on: *translation equivariance*. And its 3x3 kernel looks at neighbors, which in a photograph belong together: *locality*. The ViT starts with neither.
#
# Where does a lack of data show? As a gap between training and test accuracy: the model has found rules that hold for its training photographs only. In section 5 (*train - test*) the ViT's gap is the larger one. But the ViT also knows its *training* photographs less well. It is short of data *and* slow to learn, as on CIFAR-100 in lesson 5.
#
# Published results for this task show both ends, as their authors report them. A ViT trained from scratch on about 20,000 photographs of cats and dogs reaches 68.5% ([lucidrains](https://github.com/lucidrains/vit-pytorch)); a ViT-B/16 that was pre-trained on 14 million photographs of anything reaches 98.96% after one pass ([AlaminI](https://huggingface.co/AlaminI/vit-cats-vs-dogs_classifier)).
#
# The second is the lecture's way out: *pre-training*, then *fine-tuning* (lesson 9).

# %% [markdown] lang="ko"
# 패치 하나만큼 옮기면 패치의 번호만 바뀌어요. 그보다 적게 옮기면 *모든* 패치가 달라져요. $\mathbf{E}$에게는 처음 보는 입력이 64개 들어온 셈이에요. 그것이 같은 개라는 사실은 예를 보고 배워야 해요. 합성곱의 답은 그대로이고 자리만 옮겨져요. *이동 등변성*(translation equivariance)이에요. 또 3x3 커널은 이웃만 보는데, 사진에서는 이웃끼리 관련이 있어요. *지역성*(locality)이에요. ViT는 둘 다 없이 시작해요.
#
# 데이터가 부족하다는 것은 어디에서 드러날까요? 학습한 사진과 새 사진의 정확도가 벌어져요. 학습한 사진에서만 통하는 규칙을 찾았다는 뜻이에요. 5절의 표(*train - test*)에서는 ViT의 차이가 더 커요. 그런데 ViT는 *학습한* 사진도 CNN만큼 맞히지 못해요. 수업 5의 CIFAR-100에서처럼 데이터도 부족하고, 배우는 속도도 느린 거예요.
#
# 이 문제에서 다른 사람들이 발표한 결과는 양쪽 끝을 보여 줘요(저자가 보고한 값이에요). 고양이와 개 사진 약 20,000장으로 처음부터 학습한 ViT는 68.5%([lucidrains](https://github.com/lucidrains/vit-pytorch)), 온갖 사진 1,400만 장으로 사전 학습한 ViT-B/16은 데이터를 한 번 훑고 98.96%예요([AlaminI](https://huggingface.co/AlaminI/vit-cats-vs-dogs_classifier)).
#
# 둘째가 강의에서 말하는 해결책이에요. *사전 학습*을 하고 *미세 조정*(fine-tuning)을 해요. 수업 9에서 직접 해 봐요.

# %% [markdown] lang="en"
# ## 9. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | a photograph | `decode(content, 112, "crop").pixels` | (112, 112, 3), uint8 |
# | files without an image | `photographs.skipped` | (name, reason) each |
# | copies | `group_duplicates(thumbnails)` | (B,), one number a group |
# | $P$, $N$ | `patch_size`, `num_patches` | 14, 64 |
# | patches, $\mathbf{x}_p$ | `Patches(14)` | (B, 64, 588) |
# | moved, mirrored | `RandomCropFlip(14)` | (B, 112, 112, 3) |
# | SE | `standard_error` | one point for 2,000 photographs |
#
# - Decode every file once, count what is broken, and keep copies in one split.
# - Data that you have chosen by cannot judge the choice.
# - A difference is worth a sentence if it is larger than its noise: other test photographs, other seeds.

# %% [markdown] lang="ko"
# ## 9. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | 사진 한 장 | `decode(content, 112, "crop").pixels` | (112, 112, 3), uint8 |
# | 이미지를 얻지 못한 파일 | `photographs.skipped` | (이름, 이유)씩 |
# | 사본 | `group_duplicates(thumbnails)` | (B,), 묶음마다 번호 하나 |
# | $P$, $N$ | `patch_size`, `num_patches` | 14, 64 |
# | 패치, $\mathbf{x}_p$ | `Patches(14)` | (B, 64, 588) |
# | 옮기기, 뒤집기 | `RandomCropFlip(14)` | (B, 112, 112, 3) |
# | SE | `standard_error` | 사진 2,000장이면 1퍼센트포인트 |
#
# - 모든 파일을 한 번은 디코딩해 보고, 깨진 것을 세고, 사본은 한쪽에 모아 둬요.
# - 고를 때 쓴 데이터로는 그 선택을 평가할 수 없어요.
# - 차이는 우연보다 클 때만 말할 가치가 있어요. 테스트 사진이 달라도, 시드가 달라도 남을 만큼 커야 해요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell. Solutions: [`solutions/06_ViT_image_classification_example_cats_dogs`](solutions/06_ViT_image_classification_example_cats_dogs.ipynb).
#
# **1. To think about.** A friend trains thirty settings on the folder `train`, takes the one that does best on the folder `validation`, and reports its accuracy on `validation`. The model has never been trained on those photographs. What will its accuracy on new photographs of the same kind be?
#
# - A: on average lower than reported;
# - B: on average the same, since the model was not trained on `validation`;
# - C: on average higher, since new photographs were not used up;
# - D: nothing can be said.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 셀을 실행하세요. 풀이는 [`solutions/06_ViT_image_classification_example_cats_dogs`](solutions/06_ViT_image_classification_example_cats_dogs.ipynb)에 있어요.
#
# **1. 생각해 보기.** 친구가 `train` 폴더로 설정 서른 가지를 학습시켰어요. 그중 `validation` 폴더에서 가장 좋은 것을 골라 `validation`의 정확도를 보고해요. 모델은 그 사진으로 학습한 적이 없어요. 같은 종류의 새 사진에서는 정확도가 어떨까요?
#
# - A: 평균적으로 보고한 값보다 낮아요.
# - B: `validation`으로 학습하지 않았으니 평균적으로 같아요.
# - C: 새 사진은 아직 쓰지 않았으니 평균적으로 더 높아요.
# - D: 아무 말도 할 수 없어요.

# %%
answer = None  # "A", "B", "C" or "D"

check("6.1", answer)

# %% [markdown] lang="en"
# **2. Change a number.** With patches of 7x7 pixels on a photograph of 112x112: how many patches are there, and how many numbers are in a patch?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 112x112 사진을 7x7 픽셀 패치로 나누면 패치는 몇 개이고, 패치 하나에 숫자는 몇 개일까요?

# %%
num_patches = None
numbers_a_patch = None

check("6.2a", num_patches)
check("6.2b", numbers_a_patch)

# %% [markdown] lang="en"
# **3. Write code.** Choose test pictures without a leak. `groups` holds a number for each picture, the same for copies of one picture, for example `[0, 0, 2, 3, 3, 3, 6]`. Return an array that says True for every test picture: whole groups only, at least `num_test` pictures, and no further group once there are that many.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** 누출 없이 테스트 그림을 고르세요. `groups`에는 그림마다 번호가 있고 같은 그림의 사본은 번호가 같아요. 예를 들면 `[0, 0, 2, 3, 3, 3, 6]`이에요. 테스트 그림이면 True인 배열을 돌려주세요. 묶음은 통째로만 고르고, `num_test`장 이상이 되면 더 고르지 않아요.

# %%
def split_without_leaks(groups, num_test, seed=0):
    """bool (N,): True for test pictures."""
    raise NotImplementedError


check("6.3", split_without_leaks)

# %% [markdown] lang="en"
# **4. Change one thing.** Does mirroring help? Write a function that trains a small ViT on `faces` with `compile` and `fit`, with or without a `keras.layers.RandomFlip("horizontal")` in front of it, and returns its accuracy on `new_faces` by `evaluate`. Run it three times each, with seeds 0, 1 and 2. Then conclude: is the difference of the means larger than two of its standard errors? (`gains(accuracies)[1]` of `vit_keras.lessons` knows both, as `gain` and `error`.)

# %% [markdown] lang="ko"
# **4. 하나만 바꿔 보기.** 좌우로 뒤집으면 도움이 될까요? 작은 ViT를 `compile`과 `fit`으로 `faces`에서 학습시키는 함수를 쓰세요. 앞에 `keras.layers.RandomFlip("horizontal")`을 놓거나 놓지 않고 학습시켜서, `evaluate`로 구한 `new_faces`의 정확도를 돌려줘요. 시드 0, 1, 2로 세 번씩 실행하세요. 그리고 결론을 내리세요. 평균의 차이가 그 표준 오차의 두 배보다 큰가요? (`vit_keras.lessons`의 `gains(accuracies)[1]`이 둘을 `gain`과 `error`로 알려 줘요.)

# %%
number = pick(smoke=64, laptop=300, gpu=300)
faces = draw_faces(number, image_size=32, seed=0)
new_faces = draw_faces(number, image_size=32, seed=1)


def accuracy(mirrored, seed):
    """Train a small ViT on `faces`; returns its accuracy on `new_faces`."""
    raise NotImplementedError


accuracies = {"as they are": [], "mirrored": []}
conclusion = None  # True: larger than two standard errors; False: it could be chance

check("6.4", conclusion, accuracies=accuracies)

# %% [markdown] lang="en"
# # Training from scratch on photographs: cats and dogs
#
# You take photographs as they lie in folders, with their broken files and copies, train a Vision Transformer (ViT) and a CNN on them from random numbers, and find out how far each gets, where each is wrong, and what every choice on the way was worth.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: "Training from scratch", 2); equations (1) to (4) are used, not derived |
# | Read first | lesson 5, for the recipe and for learning curves |
# | Time | about 10 minutes on a laptop, half of it in two long cells |
#
# **Nobody has to run the long cells.** Section 6 shows longer runs, recorded beforehand, and everything after it can be followed with those numbers.

# %% [markdown] lang="ko"
# # 사진으로 처음부터 학습하기: 고양이와 개
#
# 폴더에 담긴 사진을 있는 그대로 받아요. 깨진 파일도 있고 사본도 있어요. 그 사진으로 비전 트랜스포머(Vision Transformer, ViT)와 합성곱 신경망(CNN)을 무작위 가중치에서부터 학습시켜요. 각각 어디까지 가는지, 무엇을 틀리는지, 도중에 한 선택 하나하나가 얼마나 중요했는지 확인해요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*의 "Training from scratch" 2). 식 (1)~(4)는 유도하지 않고 사용만 해요 |
# | 먼저 읽을 것 | 수업 5의 레시피와 학습 곡선 |
# | 시간 | 노트북 컴퓨터에서 약 10분. 절반은 오래 걸리는 셀 두 개에서 써요 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 더 길게 학습한 결과를 미리 기록해서 6절에 실었어요. 그 숫자만 봐도 뒤의 내용을 따라올 수 있어요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. make clean arrays of a folder of photographs: find broken files and copies, choose how to resize, and split without a leak;
# 2. choose patch size and augmentation for photographs, and say what each choice costs;
# 3. tell a real difference between two accuracies from noise, and explain why the ViT is behind on 5,400 photographs.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 사진 폴더를 깨끗한 배열로 만들어요. 깨진 파일과 사본(copy)을 찾고, 크기를 맞추는 방법을 고르고, 누출(leak) 없이 나눠요.
# 2. 사진에 맞는 패치 크기와 데이터 증강(data augmentation)을 고르고, 선택마다 무엇을 치르는지 설명해요.
# 3. 두 정확도의 차이가 진짜인지 우연인지 구별하고, 사진 5,400장으로 학습한 ViT가 왜 뒤처지는지 설명해요.

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
import io
import sys
import tempfile

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display
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
    plot_patches,
    plot_pictures,
    pulled_apart,
)
from vit_keras.lessons import by_group, called, comparison, pooled_deviation, recorded

plt.rcParams["image.interpolation"] = "nearest"  # pictures show their pixels

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}")

# %% [markdown] lang="en"
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.

# %% [markdown] lang="ko"
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래에서 `pick(smoke=..., laptop=..., gpu=...)`를 만나면 여러분의 프로필에 해당하는 값이 쓰인다고 읽으세요.

# %% [markdown] lang="en"
# ## 1. Files, not arrays
#
# CIFAR came as one array, checked and cut to size by its author. Photographs usually come as files, and the only label is the name of the folder they lie in. The photographs of this lesson were collected for Asirra, a test that kept programs out of web pages: "click on the cats". Two layouts are common, and `load_cats_vs_dogs` reads both, from a folder or out of a zip:
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
# If no photographs can be had, faces of cats and dogs are drawn and *written as JPEG files* into the left layout, so the same code reads them. The output says which of the two you have.

# %% [markdown] lang="ko"
# ## 1. 배열이 아니라 파일
#
# CIFAR는 만든 사람이 검사하고 크기까지 맞춘 배열 하나로 왔어요. 사진은 보통 파일로 와요. 레이블이라고는 파일이 들어 있는 폴더의 이름뿐이에요. 이 수업의 사진은 Asirra에 쓰려고 모은 거예요. 웹 페이지에서 "고양이를 고르세요"라고 물어 프로그램의 접근을 막는 시험이었어요. 흔한 폴더 구조는 두 가지예요. `load_cats_vs_dogs`는 폴더든 zip이든 둘 다 읽어요.
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
# 사진을 구할 수 없으면 고양이와 개의 얼굴을 그려서 왼쪽 구조에 *JPEG 파일로 저장해요*. 그래서 똑같은 코드가 읽어요. 어느 쪽인지는 출력이 알려 줘요.

# %%
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
# Six of each (run the cell to see them: Asirra may not be passed on, so this notebook is stored without its pictures). Look for what CIFAR's photographs did not have: cages, furniture, people, animals that fill the picture and animals in a corner of it.
#
# ### What is broken
#
# Any large folder holds files that are no pictures. Each one that gave no image is in `skipped`, with the reason.

# %% [markdown] lang="ko"
# 여섯 장씩이에요. Asirra 사진은 다시 배포할 수 없어서 이 노트북에는 그림 없이 저장했어요. 셀을 실행하면 볼 수 있어요. CIFAR에는 없던 것을 찾아보세요. 우리, 가구, 사람이 함께 찍혀 있고, 동물이 사진을 꽉 채우기도 하고 구석에 작게 있기도 해요.
#
# ### 무엇이 깨져 있을까요
#
# 큰 폴더에는 그림이 아닌 파일이 꼭 섞여 있어요. 이미지를 얻지 못한 파일은 모두 이유와 함께 `skipped`에 들어 있어요.

# %%
reasons = {}
for name, reason in photographs.skipped:
    reasons.setdefault(reason, []).append(name)
lines = ["| reason | files | for example |", "|---|--:|---|"]
lines += [f"| {reason} | {len(names):,} | `{names[0]}` |"
          for reason, names in sorted(reasons.items())]
Markdown("\n".join(lines) if reasons else "No file had to be skipped.")

# %% [markdown] lang="en"
# Drawn faces bring four such files on purpose. The publisher's archive of 25,000 photographs has about 1,700 that common readers stumble over. A copy that somebody has cleaned may have none. Whatever you train on, know this number: a loader that swallows errors silently leaves you with a smaller data set than you think.
#
# ### Broken on purpose: half a file
#
# A download that stopped leaves half a JPEG. We make one: a drawn face becomes the bytes of a file, and the second half is cut off. **Predict** which of the two notices: `Image.open`, or decoding the pixels?

# %% [markdown] lang="ko"
# 그려 낸 얼굴에는 일부러 그런 파일을 네 개 넣었어요. 배포된 원본 사진 25,000장에는 흔히 쓰는 프로그램이 걸려 넘어지는 파일이 약 1,700개 있어요. 누군가 정리한 사본에는 하나도 없을 수 있어요. 무엇으로 학습하든 이 숫자는 알아 두세요. 오류를 조용히 삼키는 코드를 쓰면 데이터가 생각보다 적을 수 있어요.
#
# ### 일부러 망가뜨리기: 반쪽짜리 파일
#
# 내려받다가 끊기면 JPEG 파일이 반만 남아요. 하나 만들어 봐요. 그려 낸 얼굴을 파일의 바이트로 바꾸고 뒤쪽 절반을 잘라 버려요. 어느 쪽이 알아차릴지 **예측해 보세요.** `Image.open`일까요, 픽셀을 디코딩하는 쪽일까요?

# %%
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
print("Image.open:", Image.open(io.BytesIO(half)).size)

# %%
contents = {"nothing": b"", "a text": b"This is no picture.", "half a JPEG": half,
            "two rows": as_jpeg(face[:2]), "a whole JPEG": whole}
for name, content in contents.items():
    try:
        result = decode(content).pixels.shape
    except Unusable as error:
        result = error
    print(f"{name:14}{result}")

# %% [markdown] lang="en"
# `Image.open` is *lazy*: it reads the head of the file, which says "160 x 120", and leaves the pixels for later. So a check that only opens the files finds nothing wrong with half a picture. Only decoding decides, and `decode` says why a file is of no use.
#
# Many programs can be told to take such files all the same. This is what they give you:

# %% [markdown] lang="ko"
# `Image.open`은 *게을러요*(lazy). 160 x 120이라고 적힌 파일의 머리만 읽고 픽셀은 나중으로 미뤄요. 그래서 파일을 열어 보기만 하는 검사는 반쪽짜리 그림에서 아무 문제도 찾지 못해요. 디코딩을 해 봐야 알 수 있어요. `decode`는 파일을 왜 쓸 수 없는지도 알려 줘요.
#
# 그래도 읽으라고 설정할 수 있는 프로그램이 많아요. 그러면 이런 것을 받게 돼요.

# %% tags=["own-pixels"] alt="Left a drawn cat; right the same file cut in half: the upper part of the cat, and grey below." alt_ko="왼쪽은 그려 낸 고양이. 오른쪽은 반으로 자른 파일. 고양이의 윗부분만 있고 아래는 회색이에요."
ImageFile.LOAD_TRUNCATED_IMAGES = True
filled = np.asarray(Image.open(io.BytesIO(half)).convert("RGB"))
ImageFile.LOAD_TRUNCATED_IMAGES = False
pictures = {"the whole file": face, "its first half, errors ignored": filled}
plot_pictures({name: few_colors(picture) for name, picture in pictures.items()},
              "Half a file, read without a complaint")

# %% [markdown] lang="en"
# What is missing is filled with grey, and the label still says "cat". A model learns from it, and nobody ever sees a message.
#
# ### Keras's own reader, and where it stops
#
# For a folder of whole files Keras has a reader of one line, `keras.utils.image_dataset_from_directory`: the classes are the names of the folders, and the batches go straight into `fit`. We write eight drawn faces into two folders and read them. Then we put our half file among them. **Predict** what happens: is it skipped, filled with grey, or something else?

# %% [markdown] lang="ko"
# 모자란 부분은 회색으로 채워지고 레이블은 그대로 '고양이'예요. 모델은 이런 그림으로도 배워요. 오류 메시지는 아무도 보지 못해요.
#
# ### Keras에 있는 함수, 그리고 그 한계
#
# 파일이 모두 온전하다면 Keras의 한 줄짜리 함수 `keras.utils.image_dataset_from_directory`로 폴더를 읽을 수 있어요. 폴더 이름이 클래스가 되고, 배치는 그대로 `fit`에 들어가요. 그려 낸 얼굴 여덟 장을 두 폴더에 저장하고 읽어 봐요. 그다음에는 아까 만든 반쪽짜리 파일을 섞어 넣어요. 어떻게 될지 **예측해 보세요.** 건너뛸까요, 회색으로 채울까요, 아니면 다른 일이 생길까요?

# %%
def write_faces_into(folder):
    """Four drawn cats and four drawn dogs as JPEG files, in two folders named after the classes."""
    for label, name in enumerate(("cat", "dog")):
        Path(folder, name).mkdir()
        for seed in range(4):
            Path(folder, name, f"{seed}.jpg").write_bytes(as_jpeg(draw_face(label, seed, size=64)))


def read_all(folder):
    """Every batch of the folder by Keras's own reader: the shape of each, or why it stopped."""
    batches = keras.utils.image_dataset_from_directory(
        folder, image_size=(64, 64), batch_size=4, shuffle=False, verbose=False)
    try:
        return batches.class_names, [(images.shape, list(map(int, labels)))
                                     for images, labels in batches]
    except Exception as error:
        return batches.class_names, f"stopped: {type(error).__name__}"

# %%
with tempfile.TemporaryDirectory() as folder:
    write_faces_into(folder)
    print(*read_all(folder))
    Path(folder, "dog", "half.jpg").write_bytes(half)
    print(*read_all(folder))

# %% [markdown] lang="en"
# It stops, in the middle of a pass, and takes `fit` with it. The message (TensorFlow's; here only its name is shown) does not even say which file it was. With 1,700 such files among 25,000 you would clean the folder first. `load_cats_vs_dogs` is for that: it skips what is broken and counts it, keeps copies together, and makes the same three splits every time. (Keras's reader needs TensorFlow, whatever the backend.)
#
# ### Copies
#
# The same photograph often lies in a folder twice: saved anew, made smaller, a little brighter. If one copy is in the training data and the other in the test data, the test asks a question whose answer was in the exercise book. How much that flatters can be seen where *nothing* can be learned: 200 pictures of pure noise, labelled by tossing a coin, and a "model" that learns by heart and answers with the label of the most similar training picture. **Predict** its accuracy where no, a quarter, or half of the 200 test pictures are copies of training pictures.

# %% [markdown] lang="ko"
# 멈춰 버려요. 데이터를 훑는 도중이니까 `fit`도 함께 멈춰요. 오류 메시지는 TensorFlow가 내는 것인데(여기서는 이름만 출력했어요) 어느 파일인지 알려 주지도 않아요. 25,000장 가운데 1,700장이 이렇다면 폴더부터 정리해야 해요. `load_cats_vs_dogs`가 그런 일을 해요. 깨진 파일은 건너뛰며 세고, 사본은 한데 묶고, 매번 똑같이 셋으로 나눠요. (Keras의 이 함수는 어떤 백엔드에서든 TensorFlow가 있어야 해요.)
#
# ### 사본
#
# 같은 사진이 폴더에 두 번 들어 있는 일이 흔해요. 다시 저장했거나, 줄였거나, 조금 밝게 만든 거예요. 하나는 학습 데이터에, 다른 하나는 테스트 데이터에 있으면 답을 미리 본 문제가 시험에 나온 셈이에요. 점수가 얼마나 부풀려질까요? *배울 것이 아예 없을 때* 잘 보여요. 순수한 잡음 그림 200장에 동전을 던져 레이블을 붙여요. '모델'은 학습 데이터를 외웠다가 가장 비슷한 그림의 레이블로 답해요. 테스트 그림 200장 가운데 사본이 하나도 없을 때, 4분의 1일 때, 절반일 때 정확도를 **예측해 보세요.**

# %%
rng = np.random.default_rng(0)
noise, coin = rng.normal(size=(400, 256)), rng.integers(0, 2, 400)
train_x, train_y = noise[:200], coin[:200]
for copies in (0, 50, 100):
    test_x = np.concatenate([train_x[:copies], noise[200:400 - copies]])
    test_y = np.concatenate([train_y[:copies], coin[200:400 - copies]])
    # the label of the most similar training picture
    answers = train_y[np.argmax(test_x @ train_x.T, axis=1)]
    print(f"{copies:3} copies: accuracy {np.mean(answers == test_y):.1%}")

# %% [markdown] lang="en"
# Every copy is answered rightly, of the others half. The model is worthless in all three lines; only the test has changed.
#
# Copies are rarely the same to the byte, so we compare what they show. Each picture is shrunk to a grey *thumbnail* of 16x16 pixels; its mean is taken away, so that brightness does not count; and two thumbnails, as vectors $\mathbf{a}$ and $\mathbf{b}$ of 256 numbers, are compared by the cosine of the angle between them:
#
# $$\cos(\mathbf{a}, \mathbf{b}) = \frac{\mathbf{a} \cdot \mathbf{b}}{|\mathbf{a}| \, |\mathbf{b}|}$$
#
# On four pixels: **predict** the cosine of the first picture with itself made brighter, with twice the contrast, and upside down.

# %% [markdown] lang="ko"
# 사본은 모두 맞히고 나머지는 절반만 맞혀요. 세 줄 모두 쓸모없는 모델이에요. 달라진 것은 시험뿐이에요.
#
# 사본이라도 바이트까지 똑같은 경우는 드물어요. 그래서 무엇이 보이는지를 비교해요. 그림을 16x16 픽셀의 회색 *섬네일*(thumbnail)로 줄이고 평균을 빼요. 그러면 밝기는 상관없어져요. 숫자 256개짜리 벡터가 된 두 섬네일 $\mathbf{a}$와 $\mathbf{b}$는 사이각의 코사인으로 비교해요. 바로 코사인 유사도(cosine similarity)예요.
#
# $$\cos(\mathbf{a}, \mathbf{b}) = \frac{\mathbf{a} \cdot \mathbf{b}}{|\mathbf{a}| \, |\mathbf{b}|}$$
#
# 픽셀 네 개로 해 봐요. 첫 그림을 더 밝게 한 것, 대비를 두 배로 한 것, 뒤집은 것과의 코사인을 각각 **예측해 보세요.**

# %%
def cosine(a, b):
    """Cosine of two thumbnails, each with its mean removed."""
    a, b = (np.ravel(x).astype(float) - np.mean(x) for x in (a, b))
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


a = np.array([1, 3, 5, 7])
for name, b in {"brighter": a + 10, "more contrast": 2 * a, "upside down": a[::-1],
                "another": np.array([5, 1, 7, 3])}.items():
    print(f"{name:14}{b}  {cosine(a, b):5.2f}")

# %%
other = draw_face(0, seed=14, size=160)[20:140]
smaller = np.asarray(Image.fromarray(face).resize((100, 75)))
files = {"a cat": whole, "smaller, poor quality": as_jpeg(smaller, quality=30),
         "another cat": as_jpeg(other)}
thumbnails = np.stack([decode(content).thumbnail for content in files.values()])
print("closest two:", cosine(*thumbnails[:2]) > THRESHOLD, "| cat and other cat:",
      cosine(*thumbnails[::2]) > THRESHOLD)
print("threshold", THRESHOLD, "| groups", group_duplicates(thumbnails))

# %% tags=["own-pixels"] alt="Three thumbnails of 16 x 16 grey squares: the first two are almost the same, with a cosine near 1; the third is different." alt_ko="16 x 16칸의 회색 섬네일 셋. 앞의 둘은 거의 같고 코사인이 1에 가까워요. 셋째는 달라요."
figure, row = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
figure.suptitle("Copies have nearly the same thumbnail")
for axes, name, thumbnail in zip(row, files, thumbnails):
    axes.imshow(thumbnail, cmap="gray", vmin=0, vmax=255)
    axes.set_title(f"{name}\ncosine with the first: {cosine(thumbnails[0], thumbnail):.2f}",
                   fontsize=9)
    axes.set_axis_off()

# %% [markdown] lang="en"
# The copy has less than half the pixels and is badly compressed, and its thumbnail is the same to the eye. `group_duplicates` gives pictures of one group one number: here 0, 0, 2. A whole group goes into one split, so no copy sits on both sides.
#
# ### Three splits, and a folder with the wrong name
#
# *Training* data teach, *validation* data help you choose (patch size, learning rate, when to stop), *test* data are looked at once, at the end. Where the folders are called `train` and `validation`, many people choose by `validation` and then report the accuracy on `validation`. Why is that too good? Here are twenty settings that all do nothing but toss a coin. We choose the best by 100 validation pictures. **Predict** its accuracy on new pictures.

# %% [markdown] lang="ko"
# 사본은 픽셀이 절반도 안 되고 압축도 심한데, 섬네일은 눈으로 보기에 똑같아요. `group_duplicates`는 같은 묶음에 같은 번호를 줘요. 여기서는 0, 0, 2예요. 묶음은 통째로 한쪽에만 들어가요. 그래서 사본이 양쪽에 걸치는 일이 없어요.
#
# ### 세 가지 데이터, 그리고 이름이 잘못된 폴더
#
# *학습 데이터*로 배우고, *검증 데이터*로 고르고(패치 크기, 학습률, 멈출 때), *테스트 데이터*는 맨 끝에 한 번만 봐요. 폴더 이름이 `train`과 `validation`이면, 많은 사람이 `validation`으로 고르고 나서 바로 그 `validation`의 정확도를 보고해요. 이 숫자는 왜 실제보다 좋을까요? 동전만 던지는 설정이 스무 개 있어요. 검증 그림 100장으로 가장 좋은 것을 골라요. 새 그림에서 정확도가 얼마일지 **예측해 보세요.**

# %%
rng = np.random.default_rng(0)
validation = rng.binomial(100, 0.5, size=20) / 100  # right answers of 20 coins on 100 pictures
new = rng.binomial(10_000, 0.5, size=20) / 10_000  # of the same coins on many new ones
best = np.argmax(validation)
print(f"best of twenty on the validation pictures: {validation[best]:.0%}, "
      f"the same on new pictures: {new[best]:.0%}")

# %% [markdown] lang="en"
# The best of twenty coins looks like a model that has learned something. What one has chosen by cannot judge the choice.
#
# So where only those two folders are there, `load_cats_vs_dogs` takes the one called `validation` as the *test* split and a tenth of `train` as validation. In folders without such names, 80 / 10 / 10 % are drawn by a fixed seed, the same for everybody.

# %% [markdown] lang="ko"
# 동전 스무 개 가운데 가장 좋은 것은 무언가 배운 모델처럼 보여요. 고를 때 쓴 데이터로는 그 선택을 평가할 수 없어요.
#
# 그래서 폴더가 그 둘뿐이면 `load_cats_vs_dogs`는 `validation`이라는 폴더를 *테스트 데이터*로 쓰고, `train`의 10분의 1을 검증 데이터로 떼어 둬요. 그런 이름의 폴더가 없으면 정해진 시드(seed)로 80 / 10 / 10 %를 뽑아요. 누가 해도 똑같이 나뉘어요.

# %%
for name in ("train", "validation", "test"):
    images, labels = getattr(photographs, name)
    cats, dogs = np.bincount(labels)
    print(f"{name:11}{images.shape} {images.dtype}, {cats:,} cats and {dogs:,} dogs")

# %% [markdown] lang="en"
# ## 2. Resize and crop
#
# A model takes squares of one size; photographs have any shape. Three ways lead from one to the other, and each loses something else.
#
# | way | what it does | what it costs |
# |---|---|---|
# | crop | scales the shorter side to 112 pixels, cuts out the middle | what lies at the sides is gone |
# | squeeze | scales both sides to 112 pixels | a slim dog becomes a stout one |
# | pad | scales the longer side to 112 pixels, adds black | the animal gets fewer pixels, patches of black cost as much as others |
#
# Our drawn face has 160 columns and 120 rows. **Predict** for each way: which columns are lost, by which factor is the face narrower, how many rows are black?

# %% [markdown] lang="ko"
# ## 2. 크기 맞추기와 자르기
#
# 모델에는 크기가 같은 정사각형이 들어가요. 사진의 모양은 제각각이에요. 맞추는 방법은 세 가지이고, 잃는 것이 저마다 달라요.
#
# | 방법 | 하는 일 | 치르는 것 |
# |---|---|---|
# | 자르기(crop) | 짧은 변을 112픽셀로 줄이고 가운데를 잘라 내요 | 양옆에 있던 것이 사라져요 |
# | 눌러 맞추기(squeeze) | 두 변을 모두 112픽셀로 줄여요 | 홀쭉한 개가 통통해져요 |
# | 여백 채우기(pad) | 긴 변을 112픽셀로 줄이고 검은색을 덧대요 | 동물에 쓰이는 픽셀이 줄고, 검은 패치에도 똑같은 계산이 들어요 |
#
# 그려 낸 얼굴은 160열 120행이에요. 방법마다 **예측해 보세요.** 어느 열을 잃을까요? 얼굴은 몇 배로 좁아질까요? 검은 행은 몇 줄일까요?

# %%
height, width, S = 120, 160, 112
left = (width - height) // 2
print(f"crop:    columns {left} to {left + height - 1} stay, "
      f"{1 - height / width:.0%} of the pixels are lost")
print(f"squeeze: width times {S / width:.2f}, height times {S / height:.2f}: "
      f"everything {height / width:.2f} times as wide")
print(f"pad:     {height * S // width} rows of picture and {S - height * S // width} rows of black")

# %%
squares = {way: decode(whole, S, way).pixels for way in ("crop", "squeeze", "pad")}
print("black rows:", int(np.sum(np.all(squares["pad"] == 0, axis=(1, 2)))))
for way, square in squares.items():
    print(f"{way:8}{square.shape} {square.dtype}")

# %% tags=["own-pixels"] alt="A drawn cat of 160 x 120 pixels and three squares of it: cropped, half of one ear is cut off; squeezed, it is whole and narrower; padded, it is whole and smaller, between black bars." alt_ko="160 x 120 픽셀로 그려 낸 고양이와 그것으로 만든 정사각형 셋. 자르면 한쪽 귀의 절반이 잘려요. 눌러 맞추면 다 보이지만 홀쭉해져요. 여백을 채우면 다 보이지만 검은 띠 사이에서 작아져요."
pictures = {"160 x 120": face, **squares}  # shown in few colours, so that the notebook stays small
plot_pictures({name: few_colors(picture) for name, picture in pictures.items()},
              "Each way to a square loses something else")

# %% [markdown] lang="en"
# Cropped, the cat loses half an ear and the ends of its whiskers; squeezed, it is whole and narrower; padded, it is whole and smaller. We crop: most people put the animal in the middle, shapes stay true, and no patch is wasted. `load_cats_vs_dogs(resize=...)` takes the other two.
#
# Sometimes somebody else has made this choice before you. The recorded runs below were made with a copy of 8,000 photographs that has gone through several hands, and about half of it had already been squeezed to squares on the way. Pixels do not say so; only the notes of whoever passed it on do. Nothing brings the true shapes back, so both models learn from both kinds.

# %% [markdown] lang="ko"
# 자르면 고양이의 한쪽 귀 절반과 수염 끝이 잘려 나가요. 눌러 맞추면 다 보이지만 홀쭉해지고, 여백을 채우면 다 보이지만 작아져요. 우리는 잘라요. 대개 동물을 가운데에 놓고 찍으니까요. 모양이 그대로이고 버리는 패치도 없어요. 다른 두 방법은 `load_cats_vs_dogs(resize=...)`로 고를 수 있어요.
#
# 이 선택을 다른 사람이 먼저 해 버린 경우도 있어요. 아래에 나오는 기록은 여러 손을 거쳐 온 사진 8,000장으로 얻은 거예요. 그중 절반쯤은 도중에 이미 정사각형으로 눌려 있었어요. 픽셀만 봐서는 알 수 없고, 넘겨준 사람이 남긴 설명에만 적혀 있어요. 원래 모양은 되찾을 수 없어서 두 모델 모두 두 종류의 사진으로 배워요.

# %% [markdown] lang="en"
# ## 3. Patches of a photograph
#
# A square of 112 x 112 pixels is cut into patches of P x P:
#
# $$N = HW / P^2$$
#
# **Predict** $N$ and the numbers in a patch, $P^2 C$, for $P = 28$, 14 and 8.
#
# What does a smaller patch cost? With $T = N + 1$ tokens of width $D$ and an MLP of width $M$, one block multiplies
#
# $$\underbrace{T \, (4 D^2 + 2 D M)}_{\text{projections and MLP: each token alone}} + \underbrace{2 \, T^2 D}_{\text{attention: every pair of tokens}}$$
#
# numbers (lesson 4 counts them one by one). The first part grows like $N$, the second like $N^2$.

# %% [markdown] lang="ko"
# ## 3. 사진의 패치
#
# 112 x 112 픽셀의 정사각형을 P x P 패치(patch)로 나눠요.
#
# $$N = HW / P^2$$
#
# $P = 28$, 14, 8일 때 $N$은 얼마이고, 패치 하나에 든 숫자 $P^2 C$는 몇 개일지 **예측해 보세요.**
#
# 패치가 작아지면 무엇을 치를까요? 너비가 $D$인 토큰(token)이 $T = N + 1$개이고 MLP의 너비가 $M$이면, 블록 하나의 곱셈 수는 다음과 같아요.
#
# $$\underbrace{T \, (4 D^2 + 2 D M)}_{\text{projections and MLP: each token alone}} + \underbrace{2 \, T^2 D}_{\text{attention: every pair of tokens}}$$
#
# 하나하나 세는 것은 수업 4에 있어요. 앞부분은 토큰마다 따로 하는 계산이라 $N$에 비례해요. 뒷부분은 토큰의 모든 쌍을 보는 어텐션(attention)이라 $N^2$에 비례해요.

# %%
D, M = 64, 128
print("  P    N  numbers a patch  parameters of E  multiplications a block: tokens, pairs")
for P in (28, 14, 8):
    N = (112 // P) ** 2
    T = N + 1
    print(f"{P:3}{N:5}{P * P * 3:17,}{P * P * 3 * D:17,}"
          f"{T * (4 * D * D + 2 * D * M) / 1e6:33.2f} M{2 * T * T * D / 1e6:6.2f} M")

# %% [markdown] lang="en"
# From $P = 14$ to 8 there are three times as many tokens and nine times as many pairs. $\mathbf{E}$ gets *smaller*, since a patch holds fewer numbers.
#
# With $P = 14$ a photograph is 64 tokens, exactly as many as a CIFAR image with $P = 4$: behind the first layer both models do the same work. The difference is in that first layer.

# %% [markdown] lang="ko"
# $P = 14$에서 8로 가면 토큰은 세 배, 쌍은 아홉 배가 돼요. $\mathbf{E}$는 오히려 *작아져요*. 패치 하나에 든 숫자가 적기 때문이에요.
#
# $P = 14$이면 사진 한 장이 토큰 64개예요. CIFAR 이미지를 $P = 4$로 나눌 때와 똑같아요. 첫 층을 지나면 두 모델이 하는 일이 같다는 뜻이에요. 차이는 바로 그 첫 층에 있어요.

# %%
for name, shape, P in (("CIFAR", (1, 32, 32, 3), 4), ("photograph", (1, 112, 112, 3), 14)):
    x_p = Patches(P)(np.zeros(shape, "float32"))  # (1, N, P*P*C)
    print(f"{name:11} patches {tuple(x_p.shape)}, E {x_p.shape[-1]} x {D}: "
          f"{x_p.shape[-1] / D:.2f} numbers for each one kept")

# %% [markdown] lang="en"
# CIFAR's 48 numbers fit into a token of 64: nothing need be lost. Of a photograph's patch, nine numbers must become one. What $\mathbf{E}$ does not keep of fur, a whisker or the edge of an eye, no later layer sees again; and $\mathbf{E}$ starts at random and has to learn from the photographs what is worth keeping.

# %% [markdown] lang="ko"
# CIFAR의 숫자 48개는 너비 64인 토큰에 다 들어가요. 잃을 것이 없어요. 사진의 패치는 숫자 아홉 개를 하나로 줄여야 해요. 털이든 수염이든 눈의 가장자리든, $\mathbf{E}$가 남기지 않은 것은 뒤의 어느 층도 다시 볼 수 없어요. 그런데 $\mathbf{E}$는 무작위로 시작해서 무엇을 남길지를 사진에서 배워야 해요.

# %% tags=["own-pixels"] alt="A drawn dog cut into 16 patches of 28 pixels, 64 of 14 pixels, and 196 of 8 pixels." alt_ko="그려 낸 개를 28픽셀 패치 16개, 14픽셀 패치 64개, 8픽셀 패치 196개로 나눈 모습이에요."
dog = draw_face(1, seed=13, size=112)
cut = {f"P = {P}, N = {(112 // P) ** 2}": few_colors(pulled_apart(dog, P)) for P in (28, 14, 8)}
plot_pictures(cut, "Smaller patches, longer sequences")

# %% [markdown] lang="en"
# With $P = 28$ one patch holds a whole eye, another most of the snout. With $P = 8$ an eye is spread over several patches, and it takes attention to put it together again.

# %% [markdown] lang="ko"
# $P = 28$이면 눈 하나가 패치 하나에 들어가고, 주둥이도 거의 다 패치 하나에 들어가요. $P = 8$이면 눈 하나가 여러 패치로 나뉘어서 어텐션이 다시 이어 붙여야 해요.

# %% tags=["third-party-pixels"] alt="A photograph of the data set and its 64 patches." alt_ko="데이터의 사진 한 장과 그 패치 64개예요."
photo = photographs.train.images[7]
plot_patches(photo, ops.convert_to_numpy(Patches(14)(photo[None])[0]), (8, 8),
             "64 patches of 14x14 pixels")

# %% [markdown] lang="en"
# The same for a picture of the training data. Change the 7 to see others: in how many patches is the animal, and in how many is something else?

# %% [markdown] lang="ko"
# 학습 데이터의 사진도 똑같이 나눠 보았어요. 7을 다른 수로 바꾸면 다른 사진을 볼 수 있어요. 동물이 보이는 패치는 몇 개이고, 다른 것이 보이는 패치는 몇 개인가요?

# %% [markdown] lang="en"
# ## 4. Augmentation: a part, enlarged
#
# A few thousand training photographs are few: a model sees each of them many times over and can learn them by heart. In lesson 5 an image was mirrored, and moved by up to 4 pixels, an eighth of its width. Here that makes up to 14 pixels. But what differs most from one photograph to the next is how near the animal is. `RandomResizedCrop` goes further: it shows a random part of the photograph, 35 to 100 % of its area, enlarged to the full size, and mirrors half of them. First, how it works.
#
# How is a part enlarged? On a line of $n = 4$ pixels first. Pixel $j$ has its middle at $j + \frac{1}{2}$. The part begins at the share $s$ of the line and is the share $a$ of it long, so the middle of the new pixel $i$ lies, counted in old pixels, at
#
# $$p_i = n \left(s + a \, \frac{i + \frac{1}{2}}{n}\right) - \frac{1}{2}$$
#
# which is mostly between two old pixels. *Linear interpolation* mixes the two, the nearer one more: pixel $j$ counts with the weight
#
# $$R_{ij} = \max(0, \; 1 - |p_i - j|), \qquad \underset{(n)}{\mathbf{y}} = \underset{(n,\, n)}{\mathbf{R}} \; \underset{(n)}{\mathbf{x}}$$
#
# With $s = \frac{1}{4}$ and $a = \frac{1}{2}$, the middle half of the line: **predict** $p_0$ and the first row of $\mathbf{R}$.

# %% [markdown] lang="ko"
# ## 4. 데이터 증강: 일부를 확대해요
#
# 학습용 사진 몇천 장은 적어요. 같은 사진을 수없이 다시 보니 외워 버릴 수 있어요. 수업 5에서는 이미지를 좌우로 뒤집고, 너비의 8분의 1인 4픽셀까지 옮겼어요. 여기서는 14픽셀까지가 돼요. 그런데 사진마다 가장 다른 것은 동물이 얼마나 가까이 있느냐예요. `RandomResizedCrop`은 한 걸음 더 나아가요. 사진 넓이의 35~100 %를 무작위로 골라 원래 크기로 확대하고, 절반은 좌우로 뒤집어요. 어떻게 계산하는지 알아봐요.
#
# 일부를 어떻게 확대할까요? 먼저 픽셀이 $n = 4$개인 줄에서 해 봐요. 픽셀 $j$의 한가운데는 $j + \frac{1}{2}$이에요. 고른 부분은 줄의 $s$ 지점에서 시작하고 길이는 전체의 $a$배예요. 그러면 새 픽셀 $i$의 한가운데는 원래 픽셀 번호로 다음 자리에 있어요.
#
# $$p_i = n \left(s + a \, \frac{i + \frac{1}{2}}{n}\right) - \frac{1}{2}$$
#
# 대개 원래 픽셀 두 개의 사이예요. *선형 보간*(linear interpolation)은 그 둘을 섞는데, 가까운 쪽을 더 많이 섞어요. 픽셀 $j$에 곱하는 가중치는 이래요.
#
# $$R_{ij} = \max(0, \; 1 - |p_i - j|), \qquad \underset{(n)}{\mathbf{y}} = \underset{(n,\, n)}{\mathbf{R}} \; \underset{(n)}{\mathbf{x}}$$
#
# $s = \frac{1}{4}$, $a = \frac{1}{2}$이면 줄의 가운데 절반이에요. $p_0$과 $\mathbf{R}$의 첫 행을 **예측해 보세요.**

# %%
n, s, a = 4, 1 / 4, 1 / 2
i, j = np.arange(n), np.arange(n)
p = n * (s + a * (i + 0.5) / n) - 0.5
R = np.maximum(0, 1 - np.abs(p[:, None] - j))  # (n, n)
x = np.array([10, 20, 40, 80])
print("p =", p, "\nR =", R, "\ny = R x =", R @ x, sep="\n")

# %% [markdown] lang="en"
# The new pixel 0 lies at 0.75, so it is a quarter of pixel 0 and three quarters of pixel 1: 17.5. Every row of $\mathbf{R}$ sums to one, so no picture gets brighter or darker. The module says it in one line, for a batch:

# %% [markdown] lang="ko"
# 새 픽셀 0은 0.75 자리에 있어요. 그래서 픽셀 0의 4분의 1과 픽셀 1의 4분의 3을 섞은 17.5예요. $\mathbf{R}$의 행은 모두 합이 1이라서 그림이 밝아지거나 어두워지지 않아요. 모듈에서는 이것을 배치 전체에 대해 한 줄로 써요.

# %% quotes="vit_keras.augment.crops.weights"
def weights(places, size):
    """Linear interpolation as a matrix: (B, n) places between 0 and size - 1 to weights (B, n, size), rows of sum 1."""
    return ops.relu(1 - ops.abs(places[:, :, None] - ops.arange(size, dtype="float32")))


print("by hand:", np.array_equal(ops.convert_to_numpy(weights(ops.convert_to_tensor(p[None], "float32"), 4))[0], R))

# %% [markdown] lang="en"
# A picture $\mathbf{X}$ has rows and columns, and each gets its own part. Rows are mixed by a matrix from the left, columns by one from the right:
#
# $$\underset{(H,\, W)}{\mathbf{Y}} = \underset{(H,\, H)}{\mathbf{R}} \; \underset{(H,\, W)}{\mathbf{X}} \; \underset{(W,\, W)}{\mathbf{C}^\top}$$
#
# **Predict** what happens to the picture with $\mathbf{R}$ as above and a $\mathbf{C}$ that has its ones on the other diagonal.

# %% [markdown] lang="ko"
# 그림 $\mathbf{X}$에는 행과 열이 있고, 각각 따로 부분을 골라요. 행은 왼쪽에서 곱한 행렬이 섞고, 열은 오른쪽에서 곱한 행렬이 섞어요.
#
# $$\underset{(H,\, W)}{\mathbf{Y}} = \underset{(H,\, H)}{\mathbf{R}} \; \underset{(H,\, W)}{\mathbf{X}} \; \underset{(W,\, W)}{\mathbf{C}^\top}$$
#
# $\mathbf{R}$은 위와 같고, $\mathbf{C}$는 반대쪽 대각선에 1이 있다면 그림이 어떻게 될지 **예측해 보세요.**

# %%
X = np.arange(16.0).reshape(4, 4)
C = np.eye(4)[::-1]
print(X, R @ X @ C.T, sep="\n\n")

# %% [markdown] lang="en"
# The middle rows are enlarged, and the picture is mirrored: a mirror is only another matrix. So the whole augmentation is two matrix products for each picture, which any device does fast.
#
# Does the layer do the same? It draws its parts at random and does not tell. We read them off with a trick: we give it a picture of three channels, of which one holds the row number of each pixel, one the column number, and one the drawn dog. Interpolation turns a row number into the place it looked at, which is $p_i$.

# %% [markdown] lang="ko"
# 가운데 행들이 확대되고 그림은 좌우로 뒤집혀요. 뒤집기도 행렬일 뿐이에요. 그러니 증강 전체가 그림마다 행렬 곱 두 번이고, 어떤 장치에서도 빨라요.
#
# 모듈의 층도 똑같이 할까요? 층은 부분을 무작위로 고르고 어디를 골랐는지 알려 주지 않아요. 꾀를 내서 알아내요. 채널이 셋인 그림을 넣는데, 하나에는 픽셀마다 행 번호를, 하나에는 열 번호를, 하나에는 그려 낸 개를 담아요. 행 번호를 보간하면 층이 들여다본 자리, 곧 $p_i$가 나와요.

# %%
rows, columns = np.mgrid[:112, :112]
X = dog[:, :, 0].astype("float32")
picture = np.stack([rows, columns, X], axis=-1)[None]  # (1, 112, 112, 3)
seen_rows, seen_columns, Y = np.moveaxis(
    ops.convert_to_numpy(RandomResizedCrop(seed=1)(picture, training=True))[0], -1, 0)
R, C = (ops.convert_to_numpy(weights(ops.convert_to_tensor(places[None]), 112))[0]
        for places in (seen_rows[:, 0], seen_columns[0]))
print("the layer's Y is R X C^T:", np.allclose(R @ X @ C.T, Y, atol=0.1))

# %% tags=["own-pixels"] alt="Two rows of six versions of a drawn dog. Above it is moved a little and sometimes mirrored, always of the same size. Below a part is enlarged: nearer or farther, and sometimes cut at the edge." alt_ko="그려 낸 개의 여섯 가지 모습이 두 줄로 있어요. 윗줄은 조금씩 옮기고 가끔 뒤집은 것이라 크기가 늘 같아요. 아랫줄은 일부를 확대한 것이라 가깝거나 멀고, 가장자리가 잘린 것도 있어요."
ways = {"moved": RandomCropFlip(padding=14, seed=2), "enlarged": RandomResizedCrop(seed=2)}
six = np.repeat(dog[None], 6, axis=0)
versions = {name: ops.convert_to_numpy(layer(six, training=True)).astype("uint8")
            for name, layer in ways.items()}
plot_gallery({name: [(few_colors(picture, 24), "") for picture in some]
              for name, some in versions.items()},
             "One picture, twelve that count as new")

# %% [markdown] lang="en"
# Above the dog is moved by up to 14 pixels, half of the time in the mirror. Below a part of it is enlarged: near and far, a little wider or narrower, now and then cut at the edge. The label stays true in both rows. Enlarging costs a little more time in every step, and it makes the task harder: the training pictures become more difficult than the test pictures, so the accuracy shown *during* training is often the lower of the two. A model that has not yet learned the easy pictures may gain nothing from harder ones. The recipe below only moves and mirrors, the simpler of the two; section 8 measures both.

# %% [markdown] lang="ko"
# 윗줄은 개를 14픽셀까지 옮기고 절반은 좌우로 뒤집은 거예요. 아랫줄은 일부를 확대한 거예요. 가깝거나 멀고, 조금 넓거나 좁고, 가끔 가장자리가 잘려요. 두 줄 모두 레이블은 그대로예요. 확대하면 스텝마다 시간이 조금 더 들고, 문제도 어려워져요. 학습용 그림이 테스트용 그림보다 까다로워지니, 학습하는 *동안* 나오는 정확도가 더 낮을 때가 많아요. 쉬운 그림도 아직 못 배운 모델에게는 더 어려운 그림이 도움이 되지 않을 수 있어요. 아래 레시피에서는 둘 중 단순한 쪽, 옮기고 뒤집기만 써요. 어느 쪽이 나은지는 8절에서 재요.

# %% [markdown] lang="en"
# ## 5. Two models, one recipe, one budget
#
# Data, recipe and time are the same for both, and as in lesson 5 the sizes are not. `small` is what a laptop trains.

# %% [markdown] lang="ko"
# ## 5. 두 모델, 하나의 레시피, 같은 시간
#
# 데이터, 레시피, 시간은 두 모델이 같고, 크기는 수업 5처럼 달라요. `small`은 노트북 컴퓨터에서 학습하는 크기예요.

# %%
small = {"patch_size": 14, "num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}
vit_size = pick(
    smoke={"patch_size": 14, "num_layers": 2, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop=small,
    gpu={"patch_size": 8, "num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
)
cnn_size = {"first_stride": 2} | pick(
    smoke={"widths": (16, 16, 16, 32)},
    laptop={"widths": (16, 32, 64, 128)},
    gpu={"widths": (64, 128, 256, 512), "blocks_per_stage": 2},
)

# %%
model = VisionTransformer((112, 112, 3), num_classes=2, **small)
x = model.patches(model.normalize(dog[None]))  # (B, N, P*P*C)
z_0 = model.patch_encoder(x)  # (1)
y = model.encoder(z_0)[:, 0]  # (2) (3) (4)
logits = model.head(y)
print(*(tuple(value.shape) for value in (x, z_0, y, logits)), sep=" -> ")
print("cat or dog, before training:", ops.convert_to_numpy(ops.softmax(logits))[0],
      f"| loss {np.log(2):.3f}")

# %% [markdown] lang="en"
# Two logits, 50 % each: a blind guess is right half of the time, and a loss of $\ln 2 = 0.693$ means that nothing has been learned.
#
# The CNN is the small ResNet of lesson 5 with one change: its first convolution has *stride* 2, it looks at every second place in every second row. **Predict:** what does that change in the number of parameters, and what in the number of multiplications?

# %% [markdown] lang="ko"
# 로짓(logit)이 둘이고 확률은 50 %씩이에요. 찍어도 절반은 맞아요. 손실이 $\ln 2 = 0.693$이면 아무것도 배우지 못한 거예요.
#
# CNN은 수업 5의 작은 ResNet에서 하나만 바꿨어요. 첫 합성곱의 *스트라이드*(stride)가 2예요. 한 줄 건너, 한 칸 건너 한 자리씩만 봐요. 그러면 파라미터 수와 곱셈 수가 어떻게 달라질지 **예측해 보세요.**

# %%
def multiplications(model):
    """Of all convolutions, for one picture: each number of a result takes a kernel of them."""
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    return sum(np.prod(layer.output.shape[1:3]) * np.prod(layer.kernel.shape)
               for layer in convolutions)


for stride in (1, 2):
    cnn = create_cnn_classifier((112, 112, 3), 2, (16, 32, 64, 128), first_stride=stride)
    print(f"stride {stride}: {cnn.count_params():,} parameters, "
          f"{multiplications(cnn) / 1e6:.0f} million multiplications")
print(f"ViT:      {model.count_params():,} parameters")

# %% [markdown] lang="en"
# The same parameters, a quarter of the work. In a photograph neighboring pixels are nearly the same, so the full size is most of the cost and little of the content.
#
# The two cells with `train` are long: 2 minutes each on a laptop, 8 on a GPU. You may read on in section 6 instead.

# %% [markdown] lang="ko"
# 파라미터는 그대로이고 계산은 4분의 1이에요. 사진에서는 이웃한 픽셀이 거의 같아요. 원래 크기 그대로 계산하면 비용만 크고 얻는 것은 적어요.
#
# `train`이 있는 두 셀은 오래 걸려요. 노트북 컴퓨터에서는 2분씩, GPU에서는 8분씩이에요. 실행하지 않고 6절로 넘어가도 돼요.

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes; gpu: 8 minutes; recorded runs of ten minutes and more are shown in section 6
recipe = Recipe(crop_padding=14, **pick(
    smoke={"epochs": 1}, laptop={"minutes": 2}, gpu={"minutes": 8}))
keras.utils.set_random_seed(0)
vit = VisionTransformer((112, 112, 3), num_classes=2, **vit_size)
runs = {"ViT": train(vit, photographs, recipe)}

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes; gpu: 8 minutes
keras.utils.set_random_seed(0)
cnn = create_cnn_classifier((112, 112, 3), num_classes=2, **cnn_size)
runs["CNN"] = train(cnn, photographs, recipe)
Markdown(comparison(runs))

# %% tags=["nbval-ignore-output"] alt="Learning curves of ViT and CNN: accuracy on training and validation photographs against minutes of training." alt_ko="ViT와 CNN의 학습 곡선. 학습 시간(분)에 따른 학습 데이터와 검증 데이터의 정확도예요."
plot_learning_curves({name: run["history"] for name, run in runs.items()},
                     f"{called(photographs.source)}: one recipe, one time budget")

# %% [markdown] lang="en"
# Full lines are validation photographs, dotted ones training photographs as they were shown, moved and mirrored.

# %% [markdown] lang="ko"
# 실선은 검증 데이터, 점선은 옮기고 뒤집어 보여 준 학습 데이터의 정확도예요.

# %% [markdown] lang="en"
# ## 6. Longer runs, recorded
#
# The same two models, trained once and written to `results/`. First ten minutes each, on the 8,000 photographs of section 2: 5,400 for training, 600 for validation, 2,000 for the test.

# %% [markdown] lang="ko"
# ## 6. 더 길게 학습한 기록
#
# 같은 두 모델을 학습시키고 결과를 `results/`에 기록해 두었어요. 먼저 10분씩 학습한 기록이에요. 2절에서 말한 사진 8,000장 가운데 5,400장이 학습 데이터, 600장이 검증 데이터, 2,000장이 테스트 데이터예요.

# %%
def runs_of(*files):
    """{"ViT": run, "CNN": run} out of what was recorded; empty where nothing is here."""
    found = {name: run for file in files if file for name, run in file["runs"].items()}
    return {title: found[name] for name, title in (("vit", "ViT"), ("cnn", "CNN")) if name in found}


def who_is_ahead(runs):
    """A sentence about the test photographs."""
    first, second = sorted(runs, key=lambda name: -runs[name]["test_accuracy"])
    a, b = runs[first]["test_accuracy"], runs[second]["test_accuracy"]
    return f"{first} {a:.1%}, {second} {b:.1%}: the {first} is ahead by {100 * (a - b):.1f} points."

# %%
ten_minutes = runs_of(recorded("cats_vs_dogs_laptop"))
if ten_minutes:
    print(who_is_ahead(ten_minutes))
    display(Markdown(comparison(ten_minutes)))

# %% alt="Recorded learning curves of ViT and CNN, ten minutes each." alt_ko="ViT와 CNN을 10분씩 학습한 기록의 학습 곡선이에요."
if ten_minutes:
    histories = {name: run["history"] for name, run in ten_minutes.items()}
    best = max(ten_minutes, key=lambda name: ten_minutes[name]["test_accuracy"])
    display(plot_learning_curves(histories, f"After ten minutes the {best} is ahead"))

# %% [markdown] lang="en"
# Does the model that is behind only need more time? Both were trained once more, the ViT for {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}} passes and the CNN for {{cats_vs_dogs_long_cnn:runs.cnn.epochs|.0f}}, on random parts, enlarged, as in section 4: so they are not so soon learned by heart. The weights in the end are a mean over the last steps. The CNN stayed as it was. The ViT got more of what lesson 11 has for it: patches of 8 pixels in place of 14, so 196 tokens in place of 64; a piece of another photograph pasted into every second one (*CutMix*) for the first four fifths of the run; blocks that are left out by chance (*stochastic depth*); and attention that starts near to where trained attention ends (*mimetic initialisation*). Each had one core of the machine to itself: compare accuracy and passes with those of the ten minutes, not seconds. **Predict** for each by how much it got better.

# %% [markdown] lang="ko"
# 뒤처진 모델은 시간만 더 주면 될까요? 두 모델을 한 번씩 더 학습시켰어요. ViT는 데이터를 {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}}번, CNN은 {{cats_vs_dogs_long_cnn:runs.cnn.epochs|.0f}}번 훑었어요. 금방 외우지 못하도록 4절처럼 일부를 무작위로 잘라 확대한 사진을 썼고, 마지막 가중치는 끝쪽 스텝들의 평균이에요. CNN은 크기를 그대로 뒀어요. ViT에는 수업 11에서 배울 재료를 더 넣었어요. 패치를 14픽셀에서 8픽셀로 줄여 토큰을 64개에서 196개로 늘리고, 처음 5분의 4 동안은 사진 두 장 중 한 장에 다른 사진의 조각을 붙였어요(*CutMix*). 블록을 무작위로 건너뛰고(*확률적 깊이*, stochastic depth), 어텐션은 학습이 끝난 모습과 비슷한 데서 시작했어요(*모방 초기화*, mimetic initialisation). 둘 다 코어 하나만 썼으니 걸린 시간 말고 정확도와 훑은 횟수를 10분 기록과 비교하세요. 각각 얼마나 더 나아졌을지 **예측해 보세요.**

# %%
long_runs = runs_of(recorded("cats_vs_dogs_long_vit"), recorded("cats_vs_dogs_long_cnn"))
if long_runs:
    for name, run in long_runs.items():
        before = ten_minutes[name]
        gained = 100 * (run["test_accuracy"] - before["test_accuracy"])
        print(f"{name}: {before['epochs']:.0f} passes, then {run['epochs']:.0f}; "
              f"{gained:+.1f} points on the test")
    print(who_is_ahead(long_runs))
    display(Markdown(comparison(long_runs)))

# %% alt="Recorded learning curves of ViT and CNN, the long runs on random parts of the photographs." alt_ko="사진의 일부를 무작위로 잘라 오래 학습한 ViT와 CNN의 학습 곡선이에요."
if long_runs:
    histories = {name: run["history"] for name, run in long_runs.items()}
    best = max(long_runs, key=lambda name: long_runs[name]["test_accuracy"])
    display(plot_learning_curves(histories, f"After the long runs the {best} is ahead",
                                 passes=True))

# %% [markdown] lang="en"
# Where full and dotted line of a model rise together, it still finds rules that hold for photographs it has not seen: it *underfits*, and time helps. Where the dotted line climbs on and the full one has levelled off, it learns its photographs by heart: it *overfits*, and more passes over the same 5,400 do not help. The column *train - test* says the same in one number. (The dotted line is of photographs as they are shown in training. Where the ViT's jumps, the pasting of pieces ends: the task becomes easier, not the model better.)
#
# The CNN has gained next to nothing. It knows {{cats_vs_dogs_long_cnn:runs.cnn.train_accuracy|.1%}} of its training photographs by now; there is nothing left in them to be corrected by. The ViT went from {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}} to {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}} of the test photographs. For one run each, that could be noise (section 8). The curves say more. As long as pieces are pasted in, its full line rises with the dotted one, and even lies above it, for the photographs it is trained on are the harder ones. When the pasting ends the dotted line jumps and climbs on, to {{cats_vs_dogs_long_vit:runs.vit.train_accuracy|.1%}} in the table, and the full one stays where it was: from there on it learns by heart, quickly.
#
# Another ViT was trained for long as well, its patches of 14 pixels as before and its tokens of 96 numbers, at a lower learning rate and for {{cats_vs_dogs_long_vit_patch14:runs.vit.epochs|.0f}} passes. It knew {{cats_vs_dogs_long_vit_patch14:runs.vit.train_accuracy|.1%}} of its training photographs in the end, and {{cats_vs_dogs_long_vit_patch14:runs.vit.test_accuracy|.1%}} of the test. And the ViT of the table was trained once again, the same in everything but its optimizer (*Muon*, lesson 11), for {{cats_vs_dogs_long_vit_muon:runs.vit.epochs|.0f}} passes. That is less than half as many, and it ends in about the same place: {{cats_vs_dogs_long_vit_muon:runs.vit.train_accuracy|.1%}} of the training photographs, {{cats_vs_dogs_long_vit_muon:runs.vit.test_accuracy|.1%}} of the test.
#
# More passes, wider tokens, more tokens, a faster optimizer: they bring a little at most, and none of them brings the ViT near to what the CNN could do after ten minutes. What does is knowing something about photographs beforehand: lesson 9.

# %% [markdown] lang="ko"
# 한 모델의 실선과 점선이 함께 오르고 있다면, 본 적 없는 사진에도 통하는 규칙을 아직 찾는 중이에요. *과소적합*(underfitting)이고, 시간을 더 주면 도움이 돼요. 점선은 계속 오르는데 실선이 평평해졌다면 사진을 외우는 중이에요. *과적합*(overfitting)이고, 같은 5,400장을 더 훑어도 도움이 되지 않아요. 표의 *train - test* 열이 이것을 숫자 하나로 말해 줘요. (점선은 학습할 때 보여 준 모습 그대로의 사진에서 잰 값이에요. ViT의 점선이 갑자기 뛰는 곳은 조각 붙이기가 끝나는 곳이에요. 문제가 쉬워진 것이지 모델이 나아진 것이 아니에요.)
#
# CNN은 거의 나아지지 않았어요. 이제 학습 사진의 {{cats_vs_dogs_long_cnn:runs.cnn.train_accuracy|.1%}}를 맞히니까, 틀려서 고칠 것이 더는 남아 있지 않아요. ViT는 테스트 사진에서 {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}}였던 것이 {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}}가 됐어요. 한 번씩 학습한 결과이니 이 정도는 우연일 수 있어요(8절). 곡선이 더 많은 것을 알려 줘요. 조각을 붙이는 동안에는 실선이 점선과 함께 올라가요. 학습할 때 보는 사진이 더 어려우니까 실선이 점선보다 위에 있기도 해요. 붙이기가 끝나면 점선은 껑충 뛰어 계속 올라가고(표에서는 {{cats_vs_dogs_long_vit:runs.vit.train_accuracy|.1%}}), 실선은 제자리예요. 그때부터는 빠르게 외우고 있어요.
#
# 오래 학습한 ViT가 하나 더 있어요. 패치는 그대로 14픽셀이고 토큰의 너비만 96으로 늘려서, 더 낮은 학습률로 {{cats_vs_dogs_long_vit_patch14:runs.vit.epochs|.0f}}번 훑었어요. 학습 사진은 {{cats_vs_dogs_long_vit_patch14:runs.vit.train_accuracy|.1%}}까지 맞히게 됐지만 테스트에서는 {{cats_vs_dogs_long_vit_patch14:runs.vit.test_accuracy|.1%}}였어요. 표에 있는 ViT도 옵티마이저만 바꿔서(*Muon*, 수업 11) {{cats_vs_dogs_long_vit_muon:runs.vit.epochs|.0f}}번 훑도록 다시 학습했어요. 훑은 횟수는 절반도 안 되는데 거의 같은 곳에서 끝났어요. 학습 사진은 {{cats_vs_dogs_long_vit_muon:runs.vit.train_accuracy|.1%}}, 테스트 사진은 {{cats_vs_dogs_long_vit_muon:runs.vit.test_accuracy|.1%}}를 맞혀요.
#
# 더 여러 번 훑어도, 토큰을 넓히거나 늘려도, 더 빨리 배우는 옵티마이저를 써도 기껏해야 조금 나아질 뿐, CNN이 10분 만에 닿은 곳에는 아무것도 가까이 가지 못했어요. 그러려면 사진에 대해 미리 알고 시작해야 해요. 수업 9에서 해 봐요.

# %% [markdown] lang="en"
# ## 7. The photographs each model gets wrong
#
# With two classes one number says how an answer turned out: the *margin* $m$, the logit of the true class minus the other. It is positive for a right answer, and the softmax makes the probability of the true class of it:
#
# $$m = z_{\text{true}} - z_{\text{other}}, \qquad p_{\text{true}} = \frac{e^{z_{\text{true}}}}{e^{z_{\text{true}}} + e^{z_{\text{other}}}} = \frac{1}{1 + e^{-m}}$$
#
# The smallest margin is the most confident mistake. **Predict** the margins of these three answers, and which of them is that mistake.

# %% [markdown] lang="ko"
# ## 7. 각 모델이 틀리는 사진
#
# 클래스가 둘이면 숫자 하나로 답이 어땠는지 알 수 있어요. 정답의 로짓에서 다른 로짓을 뺀 *마진*(margin) $m$이에요. 맞히면 양수이고, 소프트맥스를 거치면 정답의 확률이 돼요.
#
# $$m = z_{\text{true}} - z_{\text{other}}, \qquad p_{\text{true}} = \frac{e^{z_{\text{true}}}}{e^{z_{\text{true}}} + e^{z_{\text{other}}}} = \frac{1}{1 + e^{-m}}$$
#
# 마진이 가장 작은 것이 가장 자신 있게 틀린 답이에요. 아래 세 답의 마진을 **예측해 보세요.** 가장 자신 있게 틀린 답은 어느 것일까요?

# %%
def margins(logits, labels):
    """Logit of the true class minus the other: (B, 2) and (B,) to (B,)."""
    each = np.arange(len(labels))
    return logits[each, labels] - logits[each, 1 - labels]


m = margins(np.array([[2.0, 0], [0, 1], [3, -1]]), np.array([0, 0, 1]))
print("margins", m, "| probability of the true class", np.round(1 / (1 + np.exp(-m)), 3))

# %% [markdown] lang="en"
# Now your two models, on the *validation* photographs (whoever looks for mistakes in the test data and mends them is tuning to the test). First how many each has wrong, and how many both.

# %% [markdown] lang="ko"
# 이제 여러분이 학습시킨 두 모델을 *검증 데이터*로 살펴봐요. 테스트 데이터에서 실수를 찾아 고치면 테스트에 맞춰 조정하는 셈이 되니까요. 먼저 각자 몇 장을 틀렸고 둘 다 틀린 것은 몇 장인지 세어요.

# %% tags=["nbval-ignore-output"]
images, labels = photographs.validation
margin = {name: margins(vit_keras.logits_of(model, images), labels)
          for name, model in (("ViT", vit), ("CNN", cnn))}
right = {name: m > 0 for name, m in margin.items()}
for name, chosen in {
    "both right": right["ViT"] & right["CNN"], "only the ViT wrong": ~right["ViT"] & right["CNN"],
    "only the CNN wrong": right["ViT"] & ~right["CNN"], "both wrong": ~right["ViT"] & ~right["CNN"],
}.items():
    print(f"{name:19}{np.sum(chosen):5} of {len(labels)}")

# %% [markdown] lang="en"
# If mistakes fell at random, the share of photographs that both have wrong would be the product of the two error rates. Usually it is larger: some photographs are hard for any model.

# %% [markdown] lang="ko"
# 실수가 우연히 일어난다면, 둘 다 틀리는 사진의 비율은 두 오류율의 곱과 같을 거예요. 대개는 그보다 커요. 어떤 모델에게나 어려운 사진이 있다는 뜻이에요.

# %% tags=["third-party-pixels"] alt="The most confident mistakes of the ViT, of the CNN, and of both." alt_ko="ViT, CNN, 그리고 둘 다 가장 자신 있게 틀린 사진이에요."
# wrong by both where even the better margin is negative
both = np.maximum(margin["ViT"], margin["CNN"])
rows = {}
for name, m in {**margin, "both": both}.items():
    worst = [index for index in np.argsort(m)[:6] if m[index] < 0]
    rows[name] = [(images[index], f"{photographs.class_names[labels[index]]}: "
                   f"{1 / (1 + np.exp(m[index])):.0%} {photographs.class_names[1 - labels[index]]}")
                  for index in worst]
plot_gallery(rows, "Most confident mistakes: truth, and what the model said")

# %% [markdown] lang="en"
# "cat: 97% dog" is a photograph labelled cat that the model is 97 % sure is a dog. Look for what the photographs of a row have in common: animals that are small, dark, cut off or seen from behind; a cage or a hand in front; colours that most dogs have. In the last row look at the label first. Some are wrong, and some photographs show both animals: no model can be right there, and 100 % is not to be had.

# %% [markdown] lang="ko"
# "cat: 97% dog"는 고양이라고 적힌 사진을 모델이 97 % 확신으로 개라고 했다는 뜻이에요. 한 줄의 사진들에 무엇이 공통인지 찾아보세요. 동물이 작거나, 어둡거나, 잘렸거나, 뒷모습일 수 있어요. 앞에 철창이나 손이 있거나, 개에게 흔한 색일 수도 있어요. 마지막 줄에서는 레이블부터 확인하세요. 레이블이 틀린 사진도 있고, 고양이와 개가 함께 있는 사진도 있어요. 그런 사진은 어떤 모델도 맞힐 수 없으니 100 %는 나올 수 없어요.

# %% [markdown] lang="en"
# ## 8. What each choice changes
#
# Patch size, augmentation, class token: we have made many choices. An *ablation* changes one of them at a time and trains anew, everything else the same. But two trainings never give the same number, so first: how large is a difference that means nothing?
#
# **Noise from the test photographs.** Had we set aside other photographs for the test, the accuracy would be a little different. Each of $n$ test photographs is answered correctly with probability $p$, like a biased coin. The share of right answers then scatters around $p$ with the *standard error*
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# **Predict** it for $p = 0.75$ and $n = 2000$, in points. Then we toss 2,000 such coins, ten thousand times over, and measure.

# %% [markdown] lang="ko"
# ## 8. 선택마다 무엇이 달라지나요?
#
# 패치 크기, 데이터 증강, 클래스 토큰(class token)까지 많은 것을 골랐어요. *절제 실험*(ablation)은 그중 하나만 바꾸고 나머지는 그대로 둔 채 다시 학습시켜요. 그런데 학습을 두 번 하면 같은 숫자가 나오는 일이 없어요. 그래서 먼저 물어야 해요. 의미 없는 차이는 얼마나 클까요?
#
# **테스트 데이터에서 오는 우연.** 다른 사진을 테스트용으로 떼어 두었다면 정확도가 조금 달랐을 거예요. 테스트 사진 $n$장을 각각 확률 $p$로 맞힌다고 해요. 앞뒤 확률이 다른 동전과 같아요. 맞힌 비율은 $p$ 주위에 흩어지고, 흩어지는 정도가 *표준 오차*(standard error)예요.
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# $p = 0.75$이고 $n = 2000$이면 몇 퍼센트포인트일지 **예측해 보세요.** 그다음 그런 동전 2,000개를 만 번 던져서 직접 재 봐요.

# %%
n, p = 2000, 0.75
standard_error = np.sqrt(p * (1 - p) / n)
shares = np.random.default_rng(0).binomial(n, p, size=10_000) / n
print(f"by formula {100 * standard_error:.2f} points, by tossing {100 * shares.std():.2f} points")
within = np.mean(np.abs(shares - p) < 2 * standard_error)
print(f"within two standard errors: {within:.0%} of the tosses")

# %% [markdown] lang="en"
# One point: with 2,000 test photographs, 75 % may as well be 74 or 76 %.
#
# **Noise from the seed.** Other first weights and another order of the photographs give another model. No formula knows how much that is; only training again with other *seeds* shows it. Here every variant was trained with several. We put both together and call a difference of two means *larger than the noise* if it exceeds two standard errors of a difference, with $s$ for the deviation between seeds (of all variants together, since a few seeds of one tell little) and $k$ for their number:
#
# $$\text{noise} = 2 \sqrt{2 \left(\text{SE}^2 + \frac{s^2}{k}\right)}$$
#
# The 2 under the root stands there because a difference has the noise of both sides. That is cautious: all variants answer the *same* photographs, so part of the first noise is common to them and drops out. **Predict** which changes below leave the noise, and in which direction:
#
# | variant | what is different |
# |---|---|
# | as recorded | nothing: the ViT of section 5, photographs moved and mirrored |
# | patch 28, patch 8 | 16 or 196 tokens in place of 64 |
# | average pooling | the answer is read from the mean of all patches, not from the class token |
# | no augmentation | photographs as they are |
# | mirrored, not moved | |
# | cut out and enlarged | random parts, as in section 4, in place of moving |

# %% [markdown] lang="ko"
# 1 퍼센트포인트예요. 테스트 사진이 2,000장이면 75 %는 74 %일 수도 있고 76 %일 수도 있어요.
#
# **시드에서 오는 우연.** 처음 가중치와 사진의 순서가 달라지면 다른 모델이 돼요. 얼마나 달라지는지는 공식으로 알 수 없고, *시드*(seed)를 바꿔 다시 학습해 봐야 알아요. 여기서는 변형마다 여러 시드로 학습했어요. 둘을 합쳐서 기준을 정해요. 두 평균의 차이가 차이의 표준 오차의 두 배를 넘으면 *우연보다 크다*고 해요. $s$는 시드 사이의 표준 편차, $k$는 시드 수예요. 변형 하나의 시드 몇 개로는 알 수 있는 것이 적어서 $s$는 모든 변형을 모아 계산해요.
#
# $$\text{noise} = 2 \sqrt{2 \left(\text{SE}^2 + \frac{s^2}{k}\right)}$$
#
# 근호 안에 2가 있는 것은 차이에 양쪽의 우연이 모두 들어가기 때문이에요. 조심스럽게 잡은 기준이에요. 모든 변형이 *같은* 사진에 답하므로 첫째 우연의 일부는 공통이라 빼면 사라져요. 다음 변형 가운데 어느 것이 우연보다 크게, 어느 쪽으로 달라질지 **예측해 보세요.**
#
# | 변형 | 달라진 것 |
# |---|---|
# | as recorded | 없음. 5절의 ViT이고, 사진은 옮기고 뒤집어요 |
# | patch 28, patch 8 | 토큰이 64개 대신 16개나 196개 |
# | average pooling | 클래스 토큰 대신 모든 패치의 평균에서 답을 읽어요 |
# | no augmentation | 사진을 그대로 써요 |
# | mirrored, not moved | 뒤집기만 하고 옮기지 않아요 |
# | cut out and enlarged | 옮기는 대신 4절처럼 일부를 무작위로 잘라 확대해요 |

# %%
base, variants = "as recorded", {}
ablation = recorded("cats_vs_dogs_ablation")
if ablation:
    variants = by_group(ablation["runs"], "variant", ablation["settings"]["variants"])
    deviation, k = pooled_deviation(variants), len(variants[base])
    noise = 2 * np.sqrt(2 * (standard_error**2 + deviation**2 / k))
    print(f"{ablation['settings']['epochs']:.0f} passes each, {k} seeds; "
          f"deviation between seeds {100 * deviation:.1f} "
          f"points; noise {100 * noise:.1f} points")

# %%
lines = ["| variant | parameters | seconds | train | test | difference | |",
         "|---|--:|--:|--:|--:|--:|---|"]
for name, values in variants.items():
    repeats = [run for run in ablation["runs"] if run["variant"] == name]
    seconds, known = (np.mean([run[key] for run in repeats])
                      for key in ("seconds", "train_accuracy"))
    difference = np.mean(values) - np.mean(variants[base])
    verdict = "larger than the noise" if abs(difference) > noise else "could be noise"
    verdict = "" if name == base else verdict
    lines.append(f"| {name} | {repeats[0]['parameters']:,} | {seconds:.0f} | {known:.1%} | "
                 f"{np.mean(values):.1%} | "
                 f"{100 * difference:+.1f} points | {verdict} |")
Markdown("\n".join(lines))

# %% alt="Test accuracy of every variant of the ViT: a dot for each seed, a bar for the mean, and a grey band around the base that could be noise." alt_ko="ViT의 변형마다 테스트 정확도를 보여 줘요. 점은 시드 하나, 막대는 평균이고, 기준 둘레의 회색 띠는 우연일 수 있는 범위예요."
if variants:
    changed = sum(abs(np.mean(values) - np.mean(variants[base])) > noise
                  for values in variants.values())
    display(plot_choices(variants, base, noise,
                         f"{changed} of {len(variants) - 1} changes leave the noise"))

# %% [markdown] lang="en"
# One row, one change. Inside the grey band chance could have done it; a bar outside it, in red, is worth an explanation. What the table says (where a row could be noise, no more than that):
#
# - **Augmentation.** Read *train* and *test* from "no augmentation" by way of "mirrored, not moved" to the base: one falls, the other rises. The more often a model meets the very same pixels, the better it knows them, and the less of what it knows holds for other photographs. "cut out and enlarged" varies them even more, and adds nothing to moving and mirroring in so few passes.
# - **Patch size.** "patch 28" squeezes 2,352 numbers into each of 16 tokens, and loses. "patch 8" has 196 tokens of 192 numbers each; it is ahead, by less than the noise, and it costs: three times the tokens are three times the products of every MLP and nine times the pairs in attention. Compare the seconds.
# - **Class token or average.** `pooling="average"` reads the answer from the mean of all patches, the sofa as well as the cat. The class token can ask those that matter. It has to learn that first, and with few photographs one might fear that it does not get that far. Here the two are equal, as far as the noise lets one see.
#
# A caution: this was measured with *this* number of photographs and passes. With ten times as many, augmentation may matter less and small patches more.
#
# And the models of section 6, trained once each? For them $k = 1$. (SE at 75% and the deviation of the ViTs above are borrowed for all of them, so for the CNN, near 91%, the noise is only a rough guide.)

# %% [markdown] lang="ko"
# 한 줄이 변화 하나예요. 회색 띠 안이면 우연일 수도 있어요. 띠를 벗어난 빨간 막대는 이유를 생각해 볼 만해요. 표에서 읽을 수 있는 것은 이래요. 우연일 수 있는 줄에서는 그 이상을 읽지 마세요.
#
# - **데이터 증강.** "no augmentation"에서 "mirrored, not moved"를 거쳐 기준까지 *train*과 *test*를 읽어 보세요. 하나는 내려가고 하나는 올라가요. 똑같은 픽셀을 자주 볼수록 그 픽셀은 잘 알게 되지만, 그렇게 알게 된 것은 다른 사진에서 덜 통해요. "cut out and enlarged"는 사진을 더 많이 바꾸는데, 이 정도 횟수로는 옮기고 뒤집기보다 나을 것이 없어요.
# - **패치 크기.** "patch 28"은 토큰 16개에 숫자 2,352개씩을 눌러 담아서 손해를 봐요. "patch 8"은 토큰 196개에 192개씩을 담아요. 앞서기는 하는데 우연일 수 있는 만큼이고, 값이 비싸요. 토큰이 세 배면 MLP의 곱셈이 세 배, 어텐션의 쌍이 아홉 배예요. 걸린 시간을 비교하세요.
# - **클래스 토큰과 평균 풀링(average pooling).** `pooling="average"`는 모든 패치의 평균에서 답을 읽어요. 고양이도 소파도 똑같이 들어가요. 클래스 토큰은 중요한 패치에만 물어볼 수 있어요. 그러려면 먼저 그 방법을 배워야 하고, 사진이 적으면 거기까지 못 갈까 걱정될 수 있어요. 여기서는 둘의 차이가 우연일 수 있을 만큼 작아요.
#
# 한 가지 조심하세요. *이* 사진 수와 *이* 횟수로 잰 결과예요. 사진이 열 배라면 증강은 덜 중요하고 작은 패치는 더 중요할 수 있어요.
#
# 한 번씩만 학습한 6절의 모델은 어떨까요? 여기서는 $k = 1$이에요. (75%일 때의 SE와 위에 있는 ViT들의 표준 편차를 모두에게 빌려 썼어요. 그래서 91% 근처인 CNN에게는 대강의 기준일 뿐이에요.)

# %%
if variants and ten_minutes and long_runs:
    once = 2 * np.sqrt(2 * (standard_error**2 + deviation**2))
    distances = {"ten minutes, CNN - ViT": (ten_minutes["CNN"], ten_minutes["ViT"]),
                 "ViT, long - ten minutes": (long_runs["ViT"], ten_minutes["ViT"]),
                 "CNN, long - ten minutes": (long_runs["CNN"], ten_minutes["CNN"])}
    for name, (one, other) in distances.items():
        distance = one["test_accuracy"] - other["test_accuracy"]
        verdict = "larger than the noise" if abs(distance) > once else "could be noise"
        print(f"{name}: {100 * distance:+5.1f} points, noise {100 * once:.1f}: {verdict}")

# %% [markdown] lang="en"
# ## 9. Why is the ViT behind?
#
# The lecture: where there is not much training data the model does not do well, mainly because it lacks *inductive bias*. On CIFAR the ViT had eight times as many pictures to learn from. Count what there is here.

# %% [markdown] lang="ko"
# ## 9. ViT는 왜 뒤처질까요?
#
# 강의에서는 이렇게 말해요. "학습 데이터의 양이 많지 않은 경우, 모형의 성능이 좋지 않다. 주된 이유는 inductive bias가 부족하기 때문." 귀납 편향(inductive bias) 이야기예요. CIFAR에서는 ViT가 배울 그림이 여덟 배 많았어요. 여기서는 얼마나 되는지 세어 봐요.

# %%
for name, photos, N in (("cats and dogs", 5_400, 64), ("CIFAR-10", 45_000, 64),
                        ("ImageNet-21k, for ViT-B/16", 14_000_000, 196)):
    print(f"{name:28}{photos:11,} pictures x {N:3} patches = {photos * N / 1e6:8,.1f} "
          "million patches")

# %% [markdown] lang="en"
# The paper's ViT-B was pre-trained on the last line. What must be learned from the first? What a convolution gets for nothing: that an ear is an ear wherever it lies. We move the drawn dog sideways (what leaves on one side comes in on the other) and ask the ViT's first layer, and a 3x3 convolution of stride 1, what they still recognize. (Our CNN's first layer has stride 2, so it follows moves by 2 only; lesson 7 measures that.) **Predict** how many of the 64 patches are found again, somewhere, after a move by 14 pixels, by 7, by 1.

# %% [markdown] lang="ko"
# 논문의 ViT-B는 마지막 줄의 데이터로 사전 학습(pre-training)했어요. 첫 줄의 데이터로는 무엇을 배워야 할까요? 귀는 어디에 있어도 귀라는 것, 합성곱이라면 거저 아는 것부터 배워야 해요. 그려 낸 개를 옆으로 옮겨 봐요. 한쪽으로 나간 부분은 반대쪽으로 들어와요. 그리고 ViT의 첫 층과 스트라이드가 1인 3x3 합성곱이 무엇을 다시 알아보는지 확인해요. (우리 CNN의 첫 층은 스트라이드가 2라서 2의 배수만큼 옮길 때만 따라가요. 수업 7에서 재요.) 14픽셀, 7픽셀, 1픽셀 옮겼을 때 패치 64개 가운데 몇 개를 어딘가에서 다시 찾을 수 있을지 **예측해 보세요.**

# %%
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
# A move by a whole patch only renumbers the patches, and even then each meets another position embedding. A move by less changes *every* patch: for $\mathbf{E}$ these are 64 new inputs, and that they show the same dog it has to learn from examples. The convolution answers as before, only further on: *translation equivariance*. And its 3x3 kernel looks at neighbours, which in a photograph belong together: *locality*. The ViT has neither to begin with, and 5,400 photographs are few to learn both from.
#
# Where does a lack of data show? In the recorded runs, on photographs they were trained on and on new ones:

# %% [markdown] lang="ko"
# 패치 하나만큼 옮기면 패치의 번호만 바뀌어요. 그래도 패치마다 다른 위치 임베딩(position embedding)을 만나요. 그보다 적게 옮기면 *모든* 패치가 달라져요. $\mathbf{E}$에게는 처음 보는 입력이 64개 들어온 셈이에요. 그것이 같은 개라는 사실은 예를 보고 배워야 해요. 합성곱의 답은 그대로이고 자리만 옮겨져요. *이동 등변성*(translation equivariance)이에요. 또 3x3 커널은 이웃만 보는데, 사진에서는 이웃끼리 관련이 있어요. *지역성*(locality)이에요. ViT는 둘 다 없이 시작해요. 사진 5,400장은 둘을 배우기에 적어요.
#
# 데이터가 부족하다는 것은 어디에서 드러날까요? 기록에서, 학습한 사진과 새 사진의 정확도를 비교해요.

# %%
for title, found in (("ten minutes", ten_minutes), ("long runs", long_runs)):
    for name, run in found.items():
        print(f"{title:12}{name}: train {run['train_accuracy']:.1%}, "
              f"test {run['test_accuracy']:.1%}, "
              f"gap {100 * run['train_test_gap']:+.1f} points after {run['epochs']:.0f} passes")

# %% [markdown] lang="en"
# A gap between the two numbers is what a lack of data looks like: the model has found rules that hold for its training photographs only. Both models have one, and the ViT's is a little larger. But the ViT knows its training photographs less well, too. It is short of data *and* slow to learn, as on CIFAR-100 in lesson 5.
#
# Published results for this task show both ends (accuracies as their authors report them):
#
# | who | model | trained on | accuracy |
# |---|---|---|--:|
# | [lucidrains/vit-pytorch](https://github.com/lucidrains/vit-pytorch), example notebook | a ViT from scratch | about 20,000 photographs of cats and dogs | 68.5 % |
# | [AlaminI/vit-cats-vs-dogs_classifier](https://huggingface.co/AlaminI/vit-cats-vs-dogs_classifier) | ViT-B/16, pre-trained, then fine-tuned | 14 million photographs of anything, then cats and dogs | 98.96 % after one pass, 99.49 % after three |
#
# Both are Vision Transformers. The second had seen much else before, and that is the lecture's way out: *pre-training*, then *fine-tuning*. Lesson 9 does it.

# %% [markdown] lang="ko"
# 데이터가 부족하면 두 숫자 사이가 벌어져요. 학습한 사진에서만 통하는 규칙을 찾았다는 뜻이에요. 두 모델 모두 차이가 있고, ViT의 차이가 조금 더 커요. 그런데 ViT는 학습한 사진도 CNN만큼 맞히지 못해요. 수업 5의 CIFAR-100에서처럼 데이터도 부족하고, 배우는 속도도 느린 거예요.
#
# 이 문제에서 다른 사람들이 발표한 결과는 양쪽 끝을 보여 줘요(정확도는 저자가 보고한 값이에요).
#
# | 누가 | 모델 | 학습한 것 | 정확도 |
# |---|---|---|--:|
# | [lucidrains/vit-pytorch](https://github.com/lucidrains/vit-pytorch)의 예제 노트북 | 처음부터 학습한 ViT | 고양이와 개 사진 약 20,000장 | 68.5 % |
# | [AlaminI/vit-cats-vs-dogs_classifier](https://huggingface.co/AlaminI/vit-cats-vs-dogs_classifier) | 사전 학습한 다음 미세 조정한 ViT-B/16 | 온갖 사진 1,400만 장, 그다음 고양이와 개 사진 | 한 번 훑고 98.96 %, 세 번 훑고 99.49 % |
#
# 둘 다 비전 트랜스포머예요. 다만 둘째 모델은 그전에 다른 사진을 아주 많이 봤어요. 강의에서 말하는 해결책이 바로 이것이에요. *사전 학습*을 하고 *미세 조정*(fine-tuning)을 해요. 수업 9에서 직접 해 봐요.

# %% [markdown] lang="en"
# ## 10. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | a photograph | `decode(content, 112, "crop").pixels` | (112, 112, 3), uint8 |
# | files without an image | `photographs.skipped` | (name, reason) each |
# | copies | `group_duplicates(thumbnails)` | (B,), one number a group |
# | $P$, $N$ | `patch_size`, `num_patches` | 14, 64 |
# | patches, $\mathbf{x}_p$ | `Patches(14)` | (B, 64, 588) |
# | moved, mirrored | `RandomCropFlip(14)` | (B, 112, 112, 3) |
# | $\mathbf{R} \mathbf{X} \mathbf{C}^\top$ | `RandomResizedCrop()` | (B, 112, 112, 3) |
# | logits | `model(images)` | (B, 2) |
# | SE | `standard_error` | one point for 2,000 photographs |
#
# - Decode every file once, count what is broken, and keep copies in one split.
# - What one has chosen by cannot judge the choice.
# - A difference is worth a sentence if it is larger than its noise: other test photographs, other seeds.

# %% [markdown] lang="ko"
# ## 10. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | 사진 한 장 | `decode(content, 112, "crop").pixels` | (112, 112, 3), uint8 |
# | 이미지를 얻지 못한 파일 | `photographs.skipped` | (이름, 이유)씩 |
# | 사본 | `group_duplicates(thumbnails)` | (B,), 묶음마다 번호 하나 |
# | $P$, $N$ | `patch_size`, `num_patches` | 14, 64 |
# | 패치, $\mathbf{x}_p$ | `Patches(14)` | (B, 64, 588) |
# | 옮기기, 뒤집기 | `RandomCropFlip(14)` | (B, 112, 112, 3) |
# | $\mathbf{R} \mathbf{X} \mathbf{C}^\top$ | `RandomResizedCrop()` | (B, 112, 112, 3) |
# | 로짓 | `model(images)` | (B, 2) |
# | SE | `standard_error` | 사진 2,000장이면 1 퍼센트포인트 |
#
# - 모든 파일을 한 번은 디코딩해 보고, 깨진 것을 세고, 사본은 한쪽에 모아 둬요.
# - 고를 때 쓴 데이터로는 그 선택을 평가할 수 없어요.
# - 차이는 우연보다 클 때만 말할 가치가 있어요. 테스트 사진이 달라도, 시드가 달라도 남을 만큼 커야 해요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/06_ViT_image_classification_example_cats_dogs`](solutions/06_ViT_image_classification_example_cats_dogs.ipynb).
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
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/06_ViT_image_classification_example_cats_dogs`](solutions/06_ViT_image_classification_example_cats_dogs.ipynb)에 있어요.
#
# **1. 생각해 보기.** 친구가 `train` 폴더로 설정 서른 가지를 학습시켰어요. 그중 `validation` 폴더에서 가장 좋은 것을 골라 `validation`의 정확도를 보고해요. 모델은 그 사진으로 학습한 적이 없어요. 같은 종류의 새 사진에서는 정확도가 어떨까요?
#
# - A: 평균적으로 보고한 값보다 낮아요.
# - B: `validation`으로 학습하지 않았으니 평균적으로 같아요.
# - C: 새 사진은 아직 쓰지 않았으니 평균적으로 더 높아요.
# - D: 아무 말도 할 수 없어요.

# %%
answer = None  # "A", "B", "C" or "D"

# %%
check(answer, "A", hints=[
    ("B", "Not trained on, but chosen by: think of the twenty coins.",
     "학습에는 안 썼지만 고를 때 썼어요. 동전 스무 개를 떠올려 보세요."),
    ("C",
     "Which of the thirty is taken: one that was lucky on `validation`, or one that was unlucky?",
     "서른 가지 가운데 어떤 것이 뽑힐까요? `validation`에서 운이 좋았던 것일까요, 나빴던 것일까요?"),
    ("D",
     "Not about one model, but on average: what did the best of twenty coins do on new pictures?",
     "한 모델이 아니라 평균을 생각하세요. 가장 좋았던 동전이 새 그림에서는 어땠나요?"),
])

# %% [markdown] lang="en"
# **2. Change a number.** With patches of 7x7 pixels on a photograph of 112x112: how many patches are there, how many numbers are in a patch, and how many times as many pairs of patches has attention to look at as with $P = 14$?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** 112x112 사진을 7x7 픽셀 패치로 나누면 패치는 몇 개이고, 패치 하나에 숫자는 몇 개일까요? 어텐션이 봐야 하는 패치 쌍은 $P = 14$일 때의 몇 배일까요?

# %%
num_patches = None
numbers_a_patch = None
times_as_many_pairs = None

# %%
check(num_patches, 256, hints=[
    (16, "That is one side of the grid: square it.", "격자 한 변의 개수예요. 제곱하세요."),
    (64, "That is N for patch_size=14.", "patch_size=14일 때의 N이에요."),
    (257, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
])
check(numbers_a_patch, 147, hints=[
    (49, "Those are the pixels: each has three colours.", "픽셀 수예요. 픽셀마다 색이 셋 있어요."),
    (588, "That is a patch of 14x14 pixels.", "14x14 픽셀 패치의 숫자예요."),
    (21, "A patch has 7 rows of 7 pixels.", "패치는 7픽셀씩 7줄이에요."),
])
check(times_as_many_pairs, 16, hints=[
    (4, "That is how many times as many patches. And pairs of patches?", "패치 수가 몇 배인지예요. 패치의 쌍은요?"),
    (2, "P is halved in both directions: how many times as many patches, "
        "how many times as many pairs?",
     "P가 가로세로 모두 반이 돼요. 패치는 몇 배, 쌍은 몇 배가 될까요?"),
    (65536, "Those are the pairs for P = 7. How many times those for P = 14?",
     "P = 7일 때의 쌍의 수예요. P = 14일 때의 몇 배인가요?"),
])

# %% [markdown] lang="en"
# **3. Write code.** The largest square in the middle of a picture of any shape, as `(left, top, right, bottom)` in whole pixels, right and bottom not included, as Pillow's `crop` wants it.

# %% [markdown] lang="ko"
# **3. 코드 쓰기.** 어떤 모양의 그림에서든 한가운데에 있는 가장 큰 정사각형을 구하세요. Pillow의 `crop`이 받는 `(left, top, right, bottom)`을 정수 픽셀로 돌려줘요. right와 bottom은 포함하지 않아요.

# %%
def centre_crop_box(width, height):
    """(left, top, right, bottom) of the largest centred square."""
    raise NotImplementedError

# %%
check(centre_crop_box, (20, 0, 140, 120), on=(160, 120), hints=[
    ((0, 20, 120, 140), "Left and top are swapped.", "left와 top이 바뀌었어요."),
    ((0, 0, 120, 120), "That square begins in the corner, not in the middle.",
     "모서리에서 시작하는 정사각형이에요. 가운데가 아니에요."),
    ((20, 0, 120, 120), "The third number is where the square ends, not its width.",
     "셋째 수는 너비가 아니라 끝나는 자리예요."),
])
check(centre_crop_box, (0, 30, 90, 120), on=(90, 150), hints=[
    (lambda box: min(box) < 0,
     "That begins outside of the picture: which side is the shorter one here?",
     "그림 밖에서 시작해요. 여기서는 어느 변이 짧은가요?"),
    (lambda box: box[2] - box[0] != box[3] - box[1], "That is no square.", "정사각형이 아니에요."),
    ((0, 0, 90, 90), "That square begins in the corner, not in the middle.",
     "모서리에서 시작하는 정사각형이에요. 가운데가 아니에요."),
])

# %% [markdown] lang="en"
# **4. Write code.** Choose test pictures without a leak. `groups` holds a number for each picture, the same for copies of one picture. Return an array that says True for every test picture: whole groups only, at least `num_test` pictures, and no further group once there are that many. (`np.unique(groups)` lists the groups; `np.random.default_rng(seed).permutation(...)` shuffles them.)

# %% [markdown] lang="ko"
# **4. 코드 쓰기.** 누출 없이 테스트 그림을 고르세요. `groups`에는 그림마다 번호가 있고 같은 그림의 사본은 번호가 같아요. 테스트 그림이면 True인 배열을 돌려주세요. 묶음은 통째로만 고르고, `num_test`장 이상이 되면 더 고르지 않아요. (`np.unique(groups)`는 묶음의 목록을 주고, `np.random.default_rng(seed).permutation(...)`은 섞어 줘요.)

# %%
def split_without_leaks(groups, num_test, seed=0):
    """bool (N,): True for test pictures."""
    raise NotImplementedError

# %%
copies = np.array([0, 0, 2, 3, 3, 3, 6, 7, 7, 9])  # the number of each picture's group


def torn(in_test):
    """Whether copies of one picture are in both splits."""
    return any(len(set(in_test[copies == group])) > 1 for group in copies)

# %%
check(split_without_leaks, lambda t: t.dtype == bool and not torn(t) and 4 <= t.sum() <= 6,
      on=(copies, 4), hints=[
    ("has no attribute", "Return a NumPy array.", "NumPy 배열을 돌려주세요."),
    (lambda t: t.dtype != bool,
     "Return True or False for each picture, not the numbers of the chosen ones.",
     "고른 그림의 번호가 아니라 그림마다 True나 False를 돌려주세요."),
    (lambda t: t.sum() == 0, "No picture was chosen.", "고른 그림이 없어요."),
    (torn, "Copies of one picture are in both splits: choose groups, not pictures.",
     "같은 그림의 사본이 양쪽에 있어요. 그림이 아니라 묶음을 고르세요."),
    (lambda t: t.sum() < 4, "Fewer pictures than asked for: count pictures, not groups.",
     "요청한 것보다 적어요. 묶음이 아니라 그림을 세세요."),
    (lambda t: t.sum() > 6, "More than needed: stop as soon as there are enough.",
     "너무 많아요. 충분해지면 바로 멈추세요."),
])

# %% [markdown] lang="en"
# **5. Do it with `fit`.** Read a folder with `image_dataset_from_directory` at 32x32 pixels, in batches of 4, and train a small Vision Transformer on it for two epochs with `compile` and `fit`. Return what `fit` returns.

# %% [markdown] lang="ko"
# **5. `fit`으로 하기.** 폴더를 `image_dataset_from_directory`로 32x32 픽셀, 배치 4로 읽고, 작은 비전 트랜스포머를 `compile`과 `fit`으로 두 에폭 학습시키세요. `fit`이 돌려준 것을 그대로 돌려주세요.

# %%
def learn(folder):
    """Train a small ViT on the pictures of a folder; returns what `fit` returns."""
    raise NotImplementedError

# %%
faces = tempfile.TemporaryDirectory()
write_faces_into(faces.name)
check(learn, lambda result: len(set(result.history["loss"])) == len(result.history["loss"]) == 2,
      on=(faces.name,),
      hints=[
    ("'NoneType' object", "Return what fit returns.", "fit이 돌려준 것을 돌려주세요."),
    (lambda result: len(result.history["loss"]) != 2, "Two epochs, please.", "두 에폭으로 해 주세요."),
    (lambda result: len(set(result.history["loss"])) == 1,
     "The loss does not move: the model answers in logits, say from_logits=True.",
     "손실이 움직이지 않아요. 모델은 로짓으로 답해요. from_logits=True라고 알려 주세요."),
])

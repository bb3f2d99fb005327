# %% [markdown] lang="en"
# # Solutions: cats and dogs
#
# Solutions to the exercises of [`06_ViT_image_classification_example_cats_dogs`](../06_ViT_image_classification_example_cats_dogs.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 고양이와 개
#
# [`06_ViT_image_classification_example_cats_dogs`](../06_ViT_image_classification_example_cats_dogs.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
import io
import tempfile

import keras
import numpy as np
from PIL import Image

from vit_keras import VisionTransformer, check
from vit_keras.data import draw_faces

# %% [markdown] lang="en"
# ## 1. The best of thirty
#
# A. The thirty accuracies on `validation` are scattered around the true ones by chance, and the best of them is more often one that was lucky. Luck does not repeat itself on new photographs. It does not matter that nothing was *trained* on `validation`: choosing is a way of learning from it. How much it flatters depends on how many settings there are and on how few photographs judge them.

# %% [markdown] lang="ko"
# ## 1. 서른 가지 가운데 가장 좋은 것
#
# 답은 A예요. `validation`에서 잰 서른 가지 정확도는 우연 때문에 진짜 값 주위에 흩어져 있어요. 그중 가장 좋은 것은 운이 좋았던 것일 때가 많아요. 그 운은 새 사진에서 되풀이되지 않아요. `validation`으로 *학습*하지 않았다는 것은 상관없어요. 고르는 것도 거기서 배우는 일이에요. 설정이 많을수록, 평가하는 사진이 적을수록 더 많이 부풀려져요.

# %%
answer = "A"

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
# The same with thirty settings that differ truly, between 70 and 80 %, and 600 photographs: how much is the report too high, on average over many such friends?

# %% [markdown] lang="ko"
# 이번에는 설정 서른 가지의 진짜 정확도가 70~80 % 사이에서 서로 다르고 사진이 600장이라고 해요. 그런 친구가 많다면 보고한 값은 평균적으로 얼마나 높을까요?

# %%
rng = np.random.default_rng(0)
true = rng.uniform(0.7, 0.8, size=(5000, 30))  # 5,000 friends, 30 settings each
seen = rng.binomial(600, true) / 600
best = np.argmax(seen, axis=1)[:, None]
too_high = np.take_along_axis(seen - true, best, axis=1).mean()
print(f"reported {100 * too_high:.1f} points too high")

# %% [markdown] lang="en"
# ## 2. Patches of 7x7 pixels
#
# $112 / 7 = 16$ patches a side, so $16^2 = 256$; each holds $7 \cdot 7 \cdot 3 = 147$ numbers. With $P$ halved there are four times as many patches, and $4^2 = 16$ times as many pairs.

# %% [markdown] lang="ko"
# ## 2. 7x7 픽셀 패치
#
# 한 변에 패치가 $112 / 7 = 16$개이므로 모두 $16^2 = 256$개예요. 패치마다 숫자가 $7 \cdot 7 \cdot 3 = 147$개 있어요. $P$가 반이 되면 패치(patch)는 네 배가 되고 쌍은 $4^2 = 16$배가 돼요.

# %%
num_patches = (112 // 7) ** 2
numbers_a_patch = 7 * 7 * 3
times_as_many_pairs = num_patches**2 // 64**2

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
# ## 3. The square in the middle
#
# The shorter side is the side of the square. What is left over of the longer one is shared between both ends; of the shorter one nothing is left over, so the same two lines serve both shapes.

# %% [markdown] lang="ko"
# ## 3. 한가운데의 정사각형
#
# 짧은 변이 정사각형의 한 변이에요. 긴 변에서 남는 길이는 양 끝이 나눠 가져요. 짧은 변에서는 남는 것이 없으니 두 줄로 두 모양을 모두 처리할 수 있어요.

# %%
def centre_crop_box(width, height):
    """(left, top, right, bottom) of the largest centred square."""
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side

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
# ## 4. A split without a leak
#
# Shuffle the *groups*, not the pictures, and take groups until there are enough pictures. `np.isin` then marks every picture of a chosen group, copies included.

# %% [markdown] lang="ko"
# ## 4. 누출(leak) 없는 나누기
#
# 그림이 아니라 *묶음*을 섞고, 그림이 충분해질 때까지 묶음을 골라요. 그러면 `np.isin`이 고른 묶음의 그림을 사본까지 모두 표시해 줘요.

# %%
def split_without_leaks(groups, num_test, seed=0):
    """bool (N,): True for test pictures."""
    in_test = np.zeros(len(groups), bool)
    for group in np.random.default_rng(seed).permutation(np.unique(groups)):
        if in_test.sum() >= num_test:
            break
        in_test |= np.isin(groups, group)
    return in_test

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
# ## 5. With `fit`
#
# The labels come as ints, and the model answers in logits: hence `SparseCategoricalCrossentropy(from_logits=True)`.

# %% [markdown] lang="ko"
# ## 5. `fit`으로
#
# 레이블은 정수로 오고 모델은 로짓으로 답해요. 그래서 `SparseCategoricalCrossentropy(from_logits=True)`를 써요.

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


def write_faces_into(folder):
    """Four drawn cats and four drawn dogs as JPEG files, in two folders named after the classes."""
    for label, name in enumerate(("cat", "dog")):
        Path(folder, name).mkdir()
        for seed in range(4):
            Path(folder, name, f"{seed}.jpg").write_bytes(as_jpeg(draw_face(label, seed, size=64)))


def learn(folder):
    """Train a small ViT on the pictures of a folder; returns what `fit` returns."""
    batches = keras.utils.image_dataset_from_directory(folder, image_size=(32, 32), batch_size=4,
                                                       verbose=False)
    vit = VisionTransformer((32, 32, 3), 8, num_layers=1, hidden_dim=16, num_heads=2, mlp_dim=32,
                            num_classes=len(batches.class_names))
    vit.compile(keras.optimizers.AdamW(0.001),
                keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"])
    return vit.fit(batches, epochs=2, verbose=0)

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

# %% [markdown] lang="en"
# # Solutions: augmentation and the ladder
#
# Solutions to the exercises of [`12_augmentation`](../12_augmentation.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 데이터 증강과 사다리
#
# [`12_augmentation`](../12_augmentation.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
import numpy as np
from keras import ops

from vit_keras import check
from vit_keras.augment import mix_images, mix_labels

# %% [markdown] lang="en"
# ## 1. Ingredients that came too early
#
# A. There is one point between training and test: this model has memorized nothing. What it lacks is steps (*underfitting*), and all three ingredients make each step harder. With many more passes the first model would begin to memorize its pictures, and then they would pay.
#
# B makes it worse. C is wrong twice: three passes are about 2,000 steps (in batches of 64), in which a decay does little, and a decay, too, is against overfitting. D is a common belief: on *plain* pictures training accuracy falls, since the model has spent its steps on changed ones.

# %% [markdown] lang="ko"
# ## 1. 너무 일찍 넣은 재료
#
# 답은 A예요. 학습과 테스트의 차이가 1퍼센트포인트예요. 이 모델은 외운 것이 없어요. 모자란 것은 스텝이고(*과소적합*, underfitting), 세 재료는 모두 스텝 하나하나를 더 어렵게 만들어요. 훨씬 더 여러 번 훑으면 처음 모델은 그림을 외우기 시작할 거고, 그때는 이 재료들이 도움이 돼요.
#
# B는 더 나빠지게 해요. C는 두 번 틀렸어요. 세 번 훑는 것은 배치 64로 2,000스텝쯤이라 감쇠가 할 수 있는 일이 별로 없고, 감쇠도 과적합(overfitting)을 막으려는 재료예요. D는 흔한 오해예요. *원래* 그림으로 잰 학습 정확도는 떨어질 수 있어요. 바뀐 그림을 배우느라 스텝을 다 썼으니까요.

# %%
answer = "A"

# %%
check("12.1", answer)

# %% [markdown] lang="en"
# ## 2. A share and a target
#
# The box has $12 \cdot 18$ of $32 \cdot 48$ pixels. Smoothing comes after mixing; it takes a tenth of what is there and gives each class a hundredth.

# %% [markdown] lang="ko"
# ## 2. 몫과 목푯값
#
# 상자는 픽셀 $32 \cdot 48$개 가운데 $12 \cdot 18$개예요. 스무딩은 섞은 다음에 해요. 있는 값의 10분의 1을 떼고 클래스마다 100분의 1을 줘요.

# %%
share_of_a = 1 - (20 - 8) * (48 - 30) / (32 * 48)
target_of_a = (1 - 0.1) * share_of_a + 0.1 / 10

# %%
check("12.2a", share_of_a)
check("12.2b", target_of_a)

# %% [markdown] lang="en"
# ## 3. CutMix for one pair
#
# `a.copy()` first, or the picture of the data set would carry the box for ever.

# %% [markdown] lang="ko"
# ## 3. 한 쌍의 CutMix
#
# 먼저 `a.copy()`로 사본을 만들어요. 그러지 않으면 데이터에 있는 그림에 상자가 영영 남아요.

# %%
def cut_mix(a, b, label_a, label_b, box):
    """(H, W, C) twice, (K,) twice and four ints -> (H, W, C), (K,)."""
    top, bottom, left, right = box
    mixed = a.copy()
    mixed[top:bottom, left:right] = b[top:bottom, left:right]
    of_partner = (bottom - top) * (right - left) / (a.shape[0] * a.shape[1])
    return mixed, (1 - of_partner) * label_a + of_partner * label_b

# %%
check("12.3", cut_mix)

# %% [markdown] lang="en"
# The module does it for a whole batch, each picture with a box of its own:

# %% [markdown] lang="ko"
# 모듈은 배치 전체에, 그림마다 다른 상자로 한꺼번에 해요.

# %%
one, other = np.random.default_rng(0).integers(0, 99, (2, 6, 8, 3))
label_one, label_other = np.eye(3, dtype="float32")[[0, 2]]
picture, label = cut_mix(one, other, label_one, label_other, (1, 4, 2, 8))

mixing = ops.convert_to_tensor(np.float32([[1, 4, 2, 8, 0], [0, 0, 0, 0, 1]]))
pictures = ops.convert_to_numpy(mix_images(np.stack([one, other]), mixing))
labels = ops.convert_to_numpy(mix_labels(np.stack([label_one, label_other]), mixing, (6, 8)))
print("the same picture:", np.allclose(pictures[0], picture),
      "| the same label:", np.allclose(labels[0], label))

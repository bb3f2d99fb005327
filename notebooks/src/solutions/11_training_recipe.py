# %% [markdown] lang="en"
# # Solutions: the training recipe
#
# Solutions to the exercises of [`11_training_recipe`](../11_training_recipe.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 학습 레시피
#
# [`11_training_recipe`](../11_training_recipe.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
from vit_keras.lessons import keras_weight_decay

# %% [markdown] lang="en"
# ## 1. Ingredients that came too early
#
# B. One point between training and test: this model has learned nothing by heart. What it lacks is steps (*underfitting*), and all three ingredients make each step harder. With many more passes the first model would begin to learn its pictures by heart, and then they would pay.
#
# A makes it worse. C is wrong twice: three passes are about 2,000 steps (in batches of 64), in which a decay does little, and a decay, too, is against overfitting. D is a common belief: on *plain* pictures training accuracy falls, since the model has spent its steps on changed ones.

# %% [markdown] lang="ko"
# ## 1. 너무 일찍 넣은 재료
#
# 답은 B예요. 학습과 테스트의 차이가 1 퍼센트포인트예요. 이 모델은 외운 것이 없어요. 모자란 것은 스텝이고(*과소적합*, underfitting), 세 재료는 모두 스텝 하나하나를 더 어렵게 만들어요. 훨씬 더 여러 번 훑으면 처음 모델은 그림을 외우기 시작할 거고, 그때는 이 재료들이 값을 해요.
#
# A는 더 나빠지게 해요. C는 두 번 틀렸어요. 세 번 훑는 것은 배치 64로 2,000스텝쯤이라 감쇠가 할 수 있는 일이 별로 없고, 감쇠도 과적합(overfitting)을 막으려는 재료예요. D는 흔한 오해예요. *원래* 그림으로 잰 학습 정확도는 떨어질 수 있어요. 바뀐 그림을 배우느라 스텝을 다 썼으니까요.

# %%
answer = "B"

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
# ## 2. A share, a target, a number of steps
#
# The box has $12 \cdot 18$ of $32 \cdot 48$ pixels. Smoothing comes after mixing; it takes a tenth of what is there and gives each class a hundredth. And 3,000 pictures fill 23 batches of 128; the other 56 wait for the next pass.

# %% [markdown] lang="ko"
# ## 2. 몫, 목푯값, 스텝 수
#
# 상자는 픽셀 $32 \cdot 48$개 가운데 $12 \cdot 18$개예요. 스무딩은 섞은 다음에 해요. 있는 값의 10분의 1을 떼고 클래스마다 100분의 1을 줘요. 그림 3,000장은 배치 128을 23개 채우고, 남은 56장은 다음번을 기다려요.

# %%
share_of_a = 1 - (20 - 8) * (48 - 30) / (32 * 48)
target_of_a = (1 - 0.1) * share_of_a + 0.1 / 10
steps_in_all = 50 * (3000 // 128)

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
# ## 3. Bringing a decay over
#
# The sum of $\eta_t \lambda$ over all steps shall be the number of steps times the old decay; so divide by the mean rate. At a constant rate that is the rate itself.

# %% [markdown] lang="ko"
# ## 3. 감쇠를 옮기기
#
# 모든 스텝에서 $\eta_t \lambda$를 더한 것이 스텝 수에 옛 감쇠를 곱한 것과 같아야 해요. 그러니 평균 학습률로 나눠요. 학습률이 변하지 않으면 그냥 학습률로 나누는 것과 같아요.

# %%
def converted(decay, rates):
    """A float and an array (steps,) -> float."""
    return decay / np.mean(rates)

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

# %%
print("as the module says:",
      np.isclose(converted(1e-4, up_then_down), keras_weight_decay(1e-4, up_then_down)))

# %% [markdown] lang="en"
# ## 4. CutMix for one pair
#
# `a.copy()` first, or the picture of the data set would carry the box for ever.

# %% [markdown] lang="ko"
# ## 4. 한 쌍의 CutMix
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

# %% [markdown] lang="en"
# The module does it for a whole batch, each picture with a box of its own:

# %% [markdown] lang="ko"
# 모듈은 배치 전체에, 그림마다 다른 상자로 한꺼번에 해요.

# %%
# the second picture is not mixed
mixing = ops.convert_to_tensor(np.float32([[1, 4, 2, 8, 0], [0, 0, 0, 0, 1]]))
batch, labels = np.stack([one, other]), np.float32([label_one, label_other])
picture, label = cut_mix(one, other, label_one, label_other, (1, 4, 2, 8))
print("the same picture:", np.allclose(ops.convert_to_numpy(mix_images(batch, mixing))[0], picture),
      "| the same label:",
      np.allclose(ops.convert_to_numpy(mix_labels(labels, mixing, (6, 8)))[0], label))

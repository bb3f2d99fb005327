# %% [markdown] lang="en"
# # Solutions: scaling up
#
# Solutions to the exercises of [`13_scaling_up`](../13_scaling_up.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 규모 키우기
#
# [`13_scaling_up`](../13_scaling_up.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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

from vit_keras import VARIANTS, check
from vit_keras.scaling import (
    all_reduce_bytes,
    attention_multiplications,
    mlp_multiplications,
    multiplications,
    state_bytes,
)

# %% [markdown] lang="en"
# ## 1. Smaller patches
#
# C. From 197 tokens to 785: not quite four times as many. $12 T D^2$ grows with them, $2 T^2 D$ with their square. At 197 tokens the square is 4 % of a block, so it matters a little; with $D$ much smaller, or $T$ much larger, D would come nearer.

# %% [markdown] lang="ko"
# ## 1. 더 작은 패치
#
# 답은 C예요. 토큰이 197개에서 785개로 늘어요. 네 배에 조금 못 미쳐요. $12 T D^2$은 토큰 수를 따라가고 $2 T^2 D$는 그 제곱을 따라가요. 토큰이 197개일 때 제곱 부분은 블록의 4 %라서 조금만 보태요. $D$가 훨씬 작거나 $T$가 훨씬 크면 D에 가까워져요.

# %%
answer = "C"

# %%
check(answer, "C", hints=[
    ("A", "How many patches are there when both sides of a patch are halved?",
     "패치의 두 변이 모두 절반이 되면 패치가 몇 개일까요?"),
    ("B", "Nearly: that is right for all parts but one. Which one?",
     "거의 맞았어요. 한 부분만 빼고는 그래요. 어느 부분일까요?"),
    ("D", "Only the pairs grow like that. What share of the block are they at 197 tokens? "
          "See the table in section 3.",
     "그렇게 늘어나는 것은 쌍뿐이에요. 토큰이 197개일 때 쌍은 블록의 몇 퍼센트인가요? 3절의 표를 보세요."),
])

# %%
blocks = [attention_multiplications(T, 768) + mlp_multiplications(T, 768, 3072) for T in (197, 785)]
print(f"{blocks[1] / blocks[0]:.2f} times")

# %% [markdown] lang="en"
# ## 2. State, batches, exchange
#
# Every device has all the state: a weight, a gradient and two means of four bytes. The global batch is $16 \cdot 64 = 1024$. In the ring each device sends $2 \cdot 15 / 16$ of the gradient.

# %% [markdown] lang="ko"
# ## 2. 상태, 배치, 주고받는 양
#
# 상태는 장치마다 전부 가지고 있어요. 가중치, 그래디언트, 이동 평균 두 개가 4바이트씩이에요. 전체 배치는 $16 \cdot 64 = 1024$예요. 고리에서는 장치마다 그래디언트의 $2 \cdot 15 / 16$을 보내요.

# %%
parameters = 304_326_632
state_gb = 16 * parameters / 1e9
batches_an_epoch = 1_281_167 // (16 * 64)
sent_gb = 4 * parameters * 2 * 15 / 16 / 1e9

# %%
check(state_gb, 4.869226112, tolerance=1e-3, hints=[
    (1.217, "Those are the weights alone. What else is kept of each?",
     "그것은 가중치뿐이에요. 파라미터마다 또 무엇을 가지고 있나요?"),
    (3.652, "That is a checkpoint: the gradient needs its place as well.",
     "그것은 체크포인트예요. 그래디언트 자리도 필요해요."),
    (4.869226112 / 16, "In data parallelism every device has all weights.",
     "데이터 병렬에서는 장치마다 가중치를 모두 가지고 있어요."),
    (2.4346, "The state stays in float32, in mixed precision too.", "혼합 정밀도에서도 상태는 float32예요."),
])
check(batches_an_epoch, 1251, hints=[
    (20018, "That is with 64 pictures. What is the global batch?", "그것은 64장일 때예요. 전체 배치는 몇 장인가요?"),
    (1252, "The last one is not full.", "마지막 배치는 다 차지 않아요."),
    (lambda n: abs(n - 1251.14) < 0.2, "Whole batches: a whole number.", "꽉 찬 배치만 세니까 정수예요."),
])
check(sent_gb, 2.28244974, tolerance=1e-3, hints=[
    (1.217, "Every part goes round nearly twice: once to be added up, once to be handed out.",
     "조각마다 거의 두 바퀴를 돌아요. 더하느라 한 번, 나눠 주느라 한 번이에요."),
    (2.4346, "Nearly: 2 (n - 1) / n is a little less than 2.",
     "거의 맞았어요. 2 (n - 1) / n은 2보다 조금 작아요."),
    (18.26, "Everybody sends everything to everybody there. A ring does better.",
     "그것은 모두가 모두에게 보낼 때예요. 고리는 더 적게 보내요."),
    (2.28244974e9, "In GB, please.", "GB로 적어 주세요."),
])

# %%
print("as the module says:", np.isclose(state_gb, state_bytes(parameters) / 1e9),
      np.isclose(sent_gb, all_reduce_bytes(parameters, 16) / 1e9))

# %% [markdown] lang="en"
# ## 3. Parts of unequal size
#
# A mean times its number is a sum; add the sums, divide by all pictures.

# %% [markdown] lang="ko"
# ## 3. 크기가 다른 부분
#
# 평균에 개수를 곱하면 합이에요. 합을 모두 더하고 전체 그림 수로 나눠요.

# %%
def mean_gradient(gradients, numbers):
    """(parts, parameters) and (parts,), pictures of each part -> (parameters,)."""
    return np.asarray(numbers) @ np.asarray(gradients) / np.sum(numbers)

# %%
of_parts, in_parts = np.array([[1.0, 0.0], [3.0, 0.0], [8.0, 5.0]]), np.array([32, 32, 16])

check(mean_gradient, np.array([3.2, 1.0]), on=(of_parts, in_parts), hints=[
    (np.array([4.0, 5 / 3]), "The plain mean counts a picture of the small part twice as much.",
     "그냥 평균을 내면 작은 부분의 그림 한 장이 두 배로 쳐져요."),
    (np.array([12.0, 5.0]), "That is a sum of means.", "그것은 평균을 더한 거예요."),
    (np.array([256.0, 80.0]), "That is the sum over pictures. Now the mean.",
     "그것은 모든 그림에 대한 합이에요. 이제 평균을 내세요."),
    (np.array([256.0, 80.0]) / 3, "Divide by the number of pictures, not of parts.",
     "부분의 수가 아니라 그림의 수로 나누세요."),
    (lambda g: np.shape(g) != (2,), "One number a parameter: sum over the parts.",
     "파라미터마다 숫자 하나예요. 부분에 대해 더하세요."),
])

# %% [markdown] lang="en"
# This is why `train` wants parts of equal size: Keras takes the plain mean of them.
#
# ## 4. The largest batch
#
# What the state leaves, divided by what a picture takes, rounded down.

# %% [markdown] lang="ko"
# 그래서 `train`은 똑같은 크기로 나누라고 해요. Keras는 부분의 평균을 그냥 내거든요.
#
# ## 4. 가장 큰 배치
#
# 상태를 빼고 남은 메모리를 그림 한 장의 몫으로 나누고 내림해요.

# %%
def largest_batch(memory, parameters, a_picture):
    """Bytes, a number and bytes -> int."""
    return max(0, int((memory - 16 * parameters) // a_picture))

# %%
check(largest_batch, 118, on=(16e9, 86_567_656, 123e6), hints=[
    (130, "The state has to fit as well.", "상태도 들어가야 해요."),
    (127, "Of a parameter more is kept than its weight.", "파라미터마다 가중치 말고도 가지고 있는 것이 있어요."),
    (119, "Round down: the last one does not fit.", "내림하세요. 마지막 한 장은 들어가지 않아요."),
    (lambda b: 118 < b < 119, "A whole number.", "정수여야 해요."),
])
check(largest_batch, 0, on=(1e9, 86_567_656, 123e6), hints=[
    (lambda b: b < 0, "Not even the state fits: 0, and not a negative batch.",
     "상태조차 들어가지 않아요. 음수가 아니라 0이에요."),
])

# %% [markdown] lang="en"
# ## 5. Days
#
# All operations over what all devices make in a second; a day has 86,400 of them.

# %% [markdown] lang="ko"
# ## 5. 며칠이 걸릴까요?
#
# 전체 연산 수를 모든 장치가 1초에 하는 연산 수로 나눠요. 하루는 86,400초예요.

# %%
def days(forward, pictures, epochs, devices, peak, utilisation):
    """Six numbers -> float."""
    return 2 * 3 * forward * pictures * epochs / (devices * peak * utilisation) / 86_400

# %%
run = (17.6e9, 1_281_167, 300, 8, 312e12, 0.4)

check(days, 0.470514, on=run, tolerance=1e-3, hints=[
    (0.470514 / 2, "A multiplication comes with an addition: two FLOPs.",
     "곱셈에는 덧셈이 따라와요. FLOP으로는 둘이에요."),
    (0.470514 / 3, "That is forward only.", "그것은 앞으로만 갈 때예요."),
    (0.470514 / 6, "Two FLOPs a multiplication, and three times forward.",
     "곱셈 하나는 FLOP 두 개이고, 배울 때는 세 배예요."),
    (0.470514 * 0.4, "A device that does 40 % of what is advertised takes longer, not shorter.",
     "광고하는 속도의 40 %만 내니까 더 오래 걸려요."),
    (0.470514 * 0.4**2, "Divide by the utilisation.", "활용률로 나누세요."),
    (0.470514 * 8, "Eight devices share the pictures.", "장치 여덟 개가 그림을 나눠 맡아요."),
    (0.470514 * 86_400, "Those are seconds.", "그것은 초예요."),
    (0.470514 * 24, "Those are hours.", "그것은 시간이에요."),
])

# %%
counted = multiplications((224, 224, 3), 16, num_classes=1000, **VARIANTS["B"])
print(f"with our own count of {counted / 1e9:.2f} G: {days(counted, *run[1:]):.2f} days")

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
# C. From 197 tokens to 785: not quite four times as many. $12 T D^2$ grows with them, $2 T^2 D$ with their square. At 197 tokens the square is 4% of a block, so it matters a little; with $D$ much smaller, or $T$ much larger, D would come nearer.

# %% [markdown] lang="ko"
# ## 1. 더 작은 패치
#
# 답은 C예요. 토큰이 197개에서 785개로 늘어요. 네 배에 조금 못 미쳐요. $12 T D^2$은 토큰 수를 따라가고 $2 T^2 D$는 그 제곱을 따라가요. 토큰이 197개일 때 제곱 부분은 블록의 4%라서 조금만 보태요. $D$가 훨씬 작거나 $T$가 훨씬 크면 D에 가까워져요.

# %%
answer = "C"

# %%
check("13.1", answer)

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
check("13.2a", state_gb)
check("13.2b", batches_an_epoch)
check("13.2c", sent_gb)

# %%
print(f"as the module says: {state_bytes(parameters) / 1e9:.3f} GB and "
      f"{all_reduce_bytes(parameters, 16) / 1e9:.3f} GB")

# %% [markdown] lang="en"
# ## 3. The largest batch
#
# What the state leaves, divided by what a picture takes, rounded down.

# %% [markdown] lang="ko"
# ## 3. 가장 큰 배치
#
# 상태를 빼고 남은 메모리를 그림 한 장의 몫으로 나누고 내림해요.

# %%
def largest_batch(memory, parameters, a_picture):
    """Bytes, a number and bytes -> int."""
    return max(0, int((memory - 16 * parameters) // a_picture))

# %%
check("13.3a", largest_batch)
check("13.3b", largest_batch)

# %% [markdown] lang="en"
# ## 4. Days
#
# All operations over what all devices make in a second; a day has 86,400 of them.

# %% [markdown] lang="ko"
# ## 4. 며칠이 걸릴까요?
#
# 전체 연산 수를 모든 장치가 1초에 하는 연산 수로 나눠요. 하루는 86,400초예요.

# %%
def days(forward, pictures, epochs, devices, peak, utilization):
    """Six numbers -> float."""
    return 2 * 3 * forward * pictures * epochs / (devices * peak * utilization) / 86_400

# %%
check("13.4", days)

# %%
counted = multiplications((224, 224, 3), 16, num_classes=1000, **VARIANTS["B"])
print(f"with our own count of {counted / 1e9:.2f} G: "
      f"{days(counted, 1_281_167, 300, 8, 312e12, 0.4):.2f} days")

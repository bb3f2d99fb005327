# %% [markdown] lang="en"
# # Solutions: the lecture's own stack
#
# Solutions to the exercises of [`ViT_with_tensorflow_addons`](../ViT_with_tensorflow_addons.ipynb), with the same checks. They need no tensorflow-addons, so they run on either stack.

# %% [markdown] lang="ko"
# # 풀이: 강의의 환경
#
# [`ViT_with_tensorflow_addons`](../ViT_with_tensorflow_addons.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요. tensorflow-addons가 없어도 되니까 두 환경 어디서나 실행돼요.

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
from vit_keras import check
from vit_keras.lessons import keras_weight_decay

# %% [markdown] lang="en"
# ## 1. Kept the number
#
# B. In tensorflow-addons a step leaves the share $1 - \lambda$, in Keras $1 - \eta \lambda$, and ten thousand steps multiply ten thousand shares. Nearly all of the weight is left after the move: the decay is as good as off.

# %% [markdown] lang="ko"
# ## 1. 숫자를 그대로 두면
#
# 답은 B예요. 한 스텝에 남는 비율이 tensorflow-addons에서는 $1 - \lambda$이고 Keras에서는 $1 - \eta \lambda$예요. 만 스텝이면 이 비율을 만 번 곱해요. 옮긴 뒤에는 가중치가 거의 다 남으니, 가중치 감쇠(weight decay)를 꺼 둔 것이나 마찬가지예요.

# %%
answer = "B"
print(f"before {(1 - 0.0001) ** 10_000:.1%}, after {(1 - 0.001 * 0.0001) ** 10_000:.1%}")

# %%
check("tfa.1", answer)

# %% [markdown] lang="en"
# ## 2. Another rate, another number
#
# Divide by the learning rate: $0.00005 / 0.0005 = 0.1$. The thousand of section 5 belongs to a rate of 0.001 and to no other.

# %% [markdown] lang="ko"
# ## 2. 학습률이 다르면 숫자도 달라요
#
# 학습률(learning rate)로 나누면 $0.00005 / 0.0005 = 0.1$이에요. 5절의 천 배는 학습률이 0.001일 때만 맞아요.

# %%
decay_for_keras = 0.00005 / 0.0005
print(f"the function of the module says {keras_weight_decay(0.00005, learning_rate=0.0005):.3g}")

# %%
check("tfa.2", decay_for_keras)

# %% [markdown] lang="en"
# ## 3. One step of either kind
#
# The two differ by one factor, and the rest is the same: so is the code.

# %% [markdown] lang="ko"
# ## 3. 두 가지 한 스텝
#
# 둘은 곱하는 수 하나만 다르고 나머지는 같아요. 코드도 그렇게 쓰면 돼요.

# %%
def adamw_step(w, u, learning_rate, weight_decay, kind):
    """The weights after one step."""
    share = weight_decay if kind == "tfa" else learning_rate * weight_decay
    return w - share * w - learning_rate * u

# %%
check("tfa.3a", adamw_step)  # of tensorflow-addons
check("tfa.3b", adamw_step)  # of Keras

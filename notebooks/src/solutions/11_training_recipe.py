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

from vit_keras import Recipe, check
from vit_keras.lessons import keras_weight_decay

# %% [markdown] lang="en"
# ## 1. Long gradients and short ones
#
# D. Adam divides by the root of $v$, and $v$ has the length of the gradients in it: what is left is their direction, and how steady it is. AdamW takes the decay away beside that step, so it is the same share for both kernels.
#
# B describes Adam with L2, where the decay goes through the division as well. And clipping shortens all gradients of a step together, by one factor.

# %% [markdown] lang="ko"
# ## 1. 긴 그래디언트와 짧은 그래디언트
#
# 답은 D예요. Adam은 $v$의 제곱근으로 나누는데, $v$에 그래디언트의 길이가 들어 있어요. 그래서 방향과, 그 방향이 얼마나 한결같은지만 남아요. AdamW는 감쇠를 이 스텝에 넣지 않고 따로 빼니까 두 커널이 같은 비율을 잃어요.
#
# B는 L2를 더한 Adam의 이야기예요. 거기서는 감쇠도 함께 나누어져요. 그리고 클리핑은 한 스텝의 모든 그래디언트를 같은 비율로 줄여요.

# %%
answer = "D"

# %%
check("11.1", answer)

# %% [markdown] lang="en"
# ## 2. Steps, and what they leave
#
# 3,000 pictures fill 23 batches of 128; the other 56 wait for the next pass. The mean rate is half of the peak, so a step takes $0.001 \cdot 0.05$ of the weight on average.

# %% [markdown] lang="ko"
# ## 2. 스텝 수와 남는 비율
#
# 그림 3,000장은 배치 128을 23개 채우고, 남은 56장은 다음번을 기다려요. 평균 학습률은 최댓값의 절반이니까, 한 스텝에 평균 $0.001 \cdot 0.05$만큼 줄어요.

# %%
steps_in_all = 50 * (3000 // 128)
share_left = (1 - 0.001 * 0.05) ** steps_in_all

# %%
check("11.2a", steps_in_all)
check("11.2b", share_left)

# %% [markdown] lang="en"
# Step by step, with the rates of the schedule, it comes to the same:

# %% [markdown] lang="ko"
# 스케줄의 학습률로 한 스텝씩 계산해도 같아요.

# %%
recipe = Recipe(epochs=50, learning_rate=2e-3)
rates = np.array([recipe.rate(step / steps_in_all) for step in range(steps_in_all)])
print(f"{np.prod(1 - rates * 0.05):.4f} and {share_left:.4f}")

# %% [markdown] lang="en"
# ## 3. Bringing a decay over
#
# The sum of $\eta_t \lambda$ over all steps must be the number of steps times the old decay; so divide by the mean rate. At a constant rate that is the rate itself.

# %% [markdown] lang="ko"
# ## 3. 감쇠를 옮기기
#
# 모든 스텝에서 $\eta_t \lambda$를 더한 것이 스텝 수에 옛 감쇠를 곱한 것과 같아야 해요. 그러니 평균 학습률로 나눠요. 학습률이 변하지 않으면 그냥 학습률로 나누는 것과 같아요.

# %%
def converted(decay, rates):
    """A float and an array (steps,) -> float."""
    return decay / np.mean(rates)

# %%
check("11.3a", converted)
check("11.3b", converted)

# %%
print("as the module says:",
      np.isclose(converted(1e-4, rates), keras_weight_decay(1e-4, rates)))

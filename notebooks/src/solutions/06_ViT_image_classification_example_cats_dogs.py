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
import keras
import numpy as np
from IPython.display import Markdown

from vit_keras import VisionTransformer, check, pick
from vit_keras.data import draw_faces
from vit_keras.lessons import gain_table, gains

# %% [markdown] lang="en"
# ## 1. The best of thirty
#
# A. The thirty accuracies on `validation` scatter around the true ones by chance, and the best of them is more often one that was lucky. Luck does not repeat itself on new photographs. It does not matter that nothing was *trained* on `validation`: choosing is a way of learning from it. How much it flatters depends on how many settings there are and on how few photographs judge them.

# %% [markdown] lang="ko"
# ## 1. 서른 가지 가운데 가장 좋은 것
#
# 답은 A예요. `validation`에서 잰 서른 가지 정확도는 우연 때문에 진짜 값 주위에 흩어져 있어요. 그중 가장 좋은 것은 운이 좋았던 것일 때가 많아요. 그 운은 새 사진에서 되풀이되지 않아요. `validation`으로 *학습*하지 않았다는 것은 상관없어요. 고르는 것도 거기서 배우는 일이에요. 설정이 많을수록, 평가하는 사진이 적을수록 더 많이 부풀려져요.

# %%
answer = "A"

check("6.1", answer)

# %% [markdown] lang="en"
# The same with thirty settings that truly differ, between 70% and 80%, and 600 photographs: how much too high is the report, on average over many such friends?

# %% [markdown] lang="ko"
# 이번에는 설정 서른 가지의 진짜 정확도가 70~80% 사이에서 서로 다르고 사진이 600장이라고 해요. 그런 친구가 많다면 보고한 값은 평균적으로 얼마나 높을까요?

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
# $112 / 7 = 16$ patches a side, so $16^2 = 256$; each holds $7 \cdot 7 \cdot 3 = 147$ numbers.

# %% [markdown] lang="ko"
# ## 2. 7x7 픽셀 패치(patch)
#
# 한 변에 패치가 $112 / 7 = 16$개이므로 모두 $16^2 = 256$개예요. 패치마다 숫자가 $7 \cdot 7 \cdot 3 = 147$개 있어요.

# %%
num_patches = (112 // 7) ** 2
numbers_a_patch = 7 * 7 * 3

check("6.2a", num_patches)
check("6.2b", numbers_a_patch)

# %% [markdown] lang="en"
# ## 3. A split without a leak
#
# Shuffle the *groups*, not the pictures, and take groups until there are enough pictures. `np.isin` then marks every picture of a chosen group, copies included.

# %% [markdown] lang="ko"
# ## 3. 누출(leak) 없는 나누기
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


check("6.3", split_without_leaks)

# %% [markdown] lang="en"
# ## 4. With and without a mirror
#
# The model answers in logits: hence `SparseCategoricalCrossentropy(from_logits=True)`. The layer in front is active in `fit` only, not in `evaluate`.

# %% [markdown] lang="ko"
# ## 4. 뒤집을 때와 뒤집지 않을 때
#
# 모델은 로짓(logit)으로 답해요. 그래서 `SparseCategoricalCrossentropy(from_logits=True)`를 써요. 앞에 놓은 층은 `fit`에서만 작동하고 `evaluate`에서는 작동하지 않아요.

# %%
number = pick(smoke=64, laptop=300, gpu=300)
faces = draw_faces(number, image_size=32, seed=0)
new_faces = draw_faces(number, image_size=32, seed=1)


def accuracy(mirrored, seed):
    """Train a small ViT on `faces`; returns its accuracy on `new_faces`."""
    keras.utils.set_random_seed(seed)
    model = VisionTransformer((32, 32, 3), 8, num_layers=2, hidden_dim=32, num_heads=2, mlp_dim=64,
                              num_classes=2)
    if mirrored:
        model = keras.Sequential([keras.layers.RandomFlip("horizontal"), model])
    model.compile(keras.optimizers.AdamW(0.002),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"],
                  run_eagerly=pick(smoke=True, laptop=False, gpu=False))  # smoke: two steps
    model.fit(faces.images, faces.labels, epochs=pick(smoke=1, laptop=20, gpu=20), verbose=0)
    return model.evaluate(new_faces.images, new_faces.labels, verbose=0)[1]

# %% tags=["nbval-ignore-output"]
accuracies = {"as they are": [accuracy(False, seed) for seed in range(3)],
              "mirrored": [accuracy(True, seed) for seed in range(3)]}
Markdown(gain_table(accuracies, "faces"))

# %%
difference = gains(accuracies)[1]
conclusion = abs(difference.gain) > 2 * difference.error

check("6.4", conclusion, accuracies=accuracies)

# %% [markdown] lang="en"
# The conclusion holds for these faces, this model and this number of epochs, and no further. If the difference could be chance, that does not show that mirroring is useless: three seeds cannot see a small effect.

# %% [markdown] lang="ko"
# 결론은 이 얼굴 그림, 이 모델, 이 에폭(epoch) 수에서만 성립해요. 차이가 우연일 수 있다고 해서 뒤집기가 쓸모없다는 뜻은 아니에요. 시드 세 개로는 작은 효과를 볼 수 없어요.

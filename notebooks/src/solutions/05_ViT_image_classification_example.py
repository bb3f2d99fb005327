# %% [markdown] lang="en"
# # Solutions: training from scratch
#
# Solutions to the exercises of [`05_ViT_image_classification_example`](../05_ViT_image_classification_example.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 처음부터 학습하기
#
# [`05_ViT_image_classification_example`](../05_ViT_image_classification_example.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
from keras import ops

from vit_keras import Dataset, Recipe, Split, VisionTransformer, check, draw_shapes, train

small = {"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}

# %% [markdown] lang="en"
# ## 1. Shuffled patches
#
# B. Attention treats all patches alike; the only thing that tells the ViT where a patch lies is its position embedding, and that is learned. With shuffled patches it learns shuffled positions and loses nothing. The CNN takes for granted that neighbours belong together. After the shuffle that is true inside a patch only, and wrong across its edges.

# %% [markdown] lang="ko"
# ## 1. 섞인 패치
#
# 답은 B예요. 어텐션은 모든 패치를 똑같이 다뤄요. 패치가 어디에 있는지 ViT에게 알려 주는 것은 위치 임베딩(position embedding)뿐이고, 이것은 학습으로 정해져요. 패치가 섞여 있으면 위치 임베딩도 섞인 순서로 배우면 그만이라 잃는 것이 없어요. CNN은 이웃한 것끼리 관련 있다고 가정해요. 섞은 뒤에는 패치 안에서만 그 가정이 맞고, 패치의 경계를 넘으면 틀려요.

# %%
answer = "B"

# %%
check(answer, "B", hints=[
    ("A", "What are the neighbours of a pixel at the edge of a patch now?",
     "패치 가장자리 픽셀의 이웃이 이제 무엇일까요?"),
    ("C", "Which of the two is told which patches are neighbours?",
     "어떤 패치끼리 이웃인지 처음부터 아는 쪽은 어느 모델일까요?"),
    ("D", "The shuffle is always the same: is anything lost?", "섞는 방법이 늘 똑같아요. 정보가 사라졌을까요?"),
])

# %% [markdown] lang="en"
# It can be shown without training: shuffle the patches and the rows of $\mathbf{E}_{pos}$ in the same way, and the representation $\mathbf{y}$ of equation (4) does not change.

# %% [markdown] lang="ko"
# 학습하지 않고도 확인할 수 있어요. 패치와 $\mathbf{E}_{pos}$의 행을 똑같이 섞으면 식 (4)의 표현 $\mathbf{y}$가 바뀌지 않아요.

# %%
keras.utils.set_random_seed(0)
vit = VisionTransformer((32, 32, 3), 4, num_classes=None, **small)  # no head: the answer is y
x = vit.patches(vit.normalize(draw_shapes(2).images))  # (2, 64, 48)
y = vit.encoder(vit.patch_encoder(x))[:, 0]  # (2, D)

order = np.random.default_rng(0).permutation(64)
places = np.concatenate([[0], 1 + order])  # the class token stays in front
vit.patch_encoder.positions.assign(ops.take(vit.patch_encoder.positions, places, axis=1))
y_shuffled = vit.encoder(vit.patch_encoder(ops.take(x, order, axis=1)))[:, 0]
print("same y:", bool(ops.all(ops.isclose(y, y_shuffled, atol=1e-4))))

# %% [markdown] lang="en"
# ## 2. Patches of 8x8 pixels
#
# There are $32 \cdot 32 / 8^2 = 16$ patches, and *more* parameters: $\mathbf{E}$ has four times as many rows, which outweighs the 48 positions saved. The model is faster all the same, since fewer tokens go through the blocks.

# %% [markdown] lang="ko"
# ## 2. 8x8 픽셀 패치
#
# 패치는 $32 \cdot 32 / 8^2 = 16$개이고, 파라미터는 오히려 *늘어나요*. $\mathbf{E}$의 행이 네 배가 되는데, 줄어든 위치 임베딩 48개보다 이쪽이 더 커요. 그래도 블록을 지나는 토큰이 적어서 모델은 더 빨라요.

# %%
num_patches = 32 * 32 // 8**2
D, M, N = small["hidden_dim"], small["mlp_dim"], num_patches
block = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D
parameters = (8 * 8 * 3
              + 1) * D + D + (N + 1) * D + small["num_layers"] * block + 2 * D + (D + 1) * 10

# %%
check(num_patches, 16, hints=[
    (4, "That is one side of the grid: square it.", "격자 한 변의 개수예요. 제곱하세요."),
    (17, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
    (64, "That is N for patch_size=4.", "patch_size=4일 때의 N이에요."),
])
check(parameters, VisionTransformer((32, 32, 3), 8, num_classes=10, **small).count_params(), hints=[
    (VisionTransformer((32, 32, 3), 4, num_classes=10, **small).count_params(),
     "That is patch_size=4. E and E_pos depend on it.", "patch_size=4일 때의 값이에요. E와 E_pos가 달라져요."),
])

# %% [markdown] lang="en"
# ## 3. Top-k accuracy

# %% [markdown] lang="ko"
# ## 3. 상위 k개 정확도

# %%
def top_k_accuracy(logits, labels, k):
    """Share of the pictures whose true class is among the k largest logits."""
    best = np.argsort(logits, axis=1)[:, -k:]  # (B, k)
    return np.mean(np.any(best == labels[:, None], axis=1))

# %%
four = np.array([[4, 3, 2, 1], [1, 2, 3, 4], [3, 1, 4, 2], [1, 4, 2, 3]])

check(top_k_accuracy, 0.75, on=(four, np.array([0, 0, 2, 3]), 2), hints=[
    (0.5, "That is k = 1, only the best answer.", "k = 1, 가장 좋은 답 하나만 본 값이에요."),
    (0.25, "You took the smallest logits: argsort sorts upwards.",
     "가장 작은 로짓을 골랐어요. argsort는 작은 것부터 정렬해요."),
    (3, "That is how many: divide by the number of pictures.", "맞힌 개수예요. 그림 수로 나누세요."),
])

# %% [markdown] lang="en"
# ## 4. `train`, unfolded
#
# `shuffle=False` keeps Keras from shuffling the order of the batches once more: `batches` has chosen it from the seed and the epoch. `recipe.callbacks` starts every random layer from the same two numbers.

# %% [markdown] lang="ko"
# ## 4. 풀어 쓴 `train`
#
# `shuffle=False`는 Keras가 배치 순서를 한 번 더 섞지 않게 해요. 순서는 `batches`가 시드와 에폭으로 이미 정했어요. `recipe.callbacks`는 무작위로 움직이는 층을 모두 같은 두 숫자에서 시작하게 해요.

# %%
def by_hand(model, dataset, recipe):
    """Train `model` as `train` does; returns the model."""
    batches = recipe.batches(dataset.train)
    learner = recipe.learner(model, recipe.steps(batches))
    learner.fit(batches, epochs=recipe.epochs, validation_data=dataset.validation, shuffle=False,
                verbose=0, callbacks=recipe.callbacks(batches, verbose=False))
    return model

# %%
two_passes = Recipe(epochs=2, batch_size=32)
shapes = draw_shapes(64, seed=1)
few_shapes = Dataset(*[Split(shapes.images, shapes.labels)] * 3, shapes.shapes, "Drawn shapes.")


def tiny_vit():
    keras.utils.set_random_seed(0)
    return VisionTransformer((32, 32, 3), 8, num_layers=1, hidden_dim=16, num_heads=2, mlp_dim=32,
                             num_classes=10)


def as_train_does(model):
    """Whether these are the weights that `train` gives, to the bit."""
    other = tiny_vit()
    train(other, few_shapes, two_passes, verbose=False)
    return all(np.array_equal(*pair) for pair in zip(model.get_weights(), other.get_weights()))

# %%
check(by_hand, as_train_does, on=(tiny_vit(), few_shapes, two_passes), hints=[
    ("'NoneType' object", "Return the model.", "모델을 돌려주세요."),
    (lambda model: all(np.array_equal(*pair)
                       for pair in zip(model.get_weights(), tiny_vit().get_weights())),
     "Nothing was learned: call fit.", "아무것도 배우지 않았어요. fit을 부르세요."),
    (lambda model: True,
     "Trained, but in another order or with other draws: callbacks=recipe.callbacks(batches) and "
     "shuffle=False.",
     "학습은 됐지만 순서나 난수가 달라요. callbacks=recipe.callbacks(batches)와 shuffle=False를 확인하세요."),
])

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
from IPython.display import Markdown
from keras import ops

import vit_keras
from vit_keras import VisionTransformer, check, draw_shapes, pick
from vit_keras.lessons import gain_table, gains

small = {"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128}
vit_size = pick(
    smoke={"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "mlp_dim": 64},
    laptop=small,
    gpu={"num_layers": 9, "hidden_dim": 192, "num_heads": 3, "mlp_dim": 768},
)
cifar10 = vit_keras.load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=512, laptop=None, gpu=None)
)

# %% [markdown] lang="en"
# ## 1. Shuffled patches
#
# C. Attention treats all patches alike; the only thing that tells the ViT where a patch lies is its position embedding, and that is learned. With shuffled patches it learns shuffled positions and loses nothing. The CNN takes for granted that neighbors belong together. After the shuffle that holds only inside a patch, and is wrong across its edges.

# %% [markdown] lang="ko"
# ## 1. 섞인 패치
#
# 답은 C예요. 어텐션은 모든 패치를 똑같이 다뤄요. 패치가 어디에 있는지 ViT에게 알려 주는 것은 위치 임베딩(position embedding)뿐이고, 이것은 학습으로 정해져요. 패치가 섞여 있으면 위치 임베딩도 섞인 순서로 배우면 그만이라 잃는 것이 없어요. CNN은 이웃한 것끼리 관련 있다고 가정해요. 섞은 뒤에는 패치 안에서만 그 가정이 맞고, 패치의 경계를 넘으면 틀려요.

# %%
answer = "C"

check("5.1", answer)

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
embedding = (8 * 8 * 3 + 1) * D + D + (N + 1) * D  # E with its bias, class token, positions
parameters = embedding + small["num_layers"] * block + 2 * D + (D + 1) * 10

check("5.2a", num_patches)
check("5.2b", parameters)

# %% [markdown] lang="en"
# ## 3. Train, and conclude
#
# Every call begins with its seed, so that the weights and the order of the pictures are drawn anew. Nothing but the patch size differs between the two groups. The conclusion follows from the numbers: on your data, with more pictures or more passes, it may be another.

# %% [markdown] lang="ko"
# ## 3. 학습시키고 결론 내리기
#
# 부를 때마다 시드부터 정해서 가중치와 그림 순서를 새로 뽑아요. 두 묶음은 패치 크기만 달라요. 결론은 숫자에서 나와요. 데이터가 다르거나, 그림이 더 많거나, 더 여러 번 훑으면 결론이 달라질 수 있어요.

# %% tags=["nbval-ignore-output"]
# laptop: 2 minutes
few = pick(smoke=64, laptop=3_000, gpu=20_000)
passes = pick(smoke=1, laptop=4, gpu=10)


def validation_accuracy(patch_size, seed):
    """Train a new ViT with `compile` and `fit`; returns its accuracy on the validation images."""
    keras.utils.set_random_seed(seed)
    model = VisionTransformer((32, 32, 3), patch_size, num_classes=10, **vit_size)
    model.compile(
        optimizer=keras.optimizers.AdamW(0.001, weight_decay=0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        run_eagerly=pick(smoke=True, laptop=False, gpu=False),  # one step is not worth a graph
    )
    model.fit(cifar10.train.images[:few], cifar10.train.labels[:few], batch_size=64, epochs=passes,
              verbose=0)
    return model.evaluate(*cifar10.validation, verbose=0, return_dict=True)["accuracy"]


accuracies = {f"{size}x{size}": [validation_accuracy(size, seed) for seed in range(3)]
              for size in (4, 8)}
Markdown(gain_table(accuracies, "patches"))

# %%
difference = gains(accuracies)[1]
conclusion = abs(difference.gain) > 2 * difference.error

check("5.3", conclusion, accuracies=accuracies)

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


check("5.4", by_hand)

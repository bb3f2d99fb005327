# %% [markdown] lang="en"
# # Solutions: pretrained checkpoints and fine-tuning
#
# Solutions to the exercises of [`09_fine_tuning`](../09_fine_tuning.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 사전 학습된 체크포인트와 미세 조정
#
# [`09_fine_tuning`](../09_fine_tuning.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
import logging

import keras
import numpy as np
from keras import ops

import vit_keras
from vit_keras import VisionTransformer, check, pick
from vit_keras.pretrained import (
    few,
    find_weights,
    fit_probe,
    freeze,
    interpolate_position_embedding,
    with_resizing,
)

vit_keras.start.need("safetensors")
# it would remark on every new model that we compile
logging.getLogger("tensorflow").setLevel("ERROR")

# %% [markdown] lang="en"
# ## 1. Twenty photographs of leaves
#
# A. A probe has $2 (D + 1)$ weights and needs one forward pass; a strong penalty keeps it from memorizing twenty pictures. Ten for learning and ten for testing, drawn several times, say how far the result can be trusted. Fine-tuning may come afterwards, with a small rate. B overwrites what was learned. C is lesson 6 with 1/270 of the photographs. D gives an error: $\mathbf{E}$ has $16 \cdot 16 \cdot 3$ rows and a patch of 8x8 pixels has $8 \cdot 8 \cdot 3$ numbers.

# %% [markdown] lang="ko"
# ## 1. 잎 사진 스무 장
#
# 답은 A예요. 프로브(probe)는 가중치가 $2 (D + 1)$개이고 순전파(forward) 한 번이면 돼요. 강한 규제는 사진 스무 장을 외우지 못하게 막아요. 열 장으로 배우고 열 장으로 테스트하는 것을 여러 번 뽑으면 결과를 얼마나 믿을 수 있는지도 알 수 있어요. 미세 조정(fine-tuning)은 그다음에 작은 학습률로 해 볼 수 있어요. B는 배운 것을 덮어써요. C는 수업 6을 사진 270분의 1로 하는 셈이에요. D는 오류가 나요. $\mathbf{E}$는 $16 \cdot 16 \cdot 3$행인데 8x8 픽셀 패치에는 숫자가 $8 \cdot 8 \cdot 3$개예요.

# %%
answer = "A"

check("9.1", answer)

# %% [markdown] lang="en"
# ## 2. Another resolution, two blocks that learn
#
# The grid has $160 / 16 = 10$ places a side, and the class token has a position, too. A block has $4 D + 4 (D^2 + D) + 2 D M + M + D$ weights (lesson 4); two of them learn, with the last norm and the head. Cut off, the place in row 3, column 5 is number $3 \cdot 10 + 5 = 35$ of the table, and in a grid of 14 columns number 35 lies in row 2, column 7.

# %% [markdown] lang="ko"
# ## 2. 다른 해상도, 학습하는 블록 둘
#
# 격자는 한 변이 $160 / 16 = 10$자리이고, 클래스 토큰(class token)에도 위치가 있어요. 블록 하나의 가중치는 $4 D + 4 (D^2 + D) + 2 D M + M + D$개예요(수업 4). 그 가운데 둘과 마지막 층 정규화, 분류층이 학습해요. 잘라 쓰면 3행 5열은 표에서 $3 \cdot 10 + 5 = 35$번이에요. 열이 14개인 격자에서 35번은 2행 7열이에요.

# %%
D, M, K = 192, 768, 5
block = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D
num_positions = (160 // 16) ** 2 + 1
weights_that_learn = 2 * block + 2 * D + (D + 1) * K
old_place = divmod(3 * 10 + 5, 14)

check("9.2a", num_positions)
check("9.2b", weights_that_learn)
check("9.2c", old_place)

# %% [markdown] lang="en"
# Keras counts the same, and the positions of a model at 160x160 have so many rows:

# %% [markdown] lang="ko"
# Keras로 세어도 같고, 160x160 모델의 위치 임베딩도 행이 그만큼이에요.

# %%
ti = VisionTransformer.from_variant("Ti/16", image_shape=(160, 160, 3), num_classes=5)
print(f"{freeze(ti, blocks=10):,} weights learn; "
      f"positions {tuple(ti.patch_encoder.positions.shape)}")
print("from 14x14:", interpolate_position_embedding(np.zeros((1, 197, 192)), (10, 10)).shape)

# %% [markdown] lang="en"
# ## 3. One head's queries
#
# The first D rows of `qkv` are the queries, $D_h$ rows for each head. Transposed, they can be multiplied from the right.

# %% [markdown] lang="ko"
# ## 3. 헤드 하나의 쿼리
#
# `qkv`의 처음 D행이 쿼리이고 헤드마다 $D_h$행씩이에요. 전치하면 오른쪽에서 곱할 수 있어요.

# %%
def query_of_head(qkv, num_heads, head):
    """(3D, D) -> (D, D_h)."""
    hidden_dim = qkv.shape[1]
    key_dim = hidden_dim // num_heads
    queries = qkv[:hidden_dim]  # (D, D), outputs first
    return queries[head * key_dim : (head + 1) * key_dim].T  # (D, D_h)


check("9.3", query_of_head)

# %% [markdown] lang="en"
# ## 4. A probe becomes a head
#
# Multiply out: $\frac{\mathbf{y} - \mathbf{m}}{\mathbf{s}} \, \mathbf{W} + \mathbf{b} = \mathbf{y} \, \mathbf{W}' + (\mathbf{b} - \mathbf{m} \, \mathbf{W}')$, where row $d$ of $\mathbf{W}'$ is row $d$ of $\mathbf{W}$ divided by $s_d$.

# %% [markdown] lang="ko"
# ## 4. 프로브를 분류층으로
#
# 괄호를 풀면 $\frac{\mathbf{y} - \mathbf{m}}{\mathbf{s}} \, \mathbf{W} + \mathbf{b} = \mathbf{y} \, \mathbf{W}' + (\mathbf{b} - \mathbf{m} \, \mathbf{W}')$예요. $\mathbf{W}'$의 $d$행은 $\mathbf{W}$의 $d$행을 $s_d$로 나눈 거예요.

# %%
def fold(kernel, bias, mean, deviation):
    """(D, K), (K,), (D,), (D,) -> kernel (D, K) and bias (K,)."""
    kernel = kernel / deviation[:, None]
    return kernel, bias - mean @ kernel


check("9.4", fold)

# %% [markdown] lang="en"
# In a model: the folded probe in the place of the head gives the probe's logits.

# %% [markdown] lang="ko"
# 모델에 넣어 봐요. 접어 넣은 프로브를 분류층 자리에 두면 프로브의 로짓이 나와요.

# %%
keras.utils.set_random_seed(0)
vit = VisionTransformer((16, 16, 3), 4, num_layers=1, hidden_dim=8, num_heads=2, mlp_dim=16,
                        num_classes=3)
rng = np.random.default_rng(0)
pictures = rng.integers(0, 256, (30, 16, 16, 3)).astype("uint8")
y = ops.convert_to_numpy(vit.encoder(vit.patch_encoder(vit.patches(vit.normalize(pictures))))[:, 0])
# it standardizes, and folds
probe = fit_probe(y, rng.permutation(np.arange(30) % 3), num_classes=3)
probe.to_head(vit)
print("the same logits:",
      np.allclose(ops.convert_to_numpy(vit(pictures)), probe.logits(y), atol=1e-4))

# %% [markdown] lang="en"
# ## 5. Frozen or not, three seeds
#
# One thing changes, `freeze`; the draw of the photographs, the order and the rate are the same for both. `fine_tune` is that of the lesson.

# %% [markdown] lang="ko"
# ## 5. 동결할까요? 시드 세 개
#
# 바뀌는 것은 `freeze` 하나예요. 뽑은 사진과 순서와 학습률은 둘이 같아요. `fine_tune`은 수업의 함수예요.

# %% tags=["nbval-ignore-output"]
weights = find_weights()
photographs = vit_keras.load_cats_vs_dogs(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=128, laptop=1_000, gpu=None)
)
held_out, held_out_labels = (part[:100] for part in photographs.validation)


def fine_tune(model, pictures, labels, learning_rate=1e-4, epochs=2, seed=0):
    """Train the weights that are not frozen; returns the accuracy on validation photographs."""
    keras.utils.set_random_seed(seed)
    network = with_resizing(model, pictures.shape[1:])
    network.compile(
        optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=0.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        run_eagerly=pick(smoke=True, laptop=False, gpu=False),  # few steps in a test
    )
    network.fit(pictures, labels, batch_size=16, epochs=epochs, verbose=0)
    return network.evaluate(held_out, held_out_labels, verbose=0)[1]

# %%
# laptop: about 4 minutes
accuracies = {"all": [], "half": []}
for seed in range(3):
    drawn = few(photographs.train.labels, 10, seed=seed)
    for name in accuracies:
        model = weights.load(num_classes=2)
        freeze(model, model.num_layers // 2 if name == "half" else None)
        accuracies[name].append(fine_tune(model, photographs.train.images[drawn],
                                          photographs.train.labels[drawn],
                                          epochs=pick(smoke=1, laptop=5, gpu=5), seed=seed))
all_weights, half = (100 * np.array(accuracies[name]) for name in ("all", "half"))
gain = half.mean() - all_weights.mean()
error = np.sqrt((all_weights.var(ddof=1) + half.var(ddof=1)) / 3)
is_clear = bool(abs(gain) > 2 * error)

check("9.5a", accuracies)
check("9.5b", gain, accuracies=accuracies)
check("9.5c", is_clear, accuracies=accuracies)

# %% tags=["nbval-ignore-output"]
print(f"all weights {np.round(all_weights, 1)}, half frozen {np.round(half, 1)}: "
      f"{gain:+.1f} points, standard error {error:.1f}")

# %% [markdown] lang="en"
# ## 6. Ten rates and 400 test pictures
#
# D. The best of ten, chosen by the very pictures it is reported on, looks better than it is (lesson 6: twenty coins). And the distance is small: with 400 pictures the standard error near 97% is $\sqrt{0.97 \cdot 0.03 / 400} \approx 0.9$ points. Even an honest 0.7 would be within it.

# %% [markdown] lang="ko"
# ## 6. 학습률 열 가지와 테스트 그림 400장
#
# 답은 D예요. 열 가지 가운데 가장 좋은 것을 바로 그 그림으로 골라서 보고하면 실제보다 좋아 보여요(수업 6의 동전 스무 개). 차이도 작아요. 그림이 400장이면 97% 근처의 표준 오차는 $\sqrt{0.97 \cdot 0.03 / 400} \approx 0.9$퍼센트포인트예요. 정직하게 얻은 0.7이라도 그 안에 들어가요.

# %%
first_reply = "D"

check("9.6", first_reply)

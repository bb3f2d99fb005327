# %% [markdown] lang="en"
# # Solutions: the Vision Transformer
#
# Solutions to the exercises of [`04_vision_transformer`](../04_vision_transformer.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 비전 트랜스포머
#
# [`04_vision_transformer`](../04_vision_transformer.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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

from vit_keras import (
    VARIANTS,
    PatchEncoder,
    Patches,
    TransformerEncoder,
    check,
    draw_shapes,
)

shapes = ("moon", "star", "heart")
pictures = draw_shapes(2, shapes=shapes, labels=[0, 1], size=0.36, color="yellow",
                       position="center", seed=3).images

# %% [markdown] lang="en"
# The parts of section 1, with the weights of the lesson.

# %% [markdown] lang="ko"
# 1절의 구성 요소에 수업과 같은 가중치를 넣어요.

# %%
patches, patch_encoder = Patches(patch_size=16), PatchEncoder(hidden_dim=6)
encoder, head = TransformerEncoder(num_layers=2, num_heads=3, mlp_dim=8), keras.layers.Dense(3)
head(encoder(patch_encoder(patches(pictures)))[:, 0])  # builds them
for seed, part in enumerate((patch_encoder, encoder, head)):
    rng = np.random.default_rng(seed)
    part.set_weights([rng.normal(0, 0.5, weight.shape) for weight in part.weights])

# %% [markdown] lang="en"
# ## 1. One query in every block
#
# D. The keys and values of a block are made of the tokens that came out of the block before. After a first block with one query only the class token is left, so in the second block it has only itself to look at, and attention has nothing to mix. There is no error, since no weight of a block depends on the number of tokens. (Keras warns, though: a softmax over a single number is always 1.) And the answers still differ from picture to picture, since the class token did see the patches once, in the first block.
#
# So the tokens that do not answer for the picture are not wasted: they talk to each other in all blocks but the last, and the class token listens.

# %% [markdown] lang="ko"
# ## 1. 모든 블록에서 질문을 하나만 하면
#
# 답은 D예요. 블록의 키와 밸류는 앞 블록에서 나온 토큰으로 만들어요. 첫 블록에서 질문을 하나만 하면 클래스 토큰만 남아요. 그러면 두 번째 블록에서는 볼 것이 자기 자신밖에 없어서 어텐션이 섞을 것이 없어요. 블록의 가중치는 토큰 수와 상관없으니 오류는 나지 않아요. (대신 Keras가 경고해요. 숫자 하나에 소프트맥스를 하면 언제나 1이거든요.) 답은 그림마다 여전히 달라요. 첫 블록에서 패치를 한 번은 보았으니까요.
#
# 그러니 그림을 대표하지 않는 토큰도 쓸데없는 것이 아니에요. 마지막 블록 전까지 서로 이야기를 나누고, 클래스 토큰은 그 이야기를 들어요.

# %%
answer = "D"

check("4.1", answer)

# %%
z = patch_encoder(patches(pictures / 127.5 - 1))
for number, block in enumerate(encoder.blocks, start=1):
    z, A = block(z, num_queries=1, return_attention_scores=True)
    print(f"block {number}: A {tuple(A.shape)}, z {tuple(z.shape)}")
y = ops.convert_to_numpy(encoder.norm(z)[:, 0])
y_all = ops.convert_to_numpy(encoder(patch_encoder(patches(pictures / 127.5 - 1)))[:, 0])
print("in block 2 the class token looks at itself alone:", bool(ops.all(A == 1)))
print("the same y:", np.allclose(y, y_all, atol=1e-2), "| the same for both pictures:",
      np.allclose(*y, atol=1e-2))

# %% [markdown] lang="en"
# ## 2. Tokens and positions
#
# $(224 / 14)^2 = 256$ patches and the class token: 257. With 384 pixels and $P = 16$ there are $(384 / 16)^2 = 576$ patches, so $\mathbf{E}_{pos}$ has 577 rows of 768 numbers. It is the only part of the model whose size depends on the number of pixels; a model for another resolution needs other positions and nothing else.

# %% [markdown] lang="ko"
# ## 2. 토큰과 위치
#
# 패치 $(224 / 14)^2 = 256$개에 클래스 토큰을 더해 257개예요. 384 픽셀이고 $P = 16$이면 패치가 $(384 / 16)^2 = 576$개예요. 그래서 $\mathbf{E}_{pos}$는 숫자 768개짜리 행이 577개예요. 모델에서 픽셀 수에 따라 크기가 달라지는 것은 이것뿐이에요. 해상도가 달라지면 위치 임베딩(position embedding)만 바꾸면 돼요.

# %%
num_tokens = (224 // 14) ** 2 + 1
position_parameters = ((384 // 16) ** 2 + 1) * 768

check("4.2a", num_tokens)
check("4.2b", position_parameters)

# %% [markdown] lang="en"
# ## 3. The whole model

# %% [markdown] lang="ko"
# ## 3. 모델 전체

# %%
def classify(images, patches, patch_encoder, encoder, head):
    """(B, H, W, 3) bytes -> (B, K) logits: equations (1) to (4) and the head."""
    x = patches(images / 127.5 - 1)  # (B, N, P*P*C)
    z = patch_encoder(x)  # (1)  (B, N + 1, D)
    y = encoder(z, num_queries=1)[:, 0]  # (2) (3) (4)  (B, D); only the class token is needed
    return head(y)  # (B, K)


check("4.3", classify, pictures=pictures, parts=(patches, patch_encoder, encoder, head))

# %% [markdown] lang="en"
# ## 4. Counting the parameters
#
# One line for each row of the table. The number of heads does not appear, and $N$ only in $\mathbf{E}_{pos}$.

# %% [markdown] lang="ko"
# ## 4. 파라미터 세기
#
# 표의 한 행이 한 줄이에요. 헤드 수는 나오지 않고, $N$은 $\mathbf{E}_{pos}$에만 나와요.

# %%
def count_parameters(P, C, N, D, M, L, K):
    """All parameters of a ViT with a class token, learned positions and a head."""
    embedding = (P * P * C * D + D) + D + (N + 1) * D  # E, class token, positions
    attention = 4 * (D * D + D)
    mlp = (D * M + M) + (M * D + D)
    norms = 2 * 2 * D
    return embedding + L * (attention + mlp + norms) + 2 * D + (D * K + K)


check("4.4", count_parameters)

# %% [markdown] lang="en"
# And the published sizes, for 224x224 pixels and 1000 classes:

# %% [markdown] lang="ko"
# 발표된 크기를 224x224 픽셀, 1000개 클래스로 세면 다음과 같아요.

# %%
def published(name, side):
    """A published size, by our own count."""
    size = VARIANTS[name]
    return count_parameters(side, 3, (224 // side) ** 2, size["hidden_dim"], size["mlp_dim"],
                            size["num_layers"], 1000)


for name, side in (("Ti", 16), ("S", 16), ("B", 16), ("L", 16), ("H", 14)):
    print(f"{name + '/' + str(side):6}{published(name, side):12,}")

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
    VisionTransformer,
    check,
    draw_shapes,
)

shapes = ("moon", "star", "heart")
pictures = draw_shapes(2, shapes=shapes, labels=[0, 1], size=0.36, color="yellow",
                       position="center", seed=3).images

# %% [markdown] lang="en"
# The parts of section 1, and the class with the same weights.

# %% [markdown] lang="ko"
# 1절의 부품과, 같은 가중치를 넣은 클래스예요.

# %%
size = {"num_layers": 2, "hidden_dim": 6, "num_heads": 3, "mlp_dim": 8}
patches, patch_encoder = Patches(patch_size=16), PatchEncoder(hidden_dim=6)
encoder, head = TransformerEncoder(num_layers=2, num_heads=3, mlp_dim=8), keras.layers.Dense(3)
head(encoder(patch_encoder(patches(pictures)))[:, 0])  # builds them

vit = VisionTransformer((32, 32, 3), patch_size=16, num_classes=3, **size)
for seed, (part, own) in enumerate(((vit.patch_encoder, patch_encoder), (vit.encoder, encoder),
                                    (vit.head, head))):
    rng = np.random.default_rng(seed)
    numbers = [rng.normal(0, 0.5, weight.shape) for weight in part.weights]
    part.set_weights(numbers)
    own.set_weights(numbers)

# %% [markdown] lang="en"
# ## 1. One query in every block
#
# B. Keys and values of a block are made of the tokens that came out of the block before. After a first block with one query only the class token is left, so in the second it has itself to look at and nobody else: attention has nothing to mix. No error comes, since no weight of a block depends on the number of tokens. (Keras warns, though: a softmax over a single number is always 1.) And the answers still differ from picture to picture, for the class token did see the patches once, in the first block.
#
# The tokens that do not answer for the picture are no waste, then: they talk to each other in all blocks but the last, and the class token listens.

# %% [markdown] lang="ko"
# ## 1. 모든 블록에서 질문을 하나만 하면
#
# 답은 B예요. 블록의 키와 밸류는 앞 블록에서 나온 토큰으로 만들어요. 첫 블록에서 질문을 하나만 하면 클래스 토큰만 남아요. 그러면 두 번째 블록에서는 볼 것이 자기 자신밖에 없어서 어텐션이 섞을 것이 없어요. 블록의 가중치는 토큰 수와 상관없으니 오류는 나지 않아요. (대신 Keras가 경고해요. 숫자 하나에 소프트맥스를 하면 언제나 1이거든요.) 답은 그림마다 여전히 달라요. 첫 블록에서 패치를 한 번은 보았으니까요.
#
# 그러니 그림을 대표하지 않는 토큰도 쓸데없는 것이 아니에요. 마지막 블록 전까지 서로 이야기를 나누고, 클래스 토큰은 그 이야기를 들어요.

# %%
answer = "B"

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

# %%
check(answer, "B", hints=[
    ("A", "Of what are the keys and values of the second block made?",
     "두 번째 블록의 키와 밸류는 무엇으로 만들까요?"),
    ("C", "Section 2 gave the same encoder five tokens, then four. Which weights depend on T?",
     "2절에서 같은 인코더에 토큰 다섯 개를, 그다음에 네 개를 넣었어요. 어떤 가중치가 T에 따라 달라질까요?"),
    ("D", "What did the class token see in the first block, before the others were dropped?",
     "다른 토큰이 사라지기 전, 첫 블록에서 클래스 토큰은 무엇을 보았을까요?"),
])

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

# %%
check(num_tokens, 257, hints=[
    (256, "Those are the patches. Who else goes through the blocks?",
     "그것은 패치의 수예요. 블록을 지나는 것이 하나 더 있어요."),
    (16, "That is one side of the grid: 224 / 14. Square it.", "격자 한 변의 개수 224 / 14예요. 제곱하세요."),
    (17, "That is one side of the grid, and one: square the side first.",
     "격자 한 변에 1을 더한 값이에요. 먼저 한 변을 제곱하세요."),
    (197, "That is patch size 16; the 14 in H/14 is the patch size.",
     "패치 크기가 16일 때예요. H/14의 14가 패치 크기예요."),
])
check(position_parameters, 577 * 768, hints=[
    (576 * 768, "A row for each token: the class token has one, too.",
     "토큰마다 한 행이에요. 클래스 토큰에도 있어요."),
    (577, "That is the number of rows. How wide is a row?", "그것은 행의 수예요. 한 행의 너비는 얼마일까요?"),
    (197 * 768, "That is for 224x224 pixels.", "224x224 픽셀일 때의 값이에요."),
    (25 * 768, "That is one side of the grid, and one: square 384 / 16 first.",
     "격자 한 변에 1을 더해서 곱한 값이에요. 먼저 384 / 16을 제곱하세요."),
])

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

# %%
parts = (patches, patch_encoder, encoder, head)
right_logits = vit(pictures)  # the class, with the weights of these parts
without_head = VisionTransformer((32, 32, 3), 16, num_classes=None, **size)  # returns y
without_head.set_weights(vit.get_weights()[:-2])
z_0 = patch_encoder(patches(pictures / 127.5 - 1))
z_2 = encoder.blocks[1](encoder.blocks[0](z_0))  # before the last norm

check(classify, right_logits, on=(pictures, *parts), tolerance=1e-3, hints=[
    (head(encoder(z_0)[:, -1]), "That is read from the last token. The class token comes first.",
     "마지막 토큰에서 읽었어요. 클래스 토큰은 맨 앞에 있어요."),
    (head(encoder(z_0)[:, 1]), "That is read from the first patch. Tokens are counted from 0.",
     "첫 번째 패치에서 읽었어요. 토큰은 0번부터 세요."),
    (head(ops.mean(encoder(z_0), axis=1)),
     "That is the mean of all tokens. Equation (4) takes one of them.",
     "모든 토큰의 평균이에요. 식 (4)는 그중 하나만 써요."),
    (without_head(pictures), "That is y. Which part makes logits of it?",
     "그것은 y예요. y에서 로짓을 만드는 부품은 무엇일까요?"),
    (encoder(z_0), "Those are all tokens, z_L. What does equation (4) do with them?",
     "토큰 전체인 z_L이에요. 식 (4)는 이것으로 무엇을 하나요?"),
    (head(encoder(z_0)), "That is an answer of every token. Take the class token first.",
     "모든 토큰의 답이에요. 먼저 클래스 토큰을 고르세요."),
    (head(z_0[:, 0]), "That is read before the first block: the same for every picture.",
     "첫 블록 앞에서 읽었어요. 모든 그림의 답이 같아요."),
    (head(z_2[:, 0]), "The last norm is missing. `encoder` holds it; its `blocks` alone do not.",
     "마지막 층 정규화가 빠졌어요. `encoder`에는 있지만 `blocks`에는 없어요."),
    (ops.softmax(right_logits),
     "Those are probabilities. Logits are the numbers before the softmax.",
     "그것은 확률이에요. 로짓은 소프트맥스를 거치기 전의 숫자예요."),
    (head(encoder(patch_encoder(patches(pictures * 1.0)))[:, 0]),
     "The patches hold 0 to 255. The model was given numbers in [-1, 1].",
     "패치의 값이 0에서 255까지예요. 모델에는 [-1, 1] 범위의 숫자를 넣었어요."),
    (head(encoder(patch_encoder(patches(pictures / 255)))[:, 0]),
     "The patches hold 0 to 1. The model was given numbers in [-1, 1].",
     "패치의 값이 0에서 1까지예요. 모델에는 [-1, 1] 범위의 숫자를 넣었어요."),
    (lambda logits: np.ndim(logits) == 2 and np.shape(logits)[1] == 3,
     "The shape is right, the numbers are not. Which pixels, which token, "
     "which order of the parts?",
     "형태는 맞지만 숫자가 달라요. 픽셀의 범위, 토큰의 번호, 부품의 순서를 확인하세요."),
])

# %% [markdown] lang="en"
# ## 4. Counting the parameters
#
# One line for each row of the table. No head appears, and $N$ only in $\mathbf{E}_{pos}$.

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

# %%
P, C, N, D, M, L, K = 4, 3, 64, 10, 24, 2, 7
model = VisionTransformer((32, 32, 3), P, L, D, num_heads=2, mlp_dim=M, num_classes=K)
total = model.count_params()

check(count_parameters, total, on=(P, C, N, D, M, L, K), hints=[
    (total - D,
     "D too few: is the class token there, has it a position (N + 1 rows), has E a bias?",
     "D개 모자라요. 클래스 토큰이 있나요? 그 위치(N + 1행)는요? E의 편향은요?"),
    (total - 2 * D, "2 D too few: the last norm, or the class token and its position.",
     "2 D개 모자라요. 마지막 층 정규화, 아니면 클래스 토큰과 그 위치가 빠졌어요."),
    (total - K, "K too few: the head has a bias.", "K개 모자라요. 분류층에도 편향이 있어요."),
    (total - (D * K + K), "The head is missing.", "분류층이 빠졌어요."),
    (total - 4 * D * L, "4 D too few in each block: the biases of attention, or the two norms.",
     "블록마다 4 D개 모자라요. 어텐션의 편향, 아니면 층 정규화 두 개가 빠졌어요."),
    (total - 2 * D * L,
     "2 D too few in each block: there are two norms, each with scale and shift.",
     "블록마다 2 D개 모자라요. 층 정규화는 두 개이고 각각 배율과 이동값이 있어요."),
    (total - (M + D) * L, "The biases of the MLP are missing.", "MLP의 편향이 빠졌어요."),
    (total - (D + (5 * D + M) * L + K), "All biases are missing: every kernel has one.",
     "편향이 모두 빠졌어요. 커널마다 하나씩 있어요."),
    (total - (D * D + D) * L,
     "One kernel of attention is missing: query, key, value, and the output projection.",
     "어텐션의 커널 하나가 빠졌어요. 쿼리, 키, 밸류, 그리고 출력 선형 변환이 있어요."),
    (total - (P * P - P) * C * D, "A patch has P * P pixels.", "패치 하나의 픽셀은 P * P개예요."),
    (total - (4 * D + 4 * (D * D + D) + 2 * D * M + M + D) * (L - 1),
     "That is a model with one block.", "블록이 하나인 모델이에요."),
    (lambda count: count > total and (count - total) % (4 * (D * D + D) * L) == 0,
     "Attention is counted for each head. All heads together share kernels of D x D.",
     "어텐션을 헤드마다 따로 셌어요. 모든 헤드가 D x D 커널을 나눠 써요."),
])

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

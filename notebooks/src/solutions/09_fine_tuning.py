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
import keras
import numpy as np
from keras import ops

from vit_keras import VisionTransformer, check
from vit_keras.pretrained import fit_probe, freeze, interpolate_position_embedding

# %% [markdown] lang="en"
# ## 1. Twenty photographs of leaves
#
# C. A probe has $2 (D + 1)$ weights and needs one pass forward; a strong penalty keeps it from learning twenty pictures by heart. Ten for learning and ten for testing, drawn several times, say how far the result can be trusted. Fine-tuning may come afterwards, with a small rate. B overwrites what was learned. A is lesson 6 with 1 / 270 of the photographs. D gives an error: $\mathbf{E}$ has $16 \cdot 16 \cdot 3$ rows and a patch of 8x8 pixels has $8 \cdot 8 \cdot 3$ numbers.

# %% [markdown] lang="ko"
# ## 1. 잎 사진 스무 장
#
# 답은 C예요. 프로브(probe)는 가중치가 $2 (D + 1)$개이고 앞으로 한 번만 계산하면 돼요. 강한 규제는 사진 스무 장을 외우지 못하게 막아요. 열 장으로 배우고 열 장으로 테스트하는 것을 여러 번 뽑으면 결과를 얼마나 믿을 수 있는지도 알 수 있어요. 미세 조정(fine-tuning)은 그다음에 작은 학습률로 해 볼 수 있어요. B는 배운 것을 덮어써요. A는 수업 6을 사진 270분의 1로 하는 셈이에요. D는 오류가 나요. $\mathbf{E}$는 $16 \cdot 16 \cdot 3$행인데 8x8 픽셀 패치에는 숫자가 $8 \cdot 8 \cdot 3$개예요.

# %%
answer = "C"

# %%
check(answer, "C", hints=[
    ("A", "Edges and colours of a leaf are in no class name either. "
          "How did a ViT do with 5,400 photographs?",
     "잎의 윤곽과 색도 클래스 이름은 아니에요. ViT가 사진 5,400장으로 얼마나 했나요?"),
    ("B", "Section 6: what is left of the weights after steps that large?",
     "6절을 떠올려 보세요. 그렇게 큰 걸음을 가면 가중치에 무엇이 남을까요?"),
    ("D", "E has a row for every number of a patch. How many has a patch of 8x8?",
     "E에는 패치의 숫자마다 행이 있어요. 8x8 패치에는 숫자가 몇 개인가요?"),
])

# %% [markdown] lang="en"
# ## 2. Another resolution, two blocks that learn
#
# The grid has $160 / 16 = 10$ places a side, and the class token has a position, too. A block has $4 D + 4 (D^2 + D) + 2 D M + M + D$ weights (lesson 4); two of them learn, with the last norm and the head. Cut off, the place in row 3, column 5 is number $3 \cdot 10 + 5 = 35$ of the table, and in a grid of 14 columns number 35 lies in row 2, column 7.

# %% [markdown] lang="ko"
# ## 2. 다른 해상도, 학습하는 블록 둘
#
# 격자는 한 변이 $160 / 16 = 10$자리이고, 클래스 토큰(class token)에도 위치가 있어요. 블록 하나의 가중치는 $4 D + 4 (D^2 + D) + 2 D M + M + D$개예요(수업 4). 그 가운데 둘과 마지막 정규화 층, 분류층이 학습해요. 잘라 쓰면 3행 5열은 표에서 $3 \cdot 10 + 5 = 35$번이에요. 열이 14개인 격자에서 35번은 2행 7열이에요.

# %%
D, M, K = 192, 768, 5
block = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D
num_positions = (160 // 16) ** 2 + 1
weights_that_learn = 2 * block + 2 * D + (D + 1) * K
old_place = divmod(3 * 10 + 5, 14)

# %%
check(num_positions, 101, hints=[
    (100, "One token has a position and is no patch.", "패치가 아니면서 위치가 있는 토큰이 하나 있어요."),
    (197, "That is at 224x224 pixels.", "224x224 픽셀일 때예요."),
    (11, "160 / 16 is one side of the grid.", "160 / 16은 격자의 한 변이에요."),
    (10, "160 / 16 is one side of the grid.", "160 / 16은 격자의 한 변이에요."),
])
check(weights_that_learn, 891_077, tolerance=1e-7, hints=[
    (890_693, "The last norm learns, too: 2 * D.", "마지막 정규화 층도 학습해요. 2 * D예요."),
    (891_072, "The head has a bias.", "분류층에는 편향이 있어요."),
    (889_728, "Those are the two blocks. The last norm and the head learn, too.",
     "블록 둘만 센 거예요. 마지막 정규화 층과 분류층도 학습해요."),
    (4_449_989, "Ten blocks are frozen, two learn.", "열 블록은 동결하고 두 블록이 학습해요."),
    (1_083_112, "The head is new: 5 classes, not 1,000.", "분류층은 새것이에요. 클래스가 1,000개가 아니라 5개예요."),
    (890_498, "The head is for 5 classes, not for 2.", "분류층의 클래스는 2개가 아니라 5개예요."),
])
check(old_place, (2, 7), hints=[
    ((3, 5), "The table is read row by row, and the old rows have 14 places, the new ones 10.",
     "표는 행마다 차례로 읽어요. 원래 행에는 자리가 14개, 새 행에는 10개예요."),
    ((7, 2), "Row first, then column.", "행이 먼저, 열이 나중이에요."),
    ((1, 12), "That is for a grid of 7x7. How many places has a row at 160x160?",
     "7x7 격자일 때예요. 160x160에서는 한 행에 자리가 몇 개인가요?"),
    (35, "That is its number in the table, from 0. Which row and column of 14x14 has this number?",
     "그것은 표에서의 번호예요(0부터). 14x14에서 이 번호는 몇 행 몇 열인가요?"),
    ((4, 7), "That is the same spot of the picture, which is what interpolation finds. Cut off, "
             "the number in the table counts.",
     "그림에서 같은 자리를 찾은 거예요. 그것은 보간이 하는 일이에요. 잘라 쓰면 번호만 중요해요."),
])

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
# The first D rows of `qkv` are the queries, k rows for each head. Turned, they can be multiplied from the right.

# %% [markdown] lang="ko"
# ## 3. 헤드 하나의 쿼리
#
# `qkv`의 처음 D행이 쿼리이고 헤드마다 k행씩이에요. 전치하면 오른쪽에서 곱할 수 있어요.

# %%
def query_of_head(qkv, num_heads, head):
    """(3D, D) -> (D, k)."""
    hidden_dim = qkv.shape[1]
    key_dim = hidden_dim // num_heads
    queries = qkv[:hidden_dim]  # (D, D), outputs first
    return queries[head * key_dim : (head + 1) * key_dim].T  # (D, k)

# %%
qkv = np.random.default_rng(0).integers(0, 99, (18, 6))  # D = 6, three heads of width 2

check(query_of_head, qkv[2:4].T, on=(qkv, 3, 1), hints=[
    (qkv[2:4], "Those are the right rows. PyTorch writes (outputs, inputs): turn it.",
     "행은 맞아요. PyTorch는 (출력, 입력)으로 쓰니까 전치하세요."),
    (qkv.T[:, 6:12][:, 2:4], "That is the key of this head. The queries come first.",
     "이 헤드의 키예요. 쿼리가 먼저 나와요."),
    (qkv[:6].T, "Those are the queries of all heads. One head has k = D / 3 of them.",
     "모든 헤드의 쿼리예요. 헤드 하나에는 k = D / 3개예요."),
    (qkv[:6].T[:, 1::3], "The rows go head by head: those of a head stand together.",
     "행은 헤드 순서대로예요. 한 헤드의 행은 붙어 있어요."),
    (qkv[:6].T[2:4].T, "Outputs are the rows of the file. You have cut the inputs.",
     "출력은 파일의 행이에요. 입력을 잘랐네요."),
    (qkv[6:12].T, "Those are the keys, of all heads. The queries come first, "
                  "and one head has k = D / 3 of them.",
     "모든 헤드의 키예요. 쿼리가 먼저 나오고, 헤드 하나에는 k = D / 3개예요."),
])

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

# %%
kernel, bias = np.array([[2.0, -1], [4, 3], [-6, 0]]), np.array([1.0, -1])
mean, deviation = np.array([1.0, 2, 3]), np.array([2.0, 4, 0.5])
inside = kernel / deviation[:, None]

check(fold, (inside, bias - mean @ inside), on=(kernel, bias, mean, deviation), hints=[
    ((inside, bias), "The deviation is folded in. What does the mean add to every logit?",
     "표준 편차는 넣었어요. 평균은 로짓마다 무엇을 더하나요?"),
    ((inside, bias - mean @ kernel),
     "The mean goes through the new kernel, which is divided already.",
     "평균은 이미 나눈 새 커널을 지나가요."),
    ((inside, bias + mean @ inside), "The mean is subtracted.", "평균은 빼는 거예요."),
    ((kernel * deviation[:, None], bias - mean @ (kernel * deviation[:, None])),
     "Divide by the deviation.", "표준 편차로 나누세요."),
    ("could not be broadcast",
     "The deviation has one number for each ROW of the kernel: deviation[:, None].",
     "표준 편차는 커널의 행마다 하나예요. deviation[:, None]으로 쓰세요."),
    (lambda found: not isinstance(found, (tuple, list)), "Return both, kernel and bias.",
     "커널과 편향을 둘 다 돌려주세요."),
])

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
# it standardises, and folds
probe = fit_probe(y, rng.permutation(np.arange(30) % 3), num_classes=3)
probe.to_head(vit)
print("the same logits:",
      np.allclose(ops.convert_to_numpy(vit(pictures)), probe.logits(y), atol=1e-4))

# %% [markdown] lang="en"
# ## 5. Ten rates and 400 test pictures
#
# B. The best of ten, chosen by the very pictures it is reported on, flatters (lesson 6: twenty coins). And the distance is small: with 400 pictures the standard error near 97 % is $\sqrt{0.97 \cdot 0.03 / 400} \approx 0.9$ points. Even an honest 0.7 would be within it.

# %% [markdown] lang="ko"
# ## 5. 학습률 열 가지와 테스트 그림 400장
#
# 답은 B예요. 열 가지 가운데 가장 좋은 것을 바로 그 그림으로 골라서 보고하면 실제보다 좋아 보여요(수업 6의 동전 스무 개). 차이도 작아요. 그림이 400장이면 97 % 근처의 표준 오차는 $\sqrt{0.97 \cdot 0.03 / 400} \approx 0.9$ 퍼센트포인트예요. 정직하게 얻은 0.7이라도 그 안에 들어가요.

# %%
first_reply = "B"

# %%
check(first_reply, "B", hints=[
    ("A", "How many pictures are 0.7 points of 400? And how was the best of ten found?",
     "400장의 0.7 퍼센트포인트는 몇 장인가요? 열 가지 가운데 가장 좋은 것은 어떻게 골랐나요?"),
    ("C", "It does take longer. But would the number be right at equal time?",
     "더 걸리기는 해요. 그런데 시간이 같으면 그 숫자가 옳을까요?"),
    ("D", "Section 6: the rate of the last row. Was fine-tuning always better?",
     "6절의 가장 큰 학습률을 떠올려 보세요. 미세 조정이 늘 나았나요?"),
])

# %%
print(f"0.7 points of 400: {0.007 * 400:.0f} pictures; "
      f"standard error {100 * (0.97 * 0.03 / 400) ** 0.5:.1f} points")

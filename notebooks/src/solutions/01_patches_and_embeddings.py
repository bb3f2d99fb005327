# %% [markdown] lang="en"
# # Solutions: patches and embeddings
#
# Solutions to the exercises of [`01_patches_and_embeddings`](../01_patches_and_embeddings.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 패치와 임베딩
#
# [`01_patches_and_embeddings`](../01_patches_and_embeddings.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
from keras import ops

from vit_keras import PatchEncoder, Patches, check

# %% [markdown] lang="en"
# ## 1. Patches twice as wide
#
# B. A patch twice as high and twice as wide covers four of the old ones, so it holds four times as many numbers and $N$ falls to a quarter. $N$ times the numbers in a patch is $HWC$ before and after. The pairs are $N \cdot N$, and a quarter of a quarter is a sixteenth.

# %% [markdown] lang="ko"
# ## 1. 두 배로 커진 패치
#
# 답은 B예요. 높이와 너비가 모두 두 배인 패치는 옛 패치 네 개를 덮어요. 그래서 숫자가 네 배로 늘고 $N$은 4분의 1이 돼요. $N$과 패치 하나의 숫자 수를 곱하면 전에도 후에도 $HWC$예요. 쌍은 $N \cdot N$개이고, 4분의 1의 4분의 1은 16분의 1이에요.

# %%
answer = "B"

# %%
for P in (4, 8):
    N = 64 * 64 // P**2
    print(f"P = {P}   N = {N:3}   numbers a patch {P * P * 3:3}   N*N = {N * N:6,}   N times "
          f"numbers {N * P * P * 3:,}")

# %%
check(answer, "B", hints=[
    ("A", "A patch grows in height and in width: how many old ones fit into a new one?",
     "패치는 높이와 너비가 모두 늘어나요. 새 패치 하나에 옛 패치가 몇 개 들어갈까요?"),
    ("C", "N is right. The pairs are N times N: a quarter of a quarter?",
     "N은 맞아요. 쌍은 N 곱하기 N이에요. 4분의 1의 4분의 1은 얼마일까요?"),
    ("D", "N times the numbers in a patch is always HWC. Does that hold here?",
     "N과 패치 하나의 숫자 수를 곱하면 언제나 HWC예요. 이 답에서도 그런가요?"),
])

# %% [markdown] lang="en"
# ## 2. ViT-Huge with patches of 14x14 pixels
#
# 224 / 14 = 16 patches in each direction, $16 \cdot 16 = 256$ in all. $\mathbf{E}_{pos}$ has a row for each token, and the class token is one: 257. $\mathbf{E}$ takes one flattened patch of $14 \cdot 14 \cdot 3 = 588$ numbers and gives $D = 1280$; it does not know how many patches there are.

# %% [markdown] lang="ko"
# ## 2. 14x14 픽셀 패치를 쓰는 ViT-Huge
#
# 가로와 세로에 패치가 224 / 14 = 16개씩, 모두 $16 \cdot 16 = 256$개예요. $\mathbf{E}_{pos}$에는 토큰마다 행이 하나씩 있고 클래스 토큰도 토큰이라 257개예요. $\mathbf{E}$는 평탄화한 패치 하나, 숫자 $14 \cdot 14 \cdot 3 = 588$개를 받아서 $D = 1280$개를 내놓아요. 패치가 몇 개인지는 몰라요.

# %%
num_patches = 224 * 224 // 14**2
rows_of_E_pos = num_patches + 1
shape_of_E = (14 * 14 * 3, 1280)

# %%
check(num_patches, 256, hints=[
    (16, "That is one side of the grid: square it.", "격자 한 변의 개수예요. 제곱하세요."),
    (257, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
    (65536, "That is N times N, the pairs. How many patches?", "N 곱하기 N, 쌍의 수예요. 패치는 몇 개일까요?"),
    (3584, "Divide by P*P: a patch has a height and a width.", "P*P로 나누세요. 패치에는 높이와 너비가 있어요."),
    (196, "That is N for P = 16.", "P = 16일 때의 N이에요."),
])
check(rows_of_E_pos, 257, hints=[
    (256, "Does the class token get no position?", "클래스 토큰에는 위치 임베딩이 없을까요?"),
    (17, "One side of the grid and one. Every patch has a row.",
     "격자 한 변에 1을 더한 값이에요. 패치마다 행이 하나씩 있어요."),
    (65536, "E_pos has a row for every token, not for every pair.", "E_pos에는 쌍이 아니라 토큰마다 행이 있어요."),
    (65537, "E_pos has a row for every token, not for every pair.", "E_pos에는 쌍이 아니라 토큰마다 행이 있어요."),
    (197, "That is P = 16.", "P = 16일 때의 값이에요."),
])
check(shape_of_E, (588, 1280), hints=[
    ((1280, 588), "Transposed: x_p E, with x_p as a row from the left.",
     "뒤바뀌었어요. x_p가 행벡터로 왼쪽에서 곱해져요."),
    ((196, 1280), "A patch has P*P pixels, and each pixel three numbers.",
     "패치에는 픽셀이 P*P개 있고, 픽셀마다 숫자가 세 개예요."),
    ((256, 1280), "E does not know how many patches there are; it takes one.",
     "E는 패치가 몇 개인지 몰라요. 하나씩 받아요."),
    ((257, 1280), "That is E_pos.", "그것은 E_pos예요."),
])

# %% [markdown] lang="en"
# The layer agrees:

# %% [markdown] lang="ko"
# 층에서 확인해도 같아요.

# %%
encoder = PatchEncoder(hidden_dim=1280)
encoder.build((None, num_patches, 14 * 14 * 3))
print("E", tuple(encoder.projection.kernel.shape), " E_pos", tuple(encoder.positions.shape))

# %% [markdown] lang="en"
# ## 3. Images to patches
#
# The three moves of section 2, with the batch in front and the channels behind. Height and width have their own number of patches, so a picture need not be square.

# %% [markdown] lang="ko"
# ## 3. 이미지를 패치로
#
# 2절의 세 단계에 배치 축을 앞에, 채널 축을 뒤에 붙였어요. 높이와 너비에서 패치 수를 따로 계산하니까 그림이 정사각형이 아니어도 돼요.

# %%
def to_patches(images, patch_size):
    """(B, H, W, C) -> (B, N, P*P*C), as `Patches` does it."""
    batch, height, width, channels = images.shape
    rows, columns = height // patch_size, width // patch_size
    x = images.reshape(batch, rows, patch_size, columns, patch_size, channels)  # (B, i, a, j, b, C)
    x = x.transpose(0, 1, 3, 2, 4, 5)  # (B, i, j, a, b, C)
    return x.reshape(batch, rows * columns, patch_size * patch_size * channels)

# %%
numbered = np.arange(2 * 4 * 6 * 2).reshape(2, 4, 6, 2)
right = ops.convert_to_numpy(Patches(patch_size=2)(numbered))  # (2, 6, 8)
square = right.reshape(2, 6, 2, 2, 2)  # (B, N, row, column, C)

check(to_patches, right, on=(numbered, 2), hints=[
    (numbered.reshape(2, 6, 8),
     "Right shape, but these are strips of rows. Which axes have to change places?",
     "형태는 맞지만 행을 자른 띠예요. 어떤 축의 자리를 바꿔야 할까요?"),
    (square.transpose(0, 1, 4, 2, 3).reshape(2, 6, 8),
     "The channel comes first inside your patches; it has to stay last.",
     "패치 안에서 채널이 맨 앞에 있어요. 채널은 맨 뒤에 있어야 해요."),
    (square.transpose(0, 1, 3, 2, 4).reshape(2, 6, 8),
     "Inside your patches the columns come before the rows.",
     "패치 안에서 열이 행보다 먼저 나와요."),
    (right[:, [0, 3, 1, 4, 2, 5]],
     "These are the patches, but from top to bottom first: go along a row of patches first.",
     "패치는 맞지만 위에서 아래로 먼저 갔어요. 패치의 한 행을 먼저 따라가세요."),
    (square, "These are the patches; flatten each.", "패치는 맞아요. 하나씩 평탄화하세요."),
    (lambda answer: np.shape(answer) != (2, 6, 8),
     "The shape has to be (B, N, P*P*C), here (2, 6, 8).",
     "형태가 (B, N, P*P*C), 여기서는 (2, 6, 8)이어야 해요."),
])

# %% [markdown] lang="en"
# ## 4. Equation (1)
#
# The class token has no batch axis; `np.broadcast_to` gives each image its copy. It comes in before the positions are added, since row 0 of $\mathbf{E}_{pos}$ is its own. `positions` needs no copies: NumPy adds (N + 1, D) to each image of (B, N + 1, D).

# %% [markdown] lang="ko"
# ## 4. 식 (1)
#
# 클래스 토큰에는 배치 축이 없어요. `np.broadcast_to`가 이미지마다 복사본을 만들어 줘요. $\mathbf{E}_{pos}$의 0번 행이 클래스 토큰의 것이니까, 위치 임베딩을 더하기 전에 먼저 넣어요. `positions`는 복사할 필요가 없어요. NumPy가 (N + 1, D)를 (B, N + 1, D)의 이미지마다 더해 줘요.

# %%
def embed(patches, E, class_token, positions):
    """(B, N, P*P*C) -> z_0 of equation (1), (B, N + 1, D)."""
    x = patches @ E  # (B, N, D)
    first = np.broadcast_to(class_token, (len(x), 1, x.shape[-1]))  # (B, 1, D)
    return np.concatenate([first, x], axis=1) + positions  # (1)  (B, N + 1, D)

# %%
rng = np.random.default_rng(0)
three = rng.integers(0, 10, (2, 3, 4))  # two images, three patches of four numbers
E, class_token = rng.integers(-3, 4, (4, 5)), np.arange(1, 6) * 10
positions = rng.integers(100, 200, (4, 5))
x, first = three @ E, np.broadcast_to(class_token, (2, 1, 5))

check(embed, np.concatenate([first, x], axis=1) + positions,
      on=(three, E, class_token, positions), hints=[
    (np.concatenate([x, first], axis=1) + positions,
     "The class token is token 0: it comes before the patches.",
     "클래스 토큰은 0번 토큰이에요. 패치보다 앞에 와요."),
    (np.concatenate([first, x + positions[1:]], axis=1),
     "The class token has a position, too: put it in, then add.",
     "클래스 토큰에도 위치 임베딩이 있어요. 먼저 넣은 다음에 더하세요."),
    (np.concatenate([first, x + positions[:-1]], axis=1),
     "The class token has a position, too, row 0: put it in, then add.",
     "클래스 토큰에도 위치 임베딩이 있어요. 0번 행이에요. 먼저 넣은 다음에 더하세요."),
    (np.concatenate([first, x], axis=1), "Where are the positions?", "위치 임베딩이 빠졌어요."),
    (lambda answer: np.shape(answer) == (2, 3, 5), "Only N tokens: the class token is missing.",
     "토큰이 N개뿐이에요. 클래스 토큰이 빠졌어요."),
    ("could not be broadcast together with shapes",
     "shapes do not fit: positions have a row for the class token, too. "
     "Put it in before you add them.",
     "형태가 맞지 않아요. positions에는 클래스 토큰의 행도 있어요. 더하기 전에 클래스 토큰을 넣으세요."),
    ("all the input array",
     "shapes do not fit: every image of the batch needs a class token, "
     "so that it has the shape (B, 1, D).",
     "형태가 맞지 않아요. 배치의 이미지마다 클래스 토큰이 필요해요. 형태는 (B, 1, D)여야 해요."),
    ("axis 1 is out of bounds",
     "shapes do not fit: every image of the batch needs a class token, "
     "so that it has the shape (B, 1, D).",
     "형태가 맞지 않아요. 배치의 이미지마다 클래스 토큰이 필요해요. 형태는 (B, 1, D)여야 해요."),
    (lambda answer: np.shape(answer) != (2, 4, 5),
     "The shape has to be (B, N + 1, D), here (2, 4, 5).",
     "형태가 (B, N + 1, D), 여기서는 (2, 4, 5)여야 해요."),
])

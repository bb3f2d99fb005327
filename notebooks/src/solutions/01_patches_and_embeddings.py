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

from vit_keras import PatchEncoder, check

# %% [markdown] lang="en"
# ## 1. Patches twice as wide
#
# D. A patch twice as high and twice as wide covers four of the old ones, so it holds four times as many numbers and $N$ falls to a quarter. $N$ times the numbers in a patch is $HWC$ before and after. The pairs are $N \cdot N$, and a quarter of a quarter is a sixteenth.

# %% [markdown] lang="ko"
# ## 1. 두 배로 커진 패치
#
# 답은 D예요. 높이와 너비가 모두 두 배인 패치는 옛 패치 네 개를 덮어요. 그래서 숫자가 네 배로 늘고 $N$은 4분의 1이 돼요. $N$과 패치 하나의 숫자 수를 곱하면 전에도 후에도 $HWC$예요. 쌍은 $N \cdot N$개이고, 4분의 1의 4분의 1은 16분의 1이에요.

# %%
for P in (4, 8):
    N = 64 * 64 // P**2
    print(f"P = {P}   N = {N:3}   numbers a patch {P * P * 3:3}   N*N = {N * N:6,}   N times "
          f"numbers {N * P * P * 3:,}")

# %%
answer = "D"

check("1.1", answer)

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

check("1.2a", num_patches)
check("1.2b", rows_of_E_pos)
check("1.2c", shape_of_E)

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


check("1.3", to_patches)

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


check("1.4", embed)

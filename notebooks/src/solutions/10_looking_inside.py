# %% [markdown] lang="en"
# # Solutions: looking inside
#
# Solutions to the exercises of [`10_looking_inside`](../10_looking_inside.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 들여다보기
#
# [`10_looking_inside`](../10_looking_inside.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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

from vit_keras import VisionTransformer, attention_maps, check, draw_shapes
from vit_keras.inside import attention_rollout, mass_on, patch_shares

# %% [markdown] lang="en"
# ## 1. What follows from a map on the dog
#
# C. A is the conclusion that everybody would like to draw. The model whose values were cut (section 5) has the same map to the last digit and recognized nothing by it. B may well be true, but it is a statement about another picture, the covered one, and only that picture can answer it: cover the patches and see. D is wrong by the formula: $R = \hat{A}_L \cdots \hat{A}_1$ contains no class, so exchanged classes do not move it.

# %% [markdown] lang="ko"
# ## 1. 개 위에 있는 맵에서 알 수 있는 것
#
# 답은 C예요. A는 누구나 하고 싶은 비약이에요. 밸류를 0으로 만든 모델(5절)은 맵이 끝자리까지 같았지만 그것으로 알아본 것은 하나도 없어요. B는 맞을 수도 있어요. 하지만 패치를 가린 다른 그림에 대한 말이니 그 그림으로만 답할 수 있어요. 가리고 확인해 보세요. D는 식을 보면 틀려요. $R = \hat{A}_L \cdots \hat{A}_1$에는 클래스가 없으니, 클래스를 바꿔도 맵은 움직이지 않아요.

# %%
answer = "C"

check("10.1", answer)

# %% [markdown] lang="en"
# ## 2. Tokens, a number, a share
#
# The grid is $96/16 = 6$ rows of $160/16 = 10$ patches, and the class token comes first. Before the patch in the second row and third column there are the class token, a row of ten, and two patches of its own row. In a map the class token's own share is left out, so sixty patches divide it.

# %% [markdown] lang="ko"
# ## 2. 토큰, 번호, 몫
#
# 격자는 $96/16 = 6$행이고 한 행에 패치가 $160/16 = 10$개예요. 클래스 토큰(class token)이 맨 앞에 와요. 둘째 행 셋째 열의 패치 앞에는 클래스 토큰, 열 개짜리 행 하나, 같은 행의 패치 두 개가 있어요. 맵에서는 클래스 토큰 자신의 몫을 빼니까 패치 60개가 나눠 가져요.

# %%
rows, columns = 96 // 16, 160 // 16
num_tokens = rows * columns + 1
token_number = (2 - 1) * columns + (3 - 1) + 1
even_share = 1 / (rows * columns)

check("10.2a", num_tokens)
check("10.2b", token_number)
check("10.2c", even_share)

# %% [markdown] lang="en"
# ## 3. One row is enough
#
# The row of the class token in the identity is $(1, 0, \ldots, 0)$. It meets the last block first: $R_0 = \mathbf{e}_0 \hat{A}_L \hat{A}_{L-1} \cdots \hat{A}_1$, read from left to right. The identity need not be built either: half of the row stays, half goes through $A$.

# %% [markdown] lang="ko"
# ## 3. 한 행이면 충분해요
#
# 단위 행렬에서 클래스 토큰의 행은 $(1, 0, \ldots, 0)$이에요. 이 행이 마지막 블록을 가장 먼저 만나요. $R_0 = \mathbf{e}_0 \hat{A}_L \hat{A}_{L-1} \cdots \hat{A}_1$을 왼쪽부터 계산하면 돼요. 단위 행렬을 만들 필요도 없어요. 행의 절반은 그대로 남고 절반은 $A$를 지나가요.

# %%
def class_token_row(maps):
    """(L, heads, T, T) -> (T,): the first row of R, without a product of two matrices."""
    row = np.zeros(maps.shape[-1])
    row[0] = 1
    for block in maps[::-1]:
        row = (row + row @ block.mean(axis=0)) / 2
    return row


check("10.3", class_token_row)

# %% [markdown] lang="en"
# On a model with as many tokens as DeiT-Ti it is the same row:

# %% [markdown] lang="ko"
# 토큰 수가 DeiT-Ti와 같은 모델에서도 같은 행이 나와요.

# %%
keras.utils.set_random_seed(0)
vit = VisionTransformer((224, 224, 3), 16, num_layers=3, hidden_dim=48, num_heads=3, mlp_dim=96,
                        num_classes=None)
maps = attention_maps(vit, draw_shapes(1, image_size=224).images)[0]  # (3, 3, 197, 197)
same = np.allclose(class_token_row(maps), attention_rollout(maps[None])[0, 0], atol=1e-6)
T = maps.shape[-1]
print(f"T = {T}, the same row: {same}; multiplications a block {T**3:,} and {T**2:,}")

# %% [markdown] lang="en"
# ## 4. Does it point at the object?
#
# The class token's row without its own share, scaled to sum one; the mask averaged over the pixels of each patch. `patch_shares` and `mass_on` do the same for many pictures. Nothing here asks for a square: rows and columns come from the grid.

# %% [markdown] lang="ko"
# ## 4. 물체를 가리킬까요?
#
# 클래스 토큰의 행에서 자기 몫을 빼고 합이 1이 되게 나눠요. 마스크는 패치의 픽셀끼리 평균을 내요. 그림 여러 장이라면 `patch_shares`와 `mass_on`이 똑같이 해 줘요. 정사각형이어야 하는 곳은 없어요. 행과 열은 격자에서 가져와요.

# %%
def times_its_area(R, mask, grid_shape):
    """R (T, T), mask (H, W) of bool, (rows, columns) -> a number, 1 where a map knows nothing."""
    rows, columns = grid_shape
    height, width = mask.shape[0] // rows, mask.shape[1] // columns
    share = mask.reshape(rows, height, columns, width).mean(axis=(1, 3)).ravel()  # (N,), row by row
    taken = R[0, 1:] / R[0, 1:].sum()  # (N,)
    return taken @ share / share.mean()


check("10.4", times_its_area)

# %%
wide_mask = np.zeros((4, 12), bool)  # 2 rows and 4 columns of patches of 2x3 pixels
wide_mask[0:3, 6:9] = True
wide_R = np.random.default_rng(0).dirichlet(np.ones(9), size=9)  # (T, T), rows of sum one
shares = patch_shares(wide_mask[None], (2, 4))
taken = wide_R[None, 0, 1:].reshape(1, 2, 4) / wide_R[0, 1:].sum()
by_module = mass_on(taken, shares) / shares.mean()
print("the module's functions say the same:",
      bool(np.isclose(by_module[0], times_its_area(wide_R, wide_mask, (2, 4)), atol=1e-4)))

# %% [markdown] lang="en"
# ## 5. A test for rollout
#
# Two cases by hand. The first has two blocks that differ and are not symmetric: it finds a missing division, a missing residual connection, the wrong order, and rows taken for columns. The second has two heads whose largest scores give rows of *different* sums, 3 and 2: only there the wrong axis shows.

# %% [markdown] lang="ko"
# ## 5. 롤아웃의 시험
#
# 손으로 푼 경우 둘이면 돼요. 첫째는 서로 다르고 대칭이 아닌 블록 두 개예요. 나누지 않은 것, 잔차 연결을 잊은 것, 순서가 뒤집힌 것, 행과 열을 바꾼 것을 찾아내요. 둘째는 헤드(head) 두 개에서 큰 값을 고르면 행의 합이 3과 2로 *달라지는* 경우예요. 엉뚱한 축을 나눈 것은 여기서만 드러나요.

# %%
def is_rollout(function):
    """Whether function(maps, head_fusion) is rollout."""
    A_1 = [[0.6, 0.2, 0.2], [0.0, 0.8, 0.2], [0.2, 0.0, 0.8]]
    A_2 = [[0.2, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.4, 0.6]]
    R = [[0.48, 0.42, 0.10], [0.0, 0.9, 0.1], [0.08, 0.18, 0.74]]  # section 3
    two_blocks = function(np.array([A_1, A_2])[None, :, None], "mean")[0]

    # largest: [[1, 1], [0.5, 0.5]], and I added
    heads = [[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]]]
    by_hand = [[2 / 3, 1 / 3], [0.25, 0.75]]
    two_heads = function(np.array(heads)[None, None], "max")[0]
    return np.allclose(two_blocks, R, atol=1e-5) and np.allclose(two_heads, by_hand, atol=1e-5)


check("10.5", is_rollout)

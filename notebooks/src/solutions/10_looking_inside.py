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
from vit_keras.inside import HEAD_FUSION, attention_rollout, mass_on, patch_shares

# %% [markdown] lang="en"
# ## 1. What follows from a map on the dog
#
# C. A is the step that everybody would like to take. The model whose values were cut (section 11) has the same map to the last digit and recognised nothing by it. B may well be true, but it is a statement about another picture, the covered one, and only that picture can answer it: cover the patches and see. D is wrong by the formula: $R = \hat{A}_L \cdots \hat{A}_1$ contains no class, so exchanged classes do not move it.

# %% [markdown] lang="ko"
# ## 1. 개 위에 있는 지도에서 알 수 있는 것
#
# 답은 C예요. A는 누구나 하고 싶은 비약이에요. 밸류를 0으로 만든 모델(11절)은 지도가 끝자리까지 같았지만 그것으로 알아본 것은 하나도 없어요. B는 맞을 수도 있어요. 하지만 패치를 가린 다른 그림에 대한 말이니 그 그림으로만 답할 수 있어요. 가리고 확인해 보세요. D는 식을 보면 틀려요. $R = \hat{A}_L \cdots \hat{A}_1$에는 클래스가 없으니, 클래스를 바꿔도 지도는 움직이지 않아요.

# %%
answer = "C"

# %%
check(answer, "C", hints=[
    ("A",
     "Section 11: the model whose values were cut has the same map. What did it recognise by it?",
     "11절에서 밸류를 0으로 만든 모델도 지도가 같았어요. 그 모델은 무엇을 보고 알았을까요?"),
    ("B", "That can be true, but it takes an experiment: which one?",
     "맞을 수도 있지만 실험을 해 봐야 알아요. 어떤 실험일까요?"),
    ("D", "Where in R = Â_L ··· Â_1 is the class?", "R = Â_L ··· Â_1의 어디에 클래스가 들어 있나요?"),
])

# %% [markdown] lang="en"
# ## 2. Tokens, a number, a share
#
# The grid is $96/16 = 6$ rows of $160/16 = 10$ patches, and the class token comes first. Before the patch in the second row and third column there are the class token, a row of ten, and two patches of its own row. In a map the class token's own share is left out, so sixty patches divide it.

# %% [markdown] lang="ko"
# ## 2. 토큰, 번호, 몫
#
# 격자는 $96/16 = 6$행이고 한 행에 패치가 $160/16 = 10$개예요. 클래스 토큰(class token)이 맨 앞에 와요. 둘째 행 셋째 열의 패치 앞에는 클래스 토큰, 열 개짜리 행 하나, 같은 행의 패치 두 개가 있어요. 지도에서는 클래스 토큰 자신의 몫을 빼니까 패치 60개가 나눠 가져요.

# %%
rows, columns = 96 // 16, 160 // 16
num_tokens = rows * columns + 1
token_number = (2 - 1) * columns + (3 - 1) + 1
even_share = 1 / (rows * columns)

# %%
check(num_tokens, 61, hints=[
    (60, "Those are the patches. Who asks for the picture as a whole?",
     "그것은 패치의 수예요. 그림 전체를 대표하는 토큰은요?"),
    (16, "6 + 10: rows times columns.", "6 + 10이에요. 행의 수와 열의 수를 곱해야 해요."),
])
check(token_number, 13, hints=[
    (12, "That is its number among the patches. Which token comes first?",
     "패치끼리만 센 번호예요. 맨 앞에는 어떤 토큰이 있나요?"),
    (23, "Rows are counted from 1 here: the second row comes after one row.",
     "행은 1부터 셌어요. 둘째 행 앞에는 한 행이 있어요."),
    (14, "Patches go row by row, and columns are counted from 1 here.",
     "패치는 행을 따라 놓이고, 열은 1부터 셌어요."),
    (9, "That takes 6 patches for a row. How wide is the picture?",
     "한 행을 패치 6개로 셌어요. 그림의 너비가 얼마인가요?"),
    (22, "That is the third row, second column.", "그것은 셋째 행 둘째 열이에요."),
])
check(even_share, 1 / 60, hints=[
    (1 / 61, "The class token's own share is left out of a map.", "지도에서는 클래스 토큰 자신의 몫을 빼요."),
    (1, "That is in multiples of it. As a share of the map?",
     "그것은 몇 배인지로 나타낸 값이에요. 지도에서 차지하는 몫은요?"),
    (60, "One divided by that.", "1을 그것으로 나누세요."),
])

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

# %%
# 3 blocks, 2 heads, T = 5
some_maps = np.exp(2 * np.random.default_rng(1).normal(size=(3, 2, 5, 5)))
some_maps /= some_maps.sum(axis=-1, keepdims=True)
fused = some_maps.mean(axis=1)
halves = (fused + np.eye(5)) / 2
wanted = attention_rollout(some_maps[None])[0, 0]

check(class_token_row, wanted, on=(some_maps,), hints=[
    (attention_rollout(some_maps[None])[0], "That is all of R; its first row is wanted.",
     "R 전체예요. 첫 행만 돌려주세요."),
    ((halves[0] @ halves[1] @ halves[2])[0],
     "The order: the row meets the last block first, then the one before.",
     "순서를 보세요. 행은 마지막 블록을 먼저 만나고, 그다음에 그 앞 블록을 만나요."),
    ((fused[2] @ fused[1] @ fused[0])[0], "The residual connection is missing.", "잔차 연결이 빠졌어요."),
    (8 * wanted, "It sums to 8: each block is to be halved.", "합이 8이에요. 블록마다 2로 나눠야 해요."),
    (lambda row: np.shape(row) == (5,)
     and np.allclose(row, (halves[2] @ halves[1] @ halves[0])[:, 0], atol=1e-5),
     "That is the column: what others took from the class token.",
     "그것은 열이에요. 남들이 클래스 토큰에게서 가져간 몫이에요."),
    (lambda row: np.shape(row) == (4,), "With the class token's own share: shape (T,).",
     "클래스 토큰 자신의 몫까지 포함해 형태가 (T,)예요."),
    (lambda row: np.ndim(row) == 3, "Fuse the heads first: the mean over their axis.",
     "헤드부터 합치세요. 헤드 축으로 평균을 내요."),
])

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

# %%
wide_mask = np.zeros((4, 12), bool)  # 2 rows and 4 columns of patches of 2x3 pixels
wide_mask[0:3, 6:9] = True
wide_R = np.full((9, 9), 1 / 9)
wide_R[0] = [0.2, 0.04, 0.12, 0.24, 0.08, 0, 0.16, 0.16, 0]
covered_share = np.array([0, 0, 1, 0, 0, 0, 0.5, 0])

check(times_its_area, 2.1333333, on=(wide_R, wide_mask, (2, 4)), tolerance=1e-4, hints=[
    (0.4, "That is the mass. Divide it by the area.", "그것은 지도에서 물체 위에 있는 몫이에요. 넓이로 나누세요."),
    (float(wide_R[0, 1:] @ covered_share / covered_share.mean()),
     "The map has to sum to one, without the class token's own share.",
     "클래스 토큰 자신의 몫을 빼고, 지도의 합이 1이 되게 하세요."),
    (float(wide_R[0, :8] @ covered_share / covered_share.mean()),
     "The class token is still in: all is moved by one patch.",
     "클래스 토큰이 그대로 있어요. 패치 하나만큼 밀렸어요."),
    (float(wide_R[0, 1:].reshape(4, 2).T.ravel() / 0.8 @ covered_share / covered_share.mean()),
     "Rows and columns are swapped.", "행과 열이 바뀌었어요."),
    (float(wide_R[0, 1:] / 0.8 @ (covered_share > 0) / np.mean(covered_share > 0)),
     "A patch half covered counts half.", "반만 덮인 패치는 반만 세요."),
    ("reshape", "A mask of 4x12 pixels and a grid of 2x4: a patch has 2x3 pixels.",
     "마스크는 4x12 픽셀, 격자는 2x4예요. 패치는 2x3 픽셀이에요."),
    ("broadcast", "Bring mask and map to the same grid first.", "마스크와 지도를 먼저 같은 격자로 맞추세요."),
])

# %%
shares = patch_shares(wide_mask[None], (2, 4))
by_module = mass_on(wide_R[None, 0, 1:].reshape(1, 2, 4), shares) / shares.mean()
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
    R = [[0.48, 0.42, 0.10], [0.0, 0.9, 0.1], [0.08, 0.18, 0.74]]  # section 6
    two_blocks = function(np.array([A_1, A_2])[None, :, None], "mean")[0]

    # largest: [[1, 1], [0.5, 0.5]], and I added
    heads = [[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]]]
    by_hand = [[2 / 3, 1 / 3], [0.25, 0.75]]
    two_heads = function(np.array(heads)[None, None], "max")[0]
    return np.allclose(two_blocks, R, atol=1e-5) and np.allclose(two_heads, by_hand, atol=1e-5)

# %%
def product(steps):
    """The later block on the left."""
    found = steps[0]
    for step in steps[1:]:
        found = step @ found
    return found

# %%
def variant(divide="rows", residual=True, turned=False):
    """Rollout, right or with one of the mistakes of section 7."""
    def function(maps, head_fusion="mean"):
        steps = HEAD_FUSION[head_fusion](np.asarray(maps, float), axis=2)
        steps = steps + np.eye(steps.shape[-1]) if residual else steps
        sums = steps.sum(axis=-1)
        divisor = {"rows": sums[..., :, None], "columns": sums[..., None, :], "nothing": 1}[divide]
        found = [product(one[::-1] if turned else one) for one in steps / divisor]
        return np.stack(found)
    return function


def transposed(maps, head_fusion="mean"):
    return variant()(maps, head_fusion).swapaxes(1, 2)


check(is_rollout, lambda test: (
    test(variant()) and test(attention_rollout) and not test(variant("nothing"))
    and not test(variant(residual=False))
    and not test(variant(turned=True)) and not test(transposed) and not test(variant("columns"))
), hints=[
    (lambda test: not test(variant()),
     "It refuses the right one. Float32 differs in the seventh digit: np.allclose.",
     "올바른 함수를 틀렸다고 해요. float32는 일곱째 자리에서 달라지니 np.allclose로 견주세요."),
    (lambda test: test(variant("nothing")), "It accepts rows that do not sum to one.",
     "행의 합이 1이 아닌 것을 통과시켜요."),
    (lambda test: test(variant(residual=False)),
     "It accepts a rollout without the residual connection: one block must give (A + I) / 2.",
     "잔차 연결이 없는 롤아웃을 통과시켜요. 블록이 하나면 (A + I) / 2가 나와야 해요."),
    (lambda test: test(variant(turned=True)),
     "It accepts the blocks in the wrong order: try two that differ.",
     "블록의 순서가 뒤집힌 것을 통과시켜요. 서로 다른 블록 두 개로 시험하세요."),
    (lambda test: test(transposed), "It accepts R with rows and columns exchanged.",
     "R의 행과 열이 바뀐 것을 통과시켜요."),
    (lambda test: test(variant("columns")),
     "One mistake sleeps with the mean, or with one head. Which fusion wakes it?",
     "평균으로 합치거나 헤드가 하나면 잠자는 실수가 하나 있어요. 어떻게 합쳐야 깨어날까요?"),
])

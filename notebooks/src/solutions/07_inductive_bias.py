# %% [markdown] lang="en"
# # Solutions: inductive bias
#
# Solutions to the exercises of [`07_inductive_bias`](../07_inductive_bias.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 귀납 편향
#
# [`07_inductive_bias`](../07_inductive_bias.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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
from keras import layers, ops

from vit_keras import check, create_cnn_classifier, draw_shapes
from vit_keras.inside import equivariance_error
from vit_keras.lessons import CONTENDERS, create_contender

# %% [markdown] lang="en"
# ## 1. A move by two patches
#
# D. The patches are the same as before in another order. Without positions the tokens are, too, and the class token, which takes from all of them, does not mind the order. With learned positions every patch meets another row of $\mathbf{E}_{pos}$. The convolutions behind `Flatten` answer as before, two places further on (away from the border, where they feel the padding), but the head has other weights there. The MLP has a weight of its own for every pixel to begin with.
#
# The CNN with an average over the places comes close: only the padding at the border keeps it from being exact. We measure all of them. The head of an untrained ViT is zero, so we give each head weights first.

# %% [markdown] lang="ko"
# ## 1. 패치 두 개만큼 옮기기
#
# 답은 D예요. 패치는 순서만 바뀌고 그대로예요. 위치 임베딩이 없으면 토큰도 순서만 바뀌어요. 클래스 토큰은 모든 토큰에서 정보를 가져오므로 순서를 따지지 않아요. 위치 임베딩이 있으면 패치마다 $\mathbf{E}_{pos}$의 다른 행을 만나요. `Flatten` 앞의 합성곱은 (패딩의 영향을 받는 가장자리만 빼면) 두 자리 옆에서 전과 같은 답을 내지만, 분류층의 가중치가 그 자리에서는 달라요. MLP는 처음부터 픽셀마다 가중치가 따로 있어요.
#
# 모든 자리의 평균으로 끝나는 CNN도 거의 같아요. 정확히 같지 않은 것은 가장자리의 패딩 때문이에요. 모두 재 봐요. 학습하지 않은 ViT는 분류층이 0이므로 먼저 분류층에 가중치를 줘요.

# %%
answer = "D"

# %%
check(answer, "D", hints=[
    ("A", "Its maps are moved. What does the layer behind Flatten multiply them with?",
     "특징 맵이 옮겨져요. Flatten 뒤의 층은 거기에 무엇을 곱할까요?"),
    ("B", "How many weights has the first layer for one pixel, and are they those of the next?",
     "첫 층에서 한 픽셀의 가중치가 옆 픽셀의 가중치와 같은가요?"),
    ("C", "Which row of E_pos is added to a patch once it stands elsewhere?",
     "패치가 다른 자리로 가면 E_pos의 어느 행이 더해질까요?"),
])

# %%
images = draw_shapes(4, seed=0).images
for name in ("cnn", "cnn_flatten", "mlp", "vit", "vit_no_positions"):
    keras.utils.set_random_seed(0)
    model = create_contender(name, 5)
    head = next(layer for layer in model.layers if layer.name == "head")
    head.kernel.assign(np.random.default_rng(0).standard_normal(head.kernel.shape))
    before, after = (ops.convert_to_numpy(model(np.roll(images, by, axis=2))) for by in (0, 8))
    print(f"{CONTENDERS[name]:18} the same logits: {np.allclose(before, after, atol=1e-4)}")

# %% [markdown] lang="en"
# ## 2. Three stages
#
# Every stage has two convolutions: the first adds two steps of the stride so far, the second two steps of twice that. And each stage doubles the smallest move that is followed: three strides of 2 are a step of 8 pixels.

# %% [markdown] lang="ko"
# ## 2. 세 단계
#
# 단계마다 합성곱이 두 개예요. 첫째는 지금까지의 걸음으로 두 걸음, 둘째는 그 두 배의 걸음으로 두 걸음 넓혀요. 그리고 정확히 따라가는 가장 작은 이동은 단계마다 두 배가 돼요. 스트라이드 2를 세 번 지나면 한 걸음이 8픽셀이에요.

# %%
field_width, smallest_move = 1, 1
for stride in [1] + 3 * [2, 1]:  # the first convolution, then two a stage
    field_width += 2 * smallest_move
    smallest_move *= stride

# %%
check(field_width, 45, hints=[
    (21, "That is two stages, as in this lesson.", "이 수업처럼 단계가 둘일 때의 값이에요."),
    (15, "Each convolution adds two steps. How many pixels is a step after a stride?",
     "합성곱마다 두 걸음씩 늘어나요. 스트라이드를 지난 뒤 한 걸음은 몇 픽셀일까요?"),
    (29, "Each stage has two convolutions.", "단계마다 합성곱이 두 개 있어요."),
    (32, "The field may be wider than the picture.", "수용 영역은 그림보다 넓을 수 있어요."),
])
check(smallest_move, 8, hints=[
    (1, "That holds for a convolution without stride.", "스트라이드가 없는 합성곱이라면 맞아요."),
    (2, "That is after one stride of 2. How many are there?", "스트라이드 2를 한 번 지났을 때예요. 몇 번 지나나요?"),
    (4, "That is two stages, as in this lesson.", "이 수업처럼 단계가 둘일 때의 값이에요."),
    (6, "Strides are multiplied, not added.", "스트라이드는 더하지 않고 곱해요."),
])

# %% [markdown] lang="en"
# Measured as in section 2, on pictures large enough that the border is far away:

# %% [markdown] lang="ko"
# 2절처럼 재서 확인해요. 가장자리의 영향이 없도록 큰 그림을 써요.

# %%
keras.utils.set_random_seed(0)
cnn = create_cnn_classifier((128, 128, 3), 10, widths=(4, 8, 8, 8))
pooling = next(layer for layer in cnn.layers if isinstance(layer, layers.GlobalAveragePooling2D))
maps = keras.Model(cnn.input, pooling.input)  # (B, 16, 16, 8)
large = draw_shapes(2, image_size=128, seed=0).images
for move in (2, 4, 8):
    error = equivariance_error(maps, large, (0, move), stride=8, margin=5)
    print(f"moved by {move}: follows {error < 1e-3}")

# %% [markdown] lang="en"
# ## 3. Move without a ring
#
# Lay the picture on a larger sheet of zeros and cut out again where it should be: then no sign needs a case of its own.

# %% [markdown] lang="ko"
# ## 3. 돌아 들어오지 않게 옮기기
#
# 0으로 채운 더 큰 종이에 그림을 놓고, 필요한 자리에서 다시 잘라 내면 돼요. 그러면 부호마다 경우를 나눌 필요가 없어요.

# %%
def shift(images, dy, dx):
    """The pictures moved down by dy and to the right by dx, 0 where nothing is left to show."""
    _, height, width, _ = images.shape
    around = ((0, 0), (abs(dy), abs(dy)), (abs(dx), abs(dx)), (0, 0))
    sheet = np.pad(images, around)
    top, left = abs(dy) - dy, abs(dx) - dx
    return sheet[:, top : top + height, left : left + width]

# %%
small = np.arange(1, 13).reshape(1, 3, 4, 1)
down_and_right = np.array([[0, 0, 0, 0], [0, 0, 1, 2], [0, 0, 5, 6]]).reshape(1, 3, 4, 1)
to_the_left = np.array([[2, 3, 4, 0], [6, 7, 8, 0], [10, 11, 12, 0]]).reshape(1, 3, 4, 1)

check(shift, down_and_right, on=(small, 1, 2), hints=[
    (np.roll(small, (1, 2), axis=(1, 2)), "What left came in on the other side. Here it is lost.",
     "나간 것이 반대쪽으로 들어왔어요. 여기서는 사라져야 해요."),
    (np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 2, 3]]).reshape(1, 3, 4, 1),
     "dy and dx are swapped: axis 1 is the rows.",
     "dy와 dx가 바뀌었어요. 축 1이 행이에요."),
    (np.array([[7, 8, 0, 0], [11, 12, 0, 0], [0, 0, 0, 0]]).reshape(1, 3, 4, 1),
     "That is up and to the left.", "위와 왼쪽으로 옮겼어요."),
    (lambda found: np.shape(found) != (1, 3, 4, 1), "Pictures keep their shape.",
     "그림의 형태는 그대로여야 해요."),
])
check(shift, to_the_left, on=(small, 0, -1), hints=[
    (np.zeros((1, 3, 4, 1)), "With dy = 0 a slice such as [:-dy] is empty.",
     "dy = 0이면 [:-dy] 같은 슬라이스는 비어 있어요."),
    ("broadcast", "With dy = 0 a slice such as [:-dy] is empty.",
     "dy = 0이면 [:-dy] 같은 슬라이스는 비어 있어요."),
    (np.roll(small, (0, -1), axis=(1, 2)), "What left came in on the other side. Here it is lost.",
     "나간 것이 반대쪽으로 들어왔어요. 여기서는 사라져야 해요."),
    (small, "A negative dx moves to the left.", "dx가 음수면 왼쪽으로 옮겨요."),
])

# %% [markdown] lang="en"
# ## 4. A test of equivariance
#
# Both sides of $f(S \mathbf{x}) = S f(\mathbf{x})$, compared within rounding. One signal and one move prove nothing in general, but one that fails is enough to refute it.

# %% [markdown] lang="ko"
# ## 4. 등변성 확인하기
#
# $f(S \mathbf{x}) = S f(\mathbf{x})$의 양쪽을 계산해서 반올림 오차 안에서 비교해요. 신호 하나와 이동 하나로 등변성이 증명되는 것은 아니에요. 하지만 하나라도 다르면 등변이 아니라는 것은 확실해요.

# %%
def convolve(x, kernel=(-1, 1)):
    """A convolution on a ring: (-1, 1) is how much larger the next number is."""
    return kernel[0] * x + kernel[1] * np.roll(x, -1)


def is_equivariant(function, x, steps):
    """Whether function(x moved by so many steps) is function(x) moved by as many."""
    return np.allclose(function(np.roll(x, steps)), np.roll(function(x), steps))

# %%
signal = np.array([0, 0, 2, 5, 1, 0])
place_by_place = np.arange(6)  # a weight for each place

check(is_equivariant, lambda test: (
    test(convolve, signal, 1) and test(convolve, signal, 2) and test(np.square, signal, 1)
    and not test(lambda x: place_by_place * x, signal, 1) and not test(lambda x: x[::-1], signal, 1)
), hints=[
    (lambda test: test(convolve, signal, 1) and test(lambda x: place_by_place * x, signal, 1),
     "It says True of a function with a weight for each place, too.",
     "자리마다 가중치가 다른 함수에도 True라고 해요."),
    (lambda test: test(lambda x: x[::-1], signal, 1),
     "The result is moved the other way: a mirror passes this test.",
     "결과를 반대쪽으로 옮겼어요. 뒤집는 함수가 통과해 버려요."),
    (lambda test: test(np.sum, signal, 1) and not test(convolve, signal, 1),
     "That is invariance: the result must be moved, too.", "그것은 불변성이에요. 결과도 옮겨야 해요."),
    (lambda test: test(convolve, signal, 1) and not test(convolve, signal, 2),
     "Move by `steps`, not by 1.", "1이 아니라 `steps`만큼 옮기세요."),
])

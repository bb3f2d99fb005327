# %% [markdown] lang="en"
# # Solutions: the hybrid architecture
#
# Solutions to the exercises of [`08_hybrid_architecture`](../08_hybrid_architecture.ipynb), with the same checks.

# %% [markdown] lang="ko"
# # 풀이: 하이브리드 구조
#
# [`08_hybrid_architecture`](../08_hybrid_architecture.ipynb)의 연습 문제 풀이예요. 같은 `check`로 확인해요.

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

from vit_keras import VisionTransformer, check, create_hybrid_vit, draw_shapes
from vit_keras.inside import receptive_field, sensitivity

# %% [markdown] lang="en"
# ## 1. A hybrid without positions
#
# B. The stem has put the neighbourhood *into* each token; whoever holds the token holds that. How the tokens lie to each other is another matter: attention compares all with all and has no order of its own (lesson 2), so only $\mathbf{E}_{pos}$ could say it. D is wrong since no weight of attention depends on the number of tokens. A is nearly right at the border only: there the zeros of the padding lie in the window, and a token can learn that it stands at the edge.

# %% [markdown] lang="ko"
# ## 1. 위치 임베딩이 없는 하이브리드
#
# 답은 B예요. 주변의 모습은 스템이 토큰 *안에* 넣어 뒀어요. 토큰을 가지고 있으면 그것도 가지고 있는 거예요. 토큰끼리 어떻게 놓여 있는지는 다른 문제예요. 어텐션(attention)은 모두를 모두와 비교하고 순서를 몰라요(수업 2). 그것을 알려 줄 수 있는 것은 $\mathbf{E}_{pos}$뿐이에요. 어텐션의 어떤 가중치도 토큰 수에 따라 달라지지 않으니 D는 틀려요. A는 가장자리에서만 조금 맞아요. 거기서는 둘레에 두른 0이 창에 들어오니까 자기가 가장자리에 있다는 것을 배울 수는 있어요.

# %%
answer = "B"

# %%
check(answer, "B", hints=[
    ("A", "A token sees a square of pixels. Does the content of a square say where in the "
          "picture it was?",
     "토큰은 픽셀로 된 정사각형을 봐요. 그 안의 내용만 보고 그림의 어디였는지 알 수 있을까요?"),
    ("C", "What does the stem look at: pixels one by one, or windows?",
     "스템은 픽셀을 하나씩 볼까요, 창으로 볼까요?"),
    ("D", "Lesson 2: which weights of attention depend on the number of tokens?",
     "수업 2를 떠올려 보세요. 어텐션의 어떤 가중치가 토큰 수에 따라 달라질까요?"),
])

# %% [markdown] lang="en"
# It can be shown without training: shuffle the places of the map, and $\mathbf{y}$ does not change.

# %% [markdown] lang="ko"
# 학습하지 않고도 확인할 수 있어요. 특징 맵(feature map)의 자리를 섞어도 $\mathbf{y}$가 바뀌지 않아요.

# %%
keras.utils.set_random_seed(0)
hybrid = create_hybrid_vit((32, 32, 3), 1, 2, 64, 4, 128, None, stem="resnet",
                           stem_widths=(16, 32, 64), position_embedding=None)
f_p = hybrid.patches(hybrid.feature_map(draw_shapes(2).images))  # (2, 64, 64)
shuffled = ops.take(f_p, np.random.default_rng(0).permutation(64), axis=1)
y, y_shuffled = (hybrid.encoder(hybrid.patch_encoder(patches))[:, 0] for patches in (f_p, shuffled))
print("the same y:", bool(ops.all(ops.isclose(y, y_shuffled, atol=1e-4))))

# %% [markdown] lang="en"
# ## 2. Three convolutions, then patches of 2x2 places
#
# The map has $\lceil 64 / 8 \rceil \cdot \lceil 96 / 8 \rceil = 8 \cdot 12$ places, so $8 \cdot 12 / 2^2$ patches, each of $2 \cdot 2 \cdot 96$ numbers. For the square, cutting a patch counts as one more step with $k = 2$: the convolutions give $r = 15$ and $j = 8$, and $r + (2 - 1) \, j = 23$.

# %% [markdown] lang="ko"
# ## 2. 합성곱 세 개, 그다음 2x2 자리 패치
#
# 특징 맵의 자리는 $\lceil 64 / 8 \rceil \cdot \lceil 96 / 8 \rceil = 8 \cdot 12$곳이에요. 패치는 $8 \cdot 12 / 2^2$개이고 하나에 숫자가 $2 \cdot 2 \cdot 96$개예요. 정사각형을 셀 때는 패치를 자르는 것도 $k = 2$인 단계 하나로 쳐요. 합성곱 세 개를 지나면 $r = 15$, $j = 8$이고, $r + (2 - 1) \, j = 23$이에요.

# %%
r = j = 1
for kernel, stride in [(3, 2), (3, 2), (3, 2), (2, 2)]:
    r, j = r + (kernel - 1) * j, j * stride
num_patches = (64 // 8) * (96 // 8) // 2**2
numbers_a_patch = 2 * 2 * 96
pixels_a_patch_sees = r

# %%
check(num_patches, 24, hints=[
    (96, "Those are the places of the map. A patch has 2x2 of them.",
     "특징 맵의 자리 수예요. 패치 하나에 자리가 2x2개 있어요."),
    (25, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
    (48, "P counts in both directions: divide by P * P.", "P는 가로세로 모두에 적용돼요. P * P로 나누세요."),
    (1536, "That is N for patches of 2x2 pixels. Here they are cut from the map.",
     "2x2 픽셀 패치일 때의 N이에요. 여기서는 특징 맵에서 잘라요."),
    (384, "Three convolutions: the third halves, too.", "합성곱이 세 개예요. 세 번째도 반으로 줄여요."),
])
check(numbers_a_patch, 384, hints=[
    (96, "That is one place of the map. A patch has 2x2 places.",
     "특징 맵의 자리 하나예요. 패치에는 자리가 2x2개 있어요."),
    (192, "A patch has 2 rows of 2 places.", "패치는 자리 2개씩 2줄이에요."),
    (12, "That is a patch of 2x2 pixels with three colours. How many channels has the map?",
     "색이 셋인 2x2 픽셀 패치예요. 특징 맵의 채널은 몇 개인가요?"),
])
check(pixels_a_patch_sees, 23, hints=[
    (15, "That is one place. The next place of the patch lies one step j further.",
     "그것은 자리 하나예요. 패치의 다음 자리는 간격 j만큼 옆에 있어요."),
    (30, "The two windows overlap: they lie only j = 8 pixels apart.",
     "두 창은 겹쳐요. 서로 j = 8픽셀만 떨어져 있어요."),
    (16, "That is the step from patch to patch, 2 * 8. The windows are wider than their step.",
     "그것은 패치 사이의 간격 2 * 8이에요. 창은 간격보다 넓어요."),
    (7, "r grows by (k - 1) * j, and j doubles with every convolution.",
     "r는 (k - 1) * j만큼 커지고, j는 합성곱마다 두 배가 돼요."),
    (31, "That is four convolutions of stride 2. A patch is one with kernel 2 and stride 2.",
     "스트라이드 2인 3x3 합성곱 네 개예요. 패치는 커널이 2이고 스트라이드가 2인 합성곱이에요."),
])

# %% [markdown] lang="en"
# ## 3. The tokens of a hybrid
#
# The three moves of lesson 1, on a map instead of a picture, and one matrix product. With `patch_size=1` the axes $a$ and $b$ have length 1, and the moves do nothing.

# %% [markdown] lang="ko"
# ## 3. 하이브리드의 토큰
#
# 수업 1의 세 단계를 그림 대신 특징 맵에 적용하고 행렬 곱을 한 번 해요. `patch_size=1`이면 축 $a$와 $b$의 길이가 1이라서 세 단계를 거쳐도 그대로예요.

# %%
def tokens_of(feature_map, E, bias, patch_size):
    """(h, w, C') -> (N, D)."""
    height, width, channels = feature_map.shape
    rows, columns = height // patch_size, width // patch_size
    x = feature_map.reshape(rows, patch_size, columns, patch_size, channels)  # (i, a, j, b, c)
    x = x.transpose(0, 2, 1, 3, 4)  # (i, j, a, b, c)
    return x.reshape(rows * columns, -1) @ E + bias  # (N, D)

# %%
rng = np.random.default_rng(0)
some_map = rng.integers(0, 9, (4, 6, 2))  # (h, w, C')
E_1, E_2 = rng.integers(-3, 4, (2, 5)), rng.integers(-3, 4, (2 * 2 * 2, 5))
bias = np.arange(1, 6)
cut = some_map.reshape(2, 2, 3, 2, 2)  # (i, a, j, b, c)

check(tokens_of, some_map.reshape(24, 2) @ E_1 + bias, on=(some_map, E_1, bias, 1), hints=[
    (some_map @ E_1 + bias, "The numbers are right. A sequence has one axis for its places.",
     "숫자는 맞아요. 시퀀스에는 자리의 축이 하나예요."),
    (some_map.reshape(24, 2) @ E_1, "The bias is missing.", "편향이 빠졌어요."),
    (some_map.transpose(1, 0, 2).reshape(24, 2) @ E_1 + bias,
     "Those are the places column by column. Read row by row.",
     "열부터 읽었어요. 행부터 읽으세요."),
])
check(tokens_of, cut.transpose(0, 2, 1, 3, 4).reshape(6, 8) @ E_2 + bias,
      on=(some_map, E_2, bias, 2), hints=[
    ("matmul",
     "The numbers of a patch do not match the rows of E: flatten P * P places of C' channels.",
     "패치의 숫자 수와 E의 행 수가 맞지 않아요. 채널이 C'개인 자리 P * P개를 평탄화하세요."),
    (some_map.reshape(6, 8) @ E_2 + bias,
     "A reshape alone cuts strips, not squares: lesson 1 had three moves.",
     "reshape만 하면 정사각형이 아니라 띠가 돼요. 수업 1의 세 단계를 떠올려 보세요."),
    (cut.transpose(0, 2, 1, 3, 4).reshape(6, 8) @ E_2, "The bias is missing.", "편향이 빠졌어요."),
    (cut.transpose(2, 0, 1, 3, 4).reshape(6, 8) @ E_2 + bias,
     "Those are the patches column by column. Read row by row.",
     "패치를 열부터 읽었어요. 행부터 읽으세요."),
    (cut.transpose(0, 2, 4, 1, 3).reshape(6, 8) @ E_2 + bias,
     "Inside a patch the channel comes last.", "패치 안에서 채널은 맨 뒤예요."),
])

# %% [markdown] lang="en"
# ## 4. A stem that pools
#
# Pooling takes the largest of nine places at every second place; it learns nothing. So the convolution looks at all pixels of its input before anything is dropped, and pays four times as much for it.

# %% [markdown] lang="ko"
# ## 4. 풀링하는 스템
#
# 풀링은 한 칸 건너 한 자리마다 아홉 자리 가운데 가장 큰 값을 골라요. 배우는 것은 없어요. 그래서 합성곱은 무엇을 버리기 전에 입력의 모든 자리를 보고, 그 대신 계산을 네 배로 해요.

# %%
def pooled_stem(image_shape, widths):
    """`keras.Model` from (B, H, W, C) to (B, h, w, widths[-1])."""
    x = images = keras.Input(image_shape)
    for width in widths:
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    return keras.Model(images, x, name="stem")

# %%
def has_pools(stem):
    return sum(isinstance(layer, layers.MaxPooling2D) for layer in stem.layers) == 2


def never_negative(stem):
    noise = np.random.default_rng(0).normal(size=(2, 32, 48, 3)).astype("float32")
    return ops.min(stem(noise)) >= 0


check(pooled_stem,
      lambda m: m.output_shape == (None, 8, 12, 6) and has_pools(m) and never_negative(m),
      on=((32, 48, 3), (4, 6)), hints=[
    ("KerasTensor", "Return a model: keras.Model(inputs, outputs).",
     "모델을 돌려주세요. keras.Model(inputs, outputs)예요."),
    ("object has no attribute", "Return a keras.Model.", "keras.Model을 돌려주세요."),
    (lambda m: m.output_shape[-1] != 6, "The last convolution has widths[-1] channels.",
     "마지막 합성곱의 채널은 widths[-1]개예요."),
    (lambda m: not has_pools(m), "After every convolution stands a MaxPooling2D, here two in all.",
     "합성곱마다 뒤에 MaxPooling2D가 있어요. 여기서는 모두 두 개예요."),
    (lambda m: m.output_shape[1:3] == (2, 3),
     "Each width halves twice: leave the convolution's stride at 1.",
     "한 번에 두 번씩 반으로 줄었어요. 합성곱의 스트라이드는 1로 두세요."),
    (lambda m: m.output_shape[1] > 8, "Too large: every pooling has stride 2.",
     "너무 커요. 풀링의 스트라이드는 모두 2예요."),
    (lambda m: m.output_shape[1] < 8,
     'Too small: places are lost at the border. padding="same", in the pooling, too.',
     '너무 작아요. 가장자리에서 자리를 잃었어요. 풀링에도 padding="same"을 쓰세요.'),
    (lambda m: not never_negative(m), "Something negative comes out: where is the ReLU?",
     "음수가 나와요. ReLU가 어디에 있나요?"),
])

# %% [markdown] lang="en"
# In front of the encoder, and what one of its places depends on. By the rule: 3, 5 (and now 2 pixels a step), 9, 13. Pooling passes on only the largest of nine places, though, so for one picture many of these pixels make no difference. Measured over many pictures, the box fills up.

# %% [markdown] lang="ko"
# 인코더 앞에 놓고, 자리 하나가 무엇에 따라 달라지는지도 봐요. 규칙대로 세면 3, 5(이제 한 칸이 2픽셀), 9, 13이에요. 다만 풀링은 아홉 자리 가운데 가장 큰 값만 넘겨줘요. 그래서 그림 한 장에서는 차이를 만들지 않는 픽셀이 많아요. 여러 그림으로 재면 상자가 가득 차요.

# %%
keras.utils.set_random_seed(0)
stem = pooled_stem((32, 32, 3), (16, 32))
vit = VisionTransformer((32, 32, 3), 1, 2, 64, 4, 128, num_classes=10, stem=stem)
print("map", stem.output_shape[1:], "| logits", tuple(vit(draw_shapes(2).images).shape))
pictures = draw_shapes(4, seed=1).images.astype("float32")
found = sum(sensitivity(lambda images: stem(images / 127.5 - 1)[:, 4, 4], picture)
            for picture in pictures)
print("height and width of the box:", receptive_field(found)[2:])

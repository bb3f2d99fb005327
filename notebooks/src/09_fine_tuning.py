# %% [markdown] lang="en"
# # Pretrained checkpoints and fine-tuning
#
# You open a file of weights that others have trained on a million photographs, bring every number of it to its place in the model you built, and find out what that buys when you have few photographs of your own.
#
# | | |
# |---|---|
# | Lecture | *Python coding*: fine-tuning of a pretrained model; the table of results (ViT-Huge, ViT-Large, ResNet) |
# | Read first | lessons 1 and 4; lesson 6 for the photographs and for how a test is read |
# | Time | about an hour of reading and trying, and 8 minutes for the long cells on a laptop |
#
# **Nobody has to run the long cells.** Longer runs, recorded beforehand, are shown beside yours. And nobody needs the weights: where they cannot be had, a small model stands in, and every step is the same.

# %% [markdown] lang="ko"
# # 사전 학습된 체크포인트와 미세 조정
#
# 다른 사람이 사진 백만 장으로 학습해 둔 가중치 파일을 열어요. 그 안의 숫자를 하나도 빠짐없이 여러분이 만든 모델의 제자리에 넣고, 내 사진이 얼마 없을 때 그것이 얼마나 도움이 되는지 알아봐요.
#
# | | |
# |---|---|
# | 강의 | *Python coding*의 "사전 학습을 이용한 fine-tuning", 그리고 성능 표(ViT-Huge, ViT-Large, ResNet) |
# | 먼저 읽을 것 | 수업 1과 4. 사진 데이터와 테스트 결과를 읽는 법은 수업 6 |
# | 시간 | 읽고 따라 하는 데 한 시간쯤. 오래 걸리는 셀은 노트북 컴퓨터에서 모두 8분 |
#
# **오래 걸리는 셀은 실행하지 않아도 돼요.** 더 길게 실험한 기록을 여러분의 결과 옆에 보여 줘요. 가중치 파일이 없어도 괜찮아요. 구할 수 없을 때는 작은 모델이 대신하고, 거치는 단계는 모두 똑같아요.

# %% [markdown] lang="en"
# After this lesson you can
#
# 1. read a checkpoint, bring its arrays into a model of your own, and prove that they arrived;
# 2. choose between a linear probe, fine-tuning with or without frozen layers, and training from scratch, and say what each costs;
# 3. use a model at another resolution than it was trained at, and say what pre-training bought and what it did not.

# %% [markdown] lang="ko"
# 이 수업을 마치면 다음을 할 수 있어요.
#
# 1. 체크포인트(checkpoint)를 읽어 그 안의 배열을 내 모델에 옮기고, 제대로 옮겨졌다는 것을 증명해요.
# 2. 선형 프로브(linear probe), 층을 동결(freeze)하거나 하지 않는 미세 조정(fine-tuning), 처음부터 학습하기 가운데 무엇을 쓸지 고르고, 저마다 무엇을 치르는지 설명해요.
# 3. 학습할 때와 다른 해상도에서 모델을 쓰고, 사전 학습(pre-training)이 무엇을 보탰고 무엇은 보태지 않았는지 말해요.

# %% [markdown] lang="en"
# ## 0. Setup
#
# The next cell looks for the course: in this notebook's folder, around it and two levels below, in a Google Drive that is mounted in Colab, in a zip that lies here (it unpacks it), or installed with `pip`. **If it finds nothing**, in Colab: download the course as a zip, upload it with the folder symbol on the left, and run the cell again. Or write the course's address into `REPOSITORY`.

# %% [markdown] lang="ko"
# ## 0. 준비
#
# 다음 셀은 강좌를 찾아요. 이 노트북이 있는 폴더와 그 위, 두 단계 아래까지, Colab에 연결한 구글 드라이브, 여기 놓인 zip(알아서 풀어요), `pip`으로 설치한 것까지 살펴봐요. **찾지 못하면** Colab에서는 강좌를 zip으로 내려받아 왼쪽 폴더 아이콘으로 올리고 셀을 다시 실행하세요. `REPOSITORY`에 강좌 주소를 적어도 돼요.

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
# %matplotlib inline
import logging
import math
import sys
import tempfile
import time

import keras
import numpy as np
from einops import rearrange
from IPython.display import Markdown
from keras import ops

import vit_keras
from vit_keras import Dataset, Split, VisionTransformer, check, draw_shapes, logits_of, pick, train
from vit_keras.figures import (
    PUBLISHED,
    plot_few_examples,
    plot_gallery,
    plot_one_place,
    plot_published,
)
from vit_keras.inside import position_similarity
from vit_keras.lessons import recorded
from vit_keras.patches import sincos_positions
from vit_keras.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from vit_keras.pretrained import (
    TIMM,
    cats_and_dogs,
    choose_probe,
    extract_features,
    few,
    few_example_curve,
    find_weights,
    fine_tuning_recipe,
    fit_probe,
    interpolate_position_embedding,
    interpolation_matrix,
    load_timm,
    read_arrays,
    softmax,
    to_checkpoint,
    with_resizing,
)

vit_keras.start.need("safetensors")  # reads and writes checkpoints
# it would remark on every new model that we compile
logging.getLogger("tensorflow").setLevel("ERROR")

# %% tags=["nbval-ignore-output"]
print(f"profile {vit_keras.profile()}, vit_keras {vit_keras.__version__}, "
      f"Keras {keras.__version__} on {keras.backend.backend()}, Python {sys.version.split()[0]}\n")
weights = find_weights()
print(weights.source)

# %% [markdown] lang="en"
# The last line says which weights this notebook uses. Two cases:
#
# - **DeiT-Ti** ([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)), a small Vision Transformer whose weights are public: 5.7 million numbers, 23 MB. It is taken from the folder that `VIT_KERAS_WEIGHTS` names or from `weights/`, else downloaded once from the Hugging Face hub. One copy of it went through a program that rounded the LayerNorm vectors; we call that one *DeiT-Ti (LayerNorm rounded)*, so that nobody takes its numbers for the original's.
# - **A stand-in**, where there is no such file and no network: a small ViT that learns ten drawn shapes on this machine, once, and is then kept. Its accuracies say nothing about photographs; look at the steps.
#
# The *profile* decides how long things run: `smoke` is for tests, `laptop` needs no GPU, `gpu` is chosen by itself where Keras sees one. Wherever you read `pick(smoke=..., laptop=..., gpu=...)` below, the value for your profile is taken.

# %% [markdown] lang="ko"
# 마지막 줄이 이 노트북에서 쓰는 가중치를 알려 줘요. 두 가지 경우가 있어요.
#
# - **DeiT-Ti**([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)): 가중치가 공개된 작은 비전 트랜스포머(Vision Transformer, ViT)예요. 숫자 570만 개, 23 MB예요. `VIT_KERAS_WEIGHTS`가 가리키는 폴더나 `weights/`에서 찾고, 없으면 Hugging Face 허브에서 한 번 내려받아요. LayerNorm 벡터를 반올림하는 프로그램을 거친 사본도 돌아다녀요. 이 사본은 *DeiT-Ti (LayerNorm rounded)*라고 부를게요. 그 숫자를 원본의 숫자로 오해하면 안 되니까요.
# - **대역**(stand-in): 파일도 없고 네트워크도 없을 때 써요. 그려 낸 도형 열 가지를 이 컴퓨터에서 배우는 작은 ViT예요. 한 번 학습하면 보관해 두고 다시 써요. 이 모델의 정확도는 사진에 대해 아무것도 말해 주지 않으니 단계만 눈여겨보세요.
#
# *프로필*(profile)은 얼마나 오래 실행할지 정해요. `smoke`는 테스트용이고, `laptop`은 GPU가 필요 없고, `gpu`는 Keras가 GPU를 찾으면 저절로 선택돼요. 아래에서 `pick(smoke=..., laptop=..., gpu=...)`를 만나면 여러분의 프로필에 해당하는 값이 쓰인다고 읽으세요.

# %% [markdown] lang="en"
# ## 1. Little data, and a way out
#
# The lecture says: where there is not much training data the model does not do well, mainly for lack of inductive bias. Lesson 6 is a case of it. On 2,000 test photographs of cats and dogs, with 5,400 to learn from:
#
# | trained from random weights | test accuracy |
# |---|--:|
# | ViT, ten minutes | {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}} |
# | a ViT with smaller patches, {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}} passes over the data | {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}} |
# | hybrid of lesson 8, ten minutes | {{cats_vs_dogs_laptop:runs.hybrid.test_accuracy|.1%}} |
# | CNN, ten minutes | {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}} |
#
# The way out stands two lines further down on the same slide. What a model has to learn before it can tell cats from dogs (outlines, fur, eyes, where a thing ends and its background begins) is not about cats and dogs. It can be learned from *other* pictures, once, and handed on:
#
# - **Pre-training**: training on a large data set, by somebody with many GPUs. The result is a file of weights, a *checkpoint*.
# - **Linear probe**: keep all weights as they are, compute $\mathbf{y}$ of equation (4) for your pictures, and train one linear layer on it.
# - **Fine-tuning**: put a new head on the model and go on training all weights, gently.
#
# The slide links to a post of Hugging Face. Its code no longer runs as it stands (it calls `load_metric`, which has been removed), and it is for PyTorch; transformers 5 has dropped TensorFlow. This notebook takes its place, and opens the box as well: nothing in it needs a library of models.

# %% [markdown] lang="ko"
# ## 1. 적은 데이터, 그리고 빠져나가는 길
#
# 강의에서는 학습 데이터가 많지 않으면 모형의 성능이 좋지 않고, 주된 이유는 귀납 편향(inductive bias)이 부족하기 때문이라고 했어요. 수업 6이 바로 그런 경우예요. 고양이와 개 사진 5,400장으로 배우고 테스트 사진 2,000장으로 쟀어요.
#
# | 무작위 가중치에서 시작한 학습 | 테스트 정확도 |
# |---|--:|
# | ViT, 10분 | {{cats_vs_dogs_laptop:runs.vit.test_accuracy|.1%}} |
# | 패치가 작은 ViT, 데이터를 {{cats_vs_dogs_long_vit:runs.vit.epochs|.0f}}번 훑음 | {{cats_vs_dogs_long_vit:runs.vit.test_accuracy|.1%}} |
# | 수업 8의 하이브리드, 10분 | {{cats_vs_dogs_laptop:runs.hybrid.test_accuracy|.1%}} |
# | CNN, 10분 | {{cats_vs_dogs_laptop:runs.cnn.test_accuracy|.1%}} |
#
# 빠져나가는 길은 같은 슬라이드에서 두 줄 아래에 있어요. 고양이와 개를 구별하려면 먼저 배워야 하는 것들이 있어요. 윤곽, 털의 결, 눈, 물체와 배경을 나누는 법 같은 것이에요. 이런 것은 고양이나 개에게만 필요한 지식이 아니라서 *다른* 그림에서 한 번 배워 두고 나눠 쓸 수 있어요.
#
# - **사전 학습**: GPU를 많이 가진 누군가가 큰 데이터로 학습해요. 그 결과인 가중치 파일이 *체크포인트*예요.
# - **선형 프로브**: 가중치를 모두 그대로 두고, 내 그림마다 식 (4)의 $\mathbf{y}$를 계산해서 그 위에 선형 층 하나만 학습해요.
# - **미세 조정**: 모델에 새 분류층(classification head)을 얹고 모든 가중치를 조심스럽게 더 학습해요.
#
# 슬라이드에는 Hugging Face의 글이 링크되어 있어요. 그 코드는 이제 그대로는 돌아가지 않아요(`load_metric`이라는 함수가 없어졌어요). PyTorch용이기도 하고, transformers 5는 TensorFlow를 더 이상 지원하지 않아요. 이 노트북이 그 자리를 대신하면서 상자 속까지 열어 보여요. 모델 라이브러리는 하나도 필요 없어요.

# %% [markdown] lang="en"
# ## 2. A checkpoint, opened
#
# A checkpoint is a table: names, called *keys*, and for each an array of numbers. Nothing else. The model itself is not in it: no layers, no equations.
#
# Let us write one ourselves first, so small that it can be printed whole: a ViT with one block and tokens of width $D = 6$, in the way in which timm writes its models (a PyTorch library; DeiT's authors built on it). **Predict** the shape of `pos_embed`: the picture has 8x8 pixels, a patch 4x4.

# %% [markdown] lang="ko"
# ## 2. 체크포인트를 열어 보기
#
# 체크포인트는 표예요. *배열 이름*(key)이 있고, 이름마다 숫자 배열이 하나씩 있어요. 그것뿐이에요. 모델 자체는 들어 있지 않아요. 층도 없고 식도 없어요.
#
# 먼저 통째로 찍어 볼 수 있을 만큼 작은 것을 직접 만들어 봐요. 블록(block)이 하나이고 토큰(token)의 너비가 $D = 6$인 ViT를 timm이 쓰는 방식으로 저장해요. timm은 PyTorch 라이브러리이고, DeiT를 만든 사람들도 이것을 썼어요. 그림은 8x8 픽셀이고 패치(patch)는 4x4예요. `pos_embed`의 형태를 **예측해 보세요.**

# %%
size = {"image_shape": (8, 8, 3), "patch_size": 4, "num_layers": 1, "hidden_dim": 6, "num_heads": 2,
        "mlp_dim": 12}
tiny = VisionTransformer(**size, num_classes=2)
rng = np.random.default_rng(0)
tiny.set_weights([rng.normal(0, 0.5, weight.shape) for weight in tiny.weights])

checkpoint = Path(tempfile.mkdtemp()) / "tiny.npz"
np.savez(checkpoint, **to_checkpoint(tiny, TIMM))
for key, array in read_arrays(checkpoint).items():
    print(f"{key:27}{array.shape}")

# %% [markdown] lang="en"
# Four patches and the class token: five positions of width 6. Read the list beside equation (1) to (4): `patch_embed` is $\mathbf{E}$, `cls_token` is $\mathbf{x}_{\text{class}}$, `pos_embed` is $\mathbf{E}_{pos}$, and `blocks.0` is the first block, norm, attention, norm, MLP.
#
# One array is a surprise: `attn.qkv` has 18 rows. Query, key and value stand in *one* matrix, 6 rows each, one below the other.
#
# ### The table
#
# Our model has the same numbers under other names and with other axes. Which key goes where is data, not code: a table with a row for each array, its key, its place in our model, and how its axes move. The first rows of the one for timm:

# %% [markdown] lang="ko"
# 패치 네 개와 클래스 토큰(class token), 그래서 너비 6짜리 위치가 다섯 개예요. 목록을 식 (1)~(4)와 나란히 읽어 보세요. `patch_embed`는 $\mathbf{E}$, `cls_token`은 $\mathbf{x}_{\text{class}}$, `pos_embed`는 $\mathbf{E}_{pos}$이고, `blocks.0`은 첫 블록이에요. 정규화, 어텐션(attention), 정규화, MLP가 차례로 있어요.
#
# 뜻밖의 배열이 하나 있어요. `attn.qkv`는 행이 18개예요. 쿼리, 키, 밸류(query, key, value)가 6행씩 위아래로 쌓여 행렬 *하나*에 들어 있어요.
#
# ### 대응표
#
# 우리 모델에는 같은 숫자가 다른 이름, 다른 축 순서로 들어 있어요. 어느 배열이 어디로 가는지는 코드가 아니라 데이터로 적어 둬요. 배열마다 한 줄씩, 이름과 우리 모델의 자리와 축을 옮기는 방법을 적은 표예요. timm용 대응표의 앞부분은 이래요.

# %%
for key, place, axes in TIMM.rows[:12]:
    print(f"{key:28}{place:45}{axes}")

# %% [markdown] lang="en"
# The letters name axes: `d` is the hidden size, `c` colours, `p q` height and width of a patch, `o i` outputs and inputs. PyTorch writes a linear layer as (outputs, inputs), Keras as (inputs, outputs). A convolution is (outputs, inputs, height, width) there; our $\mathbf{E}$ is a matrix whose rows run over row, column, colour of a patch (lesson 1).
#
# By hand: two kernels of 2x2 pixels with one colour, and a `qkv` for $D = 2$. **Predict** both results.

# %% [markdown] lang="ko"
# 글자는 축의 이름이에요. `d`는 은닉 차원, `c`는 색, `p q`는 패치의 높이와 너비, `o i`는 출력과 입력이에요. 선형 층을 PyTorch는 (출력, 입력)으로, Keras는 (입력, 출력)으로 저장해요. 합성곱(convolution)은 PyTorch에서 (출력, 입력, 높이, 너비)예요. 우리의 $\mathbf{E}$는 행이 패치의 행, 열, 색 순서로 늘어선 행렬이에요(수업 1).
#
# 직접 해 봐요. 색이 하나인 2x2 픽셀 커널 두 개, 그리고 $D = 2$일 때의 `qkv`가 있어요. 두 결과를 **예측해 보세요.**

# %%
kernels = np.arange(1, 9).reshape(2, 1, 2, 2)  # (d, c, p, q)
qkv = np.arange(12).reshape(6, 2)  # three matrices (o, i), one below the other
print("E:", *rearrange(kernels, "d c p q -> (p q c) d"), sep="\n")
print("key:", *rearrange(qkv, "(three o) i -> three i o", three=3)[1], sep="\n")

# %% [markdown] lang="en"
# In $\mathbf{E}$ a column is one kernel, read row by row. The matrix of the keys is the middle third of `qkv`, turned. With such a table loading is a loop: take the array, move its axes, compare the shape, and only when all fit, assign.
#
# ### Broken on purpose: one matrix not turned
#
# Shapes are compared, so what can go wrong? A matrix of $D \times D$ has the same shape turned or not. Load the little file twice, and the second time leave one square matrix as PyTorch had it. **Predict**: an error, or not?

# %% [markdown] lang="ko"
# $\mathbf{E}$에서는 열 하나가 커널 하나를 행마다 차례로 읽은 거예요. 키 행렬은 `qkv`의 가운데 3분의 1을 전치한 것이고요. 이런 표가 있으면 불러오기는 반복문 하나예요. 배열을 꺼내고, 축을 옮기고, 형태를 비교하고, 모두 맞을 때만 넣어요.
#
# ### 일부러 망가뜨리기: 전치하지 않은 행렬 하나
#
# 형태를 비교하는데 무엇이 잘못될 수 있을까요? $D \times D$ 행렬은 전치해도 형태가 같아요. 작은 파일을 두 번 불러오면서, 두 번째에는 정사각 행렬 하나를 PyTorch의 모양 그대로 둬 봐요. 오류가 날까요? **예측해 보세요.**

# %%
pictures = draw_shapes(4, image_size=8, seed=0).images
loaded = {name: VisionTransformer(**size, num_classes=2)
          for name in ("as the table says", "one matrix not turned")}
for name, model in loaded.items():
    load_timm(model, checkpoint)
    kernel = model.encoder.blocks[0].attention.output_projection.kernel
    if name == "one matrix not turned":
        kernel.assign(ops.transpose(kernel))
    same = np.allclose(logits_of(model, pictures), logits_of(tiny, pictures), atol=1e-5)
    print(f"{name:22} same logits: {same}")

# %% [markdown] lang="en"
# No error, and wrong answers. On a real model such a mistake costs a few points or everything, and nothing says so. That is why a loader is believed only when its logits agree with those of the original code; the tests of `vit_keras` do that for all three kinds of files it reads.
#
# What shapes do show is said in full. Two models that the little file does not fit:

# %% [markdown] lang="ko"
# 오류는 없고 답은 틀려요. 실제 모델에서 이런 실수를 하면 정확도가 조금 떨어지기도 하고 아주 망가지기도 하는데, 아무도 알려 주지 않아요. 그래서 원래 코드의 로짓(logit)과 일치할 때만 불러오는 코드를 믿을 수 있어요. `vit_keras`의 테스트는 읽을 줄 아는 세 가지 형식 모두에서 이것을 확인해요.
#
# 형태로 알 수 있는 잘못은 빠짐없이 알려 줘요. 작은 파일과 맞지 않는 모델 두 개로 시험해 봐요.

# %%
for change in ({"mlp_dim": 10}, {"num_classes": 3}):
    try:
        load_timm(VisionTransformer(**{**size, "num_classes": 2, **change}), checkpoint)
    except ValueError as error:
        print(error, "\n")

# %% [markdown] lang="en"
# ### The real file
#
# Now the weights of this notebook. Their shapes say nearly everything about the model: **predict**, before you read the code, which array tells $D$, $P$, $L$, the MLP size and the number of classes, and which size is in *no* shape.

# %% [markdown] lang="ko"
# ### 진짜 파일
#
# 이제 이 노트북에서 쓰는 가중치를 열어요. 배열의 형태만 봐도 모델을 거의 다 알 수 있어요. 코드를 읽기 전에 **예측해 보세요.** $D$, $P$, $L$, MLP 크기, 클래스 수는 각각 어느 배열에서 알 수 있을까요? 어떤 형태에도 *나타나지 않는* 크기는 무엇일까요?

# %% tags=["nbval-ignore-output"]
arrays = read_arrays(weights.path)
D, C, P, _ = arrays["patch_embed.proj.weight"].shape
L = 1 + max(int(key.split(".")[1]) for key in arrays if key.startswith("blocks."))
M, K = arrays["blocks.0.mlp.fc1.weight"].shape[0], arrays["head.weight"].shape[0]
N = arrays["pos_embed"].shape[1] - 1
side = P * math.isqrt(N)  # of the pictures it was trained on
ready = weights.load()  # finds out the same by itself, and what shapes do not say
print(f"{weights.name}: {len(arrays)} arrays, "
      f"{sum(array.size for array in arrays.values()):,} numbers")
print(f"D = {D}, P = {P}, L = {L}, MLP {M}, {K:,} classes, N = {N}: "
      f"pictures of {side}x{side} pixels")
print(f"not in the shapes: {ready.num_heads} heads, mean {ready.mean}, "
      f"deviation {ready.deviation}, "
      f"epsilon {ready.layer_norm_epsilon}")

# %% [markdown] lang="en"
# The number of heads is in no shape: three heads of width 64 and four of width 48 have the same matrices. Nor does the file say how pixels are to be normalised, which $\varepsilon$ the norms use, and which of two formulas is meant by GELU. Whoever hands on weights has to say these four by other means, in a `config.json` or in the paper, and whoever loads them has to look. `load_pretrained` looks, and says in a line what it had to assume.
#
# ### Into a model of your own
#
# The sizes are known, so build the model as in lesson 4 and load. Then count: by formula, in the file, by Keras.

# %% [markdown] lang="ko"
# 헤드 수는 어떤 형태에도 나타나지 않아요. 너비 64인 헤드 셋이든 너비 48인 헤드 넷이든 행렬은 똑같으니까요. 픽셀을 어떻게 정규화하는지, 정규화 층의 $\varepsilon$이 얼마인지, GELU의 두 가지 식 가운데 어느 것인지도 파일에 없어요. 가중치를 나눠 주는 사람은 이 네 가지를 `config.json`이나 논문에 따로 적어야 하고, 불러오는 사람은 찾아봐야 해요. `load_pretrained`는 이것을 찾아보고, 짐작한 것이 있으면 한 줄로 알려 줘요.
#
# ### 내 모델에 넣기
#
# 크기를 알았으니 수업 4처럼 모델을 만들고 불러와요. 그리고 파라미터를 세 가지 방법으로 세요. 식으로, 파일에서, Keras로요.

# %%
mine = VisionTransformer((side, side, C), P, L, D, ready.num_heads, M, K, mean=ready.mean,
                         deviation=ready.deviation)
notes = load_timm(mine, weights.path)

block = 4 * D + 4 * (D * D + D) + 2 * D * M + M + D  # lesson 4
by_formula = (P * P * C + 1) * D + D + (N + 1) * D + L * block + 2 * D + (D + 1) * K
in_the_file = sum(array.size for array in arrays.values())
print("three times the same number:", by_formula == in_the_file == mine.count_params())

# %% [markdown] lang="en"
# The count shows that nothing is missing. It does not show that everything is in its place. So follow one patch by hand, from the raw arrays of the file: equation (1) for the patch in the top left corner, the first Layer Norm, and the query of that token. $\mathbf{w}$ stands for the kernel in `patch_embed`, whose axes are (d, c, p, q).
#
# $$\mathbf{z}_0 = \sum_{c,p,q} \mathbf{w}_{cpq} \, x_{pqc} + \mathbf{b} + \mathbf{e}_1, \qquad \mathbf{n} = \gamma \, \frac{\mathbf{z}_0 - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mathbf{q} = \mathbf{W}_{q} \, \mathbf{n} + \mathbf{b}_q$$

# %% [markdown] lang="ko"
# 개수가 맞으면 빠진 것은 없어요. 하지만 모두 제자리에 있는지는 알 수 없어요. 그래서 파일의 배열만 가지고 패치 하나를 손으로 따라가 봐요. 왼쪽 위 구석의 패치에 식 (1)을 적용하고, 첫 층 정규화를 거쳐, 그 토큰의 쿼리까지 계산해요. $\mathbf{w}$는 `patch_embed`의 커널이고 축은 (d, c, p, q)예요.
#
# $$\mathbf{z}_0 = \sum_{c,p,q} \mathbf{w}_{cpq} \, x_{pqc} + \mathbf{b} + \mathbf{e}_1, \qquad \mathbf{n} = \gamma \, \frac{\mathbf{z}_0 - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mathbf{q} = \mathbf{W}_{q} \, \mathbf{n} + \mathbf{b}_q$$

# %%
picture = draw_shapes(1, image_size=side, seed=3).images
x = (picture[0] / 255 - np.array(ready.mean)) / np.array(ready.deviation)  # (H, W, C)
z = np.einsum("dcpq,pqc->d", arrays["patch_embed.proj.weight"], x[:P, :P])
z += arrays["patch_embed.proj.bias"] + arrays["pos_embed"][0, 1]  # position 0 is the class token's
n = (z - z.mean()) / np.sqrt(z.var() + 1e-6)
n = n * arrays["blocks.0.norm1.weight"] + arrays["blocks.0.norm1.bias"]
q = arrays["blocks.0.attn.qkv.weight"][:D] @ n + arrays["blocks.0.attn.qkv.bias"][:D]

first = mine.encoder.blocks[0]
z_0 = mine.patch_encoder(mine.patches(mine.normalize(picture)))  # (1)
print("z_0 of the first patch, as by hand:", np.allclose(z_0[0, 1], z, atol=1e-3))
print("its query, as by hand:             ",
      np.allclose(first.attention.query(first.norm_1(z_0))[0, 1], q, atol=1e-3))
print("the same logits as `weights.load()`:",
      np.allclose(logits_of(mine, picture), logits_of(ready, picture), atol=1e-3))

# %% [markdown] lang="en"
# What others have trained now runs in the model you derived. `load_pretrained(path)` does all of this section in one line, for files of timm, Hugging Face and Google.

# %% [markdown] lang="ko"
# 다른 사람이 학습한 것이 여러분이 유도한 모델에서 돌아가요. `load_pretrained(path)`는 이 절의 일을 한 줄로 해 줘요. timm, Hugging Face, Google의 파일을 모두 읽어요.

# %% [markdown] lang="en"
# ## 3. Ask it
#
# The checkpoint has a head: one row for each class it was trained on, 1,000 for ImageNet. The softmax of the logits is what it believes. We show it four pictures: photographs of cats and dogs, or, where the stand-in answers, drawn shapes. They have 112x112 pixels and the model may want another size; `with_resizing` puts a layer in front that enlarges them.

# %% [markdown] lang="ko"
# ## 3. 물어보기
#
# 체크포인트에는 분류층이 있어요. 학습한 클래스마다 한 줄씩이고, ImageNet이라면 1,000개예요. 로짓에 소프트맥스를 적용하면 모델이 믿는 정도가 나와요. 그림 네 장을 보여 줘요. 고양이와 개 사진이고, 대역이 답할 때는 그려 낸 도형이에요. 그림은 112x112 픽셀인데 모델은 다른 크기를 원할 수 있어요. `with_resizing`은 그림을 키우는 층을 앞에 붙여 줘요.

# %% tags=["nbval-ignore-output"]
photographs = vit_keras.load_cats_vs_dogs(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=128, laptop=1_000, gpu=None)
)
drawn = draw_shapes(4, image_size=112, seed=1).images
asked = photographs.test.images[:4] if weights.is_real else drawn
named = with_resizing(ready, asked.shape[1:])
names = weights.class_names or [f"class {number}" for number in range(K)]
print(photographs, "\n")
for number, beliefs in enumerate(softmax(logits_of(named, asked)), start=1):
    best = np.argsort(-beliefs)[:5]
    print(f"{number}:", ", ".join(f"{names[k].split(',')[0]} {beliefs[k]:.0%}" for k in best))

# %% tags=["third-party-pixels"] alt="The four pictures that were asked about." alt_ko="물어본 그림 네 장이에요."
plot_gallery({"": [(picture, f"{number}") for number, picture in enumerate(asked, start=1)]},
             "What was asked")

# %% [markdown] lang="en"
# Look at the pictures and at the five names of each. With DeiT-Ti the names are breeds: it was never asked "cat or dog?", and it knows 118 kinds of dogs and five of cats. When it is wrong it is mostly wrong by a breed. Exchange the 4 above for more, or try a photograph of your own: `vit_keras.data.photographs.decode(open("mine.jpg", "rb").read()).pixels`.
#
# ### Pixels as it knows them
#
# A model has learned from pixels that were normalised in one way, and must be asked with pixels normalised in the same way:
#
# $$x = \frac{\text{pixel} / 255 - \text{mean}}{\text{deviation}}$$
#
# Google's ViT used 0.5 and 0.5, DeiT the mean and deviation of ImageNet's pixels. **Predict** what becomes of the red values 0, 124 and 255 under both.

# %% [markdown] lang="ko"
# 그림과 다섯 이름을 비교해 보세요. DeiT-Ti라면 품종 이름이 나와요. 이 모델은 "고양이야, 개야?"라는 질문을 받아 본 적이 없어요. 개는 118종, 고양이는 5종을 알아요. 틀려도 대개 품종을 헷갈리는 정도예요. 위의 4를 더 큰 수로 바꿔 보거나 여러분의 사진으로 해 보세요. `vit_keras.data.photographs.decode(open("mine.jpg", "rb").read()).pixels`로 읽으면 돼요.
#
# ### 모델이 아는 방식의 픽셀
#
# 모델은 한 가지 방식으로 정규화한 픽셀에서 배웠어요. 물어볼 때도 똑같이 정규화한 픽셀을 줘야 해요.
#
# $$x = \frac{\text{pixel} / 255 - \text{mean}}{\text{deviation}}$$
#
# Google의 ViT는 0.5와 0.5를 썼고, DeiT는 ImageNet 픽셀의 평균과 표준 편차를 썼어요. 빨강 값 0, 124, 255가 두 방식에서 각각 얼마가 될지 **예측해 보세요.**

# %%
red = np.array([0, 124, 255])
for name, mean, deviation in (("0.5 and 0.5", 0.5, 0.5),
                              ("ImageNet's", IMAGENET_MEAN[0], IMAGENET_DEVIATION[0])):
    print(f"{name:12}", np.round((red / 255 - mean) / deviation, 2))

# %% [markdown] lang="en"
# Not far apart in the middle, more than twice as far at the ends. What does it do to answers? Two mistakes: the other mean and deviation; and pixels that somebody has already divided by 255, so that the model, which divides once more, sees a black picture. **Predict**: which is worse?

# %% [markdown] lang="ko"
# 가운데에서는 비슷하고 양 끝에서는 두 배 넘게 차이가 나요. 답에는 어떤 영향을 줄까요? 두 가지 실수를 해 봐요. 하나는 다른 평균과 표준 편차를 쓰는 것, 다른 하나는 누군가 이미 255로 나눈 픽셀을 주는 것이에요. 그러면 모델이 또 나누어서 새까만 그림을 보게 돼요. 어느 쪽이 더 나쁠까요? **예측해 보세요.**

# %% tags=["nbval-ignore-output"]
some = pick(smoke=20, laptop=60, gpu=200)
if weights.is_real:
    some = photographs.test.images[:some]
    other = {"mean": 0.5, "deviation": 0.5}
else:
    some = draw_shapes(some, image_size=112, seed=2).images
    other = {"mean": IMAGENET_MEAN, "deviation": IMAGENET_DEVIATION}
right = softmax(logits_of(named, some))
for mistake, wrong in {
    "another mean and deviation": logits_of(
        with_resizing(weights.load(**other), some.shape[1:]), some),
    "already divided by 255": logits_of(named, some / 255),
}.items():
    changed = np.mean(softmax(wrong).argmax(axis=1) != right.argmax(axis=1))
    print(f"{mistake:27} {changed:4.0%} of the answers change; different answers given: "
          f"{len(np.unique(wrong.argmax(axis=1)))}, before {len(np.unique(right.argmax(axis=1)))}")

# %% [markdown] lang="en"
# The first mistake is the treacherous one: the answers are as varied as before, and nobody notices that some of them have changed. The second gives nearly the same answer to everything, and that is noticed. In this course models take pixels as they come, 0 to 255, and normalise inside, with the mean and deviation that belong to their weights. So the first mistake cannot be made from outside. The second can: do not divide.

# %% [markdown] lang="ko"
# 더 고약한 것은 첫째 실수예요. 답이 전처럼 다양해서 그중 일부가 바뀐 것을 아무도 눈치채지 못해요. 둘째 실수는 거의 모든 그림에 같은 답을 하니 금방 알아차려요. 이 강좌의 모델은 0부터 255까지의 픽셀을 그대로 받아 안에서 정규화해요. 평균과 표준 편차는 가중치에 딸린 것을 써요. 그래서 첫째 실수는 밖에서 하려야 할 수가 없어요. 둘째 실수는 여전히 할 수 있으니, 나누지 말고 그대로 넣으세요.

# %% [markdown] lang="en"
# ## 4. A linear probe
#
# The old head answers another question than ours. Take it off, and what remains is $\mathbf{y}$, $D$ numbers for each picture. How much is in them? Ask the simplest model there is: one linear layer and a softmax. With $K$ classes, and under each symbol its shape:
#
# $$\underset{(K)}{\mathbf{p}} = \text{softmax}(\underset{(D)}{\mathbf{y}} \; \underset{(D,\, K)}{\mathbf{W}} + \underset{(K)}{\mathbf{b}}), \qquad \text{loss} = -\frac{1}{n} \sum_{i=1}^{n} \log p_{i, t_i} + \frac{\lambda}{2} \lVert \mathbf{W} \rVert^2$$
#
# $t_i$ is the right class of picture $i$. The second term pulls the weights towards zero; without it a few pictures in many dimensions can be told apart in too many ways. The gradient of the first term is short, and worth knowing by heart: belief minus truth, times what was seen.
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{W}} = \frac{1}{n} \sum_{i} \mathbf{y}_i^\top (\mathbf{p}_i - \mathbf{t}_i) + \lambda \mathbf{W}$$
#
# Here $\mathbf{t}_i$ is a row with a one at the right class. By hand: six pictures with $D = 2$, two classes. The columns of $\mathbf{y}$ are brought to mean 0 and deviation 1 first (*standardised*), so that one $\lambda$ suits them all. **Predict** the sign of the four weights.

# %% [markdown] lang="ko"
# ## 4. 선형 프로브
#
# 원래 분류층은 우리와 다른 질문에 답해요. 떼어 내면 $\mathbf{y}$가 남아요. 그림마다 숫자 $D$개예요. 그 안에 무엇이 얼마나 들어 있을까요? 가장 단순한 모델에게 물어봐요. 선형 층 하나와 소프트맥스예요. 클래스가 $K$개일 때 다음과 같고, 기호 아래에 형태를 적었어요.
#
# $$\underset{(K)}{\mathbf{p}} = \text{softmax}(\underset{(D)}{\mathbf{y}} \; \underset{(D,\, K)}{\mathbf{W}} + \underset{(K)}{\mathbf{b}}), \qquad \text{loss} = -\frac{1}{n} \sum_{i=1}^{n} \log p_{i, t_i} + \frac{\lambda}{2} \lVert \mathbf{W} \rVert^2$$
#
# $t_i$는 그림 $i$의 정답 클래스예요. 둘째 항은 가중치를 0 쪽으로 끌어당기는 *규제*(regularization)예요. 이것이 없으면 차원은 많고 그림은 적을 때 구별하는 방법이 너무 많아져요. 첫째 항의 그래디언트(gradient)는 짧아서 외워 둘 만해요. 믿음에서 정답을 빼고, 본 것을 곱하면 돼요.
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{W}} = \frac{1}{n} \sum_{i} \mathbf{y}_i^\top (\mathbf{p}_i - \mathbf{t}_i) + \lambda \mathbf{W}$$
#
# 여기서 $\mathbf{t}_i$는 정답 클래스 자리만 1인 행이에요. 직접 해 봐요. $D = 2$인 그림이 여섯 장, 클래스가 둘이에요. 먼저 $\mathbf{y}$의 열마다 평균을 0, 표준 편차를 1로 맞춰요. 이것을 *표준화*(standardization)라고 해요. 그래야 $\lambda$ 하나로 모두 다룰 수 있어요. 가중치 네 개의 부호를 **예측해 보세요.**

# %%
y = np.array([[0.0, 2], [1, 3], [2, 5], [3, 1], [4, 2], [5, 0]])  # (n, D)
labels = np.array([0, 0, 0, 1, 1, 1])
standard = (y - y.mean(axis=0)) / y.std(axis=0)
W, b, strength = np.zeros((2, 2)), np.zeros(2), 0.1
for _ in range(2000):
    error = softmax(standard @ W + b) - np.eye(2)[labels]  # p - t, (n, K)
    W -= 0.5 * (standard.T @ error / len(y) + strength * W)
    b -= 0.5 * error.mean(axis=0)
print("W =", *np.round(W, 2), "b =", np.round(b, 2) + 0.0, sep="\n")

probe = fit_probe(y, labels, num_classes=2, strength=strength)
print("as `fit_probe` finds it:", np.allclose(standard @ W + b, probe.logits(y), atol=1e-4))

# %% [markdown] lang="en"
# A large first number speaks for class 1, a large second one for class 0; the two columns are each other's negative. `fit_probe` does the same with steps that need no learning rate, and takes seconds for thousands of pictures.
#
# ### For every photograph once
#
# $\mathbf{y}$ of a picture does not change while only the new layer learns. So compute it once for each photograph, and forget the pixels. That is what makes a probe cheap: one pass forward, none backward. `extract_features` reads the next batch while the device works on the last one, and never holds more than two batches.

# %% [markdown] lang="ko"
# 첫째 숫자가 크면 클래스 1, 둘째 숫자가 크면 클래스 0이라는 뜻이에요. 두 열은 부호만 반대예요. `fit_probe`는 학습률을 고를 필요가 없는 방법으로 같은 답을 찾아요. 그림이 수천 장이어도 몇 초면 돼요.
#
# ### 사진마다 한 번만
#
# 새 층만 학습하는 동안 그림의 $\mathbf{y}$는 변하지 않아요. 그러니 사진마다 한 번만 계산해 두고 픽셀은 잊어도 돼요. 프로브가 싼 까닭이에요. 앞으로 한 번만 계산하고 거꾸로는 계산하지 않아요. `extract_features`는 장치가 배치 하나를 계산하는 동안 다음 배치를 읽고, 메모리에는 배치를 둘까지만 둬요.

# %%
# laptop: about a minute for 1,571 photographs; gpu: seconds
started = time.perf_counter()
features = {name: (extract_features(ready, split.images), split.labels)
            for name, split in (("train", photographs.train),
                                ("validation", photographs.validation),
                                ("test", photographs.test))}
seconds = time.perf_counter() - started

# %%
print("a row of D numbers for each photograph:",
      all(y.shape == (len(labels), D) for y, labels in features.values()))
few_y, few_pictures = features["test"][0][:4], photographs.test.images[:4]
by_head = few_y @ ops.convert_to_numpy(ready.head.kernel) + ops.convert_to_numpy(ready.head.bias)
print("y through the old head gives the model's logits:",
      np.allclose(by_head, logits_of(named, few_pictures), atol=1e-2))

# %% [markdown] lang="en"
# Now the probe. $\lambda$ is chosen by the validation photographs, and by their *loss*: a few hundred photographs give many values of $\lambda$ nearly the same accuracy, and which of them is ahead is chance, while the loss counts how sure each answer is. Once $\lambda$ stands, the validation photographs have done their duty, and the probe is fitted once more to them, too. The test photographs are looked at once. Beside it, where the head knows ImageNet's classes, the head *as it is*: add up the probabilities of all cats and those of all dogs, and take the larger sum. **Predict** both accuracies. (How well does a blind guess do?)

# %% [markdown] lang="ko"
# 이제 프로브예요. $\lambda$는 검증 데이터로 고르는데, 정확도 대신 *손실*을 봐요. 사진이 몇백 장뿐이면 정확도가 거의 같은 $\lambda$가 많아서 무엇이 앞서는지는 우연이에요. 손실은 답마다 얼마나 확신하는지까지 따져요. $\lambda$를 고르고 나면 검증 데이터는 할 일을 다 했으니, 학습 데이터에 합쳐서 프로브를 한 번 더 맞춰요. 테스트 데이터는 한 번만 봐요. 분류층이 ImageNet의 클래스를 안다면 *그대로* 쓴 결과도 옆에 둬요. 고양이들의 확률을 모두 더하고 개들의 확률을 모두 더해서 큰 쪽을 답으로 해요. 두 정확도를 **예측해 보세요.** (찍으면 얼마일까요?)

# %% tags=["nbval-ignore-output"]
number = sum(len(labels) for _, labels in features.values())
print(f"y of {number:,} photographs in {seconds:.0f} s, {number / seconds:.0f} a second")
chosen, losses = choose_probe(features["train"], features["validation"], num_classes=2)
y, labels = (np.concatenate(parts) for parts in zip(features["train"], features["validation"]))
probe = fit_probe(y, labels, num_classes=2, strength=chosen.strength)
mine_so_far = {"linear probe": probe.accuracy(*features["test"])}
if K == 1000:
    y, labels = features["test"]
    logits = y @ ops.convert_to_numpy(ready.head.kernel) + ops.convert_to_numpy(ready.head.bias)
    right = np.mean(cats_and_dogs(logits).argmax(axis=1) == labels)
    mine_so_far = {"ImageNet's head as it is": right, **mine_so_far}
for name, accuracy in mine_so_far.items():
    print(f"{name:26} {accuracy:.1%} of {len(features['test'][1]):,} test photographs")
print("validation loss by strength:",
      {strength: round(loss, 3) for strength, loss in losses.items()})

# %% [markdown] lang="en"
# The head as it is was trained for another question, with 118 kinds of dogs and five of cats: where it is unsure, many small beliefs in dogs add up, and it errs to the side of dogs. The probe asks only our question, with $2 (D + 1)$ weights.
#
# A probe *is* a head: put $\mathbf{W}$ and $\mathbf{b}$ in their place, and the model says what the probe says. (How the standardisation gets into them is exercise 4.)

# %% [markdown] lang="ko"
# 원래 분류층은 개 118종과 고양이 5종이라는 다른 질문으로 학습했어요. 잘 모르겠는 사진에서는 개일지도 모른다는 작은 믿음이 여럿 더해져서 개 쪽으로 틀리기 쉬워요. 프로브는 우리 질문에만 답하고, 가중치는 $2 (D + 1)$개예요.
#
# 프로브는 곧 분류층이에요. $\mathbf{W}$와 $\mathbf{b}$를 제자리에 넣으면 모델이 프로브와 똑같이 답해요. (표준화를 어떻게 함께 넣는지는 연습 문제 4예요.)

# %%
with_probe = weights.load(num_classes=2)
probe.to_head(with_probe)
model = with_resizing(with_probe, few_pictures.shape[1:])
print("the model says what the probe says:",
      np.allclose(logits_of(model, few_pictures), probe.logits(few_y), atol=0.05))

# %% [markdown] lang="en"
# ### Recorded
#
# The same with *all* photographs, 6,000 to learn from (600 of them for validation first) and 2,000 for the test, by `benchmarks/experiments/transfer.py`. What has not been recorded yet says so in one line.

# %% [markdown] lang="ko"
# ### 기록한 결과
#
# 똑같은 일을 *모든* 사진으로 했어요. 6,000장으로 배우고(그중 600장은 먼저 검증에 써요) 2,000장으로 테스트해요. `benchmarks/experiments/transfer.py`로 기록하고, 아직 기록하지 않은 것은 한 줄로 알려 줘요.

# %%
transfer = recorded("transfer") or {"runs": []}


def runs_of(part, **wanted):
    """The recorded runs of one part that have these entries; a line says so if there are none."""
    runs = [run for run in transfer["runs"] if run["part"] == part]
    if not runs:
        print(f"results/transfer.json has no part {part!r}: not recorded here.")
    return [run for run in runs if all(run.get(name) == value for name, value in wanted.items())]


for run in runs_of("probe"):
    if "head_accuracy" in run:
        print(f"ImageNet's head as it is: {run['head_accuracy']:.1%} of "
              f"{run['photographs']['test']:,} test photographs")
    print(f"linear probe: {run['test_accuracy']:.1%}, {run['parameters']} weights, "
          f"{run['seconds'] / 60:.1f} minutes, "
          f"representations included ({run['images_per_second']:.0f} photographs a second)")

# %% [markdown] lang="en"
# ## 5. Ten photographs
#
# If nearly everything has been learned elsewhere, how many labelled photographs does the rest take? Draw 10 of each class, fit a probe, test it. Which ten were drawn is chance, so draw several times. The $\mathbf{y}$ are there already: each draw costs a fraction of a second. The strength of the penalty is fixed at 0.1 here. To choose it one would need labelled photographs, and the point is that there are only ten.

# %% [markdown] lang="ko"
# ## 5. 사진 열 장
#
# 거의 모든 것을 다른 데서 배웠다면, 나머지를 배우는 데 레이블이 달린 사진이 몇 장이나 필요할까요? 클래스마다 10장을 뽑아 프로브를 맞추고 테스트해요. 어느 열 장이 뽑히느냐는 우연이니까 여러 번 뽑아요. $\mathbf{y}$는 이미 있어서 한 번 뽑는 데 1초도 걸리지 않아요. 여기서는 규제의 강도를 0.1로 정해 둬요. 고르려면 레이블이 달린 사진이 더 있어야 하는데, 열 장밖에 없다는 것이 이 실험의 핵심이니까요.

# %% alt="Test accuracy of linear probes against the number of labelled pictures of each class." alt_ko="클래스마다 레이블이 달린 그림의 수에 따른 선형 프로브의 테스트 정확도예요."
sizes = pick(smoke=(4, 16, 64), laptop=(10, 50, 500), gpu=(10, 100, 1000))
curve = few_example_curve(features["train"], features["test"], 2, sizes, draws=10)
plot_few_examples({"linear probe": curve}, chance=0.5,
                  title=f"{weights.name}: few labelled pictures, ten draws each")

# %% [markdown] lang="en"
# The line goes through the means, the band from the worst draw to the best. (With the stand-in the line stays low: ten drawn shapes have not taught it what tells cats from dogs.)
#
# Recorded, on all 2,000 test photographs, with the two alternatives beside it: fine-tuning of all weights of the same model with two learning rates (section 6 says which one to take, and how one knows), and the ViT of lesson 6 from random weights. 2,700 of each class are all there are: there the ViT's run is that of lesson 6, and the first two lines of the output say what it was measured on. The probe of section 4 has learned from the validation photographs as well, which makes 3,000.

# %% [markdown] lang="ko"
# 선은 평균을 지나고, 띠는 가장 나쁜 뽑기에서 가장 좋은 뽑기까지예요. (대역이라면 선이 낮게 깔려요. 도형 열 가지로는 고양이와 개를 가르는 것을 배우지 못했으니까요.)
#
# 테스트 사진 2,000장으로 기록한 결과예요. 다른 두 방법도 함께 있어요. 같은 모델의 모든 가중치를 두 가지 학습률로 미세 조정한 것(어느 쪽을 골라야 하고 그걸 어떻게 아는지는 6절), 그리고 수업 6의 ViT를 무작위 가중치에서 학습한 것이에요. 클래스마다 2,700장이면 전부예요. 그 자리의 ViT는 수업 6의 기록이고, 출력의 처음 두 줄은 그 기록의 데이터와 컴퓨터를 알려 줘요. 4절의 프로브는 검증 데이터까지 써서 3,000장으로 배웠어요.

# %%
def from_scratch(file, model):
    """A run that was recorded for lesson 5 or 6, in a list; empty where the file is not here."""
    return [file["runs"][model]] if file else []


def by_size(runs, every):
    """{photographs of each class: [accuracies]}; `every`: runs with all of them."""
    found = {}
    for run in [*runs, *every]:
        found.setdefault(run.get("per_class", 2700), []).append(run["test_accuracy"])
    return found


lesson_6 = recorded("cats_vs_dogs_laptop")
curves = {}
for run in runs_of("few", what="probe"):
    curves["linear probe"] = {int(size): shares for size, shares in run["test_accuracies"].items()}
    # validation's, too
    curves["linear probe"][3000] = [run["test_accuracy"] for run in runs_of("probe", what="probe")]
tuned_runs = runs_of("few", what="fine-tuning")
for rate in sorted({run["learning_rate"] for run in tuned_runs}):
    curves[f"fine-tuning, rate {rate:g}"] = by_size(
        [run for run in tuned_runs if run["learning_rate"] == rate],
        runs_of("finetune", what="head of zeros", learning_rate=rate))
if scratch_runs := runs_of("scratch", what="a small model"):
    curves["from scratch"] = by_size(scratch_runs, from_scratch(lesson_6, "vit"))
for name, points in curves.items():
    for number, shares in sorted(points.items()):
        spread = f", deviation {100 * np.std(shares, ddof=1):.1f} points" if len(shares) > 1 else ""
        print(f"{name:24} {number:5,} of each class: {np.mean(shares):.1%}, "
              f"mean of {len(shares)}{spread}")

# %% alt="Test accuracy against the number of labelled photographs of each class: linear probe, fine-tuning and training from scratch; while nothing is recorded, the probe alone." alt_ko="클래스마다 레이블이 달린 사진의 수에 따른 테스트 정확도. 선형 프로브, 미세 조정, 처음부터 학습하기예요. 기록이 없으면 선형 프로브만 보여요."
shown = curves or {"linear probe": curve}
title = "Cats and dogs: what pre-training buys" if curves else "Not recorded: your own probes again"
plot_few_examples(shown, chance=0.5, title=title)

# %% [markdown] lang="en"
# Ten photographs of each class take both the probe and fine-tuning far above what training from scratch reaches with all 2,700. That is what pre-training buys, counted in photographs that nobody has to label.

# %% [markdown] lang="ko"
# 클래스마다 사진 10장이면 프로브도 미세 조정도, 2,700장을 모두 써서 처음부터 학습한 것(*from scratch*)을 훨씬 넘어서요. 사전 학습 덕분에 그만큼의 사진에는 레이블을 달지 않아도 돼요.

# %% [markdown] lang="en"
# ## 6. Fine-tuning
#
# A probe can only use what is in $\mathbf{y}$. Fine-tuning lets all weights learn, so that $\mathbf{y}$ itself changes. The paper's manner (section 3.2): remove the head, attach a new one of $D \times K$ *zeros*, and go on training, often at a higher resolution (section 7). The paper takes SGD with momentum and tries a few learning rates; we take AdamW with a small rate and without weight decay, since these weights have no reason to go towards zero.
#
# ### Why zeros?
#
# The gradient that reaches the body comes through the head. With logits $\mathbf{y} \mathbf{W} + \mathbf{b}$ it is
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{y}} = (\mathbf{p} - \mathbf{t}) \, \mathbf{W}^\top$$
#
# **Predict** what the body learns in the very first step with $\mathbf{W} = 0$, and with a random $\mathbf{W}$. We use the little model; plain gradient descent with a rate of 1 subtracts exactly the gradient, so what the weights have moved *is* the gradient.

# %% [markdown] lang="ko"
# ## 6. 미세 조정
#
# 프로브는 $\mathbf{y}$에 들어 있는 것만 쓸 수 있어요. 미세 조정은 모든 가중치를 학습하므로 $\mathbf{y}$ 자체가 달라져요. 논문의 방식은 이래요(3.2절). 원래 분류층을 떼고, $D \times K$개의 *0*으로 된 새 분류층을 붙이고, 학습을 이어 가요. 해상도를 높일 때도 많아요(7절). 논문은 모멘텀이 있는 SGD로 학습률 몇 가지를 써 봐요. 우리는 작은 학습률의 AdamW를 쓰고 가중치 감쇠는 하지 않아요. 이 가중치들은 0 쪽으로 갈 까닭이 없으니까요.
#
# ### 왜 0일까요?
#
# 몸통에 닿는 그래디언트는 분류층을 거쳐서 와요. 로짓이 $\mathbf{y} \mathbf{W} + \mathbf{b}$이면 다음과 같아요.
#
# $$\frac{\partial \, \text{loss}}{\partial \mathbf{y}} = (\mathbf{p} - \mathbf{t}) \, \mathbf{W}^\top$$
#
# 맨 첫 스텝에서 몸통은 무엇을 배울까요? $\mathbf{W} = 0$일 때와 무작위 $\mathbf{W}$일 때를 **예측해 보세요.** 작은 모델로 확인해요. 학습률이 1인 단순한 경사 하강법은 그래디언트를 그대로 빼요. 그러니 가중치가 움직인 만큼이 *곧* 그래디언트예요.

# %%
def gradient_lengths(model, pictures, labels):
    """Length of the loss's gradient, for everything below the head and for the head."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(learning_rate=1.0), loss, run_eagerly=True)
    before = model.get_weights()
    model.train_on_batch(pictures, labels)
    # the head's two come last
    gradient = [old - new for old, new in zip(before, model.get_weights())]
    model.set_weights(before)
    return [math.sqrt(sum(np.sum(part**2) for part in parts))
            for parts in (gradient[:-2], gradient[-2:])]


for name, head in {"zeros": np.zeros((6, 2)),
                   "random": np.random.default_rng(1).normal(size=(6, 2))}.items():
    tiny.head.kernel.assign(head)
    below, at_head = gradient_lengths(tiny, pictures, np.array([0, 1, 0, 1]))
    print(f"head of {name:7} gradient below the head {below:.3f}, of the head {at_head:.3f}")

# %% [markdown] lang="en"
# With zeros the body does not move at first. The head learns what $\mathbf{y}$ already says, and the more it knows, the more of a gradient it lets through. A random head sends the body in a random direction from the first step on, and there is something to lose.
#
# The same thought a step further: start from the probe of section 4 in place of zeros. Then the head is good from the start, and what the body gets is a hint, not noise.
#
# ### How large a step?
#
# The weights lie near a good place already. One weight, whose best value for the new task is 1, pre-trained to 0.9; the loss is $(w - 1)^2 / 2$. Twenty steps of gradient descent. **Predict** the last line.

# %% [markdown] lang="ko"
# 0으로 시작하면 처음에는 몸통이 움직이지 않아요. 분류층이 먼저 $\mathbf{y}$에 이미 있는 것을 배우고, 아는 것이 많아질수록 그래디언트를 더 많이 내려보내요. 무작위 분류층은 첫 스텝부터 몸통을 아무 방향으로나 밀어요. 잃을 것이 있는 몸통인데 말이에요.
#
# 같은 생각을 한 걸음 더 밀고 나갈 수 있어요. 0 대신 4절의 프로브에서 시작하는 거예요. 그러면 분류층이 처음부터 쓸 만해서 몸통이 받는 것은 잡음이 아니라 실마리예요.
#
# ### 걸음은 얼마나 크게?
#
# 가중치는 이미 좋은 자리 가까이에 있어요. 가중치 하나만 생각해 봐요. 새 과제에서 가장 좋은 값은 1이고, 사전 학습으로 0.9까지 와 있어요. 손실은 $(w - 1)^2 / 2$예요. 경사 하강법으로 스무 걸음을 가요. 마지막 줄을 **예측해 보세요.**

# %%
for rate in (0.01, 0.1, 1.0, 1.9, 2.1):
    w = 0.9
    for _ in range(20):
        w -= rate * (w - 1)
    print(f"rate {rate:4}: from 0.100 away to {abs(w - 1):.3f}")

# %% [markdown] lang="en"
# Too small, and nothing is learned; too large, and every step takes away more than it brings. A pretrained model has millions of such valleys of different width, and the rate has to suit the narrowest. So rates are tried, and judged by *validation* photographs. Ours, on few photographs; the column *moved* says how far the weights of the blocks are from where they started, as a share of their length.

# %% [markdown] lang="ko"
# 너무 작으면 배우는 것이 없고, 너무 크면 걸음마다 얻는 것보다 잃는 것이 많아요. 사전 학습된 모델에는 폭이 다른 이런 골짜기가 수백만 개 있고, 학습률은 가장 좁은 골짜기에 맞아야 해요. 그래서 여러 학습률을 써 보고 *검증* 데이터로 판단해요. 사진 몇 장으로 직접 해 봐요. *moved* 열은 블록의 가중치가 출발점에서 얼마나 멀어졌는지를 가중치 전체 길이에 대한 비율로 나타내요.

# %%
indices = np.sort(few(photographs.train.labels, pick(smoke=8, laptop=100, gpu=500), seed=0))
held_out = Split(*(part[:100] for part in photographs.validation))
small = Dataset(Split(*(part[indices] for part in photographs.train)), held_out,
                Split(*(part[:8] for part in held_out)),
                # no test photographs: nothing shall be chosen by them
                photographs.class_names, photographs.source)
epochs, batch_size = pick(smoke=(1, 8), laptop=(2, 16), gpu=(4, 32))


def body(model):
    """All weights of the blocks in one row."""
    return np.concatenate([ops.convert_to_numpy(weight).ravel()
                           for weight in model.encoder.weights])


def tuned(model, learning_rate=1e-4):
    """Train on the few photographs; what came of it, as a row of a table."""
    before, learns = body(model), sum(math.prod(weight.shape) for weight in model.trainable_weights)
    recipe = fine_tuning_recipe(epochs, learning_rate=learning_rate, batch_size=batch_size,
                                crop_padding=14)
    keras.utils.set_random_seed(0)
    run = train(with_resizing(model, small.train.images.shape[1:]), small, recipe, verbose=False)
    moved = np.linalg.norm(body(model) - before) / np.linalg.norm(before)
    return (f"| {learns:,} | {learning_rate:g} | {run['validation_accuracy']:.1%} | {moved:.1%} "
            f"| {run['seconds']:.0f} |")

# %% tags=["nbval-ignore-output"]
# laptop: 3 minutes; gpu: 2 minutes
rows = ["| weights that learn | rate | validation | moved | seconds |", "|--:|--:|--:|--:|--:|"]
rows += [tuned(weights.load(num_classes=2), rate) for rate in (1e-5, 1e-4, 1e-2)]
Markdown("\n".join(rows))

# %% [markdown] lang="en"
# The larger the rate, the farther the weights move; the largest overwrites in a few dozen steps what took a million photographs to learn. Recorded, with more validation photographs:

# %% [markdown] lang="ko"
# 학습률이 클수록 가중치가 멀리 움직여요. 가장 큰 학습률은 사진 백만 장으로 배운 것을 고작 몇십 스텝 만에 덮어써요. 검증 사진을 더 많이 써서 기록한 결과는 이래요.

# %%
tried = runs_of("rates", what="rate")
for run in tried:
    print(f"rate {run['learning_rate']:g}: validation {run['validation_accuracy']:.1%}, "
          f"training {run['train_accuracy']:.1%}")
if tried:
    best = max(tried, key=lambda run: run["validation_accuracy"])
    lower = [run for run in tried if run["learning_rate"] < best["learning_rate"]]
    print(f"best by validation, with {best['per_class']} photographs of each class: "
          f"rate {best['learning_rate']:g}"
          + ("" if lower else ", the smallest that was tried"))

# %% [markdown] lang="en"
# From a rate of 0.001 on, the model all but guesses, even on its training photographs. The smallest rate is the best, so a still smaller one might do.
#
# ### Frozen layers
#
# Between the two, probe and all weights, lies a choice: *freeze* the lower part and let the upper part learn. The lower blocks know outlines and fur, which serve any task; the upper ones are nearer to ImageNet's classes. What is frozen needs no gradient either, so a step costs less.

# %% [markdown] lang="ko"
# 학습률이 0.001 이상이면 학습한 사진에서조차 거의 찍는 수준이에요. 써 본 것 가운데 가장 작은 학습률이 가장 좋았으니, 더 작은 것도 괜찮을지 몰라요.
#
# ### 동결한 층
#
# 프로브와 전체 미세 조정 사이에 고를 수 있는 길이 더 있어요. 아래쪽을 *동결*하고 위쪽만 학습하는 거예요. 아래쪽 블록은 윤곽이나 털의 결처럼 어떤 과제에나 쓸모 있는 것을 알고, 위쪽 블록은 ImageNet의 클래스에 더 가까워요. 동결한 부분은 그래디언트도 필요 없어서 한 스텝의 계산이 줄어요.

# %% quotes="vit_keras.pretrained.features.freeze"
def freeze(model, blocks):
    """Keep the lower part of a model as it is; what lies above learns.

    Call it before `train`: the optimizer takes the weights that are trainable when it is made.

    Args:
        model: `VisionTransformer`.
        blocks: int from 0 to L, `"all"` or `None`. 0 freezes equation (1): E, the class token, the positions (and the
            stem of a hybrid); a number freezes so many blocks on top of it; `"all"` leaves only the head; `None`
            freezes nothing.

    Returns:
        int: the number of weights that learn.

    Raises:
        ValueError: `blocks` is none of these.
    """
    if blocks not in (None, "all") and (isinstance(blocks, bool) or blocks not in range(model.num_layers + 1)):
        raise ValueError(f'`blocks` must be an int from 0 to {model.num_layers}, "all" or None: got {blocks!r}.')
    number = {None: 0, "all": model.num_layers}.get(blocks, blocks)
    model.trainable = True  # from the top down: a layer hands it on to its parts
    for part in filter(None, (model.stem, model.patch_encoder)):
        part.trainable = blocks is None
    for index, block in enumerate(model.encoder.blocks):
        block.trainable = index >= number
    model.encoder.norm.trainable = blocks != "all"
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)

# %% [markdown] lang="en"
# In ViT-Ti with a head for two classes a block has 444,864 parameters, the last norm $2 \cdot 192$, the head $193 \cdot 2$. **Predict** the last two lines.

# %% [markdown] lang="ko"
# 클래스가 둘인 ViT-Ti에서 블록 하나의 파라미터는 444,864개, 마지막 정규화 층은 $2 \cdot 192$개, 분류층은 $193 \cdot 2$개예요. 마지막 두 줄을 **예측해 보세요.**

# %%
ti = VisionTransformer.from_variant("Ti/16", num_classes=2)
for blocks in (None, 0, 6, 11, "all"):
    print(f"blocks={blocks!s:4} {freeze(ti, blocks):9,} weights learn")

# %% [markdown] lang="en"
# Yours, once more on the few photographs: the lower half frozen; all weights, from the probe's head; and for fairness the same model from *random* weights, for as many steps. Compare validation and seconds with the row of rate 0.0001 above.

# %% [markdown] lang="ko"
# 이번에도 사진 몇 장으로 직접 해 봐요. 첫째는 아래쪽 절반을 동결한 것, 둘째는 프로브의 분류층에서 시작해 모두 학습한 것이에요. 셋째는 공평하게 같은 모델을 *무작위* 가중치에서 시작해 같은 스텝만큼 학습한 것이에요. 검증 정확도와 시간을 위 표의 학습률 0.0001 줄과 비교해 보세요.

# %% tags=["nbval-ignore-output"]
# laptop: 3 minutes; gpu: 2 minutes
half_frozen, from_probe = weights.load(num_classes=2), weights.load(num_classes=2)
freeze(half_frozen, L // 2)
fit_probe(features["train"][0][indices], small.train.labels, 2, strength=0.1).to_head(from_probe)
keras.utils.set_random_seed(0)
scratch = VisionTransformer.from_config({**from_probe.get_config(), "name": "scratch"})
Markdown("\n".join([*rows[:2], tuned(half_frozen), tuned(from_probe), tuned(scratch, 1e-3)]))

# %%
for run in runs_of("rates", what="frozen"):
    print(f"frozen: {run['blocks']}; validation {run['validation_accuracy']:.1%}, "
          f"{run['trained_parameters']:,} weights learn, "
          f"{run['images_per_second']:.0f} photographs a second")

# %% [markdown] lang="en"
# The more is frozen, the faster a step; in accuracy the three lie within two points. The usual advice, which these runs do not test: with few photographs and a task near the old one, probe, or freeze much; with many, or a task far away, let more learn.

# %% [markdown] lang="ko"
# 많이 동결할수록 한 스텝이 빨라져요. 정확도는 셋이 2퍼센트포인트 안에 모여 있어요. 흔히 하는 조언은 이래요. 사진이 적고 새 과제가 예전 과제와 가까우면 프로브를 쓰거나 많이 동결하고, 사진이 많거나 과제가 멀면 더 많은 가중치를 학습하세요. 여기 기록한 실험으로 확인한 것은 아니에요.

# %% [markdown] lang="en"
# ## 7. Another resolution: the positions
#
# A ViT does not mind how many tokens come: $\mathbf{E}$, the blocks and the head work on each token or on all of them, whatever their number (lesson 2). One thing minds: $\mathbf{E}_{pos}$ has a row for every place of one grid. DeiT-Ti has learned 14x14 places. At 112x112 pixels there are 7x7. What now? Four answers:
#
# - refuse, as a loader does that is told not to touch anything;
# - take the first 49 rows, since 49 are needed: shapes fit, no error;
# - take the 7x7 places in the middle of the table, as if the picture were a part of a larger one;
# - resize the table *as a picture*: 14x14 places of $D$ numbers become 7x7. The paper: "We therefore perform 2D interpolation of the pre-trained position embeddings, according to their location in the original image" (section 3.2).
#
# By hand first, in one dimension: four places with the positions 10, 20, 30, 40, and three are needed. The first and the last keep theirs, and the middle lies between. **Predict** the matrix that does it and its result.

# %% [markdown] lang="ko"
# ## 7. 다른 해상도와 위치 임베딩
#
# ViT는 토큰이 몇 개 들어오든 상관하지 않아요. $\mathbf{E}$, 블록, 분류층은 토큰 하나하나나 토큰 전체에 적용하니 개수를 따지지 않아요(수업 2). 따지는 것은 하나뿐이에요. $\mathbf{E}_{pos}$에는 정해진 격자의 자리마다 행이 하나씩 있어요. DeiT-Ti는 14x14 자리를 배웠어요. 112x112 픽셀이면 7x7 자리예요. 어떻게 할까요? 네 가지 답이 있어요.
#
# - 거절하기. 아무것도 건드리지 말라고 하면 불러오는 코드는 이렇게 해요.
# - 49개가 필요하니 앞의 49행을 쓰기. 형태가 맞아서 오류가 나지 않아요.
# - 표의 한가운데 7x7 자리를 쓰기. 이 그림을 더 큰 그림의 일부라고 치는 거예요.
# - 표를 *그림처럼* 크기를 바꾸기. 숫자가 $D$개씩 있는 14x14 자리를 7x7로 줄여요. 논문은 이렇게 말해요. "We therefore perform 2D interpolation of the pre-trained position embeddings, according to their location in the original image"(3.2절).
#
# 먼저 1차원에서 직접 해 봐요. 네 자리의 위치 값이 10, 20, 30, 40인데 세 자리가 필요해요. 처음과 끝은 그대로 두고 가운데는 그 사이에 놓아요. 이 일을 하는 행렬과 결과를 **예측해 보세요.**

# %%
places = np.array([10, 20, 30, 40])
R = interpolation_matrix(3, 4, "bilinear")  # (new, old), rows of sum one
print(R, R @ places, sep="\n\n")

# %% [markdown] lang="en"
# In two dimensions one such matrix mixes the rows of the grid and another its columns, as in lesson 6 when a part of a photograph was enlarged: $\mathbf{R} \, \mathbf{X} \, \mathbf{C}^\top$. The class token has a row in the table, too, but no place in the picture: it is passed by. On a numbered table, a class token 99 and 4x4 places:

# %% [markdown] lang="ko"
# 2차원에서는 이런 행렬 하나가 격자의 행을 섞고 또 하나가 열을 섞어요. 수업 6에서 사진의 일부를 확대할 때와 똑같이 $\mathbf{R} \, \mathbf{X} \, \mathbf{C}^\top$예요. 클래스 토큰도 표에 행이 하나 있지만 그림 속에 자리는 없어요. 그래서 건드리지 않아요. 클래스 토큰이 99이고 4x4 자리에 번호를 매긴 표로 해 봐요.

# %%
numbered = np.concatenate([[99], np.arange(16)])[:, None]  # (T, D), D = 1
stretched = interpolate_position_embedding(numbered, grid_shape=(3, 3), method="bilinear")
print("class token", stretched[0, 0], *stretched[1:].reshape(3, 3), sep="\n")

# %% [markdown] lang="en"
# This keeps corner on corner and weighs two neighbours, as Google's code does. The code of timm and of Hugging Face takes the middles of the places and four neighbours with *cubic* weights; `load_pretrained` does it as the checkpoint's own code would.
#
# ### What a wrong grid means
#
# To see it, take positions whose form is known: the fixed ones of lesson 1, for 14x14 places. The maps show how alike the position of one place, outlined, is to those of all others. **Predict** how wide the bright spot is in *interpolated* and in *middle*, and what *cut off* looks like: the first 49 rows, laid out as 7x7. (Row 0 of the old grid fills two rows of the new one.)

# %% [markdown] lang="ko"
# 이 방법은 모서리를 모서리에 맞추고 이웃 둘을 섞어요. Google의 코드가 이렇게 해요. timm과 Hugging Face의 코드는 자리의 한가운데를 맞추고 이웃 넷을 *3차식* 가중치로 섞어요. `load_pretrained`는 그 체크포인트를 만든 쪽의 방법을 따라 해요.
#
# ### 격자가 틀리면
#
# 어떻게 되는지 보려고 모양을 아는 위치 임베딩(position embedding)을 써요. 수업 1의 고정된 위치 임베딩을 14x14 자리로 만들어요. 지도는 테두리를 두른 자리 하나가 다른 모든 자리와 얼마나 비슷한지 보여 줘요. 보간한 것(*interpolated*)과 한가운데를 쓴 것(*middle*)에서 밝은 얼룩이 얼마나 넓을지, 앞의 49행을 7x7로 늘어놓은 *cut off*는 어떤 모습일지 **예측해 보세요.** (원래 격자의 0행이 새 격자의 두 행을 채워요.)

# %%
def on_a_smaller_grid(positions, old, new):
    """Positions (1, T, D) of a square grid for another, four ways: `{name: (positions, side)}`."""
    fitted = interpolate_position_embedding(positions, (new, new), (old, old))
    order = 1 + np.random.default_rng(0).permutation(new * new)
    central = slice((old - new) // 2, (old - new) // 2 + new)
    middle = positions[:, 1:].reshape(1, old, old, -1)[:, central, central]
    middle = middle.reshape(1, new * new, -1)
    return {
        "as learned": (positions, old),
        "interpolated": (fitted, new),
        "middle": (np.concatenate([positions[:, :1], middle], axis=1), new),
        "cut off": (positions[:, : 1 + new * new], new),
        "shuffled": (np.concatenate([fitted[:, :1], fitted[:, order]], axis=1), new),
    }


known = np.concatenate([np.zeros((1, 64)), sincos_positions((14, 14), 64)])[None]  # (1, 197, 64)
ways = on_a_smaller_grid(known, 14, 7)
print({name: positions.shape for name, (positions, _) in ways.items()})

# %% alt="Five maps of how alike one outlined place is to all others. As learned, 14 x 14: a bright spot around the place. Interpolated to 7 x 7: the same spot, half as many places wide. The middle 7 x 7: a spot as many places wide as learned. Cut off: bright places in separate stripes. Shuffled: bright places scattered." alt_ko="테두리를 두른 자리 하나가 다른 자리와 얼마나 비슷한지 보여 주는 지도 다섯 장. 배운 그대로인 14 x 14에서는 그 자리 둘레가 밝아요. 7 x 7로 보간하면 같은 얼룩의 폭이 자리 수로 절반이 돼요. 한가운데 7 x 7을 쓰면 얼룩의 폭이 배운 그대로예요. 잘라 쓰면 밝은 자리가 띄엄띄엄 줄을 이뤄요. 섞으면 밝은 자리가 흩어져요."
maps = {name: (position_similarity(positions), (side, side))
        for name, (positions, side) in ways.items()}
plot_one_place(maps, {name: (side // 2, side // 2) for name, (_, side) in ways.items()},
               "Who is near whom?")

# %% [markdown] lang="en"
# Interpolated, the middle is like its surroundings, but the spot is only half as many places wide: the next patch stands where the one after next stood. In the middle of the table every distance is as it was; what lies outside is missing. Cut off, every second row of the new grid has the positions of the right half of the old picture: the place below is a stranger, and two rows below comes a neighbour. To the model such a picture is torn into strips. Shuffled, nothing is where it should be.
#
# The same maps of the positions in *your* checkpoint, brought to half the side. DeiT-Ti's show a spot as above, found by training alone; a stand-in that has trained for seconds has hardly any pattern.

# %% [markdown] lang="ko"
# 보간하면 가운데 자리가 전처럼 둘레와 비슷하지만, 얼룩의 폭은 자리 수로 절반이에요. 바로 옆 패치가 전에는 한 칸 건너에 있던 자리를 차지한 거예요. 표의 한가운데를 쓰면 거리가 모두 그대로이고, 바깥쪽이 없을 뿐이에요. 잘라 쓰면 새 격자의 한 행 걸러 한 행이 원래 그림의 오른쪽 절반에 있던 위치를 가져요. 바로 아래 자리는 낯선 곳이고, 두 칸 아래에 이웃이 있어요. 모델에게는 그림이 가로로 갈기갈기 찢긴 셈이에요. 자리를 섞으면(*shuffled*) 제자리에 있는 것이 하나도 없어요.
#
# 이번에는 *여러분의* 체크포인트에 있는 위치 임베딩을 한 변이 절반인 격자로 옮겨 봐요. DeiT-Ti라면 위와 같은 얼룩이 보여요. 학습만으로 스스로 찾아낸 거예요. 몇 초 학습한 대역에는 무늬가 거의 없어요.

# %% alt="The same five maps for the learned positions of the checkpoint in use." alt_ko="지금 쓰는 체크포인트가 배운 위치 임베딩으로 그린 같은 지도 다섯 장이에요."
grid = math.isqrt(N)
learned = on_a_smaller_grid(arrays["pos_embed"], grid, grid // 2)
maps = {name: (position_similarity(positions), (side, side))
        for name, (positions, side) in learned.items()}
plot_one_place(maps, {name: (side // 2, side // 2) for name, (_, side) in learned.items()},
               f"Learned positions: {weights.name}")

# %% [markdown] lang="en"
# What does it cost? Pictures of CIFAR-10 enlarged to half the model's size, a probe on each of the four, and beside them the full size. (Half the side is a quarter of the patches: a quarter of the time.) **Predict** which of the four comes first.

# %% [markdown] lang="ko"
# 정확도는 얼마나 떨어질까요? CIFAR-10 그림을 모델이 원하는 크기의 절반으로 키우고, 네 가지 위치마다 프로브를 맞춰요. 원래 크기로 한 결과도 옆에 둬요. (한 변이 절반이면 패치는 4분의 1이고, 시간도 4분의 1이에요.) 넷 가운데 어느 것이 가장 좋을지 **예측해 보세요.**

# %% tags=["nbval-ignore-output"]
# laptop: half a minute; gpu: seconds
cifar10 = vit_keras.load_cifar10(
    source=pick(smoke="drawn", laptop="auto", gpu="auto"),
    limit=pick(smoke=60, laptop=300, gpu=2_000)
)
smaller = weights.load(image_shape=(side // 2, side // 2, C), num_classes=None)
print(cifar10)
for name, (positions, places) in learned.items():
    if places != grid:
        smaller.patch_encoder.positions.assign(positions)
    model = ready if places == grid else smaller
    y = {split: extract_features(model, getattr(cifar10, split).images)
         for split in ("train", "test")}
    probe_10 = fit_probe(y["train"], cifar10.train.labels, 10, strength=0.1)
    accuracy = probe_10.accuracy(y["test"], cifar10.test.labels)
    print(f"{name:13} {model.image_shape[0]:3} pixels: "
          f"{accuracy:.1%} of {len(cifar10.test.labels):,} test pictures")

# %% [markdown] lang="en"
# The probe adapts to what it is given, so even shuffled positions leave something: patches are still patches. Recorded with 2,000 pictures to learn from, and with all weights learning as well:

# %% [markdown] lang="ko"
# 프로브는 주어진 것에 맞추므로 위치를 섞어도 남는 것이 있어요. 패치는 그대로 패치니까요. 2,000장으로 배우고, 모든 가중치를 학습한 것까지 기록한 결과는 이래요.

# %%
for run in runs_of("cifar10"):
    print(f"{run['what']:27} {run['image_shape'][0]:3} pixels: {run['test_accuracy']:.1%}, "
          f"training {run['train_accuracy']:.1%}")

# %% [markdown] lang="en"
# *Interpolated* is the paper's way, and here it is not the best one: the middle of the table is ahead, with the model as it is and after three passes of fine-tuning. Why should that be? On half the side, the position next to yours is the one that used to be one further on; a head that looks at the nearest place (lesson 10 measures how far heads look) looks past the neighbour. From the middle every distance is as it was learned: the model takes the picture for a part of a larger one. *Cut off* keeps the distances along a row as well, which may be why its probe is ahead of *interpolated*; once all weights learn, that lead is gone. The paper goes the other way, to a *higher* resolution, where there is no middle to take, since places are missing.
#
# This is an explanation that fits, not one that is proved: one data set, of small pictures that were enlarged, and 2,000 test pictures, where a standard error is about one point. What is certain is the lesson for your own work: where the shapes fit, three different tables run without an error, and only a measurement tells them apart.
#
# And what a loader says that may not touch the positions, to a model of 12x12 pixels and the little file of section 2:

# %% [markdown] lang="ko"
# *interpolated*는 논문의 방법인데, 여기서는 가장 좋은 방법이 아니에요. 표의 한가운데를 쓴 *middle*이 모델을 그대로 쓸 때도, 세 번 훑으며 미세 조정한 뒤에도 앞서요. 왜 그럴까요? 한 변을 절반으로 줄이면 바로 옆자리의 위치는 전에 한 칸 더 건너에 있던 위치예요. 가장 가까운 자리를 보는 헤드(헤드가 얼마나 멀리 보는지는 수업 10에서 재요)는 이웃을 지나쳐 그 너머를 보게 돼요. 한가운데를 쓰면 모든 거리가 배운 그대로예요. 모델은 이 그림을 더 큰 그림의 일부로 여겨요. *cut off*도 행을 따라서는 거리가 그대로예요. 프로브가 *interpolated*보다 나은 것은 그 때문일 수 있고, 모든 가중치를 학습하면 그 차이는 없어져요. 논문은 반대로 해상도를 *높여요*. 그때는 자리가 모자라니 쓸 한가운데가 없어요.
#
# 이것은 결과에 들어맞는 설명이지 증명된 설명은 아니에요. 작은 그림을 키운 데이터 하나로 쟀고, 테스트 그림이 2,000장이라 표준 오차가 1퍼센트포인트쯤이에요. 확실한 것은 이거예요. 형태만 맞으면 서로 다른 표 셋이 모두 오류 없이 돌아가고, 무엇이 나은지는 재 봐야만 알아요.
#
# 위치를 건드리지 못하게 하면 불러오는 코드가 뭐라고 할까요? 12x12 픽셀 모델과 2절의 작은 파일로 확인해요.

# %%
larger = VisionTransformer(**{**size, "image_shape": (12, 12, 3)}, num_classes=2)
try:
    load_timm(larger, checkpoint, interpolate=False)
except ValueError as error:
    print(error, "\n")
print(*load_timm(larger, checkpoint))  # as it does by itself

# %% [markdown] lang="en"
# ## 8. All side by side
#
# In section 6 the same model started from random weights, and a few steps on a few photographs were nothing to it. That is a true comparison at equal cost, and an unfair one at equal patience: so this table has the runs of lesson 6 as well, ten minutes from scratch. All on the 2,000 test photographs of cats and dogs. (The minutes are for orientation only: fine-tuning and the same model from scratch ran two at a time, with one core each, the others alone on two.)

# %% [markdown] lang="ko"
# ## 8. 모두 나란히
#
# 6절에서 같은 모델을 무작위 가중치에서 시작했더니, 사진 몇 장과 몇 스텝으로는 아무것도 되지 않았어요. 비용이 같다는 점에서는 옳은 비교이지만, 더 기다려 주지 않았다는 점에서는 불공평해요. 그래서 이 표에는 수업 6에서 처음부터 10분 동안 학습한 것도 넣었어요. 모두 고양이와 개 테스트 사진 2,000장의 결과예요. (시간은 어림으로만 보세요. 미세 조정과 같은 모델을 처음부터 학습한 것은 둘씩 동시에 코어 하나로 돌렸고, 나머지는 코어 둘을 혼자 썼어요.)

# %%
rows_beside = ["| | weights that learn | minutes | training | test |", "|---|--:|--:|--:|--:|"]
probed = runs_of("probe", what="probe")
tuned_on_all = [run for start in ("head of zeros", "head of the probe")
                for run in runs_of("finetune", what=start)]
beside = {"linear probe": probed,
          **{f"fine-tuning, one pass, {run['what']}, rate {run['learning_rate']:g}": [run]
             for run in tuned_on_all},
          "the same model from scratch, one pass": runs_of("scratch", what="the same model"),
          "ViT of lesson 6, ten minutes": from_scratch(lesson_6, "vit"),
          "CNN of lesson 6, ten minutes": from_scratch(lesson_6, "cnn")}
for name, runs in beside.items():
    for run in runs:
        rows_beside.append(f"| {name} | {run.get('trained_parameters', run['parameters']):,} | "
                           f"{run['seconds'] / 60:.1f} | "
                           f"{run['train_accuracy']:.1%} | {run['test_accuracy']:.1%} |")
Markdown("\n".join(rows_beside))

# %% [markdown] lang="en"
# Before you read it, take lesson 6's ruler: the standard error of an accuracy $p$ on $n$ photographs.
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# **Predict** it for $p = 0.98$ and $n = 2000$.

# %% [markdown] lang="ko"
# 읽기 전에 수업 6에서처럼 우연의 크기부터 따져 보세요. 사진 $n$장에서 잰 정확도 $p$의 표준 오차(standard error)예요.
#
# $$\text{SE} = \sqrt{\frac{p \, (1 - p)}{n}}$$
#
# $p = 0.98$, $n = 2000$일 때 얼마일지 **예측해 보세요.**

# %%
print(f"{100 * math.sqrt(0.98 * 0.02 / 2000):.2f} points")
if probed and tuned_on_all:
    best = max(tuned_on_all, key=lambda run: run["validation_accuracy"])
    number = probed[0]["photographs"]["test"]
    gain = best["test_accuracy"] - probed[0]["test_accuracy"]
    error = math.sqrt(sum(p * (1 - p) / number
                          for p in (best["test_accuracy"], probed[0]["test_accuracy"])))
    print(f"fine-tuning as validation prefers it ({best['what']}, rate {best['learning_rate']:g}): "
          f"{100 * gain:+.1f} points beside "
          f"the probe, standard error of the difference {100 * error:.1f}: "
          f"{'more than chance' if abs(gain) > 2 * error else 'may be chance'}")

# %% [markdown] lang="en"
# So between the probe and the fine-tuned model nothing is decided. Where fine-tuning is *not* above the probe, ask in this order: was the rate right (section 6)? was one pass enough for a head of zeros? Is there anything left to learn? A probe near 98 % on photographs of which some have wrong labels leaves little.
#
# ### What this does not show
#
# ImageNet has 118 kinds of dogs and five of cats. Our task lies *inside* what the checkpoint was taught, with labels; the probe only asks for the coarser answer. Ten photographs suffice because the distinction was bought before, with a million labels of other people. On pictures unlike photographs (X-rays, drawn shapes, satellite images) pre-training on photographs buys less, and one has to measure how much. Nor is it free of what was in the old data: its classes, its habits, its photographers' taste.

# %% [markdown] lang="ko"
# 그러니 프로브와 미세 조정 가운데 어느 쪽이 낫다고 할 수 없어요. 미세 조정이 프로브보다 *높지 않다면* 다음 순서로 물어보세요. 학습률이 맞았나요(6절)? 0으로 시작한 분류층에게 데이터를 한 번 훑는 것으로 충분했나요? 더 배울 것이 남아 있나요? 사진 가운데 레이블이 틀린 것도 있으니, 프로브가 98 % 근처라면 남은 것이 별로 없어요.
#
# ### 이 실험이 보여 주지 않는 것
#
# ImageNet에는 개가 118종, 고양이가 5종 있어요. 우리 과제는 체크포인트가 레이블과 함께 배운 것의 *안쪽*에 있고, 프로브는 더 거친 답을 물을 뿐이에요. 사진 열 장으로 되는 것은 그 구별을 남들의 레이블 백만 개로 미리 사 두었기 때문이에요. 사진과 다른 그림(X선, 그려 낸 도형, 위성 영상)에서는 사진으로 한 사전 학습이 덜 도움이 되고, 얼마나 덜한지는 재 봐야 알아요. 예전 데이터에 있던 것도 그대로 따라와요. 클래스의 구분, 그 안의 버릇, 사진 찍은 사람들의 취향까지요.

# %% [markdown] lang="en"
# ## 9. The lecture's table
#
# The lecture shows the paper's table 2: two ViTs and a ResNet, pre-trained on JFT, Google's own 300 million photographs, then fine-tuned on each data set. Mean and deviation of three fine-tuning runs, in percent. (*ImageNet ReaL* is ImageNet's validation photographs with labels that people checked anew; a photograph of several things may have several: [Beyer et al., 2020](https://arxiv.org/abs/2006.07159).)

# %% [markdown] lang="ko"
# ## 9. 강의의 성능 표
#
# 강의에 나오는 것은 논문의 표 2예요. ViT 둘과 ResNet 하나를 Google이 가진 사진 3억 장(JFT)으로 사전 학습하고, 데이터마다 미세 조정했어요. 미세 조정을 세 번 한 평균과 표준 편차이고 단위는 퍼센트예요. (*ImageNet ReaL*은 ImageNet의 검증 사진에 사람이 레이블을 다시 확인해 붙인 것이에요. 여러 가지가 찍힌 사진에는 레이블도 여럿일 수 있어요. [Beyer et al., 2020](https://arxiv.org/abs/2006.07159))

# %%
for data, models in PUBLISHED.items():
    print(f"{data:14}",
          "  ".join(f"{model} {mean:.2f}" + (f" ± {deviation:.2f}" if deviation else "")
                    for model, (mean, deviation) in models.items()))

# %% [markdown] lang="en"
# **Predict**: CIFAR-10 has 10,000 test pictures. How many of them does ViT-Huge name right that the ResNet does not, net? How large is the standard error of 99.5 %, and of 55 %, on so many?

# %% [markdown] lang="ko"
# CIFAR-10의 테스트 그림은 10,000장이에요. ViT-Huge는 ResNet보다 몇 장을 더 맞힐까요? 그만큼의 그림에서 99.5 %의 표준 오차와 55 %의 표준 오차는 얼마일까요? **예측해 보세요.**

# %%
huge, resnet = (PUBLISHED["CIFAR-10"][model][0] for model in ("ViT-Huge", "ResNet"))
print(f"{(huge - resnet) * 100:.0f} pictures of 10,000")
for share in (0.995, 0.55):
    print(f"standard error at {share:.1%}: "
          f"{100 * math.sqrt(share * (1 - share) / 10_000):.2f} points")

# %% [markdown] lang="en"
# Thirteen pictures, on a data set that is nearly solved. The table's message is not the distance; it is that a model without a convolution is *not behind*, and took less compute to get there (the paper's last row: 2,500 TPUv3-core-days for ViT-Huge, 680 for ViT-Large, 9,900 for the ResNet).
#
# Beside it, ours. They are not meant to compete: other models, pre-trained on a two-hundredth of the photographs or on none.

# %% [markdown] lang="ko"
# 열세 장이에요. 거의 다 풀린 데이터에서요. 이 표가 말하는 것은 차이의 크기가 아니에요. 합성곱이 없는 모델이 *뒤지지 않고*, 더 적은 계산으로 거기까지 갔다는 거예요(논문의 표 마지막 줄에 따르면 ViT-Huge는 TPUv3 코어로 2,500일, ViT-Large는 680일, ResNet은 9,900일 걸렸어요).
#
# 그 옆에 우리 결과를 둬요. 겨루자는 것이 아니에요. 모델도 다르고, 사전 학습에 쓴 사진이 200분의 1이거나 한 장도 없어요.

# %% alt="Left, the paper's table 2 as points with their deviation: on all four data sets ViT-Huge, ViT-Large and the ResNet lie within two points. Right, our own recorded accuracies, labelled with what they are." alt_ko="왼쪽은 논문의 표 2를 점으로 그린 것. 네 데이터 모두에서 ViT-Huge, ViT-Large, ResNet이 2 퍼센트포인트 안에 모여 있어요. 오른쪽은 기록해 둔 우리 정확도이고, 무엇인지 이름을 붙였어요."
lesson_5 = recorded("cifar10_laptop")
ours = {"CIFAR-10": {}, "cats and dogs": {}}
for run in runs_of("cifar10", what="fine-tuning, interpolated"):
    ours["CIFAR-10"][f"{run['weights']}, fine-tuned on 2,000"] = run["test_accuracy"]
for name, model in (("ViT, from scratch on 45,000", "vit"), ("CNN, from scratch on 45,000", "cnn")):
    for run in from_scratch(lesson_5, model):
        ours["CIFAR-10"][name] = run["test_accuracy"]
best_tuned = sorted(tuned_on_all, key=lambda run: run["validation_accuracy"])[-1:]
for name, runs in {"probe": probed, "fine-tuned": best_tuned,
                   "ViT, from scratch": beside["ViT of lesson 6, ten minutes"],
                   "CNN, from scratch": beside["CNN of lesson 6, ten minutes"]}.items():
    for run in runs:
        called = f"{run['weights']}, {name}" if "weights" in run else name
        ours["cats and dogs"][called] = run["test_accuracy"]
plot_published({data: models for data, models in ours.items() if models},
               "Pre-trained, a ViT is not behind")

# %% [markdown] lang="en"
# On the left the markers of a row almost touch. On the right DeiT-Ti is ahead of both models from scratch on cats and dogs, photographs like those it was pre-trained on. On CIFAR-10 the figure's title is not true of it: fine-tuned on 2,000 pictures, enlarged to half its size, it is *behind* the CNN that learned from all 45,000. The lecture's sentence and its table do not contradict each other: from little data the ViT is behind, and pre-training can make up for it.
#
# ### What came after
#
# - **DeiT** ([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)): a ViT trained on ImageNet alone, with strong augmentation; a CNN may serve as its teacher. Our checkpoint is one of these.
# - **Swin** ([Liu et al., 2021](https://arxiv.org/abs/2103.14030)): attention within small windows, shifted from block to block, and patches merged on the way up: locality comes back.
# - **ConvNeXt** ([Liu et al., 2022](https://arxiv.org/abs/2201.03545)): a ResNet brought up to date step by step, without attention, level with Swin. "CNN or ViT?" is open again.
# - **MAE** ([He et al., 2021](https://arxiv.org/abs/2111.06377)): pre-training without labels: hide three quarters of the patches, and learn to fill them in.
# - **DINO** ([Caron et al., 2021](https://arxiv.org/abs/2104.14294)): no labels either: two views of one picture must get the same answer. Its attention maps outline objects.

# %% [markdown] lang="ko"
# 왼쪽에서는 한 줄의 표시들이 거의 붙어 있어요. 오른쪽을 보면 사전 학습에 쓴 것과 비슷한 고양이와 개 사진에서는 DeiT-Ti가 처음부터 학습한 두 모델보다 앞서요. CIFAR-10에서는 그림의 제목이 맞지 않아요. 그림 2,000장을 모델이 원하는 크기의 절반으로 키워 미세 조정했는데, 45,000장으로 배운 CNN보다 *뒤처져요*. 강의의 문장과 강의의 표는 어긋나지 않아요. 적은 데이터로 배우면 ViT가 뒤처지고, 사전 학습이 그것을 메울 수 있어요.
#
# ### 그 뒤에 나온 것들
#
# - **DeiT**([Touvron et al., 2021](https://arxiv.org/abs/2012.12877)): ImageNet만으로, 강한 증강을 써서 학습한 ViT예요. CNN을 교사로 삼기도 해요. 우리 체크포인트가 이 가운데 하나예요.
# - **Swin**([Liu et al., 2021](https://arxiv.org/abs/2103.14030)): 작은 창 안에서만 어텐션을 하고, 블록마다 창을 옮기고, 올라가면서 패치를 합쳐요. 지역성이 돌아온 셈이에요.
# - **ConvNeXt**([Liu et al., 2022](https://arxiv.org/abs/2201.03545)): ResNet을 한 단계씩 현대적으로 고쳤어요. 어텐션 없이 Swin과 비슷해서, 'CNN이냐 ViT냐'는 다시 열린 질문이 됐어요.
# - **MAE**([He et al., 2021](https://arxiv.org/abs/2111.06377)): 레이블 없이 사전 학습해요. 패치의 4분의 3을 가리고, 가린 곳을 채워 넣는 법을 배워요.
# - **DINO**([Caron et al., 2021](https://arxiv.org/abs/2104.14294)): 역시 레이블 없이, 한 그림의 두 모습에 같은 답을 내도록 배워요. 어텐션 맵에 물체의 윤곽이 드러나요.

# %% [markdown] lang="en"
# ## 10. Recap
#
# | symbol | code | shape or value here |
# |---|---|---|
# | a checkpoint | `read_arrays(path)` | {key: array} |
# | key, place, axes | `TIMM.rows` | one row for each array |
# | (o, i) to (i, o) | `rearrange(array, "o i -> i o")` | (D, D) |
# | $\mathbf{y} = \text{LN}(\mathbf{z}_L^0)$ | `extract_features(model, pictures)` | (n, D) |
# | $\mathbf{W}$, $\mathbf{b}$, $\lambda$ | `fit_probe(y, labels, K, strength)` | (D, K), (K,) |
# | a head of zeros | `load_pretrained(path, num_classes=K)` | (D, K) |
# | what learns | `freeze(model, blocks)` | all, the upper blocks, the head |
# | $\mathbf{E}_{pos}$ on another grid | `interpolate_position_embedding(positions, grid)` | (1, 197, D) to (1, 50, D) |
#
# - A checkpoint is a table of arrays. Heads, $\varepsilon$, GELU and pixels are not in it; a matrix not turned gives no error.
# - A probe first: it costs one pass forward, and says what is in $\mathbf{y}$.
# - Then fine-tuning: a head of zeros or the probe, a small rate, judged by validation.
# - At another resolution resize the positions as a picture; for a smaller one try the middle of the table as well, and measure. Cutting them off fits the shape and tears the picture.
# - What pre-training buys is counted in labelled pictures, and is largest where the task is near to what was learned.

# %% [markdown] lang="ko"
# ## 10. 정리
#
# | 기호 | 코드 | 여기서의 형태나 값 |
# |---|---|---|
# | 체크포인트 | `read_arrays(path)` | {이름: 배열} |
# | 이름, 자리, 축 | `TIMM.rows` | 배열마다 한 줄 |
# | (o, i)를 (i, o)로 | `rearrange(array, "o i -> i o")` | (D, D) |
# | $\mathbf{y} = \text{LN}(\mathbf{z}_L^0)$ | `extract_features(model, pictures)` | (n, D) |
# | $\mathbf{W}$, $\mathbf{b}$, $\lambda$ | `fit_probe(y, labels, K, strength)` | (D, K), (K,) |
# | 0으로 된 분류층 | `load_pretrained(path, num_classes=K)` | (D, K) |
# | 학습하는 가중치 | `freeze(model, blocks)` | 모두, 위쪽 블록, 분류층 |
# | 다른 격자의 $\mathbf{E}_{pos}$ | `interpolate_position_embedding(positions, grid)` | (1, 197, D)에서 (1, 50, D)로 |
#
# - 체크포인트는 배열의 표예요. 헤드 수, $\varepsilon$, GELU, 픽셀 정규화는 들어 있지 않아요. 행렬을 전치하지 않아도 오류가 나지 않아요.
# - 먼저 프로브를 해 보세요. 앞으로 한 번만 계산하면 되고, $\mathbf{y}$에 무엇이 들어 있는지 알려 줘요.
# - 그다음이 미세 조정이에요. 0으로 된 분류층이나 프로브에서 시작해 작은 학습률로 학습하고, 검증 데이터로 판단해요.
# - 해상도가 다르면 위치 임베딩의 크기를 그림처럼 바꾸세요. 해상도를 낮출 때는 표의 한가운데도 써 보고, 재서 고르세요. 잘라 쓰면 형태는 맞지만 그림이 찢어져요.
# - 사전 학습으로 얻는 것은 레이블을 달지 않아도 되는 그림의 수예요. 과제가 배운 것과 가까울수록 커요.

# %% [markdown] lang="en"
# ## Exercises
#
# Answer in place and run the cell with `check`. Solutions: [`solutions/09_fine_tuning`](solutions/09_fine_tuning.ipynb).
#
# **1. To think about.** You have DeiT-Ti and 20 photographs of leaves, 10 healthy and 10 ill, and an afternoon. What do you do first?
#
# - A: Train from scratch, with strong augmentation, since leaves are not in ImageNet's classes.
# - B: Fine-tune all weights with a rate of 0.01, so that the model adapts quickly.
# - C: Fit a linear probe with a strong penalty on $\mathbf{y}$, and judge it by several draws of ten for learning and ten for testing.
# - D: Load the weights into a model with patches of 8x8 pixels, so that it sees finer spots.

# %% [markdown] lang="ko"
# ## 연습 문제
#
# 답을 적고 `check`가 있는 셀을 실행하세요. 풀이는 [`solutions/09_fine_tuning`](solutions/09_fine_tuning.ipynb)에 있어요.
#
# **1. 생각해 보기.** DeiT-Ti가 있고, 잎 사진이 20장 있어요. 건강한 잎이 10장, 병든 잎이 10장이에요. 시간은 반나절이에요. 무엇부터 할까요?
#
# - A: 잎의 병은 ImageNet 클래스에 없으니 강한 데이터 증강으로 처음부터 학습해요.
# - B: 모델이 빨리 적응하도록 학습률 0.01로 모든 가중치를 미세 조정해요.
# - C: $\mathbf{y}$에 규제가 강한 선형 프로브를 맞추고, 열 장으로 배우고 열 장으로 테스트하는 것을 여러 번 뽑아 판단해요.
# - D: 더 작은 반점까지 보도록 패치가 8x8 픽셀인 모델에 가중치를 불러와요.

# %%
answer = None  # "A", "B", "C" or "D"

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
# **2. Change the numbers.** ViT-Ti/16 (12 blocks, $D = 192$) was pre-trained at 224x224 pixels. You use it at 160x160, with a head for 5 classes, and freeze all but the last two blocks, the last norm and the head.
#
# How many rows has $\mathbf{E}_{pos}$ at 160x160, and how many weights learn? And if somebody had cut the table off in place of resizing it: the place in row 3, column 5 of the new grid (both counted from 0) would get the position of which place of the 14x14 grid?

# %% [markdown] lang="ko"
# **2. 숫자 바꿔 보기.** ViT-Ti/16(블록 12개, $D = 192$)을 224x224 픽셀에서 사전 학습했어요. 160x160에서 클래스 5개짜리 분류층을 붙여 쓰고, 마지막 두 블록과 마지막 정규화 층과 분류층만 남기고 모두 동결해요.
#
# 160x160에서 $\mathbf{E}_{pos}$는 몇 행이고, 학습하는 가중치는 몇 개일까요? 누군가 표의 크기를 바꾸지 않고 잘라 썼다면, 새 격자의 3행 5열(둘 다 0부터 셈)은 14x14 격자의 어느 자리의 위치를 갖게 될까요?

# %%
num_positions = None
weights_that_learn = None
old_place = None  # (row, column)

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
# **3. Write code: one head's queries.** From timm's `attn.qkv.weight` of shape (3D, D), written as PyTorch does, to the matrix of shape (D, k) by which the tokens of *one* head are multiplied from the right: $\mathbf{q} = \mathbf{z} \, \mathbf{W}_q$. The rows of the query part go head by head.

# %% [markdown] lang="ko"
# **3. 코드 쓰기: 헤드 하나의 쿼리.** timm의 `attn.qkv.weight`는 형태가 (3D, D)이고 PyTorch 방식으로 쓰여 있어요. 여기에서 헤드 *하나*의 토큰에 오른쪽에서 곱하는, 형태가 (D, k)인 행렬을 꺼내세요. $\mathbf{q} = \mathbf{z} \, \mathbf{W}_q$가 되게요. 쿼리 부분의 행은 헤드 순서대로 놓여 있어요.

# %%
def query_of_head(qkv, num_heads, head):
    """(3D, D) -> (D, k)."""
    raise NotImplementedError

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
# **4. Write code: a probe becomes a head.** A probe was fitted on standardised numbers, $\mathbf{p} = \text{softmax}(\frac{\mathbf{y} - \mathbf{m}}{\mathbf{s}} \, \mathbf{W} + \mathbf{b})$. The head of a model gets $\mathbf{y}$ as it comes. Find the kernel and the bias with which $\mathbf{y} \, \mathbf{W}' + \mathbf{b}'$ is the same logits.

# %% [markdown] lang="ko"
# **4. 코드 쓰기: 프로브를 분류층으로.** 프로브는 표준화한 숫자로 맞췄어요. $\mathbf{p} = \text{softmax}(\frac{\mathbf{y} - \mathbf{m}}{\mathbf{s}} \, \mathbf{W} + \mathbf{b})$예요. 그런데 모델의 분류층은 $\mathbf{y}$를 그대로 받아요. $\mathbf{y} \, \mathbf{W}' + \mathbf{b}'$가 똑같은 로짓이 되는 커널과 편향을 구하세요.

# %%
def fold(kernel, bias, mean, deviation):
    """(D, K), (K,), (D,), (D,) -> kernel (D, K) and bias (K,)."""
    raise NotImplementedError

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
# **5. Design.** A friend writes: "Fine-tuning beats the probe on my data. I fine-tuned with ten learning rates; the best reaches 97.5 % on my 400 test pictures, the probe 96.8 %." What would you answer first?
#
# - A: Right: 0.7 points are a large part of the 3.2 that were missing.
# - B: The rate was chosen by the test pictures, and 0.7 points are three of 400. Choose by validation pictures and compare anew, with several seeds.
# - C: The comparison is unfair, since fine-tuning takes longer.
# - D: A probe can never be better than fine-tuning, so the comparison was not needed.

# %% [markdown] lang="ko"
# **5. 실험 설계.** 친구가 이렇게 말해요. "내 데이터에서는 미세 조정이 프로브를 이겨. 학습률 열 가지로 미세 조정했더니 가장 좋은 것이 테스트 그림 400장에서 97.5 %야. 프로브는 96.8 %고." 무엇부터 대답할까요?
#
# - A: 맞아. 모자라던 3.2 퍼센트포인트 가운데 0.7이면 커.
# - B: 학습률을 테스트 그림으로 골랐고, 0.7 퍼센트포인트는 400장 가운데 세 장이야. 검증 데이터로 고르고 시드를 여러 개 써서 다시 비교해 봐.
# - C: 미세 조정은 시간이 더 걸리니까 불공평한 비교야.
# - D: 프로브는 미세 조정보다 나을 수가 없으니 비교할 필요도 없었어.

# %%
first_reply = None  # "A", "B", "C" or "D"

# %%
check(first_reply, "B", hints=[
    ("A", "How many pictures are 0.7 points of 400? And how was the best of ten found?",
     "400장의 0.7 퍼센트포인트는 몇 장인가요? 열 가지 가운데 가장 좋은 것은 어떻게 골랐나요?"),
    ("C", "It does take longer. But would the number be right at equal time?",
     "더 걸리기는 해요. 그런데 시간이 같으면 그 숫자가 옳을까요?"),
    ("D", "Section 6: the rate of the last row. Was fine-tuning always better?",
     "6절의 가장 큰 학습률을 떠올려 보세요. 미세 조정이 늘 나았나요?"),
])

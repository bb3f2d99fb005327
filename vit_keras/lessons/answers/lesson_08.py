"""Answers of lesson 8, the hybrid architecture."""

import numpy as np
from keras import layers, ops

from vit_keras.lessons.answers import changed_one_thing
from vit_keras.lessons.exercises import Exercise


def has_pools(stem):
    return sum(isinstance(layer, layers.MaxPooling2D) for layer in stem.layers) == 2


def never_negative(stem):
    noise = np.random.default_rng(0).normal(size=(2, 32, 48, 3)).astype("float32")
    return ops.min(stem(noise)) >= 0


ANSWERS = {
    "1": Exercise("C", hints=(
        ("A", "A token sees a square of pixels. Does the content of a square say where in the picture it was?",
         "토큰은 픽셀로 된 정사각형을 봐요. 그 안의 내용만 보고 그림의 어디였는지 알 수 있을까요?"),
        ("B", "What does the stem look at: pixels one by one, or windows?",
         "스템은 픽셀을 하나씩 볼까요, 창으로 볼까요?"),
        ("D", "Lesson 2: which weights of attention depend on the number of tokens?",
         "수업 2를 떠올려 보세요. 어텐션의 어떤 가중치가 토큰 수에 따라 달라질까요?"),
    )),
    "2a": Exercise(24, hints=(
        (96, "Those are the places of the map. A patch has 2x2 of them.",
         "특징 맵의 자리 수예요. 패치 하나에 자리가 2x2개 있어요."),
        (25, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
        (48, "P counts in both directions: divide by P * P.", "P는 가로세로 모두에 적용돼요. P * P로 나누세요."),
        (1536, "That is N for patches of 2x2 pixels. Here they are cut from the map.",
         "2x2 픽셀 패치일 때의 N이에요. 여기서는 특징 맵에서 잘라요."),
        (384, "Three convolutions: the third halves, too.", "합성곱이 세 개예요. 세 번째도 반으로 줄여요."),
    )),
    "2b": Exercise(384, hints=(
        (96, "That is one place of the map. A patch has 2x2 places.",
         "특징 맵의 자리 하나예요. 패치에는 자리가 2x2개 있어요."),
        (192, "A patch has 2 rows of 2 places.", "패치는 자리 2개씩 2줄이에요."),
        (12, "That is a patch of 2x2 pixels with three colors. How many channels does the map have?",
         "색이 셋인 2x2 픽셀 패치예요. 특징 맵의 채널은 몇 개인가요?"),
    )),
    "2c": Exercise(23, hints=(
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
    )),
    "3": Exercise(
        lambda m: m.output_shape == (None, 8, 12, 6) and has_pools(m) and never_negative(m),
        on=((32, 48, 3), (4, 6)),
        hints=(
            ("KerasTensor", "Return a model: keras.Model(inputs, outputs).",
             "모델을 돌려주세요. keras.Model(inputs, outputs)예요."),
            ("object has no attribute", "Return a keras.Model.", "keras.Model을 돌려주세요."),
            (lambda m: m.output_shape[-1] != 6, "The last convolution has widths[-1] channels.",
             "마지막 합성곱의 채널은 widths[-1]개예요."),
            (lambda m: not has_pools(m), "Every convolution is followed by a MaxPooling2D, here two in all.",
             "합성곱마다 뒤에 MaxPooling2D가 있어요. 여기서는 모두 두 개예요."),
            (lambda m: m.output_shape[1:3] == (2, 3), "Each width halves twice: leave the convolution's stride at 1.",
             "한 번에 두 번씩 반으로 줄었어요. 합성곱의 스트라이드는 1로 두세요."),
            (lambda m: m.output_shape[1] > 8, "Too large: every pooling has stride 2.",
             "너무 커요. 풀링의 스트라이드는 모두 2예요."),
            (lambda m: m.output_shape[1] < 8,
             'Too small: places are lost at the border. padding="same", in the pooling, too.',
             '너무 작아요. 가장자리에서 자리를 잃었어요. 풀링에도 padding="same"을 쓰세요.'),
            (lambda m: not never_negative(m), "Something negative comes out: where is the ReLU?",
             "음수가 나와요. ReLU가 어디에 있나요?"),
        )),
    "4": changed_one_thing,
}

"""Lesson 5: training from scratch."""

import keras
import numpy as np

from vit_keras.data import Dataset, Split, draw_shapes
from vit_keras.lessons.answers import changed_one_thing
from vit_keras.lessons.exercises import Exercise
from vit_keras.training import Recipe, train
from vit_keras.vit import VisionTransformer

SMALL = {"num_layers": 4, "hidden_dim": 64, "num_heads": 4, "mlp_dim": 128, "num_classes": 10}


def parameters():
    by_patch_size = {P: VisionTransformer((32, 32, 3), P, **SMALL).count_params() for P in (4, 8)}
    return Exercise(by_patch_size[8], (
        (by_patch_size[4], "That is patch_size=4. E and E_pos depend on it.",
         "patch_size=4일 때의 값이에요. E와 E_pos가 달라져요."),
    ))


def unfolded():
    """`fit` has to give the weights that `train` gives, to the bit."""
    recipe = Recipe(epochs=2, batch_size=32)
    drawn = draw_shapes(64, seed=1)
    shapes = Dataset(*[Split(drawn.images, drawn.labels)] * 3, drawn.shapes, "Drawn shapes.")

    def tiny_vit():
        keras.utils.set_random_seed(0)
        return VisionTransformer((32, 32, 3), 8, num_layers=1, hidden_dim=16, num_heads=2, mlp_dim=32, num_classes=10)

    def same(model, other):
        return all(np.array_equal(*pair) for pair in zip(model.get_weights(), other.get_weights(), strict=True))

    def as_train_does(model):
        other = tiny_vit()
        train(other, shapes, recipe, verbose=False)
        return same(model, other)

    return Exercise(as_train_does, on=(tiny_vit(), shapes, recipe), hints=(
        ("'NoneType' object", "Return the model.", "모델을 돌려주세요."),
        (lambda model: same(model, tiny_vit()), "Nothing was learned: call fit.",
         "아무것도 배우지 않았어요. fit을 부르세요."),
        (lambda model: True, "Trained, but in another order or with other draws: "
         "callbacks=recipe.callbacks(batches) and shuffle=False.",
         "학습은 됐지만 순서나 난수가 달라요. callbacks=recipe.callbacks(batches)와 shuffle=False를 확인하세요."),
    ))


ANSWERS = {
    "1": Exercise("C", (
        ("A", "What are the neighbors of a pixel at the edge of a patch now?",
         "패치 가장자리 픽셀의 이웃이 이제 무엇일까요?"),
        ("B", "Which of the two is told which patches are neighbors?",
         "어떤 패치끼리 이웃인지 처음부터 아는 쪽은 어느 모델일까요?"),
        ("D", "The shuffle is always the same: is anything lost?", "섞는 방법이 늘 똑같아요. 정보가 사라졌을까요?"),
    )),
    "2a": Exercise(16, (
        (4, "That is one side of the grid: square it.", "격자 한 변의 개수예요. 제곱하세요."),
        (17, "That is T, with the class token. How many patches?", "클래스 토큰까지 센 T예요. 패치만 세면요?"),
        (64, "That is N for patch_size=4.", "patch_size=4일 때의 N이에요."),
    )),
    "2b": parameters,
    "3": changed_one_thing,
    "4": unfolded,
}

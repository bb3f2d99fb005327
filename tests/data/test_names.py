"""What names say: of folders and files the class, of folders the split."""

import unicodedata

import pytest

from vit_keras.data.names import animal_of, animal_of_file, looks_like_part, part_of


@pytest.mark.parametrize("name, label", [
    ("cat", 0), ("CATS", 0), ("01. Cat", 0), ("cat_images", 0), ("class_dog", 1), ("강아지들", 1),
    ("강아지 사진", 1), ("개", 1), ("ネコ画像", 0), ("いぬ", 1), ("狗", 1), ("ネズミ", None),
    ("train_dogs", 1), ("cats_and_dogs", None), ("dogs-vs-cats", None),
    ("not_cat", None), ("hot dog", None), ("개구리", None), ("catfish", None), ("PetImages", None), ("", None),
])
def test_folders_say_cat_or_dog(name, label):
    assert animal_of(name) == label and animal_of(unicodedata.normalize("NFD", name)) == label


@pytest.mark.parametrize("name", [
    "{}.0.jpg", "{}.0 (1).jpg", "{}_0.jpg", "{}0.jpg", "{} (1).jpg", "{} 2.jpg", "{}s.1.jpg", "{}-8837.jpg", "{}.jpg",
    "{} - Copy.jpg", "{}.1 - Copy (2).jpg", "{} copy 3.jpg", "{} 사본.jpg", "{}.1 - 복사본.jpg", "{}.1의 사본.jpg",
    "Copy of {}.1.jpg", "{}.17.resized.jpg", "{}.5 - Kopie.JPG", "{}_001(1).png",
])
def test_files_say_cat_or_dog_also_as_copies(name):
    assert [animal_of_file(name.format(animal)) for animal in ("cat", "Dog", "bird")] == [0, 1, None]


@pytest.mark.parametrize("part, names", [
    ("train",
     "train Training TRAIN training_set TrainSet train-images train2017 1.Training 학습 훈련용 学習用 "
     "训练集 훈련데이터"),
    ("validation", "val valid Validation val_set validation-images 2.Validation dev 検証データ 검증 검증용 검증데이터"),
    ("test", "test Testing test_set TESTSET test_images test1 testdata evaluation 测试集 시험 테스트 테스트셋 "
     "시험용_사진"),
    (None, "cats latest contest attest protest trains_old rain animals PetImages 사진"),
])
def test_folders_say_which_split(part, names):
    assert {name: part_of(name) for name in names.split()} == dict.fromkeys(names.split(), part)
    assert part_of(unicodedata.normalize("NFD", names.split()[-1])) == part


def test_some_folders_look_like_a_split():
    for name in ("trian", "vaildation", "val_old", "testing_B_side", "test-unknown", "학습1차", "validaton"):
        assert looks_like_part(name), name
    for name in ("train", "cats", "2019", "summer", "사진"):
        assert not looks_like_part(name), name

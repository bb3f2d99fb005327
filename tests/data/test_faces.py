"""Drawn cats and dogs: the face tells the class and nothing else does; the files are as the publisher's are."""

import warnings

import numpy as np
import pytest

from vit_keras.data import draw_faces, faces
from vit_keras.data.faces import BROKEN_FILES, EAR_DOWN, EAR_UP, write_faces

Image = pytest.importorskip("PIL.Image", reason="write_faces needs Pillow")


@pytest.fixture(scope="module")
def drawn():
    """Small faces, and many, for what holds on the average."""
    return draw_faces(800, 48, seed=7)


def test_images_and_labels_have_the_promised_shapes_and_types():
    drawn = draw_faces(5, image_size=40)
    assert drawn.images.shape == (5, 40, 40, 3) and drawn.images.dtype == np.uint8
    assert drawn.labels.shape == (5,) and drawn.labels.dtype == np.int32
    assert draw_faces(0).images.shape == (0, 112, 112, 3)


def test_the_seed_decides_everything():
    first, again, other = draw_faces(9, 32, seed=5), draw_faces(9, 32, seed=5), draw_faces(9, 32, seed=[5, 1])
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first.images, other.images)
    assert len({image.tobytes() for image in first.images}) == 9


def test_there_are_as_many_cats_as_dogs_in_no_order_or_as_is_said():
    labels = draw_faces(41, 32).labels
    assert abs(np.sum(labels == 0) - np.sum(labels == 1)) == 1
    assert (np.diff(labels) == 0).any() and (np.diff(labels) != 0).any()
    assert list(draw_faces(3, 32, labels=[1, 1, 0]).labels) == [1, 1, 0]


def test_every_chunk_has_faces_of_its_own(monkeypatch):
    monkeypatch.setattr(faces, "CHUNK", 3 * 32 * 32)
    drawn = draw_faces(10, 32, labels=[0] * 10)
    assert len({image.tobytes() for image in drawn.images}) == 10


def test_the_whole_face_lies_inside(drawn):
    _, _, centers, radii = drawn
    assert (centers >= radii[:, None]).all() and (centers <= 48 - radii[:, None]).all()
    assert radii.min() > 0.25 * 48 and np.ptp(radii) > 0.1 * 48


def test_place_size_and_colour_tell_nothing_about_the_class(drawn):
    images, labels, centers, radii = drawn
    colours = images.mean((1, 2))
    for values in (*centers.T, radii, *colours.T):
        cats, dogs = values[labels == 0], values[labels == 1]
        standard_error = np.sqrt(cats.var() / len(cats) + dogs.var() / len(dogs))
        assert abs(cats.mean() - dogs.mean()) < 3.5 * standard_error


def test_a_linear_classifier_on_16x16_pixels_does_not_get_far(drawn):
    images, labels = drawn[:2]
    x = images.reshape(800, 16, 3, 16, 3, 3).mean((2, 4)).reshape(800, -1) / 255
    x = np.concatenate([x - x[:600].mean(0), np.ones((800, 1))], 1)
    y = 2.0 * labels - 1
    w = np.linalg.solve(x[:600].T @ x[:600] + 30 * np.eye(x.shape[1]), x[:600].T @ y[:600])   # ridge regression
    assert np.mean((x[600:] @ w > 0) == (y[600:] > 0)) < 0.75


def test_ears_stand_above_a_cat_and_hang_beside_a_dog():
    above, beside = (0.62, -0.70), (0.66, 0.20)
    for (x, y), cat, dog in ((above, True, False), (beside, False, True)):
        in_cat_ear = EAR_UP(np.array([x - 0.5]), np.array([y + 0.36]))[0] < 0
        in_dog_ear = EAR_DOWN(np.array([x - 0.58]), np.array([y + 0.10]))[0] < 0
        assert (in_cat_ear, in_dog_ear) == (cat, dog)


@pytest.mark.parametrize("arguments, word", [
    ({"num_images": -1}, "num_images"), ({"num_images": 2.5}, "num_images"), ({"image_size": 31}, "image_size"),
    ({"seed": -1}, "seed"), ({"seed": 0.5}, "seed"), ({"labels": [0, 1]}, "labels"), ({"labels": [0, 1, 2]}, "labels"),
])
def test_wrong_arguments_are_named(arguments, word):
    with pytest.raises(ValueError, match=f"`{word}`.*got"):
        draw_faces(**{"num_images": 3, **arguments})


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_faces(tmp_path_factory.mktemp("faces") / "new", 51)


def _pictures(folder):
    return [path for path in sorted(folder.glob("*/*")) if path.relative_to(folder).as_posix() not in BROKEN_FILES]


def test_files_lie_as_the_publisher_lays_them(written):
    assert written.name == "PetImages" and sorted(path.name for path in written.iterdir()) == ["Cat", "Dog"]
    cats, dogs = (sorted(int(path.stem) for path in _pictures(written) if path.parent.name == name)
                  for name in ("Cat", "Dog"))
    assert cats == list(range(26)) and dogs == list(range(25))
    assert [path.name for path in written.parent.iterdir()] == ["PetImages"]


def test_pictures_can_be_read_and_differ_in_size_and_aspect(written):
    sizes = []
    for path in _pictures(written):
        with Image.open(path) as picture:
            picture.load()
            assert picture.format == "JPEG" and picture.mode == "RGB"
            sizes.append(picture.size)
    sizes = np.array(sizes)
    assert sizes.min() >= 100 and sizes.max() <= 200 and len(np.unique(sizes, axis=0)) > 30
    assert np.ptp(sizes[:, 0] / sizes[:, 1]) > 0.3


def test_the_broken_files_are_there_and_broken(written):
    for name in BROKEN_FILES:
        assert (written / name).is_file()
        with pytest.raises(OSError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(written / name) as picture:
                picture.load()
    assert (written / "Cat/200000.jpg").stat().st_size == 0


def test_few_pictures_come_without_broken_files_and_are_always_the_same(tmp_path):
    first, again = write_faces(tmp_path / "a", 3), write_faces(str(tmp_path / "b"), 3)
    names = sorted(path.relative_to(first).as_posix() for path in first.glob("*/*"))
    assert names == ["Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg"]
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_the_face_is_whole_in_every_crop(tmp_path, monkeypatch):
    # A white disc in place of every face: it keeps its area and touches no edge.
    def discs(count, size, seed, labels):
        centers = np.random.default_rng(size).uniform(0.42 * size, 0.58 * size, (count, 2))
        row, column = np.indices((size, size)) + 0.5
        radii = np.full(count, 0.4 * size)
        inside = np.hypot(row - centers[:, :1, None], column - centers[:, 1:, None]) < radii[:, None, None]
        return (255 * inside[..., None].repeat(3, -1)).astype("uint8"), labels, centers, radii
    monkeypatch.setattr(faces, "draw_faces", discs)
    for path in _pictures(write_faces(tmp_path, 12)):
        disc = np.asarray(Image.open(path))[..., 0] > 127
        rows, columns = disc.any(1).sum(), disc.any(0).sum()
        assert abs(int(rows) - int(columns)) <= 1
        assert disc.sum() == pytest.approx(np.pi * rows * columns / 4, rel=0.03)

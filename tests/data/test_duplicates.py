"""Copies are found whatever was done to them; different and flat pictures are not taken for copies."""

import time
import tracemalloc

import numpy as np
from pictures import encoded, jpeg, picture
from PIL import Image, ImageEnhance

from vit_keras.data import decode, group_duplicates


def thumbnails(*contents):
    return np.stack([decode(content).thumbnail for content in contents])


def test_a_copy_is_found_whatever_was_done_to_it():
    image = picture(1, (200, 150))
    copies = [encoded(image), encoded(image, quality=20), encoded(image.resize((100, 75))), encoded(image, "PNG"),
              encoded(image.resize((112, 112))), encoded(image.crop((2, 2, 198, 148))), encoded(image.convert("L")),
              encoded(ImageEnhance.Contrast(image).enhance(0.7))]
    others = [jpeg(seed) for seed in range(2, 40)]
    groups = group_duplicates(thumbnails(*copies, *others))
    assert (groups[:8] == 0).all()
    assert groups[8:].tolist() == list(range(8, 46))


def test_groups_are_chains():
    a, c = (np.random.default_rng(seed).integers(0, 256, 256).astype(float) for seed in (0, 1))
    steps = [np.cos(angle) * (a - a.mean()) + np.sin(angle) * (c - c.mean()) for angle in (0, 0.2, 0.4)]
    three = np.stack([(step + 200).clip(0, 400) / 2 for step in steps]).reshape(3, 16, 16).astype("uint8")
    assert group_duplicates(three[[0, 2]]).tolist() == [0, 1]
    assert group_duplicates(three[[0, 2, 1]]).tolist() == [0, 0, 0]


def test_flat_pictures_are_not_copies_of_each_other():
    flat = [encoded(Image.new("RGB", (20, 20), (level, level, level))) for level in (0, 90, 90, 255)]
    assert group_duplicates(thumbnails(*flat)).tolist() == [0, 1, 2, 3]
    noise = 128 + np.random.default_rng(0).normal(0, 0.5, (2, 16, 16))
    assert group_duplicates(np.stack([noise[0], noise[0]]).astype("uint8")).tolist() == [0, 1]


def test_no_pictures_make_no_groups():
    assert group_duplicates(np.empty((0, 16, 16), "uint8")).tolist() == []


def test_many_copies_take_little_time_and_memory():
    rng = np.random.default_rng(0)
    many = rng.integers(0, 256, (6000, 16, 16), "uint8")
    many[3000:] = many[0]   # 4.5 million pairs
    began = time.perf_counter()
    tracemalloc.start()
    groups = group_duplicates(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(set(groups.tolist())) == 3000 and (groups[3000:] == 0).all()
    assert peak < 60e6 and time.perf_counter() - began < 20

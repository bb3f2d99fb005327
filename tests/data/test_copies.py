"""Copies are found whatever was done to them; pictures that look alike, and flat ones, are not taken for copies.

The pictures are drawn here: grain of all sizes, which is what photographs are to a thumbnail. What holds of real ones
is measured by `benchmarks/experiments/copies.py`.
"""

import functools
import time
import tracemalloc

import numpy as np
import pytest
from pictures import encoded, jpeg, picture
from PIL import Image, ImageDraw, ImageEnhance

from vit_keras.data import decode, group_duplicates


def looks(*contents):
    """(thumbnails, details) of files."""
    found = [decode(content) for content in contents]
    return np.stack([one.thumbnail for one in found]), np.stack([one.detail for one in found])


@functools.cache
def scene(seed, size=112):
    """A picture with light and dark parts, and with grain of all sizes."""
    rng, pixels = np.random.default_rng(seed), np.zeros((size, size, 3))
    for side in (3, 7, 14, 28, 56):
        grain = Image.fromarray(rng.integers(0, 256, (side, side, 3), "uint8"))
        pixels += np.asarray(grain.resize((size, size), Image.Resampling.BICUBIC), "float32") / 5
    return Image.fromarray(np.uint8(np.clip(2 * pixels - 128, 0, 255)))


def bars(color):
    def change(image):
        page = Image.new("RGB", (112, 200), color)
        page.paste(image, (0, 44))
        return page
    return change


def cut_out(color, light=1.0):
    """On a sheet, all with one outline."""
    def change(image):
        mask = Image.new("L", image.size)
        ImageDraw.Draw(mask).ellipse((22, 17, 90, 100), fill=255)
        sheet = Image.new(*(("RGBA", image.size) if color is None else ("RGB", image.size, color)))
        sheet.paste(image.point(lambda value: value * light).convert(sheet.mode), mask=mask)
        return sheet
    return change


SETS = {"as they are": lambda image: image, "white bars": bars("white"), "black bars": bars("black"),
        "cut out on white": cut_out("white"), "cut out on black": cut_out("black"), "transparent PNG": cut_out(None),
        "dark, cut out on white": cut_out("white", 0.3)}


def saved(image, quality=90):
    return encoded(image, "PNG") if image.mode == "RGBA" else encoded(image, quality=quality)


def flat(image):
    """Without transparency, as JPEG has none."""
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return sheet


CHANGES = {"half size": lambda image: saved(image.resize((image.width // 2, image.height // 2))),
           "JPEG quality 40": lambda image: saved(flat(image), 40),
           "moved by a pixel": lambda image: saved(Image.fromarray(
               np.pad(np.asarray(image), ((1, 0), (1, 0), (0, 0)), "edge")[:-1, :-1]))}


def wrong_pairs(groups):
    return int(np.triu(groups[:, None] == groups, 1).sum())


@pytest.mark.parametrize("name", [*SETS, "mixed"])
def test_look_alikes_are_told_from_copies(name):
    changes = list(SETS.values()) if name == "mixed" else [SETS[name]]
    images = [changes[index % len(changes)](scene(index)) for index in range(46)]
    thumbnails, details = looks(*map(saved, images))
    assert wrong_pairs(group_duplicates(thumbnails, details)) <= 1   # of 1,035
    small, large = looks(*(change(image) for change in CHANGES.values() for image in images[:16]))
    groups = group_duplicates(np.concatenate([thumbnails, small]), np.concatenate([details, large]))
    assert (groups[46:].reshape(3, 16) == groups[:16]).all()


def test_thumbnails_alone_are_deceived():
    """Else the second look would be for nothing."""
    images = [saved(SETS["dark, cut out on white"](scene(index))) for index in range(20)]
    thumbnails, details = looks(*images)
    assert wrong_pairs(group_duplicates(thumbnails)) > 100 and wrong_pairs(group_duplicates(thumbnails, details)) == 0


def test_small_sets_and_sets_of_many_copies_work_alike():
    images = [scene(index) for index in range(10)]
    contents = [change(image) for change in (saved, *CHANGES.values()) for image in images]
    assert group_duplicates(*looks(*contents)).tolist() == list(range(10)) * 4
    assert group_duplicates(*looks(*contents[:2])).tolist() == [0, 1]


def test_shots_of_a_burst_are_one_group_and_bursts_are_not():
    rng, contents = np.random.default_rng(0), []
    for seed in range(8):
        for _ in range(10):
            left, top = rng.integers(0, 5, 2)
            shot = scene(seed, 120).crop((left, top, left + 116, top + 116))
            contents.append(saved(ImageEnhance.Brightness(shot).enhance(rng.uniform(0.9, 1.1)), 85))
    groups = group_duplicates(*looks(*contents)).reshape(8, 10)
    assert (groups == 10 * np.arange(8)[:, None]).mean() > 0.95 and len(np.unique(groups)) >= 8
    assert all(len(set(groups[one]) & set(groups[other])) == 0 for one in range(8) for other in range(one))


# ---- By thumbnails alone, and what holds of both ----

def thumbnails(*contents):
    return looks(*contents)[0]


def test_a_copy_is_found_whatever_was_done_to_it():
    image = picture(1, (200, 150))
    copies = [encoded(image), encoded(image, quality=20), encoded(image.resize((100, 75))), encoded(image, "PNG"),
              encoded(image.resize((112, 112))), encoded(image.crop((2, 2, 198, 148))), encoded(image.convert("L")),
              encoded(ImageEnhance.Contrast(image).enhance(0.7))]
    others = [jpeg(seed) for seed in range(2, 40)]
    for groups in (group_duplicates(thumbnails(*copies, *others)), group_duplicates(*looks(*copies, *others))):
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
    for arrays in (looks(*flat)[:1], looks(*flat)):
        assert group_duplicates(*arrays).tolist() == [0, 1, 2, 3]
    noise = 128 + np.random.default_rng(0).normal(0, 0.5, (2, 16, 16))
    assert group_duplicates(np.stack([noise[0], noise[0]]).astype("uint8")).tolist() == [0, 1]


def test_no_pictures_make_no_groups():
    assert group_duplicates(np.empty((0, 16, 16), "uint8")).tolist() == []
    assert group_duplicates(np.empty((0, 16, 16), "uint8"), np.empty((0, 32, 32), "uint8")).tolist() == []


def test_many_copies_take_little_time_and_memory():
    rng = np.random.default_rng(0)
    many = rng.integers(0, 256, (6000, 16, 16), "uint8")
    many[3000:] = many[0]   # 4.5 million pairs
    began = time.process_time()
    tracemalloc.start()
    groups = group_duplicates(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(set(groups.tolist())) == 3000 and (groups[3000:] == 0).all()
    assert peak < 60e6 and time.process_time() - began < 20

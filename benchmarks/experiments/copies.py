"""How many look-alikes are taken for copies, and how many copies are found: on photographs as people have them.

    VIT_KERAS_DATA=FOLDER python benchmarks/experiments/copies.py            a look, one to two minutes
    VIT_KERAS_DATA=FOLDER python benchmarks/experiments/copies.py --record   writes results/copies.json

Needs real photographs of cats and dogs, none of which is a copy of another (cats_vs_dogs_small.zip). Each set is made
of `--number` of them. "Wrong" are pairs of different photographs that end in one group, per 1,000 pairs; "found" is the
share of copies that end in the group of their original: each copy joins the whole set, alone of its kind. Frames of a
burst show the same scene and belong together; wrong are pairs of different bursts.
"""

import argparse
import io
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PIL import Image, ImageDraw
from records import ROOT, about, write_json
from runs import parser_of

from vit_keras.data import decode, group_duplicates
from vit_keras.data.cats_vs_dogs import _publishers
from vit_keras.data.files import named_place, search_folders

# ---- What is done to a photograph; each function takes the picture and a generator of its own ----

def encoded(picture, quality=90):
    """The bytes of a file: PNG where something is transparent, else JPEG."""
    stream = io.BytesIO()
    picture.save(stream, "PNG" if picture.mode == "RGBA" else "JPEG", quality=quality)
    return stream.getvalue()


def bars(color):
    """A screenshot: the picture across a tall page."""
    def change(picture, rng):
        page = Image.new("RGB", (picture.width, picture.width * 16 // 9), color)
        page.paste(picture.resize((picture.width, min(picture.height, page.height - 20))), (0, 25))
        return page
    return change


def outline(picture, rng):
    """Where the animal is: an ellipse and a smaller one, anywhere near the middle."""
    mask = Image.new("L", picture.size)
    limits = (0.05, 0.3), (0.7, 0.95), (0.2, 0.6)
    (left, top), (right, bottom), (x, y) = (rng.uniform(low, high, 2) for low, high in limits)
    size = np.array(picture.size * 2)
    for box in ((left, top, right, bottom), (x, y, x + 0.3, y + 0.35)):
        ImageDraw.Draw(mask).ellipse(tuple(size * box), fill=255)
    return mask


def cut_out(color, light=1.0, alike=False):
    """The animal alone; in `alike` sets all have one outline, as of one stencil."""
    def change(picture, rng):
        sheet = Image.new("RGBA" if color == "transparent" else "RGB", picture.size,
                          (0, 0, 0, 0) if color == "transparent" else color)
        mask = outline(picture, np.random.default_rng(1) if alike else rng)
        sheet.paste(picture.point(lambda value: value * light).convert(sheet.mode), mask=mask)
        return sheet
    return change


def shot(picture, rng):
    """A frame of a burst: moved by up to 3 pixels a side, other light, other noise."""
    (right, down), zoom = rng.uniform(0, 6, 2), rng.uniform(0.97, 1)
    size = ((picture.width - 6) * zoom, (picture.height - 6) * zoom)
    frame = picture.resize(picture.size, Image.Resampling.BICUBIC, (right, down, right + size[0], down + size[1]))
    pixels = np.asarray(frame, "float32") * rng.uniform(0.9, 1.1) + rng.normal(0, 3, (*frame.size[::-1], 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype("uint8"))


def as_it_is(picture, rng):
    return picture


KINDS = {"as they are": as_it_is, "screenshots, white bars": bars("white"), "screenshots, black bars": bars("black"),
         "cut out on white": cut_out("white"), "cut out on black": cut_out("black"),
         "transparent PNG": cut_out("transparent"),
         "dark, cut out on white": cut_out("white", 0.25), "dark, on white, one outline": cut_out("white", 0.25, True),
         "dark, on black, one outline": cut_out("black", 0.3, True)}
MIXED = {"mixed: half dark on white, one outline": ("dark, on white, one outline", "as they are"),
         "mixed: five kinds": tuple(KINDS)[1:6]}


def moved(picture):
    """By a pixel down and to the right."""
    corner = picture.getpixel((0, 0))
    return picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, -1, 0, 1, -1), fillcolor=corner)


COPIES = {
    "half size": lambda picture: encoded(picture.resize((picture.width // 2, picture.height // 2))),
    "JPEG quality 40": lambda picture: encoded(picture.convert("RGB") if picture.mode != "RGBA" else flat(picture), 40),
    "moved by a pixel": lambda picture: encoded(moved(picture)),
}


def flat(picture):
    """A transparent picture on white."""
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture.getchannel("A"))
    return sheet


# ---- Measuring ----

def looks(contents):
    """(thumbnails, details) of encoded pictures."""
    found = [decode(content) for content in contents]
    return np.stack([one.thumbnail for one in found]), np.stack([one.detail for one in found])


def pairs(groups, same=None):
    """How many pairs are in one group; of those that `same` gives one number none counts."""
    equal = groups[:, None] == groups
    if same is not None:
        equal &= same[:, None] != same
    return int(np.triu(equal, 1).sum())


def measured(pictures, number_of_copies):
    """What comes of one set: wrong pairs per 1,000, and the share of copies that is found."""
    thumbnails, details = looks(map(encoded, pictures))
    n = len(pictures)
    wrong = pairs(group_duplicates(thumbnails, details))
    found = {}
    for name, copied in COPIES.items():
        small, large = looks(copied(picture) for picture in pictures[:number_of_copies])
        groups = group_duplicates(np.concatenate([thumbnails, small]), np.concatenate([details, large]))
        found[name] = float((groups[n:] == groups[:number_of_copies]).mean())
    return {"pictures": n, "wrong": wrong, "wrong_per_1000": 1000 * wrong / (n * (n - 1) / 2), "found": found,
            "wrong_by_thumbnails_alone": pairs(group_duplicates(thumbnails))}


def bursts(pictures, shots):
    """The same of bursts, all of the set."""
    frames = [shot(picture, np.random.default_rng([series, frame]))
              for series, picture in enumerate(pictures) for frame in range(shots)]
    series = np.repeat(np.arange(len(pictures)), shots)
    groups = group_duplicates(*looks(map(encoded, frames)))
    wrong, n = pairs(groups, series), len(frames)
    whole = np.mean([len(set(groups[series == number])) == 1 for number in range(len(pictures))])
    return {"pictures": n, "bursts": len(pictures), "wrong": wrong, "wrong_per_1000": 1000 * wrong / (n * (n - 1) / 2),
            "whole_bursts": float(whole), "pairs_together": pairs(groups) / (len(pictures) * shots * (shots - 1) / 2)}


def photographs(number, seed):
    """As many real photographs, in mode RGB."""
    places = [named_place()] if named_place() else search_folders()
    path = next((path for path in _publishers(places) if path.name == "cats_vs_dogs_small.zip"), None)
    if path is None:
        raise FileNotFoundError("Needed is cats_vs_dogs_small.zip: see data/README.md.")
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        chosen = np.random.default_rng(seed).permutation(len(names))[:number]
        return [Image.open(io.BytesIO(archive.read(names[index]))).convert("RGB") for index in chosen]


def parse(words):
    parser = parser_of(__doc__)
    parser.add_argument("--number", type=int, default=300, help="photographs of each set")
    parser.add_argument("--copies", type=int, default=100, help="of each kind of copy")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write results/copies.json")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words):
    options = parse(words)
    plain = photographs(options.number, options.seed)
    result = {**about(__file__, words), "source": "Photographs of cats and dogs (Asirra, 2007) from "
              "cats_vs_dogs_small.zip, changed by this script.", "seed": options.seed, "sets": {}}
    for name, kinds in {**{name: (name,) for name in KINDS}, **MIXED}.items():
        pictures = [KINDS[kinds[index % len(kinds)]](picture, np.random.default_rng([options.seed, index]))
                    for index, picture in enumerate(plain)]
        result["sets"][name] = found = measured(pictures, options.copies)
        print(f"{name:40} wrong {found['wrong_per_1000']:6.2f} per 1,000 (thumbnails alone "
              f"{1000 * found['wrong_by_thumbnails_alone'] / (len(plain) * (len(plain) - 1) / 2):7.2f}), found "
              + ", ".join(f"{kind} {share:.0%}" for kind, share in found["found"].items()), flush=True)
    for series, shots in ((10, 12), (options.number // 10, 10)):
        result["sets"][f"{series} bursts of {shots}"] = found = bursts(plain[:series], shots)
        print(f"{series} bursts of {shots:<27} wrong {found['wrong_per_1000']:6.2f} per 1,000; "
              f"{found['whole_bursts']:.0%} of the bursts whole, {found['pairs_together']:.0%} of their pairs together",
              flush=True)
    if options.record:
        write_json(ROOT / "results/copies.json", result)
        print("written: results/copies.json")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except FileNotFoundError as error:
        sys.exit(str(error))

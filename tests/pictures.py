"""Small pictures for the tests of the loaders, folders and zips to put them in, and what came out."""

import io
import zipfile

import numpy as np
from PIL import Image


def picture(seed, size=(40, 30), mode="RGB"):
    """A smooth picture of its own for every seed."""
    spots = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), "uint8")
    return Image.fromarray(spots).resize(size, Image.Resampling.BICUBIC).convert(mode)


def encoded(image, format="JPEG", **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def jpeg(seed, size=(40, 30)):
    return encoded(picture(seed, size))


def store(target, files):
    """Write {name: bytes} into the folder `target`, or the zip if it is called so; returns `target`."""
    if target.suffix == ".zip":
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        for name, content in files.items():
            assert not name.startswith("/")   # it would be written at the root of the disk
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(content)
    return target


def pet_images(num_each=20, prefix="PetImages", first=0):
    """The publisher's layout: {name: bytes} of as many cats as dogs."""
    return {f"{prefix}/{kind}/{index}.jpg": jpeg([index, label])
            for label, kind in enumerate(("Cat", "Dog")) for index in range(first, first + num_each)}


def sizes(dataset):
    """How many pictures there are to train with, to validate with and to test with."""
    return [len(split.labels) for split in (dataset.train, dataset.validation, dataset.test)]


def pixels(*splits):
    """The bytes of every picture."""
    return [image.tobytes() for split in splits for image in split.images]

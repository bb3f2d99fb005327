"""What is done to test pictures to see whether a model still knows them: parts covered, everything moved."""

import numpy as np


def occlude(images, share, patch_size=4, aside=0, seed=0, grey=128):
    """Cover a share of each picture with grey squares, others in every picture.

    Args:
        images: uint8 array of shape `(B, H, W, C)`.
        share: float in [0, 1]. Of the squares, rounded to a whole number of them.
        patch_size: int. Side of a square; must divide the image.
        aside: int. Pixels by which the grid of squares is moved down and to the right. With 0 a ViT of this patch size
            loses whole tokens and keeps the others as they are; with half a patch it finds grey in nearly all.
        seed: int. Of the choice of squares.
        grey: int in [0, 255].

    Returns:
        uint8 array of the shape of `images`.

    Raises:
        ValueError: a share outside [0, 1], or a `patch_size` that does not divide the image.
    """
    batch, height, width, _ = images.shape
    if not 0 <= share <= 1:
        raise ValueError(f"`share` must lie in [0, 1]: got {share}.")
    if height % patch_size or width % patch_size:
        raise ValueError(f"`patch_size` must divide height and width: got {patch_size} for {height}x{width} pixels.")
    rows, columns = height // patch_size, width // patch_size
    ranks = np.random.default_rng(seed).random((batch, rows * columns)).argsort(axis=1).argsort(axis=1)
    covered = (ranks < round(share * rows * columns)).reshape(batch, rows, columns)
    covered = covered.repeat(patch_size, axis=1).repeat(patch_size, axis=2)  # (B, H, W)
    covered = np.roll(covered, (aside, aside), axis=(1, 2))
    return np.where(covered[..., None], np.uint8(grey), images)


def move(images, distance, seed=0):
    """Move each picture up, down, left or right, by chance; where it was moved away from, the border is reflected.

    Args:
        images: array of shape `(B, H, W, C)`.
        distance: int, 0 or more. In pixels, less than height and width.
        seed: int. Of the directions.

    Returns:
        Array of the shape and type of `images`.

    Raises:
        ValueError: a distance outside its range.
    """
    batch, height, width, _ = images.shape
    if not 0 <= distance < min(height, width):
        raise ValueError(f"`distance` must be 0 or more and less than {min(height, width)}: got {distance}.")
    padded = np.pad(images, ((0, 0), (distance, distance), (distance, distance), (0, 0)), mode="reflect")
    found = np.empty_like(images)
    directions = np.random.default_rng(seed).integers(0, 4, batch)
    for direction, (down, right) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
        chosen, top, left = directions == direction, distance * (1 - down), distance * (1 - right)
        found[chosen] = padded[chosen, top : top + height, left : left + width]
    return found


def cover(images, places, grey=128):
    """Cover chosen patches with grey: does the answer change without them?

    Args:
        images: uint8 array of shape `(B, H, W, C)`.
        places: bool array of shape `(B, rows, columns)`, true where a patch is covered; the grid must divide the image.
        grey: int in [0, 255].

    Returns:
        uint8 array of the shape of `images`.

    Raises:
        ValueError: a grid for each picture is needed, and one that divides it.
    """
    batch, height, width, _ = images.shape
    places = np.asarray(places, bool)
    if places.ndim != 3 or len(places) != batch or height % places.shape[1] or width % places.shape[2]:
        raise ValueError(
            f"`places` must have shape ({batch}, rows, columns), rows dividing {height} and columns dividing {width}: "
            f"got shape {places.shape}."
        )
    covered = places.repeat(height // places.shape[1], axis=1).repeat(width // places.shape[2], axis=2)  # (B, H, W)
    return np.where(covered[..., None], np.uint8(grey), images)

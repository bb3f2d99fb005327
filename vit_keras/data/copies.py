"""Copies: pictures that are nearly the same. Look-alikes are none: what stands on white, say, is looked at twice.

The first look compares small grey thumbnails, in which a shared background decides. The second compares the fine
structure of what is left as candidates, without what a picture shares with all its look-alikes.
"""

import numpy as np

# On 8,000 photographs of cats and dogs that hold no copies, the closest of 32 million pairs of thumbnails has a cosine
# of 0.931, the next 0.895. Of copies halved, saved at JPEG quality 40 or moved by a pixel of 112, 98% have 0.97.
THRESHOLD = 0.96    # of thumbnails alone
CANDIDATE = 0.93    # of thumbnails, where the second look follows
FLAT = 2.0          # grey levels; a thumbnail that deviates less from its mean shows nothing

# The second look. All measured, on each kind of set and on mixed ones: benchmarks/experiments/copies.py.
THUMBNAIL, DETAIL = 16, 32    # sides of both thumbnails
CROWD = 20                    # so many candidates are a crowd of look-alikes, of which only what differs counts
SAME, SAME_IN_CROWD = 0.79, 0.66      # the cosines of structure from which on two pictures are copies
SHIFTS, ZOOMS = (-0.8, -0.3, 0.0, 0.3, 0.8), (0.965, 1.035)    # by which a copy may lie aside, in pixels of 32
CHUNK = 256                   # rows of the matrix of cosines in memory at once


def group_duplicates(thumbnails, details=None):
    """Which pictures belong together.

    Args:
        thumbnails: uint8 (N, 16, 16), grey. Two pictures may belong together if the cosine of their thumbnails, each
            with its mean removed, is large: brightness and contrast do not count then.
        details: uint8 (N, 32, 32), grey, for the second look; without them there is none.

    Returns:
        int (N,): the number of each picture's group, which is the smallest index in it. Groups are chains: where A
        is like B and B like C, all three are one group.
    """
    deviations = thumbnails - thumbnails.mean((1, 2), keepdims=True, dtype="float32")
    vectors = deviations.reshape(len(thumbnails), THUMBNAIL ** 2)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # What is left of a flat picture (all grey, say) is noise, and flat pictures are not copies of each other.
    vectors = np.where(lengths > FLAT * THUMBNAIL, vectors / np.maximum(lengths, 1e-6), 0)
    group = np.arange(len(vectors))
    if details is not None:   # what is the same to the last pixel need not be looked at again and again
        first = {}
        group = np.array([first.setdefault(detail.tobytes(), index) if vector.any() else index
                          for index, (detail, vector) in enumerate(zip(details, vectors))], int)
    one_of_each = np.flatnonzero(group == np.arange(len(group)))
    vectors = vectors[one_of_each]
    for start in range(0, len(vectors), CHUNK):
        cosines = vectors[start:start + CHUNK] @ vectors.T                           # (CHUNK, N)
        close = cosines > (THRESHOLD if details is None else CANDIDATE)
        close[:, :start] = False                                                     # each pair once
        rows = np.flatnonzero(close.sum(1) > 1)                                      # each picture is close to itself
        if details is not None and len(rows):
            near = cosines[rows] > CANDIDATE
            columns = np.flatnonzero(near.any(0))
            near, structure = near[:, columns], _structure(details[one_of_each[columns]])
            best = _best_cosines(details[one_of_each[start + rows]], structure, _telling(near, structure))
            needed = np.where(near.sum(1, keepdims=True) < CROWD, SAME, SAME_IN_CROWD)
            close[np.ix_(rows, columns)] &= best > needed
            close[rows, start + rows] = True
        for row in rows:
            joined = np.unique(group[one_of_each[close[row]]])
            if len(joined) > 1:
                group[np.isin(group, joined)] = joined[0]
    return group


def _telling(near, structure):
    """(R, 1024): how much each place tells of a picture that has the look-alikes `near` (R, N): little where all of a
    crowd are the same, as along an outline that they share, and on the white around it."""
    number = near.sum(1, keepdims=True, dtype="float32")
    mean, square = near @ structure / number, near @ structure ** 2 / number
    deviation = np.sqrt(np.maximum(square - mean ** 2, 0))
    return np.where(number < CROWD, 1, deviation + 0.02)


def _best_cosines(details, structure, telling):
    """(R, N): the largest cosine of any view of R pictures with N others, by what is `telling` (R, 1024) of each."""
    telling = telling ** 2
    lengths = np.sqrt(telling @ structure.T ** 2)
    best = np.full(lengths.shape, -1, "float32")
    for view in _views(details):
        of_view = np.sqrt((telling * view ** 2).sum(1, keepdims=True))
        np.maximum(best, (telling * view) @ structure.T / np.maximum(of_view * lengths, 1e-6), out=best)
    return best


def _structure(details):
    """(N, 1024): what differs from the mean around it; edges count little more than the grain of fur."""
    details = np.asarray(details, "float32")
    sums = np.pad(np.pad(details, ((0, 0), (2, 2), (2, 2)), "edge").cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
    means = (sums[:, 5:, 5:] - sums[:, :-5, 5:] - sums[:, 5:, :-5] + sums[:, :-5, :-5]) / 25
    return ((details - means) / (np.abs(details - means) + 2)).reshape(len(details), DETAIL ** 2)


def _views(details):
    """`_structure` as it is, moved a little in all directions, and a little smaller and larger."""
    places = np.arange(DETAIL) - (DETAIL - 1) / 2

    def moved(shift, zoom):
        where = np.clip(places * zoom + shift + (DETAIL - 1) / 2, 0, DETAIL - 1)
        return np.maximum(0, 1 - np.abs(where[:, None] - np.arange(DETAIL))).astype("float32")   # linear, (32, 32)
    for zoom, shifts in ((1, SHIFTS), *((zoom, (0,)) for zoom in ZOOMS)):
        for down in shifts:
            for right in shifts:
                yield _structure(moved(down, zoom) @ details.astype("float32") @ moved(right, zoom).T)

"""Copies: pictures that are nearly the same. Look-alikes are none: what stands on white, say, is looked at twice.

The first look compares small grey thumbnails, in which a shared background decides. The second compares the fine
structure of what is left as candidates, and asks for more where many pictures of the set are alike anyway.
"""

import numpy as np

# On 8,000 photographs of cats and dogs that hold no copies, the closest of 32 million pairs of thumbnails has a cosine
# of 0.931, the next 0.895. Of copies halved, saved at JPEG quality 40 or moved by a pixel of 112, 98% have 0.97.
THRESHOLD = 0.96    # of thumbnails alone
CANDIDATE = 0.93    # of thumbnails, where the second look follows
FLAT = 2.0          # grey levels; a thumbnail that deviates less from its mean shows nothing

# The second look. All measured, on each kind of set and on mixed ones: benchmarks/experiments/copies.py.
THUMBNAIL, DETAIL = 16, 32    # sides of both thumbnails
LEAST, MOST = 0.74, 0.928     # a pair needs a cosine of structure between these:
STEP = 0.65                   # so far from what the set's look-alikes have towards 1
ALIKE, CROWD, SHARE = 0.7, 8, 0.03    # look-alikes: from this cosine on, without the first 8, or 3% of the set
SHIFTS, ZOOMS = (-0.8, -0.3, 0.0, 0.3, 0.8), (0.965, 1.035)    # by which a copy may lie aside, in pixels of 32
CHUNK = 256                   # rows of the matrix of cosines in memory at once


def group_duplicates(thumbnails, details=None):
    """Which pictures belong together.

    Args:
        thumbnails: uint8 (N, 16, 16), grey.
        details: uint8 (N, 32, 32), grey, for the second look; without them there is none.

    Returns:
        int (N,): the number of each picture's group, which is the smallest index in it. Groups are chains: where A
        is like B and B like C, all three are one group. The cosine is that of thumbnails, each with its mean removed:
        brightness and contrast do not count.
    """
    threshold = THRESHOLD if details is None else CANDIDATE
    deviations = thumbnails - thumbnails.mean((1, 2), keepdims=True, dtype="float32")
    # What is left of a flat picture (all grey, say) is noise, and flat pictures are not copies of each other.
    vectors = _units(deviations, FLAT)
    group = np.arange(len(vectors))
    if details is not None:   # what is the same to the last pixel need not be looked at again and again
        first = {}
        group = np.array([first.setdefault(detail.tobytes(), index) if vector.any() else index
                          for index, (detail, vector) in enumerate(zip(details, vectors))], int)
        one_of_each = np.flatnonzero(group == np.arange(len(group)))
        vectors, details = vectors[one_of_each], details[one_of_each]
        needed = _needed(vectors, details)
    for start in range(0, len(vectors), CHUNK):
        close = vectors[start:start + CHUNK] @ vectors[start:].T > threshold    # (CHUNK, N - start): each pair once
        rows = np.flatnonzero(close.sum(1) > 1)                                 # each picture is close to itself
        if details is not None and len(rows):
            columns = np.flatnonzero(close[rows].any(0))
            pair_needs = np.maximum(needed[start + rows, None], needed[start + columns])
            structure = _structure(details[start + columns])
            best = np.full(pair_needs.shape, -1, "float32")
            for view in _views(details[start + rows]):
                np.maximum(best, view @ structure.T, out=best)
            close[np.ix_(rows, columns)] &= best > pair_needs
            close[rows, rows] = True
        for row in rows:
            members = start + np.flatnonzero(close[row])
            joined = np.unique(group[members if details is None else one_of_each[members]])
            if len(joined) > 1:
                group[np.isin(group, joined)] = joined[0]
    return group


def _needed(vectors, details):
    """(N,): the cosine of structure that a copy of each picture must exceed."""
    crowd = max(CROWD, int(SHARE * len(vectors)))
    alike = np.zeros(len(vectors), "float32")
    for start in range(0, len(vectors), CHUNK):
        near = vectors[start:start + CHUNK] @ vectors.T > ALIKE
        rows = np.flatnonzero(near.sum(1) > crowd + 1)
        if len(rows):
            columns = np.flatnonzero(near[rows].any(0))
            cosines = _structure(details[start + rows]) @ _structure(details[columns]).T
            cosines = np.where(near[np.ix_(rows, columns)], cosines, 0)
            alike[start + rows] = np.partition(cosines, -crowd - 2, axis=1)[:, -crowd - 2]   # itself is one of them
    return np.clip(alike + STEP * (1 - alike), LEAST, MOST)


def _structure(details):
    """(N, 1024) of length 1: what differs from the mean around it; edges count little more than the grain of fur."""
    details = np.asarray(details, "float32")
    sums = np.pad(np.pad(details, ((0, 0), (2, 2), (2, 2)), "edge").cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))
    means = (sums[:, 5:, 5:] - sums[:, :-5, 5:] - sums[:, 5:, :-5] + sums[:, :-5, :-5]) / 25
    return _units((details - means) / (np.abs(details - means) + 2))


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


def _units(arrays, least=0.0):
    """Rows of length 1; those shorter than `least` a number become zero."""
    vectors = np.asarray(arrays, "float32").reshape(len(arrays), np.prod(arrays.shape[1:], dtype=int))
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(norms > least * vectors.shape[1] ** 0.5, vectors / np.maximum(norms, 1e-6), 0)

"""How the axes of an array move, said in words: "h k d -> (h k) d"."""

import math
import re


def axis_sizes(shape, pattern):
    """The length of every axis that a pattern names: `{"h": 3, "k": 64, "d": 192}`.

    Args:
        shape: tuple of ints.
        pattern: str. See `rearrange`.

    Raises:
        ValueError: not as many axes as names.
    """
    names = re.split(" -> |, ", pattern)[0].split()
    if len(names) != len(shape):
        raise ValueError(f"an array of {len(names)} axes ({' '.join(names)}) is needed: got shape {tuple(shape)}.")
    return dict(zip(names, shape))


def rearrange(array, pattern):
    """An array with its axes in another order, some of them joined.

    Args:
        array: NumPy array.
        pattern: str. Names of the axes as they are, an arrow, the names as they shall be; brackets join:
            `"o i -> i o"` transposes, `"h k d -> (h k) d"` joins heads. Without an arrow all stays as it is.
            `", 2 of 3"` at the end takes the second third of the first axis, before anything moves.

    Returns:
        NumPy array, a view where that is possible.

    Raises:
        ValueError: not as many axes as names, or no three equal parts.
    """
    axes, _, part = pattern.partition(", ")
    before, _, after = axes.partition(" -> ")
    sizes = axis_sizes(array.shape, before)
    if part:
        number, parts = map(int, part.split(" of "))
        first = before.split()[0]
        if sizes[first] % parts:
            raise ValueError(f"the first axis must have {parts} equal parts: got shape {array.shape}.")
        sizes[first] //= parts
        array = array[(number - 1) * sizes[first] : number * sizes[first]]
    if not after:
        return array
    array = array.transpose([before.split().index(name) for name in re.findall(r"\w+", after)])
    groups = [group.strip("()").split() for group in re.findall(r"\([^)]*\)|\w+", after)]
    return array.reshape([math.prod(sizes[name] for name in group) for group in groups])

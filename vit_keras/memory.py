"""How much memory steps of training take: measured in a process of their own, by the most that it ever held.

    python -m vit_keras.memory '[{"size": {...}, "batch": 8}, ...]'    one line of JSON: bytes, one number a case
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path


def peak_bytes():
    """The most memory this process has held so far, or `None` where Python cannot tell (Windows)."""
    try:  # Linux counts into `ru_maxrss` what the process that started this one held
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return 1024 * int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1])
    except (OSError, TypeError):
        pass
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def step_memory(cases):
    """The most memory that two steps of training held, over what was held before the first case.

    All cases run in one new process, one after the other, without XLA (its compiler takes memory as well) and on the
    processor. The most that a process held can only rise: order the cases from small to large.

    Args:
        cases: list of dicts. `size` (arguments of `VisionTransformer`), `batch`, and, if wanted, `accumulate`.

    Returns:
        list of ints, bytes, one a case; or `None` where it cannot be measured.

    Raises:
        ValueError: no case.
        RuntimeError: a step failed, for lack of memory perhaps; the message holds the last line that was printed.
    """
    if not cases:
        raise ValueError("Memory is measured in one case or more: got none.")
    if peak_bytes() is None:
        return None
    path = [str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), "CUDA_VISIBLE_DEVICES": "",
                   "MALLOC_MMAP_THRESHOLD_": "65536"}  # what is freed goes back at once (glibc)
    done = subprocess.run([sys.executable, "-m", "vit_keras.memory", json.dumps(cases)], capture_output=True, text=True,
                          env=environment)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def measure(cases):
    """In this process: what `step_memory` returns."""
    from vit_keras.recipe import Recipe
    from vit_keras.timing import step_time
    from vit_keras.vit import VisionTransformer

    def two_steps(size, batch, accumulate=1):
        recipe = Recipe(epochs=1, batch_size=batch, accumulate=accumulate, crop_padding=0, flip=False,
                        jit_compile=False)
        step_time(VisionTransformer(**size), recipe, rounds=1)

    two_steps({**cases[0]["size"], "num_layers": 1}, 1)  # what the backend needs for itself
    before, found = peak_bytes(), []
    for case in cases:
        two_steps(**case)
        found.append(peak_bytes() - before)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))

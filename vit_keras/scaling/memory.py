"""How much memory steps of training take: measured in a process of their own, by the most that it ever held.

    python -m vit_keras.scaling.memory '[{"size": {...}, "batch": 8}, ...]'    one line of JSON: bytes, one number a case
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path


def peak_bytes():
    """The most memory this process has held so far, or `None` where Python cannot tell (Windows)."""
    if (found := _status("VmHWM")) is not None:  # Linux counts into `ru_maxrss` what the process before this one held
        return found
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def begin_anew():
    """Let `peak_bytes` start again from what is held now, and return that; `None` where only Linux could do it."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return None
    return _status("VmRSS")


def _status(name):
    """A number of /proc/self/status in bytes; `None` where there is none."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * int(found[1]) if found else None


def step_memory(cases):
    """The most memory that a step of training held, over what was held before it: activations and gradients.

    Weights and the optimizer's means are there before. All cases run in one new process, one after the other, without
    XLA (its compiler takes memory as well) and on the processor. Where only the most that the process ever held is
    known (macOS), it is counted over what was held before the first case, and can only rise: order the cases from small
    to large.

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
    path = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), "CUDA_VISIBLE_DEVICES": "",
                   "TF_ENABLE_ONEDNN_OPTS": "0",  # its pool keeps what is freed
                   "MALLOC_MMAP_THRESHOLD_": "65536"}  # what is freed goes back at once (glibc)
    done = subprocess.run([sys.executable, "-m", "vit_keras.scaling.memory", json.dumps(cases)], capture_output=True, text=True,
                          env=environment)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def measure(cases):
    """In this process: what `step_memory` returns."""
    from vit_keras.scaling.measured import stepping
    from vit_keras.training.recipe import Recipe
    from vit_keras.vit import VisionTransformer

    def step_of(size, batch, accumulate=1):
        recipe = Recipe(epochs=1, batch_size=batch, accumulate=accumulate, crop_padding=0, flip=False,
                        jit_compile=False)
        with stepping(VisionTransformer(**size), recipe) as step:
            step()  # traces
            held = begin_anew()
            step()
        return held

    step_of({**cases[0]["size"], "num_layers": 1}, 1)  # what the backend needs for itself
    before, found = peak_bytes(), []
    for case in cases:
        held = step_of(**case)
        found.append(peak_bytes() - (before if held is None else held))
    return found


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))

"""One process at a time: a lock that is never stale."""

import subprocess
import sys
import types
from pathlib import Path

import vit_keras
from vit_keras.data.lock import Lock

HOLD = ("import sys, types, time\n"
        "sys.modules['vit_keras'] = package = types.ModuleType('vit_keras')\n"
        "package.__path__ = [sys.argv[1]]\n"
        "from vit_keras.lock import Lock\n"  # without the import of Keras
        "lock = Lock(sys.argv[2]); print(lock.take(), flush=True)\n"
        "time.sleep(60)\n")


def another_process(path):
    """A process that holds the lock, or has failed to get it: what it said comes along."""
    folder = str(Path(vit_keras.__file__).parent)
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder, str(path)], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def test_one_has_it_and_nobody_else(tmp_path):
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.take() and not second.take()
    process, said = another_process(tmp_path / "lock")
    process.kill()
    process.communicate()
    assert said == "False"
    assert first.take()  # it is ours already
    first.give_back()
    assert list(tmp_path.iterdir()) == [] and second.take()
    second.give_back()
    second.give_back()  # once more does no harm


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    process, said = another_process(tmp_path / "lock")
    assert said == "True" and not Lock(tmp_path / "lock").take()
    process.kill()
    process.communicate()
    assert (tmp_path / "lock").exists()
    lock = Lock(tmp_path / "lock")
    assert lock.take()
    lock.give_back()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_was_removed_in_between_is_taken_anew(tmp_path, monkeypatch):
    """Opened, then given back and removed by its holder, then locked: that would be a lock on a file nobody sees."""
    lock, looks = Lock(tmp_path / "lock"), []

    def is_there(self, file):
        looks.append(types.SimpleNamespace(file=file))
        if len(looks) == 1:
            self.path.unlink()
        return there(self, file)

    there = Lock._is_there
    monkeypatch.setattr(Lock, "_is_there", is_there)
    assert lock.take() and len(looks) == 2 and (tmp_path / "lock").exists()
    lock.give_back()

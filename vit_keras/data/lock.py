"""A lock file: one process at a time works in a folder, or on a file."""

import contextlib
import os
from pathlib import Path


class Lock:
    """While one holds the lock nobody else gets it, in this process or another.

    It is the system that keeps it, and drops it with the process, however that ends: a lock is never stale. The file is
    removed when the lock is given back; a process that is killed leaves it there, which does no harm.

    Args:
        path: Of the lock file. Its folder must be there.
    """

    def __init__(self, path):
        self.path, self.file = Path(path), None

    def take(self):
        """Whether the lock is ours from now on; `False` where somebody else has it.

        Raises:
            OSError: the folder cannot be written.
        """
        while self.file is None:
            file = open(self.path, "a")
            try:
                if os.name == "nt":
                    import msvcrt

                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                else:
                    import fcntl

                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                file.close()
                return False
            except OSError:  # a file system without locks: better no lock than no run
                pass
            if self._is_there(file):
                self.file = file
            else:  # it was given back, and removed, between our opening and our locking it
                file.close()
        return True

    def give_back(self):
        """Let others have it. Does nothing where it is not ours."""
        if self.file is None:
            return
        with contextlib.suppress(OSError):  # Windows removes no file that is open
            self.path.unlink()
        self.file.close()
        self.file = None
        if os.name == "nt":
            with contextlib.suppress(OSError):
                self.path.unlink()

    def _is_there(self, file):
        try:
            return os.path.samestat(os.fstat(file.fileno()), os.stat(self.path))
        except FileNotFoundError:
            return False

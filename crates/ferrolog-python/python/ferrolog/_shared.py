"""Rotating files that several processes write to.

Each process takes its turn for each record: it locks a file beside the log, with ``.lock`` behind its name,
follows a rotation that another one made, and ends a line that a process which was killed left unfinished.
The Rust crate takes turns at the same lock, so that programs in both languages can share a file.
"""

import errno
import os
import re
import sys
import threading
import time
import weakref

import ferrolog

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

#: How long a turn is waited for. Turns take microseconds, and a rotation not much more; a process that keeps one
#: so long was stopped.
_PATIENCE = 10.0


class _Turns:
    """The turns at one file. All that this process has at a path are one: the operating system's lock belongs
    to the process, and would let it through."""

    _all = weakref.WeakValueDictionary()
    _guard = threading.Lock()

    @classmethod
    def of(cls, path):
        with cls._guard:
            turns = cls._all.get(path)
            if turns is None:
                turns = cls._all[path] = cls(path)
            return turns

    def __init__(self, path):
        self._log = path
        self._path = path + ".lock"
        self._lock = threading.RLock()
        self._depth = 0
        self._file = None

    def __enter__(self):
        self._lock.acquire()
        try:
            if self._depth == 0:
                self._take()
            self._depth += 1
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_):
        self._depth -= 1
        try:
            if self._depth == 0:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def _take(self):
        while True:
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
            self._wait()
            if os.fstat(self._file).st_nlink:
                return
            # It was removed, and others will lock a new one. Closing it gives the lock back.
            os.close(self._file)
            self._file = None

    def _wait(self):
        pause, end, seen = 5e-6, None, None
        while True:
            try:
                return fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EAGAIN):
                    raise
            now = time.monotonic()
            if end is None:
                end, seen = now + _PATIENCE, self._state()
            elif now >= end:
                state = self._state()
                if state == seen:
                    raise TimeoutError(f"another process keeps {self._path!r} locked")
                # Others have had their turns meanwhile: on a busy machine this one's may be late.
                end, seen = now + _PATIENCE, state
            time.sleep(pause)
            pause = min(pause * 2, 0.001)

    def _state(self):
        """What changes with each turn."""
        try:
            found = os.stat(self._log)
        except OSError:
            return None
        return found.st_ino, found.st_size

    def _forget(self):
        """In the child of a fork: another thread of the parent may have had the turn."""
        self._lock = threading.RLock()
        self._depth = 0

    def __del__(self):
        if self._file is not None:
            os.close(self._file)


def _after_in_child():
    _Turns._guard = threading.Lock()
    for turns in list(_Turns._all.values()):
        turns._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_in_child)


class _AlreadyRolled(Exception):
    """There is a backup of the interval."""


class _Shared:
    """What both handlers have in common."""

    def share(self, compress):
        if fcntl is None:
            raise OSError("files can be shared on Unix alone")
        self.compress = compress
        self._turns = _Turns.of(self.baseFilename)
        self._reader = None
        self._end = None
        with self._turns:
            self._recover()

    def emit(self, record):
        """Write the record in a turn, after a rollover if one is due. A rollover that fails is reported,
        and does not cost the record."""
        try:
            with self._turns:
                self._follow()
                try:
                    if self.shouldRollover(record):
                        self.doRollover()
                except Exception:
                    self._report()
                    if self.stream is None:
                        self.stream = self._open()
                ferrolog.FileHandler.emit(self, record)
                self._end = os.fstat(self.stream.fileno()).st_size
        except Exception:
            self.handleError(record)

    def doRollover(self):
        """Roll over in a turn; with ``compress``, the backup is compressed in the same turn."""
        with self._turns:
            self._recover()
            try:
                super().doRollover()
            finally:
                self._end = None
            self._recover()

    def _follow(self):
        """Make up for what other processes did to the file."""
        if self.stream is not None:
            ours = os.fstat(self.stream.fileno())
            try:
                theirs = os.stat(self.baseFilename)
            except FileNotFoundError:
                theirs = None
            if theirs is None or (ours.st_dev, ours.st_ino) != (theirs.st_dev, theirs.st_ino):
                self.stream.close()
                self.stream = None
                self._rotated()
        if self.stream is None:
            self.stream = self._open()
            self._end = None
        end = self.stream.seek(0, 2)
        if end != self._end:
            self._end = end
            if end and not self._ends_with_terminator(end):
                self.stream.write(self.terminator)
                self.stream.flush()

    def _ends_with_terminator(self, end):
        last = self.terminator.encode(self.stream.encoding, "replace")
        with open(self.baseFilename, "rb", buffering=0) as file:
            file.seek(max(0, end - len(last)))
            return file.read(len(last)) == last

    def _rotated(self):
        """Another process has rotated the file."""

    def _report(self):
        if ferrolog.raiseExceptions and sys.stderr is not None:
            import traceback

            sys.stderr.write("--- Logging error: the file cannot be rotated ---\n")
            traceback.print_exc(file=sys.stderr)

    # Compression -----------------------------------------------------------------------------------------

    def rotation_filename(self, default_name):
        name = super().rotation_filename(default_name)
        return name + ".gz" if self.compress else name

    def rotate(self, source, dest):
        # Compressed when all files have their names: until then, a process that is killed leaves a plain file,
        # which the next one takes up.
        if self.compress:
            dest = dest.removesuffix(".gz")
        super().rotate(source, dest)

    def _recover(self):
        """Compress the backups that are plain, and remove what a process that was killed left half done."""
        if not self.compress:
            return
        folder, base = os.path.split(self.baseFilename)
        prefix = base + "."
        rests = [name[len(prefix):] for name in os.listdir(folder) if name.startswith(prefix)]
        # First these: compressing a plain one makes its part anew.
        for rest in rests:
            if rest.endswith(".gz.part") and self._is_backup(rest.removesuffix(".gz.part")):
                os.remove(os.path.join(folder, prefix + rest))
        for rest in rests:
            if self._is_backup(rest):
                _compress(os.path.join(folder, prefix + rest))


class Sized(_Shared):
    """For files that are rotated by size."""

    def _is_backup(self, rest):
        return rest.isascii() and rest.isdigit()


class Timed(_Shared):
    """For files that are rotated by time."""

    def doRollover(self):
        with self._turns:
            try:
                super().doRollover()
            except _AlreadyRolled:
                # By another process, or one that was killed before it began the new file.
                self._rotated()
            if self.stream is None and not self.delay:
                self.stream = self._open()

    def rotation_filename(self, default_name):
        name = super().rotation_filename(default_name)
        if os.path.exists(name) or os.path.exists(default_name):
            raise _AlreadyRolled
        return name

    def _rotated(self):
        self.rolloverAt = self.computeRollover(int(time.time()))

    def _is_backup(self, rest):
        return re.fullmatch(r"\d{4}-\d\d-\d\d(_\d\d(-\d\d(-\d\d)?)?)?", rest) is not None


def _compress(path):
    """Compress a backup; it keeps its plain form until the compressed one is complete and on the disk."""
    import gzip
    import shutil

    packed = path + ".gz"
    part = packed + ".part"
    if os.path.exists(packed):
        # A process was killed when it was about to remove the plain file.
        with open(path, "rb") as plain, gzip.open(packed, "rb") as other:
            if plain.read() != other.read():
                raise FileExistsError(errno.EEXIST, "another file has the name of its compressed form", packed)
        os.remove(path)
        return
    with open(path, "rb") as plain, open(part, "wb") as file:
        with gzip.GzipFile(os.path.basename(path), "wb", fileobj=file) as compressed:
            shutil.copyfileobj(plain, compressed)
        file.flush()
        os.fsync(file.fileno())
        shutil.copystat(path, part)
    os.rename(part, packed)
    os.remove(path)

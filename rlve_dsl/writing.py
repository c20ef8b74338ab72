"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_MODE = 0o644


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write to that takes the place of `path` when the block ends without an exception.

    The file is written beside `path`, flushed to the disk, and moved into place. When anything fails, `path` is as it was
    and nothing is left beside it. A link is followed, and an existing file keeps its permissions. A device, a pipe or an
    open stream (`/dev/stdout`) is written to, and never replaced. A pipe must have a reader.

    Args:
        path: Where the file is wanted. Missing folders are made.

    Raises:
        OSError: When the file cannot be written. It names `path`, not the file beside it.
    """
    try:
        if _is_written_through(path):
            with _opened(path) as out:
                yield out
            return
        with _beside(path) as (handle, draft, target):
            with os.fdopen(handle, "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            os.chmod(draft, target.stat().st_mode & 0o7777 if target.exists() else _MODE)
            os.replace(draft, target)
    except OSError as failure:
        raise OSError(failure.errno, failure.strerror or str(failure), str(path)) from failure


def write_atomically(path: Path, content: str | bytes) -> None:
    """Make `path` hold `content` (a text is written as UTF-8), or leave it as it was when that fails.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_atomically(file, "whole"); file.read_text()
    'whole'
    """
    data = content.encode() if isinstance(content, str) else content
    with atomic_file(path) as out:
        out.write(data)


def cache_folder() -> Path:
    """The folder for what can be made again: `rlve-dsl` in the user's cache folder. It may be missing."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(named) if os.path.isabs(named) else Path(os.path.expanduser("~")) / ".cache"
    return folder / "rlve-dsl"


def make_folder(path: Path) -> None:
    """Make a folder, with those that it is in, unless it is there.

    Raises:
        NotADirectoryError: Where it is to be, or one of those that it is in, is something else.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as failure:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from failure


def check_writable(path: Path) -> None:
    """Raise the OSError that `atomic_file` would raise, before any work is done for the file. Missing folders are made."""
    try:
        if _is_written_through(path):
            if not os.access(path, os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            return
        with _beside(path) as (handle, _, _):
            os.close(handle)
    except OSError as failure:
        raise OSError(failure.errno, failure.strerror, str(path)) from failure


@contextmanager
def _beside(path: Path) -> Iterator[tuple[int, str, Path]]:
    """An empty file beside `path`, deleted at the end unless it was moved: its descriptor, its name, and what it is for."""
    target = path.resolve()
    make_folder(target.parent)
    _is_written_through(target)  # a name that is too long is an error only in a folder that exists
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}-")
    try:
        yield handle, draft, target
    finally:
        Path(draft).unlink(missing_ok=True)


def _opened(path: Path) -> BinaryIO:
    """A device or a pipe to write to. Nobody waits for a reader: a pipe without one is an error."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
    except OSError as failure:
        if failure.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads it") from failure
        raise
    os.set_blocking(handle, True)
    return os.fdopen(handle, "ab")


def _is_written_through(path: Path) -> bool:
    """Whether `path` is something other than a regular file, or stands for an open stream; a folder is an error."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return not stat.S_ISREG(mode) or _is_open_stream(path)


def _is_open_stream(path: Path) -> bool:
    """Whether a path leads to a file through a descriptor of a process, as `/dev/stdout` does."""
    while path.is_symlink():
        folder = path.parent.resolve()
        if folder.is_relative_to("/proc"):
            return True
        path = folder / os.readlink(path)
    return False

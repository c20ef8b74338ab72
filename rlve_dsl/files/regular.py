"""Reading a file as bytes, when it is a regular one of a sane size: not a device, a pipe or a dump of data."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

LARGEST_FILE = 4_000_000
"""Bytes of a file of the language."""

LARGEST_DATA = 200_000_000
"""Bytes of recordings, and of the data of a domain."""


def problem_of(path: str | os.PathLike[str]) -> str:
    """Why there is no regular file at a path, as a sentence; nothing where there is one."""
    if os.path.isfile(path):
        return ""
    if os.path.isdir(path):
        return f"`{path}` is a folder, not a file"
    try:
        os.stat(path)
    except OSError as problem:
        return f"`{path}` is a circle of links" if problem.errno == errno.ELOOP else f"there is no file `{path}`"
    except ValueError:
        return f"there is no file `{path}`"
    return f"`{path}` is not a regular file"


def read_regular(path: str | os.PathLike[str], most: int = LARGEST_FILE) -> bytes:
    """Read a whole file.

    Raises:
        OSError: It cannot be read, is no regular file, or has more than `most` bytes.
    """
    check_regular(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size  # a file with holes needs no disk, but memory
        content = b"" if size > most else file.read(most + 1)
    if max(size, len(content)) > most:
        raise _too_large(path, most)
    return content


def regular_lines(path: str | os.PathLike[str], most: int, longest: int) -> Iterator[bytes]:
    """The lines of a file, one after the other, without those of more than `longest` bytes.

    Raises:
        OSError: It cannot be read, is no regular file, or has more than `most` bytes.
    """
    check_regular(path)
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size > most:
            raise _too_large(path, most)
        left, whole = most, True
        while left > 0 and (line := file.readline(longest + 1)):
            left -= len(line)
            ends = len(line) <= longest
            if whole and ends:
                yield line
            whole = ends or line.endswith(b"\n")


def check_regular(path: str | os.PathLike[str]) -> None:
    """Raise OSError for what is no regular file. It is asked before a file is opened, because opening a pipe waits."""
    try:
        mode = os.stat(path).st_mode
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "not a regular file, but a circle of links", path) from None
        raise
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", path)


def _too_large(path: str | os.PathLike[str], most: int) -> OSError:
    return OSError(errno.EFBIG, f"more than {most // 1_000_000} MB", path)

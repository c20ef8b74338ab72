"""Reading a file as bytes, when it is a regular one of a sane size: not a device, a pipe or a dump of data."""

from __future__ import annotations

import errno
import os
import stat

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
    try:
        mode = os.stat(path).st_mode  # asked first, because opening a pipe waits for a writer
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "not a regular file, but a circle of links", path) from None
        raise
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size  # a file with holes needs no disk, but memory
        content = b"" if size > most else file.read(most + 1)
    if max(size, len(content)) > most:
        raise OSError(errno.EFBIG, f"more than {most // 1_000_000} MB", path)
    return content

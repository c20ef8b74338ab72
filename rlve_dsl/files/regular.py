"""Reading a file as bytes, when it is a regular one of a sane size: not a device, a pipe or a dump of data."""

from __future__ import annotations

import errno
import os
import stat

LARGEST_FILE = 4_000_000
"""Bytes of a file of the language."""


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """Read a whole file.

    Raises:
        OSError: It cannot be read, is no regular file, or has more than `LARGEST_FILE` bytes.
    """
    mode = os.stat(path).st_mode  # asked first, because opening a pipe waits for a writer
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    with open(path, "rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OSError(errno.EFBIG, f"more than {LARGEST_FILE // 1_000_000} MB", path)
    return content

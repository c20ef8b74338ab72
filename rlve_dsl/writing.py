"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
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
    and nothing is left beside it. A link is followed, and an existing file keeps its permissions.

    Args:
        path: Where the file is wanted. Missing folders are made.

    Raises:
        OSError: When the file cannot be written.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.chmod(draft, target.stat().st_mode & 0o7777 if target.exists() else _MODE)
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: str | bytes) -> None:
    """Make `path` hold `content` (a text is written as UTF-8), or leave it as it was when that fails.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_atomically(file, "whole"); file.read_text()
    'whole'
    """
    with atomic_file(path) as out:
        out.write(content.encode() if isinstance(content, str) else content)

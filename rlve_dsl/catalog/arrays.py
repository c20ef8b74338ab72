"""The arrays of a catalog: their types, and their files."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.int64]
"""Numbers of rows."""

Ints: TypeAlias = NDArray[np.int64]

Mask: TypeAlias = NDArray[np.bool_]

Floats: TypeAlias = NDArray[np.float32]
"""Vectors, as embedders and faiss have them."""

Numbers: TypeAlias = NDArray[np.number[Any]]

Codes: TypeAlias = NDArray[np.integer[Any]]
"""Places in a table, in integers as small as the table allows; -1 for none."""

Column: TypeAlias = NDArray[Any]
"""The values of one field: numbers, truth values, or Python objects."""

Hashes: TypeAlias = NDArray[np.uint64]


_NOT_WHOLE = "it could not be written whole"


def write_array(path: Path, values: Column) -> None:
    """Write an array; an OSError names the file and the reason, such as a full disk."""
    with naming(path), path.open("wb") as file:
        save_array(file, values)


def save_array(file: IO[bytes], values: Column) -> None:
    """Write an array to an open file, as `numpy.save` does, which hides why a file cannot be written."""
    whole = np.ascontiguousarray(values)
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(whole))
    file.write(whole.reshape(-1).view(np.uint8).data)


def write_bytes(path: Path, pieces: Iterable[bytes | memoryview], total: int) -> None:
    """Write an array of `total` bytes, piece by piece; an OSError names the file and the reason."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": (total,)}
    with naming(path), path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for piece in pieces:
            file.write(piece)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of writing name the file: Python's own may name none, and that of faiss is a RuntimeError."""
    try:
        yield
    except OSError as failure:
        raise OSError(failure.errno or errno.EIO, failure.strerror or _NOT_WHOLE, str(path)) from failure
    except RuntimeError as failure:
        raise OSError(errno.EIO, _NOT_WHOLE, str(path)) from failure


def read_array(path: Path, mapped: bool = True) -> Column:
    """Read an array, or map it so that all processes share one copy.

    It is of numpy's plain class, since the class for mapped arrays is slow.
    """
    return np.asarray(np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False))

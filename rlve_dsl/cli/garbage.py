"""When Python looks for garbage: not while a command loads what it keeps until its end."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage in the block, nor at the end of the process: nearly all that is made in it is kept until then.

    What was made in the block counts as old at its end. Otherwise the next object would start a search through all of it.
    """
    was_on = gc.isenabled()
    gc.disable()
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # the two together make everything old
        if was_on:
            gc.enable()

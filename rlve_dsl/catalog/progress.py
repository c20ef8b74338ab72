"""How long work says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called from time to time with the stage, how much of it is done, and how much there is (0 when nobody knows)."""

"""Everything that a spec is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from types import NoneType

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds import Kind

_PLAIN = (Span, str, int, float, bool, NoneType)


def parts_of(spec: Kind) -> Iterator[object]:
    """The records and texts within the content of a file, and the content itself, in no order."""
    below: list[object] = [spec]
    while below:
        part = below.pop()
        if type(part) in _PLAIN:  # most parts
            continue
        if is_dataclass(part):
            yield part
            below.extend(getattr(part, name) for name in part.__dataclass_fields__)
        elif isinstance(part, Mapping):
            below.extend(part.values())
        elif isinstance(part, Sequence):
            below.extend(part)

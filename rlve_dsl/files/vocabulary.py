"""What the registered primitives offer to the files: the names and signatures that readers and schemas know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rlve_dsl.expressions import Signature


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names that a file may use; None where they are not known, and then any name is taken as it is."""

    samplers: Mapping[str, Signature] | None = None
    tools: Mapping[str, Signature] | None = None
    events: Mapping[str, Signature] | None = None
    acts: Collection[str] | None = None
    sources: Collection[str] | None = None
    embedders: Collection[str] | None = None


ANYTHING = Vocabulary()

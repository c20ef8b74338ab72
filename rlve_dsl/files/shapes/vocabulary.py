"""The names and signatures of registered primitives, as readers and schemas use them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rlve_dsl.expressions import Signature


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a file may use; where they are None, any name may stand."""

    samplers: Mapping[str, Signature] | None = None
    tools: Mapping[str, Signature] | None = None
    events: Mapping[str, Signature] | None = None
    acts: Collection[str] | None = None
    sources: Collection[str] | None = None
    embedders: Collection[str] | None = None
    disturbances: Mapping[str, Signature] | None = None
    noises: Mapping[str, Signature] | None = None


ANYTHING = Vocabulary()

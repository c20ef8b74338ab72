"""The names and signatures of registered primitives, as readers and schemas use them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rlve_dsl.expressions import Signature


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a file may use; where they are None, any name may stand.

    `docs` has the documentation of primitives by sort (`sampler`, `tool`, `event`, `act`) and name, for editors.
    """

    samplers: Mapping[str, Signature] | None = None
    tools: Mapping[str, Signature] | None = None
    events: Mapping[str, Signature] | None = None
    acts: Collection[str] | None = None
    sources: Collection[str] | None = None
    embedders: Collection[str] | None = None
    docs: Mapping[tuple[str, str], str] = field(default_factory=dict)


ANYTHING = Vocabulary()

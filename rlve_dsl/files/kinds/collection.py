"""`kind: Collection`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import ExpressionText, Name, Raw, Reference


@dataclass(frozen=True, slots=True)
class Curriculum:
    """When the window of levels moves (RLVE): after `trials` outcomes at its high end, by pass rate."""

    promote_at: float = 0.9
    trials: int = 32
    window: int = 4
    start: int = 0


@dataclass(frozen=True, slots=True)
class Training:
    """What to train with. `settings` are checked by `rlve_dsl.train`; a profile's entries override them."""

    settings: Raw
    span: Span


@dataclass(frozen=True, slots=True)
class Collection:
    """`kind: Collection`: environments with the parts they share.

    `curves` replaces an axis's curve (`omission`, or `cart.items` for a local axis); `levels` has an axis follow a level
    of its own instead of the shared one.
    """

    name: Name
    environments: tuple[Reference, ...]
    catalog: Reference
    axes: Reference
    reward: Reference
    user: Reference
    span: Span
    policy: Reference | None = None
    curves: Mapping[str, ExpressionText] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    curriculum: Curriculum = Curriculum()
    train: Training | None = None

"""`user:` of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import ExpressionText, Name, TemplateText
from rlve_dsl.files.kinds.world import Loop


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the user can say. `omit` is the probability that the opening leaves it out (0 when absent).

    The first of `asks` is the exemplar that the oracle uses; the others help the matcher.
    """

    name: Name
    value: ExpressionText
    says: TemplateText
    span: Span
    loop: Loop | None = None
    condition: ExpressionText | None = None
    asks: tuple[TemplateText, ...] = ()
    omit: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the user says unasked, on what condition; `discloses` names a fact (and its element)."""

    act: Name
    when: ExpressionText
    says: TemplateText
    span: Span
    loop: Loop | None = None
    let: Mapping[str, ExpressionText] = field(default_factory=dict)
    discloses: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """`user:` of an environment."""

    facts: tuple[Fact, ...]
    span: Span
    opening: TemplateText | None = None
    reactions: tuple[Reaction, ...] = ()

"""`kind: User`, and the use of a sampler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import ExpressionText, Name, Raw, TemplateText, Text


@dataclass(frozen=True, slots=True)
class Draw:
    """A use of a sampler: its name and the arguments it was given."""

    sampler: Name
    arguments: Raw
    span: Span


@dataclass(frozen=True, slots=True)
class User:
    """`kind: User`: who the simulated shopper is and how they speak.

    `confirmation` holds the questions that they answer by telling the agent to go ahead; the first is the exemplar.
    """

    name: Name
    span: Span
    persona: Mapping[str, Draw] = field(default_factory=dict)
    noise: ExpressionText | None = None
    patience: ExpressionText | None = None
    acts: Mapping[str, tuple[TemplateText, ...]] = field(default_factory=dict)
    confirmation: tuple[Text, ...] = ()

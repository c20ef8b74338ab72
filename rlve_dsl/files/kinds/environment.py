"""`kind: Environment` that is played by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import Axis
from rlve_dsl.files.kinds.conversation import Conversation
from rlve_dsl.files.kinds.solution import Action
from rlve_dsl.files.kinds.texts import ExpressionText, Name, TemplateText, Text
from rlve_dsl.files.kinds.world import Event, Step


@dataclass(frozen=True, slots=True)
class AnswerField:
    """A field of the answer's schema; `type` as the language writes types: `text`, `list of product id`, `bool`."""

    name: Name
    type: Text
    says: Text


@dataclass(frozen=True, slots=True)
class Environment:
    """`kind: Environment`."""

    name: Name
    title: Text
    tools: tuple[Name, ...]
    world: tuple[Step, ...]
    user: Conversation
    reward: ExpressionText
    correct_when: ExpressionText
    solution: tuple[Action, ...]
    span: Span
    brief: TemplateText | None = None
    axes: Mapping[str, Axis] = field(default_factory=dict)
    define: Mapping[str, Definition] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    goal: tuple[Step, ...] = ()
    answer: Mapping[str, AnswerField] = field(default_factory=dict)
    measures: Mapping[str, ExpressionText] = field(default_factory=dict)
    turns: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A formula with a name, `suits(p, weights): …`; it is put in the place of each use."""

    name: Name
    parameters: tuple[Name, ...]
    body: ExpressionText
    span: Span

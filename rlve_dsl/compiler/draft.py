"""An environment or a chain while it is being compiled: what the passes read and add to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.axes import AxisTable
from rlve_dsl.catalog import Catalog
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.expressions import Expression, Scope, Template, compile_expression, compile_template
from rlve_dsl.expressions.types import Type
from rlve_dsl.files import Environment, ExpressionText, Levels, Name, Reward, TemplateText, User
from rlve_dsl.plugins import Registry
from rlve_dsl.world import STATE, Governance

# What the language itself names in some place of an environment; authors give these names to nothing.
RESERVED = frozenset(
    {
        "persona",
        "goal",
        "answer",
        "said",
        "value",
        "task",
        "part",
        "parts",
        "catalog",
        "compliance",
        "violations",
        *STATE,
    }
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What the environments of a collection have in common, and the collection's changes to axes."""

    levels: Levels
    axes: Mapping[str, AxisTable]
    reward: Reward
    user: User
    catalog: Catalog
    governance: Governance | None = None
    curves: Mapping[str, ExpressionText] = field(default_factory=dict)
    follows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Noted:
    """The names that a part of an environment reads, and the slots that its samplers fill."""

    reads: set[str]
    provided: set[str]


@dataclass(slots=True)
class Draft:
    """What is on its way through the passes; each pass fills the attributes that later ones read.

    `reads` gathers every name that any expression reads, `provided` the slots that its samplers fill; `parts` holds what
    becomes the compiled environment.
    """

    shared: Shared
    registry: Registry
    diagnostics: Diagnostics
    axes: dict[str, AxisTable] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)
    provided: set[str] = field(default_factory=set)
    parts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def noting(self) -> Iterator[Noted]:
        """What is read and provided inside the `with`; it is noted in the draft all the same."""
        reads, provided = self.reads, self.provided
        self.reads, self.provided = set(), set()
        noted = Noted(self.reads, self.provided)
        try:
            yield noted
        finally:
            reads |= noted.reads
            provided |= noted.provided
            self.reads, self.provided = reads, provided

    def expression(
        self, source: ExpressionText, scope: Scope, expected: Type | None = None, item: Type | None = None
    ) -> Expression | None:
        """The compiled expression, its reads noted; None when it has errors."""
        made = compile_expression(source.text, source.span, scope, self.diagnostics, expected=expected, item=item)
        if made is not None:
            self.reads |= made.free
        return made

    def template(self, source: TemplateText, scope: Scope) -> Template | None:
        """The compiled template, its reads noted; None when it has errors."""
        made = compile_template(source.text, source.span, scope, self.diagnostics)
        if made is not None:
            self.reads |= made.free
        return made

    def unknown(self, what: str, name: Name, known: Iterable[str]) -> None:
        """Report a name that refers to nothing."""
        known = list(known)
        self.diagnostics.error(
            "R205",
            f"there is no {what} `{name.text}`",
            name.span,
            label=did_you_mean(name.text, known),
            help=f"known: {', '.join(sorted(known))}" if known and len(known) <= 24 else "",
        )


@dataclass(slots=True)
class EnvironmentDraft(Draft):
    """One environment on its way through the passes."""

    spec: Environment = field(kw_only=True)

"""An environment while it is being compiled: what the passes read and add to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.axes import AxisTable
from rlve_dsl.catalog import Catalog
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.plugins import Registry
from rlve_dsl.rules import Expression, Scope, Template, compile_expression, compile_template
from rlve_dsl.rules.types import Type
from rlve_dsl.spec import Environment, ExpressionText, Levels, Name, Reward, TemplateText, User


@dataclass(frozen=True, slots=True)
class Shared:
    """What the environments of a collection have in common, and the collection's changes to axes."""

    levels: Levels
    axes: Mapping[str, AxisTable]
    reward: Reward
    user: User
    catalog: Catalog
    curves: Mapping[str, ExpressionText] = field(default_factory=dict)
    follows: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """One environment on its way through the passes; each pass fills the attributes that later ones read.

    `reads` gathers every name that any expression reads, `provided` the slots that its samplers fill; `parts` holds what
    becomes the compiled environment.
    """

    spec: Environment
    shared: Shared
    registry: Registry
    diagnostics: Diagnostics
    axes: dict[str, AxisTable] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)
    provided: set[str] = field(default_factory=set)
    parts: dict[str, Any] = field(default_factory=dict)

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

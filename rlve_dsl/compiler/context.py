"""What every stage of the compilation of one environment works with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from rlve_dsl import files
from rlve_dsl.axes import AxisTable
from rlve_dsl.catalog import Catalog, no_products
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.domains import STORE_IDS
from rlve_dsl.expressions import (
    Arguments,
    Expression,
    Scope,
    Signature,
    Template,
    check_count,
    check_share,
    compile_arguments,
    compile_expression,
    compile_template,
)
from rlve_dsl.expressions.types import INT, REAL, Id, Type
from rlve_dsl.files import ExpressionText, Levels, Name, TemplateText, User, Wordings
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import Registry
from rlve_dsl.reward import Composition
from rlve_dsl.user import Noise
from rlve_dsl.world import ENTITIES, Disturbance, Governance, Kind

C = TypeVar("C", Expression, Template, Arguments)


@frozen
class Shared:
    """What the environments of a collection have in common, and the changes that the collection makes to axes.

    `curves` replaces the curves of axes, `follows` gives axes a level of their own. `held_out` is the share of the catalog that
    only held-out episodes are about. `reward` is None when the reward file has errors. Without `thorough`, no warnings are given
    that take long to find. `disturbances` and `noises` are those that the collection, or for noises the User file, gives to each
    of its environments: how the file uses them, and what these are.
    """

    levels: Levels
    axes: Mapping[str, AxisTable]
    reward: Composition | None
    user: User
    catalog: Catalog
    governance: Governance | None
    curves: Mapping[str, ExpressionText]
    follows: Mapping[str, int]
    wordings: tuple[Wordings, ...] = ()
    foreign_wordings: tuple[Wordings, ...] = ()
    held_out: float = 0.0
    thorough: bool = True
    disturbances: tuple[tuple[files.Disturbance, Disturbance], ...] = ()
    noises: tuple[tuple[files.Noise, Noise], ...] = ()


@frozen
class Reads:
    """The names that expressions read, and the slots that samplers fill for tools."""

    names: set[str] = field(default_factory=set)
    slots: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Context:
    """What the stages share: the collection's parts, the primitives, the axes, the domain of the environment, and where problems
    and reads are collected. `named` has the place of each name that a step, loop or measure has taken."""

    shared: Shared
    registry: Registry
    diagnostics: Diagnostics
    axes: Mapping[str, AxisTable]
    domain: CompiledDomain | None = None
    reads: Reads = field(default_factory=Reads)
    named: dict[str, Span] = field(default_factory=dict)

    @property
    def sorts(self) -> tuple[str, ...]:
        """The sorts of ids that there are: the store's, and those of entities."""
        return tuple(dict.fromkeys((*STORE_IDS, *(kind.name for kind in self.kinds.values() if kind.has_own_ids))))

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The entities that there are, by name: of the store, of plugins, and of the domain."""
        return {**self.registry.entities, **(self.domain.kinds if self.domain else {})}

    @property
    def visible_kinds(self) -> Mapping[str, Kind]:
        """The entities that authors may name. Where nothing is sold, they are not those of the store."""
        own = {kind.name for kind in ENTITIES} if self.shared.catalog is no_products() else set[str]()
        return {name: kind for name, kind in self.kinds.items() if not kind.hidden and name not in own}

    @property
    def readable(self) -> Mapping[str, Type]:
        """The tables that a world can read, by name: those of plugins and of the domain. Those of the store begin empty."""
        own = {kind.name for kind in ENTITIES}
        return {kind.table: kind.type for kind in self.kinds.values() if kind.name not in own and not kind.hidden}

    @property
    def keys(self) -> Mapping[str, Type]:
        """The ids of the entities that have ids of their own, by the names of their keys."""
        return {kind.key: Id(kind.name) for kind in self.kinds.values() if kind.has_own_ids}

    @property
    def tools_known(self) -> tuple[str, ...]:
        """The full names of all tools that there are: the registry's, and those of the domain."""
        return (*self.registry.tools, *(self.domain.tools if self.domain else ()))

    @contextmanager
    def record_reads(self) -> Iterator[Reads]:
        """Record what is read inside the block; it counts as read outside as well."""
        outer, self.reads = self.reads, Reads()
        try:
            yield self.reads
        finally:
            outer.names.update(self.reads.names)
            outer.slots.update(self.reads.slots)
            self.reads = outer

    def expression(
        self, source: ExpressionText, scope: Scope, expected: Type | None = None, *, bare_text: bool = False
    ) -> Expression | None:
        """The compiled expression; None when it has errors. `bare_text` lets it be a list of words without quotes."""
        return self._read(
            compile_expression(
                source.text, source.span, scope, self.diagnostics, expected=expected, bare_text=bare_text
            )
        )

    def optional(self, source: ExpressionText | None, scope: Scope, expected: Type | None = None) -> Expression | None:
        """As `expression`, for one that may be absent: None then too."""
        return None if source is None else self.expression(source, scope, expected)

    def probability(self, source: ExpressionText | None, scope: Scope) -> Expression | None:
        """As `optional`, for a probability: an error where it is the same in every episode, and less than 0 or more than 1."""
        found = self.optional(source, scope, REAL)
        if source is not None and found is not None:
            check_share(found, source.text, source.span, self.diagnostics, "a probability")
        return found

    def count(self, source: ExpressionText | None, scope: Scope, what: str) -> Expression | None:
        """As `optional`, for a count, which `what` names: an error where it is the same in every episode, and less than 1."""
        found = self.optional(source, scope, INT)
        if source is not None and found is not None:
            check_count(found, source.text, source.span, self.diagnostics, what)
        return found

    def template(self, source: TemplateText | None, scope: Scope) -> Template | None:
        """The compiled template; None when it has errors or is absent."""
        if source is None:
            return None
        return self._read(compile_template(source.text, source.span, scope, self.diagnostics))

    def arguments(
        self, of: Signature, given: Mapping[str, tuple[str, Span]], span: Span, scope: Scope, what: str,
        *, optional_values: bool = False, written: Mapping[str, object] = MappingProxyType({}),
    ) -> Arguments | None:  # fmt: skip
        """The compiled arguments of a primitive, which `what` names in messages; None when they have errors. `written` is the
        mapping of the file that they come from."""
        keys = {name: files.key_of(written, name, where).span for name, (_, where) in given.items()}
        return self._read(
            compile_arguments(
                of, given, span, scope, self.diagnostics, what, optional_values=optional_values, keys=keys
            )
        )

    def _read(self, compiled: C | None) -> C | None:
        if compiled is not None:
            self.reads.names.update(compiled.free)
        return compiled

    def is_free(self, name: str, span: Span, scope: Scope) -> bool:
        """Whether the scope has nothing of this name; an error that says where it is taken when it has."""
        if (taken := scope.taken(name)) is None:
            self.named[name] = span
            return True
        what, place = self._owner(name, taken)
        related = () if place is None else (Related(place, f"`{name}` gets its meaning here"),)
        self.diagnostics.error("R203", f"`{name}` is already {what}", span, related=related)
        return False

    def _owner(self, name: str, taken: str) -> tuple[str, Span | None]:
        """What a name that is taken means, and where it gets this meaning, if that is in a file."""
        if name in self.named:
            return taken, self.named[name]
        if name in self.axes:
            return "an axis", self.axes[name].axis.name.span
        for kind in self.domain.kinds.values() if self.domain is not None else ():
            if name == kind.table:
                assert self.domain is not None, "it has this kind"
                return f"the table of `{kind.name}`", self.domain.spec.entities[kind.name].name.span
        return ("a name of the language" if taken == "a name" else taken), None

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

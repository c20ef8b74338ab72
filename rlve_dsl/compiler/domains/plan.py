"""What a declared tool does, as Python functions: for a call, for the question what it would cost, and for its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rlve_dsl.compiler.domains.changes import PENDING, Emit, in_order
from rlve_dsl.compiler.domains.made import Made
from rlve_dsl.compiler.domains.pending import Pending
from rlve_dsl.compiler.domains.rulings import FEE, Asked
from rlve_dsl.expressions import Code, EvaluationError, Program, Statement
from rlve_dsl.values import Names, Value
from rlve_dsl.world import PRODUCTS, Governance, Kind, Refusal, Row, Shop, Tables

_SHOP, _TABLES, _GOVERNANCE, _RESULT = ".shop", ".tables", ".governance", ".result"


@dataclass(frozen=True)
class Plan:
    """What a declared tool does, compiled. Its functions are made when they are first called.

    Attributes:
        arguments: Its arguments, each with its value when it is left out.
        steps: Look-ups and refusals.
        asked: What it asks of the policy.
        changes: Its effects.
        gives: Its result.
        kinds: The kinds of the tables that it sees, by the names of the tables.
        again: The look-ups that hold an entity, with its kind: `gives` reads them as they are after the effects.
        written: The kinds that its effects may change.
    """

    arguments: Mapping[str, Value]
    steps: tuple[Emit, ...]
    asked: Asked
    changes: tuple[Emit, ...]
    gives: Made
    kinds: Mapping[str, Kind]
    again: Mapping[str, Kind]
    written: frozenset[str]

    def call(self, shop: Shop, **arguments: Value) -> Value:
        """Make a call: all of its effects happen, or it is refused and none does."""
        try:
            return self._call(shop, **arguments)
        except EvaluationError as problem:
            raise Refusal(f"this cannot be done: {problem.reason}") from None

    def fee(self, tables: Tables, governance: Governance | None, arguments: Mapping[str, Value]) -> int:
        """The fee of a call that is not refused.

        Raises:
            Refusal: It is refused.
        """
        return int(self._fee(tables, governance, **arguments))

    def facts(self, shop: Shop, arguments: Mapping[str, Value]) -> Names:
        """The facts of the policy that a call supplies, as far as it finds what it looks up."""
        try:
            return dict(self._facts(shop.state.tables, **arguments))
        except (Refusal, EvaluationError):
            return {}

    @cached_property
    def _call(self) -> Callable[..., Value]:
        program = Program()
        shop, tables, pending = (program.variable(name) for name in (_SHOP, _TABLES, PENDING))
        governance = program.attribute(shop, "governance")
        body = [*in_order(self.steps)(program), *self.asked.statements(program, governance)]
        if self.changes:
            body += [program.keep(PENDING, program.call(Pending, tables)), *in_order(self.changes)(program)]
            outcome = program.attribute(pending, "outcome")
            result = self.gives.code(program)
            body += [
                *self._read_again(program, outcome),
                program.keep(_RESULT, result),
                program.do(program.method(shop, "carry_out", program.attribute(pending, "effects"), outcome)),
                program.give(program.variable(_RESULT)),
            ]
        else:
            body.append(program.give(self.gives.code(program)))
        begin = program.keep(_TABLES, program.attribute(program.attribute(shop, "state"), "tables"))
        return program.function((_SHOP,), self.arguments, [begin, *self._tables(program, tables), *body])

    @cached_property
    def _fee(self) -> Callable[..., Value]:
        program = Program()
        governance = program.variable(_GOVERNANCE)
        body = [*in_order(self.steps)(program), *self.asked.statements(program, governance)]
        body.append(program.give(program.name(FEE) if self.asked.fee is not None else program.constant(0)))
        begin = self._tables(program, program.variable(_TABLES))
        return program.function((_TABLES, _GOVERNANCE), self.arguments, [*begin, *body])

    @cached_property
    def _facts(self) -> Callable[..., Names]:
        program = Program()
        body = [*in_order(self.steps)(program), program.give(self.asked.code_of_facts(program))]
        begin = self._tables(program, program.variable(_TABLES))
        return program.function((_TABLES,), self.arguments, [*begin, *body])

    def _tables(self, program: Program, tables: Code, only: frozenset[str] | None = None) -> list[Statement]:
        """Give the tables that are read their names; with `only`, those of these kinds."""
        found: list[Statement] = []
        for name in program.unbound:
            kind = self.kinds.get(name)
            if kind is not None and kind.hidden:
                code = program.part(program.attribute(tables, "hidden"), kind.name)
            elif kind is not None:
                code = program.part(program.attribute(tables, "names"), name)
            elif name == PRODUCTS:
                code = program.attribute(tables, "shelves")
            else:
                continue  # an argument
            if only is None or (kind is not None and kind.name in only):
                found.append(program.load(name, code))
        return found

    def _read_again(self, program: Program, outcome: Code) -> list[Statement]:
        """What the result reads, as it is after the effects."""
        found = self._tables(program, outcome, self.written)
        for name, kind in self.again.items():
            if name in self.gives.free and kind.name in self.written:
                again = program.call(_as_it_is, outcome, program.refer(kind), program.name(name))
                found.append(program.load(name, again))
        return found


def _as_it_is(tables: Tables, kind: Kind, row: Row | None) -> Row | None:
    """The row of an entity now; the row itself where it is gone."""
    return row if row is None else tables.of(kind.name).at(row[kind.key]) or row

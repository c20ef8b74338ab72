"""What a declared tool does, as Python functions: for a call, for the question what it would cost, and for its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rlve_dsl.domains.changes import PENDING, Emit, in_order
from rlve_dsl.domains.made import Made
from rlve_dsl.domains.pending import Pending
from rlve_dsl.domains.rulings import FEE, Asked, RuledOn
from rlve_dsl.expressions import Code, EvaluationError, Program, Statement, Template, one_budget
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value
from rlve_dsl.world import FROM_TABLES, PREPARED, READ, Governance, Kind, Refusal, Row, Shop, State, Tables

_SHOP, _STATE, _TABLES, _GOVERNANCE, _RESULT = ".shop", ".state", ".tables", ".governance", ".result"


@frozen
class LookUp:
    """A look-up of a tool.

    Attributes:
        missing: What a call is refused with where it finds nothing; None where the call goes on.
        told: The same in the words of the author, if there are such.
    """

    name: str
    made: Made
    missing: str | None
    told: Template | None

    def statements(self, program: Program) -> list[Statement]:
        """Look it up, or refuse the call."""
        found = program.assign(self.name, self.made.code(program))
        if self.missing is None:
            return [found]
        reason = (
            program.call(Refusal, program.constant(self.missing)) if self.told is None else refusal(self.told, program)
        )
        return [found, self.if_missing(program, program.stop(reason))]

    def if_missing(self, program: Program, then: Statement) -> Statement:
        """What happens where nothing was found."""
        return program.when(program.same(program.name(self.name), program.constant(None)), [then])


def refusal(says: Template, program: Program) -> Code:
    """The code of a refusal with these words."""
    return program.call(Refusal, program.call(says.render, program.names(says.free)))


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """What a declared tool does, compiled. Its functions are made when they are first called.

    Attributes:
        arguments: Its arguments, each with its value when it is left out.
        look_ups: Its look-ups.
        ruled: What the store policy rules about in a call, if it does.
        refusals: Its refusals.
        asked: What it asks of the policy.
        changes: Its effects.
        gives: Its result.
        kinds: The kinds of the tables that it sees, by the names of the tables.
        again: The look-ups that hold an entity, with its kind: `gives` reads them as they are after the effects.
        written: The kinds that its effects may change.
    """

    arguments: Mapping[str, Value]
    look_ups: tuple[LookUp, ...]
    ruled: RuledOn | None
    refusals: tuple[Emit, ...]
    asked: Asked
    changes: tuple[Emit, ...]
    gives: Made
    kinds: Mapping[str, Kind]
    again: Mapping[str, Kind]
    written: frozenset[str]

    @one_budget()
    def call(self, shop: Shop, **arguments: Value) -> Value:
        """Make a call: all of its effects happen, or it is refused and none does."""
        try:
            return self._call(shop, **arguments)
        except EvaluationError as problem:
            raise Refusal(f"this cannot be done: {problem.reason}") from None

    @one_budget()
    def fee(self, state: State, governance: Governance | None, arguments: Mapping[str, Value]) -> int:
        """The fee of a call that is not refused.

        Raises:
            Refusal: It is refused.
        """
        return int(self._fee(state, governance, **arguments))

    @one_budget()
    def facts(self, shop: Shop, arguments: Mapping[str, Value]) -> Names:
        """The facts of the policy that a call supplies, as far as it finds what it looks up."""
        try:
            return dict(self._facts(shop.state, shop.governance, **arguments))
        except (Refusal, EvaluationError):
            return {}

    @one_budget()
    def about(self, shop: Shop, arguments: Mapping[str, Value]) -> Names:
        """What the store policy rules about in a call, each unknown where the call finds none."""
        try:
            return dict(self._about(shop.state, **arguments))
        except EvaluationError:
            return shop.ruled()

    @property
    def needs(self) -> tuple[str, ...]:
        """What samplers must have prepared for it."""
        program = Program()
        self._prepared(program, program.variable(_GOVERNANCE))
        in_order(self.changes)(program)
        self.gives.code(program)
        return tuple(dict.fromkeys(slot for name, slot in PREPARED.items() if name in program.unbound))

    @cached_property
    def _call(self) -> Callable[..., Value]:
        program = Program()
        shop, pending = program.variable(_SHOP), program.variable(PENDING)
        body = self._prepared(program, program.attribute(shop, "governance"))
        if self.changes:
            tables, outcome = program.variable(_TABLES), program.attribute(pending, "outcome")
            body += [program.keep(PENDING, program.call(Pending, tables)), *in_order(self.changes)(program)]
            result = self.gives.code(program)
            body += [
                *self._read_again(program, outcome),
                program.keep(_RESULT, result),
                program.do(program.method(shop, "carry_out", program.attribute(pending, "effects"), outcome)),
                program.give(program.variable(_RESULT)),
            ]
        else:
            body.append(program.give(self.gives.code(program)))
        begin = program.keep(_STATE, program.attribute(shop, "state"))
        return program.function((_SHOP,), self.arguments, [begin, *self._begun(program), *body])

    @cached_property
    def _fee(self) -> Callable[..., Value]:
        program = Program()
        body = self._prepared(program, program.variable(_GOVERNANCE))
        body.append(program.give(program.name(FEE) if self.asked.fee is not None else program.constant(0)))
        return program.function((_STATE, _GOVERNANCE), self.arguments, [*self._begun(program), *body])

    @cached_property
    def _facts(self) -> Callable[..., Names]:
        program = Program()
        body = self._looked_up(program, program.variable(_GOVERNANCE))
        body.append(program.give(self.asked.code_of_facts(program)))
        return program.function((_STATE, _GOVERNANCE), self.arguments, [*self._begun(program), *body])

    @cached_property
    def _about(self) -> Callable[..., Names]:
        program = Program()
        state = program.variable(_STATE)
        assert self.ruled is not None, "asked of tools that a policy rules on only"
        names = [look_up.name for look_up in self.look_ups if look_up.name in (self.ruled.order, self.ruled.line)]
        body = [program.assign(name, program.constant(None)) for name in names]
        for look_up in self.look_ups:
            body.append(program.assign(look_up.name, look_up.made.code(program)))
            if look_up.missing is not None:
                body.append(look_up.if_missing(program, program.give(self.ruled.things(program, state))))
        body.append(program.give(self.ruled.things(program, state)))
        return program.function((_STATE,), self.arguments, [*self._begun(program), *body])

    def _looked_up(self, program: Program, governance: Code) -> list[Statement]:
        """Look-ups, the verdict of the store policy, and refusals."""
        found = [statement for look_up in self.look_ups for statement in look_up.statements(program)]
        if self.ruled is not None:
            found += self.ruled.statements(program, governance, program.variable(_STATE))
        return [*found, *in_order(self.refusals)(program)]

    def _prepared(self, program: Program, governance: Code) -> list[Statement]:
        """All that comes before the effects."""
        return [*self._looked_up(program, governance), *self.asked.statements(program, governance)]

    def _begun(self, program: Program) -> list[Statement]:
        """Give what is read of the state its names, at the beginning of a function."""
        state, tables = program.variable(_STATE), program.variable(_TABLES)
        return [program.keep(_TABLES, program.attribute(state, "tables")), *self._load(program, tables, None)]

    def _load(self, program: Program, tables: Code, only: frozenset[str] | None) -> list[Statement]:
        """Give what is read of tables its names; with `only`, what follows from these kinds."""
        found: list[Statement] = []
        for name in program.unbound:
            if (kind := self.kinds.get(name)) is not None:
                code, follows = program.part(program.attribute(tables, "names"), name), frozenset({kind.name})
            elif name in READ and name not in self.arguments:
                code = program.call(READ[name], program.variable(_STATE), tables)
                follows = FROM_TABLES.get(name, frozenset())
            else:
                continue  # an argument
            if only is None or follows & only:
                found.append(program.load(name, code))
        return found

    def _read_again(self, program: Program, outcome: Code) -> list[Statement]:
        """What the result reads, as it is after the effects."""
        found = self._load(program, outcome, self.written)
        for name, kind in self.again.items():
            if name in self.gives.free and kind.name in self.written:
                again = program.call(_as_it_is, outcome, program.refer(kind), program.name(name))
                found.append(program.load(name, again))
        return found


def _as_it_is(tables: Tables, kind: Kind, row: Row | None) -> Row | None:
    """The row of an entity now; the row itself where it is gone."""
    return row if row is None else tables.of(kind.name).at(row[kind.key]) or row

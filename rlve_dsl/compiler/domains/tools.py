"""Declared tools: from a tool of a Domain file to a `Tool` that agents call like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rlve_dsl import files
from rlve_dsl.compiler.domains.changes import ChangeCompiler, Emit
from rlve_dsl.compiler.domains.kinds import records_of, sorts_of, unknown_type
from rlve_dsl.compiler.domains.made import Made, compile_made, compile_record, expression
from rlve_dsl.compiler.domains.plan import Plan
from rlve_dsl.compiler.domains.rulings import FEE, compile_rulings
from rlve_dsl.compiler.type_words import parse_field_type
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.expressions import (
    Code,
    Expression,
    Function,
    Parameter,
    Program,
    Scope,
    Signature,
    Statement,
    Template,
    compile_template,
)
from rlve_dsl.expressions.types import BOOL, MONEY, NOTHING, Id, Keyed, ListOf, Optional, Record, Type, required
from rlve_dsl.values import Value
from rlve_dsl.world import (
    HIDDEN,
    OF_STORE,
    Governance,
    Kind,
    Refusal,
    Tool,
    argument_decoder,
    argument_encoder,
    copier,
    encoder,
    said_as,
)


@dataclass(frozen=True, slots=True)
class ToolCompiler:
    """Compiles the tools of a domain.

    Attributes:
        kinds: Its kinds.
        governance: The policy that its tools ask, if there is one.
        elsewhere: Names that the file would know if it listed the plugin that each is given with.
    """

    source: files.Domain
    kinds: Mapping[str, Kind]
    functions: Mapping[str, Function]
    governance: Governance | None
    diagnostics: Diagnostics
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def tool(self, declared: files.DeclaredTool) -> tuple[Tool, Plan] | None:
        """A tool and its plan; None when it has errors."""
        before = len(self.diagnostics.errors)
        parameters = self._parameters(declared)
        tables: dict[str, Type] = {kind.table: kind.type for kind in self.kinds.values()}
        scope = Scope({**tables, **OF_STORE} if self.source.store else tables, self.functions, elsewhere=self.elsewhere)
        for parameter in parameters:
            if (taken := scope.taken(parameter.name)) is not None:
                span = declared.takes[parameter.name].type.span
                self.diagnostics.error("R203", f"`{parameter.name}` is already {taken}", span)
        scope = scope.extended({parameter.name: parameter.type for parameter in parameters})
        steps, scope = self._steps(declared, scope)
        name = f"{self.source.name.text}.{declared.name.text}"
        asked = compile_rulings(name, declared, self.source.bind, scope, self.governance, self.diagnostics)
        if declared.fee is not None:
            scope = self._named(FEE, MONEY, declared.fee, scope)
        for called, decision in declared.rulings.items():
            scope = self._named(called, asked.rulings.get(called, ("", NOTHING))[1], decision, scope)
        changer = ChangeCompiler(self.kinds, self.diagnostics)
        changes, scope = changer.all(declared.does, scope)
        gives = self._gives(declared, scope)
        if gives is None or len(self.diagnostics.errors) > before:
            return None
        plan = Plan(
            {p.name: None if p.required else p.default for p in parameters},
            tuple(steps),
            asked,
            tuple(changes),
            gives,
            {
                **{kind.table: kind for kind in self.kinds.values()},
                **({kind.name: kind for kind in HIDDEN} if self.source.store else {}),
            },
            {n: kind for n, type_ in scope.names.items() if (kind := self._kind_of(type_)) is not None},
            frozenset(changer.writes),
        )
        return self._tool(declared, name, Signature(parameters, gives.type), plan, changer), plan

    def _tool(
        self, declared: files.DeclaredTool, name: str, signature: Signature, plan: Plan, changer: ChangeCompiler
    ) -> Tool:
        doc = " ".join(declared.says.text.split())
        return Tool(
            name=name,
            call=plan.call,
            signature=signature,
            writes=changer.writes,
            needs=(),
            axes=(),
            reveals_ids=True,
            about=None,
            rows=None,
            shows="",
            doc=doc,
            describes={n: self._describes(n, argument) for n, argument in declared.takes.items()},
            says=declared.called or said_as(name, doc),
            arguments=argument_decoder(signature),
            encode_arguments=argument_encoder(signature),
            encode=encoder(signature.result),
            copy=copier(signature.result),
            facts=plan.facts,
            may_be_refused=declared.allow is not None,
        )

    def _parameters(self, declared: files.DeclaredTool) -> tuple[Parameter, ...]:
        records = records_of(self.source)
        parameters = []
        for name, argument in declared.takes.items():
            type_ = parse_field_type(argument.type.text, sorts_of(self.source), records)
            if type_ is None:
                type_ = unknown_type(argument.type, self.source, records, self.diagnostics)
            if argument.default is not None:
                parameters.append(Parameter(name, type_, self._default(argument.default, type_)))
            else:
                parameters.append(
                    Parameter(name, type_, None) if isinstance(type_, Optional) else Parameter(name, type_)
                )
        return tuple(parameters)

    def _default(self, source: files.ExpressionText, type_: Type) -> Value:
        """The value of an argument that is left out; it reads nothing."""
        made = expression(source, Scope({}, self.functions), self.diagnostics, None if type_ == NOTHING else type_)
        return None if made is None else made({})

    @staticmethod
    def _describes(name: str, argument: files.Argument) -> str:
        words = name.removesuffix("_id") if argument.type.text.removesuffix("?").endswith(" id") else name
        return argument.says.text if argument.says else f"the {words.replace('_', ' ')}"

    def _steps(self, declared: files.DeclaredTool, scope: Scope) -> tuple[list[Emit], Scope]:
        """Look-ups in order, then refusals; and the scope with what was found."""
        steps: list[Emit] = []
        for source in declared.let:
            made = compile_made(source, scope, self.diagnostics)
            name = source.name.text
            if made is not None:
                missing = self._missing(name, made.type)
                says = declared.unknown.get(name)
                told = compile_template(says.text, says.span, scope, self.diagnostics) if says is not None else None
                steps.append(_look_up(name, made, missing, told))
            scope = self._named(name, required(made.type) if made else NOTHING, source.name, scope)
        self._check_unknown(declared)
        for refusal in declared.refuse:
            when = expression(refusal.when, scope, self.diagnostics, BOOL)
            reason = compile_template(refusal.says.text, refusal.says.span, scope, self.diagnostics)
            if when is not None and reason is not None:
                steps.append(_refuse(when, reason))
        return steps, scope

    def _check_unknown(self, declared: files.DeclaredTool) -> None:
        looked_up = [source.name.text for source in declared.let]
        for name, says in declared.unknown.items():
            if name not in looked_up:
                self.diagnostics.error(
                    "R205", f"`{declared.name.text}` has no look-up `{name}`", says.span,
                    label=did_you_mean(name, looked_up), help="its look-ups are those of `let`",
                )  # fmt: skip

    def _missing(self, name: str, type_: Type) -> str | None:
        """What a call is refused with where a look-up finds nothing; None for what is always known."""
        if not isinstance(type_, Optional):
            return None
        kind = self._kind_of(type_)
        return f"{(kind.noun if kind else name.replace('_', ' ')).capitalize()} not found"

    def _named(self, name: str, type_: Type, written: files.Name, scope: Scope) -> Scope:
        if (taken := scope.taken(name)) is not None:
            self.diagnostics.error("R203", f"`{name}` is already {taken}", written.span)
            return scope
        return scope.extended({name: type_})

    def _gives(self, declared: files.DeclaredTool, scope: Scope) -> Made | None:
        source = declared.gives
        if source.value is None:
            made = compile_record(declared.name.text, source.fields, scope, self.diagnostics, None)
        else:
            made = compile_made(source.value, scope, self.diagnostics)
        if made is not None:
            self._warn_of_whole(declared, made.type)
        return made

    def _warn_of_whole(self, declared: files.DeclaredTool, type_: Type) -> None:
        """Warn of a result that shows an entity with all its fields, also those that nobody asked to show."""
        for part in _parts(type_):
            kind = self._kind_of(part)
            if kind is not None:
                self.diagnostics.warning(
                    "D107", f"`{declared.name.text}` shows a whole {kind.noun}: {', '.join(kind.record.names)}", declared.gives.span,
                    help="write the fields that the agent needs: `gives: {id: …, …}`",
                )  # fmt: skip

    def _kind_of(self, type_: Type) -> Kind | None:
        return next((kind for kind in self.kinds.values() if kind.record == required(type_)), None)


def _parts(type_: Type) -> Sequence[Type]:
    """A type and the types inside it; not those inside an entity."""
    match required(type_):
        case ListOf(item=item) | Keyed(item=item):
            return (type_, *_parts(item))
        case Record(fields=fields) as record if not any(
            isinstance(of, Id) and of.of == record.name for _, of in fields
        ):
            return (type_, *(part for _, field in fields for part in _parts(field)))
    return (type_,)


def _look_up(name: str, made: Made, missing: str | None, told: Template | None) -> Emit:
    def emit(program: Program) -> list[Statement]:
        found = program.assign(name, made.code(program))
        if missing is None:
            return [found]
        refusal = program.call(Refusal, program.constant(missing)) if told is None else _refusal(told, program)
        return [found, program.when(program.same(program.name(name), program.constant(None)), [program.stop(refusal)])]

    return emit


def _refuse(when: Expression, says: Template) -> Emit:
    return lambda program: [program.when(program.value(when), [program.stop(_refusal(says, program))])]


def _refusal(says: Template, program: Program) -> Code:
    """The code of a refusal with these words."""
    return program.call(Refusal, program.call(says.render, program.names(says.free)))

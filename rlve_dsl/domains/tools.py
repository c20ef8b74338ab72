"""Declared tools: from a tool of a Domain file to a `Tool` that agents call like any other."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Related, did_you_mean
from rlve_dsl.domains.changes import ChangeCompiler, Emit
from rlve_dsl.domains.kinds import records_of, sorts_of, unknown_type
from rlve_dsl.domains.made import Made, compile_made, compile_record, expression
from rlve_dsl.domains.plain_texts import warn_of_braces
from rlve_dsl.domains.plan import LookUp, Plan, refusal
from rlve_dsl.domains.rulings import FEE, VERDICT, VERDICT_TYPE, compile_about, compile_rulings
from rlve_dsl.domains.type_words import parse_field_type
from rlve_dsl.expressions import (
    Expression,
    Function,
    Parameter,
    Scope,
    Signature,
    Template,
    compile_template,
    names_known,
)
from rlve_dsl.expressions.types import BOOL, MONEY, NOTHING, Id, Keyed, ListOf, Optional, Record, Type, required
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value
from rlve_dsl.world import (
    OF_STORE,
    Governance,
    Kind,
    Tool,
    argument_decoder,
    argument_encoder,
    copier,
    encoder,
    said_as,
)


@frozen
class ToolCompiler:
    """Compiles the tools of a domain.

    Attributes:
        kinds: Its kinds.
        governance: The policy that its tools ask, if there is one.
        elsewhere: Names that the file would know if it listed the plugin that each is given with.
        others: The full names of the tools that are not of the domain.
    """

    source: files.Domain
    kinds: Mapping[str, Kind]
    functions: Mapping[str, Function]
    governance: Governance | None
    diagnostics: Diagnostics
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    others: Collection[str] = ()

    @property
    def _all_tools(self) -> Collection[str] | None:
        """The full names of all tools, for a domain that sees the store."""
        return [*self.others, *map(self.source.full_name, self.source.tools)] if self.source.store else None

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
        name = self.source.full_name(declared.name.text)
        look_ups, scope = self._look_ups(declared, scope)
        about = compile_about(name, declared, scope, self._all_tools, self.diagnostics)
        if about is not None and declared.verdict is not None:
            scope = self._named(VERDICT, VERDICT_TYPE, files.Name(VERDICT, declared.verdict.span), scope)
        refusals, scope = self._refusals(declared, scope)
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
            tuple(look_ups),
            about,
            tuple(refusals),
            asked,
            tuple(changes),
            gives,
            {kind.table: kind for kind in self.kinds.values()},
            {n: kind for n, type_ in scope.names.items() if (kind := self._kind_of(type_)) is not None},
            frozenset(changer.writes),
        )
        return self._tool(declared, name, Signature(parameters, gives.type), plan, changer), plan

    def _tool(
        self, declared: files.DeclaredTool, name: str, signature: Signature, plan: Plan, changer: ChangeCompiler
    ) -> Tool:
        doc = " ".join(declared.says.text.split())
        self._warn_of_article(declared)
        warn_of_braces(declared.says, "what a tool does", self.diagnostics)
        for argument in declared.takes.values():
            if argument.says is not None:
                warn_of_braces(argument.says, "what an argument is", self.diagnostics)
        return Tool(
            name=name,
            call=plan.call,
            signature=signature,
            writes=changer.writes,
            needs=plan.needs if self.source.store else (),
            axes=(),
            reveals_ids=declared.shows_ids,
            about=plan.about if declared.verdict is not None else None,
            rows=self._rows(declared, signature.result),
            shows="",
            doc=doc,
            describes={n: self._describes(n, argument) for n, argument in declared.takes.items()},
            says=declared.called or said_as(name, doc),
            arguments=argument_decoder(signature),
            encode_arguments=argument_encoder(signature),
            encode=encoder(signature.result),
            copy=copier(signature.result),
            facts=plan.facts if self.governance is not None else None,
            may_be_refused=declared.allow is not None,
            asks_of=plan.ruled.tool if plan.ruled is not None else "",
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

    def _look_ups(self, declared: files.DeclaredTool, scope: Scope) -> tuple[list[LookUp], Scope]:
        """Look-ups in order, and the scope with what was found."""
        found: list[LookUp] = []
        maybe = {name.text for name in declared.maybe}
        for source in declared.let:
            made = compile_made(source, scope, self.diagnostics)
            name = source.name.text
            type_ = made.type if made else NOTHING
            if made is not None:
                says = declared.unknown.get(name)
                told = compile_template(says.text, says.span, scope, self.diagnostics) if says is not None else None
                found.append(LookUp(name, made, None if name in maybe else self._missing(name, type_), told))
            scope = self._named(name, type_ if name in maybe else required(type_), source.name, scope)
        self._check_look_ups(declared)
        return found, scope

    def _refusals(self, declared: files.DeclaredTool, scope: Scope) -> tuple[list[Emit], Scope]:
        """Refusals in order, and the scope of what follows: after `x is unknown` refuses a call, `x` is known."""
        found: list[Emit] = []
        for refused in declared.refuse:
            when = expression(refused.when, scope, self.diagnostics, BOOL)
            refusing = _knowing(names_known(refused.when.text, refused.when.span, True), scope)
            reason = compile_template(refused.says.text, refused.says.span, refusing, self.diagnostics)
            if when is not None and reason is not None:
                found.append(_refuse(when, reason))
                scope = _knowing(names_known(refused.when.text, refused.when.span, False), scope)
        return found, scope

    def _rows(self, declared: files.DeclaredTool, result: Type) -> tuple[str, str] | None:
        """The field of the result that holds rows that are shown once, and the field by which a row is known."""
        rows = declared.rows
        if rows is None:
            return None
        whole = required(result)
        listed: Type | None = whole
        if rows.field is not None:
            listed = whole.field(rows.field.text) if isinstance(whole, Record) else None
        item = required(listed.item) if isinstance(listed, ListOf) else NOTHING
        if not isinstance(item, Record):
            span = rows.field.span if rows.field is not None else rows.by.span
            self.diagnostics.error("R204", f"the result of `{declared.name.text}` has no list of records there", span)
        elif item.field(rows.by.text) is None:
            self.diagnostics.error(
                "R104", f"the rows of `{declared.name.text}` have no field `{rows.by.text}`", rows.by.span,
                label=did_you_mean(rows.by.text, item.names), help=f"their fields: {', '.join(item.names)}",
            )  # fmt: skip
        return (rows.field.text if rows.field is not None else "", rows.by.text)

    def _check_look_ups(self, declared: files.DeclaredTool) -> None:
        looked_up = [source.name.text for source in declared.let]
        said = {name: says.span for name, says in declared.unknown.items()}
        keys = {name: files.key_of(declared.unknown, name, span).span for name, span in said.items()}
        for name, span in (*keys.items(), *((name.text, name.span) for name in declared.maybe)):
            if name not in looked_up:
                self.diagnostics.error(
                    "R205", f"`{declared.name.text}` has no look-up `{name}`", span,
                    label=did_you_mean(name, looked_up), help="its look-ups are those of `let`",
                )  # fmt: skip
        for maybe in declared.maybe:
            if maybe.text in said:
                self.diagnostics.error(
                    "S119", f"the call goes on when `{maybe.text}` finds nothing, so nobody reads this", said[maybe.text],
                    related=(Related(maybe.span, f"`{maybe.text}` may find nothing"),),
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
            return scope.blurred(name)
        return scope.extended({name: type_})

    def _gives(self, declared: files.DeclaredTool, scope: Scope) -> Made | None:
        source = declared.gives
        title = (declared.result or declared.name).text
        if source.value is None:
            made = compile_record(title, source.fields, scope, self.diagnostics, None)
        else:
            made = compile_made(source.value, scope, self.diagnostics, title=title)
        if made is not None:
            self._warn_of_whole(declared, made.type)
            given = required(made.type)
            if isinstance(given, Record) and given.field(_REFUSED) is not None:
                where = next((field.name.span for field in source.fields if field.name.text == _REFUSED), source.span)
                self.diagnostics.error(
                    "R203", f"`{_REFUSED}` is what an agent reads of a call that is refused", where,
                    help="give the field another name",
                )  # fmt: skip
        return made

    def _warn_of_whole(self, declared: files.DeclaredTool, type_: Type) -> None:
        """Warn of a result that shows an entity with all its fields, also those that nobody asked to show."""
        for part in _parts(type_):
            kind = self._kind_of(part)
            if kind is not None and not kind.shown:
                self.diagnostics.warning(
                    "D107", f"`{declared.name.text}` shows a whole {kind.noun}: {', '.join(kind.record.names)}", declared.gives.span,
                    help="write the fields that the agent needs: `gives: {id: …, …}`; or say `shown: true` of the entity",
                )  # fmt: skip

    def _warn_of_article(self, declared: files.DeclaredTool) -> None:
        """Warn of `called: skip the {}` where what entities are called has an article of its own: `skip the the box`."""
        taken = {argument.type.text.removesuffix("?") for argument in declared.takes.values()}
        says = [kind.says.text for kind in self.kinds.values() if kind.says is not None and f"{kind.name} id" in taken]
        phrase = next((text for text in declared.called if _ARTICLE.search(text)), "")
        if phrase and any(text.startswith(_ARTICLES) for text in says):
            self.diagnostics.warning(
                "D115", f"`called` of `{declared.name.text}` has an article before `{{}}`, and what it stands for has its own",
                declared.name.span, label=f"write `{_ARTICLE.sub('{}', phrase)}`",
            )  # fmt: skip

    def _kind_of(self, type_: Type) -> Kind | None:
        return next((kind for kind in self.kinds.values() if kind.record == required(type_)), None)


_REFUSED = "refused"
_ARTICLES = ("the ", "a ", "an ")
_ARTICLE = re.compile(r"\b(?:the|an?) \{\}")


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


def _knowing(known: Collection[str], scope: Scope) -> Scope:
    """The scope in which these names are known."""
    return scope.extended({name: required(scope.names[name]) for name in known if name in scope.names})


def _refuse(when: Expression, says: Template) -> Emit:
    return lambda program: [program.when(program.value(when), [program.stop(refusal(says, program))])]

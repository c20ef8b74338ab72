"""The calls that solve a fixed task, made once when the task is compiled: they must fit the domain and lead where it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rlve_dsl import files
from rlve_dsl.catalog import no_products
from rlve_dsl.compiler.domains.data import DataError
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.compiler.domains.replaying import differences_from
from rlve_dsl.compiler.fixed.texts import said_in, texts_in
from rlve_dsl.compiler.solution import Recorded
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.domains import Pending, Run
from rlve_dsl.expressions.types import Id, ListOf, required
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import JsonObject, Names, Value
from rlve_dsl.world import TABLES, Governance, Journal, Refusal, Shop, State, Tables, Tool, WireError


@frozen
class Golden:
    """The calls of a task, the tables before them, and the tables that they lead to."""

    calls: tuple[Recorded, ...]
    before: Tables
    after: Tables


def stream_of(task: str) -> Stream:
    """What the ids of new entities of a task are drawn from: they are the same in each of its episodes."""
    return Stream("fixed task", task)


def golden_of(
    task: files.FixedTask,
    tools: Mapping[str, Tool],
    start: tuple[Run, ...],
    domain: CompiledDomain,
    governance: Governance | None,
    diagnostics: Diagnostics,
) -> Golden | None:
    """The calls of a task and where they lead; None after an error."""
    before, errors = _begun(task, start, domain, diagnostics), len(diagnostics.errors)
    if before is None:
        return None
    provided: Names = {TABLES: before}
    stream = stream_of(task.name.text)
    shop = Shop(State(no_products(), provided), Journal(), provided, {}, stream, governance)
    known, calls, refused = set(said_in(task)), list[Recorded](), list(task.refused)
    for call in task.calls:
        tool = _tool(call, tools, domain, diagnostics)
        if tool is None:
            continue
        args: JsonObject = {name: written.value for name, written in call.arguments.items()}
        _warn_of_unknown(call, tool, known, diagnostics)
        calls.append(Recorded(tool, args))
        problem = _made(shop, tool, args, known)
        if problem is not None and _names(call, tool, refused):
            continue
        if problem is not None:
            diagnostics.error(
                "D111", f"the call is refused: {problem}", call.span,
                help=f"if this is right, name it in the task: `\"refused\": [\"{call.name.text}\"]`",
            )  # fmt: skip
    for name in refused if len(diagnostics.errors) == errors else ():
        diagnostics.error("D111", f"no call of `{name}` is refused, or fewer than `refused` says", task.name.span)
    _check_changed(task, domain, shop.state.tables, diagnostics)
    return Golden(tuple(calls), before, shop.state.tables) if len(diagnostics.errors) == errors else None


def _begun(
    task: files.FixedTask, start: tuple[Run, ...], domain: CompiledDomain, diagnostics: Diagnostics
) -> Tables | None:
    """The tables as the task begins; None after an error."""
    pending = Pending(domain.begin(stream_of(task.name.text)))
    try:
        for run in start:
            run({}, pending)
        return pending.outcome
    except Refusal as refusal:
        diagnostics.error("D111", f"the start: {refusal}", task.span)
        return None


def _tool(
    call: files.RecordedCall, tools: Mapping[str, Tool], domain: CompiledDomain, diagnostics: Diagnostics
) -> Tool | None:
    name = domain.spec.full_name(call.name.text)
    tool = tools.get(name)
    if tool is None:
        known = [other.split(".")[-1] if "." not in call.name.text else other for other in tools]
        diagnostics.error(
            "R205", f"there is no tool `{call.name.text}` in this environment", call.name.span,
            label=did_you_mean(call.name.text, known), help=f"its tools: {', '.join(tools)}",
        )  # fmt: skip
    return tool


def _made(shop: Shop, tool: Tool, args: JsonObject, known: set[str]) -> str | None:
    """Make a call, and add what it shows to what is known; why it was refused, if it was."""
    try:
        result = tool.call(shop, **tool.arguments(args))
    except (Refusal, WireError) as problem:
        return str(problem)
    known.update(texts_in(tool.encode(result)))
    return None


def _names(call: files.RecordedCall, tool: Tool, refused: list[str]) -> bool:
    """Whether a task says that the call is refused; each entry of `refused` is for one call."""
    for name in (call.name.text, tool.name):
        if name in refused:
            refused.remove(name)
            return True
    return False


def _warn_of_unknown(call: files.RecordedCall, tool: Tool, known: set[str], diagnostics: Diagnostics) -> None:
    """Warn of an id that neither the user has said nor a call before has shown: nobody who plays could know it."""
    for parameter in tool.signature.parameters:
        written = call.arguments.get(parameter.name)
        type_ = required(parameter.type)
        type_ = required(type_.item) if isinstance(type_, ListOf) else type_
        if written is None or not isinstance(type_, Id):
            continue
        for id_ in _ids(written.value):
            if not any(id_.lower() in text for text in known):
                diagnostics.warning(
                    "D113", f"nothing tells an agent the id `{id_}` before this call", written.span,
                    help="let the user say it, or let a call before show it",
                )  # fmt: skip


def _ids(value: Value) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield one


def _check_changed(task: files.FixedTask, domain: CompiledDomain, after: Tables, diagnostics: Diagnostics) -> None:
    """Report a final state that is not the recorded one."""
    if task.changed is None:
        return
    rows = {path: written.value for path, written in task.changed.items()}
    try:
        found = differences_from(domain, after, rows)
    except DataError as problem:
        found = [str(problem)]
    if found:
        more = f", and {len(found) - 1} more differences" if len(found) > 1 else ""
        diagnostics.error("D112", f"the calls do not lead to the recorded rows: {found[0]}{more}", task.name.span)

"""Makes an environment of each fixed task, and one task of them all: a seed plays one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.compiler.consent import needs_consent
from rlve_dsl.compiler.context import Shared
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.compiler.environment import compile_environment
from rlve_dsl.compiler.fixed.final_state import changes_of
from rlve_dsl.compiler.fixed.golden import Golden, golden_of
from rlve_dsl.compiler.fixed.start import start_of
from rlve_dsl.compiler.solution import AskFor, RecordedAnswer, WaitTurn
from rlve_dsl.compiler.task import CompiledEnvironment, Places, Task, task_of
from rlve_dsl.diagnostics import Diagnostic, Diagnostics, did_you_mean
from rlve_dsl.expressions import EvaluationError, Expression, computed
from rlve_dsl.expressions.types import BOOL, Optional
from rlve_dsl.plugins import Registry
from rlve_dsl.reward import Composition
from rlve_dsl.values import Names, Value
from rlve_dsl.world import WireError, decode

DONE, TOLD = "done", "told"


def compile_task_set(
    source: files.TaskSet,
    tasks: tuple[files.FixedTask, ...],
    shared: Shared,
    registry: Registry,
    diagnostics: Diagnostics,
    domain: CompiledDomain,
) -> Task | None:
    """The task of a set of fixed tasks; None when one of them has errors."""
    parts: dict[str, CompiledEnvironment] = {}
    warnings: list[set[Diagnostic]] = []
    for task in tasks:
        found = Diagnostics()
        part = _part(source, task, shared, registry, found, domain)
        diagnostics.extend(d for d in found.items if d.severity == "error" or _is_in(d, task))
        warnings.append({d for d in found.items if d.severity != "error" and not _is_in(d, task)})
        if part is not None:
            parts[task.name.text] = part
    # of the file itself, only what holds for every task: an axis that one task does not read may be read by another
    diagnostics.extend(sorted(set.intersection(*warnings), key=lambda d: (d.code, d.message)))
    if len(parts) < len(tasks) or shared.reward is None:
        return None
    return _together(source, parts, shared.reward, shared.held_out)


def _is_in(diagnostic: Diagnostic, task: files.FixedTask) -> bool:
    return diagnostic.span is not None and diagnostic.span.file == task.span.file


def _together(
    source: files.TaskSet, parts: Mapping[str, CompiledEnvironment], reward: Composition, held_out: float
) -> Task:
    whole = task_of(next(iter(parts.values())), reward, held_out)
    return replace(
        whole,
        name=source.name.text,
        title=source.title.text,
        places=Places(source.span, source.name.span, source.tasks.span),
        reads=frozenset[str]().union(*(part.reads for part in parts.values())),
        parts=MappingProxyType(dict(parts)),
        by_seed=True,
    )


def _part(
    source: files.TaskSet,
    task: files.FixedTask,
    shared: Shared,
    registry: Registry,
    diagnostics: Diagnostics,
    domain: CompiledDomain,
) -> CompiledEnvironment | None:
    """The environment of a task: its user, the calls that solve it, and whether they or others led to the right end."""
    environment = compile_environment(_environment(source, task, shared, domain), shared, registry, diagnostics, domain)
    start = start_of(task, domain, diagnostics)
    if environment is None or diagnostics.errors:
        return None
    answer = _answer(task, environment, diagnostics)
    if domain.missing:  # nothing can be played, and a warning says so
        return environment
    golden = golden_of(task, environment.tools, start, domain, shared.governance, diagnostics)
    if golden is None or answer is None:
        return None
    measures = dict(environment.measures)
    if task.wanted is None:
        measures[DONE] = _as_left_by(golden, task)
    elif not _holds(measures[DONE], golden, diagnostics):
        diagnostics.error("D112", "the calls do not lead to what is wanted", task.wanted.span)
        return None
    measures[TOLD] = _as_told(answer, task)
    fields = {name: written.value for name, written in task.answer.items()}
    return replace(
        environment,
        start=start,
        solution=(AskFor(None, None), WaitTurn(), *golden.calls, RecordedAnswer(fields)),
        measures=tuple(measures.items()),
    )


def _environment(
    source: files.TaskSet, task: files.FixedTask, shared: Shared, domain: CompiledDomain
) -> files.Environment:
    """The task as an environment; the code of this module makes its start, its solution and its measures."""
    span = task.span

    def formula(text: str) -> files.ExpressionText:
        return files.ExpressionText(text, span)

    return files.Environment(
        name=files.Name(task.name.text, task.name.span),
        span=span,
        plugins=source.plugins,
        title=source.title,
        brief=source.brief,
        axes=source.axes,
        reward=files.TaskReward(span=span, task=formula(f"2 * score({DONE} and {TOLD}) - 1")),
        correct_when=formula(f"{DONE} and {TOLD}"),
        turns=source.turns,
        domain=source.domain,
        tools=source.tools,
        world=(),
        user=files.Conversation(
            span=span,
            opening=task.opening,
            facts=task.facts,
            confirm=(*task.confirm, *_objections(source, task, shared, domain)),
        ),
        answer=source.answer,
        measures={DONE: task.wanted or formula("true"), TOLD: formula("true")},
        solution=(),
    )


def _objections(
    source: files.TaskSet, task: files.FixedTask, shared: Shared, domain: CompiledDomain
) -> tuple[files.Refusal, ...]:
    """The user agrees to no call of a tool that the task does not use."""
    used = {call.name.text.split(".")[-1] for call in task.calls}
    others = tuple(
        files.Name(name, task.span)
        for name, tool in domain.tools.items()
        if name.split(".")[-1] not in used
        and needs_consent(tool, shared.governance)
        and any(fnmatchcase(name, pattern.text) for pattern in source.tools)
    )
    if not others:
        return ()
    says = files.TemplateText("That is not what I want.", task.span)
    when = files.ExpressionText("true", task.span)
    return (files.Refusal(span=task.span, before=others, when=when, says=says),)


def _answer(task: files.FixedTask, environment: CompiledEnvironment, diagnostics: Diagnostics) -> Names | None:
    """The right answer of a task; None after an error."""
    before, wanted = len(diagnostics.errors), environment.answer
    right: Names = {}
    for name, written in task.answer.items():
        if name not in wanted:
            diagnostics.error(
                "R205", f"the answer has no field `{name}`", written.span, label=did_you_mean(name, wanted),
                help=f"its fields: {', '.join(wanted) or 'none'}",
            )  # fmt: skip
            continue
        try:
            right[name] = decode(written.value, wanted[name])
        except WireError as problem:
            diagnostics.error("D111", f"`{name}`: {problem}", written.span)
    if missing := [name for name, of in wanted.items() if name not in task.answer and not isinstance(of, Optional)]:
        diagnostics.error("R209", f"the answer's field `{missing[0]}` is not given", task.name.span)
    return {name: right.get(name) for name in wanted} if len(diagnostics.errors) == before else None


def _holds(wanted: Expression, golden: Golden, diagnostics: Diagnostics) -> bool:
    try:
        return bool(wanted({**golden.after.names}))
    except EvaluationError as problem:
        diagnostics.error("R215", str(problem), problem.span or wanted.span)
        return True


def _as_told(right: Names, task: files.FixedTask) -> Expression:
    """Whether the answer is the right one."""

    def told(names: Mapping[str, Value]) -> Value:
        return all(names["answer"].get(name) == value for name, value in right.items())

    return computed("the answer is that of the task", task.span, BOOL, frozenset(("answer",)), told)


def _as_left_by(golden: Golden, task: files.FixedTask) -> Expression:
    """Whether the tables have changed as the calls of the task change them."""
    before, names = golden.before.names, golden.after.names
    wanted = changes_of(before, names)

    def done(now: Mapping[str, Value]) -> Value:
        return changes_of(before, {name: now[name] for name in names}) == wanted

    return computed("the tables are as the calls of the task leave them", task.span, BOOL, frozenset(names), done)

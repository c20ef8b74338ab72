"""From an Environment file to a compiled environment, stage by stage."""

from __future__ import annotations

from types import MappingProxyType

from rlve_dsl.compiler.axes import compile_axes, warn_of_unread
from rlve_dsl.compiler.consent import compile_refusals, warn_of_easy_consent
from rlve_dsl.compiler.context import Context, Shared
from rlve_dsl.compiler.conversation import compile_facts, compile_manner, compile_reactions
from rlve_dsl.compiler.disturbances import compile_disturbances
from rlve_dsl.compiler.domains.domain import CompiledDomain
from rlve_dsl.compiler.entities import compile_changes, compile_start
from rlve_dsl.compiler.heuristics import compile_heuristics
from rlve_dsl.compiler.outcome import compile_answer, compile_budgets, compile_grading
from rlve_dsl.compiler.solution import check_answers, compile_solution
from rlve_dsl.compiler.task import CompiledEnvironment, Places
from rlve_dsl.compiler.unreached import warn_of_unreached_actions, warn_of_unused_formulas
from rlve_dsl.compiler.wordings import compile_wordings
from rlve_dsl.compiler.world import compile_events, compile_tools, compile_world, warn_of_unread_names
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions.types import Record
from rlve_dsl.files import Environment
from rlve_dsl.plugins import Registry
from rlve_dsl.world import OF_CATALOG, Tables, empty_tables


def compile_environment(
    source: Environment,
    shared: Shared,
    registry: Registry,
    diagnostics: Diagnostics,
    domain: CompiledDomain | None = None,
) -> CompiledEnvironment | None:
    """The environment, compiled with what its collection shares and the domain that it names; None when it has errors.

    Every stage runs, whatever the stages before it met: all problems are reported at once.
    """
    found = Diagnostics()
    registry = registry.view(source.plugins)
    axes = compile_axes(source.name, source.axes, source.define, shared, registry, found)
    context = Context(shared, registry, found, axes.tables, domain)
    tools = compile_tools(source, context)
    drawn = compile_world(source, axes, tools, context)
    changes = compile_changes(source, drawn.scope, context)
    start = compile_start(source, drawn.scope, context)
    facts = compile_facts(source.user, drawn.user, context)
    events = compile_events(source, drawn.scope, context)
    hidden = [name for name in drawn.outcome.names if name not in axes.scope.names]
    fixed = axes.scope.without(hidden, "only axes can be read here")
    manner = compile_manner(source.user, source.noises, fixed, context)
    disturbances = compile_disturbances(source.disturbances, tools, fixed, context)
    answer = compile_answer(source.answer, context)
    answered = drawn.outcome.extended({"answer": Record("answer", tuple(answer.items()))} if answer else {})
    reactions = compile_reactions(source.user, facts, answered, context)
    refusals = compile_refusals(source.user, facts, tools, drawn.outcome, context)
    warn_of_easy_consent(source, tools, context)
    grading = compile_grading(source, answered, context)
    turns = compile_budgets(source.name, source.turns, fixed, context)
    brief = context.template(source.brief, fixed)
    if source.brief is None:
        found.warning(
            "R241", "the agent is told nothing about its task", source.name.span,
            help="add `brief:`, with everything that is scored and that the user does not say",
        )  # fmt: skip
    learnt = axes.scope.without(hidden, "a solution reads only axes, what the user `said` and its own results")
    solution = compile_solution(source.solution, learnt, facts, tools, answer, context)
    check_answers(source, context)
    heuristics = () if found.errors else compile_heuristics(source, solution, learnt, facts, tools, answer, context)
    wordings = compile_wordings(source.name.text, facts, shared.wordings, context)
    foreign = compile_wordings(source.name.text, facts, shared.foreign_wordings, context, wordings)
    warn_of_unread(source.axes, context)
    if not found.errors:  # what a broken part would read is not known
        warn_of_unread_names(source, context)
        warn_of_unused_formulas(source, context)
        warn_of_unreached_actions(source.solution, context)
    diagnostics.extend(found.items)
    if found.errors or grading is None:
        return None
    return CompiledEnvironment(
        name=source.name.text, title=source.title.text, governance=shared.governance,
        places=Places(source.span, source.name.span, source.world[0].span if source.world else source.span),
        axes=MappingProxyType(axes.tables), own_axes=tuple(source.axes), reads=frozenset(context.reads.names),
        brief=brief, turns=turns, task=grading.task, correct_when=grading.correct_when, wrong=grading.wrong, measures=grading.measures,
        tools=tools, answer=answer, answer_says={name: field.says.text for name, field in source.answer.items()},
        world=drawn.world, persona=drawn.persona, goal=drawn.goal, required=drawn.required, events=events,
        opening=facts.opening, facts=tuple(plan for plan in facts.plans.values() if plan), reactions=reactions,
        refusals=refusals, tones=manner.tones, acts=manner.acts, noises=manner.noises, patience=manner.patience,
        recall=manner.recall, words=manner.words,
        solution=solution, heuristics=heuristics, wordings=wordings, foreign=foreign, domain=domain, start=start, changes=changes, disturbances=disturbances,
        tables=_tables(context), readable=tuple(context.readable),
        sorts=(*OF_CATALOG, *(name for name, kind in context.kinds.items() if kind.has_own_ids)),
    )  # fmt: skip


def _tables(context: Context) -> Tables:
    """The tables of entities as every episode begins."""
    begun = context.domain.tables if context.domain is not None else {}
    return empty_tables(context.kinds.values(), begun)

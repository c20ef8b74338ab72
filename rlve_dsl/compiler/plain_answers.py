"""Grades answers that any agent may give: an empty one, and a wrong one. Grading must have a value for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler.drawing import Drawn
from rlve_dsl.compiler.names import NO_IDS, SECONDS, TRIED
from rlve_dsl.compiler.task import PartResult, Task
from rlve_dsl.expressions.types import BOOL, TEXT, Enum, Id, ListOf, Type, required
from rlve_dsl.values import Names, Value
from rlve_dsl.world import PRODUCT, State

KEPT: Names = {"compliance": 1.0, "violations": [], SECONDS: 0}
"""How the rules of conduct were kept in an episode without calls, and how much time has passed."""


def grade_plain_answer(task: Task, catalog: Catalog, drawn: Drawn, kind: str) -> None:
    """Grade a plain answer of an episode that ends in its first turn.

    Args:
        task: The task.
        catalog: What grading may search.
        drawn: What the episode starts from.
        kind: A key of `PLAIN`.

    Raises:
        EvaluationError: When a measure, a grade or a term of the reward has no value.
        SearchDisabled: When grading searches the catalog and the catalog's search is disabled.
    """
    state = State(catalog, drawn.provided)
    outcome = {**state.names, **KEPT, TRIED: []}
    ids = _some_ids(catalog, state)
    results = []
    for part in drawn.parts:
        environment = part.environment
        answer = {name: PLAIN[kind](type_, ids) for name, type_ in environment.answer.items()}
        grade = environment.graded({**part.names, **outcome, "answer": answer})
        results.append(PartResult(environment.name, part.turn_budget, True, grade))
    grade = task.grade(drawn.axes, results)
    turns = {"used": 1, "effective": 1, "budget": drawn.turn_budget}
    ended = {"task": grade.task, "correct": grade.correct, "turns": turns, "calls": 0, **KEPT}
    task.reward.score({**ended, "ids": NO_IDS})


def _some_ids(catalog: Catalog, state: State) -> Mapping[str, str]:
    """An id of each sort of which there is something."""
    tables = {kind.name: state.table(kind.name) for kind in state.tables.kinds.values() if kind.has_own_ids}
    found = {name: str(table[0][state.tables.kinds[name].key]) for name, table in tables.items() if table}
    return {**found, PRODUCT: str(catalog.product(catalog.size - 1)["id"])} if catalog.size else found


def _empty(type_: Type, ids: Mapping[str, str]) -> Value:
    match required(type_):
        case Id():
            return ""
        case Enum(values=values):
            return values[0]
        case ListOf():
            return []
        case kind:
            return "" if kind == TEXT else False if kind == BOOL else 0


def _wrong(type_: Type, ids: Mapping[str, str]) -> Value:
    match required(type_):
        case Id(of=sort):
            return ids.get(sort, "none")
        case Enum(values=values):
            return values[-1]
        case ListOf(item=item):
            return [_wrong(item, ids)]
        case kind:
            return "wrong" if kind == TEXT else True if kind == BOOL else 1


PLAIN: Mapping[str, Callable[[Type, Mapping[str, str]], Value]] = {"an empty answer": _empty, "a wrong answer": _wrong}
"""Makes a value of a type, with ids of things that there are."""

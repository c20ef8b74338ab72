"""Tries a task at every level, so that what cannot be drawn or has no value is reported before anybody plays."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.catalog import Catalog, SearchDisabled, part_of
from rlve_dsl.compiler.disturbances import DisturbancePlan, NoisePlan
from rlve_dsl.compiler.drawing import Drawn, DrawnPart, draw_world
from rlve_dsl.compiler.names import LEVEL, NO_IDS
from rlve_dsl.compiler.plain_answers import KEPT, PLAIN, grade_plain_answer
from rlve_dsl.compiler.task import Task
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.errors import PluginFault, Unsatisfiable
from rlve_dsl.expressions import EvaluationError, one_budget
from rlve_dsl.files import Levels
from rlve_dsl.values import Names

SEEDS = (0, 1)  # where words are tried
_MOST = 1000  # turns of an episode, and calls of a turn


def check_worlds(task: Task, catalog: Catalog, levels: Levels, diagnostics: Diagnostics) -> None:
    """Begin a few episodes at every level and end them at once. Reports the first one that fails.

    Each level has two seeds of its own, an even and an odd one: a value that is drawn now and then may fail at any level.
    At the lowest and the highest level an empty and a wrong answer are graded as well, unless grading searches the catalog:
    the first search is slow.
    """
    quiet = catalog.without_search()
    pairs = (
        (level, 2 * place + odd) for place, level in enumerate(range(levels.low, levels.high + 1)) for odd in (0, 1)
    )
    for level, seed in pairs:
        where = f"at level {level} of `{task.name}`"
        try:
            if not _has_budgets(task, catalog, level, seed, diagnostics):
                return
            if (
                level in (levels.low, levels.high)
                and not seed % 2
                and not _has_grades(task, quiet, level, seed, diagnostics)
            ):
                return
        except Unsatisfiable as problem:
            diagnostics.error(
                "R214",
                f"the world of `{task.name}` cannot be drawn at level {level}: {problem}",
                problem.span or task.places.world,
                help=problem.advice or (_products_of(task, catalog) if problem.of_products and catalog.size else ""),
            )
            return
        except PluginFault as fault:
            diagnostics.error("R218", f"{where}: {fault}", fault.span or task.places.world)
            return
        except EvaluationError as problem:
            diagnostics.error("R215", f"{where}: {problem}", problem.span or task.places.world)
            return


def _products_of(task: Task, catalog: Catalog) -> str:
    """How many products a world can be about, and what to do when they are too few."""
    if not task.held_out:
        return f"the catalog `{catalog.name}` has {catalog.size} products"
    training, held_out = (len(part_of(catalog, task.held_out, held).products) for held in (False, True))
    return (
        f"of the {catalog.size} products of the catalog `{catalog.name}`, training episodes can be about {training}, and "
        f"held-out episodes about {held_out} others: the collection has `held_out: {task.held_out:.0%}`; use a larger catalog "
        "or another share, or write `held_out: 0%`"
    )


def _has_budgets(task: Task, catalog: Catalog, level: int, seed: int, diagnostics: Diagnostics) -> bool:
    """Play the episode as far as that goes without an agent; whether it has turns and calls."""
    drawn = draw_world(task, catalog, level, seed)
    turns, calls = drawn.turn_budget, task.tool_budget(dict(drawn.axes))
    for count, what, place in ((turns, "turns", task.turns), (calls, "calls a turn", None)):
        if not 1 <= count <= _MOST:
            says = f"an episode of `{task.name}` at level {level} has {count:,} {what}"
            help_ = f"at most {_MOST:,} are possible" if count > _MOST else ""
            diagnostics.error("R212", says, place.span if place else task.places.name, help=help_)
            return False
    for number, part in enumerate(drawn.parts, start=1):
        _begin(part, level)
        _announced(task, part, number)
    _troubled(task.disturbances, task.noises, {LEVEL: level, **drawn.axes})
    _end(task, drawn)
    return True


def _has_grades(task: Task, catalog: Catalog, level: int, seed: int, diagnostics: Diagnostics) -> bool:
    try:
        drawn = draw_world(task, catalog, level, seed)
    except SearchDisabled:
        return True
    for kind in PLAIN:
        try:
            grade_plain_answer(task, catalog, drawn, kind)
        except SearchDisabled:
            continue
        except EvaluationError as problem:
            message = f"at level {level} of `{task.name}`, for {kind}: {problem}"
            diagnostics.error("R215", message, problem.span or task.places.file)
            return False
    return True


@one_budget()
def _begin(part: DrawnPart, level: int) -> None:
    environment = part.environment
    for manner in (environment.patience, environment.recall):
        if manner is not None:
            manner(part.names)
    _troubled(environment.disturbances, environment.noises, {LEVEL: level, **part.axes})
    for template in (environment.brief, *(environment.opening.templates() if environment.opening else ())):
        if template is not None:
            template.render(part.names)
    for event in environment.events:
        event.after_turn(part.names)
        event.arguments.values(part.names)


@one_budget()
def _announced(task: Task, part: DrawnPart, number: int) -> None:
    if task.announce is not None:
        task.announce.render({**part.names, "part": number})


def _troubled(disturbances: Sequence[DisturbancePlan], noises: Sequence[NoisePlan], names: Names) -> None:
    for arguments in (*(plan.arguments for plan in disturbances), *(plan.arguments for plan in noises)):
        arguments.values(names)


def _end(task: Task, drawn: Drawn) -> None:
    turns = {"used": 1, "effective": 1, "budget": drawn.turn_budget}
    nothing = {"task": -1.0, "correct": False, "turns": turns, "ids": NO_IDS, "calls": 0}
    task.reward.score({**nothing, **KEPT})

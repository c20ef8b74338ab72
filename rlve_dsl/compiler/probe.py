"""Trying a compiled environment at every level: what cannot be drawn or has no value is said before anybody plays."""

from __future__ import annotations

from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler.chain import CompiledChain
from rlve_dsl.compiler.drawing import Drawn, DrawnPart, draw_world
from rlve_dsl.compiler.environment import CompiledEnvironment
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.files import Levels

SEEDS = (0, 1)


def probe(
    environment: CompiledEnvironment | CompiledChain, catalog: Catalog, levels: Levels, diagnostics: Diagnostics
) -> None:
    """Begin a few episodes at every level and end them at once; report the first with which that cannot be done.

    Measures and the task's reward are not tried: they may search the catalog, which is dear to begin.
    """
    for level in range(levels.low, levels.high + 1):
        for seed in SEEDS:
            try:
                drawn = draw_world(environment, catalog, level, seed)
                if _has_no_budget(environment, drawn, level, diagnostics):
                    return
                for part in drawn.parts:
                    _begin(part)
                _end(environment, drawn.turn_budget)
            except Unsatisfiable as problem:
                diagnostics.error(
                    "R214",
                    f"the world of `{environment.name}` cannot be drawn at level {level}: {problem}",
                    _first(environment),
                    help=f"the catalog `{catalog.name}` has {catalog.size} products",
                )
                return
            except EvaluationError as problem:
                diagnostics.error(
                    "R215",
                    f"at level {level} of `{environment.name}`: {problem}",
                    problem.span or environment.spec.span,
                )
                return


def _first(environment: CompiledEnvironment | CompiledChain) -> Span:
    if isinstance(environment, CompiledChain):
        return environment.spec.compose.span
    return environment.spec.world[0].span if environment.spec.world else environment.spec.span


def _begin(part: DrawnPart) -> None:
    environment = part.environment
    for expression in (environment.noise, environment.patience):
        if expression is not None:
            expression(part.names)
    for template in (environment.brief, environment.opening):
        if template is not None:
            template.render(part.names)
    for event in environment.events:
        event.after_turn(part.names)
        event.arguments.values(part.names)


def _end(environment: CompiledEnvironment | CompiledChain, budget: int) -> None:
    turns = {"used": 1, "effective": 1, "budget": budget}
    nothing = {"task": -1.0, "correct": False, "turns": turns, "ids": {"output": [], "shown": []}, "calls": 0}
    environment.reward.score({**nothing, "compliance": 1.0, "violations": []})


def _has_no_budget(
    environment: CompiledEnvironment | CompiledChain, drawn: Drawn, level: int, diagnostics: Diagnostics
) -> bool:
    turns, calls = drawn.turn_budget, environment.tool_budget(dict(drawn.axes))
    allowed = f"{turns} turns" if turns < 1 else f"{calls} calls a turn" if calls < 1 else None
    if allowed is None:
        return False
    span = environment.turns.span if turns < 1 and environment.turns else environment.spec.name.span
    diagnostics.error("R212", f"an episode of `{environment.name}` at level {level} has {allowed}", span)
    return True

"""Heuristics: a solution with simpler values in the place of some of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from rlve_dsl import files
from rlve_dsl.compiler.context import Context, Reads
from rlve_dsl.compiler.conversation import Facts
from rlve_dsl.compiler.solution import Replaced, Statement, compile_solution, expressions_in, values_in
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import KEEP_ORDER, Scope
from rlve_dsl.expressions.types import Type
from rlve_dsl.files import Asks
from rlve_dsl.frozen import frozen
from rlve_dsl.world import Tool

IN_ORDER = "keeps the order of the tools"
"""The heuristic that every solution with a ranking has: it ranks nothing, and takes lists as tools give them."""


@frozen
class Heuristic:
    """A simpler way to play a solution: `solution` is what it plays, `asks` what it asks."""

    name: str
    asks: Asks
    solution: tuple[Statement, ...]


def compile_heuristics(
    source: files.Environment,
    solution: tuple[Statement, ...],
    axes: Scope,
    facts: Facts,
    tools: Mapping[str, Tool],
    answer: Mapping[str, Type],
    context: Context,
) -> tuple[Heuristic, ...]:
    """The heuristics of a solution that has no errors: those of the file, and the one that ranks nothing."""
    types = {name: value.type for name, value in values_in(solution).items()}
    found: dict[str, Heuristic] = {}
    for heuristic in source.heuristics:
        if heuristic.name.text in found or heuristic.name.text == IN_ORDER:
            context.diagnostics.error(
                "R206", f"there are two heuristics `{heuristic.name.text}`", heuristic.name.span
            )  # fmt: skip
        for name, value in heuristic.instead.items():
            if name not in types:
                context.unknown("value of the solution", files.key_of(heuristic.instead, name, value.span), types)
        if heuristic.instead.keys() <= types.keys():
            # the solution itself is compiled again: what is said of it was said before
            again = replace(context, diagnostics=Diagnostics(), reads=Reads())
            replaced = Replaced(heuristic.instead, types)
            simpler = compile_solution(source.solution, axes, facts, tools, answer, again, replaced)
            context.diagnostics.extend(again.diagnostics.errors)
            found[heuristic.name.text] = Heuristic(heuristic.name.text, heuristic.asks, simpler)
    if any(_RANKED.search(expression.text) for expression in expressions_in(solution)):
        again = replace(context, diagnostics=Diagnostics(), reads=Reads())
        kept = replace(axes, functions={**axes.functions, **KEEP_ORDER})
        found[IN_ORDER] = Heuristic(
            IN_ORDER, "all", compile_solution(source.solution, kept, facts, tools, answer, again)
        )
    return tuple(found.values())


_RANKED = re.compile(rf"\b({'|'.join(KEEP_ORDER)})\(")

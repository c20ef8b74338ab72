"""Puts decisions in order: each after those that it uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rlve_dsl.diagnostics import Diagnostics, Related, Span
from rlve_dsl.policy.language import ast

LONGEST_ROW = 60  # decisions, each of which uses the one before: their functions call each other


def in_order(
    trees: Mapping[str, ast.Decide], place: Callable[[ast.Decide], Span], diagnostics: Diagnostics
) -> dict[str, ast.Decide]:
    """The decisions in order. P204 where they depend on each other, P109 where a row of them is too long.

    Args:
        place: The place of a decision in the file.
    """
    uses = {name: sorted({n for _, n in ast.names(tree)} & trees.keys()) for name, tree in trees.items()}
    ordered: dict[str, ast.Decide] = {}
    sound = True
    for root in trees:
        path: dict[str, Iterator[str]] = {} if root in ordered else {root: iter(uses[root])}
        while path:
            name = next(reversed(path))
            used = next(path[name], None)
            if used is None:
                del path[name]
                ordered[name] = trees[name]
            elif used in path:
                way = [*path]
                _circle([trees[step] for step in way[way.index(used) :]], place, diagnostics)
                sound = False
                ordered |= {step: trees[step] for step in way}
                path.clear()
            elif used not in ordered:
                path[used] = iter(uses[used])
    if sound:
        _check_rows(ordered, uses, place, diagnostics)
    return ordered


def _check_rows(
    ordered: Mapping[str, ast.Decide],
    uses: Mapping[str, list[str]],
    place: Callable[[ast.Decide], Span],
    diagnostics: Diagnostics,
) -> None:
    lengths: dict[str, int] = {}
    for name, tree in ordered.items():
        lengths[name] = 1 + max((lengths[used] for used in uses[name]), default=0)
        if lengths[name] > LONGEST_ROW:
            diagnostics.error("P109", f"`{name}` stands on a row of more than {LONGEST_ROW} decisions", place(tree))
            return


def _circle(steps: list[ast.Decide], place: Callable[[ast.Decide], Span], diagnostics: Diagnostics) -> None:
    first, *others = steps
    way = " → ".join(f"`{step.name}`" for step in [*steps, first])
    diagnostics.error(
        "P204", f"decisions depend on each other: {way}" if others else f"`{first.name}` depends on itself",
        place(first), related=tuple(Related(place(step), f"`{step.name}`") for step in others),
    )  # fmt: skip

"""Parts of an Environment file without effect: formulas that nothing uses, and actions after the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from rlve_dsl import files
from rlve_dsl.compiler.context import Context

_CALL = re.compile(r"([a-z]\w*)\s*\(")


def warn_of_unused_formulas(source: files.Environment, context: Context) -> None:
    """Warn of each formula of the file that is used nowhere, or only by such formulas. Its names and types are checked at its
    uses, so nobody would tell its mistakes.

    Formulas of a file that this one extends are for others, too.
    """
    left = dict(source.define)
    specs: list[files.Kind] = [replace(source, define={}), *context.shared.wordings, *context.shared.foreign_wordings]
    for spec in specs:
        if not left:
            return
        used = set(_called(spec))
        while more := [name for name in left if name in used]:
            used.update(_CALL.findall(" ".join(left.pop(name).body.text for name in more)))
    for formula in left.values():
        if formula.span.file == source.span.file:
            context.diagnostics.warning(
                "R243", f"nothing uses the formula `{formula.name.text}`, so its names and types are not checked",
                formula.name.span, help="use it, or remove it",
            )  # fmt: skip


def _called(spec: files.Kind) -> Iterator[str]:
    """Everything that stands before a bracket in the texts of a file, as the name of a formula does where it is used."""
    for part in files.parts_of(spec):
        text = part.value if isinstance(part, files.Raw) else getattr(part, "text", "")
        if isinstance(text, str):
            yield from _CALL.findall(text)


def warn_of_unreached_actions(actions: tuple[files.Action, ...], context: Context) -> None:
    """Warn of the first action that comes after the answer: the episode has ended there."""
    for before, action in pairwise(actions):
        if isinstance(before, files.Finish):
            context.diagnostics.warning(
                "R246", "this is never done: the episode ends with the answer that is given before", action.span,
                help="`finish` comes last; write `x if … else y` in its fields where the answer depends on something",
            )  # fmt: skip
            break
    for action in actions:
        if isinstance(action, files.ForEach | files.Repeat):
            warn_of_unreached_actions(action.do, context)

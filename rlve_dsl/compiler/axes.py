"""The axes of an environment as tables over the levels, and the scope that every other scope extends."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl import files
from rlve_dsl import policy as policies
from rlve_dsl.axes import AxisTable, tabulate
from rlve_dsl.compiler.context import Context, Shared
from rlve_dsl.compiler.names import NAMES
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Definition, Scope, one_budget, parse
from rlve_dsl.expressions.types import NOTHING, Type
from rlve_dsl.files import Axis, Name
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import RESERVED, Registry


@frozen
class Axes:
    """The shared axes and an environment's own, without those that have errors. `scope` also holds the functions and the
    environment's definitions."""

    tables: Mapping[str, AxisTable]
    scope: Scope


@one_budget()
def compile_axes(
    environment: Name,
    own: Mapping[str, Axis],
    definitions: Mapping[str, files.Definition],
    shared: Shared,
    registry: Registry,
    diagnostics: Diagnostics,
) -> Axes:
    """The axes that an environment may read; `own` are those that it declares itself."""
    for table in shared.axes.values():
        check_not_reserved(table.axis.name, registry, diagnostics)
    tables = {**shared.axes}
    for name, axis in own.items():
        if name in shared.axes:
            diagnostics.error("R203", f"`{name}` is already a shared axis", axis.name.span)
            continue
        check_not_reserved(axis.name, registry, diagnostics)
        full = f"{environment.text}.{name}"
        curve, follows = shared.curves.get(full), shared.follows.get(full)
        tabulated = tabulate(name, axis, shared.levels, diagnostics, follows=follows)
        if curve is not None:  # the environment's own curve is checked all the same
            tabulated = tabulate(name, axis, shared.levels, diagnostics, curve=curve, follows=follows)
        if tabulated is not None:
            tables[name] = tabulated
    types: dict[str, Type] = {name: table.type for name, table in tables.items()}
    types |= {name: NOTHING for name in own if name not in types}
    ruled = policies.functions_of(shared.governance.policy) if shared.governance is not None else {}
    functions = {**registry.functions, **ruled}
    defined: dict[str, Definition] = {}
    for name, d in definitions.items():
        if name in types or name in functions:
            taken = functions[name].described if name in functions else "taken"
            diagnostics.error("R203", f"`{name}` is already {taken}", d.name.span)
        else:
            parse(d.body.text, d.body.span, diagnostics)  # its types are checked where it is used
            defined[name] = Definition(name, tuple(p.text for p in d.parameters), d.body.text, d.body.span)
    absent = {name: f"it can be read in {named.where}" for name, named in NAMES.items()}
    return Axes(tables, Scope(types, functions, defined, registry.elsewhere, absent))


@one_budget()
def tabulate_shared(
    axes: files.Axes, diagnostics: Diagnostics, collection: files.Collection | None = None
) -> dict[str, AxisTable]:
    """Every axis of a file as a table, with the collection's changes; those with errors are left out."""
    curves, levels = (collection.curves, collection.levels) if collection else ({}, {})
    tables = {
        name: tabulate(name, axis, axes.levels, diagnostics, curve=curves.get(name), follows=levels.get(name))
        for name, axis in axes.axes.items()
    }
    return {name: table for name, table in tables.items() if table is not None}


def check_not_reserved(name: Name, registry: Registry, diagnostics: Diagnostics) -> None:
    """Report an axis or a step with the name of a function or of something of the language."""
    if (function := registry.functions.get(name.text) or registry.measures.get(name.text)) is not None:
        diagnostics.error("R203", f"`{name.text}` is already {function.described}", name.span)
    elif name.text in RESERVED:
        diagnostics.error(
            "R203", f"`{name.text}` is a name of the language", name.span, help=f"so are: {', '.join(sorted(RESERVED))}"
        )


def warn_of_unread(own: Mapping[str, Axis], context: Context) -> None:
    """Warn of each of an environment's own axes that nothing reads."""
    for name, axis in own.items():
        if name not in context.reads.names:
            context.diagnostics.warning(
                "R213", f"nothing reads the axis `{name}`, so it makes nothing harder", axis.name.span
            )

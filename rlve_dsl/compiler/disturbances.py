"""What may go wrong with calls, and what changes the user's words: uses of disturbances and noises, compiled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from rlve_dsl import files
from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.names import LEVEL
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.expressions import Arguments, Scope
from rlve_dsl.expressions.types import INT
from rlve_dsl.files import ExpressionText, arguments
from rlve_dsl.frozen import frozen
from rlve_dsl.user import NOISES, Noise
from rlve_dsl.world import Disturbance


@frozen
class DisturbancePlan:
    """A compiled use of a disturbance, and the names of the tools whose calls it disturbs."""

    disturbance: Disturbance
    arguments: Arguments
    tools: frozenset[str]


@frozen
class NoisePlan:
    """A compiled use of a noise."""

    noise: Noise
    arguments: Arguments


def compile_disturbances(
    source: Sequence[files.Disturbance], tools: Collection[str], axes: Scope, context: Context
) -> tuple[DisturbancePlan, ...]:
    """The disturbances of an environment with these tools, and those of its collection; without those that have errors."""
    check_matches(source, tools, "tool of this environment", context.diagnostics)
    plans = []
    own = [(use, context.registry.disturbances[use.name.text]) for use in source]
    for use, declared in (*context.shared.disturbances, *own):
        what = f"disturbance `{declared.name}`"
        compiled = context.arguments(
            declared.signature, arguments(use.arguments), use.name.span, _with_level(axes), what
        )
        patterns = [pattern.text for pattern in use.tools] or ["*"]
        matching = frozenset(tool for tool in tools if any(fnmatchcase(tool, pattern) for pattern in patterns))
        if compiled is not None:
            plans.append(DisturbancePlan(declared, compiled, matching))
    return tuple(plans)


def check_matches(
    source: Sequence[files.Disturbance], tools: Collection[str], what: str, diagnostics: Diagnostics
) -> None:
    """Report the patterns that match none of these tools."""
    for pattern in (pattern for use in source for pattern in use.tools):
        if not any(fnmatchcase(tool, pattern.text) for tool in tools):
            diagnostics.error(
                "R205", f"there is no {what} `{pattern.text}`", pattern.span, label=did_you_mean(pattern.text, tools),
                help=f"its tools: {', '.join(tools)}" if len(tools) <= 24 else "",
            )  # fmt: skip


def compile_noises(
    source: Sequence[files.Noise], axes: Scope, context: Context, *, shared: bool
) -> tuple[NoisePlan, ...]:
    """The noises of a file, and with `shared` first those of the User file and of the collection; without those that have errors."""
    plans = []
    own = [(use, context.registry.noises[use.name.text]) for use in source]
    for use, declared in (*context.shared.noises, *own) if shared else own:
        what = f"noise `{declared.name}`"
        compiled = context.arguments(
            declared.signature, arguments(use.arguments), use.name.span, _with_level(axes), what
        )
        if compiled is not None:
            plans.append(NoisePlan(declared, compiled))
    return tuple(plans)


def compile_typing_errors(source: ExpressionText | None, axes: Scope, context: Context) -> tuple[NoisePlan, ...]:
    """The noise that `noise: {per_character: …}` of a User file stands for: typing errors."""
    if source is None:
        return ()
    (typing,) = NOISES
    given = {parameter.name: (source.text, source.span) for parameter in typing.signature.parameters}
    compiled = context.arguments(typing.signature, given, source.span, axes, "`noise`")
    return () if compiled is None else (NoisePlan(typing, compiled),)


def _with_level(axes: Scope) -> Scope:
    return axes if axes.taken(LEVEL) else axes.extended({LEVEL: INT})

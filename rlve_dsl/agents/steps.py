"""The calls that a store's rules of conduct want before a call of a solution."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.agents.solving import Pending
from rlve_dsl.episode import Call, Episode
from rlve_dsl.errors import RlveError


class OracleError(RlveError):
    """A solution cannot go on, which is a defect of the scenario. The message names the place in the file."""


def taken(name: str, call: Call, packed: Sequence[Pending]) -> bool:
    """Whether a call of this tool about the same things is among those that are sent before a call."""
    return any(
        before.tool.name == name and all(call.args.get(key, value) == value for key, value in before.call.args.items())
        for before in packed
    )


def step_before(call: Call, name: str, episode: Episode, *, may_fail: bool) -> Pending:
    """A call of the tool that a rule wants before another, about the same things.

    Args:
        may_fail: Whether the call is made although it lacks an argument.

    Raises:
        OracleError: There is no such tool here, or it needs an argument that the other call does not have.
    """
    tool = episode.tool(name)
    if tool is None:
        raise OracleError(
            f"{_rule(call, name, episode)} wants `{name}` before `{call.name}`, and there is no such tool here"
        )
    parameters = tool.signature.parameters
    taken_by_it = {p.name for p in parameters}
    args = {key: value for key, value in call.args.items() if key in taken_by_it}
    missing = [f"`{p.name}`" for p in parameters if p.required and p.name not in args]
    if missing and not may_fail:
        raise OracleError(
            f"{_rule(call, name, episode)} wants `{name}` before `{call.name}`, which does not give it {' and '.join(missing)}"
        )
    return Pending(tool, Call(name, args))


def _rule(call: Call, step: str, episode: Episode) -> str:
    """The rule that wants a step before a call, with its place."""
    governance, tool = episode.environment.governance, episode.tool(call.name)
    assert governance is not None and tool is not None
    changes = bool(tool.writes)
    rule = next(r for r in governance.policy.conduct if step in r.steps and r.is_about(call.name, changes=changes))
    return f"{rule.span}: the rule `{rule.text}`"

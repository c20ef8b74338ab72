"""The monitor of a store's rules of conduct: what an agent must do before a call, and which calls it must not make."""

from __future__ import annotations

import copy

from rlve_dsl.episode.things import things_of_call
from rlve_dsl.policy import CONFIRMATION, Rule
from rlve_dsl.user import Proposal, Stated, covers
from rlve_dsl.values import Names
from rlve_dsl.world import Governance, Shop, Tool


def _is_about(rule: Rule, tool: Tool) -> bool:
    return rule.is_about(tool.name, changes=bool(tool.writes))


class Monitor:
    """Watches the calls of one episode. Without rules of conduct it finds nothing wrong.

    A confirmation by the user allows one call that does what was proposed: of the same tool, about the things that were named.
    A refusal takes back what was confirmed for the same tools. A step that must come before a call counts when it was not
    refused, and only for the same values of the arguments that both take: looking up one order does not allow the return of
    another.

    Attributes:
        violations: The rules that were broken, in words, one for each call that broke one.
    """

    __slots__ = ("_called", "_confirmed", "_enforces", "_governance", "_ruled", "_rules", "_used", "violations")

    def __init__(self, governance: Governance | None) -> None:
        self._governance = governance
        self._rules = governance.policy.conduct if governance is not None else ()
        self._enforces = governance is None or governance.policy.spec.enforce
        self._called: tuple[tuple[str, Names], ...] = ()
        self._confirmed: tuple[Stated, ...] = ()
        self._used: Stated | None = None  # what the call allows that is being made
        self._ruled = 0
        self.violations: tuple[str, ...] = ()

    @property
    def names(self) -> Names:
        """What rewards and pass conditions read.

        `compliance` is the share of calls that kept the rule they are under (1 without such calls); `violations` as above.
        """
        kept = self._ruled - len(self.violations)
        return {"compliance": kept / self._ruled if self._ruled else 1.0, "violations": list(self.violations)}

    def confirmed(self, proposal: Proposal) -> None:
        """The user has agreed to the calls that the agent proposed."""
        self._confirmed += tuple(stated for stated in proposal.actions if stated not in self._confirmed)

    def refused(self, proposal: Proposal) -> None:
        """The user does not want the calls that the agent proposed."""
        tools = {stated.tool for stated in proposal.actions}
        self._confirmed = tuple(stated for stated in self._confirmed if stated.tool not in tools)

    def rules(self, tool: Tool) -> bool:
        """Whether any rule is about calls of this tool."""
        return any(_is_about(rule, tool) for rule in self._rules)

    def owed(self, tool: Tool, shop: Shop, arguments: Names) -> tuple[str, ...]:
        """The steps (tools, or `confirmation`) that a rule wants before this call and that have not been taken.

        Of several steps that would do, it is the first one.
        """
        return tuple(
            rule.steps[0]
            for rule in self._rules
            if rule.steps
            and _is_about(rule, tool)
            and not any(self._taken(step, tool, shop, arguments) for step in rule.steps)
            and self._applies(rule, tool, shop, arguments)
        )

    def before(self, tool: Tool, shop: Shop, arguments: Names) -> str | None:
        """The rule that forbids this call, in words, or None. Another rule that it breaks is counted as a violation.

        Where the policy does not enforce its rules of conduct, a rule that forbids the call is one of those.
        """
        confirming = False
        for rule in self._rules:
            if not _is_about(rule, tool) or not self._applies(rule, tool, shop, arguments):
                continue
            kept = any(self._taken(step, tool, shop, arguments) for step in rule.steps)
            if not rule.steps:
                kept = bool(rule.twice) and not self._called_with(tool.name, rule.twice, arguments)
                if not kept and self._enforces:
                    return rule.text
            self._ruled += 1
            confirming |= CONFIRMATION in rule.steps
            if not kept:
                self.violations += (rule.text,)
        self._used = self._consent(tool, shop, arguments) if confirming else None
        return None

    def called(self, tool: Tool, arguments: Names) -> None:
        """The call that `before` was asked about was made and not refused: what the user agreed to is done."""
        if self._used is not None:
            self._confirmed = tuple(stated for stated in self._confirmed if stated != self._used)
        if self._rules:
            self._called += ((tool.name, dict(arguments)),)

    def fork(self) -> Monitor:
        """An independent monitor in the same state."""
        return copy.copy(self)

    def _consent(self, tool: Tool, shop: Shop, arguments: Names) -> Stated | None:
        """What the user agreed to that this call does; what names most goes first."""
        given = [stated for stated in self._confirmed if stated.tool == tool.name]
        about = things_of_call(tool, shop, arguments) if given else []
        return max((s for s in given if covers(s.about, about)), key=lambda stated: len(stated.about), default=None)

    def _taken(self, step: str, tool: Tool, shop: Shop, arguments: Names) -> bool:
        if step == CONFIRMATION:
            return self._consent(tool, shop, arguments) is not None
        return any(
            name == step and all(arguments[key] == value for key, value in given.items() if key in arguments)
            for name, given in self._called
        )

    def _called_with(self, tool: str, argument: str, arguments: Names) -> bool:
        """Whether the tool has been called with the same value of an argument."""
        return any(name == tool and given.get(argument) == arguments.get(argument) for name, given in self._called)

    def _applies(self, rule: Rule, tool: Tool, shop: Shop, arguments: Names) -> bool:
        assert self._governance is not None
        if tool.facts is not None:
            return rule.applies(tool.facts(shop, arguments))
        about = tool.about(shop, arguments) if tool.about is not None else shop.ruled()
        return rule.applies(self._governance.known(rule.facts, about))
